/* What an x86_64 kernel is started with, read back as the kernel reads it:
 * boot parameters and the setup_data list. */
#include "kexec_x86_bench.h"

#include <libfdt.h>

/* --- boot parameters -------------------------------------------------------
 */

static void copies_the_header_to_its_end(void **state)
{
	struct bench b _drop_bench_ = make_bench();
	uint32_t end = b.kernel.view.setup_header_end;
	struct span got;

	(void)state;
	plan_ok(&b);
	got = params(&b);
	for (uint32_t i = 0x1f1; i < end; i++) {
		bool is_ours =
			i == 0x210 || i == 0x211 || (i >= 0x218 && i < 0x220) ||
			(i >= 0x228 && i < 0x22c) ||
			(i >= 0x23c && i < 0x240) || (i >= 0x250 && i < 0x258);

		if (!is_ours)
			assert_int_equal(got.ptr[i], b.image.ptr[i]);
	}
	for (uint32_t i = end; i < 0x290; i++)
		assert_int_equal(got.ptr[i], 0);
	assert_int_equal(got.ptr[0x210], 0xff);
	assert_int_equal(got.ptr[0x211], 0x01);
	assert_memory_equal(got.ptr + 0x202, "HdrS", 4);
}

/* A header of 255 bytes and more would run into what follows it. */
static void keeps_a_long_header_out_of_the_rest(void **state)
{
	struct bench b _drop_bench_ = make_bench();

	(void)state;
	b.kernel.view.setup_header_end = 0x301;
	plan_ok(&b);
	assert_memory_equal(params(&b).ptr + 0x290,
			    b.platform.boot_params + 0x290, 0x40);
	assert_int_equal(span_le64(params(&b), 0x2d0 + 8), 0x9fc00);
}

static void carries_what_the_next_kernel_cannot_find(void **state)
{
	static const struct {
		unsigned from, to;
	} carried[] = {
		{ 0x000, 0x040 }, { 0x140, 0x1c0 }, { 0x1e9, 0x1eb },
		{ 0x1ec, 0x1ed }, { 0x23c, 0x240 }, { 0x290, 0x2d0 },
		{ 0xd00, 0xeec },
	};
	static const struct {
		unsigned from, to;
	} zero[] = {
		{ 0x040, 0x070 }, { 0x078, 0x0c0 },  { 0x0cc, 0x140 },
		{ 0x1c0, 0x1e8 }, { 0x1eb, 0x1ec },  { 0x1ed, 0x1f1 },
		{ 0xcd0, 0xd00 }, { 0xeec, 0x1000 },
	};
	struct bench b _drop_bench_ = make_bench();
	struct span got;

	(void)state;
	plan_ok(&b);
	got = params(&b);
	for (size_t i = 0; i < test_count(carried); i++)
		assert_memory_equal(got.ptr + carried[i].from,
				    b.platform.boot_params + carried[i].from,
				    carried[i].to - carried[i].from);
	for (size_t i = 0; i < test_count(zero); i++) {
		for (unsigned j = zero[i].from; j < zero[i].to; j++)
			assert_int_equal(got.ptr[j], 0);
	}
	assert_int_equal(span_le64(got, 0x070), 0xf59e0);
}

static void points_to_command_line_and_initrd(void **state)
{
	struct bench b _drop_bench_ = make_bench();
	struct span line;
	size_t len;

	(void)state;
	plan_ok(&b);
	len = b.kernel.cmdline.len;
	line = at(&b, halves(params(&b), 0x228, 0x0c8), len + 1);
	assert_memory_equal(line.ptr, "console=ttyS0 quiet", len + 1);
	assert_int_equal(halves(params(&b), 0x218, 0x0c0),
			 find(&b, "initrd")->mem);
	/* And above 4 GiB, where it takes both halves. */
	b.platform.ram.at[1].end = 100 * MIB;
	plan_ok(&b);
	b.platform.ram.at[1].end = 1 * GIB;
	assert_true(find(&b, "initrd")->mem > 4 * GIB);
	assert_int_equal(halves(params(&b), 0x218, 0x0c0),
			 find(&b, "initrd")->mem);
	assert_int_equal(halves(params(&b), 0x21c, 0x0c4), sizeof(initrd));
}

static void assert_e820(struct span entry, const struct platform_range *want)
{
	assert_int_equal(span_le64(entry, 0), want->start);
	assert_int_equal(span_le64(entry, 8), want->end - want->start);
	assert_int_equal(span_le32(entry, 16), want->type);
}

static void hands_on_the_firmwares_map(void **state)
{
	struct bench b _drop_bench_ = make_bench();

	(void)state;
	plan_ok(&b);
	assert_int_equal(params(&b).ptr[0x1e8], 6);
	for (size_t i = 0; i < 6; i++)
		assert_e820(span_slice(params(&b), 0x2d0 + i * 20, 20),
			    &firmware[i]);
	assert_int_equal(setup_data(&b, 1).len, 0);
}

static void hands_on_a_map_of_any_length(void **state)
{
	static const size_t counts[] = { 127, 128, 129, 300 };

	(void)state;
	for (size_t i = 6; i < 300; i++)
		firmware[i] = (struct platform_range){
			8 * GIB + i * 0x10000,
			8 * GIB + i * 0x10000 + i,
			PLATFORM_RESERVED,
		};
	for (size_t c = 0; c < test_count(counts); c++) {
		struct bench b _drop_bench_ = make_bench();
		size_t in_page = counts[c] < 128 ? counts[c] : 128;
		struct span more;

		b.platform.firmware.count = counts[c];
		plan_ok(&b);
		assert_int_equal(params(&b).ptr[0x1e8], in_page);
		assert_e820(
			span_slice(params(&b), 0x2d0 + (in_page - 1) * 20, 20),
			&firmware[in_page - 1]);
		more = setup_data(&b, 1);
		assert_int_equal(more.len, (counts[c] - in_page) * 20);
		for (size_t i = in_page; i < counts[c]; i++)
			assert_e820(span_slice(more, (i - in_page) * 20, 20),
				    &firmware[i]);
		/* The rest of the list is there, too. */
		assert_int_equal(setup_data(&b, 9).len, 32);
	}
}

static void hands_on_a_seed_only_if_there_is_one(void **state)
{
	struct bench b _drop_bench_ = make_bench();

	(void)state;
	plan_ok(&b);
	assert_span_equal(setup_data(&b, 9), span_of(b.seeds.rng, 32));
	b.seeds.has_seeds = false;
	plan_ok(&b);
	assert_int_equal(setup_data(&b, 9).len, 0);
	assert_int_equal(span_le64(params(&b), 0x250), 0);
}

static void hands_on_the_images_device_tree(void **state)
{
	struct bench b _drop_bench_ = make_bench();
	struct span tree _drop_copy_ = test_copy(span_of(initrd, 1024));
	struct error err;

	(void)state;
	assert_int_equal(fdt_create_empty_tree(test_bytes(tree), 1024), 0);
	b.kernel.dtb.bytes = tree;
	plan_ok(&b);
	assert_span_equal(setup_data(&b, 2), tree);
	assert_int_equal(setup_data(&b, 9).len, 32);
	test_bytes(tree)[0] ^= 1;
	assert_refused(E_FDT_MAGIC, &err, plan(&b, &err));
	b.kernel.dtb.bytes.len = 0;
	plan_ok(&b);
	assert_null(setup_data(&b, 2).ptr);
}

/* --- EFI -------------------------------------------------------------------
 */

static struct platform_efi_region regions[] = {
	{ 5, 0x3f4ec000, 0xfffffffeff6ec000, 0x80, 0x800000000000000f },
	{ 6, 0x3fef4000, 0xfffffffeffe4e000, 0x1, 0x800000000000000f },
};

static void make_efi(struct bench *b)
{
	uint8_t *info = b->platform.boot_params + 0x1c0;

	memcpy(info, "EL64", 4);
	store_le32(info + 4, 0x3f5eb018);  /* system table */
	store_le32(info + 8, 48);	   /* size of a descriptor */
	store_le32(info + 12, 1);	   /* version */
	store_le32(info + 16, 0x12345678); /* the old map */
	store_le32(info + 20, 0x1500);
	store_le32(info + 24, 0x5); /* upper halves */
	store_le32(info + 28, 0x6);
	b->platform.efi = (struct platform_efi){
		.is_64bit = true,
		.fw_vendor = 0x3f52aa18,
		.config_table = 0x3f5ebc98,
		.smbios = 0x3f520000,
		.regions = regions,
		.region_count = test_count(regions),
	};
}

static void hands_on_the_runtime_services(void **state)
{
	struct bench b _drop_bench_ = make_bench();
	struct span info, map, tables;

	(void)state;
	make_efi(&b);
	plan_ok(&b);
	info = span_slice(params(&b), 0x1c0, 32);
	assert_memory_equal(info.ptr, "EL64", 4);
	assert_int_equal(halves(info, 4, 24), 0x53f5eb018);
	assert_int_equal(span_le32(info, 8), 40);
	assert_int_equal(span_le32(info, 12), 1);
	assert_int_equal(span_le32(info, 20), 80);
	map = at(&b, halves(info, 16, 28), 80);
	for (size_t i = 0; i < test_count(regions); i++) {
		assert_int_equal(span_le32(map, i * 40), regions[i].type);
		assert_int_equal(span_le32(map, i * 40 + 4), 0);
		assert_int_equal(span_le64(map, i * 40 + 8),
				 regions[i].phys_addr);
		assert_int_equal(span_le64(map, i * 40 + 16),
				 regions[i].virt_addr);
		assert_int_equal(span_le64(map, i * 40 + 24),
				 regions[i].num_pages);
		assert_int_equal(span_le64(map, i * 40 + 32),
				 regions[i].attribute);
	}
	tables = setup_data(&b, 4);
	assert_int_equal(tables.len, 96);
	assert_int_equal(span_le64(tables, 0), 0x3f52aa18);
	assert_int_equal(span_le64(tables, 8), 0);
	assert_int_equal(span_le64(tables, 16), 0x3f5ebc98);
	assert_int_equal(span_le64(tables, 24), 0x3f520000);
	for (unsigned i = 32; i < 96; i++)
		assert_int_equal(tables.ptr[i], 0);
	assert_int_equal(setup_data(&b, 9).len, 32);
}

/* The NUL of a line that fills its place is not what comes next. */
static void ends_every_command_line(void **state)
{
	(void)state;
	for (unsigned len = 1; len < 70; len++) {
		struct bench b _drop_bench_ = make_bench();
		struct span line;

		make_efi(&b);
		memset(b.kernel.cmdline.text, 'c', len);
		b.kernel.cmdline.text[len] = '\0';
		b.kernel.cmdline.len = len;
		plan_ok(&b);
		line = at(&b, halves(params(&b), 0x228, 0x0c8), len + 1);
		assert_memory_equal(line.ptr, b.kernel.cmdline.text, len + 1);
	}
}

/* With EFI in the parameters but no SETUP_EFI the kernel would tell the
 * firmware its virtual addresses a second time, which kills the machine. */
static void hands_on_all_of_efi_or_nothing(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct bench b _drop_bench_ = make_bench();

		make_efi(&b);
		if (i == 0)
			b.kernel.view.xloadflags &= (uint16_t) ~(1U << 4);
		else if (i == 1)
			b.platform.efi.region_count = 0;
		else if (i == 2)
			b.platform.efi.is_64bit = false;
		else
			b.platform.efi.config_table = 0;
		plan_ok(&b);
		for (unsigned j = 0x1c0; j < 0x1e0; j++)
			assert_int_equal(params(&b).ptr[j], 0);
		assert_int_equal(setup_data(&b, 4).len, 0);
		assert_int_equal(span_le64(params(&b), 0x070), 0xf59e0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_the_header_to_its_end),
		cmocka_unit_test(keeps_a_long_header_out_of_the_rest),
		cmocka_unit_test(carries_what_the_next_kernel_cannot_find),
		cmocka_unit_test(points_to_command_line_and_initrd),
		cmocka_unit_test(hands_on_the_firmwares_map),
		cmocka_unit_test(hands_on_a_map_of_any_length),
		cmocka_unit_test(hands_on_a_seed_only_if_there_is_one),
		cmocka_unit_test(hands_on_the_images_device_tree),
		cmocka_unit_test(hands_on_the_runtime_services),
		cmocka_unit_test(ends_every_command_line),
		cmocka_unit_test(hands_on_all_of_efi_or_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
