/*
 * What the two halves of the reader of extlinux.conf share: lines and files in
 * extlinux.c, labels in extlinux_label.c.
 */
#ifndef KEELBOOT_FORMAT_EXTLINUX_STATE_H
#define KEELBOOT_FORMAT_EXTLINUX_STATE_H

#include "format/extlinux.h"

/* The label at work. */
struct extlinux_label {
	bool is_open;
	struct extlinux_entry entry; /* its options are made at the end */
	bool has_kernel, has_append, no_fdt;
	bool is_separator;		      /* and no label at all */
	char arguments[EXTLINUX_OPTIONS_MAX]; /* behind the kernel's name */
	char append[EXTLINUX_OPTIONS_MAX];
};

struct extlinux_state {
	const struct extlinux_ops *ops;
	struct extlinux_result *result;
	char folder[EXTLINUX_PATH_MAX]; /* of the first file */
	struct error error;

	/* The files at work, each included by the one before. */
	char files[EXTLINUX_DEPTH_MAX][EXTLINUX_PATH_MAX];
	uint32_t depth;
	uint32_t loaded;
	uint32_t line;

	struct display menus[EXTLINUX_MENUS_MAX]; /* titles */
	uint32_t menu_depth; /* may be more than are kept */

	struct extlinux_label label;
	char append[EXTLINUX_OPTIONS_MAX]; /* the global one */
	bool append_is_long;
	uint32_t sysappend; /* likewise, of labels to come */
	char first_default[EXTLINUX_OPTIONS_MAX]; /* DEFAULT, as it stands */
	char menu_default[EXTLINUX_LABEL_MAX];
	char on_timeout[EXTLINUX_LABEL_MAX];
	bool has_ui, no_prompt;
	bool is_full; /* no more entries */
};

/* Tells the caller of the state's error at the line at work. */
void extlinux_note(struct extlinux_state *x);

/* Copies as much as fits; false if that is not all. */
bool extlinux_copy(char *dst, size_t cap, struct span s);

/* What a file's name in the text means; the fault's text, or NULL. */
const char *extlinux_resolve(const struct extlinux_state *x, struct span name,
			     char ret[static EXTLINUX_PATH_MAX]);

/* The value of IPAPPEND or SYSAPPEND; 0 if it is none. */
uint32_t extlinux_sysappend(struct span value);

/* Ends the label at work, if there is one, and tells it. */
void extlinux_end_label(struct extlinux_state *x);
void extlinux_begin_label(struct extlinux_state *x, struct span name);

/* One line of the label at work; false if the keyword is not a label's. */
bool extlinux_label_line(struct extlinux_state *x, struct span keyword,
			 struct span value);

/* `MENU` lines of the label at work; likewise. */
bool extlinux_label_menu(struct extlinux_state *x, struct span keyword,
			 struct span value);

/* Refuses the label at work with the state's error, unless it is already. */
void extlinux_refuse(struct extlinux_state *x, enum status code,
		     const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The next word, and what is behind it without the blanks between. */
struct span extlinux_word(struct span *rest);
bool extlinux_is(struct span keyword, const char *name);

#endif
