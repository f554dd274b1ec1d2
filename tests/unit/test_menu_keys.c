/* Keys that end late, wait, or come as the time is over; Enter, and what came
 * between; long work. */
#include "menu_keys_bench.h"

static void type(const char *text)
{
	type_bytes(text, strlen(text));
}

static void nobody_comes(void **state)
{
	(void)state;
	begin(TIMEOUT_S);
	run_until(DEADLINE - 1);
	assert_false(has_booted());
	run_until(DEADLINE);
	assert_true(by_itself());
	assert_string_equal(booted(), "c");
}

/* The ESC of an arrow has stopped the clock; its rest, which takes that back,
 * comes when the time is over. */
static void an_arrow_that_ends_late_is_one(void **state)
{
	(void)state;
	for (unsigned gap = 0; gap <= KEYS_QUIET_MS - 1;
	     gap += KEYS_QUIET_MS - 1) {
		begin(TIMEOUT_S);
		run_until(DEADLINE - 500);
		type("\033");
		run_until(DEADLINE - 1);
		assert_true(menu.is_touched);
		run_until(DEADLINE + 1000);
		type("[");
		run_until(DEADLINE + 1000 + gap);
		type("B");
		/* both wait for a moment: that makes the first one no later */
		run_until(DEADLINE + 1000 + gap + 15);
		type("i");
		run_until(DEADLINE + 1000 + gap + LONG_MS);
		assert_false(has_booted());
		assert_string_equal(marked(), "b");
		assert_int_equal(menu.terminals.ui.seat.page, UI_PAGE_DETAILS);
		if (!gap)
			end();
	}
}

/* What begins and never ends holds up a boot for a while, and a line that goes
 * on and on without an end no longer. */
static void a_sequence_without_an_end_boots(void **state)
{
	(void)state;
	begin(TIMEOUT_S);
	run_until(DEADLINE - 50);
	type("\033[");
	run_until(DEADLINE - 50 + KEYS_QUIET_MS - 1);
	assert_false(has_booted());
	run_until(DEADLINE - 50 + KEYS_QUIET_MS + 100);
	assert_true(by_itself());
	end();

	begin(TIMEOUT_S);
	run_until(DEADLINE - 50);
	type("\033[");
	for (uint64_t at = DEADLINE; at < DEADLINE + 60000; at += 1000) {
		run_until(at);
		type("1");
	}
	assert_true(by_itself());
	assert_in_range(clock_ms, DEADLINE + 9000, DEADLINE + 10100);
	end();

	/* nor where keys do nothing */
	begin(TIMEOUT_S);
	menu.config.builtin.manner = MENU_DISABLED;
	menu.config.builtin.has_manner = true;
	run_until(DEADLINE - 50);
	type("\033[");
	run_until(DEADLINE);
	assert_true(by_itself());
}

/* The same where nobody is taken to be there any more. */
static void an_arrow_ends_as_it_is_idle(void **state)
{
	(void)state;
	begin(TIMEOUT_S);
	menu.config.idle_timeout_s = 20;
	run_until(START + 1000);
	type("j");
	run_until(START + 1030);
	assert_string_equal(marked(), "b");
	run_until(START + 21000);
	type("\033[");
	run_until(START + 23000);
	assert_true(menu.is_touched);
	type("A");
	run_until(START + 23000 + 19999);
	assert_true(menu.is_touched);
	assert_string_equal(marked(), "c");
	run_until(START + 23000 + 20000);
	assert_false(menu.is_touched);
}

/* The machine was busy, or stood still, as the time went by. */
static void a_key_that_waits_comes_first(void **state)
{
	(void)state;
	begin(TIMEOUT_S);
	run_until(DEADLINE - 700);
	type("j");
	clock_ms = DEADLINE + 300;
	run_until(DEADLINE + LONG_MS);
	assert_false(has_booted());
	assert_string_equal(marked(), "b");
}

/* Enter is about the line that was marked on the screen as it came, and not
 * about one that has come since. */
static void enter_means_what_was_shown(void **state)
{
	(void)state;
	begin(TIMEOUT_S);
	run_until(DEADLINE - 700);
	assert_string_equal(marked(), "c");
	type("\r");
	add_entry("d");
	clock_ms = DEADLINE + 300;
	run_until(DEADLINE + LONG_MS);
	assert_string_equal(booted(), "c");
	assert_false(by_itself());
	end();

	/* without the key it is the new one */
	begin(TIMEOUT_S);
	run_until(DEADLINE - 700);
	add_entry("d");
	run_until(DEADLINE);
	assert_string_equal(booted(), "d");
}

/* The page of a failure stands as long as any other, also when the next key
 * waits already. */
static void long_work_is_not_idle_time(void **state)
{
	static const char *const cases[] = { "e", "ej" };

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		uint64_t now, start;

		begin(TIMEOUT_S);
		menu.config.idle_timeout_s = 15;
		run_until(START + 500);
		type("j");
		run_until(START + 600);
		type(cases[i]); /* the entry cannot be read */
		look_ms = 2000;
		start = now_ms();
		assert_int_equal(menu_turn(&menu, &now), -1);
		look_ms = 0;
		now = clock_ms;
		assert_true(now >= start + 15000);
		menu.failed_id = 0; /* it was no attempt to boot */
		run_until(now);
		assert_true(menu.is_touched);
		assert_int_equal(menu.terminals.ui.seat.page, UI_PAGE_FAILURE);
		if (!i)
			end();
	}
}

/* Whoever types on and on holds up neither disks nor the watchdog. */
static void keys_take_a_part_of_a_turn(void **state)
{
	const struct terminal *one = &menu.terminals.all[0];
	unsigned turns = 0;
	uint64_t now;

	(void)state;
	begin(TIMEOUT_S);
	run_until(START + 500);
	type("j"); /* from now on none is held back */
	run_until(START + 1000);
	type("kjkjkjkjkjkjkjkjkjkjkjkjkjkjkjkjkjkjkjk");
	look_ms = 30;
	do {
		assert_int_equal(menu_turn(&menu, &now), -1);
		turns++;
		if (one->in_at < one->in_len)
			assert_int_equal(menu_wait_ms(&menu, now), 0);
	} while (one->in_at < one->in_len && turns < 1000);
	look_ms = 0;
	assert_in_range(turns, 5, 60);
	assert_string_equal(marked(), "c");
	assert_false(has_booted());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nobody_comes, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(an_arrow_that_ends_late_is_one,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_sequence_without_an_end_boots,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_arrow_ends_as_it_is_idle,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_key_that_waits_comes_first,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(enter_means_what_was_shown,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(long_work_is_not_idle_time,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(keys_take_a_part_of_a_turn,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
