"""With the shipped configuration nothing boots that the keyring does not vouch
for: every refusal has its sentence on the console, the entry keeps its place
with a word beside it, and the next good one boots."""

import random
import re
import subprocess

import pytest

from conftest import BUILD, TOP
from craft import Pe
from pages import expect_failure
from report import check_initrd, expect_jump, take_report
from sign import MANIFEST_SIGNER, SIGNER, Signer

ARCHES = ["x86_64", "aarch64"]
EFI_ARCH = {"x86_64": "x64", "aarch64": "aa64"}
CONSOLE = {"x86_64": "console=ttyS0 no_timer_check",
           "aarch64": "console=ttyAMA0"}
TRUST = {"image": "trust.cpio.zst"}
ENFORCING = "Enforcing: only images the keyring vouches for boot."
MENU = "keelboot.timeout=menu-force"


@pytest.fixture
def signer(lab):
    return Signer(BUILD / "test-keys", lab.work)


# --- images ------------------------------------------------------------------

# Everything a section of a UKI can be called. What is in these is never read:
# it does not come to that.
EXTRA = [".splash", ".pcrsig", ".pcrpkey", ".dtbauto", ".hwids",
         ".efifw", ".profile"]
NAMES = [".text", ".data", ".sbat", ".osrel", ".cmdline", ".dtb", ".uname",
         ".ucode", ".initrd", ".linux", *EXTRA]


def small_uki(lab, arch, number, name):
    """A UKI with every kind of section and no real kernel. number is its
    kernel's version, which is shown; its place in the list is by its name,
    the higher one comes first."""
    def file(section, data):
        path = lab.work / ("part" + section)
        path.write_bytes(data)
        return path

    noise = random.Random(number).randbytes
    parts = {
        "linux": file(".linux", noise(20000)),
        "initrd": file(".initrd", noise(3000)),
        "ucode": file(".ucode", noise(600)),
        "dtb": file(".dtb", noise(700)),
        "osrel": file(".osrel", f'ID=test\nPRETTY_NAME="{name}"\n'.encode()),
        "cmdline": "quiet", "uname": f"{number}.0-test",
        "section": [f"{section}={file(section, b'ID=main ' * 12)}"
                    for section in EXTRA]}
    return lab.uki(arch, "small.efi", maker="ukify", stub=lab.stub(arch, 257),
                   **parts).read_bytes()


def real_uki(lab, arch):
    """One that boots and reports; the last of the list."""
    kernel = {"x86_64": "own-kernel", "aarch64": "zboot-zstd.efi"}[arch]
    return lab.uki(arch, "real.efi", linux=lab.asset(arch, kernel),
                   initrd=lab.asset(arch, "second-initrd"),
                   osrel=lab.asset(arch, "os-release"),
                   cmdline=f"{CONSOLE[arch]} keelboot.test=report",
                   uname="00.0-test").read_bytes()


def flip(data, at):
    out = bytearray(data)
    out[at] ^= 1
    return bytes(out)


def tampered(section):
    """One bit in the middle of a section of a well signed image."""
    def tamper(data, signer):
        signed = signer.image(data)
        pe = Pe(signed)
        size = pe.get(section, "virtual_size") or 1
        middle = min(size, pe.get(section, "raw_size")) // 2
        # the version is shown, and the stub's decides how sections are read
        if section == ".uname":
            middle = size - 1
        elif section == ".sdmagic":
            middle = pe.content(section).index(b"deb13")
        return flip(signed, pe.get(section, "raw_offset") + middle)
    return tamper


def tampered_header(data, signer):
    """The date in the COFF header, which nobody reads."""
    signed = signer.image(data)
    return flip(signed, Pe(signed).header + 8)


def old_component(data, _):
    """Its .sbat names a component below the level."""
    pe = Pe(data)
    at = pe.get(".sbat", "raw_offset")
    row = b"\nkeelboot.test,1,a,b,c,https://d/"
    end = data.index(b"\nsystemd", at)
    return data[:end] + row + data[end + len(row):]


DIGEST = r"the image's SHA-256 begins \w{8}, signed was \w{8}"

# name -> (bytes from a small UKI, what the sentence says, the word)
REFUSED = {
    "unsigned": (lambda data, _: data, "it is not signed", "unsigned"),
    "stranger": (lambda data, signer: signer.image(data, "stranger"),
                 "signed by A stranger, issued by A stranger, and the "
                 "keyring holds neither", "unknown signer"),
    "purpose": (lambda data, signer: signer.image(data, "manifest"),
                f"signed by {MANIFEST_SIGNER}, .* keyring holds neither",
                "unknown signer"),
    "revoked-signer": (lambda data, signer: signer.image(data, "revoked"),
                       "Revoked signer, .* is revoked by the dbx", "revoked"),
    "both-signers": (lambda data, signer: signer.image(
        signer.image(data), "revoked"), "is revoked by the dbx", "revoked"),
    "revoked-sbat": (lambda data, signer: signer.image(
        old_component(data, signer)),
        "SBAT component 'keelboot.test' has generation 1, those below 2 are "
        "revoked", "revoked"),
    "no-sbat": (lambda data, signer: signer.image(
        bytes(Pe(data).rename(".sbat", ".other").data)),
        "it has no .sbat section", "no SBAT"),
    "header": (tampered_header, DIGEST, "changed"),
    "appended": (lambda data, signer: signer.image(data) + b"\0" * 8,
                 r"certificate table ends at 0x\w+, the file ends at 0x\w+",
                 "bad signature"),
    "stripped": (lambda data, signer: unsign(signer.image(data)),
                 "it is not signed", "unsigned"),
}


def unsign(data):
    """A signed image without its signature."""
    pe = Pe(data)
    entry = pe.header + 24 + 112 + 4 * 8
    at = int.from_bytes(data[entry:entry + 4], "little")
    return data[:entry] + bytes(8) + data[entry + 8:at]


def refused_files(lab, arch, signer):
    """number -> (name, bytes, sentence, word), the first of the list first."""
    cases = list(REFUSED.items())
    sections = Pe(small_uki(lab, arch, 99, "any")).names()
    assert set(NAMES) <= set(sections)
    cases += [("tampered" + section, (tampered(section), DIGEST, "changed"))
              for section in sections]
    files = {}
    for number, (name, (spoil, sentence, word)) in enumerate(cases):
        data = small_uki(lab, arch, 99 - number, name)
        files[number + 1] = (name, spoil(data, signer), sentence, word)
    image = signer.private / f"revoked-{arch}.efi"
    files[len(cases) + 1] = ("revoked-digest", image.read_bytes(),
                             "this very image is revoked", "revoked")
    return files


def choose(vm, number):
    for key in str(number):
        vm.send(key)
    vm.expect_screen(rf"> +{number} +\S")
    vm.send("enter")


def boots_well(vm, vouched):
    """The line before the jump says why, and what comes is what was signed."""
    vm.expect(f"Verified: {vouched}\\.")
    expect_jump(vm, "file")
    return take_report(vm)


@pytest.mark.parametrize("arch", ARCHES)
def test_each_refusal_has_its_sentence(lab, arch, signer):
    refused = refused_files(lab, arch, signer)
    files = {f"/EFI/Linux/{99 - number}-{name}.efi": data
             for number, (name, data, _, _) in refused.items()}
    good = len(refused) + 2
    files["/EFI/Linux/00-good.efi"] = signer.image(real_uki(lab, arch))
    # Well signed, and its kernel is none.
    files["/EFI/Linux/01-no-kernel.efi"] = signer.image(
        small_uki(lab, arch, 1, "no-kernel"))
    for name in ("00-good", "01-no-kernel", "98-unsigned"):
        files[f"/EFI/Linux/{name}.efi.extra.d/evil.cred"] = b"root password"
    vm = lab.vm(arch, lab.disk(files), options=MENU, **TRUST)
    vm.expect_screen(ENFORCING, r"> +1 +unsigned \S+ \[default, unsigned\]",
                     r"2 +stranger \S+ \[claims A stranger\]")
    for number, (name, _, sentence, word) in refused.items():
        choose(vm, number)
        expect_failure(vm, rf"unable to boot .*/EFI/Linux/\S*{name}\.efi: .*"
                       + sentence)
        vm.expect_screen(rf"> +{number} +\S.*\[.*refused: {word}")
    # What lies beside an image is for none that is refused, and without a
    # voucher of its own for none at all.
    assert "evil.cred" not in vm.shell("dmesg | grep 'left out'")
    choose(vm, good - 1)
    expect_failure(vm, r"unable to boot \"no-kernel\": ")
    vm.expect_screen(rf"> +{good - 1} +no-kernel \S+ \[.*failed",
                     f"verified: signed by {SIGNER}")
    assert re.search(
        "credential left out: /EFI/Linux/01-no-kernel.efi.extra.d/evil.cred: "
        "nothing vouches for it", vm.shell("dmesg | grep 'left out'"))
    # What was refused stays where it was, and the last one is good.
    choose(vm, good)
    second = boots_well(vm, f"signed by {SIGNER}")
    assert second.cmdline == f"{CONSOLE[arch]} keelboot.test=report"
    check_initrd(lab, arch, second)


@pytest.mark.parametrize("arch", ARCHES)
def test_the_next_good_entry_boots_by_itself(lab, arch, signer):
    cases = ["unsigned", "stranger", "revoked-signer"]
    files = {"/EFI/Linux/00-good.efi": signer.image(real_uki(lab, arch))}
    for number, name in enumerate(cases):
        data = small_uki(lab, arch, 99 - number, name)
        files[f"/EFI/Linux/{99 - number}-{name}.efi"] = REFUSED[name][0](
            data, signer)
    vm = lab.vm(arch, lab.disk(files), options="keelboot.timeout=1", **TRUST)
    for number, name in enumerate(cases):
        vm.expect_screen(REFUSED[name][1],
                         rf"{number + 1} +{name} .*refused: ",
                         rf"{number + 2} +\S.*\[default",
                         rf"Entry {number + 2} boots in")
    boots_well(vm, f"signed by {SIGNER}")


def test_a_menu_without_a_good_entry_stays(lab, signer):
    """It tells why, and does not try for ever."""
    data = small_uki(lab, "aarch64", 50, "stranger")
    disk = lab.disk({"/EFI/Linux/a.efi": signer.image(data, "stranger")})
    vm = lab.vm("aarch64", disk, options="keelboot.timeout=1", **TRUST)
    vm.expect_screen("the keyring holds neither",
                     r"> +1 +stranger \S+ \[refused: unknown signer\]")
    vm.expect("Starting stranger")
    vm.never("Starting ", 12)
    vm.expect_screen("the keyring holds neither")


def test_locks_are_shown_as_locks(lab):
    vm = lab.vm("aarch64", lab.disk({"/EFI/x": b"x"}), options=MENU
                + " keelboot.rescue-shell=yes keelboot.verify=off", **TRUST)
    vm.expect_screen(ENFORCING)
    vm.send("q")
    vm.expect_screen("No rescue shell: locked by verify = enforce")
    vm.send("s")
    vm.never("rescue shell on|Leave the menu for", 2)
    vm.send("q")
    vm.expect_screen(ENFORCING)
    vm.send("?")
    vm.expect_screen(r"^Keys ", r"^q back; space")
    vm.send(" ")
    vm.expect_screen("No editing, no verbose boot: locked by verify = enforce")
    assert "may only be set in the image" in vm.shell("dmesg")


def test_warn_boots_and_says_so(lab):
    disk = lab.disk({"/EFI/Linux/a.efi": real_uki(lab, "aarch64")})
    vm = lab.vm("aarch64", disk,
                options="keelboot.timeout=2 keelboot.verify=warn")
    vm.expect_screen("WARNING: what the keyring does not vouch for boots",
                     r"> +1 +Test Linux \S+ \[default, unsigned\]")
    vm.expect("WARNING: not verified: [^\r\n]*it is not signed")
    expect_jump(vm, "file")
    take_report(vm)


# --- a list of revocations on a disk -------------------------------------------


def test_a_signed_list_on_the_disk_revokes(lab, signer):
    first, second = (signer.image(small_uki(lab, "aarch64", number, name))
                     for number, name in ((90, "listed"), (80, "other")))
    reference = subprocess.run(
        ["/usr/bin/python3", TOP / "tests/lib/pe_reference.py", "/dev/stdin"],
        input=first, check=True, capture_output=True)
    listed = reference.stdout.split()[0] + b"\n"
    # Of two without a version the one of the later name comes first.
    disk = lab.disk({
        "/EFI/Linux/z-first.efi": first, "/EFI/Linux/a-second.efi": second,
        "/loader/keelboot/revoked": listed,
        "/loader/keelboot/revoked.p7s": signer.detached(listed)})
    # A list that a stranger has signed does not count.
    other = lab.disk({
        "/loader/keelboot/revoked": b"0" * 64 + b"\n",
        "/loader/keelboot/revoked.p7s":
            signer.detached(b"0" * 64 + b"\n", "stranger")}, name="other.img")
    vm = lab.vm("aarch64", disk, other, options=MENU, **TRUST)
    vm.expect_screen(r"> +1 +listed")
    choose(vm, 1)
    expect_failure(vm, "this very image is revoked")
    vm.expect_screen(r"1 +listed \S+ \[.*refused: revoked")
    choose(vm, 2)
    # It is well signed, and only its kernel is none.
    expect_failure(vm, r"unable to boot \"other")
    vm.expect_screen(r"2 +other \S+ \[.*failed",
                     f"verified: signed by {SIGNER}")
    log = vm.shell("dmesg | grep revocations")
    assert f"signed by {MANIFEST_SIGNER}, are in force" in log
    assert "do not count: " in log
