#include "ui/screen.h"
#include "ui/screen_cells.h"

#include <string.h>

enum screen_kind screen_kind_of(const char *term)
{
	static const char *const dumb[] = { "", "dumb", "unknown" };

	for (size_t i = 0; term && i < sizeof(dumb) / sizeof(dumb[0]); i++)
		if (!strcmp(term, dumb[i]))
			return SCREEN_DUMB;
	return term ? SCREEN_VT : SCREEN_DUMB;
}

void screen_init(struct screen *s, enum screen_kind kind)
{
	memset(s, 0, sizeof(*s));
	s->kind = kind;
	s->ascii = kind == SCREEN_DUMB;
	s->rows = 24;
	s->cols = 80;
	s->line_open = true;
	screen_invalidate(s);
	screen_clear(s);
}

bool screen_resize(struct screen *s, unsigned rows, unsigned cols)
{
	if (rows < SCREEN_ROWS_MIN || cols < SCREEN_COLS_MIN)
		return false;
	if (rows > SCREEN_ROWS_MAX)
		rows = SCREEN_ROWS_MAX;
	if (cols > SCREEN_COLS_MAX)
		cols = SCREEN_COLS_MAX;
	if (rows == s->rows && cols == s->cols)
		return true;
	s->rows = rows;
	s->cols = cols;
	screen_invalidate(s);
	screen_clear(s);
	return true;
}

void screen_invalidate(struct screen *s)
{
	s->fresh = true;
	s->at_row = -1;
	s->open_row = -1;
	memset(s->pending, 0, sizeof(s->pending));
	memset(s->shown, 0, sizeof(s->shown));
}

void screen_clear(struct screen *s)
{
	for (unsigned row = 0; row < s->rows; row++)
		screen_clear_row(s, row);
	memset(s->row_kind, ROW_PAGE, sizeof(s->row_kind));
}

void screen_clear_row(struct screen *s, unsigned row)
{
	for (unsigned col = 0; row < s->rows && col < s->cols; col++)
		s->want[row * SCREEN_COLS_MAX + col] = BLANK;
}

void screen_set_row(struct screen *s, unsigned row, enum screen_row kind)
{
	if (row < s->rows)
		s->row_kind[row] = (uint8_t)kind;
}

unsigned screen_width(const struct screen *s)
{
	return s->cols - 1;
}

static uint32_t point_of(struct span one)
{
	static const uint8_t lead_mask[5] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t point = one.ptr[0] & lead_mask[one.len];

	for (size_t i = 1; i < one.len; i++)
		point = point << 6 | (one.ptr[i] & 0x3f);
	return point;
}

/* The next character of *rest as it may be shown: its cell, or 0 at the end. */
static uint32_t next_cell(const struct screen *s, struct span *rest,
			  unsigned *ret_width)
{
	uint32_t cell = 0;
	bool valid;

	while (!cell) {
		size_t len = utf8_next(*rest, ret_width, &valid);

		if (!len)
			return 0;
		cell = valid ? point_of(span_slice(*rest, 0, len)) : '?';
		if (s->ascii && cell >= 0x80)
			cell = '?';
		if (!*ret_width)
			cell = 0;
		*rest = span_slice(*rest, len, rest->len - len);
	}
	return cell;
}

/* Columns of as many characters as fit into width, and whether all did. */
static unsigned fit(const struct screen *s, struct span text, unsigned width,
		    bool *ret_all)
{
	unsigned used = 0, one;

	while (next_cell(s, &text, &one)) {
		if (used + one > width) {
			*ret_all = false;
			return used;
		}
		used += one;
	}
	*ret_all = true;
	return used;
}

/* A wide character of which one half is drawn over is gone as a whole. */
static void split_wide(uint32_t *line, unsigned col)
{
	if (!(line[col] & CELL_RIGHT))
		return;
	line[col - 1] = BLANK;
	line[col] = BLANK;
}

static unsigned put_cells(struct screen *s, unsigned row, unsigned col,
			  unsigned width, uint32_t attr, struct span text)
{
	uint32_t *line = s->want + row * SCREEN_COLS_MAX;
	unsigned used = 0, one;
	uint32_t cell;

	while (used < width && (cell = next_cell(s, &text, &one)) != 0) {
		if (used + one > width)
			break;
		split_wide(line, col + used);
		split_wide(line, col + used + one);
		line[col + used] = cell | attr;
		/* '?' for a wide character is as wide as the character was */
		if (one == 2)
			line[col + used + 1] =
				(s->ascii ? '?' : CELL_RIGHT) | attr;
		used += one;
	}
	return used;
}

unsigned screen_put_span(struct screen *s, unsigned row, unsigned col,
			 unsigned width, enum screen_attr attr,
			 struct span text)
{
	struct span dots = span_of_text(s->ascii ? "..." : "\u2026");
	unsigned dots_width = s->ascii ? 3 : 1, used;
	uint32_t bits = (uint32_t)attr;
	bool all;

	if (row >= s->rows || col >= screen_width(s))
		return 0;
	if (width > screen_width(s) - col)
		width = screen_width(s) - col;
	if (!s->colour)
		bits &= ATTR_BOLD | ATTR_REVERSE;
	bits <<= CELL_SHIFT;
	fit(s, text, width, &all);
	if (all || width < dots_width)
		return put_cells(s, row, col, width, bits, text);
	used = put_cells(s, row, col, width - dots_width, bits, text);
	return used + put_cells(s, row, col + used, dots_width, bits, dots);
}

unsigned screen_put(struct screen *s, unsigned row, unsigned col,
		    unsigned width, enum screen_attr attr, const char *text)
{
	return screen_put_span(s, row, col, width, attr, span_of_text(text));
}

bool cells_room(const struct text *t, size_t bytes)
{
	return t->cap - 1 - t->len >= bytes + OFF_BYTES;
}

unsigned cells_end(const uint32_t *line, unsigned cols)
{
	while (cols && line[cols - 1] == BLANK)
		cols--;
	return cols;
}

bool screen_flush(struct screen *s, struct text *out)
{
	return s->kind == SCREEN_DUMB ? screen_flush_dumb(s, out)
				      : screen_flush_vt(s, out);
}

void screen_ask_size(struct screen *s, struct text *out)
{
	if (s->kind == SCREEN_DUMB)
		return;
	/* the text area's size, then where the cursor stops */
	text_add(out, "\033[18t\0337\033[999;999H\033[6n\0338");
}

void screen_leave(struct screen *s, struct text *out)
{
	if (s->kind == SCREEN_VT)
		text_addf(out, "\033[m\033[?2004l\033[?25h\033[%uH", s->rows);
	text_add(out, "\r\n");
	s->line_open = false;
	screen_invalidate(s);
}
