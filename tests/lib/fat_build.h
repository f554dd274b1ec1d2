/*
 * FAT volumes made in memory, byte by byte and without the code under test: a
 * boot sector, one table, a root, clusters. Tests then break what they like.
 */
#ifndef KEELBOOT_TESTS_LIB_FAT_BUILD_H
#define KEELBOOT_TESTS_LIB_FAT_BUILD_H

#include "base/span.h"
#include "format/fat.h"

struct fat_build {
	uint8_t *bytes;
	size_t len;
	unsigned bits;
	uint32_t sector_size, cluster_size, clusters;
	size_t table, root, data; /* offsets; root is of FAT12 and FAT16 */
	uint32_t root_len;
	uint32_t next_free; /* cluster */
};

/* Offsets in the boot sector. */
enum fat_field {
	FAT_B_SECTOR_SIZE = 11,
	FAT_B_CLUSTER_SECTORS = 13,
	FAT_B_RESERVED = 14,
	FAT_B_COPIES = 16,
	FAT_B_ROOT_ENTRIES = 17,
	FAT_B_SECTORS16 = 19,
	FAT_B_MEDIA = 21,
	FAT_B_TABLE16 = 22,
	FAT_B_SECTORS32 = 32,
	FAT_B_TABLE32 = 36,
	FAT_B_FLAGS = 40,
	FAT_B_VERSION = 42,
	FAT_B_ROOT_CLUSTER = 44,
	FAT_B_SIGNATURE = 510,
};

/* A volume with an empty root; cluster 2 is FAT32's root. */
void fat_build_begin(struct fat_build *b, unsigned bits, uint32_t sector_size,
		     uint32_t cluster_sectors, uint32_t clusters,
		     uint32_t root_entries);
void fat_build_drop(struct fat_build *b);
#define _drop_fat_ __attribute__((cleanup(fat_build_drop)))

/* A number in the table. */
void fat_build_link(struct fat_build *b, uint32_t cluster, uint32_t value);
/* Marks the chain's end in this type of FAT. */
void fat_build_end(struct fat_build *b, uint32_t cluster);
/* Clusters of a chain, in the order given, with an end. */
void fat_build_chain(struct fat_build *b, const uint32_t *clusters,
		     uint32_t count);

uint8_t *fat_build_cluster(struct fat_build *b, uint32_t cluster);

/* The slots of a name (long if it is not NULL) and its short entry at to, which
 * has room; returns how many. short_name has 11 characters. */
unsigned fat_build_name(uint8_t *to, const char *long_name,
			const char *short_name, uint8_t attributes,
			uint32_t first_cluster, uint32_t size);

/* The root: FAT32's first cluster of it. */
uint8_t *fat_build_root(struct fat_build *b);

#define FAT_BUILD_COUNTED  "debian-6.1.0-13+3-0.efi" /* two slots */
#define FAT_BUILD_STRADDLE "a-name-of-three-slots-in-two-sectors+12-34.conf"

/*
 * /EFI/Linux/FAT_BUILD_COUNTED in clusters 10, 11 and 20 of 512 bytes; Linux is
 * a folder of two clusters that are not neighbours. FAT_BUILD_STRADDLE has its
 * slots on both sides of the gap.
 */
void fat_build_example(struct fat_build *b, unsigned bits);

/* Reads from the bytes of a span, which is the context; E_BLOCK_SHORT beyond
 * its end. */
enum status fat_build_read(const void *ctx, uint64_t offset, void *buf,
			   size_t len, struct error *err);

#endif
