/*
 * What PID 1's children run: the menu, the rescue shell, the feeding of a
 * watchdog, the question to the configuration, the TPM. All for proc_spawn();
 * none of it runs in PID 1 but the waits for answers, which have an end.
 */
#ifndef KEELBOOT_INIT_CHILDREN_H
#define KEELBOOT_INIT_CHILDREN_H

#include "base/error.h"
#include "init.h"

#include <stdbool.h>

/* Becomes the menu, with the TERM that this process has, or "linux". Returns
 * only when that failed: 127. */
int init_child_menu(void *context);

/*
 * Becomes a shell, the leader of a session whose terminal is the console with
 * the name context ("ttyS0"). TERM is the menu's, but "vt220" instead of
 * "linux" on a serial line. Returns only when that failed: 126 where the
 * console cannot be opened, 127 where there is no /bin/sh.
 */
int init_child_shell(void *context);

/* Asks configure in a process of its own, which keeps log_fd. False, with *ret
 * untouched, if there was no answer within 2 s or it makes no sense. */
bool init_ask_end(void (*configure)(struct init_end *ret), int log_fd,
		  struct init_end *ret);

/* Feeds the watchdog that a menu has armed (sys/watchdog.h) until it is killed;
 * the timer runs on then. Returns only when there is none, or it cannot be had:
 * 1. */
int init_child_feed(void *context);

#define INIT_FORGET_MS 10000

/*
 * tpm_forget_secrets() for a shell, in a process of its own, which keeps log_fd
 * and has INIT_FORGET_MS. Each machine start needs it once; it is done before
 * each shell all the same, as there is no record of it to be trusted more than
 * the TPM's. Errors: those of tpm_seal.h, E_TPM_DEADLINE, E_TPM_ENDED (no
 * answer), E_PROC_FORK.
 */
enum status init_forget_secrets(int log_fd, struct error *err);

#endif
