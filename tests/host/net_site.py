"""What the tests of boots from the network on this host start from: a site,
with servers and a machine, and what is asked of the way it ends."""

import contextlib
import functools
import os
import re
import socket
import threading
import time

import pytest

import net_rig
from conftest import BUILD
from net_rig import sha256
from netlab import IPV4, Authority, NetLab

WEB = f"http://{IPV4}"
KERNEL, OTHER = net_rig.kernel(), net_rig.kernel(b"second")
HELD = "on-failure = menu"  # the soonest end that there is


class Site:
    """A network, a machine in it, and what is signed for it."""

    def __init__(self, work):
        self.lab = NetLab(work / "lab")
        self.put = self.lab.put
        self.signer = net_rig.signer(BUILD, work)
        self.machine = net_rig.Machine(BUILD, work / "machine")
        self.issuer = Authority(
            work, self.signer.private / "servers").intermediate()

    def uki(self, kernel=KERNEL, size=100000, who="good"):
        """A signed one of about so many bytes."""
        return self.signer.image(net_rig.uki(kernel, os.urandom(size)), who)

    def put_signed(self, path, data):
        """A text and its signature."""
        data = data.encode()
        self.put(path, data)
        self.put(path + ".p7s", self.signer.detached(data))

    @functools.cached_property
    def guest(self):
        """Where the machine is, and its cable."""
        return self.lab.guest()

    def begin(self, conf, *entries, files=None, **more):
        """Starts it, with a lease unless conf says how else."""
        net, _ = self.guest
        net.ip("link set eth0 down")
        net.ip("addr flush dev eth0")
        self.machine.image(["timeout = 0", *conf], entries, files)
        return self.machine.begin(net, **more)

    def boot(self, *image, **more):
        return self.machine.finish(self.begin(*image, **more))

    def asked(self):
        return [(r["uri"], r["status"]) for r in self.lab.requests()]


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path)
    with site.lab:
        yield site


@pytest.fixture
def web(site):
    """A site with its usual servers, and a good image."""
    site.put("good.efi", site.uki())
    site.put("other.efi", site.uki(OTHER))
    site.lab.nginx()
    site.lab.dnsmasq()
    return site


def boots(end, kernel=KERNEL):
    assert end.name == "BOOTED", end
    assert end.kernel == sha256(kernel), end
    return end


def held(end, *sentences):
    """It ended as HELD says, for a reason."""
    assert end.name == "HELD", end
    assert "may boot now" not in end.log, end
    for sentence in sentences:
        assert re.search(sentence, end.log), f"{sentence}: {end}"


def within(seconds, condition):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


class Raw:
    """A server of a test's own words: answer(sock, head) for each request."""

    def __init__(self, lab, port, answer):
        with lab.net.inside():
            self.socket = socket.create_server(("", port))
        self.answer, self.heads = answer, []
        threading.Thread(target=self._run, daemon=True).start()
        lab.closers.append(self.close)

    def _run(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._serve, daemon=True,
                                 args=self.socket.accept()[:1]).start()

    def _serve(self, sock):
        with contextlib.suppress(OSError), sock:
            head = b""
            while b"\r\n\r\n" not in head:
                more = sock.recv(65536)
                if not more:
                    return
                head += more
            self.heads.append(head.decode())
            self.answer(sock, head)

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
