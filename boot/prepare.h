/*
 * boot_entry -> load_request: every file of an entry read once and verified.
 *
 * A loose entry is covered as a whole or not at all. Where it has a manifest,
 * every file and the options must be in it, in boot order: kernel, initrds,
 * device tree, options. Without one, under enforce, only a kernel with a
 * signature of its own and nothing beside it can boot.
 */
#ifndef KEELBOOT_PREPARE_H
#define KEELBOOT_PREPARE_H

#include "config.h"
#include "scan.h"
#include "zboot_load.h"

/* Reads and verifies. The request points into scan's configured entries and
 * config. Errors: E_ENTRY_NOT_BOOTABLE with the entry's own reason, those of
 * scan_read() and of the doors of verify.h. */
MUST_USE enum status prepare_entry(struct scan *scan,
				   const struct boot_entry *entry,
				   const struct config *config,
				   const struct verify_context *verify,
				   struct load_request *ret, struct error *err);

#endif
