/* SBAT: what shim's own tests look at, and what shim guesses. */
#include "test.h"

#include "format/sbat.h"

#include <stdio.h>

#define S "sbat,1,SBAT Version,sbat,1,https://example.org/SBAT.md\n"

/* The views point into copies that are gone: only their numbers count. */
static enum status image(struct span text, struct sbat_view *v,
			 struct error *err)
{
	_drop_copy_ struct span copy = test_copy(text);

	return sbat_parse_image(copy, v, err);
}

static enum status level(struct span text, struct sbat_view *v,
			 struct error *err)
{
	_drop_copy_ struct span copy = test_copy(text);

	return sbat_parse_level(copy, v, err);
}

static void rows_are_read(void **state)
{
	static const char text[] =
		S "systemd-stub,1,The systemd Developers,systemd,257,"
		  "https://systemd.io/\r\n"
		  "\n\r\n"
		  "linux.debian,4294967295,Debian,linux,6.12,https://d/,extra,,"
		  "\nlinux,0,a,b,c,d";
	struct sbat_view v;
	struct error err;

	(void)state;
	assert_ok(&err, sbat_parse_image(span_of_text(text), &v, &err));
	assert_int_equal(v.count, 4);
	assert_span_text(v.rows[0].component, "sbat");
	assert_int_equal(v.rows[0].generation, 1);
	assert_span_text(v.rows[1].component, "systemd-stub");
	assert_span_text(v.rows[2].component, "linux.debian");
	assert_int_equal(v.rows[2].generation, 0xffffffff);
	assert_span_text(v.rows[3].component, "linux");
	assert_int_equal(v.rows[3].generation, 0);
}

static void an_image_ends_at_its_first_nul(void **state)
{
	static const char text[] = S "a,1,v,p,1,u\0b,x,junk\n";
	struct sbat_view v;
	struct error err;

	(void)state;
	assert_ok(&err, image(span_of(text, sizeof(text)), &v, &err));
	assert_int_equal(v.count, 2);
}

static void a_bom_is_passed_over_at_the_start_only(void **state)
{
	struct sbat_view v;
	struct error err;

	(void)state;
	assert_ok(&err,
		  sbat_parse_image(span_of_text("\xef\xbb\xbf" S), &v, &err));
	assert_span_text(v.rows[0].component, "sbat");
	assert_refused(E_SBAT_FIRST, &err,
		       image(span_of_text("\n\xef\xbb\xbf" S), &v, &err));
	assert_refused(E_SBAT_FIRST, &err,
		       image(span_of_text("\xef\xbb" S), &v, &err));
}

static void each_fault_of_an_image_has_its_code(void **state)
{
	static const struct {
		const char *text;
		enum status want;
	} bad[] = {
		{ "", E_SBAT_FIRST },
		{ "\n\n", E_SBAT_FIRST },
		{ "\xef\xbb\xbf", E_SBAT_FIRST },
		{ "a,1,v,p,1,u\n" S, E_SBAT_FIRST },
		{ "SBAT,1,v,p,1,u\n", E_SBAT_FIRST },
		{ "sbat ,1,v,p,1,u\n", E_SBAT_FIRST },
		{ S "component", E_SBAT_COLUMNS },
		{ S "a,1,vendor", E_SBAT_COLUMNS },
		{ S "a,1,v,p,1\n", E_SBAT_COLUMNS },
		{ S " \n", E_SBAT_COLUMNS },
		{ S ",1,v,p,1,u\n", E_SBAT_COLUMN_EMPTY },
		{ S "a,,v,p,1,u\n", E_SBAT_COLUMN_EMPTY },
		{ S "a,1,,p,1,u\n", E_SBAT_COLUMN_EMPTY },
		{ S "a,1,v,,1,u\n", E_SBAT_COLUMN_EMPTY },
		{ S "a,1,v,p,,u\n", E_SBAT_COLUMN_EMPTY },
		{ S "a,1,v,p,1,\n", E_SBAT_COLUMN_EMPTY },
		{ S "a,1,v,p,1,,extra\n", E_SBAT_COLUMN_EMPTY },
		{ S ",,,,,\n", E_SBAT_COLUMN_EMPTY },
		/* shim takes these for 0, 1, 1, 65535 and 1 */
		{ S "a,x,v,p,1,u\n", E_SBAT_GENERATION },
		{ S "a,1x,v,p,1,u\n", E_SBAT_GENERATION },
		{ S "a, 1,v,p,1,u\n", E_SBAT_GENERATION },
		{ S "a,-1,v,p,1,u\n", E_SBAT_GENERATION },
		{ S "a,+1,v,p,1,u\n", E_SBAT_GENERATION },
		{ S "a,0x1,v,p,1,u\n", E_SBAT_GENERATION },
		{ S "a,4294967296,v,p,1,u\n", E_SBAT_GENERATION },
		{ S "a,18446744073709551617,v,p,1,u\n", E_SBAT_GENERATION },
		/* where shim would begin a new row */
		{ S "a,1,v,p,1,u\rb,1,v,p,1,u\n", E_SBAT_CONTROL },
		{ S "a,1,v,p,1,\tu\n", E_SBAT_CONTROL },
		{ S "a,1,v,p,1,\x7f\n", E_SBAT_CONTROL },
		{ S "a,1,v,p,1,\x1b[2J\n", E_SBAT_CONTROL },
	};

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		struct sbat_view v;
		struct error err;

		print_message("%s\n", bad[i].text);
		assert_refused(bad[i].want, &err,
			       image(span_of_text(bad[i].text), &v, &err));
	}
}

static void shim_16_1_level_is_read(void **state)
{
	struct sbat_view v;
	struct error err;

	(void)state;
	assert_ok(&err, level(span_of_text("sbat,1,2025051000\nshim,4\n"
					   "grub,5\ngrub.proxmox,2\n"),
			      &v, &err));
	assert_int_equal(v.count, 4);
	assert_int_equal(v.rows[3].generation, 2);
	/* two columns are enough, an empty datestamp is none */
	assert_ok(&err, level(span_of_text("sbat,1"), &v, &err));
	assert_ok(&err,
		  level(span_of_text("sbat,1,2021030218\nc,2,\n"), &v, &err));
	assert_int_equal(v.count, 2);
	assert_int_equal(v.rows[1].generation, 2);
	/* as a variable may have it */
	assert_ok(&err, level(span_of("sbat,1\n\0\0", 9), &v, &err));
}

static void each_fault_of_a_level_has_its_code(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		enum status want;
	} bad[] = {
		{ "", 0, E_SBAT_FIRST },
		{ "\0", 1, E_SBAT_FIRST },
		{ "shim,4\nsbat,1\n", 14, E_SBAT_FIRST },
		{ "sbat", 4, E_SBAT_COLUMNS },
		{ "sbat,1\nshim\n", 12, E_SBAT_COLUMNS },
		{ "sbat,1\n,4\n", 10, E_SBAT_COLUMN_EMPTY },
		{ "sbat,1\nshim,\n", 13, E_SBAT_COLUMN_EMPTY },
		{ "sbat,1\nshim,four\n", 17, E_SBAT_GENERATION },
		{ "sbat,1\nshim,4294967296\n", 23, E_SBAT_GENERATION },
		/* what follows a NUL would be left out in silence */
		{ "sbat,1\n\0shim,4\n", 15, E_SBAT_NUL },
		{ "sbat,1\n\0\n", 9, E_SBAT_NUL },
	};

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		struct sbat_view v;
		struct error err;

		print_message("%s\n", bad[i].text);
		assert_refused(
			bad[i].want, &err,
			level(span_of(bad[i].text, bad[i].len), &v, &err));
	}
}

static void sizes_have_limits(void **state)
{
	static char text[SBAT_SIZE_MAX + 1];
	struct sbat_view v;
	struct error err;
	size_t at = 0;

	(void)state;
	for (unsigned i = 0; i <= SBAT_ROWS_MAX; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
				       "sbat,%u\n", i);
	assert_refused(E_SBAT_TOO_MANY, &err,
		       level(span_of(text, at), &v, &err));
	assert_ok(&err, level(span_of(text, at - 9), &v, &err));
	assert_int_equal(v.count, SBAT_ROWS_MAX);

	memset(text, '\n', sizeof(text));
	memcpy(text, "sbat,1", 6);
	assert_ok(&err, level(span_of(text, SBAT_SIZE_MAX), &v, &err));
	assert_refused(E_SBAT_SIZE, &err,
		       level(span_of(text, SBAT_SIZE_MAX + 1), &v, &err));
	memset(text, 0, sizeof(text)); /* the rest of a section may be zero */
	memcpy(text, S, strlen(S));
	assert_ok(&err, image(span_of(text, sizeof(text)), &v, &err));
}

static void lower_generations_are_revoked(void **state)
{
	/* components of the image: foo 1, bar 2 */
	static const struct {
		const char *level;
		enum status want;
	} levels[] = {
		{ "sbat,1\n", OK },
		{ "sbat,1\nfoo,1\n", OK },
		{ "sbat,1\nbar,1\n", OK },
		{ "sbat,1\nfoo,2\n", E_SBAT_REVOKED },
		{ "sbat,1\nfoo,1\nbar,3\n", E_SBAT_REVOKED },
		{ "sbat,1\nfoo,1\nbar,2\n", OK },
		{ "sbat,1\nfoo,0\nbar,0\n", OK },
		{ "sbat,1\nfoo,7\nbar,8\n", E_SBAT_REVOKED },
		{ "sbat,1\nother,9\nmore,9\n", OK },
		{ "sbat,1\nfoo,1\nother,9\n", OK },
		{ "sbat,1\nfoo,5\nother,1\n", E_SBAT_REVOKED },
		/* the format itself is a component */
		{ "sbat,2\n", E_SBAT_REVOKED },
		/* names are compared whole and as they are */
		{ "sbat,1\nfo,9\nfooo,9\nFOO,9\nfoo ,9\n", OK },
		/* shim looks at the first of two rows, the strictest counts */
		{ "sbat,1\nfoo,1\nfoo,2\n", E_SBAT_REVOKED },
		/* no 16 bits */
		{ "sbat,1\nfoo,65536\n", E_SBAT_REVOKED },
	};
	struct sbat_view v, l;
	struct error err;

	(void)state;
	assert_ok(&err, sbat_parse_image(span_of_text(S "foo,1,v,p,1,u\n"
							"bar,2,v,p,1,u\n"),
					 &v, &err));
	for (size_t i = 0; i < test_count(levels); i++) {
		print_message("%s\n", levels[i].level);
		assert_ok(&err, sbat_parse_level(span_of_text(levels[i].level),
						 &l, &err));
		if (levels[i].want == OK)
			assert_ok(&err, sbat_check(&v, &l, &err));
		else
			assert_refused(levels[i].want, &err,
				       sbat_check(&v, &l, &err));
	}
}

static void a_component_twice_in_an_image_counts_twice(void **state)
{
	struct sbat_view v, l;
	struct error err;

	(void)state;
	assert_ok(&err, sbat_parse_image(span_of_text(S "foo,9,v,p,1,u\n"
							"foo,1,v,p,1,u\n"),
					 &v, &err));
	assert_ok(&err,
		  sbat_parse_level(span_of_text("sbat,1\nfoo,2\n"), &l, &err));
	assert_refused(E_SBAT_REVOKED, &err, sbat_check(&v, &l, &err));
}

static void an_empty_image_is_not_revoked_by_itself(void **state)
{
	struct sbat_view none = { .count = 0 }, l;

	(void)state;
	assert_status(OK, sbat_parse_level(span_of_text("sbat,9\nfoo,9\n"), &l,
					   NULL));
	assert_status(OK, sbat_check(&none, &l, NULL));
}

static void every_cut_is_read_or_refused(void **state)
{
	static const char text[] = S "foo,1,v,p,1,u\n";

	(void)state;
	for (size_t len = 0; len < strlen(text); len++) {
		struct sbat_view v, before;
		struct error err;
		enum status s;

		memset(&v, 0xa5, sizeof(v));
		before = v;
		s = image(span_of(text, len), &v, &err);
		if (s != OK)
			assert_memory_equal(&v, &before, sizeof(v));
		else
			assert_in_range(v.count, 1, 2);
		assert_int_equal(v.count == 2, len + 1 == strlen(text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_read),
		cmocka_unit_test(an_image_ends_at_its_first_nul),
		cmocka_unit_test(a_bom_is_passed_over_at_the_start_only),
		cmocka_unit_test(each_fault_of_an_image_has_its_code),
		cmocka_unit_test(shim_16_1_level_is_read),
		cmocka_unit_test(each_fault_of_a_level_has_its_code),
		cmocka_unit_test(sizes_have_limits),
		cmocka_unit_test(lower_generations_are_revoked),
		cmocka_unit_test(a_component_twice_in_an_image_counts_twice),
		cmocka_unit_test(an_empty_image_is_not_revoked_by_itself),
		cmocka_unit_test(every_cut_is_read_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
