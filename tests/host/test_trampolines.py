"""The machine code in boot/kexec_*.c is what its comments say: the comments are
assembled with GNU as and compared with the bytes."""

import re
import shutil
import subprocess

import pytest

CASES = [
    ("boot/kexec_x86_data.c", "x86_64-linux-gnu-", 1, "\t.code64\nstart:\n"),
    ("boot/kexec_arm64.c", "aarch64-linux-gnu-", 4, ""),
]


def array_of(root, path):
    """The lines of the array `trampoline` in a source file."""
    text = (root / path).read_text()
    found = re.search(r"trampoline\[\] = \{\n(.*?)\n\};", text, re.S)
    assert found, f"{path} has no array named trampoline"
    return found.group(1).splitlines()


def bytes_of(lines, width):
    """What the compiler makes of the numbers."""
    code = " ".join(re.sub(r"/\*.*?\*/", "", line) for line in lines)
    words = [int(word, 0) for word in re.findall(r"\b0x[0-9a-f]+\b|\b0\b",
                                                 code)]
    return b"".join(word.to_bytes(width, "little") for word in words)


def assembly_of(lines):
    """What the comments say."""
    return "".join(f"\t{text}\n" for line in lines
                   for text in re.findall(r"/\* (.*?) \*/", line))


@pytest.mark.parametrize("path, prefix, width, head", CASES)
def test_comments_assemble_to_the_bytes(request, tmp_path, path, prefix, width,
                                        head):
    lines = array_of(request.config.rootpath, path)
    # Debian's native binutils have the long name, too.
    assert shutil.which(prefix + "as"), f"{prefix}as is missing: scripts/setup.sh"
    source = tmp_path / "trampoline.s"
    source.write_text(head + assembly_of(lines))
    subprocess.run([prefix + "as", "-o", tmp_path / "t.o", source], check=True)
    subprocess.run([prefix + "objcopy", "-O", "binary", "-j", ".text",
                    tmp_path / "t.o", tmp_path / "t.bin"], check=True)
    assembled = (tmp_path / "t.bin").read_bytes()
    assert len(assembled) >= 40
    assert bytes_of(lines, width).hex(" ") == assembled.hex(" ")
