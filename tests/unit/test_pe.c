/* PE headers: what a view holds, what real files may have, every cut. */
#include "test.h"
#include "pe_build.h"

#include "format/pe.h"

#define HEADERS 0x400

static enum status parse(struct span file, struct pe_view *view,
			 struct error *err)
{
	struct span copy = test_copy(file);
	enum status s = pe_parse(copy, copy.len, view, err);

	test_drop(&copy);
	return s;
}

/* .text of 0x300 bytes, .data of 0x200, a certificate table of 0x100. */
static void build_good(struct pe_build *b)
{
	static const uint8_t code[0x300] = { 0xcc }, data[0x200] = { 1 };

	pe_build_begin(b, PE_MACHINE_X86_64, HEADERS);
	pe_build_section(b, ".text", span_of(code, sizeof(code)));
	pe_build_section(b, ".data", span_of(data, sizeof(data)));
	pe_build_sign(b, 0x100);
}

static void good_file_gives_every_field(void **state)
{
	_drop_pe_ struct pe_build b;
	struct pe_view v;
	struct error err;

	(void)state;
	build_good(&b);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	assert_int_equal(v.file_size, 0xb00);
	assert_int_equal(v.machine, PE_MACHINE_X86_64);
	assert_int_equal(v.optional_magic, 0x20b);
	assert_int_equal(v.subsystem, 10);
	assert_int_equal(v.dll_characteristics, 0x100);
	assert_int_equal(v.pe_offset, 0x40);
	assert_int_equal(v.optional_offset, 0x58);
	assert_int_equal(v.entry, 0x1234);
	assert_int_equal(v.section_alignment, 0x1000);
	assert_int_equal(v.file_alignment, 0x200);
	assert_int_equal(v.size_of_image, 0x3000);
	assert_int_equal(v.size_of_headers, HEADERS);
	assert_int_equal(v.directories, 16);
	assert_int_equal(v.cert_entry, pe_build_at(&b, PE_CERT_OFFSET));
	assert_int_equal(v.cert_offset, 0xa00);
	assert_int_equal(v.cert_size, 0x100);
	assert_int_equal(v.section_count, 2);
	assert_string_equal(v.sections[0].name, ".text");
	assert_int_equal(v.sections[0].virtual_address, 0x1000);
	assert_int_equal(v.sections[0].virtual_size, 0x300);
	assert_int_equal(v.sections[0].raw_offset, 0x400);
	assert_int_equal(v.sections[0].raw_size, 0x400);
	assert_int_equal(v.sections[0].characteristics, 0x40000040);
	assert_string_equal(v.sections[1].name, ".data");
	assert_int_equal(v.sections[1].raw_offset, 0x800);
}

static void pe32_has_its_own_offsets(void **state)
{
	_drop_pe_ struct pe_build b;
	struct pe_view v;
	struct error err;

	(void)state;
	pe_build_begin_pe32(&b, PE_MACHINE_I386, HEADERS);
	pe_build_text(&b, ".text", "code");
	pe_build_sign(&b, 8);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	assert_int_equal(v.optional_magic, 0x10b);
	assert_int_equal(v.machine, PE_MACHINE_I386);
	assert_int_equal(v.entry, 0x1234);
	assert_int_equal(v.subsystem, 10);
	assert_int_equal(v.dll_characteristics, 0x100);
	assert_int_equal(v.size_of_image, 0x2000);
	assert_int_equal(v.directories, 6);
	assert_int_equal(v.cert_entry, pe_build_at(&b, PE_CERT_OFFSET));
	assert_int_equal(v.cert_offset, 0x600);
}

/* What real files have: .bss without data, empty sections of a profile, data
 * before the certificate table and behind it. */
static void oddities_of_real_files_pass(void **state)
{
	_drop_pe_ struct pe_build b;
	struct pe_view v;
	struct error err;

	(void)state;
	pe_build_begin(&b, PE_MACHINE_ARM64, HEADERS);
	pe_build_text(&b, ".text", "code");
	/* nothing stored: the offset means nothing, even past the end */
	pe_build_text(&b, ".bss", "");
	pe_build_section_set(&b, 1, PE_S_VIRTUAL_SIZE, 0x500);
	pe_build_section_set(&b, 1, PE_S_RAW_OFFSET, 0xfffffff0);
	pe_build_set(&b, PE_SIZE_OF_IMAGE, 0x3000);
	/* nothing loaded: the address means nothing */
	pe_build_text(&b, ".cmdline", "");
	pe_build_section_set(&b, 2, PE_S_VIRTUAL_ADDRESS, 0x1000);
	pe_build_text(&b, ".profile", "ID=x");
	pe_build_section_set(&b, 3, PE_S_VIRTUAL_SIZE, 0);
	pe_build_append(&b, span_of_text("symbols that the debugger reads"));
	pe_build_sign(&b, 0x20);
	pe_build_append(&b, span_of_text("padding"));
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	assert_int_equal(v.section_count, 4);
	assert_int_equal(v.sections[1].raw_offset, 0);
	assert_int_equal(v.sections[1].virtual_size, 0x500);
	assert_int_equal(v.sections[3].raw_size, 0x200);
	assert_int_equal(v.cert_offset + v.cert_size + 7, v.file_size);
}

/* The layout of x86 kernels up to 6.6: 32-byte alignments, headers of one
 * sector, sections loaded at the offset they have in the file. */
static void old_bzimage_layout_passes(void **state)
{
	static const struct {
		const char *name;
		uint32_t offset, raw_size, virtual_size;
	} sections[] = {
		{ ".setup", 0x200, 0x39c0, 0x39c0 },
		{ ".reloc", 0x3bc0, 0x20, 0x20 },
		{ ".compat", 0x3be0, 0x20, 0x20 },
		{ ".text", 0x3c00, 0x400, 0x2f5a400 },
	};
	_drop_pe_ struct pe_build b;
	struct pe_view v;
	struct error err;

	(void)state;
	pe_build_begin_pe32(&b, PE_MACHINE_X86_64, HEADERS);
	for (uint32_t i = 0; i < test_count(sections); i++) {
		pe_build_text(&b, sections[i].name, "");
		pe_build_section_set(&b, i, PE_S_RAW_OFFSET,
				     sections[i].offset);
		pe_build_section_set(&b, i, PE_S_VIRTUAL_ADDRESS,
				     sections[i].offset);
		pe_build_section_set(&b, i, PE_S_RAW_SIZE,
				     sections[i].raw_size);
		pe_build_section_set(&b, i, PE_S_VIRTUAL_SIZE,
				     sections[i].virtual_size);
	}
	pe_build_set(&b, PE_SIZE_OF_HEADERS, 0x200);
	pe_build_set(&b, PE_SECTION_ALIGNMENT, 0x20);
	pe_build_set(&b, PE_FILE_ALIGNMENT, 0x20);
	pe_build_set(&b, PE_SIZE_OF_IMAGE, 0x2f5e000);
	b.bytes = realloc(b.bytes, 0x4000);
	memset(b.bytes + b.len, 0, 0x4000 - b.len);
	b.len = 0x4000;
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
}

static void image_without_certificate_directory_has_none(void **state)
{
	_drop_pe_ struct pe_build b;
	struct pe_view v;
	struct error err;

	(void)state;
	build_good(&b);
	/* 4 directories: what would be the fifth is the section table now */
	pe_build_set(&b, PE_NUMBER_OF_RVA_AND_SIZES, 4);
	pe_build_set(&b, PE_SIZE_OF_OPTIONAL_HEADER, 112 + 4 * 8);
	memmove(b.bytes + 0x58 + 112 + 4 * 8, b.bytes + b.table_offset, 80);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	assert_int_equal(v.cert_entry, 0);
	assert_int_equal(v.cert_offset, 0);
	assert_int_equal(v.cert_size, 0);
	assert_string_equal(v.sections[1].name, ".data");
}

static void as_many_sections_as_promised(void **state)
{
	_drop_pe_ struct pe_build b;
	struct pe_view v;
	struct error err;

	(void)state;
	pe_build_begin(&b, PE_MACHINE_ARM64, 0x2000);
	for (unsigned i = 0; i < PE_SECTIONS_MAX; i++)
		pe_build_text(&b, ".x", "x");
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	assert_int_equal(v.section_count, PE_SECTIONS_MAX);
	pe_build_text(&b, ".x", "x");
	assert_refused(E_PE_TOO_MANY_SECTIONS, &err,
		       parse(pe_build_file(&b), &v, &err));
}

static void long_name_keeps_eight_bytes(void **state)
{
	_drop_pe_ struct pe_build b;
	struct pe_view v;
	struct error err;

	(void)state;
	pe_build_begin(&b, PE_MACHINE_ARM64, HEADERS);
	pe_build_text(&b, ".pcrpkey", "x");
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	assert_string_equal(v.sections[0].name, ".pcrpkey");
}

static void name_in_a_message_is_clean(void **state)
{
	_drop_pe_ struct pe_build b;
	struct pe_view v;
	struct error err;

	(void)state;
	build_good(&b);
	pe_build_rename(&b, 0, "\033[2J\n\x9b!");
	pe_build_section_set(&b, 0, PE_S_RAW_OFFSET, 0x5000);
	assert_refused(E_PE_SECTION_PAST_EOF, &err,
		       parse(pe_build_file(&b), &v, &err));
	for (const char *c = err.text; *c; c++)
		assert_in_range(*c, 0x20, 0x7e);
}

static void headers_may_be_the_whole_file(void **state)
{
	_drop_pe_ struct pe_build b;
	struct pe_view v;
	struct error err;

	(void)state;
	pe_build_begin(&b, PE_MACHINE_ARM64, HEADERS);
	pe_build_text(&b, ".bss", "");
	assert_int_equal(b.len, HEADERS);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	assert_int_equal(v.size_of_headers, v.file_size);
}

static void truncated_file_never_passes(void **state)
{
	_drop_pe_ struct pe_build b;
	struct error err;

	(void)state;
	build_good(&b);
	for (size_t len = 0; len < b.len; len++) {
		struct pe_view v;
		enum status s = parse(span_of(b.bytes, len), &v, &err);

		assert_int_not_equal(s, OK);
		assert_int_not_equal(s, E_PE_PREFIX);
	}
}

static void prefix_needs_the_section_table(void **state)
{
	_drop_pe_ struct pe_build b;
	struct error err;
	size_t table_end;

	(void)state;
	build_good(&b);
	table_end = pe_build_section_at(&b, 2, PE_S_NAME);
	for (size_t len = 0; len < b.len; len++) {
		_drop_copy_ struct span prefix =
			test_copy(span_of(b.bytes, len));
		struct pe_view v;

		if (len < table_end) {
			assert_refused(E_PE_PREFIX, &err,
				       pe_parse(prefix, b.len, &v, &err));
			continue;
		}
		assert_ok(&err, pe_parse(prefix, b.len, &v, &err));
		assert_int_equal(v.file_size, b.len);
		assert_int_equal(v.cert_size, 0x100);
	}
}

static void view_is_written_on_success_only(void **state)
{
	_drop_pe_ struct pe_build b;
	struct pe_view v, before;

	(void)state;
	memset(&v, 0xa5, sizeof(v));
	before = v;
	build_good(&b);
	pe_build_section_set(&b, 1, PE_S_RAW_SIZE, 0xffff);
	assert_status(E_PE_SECTION_PAST_EOF,
		      parse(pe_build_file(&b), &v, NULL));
	assert_memory_equal(&v, &before, sizeof(v));
}

static void foreign_files_are_no_candidates(void **state)
{
	struct pe_view v;
	struct error err;
	uint8_t elf[64] = "\177ELF";

	(void)state;
	assert_false(pe_is_candidate(span_of(NULL, 0)));
	assert_false(pe_is_candidate(span_of("M", 1)));
	assert_true(pe_is_candidate(span_of("MZ", 2)));
	assert_refused(E_PE_SHORT, &err, parse(span_of("MZ", 2), &v, &err));
	assert_refused(E_PE_DOS_MAGIC, &err,
		       parse(span_of(elf, sizeof(elf)), &v, &err));
}

static void machines_have_names(void **state)
{
	(void)state;
	assert_string_equal(pe_machine_name(0x8664), "x86_64");
	assert_string_equal(pe_machine_name(0xaa64), "aarch64");
	assert_string_equal(pe_machine_name(0x5064), "riscv64");
	assert_string_equal(pe_machine_name(0x6264), "loongarch64");
	assert_string_equal(pe_machine_name(0x014c), "i386");
	assert_string_equal(pe_machine_name(0x01c2), "arm");
	assert_string_equal(pe_machine_name(0x5032), "riscv32");
	assert_string_equal(pe_machine_name(0x6232), "loongarch32");
	assert_string_equal(pe_machine_name(0), "unknown");
	assert_string_not_equal(pe_machine_name(pe_machine_native()),
				"unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_file_gives_every_field),
		cmocka_unit_test(pe32_has_its_own_offsets),
		cmocka_unit_test(oddities_of_real_files_pass),
		cmocka_unit_test(old_bzimage_layout_passes),
		cmocka_unit_test(image_without_certificate_directory_has_none),
		cmocka_unit_test(as_many_sections_as_promised),
		cmocka_unit_test(long_name_keeps_eight_bytes),
		cmocka_unit_test(name_in_a_message_is_clean),
		cmocka_unit_test(headers_may_be_the_whole_file),
		cmocka_unit_test(truncated_file_never_passes),
		cmocka_unit_test(prefix_needs_the_section_table),
		cmocka_unit_test(view_is_written_on_success_only),
		cmocka_unit_test(foreign_files_are_no_candidates),
		cmocka_unit_test(machines_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
