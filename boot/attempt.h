/*
 * What has to be written before an entry is started: its counter, the one-shot
 * that is used up, what booted last. A plan; the probe of a volume, or the
 * firmware, carries it out.
 */
#ifndef KEELBOOT_ATTEMPT_H
#define KEELBOOT_ATTEMPT_H

#include "choice.h"

#define ATTEMPT_STORES_MAX 8

/* The new contents of a volume's store. */
struct attempt_store {
	uint32_t probe;
	struct place place;
	struct store store;
	/* Without it the entry must not start: it is the one-shot it was
	 * chosen by, which would boot for ever. */
	bool is_required;
};

/* What is to be written, for attempt_make(). */
enum attempt_part {
	ATTEMPT_ONE_SHOTS = 1, /* one-shots, of entries and of the timeout */
	ATTEMPT_COUNTER = 2,
	ATTEMPT_LAST = 4, /* what booted last */
	ATTEMPT_ALL = 7,
};

struct attempt_plan {
	/* The file found.path gets this name, in the same folder; "" if it is
	 * not counted or nothing may be written there. If it cannot be done the
	 * entry may start all the same: a counter that stays is better than a
	 * machine that does. */
	char new_name[FOUND_PATH_MAX];
	uint32_t store_count;
	struct attempt_store stores[ATTEMPT_STORES_MAX]; /* required first */
	uint32_t change_count;
	struct loader_change changes[LOADER_VAR_COUNT]; /* required first */
	bool is_change_required;			/* the first one */
};

/*
 * The name that the file found.path has once an attempt is counted, in the same
 * folder. False, with an empty string in ret (cap is at least 1), if the entry
 * is not counted, nothing may be written there, or no name of a file is that
 * long.
 */
MUST_USE bool attempt_next_name(const struct boot_entry *entry, char *ret,
				size_t cap);

/*
 * parts are bits of enum attempt_part. entry may be NULL for
 * ATTEMPT_ONE_SHOTS. choice is the one the entry was started
 * by, NULL if somebody chose it by hand: a one-shot is for the next boot,
 * whatever that is, so every one that may be taken out is, unless the image
 * locks it. What booted last is written only if the configuration says so,
 * something says @saved, and it changes: to LoaderEntryLastBooted where there
 * are variables (in->vars), else to the store that has it already, else to that
 * of the entry's own volume, else to the first of a volume that may be written.
 *
 * Errors: E_ATTEMPT_ONE_SHOT (the one-shot it was chosen by is gone, with its
 * disk).
 */
MUST_USE enum status attempt_make(const struct choices *in,
				  const struct choice *choice,
				  const struct boot_entry *entry,
				  unsigned parts, struct attempt_plan *ret,
				  struct error *err);

/*
 * Writes all of it, the one-shot first. entry_id is boot_entry.id: the entry
 * may go with its disk meanwhile. efivars is for loader_vars_change(); *vars,
 * which may be NULL if nothing in the plan is a variable, and the texts of the
 * scan are then what they are. What fails and does not matter is a line in the
 * log.
 *
 * Errors: E_ATTEMPT_ONE_SHOT, if the one-shot stays where it is. Then nothing
 * must start, and it does not count any more: the next choice is another one.
 */
MUST_USE enum status attempt_carry_out(const struct attempt_plan *plan,
				       struct scan *scan, uint32_t entry_id,
				       const char *efivars,
				       struct loader_vars *vars,
				       struct error *err);

#endif
