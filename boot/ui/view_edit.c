/*
 * The editor's line: one row that scrolls by half its width, so that most keys
 * change little of it.
 */
#include "ui/view_parts.h"

/* Columns before a byte of the line. */
static unsigned columns_before(struct span line, size_t at)
{
	unsigned cols = 0, one;
	bool valid;
	size_t len;

	for (size_t i = 0; i < at; i += len) {
		len = utf8_next(span_slice(line, i, line.len - i), &one,
				&valid);
		if (!len)
			break;
		cols += one;
	}
	return cols;
}

/* The first column shown when the cursor's has to be, with room for the marks
 * of what is out of sight. */
static unsigned first_column(unsigned cursor, unsigned width)
{
	unsigned room = width - 2, step = width / 2;

	return cursor <= room ? 0 : (cursor - room + step - 1) / step * step;
}

/* The cursor of a terminal without attributes: before the character. */
static unsigned put_bar(struct screen *s, unsigned row, unsigned col,
			bool is_here)
{
	return is_here && s->kind == SCREEN_DUMB
		       ? screen_put(s, row, col, 1, ATTR_NONE, "|")
		       : 0;
}

static void put_text(const struct picture *p, unsigned row, unsigned left,
		     unsigned width)
{
	const struct ui_line *line = &p->m->line;
	struct span rest = span_of(line->text, line->len);
	unsigned cursor = columns_before(rest, line->at);
	unsigned first = first_column(cursor, width), at = 0, one, col;
	bool valid, is_dumb = p->s->kind == SCREEN_DUMB;
	unsigned bar = 0;
	size_t len;

	for (; (len = utf8_next(rest, &one, &valid)) > 0; at += one) {
		bool is_here = line->len - rest.len == line->at;

		if (at >= first + (first ? 1 : 0)) {
			col = at - first + bar;
			if (col + one > width - 1)
				break;
			bar += put_bar(p->s, row, left + col, is_here);
			screen_put_span(p->s, row, left + at - first + bar, one,
					is_here && !is_dumb ? ATTR_REVERSE
							    : ATTR_NONE,
					span_slice(rest, 0, len));
		}
		rest = span_slice(rest, len, rest.len - len);
	}
	if (first)
		screen_put(p->s, row, left, 1, ATTR_BOLD, "<");
	if (rest.len)
		screen_put(p->s, row, left + width - 1, 1, ATTR_BOLD, ">");
	if (line->at == line->len && !is_dumb)
		screen_put(p->s, row, left + at - first, 1, ATTR_REVERSE, " ");
}

void view_put_line(const struct picture *p, const struct page_layout *l)
{
	const struct ui_line *line = &p->m->line;
	bool is_long = line->len > line->limit;
	bool is_dumb = p->s->kind == SCREEN_DUMB;
	unsigned left = 0;
	char buf[128];
	struct text t = text_over(buf, sizeof(buf));

	if (is_dumb)
		left = screen_put(p->s, (unsigned)l->line, 0, l->width,
				  ATTR_NONE, "> ");
	put_text(p, (unsigned)l->line, left, l->width - left);
	if (is_long)
		text_add(&t, "TOO LONG: ");
	/* printed anew by each key it would be the most of a session */
	if (is_dumb)
		text_addf(&t, "at most %zu bytes; | is the cursor",
			  line->limit);
	else
		text_addf(&t, "%zu of %zu bytes", line->len, line->limit);
	if (is_long && l->width >= COLS_MIDDLE)
		text_add(&t, ": Enter boots nothing");
	view_put_row(p->s, l->count, is_long ? ATTR_BOLD | ATTR_BAD : ATTR_NONE,
		     buf);
	screen_set_row(p->s, (unsigned)l->count, ROW_NOTE);
}
