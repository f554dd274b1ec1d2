#!/bin/sh
# mkkeys.sh: write keys/ and odd/ anew. keys/ is the keyring built into the unit
# tests, laid out like the keys/ of an image; odd/ has certificates that a
# keyring has to refuse. The private keys are thrown away at once.
set -eu
cd "$(dirname "$0")"
days=36500
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
rm -rf keys odd
mkdir -p keys/db keys/dbx keys/sbat keys/manifest keys/tls odd

cert() { # SUBJECT OUT BASIC-CONSTRAINTS OPENSSL-REQ-OPTIONS...
	subject=$1 out=$2 constraints=$3
	shift 3
	openssl req -x509 -nodes -days "$days" -sha256 \
		-subj "/O=keelboot tests/CN=$subject" \
		-addext "basicConstraints=critical,$constraints" \
		-keyout "$work/key" -out "$out" "$@" 2>/dev/null
}

cert "keelboot test CA" keys/db/test-ca.pem CA:TRUE -newkey rsa:2048
cert "keelboot test EC signer" "$work/ec.pem" CA:FALSE \
	-newkey ec -pkeyopt ec_paramgen_curve:P-384
openssl x509 -in "$work/ec.pem" -outform DER -out keys/db/test-ec.der
cert "keelboot test revoked signer" keys/dbx/test-revoked.pem CA:FALSE \
	-newkey rsa:2048
cert "keelboot test manifests" keys/manifest/test-manifest.pem CA:FALSE \
	-newkey rsa:3072
cert "keelboot test server" keys/tls/test-tls.pem CA:FALSE \
	-newkey ec -pkeyopt ec_paramgen_curve:P-256

# The digest of an image that is nowhere, and of a certificate.
cat >keys/dbx/test-hashes.txt <<-END
	# an image
	$(printf 'a revoked image' | sha256sum | cut -c1-64)
	$(printf 'a revoked image' | sha384sum | cut -c1-96) # by SHA-384, too
	# a certificate
	tbs:$(printf 'a revoked certificate' | sha256sum | cut -c1-64)
END
printf 'sbat,1,2026010100\nkeelboot-test,3\n' >keys/sbat/test-level.csv

for bits in 1024 4104; do
	cert "RSA of $bits bits" "odd/rsa$bits.pem" CA:FALSE -newkey "rsa:$bits"
done
cert Ed25519 odd/ed25519.pem CA:FALSE -newkey ed25519
