/*
 * The keys of the pages one types on: the command line of one boot, and the
 * password.
 */
#include "ui/menu_core.h"
#include "ui/page.h"

static struct ui_action boot_edited(struct ui_menu *m,
				    const struct ui_model *model)
{
	size_t at, over = m->line.len > m->line.limit
				  ? m->line.len - m->line.limit
				  : 0;

	if (over)
		ui_notice(m, "Too long by %zu byte%s: nothing was booted.",
			  over, over == 1 ? "" : "s");
	else if (*page_text(model->editor_locked))
		ui_notice(m, "No editing: %s", model->editor_locked);
	else if (!ui_model_place(model, m->edit_id, &at) ||
		 !model->items[at].bootable)
		ui_notice(m, "The entry is not there any more.");
	else
		return ui_pass_gate(m, model,
				    (struct ui_action){ .code = UI_BOOT_EDITED,
							.id = m->edit_id });
	return ui_nothing();
}

static bool only_moves(enum key_code code)
{
	return code == KEY_LEFT || code == KEY_RIGHT || code == KEY_HOME ||
	       code == KEY_END || code == KEY_WORD_LEFT ||
	       code == KEY_WORD_RIGHT;
}

/* Up and Down and the page keys scroll what stands below the line. */
static bool scrolls_sources(struct ui_menu *m, const struct ui_model *model,
			    const struct key *key)
{
	int64_t step;

	if (key->code != KEY_UP && key->code != KEY_DOWN &&
	    key->code != KEY_PAGE_UP && key->code != KEY_PAGE_DOWN)
		return false;
	if (ui_key_step(key, 4, &step))
		ui_scroll_by(m, model, step);
	return true;
}

/* The page stays after Enter: sent twice, it boots the same again and not what
 * is marked in the list. */
struct ui_action ui_editor_key(struct ui_menu *m, const struct ui_model *model,
			       const struct key *key)
{
	const char *why = NULL;

	if (key->code == KEY_ENTER)
		return boot_edited(m, model);
	if (key->code == KEY_ESC)
		ui_open(m, UI_PAGE_LIST);
	else if (scrolls_sources(m, model, key))
		return ui_nothing();
	else if (ui_line_key(&m->line, key, &why))
		m->is_edited = m->is_edited || !only_moves(key->code);
	else
		why = "Enter boots this line, Esc leaves, Tab lists the keys.";
	if (why)
		ui_notice(m, "%s", why);
	return ui_nothing();
}

struct ui_action ui_password_key(struct ui_menu *m, const struct key *key)
{
	const char *why = NULL;

	if (key->code == KEY_ENTER) {
		if (m->line.len)
			return (struct ui_action){ .code = UI_PASSWORD };
		ui_notice(m, "Type the password first, or Esc.");
	} else if (key->code == KEY_ESC) {
		ui_open(m, UI_PAGE_LIST);
		m->seat.pending = ui_nothing();
	} else {
		ui_line_key(&m->line, key, &why);
	}
	if (why)
		ui_notice(m, "%s", why);
	return ui_nothing();
}
