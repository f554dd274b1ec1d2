"""Every kind of image boots on x86_64, both ways, and the next kernel gets
what it is owed: command line, initrd, memory map, ACPI tables. The firmware
kernel is Debian's, with modules in the image."""

import pytest

from report import Machine, check_initrd, expect_jump, take_report

ARCH = "x86_64"
CMDLINE = "console=ttyS0 no_timer_check keelboot.test=report"
MODES = ["file", "load"]


def boot(lab, files, mode, title, **more):
    """Boots the disk's only entry and compares both kernels' views."""
    vm = lab.vm(ARCH, lab.disk(files), kernel="debian-kernel",
                image="debian.cpio.zst",
                options=f"keelboot.timeout=menu-force keelboot.kexec={mode}",
                **more)
    vm.expect_screen(rf"> +1 +{title} (\S+ )?\[default\] +vda1 ")
    first = Machine(vm)
    vm.send("enter")
    expect_jump(vm, mode)
    second = take_report(vm)
    assert second.cmdline == CMDLINE
    assert second.release == first.release
    assert second.processors == first.processors
    assert first.memmap and second.memmap == first.memmap
    assert first.system_ram() and second.system_ram() == first.system_ram()
    names = {table.split()[0] for table in first.acpi}
    assert {"RSDP", "FACP", "DSDT", "APIC"} <= names
    assert second.acpi_tables() == first.acpi
    # The next kernel's random generator has a seed from the start.
    assert any("random: crng init done" in line for line in second.dmesg)
    return first, second


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("stub", [252, 257, 262])
def test_uki(lab, stub, mode):
    """252 by objcopy, the others by ukify."""
    _, second = boot(
        lab, {"/EFI/Linux/debian.efi": lab.asset(ARCH, f"uki-{stub}.efi")},
        mode, "Test Linux", smp=2 if stub == 257 else 1)
    # Since version 257 the stub hands over its own os-release.
    check_initrd(lab, ARCH, second,
                 extra=["os-release"] if stub >= 257 else [])


@pytest.mark.parametrize("mode", MODES)
def test_configured_bzimage(lab, mode):
    """With memory above 4 GiB where the map is our own work."""
    _, second = boot(
        lab, {"/EFI/test/vmlinuz": lab.asset(ARCH, "debian-kernel"),
              "/EFI/test/initrd": lab.asset(ARCH, "second-initrd")},
        mode, "Configured bzImage", memory=6144 if mode == "load" else 512)
    check_initrd(lab, ARCH, second)
