/*
 * Hashing beside reading: whatever the pace at which a file comes, the digest
 * is that of the whole, or there is none.
 */
#include "hash_ahead.h"

#include "base/own.h"
#include "pe_build.h"
#include "sys/blob.h"
#include "test.h"
#include "trust/image_digest.h"

#include <sys/mman.h>
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

/* As a reader does it: pieces of any length, sometimes after a while, the
 * first len bytes of file. */
static void deliver(struct hasher *h, struct blob_writer *w, struct span file,
		    size_t len, uint64_t most, uint64_t *seed)
{
	struct error err;
	size_t at = 0;

	while (at < len) {
		size_t step = 1 + (size_t)(test_random(seed) % most);

		if (step > len - at)
			step = len - at;
		assert_ok(&err,
			  blob_append(w, span_slice(file, at, step), &err));
		at += step;
		hasher_tell(h, at);
		if (test_random(seed) % 4 == 0)
			pause_us((long)(test_random(seed) % 2000));
	}
}

/* What is hashed of a file of which only the first len bytes come. */
static struct hash_ahead follow(enum hash_plan plan, struct span file,
				size_t len, uint64_t most, uint64_t seed)
{
	struct blob_writer w;
	struct hash_ahead ahead;
	struct hasher *h;
	struct error err;

	assert_ok(&err, blob_begin("test", &w, &err));
	h = hasher_begin(plan, w.fd, file.len);
	assert_non_null(h);
	deliver(h, &w, file, len, most, &seed);
	hasher_end(h, &ahead);
	if (len == file.len) {
		struct blob blob = BLOB_NONE;

		/* The mapping is gone and does not keep the seals off. */
		assert_ok(&err, blob_finish(&w, &blob, &err));
		assert_true(span_equal(blob.bytes, file));
		blob_drop(&blob);
	} else {
		blob_abandon(&w);
	}
	return ahead;
}

static const uint64_t paces[] = { 70000, 300000, 1 << 20, FILE_LEN };

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
			follow(HASH_PLAN_IMAGE, file, lens[i], 400000, i).kind,
			0);
		assert_int_equal(
			follow(HASH_PLAN_WHOLE, file, lens[i], 400000, i).kind,
			0);
	}
}

static void gives_none_for_what_is_no_image(void **state)
{
	_drop_pe_ struct pe_build b = make_image();

	(void)state;
	assert_int_equal(
		follow(HASH_PLAN_IMAGE, noise, noise.len, 400000, 1).kind, 0);
	/* a gap between two sections */
	pe_build_section_set(&b, 0, PE_S_RAW_SIZE,
			     pe_build_section_get(&b, 0, PE_S_RAW_SIZE) -
				     PE_BUILD_FILE_ALIGNMENT);
	assert_int_equal(
		follow(HASH_PLAN_IMAGE, pe_build_file(&b), b.len, 1 << 20, 1)
			.kind,
		0);
}

static void has_nothing_to_do_for_some(void **state)
{
	struct hash_ahead ahead = { .kind = DIGEST_SHA512 };
	struct blob_writer w;
	struct error err;

	(void)state;
	assert_ok(&err, blob_begin("test", &w, &err));
	assert_null(hasher_begin(HASH_PLAN_NOTHING, w.fd, FILE_LEN));
	assert_null(hasher_begin(HASH_PLAN_WHOLE, w.fd, HASH_AHEAD_MIN - 1));
	assert_null(hasher_begin(HASH_PLAN_WHOLE, w.fd, 0));
	assert_null(hasher_begin(HASH_PLAN_WHOLE, w.fd, UINT64_MAX));
	assert_null(hasher_begin(HASH_PLAN_WHOLE, -1, FILE_LEN));
	blob_abandon(&w);
	hasher_tell(NULL, 5);
	hasher_end(NULL, &ahead);
	assert_int_equal(ahead.kind, 0);
}

/* Whoever tells of more than was announced must not have it read. */
static void believes_no_more_than_the_size(void **state)
{
	struct hash_ahead ahead;
	struct blob_writer w;
	struct hasher *h;
	struct error err;
	uint8_t want[DIGEST_MAX];

	(void)state;
	assert_ok(&err, blob_begin("test", &w, &err));
	assert_ok(&err, blob_append(&w, noise, &err));
	h = hasher_begin(HASH_PLAN_WHOLE, w.fd, 1 << 20);
	assert_non_null(h);
	hasher_tell(h, UINT64_MAX);
	hasher_tell(h, 10); /* and nothing is taken back */
	hasher_end(h, &ahead);
	digest_of(DIGEST_SHA256, span_slice(noise, 0, 1 << 20), want);
	assert_int_equal(ahead.kind, DIGEST_SHA256);
	assert_memory_equal(ahead.digest, want, 32);
	blob_abandon(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_a_whole_file),
		cmocka_unit_test(hashes_an_image),
		cmocka_unit_test(gives_none_if_the_rest_does_not_come),
		cmocka_unit_test(gives_none_for_what_is_no_image),
		cmocka_unit_test(has_nothing_to_do_for_some),
		cmocka_unit_test(believes_no_more_than_the_size),
	};

	return cmocka_run_group_tests(tests, make_noise, drop_noise);
}
