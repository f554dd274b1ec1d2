/*
 * From a TLS server's certificate to a pinned CA (RFC 5280, section 6; RFC
 * 9525): the certificates the server sent, in any order and with others among
 * them, the name it was asked for, and the clock, if there is one.
 *
 * Any KEYRING_TLS_CERT is an anchor: a root, an intermediate, or the server's
 * own certificate. An anchor is judged like any other certificate, its dates
 * too. Whoever issues must be a CA by its basicConstraints and keyUsage, for
 * servers where it is limited to purposes, and for this name where it is
 * limited to names; a critical extension that is not understood refuses. The
 * commonName is not looked at. Revocation (CRL, OCSP, dbx) is not asked: there
 * is no network yet, and a pinned CA is taken out of the image.
 */
#ifndef KEELBOOT_TRUST_TLS_CHAIN_H
#define KEELBOOT_TRUST_TLS_CHAIN_H

#include "base/text.h"
#include "format/x509.h"
#include "trust/keyring.h"
#include "trust/tls_names.h"

/* Certificates of a server, and their bytes. Real ones send two or three. */
#define TLS_CERTS_MAX	    10
#define TLS_CERTS_BYTES_MAX (32U << 10)

/*
 * now is seconds since 1970. Where the clock is not known it is a time that
 * has certainly passed, such as the build's: then a certificate that had
 * expired by then is refused, and nothing else about its dates can be said.
 */
struct tls_clock {
	bool is_known;
	int64_t now;
};

struct tls_chain_question {
	uint32_t count; /* the server's own comes first */
	struct span certs[TLS_CERTS_MAX];
	const struct keyring *keyring;
	const struct tls_name *server;
	struct tls_clock clock;
};

struct tls_chain_answer {
	struct x509_view leaf; /* points into the question's certificates */
	struct display subject, anchor;
};

/*
 * Each sentence names the certificate. Errors, besides those of reading the
 * server's own certificate (E_DER_…, E_X509_…, E_SIGNATURE_… of its key):
 * E_TLS_CERT_NONE         the server sent none
 * E_TLS_SELF_SIGNED       it is its own issuer, and not pinned
 * E_TLS_UNKNOWN_CA        its last issuer is not pinned
 * E_TLS_OTHER_KEY         an issuer by name, but the signature is not its
 * E_TLS_CERT_ALGORITHM    signed in a way that is not accepted (SHA-1, PSS, …)
 * E_TLS_CERT_CRITICAL     a critical extension that is not understood
 * E_TLS_CERT_PURPOSE      not for servers, by its extended key usage
 * E_TLS_CERT_USAGE        keyUsage forbids to sign a key exchange
 * E_TLS_NOT_A_CA, E_TLS_PATH_LEN   an issuer that may not issue (this)
 * E_TLS_EXPIRED, E_TLS_NOT_YET     the server's, or an issuer's
 * E_TLS_NAME_NONE         no subjectAltName
 * E_TLS_NAME_OTHER        for other names, which are told
 * E_TLS_NAME_FORBIDDEN    a name that an issuer may not give
 * E_TLS_TOO_DEEP          more keys to be tried than any real chain asks for
 * E_NO_MEMORY
 */
MUST_USE enum status tls_chain_judge(const struct tls_chain_question *question,
				     struct tls_chain_answer *ret,
				     struct error *err);

#endif
