/*
 * What happens without an operator: which entry boots by itself, when, and what
 * follows when it fails.
 */
#include "menu_parts.h"

#include "await.h"
#include "base/log.h"
#include "init.h"
#include "sys/module.h"
#include "sys/platform.h"
#include "sys/proc.h"

#include <inttypes.h>
#include <unistd.h>

/* How long the reason of a failure stands before the next entry boots by
 * itself. */
#define FAILURE_SHOWN_MS 5000

/* Drivers find their disks one after the other. Which entry is the first is
 * only said when none has come for so long; an entry the image or the command
 * line names does not wait for that. */
#define DISKS_QUIET_MS 250

/* What is tried again waits up to so many times twice as long as before. */
#define AGAIN_DOUBLE 6

/* The longest the loop sleeps while it waits for drivers and disks. */
#define SETTLE_POLL_MS 50

/* What is due waits so long for the rest of a key: one of four bytes, each of
 * which may be KEYS_QUIET_MS late. A line that never comes to an end of what it
 * begins holds up nothing longer. */
#define AMID_KEY_MOST_MS (2 * KEYS_QUIET_MS)

/* Whoever left a menu standing may come back to see what it will do. */
#define RESUME_LEAST_S 10

bool menu_drivers_are_loaded(const struct menu *menu)
{
	return menu->root || !access(MODULE_DONE_FILE, F_OK);
}

/* A driver that never comes to its end must not keep the machine from booting
 * what the others have found. */
bool menu_drivers_are_awaited(const struct menu *menu, uint64_t now)
{
	return !menu_drivers_are_loaded(menu) &&
	       now < menu->start_ms + menu->config.probe_timeout_s * 1000ULL;
}

/* Whether something that `wait-for` names is still to come. */
static bool is_awaited(struct menu *menu, uint64_t now)
{
	const struct config *c = &menu->config;
	struct display missing;

	if (await_is_holding(c->wait_for, c->wait_for_timeout_s,
			     now - menu->start_ms, &menu->scan, &missing)) {
		menu->is_wait_over = false; /* it may have gone again */
		return true;
	}
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

	return menu_drivers_are_awaited(menu, now) ||
	       (!menu->root && now < menu->scan.came_ms + DISKS_QUIET_MS &&
		now < menu->start_ms + longest);
}

/* Whether nothing goes on by itself: the time to choose is for ever, or a
 * failure is to be seen by somebody. */
static bool waits_for_ever(struct menu *menu)
{
	struct choices in = menu_choice_sources(&menu->choice, &menu->scan);

	return menu->is_held ||
	       choice_timeout(&in)->timeout_s == CONFIG_TIMEOUT_FORCE;
}

/* The entry that boots by itself, and whether it can be said already. */
/* What boots from the network waits for a disk that may still say where that
 * is, as it would for one that may say what boots. */
static bool is_network_to_come(const struct menu *menu,
			       const struct choice_wait *wait,
			       const struct choice *choice)
{
	return choice->entry && found_is_of_network(&choice->entry->found) &&
	       !menu->root && !menu->network_of[0] &&
	       !config_is_locked(&menu->config, "network") &&
	       (wait->holding || wait->more_come);
}

void menu_choose(struct menu *menu, uint64_t now, struct choice *ret,
		 bool *ret_final)
{
	const struct choice_wait wait = {
		.pending = scan_pending(&menu->scan),
		.holding = scan_holding(&menu->scan, now),
		.more_come = disks_still_come(menu, now),
		.is_over = menu->clock.end_status || waits_for_ever(menu),
	};

	menu_choice_make(&menu->choice, &menu->scan, &wait, ret, ret_final);
	*ret_final = *ret_final && !is_awaited(menu, now) &&
		     !is_network_to_come(menu, &wait, ret);
}

/* What says how long to wait comes with the disks: until somebody has come, or
 * an entry was tried, the time counts from the start. */
void menu_count_down(struct menu *menu)
{
	struct choices in = menu_choice_sources(&menu->choice, &menu->scan);
	const struct config_choices *timeout = choice_timeout(&in);

	if (!menu->clock.is_counting)
		return;
	menu->clock.has_deadline = timeout->timeout_s != CONFIG_TIMEOUT_FORCE;
	menu->clock.deadline_ms = menu->start_ms + timeout->timeout_s * 1000ULL;
}

void menu_stop_counting(struct menu *menu)
{
	menu->clock = (struct menu_clock){ .is_counting = false };
}

/* --- who is there ----------------------------------------------------------
 */

void menu_follow_keys(struct menu *menu, uint64_t now)
{
	bool is_touched = menu->terminals.ui.touched;

	if (is_touched) {
		if (!menu->is_touched)
			menu->untouched = menu->clock;
		menu_stop_counting(menu);
		menu->key_ms = now;
	} else if (menu->is_touched) {
		menu->clock = menu->untouched;
	}
	menu->is_touched = is_touched;
}

void menu_let_in(struct menu *menu)
{
	menu->terminals.ui.touched = true;
	menu_follow_keys(menu, now_ms());
}

/* Whether what is due has to wait: bytes that a line holds back or splits must
 * come to the same as others. To be asked in each turn, after the keys. */
static bool is_put_off(struct menu *menu, uint64_t now)
{
	if (menu->list.model.manner == UI_DISABLED ||
	    !terminals_are_amid_key(&menu->terminals, now))
		menu->amid_ms = 0;
	else if (!menu->amid_ms)
		menu->amid_ms = now;
	return menu->amid_ms && now - menu->amid_ms < AMID_KEY_MOST_MS;
}

/* When nobody is taken to be there any more, or 0 for never. */
static uint64_t idle_end_ms(struct menu *menu)
{
	if (!menu->config.idle_timeout_s || menu->clock.is_counting ||
	    menu->clock.has_deadline ||
	    (!menu->is_touched && waits_for_ever(menu)))
		return 0;
	return menu->key_ms + menu->config.idle_timeout_s * 1000ULL;
}

/* Nothing could boot, somebody came, and then something could: keys, that do
 * nothing now, have stopped the clock. */
static bool is_off_again(struct menu *menu, uint64_t now)
{
	return menu->is_touched && menu_manner(menu, now) == UI_DISABLED;
}

void menu_resume_when_idle(struct menu *menu, uint64_t now)
{
	struct choices in;
	uint64_t end = idle_end_ms(menu);
	uint32_t timeout_s;
	bool goes_on, is_off = is_off_again(menu, now);

	if (is_put_off(menu, now) || (!is_off && (!end || now < end)))
		return;
	goes_on = !waits_for_ever(menu);
	if (is_off)
		log_info("keys do nothing any more, as menu = disabled");
	else
		log_info("no key for %" PRIu32 " s: %s",
			 menu->config.idle_timeout_s,
			 goes_on ? "the countdown goes on"
				 : "back to the list");
	ui_menu_reset(&menu->terminals.ui);
	menu->is_touched = false;
	if (!goes_on)
		return;
	in = menu_choice_sources(&menu->choice, &menu->scan);
	timeout_s = choice_timeout(&in)->timeout_s;
	if (timeout_s < RESUME_LEAST_S)
		timeout_s = RESUME_LEAST_S;
	menu->clock.is_resumed = !is_off;
	menu->clock.has_deadline = true;
	menu->clock.deadline_ms = now + timeout_s * 1000ULL;
}

/* A menu that does not show is for the first countdown. One that is switched
 * off comes back only when nothing is left that could boot by itself. */
enum ui_manner menu_manner(struct menu *menu, uint64_t now)
{
	struct choices in = menu_choice_sources(&menu->choice, &menu->scan);
	enum menu_manner manner = choice_manner(&in);
	struct choice choice;
	bool final;

	if (manner == MENU_HIDDEN)
		return menu->clock.is_counting ? UI_HIDDEN : UI_SHOWN;
	if (manner == MENU_SHOWN)
		return UI_SHOWN;
	menu_choose(menu, now, &choice, &final);
	return menu->is_held || (final && !choice.entry) ? UI_SHOWN
							 : UI_DISABLED;
}

/* --- the end of the time ---------------------------------------------------
 */

/* What the entry, or else the configuration, says of a failure. */
static enum failure_action action_after(const struct menu *menu,
					const struct boot_entry *entry)
{
	static const enum failure_action actions[] = {
		[NET_END_NEXT] = FAILURE_NEXT,
		[NET_END_MENU] = FAILURE_MENU,
		[NET_END_REBOOT] = FAILURE_REBOOT,
		[NET_END_POWER_OFF] = FAILURE_POWER_OFF,
		[NET_END_HOLD] = FAILURE_HOLD,
	};
	const struct net_entry *e = NULL;
	uint32_t number;

	if (scan_network_slot(&menu->scan, entry, &number))
		e = menu->net.slots[number].entry;
	return e && e->on_failure != NET_END_CONFIG ? actions[e->on_failure]
						    : menu->config.on_failure;
}

/* Carries that out: nobody has seen the failure. */
static void act_on_failure(struct menu *menu, uint32_t id,
			   enum failure_action action)
{
	if (menu->failed_code == E_NET_MENU_EXIT)
		return; /* a script's own way to say "next" */
	if (!menu->clock.end_status &&
	    (action == FAILURE_MENU || action == FAILURE_HOLD)) {
		menu->clock.has_deadline = false;
		menu->is_held = true;
		return;
	}
	if (!menu->clock.end_status && action == FAILURE_REBOOT)
		menu->clock.end_status = INIT_EXIT_REBOOT;
	else if (!menu->clock.end_status && action == FAILURE_POWER_OFF)
		menu->clock.end_status = INIT_EXIT_POWER_OFF;
	if (menu->clock.end_status) {
		struct error err;

		/* what ends like this was an attempt, else the next start
		 * would come to the same end for ever */
		if (!menu->root &&
		    menu_use_up(menu, id, ATTEMPT_ONE_SHOTS | ATTEMPT_COUNTER,
				&err) != OK)
			log_warn("%s", err.text);
		log_warn("the machine goes down in %d s, as on-failure says",
			 FAILURE_SHOWN_MS / 1000);
		net_tell(&menu->net, RFC5424_ERROR, "end",
			 menu->clock.end_status == INIT_EXIT_REBOOT
				 ? "The machine restarts."
				 : "The machine powers off.");
	}
}

/* How long until the next entry boots by itself. What has failed before is
 * tried less and less often, and machines that failed together not together:
 * from half to all of that time, by chance. */
static uint64_t pause_after_failure(struct menu *menu)
{
	unsigned times =
		menu->agains < AGAIN_DOUBLE ? menu->agains : AGAIN_DOUBLE;
	uint64_t longest = (uint64_t)FAILURE_SHOWN_MS << times;
	uint32_t chance = 0;

	if (!menu->chosen.is_again) {
		menu->agains = 0;
		return FAILURE_SHOWN_MS;
	}
	menu->agains++;
	(void)!platform_random(&chance, sizeof(chance));
	return longest / 2 + longest / 2 * (chance % 1024) / 1024 +
	       FAILURE_SHOWN_MS;
}

int menu_countdown_s(const struct menu *menu, uint64_t now)
{
	if (!menu->clock.has_deadline)
		return -1;
	if (now >= menu->clock.deadline_ms)
		return 0;
	return (int)((menu->clock.deadline_ms - now + 999) / 1000);
}

/* Returns the status to leave with, or -1 to go on. */
int menu_act_when_due(struct menu *menu, uint64_t now)
{
	const struct boot_entry *entry;
	enum failure_action action;
	bool final, go_on;
	uint32_t id;

	if (!menu->clock.has_deadline || now < menu->clock.deadline_ms ||
	    is_put_off(menu, now))
		return -1;
	if (menu->clock.end_status)
		return menu->root ? 0 : menu->clock.end_status;
	menu_choose(menu, now, &menu->chosen, &final);
	if (!menu->chosen.entry || !final)
		return -1;
	id = menu->chosen.entry->id;
	action = action_after(menu, menu->chosen.entry);
	menu->is_by_itself = true;
	menu_show(menu, now); /* it may have come this moment */
	go_on = menu_boot(menu, menu->chosen.entry->line, NULL);
	entry = scan_find(&menu->scan, id);
	if (entry) /* what its text says is known by now, or worth nothing */
		action = entry->is_text_refused ? menu->config.on_failure
						: action_after(menu, entry);
	menu->key_ms = now_ms();
	menu->clock.has_deadline = menu->failure[0] != '\0';
	menu->clock.deadline_ms =
		now_ms() + (menu->clock.end_status ? FAILURE_SHOWN_MS
						   : pause_after_failure(menu));
	if (go_on && menu->clock.has_deadline)
		act_on_failure(menu, id, action);
	menu->is_by_itself = false;
	return -1;
}

int menu_wait_ms(struct menu *menu, uint64_t now)
{
	int wait = ms_sooner(scan_wait_ms(&menu->scan),
			     menu_choice_wait_ms(&menu->choice));
	uint64_t idle_end = idle_end_ms(menu);
	struct choice choice;
	bool is_final;

	if (idle_end && !menu->amid_ms)
		wait = ms_sooner(wait, ms_until(idle_end, now));
	wait = ms_sooner(wait, net_wait_ms(&menu->net, now));
	wait = ms_sooner(wait, watchdog_wait_ms(&menu->watchdog, now));
	wait = ms_sooner(wait, terminals_due(&menu->terminals, now));
	wait = ms_sooner(wait, menu->amid_ms
				       ? SETTLE_POLL_MS
				       : menu_pace_wait_ms(&menu->pace, now));
	if (!menu->clock.has_deadline)
		return wait;
	if (now < menu->clock.deadline_ms) {
		/* The next full second is shown as it begins. */
		uint64_t left = menu->clock.deadline_ms - now;

		return ms_sooner(wait, (int)(left % 1000 ? left % 1000 : 1000));
	}
	/* What became final since menu_act_when_due() looked has nothing else
	 * that would wake anybody. */
	menu_choose(menu, now, &choice, &is_final);
	if (scan_pending(&menu->scan) || disks_still_come(menu, now) ||
	    !menu->is_wait_over || menu->clock.end_status ||
	    (is_final && choice.entry))
		return ms_sooner(wait, SETTLE_POLL_MS);
	return wait;
}
