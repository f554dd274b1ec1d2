#!/usr/bin/python3
"""Write the seeds of the fuzzers of how the network is set up and of entries
that come from it: tests/fuzz/mkcorpus_net_config.py.

Every word and key once, and some texts that are wrong in one way each.
"""
from pathlib import Path

CORPUS = Path(__file__).resolve().parent / "corpus"

DIGEST = "0123456789abcdef" * 4
URL = "https://boot.example.org"

SETTINGS = {
    "first": "first\n",
    "dhcp": "en* dhcp=v4 slaac=no mtu=1500\nmac=52:54:00:12:34:56 dhcp=v6\n",
    "static": "path=0000:03:00.0 address=192.0.2.7/24 gateway=192.0.2.1 "
              "route=10.0.0.0/8,192.0.2.2 dns=192.0.2.3\n",
    "static-ipv6": "eth0 vlan=100 address=2001:db8::7/64 gateway=fe80::1 "
                   "route=2001:db8:1::/48,2001:db8::1 dns=2001:db8::2\n",
    "bond": "eth[01] bond=active-backup\n"
            "ens* bond=802.3ad name=lacp0 vlan=4094 dhcp=both\n",
    "twice": "first\nfirst dhcp=v4\n",
    "network-address": "first address=192.0.2.0/24\n",
    "gateway-family": "first address=192.0.2.7/24 gateway=fe80::1\n",
}

ENTRIES = {
    "uki": f"uki-url {URL}/linux.efi\n",
    "mirrors": f"title Debian\nuki-url = {URL}/${{arch}}/a.efi "
               f"http://192.0.2.4:8080/a.efi tftp://[2001:db8::4]/a.efi\n"
               f"sha256 = {DIGEST}\nmax-size = 512M\n",
    "linux": f"version 6.12\nsort-key a\nmachine-id 0\narchitecture x64\n"
             f"linux {URL}/k?m=${{mac}}\ninitrd {URL}/i\nsha256 {DIGEST}\n"
             f"initrd {URL}/${{uuid}}/j\ndevicetree {URL}/d\n"
             f"options root=/dev/sda1 host=${{hostname}}\noptions quiet\n"
             f"timeout 60\nretry 5\non-failure hold\n",
    "initrd-first": f"initrd {URL}/i\nlinux {URL}/k\n",
    "secrets": f"uki-url {URL}/a\nca site.pem\nclient-cert a.pem\n"
               f"client-key a.key\nauth-bearer token\nheader X-Rack: 7\n"
               f"header X-Row: a b\n",
    "basic": f"uki-url {URL}/a\nauth-basic user\non-failure next\n",
    "unknown": f"colour blue\nuki-url {URL}/a\nefi /a\n",
    "initrd-beside": f"uki-url {URL}/a\ninitrd {URL}/b\n",
    "open-template": "uki-url http://h/${mac\n",
    "own-header": f"uki-url {URL}/a\nheader Host: b\n",
}


def write(folder, seeds):
    to = CORPUS / folder
    to.mkdir(parents=True, exist_ok=True)
    for name, text in seeds.items():
        (to / name).write_bytes(text.encode())


if __name__ == "__main__":
    write("net_settings", SETTINGS)
    write("net_entry", ENTRIES)
