/*
 * What the files of format/lease.h share: the message, and what is read of it.
 */
#ifndef KEELBOOT_FORMAT_LEASE_PARTS_H
#define KEELBOOT_FORMAT_LEASE_PARTS_H

#include "format/lease.h"

struct lease_reader {
	struct span entries; /* "name=value\0" ... */
	struct lease *lease;
	struct error *err;
};

/* The event into lease, and that each variable stands there once. Errors:
 * E_LEASE_LENGTH to E_LEASE_TWICE. */
MUST_USE enum status lease_read_message(struct lease_reader *r,
					struct span message);

/* The value of a variable; false if it is not there. */
bool lease_find(const struct lease_reader *r, const char *name,
		struct span *ret);

#endif
