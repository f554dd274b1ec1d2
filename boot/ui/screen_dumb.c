#include "ui/screen_cells.h"

#include <string.h>

/* The most that comes at once: a line end, or a character. */
#define PLAIN_BYTES 4

static bool row_is_blank(const uint32_t *cells, const struct screen *s,
			 unsigned row)
{
	const uint32_t *line = cells + row * SCREEN_COLS_MAX;

	/* what is unknown counts as blank */
	return !line[0] || !cells_end(line, s->cols);
}

static bool row_differs(const struct screen *s, unsigned row)
{
	return memcmp(s->want + row * SCREEN_COLS_MAX,
		      s->shown + row * SCREEN_COLS_MAX,
		      s->cols * sizeof(s->want[0])) != 0;
}

static void take_row(struct screen *s, unsigned row)
{
	memcpy(s->shown + row * SCREEN_COLS_MAX,
	       s->want + row * SCREEN_COLS_MAX, s->cols * sizeof(s->want[0]));
}

static bool is_counting(uint32_t cell)
{
	return cell == BLANK || (cell >= '0' && cell <= '9');
}

/* Whether a row says the same with other numbers. Those of a countdown keep
 * their columns. */
static bool row_only_counts(const struct screen *s, unsigned row)
{
	const uint32_t *want = s->want + row * SCREEN_COLS_MAX;
	const uint32_t *shown = s->shown + row * SCREEN_COLS_MAX;

	for (unsigned col = 0; col < s->cols; col++)
		if (want[col] != shown[col] &&
		    !(is_counting(want[col]) && is_counting(shown[col])))
			return false;
	return true;
}

/* Whether a row that differs is worth a line of its own. */
static bool row_is_news(const struct screen *s, unsigned row)
{
	switch ((enum screen_row)s->row_kind[row]) {
	case ROW_TICK:
		return !row_is_blank(s->want, s, row) &&
		       (row_is_blank(s->shown, s, row) ||
			!row_only_counts(s, row));
	case ROW_NOTE:
		return !row_is_blank(s->want, s, row);
	case ROW_PAGE:
	case ROW_PROMPT:
		break;
	}
	return true;
}

/* Decides what to print: the page, or rows of it. */
static void find_pending(struct screen *s)
{
	bool page = false, any = false;
	unsigned row;

	for (row = 0; row < s->rows; row++)
		if (row_differs(s, row) && s->row_kind[row] == ROW_PAGE)
			page = true;
	for (row = 0; row < s->rows; row++) {
		s->pending[row] =
			page || (row_differs(s, row) && row_is_news(s, row));
		any = any || s->pending[row];
		if (!s->pending[row])
			take_row(s, row);
	}
	/* lines push the prompt up, so it comes again below them */
	for (row = 0; any && row < s->rows; row++)
		if (s->row_kind[row] == ROW_PROMPT)
			s->pending[row] = true;
}

/* One blank row of several in a page is enough, and none for empty notes. */
static bool row_is_spare(const struct screen *s, unsigned row)
{
	if (!row_is_blank(s->shown, s, row))
		return false;
	return s->row_kind[row] != ROW_PAGE || !row ||
	       row_is_blank(s->shown, s, row - 1);
}

/* Whether a prompt stands on the current line and only got longer, so that
 * the rest can be printed behind it. */
static bool row_is_longer(const struct screen *s, unsigned row)
{
	const uint32_t *shown = s->shown + row * SCREEN_COLS_MAX;
	unsigned end = cells_end(shown, s->cols);

	return s->line_open && s->open_row == (int)row && end &&
	       s->row_kind[row] == ROW_PROMPT &&
	       end < cells_end(s->want + row * SCREEN_COLS_MAX, s->cols) &&
	       !memcmp(s->want + row * SCREEN_COLS_MAX, shown,
		       end * sizeof(*shown));
}

static void begin_row(struct screen *s, struct text *out, unsigned row)
{
	const uint32_t *shown = s->shown + row * SCREEN_COLS_MAX;
	bool goes_on = row_is_longer(s, row);
	unsigned end = goes_on ? cells_end(shown, s->cols) : 0;

	s->pending[row] = false;
	take_row(s, row);
	if (row_is_spare(s, row))
		return;
	if (s->line_open && !goes_on)
		text_add(out, "\r\n");
	s->line_open = true;
	s->open_row = (int)row;
	s->at_row = (int)row;
	s->at_col = end;
}

/* Goes on with the row at hand; false if room ran out first. */
static bool print_row(struct screen *s, struct text *out)
{
	const uint32_t *line = s->shown + (unsigned)s->at_row * SCREEN_COLS_MAX;
	unsigned end = cells_end(line, s->cols);

	for (; s->at_col < end; s->at_col++) {
		if (!cells_room(out, PLAIN_BYTES))
			return false;
		if (!(line[s->at_col] & CELL_RIGHT))
			text_add_point(out, line[s->at_col] & CELL_POINT);
	}
	s->at_row = -1;
	return true;
}

static bool print_pending(struct screen *s, struct text *out, bool prompts)
{
	for (unsigned row = 0; row < s->rows; row++) {
		if (!s->pending[row] ||
		    (s->row_kind[row] == ROW_PROMPT) != prompts)
			continue;
		if (!cells_room(out, PLAIN_BYTES))
			return false;
		begin_row(s, out, row);
		if (s->at_row >= 0 && !print_row(s, out))
			return false;
	}
	return true;
}

static bool has_pending(const struct screen *s)
{
	for (unsigned row = 0; row < s->rows; row++)
		if (s->pending[row])
			return true;
	return false;
}

/* A print that was cut short goes on with what the rows hold by then; what
 * changed above it comes in another round. */
bool screen_flush_dumb(struct screen *s, struct text *out)
{
	s->fresh = false;
	if (s->at_row >= 0 && !print_row(s, out))
		return false;
	for (;;) {
		if (!has_pending(s))
			find_pending(s);
		if (!has_pending(s))
			return true;
		if (!print_pending(s, out, false) ||
		    !print_pending(s, out, true))
			return false;
	}
}
