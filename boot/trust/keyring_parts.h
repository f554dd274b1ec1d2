/*
 * What the files keyring*.c share, and nobody else needs: how items get into a
 * keyring and out of it again.
 */
#ifndef KEELBOOT_TRUST_KEYRING_PARTS_H
#define KEELBOOT_TRUST_KEYRING_PARTS_H

#include "trust/keyring.h"

/* How much there was before something was tried. */
struct keyring_mark {
	uint32_t count, owned_count;
};

struct keyring_mark keyring_mark(const struct keyring *keyring);

/* Takes back all that came after the mark. */
void keyring_cut(struct keyring *keyring, struct keyring_mark mark);

/* A block of size bytes (at least 1) that lives as long as the keyring. Errors:
 * E_NO_MEMORY. */
MUST_USE enum status keyring_own(struct keyring *keyring, size_t size,
				 void **ret, struct error *err);

/* Adds an item, unless an equal one is there. What it points to must live as
 * long as the keyring. Errors: E_KEYRING_FULL, E_NO_MEMORY. */
MUST_USE enum status keyring_add_item(struct keyring *keyring,
				      const struct keyring_item *item,
				      struct error *err);

/* Makes room for count items in an empty keyring. Errors: E_NO_MEMORY. */
MUST_USE enum status keyring_reserve(struct keyring *keyring, uint32_t count,
				     struct error *err);

/* Whether items of the kind have a digest algorithm. */
static inline bool keyring_kind_has_digest(enum keyring_kind kind)
{
	return kind == KEYRING_DB_HASH || kind == KEYRING_DBX_HASH ||
	       kind == KEYRING_DBX_TBS;
}

#endif
