#!/bin/sh
# Make a throw-away keyring and the private keys to it, for the demo:
#
#	scripts/mkkeys.sh DIR
#
# DIR/keys is what `make KEYS=` takes; DIR/private has image.key and manifest.key
# with their certificates. Nothing is made anew that is there. A keyring for
# machines that count is made by hand: docs/secure-boot.md.
set -eu
umask 077
scripts=$(dirname "$0")
. "$scripts/lib.sh"
[ $# -eq 1 ] || die "usage: mkkeys.sh DIR"
need_tools openssl
dir=$1
mkdir -p "$dir/private" "$dir/keys/db" "$dir/keys/manifest"

key() { # NAME FOLDER TITLE
	if [ ! -s "$dir/keys/$2/$1.pem" ]; then
		openssl req -x509 -newkey rsa:2048 -sha256 -nodes -days 3650 \
			-subj "/CN=$3" -addext basicConstraints=critical,CA:FALSE \
			-addext keyUsage=critical,digitalSignature \
			-keyout "$dir/private/$1.key" \
			-out "$dir/private/$1.pem" 2>"$dir/private/log" ||
			die "openssl made no key: $(cat "$dir/private/log")"
		cp "$dir/private/$1.pem" "$dir/keys/$2/$1.pem"
	fi
}

key image db "Demo signer"
key manifest manifest "Demo manifests"
