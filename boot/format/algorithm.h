/*
 * AlgorithmIdentifiers (RFC 5280, 4.1.1.2) of digests and signatures, as
 * certificates and PKCS#7 both have them. The names are those of RFC 8017
 * (RSA), RFC 5758 (ECDSA) and RFC 5754 (SHA-2 in CMS).
 */
#ifndef KEELBOOT_FORMAT_ALGORITHM_H
#define KEELBOOT_FORMAT_ALGORITHM_H

#include "format/der.h"
#include "format/x509.h"

#define OID_RSA_ENCRYPTION "1.2.840.113549.1.1.1"
#define OID_EC_PUBLIC_KEY  "1.2.840.10045.2.1"

/* The end of an AlgorithmIdentifier whose parameters are absent or NULL;
 * E_ALGORITHM_PARAMETERS for any other. */
void algorithm_take_null_or_nothing(struct der *algorithm, const char *what);

/*
 * A digest algorithm of the SHA-2 family; parameters are absent or NULL (RFC
 * 5754, 2: both must be taken). unknown is the failure for any other digest;
 * E_ALGORITHM_PARAMETERS for any other parameters.
 */
enum digest_kind algorithm_take_digest(struct der *d, enum status unknown,
				       const char *what);

/*
 * A signature algorithm. rsaEncryption says nothing of the digest: digest is 0
 * then. What is not taken gives a kind of X509_KEY_OTHER.
 *
 * E_ALGORITHM_PARAMETERS: parameters that are neither absent nor NULL for RSA,
 * or not absent for ECDSA (RFC 5758, 3.2).
 */
struct x509_algorithm algorithm_take_signature(struct der *d, const char *what);

/* A named curve (RFC 5480, 2.1.1.1) and how many bytes a number of it has;
 * X509_CURVE_NONE and 0 for any other. */
enum x509_curve algorithm_curve(const struct oid *oid, size_t *ret_number_len);

#endif
