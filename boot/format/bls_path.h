/*
 * Paths in Boot Loader Specification entries: a part of bls.c.
 */
#ifndef KEELBOOT_FORMAT_BLS_PATH_H
#define KEELBOOT_FORMAT_BLS_PATH_H

#include "format/bls.h"

/* Offset of the first control character, s.len if there is none. */
size_t bls_find_control(struct span s, bool is_tab_good);

/*
 * Writes value as the paths of struct bls_entry are. key is what it belongs to,
 * for the sentence. dst is written in any case, with NULs to its end.
 *
 * Errors: E_BLS_PATH_CONTROL, E_BLS_PATH_DOTS, E_BLS_PATH_LENGTH.
 */
enum status bls_set_path(char dst[static BLS_PATH_MAX], const char *key,
			 struct span value, struct error *err);

/* The same for a file in the folder of another path, which came out of
 * bls_set_path(). */
enum status bls_set_path_beside(const char *other, const char *key,
				struct span name, char dst[static BLS_PATH_MAX],
				struct error *err);

#endif
