#include "format/boot_count.h"

#include "base/text.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

/* Digits at the front of s; false if there are none, or too large a number. */
static bool read_number(struct span s, uint32_t *ret, size_t *ret_digits)
{
	uint64_t value = 0;
	size_t at = 0;

	for (; at < s.len && s.ptr[at] >= '0' && s.ptr[at] <= '9'; at++) {
		value = value * 10 + (uint64_t)(s.ptr[at] - '0');
		if (value > BOOT_COUNT_MAX)
			return false;
	}
	*ret = (uint32_t)value;
	*ret_digits = at;
	return at > 0;
}

static bool is_suffix(struct span s)
{
	const char *text = (const char *)s.ptr;

	return (s.len == 5 && !strncasecmp(text, ".conf", 5)) ||
	       (s.len == 4 && !strncasecmp(text, ".efi", 4));
}

struct boot_count boot_count_parse(struct span name)
{
	struct boot_count c = { .at = name.len };
	struct span rest;

	while (c.at && name.ptr[c.at - 1] != '+')
		c.at--;
	if (c.at < 2) /* no '+', or nothing in front of it */
		return (struct boot_count){ 0 };
	rest = span_slice(name, c.at, name.len - c.at);
	if (!read_number(rest, &c.left, &c.left_digits))
		return (struct boot_count){ 0 };
	rest = span_slice(rest, c.left_digits, rest.len - c.left_digits);
	c.len = 1 + c.left_digits;
	if (rest.len && rest.ptr[0] == '-') {
		rest = span_slice(rest, 1, rest.len - 1);
		if (!read_number(rest, &c.done, &c.done_digits))
			return (struct boot_count){ 0 };
		rest = span_slice(rest, c.done_digits,
				  rest.len - c.done_digits);
		c.len += 1 + c.done_digits;
	}
	if (!is_suffix(rest))
		return (struct boot_count){ 0 };
	c.at--;
	c.counted = true;
	return c;
}

static bool finish(const struct text *t)
{
	if (!t->cut && !memchr(t->buf, '\0', t->len))
		return true;
	t->buf[0] = '\0';
	return false;
}

bool boot_count_without(struct span name, char *ret, size_t cap)
{
	struct boot_count c = boot_count_parse(name);
	struct text t = text_over(ret, cap);
	size_t end = c.at + c.len;

	text_add_bytes(&t, span_slice(name, 0, c.at));
	text_add_bytes(&t, span_slice(name, end, name.len - end));
	return finish(&t);
}

/* With at least so many digits. */
static void add_number(struct text *t, uint32_t value, size_t digits)
{
	size_t own = 1;

	for (uint32_t rest = value; rest >= 10; rest /= 10)
		own++;
	for (; own < digits; digits--)
		text_add_char(t, '0');
	text_addf(t, "%" PRIu32, value);
}

/* The largest number of so many digits. */
static uint32_t largest(size_t digits)
{
	uint64_t value = 0;

	for (; digits && value < BOOT_COUNT_MAX; digits--)
		value = value * 10 + 9;
	return value < BOOT_COUNT_MAX ? (uint32_t)value : BOOT_COUNT_MAX;
}

bool boot_count_after_attempt(struct span name, char *ret, size_t cap)
{
	struct boot_count c = boot_count_parse(name);
	struct text t = text_over(ret, cap);
	size_t end = c.at + c.len;
	size_t digits = c.done_digits ? c.done_digits : 1;

	if (!c.counted)
		return false;
	text_add_bytes(&t, span_slice(name, 0, c.at + 1));
	add_number(&t, c.left ? c.left - 1 : 0, c.left_digits);
	text_add_char(&t, '-');
	add_number(&t, c.done < largest(digits) ? c.done + 1 : c.done, digits);
	text_add_bytes(&t, span_slice(name, end, name.len - end));
	return finish(&t);
}
