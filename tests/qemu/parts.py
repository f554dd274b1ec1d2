"""Disks with several partitions and file systems, made without root and
without mounting anything."""

import os
import pathlib
import shutil
import subprocess

TYPES = {"esp": "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
         "xbootldr": "BC13C2FF-59E6-4262-A352-B275FD6F7172",
         "linux": "0FC63DAF-8483-4772-8E79-3D69D8477DE4"}
MIB = 1 << 20
# Less room than that no file system takes that a kernel and its initrd fit
# into.
LEAST = {"vfat": 36, "ext4": 24, "btrfs": 128}


class Part:
    """kind: of TYPES; fs: of LEAST; tree: a folder that it holds, and files:
    path -> file or bytes on top of it. uuid and label are the file
    system's."""

    def __init__(self, kind, fs="vfat", tree=None, files=None, uuid=None,
                 label=None, part_uuid=None, name=None):
        self.kind, self.fs, self.tree = kind, fs, tree
        self.files, self.uuid, self.label = files or {}, uuid, label
        self.part_uuid, self.name = part_uuid, name or kind

    def stage(self, folder):
        """Its files as a folder of their own; how many MiB they are."""
        folder = pathlib.Path(folder)
        if self.tree:
            shutil.copytree(self.tree, folder, symlinks=True)
        else:
            folder.mkdir(parents=True)
        for name, source in self.files.items():
            path = folder / name.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(source, bytes):
                path.write_bytes(source)
            else:
                shutil.copyfile(source, path)
        total = sum(path.lstat().st_size + 4096
                    for path in folder.rglob("*"))
        return folder, total * 5 // 4 // MIB + 1

    def make(self, image, stage, mib):
        size = max(LEAST[self.fs], mib + 16)
        with open(image, "wb") as file:
            file.truncate(size * MIB)
        getattr(self, "_" + self.fs)(image, stage)
        return size

    def _vfat(self, image, stage):
        words = ["-n", self.label or "ESP"]
        if self.uuid:
            words += ["-i", self.uuid.replace("-", "")]
        run("mkfs.fat", "-F", "32", *words, image)
        content = sorted(stage.iterdir())
        if content:
            run("mcopy", "-s", "-Q", "-m", "-i", image, *content, "::/",
                env={**os.environ, "MTOOLS_SKIP_CHECK": "1"})

    def _ext4(self, image, stage):
        run("mkfs.ext4", "-q", "-F", "-d", stage, *self._names("-U", "-L"),
            image)

    def _btrfs(self, image, stage):
        run("mkfs.btrfs", "-q", "--rootdir", stage,
            *self._names("-U", "-L"), image)

    def _names(self, uuid, label):
        return ([uuid, self.uuid] if self.uuid else []) + (
            [label, self.label] if self.label else [])


def run(*command, **options):
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    environment = {**options.pop("env", os.environ), "PATH": path}
    done = subprocess.run([str(word) for word in command],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, env=environment, **options)
    assert done.returncode == 0, f"{command[0]}: {done.stdout}"
    return done.stdout


def make_disk(path, parts):
    """A GPT disk with these partitions; where each begins, in bytes."""
    path = pathlib.Path(path)
    at, lines, begins, images = 1, ["label: gpt"], [], []
    for number, part in enumerate(parts):
        stage, mib = part.stage(f"{path}.{number}.d")
        image = pathlib.Path(f"{path}.{number}")
        size = part.make(image, stage, mib)
        shutil.rmtree(stage)
        line = (f'start={at}MiB, size={size}MiB, type={TYPES[part.kind]}, '
                f'name="{part.name}"')
        lines.append(line + (f", uuid={part.part_uuid}" if part.part_uuid
                             else ""))
        begins.append(at * MIB)
        images.append(image)
        at += size
    with open(path, "wb") as disk:
        disk.truncate((at + 1) * MIB)
    run("sfdisk", "-q", path, input="\n".join(lines) + "\n")
    for begin, image in zip(begins, images):
        run("dd", f"if={image}", f"of={path}", "bs=1M", "conv=notrunc,sparse",
            f"seek={begin // MIB}", "status=none")
        image.unlink()
    return begins


def folder_of(disk, begin, folder):
    """Names of the files in a folder of a FAT that begins there."""
    shown = run("mdir", "-b", "-i", f"{disk}@@{begin}", f"::{folder}")
    return sorted(line.rsplit("/", 1)[1] for line in shown.splitlines()
                  if line.startswith("::/"))
