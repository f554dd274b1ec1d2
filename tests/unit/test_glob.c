/* Patterns of ids, against what they mean and against fnmatch(3), and that
 * hostile ones take no time. */
#include "format/glob.h"

#include "test.h"

#include <fnmatch.h>
#include <time.h>

static bool match(const char *pattern, const char *text, enum glob_case fold)
{
	_drop_copy_ struct span p = test_copy(span_of_text(pattern));
	_drop_copy_ struct span t = test_copy(span_of_text(text));

	return glob_match(p, t, fold);
}

static void patterns_match(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool exact, folded;
	} cases[] = {
		{ "", "", true, true },
		{ "", "a", false, false },
		{ "a", "", false, false },
		{ "*", "", true, true },
		{ "***", "abc", true, true },
		{ "a", "A", false, true },
		{ "debian-*.efi", "debian-6.1.efi", true, true },
		{ "debian-*.efi", "Debian-6.1.EFI", false, true },
		{ "debian-*.efi", "debian-6.1.conf", false, false },
		{ "debian-?.efi", "debian-6.efi", true, true },
		{ "debian-?.efi", "debian-.efi", false, false },
		{ "?", "\xc3\xa4", true, true }, /* one character */
		{ "??", "\xc3\xa4", false, false },
		{ "*a*b*c", "xxaybzzc", true, true },
		{ "*a*b*c", "xxaybzzd", false, false },
		{ "*ab", "aab", true, true },
		{ "x[0-9]", "x5", true, true },
		{ "x[0-9]", "xa", false, false },
		{ "x[a-c]", "xB", false, true },
		{ "x[A-C]", "xb", false, true },
		{ "[abc]", "b", true, true },
		{ "[a-]", "-", true, true },
		{ "[]a]", "]", true, true },
		{ "[]a]", "a", true, true },
		{ "[]", "[]", true, true }, /* no set */
		{ "[ab", "[ab", true, true },
		{ "[!a]", "!", true, true }, /* no negation */
		{ "[!a]", "b", false, false },
		{ "[z-a]", "m", false, false },
		{ "a\\*", "a\\bc", true, true }, /* no escape */
		{ "*@saved", "x@saved", true, true },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		if (match(cases[i].pattern, cases[i].text, GLOB_EXACT) !=
			    cases[i].exact ||
		    match(cases[i].pattern, cases[i].text, GLOB_FOLD) !=
			    cases[i].folded)
			fail_msg("%s on %s", cases[i].pattern, cases[i].text);
	}
}

/* Stars, question marks and sets mean the same to the C library. */
static void agrees_with_the_c_library(void **state)
{
	static const char parts[][6] = { "*", "?", "a", "b", "[ab]", "[a-c]" };
	uint64_t seed = 11;
	unsigned matches = 0;

	(void)state;
	for (unsigned i = 0; i < 200000; i++) {
		char pattern[64] = "", text[16] = "";
		uint64_t r = test_random(&seed);
		unsigned count = (unsigned)(r % 6);
		unsigned len = (unsigned)(r / 8 % 7);
		bool got;

		for (unsigned n = 0; n < count; n++)
			strcat(pattern,
			       parts[test_random(&seed) % test_count(parts)]);
		for (unsigned n = 0; n < len; n++)
			text[n] = (char)('a' + test_random(&seed) % 3);
		got = match(pattern, text, GLOB_EXACT);
		matches += got;
		if (got != !fnmatch(pattern, text, FNM_NOESCAPE))
			fail_msg("\"%s\" on \"%s\": %d", pattern, text, got);
	}
	assert_true(matches > 10000);
}

static void a_hostile_pattern_takes_no_time(void **state)
{
	char pattern[256], text[320];
	clock_t start = clock();

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(pattern); i++)
		pattern[i] = i % 2 ? 'a' : '*';
	pattern[sizeof(pattern) - 1] = '\0';
	pattern[sizeof(pattern) - 2] = 'b';
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	for (unsigned i = 0; i < 100; i++)
		assert_false(match(pattern, text, GLOB_FOLD));
	assert_true(clock() - start < 5 * CLOCKS_PER_SEC);
}

static void patterns_are_told_from_names(void **state)
{
	(void)state;
	assert_true(glob_is_pattern(span_of_text("a*")));
	assert_true(glob_is_pattern(span_of_text("a?")));
	assert_true(glob_is_pattern(span_of_text("a[b]")));
	assert_false(glob_is_pattern(span_of_text("a[b")));
	assert_false(glob_is_pattern(span_of_text("a@1")));
	assert_false(glob_is_pattern(span_of_text("")));
}

static void a_match_ends_with_its_work(void **state)
{
	struct span pattern = span_of_text("*[[[[[b");
	struct span text = span_of_text("[[[[[[[[[[b");
	uint64_t left = UINT64_MAX, needed;

	(void)state;
	assert_true(glob_match_within(pattern, text, GLOB_EXACT, &left));
	needed = UINT64_MAX - left;
	assert_in_range(needed, text.len, text.len * pattern.len * 7);
	left = needed;
	assert_true(glob_match_within(pattern, text, GLOB_EXACT, &left));
	assert_int_equal(left, 0);
	left = needed - 1;
	assert_false(glob_match_within(pattern, text, GLOB_EXACT, &left));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_match_ends_with_its_work),
		cmocka_unit_test(patterns_match),
		cmocka_unit_test(agrees_with_the_c_library),
		cmocka_unit_test(a_hostile_pattern_takes_no_time),
		cmocka_unit_test(patterns_are_told_from_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
