"""The menu as a person has it in front of them: in tmux, at several sizes and
under several names of terminals. Each key on each page, titles that mean harm,
thousands of entries, the editor, the password, sizes that change."""

import os
import re
import sys
import time

import pytest

from conftest import BUILD, ROOT

sys.path.insert(0, ROOT + "/tests/lib")

import tmux  # noqa: E402 (its place is in tests/lib)
from menu_rig import Tree  # noqa: E402

SIZES = [(24, 80), (10, 40), (50, 132)]
SMART = ["vt100", "xterm", None]  # None: tmux's own name
DUMB = ["dumb", "unknown"]
# A small screen has no room for the host beside what must be seen.
LIST = r"\A(\S+  keelboot |This is a rehearsal)"
PASSWORD = "correct horse"  # of tests/data/console/gated.conf


@pytest.fixture(scope="module")
def server():
    one = tmux.Server()
    yield one
    one.close()


@pytest.fixture(scope="module")
def entries(tmp_path_factory):
    """Twelve entries, of which nobody asks who vouches for them where nothing
    is verified; for reading."""
    tree = Tree(tmp_path_factory.mktemp("tree"))
    tree.entries(12)
    return tree


@pytest.fixture
def start(server):
    """Starts menus, which end with the test: "open" and "gated" are those of
    tests/data/console, "shipped" is the program as it is."""
    windows = []

    def start_menu(which, tree, rows=24, cols=80, term=None):
        program = os.path.join(BUILD, "x86_64", "keelboot"
                               if which == "shipped" else f"test/menu-{which}")
        assert os.path.exists(program), f"{program}: run make menus"
        windows.append(server.window([program, "menu", "--root", tree.path],
                                     rows, cols, term))
        return windows[-1]
    yield start_menu
    for window in windows:
        window.close()


def to_list(w):
    """From any page: the confirm page leads to the one that asked, help to the
    one below."""
    w.keys("Escape", "Escape", "Escape", "Escape")
    w.wait(LIST)


def log_of(w):
    to_list(w)
    w.keys("l")
    w.wait(r"\ALog")
    w.keys("Home")
    log, shown = [], w.wait(r"\ALog( +lines 1 to|\n)")
    log += shown.split("\n")[2:-2]
    to_list(w)
    return "\n".join(log)


# --- sizes and kinds of terminals --------------------------------------------


@pytest.mark.parametrize("rows, cols", SIZES)
@pytest.mark.parametrize("term", SMART)
def test_walk(start, entries, rows, cols, term):
    w = start("open", entries, rows, cols, term)
    shown = w.wait(LIST, r"^ > +1 +Entry number 1 \[default\]",
                   r"Nothing is verified \(verify = off\)", r"help|keys")
    assert len(shown.rstrip("\n").split("\n")) == rows
    assert all(len(row) < cols for row in shown.split("\n"))
    w.keys("Down")
    w.wait(r"^ > +2 +Entry number 2\b", r"^vda1 /loader/entries/e9998\.conf")
    w.keys("i")
    w.wait(r"\ADetails", "id: e9998.conf")
    w.keys("q")
    w.wait(LIST, r"^ > +2 ")
    w.keys("?")
    w.wait(r"\AKeys", "mark another entry")
    w.keys("Escape")
    w.wait(LIST, r"^ > +2 ")
    w.keys("Enter")
    w.wait(r'rehearsal: "Entry number 2" would boot', history=True)
    w.wait(LIST, r"^ > +2 ")
    w.keys("End")
    w.wait(r"^ > +12 +Entry number 12")
    w.keys("q")
    w.wait(r"\ALeave the menu")
    w.keys("r")
    w.wait(r"\AAre you sure\?", "Reboot now")
    w.keys("y")
    w.wait(r"ended with 0\.")


@pytest.mark.parametrize("rows, cols", SIZES)
@pytest.mark.parametrize("term", DUMB)
def test_dumb_walk(start, entries, rows, cols, term):
    """Lines one after the other, in ASCII, with a prompt that says what Enter
    does."""
    w = start("open", entries, rows, cols, term)
    w.wait(r"^Enter boots 1: Entry number 1", history=True)
    w.keys("2")
    w.wait(r"^Enter boots 2: Entry number 2")
    w.keys("j")
    w.wait(r"^Enter boots 3: Entry number 3")
    w.keys("i")
    w.wait(r"^Details", "id: e9997.conf", history=True)
    w.keys("q")
    w.wait(r"^Enter boots 3: Entry number 3")
    w.keys("Enter")
    w.wait(r'rehearsal: "Entry number 3" would boot', history=True)
    assert w.history().isascii()
    assert "\033" not in w.server.call("capture-pane", "-p", "-e", "-S", "-",
                                       "-t", w.name)


@pytest.mark.parametrize("term", ["vt100", "dumb"])
def test_resize(start, entries, term):
    """It fits again without a key, where the kernel knows the size."""
    w = start("open", entries, term=term)
    w.wait(r"Entry number 1\b", history=True)
    for rows, cols in [(10, 40), (50, 132), (6, 20), (24, 80)]:
        w.resize(rows, cols)
        w.keys("C-l")
        if term == "dumb":
            w.keys("j")
            w.wait("Entry number")
            continue
        # the keys stand in the last rows; the smallest screen has none
        foot = r"[^\n]*Enter[^\n]*(\n[^\n]*help)?" if rows > 6 else r"[^\n]*"
        w.wait(r"^ > +1 +Entry", r"\A([^\n]{0,%d}\n){%d,%d}%s\n*\Z" % (
            cols - 1, rows - 2, rows - 1, foot))


# --- each key on each page ----------------------------------------------------

# All keys a person may try, by tmux's names.
KEYS = ["e", "i", "l", "x", "n", "r", "v", "d", "o", "f", "/", "?", "h", "q",
        "w", "s", "y", "z", "C-l", "j", "k", "Up", "Down", "Left", "Right",
        "0", "1", "2", "9", "Enter", "Escape", "PPage", "NPage", "Home", "End",
        "Space", "-", "BSpace", "Tab", "DC", "IC", "F1", "C-c", "C-z"]

BACK = {key: LIST for key in ("q", "Escape", "BSpace", "Left")}
OPEN = {"i": r"\ADetails", "l": r"\ALog", "x": r"\ARefused",
        "n": r"\ANetwork", "?": r"\AKeys", "h": r"\AKeys"}

# page -> (program, keys that open it from the list, its title,
#          keys that lead elsewhere)
PAGES = {
    "details": ("open", ["i"], r"\ADetails", {**OPEN, **BACK}),
    "log": ("open", ["l"], r"\ALog", {**OPEN, **BACK}),
    "refused": ("open", ["x"], r"\ARefused", {**OPEN, **BACK}),
    "network": ("open", ["n"], r"\ANetwork", {**OPEN, **BACK}),
    "help": ("open", ["?"], r"\AKeys", BACK),
    "leave": ("open", ["q"], r"\ALeave the menu", {
        **OPEN, **BACK, "r": r"\AAre you sure\?.*Reboot now\?",
        "o": r"\AAre you sure\?.*Power the machine off now\?",
        "s": r"\ALeave the menu.*a rehearsal opens none"}),
    "confirm": ("open", ["q", "r"], r"\AAre you sure\?", {
        **{key: r"\ALeave the menu" for key in KEYS if key != "C-l"},
        "Enter": r"\AAre you sure\?.*Enter is no answer",
        "?": r"\AKeys", "y": None}),
    "failure": ("shipped", ["f"], r"\AThe last boot failed", {
        **OPEN, **BACK}),
}


@pytest.mark.parametrize("page", PAGES)
def test_keys_of_pages(start, entries, page):
    """Each key once: it leads where it should or nowhere, and nothing boots."""
    which, way, title, leads = PAGES[page]
    w = start(which, entries)
    w.wait(LIST, r"^ > +1 +Entry number 1\b")
    if page == "failure":
        w.keys("Enter")
        w.wait(title, "What went wrong", "What to do")
    for key in KEYS:
        to_list(w)
        w.keys(*way)
        w.wait(title)
        target = leads.get(key, title)
        if target is None:
            continue
        w.keys(key)
        w.wait(target)
        if target == title:  # it is still there after the next key, too
            w.keys("C-l")
            w.wait(title)
    to_list(w)
    shown = w.wait(r"^ > +1 +Entry number 1\b")
    assert "ended with" not in shown
    assert len(re.findall("Starting ", w.history())) == (page == "failure")


def test_keys_of_the_list(start, entries):
    w = start("open", entries)
    w.wait(LIST, r"^ > +1 +Entry number 1\b")
    seen = set()

    def key(name, *patterns):
        seen.add(name)
        w.keys(name)
        w.wait(*patterns)
    key("Down", r"^ > +2 ")
    key("j", r"^ > +3 ")
    key("Up", r"^ > +2 ")
    key("k", r"^ > +1 ")
    key("Up", r"^ > +1 ")
    key("NPage", r"^ > +1\d ")
    key("PPage", r"^ > +1 ")
    key("Space", r"^ > +1\d ")
    key("-", r"^ > +1 ")
    key("End", r"^ > +12 ")
    key("Home", r"^ > +1 ")
    key("1", r"^ > +1 ")
    key("2", r"^ > +12 ")
    key("9", r"There is no entry 129")
    key("Enter", r"There is no entry 129; nothing was booted")
    key("9", r"^ > +9 ")
    key("BSpace", r"^ > +9 ")
    key("0", r"^ > +9 ")
    key("Escape", r"^ > +9 ")
    key("Home", r"^ > +1 ")
    key("v", r"Verbose: Enter boots with all messages")
    key("v", r"\A(?!.*Verbose)")
    key("d", r"Cannot be set: a rehearsal writes nothing")
    key("o", r"Cannot be set: a rehearsal writes nothing")
    key("f", r"No boot has failed")
    key("z", r'"z" is no command')
    for other in ("w", "s", "y"):
        key(other, r'"%s" is no command' % other)
    for other in ("Tab", "DC", "IC", "F1", "C-c", "C-z", "Left"):
        key(other, LIST, r"^ > +1 ")
    key("r", r"^ > +1 +Entry number 1\b", r"12 +Entry number 12")
    key("C-l", LIST, r"^ > +1 ")
    for name, title in {**OPEN, "Right": r"\ADetails", "q": r"\ALeave",
                        "e": r"\ACommand line of Entry number 1"}.items():
        to_list(w)
        key(name, title)
    to_list(w)
    key("/", r"^Search: ")
    to_list(w)
    assert seen == set(KEYS)
    assert "Starting" not in w.history()
    assert log_of(w).count("looking at all disks again") == 1


def test_search(start, entries):
    w = start("open", entries)
    w.wait(LIST, r"^ > +1 +Entry number 1\b")
    w.keys("/")
    w.wait("Search:")
    w.type("number 1")
    w.wait(r"^Search: number 1", r"^ > +1 ")
    for row in (10, 11, 12):
        w.keys("Down")
        w.wait(r"^ > +%d " % row)
    w.keys("Down")
    w.keys("Up")
    w.wait(r"^ > +11 ")
    w.type("zq")
    w.wait("nothing has it")
    w.keys("BSpace", "BSpace")
    w.wait(r"^Search: number 1_")
    w.keys("Enter")
    w.wait(r"\A(?!.*Search:)", r"^ > +\d+ ")
    assert "Starting" not in w.history()
    w.keys("/")
    w.type("E9995")
    w.wait(r"^ > +5 +Entry number 5")
    w.keys("Escape")
    w.wait(r"\A(?!.*Search:)", r"^ > +5 ")


# --- the editor, and passwords ------------------------------------------------


def test_editor(start, tmp_path):
    tree = Tree(tmp_path)
    tree.entry("b", "First", "root=/dev/sda1 ro quiet")
    tree.entry("a", "Second", "root=/dev/sda2 ro quiet splash")
    w = start("open", tree)
    w.wait(LIST, r"^ > +1 +First", r"2 +Second")
    w.keys("Down", "e")
    w.wait(r"\ACommand line of Second", r"^root=/dev/sda2 ro quiet splash",
           r"30 of \d+ bytes", "options of the entry: root=/dev/sda2")
    w.type(" single")
    w.wait(r"ro quiet splash single", r"37 of")
    w.keys("C-w")
    w.wait(r"quiet splash *$", r"31 of")
    w.keys("C-y")
    w.wait(r"splash single", r"37 of")
    w.keys("Home", "Right", "Right", "DC")
    w.wait(r"^rot=", r"36 of")
    w.keys("C-_")
    w.wait(r"^root=", r"37 of")
    w.keys("C-a", "C-k")
    w.wait(r"\n0 of")
    w.keys("C-z")
    w.wait(r"^root=/dev/sda2 ro quiet splash single", r"37 of")
    w.keys("Home", "C-Right")
    w.type("_")
    w.wait(r"^root=[^ ]*_|root_=|_root=", r"38 of")
    w.keys("BSpace")
    w.wait(r"37 of")
    w.keys("Tab")
    w.wait(r"\AKeys", "boot with the line as it is shown")
    w.keys("Escape")
    w.wait(r"\ACommand line of Second")
    w.keys("Escape")
    w.wait(LIST, r"^ > +2 +Second")
    assert "failed" not in w.shown()
    w.keys("e")
    w.wait(r"splash single", r"37 of")  # it is still there
    w.keys("Enter")
    w.wait(r'rehearsal: "Second" would boot')
    w.keys("Escape")
    w.wait(LIST)
    assert "ended with" not in w.shown()


def test_editor_takes_no_more_than_the_kernel(start, entries):
    w = start("open", entries)
    w.wait(LIST, r"^ > +1 +Entry number 1\b")
    w.keys("e")
    w.wait(r"5 of (\d+) bytes")
    limit = int(re.search(r"5 of (\d+) bytes", w.shown()).group(1))
    for _ in range(limit // 100 + 1):
        w.type(" " + "x" * 99)
    w.wait("No room: ", f"{limit} of {limit} bytes")
    w.keys("BSpace")
    w.wait(f"{limit - 1} of {limit} bytes")
    w.keys("Enter")
    w.wait(r'rehearsal: "Entry number 1" would boot')


def test_editor_is_locked(start, entries):
    """As shipped: what boots is what was signed."""
    w = start("shipped", entries)
    w.wait(LIST, r"^ > +1 +Entry number 1\b", "Enforcing")
    for key, said in (("e", "No editing: "), ("v", "No verbose boot: ")):
        w.keys(key)
        w.wait(said, LIST)


def test_paste_is_text(start, entries):
    """What is pasted into the editor is text, with its ends of lines as blanks;
    pasted into the list it is nothing."""
    w = start("open", entries)
    w.wait(LIST, r"^ > +1 +Entry number 1\b")
    w.server.call("set-buffer", "-b", "p", "q\nr\ny\n\r2\r")
    w.server.call("paste-buffer", "-p", "-b", "p", "-t", w.name)
    w.keys("j")
    w.wait(LIST, r"^ > +2 ")
    w.keys("e")
    w.wait(r"\ACommand line of Entry number 2")
    w.server.call("set-buffer", "-b", "p", " a=1\nb=2\r\n")
    w.server.call("paste-buffer", "-p", "-b", "p", "-t", w.name)
    w.wait(r"^quiet a=1 b=2")
    assert "Starting" not in w.history()


@pytest.mark.parametrize("timeout", [60, "menu-force"])
def test_password(start, tmp_path, timeout):
    """It stands before what the configuration names, is never shown, and is
    asked for again when the operator has gone."""
    tree = Tree(tmp_path, timeout=timeout)
    tree.entries(3)
    w = start("gated", tree)
    w.wait(LIST, r"^ > +1 +Entry number 1\b")
    w.keys("Down", "Enter")
    w.wait(r"\APassword for booting Entry number 2:")
    w.type("wrong")
    w.keys("Enter")
    shown = w.wait(r"wrong password")
    assert "wrong" not in shown.replace("wrong password", "").replace(
        "a wrong", "")
    deadline = time.monotonic() + tmux.PATIENCE
    while "Password for" in w.shown():  # the next is looked at in a second
        w.type(PASSWORD)
        w.keys("Enter")
        assert time.monotonic() < deadline, w.shown()
        w.wait(LIST + "|after a wrong|wrong password")
    w.wait(r'rehearsal: "Entry number 2" would boot', history=True)
    w.keys("q", "r")
    w.wait(r"\AAre you sure")
    w.keys("n", "Escape", "e")
    w.wait(r"\ACommand line of Entry number 2")  # unlocked
    w.wait(LIST, r"^ > +1 +Entry number 1\b", timeout=8)  # idle-timeout is 4
    assert ("No key for 4 s" in w.shown()) == (timeout == 60)
    w.keys("Down", "e")
    w.wait(r"\APassword for editing Entry number 2:")
    for secret in (PASSWORD, "correct"):
        assert secret not in w.history()


def test_default_needs_no_password(start, entries):
    w = start("gated", entries)
    w.wait(LIST, r"^ > +1 +Entry number 1\b")
    w.keys("Enter")
    w.wait(r'rehearsal: "Entry number 1" would boot', history=True)


def test_countdown_resumes(start, tmp_path):
    """One key stops it; with nobody there it runs again, and boots."""
    tree = Tree(tmp_path, timeout=3)
    tree.entries(2)
    w = start("gated", tree)
    w.wait(r"Entry 1 boots in +[123] s")
    w.keys("Down")
    w.wait(r"^ > +2 ", "countdown has stopped")
    w.wait(r"No key for 4 s: entry 1 boots in", r"^ > +1 ")
    w.wait(r'rehearsal: "Entry number 1" would boot', history=True)


# --- titles that mean harm, and thousands of them ------------------------------

HOSTILE = {
    "escape": "a\033[2J\033]0;owned\007\033[31;7mb",
    "c1": "a\u009b2J\u0090q\u009cb",
    "bidi": "\u202egro.live\u202c \u2066x\u2069 \u200fy",
    "wide": "\u4f60\u597d" * 30,
    "combining": "e" + "\u0301" * 200,
    "controls": "a\x01\x08\x08\x0e\x7fb",
    "long": "L" * 4096,
    "percent": "%s%n%08x",
    "invalid": None,
}


@pytest.mark.parametrize("term", ["xterm", "vt100", "dumb"])
def test_hostile_titles(start, tmp_path, term):
    tree = Tree(tmp_path)
    for name, title in HOSTILE.items():
        tree.entry("m-" + name, title or "x")
    tree.put("loader/entries/m-invalid.conf",
             b"title \xff\xfe\xc3(\xe2\x82\nlinux /linux\n")
    tree.entry("a-last", "The last one")
    w = start("open", tree, term=term)
    count = len(HOSTILE) + 1
    shown = w.wait(r"^ [ >] +%d +The last one" % count)
    # a dumb terminal may have had a part of the list before
    rows = re.findall(r"^ [ >] +\d+  .*$", shown, re.M)[-count:]
    assert [int(row[2:].split()[0]) for row in rows] == list(
        range(1, count + 1)), shown
    assert all(len(row) < 80 for row in rows)
    for bad in "\u202e\u202c\u2066\u2069\u200f\u009b\u0301":
        assert bad not in shown
    title = w.server.call("display-message", "-p", "-t", w.name,
                          "#{pane_title}")
    assert "owned" not in title
    for number in range(1, count + 1):
        w.keys("Home", *str(number), "i")
        page = w.wait(r"^Details", r"^id: ", history=term == "dumb")
        for bad in "\u202e\u2066\u009b":
            assert bad not in page
        w.keys("q")
        w.wait(LIST if term != "dumb" else "Enter boots %d:" % number)
    if term != "dumb":
        # red would be the title's: the menu's own colours are others
        assert "\033[31;7m" not in w.server.call(
            "capture-pane", "-p", "-e", "-t", w.name)


def test_thousands_of_entries(start, tmp_path):
    tree = Tree(tmp_path)
    tree.entries(5000, volumes=5)  # one disk has 1024 at most
    begun = time.monotonic()
    w = start("open", tree)
    w.wait(r"^ > +1 +Entry number 1 \[default\]",
           r"entries 1 to \d+ of 5000", timeout=30)
    assert time.monotonic() - begun < 20
    w.keys("End")
    w.wait(r"^ > +5000 +Entry number 5000", r"to 5000 of 5000")
    w.keys(*"4711")
    w.wait(r"^ > +4711 +Entry number 4711")
    w.keys("NPage", "PPage", "PPage")
    w.wait(r"^ > +469\d ")
    w.keys("/")
    w.type("number 3333")
    w.wait(r"^ > +3333 +Entry number 3333")
    w.keys("Enter", "Enter")
    w.wait(r"Enter was for the search", r"^ > +3333 ")
    w.keys("C-l", "Enter")
    w.wait(r'rehearsal: "Entry number 3333" would boot', history=True)
