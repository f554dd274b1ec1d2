#include "base/printf.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

struct printer {
	void (*put)(void *to, struct span piece);
	void *to;
	va_list args;
};

enum length { AS_CHAR, AS_SHORT, AS_INT, AS_LONG };

struct conversion {
	bool left, zeros;
	bool has_precision;
	size_t width, precision;
	enum length length;
	char kind; /* as in the format, NUL at its end */
};

static void put(struct printer *p, const void *bytes, size_t len)
{
	if (len)
		p->put(p->to, span_of(bytes, len));
}

static void pad(struct printer *p, char c, size_t len)
{
	char some[16];

	memset(some, c, sizeof(some));
	for (size_t step; len; len -= step) {
		step = len < sizeof(some) ? len : sizeof(some);
		put(p, some, step);
	}
}

/* --- what stands after a percent sign ----------------------------------------
 */

/* Digits or `*`; a negative argument is told apart. */
static const char *read_size(struct printer *p, const char *at, size_t *ret,
			     bool *ret_negative)
{
	size_t size = 0;
	int given;

	*ret_negative = false;
	if (*at == '*') {
		given = va_arg(p->args, int);
		*ret_negative = given < 0;
		*ret = given < 0 ? 0 - (size_t)given : (size_t)given;
		return at + 1;
	}
	for (; *at >= '0' && *at <= '9'; at++)
		if (size < INT_MAX / 10)
			size = size * 10 + (size_t)(*at - '0');
	*ret = size;
	return at;
}

static const char *read_length(const char *at, enum length *ret)
{
	*ret = AS_INT;
	if (*at && strchr("lzjt", *at)) {
		/* all of them 64 bits wide, a second l too */
		_Static_assert(sizeof(long) == sizeof(long long), "LP64");
		*ret = AS_LONG;
		at += at[0] == 'l' && at[1] == 'l' ? 2 : 1;
	} else if (*at == 'h') {
		*ret = at[1] == 'h' ? AS_CHAR : AS_SHORT;
		at += at[1] == 'h' ? 2 : 1;
	}
	return at;
}

static const char *read_conversion(struct printer *p, const char *at,
				   struct conversion *ret)
{
	bool negative;

	*ret = (struct conversion){ 0 };
	for (; *at == '-' || *at == '0'; at++) {
		ret->left |= *at == '-';
		ret->zeros |= *at == '0';
	}
	at = read_size(p, at, &ret->width, &negative);
	ret->left |= negative;
	if (*at == '.') {
		at = read_size(p, at + 1, &ret->precision, &negative);
		ret->has_precision = !negative;
	}
	at = read_length(at, &ret->length);
	ret->kind = *at;
	return *at ? at + 1 : at;
}

/* --- the conversions ---------------------------------------------------------
 */

/* A sign and leading zeros, then the text, in a field of the width. */
static void put_field(struct printer *p, const struct conversion *c,
		      const char *sign, size_t zeros, struct span text)
{
	size_t sign_len = strlen(sign), len = sign_len + zeros + text.len;
	size_t room = c->width > len ? c->width - len : 0;

	if (!c->left)
		pad(p, ' ', room);
	put(p, sign, sign_len);
	pad(p, '0', zeros);
	put(p, text.ptr, text.len);
	if (c->left)
		pad(p, ' ', room);
}

static void put_number(struct printer *p, const struct conversion *c,
		       const char *sign, uint64_t value)
{
	const char *digits =
		c->kind == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	unsigned base = strchr("xXp", c->kind) ? 16 : 10;
	char text[20];
	size_t at = sizeof(text), len, want = 1;

	for (; value; value /= base)
		text[--at] = digits[value % base];
	len = sizeof(text) - at;
	if (c->has_precision)
		want = c->precision;
	else if (c->zeros && !c->left && c->width > strlen(sign))
		want = c->width - strlen(sign);
	put_field(p, c, sign, want > len ? want - len : 0,
		  span_of(text + at, len));
}

static void put_signed(struct printer *p, const struct conversion *c)
{
	int64_t value = c->length == AS_LONG ? va_arg(p->args, long)
					     : va_arg(p->args, int);

	if (c->length == AS_SHORT)
		value = (short)value;
	else if (c->length == AS_CHAR)
		value = (signed char)value;
	put_number(p, c, value < 0 ? "-" : "",
		   value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

static void put_unsigned(struct printer *p, const struct conversion *c)
{
	uint64_t value = c->length == AS_LONG ? va_arg(p->args, unsigned long)
					      : va_arg(p->args, unsigned);

	if (c->length == AS_SHORT)
		value = (unsigned short)value;
	else if (c->length == AS_CHAR)
		value = (unsigned char)value;
	put_number(p, c, "", value);
}

static void put_text(struct printer *p, const struct conversion *c)
{
	const char *text = va_arg(p->args, const char *);

	if (!text)
		text = "(null)";
	put_field(p, c, "", 0,
		  span_of(text, c->has_precision ? strnlen(text, c->precision)
						 : strlen(text)));
}

static bool put_conversion(struct printer *p, const struct conversion *c)
{
	char letter;

	switch (c->kind) {
	case 'd':
	case 'i':
		put_signed(p, c);
		return true;
	case 'u':
	case 'x':
	case 'X':
		put_unsigned(p, c);
		return true;
	case 'p':
		put_number(p, c, "0x", (uintptr_t)va_arg(p->args, void *));
		return true;
	case 'c':
		letter = (char)va_arg(p->args, int);
		put_field(p, c, "", 0, span_of(&letter, 1));
		return true;
	case 's':
		put_text(p, c);
		return true;
	case '%':
		put(p, "%", 1);
		return true;
	default:
		return false;
	}
}

void printf_format(void (*put_piece)(void *to, struct span piece), void *to,
		   const char *fmt, va_list args)
{
	struct printer p = { .put = put_piece, .to = to };

	va_copy(p.args, args);
	while (*fmt) {
		struct conversion c;
		size_t len = strcspn(fmt, "%");
		const char *from = fmt + len;

		put(&p, fmt, len);
		if (!*from)
			break;
		fmt = read_conversion(&p, from + 1, &c);
		if (!put_conversion(&p, &c))
			put(&p, from, (size_t)(fmt - from));
	}
	va_end(p.args);
}

/* --- in place of the C library's ---------------------------------------------
 */

#ifndef __GLIBC__

struct output {
	FILE *file;
	int total; /* -1 once something was not written */
	size_t used;
	char bytes[256]; /* few writes where the file has no buffer */
};

static void flush(struct output *out)
{
	if (out->used &&
	    fwrite(out->bytes, 1, out->used, out->file) != out->used)
		out->total = -1;
	out->used = 0;
}

static void put_out(void *to, struct span piece)
{
	struct output *out = to;

	if (out->total < 0 || piece.len > (size_t)(INT_MAX - out->total)) {
		out->total = -1;
		return;
	}
	out->total += (int)piece.len;
	for (size_t step; piece.len; piece.len -= step, piece.ptr += step) {
		step = sizeof(out->bytes) - out->used;
		step = piece.len < step ? piece.len : step;
		memcpy(out->bytes + out->used, piece.ptr, step);
		out->used += step;
		if (out->used == sizeof(out->bytes))
			flush(out);
	}
}

int vfprintf(FILE *file, const char *fmt, va_list args)
{
	struct output out = { .file = file };

	printf_format(put_out, &out, fmt, args);
	flush(&out);
	return out.total;
}

#endif
