/*
 * A VT100, so far as keelboot may use one: takes the bytes a terminal would and
 * keeps the picture. It is strict: a sequence that a VT100 does not have (or,
 * if private, would not ignore), a character in the last column, a scroll or
 * a control code without meaning is noted in `problem`, and tests fail on it.
 */
#ifndef KEELBOOT_TESTS_LIB_VT100_H
#define KEELBOOT_TESTS_LIB_VT100_H

#include "base/span.h"
#include "base/text.h"

#define VT_ROWS_MAX 100
#define VT_COLS_MAX 250

enum { VT_BOLD = 1, VT_REVERSE = 2, VT_RED = 4, VT_GREEN = 8 };

struct vt_cell {
	char text[8]; /* UTF-8, "" for the right half of a wide character */
	uint8_t attr;
};

struct vt {
	unsigned rows, cols, row, col;
	uint8_t attr;
	bool cursor_hidden, paste_marked;
	unsigned asked_size;
	char pending[32]; /* an unfinished sequence or character */
	size_t pending_len;
	unsigned scrolled; /* lines that went off the top */
	bool may_scroll;   /* else a scroll is a problem */
	bool has_colour;   /* else a colour is one */
	char problem[160]; /* the first one, or "" */
	struct vt_cell cell[VT_ROWS_MAX][VT_COLS_MAX];
};

/* A terminal just switched on, but with dirt on its screen. */
void vt_init(struct vt *vt, unsigned rows, unsigned cols);

void vt_feed(struct vt *vt, struct span bytes);

/* Appends the picture: rows without trailing blanks, each ended by LF, then one
 * line "~ row 3: reverse 0-6" per run of attributes. */
void vt_print(const struct vt *vt, struct text *out);

#endif
