#!/usr/bin/python3
"""Write the seeds of the fuzzer of routers: tests/fuzz/mkcorpus_router.py.

Bodies of RTM_NEWNDUSEROPT, with the kernel's head, and some that are wrong in
one way each.
"""
import struct
from pathlib import Path

CORPUS = Path(__file__).resolve().parent / "corpus" / "router"

SERVER = bytes.fromhex("20010db8000000000000000000000053")


def option(kind, body, units=None):
    """An option of a router: its length is in units of eight bytes."""
    return bytes([kind, units or (len(body) + 2) // 8]) + body


def servers(count, lifetime=1800, units=None):
    """The option of name servers (RFC 8106)."""
    return option(25, struct.pack(">HI", 0, lifetime) + SERVER * count, units)


def message(options, length=None):
    """What the kernel passes on."""
    size = len(options) if length is None else length
    return struct.pack("=BBHiBBHI", 10, 0, size, 2, 134, 0, 0,
                       0) + options


SEEDS = {
    "one": message(servers(1)),
    "many": message(servers(6)),
    "over": message(servers(1, 0)),
    "search": message(option(31, b"\0" * 14) + servers(2)),
    "none": message(b""),
    "cut": message(servers(1), 99),
    "zero": message(b"\x19\0" + b"\0" * 22),
    "odd": message(option(25, b"\0" * 14)),
}


def main():
    CORPUS.mkdir(parents=True, exist_ok=True)
    for name, data in SEEDS.items():
        (CORPUS / name).write_bytes(data)


if __name__ == "__main__":
    main()
