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

/* What an operator wants of a boot; all zero: the entry as it is. */
struct boot_wish {
	/* The whole command line, edited: it takes the place of the planned
	 * one, with what addons, the firmware and the configuration add to it.
	 * NULL: as planned; "" is an empty one. */
	const char *options;
	/* Words that keep a boot quiet go, and some that make it talk come
	 * (verbose.h); not together with options. */
	bool is_verbose;
};

/*
 * wish may be NULL. Whatever it says, each file is read and verified as
 * without it: only the words are the operator's, and nothing vouches for them.
 *
 * Errors: E_POLICY_EDITOR (a wish, where policy_editor_allowed() is false),
 * those of prepare_entry(), zboot_load() and kexec_load_kernel(), which refuses
 * a line that is too long for the kernel (E_KEXEC_CMDLINE).
 */
MUST_USE enum status boot_load(struct scan *scan,
			       const struct boot_entry *entry,
			       const struct config *config,
			       const struct verify_context *verify,
			       const struct boot_wish *wish,
			       struct kexec_loaded *ret, struct error *err);

/* What a host can do of it: the running kernel is not asked. Always an error:
 * E_REHEARSED says what would boot, else those of boot_load() without
 * kexec_load_kernel()'s. */
enum status boot_rehearse(struct scan *scan, const struct boot_entry *entry,
			  const struct config *config,
			  const struct verify_context *verify,
			  const struct boot_wish *wish, struct error *err);

/*
 * The command line that boot_load() without a wish would hand over, with where
 * each piece of it comes from, and in *ret_limit how many bytes, without a NUL,
 * this very kernel takes on the way that it would be loaded. Reads and verifies
 * everything, as only then it is known what counts.
 *
 * Errors: those of boot_load(), E_POLICY_EDITOR always where editing is locked.
 */
MUST_USE enum status boot_command_line(struct scan *scan,
				       const struct boot_entry *entry,
				       const struct config *config,
				       const struct verify_context *verify,
				       struct cmdline *ret, size_t *ret_limit,
				       struct error *err);

#endif
