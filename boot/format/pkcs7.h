/*
 * PKCS#7 / CMS SignedData (RFC 2315, RFC 5652), the subset that Authenticode
 * and detached signatures use: one signer, signed attributes, certificates
 * beside it. Strict DER: what one reader could take for something else is
 * refused.
 *
 * Spans point into the bytes that were parsed.
 */
#ifndef KEELBOOT_FORMAT_PKCS7_H
#define KEELBOOT_FORMAT_PKCS7_H

#include "format/x509.h"

#define PKCS7_SIZE_MAX	(256U << 10)
#define PKCS7_CERTS_MAX 16

enum pkcs7_content {
	PKCS7_CONTENT_OTHER = 0,
	PKCS7_CONTENT_DATA, /* 1.2.840.113549.1.7.1 */
	PKCS7_CONTENT_SPC,  /* 1.3.6.1.4.1.311.2.1.4, SpcIndirectData */
};

struct pkcs7_view {
	struct span der; /* the ContentInfo or bare SignedData itself, without
			  * what follows it */
	enum pkcs7_content content_kind;
	bool is_detached;    /* no content inside */
	struct span content; /* what messageDigest is over: the content octets
			      * of the [0] element's inner value, without its
			      * own tag and length */
	enum digest_kind digest; /* the only one of digestAlgorithms, and the
				  * signer's */
	uint32_t cert_count;
	struct span certs[PKCS7_CERTS_MAX]; /* whole DER each, not parsed */

	/* the one SignerInfo */
	struct span signer_issuer; /* Name, with tag and length */
	struct span signer_serial; /* content octets */
	struct span attributes; /* signed attributes as stored: the first byte
				 * is 0xa0 and is hashed as 0x31 (SET OF) */
	struct span message_digest;	 /* digest_len(digest) bytes */
	struct x509_algorithm algorithm; /* of the signature; an rsaEncryption
					  * OID takes the digest above */
	struct span signature;
};

/*
 * bytes start with the DER of a ContentInfo (or of a bare SignedData, as EDK2
 * takes it too); it may be followed by what *ret_used says is not its own: the
 * caller decides about that (padding of a WIN_CERTIFICATE, nothing at all for a
 * detached signature). Unsigned attributes (timestamps, nested signatures) are
 * passed over; they carry no trust.
 *
 * Checked here, one E_PKCS7_… each: versions, exactly one digestAlgorithm of
 * the SHA-2 family and the signer's equal to it, exactly one SignerInfo with
 * issuerAndSerialNumber, signed attributes present with exactly one contentType
 * (equal to the content's) and one messageDigest of the right length, no CRLs
 * that could be mistaken, nothing after the last field.
 */
MUST_USE enum status pkcs7_parse(struct span bytes, struct pkcs7_view *ret,
				 size_t *ret_used, struct error *err);

/*
 * SpcIndirectDataContent (Authenticode_PE.docx, section
 * "SpcIndirectDataContent"): content is pkcs7_view.content. Gives the digest of
 * the image that was signed. The page hashes and monikers in its first part are
 * not interpreted. Errors: E_SPC_… .
 */
struct spc_digest {
	enum digest_kind kind;
	struct span digest; /* digest_len(kind) bytes */
};

MUST_USE enum status spc_parse(struct span content, struct spc_digest *ret,
			       struct error *err);

#endif
