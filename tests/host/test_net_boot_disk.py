"""Entries of a disk whose files come from the network, booted on this host as
in test_net_boot.py."""

import re

import pytest

import net_rig
from net_site import HELD, OTHER, WEB, boots, held, site, web  # noqa: F401
from net_rig import POWER_OFF, entry

PATH = "loader/entries/rack.conf"


def put(web, text, is_signed=True, name=PATH):  # noqa: F811
    """The disk: that entry, and its signature."""
    signature = web.signer.detached(text.encode())
    web.machine.disk({name: text, **({PATH + ".p7s": signature}
                                     if is_signed else {})})


def test_a_signed_one_boots(web):  # noqa: F811
    put(web, entry("Rack 7", f"uki-url {WEB}/nowhere {WEB}/other.efi",
                   "retry 0"))
    end = boots(web.boot([HELD]), OTHER)
    assert "entry /loader/entries/rack.conf of " in end.log
    assert "signed by Test manifest signer" in end.log


def test_its_digests_count_as_it_is_signed(web):  # noqa: F811
    """No other key has signed these files."""
    web.put("vmlinuz", net_rig.kernel(b"plain"))
    web.put("initrd", b"an initrd")
    put(web, entry(
        "By digests",
        f"linux {WEB}/vmlinuz",
        f"sha256 {net_rig.sha256(net_rig.kernel(b'plain'))}",
        f"initrd {WEB}/initrd", f"sha256 {net_rig.sha256(b'an initrd')}",
        "options quiet"), name="loader/entries/rack+3.conf")
    boots(web.boot([HELD]), net_rig.kernel(b"plain"))


def test_an_unsigned_one_asks_nobody(web):  # noqa: F811
    put(web, entry("Rack 7", f"uki-url {WEB}/good.efi"), is_signed=False)
    held(web.boot([HELD]), "nothing vouches for it: rack.conf.p7s")
    assert not web.asked()


def test_a_changed_one_asks_nobody(web):  # noqa: F811
    put(web, entry("Rack 7", f"uki-url {WEB}/good.efi"))
    path = web.machine.work / "disk" / PATH
    path.write_text(path.read_text().replace("good", "other"))
    held(web.boot([HELD]), "rack.conf")
    assert not web.asked()


def test_an_unsigned_one_boots_under_warn(web):  # noqa: F811
    """So does what it names; and each says so."""
    web.put("plain.efi", net_rig.uki(net_rig.kernel(b"plain")))
    put(web, entry("Rack 7", f"uki-url {WEB}/plain.efi"), is_signed=False)
    end = boots(web.boot(["verify = warn", HELD]), net_rig.kernel(b"plain"))
    assert end.log.count("NOT VERIFIED, but verify = warn") == 2


def test_one_that_leads_to_a_menu(web):  # noqa: F811
    web.put_signed("good.conf", f"title Good\nuki-url {WEB}/good.efi\n")
    web.put_signed("menu", "title A menu\nentry good.conf\n")
    put(web, entry("Rack 7", f"uki-url {WEB}/menu"))
    end = boots(web.boot([HELD]))
    # the next system is told of all of the way
    handed = end.log.split("HANDED ON\n")[1]
    texts = "Test manifest signer"
    assert re.search(r"\A" + r"(?s:.*)\n".join([
        rf"entry /{PATH} of .*, signed by {texts}",
        rf"fetched {WEB}/menu from .*", rf"{WEB}/menu is signed by {texts}",
        rf"{WEB}/good\.conf is signed by {texts}",
        rf"fetched {WEB}/good\.efi from .*",
        ".*, verified by its signature, signed by Test image signer"])
        + r"\n", handed), end
    web.put("menu.p7s", b"nothing")
    held(web.boot([HELD]), "Rack 7.*menu")


def test_its_own_end_counts(web):  # noqa: F811
    put(web, entry("Rack 7", f"uki-url {WEB}/nowhere", "retry 0",
                   "on-failure poweroff"))
    end = web.boot(["on-failure = next"])
    assert (end.name, end.words) == ("END", [POWER_OFF]), end


def test_disks_come_before_the_network(web):  # noqa: F811
    """Unless boot-order says else."""
    image = entry("Of the image", f"uki-url {WEB}/good.efi")
    put(web, entry("Rack 7", f"uki-url {WEB}/other.efi"))
    boots(web.boot([HELD], image), OTHER)
    boots(web.boot(["boot-order = network disk", HELD], image))


# --- where the network is ----------------------------------------------------


CONF = "loader/keelboot.conf"
STATIC = f"network = eth0 address=192.0.2.77/24\nuki-url = {WEB}/good.efi\n"


def put_conf(web, text=STATIC, signed=STATIC):  # noqa: F811
    """A disk that says it, and what its signature is of."""
    web.machine.disk({CONF: text, **(
        {CONF + ".p7s": web.signer.detached(signed.encode())}
        if signed else {})})


def test_a_disk_says_where_the_network_is(web):  # noqa: F811
    """Nothing in the image does."""
    put_conf(web)
    end = boots(web.boot([HELD]))
    assert "the network is that of /loader/keelboot.conf on " in end.log
    assert "signed by Test manifest signer" in end.log
    assert [r["from"] for r in web.lab.requests()] == ["192.0.2.77"]


def test_what_was_set_up_before_is_not_there_any_more(web):  # noqa: F811
    """The image has an entry, and the machine a lease, or is about to."""
    put_conf(web, *[STATIC.splitlines()[0] + "\n"] * 2)
    net, _ = web.guest
    boots(web.boot([HELD, "timeout = 6"], entry(
        "Of the image", f"uki-url {WEB}/good.efi")))
    assert [r["from"] for r in web.lab.requests()] == ["192.0.2.77"]
    assert re.findall(r"inet (\S+)", net.ip("-4 addr show dev eth0")) == [
        "192.0.2.77/24"]


@pytest.mark.parametrize("text, signed, why", [
    (STATIC, None, "nothing vouches for it"),
    (STATIC + "ntp = 192.0.2.66\n", STATIC, "keelboot.conf")])
def test_nobody_vouches_for_it(web, text, signed, why):  # noqa: F811
    put_conf(web, text, signed)
    end = web.boot(["boot-from-dhcp = yes", "network-timeout = 3", HELD])
    held(end, ".")
    assert "/loader/keelboot.conf of " in end.log and why in end.log
    assert not web.asked()


def test_no_other_key_of_it_counts(web):  # noqa: F811
    text = STATIC + "verify = off\nappend = init=/bin/sh\n"
    put_conf(web, text, text)
    end = boots(web.boot([HELD]))
    assert "verify may only be set in the image" in end.log
    assert "init=" not in "".join(end.words)
