/*
 * The kexec and reboot system calls, see kexec_syscall.h. The numbers are
 * written out: musl has neither wrappers nor constants, and the kernel's header
 * has names of its own for our types.
 */
#include "kexec_syscall.h"

#include "base/log.h"
#include "base/own.h"
#include "kexec_arm64.h"
#include "kexec_explain.h"
#include "kexec_segments.h"
#include "kexec_x86.h"
#include "sys/meminfo.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/syscall.h>

/* Flags of kexec_file_load(2) and the machines of kexec_load(2), which are the
 * numbers of ELF in the upper half. */
#define FILE_UNLOAD	  0x1UL
#define FILE_NO_INITRAMFS 0x4UL
#define LOAD_X86_64	  (62UL << 16)
#define LOAD_AARCH64	  (183UL << 16)

/* Commands of reboot(2). */
#define REBOOT_MAGIC1	 0xfee1deadUL
#define REBOOT_MAGIC2	 672274793UL
#define REBOOT_KEXEC	 0x45584543UL
#define REBOOT_RESTART	 0x01234567UL
#define REBOOT_POWER_OFF 0x4321fedcUL

/* --- the calls ------------------------------------------------------------ */

/* 0 or an errno. */
static int call_file_load(int kernel, int initrd, const char *cmdline,
			  size_t cmdline_len, unsigned long flags)
{
	return syscall(SYS_kexec_file_load, kernel, initrd, cmdline_len,
		       cmdline, flags) < 0
		       ? errno
		       : 0;
}

/* struct kexec_segment of the system call. */
struct raw_segment {
	const void *buf;
	size_t bufsz;
	unsigned long mem;
	size_t memsz;
};

static int call_load(const struct kexec_segments *list, unsigned long machine)
{
	struct raw_segment raw[KEXEC_SEGMENTS_MAX];

	for (uint32_t i = 0; i < list->count; i++) {
		raw[i].buf = list->at[i].bytes.ptr;
		raw[i].bufsz = list->at[i].bytes.len;
		raw[i].mem = (unsigned long)list->at[i].mem;
		raw[i].memsz = (size_t)list->at[i].memsz;
	}
	return syscall(SYS_kexec_load, (unsigned long)list->entry,
		       (unsigned long)list->count, raw, machine) < 0
		       ? errno
		       : 0;
}

/* Asks with flags that no kernel knows: EINVAL or, without the right to,
 * EPERM, unless the call is not there at all. */
static bool has_file_load(void)
{
	int sys = call_file_load(-1, -1, NULL, 0, ~0UL);

	return sys != ENOSYS && sys != EOPNOTSUPP;
}

void kexec_unload(void)
{
	struct kexec_segments none = { .count = 0 };

	/* Both calls share one image; the second is refused under lockdown. */
	if (call_file_load(-1, -1, NULL, 0, FILE_UNLOAD))
		call_load(&none, 0);
}

static enum status refuse(enum kexec_mode used, int sys,
			  const struct loadable_kernel *kernel,
			  const struct kexec_segments *segments,
			  struct error *err)
{
	struct kexec_refusal refusal = {
		.used = used,
		.sys = sys,
		.kernel = kernel,
		.segments = segments,
		.locks = platform_read_locks("/"),
	};

	return kexec_explain(&refusal, err);
}

/* --- what is checked before ------------------------------------------------
 */

static enum status check_machine(const struct loadable_kernel *kernel,
				 struct error *err)
{
	uint16_t native = pe_machine_native();

	if (kernel->view.machine == native)
		return OK;
	return fail(err, E_KEXEC_MACHINE,
		    "the kernel is for %s, this machine is %s",
		    pe_machine_name(kernel->view.machine),
		    pe_machine_name(native));
}

static enum status check_cmdline(const struct loadable_kernel *kernel,
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

/* What the kernel answers with a bare EINVAL, after it has read both files: its
 * limit for all segments, of which the two largest are known. */
static enum status check_file_memory(const struct loadable_kernel *kernel,
				     struct error *err)
{
	uint64_t image = kernel->view.image_size;
	struct meminfo memory;
	enum status s = meminfo_read(MEMINFO_PATH, &memory, err);

	if (s != OK)
		return s;
	if (image < kernel->kernel.bytes.len)
		image = kernel->kernel.bytes.len;
	if (add_size(image, kernel->initrd.bytes.len, &image) &&
	    image <= memory.total_bytes / 2)
		return OK;
	return fail(err, E_KEXEC_HALF_RAM,
		    "the next kernel and its initrd take %" PRIu64
		    " KiB of memory, and kexec allows half of this machine's "
		    "%" PRIu64 " KiB",
		    image / 1024, memory.total_bytes / 1024);
}

/* --- the two ways ----------------------------------------------------------
 */

/* *ret_missing tells a kernel without the call, for which there is the other
 * way, from one that refuses. */
static enum status load_file(const struct loadable_kernel *kernel,
			     struct kexec_loaded *ret, bool *ret_missing,
			     struct error *err)
{
	bool has_initrd = kernel->initrd.bytes.len;
	enum status s = check_cmdline(kernel, KEXEC_FILE, err);
	int sys;

	*ret_missing = false;
	if (s == OK)
		s = check_file_memory(kernel, err);
	if (s != OK)
		return s;
	sys = call_file_load(kernel->kernel.fd,
			     has_initrd ? kernel->initrd.fd : -1,
			     kernel->cmdline.text, kernel->cmdline.len + 1UL,
			     has_initrd ? 0 : FILE_NO_INITRAMFS);
	*ret_missing = sys == ENOSYS || sys == EOPNOTSUPP;
	if (sys)
		return refuse(KEXEC_FILE, sys, kernel, NULL, err);
	*ret = (struct kexec_loaded){
		.used = KEXEC_FILE,
		.bytes = kernel->kernel.bytes.len + kernel->initrd.bytes.len,
	};
	return OK;
}

struct loader {
	uint16_t machine;
	unsigned long flags;
	size_t (*scratch)(const struct platform *,
			  const struct loadable_kernel *);
	enum status (*plan)(const struct platform *,
			    const struct loadable_kernel *,
			    const struct kexec_seeds *, uint8_t *, size_t,
			    struct kexec_segments *, struct error *);
};

static const struct loader loaders[] = {
	{ PE_MACHINE_X86_64, LOAD_X86_64, kexec_x86_scratch, kexec_x86_plan },
	{ PE_MACHINE_ARM64, LOAD_AARCH64, kexec_arm64_scratch,
	  kexec_arm64_plan },
};

static const struct loader *find_loader(uint16_t machine)
{
	for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++) {
		if (loaders[i].machine == machine)
			return &loaders[i];
	}
	return NULL;
}

static struct kexec_seeds draw_seeds(void)
{
	struct kexec_seeds seeds = { .has_seeds = false };

	seeds.has_seeds = platform_random(&seeds.kaslr, sizeof(seeds.kaslr)) &&
			  platform_random(seeds.rng, sizeof(seeds.rng));
	if (!seeds.has_seeds)
		log_warn("kexec: the random generator is not seeded yet, the "
			 "next kernel gets no seed");
	return seeds;
}

static enum status load_segments(const struct loader *loader,
				 const struct platform *platform,
				 const struct loadable_kernel *kernel,
				 struct kexec_loaded *ret, struct error *err)
{
	size_t len = loader->scratch(platform, kernel);
	_free_ uint8_t *scratch = malloc(len);
	struct kexec_seeds seeds = draw_seeds();
	struct kexec_segments list;
	enum status s;
	int sys;

	if (!scratch)
		return fail(err, E_NO_MEMORY,
			    "no memory for %zu bytes of boot data", len);
	s = loader->plan(platform, kernel, &seeds, scratch, len, &list, err);
	if (s != OK)
		return s;
	for (uint32_t i = 0; i < list.count; i++)
		log_info("kexec: %s of %zu bytes to 0x%" PRIx64 "-0x%" PRIx64,
			 list.at[i].name, list.at[i].bytes.len, list.at[i].mem,
			 list.at[i].mem + list.at[i].memsz - 1);
	sys = call_load(&list, loader->flags);
	if (sys)
		return refuse(KEXEC_LOAD, sys, kernel, &list, err);
	*ret = (struct kexec_loaded){
		.used = KEXEC_LOAD,
		.bytes = kexec_segments_total(&list),
	};
	return OK;
}

static enum status load_own(const struct loadable_kernel *kernel,
			    struct kexec_loaded *ret, struct error *err)
{
	const struct loader *loader = find_loader(kernel->view.machine);
	_drop_platform_ struct platform platform = { .machine = 0 };
	enum status s;

	if (!loader)
		return fail(err, E_KEXEC_ARCH,
			    "keelboot cannot start a kernel for %s through "
			    "kexec_load(2): set \"kexec = file\"",
			    pe_machine_name(kernel->view.machine));
	s = check_cmdline(kernel, KEXEC_LOAD, err);
	if (s == OK)
		s = platform_read("/", kernel->view.machine, &platform, err);
	if (s != OK)
		return s;
	if (platform_has_efi(&platform) && !platform_has_efi_runtime(&platform))
		log_warn("kexec: the next kernel gets no EFI services: the "
			 "running one does not use them, or lacks "
			 "CONFIG_EFI_RUNTIME_MAP");
	return load_segments(loader, &platform, kernel, ret, err);
}

static enum status load_any(const struct loadable_kernel *kernel,
			    enum kexec_mode mode, struct kexec_loaded *ret,
			    struct error *err)
{
	bool is_missing;
	enum status s;

	if (mode == KEXEC_LOAD)
		return load_own(kernel, ret, err);
	if (mode == KEXEC_FILE && kernel->dtb.bytes.len)
		return fail(err, E_KEXEC_DTB,
			    "the image has a device tree of %zu bytes, which "
			    "kexec_file_load(2) cannot hand over: set \"kexec "
			    "= auto\"",
			    kernel->dtb.bytes.len);
	if (mode == KEXEC_FILE)
		return load_file(kernel, ret, &is_missing, err);
	if (kernel->dtb.bytes.len || !has_file_load())
		return load_own(kernel, ret, err);
	s = load_file(kernel, ret, &is_missing, err);
	return s != OK && is_missing ? load_own(kernel, ret, err) : s;
}

enum status kexec_load_kernel(const struct loadable_kernel *kernel,
			      enum kexec_mode mode, struct kexec_loaded *ret,
			      struct error *err)
{
	enum status s = check_machine(kernel, err);

	if (s != OK)
		return s;
	/* A failed load leaves an earlier kernel in place: that must not be
	 * what a later jump goes to. */
	kexec_unload();
	s = load_any(kernel, mode, ret, err);
	if (s == E_KEXEC_NO_LOAD && mode == KEXEC_AUTO &&
	    !kernel->dtb.bytes.len)
		return fail(err, E_KEXEC_NONE,
			    "the running kernel cannot start another: build it "
			    "with CONFIG_KEXEC_FILE or CONFIG_KEXEC");
	return s;
}

/* --- reboot(2) -------------------------------------------------------------
 */

static int call_reboot(unsigned long command)
{
	syscall(SYS_reboot, REBOOT_MAGIC1, REBOOT_MAGIC2, command, NULL);
	return errno;
}

enum status kexec_go(const struct kexec_loaded *loaded, struct error *err)
{
	int sys;

	if (loaded->used != KEXEC_FILE && loaded->used != KEXEC_LOAD)
		return fail(err, E_KEXEC_NOT_LOADED,
			    "there is no kernel to jump to: none was loaded");
	sys = call_reboot(REBOOT_KEXEC);
	if (sys == EINVAL)
		return fail_sys(err, E_KEXEC_NOT_LOADED, sys,
				"the running kernel has no kernel loaded any "
				"more");
	return fail_sys(err, E_KEXEC_JUMP, sys,
			"unable to jump to the loaded kernel of %" PRIu64
			" bytes",
			loaded->bytes);
}

enum status system_restart(struct error *err)
{
	return fail_sys(err, E_SYSTEM_RESTART, call_reboot(REBOOT_RESTART),
			"unable to restart the machine");
}

enum status system_power_off(struct error *err)
{
	return fail_sys(err, E_SYSTEM_POWER_OFF, call_reboot(REBOOT_POWER_OFF),
			"unable to switch the machine off");
}
