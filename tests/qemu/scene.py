"""What the tests of an operator at the console start from: an image with a
configuration of the test's own, a disk with two entries, and the second
kernel's own word on what it was started with."""

import hashlib
import os
import re
import subprocess

from conftest import BUILD, TOP
from parts import run
from vm import CONSOLE

KERNEL = {"x86_64": "own-kernel", "aarch64": "zboot-zstd.efi"}
FIRST, SECOND = "z-first.conf", "a-second.conf"
UP = r"keelboot: second kernel is up: \S+ cmdline: ([^\r\n]*)[\r\n]"
ESP = 1 << 20


def second_options(arch, *words):
    """A command line with a console and what else the emulator needs."""
    needs = ["no_timer_check"] if arch == "x86_64" else []
    return " ".join([f"console={CONSOLE[arch]}", *needs, *words])


def configured(lab, text):
    """An initrd that replaces the image's keelboot.conf."""
    root = lab.work / "config"
    path = root / "etc/keelboot/keelboot.conf"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    out = lab.work / "config.cpio"
    with open(out, "wb") as file:
        subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=root,
                       input=b"etc/keelboot/keelboot.conf\n", stdout=file,
                       check=True)
    return out


def entry(title, options, initrds=("initrd",)):
    lines = [f"title {title}", "linux /boot-test/linux",
             *(f"initrd /boot-test/{name}" for name in initrds),
             f"options {options}"]
    return ("\n".join(lines) + "\n").encode()


def two_entries(lab, arch, first, second, **files):
    """A disk whose list has "First" with these options before "Second"."""
    return lab.disk({
        f"/loader/entries/{FIRST}": entry("First", first),
        f"/loader/entries/{SECOND}": entry("Second", second),
        "/boot-test/linux": lab.asset(arch, KERNEL[arch]),
        "/boot-test/initrd": lab.asset(arch, "second-initrd"), **files})


def payload(lab, arch, *files):
    """The second kernel's initrd with more files: "SOURCE:PATH"."""
    out = lab.work / "payload"
    words = [word for one in files for word in ("--file", one)]
    subprocess.run([TOP / "scripts/mkpayload.sh", "--busybox",
                    BUILD / arch / "deps/busybox", *words, arch, out],
                   check=True)
    return out


def expect_second(vm):
    """Waits for the second kernel; its command line."""
    return vm.expect(UP, 120).group(1)


def ask_second(vm, command):
    """What a command prints in the second kernel's shell."""
    vm.send(f"echo begin-of''-it; {command}; echo end-of''-it\n")
    found = vm.expect(r"begin-of-it(.*)end-of-it")
    return found.group(1).replace("\r", "")


def writable(path):
    """A disk that the machine may change."""
    return ["-drive", f"if=none,id=own,format=raw,file={path},"
            "cache=writethrough", "-device", "virtio-blk-pci,drive=own"]


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- what is on a FAT, by mtools ---------------------------------------------


def read_fat(lab, disk, begin=ESP):
    """Path -> bytes of every file of a FAT that begins there, which fsck.vfat
    has no word against."""
    part = lab.work / "part-to-check"
    run("dd", f"if={disk}", f"of={part}", "bs=1M", "conv=sparse",
        f"skip={begin >> 20}", "status=none")
    size = os.path.getsize(part) - (1 << 20 if begin else 0)
    os.truncate(part, size)
    said = run("fsck.vfat", "-n", part)
    assert re.fullmatch(r"fsck\.fat [^\n]*\n[^\n]*: \d+ files, \d+/\d+ "
                        r"clusters\n", said), said
    out = lab.work / "files-to-check"
    run("rm", "-rf", out)
    out.mkdir()
    run("mcopy", "-s", "-Q", "-n", "-i", part, "::*", out,
        env={**os.environ, "MTOOLS_SKIP_CHECK": "1"})
    part.unlink()
    return {"/" + str(path.relative_to(out)): path.read_bytes()
            for path in out.rglob("*") if path.is_file()}
