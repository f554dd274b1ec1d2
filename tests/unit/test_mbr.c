/* MBR tables against tables built here, entry by entry, and against sfdisk's.
 */
#include "format/mbr.h"
#include "scratch.h"
#include "test.h"

#include <stdio.h>
#include <unistd.h>

#define SECTORS	 4096
#define ENTRY(n) (446 + 16 * (n))

struct disk {
	uint8_t bytes[SECTORS * 512];
	uint64_t fails_at; /* sector, 0 if none does */
};

static enum status read_disk(const void *ctx, uint64_t offset, void *buf,
			     size_t len, struct error *err)
{
	const struct disk *disk = ctx;

	if (disk->fails_at && offset / 512 == disk->fails_at)
		return fail(err, E_BLOCK_READ, "unable to read sector %u",
			    (unsigned)disk->fails_at);
	if (!span_holds(span_of(disk->bytes, sizeof(disk->bytes)), offset, len))
		return fail(err, E_BLOCK_SHORT, "beyond the end");
	memcpy(buf, disk->bytes + offset, len);
	return OK;
}

static void put(struct disk *disk, uint32_t sector, unsigned n, uint8_t type,
		uint32_t first, uint32_t sectors)
{
	uint8_t *at = disk->bytes + sector * 512 + ENTRY(n);

	memset(at, 0, 16);
	at[4] = type;
	store_le32(at + 8, first);
	store_le32(at + 12, sectors);
	store_le16(disk->bytes + sector * 512 + 510, 0xaa55);
}

static struct disk *make(void)
{
	struct disk *disk = test_calloc(1, sizeof(*disk));

	store_le32(disk->bytes + 440, 0x00c0ffee);
	put(disk, 0, 0, 0xea, 64, 100);
	put(disk, 0, 1, 0x05, 1000, 1000);
	put(disk, 0, 2, 0xef, 200, 100);
	/* 5 at 1010-1059, 6 at 1110-1159, 7 at 1210-1259 */
	put(disk, 1000, 0, 0x83, 10, 50);
	put(disk, 1000, 1, 0x05, 100, 100);
	put(disk, 1100, 0, 0x0c, 10, 50);
	put(disk, 1100, 1, 0x05, 200, 100);
	put(disk, 1200, 0, 0xfd, 10, 50);
	return disk;
}

static enum status read_it(const struct disk *disk, struct mbr_table *ret,
			   struct error *err)
{
	const struct byte_reader reader = { .ctx = disk,
					    .load = read_disk,
					    .size = sizeof(disk->bytes) };

	return mbr_read(reader, 512, ret, err);
}

static void check_part(const struct mbr_partition *part, uint32_t number,
		       uint8_t type, uint64_t first, uint64_t sectors)
{
	assert_int_equal(part->number, number);
	assert_int_equal(part->type, type);
	assert_int_equal(part->first_lba, first);
	assert_int_equal(part->sectors, sectors);
}

static void all_partitions_are_found(void **state)
{
	struct disk *disk = make();
	char uuid[MBR_UUID_LEN + 1];
	struct mbr_table t;
	struct error err;

	(void)state;
	assert_ok(&err, read_it(disk, &t, &err));
	assert_int_equal(t.problem.code, OK);
	assert_int_equal(t.count, 5);
	check_part(&t.parts[0], 1, 0xea, 64, 100);
	check_part(&t.parts[1], 3, 0xef, 200, 100);
	check_part(&t.parts[2], 5, 0x83, 1010, 50);
	check_part(&t.parts[3], 6, 0x0c, 1110, 50);
	check_part(&t.parts[4], 7, 0xfd, 1210, 50);
	mbr_format_uuid(&t, t.parts[3].number, uuid);
	assert_string_equal(uuid, "00c0ffee-06");
	test_free(disk);
}

/* What is no table at all. */
static void what_is_no_table_is_refused(void **state)
{
	struct disk *disk = make();
	struct mbr_table t;
	struct error err;

	(void)state;
	disk->bytes[511] = 0;
	assert_refused(E_MBR_SIGNATURE, &err, read_it(disk, &t, &err));
	disk->bytes[511] = 0xaa;
	for (unsigned i = 0; i < 4; i++) {
		disk->bytes[ENTRY(i)] = 0x7f;
		assert_refused(E_MBR_BOOT_FLAG, &err, read_it(disk, &t, &err));
		disk->bytes[ENTRY(i)] = 0x80;
		assert_ok(&err, read_it(disk, &t, &err));
	}
	disk->bytes[ENTRY(3) + 4] = 0xee;
	assert_refused(E_MBR_GPT, &err, read_it(disk, &t, &err));
	memset(disk->bytes + ENTRY(0), 0, 64);
	assert_refused(E_MBR_EMPTY, &err, read_it(disk, &t, &err));
	disk->bytes[ENTRY(0) + 4] = 0xea; /* of no sectors */
	assert_refused(E_MBR_EMPTY, &err, read_it(disk, &t, &err));
	test_free(disk);
}

/* One word changed in one sector: what it costs, and why. */
static void a_bad_partition_costs_itself(void **state)
{
	static const struct {
		uint32_t sector;
		unsigned n, at;
		uint32_t value;
		uint32_t count;
		enum status problem;
	} cases[] = {
		{ 0, 0, 8, 0, 4, E_MBR_OVER_TABLE },
		{ 0, 0, 12, SECTORS - 63, 4, E_MBR_PAST_END },
		{ 0, 0, 12, UINT32_MAX, 4, E_MBR_PAST_END },
		{ 0, 0, 8, UINT32_MAX, 4, E_MBR_PAST_END },
		{ 0, 0, 12, SECTORS - 64, 1, E_MBR_OVERLAP },
		{ 0, 0, 12, 137, 4, E_MBR_OVERLAP },
		{ 0, 0, 12, 136, 5, OK },
		{ 0, 1, 12, SECTORS - 999, 2, E_MBR_PAST_END },
		{ 0, 1, 12, SECTORS - 1000, 5, OK },
		{ 0, 1, 8, 0, 2, E_MBR_PAST_END },
		{ 0, 1, 8, 1001, 2, E_MBR_CHAIN_SIGNATURE },
		{ 1000, 0, 12, 1000, 4, E_MBR_CHAIN_OUTSIDE },
		{ 1000, 0, 8, UINT32_MAX, 4, E_MBR_CHAIN_OUTSIDE },
		{ 1000, 1, 8, 1000, 3, E_MBR_CHAIN_OUTSIDE },
		{ 1000, 1, 8, UINT32_MAX, 3, E_MBR_CHAIN_OUTSIDE },
		{ 1000, 1, 8, 0, 3, E_MBR_OVERLAP }, /* points at itself */
		{ 1100, 1, 8, 100, 4, E_MBR_OVERLAP },
		{ 1100, 1, 8, 300, 4, E_MBR_CHAIN_SIGNATURE },
		{ 1100, 0, 8, 0, 5, OK },
	};
	struct mbr_table t;
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		struct disk *disk = make();

		store_le32(disk->bytes + cases[i].sector * 512 +
				   ENTRY(cases[i].n) + cases[i].at,
			   cases[i].value);
		assert_ok(&err, read_it(disk, &t, &err));
		if (t.count != cases[i].count ||
		    t.problem.code != cases[i].problem)
			fail_msg("case %zu: %u partitions and %s: %s", i,
				 t.count, status_slug(t.problem.code),
				 t.problem.text);
		test_free(disk);
	}
}

/* Partitions of no sectors, linked in a circle: the links are counted. */
static void a_circle_ends(void **state)
{
	struct disk *disk = make();
	struct mbr_table t;
	struct error err;

	(void)state;
	put(disk, 1000, 0, 0, 0, 0);
	put(disk, 1100, 0, 0, 0, 0);
	put(disk, 1100, 1, 0x0f, 0, 100);
	assert_ok(&err, read_it(disk, &t, &err));
	assert_int_equal(t.problem.code, E_MBR_CHAIN_LOOP);
	assert_int_equal(t.count, 2);
	test_free(disk);
}

static void partitions_are_bounded(void **state)
{
	struct disk *disk = make();
	struct mbr_table t;
	struct error err;

	(void)state;
	for (uint32_t i = 0; i < 70; i++) {
		put(disk, 1000 + 10 * i, 0, 0x83, 1, 9);
		put(disk, 1000 + 10 * i, 1, 0x05, 10 * (i + 1), 10);
	}
	put(disk, 1700, 0, 0x83, 1, 9);
	assert_ok(&err, read_it(disk, &t, &err));
	assert_int_equal(t.problem.code, E_MBR_TOO_MANY);
	assert_int_equal(t.count, MBR_PARTITIONS_MAX);
	test_free(disk);
}

static void a_sector_that_cannot_be_read_is_told(void **state)
{
	struct disk *disk = make();
	struct mbr_table t;
	struct error err;

	(void)state;
	disk->fails_at = 1100;
	assert_ok(&err, read_it(disk, &t, &err));
	assert_int_equal(t.problem.code, E_BLOCK_READ);
	assert_int_equal(t.count, 3);
	test_free(disk);
}

/* Every length of disk below the whole: nothing is read behind the end. */
static void short_disks_end_where_they_end(void **state)
{
	struct disk *disk = make();
	struct byte_reader reader = { .ctx = disk, .load = read_disk };
	struct mbr_table t;

	(void)state;
	for (reader.size = 0; reader.size < sizeof(disk->bytes);
	     reader.size += 512) {
		assert_status(OK, mbr_read(reader, 512, &t, NULL));
		for (uint32_t i = 0; i < t.count; i++)
			assert_true(
				(t.parts[i].first_lba + t.parts[i].sectors) *
					512 <=
				reader.size);
	}
	test_free(disk);
}

/* What sfdisk(8) makes, read back; its own list says what is right. */
static void sfdisk_agrees(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct disk *disk = test_calloc(1, sizeof(*disk));
	char command[2048];
	struct mbr_table t;
	struct error err;
	unsigned number, first, sectors, type;
	uint32_t at = 0;
	FILE *f;

	(void)state;
	snprintf(command, sizeof(command),
		 "cd %s && truncate -s %d disk && printf 'label: dos\\n"
		 "label-id: 0xdeadbeef\\n64,100,ea\\n200,100,ef,*\\n1024,,Ex\\n"
		 "1030,64,83\\n1100,100,fd\\n1300,,c\\n' | "
		 "sfdisk -q disk >&2 && "
		 "sfdisk -d disk | grep ^disk | tr -d 'a-z:=,' >list",
		 s.dir, SECTORS * 512);
	assert_int_equal(system(command), 0);
	f = fopen(scratch_path(&s, "disk"), "rb");
	assert_int_equal(fread(disk->bytes, 1, sizeof(disk->bytes), f),
			 sizeof(disk->bytes));
	fclose(f);
	assert_ok(&err, read_it(disk, &t, &err));
	assert_int_equal(t.problem.code, OK);
	assert_int_equal(t.id, 0xdeadbeef);
	/* letters are gone from the list: compare what is left of it */
	f = fopen(scratch_path(&s, "list"), "r");
	while (fscanf(f, "%u %u %u%*[^\n]", &number, &first, &sectors) == 3) {
		if (number == 3)
			continue;
		assert_true(at < t.count);
		type = t.parts[at].type;
		check_part(&t.parts[at], number, (uint8_t)type, first, sectors);
		at++;
	}
	fclose(f);
	assert_int_equal(at, t.count);
	assert_int_equal(at, 5);
	assert_int_equal(t.parts[0].type, 0xea);
	assert_int_equal(t.parts[1].type, 0xef);
	assert_int_equal(t.parts[3].type, 0xfd);
	test_free(disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_partitions_are_found),
		cmocka_unit_test(what_is_no_table_is_refused),
		cmocka_unit_test(a_bad_partition_costs_itself),
		cmocka_unit_test(a_circle_ends),
		cmocka_unit_test(partitions_are_bounded),
		cmocka_unit_test(a_sector_that_cannot_be_read_is_told),
		cmocka_unit_test(short_disks_end_where_they_end),
		cmocka_unit_test(sfdisk_agrees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
