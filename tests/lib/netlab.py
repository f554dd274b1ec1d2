"""A network of a test's own: a network namespace with one interface on the
servers' side, nginx, dnsmasq, sinks for status messages and forwarders that
make trouble, and a place where a guest is plugged in. It needs root,
/dev/net/tun, nginx, dnsmasq and ip(8).

The namespace has no name and no process of its own: it is there as long as
something holds it. Servers die with whoever started them, so nothing stays,
however a test ends, and labs do not see each other.
"""

import contextlib
import ctypes
import datetime
import fcntl
import http.server
import ipaddress
import json
import os
import pathlib
import random
import re
import select
import socket
import struct
import subprocess
import threading
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lacp import Switch
from lossy import Lossy
from proxy import Proxy

IPV4, IPV6 = "192.0.2.1", "2001:db8:6::1"
NAME = "boot.example"
SERVER_SIDE = "net0"
NTP_EPOCH = 2208988800  # from 1900 to 1970

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def check(result):
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


class Namespace:
    """A network namespace; what is opened or started inside stays there."""

    def __init__(self):
        made = []

        def make():
            try:
                check(libc.unshare(CLONE_NEWNET))
                made.append(os.open("/proc/thread-self/ns/net", os.O_RDONLY
                                    | os.O_CLOEXEC))
            except OSError as error:
                made.append(error)

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        if isinstance(made[0], OSError):
            raise made[0]
        self.fd = made[0]
        self.ip("link set lo up")
        # Of datagram sockets that are made inside.
        self.run("sysctl", "-q", "-w", "net.unix.max_dgram_qlen=1024")

    def enter(self):
        """For good, and this thread only."""
        check(libc.setns(self.fd, CLONE_NEWNET))

    @contextlib.contextmanager
    def inside(self):
        """This thread, for a while."""
        back = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        self.enter()
        try:
            yield self
        finally:
            check(libc.setns(back, CLONE_NEWNET))
            os.close(back)

    def run(self, *command, **more):
        with self.inside():
            return subprocess.run([str(word) for word in command], **{
                "check": True, "capture_output": True, "text": True, **more})

    def ip(self, words):
        return self.run("ip", *words.split()).stdout

    def start(self, *command, **more):
        """A process that ends with this one."""
        with self.inside():
            return subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *map(str, command)],
                stdin=subprocess.DEVNULL, **more)

    def tap(self, name):
        """A new interface; the descriptor is its other end, frame by frame."""
        with self.inside():
            fd = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC
                         | os.O_NONBLOCK)
            fcntl.ioctl(fd, TUNSETIFF, struct.pack(
                "16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
        self.run("sysctl", "-q", "-w", f"net.ipv6.conf.{name}.accept_dad=0")
        self.ip(f"link set {name} up")
        return fd

    def close(self):
        os.close(self.fd)


class Wire:
    """A cable between two ends that read and write frames (taps, datagram
    sockets): it may be part of a VLAN, which the second end sees tagged and
    the first does not, and it may lose, delay and disorder frames, by a
    seed."""

    def __init__(self, first, second, *, vlan=None, loss=0, delay=0,
                 jitter=0, seed=0):
        self.ends, self.vlan = (first, second), vlan
        self.loss, self.delay, self.jitter = loss, delay, jitter
        self.chance = random.Random(seed)
        self.frames = self.lost = self.untagged = 0
        self.cut = False
        self.late = []
        self.wake = os.pipe()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        poll = select.poll()
        for fd in (*self.ends, self.wake[0]):
            poll.register(fd, select.POLLIN)
        while True:
            wait = None
            if self.late:
                wait = max(0, 1000 * (self.late[0][0] - time.monotonic()))
            for fd, event in poll.poll(wait):
                if fd == self.wake[0]:
                    return
                if event & select.POLLIN:
                    self._take(fd)
                else:
                    poll.unregister(fd)
            while self.late and self.late[0][0] <= time.monotonic():
                _, _, fd, frame = self.late.pop(0)
                self._put(fd, frame)

    def _take(self, fd):
        to_second = fd == self.ends[0]
        for _ in range(64):
            try:
                frame = os.read(fd, 65536)
            except (BlockingIOError, ConnectionError):
                return
            if self.vlan is not None:
                frame = self._tag(frame) if to_second else \
                    self._untag(frame)
            if frame is None or self.cut:
                continue
            self.frames += 1
            if self.chance.random() < self.loss:
                self.lost += 1
                continue
            target = self.ends[to_second]
            if not self.delay and not self.jitter:
                self._put(target, frame)
                continue
            self.late.append((
                time.monotonic() + self.delay
                + self.chance.random() * self.jitter, self.frames, target,
                frame))
            self.late.sort()

    def _tag(self, frame):
        return frame[:12] + struct.pack(">HH", 0x8100, self.vlan) + frame[12:]

    def _untag(self, frame):
        kind, tag = struct.unpack_from(">HH", frame, 12)
        if kind != 0x8100 or tag & 0xFFF != self.vlan:
            self.untagged += 1
            return None
        return frame[:12] + frame[16:]

    @staticmethod
    def _put(fd, frame):
        try:
            os.write(fd, frame)
        except BlockingIOError:  # who reads it is slow: wait, but not long
            if select.select([], [fd], [], 0.2)[1]:
                with contextlib.suppress(OSError):
                    os.write(fd, frame)
        except OSError:
            pass  # not plugged in

    def close(self):
        os.write(self.wake[1], b".")
        self.thread.join()
        for fd in self.wake:
            os.close(fd)


# --- certificates ------------------------------------------------------------


def write_key(path, key):
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()))


class Authority:
    """Issues certificates: by a CA whose PATH.key and PATH.pem are there, or
    by one of its own that is made now. chain is what servers send behind
    their own."""

    def __init__(self, folder, path=None, name="Lab CA"):
        self.folder, self.number = pathlib.Path(folder), 0
        self.chain, self.certificate = b"", None
        if not path:
            self.key = ec.generate_private_key(ec.SECP256R1())
            self.certificate = self._make(name, self.key.public_key(), ca=True)
            return
        with open(f"{path}.key", "rb") as file:
            self.key = serialization.load_pem_private_key(file.read(), None)
        with open(f"{path}.pem", "rb") as file:
            self.certificate = x509.load_pem_x509_certificate(file.read())

    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def intermediate(self, name="Lab intermediate"):
        """Another authority below this one."""
        below = Authority.__new__(Authority)
        below.folder, below.number = self.folder, 0
        below.key = ec.generate_private_key(ec.SECP256R1())
        below.certificate = self._make(name, below.key.public_key(), ca=True)
        below.chain = below.pem() + self.chain
        return below

    def issue(self, common, names=(), days=(-1, 365), client=False):
        """(certificate with its chain, key): two files."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._make(common, key.public_key(), names, days, client)
        self.number += 1
        stem = "%s-%d" % (re.sub(r"\W", "-", common), self.number)
        cert = self.folder / f"{stem}.pem"
        cert.write_bytes(made.public_bytes(serialization.Encoding.PEM)
                         + self.chain)
        write_key(self.folder / f"{stem}.key", key)
        return cert, self.folder / f"{stem}.key"

    def _make(self, common, public, names=(), days=(-1, 3650), client=False,
              ca=False):
        subject = x509.Name([
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "keelboot tests"),
            x509.NameAttribute(NameOID.COMMON_NAME, common)])
        now = datetime.datetime.utcnow()
        builder = (
            x509.CertificateBuilder().subject_name(subject)
            .issuer_name(self.certificate.subject if self.certificate
                         else subject)
            .public_key(public).serial_number(x509.random_serial_number())
            .not_valid_before(now + datetime.timedelta(days[0]))
            .not_valid_after(now + datetime.timedelta(days[1]))
            .add_extension(x509.BasicConstraints(ca, None), True)
            .add_extension(x509.KeyUsage(
                digital_signature=not ca, key_cert_sign=ca, crl_sign=ca,
                content_commitment=False, key_encipherment=False,
                data_encipherment=False, key_agreement=False,
                encipher_only=False, decipher_only=False), True))
        if not ca:
            builder = builder.add_extension(x509.ExtendedKeyUsage(
                [ExtendedKeyUsageOID.CLIENT_AUTH if client
                 else ExtendedKeyUsageOID.SERVER_AUTH]), False)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(
                [general_name(name) for name in names]), False)
        return builder.sign(self.key, hashes.SHA256())


def general_name(text):
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


# --- the lab -----------------------------------------------------------------


class NetLab:
    """Servers at IPV4 and IPV6, in a folder of the test's own. Files in
    www are served, and by TFTP those in tftp."""

    def __init__(self, work):
        self.work = pathlib.Path(work)
        self.www, self.tftp = self.work / "www", self.work / "tftp"
        for folder in (self.www, self.tftp):
            folder.mkdir(parents=True)
        self.net = Namespace()
        self.closers = [self.net.close]
        try:
            self.tap = self.net.tap(SERVER_SIDE)
            self.closers.append(lambda: os.close(self.tap))
            self.net.ip(f"addr add {IPV4}/24 dev {SERVER_SIDE}")
            self.net.ip(f"addr add {IPV6}/64 dev {SERVER_SIDE} nodad")
        except BaseException:
            self.close()
            raise

    def close(self):
        while self.closers:
            self.closers.pop()()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def put(self, path, data):
        """A file of www; its bytes, or a file that is linked to."""
        target = self.www / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(data, bytes):
            target.write_bytes(data)
        else:
            os.link(data, target)
        return target

    # --- guests --------------------------------------------------------------

    def _ends(self):
        """Two datagram sockets that are one cable; frames go in and out."""
        with self.net.inside():
            ours, theirs = socket.socketpair(socket.AF_UNIX,
                                             socket.SOCK_DGRAM)
        for sock in (ours, theirs):
            for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                sock.setsockopt(socket.SOL_SOCKET, option, 1 << 20)
        ours.setblocking(False)
        self.closers += [ours.close, theirs.close]
        return ours, theirs

    def wire(self, **trouble):
        """Plugs a cable in; the other end of it as a datagram socket, and the
        cable. One at a time."""
        ours, theirs = self._ends()
        wire = Wire(self.tap, ours.fileno(), **trouble)
        self.closers.append(wire.close)
        return theirs, wire

    def card(self, mac="52:54:00:12:34:56", second=None, **trouble):
        """QEMU's arguments for a card with a cable, the descriptors that it
        takes over, and the cable. second is another card's address, on the
        same cable. To QEMU's monitor they are card and card2."""
        theirs, wire = self.wire(**trouble)
        fd = theirs.fileno()
        words = ["-netdev", f"dgram,id=lab,local.type=fd,local.str={fd}",
                 "-netdev", "hubport,hubid=0,id=port0,netdev=lab"]
        for number, one in enumerate([mac, second] if second else [mac], 1):
            name = "card" if number == 1 else f"card{number}"
            words += ["-netdev", f"hubport,hubid=0,id=port{number}", "-device",
                      f"virtio-net-pci,netdev=port{number},mac={one},"
                      f"id={name}"]
        return words, [fd], wire

    def ports(self, keys):
        """The same for a card at each port of a switch, which answers LACP
        with the port's key: QEMU's arguments, descriptors, and the switch."""
        ends, words = [self._ends() for _ in keys], []
        fds = [theirs.fileno() for _, theirs in ends]
        for number, fd in enumerate(fds, 1):
            # Without a speed Linux does not speak LACP.
            words += ["-netdev", f"dgram,id=port{number},local.type=fd,"
                      f"local.str={fd}", "-device",
                      f"virtio-net-pci,netdev=port{number},id=card{number},"
                      f"mac=52:54:00:12:34:{0x55 + number:x},speed=10000,"
                      "duplex=full"]
        switch = Switch(self.tap, [ours.fileno() for ours, _ in ends], keys)
        self.closers.append(switch.close)
        return words, fds, switch

    def guest(self, **trouble):
        """Another namespace with an interface eth0 at the end of a cable;
        what a VLAN is for the host that has none."""
        theirs, wire = self.wire(**trouble)
        net = Namespace()
        tap = net.tap("eth0")
        theirs.setblocking(False)
        end = Wire(tap, theirs.fileno(), vlan=trouble.get("vlan"))
        self.closers += [net.close, lambda: os.close(tap), end.close]
        return net, wire

    # --- servers -------------------------------------------------------------

    def serve(self, name, command, is_up):
        """Starts one and waits until it is up."""
        log = open(self.work / f"{name}.out", "wb")
        process = self.net.start(*command, stdout=log, stderr=log)
        log.close()

        def stop():
            process.kill()
            process.wait()

        self.closers.append(stop)
        deadline = time.monotonic() + 20
        while not is_up():
            assert process.poll() is None and time.monotonic() < deadline, \
                f"{name}: " + (self.work / f"{name}.out").read_text()
            time.sleep(0.02)
        return stop

    def is_listening(self, port, host=IPV4):
        with self.net.inside(), contextlib.suppress(OSError), \
                socket.create_connection((host, port), 1):
            return True
        return False

    def nginx(self, *more, certificate=None, client_ca=None, rate=None,
              host=None, extra=""):
        """Serves www on port 80 and, with a (certificate, key), on port 443;
        at all addresses, or at that of an IPv4 host.
        client_ca (PEM): clients have to have a certificate of it there. rate
        is in bytes a second. more are lists of lines of further servers."""
        at = [f"{host}:"] if host else ["", "[::]:"]
        servers = [[f"listen {one}80;" for one in at], *more]
        if certificate:
            secure = [*(f"listen {one}443 ssl;" for one in at),
                      f"ssl_certificate {certificate[0]};",
                      f"ssl_certificate_key {certificate[1]};"]
            if client_ca:
                path = self.work / "client-ca.pem"
                path.write_bytes(client_ca)
                secure += [f"ssl_client_certificate {path};",
                           "ssl_verify_client on;"]
            servers.append(secure)
        limit = [f"limit_rate {rate};"] if rate else []
        text = "\n".join(
            "server {\n" + "\n".join(
                [*lines, *limit, f"root {self.www};", extra]) + "\n}"
            for lines in servers)
        w = self.work
        (w / "nginx.conf").write_text(f"""
daemon off; master_process off; pid {w}/nginx.pid;
error_log {w}/nginx.error info; worker_rlimit_nofile 4096;
events {{ worker_connections 2048; }}
http {{
log_format lab escape=json '{{"port":"$server_port","tls":"$ssl_protocol",'
  '"cipher":"$ssl_cipher","host":"$http_host","uri":"$request_uri",'
  '"method":"$request_method","status":$status,"sent":$body_bytes_sent,'
  '"range":"$http_range","from":"$remote_addr","client":"$ssl_client_verify",'
  '"agent":"$http_user_agent","auth":"$http_authorization",'
  '"extra":"$http_x_keelboot_test"}}';
access_log {w}/nginx.log lab;
client_body_temp_path {w}/t1; proxy_temp_path {w}/t2;
fastcgi_temp_path {w}/t3; uwsgi_temp_path {w}/t4; scgi_temp_path {w}/t5;
types {{ }} default_type application/octet-stream; sendfile on;
{text}
}}
""")
        stop = self.serve("nginx", ["nginx", "-c", w / "nginx.conf"],
                            lambda: self.is_listening(80, host or IPV4))
        return stop

    def requests(self):
        """What nginx was asked for, whether it was all sent or not."""
        path = self.work / "nginx.log"
        text = path.read_text() if path.exists() else ""
        return [json.loads(line) for line in text.splitlines()]

    def dnsmasq(self, *lines, v4=True, v6=False, tftp=False, names=(NAME,)):
        """DHCP, router advertisements and TFTP as asked for, and names. v6
        may be "managed": there is no prefix to make an address of then."""
        conf = [
            "keep-in-foreground", f"interface={SERVER_SIDE}", "user=root",
            "group=root", "bind-interfaces", "no-resolv", "no-hosts",
            "no-ping", "pid-file", f"log-facility={self.work}/dnsmasq.log",
            "log-dhcp", f"dhcp-leasefile={self.work}/leases",
            *(f"host-record={name},{IPV4},{IPV6}" for name in names)]
        if v4:
            conf.append("dhcp-range=192.0.2.100,192.0.2.199,255.255.255.0,10m")
        if v6:
            mode = "" if v6 == "managed" else "slaac,"
            conf += ["enable-ra", f"ra-param={SERVER_SIDE},5,600",
                     f"dhcp-range=2001:db8:6::100,2001:db8:6::1ff,{mode}64,10m"]
        if tftp:
            conf += ["enable-tftp", f"tftp-root={self.tftp}"]
        path = self.work / "dnsmasq.conf"
        path.write_text("\n".join([*conf, *lines]) + "\n")
        log = self.work / "dnsmasq.log"
        return self.serve(
            "dnsmasq", ["dnsmasq", "--conf-file=%s" % path],
            lambda: log.exists() and "started" in log.read_text())

    def lossy(self, port, target=(IPV4, 80), udp=False, **trouble):
        """A forwarder on a port of the server's."""
        forwarder = Lossy(("::", port), target, udp=udp,
                          enter=self.net.enter, **trouble)
        self.closers.append(forwarder.close)
        return forwarder

    def proxy(self, names, port=3128):
        """A proxy at IPV4 to names: host -> address."""
        proxy = Proxy((IPV4, port), names, self.net.inside)
        self.closers.append(proxy.close)
        return proxy

    def syslog(self, port=514):
        """A list that fills with datagrams."""
        return self._datagrams(port)

    def ntp(self, clock=time.time):
        """Tells the time that clock() gives; a list of what was asked."""
        def answer(sock, data, peer):
            now = struct.pack(">Q", int((clock() + NTP_EPOCH) * (1 << 32)))
            # version 4, mode 4 (a server), stratum 1
            sock.sendto(struct.pack(">BBBb8x4s", 0x24, 1, 4, -20, b"LAB")
                        + now + data[40:48] + now + now, peer)

        return self._datagrams(123, answer)

    def _datagrams(self, port, answer=lambda *_: None):
        with self.net.inside():
            sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            sock.bind(("::", port))
        sock.settimeout(0.1)
        taken, over = [], threading.Event()

        def take():
            while not over.is_set():
                with contextlib.suppress(TimeoutError):
                    data, peer = sock.recvfrom(65536)
                    taken.append(data.decode("utf-8", "replace"))
                    answer(sock, data, peer)

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        self.closers += [sock.close, thread.join, over.set]
        return taken

    def posts(self, port=8000):
        """A list that fills with (path, headers, body) of POST requests."""
        taken = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                size = int(self.headers.get("Content-Length", 0))
                taken.append((self.path, dict(self.headers),
                              self.rfile.read(size)))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            address_family = socket.AF_INET6
            daemon_threads = True

        with self.net.inside():
            server = Server(("::", port), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,),
                                  daemon=True)
        thread.start()
        self.closers += [server.server_close, server.shutdown]
        return taken
