#!/bin/sh
# Build the libraries keelboot links and the busybox beside it, for one
# architecture: scripts/deps.sh x86_64|aarch64
#
# Everything comes from Debian source packages pinned in deps.pins and is
# compiled against musl; Debian's own static libraries are made for glibc and
# do not link. The last line on stdout is the directory of the result:
#
#	bin/musl-gcc    the compiler to use: gcc for ARCH with musl underneath
#	include lib     headers (the kernel's too) and static libraries
#	busybox         stripped, with busybox.links, the paths of its applets
#	licenses/       what each package asks to be passed on
#	VERSIONS        name, Debian version, patches applied, file, sha256
#
# The directory's name is a key of everything that decides its content, so a
# second run only prints it, and a change here builds a new one beside it.
#
# shellcheck disable=SC2030,SC2031 # functions in () keep their variables
set -eu
. "$(dirname "$0")/lib.sh"

[ $# = 1 ] || {
	say "usage: scripts/deps.sh x86_64|aarch64"
	exit 2
}
arch=$1
top=$(cd "$(dirname "$0")/.." && pwd)
pins=$top/scripts/deps.pins
busybox_config=$top/initramfs/busybox.config
prefix=$(gnu_prefix "$arch")
need_tools "${prefix}gcc" "${prefix}ar" dpkg flock

# Linux' own headers: Debian keeps them in two places here, and in one for
# the cross compiler.
case $prefix in
'')
	kernel_headers=/usr/include
	kernel_asm=/usr/include/$(dpkg-architecture -q DEB_HOST_MULTIARCH)/asm
	;;
*)
	kernel_headers=/usr/${prefix%-}/include
	kernel_asm=$kernel_headers/asm
	;;
esac
if ! [ -d "$kernel_headers/linux" ] || ! [ -d "$kernel_asm" ]; then
	die "the kernel headers for $arch are missing in $kernel_headers:" \
		"run scripts/setup.sh as root first"
fi
kernel_version=$(sed -n 's/^#define LINUX_VERSION_[MPS][A-Z]* //p' \
	"$kernel_headers/linux/version.h" | head -n 2 | tr '\n' .)

# Flags. Sections of their own let the linker leave out what is not called.
# The prefix map keeps the build's path out of the results. Nothing unwinds a
# stack, so nobody needs the tables for it. Programs are linked at a fixed
# address, which is smaller; configure scripts have to link that way too.
base_flags="-g0 -ffunction-sections -fdata-sections -fno-pie -no-pie"
base_flags="$base_flags -fno-asynchronous-unwind-tables -fno-unwind-tables"
library_flags="$base_flags -fstack-protector-strong -fstack-clash-protection"
fast="-O2 $library_flags"
small="-Os $library_flags"

export SOURCE_DATE_EPOCH=0 LC_ALL=C TZ=UTC
# What a user has set for other builds must not leak into this one.
unset CC CFLAGS CPPFLAGS LDFLAGS LIBS MAKEFLAGS MAKELEVEL REALGCC \
	C_INCLUDE_PATH CPATH LIBRARY_PATH GCC_EXEC_PREFIX 2>/dev/null || true

key=$(key_of "@$0" "@$pins" "@$busybox_config" "$arch" "$kernel_version" \
	"$("${prefix}gcc" --version | head -n 1)" \
	"$("${prefix}ld" --version | head -n 1)")
cache=$(cache_dir)
out=$cache/deps-$arch-$key
work=$out/work
sources=$cache/sources
logs=$cache/logs/deps-$arch
musl_gcc=$out/bin/musl-gcc
jobs=$(job_count)

# --- sources -------------------------------------------------------------

# These two work on the fields of one pin (build_all reads them).

# check_suite: does the suite still have the pinned file?
check_suite() (
	if printf '%s\n' "$versions" | grep -q " $sum\$"; then
		exit 0
	fi
	[ -n "$versions" ] ||
		die "$suite has no source package $package: correct the" \
			"line '$name' of scripts/deps.pins"
	newest=$(printf '%s\n' "$versions" | head -n 1)
	case $newest in
	*other:*)
		die "scripts/deps.pins wants $orig of $suite, which now has" \
			"${newest#*other:}: name another suite in the line" \
			"'$name', or the new file and its sha256, and run" \
			"the tests"
		;;
	*)
		die "scripts/deps.pins wants $orig with the sha256 $sum, but" \
			"$suite has it with ${newest#* }: find out why," \
			"then correct the line '$name'"
		;;
	esac
)

# fetch_part VERSION --tar-only|--diff-only: print the path of the file.
fetch_part() (
	fetch_source "$suite" "$package=$1" "$sources" "$2" \
		2>>"$logs/fetch.$name"
)

has_sum() {
	echo "$sum  $1" | sha256sum --status -c - 2>/dev/null
}

# fetch_pinned: print "VERSION FILE..." of what is to be unpacked: the
# upstream file, and with "series" Debian's part of the newest revision that
# the archive serves.
fetch_pinned() (
	versions=$(source_versions "$suite" "$package" "$orig") || exit 1
	check_suite || exit 1
	: >"$logs/fetch.$name"
	for version in $(printf '%s\n' "$versions" | sed -n "s/ $sum\$//p"); do
		more=
		if { has_sum "$sources/$orig" ||
			fetch_part "$version" --tar-only >/dev/null; } &&
			{ [ "$patches" = none ] ||
				more=$(fetch_part "$version" --diff-only); }
		then
			has_sum "$sources/$orig" ||
				die "$sources/$orig is not the file that" \
					"scripts/deps.pins names: remove it"
			printf '%s %s\n' "$version" "$sources/$orig $more"
			exit 0
		fi
		say "the archive lists $package $version but does not serve it"
	done
	cat "$logs/fetch.$name" >&2
	die "unable to fetch $orig (package $package of $suite)"
)

# apply_series SOURCE: Debian's patches, in their order.
apply_series() (
	cd "$1"
	[ -e debian/patches/series ] || exit 0
	sed -e 's/#.*//' -e 's/[[:space:]].*//' -e '/^$/d' \
		debian/patches/series |
		while read -r patch_name; do
			patch -s -f -p1 --no-backup-if-mismatch \
				<"debian/patches/$patch_name" ||
				die "Debian's patch $patch_name does not" \
					"apply to $orig"
		done
)

# unpack NAME ORIG [DEBIAN]: into $work/NAME.
unpack() (
	mkdir -p "$work/$1"
	tar -xf "$2" -C "$work/$1" --strip-components=1 --no-same-owner
	[ $# = 2 ] && exit 0
	rm -rf "$work/$1/debian"
	tar -xf "$3" -C "$work/$1" --no-same-owner
	apply_series "$work/$1"
)

# --- how each is built; all run in the package's own directory ------------

# compile_library FILE.a FLAGS SOURCE...: for packages whose own build would
# do much more than this.
compile_library() (
	library=$1 flags=$2
	shift 2
	mkdir -p objects
	# shellcheck disable=SC2016 # expanded by the inner shell
	printf '%s\n' "$@" | flags=$flags xargs -P "$jobs" -n 8 sh -ec '
		for source; do
			object=${source##*/}
			"$0" $flags -c "$source" -o "objects/${object%.c}.o"
		done' "$musl_gcc"
	"${prefix}ar" rcsD "$out/lib/$library" objects/*.o
)

map_flag() {
	echo "-ffile-prefix-map=$PWD=${PWD##*/}"
}

configure_host() {
	echo "--build=$(uname -m)-linux-gnu --host=$arch-linux-musl"
}

build_musl() {
	./configure --target="$arch-linux-gnu" --prefix="$out" \
		--syslibdir="$out/lib" --disable-shared --enable-wrapper=gcc \
		--enable-optimize=size \
		CC="${prefix}gcc" CROSS_COMPILE="$prefix" \
		CFLAGS="-g0 -fno-pie $(map_flag)"
	make -j"$jobs"
	make install
	# The kernel's interface belongs to what programs are compiled with.
	cp -rL "$kernel_headers/linux" "$kernel_headers/asm-generic" \
		"$kernel_headers/mtd" "$out/include"
	cp -rL "$kernel_asm" "$out/include/asm"
	cp COPYRIGHT "$out/licenses/musl"
}

build_zlib() {
	CC=$musl_gcc AR="${prefix}ar" RANLIB="${prefix}ranlib" \
		CFLAGS="$fast $(map_flag)" ./configure --static
	make -j"$jobs" libz.a
	cp libz.a "$out/lib"
	cp zlib.h zconf.h "$out/include"
	cp LICENSE "$out/licenses/zlib"
}

build_zstd() {
	# Decompression only, of the current format only; one of the two Huffman
	# decoders (the other gains little and costs 25 KB), one decoder of
	# sequences for all processors and distances (four cost 40 KB more and
	# are no faster beyond the noise of a measurement), and no texts.
	flags="$(map_flag) -DHUF_FORCE_DECOMPRESS_X1 -DDYNAMIC_BMI2=0"
	flags="$flags -DZSTD_FORCE_DECOMPRESS_SEQUENCES_SHORT"
	flags="$flags -DZSTD_STRIP_ERROR_STRINGS -DZSTD_LEGACY_SUPPORT=0"
	flags="$flags -DXXH_NAMESPACE=ZSTD_"
	# What every byte passes through is fast, the rest small.
	hot="huf_decompress|zstd_decompress_block|xxhash"
	# shellcheck disable=SC2046 # source files, without blanks
	compile_library libzstd.a "$fast $flags" $(find lib/common \
		lib/decompress -name '*.c' | grep -E "/($hot)\.c$" | sort)
	rm -rf objects
	# shellcheck disable=SC2046 # source files, without blanks
	compile_library libzstd.a "$small $flags" $(find lib/common \
		lib/decompress -name '*.c' | grep -Ev "/($hot)\.c$" | sort)
	cp lib/zstd.h lib/zstd_errors.h "$out/include"
	cp LICENSE "$out/licenses/zstd"
}

build_xz() {
	# The filters kernels are compressed with and the checks that go with
	# them (xz's own default too); no threads, no ifunc (a static musl
	# program cannot resolve one). CRCs in one way: it is not what takes
	# the time.
	# shellcheck disable=SC2046 # words
	./configure $(configure_host) --disable-shared --enable-static \
		--disable-encoders --enable-decoders=lzma1,lzma2,x86,arm64,riscv \
		--enable-checks=crc32,crc64 --disable-threads \
		--disable-microlzma --disable-lzip-decoder --disable-nls \
		--disable-xz --disable-xzdec --disable-lzmadec \
		--disable-lzmainfo --disable-lzma-links --disable-scripts \
		--disable-doc --disable-dependency-tracking --disable-rpath \
		--enable-ifunc=no --disable-clmul-crc --disable-arm64-crc32 \
		CC="$musl_gcc" AR="${prefix}ar" RANLIB="${prefix}ranlib" \
		CFLAGS="$small $(map_flag)"
	make -C src/liblzma -j"$jobs"
	# Again what every byte passes through.
	find src/liblzma -name '*-lz*_decoder.*o' -exec rm {} +
	find src/liblzma/check src/liblzma/simple -name '*.*o' -exec rm {} +
	make -C src/liblzma -j"$jobs" CFLAGS="$fast $(map_flag)"
	cp src/liblzma/.libs/liblzma.a "$out/lib"
	cp src/liblzma/api/lzma.h "$out/include"
	cp -r src/liblzma/api/lzma "$out/include"
	rm -f "$out"/include/lzma/Makefile*
	cp COPYING.0BSD "$out/licenses/xz"
}

build_lz4() {
	compile_library liblz4.a "$fast $(map_flag)" lib/lz4.c
	cp lib/lz4.h "$out/include"
	cp lib/LICENSE "$out/licenses/lz4"
}

build_lzo() {
	# shellcheck disable=SC2046 # words
	./configure $(configure_host) --disable-shared --enable-static \
		--disable-asm --disable-dependency-tracking \
		CC="$musl_gcc" AR="${prefix}ar" RANLIB="${prefix}ranlib" \
		CFLAGS="$fast $(map_flag)"
	make -j"$jobs" src/liblzo2.la
	cp src/.libs/liblzo2.a "$out/lib"
	mkdir -p "$out/include/lzo"
	cp include/lzo/*.h "$out/include/lzo"
	cp COPYING "$out/licenses/lzo"
}

build_libfdt() {
	compile_library libfdt.a "$small $(map_flag) -Ilibfdt" libfdt/fdt*.c
	cp libfdt/fdt.h libfdt/libfdt.h libfdt/libfdt_env.h "$out/include"
	cp BSD-2-Clause "$out/licenses/libfdt"
}

build_bearssl() {
	# What runs over whole files and streams is fast, the rest small.
	compile_library libbearssl.a "$fast $(map_flag) -Isrc -Iinc" \
		src/hash/*.c src/mac/*.c src/symcipher/*.c
	rm -rf objects
	# shellcheck disable=SC2046 # source files, without blanks
	compile_library libbearssl.a "$small $(map_flag) -Isrc -Iinc" \
		src/settings.c $(find src/*/ -name '*.c' |
			grep -Ev '^src/(hash|mac|symcipher)/' | sort)
	cp inc/*.h "$out/include"
	cp LICENSE.txt "$out/licenses/bearssl"
}

# busybox_configure: the wanted options on top of nothing at all, and a check
# that each was understood.
busybox_configure() (
	wanted=$(sed -e 's/#.*//' -e 's/[[:space:]]*$//' -e '/^$/d' \
		"$busybox_config")
	make allnoconfig
	# An option named twice takes its last value, so the defaults go first.
	printf '%s\n' "$wanted" | sed 's/=.*//' |
		sed 's/.*/\/^&=\/d;\/^# & is not set\/d/' >wanted.sed
	sed -i -f wanted.sed .config
	printf '%s\n' "$wanted" >>.config
	yes '' | make oldconfig
	refused=$(printf '%s\n' "$wanted" | while read -r option; do
		case $option in
		*=n) ! grep -q "^${option%n}" .config ;;
		*) grep -qxF "$option" .config ;;
		esac || printf '%s ' "$option"
	done)
	[ -z "$refused" ] || die "initramfs/busybox.config asks for what this" \
		"busybox does not know or cannot do: $refused"
)

build_busybox() {
	busybox_configure
	set -- CC="$musl_gcc" AR="${prefix}ar" NM="${prefix}nm" \
		STRIP="${prefix}strip" OBJCOPY="${prefix}objcopy" \
		HOSTCC=gcc BB_EXTRA_VERSION="Debian $version" SKIP_STRIP=y \
		CONFIG_EXTRA_CFLAGS="$base_flags -fno-pie -fno-stack-protector $(map_flag)" \
		CONFIG_EXTRA_LDFLAGS="-no-pie -Wl,--gc-sections"
	make -j"$jobs" "$@" busybox busybox.links
	"${prefix}strip" -s -R .comment -R .note.gnu.property -o "$out/busybox" busybox
	LC_ALL=C sort busybox.links >"$out/busybox.links"
	cp LICENSE "$out/licenses/busybox"
}

# --- all of it -----------------------------------------------------------

# build_package: one line of deps.pins, its fields in variables.
build_package() (
	fetched=$(fetch_pinned)
	version=${fetched%% *}
	files=${fetched#* }
	started=$(date +%s)
	# shellcheck disable=SC2086 # paths in the cache: no blanks
	unpack "$name" $files
	cd "$work/$name"
	run_logged "$logs/$name" "build_$name"
	printf '%s %s %s %s %s\n' \
		"$name" "$version" "$patches" "$orig" "$sum" >>"$out/VERSIONS.new"
	rm -rf "${work:?}/$name"
	say "$arch: $name $version built in $(($(date +%s) - started)) s"
)

is_built() {
	# The wrapper names its own directory: a cache that was moved to
	# another path is built anew.
	[ -e "$out/VERSIONS" ] && grep -qF "$out/" "$out/bin/musl-gcc"
}

build_all() {
	is_built && return 0
	need_tools make patch tar xz bzip2 apt-get gcc
	case $out in
	*[[:space:]]*) die "the cache's path has a blank: $cache" ;;
	esac
	# What an interrupted run has finished is kept, unless it was made for
	# another path.
	grep -qF "$out/" "$out/bin/musl-gcc" 2>/dev/null || rm -rf "$out"
	rm -rf "$work"
	mkdir -p "$out/bin" "$out/lib" "$out/include" "$out/licenses" \
		"$work" "$logs" "$sources"
	touch "$out/VERSIONS.new"
	say "building the libraries for $arch (once; logs in $logs)"
	grep -v -e '^#' -e '^$' "$pins" >"$work/pins"
	while read -r name package suite orig sum patches <&3; do
		grep -q "^$name " "$out/VERSIONS.new" || build_package
	done 3<"$work/pins"
	rm -rf "$work"
	mv "$out/VERSIONS.new" "$out/VERSIONS"
}

is_built || with_lock "deps-$arch" build_all
printf '%s\n' "$out"
