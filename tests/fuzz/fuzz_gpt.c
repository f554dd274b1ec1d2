/*
 * gpt_parse_header() and gpt_parse_entries() on any bytes: the first 512 are
 * the header's sector, the rest is the table. Checksums would stop nearly every
 * input at the door, so each is tried as it is and once more with the right
 * ones.
 */
#include "fuzz.h"

#include "format/crc32.h"
#include "format/gpt.h"

#define SECTOR	      512
#define DISK_SECTORS  100000
#define AT_HEADER_LEN 12
#define AT_HEADER_CRC 16
#define AT_TABLE_CRC  88

static void check_table(const struct gpt_header *h, const struct gpt_table *t)
{
	fuzz_must(t->count <= h->entry_count && t->count <= GPT_ENTRIES_MAX);
	for (uint32_t i = 0; i < t->count; i++) {
		const struct gpt_partition *a = &t->parts[i];

		fuzz_must(a->number >= 1 && a->number <= h->entry_count);
		fuzz_must(a->first_lba <= a->last_lba);
		fuzz_must(a->first_lba >= h->first_usable);
		fuzz_must(a->last_lba <= h->last_usable);
		fuzz_must(strlen(a->name.text) < sizeof(a->name.text));
		for (uint32_t j = 0; j < i; j++)
			fuzz_must(a->last_lba < t->parts[j].first_lba ||
				  a->first_lba > t->parts[j].last_lba);
	}
}

static void try_table(struct span sector, struct span entries)
{
	static struct gpt_table t;
	struct gpt_header h;
	struct error err;
	enum status s = gpt_parse_header(sector, 1, DISK_SECTORS, &h, &err);

	if (s == OK) {
		fuzz_must(h.last_usable < DISK_SECTORS);
		fuzz_must(h.entries_bytes <= GPT_ENTRIES_MAX * 4096);
		s = gpt_parse_entries(entries, &h, &t, &err);
	}
	if (s == OK)
		check_table(&h, &t);
	else
		fuzz_check_error(s, &err);
}

static void seal(uint8_t *sector, struct span entries)
{
	struct span header = span_of(sector, SECTOR);
	uint32_t len = span_le32(header, AT_HEADER_LEN);
	uint64_t table_len =
		(uint64_t)span_le32(header, 80) * span_le32(header, 84);

	if (table_len <= entries.len)
		store_le32(sector + AT_TABLE_CRC,
			   crc32_add(CRC32_BEGIN,
				     span_slice(entries, 0, table_len)));
	if (len > SECTOR)
		return;
	store_le32(sector + AT_HEADER_CRC, 0);
	store_le32(sector + AT_HEADER_CRC,
		   crc32_add(CRC32_BEGIN, span_slice(header, 0, len)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span file = span_of(data, size), entries;
	char text[GUID_TEXT_LEN + 1];
	uint8_t sector[SECTOR];
	struct guid guid;

	if (guid_parse(span_slice(file, 0, GUID_TEXT_LEN), &guid))
		guid_format(&guid, text);
	(void)gpt_has_protective_mbr(file);
	if (size < SECTOR) {
		try_table(file, span_of(NULL, 0));
		return 0;
	}
	entries = span_slice(file, SECTOR, size - SECTOR);
	memcpy(sector, data, SECTOR);
	try_table(span_of(sector, SECTOR), entries);
	seal(sector, entries);
	try_table(span_of(sector, SECTOR), entries);
	return 0;
}
