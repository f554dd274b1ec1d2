#!/bin/sh
# How fast an image is verified:
#
#	tests/bench/verify.sh BUILD_DIR
#
# `keelboot verify` on a signed UKI of 80 MB takes turns with `openssl dgst
# -sha256` on the same file, with a build that hashes in C, and with both again
# where the file is not in the page cache. Medians of $RUNS (9) count, and must
# hold: 0.8 of openssl's speed, 4 times that of C, both on a CPU with SHA
# instructions; cold 1.25 times the slower one of reading and hashing; memory
# the image and 2 MiB.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
. "$top/scripts/lib.sh"
build=${1:?usage: verify.sh BUILD_DIR}
need_tools openssl sbsign fincore python3

keys=$build/test-keys
[ -e "$keys/made" ] || die "no keys in $keys: run scripts/test-keys.sh $build"
for program in keelboot bench/keelboot-c-hash bench/hash_alone bench/peak; do
	[ -x "$build/x86_64/$program" ] ||
		die "no program at $build/x86_64/$program: run scripts/run-tests.sh bench"
done
kernel=$("$top/scripts/fetch-kernel.sh" debian-x86_64 | tail -n 1)
work=$build/bench/verify
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Bytes that nothing can shorten, and the same in each run.
size=$((80000000 - $(stat -c %s "$kernel/vmlinuz")))
openssl enc -aes-128-ctr -K 00112233445566778899aabbccddeeff \
	-iv 00000000000000000000000000000000 -in /dev/zero 2>/dev/null |
	head -c "$size" >"$work/initrd"
"$top/scripts/mkuki.sh" --linux "$kernel/vmlinuz" --initrd "$work/initrd" \
	--cmdline quiet --out "$work/unsigned.efi"
sbsign --key "$keys/private/good.key" --cert "$keys/private/good.pem" \
	--output "$work/uki.efi" "$work/unsigned.efi" >"$work/log" 2>&1 ||
	die "sbsign failed: $(cat "$work/log")"
/usr/bin/python3 "$here/verify.py" "$build/x86_64" "$work/uki.efi" \
	"$keys/keys" "${RUNS:-9}"
