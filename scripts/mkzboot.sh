#!/bin/sh
# zboot images, kernels that unpack themselves as EFI programs, for aarch64:
#
#	scripts/mkzboot.sh [--jobs N] [--refresh]
#	scripts/mkzboot.sh --codec CODEC --image IMAGE --out FILE
#
# The first form makes sure that there is one in each codec, made by the
# kernel's own build (scripts/mkkernel.sh aarch64), and names the directory:
# gzip.efi zstd.efi xz.efi lzma.efi lz4.efi lzo.efi, and Image, which is what
# each of them holds. The second form puts another kernel's Image into one,
# by the steps and with the objects of that build (CODEC is one of the six
# names): the same Image gives the same bytes as the build itself, but for the
# time of day that lzop writes.
set -eu
umask 022
scripts=$(cd "$(dirname "$0")" && pwd)
. "$scripts/lib.sh"

usage() {
	sed -n '4,5s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

jobs='' refresh='' codec='' image='' out=''
while [ $# -gt 0 ]; do
	case $1 in
	--refresh) refresh=--refresh ;;
	--jobs | --codec | --image | --out)
		[ $# -ge 2 ] || usage
		case $1 in
		--jobs) jobs=$2 ;;
		--codec) codec=$2 ;;
		--image) image=$2 ;;
		--out) out=$2 ;;
		esac
		shift
		;;
	*) usage ;;
	esac
	shift
done

kernel=$("$scripts/mkkernel.sh" ${jobs:+--jobs "$jobs"} $refresh aarch64)
zboot=$(dirname "$kernel")/zboot-${kernel##*/kernel-}
if [ -z "$codec$image$out" ]; then
	printf '%s\n' "$zboot"
	exit 0
fi
if [ -z "$codec" ] || [ -z "$image" ] || [ -z "$out" ]; then
	usage
fi

[ -s "$image" ] || die "unable to read $image, or it is empty"
prefix=$(gnu_prefix aarch64)
need_tools gzip zstd xz lzma lz4 lzop "${prefix}objcopy" "${prefix}ld"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# The four bytes that follow all but gzip's data, which ends in them itself.
append_size() {
	size=$(wc -c <"$image")
	# shellcheck disable=SC2059 # the format is made of octal escapes
	printf "$(printf '\\%03o\\%03o\\%03o\\%03o' $((size & 255)) \
		$((size >> 8 & 255)) $((size >> 16 & 255)) \
		$((size >> 24 & 255)))"
}

compress() {
	case $codec in
	gzip)
		gzip -n -f -9 <"$image"
		return
		;;
	zstd) zstd -q -22 --ultra <"$image" ;;
	xz) SRCARCH=arm64 XZ=xz sh "$zboot/parts/xz_wrap.sh" <"$image" ;;
	lzma) lzma -9 <"$image" ;;
	lz4) lz4 -q -l -9 - - <"$image" ;;
	lzo) lzop -9 <"$image" ;;
	*) die "--codec is gzip, zstd, xz, lzma, lz4 or lzo, not '$codec'" ;;
	esac
	append_size
}

compress >"$work/vmlinuz"
"${prefix}objcopy" -I binary -O elf64-littleaarch64 --rename-section \
	.data=.gzdata,load,alloc,readonly,contents \
	"$work/vmlinuz" "$work/vmlinuz.o"
"${prefix}ld" -EL -maarch64elf -z noexecstack \
	--no-warn-rwx-segments -T "$zboot/parts/zboot.lds" \
	"$work/vmlinuz.o" "$zboot/parts/$codec.o" "$zboot/parts/$codec.a" \
	-o "$work/vmlinuz.elf"
"${prefix}objcopy" -O binary "$work/vmlinuz.elf" "$work/vmlinuz.efi"
mkdir -p "$(dirname "$out")"
chmod 644 "$work/vmlinuz.efi"
mv "$work/vmlinuz.efi" "$out"
