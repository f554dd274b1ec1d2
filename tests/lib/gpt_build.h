/*
 * Builds whole disks with GUID partition tables in memory for tests: MBR,
 * primary header and table, backup table and header. Nothing here shares code
 * with boot/format/gpt.c, the checksum included.
 */
#ifndef KEELBOOT_TESTS_LIB_GPT_BUILD_H
#define KEELBOOT_TESTS_LIB_GPT_BUILD_H

#include "base/span.h"

#define GPT_BUILD_ENTRIES    128
#define GPT_BUILD_ENTRY_SIZE 128

/* Offsets of the fields in a header. */
enum gpt_field {
	GPT_SIGNATURE = 0,
	GPT_REVISION = 8,
	GPT_HEADER_SIZE = 12,
	GPT_HEADER_CRC = 16,
	GPT_MY_LBA = 24,
	GPT_ALTERNATE_LBA = 32,
	GPT_FIRST_USABLE = 40,
	GPT_LAST_USABLE = 48,
	GPT_DISK_GUID = 56,
	GPT_ENTRIES_LBA = 72,
	GPT_ENTRY_COUNT = 80,
	GPT_ENTRY_SIZE = 84,
	GPT_ENTRIES_CRC = 88,
};

/* Offsets of the fields in an entry. */
enum gpt_entry_field {
	GPT_E_TYPE = 0,
	GPT_E_UNIQUE = 16,
	GPT_E_FIRST_LBA = 32,
	GPT_E_LAST_LBA = 40,
	GPT_E_ATTRIBUTES = 48,
	GPT_E_NAME = 56,
};

struct gpt_build {
	uint8_t *bytes;
	size_t sector; /* 512 or 4096 */
	uint64_t sectors;
	uint64_t first_usable, last_usable;
};

/* An empty table on a disk of that many sectors. */
void gpt_build_begin(struct gpt_build *b, size_t sector, uint64_t sectors);

/* Partition `number` (from 1) of `sectors` sectors from first on, of an ESP's
 * type, with a unique GUID made of the number, and a name of ASCII. */
void gpt_build_partition(struct gpt_build *b, uint32_t number, uint64_t first,
			 uint64_t sectors, const char *name);

/* Puts the right checksums into both headers. */
void gpt_build_seal(struct gpt_build *b);

/* Only the header's, so that a broken checksum of the table stays. */
void gpt_build_seal_headers(struct gpt_build *b);

uint8_t *gpt_build_header(struct gpt_build *b, bool is_backup);
uint8_t *gpt_build_entry(struct gpt_build *b, bool is_backup, uint32_t number);

struct span gpt_build_sector(const struct gpt_build *b, uint64_t lba);
struct span gpt_build_entries(const struct gpt_build *b, bool is_backup);
struct span gpt_build_disk(const struct gpt_build *b);
void gpt_build_drop(struct gpt_build *b);
#define _drop_gpt_ __attribute__((cleanup(gpt_build_drop)))

#endif
