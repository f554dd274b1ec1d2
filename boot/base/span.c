#include "base/span.h"

#include <string.h>

static const bool is_little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;

struct span span_of(const void *ptr, size_t len)
{
	return (struct span){ ptr, len };
}

struct span span_of_text(const char *text)
{
	return (struct span){ (const uint8_t *)text, strlen(text) };
}

bool span_equal(struct span a, struct span b)
{
	return a.len == b.len && (!a.len || !memcmp(a.ptr, b.ptr, a.len));
}

bool span_equal_text(struct span a, const char *text)
{
	return span_equal(a, span_of_text(text));
}

int span_compare(struct span a, struct span b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int result = len ? memcmp(a.ptr, b.ptr, len) : 0;

	if (!result)
		return (a.len > b.len) - (a.len < b.len);
	return result > 0 ? 1 : -1;
}

bool span_starts_with(struct span s, const void *prefix, size_t len)
{
	return s.len >= len && (!len || !memcmp(s.ptr, prefix, len));
}

bool span_holds(struct span s, uint64_t offset, uint64_t len)
{
	return offset <= s.len && len <= s.len - offset;
}

struct span span_slice(struct span s, uint64_t offset, uint64_t len)
{
	if (!s.ptr || !span_holds(s, offset, len))
		return (struct span){ NULL, 0 };
	return (struct span){ s.ptr + offset, (size_t)len };
}

struct span span_until_nul(struct span s)
{
	const uint8_t *nul = s.len ? memchr(s.ptr, 0, s.len) : NULL;

	if (nul)
		s.len = (size_t)(nul - s.ptr);
	return s;
}

struct cursor cursor_over(struct span s)
{
	return (struct cursor){ .all = s };
}

bool cursor_ok(const struct cursor *c)
{
	return !c->bad;
}

size_t cursor_left(const struct cursor *c)
{
	return c->bad ? 0 : c->all.len - c->at;
}

bool cursor_done(const struct cursor *c)
{
	return !c->bad && c->at == c->all.len;
}

/* The one bounds check under every read. */
static const uint8_t *take(struct cursor *c, uint64_t len)
{
	const uint8_t *from;

	if (c->bad || len > c->all.len - c->at) {
		c->bad = true;
		return NULL;
	}
	if (!c->all.ptr) /* of no bytes, none can be taken */
		return NULL;
	from = c->all.ptr + c->at;
	c->at += (size_t)len;
	return from;
}

void cursor_seek(struct cursor *c, uint64_t offset)
{
	if (offset > c->all.len)
		c->bad = true;
	else if (!c->bad)
		c->at = (size_t)offset;
}

void cursor_skip(struct cursor *c, uint64_t len)
{
	(void)take(c, len);
}

struct span cursor_take(struct cursor *c, uint64_t len)
{
	const uint8_t *from = take(c, len);

	return (struct span){ from, from ? (size_t)len : 0 };
}

struct cursor cursor_sub(struct cursor *c, uint64_t len)
{
	struct cursor sub = cursor_over(cursor_take(c, len));

	sub.bad = c->bad;
	return sub;
}

static uint64_t load_le(const uint8_t *from, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = bytes; from && i > 0; i--)
		value = value << 8 | from[i - 1];
	return value;
}

static uint64_t load_be(const uint8_t *from, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; from && i < bytes; i++)
		value = value << 8 | from[i];
	return value;
}

uint8_t cursor_u8(struct cursor *c)
{
	return (uint8_t)load_le(take(c, 1), 1);
}

uint16_t cursor_le16(struct cursor *c)
{
	return (uint16_t)load_le(take(c, 2), 2);
}

uint32_t cursor_le32(struct cursor *c)
{
	return (uint32_t)load_le(take(c, 4), 4);
}

uint64_t cursor_le64(struct cursor *c)
{
	return load_le(take(c, 8), 8);
}

uint16_t cursor_be16(struct cursor *c)
{
	return (uint16_t)load_be(take(c, 2), 2);
}

uint32_t cursor_be32(struct cursor *c)
{
	return (uint32_t)load_be(take(c, 4), 4);
}

uint64_t cursor_be64(struct cursor *c)
{
	return load_be(take(c, 8), 8);
}

uint16_t cursor_native16(struct cursor *c)
{
	return is_little ? cursor_le16(c) : cursor_be16(c);
}

uint32_t cursor_native32(struct cursor *c)
{
	return is_little ? cursor_le32(c) : cursor_be32(c);
}

uint16_t span_le16(struct span s, uint64_t offset)
{
	return (uint16_t)load_le(span_slice(s, offset, 2).ptr, 2);
}

uint32_t span_le32(struct span s, uint64_t offset)
{
	return (uint32_t)load_le(span_slice(s, offset, 4).ptr, 4);
}

uint64_t span_le64(struct span s, uint64_t offset)
{
	return load_le(span_slice(s, offset, 8).ptr, 8);
}

static void store_le(uint8_t *to, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		to[i] = (uint8_t)(value >> (8 * i));
}

void store_le16(uint8_t *to, uint16_t value)
{
	store_le(to, value, 2);
}

void store_le32(uint8_t *to, uint32_t value)
{
	store_le(to, value, 4);
}

void store_le64(uint8_t *to, uint64_t value)
{
	store_le(to, value, 8);
}

bool add_size(uint64_t a, uint64_t b, uint64_t *ret)
{
	uint64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return false;
	*ret = sum;
	return true;
}

bool mul_size(uint64_t a, uint64_t b, uint64_t *ret)
{
	uint64_t product;

	if (__builtin_mul_overflow(a, b, &product))
		return false;
	*ret = product;
	return true;
}

bool round_up_size(uint64_t value, uint64_t align, uint64_t *ret)
{
	uint64_t sum;

	if (!add_size(value, align - 1, &sum))
		return false;
	*ret = sum & ~(align - 1);
	return true;
}
