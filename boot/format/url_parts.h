/*
 * Parts of a URL: what url.c, url_host.c and url_text.c share.
 */
#ifndef KEELBOOT_FORMAT_URL_PARTS_H
#define KEELBOOT_FORMAT_URL_PARTS_H

#include "format/url.h"

/* A URI reference in its parts (RFC 3986, 4.1), without their delimiters. */
struct url_parts {
	bool has_scheme, has_authority, has_query, has_fragment;
	struct span scheme, authority, path, query;
};

/* False for a NUL, too. */
bool url_is_among(uint8_t c, const char *set);
bool url_is_letter_or_digit(uint8_t c);
bool url_is_unreserved(uint8_t c);

/* Bytes of s in front of the first that is among those of set. */
size_t url_length_before(struct span s, const char *set);

/* s without its first len bytes. */
struct span url_behind(struct span s, size_t len);

uint16_t url_scheme_port(enum url_scheme scheme);

/* Errors: E_URL_SCHEME. */
enum status url_read_scheme(struct span name, struct url *ret,
			    struct error *err);

/* Host and port, which the scheme in ret may stand in for. Errors: those of
 * url_parse() from E_URL_NO_HOST to E_URL_HOST_NUMBER. */
enum status url_read_authority(const struct url_parts *p, struct url *ret,
			       struct error *err);

#endif
