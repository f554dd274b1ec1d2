"""Kinds of disks and consoles, and the kernel of config/linux as firmware on
x86_64."""

import re
import time
import subprocess

import pytest

from craft import make_gpt
from pages import expect_failure
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


@pytest.mark.parametrize("device", ["nvme,serial=1", "virtio-blk-pci"])
def test_sectors_of_4096_bytes(lab, device):
    """And the ESP is a FAT16."""
    esp = lab.work / "esp"
    subprocess.run(["truncate", "-s", "40M", esp], check=True)
    subprocess.run(["/usr/sbin/mkfs.fat", "-F", "16", "-S", "4096", "-s",
                    "1", esp],
                   check=True, capture_output=True)
    subprocess.run(["mmd", "-i", esp, "::/EFI", "::/EFI/Linux"], check=True)
    subprocess.run(["mcopy", "-i", esp, lab.asset("aarch64", "uki-zboot.efi"),
                    "::/EFI/Linux/good.efi"], check=True)
    path = lab.work / "disk.img"
    path.write_bytes(make_gpt(esp.read_bytes(), 4096))
    lab.disks += [esp, path]
    vm = lab.vm("aarch64", [
        "-drive", f"if=none,id=d,format=raw,file={path},snapshot=on",
        "-device", f"{device},drive=d,logical_block_size=4096,"
        "physical_block_size=4096"], options="keelboot.timeout=3")
    vm.expect_screen(r"> +1 +Test Linux \[default\] +(vda1|nvme0n1p1) ")
    expect_jump(vm, "file")
    take_report(vm)


def test_no_console_at_all(lab):
    """What cannot be shown boots all the same."""
    arch = "aarch64"
    vm = lab.start(arch, kernel=lab.asset(arch, "own-kernel"),
                   initrds=[lab.asset(arch, "keelboot.cpio.zst")],
                   append="console=ttyX0 keelboot.timeout=2",
                   disks=[good_disk(lab)])
    take_report(vm)
    assert "Test Linux" not in vm.text


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
    time.sleep(2)  # an Enter right after the mark has come does not count
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
    expect_failure(vm,
                   r"unable to boot \"Test Linux\": /EFI/Linux/slow\.efi: ")
    vm.expect_screen(
        r"> +1 +Test Linux +vd[ab]1 |1 +Test Linux \[default\]")
    vm.send("home")
    vm.expect_screen(r"> +1 +Test Linux ")
    vm.send("enter")
    expect_jump(vm, "file")
    take_report(vm)
