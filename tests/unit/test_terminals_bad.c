/* The menu on lines that vanish and come back, never drain, or flood. Where
 * their cost counts it is measured. */
#include <sys/ioctl.h>
#include <unistd.h>

static int fault_ioctl(int fd, unsigned long request, void *arg);
#define ioctl fault_ioctl
#include "boot/sys/console.c"
#undef ioctl

#include "console_rig.h"
#include "test.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* A pseudo-terminal says of no byte that it is still on its way. */
static int bytes_on_their_way;

static int fault_ioctl(int fd, unsigned long request, void *arg)
{
	if (request != TIOCOUTQ)
		return ioctl(fd, request, arg);
	*(int *)arg = bytes_on_their_way;
	return 0;
}

static uint64_t cpu_ms(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return (uint64_t)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000 +
	       (uint64_t)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1000;
}

/* --- lines that go and come ------------------------------------------------
 */

static void test_vanish(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("ttyS0 ttyUSB0");
	struct pollfd fds[TERMINALS_FDS_MAX];

	(void)state;
	rig_open(m);
	m->now += 60000;
	rig_settle(m);
	rig_press(m, &m->line[1], "j");
	rig_settle(m);
	assert_string_equal(terminals_operator(&m->terminals), "ttyUSB0");
	rig_look_at_all(m);
	rig_unplug(&m->line[1]);
	rig_turn(m);
	assert_null(terminals_operator(&m->terminals));
	assert_int_equal(rig_logged(m, "console ttyUSB0 is gone"), 1);
	rig_settle(m);
	assert_int_equal(terminals_poll_fds(&m->terminals, fds), 2);
	assert_int_equal(fds[1].fd, -1);
	assert_in_range(terminals_due(&m->terminals, m->now), 1,
			TERMINAL_RETRY_MS);
	/* the other one works */
	rig_press(m, &m->line[0], "j");
	rig_settle(m);
	rig_look(&m->line[0]);
	assert_true(m->line[0].len > 0);
	m->now += 10 * TERMINAL_RETRY_MS;
	rig_settle(m);
	rig_plug_in(m, &m->line[1]);
	m->now += TERMINAL_RETRY_MS;
	rig_settle(m);
	rig_look_at_all(m);
	assert_int_equal(rig_logged(m, "console ttyUSB0 is there"), 1);
	assert_int_equal(rig_logged(m, "ttyUSB0"), 2);
	assert_int_equal(rig_count(m->line[1].seen, RIG_QUESTION), 1);
	assert_non_null(strstr(m->line[1].seen, "Debian 12"));
	assert_int_equal(rig_press(m, &m->line[1], "\r").code, UI_BOOT);
	assert_string_equal(terminals_operator(&m->terminals), "ttyUSB0");
}

/* A hangup that only a write meets: while something boots. */
static void test_vanish_while_paused(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("ttyS0 ttyUSB0");

	(void)state;
	rig_open(m);
	rig_settle(m);
	terminals_pause(&m->terminals);
	rig_unplug(&m->line[1]);
	for (unsigned i = 0; i < 10; i++)
		terminals_say(&m->terminals, "Starting");
	assert_int_equal(rig_logged(m, "console ttyUSB0 is gone"), 1);
	assert_int_equal(rig_count(rig_look(&m->line[0]), "Starting\r\n"), 10);
	rig_plug_in(m, &m->line[1]);
	m->now += TERMINAL_RETRY_MS;
	terminals_resume(&m->terminals);
	rig_settle(m);
	assert_non_null(strstr(rig_look(&m->line[1]), "Debian 12"));
}

static void test_comes_later(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("ttyS0");

	(void)state;
	m->options.extra = "ttyUSB3";
	rig_open(m);
	rig_settle(m);
	assert_int_equal(rig_logged(m, "ttyUSB3"), 1);
	snprintf(m->line[1].name, sizeof(m->line[1].name), "ttyUSB3");
	rig_plug_in(m, &m->line[1]);
	m->count = 2;
	m->now += TERMINAL_RETRY_MS - 1;
	rig_settle(m);
	assert_int_equal(m->terminals.all[1].console.fd, -1);
	m->now += 1;
	rig_settle(m);
	assert_non_null(strstr(rig_look(&m->line[1]), "Debian 12"));
}

/* One that comes and goes all the time does not fill the log. */
static void test_flaps(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("ttyS0 ttyUSB0");
	uint64_t end;

	(void)state;
	rig_open(m);
	rig_settle(m);
	for (end = m->now + 3600 * 1000; m->now < end; m->now += 500) {
		if (m->line[1].master >= 0 &&
		    m->terminals.all[1].console.fd >= 0)
			rig_unplug(&m->line[1]);
		else if (m->line[1].master < 0)
			rig_plug_in(m, &m->line[1]);
		rig_turn(m);
	}
	assert_in_range(rig_logged(m, "ttyUSB0"), 20, 140);
}

/* --- lines that block ------------------------------------------------------
 */

/* Nobody reads there, and there is no more room. */
static void stop_line(struct console_rig *m, size_t at)
{
	char junk[4096];

	memset(junk, '.', sizeof(junk));
	/* the kernel moves some of it on for a moment */
	for (unsigned tries = 0; tries < 10; tries++, poll(NULL, 0, 2))
		while (write(m->terminals.all[at].console.fd, junk,
			     sizeof(junk)) > 0)
			tries = 0;
}

static void test_never_drains(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("ttyS0 ttyS1 ttyS2");
	struct pollfd fds[TERMINALS_FDS_MAX];
	uint64_t start = now_ms();

	(void)state;
	rig_open(m);
	stop_line(m, 0);
	stop_line(m, 1);
	for (unsigned i = 0; i < 50; i++, m->now += 1000) {
		m->model.countdown_s = (int)(50 - i);
		rig_turn(m);
	}
	assert_in_range(now_ms() - start, 0, 1000);
	rig_settle(m);
	/* it waits for the line and for nothing else */
	assert_int_equal(terminals_poll_fds(&m->terminals, fds), 3);
	assert_true(fds[0].events & POLLOUT);
	assert_false(fds[2].events & POLLOUT);
	assert_int_equal(poll(fds, 3, 50), 0);
	/* plain lines: one budget for each line that blocks, not for each of
	 * what is said */
	start = now_ms();
	terminals_pause(&m->terminals);
	for (unsigned i = 0; i < 200; i++) {
		char text[32];

		snprintf(text, sizeof(text), "<%03u>", i);
		terminals_say(&m->terminals, text);
		terminals_progress(&m->terminals, "reading", i, 200,
				   m->now + i * 1000ULL);
	}
	assert_in_range(now_ms() - start, 2 * TERMINAL_LINE_MS,
			2 * TERMINAL_LINE_MS + 400);
	/* who comes in the middle reads whole lines */
	rig_look(&m->line[0]);
	terminals_say(&m->terminals, "here again");
	rig_look(&m->line[0]);
	assert_non_null(strstr(m->line[0].seen, "\r\nhere again\r\n"));
	assert_int_equal(rig_count(m->line[0].seen, "<"),
			 rig_count(m->line[0].seen, ">\r\n"));
	assert_int_equal(rig_count(rig_look(&m->line[2]), ">\r\n"), 200);
	start = now_ms();
	terminals_close(&m->terminals);
	assert_in_range(now_ms() - start, 0, 200);
}

/* However many lines still have bytes on their way, it is one budget. */
static void test_close_in_time(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("ttyS0 ttyS1 ttyS2 ttyS3");
	uint64_t start;

	(void)state;
	rig_open(m);
	rig_settle(m);
	bytes_on_their_way = 100;
	start = now_ms();
	terminals_close(&m->terminals);
	bytes_on_their_way = 0;
	assert_in_range(now_ms() - start, CONSOLE_DRAIN_MS,
			CONSOLE_DRAIN_MS + 200);
}

/* What a line gets when it takes something again is the newest state, not all
 * there was. */
static void test_newest_state(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("ttyS0");
	char got[4096] = "";
	size_t len = 0;

	(void)state;
	rig_open(m);
	rig_settle(m);
	rig_look(&m->line[0]);
	stop_line(m, 0);
	for (unsigned i = 0; i < 2000; i++, m->now += 1000) {
		m->model.countdown_s = (int)(5000 - i);
		rig_turn(m);
	}
	for (unsigned i = 0; i < 10; i++) {
		const char *seen = rig_look(&m->line[0]);

		for (; *seen && len < sizeof(got) - 1; seen++)
			if (*seen != '.')
				got[len++] = *seen;
		terminals_send(&m->terminals);
	}
	assert_in_range(len, 1, 200);
	assert_non_null(strstr(got, "3001"));
}

/* 9600 baud: no line of progress is sent behind another. */
static void test_progress_is_skipped(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("ttyS0");

	(void)state;
	rig_open(m);
	rig_settle(m);
	terminals_pause(&m->terminals);
	rig_look(&m->line[0]);
	bytes_on_their_way = 60;
	for (uint64_t ms = 0; ms < 10000; ms += 10)
		terminals_progress(&m->terminals, "reading", ms, 20000,
				   m->now + ms);
	assert_string_equal(rig_look(&m->line[0]), "");
	bytes_on_their_way = 0;
	for (uint64_t ms = 10000; ms < 12000; ms += 10)
		terminals_progress(&m->terminals, "reading", ms, 20000,
				   m->now + ms);
	assert_in_range(rig_count(rig_look(&m->line[0]), "\r"), 7, 9);
}

/* --- floods ----------------------------------------------------------------
 */

/* A child that writes for ever what make() gives. */
static pid_t start_flood(struct rig_line *line, const char *pattern, size_t len)
{
	struct pollfd room = { .fd = line->master, .events = POLLOUT };
	pid_t child = fork();

	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (uint64_t seed = 42;;) {
		char bytes[4096];

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = len ? pattern[i % len]
				       : (char)(test_random(&seed) >> 32);
		if (write(line->master, bytes, sizeof(bytes)) < 0)
			poll(&room, 1, -1);
	}
}

/* The program's loop with a countdown of so many ms; true if it came to its
 * end. */
static bool count_down(struct console_rig *m, uint64_t ms, unsigned *ret_turns)
{
	uint64_t start = now_ms();
	unsigned turns = 0;

	while (m->now = now_ms(), m->now < start + ms) {
		struct pollfd fds[TERMINALS_FDS_MAX];
		size_t count;
		int wait, left;

		m->model.countdown_s = (int)((start + ms - m->now) / 1000);
		rig_turn(m);
		if (m->terminals.ui.touched)
			break;
		turns++;
		count = terminals_poll_fds(&m->terminals, fds);
		wait = terminals_due(&m->terminals, now_ms());
		left = deadline_left_ms(start + ms);
		poll(fds, count, wait < 0 || wait > left ? left : wait);
		for (size_t i = 0; i < m->count; i++)
			while (read(m->line[i].master, m->line[i].seen,
				    sizeof(m->line[i].seen)) > 0)
				;
	}
	*ret_turns = turns;
	return !m->terminals.ui.touched;
}

static void test_noise(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("ttyS0 ttyS1 ttyS2");
	pid_t children[3];
	uint64_t cpu, start;
	unsigned turns;
	int status;

	(void)state;
	rig_open(m);
	rig_settle(m);
	for (size_t i = 0; i < 3; i++)
		children[i] = start_flood(&m->line[i], "", 0);
	/* a writer that starves is not what a line at full speed is like */
	for (size_t i = 0; i < 3; i++)
		rig_await_bytes(m, i, 256);
	cpu = cpu_ms();
	start = now_ms();
	assert_true(count_down(m, 3000, &turns));
	assert_in_range(now_ms() - start, 3000, 3500);
	print_message(
		"noise on three lines: %u turns and %u ms of CPU in 3 s\n",
		turns, (unsigned)(cpu_ms() - cpu));
	assert_true(turns < 200);
	assert_true(cpu_ms() - cpu < 900); /* with the sanitizers */
	assert_null(terminals_operator(&m->terminals));
	assert_int_equal(rig_logged(m, "noise on the line"), 3);
	for (size_t i = 0; i < 3; i++) {
		kill(children[i], SIGKILL);
		waitpid(children[i], &status, 0);
	}
	/* it is quiet again: a key counts */
	while (!count_down(m, 300, &turns))
		fail_msg("what was left of the noise is taken for a key");
	m->now = now_ms() + NOISE_SILENCE_MS;
	rig_settle(m);
	rig_press(m, &m->line[0], "j");
	rig_turn(m);
	assert_true(m->terminals.ui.touched);
}

/* Noise that comes a byte at a time, as on a line of 9600 or 1200 baud: its
 * first bytes may be anything. A lone key among silence is still one. */
static void test_slow_noise(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("ttyS0");

	(void)state;
	rig_open(m);
	rig_settle(m);
	for (uint64_t seed = 1; seed <= 30; seed++) {
		uint64_t random = seed;

		for (unsigned i = 0; i < 200; i++, m->now += seed % 2 ? 1 : 8) {
			char byte = (char)(test_random(&random) >> 32);

			rig_type_bytes(m, &m->line[0], &byte, 1);
			rig_turn(m);
		}
		assert_false(m->terminals.ui.touched);
		m->now += 100; /* noise is read now and then */
		rig_settle(m);
		m->now += NOISE_SILENCE_MS;
		rig_settle(m);
	}
	rig_type(m, &m->line[0], "j");
	rig_turn(m);
	assert_false(m->terminals.ui.touched);
	assert_int_equal(terminals_due(&m->terminals, m->now),
			 TERMINAL_HOLD_MS);
	m->now += TERMINAL_HOLD_MS;
	rig_turn(m);
	assert_true(m->terminals.ui.touched);
}

/* One of a keyboard that repeats it faster than bytes are held back. */
static void test_key_that_repeats(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("ttyS0");
	const unsigned gap = TERMINAL_HOLD_MS - 10;
	uint64_t start;

	(void)state;
	rig_open(m);
	rig_settle(m);
	assert_false(terminals_are_amid_key(&m->terminals, m->now));
	for (start = m->now; m->now < start + TERMINAL_HOLD_MOST_MS;
	     m->now += gap) {
		rig_type(m, &m->line[0], "j");
		rig_turn(m);
		assert_false(m->terminals.ui.touched);
		assert_true(terminals_are_amid_key(&m->terminals, m->now));
		assert_in_range(terminals_due(&m->terminals, m->now), 1,
				TERMINAL_HOLD_MS);
	}
	m->now = start + TERMINAL_HOLD_MOST_MS;
	assert_int_equal(terminals_due(&m->terminals, m->now - 1), 1);
	rig_turn(m);
	assert_true(m->terminals.ui.touched);
	assert_int_equal(m->terminals.ui.selected, 3);
	assert_false(terminals_are_amid_key(&m->terminals, m->now));
}

/* How long it takes to get rid of ten megabytes. */
static void test_noise_of_10_mb(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("ttyS0");
	size_t len = 10 << 20, at = 0;
	uint64_t seed = 7, start, cpu = cpu_ms();
	unsigned char *bytes = malloc(len);
	unsigned turns = 0;

	(void)state;
	for (size_t i = 0; i < len; i++)
		bytes[i] = (unsigned char)(test_random(&seed) >> 32);
	cpu = cpu_ms();
	rig_open(m);
	start = m->now;
	for (; at < len; m->now += 10, turns++) {
		ssize_t some = write(m->line[0].master, bytes + at, len - at);

		if (some > 0)
			at += (size_t)some;
		rig_turn(m);
		assert_false(m->terminals.ui.touched);
		if (turns % 100 == 0)
			rig_look(&m->line[0]);
		poll(NULL, 0, 1);
	}
	print_message("10 MB of noise: %u turns, %u ms of CPU, %u s\n", turns,
		      (unsigned)(cpu_ms() - cpu),
		      (unsigned)((m->now - start) / 1000));
	assert_true(turns < 20000);
	free(bytes);
}

/* A key that is held down by a book, as fast as a line can be. */
static void test_key_held(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("ttyS0 ttyS1");
	struct ui_action action;
	unsigned keys = 0;
	pid_t child;
	int status;

	(void)state;
	rig_open(m);
	rig_settle(m);
	rig_press(m, &m->line[1], "j");
	child = start_flood(&m->line[0], "jk", 2);
	poll(NULL, 0, 50);
	rig_type(m, &m->line[1], "j");
	m->now += 100;
	/* one turn has an end, and the other line has its turn */
	while (terminals_next(&m->terminals, &m->model, m->now, &action))
		keys++;
	assert_int_equal(keys, TERMINAL_KEYS_MAX + 1);
	assert_in_range(terminals_due(&m->terminals, m->now), 1, 100);
	for (unsigned i = 0; i < 10; i++) {
		m->now += 100;
		poll(NULL, 0, 20);
		while (terminals_next(&m->terminals, &m->model, m->now,
				      &action))
			keys++;
	}
	assert_int_equal(keys, 11 * TERMINAL_KEYS_MAX + 1);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
}

/* A line that stops our output, if the driver believed it. */
static void test_xoff(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("ttyS0");

	(void)state;
	rig_open(m);
	rig_settle(m);
	rig_look(&m->line[0]);
	rig_type_bytes(m, &m->line[0], "\023\023\0\0", 4);
	rig_settle(m);
	assert_false(m->terminals.ui.touched);
	m->model.status = "looking at 2 disks";
	rig_settle(m);
	assert_non_null(strstr(rig_look(&m->line[0]), "looking at 2 disks"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vanish),
		cmocka_unit_test(test_vanish_while_paused),
		cmocka_unit_test(test_comes_later),
		cmocka_unit_test(test_flaps),
		cmocka_unit_test(test_never_drains),
		cmocka_unit_test(test_close_in_time),
		cmocka_unit_test(test_newest_state),
		cmocka_unit_test(test_progress_is_skipped),
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_slow_noise),
		cmocka_unit_test(test_key_that_repeats),
		cmocka_unit_test(test_noise_of_10_mb),
		cmocka_unit_test(test_key_held),
		cmocka_unit_test(test_xoff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
