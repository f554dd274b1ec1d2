/*
 * loadable_kernel -> the next kernel. The only file that makes the kexec and
 * reboot system calls.
 */
#ifndef KEELBOOT_KEXEC_SYSCALL_H
#define KEELBOOT_KEXEC_SYSCALL_H

#include "base/error.h"
#include "zboot_load.h"

enum kexec_mode {
	KEXEC_AUTO = 0, /* file where the running kernel has it and it can
			 * carry the image, else load */
	KEXEC_FILE,	/* kexec_file_load(2) or nothing */
	KEXEC_LOAD,	/* kexec_load(2) with our own segments or nothing */
};

struct kexec_loaded {
	enum kexec_mode used; /* KEXEC_FILE or KEXEC_LOAD */
	uint64_t bytes;	      /* handed to the kernel */
	uint64_t call_ms;     /* what the system call took */
};

/*
 * Loads a kernel into the running one. Nothing is loaded when it fails.
 *
 * With KEXEC_AUTO the second way is taken only where the running kernel has no
 * kexec_file_load or the image needs a device tree; a signature that the
 * running kernel refuses is final (E_KEXEC_SIGNATURE), as is a lockdown
 * (E_KEXEC_LOCKDOWN).
 *
 * A kernel without an initrd gets an empty archive where there is EFI: it would
 * take the running kernel's, whose memory is not its own any more.
 *
 * Errors: E_KEXEC_… in base/status.def.
 */
MUST_USE enum status kexec_load_kernel(const struct loadable_kernel *kernel,
				       enum kexec_mode mode,
				       struct kexec_loaded *ret,
				       struct error *err);

/* Longest command line, without its NUL, that kexec_load_kernel() would let
 * pass for a kernel of which view and dtb are known; CMDLINE_MAX - 1 where the
 * kernel has no limit. */
uint32_t kexec_cmdline_room(const struct loadable_kernel *kernel,
			    enum kexec_mode mode);

/* Forgets a loaded kernel. */
void kexec_unload(void);

/* Jumps. Comes back only when it failed. */
enum status kexec_go(const struct kexec_loaded *loaded, struct error *err);

/* Resets or switches off the machine. Come back only when that failed. */
enum status system_restart(struct error *err);
enum status system_power_off(struct error *err);

#endif
