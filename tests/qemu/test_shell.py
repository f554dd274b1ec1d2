"""The rescue shell and the TPM: what is sealed to the machine's boot is closed
before the shell opens, and without that there is none."""

import pytest

from swtpm import BANKS, DEVICE, Relay, Swtpm, extended, read_pcrs
from test_init import kill_menu
from vm import CONSOLE

EVENT = b"keelboot: rescue shell"

CLOSED = ("PCR 11 and 12 were extended: secrets sealed to this machine's boot "
          "stay sealed until it restarts")

REFUSED = ("no rescue shell, as what is sealed to this machine's boot cannot "
           "be closed: ")


@pytest.fixture
def tpm():
    made = []

    def make(version=2):
        made.append(Swtpm(version))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def relayed():
    relay = Relay(Swtpm())
    yield relay
    relay.stop()


def start(lab, arch, extra=(), options="", **more):
    """A machine with nothing to boot, and its menu."""
    vm = lab.vm(arch, extra=extra, options="keelboot.timeout=menu-force "
                + options, **more)
    vm.listen()
    vm.expect_screen("No entry to boot was found")
    return vm


def expect_menu_again(vm):
    """One that is drawn anew: what was on the screen may still be there."""
    vm.expect("Nothing is verified")
    vm.expect_screen("No entry to boot was found")


def ask_for_shell(vm):
    vm.send("q")
    vm.expect_screen(r"s +rescue shell")
    vm.send("s")
    vm.expect_screen(r"y +yes")
    vm.send("y")


def sentence(text):
    """A pattern for a sentence that a console may have divided."""
    return r"\s+".join(text.replace("(", r"\(").replace(")", r"\)").split())


def use_shell(vm):
    vm.expect(r'rescue shell on \w+, "exit" goes back to the menu')
    vm.send("echo $((6 * 7))-is-it\r")
    vm.expect("42-is-it")
    vm.send("exit\r")
    expect_menu_again(vm)


def check_no_shell(vm, why):
    vm.expect(sentence(REFUSED + why))
    expect_menu_again(vm)
    assert "rescue shell on" not in vm.text
    vm.send("echo $((6 * 7))-is-it\r")
    vm.never("42-is-it", 2)


@pytest.mark.parametrize("arch", ["x86_64", "aarch64"])
def test_secrets_are_closed_before_the_shell(lab, tpm, arch):
    vm = start(lab, arch, tpm().arguments(DEVICE[arch]))
    before = read_pcrs(vm, range(10, 14))
    assert {bank for bank, _ in before} == set(BANKS)
    ask_for_shell(vm)
    vm.expect(sentence(CLOSED))
    vm.expect(f'rescue shell on {CONSOLE[arch]}, "exit" goes back to the menu')
    # As the shell itself sees it.
    vm.send("cat /sys/class/tpm/tpm0/pcr-sha256/11; echo end-of-value\r")
    want = extended("sha256", before["sha256", 11], EVENT)
    vm.expect(want.hex().upper() + r"\s+end-of-value")
    after = read_pcrs(vm, range(10, 14))
    assert after.keys() == before.keys()
    for (bank, pcr), value in after.items():
        old = before[bank, pcr]
        assert value == (extended(bank, old, EVENT) if pcr in (11, 12)
                         else old), (bank, pcr)
    vm.send("exit\r")
    expect_menu_again(vm)
    assert "a rescue shell was open" in vm.shell("cat /run/keelboot/init-note")
    # Another one: it is done once more, and does no harm.
    ask_for_shell(vm)
    vm.expect(sentence(CLOSED))
    use_shell(vm)
    assert read_pcrs(vm, [12])["sha512", 12] == extended(
        "sha512", after["sha512", 12], EVENT)


@pytest.mark.parametrize("arch", ["x86_64", "aarch64"])
def test_machine_without_tpm(lab, arch):
    vm = start(lab, arch)
    ask_for_shell(vm)
    vm.expect(sentence("this machine has no TPM: no secret is sealed to its "
                       "boot"))
    use_shell(vm)


def test_tpm_that_died(lab, tpm):
    one = tpm()
    vm = start(lab, "aarch64", one.arguments(DEVICE["aarch64"]))
    one.kill()
    ask_for_shell(vm)
    check_no_shell(vm, "unable to")
    assert "cannot be closed" in vm.shell("cat /run/keelboot/init-note")


def test_tpm_that_does_not_answer(lab, relayed):
    vm = start(lab, "aarch64", relayed.arguments(DEVICE["aarch64"]))
    relayed.answer = lambda data: None
    ask_for_shell(vm)
    check_no_shell(vm, "unable to ask tpm0 for its banks: ")


@pytest.mark.parametrize("number, change, said", [
    # TPM_RC_FAILURE to the second PCR: half of it is not enough.
    (2, lambda data: bytes.fromhex("80010000000a00000101"),
     "unable to extend PCR 12 of tpm0: the TPM answers 0x101"),
    (0, lambda data: data[:10] + b"\1" + data[11:],
     "unable to ask tpm0 for its banks: the TPM has more banks"),
])
def test_tpm_that_answers_wrongly(lab, relayed, number, change, said):
    vm = start(lab, "aarch64", relayed.arguments(DEVICE["aarch64"]))
    answers = []

    def answer(data):
        answers.append(data)
        return change(data) if len(answers) > number else data

    relayed.answer = answer
    ask_for_shell(vm)
    check_no_shell(vm, said)


def test_no_shell_after_crashes_either(lab, tpm):
    one = tpm()
    vm = start(lab, "aarch64", one.arguments(DEVICE["aarch64"]),
               "keelboot.crash-delay=1 keelboot.crash-action=shell")
    one.kill()
    for count in (1, 2, 3):
        kill_menu(vm, "SEGV")
        if count < 3:
            vm.expect(rf"starting the menu again \({count} of 3")
            expect_menu_again(vm)
    vm.expect("starting a rescue shell in 1 s")
    vm.expect(sentence(REFUSED))
    assert vm.end_reason() == "guest-reset"
    assert "rescue shell on" not in vm.text


def test_tpm_1_2(lab, tpm):
    vm = start(lab, "x86_64", tpm(version=1).arguments("tpm-tis"))
    ask_for_shell(vm)
    check_no_shell(vm, "tpm0 is a TPM 1.2, which keelboot cannot extend")


def test_tpm_without_driver_by_acpi(lab, tpm):
    vm = start(lab, "x86_64", tpm().arguments(DEVICE["x86_64"]),
               "initcall_blacklist=crb_acpi_driver_init,init_tis")
    ask_for_shell(vm)
    check_no_shell(vm, "there is a TPM by firmware's table TPM2, and the "
                       "kernel has no driver for it")


def test_tpm_without_driver_by_device_tree(lab, tpm):
    # Debian's kernel for arm64 has no driver for this TPM.
    vm = start(lab, "aarch64", tpm().arguments(DEVICE["aarch64"]),
               kernel="debian-large-kernel")
    ask_for_shell(vm)
    check_no_shell(vm, "there is a TPM by the device tree, and the kernel has "
                       "no driver for it")
