/*
 * What the parts of the menu share: menu.c dispatches keys, mark.c follows the
 * model, list_keys.c has the list's keys, page_keys.c those of the text pages
 * and questions, edit_keys.c those of the pages one types on. For these files
 * only.
 */
#ifndef KEELBOOT_UI_MENU_CORE_H
#define KEELBOOT_UI_MENU_CORE_H

#include "ui/menu.h"

/* --- menu.c -------------------------------------------------------------- */

void ui_notice(struct ui_menu *m, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static inline struct ui_action ui_nothing(void)
{
	return (struct ui_action){ .code = UI_NONE };
}

/* What was typed of an entry's number does not count any more. */
void ui_forget_number(struct ui_menu *m);

/* Goes to a page, from its top (the log's from its end). */
void ui_open(struct ui_menu *m, enum ui_page page);

/* Opens help; leaving it comes back to the page as it is. */
void ui_open_help(struct ui_menu *m);

/* Opens the page a letter stands for, from the list and from other pages. */
bool ui_open_by_letter(struct ui_menu *m, const struct ui_model *model,
		       char ch);

/* Asks before an action; "no" goes back to the current page. */
void ui_ask(struct ui_menu *m, struct ui_action action);

/* The action if nothing stands before it, else the password page opens and
 * there is none yet. */
struct ui_action ui_pass_gate(struct ui_menu *m, const struct ui_model *model,
			      struct ui_action action);

/* How far a key moves, where a page has so many lines; false if it does not
 * move. */
bool ui_key_step(const struct key *key, int64_t page, int64_t *ret);

/* --- mark.c -------------------------------------------------------------- */

/* Puts the mark on a place, the last one if there is none so far down. */
void ui_mark(struct ui_menu *m, const struct ui_model *model, size_t at,
	     uint64_t now_ms);

/* The marked entry, or NULL. */
const struct ui_item *ui_marked(const struct ui_menu *m,
				const struct ui_model *model);

/* Whether it is an Enter in the list, and the mark has just moved by itself; a
 * notice says so. */
bool ui_is_too_soon(struct ui_menu *m, const struct ui_model *model,
		    const struct key *key, uint64_t now_ms);

/* --- the pages' keys ----------------------------------------------------- */

struct ui_action ui_list_key(struct ui_menu *m, const struct ui_model *model,
			     const struct key *key, uint64_t now_ms);
void ui_search_key(struct ui_menu *m, const struct ui_model *model,
		   const struct key *key, uint64_t now_ms);
void ui_text_key(struct ui_menu *m, const struct ui_model *model,
		 const struct key *key);
void ui_help_key(struct ui_menu *m, const struct ui_model *model,
		 const struct key *key);
void ui_leave_key(struct ui_menu *m, const struct ui_model *model,
		  const struct key *key);
void ui_log_key(struct ui_menu *m, const struct ui_model *model,
		const struct key *key);
void ui_targets_key(struct ui_menu *m, const struct ui_model *model,
		    const struct key *key);
struct ui_action ui_confirm_key(struct ui_menu *m, const struct ui_model *model,
				const struct key *key);
struct ui_action ui_editor_key(struct ui_menu *m, const struct ui_model *model,
			       const struct key *key);
struct ui_action ui_password_key(struct ui_menu *m, const struct key *key);

/* Scrolls the current page. */
void ui_scroll_by(struct ui_menu *m, const struct ui_model *model,
		  int64_t step);

#endif
