"""Machines of the other architecture that boot from the network: a zboot by
TFTP, bad networks of every kind, and what is told to those who are not
there."""

import json
import random
import re

import pytest

from netboot import (IPV4, WEB, boots, entry, sha256, site)  # noqa: F401
from report import check_initrd, expect_jump, take_report
from scene import second_options

ARCH = "aarch64"


@pytest.mark.parametrize("arch", ["x86_64", "aarch64"])
def test_a_kernel_by_tftp(site, lab, arch):
    """Kernel and initrd are no images that somebody signed: the entry in the
    image says what they are. x86_64 has no zboot: its kernel is a bzImage."""
    kernel = {"x86_64": "own-kernel", "aarch64": "zboot-gzip.efi"}[arch]
    words = []
    for key, name, asset in (("linux", "vmlinuz.efi", kernel),
                             ("initrd", "initrd", "second-initrd")):
        data = lab.asset(arch, asset).read_bytes()
        (site.net.tftp / name).write_bytes(data)
        words += [f"{key} tftp://{IPV4}/{name}", f"sha256 {sha256(data)}"]
    site.net.dnsmasq(tftp=True)
    options = second_options(arch, "keelboot.test=report")
    vm = site.machine(arch, ["timeout = 1", "on-failure = power-off"], entry(
        "By TFTP", *words, f"options {options}"))
    expect_jump(vm, "file")
    second = take_report(vm)
    assert second.cmdline == options
    check_initrd(lab, arch, second)
    log = (site.net.work / "dnsmasq.log").read_text()
    assert re.search("sent .*/vmlinuz.efi to ", log)


def put_signed(site, folder, name, text):
    """A text, and its signature beside it."""
    for suffix, data in (("", text.encode()),
                         (".p7s", site.signer.detached(text.encode()))):
        path = folder / (name + suffix)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def test_a_signed_menu_is_followed(site):
    """To an entry of it, and from there to a script."""
    site.net.put("images/boot.efi", site.signed_uki(ARCH))
    put_signed(site, site.net.www, "menu", "title Fleet\nentry no.conf\n"
               "entry other/yes.conf\ndefault yes.conf\n")
    put_signed(site, site.net.www, "no.conf",
               entry("No", f"uki-url {WEB}/nowhere"))
    put_signed(site, site.net.www, "other/yes.conf",
               entry("Yes", f"uki-url {WEB}/script"))
    put_signed(site, site.net.www, "script", "#!ipxe\nset where images\n"
               "isset ${net0/ip} || goto no\n"
               "kernel ${where}/boot.efi && boot\n:no\nreboot\n")
    site.net.nginx()
    site.net.dnsmasq()
    vm = site.machine(ARCH, ["timeout = 1"], entry(
        "Menu", f"uki-url {WEB}/menu", "retry 0"))
    boots(vm, ARCH)


def test_pxelinux_by_what_dhcp_tells(site):
    """The file of this machine's address, by TFTP, and what it names."""
    (site.net.tftp / "pxe").mkdir()
    (site.net.tftp / "pxe/boot.efi").write_bytes(site.signed_uki(ARCH))
    put_signed(site, site.net.tftp, "pxe/pxelinux.cfg/01-52-54-00-12-34-56",
               "DEFAULT linux\nLABEL linux\n  KERNEL boot.efi\n")
    put_signed(site, site.net.tftp, "pxe/pxelinux.cfg/default",
               "DEFAULT none\nLABEL none\n  KERNEL nowhere\n")
    site.net.dnsmasq(f"dhcp-boot=pxe/lpxelinux.0,,{IPV4}", tftp=True)
    vm = site.machine(ARCH, ["timeout = 1", "boot-from-dhcp = yes"])
    boots(vm, ARCH)


def test_who_is_not_there_is_told(site):
    """By syslog and by a POST: the failure, and what boots then."""
    site.net.put("boot.efi", site.signed_uki(ARCH))
    site.net.nginx()
    site.net.dnsmasq()
    lines, posts = site.net.syslog(), site.net.posts()
    vm = site.machine(
        ARCH, ["timeout = 1", f"syslog = {IPV4}",
               f"status-url = {WEB}:8000/status"],
        entry("Nowhere", f"uki-url {WEB}/nowhere", "retry 0",
              "on-failure next"),
        entry("Here", f"uki-url {WEB}/boot.efi"))
    boots(vm, ARCH)
    assert all(re.match(r"<\d+>1 ", line) for line in lines), lines
    assert any("404" in line for line in lines), lines
    told = [json.loads(body) for path, _, body in posts if path == "/status"]
    assert any("404" in json.dumps(one) for one in told), told
    assert len(told) >= 2


def test_a_link_that_comes_late(site):
    """Spanning tree takes half a minute; here there is no carrier for 8 s."""
    site.net.put("boot.efi", site.signed_uki(ARCH))
    site.net.nginx()
    site.net.dnsmasq()
    vm = site.machine(ARCH, ["timeout = 1"], entry(
        "Late", f"uki-url {WEB}/boot.efi"))
    vm.qmp("set_link", name="card", up=False)
    vm.expect("Starting Late")
    vm.expect("Waiting for a network link")
    vm.never("second kernel", 8)
    vm.qmp("set_link", name="card", up=True)
    boots(vm, ARCH)


def test_a_bond_goes_on_with_its_other_card(site):
    site.net.put("boot.efi", site.signed_uki(ARCH))
    site.net.nginx()
    site.net.dnsmasq()
    vm = site.machine(
        ARCH, ["timeout = 1", "network eth* bond=active-backup dhcp=v4"],
        entry("Bond", f"uki-url {WEB}/boot.efi"),
        cards={"second": "52:54:00:12:34:57"})
    vm.qmp("set_link", name="card", up=False)
    boots(vm, ARCH)


@pytest.mark.parametrize("keys", [(7, 7), (7, 8)])
def test_a_bond_by_lacp(site, keys):
    """Ports of one key become one link, and it has both of them; of two that
    are not, for one is plugged in wrongly, one is all there is."""
    site.net.put("boot.efi", site.signed_uki(ARCH))
    site.net.nginx()
    site.net.dnsmasq()
    plugged = site.net.ports(keys)
    switch = plugged[2]
    vm = site.machine(
        ARCH, ["timeout = 1", "network eth* bond=802.3ad dhcp=v4"],
        entry("Bond", f"uki-url {WEB}/boot.efi"), plugged=plugged)
    boots(vm, ARCH)
    assert not switch.error
    bound = [port.was_bound for port in switch.ports]
    assert sum(bound) == (2 if keys[0] == keys[1] else 1)
    assert [port.sent > 0 for port in switch.ports] == bound
    # One machine says that its ports may be one link, and knows whose.
    sides = [port.heard[-1] for port in switch.ports]
    assert len({(side.system, side.key) for side in sides}) == 1
    assert [port.of_us.key for port in switch.ports] == list(keys)


def test_a_key_opens_the_menu(site):
    """Nothing answers and there is much time; somebody comes."""
    vm = site.machine(ARCH, ["timeout = 1"], entry(
        "Waiting", f"uki-url {WEB}/boot.efi"))
    vm.expect("Starting Waiting")
    vm.expect("Any key stops this and opens the menu")
    vm.never("unable to boot", 3)
    vm.send(" ")
    vm.expect_screen(r"> +1 +Waiting ", "Up, Down or a number")
    vm.never("Starting ", 3)


def test_it_holds_until_somebody_has_mended_it(site):
    """Neither of two mirrors has the image: whatever else a failure could end
    in would have begun within these seconds."""
    site.net.nginx()
    site.net.dnsmasq()
    vm = site.machine(ARCH, ["timeout = 1", "on-failure = hold"], entry(
        "Gone", f"uki-url {WEB}:81/boot.efi {WEB}/boot.efi", "retry 0"))
    vm.expect("Starting Gone")
    reason = "FAILED: unable to boot \"Gone\": .*404 Not Found"
    vm.expect_screen(reason, r"> +1 +Gone +\[.*failed")
    vm.never("Starting |boots in |goes down|second kernel", 8)
    assert vm.qmp("query-status")["status"] == "running" and not vm.events
    vm.expect_screen(reason)
    site.net.put("boot.efi", site.signed_uki(ARCH))
    vm.send("i")
    vm.expect_screen("^Details", "id: ")
    vm.send("q")
    vm.expect_screen(reason, r"> +1 +Gone ")
    vm.send("enter")
    boots(vm, ARCH)
    assert [r["status"] for r in site.net.requests()] == [404, 200]


def test_https_by_an_interface_that_is_named(site):
    """This CPU has instructions for AES, and BearSSL none for them."""
    site.net.put("boot.efi", site.signed_uki(ARCH))
    site.net.nginx(certificate=site.issuer.issue("server", [IPV4]))
    vm = site.machine(
        ARCH, ["timeout = 1", "network eth9 dhcp=both",
               "network mac=52:54:00:12:34:56 address=192.0.2.9/24"],
        entry("By HTTPS", f"uki-url https://{IPV4}/boot.efi"))
    boots(vm, ARCH)
    asked = site.net.requests()
    assert [r["from"] for r in asked] == ["192.0.2.9"]
    assert "CHACHA20" in asked[0]["cipher"]


@pytest.mark.parametrize("arch", ["x86_64", "aarch64"])
def test_an_entry_of_a_disk(site, lab, arch):
    """The image knows of no network. Of two entries on the disk the first is
    signed by nobody, and nothing is asked for in its name."""
    site.net.put("boot.efi", site.signed_uki(arch))
    site.net.nginx()
    site.net.dnsmasq()
    text = entry("Signed", f"uki-url {WEB}/boot.efi", "sort-key b")
    entries = "/loader/entries"
    disk = lab.disk({
        f"{entries}/loose.conf": entry(
            "Loose", f"uki-url {WEB}/loose.efi", "sort-key a").encode(),
        f"{entries}/rack+3.conf": text.encode(),
        f"{entries}/rack.conf.p7s": site.signer.detached(text.encode())})
    vm = site.machine(arch, ["timeout = 1"], disks=[disk])
    vm.expect("Starting Loose")
    vm.expect(r"names\s+files\s+of\s+the\s+network\s+and\s+nothing\s+vouches")
    vm.expect("Starting Signed")
    boots(vm, arch)
    assert [r["uri"] for r in site.net.requests()] == ["/boot.efi"]


def test_a_server_that_comes_late(site):
    """Nobody answers at first: neither DHCP nor the server."""
    site.net.put("boot.efi", site.signed_uki(ARCH))
    vm = site.machine(ARCH, ["timeout = 1"], entry(
        "Late", f"uki-url {WEB}/boot.efi", "retry 100"))
    vm.expect("Waiting for a network address")
    vm.never("second kernel", 3)
    site.net.dnsmasq()
    vm.expect("eth0: DHCP gives 192.0.2")
    vm.expect(f"try 1 at {WEB}/boot.efi: .*Connection refused")
    vm.expect(f"try 2 at {WEB}/boot.efi: .*Connection refused")
    site.net.nginx()
    boots(vm, ARCH)


def test_disks_and_the_network_in_the_order_that_is_configured(site, lab):
    """The network first: a server that is gone. Then the disk."""
    site.net.dnsmasq()
    disk = lab.disk({"/EFI/Linux/a.efi": site.signed_uki(ARCH)})
    vm = site.machine(
        ARCH, ["timeout = 1", "boot-order = network disk",
               "on-failure = next"],
        entry("Gone", f"uki-url {WEB}/boot.efi", "retry 0"), disks=[disk])
    vm.expect("Starting Gone")
    vm.expect("Starting Test Linux")
    boots(vm, ARCH)


def test_ipv6_that_is_dead_costs_a_second_at_most(site):
    """A name has an address of each family, and nobody has one of them."""
    site.net.put("boot.efi", site.signed_uki(ARCH))
    site.net.nginx()
    site.net.dnsmasq(f"host-record=both.example,{IPV4},2001:db8:6::dead",
                     v6=True)
    vm = site.machine(ARCH, ["timeout = 1", "network first dhcp=both"], entry(
        "Dead", "uki-url http://both.example/boot.efi", "retry 0"))
    boots(vm, ARCH)
    assert [r["from"] for r in site.net.requests()][0].startswith("192.0.2.")


def trouble(seed):
    """A bad cable and a bad way to the first of two mirrors."""
    chance = random.Random(seed)
    rate = chance.choice([0, 0, 1 << 20, 1 << 22])
    return ({"loss": chance.choice([0, 0.01, 0.05]), "seed": seed,
             "delay": chance.choice([0, 0.002]),
             "jitter": chance.choice([0, 0.005, 0.1])},
            {"kill": 0.7, "kill_within": 6 << 20, "rate": rate,
             "delay": 0.01, "jitter": 0.1, "loss": 0.05, "seed": seed})


@pytest.mark.parametrize("seed", range(10))
def test_a_bad_network_has_an_end(site, seed):
    """Loss, delay, disorder, limits and dying servers: in the time that it
    has it boots, or ends as configured."""
    site.net.put("boot.efi", site.signed_uki(ARCH))
    site.net.nginx()
    site.net.dnsmasq()
    cable, way = trouble(seed)
    site.net.lossy(8081, **way)
    vm = site.machine(ARCH, ["timeout = 1"], entry(
        "Bad", f"uki-url {WEB}:8081/boot.efi {WEB}/boot.efi", "timeout 25",
        "retry 10", "on-failure poweroff"), cards=cable)
    vm.listen()
    vm.expect("Starting Bad")
    vm.expect(r"report: end|unable to boot", 60)
    assert vm.end_reason(30) == "guest-shutdown"
