/*
 * What values of keelboot.conf(5) are made of: words, numbers, lists. Used by
 * the tables of keys alone. Each gives false, with nothing changed, if the
 * value is none of its kind.
 */
#ifndef KEELBOOT_CONFIG_VALUES_H
#define KEELBOOT_CONFIG_VALUES_H

#include "base/span.h"

/* The most of any time in the configuration: a day. */
#define CONFIG_SECONDS_MAX 86400

struct config_word {
	const char *text; /* NULL ends a table */
	int value;
};

bool config_pick_word(struct span value, const struct config_word *words,
		      int *ret);

/* yes, no, and what else stands for them. */
bool config_take_bool(bool *dst, struct span value);

/* 0 to CONFIG_SECONDS_MAX. */
bool config_take_seconds(uint32_t *dst, struct span value);

/* At most cap - 1 bytes. */
bool config_take_text(char *dst, size_t cap, struct span value);

/* Cuts the next word off a list divided by blanks or commas; false at its
 * end. */
bool config_next_word(struct span *rest, struct span *ret);

#endif
