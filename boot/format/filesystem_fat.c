#include "format/filesystem_parts.h"

#include "format/fat.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Clusters of a FAT32's root that are searched for the label; blkid(8) gives up
 * after as many. */
#define LABEL_CLUSTERS 100

#define SLOT_LEN  32
#define CHUNK_LEN 512 /* the smallest cluster or root */

static bool is_power_of_two(uint32_t n)
{
	return n && !(n & (n - 1));
}

/* Enough to be meant as a FAT. What else runs from a first sector, and an NTFS,
 * has no tables. */
static bool claims_vfat(struct span s)
{
	uint8_t media = s.ptr[21];

	return (s.ptr[0] == 0xeb || s.ptr[0] == 0xe9) &&
	       span_le16(s, 510) == 0xaa55 &&
	       is_power_of_two(span_le16(s, 11)) && span_le16(s, 11) >= 512 &&
	       is_power_of_two(s.ptr[13]) && span_le16(s, 14) && s.ptr[16] &&
	       s.ptr[16] <= 4 && (media == 0xf0 || media >= 0xf8);
}

/* Looks for the label among the slots of some of the root; true at its end. */
static bool find_label(struct span slots, struct filesystem *fs)
{
	for (size_t at = 0; at + SLOT_LEN <= slots.len; at += SLOT_LEN) {
		struct span slot = span_slice(slots, at, SLOT_LEN);
		uint8_t name[11];

		if (!slot.ptr[0])
			return true;
		if (slot.ptr[0] == 0xe5 || (slot.ptr[11] & 0x3f) == 0x0f ||
		    (slot.ptr[11] & 0x18) != 0x08 || span_le16(slot, 20) ||
		    span_le16(slot, 26))
			continue;
		memcpy(name, slot.ptr, sizeof(name));
		if (name[0] == 0x05)
			name[0] = 0xe5;
		filesystem_set_label(fs, span_of(name, sizeof(name)));
		return true;
	}
	return false;
}

static enum status search_range(const struct filesystem_look *look,
				uint64_t offset, uint64_t len,
				struct filesystem *fs, bool *ret_done,
				struct error *err)
{
	uint8_t buf[CHUNK_LEN] = { 0 };
	enum status s = OK;

	*ret_done = false;
	for (uint64_t at = 0; s == OK && !*ret_done && at < len;
	     at += sizeof(buf)) {
		s = look->reader.load(look->reader.ctx, offset + at, buf,
				      sizeof(buf), err);
		if (s == OK)
			*ret_done = find_label(span_of(buf, sizeof(buf)), fs);
	}
	return s;
}

/* A root whose chain is broken has no label: the kernel will say more when it
 * is listed. */
static enum status search_root(const struct filesystem_look *look,
			       const struct fat_volume *fat,
			       struct filesystem *fs, struct error *err)
{
	uint32_t cluster = fat->root_cluster;
	bool done = false;
	enum status s = OK;

	if (fat->bits != 32)
		return search_range(look, fat->root_offset, fat->root_len, fs,
				    &done, err);
	for (unsigned i = 0; s == OK && cluster && !done && i < LABEL_CLUSTERS;
	     i++) {
		s = search_range(look, fat_cluster_offset(fat, cluster),
				 fat->cluster_size, fs, &done, err);
		if (s == OK && !done &&
		    fat_next(fat, cluster, &cluster, NULL) != OK)
			cluster = 0;
	}
	return s;
}

static void set_serial(struct filesystem *fs, uint32_t serial)
{
	snprintf(fs->uuid, sizeof(fs->uuid), "%04" PRIX32 "-%04" PRIX32,
		 serial >> 16, serial & 0xffff);
}

enum status filesystem_look_vfat(const struct filesystem_look *look,
				 struct filesystem *ret, struct error *err)
{
	const struct fat_reader reader = { look->reader.ctx,
					   look->reader.load };
	struct fat_volume fat;
	uint8_t mark;
	enum status s;

	if (!claims_vfat(look->head))
		return OK;
	s = fat_open(reader, look->reader.size, &fat, err);
	if (s == OK)
		s = search_root(look, &fat, ret, err);
	if (s != OK)
		return s;
	ret->kind = FILESYSTEM_VFAT;
	mark = look->head.ptr[38];
	if (fat.bits == 32)
		set_serial(ret, span_le32(look->head, 67));
	else if (mark == 0x28 || mark == 0x29)
		set_serial(ret, span_le32(look->head, 39));
	return OK;
}

/* --- exFAT -----------------------------------------------------------------
 */

struct exfat {
	unsigned sector_shift, cluster_shift; /* the second in sectors */
	uint64_t sectors;
	uint32_t heap, clusters, root;
};

static enum status check_exfat(const struct exfat *x, uint64_t size,
			       struct error *err)
{
	uint64_t heap_len;

	if (x->sector_shift < 9 || x->sector_shift > 12 ||
	    x->sector_shift + x->cluster_shift > 25)
		return fail(err, E_FS_EXFAT_SHIFT,
			    "the exFAT has sectors of 2^%u bytes and clusters "
			    "of 2^%u sectors, possible are 2^9 to 2^12 bytes "
			    "and together 2^25",
			    x->sector_shift, x->cluster_shift);
	heap_len = (uint64_t)x->clusters << x->cluster_shift;
	if (x->sectors > size >> x->sector_shift ||
	    x->heap + heap_len > x->sectors)
		return fail(err, E_FS_EXFAT_PAST_END,
			    "the exFAT has %" PRIu64 " sectors, its clusters "
			    "end at sector %" PRIu64
			    ", its partition has %" PRIu64,
			    x->sectors, x->heap + heap_len,
			    size >> x->sector_shift);
	if (x->root < 2 || x->root - 2 >= x->clusters)
		return fail(err, E_FS_EXFAT_ROOT,
			    "the exFAT's root is cluster %" PRIu32
			    ", it has clusters 2 to %" PRIu32,
			    x->root, x->clusters + 1);
	return OK;
}

/* Entry 0x83: a length and up to 11 units. */
static enum status search_exfat_root(const struct filesystem_look *look,
				     const struct exfat *x,
				     struct filesystem *fs, struct error *err)
{
	uint64_t sector =
		x->heap + ((uint64_t)(x->root - 2) << x->cluster_shift);
	uint64_t offset = sector << x->sector_shift;
	uint8_t buf[CHUNK_LEN] = { 0 };
	struct span slots = span_of(buf, sizeof(buf));
	enum status s = look->reader.load(look->reader.ctx, offset, buf,
					  sizeof(buf), err);

	for (size_t at = 0; s == OK && at < sizeof(buf) && buf[at];
	     at += SLOT_LEN)
		if (buf[at] == 0x83 && buf[at + 1] <= 11)
			filesystem_set_label_utf16(
				fs,
				span_slice(slots, at + 2, 2U * buf[at + 1]));
	return s;
}

enum status filesystem_look_exfat(const struct filesystem_look *look,
				  struct filesystem *ret, struct error *err)
{
	struct span head = look->head;
	struct exfat x = { .sector_shift = head.ptr[108],
			   .cluster_shift = head.ptr[109],
			   .sectors = span_le64(head, 72),
			   .heap = span_le32(head, 88),
			   .clusters = span_le32(head, 92),
			   .root = span_le32(head, 96) };
	enum status s;

	if (memcmp(head.ptr,
		   "\xeb\x76\x90"
		   "EXFAT   ",
		   11) != 0)
		return OK;
	s = check_exfat(&x, look->reader.size, err);
	if (s == OK)
		s = search_exfat_root(look, &x, ret, err);
	if (s != OK)
		return s;
	ret->kind = FILESYSTEM_EXFAT;
	set_serial(ret, span_le32(head, 100));
	return OK;
}
