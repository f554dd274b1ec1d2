#include "format/filesystem_parts.h"

#include "format/crc32.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- ext2, ext3, ext4 ------------------------------------------------------
 */

#define EXT_AT	       1024
#define EXT_LEN	       1024
#define EXT_CHECKSUM   1020
#define EXT_SHIFT_MAX  6     /* 64 KiB */
#define EXT_JOURNAL    0x4   /* compatible */
#define EXT_JOURNAL_OF 0x8   /* incompatible: a journal by itself */
#define EXT_CHECKSUMS  0x400 /* read-only compatible */

/* What ext3 knows of the incompatible and of the read-only compatible. */
#define EXT3_INCOMPATIBLE (0x2 | 0x4 | 0x10)
#define EXT3_READ_ONLY	  (0x1 | 0x2 | 0x4)

static enum filesystem_kind ext_kind(struct span sb)
{
	uint32_t compatible = span_le32(sb, 0x5c);
	uint32_t incompatible = span_le32(sb, 0x60);
	uint32_t read_only = span_le32(sb, 0x64);

	if (incompatible & EXT_JOURNAL_OF)
		return FILESYSTEM_EXT_JOURNAL;
	if (incompatible & ~(uint32_t)EXT3_INCOMPATIBLE ||
	    read_only & ~(uint32_t)EXT3_READ_ONLY)
		return FILESYSTEM_EXT4;
	return compatible & EXT_JOURNAL ? FILESYSTEM_EXT3 : FILESYSTEM_EXT2;
}

static enum status check_ext(struct span sb, uint64_t size, struct error *err)
{
	uint32_t shift = span_le32(sb, 0x18), is;
	uint64_t blocks = span_le32(sb, 4);

	if (shift > EXT_SHIFT_MAX)
		return fail(err, E_FS_EXT_BLOCK_SIZE,
			    "the blocks of the ext file system have 2^%" PRIu64
			    " bytes, the most is 2^%d",
			    (uint64_t)shift + 10, EXT_SHIFT_MAX + 10);
	if (span_le32(sb, 0x64) & EXT_CHECKSUMS) {
		is = ~crc32c_add(CRC32_BEGIN, span_slice(sb, 0, EXT_CHECKSUM));
		if (is != span_le32(sb, EXT_CHECKSUM))
			return fail(err, E_FS_EXT_CHECKSUM,
				    "the super block of the ext file system "
				    "has the checksum 0x%08x and says 0x%08x",
				    is, span_le32(sb, EXT_CHECKSUM));
	}
	if (span_le32(sb, 0x60) & 0x80) /* 64 bits */
		blocks |= (uint64_t)span_le32(sb, 0x150) << 32;
	if (blocks > size >> (10 + shift))
		return fail(err, E_FS_EXT_PAST_END,
			    "the ext file system has %" PRIu64
			    " blocks, its partition has room for %" PRIu64,
			    blocks, size >> (10 + shift));
	return OK;
}

enum status filesystem_look_ext(const struct filesystem_look *look,
				struct filesystem *ret, struct error *err)
{
	struct span sb = span_slice(look->head, EXT_AT, EXT_LEN);
	enum filesystem_kind kind = ext_kind(sb);
	enum status s = OK;

	/* The mark is two bytes: without inodes, blocks or a known revision it
	 * is a coincidence. */
	if (span_le16(sb, 0x38) != 0xef53 || !span_le32(sb, 4) ||
	    span_le32(sb, 0x4c) > 1 ||
	    (!span_le32(sb, 0) && kind != FILESYSTEM_EXT_JOURNAL))
		return OK;
	if (kind != FILESYSTEM_EXT_JOURNAL)
		s = check_ext(sb, look->reader.size, err);
	if (s != OK)
		return s;
	ret->kind = kind;
	filesystem_set_uuid(ret, span_slice(sb, 0x68, 16));
	filesystem_set_label(ret, span_slice(sb, 0x78, 16));
	return OK;
}

/* --- xfs -------------------------------------------------------------------
 */

#define XFS_CHECKSUM 224

static uint32_t be32(struct span s, uint64_t at)
{
	struct cursor c = cursor_over(span_slice(s, at, 4));

	return cursor_be32(&c);
}

static enum status check_xfs(struct span sb, uint64_t size, struct error *err)
{
	struct cursor c = cursor_over(sb);
	uint64_t blocks, block_size = be32(sb, 4);
	unsigned version, sector_size;

	cursor_seek(&c, 8);
	blocks = cursor_be64(&c);
	cursor_seek(&c, 100);
	version = cursor_be16(&c) & 15;
	sector_size = cursor_be16(&c);
	if (version != 4 && version != 5)
		return fail(err, E_FS_XFS_VERSION,
			    "xfs of version %u, known are 4 and 5", version);
	if (sector_size < 512 || sector_size > FILESYSTEM_HEAD ||
	    sector_size & (sector_size - 1) || block_size < 512 ||
	    block_size > 65536 || block_size & (block_size - 1))
		return fail(err, E_FS_XFS_SIZES,
			    "xfs with sectors of %u and blocks of %" PRIu64
			    " bytes: not powers of two of 512 to %d and 65536",
			    sector_size, block_size, FILESYSTEM_HEAD);
	if (version == 5) {
		static const uint8_t zero[4];
		uint32_t is = crc32c_add(CRC32_BEGIN,
					 span_slice(sb, 0, XFS_CHECKSUM));
		uint32_t says = span_le32(sb, XFS_CHECKSUM);

		is = crc32c_add(is, span_of(zero, 4));
		is = crc32c_add(is,
				span_slice(sb, XFS_CHECKSUM + 4,
					   sector_size - XFS_CHECKSUM - 4U));
		if (is != says)
			return fail(err, E_FS_XFS_CHECKSUM,
				    "the super block of the xfs has the "
				    "checksum 0x%08x and says 0x%08x",
				    is, says);
	}
	if (blocks > size / block_size)
		return fail(err, E_FS_XFS_PAST_END,
			    "the xfs has %" PRIu64 " blocks, its partition has "
			    "room for %" PRIu64,
			    blocks, size / block_size);
	return OK;
}

enum status filesystem_look_xfs(const struct filesystem_look *look,
				struct filesystem *ret, struct error *err)
{
	enum status s;

	if (!span_starts_with(look->head, "XFSB", 4))
		return OK;
	s = check_xfs(look->head, look->reader.size, err);
	if (s != OK)
		return s;
	ret->kind = FILESYSTEM_XFS;
	filesystem_set_uuid(ret, span_slice(look->head, 32, 16));
	filesystem_set_label(ret, span_slice(look->head, 108, 12));
	return OK;
}

/* --- btrfs -----------------------------------------------------------------
 */

#define BTRFS_AT  65536
#define BTRFS_LEN 4096

enum status filesystem_look_btrfs(const struct filesystem_look *look,
				  struct filesystem *ret, struct error *err)
{
	uint8_t buf[BTRFS_LEN] = { 0 };
	struct span sb = span_of(buf, sizeof(buf));
	enum status s = OK;
	uint32_t is;

	if (filesystem_has(look, BTRFS_AT, BTRFS_LEN))
		s = look->reader.load(look->reader.ctx, BTRFS_AT, buf,
				      sizeof(buf), err);
	if (s != OK || memcmp(buf + 64, "_BHRfS_M", 8) != 0)
		return s;
	if (span_le64(sb, 48) != BTRFS_AT)
		return fail(err, E_FS_BTRFS_OFFSET,
			    "the super block of the btrfs at byte %d says it "
			    "is at byte %" PRIu64,
			    BTRFS_AT, span_le64(sb, 48));
	is = crc32c_add(CRC32_BEGIN, span_slice(sb, 32, BTRFS_LEN - 32));
	if (!span_le16(sb, 0xc4) && is != span_le32(sb, 0))
		return fail(err, E_FS_BTRFS_CHECKSUM,
			    "the super block of the btrfs has the checksum "
			    "0x%08x and says 0x%08x",
			    is, span_le32(sb, 0));
	ret->kind = FILESYSTEM_BTRFS;
	filesystem_set_uuid(ret, span_slice(sb, 32, 16));
	filesystem_set_label(ret, span_slice(sb, 0x12b, 256));
	return OK;
}

/* --- made to be read only, or for flash ------------------------------------
 */

enum status filesystem_look_f2fs(const struct filesystem_look *look,
				 struct filesystem *ret, struct error *err)
{
	struct span sb = span_slice(look->head, 1024, 2048);

	(void)err;
	if (span_le32(sb, 0) != 0xf2f52010)
		return OK;
	ret->kind = FILESYSTEM_F2FS;
	filesystem_set_uuid(ret, span_slice(sb, 108, 16));
	filesystem_set_label_utf16(ret, span_slice(sb, 124, 1024));
	return OK;
}

/* The checksum covers the rest of the block, with its own field as zero. */
enum status filesystem_look_erofs(const struct filesystem_look *look,
				  struct filesystem *ret, struct error *err)
{
	static const uint8_t zero[4];
	struct span sb = span_slice(look->head, 1024, FILESYSTEM_HEAD - 1024);
	uint32_t is, says = span_le32(sb, 4);

	if (span_le32(sb, 0) != 0xe0f5e1e2)
		return OK;
	is = crc32c_add(CRC32_BEGIN, span_slice(sb, 0, 4));
	is = crc32c_add(is, span_of(zero, 4));
	is = ~crc32c_add(is, span_slice(sb, 8, sb.len - 8));
	if (span_le32(sb, 8) & 1 && sb.ptr[12] == 12 && is != says)
		return fail(err, E_FS_EROFS_CHECKSUM,
			    "the super block of the erofs has the checksum "
			    "0x%08x and says 0x%08x",
			    is, says);
	ret->kind = FILESYSTEM_EROFS;
	filesystem_set_uuid(ret, span_slice(sb, 48, 16));
	filesystem_set_label(ret, span_slice(sb, 64, 16));
	return OK;
}

enum status filesystem_look_squashfs(const struct filesystem_look *look,
				     struct filesystem *ret, struct error *err)
{
	if (!span_starts_with(look->head, "hsqs", 4))
		return OK;
	if (span_le16(look->head, 28) != 4)
		return fail(err, E_FS_SQUASHFS_VERSION,
			    "squashfs of version %u, known is 4",
			    span_le16(look->head, 28));
	ret->kind = FILESYSTEM_SQUASHFS;
	return OK;
}

/* Its UUID is the time of its last change: 16 digits, else that of its making.
 */
static void set_iso_time(struct filesystem *fs, struct span descriptor)
{
	struct span t = span_slice(descriptor, 830, 16);
	unsigned zeros = 0;

	for (size_t i = 0; i < t.len; i++)
		zeros += t.ptr[i] == '0';
	if (zeros == t.len)
		t = span_slice(descriptor, 813, 16);
	for (size_t i = 0; i < t.len; i++)
		if (t.ptr[i] < '0' || t.ptr[i] > '9')
			return;
	snprintf(fs->uuid, sizeof(fs->uuid),
		 "%.4s-%.2s-%.2s-%.2s-%.2s-%.2s-%.2s", (const char *)t.ptr,
		 (const char *)t.ptr + 4, (const char *)t.ptr + 6,
		 (const char *)t.ptr + 8, (const char *)t.ptr + 10,
		 (const char *)t.ptr + 12, (const char *)t.ptr + 14);
}

enum status filesystem_look_iso9660(const struct filesystem_look *look,
				    struct filesystem *ret, struct error *err)
{
	uint8_t buf[2048] = { 0 };
	struct span descriptor = span_of(buf, sizeof(buf));
	enum status s = OK;

	if (filesystem_has(look, 32768, sizeof(buf)))
		s = look->reader.load(look->reader.ctx, 32768, buf, sizeof(buf),
				      err);
	if (s != OK || memcmp(buf, "\1CD001\1", 7) != 0)
		return s;
	ret->kind = FILESYSTEM_ISO9660;
	set_iso_time(ret, descriptor);
	filesystem_set_label(ret, span_slice(descriptor, 40, 32));
	return OK;
}
