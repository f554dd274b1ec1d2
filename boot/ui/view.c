#include "ui/page.h"
#include "ui/view_parts.h"
#include "ui/wrap.h"

#include <stdio.h>

void view_put_row(struct screen *s, int row, enum screen_attr attr,
		  const char *text)
{
	if (row != NO_ROW)
		screen_put(s, (unsigned)row, 0, screen_width(s), attr, text);
}

void view_put_paragraph(struct screen *s, unsigned row, unsigned rows,
			enum screen_attr attr, const char *text, char key)
{
	unsigned width = screen_width(s), more_cols, used;
	struct wrap w = wrap_over(span_of_text(text), width);
	struct span line, from = w.rest;
	char more[16];

	snprintf(more, sizeof(more), "%s (%c: all)",
		 s->ascii ? "..." : "\u2026", key);
	more_cols = text_columns(more);
	for (; rows && wrap_next(&w, &line); rows--, row++) {
		if (rows > 1 || !w.rest.len) {
			screen_put_span(s, row, 0, width, attr, line);
			from = w.rest;
			continue;
		}
		line = wrap_cut(from, width - more_cols);
		used = screen_put_span(s, row, 0, width, attr, line);
		screen_put(s, row, used, more_cols, attr, more);
	}
}

void view_notice(const struct picture *p, struct text *ret)
{
	if (p->operator_name)
		text_addf(ret, "In use on %s. ", p->operator_name);
	text_add(ret, p->m->notice);
}

/* --- the text pages ------------------------------------------------------ */

struct drawer {
	struct page_sink sink;
	struct screen *screen;
	const struct page_layout *layout;
	size_t first, at;
};

static void draw_line(struct page_sink *sink, enum screen_attr attr,
		      struct span text)
{
	struct drawer *d = (struct drawer *)sink;
	size_t at = d->at++;

	if (at >= d->first && at - d->first < d->layout->body_rows)
		screen_put_span(d->screen,
				d->layout->body + (unsigned)(at - d->first), 0,
				d->layout->width, attr, text);
}

static void put_title(const struct picture *p, const struct page_layout *l,
		      size_t first, size_t count)
{
	char buf[512], lines[64] = "";
	struct text title = text_over(buf, sizeof(buf));
	unsigned width = l->width, lines_cols;

	if (count > l->body_rows)
		snprintf(lines, sizeof(lines), "lines %zu to %zu of %zu",
			 first + 1, first + l->body_rows, count);
	lines_cols = text_columns(lines);
	page_title(p->m, p->model, &title);
	/* an entry's long name leaves room for it */
	if (lines_cols && lines_cols + GAP < width / 2)
		width -= lines_cols + GAP;
	width = screen_put(p->s, 0, 0, width, ATTR_BOLD, buf) + GAP;
	screen_put(p->s, 0, width, l->width - view_least(width, l->width),
		   ATTR_NONE, lines);
}

/* A notice that is too long for its row takes some of the text's. */
static void put_notice(const struct picture *p, const struct page_layout *l,
		       const char *notice)
{
	struct wrap w = wrap_over(span_of_text(notice), l->width);
	unsigned last = (unsigned)l->notice, rows = 0;
	struct span line;

	while (rows <= last - l->body && wrap_next(&w, &line))
		rows++;
	for (unsigned i = 1; i < rows; i++)
		screen_clear_row(p->s, last - i);
	if (rows)
		view_put_paragraph(p->s, last + 1 - rows, rows, ATTR_NONE,
				   notice, 'l');
}

static void put_foot(const struct picture *p, const struct page_layout *l,
		     bool is_long)
{
	char keys[160], buf[UI_NOTICE_MAX + 64];
	struct text k = text_over(keys, sizeof(keys));
	struct text notice = text_over(buf, sizeof(buf));

	page_keys(p->m, p->model, l->width, is_long, &k);
	view_notice(p, &notice);
	put_notice(p, l, buf);
	if (l->notice != (int)l->keys)
		screen_set_row(p->s, (unsigned)l->notice, ROW_NOTE);
	if (l->notice != (int)l->keys || !notice.len)
		view_put_row(p->s, (int)l->keys, ATTR_NONE, keys);
	screen_set_row(p->s, (unsigned)l->prompt, ROW_PROMPT);
}

/* Draws the text from a line on; returns how many lines there are. */
static size_t put_body(const struct picture *p, const struct page_layout *l,
		       size_t first)
{
	struct drawer d = { .sink = { .line = draw_line, .width = l->width },
			    .screen = p->s,
			    .layout = l,
			    .first = first };

	page_write(p->m, p->model, &d.sink);
	return d.at;
}

/* Long texts are gone through once, unless they end above what is seen. */
static void draw_page(const struct picture *p)
{
	const struct ui_seat *seat = &p->m->seat;
	size_t first = seat->at_end ? SIZE_MAX : seat->scroll;
	struct page_layout l;
	size_t count, last;

	layout_page(seat->page, p->s->rows, p->s->cols,
		    p->s->kind == SCREEN_DUMB, &l);
	count = put_body(p, &l, first);
	last = count > l.body_rows ? count - l.body_rows : 0;
	if (first > last) {
		first = last;
		screen_clear(p->s);
		put_body(p, &l, first);
	}
	put_title(p, &l, first, count);
	if (seat->page == UI_PAGE_EDITOR)
		view_put_line(p, &l);
	put_foot(p, &l, count > l.body_rows);
}

/* --- a hidden menu ------------------------------------------------------- */

/* What boots is cut before what a key does. */
static void put_hidden_line(const struct picture *p)
{
	const struct ui_model *model = p->model;
	unsigned width = screen_width(p->s), used = 0, cols;
	const char *title =
		p->m->has_default
			? page_item_title(&model->items[p->m->default_at])
			: "The first entry";
	char buf[128];
	struct text t = text_over(buf, sizeof(buf));

	if (model->countdown_s < 0)
		text_add(&t, "Looking for something to boot");
	else
		text_addf(&t, "%s in %*d s",
			  width < COLS_WIDE ? "Boots" : " boots",
			  (int)p->m->tick_digits, model->countdown_s);
	text_add(&t, model->manner == UI_DISABLED ? "."
						  : "; a key shows the menu.");
	cols = text_columns(buf);
	if (model->countdown_s >= 0 && width >= COLS_WIDE)
		used = screen_put(p->s, 0, 0, width - cols, ATTR_NONE, title);
	screen_put(p->s, 0, used, width - used, ATTR_NONE, buf);
	screen_set_row(p->s, 0, ROW_TICK);
}

/* One line, and whatever must be seen below it. */
static void draw_hidden(const struct picture *p)
{
	const struct ui_model *model = p->model;
	unsigned rows = p->s->rows;
	char buf[FAILURE_SHOWN];
	struct text t = text_over(buf, sizeof(buf));

	put_hidden_line(p);
	view_put_row(p->s, 1, ATTR_BOLD | ATTR_BAD, page_text(model->warning));
	if (*page_text(model->failure)) {
		layout_failure(model, &t);
		view_put_paragraph(p->s, 2, rows - 2, ATTR_BOLD | ATTR_BAD, buf,
				   'f');
	}
}

void ui_menu_draw(const struct ui_menu *m, const struct ui_model *model,
		  struct screen *s, const char *operator_name)
{
	struct picture p = {
		.m = m, .model = model, .s = s, .operator_name = operator_name
	};

	screen_clear(s);
	if (ui_menu_is_hidden(m, model))
		draw_hidden(&p);
	else if (m->seat.page == UI_PAGE_LIST)
		view_draw_list(&p);
	else
		draw_page(&p);
}
