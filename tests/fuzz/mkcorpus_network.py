#!/usr/bin/python3
"""Write the seeds of the fuzzer of rtnetlink's dumps:
tests/fuzz/mkcorpus_network.py.

Datagrams as the kernel sends them, in the byte order of most machines, and some
that are wrong in one way each.
"""
import struct
from pathlib import Path

CORPUS = Path(__file__).resolve().parent / "corpus" / "network"

DONE, ERROR, NEWLINK, NEWADDR = 3, 2, 16, 20
INET, INET6 = 2, 10


def pad(data):
    return data + b"\0" * (-len(data) % 4)


def attribute(kind, value):
    return pad(struct.pack("<HH", 4 + len(value), kind) + value)


def message(kind, body):
    return pad(struct.pack("<IHHII", 16 + len(body), kind, 2, 1, 1) + body)


def link(index, flags, name, mac=bytes.fromhex("525400123456")):
    return message(NEWLINK, struct.pack("<BBHiII", 0, 0, 1, index, flags, 0) +
                   attribute(3, name + b"\0") + attribute(1, mac))


def address(index, family, prefix, scope, value):
    return message(NEWADDR, struct.pack("<BBBBI", family, prefix, 0x80, scope,
                                        index) +
                   attribute(1, value) + attribute(2, value))


V4 = bytes([192, 0, 2, 7])
V6 = bytes.fromhex("20010db8000000000000000000000007")
LINKS = link(1, 0x49, b"lo") + link(2, 0x11043, b"eth0") + link(3, 0, b"ib0",
                                                               bytes(20))
END = message(DONE, struct.pack("<i", 0))

SEEDS = {
    "links": LINKS + END,
    "all": LINKS + address(2, INET, 24, 0, V4) + address(2, INET6, 64, 0, V6) +
    address(2, INET6, 64, 253, V6) + END,
    "many": b"".join(link(i, 3, b"eth%d" % i) for i in range(1, 40)),
    "refused": message(ERROR, struct.pack("<i", -1) + bytes(16)),
    "bad-name": link(2, 0, b"a/b"),
    "bad-prefix": LINKS + address(2, INET, 33, 0, V4),
    "bad-length": LINKS + struct.pack("<IHHII", 400, NEWADDR, 2, 1, 1),
    "cut": (LINKS + address(2, INET, 24, 0, V4))[:-3],
}


def main():
    CORPUS.mkdir(parents=True, exist_ok=True)
    for name, data in SEEDS.items():
        (CORPUS / name).write_bytes(data)


if __name__ == "__main__":
    main()
