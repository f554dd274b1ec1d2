/*
 * The boot log: one line per event, with the time since the program started,
 * kept in memory for the menu's log page and written to one sink (the kernel's
 * log in the initramfs, standard error on a host).
 *
 * Lines are cleaned of control characters, so that text from a disk cannot
 * drive the operator's terminal. The sink is the only mutable global state of
 * the program besides saved terminal modes.
 */
#ifndef KEELBOOT_BASE_LOG_H
#define KEELBOOT_BASE_LOG_H

#include "base/span.h"

enum log_level { LOG_ERROR = 3, LOG_WARN = 4, LOG_INFO = 6, LOG_DEBUG = 7 };

/* Where lines go from now on: a file descriptor the caller keeps open, or -1
 * for memory only. as_kmsg puts the kernel's "<level>" and the program's name
 * in front; levels above most are kept in memory but not written. */
void log_to(int fd, bool as_kmsg, enum log_level most);

void log_line(enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

/* The kept lines, oldest first, each ended by LF; valid until the next line is
 * logged. When the buffer is full the oldest lines go. */
struct span log_kept(void);

#endif
