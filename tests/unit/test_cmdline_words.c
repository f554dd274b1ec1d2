/*
 * Words as the kernel divides them, and a line whose pieces stay right whatever
 * is taken away from it or put into it.
 */
#include "cmdline_words.h"
#include "test.h"

#include <stdio.h>

/* "name=value|name|…" of a line, and what is left for init. */
static void show(const char *text, char *ret, size_t cap)
{
	struct span s = span_of_text(text);
	struct cmdline_word w;
	size_t at = 0, len = 0;

	ret[0] = '\0';
	while (cmdline_next_word(s, &at, &w)) {
		assert_true(w.start < w.end && w.end <= s.len && at == w.end);
		len += (size_t)snprintf(ret + len, cap - len, "%.*s",
					(int)w.name.len,
					(const char *)w.name.ptr);
		if (w.has_value)
			len += (size_t)snprintf(ret + len, cap - len, "=%.*s",
						(int)w.value.len,
						(const char *)w.value.ptr);
		len += (size_t)snprintf(ret + len, cap - len, "|");
	}
	snprintf(ret + len, cap - len, "%s", text + at);
}

static void words_are_the_kernels(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{ "", "" },
		{ "   ", "" },
		{ "a", "a|" },
		{ " a  b\t\nc ", "a|b|c|" },
		{ "a=1 b=2=3", "a=1|b=2=3|" },
		{ "a= b", "a=|b|" },
		{ "a=\"x y\" b", "a=x y|b|" },
		{ "\"a=x y\" b", "a=x y|b|" },
		{ "\"a b\" c", "a b|c|" },
		{ "a=x\" \"y b", "a=x\" \"y|b|" },
		{ "a\"b c\"d e", "a\"b c\"d|e|" },
		{ "a=\"x y", "a=x y|" },
		{ "a=\"", "a=|" },
		{ "a=\"\"", "a=|" },
		{ "\"", "|" },
		{ "\"\"", "|" },
		{ "=x y", "=x|y|" },
		{ "=x=y", "=x=y|" },
		{ "a\xa0"
		  "b",
		  "a|b|" },
		{ "a -- b c=d", "a|-- b c=d" },
		{ "--", "--" },
		{ "\"--\" a", "\"--\" a" },
		{ "--a -- b", "--a|-- b" },
		{ "a=\"-- \" --=x -- b", "a=-- |--=x|-- b" },
	};
	char words[256];

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_copy_ struct span copy =
			test_copy(span_of_text(cases[i].text));
		struct cmdline_word w;
		size_t at = 0;

		while (cmdline_next_word(copy, &at, &w))
			;
		show(cases[i].text, words, sizeof(words));
		assert_string_equal(words, cases[i].words);
	}
}

static void names_know_no_dashes(void **state)
{
	struct cmdline_word w;
	size_t at = 0;

	(void)state;
	assert_true(cmdline_next_word(span_of_text("a-b_c=1"), &at, &w));
	assert_true(cmdline_word_is(&w, "a_b-c"));
	assert_true(cmdline_word_is(&w, "a-b_c"));
	assert_false(cmdline_word_is(&w, "a-b"));
	assert_false(cmdline_word_is(&w, "a-b_cd"));
	assert_false(cmdline_word_is(&w, "A-b_c"));
}

/* --- taking away -------------------------------------------------------------
 */

static bool is_q(const struct cmdline_word *w)
{
	return cmdline_word_is(w, "q");
}

static void make(struct cmdline *line, const char *const *pieces)
{
	char source[] = "0";
	struct error err;

	*line = (struct cmdline){ .len = 0 };
	for (; *pieces; pieces++, source[0]++)
		assert_ok(&err, cmdline_add(line, source, span_of_text(*pieces),
					    &err));
}

/* The pieces as "source:text|"; each within the line, in order, without blanks
 * at its ends, and between them nothing but blanks. */
static void assert_pieces(const struct cmdline *line, const char *text,
			  const char *pieces)
{
	char got[256] = "";
	uint32_t at = 0;

	assert_string_equal(line->text, text);
	assert_int_equal(line->len, strlen(text));
	for (uint32_t i = 0; i < line->piece_count; i++) {
		const struct cmdline_piece *p = &line->pieces[i];

		assert_true(p->len && p->start >= at);
		for (; at < p->start; at++)
			assert_int_equal(line->text[at], ' ');
		at += p->len;
		assert_true(at <= line->len);
		assert_true(line->text[p->start] != ' ' &&
			    line->text[at - 1] != ' ');
		snprintf(got + strlen(got), sizeof(got) - strlen(got),
			 "%s:%.*s|", p->source.text, (int)p->len,
			 line->text + p->start);
	}
	assert_int_equal(at, line->len);
	assert_string_equal(got, pieces);
}

static void words_go_and_pieces_stay(void **state)
{
	static const struct {
		const char *in[4];
		unsigned count;
		const char *text, *pieces;
	} cases[] = {
		{ { "a b", "c" }, 0, "a b c", "0:a b|1:c|" },
		{ { "q" }, 1, "", "" },
		{ { "q q=1 \"q\"" }, 3, "", "" },
		{ { "q a", "b q" }, 2, "a b", "0:a|1:b|" },
		{ { "a q", "b" }, 1, "a b", "0:a|1:b|" },
		{ { "a", "q", "b" }, 1, "a b", "0:a|2:b|" },
		{ { "a", "q" }, 1, "a", "0:a|" },
		{ { "q", "a" }, 1, "a", "1:a|" },
		{ { "a  q  b" }, 1, "a  b", "0:a  b|" },
		{ { "a  q" }, 1, "a", "0:a|" },
		{ { "a=\"q q\" q" }, 1, "a=\"q q\"", "0:a=\"q q\"|" },
		{ { "q=\"x", "y\" b" }, 1, "b", "1:b|" },
		{ { "a q=\"x", "y\"", "z" }, 1, "a z", "0:a|2:z|" },
		{ { "a q -- q" }, 1, "a -- q", "0:a -- q|" },
		{ { "--", "q" }, 0, "-- q", "0:--|1:q|" },
		{ { "qq q-q aq" }, 0, "qq q-q aq", "0:qq q-q aq|" },
	};
	static struct cmdline line;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		make(&line, cases[i].in);
		assert_int_equal(cmdline_count(&line, is_q), cases[i].count);
		assert_int_equal(cmdline_remove(&line, is_q), cases[i].count);
		assert_pieces(&line, cases[i].text, cases[i].pieces);
		assert_int_equal(cmdline_count(&line, is_q), 0);
	}
}

/* --- adding ------------------------------------------------------------------
 */

static void words_come_before_those_of_init(void **state)
{
	static const struct {
		const char *in[4];
		const char *text, *pieces;
	} cases[] = {
		{ { NULL }, "x y", "+:x y|" },
		{ { "a", "b" }, "a b x y", "0:a|1:b|+:x y|" },
		{ { "a -- b" }, "a x y -- b", "0:a|+:x y|0:-- b|" },
		{ { "-- b" }, "x y -- b", "+:x y|0:-- b|" },
		{ { "a", "--", "b" }, "a x y -- b", "0:a|+:x y|1:--|2:b|" },
		{ { "a", "b  -- c", "d" },
		  "a b  x y -- c d",
		  "0:a|1:b|+:x y|1:-- c|2:d|" },
		{ { "a=\" -- \"" }, "a=\" -- \" x y", "0:a=\" -- \"|+:x y|" },
	};
	static struct cmdline line;
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		make(&line, cases[i].in);
		assert_ok(&err, cmdline_insert(&line, "+", span_of_text("x y"),
					       &err));
		assert_pieces(&line, cases[i].text, cases[i].pieces);
	}
}

static void what_does_not_fit_changes_nothing(void **state)
{
	static char text[CMDLINE_MAX];
	static struct cmdline line, before;
	struct error err;

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t room = 2; room <= 5; room++) {
		line = (struct cmdline){ .len = 0 };
		assert_ok(&err,
			  cmdline_add(&line, "0", span_of_text("-- b"), &err));
		assert_ok(&err,
			  cmdline_add(&line, "1",
				      span_of(text, CMDLINE_MAX - 1 - 5 - room),
				      &err));
		before = line;
		if (room >= 4) { /* three and a blank */
			assert_ok(&err,
				  cmdline_insert(&line, "+",
						 span_of_text("xyz"), &err));
			assert_memory_equal(line.text, "xyz -- b aa", 11);
			continue;
		}
		assert_refused(
			E_CMDLINE_TOO_LONG, &err,
			cmdline_insert(&line, "+", span_of_text("xyz"), &err));
		assert_memory_equal(&line, &before, sizeof(line));
	}
	line = (struct cmdline){ .len = 0 };
	for (int i = 0; i < CMDLINE_PIECES - 1; i++)
		assert_ok(&err,
			  cmdline_add(&line, "p",
				      span_of_text(i ? "a" : "a -- b"), &err));
	assert_refused(E_CMDLINE_TOO_LONG, &err,
		       cmdline_insert(&line, "+", span_of_text("x"), &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_the_kernels),
		cmocka_unit_test(names_know_no_dashes),
		cmocka_unit_test(words_go_and_pieces_stay),
		cmocka_unit_test(words_come_before_those_of_init),
		cmocka_unit_test(what_does_not_fit_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
