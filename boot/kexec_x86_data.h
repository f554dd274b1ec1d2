/*
 * The boot data of an x86_64 kernel: one segment with
 *
 *   0x0000  trampoline, its descriptor table and stack
 *   0x1000  boot parameters ("zero page")
 *   0x2000  command line, EFI memory map, setup_data list
 */
#ifndef KEELBOOT_KEXEC_X86_DATA_H
#define KEELBOOT_KEXEC_X86_DATA_H

#include "kexec_segments.h"
#include "zboot_load.h"

/* Offsets in the boot data. */
struct x86_layout {
	bool has_efi;
	size_t cmdline;
	size_t efi_map, efi_map_len;
	size_t efi_data;
	size_t e820_data, e820_count; /* entries that the table cannot hold */
	size_t seed;
	size_t dtb, dtb_len;
	size_t len;
};

/* What is written, and where it will be. */
struct x86_boot_data {
	const struct platform *platform;
	const struct loadable_kernel *kernel;
	struct x86_layout at;
	uint8_t *bytes;
	uint64_t mem; /* of bytes[0] */
	uint64_t kernel_mem, initrd_mem;
};

/* Where everything goes in the boot data of this kernel on this machine. */
struct x86_layout x86_lay_out(const struct platform *platform,
			      const struct loadable_kernel *kernel);

/* Writes all of it; the addresses are set and bytes has at.len bytes. */
void x86_put_boot_data(const struct x86_boot_data *data,
		       const struct kexec_seeds *seeds);

#endif
