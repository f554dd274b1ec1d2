#include "gpt_build.h"

#include "test.h"

#define HEADER_SIZE 92
#define TABLE_SIZE  (GPT_BUILD_ENTRIES * GPT_BUILD_ENTRY_SIZE)

/* Bit by bit, as the polynomial is written down. */
static uint32_t checksum(struct span s)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < s.len; i++) {
		crc ^= s.ptr[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
	}
	return crc ^ 0xffffffff;
}

static uint64_t table_sectors(const struct gpt_build *b)
{
	return (TABLE_SIZE + b->sector - 1) / b->sector;
}

static uint64_t table_lba(const struct gpt_build *b, bool is_backup)
{
	return is_backup ? b->sectors - 1 - table_sectors(b) : 2;
}

uint8_t *gpt_build_header(struct gpt_build *b, bool is_backup)
{
	return b->bytes + (is_backup ? b->sectors - 1 : 1) * b->sector;
}

uint8_t *gpt_build_entry(struct gpt_build *b, bool is_backup, uint32_t number)
{
	return b->bytes + table_lba(b, is_backup) * b->sector +
	       (size_t)(number - 1) * GPT_BUILD_ENTRY_SIZE;
}

struct span gpt_build_sector(const struct gpt_build *b, uint64_t lba)
{
	return span_of(b->bytes + lba * b->sector, b->sector);
}

struct span gpt_build_entries(const struct gpt_build *b, bool is_backup)
{
	return span_of(b->bytes + table_lba(b, is_backup) * b->sector,
		       TABLE_SIZE);
}

struct span gpt_build_disk(const struct gpt_build *b)
{
	return span_of(b->bytes, b->sectors * b->sector);
}

static void put_mbr(struct gpt_build *b)
{
	uint8_t *entry = b->bytes + 446;

	entry[4] = 0xee;
	store_le32(entry + 8, 1);
	store_le32(entry + 12, (uint32_t)(b->sectors - 1));
	store_le16(b->bytes + 510, 0xaa55);
}

static void put_header(struct gpt_build *b, bool is_backup)
{
	uint8_t *h = gpt_build_header(b, is_backup);

	memcpy(h + GPT_SIGNATURE, "EFI PART", 8);
	store_le32(h + GPT_REVISION, 0x00010000);
	store_le32(h + GPT_HEADER_SIZE, HEADER_SIZE);
	store_le64(h + GPT_MY_LBA, is_backup ? b->sectors - 1 : 1);
	store_le64(h + GPT_ALTERNATE_LBA, is_backup ? 1 : b->sectors - 1);
	store_le64(h + GPT_FIRST_USABLE, b->first_usable);
	store_le64(h + GPT_LAST_USABLE, b->last_usable);
	memset(h + GPT_DISK_GUID, 0xd1, 16);
	store_le64(h + GPT_ENTRIES_LBA, table_lba(b, is_backup));
	store_le32(h + GPT_ENTRY_COUNT, GPT_BUILD_ENTRIES);
	store_le32(h + GPT_ENTRY_SIZE, GPT_BUILD_ENTRY_SIZE);
}

void gpt_build_begin(struct gpt_build *b, size_t sector, uint64_t sectors)
{
	*b = (struct gpt_build){ .sector = sector, .sectors = sectors };
	b->bytes = calloc(sectors, sector);
	assert_non_null(b->bytes);
	b->first_usable = 2 + table_sectors(b);
	b->last_usable = table_lba(b, true) - 1;
	put_mbr(b);
	put_header(b, false);
	put_header(b, true);
	gpt_build_seal(b);
}

static void put_entry(uint8_t *entry, uint32_t number, uint64_t first,
		      uint64_t last, const char *name)
{
	static const uint8_t esp[16] = { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8,
					 0xd2, 0x11, 0xba, 0x4b, 0x00, 0xa0,
					 0xc9, 0x3e, 0xc9, 0x3b };

	memcpy(entry + GPT_E_TYPE, esp, 16);
	memset(entry + GPT_E_UNIQUE, 0x55, 16);
	store_le32(entry + GPT_E_UNIQUE, number);
	store_le64(entry + GPT_E_FIRST_LBA, first);
	store_le64(entry + GPT_E_LAST_LBA, last);
	for (size_t i = 0; name[i]; i++)
		store_le16(entry + GPT_E_NAME + 2 * i, (uint8_t)name[i]);
}

void gpt_build_partition(struct gpt_build *b, uint32_t number, uint64_t first,
			 uint64_t sectors, const char *name)
{
	put_entry(gpt_build_entry(b, false, number), number, first,
		  first + sectors - 1, name);
	put_entry(gpt_build_entry(b, true, number), number, first,
		  first + sectors - 1, name);
	gpt_build_seal(b);
}

void gpt_build_seal_headers(struct gpt_build *b)
{
	for (int backup = 0; backup < 2; backup++) {
		uint8_t *h = gpt_build_header(b, backup);

		store_le32(h + GPT_HEADER_CRC, 0);
		store_le32(h + GPT_HEADER_CRC,
			   checksum(span_of(h, HEADER_SIZE)));
	}
}

void gpt_build_seal(struct gpt_build *b)
{
	for (int backup = 0; backup < 2; backup++)
		store_le32(gpt_build_header(b, backup) + GPT_ENTRIES_CRC,
			   checksum(gpt_build_entries(b, backup)));
	gpt_build_seal_headers(b);
}

void gpt_build_drop(struct gpt_build *b)
{
	free(b->bytes);
	*b = (struct gpt_build){ 0 };
}
