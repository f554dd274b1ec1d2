"""What the second kernel says of itself (scripts/payload-init.sh with
keelboot.test=report), and what the first one knows of the same machine."""

import hashlib
import os
import re
import subprocess


class Report:
    """The lines of a report by kind."""

    def __init__(self, release, cmdline, text):
        self.release, self.cmdline = release, cmdline
        self.files, self.chosen, self.memmap = {}, {}, set()
        self.modes = {}
        self.dmesg, self.iomem, self.boot_params = [], [], b""
        self.efi, self.processors = None, 0
        for line in text.split("\n"):
            line = line.rstrip("\r")
            if line.startswith("report: "):
                kind, _, rest = line[len("report: "):].partition(" ")
                self._take(kind, rest)

    def _take(self, kind, rest):
        if kind == "file":
            digest, size, path = rest.split(" ", 2)
            self.files[path] = (digest, int(size))
        elif kind == "mode":
            mode, owner, group, path = rest.split(" ", 3)
            self.modes[path] = (int(mode, 8), int(owner), int(group))
        elif kind == "chosen":
            name, _, value = rest.partition(" ")
            self.chosen[name] = value
        elif kind == "memmap":
            self.memmap.add(rest)
        elif kind in ("dmesg", "iomem"):
            getattr(self, kind).append(rest)
        elif kind == "boot_params":
            self.boot_params += bytes.fromhex(rest.split(" ")[1])
        elif kind == "processors":
            self.processors = int(rest)
        elif kind == "efi":
            self.efi = rest == "yes"

    def system_ram(self):
        return system_ram("\n".join(self.iomem))

    def acpi_tables(self):
        return acpi_tables("\n".join(self.dmesg))


def expect_jump(vm, mode):
    """Waits until keelboot says by which way it leaves."""
    call = {"file": "kexec_file_load", "load": "kexec_load"}[mode]
    vm.expect(r"Loaded \d+ bytes with %s in \d+ ms. Jumping." % call)


def take_report(vm, timeout=120):
    """Waits for a second kernel's report and the machine's end."""
    head = vm.expect(r"keelboot: second kernel is up: (\S+) cmdline: "
                     r"([^\r\n]*)[\r\n]", timeout)
    end = vm.expect(r"report: end", timeout)
    vm.wait_end(timeout)
    return Report(head.group(1), head.group(2),
                  end.string[head.end():end.start()])


def system_ram(iomem):
    """The ranges of memory of /proc/iomem, with no regard to how they are
    divided."""
    ranges = sorted((int(a, 16), int(b, 16) + 1) for a, b in re.findall(
        r"^([0-9a-f]+)-([0-9a-f]+) : System RAM", iomem, re.M))
    merged = []
    for start, end in ranges:
        if merged and merged[-1][1] == start:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def acpi_tables(dmesg):
    """Name, address and what else the kernel says of each table."""
    return set(re.findall(r"ACPI: ([A-Z]{4} 0x[0-9A-F]{16} \w+ \(.*\))",
                          dmesg))


class Machine:
    """The machine as the first kernel sees it, by the test's shell in it."""

    def __init__(self, vm):
        self.memmap = set(vm.shell(
            "cd /sys/firmware/memmap 2>/dev/null && for e in *; do "
            "echo $(cat $e/start) $(cat $e/end) $(cat $e/type); done; cd /"
        ).split("\n")) - {""}
        self.iomem = vm.shell("cat /proc/iomem")
        self.acpi = acpi_tables(vm.shell("dmesg | grep ACPI:"))
        self.release = vm.shell("uname -r")
        self.processors = int(vm.shell("grep -c ^processor /proc/cpuinfo"))

    def system_ram(self):
        return system_ram(self.iomem)


def initrd_files(path, work):
    """Path in the initrd -> (sha256, size), by zstd and cpio."""
    root = os.path.join(work, "initrd-files")
    os.makedirs(root)
    subprocess.run("zstd -dcq '%s' | (cd '%s' && cpio -id --quiet)"
                   % (path, root), shell=True, check=True)
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            whole = os.path.join(folder, name)
            found["/" + os.path.relpath(whole, root)] = file_digest(whole)
    return found


# What keelboot itself puts into every initrd (format/handover.h). `network` is
# there if files came from there, the last where the initrd has the folder for
# it.
OWN_FILES = {"/.extra/keelboot/entry", "/.extra/keelboot/log",
             "/.extra/keelboot/network", "/usr/lib/tmpfiles.d/keelboot.conf"}


def check_initrd(lab, arch, second, extra=()):
    """The next kernel's initrd has the files of second-initrd, the extra
    ones in /.extra, what the booted system is told, and no others."""
    wanted = initrd_files(lab.asset(arch, "second-initrd"), lab.work)
    for name in extra:
        wanted[f"/.extra/{name}"] = file_digest(lab.asset(arch, name))
    assert {path: digest for path, digest in second.files.items()
            if not path.startswith("/sys/")
            and path not in OWN_FILES} == wanted
    assert "/.extra/keelboot/entry" in second.files
    assert 0 < second.files["/.extra/keelboot/log"][1] <= 32768


def file_digest(path):
    with open(path, "rb") as file:
        data = file.read()
    return hashlib.sha256(data).hexdigest(), len(data)
