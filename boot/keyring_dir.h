/*
 * Keys from a folder of the host: for the build (tools/mkkeyring) and for
 * `keelboot verify --keyring DIR`.
 */
#ifndef KEELBOOT_KEYRING_DIR_H
#define KEELBOOT_KEYRING_DIR_H

#include "trust/keyring.h"

/*
 * Adds every file of dir, in the order of their names. If it has a folder db,
 * dbx, sbat, manifest or tls it is laid out like keys/, and what each file is
 * for is said by its folder; else all its files are db. README* and names that
 * begin with a dot are passed over, and so is a folder examples beside db;
 * whatever else could not be honoured is an error, so that a file in the wrong
 * place is not left out in silence.
 *
 * Items get their path below dir as source, so that a table does not depend on
 * where it was made. Sentences name the file. After an error the keyring holds
 * a part and is to be dropped.
 *
 * Errors: E_HOSTFILE_LIST (no such folder, too), E_HOSTFILE_OPEN, E_BLOB_…,
 * E_KEYRING_DIR_STRAY (a file beside the folders, a folder that is none of
 * them, a folder inside of one), E_KEYRING_DIR_PATH (a path too long), those of
 * keyring_add_file().
 */
MUST_USE enum status keyring_add_dir(struct keyring *keyring, const char *dir,
				     struct error *err);

/* Adds one file as if it were in a folder; its path is the source. Errors:
 * E_HOSTFILE_OPEN, E_BLOB_…, those of keyring_add_file(). */
MUST_USE enum status keyring_add_path(struct keyring *keyring,
				      enum keyring_folder folder,
				      const char *path, struct error *err);

#endif
