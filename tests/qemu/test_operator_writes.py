"""What an operator has written to disks and variables, on machines: a default,
a one-shot, the log. Nothing is written without a y, and nothing else is."""

import re

from conftest import BUILD
from report import expect_jump, take_report
from scene import (SECOND, digest, expect_second, read_fat,
                   second_options, two_entries, writable)
from sign import Signer
from test_trust import TRUST, real_uki
from test_uefi import FIRMWARE

ARCH = "x86_64"
STORE = "/loader/keelboot/store"


def two_that_end(lab):
    return two_entries(lab, ARCH, *(second_options(
        ARCH, "keelboot.test=poweroff", f"chosen={name}")
        for name in ("first", "second")))


def answer(vm, key, question, yes):
    vm.send(key)
    vm.expect_screen(question, "y +yes", "n +no")
    vm.send(yes)


def restart(vm):
    vm.send("q")
    vm.expect_screen("r +reboot the machine")
    answer(vm, "r", "Reboot now", "y")
    vm.wait_end()


def chosen_by_itself(lab, disk, *patterns):
    vm = lab.vm(ARCH, writable(disk), options="keelboot.timeout=4")
    vm.expect_screen(*patterns)
    name = expect_second(vm).split("chosen=")[1]
    vm.wait_end()
    return name


def test_default_and_one_shot_in_the_store(lab):
    disk = two_that_end(lab)
    before, files = digest(disk), read_fat(lab, disk)
    vm = lab.vm(ARCH, writable(disk))
    vm.expect_screen(r"> +1 +First \[default\]")
    vm.send("down")
    vm.expect_screen(r"> +2 +Second")
    for key, question in (("d", "Boot this entry by default from now on"),
                          ("o", "Boot this entry at the next start, once")):
        for no in ("n", "z", "\033"):
            answer(vm, key, question, no)
            vm.expect_screen(r"> +2 +Second +vda1")
    vm.watch(1)
    assert digest(disk) == before
    answer(vm, "d", "Second.*Boot|Boot.*Second", "y")
    vm.expect_screen("Second is the default now, in the store on vda1",
                     r"> +2 +Second \[default\]")
    vm.send("up")
    vm.expect_screen(r"> +1 +First")
    answer(vm, "o", "Boot this entry at the next start, once", "y")
    vm.expect_screen("First boots the next time only, in the store on vda1")
    restart(vm)
    assert chosen_by_itself(lab, disk, r"> +1 +First \[.*default") == "first"
    assert chosen_by_itself(lab, disk, r"1 +First +vda1",
                            r"> +2 +Second \[default\]") == "second"
    after = read_fat(lab, disk)
    store = after.pop(STORE)
    assert after == files
    copies = re.findall(rb"keelboot store 1\nsequence (\d+)\n(.*?)crc32",
                        store, re.S)
    newest = max(copies, key=lambda copy: int(copy[0]))[1]
    assert newest.split() == [b"default", SECOND.encode()]


def start_uefi(lab, disk, variables):
    vm = lab.start(ARCH, disks=[writable(disk)], memory=1024,
                   firmware=(FIRMWARE[ARCH][0], variables))
    vm.expect_screen(r"1 +First", r"2 +Second")
    return vm


def test_default_in_an_efi_variable(lab):
    disk = two_entries(
        lab, ARCH, second_options(ARCH), second_options(ARCH),
        **{"/EFI/BOOT/BOOTX64.EFI": lab.asset(ARCH, "keelboot-load.efi")})
    before = digest(disk)
    vm = start_uefi(lab, disk, FIRMWARE[ARCH][1])
    vm.expect_screen(r"> +1 +First \[default\]")
    vm.send("down")
    vm.expect_screen(r"> +2 +Second")
    answer(vm, "d", "Boot this entry by default", "y")
    vm.expect_screen("Second is the default now, in the EFI variable "
                     "LoaderEntryDefault", r"> +2 +Second \[default\]")
    name = vm.shell("cat /sys/firmware/efi/efivars/LoaderEntryDefault-* | "
                    "hexdump -v -e '1/1 \"%02x\"'")
    assert SECOND.encode("utf-16-le").hex() in name
    restart(vm)
    vm = start_uefi(lab, disk, vm.work + "/vars.fd")
    vm.expect_screen(r"1 +First +vda1", r"> +2 +Second \[default\]")
    assert digest(disk) == before


# --- the log -----------------------------------------------------------------


def save_log(vm, number, name):
    vm.send("l")
    vm.expect_screen("^Log", "w save")
    vm.send("w")
    vm.expect_screen("^Save the log", "The log goes to a new file on:",
                     rf"^{number} +{name}")
    answer(vm, str(number), f"Write the log to this disk.*{name}", "y")
    return vm.expect_screen(
        r"The log is saved: /keelboot-log-\d\.txt on \w+\.")


def test_log_goes_to_the_esp_and_a_stick(lab):
    """Under enforce, which boots nothing of the stick; and no command line is
    edited there."""
    signer = Signer(BUILD / "test-keys", lab.work)
    disk = lab.disk({"/EFI/Linux/good.efi": signer.image(real_uki(lab, ARCH))})
    stick = lab.disk({"/photo.jpg": b"not a log\n" * 1000}, size=40,
                     name="stick.img")
    before = read_fat(lab, disk), read_fat(lab, stick)
    vm = lab.vm(ARCH, writable(disk), extra=[
        "-device", "qemu-xhci", "-drive",
        f"if=none,id=stick,format=raw,file={stick},cache=writethrough",
        "-device", "usb-storage,drive=stick,removable=on"], **TRUST)
    vm.expect_screen("Enforcing", r"> +1 +Test Linux")
    vm.shell("i=0; while [ ! -e /dev/sda1 ] && [ $i -lt 60 ]; do "
             "i=$((i+1)); sleep 1; done")
    for key, said in (("e", "No editing: locked by verify = enforce"),
                      ("v", "No verbose boot: locked by verify = enforce")):
        vm.send(key)
        vm.expect_screen(said)
    assert "Command line of" not in vm.text
    assert "vda1" in save_log(vm, 2, "vda1, ESP")
    assert "sda1" in save_log(vm, 1, "sda, removable disk")
    vm.send("q")
    vm.expect_screen(r"> +1 +Test Linux")
    vm.send("enter")
    expect_jump(vm, "file")
    take_report(vm)
    for number, (image, old) in enumerate(zip((disk, stick), before)):
        after = read_fat(lab, image)
        log = after.pop("/keelboot-log-0.txt").decode()
        assert after == old
        assert log.startswith("keelboot ")
        assert re.search(r"vda1: found /EFI/Linux/good\.efi", log), log
        # The second one tells of the first.
        assert log.lower().count("the log is saved") == number, log
