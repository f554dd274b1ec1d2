#!/bin/sh
# Make keelboot.efi, keelboot for machines that still have UEFI: a kernel of
# keelboot's configuration and the image as one UKI. A watchdog that the menu
# arms runs on in the kernel that it starts: for that the command line has
# watchdog.stop_on_reboot=0.
#
#	scripts/mkefi.sh ARCH IMAGE VERSION OUT
set -eu
scripts=$(dirname "$0")
. "$scripts/lib.sh"
[ $# -eq 4 ] || die "usage: mkefi.sh x86_64|aarch64 IMAGE VERSION OUT"
case $1 in
x86_64) console=ttyS0 ;;
aarch64) console=ttyAMA0 ;;
*) die "there is no architecture $1, only x86_64 and aarch64" ;;
esac
kernel=$("$scripts/mkkernel.sh" "$1" | tail -n 1)
"$scripts/mkuki.sh" --keelboot "$3" --arch "$1" --linux "$kernel/vmlinuz" \
	--initrd "$2" --out "$4" \
	--cmdline "console=$console watchdog.stop_on_reboot=0"
