#!/bin/sh
# Is each file a program that runs in an otherwise empty root, and no more
# than that? scripts/check-elf.sh [--arch x86_64|aarch64] FILE...
#
# It must be statically linked (no interpreter, no library), its stack and
# its writable parts must not be executable, and it must not name the
# directory it was built in.
set -eu
. "$(dirname "$0")/lib.sh"

machine=
if [ "${1:-}" = --arch ]; then
	case ${2:-} in
	x86_64) machine='X86-64' ;;
	aarch64) machine=AArch64 ;;
	*) die "unknown architecture '${2:-}': x86_64 or aarch64" ;;
	esac
	shift 2
fi
[ $# -gt 0 ] || {
	say "usage: scripts/check-elf.sh [--arch x86_64|aarch64] FILE..."
	exit 2
}
need_tools readelf
top=$(cd "$(dirname "$0")/.." && pwd)
cache=$(cache_dir)

check_elf() {
	head=$(LC_ALL=C readelf -hlW "$1" 2>/dev/null) ||
		die "$1 is not an ELF file"
	case $head in
	*"Machine:"*"$machine"*) ;;
	*)
		die "$1 is for" "$(printf '%s\n' "$head" |
			sed -n 's/^ *Machine: *//p')," "not for $machine"
		;;
	esac
	case $head in
	*INTERP*) die "$1 is linked dynamically (it has an INTERP)" ;;
	esac
	if LC_ALL=C readelf -dW "$1" | grep -q '(NEEDED)'; then
		die "$1 is linked dynamically (it has a NEEDED)"
	fi
	printf '%s\n' "$head" | awk '
	$1 ~ /^(LOAD|GNU_STACK)$/ && /RWE/ { bad = 1 }
	/GNU_STACK/ { stack = 1 }
	END { exit bad || !stack }' ||
		die "$1 has memory that is writable and executable"
	for path in "$top" "$cache"; do
		if grep -qaF "$path/" "$1"; then
			die "$1 names $path: it would differ if built elsewhere"
		fi
	done
}

for file; do
	check_elf "$file"
done
