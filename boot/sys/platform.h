/*
 * What the running machine hands to the next kernel, read once into plain
 * data: which memory there is and what of it is taken, where the firmware's
 * tables are, and the parameters this kernel was itself started with.
 *
 * kexec_load(2) checks nothing of what it is told about memory, and a kernel
 * that is started without firmware learns about the machine only what is put
 * into its boot parameters or device tree. So both have to be known exactly.
 * Sources: Linux Documentation/ABI/testing/sysfs-firmware-memmap,
 * sysfs-firmware-efi and sysfs-firmware-efi-runtime-map,
 * Documentation/arch/x86/boot.rst and zero-page.rst, /proc/iomem.
 */
#ifndef KEELBOOT_SYS_PLATFORM_H
#define KEELBOOT_SYS_PLATFORM_H

#include "base/error.h"
#include "base/span.h"

/* More ranges than any machine has: the kernel's own limit for the firmware's
 * map is 128 + 3 for each of 1024 NUMA nodes, and /proc/iomem adds reserved
 * pieces. */
#define PLATFORM_RANGES_MAX 16384

#define PLATFORM_BOOT_PARAMS_LEN 4096
#define PLATFORM_EFI_MAP_MAX	 4096 /* runtime regions; real ones have 10-60 */

/* Type of a range in the firmware's map: the numbers of e820. */
enum platform_memory {
	PLATFORM_RAM = 1,
	PLATFORM_RESERVED = 2,
	PLATFORM_ACPI = 3,
	PLATFORM_NVS = 4,
	PLATFORM_UNUSABLE = 5,
	PLATFORM_PMEM = 7,
	PLATFORM_PRAM = 12,
	PLATFORM_SOFT_RESERVED = 0xefffffff,
};

struct platform_range {
	uint64_t start;
	uint64_t end; /* exclusive */
	uint32_t type;
};

/* Sorted by start. */
struct platform_ranges {
	struct platform_range *at;
	size_t count;
	size_t cap;
};

/* A region of the firmware's runtime services, as this kernel mapped it. */
struct platform_efi_region {
	uint32_t type;
	uint64_t phys_addr;
	uint64_t virt_addr;
	uint64_t num_pages; /* of 4096 bytes */
	uint64_t attribute;
};

struct platform_efi {
	bool is_64bit;
	uint64_t fw_vendor; /* before the switch to virtual addresses */
	uint64_t config_table;
	uint64_t smbios; /* 0 if there is none */
	struct platform_efi_region *regions;
	size_t region_count;
};

struct platform {
	uint16_t machine;   /* as PE machine */
	uint32_t page_size; /* of the running kernel */
	uint64_t ram_bytes; /* what kexec takes at most half of */

	/* /proc/iomem: memory the running kernel uses as such, on x86 only
	 * where the firmware's map agrees */
	struct platform_ranges ram;
	struct platform_ranges reserved; /* inside ram: whatever is taken */
	struct platform_ranges kernel;	 /* inside ram: the running kernel */

	/* x86_64 */
	struct platform_ranges firmware; /* e820 */
	uint8_t boot_params[PLATFORM_BOOT_PARAMS_LEN];
	uint64_t rsdp; /* 0: the next kernel looks for it as on a BIOS */
	bool has_la57; /* five-level paging is in use */
	struct platform_efi efi;

	/* aarch64 */
	uint8_t *fdt; /* the tree this kernel was started with */
	size_t fdt_len;
};

/*
 * Reads the machine. root is "/", or a folder that stands for it in a test;
 * machine says which architecture's files are there. *ret belongs to the
 * caller: platform_drop().
 *
 * Errors: E_PLATFORM_READ (a file that has to be there is not, or cannot be
 * read; the sentence says which kernel option makes it), E_PLATFORM_IOMEM (a
 * line that is not one), E_PLATFORM_IOMEM_HIDDEN (addresses shown as 0: no
 * CAP_SYS_ADMIN), E_PLATFORM_NO_RAM, E_PLATFORM_MEMMAP (an entry of the
 * firmware's map that makes no sense), E_PLATFORM_TOO_MANY,
 * E_PLATFORM_BOOT_PARAMS (wrong size), E_PLATFORM_EFI (an EFI file that makes
 * no sense), E_PLATFORM_FDT (empty tree), E_UNSUPPORTED (another machine),
 * E_NO_MEMORY, those of meminfo_read().
 */
enum status platform_read(const char *root, uint16_t machine,
			  struct platform *ret, struct error *err);

void platform_drop(struct platform *platform);
#define _drop_platform_ __attribute__((cleanup(platform_drop)))

/* True if the EFI runtime services can be handed on: this kernel has mapped
 * them and tells where. */
bool platform_has_efi_runtime(const struct platform *platform);

/* True if this kernel was started by EFI firmware or a loader that passed on
 * the firmware's tables. x86_64 only. */
bool platform_has_efi(const struct platform *platform);

/* True if the running kernel was started by EFI firmware, or by a kernel that
 * handed its tables on. */
bool platform_is_efi(const char *root);

/* Fills buf from the kernel's random generator; false, with nothing said of
 * buf, while that is not seeded. Never waits. */
MUST_USE bool platform_random(void *buf, size_t len);

/* What may forbid kexec on the running machine. */
struct platform_locks {
	char lockdown[24];  /* "integrity", …; "" if none or not known */
	bool load_disabled; /* sysctl kernel.kexec_load_disabled */
	bool limit_reached; /* sysctl kernel.kexec_load_limit_reboot is 0 */
	bool is_privileged; /* this process has CAP_SYS_BOOT */
};

/* Never fails: what cannot be read counts as absent. */
struct platform_locks platform_read_locks(const char *root);

#endif
