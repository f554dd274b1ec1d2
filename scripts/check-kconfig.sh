#!/bin/sh
# Does a kernel's final configuration hold each line of what was asked for?
#
#	scripts/check-kconfig.sh FINAL WANTED...
#
# Kconfig drops what it does not know, and what depends on something that is
# off, without a word that make would fail on. Prints a line for each option
# that came out otherwise and ends with status 1 if there was one.
set -eu
. "$(dirname "$0")/lib.sh"

if [ $# -lt 2 ]; then
	say "usage: scripts/check-kconfig.sh FINAL WANTED..."
	exit 2
fi
final=$1
shift
[ -r "$final" ] || die "unable to read $final"

cat -- "$@" | awk -v final="$final" '
function value_of(line) {
	return substr(line, index(line, "=") + 1)
}
function name_of(line) {
	return substr(line, 1, index(line, "=") - 1)
}
BEGIN {
	while ((getline line <final) > 0)
		if (line ~ /^CONFIG_[A-Za-z0-9_]+=/)
			got[name_of(line)] = value_of(line)
}
function compare(name, want) {
	if (!(name in got))
		got[name] = "n"
	if (got[name] == want)
		return
	print name " was asked to be " want ", it is " got[name]
	bad = 1
}
/^[ \t]*$/ { next }
/^CONFIG_[A-Za-z0-9_]+=./ { compare(name_of($0), value_of($0)); next }
/^# CONFIG_[A-Za-z0-9_]+ is not set$/ { compare($2, "n"); next }
/^#/ { next }
{
	print "unable to make sense of the line: " $0
	bad = 1
}
END { exit bad }'
