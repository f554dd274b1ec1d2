/* What a partition table says in words: names in UTF-16, GUIDs as text. */
#include "test.h"
#include "gpt_build.h"

#include "format/gpt.h"

#define SECTORS 200

static enum status parse(const struct gpt_build *b, struct gpt_table *table,
			 struct error *err)
{
	struct gpt_header h;
	enum status s = gpt_parse_header(gpt_build_sector(b, 1), 1, b->sectors,
					 &h, err);

	if (s != OK)
		return s;
	return gpt_parse_entries(gpt_build_entries(b, false), &h, table, err);
}

static void names_become_utf8(void **state)
{
	static const struct {
		uint16_t units[8];
		const char *name;
	} cases[] = {
		{ { 'a', 0xe9, 0x20ac, 0xd83d, 0xde80, 0 }, "aé€🚀" },
		{ { 0xd83d, 'a', 0 }, "?a" },
		{ { 0xde80, 'a', 0 }, "?a" },
		{ { 0xd83d, 0xd83d, 0xde80, 0 }, "?🚀" },
		{ { 'a', 0xd83d, 0 }, "a?" },
		{ { 0x1b, '[', 'm', 0x7f, 0x85, 0x202e, 0 }, "?[m???" },
		/* the edges of each length, and of each half of a pair */
		{ { 0x7e, 0xa0, 0x7ff, 0x800, 0xe000, 0xffef, 0 },
		  "~\xc2\xa0\xdf\xbf\xe0\xa0\x80\xee\x80\x80\xef\xbf\xaf" },
		{ { 0xd800, 0xdc00, 0xdbff, 0xdfff, 0xd800, 0xe000, 0 },
		  "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf?\xee\x80\x80" },
		{ { 0x80, 0xd7ff, 0xdbff, 0 }, "?\xed\x9f\xbf?" },
		{ { 'a', 0, 'b' }, "a" },
		{ { 0 }, "" },
	};
	static struct gpt_table t;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_gpt_ struct gpt_build b;
		struct error err;

		gpt_build_begin(&b, 512, SECTORS);
		gpt_build_partition(&b, 1, 34, 1, "");
		for (size_t n = 0; n < 8; n++)
			store_le16(gpt_build_entry(&b, false, 1) + GPT_E_NAME +
					   2 * n,
				   cases[i].units[n]);
		gpt_build_seal(&b);
		assert_ok(&err, parse(&b, &t, &err));
		assert_string_equal(t.parts[0].name.text, cases[i].name);
	}
}

static void name_may_fill_its_field(void **state)
{
	static const char name[] = "123456789012345678901234567890123456";
	static struct gpt_table t;
	_drop_gpt_ struct gpt_build b;
	struct error err;

	(void)state;
	gpt_build_begin(&b, 512, SECTORS);
	gpt_build_partition(&b, 1, 34, 1, name);
	assert_ok(&err, parse(&b, &t, &err));
	assert_string_equal(t.parts[0].name.text, name);
}

static void guids_are_written_and_read(void **state)
{
	static const char *const wrong[] = {
		"",
		"c12a7328-f81f-11d2-ba4b-00a0c93ec93",
		"c12a7328-f81f-11d2-ba4b-00a0c93ec93b0",
		"c12a7328_f81f-11d2-ba4b-00a0c93ec93b",
		"c12a73280f81f-11d2-ba4b-00a0c93ec93b",
		"c12a7328-f81f-11d2-ba4b-00a0c93ec93g",
		"c12a7328-f81f-11d2-ba4b-00a0c93ec93G",
		"c12a7328-f81f-11d2-ba4b-00a0c93ec93/",
		"c12a7328-f81f-11d2-ba4b-00a0c93ec93:",
		"c12a7328-f81f-11d2-ba4b-00a0c93ec93@",
		"c12a7328-f81f-11d2-ba4b-00a0c93ec93`",
		"{12a7328-f81f-11d2-ba4b-00a0c93ec93}",
		"c12a7328f81f11d2ba4b00a0c93ec93b----",
	};
	char text[GUID_TEXT_LEN + 1];
	struct guid guid;

	(void)state;
	guid_format(&gpt_type_esp, text);
	assert_string_equal(text, "c12a7328-f81f-11d2-ba4b-00a0c93ec93b");
	guid_format(&gpt_type_xbootldr, text);
	assert_string_equal(text, "bc13c2ff-59e6-4262-a352-b275fd6f7172");
	assert_true(guid_parse(
		span_of_text("C12A7328-F81F-11d2-BA4B-00A0C93EC93B"), &guid));
	assert_true(guid_equal(&guid, &gpt_type_esp));
	assert_false(guid_equal(&guid, &gpt_type_xbootldr));
	assert_true(guid_parse(
		span_of_text("01234567-89ab-cdef-ABCD-EF9876543210"), &guid));
	guid_format(&guid, text);
	assert_string_equal(text, "01234567-89ab-cdef-abcd-ef9876543210");
	for (size_t i = 0; i < test_count(wrong); i++)
		assert_false(guid_parse(span_of_text(wrong[i]), &guid));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_become_utf8),
		cmocka_unit_test(name_may_fill_its_field),
		cmocka_unit_test(guids_are_written_and_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
