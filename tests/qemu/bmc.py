"""A BMC for a virtual machine: what QEMU's ipmi-bmc-extern talks to (docs/specs
of QEMU call it an external BMC; lanserv/README.vm of OpenIPMI has the bytes).
It knows as much of IPMI 2.0 as the kernel's driver asks for, and the boot
options, which a test sets, and in which it sees what the machine has changed.
"""

import select
import shutil
import socket
import tempfile
import threading
import time

MESSAGE_END, COMMAND_END, ESCAPE = 0xa0, 0xa1, 0xaa

# Network functions and commands: IPMI 2.0, appendix G.
GET_DEVICE_ID = (0x06, 0x01)
SET_OPTIONS, GET_OPTIONS = (0x00, 0x08), (0x00, 0x09)
DEVICE_ID = bytes.fromhex("20 01 01 00 02 00 03 00 00 02 00 00 00 00 00")
OK, NO_PARAMETER, NO_COMMAND = b"\x00", b"\x80", b"\xc1"

# The first two bytes of boot flags.
ONCE, FOR_GOOD = 0x80, 0xc0
NETWORK, DISK, SETUP = 1, 2, 6


class Bmc:
    """flags are the five bytes of parameter 5. seen has every request about
    boot options: (name, bytes). Ends with stop()."""

    def __init__(self, when=0, device=0):
        self.flags = bytes([when, device << 2, 0, 0, 0])
        self.seen = []
        self.is_deaf = False  # keeps its flags, whatever it is told
        self.is_dumb = False  # never answers about them
        self.has_options = True
        # The path of a socket has at most 107 bytes.
        self.folder = tempfile.mkdtemp(prefix="keelboot-bmc-", dir="/tmp")
        self.ending = False
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def arguments(self):
        """What QEMU is told. It listens: one that connects by itself does so
        before it has the interface, and falls over it."""
        return ["-chardev", f"socket,id=bmc,path={self.folder}/socket,"
                "server=on,wait=off",
                "-device", "ipmi-bmc-extern,id=bmc0,chardev=bmc",
                "-device", "isa-ipmi-kcs,bmc=bmc0"]

    def sets(self):
        """What was set, in its order."""
        return [data for name, data in self.seen if name == "set"]

    # --- the line ------------------------------------------------------------

    def _run(self):
        while not self.ending:
            with socket.socket(socket.AF_UNIX) as machine:
                try:
                    machine.connect(self.folder + "/socket")
                    self._serve(machine)
                except OSError:
                    time.sleep(0.05)

    def _serve(self, machine):
        frame, is_escaped = bytearray(), False
        while not self.ending:
            if not select.select([machine], [], [], 0.2)[0]:
                continue
            data = machine.recv(4096)
            if not data:
                return
            for byte in data:
                if byte == ESCAPE:
                    is_escaped = True
                elif byte in (MESSAGE_END, COMMAND_END):
                    if byte == MESSAGE_END:
                        self._take(machine, bytes(frame))
                    frame.clear()
                else:
                    frame.append(byte & ~0x10 if is_escaped else byte)
                    is_escaped = False

    def _take(self, machine, frame):
        """sequence, function and LUN, command, data, checksum"""
        assert len(frame) >= 4 and sum(frame) % 256 == 0, frame.hex()
        sequence, function, command = frame[:3]
        data = self._answer((function >> 2, command), frame[3:-1])
        if data is None:
            return
        out = bytes([sequence, function | 0x04, command]) + data
        out += bytes([-sum(out) % 256])
        escaped = bytearray()
        for byte in out:
            if byte in (MESSAGE_END, COMMAND_END, ESCAPE):
                escaped += bytes([ESCAPE, byte | 0x10])
            else:
                escaped.append(byte)
        machine.sendall(escaped + bytes([MESSAGE_END]))

    # --- what it knows -------------------------------------------------------

    def _answer(self, request, data):
        if request == GET_DEVICE_ID:
            return OK + DEVICE_ID
        if request not in (GET_OPTIONS, SET_OPTIONS):
            return NO_COMMAND
        self.seen.append(("get" if request == GET_OPTIONS else "set", data))
        if self.is_dumb:
            return None
        if not self.has_options:
            return NO_COMMAND
        return (self._get if request == GET_OPTIONS else self._set)(data)

    def _get(self, data):
        if data != b"\x05\0\0":
            return NO_PARAMETER
        return OK + b"\x01\x05" + self.flags

    def _set(self, data):
        if data[0] not in (4, 5):
            return NO_PARAMETER
        if data[0] == 5 and not self.is_deaf:
            self.flags = data[1:]
        return OK

    def stop(self):
        self.ending = True
        self.thread.join()
        shutil.rmtree(self.folder)
