"""Kernels that are nothing but headers, for lists and dry runs: small PE files
that a loader takes for a kernel as long as it does not start them."""

import struct

MACHINES = {"x86_64": 0x8664, "aarch64": 0xaa64, "riscv64": 0x5064,
            "loongarch64": 0x6264, "i386": 0x14c}
HEADER_SIZE = 0x1000
ALIGN = 0x200


def pe(machine, sections, front=b""):
    """A PE32+ file; sections is a list of (name, bytes). front is what its
    first bytes are but for the MZ header's own fields."""
    image = bytearray(front.ljust(HEADER_SIZE, b"\0"))
    header = 0x300
    image[0:2] = b"MZ"
    struct.pack_into("<I", image, 0x3c, header)
    address, offset, rows, body = HEADER_SIZE, HEADER_SIZE, b"", b""
    for name, data in sections:
        stored = data.ljust(len(data) + -len(data) % ALIGN, b"\0")
        rows += struct.pack("<8sIIII12xI", name.encode(), len(data), address,
                            len(stored), offset, 0x60000020)
        body += stored
        offset += len(stored)
        address += len(stored) + -len(stored) % 0x1000
    struct.pack_into("<4sHHIIIHH", image, header, b"PE\0\0",
                     MACHINES[machine], len(sections), 0, 0, 0, 112 + 16 * 8,
                     0x206)
    struct.pack_into("<HBBIIIIIQIIHHHHHHIIIIHHQQQQII", image, header + 24,
                     0x20b, 2, 20, len(body), 0, 0, HEADER_SIZE, HEADER_SIZE,
                     0, 0x1000, ALIGN, 0, 0, 0, 0, 0, 0, 0, address,
                     HEADER_SIZE, 0, 10, 0, 0, 0, 0, 0, 0, 16)
    table = header + 24 + 112 + 16 * 8
    image[table:table + len(rows)] = rows
    return bytes(image) + body


def bzimage(version):
    """x86_64, boot protocol 2.15; version is what it calls itself."""
    setup = bytearray(HEADER_SIZE)
    struct.pack_into("<I", setup, 0x38, 0x818223cd)
    setup[0x1f1] = 8                                # sectors of setup
    struct.pack_into("<I", setup, 0x1f4, 0x600 // 16)
    struct.pack_into("<H", setup, 0x1fe, 0xaa55)
    struct.pack_into("<BB4sH", setup, 0x200, 0xeb, 0x6a, b"HdrS", 0x20f)
    struct.pack_into("<H", setup, 0x20e, HEADER_SIZE - 0x200)
    setup[0x211] = 1                                # loaded high
    struct.pack_into("<III", setup, 0x22c, 0x7fffffff, 0x200000, 1)
    struct.pack_into("<H", setup, 0x236, 0x7f)
    struct.pack_into("<I", setup, 0x238, 2047)      # command line
    struct.pack_into("<II", setup, 0x248, 0x100, 0x4ff)
    struct.pack_into("<QI", setup, 0x258, 0x1000000, 0x3000000)
    text = (version + " (test@test) #1 SMP").encode() + b"\0"
    return pe("x86_64", [(".setup", text.ljust(0x200, b"\0")),
                         (".text", b"\xfc".ljust(0x600, b"\0"))], setup)


def image(machine):
    """An Image of another architecture."""
    front = bytearray(64)
    struct.pack_into("<QQQ", front, 8, 0x80000, 0x4000, 0x0a)
    if machine == "aarch64":
        front[56:60] = b"ARM\x64"
    elif machine == "riscv64":
        front[56:60] = b"RSC\x05"
    struct.pack_into("<I", front, 0x38 if machine == "loongarch64" else 0x3c,
                     0x818223cd)
    return pe(machine, [(".text", b"code".ljust(0x200, b"\0"))], front)


def kernel(machine, version):
    return bzimage(version) if machine == "x86_64" else image(machine)
