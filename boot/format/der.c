#include "format/der.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TAG_NUMBER_MASK	   0x1f
#define LENGTH_OCTETS_MAX  4
#define NUMBER_OCTETS_MAX  4
#define UTC_TIME_LAST_YEAR 49 /* 00 to 49 are of the 21st century */

struct der der_over(struct der_source *source, struct span bytes,
		    struct error *err)
{
	*source = (struct der_source){ .all = bytes, .err = err };
	return (struct der){ .source = source, .c = cursor_over(bytes) };
}

enum status der_status(const struct der *d)
{
	return d->source->status;
}

bool der_ok(const struct der *d)
{
	return d->source->status == OK;
}

void der_fail(struct der *d, enum status code, const char *fmt, ...)
{
	char sentence[ERROR_TEXT_MAX];
	va_list args;

	if (!der_ok(d))
		return;
	va_start(args, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, args);
	va_end(args);
	d->source->status = fail(d->source->err, code, "%s", sentence);
}

bool der_more(const struct der *d)
{
	return der_ok(d) && cursor_left(&d->c) > 0;
}

bool der_next_is(const struct der *d, uint8_t tag)
{
	return der_more(d) && d->c.all.ptr[d->c.at] == tag;
}

/* Where the reader stands in everything that is parsed. */
static size_t offset_of(const struct der *d)
{
	if (!d->c.all.ptr || !d->source->all.ptr)
		return 0;
	return (size_t)(d->c.all.ptr + d->c.at - d->source->all.ptr);
}

static uint32_t read_long_length(struct der *d, unsigned octets, size_t at,
				 const char *what)
{
	uint32_t len = 0;

	if (!octets)
		der_fail(d, E_DER_INDEFINITE,
			 "%s at 0x%zx has an indefinite length (0x80), DER has "
			 "definite ones only",
			 what, at);
	else if (octets > LENGTH_OCTETS_MAX)
		der_fail(d, E_DER_LENGTH_SIZE,
			 "%s at 0x%zx has a length of %u octets, the most is "
			 "%u",
			 what, at, octets, LENGTH_OCTETS_MAX);
	else if (octets > cursor_left(&d->c))
		der_fail(d, E_DER_TRUNCATED,
			 "%s at 0x%zx has a length of %u octets, of which %zu "
			 "are there",
			 what, at, octets, cursor_left(&d->c));
	if (!der_ok(d))
		return 0;
	for (unsigned i = 0; i < octets; i++)
		len = len << 8 | cursor_u8(&d->c);
	if (len < 0x80 || !(len >> (8 * (octets - 1))))
		der_fail(d, E_DER_LENGTH_NOT_MINIMAL,
			 "%s at 0x%zx gives its length %u in %u octets, fewer "
			 "would do",
			 what, at, len, octets + 1);
	return len;
}

static uint8_t read_tag(struct der *d, size_t at, const char *what)
{
	uint8_t tag;

	/* tag and one octet of length */
	if (cursor_left(&d->c) < 2) {
		der_fail(d, E_DER_TRUNCATED,
			 "%s at 0x%zx: %zu bytes are left, an element has at "
			 "least 2",
			 what, at, cursor_left(&d->c));
		return 0;
	}
	tag = cursor_u8(&d->c);
	if (!tag)
		der_fail(d, E_DER_TAG_RESERVED,
			 "%s at 0x%zx has tag 0x00, which DER does not use",
			 what, at);
	if ((tag & TAG_NUMBER_MASK) == TAG_NUMBER_MASK)
		der_fail(d, E_DER_HIGH_TAG,
			 "%s at 0x%zx has tag 0x%02x, with a number above 30",
			 what, at, tag);
	return tag;
}

struct der_element der_any(struct der *d, const char *what)
{
	struct der_element element = { 0 };
	size_t at = offset_of(d), begin = d->c.at;
	uint32_t len = 0;
	uint8_t first;

	if (!der_ok(d))
		return element;
	element.tag = read_tag(d, at, what);
	if (der_ok(d)) {
		first = cursor_u8(&d->c);
		len = first < 0x80
			      ? first
			      : read_long_length(d, first & 0x7f, at, what);
	}
	if (len > cursor_left(&d->c))
		der_fail(d, E_DER_PAST_END,
			 "%s at 0x%zx has %u bytes, %zu are left", what, at,
			 len, cursor_left(&d->c));
	if (!der_ok(d))
		return (struct der_element){ 0 };
	element.content = cursor_take(&d->c, len);
	element.whole = span_slice(d->c.all, begin, d->c.at - begin);
	return element;
}

struct der_element der_take(struct der *d, uint8_t tag, const char *what)
{
	size_t at = offset_of(d);

	/* Said before the length is read: a wrong tag explains what follows. */
	if (der_more(d) && !der_next_is(d, tag))
		der_fail(d, E_DER_TAG,
			 "%s at 0x%zx has tag 0x%02x, it should have 0x%02x",
			 what, at, d->c.all.ptr[d->c.at], tag);
	return der_any(d, what);
}

struct der der_inside(const struct der *d, const struct der_element *element)
{
	return (struct der){ .source = d->source,
			     .c = cursor_over(element->content) };
}

struct der der_enter(struct der *d, uint8_t tag, const char *what)
{
	struct der_element element = der_take(d, tag, what);

	return der_inside(d, &element);
}

void der_end(struct der *d, const char *what)
{
	if (der_more(d))
		der_fail(d, E_DER_TRAILING,
			 "%s should end at 0x%zx, %zu bytes follow", what,
			 offset_of(d), cursor_left(&d->c));
}

bool der_boolean(struct der *d, const char *what)
{
	struct span content = der_take(d, DER_BOOLEAN, what).content;

	if (!der_ok(d))
		return false;
	if (content.len != 1)
		der_fail(d, E_DER_BOOLEAN, "%s has %zu bytes, a BOOLEAN has 1",
			 what, content.len);
	else if (content.ptr[0] && content.ptr[0] != 0xff)
		der_fail(d, E_DER_BOOLEAN,
			 "%s is 0x%02x, a BOOLEAN is 0x00 or 0xff", what,
			 content.ptr[0]);
	return der_ok(d) && content.ptr[0];
}

void der_null(struct der *d, const char *what)
{
	struct span content = der_take(d, DER_NULL, what).content;

	if (content.len)
		der_fail(d, E_DER_NULL, "%s has %zu bytes, a NULL has 0", what,
			 content.len);
}

struct span der_integer(struct der *d, const char *what)
{
	struct span content = der_take(d, DER_INTEGER, what).content;

	if (!der_ok(d))
		return content;
	if (!content.len)
		der_fail(d, E_DER_INTEGER_EMPTY,
			 "%s has 0 bytes, an INTEGER has at least 1", what);
	else if (content.len > 1 &&
		 ((content.ptr[0] == 0x00 && content.ptr[1] < 0x80) ||
		  (content.ptr[0] == 0xff && content.ptr[1] >= 0x80)))
		der_fail(d, E_DER_INTEGER_NOT_MINIMAL,
			 "%s begins with %02x %02x, the first byte is one too "
			 "many",
			 what, content.ptr[0], content.ptr[1]);
	else if (content.ptr[0] >= 0x80)
		der_fail(d, E_DER_INTEGER_NEGATIVE,
			 "%s begins with %02x: it is negative", what,
			 content.ptr[0]);
	return content;
}

struct span der_natural(struct der *d, const char *what)
{
	struct span octets = der_integer(d, what);

	if (octets.len && !octets.ptr[0])
		octets = span_slice(octets, 1, octets.len - 1);
	return octets;
}

uint32_t der_number(struct der *d, const char *what)
{
	struct span octets = der_natural(d, what);
	uint32_t number = 0;

	if (octets.len > NUMBER_OCTETS_MAX)
		der_fail(d, E_DER_INTEGER_LARGE,
			 "%s has %zu bytes, the most is %u", what, octets.len,
			 NUMBER_OCTETS_MAX);
	if (!der_ok(d))
		return 0;
	for (size_t i = 0; i < octets.len; i++)
		number = number << 8 | octets.ptr[i];
	return number;
}

/* The octets behind the count of unused bits. */
static struct span take_bits(struct der *d, uint8_t *ret_unused,
			     const char *what)
{
	struct span content = der_take(d, DER_BIT_STRING, what).content;

	*ret_unused = 0;
	if (der_ok(d) && !content.len)
		der_fail(d, E_DER_BITS_EMPTY,
			 "%s has 0 bytes, a BIT STRING has at least 1", what);
	if (!der_ok(d))
		return (struct span){ NULL, 0 };
	*ret_unused = content.ptr[0];
	return span_slice(content, 1, content.len - 1);
}

struct span der_bit_octets(struct der *d, const char *what)
{
	uint8_t unused;
	struct span octets = take_bits(d, &unused, what);

	if (unused)
		der_fail(d, E_DER_BITS_UNUSED,
			 "%s leaves %u bits unused, it should leave 0", what,
			 unused);
	return octets;
}

uint32_t der_named_bits(struct der *d, const char *what)
{
	uint8_t unused;
	struct span octets = take_bits(d, &unused, what);
	uint32_t bits = 0;

	if (unused > (octets.len ? 7 : 0))
		der_fail(d, E_DER_BITS_UNUSED,
			 "%s leaves %u bits of %zu bytes unused", what, unused,
			 octets.len);
	else if (unused && octets.ptr[octets.len - 1] & ((1U << unused) - 1))
		der_fail(d, E_DER_BITS_PADDING,
			 "%s ends with 0x%02x, its last %u bits should be 0",
			 what, octets.ptr[octets.len - 1], unused);
	else if (octets.len > sizeof(bits))
		der_fail(d, E_DER_BITS_LONG,
			 "%s has %zu bytes, the most is %zu", what, octets.len,
			 sizeof(bits));
	if (!der_ok(d))
		return 0;
	/* The first bit is the highest of its octet. */
	for (unsigned n = 0; n < octets.len * 8; n++)
		if (octets.ptr[n / 8] & (0x80 >> n % 8))
			bits |= (uint32_t)1 << n;
	return bits;
}

/* Takes one number of an OID; *ret_fits is false if it has over 64 bits. */
static uint64_t take_arc(struct cursor *c, bool *ret_fits, bool *ret_minimal)
{
	uint64_t arc = 0;
	uint8_t octet = cursor_u8(c);

	*ret_fits = true;
	*ret_minimal = octet != 0x80;
	for (;;) {
		if (arc >> 57)
			*ret_fits = false;
		arc = (arc & (UINT64_MAX >> 7)) << 7 | (octet & 0x7f);
		if (!(octet & 0x80))
			return arc;
		octet = cursor_u8(c); /* 0, and an end, past the end */
	}
}

static void add_first_arcs(struct text *t, uint64_t both)
{
	uint64_t first = both < 80 ? both / 40 : 2;

	text_addf(t, "%llu.%llu", (unsigned long long)first,
		  (unsigned long long)(both - first * 40));
}

struct oid der_oid(struct der *d, const char *what)
{
	struct span content = der_take(d, DER_OID, what).content;
	struct cursor c = cursor_over(content);
	struct oid oid = { "" };
	struct text t = text_over(oid.text, sizeof(oid.text));
	bool fits = true;

	while (der_ok(d) && (cursor_left(&c) || !content.len)) {
		bool is_first = !c.at, arc_fits, is_minimal;
		uint64_t arc = take_arc(&c, &arc_fits, &is_minimal);

		if (!cursor_ok(&c) || !is_minimal)
			der_fail(d, E_DER_OID,
				 "%s is no OBJECT IDENTIFIER: its %zu bytes %s",
				 what, content.len,
				 cursor_ok(&c) ? "have a number that begins "
						 "with 0x80"
					       : "end inside a number");
		fits = fits && arc_fits;
		if (is_first)
			add_first_arcs(&t, arc);
		else
			text_addf(&t, ".%llu", (unsigned long long)arc);
	}
	if (!der_ok(d) || !fits || t.cut)
		strcpy(oid.text, "unreadable");
	return oid;
}

bool oid_is(const struct oid *oid, const char *text)
{
	return !strcmp(oid->text, text);
}

/* Takes that many digits; a character that is none makes the cursor bad. */
static unsigned take_digits(struct cursor *c, unsigned count)
{
	unsigned value = 0;

	while (count--) {
		uint8_t digit = cursor_u8(c);

		if (digit < '0' || digit > '9')
			c->bad = true;
		else
			value = value * 10 + digit - '0';
	}
	return value;
}

struct moment {
	unsigned year, month, day, hour, minute, second;
};

static bool is_leap(unsigned year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned days_of_month(unsigned year, unsigned month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30,
					31, 31, 30, 31, 30, 31 };

	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static bool is_moment(const struct moment *m)
{
	return m->month >= 1 && m->month <= 12 && m->day >= 1 &&
	       m->day <= days_of_month(m->year, m->month) && m->hour < 24 &&
	       m->minute < 60 && m->second < 60;
}

/* Days before January 1st of the year, since that of year 0. */
static int64_t days_before_year(unsigned year)
{
	int64_t before = (int64_t)year - 1;

	if (!year)
		return 0;
	/* year 0 is a leap year, too */
	return (int64_t)year * 365 + before / 4 - before / 100 + before / 400 +
	       1;
}

static int64_t seconds_of(const struct moment *m)
{
	int64_t days = days_before_year(m->year) - days_before_year(1970);

	for (unsigned month = 1; month < m->month; month++)
		days += days_of_month(m->year, month);
	days += m->day - 1;
	return ((days * 24 + m->hour) * 60 + m->minute) * 60 + m->second;
}

int64_t der_time(struct der *d, const char *what)
{
	bool is_utc = der_next_is(d, DER_UTC_TIME);
	struct span content =
		der_take(d, is_utc ? DER_UTC_TIME : DER_GENERALIZED_TIME, what)
			.content;
	struct cursor c = cursor_over(content);
	struct moment m = { 0 };

	if (!der_ok(d))
		return 0;
	m.year = take_digits(&c, is_utc ? 2 : 4);
	if (is_utc)
		m.year += m.year <= UTC_TIME_LAST_YEAR ? 2000 : 1900;
	m.month = take_digits(&c, 2);
	m.day = take_digits(&c, 2);
	m.hour = take_digits(&c, 2);
	m.minute = take_digits(&c, 2);
	m.second = take_digits(&c, 2);
	if (cursor_u8(&c) != 'Z' || !cursor_done(&c))
		der_fail(d, E_DER_TIME_FORM,
			 "%s is '%s', its form should be %sMMDDHHMMSSZ", what,
			 display_of(content).text, is_utc ? "YY" : "YYYY");
	else if (!is_moment(&m))
		der_fail(d, E_DER_TIME_VALUE,
			 "%s is '%s', which no calendar or clock shows", what,
			 display_of(content).text);
	return der_ok(d) ? seconds_of(&m) : 0;
}
