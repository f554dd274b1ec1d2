/* Keys while a boot waits for the network: who presses one wants the menu. */
#include "console_rig.h"
#include "test.h"

#include <stdio.h>

/* All the time passes that a key may take to be believed. */
static bool is_called(struct console_rig *m, bool is_escape)
{
	bool called = false;

	for (unsigned i = 0; i < 30 && !called; i++, m->now += 100)
		called = terminals_are_called(&m->terminals, is_escape, m->now);
	return called;
}

static struct console_rig *make_paused(void)
{
	struct console_rig *m = rig_make("tty0 ttyS0");

	rig_open(m);
	rig_settle(m);
	terminals_pause(&m->terminals);
	return m;
}

static void each_key_or_escape_alone(void **state)
{
	static const struct {
		const char *keys;
		bool is_key, is_escape;
	} cases[] = {
		{ "x", true, false },	 { "\r", true, false },
		{ " ", true, false },	 { "\033[A", true, false },
		{ "\033", true, true },	 { "\003", true, true },
		{ "\004", true, false },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		for (size_t line = 0; line < 2; line++) {
			_drop_rig_ struct console_rig *m = make_paused();

			assert_false(is_called(m, false));
			rig_type(m, &m->line[line], cases[i].keys);
			assert_int_equal(is_called(m, true),
					 cases[i].is_escape);
			/* and it is gone */
			assert_false(is_called(m, false));
			rig_type(m, &m->line[line], cases[i].keys);
			assert_int_equal(is_called(m, false), cases[i].is_key);
			assert_false(is_called(m, false));
			terminals_resume(&m->terminals);
			assert_int_equal(rig_turn(m).code, UI_NONE);
		}
	}
}

static void keys_of_the_menu_are_the_menus(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("tty0 ttyS0");

	(void)state;
	rig_open(m);
	rig_settle(m);
	rig_type(m, &m->line[0], "\033");
	assert_false(is_called(m, true));
	assert_false(is_called(m, false));
}

/* A terminal says how large it is: nobody has come. */
static void the_answer_of_a_terminal_is_no_key(void **state)
{
	_drop_rig_ struct console_rig *m = rig_make("ttyS0");

	(void)state;
	rig_open(m);
	rig_settle(m);
	terminals_pause(&m->terminals);
	rig_type(m, &m->line[0], "\033[8;30;100t");
	assert_false(is_called(m, false));
	rig_type(m, &m->line[0], "\033[8;31;100t");
	assert_false(is_called(m, true));
}

static void nothing_is_plugged_in(void **state)
{
	_drop_rig_ struct console_rig *m = make_paused();

	(void)state;
	rig_unplug(&m->line[0]);
	rig_unplug(&m->line[1]);
	assert_false(is_called(m, false));
	rig_plug_in(m, &m->line[0]);
	assert_false(is_called(m, true));
}

/* A line that rattles calls nobody. */
static void noise_is_nobody(void **state)
{
	_drop_rig_ struct console_rig *m = make_paused();
	uint64_t seed = 7;
	char bytes[256];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(0x80 + test_random(&seed) % 0x80);
	rig_type_bytes(m, &m->line[1], bytes, sizeof(bytes));
	assert_false(is_called(m, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_key_or_escape_alone),
		cmocka_unit_test(keys_of_the_menu_are_the_menus),
		cmocka_unit_test(the_answer_of_a_terminal_is_no_key),
		cmocka_unit_test(nothing_is_plugged_in),
		cmocka_unit_test(noise_is_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
