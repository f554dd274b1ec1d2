/*
 * The menu as a state machine: a model and keys in, an action out.
 *
 * It knows no terminal: view.h draws it, on as many screens as there are, each
 * of its own size. It knows no clock: every call is told the time, any
 * monotonic milliseconds.
 *
 *   ui_menu_update(&menu, &model, now)    the model has changed, or time has
 *   ui_menu_draw(&menu, &model, &screen)  for each screen (view.h)
 *   ui_menu_key(&menu, &model, &key, now) for each key -> action
 *
 * Rules an operator can rely on. Enter boots the line that is marked and
 * nothing else, and only from the list. The mark follows its entry when the
 * list changes; until the first key it follows the default. No single key
 * reboots, powers off or opens a shell. No command is a letter that ends an
 * escape sequence (A-H, O, P-S).
 */
#ifndef KEELBOOT_UI_MENU_H
#define KEELBOOT_UI_MENU_H

#include "base/span.h"
#include "ui/keys.h"

/* The line about the marked entry follows a key this much later, so that
 * walking through a list does not send it each time. */
#define UI_DETAIL_MS 150

/* All texts are the caller's, UTF-8, and live until the next update. Text from
 * disks may be given as it is: drawing makes it harmless. A NULL text is "". */
struct ui_item {
	uint32_t id;	   /* stays the same while the entry exists */
	const char *title; /* "Debian GNU/Linux 12 (bookworm)" */
	const char *where; /* "sda1 /EFI/Linux/debian.efi" */
	const char *mark;  /* words shown with the title, "not signed", or "" */
	const char *summary; /* one line: version, signer, tries left; or "" */
	const char *about;   /* lines for the details page, each ended by LF */
	bool bootable;	     /* refused ones are listed last */
	const char *reason;  /* why it is refused; whole sentence */
};

struct ui_model {
	const char *host;     /* "host7" */
	const char *program;  /* "keelboot 0.1.0, Linux 6.1.0-28-amd64" */
	const char *security; /* "Nothing is verified (verify = off)." */
	const char *facts;    /* network, TPM, …; or "" */
	const struct ui_item *items;
	size_t count;
	const struct ui_item *places; /* not in the list: what could not be */
	size_t place_count;	      /* looked into, for the refused page */
	bool has_default;
	uint32_t default_id;
	int countdown_s;     /* seconds until the default boots, or -1 */
	const char *status;  /* "looking at 2 disks", or "" */
	const char *failure; /* the last boot attempt's sentence, or "" */
	bool has_failed_id;
	uint32_t failed_id;	  /* the entry it was */
	struct span log;	  /* lines, for the log page */
	const char *shell_locked; /* why there is no shell, or "" if there is */
	const char
		*editor_locked; /* why no command line may be edited, or "" */
};

enum ui_page {
	UI_PAGE_LIST,
	UI_PAGE_DETAILS,
	UI_PAGE_LOG,
	UI_PAGE_REFUSED, /* what was found and is not offered */
	UI_PAGE_HELP,
	UI_PAGE_LEAVE,	 /* reboot, power off, shell */
	UI_PAGE_CONFIRM, /* the question after one of these */
};

enum ui_action_code {
	UI_NONE,
	UI_BOOT, /* the entry with this id; it is bootable */
	UI_RESCAN,
	UI_REBOOT,
	UI_POWER_OFF,
	UI_SHELL,
};

struct ui_action {
	enum ui_action_code code;
	uint32_t id;
};

/* What is kept between keys. Callers read `touched` (a key has come: stop the
 * countdown) and nothing else. */
struct ui_menu {
	bool touched;
	enum ui_page page;
	enum ui_action_code asked; /* what the confirm page asks about */
	bool has_selected;
	bool is_lost;	     /* the marked entry went; its id is still known */
	uint32_t selected;   /* id */
	size_t at;	     /* its place among the shown when last seen */
	uint32_t number;     /* digits typed so far, 0 for none */
	bool bad_number;     /* no entry has it: Enter does not boot */
	unsigned rows, cols; /* the screen the operator sits at */
	size_t scroll;	     /* first line of a long page */
	bool at_end;	     /* the log page follows new lines */
	uint64_t moved_ms;   /* when the mark last moved */
	bool detail_late;    /* the detail line waits for UI_DETAIL_MS */
	char notice[96];     /* one line about the last key, or "" */
};

void ui_menu_init(struct ui_menu *m);

/* The size of the screen the next key comes from: page keys go by it. */
void ui_menu_set_size(struct ui_menu *m, unsigned rows, unsigned cols);

/* Brings the selection up to date with a changed model, and lets time pass.
 * To be called before drawing. */
void ui_menu_update(struct ui_menu *m, const struct ui_model *model,
		    uint64_t now_ms);

/* Milliseconds until the picture changes by itself, or -1 for never. */
int ui_menu_due(const struct ui_menu *m, uint64_t now_ms);

/* Acts on a key. KEY_NONE and KEY_SIZE do nothing. Ctrl-L counts as a key, but
 * it is the caller who invalidates the screen. The model must be the one of the
 * last update. */
struct ui_action ui_menu_key(struct ui_menu *m, const struct ui_model *model,
			     const struct key *key, uint64_t now_ms);

/* The entry shown at a place (0 is the first line), or NULL: bootable entries
 * in the model's order, then the refused ones. */
const struct ui_item *ui_model_shown(const struct ui_model *model, size_t at);

/* The place of the entry with this id; false if there is none. */
bool ui_model_place(const struct ui_model *model, uint32_t id, size_t *ret);

#endif
