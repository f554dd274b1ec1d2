/*
 * Small files of the kernel's own file systems (/proc, /sys) and of the image.
 */
#ifndef KEELBOOT_SYS_FILE_H
#define KEELBOOT_SYS_FILE_H

#include "base/span.h"

/*
 * The whole of a small text file, NUL-terminated, into buf. dir is a
 * directory's descriptor or AT_FDCWD. False, with errno set and buf empty, if
 * it cannot be read; EFBIG if it has cap bytes or more.
 */
MUST_USE bool file_read_small(int dir, const char *path, char *buf, size_t cap,
			      size_t *ret_len);

/* The same for an attribute of one line, without blanks and LF at its end. */
MUST_USE bool file_read_line(int dir, const char *path, char *buf, size_t cap);

/* An attribute that is one unsigned decimal number. False, with errno set
 * (EINVAL if it is not a number), else. */
MUST_USE bool file_read_number(int dir, const char *path, uint64_t *ret);

/* Writes text to a file that is there, as one write(2). False with errno. */
MUST_USE bool file_write_small(const char *path, const char *text);

/* The same for a file that is made if it is not there, for root alone, and has
 * nothing but text then. */
MUST_USE bool file_put_small(const char *path, const char *text);

/* Makes path and the directories above it; true if it is there afterwards. */
bool file_make_folders(const char *path);

#endif
