#include "menu.h"

#include "authority.h"
#include "await.h"
#include "base/log.h"
#include "boot_load.h"
#include "menu_choice.h"
#include "menu_list.h"
#include "menu_pace.h"
#include "init.h"
#include "kexec_syscall.h"
#include "settings.h"
#include "sys/console.h"
#include "sys/file.h"
#include "sys/module.h"
#include "sys/proc.h"
#include "menu_consoles.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How long the reason of a failure stands before the next entry boots by
 * itself. */
#define FAILURE_SHOWN_MS 5000

/* Drivers find their disks one after the other. Which entry is the first is
 * only said when none has come for so long; an entry the image or the command
 * line names does not wait for that. */
#define DISKS_QUIET_MS 250

/* The longest the loop sleeps while it waits for drivers and disks. */
#define SETTLE_POLL_MS 50

struct menu {
	const char *root; /* NULL on the machine */
	struct config config;
	struct authority authority;
	struct scan scan;
	struct menu_choice choice;
	struct choice chosen; /* what boots by itself, when it does */
	bool is_by_itself;
	bool is_wait_over; /* for what `wait-for` names */
	struct menu_list list;
	struct menu_pace pace;
	struct terminals terminals;
	uint64_t start_ms;
	bool is_counting; /* towards the first boot, nobody has come */
	bool has_deadline;
	uint64_t deadline_ms; /* when the default boots by itself, or: */
	int end_status;	      /* what to leave with then, 0 for none */
	uint32_t failed_id;
	char failure[ERROR_TEXT_MAX];
};

/* --- from an entry to the next kernel ------------------------------------ */

/* One line on what vouches for what is about to start, or what does not. */
static void say_verdict(struct menu *menu, uint32_t id)
{
	const struct boot_entry *entry = scan_find(&menu->scan, id);
	char line[ERROR_TEXT_MAX + 32];

	if (!entry || menu->config.policy.verify == VERIFY_OFF)
		return;
	if (entry->warning[0])
		snprintf(line, sizeof(line), "WARNING: not verified: %s",
			 entry->warning);
	else
		snprintf(line, sizeof(line), "Verified: %s.",
			 entry->verified.text);
	terminals_say(&menu->terminals, line);
}

static enum status fail_gone(struct error *err)
{
	return fail(err, E_IMAGE_GONE, "its disk is not there any more");
}

/* Has written what this attempt uses up. */
static enum status use_up(struct menu *menu, uint32_t id, unsigned parts,
			  struct error *err)
{
	return menu_choice_use_up(&menu->choice, &menu->scan, id,
				  menu->is_by_itself ? &menu->chosen : NULL,
				  parts, err);
}

/* A one-shot goes before its entry is even read: whatever becomes of that, it
 * is not tried again. The rest is written at the last moment. Everything of
 * this kernel's that could hold up the jump is left behind as it is: probes are
 * killed, not waited for, and what was written is on its disk. */
static enum status boot_for_real(struct menu *menu, struct boot_entry *entry,
				 struct error *err)
{
	struct kexec_loaded loaded;
	uint32_t id = entry->id;
	char line[128];
	enum status s = OK;

	if (menu->is_by_itself && menu->chosen.rank == CHOSEN_BY_ONE_SHOT)
		s = use_up(menu, id, ATTEMPT_ONE_SHOTS, err);
	entry = scan_find(&menu->scan, id);
	if (s == OK && !entry)
		s = fail_gone(err);
	if (s == OK)
		s = boot_load(&menu->scan, entry, &menu->config,
			      &menu->authority.verify, &loaded, err);
	if (s == OK)
		s = use_up(menu, id, ATTEMPT_ALL, err);
	if (s != OK)
		return s;
	say_verdict(menu, id);
	snprintf(line, sizeof(line),
		 "Loaded %llu bytes with %s in %llu ms. Jumping.",
		 (unsigned long long)loaded.bytes,
		 loaded.used == KEXEC_FILE ? "kexec_file_load" : "kexec_load",
		 (unsigned long long)loaded.call_ms);
	terminals_say(&menu->terminals, line);
	terminals_close(&menu->terminals);
	s = kexec_go(&loaded, err);
	terminals_open(&menu->terminals, false, NULL);
	return s;
}

/* --- what happens without an operator ------------------------------------ */

static bool drivers_are_loaded(const struct menu *menu)
{
	return menu->root || !access(MODULE_DONE_FILE, F_OK);
}

/* A driver that never comes to its end must not keep the machine from booting
 * what the others have found. */
static bool drivers_are_awaited(const struct menu *menu, uint64_t now)
{
	return !drivers_are_loaded(menu) &&
	       now < menu->start_ms + menu->config.probe_timeout_s * 1000ULL;
}

/* Whether something that `wait-for` names is still to come. */
static bool is_awaited(struct menu *menu, uint64_t now)
{
	const struct config *c = &menu->config;
	struct display missing;

	if (await_is_holding(c->wait_for, c->wait_for_timeout_s,
			     now - menu->start_ms, &menu->scan, &missing))
		return true;
	if (!menu->is_wait_over &&
	    !await_is_there(c->wait_for, &menu->scan, &missing))
		log_warn("%s has not come within %u s (wait-for)", missing.text,
			 c->wait_for_timeout_s);
	menu->is_wait_over = true;
	return false;
}

/* One that comes and goes all the time must not keep the machine from booting
 * either. */
static bool disks_still_come(const struct menu *menu, uint64_t now)
{
	uint64_t longest = menu->config.probe_timeout_s * 1000ULL;

	return drivers_are_awaited(menu, now) ||
	       (!menu->root && now < menu->scan.came_ms + DISKS_QUIET_MS &&
		now < menu->start_ms + longest);
}

/* The entry that boots by itself, and whether it can be said already. */
static void choose(struct menu *menu, uint64_t now, struct choice *ret,
		   bool *ret_final)
{
	const struct choice_wait wait = {
		.pending = scan_pending(&menu->scan),
		.holding = scan_holding(&menu->scan, now),
		.more_come = disks_still_come(menu, now),
	};

	menu_choice_make(&menu->choice, &menu->scan, &wait, ret, ret_final);
	*ret_final = *ret_final && !is_awaited(menu, now);
}

/* What says how long to wait comes with the disks: until somebody has come, or
 * an entry was tried, the time counts from the start. */
static void count_down(struct menu *menu)
{
	struct choices in = menu_choice_sources(&menu->choice, &menu->scan);
	const struct config_choices *timeout = choice_timeout(&in);

	if (!menu->is_counting)
		return;
	menu->has_deadline = timeout->timeout_s != CONFIG_TIMEOUT_FORCE;
	menu->deadline_ms = menu->start_ms + timeout->timeout_s * 1000ULL;
}

static void stop_counting(struct menu *menu)
{
	menu->is_counting = menu->has_deadline = false;
	menu->end_status = 0;
}

/* Reading revocations lets the list change, so the entry is looked up anew. */
static void attempt(struct menu *menu, uint32_t id, struct error *err)
{
	struct boot_entry *entry;

	authority_narrow(&menu->authority, &menu->scan);
	entry = scan_find(&menu->scan, id);
	if (!entry)
		fail_gone(err);
	else if (menu->root)
		boot_rehearse(&menu->scan, entry, &menu->config,
			      &menu->authority.verify, err);
	else
		boot_for_real(menu, entry, err);
}

/* Keeps why the copy failed. False if the reason is not the copy's. */
static bool try_copy(struct menu *menu, const struct boot_entry *entry)
{
	uint32_t id = entry->id;
	struct error err = { .code = OK };
	char text[DISPLAY_MAX + sizeof(entry->place.name) + 32];
	struct boot_entry *still;

	snprintf(text, sizeof(text), "Starting %s from %s",
		 entry->found.title.text, entry->place.name);
	terminals_say(&menu->terminals, text);
	attempt(menu, id, &err);
	log_error("%s", err.text);
	terminals_say(&menu->terminals, err.text);
	memcpy(menu->failure, err.text, sizeof(menu->failure));
	still = scan_find(&menu->scan, id);
	if (err.code == E_ATTEMPT_ONE_SHOT || !still)
		return err.code != E_ATTEMPT_ONE_SHOT;
	still->failure_code = err.code;
	memcpy(still->failure, err.text, sizeof(still->failure));
	scan_fold(&menu->scan);
	return true;
}

/* One copy of the line after the other, until none is left that has not failed.
 * A line that failed before is tried once more, when somebody asks for it.
 * False if the reason is not the line's. */
static bool boot(struct menu *menu, uint32_t line)
{
	struct boot_entry *entry = scan_leader(&menu->scan, line);
	bool go_on;

	stop_counting(menu);
	menu->failed_id = line;
	terminals_pause(&menu->terminals);
	do {
		go_on = try_copy(menu, entry);
		entry = scan_leader(&menu->scan, line);
	} while (go_on && !menu->root && entry && entry->found.why == OK &&
		 entry->failure_code == OK);
	terminals_resume(&menu->terminals);
	return go_on;
}

/* What the configuration says of a failure that nobody has seen. */
static void act_on_failure(struct menu *menu, uint32_t id)
{
	if (menu->config.on_failure == FAILURE_MENU) {
		menu->has_deadline = false;
		return;
	}
	if (menu->config.on_failure == FAILURE_REBOOT)
		menu->end_status = INIT_EXIT_REBOOT;
	else if (menu->config.on_failure == FAILURE_POWER_OFF)
		menu->end_status = INIT_EXIT_POWER_OFF;
	if (menu->end_status) {
		struct error err;

		/* what ends like this was an attempt, else the next start
		 * would come to the same end for ever */
		if (!menu->root &&
		    use_up(menu, id, ATTEMPT_ONE_SHOTS | ATTEMPT_COUNTER,
			   &err) != OK)
			log_warn("%s", err.text);
		log_warn("the machine goes down in %d s, as on-failure says",
			 FAILURE_SHOWN_MS / 1000);
	}
}

/* --- the screen ---------------------------------------------------------- */

static int countdown_s(struct menu *menu, uint64_t now)
{
	if (!menu->has_deadline)
		return -1;
	if (now >= menu->deadline_ms)
		return 0;
	return (int)((menu->deadline_ms - now + 999) / 1000);
}

static void show(struct menu *menu, uint64_t now)
{
	struct menu_list_state state = {
		.policy = &menu->config.policy,
		.failure = menu->failure,
		.failed_id = menu->failed_id,
		.countdown_s = countdown_s(menu, now),
		.shell_locked = menu->root ? "a rehearsal opens none"
					   : policy_shell_locked(&menu->config),
		.editor_locked = policy_editor_locked(&menu->config),
		.drivers_pending = !drivers_are_loaded(menu),
	};
	struct choice choice;
	bool final;

	choose(menu, now, &choice, &final);
	if (!choice.entry || menu->end_status)
		state.countdown_s = -1;
	state.default_id = choice.entry ? choice.entry->line : 0;
	menu_list_fill(&menu->list, &menu->scan, &state);
	terminals_show(&menu->terminals, &menu->list.model, now);
	menu_pace_shown(&menu->pace, &choice, now_ms());
}

static void show_in_time(struct menu *menu, uint64_t now)
{
	unsigned pending = scan_pending(&menu->scan);
	struct choice choice;
	bool final;

	choose(menu, now, &choice, &final);
	if (terminals_due(&menu->terminals, now) &&
	    menu_pace_may_wait(&menu->pace, &choice, pending, now))
		terminals_send(&menu->terminals);
	else
		show(menu, now);
}

/* Returns the status to leave with, or -1 to go on. */
static int act_when_due(struct menu *menu, uint64_t now)
{
	bool final, go_on;
	uint32_t id;

	if (!menu->has_deadline || now < menu->deadline_ms)
		return -1;
	if (menu->end_status)
		return menu->root ? 0 : menu->end_status;
	choose(menu, now, &menu->chosen, &final);
	if (!menu->chosen.entry || !final)
		return -1;
	id = menu->chosen.entry->id;
	menu->is_by_itself = true;
	show(menu, now); /* it may have come this moment */
	go_on = boot(menu, menu->chosen.entry->line);
	menu->has_deadline = true;
	menu->deadline_ms = now_ms() + FAILURE_SHOWN_MS;
	if (go_on)
		act_on_failure(menu, id);
	menu->is_by_itself = false;
	return -1;
}

/* Returns the status to leave with, or -1 to go on. */
static int act(struct menu *menu, struct ui_action action)
{
	struct boot_entry *entry;

	switch (action.code) {
	case UI_BOOT:
		entry = scan_leader(&menu->scan, action.id);
		if (entry)
			boot(menu, entry->line);
		return -1;
	case UI_RESCAN:
		log_info("looking at all disks again");
		scan_again(&menu->scan, NULL);
		return -1;
	case UI_REBOOT:
		return menu->root ? 0 : INIT_EXIT_REBOOT;
	case UI_POWER_OFF:
		return menu->root ? 0 : INIT_EXIT_POWER_OFF;
	case UI_SHELL:
		return menu->root ? 0 : INIT_EXIT_SHELL;
	case UI_NONE:
		break;
	}
	return -1;
}

static int sooner(int a, int b)
{
	return b < 0 || (a >= 0 && a < b) ? a : b;
}

static int wait_ms(struct menu *menu, uint64_t now)
{
	int wait = sooner(scan_wait_ms(&menu->scan),
			  menu_choice_wait_ms(&menu->choice));

	wait = sooner(wait, terminals_due(&menu->terminals, now));
	wait = sooner(wait, menu_pace_wait_ms(&menu->pace, now));
	if (!menu->has_deadline)
		return wait;
	if (now < menu->deadline_ms) {
		/* The next full second is shown as it begins. */
		uint64_t left = menu->deadline_ms - now;

		return sooner(wait, (int)(left % 1000 ? left % 1000 : 1000));
	}
	if (scan_pending(&menu->scan) || disks_still_come(menu, now) ||
	    !menu->is_wait_over)
		return sooner(wait, SETTLE_POLL_MS);
	return wait;
}

static void sleep_until_something(struct menu *menu, uint64_t now)
{
	struct pollfd fds[SCAN_FDS_MAX + TERMINALS_FDS_MAX + 1];
	size_t count = scan_poll_fds(&menu->scan, fds);

	count += terminals_poll_fds(&menu->terminals, fds + count);
	count += menu_choice_poll_fds(&menu->choice, fds + count);
	poll(fds, count, wait_ms(menu, now));
}

static int loop(struct menu *menu)
{
	for (;;) {
		uint64_t now = now_ms();
		struct ui_action action;
		int status;

		scan_handle(&menu->scan, now);
		menu_choice_handle(&menu->choice,
				   drivers_are_awaited(menu, now));
		count_down(menu);
		status = act_when_due(menu, now);
		now = now_ms();
		show_in_time(menu, now);
		while (status < 0 &&
		       terminals_next(&menu->terminals, &menu->list.model, now,
				      &action)) {
			stop_counting(menu);
			status = act(menu, action);
			show(menu, now);
		}
		if (status >= 0)
			return status;
		sleep_until_something(menu, now);
	}
}

static enum status begin(struct menu *menu, struct error *err)
{
	enum status s;

	if (menu->root)
		settings_load_builtin(&menu->config);
	else
		settings_load(&menu->config);
	menu_choice_begin(&menu->choice, &menu->config, !menu->root);
	if (authority_open(&menu->authority, &menu->config.policy, !menu->root,
			   err) != OK)
		log_error("the keyring cannot be used: %s", err->text);
	s = scan_init(&menu->scan, menu->config.probe_timeout_s, err);
	if (s != OK)
		return s;
	menu->scan.places = place_rules_of(&menu->config);
	scan_add_configured(&menu->scan, SETTINGS_ENTRIES);
	s = menu->root ? scan_begin_root(&menu->scan, menu->root, err)
		       : scan_begin_machine(&menu->scan, err);
	if (s != OK)
		return s;
	return terminals_open(&menu->terminals, menu->root != NULL, err);
}

int menu_run(const char *root)
{
	struct menu *menu = calloc(1, sizeof(*menu));
	struct error err = { .code = OK };
	int status = 1;

	if (!menu)
		return 1;
	menu->root = root;
	if (!root)
		log_to(open("/dev/kmsg", O_WRONLY | O_CLOEXEC), true, LOG_INFO);
	else if (isatty(STDERR_FILENO))
		/* lines there would tear the screen; the log page has them */
		log_to(-1, false, LOG_INFO);
	if (begin(menu, &err) == OK) {
		menu->start_ms = now_ms();
		menu->is_counting = true;
		status = loop(menu);
	} else {
		fprintf(stderr, "keelboot: %s\n", err.text);
	}
	terminals_close(&menu->terminals);
	menu_choice_end(&menu->choice);
	scan_end(&menu->scan);
	authority_close(&menu->authority);
	menu_list_drop(&menu->list);
	free(menu);
	return status;
}
