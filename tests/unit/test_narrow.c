/* Narrowing while the program runs: what is kept of damaged revocations, that
 * nothing becomes trusted, and a firmware's variables. */
#include "test.h"
#include "esl_build.h"
#include "scratch.h"

#include "base/own.h"
#include "efivar_process.h"
#include "narrow.h"
#include "sys/proc.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define HASH "f082231ff768890878a1c022e7cdde9c5dfbd5e196daabfbb70121de49a7ea45"
#define DBX  "dbx-d719b2cb-3d3a-4596-a3bc-dad00e67656f"
#define SBAT "SbatLevelRT-605dab50-e046-4300-abb6-3dd810dd8b23"

#define DBX_ATTRIBUTES	0x27 /* non-volatile, boot, runtime, signed by time */
#define SBAT_ATTRIBUTES 0x06 /* boot, runtime */

static enum status narrow(struct keyring *k, struct span bytes,
			  uint32_t *ret_added, struct error *err)
{
	_drop_copy_ struct span copy = test_copy(bytes);

	return keyring_narrow(k, "a file", copy, ret_added, err);
}

static bool trusts_nothing(const struct keyring *k)
{
	for (uint32_t i = 0; i < k->count; i++)
		if (k->items[i].kind != KEYRING_DBX_CERT &&
		    k->items[i].kind != KEYRING_DBX_HASH &&
		    k->items[i].kind != KEYRING_DBX_TBS &&
		    k->items[i].kind != KEYRING_SBAT_LEVEL)
			return false;
	return true;
}

static void any_form_of_a_dbx_narrows(void **state)
{
	_drop_copy_ struct span der =
		test_read_file("tests/data/keys/db/test-ec.der");
	_drop_copy_ struct span pem =
		test_read_file("tests/data/keys/db/test-ca.pem");
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	struct esl_build b = { .len = 0 };
	uint32_t added, owned;
	struct error err;

	(void)state;
	assert_ok(&err, narrow(&k, der, &added, &err));
	assert_int_equal(added, 1);
	assert_true(keyring_holds(&k, KEYRING_DBX_CERT, 0, der));
	owned = k.owned_count;
	assert_ok(&err, narrow(&k, der, &added, &err));
	assert_int_equal(added, 0);
	assert_int_equal(k.owned_count, owned); /* and takes no memory */
	assert_ok(&err, narrow(&k, pem, &added, &err));
	assert_int_equal(added, 1);
	assert_ok(&err, narrow(&k, span_of_text(HASH "\ntbs:" HASH "\n"),
			       &added, &err));
	assert_int_equal(added, 2);
	esl_build_list(&b, ESL_T_SHA512, 64);
	esl_build_fill(&b, ESL_OWNER, 1);
	esl_build_update(&b, 10);
	assert_ok(&err, narrow(&k, esl_build_file(&b), &added, &err));
	assert_int_equal(added, 1);
	assert_ok(&err, narrow(&k, span_of_text("sbat,1,2025\nshim,4\n"),
			       &added, &err));
	assert_ok(&err,
		  narrow(&k, span_of_text("\xef\xbb\xbfsbat,2\n"), NULL, &err));
	assert_int_equal(k.count, 7);
	assert_int_equal(k.items[6].kind, KEYRING_SBAT_LEVEL);
	assert_true(trusts_nothing(&k));
	assert_true(keyring_has_no_image_keys(&k));
}

static void what_could_be_read_of_a_list_counts(void **state)
{
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	struct esl_build b = { .len = 0 };
	uint32_t added;
	struct error err;

	(void)state;
	esl_build_list(&b, ESL_T_SHA256, 32);
	esl_build_fill(&b, ESL_OWNER, 1);
	esl_build_list(&b, ESL_T_SHA1, 20);
	esl_build_fill(&b, ESL_OWNER, 2);
	esl_build_list(&b, ESL_T_UNKNOWN, 20);
	esl_build_fill(&b, ESL_OWNER, 3);
	esl_build_list(&b, ESL_T_SHA384, 48);
	esl_build_fill(&b, ESL_OWNER, 4);
	/* the first thing that cannot be honoured is the error */
	assert_refused(E_KEYRING_TYPE, &err,
		       narrow(&k, esl_build_file(&b), &added, &err));
	assert_non_null(strstr(err.text, "SHA-1"));
	assert_int_equal(added, 2);
	assert_int_equal(keyring_digests(&k, KEYRING_DBX_HASH),
			 1U << DIGEST_SHA256 | 1U << DIGEST_SHA384);
}

static void every_cut_of_a_list_keeps_what_is_whole(void **state)
{
	struct esl_build b = { .len = 0 };

	(void)state;
	for (uint8_t i = 1; i <= 3; i++) {
		esl_build_list(&b, ESL_T_SHA256, 32);
		esl_build_fill(&b, ESL_OWNER, i);
	}
	for (size_t len = 29; len <= b.len; len++) {
		_drop_keyring_ struct keyring k = KEYRING_NONE;
		uint32_t added;
		enum status s = narrow(&k, span_of(b.bytes, len), &added, NULL);

		assert_int_equal(s == OK, len % 76 == 0);
		assert_int_equal(added, len / 76);
		assert_int_equal(k.count, added);
	}
}

static void what_could_be_read_of_lines_counts(void **state)
{
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	uint32_t added;
	struct error err;

	(void)state;
	assert_refused(
		E_KEYRING_LINE, &err,
		narrow(&k,
		       span_of_text("nonsense\n" HASH "\nmore\ntbs:" HASH "\n"),
		       &added, &err));
	assert_non_null(strstr(err.text, "line 1"));
	assert_int_equal(added, 2);
}

static void
a_certificate_that_cannot_be_read_is_revoked_by_its_bytes(void **state)
{
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	struct esl_build b = { .len = 0 };
	uint32_t added;
	struct error err;

	(void)state;
	esl_build_list(&b, ESL_T_X509, 9);
	esl_build_fill(&b, ESL_OWNER, 0x30);
	esl_build_list(&b, ESL_T_SHA256, 32);
	esl_build_fill(&b, ESL_OWNER, 1);
	assert_int_not_equal(narrow(&k, esl_build_file(&b), &added, &err), OK);
	assert_int_equal(added, 2);
	assert_true(keyring_holds(&k, KEYRING_DBX_CERT, 0,
				  span_of("000000000", 9)));
}

static void a_level_counts_whole_or_not_at_all(void **state)
{
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	uint32_t added;
	struct error err;

	(void)state;
	assert_refused(E_SBAT_GENERATION, &err,
		       narrow(&k, span_of_text("sbat,1\nshim,4\ngrub,x\n"),
			      &added, &err));
	assert_int_equal(added, 0);
	assert_refused(E_KEYRING_EMPTY_FILE, &err,
		       narrow(&k, span_of(NULL, 0), &added, &err));
	assert_int_equal(k.count, 0);
}

/* --- variables of a firmware ---------------------------------------------- */

static void put(const struct scratch *at, const char *name, uint32_t attributes,
		struct span value)
{
	static uint8_t file[8192];

	store_le32(file, attributes);
	memcpy(file + 4, value.ptr, value.len);
	scratch_file(at, name, span_of(file, 4 + value.len));
}

static void no_variables_revoke_nothing(void **state)
{
	_drop_scratch_ struct scratch at = scratch_make();
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	uint32_t added = 9;
	struct error err;

	(void)state;
	assert_ok(&err, narrow_by_firmware(&k, at.dir, &added, &err));
	assert_int_equal(added, 0);
	assert_ok(&err, narrow_by_firmware(&k, scratch_path(&at, "none"),
					   &added, &err));
	/* one that is there and empty, and one of an empty list */
	put(&at, DBX, DBX_ATTRIBUTES, span_of("", 0));
	assert_ok(&err, narrow_by_firmware(&k, at.dir, NULL, &err));
	put(&at, DBX, DBX_ATTRIBUTES,
	    span_of("\x26\x16\xc4\xc1\x4c\x50\x92\x40\xac\xa9\x41\xf9\x36\x93"
		    "\x43\x28\x1c\0\0\0\0\0\0\0\x30\0\0\0",
		    28));
	assert_ok(&err, narrow_by_firmware(&k, at.dir, &added, &err));
	assert_int_equal(k.count, 0);
}

static void both_variables_count_once(void **state)
{
	_drop_scratch_ struct scratch at = scratch_make();
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	struct esl_build b = { .len = 0 };
	uint32_t added;
	struct error err;

	(void)state;
	esl_build_list(&b, ESL_T_SHA256, 32);
	esl_build_fill(&b, ESL_OWNER, 1);
	esl_build_fill(&b, ESL_OWNER, 2);
	put(&at, DBX, DBX_ATTRIBUTES, esl_build_file(&b));
	put(&at, SBAT, SBAT_ATTRIBUTES, span_of("sbat,1\nshim,4\n", 15));
	for (int again = 0; again < 2; again++) {
		assert_ok(&err, narrow_by_firmware(&k, at.dir, &added, &err));
		assert_int_equal(added, again ? 0 : 3);
	}
	assert_string_equal(k.items[0].source, DBX);
	assert_string_equal(k.items[2].source, SBAT);
	assert_true(trusts_nothing(&k));
}

static void damaged_variables_are_told_and_the_rest_counts(void **state)
{
	_drop_scratch_ struct scratch at = scratch_make();
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	struct esl_build b = { .len = 0 };
	uint32_t added;
	struct error err;

	(void)state;
	esl_build_list(&b, ESL_T_SHA256, 32);
	esl_build_fill(&b, ESL_OWNER, 1);
	esl_build_list(&b, ESL_T_SHA256, 32);
	esl_build_fill(&b, ESL_OWNER, 2);
	b.len--;
	put(&at, DBX, DBX_ATTRIBUTES, esl_build_file(&b));
	put(&at, SBAT, SBAT_ATTRIBUTES, span_of_text("sbat,1\n"));
	assert_refused(E_ESL_LIST_SIZE, &err,
		       narrow_by_firmware(&k, at.dir, &added, &err));
	assert_non_null(strstr(err.text, DBX));
	assert_int_equal(added, 2);

	put(&at, SBAT, SBAT_ATTRIBUTES, span_of_text("sbat,x\n"));
	assert_refused(E_ESL_LIST_SIZE, &err,
		       narrow_by_firmware(&k, at.dir, &added, &err));
	assert_int_equal(added, 0);
	scratch_file(&at, DBX, span_of("abc", 3));
	assert_refused(E_EFIVAR_SHORT, &err,
		       narrow_by_firmware(&k, at.dir, &added, &err));
	put(&at, DBX, DBX_ATTRIBUTES, span_of("", 0));
	assert_refused(E_SBAT_GENERATION, &err,
		       narrow_by_firmware(&k, at.dir, &added, &err));
}

static void a_variable_that_cannot_be_read_is_told(void **state)
{
	_drop_scratch_ struct scratch at = scratch_make();
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	char dir[600];
	struct error err;

	(void)state;
	scratch_folder(&at, DBX); /* reading it gives EISDIR */
	assert_refused(E_EFIVAR_READ, &err,
		       narrow_by_firmware(&k, at.dir, NULL, &err));
	memset(dir, 'd', sizeof(dir) - 1);
	dir[sizeof(dir) - 1] = '\0';
	assert_refused(E_EFIVAR_READ, &err,
		       narrow_by_firmware(&k, dir, NULL, &err));
}

/* Opening a pipe that nobody writes to is a firmware that does not answer. */
static void a_firmware_that_hangs_is_given_up(void **state)
{
	static const char *const hangs[] = { DBX, SBAT };

	(void)state;
	for (size_t i = 0; i < test_count(hangs); i++) {
		_drop_scratch_ struct scratch at = scratch_make();
		_drop_keyring_ struct keyring k = KEYRING_NONE;
		uint64_t start = now_ms(), took;
		uint32_t added = 9;
		struct error err;

		put(&at, DBX, DBX_ATTRIBUTES, span_of_text(HASH));
		put(&at, SBAT, SBAT_ATTRIBUTES, span_of_text("sbat,1\n"));
		assert_int_equal(unlink(scratch_path(&at, hangs[i])), 0);
		assert_int_equal(mkfifo(scratch_path(&at, hangs[i]), 0600), 0);
		assert_refused(E_EFIVAR_DEADLINE, &err,
			       narrow_by_firmware(&k, at.dir, &added, &err));
		took = now_ms() - start;
		assert_non_null(strstr(err.text, hangs[i]));
		assert_in_range(took, EFIVAR_READ_MS, 3 * EFIVAR_READ_MS);
		/* what was read before it counts */
		assert_int_equal(added, i);
		assert_int_equal(k.count, i);
		assert_true(i == 0 || !strcmp(k.items[0].source, DBX));
	}
}

static void a_large_variable_comes_whole(void **state)
{
	_drop_scratch_ struct scratch at = scratch_make();
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	const size_t count = 20000, line = 65, len = 4 + count * line;
	_free_ uint8_t *file = malloc(len + 1);
	char *text = (char *)file + 4;
	uint32_t added;
	struct error err;

	(void)state;
	assert_non_null(file);
	store_le32(file, DBX_ATTRIBUTES);
	for (size_t i = 0; i < count; i++)
		snprintf(text + i * line, line + 1, "%064zx\n", i);
	scratch_file(&at, DBX, span_of(file, len));
	assert_refused(E_EFIVAR_LONG, &err,
		       narrow_by_firmware(&k, at.dir, &added, &err));
	assert_int_equal(added, 0);
	/* more than a message of a socket holds */
	scratch_file(&at, DBX, span_of(file, 4 + 16000 * line));
	assert_ok(&err, narrow_by_firmware(&k, at.dir, &added, &err));
	assert_int_equal(added, 16000);
}

static void variables_anyone_could_have_made_do_not_count(void **state)
{
	static const struct {
		const char *name;
		uint32_t attributes;
		enum status want;
	} cases[] = {
		{ DBX, 0x27, OK },
		{ DBX, 0x17, OK },
		{ DBX, 0x87, OK },
		{ DBX, 0x07, E_NARROW_ATTRIBUTES },
		{ DBX, 0x00, E_NARROW_ATTRIBUTES },
		{ DBX, 0x47, E_NARROW_ATTRIBUTES },
		{ SBAT, 0x06, OK },
		{ SBAT, 0x07, E_NARROW_ATTRIBUTES },
		{ SBAT, 0x27, E_NARROW_ATTRIBUTES },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_scratch_ struct scratch at = scratch_make();
		_drop_keyring_ struct keyring k = KEYRING_NONE;
		struct error err;

		put(&at, cases[i].name, cases[i].attributes,
		    span_of_text(cases[i].name[0] == 'd' ? HASH : "sbat,1\n"));
		if (cases[i].want == OK)
			assert_ok(&err,
				  narrow_by_firmware(&k, at.dir, NULL, &err));
		else
			assert_refused(
				cases[i].want, &err,
				narrow_by_firmware(&k, at.dir, NULL, &err));
		assert_int_equal(k.count, cases[i].want == OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_form_of_a_dbx_narrows),
		cmocka_unit_test(what_could_be_read_of_a_list_counts),
		cmocka_unit_test(every_cut_of_a_list_keeps_what_is_whole),
		cmocka_unit_test(what_could_be_read_of_lines_counts),
		cmocka_unit_test(
			a_certificate_that_cannot_be_read_is_revoked_by_its_bytes),
		cmocka_unit_test(a_level_counts_whole_or_not_at_all),
		cmocka_unit_test(no_variables_revoke_nothing),
		cmocka_unit_test(both_variables_count_once),
		cmocka_unit_test(
			damaged_variables_are_told_and_the_rest_counts),
		cmocka_unit_test(a_variable_that_cannot_be_read_is_told),
		cmocka_unit_test(a_firmware_that_hangs_is_given_up),
		cmocka_unit_test(a_large_variable_comes_whole),
		cmocka_unit_test(variables_anyone_could_have_made_do_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
