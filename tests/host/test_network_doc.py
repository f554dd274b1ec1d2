"""docs/network-boot.md, from nothing to a fleet: its commands are run as they
stand there, its files are used as they stand there, and a machine boots by them
(tests/host/net_boot.c) from nginx and dnsmasq."""

import copy
import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest

from conftest import BUILD, ROOT

sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))

import net_rig  # noqa: E402
from net_rig import sha256  # noqa: E402
from netlab import SERVER_SIDE, NetLab  # noqa: E402

KERNEL = net_rig.kernel()
NOT_HERE = {"make", "ukify", "journalctl", "tail"}  # what is done instead:
# the image is packed below, the UKI is made by net_rig, and logs are read


def blocks():
    """What is indented, each as one text."""
    with open(os.path.join(ROOT, "docs/network-boot.md"),
              encoding="utf-8") as file:
        found = re.findall(r"(?:^    .*\n)+", file.read(), re.MULTILINE)
    return [re.sub(r"^    ", "", text, flags=re.MULTILINE) for text in found]


def begins(word):
    text, = [text for text in blocks() if text.startswith(word)]
    return text


def commands():
    """Of the blocks that are for a shell."""
    programs = ("mkdir", "openssl", "sbsign", "keelboot", *NOT_HERE)
    for text in blocks():
        if text.split()[0] in programs:
            yield from text.replace("\\\n", "").splitlines()


class Fleet:
    """A folder in which the page was followed, from its first line on."""

    def __init__(self, work, keelboot):
        self.work = work
        self.path = work / "my-fleet"
        self.ran = []
        self.keelboot = keelboot
        (work / "menu").write_text(begins("title My racks"))
        for command in commands():
            if command.startswith("keelboot check"):
                self.write_files()
            self.run(command)

    def run(self, command):
        words = shlex.split(command)
        if words[0] == "ukify":
            (self.work / "unsigned.efi").write_bytes(
                net_rig.uki(KERNEL, os.urandom(100000)))
        if words[0] in NOT_HERE:
            return
        if words[0] == "keelboot":
            words[0] = self.keelboot.program
        done = subprocess.run(words, cwd=self.work, capture_output=True,
                              text=True, check=False, timeout=60)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        assert "warning: " not in done.stdout, done.stdout
        self.ran.append(words)

    def write_files(self):
        (self.path / "keelboot.conf").write_text(begins("verify ="))
        (self.path / "entries/fleet.conf").write_text(begins("title The"))


@pytest.fixture(scope="module")
def page(tmp_path_factory, keelboot):
    return Fleet(tmp_path_factory.mktemp("page"), keelboot)


@pytest.fixture
def fleet(page, tmp_path):
    """A copy to change."""
    fleet = copy.copy(page)
    fleet.work = tmp_path / "page"
    fleet.path = fleet.work / "my-fleet"
    shutil.copytree(page.work, fleet.work)
    return fleet


class Site:
    """The servers of the page."""

    def __init__(self, fleet):
        self.lab = NetLab(fleet.work / "lab")
        self.fleet, work = fleet, fleet.work
        self.machine = net_rig.Machine(BUILD, fleet.path)
        self.machine.keys = fleet.path / "keys"
        self.lab.put("linux.efi", (work / "linux.efi").read_bytes())

    def serve(self, *dnsmasq):
        w = self.lab.work
        servers = begins("server {").replace("/srv/boot", str(self.lab.www))
        servers = servers.replace("/etc/nginx", str(self.fleet.work /
                                                    "private"))
        (w / "nginx.conf").write_text(f"""
daemon off; master_process off; pid {w}/nginx.pid; error_log {w}/nginx.error;
events {{ }}
http {{
log_format lab escape=json '{{"uri":"$request_uri","status":$status,'
  '"client":"$ssl_client_verify"}}';
access_log {w}/nginx.log lab;
client_body_temp_path {w}/t1; proxy_temp_path {w}/t2;
fastcgi_temp_path {w}/t3; uwsgi_temp_path {w}/t4; scgi_temp_path {w}/t5;
{servers}
}}
""")
        self.lab._server("nginx", ["nginx", "-c", w / "nginx.conf"],
                         lambda: self.lab.is_listening(443))
        conf = begins("interface=").replace("eth0", SERVER_SIDE)
        log = w / "dnsmasq.log"
        (w / "dnsmasq.conf").write_text("\n".join([
            conf, *dnsmasq, "keep-in-foreground", "user=root", "group=root",
            "bind-interfaces", "no-resolv", "no-hosts", "no-ping", "pid-file",
            f"log-facility={log}", f"dhcp-leasefile={w}/leases"]) + "\n")
        self.lab._server(
            "dnsmasq", ["dnsmasq", f"--conf-file={w}/dnsmasq.conf"],
            lambda: log.exists() and "started" in log.read_text())

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
             "journalctl ", "verify =", "title The", "server {", "interface=",
             "fetched https", "dhcp-vendorclass=", "title My racks", "{")
    assert [text for text in blocks() if not text.startswith(known)] == []
    assert [word for word in known
            if not any(text.startswith(word) for text in blocks())
            and word not in ("sbsign ",)] == []


def test_the_image_is_made_of_what_is_there(fleet):
    """What `make` is given there, by the tools that it calls."""
    make, = [command for command in commands() if command.startswith(
        "make efi")]
    given = dict(word.split("=") for word in make.split()[2:])
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
         "--binary", fleet.keelboot.program, "--busybox",
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
