/*
 * Which places of a machine are looked at: file systems and removable disks, as
 * the configuration has it. Plain data, so that it can be handed to a probe.
 */
#ifndef KEELBOOT_PLACE_RULES_H
#define KEELBOOT_PLACE_RULES_H

#include "base/span.h"

struct config;

/* File systems that the kernel reads without writing, journal or not. */
enum place_filesystem {
	PLACE_FS_VFAT,
	PLACE_FS_EXFAT,
	PLACE_FS_EXT4, /* ext2 and ext3, too */
	PLACE_FS_XFS,
	PLACE_FS_BTRFS,
	PLACE_FS_ISO9660,
	PLACE_FS_SQUASHFS,
	PLACE_FS_EROFS,
	PLACE_FS_COUNT
};

struct place_rules {
	uint32_t filesystems; /* a bit for each enum place_filesystem */
	bool removable;	      /* disks that somebody may carry along count */
	/* Each FAT is a place that may be written, whatever the partition is
	 * for. Not for finding what boots: no configuration sets it. */
	bool every_fat;
};

/* Names divided by blanks or commas into bits; ext2 and ext3 are ext4. False
 * if one is not known or there is none. */
MUST_USE bool place_filesystems_parse(struct span words, uint32_t *ret);

/* "vfat": what mount(8) calls it. */
const char *place_filesystem_name(enum place_filesystem fs);

bool place_filesystem_allowed(const struct place_rules *rules,
			      enum place_filesystem fs);

/* What the configuration comes to: what it names, else vfat alone and no
 * removable disks under enforce, all of them otherwise. */
struct place_rules place_rules_of(const struct config *config);

#endif
