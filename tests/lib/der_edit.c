#include "der_edit.h"

#include "test.h"

#include <ctype.h>
#include <stdio.h>

#define PATH_ROOM   64
#define HEADER_ROOM 5

struct part {
	struct span whole;
	struct span content; /* of a BIT STRING: without its first octet */
};

/* The first element of s; s is known to be good DER. */
static struct part first_of(struct span s, const char *path)
{
	size_t header = 2, len, octets;
	struct part p;

	if (s.len < 2)
		fail_msg("no element '%s'", path);
	len = s.ptr[1];
	if (len > 0x80) {
		octets = len & 0x7f;
		header += octets;
		len = 0;
		for (size_t i = 2; i < header && i < s.len; i++)
			len = len << 8 | s.ptr[i];
	}
	if (header > s.len || len > s.len - header)
		fail_msg("no whole element '%s'", path);
	p.whole = span_of(s.ptr, header + len);
	p.content = span_of(s.ptr + header, len);
	if (s.ptr[0] == 0x03 && len)
		p.content = span_of(p.content.ptr + 1, len - 1);
	return p;
}

static struct span behind(struct span all, struct span part)
{
	const uint8_t *end = part.ptr + part.len;

	return span_of(end, (size_t)(all.ptr + all.len - end));
}

/* The child of parent that path begins with; *ret_rest is the path in it. */
static struct part child_of(const struct part *parent, const char *path,
			    const char **ret_rest)
{
	char *end;
	unsigned long index = strtoul(path, &end, 10);
	struct span left = parent->content;
	struct part child = first_of(left, path);

	while (index--) {
		left = behind(left, child.whole);
		child = first_of(left, path);
	}
	*ret_rest = *end == '/' ? end + 1 : end;
	return child;
}

struct span der_edit_find(struct span der, const char *path)
{
	struct part at = first_of(der, path);

	while (*path)
		at = child_of(&at, path, &path);
	return at.whole;
}

static struct span join(struct span a, struct span b, struct span c)
{
	uint8_t *bytes = malloc(a.len + b.len + c.len + 1), *to = bytes;
	struct span parts[] = { a, b, c };

	if (!bytes)
		fail_msg("no memory");
	for (size_t i = 0; i < 3; i++) {
		if (parts[i].len)
			memcpy(to, parts[i].ptr, parts[i].len);
		to += parts[i].len;
	}
	return span_of(bytes, (size_t)(to - bytes));
}

/* Writes the header that content of that length has; gives its size. */
static size_t put_header(uint8_t *to, uint8_t tag, size_t len)
{
	size_t at = 2;

	to[0] = tag;
	if (len < 0x80) {
		to[1] = (uint8_t)len;
		return at;
	}
	for (int shift = 16; shift >= 0; shift -= 8)
		if (len >> shift)
			to[at++] = (uint8_t)(len >> shift);
	to[1] = (uint8_t)(0x80 + at - 2);
	return at;
}

static struct span wrap(uint8_t tag, struct span before, struct span inside,
			struct span after)
{
	uint8_t header[HEADER_ROOM];
	_drop_copy_ struct span content = join(before, inside, after);
	size_t len = put_header(header, tag, content.len);

	return join(span_of(header, len), content, span_of(NULL, 0));
}

struct span der_edit_wrap(uint8_t tag, struct span content)
{
	struct span none = { NULL, 0 };

	return wrap(tag, none, content, none);
}

/* All that the header is followed by. */
static struct span inside_of(const struct part *p)
{
	size_t left_out = p->whole.ptr[0] == 0x03 && p->content.ptr;

	return span_of(p->content.ptr - left_out, p->content.len + left_out);
}

static struct span change(const struct part *p, enum der_edit_what what,
			  struct span bytes)
{
	struct span none = { NULL, 0 };
	size_t len = inside_of(p).len;
	uint8_t header[6] = {
		p->whole.ptr[0],     0,		  0, (uint8_t)(len >> 16),
		(uint8_t)(len >> 8), (uint8_t)len
	};

	switch (what) {
	case DER_REPLACE:
		break;
	case DER_CONTENT:
		return wrap(p->whole.ptr[0], none, bytes, none);
	case DER_BEFORE:
		return join(bytes, p->whole, none);
	case DER_APPEND:
		return wrap(p->whole.ptr[0], inside_of(p), bytes, none);
	case DER_TWICE:
		return join(p->whole, p->whole, none);
	case DER_LONG_FORM:
		header[1] = 0x84;
		return join(span_of(header, 6), inside_of(p), none);
	case DER_INDEFINITE:
		header[1] = 0x80;
		return join(span_of(header, 2), inside_of(p), span_of("\0", 2));
	}
	return join(bytes, none, none);
}

static struct span edit(const struct part *p, const char *path,
			enum der_edit_what what, struct span bytes)
{
	const uint8_t *content = inside_of(p).ptr;
	struct part child;
	_drop_copy_ struct span changed = { NULL, 0 };
	struct span before, after;

	if (!*path)
		return change(p, what, bytes);
	child = child_of(p, path, &path);
	changed = edit(&child, path, what, bytes);
	before = span_of(content, (size_t)(child.whole.ptr - content));
	after = behind(p->whole, child.whole);
	return wrap(p->whole.ptr[0], before, changed, after);
}

struct span der_edit(struct span der, const char *path, enum der_edit_what what,
		     struct span bytes)
{
	struct part p = first_of(der, path);
	_drop_copy_ struct span edited = edit(&p, path, what, bytes);

	return test_copy(edited);
}

struct span der_edit_bytes(const char *hex)
{
	struct span copy = test_copy(span_of(NULL, 0));
	uint8_t *bytes = test_bytes(copy);
	unsigned byte;
	int used;

	bytes = realloc(bytes, strlen(hex) / 2 + 1);
	if (!bytes)
		fail_msg("no memory");
	copy.ptr = bytes;
	while (isspace((unsigned char)*hex))
		hex++;
	while (*hex) {
		if (sscanf(hex, "%2x%n", &byte, &used) != 1 || used != 2)
			fail_msg("no hex: '%s'", hex);
		bytes[copy.len++] = (uint8_t)byte;
		hex += used;
		while (isspace((unsigned char)*hex))
			hex++;
	}
	return copy;
}

struct span der_edit_hex(struct span der, const char *path,
			 enum der_edit_what what, const char *hex)
{
	_drop_copy_ struct span bytes = der_edit_bytes(hex);

	return der_edit(der, path, what, bytes);
}

static void each(const struct part *p, const char *path,
		 void (*visit)(void *, const char *, struct span), void *ctx)
{
	struct span left = p->content;

	visit(ctx, path, p->whole);
	if (!(p->whole.ptr[0] & 0x20))
		return;
	for (unsigned i = 0; left.len; i++) {
		char below[PATH_ROOM];
		struct part child = first_of(left, path);

		snprintf(below, sizeof(below), "%s%s%u", path, *path ? "/" : "",
			 i);
		each(&child, below, visit, ctx);
		left = behind(left, child.whole);
	}
}

void der_edit_each(struct span der,
		   void (*visit)(void *ctx, const char *path,
				 struct span element),
		   void *ctx)
{
	struct part p = first_of(der, "");

	each(&p, "", visit, ctx);
}
