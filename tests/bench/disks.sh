#!/bin/sh
# How soon the menu shows what boots by itself on a machine with 100 disks of 8
# partitions each, and what it costs to look at 10 to 1000 disks.
#
#	tests/bench/disks.sh BUILD_DIR
#
# In QEMU: all disks are LUNs of one virtio-scsi controller, one of them has the
# system, some have what is left of an old one, and once there is a disk that
# never answers. QEMU's clock counts instructions there, so that other work on
# this machine does not matter: one CPU of 10^9 instructions a second, a third
# or less of what servers have. The default is named in the configuration, which
# is judged, or the first of the list, which has to wait for every disk. On this
# host: directories that stand for disks. $RUNS (2) runs of each.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scripts=$here/../../scripts
. "$scripts/lib.sh"
build=${1:?usage: disks.sh BUILD_DIR}
PATH=$PATH:/usr/sbin:/sbin
need_tools sfdisk mkfs.fat mkfs.ext4 mkswap mcopy mmd cpio qemu-system-x86_64

work=$build/bench/disks
rm -rf "$work"
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
own=$("$scripts/mkkernel.sh" x86_64 | tail -n 1)
deps=$("$scripts/deps.sh" x86_64 | tail -n 1)
kit=$here/../qemu/testkit
"$deps/bin/musl-gcc" -O1 -static -o "$work/dmtool" "$kit/dmtool.c"

printf 'verify = off\n' >"$work/unnamed.conf"
printf '%s\n' 'verify = off' 'default = wanted.conf' \
	'lock = default preferred one-shot' >"$work/named.conf"
for config in unnamed named; do
	"$scripts/mkinitramfs.sh" --arch x86_64 \
		--binary "$build/x86_64/keelboot" --busybox "$deps/busybox" \
		--config "$work/$config.conf" --add /test/init="$kit/init" \
		--add /test/dmtool="$work/dmtool" \
		--out "$work/$config.cpio.zst"
done
/usr/bin/python3 "$here/disks.py" "$build/x86_64/keelboot" "$own/vmlinuz" \
	"$work" "${RUNS:-2}"
