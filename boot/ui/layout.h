/*
 * Which row holds what, for a screen of any size.
 */
#ifndef KEELBOOT_UI_LAYOUT_H
#define KEELBOOT_UI_LAYOUT_H

#include "base/text.h"
#include "ui/menu.h"

/* A row that a small screen has no room for. */
#define NO_ROW (-1)

/* From these widths on there is room for the longer wordings. */
#define COLS_WIDE   76
#define COLS_MIDDLE 38

/* The list page. Rows count from 0; two that are equal share a row. */
struct list_layout {
	unsigned width;
	int head, security, warning;
	unsigned facts, facts_rows;	/* 0 rows: there are none */
	unsigned failure, failure_rows; /* the same */
	int position;			/* "entries 1 to 15 of 212" */
	unsigned list, list_rows;
	int detail;
	unsigned detail_rows;
	int status, notice, tick, keys, keys2, prompt;
};

/* A text page: title, lines, keys. */
struct page_layout {
	unsigned width;
	int line, count; /* of the editor */
	unsigned body, body_rows;
	int notice; /* may be the keys' row */
	unsigned keys;
	int prompt; /* of a dumb terminal; may be the keys' row */
};

/* is_dumb: a prompt at the end instead of a detail line. */
void layout_list(const struct ui_model *model, unsigned rows, unsigned cols,
		 bool is_dumb, struct list_layout *ret);

/* The failure as the list page words it, into a buffer of FAILURE_SHOWN bytes:
 * more than its rows can hold. */
#define FAILURE_SHOWN 2304
void layout_failure(const struct ui_model *model, struct text *ret);

void layout_page(enum ui_page page, unsigned rows, unsigned cols, bool is_dumb,
		 struct page_layout *ret);

/* The place of the first entry shown, when that at `at` has to be seen. The
 * list moves by whole pages: a step then costs two rows of bytes, not all. */
size_t layout_first(const struct ui_model *model,
		    const struct list_layout *layout, size_t at);

#endif
