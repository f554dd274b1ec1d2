"""Kinds of disks and consoles, and the kernel of config/linux as firmware on
x86_64."""

import re

import pytest

from report import Machine, check_initrd, expect_jump, take_report

FORCE = "keelboot.timeout=menu-force"


def good_disk(lab, arch="aarch64", image="uki-zboot.efi"):
    return lab.disk({"/EFI/Linux/good.efi": lab.asset(arch, image)})


@pytest.mark.parametrize("name, devices", [
    ("nvme0n1p1", ["nvme,drive=d,serial=1"]),
    ("sda1", ["ich9-ahci,id=ahci", "ide-hd,bus=ahci.0,drive=d"]),
    ("sda1", ["virtio-scsi-pci,id=scsi", "scsi-hd,bus=scsi.0,drive=d"]),
    ("sda1", ["qemu-xhci", "usb-storage,drive=d"]),
    ("sda1", ["megasas,id=raid", "scsi-hd,bus=raid.0,drive=d"]),
], ids=["nvme", "ahci", "virtio-scsi", "usb", "megaraid"])
def test_kind_of_disk(lab, name, devices):
    disk = ["-drive", f"if=none,id=d,format=raw,file={good_disk(lab)},"
            "snapshot=on"]
    for device in devices:
        disk += ["-device", device]
    vm = lab.vm("aarch64", disk, options="keelboot.timeout=3")
    vm.expect_screen(rf"> +1 +Test Linux \[default\] +{name} ")
    expect_jump(vm, "file")
    take_report(vm)


def graphics(vm):
    """What the first virtual terminal shows, 80 columns a line."""
    cells = vm.shell("cat /dev/vcs1")
    return "\n".join(cells[at:at + 80].rstrip()
                     for at in range(0, len(cells), 80))


def test_two_consoles(lab):
    """The menu is on the screen and on the serial line, and both have a
    say."""
    vm = lab.vm("x86_64", good_disk(lab, "x86_64", "uki-257.efi"),
                options=f"console=tty0 console=ttyS0 {FORCE}")
    vm.expect_screen(r"> +1 +Test Linux \S+ \[default\] +vda1 ")
    shown = graphics(vm)
    assert re.search(r"> +1 +Test Linux \S+ \[default\] +vda1 ", shown), shown
    vm.qmp("send-key", keys=[{"type": "qcode", "data": "q"}])
    vm.expect_screen(r"^Leave the menu")
    assert re.search(r"^Leave the menu", graphics(vm), re.M), graphics(vm)
    vm.send("q")
    vm.expect_screen(r"> +1 +Test Linux")
    vm.qmp("send-key", keys=[{"type": "qcode", "data": "ret"}])
    expect_jump(vm, "file")
    take_report(vm)


@pytest.mark.parametrize("mode", ["file", "load"])
def test_own_kernel_as_firmware(lab, mode):
    vm = lab.vm("x86_64", good_disk(lab, "x86_64", "uki-257.efi"),
                options=f"{FORCE} keelboot.kexec={mode}")
    vm.expect_screen(r"> +1 +Test Linux \S+ \[default\] +vda1 ")
    first = Machine(vm)
    assert first.release.endswith("-keelboot")
    vm.send("enter")
    expect_jump(vm, mode)
    second = take_report(vm)
    assert second.memmap == first.memmap and first.memmap
    assert second.acpi_tables() == first.acpi and first.acpi
    check_initrd(lab, "x86_64", second, extra=["os-release"])


def test_disk_that_is_pulled_while_it_is_read(lab):
    """The sentence comes, the menu is back, and the other disk boots."""
    slow = lab.disk({"/EFI/Linux/slow.efi":
                     lab.asset("aarch64", "uki-252.efi")}, name="slow.img")
    vm = lab.vm("aarch64", good_disk(lab),
                ["-drive", f"if=none,id=slow,format=raw,file={slow},"
                 "snapshot=on,throttling.bps-read=1500000",
                 "-device", "pcie-root-port,id=port1,chassis=1,slot=1",
                 "-device", "virtio-blk-pci,id=late,bus=port1,drive=slow"],
                options=FORCE)
    vm.expect_screen(r"1 +Test Linux \S+ \[default\] +vd[ab]1 ",
                     r"2 +Test Linux +vd[ab]1 ")
    vm.send("1")
    vm.send("enter")
    vm.expect("Starting Test Linux")
    vm.watch(2)
    vm.qmp("device_del", id="late")
    vm.expect_screen(r"unable to boot \"Test Linux\": /EFI/Linux/slow\.efi: ",
                     r"> +1 +Test Linux +vd[ab]1 |1 +Test Linux \[default\]")
    vm.send("home")
    vm.expect_screen(r"> +1 +Test Linux ")
    vm.send("enter")
    expect_jump(vm, "file")
    take_report(vm)
