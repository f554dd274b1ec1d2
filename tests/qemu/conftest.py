"""What every test of a virtual machine starts from: the files that
scripts/test-assets.sh made, disks, machines that end with the test."""

import os
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
sys.path.insert(0, str(HERE))

from vm import CONSOLE, Vm  # noqa: E402

# The check that the timer's interrupt comes fails now and then where the
# emulator gets no processor for a while.
KERNEL_OPTIONS = {"x86_64": "no_timer_check", "aarch64": ""}

BUILD = pathlib.Path(os.environ.get("KEELBOOT_BUILD", TOP / "build")).resolve()


class Lab:
    """One test's machines and disks."""

    def __init__(self, work):
        self.work = work
        self.machines, self.disks = [], []

    @staticmethod
    def asset(arch, name):
        path = BUILD / "assets" / arch / name
        assert path.exists(), \
            f"there is no {path}: run scripts/test-assets.sh {BUILD}"
        return path

    def disk(self, files, size=None, name="disk.img"):
        """A disk with an ESP; files is path in the ESP -> file or bytes."""
        path = self.work / name
        words, total = [], 0
        for number, (target, source) in enumerate(sorted(files.items())):
            if isinstance(source, bytes):
                made = self.work / f"{name}.{number}"
                made.write_bytes(source)
                source = made
            words += ["--file", f"{source}:{target}"]
            total += os.path.getsize(source)
        size = size or 40 + total * 21 // 20 // (1 << 20)
        subprocess.run([TOP / "scripts/mkdisk.sh", *words, path, str(size)],
                       check=True)
        self.disks.append(path)
        return path

    def uki(self, arch, out, **parts):
        """Makes a UKI; parts are mkuki.sh's options, a list is one given
        several times."""
        words = [str(word) for name, value in parts.items()
                 for one in (value if isinstance(value, list) else [value])
                 for word in (f"--{name}", one)]
        subprocess.run([TOP / "scripts/mkuki.sh", "--arch", arch, *words,
                        "--out", self.work / out], check=True)
        return self.work / out

    @staticmethod
    def stub(arch, version):
        made = subprocess.run(
            [TOP / "scripts/fetch-kernel.sh", f"stub-{version}-{arch}"],
            check=True, capture_output=True, text=True)
        return pathlib.Path(made.stdout.split()[-1]) / "stub"

    def vm(self, arch, *disks, options="keelboot.timeout=menu-force",
           kernel="own-kernel", image="testkit.cpio.zst", initrds=(), **more):
        """A machine whose firmware is Linux with keelboot in it. options go
        to its command line."""
        return self.start(
            arch, disks=disks, kernel=self.asset(arch, kernel),
            initrds=[self.asset(arch, image), *initrds],
            append=f"console={CONSOLE[arch]} {KERNEL_OPTIONS[arch]} "
                   f"rdinit=/test/init {options}",
            **more)

    def start(self, arch, **more):
        """A machine of any kind."""
        machine = Vm(arch, self.work / f"vm{len(self.machines)}", **more)
        self.machines.append(machine)
        return machine

    def end(self):
        for machine in self.machines:
            machine.close()
        # The serial log stays; disks would fill the host's.
        for disk in self.disks:
            disk.unlink(missing_ok=True)


@pytest.fixture
def lab(tmp_path):
    lab = Lab(tmp_path)
    yield lab
    lab.end()
