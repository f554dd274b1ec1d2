"""Manifests of loose entries, made with sha256sum and openssl as an
administrator makes them, and checked by the program."""

import hashlib
import json
import os
import subprocess

import pytest

OPTIONS = "root=/dev/sda2 ro console=ttyS0"


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True,
                   capture_output=True, timeout=60)


def make_key(folder, name):
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
            folder / (name + ".key"), "-out", folder / (name + ".pem"),
            "-days", "1", "-subj", "/CN=" + name)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """A keyring whose manifest key is `manifest`, image key `image`; the
    private keys stand beside it."""
    folder = tmp_path_factory.mktemp("keys")
    for purpose, name in ("manifest", "manifest"), ("db", "image"):
        make_key(folder, name)
        (folder / "ring" / purpose).mkdir(parents=True)
        (folder / "ring" / purpose / (name + ".pem")).write_bytes(
            (folder / (name + ".pem")).read_bytes())
    return folder


class Esp:
    """A directory with one loose entry."""

    def __init__(self, root, kernel, keelboot):
        self.root, self.keelboot = root, keelboot
        (root / "loader/entries").mkdir(parents=True)
        with open(kernel, "rb") as file:
            (root / "vmlinuz").write_bytes(file.read())
        (root / "one.img").write_bytes(b"the first initrd")
        (root / "two.img").write_bytes(b"the second initrd")
        self.conf = root / "loader/entries/debian.conf"
        self.entry("linux /vmlinuz", "initrd /one.img", "initrd /two.img",
                   "options " + OPTIONS)

    @property
    def manifest(self):
        return self.root / "loader/entries/debian.manifest"

    def entry(self, *lines):
        self.conf.write_text("\n".join(("title Debian",) + lines) + "\n")

    def sign(self, keys, name="manifest", digest="sha256"):
        openssl("cms", "-sign", "-binary", "-md", digest, "-in",
                self.manifest, "-signer", keys / (name + ".pem"), "-inkey",
                keys / (name + ".key"), "-outform", "DER", "-out",
                str(self.manifest) + ".p7s")

    def write(self):
        done = self.keelboot("manifest", self.conf, "--root", self.root)
        assert done.returncode == 0, done.stderr
        self.manifest.write_text(done.stdout)

    def check(self, keys):
        return self.keelboot("manifest", self.conf, "--root", self.root,
                             "--check", "--keyring", keys / "ring")

    def refused(self, keys, *words):
        done = self.check(keys)
        assert done.returncode == 1, done.stdout
        for word in words:
            assert word in done.stderr, done.stderr


@pytest.fixture
def esp(tmp_path, debian_kernel, keelboot, keys):
    esp = Esp(tmp_path, debian_kernel[0], keelboot)
    esp.write()
    esp.sign(keys)
    return esp


def test_written_as_sha256sum_would(esp):
    want = []
    for role, name in (("linux", "vmlinuz"), ("initrd", "one.img"),
                       ("initrd", "two.img")):
        content = (esp.root / name).read_bytes()
        want.append(f"{role} {hashlib.sha256(content).hexdigest()} /{name}")
    options = hashlib.sha256(OPTIONS.encode()).hexdigest()
    want.append(f"options {options} -")
    assert esp.manifest.read_text().splitlines() == want


def test_covered_as_a_whole(esp, keys):
    done = esp.check(keys)
    assert done.returncode == 0, done.stderr
    assert "signed by manifest" in done.stdout


@pytest.mark.parametrize("digest", ["sha384", "sha512"])
def test_other_digests_of_the_signature(esp, keys, digest):
    esp.sign(keys, digest=digest)
    assert esp.check(keys).returncode == 0


def test_sha1_does_not_count(esp, keys):
    esp.sign(keys, digest="sha1")
    esp.refused(keys, "digest")


def test_an_image_key_signs_no_manifest(esp, keys):
    esp.sign(keys, "image")
    esp.refused(keys, "image", "keyring")


@pytest.mark.parametrize("name", ["vmlinuz", "one.img", "two.img"])
def test_a_tampered_part(esp, keys, name):
    path = esp.root / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    esp.refused(keys, name, hashlib.sha256(content).hexdigest())


def test_swapped_initrds(esp, keys):
    esp.entry("linux /vmlinuz", "initrd /two.img", "initrd /one.img",
              "options " + OPTIONS)
    esp.refused(keys, "two.img", "line 2")


def test_a_stacked_initrd(esp, keys):
    (esp.root / "evil.img").write_bytes(b"one more")
    esp.entry("linux /vmlinuz", "initrd /one.img", "initrd /two.img",
              "initrd /evil.img", "options " + OPTIONS)
    esp.refused(keys, "evil.img", "options")


def test_a_missing_initrd(esp, keys):
    esp.entry("linux /vmlinuz", "initrd /one.img", "options " + OPTIONS)
    esp.refused(keys, "initrd", "line 3")


def test_an_added_device_tree(esp, keys):
    (esp.root / "board.dtb").write_bytes(b"tree")
    esp.entry("linux /vmlinuz", "initrd /one.img", "initrd /two.img",
              "devicetree /board.dtb", "options " + OPTIONS)
    esp.refused(keys, "devicetree")


@pytest.mark.parametrize("options", ["", "options init=/bin/sh",
                                     "options " + OPTIONS + " single"])
def test_other_options(esp, keys, options):
    esp.entry("linux /vmlinuz", "initrd /one.img", "initrd /two.img", options)
    esp.refused(keys, "options")


def test_several_options_lines_are_joined(esp, keys):
    esp.entry("linux /vmlinuz", "initrd /one.img", "initrd /two.img",
              *("options " + word for word in OPTIONS.split()))
    assert esp.check(keys).returncode == 0


def test_a_manifest_changed_after_signing(esp, keys):
    esp.manifest.write_text(esp.manifest.read_text() + "\n")
    esp.refused(keys, "debian.manifest", "signed attributes")


def test_a_signature_of_another_entry(esp, keys):
    signature = (esp.root / "loader/entries/debian.manifest.p7s").read_bytes()
    esp.entry("linux /vmlinuz", "options other")
    esp.write()
    (esp.root / "loader/entries/debian.manifest.p7s").write_bytes(signature)
    esp.refused(keys, "signed attributes")


def test_a_signature_with_content_inside(esp, keys):
    openssl("cms", "-sign", "-binary", "-nodetach", "-in", esp.manifest,
            "-signer", keys / "manifest.pem", "-inkey", keys / "manifest.key",
            "-outform", "DER", "-out", str(esp.manifest) + ".p7s")
    esp.refused(keys, "detached")


def test_a_signature_as_pem(esp, keys):
    openssl("cms", "-sign", "-binary", "-in", esp.manifest,
            "-signer", keys / "manifest.pem", "-inkey", keys / "manifest.key",
            "-outform", "PEM", "-out", str(esp.manifest) + ".p7s")
    assert esp.check(keys).returncode == 1


def test_without_a_signature(esp, keys):
    os.unlink(str(esp.manifest) + ".p7s")
    esp.refused(keys, ".p7s")


def test_a_revoked_kernel(esp, keys, keelboot, tmp_path):
    image = keelboot("verify", esp.root / "vmlinuz", "--keyring", keys / "ring",
                     "--json")
    digest = json.loads(image.stdout)[0]["digest"]["hex"]
    dbx = tmp_path / "revoked.txt"
    dbx.write_text(digest + "\n")
    done = keelboot("manifest", esp.conf, "--root", esp.root, "--check",
                    "--keyring", keys / "ring", "--dbx", dbx)
    assert done.returncode == 1
    assert "revoked" in done.stderr


# --- UKIs -----------------------------------------------------------------------


@pytest.fixture
def uki(esp, keys, tmp_path):
    """A UKI of the same volume with a credential and an extension beside it;
    nobody has signed it, which is not what a manifest is about."""
    path = esp.root / "EFI/Linux/X+3-1.efi"
    beside = esp.root / "EFI/Linux/X.efi.extra.d"
    beside.mkdir(parents=True)
    (beside / "b.cred").write_bytes(b"b")
    (beside / "a.cred").write_bytes(b"a")
    (esp.root / "loader/extensions").mkdir()
    (esp.root / "loader/extensions/e.sysext.raw").write_bytes(b"extension")
    done = subprocess.run(
        [os.path.join(os.path.dirname(__file__), "../../scripts/mkuki.sh"),
         "--linux", esp.root / "vmlinuz", "--cmdline", "quiet", "--out",
         path], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    esp.conf = path
    return path


def test_a_uki_with_what_stands_beside_it(esp, keys, uki):
    done = esp.keelboot("manifest", uki, "--root", esp.root)
    assert done.returncode == 0, done.stderr
    rows = [("linux", "EFI/Linux/X+3-1.efi"),
            ("credential", "EFI/Linux/X.efi.extra.d/a.cred"),
            ("credential", "EFI/Linux/X.efi.extra.d/b.cred"),
            ("global-sysext", "loader/extensions/e.sysext.raw")]
    assert done.stdout == "".join(
        "%s %s /%s\n" % (role, hashlib.sha256(
            (esp.root / path).read_bytes()).hexdigest(), path)
        for role, path in rows)
    name = esp.root / "loader/entries/x.efi.manifest"
    name.write_text(done.stdout)
    esp.manifest.unlink()
    openssl("cms", "-sign", "-binary", "-in", name, "-signer",
            keys / "manifest.pem", "-inkey", keys / "manifest.key",
            "-outform", "DER", "-out", str(name) + ".p7s")
    done = esp.check(keys)
    assert done.returncode == 0, done.stderr
    (esp.root / "EFI/Linux/X.efi.extra.d/b.cred").write_bytes(b"B")
    esp.refused(keys, "credential /EFI/Linux/X.efi.extra.d/b.cred has")


def test_a_uki_elsewhere(esp, keys, uki, tmp_path):
    done = esp.keelboot("manifest", "/etc/hostname", "--root", esp.root)
    assert done.returncode == 1
    other = tmp_path / "other.efi"
    other.write_bytes(b"")
    done = esp.keelboot("manifest", other, "--root",
                        esp.root / "EFI")
    assert done.returncode == 1 and "is not below" in done.stderr


def test_extras_and_overlays(esp, keys):
    for name in ("base.dtb", "one.dtbo", "web.cred", "note.txt"):
        (esp.root / name).write_text(name)
    esp.entry("linux /vmlinuz", "devicetree /base.dtb",
              "devicetree-overlay /one.dtbo", "extra /web.cred",
              "extra /note.txt")
    esp.write()
    esp.sign(keys)
    assert [line.split()[::2] for line in
            esp.manifest.read_text().splitlines()] == [
        ["linux", "/vmlinuz"], ["devicetree", "/base.dtb"],
        ["devicetree-overlay", "/one.dtbo"], ["extra", "/web.cred"]]
    assert esp.check(keys).returncode == 0
