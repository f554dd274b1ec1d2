/*
 * Configuration files of a disk's volumes that were read whole, and stay until
 * what is made of them is over.
 */
#ifndef KEELBOOT_CANDIDATE_FILES_H
#define KEELBOOT_CANDIDATE_FILES_H

#include "candidate.h"

/* A menu of hundreds of entries has a tenth of it. */
#define CANDIDATE_FILES_LEN (16U << 20)

struct candidate_file {
	struct candidate_file *next;
	uint32_t volume; /* index */
	char path[FOUND_PATH_MAX];
	struct span text;
	uint8_t bytes[];
};

struct candidate_files {
	struct candidate_file *first; /* NULL: none yet */
	size_t total;		      /* bytes of all of them */
};

/* One that was read before, or NULL. */
const struct candidate_file *
candidate_files_known(const struct candidate_files *files, uint32_t volume,
		      const char *path);

/* The same, else reads it. Errors: those of volume_open() and of
 * block_read_at(), E_ENTRY_TEXT_TOO_LONG (more than max bytes, or with the
 * others more than CANDIDATE_FILES_LEN), E_NO_MEMORY. */
enum status candidate_files_get(struct candidate_files *files,
				const struct candidate_volume *volumes,
				uint32_t volume, const char *path, size_t max,
				const struct candidate_file **ret,
				struct error *err);

void candidate_files_drop(struct candidate_files *files);

#endif
