/*
 * Hashing beside reading: whatever the pace at which a file comes, the digest
 * is that of the whole, or there is none.
 */
#include "hash_ahead.h"

#include "pe_build.h"
#include "test.h"
#include "trust/image_digest.h"

#include <time.h>

#define FILE_LEN ((size_t)3 << 20)

static struct span noise;

static int make_noise(void **state)
{
	uint8_t *bytes = malloc(FILE_LEN);
	uint64_t seed = 3;

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < FILE_LEN; i++)
		bytes[i] = (uint8_t)(test_random(&seed) >> 32);
	noise = span_of(bytes, FILE_LEN);
	return 0;
}

static int drop_noise(void **state)
{
	(void)state;
	test_drop(&noise);
	return 0;
}

/* A signed PE file of three sections. */
static struct pe_build make_image(void)
{
	struct pe_build b;
	uint32_t at;

	pe_build_begin(&b, 0x8664, 0x400);
	pe_build_section(&b, ".linux", span_slice(noise, 0, 1 << 20));
	pe_build_section(&b, ".initrd", span_slice(noise, 1 << 20, 700001));
	pe_build_text(&b, ".cmdline", "quiet");
	pe_build_append(&b, span_of_text("sixteen bytes..."));
	at = pe_build_sign(&b, 16);
	memcpy(b.bytes + at, "\x10\0\0\0\x00\x02\x02\0signed..", 16);
	return b;
}

static void pause_us(long us)
{
	struct timespec t = { .tv_nsec = us * 1000 };

	nanosleep(&t, NULL);
}

/* As a reader does it, sometimes after a while: the first len bytes of a file.
 * Rooms are spoilt once they may be filled anew. */
static void deliver(struct hasher *h, struct span file, size_t len,
		    unsigned slowness, uint64_t seed)
{
	for (size_t at = 0; at < len; at += HASHER_ROOM) {
		size_t step = len - at < HASHER_ROOM ? len - at : HASHER_ROOM;
		uint8_t *room = hasher_room(h);

		memset(room, 0xaa, HASHER_ROOM);
		if (slowness && test_random(&seed) % slowness == 0)
			pause_us((long)(test_random(&seed) % 3000));
		memcpy(room, file.ptr + at, step);
		hasher_give(h, step);
	}
}

static struct hash_ahead hash(enum hash_plan plan, uint64_t size,
			      struct span file, unsigned slowness,
			      uint64_t seed)
{
	struct hasher *h = hasher_begin(plan, size);
	struct hash_ahead ahead;

	assert_non_null(h);
	deliver(h, file, file.len, slowness, seed + 1);
	hasher_end(h, &ahead);
	return ahead;
}

/* What is hashed of a file of which only the first len bytes come. */
static struct hash_ahead follow(enum hash_plan plan, struct span file,
				size_t len, unsigned slowness, uint64_t seed)
{
	return hash(plan, file.len, span_slice(file, 0, len), slowness, seed);
}

/* One pause in how many rooms; 0: none, so that hashing is the slower one. */
static const unsigned paces[] = { 0, 0, 1, 2, 5 };

static void hashes_a_whole_file(void **state)
{
	uint8_t want[DIGEST_MAX];

	(void)state;
	digest_of(DIGEST_SHA256, noise, want);
	for (size_t i = 0; i < test_count(paces); i++) {
		struct authenticode_view whole = hash_ranges_whole(noise.len);
		struct hash_ahead ahead = follow(HASH_PLAN_WHOLE, noise,
						 noise.len, paces[i], i + 1);

		assert_int_equal(ahead.kind, DIGEST_SHA256);
		assert_true(image_ranges_equal(&ahead.ranges, &whole));
		assert_memory_equal(ahead.digest, want, 32);
	}
}

static void hashes_an_image(void **state)
{
	_drop_pe_ struct pe_build b = make_image();
	struct span file = pe_build_file(&b);
	struct authenticode_view view;
	struct pe_view pe;
	uint8_t want[DIGEST_MAX];
	struct error err;

	(void)state;
	assert_ok(&err, pe_parse(file, file.len, &pe, &err));
	assert_ok(&err, authenticode_parse(file, &pe, &view, &err));
	assert_ok(&err,
		  image_digest_of(file, &view, DIGEST_SHA256, want, &err));
	for (size_t i = 0; i < test_count(paces); i++) {
		struct hash_ahead ahead = follow(HASH_PLAN_IMAGE, file,
						 file.len, paces[i], i + 9);

		assert_int_equal(ahead.kind, DIGEST_SHA256);
		assert_true(image_ranges_equal(&ahead.ranges, &view));
		assert_memory_equal(ahead.digest, want, 32);
	}
}

/* A disk that fails, a file that has become shorter. */
static void gives_none_if_the_rest_does_not_come(void **state)
{
	_drop_pe_ struct pe_build b = make_image();
	struct span file = pe_build_file(&b);
	const size_t lens[] = { 0,	     1,	      0x3ff,   65535,
				65536,	     1 << 20, 1400000, file.len - 17,
				file.len - 1 };

	(void)state;
	for (size_t i = 0; i < test_count(lens); i++) {
		assert_int_equal(
			follow(HASH_PLAN_IMAGE, file, lens[i], 3, i).kind, 0);
		assert_int_equal(
			follow(HASH_PLAN_WHOLE, file, lens[i], 3, i).kind, 0);
	}
}

static void gives_none_for_what_is_no_image(void **state)
{
	_drop_pe_ struct pe_build b = make_image();

	(void)state;
	assert_int_equal(follow(HASH_PLAN_IMAGE, noise, noise.len, 3, 1).kind,
			 0);
	/* a gap between two sections */
	pe_build_section_set(&b, 0, PE_S_RAW_SIZE,
			     pe_build_section_get(&b, 0, PE_S_RAW_SIZE) -
				     PE_BUILD_FILE_ALIGNMENT);
	assert_int_equal(
		follow(HASH_PLAN_IMAGE, pe_build_file(&b), b.len, 0, 1).kind,
		0);
}

static void has_nothing_to_do_for_some(void **state)
{
	struct hash_ahead ahead = { .kind = DIGEST_SHA512 };

	(void)state;
	assert_null(hasher_begin(HASH_PLAN_NOTHING, FILE_LEN));
	assert_null(hasher_begin(HASH_PLAN_WHOLE, HASH_AHEAD_MIN - 1));
	assert_null(hasher_begin(HASH_PLAN_WHOLE, 0));
	hasher_end(NULL, &ahead);
	assert_int_equal(ahead.kind, 0);
}

/* A file that grew: the digest is not that of its beginning. */
static void gives_none_for_more_than_the_size(void **state)
{
	struct hasher *h = hasher_begin(HASH_PLAN_WHOLE, FILE_LEN);
	struct hash_ahead ahead;

	(void)state;
	assert_non_null(h);
	deliver(h, noise, FILE_LEN, 0, 1);
	hasher_room(h);
	hasher_give(h, 1);
	hasher_end(h, &ahead);
	assert_int_equal(ahead.kind, 0);
}

/* --- without a size --------------------------------------------------------
 */

/* That is, of all bytes of the file. */
static void check_whole(struct span file, unsigned slowness)
{
	struct authenticode_view whole = hash_ranges_whole(file.len);
	struct hash_ahead ahead = hash(HASH_PLAN_WHOLE, HASH_SIZE_UNKNOWN, file,
				       slowness, file.len);
	uint8_t want[DIGEST_MAX];

	digest_of(DIGEST_SHA256, file, want);
	assert_int_equal(ahead.kind, DIGEST_SHA256);
	assert_true(image_ranges_equal(&ahead.ranges, &whole));
	assert_memory_equal(ahead.digest, want, 32);
}

/* The digest is the one with a size, in the same ranges; or there is none, and
 * then not with a size either. Gives its kind. */
static enum digest_kind check_image(struct span file, unsigned slowness)
{
	struct hash_ahead with = follow(HASH_PLAN_IMAGE, file, file.len, 0, 1);
	struct hash_ahead ahead = hash(HASH_PLAN_IMAGE, HASH_SIZE_UNKNOWN, file,
				       slowness, file.len);

	assert_int_equal(ahead.kind, with.kind);
	if (!ahead.kind)
		return 0;
	assert_true(image_ranges_equal(&ahead.ranges, &with.ranges));
	assert_memory_equal(ahead.digest, with.digest, 32);
	return ahead.kind;
}

/* One that is not signed. */
static struct pe_build make_plain(void)
{
	struct pe_build b;

	pe_build_begin(&b, 0x8664, 0x400);
	pe_build_section(&b, ".linux", span_slice(noise, 0, 1 << 20));
	return b;
}

static void a_size_changes_no_digest(void **state)
{
	_drop_pe_ struct pe_build b = make_image();
	_drop_pe_ struct pe_build plain = make_plain();
	const size_t lens[] = { 1,	 1000,	       HASHER_ROOM,
				1400000, FILE_LEN - 1, FILE_LEN };

	(void)state;
	for (size_t i = 0; i < test_count(paces); i++) {
		for (size_t n = 0; n < test_count(lens); n++)
			check_whole(span_slice(noise, 0, lens[n]), paces[i]);
		assert_int_equal(check_image(pe_build_file(&b), paces[i]),
				 DIGEST_SHA256);
		assert_int_equal(check_image(pe_build_file(&plain), paces[i]),
				 DIGEST_SHA256);
		assert_int_equal(check_image(noise, paces[i]), 0);
	}
	/* what follows sections is hashed, too */
	pe_build_append(&plain, span_slice(noise, 0, 600001));
	assert_int_equal(check_image(pe_build_file(&plain), 0), DIGEST_SHA256);
}

/* An image that is cut wherever, and one that goes on behind its end: much more
 * than there are rooms, for nobody takes it. */
static void the_end_is_where_an_image_has_it(void **state)
{
	_drop_pe_ struct pe_build b = make_image();
	_drop_pe_ struct pe_build plain = make_plain();
	struct span file = pe_build_file(&b);
	const size_t lens[] = { 1,	 0x3ff,	  HASHER_ROOM,
				1 << 20, 1400000, file.len - 1 };

	(void)state;
	for (size_t i = 0; i < test_count(lens); i++) {
		struct span cut = span_slice(file, 0, lens[i]);

		assert_int_equal(
			hash(HASH_PLAN_IMAGE, HASH_SIZE_UNKNOWN, cut, 0, i)
				.kind,
			0);
	}
	for (size_t len = plain.len - 1; len > HASH_AHEAD_MIN; len -= 99999) {
		struct span cut = span_slice(pe_build_file(&plain), 0, len);

		assert_int_equal(check_image(cut, 0), 0);
	}
	pe_build_append(&b, noise);
	assert_int_equal(check_image(pe_build_file(&b), 0), 0);
	assert_int_equal(check_image(pe_build_file(&b), 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_a_whole_file),
		cmocka_unit_test(hashes_an_image),
		cmocka_unit_test(gives_none_if_the_rest_does_not_come),
		cmocka_unit_test(gives_none_for_what_is_no_image),
		cmocka_unit_test(has_nothing_to_do_for_some),
		cmocka_unit_test(gives_none_for_more_than_the_size),
		cmocka_unit_test(a_size_changes_no_digest),
		cmocka_unit_test(the_end_is_where_an_image_has_it),
	};

	return cmocka_run_group_tests(tests, make_noise, drop_noise);
}
