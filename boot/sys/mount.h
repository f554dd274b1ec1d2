/*
 * Mounts: the file systems every process expects, and hostile ones read-only in
 * a mount namespace of the probe's own.
 */
#ifndef KEELBOOT_SYS_MOUNT_H
#define KEELBOOT_SYS_MOUNT_H

#include "base/error.h"

/* Gives the calling process a mount namespace of its own from which nothing
 * propagates back. Errors: E_MOUNT_NAMESPACE. */
enum status mount_private(struct error *err);

/*
 * Mounts an ESP on the directory target, which is made if it is not there:
 * ro,nosuid,nodev,noexec,nosymfollow (the last from Linux 5.10 on; older ones
 * ignore it). fstype is "vfat". Names come as UTF-8 where the kernel has the
 * tables for it. The caller has set the device read-only before.
 *
 * Errors: E_MOUNT_TARGET, E_MOUNT_FSTYPE (this kernel has no such file system),
 * E_MOUNT_NOT_FAT (the kernel refuses and the first sector is not a FAT's),
 * E_MOUNT_REFUSED (with errno). May block on a dead disk.
 */
enum status mount_esp(const char *node, const char *fstype, const char *target,
		      struct error *err);

/*
 * Mounts another file system in the same way, without replaying a journal:
 * fstype is "exfat", "ext2", "ext3", "ext4", "xfs", "btrfs", "iso9660",
 * "squashfs" or "erofs". What an ext file system asks for in case of errors (a
 * panic of the kernel) is overruled.
 *
 * Errors: E_MOUNT_TARGET, E_MOUNT_FSTYPE, E_MOUNT_REFUSED (with errno). May
 * block on a dead disk.
 */
enum status mount_foreign(const char *node, const char *fstype,
			  const char *target, struct error *err);

/* Takes a mount out of sight at once, used or not (MNT_DETACH). Errors:
 * E_MOUNT_DETACH. */
enum status mount_detach(const char *target, struct error *err);

/* For PID 1: /proc, /sys, /dev (devtmpfs) and /run (tmpfs), made if missing and
 * left alone where they are mounted. Each failure is a line in the log; the
 * first one is returned: E_MOUNT_API. */
enum status mount_api_filesystems(struct error *err);

/* efivarfs, read-only, and securityfs where the kernel has them now; efivarfs
 * can be a module, so this is worth a second call. Failures are lines in the
 * log. */
void mount_optional_filesystems(void);

/* True if the running kernel knows the file system now (/proc/filesystems). */
bool mount_has_filesystem(const char *fstype);

#endif
