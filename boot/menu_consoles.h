/*
 * The menu on every console at once: each has its own screen, size and key
 * decoder, all share one state, and one that blocks, vanishes or sends noise
 * holds up nobody.
 *
 * The consoles are those of the kernel's list and of the configuration. One
 * that is not there, or goes, is tried again while the menu shows. Whoever
 * pressed the last key is the operator; the other screens follow and say so.
 *
 *   terminals_open()
 *   terminals_show(), terminals_next(), …    while the menu shows
 *   terminals_pause()
 *   terminals_say(), terminals_progress()    while something boots
 *   terminals_resume() or terminals_close()
 */
#ifndef KEELBOOT_MENU_CONSOLES_H
#define KEELBOOT_MENU_CONSOLES_H

#include "sys/console.h"
#include "ui/menu.h"
#include "ui/progress.h"
#include "ui/view.h"

#include <poll.h>

#define TERMINALS_FDS_MAX CONSOLES_MAX

/* What is given to a line at once. A serial driver says that it takes more when
 * 255 bytes are left to send: at 9600 baud no more than 1.3 s are on their way,
 * and what comes then is the newest state. */
#define TERMINAL_OUT_MAX 1024
#define TERMINAL_IN_MAX	 256

/* Bytes that are read of one console per 100 ms: faster than any serial line,
 * and little work. */
#define TERMINAL_READ_MAX 4096

/* Keys that are acted upon of one console per 100 ms: each is a drawing. */
#define TERMINAL_KEYS_MAX 64

/* Who types a text when somebody at another console takes over is not listened
 * to until quiet for so many ms: the rest, of a password maybe, would be
 * commands there, or be shown. */
#define TERMINAL_TYPIST_MS 2000

/* Before the first key of all, bytes count when nothing has followed them for
 * so many ms: the first bytes of noise look like keys, and would stop the
 * countdown. */
#define TERMINAL_HOLD_MS 30

/* That takes at most so many ms, as for a key that repeats faster: time for the
 * bytes that tell noise at 1200 baud. */
#define TERMINAL_HOLD_MOST_MS 500

/* A plain line has at most so many bytes; what is longer is cut. */
#define TERMINAL_LINE_MAX 512

/* How often one that is not there is tried, in ms. One that goes again and
 * again is tried less often. */
#define TERMINAL_RETRY_MS 2000

/* A terminal is redrawn for a key or a new size at most so often, in ms. */
#define TERMINAL_REDRAW_MS 400

/* What a plain line may wait for one console, in ms. */
#define TERMINAL_LINE_MS 50

struct terminals_options {
	bool is_host;	   /* the terminal the program was started from */
	bool is_hidden;	   /* no menu to begin with: ask terminals nothing */
	bool colour;	   /* where a terminal may have it */
	const char *extra; /* names besides the kernel's, by blanks, or NULL */
	const char *term;  /* instead of the environment's TERM, or NULL */
	const char *sysfs, *dev; /* instead of "/sys" and "/dev", or NULL */
};

struct terminal {
	struct console console; /* closed while it is not there */
	struct keys keys;
	struct screen *screen; /* NULL until it was there once */
	enum screen_kind kind; /* what the screen is once the menu shows */

	/* when it is not there */
	bool is_left_out;     /* for good: another name of one that is */
	uint64_t retry_ms;    /* when it is tried again */
	uint64_t came_ms;     /* when it was opened */
	unsigned short_lives; /* it went at once, so often in a row */

	/* output */
	bool is_waiting;	/* for the line to take more */
	bool is_stuck;		/* a plain line did not go out in time */
	bool has_progress;	/* the cursor stands in a line of progress */
	size_t out_len, out_at; /* bytes that wait for the line */
	char out[TERMINAL_OUT_MAX + TERMINAL_LINE_MAX];

	/* input */
	bool has_said_noise;
	uint64_t typist_ms; /* of TERMINAL_TYPIST_MS the last key, or 0 */
	uint64_t read_ms;   /* since when the next two count */
	size_t read_bytes, read_keys; /* in the 100 ms from then on */
	uint64_t in_ms;		      /* when the last byte came */
	uint64_t in_first_ms;	      /* when the first of those below did */
	size_t in_len, in_at;	      /* bytes that wait for their turn */
	uint8_t in[TERMINAL_IN_MAX];

	/* size */
	bool is_asked;		   /* once at least */
	unsigned answers;	   /* that may still come */
	unsigned columns, rows;	   /* what the driver said last */
	bool has_size, has_redraw; /* what is to be done at redraw_ms */
	unsigned new_columns, new_rows;
	uint64_t redraw_ms; /* not before */
};

struct terminals {
	struct ui_menu ui;
	struct terminals_options options;
	bool is_open, is_paused;
	bool is_plain;	 /* a hidden menu: lines only, until a key comes */
	bool wants_show; /* something came that is to be drawn */
	uint64_t now_ms; /* as told last */
	struct terminal *in_use; /* where the last key came from, or NULL */
	struct ui_progress progress;
	size_t count; /* of names; some may not be there */
	struct terminal all[CONSOLES_MAX];
};

/* Opens the consoles of the machine, or of a host the terminal the program was
 * started from, and asks for their sizes. Strings of the options must live as
 * long as the terminals. A machine without any console is no error, one that
 * cannot be opened is a line in the log. Errors, of a host only:
 * E_CONSOLE_OPEN, E_CONSOLE_NOT_TTY, E_CONSOLE_MODE, E_NO_MEMORY. */
enum status terminals_open(struct terminals *t,
			   const struct terminals_options *o,
			   struct error *err);

/* The same for terminals that were closed, paused as they were then: the menu
 * is what it was. Errors: as terminals_open(). */
enum status terminals_reopen(struct terminals *t, struct error *err);

/* Draws the model on every console, as far as each takes it now. Nothing while
 * paused. */
void terminals_show(struct terminals *t, const struct ui_model *model,
		    uint64_t now_ms);

/* Goes on sending what was drawn. */
void terminals_send(struct terminals *t);

/* The next key from any console, acted upon; false when there is none, or when
 * enough was read for now. Also opens consoles that have come back. */
bool terminals_next(struct terminals *t, const struct ui_model *model,
		    uint64_t now_ms, struct ui_action *ret);

/* Whether somebody presses a key while plain lines go out; is_escape: Esc or
 * Ctrl-C alone count. The key is gone. */
bool terminals_are_called(struct terminals *t, bool is_escape, uint64_t now_ms);

/* Whether a key may have begun on a console, and the rest of its bytes will
 * tell: what would happen without it has to wait. */
bool terminals_are_amid_key(const struct terminals *t, uint64_t now_ms);

/* Whether that is because bytes are held back before the first key of all. What
 * they turn out to be is about what the screens showed as they came. */
bool terminals_are_holding(const struct terminals *t, uint64_t now_ms);

/* Milliseconds until something happens by itself, -1 for never. 0 means that
 * terminals_show() has something new to draw. */
int terminals_due(const struct terminals *t, uint64_t now_ms);

/* What to wait for: at most TERMINALS_FDS_MAX. */
size_t terminals_poll_fds(const struct terminals *t, struct pollfd *fds);

/* The name of the console the last key came from, or NULL. */
const char *terminals_operator(const struct terminals *t);

/* Gives the consoles over to plain lines, and back to the menu. What was typed
 * in between is forgotten. */
void terminals_pause(struct terminals *t);
void terminals_resume(struct terminals *t);

/* A plain line on every console; only while paused. A line that does not take
 * it costs TERMINAL_LINE_MS once and nothing from then on, until it does. */
void terminals_say(struct terminals *t, const char *line);

/* How far work is, in bytes; only while paused. One line that is overwritten at
 * most four times a second, a line of its own every 10 % on plain terminals and
 * in the log, nothing for work that is over within UI_PROGRESS_QUIET_MS. what
 * may be any text; total 0 is "not known". */
void terminals_progress(struct terminals *t, const char *what, uint64_t done,
			uint64_t total, uint64_t now_ms);

/* The same while the menu shows: as what it tells, at most four times a second,
 * or every 10 % where one of the terminals is a plain one. The model is that of
 * the last terminals_show(). */
void terminals_tell_progress(struct terminals *t, const struct ui_model *model,
			     const char *what, uint64_t done, uint64_t total,
			     uint64_t now_ms);

/* The work is over: the cursor stands on a fresh line. Nothing if none was
 * shown; terminals_say(), terminals_resume() and terminals_close() do it too.
 */
void terminals_end_progress(struct terminals *t);

/* Everything is sent, as far as it goes within CONSOLE_DRAIN_MS, the modes are
 * as they were, the kernel speaks again. */
void terminals_close(struct terminals *t);

#endif
