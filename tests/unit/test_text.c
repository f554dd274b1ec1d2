/* Text in fixed buffers: nothing overruns, nothing harmful reaches a screen. */
#include "test.h"

#include "base/text.h"

static void builder_stops_at_its_end(void **state)
{
	(void)state;
	for (size_t cap = 1; cap < 12; cap++) {
		char *buf = malloc(cap);
		struct text t = text_over(buf, cap);

		assert_string_equal(buf, "");
		text_add(&t, "abc");
		text_add_char(&t, 'd');
		text_addf(&t, "%d", 123);
		text_add_bytes(&t, span_of("xy", 2));
		assert_int_equal(t.cut, cap <= 9);
		assert_int_equal(t.len, cap <= 9 ? cap - 1 : 9);
		assert_int_equal(strlen(buf), t.len);
		assert_memory_equal(buf, "abcd123xy", t.len);
		free(buf);
	}
}

static void cut_is_sticky(void **state)
{
	char buf[4];
	struct text t = text_over(buf, sizeof(buf));

	(void)state;
	text_add_bytes(&t, span_of(NULL, 0));
	assert_false(t.cut);
	text_addf(&t, "%s", "abcd");
	assert_true(t.cut);
	text_add(&t, "");
	assert_true(t.cut);
	assert_string_equal(buf, "abc");
}

static void unsafe_bytes_become_question_marks(void **state)
{
	static const struct {
		const char *raw, *clean;
	} cases[] = {
		{ "plain ~ text", "plain ~ text" },
		{ "\033[31mred\a\r\n\t", "?[31mred????" },
		{ "a\x7f"
		  "b",
		  "a?b" },
		{ "Größe €5 🚀", "Größe €5 🚀" },
		/* C1 controls, bidirectional overrides, zero-width, BOM */
		{ "\xc2\x85\xc2\x9b", "??" },
		{ "a\xe2\x80\xae"
		  "b\xe2\x81\xa6",
		  "a?b?" },
		{ "a\xe2\x80\x8b\xef\xbb\xbf", "a??" },
		{ "\xc2\xad\xf3\xa0\x81\x81", "??" },
		/* lone continuation, cut short, overlong, surrogate, too large
		 */
		{ "\x80\xbf", "??" },
		{ "\xe2\x82", "??" },
		{ "\xe2\x82"
		  "a",
		  "??a" },
		{ "\xc0\xaf", "??" },
		{ "\xe0\x80\xaf", "???" },
		{ "\xed\xa0\x80", "???" },
		{ "\xf4\x90\x80\x80", "????" },
		{ "\xf8\xff", "??" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_copy_ struct span raw =
			test_copy(span_of_text(cases[i].raw));
		struct display d = display_of(raw);

		assert_string_equal(d.text, cases[i].clean);
	}
	assert_string_equal(display_of(span_of("a\0b", 3)).text, "a?b");
	assert_string_equal(display_of(span_of(NULL, 0)).text, "");
	assert_string_equal(display_of_text("x\n").text, "x?");
}

static bool is_display_text(const char *text)
{
	struct span rest = span_of_text(text);
	unsigned width;
	bool is_valid;
	size_t len;

	while ((len = utf8_next(rest, &width, &is_valid)) > 0) {
		if (!is_valid)
			return false;
		rest = span_slice(rest, len, rest.len - len);
	}
	return true;
}

/* Cleaning what is clean changes nothing, whatever the bytes were. */
static void random_bytes_become_display_text(void **state)
{
	uint64_t seed = 2;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		uint8_t raw[160];
		struct display d, again;
		size_t len = test_random(&seed) % sizeof(raw);

		for (size_t i = 0; i < len; i++)
			raw[i] = (uint8_t)(test_random(&seed) >> 32 |
					   (round % 2 ? 0x80 : 0));
		d = display_of(span_of(raw, len));
		assert_true(is_display_text(d.text));
		again = display_of_text(d.text);
		assert_string_equal(again.text, d.text);
	}
}

static void long_text_is_cut_at_a_character(void **state)
{
	char raw[4 * DISPLAY_MAX + 1] = "";
	struct display d;

	(void)state;
	for (unsigned i = 0; i < DISPLAY_MAX; i++)
		strcat(raw, "🚀");
	d = display_of_text(raw);
	assert_int_equal(strlen(d.text), 124);
	assert_true(is_display_text(d.text));
	memset(raw, 'a', sizeof(raw) - 1);
	d = display_of_text(raw);
	assert_int_equal(strlen(d.text), DISPLAY_MAX - 1);
}

static void columns_are_counted(void **state)
{
	(void)state;
	assert_int_equal(text_columns(""), 0);
	assert_int_equal(text_columns("abc"), 3);
	assert_int_equal(text_columns("Größe"), 5);
	assert_int_equal(text_columns("日本"), 4);
	assert_int_equal(text_columns("🚀🦊"), 4);
	assert_int_equal(text_columns("e\xcc\x81"), 1);
	assert_int_equal(text_columns("\xff"), 1);
}

static void characters_fit_or_are_left_out(void **state)
{
	/* of 1, 2, 0 and 1 columns: e, CJK, a combining accent, no UTF-8 */
	static const char text[] = "e\xe4\xb8\xad\xcc\x81\xff";
	static const size_t bytes[] = { 0, 1, 1, 6, 7, 7 };

	(void)state;
	for (unsigned columns = 0; columns < test_count(bytes); columns++)
		assert_int_equal(span_fit(span_of_text(text), columns).len,
				 bytes[columns]);
	assert_int_equal(span_fit(span_of(NULL, 0), 4).len, 0);
}

static void digits_of_a_number_are_counted(void **state)
{
	(void)state;
	assert_int_equal(text_digits(0), 1);
	assert_int_equal(text_digits(9), 1);
	assert_int_equal(text_digits(10), 2);
	assert_int_equal(text_digits(99999), 5);
	assert_int_equal(text_digits(UINT64_MAX), 20);
}

static void next_character_says_what_it_is(void **state)
{
	unsigned width = 9;
	bool is_valid = true;

	(void)state;
	assert_int_equal(utf8_next(span_of(NULL, 0), &width, &is_valid), 0);
	assert_int_equal(utf8_next(span_of_text("€"), &width, &is_valid), 3);
	assert_int_equal(width, 1);
	assert_true(is_valid);
	assert_int_equal(utf8_next(span_of("\xe2\x82", 2), &width, &is_valid),
			 1);
	assert_int_equal(width, 1);
	assert_false(is_valid);
}

static void copy_fits_or_leaves_nothing(void **state)
{
	char to[4] = "old";

	(void)state;
	assert_true(text_copy(to, sizeof(to), "abc"));
	assert_string_equal(to, "abc");
	assert_false(text_copy(to, sizeof(to), "abcd"));
	assert_string_equal(to, "");
	assert_true(text_copy(to, 1, ""));
	assert_false(text_copy(to, 1, "a"));
}

static void numbers_are_plain_decimal(void **state)
{
	static const struct {
		const char *text;
		uint64_t max, value;
		bool is_good;
	} cases[] = {
		{ "0", 0, 0, true },
		{ "00012", 12, 12, true },
		{ "12", 11, 0, false },
		{ "18446744073709551615", UINT64_MAX, UINT64_MAX, true },
		{ "18446744073709551616", UINT64_MAX, 0, false },
		{ "99999999999999999999999", UINT64_MAX, 0, false },
		{ "", 9, 0, false },
		{ "-1", 9, 0, false },
		{ "+1", 9, 0, false },
		{ " 1", 9, 0, false },
		{ "1 ", 9, 0, false },
		{ "0x1", 9, 0, false },
		{ "1a", 9, 0, false },
		{ "\xd9\xa1", 9, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_copy_ struct span text =
			test_copy(span_of_text(cases[i].text));
		uint64_t value = 42;

		assert_int_equal(text_parse_number(text, cases[i].max, &value),
				 cases[i].is_good);
		assert_true(value == (cases[i].is_good ? cases[i].value : 42));
	}
	assert_false(
		text_parse_number(span_of("1\0", 2), 99, &(uint64_t){ 0 }));
}

static void blanks_are_trimmed(void **state)
{
	(void)state;
	assert_span_text(span_trim(span_of_text(" \t a b\t ")), "a b");
	assert_span_text(span_trim(span_of_text(" \t ")), "");
	assert_span_text(span_trim(span_of_text("")), "");
	assert_span_text(span_trim(span_of_text("\na\r")), "\na\r");
}

static void words_are_cut_off(void **state)
{
	_drop_copy_ struct span copy =
		test_copy(span_of_text(" one\ttwo \t three\r\n"));
	struct span rest = copy;

	(void)state;
	assert_span_text(span_next_word(&rest), "one");
	assert_span_text(span_next_word(&rest), "two");
	assert_span_text(span_next_word(&rest), "three\r\n");
	assert_span_text(span_next_word(&rest), "");
	assert_span_text(span_next_word(&rest), "");
	rest = span_of_text(" \t ");
	assert_span_text(span_next_word(&rest), "");
	rest = span_of(NULL, 0);
	assert_span_text(span_next_word(&rest), "");
}

static void keys_and_components_are_cut_off(void **state)
{
	_drop_copy_ struct span copy = test_copy(span_of_text("key  a value"));
	struct span rest = copy;

	(void)state;
	assert_span_text(span_cut_at(&rest, ' '), "key");
	assert_span_text(rest, " a value");
	assert_span_text(span_cut_at(&rest, '='), " a value");
	assert_span_text(rest, "");
	assert_span_text(span_cut_at(&rest, ' '), "");
	rest = span_of(NULL, 0);
	assert_span_text(span_cut_at(&rest, ' '), "");
	rest = span_of_text("//one/two//three/");
	assert_span_text(span_next_component(&rest), "one");
	assert_span_text(span_next_component(&rest), "two");
	assert_span_text(span_next_component(&rest), "three");
	assert_span_text(span_next_component(&rest), "");
	rest = span_of_text("///");
	assert_span_text(span_next_component(&rest), "");
	assert_true(utf8_is_clean(span_of_text("gr\303\274n")));
	assert_true(utf8_is_clean(span_of(NULL, 0)));
	assert_false(utf8_is_clean(span_of_text("gr\303n")));
	assert_false(utf8_is_clean(span_of_text("a\tb")));
}

static void lines_are_cut_off(void **state)
{
	static const char text[] = "one\n\ntwo\r\n\r\nthree\rx\nend";
	static const char *const want[] = { "one", "",	       "two",
					    "",	   "three\rx", "end" };
	_drop_copy_ struct span copy = test_copy(span_of_text(text));
	struct span rest = copy, line;

	(void)state;
	for (size_t i = 0; i < test_count(want); i++) {
		assert_true(span_next_line(&rest, &line));
		assert_span_text(line, want[i]);
	}
	assert_false(span_next_line(&rest, &line));
	rest = span_of_text("x\n");
	assert_true(span_next_line(&rest, &line));
	assert_span_text(line, "x");
	assert_false(span_next_line(&rest, &line));
	rest = span_of_text("\r");
	assert_true(span_next_line(&rest, &line));
	assert_span_text(line, "");
	rest = span_of(NULL, 0);
	assert_false(span_next_line(&rest, &line));
}

static void hexadecimal_digits_are_parsed_whole(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		bool good;
	} cases[] = {
		{ "", 0, true },	   { "00", 1, true },
		{ "fFa9", 2, true },	   { "0", 0, false },
		{ "0", 1, false },	   { "00", 0, false },
		{ "00", 2, false },	   { "0000", 1, false },
		{ "0g", 1, false },	   { "g0", 1, false },
		{ "/0", 1, false },	   { ":0", 1, false },
		{ "@0", 1, false },	   { "`0", 1, false },
		{ " 0", 1, false },	   { "0x", 1, false },
		{ "00", SIZE_MAX, false },
	};
	uint8_t bytes[2];

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++)
		assert_int_equal(text_parse_hex(span_of_text(cases[i].text),
						bytes, cases[i].len),
				 cases[i].good);
	assert_true(text_parse_hex(span_of_text("fFa9"), bytes, 2));
	assert_int_equal(bytes[0], 0xff);
	assert_int_equal(bytes[1], 0xa9);
}

static void bytes_become_hexadecimal_digits(void **state)
{
	static const uint8_t bytes[] = { 0x00, 0x0f, 0xa0, 0xff, 0x19 };
	char buf[9];
	struct text t = text_over(buf, sizeof(buf));

	(void)state;
	text_add_hex(&t, span_of(bytes, 0));
	assert_string_equal(buf, "");
	text_add_hex(&t, span_of(bytes, 4));
	assert_string_equal(buf, "000fa0ff");
	assert_false(t.cut);
	text_add_hex(&t, span_of(bytes + 4, 1));
	assert_string_equal(buf, "000fa0ff");
	assert_true(t.cut);
}

static void a_mark_is_cut_off_once(void **state)
{
	(void)state;
	assert_true(span_equal_text(
		span_without_mark(span_of_text("\xef\xbb\xbf\xef\xbb\xbfx")),
		"\xef\xbb\xbfx"));
	assert_int_equal(span_without_mark(span_of_text("\xef\xbb\xbf")).len,
			 0);
	assert_true(span_equal_text(
		span_without_mark(span_of_text("\xef\xbbx")), "\xef\xbbx"));
	assert_int_equal(span_without_mark(span_of("\xef\xbb\xbf", 2)).len, 2);
	assert_int_equal(span_without_mark(span_of(NULL, 0)).len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builder_stops_at_its_end),
		cmocka_unit_test(cut_is_sticky),
		cmocka_unit_test(unsafe_bytes_become_question_marks),
		cmocka_unit_test(random_bytes_become_display_text),
		cmocka_unit_test(long_text_is_cut_at_a_character),
		cmocka_unit_test(columns_are_counted),
		cmocka_unit_test(characters_fit_or_are_left_out),
		cmocka_unit_test(digits_of_a_number_are_counted),
		cmocka_unit_test(next_character_says_what_it_is),
		cmocka_unit_test(copy_fits_or_leaves_nothing),
		cmocka_unit_test(numbers_are_plain_decimal),
		cmocka_unit_test(blanks_are_trimmed),
		cmocka_unit_test(a_mark_is_cut_off_once),
		cmocka_unit_test(words_are_cut_off),
		cmocka_unit_test(keys_and_components_are_cut_off),
		cmocka_unit_test(lines_are_cut_off),
		cmocka_unit_test(hexadecimal_digits_are_parsed_whole),
		cmocka_unit_test(bytes_become_hexadecimal_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
