/*
 * Portable Executable headers (Microsoft PE/COFF specification, "PE Format"),
 * as far as a loader of UKIs and zboot images needs them: the section table is
 * validated once into a view of checked numbers; nothing above this file reads
 * PE headers again.
 *
 * What holds for every view that pe_parse() returns:
 * - the section table lies inside the headers, headers and every section's raw
 *   data inside the file, and below the certificate table if there is one;
 * - sections' raw ranges do not overlap each other or the headers;
 * - sections' virtual ranges (VirtualSize bytes) do not overlap each other or
 *   the headers, and end inside SizeOfImage;
 * - the certificate table, if any, lies inside the file.
 *
 * What may be, because real files have it: sections without raw data or of
 * VirtualSize 0, bytes between the last section and the certificate table
 * (shim's symbols), bytes behind the certificate table (the padding of a kernel
 * that was inside a zboot image), any two alignments that are powers of two.
 */
#ifndef KEELBOOT_FORMAT_PE_H
#define KEELBOOT_FORMAT_PE_H

#include "base/error.h"
#include "base/span.h"

/* Room for a multi-profile UKI: systemd-stub reserves header room for at most
 * 120 sections beside the 6 or so of its own. */
#define PE_SECTIONS_MAX 160

enum pe_machine {
	PE_MACHINE_X86_64 = 0x8664,
	PE_MACHINE_I386 = 0x014c,
	PE_MACHINE_ARM64 = 0xaa64,
	PE_MACHINE_ARM = 0x01c2,
	PE_MACHINE_RISCV32 = 0x5032,
	PE_MACHINE_RISCV64 = 0x5064,
	PE_MACHINE_LOONGARCH32 = 0x6232,
	PE_MACHINE_LOONGARCH64 = 0x6264,
};

struct pe_section {
	char name[9]; /* the 8-byte field, NUL-terminated here */
	uint32_t virtual_address;
	uint32_t virtual_size;
	uint32_t raw_offset; /* 0 if raw_size is 0 */
	uint32_t raw_size;
	uint32_t characteristics;
};

struct pe_view {
	uint64_t file_size;
	uint16_t machine;
	uint16_t optional_magic; /* 0x10b or 0x20b */
	uint16_t subsystem;
	uint16_t dll_characteristics;
	uint32_t pe_offset;	  /* of "PE\0\0" */
	uint32_t optional_offset; /* of the optional header */
	uint32_t entry;		  /* AddressOfEntryPoint */
	uint32_t section_alignment;
	uint32_t file_alignment;
	uint32_t size_of_image;
	uint32_t size_of_headers;
	uint32_t directories; /* NumberOfRvaAndSizes */
	uint32_t cert_entry;  /* file offset of the certificate directory
			       * entry, 0 if there are too few directories */
	uint32_t cert_offset; /* of the certificate table, 0 if none */
	uint32_t cert_size;
	uint32_t section_count;
	struct pe_section sections[PE_SECTIONS_MAX];
};

/* True if the file starts as a PE file does ("MZ"); says nothing more. */
bool pe_is_candidate(struct span file);

/*
 * file may be a prefix of the image (a probe reads the first pages only): then
 * file_size is the real size and the section table has to lie inside file; else
 * file_size is file.len. The view holds no pointer into file.
 *
 * Errors: E_PE_PREFIX if the file is long enough for the headers but the prefix
 * is not; else one E_PE_… per check, all of them in base/status.def.
 */
enum status pe_parse(struct span file, uint64_t file_size,
		     struct pe_view *ret_view, struct error *err);

/* "x86_64", "aarch64", "riscv64", "loongarch64", … or "unknown". */
const char *pe_machine_name(uint16_t machine);

/* The machine this program was built for, as a PE machine. */
uint16_t pe_machine_native(void);

#endif
