/*
 * Bytes someone else owns, and the only way to read numbers out of them.
 *
 * A span is a pointer and a length. A cursor walks a span with one bounds
 * check, in one place: a read past the end makes the cursor bad, a bad cursor
 * stays bad, and reads from it give 0 or an empty span. A parser may therefore
 * read a whole header and ask once, with cursor_ok(), whether all of it was
 * there. No parser casts file bytes to a struct, so neither alignment nor byte
 * order of the machine matter.
 */
#ifndef KEELBOOT_BASE_SPAN_H
#define KEELBOOT_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_USE __attribute__((warn_unused_result))

struct span {
	const uint8_t *ptr;
	size_t len;
};

struct cursor {
	struct span all;
	size_t at; /* offset in all, for messages too */
	bool bad;  /* sticky */
};

struct span span_of(const void *ptr, size_t len);

/* The bytes of a C string without its NUL. */
struct span span_of_text(const char *text);

/* True if both hold the same bytes. */
bool span_equal(struct span a, struct span b);
bool span_equal_text(struct span a, const char *text);

/* -1, 0 or 1: the order of the first bytes that differ; the shorter of two that
 * begin alike comes first. */
int span_compare(struct span a, struct span b);
bool span_starts_with(struct span s, const void *prefix, size_t len);

/* True if [offset, offset+len) lies inside s; offset and len may be hostile. */
bool span_holds(struct span s, uint64_t offset, uint64_t len);

/* That range, or an empty span with a null pointer if it is not inside. */
struct span span_slice(struct span s, uint64_t offset, uint64_t len);

/* Cuts a fixed-size NUL-padded field at its first NUL. */
struct span span_until_nul(struct span s);

struct cursor cursor_over(struct span s);
bool cursor_ok(const struct cursor *c);
size_t cursor_left(const struct cursor *c);

/* True if the cursor is good and everything was read. */
bool cursor_done(const struct cursor *c);

/* Goes to an absolute offset (the end itself is allowed), else becomes bad. */
void cursor_seek(struct cursor *c, uint64_t offset);
void cursor_skip(struct cursor *c, uint64_t len);

/* The next len bytes as a span; empty if they are not there. */
struct span cursor_take(struct cursor *c, uint64_t len);

/* The next len bytes as a cursor of its own that cannot see past their end;
 * bad if they are not there. */
struct cursor cursor_sub(struct cursor *c, uint64_t len);

uint8_t cursor_u8(struct cursor *c);
uint16_t cursor_le16(struct cursor *c);
uint32_t cursor_le32(struct cursor *c);
uint64_t cursor_le64(struct cursor *c);
uint16_t cursor_be16(struct cursor *c);
uint32_t cursor_be32(struct cursor *c);
uint64_t cursor_be64(struct cursor *c);

/* As the machine has them: of what its own kernel tells. */
uint16_t cursor_native16(struct cursor *c);
uint32_t cursor_native32(struct cursor *c);

/* Single loads at an offset, 0 if it is not inside. */
uint16_t span_le16(struct span s, uint64_t offset);
uint32_t span_le32(struct span s, uint64_t offset);
uint64_t span_le64(struct span s, uint64_t offset);

/* Stores; the caller has made sure of the room. */
void store_le16(uint8_t *to, uint16_t value);
void store_le32(uint8_t *to, uint32_t value);
void store_le64(uint8_t *to, uint64_t value);

/* a + b and a * b into *ret; false, with *ret untouched, on overflow. */
MUST_USE bool add_size(uint64_t a, uint64_t b, uint64_t *ret);
MUST_USE bool mul_size(uint64_t a, uint64_t b, uint64_t *ret);

/* value rounded up to a multiple of align (a power of two); false on overflow.
 */
MUST_USE bool round_up_size(uint64_t value, uint64_t align, uint64_t *ret);

#endif
