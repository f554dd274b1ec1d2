/*
 * What keelboot check-config knows of files that are entries.
 */
#ifndef KEELBOOT_COMMAND_CHECK_H
#define KEELBOOT_COMMAND_CHECK_H

#include "base/json.h"
#include "base/span.h"

/* Whether a file is meant as an entry (Boot Loader Specification type 1, of a
 * disk or of the network), not as a keelboot.conf: it lies in a folder
 * `entries`, has more keys of the one than of the other, or as many with a
 * uki-url among them under another name than keelboot.conf. */
bool check_is_entry(const char *path, struct span text);

/* Tells of each line on standard output, or as objects of an array that json
 * has open. Returns the number of what was not understood. */
unsigned check_entry(const char *path, struct span text, struct json *json);

#endif
