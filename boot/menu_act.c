/*
 * What an operator asks for. Everything here may take a while; nothing of it
 * happens without a key, and what may not be done says why.
 */
#include "menu_parts.h"

#include "base/log.h"
#include "base/own.h"
#include "init.h"
#include "save_log.h"
#include "sys/file.h"
#include "sys/proc.h"

#include <stdlib.h>
#include <string.h>

/* --- what is locked ----------------------------------------------------------
 */

const char *menu_shell_locked(const struct menu *menu)
{
	return menu->root ? "a rehearsal opens none"
			  : policy_shell_locked(&menu->config);
}

/* --- booting -----------------------------------------------------------------
 */

static void tell(struct menu *menu, const char *sentence)
{
	ui_menu_tell(&menu->terminals.ui, sentence);
}

/* The operator sees what is about to take its time. */
static void tell_now(struct menu *menu, const char *sentence)
{
	tell(menu, sentence);
	menu_show(menu, now_ms());
}

static void start(struct menu *menu, uint32_t line,
		  const struct boot_wish *wish)
{
	if (!scan_leader(&menu->scan, line)) {
		tell(menu, "The entry is not there any more.");
		return;
	}
	menu->is_held = false;
	menu_boot(menu, line, wish);
	if (menu->failure[0])
		ui_menu_fail(&menu->terminals.ui);
}

/* The line is copied: what follows may clear the screen it stands on. */
static void start_edited(struct menu *menu, uint32_t line)
{
	_free_ char *options = strdup(menu->terminals.ui.line.text);

	if (options)
		start(menu, line, &(struct boot_wish){ .options = options });
	else
		tell(menu, "No memory for the command line.");
}

/* Where each piece of a command line comes from. */
static void list_sources(struct menu *menu, const struct cmdline *planned)
{
	struct text t = text_over(menu->sources, sizeof(menu->sources));

	for (uint32_t i = 0; i < planned->piece_count; i++) {
		const struct cmdline_piece *piece = &planned->pieces[i];

		text_addf(&t, "%s: %.*s\n", piece->source.text, (int)piece->len,
			  planned->text + piece->start);
	}
}

static void edit(struct menu *menu, uint32_t line)
{
	struct cmdline *planned = calloc(1, sizeof(*planned));
	struct ui_edit edit = { .sources = menu->sources };
	bool is_read;

	if (!planned) {
		tell(menu, "No memory for the command line.");
		return;
	}
	tell_now(menu, "Reading and verifying the entry.");
	is_read = menu_read_command_line(menu, line, planned, &edit.limit);
	if (is_read || menu->failure[0])
		tell(menu, ""); /* else it says what came between */
	if (is_read) {
		list_sources(menu, planned);
		edit.text = planned->text;
		ui_menu_edit(&menu->terminals.ui, line, &edit);
	} else if (menu->failure[0]) {
		ui_menu_fail(&menu->terminals.ui);
	}
	free(planned);
}

/* --- writing -----------------------------------------------------------------
 */

static void tell_failure(struct menu *menu, const struct error *err)
{
	log_error("%s", err->text);
	tell(menu, err->text);
}

static void set_choice(struct menu *menu, uint32_t line, bool is_one_shot)
{
	char said[ERROR_TEXT_MAX];
	struct text text = text_over(said, sizeof(said));
	struct error err;

	tell_now(menu, "Writing.");
	if (menu_choice_set(&menu->choice, &menu->scan, line, is_one_shot,
			    &text, &err) == OK)
		tell(menu, said); /* the log has it already */
	else
		tell_failure(menu, &err);
}

static void save(struct menu *menu, uint32_t place)
{
	char path[192], said[224];
	struct text text = text_over(said, sizeof(said));
	struct error err;

	tell_now(menu, "Writing.");
	if (save_log(&menu->scan, place, log_kept(), path, sizeof(path),
		     &err) != OK) {
		tell_failure(menu, &err);
		return;
	}
	text_addf(&text, "The log is saved: %s.", path);
	tell(menu, said);
}

/* --- leaving -----------------------------------------------------------------
 */

static int leave(const struct menu *menu, int status)
{
	return menu->root ? 0 : status;
}

/* The shell is the operator's, who shall not be reset while thinking. */
static int open_shell(struct menu *menu)
{
	const char *console = terminals_operator(&menu->terminals);
	struct error err;

	if (menu->root || *menu_shell_locked(menu))
		return -1;
	if (!console || !file_put_small(INIT_SHELL_CONSOLE_FILE, console)) {
		tell(menu, "No rescue shell: it would not be on this console.");
		return -1;
	}
	if (watchdog_disarm(&menu->watchdog, &err) != OK)
		log_warn("%s", err.text);
	return INIT_EXIT_SHELL;
}

static int act(struct menu *menu, struct ui_action action);

static int take_password(struct menu *menu)
{
	struct ui_menu *ui = &menu->terminals.ui;
	struct error err = { .code = OK };
	bool is_right;

	is_right = password_gate_try(&menu->gate, menu->config.password,
				     span_of_text(ui->line.text), now_ms(),
				     &err) == OK;
	if (!is_right)
		log_warn("%s", err.text);
	return act(menu, ui_menu_unlock(ui, is_right, err.text));
}

static int act(struct menu *menu, struct ui_action action)
{
	switch (action.code) {
	case UI_NONE:
		break;
	case UI_BOOT:
		start(menu, action.id, NULL);
		break;
	case UI_BOOT_VERBOSE:
		start(menu, action.id,
		      &(struct boot_wish){ .is_verbose = true });
		break;
	case UI_BOOT_EDITED:
		start_edited(menu, action.id);
		break;
	case UI_EDIT:
		edit(menu, action.id);
		break;
	case UI_RESCAN:
		log_info("looking at all disks again");
		scan_again(&menu->scan, NULL);
		break;
	case UI_SET_DEFAULT:
	case UI_SET_ONE_SHOT:
		set_choice(menu, action.id, action.code == UI_SET_ONE_SHOT);
		break;
	case UI_SAVE_LOG:
		save(menu, action.id);
		break;
	case UI_PASSWORD:
		return take_password(menu);
	case UI_REBOOT:
		return leave(menu, INIT_EXIT_REBOOT);
	case UI_POWER_OFF:
		return leave(menu, INIT_EXIT_POWER_OFF);
	case UI_SHELL:
		return open_shell(menu);
	}
	return -1;
}

int menu_act(struct menu *menu, struct ui_action action)
{
	int status = act(menu, action);

	/* whatever took its time is over, and somebody may have waited */
	terminals_end_progress(&menu->terminals);
	menu->key_ms = now_ms();
	return status;
}
