/*
 * struct scan -> struct ui_model: the words an operator sees for each entry.
 */
#ifndef KEELBOOT_MENU_LIST_H
#define KEELBOOT_MENU_LIST_H

#include "machine.h"
#include "menu_choice.h"
#include "policy.h"
#include "save_log.h"
#include "scan.h"
#include "ui/menu.h"

/* What the list cannot know by itself. Texts may be NULL for "". */
struct menu_list_state {
	const struct policy *policy;
	const char *failure;
	enum status failed_code; /* what advice is about, OK for none */
	uint32_t failed_id;	 /* a line, 0 for none */
	int countdown_s;
	uint32_t default_id; /* 0 for none */
	bool default_may_change;
	bool default_locked;  /* the image alone says which that is */
	uint32_t marked_id;   /* 0: the default. It alone has its details */
	const char *warning;  /* one line that must be seen */
	const char *watchdog; /* "watchdog 60 s" */
	const char *shell_locked;
	const char *editor_locked;
	const struct menu_choice *choice; /* whether it may be set, or NULL */
	const struct machine *machine;	  /* NULL: nothing is known */
	bool drivers_pending;
	/* go on as they are */
	bool resumed;
	uint32_t idle_s;
	uint32_t password_for;
	enum ui_manner manner;
};

struct menu_list_words;

/* An entry with all its files; copies beyond that are cut. */
#define MENU_LIST_ABOUT_MAX 8192

struct menu_list {
	struct ui_model model; /* what terminals_show() takes */
	struct ui_item *items;
	struct menu_list_words *words; /* one for each item */
	size_t cap;
	char program[192];
	char security[128];
	char status[128];
	char facts[256];
	char advice[512];
	uint32_t failed_id; /* that failed_what is about */
	char failed_what[FOUND_PATH_MAX + 2 * DISPLAY_MAX];
	char network[MACHINE_NETWORK_TEXT_MAX +
		     sizeof(((struct net *)0)->provenance)];
	char about[MENU_LIST_ABOUT_MAX];
	char store_locked[96];
	struct save_place places[SAVE_PLACES_MAX];
	struct ui_target targets[SAVE_PLACES_MAX];
	size_t target_count;
};

/* Makes the model anew, in a few milliseconds for thousands of entries. Without
 * memory the model keeps fewer items. The list is large: keep it on the heap.
 */
void menu_list_fill(struct menu_list *list, const struct scan *scan,
		    const struct menu_list_state *state);

void menu_list_drop(struct menu_list *list);

#endif
