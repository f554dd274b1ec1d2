/*
 * What an operator may rely on, as code: the rules of boot/ui/menu.h, judged
 * from what the menu was before a key and what came of it. For unit tests and
 * fuzzers; a judgement is NULL or a sentence.
 */
#ifndef KEELBOOT_TESTS_LIB_MENU_RULES_H
#define KEELBOOT_TESTS_LIB_MENU_RULES_H

#include "ui/menu.h"

#include <string.h>

/* The menu just before a key. */
struct rules_before {
	enum ui_page page;
	bool is_searching, is_verbose, is_unlocked, has_selected;
	uint32_t selected, edit_id;
	struct ui_action asked;
	char text[UI_LINE_MAX]; /* in the editor */
};

static inline void rules_look(const struct ui_menu *m, struct rules_before *ret)
{
	ret->page = m->seat.page;
	ret->is_searching = m->seat.is_searching;
	ret->is_verbose = m->is_verbose;
	ret->is_unlocked = m->is_unlocked;
	ret->has_selected = m->has_selected;
	ret->selected = m->selected;
	ret->edit_id = m->edit_id;
	ret->asked = m->seat.asked;
	if (m->seat.page == UI_PAGE_EDITOR)
		memcpy(ret->text, m->line.text, m->line.len + 1);
}

static inline bool rules_may_boot(const struct ui_model *model, uint32_t id)
{
	for (size_t i = 0; i < model->count; i++)
		if (model->items[i].id == id)
			return model->items[i].bootable;
	return false;
}

static inline bool rules_is_locked(const char *why)
{
	return why && *why;
}

static inline bool rules_same(struct ui_action a, struct ui_action b)
{
	return a.code == b.code && a.id == b.id;
}

static inline const char *rules_judge_boot(const struct rules_before *before,
					   const struct ui_model *model,
					   const struct key *key,
					   struct ui_action action)
{
	if (key->code != KEY_ENTER)
		return "booted without Enter";
	if (before->page != UI_PAGE_LIST || before->is_searching)
		return "booted from elsewhere than the list";
	if (!before->has_selected || action.id != before->selected)
		return "booted another entry than the marked one";
	if ((action.code == UI_BOOT_VERBOSE) != before->is_verbose)
		return "verbose unasked, or not verbose though asked";
	if (before->is_verbose && rules_is_locked(model->editor_locked))
		return "a verbose boot though it is locked";
	if (!rules_may_boot(model, action.id))
		return "booted what is refused or gone";
	return NULL;
}

static inline const char *rules_judge_edited(const struct rules_before *before,
					     const struct ui_menu *after,
					     const struct ui_model *model,
					     const struct key *key,
					     struct ui_action action)
{
	if (key->code != KEY_ENTER || before->page != UI_PAGE_EDITOR)
		return "booted an edited line without Enter in the editor";
	if (action.id != before->edit_id)
		return "booted the line of another entry";
	if (strcmp(before->text, after->line.text))
		return "booted another line than the one shown";
	if (after->line.len > after->line.limit)
		return "booted a line that is too long";
	if (rules_is_locked(model->editor_locked))
		return "booted an edited line though editing is locked";
	if (!rules_may_boot(model, action.id))
		return "booted what is refused or gone";
	return NULL;
}

/* Whether this key was enough for this action, but for a password. */
static inline const char *rules_judge_key(const struct rules_before *before,
					  const struct ui_menu *after,
					  const struct ui_model *model,
					  const struct key *key,
					  struct ui_action action)
{
	char ch = key->code == KEY_CHAR ? key->ch : '\0';

	if (action.code == UI_BOOT || action.code == UI_BOOT_VERBOSE)
		return rules_judge_boot(before, model, key, action);
	if (action.code == UI_BOOT_EDITED)
		return rules_judge_edited(before, after, model, key, action);
	if (action.code == UI_EDIT)
		return ch == 'e' && before->page == UI_PAGE_LIST &&
				       !before->is_searching &&
				       action.id == before->selected
			       ? NULL
			       : "edits unasked";
	if (action.code == UI_RESCAN)
		return ch == 'r' && before->page == UI_PAGE_LIST
			       ? NULL
			       : "looks at the disks unasked";
	if (action.code == UI_PASSWORD)
		return key->code == KEY_ENTER &&
				       before->page == UI_PAGE_PASSWORD
			       ? NULL
			       : "took a password without Enter";
	if (action.code == UI_NONE)
		return NULL;
	if (ch != 'y' || before->page != UI_PAGE_CONFIRM)
		return "did what needs a question without y to one";
	return rules_same(action, before->asked)
		       ? NULL
		       : "did something else than what was asked about";
}

static inline uint32_t rules_gates(const struct ui_model *model,
				   struct ui_action action)
{
	static const uint32_t gates[] = {
		[UI_BOOT_VERBOSE] = UI_GATE_EDIT | UI_GATE_BOOT,
		[UI_BOOT_EDITED] = UI_GATE_EDIT | UI_GATE_BOOT,
		[UI_EDIT] = UI_GATE_EDIT,
		[UI_SET_DEFAULT] = UI_GATE_WRITE | UI_GATE_BOOT,
		[UI_SET_ONE_SHOT] = UI_GATE_WRITE | UI_GATE_BOOT,
		[UI_SAVE_LOG] = UI_GATE_WRITE,
		[UI_REBOOT] = UI_GATE_LEAVE,
		[UI_POWER_OFF] = UI_GATE_LEAVE,
		[UI_SHELL] = UI_GATE_SHELL,
	};

	if (action.code == UI_BOOT)
		return model->has_default && !model->default_may_change &&
				       action.id == model->default_id
			       ? 0
			       : UI_GATE_BOOT;
	return gates[action.code];
}

/* Whether what a key led to is right; `after` is the menu now. */
static inline const char *rules_judge(const struct rules_before *before,
				      const struct ui_menu *after,
				      const struct ui_model *model,
				      const struct key *key,
				      struct ui_action action)
{
	const struct ui_seat *seat = &after->seat;
	bool goes_back = key->code == KEY_UNESC || before->page == UI_PAGE_HELP;

	if (key->code == KEY_ENTER && seat->page == UI_PAGE_LIST &&
	    (before->page != UI_PAGE_LIST || before->is_searching) &&
	    !seat->enter_was_for)
		return "Enter led to the list, and sent twice would boot";
	if (model->manner == UI_DISABLED && action.code != UI_NONE)
		return "a key did something though the menu is disabled";
	if (!before->is_unlocked &&
	    rules_gates(model, action) & model->password_for)
		return "did without the password what needs it";
	if (seat->page == UI_PAGE_CONFIRM && before->page == UI_PAGE_LIST &&
	    !goes_back && seat->asked.id != before->selected)
		return "asks about another entry than the marked one";
	/* what waits for the password had to be asked for as well */
	if (seat->page == UI_PAGE_PASSWORD &&
	    before->page != UI_PAGE_PASSWORD && !goes_back)
		return rules_judge_key(before, after, model, key,
				       seat->pending);
	return rules_judge_key(before, after, model, key, action);
}

#endif
