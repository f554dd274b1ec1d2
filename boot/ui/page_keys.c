/*
 * The keys of the text pages and of the questions before what cannot be undone.
 */
#include "ui/layout.h"
#include "ui/menu_core.h"
#include "ui/page.h"

void ui_scroll_by(struct ui_menu *m, const struct ui_model *model, int64_t step)
{
	struct ui_seat *seat = &m->seat;
	struct page_layout layout;
	int64_t most, top;

	layout_page(seat->page, m->rows, m->cols, false, &layout);
	most = (int64_t)page_count(m, model, layout.width) -
	       (int64_t)layout.body_rows;
	most = most > 0 ? most : 0;
	top = seat->at_end || (int64_t)seat->scroll > most
		      ? most
		      : (int64_t)seat->scroll;
	top += step;
	top = top < 0 ? 0 : top > most ? most : top;
	seat->scroll = (size_t)top;
	seat->at_end = seat->page == UI_PAGE_LOG && top == most;
}

/* Scrolling by a line sends as many bytes as scrolling by ten: make it worth
 * them. */
static int64_t slow_line_step(int64_t step, int64_t page)
{
	return step == 1 || step == -1 ? step * (page / 2 ? page / 2 : 1)
				       : step;
}

static bool scrolls(struct ui_menu *m, const struct ui_model *model,
		    const struct key *key)
{
	struct page_layout layout;
	int64_t step;

	layout_page(m->seat.page, m->rows, m->cols, false, &layout);
	if (!ui_key_step(key, layout.body_rows, &step))
		return false;
	ui_scroll_by(m, model, slow_line_step(step, layout.body_rows));
	return true;
}

static bool goes_back(const struct key *key)
{
	return key->code == KEY_ESC || key->code == KEY_BACKSPACE ||
	       key->code == KEY_LEFT ||
	       (key->code == KEY_CHAR && key->ch == 'q');
}

/* Enter closes no page: sent twice, by the line or a held key, it would boot.
 */
void ui_text_key(struct ui_menu *m, const struct ui_model *model,
		 const struct key *key)
{
	if (scrolls(m, model, key))
		return;
	if (goes_back(key))
		ui_open(m, UI_PAGE_LIST);
	else if (key->code == KEY_CHAR)
		ui_open_by_letter(m, model, key->ch);
}

void ui_help_key(struct ui_menu *m, const struct ui_model *model,
		 const struct key *key)
{
	struct ui_seat *seat = &m->seat;

	if (scrolls(m, model, key) || !goes_back(key))
		return;
	seat->page = seat->under;
	seat->scroll = seat->under_scroll;
	seat->at_end = seat->under_at_end;
}

/* --- leaving ------------------------------------------------------------- */

void ui_leave_key(struct ui_menu *m, const struct ui_model *model,
		  const struct key *key)
{
	char ch = key->code == KEY_CHAR ? key->ch : '\0';

	if (ch == 'r')
		ui_ask(m, (struct ui_action){ .code = UI_REBOOT });
	else if (ch == 'o')
		ui_ask(m, (struct ui_action){ .code = UI_POWER_OFF });
	else if (ch == 's' && *page_text(model->shell_locked))
		ui_notice(m, "No rescue shell: %s", model->shell_locked);
	else if (ch == 's')
		ui_ask(m, (struct ui_action){ .code = UI_SHELL });
	else
		ui_text_key(m, model, key);
}

/* --- saving the log ------------------------------------------------------ */

void ui_log_key(struct ui_menu *m, const struct ui_model *model,
		const struct key *key)
{
	if (key->code != KEY_CHAR || key->ch != 'w')
		ui_text_key(m, model, key);
	else if (*page_text(model->save_locked))
		ui_notice(m, "The log cannot be saved: %s", model->save_locked);
	else if (!model->target_count)
		ui_notice(m, "There is no disk to save the log to.");
	else
		ui_open(m, UI_PAGE_TARGETS);
}

static void choose_target(struct ui_menu *m, const struct ui_model *model)
{
	uint32_t number = m->seat.number;

	m->seat.number = 0;
	if (number && number <= model->target_count)
		ui_ask(m, (struct ui_action){
				  .code = UI_SAVE_LOG,
				  .id = model->targets[number - 1].id });
}

/* A digit is enough where no longer number begins with it. */
static void take_target_digit(struct ui_menu *m, const struct ui_model *model,
			      uint32_t digit)
{
	uint32_t number = m->seat.number * 10 + digit;

	if (!number || number > model->target_count) {
		ui_notice(m, "There is no disk %u.", number);
		m->seat.number = 0;
		return;
	}
	m->seat.number = number;
	if ((size_t)number * 10 > model->target_count)
		choose_target(m, model);
	else
		ui_notice(m, "Disk %u: Enter, or another digit.", number);
}

void ui_targets_key(struct ui_menu *m, const struct ui_model *model,
		    const struct key *key)
{
	if (key->code == KEY_CHAR && key->ch >= '0' && key->ch <= '9') {
		take_target_digit(m, model, (uint32_t)(key->ch - '0'));
		return;
	}
	if (key->code == KEY_ENTER) {
		choose_target(m, model);
		return;
	}
	m->seat.number = 0;
	if (goes_back(key))
		ui_open(m, UI_PAGE_LOG);
	else
		ui_text_key(m, model, key);
}

/* --- the question -------------------------------------------------------- */

static bool is_still_there(const struct ui_model *model,
			   struct ui_action action)
{
	size_t at;

	if (action.code == UI_SAVE_LOG)
		return page_target(model, action.id) != NULL;
	if (action.code != UI_SET_DEFAULT && action.code != UI_SET_ONE_SHOT)
		return true;
	return ui_model_place(model, action.id, &at) &&
	       model->items[at].bootable;
}

struct ui_action ui_confirm_key(struct ui_menu *m, const struct ui_model *model,
				const struct key *key)
{
	struct ui_action asked = m->seat.asked;
	enum ui_page asker = m->seat.asker;
	bool is_yes = key->code == KEY_CHAR && key->ch == 'y';

	if (key->code == KEY_CHAR && key->ch == '?') {
		ui_open_help(m);
		return ui_nothing();
	}
	if (key->code == KEY_ENTER) { /* it may be the one that asked */
		ui_notice(m, "Enter is no answer: y or n.");
		return ui_nothing();
	}
	if (is_yes)
		asker = asker == UI_PAGE_TARGETS ? UI_PAGE_LOG : UI_PAGE_LIST;
	ui_open(m, asker);
	m->seat.asked = ui_nothing();
	if (!is_yes)
		return ui_nothing();
	if (!is_still_there(model, asked)) {
		ui_notice(m, "It is not there any more; nothing was done.");
		return ui_nothing();
	}
	return ui_pass_gate(m, model, asked);
}
