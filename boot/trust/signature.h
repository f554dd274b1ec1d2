/*
 * One signature over one digest, with one public key: RSA with PKCS#1 v1.5
 * padding (RFC 8017, 8.2.2) and ECDSA (FIPS 186-5, 6.4; RFC 3279, 2.2.3), the
 * arithmetic by BearSSL.
 *
 * What BearSSL takes more than one form of is decided here, strictly: an ECDSA
 * signature must be DER (minimal lengths and integers, nothing after it) of two
 * numbers from 1 to n - 1; an RSA signature is exactly as long as the modulus,
 * and what it opens to is compared as a whole with the one encoding that RFC
 * 8017 prescribes. An AlgorithmIdentifier without its NULL, which BearSSL's own
 * comparison lets pass, is therefore refused, as OpenSSL and with it EDK2
 * refuse it.
 */
#ifndef KEELBOOT_TRUST_SIGNATURE_H
#define KEELBOOT_TRUST_SIGNATURE_H

#include "format/x509.h"

#define SIGNATURE_RSA_BITS_MIN	    2048
#define SIGNATURE_RSA_BITS_MAX	    4096
#define SIGNATURE_EXPONENT_BITS_MAX 64

/* Whether a key could verify anything at all: E_SIGNATURE_ALGORITHM,
 * E_SIGNATURE_KEY_SIZE, E_SIGNATURE_MODULUS, E_SIGNATURE_EXPONENT,
 * E_SIGNATURE_POINT, as below. */
MUST_USE enum status signature_check_key(const struct x509_key *key,
					 struct error *err);

/*
 * digest has digest_len(algorithm.digest) bytes. One that is longer than an
 * EC key's order counts with its first bits, as FIPS 186-5 has it: P-256 with
 * SHA-512 is fine.
 *
 * Errors: E_SIGNATURE_ALGORITHM (kind OTHER, not the key's kind, no digest that
 * counts), E_SIGNATURE_KEY_SIZE (RSA outside of 2048 to 4096 bits),
 * E_SIGNATURE_MODULUS (even), E_SIGNATURE_EXPONENT (even, below 3 or above 64
 * bits), E_SIGNATURE_POINT (EC: not an uncompressed point of its curve's
 * length), E_SIGNATURE_LENGTH (RSA), E_SIGNATURE_DER (ECDSA), E_SIGNATURE_RANGE
 * (ECDSA: r or s outside of 1 to n - 1), E_SIGNATURE_WRONG (well formed, but
 * not over this digest by this key; also for a point that is not on the curve).
 */
MUST_USE enum status signature_check(const struct x509_key *key,
				     struct x509_algorithm algorithm,
				     const uint8_t digest[static DIGEST_MAX],
				     struct span signature, struct error *err);

#endif
