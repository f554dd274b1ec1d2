"""Machines that boot from the network on this host: tests/host/net_boot.c in
the namespaces of tests/lib/netlab.py, and what is signed for it."""

import dataclasses
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/qemu"))

import standin  # noqa: E402
from netlab import IPV4, IPV6, SERVER_SIDE, Namespace  # noqa: E402
from sign import Signer  # noqa: E402

VERSION = "6.1.0-1-amd64"
SBAT = ("sbat,1,SBAT Version,sbat,1,"
        "https://github.com/rhboot/shim/blob/main/SBAT.md\n"
        "keelboot.test,2,keelboot,keelboot,2,https://example.net/\n")
OUTCOMES = {"BOOTED": 0, "END": 3, "HELD": 4, "HUNG": 5}
REBOOT, POWER_OFF = "11", "12"  # boot/init.h


def kernel(text=b"first"):
    """One that no other text gives."""
    return standin.bzimage(VERSION) + text.ljust(512, b"\0")


def uki(linux, initrd=b"initrd", cmdline="quiet"):
    """Not signed."""
    return standin.pe("x86_64", [
        (".sbat", SBAT.encode()),
        (".osrel", b'ID=test\nPRETTY_NAME="From the network"\n'),
        (".cmdline", cmdline.encode()), (".uname", VERSION.encode()),
        (".initrd", initrd), (".linux", linux)])


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def entry(title, *lines):
    return "\n".join([f"title {title}", *lines]) + "\n"


def changed(data):
    """One bit flipped, in the middle."""
    out = bytearray(data)
    out[len(out) // 2] ^= 1
    return bytes(out)


@dataclasses.dataclass
class End:
    """How it went: BOOTED, END, HELD or HUNG, with its words; and the log,
    again with times if they were asked for."""
    name: str
    words: list
    log: str
    stamps: str = ""

    def at(self, pattern):
        """When such a line was logged first, in seconds."""
        return float(re.search(r"^\[ *([0-9.]+)\][^\n]*(?:%s)" % pattern,
                               self.stamps, re.M)[1])

    def __str__(self):
        return " ".join([self.name, *self.words]) + "\n" + self.log

    @property
    def ms(self):
        return int(self.words[0])

    @property
    def kernel(self):
        return self.words[2]


def tree(pid):
    """A process and all below it."""
    found = [pid]
    for one in found:
        try:
            for path in pathlib.Path(f"/proc/{one}/task").iterdir():
                found += map(int, (path / "children").read_text().split())
        except OSError:
            pass
    return found


class Machine:
    """Its image: a configuration, entries in order, and files of theirs.
    boot() is one start; begin() and finish() are its halves."""

    def __init__(self, build, work, program=None, busybox=None):
        build = pathlib.Path(build)
        self.work = pathlib.Path(work)
        self.program = program or build / "host/host/net_boot"
        self.busybox = busybox or build / "x86_64/deps/busybox"
        self.keys = build / "test-keys/keys"
        for name in ("entries", "network"):
            (self.work / name).mkdir(parents=True, exist_ok=True)
        self.script = self.work / "keelboot-lease"
        if not self.script.is_symlink():
            self.script.symlink_to((build / "x86_64/keelboot").resolve())

    def image(self, conf, entries, files=None):
        (self.work / "keelboot.conf").write_text(
            "\n".join(["verify = enforce", *conf]) + "\n")
        for old in (self.work / "entries").iterdir():
            old.unlink()
        for number, text in enumerate(entries):
            name = f"{number + 1:03}-net.conf"
            (self.work / "entries" / name).write_text(text)
        for name, data in (files or {}).items():
            path = self.work / "network" / name
            path.write_bytes(data if isinstance(data, bytes)
                             else data.encode())
            path.chmod(0o600)

    def disk(self, files):
        """A disk of the machine's, in place of the one before."""
        folder = self.work / "disk"
        shutil.rmtree(folder, ignore_errors=True)
        for name, data in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data if isinstance(data, bytes)
                             else data.encode())

    def begin(self, net, timeout=60, stamps=False, wrap=(), name="run"):
        w = self.work
        command = [*wrap, self.program, "--config", w / "keelboot.conf",
                   "--entries", w / "entries", "--folder", w / "network",
                   "--keys", self.keys, "--busybox", self.busybox,
                   "--script", self.script, "--timeout", timeout,
                   *(["--stamps"] if stamps else [])]
        if (w / "disk").exists():
            command += ["--disk", w / "disk"]
        with open(w / f"{name}.log", "wb") as log, \
                open(w / f"{name}.out", "wb") as out:
            process = net.start(*command, stdout=out, stderr=log)
        process.timeout, process.name = timeout, name
        return process

    def finish(self, process):
        try:
            status = process.wait(process.timeout + 15)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        log = (self.work / f"{process.name}.log").read_text(errors="replace")
        out = (self.work / f"{process.name}.out").read_text(errors="replace")
        *stamps, last = out.splitlines() or [""]
        words = last.split()
        assert words and OUTCOMES.get(words[0]) == status, \
            f"exit status {status}, {words}\n{log}"
        return End(words[0], words[1:], log, "\n".join(stamps))

    def boot(self, net, **more):
        return self.finish(self.begin(net, **more))


class Switch:
    """A lab's servers behind the kernel's own bridge and cables, which are as
    fast as it is: for benches. The host's kernel needs veth and bridge."""

    def __init__(self, lab):
        self.lab, self.count = lab, 0
        ip = lab.net.ip
        ip("link add br0 type bridge")
        for words in (f"{IPV4}/24", f"{IPV6}/64"):
            ip(f"addr del {words} dev {SERVER_SIDE}")
        ip(f"link set {SERVER_SIDE} master br0")
        ip("link set br0 up")
        ip(f"addr add {IPV4}/24 dev br0")
        ip(f"addr add {IPV6}/64 dev br0 nodad")

    def plug(self, mac=None):
        """Another namespace, with an interface eth0."""
        net, name = Namespace(), f"port{self.count}"
        self.count += 1
        self.lab.closers.append(net.close)
        self.lab.net.ip(f"link add {name} type veth peer name eth0 netns "
                        f"/proc/{os.getpid()}/fd/{net.fd}")
        self.lab.net.ip(f"link set {name} master br0 up")
        net.run("sysctl", "-q", "-w", "net.ipv6.conf.eth0.accept_dad=0")
        if mac:
            net.ip(f"link set eth0 address {mac}")
        return net


def signer(build, work):
    return Signer(pathlib.Path(build) / "test-keys", pathlib.Path(work))


def build_folder():
    return pathlib.Path(ROOT / os.environ.get("KEELBOOT_BUILD", "build"))
