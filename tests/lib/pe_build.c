#include "pe_build.h"

#include "test.h"

#define SECTION_HEADER 40

/* Where a field lies: in the DOS header, in the COFF header or in the optional
 * header, there at different offsets in PE32+ and PE32. */
static const struct {
	enum { IN_FILE, IN_COFF, IN_OPTIONAL } base;
	uint16_t plus, pe32;
	uint8_t width;
} fields[] = {
	[PE_LFANEW] = { IN_FILE, 0x3c, 0x3c, 4 },
	[PE_SIGNATURE] = { IN_COFF, 0, 0, 4 },
	[PE_MACHINE] = { IN_COFF, 4, 4, 2 },
	[PE_NUMBER_OF_SECTIONS] = { IN_COFF, 6, 6, 2 },
	[PE_SIZE_OF_OPTIONAL_HEADER] = { IN_COFF, 20, 20, 2 },
	[PE_OPTIONAL_MAGIC] = { IN_OPTIONAL, 0, 0, 2 },
	[PE_ADDRESS_OF_ENTRY_POINT] = { IN_OPTIONAL, 16, 16, 4 },
	[PE_SECTION_ALIGNMENT] = { IN_OPTIONAL, 32, 32, 4 },
	[PE_FILE_ALIGNMENT] = { IN_OPTIONAL, 36, 36, 4 },
	[PE_SIZE_OF_IMAGE] = { IN_OPTIONAL, 56, 56, 4 },
	[PE_SIZE_OF_HEADERS] = { IN_OPTIONAL, 60, 60, 4 },
	[PE_SUBSYSTEM] = { IN_OPTIONAL, 68, 68, 2 },
	[PE_DLL_CHARACTERISTICS] = { IN_OPTIONAL, 70, 70, 2 },
	[PE_NUMBER_OF_RVA_AND_SIZES] = { IN_OPTIONAL, 108, 92, 4 },
	[PE_CERT_OFFSET] = { IN_OPTIONAL, 144, 128, 4 },
	[PE_CERT_SIZE] = { IN_OPTIONAL, 148, 132, 4 },
};

size_t pe_build_at(const struct pe_build *b, enum pe_field field)
{
	size_t at = b->is_plus ? fields[field].plus : fields[field].pe32;

	if (fields[field].base == IN_COFF)
		at += PE_BUILD_PE_OFFSET;
	if (fields[field].base == IN_OPTIONAL)
		at += b->optional_offset;
	return at;
}

size_t pe_build_section_at(const struct pe_build *b, uint32_t index,
			   enum pe_section_field field)
{
	return b->table_offset + (size_t)index * SECTION_HEADER + field;
}

uint32_t pe_build_get(const struct pe_build *b, enum pe_field field)
{
	struct span file = pe_build_file(b);

	return fields[field].width == 2
		       ? span_le16(file, pe_build_at(b, field))
		       : span_le32(file, pe_build_at(b, field));
}

uint32_t pe_build_section_get(const struct pe_build *b, uint32_t index,
			      enum pe_section_field field)
{
	return span_le32(pe_build_file(b),
			 pe_build_section_at(b, index, field));
}

void pe_build_set(struct pe_build *b, enum pe_field field, uint32_t value)
{
	uint8_t *to = b->bytes + pe_build_at(b, field);

	if (fields[field].width == 2)
		store_le16(to, (uint16_t)value);
	else
		store_le32(to, value);
}

void pe_build_section_set(struct pe_build *b, uint32_t index,
			  enum pe_section_field field, uint32_t value)
{
	store_le32(b->bytes + pe_build_section_at(b, index, field), value);
}

void pe_build_rename(struct pe_build *b, uint32_t index, const char *name)
{
	uint8_t *to = b->bytes + pe_build_section_at(b, index, PE_S_NAME);

	memset(to, 0, 8);
	memcpy(to, name, strnlen(name, 8));
}

static void grow(struct pe_build *b, size_t len)
{
	b->bytes = realloc(b->bytes, len);
	if (!b->bytes)
		fail_msg("no memory for a PE file of %zu bytes", len);
	memset(b->bytes + b->len, 0, len - b->len);
	b->len = len;
}

static uint32_t up(size_t value, uint32_t align)
{
	return (uint32_t)((value + align - 1) & ~((size_t)align - 1));
}

static void begin(struct pe_build *b, uint16_t machine, uint32_t header_size,
		  bool is_plus)
{
	uint32_t directories = is_plus ? 16 : 6;
	uint32_t optional_size = (is_plus ? 112 : 96) + directories * 8;

	*b = (struct pe_build){ .is_plus = is_plus };
	b->optional_offset = PE_BUILD_PE_OFFSET + 24;
	b->table_offset = b->optional_offset + optional_size;
	grow(b, header_size);
	b->bytes[0] = 'M';
	b->bytes[1] = 'Z';
	pe_build_set(b, PE_LFANEW, PE_BUILD_PE_OFFSET);
	pe_build_set(b, PE_SIGNATURE, 0x4550);
	pe_build_set(b, PE_MACHINE, machine);
	pe_build_set(b, PE_SIZE_OF_OPTIONAL_HEADER, optional_size);
	pe_build_set(b, PE_OPTIONAL_MAGIC, is_plus ? 0x20b : 0x10b);
	pe_build_set(b, PE_ADDRESS_OF_ENTRY_POINT, 0x1234);
	pe_build_set(b, PE_SECTION_ALIGNMENT, PE_BUILD_SECTION_ALIGNMENT);
	pe_build_set(b, PE_FILE_ALIGNMENT, PE_BUILD_FILE_ALIGNMENT);
	pe_build_set(b, PE_SIZE_OF_IMAGE,
		     up(header_size, PE_BUILD_SECTION_ALIGNMENT));
	pe_build_set(b, PE_SIZE_OF_HEADERS, header_size);
	pe_build_set(b, PE_SUBSYSTEM, 10);
	pe_build_set(b, PE_DLL_CHARACTERISTICS, 0x100);
	pe_build_set(b, PE_NUMBER_OF_RVA_AND_SIZES, directories);
}

void pe_build_begin(struct pe_build *b, uint16_t machine, uint32_t header_size)
{
	begin(b, machine, header_size, true);
}

void pe_build_begin_pe32(struct pe_build *b, uint16_t machine,
			 uint32_t header_size)
{
	begin(b, machine, header_size, false);
}

void pe_build_append(struct pe_build *b, struct span bytes)
{
	size_t at = b->len;

	grow(b, at + bytes.len);
	if (bytes.len)
		memcpy(b->bytes + at, bytes.ptr, bytes.len);
}

uint32_t pe_build_section(struct pe_build *b, const char *name,
			  struct span content)
{
	uint32_t index = b->section_count;
	uint32_t address = pe_build_get(b, PE_SIZE_OF_IMAGE);
	uint32_t offset = up(b->len, PE_BUILD_FILE_ALIGNMENT);
	uint32_t raw_size = up(content.len, PE_BUILD_FILE_ALIGNMENT);

	if (pe_build_section_at(b, index + 1, PE_S_NAME) >
	    pe_build_get(b, PE_SIZE_OF_HEADERS))
		fail_msg("no room for the header of section %s", name);
	grow(b, offset + raw_size);
	if (content.len)
		memcpy(b->bytes + offset, content.ptr, content.len);
	pe_build_rename(b, index, name);
	pe_build_section_set(b, index, PE_S_VIRTUAL_SIZE,
			     (uint32_t)content.len);
	pe_build_section_set(b, index, PE_S_VIRTUAL_ADDRESS, address);
	pe_build_section_set(b, index, PE_S_RAW_SIZE, raw_size);
	pe_build_section_set(b, index, PE_S_RAW_OFFSET, raw_size ? offset : 0);
	pe_build_section_set(b, index, PE_S_CHARACTERISTICS, 0x40000040);
	pe_build_set(b, PE_SIZE_OF_IMAGE,
		     up(address + content.len, PE_BUILD_SECTION_ALIGNMENT));
	pe_build_set(b, PE_NUMBER_OF_SECTIONS, ++b->section_count);
	return index;
}

uint32_t pe_build_text(struct pe_build *b, const char *name, const char *text)
{
	return pe_build_section(b, name, span_of_text(text));
}

uint32_t pe_build_sign(struct pe_build *b, uint32_t len)
{
	uint32_t offset = up(b->len, 8);

	grow(b, offset + len);
	store_le32(b->bytes + offset, len);
	store_le16(b->bytes + offset + 4, 0x0200);
	store_le16(b->bytes + offset + 6, 0x0002);
	pe_build_set(b, PE_CERT_OFFSET, offset);
	pe_build_set(b, PE_CERT_SIZE, len);
	return offset;
}

struct span pe_build_file(const struct pe_build *b)
{
	return span_of(b->bytes, b->len);
}

void pe_build_drop(struct pe_build *b)
{
	free(b->bytes);
	*b = (struct pe_build){ 0 };
}
