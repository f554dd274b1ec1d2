#!/usr/bin/python3
"""Write the seeds of the fuzzers of DHCP leases: tests/fuzz/mkcorpus_lease.py.

What udhcpc and udhcpc6 tell their script, as messages, and what PXE has in
option 43; and some that are wrong in one way each.
"""
from pathlib import Path

CORPUS = Path(__file__).resolve().parent / "corpus"

BASE = {"interface": "eth0", "ip": "192.0.2.7", "subnet": "255.255.255.0"}
FULL = dict(
    BASE, lease="3600", mtu="1500", router="192.0.2.1", dns="192.0.2.2 9.9.9.9",
    ntpsrv="192.0.2.3", serverid="192.0.2.2", siaddr="192.0.2.4",
    hostname="node7", domain="example.org", search="example.org example.net",
    tftp="boot.example.org", bootfile="http://boot.example.org/linux.efi",
    boot_file="linux.efi", sname="boot", rootpath="192.0.2.4:/srv/root",
    vendor="HTTPClient", pxeconffile="a.cfg", pxepathprefix="/boot/",
    opt43="0601080a04000000ff")
ROUTES = dict(FULL, staticroutes="0.0.0.0/0 192.0.2.9 10.0.0.0/8 0.0.0.0")
IPV6 = {"interface": "eth0", "ipv6": "2001:db8::7", "lease": "3600",
        "dns": "2001:db8::2 2001:db8::3", "fqdn": "node7.example.org",
        "bootfile_url": "http://[2001:db8::4]/linux.efi"}

SERVERS = "0812000200000f03c0000209c000020ac000020b"
MENU = "090e000004" + b"Disk".hex() + "000f04" + b"Next".hex()
PROMPT = "0a0305" + b"Hi".hex()
PXE = {
    "file": "060108ff",
    "servers": f"060107{SERVERS}{MENU}{PROMPT}ff",
    "multicast": f"0601010704e0000102{MENU}ff",
    "chosen": f"{SERVERS}4704000f0000ff",
    "dnsmasq": f"0601030807000f01c0000209090a000f07{b'Install'.hex()}"
               f"0a0505{b'Wait'.hex()}ff",
    "cut": "08070010",
    "twice": "060108060108",
    "no-host": "0807000f0100000000ff",
}

SEEDS = {
    "bound": ("bound", FULL),
    "bound-pxe": ("bound", dict(FULL, vendor="PXEClient")),
    "renew-routes": ("renew", ROUTES),
    "bound-ipv6": ("bound", IPV6),
    "deconfig": ("deconfig", {"interface": "eth0"}),
    "nak": ("nak", {"interface": "eth0", "message": "wrong network"}),
    "leasefail": ("leasefail", {"interface": "eth0"}),
    "mask-holes": ("bound", dict(BASE, subnet="255.0.255.0")),
    "name-shell": ("bound", dict(BASE, hostname="a;$(reboot)")),
    "router-zero": ("bound", dict(BASE, router="0.0.0.0")),
}


def main():
    for folder in ("lease", "lease_pxe"):
        (CORPUS / folder).mkdir(parents=True, exist_ok=True)
    for name, (event, values) in SEEDS.items():
        words = [event] + [f"{k}={v}" for k, v in values.items()]
        data = "".join(w + "\0" for w in words).encode()
        (CORPUS / "lease" / name).write_bytes(data)
    for name, text in PXE.items():
        (CORPUS / "lease_pxe" / name).write_bytes(bytes.fromhex(text))


if __name__ == "__main__":
    main()
