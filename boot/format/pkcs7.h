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
 * Errors, besides those of der.h and E_ALGORITHM_PARAMETERS:
 * E_PKCS7_TOO_LARGE       more than PKCS7_SIZE_MAX bytes
 * E_PKCS7_KIND            a ContentInfo of something but SignedData
 * E_PKCS7_VERSION         of SignedData, not 1 or 3
 * E_PKCS7_NO_DIGEST, E_PKCS7_DIGESTS   0 or several digestAlgorithms
 * E_PKCS7_DIGEST          a digestAlgorithm that is not of the SHA-2 family
 * E_PKCS7_CERT_KIND       something but an X.509 certificate among them
 * E_PKCS7_CERTS           more than PKCS7_CERTS_MAX
 * E_PKCS7_CRLS            revocation lists inside, which nothing would obey
 * E_PKCS7_NO_SIGNER, E_PKCS7_SIGNERS   0 or several SignerInfos
 * E_PKCS7_SIGNER_ID       named by a key identifier, not issuer and serial
 * E_PKCS7_SIGNER_VERSION  not 1
 * E_PKCS7_DIGEST_DIFFERS  the signer's digestAlgorithm from the other one
 * E_PKCS7_NO_ATTRIBUTES   no signed attributes
 * E_PKCS7_NO_CONTENT_TYPE, E_PKCS7_CONTENT_TYPE_TWICE
 * E_PKCS7_CONTENT_TYPE_DIFFERS   from the type of the content
 * E_PKCS7_NO_MESSAGE_DIGEST, E_PKCS7_MESSAGE_DIGEST_TWICE
 * E_PKCS7_MESSAGE_DIGEST_LENGTH  is not that of the digest algorithm
 * E_PKCS7_SIGNATURE_DIGEST  the signature algorithm names another digest
 */
MUST_USE enum status pkcs7_parse(struct span bytes, struct pkcs7_view *ret,
				 size_t *ret_used, struct error *err);

/*
 * SpcIndirectDataContent (Authenticode_PE.docx, section
 * "SpcIndirectDataContent"): content is pkcs7_view.content. Gives the digest of
 * the image that was signed. The page hashes and monikers in its first part are
 * not interpreted. Errors, besides those of der.h and E_ALGORITHM_PARAMETERS:
 * E_SPC_KIND (it is not for a PE image), E_SPC_DIGEST (not of the SHA-2
 * family), E_SPC_DIGEST_LENGTH.
 */
struct spc_digest {
	enum digest_kind kind;
	struct span digest; /* digest_len(kind) bytes */
};

MUST_USE enum status spc_parse(struct span content, struct spc_digest *ret,
			       struct error *err);

#endif
