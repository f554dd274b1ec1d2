#!/usr/bin/python3
"""Write the seeds of the fuzzers for what is written to disks:
tests/fuzz/mkcorpus_writes.py. As in mkcorpus.py, the same bytes every time."""
import struct
import zlib

from mkcorpus import write

COUNTED = "debian-6.1.0-13+3-0.efi"
STRADDLE = "a-name-of-three-slots-in-two-sectors+12-34.conf"


def names(long_name, short_name, attributes, cluster, size):
    """The slots of a name."""
    total = 0
    for byte in short_name.encode():
        total = (((total & 1) << 7) + (total >> 1) + byte) & 0xFF
    units = long_name.encode("utf-16-le")
    count = (len(long_name) + 12) // 13
    if len(long_name) % 13:
        units = (units + b"\0\0").ljust(26 * count, b"\xff")
    slots = b""
    for number in range(count, 0, -1):
        part = units[26 * number - 26:26 * number]
        mark = number | (0x40 if number == count else 0)
        slots += struct.pack("<B10sBBB12sH4s", mark, part[:10], 0x0F, 0,
                             total, part[10:22], 0, part[22:])
    return slots + struct.pack("<11sB8xHIHI", short_name.encode(), attributes,
                               cluster >> 16, 0, cluster & 0xFFFF, size)


def fat(bits, links, folders, clusters=24):
    """A volume of 512-byte clusters; links is cluster -> next, folders is
    cluster (0 is the root) -> slots."""
    table_len = 512
    root_len = 0 if bits == 32 else 512
    data = 512 + table_len + root_len
    image = bytearray(data + 512 * clusters)
    struct.pack_into("<BBB8sHBHBHHBHHHIIIHHI", image, 0, 0xEB, 0, 0x90,
                     b"KEELBOOT", 512, 1, 1, 1, root_len // 32,
                     0, 0xF8, 0 if bits == 32 else 1, 0, 0, 0,
                     len(image) // 512, 1 if bits == 32 else 0, 0, 0, 2)
    image[510:512] = b"\x55\xaa"
    table = 0
    for cluster, link in links.items():
        table |= link << (bits * cluster)
    image[512:512 + table_len] = table.to_bytes(table_len, "little")
    for cluster, slots in folders.items():
        at = data + 512 * (cluster - 2)
        if not cluster:
            at = data - 512 if root_len else data
        image[at:at + len(slots)] = slots
    return bytes(image)


def seeds_fat():
    counted = names(COUNTED, "DEBIAN~1EFI", 0x20, 10, 1300)
    straddle = names(STRADDLE, "A-NAME~1CON", 0x20, 0, 0)
    short = names("", "A          ", 0x10, 5, 0)
    store = names("", "STORE      ", 0x20, 10, 1500)
    for bits in (12, 32):
        end = (1 << min(bits, 28)) - 1
        links = {2: end, 5: end, 6: 12, 12: end, 10: 11, 11: 20, 20: end}
        root = (names("", "KEELBOOT   ", 8, 0, 0)
                + names("", "EFI        ", 0x10, 5, 0)
                + names("loader", "LOADER     ", 0x10, 7, 0) + short)
        folders = {
            0: root,
            5: names("Linux", "LINUX      ", 0x10, 6, 0)
            + names("", "B          ", 0x20, 0, 0),
            6: counted + bytes([0xE5]) * 352 + straddle[:64],
            7: names("keelboot", "KEELBOOT   ", 0x10, 8, 0),
            8: store, 12: straddle[64:]}
        links.update({7: end, 8: end})
        for path in range(3):
            yield f"fat{bits}-{path}", bytes([path]) + fat(bits, links, folders)
        yield f"fat{bits}-circle", b"\3" + fat(
            bits, {**links, 2: 2}, {0: b"\xe5" * 512})
        yield f"fat{bits}-straddle", b"\3" + fat(
            bits, links, {0: b"\xe5" * 320 + straddle})
    yield "bad-cluster", b"\0" + fat(
        12, {5: 0xFF7}, {0: names("", "EFI        ", 0x10, 5, 0),
                         5: b"\xe5" * 512})
    yield "zero", bytes(1025)


def seeds_store():
    text = b"keelboot store 1\nsequence 12\noneshot debian.efi\n"
    yield "lines", text
    yield "all", (text + b"default *-lts.efi\npreferred caf\xc3\xa9.conf\n"
                  b"last a\nsysfail rescue.efi@factory\ntimeout menu-force\n")
    yield "twice", text + b"oneshot b\n"
    yield "unknown", text + b"later key\n"
    yield "value", text + b"last \x1b[2J\n"
    slot = text.ljust(4081, b"\n")
    slot += b"crc32 %08x\n" % zlib.crc32(slot)
    yield "file", slot + bytes(4096)
    yield "file-second", bytes(4096) + slot


def seeds_handover():
    text = b"keelboot entry 1\nid debian.efi\npath /EFI/Linux/debian+2-1.efi\n"
    yield "least", text
    yield "all", (text + b"kind uki\ncounter yes\nlater key\npartition "
                  b"3d7f6a1e-0000-4000-8000-00000000000f\n")
    yield "no-path", b"keelboot entry 1\nid debian.efi\n"
    yield "dots", b"keelboot entry 1\nid x\npath /../x\n"


if __name__ == "__main__":
    write({"fat": seeds_fat, "store": seeds_store, "handover": seeds_handover})
