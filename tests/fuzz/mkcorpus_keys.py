#!/usr/bin/python3
"""Write the seeds of the fuzzers of keys, in both senses, and revocations:
tests/fuzz/mkcorpus_keys.py. The same bytes come out every time."""
import base64
import struct
import uuid

from mkcorpus import CORPUS, write

KEYS = CORPUS.parent.parent / "data/keys"

X509 = "a5c059a1-94e4-4aa7-87b5-ab155c2bf072"
SHA256 = "c1c41626-504c-4092-aca9-41f936934328"
SHA384 = "ff3e5307-9fd0-48c9-85f1-8ad56c701e01"
SHA512 = "093e0fae-a6c4-4f50-9f1b-d41e2b89c19a"
TBS256 = "3bd2a492-96c0-4079-b420-fcf98ef103ed"
TBS384 = "7076876e-80c2-4ee6-aad2-28b349a6865b"
TBS512 = "446dbf63-2502-4cda-bcfa-2465d2b0fe9d"
SHA1 = "826ca512-cf10-4ac9-b187-be01496631bd"
RSA2048 = "3c5766e8-269c-4e34-aa14-ed776e85b3b6"
OWNER = "77fa9abd-0359-4d32-bd60-28f4e78f784b"
SVN = "9d132b6c-59d5-4388-ab1c-185cfcb2eb92"
PKCS7 = "4aafd29d-68df-49ee-8aa9-347d375665a7"

DER = (KEYS / "db/test-ec.der").read_bytes()
CA = (KEYS / "db/test-ca.pem").read_bytes()
HASH = b"f082231ff768890878a1c022e7cdde9c5dfbd5e196daabfbb70121de49a7ea45"


def guid(text):
    return uuid.UUID(text).bytes_le


def esl(kind, *entries, owner=OWNER, header=b""):
    body = b"".join(guid(owner) + e for e in entries)
    size = 16 + len(entries[0]) if entries else 48
    return guid(kind) + struct.pack("<III", 28 + len(header) + len(body),
                                    len(header), size) + header + body


def update(lists, cert=b"0\3\2\1\1"):
    return (struct.pack("<HBBBBBBIhBB", 2010, 3, 6, 19, 17, 21, 0, 0, 0, 0, 0)
            + struct.pack("<IHH", 24 + len(cert), 0x200, 0xEF1) + guid(PKCS7)
            + cert + lists)


def pem(data, label="CERTIFICATE"):
    text = base64.encodebytes(data).decode()
    return f"-----BEGIN {label}-----\n{text}-----END {label}-----\n".encode()


def seeds_esl():
    yield "hash", esl(SHA256, b"1" * 32, b"2" * 32)
    yield "several", (esl(SHA384, b"1" * 48) + esl(SHA512, b"2" * 64) +
                      esl(SHA1) + esl(X509, b"0123"))
    yield "tbs", (esl(TBS256, b"1" * 32 + bytes(16)) +
                  esl(TBS384, b"1" * 48 + b"\xda\7" + bytes(14)) +
                  esl(TBS512, b"1" * 64 + bytes(16)))
    yield "other", (esl(SHA1, b"1" * 20) + esl(RSA2048, b"1" * 256) +
                    esl(PKCS7, b"x"))
    yield "svn", esl(SHA256, b"\1" + b"v" * 31, owner=SVN)
    yield "header", esl(PKCS7, b"data", header=b"head")
    yield "update", update(esl(SHA256, b"1" * 32))
    yield "update-empty", update(b"")
    yield "cut", esl(SHA256, b"1" * 32)[:-1]


def seeds_pem():
    yield "one", pem(b"foobar")
    yield "text", b"Certificate:\n  Data\n" + pem(b"foo") + b"end"
    yield "two", pem(b"f") + pem(b"fo", "X")
    yield "crlf", pem(b"a" * 100).replace(b"\n", b"\r\n")
    yield "headers", pem(b"f").replace(b"-\n", b"-\nA: b\n\n", 1)
    yield "labels", pem(b"f").replace(b"END C", b"END D")
    yield "no-end", pem(b"f") * 2 + b"-----BEGIN X-----\nZm9v\n"
    yield "no-begin", b"-----END X-----\n"


def seeds_sbat():
    head = b"sbat,1,SBAT Version,sbat,1,https://example.org/SBAT.md\n"
    stub = b"systemd-stub,1,The systemd Developers,systemd,257,https://s/\n"
    level = b"sbat,1,2025051000\nshim,4\ngrub,5\ngrub.proxmox,2\n"
    yield "fine", head + stub + b"--\n" + level
    yield "revoked", (head + b"grub,4,v,p,1,u\n" + stub + b"--\n" + level)
    yield "bom", b"\xef\xbb\xbf" + head + b"\r\n\r\n" + stub
    yield "short", head + b"a,1,v\n--\n" + level
    yield "number", head + b"a,4294967296,v,p,1,u\n--\n" + level
    yield "nul", head + b"\0" + stub + b"--\nsbat,1\n\0\0"
    yield "both", b"sbat,1,v,p,1,u\n"


def seeds_manifest():
    linux = b"linux " + HASH + b"  /vmlinuz-6.1\n"
    initrd = b"initrd " + HASH + b"  /initrd.img-6.1\n"
    yield "two", b"# what boots\n\n" + linux + initrd
    yield "all", (linux + initrd * 2 + b"devicetree " + HASH + b" /b.dtb\n" +
                  b"devicetree-overlay " + HASH + b" /o.dtbo\n" +
                  b"options " + HASH + b"  -\n")
    yield "twice", linux * 2
    yield "none", initrd
    yield "options", linux + b"options " + HASH + b" x\n"
    yield "digest", linux.replace(b"f082", b"g082")


def table(items, names):
    at = 16 + 20 * len(items)
    body, head = names, b""
    for kind, digest, data in items:
        head += struct.pack("<IIIII", kind, digest, at + len(body), len(data),
                            at)
        body += data
    size = at + len(body)
    return b"KEELKEY\1" + struct.pack("<II", size, len(items)) + head + body


def seeds_keyring():
    yield "db-pem", b"\0" + CA
    yield "db-der", b"\0" + DER
    yield "db-hash", b"\0" + HASH + b"\n# comment\n"
    yield "dbx-lines", b"\1tbs:" + HASH + b"\n" + HASH * 2 + b"\n"
    yield "dbx-lists", b"\1" + esl(X509, DER) + esl(SHA256, b"1" * 32)
    yield "dbx-update", b"\1" + update(esl(TBS256, b"1" * 32 + bytes(16)))
    yield "dbx-sha1", b"\1" + esl(SHA1, b"1" * 20) + esl(SHA256, b"2" * 32)
    yield "dbx-bad-cert", b"\1" + esl(X509, b"0000")
    yield "sbat", b"\2sbat,1,2025051000\nshim,4\n"
    yield "manifest", b"\3" + CA + CA
    yield "tls", b"\4" + pem(DER)
    yield "table", table([(1, 0, b"der"), (4, 1, b"1" * 32),
                          (5, 2, b"2" * 48), (6, 0, b"sbat,1\n")], b"name\0")
    yield "table-empty", table([], b"")


ESC_PAUSE = 0x41  # 100 ms: a lone ESC is a key


def typed(text, pause=1, first=10):
    """Pairs of a pause and a byte."""
    return b"".join(bytes([pause if i else first, byte])
                    for i, byte in enumerate(text))


def slowly(text):
    return typed(text, pause=ESC_PAUSE + 1)


def seeds_keys():
    yield "arrows", typed(b"\x1b[A\x1bOB\x1b[1;5C\x1b[5D\x1b[6~\x1b[[A")
    yield "answers", typed(b"\x1b[?1;2c\x1b[>0;1;2c\x1bP>|x\x1b\\\x1b]10;x\a")
    yield "size-reports", typed(b"\x1b[8;30;100t\x1b[24;80R\x1b[1;5R\x1b[R")
    yield "late-arrow", slowly(b"\x1b[Aj\x1bOB")
    yield "late-answer", slowly(b"j\x1b[8;30;100tq\x1b]0;r\x1b\\")
    yield "split-arrow", typed(b"\x1b", 1) + typed(b"[", 1, 63) + typed(b"A")
    yield "paste", typed(b"\x1b[200~a\r\nb\t\xc3\xa9\x1b[A\x1b[201~c")
    yield "paste-without-end", slowly(b"\x1b[200~abc") + b"\x7fj"
    yield "utf8", typed("aé€😀".encode() + b"\xed\xa0\x80\xf4\x90\x80\x80"
                        b"\xc3")
    yield "controls", typed(bytes(range(32)) + b"\r\n\r\0\n\x7f")
    yield "noise", typed(bytes(range(255, 127, -1)))
    yield "host", typed(b"\x1b[2J\x1b[7;1H\x1b[K\x1b[?25h\x1b[6n\x1b[m")


def seeds_line():
    def line(limit, text, keys, secret=0):
        return bytes([limit, len(text) | secret]) + text + keys

    yield "edit", line(80, b"root=/dev/sda1 ro", b" single\x1b[D\x7fx\x01y")
    yield "words", line(80, b"a=b c",
                        b"\x1b[1;5D\x17\x1b[1;3C\x15\x0b\x19\x19")
    yield "undo", line(80, b"q",
                       b" a bc d\x7f\x7f\x1b[D\x1b[3~\x1f\x1f\x1a\x1f")
    yield "full", line(5, b"abc", b"defg\x1b[200~hij\x1b[201~\x15\x19\x19")
    yield "long", line(3, b"abcdef", b"x\x7f\x7f\x7f\x7fy\x1f\x1f")
    yield "bytes", line(40, b"\xff\xe2x\x82\xac\xc3\xa9",
                        b"\x1b[D\x1b[D\x1b[D\x7f")
    yield "secret", line(40, b"", b"hunter2\x17\x19abc\x7f\x15\x1f", 128)


def seeds_menu():
    yield "boot", typed(b"jj\x1b[A3\r")
    yield "questions", typed(b"qryqoyqsyq\x7fdyoylw1y")
    yield "edit", typed(b"e single\x17\x1f\rv\r")
    yield "search", typed(b"/a\x1b[B\r\r/zz\x1b")
    yield "pages", typed(b"ilxnf?h\x1b[5~\x1b[F\t")
    yield "late", slowly(b"\x1b[A\x1b[Bi\x1b[Dq\x1b[C\r")
    yield "list-shrinks", typed(b"jjj") + b"\xff\x02\x01\r\xe0\x28\x01\r"
    yield "password", typed(b"ep\rp\rdyp\r") + b"\1\x7c"
    yield "hidden", typed(b"jj\r\r") + bytes([1, 1, 1, 1, 1, 1])
    yield "numbers", typed(b"12\x7f\r99\r0")
    yield "size", typed(b"\x1b[8;6;20t\x0cj\x1b[8;60;200t?")


if __name__ == "__main__":
    write({"esl": seeds_esl, "pem": seeds_pem, "sbat": seeds_sbat,
           "manifest": seeds_manifest, "keyring": seeds_keyring,
           "keys": seeds_keys, "line": seeds_line, "menu": seeds_menu})
