/*
 * What to do about a failure, and who can: for the operator in front of it.
 */
#ifndef KEELBOOT_ADVICE_H
#define KEELBOOT_ADVICE_H

#include "base/error.h"
#include "base/text.h"

struct advice {
	const char *next; /* a sentence: the next thing to try */
	const char *who;  /* a clause: "whoever built this image (…)" */
};

/* Never NULL. For a code without advice of its own it is the general one, which
 * advice_general() gives, too. OK has none: both texts are "". */
const struct advice *advice_for(enum status code);
const struct advice *advice_general(void);

/* As lines for the failure page: "…\nWho can fix it: ….\n". */
void advice_add(struct text *t, enum status code);

#endif
