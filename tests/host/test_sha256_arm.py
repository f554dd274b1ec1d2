"""The SHA-256 instructions of Armv8, in an emulated CPU: the code as it goes
into the program for aarch64, against BearSSL's C."""

import subprocess

from conftest import ROOT

SOURCES = ["tests/host/sha256_cpu.c", "boot/trust/digest.c",
           "boot/trust/sha256_cpu.c", "boot/base/span.c"]


def run(*command, timeout):
    return subprocess.run([str(c) for c in command], cwd=ROOT, text=True,
                          capture_output=True, timeout=timeout, check=False)


def build(folder):
    # Without anything in the cache this builds all libraries.
    deps = run("scripts/deps.sh", "aarch64", timeout=3600)
    assert deps.returncode == 0, deps.stderr
    compiler = deps.stdout.strip().splitlines()[-1] + "/bin/musl-gcc"
    program = folder / "sha256_cpu"
    done = run(compiler, "-std=gnu11", "-D_GNU_SOURCE", "-iquote", "boot",
               "-O2", "-fno-strict-aliasing", "-static", "-o", program,
               *SOURCES, "-lbearssl", timeout=120)
    assert done.returncode == 0, done.stderr
    return program


def test_armv8_instructions(tmp_path):
    done = run("qemu-aarch64-static", "-cpu", "max", build(tmp_path),
               timeout=120)
    assert (done.returncode, done.stdout) == (0, "ok\n"), done.stderr


def test_the_instructions_are_really_used(tmp_path):
    """Else the test above would compare BearSSL with itself."""
    program = build(tmp_path)
    code = run("aarch64-linux-gnu-objdump", "-d", program, timeout=120)
    assert code.returncode == 0, code.stderr
    for instruction in "sha256h\t", "sha256h2\t", "sha256su0\t", "sha256su1\t":
        assert instruction in code.stdout
