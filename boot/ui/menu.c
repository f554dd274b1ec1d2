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
	m->is_unlocked = true;
	m->seat.enter_was_for = "the password";
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
	m->is_updated = true;
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

/* Whether it may be an Enter that was for something else, sent twice. No time
 * tells: checking a password takes some, and a line may hold bytes back. */
static bool is_used_up(struct ui_menu *m, const struct key *key)
{
	if (key->code != KEY_ENTER)
		m->seat.enter_was_for = NULL;
	else if (m->seat.enter_was_for)
		ui_notice(m,
			  "Enter was for %s: it counts again after another "
			  "key.",
			  m->seat.enter_was_for);
	return m->seat.enter_was_for != NULL;
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
	if (is_used_up(m, key))
		return ui_nothing();
	if (was_hidden) {
		if (key->code == KEY_ENTER)
			m->seat.enter_was_for = "showing this menu";
		return ui_nothing();
	}
	return page_key(m, model, key, now_ms);
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
	    ui_is_too_soon(m, model, key, now_ms))
		return ui_nothing();
	if (key->code == KEY_UNESC) {
		take_back(m);
		return action;
	}
	if (is_redraw) {
		m->touched = true;
		m->seat.enter_was_for = NULL;
	} else {
		action = act_on_key(m, model, key, now_ms);
	}
	if (stopped && !m->notice[0])
		ui_notice(m, "The countdown has stopped.");
	return action;
}
