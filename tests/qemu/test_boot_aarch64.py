"""Every kind of image boots on aarch64, both ways, and the next kernel gets
what it is owed: command line, initrd, memory, seeds."""

import subprocess

import pytest

from pages import expect_failure
from report import Machine, check_initrd, expect_jump, take_report

ARCH = "aarch64"
CMDLINE = "console=ttyAMA0 keelboot.test=report"
MODES = ["file", "load"]
CODECS = ["gzip", "lz4", "lzma", "lzo", "xz", "zstd"]


def boot(lab, files, mode, title, more=None):
    """Boots the disk's only entry and returns both kernels' views."""
    vm = lab.vm(ARCH, lab.disk(files),
                options=f"keelboot.timeout=menu-force keelboot.kexec={mode}",
                **(more or {}))
    vm.expect_screen(rf"> +1 +{title} (\S+ )?\[default\] +vda1 ")
    first = Machine(vm)
    vm.send("enter")
    expect_jump(vm, mode)
    second = take_report(vm)
    assert second.cmdline == CMDLINE
    assert second.chosen["bootargs"] == CMDLINE
    assert first.system_ram() and second.system_ram() == first.system_ram()
    # Nothing else on this machine could have made it ready so early.
    assert "[    0.000000] random: crng init done" in second.dmesg
    return first, second


@pytest.mark.parametrize("mode", MODES)
def test_uki_around_debians_image(lab, mode):
    first, second = boot(
        lab, {"/EFI/Linux/debian.efi": lab.asset(ARCH, "uki-252.efi")}, mode,
        "Test Linux")
    release = lab.asset(ARCH, "debian-release").read_text().strip()
    assert second.release == release != first.release
    # A stub of version 252 hands over no os-release.
    check_initrd(lab, ARCH, second)


@pytest.mark.parametrize("mode", MODES)
def test_uki_around_a_zboot_image(lab, mode):
    first, second = boot(
        lab, {"/EFI/Linux/zboot.efi": lab.asset(ARCH, "uki-257.efi")}, mode,
        "Test Linux")
    assert second.release == first.release
    check_initrd(lab, ARCH, second, extra=["os-release"])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("codec", CODECS)
def test_zboot_image_of_each_codec(lab, codec, mode):
    first, second = boot(
        lab, {f"/EFI/test/zboot-{codec}.efi":
              lab.asset(ARCH, f"zboot-{codec}.efi"),
              "/EFI/test/initrd": lab.asset(ARCH, "second-initrd")}, mode,
        f"Configured zboot {codec}")
    assert second.release == first.release
    check_initrd(lab, ARCH, second)


@pytest.mark.parametrize("mode", MODES)
def test_plain_image_with_two_processors(lab, mode):
    """kexec has to switch the other processors off, and the next kernel to
    switch them on."""
    first, second = boot(
        lab, {"/EFI/test/Image": lab.asset(ARCH, "Image"),
              "/EFI/test/initrd": lab.asset(ARCH, "second-initrd")}, mode,
        "Configured Image", {"smp": 2})
    assert second.release == first.release
    assert second.processors == first.processors == 2


@pytest.mark.parametrize("mode", MODES)
def test_a_distribution_kernel_of_33_mb(lab, mode):
    _, second = boot(
        lab, {"/EFI/test/Image": lab.asset(ARCH, "debian-large-kernel"),
              "/EFI/test/initrd": lab.asset(ARCH, "second-initrd")}, mode,
        "Configured Image")
    assert second.release == lab.asset(
        ARCH, "debian-large-release").read_text().strip()


def uki_with_device_tree(lab):
    """This machine's own, with a mark in it."""
    tree = lab.work / "virt.dtb"
    subprocess.run(["qemu-system-aarch64", "-machine", f"virt,dumpdtb={tree}",
                    "-cpu", "cortex-a72", "-m", "512"], check=True,
                   capture_output=True)
    subprocess.run(["fdtput", "-t", "x", tree, "/chosen", "of-the-uki",
                    "12345678"], check=True)
    return lab.disk({"/EFI/Linux/tree.efi": lab.uki(
        ARCH, "tree.efi", linux=lab.asset(ARCH, "zboot-zstd.efi"),
        initrd=lab.asset(ARCH, "second-initrd"), dtb=tree, cmdline=CMDLINE,
        osrel=lab.asset(ARCH, "os-release"))})


def test_device_tree_of_a_uki(lab):
    """Only kexec_load can carry it, so it is what auto takes."""
    vm = lab.vm(ARCH, uki_with_device_tree(lab), options="keelboot.timeout=1")
    expect_jump(vm, "load")
    second = take_report(vm)
    assert second.cmdline == second.chosen["bootargs"] == CMDLINE
    assert second.chosen["of-the-uki"] == "12345678"
    check_initrd(lab, ARCH, second)


def test_device_tree_where_only_kexec_file_is_allowed(lab):
    vm = lab.vm(ARCH, uki_with_device_tree(lab),
                options="keelboot.timeout=menu-force keelboot.kexec=file")
    vm.expect_screen(r"> +1 +Test Linux ")
    vm.send("enter")
    expect_failure(vm, r"unable to boot \"Test Linux\": the image has a device "
                   r"tree, which kexec_file_load\(2\) cannot hand over")
    vm.expect_screen(r"1 +Test Linux \[.*failed")


# Debian's arm64 kernels have no kexec_file_load(2) at all.


def test_debian_as_firmware_falls_to_kexec_load(lab):
    disk = lab.disk(
        {"/EFI/Linux/zboot.efi": lab.asset(ARCH, "uki-zboot.efi")})
    vm = lab.vm(ARCH, disk, kernel="debian-kernel", image="debian.cpio.zst",
                options="keelboot.timeout=1")
    expect_jump(vm, "load")
    second = take_report(vm)
    assert second.cmdline == CMDLINE
    check_initrd(lab, ARCH, second)


def test_debian_as_firmware_refuses_kexec_file(lab):
    disk = lab.disk(
        {"/EFI/Linux/zboot.efi": lab.asset(ARCH, "uki-zboot.efi")})
    vm = lab.vm(ARCH, disk, kernel="debian-kernel", image="debian.cpio.zst",
                options="keelboot.timeout=menu-force keelboot.kexec=file")
    vm.expect_screen("1  Test Linux")
    vm.send("enter")
    expect_failure(vm, r"unable to boot \"Test Linux\"", r"kexec_file_load")
    vm.expect_screen(r"1  Test Linux \[.*failed")
