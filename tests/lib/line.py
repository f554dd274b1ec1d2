"""A serial line between a program and a person, as bad as it has to be.

Line sits on a pty (Program) or on a socket of QEMU and stands for the cable and
the terminal at its end: bytes take 10 bits' time at the line's rate, both ways;
some are lost, doubled, late or come in pieces (Trouble, by a seed: a run can be
repeated); the terminal may stop reading, hang up and come back. What arrived is
kept as bytes with times and as the picture that a VT100 would show.

Nothing runs by itself: pump(), or a wait_…() of any line, moves the bytes of
this line and of its neighbours. Nothing here sleeps longer than until the next
byte is due.
"""

import bisect
import os
import random
import re
import select
import signal
import subprocess
import termios
import time
import tty

import pyte

BITS_A_BYTE = 10
PATIENCE = 20.0
# What a UART takes at once: the line is not asked more often than that.
FIFO = 16
READ_MAX = 65536

KEYS = {"up": "\033[A", "down": "\033[B", "right": "\033[C", "left": "\033[D",
        "home": "\033[H", "end": "\033[F", "pgup": "\033[5~",
        "pgdn": "\033[6~", "enter": "\r", "esc": "\033", "bs": "\x7f",
        "ctrl-l": "\x0c"}

TOKEN = re.compile(rb"\x1b\[[0-9;?]*[@-~]|\x1b[()].|\x1b[^\[]|[\xc0-\xff]"
                   rb"[\x80-\xbf]*|.", re.S)


class Failure(AssertionError):
    """What a test shows when the program did not do as expected."""


class Trouble:
    """What happens to bytes on one way: chances of 0 to 1 for each. A piece
    that is split off comes up to split_ms later, a delayed byte up to delay_ms,
    and nothing overtakes."""

    def __init__(self, seed, drop=0.0, double=0.0, split=0.0, split_ms=5,
                 delay=0.0, delay_ms=1500):
        self.random = random.Random(seed)
        self.drop, self.double = drop, double
        self.split, self.split_ms = split, split_ms
        self.delay, self.delay_ms = delay, delay_ms

    def copies(self):
        """How often a byte arrives."""
        if self.random.random() < self.drop:
            return 0
        return 2 if self.random.random() < self.double else 1

    def pause(self):
        """Seconds that a byte stays behind the one before."""
        seconds = 0.0
        if self.random.random() < self.split:
            seconds += self.random.uniform(0.5, self.split_ms) / 1000
        if self.random.random() < self.delay:
            seconds += self.random.uniform(0, self.delay_ms) / 1000
        return seconds


class Way:
    """One direction: bytes go in, and come out when they are due."""

    def __init__(self, baud, trouble):
        self.byte_s = BITS_A_BYTE / baud if baud else 0.0
        self.trouble = trouble
        self.bytes, self.due = bytearray(), []
        self.last = 0.0

    def put(self, data):
        now = time.monotonic()
        for byte in data:
            copies = self.trouble.copies() if self.trouble else 1
            for _ in range(copies):
                pause = self.trouble.pause() if self.trouble else 0.0
                self.last = max(self.last, now) + self.byte_s + pause
                self.bytes.append(byte)
                self.due.append(self.last)

    def peek(self):
        """What is due now. take() removes it, as far as it was used."""
        return bytes(self.bytes[:bisect.bisect(self.due, time.monotonic())])

    def take(self, count):
        del self.bytes[:count]
        del self.due[:count]

    def wait(self):
        """Seconds until something is due, or None."""
        if not self.due:
            return None
        # as a UART does: some bytes at a time, or the last ones
        due = self.due[min(FIFO, len(self.due)) - 1]
        return max(0.0, due - time.monotonic())


class Terminal(pyte.Screen):
    """What hangs at the end of a line, and says where its cursor is."""

    def __init__(self, rows, cols, reply):
        super().__init__(cols, rows)
        self.reply = reply

    def write_process_input(self, data):
        self.reply(data)


class Line:
    """fd: a pty's master, a connected socket, or a pipe to read from, with
    another one to write to. answers: whether the terminal says its size when it
    is asked."""

    def __init__(self, fd, rows=24, cols=80, baud=None, answers=False,
                 to_program=None, to_terminal=None, writes_to=None):
        self.fd, self.writes_to = fd, writes_to
        os.set_blocking(fd, False)
        self.answers = answers
        self.rows, self.cols = rows, cols
        self.inward, self.outward = Way(baud, to_program), Way(baud,
                                                               to_terminal)
        self.neighbours = [self]
        self.is_stuck = False   # the terminal takes nothing
        self.is_gone = False    # the other side has hung up
        self.raw = bytearray()  # what arrived at the terminal
        self.times = []         # (when, how many bytes there were then)
        self._new_terminal()

    def _new_terminal(self):
        self.screen = Terminal(self.rows, self.cols, self._reply)
        self.stream = pyte.ByteStream(self.screen)

    def _reply(self, data):
        if self.answers:
            self.inward.put(data.encode())

    # --- the line ------------------------------------------------------------

    def send(self, keys):
        """Types bytes or text; the names of KEYS are keys."""
        data = keys if isinstance(keys, bytes) else KEYS.get(keys,
                                                             keys).encode()
        self.inward.put(data)

    def flood(self, data, timeout=PATIENCE, until=lambda: False):
        """Sends bytes as fast as the program takes them, past the line's rate,
        for at most so long; returns how many were taken."""
        deadline, at = time.monotonic() + timeout, 0
        while at < len(data) and not self.is_gone and not until() and \
                time.monotonic() < deadline:
            try:
                at += os.write(self.fd, data[at:at + 4096])
            except BlockingIOError:
                poller = select.poll()
                poller.register(self.fd, select.POLLIN | select.POLLOUT)
                poller.poll(100)
            except OSError:
                self.is_gone = True
            pump(self.neighbours, 0)
        return at

    def stick(self, is_stuck=True):
        """The terminal stops taking bytes, and does so again."""
        self.is_stuck = is_stuck

    def resize(self, rows, cols):
        """The terminal has another size from now on. On a pty the kernel tells
        the program, on a wire nobody does."""
        self.rows, self.cols = rows, cols
        self.screen.resize(rows, cols)
        if os.isatty(self.fd):
            termios.tcsetwinsize(self.fd, (rows, cols))

    def hang_up(self):
        """The line is gone until come_back()."""
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1
        self.is_gone = True

    def come_back(self, fd):
        """The line is there again, with a terminal just switched on."""
        self.fd = fd
        os.set_blocking(fd, False)
        self.is_gone = False
        self._new_terminal()

    def _arrive(self, data):
        asked = b"\x1b[18t"
        before = max(0, len(self.raw) - len(asked) + 1)
        self.raw += data
        self.times.append((time.monotonic(), len(self.raw)))
        for _ in range(self.raw.count(asked, before)):
            self._reply("\033[8;%d;%dt" % (self.rows, self.cols))
        try:
            self.stream.feed(data)
        except TypeError:
            # pyte's parser ends with a sequence that lost its letter
            self.stream = pyte.ByteStream(self.screen)

    def _read(self):
        """Takes from the program what the line has room for."""
        room = READ_MAX
        if self.outward.byte_s:
            room = FIFO * 4 - len(self.outward.bytes)
        if room <= 0:
            return
        try:
            data = os.read(self.fd, room)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.is_gone = True
        self.outward.put(data)

    def _write(self):
        data = self.inward.peek()
        if not data:
            return
        try:
            self.inward.take(os.write(
                self.fd if self.writes_to is None else self.writes_to,
                data[:READ_MAX]))
        except BlockingIOError:
            pass
        except OSError:
            self.is_gone = True

    def _wants(self):
        """The events to wait for, and seconds until a byte is due."""
        events, waits = 0, [self.outward.wait(), self.inward.wait()]
        is_full = self.outward.byte_s and len(
            self.outward.bytes) >= FIFO * 4
        if self.is_gone:
            return 0, waits[0]
        if not self.is_stuck and not is_full:
            events |= select.POLLIN
        if self.inward.peek():
            events |= select.POLLOUT
            waits[1] = None
        return events, min((w for w in waits if w is not None), default=None)

    def _turn(self, events):
        if events & (select.POLLIN | select.POLLHUP) and not self.is_stuck:
            self._read()
        if events & select.POLLOUT or not self.is_gone:
            self._write()
        data = b"" if self.is_stuck else self.outward.peek()
        if data:
            self.outward.take(len(data))
            self._arrive(data)

    # --- waiting -------------------------------------------------------------

    def wait_for(self, check, timeout=PATIENCE, what=None):
        """Pumps until check() is true, which it returns."""
        deadline = time.monotonic() + timeout
        while True:
            result = check()
            if result:
                return result
            left = deadline - time.monotonic()
            if left <= 0:
                raise Failure("no %s within %g s; the screen:\n%s\n--- the "
                              "end of what came: %r" % (
                                  what or check, timeout, self.shown(),
                                  bytes(self.raw[-300:])))
            pump(self.neighbours, left)

    def wait_screen(self, *patterns, timeout=PATIENCE):
        """Waits until the screen shows all of them at once; returns it. A
        sentence is found where a row's end divides it."""
        def check():
            shown = self.shown()
            joined = re.sub(r"\s+", " ", shown)
            return all(re.search(p, shown, re.S | re.M) or
                       re.search(p, joined) for p in patterns) and shown
        return self.wait_for(check, timeout, patterns)

    def wait_raw(self, pattern, start=0, timeout=PATIENCE):
        """Waits for bytes among those that came after the first start ones."""
        regex = re.compile(pattern, re.S)
        return self.wait_for(lambda: regex.search(self.raw, start), timeout,
                             pattern)

    def wait_quiet(self, seconds, timeout=PATIENCE):
        """Waits until nothing has come for so long; returns the bytes that came
        meanwhile."""
        start, begin = len(self.raw), time.monotonic()

        def check():
            last = max(begin, self.times[-1][0] if self.times else 0)
            return time.monotonic() - last >= seconds
        deadline = time.monotonic() + timeout
        while not check():
            if time.monotonic() > deadline:
                raise Failure("it was never quiet for %g s: %r" % (
                    seconds, bytes(self.raw[-300:])))
            pump(self.neighbours, seconds / 4)
        return bytes(self.raw[start:])

    def watch(self, seconds):
        """Lets time pass; returns the bytes that came."""
        start, deadline = len(self.raw), time.monotonic() + seconds
        while time.monotonic() < deadline:
            pump(self.neighbours, deadline - time.monotonic())
        return bytes(self.raw[start:])

    # --- what is seen --------------------------------------------------------

    def shown(self):
        """The screen as text."""
        return "\n".join(row.rstrip() for row in self.screen.display)

    def row_of(self, pattern):
        """The number of the first row with that text, or None."""
        for number, row in enumerate(self.screen.display):
            if re.search(pattern, row):
                return number
        return None

    def time_of(self, pattern):
        """When the first bytes like that arrived."""
        at = re.search(pattern, self.raw, re.S).start()
        return next(when for when, count in self.times if count > at)

    def by_row(self, data):
        """How many of those bytes, which came from a start on, are for each row
        of the screen; what places the cursor counts where it went."""
        screen = pyte.Screen(self.cols, self.rows)
        stream, spent = pyte.ByteStream(screen), {}
        for match in TOKEN.finditer(data):
            stream.feed(match.group())
            row = screen.cursor.y
            spent[row] = spent.get(row, 0) + len(match.group())
        return spent


def pump(lines, timeout):
    """Moves the bytes of all lines; returns after something moved or came due,
    or after the timeout."""
    poller, waits, there = select.poll(), [max(0.0, timeout)], {}
    for line in lines:
        events, wait = line._wants()
        if wait is not None:
            waits.append(wait)
        if line.fd >= 0 and not line.is_gone and (events or not
                                                  line.is_stuck):
            poller.register(line.fd, events)
            there[line.fd] = line
    ready = dict(poller.poll(1000 * min(waits) + 0.5))
    for line in lines:
        line._turn(ready.get(line.fd, 0) if line.fd in there else 0)


def meet(*lines):
    """From now on, waiting for one of them moves the bytes of all."""
    for line in lines:
        line.neighbours = list(lines)


class Program(Line):
    """A program on a pty of its own, which is its controlling terminal."""

    def __init__(self, command, rows=24, cols=80, term="vt100", env=None,
                 ignores_hangup=False, **line):
        near, far = os.openpty()
        tty.setraw(far)
        termios.tcsetwinsize(near, (rows, cols))
        self.errors = os.memfd_create("errors")


        def prepare():
            os.login_tty(os.dup(far))
            os.dup2(self.errors, 2)
            if ignores_hangup:
                signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self.born = time.monotonic()
        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=far, stdout=far,
            stderr=self.errors, env={**os.environ, **(env or {}),
                                     "TERM": term},
            preexec_fn=prepare)
        os.close(far)
        super().__init__(near, rows, cols, **line)

    def usage(self):
        """Seconds of CPU so far, calls that wrote, and bytes written."""
        with open("/proc/%d/stat" % self.process.pid, encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        with open("/proc/%d/io" % self.process.pid, encoding="ascii") as f:
            io = dict(row.split(": ") for row in f.read().splitlines())
        tick = os.sysconf("SC_CLK_TCK")
        return ((int(fields[11]) + int(fields[12])) / tick,
                int(io["syscw"]), int(io["wchar"]))

    def is_alive(self):
        return self.process.poll() is None

    def wait_end(self, timeout=PATIENCE):
        """Pumps until the program has ended; returns its status."""
        self.wait_for(lambda: not self.is_alive(), timeout, "end")
        return self.process.returncode

    def said(self):
        """What it wrote to the standard error output."""
        return os.pread(self.errors, READ_MAX, 0).decode("utf-8", "replace")

    def close(self):
        if self.is_alive():
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.hang_up()
        os.close(self.errors)
