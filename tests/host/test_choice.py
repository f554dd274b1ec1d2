"""What would boot by itself, as `keelboot list` says: loader.conf and stores of
one volume and of two, on trees of type 1 entries."""

import sys
import zlib

import pytest

from conftest import ROOT

sys.path.insert(0, ROOT + "/tests/lib")

import standin  # noqa: E402 (its place is in tests/lib)

SLOT = 4096


class Machine:
    """A folder of volumes."""

    def __init__(self, keelboot, path):
        self.keelboot = keelboot
        self.path = path

    def put(self, volume, path, content):
        file = self.path / volume / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes)
                         else content.encode())

    def entry(self, volume, name, title=None):
        self.put(volume, "linux", standin.kernel("x86_64", "6.1.0"))
        self.put(volume, f"loader/entries/{name}",
                 f"title {title or name}\nlinux /linux\n")

    def conf(self, volume, text):
        self.put(volume, "loader/loader.conf", text)

    def store(self, volume, **values):
        text = "keelboot store 1\nsequence 1\n" + "".join(
            f"{key} {value}\n" for key, value in values.items())
        body = text.encode().ljust(SLOT - 15, b"\n")
        slot = body + b"crc32 %08x\n" % zlib.crc32(body)
        assert len(slot) == SLOT
        self.put(volume, "loader/keelboot/store", slot + bytes(SLOT))

    def chosen(self):
        """The id of the entry that boots by itself, and why."""
        rows = self.keelboot.json("list", "--root", self.path)
        marked = [row for row in rows if row["default"]]
        assert len(marked) <= 1
        text = self.keelboot("list", "--root", self.path).stdout
        if not marked:
            assert "boots by itself" not in text
            return None, None
        why = marked[0]["default_reason"]
        assert text.count(f"    boots by itself: {why}\n") == 1
        assert all(("default_reason" in row) == row["default"]
                   for row in rows)
        return marked[0]["id"], why


@pytest.fixture
def machine(keelboot, tmp_path):
    m = Machine(keelboot, tmp_path)
    m.entry("vda1", "debian-6.1.conf", "Debian GNU/Linux 12")
    m.entry("vda1", "debian-6.12.conf", "Debian GNU/Linux 13")
    m.entry("vda1", "fedora.conf", "Fedora Linux")
    return m


def test_without_a_word_the_first_boots(machine):
    # ids in descending order
    assert machine.chosen() == ("fedora.conf", "the first of the list")


@pytest.mark.parametrize("pattern, entry", [
    ("debian-6.1.conf", "debian-6.1.conf"),
    ("debian-*", "debian-6.12.conf"),
    ("DEBIAN-6.1.*", "debian-6.1.conf"),
    ("debian-6.?.conf", "debian-6.1.conf"),
    ("debian-6.[0-2].conf", "debian-6.1.conf"),
    ("[a-e]*", "debian-6.12.conf"),
    ("Debian GNU/Linux 12", "debian-6.1.conf"),
    ("* 12", "debian-6.1.conf"),
])
def test_default_of_loader_conf(machine, pattern, entry):
    machine.conf("vda1", f"timeout 3\nconsole-mode keep\ndefault {pattern}\n")
    assert machine.chosen() == (entry, "default of loader.conf on vda1")


@pytest.mark.parametrize("pattern", ["gone.conf", "[!x]*", "@saved", "debian",
                                     "debian-6.1.conf@1"])
def test_default_that_names_nothing(machine, pattern):
    machine.conf("vda1", f"default {pattern}\n")
    assert machine.chosen() == ("fedora.conf", "the first of the list")


def test_order_of_what_a_volume_says(machine):
    machine.conf("vda1", "default fedora.conf\n")
    machine.store("vda1", default="debian-6.1.conf")
    assert machine.chosen() == ("debian-6.1.conf",
                                "default of the store on vda1")
    machine.conf("vda1", "default fedora.conf\npreferred debian-6.12.conf\n")
    assert machine.chosen() == ("debian-6.12.conf",
                                "preferred of loader.conf on vda1")
    machine.store("vda1", default="debian-6.1.conf", oneshot="fedora.conf")
    assert machine.chosen() == ("fedora.conf",
                                "one-shot of the store on vda1")


@pytest.mark.parametrize("place, boots", [
    ("", "debian-6.1.conf"),
    ("kind=esp\n", "debian-6.1.conf"),
    ("kind=xbootldr\nfs-type=vfat\n", "debian-6.1.conf"),
    ("kind=md-member\n", "fedora.conf"),
])
def test_one_shot_counts_where_the_machine_could_take_it_out(machine, place,
                                                             boots):
    machine.put("vda1", ".place", place)
    machine.store("vda1", oneshot="debian-6.1.conf")
    assert machine.chosen()[0] == boots


def test_saved(machine):
    machine.conf("vda1", "default @saved\n")
    machine.store("vda1", last="debian-6.1.conf")
    assert machine.chosen() == ("debian-6.1.conf",
                                "default (@saved) of loader.conf on vda1")


def test_entry_without_tries_left(machine):
    machine.entry("vda1", "counted+0-3.conf")
    machine.conf("vda1", "default counted*\n")
    assert machine.chosen()[0] == "fedora.conf"
    machine.store("vda1", oneshot="counted.conf")
    assert machine.chosen() == ("counted.conf",
                                "one-shot of the store on vda1")
    machine.entry("vda1", "tried+1-2.conf")
    machine.store("vda1", preferred="tried.conf")
    assert machine.chosen()[0] == "tried.conf"


@pytest.mark.parametrize("names", [("vda1", "vdb1"), ("sda2", "sda10")])
@pytest.mark.parametrize("swapped", [False, True])
def test_first_volume_by_name_decides(keelboot, tmp_path, names, swapped):
    m = Machine(keelboot, tmp_path)
    one, two = ("x.conf", "y.conf") if swapped else ("y.conf", "x.conf")
    m.entry(names[0], "x.conf")
    m.entry(names[1], "y.conf")
    m.conf(names[0], f"default {one}\n")
    m.conf(names[1], f"default {two}\n")
    for _ in range(5):  # whichever process answers first
        assert m.chosen() == (one, f"default of loader.conf on {names[0]}")


def test_loader_conf_of_noise(machine):
    machine.conf("vda1", bytes(range(256)) * 60 + b"\ndefault debian-6.1.*\n")
    assert machine.chosen() == ("debian-6.1.conf",
                                "default of loader.conf on vda1")


def test_disks_change_nothing(machine):
    machine.conf("vda1", "verify off\nlock default\nwait-for disk\neditor no\n"
                 "beep on\ndefault debian-6.1.conf\n")
    done = machine.keelboot("list", "--root", machine.path)
    for key in ("verify", "lock", "wait-for", "editor"):
        assert f"{key} may only be set in the image" in done.stderr
    assert done.stderr.count("beep is a systemd-boot key") == 1
    assert machine.chosen()[0] == "debian-6.1.conf"
