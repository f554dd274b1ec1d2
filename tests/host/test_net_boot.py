"""Boots from the network with nobody there, from the configuration to the jump
(tests/host/net_boot.c), against nginx, dnsmasq and servers that do what they
should not. What boots is known by its digest, what does not by the line that
says why, and either way it ends as it was told to."""

import contextlib
import functools
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time

import pytest

from conftest import BUILD, ROOT

sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))

import mkzboot  # noqa: E402
import net_rig  # noqa: E402
from net_rig import POWER_OFF, REBOOT, changed, entry, sha256  # noqa: E402
from netlab import IPV4, IPV6, NAME, Authority, NetLab  # noqa: E402

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
    def net(self):
        """Where the machine is."""
        return self.lab.guest()[0]

    def boot(self, conf, *entries, files=None, **more):
        """Starts it, with a lease unless conf says how else."""
        self.net.ip("link set eth0 down")
        self.net.ip("addr flush dev eth0")
        self.machine.image(["timeout = 0", *conf], entries, files)
        return self.machine.boot(self.net, **more)

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
    for sentence in sentences:
        assert re.search(sentence, end.log), f"{sentence}: {end}"


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


# --- what boots --------------------------------------------------------------


def test_http_with_a_lease(web):
    end = boots(web.boot([HELD], entry("Plain", f"uki-url {WEB}/good.efi")))
    assert "signed by Test image signer" in end.log
    assert f"fetched {WEB}/good.efi from {IPV4} port 80" in end.log
    assert web.asked() == [("/good.efi", 200)]


@pytest.mark.parametrize("host", [NAME, IPV4])
def test_https_with_the_pinned_ca(site, host):
    site.put("good.efi", site.uki())
    site.lab.nginx(certificate=site.issuer.issue("server", [NAME, IPV4]))
    site.lab.dnsmasq()
    end = boots(site.boot([HELD], entry(
        "Safe", f"uki-url https://{host}/good.efi")))
    assert "TLS 1.2" in end.log
    assert [(r["uri"], r["status"], r["tls"]) for r in
            site.lab.requests()] == [("/good.efi", 200, "TLSv1.2")]


def test_https_with_another_ca_and_a_client_certificate(site, tmp_path):
    own = Authority(tmp_path, name="Own CA")
    clients = Authority(tmp_path, name="Lab clients")
    cert, key = clients.issue("machine", client=True)
    site.put("good.efi", site.uki())
    site.lab.nginx(certificate=own.issue("server", [IPV4]),
                   client_ca=clients.pem())
    site.lab.dnsmasq()
    boots(site.boot([HELD], entry(
        "Own", f"uki-url https://{IPV4}/good.efi", "ca own.pem",
        "client-cert machine.pem", "client-key machine.key",
        "auth-basic token", "header X-Keelboot-Test: yes"),
        files={"own.pem": own.pem(), "machine.pem": cert.read_bytes(),
               "machine.key": key.read_bytes(), "token": "me:secret\n"}))
    request, = site.lab.requests()
    assert (request["client"], request["extra"], request["auth"]) == (
        "SUCCESS", "yes", "Basic bWU6c2VjcmV0")


def test_kernel_initrd_and_words_by_digests(web):
    """Files that nobody has signed, vouched for by the image."""
    initrd = os.urandom(50000)
    web.put("initrd", initrd)
    web.put("linux", KERNEL)
    end = boots(web.boot([HELD], entry(
        "Loose", f"linux {WEB}/linux", f"sha256 {sha256(KERNEL)}",
        f"initrd {WEB}/initrd", f"sha256 {sha256(initrd)}",
        "options quiet ip=${ip} mac=${mac}")))
    assert int(end.words[1]) > len(KERNEL) + len(initrd)
    assert re.search(r"ip=192\.0\.2\.1\d\d mac=[0-9a-f:]{17}", end.log), end


def test_an_http_client_takes_what_option_67_tells(site):
    site.put("good.efi", site.uki())
    site.lab.nginx()
    site.lab.dnsmasq("dhcp-vendorclass=set:http,HTTPClient",
                     "dhcp-option-force=tag:http,60,HTTPClient",
                     f"dhcp-option-force=tag:http,67,{WEB}/good.efi")
    end = boots(site.boot([HELD, "boot-from-dhcp = yes"]))
    assert f"DHCP tells to boot {WEB}/good.efi" in end.log


def test_a_zboot_by_tftp(site):
    image = net_rig.kernel(b"packed" * 10000)
    (site.lab.tftp / "linux.efi").write_bytes(site.signer.image(
        mkzboot.make_zboot(image, machine="x86_64", fast=True)))
    site.lab.dnsmasq(tftp=True)
    boots(site.boot([HELD], entry(
        "TFTP", f"uki-url tftp://{IPV4}/linux.efi")), image)


def test_a_pxelinux_file_that_dhcp_leads_to(site):
    """Found by its search, with a signature beside it, by TFTP."""
    text = b"DEFAULT other\nLABEL good\nKERNEL good.efi\n" \
           b"LABEL other\nLINUX other.efi\n"
    folder = site.lab.tftp / "pxelinux.cfg"
    folder.mkdir()
    (site.lab.tftp / "other.efi").write_bytes(site.uki(OTHER))
    mac = re.search(r"ether (\S+)", site.net.ip("link show eth0"))[1]
    name = "01-" + mac.replace(":", "-")
    (folder / name).write_bytes(text)
    (folder / f"{name}.p7s").write_bytes(site.signer.detached(text))
    site.lab.dnsmasq("dhcp-boot=pxelinux.0", tftp=True)
    boots(site.boot([HELD, "boot-from-dhcp = yes"]), OTHER)


def test_an_ipxe_script(web):
    web.put_signed("boot.ipxe", "\n".join([
        "#!ipxe", f"set base {WEB}", "isset ${net0/mac} || exit",
        "iseq ${ip} 0.0.0.0 && goto bad ||", "kernel ${base}/good.efi",
        "boot", ":bad", "kernel ${base}/other.efi", "boot", ""]))
    boots(web.boot([HELD], entry("Script", f"uki-url {WEB}/boot.ipxe")))


def test_a_fetched_entry(web):
    web.put_signed("entries/good.conf", "title Fetched\nuki /good.efi\n")
    web.put("entries/good.efi", (web.lab.www / "good.efi").read_bytes())
    boots(web.boot([HELD], entry("Entry",
                                 f"uki-url {WEB}/entries/good.conf")))


def test_a_network_menu_boots_its_default(web):
    for name in ("good", "other"):
        web.put_signed(f"{name}.conf",
                       f"title The {name} one\nuki-url {WEB}/{name}.efi\n")
    web.put_signed("menu", "title A menu\nentry good.conf\n"
                           "entry other.conf\ndefault other*\n")
    end = boots(web.boot([HELD], entry("Menu", f"uki-url {WEB}/menu")), OTHER)
    assert "is signed by Test manifest signer" in end.log


def test_a_mirror_that_dies_is_followed_by_the_next(web):
    image = web.uki(size=3000000)
    web.put("large.efi", image)
    web.lab.lossy(8081, kill_after=len(image) // 2)
    end = boots(web.boot([HELD], entry(
        "Mirrors", f"uki-url {WEB}:8081/large.efi {WEB}/large.efi")))
    assert "resumed 1 time" in end.log
    first, second = web.lab.requests()
    begin = int(re.fullmatch(r"bytes=(\d+)-", second["range"])[1])
    assert begin > len(image) // 2 - (1 << 20)
    assert (second["status"], begin + second["sent"]) == (206, len(image))


def test_parts_of_two_that_do_not_go_together_are_fetched_whole(web):
    """The first mirror has another image of the same length: what comes of
    both is nothing, what comes of the second alone is."""
    image = web.uki(size=3000000)
    web.put("large.efi", image)
    web.put("bad/large.efi", os.urandom(len(image)))
    web.lab.lossy(8081, kill_after=len(image) // 2)
    end = boots(web.boot([HELD], entry(
        "Mirrors", f"uki-url {WEB}:8081/bad/large.efi {WEB}/large.efi")))
    assert [r["status"] for r in web.lab.requests()][-1] == 200, end


def test_names_when_ipv6_is_dead(site):
    """The router says that there is IPv6, and the name has an address of it,
    where nobody is."""
    site.put("good.efi", site.uki())
    site.lab.nginx()
    site.lab.dnsmasq(f"host-record=half.example,{IPV4},2001:db8:6::dead",
                     v6=True)
    began = time.monotonic()
    boots(site.boot(["timeout = 0", HELD], entry(
        "Half", f"uki-url http://half.example/good.efi", "retry 0")))
    assert time.monotonic() - began < 5


def test_static_ipv6_without_any_lease(site):
    site.put("good.efi", site.uki())
    site.lab.nginx()
    boots(site.boot([HELD, "network eth* address=2001:db8:6::50/64"], entry(
        "Six", f"uki-url http://[{IPV6}]/good.efi")))
    assert [r["from"] for r in site.lab.requests()] == ["2001:db8:6::50"]


def test_sources_are_tried_in_the_order_that_is_configured(web):
    """The last of the list is the first of the order, and is not there."""
    end = boots(web.boot(
        ["on-failure = next", "boot-order = 003-net.conf 002-net.conf"],
        entry("Never", f"uki-url {WEB}/never", "retry 0"),
        entry("Other", f"uki-url {WEB}/other.efi"),
        entry("Missing", f"uki-url {WEB}/missing", "retry 0")), OTHER)
    assert web.asked() == [("/missing", 404), ("/other.efi", 200)], end


def test_who_is_not_there_is_told(web):
    syslog, posts = web.lab.syslog(), web.lab.posts()
    boots(web.boot(
        ["on-failure = next", f"syslog = {IPV4}",
         f"status-url = {WEB}:8000/status"],
        entry("Missing", f"uki-url {WEB}/missing", "retry 0"),
        entry("Good", f"uki-url {WEB}/good.efi")))
    stages = [json.loads(body)["stage"] for _, _, body in posts]
    assert [path for path, _, _ in posts] == ["/status"] * len(posts)
    assert stages[:2] == ["boot", "failed"] and stages[-1] == "jump", stages
    assert any("404" in line for line in syslog), syslog
    assert all(re.match(r"<\d+>1 ", line) for line in syslog), syslog


# --- what does not -----------------------------------------------------------


def test_what_nothing_vouches_for(web):
    """Each with its sentence, and nothing it names is asked for."""
    image = web.uki()
    web.put("unsigned", net_rig.uki(KERNEL))
    web.put("tampered", changed(image))
    web.put("stranger", web.uki(who="stranger"))
    web.put("menu", b"title A menu\nentry first.conf\n")
    web.put("entry", f"title One\nlinux {WEB}/first.conf\n".encode())
    web.put("script", f"#!ipxe\nkernel {WEB}/first.conf\nboot\n".encode())
    web.put("page", b"<!DOCTYPE html><html>Log in first</html>")
    for path, sentence in [
            ("unsigned", "it is not signed"),
            ("tampered", r"SHA-256 begins \w{8}, signed was"),
            ("stranger", "the keyring holds neither"),
            ("menu", r"no signature at \S+/menu\.p7s: .*404"),
            ("entry", r"no signature at \S+/entry\.p7s: .*404"),
            ("script", r"no signature at \S+/script\.p7s: .*404"),
            ("page", "an HTML page")]:
        held(web.boot([HELD], entry("Bad", f"uki-url {WEB}/{path}",
                                    "retry 0")), sentence)
    assert "/first.conf" not in [path for path, _ in web.asked()]


def test_a_menu_that_was_changed_after_it_was_signed(web):
    web.put_signed("menu", "title A menu\nentry good.conf\n")
    web.put("menu", b"title A menu\nentry evil.conf\n")
    held(web.boot([HELD], entry("Menu", f"uki-url {WEB}/menu", "retry 0")),
         r"menu\.p7s: the SHA-256 of the signed content begins")
    assert "/evil.conf" not in [path for path, _ in web.asked()]


@pytest.mark.parametrize("name, sentence", [
    ("expired", r"certificate \(expired\): it has expired on"),
    ("other", "it is for other.example, not for boot.example"),
    ("stranger", "issued by A stranger, which is none of the CAs")])
def test_servers_that_do_not_prove_who_they_are(site, tmp_path, name,
                                                sentence):
    issuer = site.issuer if name != "stranger" else Authority(
        tmp_path, name="A stranger").intermediate()
    names = ["other.example"] if name == "other" else [NAME]
    days = (-30, -2) if name == "expired" else (-1, 365)
    site.put("good.efi", site.uki())
    site.lab.nginx(certificate=issuer.issue(name, names, days))
    site.lab.dnsmasq()
    held(site.boot([HELD], entry(
        "Safe", f"uki-url https://{NAME}/good.efi", "retry 0")), sentence)
    assert site.asked() == []


def test_no_way_from_https_to_http(site):
    site.put("good.efi", site.uki())
    site.lab.nginx(certificate=site.issuer.issue("server", [IPV4]),
                   extra=f"location = /away {{ return 302 {WEB}/good.efi; }}")
    site.lab.dnsmasq()
    held(site.boot([HELD], entry(
        "Away", f"uki-url https://{IPV4}/away", "retry 0")), "a redirect from https to http")
    assert site.asked() == [("/away", 302)]


def test_a_redirect_that_never_ends(site):
    site.lab.nginx(extra="location /loop { return 302 /loop; }")
    site.lab.dnsmasq()
    held(site.boot([HELD], entry(
        "Loop", f"uki-url {WEB}/loop", "retry 0")), "more than 5 redirects")
    assert 2 <= len(site.asked()) <= 10


def ok(length, *more):
    return "\r\n".join(["HTTP/1.1 200 OK", f"Content-Length: {length}",
                        *more, "", ""]).encode()


def bad_server(site, answer, sentence, *lines, seconds=20):
    server = Raw(site.lab, 8080, answer)
    site.lab.dnsmasq()
    began = time.monotonic()
    held(site.boot([HELD], entry(
        "Raw", f"uki-url {WEB}:8080/file", "retry 0", *lines)), sentence)
    assert time.monotonic() - began < seconds
    assert server.heads
    return server


def test_a_length_that_is_a_lie(site):
    bad_server(site, lambda sock, _: sock.sendall(ok(5000) + b"x" * 100),
               "the connection ended after 100 of 5000 bytes")


def test_a_server_that_stalls(site):
    bad_server(site, lambda sock, _: (
        sock.sendall(ok(5000000) + b"x" * 200000), time.sleep(60)),
        "3 s are over: .* in the time there was", "timeout 3", seconds=9)


def test_a_server_that_says_nothing(site):
    bad_server(site, lambda *_: time.sleep(60),
               "3 s are over: .* in the time there was", "timeout 3",
               seconds=9)


def test_ten_gigabytes_are_not_asked_for(site):
    taken = []

    def answer(sock, _):
        sock.sendall(ok(10 << 30))
        for _ in range(10 << 10):
            taken.append(sock.send(bytes(1 << 20)))

    bad_server(site, answer, "the file has 10737418240 bytes, the limit is")
    assert sum(taken) < 64 << 20


def test_an_endless_answer_is_cut_at_the_most(site):
    """Nothing says how long it is."""
    def answer(sock, _):
        sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            sock.sendall(b"10000\r\n" + bytes(0x10000) + b"\r\n")

    bad_server(site, answer, "more than 8388608 bytes have come", "max-size 8M")


def test_names_that_nobody_knows(site):
    """There is a server of names that never answers."""
    asked = site.lab.syslog(53)
    held(site.boot(
        [HELD, f"network eth0 address=192.0.2.50/24 dns={IPV4}"],
        entry("Name", f"uki-url http://{NAME}/good.efi", "retry 0",
              "timeout 6")), f"no name server has an answer for {NAME}")
    assert asked


def test_a_link_without_anybody(site):
    held(site.boot([HELD], entry(
        "Lonely", f"uki-url {WEB}/good.efi", "timeout 3"), timeout=30),
        r"no network: eth0: no answer to DHCP for \d s")


def test_a_hostname_is_no_command_line(site):
    site.put("good.efi", site.uki())
    site.lab.nginx()
    site.lab.dnsmasq("dhcp-option-force=12,x init=/bin/sh")
    held(site.boot([HELD], entry(
        "Named", f"linux {WEB}/good.efi", "options quiet host=${hostname}",
        "retry 0")), r"no value for \$\{hostname\}")


# --- ends --------------------------------------------------------------------


@pytest.mark.parametrize("how, name, words", [
    ("reboot", "END", [REBOOT]), ("poweroff", "END", [POWER_OFF]),
    ("menu", "HELD", []), ("hold", "HELD", [])])
def test_it_ends_as_the_entry_says(web, how, name, words):
    posts = web.lab.posts()
    end = web.boot(["on-failure = next", f"status-url = {WEB}:8000/"], entry(
        "Missing", f"uki-url {WEB}/missing", "retry 0", f"on-failure {how}"))
    assert (end.name, end.words) == (name, words), end
    assert "404" in end.log
    told = [json.loads(body)["stage"] for _, _, body in posts]
    assert "failed" in told and ("end" in told) == (name == "END"), told


# --- by chance ---------------------------------------------------------------


def test_bad_ways_end_well():
    """Some of the runs of make bench: what is lost, late, slow and killed by
    a seed. Each boots or ends as it is told to, in its time."""
    command = [sys.executable,
               os.path.join(ROOT, "tests/bench/net_runs.py"), BUILD,
               "12", "1", "12", "12"]
    done = subprocess.run(command, capture_output=True, text=True,
                          timeout=120, check=False, env={
                              **os.environ, "NET_BOOT": os.path.join(
                                  BUILD, "host/host/net_boot")})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "12 runs" in done.stdout and "BOOTED" in done.stdout
