/*
 * GRUB's variables in Boot Loader Specification entries: a part of bls.c.
 */
#ifndef KEELBOOT_FORMAT_BLS_EXPAND_H
#define KEELBOOT_FORMAT_BLS_EXPAND_H

#include "format/bls.h"

/* What is known of one replacement. */
struct bls_expansion {
	const struct bls_variables *vars;
	const char *key; /* for messages: what the value belongs to */
	bool may_miss;	 /* a variable that is not there is empty */
	bool has_missed; /* set: there was one */
};

/*
 * Adds value to *to with its variables replaced, and those in their values too
 * if depth is 2; depth is 1 or 2.
 *
 * Errors: E_BLS_VARIABLE, E_BLS_VARIABLE_OPEN, E_BLS_VARIABLE_LENGTH.
 */
enum status bls_expand(struct bls_expansion *x, struct span value,
		       unsigned depth, struct text *to, struct error *err);

#endif
