/* Files into keyrings: what a file is, what a folder has a use for, and what
 * narrowing keeps. */
#include "test.h"
#include "esl_build.h"

#include "format/x509.h"
#include "trust/keyring.h"

#include <stdio.h>

#define CA_PEM "tests/data/keys/db/test-ca.pem"
#define EC_DER "tests/data/keys/db/test-ec.der"
#define HASH_256                                                               \
	"f082231ff768890878a1c022e7cdde9c5dfbd5e196daabfbb70121de49a7"         \
	"ea45"
#define HASH_384                                                               \
	"01c133d87ad04bbf4fe78caf2340fd3e5df828352197a67639ee8289d343"         \
	"fbfa27f6f613b035c13b0de2c3a596cf2081"
#define HASH_384_OF_ZERO                                                       \
	"0000000000000000000000000000000000000000000000000000000000000000"     \
	"00000000000000000000000000000000"
#define HASH_512 HASH_256 HASH_256

static const enum keyring_folder folders[] = {
	KEYRING_FOLDER_DB,	 KEYRING_FOLDER_DBX, KEYRING_FOLDER_SBAT,
	KEYRING_FOLDER_MANIFEST, KEYRING_FOLDER_TLS,
};

/* From a copy that is gone afterwards: what is added has to be its own. */
static enum status add(struct keyring *k, enum keyring_folder folder,
		       struct span bytes, struct error *err)
{
	_drop_copy_ struct span copy = test_copy(bytes);
	char name[] = "a name";
	enum status s = keyring_add_file(k, folder, name, copy, err);

	memset(name, 'x', sizeof(name) - 1);
	return s;
}

static enum status add_text(struct keyring *k, enum keyring_folder folder,
			    const char *text, struct error *err)
{
	return add(k, folder, span_of_text(text), err);
}

static enum status add_path(struct keyring *k, enum keyring_folder folder,
			    const char *path, struct error *err)
{
	_drop_copy_ struct span file = test_read_file(path);

	return add(k, folder, file, err);
}

static void keys_of_a_folder_stay_in_it(void **state)
{
	static const enum keyring_kind kinds[] = {
		KEYRING_DB_CERT,       KEYRING_DBX_CERT, 0,
		KEYRING_MANIFEST_CERT, KEYRING_TLS_CERT,
	};
	_drop_copy_ struct span der = test_read_file(EC_DER);

	(void)state;
	for (size_t i = 0; i < test_count(folders); i++) {
		_drop_keyring_ struct keyring k = KEYRING_NONE;
		struct error err;

		if (!kinds[i]) {
			assert_refused(E_SBAT_NUL, &err,
				       add(&k, folders[i], der, &err));
			continue;
		}
		assert_ok(&err, add(&k, folders[i], der, &err));
		assert_int_equal(k.count, 1);
		assert_string_equal(k.items[0].source, "a name");
		assert_int_equal(keyring_has_no_image_keys(&k), i != 0);
		for (enum keyring_kind kind = KEYRING_DB_CERT;
		     kind <= KEYRING_TLS_CERT; kind++)
			assert_int_equal(keyring_holds(&k, kind, 0, der),
					 kind == kinds[i]);
	}
}

static void certificates_come_in_any_wrapping(void **state)
{
	_drop_copy_ struct span der = test_read_file(EC_DER);
	_drop_copy_ struct span pem = test_read_file(CA_PEM);
	struct esl_build b = { .len = 0 };
	struct error err;

	(void)state;
	esl_build_list(&b, ESL_T_X509, (uint32_t)der.len);
	esl_build_entry(&b, ESL_OWNER, der);
	for (int is_update = 0; is_update < 2; is_update++) {
		_drop_keyring_ struct keyring k = KEYRING_NONE;

		if (is_update)
			esl_build_update(&b, 100);
		assert_ok(&err,
			  add(&k, KEYRING_FOLDER_DB, esl_build_file(&b), &err));
		assert_int_equal(k.count, 1);
		assert_true(keyring_holds(&k, KEYRING_DB_CERT, 0, der));
		assert_ok(&err, add(&k, KEYRING_FOLDER_DB, pem, &err));
		assert_int_equal(k.count, 2);
	}
}

static void pem_files_hold_several(void **state)
{
	_drop_copy_ struct span one = test_read_file(CA_PEM);
	_drop_copy_ struct span two =
		test_read_file("tests/data/keys/dbx/test-revoked.pem");
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	static char text[16384];
	struct error err;

	(void)state;
	snprintf(text, sizeof(text), "first\n%.*ssecond\n%.*sfirst again\n%.*s",
		 (int)one.len, (const char *)one.ptr, (int)two.len,
		 (const char *)two.ptr, (int)one.len, (const char *)one.ptr);
	assert_ok(&err, add_text(&k, KEYRING_FOLDER_TLS, text, &err));
	assert_int_equal(k.count, 2);

	snprintf(text, sizeof(text),
		 "%.*s-----BEGIN PRIVATE KEY-----\nZm9v\n"
		 "-----END PRIVATE KEY-----\n",
		 (int)one.len, (const char *)one.ptr);
	assert_refused(E_KEYRING_PEM_LABEL, &err,
		       add_text(&k, KEYRING_FOLDER_TLS, text, &err));
	assert_int_equal(k.count, 2);
}

static void unusable_keys_can_only_be_revoked(void **state)
{
	static const char *const files[] = {
		"tests/data/odd/rsa1024.pem",
		"tests/data/odd/rsa4104.pem",
		"tests/data/odd/ed25519.pem",
	};

	(void)state;
	for (size_t i = 0; i < test_count(files); i++) {
		_drop_keyring_ struct keyring k = KEYRING_NONE;
		struct error err;

		for (size_t f = 0; f < test_count(folders); f++) {
			if (folders[f] == KEYRING_FOLDER_DBX ||
			    folders[f] == KEYRING_FOLDER_SBAT)
				continue;
			assert_refused(
				E_KEYRING_KEY, &err,
				add_path(&k, folders[f], files[i], &err));
		}
		assert_int_equal(k.count, 0);
		assert_ok(&err,
			  add_path(&k, KEYRING_FOLDER_DBX, files[i], &err));
		assert_int_equal(k.count, 1);
	}
}

/* An item's certificate with another serial number: other bytes, and the same
 * key. Whether it is signed well is nothing a keyring asks. */
static struct span another_of_its_key(const struct keyring_item *item)
{
	struct span copy = test_copy(item->data);
	struct x509_view view;
	struct error err;

	assert_ok(&err, x509_parse(copy, &view, &err));
	test_bytes(view.serial)[view.serial.len - 1] ^= 1;
	return copy;
}

static void no_key_serves_two_purposes(void **state)
{
	static const enum keyring_folder trusted[] = {
		KEYRING_FOLDER_DB,
		KEYRING_FOLDER_MANIFEST,
		KEYRING_FOLDER_TLS,
	};
	static const char *const files[] = { CA_PEM, EC_DER };
	struct error err;

	(void)state;
	for (size_t i = 0; i < 9 * test_count(files); i++) {
		enum keyring_folder first = trusted[i % 3];
		enum keyring_folder second = trusted[i / 3 % 3];
		_drop_keyring_ struct keyring k = KEYRING_NONE;
		const char *file = files[i / 9];
		_drop_copy_ struct span other = { .len = 0 };

		assert_ok(&err, add_path(&k, KEYRING_FOLDER_DBX, file, &err));
		assert_ok(&err, add_path(&k, first, file, &err));
		other = another_of_its_key(&k.items[1]);
		if (first == second) {
			assert_ok(&err, add_path(&k, second, file, &err));
			assert_int_equal(k.count, 2);
			assert_ok(&err, add(&k, second, other, &err));
			assert_int_equal(k.count, 3);
			continue;
		}
		assert_refused(E_KEYRING_PURPOSE, &err,
			       add_path(&k, second, file, &err));
		assert_refused(E_KEYRING_PURPOSE, &err,
			       add(&k, second, other, &err));
		assert_int_equal(k.count, 2);
		/* what is revoked serves no purpose */
		assert_ok(&err, add(&k, KEYRING_FOLDER_DBX, other, &err));
	}
}

static void hash_lists_are_read(void **state)
{
	static const char text[] = "# comment\r\n\n  " HASH_256 "\t# one\r\n"
				   "tbs:" HASH_384 "\n" HASH_384 "#\n"
				   "tbs:" HASH_512 "\n" HASH_512;
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	struct error err;

	(void)state;
	assert_ok(&err, add_text(&k, KEYRING_FOLDER_DBX, text, &err));
	assert_int_equal(k.count, 5);
	assert_int_equal(keyring_digests(&k, KEYRING_DBX_HASH),
			 1U << DIGEST_SHA256 | 1U << DIGEST_SHA384 |
				 1U << DIGEST_SHA512);
	assert_int_equal(keyring_digests(&k, KEYRING_DBX_TBS),
			 1U << DIGEST_SHA384 | 1U << DIGEST_SHA512);
	assert_int_equal(keyring_digests(&k, KEYRING_DB_HASH), 0);
	assert_int_equal(k.items[0].data.ptr[0], 0xf0);
	assert_int_equal(k.items[0].data.ptr[31], 0x45);
	assert_true(keyring_holds(&k, KEYRING_DBX_HASH, DIGEST_SHA256,
				  k.items[0].data));
	assert_false(keyring_holds(&k, KEYRING_DBX_HASH, DIGEST_SHA384,
				   k.items[0].data));
	assert_false(keyring_holds(&k, KEYRING_DBX_TBS, DIGEST_SHA256,
				   k.items[0].data));
	assert_true(keyring_has_no_image_keys(&k));

	assert_ok(&err, add_text(&k, KEYRING_FOLDER_DB, HASH_256, &err));
	assert_int_equal(k.count, 6);
	assert_false(keyring_has_no_image_keys(&k));
	/* a digit may be DER's first byte */
	assert_ok(&err,
		  add_text(&k, KEYRING_FOLDER_DB, HASH_384_OF_ZERO, &err));
	assert_int_equal(k.count, 7);
}

static void each_fault_has_its_code(void **state)
{
	static const struct {
		enum keyring_folder folder;
		const char *text;
		enum status want;
	} bad[] = {
		{ KEYRING_FOLDER_DB, "", E_KEYRING_EMPTY_FILE },
		{ KEYRING_FOLDER_SBAT, "", E_KEYRING_EMPTY_FILE },
		{ KEYRING_FOLDER_DB, "\n", E_KEYRING_NOTHING },
		{ KEYRING_FOLDER_DBX, "# to come\n", E_KEYRING_NOTHING },
		{ KEYRING_FOLDER_DB, "hello\n", E_KEYRING_LINE },
		{ KEYRING_FOLDER_DB, HASH_256 "0\n", E_KEYRING_LINE },
		{ KEYRING_FOLDER_DB, HASH_256 "00\n", E_KEYRING_LINE },
		{ KEYRING_FOLDER_DB, HASH_256 " file\n", E_KEYRING_LINE },
		{ KEYRING_FOLDER_DB, "0x" HASH_256 "\n", E_KEYRING_LINE },
		{ KEYRING_FOLDER_DB, HASH_256 "\nx\n", E_KEYRING_LINE },
		{ KEYRING_FOLDER_DBX, "tbs: " HASH_256 "\n", E_KEYRING_LINE },
		{ KEYRING_FOLDER_DBX, "TBS:" HASH_256 "\n", E_KEYRING_LINE },
		{ KEYRING_FOLDER_DB, "tbs:" HASH_256 "\n", E_KEYRING_PLACE },
		{ KEYRING_FOLDER_MANIFEST, HASH_256, E_KEYRING_PLACE },
		{ KEYRING_FOLDER_TLS, HASH_256, E_KEYRING_PLACE },
		{ KEYRING_FOLDER_TLS, "tbs:" HASH_256, E_KEYRING_PLACE },
		{ KEYRING_FOLDER_DBX, "sbat,1\n", E_KEYRING_LINE },
		{ KEYRING_FOLDER_SBAT, HASH_256, E_SBAT_COLUMNS },
		{ KEYRING_FOLDER_SBAT, "shim,4\n", E_SBAT_FIRST },
		{ KEYRING_FOLDER_DB, "\x30\x82\x01", E_DER_TRUNCATED },
		{ KEYRING_FOLDER_DB, "\x01\x02\x03", E_ESL_SHORT },
		{ KEYRING_FOLDER_DB, "-----BEGIN CERTIFICATE-----\n",
		  E_PEM_NO_END },
		{ KEYRING_FOLDER_DB,
		  "-----BEGIN CERTIFICATE-----\nMAA=\n"
		  "-----END CERTIFICATE-----\n",
		  E_DER_TRUNCATED },
	};

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		_drop_keyring_ struct keyring k = KEYRING_NONE;
		struct error err;

		print_message("%s: %s\n", keyring_folder_name(bad[i].folder),
			      bad[i].text);
		assert_refused(bad[i].want, &err,
			       add_text(&k, bad[i].folder, bad[i].text, &err));
		/* not even what was good before the fault */
		assert_int_equal(k.count, 0);
		assert_int_equal(k.owned_count, 0);
		assert_ok(&err,
			  add_text(&k, KEYRING_FOLDER_DB, HASH_256, &err));
		assert_int_equal(k.count, 1);
	}
}

static void lists_that_cannot_be_honoured_are_errors(void **state)
{
	static const struct {
		const char *type;
		uint32_t size;
		enum status in_db, in_dbx, in_tls;
	} types[] = {
		{ ESL_T_SHA256, 32, OK, OK, E_KEYRING_PLACE },
		{ ESL_T_SHA384, 48, OK, OK, E_KEYRING_PLACE },
		{ ESL_T_SHA512, 64, OK, OK, E_KEYRING_PLACE },
		{ ESL_T_TBS_SHA256, 48, E_KEYRING_PLACE, OK, E_KEYRING_PLACE },
		{ ESL_T_TBS_SHA384, 64, E_KEYRING_PLACE, OK, E_KEYRING_PLACE },
		{ ESL_T_TBS_SHA512, 80, E_KEYRING_PLACE, OK, E_KEYRING_PLACE },
		{ ESL_T_SHA1, 20, E_KEYRING_TYPE, E_KEYRING_TYPE,
		  E_KEYRING_TYPE },
		{ ESL_T_RSA2048, 256, E_KEYRING_TYPE, E_KEYRING_TYPE,
		  E_KEYRING_TYPE },
		{ ESL_T_UNKNOWN, 5, E_KEYRING_TYPE, E_KEYRING_TYPE,
		  E_KEYRING_TYPE },
	};

	(void)state;
	for (size_t i = 0; i < test_count(types); i++) {
		_drop_keyring_ struct keyring k = KEYRING_NONE;
		struct esl_build b = { .len = 0 };

		print_message("%s\n", types[i].type);
		esl_build_list(&b, types[i].type, types[i].size);
		esl_build_fill(&b, ESL_OWNER, 1);
		assert_status(types[i].in_db, add(&k, KEYRING_FOLDER_DB,
						  esl_build_file(&b), NULL));
		assert_status(types[i].in_tls, add(&k, KEYRING_FOLDER_TLS,
						   esl_build_file(&b), NULL));
		assert_status(types[i].in_dbx, add(&k, KEYRING_FOLDER_DBX,
						   esl_build_file(&b), NULL));
		assert_int_equal(k.count, (types[i].in_db == OK) +
						  (types[i].in_dbx == OK));
	}
}

static void version_numbers_in_a_dbx_are_passed_over(void **state)
{
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	struct esl_build b = { .len = 0 };
	struct error err;

	(void)state;
	esl_build_list(&b, ESL_T_SHA256, 32);
	esl_build_fill(&b, ESL_OWNER_SVN, 1);
	assert_ok(&err, add(&k, KEYRING_FOLDER_DBX, esl_build_file(&b), &err));
	assert_int_equal(k.count, 0);
	esl_build_fill(&b, ESL_OWNER, 2);
	assert_ok(&err, add(&k, KEYRING_FOLDER_DBX, esl_build_file(&b), &err));
	assert_int_equal(k.count, 1);
	assert_int_equal(k.items[0].data.ptr[0], 2);
}

static void what_is_there_is_not_added_again(void **state)
{
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	struct error err;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_ok(&err, add_text(&k, KEYRING_FOLDER_DBX,
					 HASH_256 "\n" HASH_256
						  "\ntbs:" HASH_256 "\n",
					 &err));
		assert_int_equal(k.count, 2);
	}
	/* but a revoked hash may be an enrolled one, too */
	assert_ok(&err, add_text(&k, KEYRING_FOLDER_DB, HASH_256, &err));
	assert_int_equal(k.count, 3);
}

static void sizes_have_limits(void **state)
{
	size_t line = 65, len = KEYRING_ITEMS_MAX * line;
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	char *text = malloc(KEYRING_FILE_MAX + 1);
	struct error err;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < KEYRING_ITEMS_MAX; i++)
		sprintf(text + i * line, "%064zx\n", i);
	assert_ok(&err, add(&k, KEYRING_FOLDER_DB, span_of(text, len), &err));
	assert_int_equal(k.count, KEYRING_ITEMS_MAX);
	assert_refused(E_KEYRING_FULL, &err,
		       add_text(&k, KEYRING_FOLDER_DB, HASH_256, &err));
	assert_int_equal(k.count, KEYRING_ITEMS_MAX);
	memset(text, '\n', KEYRING_FILE_MAX + 1);
	assert_refused(E_KEYRING_NOTHING, &err,
		       add(&k, KEYRING_FOLDER_DB,
			   span_of(text, KEYRING_FILE_MAX), &err));
	assert_refused(E_KEYRING_FILE_SIZE, &err,
		       add(&k, KEYRING_FOLDER_DB,
			   span_of(text, KEYRING_FILE_MAX + 1), &err));
	free(text);
}

static void folders_have_names(void **state)
{
	static const char *const names[] = { "db", "dbx", "sbat", "manifest",
					     "tls" };

	(void)state;
	for (size_t i = 0; i < test_count(folders); i++)
		assert_string_equal(keyring_folder_name(folders[i]), names[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_of_a_folder_stay_in_it),
		cmocka_unit_test(certificates_come_in_any_wrapping),
		cmocka_unit_test(pem_files_hold_several),
		cmocka_unit_test(unusable_keys_can_only_be_revoked),
		cmocka_unit_test(no_key_serves_two_purposes),
		cmocka_unit_test(hash_lists_are_read),
		cmocka_unit_test(each_fault_has_its_code),
		cmocka_unit_test(lists_that_cannot_be_honoured_are_errors),
		cmocka_unit_test(version_numbers_in_a_dbx_are_passed_over),
		cmocka_unit_test(what_is_there_is_not_added_again),
		cmocka_unit_test(sizes_have_limits),
		cmocka_unit_test(folders_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
