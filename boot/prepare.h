/*
 * boot_entry -> load_request: every file of an entry read once and verified.
 */
#ifndef KEELBOOT_PREPARE_H
#define KEELBOOT_PREPARE_H

#include "config.h"
#include "scan.h"
#include "zboot_load.h"

/* Reads and verifies. The request points into scan's configured entries and
 * config. Errors: E_ENTRY_NOT_BOOTABLE with the entry's own reason, those of
 * scan_read(), verify_image() and verify_loose_file(). */
MUST_USE enum status prepare_entry(struct scan *scan,
				   const struct boot_entry *entry,
				   const struct config *config,
				   struct load_request *ret, struct error *err);

#endif
