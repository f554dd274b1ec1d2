/*
 * The container of lzop: built here field by field, then each field broken in
 * turn. The one packed block comes from the real tool.
 */
#include "guard.h"
#include "test.h"
#include "unpack/unpack.h"
#include "unpack_vectors.h"

#include <zlib.h>

#define PLAIN_LEN 990

/* Where the block's bytes are in vector_lzo: behind a header of 38 bytes, two
 * lengths and a checksum, and in front of the end mark. */
#define PACKED	   (vector_lzo + 38 + 12)
#define PACKED_LEN (sizeof(vector_lzo) - 38 - 12 - 4)

enum {
	ADLER_UNPACKED = 1,
	ADLER_PACKED = 2,
	EXTRA_FIELD = 0x40,
	CRC_UNPACKED = 0x100,
	CRC_PACKED = 0x200,
	MULTIPART = 0x400,
	FILTER = 0x800,
	HEADER_CRC = 0x1000,
	ALL_SUMS = ADLER_UNPACKED | ADLER_PACKED | CRC_UNPACKED | CRC_PACKED,
};

/* What to write; the values of a good container are in `good`. */
struct lzop {
	uint16_t version, needed;
	uint8_t method;
	uint32_t flags;
	const char *name;
	uint32_t header_sum_xor, extra_sum_xor;
	uint32_t unpacked_len, packed_len;
	uint32_t sum_xor[4]; /* adler and crc unpacked, adler and crc packed */
	bool stored;
	uint32_t end;
};

static const struct lzop good = {
	.version = 0x1040,
	.needed = 0x0940,
	.method = 3,
	.flags = ADLER_UNPACKED,
	.name = "Image",
	.unpacked_len = PLAIN_LEN,
	.packed_len = PACKED_LEN,
};

struct stream {
	uint8_t bytes[4096];
	size_t len;
};

static void put(struct stream *s, const void *bytes, size_t len)
{
	assert_true(s->len + len <= sizeof(s->bytes));
	memcpy(s->bytes + s->len, bytes, len);
	s->len += len;
}

static void put_be(struct stream *s, uint32_t value, unsigned bytes)
{
	while (bytes--) {
		uint8_t byte = (uint8_t)(value >> 8 * bytes);

		put(s, &byte, 1);
	}
}

static uint32_t sum_of(const void *bytes, size_t len, bool crc)
{
	const Bytef *from = bytes;

	return (uint32_t)(crc ? crc32(0, from, (uInt)len)
			      : adler32(1, from, (uInt)len));
}

static void put_header_sum(struct stream *s, size_t from, uint32_t flags,
			   uint32_t change)
{
	uint32_t sum =
		sum_of(s->bytes + from, s->len - from, flags & HEADER_CRC);

	put_be(s, sum ^ change, 4);
}

static void put_header(struct stream *s, const struct lzop *z)
{
	bool has_level = z->version >= 0x0940;

	put(s, "\x89LZO\0\r\n\x1a\n", 9);
	put_be(s, z->version, 2);
	put_be(s, 0x20a0, 2);
	if (has_level)
		put_be(s, z->needed, 2);
	put_be(s, z->method, 1);
	if (has_level)
		put_be(s, 9, 1);
	put_be(s, z->flags, 4);
	if (z->flags & FILTER)
		put_be(s, 1, 4);
	put_be(s, 0100644, 4);
	put_be(s, 0x6b03dc00, 4);
	if (has_level)
		put_be(s, 0, 4);
	put_be(s, (uint32_t)strlen(z->name), 1);
	put(s, z->name, strlen(z->name));
	put_header_sum(s, 9, z->flags, z->header_sum_xor);
	if (z->flags & EXTRA_FIELD) {
		size_t from = s->len;

		put_be(s, 3, 4);
		put(s, "abc", 3);
		put_header_sum(s, from, z->flags, z->extra_sum_xor);
	}
}

static struct span plain_text(void)
{
	static char text[PLAIN_LEN + 1];
	size_t len = 0;

	for (unsigned i = 0; i < 50; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"line %u of a kernel\n", i * 7 % 50);
	return span_of(text, PLAIN_LEN);
}

static void put_block(struct stream *s, const struct lzop *z)
{
	struct span plain = plain_text();
	struct span packed = z->stored ? plain : span_of(PACKED, PACKED_LEN);

	put_be(s, z->unpacked_len, 4);
	put_be(s, z->packed_len, 4);
	if (z->flags & ADLER_UNPACKED)
		put_be(s, sum_of(plain.ptr, plain.len, 0) ^ z->sum_xor[0], 4);
	if (z->flags & CRC_UNPACKED)
		put_be(s, sum_of(plain.ptr, plain.len, 1) ^ z->sum_xor[1], 4);
	if (z->flags & ADLER_PACKED && !z->stored)
		put_be(s, sum_of(packed.ptr, packed.len, 0) ^ z->sum_xor[2], 4);
	if (z->flags & CRC_PACKED && !z->stored)
		put_be(s, sum_of(packed.ptr, packed.len, 1) ^ z->sum_xor[3], 4);
	put(s, packed.ptr, packed.len);
}

static enum status try_bytes(const struct stream *s, size_t out_len)
{
	struct guarded in _drop_guarded_ =
		guard_copy(span_of(s->bytes, s->len));
	struct guarded out _drop_guarded_ = guard_make(out_len);
	struct error err = { .code = OK };
	enum status got =
		unpack_lzo(guard_span(&in), out.ptr, out_len, NULL, &err);

	assert_true(guard_intact(&out));
	if (got != OK)
		test_check_sentence(got, &err, __FILE__, __LINE__);
	if (got == OK && out_len == PLAIN_LEN)
		assert_span_equal(guard_span(&out), plain_text());
	return got;
}

static enum status try_lzop_to(const struct lzop *z, size_t out_len)
{
	struct stream s = { .len = 0 };

	put_header(&s, z);
	put_block(&s, z);
	put_be(&s, z->end, 4);
	return try_bytes(&s, out_len);
}

static enum status try_lzop(const struct lzop *z)
{
	return try_lzop_to(z, PLAIN_LEN);
}

static void takes_every_good_form(void **state)
{
	static const uint16_t versions[] = { 0x0900, 0x093f, 0x0940,
					     0x1030, 0x1040, 0xffff };

	(void)state;
	for (uint32_t flags = 0; flags < 0x2000; flags++)
		for (int stored = 0; stored < 2; stored++) {
			struct lzop z = good;

			if (flags & (MULTIPART | FILTER))
				continue;
			z.flags = flags | 0xfff00000U;
			z.stored = stored;
			z.packed_len = stored ? PLAIN_LEN : PACKED_LEN;
			assert_status(OK, try_lzop(&z));
		}
	for (size_t i = 0; i < test_count(versions); i++)
		for (uint8_t method = 1; method <= 3; method++) {
			struct lzop z = good;

			z.version = versions[i];
			z.method = method;
			z.name = "";
			assert_status(OK, try_lzop(&z));
		}
}

static void checks_each_field_of_the_header(void **state)
{
	struct lzop z = good;

	(void)state;
	z.version = 0x08ff;
	assert_status(E_UNPACK_UNSUPPORTED, try_lzop(&z));
	z = good;
	z.needed = 0x1041;
	assert_status(E_UNPACK_UNSUPPORTED, try_lzop(&z));
	z.needed = 0x08ff;
	assert_status(E_UNPACK_UNSUPPORTED, try_lzop(&z));
	z = good;
	z.method = 0;
	assert_status(E_UNPACK_UNSUPPORTED, try_lzop(&z));
	z.method = 4;
	assert_status(E_UNPACK_UNSUPPORTED, try_lzop(&z));
	z.method = 0x80; /* zlib */
	assert_status(E_UNPACK_UNSUPPORTED, try_lzop(&z));
	for (unsigned bit = 0; bit < 32; bit++) {
		bool refused = (1U << bit) & (FILTER | MULTIPART | 0x000fc000);

		z = good;
		z.flags |= 1U << bit;
		assert_status(refused ? E_UNPACK_UNSUPPORTED : OK,
			      try_lzop(&z));
	}
	z = good;
	z.header_sum_xor = 1;
	assert_status(E_UNPACK_CORRUPT, try_lzop(&z));
	z.flags |= HEADER_CRC;
	assert_status(E_UNPACK_CORRUPT, try_lzop(&z));
	z.header_sum_xor = 0;
	z.flags |= EXTRA_FIELD;
	z.extra_sum_xor = 0x80000000;
	assert_status(E_UNPACK_CORRUPT, try_lzop(&z));
}

static void checks_each_field_of_a_block(void **state)
{
	struct lzop z = good;

	(void)state;
	z.unpacked_len = 0xffffffff;
	assert_status(E_UNPACK_UNSUPPORTED, try_lzop(&z));
	z.unpacked_len = (64U << 20) + 1;
	assert_status(E_UNPACK_CORRUPT, try_lzop(&z));
	z.unpacked_len = 64U << 20;
	assert_status(E_UNPACK_TOO_LONG, try_lzop(&z));
	z.unpacked_len = PLAIN_LEN + 1;
	assert_status(E_UNPACK_TOO_LONG, try_lzop(&z));
	z.unpacked_len = PLAIN_LEN - 1;
	assert_status(E_UNPACK_CORRUPT, try_lzop(&z));
	z.unpacked_len = PACKED_LEN - 1;
	assert_status(E_UNPACK_CORRUPT, try_lzop(&z));
	z = good;
	z.packed_len = 0;
	assert_status(E_UNPACK_CORRUPT, try_lzop(&z));
	z.packed_len = PLAIN_LEN + 1;
	assert_status(E_UNPACK_CORRUPT, try_lzop(&z));
	z.packed_len = PACKED_LEN - 1;
	assert_status(E_UNPACK_CORRUPT, try_lzop(&z));
	z.packed_len = PACKED_LEN + 5;
	assert_status(E_UNPACK_TRUNCATED, try_lzop(&z));
	z = good;
	z.flags = 0; /* nothing but the length tells */
	z.unpacked_len = PLAIN_LEN + 1;
	assert_status(E_UNPACK_CORRUPT, try_lzop_to(&z, PLAIN_LEN + 1));
	z = good;
	z.end = 1;
	assert_status(E_UNPACK_TRUNCATED, try_lzop(&z));
}

static void checks_each_checksum(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++)
		for (unsigned bit = 0; bit < 32; bit++) {
			struct lzop z = good;

			z.flags = ALL_SUMS;
			z.sum_xor[i] = 1U << bit;
			assert_status(E_UNPACK_CORRUPT, try_lzop(&z));
			z.stored = true;
			z.packed_len = PLAIN_LEN;
			assert_status(i < 2 ? E_UNPACK_CORRUPT : OK,
				      try_lzop(&z));
		}
}

/* Without any checksum only the LZO decoder itself stands between a changed
 * block and the output: it must keep to both buffers, whatever it makes. */
static void survives_any_change_without_checksums(void **state)
{
	struct lzop z = good;
	struct stream s = { .len = 0 };
	size_t from;

	(void)state;
	z.flags = 0;
	put_header(&s, &z);
	from = s.len;
	put_block(&s, &z);
	put_be(&s, 0, 4);
	for (size_t bit = 8 * from; bit < 8 * s.len; bit++) {
		struct guarded out _drop_guarded_ = guard_make(PLAIN_LEN);
		enum status got;

		s.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
		got = unpack_lzo(span_of(s.bytes, s.len), out.ptr, out.len,
				 NULL, NULL);
		assert_true(got == OK || (got >= E_UNPACK_TRUNCATED &&
					  got <= E_UNPACK_UNSUPPORTED));
		assert_true(guard_intact(&out));
		s.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
}

static void adds_blocks_up(void **state)
{
	struct lzop raw = good;
	struct stream s = { .len = 0 };

	(void)state;
	raw.stored = true;
	raw.packed_len = PLAIN_LEN;
	put_header(&s, &good);
	put_block(&s, &good);
	put_block(&s, &raw);
	assert_status(E_UNPACK_TRUNCATED, try_bytes(&s, 2 * PLAIN_LEN));
	put_be(&s, 0, 4);
	assert_status(OK, try_bytes(&s, 2 * PLAIN_LEN));
	for (size_t len = 0; len < 2 * PLAIN_LEN; len++)
		assert_status(E_UNPACK_TOO_LONG, try_bytes(&s, len));
	assert_status(E_UNPACK_TOO_SHORT, try_bytes(&s, 2 * PLAIN_LEN + 1));
	put_be(&s, 0, 1);
	assert_status(E_UNPACK_TRAILING, try_bytes(&s, 2 * PLAIN_LEN));
}

static void refuses_every_truncation_of_every_form(void **state)
{
	static const uint32_t forms[] = { 0, EXTRA_FIELD, ALL_SUMS | HEADER_CRC,
					  ALL_SUMS | EXTRA_FIELD };

	(void)state;
	for (size_t i = 0; i < test_count(forms); i++) {
		struct stream s = { .len = 0 };
		struct lzop z = good;

		z.flags = forms[i];
		put_header(&s, &z);
		put_block(&s, &z);
		put_be(&s, 0, 4);
		assert_status(OK, try_bytes(&s, PLAIN_LEN));
		while (s.len-- > 0)
			assert_status(E_UNPACK_TRUNCATED,
				      try_bytes(&s, PLAIN_LEN));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_every_good_form),
		cmocka_unit_test(checks_each_field_of_the_header),
		cmocka_unit_test(checks_each_field_of_a_block),
		cmocka_unit_test(checks_each_checksum),
		cmocka_unit_test(survives_any_change_without_checksums),
		cmocka_unit_test(adds_blocks_up),
		cmocka_unit_test(refuses_every_truncation_of_every_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
