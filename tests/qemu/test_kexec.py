"""keelboot's own kexec code at its edges: kexec_probe starts a kernel with it,
without menu or disk, from the test's shell in the first kernel."""

import os
import subprocess

import pytest

from conftest import BUILD
from report import take_report
from test_uefi import FIRMWARE
from vm import CONSOLE

ARCHES = ["x86_64", "aarch64"]
# Firmware kernel and the image with what it needs.
FIRST = {"x86_64": ("debian-kernel", "debian.cpio.zst"),
         "aarch64": ("own-kernel", "testkit.cpio.zst")}

# Gives this machine's memory map 300 entries: 64 KiB taken out of every
# 2 MiB from 256 MiB on.
MANY_RANGES = """#!/bin/sh
n=0
put() {
	mkdir -p /map/$n
	printf '0x%x\\n' "$1" > /map/$n/start
	printf '0x%x\\n' "$2" > /map/$n/end
	echo "$3" > /map/$n/type
	n=$((n + 1))
}
for entry in /sys/firmware/memmap/*; do
	at=$(($(cat $entry/start)))
	end=$(($(cat $entry/end)))
	if [ $at = 1048576 ]; then
		hole=268435456
		while [ $hole -lt 536870912 ]; do
			put $at $((hole - 1)) "System RAM"
			put $hole $((hole + 65535)) Reserved
			at=$((hole + 65536))
			hole=$((hole + 2097152))
		done
	fi
	put $at $end "$(cat $entry/type)"
done
mount -o bind /map /sys/firmware/memmap
echo $n
"""


class Probe:
    """A first kernel with kexec_probe and files for it in /probe."""

    def __init__(self, lab, arch, files=(), options="", **more):
        kernel, image = FIRST[arch]
        more.setdefault("memory", 1024)
        self.arch = arch
        self.vm = lab.vm(
            arch, kernel=kernel, image=image,
            initrds=[self._pack(lab, arch, dict(files))],
            options="keelboot.timeout=menu-force " + options, **more)
        self.vm.shell("cd /probe")

    @staticmethod
    def _pack(lab, arch, files):
        folder = lab.work / "probe-files"
        (folder / "probe").mkdir(parents=True)
        everything = {"kernel": lab.asset(arch, "debian-kernel"),
                      "initrd": lab.asset(arch, "second-initrd"), **files}
        program = BUILD / arch / "test/kexec_probe"
        assert program.exists(), f"there is no {program}: make {program}"
        everything["kexec_probe"] = program
        for name, content in everything.items():
            path = folder / "probe" / name
            if not isinstance(content, bytes):
                content = content.read_bytes()
            path.write_bytes(content)
            path.chmod(0o755)
        out = lab.work / "probe.cpio"
        names = "".join(f"probe/{name}\n" for name in everything)
        with open(out, "wb") as archive:
            subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"],
                           cwd=folder, input=b"probe\n" + names.encode(),
                           stdout=archive, check=True)
        return out

    def trial(self, words):
        """Loads and forgets; returns the line that says how it went."""
        said = self.vm.shell(f"./kexec_probe -n {words} 2>/dev/null")
        assert said.startswith("probe: "), said
        return said[len("probe: "):]

    def jump(self, words, cmdline="keelboot.test=report"):
        """Starts a second kernel and takes its report."""
        self.vm.shell(f"(sleep 1; ./kexec_probe {words} "
                      f"'console={CONSOLE[self.arch]} {cmdline}') & true")
        return take_report(self.vm)


def test_more_ranges_than_boot_parameters_hold(lab):
    probe = Probe(lab, "x86_64", {"many": MANY_RANGES.encode()})
    count = int(probe.vm.shell("./many"))
    assert count > 250
    first = set(probe.vm.shell(
        "for e in /map/*; do echo $(cat $e/start $e/end $e/type); done"
    ).split("\n"))
    second = probe.jump("load kernel initrd")
    assert len(second.memmap) == count
    assert second.memmap == first


def test_kernel_that_must_stay_below_4_gib(lab):
    """Without that flag in its header kexec_file_load does not take it."""
    kernel = bytearray(lab.asset("x86_64", "debian-kernel").read_bytes())
    kernel[0x236] &= ~2
    probe = Probe(lab, "x86_64", {"old": bytes(kernel)}, memory=6144)
    assert probe.trial("file old initrd a").startswith("failed kexec-format: ")
    second = probe.jump("load old initrd")
    low = int.from_bytes(second.boot_params[0x218:0x21c], "little")
    assert low and second.boot_params[0xc0:0xc4] == bytes(4)


@pytest.mark.parametrize("cpu", ["max", "max,-la57", "qemu64"])
def test_processors(lab, cpu):
    """Five-level paging, four levels, and one without a random generator."""
    probe = Probe(lab, "x86_64", cpu=cpu, smp=2)
    flags = probe.vm.shell("grep -o -m 1 la57 /proc/cpuinfo")
    assert flags.startswith("la57") == (cpu == "max")
    probe.jump("load kernel initrd")


@pytest.mark.parametrize("arch", ARCHES)
@pytest.mark.parametrize("mode", ["file", "load"])
def test_no_initrd_under_efi(lab, arch, mode):
    """It must not take the first kernel's, which a table still names."""
    probe = Probe(lab, arch, firmware=FIRMWARE[arch])
    probe.vm.shell(f"(sleep 1; ./kexec_probe {mode} kernel - "
                   f"'console={CONSOLE[arch]} panic=1') & true")
    probe.vm.expect(r"\[ +0\.000000\] Linux version .*npacking initramfs|"
                    r"\[ +0\.000000\] Linux version .*unpack rootfs image")
    probe.vm.expect(r"VFS: Unable to mount root fs")
    assert "invalid magic" not in probe.vm.text


def test_device_tree_of_the_image(lab):
    tree = lab.work / "virt.dtb"
    subprocess.run(["qemu-system-aarch64", "-machine", f"virt,dumpdtb={tree}",
                    "-cpu", "cortex-a72", "-m", "1024", "-display", "none"],
                   check=True, capture_output=True)
    subprocess.run(["fdtput", "-t", "s", tree, "/chosen", "mark", "ours"],
                   check=True)
    probe = Probe(lab, "aarch64", {"dtb": tree, "broken": b"\0" * 64})
    assert probe.trial("-d dtb file kernel - a").startswith(
        "failed kexec-dtb: ")
    assert probe.trial("-d broken auto kernel - a").startswith(
        "failed fdt-magic: ")
    second = probe.jump("-d dtb auto kernel initrd")
    assert bytes.fromhex(second.chosen["mark"]) == b"ours\0"


def test_tree_that_the_next_kernel_may_not_take(lab):
    """EFI without linux,uefi-secure-boot: Debian's kernels lose EFI and ACPI,
    so the tree is mended, which only kexec_load can do."""
    source = lab.work / "tree.dts"
    source.write_text("/dts-v1/; / { chosen { linux,uefi-system-table = "
                      "<0 1>; linux,uefi-secure-boot = <0>; }; };")
    files = {}
    for name, lines in (("whole", None), ("lacking", "secure-boot")):
        text = source.read_text()
        if lines:
            text = text.replace("linux,uefi-secure-boot = <0>; ", "")
        made = subprocess.run(["dtc", "-I", "dts", "-O", "dtb", "-"],
                              input=text.encode(), check=True,
                              capture_output=True)
        files[name] = made.stdout
    probe = Probe(lab, "aarch64", files)
    for name, way in (("whole", "file"), ("lacking", "load")):
        probe.vm.shell(f"mount -o bind {name} /sys/firmware/fdt")
        assert probe.trial("auto kernel initrd a").startswith(f"loaded {way} ")


def fill(probe, used, size):
    """Takes memory away (MiB), and makes a file that takes none so far."""
    probe.vm.shell("mkdir -p /mnt; mount -t tmpfs -o size=90% none /mnt;"
                   f"dd if=/dev/zero of=/mnt/used bs=1M count={used};"
                   f"dd if=/dev/zero of=/mnt/big bs=1M seek={size} count=0")


def foreign(arch):
    return ARCHES[1 - ARCHES.index(arch)]


@pytest.mark.parametrize("arch", ARCHES)
def test_refusals(lab, arch):
    """Each with its code, and the first kernel goes on."""
    probe = Probe(lab, arch, {
        "foreign": lab.asset(foreign(arch), "debian-kernel"),
        "junk": os.urandom(65536)})
    limit = {"x86_64": {"file": 2016, "load": 2047},
             "aarch64": {"file": 2047, "load": 2047}}[arch]
    for mode in ("file", "load"):
        fits = f"$(printf %0{limit[mode]}d 0)"
        assert probe.trial(f"{mode} kernel - {fits}").startswith(
            f"loaded {mode} ")
        assert probe.trial(f"{mode} kernel - {fits}1").startswith(
            f"failed kexec-cmdline: the command line has {limit[mode] + 1} ")
    assert probe.trial("auto foreign - a").startswith(
        "failed kexec-machine: the kernel is for "
        f"{foreign(arch)}, this machine is {arch}")
    assert probe.trial("auto junk - a").startswith("failed kernel-unknown: ")
    # Less than half of the memory, but little of it is left.
    fill(probe, 450, 200)
    for mode in ("file", "load"):
        said = probe.trial(f"{mode} kernel /mnt/big a")
        assert said.startswith("failed kexec-memory: "), said
    probe.vm.shell("umount /mnt")
    assert probe.trial("auto kernel initrd a").startswith("loaded ")
    probe.vm.shell("echo 1 > /proc/sys/kernel/kexec_load_disabled")
    for mode in ("file", "load"):
        assert probe.trial(f"{mode} kernel initrd a").startswith(
            "failed kexec-disabled: ")


@pytest.mark.parametrize("arch", ARCHES)
def test_half_of_memory(lab, arch):
    probe = Probe(lab, arch, memory=448)
    fill(probe, 0, 200)
    for mode in ("file", "load"):
        said = probe.trial(f"{mode} kernel /mnt/big a")
        assert said.startswith("failed kexec-half-ram: "), said
        assert "allows half of this machine's" in said


@pytest.mark.parametrize("mode", ["file", "load"])
def test_lockdown(lab, mode):
    probe = Probe(lab, "x86_64", options="lockdown=integrity")
    probe.vm.shell("mount -t securityfs none /sys/kernel/security")
    said = probe.trial(f"{mode} kernel initrd a")
    assert said.startswith("failed kexec-lockdown: ")
    assert "(integrity)" in said
