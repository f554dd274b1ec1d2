"""Wycheproof's signatures through signature_check(), each with its verdict:
RSA PKCS#1 v1.5 and ECDSA in DER, with every key size and digest that counts.
"""

import json
import os
import subprocess

import pytest

from conftest import BUILD, script_path

# File (without rsa_signature_ or ecdsa_secp, and _test.json): valid, invalid
# and acceptable vectors in it. They are counted, so that none gets lost.
COUNTS = {
    "2048_sha256": (9, 249, 1), "2048_sha384": (7, 250, 1),
    "2048_sha512": (8, 250, 1), "3072_sha256": (8, 250, 1),
    "3072_sha384": (7, 251, 1), "3072_sha512": (8, 251, 1),
    "4096_sha256": (7, 250, 1), "4096_sha384": (7, 251, 1),
    "4096_sha512": (7, 251, 1), "256r1_sha256": (174, 310, 0),
    "256r1_sha512": (243, 311, 0), "384r1_sha256": (162, 310, 0),
    "384r1_sha384": (194, 310, 0), "384r1_sha512": (231, 311, 0),
    "521r1_sha512": (232, 310, 0),
}

# Keys that are larger than any that is accepted.
TOO_LARGE = {"8192_sha256": 258, "8192_sha384": 259, "8192_sha512": 259}

# What Wycheproof leaves open ("acceptable") and we decide, by its flags.
# MissingNull: an AlgorithmIdentifier without the NULL that RFC 8017 asks for.
# OpenSSL refuses it, and EDK2 uses OpenSSL.
DECIDED = {("MissingNull",): "signature-wrong"}

# What a bad signature may be refused with.
REFUSALS = {
    "rsa": {"signature-wrong", "signature-length"},
    "ecdsa": {"signature-wrong", "signature-der", "signature-range"},
}


@pytest.fixture(scope="module")
def folder():
    return script_path("fetch-wycheproof.sh")


def kind_of(name):
    return "ecdsa" if "r1_" in name else "rsa"


def load(folder, name):
    prefix = {"rsa": "rsa_signature_", "ecdsa": "ecdsa_secp"}[kind_of(name)]
    with open(f"{folder}/{prefix}{name}_test.json", encoding="utf-8") as file:
        data = json.load(file)
    groups = data["testGroups"]
    assert data["numberOfTests"] == sum(len(g["tests"]) for g in groups)
    return groups


def key_words(group):
    key = group["publicKey"]
    if "modulus" not in key:
        return f"P{key['keySize']}", key["uncompressed"], "-"
    return ("RSA", without_zeros(key["modulus"]),
            without_zeros(key["publicExponent"]))


def without_zeros(number):
    return f"{int(number, 16):0{2 * -(-int(number, 16).bit_length() // 8)}x}"


def lines_of(group):
    kind, key, exponent = key_words(group)
    bits = group["sha"].removeprefix("SHA-")
    return [f"{kind} {bits} {key} {exponent} {test['msg'] or '-'} "
            f"{test['sig'] or '-'}\n" for test in group["tests"]]


def verdicts(groups):
    """Pairs of a vector and what became of it."""
    program = os.path.join(BUILD, "host/host/wycheproof")
    assert os.path.exists(program), "make unit-build has not been run"
    done = subprocess.run(
        [program], input="".join(line for g in groups for line in lines_of(g)),
        capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    tests = [test for group in groups for test in group["tests"]]
    got = done.stdout.split()
    assert len(got) == len(tests)
    return list(zip(tests, got))


def is_right(kind, test, got):
    if test["result"] == "valid":
        return got == "ok"
    if test["result"] == "acceptable":
        return got == DECIDED[tuple(test["flags"])]
    assert test["result"] == "invalid"
    return got in REFUSALS[kind]


@pytest.mark.parametrize("name", COUNTS)
def test_verdicts(folder, name):
    pairs = verdicts(load(folder, name))
    wrong = [(test["tcId"], test["comment"], test["result"], got)
             for test, got in pairs if not is_right(kind_of(name), test, got)]
    assert not wrong
    found = [test["result"] for test, _ in pairs]
    assert COUNTS[name] == tuple(
        found.count(result) for result in ("valid", "invalid", "acceptable"))


@pytest.mark.parametrize("name", TOO_LARGE)
def test_keys_beyond_4096_bits(folder, name):
    got = [verdict for _, verdict in verdicts(load(folder, name))]
    assert got == ["signature-key-size"] * TOO_LARGE[name]


def test_the_number_of_vectors():
    """What was announced is what runs: 2,330 of RSA and 3,098 of ECDSA."""
    for kind, total in ("rsa", 2330), ("ecdsa", 3098):
        assert total == sum(sum(counts) for name, counts in COUNTS.items()
                            if kind_of(name) == kind)
