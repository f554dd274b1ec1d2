/*
 * Marked text: bytes from outside that stay known as such until they are used.
 */
#include "format/ipxe_state.h"

#include <string.h>

static bool is_harmless(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '.' || c == '_' || c == ':' ||
	       c == '-';
}

static bool is_control(uint8_t c)
{
	return c < 0x20 || c == 0x7f;
}

void ipxe_add_marked(struct text *t, struct span bytes, bool is_outside)
{
	bool is_long = is_outside && bytes.len > IPXE_OUTSIDE_MAX;

	for (size_t i = 0; i < bytes.len; i++) {
		uint8_t c = bytes.ptr[i];

		if ((is_control(c) && c != '\t') ||
		    (is_outside && (!is_harmless(c) || (is_long && !i)))) {
			text_add_char(t, IPXE_MARK);
			text_add_hex(t, span_of(&c, 1));
		} else {
			text_add_char(t, (char)c);
		}
	}
}

void ipxe_add_place(struct text *t, struct span url)
{
	for (size_t i = 0; i < url.len; i++) {
		if (is_harmless(url.ptr[i])) {
			text_add_char(t, (char)url.ptr[i]);
			continue;
		}
		text_add_char(t, IPXE_MARK_PLACE);
		text_add_hex(t, span_slice(url, i, 1));
	}
}

bool ipxe_next_byte(const char **at, char *ret_mark, uint8_t *ret)
{
	const char *s = *at;

	*ret_mark = *s;
	if ((*s == IPXE_MARK || *s == IPXE_MARK_ENCODED ||
	     *s == IPXE_MARK_PLACE) &&
	    text_parse_hex(span_of(s + 1, strnlen(s + 1, 2)), ret, 1)) {
		*at = s + 3;
		return true;
	}
	*ret = (uint8_t)*s;
	*at = s + 1;
	return false;
}

bool ipxe_has_marks(const char *marked)
{
	return strchr(marked, IPXE_MARK) || strchr(marked, IPXE_MARK_ENCODED) ||
	       strchr(marked, IPXE_MARK_PLACE);
}

static void add_percent(struct text *t, uint8_t c)
{
	text_addf(t, "%%%02X", c);
}

void ipxe_add_plain(struct text *t, const char *marked)
{
	while (*marked) {
		char mark;
		uint8_t c;

		if (ipxe_next_byte(&marked, &mark, &c) &&
		    mark == IPXE_MARK_ENCODED)
			add_percent(t, c);
		else
			text_add_char(t, (char)c);
	}
}

void ipxe_add_url(struct text *t, const char *marked)
{
	while (*marked) {
		char mark;
		uint8_t c;

		if (ipxe_next_byte(&marked, &mark, &c) &&
		    mark != IPXE_MARK_PLACE)
			add_percent(t, c);
		else
			text_add_char(t, (char)c);
	}
}
