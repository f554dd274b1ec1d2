/*
 * An x86_64 kernel as kexec_load(2) segments: the kernel, the initrd, and one
 * segment of boot data with the boot parameters, what they point to, and the
 * few instructions that give the kernel the state its 64-bit boot protocol
 * asks for (Linux Documentation/arch/x86/boot.rst and zero-page.rst).
 *
 * Pure: it runs, and is tested, on every architecture.
 */
#ifndef KEELBOOT_KEXEC_X86_H
#define KEELBOOT_KEXEC_X86_H

#include "kexec_segments.h"
#include "zboot_load.h"

/* Bytes of scratch that kexec_x86_plan() needs. */
size_t kexec_x86_scratch(const struct platform *platform,
			 const struct loadable_kernel *kernel);

/*
 * Makes the segments. The boot data is built in scratch, which the segments
 * point into, as they do into the kernel's blobs: all have to stay until the
 * system call is made.
 *
 * The next kernel gets the firmware's memory map whole, the RSDP, the EFI
 * runtime services as this kernel mapped them (they cannot be mapped anew), the
 * screen, EDID, EDD and Secure Boot state this kernel got, a seed, and the
 * image's device tree if it has one (few x86 kernels look at it).
 *
 * Errors: E_KEXEC_HEADER (the view does not fit the bytes), E_KEXEC_LA57 (this
 * kernel runs with five-level paging and the next cannot), E_KEXEC_SCRATCH,
 * those of fdt_check_tree(), kexec_segments_add() and kexec_segments_check().
 */
enum status kexec_x86_plan(const struct platform *platform,
			   const struct loadable_kernel *kernel,
			   const struct kexec_seeds *seeds, uint8_t *scratch,
			   size_t scratch_len, struct kexec_segments *ret,
			   struct error *err);

#endif
