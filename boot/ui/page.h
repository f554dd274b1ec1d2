/*
 * What the text pages say: details, log, help, and the two questions before
 * the machine is left. Lines are made anew for each width, so that a page is
 * the same text on every screen.
 */
#ifndef KEELBOOT_UI_PAGE_H
#define KEELBOOT_UI_PAGE_H

#include "ui/menu.h"
#include "ui/screen.h"

/* Takes the lines of a page in order. */
struct page_sink {
	void (*line)(struct page_sink *sink, enum screen_attr attr,
		     struct span text);
	unsigned width;
};

/* Gives every line of the menu's current page (not the list) to a sink. */
void page_write(const struct ui_menu *m, const struct ui_model *model,
		struct page_sink *sink);

/* How many lines that are. */
size_t page_count(const struct ui_menu *m, const struct ui_model *model,
		  unsigned width);

const char *page_title(enum ui_page page);

/* "" for NULL. */
const char *page_text(const char *text);

#endif
