#!/bin/sh
# Fuzz the parsers with libFuzzer: scripts/fuzz.sh [BUILD_DIR [TARGET...]]
#
# TARGET is a parser's name (pe, uki, gzip...); without one, all of
# tests/fuzz/fuzz_*.c take their turn. Each starts from its seeds in
# tests/fuzz/corpus and from what earlier runs found, which stays in
# BUILD_DIR/fuzz/corpus. An input that breaks a parser stops its turn, is kept,
# and makes the script fail at the end.
#
# Environment
#   FUZZ_SECONDS  how long each runs (default 60)
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

out=${1:-build}
[ $# -eq 0 ] || shift
seconds=${FUZZ_SECONDS:-60}
work=$out/fuzz
failed=0

# fuzz_one NAME: one parser's turn; what it printed is in NAME.log.
fuzz_one() {
	name=$1
	seeds=tests/fuzz/corpus/$name
	found=$work/corpus/$name
	words=tests/fuzz/$name.dict
	[ -d "$seeds" ] || die "$name has no seeds: put some into $seeds"
	mkdir -p "$found"
	set -- -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
		-print_final_stats=1 -artifact_prefix="$work/$name-"
	[ ! -r "$words" ] || set -- "$@" -dict="$words"
	if nice -n 10 "$work/fuzz_$name" "$@" "$found" "$seeds" \
		>"$work/$name.log" 2>&1; then
		say "ok      $name: $(sed -n \
			's/^stat::number_of_executed_units: *//p' \
			"$work/$name.log") inputs in $seconds s"
		return
	fi
	failed=$((failed + 1))
	say "FAILED  $name:"
	grep -E -m 5 'must hold|ERROR|runtime error|SUMMARY' \
		"$work/$name.log" >&2 || tail -n 5 "$work/$name.log" >&2
	input=$(sed -n 's/.*Test unit written to //p' "$work/$name.log")
	say "        look closer: $out/host/fuzz/fuzz_$name ${input:-INPUT}"
	say "        (after: make O=$out unit-build); the log is" \
		"$work/$name.log"
}

need_tools clang make
if [ $# -eq 0 ]; then
	for target in tests/fuzz/fuzz_*.c; do
		name=${target##*/fuzz_}
		[ "$name" = main.c ] || set -- "$@" "${name%.c}"
	done
fi
for name; do
	[ -r "tests/fuzz/fuzz_$name.c" ] ||
		die "there is no target '$name': see tests/fuzz/fuzz_*.c"
	make -s O="$out" "$work/fuzz_$name" >&2
done
for name; do
	fuzz_one "$name"
done
[ "$failed" = 0 ] || die "$failed of $# parsers failed"
