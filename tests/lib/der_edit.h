/*
 * Changes one element of a DER structure, and with it the lengths of all that
 * are around it: a good certificate or signature in, one that is wrong in a
 * single place out. Nothing here shares code with boot/format/der.c.
 *
 * An element is named by its place: "" is the outermost, "0/3" the fourth
 * element in the first one in it. The way may lead through an OCTET STRING or a
 * BIT STRING, whose octets are then taken for elements. Every result is an
 * allocation of exactly its size, freed by test_drop(); a place that is not
 * there fails the test.
 */
#ifndef KEELBOOT_TESTS_LIB_DER_EDIT_H
#define KEELBOOT_TESTS_LIB_DER_EDIT_H

#include "base/span.h"

enum der_edit_what {
	DER_REPLACE, /* the whole element; by nothing: it is removed */
	DER_CONTENT, /* what is inside of it */
	DER_BEFORE,  /* put in front of it */
	DER_APPEND,  /* put inside of it, at the end */
	/* These take no bytes. */
	DER_TWICE,	/* the element, two times */
	DER_LONG_FORM,	/* its length in 4 octets */
	DER_INDEFINITE, /* its length open, and two zeros behind it */
};

/* One element with its tag and length. */
struct span der_edit_find(struct span der, const char *path);

struct span der_edit(struct span der, const char *path, enum der_edit_what what,
		     struct span bytes);

/* The same with the bytes in hex. */
struct span der_edit_hex(struct span der, const char *path,
			 enum der_edit_what what, const char *hex);

/* An element of that tag around content. */
struct span der_edit_wrap(uint8_t tag, struct span content);

/* Bytes of hex digits; blanks between bytes are passed over. */
struct span der_edit_bytes(const char *hex);

/*
 * Calls visit with the path of every element, the outermost first; goes inside
 * constructed ones only.
 */
void der_edit_each(struct span der,
		   void (*visit)(void *ctx, const char *path,
				 struct span element),
		   void *ctx);

#endif
