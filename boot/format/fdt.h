/*
 * The edits a flattened device tree (Devicetree specification 0.4, chapter 5)
 * needs before the next kernel gets it: everything about the previous boot goes
 * out of /chosen, everything about this one goes in. libfdt does the work; this
 * file knows what to do with it.
 */
#ifndef KEELBOOT_FORMAT_FDT_H
#define KEELBOOT_FORMAT_FDT_H

#include "base/error.h"
#include "base/span.h"

#define FDT_SIZE_MAX (2U << 20) /* arm64 maps at most 2 MiB */
#define FDT_SEED_LEN 64

struct fdt_edits {
	const char *cmdline;
	bool has_initrd;
	uint64_t initrd_start, initrd_end; /* end is exclusive */
	bool has_seeds;
	uint64_t kaslr_seed;
	uint8_t rng_seed[FDT_SEED_LEN];
	/* Debian's arm64 kernels take /chosen/linux,uefi-secure-boot for
	 * mandatory beside linux,uefi-system-table: it is added as 0 where the
	 * second stands without the first. */
	bool keep_uefi; /* false removes every linux,uefi-… property */
};

/* Checks that blob, at an address that is a multiple of 8, holds a whole, sane
 * tree (libfdt's full check) of version 17 or later, and gives its total size;
 * bytes after it are no part of it. Errors: E_FDT_SHORT, E_FDT_MAGIC,
 * E_FDT_TOO_LARGE, E_FDT_VERSION, E_FDT_ALIGNMENT, E_FDT_CORRUPT. */
enum status fdt_check_tree(struct span blob, uint32_t *ret_size,
			   struct error *err);

/*
 * Copies blob into out (at a multiple of 8; out_len bytes, at least the tree's
 * size + 8 KiB + the command line) and applies edits. In /chosen, which is made
 * if need be: bootargs, linux,initrd-start and -end, kaslr-seed, rng-seed are
 * set or removed; linux,elfcorehdr, linux,usable-memory-range,
 * linux,ima-kexec-buffer, linux,kho-* and linux,booted-from-kexec are removed,
 * the last is set. *ret_size is the final, packed size.
 *
 * The memory reservations of the old initrd and of the old measurement list
 * are dropped, where they cover exactly what /chosen names. That of the old
 * tree itself is known by its size alone: it is dropped if exactly one
 * reservation is as long as the tree.
 *
 * base_from takes the linux,uefi-… properties for a foreign tree (a UKI's
 * .dtb): from the running system's tree; it is an empty span if blob is the
 * running system's tree itself. A foreign tree's own such properties go out,
 * and it has no reservation of itself.
 *
 * Errors: those of fdt_check_tree(); E_FDT_ROOM (out is too small);
 * E_FDT_TOO_LARGE, also for the result.
 */
enum status fdt_edit(struct span blob, struct span base_from,
		     const struct fdt_edits *edits, uint8_t *out,
		     size_t out_len, uint32_t *ret_size, struct error *err);

/* True if blob is a tree with linux,uefi-system-table and without
 * linux,uefi-secure-boot in /chosen: what fdt_edit() mends and what the
 * kernel's own kexec_file_load(2) hands on as it is. False for a broken tree.
 */
bool fdt_lacks_secure_boot(struct span blob);

#endif
