"""A virtual machine under test: its serial console as a screen and as text, a
second serial line with a shell of the test's own, and QEMU's monitor."""

import codecs
import json
import os
import re
import select
import shutil
import socket
import subprocess
import tempfile
import time

import pyte

# Two machines share two slow cores; nothing here is a measurement.
PATIENCE = 90

CONSOLE = {"x86_64": "ttyS0", "aarch64": "ttyAMA0"}

KEYS = {"up": "\033[A", "down": "\033[B", "right": "\033[C", "left": "\033[D",
        "home": "\033[H", "end": "\033[F", "enter": "\r"}


class Failure(AssertionError):
    """What a test shows when the guest did not do as expected."""


class Terminal(pyte.Screen):
    """80x24, and it answers when it is asked where its cursor is."""

    def __init__(self, answer):
        super().__init__(80, 24)
        self.write_process_input = answer


class Vm:
    """arch "x86_64" or "aarch64"; work is a folder of its own. A disk is the
    path of a raw image, which stays as it is, or a list of QEMU arguments.
    firmware is a pair of files: code and variables. fds are descriptors that
    QEMU takes over."""

    def __init__(self, arch, work, *, kernel=None, initrds=(), append="",
                 disks=(), memory=512, firmware=None, extra=(), cpu=None,
                 smp=1, fds=()):
        self.arch, self.work = arch, str(work)
        os.makedirs(self.work, exist_ok=True)
        # The path of a socket has at most 107 bytes.
        self.sockets = tempfile.mkdtemp(prefix="keelboot-", dir="/tmp")
        self.text = ""
        self.mark = 0
        self.has_entered = False
        self.screen = Terminal(self.send)
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.stream = pyte.ByteStream(self.screen)
        self.shell_sock = None
        self.shell_text = ""
        self.qmp_sock = None
        self.events = []
        command = self._machine(memory, cpu, smp) + [
            "-display", "none", "-no-reboot", "-nic", "none",
            "-chardev", "stdio,id=c0,signal=off", "-serial", "chardev:c0",
            "-qmp", "unix:%s,server=on,wait=off" % self._socket("qmp"),
        ]
        command += self._second_serial()
        if kernel:
            command += ["-kernel", str(kernel), "-append", append]
        if initrds:
            command += ["-initrd", self._join(initrds)]
        if firmware:
            command += self._firmware(firmware)
        for number, disk in enumerate(disks):
            command += self._disk(number, disk)
        command += [str(word) for word in extra]
        with open(self.work + "/command", "w", encoding="utf-8") as file:
            file.write(" ".join(command) + "\n")
        self.log = open(self.work + "/serial", "wb")
        self.errors = open(self.work + "/qemu-errors", "w+b")
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self.errors, bufsize=0, pass_fds=fds)

    # --- how the machine is made --------------------------------------------

    def _machine(self, memory, cpu, smp):
        if self.arch == "x86_64":
            return ["qemu-system-x86_64", "-machine", "q35", "-accel", "tcg",
                    "-cpu", cpu or "max", "-smp", str(smp), "-m", str(memory)]
        return ["qemu-system-aarch64", "-machine", "virt", "-accel", "tcg",
                "-cpu", cpu or "cortex-a72", "-smp", str(smp),
                "-m", str(memory)]

    def _socket(self, name):
        return "%s/%s" % (self.sockets, name)

    def connect(self, name):
        """A socket to QEMU: "qmp", or "shell", the second serial line."""
        sock = socket.socket(socket.AF_UNIX)
        while not os.path.exists(self._socket(name)):
            assert self.process.poll() is None, self.tail()
            time.sleep(0.05)
        sock.connect(self._socket(name))
        return sock

    def _second_serial(self):
        chardev = "socket,id=c1,path=%s,server=on,wait=off" % self._socket(
            "shell")
        if self.arch == "x86_64":
            return ["-chardev", chardev, "-serial", "chardev:c1"]
        return ["-chardev", chardev, "-device", "pci-serial,chardev=c1"]

    def _join(self, initrds):
        if len(initrds) == 1:
            return str(initrds[0])
        path = self.work + "/initrd"
        with open(path, "wb") as out:
            for initrd in initrds:
                with open(initrd, "rb") as file:
                    shutil.copyfileobj(file, out)
                out.write(b"\0" * (-out.tell() % 512))
        return path

    def _firmware(self, firmware):
        code, variables = firmware
        own = self.work + "/vars.fd"
        shutil.copyfile(variables, own)
        return ["-drive", "if=pflash,format=raw,readonly=on,file=%s" % code,
                "-drive", "if=pflash,format=raw,file=%s" % own]

    def _disk(self, number, disk):
        if isinstance(disk, (list, tuple)):
            return [str(word) for word in disk]
        return ["-drive", "if=none,id=d%d,format=raw,file=%s,snapshot=on"
                % (number, disk), "-device",
                "virtio-blk-pci,drive=d%d,id=disk%d" % (number, number)]

    # --- the console ---------------------------------------------------------

    def _read(self, timeout):
        """Takes what the console says; False at its end. A little at a time,
        so that a screen which soon scrolls away is seen."""
        if not self._comes(timeout):
            return True
        data = os.read(self.process.stdout.fileno(), 8192)
        self.log.write(data)
        self.log.flush()
        self.text += self.decoder.decode(data)
        self.stream.feed(data)
        return bool(data)

    def expect(self, pattern, timeout=PATIENCE):
        """Waits for text after what was last expected; returns the match."""
        regex = re.compile(pattern, re.S)
        deadline = time.monotonic() + timeout
        while True:
            match = regex.search(self.text, self.mark)
            if match:
                self.mark = match.end()
                return match
            left = deadline - time.monotonic()
            if left <= 0 or not self._read(min(left, 1)):
                raise Failure("no %r within %d s; the console:\n%s"
                              % (pattern, timeout, self.tail()))

    def expect_screen(self, *patterns, timeout=PATIENCE):
        """Waits until the 80x24 screen shows all of them at once; returns the
        screen's text. A sentence is found where a row's end divides it."""
        deadline = time.monotonic() + timeout
        shown, missing = self._look_for(patterns)
        while missing:
            left = deadline - time.monotonic()
            if left <= 0 or not self._read(min(left, 1)):
                raise Failure("no %r on the screen within %d s; it shows:\n%s"
                              "\n--- and the console's end was:\n%s"
                              % (missing[0], timeout, shown, self.tail(800)))
            shown, missing = self._look_for(patterns)
        # The rest of the screen is still to be drawn, maybe.
        while not missing and self._comes(0.1) and self._read(0):
            more, missing = self._look_for(patterns)
            shown = shown if missing else more
        return shown

    def _look_for(self, patterns):
        """The screen's text, and the patterns that are not in it."""
        shown = self.shown()
        joined = re.sub(r"\s+", " ", shown)
        return shown, [pattern for pattern in patterns
                       if not re.search(pattern, shown, re.S | re.M)
                       and not re.search(pattern, joined)]

    def _comes(self, timeout):
        """Whether the console has something to say."""
        return bool(select.select([self.process.stdout], [], [], timeout)[0])

    def watch(self, seconds):
        """Lets the guest go on for a while."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._read(0.2):
            pass

    def never(self, pattern, seconds):
        """Watches for a while; fails if the text appears."""
        self.watch(seconds)
        if re.search(pattern, self.text[self.mark:], re.S):
            raise Failure("%r appeared:\n%s" % (pattern, self.tail()))

    def shown(self):
        """The screen as text."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def tail(self, size=3000):
        plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", " ", self.text)
        self.errors.seek(0)
        errors = self.errors.read().decode("utf-8", "replace")
        return plain[-size:] + errors[-500:]

    def send(self, text):
        """Types text; the names of KEYS are keys."""
        # Who reads before Enter does not press it as the mark moves by itself:
        # a first key like that boots nothing (UI_JUMP_MS in ui/menu.h).
        if text == "enter" and not self.has_entered:
            self.watch(2.0)
            self.has_entered = True
        self.process.stdin.write(KEYS.get(text, text).encode())

    # --- the test's own shell (tests/qemu/testkit) ---------------------------

    def shell(self, command, timeout=PATIENCE):
        """Runs a command in the guest and returns what it printed."""
        if not self.shell_sock:
            self.shell_sock = self.connect("shell")
            self.shell_sock.setblocking(False)
            self._shell_line("\n", r"testkit# ", timeout)
        out = self._shell_line(
            "echo \"begin-\"of-command; %s; echo \"end-\"of-command\n"
            % command, r"begin-of-command(.*)end-of-command\r?\n", timeout)
        return out.group(1).replace("\r", "").strip()

    def _shell_line(self, line, pattern, timeout):
        self.shell_text = ""
        deadline = time.monotonic() + timeout
        again = 0
        while time.monotonic() < deadline:
            if line == "\n" and time.monotonic() > again:
                self._shell_send(line)
                again = time.monotonic() + 2
            elif line != "\n" and not again:
                self._shell_send(line)
                again = deadline
            ready, _, _ = select.select(
                [self.shell_sock, self.process.stdout], [], [], 0.5)
            if self.process.stdout in ready and not self._read(0):
                break
            if self.shell_sock in ready:
                self.shell_text += self.shell_sock.recv(65536).decode(
                    "utf-8", "replace")
            match = re.search(pattern, self.shell_text, re.S)
            if match:
                return match
        raise Failure("the guest's shell did not answer %r: %r; the console:"
                      "\n%s" % (line, self.shell_text[-500:], self.tail()))

    def _shell_send(self, text):
        """A UART's receiver holds 16 bytes, and nobody asks it to wait."""
        data = text.encode()
        for at in range(0, len(data), 16):
            self.shell_sock.send(data[at:at + 16])
            if at + 16 < len(data):
                time.sleep(0.01)

    # --- QEMU's monitor ------------------------------------------------------

    def qmp(self, command, **arguments):
        """One command of QEMU's protocol; "_" in names of arguments is "-"."""
        self.listen()
        request = {"execute": command}
        if arguments:
            request["arguments"] = {
                name.replace("_", "-"): value
                for name, value in arguments.items()}
        self.qmp_file.write(json.dumps(request) + "\n")
        self.qmp_file.flush()
        while True:
            answer = json.loads(self.qmp_file.readline())
            if "error" in answer:
                raise Failure(str(answer["error"]))
            if "return" in answer:
                return answer["return"]
            self.events.append(answer)

    def listen(self):
        """Connects to the monitor; events are kept from here on."""
        if self.qmp_sock:
            return
        self.qmp_sock = self.connect("qmp")
        self.qmp_file = self.qmp_sock.makefile("rw")
        self.qmp_file.readline()
        self.qmp("qmp_capabilities")

    def wait_event(self, name, timeout=PATIENCE):
        """The next event of that name, and its data."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            for number, event in enumerate(self.events):
                if event.get("event") == name:
                    del self.events[:number + 1]
                    return event.get("data")
            self._read(0.1)
            self.qmp("query-status")
        raise Failure("no event %s within %d s" % (name, timeout))

    def end_reason(self, timeout=PATIENCE):
        """Waits for the end, as wait_end(), and says what QEMU calls it:
        guest-reset, guest-shutdown. listen() must have been called."""
        self.wait_end(timeout)
        for line in self.qmp_file:
            self.events.append(json.loads(line))
        reasons = [event["data"]["reason"] for event in self.events
                   if event.get("event") == "SHUTDOWN"]
        return reasons[-1] if reasons else None

    # --- the end -------------------------------------------------------------

    def wait_end(self, timeout=PATIENCE):
        """Waits until the guest has powered off or reset."""
        deadline = time.monotonic() + timeout
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                raise Failure("the machine still runs after %d s:\n%s"
                              % (timeout, self.tail()))
            if not self._read(0.5):
                self.process.wait(10)
        if self.process.returncode:
            raise Failure("QEMU ended with %d:\n%s"
                          % (self.process.returncode, self.tail()))

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        with open(self.work + "/screen", "w", encoding="utf-8") as file:
            file.write(self.shown() + "\n")
        for sock in (self.shell_sock, self.qmp_sock):
            if sock:
                sock.close()
        for file in (self.process.stdin, self.process.stdout, self.log,
                     self.errors):
            file.close()
        shutil.rmtree(self.sockets)
