/*
 * The operator's consoles: every one the kernel has, opened so that none of
 * them can hold up the program. A serial line with nobody at its end, a stuck
 * flow control or a slow baseboard controller costs a bounded time, then the
 * rest of the output is dropped.
 */
#ifndef KEELBOOT_SYS_CONSOLE_H
#define KEELBOOT_SYS_CONSOLE_H

#include "base/error.h"
#include "base/span.h"

#include <termios.h>

#define CONSOLES_MAX	    8
#define CONSOLE_NAME_MAX    32
#define CONSOLE_DRAIN_MS    250
#define CONSOLE_COLUMNS_DEF 80
#define CONSOLE_ROWS_DEF    24

struct console {
	int fd;			     /* O_RDWR | O_NONBLOCK, -1 when closed */
	char name[CONSOLE_NAME_MAX]; /* "ttyS0" */
	unsigned device; /* number; names that share it are one. 0: unknown */
	bool is_gone;	 /* a write found that the line hung up or failed */
	bool is_raw;
	struct termios saved; /* the modes before console_make_raw() */
};

struct console_names {
	size_t count;
	char name[CONSOLES_MAX][CONSOLE_NAME_MAX];
};

/*
 * The names in SYSFS/class/tty/console/active, the last of which is what
 * /dev/console means, then those in extra (by blanks; NULL: none), each once.
 * What is no name of a device, or one too many, is passed over with a line in
 * the log. Errors: E_CONSOLE_NONE (the list cannot be read; ret has those of
 * extra).
 */
enum status console_list(const char *sysfs, const char *extra,
			 struct console_names *ret, struct error *err);

/* Whether it stays below /dev as the name of a device there. */
bool console_is_name(const char *name);

/* Whether the name is that of a screen and keyboard: "tty0" to "tty63". */
bool console_is_virtual(struct span name);

/*
 * Opens each device of SYSFS/class/tty/console/active under dev ("/sys" and
 * "/dev"), at most cap of them; the last one is what /dev/console means. One
 * that cannot be opened is passed over with a line in the log. Errors:
 * E_CONSOLE_NONE (none could be opened).
 */
enum status console_open_all(const char *sysfs, const char *dev,
			     struct console *consoles, size_t cap,
			     size_t *ret_count, struct error *err);

/* One console by the path of its device. Errors: E_CONSOLE_OPEN,
 * E_CONSOLE_NOT_TTY. */
enum status console_open(const char *path, struct console *ret,
			 struct error *err);

/* Throws away what the line has not taken, so that close(2) cannot wait for it,
 * restores the modes and closes. */
void console_close(struct console *console);

/* Every key as it comes, no echo, output unprocessed (a line ends in CR LF). A
 * BREAK, and what came with a framing error, is not seen; nothing the line
 * sends stops the output. Errors: E_CONSOLE_MODE. */
enum status console_make_raw(struct console *console, struct error *err);

/* The modes from before; nothing if they were not changed. */
void console_restore(struct console *console);

/* Writes what goes out within budget_ms and returns how many bytes that were;
 * the rest is dropped. budget_ms 0 tries once. */
size_t console_write(struct console *console, struct span bytes,
		     unsigned budget_ms);

/* Whether the device takes more: a serial line does with less than 256 bytes
 * on their way. */
bool console_is_ready(const struct console *console);

/* Whether the device has sent everything. */
bool console_is_drained(const struct console *console);

/* Waits until the device has sent everything, at most budget_ms; true if it
 * has. Never tcdrain(3), which has no end on a stopped line. */
bool console_drain(struct console *console, unsigned budget_ms);

/* Up to cap bytes that were typed; 0 if there are none now. *ret_gone is true
 * when the line hung up or failed and should be closed. */
size_t console_read(struct console *console, void *buf, size_t cap,
		    bool *ret_gone);

/* Forgets what was typed and not read yet. */
void console_drop_input(struct console *console);

/* The size that the terminal driver knows, else 80x24; true if it knows both
 * numbers. */
bool console_size(const struct console *console, unsigned *ret_columns,
		  unsigned *ret_rows);

/* Keeps the kernel's messages off the consoles, and lets them back on; the
 * kernel remembers the level in between. Without the right to, nothing. */
void console_mute_kernel(void);
void console_unmute_kernel(void);

#endif
