#!/usr/bin/python3
"""Make zboot images, good and broken, around any kernel or any bytes.

The layout is that of Linux' drivers/firmware/efi/libstub/zboot-header.S and
zboot.lds: an MZ header that names codec, offset and size of the payload, a PE
header, and a .text section that holds (no) stub, the payload and its size.
The compressors are the command line tools that a kernel's build calls. The
result cannot boot; scripts/mkzboot.sh makes images that can.

As a program:    mkzboot.py IMAGE OUT --codec zstd [options]
As a module:     mkzboot.make_zboot(image, "zstd", ...) -> bytes
"""
import argparse
import struct
import subprocess
import sys

HEADERS_LEN = 0x1000
STUB_LEN = 0x200
SECTION_ALIGN = 0x1000
FILE_ALIGN = 0x200
PE_OFFSET = 0x40
OPTIONAL_LEN = 112 + 6 * 8
LINUX_MAGIC = 0x818223CD
CERT_DIRECTORY = 4
DATA_LEN = FILE_ALIGN

MACHINES = {
    "aarch64": 0xAA64,
    "x86_64": 0x8664,
    "riscv64": 0x5064,
    "loongarch64": 0x6264,
}

# What a kernel's build runs, on a pipe; and the same made fast, for tests that
# do not care how small the result is.
COMPRESSORS = {
    "gzip": ["gzip", "-n", "-f", "-9", "-c"],
    "zstd": ["zstd", "-q", "-22", "--ultra", "-c"],
    "xz": ["xz", "--check=crc32", "--lzma2=dict=32MiB", "-c"],
    "lzma": ["xz", "--format=lzma", "-9", "-c"],
    "lz4": ["lz4", "-q", "-l", "-9", "-", "-"],
    "lzo": ["lzop", "-9", "-c"],
}
FAST_COMPRESSORS = {
    "gzip": ["gzip", "-n", "-1", "-c"],
    "zstd": ["zstd", "-q", "-1", "-c"],
    "xz": ["xz", "-0", "--check=crc32", "-c"],
    "lzma": ["xz", "--format=lzma", "-0", "-c"],
    "lz4": ["lz4", "-q", "-l", "-1", "-", "-"],
    "lzo": ["lzop", "-1", "-c"],
}

# The names kernels write, by codec: the first is today's or the last one.
LABELS = {
    "gzip": ["gzip"],
    "zstd": ["zstd", "zstd22"],
    "xz": ["xzkern"],
    "lzma": ["lzma"],
    "lz4": ["lz4"],
    "lzo": ["lzo"],
}


def align(value, to):
    return (value + to - 1) // to * to


def pad(data, to):
    return data + bytes(align(len(data), to) - len(data))


def compress(data, codec, fast=False):
    command = (FAST_COMPRESSORS if fast else COMPRESSORS)[codec]
    return subprocess.run(command, input=data, stdout=subprocess.PIPE,
                          check=True).stdout


def make_image(length, image_size=None, machine="aarch64"):
    """An arm64 or riscv Image of that many bytes (at least 0x1200, a multiple
    of 0x200): header, PE header, then text that packs about as well as code
    does. image_size is what it says it needs in memory."""
    if length < HEADERS_LEN + FILE_ALIGN or length % FILE_ALIGN:
        raise ValueError("no Image can have 0x%x bytes here" % length)
    magic = {"aarch64": b"ARM\x64", "riscv64": b"RSC\x05"}[machine]
    image_size = image_size or align(length, SECTION_ALIGN)
    header = struct.pack("<2sHIQQQQQQ4sI", b"MZ", 0, 0x14000010, 0, image_size,
                         0x0A, 0, 0, 0, magic, PE_OFFSET)
    text_len = length - HEADERS_LEN
    header += pe_headers(MACHINES[machine], [
        section(b".text", image_size - HEADERS_LEN, text_len, HEADERS_LEN,
                0xE0000020)], image_size)
    body = bytearray(header + bytes(HEADERS_LEN - len(header)))
    state = 1
    while len(body) < length:
        state = state * 6364136223846793005 + 1442695040888963407 & 2**64 - 1
        word = struct.pack("<I", state >> 32)
        body += word * (1 + (state >> 61)) + b"\x1f\x20\x03\xd5"
    return bytes(body[:length])


def pad_to_image_size(image):
    """Linux since 6.4 adds the BSS, as zeros, before it compresses."""
    size = struct.unpack_from("<I", image, 16)[0]
    if size < len(image):
        raise ValueError("image_size %d is less than the file's %d"
                         % (size, len(image)))
    return image + bytes(size - len(image))


def add_certificates(pe, content):
    """Puts a certificate table with one entry behind a PE file, as a signer
    does; what the entry holds is up to the caller."""
    pe = bytearray(pad(pe, 8))
    entry = struct.pack("<IHH", 8 + len(content), 0x0200, 2) + content
    entry = pad(entry, 8)
    where = struct.unpack_from("<I", pe, 0x3C)[0]
    if pe[where:where + 4] != b"PE\0\0":
        raise ValueError("no PE header at 0x%x" % where)
    optional = where + 24
    wide = struct.unpack_from("<H", pe, optional)[0] == 0x20B
    directories = optional + (112 if wide else 96)
    struct.pack_into("<II", pe, directories + 8 * CERT_DIRECTORY, len(pe),
                     len(entry))
    return bytes(pe) + entry


def section(name, virtual_len, raw_len, at, flags):
    return struct.pack("<8sIIIIIIHHI", name, virtual_len, at, raw_len, at,
                       0, 0, 0, 0, flags)


def pe_headers(machine, sections, image_len):
    coff = struct.pack("<4sHHIIIHH", b"PE\0\0", machine, len(sections), 0, 0,
                       0, OPTIONAL_LEN, 0x0206)
    optional = struct.pack(
        "<HBBIIIII QII HHHHHHIIIIHHQQQQII",
        0x20B, 2, 0x14, 0, 0, 0, HEADERS_LEN, HEADERS_LEN,
        0, SECTION_ALIGN, FILE_ALIGN,
        0, 0, 3, 0, 0, 0, 0, align(image_len, SECTION_ALIGN),
        HEADERS_LEN, 0, 10, 0x100, 0, 0, 0, 0, 0, 6)
    optional += bytes(OPTIONAL_LEN - len(optional))
    return coff + optional + b"".join(sections)


def make_zboot(image, codec="gzip", label=None, machine="aarch64", fast=False,
               payload=None, payload_offset=None, payload_size=None,
               out_len=None, kind=b"zimg", linux_magic=True):
    """A zboot image. Each argument behind `fast` breaks the field it names:
    payload is the packed stream (default: image, compressed), payload_offset
    and payload_size what the header says, out_len the size behind the stream
    (gzip: in it)."""
    if payload is None:
        payload = compress(image, codec, fast)
    if label is None:
        label = LABELS[codec][0]
    if isinstance(label, str):
        label = label.encode()
    if isinstance(machine, str):
        machine = MACHINES[machine]
    said_len = struct.pack("<I", len(image) if out_len is None else out_len)
    said_size = len(payload)
    if codec != "gzip":
        payload += said_len
    elif out_len is not None:
        payload = payload[:-4] + said_len

    stub = struct.pack("<I", 0x14000000) + bytes(STUB_LEN - 4)
    text = pad(stub + payload, SECTION_ALIGN)
    data_at = HEADERS_LEN + len(text)
    dos = struct.pack(
        "<4s4sIIQ32sII", b"MZ\0\0", kind,
        HEADERS_LEN + STUB_LEN if payload_offset is None else payload_offset,
        said_size if payload_size is None else payload_size,
        0, label, LINUX_MAGIC if linux_magic else 0, PE_OFFSET)
    headers = dos + pe_headers(machine, [
        section(b".text", len(text), len(text), HEADERS_LEN, 0x60000020),
        section(b".data", 2 * DATA_LEN, DATA_LEN, data_at, 0xC0000040),
    ], data_at + 2 * DATA_LEN)
    return headers + bytes(HEADERS_LEN - len(headers)) + text + bytes(DATA_LEN)


def number(text):
    return int(text, 0)


def read_file(path):
    with open(path, "rb") as file:
        return file.read()


def parse_arguments():
    p = argparse.ArgumentParser(description="make a zboot image")
    p.add_argument("image", help="the kernel, or make:LENGTH[:IMAGE_SIZE] for "
                                 "an arm64 Image of that length")
    p.add_argument("out")
    p.add_argument("--codec", choices=sorted(COMPRESSORS), default="gzip")
    p.add_argument("--fast", action="store_true",
                   help="compress fast and not well")
    p.add_argument("--machine", choices=sorted(MACHINES), default="aarch64")
    p.add_argument("--pad", action="store_true",
                   help="fill the kernel up to its image_size")
    p.add_argument("--inner-cert", metavar="FILE",
                   help="certificate content for the kernel inside")
    p.add_argument("--outer-cert", metavar="FILE",
                   help="certificate content for the zboot image")
    g = p.add_argument_group("old and broken fields")
    g.add_argument("--label", help="name of the codec in the header")
    g.add_argument("--no-linux-magic", action="store_true",
                   help="no magic at 0x38, as Linux 6.1 makes them")
    g.add_argument("--kind", default="zimg", help="the magic at 4")
    g.add_argument("--payload-offset", type=number)
    g.add_argument("--payload-size", type=number)
    g.add_argument("--out-len", type=number)
    g.add_argument("--payload", metavar="FILE",
                   help="a stream that is compressed already")
    g.add_argument("--set", action="append", default=[], metavar="OFFSET=HEX",
                   help="bytes to put into the finished file")
    g.add_argument("--truncate", type=number, metavar="LENGTH")
    g.add_argument("--append", type=number, metavar="LENGTH", default=0,
                   help="zeros to add at the end")
    return p.parse_args()


def main():
    a = parse_arguments()
    if a.image.startswith("make:"):
        image = make_image(*map(number, a.image[5:].split(":")))
    else:
        image = read_file(a.image)
    if a.inner_cert:
        image = add_certificates(image, read_file(a.inner_cert))
    if a.pad:
        image = pad_to_image_size(image)
    out = make_zboot(
        image, a.codec, label=a.label, machine=a.machine, fast=a.fast,
        payload=read_file(a.payload) if a.payload else None,
        payload_offset=a.payload_offset, payload_size=a.payload_size,
        out_len=a.out_len, kind=a.kind.encode(),
        linux_magic=not a.no_linux_magic)
    if a.outer_cert:
        out = add_certificates(out, read_file(a.outer_cert))
    out = bytearray(out)
    for change in a.set:
        offset, _, value = change.partition("=")
        value = bytes.fromhex(value)
        out[number(offset):number(offset) + len(value)] = value
    out = bytes(out[:a.truncate]) + bytes(a.append)
    with open(a.out, "wb") as file:
        file.write(out)


if __name__ == "__main__":
    try:
        main()
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        sys.exit("mkzboot.py: %s" % error)
