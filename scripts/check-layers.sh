#!/bin/sh
# check-layers.sh [DIR]: the architecture as a test. Fails when a file under
# DIR/boot includes from a floor that layers.txt does not allow, when a pure
# floor calls the system or an allocator, when anything but trust/ and sys/tls
# sees BearSSL, when anything but verify.c makes a trusted span, or when
# anything but kexec_syscall.c makes the kexec or reboot system calls.
set -eu
cd "${1:-.}"
bad=0

complain() {
	printf 'layers: %s\n' "$*" >&2
	bad=1
}

# Names in the tree have no blanks: lists of them are words.
sources=$(find boot -name '*.[ch]' | sort)
top=$(sed -n 's/^top *= *//p' layers.txt)

floor_of() { # PATH BELOW boot/ -> its floor
	case $1 in
	*/*)
		dirname "$1"
		return
		;;
	esac
	set -f
	for pattern in $top; do
		# shellcheck disable=SC2254 # it is a pattern
		case $1 in
		$pattern)
			echo top
			set +f
			return
			;;
		esac
	done
	set +f
	echo spine
}

allowed_for() { # FLOOR -> the floors it may include from
	sed -n "s|^$1 *: *||p" layers.txt
}

for file in $sources; do
	floor=$(floor_of "${file#boot/}")
	allowed=$(allowed_for "$floor")
	[ -n "$allowed" ] || complain "$file: no floor for it in layers.txt"
	# shellcheck disable=SC2013 # file names without blanks
	for inc in $(sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/p' "$file"); do
		[ -e "boot/$inc" ] || complain "$file includes $inc, which is not there"
		to=$(floor_of "$inc")
		case " $allowed " in
		*" $to "*) ;;
		*) complain "$file (floor $floor) includes $inc (floor $to)" ;;
		esac
	done
done

forbid() { # PATTERN WHY FILES...
	pattern=$1 why=$2
	shift 2
	hits=$(grep -nE "$pattern" "$@" /dev/null | grep -vE '^[^:]*:[0-9]+:[[:space:]]*(/\*|\*)' || true)
	[ -z "$hits" ] || complain "$why:
$hits"
}

# shellcheck disable=SC2086 # a list of words
except() { # all sources but those matching PATTERN
	printf '%s\n' $sources | grep -vE "$1"
}

# shellcheck disable=SC2046,SC2086 # lists of words
{
	pure=$(find boot/format boot/unpack -name '*.[ch]')
	forbid '\b(malloc|calloc|realloc|free|strdup|asprintf|mmap|open|openat|read|write|ioctl|syscall|fopen)\(' \
		'format/ and unpack/ call no allocator and no system call' $pure
	forbid 'bearssl|\bbr_[a-z]' 'only trust/ and sys/tls see BearSSL' \
		$(except '^boot/(trust/|sys/tls)')
	forbid '\(struct trusted_span\)|struct trusted_span [a-z_]+ = \{' \
		'only verify.c makes a trusted span' $(except '^boot/verify\.c$')
	forbid 'SYS_kexec|SYS_reboot|\breboot\(' \
		'only kexec_syscall.c calls kexec and reboot' \
		$(except '^boot/kexec_syscall\.c$')
}
[ "$bad" = 0 ] && echo "layers: $(find boot -name '*.[ch]' | wc -l) files keep to layers.txt"
exit "$bad"
