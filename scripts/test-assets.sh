#!/bin/sh
# Make what the QEMU tests boot, in BUILD_DIR/assets/ARCH: firmware kernels,
# images, UKIs, zboot kernels and the second kernel's initrd.
#
#	scripts/test-assets.sh BUILD_DIR
#
# `make binary` has been run for both architectures.
set -eu
scripts=$(dirname "$0")
. "$scripts/lib.sh"
[ $# -eq 1 ] || die "usage: test-assets.sh BUILD_DIR"
build=$1

testkit() { # ARCH: the tests' own files, in front of which keelboot's init waits
	"$build/$1/deps/bin/musl-gcc" -O1 -static -o "$dir/dmtool" \
		tests/qemu/testkit/dmtool.c
}

image() { # OUT ARGS...
	out=$1
	shift
	"$scripts/mkinitramfs.sh" --arch "$arch" \
		--binary "$build/$arch/keelboot" \
		--busybox "$build/$arch/deps/busybox" \
		--config config/keelboot.conf --out "$dir/$out" "$@"
}

uki() { # OUT ARGS...
	out=$1
	shift
	"$scripts/mkuki.sh" --arch "$arch" --initrd "$dir/second-initrd" \
		--osrel "$dir/os-release" --out "$dir/$out" "$@"
}

common() {
	dir=$build/assets/$arch
	mkdir -p "$dir"
	own=$("$scripts/mkkernel.sh" "$arch" | tail -n 1)
	cp "$own/vmlinuz" "$dir/own-kernel"
	"$scripts/mkpayload.sh" --busybox "$build/$arch/deps/busybox" \
		"$arch" "$dir/second-initrd"
	printf 'ID=test\nPRETTY_NAME="Test Linux"\n' > "$dir/os-release"
	testkit "$arch"
	image keelboot.cpio.zst
	image testkit.cpio.zst --entries tests/qemu/testkit/entries \
		--add /test/init=tests/qemu/testkit/init \
		--add /test/dmtool="$dir/dmtool"
	"$scripts/mkefi.sh" "$arch" "$dir/testkit.cpio.zst" test \
		"$dir/keelboot.efi"
}

say "making what the QEMU tests boot"
arch=x86_64
common
debian=$("$scripts/fetch-kernel.sh" debian-x86_64 | tail -n 1)
cp "$debian/vmlinuz" "$dir/debian-kernel"
cp "$debian/release" "$dir/debian-release"
image debian.cpio.zst --modules "$debian/modules" \
	--modules-list initramfs/modules \
	--add /test/init=tests/qemu/testkit/init
console="console=ttyS0 keelboot.test=report"
uki uki-252.efi --linux "$debian/vmlinuz" --cmdline "$console"
for version in 257 262; do
	stub=$("$scripts/fetch-kernel.sh" "stub-$version-x86_64" | tail -n 1)
	uki "uki-$version.efi" --maker ukify --stub "$stub/stub" \
		--linux "$debian/vmlinuz" --cmdline "$console" \
		--uname "$(cat "$debian/release")"
done

arch=aarch64
common
zboot=$("$scripts/mkzboot.sh" | tail -n 1)
for codec in gzip zstd xz lzma lz4 lzo; do
	cp "$zboot/$codec.efi" "$dir/zboot-$codec.efi"
done
cp "$zboot/Image" "$dir/Image"
debian=$("$scripts/fetch-kernel.sh" debian-aarch64 | tail -n 1)
cp "$debian/vmlinuz" "$dir/debian-kernel"
console="console=ttyAMA0 keelboot.test=report"
uki uki-252.efi --linux "$debian/vmlinuz" --cmdline "$console"
uki uki-zboot.efi --linux "$dir/zboot-zstd.efi" --cmdline "$console"
stub=$("$scripts/fetch-kernel.sh" stub-257-aarch64 | tail -n 1)
uki uki-257.efi --maker ukify --stub "$stub/stub" \
	--linux "$dir/zboot-gzip.efi" --cmdline "$console"
"$scripts/fetch-kernel.sh" debian-loong64 > /dev/null
say "everything is there"
