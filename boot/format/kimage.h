/*
 * What a bare kernel says of itself: x86 bzImage (Linux
 * Documentation/arch/x86/boot.rst), arm64 Image (Documentation/arch/arm64/
 * booting.rst), riscv Image (Documentation/arch/riscv/boot-image-header.rst)
 * and loongarch vmlinux.efi (arch/loongarch/kernel/head.S).
 */
#ifndef KEELBOOT_FORMAT_KIMAGE_H
#define KEELBOOT_FORMAT_KIMAGE_H

#include "format/pe.h"

#define KIMAGE_VERSION_MAX 80

enum kimage_kind {
	KIMAGE_NONE = 0,
	KIMAGE_BZIMAGE,
	KIMAGE_ARM64,
	KIMAGE_RISCV,
	KIMAGE_LOONGARCH,
};

struct kimage_view {
	enum kimage_kind kind;
	uint16_t machine;    /* as PE machine */
	uint64_t file_len;   /* bytes that belong to the kernel: up to the end
			      * of the certificate table if it is signed */
	uint64_t image_size; /* memory it needs from its load address on,
			      * bss included (init_size on x86) */

	/* x86, from the setup header */
	uint16_t boot_version; /* 0x020f is 2.15 */
	uint8_t setup_sects;   /* never 0 here */
	uint16_t xloadflags;
	uint32_t cmdline_size; /* longest command line, without its NUL */
	uint32_t initrd_addr_max;
	uint32_t kernel_alignment;
	bool relocatable;
	uint64_t pref_address;
	uint32_t init_size;
	uint32_t setup_header_end; /* offset where the header ends */
	uint32_t protected_offset; /* of the code, (setup_sects + 1) * 512 */
	uint64_t protected_len;	   /* up to the certificate table or the end */
	char version[KIMAGE_VERSION_MAX]; /* "6.1.0-…", cleaned; "" if none */

	/* arm64, riscv, loongarch */
	uint64_t text_offset;
	uint64_t flags;
	uint64_t entry; /* loongarch: physical address of the entry */
};

/* Which kind the bytes claim to be: magics only. */
enum kimage_kind kimage_identify(struct span file);

/*
 * Errors E_KIMAGE_…: none of the kinds; header cut short; bzImage without
 * "HdrS" or boot_flag, older than 2.12, not loaded high, without a 64-bit entry
 * point, setup code or kernel past the end of the file, alignment that is not a
 * power of two, init_size 0; arm64 or riscv with image_size 0, big-endian;
 * image_size smaller than the file (A.4 of the Linux zboot convention allows a
 * certificate table behind it).
 *
 * A kernel that is a signed PE file is cut at the end of its certificate
 * table (file_len), as its own signature check expects; a broken PE header in
 * a kernel is refused.
 */
enum status kimage_parse(struct span file, struct kimage_view *ret_view,
			 struct error *err);

const char *kimage_kind_name(enum kimage_kind kind);

#endif
