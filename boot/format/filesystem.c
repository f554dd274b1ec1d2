#include "format/filesystem_parts.h"

#include "base/text.h"
#include "format/crc32.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *filesystem_name(enum filesystem_kind kind)
{
	static const char *const names[FILESYSTEM_KIND_COUNT] = {
		[FILESYSTEM_NONE] = "",
		[FILESYSTEM_MD] = "linux_raid_member",
		[FILESYSTEM_LUKS] = "crypto_LUKS",
		[FILESYSTEM_LVM] = "LVM2_member",
		[FILESYSTEM_BITLOCKER] = "BitLocker",
		[FILESYSTEM_BCACHE] = "bcache",
		[FILESYSTEM_SWAP] = "swap",
		[FILESYSTEM_NTFS] = "ntfs",
		[FILESYSTEM_VFAT] = "vfat",
		[FILESYSTEM_EXFAT] = "exfat",
		[FILESYSTEM_EXT2] = "ext2",
		[FILESYSTEM_EXT3] = "ext3",
		[FILESYSTEM_EXT4] = "ext4",
		[FILESYSTEM_EXT_JOURNAL] = "jbd",
		[FILESYSTEM_XFS] = "xfs",
		[FILESYSTEM_BTRFS] = "btrfs",
		[FILESYSTEM_F2FS] = "f2fs",
		[FILESYSTEM_EROFS] = "erofs",
		[FILESYSTEM_SQUASHFS] = "squashfs",
		[FILESYSTEM_ISO9660] = "iso9660",
	};

	return names[kind];
}

bool filesystem_has(const struct filesystem_look *look, uint64_t offset,
		    uint64_t len)
{
	uint64_t end;

	return add_size(offset, len, &end) && end <= look->reader.size;
}

void filesystem_set_uuid(struct filesystem *fs, struct span bytes)
{
	struct text t = text_over(fs->uuid, sizeof(fs->uuid));
	bool any = false;

	for (size_t i = 0; i < bytes.len; i++)
		any |= bytes.ptr[i];
	for (size_t i = 0; any && i < bytes.len; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			text_add_char(&t, '-');
		text_addf(&t, "%02x", bytes.ptr[i]);
	}
}

void filesystem_set_label(struct filesystem *fs, struct span bytes)
{
	struct text t = text_over(fs->label, sizeof(fs->label));

	bytes = span_until_nul(bytes);
	while (bytes.len && bytes.ptr[bytes.len - 1] == ' ')
		bytes.len--;
	text_add_safe(&t, bytes);
	/* The beginning of a label is another label. */
	if (t.cut)
		fs->label[0] = '\0';
}

void filesystem_set_label_utf16(struct filesystem *fs, struct span bytes)
{
	char utf8[3 * 64 + 1];
	struct text t = text_over(utf8, sizeof(utf8));
	struct cursor c = cursor_over(bytes);
	uint32_t unit, high = 0;

	while (cursor_left(&c) > 1 && (unit = cursor_le16(&c)) != 0) {
		bool is_low = unit >= 0xdc00 && unit < 0xe000;

		if (is_low && high)
			text_add_point(&t, 0x10000 + ((high - 0xd800) << 10) +
						   (unit - 0xdc00));
		high = unit >= 0xd800 && unit < 0xdc00 ? unit : 0;
		if (!high && !is_low)
			text_add_point(&t, unit);
	}
	filesystem_set_label(fs,
			     t.cut ? span_of(NULL, 0) : span_of(utf8, t.len));
}

/* --- containers ------------------------------------------------------------
 */

static enum status look_md(const struct filesystem_look *look,
			   struct filesystem *ret, struct error *err)
{
	bool found = false;
	enum status s = md_find(look->reader, &ret->md, &found, err);

	if (s != OK || !found)
		return s;
	ret->kind = FILESYSTEM_MD;
	memcpy(ret->uuid, ret->md.uuid, sizeof(ret->md.uuid));
	filesystem_set_label(ret, span_of_text(ret->md.name));
	return OK;
}

static enum status look_luks(const struct filesystem_look *look,
			     struct filesystem *ret, struct error *err)
{
	struct cursor c = cursor_over(look->head);
	uint16_t version;

	if (!span_starts_with(look->head, "LUKS\xba\xbe", 6))
		return OK;
	cursor_seek(&c, 6);
	version = cursor_be16(&c);
	if (version != 1 && version != 2)
		return fail(err, E_FS_LUKS_VERSION,
			    "LUKS of version %u, known are 1 and 2", version);
	ret->kind = FILESYSTEM_LUKS;
	if (version == 2)
		filesystem_set_label(ret, span_slice(look->head, 24, 48));
	text_add_safe(&(struct text){ ret->uuid, sizeof(ret->uuid), 0, false },
		      span_until_nul(span_slice(look->head, 168, 40)));
	return OK;
}

/* LVM's checksum is that of IEEE 802.3 without the inversions, begun with a
 * number of its own. */
static uint32_t lvm_checksum(struct span s)
{
	return ~crc32_add(~(uint32_t)0xf597a6cf, s);
}

static enum status check_lvm(struct span sector, uint64_t number,
			     struct error *err)
{
	uint32_t says = span_le32(sector, 16);
	uint32_t is = lvm_checksum(span_slice(sector, 20, 512 - 20));
	uint32_t offset = span_le32(sector, 20);

	if (span_le64(sector, 8) != number)
		return fail(err, E_FS_LVM_SECTOR,
			    "the label of LVM in sector %" PRIu64
			    " says it is in sector %" PRIu64,
			    number, span_le64(sector, 8));
	if (is != says)
		return fail(err, E_FS_LVM_CHECKSUM,
			    "the label of LVM has the checksum 0x%08x and says "
			    "0x%08x",
			    is, says);
	if (offset < 32 || offset > 512 - 32)
		return fail(err, E_FS_LVM_OFFSET,
			    "the header of LVM's physical volume is at byte "
			    "%" PRIu32 " of its sector, possible are 32 to %d",
			    offset, 512 - 32);
	return OK;
}

/* In one of the first four sectors of 512 bytes. */
static enum status look_lvm(const struct filesystem_look *look,
			    struct filesystem *ret, struct error *err)
{
	for (uint64_t i = 0; i < 4; i++) {
		struct span sector = span_slice(look->head, i * 512, 512), id;
		struct text t = text_over(ret->uuid, sizeof(ret->uuid));
		enum status s;

		if (!span_starts_with(sector, "LABELONE", 8) ||
		    memcmp(sector.ptr + 24, "LVM2 001", 8) != 0)
			continue;
		s = check_lvm(sector, i, err);
		if (s != OK)
			return s;
		ret->kind = FILESYSTEM_LVM;
		id = span_slice(sector, span_le32(sector, 20), 32);
		for (size_t j = 0; j < id.len; j++) {
			/* 6-4-4-4-4-4-6 */
			if (j > 5 && j < 27 && j % 4 == 2)
				text_add_char(&t, '-');
			text_add_safe(&t, span_slice(id, j, 1));
		}
		return OK;
	}
	return OK;
}

static enum status look_bitlocker(const struct filesystem_look *look,
				  struct filesystem *ret, struct error *err)
{
	(void)err;
	if (look->head.ptr[0] == 0xeb &&
	    !memcmp(look->head.ptr + 3, "-FVE-FS-", 8))
		ret->kind = FILESYSTEM_BITLOCKER;
	return OK;
}

static enum status look_ntfs(const struct filesystem_look *look,
			     struct filesystem *ret, struct error *err)
{
	(void)err;
	if (look->head.ptr[0] != 0xeb ||
	    memcmp(look->head.ptr + 3, "NTFS    ", 8) != 0)
		return OK;
	ret->kind = FILESYSTEM_NTFS;
	snprintf(ret->uuid, sizeof(ret->uuid), "%016" PRIX64,
		 span_le64(look->head, 72));
	return OK;
}

static enum status look_bcache(const struct filesystem_look *look,
			       struct filesystem *ret, struct error *err)
{
	static const uint8_t magic[16] = { 0xc6, 0x85, 0x73, 0xf6, 0x4e, 0x1a,
					   0x45, 0xca, 0x82, 0x65, 0xf5, 0x7f,
					   0x48, 0xba, 0x6d, 0x81 };
	uint8_t buf[56] = { 0 };
	enum status s = OK;

	if (filesystem_has(look, 4096, sizeof(buf)))
		s = look->reader.load(look->reader.ctx, 4096, buf, sizeof(buf),
				      err);
	if (s != OK || memcmp(buf + 24, magic, sizeof(magic)) != 0)
		return s;
	ret->kind = FILESYSTEM_BCACHE;
	filesystem_set_uuid(ret, span_of(buf + 40, 16));
	return OK;
}

/* The mark stands at the end of a page of whatever machine made it. */
static enum status look_swap(const struct filesystem_look *look,
			     struct filesystem *ret, struct error *err)
{
	static const uint64_t pages[] = { 4096, 8192, 16384, 65536 };
	uint32_t version = span_le32(look->head, 1024);
	enum status s = OK;

	for (size_t i = 0; s == OK && i < sizeof(pages) / sizeof(*pages); i++) {
		uint8_t mark[10] = { 0 };

		if (filesystem_has(look, 0, pages[i]))
			s = look->reader.load(look->reader.ctx, pages[i] - 10,
					      mark, sizeof(mark), err);
		if (s != OK || memcmp(mark, "SWAPSPACE2", 10) != 0)
			continue;
		if (version != 1)
			return fail(err, E_FS_SWAP_VERSION,
				    "swap space of version %" PRIu32
				    ", known is 1",
				    version);
		ret->kind = FILESYSTEM_SWAP;
		filesystem_set_uuid(ret, span_slice(look->head, 1036, 16));
		filesystem_set_label(ret, span_slice(look->head, 1052, 16));
		return OK;
	}
	return s;
}

enum status filesystem_identify(struct byte_reader reader,
				struct filesystem *ret, struct error *err)
{
	static filesystem_look_fn *const looks[] = {
		look_md,
		look_luks,
		look_lvm,
		look_bitlocker,
		look_bcache,
		look_ntfs,
		filesystem_look_exfat,
		filesystem_look_xfs,
		filesystem_look_squashfs,
		filesystem_look_vfat,
		filesystem_look_ext,
		filesystem_look_f2fs,
		filesystem_look_erofs,
		look_swap,
		filesystem_look_btrfs,
		filesystem_look_iso9660,
	};
	uint8_t head[FILESYSTEM_HEAD] = { 0 };
	struct filesystem_look look = { reader, span_of(head, sizeof(head)) };
	struct filesystem fs = { .kind = FILESYSTEM_NONE };
	size_t len =
		reader.size < sizeof(head) ? (size_t)reader.size : sizeof(head);
	enum status s = reader.load(reader.ctx, 0, head, len, err);

	for (size_t i = 0; s == OK && fs.kind == FILESYSTEM_NONE &&
			   i < sizeof(looks) / sizeof(*looks);
	     i++)
		s = looks[i](&look, &fs, err);
	if (s == OK)
		*ret = fs;
	return s;
}
