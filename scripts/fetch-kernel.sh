#!/bin/sh
# Fetch a kernel, or an EFI stub, that Debian built:
#
#	scripts/fetch-kernel.sh [--refresh] KIND
#
#	debian-x86_64          bookworm's signed 6.1 cloud kernel (bzImage)
#	debian-aarch64         bookworm's 6.1 cloud kernel (Image)
#	debian-aarch64-large   bookworm's generic 6.1 kernel (Image, 33 MB)
#	debian-loong64         sid's kernel: the zboot image Debian ships
#	stub-252-x86_64, stub-252-aarch64   systemd's stub of bookworm
#	stub-257-x86_64, stub-257-aarch64   of trixie
#	stub-262-x86_64, stub-262-aarch64   of sid
#
# The last line of output names a directory. A kernel's has vmlinuz, release,
# version (of the package) and, but for -large and loong64, modules, which is
# what belongs in /lib/modules/<release>; a stub's has stub and version.
# Names of kernel packages change with each release: they are found through
# what the meta package depends on. What is there is not fetched again, and
# the network not asked, until --refresh.
set -eu
. "$(dirname "$0")/lib.sh"

usage() {
	sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

kind=
while [ $# -gt 0 ]; do
	case $1 in
	--refresh) KEELBOOT_REFRESH=1 ;;
	-*) usage ;;
	*) kind=$1 ;;
	esac
	shift
done
case $kind in
debian-x86_64 | debian-aarch64 | debian-aarch64-large | debian-loong64) ;;
stub-252-x86_64 | stub-257-x86_64 | stub-262-x86_64) ;;
stub-252-aarch64 | stub-257-aarch64 | stub-262-aarch64) ;;
*) usage ;;
esac

out=$(cache_dir)/fetch/$kind
work=$(cache_dir)/fetch/$kind.new

# depends_on DEB PATTERN: the first package in Depends that matches.
depends_on() {
	dpkg-deb -f "$1" Depends | tr -s ',|' '\n' |
		sed -n 's/^ *\([^ :(]*\).*$/\1/p' | grep -E "^$2" | head -n 1
}

# fetch_kernel_deb SUITE META ARCH: the package that has the kernel itself.
# Debian 13 and earlier put it into linux-image-<release>, later suites into
# linux-binary-<release>, which linux-image-<release> depends on.
fetch_kernel_deb() {
	deb=$(fetch_deb "$1" "$2:$3" "$work/deb")
	for next in linux-image-[0-9] linux-binary-[0-9]; do
		package=$(depends_on "$deb" "$next") || package=
		if [ -z "$package" ]; then
			break
		fi
		deb=$(fetch_deb "$1" "$package:$3" "$work/deb")
	done
	printf '%s\n' "$deb"
}

# put_kernel DEB [modules]: the files into $work/kernel.
put_kernel() {
	extract_deb "$1" "$work/tree"
	vmlinuz=$(find "$work/tree" -type f -name 'vmlinuz*' | head -n 1)
	[ -n "$vmlinuz" ] ||
		die "unable to find a vmlinuz in ${1##*/}: Debian has moved it"
	case ${vmlinuz##*/} in
	vmlinuz-*) release=${vmlinuz##*/vmlinuz-} ;;
	*) release=$(basename "$(dirname "$vmlinuz")") ;;
	esac
	mkdir -p "$work/kernel"
	mv "$vmlinuz" "$work/kernel/vmlinuz"
	printf '%s\n' "$release" >"$work/kernel/release"
	dpkg-deb -f "$1" Version >"$work/kernel/version"
	[ "${2:-}" = modules ] || return 0
	mv "$work/tree/lib/modules/$release" "$work/kernel/modules" ||
		die "unable to find /lib/modules/$release in ${1##*/}"
	# modules.dep comes with no package: postinst makes it.
	mkdir -p "$work/base/lib/modules"
	ln -s "$work/kernel/modules" "$work/base/lib/modules/$release"
	depmod -b "$work/base" "$release" ||
		die "depmod failed for $release"
}

# put_stub SUITE ARCH NAME MAJOR
put_stub() {
	deb=$(fetch_deb "$1" "systemd-boot-efi:$(deb_arch "$2")" "$work/deb")
	version=$(dpkg-deb -f "$deb" Version)
	# Suites other than the stable ones move on.
	[ "${version%%[.~-]*}" -ge "$4" ] ||
		die "the stub of $1 is $version, older than $4"
	extract_deb "$deb" "$work/tree"
	mkdir -p "$work/kernel"
	mv "$work/tree/usr/lib/systemd/boot/efi/$3.efi.stub" \
		"$work/kernel/stub" || die "unable to find $3.efi.stub in $deb"
	printf '%s\n' "$version" >"$work/kernel/version"
}

put_kind() {
	case $kind in
	debian-x86_64)
		deb=$(fetch_kernel_deb bookworm linux-image-cloud-amd64 amd64)
		put_kernel "$deb" modules
		;;
	debian-aarch64)
		deb=$(fetch_kernel_deb bookworm linux-image-cloud-arm64 arm64)
		put_kernel "$deb" modules
		;;
	debian-aarch64-large)
		deb=$(fetch_kernel_deb bookworm linux-image-arm64 arm64)
		put_kernel "$deb"
		;;
	debian-loong64)
		deb=$(fetch_kernel_deb sid linux-image-loong64 loong64)
		put_kernel "$deb"
		;;
	stub-252-x86_64) put_stub bookworm x86_64 linuxx64 252 ;;
	stub-252-aarch64) put_stub bookworm aarch64 linuxaa64 252 ;;
	stub-257-x86_64) put_stub trixie x86_64 linuxx64 257 ;;
	stub-257-aarch64) put_stub trixie aarch64 linuxaa64 257 ;;
	stub-262-x86_64) put_stub sid x86_64 linuxx64 262 ;;
	stub-262-aarch64) put_stub sid aarch64 linuxaa64 262 ;;
	esac
}

fetch_kind() (
	if [ -d "$out" ] && [ "${KEELBOOT_REFRESH:-0}" != 1 ]; then
		exit 0
	fi
	rm -rf "$work"
	mkdir -p "$work/deb"
	put_kind
	chmod -R u=rwX,go=rX "$work/kernel"
	publish_dir "$work/kernel" "$out"
	rm -rf "$work"
)

if [ ! -d "$out" ] || [ "${KEELBOOT_REFRESH:-0}" = 1 ]; then
	# depmod is not in everybody's path.
	PATH=$PATH:/usr/sbin:/sbin
	need_tools dpkg-deb depmod
	with_lock "fetch.$kind" fetch_kind
fi
printf '%s\n' "$out"
