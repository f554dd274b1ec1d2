#!/bin/sh
# Put a kernel and what belongs to it into one EFI program, a UKI:
#
#	scripts/mkuki.sh [--arch ARCH] [--maker objcopy|ukify] [--stub FILE]
#		--linux FILE [--initrd FILE] [--cmdline TEXT] [--osrel FILE]
#		[--uname TEXT] [--dtb FILE] [--ucode FILE]
#		[--section NAME=FILE]... --out FILE
#	scripts/mkuki.sh --keelboot VERSION [--arch ARCH] --linux FILE
#		--initrd FILE [--cmdline TEXT] --out FILE
#
# The stub is systemd's of Debian 12, fetched once, if none is given. Sections
# follow the stub's own in the order of the list above, --section's after
# them (NAME with its dot), a .sbat last if there is none so far, each at the
# next multiple of 4 KiB. --maker ukify
# uses Debian sid's ukify instead of objcopy, as a second opinion.
#
# --keelboot makes keelboot itself such a program, for machines that still
# have UEFI: os-release says ID=keelboot, so that keelboot knows itself, and
# there is a command line in it, so that a stub takes none from outside.
set -eu
umask 022
scripts=$(cd "$(dirname "$0")" && pwd)
. "$scripts/lib.sh"

usage() {
	sed -n '3,10s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

arch=x86_64 maker=objcopy
stub='' out='' keelboot=''
linux='' initrd='' cmdline='' osrel='' uname='' dtb='' ucode=''
extra=''

# text NAME TEXT: a section's content, without a newline at its end.
text() {
	printf '%s' "$2" >"$work/$1"
	printf '%s\n' "$work/$1"
}

while [ $# -gt 0 ]; do
	[ $# -ge 2 ] || usage
	case $1 in
	--arch) arch=$2 ;;
	--maker) maker=$2 ;;
	--stub) stub=$2 ;;
	--linux) linux=$2 ;;
	--initrd) initrd=$2 ;;
	--cmdline) cmdline=$(text cmdline "$2") ;;
	--osrel) osrel=$2 ;;
	--uname) uname=$(text uname "$2") ;;
	--dtb) dtb=$2 ;;
	--ucode) ucode=$2 ;;
	--section)
		case $2 in
		.?*=?*) ;;
		*) die "--section wants .name=FILE, not '$2'" ;;
		esac
		extra="$extra$2
"
		;;
	--keelboot) keelboot=$2 ;;
	--out) out=$2 ;;
	*) usage ;;
	esac
	shift 2
done
if [ -z "$linux" ] || [ -z "$out" ]; then
	usage
fi

if [ -n "$keelboot" ]; then
	[ -n "$initrd" ] || die "--keelboot wants keelboot's --initrd"
	osrel=$work/osrel
	cat >"$osrel" <<-END
		ID=keelboot
		NAME=keelboot
		VERSION_ID=$keelboot
		PRETTY_NAME="keelboot $keelboot"
	END
	# Empty would not do: systemd's stub then listens to what it is given.
	[ -s "$cmdline" ] || cmdline=$(text cmdline "panic=10")
fi
if [ -z "$stub" ]; then
	stub=$("$scripts/fetch-kernel.sh" "stub-252-$arch")/stub
fi

# "NAME=FILE" for each section, in order.
sections() {
	for pair in ".osrel=$osrel" ".cmdline=$cmdline" ".dtb=$dtb" \
		".uname=$uname" ".ucode=$ucode" ".initrd=$initrd" \
		".linux=$linux"; do
		[ -z "${pair#*=}" ] || printf '%s\n' "$pair"
	done
	printf '%s' "$extra"
}

# Where the stub's last section ends in memory.
stub_end() {
	"${prefix}objdump" -h "$stub" | awk '$1 ~ /^[0-9]+$/ { print $3, $4 }' |
		(
			end=0
			while read -r size address; do
				here=$((0x$address + 0x$size))
				[ $here -le $end ] || end=$here
			done
			printf '%s\n' $end
		)
}

# Debian 12's stub for aarch64 has no .sbat, and a UKI without one is refused:
# nothing in it could ever be revoked.
make_sbat() {
	case "
$extra" in
	*"
.sbat="*) return ;;
	esac
	! "${prefix}objdump" -h "$stub" | grep -q ' \.sbat ' || return 0
	about=https://github.com/rhboot/shim/blob/main/SBAT.md
	text sbat "sbat,1,SBAT Version,sbat,1,$about
systemd-stub,1,The systemd Developers,systemd,252,https://systemd.io/
" >/dev/null
	extra="$extra.sbat=$work/sbat
"
}

make_with_objcopy() {
	prefix=$(gnu_prefix "$arch")
	need_tools "${prefix}objcopy" "${prefix}objdump"
	make_sbat
	at=$(stub_end)
	[ "$at" -gt 0 ] || die "unable to find a section in the stub $stub"
	sections >"$work/sections"
	set --
	while IFS='=' read -r name file; do
		[ -s "$file" ] || die "unable to read $file for $name," \
			"or it is empty"
		at=$(((at + 4095) / 4096 * 4096))
		set -- "$@" --add-section "$name=$file" --change-section-vma \
			"$name=$(printf '0x%x' $at)"
		at=$((at + $(wc -c <"$file")))
	done <"$work/sections"
	"${prefix}objcopy" "$@" "$stub" "$work/uki"
	# The same inputs shall give the same bytes, so the header has no date,
	# and none of its checksums, which firmware does not look at either.
	header=$(od -An -t u4 -j 60 -N 4 "$work/uki")
	zero_field $((header + 8))
	zero_field $((header + 24 + 64))
}

# zero_field OFFSET: four bytes.
zero_field() {
	dd if=/dev/zero of="$work/uki" bs=1 seek="$1" count=4 conv=notrunc \
		status=none
}

fetch_ukify() (
	dest=$(cache_dir)/fetch/ukify
	[ ! -d "$dest" ] || exit 0
	rm -rf "$dest.new" "$dest.deb"
	for package in systemd-ukify python3-pefile; do
		deb=$(fetch_deb sid "$package" "$dest.deb")
		extract_deb "$deb" "$dest.new"
	done
	rm -rf "$dest.deb"
	publish_dir "$dest.new" "$dest"
)

make_with_ukify() {
	need_tools python3
	with_lock fetch.ukify fetch_ukify
	ukify=$(cache_dir)/fetch/ukify
	case $arch in
	x86_64) efi_arch=x64 ;;
	aarch64) efi_arch=aa64 ;;
	*) efi_arch=$arch ;;
	esac
	set -- build "--efi-arch=$efi_arch" "--stub=$stub" "--linux=$linux" \
		"--output=$work/uki"
	[ -z "$initrd" ] || set -- "$@" "--initrd=$initrd"
	[ -z "$cmdline" ] || set -- "$@" "--cmdline=@$cmdline"
	[ -z "$osrel" ] || set -- "$@" "--os-release=@$osrel"
	[ -z "$uname" ] || set -- "$@" "--uname=$(cat "$uname")"
	[ -z "$dtb" ] || set -- "$@" "--devicetree=$dtb"
	[ -z "$ucode" ] || set -- "$@" "--microcode=$ucode"
	printf '%s' "$extra" >"$work/extra"
	while IFS='=' read -r name file; do
		set -- "$@" "--section=$name:@$file"
	done <"$work/extra"
	PYTHONPATH=$ukify/usr/lib/python3/dist-packages \
		PYTHONDONTWRITEBYTECODE=1 \
		/usr/bin/python3 "$ukify/usr/bin/ukify" "$@" >&2
}

case $maker in
objcopy) make_with_objcopy ;;
ukify) make_with_ukify ;;
*) die "--maker is objcopy or ukify, not '$maker'" ;;
esac
mkdir -p "$(dirname "$out")"
chmod 644 "$work/uki"
mv "$work/uki" "$out"
