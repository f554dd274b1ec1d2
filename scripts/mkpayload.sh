#!/bin/sh
# Make the small initrd of the second kernel, for demonstrations and tests:
#
#	scripts/mkpayload.sh [--busybox FILE] [--file FILE:PATH]... ARCH OUT
#
# OUT is a cpio archive, zstd-compressed, with a static busybox (Debian's,
# fetched once, if none is given), scripts/payload-init.sh as /init, and FILE as
# PATH for each --file. The same inputs give the same bytes, and no root is
# needed: there is no device node in it, /init mounts a devtmpfs.
set -eu
umask 022
scripts=$(cd "$(dirname "$0")" && pwd)
. "$scripts/lib.sh"

usage() {
	say "usage: scripts/mkpayload.sh [--busybox FILE]" \
		"[--file FILE:PATH]... ARCH OUT"
	exit 2
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$work/root/bin"

busybox=
while [ $# -gt 0 ]; do
	case $1 in
	--busybox)
		[ $# -ge 2 ] || usage
		busybox=$2
		shift
		;;
	--file)
		[ $# -ge 2 ] || usage
		mkdir -p "$work/root/$(dirname "${2#*:}")"
		cp "${2%%:*}" "$work/root/${2#*:}"
		chmod 644 "$work/root/${2#*:}"
		shift
		;;
	-*) usage ;;
	*) break ;;
	esac
	shift
done
[ $# -eq 2 ] || usage
arch=$1 out=$2
need_tools cpio zstd

fetch_busybox() (
	dest=$(cache_dir)/fetch/busybox-$arch
	[ ! -x "$dest/busybox" ] || exit 0
	deb=$(fetch_deb bookworm "busybox-static:$(deb_arch "$arch")" \
		"$dest.deb")
	extract_deb "$deb" "$dest.new"
	mkdir -p "$dest"
	mv "$dest.new"/*bin/busybox "$dest/busybox" ||
		mv "$dest.new"/usr/bin/busybox "$dest/busybox" ||
		die "unable to find busybox in ${deb##*/}"
	rm -rf "$dest.new" "$dest.deb"
)

if [ -z "$busybox" ]; then
	deb_arch "$arch" >/dev/null
	with_lock "fetch.busybox-$arch" fetch_busybox
	busybox=$(cache_dir)/fetch/busybox-$arch/busybox
fi
[ -r "$busybox" ] || die "unable to read $busybox"

cp "$busybox" "$work/root/bin/busybox"
cp "$scripts/payload-init.sh" "$work/root/init"
chmod 755 "$work/root/init" "$work/root/bin/busybox"
find "$work/root" -exec touch -h -d @0 {} +
# Inode numbers and owners are this machine's: cpio leaves the first out.
(cd "$work/root" && find . -mindepth 1 | LC_ALL=C sort |
	cpio -o -H newc --reproducible -R 0:0 --quiet) >"$work/initrd.cpio"
zstd -q -19 -f -o "$work/initrd" "$work/initrd.cpio"
mkdir -p "$(dirname "$out")"
mv "$work/initrd" "$out"
