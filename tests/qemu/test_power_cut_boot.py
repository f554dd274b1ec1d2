"""The machine starts again after a power cut in the middle of a write: five of
the states that test_power_cut.py takes apart, with entries that boot."""

import dataclasses
import re

import pytest

import test_power_cut as cut
from report import take_report
from test_power_cut import Disk, Replay, base_of, tries
from vm import CONSOLE

ARCH = "x86_64"
ENTRIES = "/loader/entries"
# Long enough that its counter has one number in each of two slots.
TWICE = "p" * 10 + "+10-09.conf"
GROWS = "debian+5.conf"
FITS = "fedora+30-10.conf"
NAMES = (TWICE, GROWS, FITS)
OPTIONS = f"console={CONSOLE[ARCH]} no_timer_check keelboot.test=report"

CUTS = ["left-first", "both, new empty", "both, the same", "one-shot", "store"]


def content(_, name):
    return (f"title {base_of(name)}\nlinux /vmlinuz\ninitrd /initrd\n"
            f"options {OPTIONS} name={base_of(name)}\n").encode()


@dataclasses.dataclass
class Bootable(Disk):
    """With a kernel and an initrd in its root."""

    files: tuple = ()

    def _fill(self, path, work):
        super()._fill(path, work)
        for name, source in self.files:
            cut.mtools("mcopy", path, source, f"::{name}")


@dataclasses.dataclass
class State:
    """What a cut has left, and of which entry the attempt was."""

    image: bytes
    files: dict
    entry: str


class Cuts(Replay):
    """Keeps the first image of each kind of cut."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.kept, self.stored = {}, None

    def look(self):
        before, done = dict(self.seen), self.done
        super().look()
        kinds = [name for name, count in self.seen.items()
                 if count != before.get(name, 0)]
        fat = cut.Fat(self.image)
        found = fat.find(cut.STORE)
        stored = bytes(fat.read(cut.STORE)) if found and found[3] else None
        step = self._step()
        if done == self.done and step and step.kind == "store" \
                and self.stored and stored != self.stored \
                and step.way == cut.IN_PLACE:
            kinds.append("one-shot" if step.words[0] == "-"
                         and self.state.store[0] != "-" else "store")
        if done != self.done or not self.stored:
            self.stored = stored
        for kind in kinds:
            if kind not in self.kept and kind in CUTS:
                name = step.words[1] if step.kind == "count" else FITS
                self.kept[kind] = State(bytes(self.image),
                                        cut.snapshot(fat)[0], base_of(name))

    def _fsck(self):
        """test_power_cut.py does."""

    def _list(self, files):
        """The menu does."""


@pytest.fixture
def states(lab, monkeypatch):
    """Kind -> State, of one guest that counts and stores."""
    monkeypatch.setattr(cut, "names", lambda: [
        (ENTRIES, name) for name in NAMES])
    monkeypatch.setattr(cut, "straddling", lambda: [TWICE])
    monkeypatch.setattr(cut, "content", content)
    disk = Bootable("vda", 32, 512, 1, 48 << 20, files=(
        ("vmlinuz", lab.asset(ARCH, "own-kernel")),
        ("initrd", lab.asset(ARCH, "second-initrd"))))
    path, log = disk.make(lab.work), lab.work / "vda.log"
    vm = lab.start(
        ARCH, kernel=lab.asset(ARCH, "own-kernel"), memory=256,
        initrds=[cut.pack(lab.work)], disks=[disk.arguments(path, log)],
        append=f"console={CONSOLE[ARCH]} no_timer_check quiet rounds=12")
    vm.expect("all done")
    vm.wait_end()
    assert "failed" not in vm.text, vm.tail()
    replay = Cuts(disk, cut.read_steps(vm.text, "vda"), lab.work, b"")
    for write in cut.read_log(log):
        if write is None:
            replay.flush()
        else:
            replay.write(*write)
    replay.file.close()
    lab.disks += [path, log, replay.path]
    return replay.kept


def best(files, entry):
    """Attempts left and done of an entry: of several names the one with
    content and the fewest left."""
    return min(tries(name) for (folder, name), data in files.items()
               if folder == ENTRIES and base_of(name) == entry and data)


def listed(vm, entry):
    """How many lines of the menu an entry has."""
    return len(re.findall(rf"^[ >]+\d+ +{entry} ", vm.shown(), re.M))


def test_what_a_cut_left_is_listed_once_and_boots(lab, states):
    assert sorted(states) == sorted(CUTS)
    for kind in CUTS:
        state = states[kind]
        disk = lab.work / "cut.img"
        disk.write_bytes(state.image)
        vm = lab.vm(
            ARCH, ["-drive", f"if=none,id=cut,format=raw,file={disk},"
                   "cache=writethrough", "-device",
                   "virtio-blk-pci,drive=cut"],
            options=f"keelboot.timeout=4 keelboot.default={state.entry}")
        # The kernel alone is the last line.
        vm.expect_screen(rf"\d +{state.entry} .*default", r"\d +vmlinuz ",
                         *[rf"\d +{base_of(name)} " for name in NAMES])
        for name in NAMES:
            assert listed(vm, base_of(name)) == 1, (kind, vm.shown())
        second = take_report(vm)
        assert second.cmdline.split()[-1] == f"name={state.entry}", kind
        left, done = best(state.files, state.entry)
        files = cut.snapshot(cut.Fat(disk.read_bytes()))[0]
        assert best(files, state.entry) == (left - 1, done + 1), kind
        assert {base_of(name) for folder, name in files
                if folder == ENTRIES and "+" in name} == \
            {base_of(name) for name in NAMES}
        disk.unlink()
