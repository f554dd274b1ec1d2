"""A switch that makes one link of several ports by LACP (IEEE 802.1AX, 6.4),
as much of it as a partner needs: it answers each LACPDU, forgets nobody, and
carries nothing over a port before both sides say that they use it."""

import contextlib
import dataclasses
import os
import select
import struct
import threading

SLOW_GROUP = bytes.fromhex("0180c2000002")
ETHER_SLOW, SUBTYPE_LACP = 0x8809, 1
SYSTEM = bytes.fromhex("02006b656565")
SHORT, AGGREGATION, SYNC, COLLECTING, DISTRIBUTING = 0x02, 0x04, 8, 0x10, 0x20
ACTIVE = 0x01
IN_USE = SYNC | COLLECTING | DISTRIBUTING
FRAMES = 64  # of one side before the others have their turn

# Type and length, system's priority and address, key, port's priority and
# number, state.
INFORMATION = struct.Struct(">BBH6sHHHB3x")
HEAD = struct.Struct(">6s6sHBB")


@dataclasses.dataclass(frozen=True)
class Side:
    """What one side says of itself, or of the other."""
    priority: int
    system: bytes
    key: int
    port_priority: int
    port: int
    state: int

    def pack(self, kind):
        return INFORMATION.pack(kind, INFORMATION.size,
                                *dataclasses.astuple(self))


def unpack(frame, at, kind):
    """A side that a LACPDU tells of; the frame is the machine's own and has
    to be right."""
    found, size, *fields = INFORMATION.unpack_from(frame, at)
    assert (found, size) == (kind, INFORMATION.size), frame.hex()
    return Side(*fields)


class Port:
    """One of the switch's. heard is all that the machine has said of itself,
    without what it repeats, and of_us what it said of us last."""

    def __init__(self, fd, number, key):
        self.fd, self.number, self.key = fd, number, key
        self.heard, self.of_us = [], None
        self.sent = self.taken = self.dropped = 0

    @property
    def was_bound(self):
        """Whether the machine has used it as a part of a link with us."""
        return any(side.state & IN_USE == IN_USE for side in self.heard)

    def machine_says(self, state):
        return bool(self.heard and self.heard[-1].state & state)

    def us(self):
        """What we say of ourselves: 6.4.15, with one state for both ways."""
        state = ACTIVE | SHORT | AGGREGATION
        if self.machine_says(AGGREGATION):
            state |= SYNC
            if self.machine_says(SYNC):
                state |= COLLECTING | DISTRIBUTING
        return Side(0x8000, SYSTEM, self.key, 0x8000, self.number, state)

    def take_lacpdu(self, frame):
        """The answer to it."""
        machine = unpack(frame, 16, 1)
        if not self.heard or self.heard[-1] != machine:
            self.heard.append(machine)
        self.of_us = unpack(frame, 36, 2)
        return (HEAD.pack(SLOW_GROUP, SYSTEM[:5] + bytes([self.number]),
                          ETHER_SLOW, SUBTYPE_LACP, 1)
                + self.us().pack(1) + machine.pack(2)
                + struct.pack(">BB14x", 3, 16) + bytes(52))


class Switch:
    """Between an uplink and ports of these keys, all of them descriptors that
    read and write frames. Ports of one key are one link. To the machine it
    sends by turns: what comes over a port that the machine does not use is
    missed."""

    def __init__(self, uplink, fds, keys):
        self.uplink = uplink
        self.ports = [Port(fd, number, key) for number, (fd, key)
                      in enumerate(zip(fds, keys, strict=True), 1)]
        self.turn = 0
        self.error = None
        self.wake = os.pipe()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        poll = select.poll()
        takers = {port.fd: lambda frame, port=port: self._up(port, frame)
                  for port in self.ports}
        takers[self.uplink] = self._down
        for fd in (*takers, self.wake[0]):
            poll.register(fd, select.POLLIN)
        while True:
            for fd, event in poll.poll():
                if fd == self.wake[0]:
                    return
                if not event & select.POLLIN:
                    poll.unregister(fd)
                    continue
                try:
                    self._take(fd, takers[fd])
                except Exception as error:  # for the test to see
                    self.error = error
                    return

    @staticmethod
    def _take(fd, taker):
        with contextlib.suppress(BlockingIOError, ConnectionError):
            for _ in range(FRAMES):
                taker(os.read(fd, 65536))

    def _up(self, port, frame):
        if frame[:6] == SLOW_GROUP:
            if HEAD.unpack_from(frame)[2:4] == (ETHER_SLOW, SUBTYPE_LACP):
                put(port.fd, port.take_lacpdu(frame))
        elif port.machine_says(DISTRIBUTING):
            port.taken += 1
            put(self.uplink, frame)
        else:
            port.dropped += 1

    def _down(self, frame):
        ready = [port for port in self.ports if port.machine_says(COLLECTING)]
        if ready:
            self.turn += 1
            port = ready[self.turn % len(ready)]
            port.sent += 1
            put(port.fd, frame)

    def close(self):
        os.write(self.wake[1], b".")
        self.thread.join()
        for fd in self.wake:
            os.close(fd)


def put(fd, frame):
    """Waits for who is slow, but not long."""
    with contextlib.suppress(OSError):
        if select.select([], [fd], [], 0.2)[1]:
            os.write(fd, frame)
