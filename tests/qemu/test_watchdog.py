"""The watchdog: a kernel that hangs is reset, a menu that stands is not, and
what would not survive the jump is said."""

import re
import time

import pytest

from report import expect_jump
from test_init import kill_menu
from vm import CONSOLE

SECONDS = 8

# The kernel of Debian has no driver for this watchdog, so that nothing of it
# stops the timer; and its only process does no more than run.
HANGS = ('console={console} {extra} rdinit=/bin/busybox -- sh -c '
         '"while :; do :; done"')

WARNING = (r"the jump stops the watchdog: add watchdog.stop_on_reboot=0 "
           r"\(is -1\)")

SURVIVES = "watchdog.stop_on_reboot=0"


def hanging(lab, arch):
    extra = {"x86_64": "no_timer_check", "aarch64": ""}[arch]
    parts = {"uname": lab.asset(arch, "debian-release").read_text().strip()}
    return lab.uki(arch, "hangs.efi", linux=lab.asset(arch, "debian-kernel"),
                   initrd=lab.asset(arch, "second-initrd"),
                   osrel=lab.asset(arch, "os-release"),
                   cmdline=HANGS.format(console=CONSOLE[arch], extra=extra),
                   **parts)


def start(lab, arch, options="", files=None, seconds=SECONDS,
          device=("-device", "i6300esb")):
    disks = [lab.disk(files)] if files else []
    vm = lab.vm(arch, *disks, extra=device,
                options="keelboot.timeout=menu-force "
                        f"keelboot.watchdog={seconds} {options}")
    vm.listen()
    expect_menu(vm)
    if files:
        vm.expect_screen(r"> +1 +Test Linux")
    return vm


def expect_menu(vm):
    """One that is drawn anew."""
    vm.expect("Nothing is verified")
    vm.expect_screen(r"1 +Test Linux|No entry to boot was found")


def expirations(vm):
    vm.qmp("query-status")
    return [event for event in vm.events if event["event"] == "WATCHDOG"]


def check_alive(vm, seconds):
    """Nothing resets it for so long, whatever it does meanwhile."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        vm.watch(1)
        assert vm.process.poll() is None, vm.tail()
    assert not expirations(vm)


def expect_reset(vm, timeout=90):
    """The timer has run out."""
    assert vm.end_reason(timeout) == "guest-reset"
    events = [event for event in vm.events if event["event"] == "WATCHDOG"]
    assert [event["data"]["action"] for event in events] == ["reset"]


def open_shell(vm):
    vm.send("q")
    vm.expect_screen(r"s +rescue shell")
    vm.send("s")
    vm.expect_screen(r"y +yes")
    vm.send("y")
    vm.expect("rescue shell on")


def close_shell(vm):
    vm.send("exit\r")
    expect_menu(vm)


@pytest.mark.parametrize("arch", ["x86_64", "aarch64"])
def test_kernel_that_hangs_is_reset(lab, arch):
    vm = start(lab, arch, SURVIVES,
               {"/EFI/Linux/hangs.efi": hanging(lab, arch)}, seconds=15)
    assert not vm.shell("grep -v 0 /sys/module/watchdog/parameters/"
                        "stop_on_reboot")
    assert "stop_on_reboot" not in vm.shown()
    check_alive(vm, 20)
    vm.send("enter")
    expect_jump(vm, "file")
    vm.expect("Run /bin/busybox as init process")
    expect_reset(vm)


@pytest.mark.parametrize("arch", ["x86_64", "aarch64"])
def test_what_stops_at_the_jump_is_said(lab, arch):
    vm = start(lab, arch, "",
               {"/EFI/Linux/hangs.efi": hanging(lab, arch)})
    vm.expect_screen(WARNING)
    vm.send("enter")
    expect_jump(vm, "file")
    vm.expect("Run /bin/busybox as init process")
    check_alive(vm, 2 * SECONDS)


def test_menu_that_hangs_is_reset(lab):
    vm = start(lab, "aarch64")
    kill_menu(vm, "STOP")
    expect_reset(vm)


# What servers have: the chip set's, and the BMC's.
@pytest.mark.parametrize("driver, device", [
    ("iTCO_wdt", ["-global", "ICH9-LPC.noreboot=false"]),
    ("IPMI", ["-device", "ipmi-bmc-sim,id=bmc",
              "-device", "isa-ipmi-kcs,bmc=bmc"]),
])
def test_other_watchdogs(lab, driver, device):
    vm = start(lab, "x86_64", device=device, seconds=10)
    said = vm.shell("dmesg | grep 'keelboot: .*watchdog (' | tail -n 1")
    assert re.search(rf"watchdog \({driver}\): \d+ s", said), said
    check_alive(vm, 25)
    kill_menu(vm, "STOP")
    assert vm.end_reason() == "guest-reset"


def test_menu_that_comes_back_feeds_on(lab):
    vm = start(lab, "aarch64", SURVIVES)
    kill_menu(vm, "SEGV")
    expect_menu(vm)
    check_alive(vm, 2 * SECONDS)
    assert vm.shell("cat /run/keelboot/watchdog") == str(SECONDS)
    kill_menu(vm, "STOP")
    expect_reset(vm)


def test_no_reset_while_a_shell_is_open(lab):
    vm = start(lab, "aarch64")
    open_shell(vm)
    assert vm.shell("ls /run/keelboot/watchdog 2> /dev/null") == ""
    check_alive(vm, 2 * SECONDS)
    close_shell(vm)
    # And it is armed again.
    kill_menu(vm, "STOP")
    expect_reset(vm)


def test_shell_beside_one_that_cannot_be_stopped(lab):
    vm = start(lab, "aarch64", "i6300esb.nowayout=1")
    open_shell(vm)
    assert vm.shell("ps | grep -c '[k]eelboot-feed'") == "1"
    check_alive(vm, 2 * SECONDS)
    close_shell(vm)
    assert vm.shell("ps | grep -c '[k]eelboot-feed'") == "0"
    check_alive(vm, 2 * SECONDS)
    kill_menu(vm, "STOP")
    expect_reset(vm)


def test_the_end_after_crashes_is_the_configured_one(lab):
    delay = 2 * SECONDS
    vm = start(lab, "aarch64", "keelboot.crash-action=power-off "
               f"keelboot.crash-delay={delay}")
    for count in (1, 2, 3):
        kill_menu(vm, "SEGV")
        if count < 3:
            expect_menu(vm)
    vm.expect(f"switching the machine off in {delay} s")
    assert vm.end_reason() == "guest-shutdown"
    assert not [event for event in vm.events if event["event"] == "WATCHDOG"]


def test_time_that_no_hardware_counts(lab):
    vm = start(lab, "aarch64", SURVIVES, seconds=86400)
    vm.expect_screen(r"the watchdog \(i6300ESB timer\) cannot count 86400 s")
    check_alive(vm, 1)


def test_machine_without_watchdog(lab):
    vm = lab.vm("aarch64", options="keelboot.timeout=menu-force "
                f"keelboot.watchdog={SECONDS}")
    expect_menu(vm)
    vm.expect_screen("there is no watchdog: no /dev/watchdog")
