"""What the tests of network boot start from: a network of the test's own
(tests/lib/netlab.py) with a machine in it, an image with a configuration,
entries and secrets, and what it is to fetch."""

import hashlib
import subprocess
import sys

import pytest

from conftest import BUILD, TOP
from report import expect_jump, take_report
from scene import KERNEL, second_options
from sign import Signer

sys.path.insert(0, str(TOP / "tests/lib"))

from netlab import IPV4, IPV6, NAME, Authority, NetLab  # noqa: E402

ENTRY = "net.conf"
UKI_SIGNER = "signed by Test image signer"
WEB = f"http://{IPV4}"


class Site:
    """A network, its servers' certificates, and what is signed."""

    def __init__(self, lab):
        self.lab = lab
        self.net = NetLab(lab.work / "net")
        self.signer = Signer(BUILD / "test-keys", lab.work)
        self.issuer = Authority(
            lab.work, self.signer.private / "servers").intermediate()

    def uki(self, arch, words=("keelboot.test=report",)):
        """One that boots and reports, or has a shell without these words;
        not signed."""
        return self.lab.uki(
            arch, "boot.efi", linux=self.lab.asset(arch, KERNEL[arch]),
            initrd=self.lab.asset(arch, "second-initrd"),
            osrel=self.lab.asset(arch, "os-release"),
            cmdline=second_options(arch, *words)).read_bytes()

    def signed_uki(self, arch, *more):
        return self.signer.image(self.uki(arch, *more))

    def machine(self, arch, conf, *entries, files=None, disks=(), cards=None,
                plugged=None, **more):
        """A machine on the network whose image has a keelboot.conf,
        entries (the first comes first) and files of theirs. plugged is what
        NetLab.card() or .ports() gave; without it cards are for the first."""
        image = in_image(self.lab, {
            "keelboot.conf": "\n".join(conf) + "\n",
            **{f"entries/{number}-{ENTRY}": entry
               for number, entry in enumerate(entries, 1)},
            **{f"network/{name}": data
               for name, data in (files or {}).items()}})
        words, fds, wire = plugged or self.net.card(**(cards or {}))
        vm = self.lab.vm(arch, *disks, image="trust.cpio.zst",
                         initrds=[image], options="", fds=fds,
                         extra=[*words, *more.pop("extra", [])], **more)
        vm.wire = wire
        return vm


@pytest.fixture
def site(lab):
    site = Site(lab)
    yield site
    site.net.close()


def in_image(lab, files):
    """An initrd with files of /etc/keelboot, secrets among them."""
    root = lab.work / "image"
    names = ["etc", "etc/keelboot"]
    for name, data in files.items():
        path = root / "etc/keelboot" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        path.chmod(0o600 if name.startswith("network/") else 0o644)
        names += [f"etc/keelboot/{name.split('/')[0]}"] if "/" in name else []
        names.append(f"etc/keelboot/{name}")
    out = lab.work / "image.cpio"
    with open(out, "wb") as file:
        subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=root,
                       input="\n".join(dict.fromkeys(names)).encode(),
                       stdout=file, check=True)
    return out


def entry(title, *lines):
    return "\n".join([f"title {title}", *lines]) + "\n"


def changed(data):
    """A signed image with one bit of its kernel flipped."""
    out = bytearray(data)
    out[len(out) // 2] ^= 1
    return bytes(out)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def boots(vm, arch, *handed_on):
    """It boots what was signed, and the next kernel is up."""
    vm.expect(f"Verified: {UKI_SIGNER}")
    expect_jump(vm, "file")
    second = take_report(vm)
    wanted = [second_options(arch, "keelboot.test=report"), *handed_on]
    assert second.cmdline == " ".join(wanted), second.cmdline
    return second
