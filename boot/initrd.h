/*
 * The next kernel's initrd, as an ordered list of pieces, each padded with
 * zeros to a multiple of four when there is more than one. What the pieces are
 * is in load_plan.h; here they are put together.
 */
#ifndef KEELBOOT_INITRD_H
#define KEELBOOT_INITRD_H

#include "format/cpio.h"
#include "sys/blob.h"
#include "verify.h"

/* The kernel's own limit for kexec_file_load(2), and what 32-bit fields of
 * older boot protocols can say. */
#define INITRD_SIZE_MAX (4ULL << 30)

/* More than any entry can have: each of its files, some sections of each addon.
 */
#define INITRD_PIECES_MAX 256

/* Bytes somebody else owns, with zeros behind them. */
struct initrd_part {
	struct span bytes;
	uint64_t zero_tail;
};

struct initrd_piece {
	struct display source; /* ".ucode", "/.extra/os-release", a path */
	uint32_t first, count; /* of the plan's parts */
	uint64_t len;	       /* without padding */
};

struct initrd_plan {
	uint32_t count;
	struct initrd_piece *pieces;
	uint32_t part_count;
	struct initrd_part *parts;
	uint32_t owned_count;
	uint8_t **owned; /* back parts that were made here */
};

void initrd_plan_drop(struct initrd_plan *plan);
#define _drop_plan_ __attribute__((cleanup(initrd_plan_drop)))

/* One more piece at the end; source is copied. Nothing is added for a span
 * without bytes. Errors: E_INITRD_TOO_LARGE (too many pieces), E_NO_MEMORY. */
MUST_USE enum status initrd_plan_add(struct initrd_plan *plan,
				     const char *source,
				     struct trusted_span bytes,
				     struct error *err);

/* A piece that is a cpio archive of files, whose contents stay where they are
 * and have to outlive the plan. Errors: those of initrd_plan_add() and of
 * cpio_frame(). */
MUST_USE enum status initrd_plan_archive(struct initrd_plan *plan,
					 const char *source,
					 const struct cpio_layout *layout,
					 const struct cpio_file *files,
					 size_t count, struct error *err);

/* Bytes the built initrd takes, or an error: E_INITRD_TOO_LARGE. */
MUST_USE enum status initrd_plan_size(const struct initrd_plan *plan,
				      uint64_t *ret, struct error *err);

/* Where a piece begins in the built initrd. */
uint64_t initrd_plan_offset(const struct initrd_plan *plan, uint32_t index);

/* Writes the pieces into one sealed blob; BLOB_NONE for a plan without any.
 * Errors: E_INITRD_TOO_LARGE and those of blob.h. */
MUST_USE enum status initrd_build(const struct initrd_plan *plan,
				  struct blob *ret, struct error *err);

#endif
