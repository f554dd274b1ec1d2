/*
 * What a disk or partition holds: the kind of file system or container, its
 * UUID and label as blkid(8) writes them. Told from a few blocks; only as much
 * is checked as it takes to believe it, and the kernel looks again when it
 * mounts.
 *
 * Formats: FAT see fat.h; Microsoft's "exFAT file system specification" (2019);
 * the kernel's Documentation/filesystems/ext4/globals.rst (super block),
 * fs/xfs/libxfs/xfs_format.h, include/uapi/linux/btrfs_tree.h,
 * include/linux/f2fs_fs.h, fs/erofs/erofs_fs.h, fs/squashfs/squashfs_fs.h;
 * ECMA-119 chapter 8.4; the LUKS1 1.2.3 and LUKS2 1.0.0 on-disk formats; LVM2's
 * lib/format_text/layout.h; for RAID see md.h.
 */
#ifndef KEELBOOT_FORMAT_FILESYSTEM_H
#define KEELBOOT_FORMAT_FILESYSTEM_H

#include "format/md.h"

enum filesystem_kind {
	FILESYSTEM_NONE = 0, /* nothing that is known */
	FILESYSTEM_MD,	     /* member of a software RAID */
	FILESYSTEM_LUKS,
	FILESYSTEM_LVM, /* physical volume of LVM2 */
	FILESYSTEM_BITLOCKER,
	FILESYSTEM_BCACHE,
	FILESYSTEM_SWAP,
	FILESYSTEM_NTFS,
	FILESYSTEM_VFAT, /* FAT12, FAT16, FAT32 */
	FILESYSTEM_EXFAT,
	FILESYSTEM_EXT2,
	FILESYSTEM_EXT3,
	FILESYSTEM_EXT4,
	FILESYSTEM_EXT_JOURNAL, /* of another device's ext3 or ext4 */
	FILESYSTEM_XFS,
	FILESYSTEM_BTRFS,
	FILESYSTEM_F2FS,
	FILESYSTEM_EROFS,
	FILESYSTEM_SQUASHFS,
	FILESYSTEM_ISO9660,
	FILESYSTEM_KIND_COUNT
};

#define FILESYSTEM_UUID_MAX  40
#define FILESYSTEM_LABEL_MAX 72

struct filesystem {
	enum filesystem_kind kind;
	char uuid[FILESYSTEM_UUID_MAX]; /* "" if it has none */
	/* UTF-8 without control characters; "" if it has none, or a longer
	 * one. */
	char label[FILESYSTEM_LABEL_MAX];
	struct md_member md; /* of FILESYSTEM_MD */
};

/* "vfat", "crypto_LUKS", "linux_raid_member": what blkid(8) calls it. */
const char *filesystem_name(enum filesystem_kind kind);

/*
 * Containers come first: a RAID, LUKS or LVM that begins with what looks like a
 * file system is none. Of exFAT only the first cluster of the root is searched
 * for the label.
 *
 * Errors: those of the reader, of md_find() and, where something is claimed and
 * broken, of fat_open() and
 * E_FS_LUKS_VERSION      neither 1 nor 2
 * E_FS_LVM_SECTOR        the label says it is in another sector
 * E_FS_LVM_CHECKSUM, E_FS_LVM_OFFSET (its header lies behind the sector)
 * E_FS_SWAP_VERSION      not 1
 * E_FS_EXFAT_SHIFT       sectors not of 512 to 4096 bytes, clusters above 32
 * MiB E_FS_EXFAT_PAST_END    it ends behind the device E_FS_EXFAT_ROOT its root
 * is no cluster E_FS_EXT_BLOCK_SIZE    above 64 KiB E_FS_EXT_CHECKSUM,
 * E_FS_EXT_PAST_END E_FS_XFS_VERSION       neither 4 nor 5 E_FS_XFS_SIZES
 * sectors or blocks of a size that cannot be E_FS_XFS_CHECKSUM,
 * E_FS_XFS_PAST_END E_FS_BTRFS_OFFSET      the super block says it stands
 * elsewhere E_FS_BTRFS_CHECKSUM    of CRC-32C; other kinds are not looked at
 * E_FS_EROFS_CHECKSUM
 * E_FS_SQUASHFS_VERSION  not 4
 */
enum status filesystem_identify(struct byte_reader reader,
				struct filesystem *ret, struct error *err);

#endif
