#!/bin/sh
# How fast a kernel is unpacked, next to the tools that do nothing else:
#
#	tests/bench/unpack.sh [BUILD_DIR]
#	tests/bench/unpack.sh KEELBOOT [IMAGE]
#
# IMAGE (default: Debian's 33 MB arm64 kernel) is packed in each codec as a
# kernel's build packs it. `keelboot unpack` on a zboot image, which parses it,
# unpacks, checks, hashes and writes, takes turns with `gzip -dc` and its like
# on the bare stream; both read from and write to tmpfs. Of $RUNS (9) runs the
# best counts, which leaves out what else the machine does. gzip, zstd and xz
# have to be no slower than the tool; the others are for information.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
. "$top/scripts/lib.sh"

keelboot=${1:-$top/build}
[ ! -d "$keelboot" ] || keelboot=$keelboot/x86_64/keelboot
[ -x "$keelboot" ] || die "no program at $keelboot: run make binary first"
image=${2:-}
if [ -z "$image" ]; then
	image=$("$top/scripts/fetch-kernel.sh" debian-aarch64-large |
		tail -n 1)/vmlinuz
fi
[ -r "$image" ] || die "unable to read the kernel image $image"
need_tools gzip zstd xz lz4 lzop python3

tmpfs=/dev/shm
[ "$(stat -f -c %T $tmpfs)" = tmpfs ] || die "$tmpfs is not a tmpfs"
work=$(mktemp -d $tmpfs/keelboot-bench-XXXXXX)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
/usr/bin/python3 "$here/unpack.py" "$keelboot" "$image" "$work" "${RUNS:-9}"
