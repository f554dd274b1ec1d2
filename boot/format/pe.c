#include "format/pe.h"

#include "base/text.h"

/* Offsets and sizes of "PE Format": MS-DOS stub, COFF file header, optional
 * header, section table. */
#define DOS_HEADER_SIZE	    64
#define DOS_PE_OFFSET	    0x3c
#define COFF_SIZE	    24 /* with the signature "PE\0\0" */
#define MAGIC_PE32	    0x10b
#define MAGIC_PE32_PLUS	    0x20b
#define FIXED_SIZE_32	    96 /* optional header without directories */
#define FIXED_SIZE_32_PLUS  112
#define DIRECTORIES_MAX	    16
#define DIRECTORY_SIZE	    8
#define CERT_DIRECTORY	    4
#define SECTION_HEADER_SIZE 40

struct reader {
	struct span file; /* perhaps only the beginning of it */
	uint64_t file_size;
	struct cursor c;
	uint16_t optional_size;
	struct pe_view *view;
	struct error *err;
};

bool pe_is_candidate(struct span file)
{
	return span_starts_with(file, "MZ", 2);
}

/* Is the header part that ends at `end` there to be read? */
static enum status need(const struct reader *r, uint64_t end, enum status code,
			const char *what)
{
	if (end > r->file_size)
		return fail(r->err, code,
			    "%s ends at 0x%llx, the file ends at 0x%llx", what,
			    (unsigned long long)end,
			    (unsigned long long)r->file_size);
	if (end > r->file.len)
		return fail(r->err, E_PE_PREFIX,
			    "%s ends at 0x%llx, only 0x%zx bytes were read",
			    what, (unsigned long long)end, r->file.len);
	return OK;
}

static enum status read_dos_header(struct reader *r)
{
	enum status s = need(r, DOS_HEADER_SIZE, E_PE_SHORT, "the DOS header");

	if (s != OK)
		return s;
	if (!pe_is_candidate(r->file))
		return fail(r->err, E_PE_DOS_MAGIC,
			    "the file begins with %02x %02x, a PE file with "
			    "4d 5a (MZ)",
			    r->file.ptr[0], r->file.ptr[1]);
	r->view->pe_offset = span_le32(r->file, DOS_PE_OFFSET);
	if (r->view->pe_offset < DOS_HEADER_SIZE)
		return fail(r->err, E_PE_HEADER_IN_DOS,
			    "the PE header at 0x%x lies in the DOS header, "
			    "which ends at 0x%x",
			    r->view->pe_offset, DOS_HEADER_SIZE);
	return OK;
}

static enum status read_coff_header(struct reader *r)
{
	struct pe_view *v = r->view;
	enum status s = need(r, (uint64_t)v->pe_offset + COFF_SIZE,
			     E_PE_HEADER_PAST_EOF, "the PE header");
	struct span signature;

	if (s != OK)
		return s;
	cursor_seek(&r->c, v->pe_offset);
	signature = cursor_take(&r->c, 4);
	if (!span_equal(signature, span_of("PE\0", 4)))
		return fail(r->err, E_PE_SIGNATURE,
			    "the signature at 0x%x is 0x%08x, that of a PE "
			    "file is 0x00004550",
			    v->pe_offset, span_le32(r->file, v->pe_offset));
	v->machine = cursor_le16(&r->c);
	v->section_count = cursor_le16(&r->c);
	cursor_skip(&r->c, 12); /* time, symbol table: for debuggers */
	r->optional_size = cursor_le16(&r->c);
	cursor_skip(&r->c, 2); /* characteristics */
	v->optional_offset = v->pe_offset + COFF_SIZE;
	if (!v->section_count)
		return fail(r->err, E_PE_NO_SECTIONS,
			    "the PE file has 0 sections, an image has at "
			    "least 1");
	if (v->section_count > PE_SECTIONS_MAX)
		return fail(r->err, E_PE_TOO_MANY_SECTIONS,
			    "the PE file has %u sections, the most is %u",
			    v->section_count, PE_SECTIONS_MAX);
	return OK;
}

/* The size has to be exactly that of the fields and directories: firmware
 * refuses anything else, and slack would move the section table away from
 * where other readers look for it. */
static enum status check_optional_size(const struct reader *r, unsigned fixed)
{
	const struct pe_view *v = r->view;
	unsigned wanted;

	if (v->directories > DIRECTORIES_MAX)
		return fail(r->err, E_PE_DIRECTORIES,
			    "the optional header has %u directories, the most "
			    "is %u",
			    v->directories, DIRECTORIES_MAX);
	wanted = fixed + v->directories * DIRECTORY_SIZE;
	if (r->optional_size != wanted)
		return fail(r->err, E_PE_OPTIONAL_SIZE,
			    "the optional header has %u bytes, with %u "
			    "directories it has %u",
			    r->optional_size, v->directories, wanted);
	return OK;
}

static bool is_power_of_two(uint32_t value)
{
	return value && !(value & (value - 1));
}

static enum status check_alignments(const struct reader *r)
{
	const struct pe_view *v = r->view;

	if (!is_power_of_two(v->section_alignment))
		return fail(r->err, E_PE_SECTION_ALIGNMENT,
			    "SectionAlignment is 0x%x, not a power of two",
			    v->section_alignment);
	if (!is_power_of_two(v->file_alignment))
		return fail(r->err, E_PE_FILE_ALIGNMENT,
			    "FileAlignment is 0x%x, not a power of two",
			    v->file_alignment);
	return OK;
}

/* From behind the magic up to the directories. */
static void read_optional_fields(struct cursor *c, struct pe_view *v)
{
	bool is_plus = v->optional_magic == MAGIC_PE32_PLUS;

	cursor_skip(c, 2 + 3 * 4); /* linker version, sizes of code and data */
	v->entry = cursor_le32(c);
	/* BaseOfCode, then ImageBase as 8 bytes or BaseOfData and 4 */
	cursor_skip(c, 4 + 8);
	v->section_alignment = cursor_le32(c);
	v->file_alignment = cursor_le32(c);
	cursor_skip(c, 6 * 2 + 4); /* versions */
	v->size_of_image = cursor_le32(c);
	v->size_of_headers = cursor_le32(c);
	cursor_skip(c, 4); /* checksum */
	v->subsystem = cursor_le16(c);
	v->dll_characteristics = cursor_le16(c);
	cursor_skip(c, (is_plus ? 4 * 8 : 4 * 4) + 4); /* stack, heap, flags */
	v->directories = cursor_le32(c);
}

static enum status read_optional_header(struct reader *r)
{
	struct pe_view *v = r->view;
	enum status s = need(r, (uint64_t)v->optional_offset + r->optional_size,
			     E_PE_OPTIONAL_PAST_EOF, "the optional header");
	struct cursor c;
	unsigned fixed;

	if (s != OK)
		return s;
	c = cursor_sub(&r->c, r->optional_size);
	v->optional_magic = cursor_le16(&c);
	if (cursor_ok(&c) && v->optional_magic != MAGIC_PE32 &&
	    v->optional_magic != MAGIC_PE32_PLUS)
		return fail(r->err, E_PE_OPTIONAL_MAGIC,
			    "the optional header's magic is 0x%x, known are "
			    "0x%x and 0x%x",
			    v->optional_magic, MAGIC_PE32, MAGIC_PE32_PLUS);
	fixed = v->optional_magic == MAGIC_PE32 ? FIXED_SIZE_32
						: FIXED_SIZE_32_PLUS;
	read_optional_fields(&c, v);
	if (!cursor_ok(&c))
		return fail(r->err, E_PE_OPTIONAL_SHORT,
			    "the optional header has %u bytes, without "
			    "directories it has %u",
			    r->optional_size, fixed);
	s = check_optional_size(r, fixed);
	if (s != OK)
		return s;
	if (v->directories > CERT_DIRECTORY) {
		v->cert_entry = v->optional_offset + fixed +
				CERT_DIRECTORY * DIRECTORY_SIZE;
		v->cert_offset = span_le32(r->file, v->cert_entry);
		v->cert_size = span_le32(r->file, v->cert_entry + 4);
	}
	return check_alignments(r);
}

/* The certificate directory holds a file offset, not an address. */
static enum status check_cert_table(const struct reader *r)
{
	const struct pe_view *v = r->view;
	uint64_t end = (uint64_t)v->cert_offset + v->cert_size;

	if (!v->cert_offset && !v->cert_size)
		return OK;
	if (!v->cert_offset || !v->cert_size)
		return fail(r->err, E_PE_CERT_HALF,
			    "the certificate table is at 0x%x and has 0x%x "
			    "bytes: both are 0 or none",
			    v->cert_offset, v->cert_size);
	if (v->cert_offset < v->size_of_headers)
		return fail(r->err, E_PE_CERT_IN_HEADERS,
			    "the certificate table begins at 0x%x, the headers "
			    "end at 0x%x",
			    v->cert_offset, v->size_of_headers);
	if (end > r->file_size)
		return fail(r->err, E_PE_CERT_PAST_EOF,
			    "the certificate table ends at 0x%llx, the file "
			    "ends at 0x%llx",
			    (unsigned long long)end,
			    (unsigned long long)r->file_size);
	return OK;
}

static enum status check_headers(const struct reader *r)
{
	const struct pe_view *v = r->view;
	uint64_t table_end = (uint64_t)v->optional_offset + r->optional_size +
			     (uint64_t)v->section_count * SECTION_HEADER_SIZE;
	enum status s = need(r, table_end, E_PE_SECTION_TABLE_PAST_EOF,
			     "the section table");

	if (s != OK)
		return s;
	if (v->size_of_headers > r->file_size)
		return fail(r->err, E_PE_HEADERS_PAST_EOF,
			    "SizeOfHeaders is 0x%x, the file ends at 0x%llx",
			    v->size_of_headers,
			    (unsigned long long)r->file_size);
	if (table_end > v->size_of_headers)
		return fail(r->err, E_PE_SECTION_TABLE_PAST_HEADERS,
			    "the section table ends at 0x%llx, SizeOfHeaders "
			    "is 0x%x",
			    (unsigned long long)table_end, v->size_of_headers);
	return check_cert_table(r);
}

static void read_section(struct cursor *c, struct pe_section *section)
{
	struct span name = cursor_take(c, sizeof(section->name) - 1);

	for (size_t i = 0; i < name.len; i++)
		section->name[i] = (char)name.ptr[i];
	section->name[sizeof(section->name) - 1] = '\0';
	section->virtual_size = cursor_le32(c);
	section->virtual_address = cursor_le32(c);
	section->raw_size = cursor_le32(c);
	section->raw_offset = cursor_le32(c);
	cursor_skip(c, 12); /* relocations and line numbers: objects only */
	section->characteristics = cursor_le32(c);
	/* Where nothing is stored, the offset means nothing. */
	if (!section->raw_size)
		section->raw_offset = 0;
}

static uint64_t raw_end(const struct pe_section *section)
{
	return (uint64_t)section->raw_offset + section->raw_size;
}

static uint64_t virtual_end(const struct pe_section *section)
{
	return (uint64_t)section->virtual_address + section->virtual_size;
}

static enum status check_raw_range(const struct reader *r,
				   const struct pe_section *section,
				   const char *name)
{
	const struct pe_view *v = r->view;
	unsigned long long end = raw_end(section);

	if (!section->raw_size)
		return OK;
	if (section->raw_offset < v->size_of_headers)
		return fail(r->err, E_PE_SECTION_IN_HEADERS,
			    "section %s begins at 0x%x, the headers end at "
			    "0x%x",
			    name, section->raw_offset, v->size_of_headers);
	if (end > r->file_size)
		return fail(r->err, E_PE_SECTION_PAST_EOF,
			    "section %s ends at 0x%llx, the file ends at "
			    "0x%llx",
			    name, end, (unsigned long long)r->file_size);
	if (v->cert_size && end > v->cert_offset)
		return fail(r->err, E_PE_SECTION_IN_CERT,
			    "section %s ends at 0x%llx, the certificate table "
			    "begins at 0x%x",
			    name, end, v->cert_offset);
	return OK;
}

static enum status check_virtual_range(const struct reader *r,
				       const struct pe_section *section,
				       const char *name)
{
	const struct pe_view *v = r->view;

	if (!section->virtual_size)
		return OK;
	if (section->virtual_address < v->size_of_headers)
		return fail(r->err, E_PE_SECTION_OVER_HEADERS,
			    "section %s loads at 0x%x, the headers end at 0x%x",
			    name, section->virtual_address, v->size_of_headers);
	if (virtual_end(section) > v->size_of_image)
		return fail(r->err, E_PE_SECTION_PAST_IMAGE,
			    "section %s ends at 0x%llx in memory, SizeOfImage "
			    "is 0x%x",
			    name, (unsigned long long)virtual_end(section),
			    v->size_of_image);
	return OK;
}

static bool ranges_overlap(uint64_t a, uint64_t a_end, uint64_t b,
			   uint64_t b_end)
{
	return a < a_end && b < b_end && a < b_end && b < a_end;
}

static enum status check_pair(const struct reader *r,
			      const struct pe_section *a,
			      const struct pe_section *b)
{
	struct display a_name, b_name;
	enum status code;

	if (ranges_overlap(a->raw_offset, raw_end(a), b->raw_offset,
			   raw_end(b)))
		code = E_PE_RAW_OVERLAP;
	else if (ranges_overlap(a->virtual_address, virtual_end(a),
				b->virtual_address, virtual_end(b)))
		code = E_PE_VIRTUAL_OVERLAP;
	else
		return OK;
	a_name = display_of_text(a->name);
	b_name = display_of_text(b->name);
	if (code == E_PE_RAW_OVERLAP)
		return fail(r->err, code,
			    "section %s (0x%x-0x%llx) overlaps section %s "
			    "(0x%x-0x%llx) in the file",
			    b_name.text, b->raw_offset,
			    (unsigned long long)raw_end(b), a_name.text,
			    a->raw_offset, (unsigned long long)raw_end(a));
	return fail(r->err, code,
		    "section %s (0x%x-0x%llx) overlaps section %s "
		    "(0x%x-0x%llx) in memory",
		    b_name.text, b->virtual_address,
		    (unsigned long long)virtual_end(b), a_name.text,
		    a->virtual_address, (unsigned long long)virtual_end(a));
}

static enum status check_section(const struct reader *r, uint32_t index)
{
	const struct pe_section *section = &r->view->sections[index];
	struct display name = display_of_text(section->name);
	enum status s = check_raw_range(r, section, name.text);

	if (s == OK)
		s = check_virtual_range(r, section, name.text);
	for (uint32_t i = 0; s == OK && i < index; i++)
		s = check_pair(r, &r->view->sections[i], section);
	return s;
}

static enum status read_sections(struct reader *r)
{
	for (uint32_t i = 0; i < r->view->section_count; i++) {
		enum status s;

		read_section(&r->c, &r->view->sections[i]);
		s = check_section(r, i);
		if (s != OK)
			return s;
	}
	return OK;
}

enum status pe_parse(struct span file, uint64_t file_size,
		     struct pe_view *ret_view, struct error *err)
{
	struct pe_view view = { .file_size = file_size };
	struct reader r = {
		.file = file,
		.file_size = file_size,
		.c = cursor_over(file),
		.view = &view,
		.err = err,
	};
	enum status s = read_dos_header(&r);

	if (s == OK)
		s = read_coff_header(&r);
	if (s == OK)
		s = read_optional_header(&r);
	if (s == OK)
		s = check_headers(&r);
	if (s == OK)
		s = read_sections(&r);
	if (s == OK)
		*ret_view = view;
	return s;
}

const char *pe_machine_name(uint16_t machine)
{
	switch (machine) {
	case PE_MACHINE_X86_64:
		return "x86_64";
	case PE_MACHINE_I386:
		return "i386";
	case PE_MACHINE_ARM64:
		return "aarch64";
	case PE_MACHINE_ARM:
		return "arm";
	case PE_MACHINE_RISCV32:
		return "riscv32";
	case PE_MACHINE_RISCV64:
		return "riscv64";
	case PE_MACHINE_LOONGARCH32:
		return "loongarch32";
	case PE_MACHINE_LOONGARCH64:
		return "loongarch64";
	default:
		return "unknown";
	}
}

uint16_t pe_machine_native(void)
{
#if defined(__x86_64__)
	return PE_MACHINE_X86_64;
#elif defined(__aarch64__)
	return PE_MACHINE_ARM64;
#elif defined(__riscv) && __riscv_xlen == 64
	return PE_MACHINE_RISCV64;
#elif defined(__loongarch64)
	return PE_MACHINE_LOONGARCH64;
#else
	return 0; /* tests on other machines: no image is this machine's */
#endif
}
