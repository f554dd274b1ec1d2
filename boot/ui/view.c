#include "ui/view.h"
#include "ui/layout.h"
#include "ui/page.h"
#include "ui/wrap.h"

#include <stdio.h>
#include <string.h>

/* Columns between two things on one row. */
#define GAP 2

/* From these widths on there is room for the longer wordings. */
#define COLS_WIDE   76
#define COLS_MIDDLE 38

/* The narrowest screen on which the list says where an entry is. */
#define COLS_FOR_WHERE 60

#define WORDS_MAX 128

static void put_row(struct screen *s, int row, enum screen_attr attr,
		    const char *text)
{
	if (row != NO_ROW)
		screen_put(s, (unsigned)row, 0, screen_width(s), attr, text);
}

/* --- paragraphs ---------------------------------------------------------- */

/* Draws a text over some rows. When it is longer, the end of the last row says
 * which key shows the rest. */
static void put_paragraph(struct screen *s, unsigned row, unsigned rows,
			  enum screen_attr attr, const char *text)
{
	const char *more = s->ascii ? "... (i: all)" : "\u2026 (i: all)";
	unsigned width = screen_width(s), more_cols = text_columns(more), used;
	struct wrap w = wrap_over(span_of_text(text), width);
	struct span line, from = w.rest;

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

/* --- the list ------------------------------------------------------------ */

/* What the rows of one page have in common. */
struct columns {
	unsigned number; /* digits */
	unsigned name, name_cols;
	unsigned where, where_cols; /* 0 columns: not shown */
};

static const char *title_of(const struct ui_item *item)
{
	return *page_text(item->title) ? item->title : "(no title)";
}

static void add_word(struct text *t, const char *word)
{
	if (!*page_text(word))
		return;
	text_add(t, t->len ? ", " : " [");
	text_add(t, word);
}

/* The words behind a title: " [default, refused]", or "". */
static void words_of(const struct ui_model *model, const struct ui_item *item,
		     struct text *ret)
{
	const char *mark = page_text(item->mark);

	if (model->has_default && item->id == model->default_id)
		add_word(ret, "default");
	/* a mark that says how it failed makes the word superfluous */
	if (model->has_failed_id && item->id == model->failed_id &&
	    strcmp(mark, "failed") != 0 && strncmp(mark, "refused", 7) != 0)
		add_word(ret, "failed");
	add_word(ret, mark);
	if (!item->bootable)
		add_word(ret, "refused");
	if (ret->len)
		text_add_char(ret, ']');
}

static unsigned digits_of(size_t number)
{
	unsigned digits = 1;

	while (number >= 10) {
		number /= 10;
		digits++;
	}
	return digits < 2 ? 2 : digits;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static unsigned most(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

/* Columns go by what this page needs: each gets that if both fit, else the
 * place of an entry keeps three tenths. */
static void plan_columns(const struct ui_model *model, size_t first,
			 size_t count, unsigned width, struct columns *ret)
{
	unsigned name = 0, where = 0, room;

	for (size_t at = first; at < first + count; at++) {
		const struct ui_item *item = ui_model_shown(model, at);
		char buf[WORDS_MAX];
		struct text words = text_over(buf, sizeof(buf));

		words_of(model, item, &words);
		name = most(name,
			    text_columns(title_of(item)) + text_columns(buf));
		where = most(where, text_columns(page_text(item->where)));
	}
	memset(ret, 0, sizeof(*ret));
	ret->number = digits_of(model->count);
	ret->name = 3 + ret->number + GAP;
	room = width - ret->name;
	ret->name_cols = least(name, room);
	if (width < COLS_FOR_WHERE || !where)
		return;
	room -= GAP;
	ret->where_cols =
		least(where, most(room * 3 / 10, room - least(name, room)));
	ret->name_cols = least(name, room - ret->where_cols);
	ret->where = ret->name + ret->name_cols + GAP;
}

/* A place that is too long loses its middle: the disk and the file's name are
 * what tells two of them apart. */
static void put_where(struct screen *s, unsigned row, const struct columns *c,
		      const char *where)
{
	struct span rest = span_of_text(where);
	unsigned cols = text_columns(where), dots = s->ascii ? 3 : 1;
	const char *blank = strchr(where, ' ');
	size_t head = blank ? (size_t)(blank - where) + 1 : 0, len;
	unsigned used, one;
	bool valid;

	if (cols <= c->where_cols || head + dots >= c->where_cols) {
		screen_put(s, row, c->where, c->where_cols, ATTR_NONE, where);
		return;
	}
	used = screen_put_span(s, row, c->where, c->where_cols, ATTR_NONE,
			       span_slice(rest, 0, head));
	used += screen_put(s, row, c->where + used, dots, ATTR_NONE,
			   s->ascii ? "..." : "\u2026");
	while (cols > c->where_cols - used &&
	       (len = utf8_next(rest, &one, &valid)) > 0) {
		rest = span_slice(rest, len, rest.len - len);
		cols -= one;
	}
	screen_put_span(s, row, c->where + used, c->where_cols - used,
			ATTR_NONE, rest);
}

static void put_item(const struct ui_menu *m, const struct ui_model *model,
		     struct screen *s, unsigned row, size_t at,
		     const struct columns *c)
{
	const struct ui_item *item = ui_model_shown(model, at);
	/* a dumb terminal has the marked entry in its prompt */
	bool marked = s->kind != SCREEN_DUMB && m->has_selected &&
		      m->selected == item->id;
	char number[32], buf[WORDS_MAX];
	struct text words = text_over(buf, sizeof(buf));
	unsigned used, words_cols, title_cols;

	snprintf(number, sizeof(number), " %c%*zu ", marked ? '>' : ' ',
		 (int)c->number + 1, at + 1);
	screen_put(s, row, 0, c->name, marked ? ATTR_REVERSE : ATTR_NONE,
		   number);
	words_of(model, item, &words);
	/* where both do not fit, neither takes more than half */
	title_cols = least(text_columns(title_of(item)), c->name_cols);
	words_cols = least(text_columns(buf),
			   most(c->name_cols / 2, c->name_cols - title_cols));
	used = screen_put(s, row, c->name, c->name_cols - words_cols, ATTR_NONE,
			  title_of(item));
	screen_put(s, row, c->name + used, words_cols, ATTR_NONE, buf);
	if (c->where_cols)
		put_where(s, row, c, page_text(item->where));
}

static void put_position(const struct ui_model *model, struct screen *s,
			 const struct list_layout *l, size_t first)
{
	size_t last = first + l->list_rows;
	char buf[64];

	if (model->count <= l->list_rows)
		return;
	snprintf(buf, sizeof(buf), "entries %zu to %zu of %zu:", first + 1,
		 last < model->count ? last : model->count, model->count);
	put_row(s, l->position, ATTR_NONE, buf);
}

static void put_list(const struct ui_menu *m, const struct ui_model *model,
		     struct screen *s, const struct list_layout *l)
{
	size_t at = m->at < model->count ? m->at : 0;
	size_t first = layout_first(model, l, at);
	size_t count = model->count - first;
	struct columns columns;

	if (count > l->list_rows)
		count = l->list_rows;
	plan_columns(model, first, count, l->width, &columns);
	for (size_t i = 0; i < count; i++)
		put_item(m, model, s, l->list + (unsigned)i, first + i,
			 &columns);
	put_position(model, s, l, first);
	if (!model->count)
		put_paragraph(s, l->list, l->list_rows, ATTR_NONE,
			      "No entry to boot was found yet. r looks again, "
			      "l shows what was looked at.");
}

/* --- what stands around the list ----------------------------------------- */

static void put_head(const struct ui_model *model, struct screen *s,
		     const struct list_layout *l)
{
	unsigned col = 0;

	if (l->head != NO_ROW) {
		if (*page_text(model->host))
			col = screen_put(s, (unsigned)l->head, 0, l->width,
					 ATTR_BOLD, model->host) +
			      GAP;
		screen_put(s, (unsigned)l->head, col, l->width - col, ATTR_NONE,
			   page_text(model->program));
	}
	put_row(s, l->security, ATTR_NONE, page_text(model->security));
	put_row(s, l->facts, ATTR_NONE, page_text(model->facts));
}

static void put_failure(const struct ui_model *model, struct screen *s,
			const struct list_layout *l)
{
	char buf[FAILURE_SHOWN];
	struct text text = text_over(buf, sizeof(buf));

	if (!l->failure_rows)
		return;
	layout_failure(model, &text);
	put_paragraph(s, l->failure, l->failure_rows, ATTR_BOLD, buf);
}

/* Where the marked entry is and what is known of it, or why it is refused. */
static void put_detail(const struct ui_menu *m, const struct ui_model *model,
		       struct screen *s, const struct list_layout *l)
{
	char buf[FAILURE_SHOWN];
	struct text text = text_over(buf, sizeof(buf));
	const struct ui_item *item;
	size_t at;

	if (l->detail == NO_ROW || m->detail_late || !m->has_selected ||
	    !ui_model_place(model, m->selected, &at))
		return;
	item = ui_model_shown(model, at);
	if (!item->bootable)
		text_addf(&text, "Refused: %s\n", page_text(item->reason));
	text_add(&text, page_text(item->where));
	if (*page_text(item->where) && *page_text(item->summary))
		text_add(&text, ": ");
	text_add(&text, page_text(item->summary));
	put_paragraph(s, (unsigned)l->detail, l->detail_rows, ATTR_NONE, buf);
}

/* The number is of a fixed width, so that a tick changes nothing else. */
static void tick_text(const struct ui_model *model, unsigned width,
		      struct text *ret)
{
	size_t at;

	if (width < COLS_MIDDLE)
		text_add(ret, "Boots");
	else if (model->has_default &&
		 ui_model_place(model, model->default_id, &at))
		text_addf(ret, "Entry %zu boots", at + 1);
	else
		text_add(ret, "The first entry boots");
	text_addf(ret, " in %2d s", model->countdown_s);
	if (width >= COLS_WIDE)
		text_add(ret, "; any key stops the countdown.");
	else if (width >= COLS_MIDDLE)
		text_add(ret, "; any key stops.");
}

static void put_status(const struct ui_menu *m, const struct ui_model *model,
		       struct screen *s, const struct list_layout *l)
{
	const char *status = page_text(model->status);
	char buf[128];
	struct text text = text_over(buf, sizeof(buf));

	if (model->countdown_s >= 0)
		tick_text(model, l->width, &text);
	else if (m->seat.number && !m->seat.bad_number && l->prompt == NO_ROW)
		text_addf(&text, "Number: %u", m->seat.number);
	/* where rows are shared, the news of the moment comes first */
	if (l->tick == l->status) {
		put_row(s, l->tick, ATTR_NONE,
			m->notice[0] ? m->notice
			: text.len   ? buf
				     : status);
		return;
	}
	put_row(s, l->tick, ATTR_NONE, buf);
	if (l->notice == l->status) {
		put_row(s, l->status, ATTR_NONE,
			m->notice[0] ? m->notice : status);
		return;
	}
	put_row(s, l->status, ATTR_NONE, status);
	put_row(s, l->notice, ATTR_NONE, m->notice);
}

static void put_keys(struct screen *s, const struct list_layout *l)
{
	const char *keys = "Enter boots, ? help";

	if (s->kind == SCREEN_DUMB)
		keys = "A number marks an entry, Enter boots it. i details, "
		       "l log, r rescan, q leave";
	else if (l->width >= COLS_WIDE)
		keys = "Arrows or number, then Enter boots. i details, l log, "
		       "r rescan, q leave, ? help";
	else if (l->width >= COLS_MIDDLE)
		keys = "Enter boots, i details, ? other keys";
	put_row(s, l->keys, ATTR_NONE, keys);
}

/* What Enter will do, in words: a dumb terminal shows no mark. */
static void put_prompt(const struct ui_menu *m, const struct ui_model *model,
		       struct screen *s, const struct list_layout *l)
{
	char buf[256];
	struct text text = text_over(buf, sizeof(buf));
	const struct ui_item *item;
	size_t at;

	if (l->prompt == NO_ROW)
		return;
	if (m->seat.bad_number || !m->has_selected ||
	    !ui_model_place(model, m->selected, &at)) {
		text_add(&text, "Number >");
	} else {
		item = ui_model_shown(model, at);
		text_addf(&text, "Enter %s %zu: %.100s >",
			  item->bootable ? "boots" : "shows why not", at + 1,
			  title_of(item));
	}
	put_row(s, l->prompt, ATTR_NONE, buf);
}

static void draw_list(const struct ui_menu *m, const struct ui_model *model,
		      struct screen *s)
{
	struct list_layout l;

	layout_list(model, s->rows, s->cols, s->kind == SCREEN_DUMB, &l);
	screen_set_row(s, (unsigned)l.status, ROW_NOTE);
	screen_set_row(s, (unsigned)l.notice, ROW_NOTE);
	screen_set_row(s, (unsigned)l.tick, ROW_TICK);
	if (l.prompt != NO_ROW)
		screen_set_row(s, (unsigned)l.prompt, ROW_PROMPT);
	put_head(model, s, &l);
	put_failure(model, s, &l);
	put_list(m, model, s, &l);
	put_detail(m, model, s, &l);
	put_status(m, model, s, &l);
	put_keys(s, &l);
	put_prompt(m, model, s, &l);
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

static void put_page_title(const struct ui_menu *m, struct screen *s,
			   const struct page_layout *l, size_t first,
			   size_t count)
{
	unsigned col = screen_put(s, 0, 0, l->width, ATTR_BOLD,
				  page_title(m->seat.page)) +
		       GAP;
	char buf[64];

	if (count <= l->body_rows)
		return;
	snprintf(buf, sizeof(buf), "lines %zu to %zu of %zu", first + 1,
		 first + l->body_rows, count);
	screen_put(s, 0, col, l->width - col, ATTR_NONE, buf);
}

static void put_page_keys(const struct ui_menu *m, struct screen *s,
			  const struct page_layout *l, bool is_long)
{
	const char *keys = "q back";

	if (m->seat.page == UI_PAGE_CONFIRM)
		keys = "y or n";
	else if (m->seat.page == UI_PAGE_LEAVE)
		keys = "a letter of these, or q back to the list";
	else if (is_long)
		keys = "q back; space, -, Up, Down: more";
	screen_put(s, l->keys, 0, l->width, ATTR_NONE, keys);
	screen_set_row(s, l->keys, ROW_PROMPT);
}

static void draw_page(const struct ui_menu *m, const struct ui_model *model,
		      struct screen *s)
{
	struct page_layout l;
	struct drawer d = { .screen = s, .layout = &l };
	size_t count, last;

	layout_page(s->rows, s->cols, &l);
	count = page_count(m, model, l.width);
	last = count > l.body_rows ? count - l.body_rows : 0;
	d.first =
		m->seat.at_end || m->seat.scroll > last ? last : m->seat.scroll;
	d.sink = (struct page_sink){ .line = draw_line, .width = l.width };
	page_write(m, model, &d.sink);
	put_page_title(m, s, &l, d.first, count);
	put_page_keys(m, s, &l, count > l.body_rows);
}

void ui_menu_draw(const struct ui_menu *m, const struct ui_model *model,
		  struct screen *s, const char *operator_name)
{
	(void)operator_name;
	screen_clear(s);
	if (m->seat.page == UI_PAGE_LIST)
		draw_list(m, model, s);
	else
		draw_page(m, model, s);
}
