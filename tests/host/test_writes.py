"""What is written to disks, on images that mkfs.vfat and mtools made: where
things are on a FAT, counters and the store changed in place, and the commands
of a booted system. What is expected comes from another reader of FAT, from
fsck.vfat and from mtools."""

import os
import random
import re
import subprocess
import sys
import zlib

import pytest

from conftest import BUILD, ROOT, run

sys.path.insert(0, ROOT + "/tests/lib")

from fat_image import Fat  # noqa: E402

TOOL = os.path.join(BUILD, "host/host/write_tool")
STORE = "/loader/keelboot/store"

SHAPES = [(12, 512, 1, 1 << 20), (12, 512, 8, 2 << 20), (12, 4096, 1, 4 << 20),
          (16, 512, 2, 16 << 20), (16, 2048, 4, 64 << 20),
          (32, 512, 1, 34 << 20), (32, 4096, 1, 300 << 20)]


def mtools(command, image, *arguments):
    """In a locale of UTF-8, in which mtools reads the names it is given."""
    done = run(command, "-i", image, *arguments,
               env={**os.environ, "MTOOLS_SKIP_CHECK": "1",
                    "LC_ALL": "C.UTF-8"})
    assert done.returncode == 0, done.stderr
    return done.stdout


def make(path, shape, folders):
    bits, sector, per_cluster, size = shape
    path.write_bytes(b"")
    os.truncate(path, size)
    done = run("/usr/sbin/mkfs.vfat", "-F", bits, "-S", sector, "-s",
               per_cluster, path)
    assert done.returncode == 0, done.stderr
    mtools("mmd", path, *[f"::{folder}" for folder in folders])
    return path


def tool(*arguments):
    done = run(TOOL, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def fsck(image):
    done = run("/usr/sbin/fsck.vfat", "-n", image)
    assert done.returncode == 0, done.stdout


def changed(before, after, sector):
    """The sectors that differ."""
    assert len(before) == len(after)
    return [at for at in range(0, len(before), sector)
            if before[at:at + sector] != after[at:at + sector]]


@pytest.fixture(params=SHAPES, ids=lambda s: f"FAT{s[0]}-{s[1]}x{s[2]}")
def shape(request):
    return request.param


# --- where things are --------------------------------------------------------


def fragment(image, folder, work, seed):
    """Files come and go, so that folders and files lie in pieces."""
    chance = random.Random(seed)
    names = []
    for number in range(70):
        name = chance.choice("abcXYZ\u00e9") * chance.randrange(1, 90) + \
            f"-{number}+{number % 12}-0.{chance.choice(['efi', 'conf'])}"
        source = work / "source"
        source.write_bytes(chance.randbytes(chance.randrange(0, 9000)))
        mtools("mcopy", image, source, f"::{folder}/{name}")
        names.append(name)
        if number % 4 == 3:
            gone = names.pop(chance.randrange(len(names)))
            mtools("mdel", image, f"::{folder}/{gone}")
    return names


def test_slots_and_extents(tmp_path, shape):
    image = make(tmp_path / "fat", shape, ["EFI", "EFI/Linux", "loader"])
    names = fragment(image, "EFI/Linux", tmp_path, shape[2])
    data = image.read_bytes()
    fat = Fat(data)
    paths = ["/EFI/Linux/" + name for name in names] + [
        "/efi/LINUX", "/loader", "/EFI/Linux/" + names[0].upper()
        .replace("\u00c9", "\u00e9")]
    lines = tool("look", image, *paths)
    assert lines[0] == f"FAT{shape[0]}"
    pieces = 0
    for path, line in zip(paths, lines[1:], strict=True):
        _, attributes, first, size, slots = fat.find(path)
        words = line.split()
        assert words[:2] == [str(size), str(first)], path
        at = words.index("extents")
        assert [int(word) for word in words[4:at]] == slots
        if attributes & 0x10:
            continue
        found = b""
        for word in words[at + 1:]:
            start, length = map(int, word.split("+"))
            found += data[start:start + length]
        pieces = max(pieces, len(words) - at - 1)
        assert found == fat.read(path)
    places = {slot // fat.cluster for name in names
              for slot in fat.find("/EFI/Linux/" + name)[4]}
    assert len(places) > 1
    # on FAT32 mtools goes on behind the last cluster it took
    assert pieces > 1 or shape[0] == 32


def test_what_is_no_fat(tmp_path):
    image = tmp_path / "image"
    image.write_bytes(b"")
    assert tool("look", image, "x")[0].startswith("failed block-short: ")
    os.truncate(image, 1 << 20)
    assert tool("look", image, "x")[0].startswith("failed fat-signature: ")
    run("/usr/sbin/mke2fs", "-q", "-F", image)
    assert tool("look", image, "x")[0].startswith("failed fat-signature: ")


# --- counters ----------------------------------------------------------------


def counted(tmp_path, shape, *names, folder="EFI/Linux"):
    image = make(tmp_path / "fat", shape, ["EFI", "EFI/Linux", "loader",
                                           "loader/keelboot"])
    source = tmp_path / "content"
    source.write_bytes(b"image" * 1000)
    for name in names:
        mtools("mcopy", image, source, f"::{folder}/{name}")
    return image


def test_a_counter_is_one_sector(tmp_path, shape):
    steps = ["deb-6.1+03-9.efi", "deb-6.1+02-9.efi", "deb-6.1+01-9.efi"]
    image = counted(tmp_path, shape, "other+1-2.conf", steps[0], "z-z.efi-z")
    for old, new in zip(steps, steps[1:]):
        before = image.read_bytes()
        assert tool("count", image, "/efi/linux/" + old, new) == ["way 1"]
        after = image.read_bytes()
        assert len(changed(before, after, shape[1])) == 1
        assert sum(a != b for a, b in zip(before, after)) == 1
        fsck(image)
        listed = [entry[0] for entry in Fat(after).list("/EFI/Linux")]
        assert listed == ["other+1-2.conf", new, "z-z.efi-z"]
        assert mtools("mtype", image, f"::EFI/Linux/{new}") == "image" * 1000
        alias = mtools("mdir", image, "-b", "::EFI/Linux")
        assert new in alias


@pytest.mark.parametrize("old, new", [
    ("a+3.efi", "a+2-1.efi"), ("abc-6.1.0+3.conf", "abc-6.1.0+2-1.conf"),
    ("a+2-1.efi", "a+2.efi"), ("caf\u00e9 +3.efi", "caf\u00e9 +2-1.efi"),
    ("n" * 200 + "+10-09.efi", "n" * 200 + "+09-10.efi")])
def test_a_counter_that_grows_in_its_slots(tmp_path, old, new):
    image = counted(tmp_path, SHAPES[0], old)
    assert tool("count", image, "/EFI/Linux/" + old, new) == ["way 1"]
    fsck(image)
    assert [entry[0] for entry in Fat(image.read_bytes()).list("/EFI/Linux")] \
        == [new]
    assert mtools("mtype", image, f"::EFI/Linux/{new}") == "image" * 1000


@pytest.mark.parametrize("old, new, slug", [
    # 13 units become 15: one more slot
    ("abcdefg+3.efi", "abcdefg+2-1.efi", "write-not-in-place"),
    ("abcdef+2-1.conf", "abcdef.conf", "write-not-in-place"),
    ("SHORT.EFI", "SHORU.EFI", "write-not-in-place"),
    ("a+3-0.efi", "b+2-1.efi", "write-not-in-place"),
    ("a+3-0.efi", "a+3-0.efi", "write-not-in-place"),
    ("a+3-0.efi", "other+1-2.efi", "write-not-in-place"),
    ("a+3-0.efi", "a+2-\u00e9.efi", "write-not-in-place"),
    ("a+" + "0" * 90 + "-0.efi", "a+" + "0" * 90 + "-1.efi",
     "write-not-in-place"),
    ("none+3-0.efi", "none+2-1.efi", "fat-not-found"),
])
def test_what_does_not_go_in_place(tmp_path, old, new, slug):
    image = counted(tmp_path, SHAPES[0], "other+1-2.efi",
                    *[old] * (not old.startswith("none")))
    before = image.read_bytes()
    said = tool("count", image, "/EFI/Linux/" + old, new)
    assert said[0].startswith(f"failed {slug}: "), said
    assert image.read_bytes() == before


def test_digits_in_two_sectors(tmp_path):
    """14 slots are taken, so that a name's second slot ends the sector and
    its first one begins the next."""
    fillers = [f"F{number}" for number in range(13)]
    name = "s" * 10 + "+10-09.efi"
    image = counted(tmp_path, SHAPES[0], *fillers, name)
    before = image.read_bytes()
    fat = Fat(before)
    slots = fat.find("/EFI/Linux/" + name)[4]
    assert slots[1] // 512 + 1 == slots[0] // 512 or \
        slots[1] // 512 != slots[0] // 512
    # both numbers whole in their sectors
    assert tool("count", image, "/EFI/Linux/" + name,
                "s" * 10 + "+09-10.efi") == ["way 2"]
    after = image.read_bytes()
    assert len(changed(before, after, 512)) == 2
    fsck(image)
    # a number in both: not in place
    image = counted(tmp_path, SHAPES[0], *fillers, "y" * 11 + "+10-09.efi")
    before = image.read_bytes()
    said = tool("count", image, "/EFI/Linux/" + "y" * 11 + "+10-09.efi",
                "y" * 11 + "+09-10.efi")
    assert said[0].startswith("failed write-not-in-place: ")
    assert image.read_bytes() == before


# --- the store ---------------------------------------------------------------


def slots_of(data):
    """(sequence, fields) of each valid slot, as the manual says."""
    found = {}
    assert len(data) == 8192
    for slot in (data[:4096], data[4096:]):
        if slot[-15:] != b"crc32 %08x\n" % zlib.crc32(slot[:-15]):
            continue
        lines = slot[:-15].decode().rstrip("\n").split("\n")
        assert lines[0] == "keelboot store 1"
        fields = dict(line.split(" ", 1) for line in lines[1:])
        found[int(fields.pop("sequence"))] = fields
    return found


def test_the_store_stays_in_its_clusters(tmp_path, shape):
    image = counted(tmp_path, shape)
    assert tool("store", image, "a.efi", "b.efi")[0].startswith(
        "failed fat-not-found: ")
    # in pieces, as far as clusters are that small
    source = tmp_path / "store"
    for size in (1, 8192):
        source.write_bytes(bytes(size))
        mtools("mcopy", image, "-o", source, f"::{STORE[1:]}")
    places = set()
    for number in range(1, 5):
        before = image.read_bytes()
        assert tool("store", image, f"one-{number}.efi", "last") == ["way 1"]
        after = image.read_bytes()
        at = changed(before, after, 4096)
        assert 1 <= len(at) <= 2 + 4096 // shape[1]
        slots = slots_of(Fat(after).read(STORE))
        assert max(slots) == number
        assert slots[number] == {"oneshot": f"one-{number}.efi",
                                 "last": "last"}
        assert len(slots) == min(number, 2)
        places.add(tuple(at))
        fsck(image)
    assert len(places) == 2
    source.write_bytes(bytes(8191))
    mtools("mcopy", image, "-o", source, f"::{STORE[1:]}")
    assert tool("store", image, "a", "b")[0].startswith(
        "failed write-not-in-place: ")


# --- commands of a booted system ---------------------------------------------


class Esp:
    """A folder that stands for the ESP, and what keelboot told the system."""

    def __init__(self, folder, keelboot):
        self.folder, self.keelboot = folder, keelboot
        self.entry = folder.parent / "entry"
        (folder / "EFI/Linux").mkdir(parents=True)

    def booted(self, name, counter="yes", partition=True):
        self.entry.write_text(
            "keelboot entry 1\nid deb.efi\nkind uki\n"
            f"path /EFI/Linux/{name}\ncounter {counter}\n"
            + "partition 3d7f6a1e-0000-4000-8000-00000000000f\n" * partition)

    def put(self, *names):
        for name in names:
            (self.folder / "EFI/Linux" / name).write_text("content of deb")

    def names(self):
        return sorted(os.listdir(self.folder / "EFI/Linux"))

    def run(self, *words):
        return self.keelboot(*words, "--esp", self.folder)

    def bless(self, *words):
        return self.run("bless", *words, "--entry", self.entry)

    def store(self):
        slots = slots_of((self.folder / STORE[1:]).read_bytes())
        return max(slots), slots[max(slots)]


@pytest.fixture
def esp(tmp_path, keelboot):
    return Esp(tmp_path / "esp", keelboot)


@pytest.mark.parametrize("word, want, said", [
    ("good", "deb.efi", "good"), (None, "deb.efi", "good"),
    ("bad", "deb+00-03.efi", "bad"),
    ("indeterminate", "deb+07-03.efi", "indeterminate"),
    ("status", None, None)])
@pytest.mark.parametrize("before", ["deb+07-03.efi", "deb+00-03.efi",
                                    "deb.efi"])
def test_bless(esp, word, want, said, before):
    esp.booted("deb+07-03.efi")
    esp.put(before, "deb-2+1.efi", "other.efi")
    for _ in range(2):
        done = esp.bless(*([word] if word else []))
        assert done.returncode == 0, done.stderr
        assert esp.names() == sorted([want or before, "deb-2+1.efi",
                                      "other.efi"])
        if said:
            assert done.stdout == f"{said}: /EFI/Linux/{want}\n"
    assert (esp.folder / "EFI/Linux" / (want or before)).read_text() == \
        "content of deb"


def test_bless_says_what_is_wrong(esp):
    def failed(code, text, *words):
        done = esp.bless(*words)
        assert done.returncode == code, done.stderr
        assert text in done.stderr

    failed(1, "unable to read")
    esp.entry.write_text("")
    failed(1, "not with \"keelboot entry 1\"")
    esp.booted("deb+2-1.efi")
    failed(1, "there is neither deb+2-1.efi nor deb+0-1.efi nor deb.efi")
    failed(2, "\"great\" is none of", "great")
    esp.put("deb+2-1.efi", "deb.efi")
    failed(1, "cannot become deb.efi, which is there", "good")
    assert esp.names() == ["deb+2-1.efi", "deb.efi"]
    esp.booted("../deb+2-1.efi")
    failed(1, "cannot be the path")
    done = esp.keelboot("bless")
    assert done.returncode == 1 and "was not started by keelboot" in \
        done.stderr, "this host was started by keelboot?"
    esp.booted("deb+2-1.efi")
    done = esp.keelboot("bless", "--entry", esp.entry)
    assert done.returncode == 1
    assert "3d7f6a1e-0000-4000-8000-00000000000f is not mounted" in done.stderr


def test_bless_what_is_not_counted(esp):
    esp.put("deb.efi")
    for name, counter in [("deb.efi", "no"), ("deb.efi", "yes")]:
        esp.booted(name, counter)
        done = esp.bless()
        assert (done.returncode, done.stdout) == \
            (0, "not counted: /EFI/Linux/deb.efi\n")


def test_bless_after_a_power_cut(esp):
    """A rename that was cut leaves an empty file of the new name."""
    esp.booted("deb+2-1.efi")
    esp.put("deb+2-1.efi")
    (esp.folder / "EFI/Linux/deb.efi").write_text("")
    assert esp.bless().returncode == 0
    assert esp.names() == ["deb.efi"]
    assert (esp.folder / "EFI/Linux/deb.efi").read_text() == "content of deb"


def test_bless_follows_no_link(esp, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/deb+2-1.efi").write_text("content")
    (esp.folder / "EFI/Linux").rmdir()
    (esp.folder / "EFI/Linux").symlink_to(tmp_path / "elsewhere")
    esp.booted("deb+2-1.efi")
    assert esp.bless().returncode == 1
    assert os.listdir(tmp_path / "elsewhere") == ["deb+2-1.efi"]


def test_choices(esp):
    def chosen(*words):
        done = esp.run(*words)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
        return esp.store()

    assert chosen("set-oneshot", "a.efi") == (1, {"oneshot": "a.efi"})
    assert chosen("set-default", "*-lts.conf") == (
        2, {"oneshot": "a.efi", "default": "*-lts.conf"})
    assert chosen("set-oneshot", "b.efi") == (
        3, {"oneshot": "b.efi", "default": "*-lts.conf"})
    assert chosen("set-oneshot", "--clear") == (4, {"default": "*-lts.conf"})
    assert chosen("set-default", "") == (5, {})
    assert os.listdir(esp.folder / "loader/keelboot") == ["store"]


def test_choices_that_are_refused(esp):
    assert esp.run("set-default", "--clear").returncode == 0
    assert not (esp.folder / "loader").exists()
    for word in ("x" * 161, " x", "a\nb", "\x1b[2J"):
        done = esp.run("set-oneshot", word)
        assert done.returncode == 1 and done.stderr.startswith("keelboot: ")
    assert esp.run("set-oneshot").returncode == 2
    assert esp.run("set-oneshot", "a", "--clear").returncode == 2
    assert esp.run("set-oneshot", "a", "b").returncode == 2
    assert not (esp.folder / STORE[1:]).exists()


@pytest.mark.parametrize("damage", [bytes(8192), b"", bytes(100000)],
                         ids=["zero", "empty", "long"])
def test_a_store_that_is_broken(esp, damage):
    (esp.folder / "loader/keelboot").mkdir(parents=True)
    (esp.folder / STORE[1:]).write_bytes(damage)
    done = esp.run("set-default", "a.efi")
    assert done.returncode == 0
    assert re.search("the store was not valid and is made anew", done.stderr)
    assert esp.store() == (1, {"default": "a.efi"})


# --- what keeps the entry in an initrd ---------------------------------------


def test_tmpfiles_keep_the_entry(esp, tmp_path):
    root = tmp_path / "root"
    conf = os.path.join(ROOT, "dist/tmpfiles.d/keelboot.conf")
    (root / "etc").mkdir(parents=True)
    (root / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\n")
    (root / "etc/group").write_text("root:x:0:\n")
    done = run("systemd-tmpfiles", "--create", f"--root={root}", conf)
    assert done.returncode == 0, done.stderr
    assert not (root / "run/keelboot/entry").exists()
    (root / ".extra/keelboot").mkdir(parents=True)
    esp.booted("deb+2-1.efi")
    (root / ".extra/keelboot/entry").write_bytes(esp.entry.read_bytes())
    (root / ".extra/keelboot/log").write_text("[    1.000] line\n")
    done = run("systemd-tmpfiles", "--create", f"--root={root}", conf)
    assert done.returncode == 0, done.stderr
    kept = root / "run/keelboot/entry"
    assert kept.read_bytes() == esp.entry.read_bytes()
    assert kept.stat().st_mode & 0o777 == 0o444
    log = root / "run/keelboot/log"
    assert log.read_text() == "[    1.000] line\n"
    assert log.stat().st_mode & 0o777 == 0o400


def test_initramfs_tools_keep_the_entry(esp, tmp_path):
    script = tmp_path / "script"
    with open(os.path.join(ROOT, "dist/initramfs-tools/scripts/init-bottom/"
                                 "keelboot"), encoding="utf-8") as file:
        script.write_text(re.sub(r"(?<![\w/])/(run|\.extra)/",
                                 rf"{tmp_path}/\1/", file.read()))
    assert run("sh", script, "prereqs").stdout == "\n"
    assert run("sh", script).returncode == 0
    kept = tmp_path / "run/keelboot/entry"
    assert not kept.exists()
    (tmp_path / ".extra/keelboot").mkdir(parents=True)
    esp.booted("deb+2-1.efi")
    (tmp_path / ".extra/keelboot/entry").write_bytes(esp.entry.read_bytes())
    log = tmp_path / "run/keelboot/log"
    for turn in range(3):
        done = run("sh", script)
        assert (done.returncode, done.stderr) == (0, "")
        assert kept.read_bytes() == esp.entry.read_bytes()
        assert kept.stat().st_mode & 0o777 == 0o444
        assert log.exists() == (turn > 0)
        (tmp_path / ".extra/keelboot/log").write_text("[    1.000] line\n")
    assert log.read_text() == "[    1.000] line\n"
    assert log.stat().st_mode & 0o777 == 0o400
    assert kept.parent.stat().st_mode & 0o777 == 0o755


def test_the_unit_is_well_formed(tmp_path):
    with open(os.path.join(ROOT, "dist/systemd/keelboot-bless.service"),
              encoding="utf-8") as file:
        text = file.read()
    unit = tmp_path / "keelboot-bless.service"
    unit.write_text(text.replace("@PREFIX@/bin/keelboot", "/bin/true"))
    done = run("systemd-analyze", "verify", "--man=no", unit)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
