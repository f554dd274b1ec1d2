"""The menu on this host: folders that stand for a machine's partitions, and
`keelboot menu --root` on a serial line of tests/lib/line.py.

Entries are of the Boot Loader Specification with kernels that are headers only,
and signed UKIs of such kernels, which a rehearsal takes for good.
"""

import pathlib
import re
import subprocess

import standin
from line import Program

VERSION = "6.1.0-1-amd64"
SBAT = ("sbat,1,SBAT Version,sbat,1,"
        "https://github.com/rhboot/shim/blob/main/SBAT.md\n"
        "keelboot.test,2,keelboot,keelboot,2,https://example.net/\n")


class Tree:
    """One volume, vda1, or several. keys: the folder of scripts/test-keys.sh,
    for uki()."""

    def __init__(self, path, keys=None, timeout="menu-force"):
        self.path, self.keys = pathlib.Path(path), keys
        self.put(".place", "kind=esp\n")
        self.timeout(timeout)

    def put(self, name, content, volume="vda1"):
        path = self.path / volume / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes)
                         else content.encode())
        return path

    def conf(self, **keys):
        """loader.conf; "_" in keys is "-"."""
        self.put("loader/loader.conf", "".join(
            f"{key.replace('_', '-')} {value}\n"
            for key, value in keys.items()))

    def timeout(self, timeout):
        self.conf(timeout=timeout)

    def entry(self, name, title, options="quiet", volume="vda1"):
        """A loose entry: the list has it, and its boot is refused where images
        are verified, as nothing vouches for it."""
        if not (self.path / volume / "linux").exists():
            self.put(".place", "kind=esp\n", volume)
            self.put("linux", standin.kernel("x86_64", VERSION), volume)
        return self.put(f"loader/entries/{name}.conf",
                        f"title {title}\nlinux /linux\noptions {options}\n",
                        volume)

    def entries(self, count, volumes=1):
        """"Entry number 1" is the first of the list, and so on; the volumes
        vda1, vdb1, … have as many each."""
        for number in range(count):
            volume = "vd%s1" % "abcdefgh"[number * volumes // count]
            self.entry(f"e{9999 - number:04}", f"Entry number {number + 1}",
                       volume=volume)

    def uki(self, name, title, cmdline="quiet"):
        """A UKI that the test keys' good signer has signed."""
        osrel = f'ID=test\nPRETTY_NAME="{title}"\n'.encode()
        path = self.put(f"EFI/Linux/{name}.efi", standin.pe("x86_64", [
            (".sbat", SBAT.encode()), (".osrel", osrel),
            (".cmdline", cmdline.encode()), (".uname", VERSION.encode()),
            (".initrd", b"initrd"), (".linux", standin.bzimage(VERSION))]))
        private = pathlib.Path(self.keys) / "private"
        done = subprocess.run(
            ["sbsign", "--key", private / "good.key", "--cert",
             private / "good.pem", "--output", path, path],
            capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return path

    def ukis(self, count):
        """"Signed Linux 1" is the first of the list, and so on."""
        for number in range(count):
            self.uki(f"u{99 - number:02}", f"Signed Linux {number + 1}")


class Menu(Program):
    """The menu of a tree."""

    def __init__(self, keelboot, tree, **line):
        super().__init__([keelboot, "menu", "--root", tree.path], **line)

    def marked(self):
        """The title of the marked line, as far as the list shows it, or
        None."""
        for row in self.screen.display:
            found = re.match(r" > *\d+  (.*?)(?: \[|  |$)", row)
            if found:
                return found.group(1)
        return None

    def started(self, start=0):
        """What it set out to boot: the titles, in order."""
        return [title.decode() for title in re.findall(
            rb"Starting ([^\r\n]*?) from ", self.raw[start:])]

    def list_rows(self):
        return [number for number, row in enumerate(self.screen.display)
                if re.match(r" [ >] *\d+  ", row)]

    def detail_rows(self):
        """The rows that tell of the marked line, below the list."""
        rows, display = [], self.screen.display
        at = (self.list_rows() or [0])[-1] + 1
        while at < self.rows and not re.match(r"\w+\d+ /", display[at]):
            at += 1
        while at < self.rows and display[at].strip():
            rows.append(at)
            at += 1
        return rows

    def painted(self):
        """How many bytes came so far, without those for a row that only a
        rehearsal has."""
        row = self.row_of("This is a rehearsal")
        return len(self.raw) - self.by_row(bytes(self.raw)).get(row, 0)

    def apart(self, data):
        """How many of the bytes are for the detail line, and how many not."""
        spent, rows = self.by_row(data), self.detail_rows()
        late = sum(count for row, count in spent.items() if row in rows)
        return late, sum(spent.values()) - late
