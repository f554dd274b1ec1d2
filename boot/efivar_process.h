/*
 * A process that asks the firmware for variables, or to change them, because a
 * firmware may take its time or never come back: it answers in messages, has a
 * deadline, and is given up at that. A BMC is no better, and asked in the same
 * way.
 */
#ifndef KEELBOOT_EFIVAR_PROCESS_H
#define KEELBOOT_EFIVAR_PROCESS_H

#include "base/error.h"
#include "base/span.h"

#include <stdint.h>
#include <sys/types.h>

/* Longer than any firmware that works takes; flash is slow to write. */
#define EFIVAR_READ_MS	2000
#define EFIVAR_WRITE_MS 5000

/* Who is asked, for people, and by which codes that fails. */
struct efivar_asked {
	const char *process; /* its name */
	const char *waiting; /* "waiting for the firmware" */
	const char *silent;  /* "the firmware has not answered" */
	const char *gone;    /* the sentence of ended */
	enum status deadline, ended;
};

struct efivar_process {
	const struct efivar_asked *asked; /* NULL: the firmware */
	pid_t pid;
	int socket; /* to poll(2) for, -1 if there is nothing to wait for */
	int patience_ms;
	uint64_t deadline_ms;
};

#define EFIVAR_PROCESS_NONE ((struct efivar_process){ .socket = -1 })

/* What it runs: answers through socket with msg_send(), and returns its exit
 * status. */
typedef int efivar_work(int socket, const void *context);

/* Starts it; the time it has runs from now on. context is not needed any more
 * then, the process has its own. Errors: those of msg_pair() and proc_spawn().
 */
enum status efivar_process_begin(struct efivar_process *process,
				 efivar_work *work, const void *context,
				 int patience_ms, struct error *err);

/* The same for another one than the firmware: deadline and ended are then its
 * codes, below. asked stays. */
enum status efivar_process_begin_for(struct efivar_process *process,
				     const struct efivar_asked *asked,
				     efivar_work *work, const void *context,
				     int patience_ms, struct error *err);

/*
 * One message of exactly len bytes. Its descriptor goes to *ret_fd, which is
 * the caller's, or -1; with ret_fd NULL it is closed. Never waits. Whatever
 * fails but E_MSG_NONE ends the process.
 *
 * Errors: E_MSG_NONE (not yet), E_EFIVAR_DEADLINE, E_EFIVAR_ENDED (it ended
 * without a word, or the message has another length).
 */
MUST_USE enum status efivar_process_take(struct efivar_process *process,
					 void *buf, size_t len, int *ret_fd,
					 uint64_t now_ms, struct error *err);

/* The same, and waits for it: no longer than the deadline. */
MUST_USE enum status efivar_process_await(struct efivar_process *process,
					  void *buf, size_t len, int *ret_fd,
					  struct error *err);

/* What a message has of an error, made safe to use: its code, OK for none.
 * Errors: that one, E_EFIVAR_ENDED (it makes no sense). */
MUST_USE enum status efivar_process_said(const struct error *said,
					 struct error *err);

/* Gives it up, if it runs. One that hangs in the firmware lives on until it
 * wakes, and then ends. */
void efivar_process_end(struct efivar_process *process);
#define _end_efivar_process_ __attribute__((cleanup(efivar_process_end)))

#endif
