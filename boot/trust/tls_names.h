/*
 * Whether a certificate is for the server that was asked for (RFC 9525, RFC
 * 5280 4.2.1.6 and 4.2.1.10): DNS names with and without a wildcard, addresses,
 * and the names that a CA is limited to.
 */
#ifndef KEELBOOT_TRUST_TLS_NAMES_H
#define KEELBOOT_TRUST_TLS_NAMES_H

#include "format/x509_server.h"

#define TLS_HOST_MAX 253 /* of a name in DNS, without the last dot */

/* What a server is asked for by. */
struct tls_name {
	char host[TLS_HOST_MAX + 1]; /* as it is shown */
	uint8_t address_len;	     /* 4 or 16, 0 if it is a name */
	uint8_t address[16];
};

/*
 * An address as inet_pton() takes it, without brackets or zone, else a name of
 * letters, digits, '-', '_' and '.', as format/url.h gives both. Errors:
 * E_TLS_SERVER_NAME.
 */
MUST_USE enum status tls_name_parse(const char *text, struct tls_name *ret,
				    struct error *err);

/*
 * A name equals a dNSName in any case; "*" stands for one whole first label,
 * and only before two labels or more. An address equals an iPAddress and never
 * a dNSName. Errors, without the certificate's name: E_TLS_NAME_NONE,
 * E_TLS_NAME_OTHER.
 */
MUST_USE enum status tls_names_match(const struct x509_server *cert,
				     const struct tls_name *name,
				     struct error *err);

/*
 * Whether a CA's name constraints allow the name that was asked for and all
 * names of a certificate below it: subject is that one's Name. DNS names,
 * addresses and the subject are compared; any other kind of name that is both
 * limited and used refuses. Subjects are compared byte by byte. Errors, without
 * the certificates' names: E_TLS_NAME_FORBIDDEN.
 */
MUST_USE enum status tls_names_allowed(const struct x509_server *ca,
				       const struct x509_server *cert,
				       struct span subject,
				       const struct tls_name *name,
				       struct error *err);

#endif
