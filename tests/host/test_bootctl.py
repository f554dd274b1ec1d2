"""The same trees to keelboot and to systemd's bootctl: which entries there
are, and in which order, may differ only where docs/listing-differences.md says
so. And menus that no program but GRUB reads: what their makers meant."""

import json
import os
import re
import sys

import pytest

from conftest import OWN_PIECES, ROOT, run

sys.path.insert(0, ROOT + "/tests/lib")

import trees  # noqa: E402 (its place is in tests/lib)

TABLE = ROOT + "/docs/listing-differences.md"
# What is an entry of the Boot Loader Specification. keelboot lists more:
# kernels without an entry, other loaders' menus, refusals.
KINDS = ("type1", "uki")
BLS = [name for name in trees.names() if trees.get_volumes(name)]
MENUS = [name for name in trees.names() if trees.wanted(name)]


class Differences:
    """The rows of the document's table: what, TREE/ID, and for `named` what
    keelboot calls it."""

    def __init__(self):
        with open(TABLE, encoding="utf-8") as file:
            self.rows = re.findall(
                r"^\| (only bootctl|only keelboot|place|named) "
                r"\| `([^`]+)`(?: → `([^`]+)`)? \| [^|]+ \|$",
                file.read(), re.M)

    def of(self, what, tree):
        """{id: the third word}"""
        return {name.split("/", 1)[1]: other
                for kind, name, other in self.rows
                if kind == what and name.split("/", 1)[0] == tree}


class Ids(list):
    """The ids of rows, and these."""

    def __init__(self, rows):
        self.rows = list(rows)
        super().__init__(row["id"].lower() for row in self.rows)


def bootctl(tree):
    """Ids in bootctl's order."""
    words = ["--esp-path=%s" % tree.of_kind("esp")]
    if tree.of_kind("xbootldr"):
        words.append("--boot-path=%s" % tree.of_kind("xbootldr"))
    done = run(trees.tools("systemd-262") / "bin/bootctl", *words, "list",
               "--json=short", env={
                   **os.environ, "SYSTEMD_RELAX_ESP_CHECKS": "1",
                   "SYSTEMD_RELAX_XBOOTLDR_CHECKS": "1"})
    assert done.returncode == 0, done.stderr
    return Ids(row for row in json.loads(done.stdout)
               if row["type"] in ("type1", "type2"))


def keelboot_list(keelboot, tree):
    return [row for row in keelboot.json("list", "--root", tree.path)
            if row["kind"] in KINDS]


def take(found, ids, what):
    """found without these; every one of them must be there, or the table's
    row is about nothing."""
    left = list(found)
    stale = [name for name in ids if name not in left]
    for name in ids:
        while name in left:
            left.remove(name)
    return left, ["a row says `%s` of %s, which is not so" % (what, name)
                  for name in stale]


def compare(tree, theirs, ours, differences):
    """Sentences about what the table does not explain."""
    wrong = []
    for old, new in differences.of("named", tree).items():
        wrong += take(theirs, [old], "named")[1]
        theirs = [new if name == old else name for name in theirs]
    only_theirs = differences.of("only bootctl", tree)
    only_ours = differences.of("only keelboot", tree)
    for ids, here, there, what in (
            (only_theirs, theirs, ours, "only bootctl"),
            (only_ours, ours, theirs, "only keelboot")):
        for name in ids:
            if here.count(name) <= there.count(name):
                wrong.append("a row says `%s` of %s/%s, which is not so"
                             % (what, tree, name))
    theirs, ours = drop(theirs, ours, only_theirs), drop(ours, theirs,
                                                         only_ours)
    for name in sorted(set(theirs) | set(ours)):
        if theirs.count(name) != ours.count(name):
            wrong.append("%s/%s: bootctl lists it %d times, keelboot %d" % (
                tree, name, theirs.count(name), ours.count(name)))
    if wrong:
        return wrong
    moved = differences.of("place", tree)
    fixed = [[name for name in side if name not in moved]
             for side in (theirs, ours)]
    if fixed[0] != fixed[1]:
        return ["%s: bootctl's order is %s, keelboot's %s" % (
            tree, *map(" ".join, fixed))]
    for name in moved:
        others = [m for m in moved if m != name]
        if [n for n in theirs if n not in others] == [
                n for n in ours if n not in others]:
            wrong.append("a row says `place` of %s/%s, which stands where "
                         "bootctl has it" % (tree, name))
    return wrong


def drop(here, there, ids):
    """Of these ids here is left what there is there."""
    kept = []
    for name in here:
        if name not in ids or kept.count(name) < there.count(name):
            kept.append(name)
    return kept


@pytest.fixture(scope="module")
def differences():
    return Differences()


@pytest.mark.parametrize("name", BLS)
def test_bootctl_lists_the_same(keelboot, differences, name):
    tree = trees.get(name)
    ours = [row["id"] for row in keelboot_list(keelboot, tree)
            if row["offered"]]
    theirs = bootctl(tree)
    assert theirs, "bootctl finds nothing, so it says nothing"
    assert not compare(name, theirs, ours, differences)


def test_every_row_is_about_a_tree(differences):
    with open(TABLE, encoding="utf-8") as file:
        lines = [line for line in file if re.match(
            r"\| (only|place|named)", line)]
    assert len(differences.rows) == len(lines)
    for _, name, _ in differences.rows:
        assert name.split("/")[0] in BLS, name


@pytest.mark.parametrize("name", BLS)
def test_what_only_bootctl_lists_is_told(keelboot, differences, name):
    """It is among the refusals with a reason, but for what is another file's
    twin or hidden by its name."""
    tree = trees.get(name)
    refused = {row["id"]: row for row in keelboot.json(
        "list", "--root", tree.path) if not row["offered"]}
    offered = {row["id"] for row in keelboot_list(keelboot, tree)}
    for entry in differences.of("only bootctl", name):
        if entry.startswith("auto-") or entry in offered:
            continue
        assert entry in refused, entry
        assert refused[entry]["reason_code"] and refused[entry]["reason"]


def test_compare_sees_differences():
    """What this test stands on."""
    class Table:
        def __init__(self, *rows):
            self.rows = rows
        of = Differences.of

    none = Table()
    assert not compare("t", ["a", "b"], ["a", "b"], none)
    assert compare("t", ["a", "b"], ["b", "a"], none)
    assert compare("t", ["a", "b"], ["a"], none)
    assert compare("t", ["a"], ["a", "b"], none)
    assert compare("t", ["a", "a"], ["a"], none)
    gone = Table(("only bootctl", "t/b", ""))
    assert not compare("t", ["a", "b"], ["a"], gone)
    assert compare("t", ["a", "b"], ["a", "b"], gone)
    assert not compare("t", ["b", "b"], ["b"], gone)
    assert compare("t", ["a"], ["a"], gone)
    more = Table(("only keelboot", "t/b", ""))
    assert not compare("t", ["a"], ["a", "b"], more)
    assert compare("t", ["a", "b"], ["a", "b"], more)
    moved = Table(("place", "t/b", ""))
    assert not compare("t", ["a", "b", "c"], ["b", "a", "c"], moved)
    assert compare("t", ["a", "b", "c"], ["a", "b", "c"], moved)
    assert compare("t", ["a", "b", "c"], ["b", "c", "a"], moved)
    named = Table(("named", "t/b", "x"))
    assert not compare("t", ["a", "b"], ["a", "x"], named)
    assert compare("t", ["a"], ["a"], named)


@pytest.mark.parametrize("name", BLS)
def test_fields_are_bootctls(keelboot, name):
    """Of the entries that both list, once, under one id."""
    tree = trees.get(name)
    theirs, ours = bootctl(tree), keelboot_list(keelboot, tree)
    offered = [row["id"] for row in ours if row["offered"]]
    once = {other["id"].lower(): other for other in theirs.rows
            if offered.count(other["id"].lower()) == 1
            and theirs.count(other["id"].lower()) == 1}
    for row in [row for row in ours if row["offered"] and row["id"] in once]:
        other = once[row["id"]]
        # Without a title there is the id; control characters are shown as
        # something harmless.
        title = other.get("title", row["title"])
        number = " (@%d)" % row["profile"]
        if title.endswith(number):
            # A profile that says nothing of itself: the wording is free.
            assert row["title"].startswith(title[:-len(number)] + " (")
        elif all(" " <= c for c in title):
            assert row["title"] == title
        assert row["version"] == other.get("version", "")
        assert row.get("sort_key", "") == other.get("sortKey", "")
        assert row.get("machine_id", "") == other.get("machineId", "")
        assert row.get("tries_left") == other.get("triesLeft")
        if "triesDone" in other:
            assert row.get("tries_done") == other["triesDone"]


# --- menus of GRUB and extlinux ----------------------------------------------


def blanks(text):
    return " ".join(text.split())


@pytest.mark.parametrize("name", MENUS)
def test_menus_of_other_loaders(keelboot, name):
    """The entries and their order; of each the kernel, where it is."""
    tree = trees.get(name)
    seen = [(row["title"], row["volume"]) for row in keelboot.json(
        "list", "--root", tree.path) if row["offered"]
        and row["kind"] in ("grub", "extlinux", "type1")]
    assert seen == [(w.title, w.volume) for w in tree.wanted]


@pytest.mark.parametrize("name", MENUS)
def test_menus_of_other_loaders_explained(keelboot, name):
    """What would boot: command line and initrds, byte for byte."""
    tree = trees.get(name)
    rows = [row for row in keelboot.json("list", "--root", tree.path)
            if row["offered"] and row["kind"] in ("grub", "extlinux",
                                                  "type1")]
    assert len(rows) == len(tree.wanted)
    for row, wanted in zip(rows, tree.wanted):
        seen = keelboot.json("explain", row["id"], "--root", tree.path)
        assert blanks(seen["command_line"]) == blanks(wanted.options), wanted
        sources = [piece["source"] for piece in seen["initrd_pieces"]]
        assert [s for s in sources if s.startswith("/")
                and s not in OWN_PIECES] == wanted.initrds


def test_the_saved_entry_is_the_default(keelboot):
    """Fedora's grub.cfg takes it from grubenv; here it is the older one."""
    tree = trees.get("fedora-grub")
    chosen = [row["title"] for row in keelboot.json("list", "--root",
                                                    tree.path)
              if row["default"]]
    assert chosen == [tree.wanted[1].title]
