/*
 * What the parts of the menu share. For menu*.c only.
 *
 * menu.c has the story and its loop, menu_time.c what happens without an
 * operator, menu_act.c what one asks for, menu_boot.c the way from an entry to
 * the next kernel.
 */
#ifndef KEELBOOT_MENU_PARTS_H
#define KEELBOOT_MENU_PARTS_H

#include "authority.h"
#include "menu_choice.h"
#include "menu_consoles.h"
#include "menu_list.h"
#include "menu_pace.h"

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

/* --- menu.c ----------------------------------------------------------------
 */

/* Draws what is known now. */
void menu_show(struct menu *menu, uint64_t now);

/* --- menu_time.c ------------------------------------------------------------
 */

bool menu_drivers_are_loaded(const struct menu *menu);
bool menu_drivers_are_awaited(const struct menu *menu, uint64_t now);

/* The entry that boots by itself, and whether it can be said already. */
void menu_choose(struct menu *menu, uint64_t now, struct choice *ret,
		 bool *ret_final);

/* Takes over how long to wait. */
void menu_count_down(struct menu *menu);
void menu_stop_counting(struct menu *menu);

/* Whole seconds until something happens by itself, -1 for never. */
int menu_countdown_s(const struct menu *menu, uint64_t now);

/* Returns the status to leave with, or -1 to go on. */
int menu_act_when_due(struct menu *menu, uint64_t now);

/* How long nothing happens by itself, -1 for ever. */
int menu_wait_ms(struct menu *menu, uint64_t now);

/* --- menu_act.c -------------------------------------------------------------
 */

/* Returns the status to leave with, or -1 to go on. */
int menu_act(struct menu *menu, struct ui_action action);

/* --- menu_boot.c ------------------------------------------------------------
 */

/* Boots a line: one copy after the other, until none is left that has not
 * failed. A line that failed before is tried once more, when somebody asks for
 * it. Comes back when all failed: false if the reason is not the line's. */
bool menu_boot(struct menu *menu, uint32_t line);

/* Has written what an attempt uses up; parts as of attempt_make(). */
MUST_USE enum status menu_use_up(struct menu *menu, uint32_t id, unsigned parts,
				 struct error *err);

#endif
