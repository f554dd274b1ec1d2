/*
 * While a blob is filled, others may follow: what is told to have arrived is
 * there. And the same reading for a reader with a place of its own for bytes.
 */
#include "base/own.h"
#include "scratch.h"
#include "sys/blob.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>

static int open_file(const struct scratch *s, const char *path)
{
	int fd = open(scratch_path(s, path), O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* Whoever is told of bytes can read them at once. */
struct arrivals {
	struct blob_writer *writer;
	struct span want;
	uint64_t last;
	unsigned count;
};

static void note_arrival(void *ctx, uint64_t len)
{
	struct arrivals *a = ctx;
	uint8_t *bytes = malloc(len);

	assert_non_null(bytes);
	assert_true(len > a->last && len <= a->want.len);
	assert_int_equal(pread(a->writer->fd, bytes, len, 0), len);
	assert_memory_equal(bytes, a->want.ptr, len);
	free(bytes);
	a->last = len;
	a->count++;
}

static void tells_what_has_arrived(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_copy_ struct span want = test_make_bytes((3 << 20) + 7);
	_close_ int fd = -1;
	struct arrivals arrivals = { .want = want };
	struct blob_writer w;
	struct error err;

	(void)state;
	scratch_file(&s, "f", want);
	fd = open_file(&s, "f");
	assert_ok(&err, blob_begin("test", &w, &err));
	arrivals.writer = &w;
	w.arrived = note_arrival;
	w.arrived_ctx = &arrivals;
	assert_ok(&err, blob_append_file(&w, fd, want.len, &err));
	assert_int_equal(arrivals.last, want.len);
	assert_true(arrivals.count >= 4);
	blob_abandon(&w);
}

static void reads_a_source(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_copy_ struct span want = test_make_bytes(1000);
	_close_ int fd = -1;
	uint8_t got[1000];
	struct error err;

	(void)state;
	scratch_file(&s, "f", want);
	fd = open_file(&s, "f");
	assert_ok(&err, blob_read_source(fd, 1000, 300, got, 700, &err));
	assert_memory_equal(got, want.ptr + 300, 700);
	assert_ok(&err, blob_check_source_end(fd, 1000, &err));
	assert_refused(E_BLOB_GREW, &err, blob_check_source_end(fd, 999, &err));
	assert_refused(E_BLOB_SHRUNK, &err,
		       blob_read_source(fd, 1001, 500, got, 501, &err));
	assert_refused(E_BLOB_READ, &err,
		       blob_read_source(-1, 1000, 0, got, 1, &err));
	assert_int_equal(err.sys, EBADF);
	assert_refused(E_BLOB_READ, &err,
		       blob_check_source_end(-1, 1000, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_what_has_arrived),
		cmocka_unit_test(reads_a_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
