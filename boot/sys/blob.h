/*
 * Sealed bytes we own: a memory file that nobody can change, shrink or grow
 * any more, mapped read-only.
 *
 * A file is read once into a blob by the process that can reach it; every
 * digest, parse and system call after that sees these bytes and no others. The
 * seals (F_SEAL_WRITE, _SHRINK, _GROW, _SEAL) are what makes a digest count.
 */
#ifndef KEELBOOT_SYS_BLOB_H
#define KEELBOOT_SYS_BLOB_H

#include "base/error.h"
#include "base/span.h"

#include <stdint.h>

struct blob {
	int fd; /* sealed memfd, -1 when the blob is empty */
	struct span bytes;
};

/* A memory file while it is filled. */
struct blob_writer {
	int fd; /* -1 once it is consumed */
	uint64_t len;
	uint8_t *map; /* of blob_map_output() */
	uint64_t map_len;
	/* What blob_append_file() calls whenever len has grown, NULL for
	 * nobody: bytes below len are there for good. */
	void (*arrived)(void *ctx, uint64_t len);
	void *arrived_ctx;
};

#define BLOB_NONE ((struct blob){ .fd = -1 })

/* name is for /proc/PID/fd only. Errors: E_BLOB_CREATE. */
enum status blob_begin(const char *name, struct blob_writer *ret,
		       struct error *err);

/* Appends. Errors: E_BLOB_WRITE (full memory; errno in err->sys). */
enum status blob_append(struct blob_writer *w, struct span bytes,
			struct error *err);
enum status blob_append_zeros(struct blob_writer *w, uint64_t len,
			      struct error *err);

/* Appends exactly len bytes of a file descriptor from its offset 0 on, in
 * order and once. Errors: E_BLOB_READ (I/O error), E_BLOB_SHRUNK (the file
 * ended before len), E_BLOB_GREW (more bytes follow), E_BLOB_WRITE. */
enum status blob_append_file(struct blob_writer *w, int fd, uint64_t len,
			     struct error *err);

/*
 * The same by a reader that puts the bytes elsewhere: exactly len of them at
 * offset at of a file that had size bytes when it was opened, and that nothing
 * follows these. Errors: E_BLOB_READ, E_BLOB_SHRUNK, E_BLOB_GREW.
 */
enum status blob_read_source(int fd, uint64_t size, uint64_t at, uint8_t *to,
			     size_t len, struct error *err);
enum status blob_check_source_end(int fd, uint64_t size, struct error *err);

/* To be called before the bytes at an offset are read, again and again: asks
 * the disk for those some way behind them, so that it is busy while these are
 * dealt with. */
void blob_read_ahead(int fd, uint64_t at);

/* Sets the length and maps the writer's file for writing, for a decoder that
 * produces its output in place; *ret_map stays valid until blob_finish() or
 * blob_abandon(), which unmap it. Errors: E_BLOB_WRITE. */
enum status blob_map_output(struct blob_writer *w, uint64_t len,
			    uint8_t **ret_map, struct error *err);

/* Shortens the output to what of it belongs to the file; the mapping stays as
 * it is, but bytes past len are gone. Errors: E_BLOB_WRITE. */
enum status blob_trim_output(struct blob_writer *w, uint64_t len,
			     struct error *err);

/* Seals and maps read-only. Consumes the writer, also when it fails. An empty
 * file gives a blob with an fd and no bytes. Errors: E_BLOB_SEAL, E_BLOB_MAP.
 */
enum status blob_finish(struct blob_writer *w, struct blob *ret,
			struct error *err);
void blob_abandon(struct blob_writer *w);

/*
 * Takes over a memory file that another process filled: seals it, checks that
 * the seals are on and that its length is expect_len, and maps it. Owns fd,
 * also when it fails. Errors: E_BLOB_SEAL, E_BLOB_LENGTH, E_BLOB_MAP.
 */
enum status blob_adopt(int fd, uint64_t expect_len, struct blob *ret,
		       struct error *err);

void blob_drop(struct blob *blob);
struct blob blob_take(struct blob *blob);

#define _drop_blob_ __attribute__((cleanup(blob_drop)))

#endif
