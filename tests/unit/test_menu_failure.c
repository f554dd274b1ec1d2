/* What follows when what boots by itself has failed. */
#include "base/log.h"
#include "init.h"
#include "menu_parts.h"
#include "sys/proc.h"
#include "test.h"

#include <stdio.h>
#include <unistd.h>

#define SHOWN_MS 5000 /* how long a reason stands at least */

static struct menu menu;
static struct probe_message message;

static int set_up(void **state)
{
	struct error err;

	(void)state;
	memset(&menu, 0, sizeof(menu));
	menu.root = "/nowhere"; /* a rehearsal: nothing of it is for real */
	net_init(&menu.net);
	config_defaults(&menu.config);
	menu.config.idle_timeout_s = 60;
	menu.start_ms = menu.key_ms = now_ms();
	ui_menu_init(&menu.terminals.ui);
	assert_ok(&err, scan_init(&menu.scan, 5, &err));
	menu_network_init(&menu);
	menu_choice_begin(&menu.choice, &menu.config, false);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	menu_choice_end(&menu.choice);
	scan_end(&menu.scan);
	net_end(&menu.net);
	menu_list_drop(&menu.list);
	return 0;
}

/* Nothing keeps up a network here, so it cannot boot. */
static struct boot_entry *add_network(const char *id, const char *lines)
{
	struct net_entry *entry = malloc(sizeof(*entry));
	char text[256];
	uint32_t number;
	struct error err;

	assert_non_null(entry);
	snprintf(text, sizeof(text), "uki-url http://192.0.2.1/x\n%s", lines);
	assert_ok(&err, net_entry_parse(span_of_text(text), true, NULL, NULL,
					entry, &err));
	assert_ok(&err, net_add(&menu.net, entry, id, &number, &err));
	number = scan_add_network(&menu.scan, number, true);
	scan_fold(&menu.scan);
	return scan_find(&menu.scan, number);
}

/* Nor this: no disk has it. */
static void add_disk(const char *id)
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
	scan_handle(&menu.scan, now_ms());
}

/* The time is over. */
static int act(void)
{
	menu.clock.has_deadline = true;
	menu.clock.deadline_ms = 1;
	return menu_act_when_due(&menu, now_ms());
}

/* Between these many milliseconds from now. */
static void assert_pause(uint64_t least, uint64_t most)
{
	uint64_t now = now_ms();

	assert_true(menu.clock.has_deadline);
	/* some are over */
	assert_in_range(menu.clock.deadline_ms, now + least - 2000, now + most);
}

/* --- each end ----------------------------------------------------------------
 */

static const struct end {
	const char *lines;
	enum failure_action config;
	bool is_held;
	int end_status;
} ends[] = {
	{ "", FAILURE_NEXT, false, 0 },
	{ "", FAILURE_MENU, true, 0 },
	{ "", FAILURE_HOLD, true, 0 },
	{ "", FAILURE_REBOOT, false, INIT_EXIT_REBOOT },
	{ "", FAILURE_POWER_OFF, false, INIT_EXIT_POWER_OFF },
	{ "on-failure next\n", FAILURE_REBOOT, false, 0 },
	{ "on-failure menu\n", FAILURE_NEXT, true, 0 },
	{ "on-failure hold\n", FAILURE_NEXT, true, 0 },
	{ "on-failure reboot\n", FAILURE_HOLD, false, INIT_EXIT_REBOOT },
	{ "on-failure poweroff\n", FAILURE_NEXT, false, INIT_EXIT_POWER_OFF },
};

static void assert_end(const struct end *e)
{
	assert_int_equal(act(), -1);
	assert_int_equal(menu.failed_code, E_NET_ENDED);
	assert_false(menu.is_by_itself);
	assert_int_equal(menu.is_held, e->is_held);
	assert_int_equal(menu.clock.end_status, e->end_status);
	assert_int_equal(menu.clock.has_deadline, !e->is_held);
	if (e->is_held)
		assert_int_equal(menu_countdown_s(&menu, now_ms()), -1);
	else
		assert_pause(SHOWN_MS, SHOWN_MS);
	if (e->end_status) /* a rehearsal leaves with 0 */
		assert_int_equal(act(), 0);
}

static void an_entry_says_what_follows_or_the_image(void **state)
{
	for (size_t i = 0; i < test_count(ends); i++) {
		menu.config.on_failure = ends[i].config;
		assert_non_null(add_network("x.conf", ends[i].lines));
		assert_end(&ends[i]);
		tear_down(state);
		set_up(state);
	}
}

static unsigned log_count(const char *what)
{
	struct span log = log_kept(), line;
	unsigned count = 0;

	while (span_next_line(&log, &line))
		count += strstr(display_of(line).text, what) != NULL;
	return count;
}

/* Only "next" goes on. */
static void the_log_says_what_boots_if_something_does(void **state)
{
	for (size_t i = 0; i < test_count(ends); i++) {
		const struct end *e = &ends[i];
		bool goes_on = !e->is_held && !e->end_status;
		char id[16], first[64], again[80];

		snprintf(id, sizeof(id), "%zu.conf", i);
		snprintf(first, sizeof(first), "boots by itself: %s: the first",
			 id);
		snprintf(again, sizeof(again),
			 "boots by itself: %s: it may boot now", id);
		menu.config.on_failure = e->config;
		add_network(id, e->lines);
		act();
		menu_show(&menu, now_ms());
		assert_int_equal(log_count(first), 1);
		assert_int_equal(log_count(again), goes_on);
		/* who tries it by hand lets it go on; another may fail */
		menu.is_held = false;
		menu.clock.end_status = 0;
		menu_show(&menu, now_ms());
		assert_int_equal(log_count(again), 1);
		tear_down(state);
		set_up(state);
	}
}

static void of_a_menu_that_waits_for_ever_nothing_is_said(void **state)
{
	(void)state;
	menu.config.builtin.timeout_s = CONFIG_TIMEOUT_FORCE;
	menu.config.builtin.has_timeout = true;
	add_network("ever.conf", "");
	menu_show(&menu, now_ms());
	assert_int_equal(log_count("boots by itself: ever.conf"), 0);
	menu.config.builtin.timeout_s = 7;
	menu_show(&menu, now_ms());
	assert_int_equal(log_count("boots by itself: ever.conf"), 1);
}

/* What an entry of the network says is not said of a disk. */
static void of_a_disk_the_image_says_it(void **state)
{
	(void)state;
	add_disk("a.efi");
	add_network("n.conf", "on-failure poweroff\n");
	menu.config.on_failure = FAILURE_MENU;
	strcpy(menu.config.boot_order, "disk network");
	assert_int_equal(act(), -1);
	assert_true(menu.is_held);
	assert_int_equal(menu.clock.end_status, 0);
	menu.is_held = false;
	assert_int_equal(act(), -1);
	assert_int_equal(menu.clock.end_status, INIT_EXIT_POWER_OFF);
}

static void a_hold_ends_for_somebody_alone(void **state)
{
	uint64_t late;

	(void)state;
	add_network("x.conf", "on-failure hold\n");
	act();
	late = now_ms() + 1000000;
	menu_resume_when_idle(&menu, late);
	assert_int_equal(menu_countdown_s(&menu, late), -1);
	/* who came and went has not mended it, and gave the password */
	menu.terminals.ui.touched = true;
	menu_follow_keys(&menu, late);
	menu.terminals.ui.is_unlocked = true;
	menu_resume_when_idle(&menu, late + 59999);
	assert_true(menu.is_touched && menu.terminals.ui.is_unlocked);
	menu_resume_when_idle(&menu, late + 1000000);
	assert_false(menu.is_touched || menu.terminals.ui.is_unlocked);
	assert_int_equal(menu_countdown_s(&menu, late + 1000000), -1);
	assert_int_equal(menu_act_when_due(&menu, late + 1000000), -1);
	assert_true(menu.is_held);
}

/* A failure that somebody is to see is seen by who comes; then the list is as
 * it was. */
static void a_menu_stays_until_somebody_has_come(void **state)
{
	uint64_t late;

	(void)state;
	add_network("x.conf", "on-failure menu\n");
	menu.config.builtin.manner = MENU_DISABLED;
	menu.config.builtin.has_manner = true;
	act();
	late = now_ms() + 1000000;
	menu_resume_when_idle(&menu, late);
	assert_int_equal(menu_countdown_s(&menu, late), -1);
	assert_int_equal(menu_manner(&menu, late), UI_SHOWN);
	menu.terminals.ui.touched = true;
	menu_follow_keys(&menu, late);
	menu_resume_when_idle(&menu, late + 60000);
	assert_false(menu.is_touched);
	assert_int_equal(menu_countdown_s(&menu, late + 60000), -1);
}

/* --- again -------------------------------------------------------------------
 */

/* Less and less often, and never at the same time as others. */
static void what_failed_is_tried_again_later_each_time(void **state)
{
	const struct boot_entry *entry;

	(void)state;
	entry = add_network("x.conf", "");
	act();
	assert_int_equal(entry->failure_code, E_NET_ENDED);
	assert_false(menu.chosen.is_again);
	assert_pause(SHOWN_MS, SHOWN_MS);
	for (unsigned i = 0; i < 10; i++) {
		uint64_t longest = (uint64_t)SHOWN_MS << (i < 6 ? i : 6);

		act();
		assert_true(menu.chosen.is_again);
		assert_pause(longest / 2 + SHOWN_MS, longest + SHOWN_MS);
	}
	/* what is new is new */
	add_network("y.conf", "");
	act();
	assert_false(menu.chosen.is_again);
	assert_pause(SHOWN_MS, SHOWN_MS);
	act();
	assert_true(menu.chosen.is_again);
	assert_pause(SHOWN_MS / 2 + SHOWN_MS, 2 * SHOWN_MS);
}

static void pauses_are_in_part_chance(void **state)
{
	uint64_t first = 0;
	bool differ = false;

	(void)state;
	add_network("x.conf", "");
	act();
	for (unsigned i = 0; i < 20 && !differ; i++) {
		uint64_t pause;

		menu.agains = 6;
		act();
		pause = (menu.clock.deadline_ms - now_ms()) / 1000;
		differ = first && pause != first;
		first = pause;
	}
	assert_true(differ);
}

/* --- somebody comes ----------------------------------------------------------
 */

static bool is_called(void *ctx)
{
	return ctx != NULL;
}

static void who_comes_while_it_waits_gets_the_menu(void **state)
{
	const struct boot_entry *entry;
	struct error err;
	int theirs;

	(void)state;
	entry = add_network("x.conf", "on-failure reboot\n");
	menu.net.is_stopped = is_called;
	menu.net.stop_ctx = &menu;
	assert_ok(&err, msg_pair(&menu.net.socket, &theirs, &err));
	assert_int_equal(act(), -1);
	assert_true(menu.is_touched && menu.terminals.ui.touched);
	assert_false(menu.clock.has_deadline);
	assert_int_equal(menu.clock.end_status, 0);
	assert_int_equal(entry->failure_code,
			 OK); /* nothing is wrong with it */
	assert_string_equal(menu.failure, "");
	close(theirs);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_entry_says_what_follows_or_the_image),
		TEST(the_log_says_what_boots_if_something_does),
		TEST(of_a_menu_that_waits_for_ever_nothing_is_said),
		TEST(of_a_disk_the_image_says_it),
		TEST(a_hold_ends_for_somebody_alone),
		TEST(a_menu_stays_until_somebody_has_come),
		TEST(what_failed_is_tried_again_later_each_time),
		TEST(pauses_are_in_part_chance),
		TEST(who_comes_while_it_waits_gets_the_menu),
	};

	log_to(-1, false, LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
