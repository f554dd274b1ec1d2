/*
 * Bytes of a terminal -> keys.
 *
 * Works on lines that split, delay or drop bytes: an escape sequence may come
 * in any number of pieces, and one that nobody knows is swallowed whole, so
 * that its letters never act as commands. A lone ESC becomes a key when
 * nothing follows for KEYS_ESC_MS; should "[" or "O" follow later still, it is
 * taken for the rest of a slow sequence and not for a letter.
 *
 *   keys_feed(&k, byte, now);       for each byte that was read
 *   keys_tick(&k, now);             when keys_due() says so
 *   while (keys_take(&k, &key))     after each of both
 *           …
 *
 * Sequences: ECMA-48 section 5.4 (CSI), 8.3.143 (SS3); xterm's "CSI 8 t" and
 * "CSI R" reports, and its bracketed paste, whose content is swallowed.
 */
#ifndef KEELBOOT_UI_KEYS_H
#define KEELBOOT_UI_KEYS_H

#include "base/span.h"

#define KEYS_ESC_MS   100  /* a lone ESC is a key after this */
#define KEYS_QUIET_MS 5000 /* a broken sequence is given up after this */

enum key_code {
	KEY_NONE,
	KEY_CHAR, /* printable ASCII, in ch */
	KEY_CTRL, /* Ctrl and the upper-case letter in ch */
	KEY_ENTER,
	KEY_ESC,
	KEY_TAB,
	KEY_BACKSPACE, /* BS or DEL */
	KEY_DELETE,
	KEY_UP,
	KEY_DOWN,
	KEY_LEFT,
	KEY_RIGHT,
	KEY_HOME,
	KEY_END,
	KEY_PAGE_UP,
	KEY_PAGE_DOWN,
	KEY_OTHER, /* a key without a meaning here: F1, é */
	KEY_SIZE,  /* not a key: the terminal told its size, in rows and cols */
};

struct key {
	enum key_code code;
	char ch;
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
	bool after_cr;	    /* a LF now belongs to the CR before it */
	unsigned utf8_left; /* bytes to come of a character */
};

/* Starts with no byte seen. */
void keys_init(struct keys *k);

/* Takes one byte. At most two keys come of it; take them before the next. */
void keys_feed(struct keys *k, uint8_t byte, uint64_t now_ms);

/* Lets time pass: makes a lone ESC a key, gives up broken sequences. */
void keys_tick(struct keys *k, uint64_t now_ms);

/* Milliseconds until keys_tick() has something to do, or -1 for never. */
int keys_due(const struct keys *k, uint64_t now_ms);

/* The oldest key not yet taken; false if there is none. */
bool keys_take(struct keys *k, struct key *ret);

#endif
