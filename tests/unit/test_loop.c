/*
 * Real mounts: file systems of this host's kernel in the middle of a file,
 * through a read-only loop device, without a journal being replayed. What this
 * kernel lacks is said.
 */
#include "sys/loop.h"
#include "sys/mount.h"
#include "sys/volume.h"

#include "scratch.h"
#include "test.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define OFFSET (3 << 20)
#define LEN    (400 << 20)

/* An image with the file system at OFFSET; `i` is the file system alone. */
static int make_image(const struct scratch *s, const char *command)
{
	char line[1024];

	snprintf(line, sizeof(line),
		 "cd %s && rm -rf i w d && truncate -s %d i && mkdir d && "
		 "echo hello >d/file && { %s; } >log 2>&1 && "
		 "truncate -s %d w && dd if=i of=w bs=1M seek=3 conv=notrunc,"
		 "sparse status=none || { cat log >&2; false; }",
		 s->dir, LEN, command, OFFSET + LEN + OFFSET);
	assert_int_equal(system(line), 0);
	return open(scratch_path(s, "w"), O_RDONLY | O_CLOEXEC);
}

static bool has_loops(void)
{
	return access("/dev/loop-control", R_OK | W_OK) == 0;
}

static void check_mount(const struct scratch *s, const char *node,
			const char *fstype)
{
	struct volume volume;
	struct error err;
	char text[6] = "";
	uint64_t size;
	int fd;

	assert_ok(&err,
		  mount_foreign(node, fstype, scratch_path(s, "mnt"), &err));
	assert_ok(&err, volume_open_dir(scratch_path(s, "mnt"), &volume, &err));
	assert_ok(&err, volume_open(&volume, "/file", &fd, &size, &err));
	assert_int_equal(read(fd, text, 5), 5);
	assert_string_equal(text, "hello");
	close(fd);
	volume_close(&volume);
	assert_int_equal(
		open(scratch_path(s, "mnt/new"), O_CREAT | O_WRONLY, 0600), -1);
	assert_ok(&err, mount_detach(scratch_path(s, "mnt"), &err));
}

/* Some kernels open it for writing, none writes. */
static void check_refuses_writes(const char *node)
{
	int fd = open(node, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	assert_int_equal(write(fd, "x", 1), -1);
	close(fd);
}

static void file_systems_in_the_middle_are_mounted(void **state)
{
	static const struct {
		const char *fstype, *command;
	} cases[] = {
		{ "ext4", "mkfs.ext4 -q -F -E lazy_itable_init=1 -d d i" },
		{ "ext3", "mkfs.ext3 -q -F -d d i" },
		{ "ext2", "mkfs.ext2 -q -F -d d i" },
		{ "btrfs", "mkfs.btrfs -q --rootdir d i" },
		{ "xfs", "printf '/\\n0 0\\nd--755 0 0\\nfile ---644 0 0 "
			 "d/file\\n$\\n' >p && mkfs.xfs -q -p p i" },
	};
	_drop_scratch_ struct scratch s = scratch_make();

	(void)state;
	scratch_needs_root("to mount");
	if (!has_loops() || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		print_message("skipped: no loop devices or mounts here\n");
		skip();
	}
	for (size_t i = 0; i < test_count(cases); i++) {
		char node[LOOP_NODE_MAX];
		struct error err;
		int fd, loop, on = 0;

		if (!mount_has_filesystem(cases[i].fstype) &&
		    !mount_has_filesystem("ext4")) {
			print_message("this kernel has no %s\n",
				      cases[i].fstype);
			continue;
		}
		fd = make_image(&s, cases[i].command);
		assert_true(fd >= 0);
		assert_ok(&err,
			  loop_attach(fd, OFFSET, LEN, node, &loop, &err));
		close(fd);
		assert_int_equal(ioctl(loop, BLKROGET, &on), 0);
		assert_int_equal(on, 1);
		check_refuses_writes(node);
		check_mount(&s, node, cases[i].fstype);
		close(loop);
	}
}

/* A file system that was not unmounted has a journal to replay, which would
 * write; and it asks for a panic of the kernel where something is wrong. */
static void a_journal_is_not_replayed(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct span before = { 0 }, after = { 0 };
	char node[LOOP_NODE_MAX];
	struct error err;
	int fd, loop;

	(void)state;
	scratch_needs_root("to mount");
	if (!has_loops() || !mount_has_filesystem("ext4")) {
		print_message("skipped: no loop devices or no ext4 here\n");
		skip();
	}
	/* needs_recovery, without which no kernel looks at the journal */
	fd = make_image(&s, "truncate -s 16M i; mkfs.ext4 -q -F -e panic "
			    "-O ^metadata_csum -d d i; "
			    "debugfs -w -R 'feature needs_recovery' i");
	before = test_read_file(scratch_path(&s, "i"));
	assert_ok(&err, loop_attach(fd, OFFSET, 16 << 20, node, &loop, &err));
	check_mount(&s, node, "ext4");
	close(loop);
	close(fd);
	assert_int_equal(system("sync"), 0);
	after = test_read_file(scratch_path(&s, "w"));
	assert_memory_equal(before.ptr, after.ptr + OFFSET, before.len);
	test_drop(&before);
	test_drop(&after);
}

static void what_the_kernel_lacks_is_told(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	assert_refused(E_MOUNT_FSTYPE, &err,
		       mount_foreign("/dev/null", "reiser5",
				     scratch_path(&s, "mnt"), &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_systems_in_the_middle_are_mounted),
		cmocka_unit_test(a_journal_is_not_replayed),
		cmocka_unit_test(what_the_kernel_lacks_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
