#!/bin/sh
# Time to the jump against a shell script with kexec-tools, and the peak of
# memory against its limit, in QEMU.
#
#	tests/bench/boot.sh BUILD_DIR
set -eu
here=$(dirname "$0")
scripts=$here/../../scripts
. "$scripts/lib.sh"
build=$1
work=$build/bench
mkdir -p "$work/entries"
own=$("$scripts/mkkernel.sh" x86_64 | tail -n 1)
debian=$("$scripts/fetch-kernel.sh" debian-x86_64 | tail -n 1)
peer=$("$here/kexec-tools.sh" | tail -n 1)
deps=$("$scripts/deps.sh" x86_64 | tail -n 1)
"$scripts/mkpayload.sh" --busybox "$deps/busybox" x86_64 "$work/initrd"
cat > "$work/entries/bench.conf" <<-'END'
title bench
linux /EFI/test/vmlinuz
initrd /EFI/test/initrd
options console=ttyS0 keelboot.test=poweroff
END
"$deps/bin/musl-gcc" -Os -static -o "$work/lowmem" "$here/lowmem.c"
"$scripts/mkinitramfs.sh" --arch x86_64 --binary "$build/x86_64/keelboot" \
	--busybox "$deps/busybox" --config tests/qemu/testkit/keelboot.conf \
	--entries "$work/entries" --add /bench/init="$here/peer-init" \
	--add /bench/kexec="$peer/kexec" \
	--add /bench/memory-init="$here/memory-init" \
	--add /bench/lowmem="$work/lowmem" --out "$work/image.cpio.zst"
"$scripts/mkdisk.sh" "$work/disk.img" 96 \
	--file "$debian/vmlinuz:/EFI/test/vmlinuz" \
	--file "$work/initrd:/EFI/test/initrd"
status=0
/usr/bin/python3 "$here/boot.py" "$own/vmlinuz" "$work/image.cpio.zst" \
	"$work/disk.img" || status=1
bytes=$(($(stat -c %s "$debian/vmlinuz") + $(stat -c %s "$work/initrd")))
/usr/bin/python3 "$here/memory.py" "$own/vmlinuz" "$work/image.cpio.zst" \
	"$work/disk.img" "$bytes" || status=1
exit $status
