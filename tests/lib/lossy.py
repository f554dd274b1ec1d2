#!/usr/bin/python3
"""A bad way to a good server: forwards TCP connections and UDP datagrams, and
delays, limits, loses and kills as it is told, by a seed: the same seed and the
same traffic have the same troubles. For kernels without netem.

What TCP would make of a lost segment is done to the stream: what follows waits
as long as the segment takes to be sent again. Datagrams are lost for good, and
overtake each other.

    lossy.py [--udp] [--seed N] [--delay S] ... LISTEN TARGET

LISTEN and TARGET are HOST:PORT; port 0 of LISTEN takes a free one. The address
is printed when it listens.
"""

import argparse
import asyncio
import dataclasses
import random
import socket
import struct
import threading

SEGMENT = 1448
CHUNK = 16 * SEGMENT
RESEND = 0.2  # the least that a sender waits for an acknowledgement


@dataclasses.dataclass
class Trouble:
    """Seconds are of one direction; 0 and None are none of it."""
    delay: float = 0      # of every byte
    jitter: float = 0     # up to this is added by chance
    rate: float = 0       # bytes a second, of each connection and direction
    loss: float = 0       # share of the segments or datagrams
    kill: float = 0       # chance that a connection is killed at all, ...
    kill_within: int = 1 << 20  # ... before so many bytes to the client
    kill_after: int = None  # every connection, after exactly so many
    kills: int = None     # how many connections kill_after is for
    stall_after: int = None  # nothing more comes, and nobody says so
    refuse_for: float = 0  # after a kill nobody is let in for so long
    window: int = 1 << 18  # bytes on the way
    seed: int = 0


class Lossy:
    """A forwarder in a thread of its own. enter is called in that thread
    first: it may change its network. address is where it listens."""

    def __init__(self, listen, target, trouble=None, *, udp=False,
                 enter=lambda: None, **more):
        self.target, self.udp, self.enter = target, udp, enter
        self.trouble = trouble or Trouble(**more)
        self.chance = random.Random(self.trouble.seed)
        self.connections = self.killed = self.lost = self.sent = 0
        self.tasks = set()  # else one that stalls would be garbage
        self.closed_until = 0
        self.address = self.error = None
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(listen,),
                                       daemon=True)
        self.thread.start()
        self.ready.wait()
        if self.error:
            raise self.error

    def close(self):
        if self.thread.is_alive():
            self.loop.call_soon_threadsafe(self.stop.set)
            self.thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _run(self, listen):
        try:
            self.enter()
            asyncio.run(self._serve(listen))
        except OSError as error:
            self.error = error
        finally:
            self.ready.set()

    async def _serve(self, listen):
        self.loop = asyncio.get_running_loop()
        self.stop = asyncio.Event()
        family = socket.AF_INET6 if ":" in listen[0] else socket.AF_INET
        kind = socket.SOCK_DGRAM if self.udp else socket.SOCK_STREAM
        with socket.socket(family, kind) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(listen)
            sock.setblocking(False)
            if not self.udp:
                sock.listen(512)
            self.address = sock.getsockname()[:2]
            serve = self._datagrams(sock) if self.udp else self._accept(sock)
            first = asyncio.create_task(serve)
            self.ready.set()
            await self.stop.wait()
            await ended(first, *asyncio.all_tasks() - {
                asyncio.current_task()})

    def _start(self, coroutine):
        task = asyncio.create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def _upstream(self, kind):
        family = socket.AF_INET6 if ":" in self.target[0] else socket.AF_INET
        sock = socket.socket(family, kind)
        sock.setblocking(False)
        return sock

    # --- TCP -----------------------------------------------------------------

    async def _accept(self, listener):
        while True:
            client, _ = await self.loop.sock_accept(listener)
            client.setblocking(False)
            if self.loop.time() < self.closed_until:
                reset(client)
                continue
            number = self.connections
            self.connections += 1
            # Its chances are its own, whoever else is served meanwhile.
            self._start(self._connection(
                client, number, random.Random(self.chance.random())))

    def _kill_at(self, number, chance):
        trouble = self.trouble
        if trouble.kill_after is not None and (
                trouble.kills is None or number < trouble.kills):
            return trouble.kill_after
        if chance.random() < trouble.kill:
            return chance.randrange(trouble.kill_within)
        return None

    async def _connection(self, client, number, chance):
        server = self._upstream(socket.SOCK_STREAM)
        end = Cut(self._kill_at(number, chance), self.trouble.stall_after)
        ways, close = [], reset
        try:
            await self.loop.sock_connect(server, self.target)
            ways = [asyncio.create_task(self._way(
                one, other, random.Random(chance.random()), cut))
                for one, other, cut in ((client, server, Cut(None)),
                                        (server, client, end))]
            await asyncio.gather(*ways)
            close = socket.socket.close
        except (OSError, Cut.Reached):
            if end.is_reached:
                self.killed += 1
                self.closed_until = self.loop.time() + \
                    self.trouble.refuse_for
        finally:
            await ended(*ways)
            close(client)
            close(server)

    async def _way(self, source, sink, chance, cut):
        """One direction: a reader that says when bytes are due, a writer that
        waits for it."""
        queue, room = asyncio.Queue(), Room(self.trouble.window)
        reader = asyncio.create_task(
            self._read(source, queue, room, chance))
        try:
            while True:
                due, data = await queue.get()
                await asyncio.sleep(due - self.loop.time())
                if not data:
                    sink.shutdown(socket.SHUT_WR)
                    return
                await self._write(sink, data, cut)
                room.give(len(data))
        finally:
            await ended(reader)

    async def _read(self, source, queue, room, chance):
        trouble, due, free = self.trouble, 0, 0
        while True:
            await room.wait()
            try:
                data = await self.loop.sock_recv(source, CHUNK)
            except OSError:
                data = b""
            now = self.loop.time()
            free = max(free, now)
            if trouble.rate:
                free += len(data) / trouble.rate
            due = max(due, free + trouble.delay
                      + chance.random() * trouble.jitter)
            due += self._resent(len(data), chance)
            room.take(len(data))
            queue.put_nowait((due, data))
            if not data:
                return

    def _resent(self, size, chance):
        """How long lost segments hold up the rest. The last of some is missed
        by a timer only, the others by those behind."""
        trouble, wait = self.trouble, 0
        if not trouble.loss:
            return 0
        segments = -(-size // SEGMENT)
        for number in range(segments):
            timer = RESEND
            while chance.random() < trouble.loss:
                self.lost += 1
                wait += 2 * trouble.delay + (
                    timer if number == segments - 1 else 0)
                timer *= 2
        return wait

    async def _write(self, sink, data, cut):
        if cut.at is not None:
            data = data[:cut.at - cut.passed]
        if cut.stall is not None and cut.passed + len(data) > cut.stall:
            await self.loop.sock_sendall(sink, data[:cut.stall - cut.passed])
            await asyncio.Event().wait()
        await self.loop.sock_sendall(sink, data)
        self.sent += len(data)
        cut.pass_by(len(data))

    # --- UDP -----------------------------------------------------------------

    async def _datagrams(self, sock):
        servers = {}
        while True:
            data, peer = await self.loop.sock_recvfrom(sock, 65536)
            if peer not in servers:
                server = self._upstream(socket.SOCK_DGRAM)
                server.connect(self.target)
                servers[peer] = server
                self.connections += 1
                self._start(self._answers(server, sock, peer))
            server = servers[peer]
            self._later(data, lambda data, server=server: server.send(data))

    async def _answers(self, server, sock, peer):
        while True:
            try:
                data = await self.loop.sock_recv(server, 65536)
            except ConnectionRefusedError:
                continue
            self._later(data, lambda data: sock.sendto(data, peer))

    def _later(self, data, send):
        trouble = self.trouble
        if self.chance.random() < trouble.loss:
            self.lost += 1
            return
        self.sent += len(data)
        self.loop.call_later(
            trouble.delay + self.chance.random() * trouble.jitter,
            quietly, send, data)


class Room:
    """Bytes that may be on the way."""

    def __init__(self, size):
        self.left, self.event = size, asyncio.Event()

    async def wait(self):
        while self.left <= 0:
            self.event.clear()
            await self.event.wait()

    def take(self, size):
        self.left -= size

    def give(self, size):
        self.left += size
        self.event.set()


class Cut:
    """Where a connection is killed or stalls, and how far it has come."""

    class Reached(Exception):
        pass

    def __init__(self, at, stall=None):
        self.at, self.stall = at, stall
        self.passed, self.is_reached = 0, False

    def pass_by(self, size):
        self.passed += size
        if self.at is not None and self.passed >= self.at:
            self.is_reached = True
            raise self.Reached


async def ended(*tasks):
    """Ends tasks. A socket may be closed only when nobody waits for it."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def reset(sock):
    """Ends a connection as a server that crashes."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))
    sock.close()


def quietly(send, data):
    try:
        send(data)
    except OSError:
        pass  # nobody is there any more


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--udp", action="store_true")
    for field in dataclasses.fields(Trouble):
        parser.add_argument("--" + field.name.replace("_", "-"),
                            type=field.type, default=field.default)
    parser.add_argument("listen")
    parser.add_argument("target")
    options = vars(parser.parse_args())

    def address(text):
        host, _, port = text.rpartition(":")
        return host.strip("[]"), int(port)

    udp = options.pop("udp")
    listen, target = (address(options.pop(name))
                      for name in ("listen", "target"))
    with Lossy(listen, target, Trouble(**options), udp=udp) as forwarder:
        print("%s:%d" % forwarder.address, flush=True)
        try:
            forwarder.thread.join()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
