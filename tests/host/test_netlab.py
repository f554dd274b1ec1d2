"""The network that other tests use (tests/lib/netlab.py, lossy.py), with curl
and busybox as its guests."""

import hashlib
import os
import pathlib
import re
import socket
import sys
import time

import pytest

from conftest import ROOT

sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))

from lossy import Lossy  # noqa: E402
from netlab import IPV4, IPV6, NAME, Authority, NetLab  # noqa: E402

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
SIZE = 1 << 20
DATA = os.urandom(SIZE)
DIGEST = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def lab(tmp_path):
    with NetLab(tmp_path / "lab") as lab:
        lab.put("file", DATA)
        yield lab


@pytest.fixture
def pki(tmp_path):
    """Root, and an authority below it that issues."""
    root = Authority(tmp_path)
    (tmp_path / "root.pem").write_bytes(root.pem())
    return root, root.intermediate()


def static(lab, **trouble):
    """A guest with addresses that it was told."""
    net, wire = lab.guest(**trouble)
    net.ip("addr add 192.0.2.50/24 dev eth0")
    net.ip("addr add 2001:db8:6::50/64 dev eth0 nodad")
    return net, wire


def curl(net, url, *options, check=True):
    return net.run("curl", "-sS", "-m", 20, *options, url, check=check,
                   text=False)


def get(net, url, *options):
    return hashlib.sha256(curl(net, url, *options).stdout).hexdigest()


def within(seconds, condition):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def test_http_by_both_families_and_its_log(lab):
    lab.nginx()
    net, _ = static(lab)
    for host in (IPV4, f"[{IPV6}]"):
        assert get(net, f"http://{host}/file", "-g") == DIGEST
    curl(net, f"http://{IPV4}/file", "-r", "1000-")
    assert [(r["range"], r["sent"]) for r in lab.requests()] == [
        ("", SIZE), ("", SIZE), ("bytes=1000-", SIZE - 1000)]


def test_https_with_a_chain_and_client_certificates(lab, pki, tmp_path):
    root, issuer = pki
    clients = Authority(tmp_path, name="Lab clients")
    cert, key = clients.issue("machine", client=True)
    lab.nginx(certificate=issuer.issue("server", [NAME, IPV4, IPV6]),
              client_ca=clients.pem())
    net, _ = static(lab)
    trust = ["--cacert", tmp_path / "root.pem"]
    own = ["--cert", cert, "--key", key]
    assert get(net, f"https://{IPV4}/file", *trust, *own) == DIGEST
    assert curl(net, f"https://{IPV4}/file", *own, check=False).returncode \
        == 60
    refused = curl(net, f"https://{IPV4}/file", *trust)
    assert b"400 No required SSL certificate" in refused.stdout
    assert [(r["status"], r["client"]) for r in lab.requests()] == [
        (200, "SUCCESS"), (400, "NONE")]


def test_addresses_names_and_tftp_of_dnsmasq(lab, tmp_path):
    (lab.tftp / "linux.efi").write_bytes(DATA)
    lab.dnsmasq("dhcp-vendorclass=set:http,HTTPClient",
                "dhcp-option-force=tag:http,60,HTTPClient",
                f"dhcp-option-force=tag:http,67,http://{IPV4}/file",
                v6=True, tftp=True)
    net, _ = lab.guest()
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\nenv | sed 's/^/lease: /'\n")
    script.chmod(0o755)
    told = net.run("busybox", "udhcpc", "-fqn", "-i", "eth0", "-s", script,
                   "-O", "bootfile", "-V", "HTTPClient:Arch:00016",
                   timeout=20).stdout
    address = re.search(r"lease: ip=(192\.0\.2\.1\d\d)\n", told)[1]
    assert f"lease: boot_file=http://{IPV4}/file\n" in told or \
        f"lease: bootfile=http://{IPV4}/file\n" in told
    net.ip(f"addr add {address}/24 dev eth0")
    net.run("busybox", "tftp", "-g", "-b", 1400, "-r", "linux.efi", "-l",
            tmp_path / "got", IPV4)
    assert (tmp_path / "got").read_bytes() == DATA
    found = net.run("busybox", "nslookup", NAME, IPV4, check=False).stdout
    assert IPV4 in found and IPV6 in found
    assert within(10, lambda: "2001:db8:6:" in net.ip(
        "-6 addr show dev eth0")), net.ip("addr")


def test_a_vlan_is_another_network(lab):
    lab.nginx()
    net, wire = static(lab, vlan=7)
    assert get(net, f"http://{IPV4}/file") == DIGEST
    assert wire.untagged == 0
    theirs, other = lab.wire(vlan=7)
    theirs.send(b"\xff" * 12 + b"\x08\x06" + bytes(46))
    assert within(5, lambda: other.untagged == 1)


def test_what_stays_is_nothing(tmp_path):
    before = set(os.listdir("/proc/self/fd"))
    with NetLab(tmp_path / "lab") as lab:
        lab.nginx()
        lab.dnsmasq()
        lab.syslog()
        lab.posts()
        lab.lossy(8081)
        static(lab)
        pids = [int(text) for text in lab.net.run(
            "pgrep", "-f", lab.work).stdout.split()]
        assert len(pids) == 2
    assert not [pid for pid in pids if pathlib.Path(f"/proc/{pid}").exists()]
    assert len(os.listdir("/proc/self/fd")) == len(before)


def test_two_labs_do_not_meet(lab, tmp_path):
    with NetLab(tmp_path / "other") as other:
        other.put("file", b"of the other")
        lab.nginx()
        other.nginx()
        assert get(static(lab)[0], f"http://{IPV4}/file") == DIGEST
        found = curl(static(other)[0], f"http://{IPV4}/file").stdout
        assert found == b"of the other"


def test_status_messages_arrive(lab):
    datagrams, posts = lab.syslog(), lab.posts()
    with lab.net.inside(), \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"<134>1 - - - - - - up", (IPV4, 514))
    curl(lab.net, f"http://{IPV4}:8000/status", "-d", '{"stage":"boot"}')
    assert posts[0][0] == "/status" and posts[0][2] == b'{"stage":"boot"}'
    assert within(5, lambda: datagrams == ["<134>1 - - - - - - up"])


def test_the_time_is_told(lab):
    """Only looked at: nobody's clock is set."""
    asked = lab.ntp(lambda: 1e9)
    with lab.net.inside(), \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        sock.connect((IPV4, 123))
        sock.send(b"\x23" + bytes(39) + b"whenever")
        told = sock.recv(100)
    assert len(asked) == 1 and told[24:32] == b"whenever"
    assert int.from_bytes(told[40:44], "big") - 2208988800 == 10**9


# --- trouble -----------------------------------------------------------------


def test_a_connection_is_killed_and_can_be_resumed(lab, tmp_path):
    lab.nginx()
    bad = lab.lossy(8081, kill_after=300000, kills=1)
    net, _ = static(lab)
    out = tmp_path / "out"
    url = f"http://{IPV4}:8081/file"
    assert curl(net, url, "-o", out, check=False).returncode == 56
    assert 0 < out.stat().st_size <= 300000
    curl(net, url, "-o", out, "-C", "-")
    assert out.read_bytes() == DATA and bad.killed == 1
    assert [bool(r["range"]) for r in lab.requests()] == [False, True]


def test_a_connection_stalls(lab):
    lab.nginx()
    lab.lossy(8081, stall_after=1000)
    done = curl(static(lab)[0], f"http://{IPV4}:8081/file", "-m", 1,
                check=False)
    assert done.returncode == 28 and len(done.stdout) < 1000


def test_delay_rate_and_loss_take_their_time(lab):
    lab.nginx()
    net, _ = static(lab)

    def timed(port, **trouble):
        forwarder = lab.lossy(port, seed=5, **trouble)
        begin = time.monotonic()
        assert get(net, f"http://{IPV4}:{port}/file") == DIGEST
        return time.monotonic() - begin, forwarder

    assert timed(8081, delay=0.2)[0] > 0.4
    assert timed(8082, rate=SIZE)[0] > 0.9
    seconds, forwarder = timed(8083, loss=0.05, delay=0.005)
    assert 10 < forwarder.lost < 90 and seconds > 0.2


def test_the_same_seed_kills_at_the_same_places(lab):
    lab.nginx()
    net, _ = static(lab)
    got = []
    for port in (8081, 8082):
        bad = lab.lossy(port, kill=0.5, kill_within=SIZE, seed=3)
        got.append([curl(net, f"http://{IPV4}:{port}/file", "-o",
                         "/dev/null", check=False).returncode
                    for _ in range(6)])
        assert bad.killed == sum(code != 0 for code in got[-1])
    assert got[0] == got[1] and len(set(got[0])) > 1


def test_datagrams_are_lost():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sink.bind(("127.0.0.1", 0))
        sink.settimeout(1)
        with Lossy(("127.0.0.1", 0), sink.getsockname(), udp=True, loss=0.3,
                   seed=1) as way:
            for number in range(100):
                sock.sendto(b"%d" % number, way.address)
            assert within(5, lambda: way.sent and way.lost
                          and way.connections == 1)
            taken = set()
            with pytest.raises(TimeoutError):
                while True:
                    taken.add(sink.recv(100))
            assert len(taken) == 100 - way.lost and 10 < way.lost < 50


def test_frames_are_lost_on_the_wire(lab):
    lab.nginx()
    net, wire = static(lab, loss=0.02, delay=0.001, jitter=0.004, seed=1)
    assert get(net, f"http://{IPV4}/file") == DIGEST
    assert wire.lost > 3
