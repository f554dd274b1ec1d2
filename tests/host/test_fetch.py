"""scripts/lib.sh and deps.sh: fetching from Debian archives. The archive here
is a directory, so no network is used; apt(8) itself does the fetching."""

import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import time
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]


def shell(script, **environment):
    return subprocess.run(
        ["/bin/sh", "-euc", f'. "{TOP}/scripts/lib.sh"\n{script}'], text=True,
        capture_output=True, check=False, env={**os.environ, **environment})


def sums(path):
    data = path.read_bytes()
    return hashlib.sha256(data).hexdigest(), len(data)


class Mirror:
    """A Debian archive in a directory, and a cache that knows it only."""

    def __init__(self, root):
        self.root = root
        self.pool = root / "mirror/debian/pool"
        self.pool.mkdir(parents=True)
        self.sources = []
        self.packages = []
        self.etc = root / "etc"
        self.etc.mkdir()
        (self.etc / "sources.list").write_text(
            f"deb [trusted=yes] copy:{root}/mirror/debian bookworm main\n")
        self.environment = {"KEELBOOT_APT_ETC": str(self.etc),
                            "KEELBOOT_CACHE": str(root / "cache")}

    def put(self, name, data):
        path = self.pool / name
        path.write_bytes(data)
        return path

    def add_source(self, package, upstream, revision, files=None):
        """A source package, its upstream file holding FILES."""
        orig = self.pool / f"{package}_{upstream}.orig.tar.gz"
        if not orig.exists():
            self.put(orig.name, tar_gz(files or {f"{package}/x": b"x"}))
        version = f"{upstream}-{revision}"
        parts = [orig,
                 self.put(f"{package}_{version}.debian.tar.xz",
                          tar_gz({"debian/patches/series": b""})),
                 self.put(f"{package}_{version}.dsc", version.encode())]
        lines = [f"Package: {package}", "Format: 3.0 (quilt)",
                 f"Version: {version}", f"Binary: {package}",
                 "Architecture: any", "Directory: pool"]
        lines.append("Checksums-Sha256:")
        lines += [" {} {} {}".format(*sums(path), path.name)
                  for path in parts]
        lines.append("Files:")
        lines += [f" {hashlib.md5(path.read_bytes()).hexdigest()} "
                  f"{path.stat().st_size} {path.name}" for path in parts]
        self.sources.append("\n".join(lines) + "\n")
        return orig

    def add_deb(self, package, version, arch="arm64"):
        deb = self.put(f"{package}_{version}_{arch}.deb",
                       f"{package} {version}".encode())
        digest, size = sums(deb)
        self.packages.append(
            f"Package: {package}\nVersion: {version}\nArchitecture: {arch}\n"
            f"Maintainer: m\nDescription: d\nFilename: pool/{deb.name}\n"
            f"Size: {size}\nSHA256: {digest}\n")
        return deb

    def publish(self, arch="arm64"):
        for suite in ("trixie", "trixie-updates"):
            indexes = {"main/source/Sources": self.sources,
                       f"main/binary-{arch}/Packages": self.packages}
            top = self.root / "mirror/debian/dists" / suite
            lines = [f"Codename: {suite}", f"Architectures: {arch}",
                     "Components: main", "SHA256:"]
            for name, stanzas in indexes.items():
                path = top / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("\n".join(
                    stanzas if suite == "trixie" else []))
                lines.append(" {} {} {}".format(*sums(path), name))
            (top / "Release").write_text("\n".join(lines) + "\n")

    def age_lists(self):
        """As if the lists had been read two days ago."""
        for stamp in (self.root / "cache/apt").glob("*/updated"):
            then = time.time() - 2 * 86400
            os.utime(stamp, (then, then))

    def shell(self, script, **more):
        return shell(script, **self.environment, **more)

    def fetch_deb(self, package, **more):
        return self.shell(f"fetch_deb trixie {package} {self.root}/got",
                          **more)


def tar_gz(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


@pytest.fixture
def mirror(tmp_path):
    return Mirror(tmp_path)


# --- packages ----------------------------------------------------------------


def test_the_newest_of_another_architecture(mirror):
    mirror.add_deb("demo", "1.9")
    newest = mirror.add_deb("demo", "1.10")
    mirror.publish()
    done = mirror.fetch_deb("demo:arm64")
    assert done.returncode == 0, done.stderr
    got = Path(done.stdout.strip())
    assert got == mirror.root / "got/demo_1.10_arm64.deb"
    assert got.read_bytes() == newest.read_bytes()


def test_a_given_version(mirror):
    mirror.add_deb("demo", "1.9")
    mirror.add_deb("demo", "1.10")
    mirror.publish()
    done = mirror.fetch_deb("demo:arm64=1.9")
    assert done.stdout == f"{mirror.root}/got/demo_1.9_arm64.deb\n"


def test_what_is_there_is_not_fetched_again(mirror):
    mirror.add_deb("demo", "1")
    mirror.publish()
    assert mirror.fetch_deb("demo:arm64").returncode == 0
    # No archive, lists too old: the file and the lists are all it needs.
    shutil.rmtree(mirror.root / "mirror")
    mirror.age_lists()
    done = mirror.fetch_deb("demo:arm64")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("/demo_1_arm64.deb\n")


def test_a_file_that_was_damaged_is_fetched_again(mirror):
    deb = mirror.add_deb("demo", "1")
    mirror.publish()
    got = Path(mirror.fetch_deb("demo:arm64").stdout.strip())
    got.write_bytes(b"damaged")
    assert mirror.fetch_deb("demo:arm64").returncode == 0
    assert got.read_bytes() == deb.read_bytes()


def test_old_lists_are_renewed_for_a_new_package(mirror):
    mirror.add_deb("demo", "1")
    mirror.publish()
    assert mirror.fetch_deb("demo:arm64").returncode == 0
    mirror.add_deb("demo", "2")
    mirror.publish()
    assert "demo_1_" in mirror.fetch_deb("demo:arm64").stdout
    mirror.age_lists()
    assert "demo_2_" in mirror.fetch_deb(
        "demo:arm64", KEELBOOT_REFRESH="1").stdout


def test_the_next_older_where_the_newest_is_not_served(mirror):
    mirror.add_deb("demo", "1")
    mirror.add_deb("demo", "2").unlink()
    mirror.publish()
    done = mirror.fetch_deb("demo:arm64")
    assert done.stdout.endswith("/demo_1_arm64.deb\n")
    assert "the archive lists demo 2 but does not serve it" in done.stderr


def test_a_package_that_differs_from_the_lists(mirror):
    mirror.add_deb("demo", "1").write_bytes(b"something else")
    mirror.publish()
    done = mirror.fetch_deb("demo:arm64")
    assert done.returncode == 1
    assert "unable to fetch demo of trixie.arm64" in done.stderr


def test_an_unknown_package(mirror):
    mirror.publish()
    done = mirror.fetch_deb("nosuch:arm64")
    assert done.returncode == 1
    assert "has no package nosuch" in done.stderr


def test_an_archive_that_does_not_answer(mirror):
    shutil.rmtree(mirror.root / "mirror")
    done = mirror.fetch_deb("demo:arm64")
    assert done.returncode == 1
    assert "unable to read the package lists of trixie.arm64" in done.stderr


def test_the_parts_of_a_source(mirror):
    mirror.add_source("demo", "1.0", "1")
    mirror.publish()
    done = mirror.shell(f"fetch_source trixie demo {mirror.root}/got "
                        "--tar-only")
    assert done.stdout == f"{mirror.root}/got/demo_1.0.orig.tar.gz\n"
    done = mirror.shell(f"fetch_source trixie demo {mirror.root}/got")
    assert len(done.stdout.splitlines()) == 3, done.stderr


def test_the_versions_of_one_upstream_file(mirror):
    orig = mirror.add_source("demo", "1.0", "1")
    mirror.add_source("demo", "1.0", "2")
    mirror.add_source("demo", "1.1", "1")
    mirror.publish()
    done = mirror.shell("source_versions trixie demo demo_1.0.orig.tar.gz")
    digest, _ = sums(orig)
    assert done.stdout.splitlines() == [
        "1.1-1 other:demo_1.1.orig.tar.gz", f"1.0-2 {digest}",
        f"1.0-1 {digest}"]


# --- where the archive is ----------------------------------------------------

ONE_LINE = """
# deb http://commented.example/debian bookworm main
deb cdrom:[Debian 12]/ bookworm main
deb http://other.example/vendor bookworm main
deb http://part.example/debian bookworm contrib
deb [arch=amd64 signed-by=/k.gpg] http://a.example/pub/debian/ bookworm main
deb http://b.example/debian bookworm main
deb-src http://c.example/debian bookworm main
deb http://security.debian.org/ bookworm-security main
"""

DEB822 = """Types: deb
URIs: http://disabled.example/debian
Suites: bookworm
Components: main
Enabled: no

# A comment
Types: deb deb-src
URIs: http://snap.example/archive/debian/20250520T000000Z
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /one.gpg
 /two.gpg
Trusted: yes

Types: deb
URIs: mirror+file:///etc/apt/mirrors/debian-security.list
Suites: bookworm-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abcd
 -----END PGP PUBLIC KEY BLOCK-----
"""


def archives(tmp_path, name, text):
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / name).write_text(text)
    done = shell(f"apt_archives_out={tmp_path}/key apt_archives",
                 KEELBOOT_APT_ETC=str(tmp_path))
    assert done.returncode == 0, done.stderr
    return [line.split() for line in done.stdout.splitlines()]


def test_one_line_sources(tmp_path):
    assert archives(tmp_path, "sources.list", ONE_LINE) == [
        ["debian", "http://a.example/pub/debian/", "signed-by=/k.gpg"],
        ["debian", "http://b.example/debian"],
        ["security", "http://security.debian.org/"]]


def test_deb822_sources(tmp_path):
    found = archives(tmp_path, "sources.list.d/x.sources", DEB822)
    assert [line[:2] for line in found] == [
        ["debian", "http://snap.example/archive/debian/20250520T000000Z"],
        ["security", "mirror+file:///etc/apt/mirrors/debian-security.list"]]
    assert set(found[0][2:]) == {"signed-by=/one.gpg,/two.gpg", "trusted=yes"}
    assert found[1][2] == f"signed-by={tmp_path}/key.1.asc"
    assert (tmp_path / "key.1.asc").read_text() == (
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabcd\n"
        "-----END PGP PUBLIC KEY BLOCK-----\n")


def test_no_debian_archive(tmp_path):
    (tmp_path / "sources.list").write_text("deb http://x.example/y z main\n")
    done = shell("fetch_deb trixie demo:arm64 /nonexistent",
                 KEELBOOT_APT_ETC=str(tmp_path),
                 KEELBOOT_CACHE=str(tmp_path / "cache"))
    assert done.returncode == 1
    assert f"no Debian archive among the apt sources in {tmp_path}" \
        in done.stderr


# --- deps.sh and its pins ----------------------------------------------------


def run_deps(mirror, pin):
    tree = mirror.root / "tree"
    shutil.copytree(TOP / "scripts", tree / "scripts")
    shutil.copytree(TOP / "initramfs", tree / "initramfs")
    (tree / "scripts/deps.pins").write_text(pin)
    done = subprocess.run([str(tree / "scripts/deps.sh"), os.uname().machine],
                          text=True, capture_output=True, check=False,
                          env={**os.environ, **mirror.environment})
    assert done.returncode != 0
    return done.stderr


def test_a_suite_that_has_moved_on(mirror):
    orig = mirror.add_source("demo", "1.1", "1")
    mirror.publish()
    said = run_deps(mirror, "musl demo trixie demo_1.0.orig.tar.gz "
                    f"{sums(orig)[0]} series\n")
    assert ("wants demo_1.0.orig.tar.gz of trixie, which now has "
            "demo_1.1.orig.tar.gz") in said


def test_an_upstream_file_that_has_changed(mirror):
    orig = mirror.add_source("demo", "1.0", "1")
    mirror.publish()
    said = run_deps(mirror, "musl demo trixie demo_1.0.orig.tar.gz "
                    f"{'0' * 64} series\n")
    assert f"with the sha256 {'0' * 64}, but trixie has it with " \
        f"{sums(orig)[0]}" in said


def test_a_package_no_suite_has(mirror):
    mirror.publish()
    said = run_deps(mirror, f"musl demo trixie x.orig.tar.gz {'0' * 64} none\n")
    assert "trixie has no source package demo" in said


def test_a_newer_revision_of_the_same_file_is_taken(mirror):
    """It gets as far as building, which this demo cannot."""
    orig = mirror.add_source("demo", "1.0", "1")
    mirror.add_source("demo", "1.0", "2")
    mirror.publish()
    said = run_deps(mirror, "musl demo trixie demo_1.0.orig.tar.gz "
                    f"{sums(orig)[0]} series\n")
    assert "build_musl failed" in said
    fetched = {path.name for path in
               (mirror.root / "cache/sources").iterdir()}
    assert fetched == {"demo_1.0.orig.tar.gz", "demo_1.0-2.debian.tar.xz"}


# --- the rest of lib.sh ------------------------------------------------------


def test_a_key_changes_with_names_and_contents(tmp_path):
    (tmp_path / "a").write_text("1")
    (tmp_path / "b").write_text("1")
    (tmp_path / "d").mkdir()
    (tmp_path / "d/a").write_text("1")

    def key(*inputs):
        done = shell("key_of " + " ".join(inputs),
                     KEELBOOT_CACHE=str(tmp_path))
        assert done.returncode == 0, done.stderr
        return done.stdout

    one = key("x", f"@{tmp_path}/a")
    assert len(one.strip()) == 16
    assert key("x", f"@{tmp_path}/d/a") == one
    assert key("x", f"@{tmp_path}/b") != one
    assert key("y", f"@{tmp_path}/a") != one
    (tmp_path / "a").write_text("2")
    assert key("x", f"@{tmp_path}/a") != one


def test_a_key_of_a_file_that_is_not_there(tmp_path):
    done = shell(f"key_of @{tmp_path}/none; echo reached",
                 KEELBOOT_CACHE=str(tmp_path))
    assert done.returncode == 1
    assert "unable to read" in done.stderr and "reached" not in done.stdout


def test_a_lock_lets_one_in_at_a_time(tmp_path):
    script = f"""
    work() {{ mkdir {tmp_path}/inside; sleep 0.2; rmdir {tmp_path}/inside; }}
    with_lock demo work & with_lock demo work & with_lock demo work
    wait"""
    done = shell(script, KEELBOOT_CACHE=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "File exists" not in done.stderr
    assert done.stderr.count("waiting for another process") == 2


def test_a_failure_shows_the_end_of_its_log(tmp_path):
    done = shell(f"bad() {{ echo shown; false; echo not run; }}\n"
                 f"run_logged {tmp_path}/log bad; echo reached")
    assert done.returncode == 1
    assert "shown" in done.stderr and str(tmp_path / "log") in done.stderr
    assert "not run" not in done.stderr and done.stdout == ""
