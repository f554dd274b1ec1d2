#include "format/utf16.h"

#include "base/text.h"

#include <string.h>

#define HIGH_FIRST 0xd800U
#define LOW_FIRST  0xdc00U
#define LOW_END	   0xe000U
#define PLANE_1	   0x10000U

/* The next character; its first unit has been read. */
static enum status take_point(struct cursor *c, uint32_t unit, uint32_t *ret,
			      struct error *err)
{
	size_t at = c->at - 2;
	uint32_t low = 0;

	*ret = unit;
	if (unit < HIGH_FIRST || unit >= LOW_END)
		return OK;
	if (unit < LOW_FIRST)
		low = cursor_le16(c);
	if (low < LOW_FIRST || low >= LOW_END)
		return fail(err, E_UTF16_SURROGATE,
			    "the text has 0x%04x at offset %zu, half a pair "
			    "whose other half is 0x%04x",
			    unit, at, low);
	*ret = PLANE_1 + ((unit - HIGH_FIRST) << 10) + (low - LOW_FIRST);
	return OK;
}

enum status utf16_decode(struct span s, char *ret, size_t cap,
			 struct error *err)
{
	struct cursor c = cursor_over(s);
	struct text t = text_over(ret, cap);

	if (s.len % 2)
		return fail(err, E_UTF16_ODD,
			    "the text has %zu bytes, half a character is left "
			    "over",
			    s.len);
	while (cursor_left(&c)) {
		uint32_t point;
		enum status status =
			take_point(&c, cursor_le16(&c), &point, err);

		if (status != OK)
			return status;
		if (!point && cursor_left(&c))
			return fail(err, E_UTF16_AFTER_NUL,
				    "the text ends at offset %zu of %zu",
				    c.at - 2, s.len);
		if (point && (point < 0x20 || point == 0x7f))
			return fail(err, E_UTF16_CONTROL,
				    "the text has the control character 0x%02x "
				    "at offset %zu",
				    point, c.at - 2);
		if (point)
			text_add_point(&t, point);
	}
	if (t.cut)
		return fail(err, E_UTF16_LONG,
			    "the text of %zu bytes takes more than %zu as "
			    "UTF-8",
			    s.len, cap - 1);
	return OK;
}

/* The code point of a valid character of len bytes. */
static uint32_t point_of(struct span s, size_t len)
{
	static const uint8_t first[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t point = s.ptr[0] & first[len];

	for (size_t i = 1; i < len; i++)
		point = point << 6 | (s.ptr[i] & 0x3fU);
	return point;
}

static bool put(uint8_t *ret, size_t cap, size_t *at, uint32_t unit)
{
	if (cap - *at < 2)
		return false;
	store_le16(ret + *at, (uint16_t)unit);
	*at += 2;
	return true;
}

static bool put_point(uint8_t *ret, size_t cap, size_t *at, uint32_t point)
{
	if (point < PLANE_1)
		return put(ret, cap, at, point);
	point -= PLANE_1;
	return put(ret, cap, at, HIGH_FIRST + (point >> 10)) &&
	       put(ret, cap, at, LOW_FIRST + (point & 0x3ff));
}

enum status utf16_encode(const char *text, uint8_t *ret, size_t cap,
			 size_t *ret_len, struct error *err)
{
	struct span rest = span_of_text(text);
	size_t at = 0, len;
	unsigned width;
	bool valid, room = true;

	while (room && (len = utf8_next(rest, &width, &valid)) > 0) {
		if (!valid)
			return fail(
				err, E_UTF16_TEXT,
				"byte 0x%02x at offset %zu of \"%s\" begins "
				"no character that can be shown",
				rest.ptr[0], strlen(text) - rest.len,
				display_of_text(text).text);
		room = put_point(ret, cap, &at, point_of(rest, len));
		rest = span_slice(rest, len, rest.len - len);
	}
	if (!room || !put(ret, cap, &at, 0))
		return fail(err, E_UTF16_LONG,
			    "\"%s\" takes more than %zu bytes as UTF-16",
			    display_of_text(text).text, cap);
	*ret_len = at;
	return OK;
}
