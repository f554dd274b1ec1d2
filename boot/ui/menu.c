#include "ui/menu_core.h"
#include "ui/page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

void ui_notice(struct ui_menu *m, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(m->notice, sizeof(m->notice), fmt, args);
	va_end(args);
}

/* --- which entry is marked ----------------------------------------------- */

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

/* Most often it is where it was: long lists are not searched for nothing. */
static bool find_again(const struct ui_model *model, uint32_t id, size_t *at)
{
	return (*at < model->count && model->items[*at].id == id) ||
	       ui_model_place(model, id, at);
}

const struct ui_item *ui_marked(const struct ui_menu *m,
				const struct ui_model *model)
{
	const struct ui_item *item = ui_model_shown(model, m->at);

	return m->has_selected && item && item->id == m->selected ? item : NULL;
}

static void mark(struct ui_menu *m, const struct ui_model *model, size_t at)
{
	const struct ui_item *item = ui_model_shown(model, at);

	m->has_selected = item != NULL;
	m->is_lost = false;
	m->at = at;
	if (item)
		m->selected = item->id;
}

void ui_mark(struct ui_menu *m, const struct ui_model *model, size_t at,
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

/* When the marked entry goes, none is marked: an Enter that is on its way must
 * not boot its neighbour. When it comes back, so does the mark. */
static void follow_entry(struct ui_menu *m, const struct ui_model *model)
{
	if (find_again(model, m->selected, &m->at)) {
		if (m->is_lost)
			m->notice[0] = '\0';
		m->has_selected = true;
		m->is_lost = false;
		return;
	}
	if (m->has_selected)
		ui_notice(m, "The marked entry is not there any more.");
	m->has_selected = false;
	m->is_lost = true;
}

/* The countdown keeps its columns while it gets shorter. */
static void follow_countdown(struct ui_menu *m, const struct ui_model *model)
{
	unsigned digits;

	if (model->countdown_s < 0) {
		m->tick_digits = 2;
		return;
	}
	digits = text_digits((uint64_t)model->countdown_s);
	if (digits > m->tick_digits)
		m->tick_digits = digits;
}

/* Until the first key the mark is on what boots by itself. */
static void follow_default(struct ui_menu *m, const struct ui_model *model,
			   uint64_t now_ms)
{
	bool had = m->has_selected;
	uint32_t before = m->selected;

	mark(m, model, m->has_default ? m->default_at : 0);
	if (had && before != m->selected)
		m->jumped_ms = now_ms;
}

void ui_menu_update(struct ui_menu *m, const struct ui_model *model,
		    uint64_t now_ms)
{
	struct ui_seat *seat = &m->seat;

	m->has_default = model->has_default &&
			 find_again(model, model->default_id, &m->default_at);
	if (m->touched && (m->has_selected || m->is_lost))
		follow_entry(m, model);
	else
		follow_default(m, model, now_ms);
	/* the list moved under a number that is being typed */
	if (seat->page == UI_PAGE_LIST && seat->number && !seat->bad_number &&
	    (!m->has_selected || m->at + 1 != seat->number))
		seat->number = 0;
	if (seat->page == UI_PAGE_DETAILS && m->is_lost)
		seat->page = UI_PAGE_LIST;
	follow_countdown(m, model);
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

/* --- from page to page --------------------------------------------------- */

void ui_forget_number(struct ui_menu *m)
{
	m->seat.number = 0;
	m->seat.bad_number = false;
}

void ui_open(struct ui_menu *m, enum ui_page page)
{
	ui_forget_number(m);
	m->seat.page = page;
	m->seat.scroll = 0;
	m->seat.at_end = page == UI_PAGE_LOG;
}

void ui_open_help(struct ui_menu *m)
{
	struct ui_seat *seat = &m->seat;

	if (seat->page == UI_PAGE_HELP)
		return;
	seat->under = seat->page;
	seat->under_scroll = seat->scroll;
	seat->under_at_end = seat->at_end;
	ui_open(m, UI_PAGE_HELP);
}

bool ui_open_by_letter(struct ui_menu *m, const struct ui_model *model, char ch)
{
	static const struct {
		char ch;
		enum ui_page page;
	} pages[] = {
		{ 'i', UI_PAGE_DETAILS }, { 'l', UI_PAGE_LOG },
		{ 'x', UI_PAGE_REFUSED }, { 'n', UI_PAGE_NETWORK },
		{ 'f', UI_PAGE_FAILURE },
	};

	if (ch == '?' || ch == 'h') {
		ui_open_help(m);
		return true;
	}
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		if (pages[i].ch != ch)
			continue;
		if (ch == 'f' && !*page_text(model->failure))
			ui_notice(m, "No boot has failed.");
		else
			ui_open(m, pages[i].page);
		return true;
	}
	return false;
}

/* --- what stands before an action ---------------------------------------- */

void ui_ask(struct ui_menu *m, struct ui_action action)
{
	enum ui_page from = m->seat.page;

	ui_open(m, UI_PAGE_CONFIRM);
	m->seat.asker = from;
	m->seat.asked = action;
}

static uint32_t gates_of(const struct ui_model *model, struct ui_action action)
{
	switch (action.code) {
	case UI_BOOT:
		return model->has_default && !model->default_may_change &&
				       action.id == model->default_id
			       ? 0
			       : UI_GATE_BOOT;
	case UI_BOOT_VERBOSE:
	case UI_BOOT_EDITED:
	case UI_EDIT:
		return UI_GATE_EDIT | UI_GATE_BOOT;
	case UI_SET_DEFAULT:
	case UI_SET_ONE_SHOT:
		/* what boots by itself then needs no password */
		return UI_GATE_WRITE | UI_GATE_BOOT;
	case UI_SAVE_LOG:
		return UI_GATE_WRITE;
	case UI_REBOOT:
	case UI_POWER_OFF:
		return UI_GATE_LEAVE;
	case UI_SHELL:
		return UI_GATE_SHELL;
	case UI_NONE:
	case UI_RESCAN:
	case UI_PASSWORD:
		break;
	}
	return 0;
}

struct ui_action ui_pass_gate(struct ui_menu *m, const struct ui_model *model,
			      struct ui_action action)
{
	if (m->is_unlocked || !(gates_of(model, action) & model->password_for))
		return action;
	if (action.code == UI_BOOT_EDITED) {
		/* typing the password would take the line's place */
		ui_notice(m, "A password is needed: Esc, then e again.");
		return ui_nothing();
	}
	m->has_edit = false;
	ui_line_wipe(&m->line);
	ui_line_set(&m->line, "", UI_LINE_MAX);
	m->line.secret = true;
	ui_open(m, UI_PAGE_PASSWORD);
	m->seat.pending = action;
	return ui_nothing();
}

/* What was typed for a password page that is not open any more. It stays until
 * the key after the one that left it, which may have been no KEY_ESC. */
static void wipe_left_secret(struct ui_menu *m)
{
	if (m->line.secret && m->seat.page != UI_PAGE_PASSWORD &&
	    !(m->seat.page == UI_PAGE_HELP &&
	      m->seat.under == UI_PAGE_PASSWORD))
		ui_line_wipe(&m->line);
}

struct ui_action ui_menu_unlock(struct ui_menu *m, bool ok,
				const char *sentence)
{
	struct ui_action pending = m->seat.pending;
	bool is_asked = m->seat.page == UI_PAGE_PASSWORD;

	if (m->line.secret) {
		ui_line_wipe(&m->line);
		ui_line_set(&m->line, "", UI_LINE_MAX);
		m->line.secret = true;
	}
	m->has_before = false;
	if (is_asked)
		ui_menu_tell(m, sentence);
	if (!is_asked || !ok)
		return ui_nothing();
	m->is_unlocked = m->seat.is_just_unlocked = true;
	m->seat.pending = ui_nothing();
	ui_open(m, UI_PAGE_LIST);
	wipe_left_secret(m);
	return pending;
}

/* --- what the caller says ------------------------------------------------ */

void ui_menu_edit(struct ui_menu *m, uint32_t id, const struct ui_edit *e)
{
	bool is_kept = m->has_edit && m->is_edited && m->edit_id == id;

	if (!is_kept && !ui_line_set(&m->line, e->text, e->limit)) {
		m->has_edit = false;
		ui_notice(m, "The command line is too long for the editor.");
		return;
	}
	if (!is_kept)
		m->is_edited = false;
	m->has_edit = true;
	m->edit_id = id;
	m->edit_sources = e->sources;
	m->has_before = false;
	ui_open(m, UI_PAGE_EDITOR);
	if (is_kept)
		ui_notice(m, "As you left it; Enter in the list boots it as "
			     "it came.");
}

void ui_menu_tell(struct ui_menu *m, const char *sentence)
{
	ui_notice(m, "%s", page_text(sentence));
}

void ui_menu_fail(struct ui_menu *m)
{
	m->has_before = false;
	m->seat.is_searching = false;
	ui_open(m, UI_PAGE_FAILURE);
	wipe_left_secret(m);
}

void ui_menu_reset(struct ui_menu *m)
{
	unsigned rows = m->rows, cols = m->cols;
	bool had = m->has_selected;
	uint32_t selected = m->selected;

	ui_line_wipe(&m->line);
	ui_menu_init(m);
	ui_menu_set_size(m, rows, cols);
	m->has_selected = had; /* the mark goes from there to the default */
	m->selected = selected;
}

/* --- all keys ------------------------------------------------------------ */

static struct ui_action page_key(struct ui_menu *m,
				 const struct ui_model *model,
				 const struct key *key, uint64_t now_ms)
{
	if (key->code == KEY_TAB && ui_menu_is_typed_on(m)) {
		ui_open_help(m);
		return ui_nothing();
	}
	switch (m->seat.page) {
	case UI_PAGE_LIST:
		return ui_list_key(m, model, key, now_ms);
	case UI_PAGE_CONFIRM:
		return ui_confirm_key(m, model, key);
	case UI_PAGE_EDITOR:
		return ui_editor_key(m, model, key);
	case UI_PAGE_PASSWORD:
		return ui_password_key(m, key);
	case UI_PAGE_LEAVE:
		ui_leave_key(m, model, key);
		break;
	case UI_PAGE_TARGETS:
		ui_targets_key(m, model, key);
		break;
	case UI_PAGE_LOG:
		ui_log_key(m, model, key);
		break;
	case UI_PAGE_HELP:
		ui_help_key(m, model, key);
		break;
	case UI_PAGE_DETAILS:
	case UI_PAGE_REFUSED:
	case UI_PAGE_NETWORK:
	case UI_PAGE_FAILURE:
		ui_text_key(m, model, key);
		break;
	}
	return ui_nothing();
}

/* A KEY_ESC that was none has not happened; of the mark it changed nothing. */
static void take_back(struct ui_menu *m)
{
	if (!m->has_before)
		return;
	m->seat = m->before;
	m->touched = m->touched_before;
	memcpy(m->notice, m->notice_before, sizeof(m->notice));
	m->has_before = false;
}

static void keep_before(struct ui_menu *m)
{
	m->has_before = true;
	m->before = m->seat;
	m->touched_before = m->touched;
	memcpy(m->notice_before, m->notice, sizeof(m->notice));
}

bool ui_menu_is_hidden(const struct ui_menu *m, const struct ui_model *model)
{
	if (model->manner == UI_DISABLED)
		return true;
	return model->manner == UI_HIDDEN && !m->seat.is_open &&
	       !*page_text(model->failure);
}

/* Checking a password takes its time. An Enter sent twice, by the line or a
 * held key, must not boot what stands where the password page was. */
static bool is_of_password(struct ui_menu *m, const struct key *key)
{
	bool is_enter = m->seat.is_just_unlocked && key->code == KEY_ENTER;

	m->seat.is_just_unlocked = is_enter;
	if (is_enter)
		ui_notice(m, "Enter was for the password: it counts again "
			     "after another key.");
	return is_enter;
}

static struct ui_action act_on_key(struct ui_menu *m,
				   const struct ui_model *model,
				   const struct key *key, uint64_t now_ms)
{
	bool was_hidden = ui_menu_is_hidden(m, model);

	wipe_left_secret(m);
	m->has_before = false;
	if (key->code == KEY_ESC)
		keep_before(m);
	m->touched = true;
	m->notice[0] = '\0';
	m->seat.is_open = true;
	if (was_hidden || is_of_password(m, key))
		return ui_nothing();
	return page_key(m, model, key, now_ms);
}

/* Who presses Enter as the mark goes elsewhere by itself has not seen where. */
static bool is_too_soon(struct ui_menu *m, const struct ui_model *model,
			const struct key *key, uint64_t now_ms)
{
	if (m->touched || key->code != KEY_ENTER || !m->jumped_ms ||
	    now_ms - m->jumped_ms >= UI_JUMP_MS || ui_menu_is_hidden(m, model))
		return false;
	ui_notice(m, "The mark has just moved: Enter again boots it.");
	return true;
}

struct ui_action ui_menu_key(struct ui_menu *m, const struct ui_model *model,
			     const struct key *key, uint64_t now_ms)
{
	bool stopped = !m->touched && model->countdown_s >= 0;
	bool is_redraw = key->code == KEY_CTRL && key->ch == 'L';
	struct ui_action action = ui_nothing();

	if (key->code == KEY_NONE || key->code == KEY_SIZE ||
	    model->manner == UI_DISABLED ||
	    (key->code == KEY_PASTE_CHAR && !ui_menu_is_typed_on(m)) ||
	    is_too_soon(m, model, key, now_ms))
		return ui_nothing();
	if (key->code == KEY_UNESC) {
		take_back(m);
		return action;
	}
	if (is_redraw)
		m->touched = true;
	else
		action = act_on_key(m, model, key, now_ms);
	if (stopped && !m->notice[0])
		ui_notice(m, "The countdown has stopped.");
	return action;
}
