/*
 * What the files of PID 1 share: its state, its consoles, its children. Nothing
 * else includes it.
 */
#ifndef KEELBOOT_INIT_PARTS_H
#define KEELBOOT_INIT_PARTS_H

#include "init.h"
#include "sys/console.h"

#include <stdbool.h>
#include <sys/types.h>

/* A menu that dies at once must not fill the log, and its reason be read. */
#define RESTART_DELAY_MS 1000

struct init {
	struct console consoles[CONSOLES_MAX];
	bool has_modes[CONSOLES_MAX]; /* its saved modes are those to restore */
	size_t console_count;
	int log_fd;
	pid_t worker;
	unsigned worker_runs;
	pid_t child;  /* the menu or the shell: what is waited for */
	pid_t feeder; /* of the watchdog while there is no menu */
	struct init_end end;
	struct init_crashes crashes;
};

/* --- boot/init_consoles.c ------------------------------------------------- */

/* Opens them all; the modes of now are the ones to come back to. */
void init_open_consoles(struct init *init);

/* A hangup, such as the end of a shell's session, cuts off every descriptor of
 * a terminal: opens each anew. */
void init_reopen_consoles(struct init *init);

/* Undoes what a menu that died leaves behind: modes, an alternate screen,
 * colours, a hidden cursor, a silent kernel. */
void init_clean_consoles(struct init *init);

/* A line to the log and to every console; one that does not take it within
 * 100 ms loses it. */
void init_say(struct init *init, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Only to the consoles, as it is; only to the log. */
void init_say_bytes(struct init *init, const char *text);
void init_log_unshown(const char *text);

/* --- boot/init.c ---------------------------------------------------------- */

/* Takes every child that has ended. True, with waitpid's status, if the awaited
 * one is among them. */
bool init_reap(struct init *init, int *ret_status);

/* Sleeps until a child ends, at most budget_ms. */
void init_wait_child(unsigned budget_ms);

/* Time passes; children are taken care of. */
void init_pause_ms(struct init *init, unsigned ms);

/* Starts a child and waits for its end. One that cannot be started ends as if
 * it had with status 125. */
int init_run_child(struct init *init, const char *name,
		   int (*run)(void *context), void *context);

/* --- boot/init_rescue.c --------------------------------------------------- */

/* Feeds the watchdog of a menu that is gone, if it has left one armed, until
 * the next menu is to have it. */
void init_start_feeder(struct init *init);
void init_stop_feeder(struct init *init);

/* A shell on a console, and back when it ends. False if there must be none: the
 * TPM did not close what is sealed to the boot, and that was said. */
bool init_run_rescue(struct init *init);

#endif
