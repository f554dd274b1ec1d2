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
 * cpio_size() gives the exact length cpio_build() will write, or 0 if it would
 * pass 4 GiB. Errors: E_CPIO_NAME (empty, over 255 bytes, with '/' or NUL),
 * E_CPIO_TOO_LARGE (a file or the archive passes 4 GiB), E_CPIO_ROOM (out is
 * smaller than cpio_size()).
 */
uint64_t cpio_size(const char *dir, const struct cpio_file *files,
		   size_t count);
enum status cpio_build(const char *dir, unsigned dir_mode, unsigned file_mode,
		       const struct cpio_file *files, size_t count,
		       uint8_t *out, size_t out_len, struct error *err);

#endif
