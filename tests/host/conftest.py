"""Host tests: the program that goes into the image, run as it is on this
machine, against files made by other tools."""

import json
import os
import subprocess

import pytest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
BUILD = os.path.join(ROOT, os.environ.get("KEELBOOT_BUILD", "build"))
# What keelboot puts into every initrd (boot/format/handover.h,
# boot/load_plan.h).
OWN_PIECES = {"/.extra/keelboot/entry",
              "/usr/lib/tmpfiles.d/keelboot.conf"}


def run(*command, **options):
    return subprocess.run([str(c) for c in command], capture_output=True,
                          text=True, timeout=120, **options)


def script_path(*command):
    """Runs a script that prints a directory last; returns the directory."""
    done = run(os.path.join(ROOT, "scripts", command[0]), *command[1:],
               cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


class Keelboot:
    """The program's commands."""

    def __init__(self, program):
        self.program = program

    def __call__(self, *arguments):
        return run(self.program, *arguments)

    def json(self, *arguments):
        done = self(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="session")
def keelboot():
    program = os.path.join(BUILD, "x86_64", "keelboot")
    assert os.path.exists(program), "make binary has not been run"
    return Keelboot(program)


@pytest.fixture(scope="session")
def debian_kernel():
    """Debian's signed x86_64 kernel and its release."""
    folder = script_path("fetch-kernel.sh", "debian-x86_64")
    with open(folder + "/release") as file:
        return folder + "/vmlinuz", file.read().strip()
