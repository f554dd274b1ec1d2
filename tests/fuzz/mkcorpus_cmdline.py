#!/usr/bin/python3
"""Write the seeds of the fuzzer for command lines:
tests/fuzz/mkcorpus_cmdline.py. The same bytes come out every time."""
from mkcorpus import CORPUS

SEEDS = {
    "debian": b"BOOT_IMAGE=/vmlinuz root=UUID=1 ro quiet splash\n\n"
              b"vt.handoff=7 loglevel=3\n",
    "consoles": b"console=tty0 console=ttyS0,115200n8 ro\n"
                b"tty0 ttyS0 hvc0\n",
    "address": b"console=uart8250,io,0x3f8,115200 earlycon\ntty0 ttyS0\n",
    "bad-console": b"console=ttyS0;x console= console=\"a b\" console\nx;y\n",
    "init": b"quiet -- quiet console=ttyS0\nadded\n",
    "quotes": b"\"quiet\" a=\"quiet splash\" \"loglevel=1\" b=\"x\n y\" z\n",
    "quoted-end": b"a \"--\" quiet\n",
    "blanks": b"\t a\xa0b \x7f\x01 quiet  \n\r\n  \nq\n",
    "many": b"a\n" * 60,
    "long": b"quiet " + b"a" * 8180 + b"\nquiet\n",
    "plymouth": b"plymouth.enable=0 rd.systemd.show-status=1 debug\n",
}


def main():
    folder = CORPUS / "cmdline"
    folder.mkdir(parents=True, exist_ok=True)
    for name, seed in SEEDS.items():
        (folder / name).write_bytes(seed)


if __name__ == "__main__":
    main()
