/*
 * GUID partition tables (UEFI specification 2.10, chapter 5.3). Pure: the
 * caller reads sectors, this checks them.
 */
#ifndef KEELBOOT_FORMAT_GPT_H
#define KEELBOOT_FORMAT_GPT_H

#include "base/error.h"
#include "base/span.h"
#include "base/text.h"

/* Most partitions that are looked at: 128 is what every tool makes. */
#define GPT_ENTRIES_MAX 256

/* Largest entry: 128 is what every tool makes; the specification allows any
 * 128 * 2^n. */
#define GPT_ENTRY_SIZE_MAX 4096

struct guid {
	uint8_t bytes[16]; /* as on disk: first three fields little-endian */
};

#define GUID_TEXT_LEN 36

extern const struct guid gpt_type_esp;	    /* c12a7328-… */
extern const struct guid gpt_type_xbootldr; /* bc13c2ff-… */

bool guid_equal(const struct guid *a, const struct guid *b);

/* "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"; buf holds GUID_TEXT_LEN + 1. */
void guid_format(const struct guid *guid, char buf[static GUID_TEXT_LEN + 1]);
MUST_USE bool guid_parse(struct span text, struct guid *ret);

struct gpt_header {
	uint64_t my_lba, other_lba;
	uint64_t first_usable, last_usable;
	uint64_t entries_lba;
	uint32_t entry_count;
	uint32_t entry_size;
	uint32_t entries_crc;
	struct guid disk;
	uint64_t entries_bytes; /* entry_count * entry_size */
};

struct gpt_partition {
	uint32_t number; /* from 1, the position in the table */
	struct guid type;
	struct guid unique;
	uint64_t first_lba, last_lba;
	uint64_t attributes;
	struct display name; /* from UTF-16 */
};

struct gpt_table {
	struct guid disk;
	bool from_backup;
	uint32_t count;
	struct gpt_partition parts[GPT_ENTRIES_MAX];
};

/* True if the sector 0 has a protective or hybrid MBR entry of type 0xee. */
bool gpt_has_protective_mbr(struct span sector0);

/*
 * sector is the one at lba of a disk with disk_sectors; its length is the size
 * of a sector. other_lba is not checked: it is a hint where to look next.
 *
 * Errors:
 * E_GPT_SHORT            sector smaller than 512 bytes
 * E_GPT_MAGIC            no "EFI PART"
 * E_GPT_REVISION         not 1.0
 * E_GPT_HEADER_SIZE      below 92 or beyond the sector
 * E_GPT_HEADER_CRC       CRC of the header
 * E_GPT_MY_LBA           the header says it is of another sector
 * E_GPT_ENTRY_SIZE       not 128 * 2^n, or beyond GPT_ENTRY_SIZE_MAX
 * E_GPT_NO_ENTRIES, E_GPT_TOO_MANY_ENTRIES  0, or above GPT_ENTRIES_MAX
 * E_GPT_USABLE_INVERTED  the usable range ends before it begins
 * E_GPT_USABLE_PAST_END  … or behind the end of the disk
 * E_GPT_TABLE_PAST_END   the partition table ends behind the end of the disk
 * E_GPT_TABLE_OVER_HEADER  it covers the header or the MBR
 * E_GPT_TABLE_IN_USABLE  it covers the usable range
 */
enum status gpt_parse_header(struct span sector, uint64_t lba,
			     uint64_t disk_sectors, struct gpt_header *ret,
			     struct error *err);

/*
 * entries holds header->entries_bytes bytes or more. Unused entries (type zero)
 * are skipped. ret->from_backup is set where the header is not that of
 * sector 1.
 *
 * Errors:
 * E_GPT_ENTRIES_SHORT      too few bytes
 * E_GPT_ENTRIES_CRC        CRC of the table
 * E_GPT_PARTITION_INVERTED a partition ends before it begins
 * E_GPT_PARTITION_OUTSIDE  … or outside the usable range
 * E_GPT_PARTITION_OVERLAP  two share sectors
 * E_GPT_PARTITION_TWICE    two have the same unique GUID
 */
enum status gpt_parse_entries(struct span entries,
			      const struct gpt_header *header,
			      struct gpt_table *ret, struct error *err);

#endif
