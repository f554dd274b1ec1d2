"""disks.py KEELBOOT KERNEL WORK RUNS: what disks.sh says it does."""

import ctypes
import json
import os
import re
import resource
import shutil
import statistics
import struct
import subprocess
import sys
import time
import zlib

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, ROOT + "/tests/qemu")
from vm import Vm  # noqa: E402

DISKS = 100
WANTED = 57
MIB = 1 << 20
LIMIT_MS = 50
# What a dead disk may add is 0; so much depends on what happens to be drawn
# when the answer comes.
NOTHING_MS = 25
# A doubling of the cost per disk from the fewest to the most is not linear.
LINEAR = 2.0
COUNTS = (10, 30, 100, 300, 1000)

PR_SET_CHILD_SUBREAPER = 36

TYPES = {"esp": "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
         "xbootldr": "BC13C2FF-59E6-4262-A352-B275FD6F7172",
         "linux": "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
         "swap": "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F",
         "raid": "A19D880F-05FC-4D3B-A006-743F0F84911E",
         "lvm": "E6D6D379-F507-44C2-A23C-238F2A3DF928"}


def run(*command, **options):
    subprocess.run([str(word) for word in command], check=True,
                   stdout=subprocess.DEVNULL, **options)


# --- disks -------------------------------------------------------------------


class Shelf:
    """File systems, made once, and disks of them."""

    def __init__(self, work, kernel):
        self.work, self.kernel = work, kernel
        self.made = {}
        self.esp_empty = self.fat("esp-empty", 8, {})
        self.xbootldr = self.fat("xbootldr", 8, {"loader/entries": None})
        self.ext4 = self.plain("ext4", 8)
        run("mkfs.ext4", "-q", "-F", self.ext4)
        self.swap = self.plain("swap", 4)
        run("mkswap", self.swap, stderr=subprocess.DEVNULL)
        self.lvm = self.plain("lvm", 4)
        with open(self.lvm, "r+b") as file:
            file.seek(512)
            file.write(lvm_label())
        self.nothing = self.plain("nothing", 4)

    def plain(self, name, mib):
        path = "%s/%s.fs" % (self.work, name)
        with open(path, "wb") as file:
            file.truncate(mib * MIB)
        return path

    def fat(self, name, mib, files):
        """files: path -> bytes, a file's name, or None for a folder."""
        path = self.plain(name, mib)
        kind = ["-F", "32"] if mib > 34 else ["-F", "16", "-s", "1"]
        run("mkfs.fat", *kind, "-n", "BOOT", path)
        folders = {folder for file, content in files.items()
                   for folder in parents(file + ("/" if content is None
                                                 else ""))}
        if folders:
            run("mmd", "-i", path, *["::" + name for name in sorted(folders)])
        for file, content in files.items():
            if content is None:
                continue
            source = content
            if isinstance(content, bytes):
                source = self.work + "/content"
                with open(source, "wb") as out:
                    out.write(content)
            run("mcopy", "-i", path, source, "::" + file)
        return path

    def esp(self, name, entries):
        files = {"vmlinuz": self.kernel, "initrd": bytes(4096),
                 "loader/loader.conf": b"timeout 3\n"}
        files.update(("loader/entries/" + key, text.encode())
                     for key, text in entries.items())
        return self.fat(name, 40, files)

    def disk(self, number):
        """What a storage server has: one disk to boot from, disks that were
        boot disks of others, and disks with data, of which each has what an
        installer made on all of them."""
        if number == WANTED:
            esp = self.esp("wanted", {
                "wanted.conf": entry("Wanted", "9", "a"),
                "older.conf": entry("Older", "8", "a"),
                "oldest.conf": entry("Oldest", "7", "a")})
        elif number % 9 == 4:
            esp = self.esp("stale", {
                "stale-%d.conf" % number: entry("Stale %d" % number, "1")})
        else:
            esp = self.esp_empty
        parts = [("esp", esp), ("xbootldr", self.xbootldr),
                 ("linux", self.ext4), ("raid", self.nothing),
                 ("raid", self.nothing), ("lvm", self.lvm),
                 ("swap", self.swap), ("linux", self.nothing)]
        path = "%s/disk%d.img" % (self.work, number)
        at, lines, begins = 1, ["label: gpt"], []
        for kind, source in parts:
            size = os.path.getsize(source) // MIB
            lines.append("start=%dMiB, size=%dMiB, type=%s"
                         % (at, size, TYPES[kind]))
            begins.append(at * MIB)
            at += size
        with open(path, "wb") as disk:
            disk.truncate((at + 1) * MIB)
        run("sfdisk", "-q", path, input="\n".join(lines).encode())
        with open(path, "r+b") as disk:
            for begin, (_, source) in zip(begins, parts):
                copy_data(source, disk, begin)
        return path


def parents(path):
    while "/" in path:
        path = path.rsplit("/", 1)[0]
        yield path


def entry(title, version, sort_key=None):
    return ("title %s\nversion %s\n%slinux /vmlinuz\ninitrd /initrd\n"
            "options quiet\n" % (title, version, "sort-key %s\n" % sort_key
                                 if sort_key else ""))


def lvm_label():
    """The sector that makes a partition a physical volume of LVM."""
    rest = (struct.pack("<I", 32) + b"LVM2 001"
            + b"0123456789abcdefghijklmnopqrstuv").ljust(492, b"\0")
    crc = zlib.crc32(rest, 0xf597a6cf ^ 0xffffffff) ^ 0xffffffff
    return b"LABELONE" + struct.pack("<QI", 1, crc) + rest


def copy_data(source, disk, to):
    """Copies a sparse file without its holes."""
    with open(source, "rb") as file:
        size, at = os.path.getsize(source), 0
        while at < size:
            try:
                at = os.lseek(file.fileno(), at, os.SEEK_DATA)
            except OSError:
                return
            end = os.lseek(file.fileno(), at, os.SEEK_HOLE)
            file.seek(at)
            disk.seek(to + at)
            disk.write(file.read(end - at))
            at = end


# --- the guest ---------------------------------------------------------------


def lun(number, path):
    return ["-drive", "if=none,id=d%d,format=raw,file.locking=off,readonly=on,"
            "file=%s" % (number, path), "-device", "scsi-hd,bus=scsi.0,"
            "scsi-id=%d,lun=%d,drive=d%d" % (number // 8, number % 8, number)]


def stamps(log, pattern):
    return [(float(stamp) * 1000, rest) for stamp, rest in
            re.findall(r"\[ *(\d+\.\d+)\] keelboot: (%s[^\r\n]*)" % pattern,
                       log)]


def boot(work, kernel, image, disks, tree, dead):
    """One run: times in ms of what the guest's log says."""
    vm = Vm("x86_64", work, kernel=kernel, memory=1024, disks=disks,
            initrds=[image] + ([tree] if tree else []),
            extra=["-icount", "shift=0"],
            append="console=ttyS0 no_timer_check quiet log_buf_len=1M "
                   "rdinit=/test/init keelboot.timeout=menu-force "
                   "keelboot.probe-timeout=300 "
                   + ("testkit.hook=dead-disk" if dead else ""))
    try:
        # Nothing is asked of the guest while it looks at its disks.
        vm.expect_screen(r"> *\d+ +Wanted 9 +.*\[default\]", timeout=240)
        vm.expect_screen(r"Looking at 1 disk\." if dead
                         else r"\A(?!.*Looking at)", timeout=240)
        log = ""
        while "boots by itself: wanted.conf" not in log:
            log = vm.shell("dmesg | grep keelboot:")
        if tree:
            spent = vm.shell("cat /proc/uptime; /keelboot list --root /tree "
                             ">/dev/null 2>&1; cat /proc/uptime")
    finally:
        vm.close()
    times = read_log(log)
    if tree:
        begin, end = [float(line.split()[0]) for line in spent.split("\n")]
        times["tree"] = 1000 * (end - begin)
    return times


def read_log(log):
    found = re.search(r"keelboot: (\w+)\d+: found \S*wanted\.conf", log)
    assert found, log
    disk = found.group(1)
    answers = {}
    for stamp, text in stamps(log, r"sd\w+: looked at"):
        name, took, heard = re.match(
            r"(\w+): looked at within (\d+) ms, heard (\d+) ms later",
            text).groups()
        answers[name] = (stamp - int(heard), int(took), int(heard))
    answer = answers[disk][0]
    shown = int(re.search(r"wanted\.conf is shown as the default, (\d+) ms",
                          log).group(1))
    final = min(stamp for stamp, _ in stamps(
        log, "boots by itself: wanted.conf"))
    begin = min(at - took for at, took, _ in answers.values())
    last = max(at for at, _, _ in answers.values())
    return {"shown": shown, "final": final - answer, "after all": final - last,
            "answer": answer - begin, "all": last - begin,
            "heard": max(heard for _, _, heard in answers.values())}


# --- this host ---------------------------------------------------------------


def make_tree(path, count, kernel):
    """Directories for count disks, each with an ESP of two entries and a
    second partition without any."""
    for number in range(count):
        name = "%s/disk%d" % (path, number)
        os.makedirs(name + ".1/loader/entries")
        os.makedirs(name + ".2/EFI/Linux")
        os.link(kernel, name + ".1/vmlinuz")
        with open(name + ".1/initrd", "wb") as file:
            file.write(bytes(4096))
        for version in "12":
            with open("%s.1/loader/entries/%d-%s.conf"
                      % (name, number, version), "w",
                      encoding="ascii") as file:
                file.write(entry("Disk %d" % number, version))


def pack_tree(path, out):
    names = subprocess.run(["find", "tree"], cwd=path, check=True,
                           capture_output=True).stdout
    with open(out, "wb") as archive:
        subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=path,
                       input=names, stdout=archive, check=True)


def time_list(keelboot, tree, count):
    """Milliseconds on the clock, and of the CPUs with all the probes, which
    this process inherits (see main())."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = subprocess.run([keelboot, "list", "--json", "--root", tree],
                          check=True, capture_output=True)
    wall = time.monotonic() - start
    try:
        while True:
            os.wait()
    except ChildProcessError:
        pass
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    offered = [e for e in json.loads(done.stdout) if e["offered"]]
    assert len(offered) >= 2 * count, (count, len(offered), done.stderr)
    return 1000 * wall, 1000 * (after.ru_utime + after.ru_stime
                                - before.ru_utime - before.ru_stime)


def on_host(keelboot, kernel, work, runs):
    """True if the cost per disk is the same for few and for many."""
    costs = []
    for count in COUNTS:
        tree = "%s/tree%d" % (work, count)
        make_tree(tree, count, kernel)
        times = [time_list(keelboot, tree, count) for _ in range(runs + 1)]
        wall, cpu = (min(t[i] for t in times[1:]) for i in (0, 1))
        shutil.rmtree(tree)
        costs.append(cpu / count)
        print("%4d disks: %7.1f ms, %7.1f ms of the CPUs, %.2f ms a disk"
              % (count, wall, cpu, cpu / count))
    print("the most a disk costs: %.2f times the least (limit %.2f)"
          % (max(costs) / min(costs), LINEAR))
    return max(costs) / min(costs) <= LINEAR


# --- all of it ---------------------------------------------------------------


def in_guest(keelboot, kernel, work, runs):
    shelf = Shelf(work, kernel)
    disks = [lun(number, shelf.disk(number)) for number in range(DISKS)]
    disks[0][:0] = ["-device", "virtio-scsi-pci,id=scsi"]
    make_tree(work + "/tree", DISKS, kernel)
    pack_tree(work, work + "/tree.cpio")
    native = min(time_list(keelboot, work + "/tree", DISKS)[0]
                 for _ in range(runs + 1))
    shown = {}
    print("in a guest with one CPU of 10^9 instructions a second, %d disks "
          "of 8 partitions:" % DISKS)
    for name in ("named", "unnamed"):
        for dead in (False, True):
            tree = None if name == "unnamed" or dead else work + "/tree.cpio"
            times = [boot("%s/vm-%s-%d-%d" % (work, name, dead, turn), kernel,
                          "%s/%s.cpio.zst" % (work, name), disks, tree, dead)
                     for turn in range(runs)]
            median = {key: statistics.median(t[key] for t in times)
                      for key in times[0]}
            shown[name, dead] = median["shown"]
            print("%s default, %s: shown %d ms after its disk told of it; "
                  "all disks told within %.0f ms and were heard within %d ms; "
                  "final %.0f ms %s the last one"
                  % (name, "one disk dead" if dead else "all disks well",
                     median["shown"], median["all"], median["heard"],
                     abs(median["after all"]),
                     "before" if median["after all"] < 0 else "after"))
            if tree:
                print("listing directories for %d disks: %.0f ms there, %.0f "
                      "ms here" % (DISKS, median["tree"], native))
    more = shown["named", True] - shown["named", False]
    print("named default shown: %d ms (limit %d); a dead disk adds %d ms "
          "(limit %d)" % (shown["named", False], LIMIT_MS, more, NOTHING_MS))
    return shown["named", False] <= LIMIT_MS and \
        shown["named", True] <= LIMIT_MS and more <= NOTHING_MS


def main():
    keelboot, kernel, work = sys.argv[1:4]
    runs = int(sys.argv[4])
    # Probes that their menu has left alone become this one's children.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    good = on_host(keelboot, kernel, work, runs)
    good &= in_guest(keelboot, kernel, work, runs)
    sys.exit(not good)


main()
