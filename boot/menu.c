#include "menu.h"

#include "base/log.h"
#include "init.h"
#include "menu_parts.h"
#include "settings.h"
#include "sys/file.h"
#include "sys/proc.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What keys may take of a turn: everything else waits for it. */
#define KEYS_MOST_MS 100

void menu_show(struct menu *menu, uint64_t now)
{
	char watchdog[32] = "";
	struct menu_list_state state = {
		.policy = &menu->config.policy,
		.failure = menu->failure,
		.failed_code = menu->failed_code,
		.failed_id = menu->failed_id,
		.countdown_s = menu_countdown_s(menu, now),
		.default_locked = config_is_locked(&menu->config, "default"),
		.marked_id = menu->terminals.ui.selected,
		.warning = menu->warning,
		.watchdog = watchdog,
		.shell_locked = menu_shell_locked(menu),
		.editor_locked = policy_editor_locked(&menu->config),
		.choice = &menu->choice,
		.machine = &menu->machine,
		.drivers_pending = !menu_drivers_are_loaded(menu),
		.resumed = menu->clock.is_resumed,
		.idle_s = menu->config.idle_timeout_s,
		.password_for = policy_password_for(&menu->config),
		.manner = menu_manner(menu, now),
	};
	struct choice choice;
	bool final;

	if (menu->watchdog.is_armed)
		snprintf(watchdog, sizeof(watchdog), "watchdog %u s",
			 (unsigned)menu->watchdog.seconds);
	menu_choose(menu, now, &choice, &final);
	if (!choice.entry || menu->clock.end_status)
		state.countdown_s = -1;
	state.default_id = choice.entry ? choice.entry->line : 0;
	state.default_may_change = !final;
	menu_list_fill(&menu->list, &menu->scan, &state);
	terminals_show(&menu->terminals, &menu->list.model, now);
	menu_pace_shown(&menu->pace, &choice, now_ms());
}

static void show_in_time(struct menu *menu, uint64_t now)
{
	unsigned pending = scan_pending(&menu->scan);
	struct choice choice;
	bool final;

	menu_choose(menu, now, &choice, &final);
	if ((menu->amid_ms && terminals_are_holding(&menu->terminals, now)) ||
	    (terminals_due(&menu->terminals, now) &&
	     menu_pace_may_wait(&menu->pace, &choice, pending, now)))
		terminals_send(&menu->terminals);
	else
		menu_show(menu, now);
}

/* One that is wanted and not there is a warning, and no reason not to boot. */
static void arm_watchdog(struct menu *menu)
{
	struct error err = { .code = OK };

	menu->warning[0] = '\0';
	if (!menu->config.watchdog_s)
		return;
	if (watchdog_arm(&menu->watchdog, menu->config.watchdog_s, &err) == OK)
		watchdog_check_jump(&menu->watchdog, "/sys", &err);
	if (err.code != OK)
		memcpy(menu->warning, err.text, sizeof(menu->warning));
}

/* Drivers bring a TPM, a watchdog, consoles. */
static void take_drivers(struct menu *menu)
{
	if (menu->has_drivers || !menu_drivers_are_loaded(menu))
		return;
	menu->has_drivers = true;
	machine_read("", &menu->machine);
	if (menu->root)
		return;
	if (!menu->watchdog.is_armed)
		arm_watchdog(menu);
	if (menu->warning[0])
		log_warn("%s", menu->warning);
}

/* Why there was no shell, say, while this menu was not there. */
static void take_note(struct menu *menu)
{
	char note[ERROR_TEXT_MAX];

	if (menu->root ||
	    !file_read_line(AT_FDCWD, INIT_NOTE_FILE, note, sizeof(note)))
		return;
	log_warn("%s", note);
	ui_menu_tell(&menu->terminals.ui, note);
}

/* Keys that are there count before what is due and what has come, and for the
 * screen as it is: nobody has seen another. *now is a time before which no key
 * came that was not taken. */
static int take_keys(struct menu *menu, uint64_t *now)
{
	const uint64_t end = *now + KEYS_MOST_MS;
	struct ui_action action;
	int status = -1;

	while (status < 0 && *now < end &&
	       terminals_next(&menu->terminals, &menu->list.model, *now,
			      &action)) {
		menu_follow_keys(menu, *now);
		status = menu_act(menu, action);
		*now = now_ms();
		menu_show(menu, *now);
	}
	return status;
}

int menu_turn(struct menu *menu, uint64_t *ret_now)
{
	uint64_t now = now_ms();
	int status = -1;

	if (menu->pace.shown_ms)
		status = take_keys(menu, &now);
	*ret_now = now;
	if (status >= 0)
		return status;
	scan_handle(&menu->scan, now);
	if (!menu->root)
		menu_network_take_disk(menu);
	menu_choice_handle(&menu->choice, menu_drivers_are_awaited(menu, now));
	machine_handle(&menu->machine);
	net_handle(&menu->net, now);
	take_drivers(menu);
	menu_count_down(menu);
	menu_resume_when_idle(menu, now);
	watchdog_feed(&menu->watchdog, now);
	status = menu_act_when_due(menu, now);
	now = now_ms();
	show_in_time(menu, now);
	*ret_now = now;
	return status;
}

void menu_sleep(struct menu *menu, uint64_t now)
{
	struct pollfd fds[SCAN_FDS_MAX + TERMINALS_FDS_MAX + 4];
	size_t count = scan_poll_fds(&menu->scan, fds);

	count += terminals_poll_fds(&menu->terminals, fds + count);
	count += menu_choice_poll_fds(&menu->choice, fds + count);
	count += machine_poll_fds(&menu->machine, fds + count);
	count += net_poll_fds(&menu->net, fds + count);
	poll(fds, count, menu_wait_ms(menu, now));
}

static int loop(struct menu *menu)
{
	uint64_t now;
	int status;

	while ((status = menu_turn(menu, &now)) < 0)
		menu_sleep(menu, now);
	return status;
}

static enum status begin(struct menu *menu, struct error *err)
{
	struct terminals_options terminals = { .is_host = menu->root };
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
	menu_network_init(menu);
	scan_add_configured(&menu->scan, SETTINGS_ENTRIES);
	menu_network_begin(menu);
	s = menu->root ? scan_begin_root(&menu->scan, menu->root, err)
		       : scan_begin_machine(&menu->scan, err);
	if (s != OK)
		return s;
	machine_begin(&menu->machine);
	if (menu->root)
		snprintf(menu->warning, sizeof(menu->warning),
			 "This is a rehearsal: nothing starts, nothing is "
			 "written.");
	else
		arm_watchdog(menu);
	menu_listen(menu);
	terminals.colour = menu->config.colour;
	terminals.extra = menu->config.consoles;
	terminals.is_hidden = menu_manner(menu, menu->start_ms) != UI_SHOWN;
	return terminals_open(&menu->terminals, &terminals, err);
}

int menu_run(const char *root)
{
	struct menu *menu = calloc(1, sizeof(*menu));
	struct error err = { .code = OK };
	int status = 1;

	if (!menu)
		return 1;
	menu->root = root;
	net_init(&menu->net);
	if (!root)
		log_to(open("/dev/kmsg", O_WRONLY | O_CLOEXEC), true, LOG_INFO);
	else if (isatty(STDERR_FILENO))
		/* lines there would tear the screen; the log page has them */
		log_to(-1, false, LOG_INFO);
	menu->start_ms = menu->key_ms = now_ms();
	menu->clock.is_counting = true;
	if (begin(menu, &err) == OK) {
		take_note(menu);
		status = loop(menu);
	} else {
		fprintf(stderr, "keelboot: %s\n", err.text);
	}
	terminals_close(&menu->terminals);
	watchdog_leave(&menu->watchdog);
	machine_end(&menu->machine);
	menu_choice_end(&menu->choice);
	net_end(&menu->net);
	scan_end(&menu->scan);
	authority_close(&menu->authority);
	menu_list_drop(&menu->list);
	free(menu);
	return status;
}
