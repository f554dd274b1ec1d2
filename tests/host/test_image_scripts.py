"""The scripts that make what is booted: disks, UKIs, the second kernel's
initrd, and the check of a kernel's configuration. What they make is read by
other programs (sgdisk, fsck.fat, mtools, cpio) or by a reader of this file's
own, never by keelboot."""

import hashlib
import os
import struct
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
STUB = Path("/usr/lib/systemd/boot/efi") / (
    "linuxaa64.efi.stub" if os.uname().machine == "aarch64"
    else "linuxx64.efi.stub")
ENVIRONMENT = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin",
                   LC_ALL="C")


def run(*command, **options):
    return subprocess.run([str(word) for word in command], text=True,
                          capture_output=True, check=False, env=ENVIRONMENT,
                          **options)


def must(*command, **options):
    done = run(*command, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def content(length, seed):
    """Bytes of no pattern, the same each time."""
    return hashlib.shake_128(seed.encode()).digest(length)


# --- mkdisk.sh ---------------------------------------------------------------

@pytest.fixture
def files(tmp_path):
    for name, length in (("one", 3_000_001), ("two", 4096), ("three", 0)):
        (tmp_path / name).write_bytes(content(length, name))
    return tmp_path


def make_disk(files, *options, name="disk"):
    out = files / name
    must(SCRIPTS / "mkdisk.sh", *options, out, 40,
         "--file", f"{files}/one:/EFI/Linux/One of many.efi",
         "--file", f"{files}/two:/EFI/Linux/two.efi",
         "--file", f"{files}/three:/vmlinuz")
    return out


def test_disk_is_sound_to_other_tools(files):
    disk = make_disk(files)
    assert disk.stat().st_size == 40 << 20
    assert "No problems found" in must("sgdisk", "-v", disk)
    assert "EF00" in must("sgdisk", "-p", disk)
    esp = files / "esp"
    esp.write_bytes(disk.read_bytes()[1 << 20:39 << 20])
    assert "6 files" in must("fsck.fat", "-n", esp)
    for path, name in (("/EFI/Linux/One of many.efi", "one"),
                       ("/EFI/Linux/two.efi", "two"), ("/vmlinuz", "three")):
        must("mcopy", "-n", "-i", f"{disk}@@1M", f"::{path}", files / "back")
        assert (files / "back").read_bytes() == (files / name).read_bytes()
        (files / "back").unlink()


def test_disk_with_an_id_is_the_same_each_time(files):
    first = make_disk(files, "--id", "00c0ffee")
    again = make_disk(files, "--id", "00c0ffee", name="again")
    other = make_disk(files, "--id", "00c0ffef", name="other")
    assert first.read_bytes() == again.read_bytes()
    assert first.read_bytes() != other.read_bytes()
    assert "-000000C0FFEE" in must("sgdisk", "-p", first)


def test_disk_that_is_too_small_says_so(files):
    done = run(SCRIPTS / "mkdisk.sh", files / "disk", 35)
    assert done.returncode == 1
    assert "36 MiB, not of 35" in done.stderr
    (files / "one").write_bytes(bytes(40 << 20))
    done = run(SCRIPTS / "mkdisk.sh", files / "disk", 36,
               "--file", f"{files}/one:/one")
    assert done.returncode == 1
    assert f"({40 << 20} bytes) into an ESP of 34 MiB" in done.stderr
    assert not (files / "disk").exists()


# --- mkuki.sh ----------------------------------------------------------------

def sections(path):
    """Name -> (address, content) of a PE file, in order; gaps checked."""
    data = path.read_bytes()
    pe = struct.unpack_from("<I", data, 60)[0]
    assert data[pe:pe + 4] == b"PE\0\0"
    number, optional = (struct.unpack_from("<H", data, pe + 6)[0],
                        struct.unpack_from("<H", data, pe + 20)[0])
    assert struct.unpack_from("<I", data, pe + 8)[0] == 0, "a date"
    found, end = {}, 0
    for i in range(number):
        at = pe + 24 + optional + 40 * i
        name = data[at:at + 8].rstrip(b"\0").decode()
        size, address, raw_size, raw = struct.unpack_from("<4I", data, at + 8)
        assert address >= end, f"{name} overlaps"
        assert size <= raw_size and raw + raw_size <= len(data)
        end = address + size
        found[name] = (address, data[raw:raw + size])
    image_size = struct.unpack_from("<I", data, pe + 24 + 56)[0]
    assert image_size >= end
    return found


def make_uki(tmp_path, out, *options):
    for name, length in (("kernel", 70_001), ("initrd", 5), ("ucode", 4096)):
        (tmp_path / name).write_bytes(content(length, name))
    must(SCRIPTS / "mkuki.sh", "--arch", os.uname().machine, "--stub", STUB,
         "--linux", tmp_path / "kernel", "--initrd", tmp_path / "initrd",
         "--out", out, *options)
    return sections(out)


def test_uki_holds_what_was_put_in(tmp_path):
    (tmp_path / "osrel").write_text("ID=test\n")
    found = make_uki(tmp_path, tmp_path / "uki", "--osrel", tmp_path / "osrel",
                     "--cmdline", "a=1 b='2 3'", "--uname", "6.1-test",
                     "--ucode", tmp_path / "ucode",
                     "--section", f".extra={tmp_path}/initrd")
    own = [name for name in found if name in (
        ".osrel", ".cmdline", ".uname", ".ucode", ".initrd", ".linux",
        ".extra")]
    assert own == [".osrel", ".cmdline", ".uname", ".ucode", ".initrd",
                   ".linux", ".extra"]
    assert all(found[name][0] % 4096 == 0 for name in own)
    assert found[".osrel"][1] == b"ID=test\n"
    assert found[".cmdline"][1] == b"a=1 b='2 3'"
    assert found[".uname"][1] == b"6.1-test"
    assert found[".linux"][1] == content(70_001, "kernel")
    assert found[".initrd"][1] == found[".extra"][1] == content(5, "initrd")
    assert found[".ucode"][1] == content(4096, "ucode")


def test_uki_is_the_same_each_time(tmp_path):
    make_uki(tmp_path, tmp_path / "one", "--cmdline", "x")
    # objcopy writes the time of day, in seconds.
    must("sleep", "1.1")
    make_uki(tmp_path, tmp_path / "two", "--cmdline", "x")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_keelboot_as_a_uki_names_itself(tmp_path):
    found = make_uki(tmp_path, tmp_path / "k", "--keelboot", "1.2.3")
    assert b"ID=keelboot\n" in found[".osrel"][1]
    assert b"1.2.3" in found[".osrel"][1]
    assert found[".cmdline"][1].strip(), "a stub would take it from outside"


def test_uki_without_its_kernel_is_not_made(tmp_path):
    done = run(SCRIPTS / "mkuki.sh", "--arch", os.uname().machine,
               "--stub", STUB, "--linux", tmp_path / "none",
               "--out", tmp_path / "uki")
    assert done.returncode == 1
    assert f"{tmp_path}/none for .linux" in done.stderr
    assert not (tmp_path / "uki").exists()


# --- mkpayload.sh ------------------------------------------------------------

def test_payload_is_the_same_each_time(tmp_path):
    (tmp_path / "cred").write_text("secret")
    for name, umask in (("one", 0o022), ("two", 0o077)):
        must(SCRIPTS / "mkpayload.sh", "--busybox", "/bin/sh",
             "--file", f"{tmp_path}/cred:/.extra/a.cred", "x86_64",
             tmp_path / name, umask=umask)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    listing = must("sh", "-c", f"zstd -dc {tmp_path}/one | cpio -tv")
    names = {line.split()[-1]: line.split() for line in listing.splitlines()}
    assert set(names) == {"init", "bin", "bin/busybox", ".extra",
                          ".extra/a.cred"}
    assert names["init"][0] == "-rwxr-xr-x"
    assert all(line[2:4] == ["root", "root"] for line in names.values())


# --- check-kconfig.sh ----------------------------------------------------------

def check_kconfig(tmp_path, final, *wanted):
    (tmp_path / "final").write_text(final)
    names = []
    for i, text in enumerate(wanted):
        names.append(tmp_path / f"wanted{i}")
        names[-1].write_text(text)
    return run(SCRIPTS / "check-kconfig.sh", tmp_path / "final", *names)


FINAL = """#
# Automatically generated file; DO NOT EDIT.
#
CONFIG_NET=y
CONFIG_PATH="a=b"
CONFIG_SHIFT=17
# CONFIG_DEVMEM is not set
"""


def test_kconfig_that_holds(tmp_path):
    done = check_kconfig(tmp_path, FINAL, "# why\n\nCONFIG_NET=y\n",
                         'CONFIG_PATH="a=b"\nCONFIG_SHIFT=17\n'
                         "# CONFIG_DEVMEM is not set\n"
                         "# CONFIG_UNKNOWN is not set\n")
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("wanted, said", [
    ("CONFIG_NET=m", "CONFIG_NET was asked to be m, it is y"),
    ("CONFIG_NO_SUCH=y", "CONFIG_NO_SUCH was asked to be y, it is n"),
    ("CONFIG_DEVMEM=y", "CONFIG_DEVMEM was asked to be y, it is n"),
    ("# CONFIG_NET is not set", "CONFIG_NET was asked to be n, it is y"),
    ("CONFIG_SHIFT=1", "CONFIG_SHIFT was asked to be 1, it is 17"),
    ('CONFIG_PATH="a"', 'CONFIG_PATH was asked to be "a", it is "a=b"'),
    ("CONFIG_NET", "unable to make sense of the line: CONFIG_NET"),
    ("NET=y", "unable to make sense of the line: NET=y"),
])
def test_kconfig_that_does_not_hold(tmp_path, wanted, said):
    done = check_kconfig(tmp_path, FINAL, "CONFIG_SHIFT=17\n", wanted + "\n")
    assert done.returncode == 1
    assert done.stdout == said + "\n"


def test_fragments_say_nothing_twice():
    fragments = Path(__file__).resolve().parents[2] / "config/linux"
    common = (fragments / "common.config").read_text()
    for arch in ("x86_64", "aarch64"):
        text = common + (fragments / f"{arch}.config").read_text()
        names = [line.split("=")[0].replace("# ", "").replace(
            " is not set", "") for line in text.splitlines()
            if line.startswith("CONFIG_") or line.endswith(" is not set")]
        assert len(names) > 200
        assert sorted(set(names)) == sorted(names)
