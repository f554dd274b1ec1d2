"""make KEYS=: tools/mkkeyring, and the makefile's rule around it. The table is
read here by its description in boot/trust/keyring_table.c."""

import collections
import hashlib
import os
import re
import shutil
import struct
import subprocess
import uuid
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
TEST_KEYS = TOP / "tests/data/keys"
DB_CERT, DB_HASH, DBX_CERT, DBX_HASH, DBX_TBS, LEVEL = 1, 2, 3, 4, 5, 6
HASH = hashlib.sha256(b"an image").hexdigest()


def run(*command, **options):
    return subprocess.run([str(c) for c in command], capture_output=True,
                          text=True, timeout=300, check=False, **options)


def items(source):
    """What stands in a table of C: (kind, source, data)."""
    numbers = re.search(r"builtin_keyring\[\] = \{(.*?)\}", source, re.S)
    table = bytes(int(n) for n in numbers.group(1).split(",") if n.strip())
    magic, size, count = struct.unpack_from("<8sII", table)
    assert magic == b"KEELKEY\1" and size == len(table)
    found = []
    for i in range(count):
        kind, _, at, length, name = struct.unpack_from("<5I", table,
                                                       16 + 20 * i)
        name = table[name:table.index(0, name)].decode()
        found.append((kind, name, table[at:at + length]))
    return found


class Build:
    """The makefile's rule for the table, in a build folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.tool = folder / "tools/mkkeyring"

    def make(self, target, *arguments):
        environment = {k: v for k, v in os.environ.items()
                       if k not in ("MAKEFLAGS", "MAKELEVEL", "KEYS")}
        return run("make", "--no-print-directory", f"O={self.folder}",
                   *arguments, target, cwd=TOP, env=environment)

    def table(self, keys=None, config=None):
        target = self.folder / "x86_64/obj/builtin_keyring.c"
        arguments = [f"KEYS={keys}"] if keys else []
        if config:
            arguments.append(f"CONFIG={config}")
        return self.make(target, *arguments), target


@pytest.fixture(name="build", scope="session")
def make_build(tmp_path_factory):
    build = Build(tmp_path_factory.mktemp("build"))
    done = build.make(build.tool)
    assert done.returncode == 0, done.stderr
    return build


@pytest.fixture(name="config")
def write_config(tmp_path):
    def write(text):
        path = tmp_path / "keelboot.conf"
        path.write_text(text)
        return path
    return write


@pytest.fixture(name="keys")
def make_keys(tmp_path):
    (tmp_path / "keys/db").mkdir(parents=True)
    return tmp_path / "keys"


def test_the_keys_of_a_tree_are_built_in(build):
    done, target = build.table(TEST_KEYS)
    assert done.returncode == 0, done.stderr
    found = items(target.read_text())
    kinds = collections.Counter(kind for kind, _, _ in found)
    assert kinds == {1: 2, 3: 1, 4: 2, 5: 1, 6: 1, 7: 1, 8: 1}
    data = {name: data for _, name, data in found}
    assert data["db/test-ec.der"] == (TEST_KEYS /
                                      "db/test-ec.der").read_bytes()
    assert data["sbat/test-level.csv"] == (TEST_KEYS /
                                           "sbat/test-level.csv").read_bytes()


def test_a_plain_make_says_what_is_missing(build, config):
    """The keys this source comes with are none."""
    done, target = build.table(config=config("verify = enforce\n"))
    assert done.returncode != 0
    assert ("mkkeyring: keys/db has no certificate or hash, so no image could "
            "ever boot: put the certificate of whoever signs your images into "
            "a folder and run `make KEYS=FOLDER` (keys/README.md tells how), "
            "or say `verify = off` in ") in done.stderr
    assert not target.with_suffix(".c.new").exists()


@pytest.mark.parametrize("text, passes", [
    ("verify = off\n", True),
    ("verify off\n", True),
    ("verify = enforce\nverify = off\n", True),
    ("  verify=off", True),
    ("verify = off\nverify = enforce\n", False),
    ("verify = off\nverify = warn\n", False),
    ("verify = warn\n", False),
    ("# verify = off\n", False),
    ("verify = off # not checked\n", False),
    ("verify = OFF\n", False),
    ("timeout = 3\n", False),
    ("", False),
])
@pytest.mark.parametrize("missing", [False, True])
def test_no_keys_need_verify_off(build, config, keys, text, passes, missing):
    if missing:
        shutil.rmtree(keys)
    done = run(build.tool, "--config", config(text), keys)
    assert (done.returncode == 0) == passes, done.stderr
    if passes:
        assert items(done.stdout) == []
    else:
        assert done.stdout == ""
        assert f"{keys}/db has no certificate or hash" in done.stderr


def test_revocations_alone_are_no_keys(build, config, keys):
    for name, text in [("dbx/x", HASH), ("sbat/x", "sbat,1\n")]:
        (keys / name).parent.mkdir()
        (keys / name).write_text(text)
    done = run(build.tool, "--config", config("verify = enforce\n"), keys)
    assert done.returncode == 1
    done = run(build.tool, "--config", config("verify = off\n"), keys)
    assert [kind for kind, _, _ in items(done.stdout)] == [DBX_HASH, LEVEL]
    (keys / "db/x").write_text(HASH)
    done = run(build.tool, "--config", config("verify = enforce\n"), keys)
    assert [kind for kind, _, _ in items(done.stdout)] == [DB_HASH, DBX_HASH,
                                                           LEVEL]


@pytest.mark.parametrize("name, content, reason", [
    ("db/bad.pem", b"-----BEGIN CERTIFICATE-----\nMIIB\n", "no END line"),
    ("db/key.pem", b"-----BEGIN PRIVATE KEY-----\nMIIB\n"
     b"-----END PRIVATE KEY-----\n", "PRIVATE KEY"),
    ("db/empty", b"", "0 bytes"),
    ("db/list.txt", b"0123\n", "line 1: '0123' is no hash"),
    ("dbx/sums", HASH.encode() + b"  vmlinuz\n", "line 1"),
    ("sbat/level", b"shim,4\n", "component 'shim', not of sbat"),
    ("tls/image", HASH.encode(), "tls/ has no use for hashes of images"),
    ("beside.pem", b"x", "none of the folders"),
    ("DB", None, "none of the folders"),
    ("db/weak.pem", (TOP / "tests/data/odd/rsa1024.pem").read_bytes(),
     "RSA of 1024 bits: its RSA key has 1024 bits, 2048 to 4096"),
])
def test_a_bad_file_fails_with_name_and_reason(build, keys, config, name,
                                               content, reason):
    (keys / "db/good").write_text(HASH)
    (keys / name).parent.mkdir(exist_ok=True)
    if content is None:
        (keys / name).mkdir()
    else:
        (keys / name).write_bytes(content)
    done, _ = build.table(keys, config("verify = off\n"))
    assert done.returncode != 0
    assert f"mkkeyring: {keys}/{name}" in done.stderr
    assert reason in done.stderr


@pytest.mark.parametrize("first, second", [
    ("db", "manifest"), ("manifest", "tls"), ("tls", "db")])
def test_no_key_serves_two_purposes(build, keys, config, first, second):
    """Also not in two certificates, here of two names and by two requests."""
    key = keys.parent / "key"
    made = [run("openssl", "genpkey", "-algorithm", "RSA", "-out", key)]
    for folder in first, second:
        (keys / folder).mkdir(exist_ok=True)
        made.append(run("openssl", "req", "-x509", "-key", key, "-subj",
                        f"/CN=for {folder}", "-out", keys / folder / "x.pem"))
    assert not any(done.returncode for done in made), made
    done, _ = build.table(keys, config("verify = off\n"))
    assert done.returncode != 0
    # folders are read in an order of their own
    assert re.search(r"the certificate of for \w+: its key is that of "
                     r"(db|manifest|tls)/x.pem, and no key serves two purposes",
                     done.stderr)


def test_files_that_come_change_or_go_are_noticed(build, keys, config):
    config = config("verify = enforce\n")
    (keys / "db/one").write_text(HASH)
    states = []
    for change in [lambda: None, lambda: None,
                   lambda: (keys / "db/two").write_text("11" * 32),
                   lambda: (keys / "db/two").write_text("22" * 32),
                   lambda: (keys / "db/two").unlink(),
                   lambda: (keys / "db/README").write_text("a note")]:
        change()
        done, target = build.table(keys, config)
        assert done.returncode == 0, done.stderr
        states.append((len(items(target.read_text())),
                       target.stat().st_mtime_ns))
    assert [count for count, _ in states] == [1, 1, 2, 2, 1, 1]
    times = [time for _, time in states]
    assert times[0] == times[1] and times[4] == times[5]
    assert times[1] < times[2] < times[3] < times[4]


def test_the_table_does_not_tell_where_it_was_made(build, keys, config):
    config = config("verify = enforce\n")
    elsewhere = keys.parent / "a longer name"
    shutil.copytree(TEST_KEYS, elsewhere)
    one = run(build.tool, "--config", config, TEST_KEYS)
    two = run(build.tool, "--config", config, elsewhere)
    assert one.stdout == two.stdout != ""
    assert str(keys.parent) not in two.stdout


def test_it_takes_its_arguments_only(build, config, keys):
    for arguments in [[], [keys], ["--config", config("")],
                      ["--allow", config(""), keys],
                      ["--config", config(""), keys, keys]]:
        assert run(build.tool, *arguments).returncode == 2
    done = run(build.tool, "--config", keys / "none", keys)
    assert done.returncode == 1 and "none" in done.stderr
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([build.tool, "--config",
                               config("verify = off\n"), keys], stdout=full,
                              stderr=subprocess.PIPE, text=True, timeout=60,
                              check=False)
    assert done.returncode == 1 and "No space left" in done.stderr


@pytest.fixture(name="shim", scope="session")
def fetch_shim(tmp_path_factory):
    """Debian's shim, not signed, as a package installs it."""
    folder = tmp_path_factory.mktemp("shim")
    done = run("/bin/sh", "-euc", f'. "{TOP}/scripts/lib.sh"\n'
               'deb=$(fetch_deb bookworm shim-unsigned:amd64'
               ' "$(cache_dir)/fetch/shim-unsigned")\n'
               f'extract_deb "$deb" "{folder}"')
    assert done.returncode == 0, done.stderr
    return folder


def vendor_dbx(shim, tmp_path):
    """The EFI signature lists that Debian builds into its shim: in the section
    .vendor_cert, behind the sizes and offsets of db and dbx."""
    run("objcopy", "-O", "binary", "-j", ".vendor_cert", shim,
        tmp_path / "section")
    section = (tmp_path / "section").read_bytes()
    _, size, _, offset = struct.unpack_from("<IIII", section)
    return section[offset:offset + size]


def hashes_of(lists):
    """SHA-256 hashes in EFI signature lists, read independently."""
    found, at = [], 0
    sha256 = uuid.UUID("c1c41626-504c-4092-aca9-41f936934328").bytes_le
    while at < len(lists):
        kind = lists[at:at + 16]
        size, header, entry = struct.unpack_from("<III", lists, at + 16)
        assert kind == sha256 and entry == 48
        for i in range(at + 28 + header, at + size, entry):
            found.append(lists[i + 16:i + entry])
        at += size
    return found


def test_debians_own_revocations_are_taken(build, shim, tmp_path, keys,
                                           config):
    lists = vendor_dbx(shim / "usr/lib/shim/shimx64.efi", tmp_path)
    (keys / "dbx").mkdir()
    (keys / "dbx/debian.esl").write_bytes(lists)
    done = run(build.tool, "--config", config("verify = off\n"), keys)
    assert done.returncode == 0, done.stderr
    found = items(done.stdout)
    assert all(kind == DBX_HASH for kind, _, _ in found)
    assert len(found) >= 100
    want = dict.fromkeys(hashes_of(lists))
    assert [data for _, _, data in found] == list(want)


def test_the_example_is_debians_certificate(build, shim, config):
    done = run(build.tool, "--config", config("verify = enforce\n"),
               TOP / "keys/examples/debian")
    (kind, _, data), = items(done.stdout)
    assert kind == DB_CERT
    assert data == (shim / "usr/share/shim/debian-uefi-ca.der").read_bytes()


def test_fingerprints_in_the_readme_are_right(build, config):
    """Of the certificates, and of the files that are none."""
    text = (TOP / "keys/README.md").read_text()
    told = dict(re.findall(r"^\| `([^`]+\.[a-z]+)` \| `([0-9a-f]{64})` \|",
                           text, re.M))
    examples = TOP / "keys/examples"
    files = {str(p.relative_to(examples)) for p in examples.rglob("*")
             if p.is_file()}
    assert set(told) == files
    for name, want in told.items():
        path = examples / name
        if path.suffix == ".pem":
            done = run(build.tool, "--config", config("verify = off\n"),
                       path.parent)
            data = [d for _, n, d in items(done.stdout) if n == path.name][0]
        else:
            data = path.read_bytes()
        assert hashlib.sha256(data).hexdigest() == want, name


def test_microsofts_revocations_are_counted(build, config):
    """443 hashes for x86_64 and 26 for aarch64, as Microsoft lists them."""
    done = run(build.tool, "--config", config("verify = enforce\n"),
               TOP / "keys/examples/microsoft")
    names = collections.Counter(name for _, name, _ in items(done.stdout))
    assert names["dbx/dbxupdate-x64.bin"] == 443
    assert names["dbx/dbxupdate-arm64.bin"] == 26
