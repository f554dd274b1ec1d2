/*
 * The keys of the list: the mark, numbers, the search, and what is done with
 * the marked entry.
 */
#include "ui/layout.h"
#include "ui/menu_core.h"
#include "ui/page.h"

#include <string.h>

/* A number with more digits is no entry's; it also keeps the sum small. */
#define NUMBER_MAX 99999

/* Farther than any list or page is long. */
#define STEP_ALL ((int64_t)1 << 32)

struct motion {
	enum key_code code;
	char ch;
	int64_t steps, pages;
};

static const struct motion motions[] = {
	{ KEY_UP, 0, -1, 0 },	       { KEY_CHAR, 'k', -1, 0 },
	{ KEY_DOWN, 0, 1, 0 },	       { KEY_CHAR, 'j', 1, 0 },
	{ KEY_PAGE_UP, 0, 0, -1 },     { KEY_CHAR, '-', 0, -1 },
	{ KEY_PAGE_DOWN, 0, 0, 1 },    { KEY_CHAR, ' ', 0, 1 },
	{ KEY_HOME, 0, -STEP_ALL, 0 }, { KEY_END, 0, STEP_ALL, 0 },
};

bool ui_key_step(const struct key *key, int64_t page, int64_t *ret)
{
	for (size_t i = 0; i < sizeof(motions) / sizeof(motions[0]); i++) {
		const struct motion *motion = &motions[i];

		if (motion->code != key->code ||
		    (key->code == KEY_CHAR && motion->ch != key->ch))
			continue;
		*ret = motion->steps + motion->pages * page;
		return true;
	}
	return false;
}

static void move_by(struct ui_menu *m, const struct ui_model *model,
		    int64_t step, uint64_t now_ms)
{
	int64_t at = (int64_t)m->at;

	ui_forget_number(m);
	/* the first step after a loss marks what took its place */
	if (m->has_selected)
		at += step;
	ui_mark(m, model, at > 0 ? (size_t)at : 0, now_ms);
}

static int64_t list_page(const struct ui_menu *m, const struct ui_model *model)
{
	struct list_layout layout;

	layout_list(model, m->rows, m->cols, false, &layout);
	return layout.list_rows;
}

/* The key says which, wherever the mark was. */
static void mark_named(struct ui_menu *m, const struct ui_model *model,
		       size_t at, uint64_t now_ms)
{
	ui_mark(m, model, at, now_ms);
	m->has_jumped = false;
}

static void take_number(struct ui_menu *m, const struct ui_model *model,
			uint32_t number, uint64_t now_ms)
{
	struct ui_seat *seat = &m->seat;

	seat->number = number > NUMBER_MAX ? NUMBER_MAX : number;
	seat->bad_number = seat->number > model->count;
	if (seat->bad_number)
		ui_notice(m, "There is no entry %u.", seat->number);
	else if (seat->number)
		mark_named(m, model, seat->number - 1, now_ms);
}

/* --- what is done with the marked entry ---------------------------------- */

/* The marked entry if it can be booted, else a notice says why not. */
static const struct ui_item *bootable_entry(struct ui_menu *m,
					    const struct ui_model *model)
{
	const struct ui_item *item = ui_marked(m, model);

	if (!item)
		ui_notice(m, model->count ? "No entry is marked: choose one."
					  : "There is nothing to boot yet.");
	else if (!item->bootable)
		ui_notice(m, "This entry is refused: Enter shows why.");
	return item && item->bootable ? item : NULL;
}

static struct ui_action boot_marked(struct ui_menu *m,
				    const struct ui_model *model)
{
	const struct ui_item *item = ui_marked(m, model);
	bool bad_number = m->seat.bad_number, is_verbose = m->is_verbose;

	if (bad_number)
		ui_notice(m, "There is no entry %u; nothing was booted.",
			  m->seat.number);
	ui_forget_number(m);
	if (bad_number) {
		m->seat.enter_was_for = "that number";
		return ui_nothing();
	}
	if (item && !item->bootable) {
		ui_open(m, UI_PAGE_DETAILS);
		return ui_nothing();
	}
	if (!bootable_entry(m, model))
		return ui_nothing();
	m->is_verbose = false;
	return ui_pass_gate(
		m, model,
		(struct ui_action){ .code = is_verbose ? UI_BOOT_VERBOSE
						       : UI_BOOT,
				    .id = item->id });
}

static struct ui_action edit_marked(struct ui_menu *m,
				    const struct ui_model *model)
{
	const struct ui_item *item = bootable_entry(m, model);

	if (!item)
		return ui_nothing();
	if (*page_text(model->editor_locked)) {
		ui_notice(m, "No editing: %s", model->editor_locked);
		return ui_nothing();
	}
	return ui_pass_gate(
		m, model,
		(struct ui_action){ .code = UI_EDIT, .id = item->id });
}

/* Only Enter boots, so this says what the next one does. */
static void switch_verbose(struct ui_menu *m, const struct ui_model *model)
{
	if (*page_text(model->editor_locked))
		ui_notice(m, "No verbose boot: %s", model->editor_locked);
	else
		m->is_verbose = !m->is_verbose;
}

static void ask_to_set(struct ui_menu *m, const struct ui_model *model,
		       enum ui_action_code code)
{
	const struct ui_item *item = bootable_entry(m, model);

	if (!item)
		return;
	if (*page_text(model->store_locked))
		ui_notice(m, "Cannot be set: %s", model->store_locked);
	else
		ui_ask(m, (struct ui_action){ .code = code, .id = item->id });
}

static void start_search(struct ui_menu *m)
{
	m->seat.is_searching = true;
	m->seat.no_match = false;
	m->seat.search[0] = '\0';
}

static struct ui_action letter(struct ui_menu *m, const struct ui_model *model,
			       char ch, uint64_t now_ms)
{
	if (ch >= '0' && ch <= '9') {
		take_number(m, model,
			    m->seat.number * 10 + (uint32_t)(ch - '0'), now_ms);
		return ui_nothing();
	}
	ui_forget_number(m);
	switch (ch) {
	case 'q':
		ui_open(m, UI_PAGE_LEAVE);
		break;
	case 'r':
		ui_notice(m, "Looking at all disks again.");
		return (struct ui_action){ .code = UI_RESCAN };
	case 'e':
		return edit_marked(m, model);
	case 'v':
		switch_verbose(m, model);
		break;
	case 'd':
		ask_to_set(m, model, UI_SET_DEFAULT);
		break;
	case 'o':
		ask_to_set(m, model, UI_SET_ONE_SHOT);
		break;
	case '/':
		start_search(m);
		break;
	default:
		if (!ui_open_by_letter(m, model, ch))
			ui_notice(m, "\"%c\" is no command; ? lists them.", ch);
	}
	return ui_nothing();
}

struct ui_action ui_list_key(struct ui_menu *m, const struct ui_model *model,
			     const struct key *key, uint64_t now_ms)
{
	int64_t step;

	if (m->seat.is_searching) {
		ui_search_key(m, model, key, now_ms);
		return ui_nothing();
	}
	if (ui_key_step(key, list_page(m, model), &step))
		move_by(m, model, step, now_ms);
	else if (key->code == KEY_CHAR)
		return letter(m, model, key->ch, now_ms);
	else if (key->code == KEY_ENTER)
		return boot_marked(m, model);
	else if (key->code == KEY_BACKSPACE)
		take_number(m, model, m->seat.number / 10, now_ms);
	else if (key->code == KEY_RIGHT)
		ui_open(m, UI_PAGE_DETAILS);
	else
		ui_forget_number(m);
	return ui_nothing();
}

/* --- the search ---------------------------------------------------------- */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool starts_with(const char *text, const char *part)
{
	while (*part && lower(*text) == lower(*part)) {
		text++;
		part++;
	}
	return !*part;
}

static bool contains(const char *text, const char *part)
{
	for (text = page_text(text); *text; text++)
		if (starts_with(text, part))
			return true;
	return !*part;
}

static bool matches(const struct ui_item *item, const char *part)
{
	return contains(item->title, part) || contains(item->where, part) ||
	       contains(item->mark, part);
}

/* Marks the next match from a place on, in steps of 1 or -1; false, with
 * nothing changed, if there is none. */
static bool mark_match(struct ui_menu *m, const struct ui_model *model,
		       int64_t at, int step, uint64_t now_ms)
{
	for (; at >= 0 && at < (int64_t)model->count; at += step) {
		if (!matches(&model->items[at], m->seat.search))
			continue;
		mark_named(m, model, (size_t)at, now_ms);
		return true;
	}
	return false;
}

/* The pattern has changed: the marked entry, one below or one above. */
static void search_again(struct ui_menu *m, const struct ui_model *model,
			 uint64_t now_ms)
{
	int64_t at = m->at < model->count ? (int64_t)m->at : 0;

	m->seat.no_match = *m->seat.search &&
			   !mark_match(m, model, at, 1, now_ms) &&
			   !mark_match(m, model, 0, 1, now_ms);
}

static void type(struct ui_menu *m, const char *utf8)
{
	size_t len = strlen(m->seat.search), more = strlen(utf8);

	if (len + more < sizeof(m->seat.search))
		memcpy(m->seat.search + len, utf8, more + 1);
}

/* Takes the last character off; false if there was none. */
static bool rub_out(struct ui_menu *m)
{
	size_t len = strlen(m->seat.search);
	bool had = len > 0;

	while (len && (m->seat.search[len - 1] & 0xc0) == 0x80)
		len--;
	m->seat.search[len ? len - 1 : 0] = '\0';
	return had;
}

/* Up, Down, Home and End: to another match; false for other keys. */
static bool moves_to_match(struct ui_menu *m, const struct ui_model *model,
			   const struct key *key, uint64_t now_ms)
{
	int64_t at = (int64_t)m->at, last = (int64_t)model->count - 1;

	if (key->code == KEY_UP)
		mark_match(m, model, at - 1, -1, now_ms);
	else if (key->code == KEY_DOWN)
		mark_match(m, model, at + 1, 1, now_ms);
	else if (key->code == KEY_HOME)
		mark_match(m, model, 0, 1, now_ms);
	else if (key->code == KEY_END)
		mark_match(m, model, last, -1, now_ms);
	else
		return false;
	return true;
}

/* Enter ends the search and boots nothing, nor does the next. */
void ui_search_key(struct ui_menu *m, const struct ui_model *model,
		   const struct key *key, uint64_t now_ms)
{
	bool is_text = key->code == KEY_CHAR || key->code == KEY_TEXT ||
		       key->code == KEY_PASTE_CHAR;

	if (moves_to_match(m, model, key, now_ms))
		return;
	if (key->code == KEY_ENTER)
		m->seat.enter_was_for = "the search";
	if (key->code == KEY_ENTER || key->code == KEY_ESC)
		m->seat.is_searching = false;
	else if (key->code == KEY_BACKSPACE)
		m->seat.is_searching = rub_out(m);
	else if (is_text)
		type(m, key->utf8);
	if (is_text || key->code == KEY_BACKSPACE)
		search_again(m, model, now_ms);
}
