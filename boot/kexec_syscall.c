/*
 * The kexec and reboot system calls, see kexec_syscall.h. The numbers are
 * written out: musl has neither wrappers nor constants, and the kernel's header
 * has names of its own for our types.
 */
#include "kexec_syscall.h"

#include "base/log.h"
#include "base/own.h"
#include "kexec_arm64.h"
#include "kexec_choose.h"
#include "kexec_explain.h"
#include "kexec_segments.h"
#include "kexec_x86.h"
#include "sys/meminfo.h"
#include "sys/proc.h"

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

/* --- the calls ------------------------------------------------------- */

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

/* Both are asked with flags that no kernel knows: EINVAL or, without the right
 * to, EPERM, unless the call is not there at all. */
static bool is_there(int sys)
{
	return sys != ENOSYS && sys != EOPNOTSUPP;
}

static bool has_file_load(void)
{
	return is_there(call_file_load(-1, -1, NULL, 0, ~0UL));
}

static bool has_load(void)
{
	struct kexec_segments none = { .count = 0 };

	return is_there(call_load(&none, 0xffffUL));
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

/* --- the two ways ---------------------------------------------------- */

static enum status load_file(const struct loadable_kernel *kernel,
			     struct kexec_loaded *ret, struct error *err)
{
	bool has_initrd = kernel->initrd.bytes.len;
	struct meminfo memory;
	enum status s = meminfo_read(MEMINFO_PATH, &memory, err);
	uint64_t begun;
	int sys;

	if (s == OK)
		s = kexec_check_file_memory(kernel, &memory, err);
	if (s != OK)
		return s;
	begun = now_ms();
	sys = call_file_load(kernel->kernel.fd,
			     has_initrd ? kernel->initrd.fd : -1,
			     kernel->cmdline.text, kernel->cmdline.len + 1UL,
			     has_initrd ? 0 : FILE_NO_INITRAMFS);
	if (sys)
		return refuse(KEXEC_FILE, sys, kernel, NULL, err);
	*ret = (struct kexec_loaded){
		.used = KEXEC_FILE,
		.bytes = kernel->kernel.bytes.len + kernel->initrd.bytes.len,
		.call_ms = now_ms() - begun,
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
	struct meminfo memory;
	uint64_t begun;
	enum status s;
	int sys;

	if (!scratch)
		return fail(err, E_NO_MEMORY,
			    "no memory for %zu bytes of boot data", len);
	s = loader->plan(platform, kernel, &seeds, scratch, len, &list, err);
	if (s == OK)
		s = meminfo_read(MEMINFO_PATH, &memory, err);
	if (s == OK)
		s = kexec_check_available(kexec_segments_total(&list), &memory,
					  err);
	if (s != OK)
		return s;
	for (uint32_t i = 0; i < list.count; i++)
		log_info("kexec: %s of %zu bytes to 0x%" PRIx64 "-0x%" PRIx64,
			 list.at[i].name, list.at[i].bytes.len, list.at[i].mem,
			 list.at[i].mem + list.at[i].memsz - 1);
	begun = now_ms();
	sys = call_load(&list, loader->flags);
	if (sys)
		return refuse(KEXEC_LOAD, sys, kernel, &list, err);
	*ret = (struct kexec_loaded){
		.used = KEXEC_LOAD,
		.bytes = kexec_segments_total(&list),
		.call_ms = now_ms() - begun,
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
	s = platform_read("/", kernel->view.machine, &platform, err);
	if (s != OK)
		return s;
	if (platform_has_efi(&platform) && !platform_has_efi_runtime(&platform))
		log_warn("kexec: the next kernel gets no EFI services: the "
			 "running one does not use them, or lacks "
			 "CONFIG_EFI_RUNTIME_MAP");
	return load_segments(loader, &platform, kernel, ret, err);
}

/* --- the choice ------------------------------------------------------ */

/* Whether the running kernel would hand on a tree without the property that
 * Debian's arm64 kernels want beside EFI. */
static bool tree_needs_edit(uint16_t machine)
{
	_drop_platform_ struct platform platform = { .machine = 0 };

	if (machine != PE_MACHINE_ARM64 ||
	    platform_read("/", machine, &platform, NULL) != OK)
		return false;
	return fdt_lacks_secure_boot(span_of(platform.fdt, platform.fdt_len));
}

static struct kexec_facts gather_facts(const struct loadable_kernel *kernel)
{
	struct platform_locks locks = platform_read_locks("/");

	return (struct kexec_facts){
		.has_file = has_file_load(),
		.has_load = has_load(),
		.is_locked_down = locks.lockdown[0],
		.has_dtb = kernel->dtb.bytes.len,
		.tree_needs_edit = tree_needs_edit(kernel->view.machine),
	};
}

uint32_t kexec_cmdline_room(const struct loadable_kernel *kernel,
			    enum kexec_mode mode)
{
	struct kexec_facts facts = gather_facts(kernel);
	enum kexec_mode way = KEXEC_FILE;
	uint32_t limit;

	/* Where there is no way the shorter one is promised: it will be said
	 * when it comes to loading. */
	if (kexec_choose(mode, &facts, &way, NULL) != OK)
		way = KEXEC_FILE;
	limit = kexec_cmdline_limit(&kernel->view, way);
	return limit && limit < CMDLINE_MAX ? limit : CMDLINE_MAX - 1;
}

static enum status load_any(const struct loadable_kernel *kernel,
			    enum kexec_mode mode, struct kexec_loaded *ret,
			    struct error *err)
{
	struct kexec_facts facts;
	enum kexec_mode way;
	enum status s = kexec_check_machine(kernel, pe_machine_native(), err);

	if (s != OK)
		return s;
	facts = gather_facts(kernel);
	s = kexec_choose(mode, &facts, &way, err);
	if (s == OK)
		s = kexec_check_cmdline(kernel, way, err);
	if (s != OK)
		return s;
	if (way == KEXEC_LOAD)
		return load_own(kernel, ret, err);
	s = load_file(kernel, ret, err);
	/* Only a call that is not there: whatever is refused stays refused. */
	if (s == E_KEXEC_NO_FILE && mode == KEXEC_AUTO && facts.has_load) {
		s = kexec_check_cmdline(kernel, KEXEC_LOAD, err);
		if (s == OK)
			s = load_own(kernel, ret, err);
	}
	return s;
}

/*
 * A kernel that gets no initrd but finds EFI takes the one that a table of the
 * firmware names. That is the running kernel's, whose memory, and the table's,
 * has long been used for something else: such a kernel dies ("Cannot find place
 * for new RAMDISK") or unpacks bytes that nobody has verified. An archive with
 * nothing in it keeps it from looking.
 */
static enum status make_empty_initrd(struct blob *ret, struct error *err)
{
	/* newc: magic, 13 fields of which nlink is 1 and namesize 11, the name
	 * of the last record; padded as cpio(1) does. */
	static const char last[] = "070701"
				   "000000000000000000000000"
				   "0000000000000001"
				   "000000000000000000000000"
				   "000000000000000000000000"
				   "0000000b00000000"
				   "TRAILER!!!";
	struct blob_writer writer;
	enum status s = blob_begin("initrd", &writer, err);

	if (s != OK)
		return s;
	s = blob_append(&writer, span_of(last, sizeof(last) - 1), err);
	if (s == OK)
		s = blob_append_zeros(&writer, 512 - (sizeof(last) - 1), err);
	if (s == OK)
		return blob_finish(&writer, ret, err);
	blob_abandon(&writer);
	return s;
}

enum status kexec_load_kernel(const struct loadable_kernel *kernel,
			      enum kexec_mode mode, struct kexec_loaded *ret,
			      struct error *err)
{
	_drop_blob_ struct blob empty = BLOB_NONE;
	struct loadable_kernel with_empty;
	enum status s;

	/* A failed load leaves an earlier kernel in place: that must not be
	 * what a later jump goes to. */
	kexec_unload();
	if (kernel->initrd.bytes.len || !platform_is_efi("/"))
		return load_any(kernel, mode, ret, err);
	s = make_empty_initrd(&empty, err);
	if (s != OK)
		return s;
	with_empty = *kernel;
	with_empty.initrd = empty;
	return load_any(&with_empty, mode, ret, err);
}

/* --- reboot(2) ------------------------------------------------------- */

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
