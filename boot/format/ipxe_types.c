/*
 * The types of settings: the same bytes as text, as an address, as digits.
 */
#include "format/ipxe_state.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How many bytes a number has, and whether it has a sign. */
static const struct type {
	const char *name;
	uint8_t number_len;
	bool has_sign;
} types[IPXE_TYPE_COUNT] = {
	[IPXE_STRING] = { "string", 0, false },
	[IPXE_URISTRING] = { "uristring", 0, false },
	[IPXE_IPV4] = { "ipv4", 0, false },
	[IPXE_IPV6] = { "ipv6", 0, false },
	[IPXE_INT8] = { "int8", 1, true },
	[IPXE_INT16] = { "int16", 2, true },
	[IPXE_INT32] = { "int32", 4, true },
	[IPXE_UINT8] = { "uint8", 1, false },
	[IPXE_UINT16] = { "uint16", 2, false },
	[IPXE_UINT32] = { "uint32", 4, false },
	[IPXE_HEX] = { "hex", 0, false },
	[IPXE_HEXHYP] = { "hexhyp", 0, false },
	[IPXE_HEXRAW] = { "hexraw", 0, false },
	[IPXE_BASE64] = { "base64", 0, false },
	[IPXE_UUID] = { "uuid", 0, false },
	[IPXE_GUID] = { "guid", 0, false },
};

enum ipxe_type ipxe_type_of(struct span name)
{
	for (unsigned i = 0; i < IPXE_TYPE_COUNT; i++)
		if (span_equal_text(name, types[i].name))
			return (enum ipxe_type)i;
	return IPXE_TYPE_COUNT;
}

bool ipxe_parse_number(const char *text, uint32_t *ret)
{
	bool is_negative = text[0] == '-';
	const char *digits = text + is_negative;
	unsigned long long n;
	char *end;

	if (*digits < '0' || *digits > '9')
		return false;
	n = strtoull(digits, &end, 0);
	if (*end || n > UINT32_MAX)
		return false;
	*ret = is_negative ? 0 - (uint32_t)n : (uint32_t)n;
	return true;
}

/* --- from text --- */

static bool parse_number(const char *text, uint32_t len, struct ipxe_value *ret)
{
	uint32_t n = 0;

	if (!ipxe_parse_number(text, &n))
		return false;
	for (uint32_t i = 0; i < len; i++)
		ret->bytes[i] = (uint8_t)(n >> (8 * (len - 1 - i)));
	ret->len = len;
	return true;
}

/* Pairs of digits, with separator between them unless that is NUL. */
static bool parse_hex(const char *text, char separator, struct ipxe_value *ret)
{
	for (ret->len = 0; *text; ret->len++) {
		if (ret->len && separator && *text++ != separator)
			return false;
		if (ret->len == sizeof(ret->bytes) ||
		    !text_parse_hex(span_of(text, strnlen(text, 2)),
				    ret->bytes + ret->len, 1))
			return false;
		text += 2;
	}
	return true;
}

static bool parse_base64(const char *text, struct ipxe_value *ret)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
				     "pqrstuvwxyz0123456789+/";
	size_t len = strcspn(text, "="), padding = strlen(text) - len;
	uint32_t bits = 0, count = 0;

	if ((len + padding) % 4 || padding > 2 ||
	    strspn(text + len, "=") != padding)
		return false;
	ret->len = 0;
	for (size_t i = 0; i < len; i++) {
		const char *digit = strchr(digits, text[i]);

		if (!digit || ret->len == sizeof(ret->bytes))
			return false;
		bits = (bits << 6 | (uint32_t)(digit - digits)) & 0xffffff;
		count += 6;
		if (count >= 8)
			ret->bytes[ret->len++] =
				(uint8_t)(bits >> (count -= 8));
	}
	return true;
}

/* A GUID has its first three parts in the other byte order. */
static void swap_guid(uint8_t *bytes)
{
	static const uint8_t order[] = { 3, 2, 1, 0, 5, 4, 7, 6 };
	uint8_t copy[sizeof(order)];

	memcpy(copy, bytes, sizeof(copy));
	for (size_t i = 0; i < sizeof(order); i++)
		bytes[i] = copy[order[i]];
}

static bool parse_uuid(const char *text, struct ipxe_value *ret)
{
	char digits[33];
	size_t len = 0;

	if (strlen(text) != 36)
		return false;
	for (size_t i = 0; i < 36; i++) {
		bool is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;

		if (is_hyphen != (text[i] == '-'))
			return false;
		if (!is_hyphen)
			digits[len++] = text[i];
	}
	ret->len = 16;
	return text_parse_hex(span_of(digits, 32), ret->bytes, 16);
}

static bool parse_plain(const char *text, struct ipxe_value *ret)
{
	switch (ret->type) {
	case IPXE_IPV4:
		ret->len = 4;
		return inet_pton(AF_INET, text, ret->bytes) == 1;
	case IPXE_IPV6:
		ret->len = 16;
		return inet_pton(AF_INET6, text, ret->bytes) == 1;
	case IPXE_HEX:
		return parse_hex(text, ':', ret);
	case IPXE_HEXHYP:
		return parse_hex(text, '-', ret);
	case IPXE_HEXRAW:
		return parse_hex(text, '\0', ret);
	case IPXE_BASE64:
		return parse_base64(text, ret);
	case IPXE_UUID:
		return parse_uuid(text, ret);
	case IPXE_GUID:
		if (!parse_uuid(text, ret))
			return false;
		swap_guid(ret->bytes);
		return true;
	case IPXE_INT8:
	case IPXE_INT16:
	case IPXE_INT32:
	case IPXE_UINT8:
	case IPXE_UINT16:
	case IPXE_UINT32:
		return parse_number(text, types[ret->type].number_len, ret);
	case IPXE_STRING:
	case IPXE_URISTRING:
	case IPXE_TYPE_COUNT:
		break;
	}
	return false;
}

/* "%41" is "A". */
static bool decode_percent(const char *marked, struct text *t)
{
	for (; *marked; marked++) {
		uint8_t c;

		if (*marked != '%') {
			text_add_char(t, *marked);
			continue;
		}
		if (!text_parse_hex(span_of(marked + 1, strnlen(marked + 1, 2)),
				    &c, 1))
			return false;
		ipxe_add_marked(t, span_of(&c, 1), false);
		marked += 2;
	}
	return true;
}

bool ipxe_parse_value(const char *marked, struct ipxe_value *ret)
{
	char plain[IPXE_VALUE_MAX];
	struct text t = text_over(plain, sizeof(plain));
	struct text s = text_over((char *)ret->bytes, sizeof(ret->bytes));

	ret->is_outside = ipxe_has_marks(marked);
	if (ret->type == IPXE_STRING || ret->type == IPXE_URISTRING) {
		if (ret->type == IPXE_STRING)
			text_add(&s, marked);
		else if (!decode_percent(marked, &s))
			return false;
		ret->type = IPXE_STRING;
		ret->len = s.len;
		return !s.cut;
	}
	ipxe_add_plain(&t, marked);
	return !t.cut && parse_plain(plain, ret);
}

/* --- to text --- */

/* The bytes that marked text stands for; true if some of them were marked. */
static bool raw_of(const struct ipxe_value *v, struct text *raw)
{
	const char *at = (const char *)v->bytes;
	bool is_marked = v->is_outside;

	if (v->type != IPXE_STRING) {
		text_add_bytes(raw, span_of(v->bytes, v->len));
		return is_marked;
	}
	while (at < (const char *)v->bytes + v->len) {
		char mark;
		uint8_t c;

		if (ipxe_next_byte(&at, &mark, &c))
			is_marked = true;
		if (mark == IPXE_MARK_ENCODED)
			text_addf(raw, "%%%02X", c);
		else
			text_add_char(raw, (char)c);
	}
	return is_marked;
}

static void add_hex(struct text *t, struct span raw, const char *separator)
{
	for (size_t i = 0; i < raw.len; i++) {
		if (i)
			text_add(t, separator);
		text_add_hex(t, span_slice(raw, i, 1));
	}
}

static void add_uuid(struct text *t, struct span raw)
{
	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			text_add_char(t, '-');
		text_add_hex(t, span_slice(raw, i, 1));
	}
}

static void add_base64(struct text *t, struct span raw)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
				     "pqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < raw.len; i += 3) {
		uint32_t bits = 0;

		for (size_t k = i; k < i + 3; k++)
			bits = bits << 8 | (k < raw.len ? raw.ptr[k] : 0);
		for (size_t k = 0; k < 4; k++)
			text_add_char(
				t,
				i + k <= raw.len
					? digits[bits >> (18 - 6 * k) & 0x3fU]
					: '=');
	}
}

static void add_uri(struct text *t, struct span raw, bool is_outside)
{
	char one[4];

	for (size_t i = 0; i < raw.len; i++) {
		struct text s = text_over(one, sizeof(one));

		url_add_encoded(&s, span_slice(raw, i, 1), "");
		if (s.len == 1 || !is_outside) {
			text_add(t, one);
			continue;
		}
		text_add_char(t, IPXE_MARK_ENCODED);
		text_add(t, one + 1);
	}
}

static bool add_number(struct text *t, struct span raw, enum ipxe_type type)
{
	uint32_t n = 0, bits = 8U * types[type].number_len;

	if (!raw.len || raw.len > 4)
		return false;
	if (types[type].has_sign && raw.ptr[0] & 0x80)
		n = UINT32_MAX;
	for (size_t i = 0; i < raw.len; i++)
		n = n << 8 | raw.ptr[i];
	if (bits < 32)
		n &= (1U << bits) - 1;
	if (types[type].has_sign && n >> (bits - 1))
		text_addf(t, "-%lld", (1LL << bits) - (long long)n);
	else
		text_addf(t, "%u", n);
	return true;
}

static bool add_address(struct text *t, struct span raw, int family, size_t len)
{
	char buf[INET6_ADDRSTRLEN];

	if (raw.len != len || !inet_ntop(family, raw.ptr, buf, sizeof(buf)))
		return false;
	text_add(t, buf);
	return true;
}

static bool add_guid(struct text *t, struct span raw, bool is_guid)
{
	uint8_t bytes[16];

	if (raw.len != sizeof(bytes))
		return false;
	memcpy(bytes, raw.ptr, sizeof(bytes));
	if (is_guid)
		swap_guid(bytes);
	add_uuid(t, span_of(bytes, sizeof(bytes)));
	return true;
}

bool ipxe_format_value(const struct ipxe_value *v, enum ipxe_type type,
		       struct text *t)
{
	char buf[IPXE_VALUE_MAX + 1], digits[4 * IPXE_VALUE_MAX / 3 + 5];
	struct text r = text_over(buf, sizeof(buf));
	struct text d = text_over(digits, sizeof(digits));
	bool is_outside;
	struct span raw;

	if (type == IPXE_STRING && v->type == IPXE_STRING) {
		text_add_bytes(t, span_of(v->bytes, v->len));
		return true;
	}
	is_outside = raw_of(v, &r);
	raw = span_of(r.buf, r.len);
	switch (type) {
	case IPXE_STRING: /* digits may have been from outside, too */
		ipxe_add_marked(t, raw, true);
		return true;
	case IPXE_URISTRING:
		add_uri(t, raw, is_outside || v->type != IPXE_STRING);
		return true;
	case IPXE_HEX:
		add_hex(t, raw, ":");
		return true;
	case IPXE_HEXHYP:
		add_hex(t, raw, "-");
		return true;
	case IPXE_HEXRAW:
		add_hex(t, raw, "");
		return true;
	case IPXE_BASE64:
		add_base64(&d, raw);
		ipxe_add_marked(t, span_of(d.buf, d.len), is_outside);
		return true;
	case IPXE_IPV4:
		return add_address(t, raw, AF_INET, 4);
	case IPXE_IPV6:
		return add_address(t, raw, AF_INET6, 16);
	case IPXE_UUID:
	case IPXE_GUID:
		return add_guid(t, raw, type == IPXE_GUID);
	case IPXE_INT8:
	case IPXE_INT16:
	case IPXE_INT32:
	case IPXE_UINT8:
	case IPXE_UINT16:
	case IPXE_UINT32:
		return add_number(t, raw, type);
	case IPXE_TYPE_COUNT:
		break;
	}
	return false;
}
