/*
 * Files a person names on a command line: read whole into a sealed blob,
 * written below a directory, listed.
 */
#ifndef KEELBOOT_SYS_HOSTFILE_H
#define KEELBOOT_SYS_HOSTFILE_H

#include "sys/blob.h"

/* Opens a regular file for reading; *ret_size is its length now. Errors:
 * E_HOSTFILE_OPEN (with errno; also for what is no regular file). */
enum status hostfile_open(const char *path, int *ret_fd, uint64_t *ret_size,
			  struct error *err);

/* The whole of it. Errors: E_HOSTFILE_OPEN, those of blob_append_file(). */
enum status hostfile_read(const char *path, struct blob *ret,
			  struct error *err);

/* Makes the directory if it is not there and writes dir/name anew. Errors:
 * E_HOSTFILE_WRITE. */
enum status hostfile_write(const char *dir, const char *name, struct span bytes,
			   struct error *err);

struct hostfile_entry {
	char name[256];
	bool is_folder;
};

struct hostfile_list {
	struct hostfile_entry *entries; /* sorted by name, bytewise */
	size_t count;
};

/* The names in a directory, but for "." and "..". Symbolic links are followed:
 * the tree is the person's own. Errors: E_HOSTFILE_LIST (with errno; also for a
 * link that leads nowhere), E_NO_MEMORY. */
enum status hostfile_list(const char *dir, struct hostfile_list *ret,
			  struct error *err);
void hostfile_list_drop(struct hostfile_list *list);
#define _drop_hostfile_list_ __attribute__((cleanup(hostfile_list_drop)))

#endif
