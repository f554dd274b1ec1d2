/*
 * The story of one boot: discover, show, choose, read, verify, unpack, load,
 * go. The only part that knows every step.
 */
#ifndef KEELBOOT_MENU_H
#define KEELBOOT_MENU_H

#include "base/error.h"
#include "config.h"
#include "authority.h"
#include "scan.h"

/*
 * The menu on every console. root is NULL on the machine itself; on a host it
 * is the directory that stands for the machine's partitions, the menu is on the
 * terminal it was started from, and a choice is carried out up to the point
 * where the running kernel would be asked to load something.
 *
 * Returns an exit status for init (init.h) or, on a host, for the shell.
 */
int menu_run(const char *root);

/* Everything but the jump: reads, verifies, unpacks and loads an entry.
 * Errors: those of prepare_entry(), zboot_load() and kexec_load_kernel(). */
MUST_USE enum status boot_load(struct scan *scan,
			       const struct boot_entry *entry,
			       const struct config *config,
			       const struct verify_context *verify,
			       struct kexec_loaded *ret, struct error *err);

#endif
