"""Bad images and bad disks, made from good ones by changing bytes."""

import struct
import zlib

# --- PE files --------------------------------------------------------------

FIELDS = {"virtual_size": 8, "address": 12, "raw_size": 16, "raw_offset": 20}


class Pe:
    """A PE file whose section headers can be changed."""

    def __init__(self, data):
        self.data = bytearray(data)
        self.header = struct.unpack_from("<I", data, 0x3c)[0]
        self.count, = struct.unpack_from("<H", data, self.header + 6)
        optional, = struct.unpack_from("<H", data, self.header + 20)
        self.table = self.header + 24 + optional

    def _at(self, name):
        wanted = name.encode().ljust(8, b"\0")
        for number in range(self.count):
            at = self.table + 40 * number
            if self.data[at:at + 8] == wanted:
                return at
        raise KeyError(name)

    def names(self):
        """Of the sections that have bytes in the file."""
        found = [bytes(self.data[at:at + 8]).rstrip(b"\0").decode()
                 for at in range(self.table, self.table + 40 * self.count, 40)]
        return [name for name in found if self.get(name, "raw_size")]

    def get(self, name, field):
        return struct.unpack_from("<I", self.data,
                                  self._at(name) + FIELDS[field])[0]

    def set(self, name, field, value):
        struct.pack_into("<I", self.data, self._at(name) + FIELDS[field],
                         value)
        return self

    def rename(self, name, new):
        at = self._at(name)
        self.data[at:at + 8] = new.encode().ljust(8, b"\0")
        return self

    def resize(self, name, size):
        return self.set(name, "virtual_size", size)

    def content(self, name):
        at = self.get(name, "raw_offset")
        return bytes(self.data[at:at + self.get(name, "virtual_size")])


# --- zboot images ----------------------------------------------------------

ARM64 = 0xaa64
CODEC_AT, CODEC_LEN = 0x18, 32


def zboot_payload(data):
    """Offset and size of what is compressed in a zboot image."""
    return struct.unpack_from("<II", data, 8)


def zboot_size_field(data):
    """Where the size of the unpacked kernel stands."""
    offset, size = zboot_payload(data)
    gzip = data[CODEC_AT:CODEC_AT + 5] == b"gzip\0"
    return offset + size - (4 if gzip else 0)


def make_zboot(payload, out_size, codec=b"zstd22", machine=ARM64):
    """A zboot image of one section around any payload."""
    headers, align = 0x1000, 0x200
    body = payload + struct.pack("<I", out_size)
    stored = len(body) + -len(body) % align
    memory = stored + -stored % 0x1000
    image = bytearray(headers + stored)
    struct.pack_into("<2sxx4sII8x32s", image, 0, b"MZ", b"zimg", headers,
                     len(payload), codec)
    struct.pack_into("<II", image, 0x38, 0, 0x40)
    struct.pack_into("<4sHHIIIHH", image, 0x40, b"PE\0\0", machine, 1, 0, 0,
                     0, 112 + 16 * 8, 0x206)
    struct.pack_into("<HBBIIIIIQIIHHHHHHIIIIHHQQQQII", image, 0x58, 0x20b, 2,
                     20, stored, 0, 0, headers, headers, 0, 0x1000, align,
                     0, 0, 0, 0, 0, 0, 0, headers + memory, headers, 0, 10,
                     0, 0, 0, 0, 0, 0, 16)
    struct.pack_into("<8sIIII12xI", image, 0x58 + 112 + 16 * 8, b".text",
                     stored, headers, stored, headers, 0x60000020)
    image[headers:headers + len(body)] = body
    return bytes(image)


# --- partition tables ------------------------------------------------------

SECTOR = 512


def patch(path, offset, data):
    """Changes bytes of a file."""
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(data)


def peek(path, offset, size):
    with open(path, "rb") as file:
        file.seek(offset)
        return file.read(size)


def disk_sectors(path):
    with open(path, "rb") as file:
        return file.seek(0, 2) // SECTOR


def break_gpt(path, lba):
    """One bit of a GPT header changes, so that its checksum is wrong."""
    old = peek(path, lba * SECTOR + 16, 1)
    patch(path, lba * SECTOR + 16, bytes([old[0] ^ 1]))


def moved_partition(path, sectors):
    """The first 34 sectors of the disk, in whose table, which is correct,
    partition 1 begins and ends so many sectors later."""
    head = bytearray(peek(path, 0, 34 * SECTOR))
    entry = 2 * SECTOR
    first, last = struct.unpack_from("<QQ", head, entry + 32)
    struct.pack_into("<QQ", head, entry + 32, first + sectors,
                     last + sectors)
    table = zlib.crc32(head[2 * SECTOR:2 * SECTOR + 128 * 128])
    struct.pack_into("<I", head, SECTOR + 88, table)
    struct.pack_into("<I", head, SECTOR + 16, 0)
    struct.pack_into("<I", head, SECTOR + 16,
                     zlib.crc32(head[SECTOR:SECTOR + 92]))
    return bytes(head)


ESP = bytes.fromhex("28732ac11ff8d211ba4b00a0c93ec93b")


def make_gpt(esp, sector):
    """A disk with sectors of any size and one partition, which holds esp."""
    entries_at, entries_len = 2, 128 * 128 // sector
    first = max(entries_at + entries_len, (1 << 20) // sector)
    last = first + len(esp) // sector - 1
    total = last + 2 + entries_len
    entries = struct.pack("<16s16sQQQ72s", ESP, b"\1" * 16, first, last, 0,
                          "ESP".encode("utf-16-le")).ljust(128 * 128, b"\0")

    def header(own, other, entries_lba):
        fields = [b"EFI PART", 0x10000, 92, 0, 0, own, other,
                  entries_at + entries_len, total - entries_len - 2,
                  b"\2" * 16, entries_lba, 128, 128, zlib.crc32(entries)]
        form = "<8sIIIIQQQQ16sQIII"
        fields[3] = zlib.crc32(struct.pack(form, *fields))
        return struct.pack(form, *fields).ljust(sector, b"\0")

    mbr = bytearray(sector)
    struct.pack_into("<B3sB3sII", mbr, 446, 0, b"\0\2\0", 0xee, b"\xff" * 3,
                     1, total - 1)
    mbr[510:512] = b"\x55\xaa"
    head = bytes(mbr) + header(1, total - 1, entries_at) + entries
    return (head.ljust(first * sector, b"\0") + esp + entries +
            header(total - 1, 1, last + 1))


# --- the FAT ---------------------------------------------------------------


class Fat:
    """The FAT32 of the ESP that mkdisk.sh makes, 1 MiB into the disk."""

    BEGIN = 1 << 20

    def __init__(self, path):
        self.path = path
        boot = peek(path, self.BEGIN, SECTOR)
        self.cluster = SECTOR * boot[13]
        reserved, self.fats = struct.unpack_from("<HB", boot, 14)
        self.fat_size, = struct.unpack_from("<I", boot, 36)
        self.root, = struct.unpack_from("<I", boot, 44)
        self.fat = self.BEGIN + reserved * SECTOR
        self.data = self.fat + self.fats * self.fat_size * SECTOR

    def _at(self, cluster):
        return self.data + (cluster - 2) * self.cluster

    def folder(self, *names):
        """The first cluster of a folder; names are short ones."""
        at = self.root
        for name in names:
            at = self._find(at, name)
        return at

    def _find(self, folder, name):
        wanted = name.upper().ljust(11).encode()
        data = peek(self.path, self._at(folder), self.cluster)
        for at in range(0, len(data), 32):
            if data[at:at + 11] == wanted:
                high, = struct.unpack_from("<H", data, at + 20)
                low, = struct.unpack_from("<H", data, at + 26)
                return high << 16 | low
        raise KeyError(name)

    def fill_folder(self, cluster):
        """No entry of this cluster is free any more; the new ones are
        empty files called FILLnnnn."""
        data = bytearray(peek(self.path, self._at(cluster), self.cluster))
        for at in range(0, len(data), 32):
            if data[at] == 0:
                data[at:at + 32] = b"FILL%04d   \x20" % (at // 32) + bytes(20)
        patch(self.path, self._at(cluster), data)

    def set_next(self, cluster, after):
        """In every copy of the FAT."""
        for copy in range(self.fats):
            patch(self.path, self.fat + copy * self.fat_size * SECTOR
                  + 4 * cluster, struct.pack("<I", after))


def find_in_disk(path, needle):
    """Offset of some bytes of a file in a disk's image."""
    with open(path, "rb") as file:
        data = file.read()
    at = data.find(needle)
    assert at >= 0 and data.find(needle, at + 1) < 0
    return at
