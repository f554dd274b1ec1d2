/*
 * The cpio archives systemd-stub makes for the initrd, byte for byte (src/boot/
 * cpio.c of systemd): "newc" records with lower-case hex fields, inodes counted
 * from 1, no owners or times, each parent directory once, and a fixed trailer.
 * Their bytes are measured, so every detail counts.
 */
#ifndef KEELBOOT_FORMAT_CPIO_H
#define KEELBOOT_FORMAT_CPIO_H

#include "base/error.h"
#include "base/span.h"

struct cpio_file {
	const char *name; /* without directories, ASCII */
	struct span content;
};

/*
 * An archive of files below dir (".extra", ".extra/credentials"; no slash at
 * either end). Intermediate directories get mode 0555, the last one dir_mode.
 *
 * Files stand in the order they are given; the stub sorts them by name.
 *
 * cpio_size() gives the exact length cpio_build() will write, or 0 if it would
 * pass 4 GiB. Errors of cpio_build(): E_CPIO_NAME (a file's name, or a part of
 * dir, is empty, longer than 255 bytes, "." or "..", has a '/' or is not
 * ASCII), E_CPIO_TOO_LARGE (cpio_size() is 0), E_CPIO_ROOM (out_len is less
 * than cpio_size(); what is beyond it stays as it was).
 */
uint64_t cpio_size(const char *dir, const struct cpio_file *files,
		   size_t count);
enum status cpio_build(const char *dir, unsigned dir_mode, unsigned file_mode,
		       const struct cpio_file *files, size_t count,
		       uint8_t *out, size_t out_len, struct error *err);

/*
 * The same archive without the files' contents, for large files that lie
 * elsewhere: everything around them, and where in that they belong.
 *
 * ret_cuts[i] is the offset in the frame where the content of file i goes,
 * followed by cpio_padding() zeros; several may be the same. Errors as of
 * cpio_build().
 */
struct cpio_layout {
	const char *dir;
	unsigned dir_mode, file_mode;
	/* The directories are somebody else's: no records of them, which would
	 * change their modes. Where one of them is not there, a kernel passes
	 * over the file. */
	bool parents_are_there;
};

uint64_t cpio_frame_size(const struct cpio_layout *layout,
			 const struct cpio_file *files, size_t count);
enum status cpio_frame(const struct cpio_layout *layout,
		       const struct cpio_file *files, size_t count,
		       uint8_t *out, size_t out_len, uint32_t *ret_cuts,
		       struct error *err);
uint32_t cpio_padding(uint64_t content_len);

#endif
