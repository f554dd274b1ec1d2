/*
 * What every codec has to keep to, on streams that the usual tools made: the
 * bytes come out exactly, any other length of input or output is refused with
 * its own code, nothing is touched outside of the buffers, and no changed bit
 * gives wrong bytes where the format has a checksum.
 */
#include "guard.h"
#include "test.h"
#include "unpack/unpack.h"
#include "unpack_vectors.h"

struct vector {
	const char *name;
	enum codec codec;
	const uint8_t *bytes;
	size_t len;
	bool checked;	   /* the format has a checksum over the content */
	bool takes_memory; /* from the arena */
};

#define VECTOR(label, kind, sum, memory)                                       \
	{                                                                      \
#label, kind, vector_##label, sizeof(vector_##label), sum,     \
			memory                                                 \
	}

static const struct vector vectors[] = {
	VECTOR(gzip, CODEC_GZIP, true, true),
	VECTOR(gzip_fields, CODEC_GZIP, true, true),
	VECTOR(zstd, CODEC_ZSTD, true, true),
	VECTOR(zstd_sized, CODEC_ZSTD, true, true),
	VECTOR(xz, CODEC_XZ, true, true),
	VECTOR(lzma, CODEC_LZMA, false, true),
	VECTOR(lzma_sized, CODEC_LZMA, false, true),
	VECTOR(lz4, CODEC_LZ4, false, false),
	VECTOR(lzo, CODEC_LZO, true, false),
	VECTOR(lzo_sums, CODEC_LZO, true, false),
};

static struct arena arena; /* of ARENA_SIZE_MAX, made once */
static char plain[1024];
static size_t plain_len;

static int make_plain_and_arena(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 50; i++)
		plain_len += (size_t)snprintf(
			plain + plain_len, sizeof(plain) - plain_len,
			"line %u of a kernel\n", i * 7 % 50);
	arena.cap = ARENA_SIZE_MAX;
	arena.base = mmap(NULL, arena.cap, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return arena.base == MAP_FAILED;
}

static struct span stream_of(const struct vector *v)
{
	return span_of(v->bytes, v->len);
}

/* Unpacks into out with the first arena_cap bytes of the arena, and checks that
 * nothing in front of the buffers was written and a refusal has a reason. */
static enum status unpack_with(enum codec codec, struct span in,
			       struct guarded *out, size_t arena_cap)
{
	struct guarded copy _drop_guarded_ = guard_copy(in);
	struct arena part = { .base = arena.base, .cap = arena_cap };
	struct error err = { .code = OK };
	enum status s = unpack(codec, guard_span(&copy), out->ptr, out->len,
			       &part, &err);

	assert_true(guard_intact(out));
	assert_true(part.used <= part.cap);
	if (s != OK)
		test_check_sentence(s, &err, __FILE__, __LINE__);
	return s;
}

static enum status unpack_to(enum codec codec, struct span in, size_t out_len)
{
	struct guarded out _drop_guarded_ = guard_make(out_len);

	return unpack_with(codec, in, &out, ARENA_SIZE_MAX);
}

static void gives_exactly_the_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < test_count(vectors); i++) {
		struct guarded out _drop_guarded_ = guard_make(plain_len);

		assert_status(OK, unpack_with(vectors[i].codec,
					      stream_of(&vectors[i]), &out,
					      ARENA_SIZE_MAX));
		assert_span_equal(guard_span(&out), span_of(plain, plain_len));
	}
}

/* A stream of lz4 blocks has no end mark, so one that ends between two blocks
 * is whole but gives too little. */
static enum status truncation_of(const struct vector *v, size_t len)
{
	return v->codec == CODEC_LZ4 && len == 4 ? E_UNPACK_TOO_SHORT
						 : E_UNPACK_TRUNCATED;
}

static void refuses_every_truncation(void **state)
{
	(void)state;
	for (size_t i = 0; i < test_count(vectors); i++)
		for (size_t len = 0; len < vectors[i].len; len++) {
			struct span in = span_of(vectors[i].bytes, len);

			assert_status(
				truncation_of(&vectors[i], len),
				unpack_to(vectors[i].codec, in, plain_len));
		}
}

static void refuses_to_give_more_than_asked(void **state)
{
	(void)state;
	for (size_t i = 0; i < test_count(vectors); i++)
		for (size_t len = 0; len < plain_len; len++)
			assert_status(E_UNPACK_TOO_LONG,
				      unpack_to(vectors[i].codec,
						stream_of(&vectors[i]), len));
}

static void refuses_to_give_less_than_asked(void **state)
{
	static const size_t more[] = { 1, 2, 3, 4, 7, 64, 4096, 9U << 20 };

	(void)state;
	for (size_t i = 0; i < test_count(vectors); i++)
		for (size_t k = 0; k < test_count(more); k++)
			assert_status(E_UNPACK_TOO_SHORT,
				      unpack_to(vectors[i].codec,
						stream_of(&vectors[i]),
						plain_len + more[k]));
}

static enum status with_appended(const struct vector *v, const void *tail,
				 size_t len)
{
	struct guarded in _drop_guarded_ = guard_make(v->len + len);

	memcpy(in.ptr, v->bytes, v->len);
	memcpy(in.ptr + v->len, tail, len);
	return unpack_to(v->codec, guard_span(&in), plain_len);
}

static void refuses_bytes_after_the_stream(void **state)
{
	static const uint8_t zeros[16], ones[] = { 255, 255, 255, 255, 255 };

	(void)state;
	for (size_t i = 0; i < test_count(vectors); i++) {
		const struct vector *v = &vectors[i];

		for (size_t len = 1; len <= sizeof(zeros); len++)
			assert_status(E_UNPACK_TRAILING,
				      with_appended(v, zeros, len));
		assert_status(E_UNPACK_TRAILING,
			      with_appended(v, ones, sizeof(ones)));
		assert_status(E_UNPACK_TRAILING,
			      with_appended(v, v->bytes, v->len));
	}
}

/* Half of what is asked for twice: a second stream does not make up for it. */
static void refuses_two_streams_that_add_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < test_count(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct guarded in _drop_guarded_ = guard_make(2 * v->len);

		memcpy(in.ptr, v->bytes, v->len);
		memcpy(in.ptr + v->len, v->bytes, v->len);
		if (!strcmp(v->name, "zstd_sized") ||
		    !strcmp(v->name, "lzma_sized"))
			continue; /* their header names the wrong length */
		assert_status(
			E_UNPACK_TRAILING,
			unpack_to(v->codec, guard_span(&in), 2 * plain_len));
	}
}

static bool is_unpack_status(enum status s)
{
	return s >= E_UNPACK_TRUNCATED && s <= E_UNPACK_UNSUPPORTED;
}

static void gives_no_wrong_bytes_for_any_flipped_bit(void **state)
{
	(void)state;
	for (size_t i = 0; i < test_count(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct guarded in _drop_guarded_ = guard_copy(stream_of(v));

		for (size_t bit = 0; bit < 8 * v->len; bit++) {
			struct guarded out _drop_guarded_ =
				guard_make(plain_len);
			enum status s;

			in.ptr[bit / 8] ^= (uint8_t)(1U << bit % 8);
			s = unpack_with(v->codec, guard_span(&in), &out,
					ARENA_SIZE_MAX);
			in.ptr[bit / 8] ^= (uint8_t)(1U << bit % 8);
			assert_true(s == OK || is_unpack_status(s));
			if (s == OK && v->checked)
				assert_span_equal(guard_span(&out),
						  span_of(plain, plain_len));
		}
	}
}

static void refuses_another_codecs_stream(void **state)
{
	(void)state;
	for (size_t i = 0; i < test_count(vectors); i++)
		for (enum codec codec = 1; codec < CODEC_COUNT; codec++) {
			enum status s = unpack_to(codec, stream_of(&vectors[i]),
						  plain_len);

			if (codec != vectors[i].codec)
				assert_true(is_unpack_status(s));
		}
}

static void refuses_a_codec_without_decoder(void **state)
{
	struct span in = stream_of(&vectors[0]);

	(void)state;
	assert_status(E_UNPACK_UNSUPPORTED, unpack_to(CODEC_NONE, in, 1));
	assert_status(E_UNPACK_UNSUPPORTED, unpack_to(CODEC_COUNT, in, 1));
	assert_status(E_UNPACK_UNSUPPORTED, unpack_to((enum codec)99, in, 1));
	assert_string_equal(codec_name(CODEC_XZ), "xz");
	assert_string_equal(codec_name(CODEC_COUNT), "unknown");
}

/* Which the host's liblzma could check, and the target's cannot. */
static void refuses_xz_with_sha256(void **state)
{
	struct span in = span_of(vector_xz_sha256, sizeof(vector_xz_sha256));

	(void)state;
	assert_status(E_UNPACK_UNSUPPORTED, unpack_to(CODEC_XZ, in, plain_len));
	for (size_t len = 0; len < in.len; len++)
		assert_status(
			len > 7 ? E_UNPACK_UNSUPPORTED : E_UNPACK_TRUNCATED,
			unpack_to(CODEC_XZ, span_slice(in, 0, len), plain_len));
}

/* With too little memory a decoder says so, and never another thing; from some
 * size on it has enough. */
static void keeps_to_its_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < test_count(vectors); i++) {
		const struct vector *v = &vectors[i];
		bool had_enough = false;

		for (size_t cap = 0; cap <= ARENA_SIZE_MAX;
		     cap = cap < 2048 ? cap + 16 : cap + cap / 8) {
			struct guarded out _drop_guarded_ =
				guard_make(plain_len);
			enum status s =
				unpack_with(v->codec, stream_of(v), &out, cap);

			if (!v->takes_memory || had_enough)
				assert_status(OK, s);
			if (s != OK)
				assert_status(E_UNPACK_MEMORY, s);
			had_enough = s == OK;
		}
		assert_true(had_enough);
	}
}

/* What the tools make of an empty input. */
static void gives_an_empty_output(void **state)
{
	static const uint8_t gzip[] = { 0x1f, 0x8b, 0x08, 0x00, 0x00,
					0x00, 0x00, 0x00, 0x02, 0x03,
					0x03, 0x00, 0x00, 0x00, 0x00,
					0x00, 0x00, 0x00, 0x00, 0x00 };
	static const uint8_t zstd[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x24,
					0x00, 0x01, 0x00, 0x00, 0x99,
					0xe9, 0xd8, 0x51 };
	static const uint8_t xz[] = { 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00,
				      0x01, 0x69, 0x22, 0xde, 0x36, 0x00, 0x00,
				      0x00, 0x00, 0x1c, 0xdf, 0x44, 0x21, 0x90,
				      0x42, 0x99, 0x0d, 0x01, 0x00, 0x00, 0x00,
				      0x00, 0x01, 0x59, 0x5a };
	static const uint8_t lzma[] = { 0x5d, 0x00, 0x00, 0x80, 0x00, 0xff,
					0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					0xff, 0x00, 0x83, 0xff, 0xfb, 0xff,
					0xff, 0xc0, 0x00, 0x00, 0x00 };
	static const uint8_t lz4[] = { 0x02, 0x21, 0x4c, 0x18 };
	static const uint8_t lzo[] = {
		0x89, 0x4c, 0x5a, 0x4f, 0x00, 0x0d, 0x0a, 0x1a, 0x0a,
		0x10, 0x40, 0x20, 0xa0, 0x09, 0x40, 0x03, 0x09, 0x03,
		0x00, 0x00, 0x0d, 0x00, 0x00, 0x00, 0x00, 0x6b, 0x03,
		0xdc, 0xc6, 0x00, 0x00, 0x00, 0x00, 0x00, 0x2e, 0x4d,
		0x03, 0x86, 0x00, 0x00, 0x00, 0x00
	};
	static const struct {
		enum codec codec;
		const uint8_t *bytes;
		size_t len;
	} empty[] = {
		{ CODEC_GZIP, gzip, sizeof(gzip) },
		{ CODEC_ZSTD, zstd, sizeof(zstd) },
		{ CODEC_XZ, xz, sizeof(xz) },
		{ CODEC_LZMA, lzma, sizeof(lzma) },
		{ CODEC_LZ4, lz4, sizeof(lz4) },
		{ CODEC_LZO, lzo, sizeof(lzo) },
	};
	struct arena all = arena;
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(empty); i++) {
		struct span in = span_of(empty[i].bytes, empty[i].len);

		assert_status(OK, unpack_to(empty[i].codec, in, 0));
		assert_ok(&err,
			  unpack(empty[i].codec, in, NULL, 0, &all, &err));
		assert_status(E_UNPACK_TOO_SHORT,
			      unpack_to(empty[i].codec, in, 1));
	}
}

static void takes_pieces_of_the_arena(void **state)
{
	struct arena a = { .base = arena.base, .cap = 100 };

	(void)state;
	assert_ptr_equal(arena_take(&a, 1), arena.base);
	assert_ptr_equal(arena_take(&a, 16), arena.base + 16);
	assert_ptr_equal(arena_take(&a, 33), arena.base + 32);
	assert_null(arena_take(&a, 21)); /* 80 are used */
	assert_null(arena_take(&a, SIZE_MAX));
	assert_ptr_equal(arena_take(&a, 20), arena.base + 80);
	assert_null(arena_take(&a, 1));
	assert_int_equal(a.used, 100);
	a.used = SIZE_MAX;
	a.cap = SIZE_MAX;
	assert_null(arena_take(&a, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_exactly_the_bytes),
		cmocka_unit_test(refuses_every_truncation),
		cmocka_unit_test(refuses_to_give_more_than_asked),
		cmocka_unit_test(refuses_to_give_less_than_asked),
		cmocka_unit_test(refuses_bytes_after_the_stream),
		cmocka_unit_test(refuses_two_streams_that_add_up),
		cmocka_unit_test(gives_no_wrong_bytes_for_any_flipped_bit),
		cmocka_unit_test(refuses_another_codecs_stream),
		cmocka_unit_test(refuses_a_codec_without_decoder),
		cmocka_unit_test(refuses_xz_with_sha256),
		cmocka_unit_test(keeps_to_its_memory),
		cmocka_unit_test(gives_an_empty_output),
		cmocka_unit_test(takes_pieces_of_the_arena),
	};

	return cmocka_run_group_tests(tests, make_plain_and_arena, NULL);
}
