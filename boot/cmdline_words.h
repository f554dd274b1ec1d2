/*
 * Words of a command line as the kernel divides them (lib/cmdline.c,
 * next_arg): blanks inside double quotes do not divide, quotes around a word or
 * a value are not part of it, and what follows a word "--" is for init alone.
 */
#ifndef KEELBOOT_CMDLINE_WORDS_H
#define KEELBOOT_CMDLINE_WORDS_H

#include "cmdline.h"

struct cmdline_word {
	size_t start, end; /* in the text, quotes included */
	struct span name;
	struct span value;
	bool has_value;
};

/* The word at *at or behind it, with *at moved behind that; false, with *at
 * where words for the kernel end, if there is no more. */
bool cmdline_next_word(struct span text, size_t *at, struct cmdline_word *ret);

/* Whether it has that name; '-' and '_' are the same, as to the kernel. */
bool cmdline_word_is(const struct cmdline_word *word, const char *name);

typedef bool cmdline_match_fn(const struct cmdline_word *word);

unsigned cmdline_count(const struct cmdline *line, cmdline_match_fn *match);

/* Takes words away, with the blanks behind them; a piece of which nothing is
 * left goes. Returns how many there were. */
unsigned cmdline_remove(struct cmdline *line, cmdline_match_fn *match);

/*
 * Adds a piece as the last one that is for the kernel: in front of a "--", or
 * at the end. A piece that it divides stays two of the same source. words is
 * not empty and has no blanks at its ends. Errors: E_CMDLINE_TOO_LONG.
 */
MUST_USE enum status cmdline_insert(struct cmdline *line, const char *source,
				    struct span words, struct error *err);

#endif
