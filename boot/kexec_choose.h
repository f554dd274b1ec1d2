/*
 * Which of the two ways into the next kernel is taken, and what a kernel must
 * keep to on that way. Pure.
 */
#ifndef KEELBOOT_KEXEC_CHOOSE_H
#define KEELBOOT_KEXEC_CHOOSE_H

#include "kexec_syscall.h"
#include "sys/meminfo.h"

/* What the choice depends on. */
struct kexec_facts {
	bool has_file; /* the running kernel has kexec_file_load(2) */
	bool has_load; /* and kexec_load(2) */
	bool is_locked_down;
	bool has_dtb; /* the image brings a device tree */
	/* The running kernel's own tree is one that the next may not take as it
	 * is, see fdt_lacks_secure_boot(). */
	bool tree_needs_edit;
};

/*
 * KEXEC_FILE or KEXEC_LOAD for what the configuration asks. With KEXEC_AUTO the
 * kernel's own loader comes first; ours where the kernel has none, or the next
 * kernel needs what only we can hand over.
 *
 * Errors: E_KEXEC_DTB (KEXEC_FILE with a device tree), E_KEXEC_NO_FILE,
 * E_KEXEC_NO_LOAD, E_KEXEC_NONE.
 */
enum status kexec_choose(enum kexec_mode asked, const struct kexec_facts *facts,
			 enum kexec_mode *ret, struct error *err);

/* Longest command line, without its NUL, that this kernel takes this way; 0 if
 * there is no limit that is known. */
uint32_t kexec_cmdline_limit(const struct kimage_view *view,
			     enum kexec_mode used);

/* Errors: E_KEXEC_CMDLINE. */
enum status kexec_check_cmdline(const struct loadable_kernel *kernel,
				enum kexec_mode used, struct error *err);

/* Errors: E_KEXEC_MACHINE. */
enum status kexec_check_machine(const struct loadable_kernel *kernel,
				uint16_t running, struct error *err);

/*
 * Memory for kexec_file_load(2). The kernel answers with a bare EINVAL, after
 * it has read both files, when all segments are more than half of RAM; of them
 * the two largest are known. When its copies do not fit, it is this process
 * that gets killed.
 *
 * Errors: E_KEXEC_HALF_RAM, E_KEXEC_MEMORY.
 */
enum status kexec_check_file_memory(const struct loadable_kernel *kernel,
				    const struct meminfo *memory,
				    struct error *err);

/* The same for kexec_load(2), which copies need bytes. Errors: E_KEXEC_MEMORY.
 */
enum status kexec_check_available(uint64_t need, const struct meminfo *memory,
				  struct error *err);

#endif
