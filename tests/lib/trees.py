"""Directory trees that stand for a machine's partitions, as installations
leave them: <tree>/<volume>/..., for `keelboot list --root`.

The real tools make what they can make without a machine: ukify UKIs and
addons, kernel-install entries, grub-mkconfig menus (tests/lib/trees_bls.py and
trees_grub.py). The kernels in them are headers only (standin.py). Trees are
kept in the cache and are for reading: a test that changes one copies it.

As a module: get(name) -> Tree; names() -> every name.
"""

import fcntl
import functools
import hashlib
import os
import pathlib
import shutil
import subprocess
import time

import standin

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SOURCES = ["trees.py", "trees_bls.py", "trees_grub.py", "standin.py"]
MACHINE_ID = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
UUID = {"root": "6f1b1b3c-9f1f-4d4e-8a51-0f7f5ad0c001",
        "boot": "6f1b1b3c-9f1f-4d4e-8a51-0f7f5ad0c002",
        "esp": "C0DE-0001"}


def cache_dir():
    return pathlib.Path(os.environ.get("KEELBOOT_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or
        os.path.expanduser("~/.cache"), "keelboot"))


@functools.lru_cache(None)
def tools(kind):
    """The folder of scripts/fetch-tools.sh."""
    done = subprocess.run([ROOT / "scripts/fetch-tools.sh", kind],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return pathlib.Path(done.stdout.strip().splitlines()[-1])


@functools.lru_cache(None)
def stub(arch="x86_64", version=262):
    done = subprocess.run(
        [ROOT / "scripts/fetch-kernel.sh", f"stub-{version}-{arch}"],
        capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return pathlib.Path(done.stdout.strip().splitlines()[-1]) / "stub"


def efi(name):
    """An EFI program that Debian's systemd brings, for x86_64."""
    return tools("stub-262") / "root/usr/lib/systemd/boot/efi" / name


def call(*command, **options):
    done = subprocess.run([str(word) for word in command], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, **options)
    assert done.returncode == 0, f"{command[0]}: {done.stdout}"
    return done.stdout


class Tree:
    """volumes: folder -> what it stands for: "esp", "xbootldr" or the name of
    a file system. wanted: what the tree's own loader would offer, where this
    is known otherwise than by asking bootctl: a list of Wanted."""

    def __init__(self, name, path, volumes, wanted=None, note=""):
        self.name, self.path, self.volumes = name, path, volumes
        self.wanted, self.note = wanted, note

    def volume(self, name):
        return self.path / name

    def of_kind(self, kind):
        found = [name for name, k in self.volumes.items() if k == kind]
        return self.path / found[0] if found else None

    def copy(self, folder):
        shutil.copytree(self.path, folder, symlinks=True)
        return Tree(self.name, pathlib.Path(folder), self.volumes,
                    self.wanted, self.note)


class Wanted:
    """An entry of a menu that no oracle reads: what its author meant."""

    def __init__(self, title, kernel, options="", initrds=(), volume="esp"):
        self.title, self.kernel, self.options = title, kernel, options
        self.initrds, self.volume = list(initrds), volume

    def __repr__(self):
        return f"{self.title!r} {self.volume}:{self.kernel} {self.options}"


class Maker:
    """Puts files into one tree's volumes."""

    def __init__(self, path, work):
        self.path, self.work = pathlib.Path(path), pathlib.Path(work)
        self.path.mkdir(parents=True, exist_ok=True)
        self.work.mkdir(parents=True, exist_ok=True)

    def put(self, name, data=b""):
        """A file: "esp/loader/entries/a.conf"."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def link(self, name, target):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)

    def kernel(self, name, version="6.1.0-1-amd64", arch="x86_64"):
        return self.put(name, standin.kernel(arch, version))

    def conf(self, name, volume="esp", **keys):
        """An entry; a value that is a list is the key given several times, "_"
        in a key is "-", but for GRUB's. Kernels and initrds it names are made, too."""
        lines = []
        for key, value in keys.items():
            if not key.startswith("grub_"):
                key = key.replace("_", "-")
            for one in value if isinstance(value, list) else [value]:
                lines.append(f"{key} {one}".rstrip())
        for path in [keys.get("linux")] if "linux" in keys else []:
            self._stand_in(volume, path, self.kernel)
        initrds = keys.get("initrd", [])
        for path in initrds if isinstance(initrds, list) else [initrds]:
            self._stand_in(volume, path, lambda n: self.put(n, "initrd " + n))
        return self.put(f"{volume}/loader/entries/{name}",
                        "\n".join(lines) + "\n")

    def _stand_in(self, volume, path, make):
        relative = path.lstrip("/")
        plain = relative and ".." not in relative.split("/") and all(
            " " < c < "\x7f" for c in relative)
        if plain and not (self.path / volume / relative).exists():
            make(f"{volume}/{relative}")

    def part(self, name, data):
        path = self.work / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def uki(self, name, osrel, arch="x86_64", uname="6.1.0-1-amd64",
            cmdline="quiet", stub_version=262, profiles=(), linux=None,
            initrd=b"initrd", **more):
        """By ukify. osrel: {"ID": ...}; profiles: texts of .profile, or pairs
        of one and ukify's arguments; more: ukify's own, "_" is "-"."""
        efi_arch = {"x86_64": "x64", "aarch64": "aa64"}[arch]
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        words = [
            "--efi-arch", efi_arch, "--stub", stub(arch, stub_version),
            "--linux", self.part("linux", linux or standin.kernel(arch,
                                                                  uname)),
            "--initrd", self.part("initrd", initrd),
            "--os-release", "@%s" % self.part("osrel", "".join(
                f'{key}="{value}"\n' for key, value in osrel.items())),
            "--uname", uname, "--cmdline", cmdline]
        for key, value in more.items():
            for one in value if isinstance(value, list) else [value]:
                words += ["--" + key.replace("_", "-"), one]
        for number, profile in enumerate(profiles):
            text, *arguments = ([profile] if isinstance(profile, str)
                                else profile)
            part = self.work / f"profile{number}"
            call(tools("ukify-262") / "bin/ukify", "build", "--efi-arch",
                 efi_arch, "--stub", efi("addonx64.efi.stub"), "--profile", text, *arguments,
                 "--output", part)
            words += ["--join-profile", part]
        call(tools("ukify-262") / "bin/ukify", "build", *words, "--output",
             path)
        return path

    def addon(self, name, cmdline=None, **more):
        """By ukify, for x86_64."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        words = ["--cmdline", cmdline] if cmdline else []
        for key, value in more.items():
            words += ["--" + key.replace("_", "-"), value]
        call(tools("ukify-262") / "bin/ukify", "build", "--efi-arch",
             "x64", "--stub", efi("addonx64.efi.stub"), *words,
             "--output", path)
        return path

    def kernel_install(self, volume, version, layout="bls", tries=None,
                       osrel=None, cmdline="root=UUID=%s ro quiet"
                       % UUID["root"], token=MACHINE_ID, initrds=("initrd",),
                       kernel=None):
        """What `kernel-install add` does on the machine whose /boot, /efi or
        the like is this volume. Its plugins read the os-release of this
        machine instead of that of the host."""
        conf, root = self.work / "conf", tools("systemd-262") / "root"
        shutil.rmtree(conf, ignore_errors=True)
        conf.mkdir()
        osrel = osrel or {"ID": "debian", "PRETTY_NAME":
                          "Debian GNU/Linux 13 (trixie)"}
        self.part("conf/os-release", "".join(
            f'{key}="{value}"\n' for key, value in osrel.items()))
        self.part("conf/install.conf", f"layout={layout}\n")
        self.part("conf/cmdline", cmdline + "\n")
        self.part("conf/entry-token", token + "\n")
        if tries is not None:
            self.part("conf/tries", f"{tries}\n")
        plugins = []
        for plugin in ("90-loaderentry.install", "90-uki-copy.install"):
            text = (root / "usr/lib/kernel/install.d" / plugin).read_text()
            made = self.part("conf/" + plugin, text.replace(
                "/etc/os-release", f"{conf}/os-release"))
            made.chmod(0o755)
            plugins.append(str(made))
        boot = self.path / volume
        (boot / "EFI/Linux").mkdir(parents=True, exist_ok=True)
        image = kernel or self.part("vmlinuz", standin.bzimage(version))
        call(tools("systemd-262") / "bin/kernel-install",
             "--make-entry-directory=yes", "add", version, image,
             *[self.part(name, f"initrd of {version}: {name}")
               for name in initrds] if layout == "bls" else [],
             env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
                  "KERNEL_INSTALL_CONF_ROOT": str(conf),
                  "KERNEL_INSTALL_PLUGINS": " ".join(plugins),
                  "BOOT_ROOT": str(boot), "BOOT_MNT": str(boot),
                  "MACHINE_ID": MACHINE_ID})

    def systemd_boot(self, volume="esp"):
        """What `bootctl install` puts beside the entries."""
        program = efi("systemd-bootx64.efi").read_bytes()
        self.put(f"{volume}/EFI/systemd/systemd-bootx64.efi", program)
        self.put(f"{volume}/EFI/BOOT/BOOTX64.EFI", program)
        self.put(f"{volume}/loader/loader.conf",
                 "#timeout 3\n#console-mode keep\n")
        self.put(f"{volume}/loader/entries.srel", "type1\n")
        self.put(f"{volume}/loader/random-seed", bytes(32))


# --- all of them ------------------------------------------------------------

def _builders():
    import trees_bls
    import trees_grub
    return {**trees_bls.TREES, **trees_grub.TREES}


def names():
    return sorted(_builders())


@functools.lru_cache(None)
def folder():
    """Where all trees are, made if they are not there."""
    key = hashlib.sha256()
    for source in [HERE / name for name in SOURCES] + [
            ROOT / "scripts/fetch-tools.sh"]:
        key.update(source.read_bytes())
    out = cache_dir() / f"trees-{key.hexdigest()[:16]}"
    out.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{out}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not out.exists():
            made = pathlib.Path(f"{out}.new")
            shutil.rmtree(made, ignore_errors=True)
            for name, build in _builders().items():
                for volume, kind in build.volumes.items():
                    (made / name / volume).mkdir(parents=True)
                    write_place(made / name / volume, kind)
                build(Maker(made / name, made / ".work" / name))
            shutil.rmtree(made / ".work")
            made.rename(out)
            _forget_others(out)
    return out


def write_place(folder, kind):
    """What `keelboot list --root` cannot see of a partition. The shipped
    configuration enforces, and so looks at no other file systems than those
    made for booting: here they count as such."""
    name = folder.name
    (folder / ".place").write_text(
        f"kind={'esp' if kind == 'esp' else 'xbootldr'}\n"
        + (f"fs-uuid={UUID[name]}\n" if name in UUID else ""))


def _forget_others(out):
    """What other versions of this file made, once it is a day old."""
    for other in out.parent.glob("trees-*"):
        if other.name.startswith(out.name) or \
                time.time() - other.stat().st_mtime < 86400:
            continue
        if other.is_dir():
            shutil.rmtree(other)
        else:
            other.unlink()


@functools.lru_cache(None)
def get(name):
    build = _builders()[name]
    return Tree(name, folder() / name, build.volumes, build.wanted,
                build.__doc__ or "")


def get_volumes(name):
    """The volumes of a tree that bootctl can list, else None."""
    build = _builders()[name]
    return None if build.wanted else build.volumes


def wanted(name):
    return _builders()[name].wanted


def tree(volumes, wanted=None):
    """Marks a function that fills a tree."""
    def mark(build):
        build.volumes, build.wanted = volumes, wanted
        return build
    return mark
