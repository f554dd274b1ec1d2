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
	uint64_t data_len;   /* of these, those before that table, which no
			      * signature covers */
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

/* Which kind the bytes claim to be: magics only. A zboot image is none. */
enum kimage_kind kimage_identify(struct span file);

/*
 * A kernel that is a signed PE file is cut at the end of its certificate table
 * (file_len), because its own signature check takes all that follows for data.
 * Behind the table there may be padding: Linux 6.4 and later pad the kernel to
 * image_size before they compress it into a zboot image.
 *
 * Errors:
 * E_KIMAGE_UNKNOWN         none of the kinds
 * E_KIMAGE_MACHINE         the PE header is another machine's
 * E_PE_…                   it is a PE file, and a broken one
 * bzImage:
 * E_KIMAGE_SHORT           header cut short
 * E_KIMAGE_BOOT_FLAG       no 0xaa55
 * E_KIMAGE_OLD             boot protocol before 2.12
 * E_KIMAGE_JUMP, E_KIMAGE_HEADER_END  the jump over the header, which says
 *                          where the header ends, is none or leads outside
 * E_KIMAGE_LOW             not loaded high
 * E_KIMAGE_NO_64BIT        no 64-bit entry
 * E_KIMAGE_SETUP_PAST_EOF, E_KIMAGE_CODE_PAST_EOF, E_KIMAGE_PAYLOAD_PAST_EOF
 *                          a part ends past the end of the kernel
 * E_KIMAGE_ALIGNMENT       not a power of two
 * E_KIMAGE_INIT_SIZE, E_KIMAGE_INIT_SIZE_SMALL  memory wanted is 0, or less
 *                          than the code
 * arm64, riscv, loongarch:
 * E_KIMAGE_BIG_ENDIAN      (not loongarch)
 * E_KIMAGE_NO_IMAGE_SIZE, E_KIMAGE_IMAGE_SIZE_SMALL  memory wanted is 0, or
 *                          less than the file up to the certificate table
 */
enum status kimage_parse(struct span file, struct kimage_view *ret_view,
			 struct error *err);

const char *kimage_kind_name(enum kimage_kind kind);

#endif
