#!/bin/sh
# shellcheck disable=SC2031 # in lib.sh these names live in subshells
# Make what the QEMU tests boot, in BUILD_DIR/assets/ARCH: firmware kernels,
# images, UKIs, zboot kernels and the second kernel's initrd.
#
#	scripts/test-assets.sh BUILD_DIR
#
# `make binary` has been run for both architectures with the keys of
# scripts/test-keys.sh. The image testkit has the tests' own files
# (tests/qemu/testkit): a first program that gives the test a shell on a second
# serial line, and entries; it verifies nothing. trust is the same with the
# shipped configuration, which enforces.
set -eu
scripts=$(dirname "$0")
. "$scripts/lib.sh"
[ $# -eq 1 ] || die "usage: test-assets.sh BUILD_DIR"
build=$1
kit=tests/qemu/testkit

image() { # OUT ARGS...
	out=$1
	shift
	"$scripts/mkinitramfs.sh" --arch "$arch" \
		--binary "$build/$arch/keelboot" \
		--busybox "$build/$arch/deps/busybox" \
		--config "$config" --out "$dir/$out" "$@"
}

testkit_image() { # OUT ARGS...
	out=$1
	shift
	config=$kit/keelboot.conf
	image "$out" --entries $kit/entries --add /test/init=$kit/init \
		--add /test/dmtool="$dir/dmtool" "$@"
}

trust_image() { # OUT ARGS...
	out=$1
	shift
	config=config/keelboot.conf
	image "$out" --entries $kit/trust-entries --add /test/init=$kit/init \
		"$@"
}

uki() { # OUT ARGS...
	out=$1
	shift
	"$scripts/mkuki.sh" --arch "$arch" --initrd "$dir/second-initrd" \
		--osrel "$dir/os-release" --out "$dir/$out" "$@"
}

# keelboot as a UKI: as it is shipped, and one for the tests' needs.
efi() {
	"$scripts/mkefi.sh" "$arch" "$dir/keelboot.cpio.zst" test \
		"$dir/keelboot.efi"
	"$scripts/mkuki.sh" --keelboot test --arch "$arch" \
		--linux "$dir/own-kernel" --initrd "$dir/testkit.cpio.zst" \
		--cmdline "console=$console $options rdinit=/test/init \
keelboot.timeout=menu-force keelboot.kexec=load" \
		--out "$dir/keelboot-load.efi"
}

common() { # ARCH CONSOLE KERNEL-OPTIONS
	arch=$1 console=$2 options=$3
	dir=$build/assets/$arch
	mkdir -p "$dir"
	own=$("$scripts/mkkernel.sh" "$arch" | tail -n 1)
	cp "$own/vmlinuz" "$dir/own-kernel"
	"$scripts/mkpayload.sh" --busybox "$build/$arch/deps/busybox" \
		"$arch" "$dir/second-initrd"
	printf 'ID=test\nPRETTY_NAME="Test Linux"\n' > "$dir/os-release"
	"$build/$arch/deps/bin/musl-gcc" -O1 -static -o "$dir/dmtool" \
		$kit/dmtool.c
	config=$kit/keelboot.conf
	image keelboot.cpio.zst
	testkit_image testkit.cpio.zst
	trust_image trust.cpio.zst
	efi
	debian=$("$scripts/fetch-kernel.sh" "debian-$arch" | tail -n 1)
	cp "$debian/vmlinuz" "$dir/debian-kernel"
	cp "$debian/release" "$dir/debian-release"
	testkit_image debian.cpio.zst --modules "$debian/modules" \
		--modules-list initramfs/modules
	trust_image trust-debian.cpio.zst --modules "$debian/modules" \
		--modules-list initramfs/modules
	cmdline="console=$console${options:+ $options} keelboot.test=report"
}

stub() { # VERSION
	stub=$("$scripts/fetch-kernel.sh" "stub-$1-$arch" | tail -n 1)
	printf '%s\n' "$stub/stub"
}

say "making what the QEMU tests boot"
# The kernel's check of the timer fails now and then where the emulator gets no
# processor for a while.
common x86_64 ttyS0 no_timer_check
uki uki-252.efi --linux "$dir/debian-kernel" --cmdline "$cmdline"
for version in 257 262; do
	uki "uki-$version.efi" --maker ukify --stub "$(stub $version)" \
		--linux "$dir/debian-kernel" --cmdline "$cmdline" \
		--uname "$(cat "$dir/debian-release")"
done

common aarch64 ttyAMA0 ""
zboot=$("$scripts/mkzboot.sh" | tail -n 1)
for codec in gzip zstd xz lzma lz4 lzo; do
	cp "$zboot/$codec.efi" "$dir/zboot-$codec.efi"
done
cp "$zboot/Image" "$dir/Image"
uki uki-252.efi --linux "$dir/debian-kernel" --cmdline "$cmdline" \
	--uname "$(cat "$dir/debian-release")"
uki uki-zboot.efi --linux "$dir/zboot-zstd.efi" --cmdline "$cmdline"
uki uki-257.efi --maker ukify --stub "$(stub 257)" \
	--linux "$dir/zboot-gzip.efi" --cmdline "$cmdline"
large=$("$scripts/fetch-kernel.sh" debian-aarch64-large | tail -n 1)
cp "$large/vmlinuz" "$dir/debian-large-kernel"
cp "$large/release" "$dir/debian-large-release"
"$scripts/fetch-kernel.sh" debian-loong64 > /dev/null
say "everything is there"
