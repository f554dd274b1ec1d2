"""Machines that boot from the network, with nobody at the console, by the
configuration in their image alone: from a server that proves who it is, from
what DHCP tells, in a VLAN, from a second mirror. And what they refuse, and
where they end then."""

import re
import time

import pytest

from netboot import (IPV4, IPV6, NAME, UKI_SIGNER, WEB,  # noqa: F401
                     Authority, boots, changed, entry, sha256, site)
from report import check_initrd, expect_jump, take_report
from scene import KERNEL, ask_second, expect_second, second_options

ARCH = "x86_64"
BOTH = pytest.mark.parametrize("arch", ["x86_64", "aarch64"])
QUICK = ["timeout = 1", "on-failure = power-off"]


def served(site):
    """What was asked for and sent: (path, status) in order."""
    return [(r["uri"], r["status"]) for r in site.net.requests()]


# --- what boots --------------------------------------------------------------


def test_https_with_a_pinned_ca_from_config_alone(site):
    site.net.put("boot.efi", site.signed_uki(ARCH))
    site.net.nginx(certificate=site.issuer.issue("server", [NAME]))
    site.net.dnsmasq()
    vm = site.machine(ARCH, [*QUICK, "network first dhcp=v4"], entry(
        "By HTTPS", f"uki-url https://{NAME}/boot.efi"))
    boots(vm, ARCH)
    asked = site.net.requests()
    assert [(r["uri"], r["status"], r["tls"]) for r in asked] == [
        ("/boot.efi", 200, "TLSv1.2")]
    # This CPU has instructions for AES.
    assert "AES128-GCM" in asked[0]["cipher"]


@BOTH
def test_http_by_what_dhcp_tells(site, arch):
    site.net.put("boot.efi", site.signed_uki(arch))
    site.net.nginx()
    site.net.dnsmasq("dhcp-vendorclass=set:http,HTTPClient",
                     "dhcp-option-force=tag:http,60,HTTPClient",
                     f"dhcp-option-force=tag:http,67,{WEB}/boot.efi")
    vm = site.machine(arch, [*QUICK, "boot-from-dhcp = yes"])
    boots(vm, arch)
    assert served(site) == [("/boot.efi", 200)]


@BOTH
def test_a_vlan_with_a_static_ipv6_address(site, arch):
    site.net.put("boot.efi", site.signed_uki(arch))
    site.net.nginx()
    vm = site.machine(
        arch, [*QUICK, "network first vlan=7 address=2001:db8:6::50/64",
               "hand-on = ip vlan bootif"],
        entry("In a VLAN", f"uki-url http://[{IPV6}]/boot.efi"),
        cards={"vlan": 7})
    boots(vm, arch, "ip=[2001:db8:6::50]:::64::eth0.7:none",
          "BOOTIF=01-52-54-00-12-34-56", "vlan=eth0.7:eth0")
    asked = site.net.requests()
    assert [(r["uri"], r["from"]) for r in asked] == [
        ("/boot.efi", "2001:db8:6::50")]


@BOTH
def test_a_mirror_that_dies_is_followed_by_the_next(site, arch):
    """Where the first broke the second goes on; and who boots is told."""
    image = site.signed_uki(arch, ())
    site.net.put("boot.efi", image)
    site.net.nginx()
    site.net.dnsmasq()
    bad = site.net.lossy(8081, kill_after=len(image) // 2)
    vm = site.machine(arch, QUICK, entry(
        "Two mirrors", f"uki-url {WEB}:8081/boot.efi {WEB}/boot.efi"))
    expect_second(vm)
    told = ask_second(vm, "cat /.extra/keelboot/network")
    assert re.search(rf"{WEB}/boot.efi from {IPV4} port 80, {len(image)} "
                     r"bytes, resumed 1 time\s+Authenticode SHA-256 \w{64}, "
                     f".*{UKI_SIGNER}", told), told
    first, second = site.net.requests()
    assert bad.killed == 1 and first["status"] == 200
    begin = int(re.fullmatch(r"bytes=(\d+)-", second["range"])[1])
    assert second["status"] == 206
    # All but what was on the way when it died.
    assert len(image) // 8 < begin <= len(image) // 2
    assert begin + second["sent"] == len(image)


def test_a_client_certificate(site):
    clients = Authority(site.lab.work, name="Lab clients")
    cert, key = clients.issue("machine", client=True)
    site.net.put("boot.efi", site.signed_uki(ARCH))
    site.net.nginx(certificate=site.issuer.issue("server", [IPV4]),
                   client_ca=clients.pem())
    site.net.dnsmasq()
    url = f"uki-url https://{IPV4}/boot.efi"
    vm = site.machine(
        ARCH, [*QUICK, "on-failure = next"],
        entry("Without", url, "retry 0"),
        entry("With", url, "client-cert own.pem", "client-key own.key"),
        files={"own.pem": cert.read_bytes(), "own.key": key.read_bytes()})
    vm.expect("400")
    boots(vm, ARCH)
    assert [(r["status"], r["client"]) for r in site.net.requests()] == [
        (400, "NONE"), (200, "SUCCESS")]


def test_a_proxy(site):
    """It alone knows where the server is, and the server listens to nobody
    else: by HTTP in the open, by HTTPS hidden."""
    inside, words = "inside.example", []
    for key, scheme, asset in (("linux", "https", KERNEL[ARCH]),
                               ("initrd", "http", "second-initrd")):
        data = site.lab.asset(ARCH, asset).read_bytes()
        site.net.put(asset, data)
        words += [f"{key} {scheme}://{inside}/{asset}",
                  f"sha256 {sha256(data)}"]
    site.net.nginx(certificate=site.issuer.issue("server", [inside]),
                   host="127.0.0.1")
    proxy = site.net.proxy({inside: "127.0.0.1"})
    options = second_options(ARCH, "keelboot.test=report")
    vm = site.machine(
        ARCH, [*QUICK, "network first address=192.0.2.9/24",
               f"proxy = {WEB}:3128"],
        entry("By a proxy", *words, f"options {options}", "retry 0"))
    expect_jump(vm, "file")
    second = take_report(vm)
    assert second.cmdline == options
    check_initrd(site.lab, ARCH, second)
    assert proxy.asked == [
        ("CONNECT", f"{inside}:443"),
        ("GET", f"http://{inside}/second-initrd")]
    assert [(r["uri"], r["status"], r["tls"], r["host"])
            for r in site.net.requests()] == [
        (f"/{KERNEL[ARCH]}", 200, "TLSv1.2", inside),
        ("/second-initrd", 200, "", inside)]


# --- what does not -----------------------------------------------------------


def refused(site, title, path, data):
    """An entry whose file is this."""
    site.net.put(path, data)
    return entry(title, f"uki-url {WEB}/{path}", "retry 0")


@BOTH
def test_what_is_not_vouched_for_does_not_boot(site, arch):
    """Each has its sentence, and the last one's end is that of its entry."""
    menu = b"title A menu\nentry first.conf\n"
    script = f"#!ipxe\nkernel {WEB}/unsigned.efi init=/bin/sh\nboot\n"
    site.net.put("signed-badly.p7s",
                 site.signer.detached(menu, "stranger"))
    entries = [
        refused(site, "Unsigned", "unsigned.efi", site.uki(arch)),
        refused(site, "Tampered", "tampered.efi", changed(
            site.signed_uki(arch))),
        refused(site, "Menu", "menu", menu),
        refused(site, "Strange", "signed-badly", menu),
        refused(site, "Script", "script.ipxe", script.encode()),
        refused(site, "Page", "page", b"<!DOCTYPE html><html>Hello</html>"),
    ]
    site.net.nginx()
    site.net.dnsmasq()
    vm = site.machine(arch, ["timeout = 1", "on-failure = next"], *entries,
                      entry("Nowhere", f"uki-url {WEB}/nowhere", "retry 0",
                            "on-failure reboot"))
    vm.listen()
    for title, sentence in [
            ("Unsigned", "/unsigned.efi: it is not signed"),
            ("Tampered", r"the image's SHA-256 begins \w{8}, signed was"),
            ("Menu", f"/menu: no signature at {WEB}/menu.p7s: .* 404"),
            ("Strange", "signed by A stranger, .* keyring holds neither"),
            ("Script", f"/script.ipxe: no signature at {WEB}/script.ipxe.p7s"),
            ("Page", "/page is an HTML page"),
            ("Nowhere", "404")]:
        vm.expect(f"Starting {title}")
        vm.expect(f"unable to boot \"{title}\": [^\r\n]*{sentence}")
    assert vm.end_reason() == "guest-reset"
    assert "second kernel" not in vm.text
    # Nothing that these named was asked for.
    assert "/first.conf" not in {path for path, _ in served(site)}


@pytest.mark.parametrize("arch, end, reason", [
    ("x86_64", "reboot", "guest-reset"),
    ("x86_64", "poweroff", "guest-shutdown"),
    ("aarch64", "poweroff", "guest-shutdown")])
def test_what_a_machine_is_called_is_no_command_line(site, arch, end, reason):
    """Values stand in a command line only as one harmless word; in a URL
    they stay in their place."""
    has_serial = arch == "x86_64"  # it is UEFI that has it on the other
    site.net.put("boot.efi", site.signed_uki(arch))
    site.net.nginx()
    site.net.dnsmasq("dhcp-option-force=12,x init=/bin/sh")
    vm = site.machine(
        arch, ["timeout = 1", "on-failure = next"],
        entry("Hostname", f"linux {WEB}/boot.efi", "retry 0",
              "options quiet host=${hostname}"),
        entry("Serial", f"linux {WEB}/boot.efi", "retry 0",
              "options quiet serial=${serial}"),
        entry("Path", f"linux {WEB}/" "a/${serial}/b", "retry 0",
              f"on-failure {end}"),
        extra=["-smbios", "type=1,serial=../x init=/bin/sh"])
    vm.listen()
    for title, sentence in [("Hostname", "hostname"), ("Serial", "serial"),
                            ("Path", "404" if has_serial else "serial")]:
        vm.expect(f"Starting {title}")
        vm.expect(sentence)
    assert vm.end_reason() == reason
    assert "second kernel" not in vm.text
    assert served(site) == [
        ("/a/..%2Fx%20init%3D%2Fbin%2Fsh/b", 404)][:has_serial]


@pytest.mark.parametrize("ahead", [None, 10])
def test_a_wrong_clock(site, ahead):
    """The clock says 2001: what is valid now is so, until somebody who is
    trusted with it tells another time."""
    site.net.put("boot.efi", site.signed_uki(ARCH))
    site.net.nginx(certificate=site.issuer.issue("server", [NAME], (-1, 2)))
    site.net.dnsmasq()
    conf = [*QUICK]
    if ahead:
        site.net.ntp(lambda: time.time() + ahead * 86400)
        conf.append(f"ntp = {IPV4}")
    vm = site.machine(ARCH, conf, entry(
        "By HTTPS", f"uki-url https://{NAME}/boot.efi", "retry 0"),
        extra=["-rtc", "base=2001-01-01"])
    if not ahead:
        boots(vm, ARCH)
        return
    vm.listen()
    vm.expect("expired")
    assert vm.end_reason() == "guest-shutdown"


@pytest.mark.parametrize("name, sentence", [
    ("expired", "expired"),
    ("other", f"it is for other.example, not for {NAME}"),
    ("stranger", "A stranger")])
def test_servers_that_do_not_prove_who_they_are(site, name, sentence):
    issuer = site.issuer if name != "stranger" else Authority(
        site.lab.work, name="A stranger").intermediate()
    names = ["other.example"] if name == "other" else [NAME]
    days = (-30, -2) if name == "expired" else (-1, 365)
    site.net.put("boot.efi", site.signed_uki(ARCH))
    site.net.nginx(certificate=issuer.issue(name, names, days))
    site.net.dnsmasq()
    vm = site.machine(ARCH, ["timeout = 1"], entry(
        "By HTTPS", f"uki-url https://{NAME}/boot.efi", "retry 0",
        "on-failure poweroff"))
    vm.listen()
    vm.expect(sentence)
    assert vm.end_reason() == "guest-shutdown"
    assert served(site) == []


def test_the_menu_comes_where_that_is_configured(site):
    site.net.nginx()
    site.net.dnsmasq()
    vm = site.machine(ARCH, ["timeout = 1"], entry(
        "Nowhere", f"uki-url {WEB}/nowhere", "retry 0", "on-failure menu"))
    vm.expect("Starting Nowhere")
    vm.expect_screen("404", r"> +1 +Nowhere +\[.*failed")
    vm.never("Starting ", 5)
