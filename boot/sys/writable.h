/*
 * The few system calls that write to a disk: whole sectors of a block device,
 * and single files of a mounted file system. Who may be written, and what, is
 * decided in boot/writing.c. Everything here may block on a dead disk and
 * belongs into a probe.
 */
#ifndef KEELBOOT_SYS_WRITABLE_H
#define KEELBOOT_SYS_WRITABLE_H

#include "base/error.h"
#include "base/span.h"

#include <stdint.h>

/* A block device, or a file that stands for one, of which sectors are written
 * past the cache. */
struct writable {
	int read_fd;	    /* through the cache, which a mount of it shares */
	int write_fd;	    /* O_DIRECT where there is such a thing */
	bool was_read_only; /* by BLKROSET; it is again after the close */
	uint32_t sector_size;
	uint64_t size; /* bytes */
};

#define WRITABLE_NONE	    ((struct writable){ .read_fd = -1, .write_fd = -1 })
#define WRITABLE_SECTOR_MAX 4096

/*
 * Lifts the write protection that a probe set, and opens. Errors: E_WRITE_OPEN,
 * E_WRITE_READ_ONLY (the device, or the disk it is on, does not allow it),
 * E_WRITE_MOUNTED (this kernel lets nobody write to a device that is mounted:
 * CONFIG_BLK_DEV_WRITE_MOUNTED), E_BLOCK_SECTOR_SIZE (more than
 * WRITABLE_SECTOR_MAX).
 */
enum status writable_open(const char *node, struct writable *ret,
			  struct error *err);

/* Closes, and protects the device again if it was. */
void writable_close(struct writable *w);
#define _close_writable_ __attribute__((cleanup(writable_close)))

/* Any bytes, through the cache. Errors: those of block_read_at(). */
enum status writable_read(const struct writable *w, uint64_t offset, void *buf,
			  size_t len, struct error *err);

/* One sector as the device has it; offset is a multiple of its size. Errors:
 * E_WRITE_IO. */
enum status writable_load(const struct writable *w, uint64_t offset,
			  uint8_t ret[static WRITABLE_SECTOR_MAX],
			  struct error *err);

/*
 * Writes one sector, waits until it is on the medium and reads it again.
 * Errors: E_WRITE_IO, E_WRITE_READ_BACK (other bytes came).
 */
enum status writable_store(const struct writable *w, uint64_t offset,
			   const uint8_t bytes[static WRITABLE_SECTOR_MAX],
			   struct error *err);

/*
 * Makes a file system that is mounted read-only writable for one step, with
 * every change written at once and in order, and read-only again. node is its
 * device, whose protection is lifted and set again. writable_settle() does all
 * of it even where a part fails; the first failure is told.
 *
 * Errors: E_WRITE_OPEN, E_WRITE_READ_ONLY, E_WRITE_REMOUNT, E_WRITE_SYNC.
 */
enum status writable_remount(const char *node, const char *mount,
			     struct error *err);
enum status writable_settle(const char *node, const char *mount,
			    struct error *err);

/*
 * For a file system that others have mounted writable: every change is written
 * at once and in order until the end, as far as this process may ask for that.
 * *ret_flags is for the end; 0 means that there is nothing to end.
 */
void writable_begin_synchronous(const char *mount, unsigned long *ret_flags);
void writable_end_synchronous(const char *mount, unsigned long flags);

/*
 * Gives a file another name in its folder, and waits until that is on the
 * medium. root is a directory's descriptor, path is below it and may not leave
 * it. A file of the new name stays as it is, unless it is empty: that is what a
 * power cut leaves of a vfat's rename, so it goes.
 *
 * Errors: E_WRITE_PATH (a part of it is no folder, a link, or missing),
 * E_WRITE_EXISTS, E_WRITE_RENAME (with errno; ENOENT where there is no such
 * file), E_WRITE_SYNC.
 */
enum status writable_rename(int root, const char *path, const char *new_name,
			    struct error *err);

/*
 * The whole of a file of exactly len bytes. False with errno if there is none,
 * EFBIG if it has another length.
 */
MUST_USE bool writable_get(int root, const char *path, void *buf, size_t len);

/* Overwrites bytes of a file that has them, and waits for the medium. Errors:
 * E_WRITE_PATH, E_WRITE_IO. */
enum status writable_patch(int root, const char *path, uint64_t offset,
			   struct span bytes, struct error *err);

/* Makes a file anew, with the folders it is in: first with ".new" behind its
 * name, then under its own. Errors: E_WRITE_PATH, E_WRITE_IO, E_WRITE_RENAME,
 * E_WRITE_SYNC. */
enum status writable_put(int root, const char *path, struct span bytes,
			 struct error *err);

/* Lets the kernel forget what it has read of a file, after its sectors were
 * written past it. */
void writable_forget(int root, const char *path);

#endif
