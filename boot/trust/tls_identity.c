#include "trust/tls_parts.h"

#include "base/own.h"
#include "format/pem.h"
#include "format/private_key.h"
#include "trust/digest.h"
#include "trust/signature.h"

#include <string.h>

/* Room that BearSSL wants for any ECDSA signature in DER: P-521's. */
#define ECDSA_ASN1_MAX 139

void tls_identity_drop(struct tls_identity **identity)
{
	if (!*identity)
		return;
	if ((*identity)->block)
		explicit_bzero((*identity)->block, (*identity)->block_len);
	free((*identity)->block);
	free(*identity);
	*identity = NULL;
}

/* --- signing -------------------------------------------------------------- */

static size_t sign_rsa(const struct tls_identity *identity, int hash,
		       const uint8_t *digest, uint8_t *to, size_t room)
{
	static const unsigned char *const oids[] = {
		[br_sha256_ID] = BR_HASH_OID_SHA256,
		[br_sha384_ID] = BR_HASH_OID_SHA384,
		[br_sha512_ID] = BR_HASH_OID_SHA512,
	};
	static const size_t lens[] = {
		[br_sha256_ID] = br_sha256_SIZE,
		[br_sha384_ID] = br_sha384_SIZE,
		[br_sha512_ID] = br_sha512_SIZE,
	};
	size_t len = (identity->rsa.n_bitlen + 7) / 8;

	if (len > room || !br_rsa_i31_pkcs1_sign(oids[hash], digest, lens[hash],
						 &identity->rsa, to))
		return 0;
	return len;
}

size_t tls_identity_sign(const struct tls_identity *identity, int hash,
			 const uint8_t *digest, uint8_t *to, size_t room)
{
	static const br_hash_class *const classes[] = {
		[br_sha256_ID] = &br_sha256_vtable,
		[br_sha384_ID] = &br_sha384_vtable,
		[br_sha512_ID] = &br_sha512_vtable,
	};

	if (hash < br_sha256_ID || hash > br_sha512_ID)
		return 0;
	if (identity->kind == X509_KEY_RSA)
		return sign_rsa(identity, hash, digest, to, room);
	if (room < ECDSA_ASN1_MAX)
		return 0;
	return br_ecdsa_i31_sign_asn1(&br_ec_prime_i31, classes[hash], digest,
				      &identity->ec, to);
}

/* --- reading -------------------------------------------------------------- */

/* What of the block is still free. */
struct room {
	uint8_t *at;
	size_t left;
};

static uint8_t *take_room(struct room *room, size_t len)
{
	uint8_t *at = room->at;

	room->at += len;
	room->left -= len;
	return at;
}

static bool is_der(struct span file)
{
	return file.len && file.ptr[0] == 0x30;
}

static enum status add_certificate(struct tls_identity *identity, uint8_t *der,
				   size_t len, struct error *err)
{
	struct x509_view view;
	enum status s = x509_parse(span_of(der, len), &view, err);

	if (s != OK)
		return fail_in(err, s, "certificate %zu", identity->count + 1);
	if (identity->count == IDENTITY_CERTS_MAX)
		return fail(err, E_TLS_ID_MANY,
			    "there are more than %d certificates",
			    IDENTITY_CERTS_MAX);
	identity->chain[identity->count++] =
		(br_x509_certificate){ .data = der, .data_len = len };
	return OK;
}

static enum status read_pem_certificates(struct tls_identity *identity,
					 struct span file, struct room *room,
					 struct error *err)
{
	struct pem_block block;
	struct display label;
	bool found = true;
	enum status s = OK;

	while (s == OK) {
		s = pem_next(&file, room->at, room->left, &block, &found, err);
		if (s != OK || !found)
			break;
		label = display_of(block.label);
		if (!span_equal_text(block.label, "CERTIFICATE"))
			return fail(err, E_TLS_ID_LABEL,
				    "there is a '%s' among the certificates",
				    label.text);
		s = add_certificate(identity, take_room(room, block.der.len),
				    block.der.len, err);
	}
	return s;
}

static enum status read_certificates(struct tls_identity *identity,
				     struct span file, struct room *room,
				     struct error *err)
{
	enum status s;

	if (is_der(file)) {
		uint8_t *copy = take_room(room, file.len);

		memcpy(copy, file.ptr, file.len);
		s = add_certificate(identity, copy, file.len, err);
	} else {
		s = read_pem_certificates(identity, file, room, err);
	}
	if (s == OK && !identity->count)
		s = fail(err, E_TLS_ID_NONE,
			 "there is no certificate in the %zu bytes", file.len);
	return s;
}

/* The first block that is a key; openssl writes an EC key's curve before it. */
static enum status find_pem_key(struct span file, struct room *room,
				struct span *ret, struct error *err)
{
	struct pem_block block;
	struct display label;
	bool found = true;
	enum status s;

	do {
		s = pem_next(&file, room->at, room->left, &block, &found, err);
		if (s != OK)
			return s;
		if (!found)
			return fail(err, E_TLS_ID_KEY,
				    "there is no private key in it");
	} while (span_equal_text(block.label, "EC PARAMETERS"));
	label = display_of(block.label);
	if (!span_equal_text(block.label, "PRIVATE KEY") &&
	    !span_equal_text(block.label, "RSA PRIVATE KEY") &&
	    !span_equal_text(block.label, "EC PRIVATE KEY"))
		return fail(err, E_TLS_ID_KEY,
			    "it is a '%s'; a private key that is not encrypted "
			    "is needed, as there is nobody to type a password",
			    label.text);
	*ret = span_of(take_room(room, block.der.len), block.der.len);
	return OK;
}

/* BearSSL takes no const; the bytes are in our block. */
static unsigned char *own(const struct tls_identity *identity, struct span part)
{
	return identity->block + (part.ptr - identity->block);
}

static void keep_key(struct tls_identity *identity,
		     const struct private_key *key, uint32_t bits)
{
	identity->kind = key->kind;
	if (key->kind == X509_KEY_EC) {
		identity->ec = (br_ec_private_key){
			.curve = tls_curve(key->curve),
			.x = own(identity, key->scalar),
			.xlen = key->scalar.len,
		};
		return;
	}
	identity->rsa = (br_rsa_private_key){
		.n_bitlen = bits,
		.p = own(identity, key->primes[0]),
		.plen = key->primes[0].len,
		.q = own(identity, key->primes[1]),
		.qlen = key->primes[1].len,
		.dp = own(identity, key->exponents[0]),
		.dplen = key->exponents[0].len,
		.dq = own(identity, key->exponents[1]),
		.dqlen = key->exponents[1].len,
		.iq = own(identity, key->coefficient),
		.iqlen = key->coefficient.len,
	};
}

static uint32_t bit_length(struct span number)
{
	uint32_t bits = (uint32_t)number.len * 8;

	for (unsigned top = number.len ? number.ptr[0] : 0x80; !(top & 0x80);
	     top <<= 1)
		bits--;
	return bits;
}

/* Signs something, and has it checked as a server would. */
static enum status try_key(const struct tls_identity *identity,
			   const struct x509_key *public, struct error *err)
{
	const struct x509_algorithm algorithm = { identity->kind,
						  DIGEST_SHA256 };
	uint8_t signature[TLS_SIGNATURE_MAX], digest[DIGEST_MAX];
	size_t len;

	digest_of(DIGEST_SHA256, span_of_text("keelboot"), digest);
	len = tls_identity_sign(identity, br_sha256_ID, digest, signature,
				sizeof(signature));
	if (!len || signature_check(public, algorithm, digest,
				    span_of(signature, len), NULL) != OK)
		return fail(err, E_TLS_ID_DIFFERS,
			    "what the private key signs is not by the key of "
			    "the certificate");
	return OK;
}

static enum status read_key(struct tls_identity *identity, struct span der,
			    struct error *err)
{
	const br_x509_certificate *first = &identity->chain[0];
	struct private_key key;
	struct x509_view view;
	enum status s =
		x509_parse(span_of(first->data, first->data_len), &view, err);

	if (s == OK)
		s = signature_check_key(&view.key, err);
	if (s != OK)
		return fail_in(err, s, "certificate 1");
	s = private_key_parse(der, &key, err);
	if (s != OK)
		return s;
	if (key.kind != view.key.kind || key.curve != view.key.curve ||
	    !span_equal(key.modulus, view.key.modulus))
		return fail(err, E_TLS_ID_DIFFERS,
			    "the private key and the certificate's are of two "
			    "kinds, curves or moduli");
	keep_key(identity, &key, bit_length(key.modulus));
	return try_key(identity, &view.key, err);
}

static enum status read_both(struct tls_identity *identity,
			     struct span certificates, struct span key,
			     struct error *err)
{
	struct room room = { identity->block, identity->block_len };
	enum status s = read_certificates(identity, certificates, &room, err);
	struct span der;

	if (s != OK)
		return s;
	if (is_der(key)) {
		der = span_of(take_room(&room, key.len), key.len);
		memcpy(identity->block + (der.ptr - identity->block), key.ptr,
		       key.len);
	} else {
		s = find_pem_key(key, &room, &der, err);
	}
	return s == OK ? read_key(identity, der, err) : s;
}

enum status tls_identity_read(struct span certificates, struct span key,
			      struct tls_identity **ret, struct error *err)
{
	_drop_tls_identity_ struct tls_identity *identity = NULL;
	uint64_t len;
	enum status s;

	if (!add_size(certificates.len, key.len, &len) || !len)
		return fail(err, E_TLS_ID_NONE, "both files have 0 bytes");
	identity = calloc(1, sizeof(*identity));
	if (identity)
		identity->block = malloc(len);
	if (!identity || !identity->block)
		return fail(err, E_NO_MEMORY,
			    "no memory for a certificate and its key");
	identity->block_len = len;
	s = read_both(identity, certificates, key, err);
	if (s == OK)
		*ret = take_ptr(identity);
	return s;
}
