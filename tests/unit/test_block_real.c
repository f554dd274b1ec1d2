/* Disks as the kernel really has them: a loop device with a partition table, as
 * root; nodes that are not the disk that was described. */
#include "sys/block.h"

#include "base/own.h"
#include "scratch.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/blkpg.h>
#include <linux/loop.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct loop {
	int fd;
	char name[BLOCK_NAME_MAX];
};

static void drop_loop(struct loop *loop)
{
	if (loop->fd >= 0) {
		ioctl(loop->fd, LOOP_CLR_FD, 0);
		close(loop->fd);
	}
}

/* A loop device with a partition table made by sfdisk; fd -1 where there is no
 * loop device to be had. */
static struct loop make_loop(const struct scratch *s)
{
	_close_ int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	_close_ int file = -1;
	struct loop_config config = { .info = { .lo_flags =
							LO_FLAGS_PARTSCAN } };
	struct loop loop = { .fd = -1 };
	char text[1024];
	int number = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);

	if (number < 0)
		return loop;
	scratch_text(s, "image", "");
	file = open(scratch_path(s, "image"), O_RDWR | O_CLOEXEC);
	assert_int_equal(ftruncate(file, 16 << 20), 0);
	snprintf(text, sizeof(text),
		 "printf 'label: gpt\\n,4MiB,U\\n,4MiB,L\\n' | "
		 "PATH=$PATH:/sbin:/usr/sbin sfdisk -q %s >/dev/null",
		 scratch_path(s, "image"));
	assert_int_equal(system(text), 0);
	snprintf(loop.name, sizeof(loop.name), "loop%d", number);
	snprintf(text, sizeof(text), "/dev/%s", loop.name);
	loop.fd = open(text, O_RDWR | O_CLOEXEC);
	config.fd = (uint32_t)file;
	if (loop.fd >= 0 && ioctl(loop.fd, LOOP_CONFIGURE, &config) < 0) {
		close(loop.fd);
		loop.fd = -1;
	}
	return loop;
}

static void change_partition(int fd, int op, int number, long long start,
			     long long length)
{
	struct blkpg_partition what = { .start = start,
					.length = length,
					.pno = number };
	struct blkpg_ioctl_arg arg = { .op = op,
				       .datalen = sizeof(what),
				       .data = &what };

	if (ioctl(fd, BLKPG, &arg) < 0)
		fail_msg("BLKPG %d: %s", op, strerror(errno));
}

static void assert_read_only(const char *node)
{
	_close_ int fd = open(node, O_RDONLY | O_CLOEXEC);
	_close_ int to = open(node, O_RDWR | O_CLOEXEC);
	struct error err;
	char zero[512] = { 0 };

	assert_true(fd >= 0);
	assert_true(to >= 0);
	assert_ok(&err, block_set_read_only(fd, &err));
	assert_true(pwrite(to, zero, sizeof(zero), 0) < 0 || fsync(to) < 0);
	assert_int_equal(pread(fd, zero, sizeof(zero), 0), sizeof(zero));
}

static void test_real_disk(void **state)
{
	scratch_needs_root("a loop device");
	_drop_scratch_ struct scratch s = scratch_make();
	__attribute__((cleanup(drop_loop))) struct loop loop = { .fd = -1 };
	_free_ struct gpt_table *table = calloc(1, sizeof(*table));
	struct block_roots roots = BLOCK_ROOTS;
	char node[BLOCK_NODE_MAX];
	struct block_disk disk;
	struct error err;
	_close_ int fd = -1;

	(void)state;
	loop = make_loop(&s);
	if (loop.fd < 0) {
		print_message("skipped: there is no loop device here\n");
		skip();
	}
	assert_ok(&err, block_describe(roots, loop.name, &disk, &err));
	assert_int_equal(disk.sectors, 32768);
	assert_ok(&err, block_open(roots, &disk, &fd, &err));
	assert_ok(&err, block_read_gpt(fd, disk.sector_size, disk.sectors,
				       table, &err));
	assert_int_equal(table->count, 2);
	/* As the kernel has it, then where the kernel has none, then where it
	 * has another. */
	assert_ok(&err, block_partition_ensure(roots, &disk, fd,
					       &table->parts[0], node, &err));
	change_partition(loop.fd, BLKPG_DEL_PARTITION, 1, 0, 0);
	assert_ok(&err, block_partition_ensure(roots, &disk, fd,
					       &table->parts[0], node, &err));
	assert_read_only(node);
	change_partition(loop.fd, BLKPG_DEL_PARTITION, 1, 0, 0);
	change_partition(loop.fd, BLKPG_ADD_PARTITION, 1, 1 << 20, 2 << 20);
	assert_refused(E_BLOCK_PARTITION_DIFFERS, &err,
		       block_partition_ensure(roots, &disk, fd,
					      &table->parts[0], node, &err));
}

/* The name is another disk's by the time it is opened. */
static void test_real_disk_changed(void **state)
{
	scratch_needs_root("a loop device");
	_drop_scratch_ struct scratch s = scratch_make();
	__attribute__((cleanup(drop_loop))) struct loop loop = { .fd = -1 };
	struct block_roots roots = BLOCK_ROOTS;
	struct block_disk disk, wrong;
	struct error err;
	int fd = -5;

	(void)state;
	loop = make_loop(&s);
	if (loop.fd < 0) {
		print_message("skipped: there is no loop device here\n");
		skip();
	}
	assert_ok(&err, block_describe(roots, loop.name, &disk, &err));
	wrong = disk;
	wrong.minor++;
	assert_refused(E_BLOCK_CHANGED, &err,
		       block_open(roots, &wrong, &fd, &err));
	wrong = disk;
	wrong.major++;
	assert_refused(E_BLOCK_CHANGED, &err,
		       block_open(roots, &wrong, &fd, &err));
	wrong = disk;
	wrong.sectors++;
	assert_refused(E_BLOCK_CHANGED, &err,
		       block_open(roots, &wrong, &fd, &err));
	if (disk.diskseq) {
		wrong = disk;
		wrong.diskseq++;
		assert_refused(E_BLOCK_CHANGED, &err,
			       block_open(roots, &wrong, &fd, &err));
	}
	snprintf(wrong.name, sizeof(wrong.name), "nothing");
	assert_refused(E_BLOCK_OPEN, &err,
		       block_open(roots, &wrong, &fd, &err));
	assert_int_equal(fd, -5);
}

static const struct block_disk vda = { .name = "vda",
				       .sector_size = 512,
				       .sectors = 1 };

static void test_not_a_device(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_close_ int fd = -1;
	struct block_roots roots = { .sysfs = "" };
	struct error err;

	(void)state;
	roots.dev = scratch_path(&s, "dev");
	scratch_text(&s, "dev/vda", "a file");
	assert_refused(E_BLOCK_CHANGED, &err,
		       block_open(roots, &vda, &fd, &err));
	fd = open(scratch_path(&s, "dev/vda"), O_RDONLY | O_CLOEXEC);
	assert_refused(E_BLOCK_READ_ONLY, &err, block_set_read_only(fd, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_disk),
		cmocka_unit_test(test_real_disk_changed),
		cmocka_unit_test(test_not_a_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
