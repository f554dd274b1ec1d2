/* The menu on many consoles that work: who is the operator, which names are
 * opened, sizes that come late, terminals of several kinds, plain lines. */
#include "console_rig.h"
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* --- who is the operator ---------------------------------------------------
 */

static void test_takeover(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("tty0 ttyS0 ttyS1");

	(void)state;
	rig_open(m);
	assert_null(terminals_operator(&m->terminals));
	rig_turn(m);
	rig_look_at_all(m);
	for (size_t i = 0; i < m->count; i++) {
		assert_non_null(strstr(m->line[i].seen, "Debian 12"));
		assert_non_null(strstr(m->line[i].seen, "Alpine 3"));
	}
	rig_press(m, &m->line[2], "j");
	rig_turn(m);
	assert_string_equal(terminals_operator(&m->terminals), "ttyS1");
	rig_look_at_all(m);
	for (size_t i = 0; i < m->count; i++)
		assert_true(m->line[i].len > 0); /* the mark moved on each */
	assert_non_null(strstr(m->line[0].seen, "ttyS1"));
	assert_non_null(strstr(m->line[1].seen, "ttyS1"));
	assert_null(strstr(m->line[2].seen, "ttyS1"));
	/* each key takes over, and is acted upon */
	rig_press(m, &m->line[0], "j");
	rig_turn(m);
	assert_string_equal(terminals_operator(&m->terminals), "tty0");
	rig_look_at_all(m);
	assert_non_null(strstr(m->line[2].seen, "tty0"));
	assert_int_equal(rig_press(m, &m->line[1], "\r").code, UI_BOOT);
	assert_int_equal(m->terminals.ui.selected, 3);
	assert_string_equal(terminals_operator(&m->terminals), "ttyS0");
}

/* The default changes while a line takes nothing: its operator does not see it,
 * however long ago it was. */
static void test_a_move_that_is_not_shown_yet(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("ttyS0");
	char other[1024];

	(void)state;
	memset(other, 'x', sizeof(other));
	rig_open(m);
	m->now += 60000;
	rig_settle(m);
	while (write(m->terminals.all[0].console.fd, other, sizeof(other)) > 0)
		;
	assert_int_equal(errno, EAGAIN);
	m->model.default_id = 2;
	rig_settle(m);
	assert_true(m->terminals.all[0].is_waiting);
	m->now += UI_JUMP_MS - 100;
	rig_settle(m);
	m->now += 200;
	assert_int_equal(rig_press(m, &m->line[0], "\r").code, UI_NONE);
	rig_look(&m->line[0]);
	rig_settle(m);
	assert_false(m->terminals.all[0].is_waiting);
	assert_int_equal(rig_press(m, &m->line[0], "\r").code, UI_NONE);
	m->now += UI_JUMP_MS;
	assert_int_equal(rig_press(m, &m->line[0], "\r").id, 2);
}

static void test_names(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("tty0 ttyS0");

	(void)state;
	/* tty1 is what tty0 means at the moment */
	assert_int_equal(
		symlink(m->line[0].path, scratch_path(&m->scratch, "dev/tty1")),
		0);
	m->options.extra = " ttyS0 tty1  ttyS7 ../ttyS0 ttyS0 ";
	rig_open(m);
	assert_int_equal(m->terminals.count, 4);
	assert_int_equal(rig_logged(m, "tty1 is another name of tty0"), 1);
	assert_int_equal(rig_logged(m, "/ttyS7"), 1);
	assert_int_equal(rig_logged(m, "../ttyS0 is left out"), 1);
	assert_int_equal(rig_logged(m, "console"), 2);
	/* and nothing more of them later */
	for (unsigned i = 0; i < 100; i++, m->now += 1000)
		rig_turn(m);
	assert_int_equal(rig_logged(m, "console"), 2);
}

static void test_no_console(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("");
	struct pollfd fds[TERMINALS_FDS_MAX];

	(void)state;
	unlink(scratch_path(&m->scratch, "sys/class/tty/console/active"));
	rig_open(m);
	assert_int_equal(m->terminals.count, 0);
	rig_turn(m);
	assert_int_equal(terminals_due(&m->terminals, m->now), -1);
	assert_int_equal(terminals_poll_fds(&m->terminals, fds), 0);
	assert_null(terminals_operator(&m->terminals));
	terminals_pause(&m->terminals);
	terminals_say(&m->terminals, "Starting");
	terminals_progress(&m->terminals, "x", 0, 100, m->now);
	terminals_progress(&m->terminals, "x", 50, 100, m->now + 1000);
	assert_int_equal(rig_logged(m, "X: 50 %"), 1);
	terminals_resume(&m->terminals);
	rig_turn(m);
}

/* --- sizes -----------------------------------------------------------------
 */

static void set_size(struct rig_line *line, unsigned short columns,
		     unsigned short rows)
{
	struct winsize size = { .ws_col = columns, .ws_row = rows };

	assert_int_equal(ioctl(line->master, TIOCSWINSZ, &size), 0);
}

static void test_sizes(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("tty0 ttyS0 ttyS1");

	(void)state;
	set_size(&m->line[0], 128, 48);
	rig_open(m);
	rig_look_at_all(m); /* asked before anything is painted */
	assert_int_equal(m->line[0].len, 0);
	assert_int_equal(rig_count(m->line[1].seen, RIG_QUESTION), 1);
	assert_int_equal(rig_count(m->line[2].seen, RIG_QUESTION), 1);
	rig_turn(m);
	rig_look_at_all(m);
	assert_int_equal(m->terminals.all[0].screen->cols, 128);
	assert_int_equal(m->terminals.all[0].screen->rows, 48);
	assert_int_equal(m->terminals.all[1].screen->cols, 80);
	/* an answer that says what is there costs nothing, not even a turn */
	rig_press(m, &m->line[1], "\033[8;24;80t\033[24;80R");
	assert_int_not_equal(terminals_due(&m->terminals, m->now), 0);
	rig_settle(m);
	rig_look_at_all(m);
	assert_int_equal(m->line[1].len, 0);
	assert_false(m->terminals.ui.touched);
	/* one that comes late, and in pieces */
	m->now += 60000;
	rig_press(m, &m->line[2], "\033[8;50");
	m->now += 300;
	rig_type(m, &m->line[2], ";132t\033[50;132R");
	rig_turn(m);
	m->now += TERMINAL_HOLD_MS;
	assert_false(rig_turn(m).code);
	assert_int_equal(terminals_due(&m->terminals, m->now), 0);
	rig_settle(m);
	rig_look_at_all(m);
	assert_int_equal(m->terminals.all[2].screen->cols, 132);
	assert_int_equal(m->terminals.all[2].screen->rows, 50);
	assert_int_equal(rig_count(m->line[2].seen, RIG_CLEARED), 1);
	assert_int_equal(m->line[1].len, 0);
	assert_false(m->terminals.ui.touched);
	assert_null(terminals_operator(&m->terminals));
	/* nobody asked for these */
	rig_press(m, &m->line[1], "\033[8;10;40t\033[10;40R");
	rig_settle(m);
	rig_look_at_all(m);
	assert_int_equal(m->line[1].len, 0);
	/* the screen of a VGA console changes with its driver */
	set_size(&m->line[0], 160, 60);
	m->now += 1000;
	rig_settle(m);
	rig_look_at_all(m);
	assert_int_equal(m->terminals.all[0].screen->cols, 160);
	assert_int_equal(rig_count(m->line[0].seen, RIG_CLEARED), 1);
}

/* Ctrl-L asks again, on the console it came from. */
static void test_redraw(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("ttyS0 ttyS1");

	(void)state;
	rig_open(m);
	rig_settle(m);
	rig_look_at_all(m);
	rig_press(m, &m->line[0], "\014");
	rig_settle(m);
	rig_look_at_all(m);
	assert_int_equal(rig_count(m->line[0].seen, RIG_QUESTION), 1);
	assert_int_equal(rig_count(m->line[0].seen, RIG_CLEARED), 1);
	assert_int_equal(rig_count(m->line[1].seen, RIG_CLEARED), 0);
	rig_type(m, &m->line[0], "\033[8;30;100t");
	m->now += TERMINAL_REDRAW_MS;
	rig_settle(m);
	assert_int_equal(m->terminals.all[0].screen->cols, 100);
	assert_int_equal(m->terminals.all[1].screen->cols, 80);
	/* too small to be true, and larger than what is drawn */
	rig_type(m, &m->line[0], "\014\033[8;2;3t\033[999;999R");
	m->now += TERMINAL_REDRAW_MS;
	rig_settle(m);
	m->now += TERMINAL_REDRAW_MS;
	rig_settle(m);
	assert_int_equal(m->terminals.all[0].screen->cols, SCREEN_COLS_MAX);
	assert_int_equal(m->terminals.all[0].screen->rows, SCREEN_ROWS_MAX);
}

/* Keys and answers that ask for a whole screen each, for ten seconds. */
static void test_storm(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("ttyS0 ttyS1");
	unsigned drawn = 0;

	(void)state;
	rig_open(m);
	rig_settle(m);
	rig_look_at_all(m);
	for (unsigned i = 0; i < 1000; i++, m->now += 10) {
		rig_type(m, &m->line[0],
			 i % 2 ? "\014\033[8;30;100t" : "\014\033[40;120R");
		rig_turn(m);
		rig_look_at_all(m);
		drawn += rig_count(m->line[0].seen, RIG_CLEARED);
		assert_int_equal(rig_count(m->line[1].seen, RIG_CLEARED), 0);
	}
	assert_in_range(drawn, 10, 10000 / TERMINAL_REDRAW_MS + 1);
}

/* --- terminals that are not what they seem ---------------------------------
 */

static void test_dumb(void **state)
{
	static const char *const terms[] = { "dumb", "unknown", "" };

	(void)state;
	for (size_t i = 0; i < test_count(terms); i++) {
		_drop_rig_ struct console_rig *m = rig_make("ttyS0 tty0");

		m->options.term = terms[i];
		m->items[0].title = "Debian \u201812\u2019";
		rig_open(m);
		rig_settle(m);
		rig_press(m, &m->line[0], "j");
		rig_settle(m);
		terminals_pause(&m->terminals);
		terminals_say(&m->terminals, "Starting");
		rig_look_at_all(m);
		assert_non_null(strstr(m->line[0].seen, "Fedora 40"));
		assert_non_null(strstr(m->line[0].seen, "Starting\r\n"));
		assert_null(strchr(m->line[0].seen, '\033'));
		for (size_t at = 0; at < m->line[0].len; at++)
			assert_in_range(m->line[0].seen[at], 1, 126);
		/* a screen with a keyboard is what it is */
		assert_non_null(strstr(m->line[1].seen, RIG_CLEARED));
		assert_null(strstr(m->line[1].seen, "\u2018"));
	}
}

/* What nobody asked to see is a line. */
static void test_hidden(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("ttyS0 tty0");

	(void)state;
	m->options.is_hidden = true;
	m->model.manner = UI_HIDDEN;
	m->model.countdown_s = 3;
	rig_open(m);
	for (; m->model.countdown_s > 1; m->model.countdown_s--) {
		m->now += 1000;
		rig_settle(m);
	}
	rig_look_at_all(m);
	assert_null(strchr(m->line[0].seen, '\033'));
	assert_null(strchr(m->line[1].seen, '\033'));
	rig_press(m, &m->line[0], "?");
	rig_settle(m);
	rig_look_at_all(m);
	assert_int_equal(rig_count(m->line[0].seen, RIG_QUESTION), 1);
	assert_int_equal(rig_count(m->line[0].seen, RIG_CLEARED), 1);
	assert_int_equal(rig_count(m->line[1].seen, RIG_CLEARED), 1);
}

/* --- nothing to do ---------------------------------------------------------
 */

static void test_idle(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("tty0 ttyS0");

	(void)state;
	rig_open(m);
	rig_settle(m);
	rig_look_at_all(m);
	for (unsigned i = 0; i < 100; i++, m->now += 1000) {
		assert_int_equal(terminals_due(&m->terminals, m->now), -1);
		rig_turn(m);
	}
	rig_look_at_all(m);
	assert_int_equal(m->line[0].len, 0);
	assert_int_equal(m->line[1].len, 0);
}

/* --- plain lines and progress -----------------------------------------------
 */

static void test_plain_lines(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("ttyS0 tty0");
	struct error err;

	(void)state;
	rig_open(m);
	rig_settle(m);
	rig_press(m, &m->line[0], "j");
	rig_settle(m);
	terminals_pause(&m->terminals);
	rig_look_at_all(m);
	/* typed while nobody looked */
	rig_type(m, &m->line[0], "\r\r\r");
	terminals_say(&m->terminals, "Starting \033[31m");
	assert_string_equal(rig_look(&m->line[0]), "Starting ?[31m\r\n");
	terminals_show(&m->terminals, &m->model, m->now);
	terminals_send(&m->terminals);
	assert_string_equal(rig_look(&m->line[0]), "");
	/* closed for the jump: not a byte that moves the cursor */
	terminals_close(&m->terminals);
	assert_string_equal(rig_look(&m->line[0]), "");
	assert_ok(&err, terminals_reopen(&m->terminals, &err));
	terminals_say(&m->terminals, "it failed");
	assert_string_equal(rig_look(&m->line[0]), "it failed\r\n");
	terminals_resume(&m->terminals);
	assert_int_equal(rig_turn(m).code, UI_NONE);
	assert_int_equal(m->terminals.ui.selected, 2);
	assert_non_null(strstr(rig_look(&m->line[0]), RIG_CLEARED));
}

static void test_progress(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("ttyS0 ttyS1");
	uint64_t start;

	(void)state;
	rig_open(m);
	rig_settle(m);
	terminals_pause(&m->terminals);
	m->terminals.all[1].kind = SCREEN_DUMB;
	rig_look_at_all(m);
	/* short work */
	for (uint64_t ms = 0; ms < 400; ms += 10)
		terminals_progress(&m->terminals, "reading a", ms, 400,
				   m->now + ms);
	terminals_end_progress(&m->terminals);
	rig_look_at_all(m);
	assert_int_equal(m->line[0].len, 0);
	assert_int_equal(m->line[1].len, 0);
	assert_int_equal(rig_logged(m, "Reading a"), 0);
	/* ten seconds, then other work */
	start = m->now + 1000;
	for (uint64_t ms = 0; ms <= 10000; ms += 10)
		terminals_progress(&m->terminals, "reading b", ms << 20,
				   10000ULL << 20, start + ms);
	terminals_progress(&m->terminals, "verifying b", 0, 1, start + 10000);
	rig_look_at_all(m);
	assert_in_range(rig_count(m->line[0].seen, "\r"), 38, 42);
	assert_int_equal(rig_count(m->line[0].seen, "\n"), 1);
	assert_non_null(strstr(m->line[0].seen,
			       "\rReading b: 10000 MiB in 10 s\033[K\r\n"));
	assert_int_equal(rig_count(m->line[1].seen, "\r\n"), 10);
	assert_int_equal(rig_count(m->line[1].seen, "\r"), 10);
	assert_null(strchr(m->line[1].seen, '\033'));
	assert_int_equal(rig_logged(m, "Reading b"), 10);
	assert_int_equal(rig_logged(m, "Reading b: 70 %"), 1);
	/* what is said in between begins a line */
	terminals_progress(&m->terminals, "unpacking", 0, 0, start);
	terminals_progress(&m->terminals, "unpacking", 5 << 20, 0,
			   start + 1000);
	terminals_say(&m->terminals, "Loaded.");
	rig_look_at_all(m);
	assert_non_null(strstr(m->line[0].seen, "\033[K\r\nLoaded.\r\n"));
	assert_string_equal(m->line[1].seen, "Loaded.\r\n");
}

/* An entry is read to be edited: the menu stands, and tells how far it is. */
static void test_progress_is_told(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("ttyS0");
	struct terminals *t = &m->terminals;
	uint64_t start;

	(void)state;
	rig_open(m);
	rig_settle(m);
	rig_look_at_all(m);
	start = m->now;
	for (uint64_t ms = 0; ms < 400; ms += 10)
		terminals_tell_progress(t, &m->model, "reading a", ms << 20,
					10000ULL << 20, start + ms);
	rig_look_at_all(m);
	assert_int_equal(m->line[0].len, 0);
	for (uint64_t ms = 400; ms <= 5000; ms += 10)
		terminals_tell_progress(t, &m->model, "reading a", ms << 20,
					10000ULL << 20, start + ms);
	assert_string_equal(t->ui.notice,
			    "Reading a: 49 %, 4900 of 10000 MiB, 1000 MiB/s, "
			    "5 s left");
	rig_look_at_all(m);
	assert_int_equal(rig_count(m->line[0].seen, "Reading a"), 1);
	assert_in_range(m->line[0].len, 100, 1000); /* only what changes */
	/* a plain terminal has a line for each, so there are fewer */
	terminals_end_progress(t);
	start += 10000;
	t->all[0].kind = SCREEN_DUMB;
	screen_init(t->all[0].screen, SCREEN_DUMB);
	m->now = start;
	rig_settle(m);
	rig_look_at_all(m);
	for (uint64_t ms = 0; ms <= 10000; ms += 10)
		terminals_tell_progress(t, &m->model, "reading b", ms << 20,
					10000ULL << 20, start + ms);
	rig_look_at_all(m);
	assert_in_range(rig_count(m->line[0].seen, "Reading b: "), 9, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_takeover),
		cmocka_unit_test(test_a_move_that_is_not_shown_yet),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_no_console),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_redraw),
		cmocka_unit_test(test_storm),
		cmocka_unit_test(test_dumb),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_plain_lines),
		cmocka_unit_test(test_progress),
		cmocka_unit_test(test_progress_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
