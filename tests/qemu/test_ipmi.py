"""Boot flags of a BMC (`ipmitool chassis bootdev`) through the kernel's driver:
they are read, honoured and taken back before anything starts; and a BMC that
has none, refuses or never answers keeps no machine from its boot."""

import re

import pytest

from bmc import DISK, FOR_GOOD, NETWORK, ONCE, SETUP, Bmc
from netboot import in_image
from scene import (ask_second, configured, expect_second, second_options,
                   two_entries)

X86 = "x86_64"
CLEARED = bytes.fromhex("05 00 00 00 00 00")
HANDLED = bytes.fromhex("04 03 fc")


@pytest.fixture
def bmc():
    bmc = Bmc()
    yield bmc
    bmc.stop()


def start(lab, bmc, flags, options="keelboot.timeout=0", config="",
          image=None):
    bmc.flags = bytes([flags[0], flags[1] << 2, 0, 0, 0])
    disk = two_entries(lab, X86, second_options(X86, "chosen=first"),
                       second_options(X86, "chosen=second"))
    image = image or configured(lab, "verify = off\n" + config)
    return lab.vm(X86, disk, options=options, extra=bmc.arguments(),
                  initrds=[image])


def expect_boot(vm, which):
    """The log of the boot, as the next system has it."""
    assert f"chosen={which}" in expect_second(vm)
    vm.expect("A shell follows")
    return ask_second(vm, "cat /.extra/keelboot/log")


def test_one_shot_is_honoured_and_taken_back(lab, bmc):
    """Of the entries on disks it is the default that boots."""
    vm = start(lab, bmc, (ONCE, DISK), config="default = a-second*\n")
    log = expect_boot(vm, "second")
    assert "the BMC asks for a boot from disk, once" in log
    assert re.search(r"boots by itself: a-second\S*: one-shot of the BMC "
                     r"\(disk\): default of the built-in configuration", log)
    assert "the BMC's one-shot is taken back" in log
    assert bmc.seen == [("get", b"\x05\0\0"), ("set", CLEARED),
                        ("get", b"\x05\0\0"), ("set", HANDLED)]
    assert bmc.flags == bytes(5)


def test_flags_that_stay_are_left_alone(lab, bmc):
    vm = start(lab, bmc, (FOR_GOOD, DISK))
    log = expect_boot(vm, "first")
    assert "disk, until it says otherwise" in log
    assert "preferred of the BMC (disk): the first of the list" in log
    assert not bmc.sets()


def test_device_that_is_not_there(lab, bmc):
    """What is for the next boot is used up by any."""
    vm = start(lab, bmc, (ONCE, NETWORK))
    log = expect_boot(vm, "first")
    assert "the BMC asks for a boot from network, once" in log
    assert "of the BMC (" not in log
    assert bmc.sets() == [CLEARED, HANDLED]


def test_one_shot_of_the_network(lab, bmc):
    """Though the default is on a disk, which boots when the network, which is
    not there, has failed: the one-shot is used up by then."""
    image = in_image(lab, {
        "keelboot.conf": "verify = off\ndefault = a-second*\n",
        "entries/net.conf": "title Of the network\ntimeout 5\nretry 0\n"
                            "uki-url http://192.0.2.1/boot.efi\n"})
    vm = start(lab, bmc, (ONCE, NETWORK), image=image)
    log = expect_boot(vm, "second")
    assert re.search(r"boots by itself: net\S*: one-shot of the BMC "
                     r"\(network\): the first of the list", log)
    assert log.index("the BMC's one-shot is taken back") < \
        log.index("boots by itself: a-second")
    assert bmc.sets() == [CLEARED, HANDLED]


def test_setup_holds_the_menu(lab, bmc):
    vm = start(lab, bmc, (ONCE, SETUP))
    vm.expect_screen(r"> +1 +First", r"2 +Second")
    vm.never("second kernel is up", 5)
    assert not bmc.sets()
    vm.send("down")
    vm.expect_screen(r"> +2 +Second")
    vm.send("enter")
    log = expect_boot(vm, "second")
    assert "the BMC asks for a boot from setup, once: the menu stays" in log
    assert bmc.sets() == [CLEARED, HANDLED]


def test_one_shot_that_cannot_be_taken_back(lab, bmc):
    """It boots nothing; the entry is tried again as what it is without."""
    bmc.is_deaf = True
    vm = start(lab, bmc, (ONCE, DISK))
    log = expect_boot(vm, "first")
    assert "the BMC's one-shot is not taken back and would boot for ever: " \
           "the BMC still asks for a boot from disk" in log
    assert CLEARED in bmc.sets() and HANDLED not in bmc.sets()


def test_bmc_without_boot_flags(lab, bmc):
    bmc.has_options = False
    vm = start(lab, bmc, (ONCE, NETWORK))
    log = expect_boot(vm, "first")
    assert "the BMC has no boot flags: completion code 0xc1" in log
    assert not bmc.sets()


def test_bmc_that_never_answers(lab, bmc):
    bmc.is_dumb = True
    vm = start(lab, bmc, (ONCE, NETWORK))
    log = expect_boot(vm, "first")
    assert re.search(r"the BMC's boot flags do not count: the (BMC|IPMI "
                     r"driver) has not answered for \d+ ms", log)
    assert not bmc.sets()


def test_image_that_wants_none_of_it(lab, bmc):
    vm = start(lab, bmc, (ONCE, SETUP), config="ipmi = no\n")
    log = expect_boot(vm, "first")
    assert "BMC" not in log
    assert not bmc.seen
