/*
 * One signature over one digest, with one public key, by BearSSL.
 *
 * What BearSSL takes more than one form of is checked strictly before it: an
 * ECDSA signature must be the DER of RFC 3279 (minimal lengths and integers,
 * positive, nothing after it), an RSA signature exactly as long as the modulus.
 */
#ifndef KEELBOOT_TRUST_SIGNATURE_H
#define KEELBOOT_TRUST_SIGNATURE_H

#include "format/x509.h"

#define SIGNATURE_RSA_BITS_MIN 2048
#define SIGNATURE_RSA_BITS_MAX 4096

/*
 * Errors: E_SIGNATURE_ALGORITHM (kind OTHER, or not the key's kind),
 * E_SIGNATURE_KEY_SIZE (RSA outside of 2048 to 4096 bits),
 * E_SIGNATURE_EXPONENT (even, below 3 or above 64 bits), E_SIGNATURE_LENGTH,
 * E_SIGNATURE_DER (ECDSA), E_SIGNATURE_WRONG (well formed, but not over this
 * digest by this key).
 */
MUST_USE enum status signature_check(const struct x509_key *key,
				     struct x509_algorithm algorithm,
				     const uint8_t digest[static DIGEST_MAX],
				     struct span signature, struct error *err);

#endif
