#include "format/gpt.h"

#include "format/crc32.h"

#include <string.h>

/* Offsets and sizes of UEFI 2.10, tables 5.3 to 5.6. */
#define MBR_SIZE	 512
#define MBR_ENTRIES	 446
#define MBR_ENTRY_SIZE	 16
#define MBR_ENTRY_TYPE	 4
#define MBR_SIGNATURE	 510
#define MBR_TYPE_GPT	 0xee
#define HEADER_SIZE_MIN	 92
#define HEADER_AT_SIZE	 12
#define HEADER_AT_CRC	 16
#define REVISION_1_0	 0x00010000
#define ENTRY_SIZE_MIN	 128
#define ENTRY_NAME_UNITS 36

/* clang-format off */
const struct guid gpt_type_esp = { {
	0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
	0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b } };
const struct guid gpt_type_xbootldr = { {
	0xff, 0xc2, 0x13, 0xbc, 0xe6, 0x59, 0x62, 0x42,
	0xa3, 0x52, 0xb2, 0x75, 0xfd, 0x6f, 0x71, 0x72 } };

/* The bytes in the order their digits are written. */
static const uint8_t guid_order[16] = {
	3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
/* clang-format on */

bool guid_equal(const struct guid *a, const struct guid *b)
{
	return !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

static bool is_dash_before(unsigned byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void guid_format(const struct guid *guid, char buf[static GUID_TEXT_LEN + 1])
{
	struct text t = text_over(buf, GUID_TEXT_LEN + 1);

	for (unsigned i = 0; i < sizeof(guid_order); i++)
		text_addf(&t, is_dash_before(i) ? "-%02x" : "%02x",
			  guid->bytes[guid_order[i]]);
}

bool guid_parse(struct span text, struct guid *ret)
{
	struct cursor c = cursor_over(text);
	struct guid guid;

	if (text.len != GUID_TEXT_LEN)
		return false;
	for (unsigned i = 0; i < sizeof(guid_order); i++) {
		if (is_dash_before(i) && cursor_u8(&c) != '-')
			return false;
		if (!text_parse_hex(cursor_take(&c, 2),
				    &guid.bytes[guid_order[i]], 1))
			return false;
	}
	*ret = guid;
	return true;
}

bool gpt_has_protective_mbr(struct span sector0)
{
	if (sector0.len < MBR_SIZE ||
	    span_le16(sector0, MBR_SIGNATURE) != 0xaa55)
		return false;
	for (size_t i = 0; i < 4; i++)
		if (sector0.ptr[MBR_ENTRIES + i * MBR_ENTRY_SIZE +
				MBR_ENTRY_TYPE] == MBR_TYPE_GPT)
			return true;
	return false;
}

static struct guid take_guid(struct cursor *c)
{
	struct guid guid = { { 0 } };
	struct span bytes = cursor_take(c, sizeof(guid.bytes));

	if (bytes.len)
		memcpy(guid.bytes, bytes.ptr, bytes.len);
	return guid;
}

/* The checksum of the header counts its own field as zero. */
static uint32_t header_crc(struct span header)
{
	static const uint8_t zero[4];
	size_t behind = HEADER_AT_CRC + sizeof(zero);
	uint32_t crc =
		crc32_add(CRC32_BEGIN, span_slice(header, 0, HEADER_AT_CRC));

	crc = crc32_add(crc, span_of(zero, sizeof(zero)));
	return crc32_add(crc, span_slice(header, behind, header.len - behind));
}

static enum status check_envelope(struct span sector, uint64_t lba,
				  struct error *err)
{
	uint32_t revision = span_le32(sector, 8);
	uint32_t size = span_le32(sector, HEADER_AT_SIZE);
	uint32_t crc = span_le32(sector, HEADER_AT_CRC), is;

	if (sector.len < MBR_SIZE)
		return fail(err, E_GPT_SHORT,
			    "sector %llu has %zu bytes, the smallest sector "
			    "has %u",
			    (unsigned long long)lba, sector.len, MBR_SIZE);
	if (!span_starts_with(sector, "EFI PART", 8))
		return fail(err, E_GPT_MAGIC,
			    "sector %llu begins with 0x%016llx, a GPT header "
			    "with 0x5452415020494645 (EFI PART)",
			    (unsigned long long)lba,
			    (unsigned long long)span_le64(sector, 0));
	if (revision != REVISION_1_0)
		return fail(err, E_GPT_REVISION,
			    "the GPT header in sector %llu has revision "
			    "0x%08x, known is 0x%08x",
			    (unsigned long long)lba, revision, REVISION_1_0);
	if (size < HEADER_SIZE_MIN || size > sector.len)
		return fail(err, E_GPT_HEADER_SIZE,
			    "the GPT header in sector %llu has %u bytes, it "
			    "has to have %u to %zu",
			    (unsigned long long)lba, size, HEADER_SIZE_MIN,
			    sector.len);
	is = header_crc(span_slice(sector, 0, size));
	if (is != crc)
		return fail(err, E_GPT_HEADER_CRC,
			    "the GPT header in sector %llu has the checksum "
			    "0x%08x and says 0x%08x",
			    (unsigned long long)lba, is, crc);
	return OK;
}

static struct gpt_header read_header(struct span sector)
{
	struct cursor c = cursor_over(sector);
	struct gpt_header h = { 0 };

	cursor_seek(&c, 24);
	h.my_lba = cursor_le64(&c);
	h.other_lba = cursor_le64(&c);
	h.first_usable = cursor_le64(&c);
	h.last_usable = cursor_le64(&c);
	h.disk = take_guid(&c);
	h.entries_lba = cursor_le64(&c);
	h.entry_count = cursor_le32(&c);
	h.entry_size = cursor_le32(&c);
	h.entries_crc = cursor_le32(&c);
	/* 32 by 32 bits */
	h.entries_bytes = (uint64_t)h.entry_count * h.entry_size;
	return h;
}

static enum status check_entry_shape(const struct gpt_header *h,
				     struct error *err)
{
	if (h->entry_size < ENTRY_SIZE_MIN ||
	    h->entry_size > GPT_ENTRY_SIZE_MAX ||
	    (h->entry_size & (h->entry_size - 1)))
		return fail(err, E_GPT_ENTRY_SIZE,
			    "the partition table has entries of %u bytes, "
			    "allowed are powers of two from %u to %u",
			    h->entry_size, ENTRY_SIZE_MIN, GPT_ENTRY_SIZE_MAX);
	if (!h->entry_count)
		return fail(err, E_GPT_NO_ENTRIES,
			    "the partition table has 0 entries, the most is %u",
			    GPT_ENTRIES_MAX);
	if (h->entry_count > GPT_ENTRIES_MAX)
		return fail(err, E_GPT_TOO_MANY_ENTRIES,
			    "the partition table has %u entries, the most is "
			    "%u",
			    h->entry_count, GPT_ENTRIES_MAX);
	return OK;
}

static enum status check_usable(const struct gpt_header *h,
				uint64_t disk_sectors, struct error *err)
{
	if (h->last_usable < h->first_usable)
		return fail(err, E_GPT_USABLE_INVERTED,
			    "the usable sectors begin at %llu and end at %llu",
			    (unsigned long long)h->first_usable,
			    (unsigned long long)h->last_usable);
	if (h->last_usable >= disk_sectors)
		return fail(err, E_GPT_USABLE_PAST_END,
			    "the last usable sector is %llu, the disk has %llu "
			    "sectors",
			    (unsigned long long)h->last_usable,
			    (unsigned long long)disk_sectors);
	return OK;
}

static enum status check_table_place(const struct gpt_header *h,
				     size_t sector_len, uint64_t disk_sectors,
				     struct error *err)
{
	uint64_t sectors = (h->entries_bytes + sector_len - 1) / sector_len;
	uint64_t end;

	if (!add_size(h->entries_lba, sectors, &end) || end > disk_sectors)
		return fail(err, E_GPT_TABLE_PAST_END,
			    "the partition table has %llu sectors from %llu "
			    "on, the disk has %llu",
			    (unsigned long long)sectors,
			    (unsigned long long)h->entries_lba,
			    (unsigned long long)disk_sectors);
	if (!h->entries_lba || (h->my_lba >= h->entries_lba && h->my_lba < end))
		return fail(err, E_GPT_TABLE_OVER_HEADER,
			    "the partition table (sectors %llu-%llu) covers "
			    "the MBR or its header in sector %llu",
			    (unsigned long long)h->entries_lba,
			    (unsigned long long)end - 1,
			    (unsigned long long)h->my_lba);
	if (h->entries_lba <= h->last_usable && end > h->first_usable)
		return fail(err, E_GPT_TABLE_IN_USABLE,
			    "the partition table (sectors %llu-%llu) lies in "
			    "the usable range (%llu-%llu)",
			    (unsigned long long)h->entries_lba,
			    (unsigned long long)end - 1,
			    (unsigned long long)h->first_usable,
			    (unsigned long long)h->last_usable);
	return OK;
}

enum status gpt_parse_header(struct span sector, uint64_t lba,
			     uint64_t disk_sectors, struct gpt_header *ret,
			     struct error *err)
{
	struct gpt_header h;
	enum status s = check_envelope(sector, lba, err);

	if (s != OK)
		return s;
	h = read_header(sector);
	if (h.my_lba != lba)
		return fail(err, E_GPT_MY_LBA,
			    "the GPT header in sector %llu says it is in "
			    "sector %llu",
			    (unsigned long long)lba,
			    (unsigned long long)h.my_lba);
	s = check_entry_shape(&h, err);
	if (s == OK)
		s = check_usable(&h, disk_sectors, err);
	if (s == OK)
		s = check_table_place(&h, sector.len, disk_sectors, err);
	if (s == OK)
		*ret = h;
	return s;
}

/* UTF-16LE; half a surrogate pair becomes what display_of() makes a '?'. */
static struct display take_name(struct cursor *c)
{
	struct cursor units = cursor_sub(c, 2 * ENTRY_NAME_UNITS);
	char utf8[4 * ENTRY_NAME_UNITS + 1];
	struct text t = text_over(utf8, sizeof(utf8));
	uint32_t unit, high = 0;

	while (cursor_left(&units) && (unit = cursor_le16(&units)) != 0) {
		bool is_low = unit >= 0xdc00 && unit < 0xe000;

		if (high && is_low) {
			text_add_point(&t, 0x10000 + ((high - 0xd800) << 10) +
						   (unit - 0xdc00));
			high = 0;
			continue;
		}
		if (high)
			text_add_char(&t, '?');
		high = unit >= 0xd800 && unit < 0xdc00 ? unit : 0;
		if (is_low)
			text_add_char(&t, '?');
		else if (!high)
			text_add_point(&t, unit);
	}
	if (high)
		text_add_char(&t, '?');
	return display_of(span_of(utf8, t.len));
}

/* Without its name, which only a partition that is kept needs. */
static struct gpt_partition read_entry(struct cursor *c, uint32_t index)
{
	struct gpt_partition part = { .number = index + 1 };

	part.type = take_guid(c);
	part.unique = take_guid(c);
	part.first_lba = cursor_le64(c);
	part.last_lba = cursor_le64(c);
	part.attributes = cursor_le64(c);
	return part;
}

static struct cursor entry_at(struct span entries, const struct gpt_header *h,
			      uint32_t index)
{
	return cursor_over(span_slice(entries, (uint64_t)index * h->entry_size,
				      h->entry_size));
}

static bool is_used(const struct gpt_partition *part)
{
	static const struct guid zero;

	return !guid_equal(&part->type, &zero);
}

static enum status check_partition(const struct gpt_partition *part,
				   const struct gpt_header *h,
				   struct error *err)
{
	if (part->last_lba < part->first_lba)
		return fail(err, E_GPT_PARTITION_INVERTED,
			    "partition %u begins at sector %llu and ends at "
			    "%llu",
			    part->number, (unsigned long long)part->first_lba,
			    (unsigned long long)part->last_lba);
	if (part->first_lba < h->first_usable ||
	    part->last_lba > h->last_usable)
		return fail(err, E_GPT_PARTITION_OUTSIDE,
			    "partition %u (sectors %llu-%llu) lies outside the "
			    "usable range (%llu-%llu)",
			    part->number, (unsigned long long)part->first_lba,
			    (unsigned long long)part->last_lba,
			    (unsigned long long)h->first_usable,
			    (unsigned long long)h->last_usable);
	return OK;
}

static enum status check_partition_pair(const struct gpt_partition *a,
					const struct gpt_partition *b,
					struct error *err)
{
	char guid[GUID_TEXT_LEN + 1];

	if (a->first_lba <= b->last_lba && b->first_lba <= a->last_lba)
		return fail(err, E_GPT_PARTITION_OVERLAP,
			    "partition %u (sectors %llu-%llu) overlaps "
			    "partition %u (%llu-%llu)",
			    b->number, (unsigned long long)b->first_lba,
			    (unsigned long long)b->last_lba, a->number,
			    (unsigned long long)a->first_lba,
			    (unsigned long long)a->last_lba);
	guid_format(&a->unique, guid);
	if (guid_equal(&a->unique, &b->unique))
		return fail(err, E_GPT_PARTITION_TWICE,
			    "partitions %u and %u have the same GUID %s",
			    a->number, b->number, guid);
	return OK;
}

/* Against the disk and against every partition before it. */
static enum status check_entry(struct span entries, const struct gpt_header *h,
			       uint32_t index, struct error *err)
{
	struct cursor c = entry_at(entries, h, index);
	struct gpt_partition part = read_entry(&c, index), other;
	enum status s = OK;

	if (!is_used(&part))
		return OK;
	s = check_partition(&part, h, err);
	for (uint32_t i = 0; s == OK && i < index; i++) {
		c = entry_at(entries, h, i);
		other = read_entry(&c, i);
		if (is_used(&other))
			s = check_partition_pair(&other, &part, err);
	}
	return s;
}

static enum status check_table(struct span entries, const struct gpt_header *h,
			       struct error *err)
{
	uint32_t crc;

	if (entries.len < h->entries_bytes)
		return fail(err, E_GPT_ENTRIES_SHORT,
			    "the partition table has %zu bytes, its %u entries "
			    "of %u take %llu",
			    entries.len, h->entry_count, h->entry_size,
			    (unsigned long long)h->entries_bytes);
	crc = crc32_add(CRC32_BEGIN, span_slice(entries, 0, h->entries_bytes));
	if (crc != h->entries_crc)
		return fail(err, E_GPT_ENTRIES_CRC,
			    "the partition table has the checksum 0x%08x, its "
			    "header says 0x%08x",
			    crc, h->entries_crc);
	return OK;
}

enum status gpt_parse_entries(struct span entries,
			      const struct gpt_header *header,
			      struct gpt_table *ret, struct error *err)
{
	enum status s = check_table(entries, header, err);

	/* All checks come first: the table is too large for a copy here, and
	 * *ret is only written when it is good. */
	for (uint32_t i = 0; s == OK && i < header->entry_count; i++)
		s = check_entry(entries, header, i, err);
	if (s != OK)
		return s;
	ret->disk = header->disk;
	ret->from_backup = header->my_lba != 1;
	ret->count = 0;
	for (uint32_t i = 0; i < header->entry_count; i++) {
		struct cursor c = entry_at(entries, header, i);
		struct gpt_partition part = read_entry(&c, i);

		if (!is_used(&part))
			continue;
		part.name = take_name(&c);
		ret->parts[ret->count++] = part;
	}
	return OK;
}
