/* UAPI.10: the examples of the specification, orders of versions that real
 * packages have, and that it is an order. */
#include "test.h"

#include "format/version.h"

static int compare(const char *a, const char *b)
{
	_drop_copy_ struct span x = test_copy(span_of_text(a));
	_drop_copy_ struct span y = test_copy(span_of_text(b));

	return version_compare(x, y);
}

static void assert_order(const char *a, const char *b, int want)
{
	int there = compare(a, b), back = compare(b, a);

	if (there != want || back != -want)
		fail_msg("'%s' against '%s': %d and back %d, want %d", a, b,
			 there, back, want);
}

/* Section "Examples" of the specification. */
static void examples_of_the_specification(void **state)
{
	static const struct {
		const char *a, *b;
		int want;
	} cases[] = {
		{ "11", "11", 0 },
		{ "systemd-123", "systemd-123", 0 },
		{ "bar-123", "foo-123", -1 },
		{ "123a", "123", 1 },
		{ "123.a", "123", 1 },
		{ "123.a", "123.b", -1 },
		{ "123a", "123.a", 1 },
		{ "11α", "11β", 0 },
		{ "B", "a", -1 },
		{ "", "0", -1 },
		{ "0.", "0", 1 },
		{ "0.0", "0", 1 },
		{ "0", "~", 1 },
		{ "", "~", 1 },
		{ "1_", "1", 0 },
		{ "_1", "1", 0 },
		{ "1_", "1.2", -1 },
		{ "1_2_3", "1.3.3", 1 },
		{ "1+", "1", 0 },
		{ "+1", "1", 0 },
		{ "1+", "1.2", -1 },
		{ "1+2+3", "1.3.3", 1 },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++)
		assert_order(cases[i].a, cases[i].b, cases[i].want);
}

/* Every entry is older than each one behind it. */
static void assert_ascending(const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		assert_order(list[i], list[i], 0);
		for (size_t j = i + 1; j < count; j++)
			assert_order(list[i], list[j], -1);
	}
}

static void lists_ascend(void **state)
{
	static const char *const specification[] = {
		"122.1",   "123~rc1-1", "123",	   "123-a",
		"123-a.1", "123-1",	"123-1.1", "123^post1",
		"123.a-1", "123.1-1",	"123a-1",  "124-1",
	};
	static const char *const releases[] = {
		"~",	  "~a",	      "",	 "ab",	    "abb",
		"abc",	  "0001",     "002",	 "12",	    "122",
		"122.9",  "123~rc1",  "123",	 "123-a",   "123-a.1",
		"123-a1", "123-a1.1", "123-3",	 "123-3.1", "123^patch1",
		"123^1",  "123.a-1",  "123.1-1", "123a-1",  "124",
	};
	static const char *const kernels[] = {
		"5.4.0-216-generic",
		"5.11.0-0.rc5.20210128git76c057c84d28.137.fc34.x86_64",
		"5.11.0-0.rc6.140.fc34.x86_64",
		"5.11.0-155.fc34.x86_64",
		"5.14.0-9.el9.x86_64",
		"5.14.0-503.el9.x86_64",
		"5.14.0-503.11.1.el9_5.x86_64",
		"6.1.0-9-amd64",
		"6.1.0-10-amd64",
		"6.1.0-41-amd64",
		"6.1.0-41-cloud-amd64",
		"6.12.0-rc1",
		"6.12.9-arch1-1",
		"6.12.73+deb13-amd64",
		"6.12.74+deb13-amd64",
		"7.0.0~rc1",
		"7.0.0",
	};

	(void)state;
	assert_ascending(specification, test_count(specification));
	assert_ascending(releases, test_count(releases));
	assert_ascending(kernels, test_count(kernels));
}

/* What rpm's users know, and systemd's tests of its implementation have. */
static void packages_compare(void **state)
{
	static const struct {
		const char *a, *b;
		int want;
	} cases[] = {
		{ "2.0", "2.0.1", -1 },
		{ "2.0.1", "2.0.1a", -1 },
		{ "5.5p1", "5.5p2", -1 },
		{ "5.5p1", "5.5p10", -1 },
		{ "5.5p2", "5.6p1", -1 },
		{ "10xyz", "10.1xyz", 1 },
		{ "xyz10", "xyz10.1", -1 },
		{ "xyz.4", "8", -1 },
		{ "xyz.4", "2", -1 },
		{ "6.0.rc1", "6.0", 1 },
		{ "10b2", "10a1", 1 },
		{ "1.0a", "1.0aa", -1 },
		{ "10.0001", "10.1", 0 },
		{ "10.0001", "10.0039", -1 },
		{ "4.999.9", "5.0", -1 },
		{ "20101121", "20101122", -1 },
		{ "2.0", "2_0", -1 },
		{ "a+", "a_", 0 },
		{ "+a", "_a", 0 },
		{ "+_", "_+", 0 },
		{ "+", "", 0 },
		{ "1.0~rc1", "1.0", -1 },
		{ "1.0~rc1", "1.0~rc2", -1 },
		{ "1.0~rc1~git123", "1.0~rc1", -1 },
		{ "1.0^", "1.0", 1 },
		{ "1.0^git1", "1.0^git2", -1 },
		{ "1.0^git1", "1.01", -1 },
		{ "1.0^20160101", "1.0.1", -1 },
		{ "1.0^20160102", "1.0^20160101^git1", 1 },
		{ "1.0~rc1^git1", "1.0~rc1", 1 },
		{ "1.0^git1", "1.0^git1~pre", 1 },
		{ "1b.fc17", "1.fc17", 1 },
		{ "1.1.α", "1.1.ββ", 0 },
		{ "0001", "1", 0 },
		{ "123.45-67.88", "123.45-67.89", -1 },
		{ "123.045-67.89", "123.45-67.89", 0 },
		{ "123aa2-67.89", "123aa1-67.89", 1 },
		{ "123.aa2-67.89", "123aa2-67.89", -1 },
		{ "123.aab-67.89", "123.ab-67.89", -1 },
		{ "123.Ab", "123.aB", -1 },
		{ "a\xff", "a\x01", 0 },
		/* longer than any integer */
		{ "18446744073709551616", "18446744073709551615", 1 },
		{ "00000000000000000000000000000000000000000001", "2", -1 },
		{ "99999999999999999999999999999999999999999998",
		  "99999999999999999999999999999999999999999999", -1 },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++)
		assert_order(cases[i].a, cases[i].b, cases[i].want);
}

/* Where the specification is not an order, or says nothing: as systemd. */
static void corners_are_those_of_systemd(void **state)
{
	static const struct {
		const char *a, *b;
		int want;
	} cases[] = {
		{ "0", "a", 1 },     { "0a", "a", 1 },	  { "~", "~~", -1 },
		{ "~_", "~", 1 },    { "~_a", "~a", -1 }, { "-", "--", -1 },
		{ "-0", "--", 1 },   { "-~", "-0", -1 },  { "^.", ".^", -1 },
		{ "~-1", "~1", -1 }, { ".a", ".0", -1 },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++)
		assert_order(cases[i].a, cases[i].b, cases[i].want);
}

static void nul_separates(void **state)
{
	(void)state;
	assert_int_equal(version_compare(span_of("1\0", 2), span_of("1", 1)),
			 0);
	assert_int_equal(
		version_compare(span_of("1\0002", 3), span_of("12", 2)), -1);
	assert_int_equal(version_compare(span_of(NULL, 0), span_of(NULL, 0)),
			 0);
	assert_int_equal(version_compare(span_of(NULL, 0), span_of("1", 1)),
			 -1);
}

#define LETTERS "01a~-._"
#define LONGEST 4
#define WORDS	(1 + 7 + 49 + 343 + 2401)

static char words[WORDS][LONGEST + 1];

static size_t make_words(void)
{
	static const char letters[] = LETTERS;
	size_t count = 1;

	for (size_t from = 0; count < WORDS; from++)
		for (size_t i = 0; i < sizeof(letters) - 1; i++) {
			size_t len = strlen(words[from]);

			memcpy(words[count], words[from], len);
			words[count++][len] = letters[i];
		}
	return count;
}

static int compare_words(const void *a, const void *b)
{
	return version_compare(span_of_text(a), span_of_text(b));
}

/* All words of at most four of these bytes: sorted, each is where every other
 * one says it is, so that no three of them go round in a circle. */
static void all_short_versions_are_in_one_order(void **state)
{
	static unsigned rank[WORDS];
	size_t count = make_words();

	(void)state;
	assert_int_equal(count, WORDS);
	qsort(words, count, sizeof(words[0]), compare_words);
	for (size_t i = 1; i < count; i++)
		rank[i] = rank[i - 1] +
			  (compare_words(words[i - 1], words[i]) != 0);
	assert_true(rank[count - 1] > 1000);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++) {
			int want = (rank[i] > rank[j]) - (rank[i] < rank[j]);

			if (compare_words(words[i], words[j]) != want)
				assert_order(words[i], words[j], want);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_of_the_specification),
		cmocka_unit_test(lists_ascend),
		cmocka_unit_test(packages_compare),
		cmocka_unit_test(corners_are_those_of_systemd),
		cmocka_unit_test(nul_separates),
		cmocka_unit_test(all_short_versions_are_in_one_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
