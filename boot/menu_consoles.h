/*
 * The menu on every console at once: each has its own screen, size and key
 * decoder, all share one state, and one that blocks or vanishes holds up
 * nobody.
 */
#ifndef KEELBOOT_MENU_CONSOLES_H
#define KEELBOOT_MENU_CONSOLES_H

#include "sys/console.h"
#include "ui/menu.h"
#include "ui/view.h"

#include <poll.h>

#define TERMINALS_FDS_MAX CONSOLES_MAX
#define TERMINAL_OUT_MAX  2048
#define TERMINAL_IN_MAX	  256

struct terminal {
	struct console console;
	struct keys keys;
	struct screen *screen;
	size_t out_len, out_at; /* bytes that wait for the line */
	size_t in_len, in_at;	/* bytes that wait for their turn */
	char out[TERMINAL_OUT_MAX];
	uint8_t in[TERMINAL_IN_MAX];
};

struct terminals {
	struct ui_menu ui;
	bool is_host;
	size_t count;
	struct terminal all[CONSOLES_MAX];
};

/* Opens the consoles of the machine, or of a host the terminal the program was
 * started from. A machine without any console is no error. Errors:
 * E_CONSOLE_OPEN, E_CONSOLE_NOT_TTY (host only), E_NO_MEMORY. */
enum status terminals_open(struct terminals *t, bool is_host,
			   struct error *err);

/* Draws the model on every console, as far as each takes it now. */
void terminals_show(struct terminals *t, const struct ui_model *model,
		    uint64_t now_ms);

/* Goes on sending what was drawn. */
void terminals_send(struct terminals *t);

/* The next key from any console, acted upon; false when there is none. */
bool terminals_next(struct terminals *t, const struct ui_model *model,
		    uint64_t now_ms, struct ui_action *ret);

/* Milliseconds until something happens by itself, -1 for never. */
int terminals_due(const struct terminals *t, uint64_t now_ms);

size_t terminals_poll_fds(const struct terminals *t, struct pollfd *fds);

/* Gives the consoles over to plain lines, and back to the menu. */
void terminals_pause(struct terminals *t);
void terminals_resume(struct terminals *t);

/* A plain line on every console; only while paused. */
void terminals_say(struct terminals *t, const char *line);

/* Everything is sent, as far as it goes within CONSOLE_DRAIN_MS, the modes are
 * as they were, the kernel speaks again. */
void terminals_close(struct terminals *t);

#endif
