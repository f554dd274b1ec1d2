/*
 * Members of Linux software RAIDs: what a superblock says of the disk or
 * partition it is on. A member of a RAID 1 holds the file system as a whole and
 * can be read as itself, without the array.
 *
 * Format: the kernel's include/uapi/linux/raid/md_p.h. Metadata 0.90 and 1.0
 * stand near the end of a member, whose data begin at its start; 1.1 at the
 * start and 1.2 four KiB behind it, with the data at an offset. Only
 * little-endian superblocks of 0.90 are known.
 */
#ifndef KEELBOOT_FORMAT_MD_H
#define KEELBOOT_FORMAT_MD_H

#include "format/byte_reader.h"

#define MD_NAME_LEN 32
#define MD_UUID_LEN 36

struct md_member {
	char version[5];	    /* "0.90", "1.0", "1.1", "1.2" */
	char uuid[MD_UUID_LEN + 1]; /* of the array, lower case, 8-4-4-4-12 */
	char name[MD_NAME_LEN + 1]; /* as stored; "" in 0.90 */
	int32_t level;		    /* 1 is a RAID 1 */
	uint32_t raid_disks;
	uint32_t role;	 /* position in the array, or one of those above */
	uint64_t events; /* grows with each change of the array */
	uint64_t data_offset, data_size; /* bytes of this member */
	uint32_t features;		 /* of 1.x; bits of md_p.h */
	bool is_clean;	/* no write was on its way when it was left */
	bool is_faulty; /* 0.90: the superblock says so of this member */
};

/*
 * Looks for a superblock at all four places; *ret_found says whether there is
 * one. One that says it belongs elsewhere is of a container or of former days
 * and does not count.
 *
 * Errors: those of the reader, and of a superblock that is not sound:
 * E_MD_VERSION       neither 0.90 nor 1
 * E_MD_MAX_DEV       more members than a superblock has room for, or none
 * E_MD_CHECKSUM
 * E_MD_DEV_NUMBER    this member's number is above the greatest
 * E_MD_DATA_OFFSET   the data cover the superblock
 * E_MD_DATA_PAST_END the data end behind the member
 */
enum status md_find(struct byte_reader reader, struct md_member *ret,
		    bool *ret_found, struct error *err);

/*
 * Whether the member can be read as itself: active, in sync, of a RAID 1. That
 * the array was not shut down cleanly is no obstacle: as after any crash, each
 * copy is as good as the other.
 *
 * Errors: E_MD_LEVEL (no RAID 1), E_MD_ROLE (a spare, faulty, a journal),
 * E_MD_RECOVERY (its copy is not complete yet), E_MD_RESHAPE, E_MD_BAD_BLOCKS
 * (some of it could not be written), E_MD_FEATURE (one that is not known).
 */
enum status md_check_mirror(const struct md_member *member, struct error *err);

/* E_MD_STALE if other is of the same array and has seen more events. */
enum status md_check_fresh(const struct md_member *member,
			   const struct md_member *other, struct error *err);

#endif
