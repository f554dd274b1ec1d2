"""What the tests of `keelboot verify` share: the real signed files, the
variants made here, keyrings as folders, and the program's verdicts."""

import hashlib
import json
import os
import subprocess
import sys
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # SHA-1 is here to be refused
    import signed_variants  # noqa: E402 (its place is beside this file)

BUILD = os.path.join(ROOT, os.environ.get("KEELBOOT_BUILD", "build"))
PROGRAM = os.path.join(BUILD, "x86_64", "keelboot")
MUTATE = os.path.join(BUILD, "mutate", "mutate")
SOURCES = ("tests/lib/pki.py", "tests/lib/authenticode_build.py",
           "tests/lib/signed_variants.py", "tests/lib/pe_reference.py",
           "tests/lib/mkzboot.py", "scripts/mkuki.sh")
EXAMPLES = ROOT + "/keys/examples"


def cache_dir():
    return os.environ.get("KEELBOOT_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or
        os.path.expanduser("~/.cache"), "keelboot")


class Real:
    """A line of the list of real files."""

    def __init__(self, folder, words):
        (self.name, self.suite, self.arch, self.package, self.version, _,
         self.sha256, self.digest, count, self.ca) = words
        self.count = int(count)
        self.path = folder + "/" + self.name

    def bytes(self):
        with open(self.path, "rb") as file:
            return file.read()

    @property
    def is_signed(self):
        return self.ca in ("debian", "microsoft", "gap")


def fetch_real():
    """(folder, {name: Real})"""
    done = subprocess.run([ROOT + "/scripts/fetch-signed.sh"],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    folder = done.stdout.strip().splitlines()[-1]
    with open(folder + "/index", encoding="ascii") as index:
        rows = [Real(folder, line.split()) for line in index]
    return folder, {row.name: row for row in rows}


def make_variants(assets):
    """(Pki, {name: Variant}), from the cache if nothing has changed."""
    total = hashlib.sha256(os.path.basename(assets).encode())
    for source in SOURCES:
        with open(os.path.join(ROOT, source), "rb") as file:
            total.update(hashlib.sha256(file.read()).digest())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return signed_variants.make(
            "%s/signed-variants-%s" % (cache_dir(), total.hexdigest()[:16]),
            assets)


def write_folder(folder, files):
    """A folder with these files {name: content}; its path."""
    for name, content in files.items():
        path = os.path.join(str(folder), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
    return str(folder)


def keyring_of(folder, pki):
    """The variants' keyring as a folder."""
    return write_folder(folder, {
        "%d.der" % i: der for i, der in enumerate(pki.keyring())})


class Verdict:
    """What the program says of one file."""

    def __init__(self, row):
        self.row = row
        self.is_trusted = row["verdict"] == "trusted"
        # trusted, not-an-image, or the reason's slug
        self.code = row["code"] if row["verdict"] == "refused" \
            else row["verdict"]
        self.signatures = row["signatures"]
        self.how = row["how"]
        self.reason = row.get("reason", "")

    @property
    def digest(self):
        return self.row["digest"]["hex"]


EXITS = {"trusted": 0, "refused": 1, "not-an-image": 2}


def verify(paths, *options):
    """The verdicts on files, in their order; the exit status has to be that
    of the worst."""
    paths = [str(path) for path in paths]
    done = subprocess.run([PROGRAM, "verify", "--json", *map(str, options),
                           *paths], capture_output=True, text=True,
                          check=False, timeout=300)
    if not done.stdout:
        raise RuntimeError("verify said nothing, but: " + done.stderr)
    rows = json.loads(done.stdout)
    assert [row["file"] for row in rows] == paths
    assert done.returncode == max(EXITS[row["verdict"]] for row in rows), \
        done.stderr
    return [Verdict(row) for row in rows]
