#include "cmdline.h"
#include "test.h"

static struct cmdline line;

static int begin(void **state)
{
	(void)state;
	line = (struct cmdline){ .len = 0 };
	return 0;
}

static void pieces_are_joined_and_remembered(void **state)
{
	struct error err;

	(void)state;
	assert_ok(&err, cmdline_add(&line, "one", span_of_text("a  b"), &err));
	assert_ok(&err, cmdline_add(&line, "none", span_of_text(" \n"), &err));
	assert_ok(&err, cmdline_add(&line, "two", span_of_text("c"), &err));
	assert_string_equal(line.text, "a  b c");
	assert_int_equal(line.len, 6);
	assert_int_equal(line.piece_count, 2);
	assert_string_equal(line.pieces[1].source.text, "two");
	assert_int_equal(line.pieces[1].start, 5);
	assert_int_equal(line.pieces[1].len, 1);
}

/* systemd-stub's mangling: ends are trimmed, inner control characters become
 * blanks. */
static void bytes_are_mangled_as_the_stub_does(void **state)
{
	struct error err;

	(void)state;
	assert_ok(&err,
		  cmdline_add(&line, "x",
			      span_of_text("\t\x01 a\tb\nc\x7f \r\n"), &err));
	assert_string_equal(line.text, "a b c");
}

static void padding_is_no_text(void **state)
{
	struct error err;

	(void)state;
	assert_ok(&err,
		  cmdline_add(&line, "x", span_of("a b\n\0\0\0", 7), &err));
	assert_string_equal(line.text, "a b");
	assert_ok(&err, cmdline_add(&line, "x", span_of("\0\0", 2), &err));
	assert_string_equal(line.text, "a b");
}

static void a_nul_inside_is_refused(void **state)
{
	struct error err;

	(void)state;
	assert_refused(E_CMDLINE_NUL, &err,
		       cmdline_add(&line, "x", span_of("a\0b", 3), &err));
	assert_int_equal(line.len, 0);
}

static void the_limit_is_exact(void **state)
{
	static char text[CMDLINE_MAX + 1];
	struct error err;

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t len = CMDLINE_MAX - 2; len <= CMDLINE_MAX; len++) {
		memset(&line, 0, sizeof(line));
		if (len < CMDLINE_MAX)
			assert_ok(&err, cmdline_add(&line, "x",
						    span_of(text, len), &err));
		else
			assert_refused(E_CMDLINE_TOO_LONG, &err,
				       cmdline_add(&line, "x",
						   span_of(text, len), &err));
	}
	memset(&line, 0, sizeof(line));
	assert_ok(&err, cmdline_add(&line, "x", span_of(text, CMDLINE_MAX - 3),
				    &err));
	assert_refused(E_CMDLINE_TOO_LONG, &err,
		       cmdline_add(&line, "y", span_of(text, 2), &err));
	assert_ok(&err, cmdline_add(&line, "y", span_of(text, 1), &err));
	assert_int_equal(line.len, CMDLINE_MAX - 1);
	/* not even the blank fits */
	assert_refused(E_CMDLINE_TOO_LONG, &err,
		       cmdline_add(&line, "z", span_of(text, 1), &err));
	assert_int_equal(line.len, CMDLINE_MAX - 1);
}

static void too_many_pieces_are_refused(void **state)
{
	struct error err;

	(void)state;
	for (int i = 0; i < CMDLINE_PIECES; i++)
		assert_ok(&err,
			  cmdline_add(&line, "x", span_of_text("a"), &err));
	assert_refused(E_CMDLINE_TOO_LONG, &err,
		       cmdline_add(&line, "x", span_of_text("a"), &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(pieces_are_joined_and_remembered, begin),
		cmocka_unit_test_setup(bytes_are_mangled_as_the_stub_does,
				       begin),
		cmocka_unit_test_setup(padding_is_no_text, begin),
		cmocka_unit_test_setup(a_nul_inside_is_refused, begin),
		cmocka_unit_test_setup(the_limit_is_exact, begin),
		cmocka_unit_test_setup(too_many_pieces_are_refused, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
