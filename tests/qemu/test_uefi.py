"""Machines that still have UEFI: keelboot.efi starts from the ESP that the
next kernel is on, too."""

import pytest

from report import Machine, check_initrd, expect_jump, take_report

FIRMWARE = {
    "x86_64": ("/usr/share/OVMF/OVMF_CODE_4M.fd",
               "/usr/share/OVMF/OVMF_VARS_4M.fd"),
    "aarch64": ("/usr/share/AAVMF/AAVMF_CODE.fd",
                "/usr/share/AAVMF/AAVMF_VARS.fd"),
}
BOOT = {"x86_64": "BOOTX64.EFI", "aarch64": "BOOTAA64.EFI"}
PAYLOAD = {"x86_64": "uki-257.efi", "aarch64": "uki-252.efi"}
CMDLINE = {"x86_64": "console=ttyS0 no_timer_check keelboot.test=report",
           "aarch64": "console=ttyAMA0 keelboot.test=report"}
ARCHES = sorted(FIRMWARE)


def start(lab, arch, keelboot, **files):
    """keelboot is there twice: where firmware finds it, and where UKIs are."""
    own = lab.asset(arch, keelboot)
    disk = lab.disk({
        f"/EFI/BOOT/{BOOT[arch]}": own,
        "/EFI/Linux/z-keelboot.efi": own,
        **{f"/EFI/Linux/{name}.efi": file for name, file in files.items()}})
    return lab.start(arch, disks=[disk], firmware=FIRMWARE[arch],
                     memory=1024)


def check_second(lab, arch, second):
    assert second.cmdline == CMDLINE[arch]
    assert second.efi
    assert second.acpi_tables()
    check_initrd(lab, arch, second,
                 extra=["os-release"] if arch == "x86_64" else [])


@pytest.mark.parametrize("arch", ARCHES)
def test_boots_by_itself(lab, arch):
    """As it is shipped: its own UKI is in the list, last, and is not what
    boots when nobody chooses."""
    vm = start(lab, arch, "keelboot.efi",
               debian=lab.asset(arch, PAYLOAD[arch]))
    vm.expect_screen(r"1 +Test Linux [^\n]*\[default\][^\n]*\n"
                     r" +2 +keelboot test ", r"Entry 1 boots in")
    expect_jump(vm, "file")
    check_second(lab, arch, take_report(vm))


@pytest.mark.parametrize("arch", ARCHES)
def test_kexec_load_keeps_efi_and_acpi(lab, arch):
    vm = start(lab, arch, "keelboot-load.efi",
               debian=lab.asset(arch, PAYLOAD[arch]))
    vm.expect_screen(r"> +1 +Test Linux [^\n]*\[default\]")
    first = Machine(vm)
    vm.send("enter")
    expect_jump(vm, "load")
    second = take_report(vm)
    check_second(lab, arch, second)
    assert first.acpi and second.acpi_tables() == first.acpi
    assert second.memmap == first.memmap


def test_keelboot_alone_never_boots_itself(lab):
    vm = start(lab, "aarch64", "keelboot.efi")
    vm.expect_screen(r"> +1 +keelboot test ")
    vm.never("Jumping|boots in", 12)
    assert "[default]" not in vm.shown()
    # Somebody who wants to can.
    vm.send("enter")
    expect_jump(vm, "file")
    vm.expect_screen(r"> +1 +keelboot test ")
