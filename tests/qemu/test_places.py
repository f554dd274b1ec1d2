"""Where something to boot may be: every table, file system and bus that is
looked at, what is named as not supported, and what a machine that enforces
leaves out."""

import json
import os
import re
import shutil
import struct
import subprocess
import zlib

import pytest

from parts import MIB, Part, run

ARCH = "x86_64"
FORCE = "keelboot.timeout=menu-force"
ENTRY = "title {0}\nversion 1\nlinux /k-{0}\n"

ESP = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
XBOOTLDR = "BC13C2FF-59E6-4262-A352-B275FD6F7172"
LINUX = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
RAID = "A19D880F-05FC-4D3B-A006-743F0F84911E"


def entry(name, prefix=""):
    """A tree with one entry of that name."""
    return {f"{prefix}/loader/entries/{name}.conf":
            ENTRY.format(name).encode(),
            f"{prefix}/k-{name}": b"MZ, not a kernel"}


class Maker:
    """Makes file systems and disks in a folder."""

    def __init__(self, lab):
        self.lab = lab
        self.count = 0

    def _new(self, mib):
        self.count += 1
        path = self.lab.work / f"part{self.count}"
        with open(path, "wb") as file:
            file.truncate(mib * MIB)
        self.lab.disks.append(path)
        return path

    def made(self, fs, files, mib=None, **more):
        """A file system by tests/qemu/parts.py."""
        part = Part("esp", fs=fs, files=files, **more)
        image = self._new(1)
        stage, need = part.stage(f"{image}.d")
        part.make(image, stage, max(need, (mib or 0) - 16))
        shutil.rmtree(stage)
        return image

    def fat(self, files, mib=8):
        """A small one."""
        image = self._new(mib)
        run("mkfs.vfat", "-n", "SMALL", "-i", "c0ffee01", image)
        stage, _ = Part("esp", files=files).stage(f"{image}.d")
        run("mcopy", "-s", "-i", image, *sorted(stage.iterdir()), "::/")
        shutil.rmtree(stage)
        return image

    def xfs(self, files):
        """From a list of what is in it (mkfs.xfs(8), "protofile")."""
        image = self._new(320)
        stage, _ = Part("esp", files=files).stage(f"{image}.d")
        lines = ["/", "0 0", "d--755 0 0"]

        def walk(folder):
            for path in sorted(folder.iterdir()):
                if path.is_dir():
                    lines.append(f"{path.name} d--755 0 0")
                    walk(path)
                    lines.append("$")
                else:
                    lines.append(f"{path.name} ---644 0 0 {path}")

        walk(stage)
        proto = self.lab.work / "proto"
        proto.write_text("\n".join(lines + ["$", ""]))
        run("mkfs.xfs", "-q", "-f", "-p", proto, image)
        return image

    def luks(self):
        image = self._new(20)
        run("cryptsetup", "luksFormat", "-q", "--type", "luks2", "--pbkdf",
            "pbkdf2", "--pbkdf-force-iterations", "1000", image, "-",
            input="secret")
        return image

    def lvm(self):
        """A label as pvcreate(8) makes it, which takes no file."""
        image = self._new(4)
        body = struct.pack("<I8s32sQ", 32, b"LVM2 001", b"x" * 32, 4 * MIB)
        body = body.ljust(492, b"\0")
        crc = zlib.crc32(body, 0xF597A6CF ^ 0xFFFFFFFF) ^ 0xFFFFFFFF
        with open(image, "r+b") as file:
            file.seek(512)
            file.write(struct.pack("<8sQI", b"LABELONE", 1, crc) + body)
        assert run("blkid", "-p", "-o", "value", "-s", "TYPE",
                   image).strip() == "LVM2_member"
        return image

    def junk(self):
        image = self._new(2)
        image.write_bytes(os.urandom(4096) + bytes(2 * MIB - 4096))
        return image

    def disk(self, name, label, parts):
        """parts: (type, image or MiB), or "extended"."""
        path = self.lab.work / name
        self.lab.disks.append(path)
        at, lines, places = 1, [f"label: {label}"], []
        for kind, image in parts:
            if kind == "extended":
                lines.append(f"start={at}MiB, type=5")
                at += 1
                continue
            size = image if isinstance(image, int) else \
                -(-image.stat().st_size // MIB)
            lines.append(f"start={at}MiB, size={size}MiB, type={kind}")
            places.append((at, image))
            at += size + 1
        with open(path, "wb") as disk:
            disk.truncate((at + 1) * MIB)
        run("sfdisk", "-q", path, input="\n".join(lines) + "\n")
        for start, image in places:
            if not isinstance(image, int):
                run("dd", f"if={image}", f"of={path}", "bs=1M",
                    "conv=notrunc,sparse", f"seek={start}", "status=none")
        return path


def drive(number, path):
    return ["-drive", f"if=none,id=p{number},format=raw,file={path},"
            "snapshot=on"]


def listed(vm):
    """id -> record of `keelboot list` in the guest; of a place its volume."""
    text = vm.shell("/keelboot list --json 2>/dev/null")
    return {record["id"]: record for record in json.loads(text)}


def entries(records):
    """Where each entry is; their kernels are none, which is not asked here."""
    return {name.removesuffix(".conf"): record["volume"]
            for name, record in records.items() if record["kind"] == "type1"}


def refused(records):
    return {name: record["reason_code"] for name, record in records.items()
            if record["kind"] == "place"}


def tools(lab, *names):
    """Programs of this host with their libraries, as an initrd."""
    root = lab.work / "tools"
    for name in names:
        path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        assert path, f"there is no {name}: run scripts/setup.sh test"
        wanted = [path] + re.findall(r"(/\S+) \(0x", run("ldd", path))
        for source in wanted:
            target = root / source.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    return root


def pack(root, out):
    names = subprocess.run(["find", ".", "-print0"], cwd=root, check=True,
                           stdout=subprocess.PIPE).stdout
    with open(out, "wb") as file:
        subprocess.run(["cpio", "--null", "-o", "-H", "newc", "--quiet"],
                       cwd=root, input=names, stdout=file, check=True)
    return out


MAIN = {
    "esp": "vda1", "xboot": "vda2", "onxfs": "vda3", "onbtrfs": "vda4",
    "ea": "nvme0n1p1", "ef": "nvme0n1p5", "onext4": "nvme0n1p6",
    "whole": "sda", "usb": "sdc1",
}


def machine(lab, image, options=FORCE):
    """A disk on every bus."""
    make = Maker(lab)
    main = make.disk("main.img", "gpt", [
        (ESP, make.made("vfat", entry("esp"), label="MYESP")),
        (XBOOTLDR, make.made("ext4", entry("xboot"))),
        (LINUX, make.xfs(entry("onxfs", "/boot"))),
        (LINUX, make.made("btrfs", entry("onbtrfs", "/@/boot"))),
        (LINUX, make.luks()),
        (LINUX, make.lvm()),
        (LINUX, make.made("ext4", {"/etc/hostname": b"nothing to boot"})),
        (ESP, make.junk()),
    ])
    mbr = make.disk("mbr.img", "dos", [
        ("ea", make.fat(entry("ea"))),
        ("extended", 0),
        ("ef", make.fat(entry("ef"))),
        ("83", make.made("ext4", entry("onext4", "/boot"))),
    ])
    whole = make.fat(entry("whole"), mib=16)
    scsi = make.disk("scsi.img", "gpt", [(LINUX, make.fat(entry("data")))])
    usb = make.disk("usb.img", "gpt", [(ESP, make.fat(entry("usb")))])
    return lab.vm(ARCH, main, image=image, options=options, extra=[
        *drive(1, mbr), "-device", "nvme,drive=p1,serial=n1",
        *drive(2, whole), "-device", "ahci,id=ahci1",
        "-device", "ide-hd,drive=p2,bus=ahci1.0",
        *drive(3, scsi), "-device", "virtio-scsi-pci,id=vs",
        "-device", "scsi-hd,drive=p3,bus=vs.0",
        *drive(4, usb), "-device", "qemu-xhci",
        "-device", "usb-storage,drive=p4,removable=on",
    ])


def wait_for_disks(vm):
    """USB is the last to come."""
    vm.shell("i=0; while [ ! -e /dev/sdc1 ] && [ $i -lt 60 ]; do "
             "i=$((i+1)); sleep 1; done")


def by_bus(vm):
    """The names that the kernel gave to the disks on AHCI, virtio-scsi and
    USB: they come in any order."""
    links = vm.shell("ls -l /sys/class/block")
    names = {}
    for name, path in re.findall(r"(sd[a-z]) -> (\S+)", links):
        bus = "usb" if "/usb" in path else \
            "scsi" if "/virtio" in path else "ahci"
        names[bus] = name
    return names


def test_every_table_file_system_and_bus(lab):
    vm = machine(lab, "testkit.cpio.zst")
    vm.expect_screen(r"esp\b.*vda1")
    wait_for_disks(vm)
    records, names = listed(vm), by_bus(vm)
    want = dict(MAIN, whole=names["ahci"], usb=names["usb"] + "1",
                data=names["scsi"] + "1")
    assert entries(records) == want, vm.shell(
        "/keelboot list 2>&1 | grep -v found; dmesg | tail -20")
    assert refused(records) == {
        "vda5": "place-luks", "vda6": "place-lvm", "vda8": "mount-not-fat"}
    assert "found and not supported" in records["vda5"]["reason"]
    # The disks are mounted nowhere but in the probes, and not writable.
    assert "vda" not in vm.shell("cat /proc/mounts")
    assert vm.shell("cat /sys/class/block/vda[1-4]/ro | tr -d '\\n'") == "1111"
    assert vm.shell("cat /sys/class/block/nvme0n1p[156]/ro | tr -d '\\n'") \
        == "111"


def test_enforce_looks_at_esps_of_fixed_disks_alone(lab):
    vm = machine(lab, "trust.cpio.zst")
    vm.expect_screen(r"esp\b.*vda1")
    wait_for_disks(vm)
    records, names = listed(vm), by_bus(vm)
    assert entries(records) == {"esp": "vda1", "ea": "nvme0n1p1",
                                "ef": "nvme0n1p5", "whole": names["ahci"]}
    assert refused(records) == {
        "vda2": "place-not-allowed", "vda8": "mount-not-fat",
        names["usb"]: "place-removable"}
    assert "on USB" in records[names["usb"]]["reason"]


LEVELS = [  # metadata, whether the file system begins at the start
    ("1.0", True), ("1.1", False), ("1.2", False), ("0.90", True)]


@pytest.fixture
def raids(lab):
    """A machine with mdadm(8) and a disk of partitions for it to use."""
    make = Maker(lab)
    kinds = [ESP, RAID, RAID, ESP, RAID, RAID, RAID]
    disk = make.disk("md.img", "gpt", [(kind, 24) for kind in kinds])
    root = tools(lab, "mdadm", "blockdev")
    for version, _ in LEVELS:
        name = "md" + version.replace(".", "")
        shutil.copy(make.fat(entry(name)), root / f"{name}.img")
    return disk, pack(root, lab.work / "tools.cpio")


def test_members_of_a_raid_are_read_as_themselves(lab, raids):
    """Made by mdadm(8) in the guest; the file system is written through the
    array, which is gone when it is looked for."""
    disk, initrd = raids
    vm = lab.vm(ARCH, disk, initrds=[initrd], options=FORCE)
    vm.expect_screen(r"No entry to boot|Nothing to boot")
    # The menu has made the ESPs read-only, and would take an array for one
    # more disk while it is being made.
    vm.shell("for p in /proc/[0-9]*; do [ \"$(readlink $p/exe)\" != /keelboot ] "
             "|| kill -STOP ${p##*/}; done; for p in /sys/class/block/vda?; do "
             "/usr/sbin/blockdev --setrw /dev/${p##*/}; done")
    for number, (version, _) in enumerate(LEVELS, 1):
        name = "md" + version.replace(".", "")
        said = vm.shell(
            f"mdadm --create /dev/md{number} --run --metadata={version} "
            f"--level=1 --raid-devices=2 /dev/vda{number} missing 2>&1 && "
            f"cat /{name}.img >/dev/md{number} && sync && "
            f"mdadm --stop /dev/md{number} 2>&1 && echo made")
        assert said.endswith("made"), said
    # Two members of one array, of which the second has missed something; and
    # a level whose members are no copies.
    said = vm.shell(
        "mdadm --create /dev/md5 --run --metadata=1.2 --level=1 "
        "--raid-devices=2 --assume-clean /dev/vda5 /dev/vda6 2>&1 && "
        "cat /md12.img >/dev/md5 && sync && "
        "mdadm /dev/md5 --fail /dev/vda6 2>&1 && "
        "cat /md12.img >/dev/md5 && sync && "
        "mdadm --stop /dev/md5 2>&1 && echo made; "
        # The kernel does not know the level, but the superblock is there.
        "mdadm --create /dev/md6 --run --metadata=1.2 --level=0 --force "
        "--raid-devices=1 /dev/vda7 >/dev/null 2>&1; "
        "mdadm --stop /dev/md6 >/dev/null 2>&1")
    assert said.endswith("made"), said
    records = listed(vm)
    found = entries(records)
    assert refused(records) == {"vda6": "md-stale", "vda7": "md-level"}, \
        json.dumps(records, indent=1)
    assert found["md10"] == "vda1" and found["md11"] == "vda2"
    assert found["md090"] == "vda4"
    assert found["md12"] in ("vda3", "vda5")
    assert {place["volume"] for place in
            records["md12.conf"]["replicas"]} == {"vda3", "vda5"}
    # No loop device is taken for a disk, and none stays.
    assert "loop" not in json.dumps(records)
    assert vm.shell("cat /sys/block/loop*/loop/backing_file 2>/dev/null; "
                    "echo end") == "end"
