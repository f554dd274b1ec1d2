/*
 * What the text pages say. Lines are made anew for each width, so that a page
 * is the same text on every screen. page.c has what is told of the machine and
 * its entries, page_help.c what is told of the keys.
 */
#ifndef KEELBOOT_UI_PAGE_H
#define KEELBOOT_UI_PAGE_H

#include "base/text.h"
#include "ui/menu.h"
#include "ui/screen.h"

/* Takes the lines of a page in order. */
struct page_sink {
	void (*line)(struct page_sink *sink, enum screen_attr attr,
		     struct span text);
	unsigned width;
};

/* Gives every line of the menu's current page (not the list) to a sink. Of the
 * editor that is what stands below the line. */
void page_write(const struct ui_menu *m, const struct ui_model *model,
		struct page_sink *sink);

/* How many lines that are. */
size_t page_count(const struct ui_menu *m, const struct ui_model *model,
		  unsigned width);

void page_title(const struct ui_menu *m, const struct ui_model *model,
		struct text *ret);

/* The row of keys below a page, for a screen of some width. */
void page_keys(const struct ui_menu *m, const struct ui_model *model,
	       unsigned width, bool is_long, struct text *ret);

/* "" for NULL. */
const char *page_text(const char *text);

/* An entry's title, or what stands for it. */
const char *page_item_title(const struct ui_item *item);

/* The target with this id, or NULL. */
const struct ui_target *page_target(const struct ui_model *model, uint32_t id);

/* --- for page_help.c ------------------------------------------------------ */

void page_write_text(struct page_sink *sink, enum screen_attr attr,
		     const char *text);
void page_write_blank(struct page_sink *sink);

/* "Label: text", or nothing if there is no text. */
void page_write_field(struct page_sink *sink, const char *label,
		      const char *text);

/* What the keys do on the page that help was asked for on. */
void page_write_help(const struct ui_menu *m, const struct ui_model *model,
		     struct page_sink *sink);

#endif
