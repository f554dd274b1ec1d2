/*
 * The choice between kexec_file_load(2) and kexec_load(2), see kexec_choose.h.
 */
#include "kexec_choose.h"

#include <inttypes.h>

/* kexec_file_load(2) on x86 keeps room for " elfcorehdr=0x…" and counts the
 * NUL (kexec-bzimage64.c, MAX_ELFCOREHDR_STR_LEN). */
#define FILE_RESERVE_X86 31U

/* COMMAND_LINE_SIZE of the other architectures, less the NUL. They cut what is
 * longer without a word. */
#define LIMIT_ARM64	2047U
#define LIMIT_RISCV	2047U
#define LIMIT_LOONGARCH 4095U

uint32_t kexec_cmdline_limit(const struct kimage_view *view,
			     enum kexec_mode used)
{
	switch (view->kind) {
	case KIMAGE_BZIMAGE:
		if (used != KEXEC_FILE)
			return view->cmdline_size;
		return view->cmdline_size > FILE_RESERVE_X86
			       ? view->cmdline_size - FILE_RESERVE_X86
			       : 1;
	case KIMAGE_ARM64:
		return LIMIT_ARM64;
	case KIMAGE_RISCV:
		return LIMIT_RISCV;
	case KIMAGE_LOONGARCH:
		return LIMIT_LOONGARCH;
	case KIMAGE_NONE:
	default:
		return 0;
	}
}

enum status kexec_check_cmdline(const struct loadable_kernel *kernel,
				enum kexec_mode used, struct error *err)
{
	uint32_t limit = kexec_cmdline_limit(&kernel->view, used);

	if (!limit || kernel->cmdline.len <= limit)
		return OK;
	return fail(err, E_KEXEC_CMDLINE,
		    "the command line has %u bytes, this %s takes %u%s",
		    kernel->cmdline.len, kimage_kind_name(kernel->view.kind),
		    limit,
		    used == KEXEC_FILE ? " through kexec_file_load(2)" : "");
}

enum status kexec_check_machine(const struct loadable_kernel *kernel,
				uint16_t running, struct error *err)
{
	if (kernel->view.machine == running)
		return OK;
	return fail(err, E_KEXEC_MACHINE,
		    "the kernel is for %s, this machine is %s",
		    pe_machine_name(kernel->view.machine),
		    pe_machine_name(running));
}

enum status kexec_check_available(uint64_t need, const struct meminfo *memory,
				  struct error *err)
{
	/* With each page goes an entry of 8 bytes in the kernel's list, and
	 * there are page tables and a little more. */
	uint64_t all = need + need / 128;

	if (all <= memory->available_bytes)
		return OK;
	return fail(err, E_KEXEC_MEMORY,
		    "the running kernel's copies of the next kernel and its "
		    "initrd take %" PRIu64 " KiB of memory, %" PRIu64
		    " KiB are available",
		    all / 1024, memory->available_bytes / 1024);
}

enum status kexec_check_file_memory(const struct loadable_kernel *kernel,
				    const struct meminfo *memory,
				    struct error *err)
{
	uint64_t files = kernel->kernel.bytes.len;
	uint64_t image = kernel->view.image_size > files
				 ? kernel->view.image_size
				 : files;

	if (!add_size(image, kernel->initrd.bytes.len, &image) ||
	    image > memory->total_bytes / 2)
		return fail(err, E_KEXEC_HALF_RAM,
			    "the next kernel and its initrd take %" PRIu64
			    " KiB of memory, and kexec allows half of this "
			    "machine's %" PRIu64 " KiB",
			    image / 1024, memory->total_bytes / 1024);
	/* It reads both files into memory before it makes the segments. */
	return kexec_check_available(image + files + kernel->initrd.bytes.len,
				     memory, err);
}

static enum status choose_auto(const struct kexec_facts *facts,
			       enum kexec_mode *ret, struct error *err)
{
	if (!facts->has_file && !facts->has_load)
		return fail(err, E_KEXEC_NONE,
			    "the running kernel cannot start another: build it "
			    "with CONFIG_KEXEC_FILE or CONFIG_KEXEC");
	if (facts->has_dtb && !facts->has_load)
		return fail(err, E_KEXEC_NO_LOAD,
			    "the image has a device tree, which only "
			    "kexec_load(2) can hand over, and the running "
			    "kernel has none: build it with CONFIG_KEXEC");
	*ret = KEXEC_FILE;
	if (facts->has_dtb || !facts->has_file)
		*ret = KEXEC_LOAD;
	else if (facts->tree_needs_edit && facts->has_load &&
		 !facts->is_locked_down)
		*ret = KEXEC_LOAD;
	return OK;
}

enum status kexec_choose(enum kexec_mode asked, const struct kexec_facts *facts,
			 enum kexec_mode *ret, struct error *err)
{
	if (asked == KEXEC_AUTO)
		return choose_auto(facts, ret, err);
	if (asked == KEXEC_FILE && facts->has_dtb)
		return fail(err, E_KEXEC_DTB,
			    "the image has a device tree, which "
			    "kexec_file_load(2) cannot hand over: set \"kexec "
			    "= auto\"");
	if (asked == KEXEC_FILE && !facts->has_file)
		return fail(err, E_KEXEC_NO_FILE,
			    "the running kernel has no kexec_file_load(2): "
			    "set \"kexec = auto\", or build it with "
			    "CONFIG_KEXEC_FILE");
	if (asked == KEXEC_LOAD && !facts->has_load)
		return fail(err, E_KEXEC_NO_LOAD,
			    "the running kernel has no kexec_load(2): set "
			    "\"kexec = auto\", or build it with "
			    "CONFIG_KEXEC");
	*ret = asked;
	return OK;
}
