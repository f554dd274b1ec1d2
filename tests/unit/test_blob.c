/* Blobs: what is in them is what was put in, and nobody changes it afterwards.
 */
#include "sys/blob.h"

#include "base/own.h"
#include "scratch.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>

#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static int open_file(const struct scratch *s, const char *path)
{
	int fd = open(scratch_path(s, path), O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void test_append(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_blob_ struct blob blob = BLOB_NONE;
	struct blob_writer w;
	struct error err;

	(void)state;
	assert_ok(&err, blob_begin("test", &w, &err));
	assert_ok(&err, blob_append(&w, span_of("abc", 3), &err));
	assert_ok(&err, blob_append(&w, span_of("", 0), &err));
	assert_ok(&err, blob_append_zeros(&w, 2, &err));
	assert_ok(&err, blob_append(&w, span_of("de", 2), &err));
	assert_int_equal(w.len, 7);
	assert_ok(&err, blob_finish(&w, &blob, &err));
	assert_int_equal(w.fd, -1);
	assert_span_equal(blob.bytes, span_of("abc\0\0de", 7));
}

static void test_empty(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_blob_ struct blob blob = BLOB_NONE;
	struct blob_writer w;
	struct error err;

	(void)state;
	assert_ok(&err, blob_begin("test", &w, &err));
	assert_ok(&err, blob_finish(&w, &blob, &err));
	assert_true(blob.fd >= 0);
	assert_int_equal(blob.bytes.len, 0);
}

/* --- nobody changes it ---------------------------------------------------- */

static void test_sealed(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_blob_ struct blob blob = BLOB_NONE;
	_close_ int again = -1;
	struct blob_writer w;
	struct error err;
	char path[64];

	(void)state;
	assert_ok(&err, blob_begin("test", &w, &err));
	assert_ok(&err, blob_append(&w, span_of("abc", 3), &err));
	assert_ok(&err, blob_finish(&w, &blob, &err));
	assert_int_equal(fcntl(blob.fd, F_GET_SEALS) & SEALS, SEALS);
	assert_int_equal(pwrite(blob.fd, "x", 1, 0), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(ftruncate(blob.fd, 1), -1);
	assert_int_equal(ftruncate(blob.fd, 9), -1);
	assert_ptr_equal(mmap(NULL, 3, PROT_WRITE, MAP_SHARED, blob.fd, 0),
			 MAP_FAILED);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", blob.fd);
	again = open(path, O_RDWR | O_CLOEXEC);
	if (again >= 0) {
		assert_int_equal(pwrite(again, "x", 1, 0), -1);
		assert_int_equal(errno, EPERM);
	}
	assert_span_text(blob.bytes, "abc");
}

static void test_take_and_drop(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct blob blob, taken;
	struct blob_writer w;
	struct error err;

	(void)state;
	assert_ok(&err, blob_begin("test", &w, &err));
	assert_ok(&err, blob_append(&w, span_of("abc", 3), &err));
	assert_ok(&err, blob_finish(&w, &blob, &err));
	taken = blob_take(&blob);
	assert_int_equal(blob.fd, -1);
	assert_int_equal(blob.bytes.len, 0);
	blob_drop(&blob);
	assert_span_text(taken.bytes, "abc");
	blob_drop(&taken);
	assert_int_equal(taken.fd, -1);
	blob_drop(&taken);
}

/* --- files that others filled --------------------------------------------- */

static int filled(unsigned flags, size_t len)
{
	int fd = memfd_create("theirs", MFD_CLOEXEC | flags);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)len), 0);
	return fd;
}

static void assert_adopt_refused(enum status want, int fd, uint64_t len)
{
	struct blob blob = { .fd = -5 };
	struct error err;

	assert_refused(want, &err, blob_adopt(fd, len, &blob, &err));
	assert_int_equal(blob.fd, -5);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void test_adopt(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_blob_ struct blob blob = BLOB_NONE;
	_close_ int theirs = filled(MFD_ALLOW_SEALING, 0);
	struct error err;

	(void)state;
	assert_int_equal(write(theirs, "abc", 3), 3);
	assert_ok(&err, blob_adopt(dup(theirs), 3, &blob, &err));
	assert_span_text(blob.bytes, "abc");
	assert_int_equal(pwrite(theirs, "x", 1, 0), -1);
	assert_int_equal(errno, EPERM);
}

static void test_adopt_sealed_before(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_blob_ struct blob blob = BLOB_NONE;
	int theirs = filled(MFD_ALLOW_SEALING, 5);
	struct error err;

	(void)state;
	assert_int_equal(fcntl(theirs, F_ADD_SEALS, SEALS), 0);
	assert_ok(&err, blob_adopt(theirs, 5, &blob, &err));
	assert_int_equal(blob.bytes.len, 5);
}

static void test_adopt_refused(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	char path[64];
	void *map;
	int fd;

	(void)state;
	scratch_text(&s, "f", "abc");
	assert_adopt_refused(E_BLOB_SEAL, open_file(&s, "f"), 3);
	assert_adopt_refused(E_BLOB_SEAL, filled(0, 3), 3);
	assert_adopt_refused(E_BLOB_LENGTH, filled(MFD_ALLOW_SEALING, 3), 2);
	assert_adopt_refused(E_BLOB_LENGTH, filled(MFD_ALLOW_SEALING, 3), 4);
	assert_adopt_refused(E_BLOB_LENGTH, filled(MFD_ALLOW_SEALING, 3), 0);
	assert_adopt_refused(E_BLOB_LENGTH, filled(MFD_ALLOW_SEALING, 0), 1);
	/* Sealed against more seals while it can still be written. */
	fd = filled(MFD_ALLOW_SEALING, 3);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL), 0);
	assert_adopt_refused(E_BLOB_SEAL, fd, 3);
	/* The other side can still write through a mapping. */
	fd = filled(MFD_ALLOW_SEALING, 3);
	map = mmap(NULL, 3, PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	assert_adopt_refused(E_BLOB_SEAL, fd, 3);
	munmap(map, 3);
	/* Passed on read-only: it cannot be sealed by us. */
	fd = filled(MFD_ALLOW_SEALING, 3);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_adopt_refused(E_BLOB_SEAL, open(path, O_RDONLY | O_CLOEXEC), 3);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_sealed),
		cmocka_unit_test(test_take_and_drop),
		cmocka_unit_test(test_adopt),
		cmocka_unit_test(test_adopt_sealed_before),
		cmocka_unit_test(test_adopt_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
