#!/bin/sh
# What the menu sends over a serial line, and what it costs when nothing happens.
#
#	tests/bench/console.sh BUILD_DIR
#
# keelboot's menu of 10 entries on 80x24, on a pty of this host: bytes of the
# first paint, of a cursor's move, of a countdown's tick; time from what was
# found to the first paint; CPU and writes of a menu that waits. The same bytes
# of its peers: systemd-boot and GRUB, in QEMU under OVMF, 10 entries with the
# same titles, seen from the serial line. The limits are console.py's.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scripts=$here/../../scripts
. "$scripts/lib.sh"
build=${1:?usage: console.sh BUILD_DIR}
need_tools qemu-system-x86_64 sbsign
keys=$build/test-keys
[ -e "$keys/made" ] || die "no keys in $keys: run scripts/test-keys.sh $build"

work=$build/bench/console
rm -rf "$work"
mkdir -p "$work/deb"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# GRUB's image is made of its parts for UEFI; none of it is installed.
tools=$("$scripts/fetch-tools.sh" grub-2.06 | tail -n 1)/root
deb=$(fetch_deb bookworm grub-efi-amd64-bin:amd64 "$(cache_dir)/fetch")
extract_deb "$deb" "$work/grub"
lib=x86_64-linux-gnu
"$tools/lib/$lib/ld-linux-x86-64.so.2" \
	--library-path "$tools/usr/lib/$lib:$tools/lib/$lib" \
	"$tools/usr/bin/grub-mkimage" -O x86_64-efi -p /grub \
	-d "$work/grub/usr/lib/grub/x86_64-efi" -o "$work/grub.efi" \
	part_gpt fat normal serial terminal terminfo test echo

titles() { # FORMAT: printed for each entry, with its number
	for number in 1 2 3 4 5 6 7 8 9 10; do
		# shellcheck disable=SC2059 # it is a format
		printf "$1" "$number"
	done
}
{
	printf '%s\n' 'serial --unit=0 --speed=9600' 'terminal_input serial' \
		'terminal_output serial' 'set timeout=60'
	titles 'menuentry "Signed Linux %d" { true }\n'
} >"$work/grub.cfg"
"$scripts/mkdisk.sh" "$work/grub.img" 48 \
	--file "$work/grub.efi:/EFI/BOOT/BOOTX64.EFI" \
	--file "$work/grub.cfg:/grub/grub.cfg"

printf 'timeout 60\n' >"$work/loader.conf"
: >"$work/linux"
set -- --file "$work/loader.conf:/loader/loader.conf" \
	--file "$work/linux:/linux" \
	--file /usr/lib/systemd/boot/efi/systemd-bootx64.efi:/EFI/BOOT/BOOTX64.EFI
for number in 1 2 3 4 5 6 7 8 9 10; do
	printf 'title Signed Linux %d\nlinux /linux\n' "$number" \
		>"$work/e$number.conf"
	set -- "$@" --file "$work/e$number.conf:/loader/entries/e$number.conf"
done
"$scripts/mkdisk.sh" "$work/systemd-boot.img" 48 "$@"

/usr/bin/python3 "$here/console.py" "$build/x86_64/keelboot" "$keys" "$work"
