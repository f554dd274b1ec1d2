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
#include "boot_load.h"
#include "machine.h"
#include "menu_choice.h"
#include "menu_consoles.h"
#include "menu_list.h"
#include "menu_pace.h"
#include "password_gate.h"
#include "sys/watchdog.h"

/* What happens by itself, and when. */
struct menu_clock {
	bool is_counting; /* towards the first boot, nobody has come */
	bool is_resumed;  /* again, for no key came so long */
	bool has_deadline;
	uint64_t deadline_ms; /* when the default boots by itself, or: */
	int end_status;	      /* what to leave with then, 0 for none */
};

struct menu {
	const char *root; /* NULL on the machine */
	struct config config;
	struct authority authority;
	struct net net;
	struct scan scan;
	struct menu_choice choice;
	struct choice chosen; /* what boots by itself, when it does */
	bool is_by_itself;
	bool is_wait_over; /* for what `wait-for` names */
	struct menu_list list;
	struct menu_pace pace;
	struct terminals terminals;
	struct machine machine;
	struct watchdog watchdog;
	bool has_drivers; /* what waits for them was done */
	char warning[ERROR_TEXT_MAX];
	struct password_gate gate;
	uint64_t start_ms;
	uint64_t key_ms;  /* when the last key came */
	bool is_held;	  /* a failure waits for somebody (on-failure), and
			   * nothing boots by itself */
	unsigned agains;  /* how often what had failed was tried again */
	bool is_starting; /* the screens are given over to plain lines */
	struct menu_clock clock;
	bool is_touched;	     /* it has stopped for a key, and was */
	struct menu_clock untouched; /* this before */
	uint64_t amid_ms;	     /* since when a key may have begun, or 0 */
	uint32_t failed_id;	     /* a line */
	enum status failed_code;
	char failure[ERROR_TEXT_MAX];
	char network_of[sizeof(((struct place *)0)->name)]; /* a disk, or "" */
	char sources[2048]; /* of the command line that is edited */
};

/* --- menu.c ----------------------------------------------------------------
 */

/* Draws what is known now. */
void menu_show(struct menu *menu, uint64_t now);

/* The loop: does what is due, and returns the status to leave with, or -1 to go
 * on; then sleeps, from the time that was drawn, until something is. */
int menu_turn(struct menu *menu, uint64_t *ret_now);
void menu_sleep(struct menu *menu, uint64_t now);

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

/* As if a key had been pressed in the menu: somebody has come. */
void menu_let_in(struct menu *menu);

/* To be called after each key: stops the clock for the first one. What turns
 * out to be a piece of a terminal's late answer was none. */
void menu_follow_keys(struct menu *menu, uint64_t now);

/* When nobody was there for `idle-timeout`, or keys do nothing any more, all is
 * as if nobody had come. */
void menu_resume_when_idle(struct menu *menu, uint64_t now);

/* How the menu behaves now. */
enum ui_manner menu_manner(struct menu *menu, uint64_t now);

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

/* Why it cannot be done, as a clause; "" if it can. */
const char *menu_shell_locked(const struct menu *menu);

/* --- menu_boot.c ------------------------------------------------------------
 */

/* Boots a line: one copy after the other, until none is left that has not
 * failed. A line that failed before is tried once more, when somebody asks for
 * it. Comes back when all failed: false if the reason is not the line's. */
bool menu_boot(struct menu *menu, uint32_t line, const struct boot_wish *wish);

/* What a line would boot with, read and verified. False, with the failure kept,
 * if it cannot be told. */
bool menu_read_command_line(struct menu *menu, uint32_t line,
			    struct cmdline *ret, size_t *ret_limit);

/* Takes the steps of long work from now on. */
void menu_listen(struct menu *menu);

/* --- menu_network.c ---------------------------------------------------------
 */

/* Before entries are added; then, before disks are looked at, what starts the
 * network. */
void menu_network_init(struct menu *menu);
void menu_network_begin(struct menu *menu);

/* The configuration is that one from now on: the entries of its own keys. What
 * is set up stays as it is. */
void menu_network_change(struct menu *menu, const struct config *config);

/*
 * An entry that turned out to be a text (E_NET_TEXT): verifies it, and adds the
 * entries it names. *ret_id is the one that is meant. Errors: those of the
 * network and of verify_signed_text(), E_NET_MENU_... of net_menu.h;
 * E_NO_MEMORY, E_IMAGE_GONE (the entry is), E_NET_SLOTS (none could be added);
 * E_NET_MENU_SHOWN (somebody is there to choose), E_NET_MENU_EXIT (it says
 * that something else is to boot), E_NET_MENU_END (that the machine is to go
 * down, which the menu's clock has now if nobody is there).
 */
MUST_USE enum status menu_follow_text(struct menu *menu, uint32_t id,
				      uint32_t *ret_id, struct error *err);

/* --- menu_network_disk.c ----------------------------------------------------
 */

/* Looks at what disks have told of the network; the first one with something
 * that counts has it set up anew, and the others are lines in the log. */
void menu_network_take_disk(struct menu *menu);

/* Has written what an attempt uses up; parts as of attempt_make(). */
MUST_USE enum status menu_use_up(struct menu *menu, uint32_t id, unsigned parts,
				 struct error *err);

#endif
