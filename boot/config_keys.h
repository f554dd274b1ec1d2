/*
 * The keys of keelboot.conf(5) as a table, and how each takes its value.
 */
#ifndef KEELBOOT_CONFIG_KEYS_H
#define KEELBOOT_CONFIG_KEYS_H

#include "config.h"

/* A key either changes what may boot (set) or chooses among it (choose). */
struct config_key {
	const char *name;
	bool (*set)(struct config *, struct span);
	bool (*choose)(struct config_choices *, struct span);
	const char *expected;
};

/* The one key that only the image may have, whatever `verify` is. */
#define CONFIG_KEY_LOCK "lock"

/* Its value is shown nowhere: somebody may have put the password itself. */
#define CONFIG_KEY_PASSWORD "password"

/* NULL if there is no such key. *ret_bit is its bit in config.locked. */
const struct config_key *config_key_find(struct span name, uint64_t *ret_bit);

/* The key that is meant by one of another spelling, or NULL. */
const char *config_key_meant(struct span name);

/* A key of loader.conf(5) that steers what only a UEFI boot loader has. */
bool config_key_is_without_effect(struct span name);

#endif
