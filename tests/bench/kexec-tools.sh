#!/bin/sh
# The peer of the boot benchmark: Debian's kexec-tools as a static program. The
# last line of output names its directory in the cache.
set -eu
scripts=$(dirname "$0")/../../scripts
. "$scripts/lib.sh"
deps=$("$scripts/deps.sh" x86_64 | tail -n 1)
out=$(cache_dir)/kexec-tools-$(basename "$deps")
if ! [ -x "$out/kexec" ]; then
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	fetch_source bookworm kexec-tools "$work"
	cd "$work"
	dpkg-source --no-check -x ./*.dsc source > /dev/null
	cd source
	{
		CC="$deps/bin/musl-gcc" LDFLAGS="-static -Wl,--gc-sections" \
			./configure --host=x86_64-linux-gnu --without-xen \
			--without-zlib --without-lzma
		make -j"$(nproc)"
	} > "$work/log" 2>&1 || {
		tail -n 20 "$work/log" >&2
		die "kexec-tools did not build, see above"
	}
	mkdir -p "$out"
	cp build/sbin/kexec "$out"
fi
echo "$out"
