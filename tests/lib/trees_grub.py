"""Trees of machines that boot with GRUB or extlinux. Debian's menu is what its
grub-mkconfig makes; the other distributions' are written after their
documentation and what their tools are known to make."""

import os
import re

import standin
from trees import MACHINE_ID, UUID, Wanted, call, tools, tree
from trees_bls import fedora_entry

ROOT, BOOT = "root", "boot"
ROOT_FS = {"esp": "esp", ROOT: "ext4"}
WITH_BOOT = {"esp": "esp", BOOT: "ext4"}

# What grub-probe and grub-mkrelpath say on the machine that the tree stands
# for.
PROBE = """#!/bin/sh
case $* in
*target=device*/boot) echo %(boot_device)s ;;
*target=device*) echo /dev/vda3 ;;
*/dev/vda2*target=fs_uuid*) echo %(boot)s ;;
*target=fs_uuid*) echo %(root)s ;;
*target=fs*) echo ext2 ;;
*target=partmap*) echo gpt ;;
*target=compatibility_hint*) echo hd0,gpt2 ;;
*target=hints_string*) echo "--hint-bios=hd0,gpt2 --hint-efi=hd0,gpt2" ;;
*target=partuuid*) echo 11111111-2222-3333-4444-555555555555 ;;
esac
"""
MKRELPATH = """#!/bin/sh
path=$1
[ -n "$path" ] || exit 1
path=${path#%(root)s}
echo "${path#%(strip)s}"
"""


def debian_grub_cfg(m, volume, version, separate_boot, options="quiet"):
    """grub.cfg by Debian's grub-mkconfig of that GRUB version, which finds
    kernels where `volume` is /boot, or has it."""
    packed = tools(f"grub-{version}") / "root"
    place = m.work / "machine"
    root = m.path / volume
    boot = root if separate_boot else root / "boot"
    place.mkdir(exist_ok=True)
    (place / "boot").symlink_to(boot)
    (place / "etc/default").mkdir(parents=True)
    (place / "etc/default/grub").write_text(
        "GRUB_DEFAULT=0\nGRUB_TIMEOUT=5\nGRUB_DISTRIBUTOR=Debian\n"
        f'GRUB_CMDLINE_LINUX_DEFAULT="{options}"\nGRUB_CMDLINE_LINUX=""\n')
    by_uuid = place / "by-uuid"
    by_uuid.mkdir()
    (by_uuid / UUID["root"]).touch()

    def script(path, text):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def moved(name):
        """A script of the package that looks at the machine in `place`."""
        text = (packed / name).read_text()
        text = re.sub(r'^(prefix|exec_prefix|datarootdir|sysconfdir)="/',
                      rf'\1="{place}/', text, flags=re.M)
        text = text.replace("/dev/disk/by-uuid", str(by_uuid))
        text = text.replace(" /boot/", f" {place}/boot/")
        text = text.replace(" /vmlinu", f" {place}/vmlinu")
        script(place / name, text)

    for name in ("usr/sbin/grub-mkconfig", "usr/share/grub/grub-mkconfig_lib",
                 "etc/grub.d/00_header", "etc/grub.d/10_linux",
                 "etc/grub.d/30_uefi-firmware", "etc/grub.d/41_custom"):
        moved(name)
    script(place / "usr/sbin/grub-probe", PROBE % {
        **UUID, "boot_device": "/dev/vda2" if separate_boot else "/dev/vda3"})
    strip = "/boot" if separate_boot else ""
    script(place / "usr/bin/grub-mkrelpath", MKRELPATH % {
        "root": place, "strip": strip})
    for name in ("grub-script-check", "grub-editenv"):
        script(place / "usr/bin" / name, '#!/bin/sh\nexec "%s" "$@"\n'
               % (tools(f"grub-{version}") / "bin" / name))
    script(place / "usr/bin/grub-file", "#!/bin/sh\nexit 0\n")
    call("sh", place / "usr/sbin/grub-mkconfig", "-o",
         boot / "grub/grub.cfg", cwd=place,
         env={"PATH": os.environ["PATH"], "EUID": "0", "LC_ALL": "C"})
    text = (boot / "grub/grub.cfg").read_text()
    (boot / "grub/grub.cfg").write_text(text.replace(str(place), ""))


DEBIAN_VERSIONS = ("6.1.0-40-amd64", "6.1.0-9-amd64")


def debian_files(m, volume, folder=""):
    for version in DEBIAN_VERSIONS:
        m.kernel(f"{volume}{folder}/vmlinuz-{version}", version)
        m.put(f"{volume}{folder}/initrd.img-{version}", "initrd " + version)
    m.put(f"{volume}{folder}/grub/x86_64-efi/linux.mod", b"\x7fELF")


def debian_wanted(folder, volume, single):
    """What that menu offers: the newest, and of each kernel the plain and the
    recovery entry."""
    found = []
    for number, version in enumerate(DEBIAN_VERSIONS):
        def entry(title, tail, version=version):
            return Wanted(title, f"{folder}/vmlinuz-{version}",
                          f"root=UUID={UUID['root']} ro {tail}",
                          [f"{folder}/initrd.img-{version}"], volume)
        if not number:
            found.append(entry("Debian GNU/Linux", "quiet"))
        title = f"Debian GNU/Linux, with Linux {version}"
        found.append(entry(title, "quiet"))
        found.append(entry(title + " (recovery mode)", single))
    return found


def esp_redirect(m, name, uuid, prefix):
    """The few lines on the ESP that lead to the real menu."""
    m.put(f"esp/EFI/{name}/grub.cfg",
          f"search.fs_uuid {uuid} root hd0,gpt2 \n"
          f"set prefix=($root)'{prefix}'\nconfigfile $prefix/grub.cfg\n")
    m.put(f"esp/EFI/{name}/grubx64.efi",
          standin.pe("x86_64", [(".text", b"\xc3"), (".sbat", b"sbat,1\n")]))


def grubenv(m, name, version="2.14", **values):
    """By grub-editenv."""
    path = m.put(name)
    path.unlink()
    edit = tools(f"grub-{version}") / "bin/grub-editenv"
    call(edit, path, "create")
    if values:
        call(edit, path, "set", *[f"{k}={v}" for k, v in values.items()])


# --- Debian, by its own tools ------------------------------------------------


@tree(ROOT_FS, debian_wanted("/boot", ROOT, "single"))
def debian_grub(m):
    """Debian 12: /boot is a folder of the root file system."""
    debian_files(m, ROOT, "/boot")
    debian_grub_cfg(m, ROOT, "2.06", False)
    esp_redirect(m, "debian", UUID["root"], "/boot/grub")


@tree(WITH_BOOT, debian_wanted("", BOOT, "single dis_ucode_ldr"))
def debian_grub_boot(m):
    """Debian's next: /boot is a partition of its own."""
    debian_files(m, BOOT)
    debian_grub_cfg(m, BOOT, "2.14", True)
    esp_redirect(m, "debian", UUID["boot"], "/grub")


# --- others, written after what they are known to make -----------------------

UBUNTU = """\
set timeout_style=menu
if [ "${{recordfail}}" = 1 ] ; then
  set timeout=30
else
  if [ x$feature_timeout_style = xy ] ; then
    set timeout_style=hidden
    set timeout=0
  else
    set timeout=0
  fi
fi
if [ -s $prefix/grubenv ]; then
  set have_grubenv=true
  load_env
fi
if [ "${{initrdfail}}" = 2 ]; then
   set initrdfail=
elif [ "${{initrdfail}}" = 1 ]; then
   set next_entry="${{prev_entry}}"
   set prev_entry=
   save_env prev_entry
fi
if [ "${{next_entry}}" ] ; then
   set default="${{next_entry}}"
   set next_entry=
   save_env next_entry
   set boot_once=true
else
   set default="0"
fi
function recordfail {{
  set recordfail=1
  if [ -n "${{have_grubenv}}" ]; then if [ -z "${{boot_once}}" ]; then \
save_env recordfail; fi; fi
}}
function gfxmode {{
	set gfxpayload="${{1}}"
	if [ "${{1}}" = "keep" ]; then
		set vt_handoff=vt.handoff=7
	else
		set vt_handoff=
	fi
}}
set linux_gfx_mode=keep
export linux_gfx_mode
menuentry 'Ubuntu' --class ubuntu --class gnu-linux $menuentry_id_option \
'gnulinux-simple-{root}' {{
	recordfail
	load_video
	gfxmode $linux_gfx_mode
	insmod gzio
	if [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi
	insmod part_gpt
	insmod ext2
	search --no-floppy --fs-uuid --set=root {boot}
	linux	/vmlinuz-6.14.0-33-generic root=/dev/mapper/ubuntu--vg-ubuntu--lv \
ro quiet splash $vt_handoff
	initrd	/initrd.img-6.14.0-33-generic
}}
submenu 'Advanced options for Ubuntu' $menuentry_id_option \
'gnulinux-advanced-{root}' {{
	menuentry 'Ubuntu, with Linux 6.14.0-33-generic' --class ubuntu \
$menuentry_id_option 'gnulinux-6.14.0-33-generic-advanced-{root}' {{
		recordfail
		search --no-floppy --fs-uuid --set=root {boot}
		linux	/vmlinuz-6.14.0-33-generic \
root=/dev/mapper/ubuntu--vg-ubuntu--lv ro quiet splash $vt_handoff
	if [ "${{initrdfail}}" = 1 ]; then
	  echo	'GRUB_FORCE_PARTUUID set, initrdless boot failed.'
	else
	  initrd	/initrd.img-6.14.0-33-generic
	fi
	}}
	menuentry 'Ubuntu, with Linux 6.14.0-33-generic (recovery mode)' \
$menuentry_id_option 'gnulinux-6.14.0-33-generic-recovery-{root}' {{
		recordfail
		search --no-floppy --fs-uuid --set=root {boot}
		linux	/vmlinuz-6.14.0-33-generic \
root=/dev/mapper/ubuntu--vg-ubuntu--lv ro recovery nomodeset dis_ucode_ldr
		initrd	/initrd.img-6.14.0-33-generic
	}}
}}
menuentry 'UEFI Firmware Settings' $menuentry_id_option 'uefi-firmware' {{
	fwsetup
}}
"""
UBUNTU_ROOT = "root=/dev/mapper/ubuntu--vg-ubuntu--lv ro "


def ubuntu_wanted():
    kernel, initrd = (f"/{name}-6.14.0-33-generic"
                      for name in ("vmlinuz", "initrd.img"))
    quiet = UBUNTU_ROOT + "quiet splash vt.handoff=7"
    title = "Ubuntu, with Linux 6.14.0-33-generic"
    return [Wanted("Ubuntu", kernel, quiet, [initrd], BOOT),
            Wanted(title, kernel, UBUNTU_ROOT + "quiet splash", [initrd],
                   BOOT),
            Wanted(title + " (recovery mode)", kernel,
                   UBUNTU_ROOT + "recovery nomodeset dis_ucode_ldr",
                   [initrd], BOOT)]


@tree(WITH_BOOT, ubuntu_wanted())
def ubuntu_grub(m):
    """Ubuntu: functions with arguments, recordfail, the root on LVM."""
    m.kernel(BOOT + "/vmlinuz-6.14.0-33-generic", "6.14.0-33-generic")
    m.put(BOOT + "/initrd.img-6.14.0-33-generic", "initrd")
    m.link(BOOT + "/vmlinuz", "vmlinuz-6.14.0-33-generic")
    m.put(BOOT + "/grub/grub.cfg", UBUNTU.format(root=UUID["root"],
                                              boot=UUID["boot"]))
    grubenv(m, BOOT + "/grub/grubenv")
    esp_redirect(m, "ubuntu", UUID["boot"], "/grub")


FEDORA = """\
set pager=1
if [ -f ${{config_directory}}/grubenv ]; then
  load_env -f ${{config_directory}}/grubenv
elif [ -s $prefix/grubenv ]; then
  load_env
fi
if [ "${{next_entry}}" ] ; then
   set default="${{next_entry}}"
   set next_entry=
   save_env next_entry
   set boot_once=true
else
   set default="${{saved_entry}}"
fi
if [ x"${{feature_menuentry_id}}" = xy ]; then
  menuentry_id_option="--id"
else
  menuentry_id_option=""
fi
export menuentry_id_option
terminal_output console
if [ x$feature_timeout_style = xy ] ; then
  set timeout_style=menu
  set timeout=5
else
  set timeout=5
fi
insmod part_gpt
insmod ext2
search --no-floppy --fs-uuid --set=root {boot}
insmod part_gpt
insmod xfs
search --no-floppy --fs-uuid --set=boot {boot}
{kernelopts}
insmod blscfg
blscfg
if [ "${{boot_success}}" = "1" -o "${{boot_indeterminate}}" = "1" ]; then
  set last_boot_ok=1
else
  set last_boot_ok=0
fi
if [ "$menu_auto_hide" ]; then
  if cutmem 0x0 0x1 2>/dev/null; then set menu_hide_ok=1; fi
fi
menuentry 'UEFI Firmware Settings' $menuentry_id_option 'uefi-firmware' {{
	fwsetup
}}
if [ -f  ${{config_directory}}/custom.cfg ]; then
  source ${{config_directory}}/custom.cfg
elif [ -z "${{config_directory}}" -a -f  $prefix/custom.cfg ]; then
  source $prefix/custom.cfg
fi
"""
FEDORA_VERSIONS = ("6.17.10-300.fc43.x86_64", "6.17.5-300.fc43.x86_64")


@tree(WITH_BOOT, [
    Wanted(f"Fedora Linux ({version}) 43 (Server Edition)",
           f"/vmlinuz-{version}", f"root=UUID={UUID['root']} ro "
           "rootflags=subvol=root rhgb quiet",
           [f"/initramfs-{version}.img"], BOOT)
    for version in FEDORA_VERSIONS])
def fedora_grub(m):
    """Fedora: the entries of the Boot Loader Specification, which grub.cfg
    reads by blscfg; saved_entry names the older one."""
    for version in FEDORA_VERSIONS:
        fedora_entry(m, BOOT, version, "43 (Server Edition)")
    m.put(BOOT + "/grub2/grub.cfg", FEDORA.format(boot=UUID["boot"],
                                               kernelopts=""))
    grubenv(m, BOOT + "/grub2/grubenv", boot_success="1",
            saved_entry=f"{MACHINE_ID}-{FEDORA_VERSIONS[1]}")
    m.put("esp/EFI/fedora/grub.cfg",
          f"search --no-floppy --root-dev-only --fs-uuid --set=dev "
          f"{UUID['boot']}\nset prefix=($dev)/grub2\n\nexport $prefix\n"
          "configfile $prefix/grub.cfg\n")


RHEL_VERSIONS = ("4.18.0-553.81.1.el8_10.x86_64", "4.18.0-553.el8_10.x86_64")
RHEL_OPTIONS = "root=/dev/mapper/rhel-root ro crashkernel=auto"


@tree(WITH_BOOT, [
    Wanted(f"Red Hat Enterprise Linux ({version}) 8.10 (Ootpa)",
           f"/vmlinuz-{version}", options, [f"/initramfs-{version}.img"],
           BOOT)
    for version, options in zip(RHEL_VERSIONS, (
        RHEL_OPTIONS + " isolcpus=2,3", RHEL_OPTIONS + " isolcpus=2,3"))])
def rhel8_grub(m):
    """RHEL 8: options are variables of grubenv, and one that is nowhere."""
    for version in RHEL_VERSIONS:
        m.conf(f"{MACHINE_ID}-{version}.conf", volume=BOOT,
               title=f"Red Hat Enterprise Linux ({version}) 8.10 (Ootpa)",
               version=version, linux=f"/vmlinuz-{version}",
               initrd=f"/initramfs-{version}.img $tuned_initrd",
               options="$kernelopts $tuned_params",
               id=f"rhel-2024-{version}", grub_users="$grub_users",
               grub_arg="--unrestricted", grub_class="kernel")
        m.put(f"{BOOT}/initramfs-{version}.img", "initrd")
    m.put(BOOT + "/grub2/grub.cfg", FEDORA.format(boot=UUID["boot"], kernelopts=(
        'if [ -z "${kernelopts}" ]; then\n  set kernelopts="root=/dev/wrong"\n'
        "fi\nset tuned_params=\"isolcpus=2,3\"\nset tuned_initrd=\"\"")))
    grubenv(m, BOOT + "/grub2/grubenv", kernelopts=RHEL_OPTIONS,
            saved_entry=f"{MACHINE_ID}-{RHEL_VERSIONS[0]}")


OPENSUSE = """\
if [ -f ${{config_directory}}/grubenv ]; then
  load_env -f ${{config_directory}}/grubenv
elif [ -s $prefix/grubenv ]; then
  load_env
fi
if [ "${{env_block}}" ]; then
  set env_block="(${{root}})${{env_block}}"
  export env_block
  load_env -f "${{env_block}}"
fi
set default="0"
if [ "$grub_platform" = "efi" ]; then
  set btrfs_relative_path="y"
  export btrfs_relative_path
fi
if [ ${{grub_platform}} = "efi" ]; then set linux=linuxefi; \
set initrd=initrdefi; else set linux=linux; set initrd=initrd; fi
export linux initrd
menuentry 'openSUSE Leap 15.6' --class opensuse --class gnu-linux \
${{menuentry_id_option}} 'gnulinux-simple-{root}' {{
	load_video
	set gfxpayload=keep
	insmod gzio
	insmod part_gpt
	insmod btrfs
	search --no-floppy --fs-uuid --set=root {root}
	echo	'Loading Linux 6.4.0-150600.23-default ...'
	linuxefi /boot/vmlinuz-6.4.0-150600.23-default root=UUID={root} \
splash=silent mitigations=auto quiet
	echo	'Loading initial ramdisk ...'
	initrdefi /boot/initrd-6.4.0-150600.23-default
}}
menuentry "text mode" --class os {{
	if [ "${{textmode" = y ]; then
	linuxefi /boot/vmlinuz-6.4.0-150600.23-default textmode
}}
if [ -f "/.snapshots/grub-snapshot.cfg" ]; then
  source "/.snapshots/grub-snapshot.cfg"
fi
"""


@tree({"esp": "esp", ROOT: "btrfs"}, [
    Wanted("openSUSE Leap 15.6", "/boot/vmlinuz-6.4.0-150600.23-default",
           f"root=UUID={UUID['root']} splash=silent mitigations=auto quiet",
           ["/boot/initrd-6.4.0-150600.23-default"], ROOT)])
def opensuse_grub(m):
    """openSUSE: linuxefi, and a stanza that cannot be read, which cost
    petitboot the whole menu; a file to source that is not there."""
    m.kernel(ROOT + "/boot/vmlinuz-6.4.0-150600.23-default")
    m.put(ROOT + "/boot/initrd-6.4.0-150600.23-default", "initrd")
    m.put(ROOT + "/boot/grub2/grub.cfg",
          OPENSUSE.format(root=UUID["root"]))
    grubenv(m, ROOT + "/boot/grub2/grubenv")


ARCH = """\
if [ -s $prefix/grubenv ]; then
  load_env
fi
set default="{default}"
set timeout=5
menuentry 'Arch Linux' --class arch $menuentry_id_option \
'gnulinux-simple-{root}' {{
	set gfxpayload=keep
	insmod part_gpt
	insmod ext2
	search --no-floppy --fs-uuid --set=root {root}
	echo	'Loading Linux linux ...'
	linux	/boot/vmlinuz-linux root=UUID={root} rw loglevel=3 quiet
	initrd	/boot/intel-ucode.img /boot/amd-ucode.img /boot/initramfs-linux.img
}}
"""


@tree(ROOT_FS, [
    Wanted("Arch Linux", "/boot/vmlinuz-linux",
           f"root=UUID={UUID['root']} rw loglevel=3 quiet",
           ["/boot/intel-ucode.img", "/boot/amd-ucode.img",
            "/boot/initramfs-linux.img"], ROOT)])
def arch_grub(m):
    """Arch: three initrds in one line."""
    m.kernel(ROOT + "/boot/vmlinuz-linux", "6.17.1-arch1-1")
    for name in ("intel-ucode", "amd-ucode", "initramfs-linux"):
        m.put(f"{ROOT}/boot/{name}.img", name)
    m.put(ROOT + "/boot/grub/grub.cfg", ARCH.format(root=UUID["root"],
                                                 default=0))


@tree(WITH_BOOT, [
    Wanted("Linux lts", "/vmlinuz-lts",
           "root=UUID=%s modules=ext4 quiet rootfstype=ext4" % UUID["root"],
           ["/initramfs-lts"], BOOT),
    Wanted("Linux virt", "/vmlinuz-virt", "root=/dev/vda3",
           ["/initramfs-virt"], BOOT)])
def alpine_extlinux(m):
    """Alpine: extlinux.conf as update-extlinux writes it."""
    for flavour in ("lts", "virt"):
        m.kernel(f"{BOOT}/vmlinuz-{flavour}")
        m.put(f"{BOOT}/initramfs-{flavour}", "initrd")
    m.put(BOOT + "/extlinux.conf", f"""\
# Generated by update-extlinux 6.04_pre1-r15
DEFAULT menu.c32
PROMPT 0
MENU TITLE Alpine/Linux Boot Menu
MENU HIDDEN
MENU AUTOBOOT Alpine will be booted automatically in # seconds.
TIMEOUT 10
LABEL lts
  MENU DEFAULT
  MENU LABEL Linux lts
  LINUX vmlinuz-lts
  INITRD initramfs-lts
  APPEND root=UUID={UUID['root']} modules=ext4 quiet rootfstype=ext4

LABEL virt
  MENU LABEL Linux virt
  LINUX vmlinuz-virt
  APPEND initrd=initramfs-virt root=/dev/vda3

MENU SEPARATOR
""")


@tree({"esp": "esp"}, [
    Wanted("board", "/vmlinuz", "console=ttyS0", ["/initrd"], "esp")])
def board_extlinux(m):
    """What boards with U-Boot have: extlinux/extlinux.conf with a device
    tree."""
    m.kernel("esp/vmlinuz")
    m.put("esp/initrd", "initrd")
    m.put("esp/board.dtb", "dtb")
    m.put("esp/extlinux/extlinux.conf",
          "default board\ntimeout 30\nlabel board\n\tkernel /vmlinuz\n"
          "\tinitrd /initrd\n\tfdt /board.dtb\n\tappend console=ttyS0\n")


TREES = {build.__name__.replace("_", "-"): build for build in (
    debian_grub, debian_grub_boot, ubuntu_grub, fedora_grub, rhel8_grub,
    opensuse_grub, arch_grub, alpine_extlinux, board_extlinux)}
