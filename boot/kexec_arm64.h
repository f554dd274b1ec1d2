/*
 * An arm64 kernel as kexec_load(2) segments: the kernel, the initrd, the device
 * tree with this boot's edits, and the few instructions that give the kernel
 * the registers it asks for (Linux Documentation/arch/arm64/booting.rst).
 *
 * Pure: it runs, and is tested, on every architecture.
 */
#ifndef KEELBOOT_KEXEC_ARM64_H
#define KEELBOOT_KEXEC_ARM64_H

#include "kexec_segments.h"
#include "zboot_load.h"

/* Bytes of scratch that kexec_arm64_plan() needs. */
size_t kexec_arm64_scratch(const struct platform *platform,
			   const struct loadable_kernel *kernel);

/*
 * Makes the segments. Device tree and trampoline are built in scratch (aligned
 * to 8 bytes), which the segments point into, as they do into the kernel's
 * blobs: all have to stay until the system call is made.
 *
 * The tree is the kernel's own (a UKI's .dtb), with the EFI properties of the
 * running one, or else the running one.
 *
 * Errors: E_KEXEC_HEADER (the view does not fit the bytes),
 * E_KEXEC_TEXT_OFFSET (not a multiple of the running kernel's page size),
 * E_KEXEC_SCRATCH, those of fdt_edit(), kexec_segments_add() and
 * kexec_segments_check().
 */
enum status kexec_arm64_plan(const struct platform *platform,
			     const struct loadable_kernel *kernel,
			     const struct kexec_seeds *seeds, uint8_t *scratch,
			     size_t scratch_len, struct kexec_segments *ret,
			     struct error *err);

#endif
