/*
 * SMBIOS structures, and the ids of a machine that are made of their strings.
 * The ids were computed from the strings with Python's hashlib.
 */
#include "format/chid.h"

#include "format/smbios.h"
#include "test.h"
#include "trust/sha1.h"

#include <stdio.h>

struct table {
	uint8_t bytes[1024];
	size_t len;
};

/* A structure whose formatted area is area_len bytes of zeros but for the
 * numbers of its strings, at the offsets given. */
static void put(struct table *t, uint8_t type, uint8_t area_len,
		const uint8_t *offsets, const char *const *strings,
		size_t count)
{
	uint8_t *area = t->bytes + t->len;

	memset(area, 0, area_len);
	area[0] = type;
	area[1] = area_len;
	t->len += area_len;
	for (size_t i = 0; i < count; i++) {
		if (offsets)
			area[offsets[i]] = (uint8_t)(i + 1);
		memcpy(t->bytes + t->len, strings[i], strlen(strings[i]) + 1);
		t->len += strlen(strings[i]) + 1;
	}
	t->bytes[t->len++] = 0;
	if (!count)
		t->bytes[t->len++] = 0;
}

static const char *const bios[] = { "Vendor", "N3HET88W" };
static const char *const board[] = { "LENOVO", "21BXCTO1WW" };
static const char *const machine[] = {
	"LENOVO ", "21BXCTO1WW",
	"  00LENOVO_MT_21BX_BU_Think_FM_ThinkPad X13s Gen 1",
	"ThinkPad X13s Gen 1"
};
static const uint8_t bios_at[] = { 4, 5 }, machine_at[] = { 4, 5, 0x19, 0x1a };

static struct table laptop(void)
{
	static const char *const oem[] = { "x=y", "io.systemd.test=a b",
					   "io.systemd.test=second" };
	struct table t = { .len = 0 };

	put(&t, SMBIOS_BIOS, 0x18, bios_at, bios, 2);
	t.bytes[0x14] = 1;
	t.bytes[0x15] = 0x0b;
	put(&t, SMBIOS_SYSTEM, 0x1b, machine_at, machine, 4);
	put(&t, SMBIOS_BASEBOARD, 0x0f, bios_at, board, 2);
	put(&t, 3, 0x15, NULL, NULL, 0);
	put(&t, SMBIOS_OEM_STRINGS, 5, NULL, oem, 3);
	put(&t, SMBIOS_END, 4, NULL, NULL, 0);
	return t;
}

/* In the order they are looked for. */
static const char *const ids[CHID_PRIORITY_COUNT] = {
	"3f8af2ddfc43a454a6a74cba5ad46b3e", "1e7ec469e2fd6250b777acbeab73784b",
	"9ef369c805f2a05cbe7bd90f90ef5556", "121fb76441435c5eb7cd25b6503799e3",
	"e670f44d78780f5bb2e0733d5d9fa228", "ab63d83a81012f5a9cc170eedc446da9",
	"ccec8634acd04a539e2fa1c18bc310c6", "02d070b48ead5c5da7bfbb1333f2ce4b",
	"3d8049f2950df354a28ff26c14a03f3b",
};

static bool id_of(const struct chid_fields *fields, unsigned place,
		  uint8_t ret[static CHID_LEN])
{
	static uint8_t message[CHID_MESSAGE_MAX];
	uint8_t sha1[SHA1_LEN];
	size_t len;

	if (!chid_message(fields, place, message, &len))
		return false;
	sha1_of(span_of(message, len), sha1);
	chid_of_sha1(sha1, ret);
	return true;
}

static void a_machine_has_its_ids(void **state)
{
	struct table t = laptop();
	struct chid_fields fields;

	(void)state;
	chid_fields_of(span_of(t.bytes, t.len), &fields);
	assert_span_text(fields.text[CHID_SKU],
			 "LENOVO_MT_21BX_BU_Think_FM_ThinkPad X13s Gen 1");
	assert_span_text(fields.text[CHID_BIOS_MAJOR], "01");
	assert_span_text(fields.text[CHID_BIOS_MINOR], "0b");
	for (unsigned i = 0; i < CHID_PRIORITY_COUNT; i++) {
		uint8_t id[CHID_LEN];
		char hex[2 * CHID_LEN + 1];

		assert_true(id_of(&fields, i, id));
		for (size_t b = 0; b < CHID_LEN; b++)
			snprintf(hex + 2 * b, 3, "%02x", id[b]);
		assert_string_equal(hex, ids[i]);
	}
}

static void an_id_without_its_field_is_none(void **state)
{
	struct table t = { .len = 0 };
	struct chid_fields fields;
	uint8_t id[CHID_LEN];

	(void)state;
	put(&t, SMBIOS_SYSTEM, 0x1b, machine_at, machine, 2);
	chid_fields_of(span_of(t.bytes, t.len), &fields);
	assert_false(fields.has[CHID_BIOS_MAJOR]);
	for (unsigned i = 0; i < CHID_PRIORITY_COUNT; i++)
		assert_int_equal(id_of(&fields, i, id), i == 7);
}

static void text_that_is_not_ascii_counts_as_missing(void **state)
{
	static const char *const odd[] = { "M\xc3\xbcller", "Board" };
	struct table t = { .len = 0 };
	struct chid_fields fields;

	(void)state;
	put(&t, SMBIOS_SYSTEM, 0x1b, machine_at, odd, 2);
	chid_fields_of(span_of(t.bytes, t.len), &fields);
	assert_false(fields.has[CHID_MANUFACTURER]);
	assert_true(fields.has[CHID_PRODUCT]);
}

static void endless_text_is_no_id(void **state)
{
	static char endless[CHID_MESSAGE_MAX];
	struct chid_fields fields = { .has = { true, [CHID_PRODUCT] = true } };
	uint8_t id[CHID_LEN];

	(void)state;
	memset(endless, 'x', sizeof(endless));
	fields.text[CHID_PRODUCT] =
		span_of(endless, (CHID_MESSAGE_MAX - 16 - 2) / 2);
	assert_true(id_of(&fields, 7, id));
	fields.text[CHID_PRODUCT].len++;
	assert_false(id_of(&fields, 7, id));
}

static void oem_strings_are_found_by_their_key(void **state)
{
	struct table t = laptop();
	struct span table = span_of(t.bytes, t.len);

	(void)state;
	assert_span_text(smbios_oem_string(table, "io.systemd.test="), "a b");
	assert_span_text(smbios_oem_string(table, "x="), "y");
	assert_null(smbios_oem_string(table, "io.systemd.other=").ptr);
	/* A string of another type is no OEM string. */
	assert_null(smbios_oem_string(table, "LENOVO").ptr);
}

static void broken_structures_have_their_codes(void **state)
{
	struct table t = laptop();
	struct smbios_structure s;
	struct span rest;
	struct error err;

	(void)state;
	for (size_t len = 1; len < 60; len++) {
		_drop_copy_ struct span copy = test_copy(span_of(t.bytes, len));
		enum status want = len < 0x18 ? E_SMBIOS_SHORT
				   : len < 41 ? E_SMBIOS_STRINGS
					      : OK;

		rest = copy;
		if (want == OK)
			assert_ok(&err, smbios_next(&rest, &s, &err));
		else
			assert_refused(want, &err,
				       smbios_next(&rest, &s, &err));
	}
	t.bytes[1] = 3;
	rest = span_of(t.bytes, t.len);
	assert_refused(E_SMBIOS_SHORT, &err, smbios_next(&rest, &s, &err));
	assert_false(smbios_find(span_of(t.bytes, t.len), SMBIOS_SYSTEM, &s));
	rest = span_of(NULL, 0);
	assert_ok(&err, smbios_next(&rest, &s, &err));
	assert_int_equal(s.type, SMBIOS_END);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_machine_has_its_ids),
		cmocka_unit_test(an_id_without_its_field_is_none),
		cmocka_unit_test(text_that_is_not_ascii_counts_as_missing),
		cmocka_unit_test(endless_text_is_no_id),
		cmocka_unit_test(oem_strings_are_found_by_their_key),
		cmocka_unit_test(broken_structures_have_their_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
