#!/bin/sh
# Make the keyring that the tests' programs are built with, and the private keys
# of its signers and of a stranger:
#
#	scripts/test-keys.sh BUILD_DIR
#
# BUILD_DIR/test-keys/keys is for `make KEYS=`:
#	db/        a CA that has signed the good signer, and a revoked signer
#	dbx/       the revoked signer, and the digest of one image an architecture
#	sbat/      the level below which the component keelboot.test is revoked
#	manifest/  the signer of manifests
#	tls/       a CA of servers
# BUILD_DIR/test-keys/private has NAME.key and NAME.pem of good, revoked,
# manifest, stranger and servers (the CA in tls/), and revoked-ARCH.efi, the
# images of the dbx, well signed.
# All of it is made once.
set -eu
umask 077
scripts=$(dirname "$0")
. "$scripts/lib.sh"
[ $# -eq 1 ] || die "usage: test-keys.sh BUILD_DIR"
need_tools openssl sbsign
dir=$1/test-keys
private=$dir/private
[ ! -e "$dir/made" ] || [ ! -e "$private/servers.pem" ] || exit 0
rm -rf "$dir"
mkdir -p "$private" "$dir/keys/db" "$dir/keys/dbx" "$dir/keys/sbat" \
	"$dir/keys/manifest" "$dir/keys/tls"

say_why() {
	die "openssl made no $1: $(cat "$private/log")"
}

self_signed() { # NAME TITLE EXTENSION...
	name=$1 title=$2
	shift 2
	for extension; do
		set -- "$@" -addext "$extension"
		shift
	done
	openssl req -x509 -newkey rsa:2048 -sha256 -nodes -days 3650 \
		-subj "/O=keelboot tests/CN=$title" "$@" \
		-keyout "$private/$name.key" -out "$private/$name.pem" \
		2>"$private/log" || say_why "$name"
}

signed_by_ca() { # NAME TITLE
	openssl req -newkey rsa:2048 -sha256 -nodes \
		-subj "/O=keelboot tests/CN=$2" -keyout "$private/$1.key" \
		-out "$private/$1.csr" 2>"$private/log" || say_why "$1"
	openssl x509 -req -in "$private/$1.csr" -CA "$private/ca.pem" \
		-CAkey "$private/ca.key" -CAcreateserial -days 3650 -sha256 \
		-out "$private/$1.pem" 2>"$private/log" || say_why "$1"
}

# The image that is revoked by its digest differs in nothing else from a good
# one. Its kernel is none: it never comes to that.
revoked_image() { # ARCH
	seq 1 2000 > "$private/kernel"
	printf 'ID=test\nPRETTY_NAME="Revoked by digest"\n' > "$private/osrel"
	"$scripts/mkuki.sh" --arch "$1" --linux "$private/kernel" \
		--osrel "$private/osrel" --cmdline quiet \
		--out "$private/unsigned"
	sbsign --key "$private/good.key" --cert "$private/good.pem" \
		--output "$private/revoked-$1.efi" "$private/unsigned" \
		2>"$private/log" || die "sbsign: $(cat "$private/log")"
	/usr/bin/python3 "$scripts/../tests/lib/pe_reference.py" \
		"$private/revoked-$1.efi" | cut -d ' ' -f 1 \
		>> "$dir/keys/dbx/images.txt"
}

self_signed ca "Test CA" basicConstraints=critical,CA:TRUE \
	keyUsage=critical,keyCertSign
signed_by_ca good "Test image signer"
self_signed revoked "Revoked signer" basicConstraints=critical,CA:FALSE
self_signed manifest "Test manifest signer" basicConstraints=critical,CA:FALSE
self_signed stranger "A stranger" basicConstraints=critical,CA:FALSE
self_signed servers "Test CA of servers" basicConstraints=critical,CA:TRUE \
	keyUsage=critical,keyCertSign
cp "$private/servers.pem" "$dir/keys/tls"
cp "$private/ca.pem" "$private/revoked.pem" "$dir/keys/db"
cp "$private/revoked.pem" "$dir/keys/dbx"
cp "$private/manifest.pem" "$dir/keys/manifest"
printf 'sbat,1,2026010100\nkeelboot.test,2\n' > "$dir/keys/sbat/level.csv"
for arch in x86_64 aarch64; do
	revoked_image "$arch"
done
: > "$dir/made"
