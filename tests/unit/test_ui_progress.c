/* The line that says how far work is: what it says of every kind of numbers,
 * how it fits a narrow screen, and how often it is due. */
#include "boot/ui/progress.h"

#include "test.h"

#include <stdio.h>

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)

static const char *line_of(const struct ui_progress *p, unsigned width,
			   bool ascii)
{
	static char buf[400];
	struct text out = text_over(buf, sizeof(buf));

	ui_progress_write(p, width, ascii, &out);
	assert_true(text_columns(buf) <= width);
	assert_true(utf8_is_clean(span_of_text(buf)));
	return buf;
}

static const char *end_of(const struct ui_progress *p, unsigned width)
{
	static char buf[400];
	struct text out = text_over(buf, sizeof(buf));

	ui_progress_write_end(p, width, true, &out);
	assert_true(text_columns(buf) <= width);
	return buf;
}

/* Work that began at 0 and has done so much in so much time. */
static struct ui_progress make(uint64_t done, uint64_t total, uint64_t ms)
{
	struct ui_progress p = { .what = "" };

	ui_progress_step(&p, "reading debian.efi", 0, total, 0);
	ui_progress_step(&p, "reading debian.efi", done, total, ms);
	return p;
}

static void test_words(void **state)
{
	static const struct {
		uint64_t done, total, ms;
		const char *want;
	} cases[] = {
		{ 23 * MIB, 62 * MIB, 5000,
		  "Reading debian.efi: 37 %, 23 of 62 MiB, 4.5 MiB/s, 8 s "
		  "left" },
		/* not known, in both ways */
		{ 23 * MIB, 0, 2000, "Reading debian.efi: 23 MiB, 11 MiB/s" },
		{ 62 * MIB + 1, 62 * MIB, 1000,
		  "Reading debian.efi: 62 MiB, 62 MiB/s" },
		/* a disk or the firmware is waited for */
		{ 0, 0, 1900, "Reading debian.efi: 1 s" },
		{ 0, 0, 90000, "Reading debian.efi: 1 min 30 s" },
		/* nothing comes: no time can be told */
		{ 0, 62 * MIB, 30000,
		  "Reading debian.efi: 0 %, 0.0 of 62 MiB, 0.0 KiB/s" },
		{ 62 * MIB, 62 * MIB, 1000,
		  "Reading debian.efi: 100 %, 62 of 62 MiB, 62 MiB/s" },
		{ 62 * MIB - 1, 62 * MIB, 1000,
		  "Reading debian.efi: 99 %, 61 of 62 MiB, 61 MiB/s" },
		/* units */
		{ 100, 1000, 1000,
		  "Reading debian.efi: 10 %, 0.0 of 0.9 KiB, 0.0 KiB/s, 9 s "
		  "left" },
		{ 512 << 10, MIB - 1, 1000,
		  "Reading debian.efi: 50 %, 512 of 1023 KiB, 512 KiB/s" },
		{ MIB / 2, 5 * MIB, 1000,
		  "Reading debian.efi: 10 %, 0.5 of 5.0 MiB, 512 KiB/s, 9 s "
		  "left" },
		/* times */
		{ MIB, 61 * MIB, 1000,
		  "Reading debian.efi: 1 %, 1.0 of 61 MiB, 1.0 MiB/s, 1 min "
		  "00 s left" },
		{ MIB, 3600 * MIB, 1000,
		  "Reading debian.efi: 0 %, 1.0 of 3600 MiB, 1.0 MiB/s, 59 "
		  "min 59 s left" },
		{ MIB, 3661 * MIB, 1000,
		  "Reading debian.efi: 0 %, 1.0 of 3661 MiB, 1.0 MiB/s, 1 h "
		  "01 min left" },
		{ MIB, 100 * 3600 * MIB, 1000,
		  "Reading debian.efi: 0 %, 1.0 of 360000 MiB, 1.0 MiB/s, 99 "
		  "h 59 min left" },
		{ MIB, 100 * 3600 * MIB + MIB, 1000,
		  "Reading debian.efi: 0 %, 1.0 of 360001 MiB, 1.0 MiB/s" },
		/* as large as numbers get */
		{ UINT64_MAX / 2, UINT64_MAX, 1000,
		  "Reading debian.efi: 49 %, 8796093022207 of 17592186044415 "
		  "MiB, 8796093022208 MiB/s" },
		{ UINT64_MAX, UINT64_MAX, 1000,
		  "Reading debian.efi: 100 %, 17592186044415 of "
		  "17592186044415 MiB, 17592186044415 MiB/s" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		struct ui_progress p =
			make(cases[i].done, cases[i].total, cases[i].ms);
		const char *got = line_of(&p, 120, true);

		/* rates of such numbers are rounded as they may be */
		if (cases[i].done < 1ULL << 60)
			assert_string_equal(got, cases[i].want);
		else
			assert_memory_equal(got, cases[i].want, 60);
	}
}

static void test_end(void **state)
{
	struct ui_progress p = make(62 * MIB, 62 * MIB, 3210);

	(void)state;
	assert_string_equal(end_of(&p, 79),
			    "Reading debian.efi: 62 MiB in 3.2 s");
	p = make(62 * MIB, 62 * MIB, 75000);
	assert_string_equal(end_of(&p, 79),
			    "Reading debian.efi: 62 MiB in 1 min 15 s");
	p = make(700, 0, 2 * 3600 * 1000);
	assert_string_equal(end_of(&p, 79),
			    "Reading debian.efi: 0.6 KiB in 2 h 00 min");
	assert_string_equal(end_of(&p, 36),
			    "Reading de...: 0.6 KiB in 2 h 00 min");
	p = make(0, 0, 5120);
	assert_string_equal(end_of(&p, 79), "Reading debian.efi: 5.1 s");
}

/* Numbers go before the name does, and the name is cut before the first of
 * them. */
static void test_narrow(void **state)
{
	struct ui_progress p = make(23 * MIB, 62 * MIB, 5000);

	(void)state;
	assert_string_equal(
		line_of(&p, 56, true),
		"Reading debi...: 37 %, 23 of 62 MiB, 4.5 MiB/s, 8 s left");
	assert_string_equal(line_of(&p, 56, false),
			    "Reading debian\u2026: 37 %, 23 of 62 MiB, 4.5 "
			    "MiB/s, 8 s left");
	assert_string_equal(line_of(&p, 39, true),
			    "Reading debian.efi: 37 %, 23 of 62 MiB");
	assert_string_equal(line_of(&p, 19, true), "Reading de...: 37 %");
	assert_string_equal(line_of(&p, 9, true), "37 %");
	assert_string_equal(line_of(&p, 2, true), "37");
	assert_string_equal(line_of(&p, 0, true), "");
	for (unsigned width = 0; width < 100; width++) {
		line_of(&p, width, true);
		line_of(&p, width, false);
		end_of(&p, width);
	}
}

/* A name of unknown origin. */
static void test_names(void **state)
{
	struct ui_progress p = { .what = "" };
	char name[4097];

	(void)state;
	ui_progress_step(&p, "reading \033[2J\r\nx\xff\u202e", 1, 2, 0);
	assert_string_equal(p.what, "Reading ?[2J??x??");
	ui_progress_step(&p, "reading \u00dcml \u65e5\u672c", 1, 2, 0);
	assert_string_equal(line_of(&p, 79, false),
			    "Reading \u00dcml \u65e5\u672c: 50 %, 0.0 of 0.0 "
			    "KiB, 0.0 KiB/s");
	assert_string_equal(line_of(&p, 79, true),
			    "Reading ?ml ????: 50 %, 0.0 of 0.0 KiB, 0.0 "
			    "KiB/s");
	for (unsigned width = 0; width < 100; width++)
		line_of(&p, width, width % 2);
	/* cut between characters, and still the same name at the next step */
	for (size_t i = 0; i < sizeof(name) - 1; i++)
		name[i] = "a\u65e5"[i % 4];
	name[sizeof(name) - 1] = '\0';
	ui_progress_step(&p, name, 1, 2, 0);
	assert_false(ui_progress_is_other(&p, name, 1));
	assert_true(utf8_is_clean(span_of_text(p.what)));
	assert_true(ui_progress_is_other(&p, "another", 1));
	assert_true(ui_progress_is_other(&p, name, 0));
	ui_progress_end(&p);
	assert_true(ui_progress_is_other(&p, name, 1));
}

/* The rate follows what happens now. */
static void test_rate(void **state)
{
	struct ui_progress p = { .what = "" };
	uint64_t now = 0, done = 0;

	(void)state;
	ui_progress_step(&p, "x", 0, GIB, 0);
	for (; now < 5000; now += 100, done += MIB)
		ui_progress_step(&p, "x", done, GIB, now);
	assert_in_range(p.rate, 9 * MIB, 11 * MIB);
	/* it stands still */
	for (; now < 60000; now += 100)
		ui_progress_step(&p, "x", done, GIB, now);
	assert_true(p.rate < 1024);
	assert_null(strstr(line_of(&p, 79, true), "left"));
	for (; now < 70000; now += 100, done += MIB / 10)
		ui_progress_step(&p, "x", done, GIB, now);
	assert_in_range(p.rate, MIB * 9 / 10, MIB * 11 / 10);
	/* a clock that stands still, or goes back */
	ui_progress_step(&p, "x", done, GIB, now);
	ui_progress_step(&p, "x", done, GIB, 1);
	assert_false(ui_progress_is_due(&p) && ui_progress_is_due(&p));
}

static void test_due(void **state)
{
	struct ui_progress p = { .what = "" };
	unsigned drawn = 0, tenths = 0;

	(void)state;
	assert_false(ui_progress_is_due(&p));
	assert_false(ui_progress_is_tenth(&p));
	/* short work is not told of at all */
	for (uint64_t now = 1000; now < 1000 + UI_PROGRESS_QUIET_MS; now++) {
		ui_progress_step(&p, "x", now - 1000, 400, now);
		assert_false(ui_progress_is_due(&p));
		assert_false(ui_progress_is_tenth(&p));
	}
	/* four times a second and each tenth, whatever the steps are */
	for (uint64_t now = 0; now <= 20000; now++) {
		ui_progress_step(&p, "y", now, 20000, now);
		drawn += ui_progress_is_due(&p);
		tenths += ui_progress_is_tenth(&p);
	}
	assert_in_range(drawn, 76, 80);
	assert_int_equal(tenths, 10);
	/* steps that skip tenths say one line each */
	ui_progress_step(&p, "z", 0, 100, 0);
	ui_progress_step(&p, "z", 55, 100, 1000);
	assert_true(ui_progress_is_tenth(&p));
	assert_false(ui_progress_is_tenth(&p));
	ui_progress_step(&p, "z", 59, 100, 2000);
	assert_false(ui_progress_is_tenth(&p));
	ui_progress_step(&p, "z", 60, 100, 3000);
	assert_true(ui_progress_is_tenth(&p));
	/* and one where no tenth comes */
	ui_progress_step(&p, "z", 61, 100, 3000 + UI_PROGRESS_LINE_MS - 1);
	assert_false(ui_progress_is_tenth(&p));
	ui_progress_step(&p, "z", 61, 100, 3000 + UI_PROGRESS_LINE_MS);
	assert_true(ui_progress_is_tenth(&p));
	assert_false(ui_progress_is_tenth(&p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),  cmocka_unit_test(test_end),
		cmocka_unit_test(test_narrow), cmocka_unit_test(test_names),
		cmocka_unit_test(test_rate),   cmocka_unit_test(test_due),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
