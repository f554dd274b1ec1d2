"""Power cuts: a guest counts attempts and writes its store with keelboot's own
code, many times, on disks of which QEMU keeps every write (blklogwrites). The
host plays the writes back sector by sector and looks after each one, as if the
power had gone there: fsck.vfat finds nothing, every entry is there, whole, and
counted right but for the attempt in flight, and the store can be read.

What goes through the mount cannot be as good, since a rename is several writes;
what may be found then is listed below, and that nothing else ever is.
"""

import dataclasses
import json
import os
import re
import struct
import subprocess
import sys
import zlib

import pytest

from conftest import BUILD, KERNEL_OPTIONS, TOP
from vm import CONSOLE

sys.path.insert(0, str(TOP / "tests/lib"))

import standin  # noqa: E402
from fat_image import Fat  # noqa: E402

FOLDERS = ("/EFI/Linux", "/loader/entries")
STORE = "/loader/keelboot/store"
FSCK = "/usr/sbin/fsck.vfat"
ROUNDS = 60
IN_PLACE, IN_PLACE_TWICE, THROUGH_MOUNT = 1, 2, 3

# What fsck.vfat may say while a step goes through the mount, and why.
MOUNTED = [
    # A volume that is mounted writable has the mark in its boot sector (on
    # FAT32 the copy in sector 6 has not) and counts free clusters late.
    r"Dirty bit is set\. Fs was not properly unmounted and some data may be "
    r"corrupt\.", r"Automatically removing dirty bit\.",
    r"There are differences between boot sector and its backup\.",
    r"This is mostly harmless\. Differences: \(offset:original/backup\)",
    r"\d+:[0-9a-f]{2}/[0-9a-f]{2}(, \d+:[0-9a-f]{2}/[0-9a-f]{2})*",
    r"Not automatically fixing this\.",
    r"Free cluster summary wrong \(\d+ vs\. really \d+\)",
    r"Auto-correcting\.",
    # The second table is written after the first.
    r"FATs differ but appear to be intact\.", r"Using first FAT\.",
    # A folder grows, or a new store gets clusters before it has a name.
    r"Reclaimed \d+ unused clusters? \(\d+ bytes\)\.",
    # The slots of a name before its short entry, or after it.
    r'Orphaned long file name part ".*"', r"Auto-deleting\.",
    # Both names, the same clusters. The old name stands first in the folder or
    # the new one, and fsck.vfat takes the second one's clusters away.
    r"/\S+  and", r"/\S+", r"share clusters\.",
    r"Truncating second to 0 bytes( because first is FAT32 root dir)?\.",
    r"File size is \d+ bytes, cluster chain length is 0 bytes\.",
    r"Truncating file to 0 bytes\.",
    r"Leaving filesystem unchanged\.",
]


@dataclasses.dataclass
class Disk:
    """One disk of the guest."""

    name: str
    fat: int
    sector: int
    per_cluster: int
    size: int
    image: bytes = b""

    def make(self, work):
        path = work / f"{self.name}.img"
        path.write_bytes(b"")
        os.truncate(path, self.size)
        subprocess.run(
            ["/usr/sbin/mkfs.vfat", "-F", str(self.fat), "-S",
             str(self.sector), "-s", str(self.per_cluster), "-n", "ESP",
             "-i", "6b65656c", path], check=True, capture_output=True)
        self._fill(path, work)
        self.image = path.read_bytes()
        return path

    def _fill(self, path, work):
        folders = ["EFI", "EFI/Linux", "loader", "loader/entries"]
        mtools("mmd", path, *[f"::{folder}" for folder in folders])
        slots = dict.fromkeys(FOLDERS, 2)  # "." and ".."
        source = work / "content"
        for number, (folder, name) in enumerate(names()):
            if name in straddling():
                slots[folder] += self._fill_sector(path, work, folder,
                                                   slots[folder])
            source.write_bytes(content(folder, name))
            mtools("mcopy", path, source, f"::{folder[1:]}/{name}")
            slots[folder] += (len(name) + 12) // 13 + 1
            # So that folders grow between files, in pieces.
            if number % 5 == 4:
                mtools("mcopy", path, source, f"::filler-{number}")

    def _fill_sector(self, path, work, folder, used):
        """Files of one slot each, until one is left in the sector."""
        wanted = (self.sector // 32 - 1 - used) % (self.sector // 32)
        empty = [work / f"F{used + number}" for number in range(wanted)]
        for file in empty:
            file.write_bytes(b"")
        if empty:
            mtools("mcopy", path, *empty, f"::{folder[1:]}/")
        return wanted

    def arguments(self, path, log):
        log.write_bytes(b"")
        return ["-blockdev", f"driver=file,filename={path},"
                             f"node-name=file-{self.name}",
                "-blockdev", f"driver=raw,file=file-{self.name},"
                             f"node-name=raw-{self.name}",
                "-blockdev", f"driver=file,filename={log},"
                             f"node-name=log-{self.name}",
                "-blockdev", f"driver=blklogwrites,file=raw-{self.name},"
                             f"log=log-{self.name},log-sector-size=512,"
                             f"node-name=kept-{self.name}",
                "-device", f"virtio-blk-pci,drive=kept-{self.name},"
                           f"logical_block_size={self.sector},"
                           f"physical_block_size={self.sector}"]


DISKS = [
    Disk("vda", 32, 512, 1, 34 << 20),
    Disk("vdb", 16, 512, 1, 4 << 20),
    Disk("vdc", 12, 512, 4, 2 << 20),
    Disk("vdd", 12, 4096, 1, 4 << 20),
]


def names():
    """Lengths from one slot to five, so that every way a name can lie across
    sectors and clusters happens; short counters that grow; the shapes of
    kernel-install and of people."""
    for length in range(1, 40, 3):
        yield "/EFI/Linux", "u" * length + "-6.1+40-00.efi"
    yield "/EFI/Linux", "debian-6.1.0-13-amd64+9-0.efi"
    yield "/EFI/Linux", "x+3.efi"
    for length in range(24, 33, 2):
        yield "/EFI/Linux", "v" * length + "+10-09.efi"
    for name in straddling():
        yield "/EFI/Linux", name
    machine = "0123456789abcdef0123456789abcdef"
    for version in ("6.1.0-13-amd64", "6.12.94", "6.1"):
        yield "/loader/entries", f"{machine}-{version}+3.conf"
        yield "/loader/entries", f"{version}+30-10.conf"


def straddling():
    """Names of two slots, the last of which goes to a sector's end: between
    both numbers of the counter, and within the first one."""
    return ["s" * 10 + "+10-09.efi", "t" * 11 + "+21-05.efi",
            "w" * 8 + "+10-098.efi", "y" * 9 + "+0200-00.efi"]


def content(folder, name):
    if folder == "/loader/entries":
        return (f"title {base_of(name)}\nlinux /vmlinuz\n"
                f"options name={base_of(name)}\n").encode()
    return (base_of(name) * 300).encode()[:3000]


def base_of(name):
    """The name without its counter."""
    return re.sub(r"\+\d+(-\d+)?(\.\w+)$", r"\2", name)


def tries(name):
    left, done = re.search(r"\+(\d+)(?:-(\d+))?\.\w+$", name).groups()
    return int(left), int(done or 0)


def mtools(command, image, *arguments):
    subprocess.run([command, "-i", image, *arguments], check=True,
                   env={**os.environ, "MTOOLS_SKIP_CHECK": "1"})


# --- what QEMU kept ----------------------------------------------------------


def read_log(path):
    """(offset, bytes) of each write, and None for a flush, in order."""
    log = path.read_bytes()
    magic, version, count, unit = struct.unpack_from("<QQQI", log)
    assert (magic, version) == (0x6A736677736872, 1)
    at = unit
    for _ in range(count):
        sector, length, flags, _ = struct.unpack_from("<QQQQ", log, at)
        at += unit
        assert not flags & 4, "nothing here discards"
        if flags & 1 or not length:
            yield None
            continue
        yield sector * unit, log[at:at + length * unit]
        at += length * unit
    assert at == len(log), (at, len(log))


# --- what must be on the disk ------------------------------------------------


@dataclasses.dataclass
class Step:
    kind: str
    way: int
    words: list


def read_steps(console, disk):
    steps = []
    for line in re.findall(rf"step (\w+ {disk} .*?)\r?\n", console):
        kind, _, way, *words = line.split()
        steps.append(Step(kind, int(way), words))
    return steps


def read_store(data):
    """The fields of the slot that counts, or None: the format anew."""
    best = None
    for slot in (data[:4096], data[4096:]):
        end = b"crc32 %08x\n" % zlib.crc32(slot[:-15])
        if len(data) != 8192 or slot[-15:] != end:
            continue
        lines = slot[:-15].decode().split("\n")
        assert lines[0] == "keelboot store 1"
        fields = dict(line.split(" ", 1) for line in lines[1:] if line)
        if not best or int(fields["sequence"]) > int(best["sequence"]):
            best = fields
    return best and (best.get("oneshot", "-"), best.get("last", "-"))


def snapshot(fat):
    """{(folder, name): (size, content)} and the store's fields."""
    files = {}
    for folder in FOLDERS:
        for name, _, first, size, _ in fat.list(folder):
            assert (folder, name) not in files, f"{name} is there twice"
            data = b"".join(
                bytes(fat.image[fat.place(n):fat.place(n) + fat.cluster])
                for n in (fat.chain(first) if first else []))
            files[folder, name] = data[:size]
    found = fat.find(STORE)
    return files, read_store(fat.read(STORE)) if found and found[3] else None


class State:
    """What the steps so far must have made of the disk."""

    def __init__(self, disk):
        self.files = snapshot(Fat(disk.image))[0]
        self.store = None
        assert {key for key in self.files if "+" in key[1]} == set(names())
        for folder, name in names():
            assert self.files[folder, name] == content(folder, name)

    def after(self, step):
        new = State.__new__(State)
        new.files, new.store = dict(self.files), self.store
        if step.kind == "count":
            folder, old, name = step.words
            new.files[folder, name] = new.files.pop((folder, old))
        else:
            new.store = tuple(step.words)
        return new

    def in_flight(self, step):
        """The states that only a cut within the step leaves."""
        if step.kind != "count" or step.way == IN_PLACE:
            return
        folder, old, name = step.words
        if step.way == IN_PLACE_TWICE:
            left = re.search(r"\+\d+-", name).group()
            between = re.sub(r"\+\d+-", left, old)
            files = dict(self.files)
            files[folder, between] = files.pop((folder, old))
            yield "left-first", files
        else:
            yield "both, new empty", {**self.files, (folder, name): b""}
            yield "both, the same", {**self.files,
                                     (folder, name): self.files[folder, old]}


class Replay:
    """One disk's writes, one sector at a time."""

    def __init__(self, disk, steps, work, kernel):
        self.disk, self.steps, self.work = disk, steps, work
        self.image = bytearray(disk.image)
        self.path = work / f"{disk.name}.replay"
        self.path.write_bytes(disk.image)
        self.file = open(self.path, "r+b", buffering=0)
        self.state, self.done = State(disk), 0
        self.was_clean = True
        self.prefixes = self.listed = 0
        self.kernel = kernel
        self.seen, self.findings = {}, set()
        self.dirty_write = None

    def write(self, offset, data):
        mounted = self._mounted()
        for at in range(0, len(data), self.disk.sector):
            part = data[at:at + self.disk.sector]
            self.image[offset + at:offset + at + len(part)] = part
            self.file.seek(offset + at)
            self.file.write(part)
            self.prefixes += 1
            self.look()
        if not (mounted or self._mounted()):
            # Nothing after this may overtake it.
            assert self.dirty_write is None, "two writes without a flush"
            assert len(data) == self.disk.sector
            self.dirty_write = offset

    def flush(self):
        self.dirty_write = None

    def _step(self):
        return self.steps[self.done] if self.done < len(self.steps) else None

    def _mounted(self):
        """True while a step through the mount is under way, or has just been
        and the volume still has its marks."""
        step = self._step()
        before = self.steps[self.done - 1] if self.done else None
        return bool(step and step.way == THROUGH_MOUNT
                    or before and before.way == THROUGH_MOUNT
                    and not self.was_clean)

    def look(self):
        files, store = snapshot(Fat(self.image))
        step = self._step()
        if (files, store) != (self.state.files, self.state.store):
            assert step, "a write after the last step changed something"
            after = self.state.after(step)
            if (files, store) == (after.files, after.store):
                self.state, self.done, self.was_clean = \
                    after, self.done + 1, step.way != THROUGH_MOUNT
            else:
                self._check_flight(step, files, store)
        self._fsck()
        if self.prefixes % 40 == 1 or self.seen.pop("look", None):
            self._list(files)

    def _check_flight(self, step, files, store):
        assert store == self.state.store
        for name, expected in self.state.in_flight(step):
            if files == expected:
                if self.seen.get(name, 0) < 4:
                    self.seen["look"] = 1
                self.seen[name] = self.seen.get(name, 0) + 1
                return
        here = set(files) ^ set(self.state.files)
        pytest.fail(f"{self.disk.name}: after {self.prefixes} sectors, in "
                    f"step {self.done} ({step}): unexpected are {here}")

    def _fsck(self):
        done = subprocess.run([FSCK, "-n", self.path], capture_output=True,
                              text=True)
        if done.returncode == 0:
            self.was_clean = True
            return
        said = [line.strip() for line in done.stdout.splitlines()[1:]
                if line.strip() and not line.startswith(str(self.path))]
        assert self._mounted(), (self.disk.name, self.prefixes,
                                 self._step(), said)
        for line in said:
            assert any(re.fullmatch(known, line) for known in MOUNTED), \
                (line, said)
            self.findings.add(re.sub(r'[0-9]+|".*"|/\S+', "#", line))

    def _list(self, files):
        """keelboot itself, on what mtools gets off the volume: every entry
        once, and of two names the one with fewer tries that has content."""
        tree = self.work / "tree"
        subprocess.run(["rm", "-rf", tree], check=True)
        for folder in FOLDERS:
            (tree / folder[1:]).mkdir(parents=True)
            mtools("mcopy", self.path, "-n", "-Q", f"::{folder[1:]}/*",
                   tree / folder[1:])
        (tree / "vmlinuz").write_bytes(self.kernel)
        done = subprocess.run([BUILD / "x86_64/keelboot", "list", "--json",
                               "--root", tree], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        listed = {}
        for entry in json.loads(done.stdout):
            assert entry["id"] not in listed, entry
            listed[entry["id"]] = entry
        wanted = {}
        for (folder, name), data in files.items():
            if "+" in name and data:
                wanted.setdefault((folder, base_of(name)), []).append(
                    tries(name))
        for (folder, name), counters in wanted.items():
            entry = listed[name]
            if folder == "/loader/entries":
                assert entry["offered"], entry
                assert (entry["tries_left"], entry["tries_done"]) == \
                    min(counters), (entry, counters)
        self.listed += 1


# --- the test ----------------------------------------------------------------


def pack(work):
    """An initramfs that is the program and nothing else."""
    program = BUILD / "x86_64/test/write_rounds"
    assert program.exists(), f"there is no {program}: make {program}"
    root = work / "root"
    for folder in ("dev", "proc", "sys", "run"):
        (root / folder).mkdir(parents=True)
    (root / "init").write_bytes(program.read_bytes())
    (root / "init").chmod(0o755)
    out = work / "rounds.cpio"
    with open(out, "wb") as archive:
        subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=root,
                       input=b".\ndev\nproc\nsys\nrun\ninit\n", stdout=archive,
                       check=True)
    return out


def check_names(disk):
    """The names lie as the test wants them."""
    fat = Fat(disk.image)
    sectors, clusters = set(), set()
    for folder in FOLDERS:
        for entry in fat.list(folder):
            match = re.search(r"\+(\d+)(?:-(\d+))?\.", entry[0])
            if not match:
                continue
            units = [fat.unit_place(entry, n)
                     for n in range(match.start(1), match.end() - 1)]
            slots = entry[4]
            sectors.add(len({at // disk.sector for at in units}))
            clusters.add(len({(at - fat.data_at) // fat.cluster
                              for at in slots}))
    return max(sectors), max(clusters)


def test_every_prefix_of_every_write(lab):
    work = lab.work
    paths = {disk.name: disk.make(work) for disk in DISKS}
    logs = {disk.name: work / f"{disk.name}.log" for disk in DISKS}
    lies = [check_names(disk) for disk in DISKS]
    assert max(sectors for sectors, _ in lies) == 2
    assert max(clusters for _, clusters in lies) == 2
    machine = lab.start(
        "x86_64", kernel=lab.asset("x86_64", "own-kernel"),
        initrds=[pack(work)], memory=256,
        append=f"console={CONSOLE['x86_64']} {KERNEL_OPTIONS['x86_64']} quiet "
               f"rounds={ROUNDS}",
        disks=[disk.arguments(paths[disk.name], logs[disk.name])
               for disk in DISKS])
    machine.expect("all done")
    machine.wait_end()
    assert "failed" not in machine.text, machine.tail()
    kernel = standin.kernel("x86_64", "6.1.0-13-amd64")
    total, listed, seen, findings = 0, 0, {}, set()
    ways = dict.fromkeys((IN_PLACE, IN_PLACE_TWICE, THROUGH_MOUNT), 0)
    for disk in DISKS:
        steps = read_steps(machine.text, disk.name)
        assert len(steps) > 3 * ROUNDS
        replay = Replay(disk, steps, work, kernel)
        for write in read_log(logs[disk.name]):
            if write is None:
                replay.flush()
            else:
                replay.write(*write)
        assert replay.done == len(steps)
        assert replay.image == paths[disk.name].read_bytes()
        total += replay.prefixes
        listed += replay.listed
        findings |= replay.findings
        for step in steps:
            ways[step.way] += 1
        for name, count in replay.seen.items():
            seen[name] = seen.get(name, 0) + count
        replay.file.close()
        for path in (paths[disk.name], replay.path, logs[disk.name]):
            path.unlink()
    print(f"{total} prefixes, {listed} listed; steps by way {ways}; in flight {seen}; "
          f"through the mount fsck.vfat said {sorted(findings)}")
    assert total >= 2000
    assert min(ways.values()) > 0
    assert set(seen) == {"left-first", "both, new empty", "both, the same"}
