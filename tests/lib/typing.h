/*
 * Bytes typed at a clock that moves when told to, and the names of the keys
 * that come of them.
 */
#ifndef KEELBOOT_TESTS_LIB_TYPING_H
#define KEELBOOT_TESTS_LIB_TYPING_H

#include "ui/keys.h"

struct typing {
	struct keys keys;
	uint64_t now;
	char got[512]; /* the names of all keys, a blank after each */
};

/* A key in words, with a blank: "a ", "^L ", "text:é ", "24x80 ", "up ". */
void typing_name(const struct key *key, char *ret, size_t cap);

void typing_start(struct typing *t);
void typing_type(struct typing *t, struct span bytes);

/* Takes the keys that have come. */
void typing_take(struct typing *t);

/* Lets time pass as a caller does that minds keys_due(). */
void typing_wait(struct typing *t, uint64_t ms);

/* Leaves out of got what was taken back. */
void typing_settle(struct typing *t);

/* Bytes, with NULs among them, and what keys they are. */
struct typing_sequence {
	const char *bytes;
	size_t len;
	const char *keys;
};

#define TYPING_SEQUENCE(bytes, keys)                                           \
	{                                                                      \
		bytes, sizeof(bytes) - 1, keys                                 \
	}

/* Fails the test, showing the bytes, if other keys came than those of s. */
void typing_check(const struct typing *t, const struct typing_sequence *s,
		  const char *how);

#endif
