/*
 * Files a person names on a command line: read whole into a sealed blob, and
 * written below a directory.
 */
#ifndef KEELBOOT_SYS_HOSTFILE_H
#define KEELBOOT_SYS_HOSTFILE_H

#include "sys/blob.h"

/* Errors: E_HOSTFILE_OPEN (with errno; also for what is no regular file), those
 * of blob_append_file(). */
enum status hostfile_read(const char *path, struct blob *ret,
			  struct error *err);

/* Makes the directory if it is not there and writes dir/name anew. Errors:
 * E_HOSTFILE_WRITE. */
enum status hostfile_write(const char *dir, const char *name, struct span bytes,
			   struct error *err);

#endif
