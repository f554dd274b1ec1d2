/*
 * What the commands that need the list of entries share.
 */
#ifndef KEELBOOT_COMMAND_SCAN_H
#define KEELBOOT_COMMAND_SCAN_H

#include "config.h"
#include "scan.h"

/* Loads the configuration, scans the machine (or the directory root) and waits
 * until every disk has answered or was given up. The caller calls scan_end()
 * on success, and free() of *ret_config in any case. Errors: E_NO_MEMORY, those
 * of scan_begin(). */
enum status command_scan_begin(const char *root, struct config **ret_config,
			       struct scan *scan, struct error *err);

/* The first entry whose id or title matches; NULL with E_ENTRY_NONE. */
struct boot_entry *command_scan_find(struct scan *scan, const char *name,
				     struct error *err);

#endif
