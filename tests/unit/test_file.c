/* Small files: which of the two ways to write makes one. */
#include "scratch.h"
#include "sys/file.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* Between the menu and init: the first one has to make it. */
static void what_is_put_is_there(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	const char *path = scratch_path(&dir, "run/keelboot/shell-console");
	char line[32];
	struct stat sb;

	(void)state;
	errno = 0;
	assert_false(file_put_small(path, "ttyS0"));
	assert_int_equal(errno, ENOENT);
	assert_true(file_make_folders(scratch_path(&dir, "run/keelboot")));
	path = scratch_path(&dir, "run/keelboot/shell-console");
	/* an attribute of the kernel's has to be there */
	assert_false(file_write_small(path, "ttyS0"));
	assert_int_equal(errno, ENOENT);
	assert_true(file_put_small(path, "ttyS0"));
	assert_int_equal(stat(path, &sb), 0);
	assert_int_equal(sb.st_mode & 0777, 0600);
	assert_true(file_read_line(AT_FDCWD, path, line, sizeof(line)));
	assert_string_equal(line, "ttyS0");
	assert_true(file_put_small(path, "hvc"));
	assert_true(file_read_line(AT_FDCWD, path, line, sizeof(line)));
	assert_string_equal(line, "hvc");
	assert_true(file_write_small(path, "x"));
	assert_true(file_read_line(AT_FDCWD, path, line, sizeof(line)));
	assert_string_equal(line, "xvc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
