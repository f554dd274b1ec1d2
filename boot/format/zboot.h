/*
 * zboot images (Linux, CONFIG_EFI_ZBOOT; drivers/firmware/efi/libstub/
 * zboot-header.S): a PE file whose .text holds a compressed kernel. The header
 * names the codec; the size of the unpacked kernel stands behind the payload
 * (in gzip's own trailer, or as four bytes the kernel's build appends).
 */
#ifndef KEELBOOT_FORMAT_ZBOOT_H
#define KEELBOOT_FORMAT_ZBOOT_H

#include "format/pe.h"

/* Largest kernel that is unpacked: ten times the largest distribution kernel
 * of 2026 (48 MB), and below what half of a 1 GiB machine can load. */
#define ZBOOT_OUT_MAX (512U << 20)
#define ZBOOT_OUT_MIN 64

enum zboot_codec {
	ZBOOT_GZIP = 1,
	ZBOOT_ZSTD,
	ZBOOT_XZ,
	ZBOOT_LZMA,
	ZBOOT_LZ4,
	ZBOOT_LZO,
};

struct zboot_view {
	enum zboot_codec codec;
	char label[33]; /* as the file has it: "zstd22", "xzkern", … */
	uint32_t payload_offset;
	uint32_t payload_len;
	uint32_t out_len; /* of the unpacked kernel */
	uint16_t machine; /* of the PE file around it */
};

/* "MZ" and "zimg" (or "zelf"): a look at 8 bytes, no check. */
bool zboot_is_candidate(struct span file);

/*
 * pe is the view of the same file. The size of the unpacked kernel stands at
 * the payload's end, so a prefix of the file can only be checked up to that:
 * E_ZBOOT_PREFIX then says that all else was good.
 *
 * Errors:
 * E_ZBOOT_SHORT         file shorter than the header of 64 bytes
 * E_ZBOOT_MAGIC         no "MZ" and "zimg"
 * E_ZBOOT_ELF           "zelf": an ELF file as payload is not supported
 * E_ZBOOT_LABEL_END     the codec's label has no NUL in its 32 bytes
 * E_ZBOOT_LABEL         it is not one of the labels Linux writes
 * E_ZBOOT_NO_OFFSET, E_ZBOOT_NO_PAYLOAD   offset or size is 0
 * E_ZBOOT_IN_HEADERS    payload inside the PE headers
 * E_ZBOOT_PAST_EOF      payload (with its size field) past the end of the file
 * E_ZBOOT_IN_CERT       … past the begin of the certificate table
 * E_ZBOOT_NOT_IN_SECTION  … not inside one section's data
 * E_ZBOOT_PAYLOAD_SHORT a gzip payload without room for its own trailer
 * E_ZBOOT_PREFIX        file ends before the payload, but the whole one does
 * not E_ZBOOT_OUT_SMALL, E_ZBOOT_OUT_LARGE    the unpacked size is outside
 *                       ZBOOT_OUT_MIN … ZBOOT_OUT_MAX
 */
enum status zboot_parse(struct span file, const struct pe_view *pe,
			struct zboot_view *ret_view, struct error *err);

#endif
