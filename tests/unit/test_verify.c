/*
 * The doors of verify.h: what each lets through under enforce, warn and off.
 * Images are built in memory and vouched for by their enrolled digest; images
 * with signatures are judged in test_judge.c.
 */
#include "verify.h"

#include "image_build.h"
#include "test.h"
#include "trust/digest.h"
#include "trust/image_digest.h"
#include "uki_build.h"

#include <stdio.h>

#define SBAT "sbat,1,SBAT Version,sbat,1,https://example.org/\n"

static void add_text(struct keyring *keys, enum keyring_folder folder,
		     const char *text)
{
	struct error err;

	assert_ok(&err, keyring_add_file(keys, folder, "test",
					 span_of_text(text), &err));
}

static void enroll(struct keyring *keys, enum keyring_folder folder,
		   struct span file)
{
	struct authenticode_view *view = calloc(1, sizeof(*view));
	struct pe_view *pe = calloc(1, sizeof(*pe));
	uint8_t digest[DIGEST_MAX];
	char line[65];
	struct error err;

	assert_non_null(view);
	assert_non_null(pe);
	assert_ok(&err, pe_parse(file, file.len, pe, &err));
	assert_ok(&err, authenticode_parse(file, pe, view, &err));
	assert_ok(&err,
		  image_digest_of(file, view, DIGEST_SHA256, digest, &err));
	for (size_t i = 0; i < 32; i++)
		snprintf(line + 2 * i, 3, "%02x", digest[i]);
	add_text(keys, folder, line);
	free(view);
	free(pe);
}

static struct verify_context enforcing(const struct keyring *keys)
{
	return (struct verify_context){ .mode = VERIFY_ENFORCE,
					.keyring = keys };
}

/* A UKI with a kernel and whatever .sbat is given, NULL for none. */
static void build_uki(struct pe_build *b, const char *sbat)
{
	_drop_pe_ struct pe_build kernel;

	bzimage_build(&kernel);
	pe_build_begin(b, PE_MACHINE_X86_64, UKI_BUILD_HEADERS);
	pe_build_text(b, ".sdmagic", UKI_BUILD_MAGIC_257);
	if (sbat)
		pe_build_text(b, ".sbat", sbat);
	pe_build_text(b, ".osrel", "ID=test\n");
	pe_build_section(b, ".linux", pe_build_file(&kernel));
}

static void build_addon(struct pe_build *b, const char *sbat)
{
	pe_build_begin(b, PE_MACHINE_X86_64, UKI_BUILD_HEADERS);
	pe_build_text(b, ".sdmagic", UKI_BUILD_MAGIC_ADDON);
	if (sbat)
		pe_build_text(b, ".sbat", sbat);
	pe_build_text(b, ".cmdline", "quiet");
}

static void refuses_image(enum status want, struct span file,
			  const struct verify_context *context)
{
	struct raw_image raw = image_build_raw(file);
	struct verified_image *image = NULL;
	struct error err;

	assert_refused(want, &err, verify_image(&raw, context, &image, &err));
	assert_null(image);
	assert_int_equal(raw.blob.fd, -1);
}

static enum verified_how accepts_image(struct span file,
				       const struct verify_context *context)
{
	_drop_verified_ struct verified_image *image = NULL;
	struct raw_image raw = image_build_raw(file);
	struct error err;

	assert_ok(&err, verify_image(&raw, context, &image, &err));
	assert_int_equal(raw.blob.fd, -1);
	assert_span_equal(verified_bytes(image).in, file);
	return verified_how(image);
}

static void zeroed_memory_enforces(void **state)
{
	_drop_pe_ struct pe_build b;
	struct keyring keys = KEYRING_NONE;
	struct verify_context context = { .keyring = &keys };

	(void)state;
	bzimage_build(&b);
	refuses_image(E_JUDGE_UNSIGNED, pe_build_file(&b), &context);
}

static void enrolled_images_pass_the_image_door(void **state)
{
	_drop_keyring_ struct keyring keys = KEYRING_NONE;
	const struct verify_context context = enforcing(&keys);
	_drop_pe_ struct pe_build kernel, uki;

	(void)state;
	bzimage_build(&kernel);
	build_uki(&uki, SBAT);
	refuses_image(E_JUDGE_UNSIGNED, pe_build_file(&kernel), &context);
	refuses_image(E_JUDGE_UNSIGNED, pe_build_file(&uki), &context);
	enroll(&keys, KEYRING_FOLDER_DB, pe_build_file(&kernel));
	enroll(&keys, KEYRING_FOLDER_DB, pe_build_file(&uki));
	assert_int_equal(accepts_image(pe_build_file(&kernel), &context),
			 VERIFIED_ENROLLED_HASH);
	assert_int_equal(accepts_image(pe_build_file(&uki), &context),
			 VERIFIED_ENROLLED_HASH);
	enroll(&keys, KEYRING_FOLDER_DBX, pe_build_file(&uki));
	refuses_image(E_JUDGE_REVOKED_HASH, pe_build_file(&uki), &context);
}

static void warn_lets_through_and_tells(void **state)
{
	_drop_keyring_ struct keyring keys = KEYRING_NONE;
	const struct verify_context context = { .mode = VERIFY_WARN,
						.keyring = &keys };
	_drop_verified_ struct verified_image *image = NULL;
	struct raw_image raw;
	_drop_pe_ struct pe_build b;
	struct error err;

	(void)state;
	bzimage_build(&b);
	raw = image_build_raw(pe_build_file(&b));
	assert_ok(&err, verify_image(&raw, &context, &image, &err));
	assert_int_equal(verified_how(image), VERIFIED_POLICY_OFF);
	assert_non_null(strstr(verified_warning(image), "not signed"));
	verified_image_drop(&image);
	enroll(&keys, KEYRING_FOLDER_DB, pe_build_file(&b));
	raw = image_build_raw(pe_build_file(&b));
	assert_ok(&err, verify_image(&raw, &context, &image, &err));
	assert_int_equal(verified_how(image), VERIFIED_ENROLLED_HASH);
	assert_string_equal(verified_warning(image), "");
}

static void warn_does_not_boot_what_is_no_kernel(void **state)
{
	struct keyring keys = KEYRING_NONE;
	const struct verify_context context = { .mode = VERIFY_WARN,
						.keyring = &keys };

	(void)state;
	refuses_image(E_VERIFY_NOT_AN_IMAGE, span_of_text("no kernel"),
		      &context);
}

static void off_asks_for_nothing(void **state)
{
	const struct verify_context off = { .mode = VERIFY_OFF };
	_drop_pe_ struct pe_build b;

	(void)state;
	bzimage_build(&b);
	assert_int_equal(accepts_image(pe_build_file(&b), &off),
			 VERIFIED_POLICY_OFF);
}

static void a_kernel_without_pe_headers_needs_a_manifest(void **state)
{
	_drop_pe_ struct pe_build b;
	struct keyring keys = KEYRING_NONE;
	const struct verify_context context = enforcing(&keys);
	struct span file;

	(void)state;
	bzimage_build(&b);
	file = test_copy(pe_build_file(&b));
	test_bytes(file)[0] = 0; /* no MZ, still a bzImage */
	refuses_image(E_VERIFY_NO_PE, file, &context);
	test_drop(&file);
}

static void ukis_must_have_sbat(void **state)
{
	_drop_keyring_ struct keyring keys = KEYRING_NONE;
	const struct verify_context context = enforcing(&keys);
	_drop_pe_ struct pe_build without, twice, broken;

	(void)state;
	build_uki(&without, NULL);
	enroll(&keys, KEYRING_FOLDER_DB, pe_build_file(&without));
	refuses_image(E_VERIFY_NO_SBAT, pe_build_file(&without), &context);
	build_uki(&broken, "sbat,1\n");
	enroll(&keys, KEYRING_FOLDER_DB, pe_build_file(&broken));
	refuses_image(E_SBAT_COLUMNS, pe_build_file(&broken), &context);
	/* in another profile, so that the UKI parser has no objection */
	build_uki(&twice, SBAT);
	pe_build_text(&twice, ".profile", "ID=a\n");
	pe_build_text(&twice, ".sbat", SBAT);
	enroll(&keys, KEYRING_FOLDER_DB, pe_build_file(&twice));
	refuses_image(E_VERIFY_SBAT_TWICE, pe_build_file(&twice), &context);
}

static void a_revoked_generation_is_refused(void **state)
{
	_drop_keyring_ struct keyring keys = KEYRING_NONE;
	const struct verify_context context = enforcing(&keys);
	_drop_pe_ struct pe_build uki;

	(void)state;
	build_uki(&uki, SBAT "linux.test,3,V,linux,6.1,https://example.org/\n");
	enroll(&keys, KEYRING_FOLDER_DB, pe_build_file(&uki));
	add_text(&keys, KEYRING_FOLDER_SBAT,
		 "sbat,1,2025051000\nlinux.test,3\nother,9\n");
	accepts_image(pe_build_file(&uki), &context);
	add_text(&keys, KEYRING_FOLDER_SBAT,
		 "sbat,1,2025051001\nlinux.test,4\n");
	refuses_image(E_SBAT_REVOKED, pe_build_file(&uki), &context);
}

static void each_door_takes_its_own_kind(void **state)
{
	_drop_keyring_ struct keyring keys = KEYRING_NONE;
	const struct verify_context context = enforcing(&keys);
	_drop_pe_ struct pe_build addon, uki, other;
	struct verified_image *image = NULL;
	struct raw_image raw;
	struct error err;

	(void)state;
	build_addon(&addon, SBAT);
	build_uki(&uki, SBAT);
	pe_build_begin(&other, PE_MACHINE_X86_64, 0x400);
	pe_build_text(&other, ".text", "a boot loader");
	enroll(&keys, KEYRING_FOLDER_DB, pe_build_file(&addon));
	enroll(&keys, KEYRING_FOLDER_DB, pe_build_file(&uki));
	enroll(&keys, KEYRING_FOLDER_DB, pe_build_file(&other));
	refuses_image(E_VERIFY_NOT_AN_IMAGE, pe_build_file(&addon), &context);
	refuses_image(E_VERIFY_NOT_AN_IMAGE, pe_build_file(&other), &context);
	raw = image_build_raw(pe_build_file(&uki));
	assert_refused(E_VERIFY_NOT_AN_ADDON, &err,
		       verify_addon(&raw, &context, &image, &err));
	raw = image_build_raw(pe_build_file(&addon));
	assert_ok(&err, verify_addon(&raw, &context, &image, &err));
	assert_int_equal(verified_kind(image), IMAGE_ADDON);
	verified_image_drop(&image);
}

static void addons_must_have_sbat(void **state)
{
	_drop_keyring_ struct keyring keys = KEYRING_NONE;
	const struct verify_context context = enforcing(&keys);
	struct verified_image *image = NULL;
	_drop_pe_ struct pe_build addon;
	struct raw_image raw;
	struct error err;

	(void)state;
	build_addon(&addon, NULL);
	enroll(&keys, KEYRING_FOLDER_DB, pe_build_file(&addon));
	raw = image_build_raw(pe_build_file(&addon));
	assert_refused(E_VERIFY_NO_SBAT, &err,
		       verify_addon(&raw, &context, &image, &err));
}

static void a_person_may_ask_about_any_pe(void **state)
{
	struct judgement *judgement = calloc(1, sizeof(*judgement));
	_drop_keyring_ struct keyring keys = KEYRING_NONE;
	const struct verify_context context = enforcing(&keys);
	_drop_raw_ struct raw_image raw = { .blob = BLOB_NONE };
	_drop_pe_ struct pe_build other;
	struct error err;

	(void)state;
	pe_build_begin(&other, PE_MACHINE_X86_64, 0x400);
	pe_build_text(&other, ".text", "a boot loader");
	raw = image_build_raw(pe_build_file(&other));
	assert_refused(E_JUDGE_UNSIGNED, &err,
		       verify_any_pe(&raw, &context, judgement, &err));
	assert_int_equal(judgement->how, JUDGED_NOT);
	enroll(&keys, KEYRING_FOLDER_DB, pe_build_file(&other));
	assert_ok(&err, verify_any_pe(&raw, &context, judgement, &err));
	assert_int_equal(judgement->how, JUDGED_ENROLLED_HASH);
	/* lent, not taken */
	assert_span_equal(raw.blob.bytes, pe_build_file(&other));
	free(judgement);
}

static void loose_files_need_cover(void **state)
{
	static const struct keyring keys;
	static const struct {
		enum verify_mode mode;
		enum status want;
	} cases[] = {
		{ VERIFY_ENFORCE, E_VERIFY_UNCOVERED },
		{ VERIFY_WARN, OK },
		{ VERIFY_OFF, OK },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		const struct verify_context context = { .mode = cases[i].mode,
							.keyring = &keys };
		_drop_verified_ struct verified_image *image = NULL;
		struct raw_image raw =
			image_build_raw(span_of_text("an initrd"));

		assert_status(cases[i].want,
			      verify_loose_file(&raw, &context, &image, NULL));
		assert_int_equal(raw.blob.fd, -1);
	}
}

static void a_pinned_file_has_its_digest(void **state)
{
	_drop_keyring_ struct keyring keys = KEYRING_NONE;
	const struct verify_context context = enforcing(&keys);
	struct verified_image *image = NULL;
	uint8_t digest[DIGEST_MAX];
	_drop_pe_ struct pe_build kernel;
	struct raw_image raw;
	struct error err;

	(void)state;
	bzimage_build(&kernel);
	digest_of(DIGEST_SHA256, pe_build_file(&kernel), digest);
	raw = image_build_raw(pe_build_file(&kernel));
	assert_ok(&err, verify_pinned_file(&raw, true, digest, &context, &image,
					   &err));
	assert_int_equal(verified_how(image), VERIFIED_HASH_PIN);
	verified_image_drop(&image);
	digest[31] ^= 1;
	raw = image_build_raw(pe_build_file(&kernel));
	assert_refused(
		E_VERIFY_DIGEST, &err,
		verify_pinned_file(&raw, true, digest, &context, &image, &err));
	/* a pin does not bring back what was revoked */
	digest[31] ^= 1;
	enroll(&keys, KEYRING_FOLDER_DBX, pe_build_file(&kernel));
	raw = image_build_raw(pe_build_file(&kernel));
	assert_refused(
		E_JUDGE_REVOKED_HASH, &err,
		verify_pinned_file(&raw, true, digest, &context, &image, &err));
}

static void now_is_never_before_the_build(void **state)
{
	const struct policy policy = { .verify_dates = true };
	const struct keyring keys = KEYRING_NONE;
	struct verify_context context = verify_context_of(&policy, &keys);

	(void)state;
	assert_true(context.rules.check_dates);
	assert_true(context.rules.now >= KEELBOOT_BUILD_TIME);
	assert_int_equal(context.mode, VERIFY_ENFORCE);
}

static void a_name_is_proven_or_claimed(void **state)
{
	static const struct {
		enum verified_how how;
		bool is_proven;
		const char *voucher;
	} hows[] = {
		{ VERIFIED_NOT, false, "" },
		{ VERIFIED_SIGNATURE, true, "signed by A" },
		{ VERIFIED_ENROLLED_HASH, false, "its digest is enrolled" },
		{ VERIFIED_MANIFEST, true, "manifest signed by A" },
		{ VERIFIED_HASH_PIN, false, "its digest is configured" },
		{ VERIFIED_POLICY_OFF, false, "" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(hows); i++) {
		char buf[64];
		struct text t = text_over(buf, sizeof(buf));

		verified_add_voucher(&t, hows[i].how, "A");
		assert_string_equal(buf, hows[i].voucher);
		assert_int_equal(verified_proves_signer(hows[i].how),
				 hows[i].is_proven);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zeroed_memory_enforces),
		cmocka_unit_test(enrolled_images_pass_the_image_door),
		cmocka_unit_test(warn_lets_through_and_tells),
		cmocka_unit_test(warn_does_not_boot_what_is_no_kernel),
		cmocka_unit_test(off_asks_for_nothing),
		cmocka_unit_test(a_kernel_without_pe_headers_needs_a_manifest),
		cmocka_unit_test(ukis_must_have_sbat),
		cmocka_unit_test(a_revoked_generation_is_refused),
		cmocka_unit_test(each_door_takes_its_own_kind),
		cmocka_unit_test(addons_must_have_sbat),
		cmocka_unit_test(a_person_may_ask_about_any_pe),
		cmocka_unit_test(loose_files_need_cover),
		cmocka_unit_test(a_pinned_file_has_its_digest),
		cmocka_unit_test(now_is_never_before_the_build),
		cmocka_unit_test(a_name_is_proven_or_claimed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
