"""keelboot check-config: a mistake in each key, of keelboot.conf and of both
kinds of entries, is found with its line and its reason. The tables of keys are
read from the program's source, so that a key without a case here fails."""

import json
import os
import re

import pytest

from conftest import ROOT

DIGEST = "0" * 64


def keys_of(source, row):
    with open(os.path.join(ROOT, source), encoding="utf-8") as file:
        return re.findall(row, file.read(), re.MULTILINE)


def config_keys():
    names = keys_of("boot/config_keys.c",
                    r'^\t\{ ("[a-z-]+"|CONFIG_KEY_[A-Z]+),\s')
    header = dict(keys_of("boot/config_keys.h",
                          r'^#define (CONFIG_KEY_[A-Z]+) "([a-z-]+)"'))
    return {header.get(name, name.strip('"')) for name in names}


def network_keys():
    return set(keys_of("boot/format/net_entry_values.c",
                       r'^\t\{ "([a-z0-9-]+)", take_'))


def disk_keys():
    return set(keys_of("boot/format/bls.c",
                       r'^\t\{ "([a-z_-]+)", KEY_[A-Z_]+ \}'))


# key: (a value that is wrong, a part of the reason)
CONFIG = {
    "verify": ("yes", "enforce, warn or off"),
    "verify-dates": ("2026", "yes or no"),
    "lock": ("verify nonsense", "names of keys"),
    "default": ("x" * 256, "an entry id or a pattern"),
    "preferred": ("x" * 256, "an entry id or a pattern"),
    "timeout": ("5s", "0 to 86400 seconds"),
    "menu": ("force", "show, hidden or disabled"),
    "idle-timeout": ("-1", "0 is never"),
    "efi-variables": ("2", "yes or no"),
    "ipmi": ("maybe", "yes or no"),
    "last-booted": ("last", "yes or no"),
    "kexec": ("fast", "auto, file or load"),
    "append": ("x" * 2048, "at most 2047 bytes"),
    "probe-timeout": ("0", "1 to 86400 seconds"),
    "on-failure": ("wait", "next, menu, reboot, power-off or hold"),
    "crash-action": ("cry", "reboot, power-off or shell"),
    "crash-delay": ("86401", "0 to 86400 seconds"),
    "rescue-shell": ("sh", "yes or no"),
    "editor": ("vi", "yes or no"),
    "file-systems": ("vfat ntfs", "names of vfat"),
    "removable": ("usb", "yes or no"),
    "wait-for": ("x" * 512, "PARTUUID="),
    "wait-for-timeout": ("long", "0 to 86400 seconds"),
    "consoles": ("/dev/ttyS0", "names as ttyS1"),
    "colour": ("blue", "yes or no"),
    "console": ("all", "reuse, entry or none"),
    "watchdog": ("yes", "0 or no is none"),
    "password": ("hunter2", "what `keelboot password` prints"),
    "password-for": ("edit all", "words of edit"),
    "network": ("eth0 mtu=12", "mtu=12: it takes a number of 576 to 65535"),
    "dns": ("192.0.2.1 ns.example", '"ns.example" is no address'),
    "ntp": ("ntp.example:123", "there is a ':'"),
    "proxy": ("https://proxy.example", "http://HOST:PORT"),
    "syslog": ("log.example:0", "port"),
    "status-url": ("tftp://boot.example/x", "nothing can be posted"),
    "boot-from-dhcp": ("always", "yes or no"),
    "uki-url": ("https://boot.example/${mca}", "mca"),
    "network-timeout": ("0", "1 to 86400 seconds"),
    "boot-order": ("disk fleet.conf disk", "disk stands twice"),
    "hand-on": ("ip dns", '"dns" is none of ip'),
}

NETWORK = {
    "title": ("x" * 128, "more than 127 bytes"),
    "version": (b"6.1\xff", "no text"),
    "sort-key": ("x" * 128, "more than 127 bytes"),
    "machine-id": ("0123", "32 hexadecimal digits"),
    "architecture": ("x86_64", "there is x64"),
    "uki-url": ("https://user@boot.example/x", "uki-url: URL 1: "),
    "linux": ("https://boot.example/${mca}", "linux: URL 1: "),
    "initrd": ("https://a/x https://a:0/y", "initrd: URL 2: "),
    "devicetree": ("/boot/x.dtb", "devicetree: URL 1: "),
    "options": ("root=${nothing}", "options: "),
    "sha256": ("0123", "of 4 bytes, is no digest"),
    "max-size": ("80Q", '"80Q" is no number of bytes'),
    "timeout": ("0", "no number of 1 to 86400"),
    "retry": ("ever", "no number of 0 to 1000"),
    "on-failure": ("wait", "none of next, menu, reboot, poweroff and hold"),
    "ca": ("../ca.pem", "no name of a file"),
    "client-cert": ("/etc/x.pem", "no name of a file"),
    "client-key": ("..", "no name of a file"),
    "auth-basic": ("a/b", "no name of a file"),
    "auth-bearer": ("x" * 64, "no name of a file"),
    "header": ("no colon", "header: "),
}

DISK = {
    "title": ("x" * 128, "more than 127 bytes"),
    "version": (b"6.1\xff", "no text"),
    "sort-key": ("x" * 128, "more than 127 bytes"),
    "machine-id": ("0123", "32 hexadecimal digits"),
    "architecture": ("amd64", "there is x64"),
    "linux": ("/../vmlinuz", "linux"),
    "efi": ("/", "efi"),
    "uki": ("/a/../b", "uki"),
    "initrd": ("/..", "initrd"),
    "options": ("quiet \x01", "0x01"),
    "devicetree": ("/" + "x" * 256, "devicetree"),
    "devicetree-overlay": ("/a /..", "devicetree-overlay"),
    "profile": ("first", "profile is 'first'"),
    "extra": ("/x/..", "extra"),
    "grub_users": ("me", "GRUB's"),
    "grub_arg": ("x", "GRUB's"),
    "grub_class": ("x", "GRUB's"),
    "grub_hotkey": ("x", "GRUB's"),
    "id": ("x", "GRUB's"),
}
NOT_ON_DISKS = {"uki-url"}  # makes it one of the network

# Any text will do for these: what is told is no refusal.
SOFT = {"title", "version", "sort-key", "machine-id", "architecture",
        "grub_users", "grub_arg", "grub_class", "grub_hotkey", "id"}


def check(keelboot, path, text, *options):
    if isinstance(text, str):
        text = text.encode()
    path.write_bytes(text)
    return keelboot("check-config", path, *options)


def lines_at(done, path, number):
    return [line for line in done.stdout.splitlines()
            if line.startswith(f"{path}:{number}: ")]


def as_bytes(value):
    return value if isinstance(value, bytes) else value.encode()


def test_every_key_has_its_mistake_here():
    assert config_keys() == set(CONFIG)
    assert network_keys() == set(NETWORK)
    assert disk_keys() == set(DISK) | NOT_ON_DISKS


@pytest.mark.parametrize("key", sorted(CONFIG))
def test_a_mistake_in_keelboot_conf(keelboot, tmp_path, key):
    value, why = CONFIG[key]
    path = tmp_path / "keelboot.conf"
    text = f"# a comment\n\ncolour = yes\n{key} = {value}\ncolour = no\n"
    done = check(keelboot, path, text)
    assert done.returncode == 1
    at = lines_at(done, path, 4)[0]
    assert at.startswith(f"{path}:4: {key} cannot be ") and why in at
    assert lines_at(done, path, 3) and lines_at(done, path, 5)
    found = json.loads(check(keelboot, path, text, "--json").stdout)
    wrong = [f for f in found if f["result"] != "set"][0]
    assert (wrong["line"], wrong["key"]) == (4, key)
    assert wrong["result"] == "bad-value"
    assert why in wrong.get("why", wrong["expected"])


def check_entry(keelboot, path, front, key, value, why):
    text = front + b"\n" + key.encode() + b" " + as_bytes(value) + b"\n"
    number = text.count(b"\n")
    done = check(keelboot, path, text)
    assert done.returncode == (0 if key in SOFT else 1), done.stdout
    assert any(why in line for line in lines_at(done, path, number)), \
        done.stdout
    found = json.loads(check(keelboot, path, text, "--json").stdout)
    wrong = [f for f in found if f["result"] != "set"]
    assert [(f["line"], f["key"]) for f in wrong] == [(number, key)]
    assert why in wrong[0]["why"]
    assert wrong[0]["result"] in (("warning", "no-effect") if key in SOFT
                                  else ("bad-value",))


@pytest.mark.parametrize("key", sorted(NETWORK))
def test_a_mistake_in_an_entry_of_the_network(keelboot, tmp_path, key):
    value, why = NETWORK[key]
    front = {
        "uki-url": b"title x",
        "linux": b"title x",
        "initrd": b"linux https://boot.example/linux",
        "devicetree": b"linux https://boot.example/linux",
    }.get(key, b"# x\nuki-url https://boot.example/linux.efi")
    check_entry(keelboot, tmp_path / "x.conf", front, key, value, why)


@pytest.mark.parametrize("key", sorted(DISK))
def test_a_mistake_in_an_entry_of_a_disk(keelboot, tmp_path, key):
    value, why = DISK[key]
    front = b"title x" if key in ("linux", "efi", "uki") \
        else b"# x\nlinux /vmlinuz"
    check_entry(keelboot, tmp_path / "x.conf", front, key, value, why)


GOOD = f"""title Fleet
version 1
sort-key fleet
machine-id {"0" * 32}
architecture x64
linux https://boot.example/${{mac}}/linux https://mirror.example/linux
sha256 = {DIGEST}
initrd https://boot.example/initrd
sha256 = {DIGEST}
initrd https://boot.example/${{uuid}}.cpio
sha256 = {DIGEST}
devicetree = https://boot.example/x.dtb
sha256 {DIGEST}
options root=/dev/sda1 hostname=${{hostname}}
max-size = 80M
timeout = 60
retry 10
on-failure hold
ca ca.pem
client-cert client.pem
client-key client.key
auth-bearer token
header X-Rack: 7
"""


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "entries").mkdir()
    (tmp_path / "network").mkdir()
    for name in ("ca.pem", "client.pem", "client.key", "token"):
        (tmp_path / "network" / name).write_text(name)
    return tmp_path


def test_a_good_entry_has_every_line_told(keelboot, tree):
    path = tree / "entries/fleet.conf"
    done = check(keelboot, path, GOOD)
    assert done.returncode == 0, done.stdout
    lines = done.stdout.splitlines()
    assert len(lines) == GOOD.count("\n")
    for number, line in enumerate(lines, 1):
        assert line.startswith(f"{path}:{number}: ") and " is " in line
    assert network_keys() - {line.split()[0] for line in GOOD.splitlines()} \
        == {"uki-url", "auth-basic"}
    assert "X-Rack" not in done.stdout


@pytest.mark.parametrize("name", ["ca.pem", "client.pem", "client.key",
                                  "token"])
@pytest.mark.parametrize("is_folder", [False, True])
def test_a_file_of_the_image_that_is_not_there(keelboot, tree, name,
                                               is_folder):
    path = tree / "entries/fleet.conf"
    (tree / "network" / name).unlink()
    if is_folder:
        (tree / "network" / name).mkdir()
    done = check(keelboot, path, GOOD)
    assert done.returncode == 0
    number = [n for n, line in enumerate(GOOD.splitlines(), 1)
              if line.endswith(" " + name)][0]
    said = [line for line in done.stdout.splitlines() if "warning" in line]
    assert said == [line for line in lines_at(done, path, number)
                    if "there is no file" in line]
    assert len(said) == 1 and said[0].endswith(f"../network/{name}")


def test_without_a_tree_no_file_is_looked_for(keelboot, tmp_path):
    assert "warning" not in check(keelboot, tmp_path / "fleet.conf",
                                  GOOD).stdout


@pytest.mark.parametrize("line,why", [
    ("ca ca.pem", "it means nothing, as no URL is https"),
    ("client-cert a\nclient-key b", "it means nothing, as no URL is https"),
    ("auth-basic a", "it can be read on the way"),
    ("auth-bearer a", "it can be read on the way"),
    ("header X-Rack: 7", "it can be read on the way"),
    ("title", "it has no value"),
])
def test_what_comes_to_nothing(keelboot, tmp_path, line, why):
    path = tmp_path / "x.conf"
    text = "uki-url http://boot.example/x\n"
    done = check(keelboot, path, text + line + "\n")
    assert done.returncode == 0
    assert any("warning: " in said and why in said
               for said in lines_at(done, path, 2))


def test_a_file_without_a_digest_boots_nowhere_strict(keelboot, tmp_path):
    path = tmp_path / "x.conf"
    done = check(keelboot, path,
                 "linux https://a/x\ninitrd https://a/1\n"
                 f"sha256 {DIGEST}\ninitrd https://a/2\n"
                 "devicetree https://a/3\n")
    said = [line for line in done.stdout.splitlines() if "warning" in line]
    assert [line.split(":")[1] for line in said] == ["4", "5"]
    assert all("without sha256" in line for line in said)


@pytest.mark.parametrize("text,why", [
    ("title x\ninitrd https://a/x\n", "none of linux, efi, uki"),
    ("linux https://a/x\nclient-cert x\n", "no client-key"),
    ("uki-url https://a/x\ninitrd https://a/y\n", "beside uki-url"),
    ("uki-url https://a/x\nauth-basic a\nheader Authorization: b\n",
     "it can send one"),
    ("linux /a\ndevicetree-overlay /b\n", "no devicetree"),
    ("title x\nlinux /a\nx\0\n", "is a NUL"),
    ("linux /a\n#" + "x" * 65536, "the most is 65536"),
    ("uki-url https://a/x\n#" + "x" * 65536, "the most is 65536"),
])
def test_what_an_entry_as_a_whole_lacks(keelboot, tmp_path, text, why):
    path = tmp_path / "x.conf"
    done = check(keelboot, path, text)
    assert done.returncode == 1
    assert any(why in line for line in done.stdout.splitlines())
    assert json.loads(check(keelboot, path, text, "--json").stdout)


def test_unknown_keys_are_told(keelboot, tmp_path):
    path = tmp_path / "x.conf"
    for text in ("linux https://a/x\ntitel x\n", "linux /x\ntitel x\n"):
        done = check(keelboot, path, text)
        assert done.returncode == 1
        assert 'the key "titel" is not known' in lines_at(done, path, 2)[0]
        found = json.loads(check(keelboot, path, text, "--json").stdout)
        assert found[1]["result"] == "unknown-key"
    done = check(keelboot, tmp_path / "keelboot.conf", "netwrok = eth0\n")
    assert done.returncode == 1 and "unknown key netwrok" in done.stdout


def test_all_mistakes_are_told_at_once(keelboot, tmp_path):
    path = tmp_path / "x.conf"
    done = check(keelboot, path,
                 "uki-url x\nretry a\n\ntimeout b\nfoo c\nsha256 d\n")
    assert [line.split(":")[1] for line in done.stdout.splitlines()] == [
        "1", "2", "4", "5", "6"]


def test_which_of_the_two_a_file_is(keelboot, tmp_path):
    """By its folder, or by its keys; `timeout` and `on-failure` are of both."""
    (tmp_path / "entries").mkdir()
    for path in (tmp_path / "entries/x.conf", tmp_path / "linux.conf"):
        done = check(keelboot, path, "retry 3\nlinux https://a/x\n"
                                     "timeout 9\non-failure hold\n")
        assert done.returncode == 0, done.stdout
    done = check(keelboot, tmp_path / "entries/y.conf", "timeout 3\n")
    assert done.returncode == 1
    assert 'the key "timeout" is not known' in done.stdout
    done = check(keelboot, tmp_path / "a.conf",
                 "timeout 3\nlinux = x\nkexec = auto\n")
    assert "unknown key linux" in done.stdout


def test_a_uki_url_alone_may_be_of_either(keelboot, tmp_path):
    """The file's name tells where keys do not."""
    text = "uki-url = https://boot.example/x\ntimeout = 0\n"
    assert check(keelboot, tmp_path / "keelboot.conf", text).returncode == 0
    done = check(keelboot, tmp_path / "fleet.conf", text)
    assert done.returncode == 1 and "timeout" in done.stdout


def test_dhcp_in_the_order_without_it(keelboot, tmp_path):
    path = tmp_path / "keelboot.conf"
    done = check(keelboot, path, "\nboot-order = disk dhcp\n")
    assert done.returncode == 0
    assert "there is no dhcp without" in lines_at(done, path, 2)[1]
    done = check(keelboot, path,
                 "boot-from-dhcp = yes\nboot-order = disk dhcp\n")
    assert "there is no dhcp" not in done.stdout


def test_a_time_for_nothing(keelboot, tmp_path):
    path = tmp_path / "keelboot.conf"
    found = notes(keelboot, path, "\nnetwork-timeout = 5\n")
    assert [f[:3] for f in found] == [
        (2, "without-effect", "network-timeout")]
    for other in "boot-from-dhcp = yes", "uki-url = http://boot.example/x":
        assert not notes(keelboot, path, f"{other}\nnetwork-timeout = 5\n")


def notes(keelboot, path, text):
    """(line, result, key, note) of what comes to nothing, or may."""
    done = check(keelboot, path, text, "--json")
    assert done.returncode == 0, done.stdout
    found = [(f["line"], f["result"], f["key"], f["note"])
             for f in json.loads(done.stdout) if "note" in f]
    done = check(keelboot, path, text)
    assert done.returncode == 0
    for line, _, key, note in found:
        assert f"{path}:{line}: {key}: {note}" in done.stdout.splitlines()
    return found


GOOD_VALUES = {
    "verify": "off", "verify-dates": "no", "default": "a", "preferred": "a",
    "timeout": "5", "menu": "show", "idle-timeout": "5",
    "efi-variables": "yes", "ipmi": "yes", "last-booted": "yes",
    "kexec": "auto", "append": "quiet", "probe-timeout": "5",
    "on-failure": "next", "crash-action": "reboot", "crash-delay": "5",
    "rescue-shell": "no", "editor": "no", "file-systems": "vfat",
    "removable": "no", "wait-for": "disk", "wait-for-timeout": "5",
    "consoles": "ttyS1", "colour": "yes", "console": "none",
    "watchdog": "no", "password-for": "edit",
    "password": f"pbkdf2-sha512:1000:{'0' * 16}:{'0' * 128}",
    "dns": "192.0.2.1", "ntp": "192.0.2.1",
    "proxy": "http://proxy.example:3128", "syslog": "log.example",
    "status-url": "http://log.example/", "boot-from-dhcp": "yes",
    "uki-url": "http://boot.example/x", "boot-order": "disk",
    "hand-on": "ip", "network-timeout": "5",
}
ADD_UP = {"lock": "verify", "network": "eth0"}


@pytest.mark.parametrize("key", sorted(CONFIG))
def test_a_key_that_stands_twice(keelboot, tmp_path, key):
    lines = [f"{key} = {({**GOOD_VALUES, **ADD_UP})[key]}\n"] * 3
    if key == "network":
        lines = [f"network = eth{i}\n" for i in range(3)]
    found = [f for f in notes(keelboot, tmp_path / "keelboot.conf",
                              "\n{}# x\n{}\n{}".format(*lines))
             if f[1] == "without-effect" and "says it again" in f[3]]
    assert found == ([] if key in ADD_UP else [
        (2, "without-effect", key, "line 4 says it again"),
        (4, "without-effect", key, "line 6 says it again")])


def test_a_bad_line_says_nothing_again(keelboot, tmp_path):
    done = check(keelboot, tmp_path / "keelboot.conf",
                 "timeout = 5\ntimeout = x\n")
    assert done.returncode == 1 and "again" not in done.stdout


NO_ENTRY = "there is no entry of that name in entries/; one of a disk may " \
    "have it"


def test_words_of_the_order_without_an_entry(keelboot, tree):
    path = tree / "keelboot.conf"
    (tree / "entries/fleet.conf").write_text(GOOD)
    (tree / "entries/local.conf").write_text("linux /vmlinuz\n")
    (tree / "entries/README").write_text("no entry")
    (tree / "entries/folder.conf").mkdir()
    order = "boot-from-dhcp = yes\nboot-order = disk network dhcp FLEET.conf " \
        "loc*.conf"
    assert not notes(keelboot, path, order + "\n")
    found = notes(keelboot, path, order + " flete.conf README folder.conf "
                                          "uki-url r*\n")
    assert found == [(2, "hint", "boot-order", f'"{word}": {NO_ENTRY}')
                     for word in ("flete.conf", "README", "folder.conf",
                                  "uki-url", "r*")]
    assert not notes(keelboot, path, "uki-url = http://boot.example/x\n"
                                     "boot-order = uki-url uki*\n")


def test_without_the_folder_no_word_is_doubted(keelboot, tmp_path):
    assert not notes(keelboot, tmp_path / "keelboot.conf",
                     "boot-order = fleet.conf\n")


NOTHING = "nothing here comes from the network; an entry of a disk may"
OF_NETWORK = "hand-on = ip\nproxy = http://proxy.example:3128\nntp = ntp.a\n"


def test_words_of_a_network_that_nothing_needs(keelboot, tree):
    path = tree / "keelboot.conf"
    (tree / "entries/local.conf").write_text("linux /vmlinuz\n")
    assert notes(keelboot, path, OF_NETWORK) == [
        (1, "hint", "hand-on", NOTHING), (2, "hint", "proxy", NOTHING),
        (3, "hint", "ntp", NOTHING)]
    assert not notes(keelboot, path, "hand-on = none\n")
    for line in ("network = first", "boot-from-dhcp = yes",
                 "uki-url = http://boot.example/x", "syslog = log.example",
                 "status-url = http://log.example/"):
        assert not notes(keelboot, path, OF_NETWORK + line + "\n")
    (tree / "entries/fleet.conf").write_text(GOOD)
    assert not notes(keelboot, path, OF_NETWORK)
