/*
 * Verdicts over images that sbsign, osslsigncode and pesign have signed
 * (tests/data/mkpki.sh): the rules of trust/judge.h one by one, and the
 * detached signatures of manifests.
 */
#include "test.h"

#include "trust/digest.h"
#include "trust/image_digest.h"
#include "trust/judge.h"

#include <stdio.h>

#define PKI "tests/data/pki/"

struct image {
	struct span file;
	struct pe_view pe;
	struct authenticode_view view;
	unsigned digests_made;
};

static struct image *open_image(struct span file)
{
	struct image *image = calloc(1, sizeof(*image));
	struct error err;

	assert_non_null(image);
	image->file = file;
	assert_ok(&err, pe_parse(file, file.len, &image->pe, &err));
	assert_ok(&err,
		  authenticode_parse(file, &image->pe, &image->view, &err));
	return image;
}

static struct image *read_image(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), PKI "%s", name);
	return open_image(test_read_file(path));
}

static void close_image(struct image **image)
{
	test_drop(&(*image)->file);
	free(*image);
}

#define _close_image_ __attribute__((cleanup(close_image)))

static enum status digest(void *ctx, enum digest_kind kind,
			  uint8_t out[static DIGEST_MAX], struct error *err)
{
	struct image *image = ctx;

	image->digests_made++;
	return image_digest_of(image->file, &image->view, kind, out, err);
}

static const struct judge_rules no_dates;

static enum status judge_with(struct image *image, const struct keyring *keys,
			      const struct judge_rules *rules,
			      struct judgement *ret, struct error *err)
{
	return judge_image(image->file, &image->view, keys, rules, digest,
			   image, ret, err);
}

static enum status judge(struct image *image, const struct keyring *keys,
			 struct judgement *ret, struct error *err)
{
	return judge_with(image, keys, &no_dates, ret, err);
}

static void add(struct keyring *keys, enum keyring_folder folder,
		struct span bytes)
{
	struct error err;

	assert_ok(&err, keyring_add_file(keys, folder, "test", bytes, &err));
}

static void add_cert(struct keyring *keys, enum keyring_folder folder,
		     const char *name)
{
	char path[128];
	struct span file;

	snprintf(path, sizeof(path), PKI "%s.der", name);
	file = test_read_file(path);
	add(keys, folder, file);
	test_drop(&file);
}

/* A line of a list of hashes. */
static void add_hash(struct keyring *keys, enum keyring_folder folder,
		     const char *prefix, enum digest_kind kind,
		     const uint8_t *bytes)
{
	char line[2 * DIGEST_MAX + 8];
	int at = snprintf(line, sizeof(line), "%s", prefix);

	for (size_t i = 0; i < digest_len(kind); i++)
		at += snprintf(line + at, 3, "%02x", bytes[i]);
	line[at++] = '\n';
	add(keys, folder, span_of(line, (size_t)at));
}

static void revoke_image(struct keyring *keys, const struct image *image,
			 enum digest_kind kind)
{
	uint8_t bytes[DIGEST_MAX];

	assert_status(OK, image_digest_of(image->file, &image->view, kind,
					  bytes, NULL));
	add_hash(keys, KEYRING_FOLDER_DBX, "", kind, bytes);
}

static void revoke_tbs(struct keyring *keys, const char *name,
		       enum digest_kind kind)
{
	uint8_t bytes[DIGEST_MAX];
	struct x509_view cert;
	char path[128];
	struct error err;
	struct span file;

	snprintf(path, sizeof(path), PKI "%s.der", name);
	file = test_read_file(path);
	assert_ok(&err, x509_parse(file, &cert, &err));
	digest_of(kind, cert.tbs, bytes);
	add_hash(keys, KEYRING_FOLDER_DBX, "tbs:", kind, bytes);
	test_drop(&file);
}

/* --- who vouches -------------------------------------------------------------
 */

static void any_certificate_of_the_chain_anchors(void **state)
{
	static const struct {
		const char *image, *anchor, *signer;
	} cases[] = {
		{ "sbsign.efi", "ca", "RSA signer" },
		{ "sbsign.efi", "rsa", "RSA signer" },
		{ "pesign.efi", "ca", "RSA signer" },
		{ "osslsigncode.efi", "p384", "P-384 signer" },
		{ "sbsign-twice.efi", "rsa", "RSA signer" },
		{ "sbsign-twice.efi", "ca", "RSA signer" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_close_image_ struct image *image = read_image(cases[i].image);
		_drop_keyring_ struct keyring keys = KEYRING_NONE;
		struct judgement j;
		struct error err;

		add_cert(&keys, KEYRING_FOLDER_DB, cases[i].anchor);
		assert_ok(&err, judge(image, &keys, &j, &err));
		assert_int_equal(j.how, JUDGED_SIGNATURE);
		assert_string_equal(j.signer.text, cases[i].signer);
		assert_int_equal(image->digests_made, 1);
	}
}

static void the_chain_is_named(void **state)
{
	_close_image_ struct image *image = read_image("sbsign.efi");
	_drop_keyring_ struct keyring keys = KEYRING_NONE;
	struct judgement j;
	struct error err;

	(void)state;
	add_cert(&keys, KEYRING_FOLDER_DB, "ca");
	assert_ok(&err, judge(image, &keys, &j, &err));
	assert_int_equal(j.signature_count, 1);
	assert_int_equal(j.signatures[0].chain_count, 2);
	assert_string_equal(j.signatures[0].chain[0].text, "RSA signer");
	assert_string_equal(j.signatures[0].chain[1].text, "keelboot test CA");
}

static void an_unknown_signer_is_refused(void **state)
{
	_close_image_ struct image *image = read_image("sbsign.efi");
	_drop_keyring_ struct keyring keys = KEYRING_NONE;
	struct judgement j;
	struct error err;

	(void)state;
	assert_refused(E_JUDGE_UNKNOWN_SIGNER, &err,
		       judge(image, &keys, &j, &err));
	add_cert(&keys, KEYRING_FOLDER_DB, "p384");
	assert_refused(E_JUDGE_UNKNOWN_SIGNER, &err,
		       judge(image, &keys, &j, &err));
	assert_int_equal(j.how, JUDGED_NOT);
	assert_string_equal(j.signer.text, "RSA signer");
}

static void keys_of_other_purposes_do_not_count(void **state)
{
	static const enum keyring_folder folders[] = { KEYRING_FOLDER_MANIFEST,
						       KEYRING_FOLDER_TLS };
	(void)state;
	for (size_t i = 0; i < test_count(folders); i++) {
		_close_image_ struct image *image = read_image("sbsign.efi");
		_drop_keyring_ struct keyring keys = KEYRING_NONE;
		struct judgement j;
		struct error err;

		add_cert(&keys, folders[i], "ca");
		add_cert(&keys, folders[i], "rsa");
		assert_refused(E_JUDGE_UNKNOWN_SIGNER, &err,
			       judge(image, &keys, &j, &err));
	}
}

static void unsigned_needs_an_enrolled_digest(void **state)
{
	_close_image_ struct image *image = read_image("plain.efi");

	(void)state;
	for (enum digest_kind k = DIGEST_SHA256; k <= DIGEST_SHA512; k++) {
		_drop_keyring_ struct keyring keys = KEYRING_NONE;
		uint8_t bytes[DIGEST_MAX];
		struct judgement j;
		struct error err;

		add_cert(&keys, KEYRING_FOLDER_DB, "ca");
		assert_refused(E_JUDGE_UNSIGNED, &err,
			       judge(image, &keys, &j, &err));
		assert_status(OK, image_digest_of(image->file, &image->view, k,
						  bytes, NULL));
		add_hash(&keys, KEYRING_FOLDER_DB, "", k, bytes);
		assert_ok(&err, judge(image, &keys, &j, &err));
		assert_int_equal(j.how, JUDGED_ENROLLED_HASH);
		assert_string_equal(j.signer.text, "");
		/* revoked all the same */
		add_hash(&keys, KEYRING_FOLDER_DBX, "", k, bytes);
		assert_refused(E_JUDGE_REVOKED_HASH, &err,
			       judge(image, &keys, &j, &err));
	}
}

static void an_enrolled_digest_makes_up_for_an_unknown_signer(void **state)
{
	_close_image_ struct image *image = read_image("sbsign.efi");
	_drop_keyring_ struct keyring keys = KEYRING_NONE;
	uint8_t bytes[DIGEST_MAX];
	struct judgement j;
	struct error err;

	(void)state;
	assert_status(OK, image_digest_of(image->file, &image->view,
					  DIGEST_SHA256, bytes, NULL));
	add_hash(&keys, KEYRING_FOLDER_DB, "", DIGEST_SHA256, bytes);
	assert_ok(&err, judge(image, &keys, &j, &err));
	assert_int_equal(j.how, JUDGED_ENROLLED_HASH);
	assert_int_equal(j.signatures[0].why, E_JUDGE_UNKNOWN_SIGNER);
}

/* --- what is revoked ---------------------------------------------------------
 */

static void a_revoked_digest_is_final(void **state)
{
	_close_image_ struct image *image = read_image("sbsign-twice.efi");

	(void)state;
	for (enum digest_kind k = DIGEST_SHA256; k <= DIGEST_SHA512; k++) {
		_drop_keyring_ struct keyring keys = KEYRING_NONE;
		struct judgement j;
		struct error err;

		add_cert(&keys, KEYRING_FOLDER_DB, "ca");
		revoke_image(&keys, image, k);
		assert_refused(E_JUDGE_REVOKED_HASH, &err,
			       judge(image, &keys, &j, &err));
	}
}

static void the_digest_of_the_file_revokes_nothing(void **state)
{
	_close_image_ struct image *image = read_image("sbsign.efi");
	_drop_keyring_ struct keyring keys = KEYRING_NONE;
	uint8_t bytes[DIGEST_MAX];
	struct judgement j;
	struct error err;

	(void)state;
	add_cert(&keys, KEYRING_FOLDER_DB, "ca");
	digest_of(DIGEST_SHA256, image->file, bytes);
	add_hash(&keys, KEYRING_FOLDER_DBX, "", DIGEST_SHA256, bytes);
	assert_ok(&err, judge(image, &keys, &j, &err));
}

static void a_revoked_certificate_denies_the_image(void **state)
{
	static const struct {
		const char *image, *revoked;
	} cases[] = {
		{ "sbsign.efi", "rsa" },
		{ "sbsign.efi", "ca" }, /* not embedded, but has issued it */
		/* one of two signatures is enough */
		{ "sbsign-twice.efi", "rsa" },
		{ "sbsign-twice.efi", "ca" },
		{ "osslsigncode.efi", "p384" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_close_image_ struct image *image = read_image(cases[i].image);
		_drop_keyring_ struct keyring keys = KEYRING_NONE;
		struct judgement j;
		struct error err;

		add_cert(&keys, KEYRING_FOLDER_DB, "ca");
		add_cert(&keys, KEYRING_FOLDER_DB, "rsa");
		add_cert(&keys, KEYRING_FOLDER_DB, "p384");
		assert_ok(&err, judge(image, &keys, &j, &err));
		add_cert(&keys, KEYRING_FOLDER_DBX, cases[i].revoked);
		assert_refused(E_JUDGE_REVOKED_SIGNER, &err,
			       judge(image, &keys, &j, &err));
		assert_int_equal(j.how, JUDGED_NOT);
	}
}

/* Of an ECDSA signature anyone can make a second one: a revoked certificate
 * must not come back with other bytes around the same TBSCertificate. */
static void a_revoked_certificate_is_known_by_what_it_says(void **state)
{
	_close_image_ struct image *image = read_image("sbsign.efi");
	struct span cert = test_read_file(PKI "rsa.der");
	_drop_keyring_ struct keyring keys = KEYRING_NONE;
	struct judgement j;
	struct error err;

	(void)state;
	add_cert(&keys, KEYRING_FOLDER_DB, "ca");
	test_bytes(cert)[cert.len - 1] ^= 1; /* in the signature */
	add(&keys, KEYRING_FOLDER_DBX, cert);
	assert_refused(E_JUDGE_REVOKED_SIGNER, &err,
		       judge(image, &keys, &j, &err));
	test_drop(&cert);
}

static void an_unrelated_revocation_changes_nothing(void **state)
{
	_close_image_ struct image *image = read_image("sbsign.efi");
	_drop_keyring_ struct keyring keys = KEYRING_NONE;
	struct judgement j;
	struct error err;

	(void)state;
	add_cert(&keys, KEYRING_FOLDER_DB, "ca");
	add_cert(&keys, KEYRING_FOLDER_DBX, "p256");
	revoke_tbs(&keys, "p521", DIGEST_SHA256);
	assert_ok(&err, judge(image, &keys, &j, &err));
}

static void the_tbs_hash_of_an_embedded_certificate_denies(void **state)
{
	(void)state;
	for (enum digest_kind k = DIGEST_SHA256; k <= DIGEST_SHA512; k++) {
		_close_image_ struct image *image =
			read_image("sbsign-twice.efi");
		_drop_keyring_ struct keyring keys = KEYRING_NONE;
		struct judgement j;
		struct error err;

		add_cert(&keys, KEYRING_FOLDER_DB, "ca");
		revoke_tbs(&keys, "rsa", k);
		assert_refused(E_JUDGE_REVOKED_SIGNER, &err,
			       judge(image, &keys, &j, &err));
	}
}

/* The anchor is gone, but nothing else: another anchor still carries. */
static void the_tbs_hash_of_an_anchor_takes_it_away(void **state)
{
	_close_image_ struct image *image = read_image("sbsign.efi");
	_drop_keyring_ struct keyring keys = KEYRING_NONE;
	struct judgement j;
	struct error err;

	(void)state;
	add_cert(&keys, KEYRING_FOLDER_DB, "ca");
	revoke_tbs(&keys, "ca", DIGEST_SHA256);
	assert_refused(E_JUDGE_REVOKED_SIGNER, &err,
		       judge(image, &keys, &j, &err));
	assert_false(j.signatures[0].is_revoked);
	add_cert(&keys, KEYRING_FOLDER_DB, "rsa");
	assert_ok(&err, judge(image, &keys, &j, &err));
}

/* --- what is signed ----------------------------------------------------------
 */

/* Every byte that is hashed, one after the other. */
static void every_covered_byte_counts(void **state)
{
	struct image *whole = read_image("sbsign.efi");
	_drop_keyring_ struct keyring keys = KEYRING_NONE;
	unsigned tried = 0;

	(void)state;
	add_cert(&keys, KEYRING_FOLDER_DB, "ca");
	for (size_t at = whole->view.ranges[2].offset + 64;
	     at < whole->pe.cert_offset; at += 7) {
		struct image *image;
		struct span file = test_copy(whole->file);
		struct judgement j;
		struct pe_view pe;

		test_bytes(file)[at] ^= 0x10;
		if (pe_parse(file, file.len, &pe, NULL) != OK) {
			test_drop(&file);
			continue;
		}
		image = open_image(file);
		assert_status(E_JUDGE_IMAGE_DIGEST,
			      judge(image, &keys, &j, NULL));
		close_image(&image);
		tried++;
	}
	assert_true(tried > 100);
	close_image(&whole);
}

/* Every byte of the signature: most changes break its form, and none that
 * leaves the form is accepted, but for those that change nothing (EDK2 and we
 * pass over unsigned parts; sbsign makes none). */
static void no_changed_signature_is_accepted(void **state)
{
	struct image *whole = read_image("sbsign.efi");
	_drop_keyring_ struct keyring keys = KEYRING_NONE;

	(void)state;
	add_cert(&keys, KEYRING_FOLDER_DB, "ca");
	for (size_t i = 0; i < whole->view.signatures[0].len; i++) {
		size_t at = (size_t)whole->view.signatures[0].offset + i;
		struct span file = test_copy(whole->file);
		struct image *image;
		struct judgement j;

		test_bytes(file)[at] ^= 0x01;
		image = open_image(file);
		if (judge(image, &keys, &j, NULL) == OK)
			fail_msg("accepted with byte %zu of the signature "
				 "changed",
				 i);
		close_image(&image);
	}
	close_image(&whole);
}

static void bytes_behind_the_signature_are_padding_only(void **state)
{
	_close_image_ struct image *image = read_image("sbsign.efi");
	_drop_keyring_ struct keyring keys = KEYRING_NONE;
	struct byte_range *at = &image->view.signatures[0];
	uint8_t *padded = calloc(1, (size_t)at->len + 8);
	struct authenticode_view view = image->view;
	struct judgement j;
	struct error err;

	(void)state;
	assert_non_null(padded);
	add_cert(&keys, KEYRING_FOLDER_DB, "ca");
	memcpy(padded, image->file.ptr + at->offset, (size_t)at->len);
	view.signatures[0] = (struct byte_range){ 0, at->len + 8 };
	assert_ok(&err, judge_image(span_of(padded, (size_t)at->len + 8), &view,
				    &keys, &no_dates, digest, image, &j, &err));
	padded[at->len + 7] = 1;
	assert_refused(E_JUDGE_TRAILING, &err,
		       judge_image(span_of(padded, (size_t)at->len + 8), &view,
				   &keys, &no_dates, digest, image, &j, &err));
	free(padded);
}

static void the_signature_of_another_file_is_refused(void **state)
{
	_close_image_ struct image *image = read_image("plain.efi");
	_close_image_ struct image *other = read_image("sbsign.efi");
	_drop_keyring_ struct keyring keys = KEYRING_NONE;
	struct judgement j;
	struct error err;

	(void)state;
	add_cert(&keys, KEYRING_FOLDER_DB, "ca");
	test_bytes(other->file)[other->pe.sections[0].raw_offset] ^= 1;
	assert_refused(E_JUDGE_IMAGE_DIGEST, &err,
		       judge(other, &keys, &j, &err));
	assert_refused(E_JUDGE_UNSIGNED, &err, judge(image, &keys, &j, &err));
}

static void dates_count_when_asked_for(void **state)
{
	_close_image_ struct image *image = read_image("sbsign.efi");
	_drop_keyring_ struct keyring keys = KEYRING_NONE;
	struct judge_rules rules = { .check_dates = true };
	struct judgement j;
	struct error err;

	(void)state;
	add_cert(&keys, KEYRING_FOLDER_DB, "ca");
	rules.now = 4000000000; /* in 2096; mkpki.sh signs for 100 years */
	assert_ok(&err, judge_with(image, &keys, &rules, &j, &err));
	rules.now = 1000000000; /* in 2001 */
	assert_refused(E_JUDGE_DATES, &err,
		       judge_with(image, &keys, &rules, &j, &err));
	rules.check_dates = false;
	assert_ok(&err, judge_with(image, &keys, &rules, &j, &err));
}

static void a_claim_is_read_without_a_check(void **state)
{
	_close_image_ struct image *image = read_image("sbsign.efi");
	struct span bytes =
		span_slice(image->file, image->view.signatures[0].offset,
			   image->view.signatures[0].len);
	struct display name;

	(void)state;
	assert_true(judge_claimed_signer(bytes, &name));
	assert_string_equal(name.text, "RSA signer");
	assert_false(judge_claimed_signer(span_of_text("nothing"), &name));
}

/* --- detached ----------------------------------------------------------------
 */

static void a_detached_signature_holds_for_its_content(void **state)
{
	struct span p7s = test_read_file(PKI "detached.p7s");
	_drop_keyring_ struct keyring keys = KEYRING_NONE;
	struct judged_signature judged;
	struct span longer;
	struct error err;

	(void)state;
	assert_refused(E_JUDGE_UNKNOWN_SIGNER, &err,
		       judge_detached(span_of_text("what is signed\n"), p7s,
				      &keys, &no_dates, &judged, &err));
	add_cert(&keys, KEYRING_FOLDER_DB, "p521"); /* an image key */
	assert_refused(E_JUDGE_UNKNOWN_SIGNER, &err,
		       judge_detached(span_of_text("what is signed\n"), p7s,
				      &keys, &no_dates, &judged, &err));
	keyring_drop(&keys);
	add_cert(&keys, KEYRING_FOLDER_MANIFEST, "p521");
	assert_ok(&err, judge_detached(span_of_text("what is signed\n"), p7s,
				       &keys, &no_dates, &judged, &err));
	assert_string_equal(judged.chain[0].text, "P-521 signer");
	assert_refused(E_JUDGE_ATTRIBUTES_DIGEST, &err,
		       judge_detached(span_of_text("what is signeD\n"), p7s,
				      &keys, &no_dates, &judged, &err));
	longer = span_of(calloc(1, p7s.len + 1), p7s.len + 1);
	memcpy(test_bytes(longer), p7s.ptr, p7s.len);
	assert_refused(E_JUDGE_TRAILING, &err,
		       judge_detached(span_of_text("what is signed\n"), longer,
				      &keys, &no_dates, &judged, &err));
	test_drop(&longer);
	add_cert(&keys, KEYRING_FOLDER_DBX, "p521");
	assert_refused(E_JUDGE_REVOKED_SIGNER, &err,
		       judge_detached(span_of_text("what is signed\n"), p7s,
				      &keys, &no_dates, &judged, &err));
	test_drop(&p7s);
}

static void
content_of_its_own_and_images_are_no_detached_signature(void **state)
{
	struct span attached = test_read_file(PKI "attached.p7s");
	_close_image_ struct image *image = read_image("pesign.efi");
	_drop_keyring_ struct keyring keys = KEYRING_NONE;
	struct judged_signature judged;
	struct byte_range *at = &image->view.signatures[0];
	struct span spc = span_slice(image->file, at->offset, at->len);
	struct error err;

	(void)state;
	add_cert(&keys, KEYRING_FOLDER_MANIFEST, "ca");
	add_cert(&keys, KEYRING_FOLDER_MANIFEST, "rsa");
	assert_refused(E_JUDGE_NOT_DETACHED, &err,
		       judge_detached(span_of_text("what is signed\n"),
				      attached, &keys, &no_dates, &judged,
				      &err));
	while (spc.len && !spc.ptr[spc.len - 1])
		spc.len--; /* padding */
	assert_refused(E_JUDGE_CONTENT_KIND, &err,
		       judge_detached(span_of_text("what is signed\n"), spc,
				      &keys, &no_dates, &judged, &err));
	test_drop(&attached);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_certificate_of_the_chain_anchors),
		cmocka_unit_test(the_chain_is_named),
		cmocka_unit_test(an_unknown_signer_is_refused),
		cmocka_unit_test(keys_of_other_purposes_do_not_count),
		cmocka_unit_test(unsigned_needs_an_enrolled_digest),
		cmocka_unit_test(
			an_enrolled_digest_makes_up_for_an_unknown_signer),
		cmocka_unit_test(a_revoked_digest_is_final),
		cmocka_unit_test(the_digest_of_the_file_revokes_nothing),
		cmocka_unit_test(a_revoked_certificate_denies_the_image),
		cmocka_unit_test(
			a_revoked_certificate_is_known_by_what_it_says),
		cmocka_unit_test(an_unrelated_revocation_changes_nothing),
		cmocka_unit_test(
			the_tbs_hash_of_an_embedded_certificate_denies),
		cmocka_unit_test(the_tbs_hash_of_an_anchor_takes_it_away),
		cmocka_unit_test(every_covered_byte_counts),
		cmocka_unit_test(no_changed_signature_is_accepted),
		cmocka_unit_test(bytes_behind_the_signature_are_padding_only),
		cmocka_unit_test(the_signature_of_another_file_is_refused),
		cmocka_unit_test(dates_count_when_asked_for),
		cmocka_unit_test(a_claim_is_read_without_a_check),
		cmocka_unit_test(a_detached_signature_holds_for_its_content),
		cmocka_unit_test(
			content_of_its_own_and_images_are_no_detached_signature),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
