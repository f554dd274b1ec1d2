/* Disks and partitions as sysfs shows them: each attribute missing or wrong,
 * devices that are no disks, partitions that are missing or differ. */
#include <sys/ioctl.h>
#include <unistd.h>

/* The kernel's answer to BLKPG. */
static int fault_ioctl(int fd, unsigned long request, void *arg);
#define ioctl fault_ioctl
#include "boot/sys/block_partition.c"
#undef ioctl

#include "scratch.h"
#include "test.h"

static struct {
	bool real;  /* the kernel is asked */
	int fail;   /* errno, 0: it takes the partition */
	bool shows; /* and it appears in sysfs */
	unsigned calls;
	long long start, length; /* what was asked for */
	const struct scratch *s;
} blkpg;

static void make_partition(const struct scratch *s, const char *name,
			   const char *number, const char *start,
			   const char *size)
{
	static const char *const names[] = { "partition", "start", "size",
					     "dev" };
	const char *const values[] = { number, start, size, "253:1\n" };
	char path[128];

	for (size_t i = 0; i < test_count(names); i++) {
		snprintf(path, sizeof(path), "sys/class/block/vda/%s/%s", name,
			 names[i]);
		scratch_text(s, path, values[i]);
	}
}

static int fault_ioctl(int fd, unsigned long request, void *arg)
{
	const struct blkpg_ioctl_arg *what = arg;
	const struct blkpg_partition *part = what->data;

	(void)fd;
	assert_int_equal(request, BLKPG);
	assert_int_equal(what->op, BLKPG_ADD_PARTITION);
	assert_int_equal(part->pno, 1);
	blkpg.calls++;
	blkpg.start = part->start;
	blkpg.length = part->length;
	if (blkpg.shows)
		make_partition(blkpg.s, "vda1", "1\n", "2048\n", "4096\n");
	if (!blkpg.fail)
		return 0;
	errno = blkpg.fail;
	return -1;
}

/* --- a disk --------------------------------------------------------------- */

static void make_disk(const struct scratch *s, const char *name)
{
	static const char *const files[][2] = {
		{ "size", "1000008\n" },
		{ "dev", "253:16\n" },
		{ "queue/logical_block_size", "4096\n" },
		{ "removable", "1\n" },
		{ "ro", "1\n" },
		{ "diskseq", "12\n" },
		{ "device/model", "  QEMU HARDDISK   \n" },
		{ "device/serial", "QM0\x1b[0001\n" },
	};
	char path[128];

	for (size_t i = 0; i < test_count(files); i++) {
		snprintf(path, sizeof(path), "sys/class/block/%s/%s", name,
			 files[i][0]);
		scratch_text(s, path, files[i][1]);
	}
}

static struct block_roots roots_of(const struct scratch *s)
{
	return (struct block_roots){ .sysfs = scratch_path(s, "sys"),
				     .dev = scratch_path(s, "dev") };
}

static void test_describe(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct block_disk disk;
	struct error err;

	(void)state;
	make_disk(&s, "sda");
	assert_ok(&err, block_describe(roots_of(&s), "sda", &disk, &err));
	assert_string_equal(disk.name, "sda");
	assert_int_equal(disk.major, 253);
	assert_int_equal(disk.minor, 16);
	assert_int_equal(disk.sector_size, 4096);
	assert_int_equal(disk.sectors, 125001);
	assert_int_equal(disk.diskseq, 12);
	assert_true(disk.removable);
	assert_true(disk.read_only);
	assert_string_equal(disk.model.text, "QEMU HARDDISK");
	assert_string_equal(disk.serial.text, "QM0?[0001");
}

static void test_describe_bare(void **state)
{
	static const char *const optional[] = { "removable", "ro", "diskseq",
						"device/model",
						"device/serial" };
	_drop_scratch_ struct scratch s = scratch_make();
	struct block_disk disk;
	struct error err;
	char path[128];

	(void)state;
	make_disk(&s, "sda");
	for (size_t i = 0; i < test_count(optional); i++) {
		snprintf(path, sizeof(path), "sys/class/block/sda/%s",
			 optional[i]);
		assert_int_equal(unlink(scratch_path(&s, path)), 0);
	}
	assert_ok(&err, block_describe(roots_of(&s), "sda", &disk, &err));
	assert_int_equal(disk.diskseq, 0);
	assert_false(disk.removable);
	assert_false(disk.read_only);
	assert_string_equal(disk.model.text, "");
	assert_string_equal(disk.serial.text, "");
}

/* Each attribute with each value that it must not have. */
/* In sysfs a disk is a link that leads through its buses. */
static void test_describe_usb(void **state)
{
	static const struct {
		const char *path;
		bool on_usb;
	} cases[] = {
		{ "devices/pci0/0000:00:04.0/usb2/2-1/2-1:1.0/host1/block/sdb",
		  true },
		{ "devices/pci0/0000:00:05.0/ata1/host0/block/sdb", false },
		{ "devices/pci0/usbless/block/sdb", false },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_scratch_ struct scratch s = scratch_make();
		struct block_disk disk;
		struct error err;
		char target[256];

		make_disk(&s, "real");
		snprintf(target, sizeof(target), "sys/%s", cases[i].path);
		*strrchr(target, '/') = '\0';
		scratch_folder(&s, target);
		strcat(target, "/sdb");
		assert_int_equal(
			rename(scratch_path(&s, "sys/class/block/real"),
			       scratch_path(&s, target)),
			0);
		snprintf(target, sizeof(target), "../../%s", cases[i].path);
		assert_int_equal(
			symlink(target,
				scratch_path(&s, "sys/class/block/sdb")),
			0);
		assert_ok(&err,
			  block_describe(roots_of(&s), "sdb", &disk, &err));
		assert_int_equal(disk.on_usb, cases[i].on_usb);
	}
}

/* An empty reader of cards is one to wait for, an empty disk is none. */
static void test_describe_reader(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct block_disk disk = { .sectors = 1 };
	struct error err;

	(void)state;
	make_disk(&s, "sdb");
	scratch_text(&s, "sys/class/block/sdb/size", "0\n");
	assert_refused(E_BLOCK_NOT_A_DISK, &err,
		       block_describe(roots_of(&s), "sdb", &disk, &err));
	assert_ok(&err,
		  block_describe_reader(roots_of(&s), "sdb", &disk, &err));
	assert_int_equal(disk.sectors, 0);
	assert_int_equal(disk.diskseq, 12);
	scratch_text(&s, "sys/class/block/sdb/removable", "0\n");
	assert_refused(E_BLOCK_NOT_A_DISK, &err,
		       block_describe_reader(roots_of(&s), "sdb", &disk, &err));
}

static void test_describe_broken(void **state)
{
	static const struct {
		const char *file, *text; /* text NULL: the file is missing */
		enum status want;
	} cases[] = {
		{ "size", NULL, E_BLOCK_ATTRIBUTE },
		{ "size", "", E_BLOCK_ATTRIBUTE },
		{ "size", "-1\n", E_BLOCK_ATTRIBUTE },
		{ "size", "many\n", E_BLOCK_ATTRIBUTE },
		{ "size", "36028797018963968\n", E_BLOCK_ATTRIBUTE },
		{ "size", "18446744073709551616\n", E_BLOCK_ATTRIBUTE },
		{ "size", "0\n", E_BLOCK_NOT_A_DISK },
		{ "dev", NULL, E_BLOCK_ATTRIBUTE },
		{ "dev", "253\n", E_BLOCK_ATTRIBUTE },
		{ "dev", ":16\n", E_BLOCK_ATTRIBUTE },
		{ "dev", "253:\n", E_BLOCK_ATTRIBUTE },
		{ "dev", "253:x\n", E_BLOCK_ATTRIBUTE },
		{ "dev", "4096:0\n", E_BLOCK_ATTRIBUTE },
		{ "dev", "8:1048576\n", E_BLOCK_ATTRIBUTE },
		{ "queue/logical_block_size", NULL, E_BLOCK_ATTRIBUTE },
		{ "queue/logical_block_size", "0\n", E_BLOCK_ATTRIBUTE },
		{ "queue/logical_block_size", "256\n", E_BLOCK_ATTRIBUTE },
		{ "queue/logical_block_size", "520\n", E_BLOCK_ATTRIBUTE },
		{ "queue/logical_block_size", "131072\n", E_BLOCK_ATTRIBUTE },
		{ "partition", "1\n", E_BLOCK_NOT_A_DISK },
		{ "hidden", "1\n", E_BLOCK_NOT_A_DISK },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_scratch_ struct scratch s = scratch_make();
		struct block_disk disk;
		struct error err;
		char path[128];

		make_disk(&s, "sda");
		snprintf(path, sizeof(path), "sys/class/block/sda/%s",
			 cases[i].file);
		if (cases[i].text)
			scratch_text(&s, path, cases[i].text);
		else
			unlink(scratch_path(&s, path));
		assert_refused(
			cases[i].want, &err,
			block_describe(roots_of(&s), "sda", &disk, &err));
	}
}

static void test_describe_names(void **state)
{
	static const struct {
		const char *name;
		enum status want;
	} cases[] = {
		{ "", E_BLOCK_NAME },
		{ ".", E_BLOCK_NAME },
		{ "..", E_BLOCK_NAME },
		{ "a/b", E_BLOCK_NAME },
		{ "0123456789012345678901234567890", E_NOT_FOUND },
		{ "01234567890123456789012345678901", E_BLOCK_NAME },
		{ "sda", E_NOT_FOUND },
		{ "ram0", E_BLOCK_NOT_A_DISK },
		{ "zram0", E_BLOCK_NOT_A_DISK },
		{ "sr0", E_BLOCK_NOT_A_DISK },
		{ "fd0", E_BLOCK_NOT_A_DISK },
		{ "mtdblock0", E_NOT_FOUND },
		{ "mtd0", E_BLOCK_NOT_A_DISK },
	};
	_drop_scratch_ struct scratch s = scratch_make();
	struct block_disk disk;
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++)
		assert_refused(cases[i].want, &err,
			       block_describe(roots_of(&s), cases[i].name,
					      &disk, &err));
}

static void test_list(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct block_disk disks[3];
	struct error err;
	size_t count;

	(void)state;
	assert_refused(E_BLOCK_SYSFS, &err,
		       block_list(roots_of(&s), disks, 3, &count, &err));
	scratch_folder(&s, "sys/class/block");
	assert_ok(&err, block_list(roots_of(&s), disks, 3, &count, &err));
	assert_int_equal(count, 0);
	make_disk(&s, "vdb");
	make_disk(&s, "nvme0n1");
	make_disk(&s, "ram0");
	make_disk(&s, "vdb1");
	make_disk(&s, "sdx");
	make_disk(&s, "loop0");
	scratch_text(&s, "sys/class/block/vdb1/partition", "1\n");
	scratch_text(&s, "sys/class/block/sdx/dev", "what\n");
	scratch_text(&s, "sys/class/block/loop0/size", "0\n");
	assert_ok(&err, block_list(roots_of(&s), disks, 3, &count, &err));
	assert_int_equal(count, 2);
	assert_string_equal(disks[0].name, "nvme0n1");
	assert_string_equal(disks[1].name, "vdb");
	make_disk(&s, "sda");
	make_disk(&s, "sdb");
	assert_ok(&err, block_list(roots_of(&s), disks, 3, &count, &err));
	assert_int_equal(count, 3);
}

/* --- its partitions ------------------------------------------------------- */

/* Sectors of 4096, so that the units of sysfs are others. */
static const struct block_disk vda = {
	.name = "vda", .major = 253, .sector_size = 4096, .sectors = 10000
};
static const struct gpt_partition part = { .number = 1,
					   .first_lba = 256,
					   .last_lba = 767 };

static struct scratch make_vda(void)
{
	struct scratch s = scratch_make();

	memset(&blkpg, 0, sizeof(blkpg));
	make_disk(&s, "vda");
	scratch_folder(&s, "dev");
	return s;
}

static void make_node(const struct scratch *s, unsigned minor_number)
{
	assert_int_equal(mknod(scratch_path(s, "dev/vda1"), S_IFBLK | 0600,
			       makedev(253, minor_number)),
			 0);
}

static void assert_ensure_refused(const struct scratch *s,
				  const struct gpt_partition *wanted,
				  enum status want)
{
	char node[BLOCK_NODE_MAX] = "untouched";
	struct error err;

	assert_refused(want, &err,
		       block_partition_ensure(roots_of(s), &vda, -1, wanted,
					      node, &err));
	assert_string_equal(node, "untouched");
}

static void test_partition_known(void **state)
{
	scratch_needs_root("a device node");
	_drop_scratch_ struct scratch s = make_vda();
	char node[BLOCK_NODE_MAX];
	struct error err;

	(void)state;
	make_partition(&s, "vda1", "1\n", "2048\n", "4096\n");
	make_partition(&s, "vda11", "11\n", "9999\n", "1\n");
	make_node(&s, 1);
	assert_ok(&err, block_partition_ensure(roots_of(&s), &vda, -1, &part,
					       node, &err));
	assert_string_equal(node, scratch_path(&s, "dev/vda1"));
	assert_int_equal(blkpg.calls, 0);
}

static void test_partition_differs(void **state)
{
	static const char *const ranges[][2] = {
		{ "2047\n", "4096\n" }, { "2049\n", "4096\n" },
		{ "2048\n", "4095\n" }, { "2048\n", "4097\n" },
		{ "256\n", "512\n" }, /* in sectors */
		{ "0\n", "0\n" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(ranges); i++) {
		_drop_scratch_ struct scratch s = make_vda();

		make_partition(&s, "vda1", "1\n", ranges[i][0], ranges[i][1]);
		assert_ensure_refused(&s, &part, E_BLOCK_PARTITION_DIFFERS);
		assert_int_equal(blkpg.calls, 0);
	}
}

static void test_partition_past_disk(void **state)
{
	_drop_scratch_ struct scratch s = make_vda();
	struct gpt_partition wrong = part;

	(void)state;
	wrong.last_lba = vda.sectors;
	assert_ensure_refused(&s, &wrong, E_BLOCK_PARTITION_DIFFERS);
	wrong.last_lba = wrong.first_lba - 1;
	assert_ensure_refused(&s, &wrong, E_BLOCK_PARTITION_DIFFERS);
	assert_int_equal(blkpg.calls, 0);
}

static void test_partition_added(void **state)
{
	scratch_needs_root("a device node");
	static const int answers[] = { 0, EBUSY }; /* EBUSY: a scan was first */

	(void)state;
	for (size_t i = 0; i < test_count(answers); i++) {
		_drop_scratch_ struct scratch s = make_vda();
		char node[BLOCK_NODE_MAX];
		struct error err;

		blkpg.s = &s;
		blkpg.shows = true;
		blkpg.fail = answers[i];
		/* Another one, that has the number in its name. */
		make_partition(&s, "vda11", "11\n", "2048\n", "4096\n");
		make_node(&s, 1);
		assert_ok(&err, block_partition_ensure(roots_of(&s), &vda, -1,
						       &part, node, &err));
		assert_int_equal(blkpg.calls, 1);
		assert_int_equal(blkpg.start, 256 * 4096);
		assert_int_equal(blkpg.length, 512 * 4096);
	}
}

static void test_partition_not_added(void **state)
{
	static const int answers[] = { 0, EBUSY, EPERM, EINVAL, ENOTTY };

	(void)state;
	for (size_t i = 0; i < test_count(answers); i++) {
		_drop_scratch_ struct scratch s = make_vda();

		blkpg.fail = answers[i];
		assert_ensure_refused(&s, &part, E_BLOCK_PARTITION_ADD);
		assert_int_equal(blkpg.calls, 1);
	}
}

static void test_partition_no_node(void **state)
{
	_drop_scratch_ struct scratch s = make_vda();

	(void)state;
	make_partition(&s, "vda1", "1\n", "2048\n", "4096\n");
	assert_ensure_refused(&s, &part, E_BLOCK_NODE);
	scratch_text(&s, "dev/vda1", "a file");
	assert_ensure_refused(&s, &part, E_BLOCK_NODE);
}

static void test_partition_other_node(void **state)
{
	scratch_needs_root("a device node");
	_drop_scratch_ struct scratch s = make_vda();

	(void)state;
	make_partition(&s, "vda1", "1\n", "2048\n", "4096\n");
	make_node(&s, 2);
	assert_ensure_refused(&s, &part, E_BLOCK_NODE);
}

static void test_partition_no_disk(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();

	(void)state;
	assert_ensure_refused(&s, &part, E_BLOCK_SYSFS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_describe),
		cmocka_unit_test(test_describe_bare),
		cmocka_unit_test(test_describe_usb),
		cmocka_unit_test(test_describe_reader),
		cmocka_unit_test(test_describe_broken),
		cmocka_unit_test(test_describe_names),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_partition_known),
		cmocka_unit_test(test_partition_differs),
		cmocka_unit_test(test_partition_past_disk),
		cmocka_unit_test(test_partition_added),
		cmocka_unit_test(test_partition_not_added),
		cmocka_unit_test(test_partition_no_node),
		cmocka_unit_test(test_partition_other_node),
		cmocka_unit_test(test_partition_no_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
