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
 * nothing else, and only from the list; from the editor it boots what the
 * editor shows. The mark follows its entry when the list changes; until the
 * first key, and while none was marked, it follows the default, and Enter right
 * after such a move is no key. An Enter that is sent twice boots nothing: no
 * page is left by Enter, and where one was for a right password, a search, a
 * number without entry or a hidden menu, the next counts after another key.
 * Nothing that writes, reboots, powers off or opens a shell happens without "y"
 * on a page that names it. No command is a letter that ends an escape sequence
 * (A-H, O, P-S). A KEY_ESC that is taken back (KEY_UNESC) has done nothing.
 */
#ifndef KEELBOOT_UI_MENU_H
#define KEELBOOT_UI_MENU_H

#include "base/span.h"
#include "ui/keys.h"
#include "ui/line.h"

/* The line about the marked entry follows a key this much later, so that
 * walking through a list does not send it each time. */
#define UI_DETAIL_MS 150

/* When the mark has moved by itself, Enter is only taken this much later: what
 * shows the move may be behind 1.3 s of other bytes at 9600 baud. */
#define UI_JUMP_MS 1500

/* Where a line does not take them yet the time begins anew, at most this much
 * after the move: one that is stuck does not hold up the other consoles. */
#define UI_JUMP_LATE_MS 3000

/* --- what is shown ------------------------------------------------------- */

/* All texts are the caller's, UTF-8, and live until the next update. Text from
 * disks may be given as it is: drawing makes it harmless. A NULL text is "". */
struct ui_item {
	uint32_t id;	   /* stays the same while the entry exists */
	const char *title; /* "Debian GNU/Linux 12 (bookworm)" */
	const char *where; /* "sda1 /EFI/Linux/debian.efi" */
	const char *mark;  /* words shown with the title, "not signed", or "" */
	const char *summary; /* one line: version, signer, tries left; or "" */
	const char *about;   /* lines for the details page, each ended by LF */
	bool bootable;	     /* else it is refused */
	bool is_network;     /* shown as the word "network" */
	bool is_locked;	     /* shown as the word "locked" */
	const char *reason;  /* why it is refused; whole sentence */
};

/* A disk the log may be saved to. */
struct ui_target {
	uint32_t id;
	const char *name; /* "sdb1 (USB, FAT, KEYS)" */
};

/* What needs the password: bits of ui_model.password_for. */
#define UI_GATE_EDIT  1U /* editing a command line, verbose boot */
#define UI_GATE_SHELL 2U /* the rescue shell */
#define UI_GATE_LEAVE 4U /* reboot, power off */
/* any entry but the default, any edited one; making one the default, too */
#define UI_GATE_BOOT  8U
#define UI_GATE_WRITE 16U /* default, one-shot, saving the log */

enum ui_manner {
	UI_SHOWN,
	UI_HIDDEN,   /* one line; the first key shows the menu, only that */
	UI_DISABLED, /* one line; keys do nothing */
};

struct ui_model {
	const char *host;     /* "host7" */
	const char *program;  /* "keelboot 0.1.0, Linux 6.1.0-28-amd64" */
	const char *security; /* "Nothing is verified (verify = off)." */
	const char *facts;    /* firmware, TPM, address, watchdog; or "" */
	const char *warning;  /* a sentence that must be seen, or "" */
	/* in the order they are shown; the caller puts refused ones last */
	const struct ui_item *items;
	size_t count;
	const struct ui_item *places; /* not in the list: what could not be */
	size_t place_count;	      /* looked into, for the refused page */
	bool has_default;
	uint32_t default_id;
	bool default_may_change; /* disks are still to answer */
	int countdown_s;	 /* seconds until the default boots, or -1 */
	bool resumed;		 /* it counts because no key came for idle_s */
	uint32_t idle_s;	 /* seconds */
	const char *status;	 /* "looking at 2 disks", or "" */
	const char *failure;	 /* the last boot attempt's sentence, or "" */
	bool has_failed_id;
	uint32_t failed_id;	 /* the entry it was */
	const char *failed_what; /* what was tried, for the failure page */
	const char *advice;	 /* lines: what to do next, who can */
	struct span log;	 /* lines, for the log page */
	const char *network;	 /* lines, for the network page */
	const struct ui_target *targets; /* where the log may be saved */
	size_t target_count;
	/* why something is not to be had, or "" if it is */
	const char *shell_locked;
	const char *editor_locked; /* also verbose boot */
	const char *store_locked;  /* default and one-shot */
	const char *save_locked;   /* the log */
	uint32_t password_for;	   /* UI_GATE_…; 0: there is no password */
	enum ui_manner manner;
};

/* --- what comes back ----------------------------------------------------- */

enum ui_action_code {
	UI_NONE,
	UI_BOOT, /* the entry with this id; it is bootable */
	UI_BOOT_VERBOSE,
	UI_BOOT_EDITED, /* with the command line in menu.line.text */
	UI_RESCAN,
	UI_EDIT,     /* answer with ui_menu_edit() or ui_menu_tell() */
	UI_PASSWORD, /* in menu.line.text; answer with ui_menu_unlock() */
	/* what follows came by "y" on the confirm page */
	UI_SET_DEFAULT,
	UI_SET_ONE_SHOT,
	UI_SAVE_LOG, /* id is the target's */
	UI_REBOOT,
	UI_POWER_OFF,
	UI_SHELL,
};

/* Whether an action needs a question first. */
static inline bool ui_action_is_asked(enum ui_action_code code)
{
	return code >= UI_SET_DEFAULT;
}

struct ui_action {
	enum ui_action_code code;
	uint32_t id;
};

/* A command line to edit. */
struct ui_edit {
	const char *text;
	size_t limit; /* bytes the kernel takes */
	/* lines "from …: words"; stays the caller's and has to live until the
	 * next ui_menu_edit() or ui_menu_reset() */
	const char *sources;
};

/* --- what is kept between keys ------------------------------------------- */

enum ui_page {
	UI_PAGE_LIST,
	UI_PAGE_DETAILS,
	UI_PAGE_LOG,
	UI_PAGE_REFUSED, /* what was found and is not offered */
	UI_PAGE_NETWORK,
	UI_PAGE_FAILURE,
	UI_PAGE_HELP,
	UI_PAGE_LEAVE,	 /* reboot, power off, shell */
	UI_PAGE_TARGETS, /* where to save the log */
	UI_PAGE_CONFIRM, /* the question before what cannot be undone */
	UI_PAGE_EDITOR,
	UI_PAGE_PASSWORD,
};

#define UI_SEARCH_MAX 64
#define UI_NOTICE_MAX 256

/* Where the operator is: all that a KEY_ESC changes, so that it can be taken
 * back. */
struct ui_seat {
	bool is_open; /* a hidden menu was asked for */
	enum ui_page page;
	enum ui_page under;  /* what help goes back to */
	enum ui_page asker;  /* what the confirm page goes back to */
	size_t scroll;	     /* first line of a long page */
	size_t under_scroll; /* the same of the page under help */
	bool at_end;	     /* the log page follows new lines */
	bool under_at_end;
	uint32_t number; /* digits typed so far, 0 for none */
	bool bad_number; /* no entry has it: Enter does not boot */
	bool is_searching;
	bool no_match;
	char search[UI_SEARCH_MAX];
	struct ui_action asked;	  /* what the confirm page asks about */
	struct ui_action pending; /* what waits for the password */
	/* what Enter was for, such as "the search", until another key comes:
	 * sent twice, by the line or a held key, it must not boot. Or NULL. */
	const char *enter_was_for;
};

/* Callers read `touched` (a key has come: stop the countdown) and, when told
 * so by an action, line.text, and nothing else. Some 30 KiB. */
struct ui_menu {
	bool touched;
	struct ui_seat seat;
	/* the last KEY_ESC: all that it changed */
	struct ui_seat before;
	bool has_before, touched_before;
	char notice_before[UI_NOTICE_MAX];
	bool is_verbose;  /* the next Enter boots with all messages */
	bool is_unlocked; /* the password was given */
	bool has_selected;
	bool is_lost;	   /* the marked entry went; its id is still known */
	uint32_t selected; /* id */
	size_t at;	   /* its place when last seen */
	bool has_default;  /* the default is one of the entries */
	size_t default_at;
	unsigned rows, cols;  /* the screen the operator sits at */
	unsigned tick_digits; /* room for the countdown's number */
	uint64_t moved_ms;    /* when the mark last moved */
	bool is_updated;      /* once at least: something was shown */
	bool has_jumped;      /* the mark moved by itself, at: */
	bool is_jump_of_none; /* to where none had been marked */
	uint64_t jumped_ms;
	uint64_t unseen_ms;	    /* when that was not on its way yet */
	bool detail_late;	    /* the detail line waits for UI_DETAIL_MS */
	char notice[UI_NOTICE_MAX]; /* about the last key, or "" */
	bool has_edit;		    /* line holds a command line of: */
	bool is_edited;		    /* and not as it came */
	uint32_t edit_id;
	const char *edit_sources;
	struct ui_line line; /* command line or password */
};

void ui_menu_init(struct ui_menu *m);

/* The size of the screen the next key comes from: page keys go by it. */
void ui_menu_set_size(struct ui_menu *m, unsigned rows, unsigned cols);

/* Brings the selection up to date with a changed model, and lets time pass.
 * To be called before drawing. */
void ui_menu_update(struct ui_menu *m, const struct ui_model *model,
		    uint64_t now_ms);

/* What was drawn is not all on its way yet: a line does not take it. */
void ui_menu_lag(struct ui_menu *m, uint64_t now_ms);

/* Milliseconds until the picture changes by itself, or -1 for never. */
int ui_menu_due(const struct ui_menu *m, uint64_t now_ms);

/* Acts on a key. KEY_NONE and KEY_SIZE do nothing, nor does KEY_PASTE_CHAR
 * where there is no line to paste into. Ctrl-L counts as a key, but it is the
 * caller who invalidates the screen. The model must be the one of the last
 * update. */
struct ui_action ui_menu_key(struct ui_menu *m, const struct ui_model *model,
			     const struct key *key, uint64_t now_ms);

/* Opens the editor for an entry: the answer to UI_EDIT. A line of this entry
 * that was edited before is still there. */
void ui_menu_edit(struct ui_menu *m, uint32_t id, const struct ui_edit *e);

/* Shows a sentence until the next key. */
void ui_menu_tell(struct ui_menu *m, const char *sentence);

/* The answer to UI_PASSWORD. What was typed is overwritten in any case. If ok,
 * returns the action that was waiting, and no password is asked for again until
 * ui_menu_reset(); else the sentence is shown and another may be typed. */
struct ui_action ui_menu_unlock(struct ui_menu *m, bool ok,
				const char *sentence);

/* Opens the failure page: a boot that an operator asked for has failed. */
void ui_menu_fail(struct ui_menu *m);

/* Nobody is there any more: back to the list, the mark on the default,
 * untouched, locked again, everything that was typed overwritten. */
void ui_menu_reset(struct ui_menu *m);

/* Whether one line stands for the menu: ui_model.manner. */
bool ui_menu_is_hidden(const struct ui_menu *m, const struct ui_model *model);

/* Whether characters are text now, and no commands. */
static inline bool ui_menu_is_typed_on(const struct ui_menu *m)
{
	const struct ui_seat *seat = &m->seat;

	return seat->page == UI_PAGE_EDITOR || seat->page == UI_PAGE_PASSWORD ||
	       (seat->page == UI_PAGE_LIST && seat->is_searching);
}

/* The entry at a place (0 is the first line), or NULL. */
const struct ui_item *ui_model_shown(const struct ui_model *model, size_t at);

/* The place of the entry with this id; false if there is none. */
bool ui_model_place(const struct ui_model *model, uint32_t id, size_t *ret);

#endif
