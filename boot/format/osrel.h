/*
 * os-release(5) text, as it stands in a UKI's .osrel section: KEY=value lines
 * with shell-like quoting. Nothing is expanded and nothing is executed.
 */
#ifndef KEELBOOT_FORMAT_OSREL_H
#define KEELBOOT_FORMAT_OSREL_H

#include "base/span.h"
#include "base/text.h"

/*
 * The text ends at its first NUL; a value ends with its line. There are no
 * errors: a menu shows what can be read.
 */

/* The unquoted value of a key, cleaned for display; false, with *ret untouched,
 * if the key is not there. The last of several counts, as with a shell. */
MUST_USE bool osrel_get(struct span text, const char *key, struct display *ret);

/*
 * What the entry of an image is called, its version and what it is sorted by:
 * the first of these keys that is there and not empty, as systemd-boot and
 * bootctl pick them. False, with *ret untouched, if there is none.
 *
 *   title     PRETTY_NAME, IMAGE_ID, NAME, ID
 *   version   IMAGE_VERSION, VERSION, VERSION_ID, BUILD_ID
 *   sort key  IMAGE_ID, ID
 */
MUST_USE bool osrel_title(struct span text, struct display *ret);
MUST_USE bool osrel_version(struct span text, struct display *ret);
MUST_USE bool osrel_sort_key(struct span text, struct display *ret);

#endif
