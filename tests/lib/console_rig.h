/*
 * A machine with consoles for tests of menu_consoles.h: pseudo-terminals with
 * names, a menu of three entries, and a clock that is a number. Lines can be
 * unplugged and plugged in; what comes out is kept until the next look.
 */
#ifndef KEELBOOT_TESTS_LIB_CONSOLE_RIG_H
#define KEELBOOT_TESTS_LIB_CONSOLE_RIG_H

#include "boot/menu_consoles.h"
#include "scratch.h"

#define RIG_LINES_MAX 4
#define RIG_SEEN_MAX  (1 << 18)

#define RIG_QUESTION "\033[18t" /* a terminal is asked for its size */
#define RIG_CLEARED  "\033[2J"	/* a whole screen follows */

struct rig_line {
	int master; /* -1: nothing is plugged in */
	char name[32];
	char path[64];
	size_t len;
	char seen[RIG_SEEN_MAX]; /* what came out since the last look */
};

struct console_rig {
	struct scratch scratch;
	char sysfs[SCRATCH_PATH_MAX], dev[SCRATCH_PATH_MAX];
	struct rig_line line[RIG_LINES_MAX];
	size_t count;
	struct terminals_options options;
	struct terminals terminals;
	struct ui_item items[3];
	struct ui_model model;
	uint64_t now;
	size_t log_at; /* how much of the log is older than this */
};

/* A machine whose kernel has these consoles, all plugged in; options and model
 * may still be changed. */
struct console_rig *rig_make(const char *active);
void console_rig_drop(struct console_rig **slot);
#define _drop_rig_ __attribute__((cleanup(console_rig_drop)))

/* Opens the terminals; the clock starts. */
void rig_open(struct console_rig *m);

void rig_plug_in(struct console_rig *m, struct rig_line *line);
void rig_unplug(struct rig_line *line);

/* Takes what the line has shown since the last look, as text; of all of them.
 */
const char *rig_look(struct rig_line *line);
void rig_look_at_all(struct console_rig *m);

/* Waits until so many bytes lie there for the terminals to read. */
void rig_await_bytes(struct console_rig *m, size_t line, int count);

/* How often text has part, and how often the log of this machine has. */
unsigned rig_count(const char *text, const char *part);
unsigned rig_logged(const struct console_rig *m, const char *part);

/* One turn of the program's loop. Returns the last action. */
struct ui_action rig_turn(struct console_rig *m);

/* Turns, until nothing is left to do at once. */
void rig_settle(struct console_rig *m);

/* Bytes from an operator, which the program's side has by then. */
void rig_type_bytes(struct console_rig *m, struct rig_line *line,
		    const char *bytes, size_t len);
void rig_type(struct console_rig *m, struct rig_line *line, const char *text);

/* Types, and gives the first key of all the time it takes to be believed.
 * Returns the last action. */
struct ui_action rig_press(struct console_rig *m, struct rig_line *line,
			   const char *text);

#endif
