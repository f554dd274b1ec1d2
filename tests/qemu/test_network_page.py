"""docs/network-boot.md with nothing left out: a copy of the tree in which its
commands are run makes keelboot.efi, which UEFI starts from a disk, and which
boots a UKI of ukify from the page's servers."""

import os
import re
import subprocess

from conftest import BUILD, TOP
from netboot import NetLab
from network_page import Fleet, commands
from scene import ask_second, expect_second, second_options
from test_stub_compare import tools
from test_uefi import BOOT, FIRMWARE

ARCH = "x86_64"


def copy_tree(to):
    """What is in version control; the library is there already."""
    to.mkdir()
    names = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, check=True,
                           capture_output=True).stdout
    subprocess.run(["xargs", "-0", "cp", "--parents", "-t", to], cwd=TOP,
                   input=names, check=True)
    return to


def follow(lab):
    """The page, on a machine for which a UKI needs a console."""
    work = copy_tree(lab.work / "tree")
    for name, asset in (("vmlinuz", "own-kernel"),
                        ("initrd.img", "second-initrd")):
        (work / name).symlink_to(lab.asset(ARCH, asset))

    def ukify(words):
        cmdline, = [word for word in words if word.startswith("--cmdline=")]
        words[words.index(cmdline)] = \
            f"{cmdline} {second_options(ARCH)}"
        return [tools("ukify-262") / "bin/ukify", *words[1:],
                f"--stub={lab.stub(ARCH, 257)}"]

    return Fleet(work, {
        "keelboot": lambda words: [BUILD / ARCH / "keelboot", *words[1:]],
        "ukify": ukify, "tail": lambda _: None,
        "make": lambda words: [*words, f"-j{os.cpu_count()}"]})


def test_from_nothing_to_a_machine(lab):
    fleet = follow(lab)
    made = fleet.work / "build" / ARCH
    disk = lab.disk({f"/EFI/BOOT/{BOOT[ARCH]}": made / "keelboot.efi"})
    net = NetLab(lab.work / "net")
    with net:
        fleet.serve(net)
        words, fds, wire = net.card()
        vm = lab.start(ARCH, disks=[disk], firmware=FIRMWARE[ARCH],
                       memory=1024, extra=words, fds=fds)
        vm.wire = wire
        vm.expect("Verified: signed by My fleet: images")
        cmdline = expect_second(vm)
        assert cmdline.startswith(
            f"root=/dev/sda2 ro {second_options(ARCH)} ip="), cmdline
        assert "BOOTIF=01-52-54-00-12-34-56" in cmdline
        told = ask_second(vm, "cat /.extra/keelboot/network")
        assert re.search(r"https://boot\.example/linux\.efi from \S+ port 443"
                         r".*signed by My fleet: images", told,
                         re.DOTALL), told
        tail, = [words for words in commands() if words[0] == "tail"]
        shown = subprocess.run(
            ["tail", *(str(net.work / {"access.log": "nginx.log",
                                       "error.log": "nginx.error"}[
                                           os.path.basename(word)])
                       for word in tail[1:] if word.startswith("/"))],
            check=True, capture_output=True, text=True).stdout
        assert '"uri":"/linux.efi","status":200,"client":"SUCCESS"' in shown
