/*
 * The line editor: every key, as the bytes a terminal sends; undo back through
 * random changes; limits; and that of a secret no copy is left.
 */
#include "test.h"
#include "ui/line.h"

#include <stdio.h>

static struct ui_line line;

/* Every text there was since start_past(). */
#define PAST_MAX 4000
static char past[PAST_MAX][512];
static size_t past_count;
static bool keeps_past;

static void keep_past(void)
{
	assert_true(past_count < PAST_MAX && line.len < sizeof(past[0]));
	memcpy(past[past_count++], line.text, line.len + 1);
}

/* Types bytes as they come from a terminal; the last notice, or "". */
static const char *type(struct span bytes)
{
	static char last[80];
	const char *notice;
	struct keys keys;
	struct key key;

	last[0] = '\0';
	keys_init(&keys);
	for (size_t i = 0; i < bytes.len; i++) {
		keys_feed(&keys, bytes.ptr[i], i);
		while (keys_take(&keys, &key)) {
			notice = last;
			ui_line_key(&line, &key, &notice);
			snprintf(last, sizeof(last), "%s",
				 notice ? notice : "");
			if (keeps_past)
				keep_past();
		}
	}
	return last;
}

/* The text with a bar at the cursor. */
static const char *shown(void)
{
	static char buf[UI_LINE_MAX + 1];

	assert_true(line.at <= line.len && line.len < UI_LINE_MAX);
	assert_int_equal(strlen(line.text), line.len);
	snprintf(buf, sizeof(buf), "%.*s|%s", (int)line.at, line.text,
		 line.text + line.at);
	return buf;
}

#define LEFT	   "\033[D"
#define RIGHT	   "\033[C"
#define WORD_LEFT  "\033[1;5D"
#define WORD_RIGHT "\033[1;5C"
#define HOME	   "\033[H"
#define END	   "\033[F"
#define DELETE	   "\033[3~"
#define PASTE(s)   "\033[200~" s "\033[201~"
/* é, €, 😀 */
#define E2 "\xc3\xa9"
#define E3 "\xe2\x82\xac"
#define E4 "\xf0\x9f\x98\x80"

static const struct {
	const char *from, *typed, *want;
} scripts[] = {
	{ "", "", "|" },
	{ "quiet", "", "quiet|" },
	{ "quiet", " single", "quiet single|" },
	/* moving */
	{ "ab", LEFT, "a|b" },
	{ "ab", LEFT LEFT LEFT, "|ab" },
	{ "ab", RIGHT, "ab|" },
	{ "ab", HOME RIGHT, "a|b" },
	{ "ab", HOME END, "ab|" },
	{ "ab", "\001x\005y\002z", "xabz|y" },
	{ "ab", "\001\006x", "ax|b" },
	{ E2 E3 E4, LEFT, E2 E3 "|" E4 },
	{ E2 E3 E4, LEFT LEFT, E2 "|" E3 E4 },
	{ E2 E3 E4, LEFT LEFT LEFT, "|" E2 E3 E4 },
	{ E2 E3 E4, HOME RIGHT RIGHT, E2 E3 "|" E4 },
	/* words */
	{ "root=/dev/sda1 rw", WORD_LEFT, "root=/dev/sda1 |rw" },
	{ "root=/dev/sda1 rw", WORD_LEFT WORD_LEFT, "root=/dev/|sda1 rw" },
	{ "root=/dev/sda1", HOME WORD_RIGHT, "root|=/dev/sda1" },
	{ "root=/dev/sda1", HOME WORD_RIGHT WORD_RIGHT, "root=/dev|/sda1" },
	{ "a b", "\033[1;3D\033[1;3D\033[1;3D", "|a b" },
	{ "a b", HOME "\033[1;3C\033[1;3C\033[1;3C", "a b|" },
	{ "x " E2 "t" E2, WORD_LEFT, "x |" E2 "t" E2 },
	/* erasing */
	{ "ab", "\b", "a|" },
	{ "ab", "\x7f\x7f\x7f", "|" },
	{ "a" E4, "\b", "a|" },
	{ "ab", HOME "\b", "|ab" },
	{ "ab", HOME DELETE, "|b" },
	{ "ab", HOME "\004\004\004", "|" },
	{ "ab", DELETE "\004", "ab|" },
	{ "x" E3 "y", HOME RIGHT DELETE, "x|y" },
	/* cutting and putting in */
	{ "a bc", "\027", "a |" },
	{ "a bc  ", "\027", "a |" },
	{ "a bc", "\027\027", "|" },
	{ "root=/dev/sda1", "\027", "|" },
	{ "a bc", LEFT "\027", "a |c" },
	{ "a bc", LEFT "\025", "|c" },
	{ "a bc", LEFT "\013", "a b|" },
	{ "a bc", "\027\001\031 ", "bc |a " },
	{ "ab", "\025\031\031", "abab|" },
	{ "ab", "\025" PASTE("c") "\013\031", "cab|" },
	/* undo: a word, a run, a cut, a paste at a time */
	{ "q", " single rw\037", "q single |" },
	{ "q", " single rw\037\037", "q |" },
	{ "q", " single rw\037\037\037", "q|" },
	{ "q", " single rw\032\032\032", "q|" },
	{ "abc", "\b\b\037", "abc|" },
	{ "abc", HOME DELETE DELETE "\037", "|abc" },
	{ "abc", "\b" LEFT "\b\037", "a|b" },
	{ "a bc", LEFT "\025\037", "a b|c" },
	{ "a bc", "\027\031\037", "a |" },
	{ "a bc", "\027\031\037\037", "a bc|" },
	{ "q", PASTE("a b c") "\037", "q|" },
	{ "q", "ab" PASTE("c d") "\037", "qab|" },
	{ "q", "a" LEFT "b\037", "q|a" },
	{ "q", "\bx\037", "|" },
	{ "q", "\bx\037\037", "q|" },
	/* pastes: ends of lines are blanks */
	{ "", PASTE("quiet\r\nsingle\trw\n"), "quiet single rw |" },
	{ "", PASTE("\033[Aa\003b" E2), "ab" E2 "|" },
	/* what is no text */
	{ "a", "\r\t\033[A\033[B\033[5~\033[6~\003\020\014\033[15~", "a|" },
	{ "a", "\xff\xc3\xff\xc2\x85", "a|" },
};

static void every_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < test_count(scripts); i++) {
		assert_true(ui_line_set(&line, scripts[i].from, 100));
		type(span_of_text(scripts[i].typed));
		if (strcmp(shown(), scripts[i].want))
			fail_msg("script %zu: \"%s\", wanted \"%s\"", i,
				 shown(), scripts[i].want);
	}
}

static void keys_of_the_caller_are_not_used(void **state)
{
	static const struct {
		struct key key;
		bool used;
	} keys[] = {
		{ { .code = KEY_NONE }, false },
		{ { .code = KEY_CHAR, .ch = 'a', .utf8 = "a" }, true },
		{ { .code = KEY_TEXT, .utf8 = E2 }, true },
		{ { .code = KEY_PASTE_CHAR, .utf8 = "a" }, true },
		{ { .code = KEY_CTRL, .ch = 'L' }, false },
		{ { .code = KEY_CTRL, .ch = 'C' }, false },
		{ { .code = KEY_CTRL, .ch = 'G' }, false },
		{ { .code = KEY_CTRL, .ch = 'W' }, true },
		{ { .code = KEY_ENTER }, false },
		{ { .code = KEY_ESC }, false },
		{ { .code = KEY_UNESC }, false },
		{ { .code = KEY_TAB }, false },
		{ { .code = KEY_BACKSPACE }, true },
		{ { .code = KEY_DELETE }, true },
		{ { .code = KEY_UP }, false },
		{ { .code = KEY_DOWN }, false },
		{ { .code = KEY_LEFT }, true },
		{ { .code = KEY_RIGHT }, true },
		{ { .code = KEY_WORD_LEFT }, true },
		{ { .code = KEY_WORD_RIGHT }, true },
		{ { .code = KEY_HOME }, true },
		{ { .code = KEY_END }, true },
		{ { .code = KEY_PAGE_UP }, false },
		{ { .code = KEY_PAGE_DOWN }, false },
		{ { .code = KEY_OTHER }, false },
		{ { .code = KEY_SIZE, .rows = 24, .cols = 80 }, false },
	};

	(void)state;
	assert_true(ui_line_set(&line, "ab", 100));
	for (size_t i = 0; i < test_count(keys); i++) {
		const char *notice = "";

		assert_int_equal(ui_line_key(&line, &keys[i].key, &notice),
				 keys[i].used);
		assert_null(notice);
	}
}

static void the_limit_holds(void **state)
{
	const char *full = "No room: the line has 5 of 5 bytes.";

	(void)state;
	assert_true(ui_line_set(&line, "abc", 5));
	assert_string_equal(type(span_of_text("de")), "");
	assert_string_equal(type(span_of_text("f")), full);
	assert_string_equal(shown(), "abcde|");
	assert_string_equal(type(span_of_text("\b")), "");
	assert_string_equal(type(span_of_text(E2)),
			    "No room: the line has 4 of 5 bytes.");
	/* a yank fits whole or not at all */
	type(span_of_text("\025\031"));
	assert_string_equal(type(span_of_text("\031")),
			    "No room: the line has 4 of 5 bytes.");
	assert_string_equal(shown(), "abcd|");
	/* nor does a paste leave a hole */
	type(span_of_text(PASTE(E2 "x")));
	assert_string_equal(shown(), "abcd|");
	type(span_of_text("x"));
	assert_string_equal(shown(), "abcdx|");
}

static void a_longer_text_only_shrinks(void **state)
{
	(void)state;
	assert_true(ui_line_set(&line, "abcdefg", 5));
	assert_string_equal(type(span_of_text("h")),
			    "No room: the line has 7 of 5 bytes.");
	type(span_of_text("\b\b"));
	assert_string_equal(type(span_of_text("h")),
			    "No room: the line has 5 of 5 bytes.");
	type(span_of_text("\bh"));
	assert_string_equal(shown(), "abcdh|");
	type(span_of_text("\037\037\037"));
	assert_string_equal(shown(), "abcdefg|");
}

static void no_line_is_cut(void **state)
{
	static char text[UI_LINE_MAX + 1];

	(void)state;
	memset(text, 'x', UI_LINE_MAX - 1);
	assert_true(ui_line_set(&line, text, 10));
	assert_int_equal(line.len, UI_LINE_MAX - 1);
	assert_true(ui_line_set(&line, text, SIZE_MAX));
	assert_int_equal(line.limit, UI_LINE_MAX - 1);
	assert_string_equal(type(span_of_text("y")),
			    "No room: the line has 8191 of 8191 bytes.");
	text[UI_LINE_MAX - 1] = 'x';
	assert_false(ui_line_set(&line, text, SIZE_MAX));
	assert_string_equal(shown(), "|");
	assert_true(ui_line_set(&line, NULL, 3));
	assert_string_equal(shown(), "|");
	assert_string_equal(type(span_of_text("\037")),
			    "There is nothing to undo.");
	assert_string_equal(type(span_of_text("\031")),
			    "Nothing has been cut.");
}

/* Each byte of what is no UTF-8 is a step, both ways, and stays as it is. */
static void bad_bytes_are_steps(void **state)
{
	static const char text[] = "\xff" E2 "\xe2\x82"
				   "a\x80\xc3" E3;
	static const size_t stops[] = { 0, 1, 3, 4, 5, 6, 7, 8, 11 };

	(void)state;
	assert_true(ui_line_set(&line, text, 100));
	for (size_t i = test_count(stops); i-- > 0;) {
		assert_int_equal(line.at, stops[i]);
		type(span_of_text(LEFT));
	}
	for (size_t i = 0; i < test_count(stops); i++) {
		assert_int_equal(line.at, stops[i]);
		type(span_of_text(RIGHT));
	}
	assert_string_equal(line.text, text);
	/* what becomes a character is not entered */
	assert_true(ui_line_set(&line, "\xe2x\x82\xac", 100));
	type(span_of_text(HOME RIGHT DELETE));
	assert_string_equal(shown(), "|" E3);
}

static bool holds(const void *where, size_t size, const char *what, size_t len)
{
	return memmem(where, size, what, len) != NULL;
}

static void a_secret_leaves_no_copy(void **state)
{
	static const char *const after[] = { "",	 "\027",     "\025",
					     "\001\013", "\b\b\b",   "\037",
					     "\031",	 HOME DELETE };
	static const struct ui_line zero;

	(void)state;
	for (size_t i = 0; i < test_count(after); i++) {
		assert_true(ui_line_set(&line, "", 100));
		line.secret = true;
		type(span_of_text("correct horse" LEFT LEFT "battery"));
		assert_string_equal(shown(), "correct horbattery|se");
		type(span_of_text(after[i]));
		for (size_t at = 0; at + 4 <= strlen("correct"); at++)
			assert_false(holds(line.text + line.len,
					   sizeof(line) - line.len,
					   &"correct"[at], 4));
		assert_false(holds(line.text + line.len,
				   sizeof(line) - line.len, "batt", 4));
		ui_line_wipe(&line);
		assert_memory_equal(&line, &zero, sizeof(zero));
	}
	/* and a line that was not secret leaves none to the next */
	assert_true(ui_line_set(&line, "correct", 100));
	type(span_of_text("\025horse"));
	assert_true(ui_line_set(&line, "", 100));
	assert_false(holds(&line, sizeof(line), "corr", 4));
	assert_false(holds(&line, sizeof(line), "hors", 4));
}

/* --- random changes ------------------------------------------------------ */

static void type_random(uint64_t *seed)
{
	static const char *const keys[] = {
		"a",	  " ",		E2,	    E4,	    "bc d",	"\b",
		"\b\b\b", DELETE,	"\004\004", "\027", "\013",	"\025",
		"\031",	  "\031",	LEFT,	    RIGHT,  WORD_LEFT,	HOME,
		END,	  PASTE("x y"), PASTE(E3),  "=",    WORD_RIGHT, "zz",
	};
	uint64_t random = test_random(seed);

	type(span_of_text(keys[random % test_count(keys)]));
}

/* Every undo gives a text that there was, from the newest to the oldest. */
static void undo_all(void)
{
	size_t at = past_count;

	while (!*type(span_of_text("\037"))) {
		while (at && strcmp(past[at - 1], line.text))
			at--;
		assert_true(at > 0);
		shown();
	}
	assert_string_equal(line.text, past[0]);
}

static void random_changes_are_undone(void **state)
{
	static const char *text = "root=/dev/sda1 \xff\xe2 ro";
	uint64_t seed = 42;

	(void)state;
	for (unsigned round = 0; round < 40; round++) {
		size_t limit = 20 + test_random(&seed) % 200;

		assert_true(ui_line_set(&line, text, limit));
		past_count = 0;
		keeps_past = true;
		keep_past();
		for (size_t i = 0; i < 300; i++) {
			type_random(&seed);
			shown();
			assert_true(line.len <= limit ||
				    line.len <= strlen(text));
		}
		keeps_past = false;
		undo_all();
	}
}

/* More than fits is changed again and again: the oldest changes are forgotten,
 * the newest are not. */
static void the_memory_is_bounded(void **state)
{
	static char text[UI_LINE_MAX];
	size_t undone = 0;

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(text); i++)
		text[i] = (char)('a' + i % 26);
	memcpy(text + UI_LINE_MAX - 3, "yz", 2);
	assert_true(ui_line_set(&line, text, SIZE_MAX));
	for (unsigned i = 0; i < 10; i++) {
		type(span_of_text("\025"));
		assert_int_equal(line.len, 0);
		type(span_of_text("\031\b\b"));
		assert_int_equal(line.len, UI_LINE_MAX - 3);
		type(span_of_text("yz"));
		assert_true(line.undo_len <= UI_LINE_UNDO_MAX);
	}
	/* the last cut can be undone and what followed the one before */
	while (!*type(span_of_text("\037")))
		if (++undone == 4)
			assert_string_equal(line.text, text);
	assert_int_equal(undone, 7);
	assert_int_equal(line.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key),
		cmocka_unit_test(keys_of_the_caller_are_not_used),
		cmocka_unit_test(the_limit_holds),
		cmocka_unit_test(a_longer_text_only_shrinks),
		cmocka_unit_test(no_line_is_cut),
		cmocka_unit_test(bad_bytes_are_steps),
		cmocka_unit_test(a_secret_leaves_no_copy),
		cmocka_unit_test(random_changes_are_undone),
		cmocka_unit_test(the_memory_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
