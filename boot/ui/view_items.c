/*
 * The entries on the list page. Work goes by what is seen, not by how many
 * there are.
 */
#include "ui/page.h"
#include "ui/view_parts.h"

#include <stdio.h>
#include <string.h>

/* The narrowest screen on which the list says where an entry is. */
#define COLS_FOR_WHERE 60

#define WORDS_MAX 160

/* What the rows of one page have in common. */
struct columns {
	unsigned number; /* digits */
	unsigned name, name_cols;
	unsigned where, where_cols; /* 0 columns: not shown */
};

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
	if (item->is_network)
		add_word(ret, "network");
	if (item->is_locked)
		add_word(ret, "locked");
	add_word(ret, mark);
	if (!item->bootable)
		add_word(ret, "refused");
	if (ret->len)
		text_add_char(ret, ']');
}

/* Emphasis for words that say the same in plain. */
static enum screen_attr attr_of(const char *words)
{
	static const char *const bad[] = { "refused", "failed", "bad",
					   "unsigned", "locked" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (strstr(words, bad[i]))
			return ATTR_BAD;
	return strstr(words, "verified") ? ATTR_GOOD : ATTR_NONE;
}

/* Columns go by what this page needs: each gets that if both fit, else the
 * place of an entry keeps a fifth. */
static void plan_columns(const struct ui_model *model, size_t first,
			 size_t count, unsigned width, struct columns *ret)
{
	unsigned name = 0, where = 0, room;

	for (size_t at = first; at < first + count; at++) {
		const struct ui_item *item = &model->items[at];
		char buf[WORDS_MAX];
		struct text words = text_over(buf, sizeof(buf));

		words_of(model, item, &words);
		name = view_most(name, text_columns(page_item_title(item)) +
					       text_columns(buf));
		where = view_most(where, text_columns(page_text(item->where)));
	}
	memset(ret, 0, sizeof(*ret));
	ret->number = view_most(text_digits(model->count), 2);
	ret->name = 3 + ret->number + GAP;
	room = width - ret->name;
	ret->name_cols = view_least(name, room);
	if (width < COLS_FOR_WHERE || !where)
		return;
	room -= GAP;
	ret->where_cols = view_least(
		where, view_most(room * 2 / 10, room - view_least(name, room)));
	ret->name_cols = view_least(name, room - ret->where_cols);
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

static void put_item(const struct picture *p, unsigned row, size_t at,
		     const struct columns *c)
{
	const struct ui_item *item = &p->model->items[at];
	struct screen *s = p->s;
	/* a dumb terminal has the marked entry in its prompt */
	bool marked = s->kind != SCREEN_DUMB && p->m->has_selected &&
		      p->m->selected == item->id;
	char number[32], buf[WORDS_MAX];
	struct text words = text_over(buf, sizeof(buf));
	unsigned used, words_cols, title_cols;

	snprintf(number, sizeof(number), " %c%*zu ", marked ? '>' : ' ',
		 (int)c->number + 1, at + 1);
	screen_put(s, row, 0, c->name, marked ? ATTR_REVERSE : ATTR_NONE,
		   number);
	words_of(p->model, item, &words);
	/* where both do not fit, neither takes more than half */
	title_cols =
		view_least(text_columns(page_item_title(item)), c->name_cols);
	words_cols = view_least(
		text_columns(buf),
		view_most(c->name_cols / 2, c->name_cols - title_cols));
	used = screen_put(s, row, c->name, c->name_cols - words_cols, ATTR_NONE,
			  page_item_title(item));
	screen_put(s, row, c->name + used, words_cols, attr_of(buf), buf);
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
	view_put_row(s, l->position, ATTR_NONE, buf);
}

void view_put_items(const struct picture *p, const struct list_layout *l)
{
	const struct ui_model *model = p->model;
	size_t at = p->m->at < model->count ? p->m->at : 0;
	size_t first = layout_first(model, l, at);
	size_t count = model->count - first;
	struct columns columns;

	if (count > l->list_rows)
		count = l->list_rows;
	plan_columns(model, first, count, l->width, &columns);
	for (size_t i = 0; i < count; i++)
		put_item(p, l->list + (unsigned)i, first + i, &columns);
	put_position(model, p->s, l, first);
	if (!model->count)
		view_put_paragraph(p->s, l->list, l->list_rows, ATTR_NONE,
				   "No entry to boot was found yet. r looks "
				   "again, l shows what was looked at.",
				   '?');
}
