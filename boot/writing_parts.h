/* What writing.c and writing_in_place.c share. */
#ifndef KEELBOOT_WRITING_PARTS_H
#define KEELBOOT_WRITING_PARTS_H

#include "writing.h"

/*
 * In place on the FAT of a node, or not at all. Errors, besides those that
 * writing.h names: E_WRITE_IN_PLACE, E_WRITE_MOUNTED, E_FAT_…, E_BLOCK_…, which
 * all mean that nothing was written and another way may be tried.
 */
enum status writing_count_in_place(const char *node, const char *path,
				   const char *new_name,
				   enum write_way *ret_way, struct error *err);
enum status writing_store_in_place(const char *node, const struct store *store,
				   struct error *err);

/* The slot that comes after what is in the file, and its offset there. Errors:
 * E_STORE_VALUE. */
enum status writing_next_slot(struct span file, const struct store *store,
			      uint8_t ret[static STORE_SLOT_SIZE],
			      uint32_t *ret_start, struct error *err);

#endif
