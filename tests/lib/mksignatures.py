#!/usr/bin/python3
"""Makes tests/unit/signature_vectors.h: public keys and signatures over the
text "keelboot", made with the openssl command and keys that are thrown away.

    tests/lib/mksignatures.py > tests/unit/signature_vectors.h

A run gives other keys; the tests hold for any."""

import hashlib
import subprocess
import sys
import tempfile

MESSAGE = b"keelboot"
HEAD = """/*
 * Public keys and signatures over the text "keelboot", in hex, made by
 * tests/lib/mksignatures.py with the openssl command.
 */
#ifndef KEELBOOT_TESTS_UNIT_SIGNATURE_VECTORS_H
#define KEELBOOT_TESTS_UNIT_SIGNATURE_VECTORS_H

/* clang-format off */
"""
TAIL = """
/* clang-format on */

#endif
"""


def openssl(*arguments, data=b""):
    return subprocess.run(["openssl", *arguments], input=data, check=True,
                          capture_output=True).stdout


def emit(name, data):
    text = data.hex()
    lines = [text[at:at + 68] for at in range(0, len(text), 68)]
    print(f"\nstatic const char {name}[] =")
    print("\n".join(f'\t"{line}"' for line in lines) + ";")


def private_key(folder, *options):
    path = f"{folder}/key.pem"
    openssl("genpkey", "-out", path, *options)
    return path


def number_after(text, word):
    """The hex dump that follows a word in openssl's text."""
    lines = text[text.index(word):].splitlines()[1:]
    digits = ""
    for line in lines:
        if not line.startswith("    "):
            break
        digits += line.strip().replace(":", "")
    return bytes.fromhex(digits)


def sign(path, digest):
    return openssl("dgst", f"-{digest}", "-sign", path, data=MESSAGE)


def without_null(path):
    """A signature whose DigestInfo has no parameters, not even NULL."""
    info = bytes.fromhex("302f300b0609608648016503040201" "0420")
    return openssl("pkeyutl", "-sign", "-inkey", path,
                   data=info + hashlib.sha256(MESSAGE).digest())


def rsa(folder, bits, exponent=65537):
    path = private_key(folder, "-algorithm", "RSA", "-pkeyopt",
                       f"rsa_keygen_bits:{bits}", "-pkeyopt",
                       f"rsa_keygen_pubexp:{exponent}")
    text = openssl("pkey", "-in", path, "-noout", "-text_pub").decode()
    return path, number_after(text, "Modulus:").lstrip(b"\0")


def ec(folder, curve):
    path = private_key(folder, "-algorithm", "EC", "-pkeyopt",
                       f"ec_paramgen_curve:{curve}")
    text = openssl("pkey", "-in", path, "-noout", "-text_pub").decode()
    return path, number_after(text, "pub:")


def long_sign(path):
    """A P-521 signature whose length needs two bytes, as nearly all do."""
    while True:
        signature = sign(path, "sha512")
        if signature[1] == 0x81:
            return signature


def main():
    print(HEAD, end="")
    with tempfile.TemporaryDirectory() as folder:
        for bits in 2048, 3072, 4096:
            path, modulus = rsa(folder, bits)
            emit(f"rsa{bits}_modulus", modulus)
            for digest in "sha256", "sha384", "sha512":
                if bits == 2048 or digest == "sha256":
                    emit(f"rsa{bits}_{digest}", sign(path, digest))
            if bits == 2048:
                emit("rsa2048_without_null", without_null(path))
        path, modulus = rsa(folder, 2048, 3)
        emit("rsa2048_e3_modulus", modulus)
        emit("rsa2048_e3_sha256", sign(path, "sha256"))
        for curve in 256, 384, 521:
            path, point = ec(folder, f"P-{curve}")
            emit(f"p{curve}_point", point)
            for digest in "sha256", "sha384":
                emit(f"p{curve}_{digest}", sign(path, digest))
            emit(f"p{curve}_sha512",
                 long_sign(path) if curve == 521 else sign(path, "sha512"))
    print(TAIL, end="")


if __name__ == "__main__":
    sys.exit(main())
