/*
 * Why the running kernel does not take the next one: an errno and what is known
 * around it, as a status of its own and a sentence that says what to change.
 * Where the running kernel has judged signatures itself, the sentence has
 * keelboot's verdict and the kernel's side by side. Pure.
 */
#ifndef KEELBOOT_KEXEC_EXPLAIN_H
#define KEELBOOT_KEXEC_EXPLAIN_H

#include "kexec_segments.h"
#include "kexec_syscall.h"

struct kexec_refusal {
	enum kexec_mode used; /* KEXEC_FILE or KEXEC_LOAD */
	int sys;	      /* errno of the system call */
	const struct loadable_kernel *kernel;
	const struct kexec_segments *segments; /* NULL with KEXEC_FILE */
	struct platform_locks locks;
};

/*
 * Errors: E_KEXEC_NO_FILE, E_KEXEC_NO_LOAD, E_KEXEC_SIGNATURE,
 * E_KEXEC_LOCKDOWN, E_KEXEC_DISABLED, E_KEXEC_PERMISSION, E_KEXEC_FORMAT,
 * E_KEXEC_BUSY, E_KEXEC_WRITABLE, E_KEXEC_INVALID, E_KEXEC_MEMORY,
 * E_KEXEC_ADDRESS, E_KEXEC_FAILED. Never OK.
 */
enum status kexec_explain(const struct kexec_refusal *refusal,
			  struct error *err);

#endif
