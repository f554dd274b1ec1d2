#include "format/algorithm.h"

/* What is only known to be named in a refusal. */
#define NO_DIGEST ((enum digest_kind)0)

static const struct {
	const char *oid, *name;
	enum digest_kind digest;
} digests[] = {
	{ "2.16.840.1.101.3.4.2.1", "SHA-256", DIGEST_SHA256 },
	{ "2.16.840.1.101.3.4.2.2", "SHA-384", DIGEST_SHA384 },
	{ "2.16.840.1.101.3.4.2.3", "SHA-512", DIGEST_SHA512 },
	{ "1.3.14.3.2.26", "SHA-1", NO_DIGEST },
	{ "1.2.840.113549.2.5", "MD5", NO_DIGEST },
};

static const struct {
	const char *oid;
	struct x509_algorithm algorithm;
} signatures[] = {
	{ OID_RSA_ENCRYPTION, { X509_KEY_RSA, NO_DIGEST } },
	{ "1.2.840.113549.1.1.11", { X509_KEY_RSA, DIGEST_SHA256 } },
	{ "1.2.840.113549.1.1.12", { X509_KEY_RSA, DIGEST_SHA384 } },
	{ "1.2.840.113549.1.1.13", { X509_KEY_RSA, DIGEST_SHA512 } },
	{ "1.2.840.10045.4.3.2", { X509_KEY_EC, DIGEST_SHA256 } },
	{ "1.2.840.10045.4.3.3", { X509_KEY_EC, DIGEST_SHA384 } },
	{ "1.2.840.10045.4.3.4", { X509_KEY_EC, DIGEST_SHA512 } },
};

void algorithm_take_null_or_nothing(struct der *algorithm, const char *what)
{
	if (der_next_is(algorithm, DER_NULL))
		der_null(algorithm, what);
	if (der_more(algorithm))
		der_fail(algorithm, E_ALGORITHM_PARAMETERS,
			 "%s has parameters of tag 0x%02x, they should be "
			 "absent or NULL",
			 what, algorithm->c.all.ptr[algorithm->c.at]);
}

static void take_nothing(struct der *algorithm, const char *what)
{
	if (der_more(algorithm))
		der_fail(algorithm, E_ALGORITHM_PARAMETERS,
			 "%s has parameters of tag 0x%02x, ECDSA has none",
			 what, algorithm->c.all.ptr[algorithm->c.at]);
}

enum digest_kind algorithm_take_digest(struct der *d, enum status unknown,
				       const char *what)
{
	struct der algorithm = der_enter(d, DER_SEQUENCE, what);
	struct oid oid = der_oid(&algorithm, what);
	const char *name = "unknown";

	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++) {
		if (!oid_is(&oid, digests[i].oid))
			continue;
		name = digests[i].name;
		if (!digests[i].digest)
			break;
		algorithm_take_null_or_nothing(&algorithm, what);
		return digests[i].digest;
	}
	der_fail(d, unknown,
		 "%s is %s (%s), taken are SHA-256, SHA-384 and SHA-512", what,
		 oid.text, name);
	return NO_DIGEST;
}

struct x509_algorithm algorithm_take_signature(struct der *d, const char *what)
{
	struct der algorithm = der_enter(d, DER_SEQUENCE, what);
	struct oid oid = der_oid(&algorithm, what);

	for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]);
	     i++) {
		if (!oid_is(&oid, signatures[i].oid))
			continue;
		if (signatures[i].algorithm.kind == X509_KEY_RSA)
			algorithm_take_null_or_nothing(&algorithm, what);
		else
			take_nothing(&algorithm, what);
		return signatures[i].algorithm;
	}
	/* What belongs to an algorithm that is not taken is its own affair. */
	if (der_more(&algorithm))
		der_any(&algorithm, what);
	der_end(&algorithm, what);
	return (struct x509_algorithm){ X509_KEY_OTHER, NO_DIGEST };
}

enum x509_curve algorithm_curve(const struct oid *oid, size_t *ret_number_len)
{
	static const struct {
		const char *oid;
		enum x509_curve curve;
		size_t number_len;
	} curves[] = {
		{ "1.2.840.10045.3.1.7", X509_CURVE_P256, 32 },
		{ "1.3.132.0.34", X509_CURVE_P384, 48 },
		{ "1.3.132.0.35", X509_CURVE_P521, 66 },
	};

	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
		if (!oid_is(oid, curves[i].oid))
			continue;
		*ret_number_len = curves[i].number_len;
		return curves[i].curve;
	}
	*ret_number_len = 0;
	return X509_CURVE_NONE;
}
