/*
 * boot_entry -> load_request: every file of an entry read once and verified.
 *
 * A loose entry is covered as a whole or not at all. Where it has a manifest,
 * every file and the options must be in it, in boot order: kernel, initrds,
 * device tree, overlays, extra, companions, options. Without one, under
 * enforce, only a kernel with a signature of its own and nothing beside it can
 * boot. What stands beside a UKI with a signature of its own is left out under
 * enforce, unless it has a signature too (addons), or the UKI's manifest names
 * it: then the set counts as a whole. What is left out, and why, is in the
 * request's notes.
 *
 * prepare.c has the order, prepare_record.c what a record may say,
 * prepare_companions.c what stands beside the entry, prepare_options.c texts.
 */
#ifndef KEELBOOT_PREPARE_H
#define KEELBOOT_PREPARE_H

#include "config.h"
#include "scan.h"
#include "zboot_load.h"

/* Reads and verifies. The request points into config. Errors:
 * E_ENTRY_NOT_BOOTABLE with the entry's own reason, E_VERIFY_UNCOVERED (options
 * nothing vouches for), E_PROBE_PROTOCOL (parts that such an entry has not, or
 * has and the record lacks), E_LOAD_THIN (a thin UKI whose files are not those
 * that it names), those of scan_read() and of the doors of verify.h; of a
 * network entry E_NET_TEXT (it is a text: scan->net has it), E_NET_MENU_KIND
 * (it is an HTML page, say), those of template_expand() and of net.h. */
MUST_USE enum status prepare_entry(struct scan *scan,
				   const struct boot_entry *entry,
				   const struct config *config,
				   const struct verify_context *verify,
				   struct load_request *ret, struct error *err);

/* As what a manifest has a companion of this role; false for other files. */
MUST_USE bool prepare_companion_role(enum file_role role,
				     enum manifest_role *ret);

#endif
