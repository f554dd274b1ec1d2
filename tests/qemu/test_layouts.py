"""Guests whose disks are as installations leave them: what kernel-install,
ukify and grub-mkconfig make, on the partitions that distributions use. What
boots by itself is what the machine's own loader would have booted, and the
next kernel sees the same command line and files."""

import sys

import pytest

from conftest import BUILD, TOP
from craft import SECTOR, find_in_disk
from parts import Part, folder_of, make_disk
from report import check_initrd, expect_jump, file_digest, take_report
from sign import SIGNER, Signer

sys.path.insert(0, str(TOP / "tests/lib"))

import trees  # noqa: E402 (its place is in tests/lib)
import trees_bls  # noqa: E402
import trees_grub  # noqa: E402

ARCHES = ["x86_64", "aarch64"]
KERNEL = {"x86_64": "own-kernel", "aarch64": "zboot-zstd.efi"}
CONSOLE = {"x86_64": "console=ttyS0 no_timer_check",
           "aarch64": "console=ttyAMA0"}
SOON = "keelboot.timeout=1"
FORCE = "keelboot.timeout=menu-force"
ENTRY = "/.extra/keelboot/entry"
LOG = "/.extra/keelboot/log"


def options(arch):
    return f"{CONSOLE[arch]} keelboot.test=report"


class Machine(trees.Maker):
    """A machine's volumes with a real kernel and initrd in them."""

    def __init__(self, lab, arch):
        super().__init__(lab.work / "machine", lab.work / "parts")
        self.lab, self.arch = lab, arch
        self.image = lab.asset(arch, KERNEL[arch])
        self.initrd = lab.asset(arch, "second-initrd")

    def install(self, volume, version, **more):
        """kernel-install with them."""
        self.kernel_install(volume, version, kernel=self.image,
                            cmdline="root=/dev/none " + options(self.arch),
                            initrds=[], **more)
        # The initrd is not made here, but copied to where it belongs.
        folder = self.path / volume / more.get(
            "token", trees.MACHINE_ID) / version
        (folder / "initrd.img").write_bytes(self.initrd.read_bytes())
        for conf in (self.path / volume / "loader/entries").glob(
                f"*-{version}*.conf"):
            if "initrd" not in conf.read_text():
                with open(conf, "a", encoding="utf-8") as file:
                    file.write("initrd /" + str(
                        (folder / "initrd.img").relative_to(
                            self.path / volume)) + "\n")

    def files(self, volume, **targets):
        """kernel and initrd under these names."""
        for name, target in targets.items():
            source = self.image if name.startswith("kernel") else self.initrd
            self.put(f"{volume}{target}", source.read_bytes())

    def disk(self, *parts, name="disk.img"):
        path = self.lab.work / name
        self.begins = make_disk(path, parts)
        self.lab.disks.append(path)
        return path

    def esp(self, **more):
        return Part("esp", tree=self.path / "esp", uuid=trees.UUID["esp"],
                    **more)

    def uki_file(self, name, **more):
        """A UKI by ukify, of the real kernel and initrd; its bytes."""
        return self.uki(f"../made/{name}", {
            "ID": "test", "PRETTY_NAME": more.pop("title", "Test Linux"),
            "VERSION_ID": more.pop("version", "1")}, arch=self.arch,
            linux=self.image.read_bytes(), initrd=self.initrd.read_bytes(),
            stub_version=more.pop("stub_version", 257),
            cmdline=more.pop("cmdline", options(self.arch)),
            **more).read_bytes()


def boots(m, vm, osrel=False):
    """The next kernel's report; its initrd is what was on the disk, and what
    keelboot adds. osrel: the last UKI that was made is what boots, and its
    os-release goes along."""
    expect_jump(vm, "file")
    second = take_report(vm)
    if osrel:
        assert second.files.pop("/.extra/os-release") == file_digest(
            m.work / "osrel")
    check_initrd(m.lab, m.arch, second)
    return second


# --- the Boot Loader Specification -------------------------------------------


@pytest.mark.parametrize("arch", ARCHES)
def test_debian_with_systemd_boot(lab, arch):
    """kernel-install's entries: the newest version boots by itself."""
    m = Machine(lab, arch)
    m.systemd_boot()
    for version in ("6.12.9+deb13-test", "6.12.48+deb13-test"):
        m.install("esp", version)
    vm = lab.vm(arch, m.disk(m.esp()), options=SOON)
    vm.expect_screen(r"1 +Debian GNU/Linux 13 \(trixie\).*6\.12\.48.*default",
                     r"2 +Debian GNU/Linux 13 \(trixie\).*6\.12\.9")
    second = boots(m, vm)
    assert second.cmdline == ("root=/dev/none " + options(arch) +
                              " systemd.machine_id=" + trees.MACHINE_ID)


@pytest.mark.parametrize("arch", ARCHES)
def test_xbootldr_on_ext4(lab, arch):
    """Entries on the extended boot partition and on the ESP are one list;
    the default of the ESP's loader.conf is on the other partition."""
    m = Machine(lab, arch)
    m.systemd_boot()
    m.put("esp/loader/loader.conf", "default *-6.1.0-1-test.conf\n")
    m.install("boot", "6.1.0-2-test")
    m.install("boot", "6.1.0-1-test")
    m.files("esp", kernel="/vmlinuz", initrd="/initrd")
    m.put("esp/loader/entries/esp.conf", "title On the ESP\nlinux /vmlinuz\n"
          f"initrd /initrd\noptions {options(arch)}\n")
    disk = m.disk(m.esp(), Part("xbootldr", "ext4", tree=m.path / "boot",
                                uuid=trees.UUID["boot"]))
    vm = lab.vm(arch, disk, options=SOON)
    vm.expect_screen(r"1 +Debian.*6\.1\.0-2-test", r"2 +Debian.*default",
                     r"3 +On the ESP")
    second = boots(m, vm)
    assert second.cmdline.startswith("root=/dev/none ")


@pytest.mark.parametrize("arch", ARCHES)
def test_fedora_with_grub(lab, arch):
    """Entries and grub.cfg on a /boot of its own, options in grubenv, and
    the saved entry is the older one."""
    m = Machine(lab, arch)
    old, new = "6.17.5-300.fc43.test", "6.17.10-300.fc43.test"
    for version in (old, new):
        m.files("boot", kernel=f"/vmlinuz-{version}",
                initrd=f"/initramfs-{version}.img")
        trees_bls.fedora_entry(m, "boot", version, "43 (Server Edition)",
                               options="$kernelopts $tuned_params")
    m.put("boot/grub2/grub.cfg", trees_grub.FEDORA.format(
        boot=trees.UUID["boot"], kernelopts=""))
    trees_grub.grubenv(
        m, "boot/grub2/grubenv", kernelopts=f"root=/dev/none {options(arch)}",
        saved_entry=f"{trees.MACHINE_ID}-{old}", boot_success="1")
    m.put("esp/EFI/fedora/grub.cfg",
          f"search --no-floppy --root-dev-only --fs-uuid --set=dev "
          f"{trees.UUID['boot']}\nset prefix=($dev)/grub2\n"
          "export $prefix\nconfigfile $prefix/grub.cfg\n")
    disk = m.disk(m.esp(), Part("linux", "ext4", tree=m.path / "boot",
                                uuid=trees.UUID["boot"]))
    vm = lab.vm(arch, disk, options=SOON)
    vm.expect_screen(r"1 +Fedora Linux \(6\.17\.10", r"2 +Fedora Linux "
                     r"\(6\.17\.5.*default")
    second = boots(m, vm)
    assert second.cmdline.split() == ["root=/dev/none",
                                      *options(arch).split()]


# --- GRUB --------------------------------------------------------------------


def debian_grub(lab, arch, version, separate_boot):
    m = Machine(lab, arch)
    volume, folder = ("boot", "") if separate_boot else ("root", "/boot")
    for release in ("6.1.0-9-test", "6.1.0-40-test"):
        m.files(volume, kernel=f"{folder}/vmlinuz-{release}",
                initrd=f"{folder}/initrd.img-{release}")
    m.put(f"{volume}{folder}/grub/unicode.pf2", b"font")
    trees_grub.debian_grub_cfg(m, volume, version, separate_boot,
                               options(arch))
    trees_grub.esp_redirect(m, "debian",
                            trees.UUID["boot" if separate_boot else "root"],
                            folder + "/grub")
    return m, m.disk(m.esp(), Part("linux", "ext4", tree=m.path / volume,
                                   uuid=trees.UUID[volume]))


@pytest.mark.parametrize("arch", ARCHES)
def test_debian_with_grub(lab, arch):
    """/boot in the root file system, found from the few lines on the ESP;
    what grub-mkconfig 2.06 made of it."""
    m, disk = debian_grub(lab, arch, "2.06", False)
    vm = lab.vm(arch, disk, options=SOON)
    vm.expect_screen(r"1 +Debian GNU/Linux .*default",
                     r"Debian GNU/Linux, with Linux 6\.1\.0-9-test")
    second = boots(m, vm)
    assert second.cmdline.split() == [
        f"root=UUID={trees.UUID['root']}", "ro", *options(arch).split()]


def test_debian_with_grub_and_a_boot_partition(lab):
    """And 2.14; the older kernel is chosen by hand."""
    m, disk = debian_grub(lab, "x86_64", "2.14", True)
    vm = lab.vm("x86_64", disk, options=FORCE)
    shown = vm.expect_screen(r"\d +Debian GNU/Linux, with Linux "
                             r"6\.1\.0-9-test(?! \(rec)")
    number = [line.split()[0] for line in shown.replace(">", " ").split("\n")
              if "with Linux 6.1.0-9-test" in line
              and "recovery" not in line][0]
    vm.send(number)
    vm.expect_screen(rf"> +{number} +\S")
    vm.send("enter")
    boots(m, vm)


def test_btrfs_root(lab):
    """A root file system that only the kernel's own driver can read."""
    m = Machine(lab, "x86_64")
    m.files("root", kernel="/boot/vmlinuz-linux",
            initrd="/boot/initramfs-linux.img")
    m.put("root/boot/grub/grub.cfg", trees_grub.ARCH.format(
        root=trees.UUID["root"], default=0).replace(
        "rw loglevel=3 quiet", options("x86_64")).replace(
        "/boot/intel-ucode.img /boot/amd-ucode.img ", ""))
    disk = m.disk(Part("linux", "btrfs", tree=m.path / "root",
                       uuid=trees.UUID["root"]))
    vm = lab.vm("x86_64", disk, options=SOON)
    vm.expect_screen(r"1 +Arch Linux .*default")
    second = boots(m, vm)
    assert second.cmdline.split()[0] == f"root=UUID={trees.UUID['root']}"


# --- replicas ----------------------------------------------------------------


def mirrors(m, uki):
    """Two disks with the same ESP."""
    return [m.disk(Part("esp", files={"/EFI/Linux/os.efi": uki}),
                   name=f"mirror{number}.img") for number in range(2)]


@pytest.mark.parametrize("arch", ARCHES)
def test_mirrored_esps_the_first_changed(lab, arch):
    """One line for both; the first one's signature does not fit any more, so
    the second boots, and the log says why."""
    m = Machine(lab, arch)
    uki = Signer(BUILD / "test-keys", lab.work).image(m.uki_file("os.efi"))
    first, second = mirrors(m, uki)
    middle = len(uki) * 2 // 3
    at = find_in_disk(first, uki[middle:middle + SECTOR])
    with open(first, "r+b") as file:
        file.seek(at)
        file.write(bytes(SECTOR))
    vm = lab.vm(arch, first, second, options=SOON, image="trust.cpio.zst")
    vm.expect_screen(r"1 +Test Linux .*default")
    assert "2 +Test Linux" not in vm.shown()
    vm.expect(r"the image's SHA-256 begins \w{8}, signed was \w{8}")
    vm.expect(f"Verified: signed by {SIGNER}")
    boots(m, vm, osrel=True)


def test_mirrored_esps_the_first_unreadable(lab):
    m = Machine(lab, "aarch64")
    uki = m.uki_file("os.efi")
    first, second = mirrors(m, uki)
    middle = len(uki) * 2 // 3 // SECTOR * SECTOR
    sector = find_in_disk(first, uki[middle:middle + SECTOR]) // SECTOR
    rules = lab.work / "blkdebug"
    rules.write_text("".join(
        f'[inject-error]\nevent = "read_aio"\nerrno = "5"\n'
        f'sector = "{at}"\n\n' for at in range(sector, sector + 8)))
    bad = ["-drive", f"if=none,id=bad,format=raw,file=blkdebug:{rules}:"
           f"{first},snapshot=on", "-device", "virtio-blk-pci,drive=bad"]
    vm = lab.vm("aarch64", bad, second, options=SOON)
    vm.expect_screen(r"1 +Test Linux .*default")
    boots(m, vm, osrel=True)


# --- UKIs --------------------------------------------------------------------


# Where each belongs (systemd-stub(7)); test_stub_compare.py asks the stub.
COMPANIONS = {"db.cred": "credentials", "tool.sysext.raw": "sysext",
              "etc.confext.raw": "confext"}


def test_profiles_addons_and_companions(lab):
    """Each profile has its own command line, the addon's is added to both,
    and the companions of the UKI and of the whole machine go along."""
    arch = "x86_64"
    m = Machine(lab, arch)
    line = options(arch)
    uki = m.uki_file("os.efi", stub_version=262, cmdline=line + " profile=0",
                     profile="ID=main\nTITLE=Normal", profiles=[
                         ["ID=other\nTITLE=Other", "--cmdline",
                          line + " profile=1"]])
    folder = "/EFI/Linux/os.efi.extra.d"
    files = {f"{folder}/{name}": name.encode() for name in COMPANIONS}
    files[f"{folder}/a.addon.efi"] = m.addon("../made/a.addon.efi",
                                             "addon=1").read_bytes()
    disk = m.disk(Part("esp", files={
        **files, "/EFI/Linux/os.efi": uki,
        "/loader/credentials/all.cred": b"global"}))
    wanted = {f"/.extra/{where}/{name}": len(name)
              for name, where in COMPANIONS.items()}
    wanted["/.extra/global_credentials/all.cred"] = 6
    for number in range(2):
        vm = lab.vm(arch, disk, options=FORCE)
        vm.expect_screen(r"> +1 +Test Linux \(Normal\)",
                         r"2 +Test Linux \(Other\)")
        vm.send(str(number + 1))
        vm.expect_screen(rf"> +{number + 1} +Test")
        vm.send("enter")
        expect_jump(vm, "file")
        second = take_report(vm)
        assert second.cmdline == f"{line} profile={number} addon=1"
        seen = {path: size for path, (_, size) in second.files.items()
                if path.startswith("/.extra/")}
        assert seen.pop("/.extra/profile") and seen.pop("/.extra/os-release")
        assert seen.pop(ENTRY) and 0 < seen.pop(LOG) <= 32768
        assert seen == wanted


# --- disks that come ---------------------------------------------------------


BUSES = {
    "nvme": (["-device", "pcie-root-port,id=port1,chassis=1,slot=1"],
             {"driver": "nvme", "serial": "late", "bus": "port1"}, "nvme0n1"),
    "usb": (["-device", "qemu-xhci,id=xhci"],
            {"driver": "usb-storage", "bus": "xhci.0"}, "sd"),
    "scsi": (["-device", "virtio-scsi-pci,id=scsi"],
             {"driver": "scsi-hd", "bus": "scsi.0"}, "sd"),
}


@pytest.mark.parametrize("bus", BUSES)
def test_hot_added_disk(lab, bus):
    """While the menu is open; the entry joins the list, and boots."""
    extra, device, name = BUSES[bus]
    m = Machine(lab, "x86_64")
    disk = m.disk(Part("esp", files={"/EFI/Linux/os.efi": m.uki_file(
        "os.efi")}))
    vm = lab.vm("x86_64", options="keelboot.timeout=2", extra=extra)
    vm.expect_screen("No entry to boot was found yet")
    vm.qmp("blockdev-add", node_name="late", driver="raw", read_only=True,
           file={"driver": "file", "filename": str(disk)})
    vm.qmp("device_add", drive="late", id="late", **device)
    vm.expect_screen(rf"1 +Test Linux .*default.* {name}")
    boots(m, vm, osrel=True)


def test_the_awaited_disk_comes_late(lab):
    """petitboot did not wait for a device of higher priority: what is there
    boots at once, although another disk is awaited."""
    arch = "aarch64"
    m = Machine(lab, arch)
    here = m.disk(Part("esp", files={"/EFI/Linux/here.efi": m.uki_file(
        "here.efi", title="Here", version="2")}), name="here.img")
    late = m.disk(Part("esp", label="AWAITED", files={
        "/EFI/Linux/late.efi": m.uki_file("late.efi", title="Late",
                                          version="3")}), name="late.img")
    vm = lab.vm(arch, here, options="keelboot.timeout=1 "
                "keelboot.wait-for=LABEL=AWAITED",
                extra=["-device", "pcie-root-port,id=port1,chassis=1,slot=1"])
    vm.expect_screen(r"1 +Here")
    vm.never("Jumping", 6)
    vm.qmp("blockdev-add", node_name="late", driver="raw", read_only=True,
           file={"driver": "file", "filename": str(late)})
    vm.qmp("device_add", driver="virtio-blk-pci", drive="late", id="late",
           bus="port1")
    vm.expect_screen(r"1 +Late", r"2 +Here")
    boots(m, vm, osrel=True)


# --- boot counting -----------------------------------------------------------


def kept(disk):
    """A disk that keeps what the guest writes."""
    return ["-drive", f"if=none,id=kept,format=raw,file={disk},"
            "cache=writethrough", "-device", "virtio-blk-pci,drive=kept"]


@pytest.mark.parametrize("arch", ARCHES)
def test_counter_runs_out_and_the_previous_entry_boots(lab, arch):
    """Three attempts without a blessing, then the older one; and after a
    blessing the name has no counter any more."""
    m = Machine(lab, arch)
    m.put("esp/EFI/Linux/new+3.efi", m.uki_file("new.efi", title="New",
                                                version="2"))
    m.put("esp/EFI/Linux/old.efi", m.uki_file("old.efi", title="Old",
                                              version="1"))
    disk = m.disk(Part("esp", tree=m.path / "esp"))
    begin = m.begins[0]
    for after in ("new+2-1.efi", "new+1-2.efi", "new+0-3.efi"):
        vm = lab.vm(arch, kept(disk), options=SOON)
        vm.expect_screen(r"1 +New .*default")
        expect_jump(vm, "file")
        second = take_report(vm)
        # What a blessing needs goes along.
        assert ENTRY in second.files
        assert folder_of(disk, begin, "/EFI/Linux") == [after, "old.efi"]
    vm = lab.vm(arch, kept(disk), options=SOON)
    vm.expect_screen(r"1 +Old .*default", r"2 +New ")
    expect_jump(vm, "file")
    take_report(vm)
    assert folder_of(disk, begin, "/EFI/Linux") == ["new+0-3.efi", "old.efi"]


def test_blessing(lab):
    """The booted system says that it is good, by the program alone."""
    arch = "x86_64"
    m = Machine(lab, arch)
    blessing = m.part("bless", "\n".join([
        "#!/bin/sh", "set -e", "mkdir -p /run/keelboot /esp",
        "cp /.extra/keelboot/entry /run/keelboot/entry",
        "mount -t vfat /dev/vda1 /esp", "/keelboot bless",
        "umount /esp", "echo blessed: $?", ""]))
    initrd = lab.work / "bless-initrd"
    trees.call(TOP / "scripts/mkpayload.sh", "--busybox",
               BUILD / arch / "deps/busybox", "--file",
               f"{BUILD / arch / 'keelboot'}:keelboot", "--file",
               f"{blessing}:bless", arch, initrd)
    m.initrd = initrd
    m.put("esp/EFI/Linux/new+3.efi", m.uki_file(
        "new.efi", title="New", cmdline=CONSOLE[arch]))
    disk = m.disk(Part("esp", tree=m.path / "esp"))
    vm = lab.vm(arch, kept(disk), options=SOON)
    expect_jump(vm, "file")
    vm.expect("This is the second kernel")
    vm.send("cp /keelboot /k; chmod 755 /k; mv /k /keelboot; "
            "sh /bless; sync; poweroff -f\r")
    vm.expect(r"blessed: 0")
    vm.wait_end()
    assert folder_of(disk, m.begins[0], "/EFI/Linux") == ["new.efi"]
