/*
 * When the menu is drawn while disks answer one after the other.
 */
#include "menu_pace.h"

#include "test.h"

static struct boot_entry one = { .line = 1 }, two = { .line = 2 };

static void the_first_is_drawn_at_once(void **state)
{
	const struct choice none = { .rank = CHOSEN_BY_NOBODY };
	struct menu_pace pace = { .shown_default = 0 };

	(void)state;
	assert_false(menu_pace_may_wait(&pace, &none, 5, 100000));
	assert_int_equal(menu_pace_wait_ms(&pace, 100000), -1);
}

static void what_nobody_named_waits_a_moment(void **state)
{
	const struct choice first = { .entry = &one, .rank = CHOSEN_BY_NOBODY };
	const struct choice next = { .entry = &two, .rank = CHOSEN_BY_NOBODY };
	struct menu_pace pace = { .shown_default = 0 };

	(void)state;
	menu_pace_shown(&pace, &first, 1000);
	assert_true(menu_pace_may_wait(&pace, &next, 5, 1001));
	assert_int_equal(menu_pace_wait_ms(&pace, 1001), MENU_PACE_MS - 1);
	assert_true(
		menu_pace_may_wait(&pace, &next, 5, 1000 + MENU_PACE_MS - 1));
	assert_false(menu_pace_may_wait(&pace, &next, 5, 1000 + MENU_PACE_MS));
	assert_int_equal(menu_pace_wait_ms(&pace, 1000 + MENU_PACE_MS), -1);
}

static void what_is_named_does_not_wait(void **state)
{
	const struct choice first = { .entry = &one, .rank = CHOSEN_BY_NOBODY };
	const struct choice named = { .entry = &two,
				      .rank = CHOSEN_BY_DEFAULT };
	struct menu_pace pace = { .shown_default = 0 };

	(void)state;
	menu_pace_shown(&pace, &first, 1000);
	assert_false(menu_pace_may_wait(&pace, &named, 5, 1001));
	menu_pace_shown(&pace, &named, 1001);
	/* nor is it drawn again for every disk without it */
	assert_true(menu_pace_may_wait(&pace, &named, 4, 1002));
}

static void nothing_waits_for_nothing(void **state)
{
	const struct choice first = { .entry = &one, .rank = CHOSEN_BY_NOBODY };
	struct menu_pace pace = { .shown_default = 0 };

	(void)state;
	menu_pace_shown(&pace, &first, 1000);
	assert_true(menu_pace_may_wait(&pace, &first, 1, 1001));
	assert_false(menu_pace_may_wait(&pace, &first, 0, 1002));
	menu_pace_shown(&pace, &first, 1002);
	assert_int_equal(menu_pace_wait_ms(&pace, 1002), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_is_drawn_at_once),
		cmocka_unit_test(what_nobody_named_waits_a_moment),
		cmocka_unit_test(what_is_named_does_not_wait),
		cmocka_unit_test(nothing_waits_for_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
