#include "ui/layout.h"
#include "ui/page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A number with more digits is no entry's; it also keeps the sum small. */
#define NUMBER_MAX 99999

void ui_menu_init(struct ui_menu *m)
{
	memset(m, 0, sizeof(*m));
	m->rows = 24;
	m->cols = 80;
}

void ui_menu_set_size(struct ui_menu *m, unsigned rows, unsigned cols)
{
	m->rows = rows;
	m->cols = cols;
}

static __attribute__((format(printf, 2, 3))) void notice(struct ui_menu *m,
							 const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(m->notice, sizeof(m->notice), fmt, args);
	va_end(args);
}

/* --- the model as it is shown -------------------------------------------- */

const struct ui_item *ui_model_shown(const struct ui_model *model, size_t at)
{
	return at < model->count ? &model->items[at] : NULL;
}

bool ui_model_place(const struct ui_model *model, uint32_t id, size_t *ret)
{
	for (size_t i = 0; i < model->count; i++) {
		if (model->items[i].id != id)
			continue;
		*ret = i;
		return true;
	}
	return false;
}

/* --- which entry is marked ----------------------------------------------- */

static void mark(struct ui_menu *m, const struct ui_model *model, size_t at)
{
	const struct ui_item *item = ui_model_shown(model, at);

	m->has_selected = item != NULL;
	m->is_lost = false;
	m->at = at;
	if (item)
		m->selected = item->id;
}

static void follow_default(struct ui_menu *m, const struct ui_model *model)
{
	size_t at = 0;

	if (model->has_default)
		ui_model_place(model, model->default_id, &at);
	mark(m, model, at);
}

/* When the marked entry goes, none is marked: an Enter that is on its way must
 * not boot its neighbour. When it comes back, so does the mark. */
static void follow_entry(struct ui_menu *m, const struct ui_model *model)
{
	if (ui_model_place(model, m->selected, &m->at)) {
		if (m->is_lost)
			m->notice[0] = '\0';
		m->has_selected = true;
		m->is_lost = false;
		return;
	}
	if (m->has_selected)
		notice(m, "The marked entry is not there any more.");
	m->has_selected = false;
	m->is_lost = true;
}

void ui_menu_update(struct ui_menu *m, const struct ui_model *model,
		    uint64_t now_ms)
{
	if (m->touched && (m->has_selected || m->is_lost))
		follow_entry(m, model);
	else
		follow_default(m, model);
	/* the list moved under a number that is being typed */
	if (m->seat.number && !m->seat.bad_number &&
	    (!m->has_selected || m->at + 1 != m->seat.number))
		m->seat.number = 0;
	if (m->seat.page == UI_PAGE_DETAILS && m->is_lost)
		m->seat.page = UI_PAGE_LIST;
	if (ui_menu_due(m, now_ms) == 0)
		m->detail_late = false;
}

int ui_menu_due(const struct ui_menu *m, uint64_t now_ms)
{
	uint64_t past = now_ms > m->moved_ms ? now_ms - m->moved_ms : 0;

	if (!m->detail_late)
		return -1;
	return past < UI_DETAIL_MS ? (int)(UI_DETAIL_MS - past) : 0;
}

/* --- keys that move ------------------------------------------------------ */

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

/* How far a key moves, where a page has so many lines; false if it does not
 * move. */
static bool key_step(const struct key *key, int64_t page, int64_t *ret)
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

/* --- keys of the list ---------------------------------------------------- */

static void forget_number(struct ui_menu *m)
{
	m->seat.number = 0;
	m->seat.bad_number = false;
}

static void move_to(struct ui_menu *m, const struct ui_model *model, size_t at,
		    uint64_t now_ms)
{
	bool had = m->has_selected;
	uint32_t before = m->selected;

	if (!model->count)
		return;
	mark(m, model, at < model->count ? at : model->count - 1);
	if (had && before == m->selected)
		return;
	m->moved_ms = now_ms;
	m->detail_late = true;
}

static void move_by(struct ui_menu *m, const struct ui_model *model,
		    int64_t step, uint64_t now_ms)
{
	int64_t at = (int64_t)m->at;

	forget_number(m);
	/* the first step after a loss marks what took its place */
	if (m->has_selected)
		at += step;
	move_to(m, model, at > 0 ? (size_t)at : 0, now_ms);
}

static int64_t list_page(const struct ui_menu *m, const struct ui_model *model)
{
	struct list_layout layout;

	layout_list(model, m->rows, m->cols, false, &layout);
	return layout.list_rows;
}

static void take_number(struct ui_menu *m, const struct ui_model *model,
			uint32_t number, uint64_t now_ms)
{
	m->seat.number = number > NUMBER_MAX ? NUMBER_MAX : number;
	m->seat.bad_number = m->seat.number > model->count;
	if (m->seat.bad_number)
		notice(m, "There is no entry %u.", m->seat.number);
	else if (m->seat.number)
		move_to(m, model, m->seat.number - 1, now_ms);
}

static void open_page(struct ui_menu *m, enum ui_page page)
{
	forget_number(m);
	m->seat.page = page;
	m->seat.scroll = 0;
	m->seat.at_end = page == UI_PAGE_LOG;
}

static struct ui_action do_nothing(void)
{
	return (struct ui_action){ .code = UI_NONE };
}

static struct ui_action choose(struct ui_menu *m, const struct ui_model *model)
{
	const struct ui_item *item;
	bool bad_number = m->seat.bad_number;
	size_t at;

	if (bad_number)
		notice(m, "There is no entry %u; nothing was booted.",
		       m->seat.number);
	forget_number(m);
	if (bad_number)
		return do_nothing();
	if (!m->has_selected || !ui_model_place(model, m->selected, &at)) {
		notice(m, model->count ? "No entry is marked: choose one."
				       : "There is nothing to boot yet.");
		return do_nothing();
	}
	item = ui_model_shown(model, at);
	if (!item->bootable) {
		open_page(m, UI_PAGE_DETAILS);
		return do_nothing();
	}
	return (struct ui_action){ .code = UI_BOOT, .id = item->id };
}

/* Opens the page a letter stands for, from the list and from other pages. */
static bool open_by_letter(struct ui_menu *m, char ch)
{
	switch (ch) {
	case 'i':
		open_page(m, UI_PAGE_DETAILS);
		return true;
	case 'l':
		open_page(m, UI_PAGE_LOG);
		return true;
	case 'x':
		open_page(m, UI_PAGE_REFUSED);
		return true;
	case 'h':
	case '?':
		open_page(m, UI_PAGE_HELP);
		return true;
	default:
		return false;
	}
}

static struct ui_action list_letter(struct ui_menu *m,
				    const struct ui_model *model, char ch,
				    uint64_t now_ms)
{
	if (ch >= '0' && ch <= '9') {
		take_number(m, model,
			    m->seat.number * 10 + (uint32_t)(ch - '0'), now_ms);
	} else if (ch == 'q') {
		open_page(m, UI_PAGE_LEAVE);
	} else if (ch == 'r') {
		forget_number(m);
		notice(m, "Looking at all disks again.");
		return (struct ui_action){ .code = UI_RESCAN };
	} else if (!open_by_letter(m, ch)) {
		notice(m, "\"%c\" is no command; ? lists them.", ch);
	}
	return do_nothing();
}

static struct ui_action list_key(struct ui_menu *m,
				 const struct ui_model *model,
				 const struct key *key, uint64_t now_ms)
{
	int64_t step;

	if (key_step(key, list_page(m, model), &step))
		move_by(m, model, step, now_ms);
	else if (key->code == KEY_CHAR)
		return list_letter(m, model, key->ch, now_ms);
	else if (key->code == KEY_ENTER)
		return choose(m, model);
	else if (key->code == KEY_BACKSPACE)
		take_number(m, model, m->seat.number / 10, now_ms);
	else if (key->code == KEY_RIGHT)
		open_page(m, UI_PAGE_DETAILS);
	else
		forget_number(m);
	return do_nothing();
}
/* --- keys of the text pages ---------------------------------------------- */

static void scroll_by(struct ui_menu *m, const struct ui_model *model,
		      int64_t step)
{
	struct page_layout layout;
	int64_t most, top;

	layout_page(m->rows, m->cols, &layout);
	most = (int64_t)page_count(m, model, layout.width) -
	       (int64_t)layout.body_rows;
	most = most > 0 ? most : 0;
	top = m->seat.at_end || (int64_t)m->seat.scroll > most
		      ? most
		      : (int64_t)m->seat.scroll;
	top += step;
	top = top < 0 ? 0 : top > most ? most : top;
	m->seat.scroll = (size_t)top;
	m->seat.at_end = m->seat.page == UI_PAGE_LOG && top == most;
}

/* Scrolling by a line sends as many bytes as scrolling by ten: make it worth
 * them. */
static int64_t slow_line_step(int64_t step, int64_t page)
{
	return step == 1 || step == -1 ? step * (page / 2 ? page / 2 : 1)
				       : step;
}

/* Enter closes no page: sent twice, by the line or a held key, it would boot.
 */
static void text_key(struct ui_menu *m, const struct ui_model *model,
		     const struct key *key)
{
	struct page_layout layout;
	int64_t step;

	layout_page(m->rows, m->cols, &layout);
	if (key_step(key, layout.body_rows, &step))
		scroll_by(m, model, slow_line_step(step, layout.body_rows));
	else if (key->code == KEY_ESC || key->code == KEY_BACKSPACE ||
		 key->code == KEY_LEFT)
		open_page(m, UI_PAGE_LIST);
	else if (key->code == KEY_CHAR && key->ch == 'q')
		open_page(m, UI_PAGE_LIST);
	else if (key->code == KEY_CHAR)
		open_by_letter(m, key->ch);
}

/* --- leaving ------------------------------------------------------------- */

static void ask(struct ui_menu *m, enum ui_action_code asked)
{
	open_page(m, UI_PAGE_CONFIRM);
	m->seat.asked.code = asked;
}

static void leave_key(struct ui_menu *m, const struct ui_model *model,
		      const struct key *key)
{
	if (key->code == KEY_CHAR && key->ch == 'r')
		ask(m, UI_REBOOT);
	else if (key->code == KEY_CHAR && key->ch == 'o')
		ask(m, UI_POWER_OFF);
	else if (key->code == KEY_CHAR && key->ch == 's' &&
		 !*page_text(model->shell_locked))
		ask(m, UI_SHELL);
	else
		text_key(m, model, key);
}

static struct ui_action confirm_key(struct ui_menu *m, const struct key *key)
{
	enum ui_action_code asked = m->seat.asked.code;
	bool is_yes = key->code == KEY_CHAR && key->ch == 'y';

	open_page(m, is_yes ? UI_PAGE_LIST : UI_PAGE_LEAVE);
	m->seat.asked.code = UI_NONE;
	return is_yes ? (struct ui_action){ .code = asked } : do_nothing();
}

/* --- all keys ------------------------------------------------------------ */

static struct ui_action page_key(struct ui_menu *m,
				 const struct ui_model *model,
				 const struct key *key, uint64_t now_ms)
{
	switch (m->seat.page) {
	case UI_PAGE_LIST:
		return list_key(m, model, key, now_ms);
	case UI_PAGE_CONFIRM:
		return confirm_key(m, key);
	case UI_PAGE_LEAVE:
		leave_key(m, model, key);
		break;
	case UI_PAGE_DETAILS:
	case UI_PAGE_LOG:
	case UI_PAGE_REFUSED:
	case UI_PAGE_HELP:
	case UI_PAGE_NETWORK:
	case UI_PAGE_FAILURE:
	case UI_PAGE_TARGETS:
	case UI_PAGE_EDITOR:
	case UI_PAGE_PASSWORD:
		text_key(m, model, key);
		break;
	}
	return do_nothing();
}

struct ui_action ui_menu_key(struct ui_menu *m, const struct ui_model *model,
			     const struct key *key, uint64_t now_ms)
{
	bool stopped = !m->touched && model->countdown_s >= 0;
	bool is_redraw = key->code == KEY_CTRL && key->ch == 'L';
	struct ui_action action = do_nothing();

	if (key->code == KEY_NONE || key->code == KEY_SIZE)
		return do_nothing();
	m->touched = true;
	if (!is_redraw) {
		m->notice[0] = '\0';
		action = page_key(m, model, key, now_ms);
	}
	if (stopped && !m->notice[0])
		notice(m, "The countdown has stopped.");
	return action;
}
