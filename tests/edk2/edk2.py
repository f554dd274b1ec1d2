#!/usr/bin/python3
"""Ask EDK2, the reference implementation of UEFI, whether it would load files:
OVMF with Secure Boot on, in QEMU, and LoadImage() on each of them.

As a module: verdicts(groups, ...) -> {group: {name: Verdict}}.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)

import varstore  # noqa: E402 (its place is beside this file)

ACCESS_DENIED = "E0000000f"
SECONDS_MAX = 540
DISK_SLACK = 48 << 20  # FAT32 has at least 65525 clusters


class EdkError(Exception):
    pass


def run(*command, **options):
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, **options)
    if done.returncode:
        raise EdkError("%s failed:\n%s" % (
            command[0], done.stdout.decode("utf-8", "replace")[-2000:]))
    return done.stdout


def refused(status):
    """LoadImage() checks the signature before anything else and says
    ACCESS_DENIED; every other answer means that it passed."""
    return status == ACCESS_DENIED


def build_app(folder, key, certificate):
    """The application, signed, so that the firmware starts it."""
    plain = folder + "/loadtest.efi"
    run("clang", "-target", "x86_64-unknown-windows", "-ffreestanding",
        "-fshort-wchar", "-mno-red-zone", "-mgeneral-regs-only", "-O2",
        "-Wall", "-Wextra", "-Werror", "-c", HERE + "/loadtest.c", "-o",
        folder + "/loadtest.obj")
    run("lld-link", "-subsystem:efi_application", "-entry:efi_main",
        "-nodefaultlib", "-timestamp:0", "-out:" + plain,
        folder + "/loadtest.obj")
    run("sbsign", "--key", key, "--cert", certificate, "--output",
        folder + "/BOOTX64.EFI", plain)
    return folder + "/BOOTX64.EFI"


def make_disk(path, app, groups, updates):
    """A FAT disk: the application, and a folder under /T for each group."""
    size = DISK_SLACK + os.path.getsize(app)
    for files in groups.values():
        size += sum(len(content) + 4096 for content in files.values())
    with open(path, "wb") as disk:
        disk.truncate((size + size // 50 + (1 << 20) - 1) >> 20 << 20)
    run("mformat", "-F", "-i", path, "::")
    run("mmd", "-i", path, "::/EFI", "::/EFI/BOOT", "::/T")
    run("mcopy", "-i", path, app, "::/EFI/BOOT/BOOTX64.EFI")
    with tempfile.TemporaryDirectory() as folder:
        for group, files in groups.items():
            here = os.path.join(folder, group)
            os.mkdir(here)
            run("mmd", "-i", path, "::/T/" + group)
            # What changes the variables has to be seen first.
            first = updates.get(group, {})
            for name, content in list(first.items()) + list(files.items()):
                with open(os.path.join(here, name), "wb") as file:
                    file.write(content)
            for names in (list(first), list(files)):
                if names:
                    run("mcopy", "-i", path,
                        *[os.path.join(here, name) for name in names],
                        "::/T/%s/" % group)


def run_firmware(folder, code, store, disk):
    with open(folder + "/vars.fd", "wb") as file:
        file.write(store)
    command = [
        "nice", "qemu-system-x86_64", "-machine", "q35,smm=on", "-accel",
        "tcg", "-cpu", "max", "-m", "512", "-display", "none", "-nic", "none",
        "-no-reboot", "-serial", "none", "-monitor", "none",
        "-global", "driver=cfi.pflash01,property=secure,value=on",
        "-global", "ICH9-LPC.disable_s3=1",
        "-drive", "if=pflash,unit=0,format=raw,readonly=on,file=" + code,
        "-drive", "if=pflash,unit=1,format=raw,file=" + folder + "/vars.fd",
        "-drive", "if=none,id=d,format=raw,snapshot=on,file=" + disk,
        "-device", "virtio-blk-pci,drive=d",
        "-chardev", "file,id=out,path=" + folder + "/out",
        "-device", "isa-debugcon,iobase=0xe9,chardev=out",
    ]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=SECONDS_MAX,
                              check=False)
    except subprocess.TimeoutExpired as error:
        raise EdkError("the firmware did not come to an end in %d s, it "
                       "said:\n%s" % (SECONDS_MAX, said(folder)[-2000:])) \
            from error
    text = said(folder)
    if "end S" not in text:
        raise EdkError("QEMU ended with status %d:\n%s\nthe application "
                       "said:\n%s" % (done.returncode, done.stdout.decode(),
                                      text[-2000:]))
    return text


def said(folder):
    try:
        with open(folder + "/out", encoding="ascii", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def parse(text, groups, updates):
    found = {group: {} for group in groups}
    for line in text.splitlines():
        words = line.rsplit(" ", 2)
        if len(words) != 3:
            continue
        where, what, status = words
        group, _, name = where.partition("/")
        if what == "set" and status != "S00000000":
            raise EdkError("the firmware did not take %s: %s"
                           % (where, status))
        if what == "unreadable":
            raise EdkError("the firmware cannot read " + where)
        if what == "load":
            found[group][name] = status
    for group, files in groups.items():
        lost = set(files) - set(found[group])
        if lost:
            raise EdkError("no verdict on %s of %s" % (sorted(lost), group))
        for name in updates.get(group, {}):
            if "%s/%s set " % (group, name) not in text:
                raise EdkError("%s of %s was not put in force" % (name, group))
    return found


class Edk2:
    """One firmware. signer is (key, certificate) PEM files: it signs the
    application and stands in PK, KEK and db in every run."""

    def __init__(self, code, empty_vars, signer, cache):
        self.code, self.cache = code, cache
        with open(empty_vars, "rb") as file:
            self.template = file.read()
        self.key, self.certificate = map(str, signer)
        self.certificate_der = run("openssl", "x509", "-in", self.certificate,
                                   "-outform", "DER")

    def update(self, name, lists, when):
        """A signed change of db or dbx; when grows from group to group. The
        application's own certificate stays in db."""
        if name == "db":
            lists += varstore.certificate_lists(self.certificate_der)
        return varstore.signed_update(name, lists, when, self.key,
                                      self.certificate)

    def verdicts(self, groups, db, changes=None, dbx=b""):
        """groups: {group: {name: bytes}}, in the order they are looked at; db:
        DER certificates; changes: {group: {"db"|"dbx": signature lists}}, in
        force from that group on; dbx: lists in force from the beginning (no
        update is taken that has a certificate with another key than RSA).
        {group: {name: EFI status}}"""
        changes = changes or {}
        names = self._key(groups, db, changes, dbx)
        kept = os.path.join(self.cache, "edk2-%s.json" % names)
        if os.path.exists(kept):
            with open(kept, encoding="ascii") as file:
                return json.load(file)
        when, updates = 0, {}
        for group in groups:
            updates[group] = {}
            for name, lists in changes.get(group, {}).items():
                when += 1
                updates[group][name] = self.update(name, lists, when)
        own = varstore.certificate_lists(self.certificate_der)
        store = varstore.secure_boot_store(
            self.template, own, own,
            own + b"".join(varstore.certificate_lists(c) for c in db), dbx)
        with tempfile.TemporaryDirectory(prefix="keelboot-edk2-") as folder:
            app = build_app(folder, self.key, self.certificate)
            make_disk(folder + "/disk", app, groups, updates)
            text = run_firmware(folder, self.code, store, folder + "/disk")
        found = parse(text, groups, updates)
        os.makedirs(self.cache, exist_ok=True)
        with open(kept + ".new", "w", encoding="ascii") as file:
            json.dump(found, file, indent=1)
        os.rename(kept + ".new", kept)
        return found

    def _key(self, groups, db, changes, dbx):
        """What the answer depends on."""
        total = hashlib.sha256()

        def add(*parts):
            for part in parts:
                if isinstance(part, str):
                    part = part.encode()
                total.update(b"%d:" % len(part) + part)

        with open(self.code, "rb") as file:
            add(file.read())
        for source in ("loadtest.c", "edk2.py", "varstore.py"):
            with open(os.path.join(HERE, source), "rb") as file:
                add(file.read())
        add(self.certificate_der, dbx, str(len(db)), *db)
        for group, files in groups.items():
            add(group, *[word for change in changes.get(group, {}).items()
                         for word in change])
            for name, content in files.items():
                add(name, content)
        return total.hexdigest()[:32]
