"""Disks that are not there, come, go, lie, fail and never answer."""

import pytest

from craft import (SECTOR, Fat, break_gpt, disk_sectors, find_in_disk,
                   moved_partition)
from pages import expect_failure
from report import expect_jump, take_report

ARCH = "aarch64"
FORCE = "keelboot.timeout=menu-force"


def good_disk(lab, name="disk.img", **more):
    return lab.disk({"/EFI/Linux/good.efi": lab.asset(ARCH, "uki-zboot.efi")},
                    name=name, **more)


def plug(vm, disk, name="late"):
    """Into the one free port, which must not be in use any more."""
    vm.qmp("blockdev-add", node_name=name, driver="raw", read_only=True,
           file={"driver": "file", "filename": str(disk)})
    vm.qmp("device_add", driver="virtio-blk-pci", drive=name, id=name,
           bus="port1")


def pull(vm, name="late"):
    vm.qmp("device_del", id=name)
    # A machine's slot takes a new card some time after the old one has gone.
    vm.wait_event("DEVICE_DELETED")
    vm.watch(3)


PORT = ["-device", "pcie-root-port,id=port1,chassis=1,slot=1"]


def test_no_disk_until_one_is_plugged_in(lab):
    """It appears in the list, and boots by itself: that is what an operator
    who is not there would have wanted."""
    disk = good_disk(lab)
    vm = lab.vm(ARCH, options="keelboot.timeout=3", extra=PORT)
    vm.expect_screen(r"No entry to boot was found yet",
                     r"new disks are looked at as they come")
    vm.never("Jumping|boots in", 5)
    plug(vm, disk)
    vm.expect_screen(r"1 +Test Linux \[default\] +vda1 ")
    expect_jump(vm, "file")
    take_report(vm)


def test_a_disk_that_is_pulled_takes_its_entries_along(lab):
    disk = good_disk(lab)
    other = lab.disk({"/EFI/Linux/other.efi":
                      lab.asset(ARCH, "uki-257.efi")}, name="other.img")
    vm = lab.vm(ARCH, disk, options=FORCE, extra=PORT)
    vm.expect_screen(r"> +1 +Test Linux \[default\] +vda1 ")
    plug(vm, other)
    vm.expect_screen(r"1 +Test Linux \S+ \[default\] +vdb1 ",
                     r"2 +Test Linux +vda1 ")
    pull(vm)
    vm.expect_screen(r"> +1 +Test Linux \[default\] +vda1 ")
    assert "vdb1" not in vm.shown()
    plug(vm, other, "again")
    vm.expect_screen(r"1 +Test Linux \S+ \[default\] +vdb1 ")
    vm.send("2")
    vm.send("enter")
    expect_jump(vm, "file")


def test_the_marked_entry_goes_away(lab):
    """An Enter that was meant for it boots nothing else."""
    vm = lab.vm(ARCH, good_disk(lab), options=FORCE, extra=PORT)
    vm.expect_screen(r"> +1 +Test Linux \[default\] +vda1 ")
    plug(vm, lab.disk({"/EFI/Linux/other.efi":
                       lab.asset(ARCH, "uki-257.efi")}, name="other.img"))
    vm.expect_screen(r"1 +Test Linux \S+ \[default\] +vdb1 ")
    vm.send("1")
    vm.expect_screen(r"> +1 +Test Linux \S+ \[default\] +vdb1 ")
    pull(vm)
    vm.expect_screen("marked entry is not there any more")
    vm.send("enter")
    vm.expect_screen("No entry is marked")
    vm.never("Jumping", 2)


def test_another_look_at_the_same_disks_keeps_the_mark(lab):
    disk = lab.disk({f"/EFI/Linux/{name}.efi":
                     lab.asset(ARCH, "uki-zboot.efi")
                     for name in ("a", "b", "c")})
    vm = lab.vm(ARCH, disk, options=FORCE)
    vm.expect_screen(r"> +1 +Test Linux \[default\] +vda1 ", r"3 +Test Linux")
    vm.send("2")
    vm.expect_screen(r"> +2 +Test Linux +vda1 /EFI/Linux/b.efi")
    looked = vm.shell("dmesg | grep -c 'vda1: found'")
    vm.send("r")
    while vm.shell("dmesg | grep -c 'vda1: found'") == looked:
        pass
    vm.expect_screen(r"> +2 +Test Linux +vda1 /EFI/Linux/b.efi",
                     r"3 +Test Linux")


# --- partition tables --------------------------------------------------------


def test_primary_table_broken(lab):
    disk = good_disk(lab)
    break_gpt(disk, 1)
    vm = lab.vm(ARCH, disk, options=FORCE)
    vm.expect_screen(r"> +1 +Test Linux \[default\] +vda1 ")
    vm.send("l")
    vm.expect_screen(r"^Log", r"vda: the backup partition table is used: the "
                     r"GPT header in sector 1 has the checksum 0x\w{8} and "
                     r"says 0x\w{8}")
    vm.send("q")
    vm.send("enter")
    expect_jump(vm, "file")
    take_report(vm)


def test_both_tables_broken(lab):
    bad = good_disk(lab, "bad.img")
    last = disk_sectors(bad) - 1
    break_gpt(bad, 1)
    break_gpt(bad, last)
    vm = lab.vm(ARCH, bad, good_disk(lab), options=FORCE)
    vm.expect_screen(r"> +1 +Test Linux \[default\] +vdb1 ")
    assert "vda" not in vm.shown()
    vm.send("l")
    vm.expect_screen(
        r"^Log", r"vda: the GPT header in sector 1 has the checksum 0x\w{8} "
        rf"and says 0x\w{{8}}; the backup table: the GPT header in sector "
        rf"{last} has the checksum 0x\w{{8}} and says 0x\w{{8}}")


def test_disk_without_a_table(lab):
    empty = lab.work / "empty.img"
    empty.write_bytes(bytes(1 << 20))
    vm = lab.vm(ARCH, empty, good_disk(lab), options=FORCE)
    vm.expect_screen(r"> +1 +Test Linux \[default\] +vdb1 ")
    vm.send("l")
    vm.expect_screen(r"^Log", r"vda: no GUID partition table: the first "
                     r"sector ends in 00 00")


def test_table_that_differs_from_the_kernels_partition(lab):
    """The table is changed under the kernel, which has made its partitions
    from what was there before."""
    disk = good_disk(lab)
    table = lab.work / "table.img"
    # Not at the beginning, so that this disk itself has no table.
    table.write_bytes(bytes(1 << 20) + moved_partition(disk, 8))
    vm = lab.vm(ARCH, disk, table, options=FORCE)
    vm.expect_screen(r"> +1 +Test Linux \[default\] +vda1 ")
    vm.shell("dd if=/dev/vdb of=/dev/vda bs=512 skip=2048 count=34")
    vm.send("r")
    vm.expect_screen("No entry to boot was found yet",
                     "marked entry is not there any more")
    vm.send("l")
    vm.expect_screen(r"^Log", r"vda1 starts at 2048 and has \d+ units of 512 "
                     r"bytes, the table says 2056 and \d+")


# --- what fails while it is read -----------------------------------------------


def failing(lab, disk, sector, count):
    """QEMU's arguments for a disk with sectors that cannot be read."""
    rules = lab.work / "blkdebug"
    rules.write_text("".join(
        '[inject-error]\nevent = "read_aio"\nerrno = "5"\n'
        f'sector = "{at}"\n\n' for at in range(sector, sector + count)))
    return ["-drive", f"if=none,id=bad,format=raw,file=blkdebug:{rules}:"
            f"{disk},snapshot=on", "-device", "virtio-blk-pci,drive=bad"]


def test_file_with_sectors_that_cannot_be_read(lab):
    """It shows when the file is chosen; the other disk's entry boots."""
    image = lab.asset(ARCH, "uki-zboot.efi").read_bytes()
    middle = len(image) * 2 // 3 // SECTOR * SECTOR
    bad = good_disk(lab, "bad.img")
    sector = find_in_disk(bad, image[middle:middle + SECTOR]) // SECTOR
    other = lab.disk({"/EFI/Linux/other.efi": lab.asset(ARCH, "uki-252.efi")},
                     name="other.img")
    vm = lab.vm(ARCH, failing(lab, bad, sector, 8), other, options=FORCE)
    vm.expect_screen(r"1 +Test Linux \S+ \[default\] +vdb1 ",
                     r"2 +Test Linux +vda1 ")
    vm.send("2")
    vm.send("enter")
    expect_failure(vm, r"unable to boot \"Test Linux\": /EFI/Linux/good\.efi: "
                   r"unable to read .*\d+.*: I(nput/output|/O) error")
    vm.expect_screen(r"2 +Test Linux \[.*failed")
    vm.send("1")
    vm.expect_screen(r"> +1 +Test Linux \S+ ")
    vm.send("enter")
    expect_jump(vm, "file")
    take_report(vm)


def test_partition_table_that_cannot_be_read(lab):
    """The backup is as good."""
    disk = good_disk(lab)
    vm = lab.vm(ARCH, failing(lab, disk, 1, 1), options=FORCE)
    vm.expect_screen(r"> +1 +Test Linux \[default\] +vda1 ")
    vm.send("l")
    vm.expect_screen(r"^Log", "vda: the backup partition table is used: "
                     r"unable to read .*\d+")


def test_fat_that_cannot_be_read(lab):
    bad = good_disk(lab, "bad.img")
    vm = lab.vm(ARCH, failing(lab, bad, Fat.BEGIN // SECTOR, 1),
                good_disk(lab), options=FORCE)
    vm.expect_screen(r"> +1 +Test Linux \[default\] +vdb1 ")
    vm.send("l")
    reason = rf"unable to read \d+ bytes at offset {Fat.BEGIN}: I/O error"
    vm.expect_screen(r"^Log", f"vda1: {reason}")
    vm.send("x")
    vm.expect_screen(r"^Refused", f"vda1.*{reason}")


@pytest.mark.parametrize("folder, reason", [
    (["EFI", "LINUX"], r"vda1: /EFI/Linux: unable to open Linux: I/O error"),
    (["EFI"], r"vda1: /EFI.*: I/O error|disk vda has not answered for 30 s"),
    ([], r"vda1: the kernel does not mount /dev/vda1: I/O error"),
], ids=["EFI-Linux", "EFI", "root"])
def test_folder_that_goes_round_in_circles(lab, folder, reason):
    """Its chain of clusters leads back to its begin. All entries of the
    folder are in use, so whoever reads it never comes to an end. The kernel
    sees that after seconds without a pause, on the processor it has, each time
    that the folder is looked up."""
    bad = lab.disk({"/EFI/Linux/good.efi":
                    lab.asset(ARCH, "uki-zboot.efi")}, name="bad.img")
    fat = Fat(bad)
    fat.fill_folder(fat.folder(*folder))
    fat.set_next(fat.folder(*folder), fat.folder(*folder))
    vm = lab.vm(ARCH, bad, good_disk(lab),
                options=FORCE + " keelboot.probe-timeout=30", smp=2)
    vm.expect_screen(r"> +1 +Test Linux \[default\] +vdb1 ")
    vm.send("l")
    vm.expect_screen(r"^Log", reason)
    vm.send("q")
    vm.expect_screen(r"> +1 +Test Linux \[default\] +vdb1 ")
    assert "vda1" not in vm.shown()


def test_disk_that_never_answers(lab):
    """It changes nothing the operator sees: no wait, no entry; and its line
    in the log comes when its time is up."""
    vm = lab.vm(ARCH, good_disk(lab),
                options="keelboot.timeout=2 keelboot.probe-timeout=30 "
                "testkit.hook=dead-disk")
    vm.expect_screen(r"> +1 +Test Linux \[default\] +vda1 ",
                     r"Entry 1 boots in")
    expect_jump(vm, "file")
    jumped = vm.expect(r"\[ *(\d+)\.\d+\] kexec_core: Starting new kernel")
    assert int(jumped.group(1)) < 15
    take_report(vm)


def test_disk_that_never_answers_is_given_up(lab):
    vm = lab.vm(ARCH, good_disk(lab),
                options=FORCE + " keelboot.probe-timeout=3 "
                "testkit.hook=dead-disk")
    vm.expect_screen(r"> +1 +Test Linux \[default\] +vda1 ")
    vm.send("l")
    vm.expect_screen(r"^Log", "disk dm-0 has not answered for 3 s and is left "
                     "out")
    vm.send("q")
    vm.expect_screen(r"> +1 +Test Linux \[default\] +vda1 ")
    vm.send("enter")
    expect_jump(vm, "file")
    take_report(vm)
