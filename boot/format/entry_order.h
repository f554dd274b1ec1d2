/*
 * The order of entries in a menu, best first: UAPI.1, the Boot Loader
 * Specification, "Sorting", as systemd-boot and bootctl have it.
 */
#ifndef KEELBOOT_FORMAT_ENTRY_ORDER_H
#define KEELBOOT_FORMAT_ENTRY_ORDER_H

#include "base/span.h"

/* What decides about an entry's place. An empty span is a key that is not set.
 */
struct entry_order {
	bool counted;	     /* its name has a counter of attempts */
	uint32_t left, done; /* that counter; both count only with counted */
	struct span sort_key;
	struct span machine_id;
	struct span version;
	struct span id; /* entry_id_make() without profile */
	uint32_t profile;
};

/*
 * -1, 0 or 1: a comes before b, neither, or after it. In this order decide:
 * a bad entry (counted, none left) comes last; one with a sort key comes before
 * one without; where both have one, it and the machine id, in the order of
 * their bytes, then the newer version; the newer id; the lower profile; an
 * entry that is not counted before one that is; more attempts left; fewer done.
 *
 * The specification takes the suffix off the file name first. Like
 * systemd-boot this does not, as then "x-fallback.conf" would come before
 * "x.conf". And systemd-boot ties a counted entry with one that is not where
 * all else is equal, which makes no order of three; here the good one leads.
 */
MUST_USE int entry_order_compare(const struct entry_order *a,
				 const struct entry_order *b);

#endif
