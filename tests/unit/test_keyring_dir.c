/* Folders of keys: layouts, order, what is passed over and what is not; and the
 * real certificates and revocations in keys/examples. */
#include "test.h"
#include "scratch.h"

#include "keyring_dir.h"

#include <unistd.h>

#define HASH "f082231ff768890878a1c022e7cdde9c5dfbd5e196daabfbb70121de49a7ea4"

static unsigned count_of(const struct keyring *k, enum keyring_kind kind)
{
	unsigned count = 0;

	for (uint32_t i = 0; i < k->count; i++)
		count += k->items[i].kind == kind;
	return count;
}

static void a_tree_says_what_files_are_for(void **state)
{
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	struct error err;

	(void)state;
	assert_ok(&err, keyring_add_dir(&k, "tests/data/keys", &err));
	assert_int_equal(k.count, 9);
	assert_int_equal(count_of(&k, KEYRING_DB_CERT), 2);
	assert_int_equal(count_of(&k, KEYRING_DBX_CERT), 1);
	assert_int_equal(count_of(&k, KEYRING_MANIFEST_CERT), 1);
	assert_int_equal(count_of(&k, KEYRING_TLS_CERT), 1);
	assert_int_equal(count_of(&k, KEYRING_SBAT_LEVEL), 1);
	assert_string_equal(k.items[0].source, "db/test-ca.pem");
	assert_string_equal(k.items[1].source, "db/test-ec.der");
}

static void a_folder_without_folders_is_db(void **state)
{
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	struct error err;

	(void)state;
	/* also one that would be the dbx of a tree */
	assert_ok(&err, keyring_add_dir(&k, "tests/data/keys/manifest", &err));
	assert_int_equal(k.count, 1);
	assert_int_equal(k.items[0].kind, KEYRING_DB_CERT);
	assert_string_equal(k.items[0].source, "test-manifest.pem");
}

static void files_come_in_the_order_of_their_names(void **state)
{
	static const char *const names[] = { "Z", "a", "b", "c", "\xc3\xa4" };
	_drop_scratch_ struct scratch at = scratch_make();
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	struct error err;

	(void)state;
	scratch_text(&at, "b", HASH "1\n");
	scratch_text(&at, "\xc3\xa4", HASH "2\n");
	scratch_text(&at, "a", HASH "3\n");
	scratch_text(&at, "c", HASH "4\n");
	scratch_text(&at, "Z", HASH "5\n");
	assert_ok(&err, keyring_add_dir(&k, at.dir, &err));
	assert_int_equal(k.count, test_count(names));
	for (size_t i = 0; i < test_count(names); i++)
		assert_string_equal(k.items[i].source, names[i]);
}

static void notes_and_hidden_files_are_passed_over(void **state)
{
	_drop_scratch_ struct scratch at = scratch_make();
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	struct error err;

	(void)state;
	scratch_text(&at, "README", "text");
	scratch_text(&at, ".git/x", "text");
	scratch_text(&at, ".gitkeep", "");
	assert_ok(&err, keyring_add_dir(&k, at.dir, &err));
	scratch_text(&at, "db/.gitkeep", "");
	scratch_text(&at, "db/README.md", "text");
	scratch_text(&at, "dbx/.hidden/x", "text");
	scratch_text(&at, "examples/db/x", "text");
	assert_ok(&err, keyring_add_dir(&k, at.dir, &err));
	assert_int_equal(k.count, 0);
	/* and the keys this source comes with */
	assert_ok(&err, keyring_add_dir(&k, "keys", &err));
	assert_int_equal(k.count, 0);
}

static void nothing_else_is_left_out_in_silence(void **state)
{
	static const struct {
		const char *path; /* beside db/good, or good if alone */
		bool is_alone;
		enum status want;
	} stray[] = {
		{ "mine.pem", false, E_KEYRING_DIR_STRAY },
		{ "db2/x", false, E_KEYRING_DIR_STRAY },
		{ "DB/x", false, E_KEYRING_DIR_STRAY },
		{ "examples", false, E_KEYRING_DIR_STRAY }, /* a file */
		{ "db/old/x", false, E_KEYRING_DIR_STRAY },
		{ "db/examples/x", false, E_KEYRING_DIR_STRAY },
		{ "db/README/x", false, E_KEYRING_DIR_STRAY },
		{ "mine/x", true, E_KEYRING_DIR_STRAY },
		{ "db/bad", false, E_KEYRING_LINE },
		{ "dbx/bad", false, E_KEYRING_LINE },
		{ "tls/bad~", false, E_KEYRING_LINE },
		{ "bad", true, E_KEYRING_LINE },
		{ "sbat/bad", false, E_SBAT_COLUMNS },
	};

	(void)state;
	for (size_t i = 0; i < test_count(stray); i++) {
		_drop_scratch_ struct scratch at = scratch_make();
		_drop_keyring_ struct keyring k = KEYRING_NONE;
		struct error err;

		print_message("%s\n", stray[i].path);
		scratch_text(&at, stray[i].is_alone ? "good" : "db/good",
			     HASH "1\n");
		assert_ok(&err, keyring_add_dir(&k, at.dir, &err));
		scratch_text(&at, stray[i].path, "x");
		assert_refused(stray[i].want, &err,
			       keyring_add_dir(&k, at.dir, &err));
		/* the sentence names the file or the folder */
		assert_non_null(strstr(err.text, at.dir));
	}
}

static void what_cannot_be_read_is_told(void **state)
{
	_drop_scratch_ struct scratch at = scratch_make();
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	struct error err;

	(void)state;
	assert_refused(E_HOSTFILE_LIST, &err,
		       keyring_add_dir(&k, scratch_path(&at, "none"), &err));
	scratch_text(&at, "file", "x");
	assert_refused(E_HOSTFILE_LIST, &err,
		       keyring_add_dir(&k, scratch_path(&at, "file"), &err));
	assert_int_equal(symlink("/nowhere/at/all", scratch_path(&at, "link")),
			 0);
	assert_refused(E_HOSTFILE_LIST, &err,
		       keyring_add_dir(&k, at.dir, &err));
	assert_refused(E_HOSTFILE_OPEN, &err,
		       keyring_add_path(&k, KEYRING_FOLDER_DBX,
					scratch_path(&at, "none"), &err));
}

static void links_are_followed(void **state)
{
	_drop_scratch_ struct scratch at = scratch_make();
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	struct error err;

	(void)state;
	scratch_text(&at, "elsewhere/one", HASH "1\n");
	scratch_folder(&at, "keys");
	assert_int_equal(symlink("../elsewhere", scratch_path(&at, "keys/db")),
			 0);
	assert_ok(&err, keyring_add_dir(&k, scratch_path(&at, "keys"), &err));
	assert_int_equal(k.count, 1);
	assert_string_equal(k.items[0].source, "db/one");
}

static void single_files_have_a_purpose(void **state)
{
	static const char path[] = "tests/data/keys/sbat/test-level.csv";
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	struct error err;

	(void)state;
	assert_ok(&err, keyring_add_path(&k, KEYRING_FOLDER_SBAT, path, &err));
	assert_string_equal(k.items[0].source, path);
	assert_refused(E_KEYRING_LINE, &err,
		       keyring_add_path(&k, KEYRING_FOLDER_DBX, path, &err));
	assert_non_null(strstr(err.text, path));
}

/* Counts as `virt-fw-sigdb` gives them for the same files. */
static void examples_are_what_they_are_said_to_be(void **state)
{
	static const struct {
		const char *dir;
		unsigned certs, x64, arm64, levels;
	} examples[] = {
		{ "keys/examples/debian", 1, 0, 0, 0 },
		{ "keys/examples/microsoft", 2, 443, 26, 0 },
		{ "keys/examples/shim", 0, 0, 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < test_count(examples); i++) {
		_drop_keyring_ struct keyring k = KEYRING_NONE;
		unsigned x64 = 0, arm64 = 0;
		struct error err;

		assert_ok(&err, keyring_add_dir(&k, examples[i].dir, &err));
		for (uint32_t j = 0; j < k.count; j++) {
			x64 += !strcmp(k.items[j].source,
				       "dbx/dbxupdate-x64.bin");
			arm64 += !strcmp(k.items[j].source,
					 "dbx/dbxupdate-arm64.bin");
		}
		assert_int_equal(x64, examples[i].x64);
		assert_int_equal(arm64, examples[i].arm64);
		assert_int_equal(count_of(&k, KEYRING_DB_CERT),
				 examples[i].certs);
		assert_int_equal(count_of(&k, KEYRING_DBX_HASH), x64 + arm64);
		assert_int_equal(count_of(&k, KEYRING_DBX_CERT), 0);
		assert_int_equal(count_of(&k, KEYRING_SBAT_LEVEL),
				 examples[i].levels);
		assert_int_equal(k.count, examples[i].certs + x64 + arm64 +
						  examples[i].levels);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_says_what_files_are_for),
		cmocka_unit_test(a_folder_without_folders_is_db),
		cmocka_unit_test(files_come_in_the_order_of_their_names),
		cmocka_unit_test(notes_and_hidden_files_are_passed_over),
		cmocka_unit_test(nothing_else_is_left_out_in_silence),
		cmocka_unit_test(what_cannot_be_read_is_told),
		cmocka_unit_test(links_are_followed),
		cmocka_unit_test(single_files_have_a_purpose),
		cmocka_unit_test(examples_are_what_they_are_said_to_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
