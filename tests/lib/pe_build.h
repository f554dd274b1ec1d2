/*
 * Builds PE files in memory for tests: a good file first, then any field of it
 * can be broken by its name. Nothing here shares code with boot/format/pe.c.
 */
#ifndef KEELBOOT_TESTS_LIB_PE_BUILD_H
#define KEELBOOT_TESTS_LIB_PE_BUILD_H

#include "base/span.h"

#define PE_BUILD_PE_OFFSET	   0x40
#define PE_BUILD_SECTION_ALIGNMENT 0x1000
#define PE_BUILD_FILE_ALIGNMENT	   0x200

struct pe_build {
	uint8_t *bytes;
	size_t len;
	bool is_plus; /* PE32+, else PE32 */
	uint32_t optional_offset;
	uint32_t table_offset;
	uint32_t section_count;
};

/* Fields of the headers, by the names of the PE specification. */
enum pe_field {
	PE_LFANEW,
	PE_SIGNATURE,
	PE_MACHINE,
	PE_NUMBER_OF_SECTIONS,
	PE_SIZE_OF_OPTIONAL_HEADER,
	PE_OPTIONAL_MAGIC,
	PE_ADDRESS_OF_ENTRY_POINT,
	PE_SECTION_ALIGNMENT,
	PE_FILE_ALIGNMENT,
	PE_SIZE_OF_IMAGE,
	PE_SIZE_OF_HEADERS,
	PE_SUBSYSTEM,
	PE_DLL_CHARACTERISTICS,
	PE_NUMBER_OF_RVA_AND_SIZES,
	PE_CERT_OFFSET,
	PE_CERT_SIZE,
};

/* Fields of a section header; the values are their offsets in it. */
enum pe_section_field {
	PE_S_NAME = 0,
	PE_S_VIRTUAL_SIZE = 8,
	PE_S_VIRTUAL_ADDRESS = 12,
	PE_S_RAW_SIZE = 16,
	PE_S_RAW_OFFSET = 20,
	PE_S_CHARACTERISTICS = 36,
};

/* An image without sections. header_size is a multiple of 0x200 with room for
 * the section headers (40 bytes each from 0x148 on, at most). */
void pe_build_begin(struct pe_build *b, uint16_t machine, uint32_t header_size);

/* The same as PE32, with 6 directories as Linux has them. */
void pe_build_begin_pe32(struct pe_build *b, uint16_t machine,
			 uint32_t header_size);

/* Appends a section behind all others, in the file and in memory; its
 * VirtualSize is content.len. Gives its index. */
uint32_t pe_build_section(struct pe_build *b, const char *name,
			  struct span content);
uint32_t pe_build_text(struct pe_build *b, const char *name, const char *text);

/* Appends bytes that belong to no section. */
void pe_build_append(struct pe_build *b, struct span bytes);

/* Appends a certificate table of len bytes (a multiple of 8) at the next
 * multiple of 8 and names it in its directory. Gives its offset. */
uint32_t pe_build_sign(struct pe_build *b, uint32_t len);

/* Offset of a field in the file, and its value as it stands there. */
size_t pe_build_at(const struct pe_build *b, enum pe_field field);
size_t pe_build_section_at(const struct pe_build *b, uint32_t index,
			   enum pe_section_field field);
uint32_t pe_build_get(const struct pe_build *b, enum pe_field field);
uint32_t pe_build_section_get(const struct pe_build *b, uint32_t index,
			      enum pe_section_field field);

/* Writes a field with as many bytes as it has. */
void pe_build_set(struct pe_build *b, enum pe_field field, uint32_t value);
void pe_build_section_set(struct pe_build *b, uint32_t index,
			  enum pe_section_field field, uint32_t value);
void pe_build_rename(struct pe_build *b, uint32_t index, const char *name);

struct span pe_build_file(const struct pe_build *b);
void pe_build_drop(struct pe_build *b);
#define _drop_pe_ __attribute__((cleanup(pe_build_drop)))

#endif
