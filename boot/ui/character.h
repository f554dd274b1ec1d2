/*
 * Bytes as they are typed -> whole UTF-8 characters beyond ASCII: none that is
 * overlong, a surrogate or above U+10FFFF (Unicode, table 3-7).
 */
#ifndef KEELBOOT_UI_CHARACTER_H
#define KEELBOOT_UI_CHARACTER_H

#include <stdbool.h>
#include <stdint.h>

struct character {
	char utf8[5]; /* the bytes so far, ended by NUL */
	unsigned len, left;
};

enum character_step {
	CHARACTER_OPEN, /* more bytes must follow */
	CHARACTER_WHOLE,
	CHARACTER_CONTROL, /* whole, and one of U+0080 to U+009F */
	CHARACTER_BROKEN,  /* this byte, or the ones before it, are no UTF-8 */
};

/* Takes a byte of 0x80 or more. A character that it cuts short may begin
 * another one: that is still open after CHARACTER_BROKEN. */
enum character_step character_feed(struct character *c, uint8_t byte);

/* Forgets a character that something else cut short; false if there was none.
 */
bool character_cut(struct character *c);

#endif
