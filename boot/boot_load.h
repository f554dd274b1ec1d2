/*
 * From an entry to a kernel that is loaded: reads, verifies, unpacks, and asks
 * the running kernel to load it. Everything but the jump.
 */
#ifndef KEELBOOT_BOOT_LOAD_H
#define KEELBOOT_BOOT_LOAD_H

#include "config.h"
#include "kexec_syscall.h"
#include "scan.h"
#include "verify.h"

/* Errors: those of prepare_entry(), zboot_load() and kexec_load_kernel(). */
MUST_USE enum status boot_load(struct scan *scan,
			       const struct boot_entry *entry,
			       const struct config *config,
			       const struct verify_context *verify,
			       struct kexec_loaded *ret, struct error *err);

/* What a host can do of it: the running kernel is not asked. Always an error:
 * E_UNSUPPORTED says what would boot, else those of prepare_entry() and
 * zboot_load(). */
enum status boot_rehearse(struct scan *scan, const struct boot_entry *entry,
			  const struct config *config,
			  const struct verify_context *verify,
			  struct error *err);

#endif
