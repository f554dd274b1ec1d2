#!/bin/sh
# Fetch the Wycheproof vectors: signatures that are right, wrong, or wrong in
# a way that verifiers are known to let pass.
#
#	scripts/fetch-wycheproof.sh
#
# They come from Debian's source package, of which the upstream file is pinned
# here. The last line of output names the directory testvectors_v1. What is
# there is not fetched again, and the network not asked.
set -eu
. "$(dirname "$0")/lib.sh"

suite=forky
orig=wycheproof_0.0~git20260625.ee7b4f7.orig.tar.gz
sum=ad2ec605fc92601112de2fd1bc91b658a83a8a59421c5589773877285c37e74b

[ $# = 0 ] || {
	sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0" >&2
	exit 2
}
out=$(cache_dir)/fetch/wycheproof-$(echo "$sum" | cut -c 1-16)
work=$(cache_dir)/build/wycheproof

fetch_all() (
	[ ! -d "$out" ] || exit 0
	rm -rf "$work"
	mkdir -p "$work/source" "$work/vectors" "${out%/*}"
	versions=$(source_versions "$suite" wycheproof "$orig") || exit 1
	version=$(printf '%s\n' "$versions" | sed -n "s/ $sum\$//p" |
		head -n 1)
	[ -n "$version" ] || die "$suite has no wycheproof with $orig and the" \
		"sum in scripts/fetch-wycheproof.sh any more, but" \
		"'$versions': put the new file and its sha256 there, and the" \
		"new counts into tests/host/test_wycheproof.py"
	fetch_source "$suite" "wycheproof=$version" "$work/source" \
		--tar-only >/dev/null
	echo "$sum  $work/source/$orig" | sha256sum --status -c - ||
		die "$work/source/$orig is not the file that was asked for"
	tar -xzf "$work/source/$orig" -C "$work/vectors" --strip-components=1 \
		--wildcards '*/testvectors_v1/rsa_signature_*' \
		'*/testvectors_v1/ecdsa_*' '*/LICENSE*'
	rm -rf "$work/source"
	publish_dir "$work/vectors" "$out"
)

need_tools apt-get tar
[ -d "$out" ] || with_lock wycheproof fetch_all
printf '%s\n' "$out/testvectors_v1"
