/* Reading disks: sectors, and the partition table of a disk that is whole,
 * half, unreadable in places, grown, or not a GPT disk at all. */
#include <unistd.h>

/* A disk with unreadable sectors. */
static ssize_t fault_pread(int fd, void *to, size_t len, off_t at);
#define pread fault_pread
#include "boot/sys/block.c"
#undef pread

#include "scratch.h"
#include "test.h"

#include <zlib.h>

#define SECTORS	 512
#define ENTRIES	 128
#define PER_DISK 2 /* partitions */

static struct {
	off_t bad;	/* a read that covers this byte fails, -1: none */
	unsigned eintr; /* this many calls are interrupted first */
	size_t most;	/* bytes per call, 0: all */
} fault;

static ssize_t fault_pread(int fd, void *to, size_t len, off_t at)
{
	if (fault.eintr) {
		fault.eintr--;
		errno = EINTR;
		return -1;
	}
	if (fault.most && len > fault.most)
		len = fault.most;
	if (fault.bad >= at && fault.bad < at + (off_t)len) {
		errno = EIO;
		return -1;
	}
	return pread(fd, to, len, at);
}

/* --- a disk, built here and with another CRC than ours -------------------- */

struct disk {
	uint32_t sector;
	uint8_t *bytes;
	uint64_t sectors;
};

static void drop_disk(struct disk *disk)
{
	free(disk->bytes);
}
#define _drop_disk_ __attribute__((cleanup(drop_disk)))

static uint8_t *sector_at(const struct disk *disk, uint64_t lba)
{
	return disk->bytes + lba * disk->sector;
}

static uint32_t crc_of(const uint8_t *bytes, size_t len)
{
	return (uint32_t)crc32(crc32(0, NULL, 0), bytes, (uInt)len);
}

/* Puts right both checksums of a table after something was changed. */
static void seal_table(const struct disk *disk, uint64_t header_lba)
{
	uint8_t *header = sector_at(disk, header_lba);
	uint64_t entries = span_le64(span_of(header, 92), 72);

	store_le32(header + 88,
		   crc_of(sector_at(disk, entries), ENTRIES * 128));
	store_le32(header + 16, 0);
	store_le32(header + 16, crc_of(header, 92));
}

static void build_table(const struct disk *disk, uint64_t lba, uint64_t other,
			uint64_t entries)
{
	uint64_t table = (ENTRIES * 128 + disk->sector - 1) / disk->sector;
	uint8_t *header = sector_at(disk, lba), *entry;

	memcpy(header, "EFI PART", 8);
	store_le32(header + 8, 0x10000);
	store_le32(header + 12, 92);
	store_le64(header + 24, lba);
	store_le64(header + 32, other);
	store_le64(header + 40, 2 + table);
	store_le64(header + 48, disk->sectors - 2 - table);
	memset(header + 56, 0xd1, 16);
	store_le64(header + 72, entries);
	store_le32(header + 80, ENTRIES);
	store_le32(header + 84, 128);
	for (unsigned i = 0; i < PER_DISK; i++) {
		entry = sector_at(disk, entries) + i * 2 * 128;
		memcpy(entry, gpt_type_esp.bytes, 16);
		memset(entry + 16, (int)i + 1, 16);
		store_le64(entry + 32, 2 + table + i * 10);
		store_le64(entry + 40, 2 + table + i * 10 + 9);
		memcpy(entry + 56, "E\0S\0P\0", 6);
	}
	seal_table(disk, lba);
}

static struct disk build_disk(uint32_t sector)
{
	uint64_t table = (ENTRIES * 128 + sector - 1) / sector;
	struct disk disk = { .sector = sector, .sectors = SECTORS };

	disk.bytes = calloc(SECTORS, sector);
	assert_non_null(disk.bytes);
	disk.bytes[446 + 4] = 0xee;
	store_le32(disk.bytes + 446 + 8, 1);
	store_le32(disk.bytes + 446 + 12, SECTORS - 1);
	disk.bytes[510] = 0x55;
	disk.bytes[511] = 0xaa;
	build_table(&disk, 1, SECTORS - 1, 2);
	build_table(&disk, SECTORS - 1, 1, SECTORS - 1 - table);
	return disk;
}

static int save(const struct scratch *s, const struct disk *disk)
{
	int fd;

	scratch_file(s, "disk",
		     span_of(disk->bytes, disk->sectors * disk->sector));
	fd = open(scratch_path(s, "disk"), O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static enum status read_disk(const struct disk *disk, struct gpt_table *table,
			     struct error *err)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_close_ int fd = save(&s, disk);

	return block_read_gpt(fd, disk->sector, disk->sectors, table, err);
}

static void assert_table(const struct disk *disk, bool from_backup)
{
	_free_ struct gpt_table *table = calloc(1, sizeof(*table));
	struct error err;

	assert_ok(&err, read_disk(disk, table, &err));
	assert_int_equal(table->from_backup, from_backup);
	assert_int_equal(table->count, PER_DISK);
	assert_int_equal(table->parts[0].number, 1);
	assert_int_equal(table->parts[1].number, 3);
	assert_int_equal(table->parts[1].last_lba - table->parts[1].first_lba,
			 9);
	assert_string_equal(table->parts[0].name.text, "ESP");
}

static void assert_no_table(const struct disk *disk, enum status want)
{
	_free_ struct gpt_table *table = calloc(1, sizeof(*table));
	struct error err;

	assert_refused(want, &err, read_disk(disk, table, &err));
}

static int reset_faults(void **state)
{
	(void)state;
	memset(&fault, 0, sizeof(fault));
	fault.bad = -1;
	return 0;
}

/* --- reading -------------------------------------------------------------- */

static void test_read_at(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_close_ int fd = -1;
	struct error err;
	char buf[8] = "";

	(void)state;
	scratch_text(&s, "f", "0123456789");
	fd = open(scratch_path(&s, "f"), O_RDONLY | O_CLOEXEC);
	fault.most = 3;
	fault.eintr = 2;
	assert_ok(&err, block_read_at(fd, 2, buf, 7, &err));
	assert_string_equal(buf, "2345678");
	assert_ok(&err, block_read_at(fd, 10, buf, 0, &err));
	assert_refused(E_BLOCK_SHORT, &err, block_read_at(fd, 8, buf, 3, &err));
	assert_refused(E_BLOCK_SHORT, &err,
		       block_read_at(fd, 11, buf, 1, &err));
	assert_refused(E_BLOCK_SHORT, &err,
		       block_read_at(fd, UINT64_MAX, buf, 1, &err));
	assert_refused(E_BLOCK_SHORT, &err,
		       block_read_at(fd, INT64_MAX, buf, 1, &err));
	fault.bad = 6;
	assert_ok(&err, block_read_at(fd, 0, buf, 6, &err));
	assert_refused(E_BLOCK_READ, &err, block_read_at(fd, 0, buf, 7, &err));
	assert_int_equal(err.sys, EIO);
	assert_non_null(strstr(err.text, "offset 6"));
}

/* --- tables --------------------------------------------------------------- */

static void test_table(void **state)
{
	static const uint32_t sizes[] = { 512, 1024, 4096 };

	(void)state;
	for (size_t i = 0; i < test_count(sizes); i++) {
		_drop_disk_ struct disk disk = build_disk(sizes[i]);

		assert_table(&disk, false);
	}
}

/* The same disk through a partitioning program of somebody else. */
static void test_table_of_sfdisk(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_free_ struct gpt_table *table = calloc(1, sizeof(*table));
	uint64_t sectors = (32 << 20) / 512;
	char command[1024];
	_close_ int fd = -1;
	struct error err;

	(void)state;
	scratch_text(&s, "disk", "");
	fd = open(scratch_path(&s, "disk"), O_RDWR | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, 32 << 20), 0);
	snprintf(command, sizeof(command),
		 "printf 'label: gpt\\n,20MiB,U\\n,4MiB,L\\n' | "
		 "PATH=$PATH:/sbin:/usr/sbin sfdisk -q %s >/dev/null",
		 scratch_path(&s, "disk"));
	assert_int_equal(system(command), 0);
	assert_ok(&err, block_read_gpt(fd, 512, sectors, table, &err));
	assert_int_equal(table->count, 2);
	assert_true(guid_equal(&table->parts[0].type, &gpt_type_esp));
	assert_int_equal(table->parts[0].first_lba, 2048);
	assert_int_equal(table->parts[0].last_lba, 2048 + 40960 - 1);
	assert_int_equal(table->parts[1].first_lba, 2048 + 40960);
	/* And its backup, with the primary header gone. */
	assert_int_equal(pwrite(fd, "x", 1, 512), 1);
	assert_ok(&err, block_read_gpt(fd, 512, sectors, table, &err));
	assert_true(table->from_backup);
	assert_int_equal(table->count, 2);
}

/* Each byte of the primary header that a checksum covers, and the entries. */
static void test_backup(void **state)
{
	_drop_disk_ struct disk disk = build_disk(512);

	(void)state;
	for (size_t at = 0; at < 92; at++) {
		sector_at(&disk, 1)[at] ^= 0x10;
		assert_table(&disk, true);
		sector_at(&disk, 1)[at] ^= 0x10;
	}
	sector_at(&disk, 2)[40] ^= 1;
	assert_table(&disk, true);
}

/* A primary header with good checksums that makes no sense. */
static void test_backup_of_nonsense(void **state)
{
	_drop_disk_ struct disk disk = build_disk(512);
	uint8_t *header = sector_at(&disk, 1);

	(void)state;
	store_le64(header + 40, 500);
	store_le64(header + 48, 400);
	seal_table(&disk, 1);
	assert_table(&disk, true);
}

static void test_unreadable_primary(void **state)
{
	_drop_disk_ struct disk disk = build_disk(512);

	(void)state;
	fault.bad = 512 + 100;
	assert_table(&disk, true);
	fault.bad = 512 * 2 + 100;
	assert_table(&disk, true);
}

static void test_unreadable_backup(void **state)
{
	_drop_disk_ struct disk disk = build_disk(512);

	(void)state;
	fault.bad = 512 * (SECTORS - 1);
	assert_table(&disk, false);
	memset(sector_at(&disk, 1), 0, 512);
	assert_no_table(&disk, E_GPT_MAGIC);
}

static void test_unreadable_start(void **state)
{
	_drop_disk_ struct disk disk = build_disk(512);

	(void)state;
	fault.bad = 0;
	assert_table(&disk, false);
	memset(sector_at(&disk, 1), 0, 512);
	assert_table(&disk, true);
	memset(sector_at(&disk, SECTORS - 1), 0, 512);
	assert_no_table(&disk, E_GPT_MAGIC);
}

/* A disk image that was copied to a larger disk: its backup is in the middle,
 * and the primary header knows where. */
static void test_grown(void **state)
{
	_drop_disk_ struct disk disk = build_disk(512);

	(void)state;
	disk.bytes = realloc(disk.bytes, (size_t)512 * SECTORS * 2);
	assert_non_null(disk.bytes);
	memset(disk.bytes + (size_t)512 * SECTORS, 0, (size_t)512 * SECTORS);
	disk.sectors *= 2;
	assert_table(&disk, false);
	sector_at(&disk, 2)[40] ^= 1; /* the entries, the header is good */
	assert_table(&disk, true);
	sector_at(&disk, 1)[0] ^= 1;
	assert_no_table(&disk, E_GPT_MAGIC);
}

/* The end is missing. */
static void test_cut(void **state)
{
	_drop_disk_ struct disk disk = build_disk(512);

	(void)state;
	disk.sectors = 100;
	assert_no_table(&disk, E_GPT_USABLE_PAST_END);
}

static void test_both_bad(void **state)
{
	_drop_disk_ struct disk disk = build_disk(512);
	_free_ struct gpt_table *table = calloc(1, sizeof(*table));
	struct error err;

	(void)state;
	sector_at(&disk, 2)[40] ^= 1;
	sector_at(&disk, SECTORS - 1)[0] ^= 1;
	assert_refused(E_GPT_ENTRIES_CRC, &err, read_disk(&disk, table, &err));
	assert_non_null(strstr(err.text, "the backup table: "));
}

static void test_no_table(void **state)
{
	_drop_disk_ struct disk disk = build_disk(512);

	(void)state;
	disk.bytes[446 + 4] = 0x0c; /* a FAT partition of an MBR */
	assert_no_table(&disk, E_BLOCK_NO_TABLE);
	disk.bytes[446 + 4] = 0xee;
	disk.bytes[510] = 0;
	assert_no_table(&disk, E_BLOCK_NO_TABLE);
	memset(disk.bytes, 0, 512 * SECTORS);
	assert_no_table(&disk, E_BLOCK_NO_TABLE);
}

static void test_tiny(void **state)
{
	_drop_disk_ struct disk disk = build_disk(512);

	(void)state;
	disk.sectors = 1;
	assert_no_table(&disk, E_BLOCK_SHORT);
	disk.sectors = 0;
	assert_no_table(&disk, E_BLOCK_SHORT);
}

static void test_sector_sizes(void **state)
{
	static const uint32_t bad[] = { 0,   1,	   256,	   511,
					513, 1536, 131072, 0x80000000 };
	_free_ struct gpt_table *table = calloc(1, sizeof(*table));
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++)
		assert_refused(E_BLOCK_SECTOR_SIZE, &err,
			       block_read_gpt(0, bad[i], 1000, table, &err));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, reset_faults)
	const struct CMUnitTest tests[] = {
		T(test_read_at),
		T(test_table),
		T(test_table_of_sfdisk),
		T(test_backup),
		T(test_backup_of_nonsense),
		T(test_unreadable_primary),
		T(test_unreadable_backup),
		T(test_unreadable_start),
		T(test_grown),
		T(test_cut),
		T(test_both_bad),
		T(test_no_table),
		T(test_tiny),
		T(test_sector_sizes),
	};
#undef T

	return cmocka_run_group_tests(tests, NULL, NULL);
}
