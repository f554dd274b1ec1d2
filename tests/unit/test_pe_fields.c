/* PE headers: each field broken, and the last value that is good. */
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

static void each_broken_header_field_has_its_code(void **state)
{
	static const struct {
		enum pe_field field;
		uint32_t value;
		enum status want;
	} broken[] = {
		{ PE_LFANEW, 0, E_PE_HEADER_IN_DOS },
		{ PE_LFANEW, 0x3f, E_PE_HEADER_IN_DOS },
		{ PE_LFANEW, 0x41, E_PE_SIGNATURE },
		{ PE_LFANEW, 0xb00 - 23, E_PE_HEADER_PAST_EOF },
		{ PE_LFANEW, 0xffffffff, E_PE_HEADER_PAST_EOF },
		{ PE_SIGNATURE, 0x4551, E_PE_SIGNATURE },
		{ PE_SIGNATURE, 0x01004550, E_PE_SIGNATURE },
		{ PE_NUMBER_OF_SECTIONS, 0, E_PE_NO_SECTIONS },
		{ PE_NUMBER_OF_SECTIONS, PE_SECTIONS_MAX,
		  E_PE_SECTION_TABLE_PAST_EOF },
		{ PE_NUMBER_OF_SECTIONS, PE_SECTIONS_MAX + 1,
		  E_PE_TOO_MANY_SECTIONS },
		{ PE_NUMBER_OF_SECTIONS, 0xffff, E_PE_TOO_MANY_SECTIONS },
		{ PE_NUMBER_OF_SECTIONS, 20, E_PE_SECTION_TABLE_PAST_HEADERS },
		{ PE_SIZE_OF_OPTIONAL_HEADER, 0, E_PE_OPTIONAL_SHORT },
		{ PE_SIZE_OF_OPTIONAL_HEADER, 1, E_PE_OPTIONAL_SHORT },
		{ PE_SIZE_OF_OPTIONAL_HEADER, 111, E_PE_OPTIONAL_SHORT },
		{ PE_SIZE_OF_OPTIONAL_HEADER, 112, E_PE_OPTIONAL_SIZE },
		{ PE_SIZE_OF_OPTIONAL_HEADER, 239, E_PE_OPTIONAL_SIZE },
		{ PE_SIZE_OF_OPTIONAL_HEADER, 241, E_PE_OPTIONAL_SIZE },
		{ PE_SIZE_OF_OPTIONAL_HEADER, 0xffff, E_PE_OPTIONAL_PAST_EOF },
		{ PE_OPTIONAL_MAGIC, 0x107, E_PE_OPTIONAL_MAGIC },
		{ PE_OPTIONAL_MAGIC, 0, E_PE_OPTIONAL_MAGIC },
		{ PE_SECTION_ALIGNMENT, 0, E_PE_SECTION_ALIGNMENT },
		{ PE_SECTION_ALIGNMENT, 0x1001, E_PE_SECTION_ALIGNMENT },
		{ PE_FILE_ALIGNMENT, 0, E_PE_FILE_ALIGNMENT },
		{ PE_FILE_ALIGNMENT, 0x300, E_PE_FILE_ALIGNMENT },
		{ PE_NUMBER_OF_RVA_AND_SIZES, 15, E_PE_OPTIONAL_SIZE },
		{ PE_NUMBER_OF_RVA_AND_SIZES, 17, E_PE_DIRECTORIES },
		{ PE_NUMBER_OF_RVA_AND_SIZES, 0xffffffff, E_PE_DIRECTORIES },
		{ PE_SIZE_OF_HEADERS, 0xb01, E_PE_HEADERS_PAST_EOF },
		{ PE_SIZE_OF_HEADERS, 0xffffffff, E_PE_HEADERS_PAST_EOF },
		{ PE_SIZE_OF_HEADERS, 0, E_PE_SECTION_TABLE_PAST_HEADERS },
		{ PE_SIZE_OF_HEADERS, 0x401, E_PE_SECTION_IN_HEADERS },
		{ PE_SIZE_OF_HEADERS, 0xa01, E_PE_CERT_IN_HEADERS },
		{ PE_CERT_OFFSET, 0, E_PE_CERT_HALF },
		{ PE_CERT_SIZE, 0, E_PE_CERT_HALF },
		{ PE_CERT_OFFSET, 0x3ff, E_PE_CERT_IN_HEADERS },
		{ PE_CERT_OFFSET, 0x400, E_PE_SECTION_IN_CERT },
		{ PE_CERT_OFFSET, 0x9ff, E_PE_SECTION_IN_CERT },
		{ PE_CERT_OFFSET, 0xa01, E_PE_CERT_PAST_EOF },
		{ PE_CERT_OFFSET, 0xffffffff, E_PE_CERT_PAST_EOF },
		{ PE_CERT_SIZE, 0x101, E_PE_CERT_PAST_EOF },
		{ PE_CERT_SIZE, 0xffffffff, E_PE_CERT_PAST_EOF },
		{ PE_SIZE_OF_IMAGE, 0x21ff, E_PE_SECTION_PAST_IMAGE },
		{ PE_SIZE_OF_IMAGE, 0, E_PE_SECTION_PAST_IMAGE },
	};

	(void)state;
	for (size_t i = 0; i < test_count(broken); i++) {
		_drop_pe_ struct pe_build b;
		struct pe_view v;
		struct error err;

		build_good(&b);
		pe_build_set(&b, broken[i].field, broken[i].value);
		print_message("field %d = 0x%x\n", (int)broken[i].field,
			      broken[i].value);
		assert_refused(broken[i].want, &err,
			       parse(pe_build_file(&b), &v, &err));
	}
}

static void each_broken_section_field_has_its_code(void **state)
{
	static const struct {
		uint32_t index;
		enum pe_section_field field;
		uint32_t value;
		enum status want;
	} broken[] = {
		{ 0, PE_S_RAW_OFFSET, 0, E_PE_SECTION_IN_HEADERS },
		{ 0, PE_S_RAW_OFFSET, 0x3ff, E_PE_SECTION_IN_HEADERS },
		{ 0, PE_S_RAW_OFFSET, 0xb00, E_PE_SECTION_PAST_EOF },
		{ 0, PE_S_RAW_OFFSET, 0x701, E_PE_SECTION_PAST_EOF },
		{ 0, PE_S_RAW_OFFSET, 0xffffffff, E_PE_SECTION_PAST_EOF },
		{ 0, PE_S_RAW_SIZE, 0x701, E_PE_SECTION_PAST_EOF },
		{ 0, PE_S_RAW_SIZE, 0xffffffff, E_PE_SECTION_PAST_EOF },
		{ 0, PE_S_RAW_SIZE, 0x601, E_PE_SECTION_IN_CERT },
		{ 1, PE_S_RAW_SIZE, 0x201, E_PE_SECTION_IN_CERT },
		{ 0, PE_S_RAW_SIZE, 0x401, E_PE_RAW_OVERLAP },
		{ 1, PE_S_RAW_OFFSET, 0x7ff, E_PE_RAW_OVERLAP },
		{ 1, PE_S_RAW_OFFSET, 0x400, E_PE_RAW_OVERLAP },
		{ 0, PE_S_VIRTUAL_ADDRESS, 0, E_PE_SECTION_OVER_HEADERS },
		{ 0, PE_S_VIRTUAL_ADDRESS, 0x3ff, E_PE_SECTION_OVER_HEADERS },
		{ 0, PE_S_VIRTUAL_ADDRESS, 0xffffff00,
		  E_PE_SECTION_PAST_IMAGE },
		{ 0, PE_S_VIRTUAL_SIZE, 0x2001, E_PE_SECTION_PAST_IMAGE },
		{ 0, PE_S_VIRTUAL_SIZE, 0xffffffff, E_PE_SECTION_PAST_IMAGE },
		{ 0, PE_S_VIRTUAL_SIZE, 0x1001, E_PE_VIRTUAL_OVERLAP },
		{ 0, PE_S_VIRTUAL_ADDRESS, 0x2100, E_PE_VIRTUAL_OVERLAP },
		{ 1, PE_S_VIRTUAL_ADDRESS, 0x12ff, E_PE_VIRTUAL_OVERLAP },
		{ 1, PE_S_VIRTUAL_ADDRESS, 0x1000, E_PE_VIRTUAL_OVERLAP },
	};

	(void)state;
	for (size_t i = 0; i < test_count(broken); i++) {
		_drop_pe_ struct pe_build b;
		struct pe_view v;
		struct error err;

		build_good(&b);
		pe_build_section_set(&b, broken[i].index, broken[i].field,
				     broken[i].value);
		print_message("section %u, +%d = 0x%x\n", broken[i].index,
			      (int)broken[i].field, broken[i].value);
		assert_refused(broken[i].want, &err,
			       parse(pe_build_file(&b), &v, &err));
	}
}

/* The last value before each of the refusals above. */
static void values_at_their_limits_pass(void **state)
{
	static const struct {
		int index; /* of the section, -1 for the headers */
		unsigned field;
		uint32_t value;
	} good[] = {
		{ -1, PE_SIZE_OF_IMAGE, 0x2200 },
		{ -1, PE_SIZE_OF_HEADERS, 0x148 + 2 * 40 },
		{ -1, PE_CERT_SIZE, 0xff },
		{ -1, PE_SECTION_ALIGNMENT, 1 },
		{ -1, PE_FILE_ALIGNMENT, 0x80000000 },
		{ -1, PE_ADDRESS_OF_ENTRY_POINT, 0xffffffff },
		{ -1, PE_MACHINE, 0 },
		{ 1, PE_S_VIRTUAL_SIZE, 0x1000 },
		{ 0, PE_S_VIRTUAL_SIZE, 0x1000 },
		{ 0, PE_S_VIRTUAL_ADDRESS, 0x400 },
		{ 0, PE_S_VIRTUAL_ADDRESS, 0x1d00 },
		{ 1, PE_S_VIRTUAL_ADDRESS, 0x1300 },
		{ 1, PE_S_RAW_SIZE, 1 },
		{ 1, PE_S_CHARACTERISTICS, 0 },
	};

	(void)state;
	for (size_t i = 0; i < test_count(good); i++) {
		_drop_pe_ struct pe_build b;
		struct pe_view v;
		struct error err;

		build_good(&b);
		if (good[i].index < 0)
			pe_build_set(&b, (enum pe_field)good[i].field,
				     good[i].value);
		else
			pe_build_section_set(
				&b, (uint32_t)good[i].index,
				(enum pe_section_field)good[i].field,
				good[i].value);
		print_message("%d: field %u = 0x%x\n", good[i].index,
			      good[i].field, good[i].value);
		assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	}
}

static void sections_may_touch_on_either_side(void **state)
{
	_drop_pe_ struct pe_build b;
	struct pe_view v;
	struct error err;

	(void)state;
	build_good(&b);
	/* .data before .text, in the file and in memory, without a gap */
	pe_build_section_set(&b, 0, PE_S_RAW_OFFSET, 0x600);
	pe_build_section_set(&b, 1, PE_S_RAW_OFFSET, 0x400);
	pe_build_section_set(&b, 0, PE_S_VIRTUAL_ADDRESS, 0x1200);
	pe_build_section_set(&b, 1, PE_S_VIRTUAL_ADDRESS, 0x1000);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	pe_build_section_set(&b, 1, PE_S_VIRTUAL_ADDRESS, 0x1001);
	assert_refused(E_PE_VIRTUAL_OVERLAP, &err,
		       parse(pe_build_file(&b), &v, &err));
	pe_build_section_set(&b, 1, PE_S_VIRTUAL_ADDRESS, 0x1000);
	pe_build_section_set(&b, 1, PE_S_RAW_OFFSET, 0x401);
	assert_refused(E_PE_RAW_OVERLAP, &err,
		       parse(pe_build_file(&b), &v, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_broken_header_field_has_its_code),
		cmocka_unit_test(each_broken_section_field_has_its_code),
		cmocka_unit_test(values_at_their_limits_pass),
		cmocka_unit_test(sections_may_touch_on_either_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
