/*
 * Private keys as openssl writes them, in DER: PKCS#8 (RFC 5958), and the
 * older RSAPrivateKey (RFC 8017, A.1.2) and ECPrivateKey (RFC 5915) of their
 * own.
 *
 * Spans point into the bytes that were parsed. No sentence has any of them.
 */
#ifndef KEELBOOT_FORMAT_PRIVATE_KEY_H
#define KEELBOOT_FORMAT_PRIVATE_KEY_H

#include "format/x509.h"

/* Numbers without leading zeros, but for scalar, which is as long as the
 * curve's. */
struct private_key {
	enum x509_key_kind kind; /* RSA or EC */
	struct span modulus, exponent;
	struct span primes[2], exponents[2], coefficient;
	enum x509_curve curve;
	struct span scalar;
};

/*
 * Errors, besides those of der.h and E_ALGORITHM_PARAMETERS:
 * E_PRIVATE_KEY_FORM     none of the three
 * E_PRIVATE_KEY_VERSION  not the version that form has: more than two primes
 * E_PRIVATE_KEY_KIND     neither RSA nor EC on P-256, P-384 or P-521
 * E_PRIVATE_KEY_ZERO     an RSA number of 0
 * E_PRIVATE_KEY_SCALAR   a scalar of another length than the curve's
 */
MUST_USE enum status private_key_parse(struct span der, struct private_key *ret,
				       struct error *err);

#endif
