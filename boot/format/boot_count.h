/*
 * Counters of boot attempts in the names of entries: UAPI.1, the Boot Loader
 * Specification, "Boot counting". `<base>+<left>[-<done>].conf`, or `.efi`.
 */
#ifndef KEELBOOT_FORMAT_BOOT_COUNT_H
#define KEELBOOT_FORMAT_BOOT_COUNT_H

#include "base/span.h"

/* The largest number either counter may have, as in systemd-boot; with more it
 * is part of the name and no counter. */
#define BOOT_COUNT_MAX 2147483647

struct boot_count {
	bool counted;	    /* else everything below is 0 */
	uint32_t left;	    /* attempts; none left: the entry is bad */
	uint32_t done;	    /* failed ones; 0 where the name has no second */
	size_t left_digits; /* how they are written, zeros in front too */
	size_t done_digits; /* 0 where the name has no second counter */
	size_t at;	    /* offset of the '+' */
	size_t len;	    /* from there to the suffix */
};

/*
 * Reads the counter of a file name (no path). The last '+' counts, behind it
 * come digits and the suffix only, in either case. A name that would be nothing
 * but its suffix without the counter has none: it could never be blessed.
 * Leading zeros do not count against BOOT_COUNT_MAX.
 */
struct boot_count boot_count_parse(struct span name);

/*
 * The name once the counter is gone, which is how an entry is known, and how it
 * is called when a boot was good. The name itself if it has no counter.
 *
 * This and the next write a NUL-terminated string; false, with an empty string
 * in ret, if cap (at least 1) is too small for it or the name has a NUL.
 */
MUST_USE bool boot_count_without(struct span name, char *ret, size_t cap);

/*
 * The name of a counted entry once it is being tried: one attempt less left
 * (not below 0), one more done. Numbers keep their digits: a smaller one gets
 * zeros in front, and the second stays at 99…9 when it is full. A name without
 * the second counter gets "-1". False too for a name without a counter.
 */
MUST_USE bool boot_count_after_attempt(struct span name, char *ret, size_t cap);

#endif
