/*
 * SBAT (shim's SBAT.md): generations of components inside an image, and the
 * level below which they are revoked. Both are CSV without quoting.
 *
 * Stricter than shim where shim guesses: a generation is a decimal u32 (shim
 * takes junk for 0 and 65537 for 1), and control characters, at which shim
 * begins a new row or stops, are refused.
 */
#ifndef KEELBOOT_FORMAT_SBAT_H
#define KEELBOOT_FORMAT_SBAT_H

#include "base/error.h"
#include "base/span.h"

#define SBAT_ROWS_MAX 256
#define SBAT_SIZE_MAX (64U << 10)

struct sbat_row {
	struct span component;
	uint32_t generation;
};

struct sbat_view {
	uint32_t count;
	struct sbat_row rows[SBAT_ROWS_MAX];
};

/*
 * The content of a .sbat section, up to its end or its first NUL: rows of
 * `component,generation,vendor,package,version,url`, the first of them of
 * component `sbat`. Every row needs six columns that are not empty; further
 * ones mean nothing. A BOM at the start and empty lines are passed over.
 *
 * Errors:
 * E_SBAT_SIZE          more than SBAT_SIZE_MAX bytes
 * E_SBAT_CONTROL       a control character other than a line's end
 * E_SBAT_COLUMNS       fewer columns than needed
 * E_SBAT_COLUMN_EMPTY  one of those needed is empty
 * E_SBAT_GENERATION    not a decimal number below 2^32
 * E_SBAT_FIRST         no rows, or the first is not of component `sbat`
 * E_SBAT_TOO_MANY      more than SBAT_ROWS_MAX rows
 */
MUST_USE enum status sbat_parse_image(struct span text, struct sbat_view *ret,
				      struct error *err);

/* A level: rows of `component,generation[,datestamp]`, the first of component
 * `sbat`; only NULs may follow a NUL. Errors: as above, and E_SBAT_NUL. */
MUST_USE enum status sbat_parse_level(struct span text, struct sbat_view *ret,
				      struct error *err);

/* OK, or E_SBAT_REVOKED with the component and the two generations, if a
 * component of both has a lower generation in the image. */
MUST_USE enum status sbat_check(const struct sbat_view *image,
				const struct sbat_view *level,
				struct error *err);

#endif
