#!/usr/bin/python3
"""Write the cpio archive of the initramfs; scripts/mkinitramfs.sh runs this.

The archive is the kernel's "newc" form (Documentation/driver-api/early-
userspace/buffer-format.rst). The same inputs give the same bytes: members are
sorted, their times, owners and inode numbers are fixed, and modes come from
this program, not from the files. Device nodes are only written down, so no
rights are needed.

Kernel modules come with all that they depend on, unpacked, with the parts of
modules.dep and modules.alias that concern them. Both are made from what the
modules say about themselves (their .modinfo section), so neither depmod nor a
file that only an installed kernel has is needed.
"""

import argparse
import fnmatch
import gzip
import lzma
import os
import re
import struct
import subprocess
import sys

# Files that are modules, and how each is unpacked.
MODULE_NAME = re.compile(r"(.*)\.ko(?:\.(xz|gz|zst))?$")

# Aliases of these kinds do not belong to a device: the kernel asks for them by
# running modprobe(8), which is not in the image, or does not ask at all.
NOT_A_DEVICE = ("devname", "symbol")

LOAD_FIRST = "etc/keelboot/modules-load"


class Failure(Exception):
    """A sentence for the user."""


def zstd_decompress(data):
    result = subprocess.run(["zstd", "-dcq"], input=data, capture_output=True,
                            check=False)
    if result.returncode != 0:
        raise ValueError(result.stderr.decode(errors="replace").strip())
    return result.stdout


def unpack(path, compression):
    """The content of a file that may be compressed."""
    with open(path, "rb") as source:
        data = source.read()
    codec = {None: bytes, "xz": lzma.decompress, "gz": gzip.decompress,
             "zst": zstd_decompress}[compression]
    try:
        return codec(data)
    except (OSError, EOFError, ValueError, lzma.LZMAError) as error:
        raise Failure(f"unable to unpack {path}: {error}") from error


class Archive:
    """Members by path, written in order at the end."""

    def __init__(self):
        self.members = {}

    def add(self, path, mode, data=b"", rdev=(0, 0)):
        path = path.strip("/")
        if not path or ".." in path.split("/"):
            raise Failure(f"'/{path}' cannot be a path in the image")
        if path in self.members:
            raise Failure(f"/{path} would be in the image twice")
        self.members[path] = (mode, data, rdev)

    def add_directory(self, path, mode=0o755):
        self.add(path, 0o040000 | mode)

    def add_file(self, path, data, mode=0o644):
        self.add(path, 0o100000 | mode, data)

    def add_link(self, path, target):
        self.add(path, 0o120777, target.encode())

    def add_node(self, path, mode, kind, major, minor):
        self.add(path, {"c": 0o020000, "b": 0o060000}[kind] | mode,
                 rdev=(major, minor))

    def add_parents(self):
        for path in list(self.members):
            parts = path.split("/")
            for end in range(1, len(parts)):
                parent = "/".join(parts[:end])
                if parent not in self.members:
                    self.add_directory(parent)
                elif self.members[parent][0] & 0o170000 != 0o040000:
                    raise Failure(f"/{path} needs /{parent} to be a "
                                  "directory, and it is not one")

    def write(self, out):
        self.add_parents()
        inode = 0
        for path, (mode, data, rdev) in sorted(self.members.items()):
            inode += 1
            write_member(out, path, inode, mode, data, rdev)
        write_member(out, "TRAILER!!!", 0, 0, b"", (0, 0))


def write_member(out, path, inode, mode, data, rdev):
    """One newc header, the name and the data, each padded to 4 bytes."""
    links = 2 if mode & 0o170000 == 0o040000 else 1
    name = path.encode() + b"\0"
    fields = (inode, mode, 0, 0, links, 0, len(data), 0, 0, *rdev, len(name),
              0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields)
    out.write(header + name + b"\0" * (-(len(header) + len(name)) % 4))
    out.write(data + b"\0" * (-len(data) % 4))


def words_of(path):
    """The lines of a table as lists of words, comments left out."""
    with open(path, encoding="utf-8") as table:
        for number, line in enumerate(table, 1):
            words = line.split("#", 1)[0].split()
            if words:
                yield number, words


def add_table(archive, path):
    """initramfs/files; its head says what a line looks like."""
    here = os.path.dirname(path)
    for number, words in words_of(path):
        try:
            match words:
                case ["dir", name, mode]:
                    archive.add_directory(name, int(mode, 8))
                case ["node", name, mode, ("c" | "b") as kind, major, minor]:
                    archive.add_node(name, int(mode, 8), kind, int(major),
                                     int(minor))
                case ["link", name, target]:
                    archive.add_link(name, target)
                case ["file", name, mode, source]:
                    archive.add_file(name, read(os.path.join(here, source)),
                                     int(mode, 8))
                case _:
                    raise ValueError
        except ValueError as error:
            raise Failure(f"{path}:{number}: '{' '.join(words)}' is not a "
                          "line of this table") from error


def read(path):
    with open(path, "rb") as source:
        return source.read()


# --- modules ---------------------------------------------------------------


def modinfo(data, path):
    """The (key, value) pairs a module carries (ELF64, section .modinfo)."""
    try:
        if data[:6] != b"\x7fELF\x02\x01":
            raise ValueError("it is not a little-endian 64-bit ELF file")
        table, = struct.unpack_from("<Q", data, 40)
        size, count, names_index = struct.unpack_from("<3H", data, 58)
        sections = [struct.unpack_from("<IIQQQQ", data, table + size * index)
                    for index in range(count)]
        names = sections[names_index][4]
        for name, _, _, _, offset, length in sections:
            if data[names + name:].startswith(b".modinfo\0"):
                text = data[offset:offset + length].decode()
                return [tuple(pair.split("=", 1))
                        for pair in text.split("\0") if "=" in pair]
        raise ValueError("it has no section .modinfo")
    except (struct.error, ValueError, IndexError) as error:
        raise Failure(f"unable to read the module {path}: {error}") from error


def canonical(name):
    return name.replace("-", "_")


class Module:
    def __init__(self, name, path, root):
        compression = MODULE_NAME.match(path).group(2)
        self.name = name
        self.data = unpack(os.path.join(root, path), compression)
        # Where it will be: plain, under the release's directory.
        self.path = path.removesuffix(f".{compression}")
        info = modinfo(self.data, path)
        self.release = dict(info).get("vermagic", "").split(" ")[0]
        self.aliases = [value for key, value in info if key == "alias"]
        self.firmware = [value for key, value in info if key == "firmware"]
        self.depends = [canonical(needed) for key, value in info
                        if key == "depends" for needed in value.split(",")
                        if needed]
        self.before = [canonical(word) for key, value in info
                       if key == "softdep" for word in softdeps_before(value)]

    def has_device(self):
        """Does some device ask for this module by its modalias?"""
        return any(":" in alias and alias.split(":")[0] not in NOT_A_DEVICE
                   for alias in self.aliases)


def softdeps_before(text):
    """The names after "pre:" in a soft dependency, up to "post:"."""
    before = False
    for word in text.split():
        if word in ("pre:", "post:"):
            before = word == "pre:"
        elif before:
            yield word


class ModuleTree:
    """A kernel's directory of modules: /lib/modules/RELEASE or a copy."""

    def __init__(self, root):
        self.root = root
        self.paths = {}
        self.chosen = {}
        for directory, subdirectories, files in os.walk(root):
            # build and source point to trees that are not the kernel's.
            subdirectories[:] = sorted(
                name for name in subdirectories
                if not os.path.islink(os.path.join(directory, name)))
            for name in sorted(files):
                found = MODULE_NAME.match(name)
                if found:
                    path = os.path.join(directory, name)
                    self.paths.setdefault(canonical(found.group(1)),
                                          os.path.relpath(path, root))
        if not self.paths:
            raise Failure(f"unable to find modules (*.ko) in {root}")
        self.builtin = self.read_builtin()

    def read_builtin(self):
        path = os.path.join(self.root, "modules.builtin")
        if not os.path.exists(path):
            return set()
        with open(path, encoding="utf-8") as table:
            return {canonical(os.path.basename(line.strip())[:-len(".ko")])
                    for line in table if line.strip()}

    def choose(self, name):
        """Take a module and all it needs; False if the kernel lacks it."""
        name = canonical(name)
        if name in self.chosen or name in self.builtin:
            return True
        if name not in self.paths:
            return False
        module = Module(name, self.paths[name], self.root)
        self.chosen[name] = module
        for needed in module.depends:
            if not self.choose(needed):
                raise Failure(f"the module {name} needs {needed}, which is "
                              f"not in {self.root}")
        # A soft dependency may name an alias or something this kernel is
        # built without; it is good to have, no more.
        for needed in module.before:
            self.choose(needed)
        return True

    def release(self):
        releases = {module.release for module in self.chosen.values()}
        if len(releases) != 1 or "" in releases:
            raise Failure(f"the modules in {self.root} are not of one kernel: "
                          f"{', '.join(sorted(releases)) or 'none chosen'}")
        return releases.pop()

    def closure(self, module, seen=None):
        """All that must be loaded before it, the last one first of all."""
        seen = [] if seen is None else seen
        for name in module.depends:
            if name in self.chosen:
                needed = self.chosen[name]
                if needed in seen:
                    seen.remove(needed)
                seen.append(needed)
                self.closure(needed, seen)
        return seen

    def dep_lines(self):
        for _, module in sorted(self.chosen.items()):
            before = "".join(" " + needed.path
                             for needed in self.closure(module))
            yield f"{module.path}:{before}\n"

    def alias_lines(self):
        for name, module in sorted(self.chosen.items()):
            for alias in sorted(set(module.aliases)):
                yield f"alias {alias} {name}\n"


def read_module_lists(names, paths):
    """(name, required, loaded at the start) of every module asked for, in the
    order given."""
    for name in names:
        yield name, True, True
    for path in paths:
        for number, words in words_of(path):
            if words[1:] not in ([], ["later"]):
                raise Failure(f"{path}:{number}: one module a line, and "
                              f"'{' '.join(words)}' is more")
            yield (words[0].removesuffix("?"), not words[0].endswith("?"),
                   len(words) == 1)


def add_modules(archive, options):
    tree = ModuleTree(options.modules)
    wanted = list(read_module_lists(options.module, options.modules_list))
    if not wanted:
        raise Failure(f"--modules {options.modules} needs --module NAME or "
                      "--modules-list FILE to say which")
    asked = {}
    missing = []
    for name, required, at_start in wanted:
        if tree.choose(name):
            if at_start:
                asked[canonical(name)] = True
        elif required:
            missing.append(name)
    if missing:
        raise Failure(f"the kernel in {options.modules} has no module "
                      f"{', '.join(missing)}: correct the name, or write "
                      f"'{missing[0]}?' in a list if it may be absent")
    if not tree.chosen:
        # All of them are built in; then there is nothing to ship.
        return
    base = f"lib/modules/{tree.release()}"
    for module in tree.chosen.values():
        archive.add_file(f"{base}/{module.path}", module.data)
    archive.add_file(f"{base}/modules.dep", "".join(tree.dep_lines()).encode())
    archive.add_file(f"{base}/modules.alias",
                     "".join(tree.alias_lines()).encode())
    first = [name for name in asked
             if name in tree.chosen and not tree.chosen[name].has_device()]
    archive.add_file(LOAD_FIRST, "".join(f"{name}\n" for name in first)
                     .encode())
    if options.firmware:
        add_firmware(archive, tree, options.firmware)


def add_firmware(archive, tree, root):
    """The blobs in ROOT that the chosen modules name. Most name many, for
    every model there is, so what ROOT lacks is left out."""
    wanted = {name for module in tree.chosen.values()
              for name in module.firmware}
    for directory, _, files in sorted(os.walk(root)):
        for file in sorted(files):
            path = os.path.join(directory, file)
            name = os.path.relpath(path, root)
            compression = None
            for ending in ("xz", "zst"):
                if name.endswith("." + ending):
                    name, compression = name[:-len(ending) - 1], ending
            if any(fnmatch.fnmatchcase(name, pattern) for pattern in wanted):
                archive.add_file(f"lib/firmware/{name}",
                                 unpack(path, compression))


# --- the rest --------------------------------------------------------------


def add_busybox(archive, path):
    """busybox and a link for each of its applets, all in /bin. The list of
    applets lies beside it: it may be a program for another machine."""
    archive.add_file("bin/busybox", read(path), 0o755)
    for line in read(path + ".links").decode().split():
        archive.add_link("bin/" + os.path.basename(line), "busybox")


def add_configuration(archive, options):
    archive.add_file("etc/keelboot/keelboot.conf", read(options.config))
    if options.entries:
        archive.add_directory("etc/keelboot/entries")
        for name in sorted(os.listdir(options.entries)):
            if name.endswith(".conf"):
                archive.add_file(f"etc/keelboot/entries/{name}",
                                 read(os.path.join(options.entries, name)))
    if options.network:
        add_network(archive, options.network)


def add_network(archive, folder):
    """What entries of the network name: CAs, certificates, keys, tokens. Keys
    are for root alone, like the folder; an image is no place to keep them from
    whoever has it."""
    archive.add_directory("etc/keelboot/network", 0o700)
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name.startswith((".", "README")):
            continue
        if not os.path.isfile(path):
            raise Failure(f"{path} is not a file: entries name files of "
                          f"{folder} itself")
        archive.add_file(f"etc/keelboot/network/{name}", read(path), 0o400)


def parse_options():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("table", "binary", "busybox", "config", "out"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("entries", "network", "modules", "firmware"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--module", action="append", default=[])
    parser.add_argument("--modules-list", action="append", default=[])
    parser.add_argument("--add", action="append", default=[],
                        metavar="PATH=SOURCE", help="executable if SOURCE is")
    return parser.parse_args()


def build(options):
    archive = Archive()
    add_table(archive, options.table)
    archive.add_file("keelboot", read(options.binary), 0o755)
    add_busybox(archive, options.busybox)
    add_configuration(archive, options)
    if options.modules:
        add_modules(archive, options)
    elif options.module or options.modules_list or options.firmware:
        raise Failure("modules are asked for, but --modules DIR does not say "
                      "of which kernel")
    for extra in options.add:
        path, found, source = extra.partition("=")
        if not found:
            raise Failure(f"--add {extra}: it is PATH=SOURCE")
        mode = 0o755 if os.access(source, os.X_OK) else 0o644
        archive.add_file(path, read(source), mode)
    return archive


def main():
    options = parse_options()
    try:
        archive = build(options)
        with open(options.out, "wb") as out:
            archive.write(out)
    except Failure as failure:
        sys.exit(f"mkinitramfs: {failure}")
    except OSError as error:
        sys.exit(f"mkinitramfs: unable to read or write {error.filename}: "
                 f"{error.strerror}")


if __name__ == "__main__":
    main()
