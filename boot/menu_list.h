/*
 * struct scan -> struct ui_model: the words an operator sees for each entry.
 */
#ifndef KEELBOOT_MENU_LIST_H
#define KEELBOOT_MENU_LIST_H

#include "policy.h"
#include "scan.h"
#include "ui/menu.h"

/* What the list cannot know by itself. */
struct menu_list_state {
	const struct policy *policy;
	const char *failure;
	uint32_t failed_id;
	int countdown_s;
	uint32_t default_id; /* 0 for none */
	const char *shell_locked;
	const char *editor_locked;
	bool drivers_pending;
};

struct menu_list_words;

struct menu_list {
	struct ui_model model; /* what terminals_show() takes */
	struct ui_item *items;
	struct menu_list_words *words; /* one for each item */
	size_t cap;
	char host[128];
	char program[192];
	char security[128];
	char status[128];
};

/* Makes the model anew. Without memory the model keeps fewer items. */
void menu_list_fill(struct menu_list *list, const struct scan *scan,
		    const struct menu_list_state *state);

/* "revoked", "unknown signer", …: the word for a verdict, NULL for what is not
 * a refusal of verification. */
const char *menu_list_refusal(enum status code);

void menu_list_drop(struct menu_list *list);

#endif
