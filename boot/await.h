/*
 * What must be there before an entry boots by itself: `wait-for` of
 * keelboot.conf(5). Pure: it looks at the list as it is.
 */
#ifndef KEELBOOT_AWAIT_H
#define KEELBOOT_AWAIT_H

#include "scan.h"

/*
 * Words are divided by blanks; one with blanks in it stands in double quotes.
 *
 *	disk                   any entry that is offered
 *	PARTUUID= UUID=        of a partition on which something was found;
 *	                       upper and lower case are the same
 *	LABEL=                 of its file system
 *	anything else          a pattern (fnmatch(3)) of the name, model or
 *	                       serial number of a disk that has answered, or of
 *	                       the id of an entry that is offered
 *
 * True if all of them are there; else *ret_missing is the first that is not.
 */
bool await_is_there(const char *words, const struct scan *scan,
		    struct display *ret_missing);

/* Whether a boot that nobody watches has to wait still: something is missing
 * and less than timeout_s seconds have passed. */
bool await_is_holding(const char *words, uint32_t timeout_s, uint64_t waited_ms,
		      const struct scan *scan, struct display *ret_missing);

#endif
