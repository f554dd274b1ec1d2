/* Counters in file names: which are counters, and what attempts make of them.
 */
#include "test.h"

#include "format/boot_count.h"

#include <stdio.h>

static void assert_name(bool ok, const char *got, const char *want,
			const char *of)
{
	if (ok != (want != NULL) || strcmp(got, want ? want : ""))
		fail_msg("'%s' gives '%s', want '%s'", of, ok ? got : "nothing",
			 want ? want : "nothing");
}

static void assert_without(const char *name, const char *want)
{
	_drop_copy_ struct span copy = test_copy(span_of_text(name));
	char out[300] = "untouched";

	assert_name(boot_count_without(copy, out, sizeof(out)), out, want,
		    name);
}

static void assert_attempt(const char *name, const char *want)
{
	_drop_copy_ struct span copy = test_copy(span_of_text(name));
	char out[300] = "";

	assert_name(boot_count_after_attempt(copy, out, sizeof(out)), out, want,
		    name);
}

static void counters_are_read(void **state)
{
	static const struct {
		const char *name;
		struct boot_count want;
		const char *without;
	} cases[] = {
		{ "a+3.conf", { true, 3, 0, 1, 0, 1, 2 }, "a.conf" },
		{ "a+3-1.efi", { true, 3, 1, 1, 1, 1, 4 }, "a.efi" },
		{ "foo+0-3.efi", { true, 0, 3, 1, 1, 3, 4 }, "foo.efi" },
		{ "x+010-0002.CONF", { true, 10, 2, 3, 4, 1, 9 }, "x.CONF" },
		{ "x+3.eFi", { true, 3, 0, 1, 0, 1, 2 }, "x.eFi" },
		{ "6.1+deb13-amd64+3.conf",
		  { true, 3, 0, 1, 0, 15, 2 },
		  "6.1+deb13-amd64.conf" },
		{ "a+1+2.efi", { true, 2, 0, 1, 0, 3, 2 }, "a+1.efi" },
		{ "a+2147483647-2147483647.efi",
		  { true, 2147483647, 2147483647, 10, 10, 1, 22 },
		  "a.efi" },
		{ "a+0000000000000000000000000000000000000003.efi",
		  { true, 3, 0, 40, 0, 1, 41 },
		  "a.efi" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_copy_ struct span copy =
			test_copy(span_of_text(cases[i].name));
		struct boot_count c = boot_count_parse(copy);
		const struct boot_count *w = &cases[i].want;

		assert_true(c.counted);
		assert_int_equal(c.left, w->left);
		assert_int_equal(c.done, w->done);
		assert_int_equal(c.left_digits, w->left_digits);
		assert_int_equal(c.done_digits, w->done_digits);
		assert_int_equal(c.at, w->at);
		assert_int_equal(c.len, w->len);
		assert_without(cases[i].name, cases[i].without);
	}
}

static void everything_else_is_a_name(void **state)
{
	static const char *const names[] = {
		"",
		"+",
		"a",
		"a.conf",
		"a+.conf",
		"a+-1.conf",
		"a+3-.conf",
		"a+3-1",
		"a+3",
		"a+3.",
		"a+3.con",
		"a+3.confx",
		"a+3.efi.conf",
		"a+3-1-2.efi",
		"a+3x.efi",
		"a+x3.efi",
		"a+ 3.efi",
		"a+3 .efi",
		"a++.efi",
		"a+3+.efi",
		"6.12.73+deb13-amd64.conf",
		/* nothing but the suffix would be left */
		"+3.conf",
		"+3-1.efi",
		/* too large */
		"a+2147483648.efi",
		"a+3-2147483648.efi",
		"a+18446744073709551617.efi",
		"a+9999999999999999999999999999999999999999.efi",
		"a+3-9999999999999999999999999999999999999999.efi",
	};

	(void)state;
	for (size_t i = 0; i < test_count(names); i++) {
		_drop_copy_ struct span copy =
			test_copy(span_of_text(names[i]));
		struct boot_count c = boot_count_parse(copy);

		if (c.counted)
			fail_msg("'%s' has no counter", names[i]);
		assert_int_equal(c.len, 0);
		assert_int_equal(c.at, 0);
		assert_without(names[i], names[i]);
		assert_attempt(names[i], NULL);
	}
	assert_false(boot_count_parse(span_of(NULL, 0)).counted);
}

/* The specification, "Boot counting": digits stay as many as they are. */
static void attempts_count(void **state)
{
	static const struct {
		const char *name, *after;
	} cases[] = {
		{ "a+3-0.efi", "a+2-1.efi" },
		{ "a+2-1.efi", "a+1-2.efi" },
		{ "a+1-2.efi", "a+0-3.efi" },
		{ "a+0-3.efi", "a+0-4.efi" },
		{ "a+3.conf", "a+2-1.conf" },
		{ "a+0.conf", "a+0-1.conf" },
		{ "a+10-00.efi", "a+09-01.efi" },
		{ "a+100-09.efi", "a+099-10.efi" },
		{ "a+3-9.efi", "a+2-9.efi" },
		{ "a+3-98.efi", "a+2-99.efi" },
		{ "a+3-99.EFI", "a+2-99.EFI" },
		{ "a+00-000.efi", "a+00-001.efi" },
		{ "a+b+07-1.efi", "a+b+06-2.efi" },
		{ "a+3-999999999.efi", "a+2-999999999.efi" },
		{ "a+3-2147483646.efi", "a+2-2147483647.efi" },
		{ "a+3-2147483647.efi", "a+2-2147483647.efi" },
		{ "a+3-02147483647.efi", "a+2-02147483647.efi" },
		{ "a+0000000000000000000000000000000000000003.efi",
		  "a+0000000000000000000000000000000000000002-1.efi" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++)
		assert_attempt(cases[i].name, cases[i].after);
}

/* From the first attempt to the last, and the length stays. */
static void counter_runs_out(void **state)
{
	char name[32] = "linux+15-00.conf", next[32];
	struct boot_count c;

	(void)state;
	for (unsigned i = 1; i <= 15; i++) {
		assert_true(boot_count_after_attempt(span_of_text(name), next,
						     sizeof(next)));
		c = boot_count_parse(span_of_text(next));
		assert_int_equal(c.left, 15 - i);
		assert_int_equal(c.done, i);
		assert_int_equal(strlen(next), 16);
		memcpy(name, next, sizeof(name));
	}
	assert_string_equal(name, "linux+00-15.conf");
}

static void room_is_exact(void **state)
{
	static const char name[] = "name+3-1.conf";
	char out[sizeof(name)];

	(void)state;
	for (size_t cap = 1; cap <= sizeof(name); cap++) {
		memset(out, 'x', sizeof(out));
		assert_int_equal(
			boot_count_after_attempt(span_of_text(name), out, cap),
			cap == sizeof(name));
		assert_string_equal(out,
				    cap == sizeof(name) ? "name+2-2.conf" : "");
		assert_int_equal(
			boot_count_without(span_of_text(name), out, cap),
			cap >= sizeof("name.conf"));
		assert_string_equal(
			out, cap >= sizeof("name.conf") ? "name.conf" : "");
	}
}

static void nul_in_a_name_is_no_name(void **state)
{
	char out[32];

	(void)state;
	assert_true(boot_count_parse(span_of("a\0b+3.conf", 10)).counted);
	assert_false(boot_count_without(span_of("a\0b+3.conf", 10), out,
					sizeof(out)));
	assert_string_equal(out, "");
	assert_false(boot_count_after_attempt(span_of("a\0b+3.conf", 10), out,
					      sizeof(out)));
	assert_string_equal(out, "");
}

/* A name cut anywhere has no counter. */
static void truncation_at_every_length(void **state)
{
	static const char name[] = "6.1+deb+12-003.conf";

	(void)state;
	for (size_t len = 0; len < sizeof(name); len++) {
		_drop_copy_ struct span cut = test_copy(span_of(name, len));

		assert_int_equal(boot_count_parse(cut).counted,
				 len == sizeof(name) - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_are_read),
		cmocka_unit_test(everything_else_is_a_name),
		cmocka_unit_test(attempts_count),
		cmocka_unit_test(counter_runs_out),
		cmocka_unit_test(room_is_exact),
		cmocka_unit_test(nul_in_a_name_is_no_name),
		cmocka_unit_test(truncation_at_every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
