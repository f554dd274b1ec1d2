/*
 * Reads the running machine, see platform.h. All files are small texts or
 * tables of procfs and sysfs, which the kernel answers from memory: nothing
 * here waits for a device.
 */
#include "sys/platform.h"

#include "base/own.h"
#include "base/text.h"
#include "format/pe.h"
#include "sys/file.h"
#include "sys/meminfo.h"
#include "sys/platform_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The largest of them is /proc/iomem: 80 bytes for each of thousands. */
#define FILE_MAX (4U << 20)

/* Enough for the first processor's lines of /proc/cpuinfo. */
#define CPUINFO_PREFIX 16384

/* In the boot parameters, zero-page.rst. */
#define PARAMS_ACPI_RSDP 0x070

/* The bytes of a file, at most max of them; *ret is the caller's. 0 or an
 * errno. */
static int read_all(int root, const char *path, size_t max, uint8_t **ret,
		    size_t *ret_len)
{
	_close_ int fd = openat(root, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	_free_ uint8_t *bytes = NULL;
	size_t cap = 4096, len = 0;

	if (fd < 0)
		return errno ? errno : EIO;
	for (;;) {
		ssize_t got;

		if (!bytes || len == cap) {
			uint8_t *more;

			cap = bytes ? cap * 2 : cap;
			more = realloc(bytes, cap);
			if (!more)
				return ENOMEM;
			bytes = more;
		}
		got = read(fd, bytes + len, cap - len);
		if (got < 0 && errno != EINTR)
			return errno ? errno : EIO;
		if (got > 0)
			len += (size_t)got;
		if (!got || len >= max)
			break;
	}
	*ret = take_ptr(bytes);
	*ret_len = len < max ? len : max;
	return 0;
}

static enum status need_file(int root, const char *path, const char *option,
			     uint8_t **ret, size_t *ret_len, struct error *err)
{
	int sys = read_all(root, path, FILE_MAX, ret, ret_len);

	if (sys == ENOENT)
		return fail_sys(err, E_PLATFORM_READ, sys,
				"unable to read /%s, which the running kernel "
				"has with %s",
				path, option);
	if (!sys && *ret_len == FILE_MAX)
		sys = EFBIG;
	if (sys)
		return fail_sys(err, E_PLATFORM_READ, sys, "unable to read /%s",
				path);
	return OK;
}

/* --- the firmware's memory map ------------------------------------------- */

static uint32_t memory_type(const char *name)
{
	static const struct {
		const char *name;
		uint32_t type;
	} types[] = {
		{ "System RAM", PLATFORM_RAM },
		{ "ACPI Tables", PLATFORM_ACPI },
		{ "ACPI Non-volatile Storage", PLATFORM_NVS },
		{ "Unusable memory", PLATFORM_UNUSABLE },
		{ "Persistent Memory", PLATFORM_PMEM },
		{ "Persistent Memory (legacy)", PLATFORM_PRAM },
		{ "Soft Reserved", PLATFORM_SOFT_RESERVED },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!strcmp(name, types[i].name))
			return types[i].type;
	}
	/* "Reserved", "reserved" of old kernels, and what is yet to come: the
	 * next kernel must keep off. */
	return PLATFORM_RESERVED;
}

static enum status read_memmap_entry(int root, const char *name,
				     struct platform *p, struct error *err)
{
	uint64_t start = 0, last = 0, end;
	char path[PATH_MAX], type[64];
	bool good;

	snprintf(path, sizeof(path), "sys/firmware/memmap/%s/start", name);
	good = platform_read_hex(root, path, &start);
	snprintf(path, sizeof(path), "sys/firmware/memmap/%s/end", name);
	good = good && platform_read_hex(root, path, &last);
	snprintf(path, sizeof(path), "sys/firmware/memmap/%s/type", name);
	good = good && file_read_line(root, path, type, sizeof(type));
	if (!good)
		return fail(err, E_PLATFORM_MEMMAP,
			    "/sys/firmware/memmap/%s has no readable start, "
			    "end and type",
			    name);
	if (last < start || !add_size(last, 1, &end))
		return fail(err, E_PLATFORM_MEMMAP,
			    "/sys/firmware/memmap/%s starts at 0x%llx and ends "
			    "at 0x%llx",
			    name, (unsigned long long)start,
			    (unsigned long long)last);
	return platform_ranges_add(&p->firmware, start, end, memory_type(type),
				   err);
}

static enum status read_memmap(int root, struct platform *p, struct error *err)
{
	static const char path[] = "sys/firmware/memmap";
	_close_folder_ DIR *folder = platform_open_folder(root, path);
	enum status s = OK;
	struct dirent *entry;

	if (!folder)
		return fail_sys(err, E_PLATFORM_READ, errno,
				"unable to read /%s, which the running kernel "
				"has with CONFIG_FIRMWARE_MEMMAP",
				path);
	while (s == OK && (entry = readdir(folder))) {
		if (entry->d_name[0] != '.')
			s = read_memmap_entry(root, entry->d_name, p, err);
	}
	if (s != OK)
		return s;
	platform_ranges_sort(&p->firmware, false);
	s = platform_ranges_intersect(&p->ram, &p->firmware, err);
	if (s == OK && !p->ram.count)
		return fail(err, E_PLATFORM_NO_RAM,
			    "no \"System RAM\" of /proc/iomem is \"System "
			    "RAM\" in the %zu entries of /%s",
			    p->firmware.count, path);
	return s;
}

/* --- one architecture after the other ------------------------------------- */

static bool cpuinfo_has_la57(struct span text)
{
	struct span line;

	while (span_next_line(&text, &line)) {
		if (!span_starts_with(line, "flags", 5))
			continue;
		for (size_t i = 0; i + 5 <= line.len; i++) {
			bool ends = i + 5 == line.len || line.ptr[i + 5] == ' ';

			if (ends && !memcmp(line.ptr + i, " la57", 5))
				return true;
		}
		return false;
	}
	return false;
}

static enum status read_x86(int root, struct platform *p, struct error *err)
{
	static const char params[] = "sys/kernel/boot_params/data";
	_free_ uint8_t *bytes = NULL, *cpuinfo = NULL;
	enum status s = read_memmap(root, p, err);
	size_t len;
	int sys;

	if (s != OK)
		return s;
	s = need_file(root, params, "CONFIG_SYSFS", &bytes, &len, err);
	if (s != OK)
		return s;
	if (len != sizeof(p->boot_params))
		return fail(err, E_PLATFORM_BOOT_PARAMS,
			    "/%s has %zu bytes, boot parameters have %zu",
			    params, len, sizeof(p->boot_params));
	memcpy(p->boot_params, bytes, len);
	p->rsdp = span_le64(span_of(bytes, len), PARAMS_ACPI_RSDP);
	sys = read_all(root, "proc/cpuinfo", CPUINFO_PREFIX, &cpuinfo, &len);
	if (sys)
		return fail_sys(err, E_PLATFORM_READ, sys,
				"unable to read /proc/cpuinfo");
	p->has_la57 = cpuinfo_has_la57(span_of(cpuinfo, len));
	return platform_read_efi(root, p, err);
}

static enum status read_arm64(int root, struct platform *p, struct error *err)
{
	static const char path[] = "sys/firmware/fdt";
	enum status s = need_file(root, path, "CONFIG_OF_EARLY_FLATTREE",
				  &p->fdt, &p->fdt_len, err);

	if (s == OK && !p->fdt_len)
		return fail(err, E_PLATFORM_FDT, "/%s is empty", path);
	return s;
}

static enum status read_common(int root, const char *root_path,
			       struct platform *p, struct error *err)
{
	_free_ uint8_t *iomem = NULL;
	struct meminfo memory;
	char path[PATH_MAX];
	size_t len;
	enum status s;

	snprintf(path, sizeof(path), "%s%s", root_path, MEMINFO_PATH);
	s = meminfo_read(path, &memory, err);
	if (s != OK)
		return s;
	p->ram_bytes = memory.total_bytes;
	p->page_size = (uint32_t)sysconf(_SC_PAGESIZE);
	s = need_file(root, "proc/iomem", "CONFIG_PROC_FS", &iomem, &len, err);
	if (s != OK)
		return s;
	return platform_parse_iomem(span_of(iomem, len), p, err);
}

enum status platform_read(const char *root, uint16_t machine,
			  struct platform *ret, struct error *err)
{
	_close_ int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct platform p = { .machine = machine };
	enum status s;

	if (machine != PE_MACHINE_X86_64 && machine != PE_MACHINE_ARM64)
		return fail(err, E_UNSUPPORTED,
			    "nothing is known of how to read a %s machine",
			    pe_machine_name(machine));
	if (fd < 0)
		return fail_sys(err, E_PLATFORM_READ, errno,
				"unable to open the folder %s", root);
	s = read_common(fd, root, &p, err);
	if (s == OK && machine == PE_MACHINE_X86_64)
		s = read_x86(fd, &p, err);
	else if (s == OK)
		s = read_arm64(fd, &p, err);
	if (s != OK) {
		platform_drop(&p);
		return s;
	}
	*ret = p;
	return OK;
}

void platform_drop(struct platform *platform)
{
	free(platform->ram.at);
	free(platform->reserved.at);
	free(platform->kernel.at);
	free(platform->firmware.at);
	free(platform->efi.regions);
	free(platform->fdt);
	memset(platform, 0, sizeof(*platform));
}

bool platform_is_efi(const char *root)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/sys/firmware/efi", root);
	return access(path, F_OK) == 0;
}

bool platform_random(void *buf, size_t len)
{
	return getrandom(buf, len, GRND_NONBLOCK) == (ssize_t)len;
}

/* --- what forbids --------------------------------------------------------- */

/* "none [integrity] confidentiality": the one in brackets. */
static void read_lockdown(int root, char *buf, size_t cap)
{
	char line[96], *start, *end;

	buf[0] = '\0';
	if (!file_read_line(root, "sys/kernel/security/lockdown", line,
			    sizeof(line)))
		return;
	start = strchr(line, '[');
	end = start ? strchr(start, ']') : NULL;
	if (!end)
		return;
	*end = '\0';
	/* A name too long is cut: locked down it is all the same. */
	if (strcmp(start + 1, "none"))
		snprintf(buf, cap, "%s", start + 1);
}

static bool has_cap_sys_boot(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { 0 };

	if (syscall(SYS_capget, &head, data))
		return false;
	return data[0].effective & (1U << CAP_SYS_BOOT);
}

struct platform_locks platform_read_locks(const char *root)
{
	_close_ int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct platform_locks locks = { .is_privileged = has_cap_sys_boot() };
	char line[32];

	read_lockdown(fd, locks.lockdown, sizeof(locks.lockdown));
	if (file_read_line(fd, "proc/sys/kernel/kexec_load_disabled", line,
			   sizeof(line)))
		locks.load_disabled = !strcmp(line, "1");
	if (file_read_line(fd, "proc/sys/kernel/kexec_load_limit_reboot", line,
			   sizeof(line)))
		locks.limit_reached = !strcmp(line, "0");
	return locks;
}
