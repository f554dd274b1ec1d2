/*
 * The one way to files that are not ours: list a folder, open a file.
 *
 * Behind it stands a directory today: a mounted ESP, or on a host the directory
 * that stands for a machine's partition. A path is resolved one component at a
 * time and cannot leave the volume: no "..", no symbolic link, no other mount.
 * FAT names match without regard to case; on a directory that has case an exact
 * match wins, else the only name that differs just in ASCII case does.
 *
 * A file system that loops or swarms is bounded by the limits below, since a
 * path has a depth and a folder has a number of names.
 */
#ifndef KEELBOOT_SYS_VOLUME_H
#define KEELBOOT_SYS_VOLUME_H

#include "base/error.h"
#include "base/span.h"

#include <stdint.h>

#define VOLUME_NAME_MAX	   255	 /* bytes, as in the kernel's NAME_MAX */
#define VOLUME_PATH_MAX	   1023	 /* bytes; UEFI paths are shorter */
#define VOLUME_DEPTH_MAX   16	 /* /loader/entries is 2 */
#define VOLUME_ENTRIES_MAX 16384 /* names of one folder that are looked at */

enum volume_type { VOLUME_FILE, VOLUME_FOLDER, VOLUME_OTHER };

struct volume_entry {
	char name[VOLUME_NAME_MAX + 1]; /* bytes as stored: hostile */
	bool is_text; /* name is UTF-8 without control characters */
	enum volume_type type;
	uint64_t size; /* bytes of a file, else 0 */
};

struct volume_list {
	struct volume_entry *entries; /* sorted by name, bytewise */
	size_t count;
	bool cut;	   /* the folder has more than VOLUME_ENTRIES_MAX */
	unsigned too_long; /* names beyond VOLUME_NAME_MAX, left out */
};

struct volume;

struct volume_ops {
	enum status (*list)(const struct volume *vol, const char *path,
			    struct volume_list *ret, struct error *err);
	enum status (*open)(const struct volume *vol, const char *path,
			    int *ret_fd, uint64_t *ret_size, struct error *err);
	void (*close)(struct volume *vol);
};

struct volume {
	const struct volume_ops *ops;
	int dir; /* the directory's descriptor, -1 when closed */
};

#define VOLUME_NONE ((struct volume){ .dir = -1 })

/* The volume under an open directory. Owns dirfd. Cannot fail. */
struct volume volume_from_dir(int dirfd);

/* The same from a directory's path on the host or a mount point. Errors:
 * E_VOLUME_ROOT. */
enum status volume_open_dir(const char *dir, struct volume *ret,
			    struct error *err);

/*
 * The names in the folder path ("/" separates, a leading one may be missing,
 * "" and "/" are the root). "." and ".." are left out. The caller drops *ret.
 *
 * Errors: E_VOLUME_PATH (longer or deeper than the limits, a ".." in it),
 * E_VOLUME_NOT_FOUND, E_VOLUME_NOT_FOLDER, E_VOLUME_LINK (a symbolic link on
 * the way), E_VOLUME_CROSSES (another mount on the way), E_VOLUME_AMBIGUOUS
 * (several names differ from it in case only), E_VOLUME_READ, E_NO_MEMORY.
 */
enum status volume_list(const struct volume *vol, const char *path,
			struct volume_list *ret, struct error *err);

/*
 * Opens a regular file for reading. *ret_fd is the caller's; *ret_size is its
 * length in bytes at this moment. Errors as of volume_list(), with
 * E_VOLUME_NOT_FILE for anything that is no regular file.
 */
enum status volume_open(const struct volume *vol, const char *path, int *ret_fd,
			uint64_t *ret_size, struct error *err);

void volume_list_drop(struct volume_list *list);
void volume_close(struct volume *vol);

#define _drop_volume_list_ __attribute__((cleanup(volume_list_drop)))
#define _close_volume_	   __attribute__((cleanup(volume_close)))

#endif
