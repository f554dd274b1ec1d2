"""A machine with several consoles, serial lines and a screen: all show the same
menu, any of them can choose, and none of them can hold up the boot."""

import os
import pathlib
import random
import re
import shutil
import struct
import sys
import tempfile
import time
import zlib

import pytest

from conftest import BUILD, TOP

sys.path.insert(0, str(TOP / "tests/lib"))

from line import Line, meet  # noqa: E402 (its place is in tests/lib)

# Of x86_64: the first serial line is QEMU's standard input and output, the
# second is the tests' shell, the others are sockets. Linux has one console for
# each driver, so that only the configuration can name more of them.
SOCKETS = {"ttyS2": "c2", "ttyS3": "c3"}
KERNEL = {"x86_64": "own-kernel", "aarch64": "zboot-zstd.efi"}
PAYLOAD = {"x86_64": "ttyS0", "aarch64": "ttyAMA0"}
# What the emulator may be late by, on a machine with other work.
LATE_S = 6.0


def two_ukis(lab, arch):
    """The list has b before a."""
    files = {}
    for name in ("a", "b"):
        osrel = lab.work / f"osrel-{name}"
        osrel.write_text(f'ID=test\nPRETTY_NAME="Linux {name.upper()}"\n')
        files[f"/EFI/Linux/{name}.efi"] = lab.uki(
            arch, f"{name}.efi", linux=lab.asset(arch, KERNEL[arch]),
            initrd=lab.asset(arch, "second-initrd"), osrel=osrel,
            cmdline=f"console={PAYLOAD[arch]} keelboot.test=report "
                    f"chosen={name}")
    return lab.disk(files)


class Desk:
    """A machine, and a person at each of its consoles."""

    def __init__(self, lab, consoles, options="", arch="x86_64",
                 baud=None):
        self.folder = tempfile.mkdtemp(prefix="keelboot-", dir="/tmp")
        extra = []
        if arch == "x86_64":
            for name in SOCKETS.values():
                extra += ["-chardev", "socket,id=%s,path=%s/%s,server=on,"
                          "wait=off" % (name, self.folder, name),
                          "-serial", "chardev:" + name]
        self.vm = lab.start(
            arch, disks=[two_ukis(lab, arch)],
            kernel=lab.asset(arch, "own-kernel"), extra=extra,
            initrds=[lab.asset(arch, "testkit.cpio.zst")],
            append=" ".join([f"console={name}" for name in consoles
                             if name not in SOCKETS] + [
                "no_timer_check" if arch == "x86_64" else "",
                'keelboot.consoles="%s"' % " ".join(
                    name for name in consoles if name in SOCKETS),
                "rdinit=/test/init", options]))
        self.vm.listen()
        process, self.lines = self.vm.process, {}
        self.lines[PAYLOAD[arch]] = Line(os.dup(process.stdout.fileno()),
                                         writes_to=process.stdin.fileno())
        if arch == "aarch64":
            self.lines["ttyS0"] = Line(self.vm.connect("shell").detach())
        else:
            for name in SOCKETS:
                self.lines[name] = Line(self.connect(name))
        meet(*self.lines.values())

    def connect(self, name):
        """A socket to a serial line."""
        real, self.vm.sockets = self.vm.sockets, self.folder
        try:
            return self.vm.connect(SOCKETS[name]).detach()
        finally:
            self.vm.sockets = real

    def key(self, console, name):
        """A key, at a serial line or at the keyboard."""
        if console != "tty0":
            self.lines[console].send(name)
            return
        code = {"enter": "ret"}.get(name, name)
        self.vm.qmp("send-key", keys=[{"type": "qcode", "data": code}])

    def vga_text(self):
        """The screen's rows, and the background of each character, out of the
        card's memory: from the row of the menu's head, which is its first, or
        from the start."""
        path = self.folder + "/text"
        self.vm.qmp("pmemsave", val=0xb8000, size=0x8000, filename=path)
        memory = pathlib.Path(path).read_bytes()
        chars = memory[::2].decode("cp437")
        behind = [attribute >> 4 & 7 for attribute in memory[1::2]]
        starts = range(0, 80 * 204, 80)
        rows = [chars[at:at + 80].rstrip() for at in starts]
        heads = [at for at, row in enumerate(rows) if "  keelboot " in row]
        first = heads[0] if heads else 0
        return rows[first:first + 25], [
            behind[at:at + 80] for at in starts[first:first + 25]]

    def wait_vga(self, *patterns, timeout=60):
        deadline = time.monotonic() + timeout
        while True:
            rows, behind = self.vga_text()
            text = "\n".join(rows)
            if all(re.search(p, text, re.S | re.M) for p in patterns):
                return rows, behind
            assert time.monotonic() < deadline, (patterns, text)
            self.any().watch(0.1)

    def wait(self, console, *patterns, timeout=60):
        if console == "tty0":
            return "\n".join(self.wait_vga(*patterns, timeout=timeout)[0])
        return self.lines[console].wait_screen(*patterns, timeout=timeout)

    def any(self):
        return next(iter(self.lines.values()))

    def wait_payload(self, name, timeout=90):
        """The second kernel says what it was started with."""
        line = self.any()
        pattern = rb"(?:ommand line:|bootargs) [^\r\n]*chosen=(\w)"
        line.wait_raw(pattern, timeout=timeout)
        found = re.search(pattern, line.raw)
        assert found.group(1).decode() == name

    def close(self):
        for line in self.lines.values():
            line.hang_up()
        shutil.rmtree(self.folder)


@pytest.fixture
def desk(lab):
    desks = []

    def make(*arguments, **options):
        desks.append(Desk(lab, *arguments, **options))
        return desks[-1]
    yield make
    for one in desks:
        one.close()


FOUR = ["ttyS0", "ttyS2", "ttyS3", "tty0"]


@pytest.mark.parametrize("arch, consoles, at", [
    ("x86_64", FOUR, "ttyS0"),
    ("x86_64", FOUR, "ttyS3"),
    ("x86_64", FOUR, "tty0"),
    ("aarch64", ["ttyAMA0", "ttyS0"], "ttyS0"),
])
def test_choose_on_any(desk, arch, consoles, at):
    """The others follow, and say who is at it."""
    d = desk(consoles, "keelboot.timeout=60", arch=arch)
    for console in consoles:
        d.wait(console, r"> +1 +Linux B \[default\]", r"  2 +Linux A",
               r"Entry 1 boots in")
    d.key(at, "down")
    for console in consoles:
        d.wait(console, r"> +2 +Linux A", r"\A(?!.*boots in)",
               r"\A(?!.*In use on)" if console == at
               else "In use on %s" % at)
    d.key(at, "enter")
    d.wait_payload("a")


def type_to_shell(line, text, answer):
    """With two lines at one interrupt, even where one is not open, QEMU at times
    tells of bytes only when another one comes: XON means nothing to anybody."""
    start = len(line.raw)
    line.send(text)
    for _ in range(6):
        try:
            return line.wait_raw(answer, start=start, timeout=4)
        except AssertionError:
            line.send("\x11")
    return line.wait_raw(answer, start=start)


@pytest.mark.parametrize("consoles, at", [
    (["ttyS0", "tty0"], "ttyS0"),
    (["ttyS0", "ttyS3", "tty0"], "ttyS3"),
])
def test_shell_is_where_it_was_asked_for(desk, consoles, at):
    """/dev/console means tty0; ttyS3 is one of the configuration. Lines that
    share an interrupt, which QEMU's do not quite, are left out."""
    d = desk(consoles, "keelboot.timeout=60")
    for console in consoles:
        d.wait(console, r"> +1 +Linux B \[default\]")
    line = d.lines[at]
    for key in "qsy":
        d.key(at, key)
    line.wait_raw(rb"~ # ")
    type_to_shell(line, "echo $((6 * 7))-is-it\r", rb"42-is-it\r\n~ # ")
    for other in d.lines.values():
        assert other is line or b"~ # " not in other.raw
    type_to_shell(line, "exit\r", rb"keelboot 0\.")
    for console in consoles:
        d.wait(console, r"> +1 +Linux B \[default\]")


def test_unplugged_and_stuck(desk):
    """One line's other end goes away in the middle of the menu, one is not read
    from any more: the default boots in time."""
    d = desk(FOUR, "keelboot.timeout=8")
    for console in FOUR:
        d.wait(console, r"> +1 +Linux B \[default\]", "boots in")
    first = d.lines["ttyS0"]
    shown = first.wait_screen(r"boots in +(\d+) s")
    left, seen = int(re.search(r"boots in +(\d+) s", shown).group(1)), \
        time.monotonic()
    d.lines["ttyS2"].hang_up()
    d.lines["ttyS3"].stick()
    first.wait_raw(rb"Starting ", timeout=left + LATE_S)
    assert first.time_of(rb"Starting ") - seen >= left - 1.5
    d.wait_payload("b")


def test_line_that_comes_back(desk):
    d = desk(["ttyS0", "ttyS2"], "keelboot.timeout=60")
    for console in ("ttyS0", "ttyS2"):
        d.wait(console, r"> +1 +Linux B \[default\]")
    line = d.lines["ttyS2"]
    line.hang_up()
    d.key("ttyS0", "down")
    d.wait("ttyS0", r"> +2 +Linux A")
    line.come_back(d.connect("ttyS2"))
    line.send("ctrl-l")
    line.wait_screen(r"> +2 +Linux A", r"1 +Linux B \[default\]")
    line.send("enter")
    d.wait_payload("a")


def test_no_console_at_all(desk):
    d = desk(["nosuch0"], "keelboot.timeout=3")
    d.wait_payload("b")


def test_noise_while_the_countdown_runs(desk):
    """As much as the line takes, up to 10 MB: the default boots in time."""
    d = desk(["ttyS0", "ttyS2", "tty0"], "keelboot.timeout=10")
    first, noisy = d.lines["ttyS0"], d.lines["ttyS2"]
    shown = first.wait_screen(r"boots in +(\d+) s", r"Linux B \[default\]")
    left, seen = int(re.search(r"boots in +(\d+) s", shown).group(1)), \
        time.monotonic()
    # Nothing of it is a key: no ASCII, and no UTF-8.
    data = bytes(random.Random(5).choices(range(0x80, 0xc0), k=10 << 20))
    taken = noisy.flood(data, left + LATE_S, until=lambda: b"Starting " in
                        first.raw)
    print("noise: %d bytes were taken" % taken)
    assert taken > 20000
    assert b"Starting Linux B" in first.raw, first.shown()
    assert left - 1.5 <= time.monotonic() - seen <= left + LATE_S
    noisy.stick()
    d.wait_payload("b")


# --- the screen as a picture --------------------------------------------------


def read_ppm(path):
    """Width, height, and the rows of RGB bytes."""
    data = path.read_bytes()
    kind, width, height, _ = re.match(
        rb"(P6)\s+(\d+)\s+(\d+)\s+(\d+)\s", data).groups()
    assert kind == b"P6"
    width, height = int(width), int(height)
    body = data[len(data) - 3 * width * height:]
    return width, height, [body[at:at + 3 * width] for at in range(
        0, len(body), 3 * width)]


def write_png(path, width, height, rows):
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data +
                struct.pack(">I", zlib.crc32(kind + data)))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" +
        chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
        chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows),
                                     9)) + chunk(b"IEND", b""))


def cells(width, height, rows):
    """The dots of each of 80x25 characters."""
    wide, high = width // 80, height // 25
    return [[[rows[row * high + y][3 * wide * col:][3 * x:3 * x + 3]
              for y in range(high) for x in range(wide)]
             for col in range(80)] for row in range(25)]


def test_vga_picture(desk):
    """The screen's picture, kept for people to see in BUILD/consoles. It says
    what the text does: each character looks the same wherever it stands, and
    different from all others."""
    d = desk(["ttyS0", "tty0"], "keelboot.timeout=menu-force")
    text, behind = d.wait_vga(r"> +1 +Linux B \[default\]", r"  2 +Linux A",
                              "Nothing is verified", "help$")
    out = BUILD / "consoles"
    out.mkdir(exist_ok=True)
    ppm = out / "vga.ppm"
    d.vm.qmp("screendump", filename=str(ppm))
    width, height, rows = read_ppm(ppm)
    write_png(out / "vga.png", width, height, rows)
    ppm.unlink()
    assert (width, height) == (720, 400)
    glyphs, papers = {}, {}
    for row, back, line in zip(text, behind, cells(width, height, rows)):
        for char, colour, dots in zip(row.ljust(80), back, line):
            # the first dot of a letter is none of it, in this font
            paper = papers.setdefault(colour, dots[0])
            glyph = bytes(dot != paper for dot in dots)
            assert glyphs.setdefault(char, glyph) == glyph, (row, char)
    assert not any(glyphs[" "])
    assert len(set(glyphs.values())) == len(glyphs) > 30
