"""The menu on a serial line, with a person's eyes: what the 80x24 screen
shows and what keys do."""

import re

import pytest

from craft import Pe, make_zboot, zboot_payload, zboot_size_field
from pages import expect_failure
from report import expect_jump, take_report

ARCH = "aarch64"


def two_ukis(lab):
    """Two entries that can be told apart; the list has b before a."""
    files = {}
    for name in ("a", "b"):
        osrel = lab.work / f"osrel-{name}"
        osrel.write_text(f'ID=test\nPRETTY_NAME="Linux {name.upper()}"\n')
        files[f"/EFI/Linux/{name}.efi"] = lab.uki(
            ARCH, f"{name}.efi", linux=lab.asset(ARCH, "zboot-zstd.efi"),
            initrd=lab.asset(ARCH, "second-initrd"), osrel=osrel,
            cmdline=f"console=ttyAMA0 keelboot.test=report chosen={name}")
    return lab.disk(files)


def expect_boot(vm, name):
    expect_jump(vm, "file")
    assert take_report(vm).cmdline.endswith(f" chosen={name}")


@pytest.mark.parametrize("keys, name", [
    (["enter"], "b"),
    (["down", "enter"], "a"),
    (["j", "j", "k", "enter"], "b"),
    (["2", "enter"], "a"),
    (["end", "home", "down", "up", "1", "enter"], "b"),
])
def test_choosing(lab, keys, name):
    vm = lab.vm(ARCH, two_ukis(lab))
    screen = vm.expect_screen(r"> +1 +Linux B \[default\]", "  2 +Linux A")
    assert "Nothing is verified (verify = off)." in screen
    assert "Up, Down or a number marks an entry, Enter boots it" in screen
    assert "keelboot" in screen.split("\n")[0]
    for key in keys[:-1]:
        vm.send(key)
    vm.expect_screen(r"> +1 +Linux B" if name == "b" else r"> +2 +Linux A")
    vm.send(keys[-1])
    expect_boot(vm, name)


def test_countdown_boots_the_first_entry(lab):
    vm = lab.vm(ARCH, two_ukis(lab), options="keelboot.timeout=4")
    vm.expect_screen(r"Entry 1 boots in +[1-4] s; any key stops the countdown")
    expect_boot(vm, "b")


def test_a_key_stops_the_countdown(lab):
    vm = lab.vm(ARCH, two_ukis(lab), options="keelboot.timeout=4")
    vm.expect_screen(r"Entry 1 boots in +[1-4] s", r"> +1 +Linux B")
    vm.send("down")
    vm.expect_screen(r"> +2 +Linux A", "countdown has stopped")
    vm.never("Jumping", 6)
    assert "boots in" not in vm.shown()
    vm.send("enter")
    expect_boot(vm, "a")


def test_timeout_0_boots_at_once(lab):
    vm = lab.vm(ARCH, two_ukis(lab), options="keelboot.timeout=0")
    expect_boot(vm, "b")
    assert not re.search(r"boots in +[1-9]", vm.text)


def test_default_is_a_pattern(lab):
    vm = lab.vm(ARCH, two_ukis(lab),
                options="keelboot.timeout=2 keelboot.default=A*.efi")
    vm.expect_screen(r"1 +Linux B", r"> +2 +Linux A \[default\]",
                     r"Entry 2 boots in")
    expect_boot(vm, "a")


def test_pages(lab):
    """Details, log, help, what is refused: each opens by its letter and closes
    with q."""
    vm = lab.vm(ARCH, two_ukis(lab))
    vm.expect_screen(r"> +1 +Linux B")
    vm.send("i")
    vm.expect_screen(r"^Details", r"Linux B", r"vda1 /EFI/Linux/b\.efi",
                     r"unified kernel image", r"q back")
    vm.send("q")
    vm.expect_screen(r"> +1 +Linux B")
    vm.send("l")
    vm.expect_screen(r"^Log", r"vda1: found /EFI/Linux/a\.efi \(Linux A\)")
    vm.send("q")
    vm.expect_screen(r"> +1 +Linux B")
    vm.send("?")
    vm.expect_screen(r"^Keys", r"Enter +boot the marked entry")
    vm.send("q")
    vm.expect_screen(r"> +1 +Linux B")
    vm.send("x")
    vm.expect_screen(r"^Refused", "Everything that was found is offered",
                     r"q back")
    vm.send("q")
    vm.expect_screen(r"> +1 +Linux B")
    vm.send("z")
    vm.expect_screen(r'"z" is no command')
    vm.send("9")
    vm.expect_screen(r"There is no entry 9")
    vm.send("enter")
    vm.expect_screen(r"nothing was booted")
    vm.never("Jumping", 2)


def test_profiles(lab):
    """Each profile of a UKI is an entry; only the first is a default."""
    parts = {"p0": "ID=main\nTITLE=Normal\n", "p1": "ID=fix\nTITLE=Repair\n",
             "c1": "console=ttyAMA0 keelboot.test=report chosen=fix"}
    for name, text in parts.items():
        (lab.work / name).write_text(text)
    path = lab.uki(
        ARCH, "profiles.efi", linux=lab.asset(ARCH, "zboot-zstd.efi"),
        initrd=lab.asset(ARCH, "second-initrd"),
        osrel=lab.asset(ARCH, "os-release"), stub=lab.stub(ARCH, 257),
        cmdline="console=ttyAMA0 keelboot.test=report chosen=main",
        section=[f".profil0={lab.work}/p0", f".profil1={lab.work}/p1",
                 f".cmdlin1={lab.work}/c1"])
    uki = Pe(path.read_bytes())
    uki.rename(".profil0", ".profile").rename(".profil1", ".profile")
    path.write_bytes(uki.rename(".cmdlin1", ".cmdline").data)
    vm = lab.vm(ARCH, lab.disk({"/EFI/Linux/profiles.efi": path}))
    vm.expect_screen(r"> +1 +Test Linux \(Normal\) \[default\]",
                     r"2 +Test Linux \(Repair\)")
    vm.send("2")
    vm.expect_screen(r"> +2 +Test Linux \(Repair\)")
    vm.send("i")
    vm.expect_screen(r"^Details", r"id: profiles\.efi@fix")
    vm.send("q")
    vm.send("enter")
    expect_boot(vm, "fix")


# --- entries that turn out bad when they are chosen ---------------------------


def flipped(data):
    """One bit in the middle of the compressed kernel changes."""
    offset, size = zboot_payload(data)
    data[offset + size // 2] ^= 0x10
    return data


def said_larger(data):
    at = zboot_size_field(data)
    size = int.from_bytes(data[at:at + 4], "little") + 4096
    data[at:at + 4] = size.to_bytes(4, "little")
    return data


def said_smaller(data):
    at = zboot_size_field(data)
    size = int.from_bytes(data[at:at + 4], "little") - 4096
    data[at:at + 4] = size.to_bytes(4, "little")
    return data


def bomb(data):
    """A frame of 4 GiB of zeros, in runs of 128 KiB of 4 bytes each, in an
    image that speaks of 1 MiB."""
    block = ((128 << 10) << 3 | 1 << 1).to_bytes(3, "little") + b"\0"
    last = (1 << 3 | 1 << 1 | 1).to_bytes(3, "little") + b"\0"
    frame = b"\x28\xb5\x2f\xfd" + b"\x00\x70" + block * (4 << 13) + last
    return make_zboot(frame, 1 << 20)


@pytest.mark.parametrize("codec, spoil, reason", [
    ("zstd", flipped, r"zstd .*is refused: it(s checksum| is corrupt)"),
    ("gzip", flipped, r"gzip"),
    ("xz", flipped, r"xz"),
    ("zstd", said_larger, r"\d+.*\d+"),
    ("lz4", said_smaller, r"\d+.*\d+"),
    ("zstd", bomb, r"1048576"),
], ids=["flipped-zstd", "flipped-gzip", "flipped-xz", "said-larger",
        "said-smaller", "bomb"])
def test_entry_that_fails_leads_back(lab, codec, spoil, reason):
    """The failure has a page with what to do about it; the reason is on the
    list and on the details page, too, and the good entry boots."""
    osrel = lab.work / "osrel"
    osrel.write_text('ID=test\nPRETTY_NAME="A Broken Linux"\n')
    data = lab.asset(ARCH, f"zboot-{codec}.efi").read_bytes()
    spoilt = lab.work / "spoilt"
    spoilt.write_bytes(spoil(bytearray(data)))
    disk = lab.disk({
        "/EFI/Linux/broken.efi": lab.uki(
            ARCH, "broken.efi", linux=spoilt, osrel=osrel,
            initrd=lab.asset(ARCH, "second-initrd"),
            cmdline="console=ttyAMA0 keelboot.test=report"),
        "/EFI/Linux/a-good.efi": lab.asset(ARCH, "uki-zboot.efi")})
    vm = lab.vm(ARCH, disk)
    vm.expect_screen(r"> +1 +A Broken Linux \[default\]", r"2 +Test Linux")
    vm.send("enter")
    said = r"unable to boot \"A Broken Linux\": "
    tried = r"^A Broken Linux from vda1 /EFI/Linux/broken\.efi$"
    expect_failure(vm, tried, said, reason)
    vm.expect_screen(r"> +1 +A Broken Linux \[failed\]",
                     r"2 +Test Linux \[default\]",
                     r"^FAILED: " + said, reason)
    vm.send("f")
    expect_failure(vm, tried, said, reason)
    assert "boots in" not in vm.shown()
    vm.send("i")
    vm.expect_screen(r"The last attempt to boot this entry failed:\n", reason)
    vm.send("q")
    vm.expect_screen(r"2 +Test Linux")
    vm.send("2")
    vm.expect_screen(r"> +2 +Test Linux")
    vm.send("enter")
    expect_jump(vm, "file")
    take_report(vm)


def test_failure_without_an_operator(lab):
    """With nobody there the next entry boots after the failure was shown."""
    osrel = lab.work / "osrel"
    osrel.write_text('ID=test\nPRETTY_NAME="A Broken Linux"\n')
    spoilt = lab.work / "spoilt"
    spoilt.write_bytes(flipped(bytearray(
        lab.asset(ARCH, "zboot-zstd.efi").read_bytes())))
    disk = lab.disk({
        "/EFI/Linux/broken.efi": lab.uki(ARCH, "broken.efi", linux=spoilt,
                                         osrel=osrel),
        "/EFI/Linux/a-good.efi": lab.asset(ARCH, "uki-zboot.efi")})
    vm = lab.vm(ARCH, disk, options="keelboot.timeout=1")
    vm.expect_screen(r"unable to boot \"A Broken Linux\": ",
                     r"2 +Test Linux \[default\]", r"Entry 2 boots in")
    expect_jump(vm, "file")
    take_report(vm)
