/* Mounts, as root, each in a process with a mount namespace of its own: nothing
 * of it is seen outside, and nothing can be written, run or followed inside. */
#include "sys/mount.h"

#include "base/own.h"
#include "scratch.h"
#include "sys/proc.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

#ifndef ST_NOSYMFOLLOW
#define ST_NOSYMFOLLOW 0x2000
#endif

/* Checks in a child: prints and exits, since cmocka's asserts are its parent's.
 */
#define CHECK(condition)                                                       \
	do {                                                                   \
		if (!(condition)) {                                            \
			printf("%s:%d: %s (%s)\n", __FILE__, __LINE__,         \
			       #condition, err->text);                         \
			fflush(stdout);                                        \
			_exit(1);                                              \
		}                                                              \
	} while (0)

static void in_namespace(const struct scratch *s,
			 void (*check)(const struct scratch *s,
				       struct error *err))
{
	struct error err = { .code = OK };
	pid_t pid;
	int status;

	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (mount_private(&err) != OK)
			_exit(errno == EPERM ? 2 : 1);
		check(s, &err);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status == 2 << 8) {
		print_message("skipped: no right to a mount namespace\n");
		skip();
	}
	assert_int_equal(status, 0);
}

/* --- hostile file systems ------------------------------------------------- */

/* tmpfs in place of a FAT: every kernel has it, it takes none of a FAT's
 * options, and all that counts here is what mount(2) is told. */
static void check_flags(const struct scratch *s, struct error *err)
{
	const char *at = scratch_path(s, "made/for/it");
	struct statvfs st;

	CHECK(mount_esp("none", "tmpfs", at, err) == OK);
	CHECK(statvfs(at, &st) == 0);
	CHECK(st.f_flag & ST_RDONLY);
	CHECK(st.f_flag & ST_NOSUID);
	CHECK(st.f_flag & ST_NODEV);
	CHECK(st.f_flag & ST_NOEXEC);
	CHECK(st.f_flag & ST_NOSYMFOLLOW);
	CHECK(mkdir(scratch_path(s, "made/for/it/x"), 0755) < 0 &&
	      errno == EROFS);
}

static void test_flags(void **state)
{
	scratch_needs_root("a mount");
	_drop_scratch_ struct scratch s = scratch_make();
	struct stat st;

	(void)state;
	in_namespace(&s, check_flags);
	/* The folder is here, the mount is not. */
	assert_int_equal(stat(scratch_path(&s, "made/for/it"), &st), 0);
	assert_int_equal(mkdir(scratch_path(&s, "made/for/it/x"), 0755), 0);
}

static void check_detach(const struct scratch *s, struct error *err)
{
	const char *at = scratch_path(s, "esp");
	int busy;

	CHECK(mount_esp("none", "tmpfs", at, err) == OK);
	busy = open(at, O_RDONLY | O_DIRECTORY);
	CHECK(busy >= 0);
	CHECK(mount_detach(at, err) == OK);
	CHECK(mkdir(scratch_path(s, "esp/x"), 0755) == 0);
	CHECK(mount_detach(at, err) == E_MOUNT_DETACH);
	CHECK(err->code == E_MOUNT_DETACH);
}

static void test_detach(void **state)
{
	scratch_needs_root("a mount");
	_drop_scratch_ struct scratch s = scratch_make();

	(void)state;
	in_namespace(&s, check_detach);
}

static void check_refused(const struct scratch *s, struct error *err)
{
	const char *at = scratch_path(s, "esp");

	CHECK(mount_esp("none", "nonsense", at, err) == E_MOUNT_FSTYPE);
	CHECK(mount_esp(scratch_path(s, "file"), "ext4", at, err) ==
		      E_MOUNT_REFUSED ||
	      err->code == E_MOUNT_FSTYPE);
	CHECK(mount_esp("none", "tmpfs", scratch_path(s, "file/x"), err) ==
	      E_MOUNT_TARGET);
}

static void test_refused(void **state)
{
	scratch_needs_root("a mount");
	_drop_scratch_ struct scratch s = scratch_make();

	(void)state;
	scratch_text(&s, "file", "");
	in_namespace(&s, check_refused);
}

/* Where mounts propagate, as they do on most hosts, a private one does not. */
static void check_private(const struct scratch *s, struct error *err)
{
	struct stat before, after;
	int status;
	pid_t pid;

	CHECK(mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) == 0);
	CHECK(stat(scratch_path(s, "esp"), &before) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0)
		_exit(mount_private(NULL) != OK ||
		      mount_esp("none", "tmpfs", scratch_path(s, "esp"),
				NULL) != OK);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(stat(scratch_path(s, "esp"), &after) == 0);
	CHECK(before.st_dev == after.st_dev);
}

static void test_private(void **state)
{
	scratch_needs_root("a mount");
	_drop_scratch_ struct scratch s = scratch_make();

	(void)state;
	scratch_folder(&s, "esp");
	in_namespace(&s, check_private);
}

/* --- what is no FAT ------------------------------------------------------- */

struct loop {
	int fd;
	char node[64];
};

static void drop_loop(struct loop *loop)
{
	if (loop->fd >= 0) {
		ioctl(loop->fd, LOOP_CLR_FD, 0);
		close(loop->fd);
	}
}

static struct loop make_loop(const char *image)
{
	_close_ int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	_close_ int file = open(image, O_RDWR | O_CLOEXEC);
	struct loop_config config = { .fd = (uint32_t)file };
	struct loop loop = { .fd = -1 };
	int number = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);

	snprintf(loop.node, sizeof(loop.node), "/dev/loop%d", number);
	loop.fd = number < 0 ? -1 : open(loop.node, O_RDWR | O_CLOEXEC);
	if (loop.fd >= 0 && ioctl(loop.fd, LOOP_CONFIGURE, &config) < 0)
		close(take_fd(&loop.fd));
	if (loop.fd < 0) {
		print_message("skipped: there is no loop device here\n");
		skip();
	}
	return loop;
}

/* squashfs answers EINVAL to what is not one, as vfat does; the node's name is
 * in the file "node". */
static void mount_image(const struct scratch *s, enum status want,
			struct error *err)
{
	const char *const types[] = { "vfat", "squashfs", "ext4" };
	char node[64] = "";
	FILE *from = fopen(scratch_path(s, "node"), "r");

	CHECK(from && fgets(node, sizeof(node), from));
	fclose(from);
	for (size_t i = 0; i < test_count(types); i++) {
		if (!mount_has_filesystem(types[i]))
			continue;
		CHECK(mount_esp(node, types[i], scratch_path(s, "esp"), err) ==
		      want);
		return;
	}
	printf("skipped: none of vfat, squashfs and ext4 is here\n");
}

static void check_not_fat(const struct scratch *s, struct error *err)
{
	mount_image(s, E_MOUNT_NOT_FAT, err);
}

static void check_fat_refused(const struct scratch *s, struct error *err)
{
	mount_image(s, E_MOUNT_REFUSED, err);
}

static void test_not_fat(void **state)
{
	scratch_needs_root("a loop device");
	static const uint8_t starts[] = { 0xeb, 0xe9, 0x00, 0xeb };
	static const uint8_t ends[] = { 0xaa, 0xaa, 0xaa, 0x00 };

	(void)state;
	for (size_t i = 0; i < test_count(starts); i++) {
		_drop_scratch_ struct scratch s = scratch_make();
		__attribute__((
			cleanup(drop_loop))) struct loop loop = { .fd = -1 };
		_free_ uint8_t *bytes = calloc(1, 1 << 20);

		bytes[0] = starts[i];
		bytes[510] = 0x55;
		bytes[511] = ends[i];
		scratch_file(&s, "image", span_of(bytes, 1 << 20));
		loop = make_loop(scratch_path(&s, "image"));
		scratch_text(&s, "node", loop.node);
		in_namespace(&s, i < 2 ? check_fat_refused : check_not_fat);
	}
}

/* --- the file systems of every process ------------------------------------ */

static void check_api(const struct scratch *s, struct error *err)
{
	struct stat st;

	CHECK(chroot(s->dir) == 0 && chdir("/") == 0);
	CHECK(mount_api_filesystems(err) == OK);
	CHECK(stat("/proc/self/exe", &st) == 0);
	CHECK(stat("/sys/class/block", &st) == 0);
	CHECK(stat("/dev/null", &st) == 0 && S_ISCHR(st.st_mode));
	CHECK(mkdir("/run/keelboot", 0755) == 0);
	/* Once more: what is there stays. */
	CHECK(mount_api_filesystems(err) == OK);
	CHECK(stat("/run/keelboot", &st) == 0);
	CHECK(mount_detach("/run", err) == OK);
	CHECK(stat("/run/keelboot", &st) < 0);
	mount_optional_filesystems();
}

static void test_api(void **state)
{
	scratch_needs_root("a mount");
	_drop_scratch_ struct scratch s = scratch_make();

	(void)state;
	in_namespace(&s, check_api);
}

static void check_api_refused(const struct scratch *s, struct error *err)
{
	CHECK(chroot(s->dir) == 0 && chdir("/") == 0);
	CHECK(mount_api_filesystems(err) == E_MOUNT_API);
	CHECK(!strcmp(err->text, "/sys is not mounted"));
}

static void test_api_refused(void **state)
{
	scratch_needs_root("a mount");
	_drop_scratch_ struct scratch s = scratch_make();

	(void)state;
	scratch_text(&s, "sys", "a file in its place");
	in_namespace(&s, check_api_refused);
}

static void test_has_filesystem(void **state)
{
	(void)state;
	assert_true(mount_has_filesystem("proc"));
	assert_true(mount_has_filesystem("tmpfs"));
	assert_false(mount_has_filesystem("nonsense"));
	assert_false(mount_has_filesystem("tmp"));
	assert_false(mount_has_filesystem("nodev"));
	assert_false(mount_has_filesystem("nodev\tproc"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_detach),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_private),
		cmocka_unit_test(test_not_fat),
		cmocka_unit_test(test_api),
		cmocka_unit_test(test_api_refused),
		cmocka_unit_test(test_has_filesystem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
