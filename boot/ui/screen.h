/*
 * One terminal: what it should show, what it shows, and the fewest bytes that
 * turn the second into the first.
 *
 * Drawing fills a page of cells; screen_flush() compares it with the page the
 * terminal has and writes the difference, so drawing everything again is free
 * and a line at 9600 baud carries nothing twice. Every run of cells starts with
 * an absolute position: noise on the line spoils one run and no more. What a
 * VT100 understands is enough (cursor position, erase, reverse, bold). The last
 * column stays empty, since terminals disagree on what happens there.
 *
 * A terminal that is "dumb" or unknown gets plain lines: all of them when a
 * line of the page has changed. Rows that change by themselves are named by the
 * drawing (enum screen_row), so that they do not cause that. What is typed at
 * the end of a prompt is printed behind it.
 *
 * The size of a screen is about 200 KiB: do not put one on the stack.
 */
#ifndef KEELBOOT_UI_SCREEN_H
#define KEELBOOT_UI_SCREEN_H

#include "base/text.h"

#define SCREEN_ROWS_MAX 100
#define SCREEN_COLS_MAX 250
#define SCREEN_ROWS_MIN 6
#define SCREEN_COLS_MIN 20

/* The least room of a buffer given to screen_flush(). */
#define SCREEN_CHUNK_MIN 64

enum screen_kind {
	SCREEN_VT,   /* VT100 and everything after it */
	SCREEN_DUMB, /* plain lines */
};

/* Attributes of text. Nothing is said by them alone. */
enum screen_attr {
	ATTR_NONE = 0,
	ATTR_BOLD = 1,
	ATTR_REVERSE = 2,
	ATTR_GOOD = 4, /* green and red where there is colour, else nothing */
	ATTR_BAD = 8,
};

/* What a dumb terminal does with a row. */
enum screen_row {
	ROW_PAGE = 0, /* a change prints the whole page */
	ROW_NOTE,     /* printed alone when it changes */
	ROW_TICK,     /* a countdown: the same, but not for its numbers */
	ROW_PROMPT,   /* printed last, without a line end */
};

struct screen {
	enum screen_kind kind;
	bool ascii;  /* show no character beyond ASCII */
	bool colour; /* the terminal has it (ECMA-48 section 8.3.117) */
	unsigned rows, cols;
	bool fresh; /* the terminal's content is unknown */
	/* dumb: rows to print, the one that is half printed, and how far */
	bool pending[SCREEN_ROWS_MAX];
	int at_row;
	unsigned at_col;
	bool line_open; /* dumb: something stands on the current line */
	int open_row;	/* and that is this row, or -1 */
	uint8_t row_kind[SCREEN_ROWS_MAX];
	uint32_t want[SCREEN_ROWS_MAX * SCREEN_COLS_MAX];
	uint32_t shown[SCREEN_ROWS_MAX * SCREEN_COLS_MAX];
};

/* What a TERM is; NULL, "", "dumb" and "unknown" are dumb. */
enum screen_kind screen_kind_of(const char *term);

/* A screen of 24 rows and 80 columns with unknown content. ascii is set for a
 * dumb terminal and may be changed at any time, as may colour, which is not. */
void screen_init(struct screen *s, enum screen_kind kind);

/* Takes over a new size, cut to the greatest; everything is sent again. False,
 * with nothing changed, if it is smaller than the least size: such a report is
 * noise. No change of size changes nothing. */
bool screen_resize(struct screen *s, unsigned rows, unsigned cols);

/* The next flush sends everything (Ctrl-L, a terminal that was reattached). */
void screen_invalidate(struct screen *s);

/* Starts a drawing: an empty page of ROW_PAGE rows. */
void screen_clear(struct screen *s);

/* Takes everything off a row. */
void screen_clear_row(struct screen *s, unsigned row);

/* Says what a row is, until the next drawing. */
void screen_set_row(struct screen *s, unsigned row, enum screen_row kind);

/* Columns that can be drawn in: one less than the terminal has. */
unsigned screen_width(const struct screen *s);

/* Draws text from a place on, in at most width columns, and returns how many
 * it took. Control characters and broken UTF-8 become '?', characters without
 * width are left out; nothing outside of the page is touched. Text that does
 * not fit ends in "…" ("..." on an ascii screen). */
unsigned screen_put(struct screen *s, unsigned row, unsigned col,
		    unsigned width, enum screen_attr attr, const char *text);

/* The same for the bytes of a span. */
unsigned screen_put_span(struct screen *s, unsigned row, unsigned col,
			 unsigned width, enum screen_attr attr,
			 struct span text);

/* Appends what the terminal needs to show the drawing, as far as it fits, and
 * returns true when nothing is left. With false, write the buffer out and call
 * again with an empty one: the drawing may have changed in between, so a slow
 * line always gets the newest state. out has SCREEN_CHUNK_MIN bytes or more. */
bool screen_flush(struct screen *s, struct text *out);

/* Appends the questions for the terminal's size; it answers with KEY_SIZE, or
 * not at all. Nothing for a dumb one. */
void screen_ask_size(struct screen *s, struct text *out);

/* Appends what gives the terminal back for plain lines: attributes off, cursor
 * shown, below everything that was drawn. The next flush starts afresh. */
void screen_leave(struct screen *s, struct text *out);

#endif
