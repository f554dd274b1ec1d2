"""Trees of the Boot Loader Specification: what distributions install for
systemd-boot, and what tries its corners. bootctl reads them all."""

import standin
from trees import MACHINE_ID, UUID, tree

DEBIAN = {"ID": "debian", "PRETTY_NAME": "Debian GNU/Linux 13 (trixie)",
          "VERSION_ID": "13"}
OTHER_MACHINE = "11112222333344445555666677778888"
ESP = {"esp": "esp"}
BOTH = {"esp": "esp", "boot": "xbootldr"}
QUIET = f"root=UUID={UUID['root']} ro quiet"


# --- distributions -----------------------------------------------------------


@tree(ESP)
def debian_systemd_boot(m):
    """Debian with systemd-boot: kernel-install with layout=bls, one kernel
    with a counter, one older."""
    m.systemd_boot()
    for version in ("6.12.48+deb13-amd64", "6.12.9+deb13-amd64"):
        m.kernel_install("esp", version)
    m.kernel_install("esp", "6.12.57+deb13-amd64", tries=3)


@tree(ESP)
def debian_uki(m):
    """kernel-install with layout=uki, with and without a counter."""
    m.systemd_boot()
    for version, tries in (("6.12.9+deb13-amd64", None),
                           ("6.12.48+deb13-amd64", 3)):
        uki = m.uki(f"../.work/{m.path.name}/uki.efi", DEBIAN, uname=version)
        m.kernel_install("esp", version, layout="uki", tries=tries,
                         kernel=uki)
    uki.unlink()


@tree(BOTH)
def xbootldr(m):
    """Entries on both partitions, one id on both, a UKI on the ESP."""
    m.systemd_boot()
    m.kernel_install("boot", "6.12.48+deb13-amd64")
    m.kernel_install("boot", "6.12.9+deb13-amd64")
    m.conf("old.conf", title="On the ESP", version="5.10", linux="/vmlinuz")
    m.conf("same.conf", title="Same, ESP", version="1", linux="/vmlinuz")
    m.conf("same.conf", volume="boot", title="Same, XBOOTLDR", version="1",
           linux="/vmlinuz")
    m.uki("esp/EFI/Linux/rescue.efi", {"ID": "rescue", "NAME": "Rescue"})


@tree(ESP)
def arch_systemd_boot(m):
    """Hand-written entries without versions and sort keys, microcode as an
    initrd of its own; mkinitcpio's UKIs."""
    m.systemd_boot()
    m.put("esp/loader/loader.conf", "default arch.conf\ntimeout 4\n")
    for name, title, kernel, initrd in (
            ("arch", "Arch Linux", "linux", ""),
            ("arch-fallback", "Arch Linux (fallback initramfs)", "linux",
             "-fallback"),
            ("arch-lts", "Arch Linux (LTS)", "linux-lts", "")):
        m.conf(name + ".conf", title=title, linux=f"/vmlinuz-{kernel}",
               initrd=["/intel-ucode.img",
                       f"/initramfs-{kernel}{initrd}.img"],
               options=f"{QUIET} rw")
    m.uki("esp/EFI/Linux/arch-linux.efi",
          {"ID": "arch", "NAME": "Arch Linux", "PRETTY_NAME": "Arch Linux",
           "BUILD_ID": "rolling"}, uname="6.17.1-arch1-1")


def fedora_entry(m, volume, version, release, **more):
    keys = {"title": f"Fedora Linux ({version}) {release}",
            "version": version, "linux": f"/vmlinuz-{version}",
            "initrd": f"/initramfs-{version}.img",
            "options": f"root=UUID={UUID['root']} ro rootflags=subvol=root "
                       "rhgb quiet",
            "grub_users": "$grub_users", "grub_arg": "--unrestricted",
            "grub_class": "fedora", **more}
    m.conf(f"{MACHINE_ID}-{version}.conf", volume=volume, **keys)


@tree(BOTH)
def fedora_bls(m):
    """Fedora: /boot is a partition of its own, entries without sort-key,
    a rescue entry named by the machine id."""
    for version in ("6.17.5-300.fc43.x86_64", "6.16.10-200.fc42.x86_64",
                    "6.17.10-300.fc43.x86_64"):
        fedora_entry(m, "boot", version, "43 (Server Edition)")
    fedora_entry(m, "boot", "0-rescue-" + MACHINE_ID, "43 (Server Edition)",
                 title="Fedora Linux (0-rescue) 43 (Server Edition)",
                 linux=f"/vmlinuz-0-rescue-{MACHINE_ID}",
                 initrd=f"/initramfs-0-rescue-{MACHINE_ID}.img")
    m.put("esp/EFI/fedora/grub.cfg",
          "search --no-floppy --root-dev-only --fs-uuid --set=dev %s\n"
          "set prefix=($dev)/grub2\nexport $prefix\n"
          "configfile $prefix/grub.cfg\n" % UUID["boot"])


@tree(BOTH)
def fedora_uki(m):
    """Fedora's kernel-uki-virt, with the addons and the counter of its
    kernel-install."""
    for version, counter in (("6.17.5-300.fc43.x86_64", ""),
                             ("6.17.10-300.fc43.x86_64", "+3-0")):
        name = f"esp/EFI/Linux/{MACHINE_ID}-{version}"
        m.uki(f"{name}{counter}.efi",
              {"ID": "fedora", "NAME": "Fedora Linux", "VERSION_ID": "43",
               "PRETTY_NAME": "Fedora Linux 43 (Cloud Edition)",
               "VARIANT_ID": "cloud"}, uname=version,
              cmdline="console=tty0 console=ttyS0")
        m.addon(f"{name}.efi.extra.d/qemu.addon.efi", "console=hvc0")


@tree(BOTH)
def rhel9_bls(m):
    """RHEL 9: kernelopts in grubenv, GRUB's own variables in the entries."""
    import trees_grub  # which has a use for this module, too
    for version in ("5.14.0-570.el9.x86_64", "5.14.0-570.12.1.el9_6.x86_64"):
        m.conf(f"{MACHINE_ID}-{version}.conf", volume="boot",
               title=f"Red Hat Enterprise Linux ({version}) 9.6 (Plow)",
               version=version, linux=f"/vmlinuz-{version}",
               initrd=f"/initramfs-{version}.img $tuned_initrd",
               options="$kernelopts $tuned_params",
               grub_users="$grub_users", grub_arg="--unrestricted",
               grub_class="kernel")
        m.put(f"boot/initramfs-{version}.img", "initrd " + version)
    m.put("boot/grub2/grub.cfg", trees_grub.FEDORA.format(
        boot=UUID["boot"], kernelopts=""))
    trees_grub.grubenv(m, "boot/grub2/grubenv", tuned_params="isolcpus=2",
                       kernelopts="root=/dev/mapper/rhel-root ro",
                       boot_success="1")


@tree(ESP)
def opensuse_sdbootutil(m):
    """openSUSE with systemd-boot: an entry per snapshot and kernel, the
    snapshot's number in id, version and sort-key's version."""
    m.systemd_boot()
    m.put("esp/loader/loader.conf", "timeout 8\nconsole-mode keep\n"
          "default opensuse-tumbleweed-6.17.5-1-default-12.conf\n")
    for snapshot, kernel in ((12, "6.17.5-1-default"), (9, "6.16.9-1-default"),
                             (10, "6.17.5-1-default"),
                             (10, "6.16.9-1-default")):
        folder = f"/opensuse-tumbleweed/{kernel}"
        m.conf(f"opensuse-tumbleweed-{kernel}-{snapshot}.conf",
               title=f"openSUSE Tumbleweed {snapshot}@{kernel}",
               version=f"{snapshot}@{kernel}", sort_key="opensuse-tumbleweed",
               options=f"{QUIET} rootflags=subvol=@/.snapshots/{snapshot}"
                       "/snapshot systemd.machine_id=" + MACHINE_ID,
               linux=f"{folder}/linux-0123456789abcdef",
               initrd=f"{folder}/initrd-fedcba9876543210")


@tree(ESP)
def nixos_systemd_boot(m):
    """NixOS: generations, files under /EFI/nixos with hashes as names."""
    m.systemd_boot()
    m.put("esp/loader/loader.conf", "timeout 5\n"
          "default nixos-generation-101.conf\nconsole-mode keep\n")
    for number in (9, 99, 100, 101):
        m.conf(f"nixos-generation-{number}.conf", title="NixOS",
               sort_key="nixos",
               version=f"Generation {number} NixOS 25.05, Linux Kernel 6.12",
               linux=f"/EFI/nixos/{number:032x}-linux-6.12-bzImage.efi",
               initrd=f"/EFI/nixos/{number:032x}-initrd-linux-6.12.efi",
               options="init=/nix/store/x/init loglevel=4",
               machine_id=MACHINE_ID)


@tree(ESP)
def coreos_ostree(m):
    """OSTree deployments: one version, the order by the id's number."""
    for number in (2, 1):
        folder = f"/ostree/fedora-coreos-{number:064x}"
        m.conf(f"ostree-{number}.conf", version=str(number),
               title=f"Fedora CoreOS 42.2025 (ostree:{2 - number})",
               options=f"$ignition_firstboot ostree=/ostree/boot.1/{number} "
                       "rw mitigations=auto,nosmt",
               linux=f"{folder}/vmlinuz-6.17", aboot="/x",
               initrd=f"{folder}/initramfs-6.17.img")


# --- type 2 ------------------------------------------------------------------


@tree(ESP)
def uki_profiles(m):
    """UKIs with profiles: with id and title, with an id, with neither."""
    m.uki("esp/EFI/Linux/two.efi", {"ID": "image", "NAME": "Two profiles",
                                    "IMAGE_ID": "image",
                                    "IMAGE_VERSION": "7"},
          cmdline="base", profile="ID=main\nTITLE=Normal",
          profiles=[["ID=factory\nTITLE=Factory reset", "--cmdline",
                     "factory"]])
    m.uki("esp/EFI/Linux/ids.efi", {"ID": "image", "NAME": "Only ids",
                                    "IMAGE_VERSION": "6"},
          profiles=[["ID=storage", "--cmdline", "storagetm"]])
    m.uki("esp/EFI/Linux/bare.efi", {"ID": "image", "NAME": "Neither",
                                     "IMAGE_VERSION": "5"},
          profile="TITLE=First", profiles=[
              ["TITLE=Second", "--cmdline", "second"], "#"])


@tree(ESP)
def uki_addons(m):
    """Addons, global and of one UKI, and every kind of companion."""
    m.uki("esp/EFI/Linux/plain+3-0.efi", DEBIAN, cmdline="root=/dev/vda2")
    folder = "esp/EFI/Linux/plain.efi.extra.d"
    m.addon(f"{folder}/b-console.addon.efi", "console=ttyS0")
    m.addon(f"{folder}/a-debug.addon.efi", "debug")
    m.addon("esp/loader/addons/global.addon.efi", "panic=10")
    for name in ("db.cred", "tools.sysext.raw", "etc.confext.raw", "old.raw",
                 "ignored.txt"):
        m.put(f"{folder}/{name}", "companion " + name)
    m.put("esp/loader/credentials/machine.cred", "global credential")
    m.put("esp/loader/extensions/all.sysext.raw", "global extension")
    m.put("esp/loader/extensions/all.confext.raw", "global configuration")


@tree(ESP)
def uki_names(m):
    """Where the title, the version and the sort key come from."""
    fields = [("PRETTY_NAME", "IMAGE_ID", "NAME", "ID"),
              ("IMAGE_ID", "NAME", "ID"), ("NAME", "ID"), ("ID",)]
    for number, names in enumerate(fields):
        m.uki(f"esp/EFI/Linux/title{number}.efi",
              {key: f"{key.lower()}-{number}" for key in names})
    fields = [("IMAGE_VERSION", "VERSION", "VERSION_ID", "BUILD_ID"),
              ("VERSION", "VERSION_ID", "BUILD_ID"),
              ("VERSION_ID", "BUILD_ID"), ("BUILD_ID",)]
    for number, names in enumerate(fields):
        m.uki(f"esp/EFI/Linux/version{number}.efi",
              {"ID": "os", "NAME": "Versions",
               **{key: f"{9 - n}" for n, key in enumerate(names)}})
    m.uki("esp/EFI/Linux/none.efi", {"HOME_URL": "http://nothing.example"})


@tree(ESP)
def uki_foreign(m):
    """What is no UKI of this machine, beside one that is."""
    good = m.uki("esp/EFI/Linux/good.efi", DEBIAN).read_bytes()
    m.uki("esp/EFI/Linux/arm.efi", DEBIAN, arch="aarch64", stub_version=257)
    m.put("esp/EFI/Linux/noise.efi", bytes(range(256)) * 12)
    m.put("esp/EFI/Linux/empty.efi")
    m.put("esp/EFI/Linux/cut.efi", good[:len(good) // 2])
    m.put("esp/EFI/Linux/no-osrel.efi",
          standin.pe("x86_64", [(".linux", standin.bzimage("6.1"))]))
    m.put("esp/EFI/Linux/no-linux.efi",
          standin.pe("x86_64", [(".osrel", b"ID=x\nNAME=X\n"),
                                (".initrd", b"initrd")]))
    m.kernel("esp/EFI/Linux/kernel.efi")
    m.addon("esp/EFI/Linux/addon.efi", "quiet")
    m.put("esp/EFI/Linux/text.txt", good)
    m.put("esp/EFI/Linux/folder.efi/inner.efi", good)
    m.put("esp/EFI/Linux/.hidden.efi", good)
    m.put("esp/EFI/Linux/auto-made.efi", good)
    m.put("esp/EFI/Linux/UPPER.EFI", good)
    m.put("esp/EFI/other/good.efi", good)


# --- counters, order, names --------------------------------------------------


@tree(ESP)
def counters(m):
    """Every shape of a counter, on entries and UKIs, bad ones among them."""
    for name in ("a+3", "b+2-1", "c+0-3", "d+0", "e+10-05", "f+3-", "g+",
                 "h+3-1-2", "i+x", "j+1+2", "k+2147483647", "l+2147483648",
                 "m+" + "9" * 40, "n+3-" + "9" * 40, "o+03-000"):
        m.conf(name + ".conf", title="Counter " + name.split("+")[0],
               version="1", sort_key="count", linux="/vmlinuz")
    data = m.uki("esp/EFI/Linux/u1+3.efi", DEBIAN).read_bytes()
    for name in ("u2+0-3", "u3+1-2", "u4"):
        m.put(f"esp/EFI/Linux/{name}.efi", data)


@tree(ESP)
def counted_twins(m):
    """One id twice, as a power cut in a rename leaves it, and equal entries
    with other numbers of attempts."""
    for name in ("one+2-1", "one+3", "two", "two+1"):
        m.conf(name + ".conf", title=name.split("+")[0], version="1",
               linux="/vmlinuz")


@tree(ESP)
def order(m):
    """Sort keys, versions and machine ids in every combination."""
    number = 0
    versions = ("1", "1.10", "1.9", "1.9~rc1", "1.9^post1", "1.9-1", "2a",
                "2.a", "", "10")
    for version in versions:
        number += 1
        m.conf(f"n{number:02}.conf", title="Order", version=version or [],
               sort_key="debian", linux="/vmlinuz")
    for sort_key, machine in (("arch", None), ("debian", MACHINE_ID),
                              ("debian", OTHER_MACHINE), ("Debian", None),
                              ("zz", None), (None, MACHINE_ID)):
        for version in ("3", "4"):
            number += 1
            m.conf(f"n{number:02}.conf", title="Order", version=version,
                   sort_key=sort_key or [], machine_id=machine or [],
                   linux="/vmlinuz")
    for name in ("linux-6.10", "linux-6.9", "linux-6.9-rc1", "linux-6.9~rc1",
                 "linux-6", "a", "B", "linux_6"):
        m.conf(name + ".conf", title="Only a name", linux="/vmlinuz")


@tree(ESP)
def names(m):
    """Names of files, titles that repeat, what is no file."""
    for name in ("UPPER.CONF", "Mixed.Conf", "with space.conf", "ümlaut.conf",
                 ".hidden.conf", "auto-windows.conf", "a,b.conf", "a@b.conf",
                 "plus+plus.conf", "under_score.conf", "no-suffix",
                 "x.conf.bak", "x.conf~", "~x.conf", "-dash.conf", "conf.conf",
                 "a.b.c.conf", "q?.conf"):
        m.conf(name, title="Same title", linux="/vmlinuz")
    m.put("esp/loader/entries/folder.conf/inner.conf", "linux /vmlinuz\n")
    m.link("esp/loader/entries/link.conf", "a.b.c.conf")
    m.link("esp/loader/entries/dangling.conf", "nothing")
    m.conf("no-title.conf", version="9", linux="/vmlinuz")
    m.conf("only-linux.conf", linux="/vmlinuz")
    m.conf("x" * 240 + ".conf", title="Long name", linux="/vmlinuz")


@tree(ESP)
def keys(m):
    """Every key, and what an entry may not be made of."""
    m.conf("all.conf", title="All keys", version="1", sort_key="k",
           machine_id=MACHINE_ID, linux="/k/linux",
           initrd=["/k/one", "/k/two"], options=["first", "second  third"],
           devicetree="/k/board.dtb",
           devicetree_overlay="/k/a.dtbo /k/b.dtbo", architecture="x64",
           extra=["/k/a.cred", "/k/b.sysext.raw"])
    for name in ("board.dtb", "a.dtbo", "b.dtbo", "a.cred",
                 "b.sysext.raw"):
        m.put(f"esp/k/{name}", "x")
    m.uki("esp/k/image.efi", DEBIAN)
    m.kernel("esp/k/kernel.efi")
    for name, keys_of in {
            "efi-kernel": {"efi": "/k/kernel.efi"},
            "efi-uki": {"efi": "/k/image.efi"},
            "efi-shell": {"efi": "/shellx64.efi"},
            "uki": {"uki": "/k/image.efi", "options": "more"},
            "uki-profile": {"uki": "/k/image.efi", "profile": "0"},
            "uki-url": {"uki-url": "http://boot.example/uki.efi"},
            "arch-upper": {"linux": "/k/linux", "architecture": "X64"},
            "arch-arm": {"linux": "/k/linux", "architecture": "aa64"},
            "arch-odd": {"linux": "/k/linux", "architecture": "pdp11"},
            "no-kernel": {"options": "quiet"},
            "no-initrd-file": {"linux": "/k/linux"},
            "relative": {"linux": "k/linux"},
            "double-slash": {"linux": "//k///linux"},
            "unknown": {"linux": "/k/linux", "grub_class": "x",
                        "made-up": "1"},
    }.items():
        m.conf(name + ".conf", title=name, **{
            key.replace("-", "_"): value for key, value in keys_of.items()})
    m.put("esp/shellx64.efi", standin.pe("x86_64", [(".text", b"\xc3")]))
    m.put("esp/loader/entries/missing-linux.conf",
          "title Missing\nlinux /nothing/vmlinuz\n")
    m.put("esp/loader/entries/missing-initrd.conf",
          "title Missing initrd\nlinux /k/linux\ninitrd /nothing/initrd\n")
    m.put("esp/loader/entries/dotdot.conf",
          "title Dots\nlinux /k/../k/linux\n")
    m.put("esp/loader/entries/backslash.conf",
          "title Backslash\nlinux \\k\\linux\n")
    m.put("esp/loader/entries/trailing-slash.conf",
          "title Slash\nlinux /k/linux/\n")
    m.put("esp/loader/entries/folder-kernel.conf",
          "title Folder\nlinux /k\n")
    m.put("esp/loader/entries/empty.conf", "")
    m.put("esp/loader/entries/only-comment.conf", "# nothing\n")


@tree(ESP)
def syntax(m):
    """How lines are written."""
    m.kernel("esp/vmlinuz")
    for name, text in {
            "tabs": "title\tTabs\nlinux\t/vmlinuz\n",
            "many-blanks": "title    Blanks  in   it   \n  linux   /vmlinuz "
                           " \n",
            "comments": "# first\ntitle Comments # not one\n  # indented\n"
                        "linux /vmlinuz\n",
            "crlf": "title CRLF\r\nlinux /vmlinuz\r\n",
            "no-newline": "title No newline\nlinux /vmlinuz",
            "empty-lines": "\n\n\ntitle Empty lines\n\n\nlinux /vmlinuz\n\n",
            "bom": "\ufefftitle BOM\nlinux /vmlinuz\n",
            "utf8": "title Größe — 日本語\nlinux /vmlinuz\n",
            "quotes": "title \"Quoted\"\nlinux /vmlinuz\n",
            "upper-key": "TITLE Upper\nLinux /vmlinuz\n",
            "key-alone": "title\nlinux /vmlinuz\nversion\noptions\n",
            "twice": "title First\ntitle Second\nversion 1\nversion 2\n"
                     "linux /nothing\nlinux /vmlinuz\n",
            "equals": "title=Equals\nlinux=/vmlinuz\n",
            "control": "title Bell\x07 and \x1b[31mred\nlinux /vmlinuz\n",
            "long-line": "title Long\noptions " + "x" * 3000 +
                         "\nlinux /vmlinuz\n",
    }.items():
        m.put(f"esp/loader/entries/{name}.conf", text)


TREES = {build.__name__.replace("_", "-"): build for build in (
    debian_systemd_boot, debian_uki, xbootldr, arch_systemd_boot, fedora_bls,
    fedora_uki, rhel9_bls, opensuse_sdbootutil, nixos_systemd_boot,
    coreos_ostree, uki_profiles, uki_addons, uki_names, uki_foreign, counters,
    counted_twins, order, names, keys, syntax)}
