/*
 * What PID 1's children run: the menu, the rescue shell, and the question to
 * the configuration. All for proc_spawn(); none of it runs in PID 1 but
 * init_ask_end()'s wait, which has an end.
 */
#ifndef KEELBOOT_INIT_CHILDREN_H
#define KEELBOOT_INIT_CHILDREN_H

#include "init.h"

#include <stdbool.h>

/* Becomes the menu. Returns only when that failed: 127. */
int init_child_menu(void *context);

/*
 * Becomes a shell, the leader of a session whose terminal is the console with
 * the name context ("ttyS0"). Returns only when that failed: 126 where the
 * console cannot be opened, 127 where there is no /bin/sh.
 */
int init_child_shell(void *context);

/* Asks configure in a process of its own, which keeps log_fd. False, with *ret
 * untouched, if there was no answer within 2 s or it makes no sense. */
bool init_ask_end(void (*configure)(struct init_end *ret), int log_fd,
		  struct init_end *ret);

#endif
