/*
 * What the parts of the drawing share: view.c picks the page and draws text
 * pages, view_list.c the list page, view_items.c the entries on it, view_edit.c
 * the line of the editor. For these files only.
 */
#ifndef KEELBOOT_UI_VIEW_PARTS_H
#define KEELBOOT_UI_VIEW_PARTS_H

#include "ui/layout.h"
#include "ui/view.h"

/* Columns between two things on one row. */
#define GAP 2

/* What is drawn, and where the operator sits. */
struct picture {
	const struct ui_menu *m;
	const struct ui_model *model;
	struct screen *s;
	const char *operator_name; /* NULL: here */
};

static inline unsigned view_least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static inline unsigned view_most(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

/* A row of its own; nothing for NO_ROW. */
void view_put_row(struct screen *s, int row, enum screen_attr attr,
		  const char *text);

/* A text over some rows. When it is longer, the end of the last row says which
 * key shows the rest. */
void view_put_paragraph(struct screen *s, unsigned row, unsigned rows,
			enum screen_attr attr, const char *text, char key);

/* "In use on ttyS0. " on the consoles where nobody sits, then the notice. */
void view_notice(const struct picture *p, struct text *ret);

void view_draw_list(const struct picture *p);
void view_put_items(const struct picture *p, const struct list_layout *l);
void view_put_line(const struct picture *p, const struct page_layout *l);

#endif
