/*
 * X.509 certificates (RFC 5280, DER as in X.690), as far as a chain of image
 * signers needs them. One pass over strict DER; nothing above this file reads
 * certificates again.
 *
 * Spans point into the certificate that was parsed.
 */
#ifndef KEELBOOT_FORMAT_X509_H
#define KEELBOOT_FORMAT_X509_H

#include "base/error.h"
#include "base/span.h"
#include "base/text.h"
#include "format/digest_kind.h"

/* A whole certificate; real ones have 1 to 2 KiB. */
#define X509_SIZE_MAX (16U << 10)

enum x509_key_kind { X509_KEY_OTHER = 0, X509_KEY_RSA, X509_KEY_EC };

enum x509_curve {
	X509_CURVE_NONE = 0,
	X509_CURVE_P256,
	X509_CURVE_P384,
	X509_CURVE_P521,
};

/* A SubjectPublicKeyInfo. RSA: modulus and exponent without leading zeros
 * (sizes are judged by trust/signature). EC: an uncompressed point (0x04 X Y)
 * of the curve's length. X509_KEY_OTHER: a kind that nothing here can use. */
struct x509_key {
	enum x509_key_kind kind;
	struct span modulus, exponent;
	enum x509_curve curve;
	struct span point;
};

/* How something is signed: RSA means PKCS#1 v1.5. A kind of OTHER covers
 * SHA-1, MD5, PSS and whatever else is not taken; it parses, and nothing
 * verifies with it. */
struct x509_algorithm {
	enum x509_key_kind kind;
	enum digest_kind digest; /* of kinds RSA and EC */
};

#define X509_USAGE_DIGITAL_SIGNATURE 0x01
#define X509_USAGE_CERT_SIGN	     0x20 /* bit 5: keyCertSign */

struct x509_view {
	struct span der; /* the whole certificate */
	struct span tbs; /* TBSCertificate with tag and length: what is signed,
			  * and what an X509_SHA* entry of a dbx is a hash of */
	struct span serial;	     /* the INTEGER's content octets */
	struct span issuer, subject; /* Name, with tag and length */
	struct x509_key key;
	struct x509_algorithm algorithm; /* of the signature over tbs */
	struct span signature;		 /* the BIT STRING's octets */
	int64_t not_before, not_after;	 /* seconds since 1970, UTC */
	bool is_ca;			 /* basicConstraints says so */
	bool has_path_len;
	uint32_t path_len;
	bool has_key_usage;
	uint32_t key_usage;	/* bit n of RFC 5280 is 1 << n */
	struct span extensions; /* the Extensions, one behind the other */
};

/*
 * der must be one certificate and nothing else. Unknown extensions are passed
 * over, critical ones too: what they restrict (purposes of TLS, policies) is
 * nothing an image's signer is asked for, and firmware passes over them as
 * well. What a server's are asked for is read by x509_server.h.
 *
 * Errors, besides those of der.h and E_ALGORITHM_PARAMETERS:
 * E_X509_TOO_LARGE          more than X509_SIZE_MAX bytes
 * E_X509_VERSION            the field is neither 2 nor 1 nor absent
 * E_X509_UNIQUE_ID          unique identifiers in version 1
 * E_X509_EXTENSIONS_VERSION extensions in version 1 or 2
 * E_X509_EXTENSION_TWICE    basicConstraints or keyUsage, two times
 * E_X509_PATH_LEN           a path length, and no CA
 * E_X509_RSA_ZERO           an RSA modulus or exponent of 0
 * E_X509_POINT              an EC point that is compressed or of wrong length
 * E_X509_ALGORITHMS_DIFFER  the signature algorithm, inside and outside
 */
MUST_USE enum status x509_parse(struct span der, struct x509_view *ret,
				struct error *err);

/* The text of the last commonName (else organizationName) of a Name, for
 * people; "unnamed" if it has neither. Escapes what a terminal would act on.
 */
void x509_name_text(struct span name, struct display *ret);

#endif
