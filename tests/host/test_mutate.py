"""Broken signed images under the sanitizers: some of each kind. The great
numbers are in tests/mutate."""

import os
import sys

import pytest

from conftest import BUILD, ROOT, run

sys.path.insert(0, os.path.join(ROOT, "tests/lib"))

import verify_assets  # noqa: E402

SOME = 400


@pytest.mark.parametrize("name", [
    "sbsign-addon", "hand-sha384-zboot", "pesign-uki", "double-rsa-ec",
    "ossl-timestamp", "ossl-ph-pe32"])
def test_no_mutant_is_trusted(name, tmp_path):
    pki, variants = verify_assets.make_variants(
        verify_assets.fetch_real()[0])
    ring = verify_assets.keyring_of(tmp_path / "keyring", pki)
    done = run(os.path.join(BUILD, "host/mutate"), "--count", SOME,
               "--keyring", ring, variants[name].path, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "%d mutants of 1 images" % SOME in done.stdout
