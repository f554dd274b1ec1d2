#!/bin/bash
# Two builds of the image in two directories must be the same, byte for byte.
#
#	scripts/check-reproducible.sh ARCH KEYS
set -eu
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

build() { # NAME OUT: copies the sources and builds them there
	mkdir -p "$dir/$1"
	git ls-files -z | xargs -0 cp --parents -t "$dir/$1"
	make -C "$dir/$1" --no-print-directory -j"$(nproc)" ARCH="$arch" \
		KEYS="$keys" O="$2" initramfs
}

arch=$1 keys=$(realpath "$2")
build one build
build a-much-longer-name "$dir/elsewhere"
one=$(sha256sum < "$dir/one/build/$arch/keelboot.cpio.zst")
two=$(sha256sum < "$dir/elsewhere/$arch/keelboot.cpio.zst")
echo "$arch: ${one%% *} and ${two%% *}"
[ "$one" = "$two" ]
