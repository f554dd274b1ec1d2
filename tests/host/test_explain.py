"""explain of a UKI with companions: archives as systemd-stub makes them, their
bytes put together here from the format's description and read by cpio, their
order and offsets, and what is left out."""

import os
import subprocess

import pytest

from conftest import ROOT, run, script_path
from test_commands import parts, sha256, read  # noqa: F401 (fixtures)

BESIDE = "EFI/Linux/x.efi.extra.d/"


def record(inode, mode, name, content=b""):
    fields = (inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0,
              len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08x" % field for field in fields)
    return pad4(head + name.encode() + b"\0") + pad4(content)


def pad4(data):
    return data + b"\0" * (-len(data) % 4)


def archive(folder, folder_mode, file_mode, files):
    """folder below /.extra, files is name -> content."""
    records, path = [], ""
    for part in folder.split("/"):
        path = f"{path}/{part}".lstrip("/")
        mode = folder_mode if path == folder else 0o555
        records.append((0o40000 | mode, path, b""))
    for name in sorted(files, key=str.encode):
        records.append((0o100000 | file_mode, f"{folder}/{name}",
                        files[name]))
    made = b"".join(record(number + 1, *one)
                    for number, one in enumerate(records))
    zeros = b"00000000"
    return (made + b"070701" + zeros * 4 + b"00000001" + zeros * 6 +
            b"0000000B" + zeros + b"TRAILER!!!\0\0\0\0")


def read_back(data, work):
    """What GNU cpio makes of it: path -> content; and its list of modes."""
    work.mkdir()
    done = subprocess.run(["cpio", "-idv", "--quiet"], cwd=work, input=data,
                          check=True, capture_output=True)
    assert b"cpio:" not in done.stderr
    return {os.path.relpath(os.path.join(folder, name), work):
            read(os.path.join(folder, name))
            for folder, _, names in os.walk(work) for name in names}


CREDENTIALS = {"b.cred": b"bb", "A.cred": b"a" * 4097, "empty.cred": b""}
SYSTEM = {"s.raw": os.urandom(3), "s.sysext.raw": os.urandom(70001)}
CONFIG = {"c.confext.raw": b"config"}


@pytest.fixture(scope="module")
def machine(tmp_path_factory, parts, debian_kernel):  # noqa: F811
    root = tmp_path_factory.mktemp("esp")
    for folder in (BESIDE, "loader/credentials", "loader/extensions"):
        (root / folder).mkdir(parents=True)
    stub = script_path("fetch-kernel.sh", "stub-262-x86_64") + "/stub"
    done = run(ROOT + "/scripts/mkuki.sh", "--maker", "ukify", "--stub", stub,
               "--linux", parts / "linux", "--initrd", parts / "initrd",
               "--osrel", parts / "osrel", "--cmdline", "quiet",
               "--uname", debian_kernel[1], "--out",
               root / "EFI/Linux/x.efi", cwd=ROOT)
    assert done.returncode == 0, done.stderr
    for folder, files in ((BESIDE, CREDENTIALS), (BESIDE, SYSTEM),
                          (BESIDE, CONFIG), ("loader/credentials",
                                             {"all.cred": b"all"})):
        for name, content in files.items():
            (root / folder / name).write_bytes(content)
    (root / BESIDE / "no\u00ebl.cred").write_bytes(b"no")
    (root / "loader/addons").mkdir()
    (root / "loader/addons/bad.addon.efi").write_bytes(b"no PE file")
    return root


@pytest.fixture(scope="module")
def seen(keelboot, machine):
    return keelboot.json("explain", "x.efi", "--root", machine)


ARCHIVES = [
    ("/.extra/credentials, 3 files",
     (".extra/credentials", 0o500, 0o400, CREDENTIALS)),
    ("/.extra/global_credentials, 1 file",
     (".extra/global_credentials", 0o500, 0o400, {"all.cred": b"all"})),
    ("/.extra/sysext, 2 files", (".extra/sysext", 0o555, 0o444, SYSTEM)),
    ("/.extra/confext, 1 file", (".extra/confext", 0o555, 0o444, CONFIG)),
]


@pytest.mark.parametrize("source, contents", ARCHIVES)
def test_archives_are_the_stubs(seen, tmp_path, source, contents):
    made = archive(*contents)
    piece, = [p for p in seen["initrd_pieces"] if p["source"] == source]
    assert piece["size"] == len(made)
    assert piece["sha256"] == sha256(made)
    folder, _, _, files = contents
    assert read_back(made, tmp_path / "out") == {
        f"{folder}/{name}": content for name, content in files.items()}


def test_pieces_follow_each_other(seen):
    pieces = seen["initrd_pieces"]
    assert [p["source"] for p in pieces] == [
        ".initrd", *(source for source, _ in ARCHIVES),
        "/.extra/os-release", "/.extra/keelboot/entry",
        "/usr/lib/tmpfiles.d/keelboot.conf"]
    at = 0
    for piece in pieces:
        assert piece["offset"] == at
        at += (piece["size"] + 3) // 4 * 4
    assert seen["initrd_size"] == at


def test_what_is_told_to_the_booted_system(seen):
    text = (b"keelboot entry 1\nid x.efi\nkind uki\npath /EFI/Linux/x.efi\n"
            b"counter no\n")
    piece, = [p for p in seen["initrd_pieces"]
              if p["source"] == "/.extra/keelboot/entry"]
    digests = {sha256(archive(".extra/keelboot", 0o555, 0o444,
                              {"entry": variant}))
               for variant in (text, text.replace(b"counter no\n", b""))}
    assert piece["sha256"] in digests


def test_what_is_left_out_is_told(seen):
    assert any("noë" in note or "no?" in note for note in seen["left_out"])
    assert any("bad.addon.efi" in note for note in seen["left_out"])


def test_files_and_what_vouches_for_them(seen):
    assert seen["files"][0] == {"what": "image", "path": "/EFI/Linux/x.efi",
                                "trust": "NOT VERIFIED", "signer": ""}
    assert {f["what"] for f in seen["files"][1:]} == {
        "credential", "system extension", "configuration extension"}
