#!/usr/bin/python3
"""Makes the seeds of the fuzz targets that know machines: tests/fuzz/corpus/
{hwids,smbios,fdt_overlay}. Needs dtc."""

import pathlib
import struct
import subprocess

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"


def hwids(*records):
    at, table, strings = 28 * (len(records) + 1), b"", b""
    for kind, chid, name, value in records:
        table += struct.pack("<I16sII", kind << 28 | 28, chid,
                             at + len(strings),
                             at + len(strings) + len(name) + 1)
        strings += name + b"\0" + value + b"\0"
    return table + bytes(28) + strings


def seeds_hwids():
    board = (1, b"1" * 16, b"Board", b"vendor,board")
    firmware = (2, b"2" * 16, b"Board", b"fw-1")
    yield "one", hwids(board)
    yield "two", hwids(board, firmware)
    yield "none", hwids()
    yield "no-end", hwids(board)[:28]
    yield "kind", hwids((3, b"3" * 16, b"", b""))
    yield "open", hwids(board)[:-1]


def structure(kind, area, *strings):
    text = b"".join(one + b"\0" for one in strings) or b"\0"
    return struct.pack("<BBH", kind, 4 + len(area), 0) + area + text + b"\0"


def seeds_smbios():
    bios = structure(0, b"\1\2" + bytes(14) + b"\1\2" + bytes(2), b"V", b"1.2")
    system = structure(1, b"\1\2" + bytes(19) + b"\3\4", b"Maker", b"Board",
                       b"00sku ", b"Family")
    board = structure(2, b"\1\2", b"Maker", b"Base")
    oem = structure(11, b"\2", b"a=b",
                    b"io.systemd.stub.kernel-cmdline-extra=quiet")
    end = structure(127, b"")
    yield "machine", bios + system + board + oem + end
    yield "no-end", system + board
    yield "short", b"\1\3\0\0\0\0"
    yield "open", system[:-1]
    yield "number", structure(1, b"\11\0", b"one")


def dtb(source):
    return subprocess.run(["dtc", "-q", "-@", "-I", "dts", "-O", "dtb"],
                          input=source.encode(), check=True,
                          capture_output=True).stdout


def seeds_fdt_overlay():
    def pair(base, overlay):
        return struct.pack("<I", len(base)) + base + overlay

    base = dtb('/dts-v1/;/{compatible="v,b";b: b{u: u{s="n";};};};')
    fits = dtb('/dts-v1/;/plugin/;&u{s="y";e{l=<&b>;};};')
    other = dtb('/dts-v1/;/plugin/;&x{s="y";};')
    yield "fits", pair(base, fits)
    yield "other", pair(base, other)
    yield "swapped", pair(fits, base)
    yield "path", pair(base, dtb('/dts-v1/;/plugin/;&{/b}{n=<1>;};'))


def main():
    for name, seeds in [("hwids", seeds_hwids), ("smbios", seeds_smbios),
                        ("fdt_overlay", seeds_fdt_overlay)]:
        folder = CORPUS / name
        folder.mkdir(parents=True, exist_ok=True)
        for seed, data in seeds():
            (folder / seed).write_bytes(data)


if __name__ == "__main__":
    main()
