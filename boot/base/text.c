#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct text text_over(char *buf, size_t cap)
{
	buf[0] = '\0';
	return (struct text){ .buf = buf, .cap = cap };
}

void text_add_bytes(struct text *t, struct span s)
{
	size_t room = t->cap - 1 - t->len;

	if (s.len > room) {
		s.len = room;
		t->cut = true;
	}
	if (s.len)
		memcpy(t->buf + t->len, s.ptr, s.len);
	t->len += s.len;
	t->buf[t->len] = '\0';
}

void text_add(struct text *t, const char *s)
{
	text_add_bytes(t, span_of_text(s));
}

void text_add_char(struct text *t, char c)
{
	text_add_bytes(t, span_of(&c, 1));
}

void text_addf(struct text *t, const char *fmt, ...)
{
	size_t room = t->cap - t->len;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(t->buf + t->len, room, fmt, args);
	va_end(args);
	if (len < 0)
		return;
	if ((size_t)len >= room) {
		t->cut = true;
		len = (int)(room - 1);
	}
	t->len += (size_t)len;
}

void text_add_hex(struct text *t, struct span bytes)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < bytes.len; i++) {
		text_add_char(t, digits[bytes.ptr[i] >> 4]);
		text_add_char(t, digits[bytes.ptr[i] & 15]);
	}
}

/* Decodes one sequence; 0 if it is broken, overlong or a surrogate. */
static size_t utf8_decode(struct span s, uint32_t *ret_point)
{
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint8_t lead = s.ptr[0];
	size_t len = lead < 0x80	     ? 1
		     : (lead & 0xe0) == 0xc0 ? 2
		     : (lead & 0xf0) == 0xe0 ? 3
		     : (lead & 0xf8) == 0xf0 ? 4
					     : 0;
	uint32_t point = len < 2 ? lead : lead & (0x7fU >> len);

	if (!len || len > s.len)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((s.ptr[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (s.ptr[i] & 0x3f);
	}
	if (point < least[len] || point > 0x10ffff ||
	    (point >= 0xd800 && point <= 0xdfff))
		return 0;
	*ret_point = point;
	return len;
}

struct range {
	uint32_t first, last;
};

static bool in_ranges(uint32_t point, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (point >= ranges[i].first && point <= ranges[i].last)
			return true;
	return false;
}

/* Characters that act on the terminal or on the order of their neighbours:
 * C0, DEL, C1, line and paragraph separators, bidirectional controls, tags. */
static bool is_harmful(uint32_t point)
{
	static const struct range ranges[] = {
		{ 0x00, 0x1f },	      { 0x7f, 0x9f },	  { 0xad, 0xad },
		{ 0x61c, 0x61c },     { 0x200b, 0x200f }, { 0x2028, 0x202e },
		{ 0x2060, 0x206f },   { 0xfeff, 0xfeff }, { 0xfff0, 0xffff },
		{ 0xe0000, 0xe0fff },
	};

	return in_ranges(point, ranges, sizeof(ranges) / sizeof(ranges[0]));
}

static unsigned point_width(uint32_t point)
{
	static const struct range none[] = {
		{ 0x300, 0x36f },   { 0x483, 0x489 },	{ 0x591, 0x5bd },
		{ 0x610, 0x61a },   { 0x64b, 0x65f },	{ 0x1ab0, 0x1aff },
		{ 0x1dc0, 0x1dff }, { 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f },
		{ 0xfe20, 0xfe2f },
	};
	static const struct range two[] = {
		{ 0x1100, 0x115f },   { 0x2e80, 0x303e },
		{ 0x3041, 0x33ff },   { 0x3400, 0x4dbf },
		{ 0x4e00, 0x9fff },   { 0xa000, 0xa4cf },
		{ 0xac00, 0xd7a3 },   { 0xf900, 0xfaff },
		{ 0xfe30, 0xfe6f },   { 0xff00, 0xff60 },
		{ 0xffe0, 0xffe6 },   { 0x1f300, 0x1f64f },
		{ 0x1f680, 0x1f6c5 }, { 0x1f900, 0x1f9ff },
		{ 0x20000, 0x3fffd },
	};

	if (in_ranges(point, none, sizeof(none) / sizeof(none[0])))
		return 0;
	if (in_ranges(point, two, sizeof(two) / sizeof(two[0])))
		return 2;
	return 1;
}

size_t utf8_next(struct span s, unsigned *ret_width, bool *ret_valid)
{
	uint32_t point = 0;
	size_t len;

	if (!s.len)
		return 0;
	len = utf8_decode(s, &point);
	*ret_valid = len && !is_harmful(point);
	*ret_width = *ret_valid ? point_width(point) : 1;
	return len ? len : 1;
}

bool utf8_is_clean(struct span s)
{
	unsigned width;
	bool valid = true;
	size_t len;

	while (valid && (len = utf8_next(s, &width, &valid)) > 0)
		s = span_slice(s, len, s.len - len);
	return valid;
}

unsigned text_columns(const char *text)
{
	struct span s = span_of_text(text);
	unsigned columns = 0, width;
	bool valid;
	size_t len;

	while ((len = utf8_next(s, &width, &valid)) > 0) {
		columns += width;
		s = span_slice(s, len, s.len - len);
	}
	return columns;
}

struct span span_fit(struct span s, unsigned columns)
{
	size_t at = 0, len;
	unsigned one;
	bool valid;

	while ((len = utf8_next(span_slice(s, at, s.len - at), &one, &valid)) &&
	       one <= columns) {
		at += len;
		columns -= one;
	}
	return span_slice(s, 0, at);
}

unsigned text_digits(uint64_t number)
{
	unsigned digits = 1;

	for (; number >= 10; number /= 10)
		digits++;
	return digits;
}

void text_add_safe(struct text *t, struct span s)
{
	unsigned width;
	bool valid;
	size_t len;

	while ((len = utf8_next(s, &width, &valid)) > 0) {
		struct span one =
			valid ? span_slice(s, 0, len) : span_of("?", 1);

		if (one.len > t->cap - 1 - t->len) {
			t->cut = true;
			return;
		}
		text_add_bytes(t, one);
		s = span_slice(s, len, s.len - len);
	}
}

void text_add_point(struct text *t, uint32_t point)
{
	if (point < 0x80) {
		text_add_char(t, (char)point);
	} else if (point < 0x800) {
		text_add_char(t, (char)(0xc0 | point >> 6));
		text_add_char(t, (char)(0x80 | (point & 0x3f)));
	} else if (point < 0x10000) {
		text_add_char(t, (char)(0xe0 | point >> 12));
		text_add_char(t, (char)(0x80 | (point >> 6 & 0x3f)));
		text_add_char(t, (char)(0x80 | (point & 0x3f)));
	} else {
		text_add_char(t, (char)(0xf0 | point >> 18));
		text_add_char(t, (char)(0x80 | (point >> 12 & 0x3f)));
		text_add_char(t, (char)(0x80 | (point >> 6 & 0x3f)));
		text_add_char(t, (char)(0x80 | (point & 0x3f)));
	}
}

struct display display_of(struct span s)
{
	struct display d;
	struct text t = text_over(d.text, sizeof(d.text));

	text_add_safe(&t, s);
	return d;
}

struct display display_of_text(const char *text)
{
	return display_of(span_of_text(text));
}

bool text_copy(char *dst, size_t cap, const char *src)
{
	size_t len = strlen(src);

	dst[0] = '\0';
	if (len >= cap)
		return false;
	memcpy(dst, src, len + 1);
	return true;
}

bool text_parse_number(struct span s, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;

	if (!s.len)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
		if (!mul_size(value, 10, &value) ||
		    !add_size(value, (uint64_t)(s.ptr[i] - '0'), &value))
			return false;
	}
	if (value > max)
		return false;
	*ret = value;
	return true;
}

static bool hex_digit(uint8_t c, uint8_t *ret)
{
	if (c >= '0' && c <= '9')
		*ret = (uint8_t)(c - '0');
	else if (c >= 'a' && c <= 'f')
		*ret = (uint8_t)(c - 'a' + 10);
	else if (c >= 'A' && c <= 'F')
		*ret = (uint8_t)(c - 'A' + 10);
	else
		return false;
	return true;
}

bool text_parse_hex(struct span s, uint8_t *ret, size_t len)
{
	uint8_t high, low;

	if (s.len / 2 != len || s.len % 2)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!hex_digit(s.ptr[2 * i], &high) ||
		    !hex_digit(s.ptr[2 * i + 1], &low))
			return false;
		ret[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

struct span span_trim(struct span s)
{
	while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t')) {
		s.ptr++;
		s.len--;
	}
	while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
		s.len--;
	return s;
}

struct span span_without_mark(struct span text)
{
	return span_starts_with(text, "\xef\xbb\xbf", 3)
		       ? span_slice(text, 3, text.len - 3)
		       : text;
}

struct span span_next_word(struct span *rest)
{
	struct span s = span_trim(*rest);
	size_t end = 0;

	while (end < s.len && s.ptr[end] != ' ' && s.ptr[end] != '\t')
		end++;
	*rest = span_slice(s, end, s.len - end);
	return span_slice(s, 0, end);
}

struct span span_cut_at(struct span *rest, char at)
{
	const uint8_t *end =
		rest->len ? memchr(rest->ptr, at, rest->len) : NULL;
	size_t len = end ? (size_t)(end - rest->ptr) : rest->len;
	struct span cut = span_slice(*rest, 0, len);

	len += end != NULL;
	*rest = span_slice(*rest, len, rest->len - len);
	return cut;
}

struct span span_next_component(struct span *rest)
{
	struct span part = span_of(rest->ptr, 0);

	while (rest->len && !part.len)
		part = span_cut_at(rest, '/');
	return part;
}

bool span_next_line(struct span *rest, struct span *ret_line)
{
	const uint8_t *end;
	size_t len, used;

	if (!rest->len)
		return false;
	end = memchr(rest->ptr, '\n', rest->len);
	len = end ? (size_t)(end - rest->ptr) : rest->len;
	used = end ? len + 1 : len;
	*ret_line = span_of(rest->ptr, len);
	if (len && ret_line->ptr[len - 1] == '\r')
		ret_line->len--;
	*rest = span_of(rest->ptr + used, rest->len - used);
	return true;
}
