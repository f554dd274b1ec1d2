#include "format/fat.h"

#include <inttypes.h>

#define BOOT_LEN     512 /* of the boot sector, whatever a sector is */
#define SIGNATURE_AT 510
#define CLUSTERS_12  4084 /* the most; page 14 */
#define CLUSTERS_16  65524
#define CLUSTERS_32  0x0ffffff5
#define ACTIVE_SINGLE                                                          \
	0x80 /* of the flags: one table counts, see the low bits */

/* The fields of the boot sector, page 9 to 12, as they stand. */
struct boot {
	uint16_t sector_size;
	uint8_t cluster_sectors;
	uint16_t reserved;
	uint8_t copies;
	uint16_t root_entries;
	uint16_t sectors16;
	uint8_t media;
	uint16_t table16;
	uint32_t sectors32;
	uint32_t table32;
	uint16_t flags;
	uint16_t version;
	uint32_t root_cluster;
};

static void read_fields(struct span s, struct boot *ret)
{
	struct cursor c = cursor_over(s);

	cursor_skip(&c, 11); /* a jump and the name of who made it */
	ret->sector_size = cursor_le16(&c);
	ret->cluster_sectors = cursor_u8(&c);
	ret->reserved = cursor_le16(&c);
	ret->copies = cursor_u8(&c);
	ret->root_entries = cursor_le16(&c);
	ret->sectors16 = cursor_le16(&c);
	ret->media = cursor_u8(&c);
	ret->table16 = cursor_le16(&c);
	cursor_skip(&c, 8); /* geometry, hidden sectors */
	ret->sectors32 = cursor_le32(&c);
	ret->table32 = cursor_le32(&c);
	ret->flags = cursor_le16(&c);
	ret->version = cursor_le16(&c);
	ret->root_cluster = cursor_le32(&c);
}

static bool is_power_of_two(uint32_t n)
{
	return n && !(n & (n - 1));
}

static enum status check_sizes(const struct boot *b, struct error *err)
{
	if (!is_power_of_two(b->sector_size) || b->sector_size < 512 ||
	    b->sector_size > 4096)
		return fail(err, E_FAT_SECTOR_SIZE,
			    "a sector of the FAT has %u bytes, not 512, 1024, "
			    "2048 or 4096",
			    b->sector_size);
	if (!is_power_of_two(b->cluster_sectors))
		return fail(err, E_FAT_CLUSTER_SIZE,
			    "a cluster of the FAT has %u sectors, which is no "
			    "power of two",
			    b->cluster_sectors);
	if (!b->reserved)
		return fail(err, E_FAT_RESERVED,
			    "the FAT has 0 reserved sectors, its boot sector "
			    "is one");
	if (!b->copies)
		return fail(err, E_FAT_COPIES, "the FAT has 0 tables");
	if (b->media < 0xf8 && b->media != 0xf0)
		return fail(err, E_FAT_MEDIA,
			    "the FAT's medium is 0x%02x, not 0xf0 or from 0xf8",
			    b->media);
	return OK;
}

/* Of FAT32 only: page 11 and 12. */
static enum status check_32(const struct boot *b, struct error *err)
{
	if (b->version)
		return fail(err, E_FAT_VERSION,
			    "the FAT32 has version 0x%04x, known is 0",
			    b->version);
	if ((b->flags & ACTIVE_SINGLE) && (b->flags & 0x0f))
		return fail(err, E_FAT_ACTIVE,
			    "the FAT32 says that its table %u counts, Linux "
			    "reads table 0",
			    b->flags & 0x0fu);
	if (b->root_entries)
		return fail(err, E_FAT_ROOT_ENTRIES,
			    "the FAT32 has %u entries in a root of fixed size, "
			    "there must be 0",
			    b->root_entries);
	return OK;
}

static enum status check_root(const struct boot *b, struct error *err)
{
	if (!b->root_entries ||
	    b->root_entries % (b->sector_size / FAT_SLOT_LEN))
		return fail(err, E_FAT_ROOT_ENTRIES,
			    "the FAT has %u entries in its root, which must be "
			    "a multiple of %u",
			    b->root_entries, b->sector_size / FAT_SLOT_LEN);
	return OK;
}

static enum status check_length(const struct boot *b, uint64_t size,
				struct error *err)
{
	uint32_t sectors = b->sectors16 ? b->sectors16 : b->sectors32;

	if (!sectors ||
	    (b->sectors16 && b->sectors32 && b->sectors16 != b->sectors32))
		return fail(err, E_FAT_SECTORS,
			    "the FAT has %u sectors by its old field and "
			    "%" PRIu32 " by its new one",
			    b->sectors16, b->sectors32);
	if ((uint64_t)sectors * b->sector_size > size)
		return fail(err, E_FAT_PAST_END,
			    "the FAT has %" PRIu32 " sectors of %u bytes, the "
			    "volume has %" PRIu64 " bytes",
			    sectors, b->sector_size, size);
	return OK;
}

static uint32_t most_clusters(unsigned bits)
{
	return bits == 12   ? CLUSTERS_12
	       : bits == 16 ? CLUSTERS_16
			    : CLUSTERS_32;
}

/* How many clusters there are, and whether the table has room for them. None
 * of the sums can overflow: factors have 32 bits. */
static enum status count_clusters(const struct boot *b, struct fat_volume *fat,
				  struct error *err)
{
	uint64_t sectors = b->sectors16 ? b->sectors16 : b->sectors32;
	uint64_t table = b->table16 ? b->table16 : b->table32;
	uint64_t before = fat->data_offset / b->sector_size, clusters, room;

	clusters =
		before < sectors ? (sectors - before) / b->cluster_sectors : 0;
	if (!clusters)
		return fail(err, E_FAT_NO_DATA,
			    "the FAT's clusters begin at sector %" PRIu64
			    " and need %u, it has %" PRIu64 " sectors",
			    before, b->cluster_sectors, sectors);
	if (fat->bits != 32)
		fat->bits = clusters > CLUSTERS_12 ? 16 : 12;
	if (clusters > most_clusters(fat->bits))
		return fail(err, E_FAT_CLUSTERS,
			    "the FAT%u has %" PRIu64 " clusters, the most is "
			    "%" PRIu32,
			    fat->bits, clusters, most_clusters(fat->bits));
	room = table * b->sector_size * 8 / fat->bits;
	if (clusters + 2 > room)
		return fail(err, E_FAT_TABLE_LENGTH,
			    "the FAT's table has room for %" PRIu64
			    " numbers, its clusters need %" PRIu64,
			    room, clusters + 2);
	fat->last_cluster = (uint32_t)(clusters + 1);
	return OK;
}

static enum status place_areas(const struct boot *b, struct fat_volume *fat,
			       struct error *err)
{
	uint64_t table = b->table16 ? b->table16 : b->table32;

	fat->bits = b->table16 ? 16 : 32; /* 12 is seen from the clusters */
	fat->sector_size = b->sector_size;
	fat->cluster_size = (uint32_t)b->sector_size * b->cluster_sectors;
	fat->table_offset = (uint64_t)b->reserved * b->sector_size;
	fat->root_offset =
		fat->table_offset + table * b->copies * b->sector_size;
	fat->root_len = (uint32_t)b->root_entries * FAT_SLOT_LEN;
	fat->data_offset = fat->root_offset + fat->root_len;
	fat->root_cluster = fat->bits == 32 ? b->root_cluster : 0;
	return count_clusters(b, fat, err);
}

enum status fat_open(struct fat_reader reader, uint64_t size,
		     struct fat_volume *ret, struct error *err)
{
	struct fat_volume fat = { .reader = reader };
	uint8_t bytes[BOOT_LEN];
	struct boot boot;
	enum status s = reader.load(reader.ctx, 0, bytes, sizeof(bytes), err);

	if (s != OK)
		return s;
	if (bytes[SIGNATURE_AT] != 0x55 || bytes[SIGNATURE_AT + 1] != 0xaa)
		return fail(err, E_FAT_SIGNATURE,
			    "the boot sector ends in %02x %02x, not in 55 aa",
			    bytes[SIGNATURE_AT], bytes[SIGNATURE_AT + 1]);
	read_fields(span_of(bytes, sizeof(bytes)), &boot);
	s = check_sizes(&boot, err);
	if (s == OK)
		s = boot.table16 ? check_root(&boot, err)
				 : check_32(&boot, err);
	if (s == OK)
		s = check_length(&boot, size, err);
	if (s == OK)
		s = place_areas(&boot, &fat, err);
	if (s != OK)
		return s;
	if (fat.bits == 32 &&
	    (fat.root_cluster < 2 || fat.root_cluster > fat.last_cluster))
		return fail(err, E_FAT_ROOT_CLUSTER,
			    "the FAT32's root begins in cluster %" PRIu32
			    ", its clusters are 2 to %" PRIu32,
			    fat.root_cluster, fat.last_cluster);
	*ret = fat;
	return OK;
}

/* --- clusters ----------------------------------------------------------------
 */

uint64_t fat_cluster_offset(const struct fat_volume *fat, uint32_t cluster)
{
	return fat->data_offset + (uint64_t)(cluster - 2) * fat->cluster_size;
}

enum status fat_check_cluster(const struct fat_volume *fat, uint32_t cluster,
			      const char *what, struct error *err)
{
	if (cluster < 2 || cluster > fat->last_cluster)
		return fail(err, E_FAT_LINK,
			    "%s leads to cluster %" PRIu32
			    ", the FAT's clusters are 2 to %" PRIu32,
			    what, cluster, fat->last_cluster);
	return OK;
}

/* A cluster's number in the table: 12 bits may lie in two sectors. */
static enum status read_number(const struct fat_volume *fat, uint32_t cluster,
			       uint32_t *ret, struct error *err)
{
	uint8_t bytes[4] = { 0 };
	size_t len = fat->bits == 32 ? 4 : 2;
	uint64_t at = fat->table_offset + (uint64_t)cluster * fat->bits / 8;
	enum status s = fat->reader.load(fat->reader.ctx, at, bytes, len, err);

	if (s != OK)
		return s;
	*ret = span_le32(span_of(bytes, 4), 0);
	if (fat->bits == 12)
		*ret = (cluster & 1 ? *ret >> 4 : *ret) & 0xfff;
	else if (fat->bits == 32)
		*ret &= 0x0fffffff;
	return OK;
}

enum status fat_next(const struct fat_volume *fat, uint32_t cluster,
		     uint32_t *ret, struct error *err)
{
	uint32_t next = 0;
	uint32_t bad = fat->bits == 12	 ? 0xff7
		       : fat->bits == 16 ? 0xfff7
					 : 0x0ffffff7;
	enum status s = read_number(fat, cluster, &next, err);

	if (s != OK)
		return s;
	if (next > bad) {
		*ret = 0;
		return OK;
	}
	if (next == bad)
		return fail(err, E_FAT_BAD_CLUSTER,
			    "cluster %" PRIu32 " leads to a bad one (0x%" PRIx32
			    ")",
			    cluster, next);
	s = fat_check_cluster(fat, next, "a cluster", err);
	if (s != OK)
		return s;
	*ret = next;
	return OK;
}

/* Goes on along a file's clusters; there must be one. */
static enum status step(const struct fat_volume *fat, uint32_t *cluster,
			uint64_t at, uint32_t size, struct error *err)
{
	uint32_t next = 0;
	enum status s = fat_next(fat, *cluster, &next, err);

	if (s == OK && !next)
		return fail(err, E_FAT_FILE_SHORT,
			    "the file's clusters end at byte %" PRIu64
			    ", the file at %" PRIu32,
			    at, size);
	if (s == OK)
		*cluster = next;
	return s;
}

enum status fat_extent(const struct fat_volume *fat,
		       const struct fat_file *file, uint64_t offset,
		       uint64_t *ret_at, uint64_t *ret_len, struct error *err)
{
	uint64_t at, end, start, len;
	uint32_t cluster = file->first_cluster, last;
	enum status s;

	if (offset >= file->size)
		return fail(err, E_FAT_OFFSET,
			    "byte %" PRIu64 " of a file of %" PRIu32
			    " bytes is wanted",
			    offset, file->size);
	s = fat_check_cluster(fat, cluster, "the file", err);
	for (end = fat->cluster_size; s == OK && end <= offset;
	     end += fat->cluster_size)
		s = step(fat, &cluster, end, file->size, err);
	if (s != OK)
		return s;
	start = end - fat->cluster_size;
	at = fat_cluster_offset(fat, cluster) + (offset - start);
	for (last = cluster; end < file->size; end += fat->cluster_size) {
		uint32_t next = last;

		s = step(fat, &next, end, file->size, err);
		if (s != OK)
			return s;
		if (next != last + 1)
			break;
		last = next;
	}
	len = (end < file->size ? end : file->size) - offset;
	*ret_at = at;
	*ret_len = len;
	return OK;
}
