#!/bin/sh
# Show keelboot at work: a virtual machine whose firmware is Linux, with a disk
# to boot from, on this terminal.
#
#	scripts/run-qemu.sh ARCH BUILD_DIR
#
# BUILD_DIR has the program (`make binary`); the demo's files go to
# BUILD_DIR/demo. x86_64 starts on Debian's own kernel with its modules in the
# image; aarch64 on a kernel of keelboot's configuration, built once. The disk
# has an ESP with a UKI around a Debian kernel (aarch64: also a zboot kernel
# with an entry of the image's configuration). Ctrl-A X ends the machine.
set -eu
scripts=$(dirname "$0")
. "$scripts/lib.sh"
[ $# -eq 2 ] || die "usage: run-qemu.sh x86_64|aarch64 BUILD_DIR"
arch=$1 build=$2
demo=$build/demo
mkdir -p "$demo/entries"

osrel() { # TITLE VERSION
	printf 'ID=demo\nPRETTY_NAME="%s"\nVERSION_ID=%s\n' "$1" "$2"
}

payload() {
	"$scripts/mkpayload.sh" --busybox "$build/deps/busybox" "$arch" \
		"$demo/second-initrd.zst"
}

image() { # extra arguments of mkinitramfs.sh
	"$scripts/mkinitramfs.sh" --arch "$arch" --binary "$build/keelboot" \
		--busybox "$build/deps/busybox" \
		--config config/keelboot.conf \
		--out "$demo/keelboot.cpio.zst" "$@"
}

prepare_x86_64() {
	kernel=$("$scripts/fetch-kernel.sh" debian-x86_64 | tail -n 1)
	payload
	osrel "Debian 12, the demo's second kernel" 12 > "$demo/os-release"
	"$scripts/mkuki.sh" --arch x86_64 --linux "$kernel/vmlinuz" \
		--initrd "$demo/second-initrd.zst" --osrel "$demo/os-release" \
		--cmdline "console=ttyS0 quiet" \
		--uname "$(cat "$kernel/release")" --out "$demo/debian.efi"
	image --modules "$kernel/modules" \
		--modules-list initramfs/modules
	"$scripts/mkdisk.sh" --id 00000001 "$demo/disk.img" 160 \
		--file "$demo/debian.efi:/EFI/Linux/debian.efi"
}

prepare_aarch64() {
	kernel=$("$scripts/mkkernel.sh" aarch64 | tail -n 1)
	zboot=$("$scripts/mkzboot.sh" | tail -n 1)
	payload
	osrel "A UKI around a zboot kernel" 1 > "$demo/os-release"
	"$scripts/mkuki.sh" --arch aarch64 --linux "$zboot/zstd.efi" \
		--initrd "$demo/second-initrd.zst" --osrel "$demo/os-release" \
		--cmdline "console=ttyAMA0 quiet" --out "$demo/zboot-uki.efi"
	cat > "$demo/entries/zboot.conf" <<-'END'
	title A plain zboot kernel (gzip)
	linux /EFI/demo/vmlinuz.efi
	initrd /EFI/demo/initrd
	options console=ttyAMA0 quiet
	END
	image --entries "$demo/entries"
	"$scripts/mkdisk.sh" --id 00000001 "$demo/disk.img" 96 \
		--file "$demo/zboot-uki.efi:/EFI/Linux/zboot-uki.efi" \
		--file "$zboot/gzip.efi:/EFI/demo/vmlinuz.efi" \
		--file "$demo/second-initrd.zst:/EFI/demo/initrd"
}

say "preparing the demo in $demo"
case $arch in
x86_64)
	prepare_x86_64
	set -- qemu-system-x86_64 -machine q35 -cpu max -append console=ttyS0
	;;
aarch64)
	prepare_aarch64
	set -- qemu-system-aarch64 -machine virt -cpu cortex-a72 \
		-append console=ttyAMA0
	;;
*) die "there is no architecture $arch, only x86_64 and aarch64" ;;
esac
say "starting QEMU; Ctrl-A X ends it"
exec "$@" -m 1024 -nographic -no-reboot -net none \
	-kernel "$kernel/vmlinuz" -initrd "$demo/keelboot.cpio.zst" \
	-drive "file=$demo/disk.img,format=raw,if=virtio"
