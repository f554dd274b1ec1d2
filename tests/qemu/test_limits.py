"""Machines that are too small, and kernels that do not want to."""

import re

from craft import make_zboot
from pages import expect_failure
from report import Machine, expect_jump, take_report

ARCH = "aarch64"
FORCE = "keelboot.timeout=menu-force"


def test_image_too_large_for_the_memory(lab):
    """It is refused before it is read, with both values."""
    large = lab.work / "large"
    large.write_bytes(bytes(120 << 20))
    disk = lab.disk({
        "/EFI/Linux/large.efi": lab.uki(
            ARCH, "large.efi", linux=lab.asset(ARCH, "zboot-zstd.efi"),
            initrd=large, osrel=lab.asset(ARCH, "os-release"),
            cmdline="console=ttyAMA0"),
        "/EFI/Linux/a-good.efi": lab.asset(ARCH, "uki-zboot.efi")})
    large.unlink()
    vm = lab.vm(ARCH, disk, options=FORCE, memory=320)
    vm.expect_screen(r"> +1 +Test Linux \[default\] +vda1 /EFI/Linux/large")
    vm.send("enter")
    screen = expect_failure(
        vm, r"/EFI/Linux/large.efi has 12\d MiB and booting takes 3 times "
        r"that, but \d+ MiB of memory are available")
    vm.expect_screen(r"1 +Test Linux \[.*failed")
    free = re.search(r"but (\d+) MiB", re.sub(r"\s+", " ", screen)).group(1)
    assert 200 < int(free) < 320
    vm.send("2")
    vm.expect_screen(r"> +2 +Test Linux")
    vm.send("enter")
    expect_jump(vm, "file")
    take_report(vm)


def test_kernel_that_unpacks_to_more_than_the_memory(lab):
    """The file is small, so only its own word says what would come out."""
    bomb = lab.work / "bomb"
    bomb.write_bytes(make_zboot(bytes(9000), 400 << 20))
    disk = lab.disk({"/EFI/Linux/bomb.efi": lab.uki(
        ARCH, "bomb.efi", linux=bomb, osrel=lab.asset(ARCH, "os-release"))})
    vm = lab.vm(ARCH, disk, options=FORCE, memory=256)
    vm.expect_screen(r"> +1 +Test Linux")
    vm.send("enter")
    expect_failure(vm, r"unable to boot \"Test Linux\": the unpacked kernel "
                   r".*400 MiB.* \d+ MiB")
    vm.expect_screen(r"1 +Test Linux \[.*failed")


def test_smallest_machine_that_boots(lab):
    disk = lab.disk({"/EFI/Linux/good.efi": lab.asset(ARCH, "uki-zboot.efi")})
    vm = lab.vm(ARCH, disk, options="keelboot.timeout=1", memory=128)
    expect_jump(vm, "file")
    take_report(vm)


def test_kexec_that_is_switched_off(lab):
    """Whoever switched it off meant it: no other way is tried."""
    disk = lab.disk({"/EFI/Linux/good.efi": lab.asset(ARCH, "uki-zboot.efi")})
    vm = lab.vm(ARCH, disk, options=FORCE)
    vm.expect_screen(r"> +1 +Test Linux")
    vm.shell("echo 1 > /proc/sys/kernel/kexec_load_disabled")
    vm.send("enter")
    expect_failure(vm,
                   r"unable to boot \"Test Linux\": .*kexec_load_disabled")
    vm.expect_screen(r"> +1 +Test Linux \[.*failed")
    vm.never("Jumping", 2)


def test_lockdown_refuses_both_ways(lab):
    """Debian's x86 kernel checks signatures with keys that it has built in;
    a refusal is the end, and keelboot does not try kexec_load."""
    disk = lab.disk({"/EFI/Linux/debian.efi":
                     lab.asset("x86_64", "uki-257.efi")})
    vm = lab.vm("x86_64", disk, kernel="debian-kernel",
                image="debian.cpio.zst", options=FORCE + " lockdown=integrity")
    vm.expect_screen(r"> +1 +Test Linux")
    Machine(vm)
    vm.send("enter")
    expect_failure(vm, r"unable to boot \"Test Linux\": ", r"lock(ed )?down")
    vm.expect_screen(r"> +1 +Test Linux [^\n]*\[.*failed")
    assert "kexec_load(2)" not in vm.text
    vm.never("Jumping", 2)
