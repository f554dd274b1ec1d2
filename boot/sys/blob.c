#include "sys/blob.h"

#include "base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U /* Linux 6.3 */
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

/* One system call moves this much: large enough that the calls cost nothing,
 * small enough that who hashes what has arrived is never far behind. */
#define CHUNK ((size_t)1 << 20)

/* What the disk is asked for ahead. The kernel's own reading ahead is 128 KiB
 * by default: a fast disk then waits for whoever copies and hashes. */
#define AHEAD ((uint64_t)8 << 20)

/* For files whose file system cannot splice. */
#define COPY_BUFFER 8192

enum status blob_begin(const char *name, struct blob_writer *ret,
		       struct error *err)
{
	unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create(name, flags | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, flags);
	if (fd < 0)
		return fail_sys(err, E_BLOB_CREATE, errno,
				"unable to make the memory file %s", name);
	*ret = (struct blob_writer){ .fd = fd };
	return OK;
}

static enum status fail_write(const struct blob_writer *w, uint64_t len,
			      struct error *err)
{
	int sys = errno;

	return fail_sys(err, E_BLOB_WRITE, sys,
			"unable to put %" PRIu64 " bytes at offset %" PRIu64
			" of a memory file",
			len, w->len);
}

enum status blob_append(struct blob_writer *w, struct span bytes,
			struct error *err)
{
	while (bytes.len) {
		size_t len = bytes.len < CHUNK ? bytes.len : CHUNK;
		ssize_t done = pwrite(w->fd, bytes.ptr, len, (off_t)w->len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return fail_write(w, bytes.len, err);
		w->len += (uint64_t)done;
		bytes = span_slice(bytes, (uint64_t)done,
				   bytes.len - (size_t)done);
	}
	return OK;
}

enum status blob_append_zeros(struct blob_writer *w, uint64_t len,
			      struct error *err)
{
	uint64_t end;

	if (!add_size(w->len, len, &end) || end > INT64_MAX) {
		errno = EFBIG;
		return fail_write(w, len, err);
	}
	if (ftruncate(w->fd, (off_t)end) < 0)
		return fail_write(w, len, err);
	w->len = end;
	return OK;
}

/* Which side of a copy between two files an errno speaks of. */
static bool is_write_error(int sys)
{
	return sys == ENOSPC || sys == ENOMEM || sys == EFBIG || sys == EDQUOT;
}

/* One step with a buffer of our own; as sendfile(2), but for any file. */
static ssize_t copy_some(struct blob_writer *w, int fd, uint64_t at, size_t len)
{
	uint8_t buf[COPY_BUFFER];
	ssize_t got = pread(fd, buf, len < sizeof(buf) ? len : sizeof(buf),
			    (off_t)at);
	struct error ignored;

	if (got <= 0)
		return got;
	if (blob_append(w, span_of(buf, (size_t)got), &ignored) != OK) {
		errno = ignored.sys;
		return -1;
	}
	return got;
}

/*
 * sendfile(2) copies each page once, in the kernel; read and write would copy
 * it twice and a mapping costs a page fault each, both measured slower. The
 * bytes still go by once and in order, and only the copy is looked at later.
 */
static ssize_t move_some(struct blob_writer *w, int fd, uint64_t at, size_t len)
{
	off_t offset = (off_t)at;
	ssize_t done = sendfile(w->fd, fd, &offset, len);

	if (done < 0 && errno == EINVAL)
		return copy_some(w, fd, at, len);
	if (done > 0)
		w->len += (uint64_t)done;
	return done;
}

void blob_read_ahead(int fd, uint64_t at)
{
	if (at == 0)
		posix_fadvise(fd, 0, (off_t)AHEAD, POSIX_FADV_WILLNEED);
	else if (at % CHUNK == 0)
		posix_fadvise(fd, (off_t)(at + AHEAD - CHUNK), (off_t)CHUNK,
			      POSIX_FADV_WILLNEED);
}

static enum status fail_read(uint64_t at, uint64_t size, struct error *err)
{
	int sys = errno;

	return fail_sys(err, E_BLOB_READ, sys,
			"unable to read at offset %" PRIu64 " of %" PRIu64, at,
			size);
}

static enum status fail_shrunk(uint64_t at, uint64_t size, struct error *err)
{
	return fail(err, E_BLOB_SHRUNK,
		    "the file had %" PRIu64
		    " bytes when it was opened, now it ends at %" PRIu64,
		    size, at);
}

enum status blob_check_source_end(int fd, uint64_t size, struct error *err)
{
	uint8_t byte;
	ssize_t got = pread(fd, &byte, 1, (off_t)size);

	if (got < 0)
		return fail_read(size, size, err);
	if (got > 0)
		return fail(err, E_BLOB_GREW,
			    "the file had %" PRIu64
			    " bytes when it was opened, now it has more",
			    size);
	return OK;
}

enum status blob_read_source(int fd, uint64_t size, uint64_t at, uint8_t *to,
			     size_t len, struct error *err)
{
	while (len) {
		ssize_t got = pread(fd, to, len, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_read(at, size, err);
		if (got == 0)
			return fail_shrunk(at, size, err);
		at += (uint64_t)got;
		to += got;
		len -= (size_t)got;
	}
	return OK;
}

enum status blob_append_file(struct blob_writer *w, int fd, uint64_t len,
			     struct error *err)
{
	uint64_t at = 0;

	if (len > INT64_MAX - w->len ||
	    lseek(w->fd, (off_t)w->len, SEEK_SET) < 0) {
		errno = EFBIG;
		return fail_write(w, len, err);
	}
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	while (at < len) {
		size_t step = len - at < CHUNK ? (size_t)(len - at) : CHUNK;
		ssize_t done;

		blob_read_ahead(fd, at);
		done = move_some(w, fd, at, step);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 && is_write_error(errno))
			return fail_write(w, len - at, err);
		if (done < 0)
			return fail_read(at, len, err);
		if (done == 0)
			return fail_shrunk(at, len, err);
		at += (uint64_t)done;
		if (w->arrived)
			w->arrived(w->arrived_ctx, w->len);
	}
	return blob_check_source_end(fd, len, err);
}

/* Makes every page of the map now: cheaper than a fault for each, and a full
 * memory is an error here where a fault would be a SIGBUS. */
static bool populate(const struct blob_writer *w)
{
	if (!w->map_len ||
	    madvise(w->map, w->map_len, MADV_POPULATE_WRITE) == 0)
		return true;
	if (errno == EINVAL) /* before Linux 5.14 */
		return fallocate(w->fd, 0, 0, (off_t)w->map_len) == 0;
	if (errno == EFAULT) /* what would have been the SIGBUS */
		errno = ENOSPC;
	return false;
}

static void unmap_output(struct blob_writer *w)
{
	if (w->map)
		munmap(w->map, w->map_len);
	w->map = NULL;
	w->map_len = 0;
}

enum status blob_map_output(struct blob_writer *w, uint64_t len,
			    uint8_t **ret_map, struct error *err)
{
	void *map;

	if (len > INT64_MAX || len > SIZE_MAX) {
		errno = EFBIG;
		return fail_write(w, len, err);
	}
	if (ftruncate(w->fd, (off_t)len) < 0)
		return fail_write(w, len, err);
	map = mmap(NULL, len ? (size_t)len : 1, PROT_READ | PROT_WRITE,
		   MAP_SHARED, w->fd, 0);
	if (map == MAP_FAILED)
		return fail_write(w, len, err);
	unmap_output(w);
	w->map = map;
	w->map_len = len ? len : 1;
	w->len = len;
	if (len && !populate(w))
		return fail_write(w, len, err);
	*ret_map = w->map;
	return OK;
}

enum status blob_trim_output(struct blob_writer *w, uint64_t len,
			     struct error *err)
{
	if (len > w->len) {
		errno = EINVAL;
		return fail_write(w, len - w->len, err);
	}
	if (ftruncate(w->fd, (off_t)len) < 0)
		return fail_sys(err, E_BLOB_WRITE, errno,
				"unable to cut a memory file of %" PRIu64
				" bytes to %" PRIu64,
				w->len, len);
	w->len = len;
	return OK;
}

static enum status map_sealed(int fd, uint64_t len, struct blob *ret,
			      struct error *err)
{
	void *map = NULL;

	if (len > SIZE_MAX) {
		errno = EFBIG;
		map = MAP_FAILED;
	} else if (len) {
		map = mmap(NULL, (size_t)len, PROT_READ, MAP_PRIVATE, fd, 0);
	}
	if (map == MAP_FAILED)
		return fail_sys(err, E_BLOB_MAP, errno,
				"unable to map a memory file of %" PRIu64
				" bytes",
				len);
	*ret = (struct blob){ .fd = fd, .bytes = span_of(map, (size_t)len) };
	return OK;
}

enum status blob_finish(struct blob_writer *w, struct blob *ret,
			struct error *err)
{
	uint64_t len = w->len;
	int fd;

	unmap_output(w);
	fd = take_fd(&w->fd);
	return blob_adopt(fd, len, ret, err);
}

void blob_abandon(struct blob_writer *w)
{
	unmap_output(w);
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

/* Adds the seals; that they are there is asked of the kernel afterwards. */
static enum status seal(int fd, struct error *err)
{
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0)
		return fail_sys(err, E_BLOB_SEAL, errno,
				"not a memory file that can be sealed");
	if ((seals & SEALS) != SEALS && fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return fail_sys(err, E_BLOB_SEAL, errno,
				"unable to seal a memory file");
	seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0 || (seals & SEALS) != SEALS)
		return fail(err, E_BLOB_SEAL,
			    "a memory file has the seals 0x%x, it needs 0x%x",
			    (unsigned)seals, (unsigned)SEALS);
	return OK;
}

enum status blob_adopt(int fd, uint64_t expect_len, struct blob *ret,
		       struct error *err)
{
	_close_ int own = fd;
	enum status s = seal(own, err);
	struct stat st;

	if (s != OK)
		return s;
	if (fstat(own, &st) < 0)
		return fail_sys(err, E_BLOB_LENGTH, errno,
				"unable to tell how long a memory file is");
	if ((uint64_t)st.st_size != expect_len)
		return fail(err, E_BLOB_LENGTH,
			    "a memory file has %" PRIu64 " bytes, %" PRIu64
			    " were announced",
			    (uint64_t)st.st_size, expect_len);
	s = map_sealed(own, expect_len, ret, err);
	if (s == OK)
		take_fd(&own);
	return s;
}

void blob_drop(struct blob *blob)
{
	if (blob->bytes.len)
		munmap((void *)(uintptr_t)blob->bytes.ptr, blob->bytes.len);
	if (blob->fd >= 0)
		close(blob->fd);
	*blob = BLOB_NONE;
}

struct blob blob_take(struct blob *blob)
{
	struct blob taken = *blob;

	*blob = BLOB_NONE;
	return taken;
}
