/*
 * Somebody at a console: a machine with some entries, keys from a line, and a
 * caller that answers the menu's actions. Every key is judged by the rules of
 * menu_rules.h.
 */
#ifndef KEELBOOT_TESTS_LIB_SEAT_H
#define KEELBOOT_TESTS_LIB_SEAT_H

#include "ui/menu.h"
#include "ui/screen.h"

#define SCHEDULE_MAX	 1024
#define SEAT_ACTIONS_MAX 128
#define SEAT_ENTRIES	 12
#define SEAT_LINE_LIMIT	 100

struct schedule {
	size_t count;
	struct {
		uint8_t byte;
		uint32_t gap_ms; /* before it */
	} at[SCHEDULE_MAX];
};

struct seat {
	struct ui_menu menu;
	struct ui_model model;
	struct ui_item items[SEAT_ENTRIES];
	struct keys keys;
	uint64_t now;
	bool was_noise;		  /* keys were ignored as such */
	struct ui_action waiting; /* what the password page was opened for */
	size_t count;
	struct {
		struct ui_action action;
		char text[SEAT_LINE_LIMIT + 1];
	} did[SEAT_ACTIONS_MAX];
	struct screen *screen; /* to see what is marked, or NULL */
};

/* Sits down at a machine that the seed chooses: what is locked, what needs the
 * password (it is "pw"), whether the menu is hidden. */
void seat_start(struct seat *seat, uint64_t seed);

/* Plays a schedule, then lets half a minute pass. A busy program (is_lazy)
 * reads bytes late and does not tick in between. With changes != NULL, a seed,
 * entries and disks come and go. NULL, or the rule that was broken. */
const char *seat_play(struct seat *seat, const struct schedule *s, bool is_lazy,
		      uint64_t *changes);

/* All of the menu that a picture or a later key depends on, in words. What was
 * typed for a password may stay a key longer. */
void seat_describe(const struct seat *seat, char *ret, size_t cap);

/* A number below count. */
unsigned seat_pick(uint64_t *seed, unsigned count);

#endif
