/*
 * Bytes of a terminal -> keys.
 *
 * Works on lines that split, delay or drop bytes: an escape sequence may come
 * in any number of pieces, and one that nobody knows is swallowed whole, so
 * that its letters never act as commands. A lone ESC becomes a key when
 * nothing follows for KEYS_ESC_MS. Should the rest of a sequence follow later
 * still, KEY_UNESC takes that ESC back before the sequence's own key, so that
 * bytes held back by a line for less than KEYS_QUIET_MS come to the same as
 * bytes that were not. There is no Alt: ESC and any character that continues
 * no sequence are two keys, however close they come.
 *
 *   keys_feed(&k, byte, now);       for each byte that was read
 *   keys_tick(&k, now);             when keys_due() says so
 *   while (keys_take(&k, &key))     after each of both
 *           if (!keys_is_noise(&k)) …
 *
 * Sequences: ECMA-48 sections 5.4 (CSI) and 5.6 (strings), 8.3.143 (SS3); of
 * xterm the modifiers of keys, the "CSI 8 t" and "CSI R" reports and bracketed
 * paste.
 */
#ifndef KEELBOOT_UI_KEYS_H
#define KEELBOOT_UI_KEYS_H

#include "base/span.h"
#include "ui/character.h"
#include "ui/noise.h"

#define KEYS_ESC_MS   100  /* a lone ESC is a key after this */
#define KEYS_QUIET_MS 5000 /* a broken sequence is given up after this */

enum key_code {
	KEY_NONE,
	KEY_CHAR, /* printable ASCII, in ch and utf8 */
	KEY_TEXT, /* one character beyond ASCII, in utf8; no control */
	/* one character of a marked paste, in utf8: text for a line editor and
	 * never a command; the ends of lines and tabs in it are blanks */
	KEY_PASTE_CHAR,
	KEY_CTRL, /* Ctrl and the upper-case letter in ch */
	KEY_ENTER,
	KEY_ESC,
	KEY_UNESC, /* the KEY_ESC just before was none: take it back */
	KEY_TAB,
	KEY_BACKSPACE, /* BS or DEL */
	KEY_DELETE,
	KEY_UP,
	KEY_DOWN,
	KEY_LEFT,
	KEY_RIGHT,
	KEY_WORD_LEFT, /* with Ctrl or Alt */
	KEY_WORD_RIGHT,
	KEY_HOME,
	KEY_END,
	KEY_PAGE_UP,
	KEY_PAGE_DOWN,
	KEY_OTHER, /* a key without a meaning here: F1 */
	KEY_SIZE,  /* not a key: the terminal told its size, in rows and cols */
};

struct key {
	enum key_code code;
	char ch;
	char utf8[5]; /* valid UTF-8, ended by NUL */
	uint16_t rows, cols;
};

#define KEYS_QUEUE  4
#define KEYS_PARAMS 4

struct keys {
	struct key queue[KEYS_QUEUE];
	unsigned queued;
	unsigned state;	   /* enum keys_state in keys.c */
	uint64_t since_ms; /* when the last byte of an open sequence came */
	unsigned params[KEYS_PARAMS];
	unsigned param_count;
	bool is_private; /* "CSI ?" and relatives: an answer, never a key */
	bool in_paste;
	bool after_cr;	/* a LF now belongs to the CR before it */
	bool esc_given; /* in ESCAPE_LATE: as a key, not swallowed by a paste */
	struct character character; /* the one whose bytes are coming */
	struct noise noise;
};

/* Starts with no byte seen. */
void keys_init(struct keys *k);

/* Takes one byte. At most two keys come of it; take them before the next. */
void keys_feed(struct keys *k, uint8_t byte, uint64_t now_ms);

/* Lets time pass: makes a lone ESC a key, gives up broken sequences and pastes
 * without an end, ends noise. */
void keys_tick(struct keys *k, uint64_t now_ms);

/* Milliseconds until keys_tick() has something to do, or -1 for never. */
int keys_due(const struct keys *k, uint64_t now_ms);

/* The oldest key not yet taken; false if there is none. */
bool keys_take(struct keys *k, struct key *ret);

/* True while the line gives what no terminal sends (noise.h), and until
 * NOISE_SILENCE_MS without a byte have passed: its keys should then be taken
 * and ignored. */
bool keys_is_noise(const struct keys *k);

#endif
