/*
 * MBR partition tables, with the chains of logical partitions that an extended
 * one holds. Pure: the caller reads sectors, this checks them.
 *
 * Format: the table of four entries of 16 bytes at 446 of sector 0, described
 * in the UEFI specification 2.10, 5.2.1; extended partitions (types 05, 0f, 85)
 * hold such a sector for each logical partition, whose first entry counts from
 * that sector and whose second is the link to the next, counted from the start
 * of the extended partition. Numbers and PARTUUIDs are those of Linux
 * (block/partitions/msdos.c): logical partitions from 5 on, in the order of the
 * chain.
 */
#ifndef KEELBOOT_FORMAT_MBR_H
#define KEELBOOT_FORMAT_MBR_H

#include "format/byte_reader.h"

#define MBR_SECTOR	   512 /* of these the table is in, whatever the size */
#define MBR_PARTITIONS_MAX 64  /* more are left out */
#define MBR_CHAIN_MAX	   100 /* links that are followed, as Linux does */

/* Types that matter here. */
#define MBR_TYPE_ESP  0xef
#define MBR_TYPE_BLS  0xea /* the Boot Loader Specification's own */
#define MBR_TYPE_RAID 0xfd
#define MBR_TYPE_GPT  0xee

struct mbr_partition {
	uint32_t number; /* Linux's, from 1 */
	uint8_t type;
	uint64_t first_lba, sectors; /* of the disk's sectors; never 0 */
};

struct mbr_table {
	uint32_t id; /* the disk's, half of a PARTUUID */
	uint32_t count;
	struct mbr_partition parts[MBR_PARTITIONS_MAX];
	/* What is wrong with a partition or a chain that was left out for it,
	 * the first of them; OK if nothing is:
	 * E_MBR_PAST_END      it ends behind the disk
	 * E_MBR_OVER_TABLE    it begins at sector 0
	 * E_MBR_OVERLAP       it shares sectors with one before it
	 * E_MBR_CHAIN_OUTSIDE a logical partition, or a link, leaves the
	 *                     extended partition
	 * E_MBR_CHAIN_SIGNATURE  a sector of the chain does not end in 55 aa
	 * E_MBR_CHAIN_LOOP    more than MBR_CHAIN_MAX links
	 * E_MBR_TOO_MANY      more than MBR_PARTITIONS_MAX
	 * or what reading a sector of the chain came to */
	struct error problem;
};

/* "1234abcd-01", as Linux and blkid(8) have it; buf holds that. */
#define MBR_UUID_LEN 11
void mbr_format_uuid(const struct mbr_table *table, uint32_t number,
		     char buf[static MBR_UUID_LEN + 1]);

/*
 * Reads a table from a disk of reader.size / sector_size sectors. A bad
 * partition or chain costs itself alone, see ret->problem. ret is large: keep
 * it on the heap.
 *
 * Errors: what the reader fails with for sector 0;
 * E_MBR_SIGNATURE  sector 0 does not end in 55 aa
 * E_MBR_BOOT_FLAG  an entry begins with neither 00 nor 80: no table but code
 * E_MBR_GPT        an entry of type ee: the GUID partition table counts
 * E_MBR_EMPTY      no entry is in use
 */
enum status mbr_read(struct byte_reader reader, uint32_t sector_size,
		     struct mbr_table *ret, struct error *err);

#endif
