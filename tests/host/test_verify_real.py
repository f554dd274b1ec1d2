"""The verdict on real signed files and on everything that can be signed here.
Digests and counts to compare with are those of other programs and of
tests/lib/pe_reference.py, not of this one."""

import glob
import hashlib
import os
import subprocess
import sys

import pytest

from conftest import ROOT

sys.path.insert(0, os.path.join(ROOT, "tests/lib"))

import pe_reference  # noqa: E402
import verify_assets  # noqa: E402
from verify_assets import EXAMPLES, verify  # noqa: E402

RIGHT = {"debian": EXAMPLES + "/debian", "microsoft": EXAMPLES + "/microsoft",
         "gap": EXAMPLES + "/debian"}
WRONG = {"debian": EXAMPLES + "/microsoft", "gap": EXAMPLES + "/microsoft",
         "microsoft": EXAMPLES + "/debian"}


@pytest.fixture(scope="module")
def real():
    return verify_assets.fetch_real()[1]


@pytest.fixture(scope="module")
def variants():
    return verify_assets.make_variants(verify_assets.fetch_real()[0])


@pytest.fixture(scope="module")
def keyring(variants, tmp_path_factory):
    return verify_assets.keyring_of(tmp_path_factory.mktemp("keyring"),
                                    variants[0])


def signed(real, *kinds):
    rows = [row for row in real.values() if row.ca in kinds]
    assert rows
    return rows


def der_of(path):
    return subprocess.run(["openssl", "x509", "-in", path, "-outform", "DER"],
                          stdout=subprocess.PIPE, check=True).stdout


def test_examples_are_the_packages_certificates(real):
    """The CAs in keys/examples are those that Debian ships elsewhere."""
    for ca, name in (("debian", "ca-debian.der"),
                     ("microsoft", "ca-microsoft-2011.pem"),
                     ("microsoft", "ca-microsoft-2023.pem")):
        shipped = real[name].bytes() if name.endswith(".der") \
            else der_of(real[name].path)
        ours = [der_of(path) for path in
                glob.glob("%s/%s/db/*" % (EXAMPLES, ca))]
        assert shipped in ours, name


@pytest.mark.parametrize("ca", ["debian", "microsoft"])
def test_right_keyring_accepts(real, ca):
    rows = signed(real, ca)
    for row, verdict in zip(rows, verify([row.path for row in rows],
                                         "--keyring", RIGHT[ca])):
        assert verdict.code == "trusted", verdict.reason
        assert verdict.how == "signature"
        assert len(verdict.signatures) == row.count
        assert verdict.digest == row.digest or row.digest == "-"
        assert verdict.digest == pe_reference.authenticode_digest(row.bytes())


def test_both_signatures_of_a_shim_count(real, tmp_path):
    """With one of the two CAs alone, one signature is good."""
    rows = signed(real, "microsoft")
    for year, good in (("2011", [True, False]), ("2023", [False, True])):
        (path,) = glob.glob("%s/microsoft/db/*%s*" % (EXAMPLES, year))
        with open(path, "rb") as file:
            folder = verify_assets.write_folder(tmp_path / year,
                                                {"ca.pem": file.read()})
        verdicts = verify([row.path for row in rows], "--keyring", folder)
        for verdict in verdicts:
            assert verdict.code == "trusted", verdict.reason
            assert [s["why"] == "ok" for s in verdict.signatures] == good


def test_wrong_keyring_refuses(real):
    for ca in ("debian", "microsoft"):
        rows = signed(real, ca)
        for row, verdict in zip(rows, verify([r.path for r in rows],
                                             "--keyring", WRONG[ca])):
            assert verdict.code == "unknown-signer", row.name
            assert all(s["why"] == "unknown-signer"
                       for s in verdict.signatures)


def test_gap_is_refused(real):
    (row,) = signed(real, "gap")
    for keyring in (RIGHT, WRONG):
        (verdict,) = verify([row.path], "--keyring", keyring["gap"])
        assert verdict.code == "authenticode-gap"


def test_unsigned_is_refused(real):
    rows = [row for row in signed(real, "unsigned")
            if row.name != "memtest-ia32.efi"]
    for row, verdict in zip(rows, verify([row.path for row in rows],
                                         "--keyring", RIGHT["debian"])):
        assert verdict.code == "unsigned", row.name
        assert verdict.digest == pe_reference.authenticode_digest(row.bytes())


def test_unsigned_twin_has_the_same_digest(real, tmp_path):
    """And becomes the signed one, but for the checksum, with its
    signature."""
    for twin in ("kernel-sid-amd64", "systemd-bootx64-sid"):
        with_it, without = real[twin + ".efi"], real[twin + "-unsigned.efi"]
        assert with_it.version == without.version
        assert pe_reference.authenticode_digest(with_it.bytes()) == \
            pe_reference.authenticode_digest(without.bytes())
        made = tmp_path / twin
        made.write_bytes(pe_reference.with_certificates(
            without.bytes(), pe_reference.certificates(with_it.bytes())))
        (verdict,) = verify([made], "--keyring", RIGHT["debian"])
        assert verdict.code == "trusted", verdict.reason


def test_signature_of_another_file(real, tmp_path):
    """Signatures moved between real files."""
    names = ["fbx64-sid.efi", "fwupdx64-sid.efi", "systemd-bootx64-sid.efi",
             "fbaa64-sid.efi"]
    paths = []
    for target in names:
        for source in names:
            if source == target:
                continue
            content = pe_reference.with_certificates(
                real[target].bytes(),
                pe_reference.certificates(real[source].bytes()))
            paths.append(tmp_path / ("%s-by-%s" % (target, source)))
            paths[-1].write_bytes(content)
    for verdict in verify(paths, "--keyring", RIGHT["debian"]):
        assert verdict.code == "image-digest-differs"


def test_stripped_and_signed_again_by_itself(real, tmp_path):
    """The signature taken off and put back makes the file it was."""
    paths = []
    for name in ("fbx64-sid.efi", "grubx64-sid.efi", "shimx64-sid.efi"):
        data = real[name].bytes()
        unsigned = pe_reference.without_signatures(data)
        again = pe_reference.with_certificates(
            unsigned, pe_reference.certificates(data), padded_length=False)
        (tmp_path / name).write_bytes(again)
        paths.append(tmp_path / name)
    for ca, some in (("debian", paths[:2]), ("microsoft", paths[2:])):
        for verdict in verify(some, "--keyring", RIGHT[ca]):
            assert verdict.code == "trusted", verdict.reason


def test_microsoft_dbx_revokes_none_of_them(real):
    """The lists of revoked images are real, too, and these files are not on
    them."""
    lists = glob.glob(EXAMPLES + "/microsoft/dbx/*")
    assert lists
    for ca in ("debian", "microsoft"):
        rows = signed(real, ca)
        for dbx in lists:
            for verdict in verify([row.path for row in rows], "--keyring",
                                  RIGHT[ca], "--dbx", dbx):
                assert verdict.code == "trusted", verdict.reason


def test_shims_level_revokes_none_of_today(real):
    """Shim's own SBAT level: what sid has must pass, what bookworm has may
    not."""
    (level,) = glob.glob(EXAMPLES + "/shim/sbat/*latest*")
    rows = [row for row in signed(real, "debian") if row.suite == "sid"]
    for verdict in verify([row.path for row in rows], "--keyring",
                          RIGHT["debian"], "--sbat", level):
        assert verdict.code == "trusted", verdict.reason


def test_level_above_todays_revokes(real, tmp_path):
    level = tmp_path / "level.csv"
    level.write_text("sbat,1,2099010100\nshim,99\ngrub,99\nsystemd,99\n"
                     "systemd-boot,99\nfwupd-efi,99\n")
    for ca, name in (("debian", "grubx64-sid.efi"),
                     ("debian", "fwupdx64-sid.efi"),
                     ("debian", "systemd-bootx64-sid.efi"),
                     ("microsoft", "shimx64-sid.efi")):
        (verdict,) = verify([real[name].path], "--keyring", RIGHT[ca],
                            "--sbat", level)
        assert verdict.code == "sbat-revoked", name
    # A kernel without .sbat has nothing to compare.
    (verdict,) = verify([real["kernel-sid-amd64.efi"].path], "--keyring",
                        RIGHT["debian"], "--sbat", level)
    assert verdict.code == "trusted"


def test_variants(variants, keyring):
    """Every way to sign, every odd signature: each its own verdict."""
    rows = variants[1]
    wrong = []
    for (name, row), verdict in zip(rows.items(), verify(
            [row.path for row in rows.values()], "--keyring", keyring)):
        if verdict.code != row.verdict:
            wrong.append("%s: %s instead of %s (%s)" % (
                name, verdict.code, row.verdict, verdict.reason))
    assert not wrong, "\n".join(wrong)


def test_variants_need_their_keyring(variants):
    """Nothing of it is trusted by other keys."""
    rows = {name: row for name, row in variants[1].items()
            if row.verdict == "trusted" and "garbage" not in name}
    for name, verdict in zip(rows, verify([row.path for row in rows.values()],
                                          "--keyring", RIGHT["debian"])):
        assert verdict.code == "unknown-signer", name


def test_variants_digests(variants, keyring):
    """The identity is the digest that was signed, by the reference."""
    checked = 0
    for (name, row), verdict in zip(variants[1].items(), verify(
            [row.path for row in variants[1].values()], "--keyring",
            keyring)):
        if row.verdict != "trusted":
            continue
        kind = verdict.row["digest"]["kind"].replace("-", "").lower()
        assert verdict.digest == pe_reference.authenticode_digest(
            row.bytes(), kind), name
        checked += kind != "sha256"
    assert checked > 10


def test_revoked_issuer_of_an_anchor(variants, keyring):
    """The certificates beside a signature are covered by nothing: that the one
    which leads to a revoked issuer was taken out changes nothing."""
    pki, rows = variants
    names = ["chain-of-partial", "chain-of-partial-partial-stranger"]
    paths = [rows[name].path for name in names]
    for revoked in ("stranger", "partial"):
        verdicts = verify(paths, "--keyring", keyring, "--dbx",
                          pki.path(revoked, "der"))
        assert [v.code for v in verdicts] == ["revoked-signer"] * 2, revoked
    verdicts = verify(paths, "--keyring", keyring, "--dbx",
                      pki.path("root", "der"))
    assert [v.code for v in verdicts] == ["trusted"] * 2


def test_enrolled_digests(variants, keyring, tmp_path):
    """A hash in the keyring accepts what is unsigned, and only that."""
    image = variants[1]["unsigned-uki"]
    stranger = variants[1]["sbsign-stranger"]
    other = variants[1]["unsigned-addon"]
    for kind in ("sha256", "sha384", "sha512"):
        folder = verify_assets.write_folder(tmp_path / kind, {
            "db/hashes": "".join(pe_reference.authenticode_digest(
                row.bytes(), kind) + "\n" for row in (image, stranger)
            ).encode()})
        verdicts = verify([image.path, stranger.path, other.path],
                          "--keyring", folder)
        assert [v.code for v in verdicts] == ["trusted", "trusted", "unsigned"]
        assert verdicts[0].how == verdicts[1].how == "enrolled-hash"
        # The hash of the file is nobody's identity.
        folder = verify_assets.write_folder(tmp_path / ("flat" + kind), {
            "db/hashes": (hashlib.new(kind, stranger.bytes()).hexdigest() +
                          "\n").encode()})
        (verdict,) = verify([stranger.path], "--keyring", folder)
        assert verdict.code == "unknown-signer"
