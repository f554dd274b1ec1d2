"""What shall not boot from the network, and where that ends: images and texts
that nothing vouches for, servers that do not prove who they are, that lie,
stall and send without an end. Each by the line that says why."""

import json
import os
import re
import sys
import time

import pytest

from conftest import ROOT

sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))

import net_rig  # noqa: E402
from net_rig import POWER_OFF, REBOOT, changed, entry  # noqa: E402
from net_site import (HELD, KERNEL, WEB, Raw, boots, held,  # noqa: E402,F401
                      site, web)
from netlab import IPV4, NAME, Authority  # noqa: E402


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
        "Away", f"uki-url https://{IPV4}/away", "retry 0")),
        "a redirect from https to http")
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
        "it has not come in the time there was for it", "timeout 3", seconds=9)


def test_a_server_that_drips(web):
    """It never stalls, and still the next mirror has its turn after half a
    minute, and goes on where this one was: the timeout is much later."""
    image, began = (web.lab.www / "good.efi").read_bytes(), time.monotonic()

    def answer(sock, _):
        sock.sendall(ok(len(image)) + image[:10000])
        for byte in image[10000:]:
            time.sleep(1)
            sock.sendall(bytes([byte]))

    Raw(web.lab, 8080, answer)
    end = boots(web.boot([HELD], entry(
        "Drip", f"uki-url {WEB}:8080/file {WEB}/good.efi", "retry 0",
        "timeout 600"), timeout=300))
    assert time.monotonic() - began >= 30
    assert re.search(r"try 1 at \S+8080/file: .* bytes have come in \d+ ms, "
                     r"the least is 15360 in 30000 ms", end.log), end
    assert "resumed 1 time" in end.log
    (request,) = web.lab.requests()
    begin = int(re.fullmatch(r"bytes=(\d+)-", request["range"])[1])
    assert begin > 10000


def test_a_server_that_says_nothing(site):
    bad_server(site, lambda *_: time.sleep(60),
               "it has not come in the time there was for it", "timeout 3",
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

    bad_server(site, answer, "more than 8388608 bytes have come",
               "max-size 8M")


def test_a_lie_about_the_size_is_no_end(web):
    """Within max-size, but more than the memory has room for: the next mirror
    has its turn."""
    with open("/proc/meminfo", encoding="ascii") as f:
        size = int(re.search(r"MemTotal: +(\d+) kB", f.read())[1]) << 10

    server = Raw(web.lab, 8080, lambda sock, _: (
        sock.sendall(ok(size) + b"MZ"), time.sleep(60)))
    end = boots(web.boot([HELD], entry(
        "Large", f"uki-url {WEB}:8080/file {WEB}/good.efi", "retry 0",
        f"max-size {size}")))
    assert re.search(r":8080/file has \d+ MiB and booting takes 3 times that, "
                     r".*; the next mirror is asked", end.log), end
    assert server.heads and web.asked() == [("/good.efi", 200)]


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
