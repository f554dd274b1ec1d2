/* Sections and certificate tables moved, hidden, doubled and laid over each
 * other. */
#include "sweep.h"

#include <stdlib.h>
#include <string.h>

#define RAW_SIZE   16
#define RAW_OFFSET 20

static const uint8_t junk[0x1000] = { [0] = 0xa5, [7] = 0x5a, [0x1ff] = 1 };
static const uint8_t zeros[0x1000];
static const size_t gaps[] = { 1, 8, 0x200, 0x1000 };
#define GAPS (sizeof(gaps) / sizeof(gaps[0]))

static size_t row(const struct original *o, size_t section)
{
	return o->section_table + 40 * section;
}

static void put_field(struct mutant *m, size_t at, uint32_t value)
{
	uint8_t octets[4];

	put_u32(octets, value);
	mutant_put(m, at, octets, 4);
}

/* One row of the section table becomes another's, or they change places. */
static bool rows(const struct original *o, size_t n, struct mutant *m)
{
	size_t a = n / 3 / o->section_count, b = n / 3 % o->section_count;

	if (a == b)
		return false;
	mutant_note(m, "section %zu and %zu, way %zu", a, b, n % 3);
	switch (n % 3) {
	case 0:
		mutant_put(m, row(o, a), o->bytes + row(o, b), 40);
		mutant_put(m, row(o, b), o->bytes + row(o, a), 40);
		return true;
	case 1:
		mutant_put(m, row(o, a), o->bytes + row(o, b), 40);
		return true;
	default: /* the data alone */
		mutant_put(m, row(o, a) + RAW_SIZE,
			   o->bytes + row(o, b) + RAW_SIZE, 8);
		return true;
	}
}

/* A section's bytes are cut out of what its row names. */
static bool hide(const struct original *o, size_t n, struct mutant *m)
{
	size_t at = row(o, n / 6);
	uint32_t size = get_u32(o->bytes + at + RAW_SIZE);
	uint32_t offset = get_u32(o->bytes + at + RAW_OFFSET);
	const uint32_t changes[][2] = {
		{ 0, offset },
		{ size - 0x200, offset },
		{ size - 1, offset },
		{ size - 0x200, offset + 0x200 },
		{ size + 0x200, offset },
		{ size, offset - 0x200 },
	};

	mutant_note(m, "section %zu hidden, way %zu", n / 6, n % 6);
	put_field(m, at + RAW_SIZE, changes[n % 6][0]);
	put_field(m, at + RAW_OFFSET, changes[n % 6][1]);
	return true;
}

/* Everything behind a place moves up. */
static void shift(struct mutant *m, size_t from, size_t by)
{
	const struct original *o = m->of;

	for (size_t i = 0; i < o->section_count; i++) {
		uint32_t at = get_u32(o->bytes + row(o, i) + RAW_OFFSET);

		if (at >= from && get_u32(o->bytes + row(o, i) + RAW_SIZE))
			put_field(m, row(o, i) + RAW_OFFSET, at + (uint32_t)by);
	}
	put_field(m, o->cert_entry, (uint32_t)(o->certs_at + by));
}

/* Bytes that no section has, in front of a section or of the certificate
 * table. */
static bool gap(const struct original *o, size_t n, struct mutant *m)
{
	size_t section = n / 2 / GAPS, len = gaps[n / 2 % GAPS];
	size_t at = section == o->section_count
			    ? o->certs_at
			    : get_u32(o->bytes + row(o, section) + RAW_OFFSET);

	if (!at || at > o->certs_at)
		return false;
	mutant_note(m, "a gap of %zu at 0x%zx%s", len, at,
		    n % 2 ? ", zeros" : "");
	shift(m, at, len);
	mutant_splice(m, at, 0, n % 2 ? zeros : junk, len);
	return true;
}

/* The table becomes other bytes. */
static void put_table(struct mutant *m, const void *bytes, size_t len)
{
	const struct original *o = m->of;

	put_field(m, o->cert_entry + 4, (uint32_t)len);
	mutant_splice(m, o->certs_at, m->len - o->certs_at, bytes, len);
}

static void two_tables(struct mutant *m, const uint8_t *a, size_t a_len,
		       const uint8_t *b, size_t b_len)
{
	uint8_t *both = malloc(a_len + b_len);

	if (!both)
		end_with("no memory for two tables");
	memcpy(both, a, a_len);
	memcpy(both + a_len, b, b_len);
	put_table(m, both, a_len + b_len);
	free(both);
}

/* Many entries in one table. */
static void many_entries(struct mutant *m, size_t count)
{
	const struct original *o = m->of;
	const struct entry *e = &o->entries[0];
	uint8_t *all = malloc(count * e->len);

	if (!all)
		end_with("no memory for a table");
	for (size_t i = 0; i < count; i++)
		memcpy(all + i * e->len, o->bytes + e->at, e->len);
	put_table(m, all, count * e->len);
	free(all);
}

/* Two ways to sign the same image are no foreign signature. */
static bool is_of_another_image(const struct original *a,
				const struct original *b)
{
	size_t last = a->cert_entry + 8;

	return a->certs_at != b->certs_at || a->cert_entry != b->cert_entry ||
	       memcmp(a->bytes, b->bytes, a->checksum) != 0 ||
	       memcmp(a->bytes + a->checksum + 4, b->bytes + a->checksum + 4,
		      a->cert_entry - a->checksum - 4) != 0 ||
	       memcmp(a->bytes + last, b->bytes + last, a->certs_at - last) !=
		       0;
}

static bool foreign_table(const struct sweep_input *in, size_t n,
			  struct mutant *m)
{
	const struct original *o = in->o, *other = in->other;
	const uint8_t *own = o->bytes + o->certs_at, *theirs;
	size_t own_len = o->len - o->certs_at, their_len;

	if (!other || !is_of_another_image(o, other))
		return false;
	theirs = other->bytes + other->certs_at;
	their_len = other->len - other->certs_at;
	mutant_note(m, "signature of another file, way %zu", n);
	if (n == 0)
		put_table(m, theirs, their_len);
	else if (n == 1)
		two_tables(m, theirs, their_len, own, own_len);
	else
		two_tables(m, own, own_len, theirs, their_len);
	return true;
}

/* The whole table once more at the end, or the file's only one moved. */
static bool second_table(const struct original *o, size_t n, struct mutant *m)
{
	size_t len = o->len - o->certs_at;

	mutant_note(m, "a second table, way %zu", n);
	switch (n) {
	case 0: /* and the directory names the second */
		put_field(m, o->cert_entry, (uint32_t)o->len);
		break;
	case 1: /* or the first */
		break;
	case 2: /* or both */
		put_field(m, o->cert_entry + 4, (uint32_t)(2 * len));
		break;
	case 3: /* in front of everything but the headers */
		shift(m, o->headers_end, len);
		put_field(m, o->cert_entry, (uint32_t)o->headers_end);
		mutant_splice(m, o->headers_end, 0, o->bytes + o->certs_at,
			      len);
		return true;
	default: /* and the directory takes in the last of the data */
		put_field(m, o->cert_entry, (uint32_t)(o->certs_at - 8));
		put_field(m, o->cert_entry + 4, (uint32_t)(len + 8));
		return true;
	}
	mutant_splice(m, o->len, 0, o->bytes + o->certs_at, len);
	return true;
}

static bool directory(const struct original *o, size_t n, struct mutant *m)
{
	uint32_t at = (uint32_t)o->certs_at, len = (uint32_t)(o->len - at);
	const uint32_t values[][2] = {
		{ 0, 0 },
		{ 0, len },
		{ at, 0 },
		{ at + 8, len - 8 },
		{ at, len - 8 },
		{ at, len + 8 },
		{ at - 8, len },
		{ at + 8, len },
		{ at, 8 },
		{ (uint32_t)o->len, 0 },
		{ (uint32_t)o->len, len },
		{ at, 0xffffffff },
		{ 0xfffffff8, 8 },
		{ 0xfffffff8, len + 16 },
		{ (uint32_t)o->headers_end, len },
	};

	if (n >= sizeof(values) / sizeof(values[0]))
		return false;
	mutant_note(m, "the table at 0x%x, 0x%x bytes", values[n][0],
		    values[n][1]);
	put_field(m, o->cert_entry, values[n][0]);
	put_field(m, o->cert_entry + 4, values[n][1]);
	return true;
}

/* The signature's own end: padding that is none. */
static bool padding(const struct original *o, size_t n, struct mutant *m)
{
	const struct entry *e = &o->entries[o->entry_count - 1];
	size_t len = 8 * (n / 2 + 1), at = e->at + e->len;

	if (at != o->len)
		return false;
	mutant_note(m, "%zu bytes of padding%s", len, n % 2 ? ", zeros" : "");
	put_field(m, e->at, (uint32_t)(e->len + len));
	put_field(m, o->cert_entry + 4, (uint32_t)(o->len - o->certs_at + len));
	mutant_splice(m, o->len, 0, n % 2 ? zeros : junk, len);
	return true;
}

static bool entries(const struct original *o, size_t n, struct mutant *m)
{
	(void)o;
	mutant_note(m, "%zu entries", n + 2);
	many_entries(m, n + 2);
	return true;
}

size_t layout_count(const struct sweep_input *in)
{
	size_t sections = in->o->section_count;

	return sections * sections * 3 + sections * 6 +
	       (sections + 1) * GAPS * 2 + 3 + 5 + 16 + 16 + 8;
}

bool layout_make(const struct sweep_input *in, size_t n, struct mutant *m)
{
	const struct original *o = in->o;
	size_t sections = o->section_count;

	if (n < sections * sections * 3)
		return rows(o, n, m);
	n -= sections * sections * 3;
	if (n < sections * 6)
		return hide(o, n, m);
	n -= sections * 6;
	if (n < (sections + 1) * GAPS * 2)
		return gap(o, n, m);
	n -= (sections + 1) * GAPS * 2;
	if (n < 3)
		return foreign_table(in, n, m);
	n -= 3;
	if (n < 5)
		return second_table(o, n, m);
	n -= 5;
	if (n < 16)
		return directory(o, n, m);
	n -= 16;
	return n < 16 ? padding(o, n, m) : entries(o, n - 16, m);
}
