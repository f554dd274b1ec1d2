/*
 * The text door of verify.h: network menus, entries and scripts, and the
 * signature that lies beside each.
 */
#include "image_build.h"
#include "scratch.h"
#include "test.h"
#include "verify.h"

#include <stdio.h>

#define PKI    "tests/data/pki/"
#define SIGNED "what is signed\n" /* by p521 of the tests' PKI */

static struct verified_image *image;
static struct keyring keys;

static int set_up(void **state)
{
	(void)state;
	keys = KEYRING_NONE;
	image = NULL;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	verified_image_drop(&image);
	keyring_drop(&keys);
	return 0;
}

static void add_cert(enum keyring_folder folder)
{
	_drop_copy_ struct span der = test_read_file(PKI "p521.der");
	struct error err;

	assert_ok(&err, keyring_add_file(&keys, folder, "p521.der", der, &err));
}

static struct raw_image raw_of(struct span bytes, const char *name)
{
	struct raw_image raw = image_build_raw(bytes);

	snprintf(raw.name, sizeof(raw.name), "%s", name);
	return raw;
}

/* What becomes of a text with the signature of SIGNED beside it. Both are gone
 * then, as scratch_drop() sees. */
static enum status verify_with(const char *text, enum verify_mode mode,
			       struct error *err)
{
	const struct verify_context context = { .mode = mode,
						.keyring = &keys };
	_drop_copy_ struct span p7s = test_read_file(PKI "detached.p7s");
	_drop_scratch_ struct scratch s = scratch_make();
	struct raw_image raw = raw_of(span_of_text(text), "http://a/menu");
	struct raw_image signature = raw_of(p7s, "http://a/menu.p7s");
	const struct error none = { .code = OK };
	char signer[DISPLAY_MAX] = "";
	enum verified_how how = VERIFIED_NOT;
	enum status status;

	verified_image_drop(&image);
	status = verify_signed_text(&raw, &signature, &none, &context, &image,
				    err);
	assert_int_equal(raw.blob.fd, -1);
	assert_int_equal(signature.blob.fd, -1);
	if (status != OK) {
		assert_null(image);
		return status;
	}
	assert_span_text(verified_bytes(image).in, text);
	assert_int_equal(verified_kind(image), IMAGE_DATA);
	how = verified_how(image);
	snprintf(signer, sizeof(signer), "%s", verified_signer(image));
	assert_string_equal(signer,
			    how == VERIFIED_SIGNATURE ? "P-521 signer" : "");
	assert_int_equal(how, verified_warning(image)[0] || mode == VERIFY_OFF
				      ? VERIFIED_POLICY_OFF
				      : VERIFIED_SIGNATURE);
	verified_image_drop(&image);
	return OK;
}

static void a_manifest_key_signs_texts(void **state)
{
	struct error err;

	(void)state;
	add_cert(KEYRING_FOLDER_MANIFEST);
	assert_ok(&err, verify_with(SIGNED, VERIFY_ENFORCE, &err));
	assert_ok(&err, verify_with(SIGNED, VERIFY_WARN, &err));
	assert_ok(&err, verify_with(SIGNED, VERIFY_OFF, &err));
}

/* A key that signs kernels does not say what is booted with which words, and
 * one of servers says nothing about files. */
static void keys_for_something_else_do_not(void **state)
{
	static const enum keyring_folder folders[] = { KEYRING_FOLDER_DB,
						       KEYRING_FOLDER_TLS };
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(folders); i++) {
		add_cert(folders[i]);
		assert_refused(E_JUDGE_UNKNOWN_SIGNER, &err,
			       verify_with(SIGNED, VERIFY_ENFORCE, &err));
		assert_non_null(strstr(err.text, "http://a/menu.p7s: "));
		assert_ok(&err, verify_with(SIGNED, VERIFY_WARN, &err));
		keyring_drop(&keys);
		keys = KEYRING_NONE;
	}
	assert_refused(E_JUDGE_UNKNOWN_SIGNER, &err,
		       verify_with(SIGNED, VERIFY_ENFORCE, &err));
}

static void a_changed_text_is_refused(void **state)
{
	static const char *const texts[] = { "what is signeD\n",
					     "what is signed", "",
					     "what is signed\n\n" };
	struct error err;

	(void)state;
	add_cert(KEYRING_FOLDER_MANIFEST);
	for (size_t i = 0; i < test_count(texts); i++) {
		assert_refused(E_JUDGE_ATTRIBUTES_DIGEST, &err,
			       verify_with(texts[i], VERIFY_ENFORCE, &err));
		assert_ok(&err, verify_with(texts[i], VERIFY_WARN, &err));
		assert_ok(&err, verify_with(texts[i], VERIFY_OFF, &err));
	}
}

static void a_revoked_signer_is_refused(void **state)
{
	struct error err;

	(void)state;
	add_cert(KEYRING_FOLDER_MANIFEST);
	add_cert(KEYRING_FOLDER_DBX);
	assert_refused(E_JUDGE_REVOKED_SIGNER, &err,
		       verify_with(SIGNED, VERIFY_ENFORCE, &err));
}

/* --- without a signature -----------------------------------------------------
 */

static enum status verify_without(enum verify_mode mode,
				  const struct error *missing,
				  struct error *err)
{
	const struct verify_context context = { .mode = mode,
						.keyring = &keys };
	struct raw_image raw = raw_of(span_of_text(SIGNED), "http://a/menu");
	enum status status;

	verified_image_drop(&image);
	status = verify_signed_text(&raw, NULL, missing, &context, &image, err);
	assert_int_equal(raw.blob.fd, -1);
	return status;
}

static void without_a_signature_the_reason_is_told(void **state)
{
	const struct error missing = { .code = E_FETCH_STATUS,
				       .text = "http://a/menu.p7s: 404" };
	const struct error nothing = { .code = OK };
	struct error err;

	(void)state;
	add_cert(KEYRING_FOLDER_MANIFEST);
	assert_refused(E_FETCH_STATUS, &err,
		       verify_without(VERIFY_ENFORCE, &missing, &err));
	assert_string_equal(err.text, "http://a/menu: http://a/menu.p7s: 404");
	assert_null(image);
	assert_ok(&err, verify_without(VERIFY_WARN, &missing, &err));
	assert_int_equal(verified_how(image), VERIFIED_POLICY_OFF);
	assert_string_equal(verified_warning(image), "http://a/menu.p7s: 404");
	assert_ok(&err, verify_without(VERIFY_OFF, &nothing, &err));
	assert_int_equal(verified_how(image), VERIFIED_POLICY_OFF);
	assert_string_equal(verified_warning(image), "");
	/* no reason is none to let it through */
	assert_refused(E_INTERNAL, &err,
		       verify_without(VERIFY_ENFORCE, &nothing, &err));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_manifest_key_signs_texts),
		TEST(keys_for_something_else_do_not),
		TEST(a_changed_text_is_refused),
		TEST(a_revoked_signer_is_refused),
		TEST(without_a_signature_the_reason_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
