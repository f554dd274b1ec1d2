/*
 * What the looks at the kinds of file systems share. Used by filesystem*.c
 * alone.
 */
#ifndef KEELBOOT_FORMAT_FILESYSTEM_PARTS_H
#define KEELBOOT_FORMAT_FILESYSTEM_PARTS_H

#include "format/filesystem.h"

#define FILESYSTEM_HEAD 4096

/* A look at one device: its first bytes, zero behind its end. */
struct filesystem_look {
	struct byte_reader reader;
	struct span head; /* FILESYSTEM_HEAD bytes */
};

/* Looks for one kind; leaves ret->kind as it is if it is not there. */
typedef enum status filesystem_look_fn(const struct filesystem_look *look,
				       struct filesystem *ret,
				       struct error *err);

filesystem_look_fn filesystem_look_vfat, filesystem_look_exfat,
	filesystem_look_ext, filesystem_look_xfs, filesystem_look_btrfs,
	filesystem_look_f2fs, filesystem_look_erofs, filesystem_look_squashfs,
	filesystem_look_iso9660;

/* Reads where the device has that many bytes; false, without an error in it, if
 * it is shorter. */
bool filesystem_has(const struct filesystem_look *look, uint64_t offset,
		    uint64_t len);

/* 16 bytes as 8-4-4-4-12 lower case; none for zeros. */
void filesystem_set_uuid(struct filesystem *fs, struct span bytes);

/* Up to the first NUL, without blanks at the end. */
void filesystem_set_label(struct filesystem *fs, struct span bytes);

/* The same of UTF-16LE. */
void filesystem_set_label_utf16(struct filesystem *fs, struct span bytes);

#endif
