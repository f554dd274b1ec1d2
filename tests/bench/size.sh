#!/bin/sh
# The image and the program against their limits: 800 KiB for the image with
# busybox and no modules, 976 KiB for the stripped program. Fails beyond.
#
#	tests/bench/size.sh BUILD_DIR
set -eu
bad=0
limit() { # FILE KIB
	size=$(stat -c %s "$1")
	printf '%-40s %7d bytes, %5.2f of %d KiB\n' "${1##*/build/}" "$size" \
		"$(echo "scale=4; $size / 1024 / $2" | bc)" "$2"
	[ "$size" -le $(($2 * 1024)) ] || bad=1
}
for arch in x86_64 aarch64; do
	limit "$1/$arch/keelboot" 976
	limit "$1/$arch/keelboot.cpio.zst" 800
done
exit $bad
