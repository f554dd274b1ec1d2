/*
 * The first and the last row of the text pages.
 */
#include "ui/layout.h"
#include "ui/page.h"

static const char *password_purpose(enum ui_action_code code)
{
	static const char *const purposes[] = {
		[UI_EDIT] = "editing",
		[UI_SET_DEFAULT] = "setting the default",
		[UI_SET_ONE_SHOT] = "setting the next boot",
		[UI_SAVE_LOG] = "saving the log",
		[UI_REBOOT] = "rebooting",
		[UI_POWER_OFF] = "powering off",
		[UI_SHELL] = "the rescue shell",
	};

	return purposes[code] ? purposes[code] : "booting";
}

static void add_entry(const struct ui_model *model, uint32_t id,
		      struct text *ret)
{
	size_t at;

	if (ui_model_place(model, id, &at))
		text_add(ret, page_item_title(&model->items[at]));
	else
		text_add(ret, "an entry that is gone");
}

static void password_title(const struct ui_menu *m,
			   const struct ui_model *model, struct text *ret)
{
	struct ui_action pending = m->seat.pending;

	text_addf(ret, "Password for %s", password_purpose(pending.code));
	if (pending.code == UI_BOOT || pending.code == UI_BOOT_VERBOSE ||
	    pending.code == UI_EDIT) {
		text_add_char(ret, ' ');
		add_entry(model, pending.id, ret);
	}
	text_add_char(ret, ':');
}

void page_title(const struct ui_menu *m, const struct ui_model *model,
		struct text *ret)
{
	static const char *const titles[] = {
		[UI_PAGE_LIST] = "",
		[UI_PAGE_DETAILS] = "Details",
		[UI_PAGE_LOG] = "Log",
		[UI_PAGE_REFUSED] = "Refused",
		[UI_PAGE_NETWORK] = "Network",
		[UI_PAGE_FAILURE] = "The last boot failed",
		[UI_PAGE_HELP] = "Keys",
		[UI_PAGE_LEAVE] = "Leave the menu",
		[UI_PAGE_TARGETS] = "Save the log",
		[UI_PAGE_CONFIRM] = "Are you sure?",
		[UI_PAGE_EDITOR] = "Command line of ",
		[UI_PAGE_PASSWORD] = "",
	};

	text_add(ret, titles[m->seat.page]);
	if (m->seat.page == UI_PAGE_EDITOR)
		add_entry(model, m->edit_id, ret);
	if (m->seat.page == UI_PAGE_PASSWORD)
		password_title(m, model, ret);
}

/* Words separated as the width allows. */
static const char *pick(unsigned width, const char *wide, const char *middle,
			const char *narrow)
{
	if (width >= COLS_WIDE)
		return wide;
	return width >= COLS_MIDDLE ? middle : narrow;
}

static const char *back_keys(enum ui_page page, const struct ui_model *model,
			     unsigned width)
{
	if (page == UI_PAGE_CONFIRM)
		return "y or n";
	if (page == UI_PAGE_LEAVE)
		return pick(width, "a letter of these, or q back to the list",
			    "a letter of these, or q back", "q back");
	if (page == UI_PAGE_TARGETS)
		return pick(width, "a number of these, or q back to the log",
			    "a number of these, or q back", "q back");
	if (page == UI_PAGE_EDITOR)
		return pick(width,
			    "Enter boots this line, this time only. "
			    "Esc back to the list, Tab help",
			    "Enter boots, Esc back, Tab help", "Enter boots");
	if (page == UI_PAGE_PASSWORD)
		return "Enter, or Esc back";
	if (page == UI_PAGE_LOG && width >= COLS_MIDDLE &&
	    !*page_text(model->save_locked))
		return "q back, w save";
	return "q back";
}

void page_keys(const struct ui_menu *m, const struct ui_model *model,
	       unsigned width, bool is_long, struct text *ret)
{
	enum ui_page page = m->seat.page;

	text_add(ret, back_keys(page, model, width));
	if (is_long && page == UI_PAGE_EDITOR && width >= COLS_WIDE)
		text_add(ret, ", Down more");
	if (page == UI_PAGE_EDITOR || page == UI_PAGE_PASSWORD)
		return;
	if (width >= COLS_MIDDLE && page != UI_PAGE_HELP)
		text_add(ret, ", ? help");
	if (is_long)
		text_add(ret, pick(width, "; space, -, Up, Down: more",
				   "; space, -: more", "; space, -"));
}
