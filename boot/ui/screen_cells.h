/*
 * What the parts of a screen share: screen.c draws cells, screen_vt.c and
 * screen_dumb.c send them. For these three files only.
 */
#ifndef KEELBOOT_UI_SCREEN_CELLS_H
#define KEELBOOT_UI_SCREEN_CELLS_H

#include "ui/screen.h"

/* A cell is a code point with its attributes above it; 0 is "unknown" on the
 * terminal's side. The right half of a wide character is a cell of its own. */
#define CELL_POINT 0x1fffffU
#define CELL_RIGHT 0x200000U
#define CELL_SHIFT 24
#define BLANK	   ((uint32_t)' ')

/* The most bytes that one cell takes: four attribute changes and a character;
 * that a position takes; and that switching attributes off takes at the end. */
#define CELL_BYTES 20
#define MOVE_BYTES 10
#define OFF_BYTES  3

/* Whether so many bytes and the switching off fit. */
bool cells_room(const struct text *t, size_t bytes);

/* The first column of the blanks that end a row. */
unsigned cells_end(const uint32_t *line, unsigned cols);

/* screen_flush() for each kind. */
bool screen_flush_vt(struct screen *s, struct text *out);
bool screen_flush_dumb(struct screen *s, struct text *out);

#endif
