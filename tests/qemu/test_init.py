"""PID 1: the menu comes back whatever happens to it, and there is an end when
it does not stop to die. And the ways out: shell, reboot, power off."""

import pytest

from report import expect_jump, take_report

ARCH = "aarch64"
FORCE = "keelboot.timeout=menu-force"

# Sends a signal to the menu; its name is that of the program's file. It looks
# no further then: the machine may be about to end.
KILL = ("for p in /proc/[0-9]*; do "
        "[ \"$(cat $p/cmdline 2>/dev/null | tr '\\000' ' ')\" = "
        "'keelboot menu ' ] && grep -q '^PPid:.1$' $p/status && "
        "kill -%s ${p#/proc/} && echo killed && break; done")


def start(lab, options=""):
    disk = lab.disk({"/EFI/Linux/good.efi": lab.asset(ARCH, "uki-zboot.efi")})
    vm = lab.vm(ARCH, disk, options=f"{FORCE} {options}")
    vm.listen()
    vm.expect_screen(r"> +1 +Test Linux \[default\] +vda1 ")
    return vm


def kill_menu(vm, signal):
    assert vm.shell(KILL % signal) == "killed"


def test_menu_that_crashes_comes_back(lab):
    vm = start(lab)
    kill_menu(vm, "SEGV")
    # A person reads it once, and whole.
    vm.expect(r"\nkeelboot: the menu ended after \d+\.\d{3} s: "
              r"signal 11 \(SIGSEGV\)[\r\n]+"
              r"keelboot: starting the menu again \(1 of 3 within a minute\)")
    assert vm.text.count("SIGSEGV") == 1
    vm.expect("Nothing is verified")
    vm.expect_screen(r"> +1 +Test Linux \[default\] +vda1 ")
    # Nobody of before is left: one menu, and one probe for each disk.
    assert vm.shell("ps | grep -c '[k]eelboot-probe'") == "1"
    vm.send("enter")
    expect_jump(vm, "file")
    take_report(vm)


@pytest.mark.parametrize("action, said, reason", [
    ("reboot", "restarting the machine in 2 s", "guest-reset"),
    ("power-off", "switching the machine off in 2 s", "guest-shutdown"),
])
def test_three_crashes_are_the_end(lab, action, said, reason):
    vm = start(lab, f"keelboot.crash-delay=2 keelboot.crash-action={action}")
    for count in (1, 2):
        kill_menu(vm, "SEGV")
        vm.expect(rf"starting the menu again \({count} of 3")
        vm.expect("Nothing is verified")
    kill_menu(vm, "KILL")
    vm.expect(r"the menu ended after \d+\.\d{3} s: [^\r\n]*SIGKILL")
    vm.expect("the menu ended 3 times within a minute")
    vm.expect(said)
    assert vm.end_reason() == reason


def test_three_crashes_may_lead_to_a_shell(lab):
    vm = start(lab, "keelboot.crash-delay=1 keelboot.crash-action=shell")
    for count in (1, 2):
        kill_menu(vm, "ABRT")
        vm.expect(rf"starting the menu again \({count} of 3")
        vm.expect("Nothing is verified")
    kill_menu(vm, "ABRT")
    vm.expect("starting a rescue shell in 1 s")
    vm.expect("rescue shell on ttyAMA0")
    vm.send("echo $((6 * 7))-is-it\r")
    vm.expect("42-is-it")


def test_rescue_shell_and_back(lab):
    vm = start(lab)
    vm.send("q")
    vm.expect_screen(r"^Leave the menu", r"s +rescue shell")
    vm.send("s")
    vm.expect_screen("Leave the menu for a rescue shell\\?", r"y +yes")
    vm.send("n")
    vm.expect_screen(r"^Leave the menu", r"s +rescue shell")
    vm.send("s")
    vm.expect_screen(r"y +yes")
    vm.send("y")
    vm.expect(r'rescue shell on ttyAMA0, "exit" goes back to the menu')
    vm.send("echo $((6 * 7))-is-it\r")
    vm.expect("42-is-it")
    vm.send("exit\r")
    vm.expect("Nothing is verified")
    vm.expect_screen(r"> +1 +Test Linux \[default\] +vda1 ")
    vm.send("enter")
    expect_jump(vm, "file")
    take_report(vm)


def test_shell_that_is_not_allowed(lab):
    vm = start(lab, "keelboot.rescue-shell=no")
    vm.send("q")
    vm.expect_screen(r"^Leave the menu", "[Nn]o rescue shell: .*does not allow")
    vm.send("s")
    vm.never("rescue shell on|Leave the menu for", 2)


@pytest.mark.parametrize("key, question, reason", [
    ("r", "Reboot now\\?", "guest-reset"),
    ("o", "Power the machine off now\\?", "guest-shutdown"),
])
def test_leaving(lab, key, question, reason):
    vm = start(lab)
    vm.send("q")
    vm.expect_screen(r"^Leave the menu")
    vm.send(key)
    vm.expect_screen(question)
    vm.send("y")
    assert vm.end_reason() == reason


def test_a_probe_that_is_killed_takes_only_its_disk(lab):
    vm = start(lab)
    assert vm.shell(
        "kill -9 $(ps | sed -n 's/^ *\\([0-9]*\\) .*[{]keelboot-probe.*/\\1/p')"
        " && echo killed") == "killed"
    vm.expect_screen("No entry to boot was found yet")
    vm.send("r")
    vm.expect_screen(r"1 +Test Linux \[default\] +vda1 ")
    vm.send("1")
    vm.send("enter")
    expect_jump(vm, "file")
