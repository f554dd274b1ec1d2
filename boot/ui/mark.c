/*
 * Which entry is marked: by a key, or by itself as the list and the default
 * change, and whether an Enter can be about it.
 */
#include "base/text.h"
#include "ui/menu_core.h"

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
	/* there was no other that the key could be about */
	if (m->is_jump_of_none)
		m->has_jumped = false;
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

static bool is_jump_new(const struct ui_menu *m, uint64_t now_ms)
{
	return m->has_jumped && now_ms - m->unseen_ms < UI_JUMP_MS;
}

/* Until the first key the mark is on what boots by itself. What the first
 * picture shows has not moved. */
static void follow_default(struct ui_menu *m, const struct ui_model *model,
			   uint64_t now_ms)
{
	bool had = m->has_selected;
	uint32_t before = m->selected;

	mark(m, model, m->has_default ? m->default_at : 0);
	if (!m->is_updated || !m->has_selected ||
	    (had && before == m->selected))
		return;
	m->is_jump_of_none =
		!had || (m->is_jump_of_none && is_jump_new(m, now_ms));
	m->has_jumped = true;
	m->jumped_ms = m->unseen_ms = now_ms;
}

void ui_menu_lag(struct ui_menu *m, uint64_t now_ms)
{
	if (m->has_jumped && now_ms - m->jumped_ms < UI_JUMP_LATE_MS)
		m->unseen_ms = now_ms;
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
	m->is_updated = true;
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

/* Who presses Enter as the mark goes elsewhere by itself has not seen where. */
bool ui_is_too_soon(struct ui_menu *m, const struct ui_model *model,
		    const struct key *key, uint64_t now_ms)
{
	if (key->code != KEY_ENTER || !is_jump_new(m, now_ms) ||
	    m->seat.page != UI_PAGE_LIST || m->seat.is_searching ||
	    !ui_marked(m, model) || ui_menu_is_hidden(m, model))
		return false;
	ui_notice(m, "The mark has just moved: Enter boots it in a moment.");
	return true;
}
