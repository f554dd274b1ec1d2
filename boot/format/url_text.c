#include "format/url_parts.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	uint16_t port;
} schemes[] = {
	[URL_HTTP] = { "http", 80 },
	[URL_HTTPS] = { "https", 443 },
	[URL_TFTP] = { "tftp", 69 },
};

#define SCHEME_COUNT (sizeof(schemes) / sizeof(schemes[0]))

bool url_is_letter_or_digit(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

bool url_is_among(uint8_t c, const char *set)
{
	return c && strchr(set, c);
}

bool url_is_unreserved(uint8_t c)
{
	return url_is_letter_or_digit(c) || url_is_among(c, "-._~");
}

struct span url_behind(struct span s, size_t len)
{
	return span_slice(s, len, s.len - len);
}

size_t url_length_before(struct span s, const char *set)
{
	size_t len = 0;

	while (len < s.len && !url_is_among(s.ptr[len], set))
		len++;
	return len;
}

enum status url_read_scheme(struct span name, struct url *ret,
			    struct error *err)
{
	for (size_t i = 1; i < SCHEME_COUNT; i++) {
		if (name.len != strlen(schemes[i].name) ||
		    strncasecmp((const char *)name.ptr, schemes[i].name,
				name.len) != 0)
			continue;
		ret->scheme = (enum url_scheme)i;
		return OK;
	}
	return fail(err, E_URL_SCHEME,
		    "the URL's scheme is \"%s\", known are http, https and "
		    "tftp",
		    display_of(name).text);
}

uint16_t url_scheme_port(enum url_scheme scheme)
{
	return schemes[scheme].port;
}

const char *url_scheme_name(enum url_scheme scheme)
{
	return schemes[scheme].name;
}

static void add_host(struct text *t, const struct url *url)
{
	bool is_bracketed = url->kind == URL_IPV6;

	text_addf(t, "%s%s%s", is_bracketed ? "[" : "", url->host,
		  is_bracketed ? "]" : "");
}

void url_add_authority(struct text *t, const struct url *url)
{
	if (url->port == url_scheme_port(url->scheme))
		add_host(t, url);
	else
		url_add_host_port(t, url);
}

void url_add_host_port(struct text *t, const struct url *url)
{
	add_host(t, url);
	text_addf(t, ":%" PRIu16, url->port);
}

void url_add_text(struct text *t, const struct url *url)
{
	text_addf(t, "%s://", url_scheme_name(url->scheme));
	url_add_authority(t, url);
	text_add(t, url->target);
}

void url_add_encoded(struct text *t, struct span value, const char *keep)
{
	for (size_t i = 0; i < value.len; i++) {
		uint8_t c = value.ptr[i];

		if (url_is_unreserved(c) || url_is_among(c, keep))
			text_add_char(t, (char)c);
		else
			text_addf(t, "%%%02X", c);
	}
}

/* --- tftp -------------------------------------------------------------------
 */

/* Cuts ";mode=…" off the end of a file's name. */
static enum status cut_mode(struct span *file, struct error *err)
{
	static const char key[] = ";mode=";
	size_t from = file->len;
	struct span mode;

	while (from && file->ptr[from - 1] != ';')
		from--;
	if (!from--)
		return OK;
	mode = url_behind(*file, from);
	if (mode.len < strlen(key) ||
	    strncasecmp((const char *)mode.ptr, key, strlen(key)) != 0)
		return OK;
	mode = url_behind(mode, strlen(key));
	if (mode.len != 5 ||
	    strncasecmp((const char *)mode.ptr, "octet", 5) != 0)
		return fail(err, E_URL_TFTP_MODE,
			    "the TFTP URL's mode is \"%s\", known is octet",
			    display_of(mode).text);
	file->len = from;
	return OK;
}

static enum status decode(struct span file, struct text *to, struct error *err)
{
	while (file.len) {
		uint8_t c = file.ptr[0];

		bool is_coded = c == '%' &&
				text_parse_hex(span_slice(file, 1, 2), &c, 1);

		file = url_behind(file, is_coded ? 3 : 1);
		if (c < 0x20 || c == 0x7f)
			return fail(err, E_URL_TFTP_BYTE,
				    "the TFTP URL's file has the byte 0x%02x "
				    "in its name",
				    c);
		text_add_char(to, (char)c);
	}
	return OK;
}

enum status url_tftp_file(const struct url *url, char *ret, size_t cap,
			  struct error *err)
{
	struct span file = url_behind(span_of_text(url->target), 1);
	struct text t = text_over(ret, cap);
	enum status s;

	if (url_length_before(file, "?") < file.len)
		return fail(err, E_URL_TFTP_QUERY,
			    "the TFTP URL has a '?', which is written %%3F in "
			    "a file's name");
	s = cut_mode(&file, err);
	if (s == OK && !file.len)
		s = fail(err, E_URL_TFTP_FILE, "the TFTP URL names no file");
	if (s == OK)
		s = decode(file, &t, err);
	if (s == OK && t.cut)
		s = fail(err, E_URL_TFTP_LENGTH,
			 "the TFTP URL's file has a name of more than %zu "
			 "bytes",
			 cap - 1);
	if (s != OK)
		ret[0] = '\0';
	return s;
}
