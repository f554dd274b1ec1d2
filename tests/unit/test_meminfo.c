/* Small files of the kernel, and the figures of memory in one of them. */
#include "sys/meminfo.h"

#include "scratch.h"
#include "sys/file.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_small(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	char buf[8];
	size_t len;

	(void)state;
	scratch_text(&s, "seven", "1234567");
	scratch_text(&s, "eight", "12345678");
	scratch_text(&s, "empty", "");
	assert_true(file_read_small(AT_FDCWD, scratch_path(&s, "seven"), buf,
				    sizeof(buf), &len));
	assert_string_equal(buf, "1234567");
	assert_int_equal(len, 7);
	assert_true(file_read_small(AT_FDCWD, scratch_path(&s, "empty"), buf,
				    sizeof(buf), &len));
	assert_int_equal(len, 0);
	assert_false(file_read_small(AT_FDCWD, scratch_path(&s, "eight"), buf,
				     sizeof(buf), &len));
	assert_int_equal(errno, EFBIG);
	assert_string_equal(buf, "");
	assert_false(file_read_small(AT_FDCWD, scratch_path(&s, "none"), buf,
				     sizeof(buf), &len));
	assert_int_equal(errno, ENOENT);
	assert_false(file_read_small(AT_FDCWD, s.dir, buf, sizeof(buf), &len));
	assert_int_equal(errno, EISDIR);
}

static void test_line_and_number(void **state)
{
	static const struct {
		const char *text, *line;
		bool is_number;
	} cases[] = {
		{ "12\n", "12", true },	   { "12", "12", true },
		{ "12 \t\n", "12", true }, { "12\n13\n", "12", true },
		{ "", "", false },	   { "\n", "", false },
		{ " 12\n", " 12", false }, { "0x12\n", "0x12", false },
		{ "-1\n", "-1", false },   { "1 2\n", "1 2", false },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_scratch_ struct scratch s = scratch_make();
		const char *path = scratch_path(&s, "f");
		uint64_t number = 77;
		char buf[16];

		scratch_text(&s, "f", cases[i].text);
		assert_true(file_read_line(AT_FDCWD, path, buf, sizeof(buf)));
		assert_string_equal(buf, cases[i].line);
		assert_int_equal(file_read_number(AT_FDCWD, path, &number),
				 cases[i].is_number);
		if (cases[i].is_number)
			assert_int_equal(number, 12);
		else
			assert_int_equal(errno, EINVAL);
	}
}

static void test_write_and_folders(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	const char *path = scratch_path(&s, "a/b/c");
	struct stat st;
	char buf[16];

	(void)state;
	assert_true(file_make_folders(path));
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_true(file_make_folders(path));
	assert_false(file_write_small(scratch_path(&s, "a/b/c/f"), "x"));
	scratch_text(&s, "a/b/c/f", "old");
	assert_true(file_write_small(scratch_path(&s, "a/b/c/f"), "new"));
	assert_true(file_read_line(AT_FDCWD, scratch_path(&s, "a/b/c/f"), buf,
				   sizeof(buf)));
	assert_string_equal(buf, "new");
	assert_false(file_make_folders(scratch_path(&s, "a/b/c/f/g")));
	assert_false(file_make_folders(scratch_path(&s, "a/b/c/f")));
}

static void test_meminfo(void **state)
{
	static const struct {
		const char *text;
		enum status want;
	} cases[] = {
		{ "MemTotal:     100 kB\nMemFree: 1 kB\nMemAvailable: 60 kB\n",
		  OK },
		{ "MemAvailable: 60 kB\nMemTotal:\t100 kB", OK },
		{ "", E_MEMINFO_FIELD },
		{ "MemTotal: 100 kB\n", E_MEMINFO_FIELD },
		{ "MemAvailable: 60 kB\n", E_MEMINFO_FIELD },
		{ "MemTotal: 100 MB\nMemAvailable: 60 kB\n", E_MEMINFO_FIELD },
		{ "MemTotal: 100\nMemAvailable: 60 kB\n", E_MEMINFO_FIELD },
		{ "MemTotal: -1 kB\nMemAvailable: 60 kB\n", E_MEMINFO_FIELD },
		{ "MemTotal: kB\nMemAvailable: 60 kB\n", E_MEMINFO_FIELD },
		{ "MemTotal: 18014398509481984 kB\nMemAvailable: 60 kB\n",
		  E_MEMINFO_FIELD },
		{ "XMemTotal: 100 kB\nMemAvailable: 60 kB\n", E_MEMINFO_FIELD },
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_scratch_ struct scratch s = scratch_make();
		struct meminfo info = { 1, 2 };

		scratch_text(&s, "meminfo", cases[i].text);
		assert_status(
			cases[i].want,
			meminfo_read(scratch_path(&s, "meminfo"), &info, &err));
		assert_int_equal(info.total_bytes,
				 cases[i].want == OK ? 100 * 1024 : 1);
		assert_int_equal(info.available_bytes,
				 cases[i].want == OK ? 60 * 1024 : 2);
	}
}

static void test_meminfo_file(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct meminfo info;
	struct error err;
	static char large[20000];

	(void)state;
	memset(large, 'x', sizeof(large));
	scratch_file(&s, "large", span_of(large, sizeof(large)));
	assert_refused(E_MEMINFO_READ, &err,
		       meminfo_read(scratch_path(&s, "none"), &info, &err));
	assert_refused(E_MEMINFO_READ, &err,
		       meminfo_read(scratch_path(&s, "large"), &info, &err));
	assert_refused(E_MEMINFO_READ, &err, meminfo_read(s.dir, &info, &err));
	assert_ok(&err, meminfo_read(MEMINFO_PATH, &info, &err));
	assert_true(info.available_bytes < info.total_bytes);
	assert_true(info.available_bytes > 1 << 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_line_and_number),
		cmocka_unit_test(test_write_and_folders),
		cmocka_unit_test(test_meminfo),
		cmocka_unit_test(test_meminfo_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
