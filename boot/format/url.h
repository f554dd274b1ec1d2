/*
 * URLs of what is fetched: http, https (RFC 9110, 4.2) and tftp (RFC 3617), by
 * the syntax of RFC 3986. Strict: a byte that would have to be percent-encoded
 * refuses the URL. Percent-encoding is kept as it is written; it is the
 * server's to decode.
 *
 * There is no user information, as secrets do not belong in a URL, which is
 * shown and logged; sentences about a URL have its faulty part only.
 */
#ifndef KEELBOOT_FORMAT_URL_H
#define KEELBOOT_FORMAT_URL_H

#include "base/error.h"
#include "base/span.h"
#include "base/text.h"

#define URL_TEXT_MAX  2048 /* with a NUL; signed links of object stores: 1 K */
#define URL_HOST_MAX  254  /* likewise: RFC 1035, 2.3.4 */
#define URL_LABEL_MAX 63

enum url_scheme { URL_HTTP = 1, URL_HTTPS, URL_TFTP };

enum url_host_kind { URL_NAME = 1, URL_IPV4, URL_IPV6 };

struct url {
	enum url_scheme scheme;
	enum url_host_kind kind;

	/* A name in lower case, or an address in its one canonical form (RFC
	 * 5952), without brackets. */
	char host[URL_HOST_MAX];
	uint8_t address[16]; /* of URL_IPV4 the first 4, of URL_IPV6 all */
	uint16_t port;	     /* the scheme's own if none is written */

	/* Path and query, what a server is asked for: begins with '/', the path
	 * has no "." and ".." segments. */
	char target[URL_TEXT_MAX];
};

/*
 * Reads an absolute URL. Scheme and host are of any case.
 *
 * Errors:
 * E_URL_LENGTH      more than URL_TEXT_MAX - 1 bytes, as it stands or with the
 *                   '/' that an empty path means
 * E_URL_BYTE        a byte that no URL has where it stands: blanks, controls,
 *                   non-ASCII, "<>\^`{|} and brackets outside of an address
 * E_URL_PERCENT     '%' without two hexadecimal digits
 * E_URL_RELATIVE    no scheme
 * E_URL_SCHEME      one that is not known
 * E_URL_NO_HOST     no "//", or nothing behind it
 * E_URL_USERINFO    an '@' before the path
 * E_URL_PORT        not a number of 1 to 65535
 * E_URL_ADDRESS     brackets around something that is no IPv6 address (one with
 *                   a zone is none: the interface is known without)
 * E_URL_HOST_LENGTH more than URL_HOST_MAX - 1 bytes
 * E_URL_HOST_LABEL  a label that is empty, has more than URL_LABEL_MAX bytes or
 *                   a '-' at an end; so is the one behind a last '.'
 * E_URL_HOST_BYTE   a byte that is no letter, digit, '-' or '_'
 * E_URL_HOST_NUMBER ends in a number and is no IPv4 address of four decimal
 *                   ones: resolvers would take 127.1 or 0x7f000001 for one
 * E_URL_FRAGMENT    a '#'
 */
MUST_USE enum status url_parse(struct span text, struct url *ret,
			       struct error *err);

/*
 * What a reference in a document at base means (RFC 3986, 5.2.2, strict):
 * absolute, "//host/…", "/…", relative, "?…" or empty. A fragment is dropped,
 * as servers may send one (RFC 9110, 10.2.2). ret may be base.
 *
 * Errors: those of url_parse() without E_URL_RELATIVE and E_URL_FRAGMENT;
 * E_URL_LENGTH for what comes out, too.
 */
MUST_USE enum status url_resolve(const struct url *base, struct span reference,
				 struct url *ret, struct error *err);

/* Whether text begins as URLs do, with letters and "://"; which of them are
 * known, and what follows, is url_parse()'s to say. */
bool url_has_scheme(struct span text);

/* True if scheme, host and port are the same (RFC 6454, 4). */
bool url_same_origin(const struct url *a, const struct url *b);

/* "http" … */
const char *url_scheme_name(enum url_scheme scheme);

/* "host", "host:8080", "[2001:db8::7]:8080": without the scheme's own port, as
 * in a Host field. */
void url_add_authority(struct text *t, const struct url *url);

/* The same, always with the port: where a tunnel ends. */
void url_add_host_port(struct text *t, const struct url *url);

/* The whole URL; it always fits into URL_TEXT_MAX bytes. */
void url_add_text(struct text *t, const struct url *url);

/* value with every byte percent-encoded that is not unreserved (RFC 3986, 2.3)
 * nor among those of keep. */
void url_add_encoded(struct text *t, struct span value, const char *keep);

/*
 * The file of a tftp URL, as the server gets it: decoded, without the '/' that
 * ends the authority; ";mode=octet" is passed over. cap is at least 1.
 *
 * Errors: E_URL_TFTP_FILE (names none), E_URL_TFTP_QUERY (a '?'),
 * E_URL_TFTP_MODE (another mode), E_URL_TFTP_BYTE (a control character, once
 * decoded), E_URL_TFTP_LENGTH (does not fit).
 */
MUST_USE enum status url_tftp_file(const struct url *url, char *ret, size_t cap,
				   struct error *err);

#endif
