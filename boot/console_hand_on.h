/*
 * The firmware kernel's consoles for the next kernel: `console` of
 * keelboot.conf(5).
 */
#ifndef KEELBOOT_CONSOLE_HAND_ON_H
#define KEELBOOT_CONSOLE_HAND_ON_H

#include "base/text.h"
#include "cmdline_words.h"
#include "load_notes.h"

/* As many as a kernel takes (MAX_CMDLINECONSOLES). */
#define CONSOLE_WORDS_MAX 8
#define CONSOLE_VALUE_MAX 64
#define CONSOLE_TEXT_MAX                                                       \
	(CONSOLE_WORDS_MAX * (sizeof("console= ") - 1 + CONSOLE_VALUE_MAX) + 1)

/* Whether a word names a console; earlycon= and the like do not. */
cmdline_match_fn console_is_word;

/*
 * The words that name all consoles of a kernel, given its command line and its
 * /sys/class/tty/console/active: first those that are active though no word
 * names them, by their names alone, then the words, in their order and with
 * their options. So the last one is what /dev/console is, there and here.
 *
 * Where a word names a device by its address (uart8250,io,0x3f8), nobody knows
 * which of the active ones that is, and naming it twice would lose its speed:
 * then only a screen is added to the words.
 *
 * Of at most CONSOLE_VALUE_MAX bytes of [A-Za-z0-9._,:-] is what is taken;
 * anything else is a note, and so is what there is no room for.
 */
void console_hand_on_words(struct span cmdline, struct span active,
			   char ret[static CONSOLE_TEXT_MAX],
			   struct load_notes *notes);

/* The same of the running kernel; root goes before /proc and /sys. */
void console_hand_on_read(const char *root, char ret[static CONSOLE_TEXT_MAX],
			  struct load_notes *notes);

#endif
