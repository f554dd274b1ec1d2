"""inspect, unpack, list, explain and check-config on real images; what is
expected comes from other tools, not from this program."""

import hashlib
import json
import os
import re
import shutil
import subprocess

import pytest

from conftest import ROOT, run, script_path

OSREL = 'ID=test\nPRETTY_NAME="Test \\"Linux\\""\nVERSION_ID=7\n'
CMDLINE = "root=/dev/vda1  quiet\tdebug\n"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def read(path):
    with open(path, "rb") as file:
        return file.read()


def pad4(data):
    return data + b"\0" * (-len(data) % 4)


@pytest.fixture(scope="session")
def parts(tmp_path_factory, debian_kernel):
    """The files that UKIs are made of."""
    folder = tmp_path_factory.mktemp("parts")
    (folder / "initrd").write_bytes(os.urandom(100001))
    (folder / "ucode").write_bytes(os.urandom(4097))
    (folder / "osrel").write_text(OSREL)
    (folder / "linux").write_bytes(read(debian_kernel[0]))
    return folder


def make_uki(out, parts, *arguments):
    done = run(ROOT + "/scripts/mkuki.sh", "--linux", parts / "linux",
               "--initrd", parts / "initrd", "--osrel", parts / "osrel",
               "--cmdline", CMDLINE, "--out", out, *arguments, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="session")
def uki(tmp_path_factory, parts, debian_kernel):
    """By objcopy, with the stub of this Debian, which knows no .ucode."""
    return make_uki(tmp_path_factory.mktemp("uki") / "plain.efi", parts,
                    "--uname", debian_kernel[1], "--ucode", parts / "ucode")


@pytest.fixture(scope="session", params=["257", "262"])
def ukify_uki(request, tmp_path_factory, parts, debian_kernel):
    """By ukify, with newer stubs."""
    stub = script_path("fetch-kernel.sh", "stub-%s-x86_64" % request.param)
    out = tmp_path_factory.mktemp("ukify") / ("uki-%s.efi" % request.param)
    make_uki(out, parts, "--maker", "ukify", "--stub", stub + "/stub",
             "--uname", debian_kernel[1], "--ucode", parts / "ucode")
    return out, int(request.param)


# --- inspect ------------------------------------------------------------------


def test_inspect_sections_are_objdumps(keelboot, uki):
    seen = {s["name"]: s for s in
            keelboot.json("inspect", uki)["pe"]["sections"]}
    lines = run("objdump", "-h", "-w", uki).stdout.splitlines()
    table = [line.split() for line in lines if re.match(r"\s+\d+ \.", line)]
    assert len(table) == len(seen) > 5
    for _, name, size, vma, _, offset, *_ in table:
        ours = seen[name[:8]]
        assert ours["raw_offset"] == int(offset, 16)
        assert int(size, 16) in (ours["virtual_size"], ours["raw_size"])


def test_inspect_digests_are_those_of_the_parts(keelboot, uki, parts):
    profile = keelboot.json("inspect", uki)["uki"]["profiles"][0]
    seen = {s["name"]: s["sha256"] for s in profile["sections"]}
    assert seen[".initrd"] == sha256(read(parts / "initrd"))
    assert seen[".linux"] == sha256(read(parts / "linux"))
    assert seen[".osrel"] == sha256(OSREL.encode())


def test_inspect_knows_the_stub(keelboot, ukify_uki):
    path, version = ukify_uki
    assert keelboot.json("inspect", path)["uki"]["stub_version"] == version


def test_inspect_kernel_version_is_the_kernels(keelboot, debian_kernel):
    seen = keelboot.json("inspect", debian_kernel[0])
    assert seen["kind"] == "bzImage"
    assert seen["kernel"]["version"].startswith(debian_kernel[1])
    assert seen["pe"]["certificate_table_size"] > 0


def test_inspect_refuses_what_is_no_image(keelboot, tmp_path):
    for name, data in (("empty", b""), ("text", b"hello\n"),
                       ("mz", b"MZ" + b"\0" * 1000)):
        (tmp_path / name).write_bytes(data)
        done = keelboot("inspect", tmp_path / name)
        assert done.returncode == 1
        assert len(done.stderr.strip().splitlines()) == 1
        assert name in done.stderr


# --- unpack -------------------------------------------------------------------


def unpack(keelboot, path, out):
    done = keelboot("unpack", path, "--out", out)
    assert done.returncode == 0, done.stderr
    return {name: read(out / name) for name in os.listdir(out)}


def test_unpack_uki(keelboot, uki, parts, tmp_path):
    seen = unpack(keelboot, uki, tmp_path / "out")
    assert seen["kernel"] == read(parts / "linux")
    assert seen["initrd"] == read(parts / "initrd")
    assert seen["cmdline"] == b"root=/dev/vda1  quiet debug"


def test_unpack_uki_of_new_stub_adds_os_release(keelboot, ukify_uki, parts,
                                                tmp_path):
    path, _ = ukify_uki
    seen = unpack(keelboot, path, tmp_path / "out")
    initrd = pad4(read(parts / "ucode")) + pad4(read(parts / "initrd"))
    assert seen["initrd"].startswith(initrd)
    archive = seen["initrd"][len(initrd):]
    names = subprocess.run(["cpio", "-it", "--quiet"], input=archive,
                           capture_output=True, check=True).stdout.decode()
    assert names.split() == [".extra", ".extra/os-release"]
    listed = subprocess.run(
        ["cpio", "-i", "--quiet", "--to-stdout", ".extra/os-release"],
        input=archive, capture_output=True, check=True).stdout
    assert listed == OSREL.encode()


def test_unpack_loong64_zboot_equals_zstd(keelboot, tmp_path):
    path = script_path("fetch-kernel.sh", "debian-loong64") + "/vmlinuz"
    image = read(path)
    seen = keelboot.json("inspect", path)
    assert seen["kind"] == "zboot"
    assert seen["zboot"]["machine"] == "loongarch64"
    offset = int.from_bytes(image[8:12], "little")
    length = int.from_bytes(image[12:16], "little")
    inner = subprocess.run(
        ["zstd", "-dc", "--long=27"], input=image[offset:offset + length],
        capture_output=True, check=True).stdout
    out = unpack(keelboot, path, tmp_path / "out")
    assert sha256(out["kernel"]) == sha256(inner)


def test_unpack_says_the_digests(keelboot, uki, tmp_path):
    done = keelboot("unpack", uki, "--out", tmp_path / "out")
    for line in done.stdout.splitlines():
        digest, path = line.split("  ")
        assert digest == sha256(read(path))


# --- list and explain -----------------------------------------------------------


@pytest.fixture
def machine(tmp_path, uki, debian_kernel):
    """Two partitions: one with a UKI and a bare kernel, one with bad files."""
    esp = tmp_path / "machine" / "esp"
    (esp / "EFI" / "Linux").mkdir(parents=True)
    (esp / "EFI" / "debian").mkdir()
    shutil.copy(uki, esp / "EFI" / "Linux" / "plain.efi")
    shutil.copy(debian_kernel[0], esp / "EFI" / "debian" / "vmlinuz-1")
    bad = tmp_path / "machine" / "second"
    (bad / "efi" / "linux").mkdir(parents=True)
    data = read(uki)
    (bad / "efi" / "linux" / "cut.efi").write_bytes(data[:len(data) // 2])
    (bad / "efi" / "linux" / "noise.efi").write_bytes(os.urandom(3000))
    (bad / "efi" / "linux" / "empty.efi").write_bytes(b"")
    os.symlink("/etc/passwd", bad / "efi" / "linux" / "link.efi")
    return tmp_path / "machine"


def test_list(keelboot, machine):
    seen = {e["id"]: e for e in keelboot.json("list", "--root", machine)}
    good = seen["plain.efi"]
    assert good["offered"] and good["automatic"]
    assert good["title"] == 'Test "Linux"'
    assert good["volume"] == "esp"
    bare = seen["vmlinuz-1"]
    assert bare["offered"] and not bare["automatic"]
    for name in ("cut.efi", "noise.efi", "empty.efi"):
        assert not seen[name]["offered"]
        assert seen[name]["reason"]
    assert seen["cut.efi"]["reason_code"] == "pe-section-past-eof"
    assert "link.efi" not in seen


def test_list_says_who_is_claimed_to_have_signed(keelboot, machine):
    seen = {e["id"]: e for e in keelboot.json("list", "--root", machine)}
    assert seen["plain.efi"]["signed"] is False
    assert "claims" not in seen["plain.efi"]
    # Debian signs its kernels; nobody has looked at that signature here.
    assert seen["vmlinuz-1"]["signed"] is True
    assert re.match(r"Debian Secure Boot Signer 20\d\d - linux$",
                    seen["vmlinuz-1"]["claims"])
    for name in ("cut.efi", "noise.efi", "empty.efi"):
        assert "signed" not in seen[name]
    text = keelboot("list", "--root", machine).stdout
    assert ", never by itself, claims Debian Secure Boot Signer" in text
    assert re.search(r"id plain\.efi, [^\n]*, unsigned\n", text)


def test_list_orders_offers_before_refusals(keelboot, machine):
    offered = [e["offered"] for e in keelboot.json("list", "--root", machine)]
    assert offered == sorted(offered, reverse=True)


def test_list_of_nothing(keelboot, tmp_path):
    assert keelboot.json("list", "--root", tmp_path) == []
    assert keelboot("list", "--root", tmp_path / "no").returncode == 1


def test_list_shows_hostile_names_harmlessly(keelboot, tmp_path, uki):
    folder = tmp_path / "EFI" / "Linux"
    folder.mkdir(parents=True)
    shutil.copy(uki, folder / "a\x1b[2J\u202eb.efi")
    done = keelboot("list", "--root", tmp_path)
    assert "\x1b" not in done.stdout and "\u202e" not in done.stdout
    keelboot.json("list", "--root", tmp_path)


def test_explain(keelboot, machine, parts):
    seen = keelboot.json("explain", "plain.efi", "--root", machine)
    assert seen["kernel"]["sha256"] == sha256(read(parts / "linux"))
    assert seen["command_line"] == "root=/dev/vda1  quiet debug"
    pieces = seen["initrd_pieces"]
    assert [p["source"] for p in pieces] == [
        ".initrd", "/.extra/keelboot/entry",
        "/usr/lib/tmpfiles.d/keelboot.conf"]
    initrd = read(parts / "initrd")
    assert pieces[0]["sha256"] == sha256(initrd)
    assert pieces[0]["offset"] == 0 and pieces[0]["size"] == len(initrd)
    assert pieces[1]["offset"] == (len(initrd) + 3) // 4 * 4
    last = pieces[-1]
    assert seen["initrd_size"] == last["offset"] + (last["size"] + 3) // 4 * 4
    assert seen["device_tree"] is None and seen["left_out"] == []
    assert [p["source"] for p in seen["command_line_pieces"]] == [
        "the UKI's .cmdline"]
    assert seen["pcr11"] is None
    # a dry run goes on where a boot would not, and says so
    assert seen["trust"] == "NOT VERIFIED" and not seen["signer"]
    assert "it is not signed" in seen["refusal"]
    text = keelboot("explain", "plain.efi", "--root", machine).stdout
    assert "not measured yet" in text
    assert "refused under verify = enforce: " in text


def test_explain_of_a_refused_entry_says_why(keelboot, machine):
    done = keelboot("explain", "cut.efi", "--root", machine)
    assert done.returncode == 1
    assert "ends at" in done.stderr or "past" in done.stderr


def test_explain_of_no_entry(keelboot, machine):
    done = keelboot("explain", "nothing.efi", "--root", machine)
    assert done.returncode == 1
    assert "nothing.efi" in done.stderr


# --- check-config -----------------------------------------------------------------


def test_check_config_of_the_default_is_clean(keelboot):
    done = keelboot("check-config", ROOT + "/config/keelboot.conf")
    assert done.returncode == 0, done.stdout


def test_check_config_tells_every_line(keelboot, tmp_path):
    conf = tmp_path / "c"
    conf.write_text("timeout 3\n\n# comment\ntimeuot 3\nkexec = fast\n"
                    "console-mode max\nverify\nappend = a b  c\n")
    seen = keelboot("check-config", conf, "--json")
    assert seen.returncode == 1
    found = [(f["line"], f["result"], f["key"])
             for f in json.loads(seen.stdout)]
    assert found == [(1, "set", "timeout"), (4, "unknown-key", "timeuot"),
                     (5, "bad-value", "kexec"),
                     (6, "no-effect", "console-mode"),
                     (7, "bad-line", "verify"), (8, "set", "append")]


# --- the program itself -----------------------------------------------------------


def test_wrong_use_is_told(keelboot):
    for arguments in ((), ("nonsense",), ("inspect",), ("unpack", "x"),
                      ("inspect", "a", "b"), ("list", "--rooot", "x")):
        done = keelboot(*arguments)
        assert done.returncode == 2, arguments
        assert done.stderr


def test_version_and_help(keelboot):
    assert re.match(r"keelboot \d+\.\d+\.\d+\n", keelboot("--version").stdout)
    text = keelboot("--help").stdout
    for command in ("list", "inspect", "unpack", "explain", "check-config",
                    "menu", "boot", "init"):
        assert "keelboot %s" % command in text


def test_init_refuses_to_be_anything_but_pid_1(keelboot):
    done = keelboot("init")
    assert done.returncode == 1 and "PID 1" in done.stderr


@pytest.mark.skipif(not shutil.which("qemu-aarch64-static"),
                    reason="qemu-user-static is not installed")
def test_aarch64_program_agrees(keelboot, uki, tmp_path):
    other = os.path.join(os.path.dirname(keelboot.program),
                         "../aarch64/keelboot")
    if not os.path.exists(other):
        pytest.skip("make ARCH=aarch64 binary has not been run")
    done = run("qemu-aarch64-static", other, "inspect", uki)
    assert done.returncode == 0, done.stderr
    assert done.stdout == keelboot("inspect", uki).stdout


PKI = os.path.join(os.path.dirname(__file__), "../data/pki")


def test_inspect_tells_claims_and_no_verdict(keelboot):
    seen = keelboot.json("inspect", PKI + "/sbsign-twice.efi")["authenticode"]
    assert seen["claimed_signers"] == ["RSA signer", "keelboot test CA"]
    # the digest of an image is the same with signatures and without
    plain = keelboot.json("inspect", PKI + "/plain.efi")["authenticode"]
    assert plain["claimed_signers"] == []
    assert plain["sha256"] == seen["sha256"]
    text = keelboot("inspect", PKI + "/sbsign.efi").stdout
    assert "claims RSA signer (not checked" in text
    assert "signed:    no" in keelboot("inspect", PKI + "/plain.efi").stdout
