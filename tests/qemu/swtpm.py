"""A TPM for a virtual machine, and what its registers should hold."""

import hashlib
import os
import pathlib
import select
import shutil
import socket
import subprocess
import tempfile
import threading
import time

from vm import Failure

DEVICE = {"x86_64": "tpm-crb", "aarch64": "tpm-tis-device"}

BANKS = ("sha1", "sha256", "sha384", "sha512")


class Swtpm:
    """A TPM 2.0, or 1.2; it ends with stop()."""

    def __init__(self, version=2):
        # The path of a socket has at most 107 bytes.
        self.folder = tempfile.mkdtemp(prefix="keelboot-tpm-", dir="/tmp")
        self.socket = self.folder + "/socket"
        command = ["swtpm", "socket", "--tpmstate", "dir=" + self.folder,
                   "--ctrl", "type=unixio,path=" + self.socket]
        if version == 2:
            command.append("--tpm2")
        self.process = subprocess.Popen(command)
        deadline = time.monotonic() + 30
        while not os.path.exists(self.socket):
            if self.process.poll() is not None or \
                    time.monotonic() > deadline:
                raise Failure("swtpm does not start: " + " ".join(command))
            time.sleep(0.05)

    def arguments(self, device):
        """What QEMU is told."""
        return ["-chardev", "socket,id=tpm,path=" + self.socket,
                "-tpmdev", "emulator,id=tpm0,chardev=tpm",
                "-device", device + ",tpmdev=tpm0"]

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.kill()
        shutil.rmtree(self.folder)


class Relay:
    """Stands between QEMU and a TPM: what QEMU asks the emulator goes through,
    so that the machine itself runs on; answers of the TPM go through answer(),
    which may change them, or keep them back by giving None."""

    def __init__(self, tpm):
        self.tpm = tpm
        self.socket = tpm.folder + "/relay"
        self.answer = lambda data: data
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.socket)
        self.listener.listen(1)
        self.ending = False
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def arguments(self, device):
        return [word.replace(self.tpm.socket, self.socket)
                for word in self.tpm.arguments(device)]

    def _run(self):
        ready = []
        while not ready and not self.ending:
            ready = select.select([self.listener], [], [], 0.2)[0]
        if self.ending:
            return
        self.qemu = self.listener.accept()[0]
        self.control = socket.socket(socket.AF_UNIX)
        self.control.connect(self.tpm.socket)
        self.asks = self.answers = None
        while not self.ending and self._pass_on():
            pass
        for sock in (self.qemu, self.control, self.asks, self.answers):
            if sock:
                sock.close()

    def _pass_on(self):
        """One round; false when one of the two is gone."""
        watched = [self.qemu, self.control]
        if self.asks:
            watched += [self.asks, self.answers]
        for sock in select.select(watched, [], [], 0.2)[0]:
            try:
                if not self._pass_from(sock):
                    return False
            except OSError:
                return False
        return True

    def _pass_from(self, sock):
        if sock is self.qemu:
            data, fds, _, _ = socket.recv_fds(sock, 4096, 1)
            if fds:
                self._take_data_channel(data, fds[0])
            elif data:
                self.control.sendall(data)
            return data
        data = sock.recv(4096)
        if sock is self.control:
            self.qemu.sendall(data)
        elif sock is self.asks:
            self.answers.sendall(data)
        else:
            changed = self.answer(data)
            if changed is not None:
                self.asks.sendall(changed)
        return data

    def _take_data_channel(self, data, fd):
        """QEMU gives the TPM a socket for commands; it gets one of ours."""
        self.asks = socket.socket(fileno=fd)
        self.answers, theirs = socket.socketpair()
        socket.send_fds(self.control, [data], [theirs.fileno()])
        theirs.close()

    def stop(self):
        self.ending = True
        self.thread.join()
        self.listener.close()
        self.tpm.stop()


def read_pcrs(vm, pcrs):
    """{(bank, number): bytes} of every bank that the kernel shows."""
    out = vm.shell("cd /sys/class/tpm/tpm0 && for f in %s; do "
                   "echo $f $(cat $f); done; cd /" % " ".join(
                       f"pcr-*/{pcr}" for pcr in pcrs))
    values = {}
    for line in out.splitlines():
        path, value = line.split()
        bank, number = pathlib.PurePath(path).parts
        values[bank[len("pcr-"):], int(number)] = bytes.fromhex(value)
    return values


def extended(bank, value, event):
    """The register after one more event."""
    digest = hashlib.new(bank, event).digest()
    return hashlib.new(bank, value + digest).digest()
