/*
 * The Authenticode digest: that of the file with checksum, directory entry and
 * certificate table cut out, and of nothing that is not in the file.
 */
#include "test.h"

#include "pe_build.h"
#include "trust/image_digest.h"

static const enum digest_kind kinds[] = { DIGEST_SHA256, DIGEST_SHA384,
					  DIGEST_SHA512 };

struct image {
	struct pe_build build;
	struct pe_view pe;
	struct authenticode_view view;
};

static struct image make_image(bool is_signed)
{
	struct image image;
	struct error err;
	size_t at;

	pe_build_begin(&image.build, 0x8664, 0x400);
	pe_build_text(&image.build, ".text", "some code");
	pe_build_text(&image.build, ".data", "some data");
	pe_build_append(&image.build, span_of_text("16 bytes behind."));
	if (is_signed) {
		at = pe_build_sign(&image.build, 16);
		memcpy(image.build.bytes + at,
		       "\x10\0\0\0\x00\x02\x02\0signed..", 16);
	}
	assert_ok(&err, pe_parse(pe_build_file(&image.build), image.build.len,
				 &image.pe, &err));
	assert_ok(&err, authenticode_parse(pe_build_file(&image.build),
					   &image.pe, &image.view, &err));
	return image;
}

/* The file without what a signature does not cover, made by cutting. */
static struct span cut(const struct image *image)
{
	size_t checksum = image->build.optional_offset + 64U;
	size_t entry = pe_build_at(&image->build, PE_CERT_OFFSET);
	size_t end = image->pe.cert_offset ? image->pe.cert_offset
					   : image->build.len;
	uint8_t *to = malloc(end), *at = to;

	assert_non_null(to);
	memcpy(at, image->build.bytes, checksum);
	at += checksum;
	memcpy(at, image->build.bytes + checksum + 4, entry - checksum - 4);
	at += entry - checksum - 4;
	memcpy(at, image->build.bytes + entry + 8, end - entry - 8);
	at += end - entry - 8;
	return span_of(to, (size_t)(at - to));
}

static void is_the_digest_of_what_is_covered(void **state)
{
	uint8_t got[DIGEST_MAX], want[DIGEST_MAX];
	struct error err;

	(void)state;
	for (int is_signed = 0; is_signed < 2; is_signed++) {
		struct image image = make_image(is_signed);
		_drop_copy_ struct span covered = cut(&image);

		for (size_t i = 0; i < test_count(kinds); i++) {
			digest_of(kinds[i], covered, want);
			assert_ok(&err,
				  image_digest_of(pe_build_file(&image.build),
						  &image.view, kinds[i], got,
						  &err));
			assert_memory_equal(got, want, digest_len(kinds[i]));
		}
		pe_build_drop(&image.build);
	}
}

static void is_the_same_with_another_signature(void **state)
{
	struct image image = make_image(true);
	size_t checksum = image.build.optional_offset + 64U;
	uint8_t before[DIGEST_MAX], after[DIGEST_MAX];
	struct error err;

	(void)state;
	assert_ok(&err,
		  image_digest_of(pe_build_file(&image.build), &image.view,
				  DIGEST_SHA256, before, &err));
	image.build.bytes[checksum] ^= 1;
	image.build.bytes[checksum + 3] ^= 1;
	image.build.bytes[image.build.len - 1] ^= 1;
	assert_ok(&err,
		  image_digest_of(pe_build_file(&image.build), &image.view,
				  DIGEST_SHA256, after, &err));
	assert_memory_equal(before, after, 32);
	image.build.bytes[checksum + 4] ^= 1;
	assert_ok(&err,
		  image_digest_of(pe_build_file(&image.build), &image.view,
				  DIGEST_SHA256, after, &err));
	assert_memory_not_equal(before, after, 32);
	pe_build_drop(&image.build);
}

static void refuses_ranges_outside_of_the_file(void **state)
{
	static const struct byte_range bad[] = {
		{ 0, 11 },	   { 10, 1 },	      { 11, 0 },
		{ 9, UINT64_MAX }, { UINT64_MAX, 1 },
	};
	struct span file = span_of_text("ten bytes.");
	struct authenticode_view view = { .range_count = 2,
					  .ranges = { { 0, 10 } } };
	uint8_t out[DIGEST_MAX];
	struct error err;

	(void)state;
	view.ranges[1] = (struct byte_range){ 10, 0 };
	assert_ok(&err, image_digest_of(file, &view, DIGEST_SHA256, out, &err));
	for (size_t i = 0; i < test_count(bad); i++) {
		view.ranges[1] = bad[i];
		assert_refused(
			E_IMAGE_DIGEST_RANGE, &err,
			image_digest_of(file, &view, DIGEST_SHA256, out, &err));
	}
}

static void compares_ranges(void **state)
{
	struct authenticode_view a = { .range_count = 2,
				       .ranges = { { 0, 10 }, { 20, 5 } } };
	struct authenticode_view b = a;

	(void)state;
	b.signature_count = 1; /* says nothing about what is hashed */
	b.ranges[2] = (struct byte_range){ 1, 1 };
	assert_true(image_ranges_equal(&a, &b));
	b.range_count = 1;
	assert_false(image_ranges_equal(&a, &b));
	b.range_count = 3;
	assert_false(image_ranges_equal(&a, &b));
	b = a;
	b.ranges[1].len++;
	assert_false(image_ranges_equal(&a, &b));
	b = a;
	b.ranges[0].offset++;
	assert_false(image_ranges_equal(&a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_the_digest_of_what_is_covered),
		cmocka_unit_test(is_the_same_with_another_signature),
		cmocka_unit_test(refuses_ranges_outside_of_the_file),
		cmocka_unit_test(compares_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
