"""The same files to keelboot and to EDK2: their verdicts may differ only where
docs/verification-differences.md says so. Needs a built keelboot and `make
mutate`; what EDK2 said of the same files before is not asked again."""

import fnmatch
import hashlib
import os
import re
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, ROOT + "/tests/lib"]

import edk2  # noqa: E402
import pe_reference  # noqa: E402
import varstore  # noqa: E402
import verify_assets  # noqa: E402
from verify_assets import EXAMPLES, MUTATE, verify  # noqa: E402

TABLE = ROOT + "/docs/verification-differences.md"
SMALL = 5 << 20  # of the real files: kernels take the emulator too long
MUTANTS = {  # of what, how many that count
    "sbsign-addon": 1000,
    "hand-sha384-zboot": 400,
    "pesign-uki": 80,
    "double-rsa-ec": 80,
    "ossl-timestamp": 60,
}


class Differences:
    """The tables of the document."""

    def __init__(self):
        with open(TABLE, encoding="utf-8") as file:
            self.rows = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|",
                                   file.read(), re.M)
        self.used = set()
        assert len(self.rows) > 20

    def explain(self, name, code):
        found = [row for row in self.rows if fnmatch.fnmatch(code, row[0])
                 and fnmatch.fnmatch(name, row[1])]
        self.used.update(found)
        return bool(found)

    def stale(self, prefix):
        """Rows about named files that are no difference any more."""
        return [row for row in self.rows if row[1].startswith(prefix) and
                row not in self.used]


def compare(prefix, verdicts, statuses, differences):
    """verdicts {name: Verdict}, statuses {name: EFI status}; sentences about
    differences that are not explained."""
    wrong = []
    for name, verdict in verdicts.items():
        passed = not edk2.refused(statuses[name])
        if passed != verdict.is_trusted and not differences.explain(
                "%s/%s" % (prefix, name), verdict.code):
            wrong.append("%s/%s: keelboot says %s (%s), EDK2 %s" % (
                prefix, name, verdict.code, verdict.reason, statuses[name]))
    return wrong


@pytest.fixture(scope="module")
def real():
    return verify_assets.fetch_real()


@pytest.fixture(scope="module")
def made(real):
    return verify_assets.make_variants(real[0])


@pytest.fixture(scope="module")
def ring(made, tmp_path_factory):
    return verify_assets.keyring_of(tmp_path_factory.mktemp("keyring"),
                                    made[0])


@pytest.fixture(scope="module")
def firmware(real, made):
    pki, rows = made[0], real[1]
    return edk2.Edk2(
        rows["ovmf-code.fd"].path, rows["ovmf-vars.fd"].path,
        (pki.path("timestamps", "key"), pki.path("timestamps", "pem")),
        verify_assets.cache_dir() + "/edk2")


@pytest.fixture(scope="module")
def differences():
    return Differences()


def der_of(path):
    return edk2.run("openssl", "x509", "-in", path, "-outform", "DER")


def test_real_files(real, firmware, differences, tmp_path):
    """With Debian's and Microsoft's CAs in db, and then without them; and with
    Microsoft's list of revoked images, as OVMF ships it."""
    rows = {name: row for name, row in real[1].items()
            if name.endswith(".efi") and os.path.getsize(row.path) < SMALL
            and name != "memtest-ia32.efi"}
    files = {name: row.bytes() for name, row in rows.items()}
    certificates = {os.path.basename(path): der_of(path) for path in (
        EXAMPLES + "/debian/db/debian-secure-boot-ca.pem",
        EXAMPLES + "/microsoft/db/microsoft-uefi-ca-2011.pem",
        EXAMPLES + "/microsoft/db/microsoft-uefi-ca-2023.pem")}
    folder = verify_assets.write_folder(tmp_path / "ring", certificates)
    dbx = varstore.read_variables(
        real[1]["ovmf-vars-microsoft.fd"].bytes())[varstore.SECURITY, "dbx"]
    (tmp_path / "dbx").write_bytes(dbx)
    statuses = firmware.verdicts(
        {"real": files, "dbx": files}, list(certificates.values()),
        {"dbx": {"dbx": dbx}})
    paths = [row.path for row in rows.values()]
    for group, options in (("real", ()), ("dbx", ("--dbx", tmp_path / "dbx"))):
        verdicts = dict(zip(rows, verify(paths, "--keyring", folder,
                                         *options)))
        assert not compare("real", verdicts, statuses[group], differences)
        assert sum(v.is_trusted for v in verdicts.values()) > 30
    none = firmware.verdicts({"none": files}, [])["none"]
    assert all(map(edk2.refused, none.values()))
    assert not differences.stale("real/")


def test_variants(made, ring, firmware, differences):
    pki, variants = made
    variants = {name: row for name, row in variants.items()
                if os.path.getsize(row.path)}  # nothing cannot be loaded
    statuses = firmware.verdicts(
        {"variants": {name: row.bytes() for name, row in variants.items()}},
        pki.keyring())["variants"]
    verdicts = dict(zip(variants, verify(
        [row.path for row in variants.values()], "--keyring", ring)))
    assert not compare("variants", verdicts, statuses, differences)
    assert not differences.stale("variants/")


def read_mutants(folder):
    with open(folder + "/index", encoding="ascii") as index:
        for line in index:
            number = line.split()[0]
            with open("%s/%s.efi" % (folder, number), "rb") as file:
                content = file.read()
            if content:
                yield number, content


def test_mutants(made, ring, firmware, differences, tmp_path):
    """EDK2 must refuse every mutant that keelboot refuses, but for what is
    explained; and keelboot those that EDK2 refuses, without exception."""
    pki, variants = made
    groups = {}
    for name, count in MUTANTS.items():
        folder = str(tmp_path / name)
        os.mkdir(folder)
        subprocess.run([MUTATE, "--count", str(count), "--write", folder,
                        "--keyring", ring, variants[name].path], check=True,
                       stdout=subprocess.DEVNULL)
        groups[name] = dict(read_mutants(folder))
        assert len(groups[name]) >= count - 5
    statuses = firmware.verdicts(groups, pki.keyring())
    wrong = []
    for name, files in groups.items():
        verdicts = dict(zip(files, verify(
            ["%s/%s/%s.efi" % (tmp_path, name, n) for n in files],
            "--keyring", ring)))
        wrong += compare("mutants", verdicts, statuses[name], differences)
    assert not wrong


# --- what revokes ------------------------------------------------------------

REVOKED = {  # short names of images that dbx lists are tried on
    "single": "chain-rsa2048",
    "double": "double-two-roots",
    "inter": "chain-of-inter-inter",
    "beside": "chain-rsa2048-stranger-lone-root-ec",
    "leaf-in-db": "chain-lone-stranger",
    "unsigned": "unsigned-addon",
}


def dbx_lists(pki, images):
    """{name: EFI signature lists}"""
    v = varstore

    def hashes(kind, flat=False):
        return v.signature_list(v.SIG_IMAGE[kind], *[
            hashlib.new(kind, image).digest() if flat else bytes.fromhex(
                pe_reference.authenticode_digest(image, kind))
            for image in images.values()])

    def tbs(name, kind="sha256", time=bytes(16)):
        return v.revoked_tbs(kind, hashlib.new(kind, pki.tbs(name)).digest(),
                             time)

    lists = {
        "nothing": v.signature_list(v.SIG_IMAGE["sha256"], bytes(32)),
        "image-sha256": hashes("sha256"),
        "image-sha384": hashes("sha384"),
        "image-sha512": hashes("sha512"),
        "flat-sha256": hashes("sha256", True),
        "tbs-leaf": tbs("rsa2048"),
        "tbs384-leaf": tbs("rsa2048", "sha384"),
        "tbs-leaf-2020": tbs("rsa2048", time=v.efi_time(2020)),
        "tbs-root": tbs("root"),
        "tbs-inter": tbs("inter"),
        "two-lists": hashes("sha256") + v.certificate_lists(
            pki.der("rsa2048")),
    }
    for name in ("rsa2048", "root", "root-ec", "inter", "of-inter", "ec-p256",
                 "stranger", "lone", "fake-root", "root-again"):
        lists["cert-" + name] = v.certificate_lists(pki.der(name))
    return lists


def test_revocation(made, ring, firmware, differences, tmp_path):
    pki, variants = made
    images = {name: variants[variant].bytes()
              for name, variant in REVOKED.items()}
    lists = dbx_lists(pki, images)
    others = [name for name in lists if "-ec" in name]
    statuses = firmware.verdicts(
        {name: images for name in lists if name not in others}, pki.keyring(),
        {name: {"dbx": dbx} for name, dbx in lists.items()
         if name not in others})
    for name in others:
        statuses.update(firmware.verdicts({name: images}, pki.keyring(),
                                          dbx=lists[name]))
    paths = verify_assets.write_folder(tmp_path / "images", images)
    denied, wrong = 0, []
    for name, dbx in lists.items():
        (tmp_path / name).write_bytes(dbx)
        verdicts = dict(zip(images, verify(
            ["%s/%s" % (paths, image) for image in images], "--keyring", ring,
            "--dbx", tmp_path / name)))
        wrong += compare("dbx/" + name, verdicts, statuses[name], differences)
        denied += sum(v.code in ("revoked-hash", "revoked-signer")
                      for v in verdicts.values())
    assert not wrong
    assert not differences.stale("dbx/")
    assert denied > 20


def test_enrolled_digests(made, firmware, tmp_path):
    """A digest in db accepts; one in dbx outweighs it."""
    pki, variants = made
    images = {"unsigned": variants["unsigned-addon"].bytes(),
              "stranger": variants["sbsign-stranger"].bytes(),
              "tampered": variants["tampered-uki"].bytes(),
              "other": variants["unsigned-zboot"].bytes()}
    enrolled = [bytes.fromhex(pe_reference.authenticode_digest(images[name]))
                for name in ("unsigned", "stranger", "tampered")]
    db = varstore.signature_list(varstore.SIG_IMAGE["sha256"], *enrolled)
    dbx = varstore.signature_list(varstore.SIG_IMAGE["sha256"], enrolled[0])
    statuses = firmware.verdicts(
        {"db": images, "dbx": images}, [],
        {"db": {"db": db}, "dbx": {"dbx": dbx}})
    ring = verify_assets.write_folder(tmp_path / "ring", {"db/db.esl": db})
    (tmp_path / "dbx").write_bytes(dbx)
    paths = verify_assets.write_folder(tmp_path / "images", images)
    for group, options in (("db", ()), ("dbx", ("--dbx", tmp_path / "dbx"))):
        verdicts = verify(["%s/%s" % (paths, name) for name in images],
                          "--keyring", ring, *options)
        for name, verdict in zip(images, verdicts):
            assert verdict.is_trusted == (not edk2.refused(
                statuses[group][name])), (group, name, verdict.code)
    assert [v.code for v in verdicts] == ["revoked-hash", "trusted",
                                          "trusted", "unsigned"]
