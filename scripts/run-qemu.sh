#!/bin/sh
# Show keelboot at work: a virtual machine whose firmware is Linux, with a disk
# to boot from, on this terminal.
#
#	scripts/run-qemu.sh ARCH DEMO_DIR
#
# DEMO_DIR/ARCH has the program (`make O=DEMO_DIR binary`), built with the
# throw-away keys that mkkeys.sh has made in DEMO_DIR; what else the demo needs
# goes there too.
# x86_64 starts on Debian's own kernel with its modules in the image; aarch64 on
# a kernel of keelboot's configuration, built once. The disk has an ESP with a
# signed UKI, which boots, and with a tampered copy and an unsigned one, which do
# not; aarch64 also has a zboot kernel with an entry of the image's configuration
# and a signed manifest. Ctrl-A X ends the machine.
set -eu
scripts=$(dirname "$0")
. "$scripts/lib.sh"
[ $# -eq 2 ] || die "usage: run-qemu.sh x86_64|aarch64 DEMO_DIR"
arch=$1 demo=$2/$1 private=$2/private
need_tools sbsign openssl
[ -s "$private/image.key" ] || die "there are no keys in $private: use make run"
mkdir -p "$demo/entries"

osrel() { # TITLE VERSION
	printf 'ID=demo\nPRETTY_NAME="%s"\nVERSION_ID=%s\n' "$1" "$2"
}

payload() {
	"$scripts/mkpayload.sh" --busybox "$demo/deps/busybox" "$arch" \
		"$demo/second-initrd.zst"
}

image() { # extra arguments of mkinitramfs.sh
	"$scripts/mkinitramfs.sh" --arch "$arch" --binary "$demo/keelboot" \
		--busybox "$demo/deps/busybox" \
		--config config/keelboot.conf \
		--out "$demo/keelboot.cpio.zst" "$@"
}

sign() { # IMAGE OUT
	sbsign --key "$private/image.key" --cert "$private/image.pem" \
		--output "$2" "$1" 2>"$demo/sbsign.log" ||
		die "sbsign did not sign $1: $(cat "$demo/sbsign.log")"
}

# tamper SIGNED OUT: one word of the command line is another.
tamper() {
	LC_ALL=C sed 's/\(console=tty[A-Z0-9]*\) quiet/\1 debug/' "$1" > "$2"
	! cmp -s "$1" "$2" || die "there is no command line in $1 to change"
}

# manifest ENTRY KERNEL INITRD: what is covered, as docs/secure-boot.md has it.
manifest() {
	sum() {
		sha256sum < "$1" | cut -d ' ' -f 1
	}
	{
		echo "linux $(sum "$2") $(sed -n 's/^linux //p' "$1")"
		echo "initrd $(sum "$3") $(sed -n 's/^initrd //p' "$1")"
		sed -n 's/^options //p' "$1" | tr -d '\n' > "$demo/options"
		echo "options $(sum "$demo/options") -"
	} > "$demo/manifest"
	openssl cms -sign -binary -outform DER -in "$demo/manifest" \
		-signer "$private/manifest.pem" \
		-inkey "$private/manifest.key" -out "$demo/manifest.p7s" ||
		die "openssl did not sign the manifest"
}

prepare_x86_64() {
	kernel=$("$scripts/fetch-kernel.sh" debian-x86_64 | tail -n 1)
	payload
	osrel "Debian 12" 12 > "$demo/os-release"
	"$scripts/mkuki.sh" --arch x86_64 --linux "$kernel/vmlinuz" \
		--initrd "$demo/second-initrd.zst" --osrel "$demo/os-release" \
		--cmdline "console=ttyS0 quiet" \
		--uname "$(cat "$kernel/release")" --out "$demo/unsigned.efi"
	sign "$demo/unsigned.efi" "$demo/debian.efi"
	tamper "$demo/debian.efi" "$demo/tampered.efi"
	image --modules "$kernel/modules" \
		--modules-list initramfs/modules
	"$scripts/mkdisk.sh" --id 00000001 "$demo/disk.img" 200 \
		--file "$demo/debian.efi:/EFI/Linux/debian-12.efi" \
		--file "$demo/unsigned.efi:/EFI/Linux/debian-12-unsigned.efi" \
		--file "$demo/tampered.efi:/EFI/Linux/debian-12-tampered.efi"
}

prepare_aarch64() {
	kernel=$("$scripts/mkkernel.sh" aarch64 | tail -n 1)
	zboot=$("$scripts/mkzboot.sh" | tail -n 1)
	payload
	osrel "UKI, zboot inside" 1 > "$demo/os-release"
	"$scripts/mkuki.sh" --arch aarch64 --linux "$zboot/zstd.efi" \
		--initrd "$demo/second-initrd.zst" --osrel "$demo/os-release" \
		--cmdline "console=ttyAMA0 quiet" --out "$demo/unsigned.efi"
	sign "$demo/unsigned.efi" "$demo/signed.efi"
	tamper "$demo/signed.efi" "$demo/tampered.efi"
	cat > "$demo/entries/zboot.conf" <<-'END'
	title A plain zboot kernel (gzip)
	linux /EFI/demo/vmlinuz.efi
	initrd /EFI/demo/initrd
	options console=ttyAMA0 quiet
	END
	manifest "$demo/entries/zboot.conf" "$zboot/gzip.efi" \
		"$demo/second-initrd.zst"
	image --entries "$demo/entries"
	"$scripts/mkdisk.sh" --id 00000001 "$demo/disk.img" 96 \
		--file "$demo/signed.efi:/EFI/Linux/zboot.efi" \
		--file "$demo/unsigned.efi:/EFI/Linux/zboot-unsigned.efi" \
		--file "$demo/tampered.efi:/EFI/Linux/zboot-tampered.efi" \
		--file "$demo/manifest:/loader/entries/zboot.manifest" \
		--file "$demo/manifest.p7s:/loader/entries/zboot.manifest.p7s" \
		--file "$zboot/gzip.efi:/EFI/demo/vmlinuz.efi" \
		--file "$demo/second-initrd.zst:/EFI/demo/initrd"
}

# A watchdog would run on in the kernel that is started.
options=watchdog.stop_on_reboot=0

say "preparing the demo in $demo"
case $arch in
x86_64)
	prepare_x86_64
	set -- qemu-system-x86_64 -machine q35 -cpu max \
		-append "console=ttyS0 $options"
	;;
aarch64)
	prepare_aarch64
	set -- qemu-system-aarch64 -machine virt -cpu cortex-a72 \
		-append "console=ttyAMA0 $options"
	;;
*) die "there is no architecture $arch, only x86_64 and aarch64" ;;
esac
say "starting QEMU; Ctrl-A X ends it"
exec "$@" -m 1024 -nographic -no-reboot -net none \
	-kernel "$kernel/vmlinuz" -initrd "$demo/keelboot.cpio.zst" \
	-drive "file=$demo/disk.img,format=raw,if=virtio"
