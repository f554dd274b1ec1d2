/*
 * One line of text and the keys that edit it: for the command line, the search
 * and a password.
 *
 *   ui_line_set(&line, text, limit);
 *   line.secret = true;                        for a password only
 *   while (key is not Enter or Esc)
 *           used = ui_line_key(&line, &key, &notice);
 *   … line.text …
 *   ui_line_wipe(&line);                       when it is not needed any more
 *
 * The text is bytes: what is not UTF-8 is kept as it is, and each such byte
 * counts as a character for the cursor. Nothing that is typed or pasted brings
 * a control character in.
 *
 *   Left Right, Ctrl-B Ctrl-F       a character back, on
 *   Ctrl-Left Ctrl-Right            a word (letters and digits) back, on
 *   Home End, Ctrl-A Ctrl-E         the ends
 *   Backspace; Delete, Ctrl-D       erase before, under the cursor
 *   Ctrl-W                          cut back to a blank
 *   Ctrl-U Ctrl-K                   cut what is before, after the cursor
 *   Ctrl-Y                          put in what was cut last
 *   Ctrl-_ or Ctrl-Z                undo: a word typed, a run of erased
 *                                   characters, a cut, a paste at a time
 */
#ifndef KEELBOOT_UI_LINE_H
#define KEELBOOT_UI_LINE_H

#include "base/span.h"
#include "ui/keys.h"

/* Bytes of the text with its NUL: twice the longest command line of any kernel
 * (4096, loongarch and s390). */
#define UI_LINE_MAX 8192

/* Bytes kept for undo: the longest text cut away, and as much again of smaller
 * changes; the oldest are forgotten. */
#define UI_LINE_UNDO_MAX (UI_LINE_MAX + 4096)

/* Some 28 KiB: not for a stack. Callers read text, len, at, limit and secret,
 * and write none of them but secret. All zero is an empty line with room for
 * nothing; ui_line_set() gives it some. */
struct ui_line {
	char text[UI_LINE_MAX]; /* NUL-terminated, no NUL before len */
	size_t len, at;		/* bytes; the cursor is at a character */
	size_t limit;		/* bytes that may be typed up to */
	bool secret;		/* keep no copy of anything: no cut, no undo */

	size_t cut_len;
	size_t undo_len; /* records, oldest first: see line.c */
	unsigned joins;	 /* enum edit the next change of its kind joins */
	char notice[64];
	char cut[UI_LINE_MAX];
	uint8_t undo[UI_LINE_UNDO_MAX];
};

/*
 * Forgets everything, also `secret`, and starts with a copy of text (of another
 * place; NULL is "") and the cursor at its end. At most `limit` bytes can be
 * typed; a limit of UI_LINE_MAX or more means UI_LINE_MAX - 1. The text may be
 * longer than the limit: it can then only get shorter. False, with an empty
 * line, if the text has UI_LINE_MAX bytes or more: it is not cut, as a command
 * line cut short must not boot.
 */
bool ui_line_set(struct ui_line *l, const char *text, size_t limit);

/*
 * Acts on a key; false if the key means nothing here: Enter, Esc, KEY_UNESC,
 * Tab, Up, Down, the page keys, Ctrl with other letters and KEY_OTHER are the
 * caller's. *ret_notice is always set: one sentence, valid until the next call,
 * why the key did nothing ("No room: the line has 2047 of 2047 bytes."), or
 * NULL.
 */
bool ui_line_key(struct ui_line *l, const struct key *key,
		 const char **ret_notice);

/* Overwrites every byte of the line, also what was cut or can be undone, in a
 * way that no compiler leaves out. The line is then all zero. */
void ui_line_wipe(struct ui_line *l);

#endif
