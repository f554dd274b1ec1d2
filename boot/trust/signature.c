#include "trust/signature.h"

#include "format/der.h"

#include <bearssl.h>
#include <string.h>

#define RSA_BYTES_MAX	((SIGNATURE_RSA_BITS_MAX + 7) / 8)
#define ORDER_BYTES_MAX 66 /* P-521 */

static const char *kind_name(enum x509_key_kind kind)
{
	switch (kind) {
	case X509_KEY_RSA:
		return "RSA";
	case X509_KEY_EC:
		return "ECDSA";
	case X509_KEY_OTHER:
		break;
	}
	return "an unsupported kind";
}

static enum status fail_wrong(enum x509_key_kind kind, struct error *err)
{
	return fail(err, E_SIGNATURE_WRONG,
		    "the %s signature is not that of this digest by this key",
		    kind_name(kind));
}

/* --- RSA ---------------------------------------------------------------------
 */

/* Of a number without leading zeros, which x509_key promises; one that has
 * them counts as 0 and is refused for its size. */
static size_t bits_of(struct span number)
{
	size_t bits = number.len * 8;

	if (!number.len || !number.ptr[0])
		return 0;
	for (unsigned top = number.ptr[0]; !(top & 0x80); top <<= 1)
		bits--;
	return bits;
}

static bool is_odd(struct span number)
{
	return number.len && number.ptr[number.len - 1] & 1;
}

static enum status check_rsa_key(const struct x509_key *key, struct error *err)
{
	size_t bits = bits_of(key->modulus);
	size_t exponent_bits = bits_of(key->exponent);

	if (bits < SIGNATURE_RSA_BITS_MIN || bits > SIGNATURE_RSA_BITS_MAX)
		return fail(err, E_SIGNATURE_KEY_SIZE,
			    "the RSA key has %zu bits, %d to %d are accepted",
			    bits, SIGNATURE_RSA_BITS_MIN,
			    SIGNATURE_RSA_BITS_MAX);
	if (!is_odd(key->modulus))
		return fail(err, E_SIGNATURE_MODULUS,
			    "the RSA modulus is even, it ends in the byte "
			    "0x%02x",
			    key->modulus.ptr[key->modulus.len - 1]);
	/* An odd number of two bits is 3; 1 would make every padded digest
	 * its own signature. */
	if (exponent_bits < 2 || exponent_bits > SIGNATURE_EXPONENT_BITS_MAX ||
	    !is_odd(key->exponent))
		return fail(err, E_SIGNATURE_EXPONENT,
			    "the RSA exponent has %zu bits and is %s, accepted "
			    "are odd ones from 3 to %d bits",
			    exponent_bits,
			    is_odd(key->exponent) ? "odd" : "even",
			    SIGNATURE_EXPONENT_BITS_MAX);
	return OK;
}

/* EMSA-PKCS1-v1_5 (RFC 8017, 9.2) of a digest, filling len bytes. */
static void encode_digest(enum digest_kind kind, const uint8_t *digest,
			  uint8_t *to, size_t len)
{
	/* DigestInfo's SEQUENCE, AlgorithmIdentifier and the OCTET STRING's
	 * head; the three lengths and the OID's last byte are set below. */
	uint8_t info[] = {
		0x30, 0x00, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
		0x65, 0x03, 0x04, 0x02, 0x00, 0x05, 0x00, 0x04, 0x00,
	};
	size_t hash_len = digest_len(kind);
	size_t pad = len - 3 - sizeof(info) - hash_len;

	info[1] = (uint8_t)(sizeof(info) - 2 + hash_len);
	info[14] = kind == DIGEST_SHA256 ? 1 : kind == DIGEST_SHA384 ? 2 : 3;
	info[18] = (uint8_t)hash_len;
	to[0] = 0x00;
	to[1] = 0x01;
	memset(to + 2, 0xff, pad);
	to[2 + pad] = 0x00;
	memcpy(to + 3 + pad, info, sizeof(info));
	memcpy(to + 3 + pad + sizeof(info), digest, hash_len);
}

static enum status check_rsa(const struct x509_key *key, enum digest_kind kind,
			     const uint8_t *digest, struct span signature,
			     struct error *err)
{
	/* BearSSL takes no const, but writes to neither. */
	const br_rsa_public_key public = {
		.n = (unsigned char *)(uintptr_t)key->modulus.ptr,
		.nlen = key->modulus.len,
		.e = (unsigned char *)(uintptr_t)key->exponent.ptr,
		.elen = key->exponent.len,
	};
	uint8_t opened[RSA_BYTES_MAX], want[RSA_BYTES_MAX];
	enum status s = check_rsa_key(key, err);

	if (s != OK)
		return s;
	if (signature.len != key->modulus.len)
		return fail(err, E_SIGNATURE_LENGTH,
			    "the RSA signature has %zu bytes, its key %zu",
			    signature.len, key->modulus.len);
	memcpy(opened, signature.ptr, signature.len);
	encode_digest(kind, digest, want, signature.len);
	if (!br_rsa_i31_public(opened, signature.len, &public) ||
	    memcmp(opened, want, signature.len) != 0)
		return fail_wrong(X509_KEY_RSA, err);
	return OK;
}

/* --- ECDSA -------------------------------------------------------------------
 */

static int curve_of(enum x509_curve curve)
{
	switch (curve) {
	case X509_CURVE_P256:
		return BR_EC_secp256r1;
	case X509_CURVE_P384:
		return BR_EC_secp384r1;
	case X509_CURVE_P521:
		return BR_EC_secp521r1;
	case X509_CURVE_NONE:
		break;
	}
	return 0;
}

static enum status check_point(const struct x509_key *key, int curve,
			       struct error *err)
{
	size_t len = 0;

	if (curve)
		br_ec_prime_i31.generator(curve, &len);
	if (!curve || key->point.len != len || key->point.ptr[0] != 0x04)
		return fail(err, E_SIGNATURE_POINT,
			    "the EC key has %zu bytes and starts with 0x%02x, "
			    "an uncompressed point of its curve has %zu and "
			    "starts with 0x04",
			    key->point.len,
			    key->point.len ? key->point.ptr[0] : 0, len);
	return OK;
}

/* Ecdsa-Sig-Value (RFC 3279, 2.2.3); empty for a number that is 0. */
static enum status read_pair(struct span signature, struct span *ret_r,
			     struct span *ret_s, struct error *err)
{
	struct der_source source;
	struct error why;
	struct der all = der_over(&source, signature, &why);
	struct der pair = der_enter(&all, DER_SEQUENCE, "the signature");

	*ret_r = der_natural(&pair, "r");
	*ret_s = der_natural(&pair, "s");
	der_end(&pair, "s");
	der_end(&all, "the signature");
	if (!der_ok(&all))
		return fail(err, E_SIGNATURE_DER, "the ECDSA signature: %s",
			    why.text);
	return OK;
}

/* Writes a number from 1 to n - 1 with as many bytes as n has. */
static bool put_number(struct span number, struct span order, uint8_t *to)
{
	if (!number.len || number.len > order.len)
		return false;
	memset(to, 0, order.len - number.len);
	memcpy(to + order.len - number.len, number.ptr, number.len);
	return memcmp(to, order.ptr, order.len) < 0;
}

static enum status check_ecdsa(const struct x509_key *key,
			       enum digest_kind kind, const uint8_t *digest,
			       struct span signature, struct error *err)
{
	int curve = curve_of(key->curve);
	const br_ec_public_key public = {
		.curve = curve,
		.q = (unsigned char *)(uintptr_t)key->point.ptr,
		.qlen = key->point.len,
	};
	uint8_t raw[2 * ORDER_BYTES_MAX];
	enum status status = check_point(key, curve, err);
	struct span order, r, s;

	if (status != OK)
		return status;
	status = read_pair(signature, &r, &s, err);
	if (status != OK)
		return status;
	order.ptr = br_ec_prime_i31.order(curve, &order.len);
	if (!put_number(r, order, raw) ||
	    !put_number(s, order, raw + order.len))
		return fail(err, E_SIGNATURE_RANGE,
			    "the ECDSA signature's numbers have %zu and %zu "
			    "bytes and are not both from 1 to n - 1, where n "
			    "has %zu",
			    r.len, s.len, order.len);
	if (!br_ecdsa_i31_vrfy_raw(&br_ec_prime_i31, digest, digest_len(kind),
				   &public, raw, 2 * order.len))
		return fail_wrong(X509_KEY_EC, err);
	return OK;
}

/* --- both --------------------------------------------------------------------
 */

enum status signature_check_key(const struct x509_key *key, struct error *err)
{
	switch (key->kind) {
	case X509_KEY_RSA:
		return check_rsa_key(key, err);
	case X509_KEY_EC:
		return check_point(key, curve_of(key->curve), err);
	case X509_KEY_OTHER:
		break;
	}
	return fail(err, E_SIGNATURE_ALGORITHM,
		    "the key is of %s; known are RSA and EC on P-256, P-384 "
		    "and P-521",
		    kind_name(key->kind));
}

enum status signature_check(const struct x509_key *key,
			    struct x509_algorithm algorithm,
			    const uint8_t digest[static DIGEST_MAX],
			    struct span signature, struct error *err)
{
	if (algorithm.kind == X509_KEY_OTHER || algorithm.kind != key->kind)
		return fail(err, E_SIGNATURE_ALGORITHM,
			    "the signature is %s, the key %s",
			    kind_name(algorithm.kind), kind_name(key->kind));
	if (!digest_len(algorithm.digest))
		return fail(err, E_SIGNATURE_ALGORITHM,
			    "the signature is over an %s",
			    digest_name(algorithm.digest));
	if (key->kind == X509_KEY_RSA)
		return check_rsa(key, algorithm.digest, digest, signature, err);
	return check_ecdsa(key, algorithm.digest, digest, signature, err);
}
