#include "ui/screen_cells.h"

/* Cells that need no sending but cost less than a new position. */
#define GAP_MAX 6

/* A row that starts this far in is reached by a line feed and blanks. */
#define INDENT_MAX 3

/* Blank cells at the end of a row that are erased rather than written. */
#define ERASE_MIN 4

/* Where the terminal is within one flush; nothing is assumed across two. */
struct pen {
	struct text *out;
	unsigned row, col;
	bool placed;
	uint32_t attr;
};

static void pen_set_attr(struct pen *p, uint32_t attr)
{
	if (attr == p->attr)
		return;
	if (p->attr & ~attr || !attr)
		text_add(p->out, "\033[m");
	if (attr & ATTR_BOLD)
		text_add(p->out, "\033[1m");
	if (attr & ATTR_REVERSE)
		text_add(p->out, "\033[7m");
	if (attr & (ATTR_GOOD | ATTR_BAD))
		text_add(p->out, attr & ATTR_BAD ? "\033[31m" : "\033[32m");
	p->attr = attr;
}

static void pen_move(struct pen *p, unsigned row, unsigned col)
{
	if (p->placed && p->row == row && p->col == col)
		return;
	if (!row && !col)
		text_add(p->out, "\033[H");
	else if (!col)
		text_addf(p->out, "\033[%uH", row + 1);
	else
		text_addf(p->out, "\033[%u;%uH", row + 1, col + 1);
	p->row = row;
	p->col = col;
	p->placed = true;
}

static bool is_wide(const uint32_t *line, unsigned col, unsigned cols)
{
	return col + 1 < cols && line[col + 1] & CELL_RIGHT;
}

/* Sends the cell the pen stands on; a wide character takes two. */
static void send_cell(struct screen *s, struct pen *p)
{
	const uint32_t *want = s->want + p->row * SCREEN_COLS_MAX;
	uint32_t *shown = s->shown + p->row * SCREEN_COLS_MAX;

	pen_set_attr(p, want[p->col] >> CELL_SHIFT);
	text_add_point(p->out, want[p->col] & CELL_POINT);
	shown[p->col] = want[p->col];
	p->col++;
	if (!is_wide(want, p->col - 1, s->cols))
		return;
	shown[p->col] = want[p->col];
	p->col++;
	/* terminals do not agree on what is wide: place what follows */
	p->placed = is_wide(want, p->col, s->cols);
}

/* Brings the pen to a cell: over what is there already if that is shorter. */
static void reach(struct screen *s, struct pen *p, unsigned row, unsigned col)
{
	if (p->placed && row == p->row + 1 && col <= INDENT_MAX &&
	    cells_room(p->out, 2 + (INDENT_MAX + 1) * CELL_BYTES)) {
		text_add(p->out, "\r\n");
		p->row = row;
		p->col = 0;
	}
	if (p->placed && row == p->row && col > p->col &&
	    col - p->col <= GAP_MAX &&
	    cells_room(p->out, (col - p->col + 1) * CELL_BYTES))
		while (p->placed && p->col < col)
			send_cell(s, p);
	pen_move(p, row, col);
}

static void erase_rest(struct screen *s, struct pen *p, unsigned row,
		       unsigned col)
{
	uint32_t *shown = s->shown + row * SCREEN_COLS_MAX;

	pen_move(p, row, col);
	pen_set_attr(p, ATTR_NONE);
	text_add(p->out, "\033[K");
	for (; col < s->cols; col++)
		shown[col] = BLANK;
}

/* False if room ran out first. */
static bool send_row(struct screen *s, struct pen *p, unsigned row)
{
	const uint32_t *want = s->want + row * SCREEN_COLS_MAX;
	const uint32_t *shown = s->shown + row * SCREEN_COLS_MAX;
	unsigned end = cells_end(want, s->cols);
	unsigned shown_end = cells_end(shown, s->cols);

	for (unsigned col = 0; col < s->cols; col++) {
		if (want[col] == shown[col])
			continue;
		if (!cells_room(p->out, MOVE_BYTES + CELL_BYTES))
			return false;
		if (col >= end && shown_end >= col + ERASE_MIN) {
			erase_rest(s, p, row, col);
			return true;
		}
		/* never the right half of a wide character: it is taken along
		 * with its left one, and does not change without that */
		reach(s, p, row, col);
		send_cell(s, p);
	}
	return true;
}

/* Attributes, character sets and scrolling region as a VT100 has them after
 * power-on, cursor hidden, pastes marked, page empty. */
static void send_start(struct screen *s, struct pen *p)
{
	text_add(p->out, "\033[m\033(B\017\033[r\033[?25l\033[?2004h"
			 "\033[2J");
	for (unsigned row = 0; row < s->rows; row++)
		for (unsigned col = 0; col < s->cols; col++)
			s->shown[row * SCREEN_COLS_MAX + col] = BLANK;
	s->fresh = false;
}

bool screen_flush_vt(struct screen *s, struct text *out)
{
	struct pen p = { .out = out };
	bool done = true;

	if (s->fresh)
		send_start(s, &p);
	for (unsigned row = 0; done && row < s->rows; row++)
		done = send_row(s, &p, row);
	pen_set_attr(&p, ATTR_NONE);
	return done;
}
