/* GUID partition tables: each field broken, every cut, both copies. */
#include "test.h"
#include "gpt_build.h"

#include "format/crc32.h"
#include "format/gpt.h"

#define SECTORS 200 /* usable: 34 to 166 */

static void build_good(struct gpt_build *b)
{
	gpt_build_begin(b, 512, SECTORS);
	gpt_build_partition(b, 1, 34, 10, "EFI System");
	gpt_build_partition(b, 2, 44, 123, "root");
}

static enum status parse_header(const struct gpt_build *b, bool is_backup,
				struct gpt_header *h, struct error *err)
{
	uint64_t lba = is_backup ? b->sectors - 1 : 1;
	struct span sector = test_copy(gpt_build_sector(b, lba));
	enum status s = gpt_parse_header(sector, lba, b->sectors, h, err);

	test_drop(&sector);
	return s;
}

static enum status parse(const struct gpt_build *b, bool is_backup,
			 struct gpt_table *table, struct error *err)
{
	struct gpt_header h;
	enum status s = parse_header(b, is_backup, &h, err);
	struct span entries;

	if (s != OK)
		return s;
	entries = test_copy(gpt_build_entries(b, is_backup));
	s = gpt_parse_entries(entries, &h, table, err);
	test_drop(&entries);
	return s;
}

static void good_disk_gives_every_field(void **state)
{
	static struct gpt_table t;
	char text[GUID_TEXT_LEN + 1];

	(void)state;
	for (int backup = 0; backup < 2; backup++) {
		_drop_gpt_ struct gpt_build b;
		struct gpt_header h;
		struct error err;

		build_good(&b);
		store_le64(gpt_build_entry(&b, backup, 2) + GPT_E_ATTRIBUTES,
			   0x8000000000000001);
		gpt_build_seal(&b);
		assert_ok(&err, parse_header(&b, backup, &h, &err));
		assert_int_equal(h.my_lba, backup ? SECTORS - 1 : 1);
		assert_int_equal(h.other_lba, backup ? 1 : SECTORS - 1);
		assert_int_equal(h.first_usable, 34);
		assert_int_equal(h.last_usable, 166);
		assert_int_equal(h.entries_lba, backup ? 167 : 2);
		assert_int_equal(h.entry_count, 128);
		assert_int_equal(h.entry_size, 128);
		assert_int_equal(h.entries_bytes, 16384);
		assert_ok(&err, parse(&b, backup, &t, &err));
		assert_int_equal(t.from_backup, backup);
		guid_format(&t.disk, text);
		assert_string_equal(text,
				    "d1d1d1d1-d1d1-d1d1-d1d1-d1d1d1d1d1d1");
		assert_int_equal(t.count, 2);
		assert_int_equal(t.parts[0].number, 1);
		assert_int_equal(t.parts[0].first_lba, 34);
		assert_int_equal(t.parts[0].last_lba, 43);
		assert_true(guid_equal(&t.parts[0].type, &gpt_type_esp));
		assert_string_equal(t.parts[0].name.text, "EFI System");
		assert_int_equal(t.parts[1].number, 2);
		assert_int_equal(t.parts[1].last_lba, 166);
		assert_int_equal(t.parts[1].attributes, 0x8000000000000001);
		guid_format(&t.parts[1].unique, text);
		assert_string_equal(text,
				    "00000002-5555-5555-5555-555555555555");
	}
}

static void large_sectors_hold_more_entries(void **state)
{
	static struct gpt_table t;
	_drop_gpt_ struct gpt_build b;
	struct error err;

	(void)state;
	gpt_build_begin(&b, 4096, 100);
	assert_int_equal(b.first_usable, 6);
	gpt_build_partition(&b, 1, 6, 1, "a");
	assert_ok(&err, parse(&b, false, &t, &err));
	assert_ok(&err, parse(&b, true, &t, &err));
	assert_int_equal(t.count, 1);
}

static void each_broken_header_field_has_its_code(void **state)
{
	static const struct {
		enum gpt_field field;
		uint8_t width;
		uint64_t value;
		enum status want;
	} broken[] = {
		{ GPT_SIGNATURE, 4, 0x20494644, E_GPT_MAGIC },
		{ GPT_REVISION, 4, 0x00010001, E_GPT_REVISION },
		{ GPT_REVISION, 4, 0, E_GPT_REVISION },
		{ GPT_HEADER_SIZE, 4, 91, E_GPT_HEADER_SIZE },
		{ GPT_HEADER_SIZE, 4, 513, E_GPT_HEADER_SIZE },
		{ GPT_HEADER_SIZE, 4, 0xffffffff, E_GPT_HEADER_SIZE },
		/* right, but not what the checksum was made over */
		{ GPT_HEADER_SIZE, 4, 93, E_GPT_HEADER_CRC },
		{ GPT_MY_LBA, 8, 2, E_GPT_MY_LBA },
		{ GPT_MY_LBA, 8, 0x100000001, E_GPT_MY_LBA },
		{ GPT_ENTRY_SIZE, 4, 0, E_GPT_ENTRY_SIZE },
		{ GPT_ENTRY_SIZE, 4, 64, E_GPT_ENTRY_SIZE },
		{ GPT_ENTRY_SIZE, 4, 127, E_GPT_ENTRY_SIZE },
		{ GPT_ENTRY_SIZE, 4, 129, E_GPT_ENTRY_SIZE },
		{ GPT_ENTRY_SIZE, 4, 384, E_GPT_ENTRY_SIZE },
		{ GPT_ENTRY_SIZE, 4, 8192, E_GPT_ENTRY_SIZE },
		{ GPT_ENTRY_SIZE, 4, 0x80000000, E_GPT_ENTRY_SIZE },
		{ GPT_ENTRY_COUNT, 4, 0, E_GPT_NO_ENTRIES },
		{ GPT_ENTRY_COUNT, 4, GPT_ENTRIES_MAX + 1,
		  E_GPT_TOO_MANY_ENTRIES },
		{ GPT_ENTRY_COUNT, 4, 0xffffffff, E_GPT_TOO_MANY_ENTRIES },
		{ GPT_FIRST_USABLE, 8, 167, E_GPT_USABLE_INVERTED },
		{ GPT_LAST_USABLE, 8, 33, E_GPT_USABLE_INVERTED },
		{ GPT_LAST_USABLE, 8, SECTORS, E_GPT_USABLE_PAST_END },
		{ GPT_LAST_USABLE, 8, UINT64_MAX, E_GPT_USABLE_PAST_END },
		{ GPT_ENTRIES_LBA, 8, SECTORS - 31, E_GPT_TABLE_PAST_END },
		{ GPT_ENTRIES_LBA, 8, UINT64_MAX, E_GPT_TABLE_PAST_END },
		{ GPT_ENTRIES_LBA, 8, 0, E_GPT_TABLE_OVER_HEADER },
		{ GPT_ENTRIES_LBA, 8, 1, E_GPT_TABLE_OVER_HEADER },
		{ GPT_ENTRIES_LBA, 8, 3, E_GPT_TABLE_IN_USABLE },
		{ GPT_ENTRIES_LBA, 8, 166, E_GPT_TABLE_IN_USABLE },
		{ GPT_FIRST_USABLE, 8, 33, E_GPT_TABLE_IN_USABLE },
		{ GPT_ENTRY_COUNT, 4, 129, E_GPT_TABLE_IN_USABLE },
	};

	(void)state;
	for (size_t i = 0; i < test_count(broken); i++) {
		_drop_gpt_ struct gpt_build b;
		struct gpt_header h;
		struct error err;
		uint8_t *to;

		print_message("+%d = 0x%llx\n", (int)broken[i].field,
			      (unsigned long long)broken[i].value);
		build_good(&b);
		to = gpt_build_header(&b, false) + broken[i].field;
		if (broken[i].width == 8)
			store_le64(to, broken[i].value);
		else
			store_le32(to, (uint32_t)broken[i].value);
		gpt_build_seal_headers(&b);
		assert_refused(broken[i].want, &err,
			       parse_header(&b, false, &h, &err));
	}
}

static void header_values_at_their_limits_pass(void **state)
{
	static const struct {
		enum gpt_field field;
		uint8_t width;
		uint64_t value;
	} good[] = {
		{ GPT_ENTRY_COUNT, 4, 1 },
		{ GPT_ENTRIES_LBA, 8, 167 },
		{ GPT_ENTRIES_LBA, 8, 168 },
		{ GPT_LAST_USABLE, 8, SECTORS - 1 },
		{ GPT_FIRST_USABLE, 8, 166 },
		{ GPT_LAST_USABLE, 8, 34 },
		/* where the other copy is, is a hint only */
		{ GPT_ALTERNATE_LBA, 8, UINT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < test_count(good); i++) {
		_drop_gpt_ struct gpt_build b;
		struct gpt_header h;
		struct error err;
		uint8_t *to;

		build_good(&b);
		to = gpt_build_header(&b, false) + good[i].field;
		if (good[i].width == 8)
			store_le64(to, good[i].value);
		else
			store_le32(to, (uint32_t)good[i].value);
		gpt_build_seal_headers(&b);
		assert_ok(&err, parse_header(&b, false, &h, &err));
	}
}

/* 256 entries of 4096 bytes are a MiB; the table is where the disk ends. */
static void largest_table_passes(void **state)
{
	_drop_gpt_ struct gpt_build b;
	struct gpt_header h;
	struct error err;
	uint8_t *to;

	(void)state;
	build_good(&b);
	to = gpt_build_header(&b, false);
	store_le32(to + GPT_ENTRY_COUNT, GPT_ENTRIES_MAX);
	store_le32(to + GPT_ENTRY_SIZE, GPT_ENTRY_SIZE_MAX);
	store_le64(to + GPT_ENTRIES_LBA, SECTORS);
	gpt_build_seal_headers(&b);
	assert_ok(&err, gpt_parse_header(gpt_build_sector(&b, 1), 1,
					 SECTORS + 2048, &h, &err));
	assert_int_equal(h.entries_bytes, 1 << 20);
	assert_refused(E_GPT_TABLE_PAST_END, &err,
		       gpt_parse_header(gpt_build_sector(&b, 1), 1,
					SECTORS + 2047, &h, &err));
}

static void header_may_fill_its_sector(void **state)
{
	_drop_gpt_ struct gpt_build b;
	struct gpt_header h;
	struct error err;
	uint8_t *to;

	(void)state;
	build_good(&b);
	to = gpt_build_header(&b, false);
	store_le32(to + GPT_HEADER_SIZE, 512);
	store_le32(to + GPT_HEADER_CRC, 0);
	store_le32(to + GPT_HEADER_CRC,
		   crc32_add(CRC32_BEGIN, span_of(to, 512)));
	assert_ok(&err, parse_header(&b, false, &h, &err));
	to[511] ^= 1;
	assert_refused(E_GPT_HEADER_CRC, &err,
		       parse_header(&b, false, &h, &err));
}

static void every_flipped_bit_of_a_header_is_seen(void **state)
{
	_drop_gpt_ struct gpt_build b;
	struct gpt_header h;
	struct error err;
	uint8_t *header;

	(void)state;
	build_good(&b);
	header = gpt_build_header(&b, false);
	for (unsigned bit = 0; bit < 92 * 8; bit++) {
		header[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(parse_header(&b, false, &h, &err), OK);
		header[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_ok(&err, parse_header(&b, false, &h, &err));
}

static void each_broken_entry_has_its_code(void **state)
{
	static const struct {
		uint64_t first, last;
		enum status want;
	} broken[] = {
		{ 100, 99, E_GPT_PARTITION_INVERTED },
		{ UINT64_MAX, 0, E_GPT_PARTITION_INVERTED },
		{ 33, 50, E_GPT_PARTITION_OUTSIDE },
		{ 0, 10, E_GPT_PARTITION_OUTSIDE },
		{ 50, 167, E_GPT_PARTITION_OUTSIDE },
		{ 50, UINT64_MAX, E_GPT_PARTITION_OUTSIDE },
		{ 43, 50, E_GPT_PARTITION_OVERLAP },
		{ 34, 43, E_GPT_PARTITION_OVERLAP },
		{ 34, 34, E_GPT_PARTITION_OVERLAP },
		{ 36, 38, E_GPT_PARTITION_OVERLAP },
		{ 34, 166, E_GPT_PARTITION_OVERLAP },
		{ 44, 44, OK },
		{ 166, 166, OK },
	};
	static struct gpt_table t;

	(void)state;
	for (size_t i = 0; i < test_count(broken); i++) {
		_drop_gpt_ struct gpt_build b;
		struct error err;
		uint8_t *entry;

		build_good(&b);
		entry = gpt_build_entry(&b, false, 2);
		store_le64(entry + GPT_E_FIRST_LBA, broken[i].first);
		store_le64(entry + GPT_E_LAST_LBA, broken[i].last);
		gpt_build_seal(&b);
		if (broken[i].want == OK)
			assert_ok(&err, parse(&b, false, &t, &err));
		else
			assert_refused(broken[i].want, &err,
				       parse(&b, false, &t, &err));
	}
}

static void tables_are_checked_as_a_whole(void **state)
{
	static struct gpt_table t, before;
	_drop_gpt_ struct gpt_build b;
	struct gpt_header h;
	struct error err;

	(void)state;
	memset(&t, 0xa5, sizeof(t));
	before = t;
	build_good(&b);
	gpt_build_entry(&b, false, 128)[127] ^= 1;
	assert_refused(E_GPT_ENTRIES_CRC, &err, parse(&b, false, &t, &err));
	/* the backup is a table of its own */
	assert_ok(&err, parse(&b, true, &t, &err));
	t = before;
	gpt_build_entry(&b, false, 128)[127] ^= 1;
	memcpy(gpt_build_entry(&b, false, 2) + GPT_E_UNIQUE,
	       gpt_build_entry(&b, false, 1) + GPT_E_UNIQUE, 16);
	gpt_build_seal(&b);
	assert_refused(E_GPT_PARTITION_TWICE, &err, parse(&b, false, &t, &err));
	/* an unused entry is skipped, whatever else is in it */
	memset(gpt_build_entry(&b, false, 2) + GPT_E_TYPE, 0, 16);
	gpt_build_seal(&b);
	assert_memory_equal(&t, &before, sizeof(t));
	assert_ok(&err, parse(&b, false, &t, &err));
	assert_int_equal(t.count, 1);
	assert_ok(&err, parse_header(&b, false, &h, &err));
	for (size_t len = 0; len < h.entries_bytes; len += 37) {
		_drop_copy_ struct span cut = test_copy(
			span_slice(gpt_build_entries(&b, false), 0, len));

		assert_refused(E_GPT_ENTRIES_SHORT, &err,
			       gpt_parse_entries(cut, &h, &t, &err));
	}
}

static void full_table_passes(void **state)
{
	static struct gpt_table t;
	_drop_gpt_ struct gpt_build b;
	struct error err;

	(void)state;
	gpt_build_begin(&b, 512, 400);
	for (uint32_t i = GPT_BUILD_ENTRIES; i > 0; i--)
		gpt_build_partition(&b, i, 34 + 2 * (uint64_t)i, 2, "p");
	assert_ok(&err, parse(&b, false, &t, &err));
	assert_int_equal(t.count, GPT_BUILD_ENTRIES);
	for (uint32_t i = 0; i < GPT_BUILD_ENTRIES; i++)
		assert_int_equal(t.parts[i].number, i + 1);
}

static void truncated_sector_never_passes(void **state)
{
	_drop_gpt_ struct gpt_build b;
	struct gpt_header h;
	struct error err;

	(void)state;
	build_good(&b);
	for (size_t len = 0; len < 512; len++) {
		_drop_copy_ struct span cut =
			test_copy(span_slice(gpt_build_sector(&b, 1), 0, len));

		assert_refused(E_GPT_SHORT, &err,
			       gpt_parse_header(cut, 1, SECTORS, &h, &err));
	}
}

static void protective_mbr_is_recognised(void **state)
{
	_drop_gpt_ struct gpt_build b;

	(void)state;
	gpt_build_begin(&b, 512, SECTORS);
	assert_true(gpt_has_protective_mbr(gpt_build_sector(&b, 0)));
	assert_false(gpt_has_protective_mbr(span_of(b.bytes, 511)));
	/* hybrid: the entry is the last of four */
	b.bytes[446 + 4] = 0x0c;
	assert_false(gpt_has_protective_mbr(gpt_build_sector(&b, 0)));
	b.bytes[446 + 3 * 16 + 4] = 0xee;
	assert_true(gpt_has_protective_mbr(gpt_build_sector(&b, 0)));
	b.bytes[511] = 0;
	assert_false(gpt_has_protective_mbr(gpt_build_sector(&b, 0)));
	assert_false(gpt_has_protective_mbr(span_of(NULL, 0)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_disk_gives_every_field),
		cmocka_unit_test(large_sectors_hold_more_entries),
		cmocka_unit_test(each_broken_header_field_has_its_code),
		cmocka_unit_test(header_values_at_their_limits_pass),
		cmocka_unit_test(largest_table_passes),
		cmocka_unit_test(header_may_fill_its_sector),
		cmocka_unit_test(every_flipped_bit_of_a_header_is_seen),
		cmocka_unit_test(each_broken_entry_has_its_code),
		cmocka_unit_test(tables_are_checked_as_a_whole),
		cmocka_unit_test(full_table_passes),
		cmocka_unit_test(truncated_sector_never_passes),
		cmocka_unit_test(protective_mbr_is_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
