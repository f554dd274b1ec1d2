/*
 * Whole disks and their partitions: what the kernel knows of them in sysfs,
 * reading sectors, and the partition device that belongs to an entry of our
 * own GPT parse.
 *
 * block_list() and block_describe() read only attributes that the kernel
 * answers from memory, so the menu may call them; everything that takes a file
 * descriptor or a node may wait for a dead disk and belongs into a probe.
 */
#ifndef KEELBOOT_SYS_BLOCK_H
#define KEELBOOT_SYS_BLOCK_H

#include "base/error.h"
#include "base/span.h"
#include "base/text.h"
#include "format/gpt.h"

#include <stdint.h>

#define BLOCK_NAME_MAX 32 /* DISK_NAME_LEN of the kernel */
#define BLOCK_NODE_MAX 256

/* Where sysfs and the device nodes are; tests have their own. */
struct block_roots {
	const char *sysfs;
	const char *dev;
};

#define BLOCK_ROOTS ((struct block_roots){ .sysfs = "/sys", .dev = "/dev" })

struct block_disk {
	char name[BLOCK_NAME_MAX]; /* the kernel's: "nvme0n1" */
	unsigned major, minor;
	uint32_t sector_size; /* logical block size in bytes */
	uint64_t sectors;     /* of sector_size */
	uint64_t diskseq;     /* unique per medium since the start, 0 if none */
	bool removable;
	bool on_usb;
	bool read_only;
	struct display model;  /* empty if unknown */
	struct display serial; /* empty if unknown */
};

/*
 * One disk by its kernel name. Errors: E_BLOCK_NOT_A_DISK (a partition; a ram,
 * zram, floppy, optical or flash (mtd) device; hidden behind a multipath
 * device; no medium or backing file: size 0), E_BLOCK_NAME (not a
 * name), E_BLOCK_ATTRIBUTE (size, dev or logical_block_size is missing or makes
 * no sense), E_NOT_FOUND (no such device).
 */
enum status block_describe(struct block_roots roots, const char *name,
			   struct block_disk *ret, struct error *err);

/*
 * The same of one that may be empty, with removable media: its sectors are told
 * as 0, for the kernel learns of a new medium only when somebody opens it.
 * block_await_medium() does, and describes it anew; it may block. Errors: those
 * of block_describe(); E_BLOCK_NOT_A_DISK also if its media are not removable;
 * E_BLOCK_NO_MEDIUM, E_BLOCK_OPEN.
 */
enum status block_describe_reader(struct block_roots roots, const char *name,
				  struct block_disk *ret, struct error *err);
enum status block_await_medium(struct block_roots roots,
			       struct block_disk *disk, struct error *err);

/*
 * All disks, sorted by name, at most cap of them; *ret_count is how many were
 * stored. Devices that are no disks are left out silently, those with broken
 * attributes and those beyond cap with a line in the log. Errors:
 * E_BLOCK_SYSFS.
 */
enum status block_list(struct block_roots roots, struct block_disk *disks,
		       size_t cap, size_t *ret_count, struct error *err);

/*
 * Opens a disk read-only and makes sure that the node is this disk: same device
 * number, size and, where the kernel tells, diskseq. *ret_fd is the caller's.
 * Errors: E_BLOCK_OPEN, E_BLOCK_NO_MEDIUM, E_BLOCK_CHANGED. May block.
 */
enum status block_open(struct block_roots roots, const struct block_disk *disk,
		       int *ret_fd, struct error *err);

/* Reads exactly len bytes from a byte offset. Errors: E_BLOCK_READ (I/O error,
 * names the offset), E_BLOCK_SHORT (the device ends before). May block. */
enum status block_read_at(int fd, uint64_t offset, void *to, size_t len,
			  struct error *err);

/*
 * The partition table of a disk or of an image of one: the primary one, else
 * (with the reason in the log) the backup in the last sector, else the one the
 * primary header points to. ret is large: keep it on the heap.
 *
 * Errors: E_BLOCK_SECTOR_SIZE (not a power of two of 512 to 65536),
 * E_BLOCK_NO_TABLE (no protective MBR; where sector 0 cannot be read, the
 * tables alone decide), E_BLOCK_SHORT, E_NO_MEMORY; with both tables bad the
 * primary's E_GPT_…, E_BLOCK_READ or E_BLOCK_SHORT, and a sentence that tells
 * both. May block.
 */
enum status block_read_gpt(int fd, uint32_t sector_size, uint64_t sectors,
			   struct gpt_table *ret, struct error *err);

/*
 * Finds the kernel's device of a partition, makes it where the kernel has none
 * (BLKPG_ADD_PARTITION) and waits up to 2 s for its node. ret_node gets the
 * node's path, checked to be that device. disk_fd is from block_open().
 *
 * Errors: E_BLOCK_PARTITION_DIFFERS (the kernel's partition of that number has
 * another start or size), E_BLOCK_PARTITION_ADD, E_BLOCK_NODE (no node, or one
 * of another device), E_BLOCK_SYSFS. May block.
 */
enum status block_partition_ensure(struct block_roots roots,
				   const struct block_disk *disk, int disk_fd,
				   const struct gpt_partition *part,
				   char ret_node[static BLOCK_NODE_MAX],
				   struct error *err);

/* Makes the kernel refuse every write to the block device of fd, whoever asks
 * and through whatever descriptor, and checks that it does. To be called on a
 * partition before it is mounted. Errors: E_BLOCK_READ_ONLY. */
enum status block_set_read_only(int fd, struct error *err);

/* Whether a disk can have sectors of so many bytes; else code, in a sentence
 * about the name. */
#define BLOCK_SECTOR_MIN 512
#define BLOCK_SECTOR_MAX 65536
MUST_USE enum status block_check_sector_size(const char *name, uint64_t size,
					     enum status code,
					     struct error *err);

#endif
