/*
 * raw_image: a file is read once, and the digest that was made on the way is
 * used for exactly what it is of and for nothing else.
 */
#include "image.h"

#include "pe_build.h"
#include "scratch.h"
#include "test.h"
#include "trust/image_digest.h"

#include <stdio.h>

#define PART_LEN ((size_t)900000)

static struct scratch scratch; /* has the file */
static struct pe_build build;
static struct span file;
static struct authenticode_view view;

static int make_image(void **state)
{
	uint8_t *bytes = malloc(PART_LEN);
	uint64_t seed = 5;
	struct error err;
	struct pe_view pe;

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < PART_LEN; i++)
		bytes[i] = (uint8_t)(test_random(&seed) >> 32);
	pe_build_begin(&build, 0x8664, 0x400);
	pe_build_section(&build, ".linux", span_of(bytes, PART_LEN));
	pe_build_section(&build, ".initrd", span_of(bytes, PART_LEN));
	free(bytes);
	file = pe_build_file(&build);
	assert_ok(&err, pe_parse(file, file.len, &pe, &err));
	assert_ok(&err, authenticode_parse(file, &pe, &view, &err));
	scratch = scratch_make();
	scratch_file(&scratch, "f.efi", file);
	return 0;
}

static int drop_image(void **state)
{
	(void)state;
	pe_build_drop(&build);
	scratch_drop(&scratch); /* finds descriptors that were left open */
	return 0;
}

static struct raw_image read_with(const struct image_request *request)
{
	struct raw_image raw = { .blob = BLOB_NONE };
	struct error err;

	assert_ok(&err, image_read_hostfile(scratch_path(&scratch, "f.efi"),
					    request, &raw, &err));
	assert_true(span_equal(raw.blob.bytes, file));
	assert_non_null(strstr(raw.name, "/f.efi"));
	return raw;
}

static void check_digests(const struct raw_image *raw)
{
	static const enum digest_kind kinds[] = { DIGEST_SHA256, DIGEST_SHA384,
						  DIGEST_SHA512 };
	uint8_t got[DIGEST_MAX], want[DIGEST_MAX];
	struct error err;

	for (size_t i = 0; i < test_count(kinds); i++) {
		assert_ok(&err,
			  image_digest_of(file, &view, kinds[i], want, &err));
		assert_ok(&err,
			  image_digest_get(raw, &view, kinds[i], got, &err));
		assert_memory_equal(got, want, digest_len(kinds[i]));
		digest_of(kinds[i], file, want);
		image_whole_digest_get(raw, kinds[i], got);
		assert_memory_equal(got, want, digest_len(kinds[i]));
	}
}

static void gives_the_same_digests_with_every_plan(void **state)
{
	static const enum digest_kind ahead[] = {
		[HASH_PLAN_NOTHING] = 0,
		[HASH_PLAN_IMAGE] = DIGEST_SHA256,
		[HASH_PLAN_WHOLE] = DIGEST_SHA256,
	};

	(void)state;
	for (size_t plan = 0; plan < test_count(ahead); plan++) {
		const struct image_request request = {
			.plan = (enum hash_plan)plan
		};
		_drop_raw_ struct raw_image raw = read_with(&request);

		assert_int_equal(raw.ahead.kind, ahead[plan]);
		check_digests(&raw);
	}
}

static struct raw_image fill_without_size(const struct image_request *request,
					  struct span bytes, size_t step)
{
	struct raw_image raw = { .blob = BLOB_NONE };
	struct image_filling filling;
	struct error err;

	assert_ok(&err, image_filling_begin(request, HASH_SIZE_UNKNOWN,
					    &filling, &err));
	for (size_t at = 0; at < bytes.len; at += step) {
		size_t len = bytes.len - at < step ? bytes.len - at : step;

		assert_ok(&err,
			  image_filling_add(&filling,
					    span_slice(bytes, at, len), &err));
	}
	assert_ok(&err, image_filling_finish(&filling, &raw, &err));
	assert_span_equal(raw.blob.bytes, bytes);
	return raw;
}

/* Nor does it need a size. */
static void gives_the_same_digests_without_a_size(void **state)
{
	static const size_t steps[] = { HASHER_ROOM, 2 * HASHER_ROOM,
					16 * HASHER_ROOM };

	(void)state;
	for (size_t i = 0; i < test_count(steps); i++)
		for (enum hash_plan plan = HASH_PLAN_NOTHING;
		     plan <= HASH_PLAN_WHOLE; plan++) {
			const struct image_request request = { .plan = plan };
			_drop_raw_ struct raw_image raw =
				fill_without_size(&request, file, steps[i]);

			assert_int_equal(raw.ahead.kind,
					 plan ? DIGEST_SHA256 : 0);
			check_digests(&raw);
		}
}

/* No thread for it. */
static void a_small_file_of_unknown_size_is_hashed_later(void **state)
{
	const struct image_request request = { .plan = HASH_PLAN_WHOLE };
	const size_t lens[] = { 0, 1, HASH_AHEAD_MIN - 1 };

	(void)state;
	for (size_t i = 0; i < test_count(lens); i++) {
		_drop_raw_ struct raw_image raw = fill_without_size(
			&request, span_slice(file, 0, lens[i]),
			2 * HASHER_ROOM);

		assert_int_equal(raw.ahead.kind, 0);
	}
}

static void needs_no_request(void **state)
{
	_drop_raw_ struct raw_image raw = read_with(NULL);

	(void)state;
	assert_int_equal(raw.ahead.kind, 0);
	check_digests(&raw);
}

/* A digest that is recognisable, as if it had been made ahead. */
static void mark(struct raw_image *raw)
{
	memset(raw->ahead.digest, 0x5a, DIGEST_MAX);
}

static bool is_marked(const struct raw_image *raw,
		      const struct authenticode_view *wanted,
		      enum digest_kind kind)
{
	uint8_t got[DIGEST_MAX];
	struct error err;

	assert_ok(&err, image_digest_get(raw, wanted, kind, got, &err));
	return got[0] == 0x5a && got[digest_len(kind) - 1] == 0x5a;
}

static void takes_the_digest_for_what_it_is_of(void **state)
{
	const struct image_request request = { .plan = HASH_PLAN_IMAGE };
	_drop_raw_ struct raw_image raw = read_with(&request);
	struct authenticode_view other = view;

	(void)state;
	mark(&raw);
	assert_true(is_marked(&raw, &view, DIGEST_SHA256));
	assert_false(is_marked(&raw, &view, DIGEST_SHA384));
	other.ranges[1].len--;
	assert_false(is_marked(&raw, &other, DIGEST_SHA256));
	other = view;
	other.ranges[1].offset++;
	other.ranges[1].len--;
	assert_false(is_marked(&raw, &other, DIGEST_SHA256));
	other = view;
	other.range_count--;
	assert_false(is_marked(&raw, &other, DIGEST_SHA256));
	raw.ahead.kind = 0;
	assert_false(is_marked(&raw, &view, DIGEST_SHA256));
}

/* The whole file is another thing than the image, and the other way round. */
static void keeps_image_and_file_apart(void **state)
{
	const struct image_request request = { .plan = HASH_PLAN_IMAGE };
	_drop_raw_ struct raw_image raw = read_with(&request);
	uint8_t got[DIGEST_MAX];

	(void)state;
	mark(&raw);
	image_whole_digest_get(&raw, DIGEST_SHA256, got);
	assert_int_not_equal(got[0], 0x5a);
	raw.ahead.ranges = hash_ranges_whole(file.len);
	image_whole_digest_get(&raw, DIGEST_SHA256, got);
	assert_int_equal(got[0], 0x5a);
	assert_false(is_marked(&raw, &view, DIGEST_SHA256));
}

struct progress {
	uint64_t last, size;
	unsigned calls;
};

static void note(void *ctx, uint64_t done, uint64_t size)
{
	struct progress *p = ctx;

	assert_true(done > p->last && done <= size);
	assert_int_equal(size, file.len);
	p->last = done;
	p->calls++;
}

static void tells_of_its_progress(void **state)
{
	struct progress progress = { 0 };
	const struct image_request request = { .progress = note,
					       .progress_ctx = &progress };
	_drop_raw_ struct raw_image raw = read_with(&request);

	(void)state;
	assert_int_equal(progress.last, file.len);
	assert_true(progress.calls >= 2);
}

static void note_unknown(void *ctx, uint64_t done, uint64_t size)
{
	assert_int_equal(size, 0);
	*(uint64_t *)ctx = done;
}

static void tells_of_its_progress_without_a_size(void **state)
{
	uint64_t last = 0;
	const struct image_request request = { .progress = note_unknown,
					       .progress_ctx = &last };
	_drop_raw_ struct raw_image raw =
		fill_without_size(&request, file, HASHER_ROOM);

	(void)state;
	assert_int_equal(last, file.len);
}

static void can_be_abandoned_in_the_middle(void **state)
{
	const struct image_request request = { .plan = HASH_PLAN_IMAGE };
	struct image_filling filling;
	struct error err;

	(void)state;
	for (size_t len = 0; len < file.len; len += 300000) {
		assert_ok(&err, image_filling_begin(&request, file.len,
						    &filling, &err));
		assert_non_null(filling.hasher);
		assert_ok(&err,
			  image_filling_add(&filling, span_slice(file, 0, len),
					    &err));
		image_filling_abandon(&filling);
		assert_null(filling.hasher);
		assert_int_equal(filling.writer.fd, -1);
	}
}

static void can_be_abandoned_without_a_size(void **state)
{
	const struct image_request request = { .plan = HASH_PLAN_WHOLE };
	struct image_filling filling;
	struct error err;

	(void)state;
	for (size_t len = 0; len < file.len; len += 600000) {
		assert_ok(&err, image_filling_begin(&request, HASH_SIZE_UNKNOWN,
						    &filling, &err));
		assert_ok(&err,
			  image_filling_add(&filling, span_slice(file, 0, len),
					    &err));
		assert_int_equal(filling.hasher != NULL, len != 0);
		image_filling_abandon(&filling);
		assert_null(filling.hasher);
	}
}

/* Fewer bytes than were announced: no digest of what is not there. */
static void has_no_digest_of_half_a_file(void **state)
{
	const struct image_request request = { .plan = HASH_PLAN_WHOLE };
	_drop_raw_ struct raw_image raw = { .blob = BLOB_NONE };
	struct image_filling filling;
	struct error err;

	(void)state;
	assert_ok(&err,
		  image_filling_begin(&request, file.len, &filling, &err));
	assert_ok(&err,
		  image_filling_add(&filling, span_slice(file, 0, file.len / 2),
				    &err));
	assert_ok(&err, image_filling_finish(&filling, &raw, &err));
	assert_int_equal(raw.blob.bytes.len, file.len / 2);
	assert_int_equal(raw.ahead.kind, 0);
}

static void tells_what_it_cannot_read(void **state)
{
	struct raw_image raw = { .blob = BLOB_NONE };
	struct error err;

	(void)state;
	assert_refused(E_HOSTFILE_OPEN, &err,
		       image_read_hostfile(scratch_path(&scratch, "none"), NULL,
					   &raw, &err));
	assert_refused(E_HOSTFILE_OPEN, &err,
		       image_read_hostfile(scratch.dir, NULL, &raw, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_same_digests_with_every_plan),
		cmocka_unit_test(gives_the_same_digests_without_a_size),
		cmocka_unit_test(a_small_file_of_unknown_size_is_hashed_later),
		cmocka_unit_test(needs_no_request),
		cmocka_unit_test(takes_the_digest_for_what_it_is_of),
		cmocka_unit_test(keeps_image_and_file_apart),
		cmocka_unit_test(tells_of_its_progress),
		cmocka_unit_test(tells_of_its_progress_without_a_size),
		cmocka_unit_test(can_be_abandoned_in_the_middle),
		cmocka_unit_test(can_be_abandoned_without_a_size),
		cmocka_unit_test(has_no_digest_of_half_a_file),
		cmocka_unit_test(tells_what_it_cannot_read),
	};

	return cmocka_run_group_tests(tests, make_image, drop_image);
}
