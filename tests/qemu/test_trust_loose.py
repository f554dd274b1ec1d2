"""Loose entries under the shipped configuration: a kernel, its initrds and its
options count as one set, in their order, by a signed manifest. And the second
gate: a running kernel that asks for signatures of its own."""

import subprocess

import pytest

from conftest import BUILD
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

    def without(self, *suffixes):
        """A well signed kernel, and not all of a manifest."""
        kernel = self.signer.image(self.kernel)
        return {path: data for path, data in self.files(kernel=kernel).items()
                if not path.endswith(suffixes)}


DIGEST = r"%s /EFI/pair/%s has SHA-256 \w+, line %d of manifest .* says"


def cases(pair):
    """(files, what the sentence says, the word), a volume each."""
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
        (pair.without(".p7s"), "/EFI/pair/one: nothing vouches for it",
         "not covered"),
        (pair.without(".p7s", ".manifest"),
         "/EFI/pair/one: nothing vouches for it", "not covered"),
    ]


@pytest.mark.parametrize("arch", ARCHES)
def test_a_loose_entry_counts_as_a_whole(lab, arch, signer):
    pair = Pair(lab, arch, signer)
    refused = cases(pair)
    volumes = [files for files, _, _ in refused] + [pair.files()]
    disks = [lab.disk(files, name=f"disk{number:02}.img")
             for number, files in enumerate(volumes)]
    vm = lab.vm(arch, *disks, options=MENU, **TRUST)
    vm.expect_screen(r"1 +Pair", rf"entries 1 to \d+ of {len(volumes)}|"
                     rf"\n +{len(volumes)} +Pair")
    for number, (_, sentence, word) in enumerate(refused):
        choose(vm, number + 1)
        vm.expect_screen(r"unable to boot \"Pair\": .*" + sentence,
                         rf"> +{number + 1} +Pair \[.*{word}.* vd"
                         + chr(ord("a") + number))
    choose(vm, len(volumes))
    vm.expect(f"Verified: manifest signed by {MANIFEST_SIGNER}\\.")
    expect_jump(vm, "file")
    second = take_report(vm)
    assert second.cmdline.encode() == pair.options
    assert "/two" in second.files and "/stranger" not in second.files


@pytest.mark.parametrize("arch", ARCHES)
def test_a_signed_kernel_alone(lab, arch, signer):
    """A zboot kernel (x86_64: a bzImage) by a signature of its own, with
    nothing beside it that would have to be covered."""
    kernel = lab.asset(arch, {"x86_64": "own-kernel",
                              "aarch64": "zboot-zstd.efi"}[arch]).read_bytes()
    signed = signer.image(kernel)
    disks = [lab.disk({"/EFI/alone/kernel": data}, name=f"{name}.img")
             for name, data in (("unsigned", kernel),
                                ("changed", flip(signed, len(kernel) // 2)),
                                ("signed", signed))]
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
    vm.expect_screen(
        r"unable to boot \"Test Linux\": keelboot trusts it \(signed by "
        rf"{SIGNER}\), but the running kernel is locked down \(integrity\) "
        "and trusts no signature of the bzImage in it: start the firmware's "
        "kernel without lockdown, or build the signer's certificate into it",
        r"> +1 +Test Linux \[.*failed", f"verified: signed by {SIGNER}")
    assert "kexec_load(2)" not in vm.text
