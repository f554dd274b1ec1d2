#!/bin/sh
# mkpki.sh: write the certificates, signatures and signed images in pki/ anew,
# with the tools people sign with. The keys are made here and thrown away, so
# every run gives other bytes of the same form.
# Needs openssl, sbsigntool, osslsigncode, pesign and libnss3-tools.
set -eu
cd "$(dirname "$0")"
mkdir -p pki
cd pki
for tool in openssl sbsign osslsigncode pesign certutil pk12util python3; do
	command -v "$tool" >/dev/null || {
		echo "mkpki.sh: $tool is missing: install it" >&2
		exit 1
	}
done
work=$(mktemp -d)
rm -f -- *.der *.efi *.p7s
trap 'rm -rf "$work"' EXIT INT TERM
days=36500

key() { # NAME OPENSSL-GENPKEY-OPTIONS...
	name=$1
	shift
	openssl genpkey "$@" -out "$work/$name.key" 2>/dev/null
}

# NAME ISSUER SUBJECT EXTENSIONS OPTIONS...: a certificate, as PEM in the work
# folder and as DER here.
cert() {
	name=$1 issuer=$2 subject=$3
	printf '%s\n' "$4" >"$work/ext"
	shift 4
	openssl req -new -key "$work/$name.key" -utf8 -subj "$subject" \
		-out "$work/req"
	if [ "$issuer" = "$name" ]; then
		set -- -signkey "$work/$name.key" "$@"
	else
		set -- -CA "$work/$issuer.pem" -CAkey "$work/$issuer.key" "$@"
	fi
	[ -z "$(cat "$work/ext")" ] || set -- -extfile "$work/ext" "$@"
	openssl x509 -req -in "$work/req" -days "$days" -set_serial 0x80f1e2d3 \
		"$@" -out "$work/$name.pem" 2>/dev/null
	openssl x509 -in "$work/$name.pem" -outform DER -out "$name.der"
}

ca='basicConstraints = critical, CA:TRUE, pathlen:1
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash'
leaf='basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = codeSigning'

key ca -algorithm RSA -pkeyopt rsa_keygen_bits:2048
cert ca ca '/O=keelboot/CN=keelboot test CA' "$ca" -sha256
key rsa -algorithm RSA -pkeyopt rsa_keygen_bits:2048
cert rsa ca '/O=keelboot/CN=RSA signer' "$leaf" -sha256
for curve in 256 384 521; do
	key "p$curve" -algorithm EC -pkeyopt "ec_paramgen_curve:P-$curve" \
		-pkeyopt ec_param_enc:named_curve
done
cert p256 p256 '/CN=P-256 signer' "$leaf" -sha256
cert p384 p384 '/CN=P-384 signer' "$leaf" -sha384
cert p521 p521 '/CN=P-521 signer' "$leaf" -sha512
key ed25519 -algorithm ED25519
cert ed25519 ed25519 '/CN=Ed25519' "$leaf"
key v1 -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
	-pkeyopt ec_param_enc:named_curve
cert v1 v1 '/O=an organization' '' -sha1

PYTHONDONTWRITEBYTECODE=1 python3 - "$work/plain.efi" <<'END'
import sys
sys.path.insert(0, "../../fuzz")
import mkcorpus
with open(sys.argv[1], "wb") as out:
    out.write(mkcorpus.pe(mkcorpus.X86, [(".text", b"\xcc" * 0x30),
                                         (".data", b"data")], dirs=16))
END

sbsign --key "$work/rsa.key" --cert "$work/rsa.pem" \
	--output sbsign.efi "$work/plain.efi" 2>/dev/null
# a second one, beside the first
sbsign --key "$work/ca.key" --cert "$work/ca.pem" \
	--output sbsign-twice.efi sbsign.efi 2>/dev/null
osslsigncode sign -h sha384 -ph -n 'a name' -key "$work/p384.key" \
	-certs "$work/p384.pem" -in "$work/plain.efi" \
	-out osslsigncode.efi >/dev/null
mkdir "$work/nss"
certutil -N -d "sql:$work/nss" --empty-password
openssl pkcs12 -export -passout pass: -inkey "$work/rsa.key" \
	-in "$work/rsa.pem" -name signer -out "$work/rsa.p12"
pk12util -i "$work/rsa.p12" -d "sql:$work/nss" -W '' >/dev/null
pesign -n "sql:$work/nss" -c signer -s -i "$work/plain.efi" -o pesign.efi

printf 'what is signed\n' >"$work/content"
openssl cms -sign -binary -md sha512 -signer "$work/p521.pem" \
	-inkey "$work/p521.key" -in "$work/content" -outform DER \
	-out detached.p7s
openssl cms -sign -binary -nodetach -md sha256 -signer "$work/rsa.pem" \
	-inkey "$work/rsa.key" -in "$work/content" -outform DER \
	-out attached.p7s
cp "$work/plain.efi" .
