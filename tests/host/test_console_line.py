"""The menu at the end of a bad serial line: what it sends at 9600 baud, and what
a line does to it that loses bytes, sends noise, is stuck or hangs up."""

import os
import random
import re
import signal
import sys
import time

import pytest

from conftest import BUILD, ROOT

sys.path.insert(0, ROOT + "/tests/lib")

from line import BITS_A_BYTE, Trouble, meet  # noqa: E402 (from tests/lib)
from menu_rig import Menu, Tree  # noqa: E402

BAUD = 9600
# From when the time is over to when the boot is said to begin, on a machine
# where other tests run.
LATE_S = 1.0


@pytest.fixture(scope="session")
def trees(tmp_path_factory):
    """Trees by timeout and number of signed entries; they are for reading."""
    made = {}

    def get(count, timeout="menu-force"):
        if (count, timeout) not in made:
            tree = Tree(tmp_path_factory.mktemp("tree"),
                        os.path.join(BUILD, "test-keys"), timeout)
            tree.ukis(count)
            made[count, timeout] = tree
        return made[count, timeout]
    return get


@pytest.fixture
def start(keelboot):
    """Starts menus, which end with the test."""
    menus = []

    def start_menu(tree, **line):
        menus.append(Menu(keelboot.program, tree, **line))
        return menus[-1]
    yield start_menu
    for menu in menus:
        menu.close()


def wait_list(menu, count, marked=1):
    menu.wait_screen(r"> *%d +Signed Linux %d\b" % (marked, marked),
                     r"^ [ >] *%d +Signed Linux %d\b" % (count, count),
                     r"\A(?!.*Looking at)")


# --- what is sent ------------------------------------------------------------


@pytest.mark.parametrize("term", ["vt100", "xterm"])
def test_first_paint(start, trees, term):
    """Where other work holds up the look at the disk, the menu shows what there
    is meanwhile: that is not the least of three."""
    counts = []
    for _ in range(3):
        menu = start(trees(10, 60), term=term)
        wait_list(menu, 10)
        menu.wait_screen("Entry 1 boots in 60 s")
        counts.append(menu.painted())
    assert min(counts) * BITS_A_BYTE / BAUD <= 1.5, bytes(menu.raw)


def test_first_paint_takes_its_time(start, trees):
    """The bytes on a line of that rate, with a terminal that says its size: no
    second paint of what is there already."""
    menu = start(trees(10), baud=BAUD, answers=True)
    wait_list(menu, 10)
    menu.wait_screen(r"\? help")  # the last of it
    assert time.monotonic() - menu.born <= 1.5 + LATE_S
    before = len(menu.raw)
    menu.wait_quiet(0.3)
    assert len(menu.raw) - before <= 100, bytes(menu.raw)


@pytest.mark.parametrize("down, up", [("down", "up"), ("j", "k")])
def test_move(start, trees, down, up):
    menu = start(trees(10))
    wait_list(menu, 10)
    menu.send(down)
    menu.wait_screen("> +2 ")
    for key, at in ((down, 3), (down, 4), (up, 3), (up, 2)):
        menu.wait_quiet(0.3)
        before = len(menu.raw)
        menu.send(key)
        menu.wait_screen("> +%d " % at)
        sent = bytes(menu.raw[before:]) + menu.wait_quiet(0.3)
        late, rest = menu.apart(sent)
        assert 0 < rest <= 60 and late > 0, sent


def test_tick(start, trees):
    menu = start(trees(10, 60))
    wait_list(menu, 10)
    menu.wait_screen("boots in 60 s")
    menu.wait_quiet(0.2)
    for left in (59, 58, 57):
        before = len(menu.raw)
        menu.wait_screen("boots in %d s" % left)
        sent = bytes(menu.raw[before:]) + menu.wait_quiet(0.2)
        assert 0 < len(sent) <= 12, sent


def test_idle_menu_is_silent(start, trees):
    menu = start(trees(10))
    wait_list(menu, 10)
    menu.send("down")
    menu.wait_screen("> +2 ")
    menu.wait_quiet(0.5)
    cpu, calls, _ = menu.usage()
    assert menu.watch(3.0) == b""
    after = menu.usage()
    assert after[1] == calls
    assert after[0] - cpu <= 0.02  # two ticks of the clock it is counted by


def test_slow_line_gets_the_newest(start, trees):
    """A key that is held down on a line which cannot follow: what was passed is
    not sent, so the line is not late for ever."""
    menu = start(trees(30), baud=BAUD)
    wait_list(menu, 10)
    menu.wait_quiet(0.3)
    before = len(menu.raw)
    menu.inward.byte_s = 0.0  # keys come at once
    menu.send("j" * 200)
    menu.wait_screen("> +30 +Signed Linux 30")
    menu.wait_quiet(0.4)
    assert len(menu.raw) - before < 6000


def test_answers_come_late(start, trees):
    """The terminal says its size a second after it was asked, in pieces, while
    keys are typed: they are no keys, and the screen is as large as it says."""
    menu = start(trees(30), answers=True, to_program=Trouble(
        7, split=0.5, delay=0.2, delay_ms=400))
    menu.screen.resize(30, 80)
    menu.rows = 30
    menu.send("jjj")
    menu.wait_screen("> *4 +Signed", timeout=30)
    menu.wait_quiet(2.0, timeout=30)
    assert menu.marked().startswith("Signed Linux 4")
    assert not menu.started()


@pytest.mark.parametrize("pieces", [["[B"], ["[", "B"], ["O", "B"]])
def test_first_key_ends_when_the_time_is_over(start, trees, pieces):
    """The rest of an arrow comes after the time that its ESC has stopped would
    have been over: it is Down, and not the end of the countdown."""
    menu = start(trees(3, 4))
    wait_list(menu, 3)
    menu.wait_screen("Entry 1 boots in 3 s")
    menu.send("esc")
    menu.wait_screen("The countdown has stopped")
    menu.watch(max(0.0, menu.born + 4.2 - time.monotonic()))
    for piece in pieces:
        assert not menu.started()
        menu.send(piece)
        menu.watch(0.4)
    menu.wait_screen("> +2 ")
    assert not menu.started()


def test_key_that_waits_comes_before_the_end(start, trees):
    """The machine stands still while a key comes and the time goes by."""
    menu = start(trees(3, 4))
    wait_list(menu, 3)
    menu.wait_screen("Entry 1 boots in 3 s")
    menu.process.send_signal(signal.SIGSTOP)
    menu.send("j")
    menu.watch(4.5)
    menu.process.send_signal(signal.SIGCONT)
    menu.wait_screen("> +2 ")
    menu.watch(0.5)
    assert not menu.started()


def test_key_that_repeats_fast(start, trees):
    """Each 20 ms, from before the end of the time to after it."""
    menu = start(trees(3, 3))
    wait_list(menu, 3)
    menu.inward.byte_s = 0.02
    menu.send("j" * 200)
    while menu.inward.due:
        menu.watch(0.002)  # else bytes come some at a time
    menu.wait_screen("> +3 ")
    assert not menu.started()


# --- what gets lost ----------------------------------------------------------

SCHEDULE = ["down", "down", "up", "j", "k", "3", "bs", "end", "home", "i", "q",
            "l", "esc", "pgdn", "pgup", "?", "left", "x", "q", "2"]


def boots_what_was_marked(menu, timeout):
    """Waits for a boot; fails if it is not of the line that was marked last on
    the screen."""
    seen = {}

    def check():
        if not menu.started():
            seen["marked"] = menu.marked() or seen.get("marked")
        return menu.started()
    menu.wait_for(check, timeout, "a boot")
    return seen["marked"]


@pytest.mark.parametrize("seed", range(8))
def test_pieces_and_delays_change_nothing(start, trees, seed):
    rng = random.Random(seed)
    keys = [rng.choice(SCHEDULE) for _ in range(40)]
    plain = start(trees(5))
    bad = start(trees(5), to_program=Trouble(seed, split=0.6, delay=0.02,
                                             delay_ms=300))
    meet(plain, bad)
    for menu in (plain, bad):
        wait_list(menu, 5)
        for key in keys:
            menu.send(key)
    for menu in (plain, bad):
        menu.wait_for(lambda m=menu: not m.inward.due, 60, "the last key")
    plain.wait_quiet(0.5)
    bad.wait_quiet(0.5)
    # The log has times, and as many lines as the disk was slow.
    shown = [re.sub(r"^\[.*", "", menu.shown(), flags=re.M)
             for menu in (plain, bad)]
    assert shown[0] == shown[1]
    assert not plain.started() and not bad.started()


@pytest.mark.parametrize("seed", range(6))
def test_losses_boot_nothing_but_the_marked(start, trees, seed):
    rng = random.Random(1000 + seed)
    menu = start(trees(5), to_program=Trouble(
        seed, drop=0.1, double=0.1, split=0.3))
    wait_list(menu, 5)
    for _ in range(40):
        menu.send(rng.choice(SCHEDULE))
    menu.wait_for(lambda: not menu.inward.due, 60, "the last key")
    menu.wait_quiet(0.5)
    assert not menu.started()  # there was no Enter
    # whatever page this is, and should it get lost
    menu.inward.trouble = None
    for _ in range(3):
        menu.send("esc")
        menu.wait_quiet(0.3)
    wait_list(menu, 5, int(re.search(r"> *(\d+) ", menu.shown()).group(1)))
    marked = menu.marked()
    menu.send("enter")
    menu.wait_for(menu.started, what="a boot")
    assert marked.startswith(menu.started()[0] + " ")
    menu.wait_screen('rehearsal: "%s" would boot' % menu.started()[0])


def test_doubled_enter_boots_nothing(start, trees):
    menu = start(trees(5))
    wait_list(menu, 5)
    for way, page, said in (
            (["q", "r"], "Reboot now", "Enter is no answer: y or n"),
            (["n", "q", "/", "Linux 3"], "> +3 ", "Enter was for the search"),
            (["77"], "no entry 77", "Enter was for that number")):
        for keys in way:
            menu.send(keys)
        menu.wait_screen(page)
        menu.send("\r\r")
        menu.wait_screen(page if page.endswith("now") else "> +3 ", said)
    assert not menu.started()
    menu.send("3")
    menu.send("enter")
    menu.wait_screen('rehearsal: "Signed Linux 3" would boot')


def test_enter_as_the_first_entry_comes(start, tmp_path):
    """Who presses it over and over boots what was there to be seen for a while,
    not what has only just come."""
    tree = Tree(tmp_path, os.path.join(BUILD, "test-keys"))
    menu = start(tree)
    menu.wait_screen("No entry to boot was found")
    menu.send("enter")
    menu.wait_screen("nothing to boot yet")
    tree.ukis(1)
    menu.send("r")
    menu.wait_raw(rb"Signed Linux 1")

    def is_started():
        menu.send("enter")
        menu.watch(0.1)
        return menu.started()
    menu.wait_for(is_started, what="a boot")
    # UI_JUMP_MS, and the time this side takes to see the line
    assert menu.time_of(rb"Starting") - menu.time_of(rb"Signed Linux 1") > 0.7


def test_garbage_on_the_screen_goes_with_ctrl_l(start, trees):
    menu = start(trees(10), to_terminal=Trouble(3, drop=0.02, double=0.02))
    menu.wait_for(lambda: len(menu.raw) > 1000, what="a paint")
    menu.wait_quiet(0.4)
    menu.outward.trouble = None
    menu._new_terminal()  # and what the terminal has made of it is forgotten
    menu.send("ctrl-l")
    wait_list(menu, 10)


# --- noise -------------------------------------------------------------------

MEGA = 1 << 20


def noise(kind, size):
    rng = random.Random(size)
    if kind == "random":
        return rng.randbytes(size)
    if kind == "framing":
        return bytes(rng.choices(b"\x00\xff\xfe\xf8\x80\xe0", k=size))
    if kind == "controls":
        return bytes(rng.choices(b"\x01\x02\x05\x06\x0e\x0f\x10\x14\x1c\x1f",
                                 k=size))
    if kind == "sequences":
        # what another machine's program draws with
        return b"".join(rng.choice([
            b"\x1b[%d;%dH" % (rng.randrange(1, 50), rng.randrange(1, 133)),
            b"\x1b[?25l", b"\x1b[?7h", b"\x1b[6n", b"\x1b[2J", b"\x1b[K",
            b"\x1b[1;31m"]) for _ in range(size // 6))
    raise ValueError(kind)


@pytest.mark.parametrize("kind", ["random", "framing", "controls",
                                  "sequences"])
def test_noise_while_the_countdown_runs(start, trees, kind):
    """As much as the menu takes, up to 10 MB: nothing is booted but what was
    marked, and what is not even a key does not hold the countdown. Once the line
    is silent, keys are keys again."""
    menu = start(trees(3, 4), answers=True)
    wait_list(menu, 3)
    data = noise(kind, 10 * MEGA)
    taken = menu.flood(data, 7.0)
    assert taken > 100000, menu.said()
    assert menu.is_alive()
    titles = {"Signed Linux %d" % number for number in (1, 2, 3)}
    assert set(menu.started()) <= titles
    if kind != "random":  # no Enter, nothing that moves the mark
        assert menu.started()[:1] == ["Signed Linux 1"]
        assert 4 <= menu.time_of(rb"Starting") - menu.born <= 4 + LATE_S
    menu.watch(2.5)
    menu.send("esc")
    menu.watch(0.3)
    menu.send("q")
    menu.wait_screen("^Leave|reboot|power")


# --- lines that are stuck, hang up, or are not what they were -----------------


def test_line_that_never_drains(start, trees):
    """The terminal takes nothing at all. The time that is over is the menu's
    own, as its log says afterwards."""
    menu = start(trees(3, 2), rows=40)
    menu.stick()
    menu.watch(2 + LATE_S)
    menu.stick(False)
    menu.send("ctrl-l")
    menu.wait_screen(r'rehearsal: "Signed Linux 1" would boot')
    menu.send("l")
    said = r"\[ *(\d+\.\d+)\] rehearsal: \"Signed Linux 1"
    said = re.search(said, menu.wait_screen(said))
    after = float(said.group(1)) - menu.born
    assert 2 <= after <= 2 + LATE_S, after


def test_line_stuck_in_the_middle(start, trees):
    """It stops within the first paint, and goes on later: the screen is whole
    without a key."""
    menu = start(trees(10), baud=BAUD)
    menu.wait_for(lambda: len(menu.raw) > 600, what="half a paint")
    menu.stick()
    menu.watch(1.0)
    menu.stick(False)
    wait_list(menu, 10)


def test_resize_storm(start, trees):
    menu = start(trees(10), answers=True)
    wait_list(menu, 10)
    rng = random.Random(11)
    for _ in range(150):
        menu.resize(rng.randrange(1, 120), rng.randrange(1, 260))
        menu.send(rng.choice(["j", "k", "ctrl-l", "\033[8;%d;%dt" % (
            rng.randrange(0, 400), rng.randrange(0, 400))]))
        menu.watch(0.005)
    menu.resize(24, 80)
    menu.send("\033[8;24;80t")
    menu.wait_quiet(0.5)
    menu.send("ctrl-l")
    menu.send("home")
    wait_list(menu, 10)
    assert menu.is_alive() and not menu.started()


def test_leaves_the_terminal_as_it_was(start, trees):
    """What makes the cursor visible again and ends the marking of pastes does
    arrive, however late the terminal reads."""
    for _ in range(5):
        menu = start(trees(3))
        wait_list(menu, 3)
        for key, page in (("q", "Leave the menu"), ("r", "Reboot now")):
            menu.send(key)
            menu.wait_screen(page)
        os.write(menu.fd, b"y")
        assert menu.process.wait(10) == 0
        menu.wait_for(lambda m=menu: m.is_gone, what="the end")
        assert menu.raw.endswith(b"\x1b[?2004l\x1b[?25h\x1b[24H\r\n")


def test_hang_up(start, trees):
    """A program whose terminal is gone has to go, too."""
    menu = start(trees(3))
    wait_list(menu, 3)
    menu.hang_up()
    assert menu.process.wait(30) != 0


def test_hang_up_that_is_ignored(start, trees):
    """As on a machine, where nobody sends SIGHUP: the menu goes on without
    that console, and does not turn in circles."""
    menu = start(trees(3), ignores_hangup=True)
    wait_list(menu, 3)
    menu.hang_up()
    cpu = menu.usage()[0]
    menu.watch(2.0)
    assert menu.is_alive()
    assert menu.usage()[0] - cpu <= 0.1
