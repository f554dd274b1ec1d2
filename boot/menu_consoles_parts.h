/*
 * What the parts of menu_consoles.h share: menu_consoles.c opens and closes,
 * menu_consoles_show.c draws, menu_consoles_keys.c reads keys and answers,
 * menu_consoles_lines.c says plain lines. For these four files only.
 */
#ifndef KEELBOOT_MENU_CONSOLES_PARTS_H
#define KEELBOOT_MENU_CONSOLES_PARTS_H

#include "menu_consoles.h"

/* Closes a console that hung up; it is tried again later. */
void terminals_lose(struct terminals *t, struct terminal *one);

/* Opens those that have come back, as far as it is time to look. */
void terminals_find_lost(struct terminals *t);

/* Asks it for its size, unless the driver knows it or it cannot answer. */
void terminal_ask_size(struct terminal *one);

/* Notes a size the driver says, if it says another than before. */
void terminal_look_at_size(struct terminal *one);

/* Makes the screen's new size and Ctrl-L true, when it is time for that. True
 * if there is something new to draw. */
bool terminal_change(struct terminal *one, uint64_t now_ms);

/* Puts bytes behind those that wait for the line; all or none. */
bool terminal_queue(struct terminal *one, struct span bytes);

/* Gives it over to plain lines: queues what leaves its screen. */
void terminal_leave(struct terminal *one);

/* Sends what waits, within a budget. True when nothing waits any more. */
bool terminals_push(struct terminals *t, struct terminal *one,
		    unsigned budget_ms);

#endif
