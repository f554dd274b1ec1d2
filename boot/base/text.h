/*
 * Text in buffers of fixed size: a builder that cannot overrun, and a type for
 * strings that came out of files nobody has verified.
 *
 * A display string can go to a screen, a log or JSON and nowhere else; it is a
 * type of its own so that it cannot slip into a command line or a path. It
 * holds valid UTF-8 without control characters.
 */
#ifndef KEELBOOT_BASE_TEXT_H
#define KEELBOOT_BASE_TEXT_H

#include "base/span.h"

struct text {
	char *buf; /* always NUL-terminated */
	size_t cap;
	size_t len;
	bool cut; /* something did not fit; sticky */
};

#define DISPLAY_MAX 128

struct display {
	char text[DISPLAY_MAX];
};

/* A builder over buf; cap is at least 1. */
struct text text_over(char *buf, size_t cap);
void text_add(struct text *t, const char *s);
void text_add_char(struct text *t, char c);
void text_add_bytes(struct text *t, struct span s);
void text_addf(struct text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Each byte as two lower-case hexadecimal digits. */
void text_add_hex(struct text *t, struct span bytes);

/* A character by its code point, as UTF-8. */
void text_add_point(struct text *t, uint32_t point);

/* Adds bytes of unknown origin: valid UTF-8 stays, every control character,
 * bidirectional override or broken sequence becomes '?'. */
void text_add_safe(struct text *t, struct span s);

/* The same into a display string; what does not fit is cut at a character. */
struct display display_of(struct span s);
struct display display_of_text(const char *text);

/* Bytes of the next character of s and its width in columns (0, 1 or 2). Gives
 * 0 at the end and 1 byte of width 1 for a broken sequence, with *ret_valid
 * false. */
size_t utf8_next(struct span s, unsigned *ret_width, bool *ret_valid);

/* Whether utf8_next() finds every character of s valid. */
bool utf8_is_clean(struct span s);

/* Columns the text takes on a screen. */
unsigned text_columns(const char *text);

/* The characters at the start of s that fit into so many columns. */
struct span span_fit(struct span s, unsigned columns);

/* Decimal digits of a number. */
unsigned text_digits(uint64_t number);

/* Copies src to dst of cap bytes; false, with dst empty, if it does not fit. */
MUST_USE bool text_copy(char *dst, size_t cap, const char *src);

/* Parses all of s as an unsigned decimal number of at most max; no sign, no
 * blanks, no empty string. */
MUST_USE bool text_parse_number(struct span s, uint64_t max, uint64_t *ret);

/* Parses all of s as exactly 2 * len hexadecimal digits of either case. Bytes
 * of ret may be written when it fails. */
MUST_USE bool text_parse_hex(struct span s, uint8_t *ret, size_t len);

/* s without blanks and tabs at its ends. */
struct span span_trim(struct span s);

/* text without a byte order mark of UTF-8 in front. */
struct span span_without_mark(struct span text);

/* Cuts the first word off *rest: up to a blank or a tab; empty at the end. */
struct span span_next_word(struct span *rest);

/* Cuts off *rest what stands before the first `at`, which goes too; all of it
 * if there is none. */
struct span span_cut_at(struct span *rest, char at);

/* Cuts the first component off a path, without slashes; empty at the end. */
struct span span_next_component(struct span *rest);

/* Cuts the first line off *rest, without its LF or CRLF; false at the end. */
bool span_next_line(struct span *rest, struct span *ret_line);

#endif
