/*
 * Screens: what is drawn is what a VT100 shows, however the bytes are cut and
 * whatever was there before, with few of them; and the plain lines of a dumb
 * terminal.
 */
#include "test.h"
#include "ui/screen.h"
#include "vt100.h"

#include <stdio.h>

#define CHUNK_MAX 4096

struct bench {
	struct screen screen;
	struct vt vt;
	size_t sent;	  /* bytes of the last flush */
	char plain[8192]; /* all of them, for dumb terminals */
};

static int set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	if (!b)
		return -1;
	screen_init(&b->screen, SCREEN_VT);
	vt_init(&b->vt, 24, 80);
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

/* Flushes with a buffer of that size until nothing is left. */
static void flush_by(struct bench *b, size_t chunk)
{
	char buf[CHUNK_MAX];
	bool done = false;

	b->sent = 0;
	for (unsigned rounds = 0; !done; rounds++) {
		struct text out = text_over(buf, chunk);

		assert_true(rounds < 20000);
		done = screen_flush(&b->screen, &out);
		assert_false(out.cut);
		assert_true(done || out.len);
		b->sent += out.len;
		if (b->screen.kind == SCREEN_VT)
			vt_feed(&b->vt, span_of(buf, out.len));
		else
			strncat(b->plain, buf,
				sizeof(b->plain) - strlen(b->plain) - 1);
	}
	assert_string_equal(b->vt.problem, "");
}

static void flush(struct bench *b)
{
	flush_by(b, CHUNK_MAX);
}

static void assert_picture(const struct vt *vt, const char *want)
{
	static char got[VT_ROWS_MAX * VT_COLS_MAX * 8];
	struct text t = text_over(got, sizeof(got));
	size_t len;

	vt_print(vt, &t);
	/* rows below the last one that is used do not count */
	len = strlen(want);
	assert_memory_equal(got, want, len);
	assert_int_equal(strspn(got + len, "\n") + len, strlen(got));
}

static void puts_at(struct bench *b, unsigned row, unsigned col,
		    const char *text)
{
	screen_put(&b->screen, row, col, SCREEN_COLS_MAX, ATTR_NONE, text);
}

static void shows_what_is_drawn(void **state)
{
	struct bench *b = *state;

	puts_at(b, 0, 0, "top left");
	puts_at(b, 2, 70, "at the edge");
	screen_put(&b->screen, 3, 1, 20, ATTR_REVERSE, "marked");
	screen_put(&b->screen, 3, 7, 20, ATTR_BOLD, "bold");
	puts_at(b, 23, 0, "bottom");
	flush(b);
	assert_picture(
		&b->vt,
		"top left\n\n"
		"                                                        "
		"              at the e\u2026\n"
		" markedbold\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
		"bottom\n"
		"~ row 3: reverse 1-6\n"
		"~ row 3: bold 7-10\n");
	assert_true(b->vt.cursor_hidden);
	assert_true(b->vt.paste_marked);
}

static void text_is_made_harmless(void **state)
{
	struct bench *b = *state;

	puts_at(b, 0, 0, "a\033[2Jb\r\nc\tde\177f\x9b");
	puts_at(b, 1, 0, "bidi \u202e\u2066 zero\u200bwidth \xff\xc3");
	puts_at(b, 2, 0, "cafe\u0301 \u4e2d\u6587 \u00e9");
	flush(b);
	assert_picture(&b->vt, "a?[2Jb??c?de?f?\n"
			       "bidi ?? zero?width ??\n"
			       "cafe \u4e2d\u6587 \u00e9\n");
}

static void ascii_screens_stay_ascii(void **state)
{
	struct bench *b = *state;

	b->screen.ascii = true;
	puts_at(b, 0, 0, "cafe\u0301 \u4e2d\u6587 \u00e9");
	screen_put(&b->screen, 1, 0, 8, ATTR_NONE, "long \u4e2d text");
	flush(b);
	assert_picture(&b->vt, "cafe ???? ?\nlong ...\n");
}

static void text_is_cut_to_its_width(void **state)
{
	static const struct {
		const char *text;
		unsigned width;
		const char *shown;
	} cuts[] = {
		{ "abcdef", 6, "abcdef" },
		{ "abcdef", 5, "abcd\u2026" },
		{ "abcdef", 1, "\u2026" },
		{ "abcdef", 0, "" },
		{ "\u4e2d\u6587", 4, "\u4e2d\u6587" },
		{ "\u4e2d\u6587", 3, "\u4e2d\u2026" },
		{ "\u4e2d\u6587", 2, "\u2026" },
		{ "a\u4e2d\u6587", 4, "a\u4e2d\u2026" },
		{ "ab\u0301\u0301\u0301", 2, "ab" },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < test_count(cuts); i++) {
		unsigned used;
		char want[64];

		screen_clear(&b->screen);
		used = screen_put(&b->screen, 0, 0, cuts[i].width, ATTR_NONE,
				  cuts[i].text);
		assert_int_equal(used, text_columns(cuts[i].shown));
		flush(b);
		snprintf(want, sizeof(want), "%s\n", cuts[i].shown);
		assert_picture(&b->vt, want);
	}
}

static void nothing_is_drawn_off_the_page(void **state)
{
	struct bench *b = *state;

	assert_int_equal(screen_put(&b->screen, 24, 0, 9, ATTR_NONE, "x"), 0);
	assert_int_equal(screen_put(&b->screen, 0, 79, 9, ATTR_NONE, "x"), 0);
	assert_int_equal(screen_put(&b->screen, UINT32_MAX, UINT32_MAX,
				    UINT32_MAX, ATTR_NONE, "x"),
			 0);
	assert_int_equal(
		screen_put(&b->screen, 23, 78, UINT32_MAX, ATTR_NONE, "xy"), 1);
	flush(b);
	screen_set_row(&b->screen, 24, ROW_TICK);
	assert_picture(&b->vt, "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
			       "                                              "
			       "                                \u2026\n");
}

static void sends_differences_only(void **state)
{
	struct bench *b = *state;

	puts_at(b, 5, 0, "Entry 1 boots in 10 s; any key stops.");
	flush(b);
	screen_clear(&b->screen);
	puts_at(b, 5, 0, "Entry 1 boots in 10 s; any key stops.");
	flush(b);
	assert_int_equal(b->sent, 0);
	screen_clear(&b->screen);
	puts_at(b, 5, 0, "Entry 1 boots in  9 s; any key stops.");
	flush(b);
	assert_int_equal(b->sent, strlen("\033[6;18H 9"));
	screen_clear(&b->screen);
	puts_at(b, 5, 0, "Entry 1");
	flush(b);
	assert_int_equal(b->sent, strlen("\033[6;9H\033[K"));
	assert_picture(&b->vt, "\n\n\n\n\nEntry 1\n");
}

/* Draws the same random page on a screen. */
static void draw_random(struct screen *s, uint64_t seed)
{
	static const char *const words[] = {
		"Debian", "\u4e2d\u6587", " ", "Linux 6.1.0-28-amd64",
		"\u00e9", "         ",	  "x", "\u2026",
		"\u4e2d",
	};
	unsigned count = (unsigned)(test_random(&seed) % 60);

	screen_clear(s);
	while (count--) {
		uint64_t r = test_random(&seed);

		screen_put(s, (unsigned)(r % s->rows),
			   (unsigned)(r >> 8 & 0xff) % s->cols,
			   (unsigned)(r >> 16 & 0x3f),
			   (enum screen_attr)(r >> 24 & 3),
			   words[(r >> 32) % test_count(words)]);
	}
}

/* The picture a fresh terminal gets of the same drawing. */
static void assert_like_fresh(const struct bench *b, uint64_t seed)
{
	static char got[65536], want[65536];
	struct text got_text = text_over(got, sizeof(got));
	struct text want_text = text_over(want, sizeof(want));
	struct bench *fresh;
	void *slot;

	assert_int_equal(set_up(&slot), 0);
	fresh = slot;
	vt_init(&fresh->vt, b->screen.rows, b->screen.cols);
	screen_resize(&fresh->screen, b->screen.rows, b->screen.cols);
	draw_random(&fresh->screen, seed);
	flush(fresh);
	vt_print(&b->vt, &got_text);
	vt_print(&fresh->vt, &want_text);
	assert_false(got_text.cut || want_text.cut);
	assert_string_equal(got, want);
	free(fresh);
}

static void any_page_follows_any_other(void **state)
{
	struct bench *b = *state;

	for (uint64_t seed = 1; seed < 400; seed++) {
		draw_random(&b->screen, seed);
		flush_by(b, SCREEN_CHUNK_MIN + seed * 7 % 300);
		assert_like_fresh(b, seed);
	}
}

/* The drawing changes while an older one is still being sent. */
static void a_slow_line_ends_with_the_newest(void **state)
{
	struct bench *b = *state;

	for (uint64_t seed = 1; seed < 300; seed++) {
		char buf[SCREEN_CHUNK_MIN];
		struct text out = text_over(buf, sizeof(buf));

		draw_random(&b->screen, seed);
		screen_flush(&b->screen, &out);
		vt_feed(&b->vt, span_of(buf, out.len));
		if (seed % 10)
			continue;
		flush_by(b, SCREEN_CHUNK_MIN);
		assert_like_fresh(b, seed);
	}
}

/* Somebody else wrote to the line: what is sent next still lands in place. */
static void noise_does_not_move_later_text(void **state)
{
	struct bench *b = *state;

	flush(b);
	vt_feed(&b->vt, span_of_text("\033[9;30H\033[K"));
	puts_at(b, 1, 3, "in place");
	flush(b);
	assert_picture(&b->vt, "\n   in place\n");
	vt_feed(&b->vt, span_of_text("noise"));
	screen_invalidate(&b->screen);
	flush(b);
	assert_picture(&b->vt, "\n   in place\n");
}

static void sizes_are_taken_over(void **state)
{
	struct bench *b = *state;

	puts_at(b, 0, 0, "gone");
	flush(b);
	assert_false(screen_resize(&b->screen, SCREEN_ROWS_MIN - 1, 80));
	assert_false(screen_resize(&b->screen, 24, SCREEN_COLS_MIN - 1));
	assert_false(screen_resize(&b->screen, 0, 0));
	assert_int_equal(b->screen.rows, 24);
	assert_true(screen_resize(&b->screen, 24, 80));
	flush(b);
	assert_int_equal(b->sent, 0);
	assert_true(screen_resize(&b->screen, 9999, 9999));
	assert_int_equal(b->screen.rows, SCREEN_ROWS_MAX);
	assert_int_equal(b->screen.cols, SCREEN_COLS_MAX);
	vt_init(&b->vt, SCREEN_ROWS_MAX, SCREEN_COLS_MAX);
	for (unsigned row = 0; row < SCREEN_ROWS_MAX; row++)
		for (unsigned col = 0; col < SCREEN_COLS_MAX; col += 10)
			puts_at(b, row, col, "0123456789");
	flush_by(b, 100);
	assert_string_equal(b->vt.cell[99][248].text, "\u2026");
	assert_string_equal(b->vt.cell[99][249].text, " ");
}

static void asks_and_leaves(void **state)
{
	struct bench *b = *state;
	char buf[128];
	struct text out = text_over(buf, sizeof(buf));

	puts_at(b, 0, 0, "menu");
	flush(b);
	screen_ask_size(&b->screen, &out);
	vt_feed(&b->vt, span_of(buf, out.len));
	assert_int_equal(b->vt.asked_size, 2);
	out = text_over(buf, sizeof(buf));
	screen_leave(&b->screen, &out);
	assert_false(out.cut);
	b->vt.may_scroll = true;
	vt_feed(&b->vt, span_of(buf, out.len));
	assert_false(b->vt.cursor_hidden || b->vt.paste_marked || b->vt.attr);
	assert_int_equal(b->vt.row, 23);
	assert_int_equal(b->vt.col, 0);
	/* and everything comes again */
	flush(b);
	assert_picture(&b->vt, "menu\n");
}

static void kinds_of_terminals(void **state)
{
	(void)state;
	assert_int_equal(screen_kind_of(NULL), SCREEN_DUMB);
	assert_int_equal(screen_kind_of(""), SCREEN_DUMB);
	assert_int_equal(screen_kind_of("dumb"), SCREEN_DUMB);
	assert_int_equal(screen_kind_of("unknown"), SCREEN_DUMB);
	assert_int_equal(screen_kind_of("vt100"), SCREEN_VT);
	assert_int_equal(screen_kind_of("linux"), SCREEN_VT);
	assert_int_equal(screen_kind_of("xterm-256color"), SCREEN_VT);
}

/* --- dumb terminals ------------------------------------------------------ */

static void draw_plain(struct bench *b, const char *list, const char *note,
		       const char *tick, const char *prompt)
{
	screen_clear(&b->screen);
	screen_set_row(&b->screen, 20, ROW_NOTE);
	screen_set_row(&b->screen, 21, ROW_TICK);
	screen_set_row(&b->screen, 23, ROW_PROMPT);
	puts_at(b, 0, 0, "host");
	puts_at(b, 3, 0, list);
	puts_at(b, 20, 0, note);
	puts_at(b, 21, 0, tick);
	puts_at(b, 22, 0, "keys");
	puts_at(b, 23, 0, prompt);
	b->plain[0] = '\0';
}

static void plain_lines(struct bench *b, size_t chunk)
{
	screen_init(&b->screen, SCREEN_DUMB);
	draw_plain(b, "1 Debian", "", "boots in 9 s", "1 >");
	flush_by(b, chunk);
	assert_string_equal(b->plain, "\r\nhost\r\n\r\n1 Debian\r\n\r\n"
				      "boots in 9 s\r\nkeys\r\n1 >");
	/* a tick says nothing, a note and a prompt only themselves */
	draw_plain(b, "1 Debian", "", "boots in 8 s", "1 >");
	flush_by(b, chunk);
	assert_string_equal(b->plain, "");
	draw_plain(b, "1 Debian", "stopped", "", "1 >");
	flush_by(b, chunk);
	assert_string_equal(b->plain, "\r\nstopped\r\n1 >");
	draw_plain(b, "1 Debian", "", "", "2 >");
	flush_by(b, chunk);
	assert_string_equal(b->plain, "\r\n2 >");
	draw_plain(b, "1 Debian", "", "boots in 60 s", "2 >");
	flush_by(b, chunk);
	assert_string_equal(b->plain, "\r\nboots in 60 s\r\n2 >");
	draw_plain(b, "1 Debian", "", "boots in  9 s", "2 >");
	flush_by(b, chunk);
	assert_string_equal(b->plain, "");
	/* but what it counts towards is another thing now */
	draw_plain(b, "1 Debian", "", "halts in  8 s", "2 >");
	flush_by(b, chunk);
	assert_string_equal(b->plain, "\r\nhalts in  8 s\r\n2 >");
	draw_plain(b, "1 Debian", "", "halts", "2 >");
	flush_by(b, chunk);
	assert_string_equal(b->plain, "\r\nhalts\r\n2 >");
	/* a changed list comes as a whole */
	draw_plain(b, "1 Fedora", "new", "boots in 59 s", "2 >");
	flush_by(b, chunk);
	assert_string_equal(b->plain, "\r\nhost\r\n\r\n1 Fedora\r\n\r\nnew\r\n"
				      "boots in 59 s\r\nkeys\r\n2 >");
	screen_invalidate(&b->screen);
	draw_plain(b, "1 Fedora", "", "", "");
	flush_by(b, chunk);
	assert_string_equal(b->plain, "\r\nhost\r\n\r\n1 Fedora\r\n\r\nkeys");
}

static void dumb_terminals_get_plain_lines(void **state)
{
	plain_lines(*state, CHUNK_MAX);
	plain_lines(*state, SCREEN_CHUNK_MIN);
	plain_lines(*state, 20);
}

static void dumb_terminals_get_the_newest(void **state)
{
	struct bench *b = *state;
	char buf[20];
	struct text out = text_over(buf, sizeof(buf));

	screen_init(&b->screen, SCREEN_DUMB);
	draw_plain(b, "1 Debian", "", "", "1 >");
	assert_false(screen_flush(&b->screen, &out));
	draw_plain(b, "1 Fedora", "", "", "2 >");
	flush_by(b, CHUNK_MAX);
	assert_non_null(strstr(b->plain, "1 Fedora\r\n"));
	assert_string_equal(b->plain + strlen(b->plain) - 3, "2 >");
}

static void dumb_terminals_get_no_sequence(void **state)
{
	struct bench *b = *state;
	char buf[64];
	struct text out = text_over(buf, sizeof(buf));

	screen_init(&b->screen, SCREEN_DUMB);
	screen_ask_size(&b->screen, &out);
	screen_leave(&b->screen, &out);
	assert_string_equal(buf, "\r\n");
	draw_plain(b, "\u4e2d\033[A", "", "", "");
	screen_put(&b->screen, 4, 0, 9, ATTR_REVERSE, "x");
	flush_by(b, CHUNK_MAX);
	/* the cursor stands at the start of a line: no empty one */
	assert_string_equal(b->plain, "host\r\n\r\n???[A\r\nx\r\n\r\nkeys");
}

#define SCREEN_TEST(name)                                                      \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCREEN_TEST(shows_what_is_drawn),
		SCREEN_TEST(text_is_made_harmless),
		SCREEN_TEST(ascii_screens_stay_ascii),
		SCREEN_TEST(text_is_cut_to_its_width),
		SCREEN_TEST(nothing_is_drawn_off_the_page),
		SCREEN_TEST(sends_differences_only),
		SCREEN_TEST(any_page_follows_any_other),
		SCREEN_TEST(a_slow_line_ends_with_the_newest),
		SCREEN_TEST(noise_does_not_move_later_text),
		SCREEN_TEST(sizes_are_taken_over),
		SCREEN_TEST(asks_and_leaves),
		SCREEN_TEST(kinds_of_terminals),
		SCREEN_TEST(dumb_terminals_get_plain_lines),
		SCREEN_TEST(dumb_terminals_get_the_newest),
		SCREEN_TEST(dumb_terminals_get_no_sequence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
