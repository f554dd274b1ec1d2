/*
 * Builds kernels and zboot images in memory for tests, on top of pe_build: each
 * is a whole PE file that its parser accepts as it is, to be broken field by
 * field. There is no code in them that could run.
 */
#ifndef KEELBOOT_TESTS_LIB_IMAGE_BUILD_H
#define KEELBOOT_TESTS_LIB_IMAGE_BUILD_H

#include "image.h"
#include "pe_build.h"

#define BZIMAGE_BUILD_PROTECTED 0x1200 /* offset of the protected-mode code */
#define BZIMAGE_BUILD_CODE_LEN	0x600
#define BZIMAGE_BUILD_VERSION	"6.1.0-test (keelboot@localhost) #1 SMP"

#define IMAGE_BUILD_SIZE 0x4000 /* image_size of an Image, bss included */

/* A zboot image of Linux 6.12's shape: .text with the payload, .data without
 * raw data. For every label but "gzip", out_len is put behind the payload; a
 * gzip payload ends in it already. Gives the payload's offset. */
uint32_t zboot_build(struct pe_build *b, uint16_t machine, const char *label,
		     struct span payload, uint32_t out_len);

/* A signed-to-be x86_64 bzImage of boot protocol 2.15 with .setup and .text. */
void bzimage_build(struct pe_build *b);

/* An arm64, riscv or loongarch Image (machine as in a PE header) with .text,
 * whose image_size is IMAGE_BUILD_SIZE. */
void image_build(struct pe_build *b, uint16_t machine);

/* Any bytes as "/x.efi", sealed as image_read() seals them. */
struct raw_image image_build_raw(struct span bytes);

#endif
