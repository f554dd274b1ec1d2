#include "format/url_parts.h"

#include <arpa/inet.h>
#include <string.h>

static enum status read_port(struct span digits, struct url *ret,
			     struct error *err)
{
	uint64_t port = url_scheme_port(ret->scheme);

	/* What is no port may be the start of a password: it is not shown. */
	if (digits.len &&
	    (!text_parse_number(digits, UINT16_MAX, &port) || !port))
		return fail(err, E_URL_PORT,
			    "the URL's port, of %zu bytes, is no number of 1 "
			    "to 65535 (IPv6 addresses stand in brackets)",
			    digits.len);
	ret->port = (uint16_t)port;
	return OK;
}

static bool parse_address(int family, struct span text, struct url *u)
{
	char buf[INET6_ADDRSTRLEN];
	struct text t = text_over(buf, sizeof(buf));

	text_add_bytes(&t, text);
	return !t.cut && inet_pton(family, buf, u->address) == 1 &&
	       inet_ntop(family, u->address, u->host, sizeof(u->host));
}

/* What resolvers would take for an address: the last label is a number, decimal
 * or hexadecimal. */
static bool ends_in_number(struct span host)
{
	const char *digits = "0123456789";
	struct span label = host;

	for (size_t i = 0; i < host.len; i++)
		if (host.ptr[i] == '.')
			label = url_behind(host, i + 1);
	if (span_starts_with(label, "0x", 2) ||
	    span_starts_with(label, "0X", 2)) {
		label = url_behind(label, 2);
		digits = "0123456789abcdefABCDEF";
	}
	while (label.len && url_is_among(label.ptr[0], digits))
		label = url_behind(label, 1);
	return !label.len;
}

static enum status check_label(struct span label, struct error *err)
{
	if (!label.len || label.len > URL_LABEL_MAX || label.ptr[0] == '-' ||
	    label.ptr[label.len - 1] == '-')
		return fail(err, E_URL_HOST_LABEL,
			    "the URL's host has the label \"%s\" of %zu bytes: "
			    "1 to %d, no '-' at an end",
			    display_of(label).text, label.len, URL_LABEL_MAX);
	for (size_t i = 0; i < label.len; i++)
		if (!url_is_letter_or_digit(label.ptr[i]) &&
		    label.ptr[i] != '-' && label.ptr[i] != '_')
			return fail(err, E_URL_HOST_BYTE,
				    "the URL's host has '%c' in the label "
				    "\"%s\": names are letters, digits, '-' "
				    "and '_'",
				    label.ptr[i], display_of(label).text);
	return OK;
}

static enum status read_name(struct span name, struct url *ret,
			     struct error *err)
{
	size_t from = 0;

	if (name.len >= URL_HOST_MAX)
		return fail(err, E_URL_HOST_LENGTH,
			    "the URL's host has %zu bytes, the most is %d",
			    name.len, URL_HOST_MAX - 1);
	while (from <= name.len) {
		struct span rest = url_behind(name, from);
		struct span label =
			span_slice(rest, 0, url_length_before(rest, "."));
		enum status s = check_label(label, err);

		if (s != OK)
			return s;
		from += label.len + 1;
	}
	if (ends_in_number(name))
		return fail(err, E_URL_HOST_NUMBER,
			    "the URL's host \"%s\" ends in a number and is no "
			    "IPv4 address of four decimal ones",
			    display_of(name).text);
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.ptr[i];

		ret->host[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	}
	ret->host[name.len] = '\0';
	return OK;
}

/* An address in brackets; *ret_port is what stands behind its ':'. */
static enum status read_bracketed(struct span authority, struct url *ret,
				  struct span *ret_port, struct error *err)
{
	size_t end = url_length_before(authority, "]");
	struct span inside =
		span_slice(authority, 1, end < authority.len ? end - 1 : 0);
	struct span rest = end < authority.len ? url_behind(authority, end + 1)
					       : span_of(NULL, 0);

	if (!inside.len || !parse_address(AF_INET6, inside, ret) ||
	    (rest.len && rest.ptr[0] != ':'))
		return fail(err, E_URL_ADDRESS,
			    "the URL's host \"%s\" is no IPv6 address in "
			    "brackets",
			    display_of(authority).text);
	ret->kind = URL_IPV6;
	*ret_port = rest.len ? url_behind(rest, 1) : rest;
	return OK;
}

static enum status read_host(struct span authority, struct url *ret,
			     struct span *ret_port, struct error *err)
{
	size_t len = url_length_before(authority, ":");
	struct span host = span_slice(authority, 0, len);

	if (authority.len && authority.ptr[0] == '[')
		return read_bracketed(authority, ret, ret_port, err);
	*ret_port = len < authority.len ? url_behind(authority, len + 1)
					: span_of(NULL, 0);
	if (!host.len)
		return fail(err, E_URL_NO_HOST,
			    "the URL has no host behind its \"//\"");
	ret->kind = URL_IPV4;
	if (parse_address(AF_INET, host, ret))
		return OK;
	ret->kind = URL_NAME;
	memset(ret->address, 0, sizeof(ret->address));
	return read_name(host, ret, err);
}

enum status url_read_authority(const struct url_parts *p, struct url *ret,
			       struct error *err)
{
	struct span port = span_of(NULL, 0);
	enum status s;

	if (!p->has_authority)
		return fail(err, E_URL_NO_HOST,
			    "the URL has no \"//\" and host behind its scheme");
	if (url_length_before(p->authority, "@") < p->authority.len)
		return fail(err, E_URL_USERINFO,
			    "the URL has a user or password before an '@', "
			    "which is not sent to a server this way");
	s = read_host(p->authority, ret, &port, err);
	return s == OK ? read_port(port, ret, err) : s;
}
