#!/usr/bin/python3
"""Write the seeds of the fuzzers of TLS: tests/fuzz/mkcorpus_tls.py. They
change when tests/data/mktls.py has made other certificates."""
import base64
import struct

from mkcorpus import CORPUS, write

TLS = CORPUS.parent.parent / "data/tls"


def der(file):
    lines = (TLS / file).read_text().splitlines()
    return base64.b64decode("".join(line for line in lines if "-" not in line))


def chain(*names):
    return b"".join(struct.pack(">H", len(der(n + ".pem"))) + der(n + ".pem")
                    for n in names)


def seeds_tls_chain():
    yield "good", chain("server", "ca")
    yield "inter", chain("of-inter", "inter", "ca")
    yield "deep", chain("of-inter-2", "inter-2", "inter", "ca")
    yield "itself", chain("self")
    yield "limited", chain("limited-good", "limited")
    yield "limited-other", chain("limited-other", "limited")
    yield "directory", chain("directory-bad", "limited-directory")
    yield "mail", chain("has-limited-mail", "limited-mail")
    yield "critical", chain("critical", "ca")
    yield "clients", chain("for-clients", "inter-for-clients", "ca")
    yield "wild", chain("wild-names", "no-names", "no-subject", "ca")
    yield "p521", chain("server-p521", "ca-p521")
    yield "loop", chain(*("loop-%d" % i for i in range(4)))


def seeds_private_key():
    yield "p256", der("client-p256.key")
    yield "p521", der("client-p521.key")
    yield "rsa", der("client-rsa.key")
    # what is inside of PKCS#8
    for name in ("client-p384", "client-rsa"):
        whole = der(name + ".key")
        yield name + "-old", whole[whole.index(b"\x30", 20):]


def edits(*rows, step=255):
    return bytes([0, step]) + b"".join(
        struct.pack(">BHB", *row) for row in rows)


def seeds_tls():
    raw = bytes([1, 255])
    yield "good", edits()
    yield "good-slowly", edits(step=0)
    yield "hello", edits((0, 9, 1))
    yield "certificate", edits((0, 200, 1))
    yield "inserted", edits((1, 100, 3))
    yield "removed", edits((2, 100, 3))
    yield "length", edits((3, 3, 0xff))
    yield "last", edits((0, 65535, 4))
    yield "http", raw + b"HTTP/1.1 400 Bad Request\r\n\r\n"
    yield "alert", raw + b"\x15\3\3\0\2\2\x28"
    yield "warning", raw + b"\x15\3\3\0\2\1\x70\x16\3\3\0\4\2\0\0\0"
    yield "close", raw + b"\x15\3\3\0\2\1\0"
    yield "empty", raw + b"\x16\3\3\0\0" * 4


if __name__ == "__main__":
    write({"tls": seeds_tls, "tls_chain": seeds_tls_chain,
           "private_key": seeds_private_key})
