#!/bin/sh
# Make a disk as a server has it: a GPT and one ESP with files in it.
#
#	scripts/mkdisk.sh [--id HEX8] [--label NAME] OUT SIZE_MIB
#		[--file SOURCE:/PATH/IN/THE/ESP]...
#
# The ESP (FAT32, label ESP or NAME) fills the disk but for the first and the
# last MiB. --id makes all else that would differ from run to run fixed: the
# disk's and the partition's GUID and the FAT's volume number end in HEX8, and
# files and folders are as old as the source files, or of 1980. OUT is sparse;
# no root is needed.
set -eu
umask 022
scripts=$(cd "$(dirname "$0")" && pwd)
. "$scripts/lib.sh"

usage() {
	sed -n '4,5s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

PATH=$PATH:/usr/sbin:/sbin
need_tools sfdisk mkfs.fat mmd mcopy truncate
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
: >"$work/files"

id='' label=ESP out='' size=''
while [ $# -gt 0 ]; do
	case $1 in
	--id | --label | --file)
		[ $# -ge 2 ] || usage
		case $1 in
		--id) id=$2 ;;
		--label) label=$2 ;;
		--file) printf '%s\n' "$2" >>"$work/files" ;;
		esac
		shift
		;;
	-*) usage ;;
	*)
		if [ -z "$out" ]; then
			out=$1
		elif [ -z "$size" ]; then
			size=$1
		else
			usage
		fi
		;;
	esac
	shift
done
case $size in
'' | *[!0-9]*) usage ;;
esac
case $id in
'') ;;
*[!0-9a-fA-F]* | ?????????*) usage ;;
????????)
	# mtools and mkfs.fat take the time from it.
	export SOURCE_DATE_EPOCH=315532800 TZ=UTC
	;;
*) usage ;;
esac
# Below this there are too few clusters for FAT32, and readers would take it
# for FAT16.
[ "$size" -ge 36 ] || die "a FAT32 needs a disk of 36 MiB, not of $size"

image=$work/disk
truncate -s "${size}M" "$image"
{
	echo "label: gpt"
	[ -z "$id" ] || echo "label-id: 6B65656C-626F-4F74-8000-0000$id"
	printf 'start=1MiB, size=%dMiB, type=%s, name="%s"' $((size - 2)) \
		C12A7328-F81F-11D2-BA4B-00A0C93EC93B "$label"
	[ -z "$id" ] || printf ', uuid=6B65656C-626F-4F74-8001-0000%s' "$id"
	echo
} | sfdisk -q "$image" || die "sfdisk failed: see above"
set -- -F 32 -n "$label"
[ -z "$id" ] || set -- "$@" --invariant -i "$id"
# The offset counts in sectors, the size in blocks of 1 KiB. That the last MiB
# is left out, mkfs.fat finds worth a warning.
mkfs.fat "$@" -h 2048 --offset 2048 "$image" $(((size - 2) * 1024)) \
	>"$work/log" 2>&1 || {
	cat "$work/log" >&2
	die "mkfs.fat failed: see above"
}

# mtools would ask its caller what to do with a file that is there already.
esp=$image@@1M
export MTOOLS_SKIP_CHECK=1
make_folders() {
	at=
	rest=${1#/}
	while [ "$rest" != "${rest#*/}" ]; do
		at=$at/${rest%%/*}
		rest=${rest#*/}
		grep -qxF "$at" "$work/folders" 2>/dev/null && continue
		mmd -i "$esp" "::$at" || die "unable to make $at in the ESP"
		printf '%s\n' "$at" >>"$work/folders"
	done
}
while read -r file; do
	source=${file%:*}
	path=${file##*:}
	[ -r "$source" ] || die "unable to read $source"
	make_folders "$path"
	mcopy -m -D o -i "$esp" "$source" "::$path" ||
		die "unable to put $source ($(wc -c <"$source") bytes) into" \
			"an ESP of $((size - 2)) MiB"
done <"$work/files"
mkdir -p "$(dirname "$out")"
mv "$image" "$out"
