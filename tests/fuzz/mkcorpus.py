#!/usr/bin/python3
"""Write the seeds of the header parsers' fuzzers: tests/fuzz/mkcorpus.py.

Each seed is a small file that its parser accepts, or that is wrong in one
interesting way; the fuzzers go on from there. The same bytes come out every
time, so that a change of this script shows as a change of the corpus.
"""
import struct
import zlib
from pathlib import Path

CORPUS = Path(__file__).resolve().parent / "corpus"
PKI = Path(__file__).resolve().parent.parent / "data" / "pki"

X86, ARM64, I386 = 0x8664, 0xAA64, 0x014C
RISCV64, LOONGARCH64 = 0x5064, 0x6264
LINUX_MAGIC = 0x818223CD


def up(value, align):
    return (value + align - 1) // align * align


def pe(machine, sections, headers=0x400, plus=True, cert=0, tail=b"",
       behind=b"", dirs=6, file_align=0x200, sect_align=0x1000):
    """A PE file; sections are (name, content[, virtual size])."""
    fixed = 112 if plus else 96
    body, table = b"", b""
    address = up(headers, sect_align)
    for name, content, *size in sections:
        size = size[0] if size else len(content)
        raw = up(len(content), file_align)
        at = up(headers + len(body), file_align) if raw else 0
        table += struct.pack("<8sIIIIIIHHI", name.encode(), size, address,
                             raw, at, 0, 0, 0, 0, 0x40000040)
        if raw:
            body = body.ljust(at - headers, b"\0")
            body += content.ljust(raw, b"\0")
        address = up(address + max(size, 1), sect_align)
    body += tail
    end = up(headers + len(body), 8)
    body = body.ljust(end - headers, b"\0")
    if cert:
        body += struct.pack("<IHH", cert, 0x200, 2).ljust(cert, b"\x30")
    coff = struct.pack("<4sHHIIIHH", b"PE\0\0", machine, len(sections), 0, 0,
                       0, fixed + 8 * dirs, 0x206)
    optional = struct.pack("<HBBIIIII", 0x20B if plus else 0x10B, 2, 20, 0, 0,
                           0, 0x1000, 0x1000)
    optional += struct.pack("<Q", 0) if plus else struct.pack("<II", 0, 0)
    optional += struct.pack("<IIHHHHHHIIIIHH", sect_align, file_align, 0, 0,
                            0, 0, 0, 0, 0, address, headers, 0, 10, 0x100)
    optional = optional.ljust(fixed - 4, b"\0") + struct.pack("<I", dirs)
    optional += struct.pack("<II", 0, 0) * 4
    optional += struct.pack("<II", end if cert else 0, cert)
    optional = optional.ljust(fixed + 8 * dirs, b"\0")
    dos = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40)
    head = dos + coff + optional + table
    assert len(head) <= headers, (len(head), headers)
    return head.ljust(headers, b"\0") + body + behind


def patch(data, at, fmt, *values):
    new = struct.pack(fmt, *values)
    return data[:at] + new + data[at + len(new):]


def seeds_pe():
    text = (".text", b"\xcc" * 0x30)
    yield "plain", pe(X86, [text])
    yield "pe32", pe(I386, [text, (".data", b"x")], plus=False)
    yield "signed", pe(X86, [text, (".data", b"x")], cert=0x40, dirs=16)
    yield "signed-padded", pe(ARM64, [text], cert=0x40, behind=bytes(100))
    yield "symbols", pe(X86, [text], tail=b"symbols" * 9, cert=0x18)
    yield "bss", pe(X86, [text, (".bss", b"", 0x5000), ("/14", b"long")])
    yield "empty-section", pe(X86, [text, (".cmdline", b"", 0)])
    yield "small-alignment", pe(X86, [(".setup", b"s" * 64), text],
                                headers=0x200, file_align=0x20,
                                sect_align=0x20)
    yield "many", pe(ARM64, [(f".s{i}", b"", 1) for i in range(60)],
                     headers=0xC00)
    good = pe(X86, [text, (".data", b"x")])
    yield "overlap-raw", patch(good, 0x40 + 24 + 160 + 40 + 20, "<I", 0x400)
    yield "overlap-virtual", patch(good, 0x40 + 24 + 160 + 40 + 12, "<I",
                                   0x1000)
    yield "section-past-eof", patch(good, 0x40 + 24 + 160 + 16, "<I",
                                    0xFFFFFFFF)


def magic(version, what="stub"):
    text = f"#### LoaderInfo: systemd-{what} {version} ####"
    return (".sdmagic", text.encode())


def seeds_uki():
    linux, osrel = (".linux", b"kernel"), (".osrel", b"ID=x\nNAME='X y'\n")
    cmdline, initrd = (".cmdline", b"quiet"), (".initrd", b"070701")
    rest = [(n, n.encode()) for n in (".ucode", ".splash", ".dtb", ".uname",
                                      ".sbat", ".pcrsig", ".pcrpkey",
                                      ".hwids", ".efifw")]
    auto = (".dtbauto", b"tree")

    def uki(*sections):
        return pe(X86, sections, headers=up(0x140 + 40 * len(sections), 64),
                  file_align=0x20)

    yield "bare", uki(linux)
    yield "stub252", uki(magic("252.39-1~deb12u2"), osrel, cmdline, linux,
                         initrd)
    yield "everything", uki(magic("262.1-1"), linux, osrel, cmdline, initrd,
                            *rest, auto, auto)
    yield "profiles", uki(magic("257.13-1~deb13u1"), linux, osrel, cmdline,
                          (".profile", b"ID=main\nTITLE=Main\n"),
                          (".profile", b"ID=f\nTITLE='F'\n"),
                          (".cmdline", b"factory"), (".profile", b""),
                          (".initrd", b"", 0))
    yield "33-profiles", uki(magic("262"), linux,
                             *[(".profile", b"", 0)] * 33)
    yield "profile-old-stub", uki(magic("256"), linux, (".profile", b"ID=x"))
    yield "twice", uki(magic("262"), linux, cmdline, cmdline)
    yield "prefix", uki(magic("252"), linux, (".linux2", b"other"))
    yield "dtbauto-old-stub", uki(magic("254"), linux, auto)
    yield "addon", uki(magic("262.1-1", "addon"), cmdline)
    yield "no-linux", uki(magic("262"), osrel)
    yield "thin", uki(osrel, cmdline, (".linux", b"\\EFI\\k"),
                      (".initrd", b"\\EFI\\i"), (".linuxh", bytes(32)),
                      (".initrdh", bytes(32)))
    yield "zero-tail", uki(linux, (".initrd", b"x", 0x50))
    yield "two-magics", uki(magic("262"), magic("257"), linux)


def zboot(machine, label, payload, out_len, cert=0, kind=b"zimg"):
    text = bytes(16) + payload
    if label != b"gzip":
        text += struct.pack("<I", out_len)
    data = pe(machine, [(".text", text + bytes(4)), (".data", b"", 0x400)],
              cert=cert)
    data = patch(data, 4, "<4sII", kind, 0x410, len(payload))
    data = patch(data, 0x18, f"<{len(label)}s", label)
    return patch(data, 0x38, "<I", LINUX_MAGIC)


def seeds_zboot():
    gzip = bytes.fromhex("1f8b08000000000002034bcc4b01006dab")
    gzip = gzip[:-4] + struct.pack("<II", 0, 0x10000)
    for label in (b"zstd", b"zstd22", b"xzkern", b"lzma", b"lz4", b"lzo"):
        yield label.decode(), zboot(ARM64, label, b"payload", 0x10000)
    yield "gzip", zboot(ARM64, b"gzip", gzip, 0)
    yield "signed", zboot(LOONGARCH64, b"zstd", b"payload", 0x10000, 0x20)
    yield "zelf", zboot(RISCV64, b"zstd", b"payload", 1 << 20, kind=b"zelf")
    yield "label", zboot(ARM64, b"zstdXYZ", b"payload", 0x10000)
    yield "label-no-end", zboot(ARM64, b"z" * 32, b"payload", 0x10000)
    yield "bomb", zboot(ARM64, b"zstd", b"payload", 0xFFFFFFFF)
    yield "sum-wraps", patch(zboot(ARM64, b"zstd", b"payload", 64), 8, "<II",
                             0xFFFFF000, 0x1500)


def bzimage(data, protected, code_len):
    data = patch(data, 0x1F1, "<B", protected // 512 - 1)
    data = patch(data, 0x1F4, "<I", code_len // 16)
    data = patch(data, 0x1FE, "<HBB4sH", 0xAA55, 0xEB, 0x6A, b"HdrS", 0x20F)
    data = patch(data, 0x20E, "<HBB", 0x200, 0, 1)
    data = patch(data, 0x22C, "<IIBBHI", 0x7FFFFFFF, 0x200000, 1, 0, 0x7F,
                 2047)
    data = patch(data, 0x248, "<II", 0, code_len)
    return patch(data, 0x258, "<QI", 0x1000000, 0x300000)


def image(data, kind, size):
    data = patch(data, 8, "<QQQ", 0x80000, size, 0x0A)
    return patch(data, 56, "<4s", kind)


def seeds_kimage():
    setup = (".setup", b"6.1.0 (me@host) #1")
    text = (".text", b"\xfc" * 0x200)
    plain = pe(X86, [setup, text])
    yield "bzimage", bzimage(plain, 0x600, 0x200)
    yield "bzimage-signed", bzimage(pe(X86, [setup, text], cert=0x40), 0x600,
                                    0x200)
    yield "bzimage-no-efi", bzimage(b"\xea\5\0\xc0" + bytes(0x7FC), 0x600,
                                    0x200)
    yield "bzimage-cut", bzimage(plain, 0x600, 0x200)[:0x250]
    arm = pe(ARM64, [text], cert=0x40)
    yield "arm64", image(pe(ARM64, [text]), b"ARM\x64", 0x2000)
    yield "arm64-signed", image(arm, b"ARM\x64", 0x2000)
    yield "arm64-padded", image(arm.ljust(0x800, b"\0"), b"ARM\x64", 0x800)
    yield "arm64-no-efi", image(bytes(0x100), b"ARM\x64", 0x2000)
    yield "riscv", image(pe(RISCV64, [text]), b"RSC\5", 0x2000)
    yield "loongarch", image(pe(LOONGARCH64, [text]),
                             struct.pack("<I", LINUX_MAGIC), 0x2000)


def seeds_osrel():
    yield "debian", (b'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'
                     b'NAME="Debian GNU/Linux"\nVERSION_ID="12"\n'
                     b'VERSION="12 (bookworm)"\nID=debian\n')
    yield "quotes", (b"NAME=a\"b c\"'d e'\\f\nVERSION=\"\\\"\\$\\`\\\\\"\r\n"
                     b"ID='\n#ID=c\n")
    yield "bytes", b"NAME=\xff\xe2\x82\xac\xe2\x80\xae\x1b[2J\nID=\0ID=x\n"
    yield "image-id", b"IMAGE_ID=appliance\nIMAGE_VERSION=3\n"


def gpt(entries, count=8, size=128, disk=100000, seal=True):
    table = b""
    for kind, unique, first, last, name in entries:
        entry = struct.pack("<16s16sQQQ", kind * 16, unique * 16, first,
                            last, 0) + name.encode("utf-16-le",
                                                   "surrogatepass")
        table += entry.ljust(size, b"\0")
    table = table.ljust(count * size, b"\0")
    crc = zlib.crc32(table) if seal else 0

    def header(own):
        return struct.pack("<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92,
                           own, 0, 1, disk - 1, 2048, disk - 100, b"d" * 16,
                           2, count, size, crc)

    own = zlib.crc32(header(0)) if seal else 0
    return header(own).ljust(512, b"\0") + table


def seeds_gpt():
    esp = (b"E", b"1", 2048, 4095, "EFI System")
    root = (b"R", b"2", 4096, 90000, "root \U0001f680 \ud83d")
    yield "two", gpt([esp, root])
    yield "not-sealed", gpt([esp, root], seal=False)
    yield "large-entries", gpt([esp], count=4, size=512)
    yield "full", gpt([(b"R", bytes([i + 1]), 2048 + i, 2048 + i, "p")
                       for i in range(32)], count=32)
    yield "overlap", gpt([esp, (b"R", b"2", 4095, 5000, "")])
    yield "twice", gpt([esp, (b"R", b"1", 5000, 5000, "")])
    yield "outside", gpt([(b"R", b"2", 100, 5000, "")])
    yield "short", gpt([esp], count=128)[:700]
    yield "mbr", bytes(446) + bytes(4) + b"\xee" + bytes(59) + b"\x55\xaa"
    yield "guid", b"c12a7328-f81f-11d2-ba4b-00a0c93ec93b"


def pki(name):
    return (PKI / name).read_bytes()


def certificates(name):
    """The certificate table of an image."""
    data = pki(name)
    at, size = struct.unpack_from("<II", data, 0xE8)
    return data[at:at + size]


def signature(name):
    """The DER in the first WIN_CERTIFICATE of an image."""
    table = certificates(name)
    size = struct.unpack_from(">H", table, 10)[0]
    return table[8:12 + size]


def seeds_x509():
    for name in ("ca", "rsa", "p256", "p384", "p521", "ed25519", "v1"):
        yield name, pki(name + ".der")


def seeds_pkcs7():
    for name in ("sbsign", "osslsigncode", "pesign"):
        yield name, signature(name + ".efi")
    # without the ContentInfo around it, and with padding behind it
    yield "bare", signature("pesign.efi")[19:]
    yield "padded", signature("osslsigncode.efi") + bytes(6)
    yield "detached", pki("detached.p7s")
    yield "attached", pki("attached.p7s")


def seeds_authenticode():
    text = (".text", b"\xcc" * 0x30)
    two = (".data", b"x")
    table = struct.pack("<IHH", 0x15, 0x200, 2).ljust(0x18, b"\0")
    table += struct.pack("<IHH", 0x11, 0x200, 0x0EF1).ljust(0x11, b"\1")
    for name in ("sbsign-twice", "osslsigncode"):
        yield name, pki(name + ".efi")
    yield "plain", pe(X86, [text, two])
    yield "odd", pe(X86, [text], behind=b"odd")
    yield "pe32", pe(I386, [text, two], plus=False, cert=0x18)
    yield "no-directory", pe(X86, [text], dirs=0)
    yield "symbols", pe(X86, [text, (".bss", b"", 0x500)], tail=b"s" * 9,
                        cert=0x18)
    yield "gap", patch(pe(X86, [text, two]), 0x40 + 24 + 60, "<I", 0x300)
    yield "behind", pe(X86, [text], cert=0x18, behind=b"x")
    tables = pe(ARM64, [text], cert=len(table))
    yield "two-entries", tables[:-len(table)] + table


def seeds_claims():
    def entry(kind, body):
        return struct.pack("<IHH", 8 + len(body), 0x200, kind) + body

    x509 = entry(1, b"12345678")
    signed = certificates("pesign.efi")
    for name in ("osslsigncode", "sbsign-twice"):
        yield name, certificates(name + ".efi")
    yield "second", x509 + entry(0xEF1, bytes(16)) + signed
    yield "not-padded", entry(1, b"12345") + signed
    yield "no-pkcs7", entry(2, b"junk") + signed
    yield "endless", struct.pack("<IHH", 0xFFFFFFF9, 0x200, 1) + signed
    yield "no-step", struct.pack("<IHH", 0, 0x200, 1) + signed
    yield "detached", entry(2, pki("detached.p7s"))


def write(targets):
    """Seeds into the folders of their targets."""
    for name, seeds in targets.items():
        folder = CORPUS / name
        folder.mkdir(parents=True, exist_ok=True)
        for seed, data in seeds():
            (folder / seed).write_bytes(data)


if __name__ == "__main__":
    write({"pe": seeds_pe, "uki": seeds_uki, "zboot": seeds_zboot,
           "kimage": seeds_kimage, "osrel": seeds_osrel, "gpt": seeds_gpt,
           "x509": seeds_x509, "pkcs7": seeds_pkcs7,
           "authenticode": seeds_authenticode, "claims": seeds_claims})
