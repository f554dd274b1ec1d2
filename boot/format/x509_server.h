/*
 * What a certificate says about servers (RFC 5280, 4.2.1): its names, the
 * purposes and names it is limited to, and whether there is a critical
 * extension that nothing here understands. A second look at the extensions of
 * a certificate that x509_parse() has taken.
 *
 * Spans point into the certificate.
 */
#ifndef KEELBOOT_FORMAT_X509_SERVER_H
#define KEELBOOT_FORMAT_X509_SERVER_H

#include "format/der.h"
#include "format/x509.h"

/* The kinds of GeneralName, by their tags (RFC 5280, 4.2.1.6). */
enum x509_name_kind {
	X509_NAME_EMAIL = DER_CONTEXT + 1,
	X509_NAME_DNS = DER_CONTEXT + 2,
	X509_NAME_DIRECTORY = DER_CONSTRUCTED + 4,
	X509_NAME_URI = DER_CONTEXT + 6,
	X509_NAME_ADDRESS = DER_CONTEXT + 7,
};

struct x509_name {
	uint8_t kind; /* a tag; any, not only those above */
	struct span value;
};

/* A list of names, to be walked with x509_names_next(). */
struct x509_names {
	struct span rest;
	bool are_subtrees; /* GeneralSubtrees, not GeneralNames */
};

struct x509_server {
	bool has_names; /* subjectAltName */
	struct x509_names names;
	bool has_purposes, is_for_servers;     /* extendedKeyUsage */
	struct x509_names permitted, excluded; /* nameConstraints */
	bool has_unknown;   /* a critical extension not understood */
	struct oid unknown; /* the first one */
};

/*
 * Understood are basicConstraints, keyUsage, subjectAltName, extendedKeyUsage,
 * nameConstraints and certificatePolicies (which, when nobody asks for one,
 * limit nothing). anyExtendedKeyUsage counts as for servers.
 *
 * Errors, besides those of der.h:
 * E_X509_EXTENSION_TWICE     one of those that are read here, two times
 * E_X509_NAMES_EMPTY         subjectAltName, extendedKeyUsage or
 *                            nameConstraints without anything in it
 * E_X509_NAME_ADDRESS        an iPAddress that has not 4 or 16 bytes (8 or 32
 *                            in nameConstraints)
 * E_X509_NAME_DNS            a dNSName with a byte that is no visible ASCII
 * E_X509_SUBTREE             a subtree with a minimum above 0 or a maximum
 */
MUST_USE enum status x509_server_parse(const struct x509_view *cert,
				       struct x509_server *ret,
				       struct error *err);

/* The next name of a list that x509_server_parse() gave; false at the end. A
 * directory name's value is its Name, with tag and length. */
bool x509_names_next(struct x509_names *names, struct x509_name *ret);

#endif
