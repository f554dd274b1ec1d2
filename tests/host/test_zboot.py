"""zboot images in every codec, whole and broken, through `keelboot unpack`.
tests/lib/mkzboot.py packs them with the tools that kernels' builds call."""

import os
import subprocess
import sys

import pytest

from conftest import ROOT

sys.path.insert(0, os.path.join(ROOT, "tests/lib"))
import mkzboot  # noqa: E402

IMAGE_LEN = 0x123400
IMAGE_SIZE = 0x150000


@pytest.fixture(scope="module")
def image():
    return mkzboot.make_image(IMAGE_LEN, IMAGE_SIZE)


@pytest.fixture
def unpack(keelboot, tmp_path):
    """Unpacks a zboot image: gives the kernel, or the one sentence that names
    the file and says why not."""
    def unpack(zboot):
        (tmp_path / "zboot.efi").write_bytes(zboot)
        done = keelboot("unpack", tmp_path / "zboot.efi", "--out",
                        tmp_path / "out")
        if done.returncode == 0:
            return (tmp_path / "out/kernel").read_bytes()
        assert done.returncode == 1
        assert not (tmp_path / "out/kernel").exists()
        assert len(done.stderr.splitlines()) == 1
        assert "zboot.efi: " in done.stderr
        return done.stderr
    return unpack


CODEC_LABELS = [(codec, label) for codec, labels in mkzboot.LABELS.items()
                for label in labels]


@pytest.mark.parametrize("codec,label", CODEC_LABELS)
def test_each_codec_gives_the_image(unpack, image, codec, label):
    assert unpack(mkzboot.make_zboot(image, codec, label=label)) == image


def test_no_linux_magic_as_in_6_1(unpack, image):
    zboot = mkzboot.make_zboot(image, "gzip", linux_magic=False)
    assert unpack(zboot) == image


def test_padded_kernel_keeps_its_bss(unpack, image):
    padded = mkzboot.pad_to_image_size(image)
    assert len(padded) == IMAGE_SIZE
    assert unpack(mkzboot.make_zboot(padded, "zstd", fast=True)) == padded


@pytest.mark.parametrize("pad", [False, True])
def test_signed_kernel_is_cut_behind_its_signature(unpack, image, pad):
    """What checks the signature takes all behind the table for content."""
    signed = mkzboot.add_certificates(image, os.urandom(1500))
    inner = mkzboot.pad_to_image_size(signed) if pad else signed
    assert unpack(mkzboot.make_zboot(inner, "zstd", fast=True)) == signed


def test_signed_outside(unpack, image):
    zboot = mkzboot.make_zboot(image, "xz", fast=True)
    assert unpack(mkzboot.add_certificates(zboot, bytes(999))) == image


@pytest.mark.parametrize("codec", sorted(mkzboot.COMPRESSORS))
@pytest.mark.parametrize("wrong", [-1, 1, 0x1000])
def test_size_that_lies(unpack, image, codec, wrong):
    zboot = mkzboot.make_zboot(image, codec, fast=True,
                               out_len=IMAGE_LEN + wrong)
    said = unpack(zboot)
    assert codec.replace("lzo", "lzop") in said
    assert str(IMAGE_LEN + wrong) in said or codec == "gzip"


@pytest.mark.parametrize("codec", sorted(mkzboot.COMPRESSORS))
def test_payload_cut_short(unpack, image, codec):
    """The header's size and what is there agree; the stream ends early."""
    payload = mkzboot.compress(image, codec, fast=True)
    cut = payload[:len(payload) // 2]
    if codec == "gzip":
        cut += IMAGE_LEN.to_bytes(4, "little")
    assert codec in unpack(mkzboot.make_zboot(image, codec, payload=cut))


@pytest.mark.parametrize("codec", sorted(mkzboot.COMPRESSORS))
def test_second_stream(unpack, image, codec):
    payload = mkzboot.compress(image, codec, fast=True)
    zboot = mkzboot.make_zboot(image, codec, payload=payload + payload)
    assert "follow" in unpack(zboot)


@pytest.mark.parametrize("codec", ["gzip", "zstd", "xz", "lzo"])
def test_payload_with_a_wrong_bit(unpack, image, codec):
    payload = bytearray(mkzboot.compress(image, codec, fast=True))
    payload[len(payload) // 2] ^= 4
    zboot = mkzboot.make_zboot(image, codec, payload=bytes(payload))
    assert codec in unpack(zboot)


def test_bomb(unpack, tmp_path):
    """A gigabyte of zeros in some kilobytes, said to be a megabyte."""
    payload = subprocess.run("head -c 1G /dev/zero | zstd -q -1 -c", shell=True,
                             stdout=subprocess.PIPE, check=True).stdout
    zboot = mkzboot.make_zboot(b"", "zstd", payload=payload, out_len=1 << 20)
    assert str(1 << 20) in unpack(zboot)


@pytest.mark.parametrize("fields,names", [
    ({"kind": b"zelf"}, ["zelf"]),
    ({"label": "zstd19"}, ["zstd19"]),
    ({"label": "gzi"}, ["gzi"]),
    ({"label": "gzip2"}, ["gzip2"]),
    ({"label": "x" * 32}, []),
    ({"payload_offset": 0}, []),
    ({"payload_size": 0}, []),
    ({"payload_offset": 0x40}, ["0x40"]),
    ({"payload_offset": 0xfffffff0}, ["ends at 0x1000"]),
    ({"payload_size": 0xffffffff}, []),
    ({"out_len": 0}, ["0"]),
    ({"out_len": 63}, ["63"]),
    ({"out_len": 0xffffffff}, []),
])
def test_broken_header(unpack, image, fields, names):
    said = unpack(mkzboot.make_zboot(image, "gzip", fast=True, **fields))
    for name in names:
        assert name in said


@pytest.mark.parametrize("length", [0, 1, 8, 0x3f, 0x40, 0x1000, 0x1200, -0x200,
                                    -1])
def test_truncated_file(unpack, image, length):
    zboot = mkzboot.make_zboot(image, "gzip", fast=True)
    assert isinstance(unpack(zboot[:length]), str)
