/*
 * How often the menu is drawn while disks are still looked at. A hundred disks
 * answer within moments, and a serial line takes a screen in a second: drawing
 * each record would keep the next ones waiting.
 */
#ifndef KEELBOOT_MENU_PACE_H
#define KEELBOOT_MENU_PACE_H

#include "choice.h"

/* Nobody sees it later, and it leaves the processor to others. */
#define MENU_PACE_MS 40

/* All zero to begin with. */
struct menu_pace {
	uint32_t shown_default; /* the line that stands there as such, or 0 */
	uint64_t shown_ms;
	bool is_late; /* the screen is not what is known */
};

/*
 * Whether drawing may wait, which is noted. Never where somebody or something
 * has named what boots by itself and the screen does not show it yet, nor where
 * nothing else is about to come.
 */
bool menu_pace_may_wait(struct menu_pace *pace, const struct choice *choice,
			unsigned pending, uint64_t now_ms);

/* The menu has been drawn. The log says when an operator could first see what
 * boots by itself. */
void menu_pace_shown(struct menu_pace *pace, const struct choice *choice,
		     uint64_t now_ms);

/* Milliseconds until what waits must be drawn, -1 if nothing does. */
int menu_pace_wait_ms(const struct menu_pace *pace, uint64_t now_ms);

#endif
