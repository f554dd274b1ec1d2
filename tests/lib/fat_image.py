"""A FAT volume read by other means than keelboot's own: for tests that ask
what is on an image, whatever state it is in."""

import struct


class Fat:
    """image is a bytearray or bytes of the whole volume."""

    def __init__(self, image):
        self.image = image
        (self.sector, per_cluster, reserved, copies, root_entries, total16,
         _, table16) = struct.unpack_from("<HBHBHHBH", image, 11)
        total32, table32 = struct.unpack_from("<I", image, 32)[0], \
            struct.unpack_from("<I", image, 36)[0]
        table = table16 or table32
        self.cluster = self.sector * per_cluster
        self.table_at = reserved * self.sector
        self.root_at = self.table_at + copies * table * self.sector
        self.data_at = self.root_at + 32 * root_entries
        self.root_len = 32 * root_entries
        clusters = ((total16 or total32) - self.data_at // self.sector) \
            // per_cluster
        self.bits = 32 if not table16 else 16 if clusters >= 4085 else 12
        self.root = struct.unpack_from("<I", image, 44)[0]

    def link(self, number):
        at = self.table_at + number * self.bits // 8
        value = int.from_bytes(self.image[at:at + 4], "little")
        if self.bits == 12:
            return (value >> 4 if number & 1 else value) & 0xFFF
        return value & ((1 << min(self.bits, 28)) - 1)

    def chain(self, number):
        """The clusters from one on."""
        seen = []
        while 2 <= number < ((1 << min(self.bits, 28)) - 9):
            assert number not in seen, "a circle of clusters"
            seen.append(number)
            number = self.link(number)
        return seen

    def place(self, number):
        return self.data_at + (number - 2) * self.cluster

    def slots(self, first):
        """(offset, 32 bytes) of a folder; 0 is the root."""
        if not first and self.bits != 32:
            pieces = [(self.root_at, self.root_len)]
        else:
            pieces = [(self.place(number), self.cluster)
                      for number in self.chain(first or self.root)]
        for start, length in pieces:
            for at in range(start, start + length, 32):
                slot = bytes(self.image[at:at + 32])
                if not slot[0]:
                    return
                yield at, slot

    def folder(self, first):
        """Its files: (name, attributes, cluster, size, offsets of slots)."""
        name, places, wanted = {}, {}, None
        for at, slot in self.slots(first):
            if slot[0] == 0xE5:
                name = {}
            elif slot[11] & 0x3F == 0x0F:
                number = slot[0] & 0x3F
                if slot[0] & 0x40:
                    name, places, wanted = {}, {}, slot[13]
                if slot[13] == wanted:
                    name[number] = slot[1:11] + slot[14:26] + slot[28:32]
                    places[number] = at
            else:
                total = 0
                for byte in slot[:11]:
                    total = (((total & 1) << 7) + (total >> 1) + byte) & 0xFF
                text = slot[:8].decode("latin-1").rstrip()
                if slot[8:11] != b"   ":
                    text += "." + slot[8:11].decode("latin-1").rstrip()
                if name and wanted == total and \
                        sorted(name) == list(range(1, len(name) + 1)):
                    units = b"".join(name[i] for i in sorted(name))
                    text = units.decode("utf-16-le").split("\0")[0]
                else:
                    places = {}
                cluster = struct.unpack_from("<H", slot, 26)[0]
                if self.bits == 32:
                    cluster |= struct.unpack_from("<H", slot, 20)[0] << 16
                if not slot[11] & 8:
                    yield (text, slot[11], cluster,
                           struct.unpack_from("<I", slot, 28)[0],
                           [places[i] for i in sorted(places)])
                name, places = {}, {}

    def find(self, path):
        """What folder() says of a path, or None."""
        found = ("", 0x10, 0, 0, [])
        for part in path.strip("/").split("/"):
            for entry in self.folder(found[2]):
                if entry[0].lower() == part.lower():
                    found = entry
                    break
            else:
                return None
        return found

    def list(self, path):
        """Names in a folder, without "." and ".."."""
        return [entry for entry in self.folder(self.find(path)[2])
                if entry[0] not in (".", "..")]

    def read(self, path):
        _, _, first, size, _ = self.find(path)
        data = b"".join(bytes(self.image[self.place(number):self.place(number)
                                         + self.cluster])
                        for number in self.chain(first))
        return data[:size]

    def unit_place(self, entry, number):
        """Byte offset of a UTF-16 unit of a long name."""
        inside = number % 13
        at = 1 if inside < 5 else 4 if inside < 11 else 6
        return entry[4][number // 13] + at + 2 * inside
