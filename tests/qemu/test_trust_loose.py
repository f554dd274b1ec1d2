"""Loose entries under the shipped configuration: a kernel, its initrds and its
options count as one set, in their order, by a signed manifest. And the second
gate: a running kernel that asks for signatures of its own."""

import copy
import subprocess

import pytest

from conftest import BUILD
from craft import Pe
from pages import expect_failure
from report import expect_jump, take_report
from sign import MANIFEST_SIGNER, SIGNER, Signer, manifest
from test_trust import ARCHES, CONSOLE, EFI_ARCH, MENU, TRUST, choose, flip


@pytest.fixture
def signer(lab):
    return Signer(BUILD / "test-keys", lab.work)


def archive(lab, name):
    """An initrd with one file."""
    folder = lab.work / f"archive-{name}"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(name)
    return subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=folder,
                          input=name.encode(), check=True,
                          capture_output=True).stdout


def stamped(kernel, number):
    """The kernel with a date of its own, which nobody reads: entries with it
    are no copies of others."""
    data = bytearray(kernel)
    at = Pe(kernel).header + 8
    data[at:at + 4] = number.to_bytes(4, "little")
    return bytes(data)


class Pair:
    """The entry Pair of testkit/trust-entries: kernel, two initrds, options;
    and what its owner has signed."""

    def __init__(self, lab, arch, signer):
        self.signer, self.arch = signer, arch
        kernel = {"x86_64": "own-kernel", "aarch64": "zboot-gzip.efi"}[arch]
        self.kernel = lab.asset(arch, kernel).read_bytes()
        self.one = lab.asset(arch, "second-initrd").read_bytes()
        self.two = archive(lab, "two")
        self.stranger = archive(lab, "stranger")
        self.options = f"{CONSOLE[arch]} keelboot.test=report".encode()

    def with_kernel(self, kernel):
        """The same with another kernel."""
        other = copy.copy(self)
        other.kernel = kernel
        return other

    def rows(self):
        return [("linux", self.kernel, "/EFI/pair/kernel"),
                ("initrd", self.one, "/EFI/pair/one"),
                ("initrd", self.two, "/EFI/pair/two"),
                ("options", self.options, "-")]

    def files(self, rows=None, who="manifest", **changed):
        """The files of a volume. rows None: what belongs there."""
        text = manifest(*(self.rows() if rows is None else rows))
        found = {"kernel": self.kernel, "one": self.one, "two": self.two}
        found.update({name: data for name, data in changed.items()
                      if name in found})
        files = {f"/EFI/pair/{name}": data for name, data in found.items()}
        base = f"/loader/entries/pair-{EFI_ARCH[self.arch]}.manifest"
        files[base] = changed.get("manifest", text)
        files[base + ".p7s"] = self.signer.detached(text, who)
        return files

    def without(self, kernel, *suffixes):
        """A well signed kernel, and not all of a manifest."""
        return {path: data for path, data in self.files(kernel=kernel).items()
                if not path.endswith(suffixes)}


DIGEST = r"%s /EFI/pair/%s has SHA-256 \w+, line %d of manifest .* says"
UNCOVERED = "/EFI/pair/one: nothing vouches for it"


def cases(pair):
    """(files, what the sentence says, the word), a volume each, all of one
    kernel: these are copies of one entry."""
    linux, one, two, options = pair.rows()
    other_options = ("options", pair.options + b" init=/bin/sh", "-")
    third = ("initrd", pair.stranger, "/EFI/pair/three")
    good = manifest(linux, one, two, options)
    return [
        (pair.files(kernel=flip(pair.kernel, len(pair.kernel) // 2)),
         DIGEST % ("linux", "kernel", 1), "changed"),
        (pair.files(one=flip(pair.one, len(pair.one) // 2)),
         DIGEST % ("initrd", "one", 2), "changed"),
        (pair.files(one=pair.two, two=pair.one),
         DIGEST % ("initrd", "one", 2), "changed"),
        (pair.files(two=pair.two + pair.stranger),
         DIGEST % ("initrd", "two", 3), "changed"),
        (pair.files([linux, one, options]),
         "has a options in line 3 where the entry has the initrd "
         "/EFI/pair/two", "not covered"),
        (pair.files([linux, one, two, third, options]),
         "has a initrd in line 4 where the entry has the options",
         "not covered"),
        (pair.files([linux, one, two]), "none of them is the entry's options",
         "not covered"),
        (pair.files([linux, one, two, other_options]),
         r"options line has SHA-256 \w+, line 4 of manifest", "changed"),
        (pair.files(who="good"), f"{SIGNER}, .*the keyring holds neither",
         "unknown signer"),
        (pair.files(manifest=good.replace(b"/EFI/pair/two", b"/EFI/pair/owt")),
         "signed attributes say", "bad signature"),
    ]


def signed_cases(pair):
    """The same, of a kernel that is well signed by itself."""
    signed = pair.signer.image(pair.kernel)
    return [(pair.without(signed, ".p7s"), UNCOVERED, "not covered"),
            (pair.without(signed, ".p7s", ".manifest"), UNCOVERED,
             "not covered")]


def boots_pair(vm, pair):
    vm.expect(f"Verified: manifest signed by {MANIFEST_SIGNER}\\.")
    expect_jump(vm, "file")
    second = take_report(vm)
    assert second.cmdline.encode() == pair.options
    assert "/two" in second.files and "/stranger" not in second.files


def disks_of(lab, volumes):
    return [lab.disk(files, name=f"disk{number:02}.img")
            for number, files in enumerate(volumes)]


@pytest.mark.parametrize("arch", ARCHES)
def test_a_loose_entry_counts_as_a_whole(lab, arch, signer):
    """Each volume has a kernel of its own, so each entry is a line."""
    pair = Pair(lab, arch, signer)
    count = len(cases(pair) + signed_cases(pair))
    refused = []
    for number in range(count):
        own = pair.with_kernel(stamped(pair.kernel, number + 1))
        refused.append((cases(own) + signed_cases(own))[number])
    volumes = [files for files, _, _ in refused] + [pair.files()]
    vm = lab.vm(arch, *disks_of(lab, volumes), options=MENU, **TRUST)
    vm.expect_screen(r"1 +Pair", rf"entries 1 to \d+ of {len(volumes)}|"
                     rf"\n +{len(volumes)} +Pair")
    assert "copies" not in vm.shown()
    for number, (_, sentence, word) in enumerate(refused):
        choose(vm, number + 1)
        expect_failure(vm, r"unable to boot \"Pair\": .*" + sentence)
        vm.expect_screen(rf"> +{number + 1} +Pair \[.*{word}.* vd"
                         + chr(ord("a") + number))
    choose(vm, len(volumes))
    boots_pair(vm, pair)


def expect_copies(vm, refused, first):
    """Each is tried in the order of the disks, and says why it is not it."""
    for number, (_, sentence, _) in enumerate(refused):
        vm.expect(rf"Starting Pair from {disk_name(first + number)}1\r\n"
                  r"(?:[^\n]*Reading /EFI/pair/[^\n]*\n)*"
                  rf"unable to boot \"Pair\": [^\r\n]*{sentence}"
                  r"[^\r\n]*\r\n")


def disk_name(number):
    return "vd" + chr(ord("a") + number)


@pytest.mark.parametrize("arch", ARCHES)
def test_copies_of_a_loose_entry(lab, arch, signer):
    """Disks that hold the same kernel are one line: one after the other is
    tried, each is judged by its own files, and the good one boots."""
    pair = Pair(lab, arch, signer)
    signed, refused = signed_cases(pair), cases(pair)
    volumes = [files for files, _, _ in signed + refused] + [pair.files()]
    vm = lab.vm(arch, *disks_of(lab, volumes), options=MENU, **TRUST)
    last = len(signed)
    vm.expect_screen(rf"> +1 +Pair \[default, {last} copies\] +vda1 ",
                     rf" 2 +Pair \[{len(refused) + 1} copies\] +"
                     rf"{disk_name(last)}1 ")
    assert " 3  Pair" not in vm.shown()
    vm.send("enter")
    expect_copies(vm, signed, 0)
    expect_failure(vm, UNCOVERED)
    vm.expect_screen(rf"1 +Pair \[refused: not covered, {last} copies\]")
    choose(vm, 2)
    expect_copies(vm, refused, last)
    vm.expect(f"Starting Pair from {disk_name(len(volumes) - 1)}1")
    boots_pair(vm, pair)


@pytest.mark.parametrize("arch", ARCHES)
def test_a_signed_kernel_alone(lab, arch, signer):
    """A zboot kernel (x86_64: a bzImage) by a signature of its own, with
    nothing beside it that would have to be covered."""
    kernel = lab.asset(arch, {"x86_64": "own-kernel",
                              "aarch64": "zboot-zstd.efi"}[arch]).read_bytes()
    other = signer.image(stamped(kernel, 1))
    disks = [lab.disk({"/EFI/alone/kernel": data}, name=f"{name}.img")
             for name, data in (("unsigned", kernel),
                                ("changed", flip(other, len(kernel) // 2)),
                                ("signed", signer.image(kernel)))]
    vm = lab.vm(arch, *disks, options="keelboot.timeout=1", **TRUST)
    vm.expect_screen("it is not signed", r"1 +Alone .*refused: unsigned")
    vm.expect_screen("the image's SHA-256 begins",
                     r"2 +Alone .*refused: changed")
    vm.expect(f"Verified: signed by {SIGNER}\\.")
    expect_jump(vm, "file")
    # There is no initrd, so that is as far as it comes.
    vm.expect("Kernel panic - not syncing", timeout=120)


# --- the second gate ------------------------------------------------------------


def test_a_kernel_that_is_locked_down_has_its_say(lab, signer):
    """Debian's kernel knows no key of ours: what keelboot trusts is refused,
    both verdicts are told, and there is no other way around it."""
    arch = "x86_64"
    uki = lab.uki(arch, "gate.efi", linux=lab.asset(arch, "debian-kernel"),
                  initrd=lab.asset(arch, "second-initrd"), cmdline="quiet",
                  osrel=lab.asset(arch, "os-release")).read_bytes()
    disk = lab.disk({"/EFI/Linux/gate.efi": signer.image(uki)})
    vm = lab.vm(arch, disk, kernel="debian-kernel",
                image="trust-debian.cpio.zst",
                options=f"{MENU} lockdown=integrity")
    vm.expect_screen(f"claims {SIGNER}", r"> +1 +Test Linux \[default, claims")
    vm.send("enter")
    expect_failure(
        vm, r"unable to boot \"Test Linux\": keelboot trusts it \(signed by "
        rf"{SIGNER}\), but the running kernel is locked down \(integrity\) "
        "and trusts no signature of the bzImage in it: start the firmware's "
        "kernel without lockdown, or build the signer's certificate into it")
    vm.expect_screen(r"> +1 +Test Linux \[.*failed",
                     f"verified: signed by {SIGNER}")
    assert "kexec_load(2)" not in vm.text
