/* The compiled table: there and back, each field broken, every cut; and what is
 * compiled into this very program. */
#include "test.h"

#include "builtin.h"
#include "trust/keyring.h"

#include <stdio.h>

#define HEADER 16
#define ITEM   20

/* Three items of two files: a certificate and two hashes. */
static void build(struct span *ret)
{
	_drop_copy_ struct span der =
		test_read_file("tests/data/keys/db/test-ec.der");
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	char lines[] = "1111111111111111111111111111111111111111111111111111111"
		       "111111111\ntbs:2222222222222222222222222222222222222222"
		       "2222222222222222222222222222222222222222222222222222222"
		       "2\n";
	struct error err;
	uint8_t *table;
	size_t len;

	assert_ok(&err, keyring_add_file(&k, KEYRING_FOLDER_DB, "db/one.der",
					 der, &err));
	assert_ok(&err, keyring_add_file(&k, KEYRING_FOLDER_DBX, "dbx/two",
					 span_of_text(lines), &err));
	assert_ok(&err, keyring_write(&k, &table, &len, &err));
	*ret = span_of(table, len);
}

static enum status read_copy(struct span table, struct error *err)
{
	_drop_copy_ struct span copy = test_copy(table);
	_drop_keyring_ struct keyring k = KEYRING_NONE;

	return keyring_read(&k, copy, err);
}

static void a_table_gives_back_what_went_in(void **state)
{
	_drop_copy_ struct span der =
		test_read_file("tests/data/keys/db/test-ec.der");
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	_drop_copy_ struct span table;
	struct error err;

	(void)state;
	build(&table);
	assert_ok(&err, keyring_read(&k, table, &err));
	assert_int_equal(k.count, 3);
	assert_int_equal(k.items[0].kind, KEYRING_DB_CERT);
	assert_int_equal(k.items[0].digest, 0);
	assert_span_equal(k.items[0].data, der);
	assert_string_equal(k.items[0].source, "db/one.der");
	assert_int_equal(k.items[1].kind, KEYRING_DBX_HASH);
	assert_int_equal(k.items[1].digest, DIGEST_SHA256);
	assert_int_equal(k.items[1].data.len, 32);
	assert_int_equal(k.items[2].kind, KEYRING_DBX_TBS);
	assert_int_equal(k.items[2].digest, DIGEST_SHA384);
	assert_int_equal(k.items[2].data.ptr[47], 0x22);
	assert_string_equal(k.items[2].source, "dbx/two");
	/* copied nothing, and is open for revocations */
	assert_true(k.items[0].data.ptr > table.ptr &&
		    k.items[0].data.ptr < table.ptr + table.len);
	assert_ok(&err, keyring_narrow(&k, "esp", span_of_text("sbat,1\na,2\n"),
				       NULL, &err));
	assert_int_equal(k.count, 4);
}

static void an_empty_keyring_is_a_table(void **state)
{
	_drop_keyring_ struct keyring none = KEYRING_NONE, k = KEYRING_NONE;
	struct error err;
	uint8_t *table;
	size_t len;

	(void)state;
	assert_ok(&err, keyring_write(&none, &table, &len, &err));
	assert_int_equal(len, HEADER);
	assert_ok(&err, keyring_read(&k, span_of(table, len), &err));
	assert_int_equal(k.count, 0);
	assert_true(keyring_has_no_image_keys(&k));
	assert_ok(&err, keyring_narrow(&k, "esp", span_of_text("sbat,1\n"),
				       NULL, &err));
	keyring_drop(&k);
	free(table);
}

static void each_broken_field_has_its_code(void **state)
{
	static const struct {
		unsigned at;
		uint32_t value;
		enum status want;
	} broken[] = {
		{ 0, 0, E_KEYRING_TABLE_MAGIC },
		{ 4, 0x0259454b, E_KEYRING_TABLE_MAGIC }, /* version 2 */
		{ 8, 0, E_KEYRING_TABLE_LENGTH },
		{ 8, 0xffffffff, E_KEYRING_TABLE_LENGTH },
		{ 12, KEYRING_ITEMS_MAX + 1, E_KEYRING_TABLE_COUNT },
		{ 12, 0xffffffff, E_KEYRING_TABLE_COUNT },
		{ 12, KEYRING_ITEMS_MAX, E_KEYRING_TABLE_SHORT },
		/* the certificate */
		{ HEADER, 0, E_KEYRING_TABLE_KIND },
		{ HEADER, 9, E_KEYRING_TABLE_KIND },
		{ HEADER, 0xffffffff, E_KEYRING_TABLE_KIND },
		{ HEADER, KEYRING_DB_HASH, E_KEYRING_TABLE_DIGEST },
		{ HEADER + 4, DIGEST_SHA256, E_KEYRING_TABLE_DIGEST },
		{ HEADER + 8, 0, E_KEYRING_TABLE_DATA },
		{ HEADER + 8, HEADER + 3 * ITEM - 1, E_KEYRING_TABLE_DATA },
		{ HEADER + 8, 0xffffffff, E_KEYRING_TABLE_DATA },
		{ HEADER + 12, 0, E_KEYRING_TABLE_DATA },
		{ HEADER + 12, 0xffffffff, E_KEYRING_TABLE_DATA },
		{ HEADER + 16, 0, E_KEYRING_TABLE_SOURCE },
		{ HEADER + 16, HEADER + 3 * ITEM - 1, E_KEYRING_TABLE_SOURCE },
		{ HEADER + 16, 0xffffffff, E_KEYRING_TABLE_SOURCE },
		/* the hash */
		{ HEADER + ITEM, KEYRING_DB_CERT, E_KEYRING_TABLE_DIGEST },
		{ HEADER + ITEM + 4, 0, E_KEYRING_TABLE_DIGEST },
		{ HEADER + ITEM + 4, 4, E_KEYRING_TABLE_DIGEST },
		{ HEADER + ITEM + 4, 0xffffffff, E_KEYRING_TABLE_DIGEST },
		{ HEADER + ITEM + 4, DIGEST_SHA512, E_KEYRING_TABLE_DATA },
		{ HEADER + ITEM + 12, 31, E_KEYRING_TABLE_DATA },
		{ HEADER + ITEM + 12, 33, E_KEYRING_TABLE_DATA },
	};

	(void)state;
	for (size_t i = 0; i < test_count(broken); i++) {
		_drop_copy_ struct span table;
		struct error err;

		print_message("0x%x at %u\n", broken[i].value, broken[i].at);
		build(&table);
		store_le32(test_bytes(table) + broken[i].at, broken[i].value);
		assert_refused(broken[i].want, &err, read_copy(table, &err));
	}
}

static void data_and_names_end_with_the_table(void **state)
{
	_drop_copy_ struct span table;
	uint32_t len, at;
	struct error err;

	(void)state;
	build(&table);
	at = span_le32(table, HEADER + 2 * ITEM + 8); /* the last data */
	len = (uint32_t)table.len;
	assert_int_equal(at + 48, len);
	store_le32(test_bytes(table) + HEADER + 2 * ITEM + 8, at + 1);
	assert_refused(E_KEYRING_TABLE_DATA, &err, read_copy(table, &err));
	store_le32(test_bytes(table) + HEADER + 2 * ITEM + 8, at);
	/* nothing ends a name that begins in the hash */
	store_le32(test_bytes(table) + HEADER + 16, at);
	assert_refused(E_KEYRING_TABLE_SOURCE, &err, read_copy(table, &err));
	store_le32(test_bytes(table) + HEADER + 16, len);
	assert_refused(E_KEYRING_TABLE_SOURCE, &err, read_copy(table, &err));
}

static void every_cut_is_refused(void **state)
{
	_drop_copy_ struct span table;
	struct error err;

	(void)state;
	build(&table);
	for (size_t len = 0; len < table.len; len++)
		assert_refused(len < HEADER ? E_KEYRING_TABLE_SHORT
					    : E_KEYRING_TABLE_LENGTH,
			       &err, read_copy(span_of(table.ptr, len), &err));
	/* also where the header knows of the cut */
	for (size_t len = HEADER; len < table.len; len++) {
		_drop_copy_ struct span cut =
			test_copy(span_of(table.ptr, len));

		store_le32(test_bytes(cut) + 8, (uint32_t)len);
		assert_int_not_equal(read_copy(cut, &err), OK);
		if (len < HEADER + 3 * ITEM)
			assert_int_equal(err.code, E_KEYRING_TABLE_SHORT);
	}
}

static void the_keys_of_this_program_are_those_of_the_tests(void **state)
{
	_drop_keyring_ struct keyring k = KEYRING_NONE;
	unsigned kinds[KEYRING_TLS_CERT + 1] = { 0 };
	struct error err;

	(void)state;
	assert_ok(&err,
		  keyring_read(&k,
			       span_of(builtin_keyring, builtin_keyring_len),
			       &err));
	for (uint32_t i = 0; i < k.count; i++)
		kinds[k.items[i].kind]++;
	assert_int_equal(kinds[KEYRING_DB_CERT], 2);
	assert_int_equal(kinds[KEYRING_DB_HASH], 0);
	assert_int_equal(kinds[KEYRING_DBX_CERT], 1);
	assert_int_equal(kinds[KEYRING_DBX_HASH], 2);
	assert_int_equal(kinds[KEYRING_DBX_TBS], 1);
	assert_int_equal(kinds[KEYRING_SBAT_LEVEL], 1);
	assert_int_equal(kinds[KEYRING_MANIFEST_CERT], 1);
	assert_int_equal(kinds[KEYRING_TLS_CERT], 1);
	assert_string_equal(k.items[0].source, "db/test-ca.pem");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_gives_back_what_went_in),
		cmocka_unit_test(an_empty_keyring_is_a_table),
		cmocka_unit_test(each_broken_field_has_its_code),
		cmocka_unit_test(data_and_names_end_with_the_table),
		cmocka_unit_test(every_cut_is_refused),
		cmocka_unit_test(
			the_keys_of_this_program_are_those_of_the_tests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
