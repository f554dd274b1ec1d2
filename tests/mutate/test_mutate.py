"""Broken signed images by the hundred thousand: not one may be trusted.

Needs `make mutate`. What each run counted is in BUILD/test-logs."""

import os
import re
import subprocess
import sys

import pytest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, os.path.join(ROOT, "tests/lib"))

import verify_assets  # noqa: E402
from verify_assets import BUILD, EXAMPLES, MUTATE  # noqa: E402

# At most 200 KB each: addons, UKIs, zboot kernels, memtest86+ (64 and 32
# bits), by RSA and ECDSA, one and two signatures, page hashes, a timestamp, an
# intermediate certificate.
SMALL = ["sbsign-addon", "hand-sha384-zboot", "sbsign-uki", "sbsign-memtest",
         "pesign-addon", "ossl-ph-zboot", "pesign-uki", "ossl-timestamp",
         "hand-sha384-addon", "double-rsa-ec", "sbsign-zboot", "sbsign-pe32",
         "sbsign-of-inter"]
OF_EACH_SMALL = 8000
OF_EACH_REAL = 500


@pytest.fixture(scope="module")
def real():
    return verify_assets.fetch_real()


def mutate(name, count, ring, paths, tmp_path, capsys):
    done = subprocess.run(
        ["nice", MUTATE, "--count", str(count), "--keyring", ring, *paths],
        cwd=tmp_path, capture_output=True, text=True, check=False)
    os.makedirs(BUILD + "/test-logs", exist_ok=True)
    with open("%s/test-logs/mutate-%s.log" % (BUILD, name), "w",
              encoding="utf-8") as log:
        log.write(done.stdout + done.stderr)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    total = re.search(r"^(\d+) mutants of .*", done.stdout, re.M)
    with capsys.disabled():
        print("\n" + total.group(0))
    assert int(total.group(1)) == count * len(paths)
    return done.stdout


def test_small_images(real, tmp_path, capsys):
    pki, variants = verify_assets.make_variants(real[0])
    ring = verify_assets.keyring_of(tmp_path / "keyring", pki)
    paths = [variants[name].path for name in SMALL]
    assert max(map(os.path.getsize, paths)) <= 200 << 10
    assert OF_EACH_SMALL * len(paths) >= 100000
    said = mutate("small", OF_EACH_SMALL, ring, paths, tmp_path, capsys)
    # Refusals of every layer were met: a tool that breaks nothing but one
    # thing would say little.
    for code in ("image-digest-differs", "attributes-digest-differs",
                 "signature-wrong", "unknown-signer", "authenticode-gap",
                 "authenticode-after-table", "pkcs7-digest", "der-tag",
                 "signer-certificate-missing", "unsigned"):
        assert re.search(r"^ *\d+ %s$" % code, said, re.M), code


@pytest.mark.parametrize("ca", ["debian", "microsoft"])
def test_real_images(real, ca, tmp_path, capsys):
    paths = [row.path for row in real[1].values() if row.ca == ca]
    mutate(ca, OF_EACH_REAL, EXAMPLES + "/" + ca, paths, tmp_path, capsys)
