"""Boots from the network with nobody there, from the configuration to the jump
(tests/host/net_boot.c), against nginx and dnsmasq. What boots is known by its
digest."""

import functools
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import pytest

from conftest import BUILD, ROOT

sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))

import mkzboot  # noqa: E402
import net_rig  # noqa: E402
from net_rig import entry, sha256  # noqa: E402
from net_site import (HELD, KERNEL, OTHER, WEB, boots, site,  # noqa: E402,F401
                      web, within)
from netlab import IPV4, IPV6, NAME, Authority  # noqa: E402


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
    """By a name that has IPv6, too, which this machine has not."""
    image = net_rig.kernel(b"packed" * 10000)
    (site.lab.tftp / "linux.efi").write_bytes(site.signer.image(
        mkzboot.make_zboot(image, machine="x86_64", fast=True)))
    site.lab.dnsmasq(tftp=True)
    end = boots(site.boot([HELD], entry(
        "TFTP", f"uki-url tftp://{NAME}/linux.efi")), image)
    assert f"fetched tftp://{NAME}/linux.efi from {IPV4} port 69" in end.log


def test_a_url_of_the_configuration(web):
    """No file of an entry, and mirrors with a template all the same."""
    end = boots(web.boot([HELD, f"uki-url = {WEB}/${{serial}}/nowhere "
                                f"{WEB}/${{arch}}.efi {WEB}/other.efi"]),
                OTHER)
    assert re.search(r"network: found /uki-url \(http", end.log), end


def test_a_pxelinux_file_that_dhcp_leads_to(site):
    """Found by its search, with a signature beside it, by TFTP."""
    text = b"DEFAULT other\nLABEL good\nKERNEL good.efi\n" \
           b"LABEL other\nLINUX other.efi\n"
    folder = site.lab.tftp / "pxelinux.cfg"
    folder.mkdir()
    (site.lab.tftp / "other.efi").write_bytes(site.uki(OTHER))
    mac = re.search(r"ether (\S+)", site.guest[0].ip("link show eth0"))[1]
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


@pytest.mark.parametrize("verify", ["enforce", "warn"])
def test_parts_of_two_that_do_not_go_together_are_fetched_whole(web, verify):
    """The first mirror has another image of the same length: what comes of
    both is nothing, what comes of the second alone is. Its head is good, so
    that only who verifies it can tell."""
    image = web.uki(size=3000000)
    web.put("large.efi", image)
    web.put("bad/large.efi", image[:100000] + os.urandom(len(image) - 100000))
    web.lab.lossy(8081, kill_after=len(image) // 2)
    end = boots(web.boot([HELD, f"verify = {verify}"], entry(
        "Mirrors", f"uki-url {WEB}:8081/bad/large.efi {WEB}/large.efi")))
    assert "it came from two mirrors and is fetched whole once" in end.log
    assert ", verified by its signature" in end.log
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
        "Half", "uki-url http://half.example/good.efi", "retry 0")))
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


# --- what comes late, goes, and comes back -----------------------------------


def test_a_link_that_goes_while_a_file_comes(web):
    image = web.uki(size=600000)
    web.put("slow.efi", image)
    slow = web.lab.lossy(8081, rate=300000)
    process = web.begin([HELD], entry("Slow", f"uki-url {WEB}:8081/slow.efi"))
    assert within(10, lambda: slow.sent > 100000)
    _, wire = web.guest
    wire.cut = True
    time.sleep(1)
    wire.cut = False
    boots(web.machine.finish(process))


def test_dhcp_that_answers_late(site):
    """As behind a switch that has just seen a link."""
    site.put("good.efi", site.uki())
    site.lab.nginx()
    process = site.begin([HELD], entry("Late", f"uki-url {WEB}/good.efi"))
    time.sleep(2.5)
    site.lab.dnsmasq()
    boots(site.machine.finish(process))


def test_another_interface_where_nobody_answers(web):
    net, _ = web.guest
    web.lab.closers.append(functools.partial(os.close, net.tap("eth1")))
    boots(web.boot([HELD], entry("Two", f"uki-url {WEB}/good.efi")))


@pytest.mark.parametrize("name, said", [
    ("keelboot-net", "the network's process has? ?ended"),
    ("keelboot-fetch", "the process that fetches has ended")])
def test_processes_that_die_are_started_again(web, name, said):
    """What was fetched then is a failure, and is tried again."""
    web.put("slow.efi", web.uki(size=600000))
    slow = web.lab.lossy(8081, rate=300000)
    process = web.begin(["on-failure = next"], entry(
        "Slow", f"uki-url {WEB}:8081/slow.efi", "retry 0"))
    assert within(10, lambda: slow.sent > 100000)
    pid = [pid for pid in net_rig.tree(process.pid) if pathlib.Path(
        f"/proc/{pid}/comm").read_text().startswith(name)][0]
    os.kill(pid, signal.SIGKILL)
    end = boots(web.machine.finish(process))
    assert re.search(said, end.log), end


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
