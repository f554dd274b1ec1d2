/* Filling blobs: a whole file arrives however the kernel moves it, and every
 * way in which a file, a disk or the memory can fail has its code. */
#include <sys/sendfile.h>
#include <sys/mman.h>
#include <unistd.h>

/* Faults are injected where blob.c calls the kernel. */
static ssize_t fault_sendfile(int to, int from, off_t *at, size_t len);
static int fault_madvise(void *at, size_t len, int advice);
#define sendfile fault_sendfile
#define madvise	 fault_madvise
#include "boot/sys/blob.c"
#undef sendfile
#undef madvise

#include "scratch.h"
#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

/* What the next calls of sendfile(2) do. */
static struct {
	int fail;	 /* errno, 0: none */
	unsigned after;	 /* calls that work before it */
	unsigned times;	 /* how often it fails, then it works again */
	size_t most;	 /* bytes per call, 0: all */
	int truncate_fd; /* cut to truncate_to before the call `after` */
	off_t truncate_to;
	int advice; /* errno of madvise(2), 0: none */
} fault;

static ssize_t fault_sendfile(int to, int from, off_t *at, size_t len)
{
	if (fault.after) {
		fault.after--;
	} else {
		if (fault.truncate_fd > 0 &&
		    ftruncate(fault.truncate_fd, fault.truncate_to) == 0)
			fault.truncate_fd = 0;
		if (fault.times) {
			fault.times--;
			errno = fault.fail;
			return -1;
		}
	}
	return sendfile(to, from, at,
			fault.most && fault.most < len ? fault.most : len);
}

static int fault_madvise(void *at, size_t len, int advice)
{
	if (fault.advice) {
		errno = fault.advice;
		return -1;
	}
	return madvise(at, len, advice);
}

static int reset_faults(void **state)
{
	(void)state;
	memset(&fault, 0, sizeof(fault));
	return 0;
}

static int open_file(const struct scratch *s, const char *path)
{
	int fd = open(scratch_path(s, path), O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* --- what arrives --------------------------------------------------------- */

/* The same through the buffer, where the file system has no splice. */
static void test_append_file_unspliced(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_copy_ struct span want = test_make_bytes(COPY_BUFFER * 3 + 5);
	_drop_blob_ struct blob blob = BLOB_NONE;
	_close_ int fd = -1;
	struct blob_writer w;
	struct error err;

	(void)state;
	fault.fail = EINVAL;
	fault.times = UINT32_MAX;
	scratch_file(&s, "f", want);
	fd = open_file(&s, "f");
	assert_ok(&err, blob_begin("test", &w, &err));
	assert_ok(&err, blob_append_file(&w, fd, want.len, &err));
	assert_ok(&err, blob_finish(&w, &blob, &err));
	assert_true(span_equal(blob.bytes, want));
}

static void test_append_file_interrupted(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_copy_ struct span want = test_make_bytes(CHUNK + 1);
	_drop_blob_ struct blob blob = BLOB_NONE;
	_close_ int fd = -1;
	struct blob_writer w;
	struct error err;

	(void)state;
	fault.fail = EINTR;
	fault.after = 1;
	fault.times = 3;
	scratch_file(&s, "f", want);
	fd = open_file(&s, "f");
	assert_ok(&err, blob_begin("test", &w, &err));
	assert_ok(&err, blob_append_file(&w, fd, want.len, &err));
	assert_ok(&err, blob_finish(&w, &blob, &err));
	assert_true(span_equal(blob.bytes, want));
	assert_int_equal(fault.times, 0);
}

static void test_map_output(void **state)
{
	static const int advices[] = { 0, EINVAL };

	(void)state;
	for (size_t i = 0; i < test_count(advices); i++) {
		_drop_scratch_ struct scratch s = scratch_make();
		_drop_copy_ struct span want = test_make_bytes(100000);
		_drop_blob_ struct blob blob = BLOB_NONE;
		struct blob_writer w;
		struct error err;
		uint8_t *map;

		fault.advice = advices[i];
		assert_ok(&err, blob_begin("test", &w, &err));
		assert_ok(&err, blob_map_output(&w, 200000, &map, &err));
		memcpy(map, want.ptr, want.len);
		assert_refused(E_BLOB_WRITE, &err,
			       blob_trim_output(&w, 200001, &err));
		assert_ok(&err, blob_trim_output(&w, want.len, &err));
		assert_ok(&err, blob_finish(&w, &blob, &err));
		assert_true(span_equal(blob.bytes, want));
	}
}

static void test_map_nothing(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_blob_ struct blob blob = BLOB_NONE;
	struct blob_writer w;
	struct error err;
	uint8_t *map = NULL;

	(void)state;
	assert_ok(&err, blob_begin("test", &w, &err));
	assert_ok(&err, blob_map_output(&w, 0, &map, &err));
	assert_non_null(map);
	assert_ok(&err, blob_finish(&w, &blob, &err));
	assert_int_equal(blob.bytes.len, 0);
}

/* A file of several steps, appended behind something, whatever the file's own
 * offset is and however little the kernel moves at a time. */
static void test_append_file(void **state)
{
	static const size_t lens[] = { 0,	  1,	 4095,	       4096,
				       CHUNK - 1, CHUNK, CHUNK * 2 + 3 };
	static const size_t most[] = { 0, 65537 };

	(void)state;
	for (size_t i = 0; i < test_count(lens) * test_count(most); i++) {
		_drop_scratch_ struct scratch s = scratch_make();
		_drop_copy_ struct span want = test_make_bytes(lens[i / 2] + 1);
		_drop_blob_ struct blob blob = BLOB_NONE;
		_close_ int fd = -1;
		struct blob_writer w;
		struct error err;

		want.len--;
		fault.most = most[i % 2];
		scratch_file(&s, "f", want);
		fd = open_file(&s, "f");
		lseek(fd, 17, SEEK_SET);
		assert_ok(&err, blob_begin("test", &w, &err));
		assert_ok(&err, blob_append(&w, span_of("head", 4), &err));
		assert_ok(&err, blob_append_file(&w, fd, want.len, &err));
		assert_ok(&err, blob_append(&w, span_of("tail", 4), &err));
		assert_ok(&err, blob_finish(&w, &blob, &err));
		assert_int_equal(blob.bytes.len, want.len + 8);
		assert_true(span_starts_with(blob.bytes, "head", 4));
		assert_true(
			span_equal(span_slice(blob.bytes, 4, want.len), want));
		assert_true(span_equal_text(
			span_slice(blob.bytes, want.len + 4, 4), "tail"));
	}
}

/* --- what can fail -------------------------------------------------------- */

static void test_begin_refused(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct blob_writer w = { .fd = -5 };
	char name[300];
	struct error err;

	(void)state;
	memset(name, 'n', sizeof(name));
	name[299] = '\0';
	assert_refused(E_BLOB_CREATE, &err, blob_begin(name, &w, &err));
	assert_int_equal(w.fd, -5);
}

/* The length that was told is not the file's. */
static void test_length_differs(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_close_ int fd = -1;
	struct blob_writer w;
	struct error err;

	(void)state;
	scratch_text(&s, "f", "0123456789");
	fd = open_file(&s, "f");
	for (uint64_t len = 0; len <= 20; len++) {
		enum status want = len < 10   ? E_BLOB_GREW
				   : len > 10 ? E_BLOB_SHRUNK
					      : OK;

		assert_ok(&err, blob_begin("test", &w, &err));
		assert_status(want, blob_append_file(&w, fd, len, &err));
		blob_abandon(&w);
		assert_int_equal(w.fd, -1);
	}
}

/* The file changes between two steps. */
static void test_shrinks_while_read(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_copy_ struct span bytes = test_make_bytes(CHUNK * 3);
	_close_ int fd = -1;
	struct blob_writer w;
	struct error err;

	(void)state;
	scratch_file(&s, "f", bytes);
	fd = open_file(&s, "f");
	fault.after = 1;
	fault.truncate_fd = fd;
	fault.truncate_to = (off_t)CHUNK + 100;
	assert_ok(&err, blob_begin("test", &w, &err));
	assert_refused(E_BLOB_SHRUNK, &err,
		       blob_append_file(&w, fd, bytes.len, &err));
	blob_abandon(&w);
}

static void test_grows_while_read(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_copy_ struct span bytes = test_make_bytes(CHUNK * 2);
	_close_ int fd = -1;
	struct blob_writer w;
	struct error err;

	(void)state;
	scratch_file(&s, "f", bytes);
	fd = open_file(&s, "f");
	fault.after = 1;
	fault.truncate_fd = fd;
	fault.truncate_to = (off_t)CHUNK * 2 + 1;
	assert_ok(&err, blob_begin("test", &w, &err));
	assert_refused(E_BLOB_GREW, &err,
		       blob_append_file(&w, fd, bytes.len, &err));
	blob_abandon(&w);
}

static void test_read_error(void **state)
{
	static const int errors[] = { EIO, EREMOTEIO, ENXIO, EBADMSG };

	(void)state;
	for (size_t i = 0; i < test_count(errors); i++) {
		_drop_scratch_ struct scratch s = scratch_make();
		_drop_copy_ struct span bytes = test_make_bytes(CHUNK * 2);
		_close_ int fd = -1;
		struct blob_writer w;
		struct error err;

		scratch_file(&s, "f", bytes);
		fd = open_file(&s, "f");
		fault.after = 1;
		fault.times = 1;
		fault.fail = errors[i];
		assert_ok(&err, blob_begin("test", &w, &err));
		assert_refused(E_BLOB_READ, &err,
			       blob_append_file(&w, fd, bytes.len, &err));
		assert_int_equal(err.sys, errors[i]);
		blob_abandon(&w);
	}
}

/* Descriptors from which nothing can be read at an offset. */
static void test_unreadable(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_close_ int folder = open(s.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct blob_writer w;
	struct error err;
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_ok(&err, blob_begin("test", &w, &err));
	assert_refused(E_BLOB_READ, &err,
		       blob_append_file(&w, folder, 10, &err));
	assert_refused(E_BLOB_READ, &err,
		       blob_append_file(&w, ends[0], 10, &err));
	assert_refused(E_BLOB_READ, &err, blob_append_file(&w, -1, 10, &err));
	blob_abandon(&w);
	close(ends[0]);
	close(ends[1]);
}

/* A full memory: the limit on a file's size stands in for it. */
static void test_no_room(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_copy_ struct span bytes = test_make_bytes(10000);
	struct rlimit was, limit;
	_close_ int fd = -1;
	struct blob_writer w;
	struct error err;
	uint8_t *map;

	(void)state;
	scratch_file(&s, "f", bytes);
	fd = open_file(&s, "f");
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &was);
	limit = was;
	limit.rlim_cur = 5000;
	setrlimit(RLIMIT_FSIZE, &limit);
	assert_ok(&err, blob_begin("test", &w, &err));
	assert_refused(E_BLOB_WRITE, &err,
		       blob_append_file(&w, fd, bytes.len, &err));
	assert_int_equal(err.sys, EFBIG);
	fault.fail = EINVAL; /* once more through the buffer */
	fault.times = UINT32_MAX;
	assert_refused(E_BLOB_WRITE, &err,
		       blob_append_file(&w, fd, bytes.len, &err));
	assert_refused(E_BLOB_WRITE, &err, blob_append(&w, bytes, &err));
	assert_refused(E_BLOB_WRITE, &err, blob_append_zeros(&w, 10000, &err));
	assert_refused(E_BLOB_WRITE, &err,
		       blob_map_output(&w, 10000, &map, &err));
	blob_abandon(&w);
	setrlimit(RLIMIT_FSIZE, &was);
	signal(SIGXFSZ, SIG_DFL);
}

static void test_memory_ends_while_read(void **state)
{
	static const int errors[] = { ENOSPC, ENOMEM, EDQUOT, EFBIG };

	(void)state;
	for (size_t i = 0; i < test_count(errors); i++) {
		_drop_scratch_ struct scratch s = scratch_make();
		_close_ int fd = -1;
		struct blob_writer w;
		struct error err;

		scratch_text(&s, "f", "0123456789");
		fd = open_file(&s, "f");
		fault.times = 1;
		fault.fail = errors[i];
		assert_ok(&err, blob_begin("test", &w, &err));
		assert_refused(E_BLOB_WRITE, &err,
			       blob_append_file(&w, fd, 10, &err));
		assert_int_equal(err.sys, errors[i]);
		blob_abandon(&w);
	}
}

static void test_memory_ends_at_output(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct blob_writer w;
	struct error err;
	uint8_t *map;

	(void)state;
	fault.advice = EFAULT;
	assert_ok(&err, blob_begin("test", &w, &err));
	assert_refused(E_BLOB_WRITE, &err,
		       blob_map_output(&w, 10000, &map, &err));
	assert_int_equal(err.sys, ENOSPC);
	blob_abandon(&w);
}

static void test_absurd_lengths(void **state)
{
	static const uint64_t lens[] = { (uint64_t)INT64_MAX,
					 (uint64_t)INT64_MAX + 1, UINT64_MAX };

	(void)state;
	for (size_t i = 0; i < test_count(lens); i++) {
		_drop_scratch_ struct scratch s = scratch_make();
		_close_ int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		struct blob_writer w;
		struct error err;
		uint8_t *map;

		assert_ok(&err, blob_begin("test", &w, &err));
		assert_ok(&err, blob_append(&w, span_of("x", 1), &err));
		assert_refused(E_BLOB_WRITE, &err,
			       blob_append_zeros(&w, lens[i], &err));
		assert_refused(E_BLOB_WRITE, &err,
			       blob_append_file(&w, fd, lens[i], &err));
		assert_refused(E_BLOB_WRITE, &err,
			       blob_map_output(&w, lens[i], &map, &err));
		blob_abandon(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_append_file_unspliced,
				       reset_faults),
		cmocka_unit_test_setup(test_append_file_interrupted,
				       reset_faults),
		cmocka_unit_test_setup(test_map_output, reset_faults),
		cmocka_unit_test_setup(test_map_nothing, reset_faults),
		cmocka_unit_test_setup(test_append_file, reset_faults),
		cmocka_unit_test_setup(test_begin_refused, reset_faults),
		cmocka_unit_test_setup(test_length_differs, reset_faults),
		cmocka_unit_test_setup(test_shrinks_while_read, reset_faults),
		cmocka_unit_test_setup(test_grows_while_read, reset_faults),
		cmocka_unit_test_setup(test_read_error, reset_faults),
		cmocka_unit_test_setup(test_unreadable, reset_faults),
		cmocka_unit_test_setup(test_no_room, reset_faults),
		cmocka_unit_test_setup(test_memory_ends_while_read,
				       reset_faults),
		cmocka_unit_test_setup(test_memory_ends_at_output,
				       reset_faults),
		cmocka_unit_test_setup(test_absurd_lengths, reset_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
