/*
 * One call of signature_check() that a test may change in every part, and the
 * vectors it starts from.
 */
#ifndef KEELBOOT_TESTS_UNIT_SIGNATURE_BENCH_H
#define KEELBOOT_TESTS_UNIT_SIGNATURE_BENCH_H

#include "test.h"
#include "trust/digest.h"
#include "trust/signature.h"

#include "signature_vectors.h"

#define BYTES_MAX 528

/* Bytes of a vector that a test may change. */
struct bytes {
	size_t len;
	uint8_t at[BYTES_MAX];
};

struct vector {
	enum x509_key_kind kind;
	enum x509_curve curve;
	enum digest_kind digest;
	const char *key; /* modulus or point */
	const char *exponent;
	const char *signature;
};

static const struct vector vectors[] = {
	{ X509_KEY_RSA, 0, DIGEST_SHA256, rsa2048_modulus, "010001",
	  rsa2048_sha256 },
	{ X509_KEY_RSA, 0, DIGEST_SHA384, rsa2048_modulus, "010001",
	  rsa2048_sha384 },
	{ X509_KEY_RSA, 0, DIGEST_SHA512, rsa2048_modulus, "010001",
	  rsa2048_sha512 },
	{ X509_KEY_RSA, 0, DIGEST_SHA256, rsa3072_modulus, "010001",
	  rsa3072_sha256 },
	{ X509_KEY_RSA, 0, DIGEST_SHA256, rsa4096_modulus, "010001",
	  rsa4096_sha256 },
	{ X509_KEY_RSA, 0, DIGEST_SHA256, rsa2048_e3_modulus, "03",
	  rsa2048_e3_sha256 },
	{ X509_KEY_EC, X509_CURVE_P256, DIGEST_SHA256, p256_point, "",
	  p256_sha256 },
	{ X509_KEY_EC, X509_CURVE_P256, DIGEST_SHA384, p256_point, "",
	  p256_sha384 },
	{ X509_KEY_EC, X509_CURVE_P256, DIGEST_SHA512, p256_point, "",
	  p256_sha512 },
	{ X509_KEY_EC, X509_CURVE_P384, DIGEST_SHA256, p384_point, "",
	  p384_sha256 },
	{ X509_KEY_EC, X509_CURVE_P384, DIGEST_SHA384, p384_point, "",
	  p384_sha384 },
	{ X509_KEY_EC, X509_CURVE_P384, DIGEST_SHA512, p384_point, "",
	  p384_sha512 },
	{ X509_KEY_EC, X509_CURVE_P521, DIGEST_SHA256, p521_point, "",
	  p521_sha256 },
	{ X509_KEY_EC, X509_CURVE_P521, DIGEST_SHA384, p521_point, "",
	  p521_sha384 },
	{ X509_KEY_EC, X509_CURVE_P521, DIGEST_SHA512, p521_point, "",
	  p521_sha512 },
};

/* One call of signature_check(), every part of which a test may change. */
struct bench {
	struct x509_algorithm algorithm;
	enum x509_key_kind kind;
	enum x509_curve curve;
	struct bytes key, exponent, signature;
	uint8_t digest[DIGEST_MAX];
};

static inline struct bytes from_hex(const char *hex)
{
	struct bytes b = { .len = strlen(hex) / 2 };

	assert_true(b.len <= BYTES_MAX);
	for (size_t i = 0; i < b.len; i++) {
		char two[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		b.at[i] = (uint8_t)strtoul(two, NULL, 16);
	}
	return b;
}

static inline struct bench bench_of(const struct vector *v)
{
	struct bench b = {
		.algorithm = { .kind = v->kind, .digest = v->digest },
		.kind = v->kind,
		.curve = v->curve,
		.key = from_hex(v->key),
		.exponent = from_hex(v->exponent),
		.signature = from_hex(v->signature),
	};

	digest_of(v->digest, span_of_text("keelboot"), b.digest);
	return b;
}

/* In allocations of exactly their length, so that an overrun shows. */
static inline enum status check(const struct bench *b, struct error *err)
{
	_drop_copy_ struct span key = test_copy(span_of(b->key.at, b->key.len));
	_drop_copy_ struct span exponent =
		test_copy(span_of(b->exponent.at, b->exponent.len));
	_drop_copy_ struct span signature =
		test_copy(span_of(b->signature.at, b->signature.len));
	struct x509_key k = { .kind = b->kind, .curve = b->curve };

	if (b->kind == X509_KEY_RSA) {
		k.modulus = key;
		k.exponent = exponent;
	} else {
		k.point = key;
	}
	return signature_check(&k, b->algorithm, b->digest, signature, err);
}

static inline void refuses(enum status want, const struct bench *b)
{
	struct error err;

	assert_refused(want, &err, check(b, &err));
}

static inline struct bench rsa_bench(void)
{
	return bench_of(&vectors[0]);
}

static inline struct bench p256_bench(void)
{
	return bench_of(&vectors[6]);
}

static inline struct bench p521_bench(void)
{
	return bench_of(&vectors[14]);
}

#endif
