/* Variables as files: what is there, what is not, and the flag that keeps
 * them from being written. */
#include "sys/efivar.h"

#include "scratch.h"
#include "test.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define NAME "Some-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

static void values_are_read(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	struct error err;
	uint32_t attributes;
	char buf[8];
	size_t len;

	(void)state;
	scratch_file(&dir, NAME, span_of("\x07\0\0\x80ok", 6));
	assert_ok(&err, efivar_read(dir.dir, NAME, buf, sizeof(buf),
				    &attributes, &len, &err));
	assert_int_equal(attributes, 0x80000007);
	assert_int_equal(len, 2);
	assert_memory_equal(buf, "ok", 2);
	scratch_file(&dir, NAME, span_of("\x07\0\0\0", 4));
	assert_ok(&err, efivar_read(dir.dir, NAME, buf, sizeof(buf), NULL, &len,
				    &err));
	assert_int_equal(len, 0);
}

static void what_cannot_be_read_says_why(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	struct error err;
	char buf[4], root[600];
	size_t len;

	(void)state;
	assert_refused(E_EFIVAR_NONE, &err,
		       efivar_read(dir.dir, NAME, buf, 4, NULL, &len, &err));
	assert_refused(E_EFIVAR_NONE, &err,
		       efivar_read(scratch_path(&dir, "none"), NAME, buf, 4,
				   NULL, &len, &err));
	for (size_t have = 0; have < 4; have++) {
		scratch_file(&dir, NAME, span_of("\7\0\0", have));
		assert_refused(
			E_EFIVAR_SHORT, &err,
			efivar_read(dir.dir, NAME, buf, 4, NULL, &len, &err));
	}
	scratch_file(&dir, NAME, span_of("\7\0\0\0abcd", 8));
	assert_ok(&err, efivar_read(dir.dir, NAME, buf, 4, NULL, &len, &err));
	assert_refused(E_EFIVAR_LONG, &err,
		       efivar_read(dir.dir, NAME, buf, 3, NULL, &len, &err));
	scratch_folder(&dir, "folder");
	assert_refused(
		E_EFIVAR_READ, &err,
		efivar_read(dir.dir, "folder", buf, 4, NULL, &len, &err));
	memset(root, 'n', sizeof(root));
	root[sizeof(root) - 1] = '\0';
	assert_refused(E_EFIVAR_READ, &err,
		       efivar_read(root, NAME, buf, 4, NULL, &len, &err));
}

static void variables_are_written_and_deleted(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	uint32_t attributes;
	uint8_t big[1025] = { 0 };
	struct error err;
	char buf[8];
	size_t len;

	(void)state;
	assert_ok(&err, efivar_write(dir.dir, NAME, span_of("abc", 3), &err));
	assert_ok(&err, efivar_read(dir.dir, NAME, buf, sizeof(buf),
				    &attributes, &len, &err));
	assert_int_equal(attributes, 7);
	assert_int_equal(len, 3);
	assert_ok(&err, efivar_delete(dir.dir, NAME, &err));
	assert_int_not_equal(access(scratch_path(&dir, NAME), F_OK), 0);
	assert_ok(&err, efivar_delete(dir.dir, NAME, &err));
	assert_refused(
		E_EFIVAR_LONG, &err,
		efivar_write(dir.dir, NAME, span_of(big, sizeof(big)), &err));
	assert_refused(E_EFIVAR_WRITE, &err,
		       efivar_write(scratch_path(&dir, "none"), NAME,
				    span_of("abc", 3), &err));
	scratch_folder(&dir, "folder");
	assert_refused(E_EFIVAR_WRITE, &err,
		       efivar_write(dir.dir, "folder", span_of("a", 1), &err));
	assert_refused(E_EFIVAR_DELETE, &err,
		       efivar_delete(dir.dir, "folder", &err));
}

static bool set_flags(const char *path, int flags)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool done = fd >= 0 && ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0;

	close(fd);
	return done;
}

static void the_immutable_flag_goes(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	struct error err;

	(void)state;
	scratch_needs_root("the immutable flag");
	scratch_file(&dir, NAME, span_of("\7\0\0\0a", 5));
	if (!set_flags(scratch_path(&dir, NAME), FS_IMMUTABLE_FL)) {
		print_message("skipped: no flags on this file system\n");
		skip();
	}
	assert_true(unlink(scratch_path(&dir, NAME)) != 0);
	assert_ok(&err, efivar_write(dir.dir, NAME, span_of("abc", 3), &err));
	assert_true(set_flags(scratch_path(&dir, NAME), FS_IMMUTABLE_FL));
	assert_ok(&err, efivar_delete(dir.dir, NAME, &err));
	assert_int_not_equal(access(scratch_path(&dir, NAME), F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_read),
		cmocka_unit_test(what_cannot_be_read_says_why),
		cmocka_unit_test(variables_are_written_and_deleted),
		cmocka_unit_test(the_immutable_flag_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
