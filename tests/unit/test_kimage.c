/* What bare kernels say of themselves: every field broken, every cut. */
#include "test.h"
#include "image_build.h"

#include "format/kimage.h"

#define VERSION_AT 0xe00 /* kernel_version of bzimage_build() */

static enum status parse(struct span file, struct kimage_view *view,
			 struct error *err)
{
	struct span copy = test_copy(file);
	enum status s = kimage_parse(copy, view, err);

	test_drop(&copy);
	return s;
}

static void bzimage_gives_every_field(void **state)
{
	_drop_pe_ struct pe_build b;
	struct kimage_view v;
	struct error err;

	(void)state;
	bzimage_build(&b);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	assert_int_equal(v.kind, KIMAGE_BZIMAGE);
	assert_int_equal(v.machine, PE_MACHINE_X86_64);
	assert_int_equal(v.file_len, 0x1800);
	assert_int_equal(v.image_size, 0x3000000);
	assert_int_equal(v.boot_version, 0x020f);
	assert_int_equal(v.setup_sects, 8);
	assert_int_equal(v.xloadflags, 0x7f);
	assert_int_equal(v.cmdline_size, 2047);
	assert_int_equal(v.initrd_addr_max, 0x7fffffff);
	assert_int_equal(v.kernel_alignment, 0x200000);
	assert_true(v.relocatable);
	assert_int_equal(v.pref_address, 0x1000000);
	assert_int_equal(v.init_size, 0x3000000);
	assert_int_equal(v.setup_header_end, 0x26c);
	assert_int_equal(v.protected_offset, BZIMAGE_BUILD_PROTECTED);
	assert_int_equal(v.protected_len, BZIMAGE_BUILD_CODE_LEN);
	assert_string_equal(v.version, BZIMAGE_BUILD_VERSION);
	assert_string_equal(kimage_kind_name(v.kind), "bzImage");
}

static void signed_kernel_is_cut_behind_its_table(void **state)
{
	_drop_pe_ struct pe_build b;
	struct kimage_view v;
	struct error err;

	(void)state;
	bzimage_build(&b);
	assert_int_equal(pe_build_sign(&b, 0x5c0), 0x1800);
	pe_build_append(&b, span_of_text("zeroes of a UKI's alignment"));
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	assert_int_equal(v.file_len, 0x1dc0);
	assert_int_equal(v.data_len, 0x1800);
	assert_int_equal(v.protected_len, BZIMAGE_BUILD_CODE_LEN);
}

static void each_broken_setup_field_has_its_code(void **state)
{
	static const struct {
		uint32_t at;
		uint8_t width;
		uint32_t value;
		enum status want;
	} broken[] = {
		{ 0x202, 4, 0, E_KIMAGE_UNKNOWN },
		{ 0x1fe, 2, 0xaa56, E_KIMAGE_BOOT_FLAG },
		{ 0x206, 2, 0x020b, E_KIMAGE_OLD },
		{ 0x206, 2, 0, E_KIMAGE_OLD },
		{ 0x200, 1, 0xe9, E_KIMAGE_JUMP },
		{ 0x201, 1, 0x65, E_KIMAGE_HEADER_END },
		{ 0x201, 1, 0, E_KIMAGE_HEADER_END },
		{ 0x201, 1, 0x8f, E_KIMAGE_HEADER_END },
		{ 0x201, 1, 0xff, E_KIMAGE_HEADER_END },
		{ 0x211, 1, 0xfe, E_KIMAGE_LOW },
		{ 0x236, 2, 0xfffe, E_KIMAGE_NO_64BIT },
		/* 11 + 1 sectors are 0x1800, the whole file */
		{ 0x1f1, 1, 11, E_KIMAGE_SETUP_PAST_EOF },
		{ 0x1f1, 1, 255, E_KIMAGE_SETUP_PAST_EOF },
		{ 0x1f4, 4, 0x61, E_KIMAGE_CODE_PAST_EOF },
		{ 0x1f4, 4, 0xffffffff, E_KIMAGE_CODE_PAST_EOF },
		{ 0x248, 4, 0x102, E_KIMAGE_PAYLOAD_PAST_EOF },
		{ 0x24c, 4, 0x501, E_KIMAGE_PAYLOAD_PAST_EOF },
		{ 0x24c, 4, 0xffffffff, E_KIMAGE_PAYLOAD_PAST_EOF },
		{ 0x230, 4, 0, E_KIMAGE_ALIGNMENT },
		{ 0x230, 4, 0x200001, E_KIMAGE_ALIGNMENT },
		{ 0x260, 4, 0, E_KIMAGE_INIT_SIZE },
		{ 0x260, 4, 0x5ff, E_KIMAGE_INIT_SIZE_SMALL },
		{ 0x3c, 4, 0xffffff, E_PE_HEADER_PAST_EOF },
	};
	static const struct {
		uint32_t at;
		uint8_t width;
		uint32_t value;
	} good[] = {
		{ 0x206, 2, 0x020c }, { 0x201, 1, 0x66 },  { 0x201, 1, 0x8e },
		{ 0x1f1, 1, 10 },     { 0x1f4, 4, 0x60 },  { 0x24c, 4, 0x500 },
		{ 0x230, 4, 1 },      { 0x260, 4, 0x600 }, { 0x236, 2, 1 },
	};

	(void)state;
	for (size_t i = 0; i < test_count(broken) + test_count(good); i++) {
		size_t g = i - test_count(broken);
		bool is_good = i >= test_count(broken);
		uint32_t at = is_good ? good[g].at : broken[i].at;
		uint32_t value = is_good ? good[g].value : broken[i].value;
		uint8_t width = is_good ? good[g].width : broken[i].width;
		_drop_pe_ struct pe_build b;
		struct kimage_view v;
		struct error err;

		print_message("0x%x = 0x%x\n", at, value);
		bzimage_build(&b);
		for (uint8_t byte = 0; byte < width; byte++)
			b.bytes[at + byte] = (uint8_t)(value >> (8 * byte));
		if (is_good && at == 0x1f1) {
			/* one more sector of setup is one less of code */
			store_le32(b.bytes + 0x1f4, 0x20);
			store_le32(b.bytes + 0x24c, 0x100);
		}
		if (is_good)
			assert_ok(&err, parse(pe_build_file(&b), &v, &err));
		else
			assert_refused(broken[i].want, &err,
				       parse(pe_build_file(&b), &v, &err));
	}
}

static void last_paragraph_of_code_may_be_a_part(void **state)
{
	_drop_pe_ struct pe_build b;
	struct kimage_view v;
	struct error err;

	(void)state;
	bzimage_build(&b);
	b.bytes[0] = 0xea; /* no EFI stub, so no PE header */
	store_le32(b.bytes + 0x24c, 0);
	assert_ok(&err, parse(span_of(b.bytes, b.len - 15), &v, &err));
	assert_int_equal(v.protected_len, BZIMAGE_BUILD_CODE_LEN - 15);
	assert_int_equal(v.file_len, b.len - 15);
	assert_refused(E_KIMAGE_CODE_PAST_EOF, &err,
		       parse(span_of(b.bytes, b.len - 16), &v, &err));
}

static void unset_setup_sects_means_four(void **state)
{
	_drop_pe_ struct pe_build b;
	struct kimage_view v;
	struct error err;

	(void)state;
	bzimage_build(&b);
	b.bytes[0x1f1] = 0;
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	assert_int_equal(v.setup_sects, 4);
	assert_int_equal(v.protected_offset, 5 * 512);
}

static void version_is_for_people(void **state)
{
	_drop_pe_ struct pe_build b;
	struct kimage_view v;
	struct error err;

	(void)state;
	bzimage_build(&b);
	memcpy(b.bytes + 0x1000, "6.1\033[2J\n", 8);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	assert_memory_equal(v.version, "6.1?[2J?", 8);
	/* behind the setup code, in it without an end, at all ones, none */
	store_le16(b.bytes + 0x20e, 8 * 512);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	assert_string_equal(v.version, "");
	store_le16(b.bytes + 0x20e, 8 * 512 - 1);
	b.bytes[0x200 + 8 * 512 - 1] = 'x';
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	assert_string_equal(v.version, "x");
	store_le16(b.bytes + 0x20e, 0xffff);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	assert_string_equal(v.version, "");
	store_le16(b.bytes + 0x20e, 0);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	assert_string_equal(v.version, "");
	/* longer than there is room for */
	store_le16(b.bytes + 0x20e, VERSION_AT);
	memset(b.bytes + 0x200 + VERSION_AT, 'v', 200);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	assert_int_equal(strlen(v.version), KIMAGE_VERSION_MAX - 1);
}

static void images_give_every_field(void **state)
{
	static const struct {
		uint16_t machine;
		enum kimage_kind kind;
		const char *name;
	} kinds[] = {
		{ PE_MACHINE_ARM64, KIMAGE_ARM64, "arm64 Image" },
		{ PE_MACHINE_RISCV64, KIMAGE_RISCV, "riscv Image" },
		{ PE_MACHINE_LOONGARCH64, KIMAGE_LOONGARCH, "loongarch Image" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(kinds); i++) {
		_drop_pe_ struct pe_build b;
		struct kimage_view v;
		struct error err;

		image_build(&b, kinds[i].machine);
		assert_ok(&err, parse(pe_build_file(&b), &v, &err));
		assert_int_equal(v.kind, kinds[i].kind);
		assert_string_equal(kimage_kind_name(v.kind), kinds[i].name);
		assert_int_equal(v.machine, kinds[i].machine);
		assert_int_equal(v.file_len, 0x1200);
		assert_int_equal(v.data_len, 0x1200);
		assert_int_equal(v.image_size, IMAGE_BUILD_SIZE);
		if (v.kind == KIMAGE_LOONGARCH) {
			assert_int_equal(v.entry, 0x80000);
			assert_int_equal(v.text_offset, 0x0a);
		} else {
			assert_int_equal(v.text_offset, 0x80000);
			assert_int_equal(v.flags, 0x0a);
		}
	}
}

static void broken_images_have_their_codes(void **state)
{
	static const uint16_t machines[] = { PE_MACHINE_ARM64,
					     PE_MACHINE_RISCV64,
					     PE_MACHINE_LOONGARCH64 };

	(void)state;
	for (size_t i = 0; i < test_count(machines); i++) {
		_drop_pe_ struct pe_build b;
		struct kimage_view v;
		struct error err;

		image_build(&b, machines[i]);
		store_le64(b.bytes + 16, 0);
		assert_refused(E_KIMAGE_NO_IMAGE_SIZE, &err,
			       parse(pe_build_file(&b), &v, &err));
		store_le64(b.bytes + 16, 0x11ff);
		assert_refused(E_KIMAGE_IMAGE_SIZE_SMALL, &err,
			       parse(pe_build_file(&b), &v, &err));
		store_le64(b.bytes + 16, 0x1200);
		assert_ok(&err, parse(pe_build_file(&b), &v, &err));
		store_le64(b.bytes + 16, UINT64_MAX);
		assert_ok(&err, parse(pe_build_file(&b), &v, &err));
		if (machines[i] != PE_MACHINE_LOONGARCH64) {
			store_le64(b.bytes + 24, 0x0b);
			assert_refused(E_KIMAGE_BIG_ENDIAN, &err,
				       parse(pe_build_file(&b), &v, &err));
			store_le64(b.bytes + 24, 0x0a);
		}
		pe_build_set(&b, PE_NUMBER_OF_SECTIONS, 0);
		assert_refused(E_PE_NO_SECTIONS, &err,
			       parse(pe_build_file(&b), &v, &err));
		pe_build_set(&b, PE_NUMBER_OF_SECTIONS, 1);
		pe_build_set(&b, PE_MACHINE, PE_MACHINE_X86_64);
		assert_refused(machines[i] == PE_MACHINE_LOONGARCH64
				       ? E_KIMAGE_UNKNOWN
				       : E_KIMAGE_MACHINE,
			       &err, parse(pe_build_file(&b), &v, &err));
	}
}

/* Linux 6.4 and later compress a kernel padded to image_size: the table of a
 * signed one lies before the padding, and the file has to end behind it. */
static void padding_behind_a_signature_is_cut(void **state)
{
	static const uint8_t zeroes[0x4000];
	_drop_pe_ struct pe_build b;
	struct kimage_view v;
	struct error err;

	(void)state;
	image_build(&b, PE_MACHINE_ARM64);
	assert_int_equal(pe_build_sign(&b, 0x5c0), 0x1200);
	pe_build_append(&b, span_of(zeroes, IMAGE_BUILD_SIZE - 0x17c0));
	assert_int_equal(b.len, IMAGE_BUILD_SIZE);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	assert_int_equal(v.file_len, 0x17c0);
	assert_int_equal(v.data_len, 0x1200);
	/* a table that ends behind image_size is no part of the image */
	store_le64(b.bytes + 16, 0x1200);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	store_le64(b.bytes + 16, 0x11ff);
	assert_refused(E_KIMAGE_IMAGE_SIZE_SMALL, &err,
		       parse(pe_build_file(&b), &v, &err));
}

static void image_without_efi_stub_has_no_pe_header(void **state)
{
	_drop_pe_ struct pe_build b;
	struct kimage_view v;
	struct error err;

	(void)state;
	image_build(&b, PE_MACHINE_ARM64);
	b.bytes[0] = 0x1f;
	b.bytes[1] = 0x20;
	store_le32(b.bytes + 60, 0);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
	assert_int_equal(v.file_len, 0x1200);
	/* the smallest is a header */
	assert_ok(&err, parse(span_of(b.bytes, 64), &v, &err));
	assert_refused(E_KIMAGE_UNKNOWN, &err,
		       parse(span_of(b.bytes, 63), &v, &err));
	pe_build_drop(&b);
	image_build(&b, PE_MACHINE_RISCV64);
	memset(b.bytes + 56, 0, 4);
	assert_refused(E_KIMAGE_UNKNOWN, &err,
		       parse(pe_build_file(&b), &v, &err));
	/* the older of riscv's two magics */
	memcpy(b.bytes + 48, "RISCV\0\0\0", 8);
	assert_ok(&err, parse(pe_build_file(&b), &v, &err));
}

static void zboot_is_no_kernel(void **state)
{
	static const uint16_t machines[] = { PE_MACHINE_ARM64,
					     PE_MACHINE_RISCV64,
					     PE_MACHINE_LOONGARCH64 };

	(void)state;
	for (size_t i = 0; i < test_count(machines); i++) {
		_drop_pe_ struct pe_build b;
		struct kimage_view v;
		struct error err;

		zboot_build(&b, machines[i], "zstd", span_of_text("payload"),
			    0x10000);
		assert_int_equal(kimage_identify(pe_build_file(&b)),
				 KIMAGE_NONE);
		assert_refused(E_KIMAGE_UNKNOWN, &err,
			       parse(pe_build_file(&b), &v, &err));
	}
	assert_string_equal(kimage_kind_name(KIMAGE_NONE), "no kernel");
}

static void truncated_kernel_never_passes(void **state)
{
	static const uint16_t machines[] = { 0, PE_MACHINE_ARM64,
					     PE_MACHINE_RISCV64,
					     PE_MACHINE_LOONGARCH64 };

	(void)state;
	for (size_t i = 0; i < test_count(machines); i++) {
		_drop_pe_ struct pe_build b;
		struct kimage_view v;
		struct error err;

		if (machines[i])
			image_build(&b, machines[i]);
		else
			bzimage_build(&b);
		for (size_t len = 0; len < b.len; len++) {
			enum status s = parse(span_of(b.bytes, len), &v, &err);

			assert_int_not_equal(s, OK);
			if (!machines[i] && len >= 0x206)
				assert_int_equal(s == E_KIMAGE_SHORT,
						 len < 0x268);
		}
	}
}

static void view_is_written_on_success_only(void **state)
{
	_drop_pe_ struct pe_build b;
	struct kimage_view v, before;

	(void)state;
	memset(&v, 0xa5, sizeof(v));
	before = v;
	bzimage_build(&b);
	store_le32(b.bytes + 0x260, 0);
	assert_status(E_KIMAGE_INIT_SIZE, parse(pe_build_file(&b), &v, NULL));
	assert_memory_equal(&v, &before, sizeof(v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bzimage_gives_every_field),
		cmocka_unit_test(signed_kernel_is_cut_behind_its_table),
		cmocka_unit_test(each_broken_setup_field_has_its_code),
		cmocka_unit_test(last_paragraph_of_code_may_be_a_part),
		cmocka_unit_test(unset_setup_sects_means_four),
		cmocka_unit_test(version_is_for_people),
		cmocka_unit_test(images_give_every_field),
		cmocka_unit_test(broken_images_have_their_codes),
		cmocka_unit_test(padding_behind_a_signature_is_cut),
		cmocka_unit_test(image_without_efi_stub_has_no_pe_header),
		cmocka_unit_test(zboot_is_no_kernel),
		cmocka_unit_test(truncated_kernel_never_passes),
		cmocka_unit_test(view_is_written_on_success_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
