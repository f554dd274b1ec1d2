"""console.py KEELBOOT TEST_KEYS WORK: what console.sh says it does."""

import os
import re
import shutil
import socket
import statistics
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, ROOT + "/tests/lib")
from line import BITS_A_BYTE, Line  # noqa: E402 (its place is in tests/lib)
from menu_rig import Menu, Tree  # noqa: E402

ENTRIES = 10
BAUD = 9600
RUNS = 5
IDLE_S = 20.0
# What the issue of the console allows.
PAINT_S, MOVE_BYTES, TICK_BYTES = 1.5, 60, 12
IDLE_CPU, PAINT_MS = 0.001, 30
OVMF = "/usr/share/OVMF/OVMF_%s_4M.fd"


def on_line(count):
    return count * BITS_A_BYTE / BAUD


# --- keelboot, on a pty ------------------------------------------------------


def paint(keelboot, tree):
    """Bytes until the list is there and everything was looked at, and how many
    milliseconds after the default entry was known it stood there."""
    menu = Menu(keelboot, tree)
    try:
        menu.wait_screen(r"> +1 +Signed Linux 1\b", r" %d +Signed" % ENTRIES,
                         r"\A(?!.*Looking at)", r"Entry 1 boots in")
        count = menu.painted()
        menu.send("l")
        shown = menu.wait_screen(r"is shown as the default, (\d+) ms")
        shown = re.search(r"as the default,\s+(\d+)\s+ms", shown)
    finally:
        menu.close()
    return count, int(shown.group(1))


def tick(menu):
    menu.wait_quiet(0.2)
    start = len(menu.raw)
    menu.watch(3.2)
    ticks = [at for _, at in menu.times if at > start]
    assert len(ticks) >= 3, ticks
    return max(b - a for a, b in zip([start] + ticks, ticks))


def move(menu):
    """The most bytes of some moves, and of the detail lines after them."""
    rest, late = [], []
    steps = [("down", at) for at in range(2, 8)] + [
        ("up", at) for at in range(6, 0, -1)]
    for key, number in steps:
        start = len(menu.raw)
        menu.send(key)
        menu.wait_screen(r"> +%d +Signed" % number)
        menu.wait_quiet(0.3)
        detail, other = menu.apart(bytes(menu.raw[start:]))
        rest.append(other)
        late.append(detail)
    return max(rest[1:]), max(late)  # the first one stops the countdown, too


def cpu_s(pid):
    """Seconds of CPU of all threads."""
    total = 0
    for thread in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/schedstat" % (pid, thread),
                  encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total / 1e9


def idle(menu):
    """The share of a CPU, and how often it wrote."""
    menu.wait_quiet(0.5)
    _, calls, _ = menu.usage()
    before, start = cpu_s(menu.process.pid), len(menu.raw)
    menu.watch(IDLE_S)
    spent = cpu_s(menu.process.pid) - before
    return spent / IDLE_S, menu.usage()[1] - calls, len(menu.raw) - start


# --- its peers, in QEMU ------------------------------------------------------


class Peer(Line):
    """A loader under OVMF, seen from its serial line."""

    def __init__(self, image, work):
        shutil.copyfile(OVMF % "VARS", work + "/vars.fd")
        near, far = socket.socketpair()
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", "-machine", "q35", "-accel", "tcg", "-cpu",
             "max", "-m", "256", "-display", "none", "-nic", "none", "-drive",
             "if=pflash,format=raw,readonly=on,file=" + OVMF % "CODE",
             "-drive", "if=pflash,format=raw,file=%s/vars.fd" % work,
             "-drive", "if=none,id=d,format=raw,snapshot=on,file=" + image,
             "-device", "virtio-blk-pci,drive=d",
             "-chardev", "socket,id=c,fd=%d" % far.fileno(),
             "-serial", "chardev:c"], pass_fds=[far.fileno()])
        far.close()
        super().__init__(near.detach())

    def close(self):
        self.process.kill()
        self.process.wait()
        self.hang_up()


# A key of one byte: QEMU's serial line now and then loses one of an arrow's.
PEERS = {"grub": "\x0e", "systemd-boot": "j"}


def measure_peer(image, work, down):
    """Bytes of the first paint, a move and a tick."""
    peer = Peer(image, work)
    try:
        peer.wait_raw(rb"Signed Linux 10.* in 60 ?s", timeout=120)
        peer.wait_quiet(0.4)
        begin = re.search(rb"BdsDxe: starting [^\n]*\n", peer.raw).end()
        first = len(peer.raw) - begin
        start = peer.wait_raw(rb"in 58 ?s", timeout=30).start()
        end = peer.wait_raw(rb"in 57 ?s", start, timeout=30).start()
        moves = []
        for _ in range(4):
            before = len(peer.raw)
            peer.send(down)
            peer.wait_for(lambda: len(peer.raw) > before, what="a move")
            peer.wait_quiet(0.5)
            moves.append(len(peer.raw) - before)
    finally:
        peer.close()
    return first, statistics.median(moves[1:]), end - start


# --- all of it ---------------------------------------------------------------


def main():
    keelboot, keys, work = sys.argv[1:4]
    tree = Tree(work + "/tree", keys, timeout=60)
    tree.ukis(ENTRIES)
    paints = [paint(keelboot, tree) for _ in range(RUNS + 1)][1:]
    first = statistics.median(count for count, _ in paints)
    shown = statistics.median(ms for _, ms in paints)
    menu = Menu(keelboot, tree)
    try:
        menu.wait_screen(r"> +1 +Signed Linux 1\b", r" %d +Signed" % ENTRIES)
        one_tick = tick(menu)
        one_move, detail = move(menu)
        share, calls, count = idle(menu)
    finally:
        menu.close()
    peers = {name: measure_peer("%s/%s.img" % (work, name), work, down)
             for name, down in PEERS.items()}

    def row(what, value, limit, at):
        print("%s: %d bytes (limit %d); %s" % (what, value, limit, ", ".join(
            "%s %d: %.2f times that" % (name, found[at], value / found[at])
            for name, found in peers.items())))
        return value <= limit

    good = row("first paint", first, PAINT_S * BAUD / BITS_A_BYTE, 0)
    print("    %.2f s at %d baud" % (on_line(first), BAUD))
    good &= row("move", one_move, MOVE_BYTES, 1)
    print("    and up to %d bytes for the detail line, once it rests" % detail)
    good &= row("tick", one_tick, TICK_BYTES, 2)
    print("waiting for %d s: %.4f %% of a CPU (limit %.1f %%), %d writes of %d "
          "bytes (limit 0)" % (IDLE_S, 100 * share, 100 * IDLE_CPU, calls,
                               count))
    print("first paint %d ms after the default was known (limit %d ms)"
          % (shown, PAINT_MS))
    good &= share < IDLE_CPU and not calls and not count and shown <= PAINT_MS
    sys.exit(not good)


main()
