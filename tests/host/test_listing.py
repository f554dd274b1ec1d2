"""What is wrong on a machine's partitions costs itself and nothing else: bad
entries, bad folders, bad menus, all through the command line; and the defects
of other loaders, which are not to be made again."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import pytest

from conftest import OWN_PIECES, ROOT

sys.path.insert(0, ROOT + "/tests/lib")

import mkzboot  # noqa: E402 (its place is in tests/lib)
import standin  # noqa: E402
import trees  # noqa: E402

SECONDS_MAX = 15  # that a list may take, whatever is in it


class Machine(trees.Maker):
    """Volumes in a temporary folder, and what keelboot says of them."""

    def __init__(self, keelboot, path):
        super().__init__(path / "machine", path / "work")
        self.keelboot = keelboot
        self.kernel("esp/vmlinuz")
        self.put("esp/initrd", "initrd")
        trees.write_place(self.path / "esp", "esp")

    def good(self, name="good", volume="esp", **keys):
        """An entry that must be offered whatever else is there."""
        self.conf(name + ".conf", volume=volume, **{
            "title": name, "linux": "/vmlinuz", **keys})

    def run(self, *arguments):
        begin = time.monotonic()
        done = self.keelboot(*arguments, "--root", self.path)
        assert time.monotonic() - begin < SECONDS_MAX
        assert done.returncode >= 0, "it ended by signal %d: %s" % (
            -done.returncode, done.stderr)
        return done

    def list(self):
        """The list's rows; the text form must not fail either."""
        text = self.run("list")
        done = self.run("list", "--json")
        assert (text.returncode, done.returncode) == (0, 0), done.stderr
        for out in (text.stdout, text.stderr):
            assert not re.search("[\0-\b\x0b-\x1f\x7f\u200e-\u202e]", out)
        self.notes = text.stderr
        # Not of interest here: kernels that no entry names.
        return [row for row in json.loads(done.stdout)
                if row["kind"] != "kernel" or not row["offered"]]

    def entries(self):
        """{id: row} of what is offered."""
        return {row["id"]: row for row in self.list() if row["offered"]}

    def refused(self):
        rows = [row for row in self.list() if not row["offered"]]
        for row in rows:
            assert row["reason"] and row["reason_code"]
        return {row["id"]: row for row in rows}

    def explain(self, name):
        done = self.run("explain", name, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def initrds(self, name):
        """What the entry's initrd is put together of, but for what keelboot
        itself adds."""
        pieces = self.explain(name)["initrd_pieces"]
        return [piece["source"] for piece in pieces
                if piece["source"] not in OWN_PIECES]


@pytest.fixture
def machine(keelboot, tmp_path):
    return Machine(keelboot, tmp_path)


# --- bad entries -------------------------------------------------------------


LONG = "x" * (4 << 20)
# name -> (the file, the refusal's code; None: it is offered)
ENTRIES = {
    "dots-first": ("linux ../vmlinuz\n", "bls-path-dots"),
    "dots-inside": ("linux /EFI/../vmlinuz\n", "bls-path-dots"),
    "dots-last": ("linux /vmlinuz\ninitrd /EFI/..\n", "bls-path-dots"),
    "dots-backslash": ("linux \\EFI\\..\\vmlinuz\n", "bls-path-dots"),
    "dots-devicetree": ("linux /vmlinuz\ndevicetree /../x\n",
                        "bls-path-dots"),
    "dots-extra": ("linux /vmlinuz\nextra /../x.cred\n", "bls-path-dots"),
    "nul-in-title": ("title N\0UL\nlinux /vmlinuz\n", "bls-nul"),
    "nul-in-options": ("linux /vmlinuz\noptions quiet\0init=/bin/sh\n",
                       "bls-nul"),
    "nul-at-end": ("linux /vmlinuz\n\0", "bls-nul"),
    "control-in-path": ("linux /vml\x01inuz\n", "bls-path-control"),
    "control-in-options": ("linux /vmlinuz\noptions a\x1bb\n",
                           "bls-options-control"),
    "newline-in-options": ("linux /vmlinuz\noptions a\rb\n",
                           "bls-options-control"),
    "long-options": ("linux /vmlinuz\noptions " + "x" * 5000 + "\n",
                     "bls-options-length"),
    "many-options": ("linux /vmlinuz\n" + "options 123456789\n" * 1000,
                     "bls-options-length"),
    "long-line": ("linux /vmlinuz\noptions " + LONG + "\n", "entry-text-too-long"),
    "long-comment": ("linux /vmlinuz\n#" + LONG + "\n", "entry-text-too-long"),
    "long-key": (LONG + " x\nlinux /vmlinuz\n", "entry-text-too-long"),
    "long-path": ("linux /" + "a/" * 200 + "vmlinuz\n", "bls-path-length"),
    "root-as-path": ("linux /\n", "bls-path-length"),
    "no-kernel": ("title None\n", "bls-no-kernel"),
    "empty": ("", "bls-no-kernel"),
    "two-kinds": ("linux /vmlinuz\nefi /vmlinuz\n", "bls-two-kernels"),
    "linux-twice": ("linux /vmlinuz\nlinux /other\n", "bls-key-twice"),
    "bad-profile": ("uki /vmlinuz\nprofile -1\n", "bls-profile"),
    "large-profile": ("uki /vmlinuz\nprofile 4294967296\n", "bls-profile"),
    "many-initrds": ("linux /vmlinuz\n" + "initrd /initrd\n" * 100,
                     "bls-too-many"),
    "missing": ("linux /nothing\n", "entry-file-missing"),
    "missing-initrd": ("linux /vmlinuz\ninitrd /nothing\n",
                       "entry-file-missing"),
    "binary": (bytes(range(256)) * 16, "bls-nul"),
    "utf8-cut": (b"title \xe6\x97\nlinux /vmlinuz\n", None),
    "latin1": (b"title Gr\xf6\xdfe\nlinux /vmlinuz\n", None),
    "escape-in-title": ("title \x1b[2J\x1b]0;x\x07\nlinux /vmlinuz\n", None),
    "bidi-in-title": ("title \u202egnp.\u2066x\nlinux /vmlinuz\n", None),
    "title-of-100-kb": ("title " + "t" * 60000 + "\nlinux /vmlinuz\n", None),
}


@pytest.mark.parametrize("name", ENTRIES)
def test_bad_entry(machine, name):
    content, code = ENTRIES[name]
    machine.good()
    machine.put(f"esp/loader/entries/{name}.conf", content)
    rows = {row["id"]: row for row in machine.list()}
    assert rows["good.conf"]["offered"]
    row = rows[f"{name}.conf"]
    assert row["offered"] == (code is None), row
    assert row.get("reason_code") == code


def test_bad_entries_hide_no_good_ones(machine):
    for name, (content, _) in ENTRIES.items():
        machine.put(f"esp/loader/entries/{name}.conf", content)
    for number in range(3):
        machine.good(f"a{number}")
        machine.good(f"z{number}")
    found = machine.entries()
    offered = {f"{name}.conf" for name, (_, code) in ENTRIES.items()
               if code is None}
    assert set(found) == offered | {f"{letter}{number}.conf"
                                    for letter in "az" for number in range(3)}
    assert len(machine.refused()) == len(ENTRIES) - len(offered)


def test_a_refusal_names_file_and_values(machine):
    """One sentence, with what disagrees."""
    machine.put("esp/loader/entries/dots.conf", "linux /a/../b\n")
    machine.put("esp/loader/entries/gone.conf", "linux /gone/vmlinuz\n")
    rows = machine.refused()
    assert "linux" in rows["dots.conf"]["reason"]
    assert "/gone/vmlinuz" in rows["gone.conf"]["reason"]
    for row in rows.values():
        assert "\n" not in row["reason"] and len(row["reason"]) < 240
        assert row["path"].startswith("/loader/entries/")


# --- many of them ------------------------------------------------------------


def test_ten_thousand_bad_entries(machine):
    """Ten good ones among them, in the middle of the names."""
    for number in range(9990):
        machine.put(f"esp/loader/entries/n{number:05}.conf", "title none\n")
    for number in range(10):
        machine.good(f"n0{number}500-good")
    found = machine.entries()
    assert {f"n0{number}500-good.conf" for number in range(10)} <= set(found)
    assert re.search(r"\d{4}", machine.notes), machine.notes


def test_ten_thousand_good_entries(machine):
    """The first ones in order are kept, and a note says that there are
    more."""
    for number in range(10000):
        machine.put(f"esp/loader/entries/n{number:05}.conf",
                    f"title {number}\nversion {number}\nsort-key many\n"
                    "linux /vmlinuz\n")
    found = [row["id"] for row in machine.list() if row["offered"]]
    assert len(found) >= 256
    assert found == [f"n{9999 - n:05}.conf" for n in range(len(found))]
    assert re.search(r"\d", machine.notes), machine.notes


def test_ten_thousand_images(machine):
    """The same for /EFI/Linux, whose files are larger than they are
    interesting."""
    noise = machine.put("esp/EFI/Linux/noise00000.efi", os.urandom(600))
    for number in range(1, 10000):
        os.link(noise, noise.with_name(f"noise{number:05}.efi"))
    machine.good()
    assert "good.conf" in machine.entries()


def test_many_volumes(machine):
    for number in range(60):
        machine.kernel(f"disk{number}/vmlinuz")
        machine.good(f"on-{number}", volume=f"disk{number}")
    found = machine.entries()
    assert {f"on-{number}.conf" for number in range(60)} <= set(found)


# --- folders -----------------------------------------------------------------


def test_symlinks_are_no_entries(machine):
    """A FAT has none; on a file system that has, they could lead
    anywhere."""
    machine.good()
    outside = machine.work / "outside"
    (outside / "entries").mkdir(parents=True)
    (outside / "entries/evil.conf").write_text("linux /vmlinuz\n")
    machine.link("esp/loader/entries/link.conf", outside
                 / "entries/evil.conf")
    machine.link("esp/loader/entries/self.conf", "self.conf")
    machine.link("esp/EFI/Linux", outside)
    machine.link("other/loader/entries", outside / "entries")
    machine.kernel("other/vmlinuz")
    (outside / "kernel").write_bytes(standin.bzimage("6.1"))
    machine.link("esp/linked-kernel", outside / "kernel")
    machine.put("esp/loader/entries/kernel-link.conf",
                "linux /linked-kernel\n")
    machine.link("esp/linked-folder", outside)
    machine.put("esp/loader/entries/folder-link.conf",
                "linux /linked-folder/kernel\n")
    assert set(machine.entries()) == {"good.conf"}
    assert {"kernel-link.conf", "folder-link.conf"} <= set(machine.refused())


def test_folders_that_loop(machine):
    machine.good()
    machine.link("esp/EFI/loop", ".")
    machine.link("esp/EFI/up", "../..")
    machine.link("esp/boot", ".")
    machine.link("loop", ".")
    assert set(machine.entries()) == {"good.conf"}


def test_what_is_no_regular_file(machine):
    """Nobody waits for the other end of a pipe."""
    machine.good()
    folder = machine.path / "esp/loader/entries"
    os.mkfifo(folder / "pipe.conf")
    (folder / "folder.conf").mkdir()
    (machine.path / "esp/EFI/Linux").mkdir(parents=True)
    os.mkfifo(machine.path / "esp/EFI/Linux/pipe.efi")
    os.mkfifo(machine.path / "esp/pipe")
    machine.put("esp/loader/entries/pipe-kernel.conf", "linux /pipe\n")
    machine.put("esp/loader/entries/pipe-initrd.conf",
                "linux /vmlinuz\ninitrd /pipe\n")
    os.mkfifo(machine.path / "esp/loader/loader.conf")
    assert set(machine.entries()) == {"good.conf"}
    assert {"pipe-kernel.conf",
            "pipe-initrd.conf"} <= set(machine.refused())


def as_nobody(program, path, *arguments):
    """Runs the program as somebody whom modes of files stop."""
    options = {"user": 65534, "group": 65534} if os.getuid() == 0 else {}
    return subprocess.run([program, *arguments, "--root", path, "--json"],
                          capture_output=True, text=True, timeout=60,
                          check=False, **options)


def test_what_cannot_be_read(keelboot):
    """Folders and files without the right to read them; the rest is
    listed, and the log names them."""
    with tempfile.TemporaryDirectory(prefix="keelboot-") as folder:
        os.chmod(folder, 0o755)
        program = shutil.copy(keelboot.program, folder + "/keelboot")
        m = trees.Maker(folder + "/machine", folder + "/work")
        for volume in ("one", "two", "three"):
            m.kernel(f"{volume}/vmlinuz")
            m.put(f"{volume}/loader/entries/{volume}.conf",
                  "linux /vmlinuz\n")
        secret = m.put("one/loader/entries/secret.conf", "linux /vmlinuz\n")
        kernel = m.kernel("one/locked")
        m.put("one/loader/entries/locked.conf", "linux /locked\n")
        for path, mode in ((secret, 0), (kernel, 0),
                           (m.path / "two/loader/entries", 0),
                           (m.path / "three", 0)):
            os.chmod(path, mode)
        done = as_nobody(program, m.path, "list")
        for path in (m.path / "two/loader/entries", m.path / "three"):
            os.chmod(path, 0o755)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert [row["id"] for row in rows if row["offered"]
            and row["kind"] == "type1"] == ["one.conf"]
    assert "/loader/entries" in done.stderr and "three" in done.stderr
    assert "secret.conf" in done.stderr + done.stdout
    assert "locked.conf" in {row["id"] for row in rows
                             if not row["offered"]}


# --- ids and counters --------------------------------------------------------


def test_one_id_on_several_volumes(machine):
    """Copies are one line; what only shares the name is not."""
    for volume in ("esp", "mirror"):
        machine.kernel(f"{volume}/vmlinuz")
        machine.conf("same.conf", volume=volume, title="Same",
                     linux="/vmlinuz")
        machine.conf("other.conf", volume=volume, title="Of " + volume,
                     linux="/vmlinuz")
    rows = [row for row in machine.list() if row["kind"] == "type1"]
    same = [row for row in rows if row["id"] == "same.conf"]
    assert len(same) == 1
    assert {copy["volume"] for copy in same[0]["replicas"]} == {"esp",
                                                               "mirror"}
    other = [row for row in rows if row["id"] == "other.conf"]
    assert {row["title"] for row in other} == {"Of esp", "Of mirror"}


def test_an_id_twice_in_one_folder(machine):
    """As a power cut during the renaming leaves it: one entry, and fewer
    attempts count."""
    machine.good("name+3-0")
    machine.good("name+2-1")
    rows = [row for row in machine.list() if row["id"] == "name.conf"]
    assert len(rows) == 1 and rows[0]["offered"]
    assert (rows[0]["tries_left"], rows[0]["tries_done"]) == (2, 1)


def test_counters_of_forty_digits(machine):
    """They are part of the name, and none overflows into a good one."""
    machine.good()
    digits = "1" * 40
    names = [f"a+{digits}", f"b+3-{digits}", f"c+{digits}-{digits}",
             f"d+{digits}x", "e+4294967296", "f+18446744073709551617",
             "g+" + "0" * 40 + "3"]
    for name in names:
        machine.good(name)
    found = machine.entries()
    for name in names[:6]:
        assert found[name + ".conf"].get("tries_left") is None
    assert found["g.conf"]["tries_left"] == 3
    assert "good.conf" in found


def test_a_bad_entry_comes_last_and_never_by_itself(machine):
    machine.good("z-bad+0-3", version="99", sort_key="a")
    machine.good("good", version="1", sort_key="a")
    rows = [row for row in machine.list() if row["offered"]]
    assert [row["id"] for row in rows][:2] == ["good.conf", "z-bad.conf"]
    assert rows[0]["automatic"] and not rows[1]["automatic"]
    assert rows[0]["default"] and not rows[1]["default"]


# --- loader.conf -------------------------------------------------------------


LOADER_CONF = {
    "noise": os.urandom(4096).replace(b"\n", b"\0") + b"\ndefault b.conf\n",
    "binary": bytes(range(256)) * 64,
    "long-line": b"#" + b"x" * (4 << 20) + b"\ndefault b.conf\n",
    "nul": b"default b.conf\0\n",
    "unknown-keys": b"made-up yes\n" * 500 + b"default b.conf\n",
    "bad-values": b"timeout -1\ntimeout 99999999999999999999\neditor maybe\n"
                  b"console-mode 80x25\ndefault b.conf\n",
    "pattern-bomb": b"default " + b"*a" * 70 + b"b\n",
    "open-bracket": b"default [b\n",
    "empty": b"",
}


@pytest.mark.parametrize("name", LOADER_CONF)
def test_loader_conf_of_noise(machine, name):
    machine.good("a")
    machine.good("b", version="1")
    machine.put("esp/loader/loader.conf", LOADER_CONF[name])
    assert {"a.conf", "b.conf"} <= set(machine.entries())
    assert sum(row["default"] for row in machine.list()) == 1


@pytest.mark.parametrize("pattern, wanted", [
    ("b.conf", "b.conf"), ("B.CONF", "b.conf"), ("b*", "b.conf"),
    ("?.conf", "c.conf"), ("[ab].conf", "b.conf"), ("nothing", "c.conf"),
    ("*", "c.conf")])
def test_default_of_loader_conf(machine, pattern, wanted):
    """Ids are compared without regard to case; of several matches the first
    of the list counts."""
    for name in "abc":
        machine.good(name)
    machine.put("esp/loader/loader.conf", f"timeout 5\ndefault {pattern}\n")
    assert [row["id"] for row in machine.list()
            if row["default"]] == [wanted]


# --- menus of other loaders --------------------------------------------------


STANZA = "menuentry '%s' {\n\tlinux /vmlinuz %s\n}\n"
# Each is between two good stanzas; the text says how much of what follows it
# may take along: GRUB itself reads no further where a brace is open.
GRUB = {
    "open-brace": ("menuentry 'Bad' {\n\tlinux /vmlinuz\n", "rest"),
    "close-brace": ("}\n", "none"),
    "two-close-braces": (STANZA % ("Bad", "x") + "}\n}\n", "none"),
    "open-quote": ("menuentry 'Bad {\n\tlinux /vmlinuz\n}\n", "rest"),
    "open-double-quote": ('menuentry "Bad {\n\tlinux /vmlinuz\n}\n', "rest"),
    "open-variable": ("menuentry 'Bad' {\n\tlinux ${x /vmlinuz\n}\n", "none"),
    "unknown-command": ("menuentry 'Bad' {\n\tfrobnicate\n"
                        "\tlinux /vmlinuz\n}\n", "none"),
    "no-kernel": ("menuentry 'Bad' {\n\techo hello\n}\n", "none"),
    "missing-kernel": (STANZA.replace("/vmlinuz", "/gone") % ("Bad", ""),
                       "none"),
    "dots": (STANZA.replace("/vmlinuz", "/../../etc/passwd") % ("Bad", ""),
             "none"),
    "nul": ("menuentry 'B\0d' {\n\tlinux /vmlinuz\n}\n", "none"),
    "control": ("menuentry 'B\x1b[2J' {\n\tlinux /vmlinuz a\x07b\n}\n",
                "none"),
    "if-without-fi": ("if true; then\n" + STANZA % ("Bad", ""), "rest"),
    "fi-alone": ("fi\n", "none"),
    "endless-function": ("function f {\n\tf\n}\nf\n", "none"),
    "endless-loop": ("while true; do\n\ttrue\ndone\n", "rest"),
    "source-of-itself": ("source $prefix/grub.cfg\n", "none"),
    "source-of-nothing": ("source /nothing/grub.cfg\n", "none"),
    "many-submenus": ("submenu x {\n" * 1000 + "}\n" * 1000, "none"),
    "long-line": ("set x=" + "y" * 300000 + "\n", "none"),
}


@pytest.mark.parametrize("name", GRUB)
def test_a_bad_stanza_costs_itself(machine, name):
    bad, takes = GRUB[name]
    machine.put("esp/boot/grub/grub.cfg",
                STANZA % ("First", "first") + bad + STANZA % ("Last", "last"))
    machine.good()
    rows = machine.list()
    offered = [row["title"] for row in rows if row["offered"]]
    assert "good" in offered and "First" in offered
    if takes == "none":
        assert "Last" in offered
    for row in rows:
        if not row["offered"] and row["kind"] == "grub":
            assert "grub.cfg" in row["path"] and row["line"] > 0
    told = machine.notes + json.dumps([row for row in rows
                                       if not row["offered"]])
    if name not in ("no-kernel", "many-submenus", "fi-alone", "long-line",
                    "control"):
        assert re.search(r"grub\.cfg", told), told


def test_a_grub_cfg_of_4_mb(machine):
    machine.good()
    machine.put("esp/boot/grub/grub.cfg", "# " + LONG + "\n" + STANZA % (
        "Late", ""))
    assert "good.conf" in machine.entries()
    assert "grub.cfg" in machine.notes


def test_noise_as_menus(machine):
    machine.good()
    for name in ("boot/grub/grub.cfg", "grub/grub.cfg", "grub2/grub.cfg",
                 "EFI/debian/grub.cfg", "extlinux/extlinux.conf",
                 "extlinux.conf", "syslinux/syslinux.cfg",
                 "grub2/grubenv", "boot/grub/grubenv", "loader/entries.srel",
                 "loader/keelboot/store"):
        machine.put(f"esp/{name}", os.urandom(5000))
    assert "good.conf" in machine.entries()


@pytest.mark.parametrize("bad", [
    "LABEL bad\n", "LABEL bad\n  LINUX /nothing\n",
    "LABEL bad\n  LINUX /../../etc/passwd\n", "  APPEND before any label\n",
    "INCLUDE /nothing.cfg\n", "INCLUDE extlinux.conf\n",
    "LABEL bad\n  COM32 menu.c32\n", "LABEL " + "x" * 3000 + "\n",
    "LABEL bad\n  LINUX /vmlinuz\n  APPEND a\x07b\n"],
    ids=["empty", "missing", "dots", "no-label", "include-nothing",
         "include-itself", "com32", "long", "control"])
def test_a_bad_label_costs_itself(machine, bad):
    label = "LABEL %s\n  LINUX /vmlinuz\n  APPEND %s\n"
    machine.put("esp/extlinux/extlinux.conf", label % ("first", "1") + bad
                + label % ("last", "2"))
    titles = [row["title"] for row in machine.list() if row["offered"]]
    assert "first" in titles and "last" in titles


# --- defects of other loaders: not again -------------------------------------


def test_u_root_default_of_loader_conf_had_no_effect(machine):
    machine.good("old", version="1", sort_key="os")
    machine.good("new", version="2", sort_key="os")
    machine.put("esp/loader/loader.conf", "default old.conf\n")
    rows = [row for row in machine.list() if row["default"]]
    assert [row["id"] for row in rows] == ["old.conf"]


def test_u_root_kept_one_of_repeated_options_and_initrds(machine):
    machine.good(options=["one", "two  three", "four"],
                 initrd=["/i/a", "/i/b", "/initrd"])
    seen = machine.explain("good.conf")
    assert seen["command_line"].split() == ["one", "two", "three", "four"]
    assert machine.initrds("good.conf") == ["/i/a", "/i/b", "/initrd"]


def test_u_root_did_not_part_words_at_tabs(machine):
    machine.put("esp/loader/entries/tabs.conf",
                "\ttitle\tWith\ttabs\nlinux\t/vmlinuz\noptions\t \tquiet\n")
    assert machine.entries()["tabs.conf"]["title"].startswith("With")
    assert machine.explain("tabs.conf")["command_line"] == "quiet"


def test_u_root_looked_for_relative_paths_below_loader(machine):
    machine.kernel("esp/EFI/os/vmlinuz")
    machine.kernel("esp/loader/EFI/os/vmlinuz", "9.9-wrong")
    machine.put("esp/loader/entries/relative.conf",
                "linux EFI/os/vmlinuz\n")
    wanted = hashlib.sha256((machine.path / "esp/EFI/os/vmlinuz")
                            .read_bytes()).hexdigest()
    assert machine.explain("relative.conf")["kernel"]["sha256"] == wanted


def test_u_root_appended_the_devicetree_to_the_initrd(machine):
    machine.put("esp/board.dtb", b"\xd0\x0d\xfe\xed" + bytes(40))
    machine.good(initrd="/initrd", devicetree="/board.dtb")
    done = machine.run("explain", "good.conf", "--json")
    if done.returncode == 0:
        assert machine.initrds("good.conf") == ["/initrd"]
    else:  # no device tree on this architecture, or none that can be read
        assert "board.dtb" in done.stderr


@pytest.mark.parametrize("codec", mkzboot.FAST_COMPRESSORS)
def test_u_root_knew_zboot_of_one_codec(machine, codec):
    """On one architecture only, too."""
    image = mkzboot.make_zboot(standin.bzimage("6.1-zboot"), codec,
                               machine="x86_64", fast=True)
    machine.put("esp/vmlinuz-zboot", image)
    machine.good("zboot", linux="/vmlinuz-zboot")
    assert "zboot.conf" in machine.entries()
    assert machine.explain("zboot.conf")["kernel"]["sha256"] == \
        hashlib.sha256(standin.bzimage("6.1-zboot")).hexdigest()


def small_uki(*sections):
    return standin.pe("x86_64", [
        (".osrel", b"ID=os\nNAME=Os\n"), (".linux", standin.bzimage("6.1")),
        *sections])


def test_kexec_tools_did_not_check_where_sections_are(machine):
    """A section's offset or size past the end of the file."""
    good = bytearray(small_uki())
    table = bytes(good).index(b".osrel\0\0")
    machine.put("esp/EFI/Linux/good.efi", good)
    for name, at in (("size", 16), ("offset", 20)):
        bad = bytearray(good)
        bad[table + 40 + at:table + 40 + at + 4] = b"\xff\xff\xff\x7f"
        machine.put(f"esp/EFI/Linux/{name}.efi", bad)
    assert "good.efi" in machine.entries()
    assert {"size.efi", "offset.efi"} <= set(machine.refused())


def test_kexec_tools_compared_names_past_their_end(machine):
    """Section names have eight bytes and no NUL behind them: what follows
    in the header is not a part of them."""
    other = machine.part("other", "not a kernel")
    machine.uki("esp/EFI/Linux/names.efi", {"ID": "os", "NAME": "Os"},
                cmdline="right", section=f".linuxxx:@{other}",
                linux=standin.bzimage("6.1"))
    seen = machine.explain("names.efi")
    assert seen["command_line"] == "right"
    assert seen["kernel"]["sha256"] == hashlib.sha256(
        standin.bzimage("6.1")).hexdigest()


def test_kexec_tools_ignored_the_command_line_of_a_uki(machine):
    machine.put("esp/EFI/Linux/a.efi",
                small_uki((".cmdline", b"root=/dev/x quiet\n")))
    assert machine.explain("a.efi")["command_line"] == "root=/dev/x quiet"


def content(folder):
    """Everything that a folder has: names, content, times."""
    return {str(path): (path.lstat().st_mtime_ns, path.lstat().st_ctime_ns,
                        path.read_bytes() if path.is_file() else None)
            for path in folder.rglob("*")}


def test_tinyboot_had_the_esp_writable(machine):
    """Nothing changes by being listed or explained."""
    machine.good("counted+3-0", initrd="/initrd")
    before = content(machine.path)
    machine.list()
    machine.explain("counted.conf")
    assert content(machine.path) == before


def test_tinyboot_looked_at_one_esp(machine):
    machine.kernel("second/vmlinuz")
    machine.good("first")
    machine.good("second", volume="second")
    assert {"first.conf", "second.conf"} <= set(machine.entries())


def test_tinyboot_took_the_first_initrd_only(machine):
    machine.good(initrd=["/one", "/two"])
    assert machine.initrds("good.conf") == ["/one", "/two"]


def test_tinyboot_read_sort_key_with_an_underscore(machine):
    machine.put("esp/loader/entries/a.conf",
                "linux /vmlinuz\nsort-key zz\nversion 9\n")
    machine.put("esp/loader/entries/b.conf",
                "linux /vmlinuz\nsort_key aa\nversion 9\n")
    rows = [row for row in machine.list() if row["kind"] == "type1"]
    assert [(row["id"], row["sort_key"]) for row in rows] == [
        ("a.conf", "zz"), ("b.conf", "")]


def test_tinyboot_offered_entries_of_other_architectures(machine):
    machine.good()
    machine.good("arm", architecture="aa64")
    machine.kernel("esp/vmlinuz-arm", arch="aarch64")
    machine.good("arm-kernel", linux="/vmlinuz-arm")
    assert "arm.conf" in machine.refused()
    row = {row["id"]: row for row in machine.list()}["arm-kernel.conf"]
    if row["offered"]:  # a kernel is read when it is to be booted
        done = machine.run("explain", "arm-kernel.conf")
        assert "aarch64" in done.stdout + done.stderr


def test_petitboot_kept_the_last_options_line(machine):
    machine.good(options=["root=/dev/x", "quiet"])
    assert machine.explain("good.conf")["command_line"] == "root=/dev/x quiet"


def test_petitboot_needed_a_grub_cfg_to_see_entries(machine):
    machine.good()
    assert not list(machine.path.rglob("grub*"))
    assert "good.conf" in machine.entries()


def test_petitboot_lost_a_menu_to_one_stanza(machine):
    """openSUSE's text mode stanza took all others along (issue 72)."""
    machine.put("esp/boot/grub2/grub.cfg", STANZA % ("First", "1")
                + "menuentry 'Text' {\n\tif [ \"${textmode\" = y ]; then\n"
                "\tlinux /vmlinuz\n}\n" + STANZA % ("Last", "2"))
    titles = [row["title"] for row in machine.list() if row["offered"]]
    assert "First" in titles


def test_petitboot_crashed_on_a_key_without_a_value(machine):
    machine.put("esp/loader/entries/a.conf", "title\nlinux /vmlinuz\n"
                "options\ninitrd\nversion\nid\n")
    assert "a.conf" in machine.entries()


def test_heads_evaluated_what_entries_say(machine, tmp_path):
    trap = tmp_path / "trap"
    text = f"a=$(touch {trap}) `touch {trap}` ; touch {trap} & x"
    machine.good(options=text, title=f"$(touch {trap})")
    machine.put("esp/boot/grub/grub.cfg",
                STANZA % (f"$(touch {trap})", f"$(touch {trap})"))
    machine.list()
    for row in machine.list():
        machine.run("explain", row["id"])
    assert not trap.exists()
    assert machine.explain("good.conf")["command_line"] == text


def test_heads_took_entries_in_the_order_of_the_disk(machine, tmp_path):
    """The same list however the folder was filled."""
    names = [f"os-{number}" for number in range(40)]
    for name in names:
        machine.good(name)
    first = [row["id"] for row in machine.list()]
    other = Machine(machine.keelboot, tmp_path / "other")
    for name in reversed(names):
        other.good(name)
    assert [row["id"] for row in other.list()] == first
    assert first[0] == "os-39.conf"


def test_systemd_boot_booted_the_default_without_tries_left(machine):
    """systemd issue 31215."""
    machine.good("chosen+0-3")
    machine.good("other")
    machine.put("esp/loader/loader.conf", "default chosen*\n")
    assert [row["id"] for row in machine.list()
            if row["default"]] == ["other.conf"]


def test_grub_booted_a_kernel_without_its_initrd(machine):
    machine.put("esp/loader/entries/a.conf",
                "linux /vmlinuz\ninitrd /nothing\n")
    machine.put("esp/boot/grub/grub.cfg", "menuentry 'G' {\n\tlinux /vmlinuz"
                "\n\tinitrd /nothing\n}\n" + STANZA % ("Good", ""))
    assert "a.conf" in machine.refused()
    rows = machine.list()
    assert [row["title"] for row in rows if row["offered"]
            and row["kind"] == "grub"] == ["Good"]
    assert any("/nothing" in row.get("reason", "") for row in rows
               if row["kind"] == "grub")


def test_grub_took_the_first_options_line(machine):
    machine.good(options=["one", "two"])
    assert machine.explain("good.conf")["command_line"] == "one two"


def test_grub_passed_over_entries_without_linux(machine):
    machine.put("esp/k/image.efi", small_uki((".cmdline", b"inside")))
    machine.put("esp/loader/entries/u.conf", "uki /k/image.efi\n")
    machine.put("esp/loader/entries/e.conf", "efi /vmlinuz\n")
    assert {"u.conf", "e.conf"} <= set(machine.entries())
