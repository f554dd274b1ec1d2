/*
 * The next kernel's initrd, as an ordered list of pieces: what systemd-stub
 * would hand over (UAPI.5; src/boot/stub.c), each padded with zeros to a
 * multiple of four when there is more than one.
 */
#ifndef KEELBOOT_INITRD_H
#define KEELBOOT_INITRD_H

#include "sys/blob.h"
#include "verify.h"

#define INITRD_PIECES_MAX 24

/* The kernel's own limit for kexec_file_load(2), and what 32-bit fields of
 * older boot protocols can say. */
#define INITRD_SIZE_MAX (4ULL << 30)

struct initrd_piece {
	char source[64]; /* ".ucode", ".initrd", "/.extra/os-release", a path */
	struct span bytes;
	uint32_t zero_tail;
	uint8_t *owned; /* backs bytes where the piece was made here */
};

struct initrd_plan {
	uint32_t count;
	struct initrd_piece pieces[INITRD_PIECES_MAX];
};

void initrd_plan_drop(struct initrd_plan *plan);
#define _drop_plan_ __attribute__((cleanup(initrd_plan_drop)))

/*
 * The pieces a UKI brings in a profile: .ucode, .initrd, and archives with the
 * sections its stub version passes on (.pcrsig, .pcrpkey from 252; .osrel,
 * .profile from 257; none if the stub is unknown).
 *
 * Errors: E_NO_MEMORY, E_INITRD_TOO_LARGE (too many pieces).
 */
MUST_USE enum status initrd_plan_uki(struct initrd_plan *plan,
				     const struct verified_image *image,
				     uint32_t profile, struct error *err);

/* One more piece at the end; source is copied. Errors: E_INITRD_TOO_LARGE. */
MUST_USE enum status initrd_plan_add(struct initrd_plan *plan,
				     const char *source,
				     struct trusted_span bytes,
				     struct error *err);

/* Bytes the built initrd takes, or an error: E_INITRD_TOO_LARGE. */
MUST_USE enum status initrd_plan_size(const struct initrd_plan *plan,
				      uint64_t *ret, struct error *err);

/* Writes the pieces into one sealed blob; BLOB_NONE for a plan without any.
 * Errors: E_INITRD_TOO_LARGE and those of blob.h. */
MUST_USE enum status initrd_build(const struct initrd_plan *plan,
				  struct blob *ret, struct error *err);

#endif
