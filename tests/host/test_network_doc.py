"""docs/network-boot.md, from nothing to a fleet: its commands are run, and a
machine boots by its files (tests/host/net_boot.c) from nginx and dnsmasq. The
image and a real UKI are in tests/qemu/test_network_page.py."""

import copy
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from conftest import BUILD, ROOT

sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))

import net_rig  # noqa: E402
from net_rig import sha256  # noqa: E402
from netlab import NetLab  # noqa: E402
from network_page import Fleet, begins, blocks, commands  # noqa: E402

KERNEL = net_rig.kernel()


@pytest.fixture(scope="module")
def page(tmp_path_factory, keelboot):
    work = tmp_path_factory.mktemp("page")

    def make_uki(_):
        (work / "unsigned.efi").write_bytes(
            net_rig.uki(KERNEL, os.urandom(100000)))

    return Fleet(work, {
        "keelboot": lambda words: [keelboot.program, *words[1:]],
        "ukify": make_uki, "make": lambda _: None, "tail": lambda _: None})


@pytest.fixture
def fleet(page, tmp_path):
    """A copy to change."""
    fleet = copy.copy(page)
    fleet.work = tmp_path / "page"
    fleet.path = fleet.work / "my-fleet"
    shutil.copytree(page.work, fleet.work)
    return fleet


class Site:
    """A machine with the page's image, and the page's servers."""

    def __init__(self, fleet):
        self.lab = NetLab(fleet.work / "lab")
        self.fleet = fleet
        self.machine = net_rig.Machine(BUILD, fleet.path)
        self.machine.keys = fleet.path / "keys"

    def serve(self, *dnsmasq):
        self.fleet.serve(self.lab, *dnsmasq)

    def boots(self):
        end = self.machine.boot(self.lab.guest()[0])
        assert end.name == "BOOTED" and end.kernel == sha256(KERNEL), end
        return end


@pytest.fixture
def site(fleet):
    site = Site(fleet)
    with site.lab:
        yield site


def test_every_block_is_used():
    known = ("mkdir ", "openssl ", "ukify ", "sbsign ", "keelboot ", "make ",
             "tail ", "verify =", "title The", "server {", "interface=",
             "fetched https", "dhcp-vendorclass=", "title My racks", "{")
    assert [text for text in blocks() if not text.startswith(known)] == []
    assert [word for word in known
            if not any(text.startswith(word) for text in blocks())
            and word not in ("sbsign ",)] == []


def test_the_image_is_made_of_what_is_there(fleet, keelboot):
    """What `make` is given there, by the tools that it calls."""
    make, = [words for words in commands() if words[:2] == ["make", "efi"]]
    given = dict(word.split("=") for word in make[2:])
    with open(os.path.join(ROOT, "Makefile"), encoding="utf-8") as file:
        text = file.read()
    for name in given:
        assert re.search(rf"^{name} *\?=", text, re.MULTILINE), name
    done = subprocess.run(
        [os.path.join(BUILD, "tools/mkkeyring"), "--config", given["CONFIG"],
         given["KEYS"]], cwd=fleet.work, capture_output=True, text=True,
        check=False)
    assert done.returncode == 0, done.stderr
    out = fleet.work / "image.cpio.zst"
    done = subprocess.run(
        [os.path.join(ROOT, "scripts/mkinitramfs.sh"), "--arch", "x86_64",
         "--binary", keelboot.program, "--busybox",
         os.path.join(BUILD, "x86_64/deps/busybox"), "--config",
         given["CONFIG"], "--entries", given["ENTRIES"], "--network",
         given["NETWORK"], "--out", out], cwd=fleet.work, capture_output=True,
        text=True, check=False)
    assert done.returncode == 0, done.stderr
    listed = subprocess.run(f"zstd -dcq {out} | cpio -it --quiet", shell=True,
                            capture_output=True, text=True, check=True).stdout
    names = set(listed.split())
    assert {"etc/keelboot/entries/fleet.conf",
            "etc/keelboot/network/machine.key",
            "etc/keelboot/network/machine.pem"} <= names


def test_the_fleet_boots(site):
    told = site.lab.syslog()
    site.serve()
    end = site.boots()
    shown = begins("fetched https").splitlines()
    for line in shown:  # but for numbers and what is the machine's
        line = re.escape(line)
        for changes in (r"115096", r"01\\-(?:..\\-){5}..",
                        r"[0-9a-f:\\]+ port"):
            line = re.sub(changes, ".*", line)
        assert re.search(line, end.log), (line, end)
    assert [(r["uri"], r["status"], r["client"])
            for r in site.lab.requests()] == [("/linux.efi", 200, "SUCCESS")]
    assert any(" jump " in line for line in told), told


def test_a_machine_without_the_certificate_gets_nothing(site):
    site.serve()
    entry = site.fleet.path / "entries/fleet.conf"
    entry.write_text("".join(
        line for line in entry.read_text().splitlines(True)
        if not line.startswith("client-")) + "retry 0\non-failure menu\n")
    end = site.machine.boot(site.lab.guest()[0])
    assert end.name == "HELD", end
    assert "400" in end.log
    assert all(r["client"] != "SUCCESS" for r in site.lab.requests())


def test_what_dhcp_tells(site):
    site.serve(begins("dhcp-vendorclass="))
    (site.fleet.path / "entries/fleet.conf").unlink()
    (site.fleet.path / "keelboot.conf").write_text(
        "verify = enforce\ntimeout = 0\nboot-from-dhcp = yes\n"
        "boot-order = dhcp\n")
    site.boots()
    assert [(r["uri"], r["status"]) for r in site.lab.requests()] == [
        ("/linux.efi", 200)]


@pytest.mark.parametrize("is_signed", [True, False])
def test_a_menu(site, is_signed):
    sign = [words for words in site.fleet.ran if words[:2] == [
        "openssl", "cms"]]
    assert len(sign) == 1
    for name, text in [
            ("menu", begins("title My racks")),
            ("linux.conf", "title L\nuki-url https://boot.example/linux.efi"),
            ("rescue.conf", "title R\nuki-url https://boot.example/no.efi")]:
        (site.fleet.work / "menu").write_text(text)
        subprocess.run(sign[0], cwd=site.fleet.work, check=True)
        site.lab.put(name, text.encode())
        if is_signed or name != "menu":
            site.lab.put(name + ".p7s",
                         (site.fleet.work / "menu.p7s").read_bytes())
    site.serve()
    entry = site.fleet.path / "entries/fleet.conf"
    entry.write_text(re.sub("uki-url.*", "uki-url https://boot.example/menu",
                            entry.read_text())
                     + "retry 0\non-failure menu\n")
    if is_signed:
        site.boots()
        return
    end = site.machine.boot(site.lab.guest()[0])
    assert end.name == "HELD" and "menu.p7s" in end.log, end


def test_the_status_is_what_is_posted(site):
    posts = site.lab.posts(port=8000)
    site.serve()
    with open(site.fleet.path / "keelboot.conf", "a", encoding="utf-8") as f:
        f.write("status-url = http://192.0.2.1:8000/status\n")
    site.boots()
    shown = json.loads(begins("{"))
    assert posts, "nothing was posted"
    for path, _, body in posts:
        said = json.loads(body)
        assert path == "/status" and set(said) <= set(shown) | {"host"}
        assert {"stage", "message", "address", "mac"} <= set(said)
