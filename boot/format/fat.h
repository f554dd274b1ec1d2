/*
 * Where things are on a FAT12, FAT16 or FAT32 volume: the slots of a name and
 * the extents of a file, by their byte offsets. Read-only and without a cache;
 * it exists so that a file's name and content can be changed in place, sector
 * by sector, with no metadata touched. What the kernel would read of a sound
 * volume is what comes out here; anything else is refused.
 *
 * Format: Microsoft's "FAT: General Overview of On-Disk Format" 1.03 (2000):
 * boot sector and type of FAT on pages 7-15, the table on 15-19, directories
 * on 22-25, long names on 26-31. Linux tells FAT32 by the empty 16-bit length
 * of the table, not by the number of clusters, and so does this.
 */
#ifndef KEELBOOT_FORMAT_FAT_H
#define KEELBOOT_FORMAT_FAT_H

#include "base/error.h"
#include "base/span.h"

#define FAT_SLOT_LEN   32
#define FAT_SLOT_UNITS 13    /* UTF-16 units in one slot of a long name */
#define FAT_SLOTS_MAX  20    /* 20 * 13 >= 255 */
#define FAT_NAME_MAX   255   /* UTF-16 units */
#define FAT_FOLDER_MAX 65536 /* slots of a folder: 2 MiB */
#define FAT_DEPTH_MAX  16

/* load() reads exactly len bytes from a byte offset of the volume, or fails. */
struct fat_reader {
	const void *ctx;
	enum status (*load)(const void *ctx, uint64_t offset, void *buf,
			    size_t len, struct error *err);
};

struct fat_volume {
	struct fat_reader reader;
	unsigned bits;	      /* 12, 16 or 32 */
	uint32_t sector_size; /* bytes, as are all that follow: */
	uint32_t cluster_size;
	uint64_t table_offset; /* the first copy, which Linux reads */
	uint64_t root_offset;  /* FAT12 and FAT16, */
	uint32_t root_len;     /* which have their root outside of clusters */
	uint64_t data_offset;  /* of cluster 2 */
	uint32_t root_cluster; /* FAT32, else 0 */
	uint32_t last_cluster; /* the greatest number there is */
};

struct fat_file {
	uint16_t name[FAT_NAME_MAX];   /* the long name as stored */
	uint32_t name_len;	       /* 0 if there is only a short name */
	uint64_t slots[FAT_SLOTS_MAX]; /* of it: byte offsets on the volume, */
	uint32_t slot_count;	       /* the one with the first units first */
	uint64_t entry;		       /* the short entry's byte offset */
	bool is_folder;
	uint32_t first_cluster; /* 0: empty, or the root of FAT12 and FAT16 */
	uint32_t size;		/* bytes of a file */
};

/*
 * Reads the boot sector. size is the volume's length in bytes. The reader is
 * kept; what it fails with is passed on by all functions here.
 *
 * Errors: E_FAT_SIGNATURE, E_FAT_SECTOR_SIZE (not 512, 1024, 2048, 4096),
 * E_FAT_CLUSTER_SIZE (no power of two, or above 128 sectors), E_FAT_RESERVED
 * (no reserved sector), E_FAT_COPIES (no table), E_FAT_MEDIA, E_FAT_VERSION
 * (of FAT32, not 0), E_FAT_ACTIVE (FAT32 says that another copy of the table
 * than the first counts), E_FAT_ROOT_ENTRIES (0, or no whole number of
 * sectors), E_FAT_SECTORS (none, or two different numbers), E_FAT_PAST_END
 * (more than the volume has), E_FAT_NO_DATA (the tables leave no cluster),
 * E_FAT_TABLE_LENGTH (too short for the clusters), E_FAT_CLUSTERS (more than
 * this type can have), E_FAT_ROOT_CLUSTER.
 */
enum status fat_open(struct fat_reader reader, uint64_t size,
		     struct fat_volume *ret, struct error *err);

/*
 * Finds a path: '/' between components, in UTF-8, compared without regard to
 * ASCII case, with long names first and short names in their ASCII. A long name
 * counts if its slots are complete, in order and have the short name's
 * checksum. The root itself is no path.
 *
 * Errors: E_FAT_PATH (empty, deeper than FAT_DEPTH_MAX, "." or "..", a name
 * that is no UTF-8 or longer than FAT_NAME_MAX), E_FAT_NOT_FOUND,
 * E_FAT_NOT_FOLDER, E_FAT_FOLDER_LONG (more than FAT_FOLDER_MAX slots, as in a
 * circle of clusters), E_FAT_LINK (a cluster number that does not exist, a free
 * one), E_FAT_BAD_CLUSTER.
 */
enum status fat_find(const struct fat_volume *fat, const char *path,
		     struct fat_file *ret, struct error *err);

/* The byte offset on the volume of a unit of the long name; n < name_len. */
uint64_t fat_unit_offset(const struct fat_file *file, uint32_t n);

/*
 * Where the byte at offset of a file is on the volume, and how many bytes of
 * the file follow it without a gap (at least 1, at most up to the file's end).
 *
 * Errors: E_FAT_OFFSET (not below the size), E_FAT_FILE_SHORT (the clusters end
 * before the size), E_FAT_LINK, E_FAT_BAD_CLUSTER.
 */
enum status fat_extent(const struct fat_volume *fat,
		       const struct fat_file *file, uint64_t offset,
		       uint64_t *ret_at, uint64_t *ret_len, struct error *err);

/* The cluster after one that exists; *ret is 0 behind the last one. Errors:
 * E_FAT_LINK, E_FAT_BAD_CLUSTER. */
enum status fat_next(const struct fat_volume *fat, uint32_t cluster,
		     uint32_t *ret, struct error *err);

/* The byte offset of a cluster that exists. */
uint64_t fat_cluster_offset(const struct fat_volume *fat, uint32_t cluster);

/* E_FAT_LINK unless the number is one of a cluster. */
enum status fat_check_cluster(const struct fat_volume *fat, uint32_t cluster,
			      const char *what, struct error *err);

#endif
