/*
 * The places of one disk where something to boot may be: partitions made for
 * booting (ESP, XBOOTLDR, their MBR types), members of a RAID 1 of them, a disk
 * that is one file system, and where the rules allow it any partition with a
 * file system the kernel knows. Each is mounted read-only, where only this
 * process sees it.
 *
 * Everything here may wait for a dead disk and belongs into a probe. One bad
 * partition costs itself alone.
 */
#ifndef KEELBOOT_PLACES_H
#define KEELBOOT_PLACES_H

#include "candidate.h"
#include "format/filesystem.h"
#include "place_rules.h"
#include "sys/block.h"

#define PLACES_MAX	16 /* of one disk; more are left out */
#define PLACES_PATH_MAX 1024

/* How a place is mounted: what it takes to write to it. */
struct place_mount {
	char node[BLOCK_NODE_MAX]; /* "" on a host */
	char target[128];	   /* mount point, "" on a host */
};

struct places {
	uint32_t count;
	struct candidate_volume volumes[PLACES_MAX];
	struct place_mount mounts[PLACES_MAX];
};

/* Where it goes what cannot be looked into, and what the log should have. place
 * says which part of the disk it is about. */
struct places_sink {
	void *ctx;
	void (*refused)(void *ctx, const struct place *place,
			const struct error *why);
	void (*note)(void *ctx, const struct place *place, const char *text);
};

/*
 * Opens the places of a disk, in a mount namespace of this process's own. The
 * order is that of the partitions, those made for booting first.
 *
 * What is refused, each with a sentence: what is meant for booting and cannot
 * be mounted, with the codes of mount.h, block.h, loop.h, filesystem.h; RAID
 * members that cannot be read as themselves, with those of md.h (E_MD_STALE
 * only where another member on the same disk has seen more: other disks are
 * other processes'); E_PLACE_LUKS, E_PLACE_LVM, E_PLACE_UNSUPPORTED (bcache,
 * f2fs, BitLocker), E_PLACE_NOT_ALLOWED (a file system the rules do not
 * name), E_PLACE_REMOVABLE (the disk), E_PLACE_TOO_MANY; E_MBR_… of a partition
 * or chain that was left out. Encrypted and other foreign partitions are only
 * looked at where the rules name more than vfat.
 *
 * Errors: E_MOUNT_NAMESPACE, those of block_open(), and of block_read_gpt()
 * where there is no MBR's table and no file system either. ret is large: keep
 * it on the heap; it stays as it is until the process ends.
 */
enum status places_open_disk(const struct block_disk *disk,
			     const struct place_rules *rules,
			     const struct places_sink *sink, struct places *ret,
			     struct error *err);

/*
 * The same on a host: directories that stand for the partitions of one disk.
 * One with an EFI or a loader counts as made for booting, another is foreign;
 * a file PLACES_FILE in it may say otherwise, in lines of keelboot(8)'s.
 * may_write is what the machine might do, for what is foretold; nothing is
 * ever written on a host (probe.c). Errors: E_VOLUME_ROOT.
 */
enum status places_open_directories(const char (*paths)[PLACES_PATH_MAX],
				    uint32_t count, const char *name,
				    const struct place_rules *rules,
				    const struct places_sink *sink,
				    struct places *ret, struct error *err);

#define PLACES_FILE ".place"

/* True if a volume has one of the folders or files that make a foreign file
 * system count: loader/entries, EFI/Linux, a grub.cfg, an extlinux.conf. */
bool places_is_bootable(const struct volume *volume);

#endif
