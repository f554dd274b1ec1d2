/* FAT volumes: the boot sector's fields broken one by one, chains, names and
 * their slots, every cut. */
#include "test.h"
#include "fat_build.h"

#include "format/fat.h"

#include <stdio.h>

#define COUNTED	 FAT_BUILD_COUNTED
#define STRADDLE FAT_BUILD_STRADDLE

static struct fat_reader reader_over(const struct span *s)
{
	return (struct fat_reader){ .ctx = s, .load = fat_build_read };
}

static enum status open_build(const struct fat_build *b, struct fat_volume *ret,
			      struct error *err)
{
	struct span all = test_copy(span_of(b->bytes, b->len));
	struct fat_reader reader = reader_over(&all);
	enum status s = fat_open(reader, all.len, ret, err);

	test_drop(&all);
	return s;
}

static enum status find(const struct fat_build *b, const char *path,
			struct fat_file *ret, struct error *err)
{
	struct span all = test_copy(span_of(b->bytes, b->len));
	struct fat_volume fat;
	enum status s = fat_open(reader_over(&all), all.len, &fat, err);

	if (s == OK)
		s = fat_find(&fat, path, ret, err);
	test_drop(&all);
	return s;
}

static void names_are_found_in_each_type(void **state)
{
	static const unsigned types[] = { 12, 16, 32 };

	(void)state;
	for (size_t i = 0; i < test_count(types); i++) {
		_drop_fat_ struct fat_build b;
		struct fat_volume fat;
		struct fat_file f;
		struct error err;
		size_t six;

		fat_build_example(&b, types[i]);
		assert_ok(&err, open_build(&b, &fat, &err));
		assert_int_equal(fat.bits, types[i]);
		assert_int_equal(fat.data_offset, b.data);
		assert_int_equal(fat.last_cluster, b.clusters + 1);
		assert_ok(&err, find(&b, "/efi/LINUX/" COUNTED, &f, &err));
		six = (size_t)(fat_build_cluster(&b, 6) - b.bytes);
		assert_int_equal(f.name_len, strlen(COUNTED));
		assert_int_equal(f.slot_count, 2);
		assert_int_equal(f.slots[0], six + 32);
		assert_int_equal(f.slots[1], six);
		assert_int_equal(f.entry, six + 64);
		assert_int_equal(f.first_cluster, 10);
		assert_int_equal(f.size, 1300);
		assert_false(f.is_folder);
		for (uint32_t n = 0; n < f.name_len; n++) {
			assert_int_equal(f.name[n], COUNTED[n]);
			assert_int_equal(b.bytes[fat_unit_offset(&f, n)],
					 COUNTED[n]);
		}
		assert_ok(&err, find(&b, "EFI//Linux/debian~1.efi", &f, &err));
		assert_int_equal(f.slot_count, 2);
		assert_ok(&err, find(&b, "/EFI/", &f, &err));
		assert_true(f.is_folder);
		assert_int_equal(f.slot_count, 0);
		assert_int_equal(f.name_len, 0);
	}
}

static void slots_on_both_sides_of_a_gap(void **state)
{
	_drop_fat_ struct fat_build b;
	struct fat_file f;
	struct error err;
	size_t gap;

	(void)state;
	fat_build_example(&b, 12);
	assert_ok(&err, find(&b, "/EFI/Linux/" STRADDLE, &f, &err));
	gap = (size_t)(fat_build_cluster(&b, 12) - b.bytes);
	assert_int_equal(f.slot_count, 4);
	assert_int_equal(f.slots[3], gap - 5 * 512 - 64);
	assert_int_equal(f.slots[2], gap - 5 * 512 - 32);
	assert_int_equal(f.slots[1], gap);
	assert_int_equal(f.slots[0], gap + 32);
	assert_int_equal(f.entry, gap + 64);
	for (uint32_t n = 0; n < f.name_len; n++)
		assert_int_equal(b.bytes[fat_unit_offset(&f, n)], STRADDLE[n]);
}

static void extents_follow_the_clusters(void **state)
{
	static const struct {
		uint64_t offset, len;
		uint32_t cluster;
	} want[] = { { 0, 1024, 10 },  { 1, 1023, 10 }, { 511, 513, 10 },
		     { 512, 512, 11 }, { 1023, 1, 11 }, { 1024, 276, 20 },
		     { 1299, 1, 20 } };
	_drop_fat_ struct fat_build b;
	struct fat_volume fat;
	struct fat_file f;
	struct error err;
	struct span all;
	uint64_t at, len;

	(void)state;
	fat_build_example(&b, 12);
	all = span_of(b.bytes, b.len);
	assert_ok(&err, fat_open(reader_over(&all), b.len, &fat, &err));
	assert_ok(&err, fat_find(&fat, "/EFI/Linux/" COUNTED, &f, &err));
	for (size_t i = 0; i < test_count(want); i++) {
		assert_ok(&err, fat_extent(&fat, &f, want[i].offset, &at, &len,
					   &err));
		assert_int_equal(at, b.data + (want[i].cluster - 2) * 512 +
					     want[i].offset % 512);
		assert_int_equal(len, want[i].len);
	}
	assert_refused(E_FAT_OFFSET, &err,
		       fat_extent(&fat, &f, 1300, &at, &len, &err));
	f.size = 512 * 3 + 1;
	assert_refused(E_FAT_FILE_SHORT, &err,
		       fat_extent(&fat, &f, 1536, &at, &len, &err));
	assert_refused(E_FAT_FILE_SHORT, &err,
		       fat_extent(&fat, &f, 1024, &at, &len, &err));
	f.first_cluster = 0;
	assert_refused(E_FAT_LINK, &err,
		       fat_extent(&fat, &f, 0, &at, &len, &err));
}

static void each_broken_field_has_its_code(void **state)
{
	static const struct {
		unsigned bits;
		enum fat_field field;
		uint8_t width;
		uint32_t value;
		enum status want;
	} broken[] = {
		{ 12, FAT_B_SIGNATURE, 1, 0x54, E_FAT_SIGNATURE },
		{ 12, FAT_B_SIGNATURE + 1, 1, 0, E_FAT_SIGNATURE },
		{ 12, FAT_B_SECTOR_SIZE, 2, 0, E_FAT_SECTOR_SIZE },
		{ 12, FAT_B_SECTOR_SIZE, 2, 256, E_FAT_SECTOR_SIZE },
		{ 12, FAT_B_SECTOR_SIZE, 2, 513, E_FAT_SECTOR_SIZE },
		{ 12, FAT_B_SECTOR_SIZE, 2, 8192, E_FAT_SECTOR_SIZE },
		{ 12, FAT_B_CLUSTER_SECTORS, 1, 0, E_FAT_CLUSTER_SIZE },
		{ 12, FAT_B_CLUSTER_SECTORS, 1, 3, E_FAT_CLUSTER_SIZE },
		{ 12, FAT_B_RESERVED, 2, 0, E_FAT_RESERVED },
		{ 12, FAT_B_COPIES, 1, 0, E_FAT_COPIES },
		{ 12, FAT_B_MEDIA, 1, 0xf1, E_FAT_MEDIA },
		{ 12, FAT_B_MEDIA, 1, 0, E_FAT_MEDIA },
		{ 12, FAT_B_ROOT_ENTRIES, 2, 0, E_FAT_ROOT_ENTRIES },
		{ 16, FAT_B_ROOT_ENTRIES, 2, 17, E_FAT_ROOT_ENTRIES },
		{ 32, FAT_B_ROOT_ENTRIES, 2, 16, E_FAT_ROOT_ENTRIES },
		{ 12, FAT_B_SECTORS32, 4, 0, E_FAT_SECTORS },
		{ 12, FAT_B_SECTORS16, 2, 1, E_FAT_SECTORS },
		{ 12, FAT_B_SECTORS32, 4, 71, E_FAT_PAST_END },
		{ 12, FAT_B_SECTORS32, 4, UINT32_MAX, E_FAT_PAST_END },
		{ 12, FAT_B_SECTORS32, 4, 6, E_FAT_NO_DATA },
		{ 12, FAT_B_RESERVED, 2, 0xffff, E_FAT_NO_DATA },
		{ 12, FAT_B_COPIES, 1, 255, E_FAT_NO_DATA },
		{ 16, FAT_B_TABLE16, 2, 1, E_FAT_TABLE_LENGTH },
		{ 32, FAT_B_TABLE32, 4, 0, E_FAT_TABLE_LENGTH },
		{ 32, FAT_B_TABLE32, 4, UINT32_MAX, E_FAT_NO_DATA },
		{ 32, FAT_B_VERSION, 2, 1, E_FAT_VERSION },
		{ 32, FAT_B_FLAGS, 2, 0x81, E_FAT_ACTIVE },
		{ 32, FAT_B_ROOT_CLUSTER, 4, 0, E_FAT_ROOT_CLUSTER },
		{ 32, FAT_B_ROOT_CLUSTER, 4, 1, E_FAT_ROOT_CLUSTER },
		{ 32, FAT_B_ROOT_CLUSTER, 4, 66, E_FAT_ROOT_CLUSTER },
	};

	(void)state;
	for (size_t i = 0; i < test_count(broken); i++) {
		_drop_fat_ struct fat_build b;
		struct fat_volume fat;
		struct error err;
		uint8_t *to;

		print_message("FAT%u +%d = 0x%x\n", broken[i].bits,
			      (int)broken[i].field, broken[i].value);
		fat_build_example(&b, broken[i].bits);
		to = b.bytes + broken[i].field;
		if (broken[i].width == 4)
			store_le32(to, broken[i].value);
		else if (broken[i].width == 2)
			store_le16(to, (uint16_t)broken[i].value);
		else
			*to = (uint8_t)broken[i].value;
		assert_refused(broken[i].want, &err,
			       open_build(&b, &fat, &err));
	}
}

/* 65525 clusters are FAT32's alone; the volume is not there, only its size. */
static void too_many_clusters(void **state)
{
	_drop_fat_ struct fat_build b;
	struct fat_volume fat;
	struct error err;
	struct span all;

	(void)state;
	fat_build_example(&b, 16);
	all = span_of(b.bytes, b.len);
	store_le16(b.bytes + FAT_B_TABLE16, 256);
	store_le32(b.bytes + FAT_B_SECTORS32, 1 + 256 + 4 + 65524);
	assert_ok(&err, fat_open(reader_over(&all), 1ull << 32, &fat, &err));
	assert_int_equal(fat.last_cluster, 65525);
	store_le32(b.bytes + FAT_B_SECTORS32, 1 + 256 + 4 + 65525);
	assert_refused(E_FAT_CLUSTERS, &err,
		       fat_open(reader_over(&all), 1ull << 32, &fat, &err));
}

static void values_at_their_limits_pass(void **state)
{
	_drop_fat_ struct fat_build b;
	struct fat_volume fat;
	struct error err;

	(void)state;
	fat_build_begin(&b, 12, 4096, 1, 4084, 128);
	assert_ok(&err, open_build(&b, &fat, &err));
	assert_int_equal(fat.bits, 12);
	fat_build_drop(&b);
	fat_build_begin(&b, 16, 1024, 1, 4085, 32);
	assert_ok(&err, open_build(&b, &fat, &err));
	assert_int_equal(fat.bits, 16);
	fat_build_drop(&b);
	fat_build_begin(&b, 32, 512, 128, 3, 0);
	store_le16(b.bytes + FAT_B_FLAGS, 0x80);
	assert_ok(&err, open_build(&b, &fat, &err));
	assert_int_equal(fat.bits, 32);
	b.bytes[FAT_B_CLUSTER_SECTORS] = 64;
	b.bytes[FAT_B_MEDIA] = 0xf0;
	assert_ok(&err, open_build(&b, &fat, &err));
}

static void bad_links_are_refused(void **state)
{
	static const struct {
		unsigned bits;
		uint32_t value;
		enum status want;
	} bad[] = {
		{ 12, 0, E_FAT_LINK },
		{ 12, 1, E_FAT_LINK },
		{ 12, 66, E_FAT_LINK },
		{ 12, 0xff6, E_FAT_LINK },
		{ 12, 0xff7, E_FAT_BAD_CLUSTER },
		{ 12, 0xff8, E_FAT_NOT_FOUND },
		{ 16, 0, E_FAT_LINK },
		{ 16, 5002, E_FAT_LINK },
		{ 16, 0xfff7, E_FAT_BAD_CLUSTER },
		{ 16, 0xfff8, E_FAT_NOT_FOUND },
		{ 32, 0, E_FAT_LINK },
		{ 32, 0x0ffffff6, E_FAT_LINK },
		{ 32, 0xfffffff7, E_FAT_BAD_CLUSTER },
		{ 32, 0xfffffff8, E_FAT_NOT_FOUND },
		{ 32, 0x1ffffff8, E_FAT_NOT_FOUND },
		/* the folder runs in a circle */
		{ 12, 6, E_FAT_FOLDER_LONG },
		{ 32, 6, E_FAT_FOLDER_LONG },
	};

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		_drop_fat_ struct fat_build b;
		struct fat_file f;
		struct error err;

		print_message("FAT%u 0x%x\n", bad[i].bits, bad[i].value);
		fat_build_example(&b, bad[i].bits);
		fat_build_link(&b, 6, bad[i].value);
		assert_refused(bad[i].want, &err,
			       find(&b, "/EFI/Linux/" STRADDLE, &f, &err));
		assert_ok(&err, find(&b, "/EFI/Linux/" COUNTED, &f, &err));
	}
}

static void folders_that_lead_nowhere(void **state)
{
	static const uint32_t bad[] = { 0, 1, 66, 0xffff };

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		_drop_fat_ struct fat_build b;
		struct fat_file f;
		struct error err;

		fat_build_example(&b, 12);
		store_le16(fat_build_root(&b) + 32 + 26, (uint16_t)bad[i]);
		assert_refused(E_FAT_LINK, &err,
			       find(&b, "/EFI/Linux", &f, &err));
	}
}

/* Bytes of the first long slot, the second one and the short entry of COUNTED:
 * each makes the long name one that does not count. */
static void broken_long_names_do_not_count(void **state)
{
	static const struct {
		unsigned at;
		uint8_t value;
	} broken[] = {
		{ 0, 0x02 },	 { 0, 0x41 },	 { 0, 0x43 },  { 0, 0xc2 },
		{ 0, 0x40 },	 { 0, 0x55 },	 { 0, 0xe5 },  { 0, 0x7f },
		{ 11, 0x20 },	 { 12, 1 },	 { 13, 0 },    { 26, 1 },
		{ 27, 1 },	 { 32, 0x41 },	 { 32, 2 },    { 32, 0 + 3 },
		{ 32 + 13, 0 },	 { 32 + 12, 1 }, { 32, 0xe5 }, { 64, 'E' },
		{ 64 + 7, 'X' }, { 3, 'x' },	 { 1, 0 },     { 32 + 5, 0 },
	};

	(void)state;
	for (size_t i = 0; i < test_count(broken); i++) {
		_drop_fat_ struct fat_build b;
		struct fat_file f;
		struct error err;

		print_message("+%u = 0x%x\n", broken[i].at, broken[i].value);
		fat_build_example(&b, 16);
		fat_build_cluster(&b, 6)[broken[i].at] = broken[i].value;
		assert_refused(E_FAT_NOT_FOUND, &err,
			       find(&b, "/EFI/Linux/" COUNTED, &f, &err));
		if (broken[i].at >= 64 || broken[i].at == 3)
			continue;
		assert_ok(&err, find(&b, "/EFI/Linux/DEBIAN~1.EFI", &f, &err));
		/* the second slot alone can be a whole name, of 13 units */
		assert_int_equal(f.slot_count,
				 broken[i].at == 32 && broken[i].value == 0x41);
	}
}

static void paths_have_rules(void **state)
{
	static char long_name[300], deep[] = "/EFI/./x";
	static const struct {
		const char *path;
		enum status want;
	} bad[] = {
		{ "", E_FAT_PATH },
		{ "/", E_FAT_PATH },
		{ "///", E_FAT_PATH },
		{ "/EFI/..", E_FAT_PATH },
		{ "/EFI/../EFI", E_FAT_PATH },
		{ deep, E_FAT_PATH },
		{ "/EFI/\xff", E_FAT_PATH },
		{ "/EFI/\x01", E_FAT_PATH },
		{ long_name, E_FAT_PATH },
		{ "/EFI/Linux/" COUNTED "/x", E_FAT_NOT_FOLDER },
		{ "/EFI/Linux/none", E_FAT_NOT_FOUND },
		{ "/none/" COUNTED, E_FAT_NOT_FOUND },
		{ "/KEELBOOT", E_FAT_NOT_FOUND }, /* the label */
		{ "/\xf0\x9f\x92\xbe", E_FAT_NOT_FOUND },
	};
	_drop_fat_ struct fat_build b;
	struct fat_file f;
	struct error err;

	(void)state;
	memset(long_name, 'x', 256);
	fat_build_example(&b, 32);
	for (size_t i = 0; i < test_count(bad); i++) {
		print_message("%s\n", bad[i].path);
		assert_refused(bad[i].want, &err,
			       find(&b, bad[i].path, &f, &err));
	}
	long_name[255] = '\0';
	assert_refused(E_FAT_NOT_FOUND, &err, find(&b, long_name, &f, &err));
}

static void too_deep(void **state)
{
	static const uint32_t chain[] = { 5 };
	_drop_fat_ struct fat_build b;
	char path[64];
	struct fat_file f;
	struct error err;

	(void)state;
	fat_build_example(&b, 12);
	fat_build_chain(&b, chain, 1);
	fat_build_name(fat_build_cluster(&b, 5), NULL, "E          ", 0x10, 5,
		       0);
	strcpy(path, "/EFI");
	for (int i = 1; i < FAT_DEPTH_MAX; i++)
		strcat(path, "/e");
	assert_ok(&err, find(&b, path, &f, &err));
	strcat(path, "/e");
	assert_refused(E_FAT_PATH, &err, find(&b, path, &f, &err));
}

/* 255 units in 20 slots, characters beyond ASCII and beyond 16 bits. */
static void the_longest_name(void **state)
{
	_drop_fat_ struct fat_build b;
	char name[256];
	struct fat_file f;
	struct error err;

	(void)state;
	memset(name, 'n', 255);
	name[255] = '\0';
	fat_build_begin(&b, 12, 512, 1, 16, 64);
	fat_build_name(fat_build_root(&b), name, "NNNNNN~1   ", 0x20, 0, 0);
	assert_ok(&err, find(&b, name, &f, &err));
	assert_int_equal(f.slot_count, 20);
	assert_int_equal(f.name_len, 255);
	assert_int_equal(b.bytes[fat_unit_offset(&f, 254)], 'n');
	/* "n\u00e9\U0001f4be" instead */
	store_le16(fat_build_root(&b) + 19 * 32 + 3, 0xe9);
	store_le16(fat_build_root(&b) + 19 * 32 + 5, 0xd83d);
	store_le16(fat_build_root(&b) + 19 * 32 + 7, 0xdcbe);
	name[253] = '\0';
	{
		char path[300] = "n\xc3\xa9\xf0\x9f\x92\xbe";

		strcat(path, name + 3);
		assert_refused(E_FAT_NOT_FOUND, &err, find(&b, path, &f, &err));
		strcat(path, "n");
		assert_ok(&err, find(&b, path, &f, &err));
	}
}

static void every_cut_is_refused_or_read(void **state)
{
	_drop_fat_ struct fat_build b;
	size_t needed;

	(void)state;
	fat_build_example(&b, 12);
	needed = (size_t)(fat_build_cluster(&b, 12) + 96 - b.bytes);
	for (size_t len = 0; len < b.len; len++) {
		struct span cut = test_copy(span_of(b.bytes, len));
		struct fat_volume fat;
		struct fat_file f;
		struct error err;
		enum status s = fat_open(reader_over(&cut), len, &fat, &err);

		assert_int_equal(s, len < 512 ? E_BLOCK_SHORT : E_FAT_PAST_END);
		s = fat_open(reader_over(&cut), b.len, &fat, &err);
		if (s == OK)
			s = fat_find(&fat, "/EFI/Linux/" STRADDLE, &f, &err);
		assert_int_equal(s, len < needed ? E_BLOCK_SHORT : OK);
		test_drop(&cut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_found_in_each_type),
		cmocka_unit_test(slots_on_both_sides_of_a_gap),
		cmocka_unit_test(extents_follow_the_clusters),
		cmocka_unit_test(each_broken_field_has_its_code),
		cmocka_unit_test(too_many_clusters),
		cmocka_unit_test(values_at_their_limits_pass),
		cmocka_unit_test(bad_links_are_refused),
		cmocka_unit_test(folders_that_lead_nowhere),
		cmocka_unit_test(broken_long_names_do_not_count),
		cmocka_unit_test(paths_have_rules),
		cmocka_unit_test(too_deep),
		cmocka_unit_test(the_longest_name),
		cmocka_unit_test(every_cut_is_refused_or_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
