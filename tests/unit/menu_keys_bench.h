/*
 * The menu's clock and its keys together, for tests: the loop of menu.c on a
 * pseudo-terminal, and on a clock that moves when told to.
 */
#ifndef KEELBOOT_TESTS_UNIT_MENU_KEYS_BENCH_H
#define KEELBOOT_TESTS_UNIT_MENU_KEYS_BENCH_H

#include <stdint.h>
#include <time.h>

static int told_time(clockid_t id, struct timespec *ret);
#define clock_gettime told_time
#include "boot/sys/proc.c"
#undef clock_gettime

#include "console_rig.h"
#include "menu_parts.h"
#include "test.h"

#include <stdio.h>
#include <sys/ioctl.h>

#define START	  1000000
#define TIMEOUT_S 3
#define DEADLINE  (START + TIMEOUT_S * 1000)
/* Everything that may still come of a key has come after so long. */
#define LONG_MS 12000

static struct menu menu;
static struct probe_message message;
static struct console_rig *rig;
static uint64_t clock_ms;
static unsigned look_ms; /* each look at the clock takes so long */

static int told_time(clockid_t id, struct timespec *ret)
{
	if (id != CLOCK_BOOTTIME)
		return clock_gettime(id, ret);
	clock_ms += look_ms;
	*ret = (struct timespec){ (time_t)(clock_ms / 1000),
				  (long)(clock_ms % 1000) * 1000000 };
	return 0;
}

/* --- the machine ---------------------------------------------------------- */

/* The last of the alphabet is listed first; no disk has them, so that each
 * attempt to boot fails. */
static void add_entry(const char *title)
{
	struct probe_message *m = &message;

	memset(m, 0, sizeof(*m));
	m->kind = PROBE_FOUND;
	strcpy(m->place.name, "vda1");
	m->found.kind = FOUND_UKI;
	m->found.is_automatic = true;
	m->found.title = display_of_text(title);
	snprintf(m->found.id, sizeof(m->found.id), "%s.efi", title);
	snprintf(m->found.path, sizeof(m->found.path), "/EFI/Linux/%s.efi",
		 title);
	scan_take_message(&menu.scan, 0, m,
			  offsetof(struct probe_message, found) +
				  found_size(&m->found));
}

static void begin(uint32_t timeout_s)
{
	struct error err;

	clock_ms = START;
	memset(&menu, 0, sizeof(menu));
	menu.root = "/nowhere"; /* a rehearsal: nothing of it is for real */
	net_init(&menu.net);
	menu.machine.watch = NETWORK_WATCH_NONE;
	config_defaults(&menu.config);
	menu.config.policy.verify = VERIFY_OFF;
	menu.config.builtin.timeout_s = timeout_s;
	menu.start_ms = menu.key_ms = now_ms();
	menu.clock.is_counting = true;
	assert_ok(&err, scan_init(&menu.scan, 5, &err));
	menu_network_init(&menu);
	menu_choice_begin(&menu.choice, &menu.config, false);
	add_entry("b");
	add_entry("c");
	assert_ok(&err, terminals_open(&menu.terminals, &rig->options, &err));
}

static void end(void)
{
	terminals_close(&menu.terminals);
	menu_choice_end(&menu.choice);
	scan_end(&menu.scan);
	net_end(&menu.net);
	menu_list_drop(&menu.list);
}

static int set_up(void **state)
{
	(void)state;
	rig = rig_make("ttyS0");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	end();
	console_rig_drop(&rig);
	return 0;
}

static int waiting(void)
{
	int count = 0;

	assert_int_equal(
		ioctl(menu.terminals.all[0].console.fd, FIONREAD, &count), 0);
	return count;
}

static void type_bytes(const char *bytes, size_t len)
{
	int want = waiting() + (int)len;

	assert_int_equal(write(rig->line[0].master, bytes, len), len);
	for (unsigned tries = 0; waiting() < want; tries++) {
		assert_true(tries < 100000);
		poll(NULL, 0, tries > 100);
	}
}

static bool has_booted(void)
{
	return menu.failed_id != 0;
}

/* The menu's own loop for so long, and not while it has to turn at once all the
 * time; it ends with an attempt to boot. */
static void run_until(uint64_t end_ms)
{
	unsigned at_once = 0;

	while (!has_booted()) {
		char shown[4096];
		uint64_t now;
		int wait;

		assert_int_equal(menu_turn(&menu, &now), -1);
		while (read(rig->line[0].master, shown, sizeof(shown)) > 0)
			;
		if (now >= end_ms)
			return;
		wait = menu_wait_ms(&menu, now);
		at_once = wait ? 0 : at_once + 1;
		assert_true(at_once < 100);
		clock_ms += wait < 0 || (uint64_t)wait > end_ms - now
				    ? end_ms - now
				    : (uint64_t)wait;
	}
}

static const char *booted(void)
{
	struct boot_entry *entry = scan_leader(&menu.scan, menu.failed_id);

	return entry ? entry->found.title.text : "nothing";
}

static bool by_itself(void)
{
	return has_booted() && !menu.terminals.ui.touched;
}

static const char *marked(void)
{
	struct boot_entry *entry =
		scan_leader(&menu.scan, menu.terminals.ui.selected);

	return entry ? entry->found.title.text : "nothing";
}

#endif
