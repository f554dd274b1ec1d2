"""A virtual machine under test: its serial console as a screen and as text, a
second serial line with a shell of the test's own, and QEMU's monitor."""

import json
import os
import re
import select
import shutil
import socket
import subprocess
import time

import pyte

# Two machines share two slow cores; nothing here is a measurement.
PATIENCE = 240


class Failure(AssertionError):
    """What a test shows when the guest did not do as expected."""


class Vm:
    def __init__(self, arch, work, kernel=None, initrds=(), append="",
                 disks=(), memory=1024, firmware=None, extra=(), cpu=None,
                 smp=1):
        self.arch, self.work = arch, str(work)
        os.makedirs(self.work, exist_ok=True)
        self.text = ""
        self.mark = 0
        self.screen = pyte.Screen(80, 24)
        self.stream = pyte.ByteStream(self.screen)
        self.shell_sock = None
        self.shell_text = ""
        self.qmp_sock = None
        command = self._machine(memory, cpu, smp) + [
            "-display", "none", "-no-reboot", "-nic", "none",
            "-chardev", "stdio,id=c0,signal=off", "-serial", "chardev:c0",
            "-qmp", "unix:%s/qmp,server=on,wait=off" % self.work,
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
        command += list(extra)
        with open(self.work + "/command", "w") as file:
            file.write(" ".join(command) + "\n")
        self.errors = open(self.work + "/qemu-errors", "w+")
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self.errors, bufsize=0)
        self.log = open(self.work + "/serial", "wb")

    # --- how the machine is made --------------------------------------------

    def _machine(self, memory, cpu, smp):
        if self.arch == "x86_64":
            return ["qemu-system-x86_64", "-machine", "q35", "-accel", "tcg",
                    "-cpu", cpu or "max", "-smp", str(smp), "-m", str(memory)]
        return ["qemu-system-aarch64", "-machine", "virt", "-accel", "tcg",
                "-cpu", cpu or "cortex-a72", "-smp", str(smp),
                "-m", str(memory)]

    def _second_serial(self):
        path = "unix:%s/shell,server=on,wait=off" % self.work
        if self.arch == "x86_64":
            return ["-serial", path]
        return ["-chardev", "socket,id=c1,path=%s/shell,server=on,wait=off"
                % self.work, "-device", "pci-serial,chardev=c1"]

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
            return list(disk)
        return ["-drive", "if=none,id=d%d,format=raw,file=%s,snapshot=on"
                % (number, disk), "-device",
                "virtio-blk-pci,drive=d%d" % number]

    # --- the console -----------------------------------------------------------

    def _read(self, timeout):
        """Takes what the console says; False at its end."""
        ready, _, _ = select.select([self.process.stdout], [], [], timeout)
        if not ready:
            return True
        data = os.read(self.process.stdout.fileno(), 65536)
        self.log.write(data)
        self.log.flush()
        self.stream.feed(data)
        self.text += data.decode("utf-8", "replace")
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

    def expect_screen(self, pattern, timeout=PATIENCE):
        """Waits until the 80x24 screen shows it; returns the screen's text."""
        deadline = time.monotonic() + timeout
        while True:
            shown = self.shown()
            if re.search(pattern, shown, re.S):
                return shown
            left = deadline - time.monotonic()
            if left <= 0 or not self._read(min(left, 1)):
                raise Failure("no %r on the screen within %d s; it shows:\n%s"
                              % (pattern, timeout, shown))

    def never(self, pattern, seconds):
        """Watches for a while; fails if the text appears."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._read(0.2):
            pass
        if re.search(pattern, self.text[self.mark:], re.S):
            raise Failure("%r appeared:\n%s" % (pattern, self.tail()))

    def shown(self):
        return "\n".join(line.rstrip() for line in self.screen.display)

    def tail(self):
        plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", " ", self.text)
        with open(self.work + "/qemu-errors") as errors:
            return plain[-3000:] + errors.read()[-500:]

    def send(self, text):
        self.process.stdin.write(text.encode())

    # --- the test's own shell (tests/qemu/testkit) ------------------------------

    def shell(self, command, timeout=PATIENCE):
        """Runs a command in the guest and returns what it printed."""
        if not self.shell_sock:
            self.shell_sock = socket.socket(socket.AF_UNIX)
            self.shell_sock.connect(self.work + "/shell")
            self.shell_sock.setblocking(False)
            self._shell_line("\n", r"testkit# ", timeout)
        out = self._shell_line(
            "%s; echo \"end-\"of-command\n" % command,
            r"(.*)end-of-command\r?\n", timeout)
        lines = out.group(1).replace("\r", "").split("\n")
        return "\n".join(lines[1:]).strip()

    def _shell_line(self, line, pattern, timeout):
        self.shell_text = ""
        deadline = time.monotonic() + timeout
        again = 0
        while time.monotonic() < deadline:
            if line == "\n" and time.monotonic() > again:
                self.shell_sock.send(b"\n")
                again = time.monotonic() + 2
            elif line != "\n" and not again:
                self.shell_sock.send(line.encode())
                again = deadline
            ready, _, _ = select.select(
                [self.shell_sock, self.process.stdout], [], [], 0.5)
            if self.process.stdout in ready:
                self._read(0)
            if self.shell_sock in ready:
                self.shell_text += self.shell_sock.recv(65536).decode(
                    "utf-8", "replace")
            match = re.search(pattern, self.shell_text, re.S)
            if match:
                return match
        raise Failure("the guest's shell did not answer %r: %r; the console:"
                      "\n%s" % (line, self.shell_text[-500:], self.tail()))

    # --- QEMU's monitor ------------------------------------------------------------

    def qmp(self, command, **arguments):
        if not self.qmp_sock:
            self.qmp_sock = socket.socket(socket.AF_UNIX)
            self.qmp_sock.connect(self.work + "/qmp")
            self.qmp_file = self.qmp_sock.makefile("rw")
            self.qmp_file.readline()
            self.qmp("qmp_capabilities")
        request = {"execute": command}
        if arguments:
            request["arguments"] = {
                k.replace("_", "-"): v for k, v in arguments.items()}
        self.qmp_file.write(json.dumps(request) + "\n")
        self.qmp_file.flush()
        while True:
            answer = json.loads(self.qmp_file.readline())
            if "error" in answer:
                raise Failure(str(answer["error"]))
            if "return" in answer:
                return answer["return"]

    # --- the end ---------------------------------------------------------------------

    def wait_end(self, timeout=PATIENCE):
        """Waits until the guest has powered off or reset."""
        deadline = time.monotonic() + timeout
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                raise Failure("the machine still runs after %d s:\n%s"
                              % (timeout, self.tail()))
            if not self._read(0.5):
                self.process.wait(10)
        return self.process.returncode

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for sock in (self.shell_sock, self.qmp_sock):
            if sock:
                sock.close()
        self.process.stdin.close()
        self.process.stdout.close()
        self.log.close()
        self.errors.close()
