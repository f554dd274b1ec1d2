/*
 * Choosing on a machine: gathers what choice.h chooses by, in the order it
 * comes, and has written what a boot uses up.
 */
#ifndef KEELBOOT_MENU_CHOICE_H
#define KEELBOOT_MENU_CHOICE_H

#include "attempt.h"
#include "ipmi_process.h"

#include <poll.h>

#define MENU_CHOICE_FDS_MAX 2

struct menu_choice {
	const struct config *config;
	const char *efivars; /* NULL where they do not count */
	bool on_machine;     /* else nothing is ever written */
	bool is_waiting;     /* for efivarfs, which may come with the drivers */
	bool has_vars;
	bool is_spent; /* the variable's one-shot does not count */
	struct efivar_process reader;
	struct loader_vars vars;
	struct ipmi_bmc bmc;
	bool looks_for_bmc; /* whose device may come with the drivers */
	struct efivar_process bmc_reader;
	struct ipmi_boot ipmi;	      /* valid if there is something */
	char said[DISPLAY_MAX + 256]; /* the last choice, in the log */
};

/* config stays. On a host there are no variables and no BMC. */
void menu_choice_begin(struct menu_choice *c, const struct config *config,
		       bool on_machine);

/* Takes what is there without waiting. drivers_come: efivarfs may, too, and a
 * BMC's device. */
void menu_choice_handle(struct menu_choice *c, bool drivers_come);

/* Handles until the variables and the BMC's flags are there or given up. */
void menu_choice_settle(struct menu_choice *c);

/* Everything that chooses now; good until the scan handles something. */
struct choices menu_choice_sources(const struct menu_choice *c,
				   const struct scan *scan);

/* The same, chosen; a line in the log whenever it is final and another one, and
 * something can boot by itself at all. */
void menu_choice_make(struct menu_choice *c, const struct scan *scan,
		      const struct choice_wait *wait, struct choice *ret,
		      bool *ret_final);

/*
 * Writes what has to be written before an entry starts: parts as of
 * attempt_make(). choice is what it was chosen by, NULL for by hand. Of an
 * entry that is gone by now there are only the one-shots. Errors:
 * E_ATTEMPT_ONE_SHOT, E_NO_MEMORY.
 */
MUST_USE enum status menu_choice_use_up(struct menu_choice *c,
					struct scan *scan, uint32_t entry_id,
					const struct choice *choice,
					unsigned parts, struct error *err);

/*
 * Makes a line of the menu (boot_entry.line) the default, or what boots the
 * next time only, because an operator wants it: LoaderEntryDefault or
 * LoaderEntryOneShot where EFI variables count and could be read, else the
 * store that says so already, else that of the entry's own volume, else of the
 * first that may be written. What chooses knows it at once. ret_said gets a
 * sentence: what is so now, where that is kept, and what comes first all the
 * same. Waits for the firmware or the disk.
 *
 * Errors, each one sentence: E_SET_LOCKED (by the image), E_SET_ENTRY (gone, or
 * refused), E_SET_ID (none, or one that cannot be kept or names another entry),
 * E_SET_NEVER (never boots by itself), E_SET_PENDING (variables are not read
 * yet), E_SET_NO_PLACE (nothing may be written), those of loader_vars_change()
 * and scan_write_store(), E_NO_MEMORY.
 */
MUST_USE enum status menu_choice_set(struct menu_choice *c, struct scan *scan,
				     uint32_t line, bool is_one_shot,
				     struct text *ret_said, struct error *err);

/* Why menu_choice_set() will not, as a clause; "" if it may. */
const char *menu_choice_locked(const struct menu_choice *c, bool is_one_shot);

/* What to poll(2) for, at most MENU_CHOICE_FDS_MAX; and how long at most, -1
 * for ever. */
size_t menu_choice_poll_fds(const struct menu_choice *c, struct pollfd *fds);
int menu_choice_wait_ms(const struct menu_choice *c);

void menu_choice_end(struct menu_choice *c);

#endif
