/* Texts of EFI variables: every check of UTF-16, and the way there and back. */
#include "format/utf16.h"

#include "test.h"

#define CAP 16

static enum status decode(const void *bytes, size_t len, char ret[CAP],
			  struct error *err)
{
	_drop_copy_ struct span copy = test_copy(span_of(bytes, len));

	return utf16_decode(copy, ret, CAP, err);
}

static void texts_are_decoded(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *text;
	} cases[] = {
		{ "a\0b\0\0", 6, "ab" },
		{ "a\0b\0", 4, "ab" }, /* without NUL */
		{ "\0\0", 2, "" },
		{ "", 0, "" },
		{ "\xe4\0\xac\x20\0\0", 6, "\xc3\xa4\xe2\x82\xac" },
		{ "\x3d\xd8\x00\xde\0\0", 6, "\xf0\x9f\x98\x80" },
		{ "\xff\xd7\x00\xe0", 4, "\xed\x9f\xbf\xee\x80\x80" },
	};
	struct error err;
	char text[CAP];

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		assert_ok(&err,
			  decode(cases[i].bytes, cases[i].len, text, &err));
		assert_string_equal(text, cases[i].text);
	}
}

static void broken_texts_are_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		enum status want;
	} cases[] = {
		{ "a", 1, E_UTF16_ODD },
		{ "a\0b\0\0", 5, E_UTF16_ODD },
		{ "a\0\0\0b\0", 6, E_UTF16_AFTER_NUL },
		{ "a\0\0\0\0\0", 6, E_UTF16_AFTER_NUL },
		{ "a\0\n\0", 4, E_UTF16_CONTROL },
		{ "\x7f\0", 2, E_UTF16_CONTROL },
		{ "\x00\xdc", 2, E_UTF16_SURROGATE }, /* low first */
		{ "\x00\xd8", 2, E_UTF16_SURROGATE }, /* nothing behind */
		{ "\x00\xd8\x41\x00", 4, E_UTF16_SURROGATE }, /* no low */
		{ "\x00\xd8\x00\xd8", 4, E_UTF16_SURROGATE }, /* two high */
		{ "\x00\xd8\x00\xe0", 4, E_UTF16_SURROGATE },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 32, E_UTF16_LONG },
	};
	struct error err;
	char text[CAP];

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++)
		assert_refused(
			cases[i].want, &err,
			decode(cases[i].bytes, cases[i].len, text, &err));
}

static void a_text_fits_or_not(void **state)
{
	static const char bytes[] = "a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0a\0"
				    "a\0a\0a";
	struct error err;
	char text[CAP];

	(void)state;
	assert_ok(&err, decode(bytes, 30, text, &err));
	assert_string_equal(text, "aaaaaaaaaaaaaaa");
	assert_refused(E_UTF16_LONG, &err, decode(bytes, 32, text, &err));
}

static void every_cut_is_safe(void **state)
{
	static const char bytes[] = "a\0\x3d\xd8\x00\xde\xe4\0\0\0";
	struct error err;
	char text[CAP];

	(void)state;
	for (size_t len = 0; len < 10; len++) {
		enum status s = decode(bytes, len, text, &err);

		assert_int_equal(s, len % 2    ? E_UTF16_ODD
				    : len == 4 ? E_UTF16_SURROGATE
					       : OK);
	}
}

static void there_and_back(void **state)
{
	static const char *const texts[] = { "", "debian.efi",
					     "\xc3\xa4\xe2\x82\xac",
					     "\xf0\x9f\x98\x80" };
	uint8_t bytes[2 * CAP];
	struct error err;
	char text[CAP];
	size_t len;

	(void)state;
	for (size_t i = 0; i < test_count(texts); i++) {
		assert_ok(&err, utf16_encode(texts[i], bytes, sizeof(bytes),
					     &len, &err));
		assert_int_equal(bytes[len - 1] | bytes[len - 2], 0);
		assert_ok(&err, decode(bytes, len, text, &err));
		assert_string_equal(text, texts[i]);
	}
}

static void what_cannot_be_encoded_is_refused(void **state)
{
	uint8_t bytes[8];
	struct error err;
	size_t len;

	(void)state;
	assert_ok(&err, utf16_encode("abc", bytes, 8, &len, &err));
	assert_int_equal(len, 8);
	for (size_t cap = 0; cap < 8; cap++)
		assert_refused(E_UTF16_LONG, &err,
			       utf16_encode("abc", bytes, cap, &len, &err));
	assert_refused(E_UTF16_LONG, &err,
		       utf16_encode("a\xf0\x9f\x98\x80", bytes, 4, &len, &err));
	assert_refused(E_UTF16_TEXT, &err,
		       utf16_encode("a\xff", bytes, 8, &len, &err));
	assert_refused(E_UTF16_TEXT, &err,
		       utf16_encode("a\n", bytes, 8, &len, &err));
	assert_refused(E_UTF16_TEXT, &err,
		       utf16_encode("\xed\xa0\x80", bytes, 8, &len, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_decoded),
		cmocka_unit_test(broken_texts_are_refused),
		cmocka_unit_test(a_text_fits_or_not),
		cmocka_unit_test(every_cut_is_safe),
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(what_cannot_be_encoded_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
