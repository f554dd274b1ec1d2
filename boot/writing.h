/*
 * Everything that is ever written to a disk: a boot counter, which is part of a
 * file's name, and keelboot's store.
 *
 * Both are changed in place where the file system is a FAT: the digits of a
 * counter in the slots of the long name, one sector in one write; the store in
 * the clusters it has. No other byte of the volume changes, so that whatever
 * moment a power cut comes, the volume is as sound as it was. Where that does
 * not apply (no FAT, a name of another length, digits of one number in two
 * sectors, a kernel that keeps mounted devices from being written), the file
 * system does it: mounted writable for this step, a rename in the same folder,
 * read-only again.
 */
#ifndef KEELBOOT_WRITING_H
#define KEELBOOT_WRITING_H

#include "base/error.h"
#include "format/store.h"
#include "sys/volume.h"

/* Where to write. Strings and volume live as long as the call. */
struct write_place {
	const char *node;  /* the device, or an image; NULL: only through the */
	const char *mount; /* mount point; NULL: is writable as it is */
	bool may_write;	   /* false of a mirror's member, of a host's tree */
	const struct volume *volume; /* what is mounted there */
};

/* How it was done, for the log and for tests. */
enum write_way {
	WRITE_IN_PLACE = 1,   /* one sector */
	WRITE_IN_PLACE_TWICE, /* tries left in one, tries done in another */
	WRITE_THROUGH_MOUNT,
};

/*
 * Gives the file at path its next counter: new_name is the name of the same
 * file in the same folder after the attempt. Both ways end with the change on
 * the medium; what was written in place was read again. A file of the new name
 * is never replaced, but an empty one goes.
 *
 * Errors: E_WRITE_FORBIDDEN, E_WRITE_NAME (no name of a file), E_WRITE_EXISTS,
 * E_WRITE_CHANGED (the sector is not what the folder said a moment ago),
 * E_WRITE_IO, E_WRITE_READ_BACK, and where it goes through the mount
 * E_WRITE_OPEN, E_WRITE_READ_ONLY, E_WRITE_REMOUNT, E_WRITE_PATH,
 * E_WRITE_RENAME, E_WRITE_SYNC.
 */
enum status writing_count(const struct write_place *place, const char *path,
			  const char *new_name, enum write_way *ret_way,
			  struct error *err);

/*
 * Writes the store into the slot that does not count, with the next sequence;
 * those two in *store are not looked at. A store that is not there or has the
 * wrong size is made through the file system. Errors: E_STORE_VALUE and those
 * of writing_count().
 */
enum status writing_store(const struct write_place *place,
			  const struct store *store, enum write_way *ret_way,
			  struct error *err);

/*
 * Makes a file in the root of a volume, through the file system: first as
 * "<name>.new", then under its own name. One that is there stays as it is.
 * Errors: E_WRITE_FORBIDDEN, E_WRITE_NAME, E_WRITE_EXISTS, E_WRITE_READ_ONLY,
 * E_WRITE_REMOUNT, those of writable_put().
 */
enum status writing_new_file(const struct write_place *place, const char *name,
			     struct span bytes, struct error *err);

/* Whether the root of a volume has nothing of that name. */
bool writing_name_is_free(const struct volume *volume, const char *name);

/* Reads the store of a volume. Errors: E_WRITE_NO_STORE (there is none), those
 * of store_parse(); *ret is the empty store then. */
enum status writing_load_store(const struct volume *volume, struct store *ret,
			       struct error *err);

#endif
