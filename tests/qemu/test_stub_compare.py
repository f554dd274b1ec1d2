"""What systemd-stub makes of a UKI under UEFI, and what keelboot makes of the
same UKI on the same disk: the same command line, the same files below /.extra
with the same contents, modes and owners, and the same order of everything that
is put into the initrd. The UKI, its profiles and addons are ukify's, the stub
and systemd-boot are Debian's."""

import os
import pathlib
import subprocess

import pytest

from conftest import TOP
from report import OWN_FILES, take_report
from test_uefi import FIRMWARE

ARCH = "x86_64"
CMDLINE = "console=ttyS0 no_timer_check keelboot.test=report"
OS_RELEASE = "ID=compare\nPRETTY_NAME=Compare\n"
BESIDE = "/EFI/Linux/compare.efi.extra.d"
SMBIOS = ("-smbios",
          "type=11,value=io.systemd.stub.kernel-cmdline-extra=from.smbios")


def tools(kind):
    made = subprocess.run([TOP / "scripts/fetch-tools.sh", kind], check=True,
                          capture_output=True, text=True)
    return pathlib.Path(made.stdout.split()[-1])


def archive(folder, name):
    """An initrd that says that it was there, and that it was the last; with a
    folder as initrds with systemd have it, but for its mode."""
    root = folder / f"archive-{name}"
    tmpfiles = root / "usr/lib/tmpfiles.d"
    tmpfiles.mkdir(parents=True)
    tmpfiles.chmod(0o750)
    names = [f"was-{name}", "last", "usr", "usr/lib", "usr/lib/tmpfiles.d"]
    for file in names[:2]:
        (root / file).write_text(name)
    packed = subprocess.run(
        ["cpio", "-o", "-H", "newc", "-R", "0:0", "--quiet"], cwd=root,
        input="\n".join(names).encode(), check=True,
        capture_output=True).stdout
    path = folder / f"{name}.cpio"
    path.write_bytes(packed)
    return path


class Maker:
    """Makes what is on the disk, below a folder."""

    def __init__(self, lab, version):
        self.lab, self.work, self.version = lab, lab.work, version
        self.ukify = tools("ukify-262") / "bin/ukify"
        self.efi = tools("stub-262") / "root/usr/lib/systemd/boot/efi"

    def build(self, out, **parts):
        words = [f"--{name.replace('_', '-')}={one}"
                 for name, value in parts.items()
                 for one in (value if isinstance(value, list) else [value])]
        subprocess.run([self.ukify, "build", *words,
                        f"--output={self.work / out}"], check=True,
                       stdout=subprocess.DEVNULL)
        return self.work / out

    def addon(self, name, initrd=None, ucode=None, **parts):
        sections = []
        if initrd:
            sections.append(f".initrd:@{archive(self.work, initrd)}")
        if ucode:
            sections.append(f".ucode:@{archive(self.work, ucode)}")
        return self.build(name, stub=self.efi / "addonx64.efi.stub",
                          section=sections, **parts)

    def text(self, name, text):
        (self.work / name).write_text(text)
        return self.work / name

    def parts(self):
        return {"stub": self.lab.stub(ARCH, self.version),
                "linux": self.lab.asset(ARCH, "own-kernel"),
                "initrd": self.lab.asset(ARCH, "second-initrd"),
                "cmdline": CMDLINE, "uname": "6.1.0-compare"}

    def sections(self):
        return {".pcrsig": self.text("pcrsig", '{"sha256":[]}'),
                ".pcrpkey": self.text("pcrpkey", "-----BEGIN")}

    def old_uki(self):
        """Today's ukify finds no room for .sbat in old stubs."""
        return self.lab.uki(
            ARCH, "compare.efi", **self.parts(),
            osrel=self.text("osrel", OS_RELEASE),
            section=[f"{name}={path}"
                     for name, path in self.sections().items()])

    def uki(self):
        if self.version < 257:
            return self.old_uki()
        stub = self.efi / "addonx64.efi.stub"
        profiles = [
            self.build("one.efi", stub=stub, profile="ID=main\nTITLE=Main\n"),
            self.build("two.efi", stub=stub,
                       profile="ID=other\nTITLE=Other\n",
                       cmdline=CMDLINE + " profile.other")]
        sections = {**self.sections(),
                    ".ucode": archive(self.work, "uki-ucode")}
        return self.build(
            "compare.efi", **self.parts(), os_release=OS_RELEASE,
            section=[f"{name}:@{path}" for name, path in sections.items()],
            join_profile=profiles)

    def files(self):
        boot = self.efi / "systemd-bootx64.efi"
        return {
            "/EFI/BOOT/BOOTX64.EFI": boot,
            "/EFI/Linux/compare.efi": self.uki(),
            "/loader/addons/z.addon.efi":
                self.addon("z.efi", cmdline="addon.global", ucode="z-ucode"),
            f"{BESIDE}/b.addon.efi":
                self.addon("b.efi", cmdline="addon.b", initrd="b-initrd",
                           ucode="b-ucode"),
            f"{BESIDE}/A.addon.efi":
                self.addon("a.efi", cmdline="addon.a", initrd="a-initrd",
                           uname="6.1.0-compare"),
            f"{BESIDE}/wrong.addon.efi":
                self.addon("w.efi", cmdline="addon.wrong", uname="5.4"),
            f"{BESIDE}/one.cred": b"one",
            f"{BESIDE}/TWO.CRED": b"",
            f"{BESIDE}/a-b.cred": b"12345",
            f"{BESIDE}/.hidden.cred": b"hidden",
            f"{BESIDE}/sys.raw": b"system",
            f"{BESIDE}/sys.sysext.raw": b"extension",
            f"{BESIDE}/conf.confext.raw": b"configuration",
            f"{BESIDE}/readme.txt": b"no companion",
            "/loader/credentials/all.cred": os.urandom(4097),
            "/loader/extensions/all.sysext.raw": os.urandom(10000),
            "/loader/extensions/any.raw": b"any",
            "/loader/extensions/all.confext.raw": b"all",
        }


TMPFILES = "/usr/lib/tmpfiles.d"


def made_of(report):
    """What of a report must be the same."""
    own = OWN_FILES | {"/.extra/keelboot"}
    return {
        "cmdline": report.cmdline,
        "files": {path: digest for path, digest in report.files.items()
                  if path not in own and not path.startswith("/sys/")},
        "modes": {path: mode for path, mode in report.modes.items()
                  if path not in own},
    }


def by_stub(lab, files, entry):
    """systemd-boot starts an entry, and nobody is asked."""
    conf = f"timeout 0\ndefault {entry}\n".encode()
    disk = lab.disk({**files, "/loader/loader.conf": conf}, name="stub.img")
    vm = lab.start(ARCH, disks=[disk], firmware=FIRMWARE[ARCH], memory=1024,
                   extra=SMBIOS)
    return take_report(vm)


def check_own(report, has_folder):
    """What keelboot adds changes nothing of the initrd's own."""
    assert report.modes["/.extra/keelboot/entry"] == (0o444, 0, 0)
    assert report.modes["/.extra/keelboot/log"] == (0o400, 0, 0)
    assert (f"{TMPFILES}/keelboot.conf" in report.files) == has_folder
    if has_folder:
        assert report.modes[TMPFILES] == (0o750, 0, 0)


def by_keelboot(lab, files, entry):
    disk = lab.disk(files, name="keelboot.img")
    vm = lab.vm(ARCH, disk, extra=SMBIOS,
                options=f"keelboot.timeout=1 keelboot.default={entry}")
    return take_report(vm)


@pytest.mark.parametrize("version, entry", [
    (262, "compare.efi"), (262, "compare.efi@other"), (257, "compare.efi"),
    (252, "compare.efi")])
def test_the_same_as_systemd_stub(lab, version, entry):
    files = Maker(lab, version).files()
    stub = made_of(by_stub(lab, files, entry))
    report = by_keelboot(lab, files, entry)
    own = made_of(report)
    check_own(report, has_folder=version > 252)
    assert stub["cmdline"].startswith(CMDLINE)
    assert "/.extra/credentials/one.cred" in stub["files"]
    assert stub["modes"]["/.extra/credentials"] == (0o500, 0, 0)
    if version == 262:
        assert "addon.global addon.a addon.b from.smbios" in stub["cmdline"]
        assert ("profile.other" in stub["cmdline"]) == ("@" in entry)
        assert "/.extra/global_confext/all.confext.raw" in stub["files"]
        assert "/was-b-initrd" in stub["files"]
    assert own == stub
