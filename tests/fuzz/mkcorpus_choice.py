#!/usr/bin/python3
"""Write the seeds of the fuzzer for what chooses among entries:
tests/fuzz/mkcorpus_choice.py. The same bytes come out every time."""
from mkcorpus import CORPUS

SEEDS = {
    "installed": b"timeout 3\nconsole-mode keep\ndefault debian-*\n",
    "every-key": b"default @saved\npreferred a[0-9]?.conf\n"
                 b"timeout menu-force\nconsole-mode max\nauto-entries no\n"
                 b"auto-firmware no\nauto-reboot yes\nauto-poweroff yes\n"
                 b"beep 1\nsecure-boot-enroll off\n"
                 b"secure-boot-enroll-action reboot\n"
                 b"secure-boot-enroll-timeout-sec hidden\n"
                 b"reboot-for-bitlocker no\nreboot-on-error auto\n"
                 b"random-seed-mode always\nlog-level info\neditor no\n",
    "hidden": b"# comment\r\n\ttimeout = menu-hidden\n\ntimeout=86401\n",
    "noise": bytes(range(256)),
    "variable": "debian-6.1@2.efi\0".encode("utf-16-le"),
    "variable-pair": "\N{GRINNING FACE}\N{EURO SIGN}".encode("utf-16-le"),
    "half-pair": b"\x00\xd8a\0\0\0",
    "stars": b"*a*a*a*a*b\n" + b"a" * 64,
    "sets": b"[a-z][]x][!a][-\nax!",
}


def main():
    folder = CORPUS / "loaderconf"
    folder.mkdir(parents=True, exist_ok=True)
    for name, seed in SEEDS.items():
        (folder / name).write_bytes(seed)


if __name__ == "__main__":
    main()
