#!/bin/sh
# Pack the initramfs: the program, busybox, the configuration and, for a
# kernel that needs them, modules.
#
#	scripts/mkinitramfs.sh --arch x86_64|aarch64 --binary keelboot
#		--busybox FILE --config FILE --out FILE.cpio.zst
#		[--entries DIR]       *.conf, Boot Loader Specification type 1
#		[--network DIR]       what those name: CAs, keys, tokens
#		[--modules DIR        a kernel's /lib/modules/RELEASE
#		 --module NAME ...    what to take from it, or
#		 --modules-list FILE  one name a line; "NAME?": if it is there
#		 [--firmware DIR]]    blobs those modules name
#		[--add PATH=FILE ...] anything else
#
# What each module depends on comes along. The same inputs give the same
# bytes, in whatever directory and by whomever it is run.
set -eu
. "$(dirname "$0")/lib.sh"

usage() {
	sed -n '5,14s/^#//p' "$0" >&2
	exit 2
}

top=$(cd "$(dirname "$0")/.." && pwd)
arch=
binary=
busybox=
out=
# The rest is for the packer; its arguments are rotated through "$@".
count=$#
while [ "$count" -gt 0 ]; do
	[ "$count" -gt 1 ] || usage
	case $1 in
	--arch) arch=$2 ;;
	--out) out=$2 ;;
	--binary)
		binary=$2
		set -- "$@" "$1" "$2"
		;;
	--busybox)
		busybox=$2
		set -- "$@" "$1" "$2"
		;;
	--config | --entries | --network | --modules | --module | \
		--modules-list | --firmware | --add)
		set -- "$@" "$1" "$2"
		;;
	*) usage ;;
	esac
	shift 2
	count=$((count - 2))
done
for given in "$arch" "$binary" "$busybox" "$out"; do
	[ -n "$given" ] || usage
done
need_tools /usr/bin/python3 zstd

# A program that needs a loader or a library starts nowhere in the image.
"$top/scripts/check-elf.sh" --arch "$arch" "$binary" "$busybox"
[ -r "$busybox.links" ] ||
	die "unable to find $busybox.links, the list of its applets, which" \
		"scripts/deps.sh puts beside it"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
"$top/scripts/mkcpio.py" --table "$top/initramfs/files" \
	--out "$work/cpio" "$@"

# One thread, so that the number of CPUs does not matter; and from a file, so
# that its size is known and the kernel needs no larger window than that.
# Level 19 keeps the window at 8 MiB or less.
zstd -q -19 --single-thread -o "$work/cpio.zst" "$work/cpio"
mkdir -p "$(dirname "$out")"
cp "$work/cpio.zst" "$out.new"
mv "$out.new" "$out"
say "$out: $(($(wc -c <"$out") / 1024)) KiB" \
	"($(($(wc -c <"$work/cpio") / 1024)) KiB unpacked)"
