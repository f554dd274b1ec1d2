/*
 * What the files that read the platform share: lists of memory ranges and the
 * text of /proc/iomem (platform_memory.c), small attributes, and the EFI part
 * (platform_efi.c).
 */
#ifndef KEELBOOT_SYS_PLATFORM_PARTS_H
#define KEELBOOT_SYS_PLATFORM_PARTS_H

#include "sys/platform.h"

#include <dirent.h>

/* Appends a range. Errors: E_PLATFORM_TOO_MANY, E_NO_MEMORY. */
enum status platform_ranges_add(struct platform_ranges *list, uint64_t start,
				uint64_t end, uint32_t type, struct error *err);

/* Sorts by start; with merge, ranges that touch or overlap become one. */
void platform_ranges_sort(struct platform_ranges *list, bool merge);

/*
 * Leaves of ram only what firmware calls RAM, too. Both are sorted. Errors:
 * those of platform_ranges_add().
 */
enum status platform_ranges_intersect(struct platform_ranges *ram,
				      const struct platform_ranges *firmware,
				      struct error *err);

/*
 * Sorts the lines of /proc/iomem into ram, reserved and kernel. Only "System
 * RAM" is memory, wherever it stands in the tree; memory that a driver has
 * added ("System RAM (kmem)") is not there at the next start. Whatever is
 * nested in memory is reserved, whatever its name, but for the running
 * kernel's own "Kernel code", "Kernel data" and so on.
 *
 * Errors: E_PLATFORM_IOMEM, E_PLATFORM_IOMEM_HIDDEN, E_PLATFORM_NO_RAM, those
 * of platform_ranges_add().
 */
enum status platform_parse_iomem(struct span text, struct platform *platform,
				 struct error *err);

/* Parses all of s as "0x<hex>" or, with no prefix, hexadecimal digits alone. */
MUST_USE bool platform_parse_hex(struct span s, uint64_t *ret);

/* An attribute that is one hexadecimal number; false if it is not there or is
 * none. */
MUST_USE bool platform_read_hex(int root, const char *path, uint64_t *ret);

/* A folder for readdir(3), NULL with errno if it cannot be opened. */
DIR *platform_open_folder(int root, const char *path);
void platform_close_folder(DIR **folder);
#define _close_folder_ __attribute__((cleanup(platform_close_folder)))

/* The EFI part of a platform whose boot parameters are read. Errors:
 * E_PLATFORM_EFI, E_PLATFORM_TOO_MANY, E_NO_MEMORY. */
enum status platform_read_efi(int root, struct platform *p, struct error *err);

#endif
