"""scripts/mkinitramfs.sh: what is in the image, and that the same inputs
always give the same bytes. The archive is read by a reader of this file's own
and by cpio(1); modules are small ELF files made here, so that no kernel is
needed."""

import gzip
import lzma
import os
import re
import shutil
import stat
import struct
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
TOOL = TOP / "scripts/mkinitramfs.sh"
RELEASE = "6.1.0-test"

PROGRAM = "void _start(void) { for (;;) ; }"
COMPILER = {"x86_64": "gcc", "aarch64": "aarch64-linux-gnu-gcc"}
if os.uname().machine == "aarch64":
    COMPILER = {"x86_64": "x86_64-linux-gnu-gcc", "aarch64": "gcc"}


def run(*command, **options):
    return subprocess.run([str(word) for word in command], text=True,
                          capture_output=True, check=False, **options)


def compile_c(source, out, *flags, arch="x86_64"):
    done = run(COMPILER[arch], "-x", "c", "-", "-o", out, *flags,
               input=source)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def programs(tmp_path_factory):
    """A static program of each architecture, and one that is not static."""
    made = tmp_path_factory.mktemp("programs")
    for arch in COMPILER:
        compile_c(PROGRAM, made / arch, "-static", "-nostdlib", arch=arch)
    compile_c("int main(void) { return 0; }", made / "dynamic")
    compile_c(PROGRAM, made / "execstack", "-static", "-nostdlib", "-Wl,-z",
              "-Wl,execstack")
    return made


class Inputs:
    """A directory with one of everything the tool takes."""

    def __init__(self, root, programs, arch="x86_64"):
        self.root = root
        self.arch = arch
        root.mkdir(parents=True, exist_ok=True)
        self.out = root / "out.cpio.zst"
        self.binary = root / "keelboot"
        self.busybox = root / "busybox"
        self.config = root / "keelboot.conf"
        shutil.copy(programs / arch, self.binary)
        shutil.copy(programs / arch, self.busybox)
        (root / "busybox.links").write_text("/bin/sh\n/usr/bin/[\n/sbin/ip\n")
        self.config.write_text("timeout 5\n")

    def build(self, *more, prefix=(), **options):
        return run(*prefix, TOOL, "--arch", self.arch, "--binary",
                   self.binary, "--busybox", self.busybox, "--config",
                   self.config, "--out", self.out, *more, **options)

    def members(self, *more):
        done = self.build(*more)
        assert done.returncode == 0, done.stderr
        return read_archive(self.out)


@pytest.fixture
def inputs(tmp_path, programs):
    return Inputs(tmp_path / "inputs", programs)


class Member:
    def __init__(self, fields, data):
        (self.inode, self.mode, self.uid, self.gid, self.links, self.mtime,
         self.size, _, _, self.major, self.minor, _, self.check) = fields
        self.data = data
        self.kind = stat.S_IFMT(self.mode)
        self.permissions = stat.S_IMODE(self.mode)


def decompress(path):
    done = subprocess.run(["zstd", "-dcq", str(path)], capture_output=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def read_archive(path):
    """The members by name, from a reader that believes nothing."""
    data = decompress(path)
    members = {}
    at = 0
    while True:
        assert data[at:at + 6] == b"070701"
        fields = [int(data[at + 6 + 8 * i:at + 14 + 8 * i], 16)
                  for i in range(13)]
        name_at = at + 110
        name = data[name_at:name_at + fields[11]]
        assert name.endswith(b"\0") and b"\0" not in name[:-1]
        data_at = -(-(name_at + fields[11]) // 4) * 4
        end = data_at + fields[6]
        assert end <= len(data)
        name = name[:-1].decode()
        at = -(-end // 4) * 4
        if name == "TRAILER!!!":
            assert at == len(data)
            return members
        assert name not in members
        members[name] = Member(fields, data[data_at:end])


# --- the image without modules -----------------------------------------------


def test_the_program_is_init(inputs):
    members = inputs.members()
    assert members["keelboot"].data == inputs.binary.read_bytes()
    assert members["keelboot"].kind == stat.S_IFREG
    assert members["keelboot"].permissions == 0o755
    assert members["init"].kind == stat.S_IFLNK
    assert members["init"].data == b"keelboot"


def test_dhcp_clients_have_their_script(inputs):
    """It is the program by another name (boot/dhcp.h)."""
    script = inputs.members()["keelboot-lease"]
    assert script.kind == stat.S_IFLNK
    assert script.data == b"keelboot"
    header = (TOP / "boot/dhcp.h").read_text()
    assert '#define DHCP_SCRIPT_NAME "keelboot-lease"' in header


def test_busybox_has_a_link_for_each_applet(inputs):
    members = inputs.members()
    assert members["bin/busybox"].data == inputs.busybox.read_bytes()
    assert members["bin/busybox"].permissions == 0o755
    links = {name for name, member in members.items()
             if member.kind == stat.S_IFLNK and name.startswith("bin/")}
    assert links == {"bin/sh", "bin/[", "bin/ip"}
    assert all(members[name].data == b"busybox" for name in links)


@pytest.mark.parametrize("name,major,minor,permissions", [
    ("dev/console", 5, 1, 0o600), ("dev/null", 1, 3, 0o666),
    ("dev/kmsg", 1, 11, 0o600), ("dev/urandom", 1, 9, 0o666)])
def test_device_nodes(inputs, name, major, minor, permissions):
    node = inputs.members()[name]
    assert node.kind == stat.S_IFCHR
    assert (node.major, node.minor) == (major, minor)
    assert node.permissions == permissions
    assert node.size == 0


def test_directories_stand_before_what_is_in_them(inputs):
    seen = set()
    for name, member in inputs.members().items():
        parent = name.rpartition("/")[0]
        assert parent == "" or parent in seen
        if member.kind == stat.S_IFDIR:
            seen.add(name)
    assert {"proc", "sys", "dev", "run", "tmp"} <= seen


def test_configuration_and_entries(inputs):
    entries = inputs.root / "entries"
    entries.mkdir()
    (entries / "b.conf").write_text("title b\n")
    (entries / "a.conf").write_text("title a\n")
    (entries / "a.conf~").write_text("left by an editor\n")
    members = inputs.members("--entries", entries)
    assert members["etc/keelboot/keelboot.conf"].data == b"timeout 5\n"
    assert members["etc/keelboot/entries/a.conf"].data == b"title a\n"
    assert [name for name in members
            if name.startswith("etc/keelboot/entries/")] == [
                "etc/keelboot/entries/a.conf", "etc/keelboot/entries/b.conf"]


def test_what_entries_of_the_network_name(inputs):
    """For root alone, whoever may read it where the image is made."""
    folder = inputs.root / "network"
    folder.mkdir()
    for name in ("ca.pem", "client.key", ".git", "README.md"):
        (folder / name).write_text(name)
        (folder / name).chmod(0o666)
    members = inputs.members("--network", folder)
    found = [name for name in members
             if name.startswith("etc/keelboot/network")]
    assert found == ["etc/keelboot/network", "etc/keelboot/network/ca.pem",
                     "etc/keelboot/network/client.key"]
    assert members[found[0]].permissions == 0o700
    for name in found[1:]:
        assert members[name].permissions == 0o400
        assert members[name].data == name.rpartition("/")[2].encode()
    assert not [name for name in inputs.members() if "network" in name]


def test_a_folder_among_what_entries_name(inputs):
    (inputs.root / "network/deep").mkdir(parents=True)
    assert "deep is not a file" in refusal(
        inputs, "--network", inputs.root / "network")


def test_added_files_keep_whether_they_are_executable(inputs):
    plain = inputs.root / "plain"
    plain.write_text("text")
    members = inputs.members("--add", f"/opt/x/plain={plain}",
                             "--add", f"opt/tool={inputs.binary}")
    assert members["opt/x/plain"].data == b"text"
    assert members["opt/x/plain"].permissions == 0o644
    assert members["opt/x"].kind == stat.S_IFDIR
    assert members["opt/tool"].permissions == 0o755


def test_cpio_reads_the_same(inputs):
    members = inputs.members()
    listing = subprocess.run(["cpio", "-itv", "--quiet"],
                             input=decompress(inputs.out),
                             capture_output=True, check=True).stdout.decode()
    lines = listing.splitlines()
    assert len(lines) == len(members)
    console = next(line for line in lines if line.endswith(" dev/console"))
    assert re.match(r"crw-------\s+1 root\s+root\s+5,\s+1 ", console)
    assert any(line.endswith(" init -> keelboot") for line in lines)


def test_the_kernel_can_unpack_it(inputs):
    """One zstd frame that declares its size, with a window of 8 MiB at most
    (RFC 8878, 3.1.1.1)."""
    inputs.members()
    data = inputs.out.read_bytes()
    assert data[:4] == b"\x28\xb5\x2f\xfd"
    descriptor = data[4]
    assert descriptor & 0x03 == 0, "no dictionary"
    if descriptor & 0x20:
        width = (1, 2, 4, 8)[descriptor >> 6]
        window = int.from_bytes(data[5:5 + width], "little")
        window += 256 if width == 2 else 0
    else:
        assert descriptor >> 6, "the size is declared"
        window = 1 << (10 + (data[5] >> 3))
        window += (window >> 3) * (data[5] & 7)
    assert window <= 8 << 20
    listed = run("zstd", "-lv", inputs.out).stdout
    assert re.search(r"Zstandard Frames: 1$", listed, re.MULTILINE)


# --- the same inputs give the same bytes -------------------------------------


def test_reproducible(tmp_path, programs):
    """Other directory, times, file modes, umask, time zone, order of
    directory entries: the same sha256."""
    results = []
    for number, (umask, zone) in enumerate([(0o022, "UTC"), (0o077, "Asia/Tokyo")]):
        inputs = Inputs(tmp_path / f"in {number}" / ("x" * number), programs)
        names = ["a", "b", "c"] if number else ["c", "b", "a"]
        entries = inputs.root / "entries"
        entries.mkdir()
        for name in names:
            (entries / f"{name}.conf").write_text(f"title {name}\n")
        tree = make_modules(inputs.root / "modules", names=names)
        for path in inputs.root.rglob("*"):
            os.utime(path, (number * 10 ** 9, number * 10 ** 9))
            if path.is_file():
                path.chmod(0o700 if number else 0o644)
        done = inputs.build("--entries", entries, "--modules", tree,
                            "--module", "a", cwd=inputs.root, umask=umask,
                            env={**os.environ, "TZ": zone})
        assert done.returncode == 0, done.stderr
        results.append(inputs.out.read_bytes())
    assert results[0] == results[1]


def test_nothing_of_the_maker_is_in_it(inputs):
    members = inputs.members()
    assert {member.mtime for member in members.values()} == {0}
    assert {(m.uid, m.gid) for m in members.values()} == {(0, 0)}
    assert [m.inode for m in members.values()] == list(
        range(1, len(members) + 1))
    assert list(members) == sorted(members)
    assert str(inputs.root).encode() not in decompress(inputs.out)


def test_no_rights_are_needed(inputs):
    """Without a single capability, as any user is."""
    prefix = ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all") \
        if os.geteuid() == 0 else ()
    done = inputs.build(prefix=prefix)
    assert done.returncode == 0, done.stderr
    assert "dev/console" in read_archive(inputs.out)


# --- modules -----------------------------------------------------------------


def make_module(path, name, depends="", release=RELEASE, aliases=(),
                firmware=(), softdep=""):
    """An ELF file with what modpost writes into .modinfo."""
    lines = [f"depends={depends}", f"name={name}",
             f"vermagic={release} SMP mod_unload"]
    lines += [f"alias={alias}" for alias in aliases]
    lines += [f"firmware={blob}" for blob in firmware]
    lines += [f"softdep={softdep}"] if softdep else []
    text = "".join(line + "\\0" for line in lines)
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = path.parent / (path.name.partition(".")[0] + ".ko")
    compile_c('__attribute__((section(".modinfo"), used)) '
              f'static const char info[] = "{text}";', plain, "-c")
    data = plain.read_bytes()
    if path.suffix == ".xz":
        path.write_bytes(lzma.compress(data, check=lzma.CHECK_CRC32))
    elif path.suffix == ".gz":
        path.write_bytes(gzip.compress(data))
    elif path.suffix == ".zst":
        assert run("zstd", "-q", "-f", plain, "-o", path).returncode == 0
    if plain != path:
        plain.unlink()
    return data


# a needs b-x and c, c needs b_x: names with '-' and '_' are the same.
MODULES = {
    "a": ("kernel/fs/a.ko.xz", {"depends": "b-x,c", "aliases": ["fs-a"]}),
    "b": ("kernel/lib/b-x.ko.gz", {}),
    "c": ("kernel/lib/c.ko.zst", {"depends": "b_x", "aliases": ["crypto-c"]}),
    "d": ("kernel/drivers/net/d.ko", {
        "aliases": ["pci:v00001AF4d*sv*sd*bc*sc*i*"],
        "firmware": ["vendor/d-1.bin", "vendor/d-2.bin", "vendor/absent.bin"],
        "softdep": "pre: b-x nothing post: c"}),
}


def make_modules(root, names=tuple(MODULES)):
    for name in names:
        path, options = MODULES[name]
        make_module(root / path, name, **options)
    (root / "modules.builtin").write_text("kernel/fs/built-in.ko\n")
    return root


@pytest.fixture
def tree(tmp_path):
    return make_modules(tmp_path / "modules")


BASE = f"lib/modules/{RELEASE}"


def test_a_module_brings_what_it_depends_on(inputs, tree, tmp_path):
    members = inputs.members("--modules", tree, "--module", "a")
    kernel = sorted(name for name in members if name.endswith(".ko"))
    assert kernel == [f"{BASE}/kernel/fs/a.ko", f"{BASE}/kernel/lib/b-x.ko",
                      f"{BASE}/kernel/lib/c.ko"]
    plain = make_module(tmp_path / "again/a.ko", "a", **MODULES["a"][1])
    assert members[f"{BASE}/kernel/fs/a.ko"].data == plain


def test_dependencies_are_listed_as_depmod_would(inputs, tree, tmp_path):
    members = inputs.members("--modules", tree, "--module", "a",
                             "--module", "d")
    ours = dict(line.split(":") for line in
                members[f"{BASE}/modules.dep"].data.decode().splitlines())
    assert ours == {
        "kernel/fs/a.ko": " kernel/lib/c.ko kernel/lib/b-x.ko",
        "kernel/lib/b-x.ko": "",
        "kernel/lib/c.ko": " kernel/lib/b-x.ko",
        "kernel/drivers/net/d.ko": ""}
    assert members[f"{BASE}/modules.alias"].data.decode().splitlines() == [
        "alias fs-a a", "alias crypto-c c",
        "alias pci:v00001AF4d*sv*sd*bc*sc*i* d"]


def test_what_no_device_asks_for_is_loaded_first(inputs, tree):
    members = inputs.members("--modules", tree, "--module", "d",
                             "--module", "c", "--module", "a")
    assert members["etc/keelboot/modules-load"].data == b"c\na\n"


def test_soft_dependencies_come_if_they_are_there(inputs, tree):
    members = inputs.members("--modules", tree, "--module", "d")
    assert f"{BASE}/kernel/lib/b-x.ko" in members
    assert f"{BASE}/kernel/lib/c.ko" not in members, "post: is not needed"


def test_a_list_of_modules(inputs, tree):
    table = inputs.root / "list"
    table.write_text("# file systems\na   # this one\nabsent?\nbuilt_in\n\n")
    members = inputs.members("--modules", tree, "--modules-list", table)
    assert members["etc/keelboot/modules-load"].data == b"a\n"


def test_what_is_for_later_is_not_loaded_first(inputs, tree):
    table = inputs.root / "list"
    table.write_text("c\na? later\n")
    members = inputs.members("--modules", tree, "--modules-list", table)
    assert f"{BASE}/kernel/fs/a.ko" in members
    assert members["etc/keelboot/modules-load"].data == b"c\n"
    inputs.out.unlink()
    table.write_text("c sooner\n")
    assert "one module a line" in refusal(inputs, "--modules", tree,
                                          "--modules-list", table)


def test_built_in_modules_need_no_file(inputs, tree):
    members = inputs.members("--modules", tree, "--module", "built-in")
    assert not any(name.startswith("lib/modules") for name in members)


def test_firmware(inputs, tree):
    blobs = inputs.root / "firmware"
    (blobs / "vendor").mkdir(parents=True)
    (blobs / "vendor/d-1.bin").write_bytes(b"one")
    (blobs / "vendor/d-2.bin.xz").write_bytes(lzma.compress(b"two"))
    (blobs / "vendor/other.bin").write_bytes(b"nobody's")
    members = inputs.members("--modules", tree, "--module", "d",
                             "--firmware", blobs)
    assert members["lib/firmware/vendor/d-1.bin"].data == b"one"
    assert members["lib/firmware/vendor/d-2.bin"].data == b"two"
    assert "lib/firmware/vendor/other.bin" not in members


# --- refusals ----------------------------------------------------------------


def refusal(inputs, *more):
    """The one sentence; and nothing half-made is left."""
    done = inputs.build(*more)
    assert done.returncode == 1, done.stderr
    assert not inputs.out.exists()
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in lines[0]
    return lines[0]


def test_a_module_the_kernel_lacks(inputs, tree):
    said = refusal(inputs, "--modules", tree, "--module", "a",
                   "--module", "nvme", "--module", "ahci")
    assert f"the kernel in {tree} has no module nvme, ahci" in said
    assert "'nvme?'" in said


def test_a_dependency_the_kernel_lacks(inputs, tree):
    (tree / "kernel/lib/c.ko.zst").unlink()
    said = refusal(inputs, "--modules", tree, "--module", "a")
    assert f"the module a needs c, which is not in {tree}" in said


def test_modules_of_two_kernels(inputs, tree):
    make_module(tree / "kernel/fs/e.ko", "e", release="6.2.0")
    said = refusal(inputs, "--modules", tree, "--module", "a",
                   "--module", "e")
    assert f"not of one kernel: {RELEASE}, 6.2.0" in said


@pytest.mark.parametrize("damage,reason", [
    (lambda data: b"x" * 200, "not a little-endian 64-bit ELF"),
    (lambda data: data[:40], "unpack_from requires"),
    (lambda data: data.replace(b".modinfo", b".modinfx"),
     "no section .modinfo"),
])
def test_a_damaged_module(inputs, tree, damage, reason):
    path = tree / "kernel/drivers/net/d.ko"
    path.write_bytes(damage(path.read_bytes()))
    said = refusal(inputs, "--modules", tree, "--module", "d")
    assert "unable to read the module kernel/drivers/net/d.ko" in said
    assert reason in said


@pytest.mark.parametrize("name", ["fs/a.ko.xz", "lib/b-x.ko.gz",
                                  "lib/c.ko.zst"])
def test_a_damaged_compressed_module(inputs, tree, name):
    path = tree / "kernel" / name
    path.write_bytes(path.read_bytes()[:-9])
    said = refusal(inputs, "--modules", tree, "--module", "a")
    assert f"unable to unpack {path}" in said


def test_a_directory_without_modules(inputs, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    assert f"unable to find modules (*.ko) in {empty}" in refusal(
        inputs, "--modules", empty, "--module", "a")


def test_half_a_request_for_modules(inputs, tree):
    assert "to say which" in refusal(inputs, "--modules", tree)
    assert "of which kernel" in refusal(inputs, "--module", "a")


@pytest.mark.parametrize("which,reason", [
    ("dynamic", "linked dynamically (it has an INTERP)"),
    ("aarch64", "is for AArch64, not for X86-64"),
    ("execstack", "writable and executable")])
@pytest.mark.parametrize("role", ["binary", "busybox"])
def test_programs_that_could_not_run(inputs, programs, which, reason, role):
    shutil.copy(programs / which, getattr(inputs, role))
    assert reason in refusal(inputs)


def test_a_program_that_is_none(inputs):
    inputs.binary.write_text("#!/bin/sh\n")
    assert "is not an ELF file" in refusal(inputs)


def test_the_other_architecture(tmp_path, programs):
    inputs = Inputs(tmp_path / "arm", programs, arch="aarch64")
    assert "keelboot" in inputs.members()


def test_a_path_twice(inputs):
    assert "/etc/passwd would be in the image twice" in refusal(
        inputs, "--add", f"/etc/passwd={inputs.config}")


@pytest.mark.parametrize("path", ["../x", "/", "a/../b"])
def test_paths_outside(inputs, path):
    assert "cannot be a path in the image" in refusal(
        inputs, "--add", f"{path}={inputs.config}")


def test_a_file_as_a_directory(inputs):
    assert "to be a directory" in refusal(
        inputs, "--add", f"/keelboot/x={inputs.config}")


def test_an_input_that_is_not_there(inputs):
    inputs.config.unlink()
    assert str(inputs.config) in refusal(inputs)


def test_usage():
    done = run(TOOL, "--nonsense", "x")
    assert done.returncode == 2
    assert "--binary keelboot" in done.stderr
