/* Where the pieces of an arm64 kernel go, what its device tree says, and that
 * the trampoline points to both. */
#include "format/pe.h"
#include "image_build.h"
#include "kexec_arm64.h"
#include "test.h"

#include <libfdt.h>
#include <stdio.h>

#define KIB 0x400ULL
#define MIB 0x100000ULL
#define GIB 0x40000000ULL

#define SCRATCH_LEN 65536
#define TREE_LEN    4096

static struct platform_range ram[] = {
	{ 1 * GIB, 2 * GIB, PLATFORM_RAM },
	{ 40 * GIB, 44 * GIB, PLATFORM_RAM },
};
/* Nested in it: the running kernel's middle, its tree, a crash kernel. */
static struct platform_range reserved[] = {
	{ 1 * GIB + 13 * MIB, 1 * GIB + 14 * MIB, PLATFORM_RAM },
	{ 1 * GIB + 128 * MIB, 1 * GIB + 130 * MIB, PLATFORM_RAM },
	{ 2 * GIB - 64 * MIB, 2 * GIB, PLATFORM_RAM },
};
static struct platform_range running[] = {
	{ 1 * GIB + 2 * MIB + 64 * KIB, 1 * GIB + 13 * MIB, PLATFORM_RAM },
	{ 1 * GIB + 14 * MIB, 1 * GIB + 17 * MIB, PLATFORM_RAM },
};

struct bench {
	struct platform platform;
	struct loadable_kernel kernel;
	struct kexec_seeds seeds;
	uint8_t *scratch;
	uint8_t *tree, *other;
	struct kexec_segments list;
	struct span image;
};

static void bench_drop(struct bench *b)
{
	free(b->scratch);
	free(b->tree);
	free(b->other);
	test_drop(&b->image);
}

#define _drop_bench_ __attribute__((cleanup(bench_drop)))

static uint8_t *make_tree(const char *mark, bool has_efi)
{
	uint8_t *tree = malloc(TREE_LEN);
	int chosen;

	assert_non_null(tree);
	assert_int_equal(fdt_create_empty_tree(tree, TREE_LEN), 0);
	assert_int_equal(
		fdt_setprop(tree, 0, "compatible", mark, (int)strlen(mark) + 1),
		0);
	chosen = fdt_add_subnode(tree, 0, "chosen");
	assert_true(chosen > 0);
	assert_int_equal(
		fdt_setprop_string(tree, chosen, "bootargs", "the old line"),
		0);
	if (has_efi)
		assert_int_equal(fdt_setprop_u64(tree, chosen,
						 "linux,uefi-system-table",
						 0x7fed0018),
				 0);
	return tree;
}

static const uint8_t initrd[0x1234] = { 7, 8, 9 };

static struct bench make_bench(void)
{
	struct bench b = {
		.platform = {
			.machine = PE_MACHINE_ARM64,
			.page_size = 4096,
			.ram_bytes = 5 * GIB,
			.ram = { ram, test_count(ram), 0 },
			.reserved = { reserved, test_count(reserved), 0 },
			.kernel = { running, test_count(running), 0 },
		},
		.seeds = { .has_seeds = true,
			   .kaslr = 0x0102030405060708,
			   .rng = { 11, 22, [63] = 33 } },
		.scratch = malloc(SCRATCH_LEN),
		.tree = make_tree("the running machine", true),
	};
	struct pe_build pe;
	struct error err;

	assert_non_null(b.scratch);
	image_build(&pe, PE_MACHINE_ARM64);
	b.image = test_copy(span_of(pe.bytes, pe.len));
	pe_build_drop(&pe);
	assert_ok(&err, kimage_parse(b.image, &b.kernel.view, &err));
	b.kernel.kernel.bytes = b.image;
	b.kernel.initrd.bytes = span_of(initrd, sizeof(initrd));
	b.kernel.cmdline.len = (uint32_t)snprintf(
		b.kernel.cmdline.text, CMDLINE_MAX, "%s", "console=ttyAMA0");
	b.kernel.view.image_size = 20 * MIB + 1;
	b.kernel.view.text_offset = 0;
	b.kernel.view.flags = 0xa; /* 4 KiB pages, anywhere */
	b.platform.fdt = b.tree;
	b.platform.fdt_len = TREE_LEN;
	memset(b.scratch, 0xa5, SCRATCH_LEN);
	return b;
}

static enum status plan(struct bench *b, struct error *err)
{
	return kexec_arm64_plan(&b->platform, &b->kernel, &b->seeds, b->scratch,
				kexec_arm64_scratch(&b->platform, &b->kernel),
				&b->list, err);
}

static void plan_ok(struct bench *b)
{
	struct error err;

	assert_true(kexec_arm64_scratch(&b->platform, &b->kernel) <=
		    SCRATCH_LEN);
	assert_ok(&err, plan(b, &err));
	assert_ok(&err, kexec_segments_check(&b->list, &b->platform, &err));
}

static const struct kexec_segment *find(const struct bench *b, const char *name)
{
	for (uint32_t i = 0; i < b->list.count; i++) {
		if (!strcmp(b->list.at[i].name, name))
			return &b->list.at[i];
	}
	fail_msg("no segment %s", name);
	return NULL;
}

/* A property of /chosen in the tree of the next kernel. */
static struct span chosen(const struct bench *b, const char *name)
{
	const void *tree = find(b, "device tree")->bytes.ptr;
	int len = 0;
	const void *value =
		fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), name, &len);

	return span_of(value, value ? (size_t)len : 0);
}

static uint64_t chosen_number(const struct bench *b, const char *name)
{
	struct cursor c = cursor_over(chosen(b, name));

	return cursor_left(&c) == 4 ? cursor_be32(&c) : cursor_be64(&c);
}

/* --- places ----------------------------------------------------------------
 */

static void places_all_four(void **state)
{
	struct bench b _drop_bench_ = make_bench();
	const struct kexec_segment *seg;

	(void)state;
	plan_ok(&b);
	assert_int_equal(b.list.count, 4);
	/* In the middle of 40-44 GiB, and then of what is left. */
	seg = find(&b, "kernel");
	assert_int_equal(seg->mem, 42 * GIB - 12 * MIB);
	assert_int_equal(seg->memsz, 20 * MIB + 4 * KIB);
	assert_span_equal(seg->bytes, b.image);
	seg = find(&b, "initrd");
	assert_int_equal(seg->mem % 0x10000, 0);
	assert_true(seg->mem > 42 * GIB && seg->mem < 44 * GIB);
	assert_int_equal(seg->memsz, 8 * KIB);
	assert_ptr_equal(seg->bytes.ptr, initrd);
	/* At the start of the GiB that the kernel is in. */
	seg = find(&b, "device tree");
	assert_int_equal(seg->mem, 41 * GIB);
	assert_int_equal(seg->bytes.len, fdt_totalsize(seg->bytes.ptr));
	seg = find(&b, "trampoline");
	assert_int_equal(seg->mem % 0x10000, 0);
	assert_int_equal(b.list.entry, seg->mem);
}

static void keeps_the_text_offset(void **state)
{
	struct bench b _drop_bench_ = make_bench();
	struct error err;

	(void)state;
	b.kernel.view.text_offset = 0x80000;
	plan_ok(&b);
	assert_int_equal(find(&b, "kernel")->mem % (2 * MIB), 0x80000);
	b.platform.page_size = 0x10000;
	plan_ok(&b);
	b.kernel.view.text_offset = 0x81000;
	assert_refused(E_KEXEC_TEXT_OFFSET, &err, plan(&b, &err));
	b.platform.page_size = 0x1000;
	plan_ok(&b);
}

/* Linux before 4.6 cannot use what lies below it: it goes to the lowest place
 * past the running kernel. */
static void puts_nothing_below_an_old_kernel(void **state)
{
	struct bench b _drop_bench_ = make_bench();
	uint64_t end;

	(void)state;
	b.kernel.view.flags = 0;
	plan_ok(&b);
	assert_int_equal(find(&b, "kernel")->mem, 1 * GIB + 18 * MIB);
	end = find(&b, "kernel")->mem + find(&b, "kernel")->memsz;
	assert_true(find(&b, "initrd")->mem >= end);
	assert_true(find(&b, "device tree")->mem >= end);
	assert_true(find(&b, "trampoline")->mem >= end);
}

static void aligns_to_the_running_kernels_pages(void **state)
{
	static const uint32_t pages[] = { 0x1000, 0x4000, 0x10000 };

	(void)state;
	for (size_t i = 0; i < test_count(pages); i++) {
		struct bench b _drop_bench_ = make_bench();

		b.platform.page_size = pages[i];
		plan_ok(&b);
		for (uint32_t j = 0; j < b.list.count; j++) {
			assert_int_equal(b.list.at[j].mem % pages[i], 0);
			assert_int_equal(b.list.at[j].memsz % pages[i], 0);
		}
	}
}

/* A certificate table is covered by no signature, so it stays behind. */
static void leaves_the_certificate_table_behind(void **state)
{
	struct bench b _drop_bench_ = make_bench();
	const struct kexec_segment *kernel;

	(void)state;
	b.kernel.kernel.bytes.len = 64 * MIB; /* length only */
	plan_ok(&b);
	kernel = find(&b, "kernel");
	assert_ptr_equal(kernel->bytes.ptr, b.image.ptr);
	assert_int_equal(kernel->bytes.len, b.image.len);
	assert_int_equal(kernel->memsz, 20 * MIB + 4096);
}

static void keeps_off_every_reserved_piece(void **state)
{
	struct bench b _drop_bench_ = make_bench();
	/* A crumb in each block of 2 MiB but those that the kernel needs. */
	struct platform_range crumbs[25];

	(void)state;
	for (unsigned i = 0; i < 25; i++)
		crumbs[i] = (struct platform_range){
			1 * GIB + (2 * i + 1) * MIB,
			1 * GIB + (2 * i + 1) * MIB + 0x1000,
			PLATFORM_RAM,
		};
	ram[0].end = 1 * GIB + 72 * MIB;
	b.platform.ram.count = 1;
	b.platform.reserved = (struct platform_ranges){ crumbs, 25, 0 };
	plan_ok(&b);
	assert_int_equal(find(&b, "kernel")->mem, 1 * GIB + 50 * MIB);
	ram[0].end = 2 * GIB;
}

/* The first bank has room for the kernel only, the second is too far away for
 * the initrd: both go to the second, although the third is larger. */
static void keeps_the_initrd_near_the_kernel(void **state)
{
	struct bench b _drop_bench_ = make_bench();
	struct platform_range banks[] = {
		{ 1 * GIB, 1 * GIB + 40 * MIB, PLATFORM_RAM },
		{ 40 * GIB, 40 * GIB + 60 * MIB, PLATFORM_RAM },
		{ 90 * GIB, 90 * GIB + 64 * MIB, PLATFORM_RAM },
	};
	struct error err;

	(void)state;
	b.platform.ram = (struct platform_ranges){ banks, 3, 0 };
	b.kernel.initrd.bytes = span_of(b.scratch, 0); /* length only */
	b.kernel.initrd.bytes.len = 34 * MIB;
	/* In the middle of the third bank it would split that too far. */
	banks[2].end = 90 * GIB + 50 * MIB;
	plan_ok(&b);
	assert_int_equal(find(&b, "kernel")->mem, 40 * GIB);
	assert_int_equal(find(&b, "initrd")->mem,
			 40 * GIB + 20 * MIB + 64 * KIB);
	/* With the far banks gone, the sentence is about the initrd. */
	b.platform.ram.count = 1;
	assert_refused(E_KEXEC_NO_ROOM, &err, plan(&b, &err));
	assert_non_null(strstr(err.text, "initrd"));
}

/* The window ends in the middle of the second bank. */
static void stays_inside_the_window(void **state)
{
	struct bench b _drop_bench_ = make_bench();
	struct platform_range two[] = {
		{ 1 * GIB, 1 * GIB + 40 * MIB, PLATFORM_RAM },
		{ 33 * GIB - 16 * KIB, 33 * GIB + 30 * MIB, PLATFORM_RAM },
	};

	(void)state;
	b.platform.ram = (struct platform_ranges){ two, 2, 0 };
	b.platform.reserved.count = 0;
	b.platform.kernel.count = 0;
	b.kernel.view.image_size = 38 * MIB;
	b.kernel.initrd.bytes = span_of(b.scratch, 0);
	b.kernel.initrd.bytes.len = 4 * KIB;
	plan_ok(&b);
	assert_int_equal(find(&b, "kernel")->mem, 1 * GIB);
	b.kernel.view.image_size = 20 * MIB;
	b.kernel.initrd.bytes.len = 19 * MIB;
	plan_ok(&b);
	assert_true(find(&b, "kernel")->mem < 2 * GIB);
	assert_true(find(&b, "initrd")->mem < 2 * GIB);
	/* The window is counted from a whole GiB, wherever the kernel is. */
	two[0] = (struct platform_range){ 1 * GIB + 32 * MIB,
					  1 * GIB + 72 * MIB, PLATFORM_RAM };
	two[1].start = 33 * GIB - 1 * MIB;
	b.kernel.view.image_size = 36 * MIB;
	b.kernel.initrd.bytes.len = 1 * MIB;
	plan_ok(&b);
	assert_int_equal(find(&b, "kernel")->mem, 1 * GIB + 34 * MIB);
	assert_true(find(&b, "initrd")->mem < 2 * GIB);
	b.kernel.initrd.bytes.len = 2 * MIB + 1;
	plan_ok(&b);
	assert_int_equal(find(&b, "kernel")->mem, 1 * GIB + 32 * MIB);
}

/* --- the device tree ---------------------------------------------------------
 */

static void edits_the_running_tree(void **state)
{
	struct bench b _drop_bench_ = make_bench();
	uint64_t mem;

	(void)state;
	plan_ok(&b);
	mem = find(&b, "initrd")->mem;
	assert_string_equal((const char *)chosen(&b, "bootargs").ptr,
			    "console=ttyAMA0");
	assert_int_equal(chosen_number(&b, "linux,initrd-start"), mem);
	assert_int_equal(chosen_number(&b, "linux,initrd-end"),
			 mem + sizeof(initrd));
	assert_int_equal(chosen_number(&b, "kaslr-seed"), 0x0102030405060708);
	assert_span_equal(chosen(&b, "rng-seed"),
			  span_of(b.seeds.rng, sizeof(b.seeds.rng)));
	assert_int_equal(chosen_number(&b, "linux,uefi-system-table"),
			 0x7fed0018);
	assert_int_equal(chosen(&b, "linux,uefi-secure-boot").len, 4);
}

static void leaves_out_what_there_is_not(void **state)
{
	struct bench b _drop_bench_ = make_bench();

	(void)state;
	b.kernel.initrd.bytes.len = 0;
	b.seeds.has_seeds = false;
	plan_ok(&b);
	assert_int_equal(b.list.count, 3);
	assert_null(chosen(&b, "linux,initrd-start").ptr);
	assert_null(chosen(&b, "linux,initrd-end").ptr);
	assert_null(chosen(&b, "kaslr-seed").ptr);
	assert_null(chosen(&b, "rng-seed").ptr);
}

static void prefers_the_images_own_tree(void **state)
{
	struct bench b _drop_bench_ = make_bench();
	const void *tree;

	(void)state;
	b.other = make_tree("of the image", false);
	b.kernel.dtb.bytes = span_of(b.other, TREE_LEN);
	plan_ok(&b);
	tree = find(&b, "device tree")->bytes.ptr;
	assert_string_equal(fdt_getprop(tree, 0, "compatible", NULL),
			    "of the image");
	/* EFI is the running machine's all the same. */
	assert_int_equal(chosen_number(&b, "linux,uefi-system-table"),
			 0x7fed0018);
}

static void refuses_a_broken_tree(void **state)
{
	struct bench b _drop_bench_ = make_bench();
	struct error err;

	(void)state;
	b.tree[0] ^= 1;
	assert_refused(E_FDT_MAGIC, &err, plan(&b, &err));
	b.tree[0] ^= 1;
	b.platform.fdt_len = 0;
	assert_refused(E_FDT_SHORT, &err, plan(&b, &err));
}

/* --- refusals and the trampoline
 * ---------------------------------------------- */

static void refuses_a_view_that_does_not_fit(void **state)
{
	struct error err;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct bench b _drop_bench_ = make_bench();

		plan_ok(&b);
		if (i == 0)
			b.kernel.view.kind = KIMAGE_BZIMAGE;
		else if (i == 1)
			b.kernel.view.image_size = 0;
		else
			b.kernel.kernel.bytes.len = 63;
		assert_refused(E_KEXEC_HEADER, &err, plan(&b, &err));
	}
}

static void refuses_too_little_scratch(void **state)
{
	struct bench b _drop_bench_ = make_bench();
	size_t need = kexec_arm64_scratch(&b.platform, &b.kernel);
	struct error err;

	(void)state;
	/* What fdt_edit() asks for. */
	assert_true(need >= TREE_LEN + 8192 + b.kernel.cmdline.len);
	assert_refused(E_KEXEC_SCRATCH, &err,
		       kexec_arm64_plan(&b.platform, &b.kernel, &b.seeds,
					b.scratch, need - 1, &b.list, &err));
	plan_ok(&b);
	for (size_t i = need; i < SCRATCH_LEN; i++)
		assert_int_equal(b.scratch[i], 0xa5);
}

static void refuses_more_than_half_of_memory(void **state)
{
	struct bench b _drop_bench_ = make_bench();
	struct error err;

	(void)state;
	b.platform.ram_bytes = 40 * MIB;
	assert_refused(E_KEXEC_HALF_RAM, &err, plan(&b, &err));
}

static void jumps_with_the_tree_in_x0(void **state)
{
	struct bench b _drop_bench_ = make_bench();
	struct span code;

	(void)state;
	plan_ok(&b);
	code = find(&b, "trampoline")->bytes;
	assert_int_equal(code.len, 40);
	/* ldr x0 and ldr x16 from 24 and 28 bytes on: imm19 in bits 5 to 23. */
	assert_int_equal(span_le32(code, 0), 0x58000000 | 24 / 4 << 5);
	assert_int_equal(span_le32(code, 4), 0x58000000 | 28 / 4 << 5 | 16);
	assert_int_equal(span_le64(code, 24), find(&b, "device tree")->mem);
	assert_int_equal(span_le64(code, 32), find(&b, "kernel")->mem);
	assert_int_equal(span_le32(code, 20), 0xd61f0000 | 16 << 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_all_four),
		cmocka_unit_test(keeps_the_text_offset),
		cmocka_unit_test(puts_nothing_below_an_old_kernel),
		cmocka_unit_test(aligns_to_the_running_kernels_pages),
		cmocka_unit_test(leaves_the_certificate_table_behind),
		cmocka_unit_test(keeps_off_every_reserved_piece),
		cmocka_unit_test(keeps_the_initrd_near_the_kernel),
		cmocka_unit_test(stays_inside_the_window),
		cmocka_unit_test(edits_the_running_tree),
		cmocka_unit_test(leaves_out_what_there_is_not),
		cmocka_unit_test(prefers_the_images_own_tree),
		cmocka_unit_test(refuses_a_broken_tree),
		cmocka_unit_test(refuses_a_view_that_does_not_fit),
		cmocka_unit_test(refuses_too_little_scratch),
		cmocka_unit_test(refuses_more_than_half_of_memory),
		cmocka_unit_test(jumps_with_the_tree_in_x0),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
