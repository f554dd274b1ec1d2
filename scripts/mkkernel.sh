#!/bin/sh
# shellcheck disable=SC2031 # version is set in a subshell of its own, too
# Build the firmware kernel of one architecture from Debian's linux-source:
#
#	scripts/mkkernel.sh [--jobs N] [--refresh] x86_64|aarch64
#
# The configuration is config/linux/common.config and <arch>.config; each
# line of theirs must hold in the end. The last line of output names a
# directory with vmlinuz (x86_64: a bzImage, aarch64: an Image), config,
# release (what uname -r will say) and version (of Debian's source package).
# A kernel is built once: the directory's name is a key of all that goes in.
#
# aarch64 gives a second directory, zboot-aarch64-<the same key>: the same
# Image as a self-unpacking EFI program in each of the six codecs that 6.1
# knows, made by the kernel's own build, and the parts that scripts/mkzboot.sh
# wraps other Images with.
set -eu
scripts=$(cd "$(dirname "$0")" && pwd)
. "$scripts/lib.sh"

linux_package=linux-source-6.1
suite=bookworm

usage() {
	say "usage: scripts/mkkernel.sh [--jobs N] [--refresh] x86_64|aarch64"
	exit 2
}

arch=
while [ $# -gt 0 ]; do
	case $1 in
	--jobs)
		[ $# -ge 2 ] || usage
		KEELBOOT_JOBS=$2
		shift
		;;
	--refresh) KEELBOOT_REFRESH=1 ;;
	x86_64 | aarch64) arch=$1 ;;
	*) usage ;;
	esac
	shift
done
case $arch in
x86_64) linux_arch=x86_64 image=arch/x86/boot/bzImage files_about=2020 ;;
aarch64) linux_arch=arm64 image=arch/arm64/boot/Image files_about=1930 ;;
*) usage ;;
esac

cache=$(cache_dir)
fragments=$scripts/../config/linux
prefix=$(gnu_prefix "$arch")
need_tools "${prefix}gcc" "${prefix}ld"

# --- the source --------------------------------------------------------------

source_dir=$cache/$linux_package

source_deb() {
	printf '%s/%s_%s_all.deb\n' "$source_dir" "$linux_package" "$version"
}

# Once a version is known it stays in use, so that the network is not asked,
# until --refresh.
# shellcheck disable=SC2030,SC2031 # its own version is meant
fetch_linux_source() (
	deb=$(fetch_deb $suite $linux_package "$source_dir")
	version=$(dpkg-deb -f "$deb" Version)
	[ "$deb" = "$(source_deb)" ] || mv "$deb" "$(source_deb)"
	for old in "$source_dir"/*.deb; do
		[ "$old" = "$(source_deb)" ] || rm -f "$old"
	done
	printf '%s\n' "$version" >"$source_dir/version.$$"
	mv "$source_dir/version.$$" "$source_dir/version"
	printf '%s\n' "$version"
)

known_version() {
	if [ "${KEELBOOT_REFRESH:-0}" != 1 ] && [ -s "$source_dir/version" ]; then
		cat "$source_dir/version"
	else
		with_lock "$linux_package" fetch_linux_source
	fi
}

# --- what is built, and whether it is there ----------------------------------

# A key of the configuration is enough; that of the compiler counts because
# the same source makes another kernel with another one.
set_outputs() {
	key=$(key_of "$version" "@$fragments/common.config" \
		"@$fragments/$arch.config" "@$scripts/mkkernel.sh" \
		"$("${prefix}gcc" --version | head -n 1)" \
		"$("${prefix}ld" --version | head -n 1)")
	out=$cache/kernel-$arch-$key
	zboot=$cache/zboot-$arch-$key
	work=$cache/build/kernel-$arch-$key
}

is_built() {
	[ -d "$out" ] && { [ "$arch" != aarch64 ] || [ -d "$zboot" ]; }
}

# --- building ------------------------------------------------------------------

# The kernel's make sees nothing of the caller's environment: variables of a
# calling make (ARCH, O, V, jobs) mean other things there. Names and times
# that would enter the image are fixed.
kernel_make() {
	env -i PATH="$PATH" LC_ALL=C TMPDIR="${TMPDIR:-/tmp}" \
		make -C "$work/linux" O="$work/out" ARCH="$linux_arch" \
		CROSS_COMPILE="$prefix" KBUILD_BUILD_USER=keelboot \
		KBUILD_BUILD_HOST=keelboot KBUILD_BUILD_VERSION=1 \
		KBUILD_BUILD_TIMESTAMP="$(cat "$work/timestamp")" \
		-j"$(job_count)" "$@"
}

# The time in the kernel's version is that of the source, not of the build.
unpack_source() {
	say "$arch kernel: unpacking $linux_package $version"
	rm -rf "$work"
	mkdir -p "$work/deb" "$work/linux" "$work/out"
	extract_deb "$(source_deb)" "$work/deb"
	zcat "$work/deb/usr/share/doc/$linux_package/changelog.Debian.gz" |
		sed -n '/^ -- .*>  /{s///p;q;}' >"$work/timestamp"
	[ -s "$work/timestamp" ] ||
		die "unable to find a date in the changelog of $linux_package"
	tar -C "$work/linux" --strip-components=1 -xf \
		"$work/deb/usr/src/$linux_package.tar.xz"
	rm -rf "$work/deb"
	touch "$work/unpacked"
}

# configure_kernel FILE: all is off but what FILE says, and what that selects.
configure_kernel() {
	run_logged "$work/configure.log" \
		kernel_make KCONFIG_ALLCONFIG="$1" allnoconfig
	"$scripts/check-kconfig.sh" "$work/out/.config" "$1" >&2 ||
		die "Kconfig of $linux_package $version did not take the above" \
			"from config/linux: does an option depend on another?"
}

# Compiling takes minutes: say how far it is.
show_progress() {
	awk -v about="$files_about" -v arch="$arch" '
	/^  (CC|AS) / && ++files % 50 == 0 {
		printf "%s kernel: %d of about %d files compiled\n", \
			arch, files, about
		fflush()
	}' >&2
}

# run_shown LOG COMMAND...: as run_logged, with progress.
run_shown() (
	log=$1
	shift
	{ "$@" 2>&1 && echo 0 >"$log.status" || echo 1 >"$log.status"; } |
		tee "$log" | show_progress
	[ "$(cat "$log.status")" = 0 ] && exit 0
	grep -E -A3 '( error: |\*\*\* |not found|Killed)' "$log" |
		tail -n 40 >&2
	die "the kernel's build failed, see above; the whole log is $log"
)

install_kernel() {
	rm -rf "$work/kernel"
	mkdir -p "$work/kernel"
	cp "$work/out/$image" "$work/kernel/vmlinuz"
	cp "$work/out/.config" "$work/kernel/config"
	cp "$work/out/include/config/kernel.release" "$work/kernel/release"
	printf '%s\n' "$version" >"$work/kernel/version"
	chmod 644 "$work/kernel"/*
	publish_dir "$work/kernel" "$out"
}

# make_zboot NAME SYMBOL: one image in the codec that SYMBOL stands for. The
# stub that unpacks it knows this codec only, so the kernel is configured for
# it; the Image inside must stay as it is all the same.
make_zboot() {
	say "$arch kernel: making the zboot image $1"
	sed "s/^CONFIG_KERNEL_ZSTD=y/CONFIG_KERNEL_$2=y/" \
		"$work/wanted.config" >"$work/zboot.config"
	configure_kernel "$work/zboot.config"
	run_logged "$work/zboot.log" kernel_make vmlinuz.efi
	cmp -s "$work/out/$image" "$out/vmlinuz" ||
		die "making the zboot image $1 has changed the Image"
	cp "$work/out/${image%/*}/vmlinuz.efi" "$work/zboot/$1.efi"
	# What one more image of this codec is linked from. lib.a is a thin
	# archive, which only names its members: make it a whole one.
	cp "$work/out/${image%/*}/zboot-header.o" "$work/zboot/parts/$1.o"
	(
		cd "$work/out"
		"${prefix}ar" t drivers/firmware/efi/libstub/lib.a |
			xargs "${prefix}ar" rcD "$work/zboot/parts/$1.a"
	)
}

install_zboots() {
	rm -rf "$work/zboot"
	mkdir -p "$work/zboot/parts"
	make_zboot gzip GZIP
	make_zboot xz XZ
	make_zboot lzma LZMA
	make_zboot lz4 LZ4
	make_zboot lzo LZO
	make_zboot zstd ZSTD
	cp "$out/vmlinuz" "$work/zboot/Image"
	cp "$work/linux/drivers/firmware/efi/libstub/zboot.lds" \
		"$work/linux/scripts/xz_wrap.sh" "$work/zboot/parts"
	chmod -R u=rwX,go=rX "$work/zboot"
	publish_dir "$work/zboot" "$zboot"
}

build_kernel() (
	! is_built || exit 0
	need_tools make flex bison bc cpio perl awk
	[ "$arch" != aarch64 ] ||
		need_tools gzip zstd xz lzma lz4 lzop hexdump "${prefix}objcopy"
	# What an interrupted build left is gone on with; others' remains go.
	for old in "$cache/build/kernel-$arch-"*; do
		[ "$old" = "$work" ] || rm -rf "$old"
	done
	[ -e "$work/unpacked" ] || unpack_source
	cat "$fragments/common.config" "$fragments/$arch.config" \
		>"$work/wanted.config"
	configure_kernel "$work/wanted.config"
	say "$arch kernel: compiling $version, $(job_count) jobs at once;" \
		"this takes one CPU about a quarter of an hour"
	run_shown "$work/build.log" kernel_make "${image##*/}"
	install_kernel
	[ "$arch" != aarch64 ] || install_zboots
	rm -rf "$work"
)

version=$(known_version)
set_outputs
if ! is_built; then
	if [ ! -r "$(source_deb)" ]; then
		version=$(with_lock "$linux_package" fetch_linux_source)
		set_outputs
	fi
	with_lock "kernel.$arch" build_kernel
fi
printf '%s\n' "$out"
