#!/bin/sh
# Fetch what others signed for UEFI: the real files that the tests verify.
#
#	scripts/fetch-signed.sh [--pin]
#
# tests/data/signed.pins lists them. The last line of output names a directory
# with the files, by the names of that list, and one called index: the lines of
# the list, but with the version that is really there, and with "-" for what
# the list says of another version.
#
# A suite drops a package's version when the next one comes. Then the current
# one is taken: it is real and signed, too, but nothing is known of it in
# advance. --pin takes the current version of everything and prints the list
# anew. What is there is not fetched again, and the network not asked.
set -eu
scripts=$(dirname "$0")
. "$scripts/lib.sh"

pins=$scripts/../tests/data/signed.pins
reference=$scripts/../tests/lib/pe_reference.py
pin=
case $*,${1:-} in
,) ;;
--pin,*) pin=1 ;;
*)
	sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac

key=$(key_of "@$pins" "@$0")
out=$(cache_dir)/signed-$key
kept=$(cache_dir)/signed-files
work=$(cache_dir)/build/signed-$key
[ -z "$pin" ] || work=$work-pin

# depends_on DEB PATTERN: the first package in Depends that matches.
depends_on() {
	dpkg-deb -f "$1" Depends | tr -s ',|' '\n' |
		sed -n 's/^ *\([^ :(]*\).*$/\1/p' | grep -E "^$2" | head -n 1
}

# kernel_deb SUITE META:ARCH[=VERSION] [unsigned]: the package that has the
# kernel itself, whose name changes with each release; or the one with the same
# kernel before it was signed.
kernel_deb() {
	deb=$(fetch_deb "$1" "$2" "$work/deb") || exit 1
	arch=${2%%=*}
	arch=${arch#*:}
	for next in linux-image-[0-9] linux-binary-[0-9]; do
		package=$(depends_on "$deb" "$next") || package=
		[ -n "$package" ] || break
		case ${3:-},$package in
		unsigned,linux-binary-*)
			package=linux-binary-unsigned-${package#linux-binary-}
			;;
		esac
		deb=$(fetch_deb "$1" "$package:$arch" "$work/deb") || exit 1
	done
	printf '%s\n' "$deb"
}

# package_deb SUITE ARCH PACKAGE[>kernel|>unsigned] [VERSION]
package_deb() (
	name=${3%%>*}:$2${4:+=$4}
	case $3 in
	*'>kernel') kernel_deb "$1" "$name" ;;
	*'>unsigned') kernel_deb "$1" "$name" unsigned ;;
	*) fetch_deb "$1" "$name" "$work/deb" ;;
	esac
)

# unpack_deb DEB: where its files are.
unpack_deb() (
	tree=$work/tree/$(basename "$1" .deb)
	[ -d "$tree" ] || extract_deb "$1" "$tree"
	printf '%s\n' "$tree"
)

# put_file DEB PATTERN NAME: one file of a package.
put_file() {
	tree=$(unpack_deb "$1") || exit 1
	# The pattern is to be expanded; the cache's path has no blanks to fear.
	# shellcheck disable=SC2086
	set -- "$1" "$2" "$3" "$tree"/$2
	{ [ $# -eq 4 ] && [ -f "$4" ]; } ||
		die "unable to find $2 in ${1##*/}: Debian has moved it," \
			"put its new path into tests/data/signed.pins"
	cp "$4" "$work/files/$3"
	chmod 644 "$work/files/$3"
}

# sum_of FILE
sum_of() {
	sha256sum <"$1" | cut -d ' ' -f 1
}

# take_row NAME SUITE ARCH PACKAGE VERSION PATH SHA256 DIGEST COUNT CA
take_row() {
	file=$work/files/$1
	deb=
	if [ -z "$pin" ]; then
		if [ -f "$kept/$7" ] && [ "$(sum_of "$kept/$7")" = "$7" ]; then
			ln "$kept/$7" "$file"
			echo "$@" >>"$work/files/index"
			return 0
		fi
		# Each version is asked for once, gone or not.
		gone=$work/gone/$2.$3.$(printf %s "$4" | tr '>' _)
		[ -e "$gone" ] ||
			deb=$(package_deb "$2" "$3" "$4" "$5" 2>>"$work/log") ||
			deb=
	fi
	if [ -n "$deb" ]; then
		put_file "$deb" "$6" "$1"
		sum=$(sum_of "$file")
		[ "$sum" = "$7" ] || die "$1 of ${deb##*/} has the sha256" \
			"$sum, but tests/data/signed.pins says $7"
		mkdir -p "$kept"
		ln -f "$file" "$kept/$7"
		echo "$@" >>"$work/files/index"
		return 0
	fi
	[ -n "$pin" ] || {
		touch "$gone"
		say "$4 $5 has left $2: taking the current version"
	}
	deb=$(package_deb "$2" "$3" "$4") || exit 1
	put_file "$deb" "$6" "$1"
	version=$(current_version "$deb" "$4" "$2" "$3") || exit 1
	if [ -n "$pin" ]; then
		put_pin "$1" "$2" "$3" "$4" "$version" "$6" "${10}"
	else
		echo "$1 $2 $3 $4 $version $6 - - $9 ${10}" \
			>>"$work/files/index"
	fi
}

# current_version DEB PACKAGE SUITE ARCH: for a kernel, that of the package
# that leads to it.
current_version() {
	case $2 in
	*'>'*)
		deb=$(fetch_deb "$3" "${2%%>*}:$4" "$work/deb") || exit 1
		dpkg-deb -f "$deb" Version
		;;
	*) dpkg-deb -f "$1" Version ;;
	esac
}

# put_pin NAME SUITE ARCH PACKAGE VERSION PATH CA
put_pin() {
	file=$work/files/$1
	case $7 in
	ca | firmware) set -- "$@" - 0 ;;
	*)
		# shellcheck disable=SC2046 # two words
		set -- "$@" $(/usr/bin/python3 "$reference" "$file" |
			cut -d ' ' -f 1,2)
		;;
	esac
	echo "$1 $2 $3 $4 $5 $6 $(sum_of "$file") $8 $9 $7" \
		>>"$work/files/index"
}

fetch_all() (
	[ ! -e "$out/index" ] || [ -n "$pin" ] || exit 0
	rm -rf "$work"
	mkdir -p "$work/deb" "$work/files" "$work/gone"
	grep '^[^#]' "$pins" >"$work/rows"
	exec 3<"$work/rows"
	while read -r row <&3; do
		set -f
		# shellcheck disable=SC2086 # words
		set -- $row
		set +f
		[ $# -eq 10 ] || die "a line of $pins has $# words instead" \
			"of 10: $row"
		take_row "$@" 3<&-
	done
	[ -n "$pin" ] || publish_dir "$work/files" "$out"
)

need_tools dpkg-deb
if [ -n "$pin" ]; then
	with_lock "signed-$key" fetch_all
	sed -n '/^#/p' "$pins"
	cat "$work/files/index"
	rm -rf "$work"
	exit 0
fi
[ -e "$out/index" ] || with_lock "signed-$key" fetch_all
rm -rf "$work"
printf '%s\n' "$out"
