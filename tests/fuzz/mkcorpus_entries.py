#!/usr/bin/python3
"""Write the seeds of the fuzzers of entries, their names and their order:
tests/fuzz/mkcorpus_entries.py. The same bytes come out every time."""
from pathlib import Path

CORPUS = Path(__file__).resolve().parent / "corpus"

FEDORA = b"""title Fedora (5.8.15-301.fc33.x86_64) 33 (Server Edition)
version 5.8.15-301.fc33.x86_64
linux /vmlinuz-5.8.15-301.fc33.x86_64
initrd /initramfs-5.8.15-301.fc33.x86_64.img $tuned_initrd
options $kernelopts ${tuned_params} memmap=1M$2G \\$x
id fedora-20201022144519-5.8.15-301.fc33.x86_64
grub_users $grub_users
grub_arg --unrestricted
grub_class kernel
"""
KERNEL_INSTALL = b"""# Boot Loader Specification type#1 entry
title      Debian GNU/Linux 13 (trixie)
version    6.12.73+deb13-amd64
machine-id 6a9857a393724b7a981ebb5b8495b9ea
sort-key   debian
options    root=UUID=6d3376e4-fc93-4509-95ec-a21d68011da2 ro quiet
linux      /6a98/6.12.73+deb13-amd64/linux
initrd     /6a98/6.12.73+deb13-amd64/initrd.img-6.12.73+deb13-amd64
"""
EVERYTHING = (b"\xef\xbb\xbflinux\t\\EFI\\\\x//./k \r\n#\r\narchitecture AA64\n"
              b"initrd a\ninitrd b\noptions a\noptions\tb c\n"
              b"devicetree x.dtb\ndevicetree-overlay a b\t c\n"
              b"devicetree-overlay d\nextra x.cred\nextra y.sysext.raw\n"
              b"profile 3\nnew-key x\ntitle \xff\x1b[2J\n")


def seeds_bls():
    yield "fedora", FEDORA
    yield "kernel-install", KERNEL_INSTALL
    yield "everything", EVERYTHING
    yield "uki", b"title x\nuki /fooos/bar.efi\nprofile 1\n"
    yield "uki-url", b"uki-url http://example.com/fooos.efi\n"
    yield "efi", b"efi /shell.efi\narchitecture x64\n"
    yield "two", b"linux /a\nuki /b\n"
    yield "dots", b"linux /a\ninitrd /b/../c\n"
    yield "nul", b"linux /a\0b\n"
    yield "many", b"linux /k\n" + b"initrd /i\n" * 17
    yield "long", b"linux /" + b"k" * 255 + b"\noptions " + b"o" * 4095
    yield "open", b"linux ${a/k\noptions $\n"
    yield "srel", b"type1\n"


def seeds_version():
    lists = [b"122.1", b"123~rc1-1", b"123", b"123-a", b"123-a.1", b"123-1",
             b"123-1.1", b"123^post1", b"123.a-1", b"123.1-1", b"123a-1",
             b"124-1"]
    for i in range(0, len(lists), 3):
        yield f"specification-{i // 3}", b"\n".join(lists[i:i + 3])
    yield "separators", b"1_2_3\n1+2\n1.2"
    yield "empty", b"\n0\n~"
    yield "zeros", b"~_1\n~0a\n~a"
    yield "alpha", "11α\n11β\n11a".encode()
    yield "kernels", (b"5.11.0-0.rc5.20210128git76c057c84d28.137.fc34\n"
                      b"6.12.73+deb13-amd64\n6.1.0-41-cloud-amd64")
    yield "numbers", b"18446744073709551616\n0" + b"0" * 40 + b"1\n1"


def seeds_entry():
    yield "counters", (b"|||a+3-0.efi|\n|||a+2-1.efi|\n|||a+0-3.efi|1\n"
                       b"|||a.efi|1\n|||a+10-99.conf|\n|||a+3.conf|\n")
    yield "keys", (b"fedora|6a98|6.17.8-200.fc42|6a98-6.17.8.conf|\n"
                   b"fedora|6a98|6.17.10-200.fc42|6a98-6.17.10+3.conf|\n"
                   b"debian||6.12|x.efi|2\n|6a98|9|z.conf|\n")
    yield "numbers", (b"|||a+2147483647-2147483647.efi|\n"
                      b"|||a+2147483648.efi|\n"
                      b"|||a+" + b"0" * 38 + b"12-" + b"9" * 9 + b".EFI|\n"
                      b"|||a+" + b"9" * 40 + b".efi|\n")
    yield "names", (b"|||+3.conf|\n|||auto-x.conf|A\n|||.x.efi|\n"
                    b"|||a++1.efi|Rescue\n|||a+1+2.efi|\n|||a\0+1.conf|")
    yield "ties", b"s||1.01|a_b.conf|\ns||1.1|a+b.conf|\ns||1.1|a-b.conf|"


def main():
    for name, seeds in [("bls", seeds_bls), ("version", seeds_version),
                        ("entry", seeds_entry)]:
        folder = CORPUS / name
        folder.mkdir(parents=True, exist_ok=True)
        for seed, data in seeds():
            (folder / seed).write_bytes(data)


if __name__ == "__main__":
    main()
