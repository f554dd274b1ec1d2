/*
 * The list page: the machine and its state above the entries, the marked one,
 * what happens next and the keys below them.
 */
#include "ui/page.h"
#include "ui/view_parts.h"
#include "ui/wrap.h"

#include <stdio.h>

static void put_head(const struct picture *p, const struct list_layout *l)
{
	const struct ui_model *model = p->model;
	unsigned col = 0;

	if (l->head != NO_ROW) {
		if (*page_text(model->host))
			col = screen_put(p->s, (unsigned)l->head, 0, l->width,
					 ATTR_BOLD, model->host) +
			      GAP;
		screen_put(p->s, (unsigned)l->head, col,
			   l->width - view_least(col, l->width), ATTR_NONE,
			   page_text(model->program));
	}
	view_put_row(p->s, l->security, ATTR_NONE, page_text(model->security));
	view_put_paragraph(p->s, l->facts, l->facts_rows, ATTR_NONE,
			   page_text(model->facts), 'n');
	view_put_row(p->s, l->warning, ATTR_BOLD | ATTR_BAD,
		     page_text(model->warning));
}

static void put_failure(const struct picture *p, const struct list_layout *l)
{
	char buf[FAILURE_SHOWN];
	struct text text = text_over(buf, sizeof(buf));

	if (!l->failure_rows)
		return;
	layout_failure(p->model, &text);
	view_put_paragraph(p->s, l->failure, l->failure_rows,
			   ATTR_BOLD | ATTR_BAD, buf, 'f');
}

/* Where the marked entry is and what is known of it, or why it is refused. */
static void put_detail(const struct picture *p, const struct list_layout *l)
{
	const struct ui_menu *m = p->m;
	char buf[FAILURE_SHOWN];
	struct text text = text_over(buf, sizeof(buf));
	const struct ui_item *item = ui_model_shown(p->model, m->at);

	if (l->detail == NO_ROW || m->detail_late || !m->has_selected || !item)
		return;
	if (!item->bootable)
		text_addf(&text, "Refused: %s\n", page_text(item->reason));
	text_add(&text, page_text(item->where));
	if (*page_text(item->where) && *page_text(item->summary))
		text_add(&text, ": ");
	text_add(&text, page_text(item->summary));
	view_put_paragraph(p->s, (unsigned)l->detail, l->detail_rows, ATTR_NONE,
			   buf, 'i');
}

/* --- what happens next --------------------------------------------------- */

static void add_idle(uint32_t seconds, struct text *ret)
{
	if (seconds >= 60 && seconds % 60 == 0)
		text_addf(ret, "No key for %u min: ", seconds / 60);
	else
		text_addf(ret, "No key for %u s: ", seconds);
}

/* The number keeps its columns, so that a tick changes nothing else. */
static void add_countdown(const struct picture *p, unsigned width,
			  struct text *ret)
{
	const struct ui_model *model = p->model;
	bool says_why = model->resumed && width >= COLS_MIDDLE;

	if (says_why)
		add_idle(model->idle_s, ret);
	if (width < COLS_MIDDLE)
		text_add(ret, "Boots");
	else if (p->m->has_default)
		text_addf(ret, "%sntry %zu boots", says_why ? "e" : "E",
			  p->m->default_at + 1);
	else
		text_addf(ret, "%she first entry boots", says_why ? "t" : "T");
	text_addf(ret, " in %*d s", (int)p->m->tick_digits, model->countdown_s);
	if (width >= COLS_WIDE)
		text_add(ret, "; any key stops the countdown.");
	else if (width >= COLS_MIDDLE && !says_why)
		text_add(ret, "; any key stops.");
}

/* What the keys typed so far come to. */
static void add_state(const struct picture *p, const struct list_layout *l,
		      struct text *ret)
{
	const struct ui_menu *m = p->m;
	bool is_wide = l->width >= COLS_WIDE;

	if (m->seat.is_searching && l->prompt == NO_ROW)
		text_addf(ret, "Search: %s_%s", m->seat.search,
			  m->seat.no_match ? "  (nothing has it)" : "");
	else if (m->seat.is_searching)
		text_add(ret, m->seat.no_match ? "Nothing has it." : "");
	else if (p->model->countdown_s >= 0)
		add_countdown(p, l->width, ret);
	else if (m->seat.number && !m->seat.bad_number && l->prompt == NO_ROW)
		text_addf(ret, "Number %u is marked.", m->seat.number);
	else if (m->is_verbose)
		text_add(ret, is_wide ? "Verbose: Enter boots with all "
					"messages; v switches that off."
				      : "Verbose: v switches it off.");
}

/* A notice that is too long for its row takes those of the marked entry too. */
static bool is_long_notice(const struct list_layout *l, const char *notice)
{
	return l->detail != NO_ROW && l->notice == l->status &&
	       text_columns(notice) > l->width;
}

static void put_long_notice(const struct picture *p,
			    const struct list_layout *l, const char *notice)
{
	unsigned first = (unsigned)l->detail;

	char buf[192];
	struct text state = text_over(buf, sizeof(buf));

	view_put_paragraph(p->s, first, (unsigned)l->notice - first + 1,
			   ATTR_NONE, notice, 'l');
	add_state(p, l, &state);
	if (l->tick != l->notice)
		view_put_row(p->s, l->tick, ATTR_NONE, buf);
}

static void put_notes(const struct picture *p, const struct list_layout *l,
		      const char *notice)
{
	const char *status = page_text(p->model->status);
	char buf[192];
	struct text state = text_over(buf, sizeof(buf));

	add_state(p, l, &state);
	/* where rows are shared, the news of the moment comes first */
	if (l->tick == l->status) {
		view_put_row(p->s, l->tick, ATTR_NONE,
			     p->m->seat.is_searching ? buf
			     : *notice		     ? notice
			     : state.len	     ? buf
						     : status);
		return;
	}
	view_put_row(p->s, l->tick, ATTR_NONE, buf);
	if (l->notice == l->status) {
		view_put_row(p->s, l->status, ATTR_NONE,
			     *notice ? notice : status);
		return;
	}
	view_put_row(p->s, l->status, ATTR_NONE, status);
	view_put_row(p->s, l->notice, ATTR_NONE, notice);
}

/* --- keys ---------------------------------------------------------------- */

static void put_search_keys(const struct picture *p,
			    const struct list_layout *l)
{
	view_put_row(p->s, l->keys, ATTR_NONE,
		     l->width < COLS_WIDE
			     ? "Enter ends the search, Tab help"
			     : "Type a part of a name. Up, Down: others that "
			       "have it. Enter ends the search.");
	view_put_row(p->s, l->keys2, ATTR_NONE, "Tab help");
}

/* What is locked is not offered. */
static const char *wide_keys(const struct ui_model *model)
{
	if (*page_text(model->failure))
		return "f last failure, i details, / search, l log, r rescan, "
		       "q leave, ? help";
	if (*page_text(model->editor_locked))
		return "i details, / search, n network, l log, r rescan, "
		       "q leave, ? help";
	return "i details, / search, v verbose, l log, r rescan, q leave, "
	       "? help";
}

static void put_keys(const struct picture *p, const struct list_layout *l)
{
	bool may_edit = !*page_text(p->model->editor_locked);
	char buf[160];
	struct text t = text_over(buf, sizeof(buf));

	if (l->width < COLS_MIDDLE) {
		text_add(&t, "Enter boots, ? help");
	} else if (l->width < COLS_WIDE) {
		text_addf(&t, "Enter boots, %s? other keys",
			  may_edit ? "e edit, " : "i details, ");
	} else {
		text_addf(&t, "%s marks an entry, Enter boots it%s",
			  p->s->kind == SCREEN_DUMB ? "A number"
						    : "Up, Down or a number",
			  may_edit ? ", e edits its command line." : ".");
		if (l->keys2 == NO_ROW)
			text_add(&t, " ? help");
	}
	view_put_row(p->s, l->keys, ATTR_NONE, buf);
	if (l->keys2 == NO_ROW)
		return;
	view_put_row(p->s, l->keys2, ATTR_NONE,
		     l->width < COLS_MIDDLE ? "i details, l log"
		     : l->width < COLS_WIDE
			     ? "i details, / search, l log, q leave"
			     : wide_keys(p->model));
}

/* What Enter will do, in words: a dumb terminal shows no mark. */
static void put_prompt(const struct picture *p, const struct list_layout *l)
{
	const struct ui_menu *m = p->m;
	const struct ui_item *item = ui_model_shown(p->model, m->at);
	char buf[256];
	struct text text = text_over(buf, sizeof(buf));

	if (l->prompt == NO_ROW)
		return;
	if (m->seat.is_searching && (m->seat.no_match || !m->has_selected))
		text_addf(&text, "Search, Enter ends it: %s", m->seat.search);
	else if (m->seat.is_searching)
		text_addf(&text, "%zu: %.100s; Enter ends the search: %s",
			  m->at + 1, item ? page_item_title(item) : "",
			  m->seat.search);
	else if (m->seat.bad_number || !m->has_selected || !item)
		text_add(&text, "Number >");
	else
		text_addf(&text, "Enter %s %zu: %.100s >",
			  item->bootable ? "boots" : "shows why not", m->at + 1,
			  page_item_title(item));
	view_put_row(p->s, l->prompt, ATTR_NONE, buf);
}

void view_draw_list(const struct picture *p)
{
	struct screen *s = p->s;
	struct list_layout l;
	char buf[UI_NOTICE_MAX + 64];
	struct text notice = text_over(buf, sizeof(buf));

	layout_list(p->model, s->rows, s->cols, s->kind == SCREEN_DUMB, &l);
	view_notice(p, &notice);
	screen_set_row(s, (unsigned)l.status, ROW_NOTE);
	screen_set_row(s, (unsigned)l.notice, ROW_NOTE);
	screen_set_row(s, (unsigned)l.tick, ROW_TICK);
	if (l.prompt != NO_ROW)
		screen_set_row(s, (unsigned)l.prompt, ROW_PROMPT);
	put_head(p, &l);
	put_failure(p, &l);
	view_put_items(p, &l);
	if (is_long_notice(&l, buf)) {
		put_long_notice(p, &l, buf);
	} else {
		put_detail(p, &l);
		put_notes(p, &l, buf);
	}
	/* a dumb terminal's prompt says it: new keys would be a new page */
	if (p->m->seat.is_searching && l.prompt == NO_ROW)
		put_search_keys(p, &l);
	else
		put_keys(p, &l);
	put_prompt(p, &l);
}
