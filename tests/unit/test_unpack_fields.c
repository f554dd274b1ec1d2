/*
 * Each field of each container broken in turn: the decoder refuses it with the
 * code of that check. lzop's fields are in test_unpack_lzo.c.
 */
#include "guard.h"
#include "test.h"
#include "unpack/unpack.h"
#include "unpack_vectors.h"

#include <zlib.h>

#define PLAIN_LEN 990

/* Room for a dictionary of 64 MiB, and not for one of 96 MiB. */
#define ARENA_CAP (80U << 20)

static struct arena arena;

static int make_arena(void **state)
{
	(void)state;
	arena.cap = ARENA_CAP;
	arena.base = mmap(NULL, arena.cap, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return arena.base == MAP_FAILED;
}

static enum status try_unpack(enum codec codec, struct span in, size_t out_len)
{
	struct guarded copy _drop_guarded_ = guard_copy(in);
	struct guarded out _drop_guarded_ = guard_make(out_len);
	struct arena all = arena;
	struct error err = { .code = OK };
	enum status s =
		unpack(codec, guard_span(&copy), out.ptr, out_len, &all, &err);

	if (s != OK)
		test_check_sentence(s, &err, __FILE__, __LINE__);
	return s;
}

/* One byte of a stream set to another value. */
struct change {
	size_t at;
	uint8_t value;
	enum status want;
};

static void try_changes(enum codec codec, struct span good,
			const struct change *changes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct guarded bad _drop_guarded_ = guard_copy(good);
		enum status got;

		assert_int_not_equal(bad.ptr[changes[i].at], changes[i].value);
		bad.ptr[changes[i].at] = changes[i].value;
		got = try_unpack(codec, guard_span(&bad), PLAIN_LEN);
		if (got != changes[i].want)
			print_error("%s, byte %zu set to 0x%02x:\n",
				    codec_name(codec), changes[i].at,
				    changes[i].value);
		assert_status(changes[i].want, got);
	}
}

#define TRY_CHANGES(codec, vector, changes)                                    \
	try_changes(codec, span_of(vector, sizeof(vector)), changes,           \
		    test_count(changes))

static void gzip_checks_each_field(void **state)
{
	const size_t end = sizeof(vector_gzip);
	const struct change changes[] = {
		{ 0, 0x1e, E_UNPACK_CORRUPT },	  /* magic */
		{ 1, 0x8a, E_UNPACK_CORRUPT },	  /* magic */
		{ 2, 7, E_UNPACK_CORRUPT },	  /* method */
		{ 3, 0x20, E_UNPACK_CORRUPT },	  /* reserved flag */
		{ 3, 0x40, E_UNPACK_CORRUPT },	  /* reserved flag */
		{ 3, 0x80, E_UNPACK_CORRUPT },	  /* reserved flag */
		{ 3, 0x01, OK },		  /* "is text" means nothing */
		{ 4, 1, OK },			  /* time */
		{ 8, 4, OK },			  /* extra flags */
		{ 9, 255, OK },			  /* operating system */
		{ 10, 0x6e, E_UNPACK_CORRUPT },	  /* kind of the first block */
		{ end - 8, 0, E_UNPACK_CORRUPT }, /* CRC32 */
		{ end - 5, 0, E_UNPACK_CORRUPT },
		{ end - 4, 0, E_UNPACK_CORRUPT }, /* length */
		{ end - 1, 1, E_UNPACK_CORRUPT },
	};
	const struct change fields[] = {
		{ 4, 0, E_UNPACK_CORRUPT },    /* under the header's CRC */
		{ 10, 4, E_UNPACK_CORRUPT },   /* extra field's length */
		{ 12, 'b', E_UNPACK_CORRUPT }, /* extra field */
		{ 17, 'N', E_UNPACK_CORRUPT }, /* name */
		{ 22, 'C', E_UNPACK_CORRUPT }, /* comment */
		{ 30, 0, E_UNPACK_CORRUPT },   /* CRC */
		{ 31, 0, E_UNPACK_CORRUPT },
	};

	(void)state;
	TRY_CHANGES(CODEC_GZIP, vector_gzip, changes);
	TRY_CHANGES(CODEC_GZIP, vector_gzip_fields, fields);
}

static void zstd_checks_each_field(void **state)
{
	const size_t end = sizeof(vector_zstd);
	const struct change changes[] = {
		{ 0, 0x27, E_UNPACK_CORRUPT },	   /* magic of an old format */
		{ 3, 0, E_UNPACK_CORRUPT },	   /* magic */
		{ 4, 0x0c, E_UNPACK_UNSUPPORTED }, /* reserved bit */
		{ 5, 0xa8, OK },		   /* a window of 2 GiB */
		{ 5, 0xb0, E_UNPACK_UNSUPPORTED }, /* one of 4 GiB */
		{ 6, 0x67, E_UNPACK_CORRUPT },	   /* kind of block */
		{ end - 4, 0, E_UNPACK_CORRUPT },  /* checksum */
		{ end - 1, 0, E_UNPACK_CORRUPT },
	};
	const struct change sized[] = {
		{ 5, 0xdd, E_UNPACK_TOO_SHORT }, /* 989 - 256 + 256 */
		{ 5, 0xdf, E_UNPACK_TOO_LONG },
		{ 6, 0x01, E_UNPACK_TOO_SHORT },
	};

	(void)state;
	TRY_CHANGES(CODEC_ZSTD, vector_zstd, changes);
	TRY_CHANGES(CODEC_ZSTD, vector_zstd_sized, sized);
}

static void zstd_checks_what_a_frame_holds(void **state)
{
	static const uint8_t good[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x20, 3,
					0x19, 0,    0,	  'a',	'b',  'c' };
	static const uint8_t dictionary[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x21,
					      7,    3,	  0x19, 0,    0,
					      'a',  'b',  'c' };
	static const uint8_t skippable[] = { 0x50, 0x2a, 0x4d, 0x18, 3,	 0,
					     0,	   0,	 'a',  'b',  'c' };
	uint8_t lying[sizeof(good)];

	(void)state;
	memcpy(lying, good, sizeof(good));
	lying[5] = 4;
	assert_status(OK, try_unpack(CODEC_ZSTD, span_of(good, 12), 3));
	assert_status(E_UNPACK_CORRUPT,
		      try_unpack(CODEC_ZSTD, span_of(lying, 12), 4));
	lying[5] = 2; /* and then no block may be longer */
	assert_status(E_UNPACK_CORRUPT,
		      try_unpack(CODEC_ZSTD, span_of(lying, 12), 2));
	assert_status(E_UNPACK_UNSUPPORTED,
		      try_unpack(CODEC_ZSTD, span_of(dictionary, 13), 3));
	assert_status(E_UNPACK_CORRUPT,
		      try_unpack(CODEC_ZSTD, span_of(skippable, 11), 3));
}

/* The library's own words are not in what boots: these are ours. */
static void zstd_says_what_is_wrong(void **state)
{
	static const struct {
		size_t len, at;
		uint8_t value;
		const char *want;
	} tries[] = {
		{ 12, 4, 0x28, "its header has an unknown flag" },
		{ 12, 6, 0x1f, "it is corrupt" }, /* kind of block */
		{ 11, 0, 0x28, "it is cut off" },
	};
	static const uint8_t good[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x20, 3,
					0x19, 0,    0,	  'a',	'b',  'c' };
	uint8_t frame[sizeof(good)], sum[sizeof(vector_zstd)], out[PLAIN_LEN];
	struct error err = { 0 };
	char want[128];

	(void)state;
	for (size_t i = 0; i < test_count(tries); i++) {
		memcpy(frame, good, sizeof(good));
		frame[tries[i].at] = tries[i].value;
		snprintf(want, sizeof(want),
			 "zstd frame of %zu bytes for 3 is refused: %s",
			 tries[i].len, tries[i].want);
		arena.used = 0;
		assert_true(unpack_zstd(span_of(frame, tries[i].len), out, 3,
					&arena, &err) != OK);
		assert_string_equal(want, err.text);
	}
	memcpy(sum, vector_zstd, sizeof(sum));
	sum[sizeof(sum) - 1] ^= 1;
	arena.used = 0;
	assert_status(E_UNPACK_CORRUPT,
		      unpack_zstd(span_of(sum, sizeof(sum)), out, sizeof(out),
				  &arena, &err));
	assert_non_null(strstr(err.text, "its checksum does not match"));
}

static void store_crc32(uint8_t *to, struct span of)
{
	store_le32(to, (uint32_t)crc32(0, of.ptr, (uInt)of.len));
}

/* Fields of .xz whose CRC32 is made right again, so that the field itself is
 * what is refused. */
static void xz_checks_fields_under_a_checksum(void **state)
{
	static const struct change changes[] = {
		{ 6, 1, E_UNPACK_UNSUPPORTED },	    /* stream flags */
		{ 7, 0x02, E_UNPACK_UNSUPPORTED },  /* kind of check */
		{ 7, 0x11, E_UNPACK_UNSUPPORTED },  /* reserved bit */
		{ 7, 0x04, E_UNPACK_CORRUPT },	    /* not what follows */
		{ 13, 0x04, E_UNPACK_UNSUPPORTED }, /* reserved block flag */
		{ 13, 0x01, E_UNPACK_UNSUPPORTED }, /* a second filter */
		{ 14, 0x22, E_UNPACK_UNSUPPORTED }, /* unknown filter */
		{ 15, 0x02, E_UNPACK_UNSUPPORTED }, /* length of its options */
		{ 16, 28, OK },			    /* dictionary: 64 MiB */
		{ 16, 29, E_UNPACK_MEMORY },	    /* dictionary: 96 MiB */
		{ 16, 40, E_UNPACK_MEMORY },	    /* dictionary: 4 GiB */
		{ 16, 41, E_UNPACK_UNSUPPORTED },   /* dictionary: unknown */
		{ 18, 1, E_UNPACK_UNSUPPORTED },    /* padding */
	};

	(void)state;
	for (size_t i = 0; i < test_count(changes); i++) {
		struct guarded bad _drop_guarded_ =
			guard_copy(span_of(vector_xz, sizeof(vector_xz)));

		bad.ptr[changes[i].at] = changes[i].value;
		store_crc32(bad.ptr + 8, span_of(bad.ptr + 6, 2));
		store_crc32(bad.ptr + 20, span_of(bad.ptr + 12, 8));
		assert_status(
			changes[i].want,
			try_unpack(CODEC_XZ, guard_span(&bad), PLAIN_LEN));
	}
}

static void xz_checks_each_field(void **state)
{
	const size_t end = sizeof(vector_xz);
	const struct change changes[] = {
		{ 0, 0xfc, E_UNPACK_CORRUPT }, /* magic */
		{ 5, 1, E_UNPACK_CORRUPT },    /* magic */
		{ 8, 0, E_UNPACK_CORRUPT },    /* CRC32 of the header */
		{ 12, 0, E_UNPACK_CORRUPT },   /* length of block header */
		{ 12, 3, E_UNPACK_CORRUPT },
		{ 20, 0, E_UNPACK_CORRUPT },	   /* CRC32 of block header */
		{ 24, 0x03, E_UNPACK_CORRUPT },	   /* LZMA2 control */
		{ 24, 0x80, E_UNPACK_CORRUPT },	   /* ... without its options */
		{ 25, 0x04, E_UNPACK_CORRUPT },	   /* LZMA2 unpacked length */
		{ 29, 0xe1, E_UNPACK_CORRUPT },	   /* LZMA2 options */
		{ 30, 1, E_UNPACK_CORRUPT },	   /* first byte of the coder */
		{ end - 28, 0, E_UNPACK_CORRUPT }, /* check of the content */
		{ end - 24, 1, E_UNPACK_CORRUPT }, /* index: its mark */
		{ end - 23, 2, E_UNPACK_CORRUPT }, /* index: records */
		{ end - 22, 0, E_UNPACK_CORRUPT }, /* index: a length */
		{ end - 20, 0, E_UNPACK_CORRUPT }, /* index: the other */
		{ end - 17, 1, E_UNPACK_CORRUPT }, /* index: padding */
		{ end - 16, 0, E_UNPACK_CORRUPT }, /* index: CRC32 */
		{ end - 12, 0, E_UNPACK_CORRUPT }, /* footer: CRC32 */
		{ end - 8, 9, E_UNPACK_CORRUPT },  /* footer: index length */
		{ end - 4, 1, E_UNPACK_CORRUPT },  /* footer: flags */
		{ end - 3, 4, E_UNPACK_CORRUPT },
		{ end - 2, 'y', E_UNPACK_CORRUPT }, /* footer: magic */
		{ end - 1, 'z', E_UNPACK_CORRUPT },
	};

	(void)state;
	TRY_CHANGES(CODEC_XZ, vector_xz, changes);
}

static void lzma_checks_each_field(void **state)
{
	static const struct change changes[] = {
		{ 0, 225, E_UNPACK_CORRUPT },	 /* lc, lp, pb */
		{ 4, 0x10, E_UNPACK_MEMORY },	 /* dictionary: 256 MiB */
		{ 12, 0x7f, E_UNPACK_TOO_LONG }, /* length */
		{ 13, 1, E_UNPACK_CORRUPT },	 /* first byte of the coder */
	};
	static const struct change sized[] = {
		{ 5, 0xdd, E_UNPACK_TOO_SHORT },
		{ 5, 0xdf, E_UNPACK_TOO_LONG },
		{ 12, 1, E_UNPACK_TOO_LONG },
	};

	(void)state;
	TRY_CHANGES(CODEC_LZMA, vector_lzma, changes);
	TRY_CHANGES(CODEC_LZMA, vector_lzma_sized, sized);
}

/* A length in the header and an end marker both: they have to agree. */
static void lzma_takes_an_end_marker_at_the_end_only(void **state)
{
	struct guarded in _drop_guarded_ =
		guard_copy(span_of(vector_lzma, sizeof(vector_lzma)));

	(void)state;
	store_le64(in.ptr + 5, PLAIN_LEN);
	assert_status(OK, try_unpack(CODEC_LZMA, guard_span(&in), PLAIN_LEN));
	store_le64(in.ptr + 5, PLAIN_LEN + 1);
	assert_status(E_UNPACK_CORRUPT,
		      try_unpack(CODEC_LZMA, guard_span(&in), PLAIN_LEN + 1));
}

static void lz4_checks_each_field(void **state)
{
	static const struct change changes[] = {
		{ 0, 0x03, E_UNPACK_CORRUPT },	 /* magic */
		{ 3, 0x19, E_UNPACK_CORRUPT },	 /* magic */
		{ 4, 0x05, E_UNPACK_TRUNCATED }, /* block length */
		{ 6, 0x40, E_UNPACK_TRUNCATED },
		{ 6, 0x81, E_UNPACK_CORRUPT }, /* more than a block can have */
		{ 7, 0x80, E_UNPACK_CORRUPT },
	};
	static const uint8_t magic[4] = { 0x02, 0x21, 0x4c, 0x18 };
	struct guarded in _drop_guarded_ =
		guard_copy(span_of(vector_lz4, sizeof(vector_lz4)));

	(void)state;
	TRY_CHANGES(CODEC_LZ4, vector_lz4, changes);
	memset(in.ptr + 4, 0, 4);
	assert_status(E_UNPACK_CORRUPT,
		      try_unpack(CODEC_LZ4, guard_span(&in), PLAIN_LEN));
	memcpy(in.ptr + 4, magic, 4);
	assert_status(E_UNPACK_TRAILING,
		      try_unpack(CODEC_LZ4, guard_span(&in), PLAIN_LEN));
	memcpy(in.ptr, vector_lz4, in.len);
	in.ptr[4]--; /* the block ends one byte early, a lone byte follows */
	assert_status(E_UNPACK_CORRUPT,
		      try_unpack(CODEC_LZ4, guard_span(&in), PLAIN_LEN));
	memset(in.ptr + 8, 0xff, 64); /* literals without end */
	assert_status(E_UNPACK_CORRUPT,
		      try_unpack(CODEC_LZ4, guard_span(&in), PLAIN_LEN));
}

/* Two blocks of lz4: each other length is too long or too short. */
static void lz4_adds_blocks_up(void **state)
{
	const size_t len = sizeof(vector_lz4);
	struct guarded in _drop_guarded_ = guard_make(2 * len - 4);

	(void)state;
	memcpy(in.ptr, vector_lz4, len);
	memcpy(in.ptr + len, vector_lz4 + 4, len - 4);
	for (size_t out_len = 0; out_len < 2 * PLAIN_LEN; out_len++)
		assert_status(E_UNPACK_TOO_LONG,
			      try_unpack(CODEC_LZ4, guard_span(&in), out_len));
	assert_status(OK,
		      try_unpack(CODEC_LZ4, guard_span(&in), 2 * PLAIN_LEN));
	assert_status(E_UNPACK_TOO_SHORT, try_unpack(CODEC_LZ4, guard_span(&in),
						     2 * PLAIN_LEN + 1));
}

/* A block that unpacks to 9 MiB by one long match: legacy blocks end at 8. */
static void lz4_keeps_blocks_to_their_length(void **state)
{
	/* a literal, a match of all between, five literals */
	const size_t out_len = 9U << 20, match = out_len - 1 - 5;
	const size_t full = (match - 4 - 15) / 255;
	const size_t block_len = 4 + full + 1 + 6;
	struct guarded in _drop_guarded_ = guard_make(8 + block_len);
	uint8_t *p = in.ptr;

	(void)state;
	memcpy(p, vector_lz4, 4);
	store_le32(p + 4, (uint32_t)block_len);
	memcpy(p + 8,
	       "\x1f"
	       "A"
	       "\x01",
	       4);
	memset(p + 12, 255, full);
	p[12 + full] = (uint8_t)((match - 4 - 15) % 255);
	memcpy(p + 13 + full,
	       "\x50"
	       "ABCDE",
	       6);
	assert_status(E_UNPACK_CORRUPT,
		      try_unpack(CODEC_LZ4, guard_span(&in), out_len));
}

/* zlib takes a window only when it stops early: memory for its state and
 * nothing more is enough for a good stream, and runs out for another. */
static void gzip_takes_memory_late(void **state)
{
	struct span in = span_of(vector_gzip, sizeof(vector_gzip));
	struct arena part = { .base = arena.base, .cap = SIZE_MAX };
	uint8_t out[PLAIN_LEN];
	struct error err;

	(void)state;
	assert_ok(&err, unpack_gzip(in, out, PLAIN_LEN, &part, &err));
	part.cap = part.used;
	part.used = 0;
	assert_ok(&err, unpack_gzip(in, out, PLAIN_LEN, &part, &err));
	part.used = 0;
	assert_refused(E_UNPACK_MEMORY, &err,
		       unpack_gzip(in, out, PLAIN_LEN - 1, &part, &err));
	part.used = 1;
	assert_refused(E_UNPACK_MEMORY, &err,
		       unpack_gzip(in, out, PLAIN_LEN, &part, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gzip_checks_each_field),
		cmocka_unit_test(zstd_checks_each_field),
		cmocka_unit_test(zstd_checks_what_a_frame_holds),
		cmocka_unit_test(zstd_says_what_is_wrong),
		cmocka_unit_test(xz_checks_fields_under_a_checksum),
		cmocka_unit_test(xz_checks_each_field),
		cmocka_unit_test(lzma_checks_each_field),
		cmocka_unit_test(lzma_takes_an_end_marker_at_the_end_only),
		cmocka_unit_test(lz4_checks_each_field),
		cmocka_unit_test(lz4_adds_blocks_up),
		cmocka_unit_test(lz4_keeps_blocks_to_their_length),
		cmocka_unit_test(gzip_takes_memory_late),
	};

	return cmocka_run_group_tests(tests, make_arena, NULL);
}
