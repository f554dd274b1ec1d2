/*
 * os-release(5) text, as it stands in a UKI's .osrel section: KEY=value lines
 * with shell-like quoting. Nothing is expanded and nothing is executed.
 */
#ifndef KEELBOOT_FORMAT_OSREL_H
#define KEELBOOT_FORMAT_OSREL_H

#include "base/span.h"
#include "base/text.h"

/* The unquoted value of a key, cleaned for display; false if the key is not
 * there. The last of several counts, as with a shell. */
bool osrel_get(struct span text, const char *key, struct display *ret);

/* What a menu calls the image: PRETTY_NAME, else NAME and VERSION, else
 * IMAGE_ID, else ID; false if none is there. */
bool osrel_title(struct span text, struct display *ret);

#endif
