#!/usr/bin/python3
"""A second reading of PE signatures, for the tests to compare with: written
from the specifications alone (PE/COFF, Windows Authenticode Portable
Executable Signature Format), in another language than the program's, and
lenient where the program is strict.

As a program:    pe_reference.py FILE...: Authenticode digest and number of
                 signatures of each
"""
import hashlib
import struct
import sys

CHECKSUM = 64        # in the optional header
DIRECTORY_CERTS = 4  # the certificate table's place among the directories


class NotPe(ValueError):
    pass


class Layout:
    """Where the things are that a signature has to do with."""

    def __init__(self, data):
        def u16(at):
            return struct.unpack_from("<H", data, at)[0]

        def u32(at):
            return struct.unpack_from("<I", data, at)[0]

        try:
            pe = u32(0x3C)
            if data[:2] != b"MZ" or data[pe:pe + 4] != b"PE\0\0":
                raise NotPe("no MZ and PE magic")
            self.pe = pe
            self.section_count = u16(pe + 6)
            self.optional = pe + 24
            magic = u16(self.optional)
            if magic not in (0x10B, 0x20B):
                raise NotPe("optional header 0x%x" % magic)
            directories = self.optional + (112 if magic == 0x20B else 96)
            count = u32(directories - 4)
            self.checksum = self.optional + CHECKSUM
            self.cert_entry = directories + 8 * DIRECTORY_CERTS
            self.certs_at = self.certs_len = 0
            if count > DIRECTORY_CERTS:
                self.certs_at = u32(self.cert_entry)
                self.certs_len = u32(self.cert_entry + 4)
            self.headers_len = u32(self.optional + 60)
            self.section_table = self.optional + u16(pe + 20)
            self.sections = []
            for i in range(self.section_count):
                at = self.section_table + 40 * i
                self.sections.append((u32(at + 20), u32(at + 16)))
        except struct.error as error:
            raise NotPe(str(error))


def authenticode_bytes(data):
    """What is hashed, as UEFI (32.2.5) and every verifier do it."""
    pe = Layout(data)
    end = pe.headers_len
    parts = [data[:pe.checksum], data[pe.checksum + 4:pe.cert_entry],
             data[pe.cert_entry + 8:end]]
    for at, length in sorted((s for s in pe.sections if s[1]),
                             key=lambda s: s[0]):
        parts.append(data[at:at + length])
        end += length
    parts.append(data[end:len(data) - pe.certs_len])
    return b"".join(parts)


def authenticode_digest(data, algorithm="sha256"):
    return hashlib.new(algorithm, authenticode_bytes(data)).hexdigest()


def certificates(data):
    """(type, content) of each WIN_CERTIFICATE, content with its padding."""
    pe = Layout(data)
    at, end, found = pe.certs_at, pe.certs_at + pe.certs_len, []
    while at + 8 <= end:
        length, _, kind = struct.unpack_from("<IHH", data, at)
        if length < 8 or at + length > end:
            break
        found.append((kind, data[at + 8:at + length]))
        at += (length + 7) // 8 * 8
    return found


def signatures(data):
    return [content for kind, content in certificates(data) if kind == 2]


def der_cut(content):
    """A DER element without what follows it."""
    length, at = content[1], 2
    if length & 0x80:
        size = length & 0x7F
        length = int.from_bytes(content[2:2 + size], "big")
        at += size
    return content[:at + length]


def without_signatures(data):
    """The image as it was before it was signed, but for padding."""
    pe = Layout(data)
    if not pe.certs_at:
        return bytes(data)
    out = bytearray(data[:pe.certs_at])
    out[pe.cert_entry:pe.cert_entry + 8] = bytes(8)
    return bytes(out)


def with_certificates(data, entries, padded_length=True):
    """data with a table of (type, content) in place of its own.
    padded_length: whether dwLength counts the zeros behind the content."""
    out = bytearray(without_signatures(data))
    out += bytes(-len(out) % 8)
    table = b""
    for kind, content in entries:
        padding = bytes(-len(content) % 8)
        length = 8 + len(content) + (len(padding) if padded_length else 0)
        table += struct.pack("<IHH", length, 0x200, kind) + content + padding
    pe = Layout(out)
    struct.pack_into("<II", out, pe.cert_entry, len(out), len(table))
    return bytes(out) + table


def main():
    for name in sys.argv[1:]:
        with open(name, "rb") as file:
            data = file.read()
        print(authenticode_digest(data), len(signatures(data)), name)


if __name__ == "__main__":
    main()
