#!/usr/bin/python3
"""Write the seeds of the fuzzer of a BMC's boot flags:
tests/fuzz/mkcorpus_ipmi.py."""
from pathlib import Path

CORPUS = Path(__file__).resolve().parent / "corpus" / "ipmi_boot"

SEEDS = {
    "none": "00 01 05 00 00 00 00 00",
    "network-once": "00 01 05 80 04 00 00 00",
    "disk-persistent-uefi": "00 01 05 e0 08 00 00 00",
    "setup-once": "00 01 05 80 18 00 00 00",
    "reserved-device": "00 01 05 80 28 00 00 00",
    "locked": "00 01 85 80 04 00 00 00",
    "other-parameter": "00 01 04 00 00",
    "cut": "00 01 05 80",
    "longer": "00 01 05 80 04 00 00 00 00 00",
    "busy": "c0",
    "unsupported": "80",
}


def main():
    CORPUS.mkdir(parents=True, exist_ok=True)
    for name, data in SEEDS.items():
        (CORPUS / name).write_bytes(bytes.fromhex(data))


if __name__ == "__main__":
    main()
