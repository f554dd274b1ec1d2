#include "format/url_parts.h"

#include <string.h>

static enum status refuse_byte(struct span s, size_t at, struct error *err)
{
	return fail(err, E_URL_BYTE,
		    "byte %zu of the URL's %zu is 0x%02x, which has to be "
		    "percent-encoded",
		    at + 1, s.len, s.ptr[at]);
}

static enum status check_bytes(struct span text, struct error *err)
{
	uint8_t byte;

	if (text.len >= URL_TEXT_MAX)
		return fail(err, E_URL_LENGTH,
			    "the URL has %zu bytes, the most is %d", text.len,
			    URL_TEXT_MAX - 1);
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.ptr[i];

		if (!url_is_unreserved(c) &&
		    !url_is_among(c, ":/?#[]@!$&'()*+,;=%"))
			return refuse_byte(text, i, err);
		if (c == '%' &&
		    !text_parse_hex(span_slice(text, i + 1, 2), &byte, 1))
			return fail(err, E_URL_PERCENT,
				    "byte %zu of the URL's %zu is a '%%' "
				    "without two hexadecimal digits",
				    i + 1, text.len);
	}
	return OK;
}

/* Brackets are for addresses only. */
static enum status check_brackets(struct span text, struct span part,
				  struct error *err)
{
	for (size_t i = 0; i < part.len; i++)
		if (part.ptr[i] == '[' || part.ptr[i] == ']')
			return refuse_byte(
				text, (size_t)(part.ptr - text.ptr) + i, err);
	return OK;
}

static struct url_parts split(struct span s)
{
	struct url_parts p = { 0 };
	size_t len = url_length_before(s, "#");

	p.has_fragment = len < s.len;
	s = span_slice(s, 0, len);
	len = url_length_before(s, ":/?");
	if (len < s.len && s.ptr[len] == ':') {
		p.has_scheme = true;
		p.scheme = span_slice(s, 0, len);
		s = url_behind(s, len + 1);
	}
	if (span_starts_with(s, "//", 2)) {
		p.has_authority = true;
		s = url_behind(s, 2);
		len = url_length_before(s, "/?");
		p.authority = span_slice(s, 0, len);
		s = url_behind(s, len);
	}
	len = url_length_before(s, "?");
	p.path = span_slice(s, 0, len);
	p.has_query = len < s.len;
	if (p.has_query)
		p.query = url_behind(s, len + 1);
	return p;
}

static enum status read_parts(struct span text, struct url_parts *ret,
			      struct error *err)
{
	enum status s = check_bytes(text, err);

	if (s != OK)
		return s;
	*ret = split(text);
	s = check_brackets(text, ret->path, err);
	return s == OK ? check_brackets(text, ret->query, err) : s;
}

/* --- path and query ---------------------------------------------------------
 */

/* Takes "." and ".." segments out of a path that begins with '/' (RFC 3986,
 * 5.2.4); what comes out is never longer. */
static size_t remove_dots(char *path, size_t len)
{
	size_t out = 0, end;

	for (size_t in = 0; in < len; in = end) {
		const char *next = memchr(path + in + 1, '/', len - in - 1);
		size_t part;

		end = next ? (size_t)(next - path) : len;
		part = end - in - 1;
		if (part > 2 || memcmp(path + in + 1, "..", part) != 0 ||
		    !part) {
			memmove(path + out, path + in, end - in);
			out += end - in;
			continue;
		}
		if (part == 2)
			while (out && path[--out] != '/')
				;
		if (end == len)
			path[out++] = '/';
	}
	return out;
}

static struct span path_of(const struct url *u)
{
	struct span s = span_of_text(u->target);

	return span_slice(s, 0, url_length_before(s, "?"));
}

/* The folder of a path, with its '/'. */
static struct span folder_of(struct span path)
{
	while (path.len && path.ptr[path.len - 1] != '/')
		path.len--;
	return path;
}

static enum status refuse_length(struct error *err)
{
	return fail(err, E_URL_LENGTH,
		    "the URL would have more than %d bytes as a whole",
		    URL_TEXT_MAX - 1);
}

/* Puts folder, path and query together; folder and path are not both empty, or
 * mean "/". Scheme and authority are there. */
static enum status set_target(struct span folder, const struct url_parts *p,
			      struct url *ret, struct error *err)
{
	char whole[URL_TEXT_MAX];
	struct text t = text_over(ret->target, sizeof(ret->target));

	text_add_bytes(&t, folder);
	text_add_bytes(&t, p->path);
	if (!t.len)
		text_add_char(&t, '/');
	if (t.cut)
		return refuse_length(err);
	t.len = remove_dots(ret->target, t.len);
	ret->target[t.len] = '\0';
	if (p->has_query) {
		text_add_char(&t, '?');
		text_add_bytes(&t, p->query);
	}
	if (t.cut)
		return refuse_length(err);
	t = text_over(whole, sizeof(whole));
	url_add_text(&t, ret);
	return t.cut ? refuse_length(err) : OK;
}

enum status url_parse(struct span text, struct url *ret, struct error *err)
{
	struct url u = { .target = "" };
	struct url_parts p;
	enum status s = read_parts(text, &p, err);

	if (s == OK && !p.has_scheme)
		s = fail(err, E_URL_RELATIVE,
			 "the URL has no scheme: it begins with http://, "
			 "https:// or tftp://");
	if (s == OK)
		s = url_read_scheme(p.scheme, &u, err);
	if (s == OK)
		s = url_read_authority(&p, &u, err);
	if (s == OK && p.has_fragment)
		s = fail(err, E_URL_FRAGMENT,
			 "the URL has a '#', behind which nothing is sent to a "
			 "server");
	if (s == OK)
		s = set_target(span_of(NULL, 0), &p, &u, err);
	if (s == OK)
		*ret = u;
	return s;
}

enum status url_resolve(const struct url *base, struct span reference,
			struct url *ret, struct error *err)
{
	struct span folder = span_of(NULL, 0), query;
	struct url u = *base;
	struct url_parts p;
	enum status s = read_parts(reference, &p, err);

	if (s == OK && p.has_scheme)
		s = url_read_scheme(p.scheme, &u, err);
	if (s == OK && (p.has_scheme || p.has_authority)) {
		s = url_read_authority(&p, &u, err);
	} else if (s == OK && !p.path.len) {
		folder = path_of(base);
		query = url_behind(span_of_text(base->target), folder.len);
		if (!p.has_query && query.len) {
			p.has_query = true;
			p.query = url_behind(query, 1);
		}
	} else if (s == OK && p.path.ptr[0] != '/') {
		folder = folder_of(path_of(base));
	}
	if (s == OK)
		s = set_target(folder, &p, &u, err);
	if (s == OK)
		*ret = u;
	return s;
}

bool url_has_scheme(struct span text)
{
	size_t len = 0;

	while (len < text.len && (text.ptr[len] | 0x20) >= 'a' &&
	       (text.ptr[len] | 0x20) <= 'z')
		len++;
	return len && span_starts_with(span_slice(text, len, text.len - len),
				       "://", 3);
}

bool url_same_origin(const struct url *a, const struct url *b)
{
	return a->scheme == b->scheme && a->kind == b->kind &&
	       a->port == b->port && !strcmp(a->host, b->host);
}
