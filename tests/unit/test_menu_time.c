/* What happens by itself when somebody was there for a moment. */
#include "menu_parts.h"
#include "scan_list.h"
#include "test.h"

#include <stdio.h>

static struct menu menu;
static struct probe_message message;

static int set_up(void **state)
{
	struct error err;

	(void)state;
	memset(&menu, 0, sizeof(menu));
	menu.root = "/nowhere"; /* no drivers to wait for */
	config_defaults(&menu.config);
	menu.clock.is_counting = true;
	menu.start_ms = menu.key_ms = 1000;
	ui_menu_init(&menu.terminals.ui);
	assert_ok(&err, scan_init(&menu.scan, 5, &err));
	menu_choice_begin(&menu.choice, &menu.config, false);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	menu_choice_end(&menu.choice);
	scan_end(&menu.scan);
	return 0;
}

static void add_entry(const char *id)
{
	struct probe_message *m = &message;

	memset(m, 0, sizeof(*m));
	m->kind = PROBE_FOUND;
	strcpy(m->place.name, "vda1");
	m->found.kind = FOUND_UKI;
	m->found.is_automatic = true;
	snprintf(m->found.id, sizeof(m->found.id), "%s", id);
	snprintf(m->found.path, sizeof(m->found.path), "/EFI/Linux/%s", id);
	scan_take_message(&menu.scan, 0, m,
			  offsetof(struct probe_message, found) +
				  found_size(&m->found));
	scan_handle(&menu.scan, menu.start_ms);
}

/* A key, as far as the clock is concerned. */
static void press(uint64_t now)
{
	menu.terminals.ui.touched = true;
	menu_follow_keys(&menu, now);
}

/* A menu that is switched off is there while nothing can boot. Who was there in
 * that time, and be it noise, must not hold the machine for ever: keys do
 * nothing any more. */
static void a_menu_that_is_switched_off_again_goes_on(void **state)
{
	(void)state;
	menu.config.builtin.manner = MENU_DISABLED;
	menu.config.builtin.has_manner = true;
	menu.config.idle_timeout_s = 0; /* never */
	menu_count_down(&menu);
	assert_int_equal(menu_manner(&menu, 1500), UI_SHOWN);
	press(1500);
	menu_resume_when_idle(&menu, 1500);
	assert_true(menu.is_touched);
	assert_int_equal(menu_countdown_s(&menu, 1500), -1);
	menu.terminals.ui.is_unlocked = true;
	add_entry("late.efi");
	assert_int_equal(menu_manner(&menu, 2000), UI_DISABLED);
	menu_resume_when_idle(&menu, 2000);
	assert_false(menu.is_touched || menu.terminals.ui.touched);
	assert_false(menu.terminals.ui.is_unlocked);
	assert_int_equal(menu_manner(&menu, 2000), UI_DISABLED);
	assert_in_range(menu_countdown_s(&menu, 2000), 1, 10);
	/* and once */
	menu_resume_when_idle(&menu, 5000);
	assert_in_range(menu_countdown_s(&menu, 5000), 1, 7);
}

/* One that shows stays as somebody left it. */
static void a_menu_that_shows_waits(void **state)
{
	(void)state;
	menu.config.idle_timeout_s = 0;
	menu_count_down(&menu);
	press(1500);
	add_entry("late.efi");
	menu_resume_when_idle(&menu, 1000000);
	assert_true(menu.is_touched);
	assert_int_equal(menu_countdown_s(&menu, 1000000), -1);
	menu.config.idle_timeout_s = 60;
	menu_resume_when_idle(&menu, 1500 + 59999);
	assert_true(menu.is_touched);
	menu_resume_when_idle(&menu, 1500 + 60000);
	assert_false(menu.is_touched);
	assert_in_range(menu_countdown_s(&menu, 61500), 1, 10);
}

/* What is waited for can come between a look at the time and the wait: then
 * nothing else happens that would end it. */
static void what_may_boot_is_not_waited_for(void **state)
{
	uint64_t now = menu.start_ms + 60000;

	(void)state;
	menu_count_down(&menu);
	menu.is_wait_over = true;
	assert_int_equal(menu_countdown_s(&menu, now), 0);
	assert_int_equal(menu_wait_ms(&menu, now), -1);
	add_entry("late.efi");
	assert_in_range(menu_wait_ms(&menu, now), 0, 50);
}

/* What `wait-for` names was there and went, and the time to choose is over:
 * it is waited for again, and somebody wakes when that time is over, too. */
static void what_went_is_waited_for_again(void **state)
{
	struct choice choice;
	bool is_final;

	(void)state;
	add_entry("other.efi");
	strcpy(menu.config.wait_for, "other.efi late.efi");
	menu.config.wait_for_timeout_s = 30;
	menu_count_down(&menu);
	add_entry("late.efi");
	menu_choose(&menu, menu.start_ms + 2000, &choice, &is_final);
	assert_true(is_final && menu.is_wait_over);
	scan_list_remove(&menu.scan, 0);
	add_entry("other.efi");
	for (uint64_t now = menu.start_ms + 5000; now < menu.start_ms + 30000;
	     now += 1000) {
		menu_choose(&menu, now, &choice, &is_final);
		assert_true(choice.entry && !is_final);
		assert_int_equal(menu_countdown_s(&menu, now), 0);
		assert_in_range(menu_wait_ms(&menu, now), 1, 50);
	}
	menu_choose(&menu, menu.start_ms + 30000, &choice, &is_final);
	assert_true(choice.entry && is_final && menu.is_wait_over);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_menu_that_is_switched_off_again_goes_on, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(a_menu_that_shows_waits, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_may_boot_is_not_waited_for,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_went_is_waited_for_again,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
