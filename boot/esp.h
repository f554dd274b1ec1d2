/*
 * The ESP of the system that runs, where `keelboot bless` and the commands that
 * write the store work: found among the mounts by its PARTUUID.
 */
#ifndef KEELBOOT_ESP_H
#define KEELBOOT_ESP_H

#include "base/error.h"

#define ESP_TARGET_MAX 1024

/* Tests have their own. */
struct esp_roots {
	const char *proc, *sysfs, *dev;
};

#define ESP_ROOTS                                                              \
	((struct esp_roots){ .proc = "/proc", .sysfs = "/sys", .dev = "/dev" })

/*
 * Where a partition is mounted: its PARTUUID, of a GPT or an MBR, in either
 * case. With "" it is the first of /efi, /boot and /boot/efi that is a vfat.
 * An automount there is woken up. Kernels from 6.7 on tell the PARTUUID; on
 * others the GPT is read, which takes root.
 *
 * Errors: E_ESP_MOUNTS (the mounts cannot be read), E_ESP_NOT_MOUNTED.
 */
enum status esp_find(struct esp_roots roots, const char *partition,
		     char ret_target[static ESP_TARGET_MAX], struct error *err);

#endif
