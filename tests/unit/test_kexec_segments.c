/* Segments go to the place asked for that is memory, free and aligned, and a
 * list that breaks a rule of kexec_load(2) is refused with the guilty segment.
 */
#include "kexec_segments.h"

#include "test.h"

#define MIB 0x100000ULL

/* 0x1000-0x9f000, 1-64 MiB, 128-192 MiB, with holes. */
static struct platform_range ram[] = {
	{ 0x1000, 0x9f000, PLATFORM_RAM },
	{ 1 * MIB, 64 * MIB, PLATFORM_RAM },
	{ 128 * MIB, 192 * MIB, PLATFORM_RAM },
};
static struct platform_range reserved[] = {
	{ 1 * MIB, 2 * MIB, PLATFORM_RAM },
	{ 4 * MIB - 0x800, 5 * MIB + 1, PLATFORM_RAM },
	{ 190 * MIB, 192 * MIB, PLATFORM_RAM },
};
static struct platform_range running[] = {
	{ 16 * MIB, 40 * MIB, PLATFORM_RAM },
};

static struct platform machine(void)
{
	return (struct platform){
		.page_size = 4096,
		.ram_bytes = 128 * MIB,
		.ram = { ram, test_count(ram), 0 },
		.reserved = { reserved, test_count(reserved), 0 },
		.kernel = { running, test_count(running), 0 },
	};
}

static const uint8_t content[0x3000];

static struct kexec_wish wish_for(uint64_t memsz)
{
	return (struct kexec_wish){
		.name = "piece",
		.bytes = span_of(content, memsz < 16 ? 0 : 16),
		.memsz = memsz,
		.min = 1 * MIB,
		.end = UINT64_MAX,
	};
}

static uint64_t place(struct kexec_segments *list, const struct platform *p,
		      const struct kexec_wish *wish)
{
	struct error err;
	uint64_t mem = 0;

	assert_ok(&err, kexec_segments_add(list, p, wish, &mem, &err));
	assert_true(mem == list->at[list->count - 1].mem);
	return mem;
}

static void takes_the_lowest_free_place(void **state)
{
	struct kexec_segments list = { .count = 0 };
	struct platform p = machine();
	struct kexec_wish wish = wish_for(0x2000);

	(void)state;
	assert_true(place(&list, &p, &wish) == 2 * MIB);
	assert_true(place(&list, &p, &wish) == 2 * MIB + 0x2000);
	wish.min = 0;
	assert_true(place(&list, &p, &wish) == 0x1000);
	/* What ends between pages is taken to its page's end. */
	wish.min = 4 * MIB;
	assert_true(place(&list, &p, &wish) == 5 * MIB + 0x1000);
	wish.min = 63 * MIB;
	wish.memsz = 2 * MIB;
	assert_true(place(&list, &p, &wish) == 128 * MIB);
	assert_int_equal(list.count, 5);
}

static void rounds_to_pages_and_alignment(void **state)
{
	struct kexec_segments list = { .count = 0 };
	struct platform p = machine();
	struct kexec_wish wish = wish_for(0x1001);

	(void)state;
	place(&list, &p, &wish);
	assert_true(list.at[0].memsz == 0x2000);
	assert_int_equal(list.at[0].bytes.len, 16);
	wish.align = 0x10000;
	assert_true(place(&list, &p, &wish) == 2 * MIB + 0x10000);
	p.page_size = 0x10000;
	wish.align = 0x1000;
	assert_true(place(&list, &p, &wish) == 2 * MIB + 0x20000);
	assert_true(list.at[2].memsz == 0x10000);
}

/* text_offset of an arm64 kernel: the base is aligned, the segment is not. */
static void keeps_the_skipped_part_free(void **state)
{
	struct kexec_segments list = { .count = 0 };
	struct platform p = machine();
	struct kexec_wish wish = wish_for(1 * MIB);

	(void)state;
	wish.align = 2 * MIB;
	wish.skip = 0x80000;
	assert_true(place(&list, &p, &wish) == 2 * MIB + 0x80000);
	wish.memsz = 2 * MIB - 0x80000;
	assert_true(place(&list, &p, &wish) == 6 * MIB + 0x80000);
	/* 2 MiB from 8 MiB on is free, but not with what is skipped. */
	wish.memsz = 2 * MIB;
	wish.end = 12 * MIB;
	assert_true(place(&list, &p, &wish) == 8 * MIB + 0x80000);
	wish.end = 14 * MIB;
	assert_status(
		E_KEXEC_NO_ROOM,
		kexec_segments_add(&list, &p, &wish, &(uint64_t){ 0 }, NULL));
}

/* The largest free piece is 128-190 MiB. */
static void takes_the_middle_of_the_largest_piece(void **state)
{
	struct kexec_segments list = { .count = 0 };
	struct platform p = machine();
	struct kexec_wish wish = wish_for(2 * MIB);

	(void)state;
	wish.where = KEXEC_MIDDLE;
	assert_true(place(&list, &p, &wish) == 158 * MIB);
	/* 30 MiB on either side: the lower one comes first. */
	assert_true(place(&list, &p, &wish) == 142 * MIB);
	wish.align = 8 * MIB;
	assert_true(place(&list, &p, &wish) == 168 * MIB);
	list.count = 0;
	wish.align = 0;
	wish.end = 132 * MIB;
	assert_true(place(&list, &p, &wish) == 51 * MIB);
	/* One that is not the largest, if that is the only one that fits. */
	list.count = 0;
	wish.align = 64 * MIB;
	wish.memsz = 16 * MIB;
	wish.end = 146 * MIB;
	assert_true(place(&list, &p, &wish) == 128 * MIB);
}

static void uses_the_running_kernel_last(void **state)
{
	struct kexec_segments list = { .count = 0 };
	struct platform p = machine();
	struct kexec_wish wish = wish_for(20 * MIB);

	(void)state;
	wish.end = 64 * MIB;
	assert_true(place(&list, &p, &wish) == 40 * MIB);
	assert_true(place(&list, &p, &wish) == 5 * MIB + 0x1000);
	wish.memsz = 60 * MIB;
	wish.end = UINT64_MAX;
	assert_true(place(&list, &p, &wish) == 128 * MIB);
}

static void refuses_what_does_not_fit(void **state)
{
	struct kexec_segments list = { .count = 0 };
	struct platform p = machine();
	struct kexec_wish wish = wish_for(62 * MIB + 1);
	struct error err;
	uint64_t mem = 1;

	(void)state;
	assert_refused(E_KEXEC_NO_ROOM, &err,
		       kexec_segments_add(&list, &p, &wish, &mem, &err));
	/* With the largest free piece: 62 MiB below the reserved end. */
	assert_non_null(strstr(err.text, "0x3e00000"));
	wish.memsz = 62 * MIB;
	wish.end = 190 * MIB - 1;
	assert_refused(E_KEXEC_NO_ROOM, &err,
		       kexec_segments_add(&list, &p, &wish, &mem, &err));
	wish.end = 190 * MIB;
	assert_true(mem == 1 && list.count == 0);
	assert_true(place(&list, &p, &wish) == 128 * MIB);
	wish.min = wish.end;
	assert_refused(E_KEXEC_NO_ROOM, &err,
		       kexec_segments_add(&list, &p, &wish, &mem, &err));
	p.ram.count = 0;
	wish.min = 0;
	assert_refused(E_KEXEC_NO_ROOM, &err,
		       kexec_segments_add(&list, &p, &wish, &mem, &err));
}

static void refuses_sizes_that_make_no_sense(void **state)
{
	struct kexec_segments list = { .count = 0 };
	struct platform p = machine();
	struct kexec_wish wish = wish_for(0);
	struct error err;
	uint64_t mem;

	(void)state;
	assert_refused(E_KEXEC_SEGMENT_SIZE, &err,
		       kexec_segments_add(&list, &p, &wish, &mem, &err));
	wish.memsz = UINT64_MAX - 1;
	assert_refused(E_KEXEC_SEGMENT_SIZE, &err,
		       kexec_segments_add(&list, &p, &wish, &mem, &err));
	wish.memsz = UINT64_MAX - 0x1fff;
	wish.skip = 0x2000;
	assert_refused(E_KEXEC_SEGMENT_SIZE, &err,
		       kexec_segments_add(&list, &p, &wish, &mem, &err));
	wish = wish_for(16);
	wish.bytes.len = 17;
	assert_refused(E_KEXEC_SEGMENT_SIZE, &err,
		       kexec_segments_add(&list, &p, &wish, &mem, &err));
	/* A huge need must not wrap round into a small one. */
	wish = wish_for(UINT64_MAX & ~0xfffULL);
	assert_refused(E_KEXEC_NO_ROOM, &err,
		       kexec_segments_add(&list, &p, &wish, &mem, &err));
	assert_int_equal(list.count, 0);
}

static void takes_sixteen_segments(void **state)
{
	struct kexec_segments list = { .count = 0 };
	struct platform p = machine();
	struct kexec_wish wish = wish_for(0x1000);
	struct error err;
	uint64_t mem;

	(void)state;
	for (unsigned i = 0; i < 16; i++)
		place(&list, &p, &wish);
	assert_refused(E_KEXEC_TOO_MANY_SEGMENTS, &err,
		       kexec_segments_add(&list, &p, &wish, &mem, &err));
	list.entry = list.at[0].mem;
	assert_ok(&err, kexec_segments_check(&list, &p, &err));
}

/* --- the check ------------------------------------------------------------ */

static struct kexec_segments good_list(void)
{
	return (struct kexec_segments){
		.at = {
			{ "first", span_of(content, 0x3000), 2 * MIB, 0x4000 },
			{ "second", span_of(content, 16), 128 * MIB, 0x1000 },
		},
		.count = 2,
		.entry = 2 * MIB + 0x2fff,
	};
}

static void names_the_guilty_segment(void **state)
{
	static const struct {
		enum status want;
		const char *says;
		uint64_t mem, memsz;
	} bad[] = {
		{ E_KEXEC_SEGMENT_ALIGN, "second", 128 * MIB + 1, 0x1000 },
		{ E_KEXEC_SEGMENT_ALIGN, "second", 128 * MIB, 0x1001 },
		{ E_KEXEC_SEGMENT_SIZE, "second", 128 * MIB, 0 },
		{ E_KEXEC_SEGMENT_SIZE, "second", UINT64_MAX & ~0xfffULL,
		  0x1000 },
		{ E_KEXEC_SEGMENT_OUTSIDE, "second", 64 * MIB - 0x1000,
		  0x2000 },
		{ E_KEXEC_SEGMENT_OUTSIDE,
		  "the second would go to 0x6000000-0x6000fff", 96 * MIB,
		  0x1000 },
		{ E_KEXEC_SEGMENT_OUTSIDE, "second", 0, 0x2000 },
		{ E_KEXEC_SEGMENT_RESERVED, "second", 4 * MIB - 0x1000,
		  0x1000 },
		{ E_KEXEC_SEGMENT_RESERVED,
		  "the second would go to 0x500000-0x500fff, of which "
		  "0x3ff800-0x500000 is",
		  5 * MIB, 0x1000 },
		{ E_KEXEC_SEGMENT_RESERVED, "second", 191 * MIB, 0x1000 },
		{ E_KEXEC_SEGMENT_OVERLAP, "second", 2 * MIB + 0x3000, 0x1000 },
		{ E_KEXEC_SEGMENT_OVERLAP,
		  "the second would go to 0x200000-0x200fff, where the first "
		  "goes, to 0x200000-0x203fff",
		  2 * MIB, 0x1000 },
		{ E_KEXEC_HALF_RAM, "(the second 61440 KiB", 128 * MIB,
		  60 * MIB },
	};
	struct platform p = machine();
	struct error err;

	(void)state;
	p.ram_bytes = 120 * MIB;
	for (size_t i = 0; i < test_count(bad); i++) {
		struct kexec_segments list = good_list();

		assert_ok(&err, kexec_segments_check(&list, &p, &err));
		list.at[1].mem = bad[i].mem;
		list.at[1].memsz = bad[i].memsz;
		assert_refused(bad[i].want, &err,
			       kexec_segments_check(&list, &p, &err));
		assert_non_null(strstr(err.text, bad[i].says));
	}
}

static void checks_count_content_and_entry(void **state)
{
	struct platform p = machine();
	struct kexec_segments list = good_list();
	struct error err;

	(void)state;
	list.entry++;
	assert_refused(E_KEXEC_ENTRY, &err,
		       kexec_segments_check(&list, &p, &err));
	list.entry = 2 * MIB - 1;
	assert_refused(E_KEXEC_ENTRY, &err,
		       kexec_segments_check(&list, &p, &err));
	list = good_list();
	list.at[1].bytes.len = 0x1001;
	assert_refused(E_KEXEC_SEGMENT_SIZE, &err,
		       kexec_segments_check(&list, &p, &err));
	list.count = 0;
	assert_refused(E_KEXEC_TOO_MANY_SEGMENTS, &err,
		       kexec_segments_check(&list, &p, &err));
	list.count = 17;
	assert_refused(E_KEXEC_TOO_MANY_SEGMENTS, &err,
		       kexec_segments_check(&list, &p, &err));
}

/* The kernel counts pages: half of an odd number is rounded down. */
static void allows_half_of_memory_to_the_page(void **state)
{
	struct platform p = machine();
	struct kexec_segments list = good_list();
	struct error err;

	(void)state;
	p.ram_bytes = 2 * (0x4000 + 0x1000);
	assert_ok(&err, kexec_segments_check(&list, &p, &err));
	p.ram_bytes += 0x1fff;
	assert_ok(&err, kexec_segments_check(&list, &p, &err));
	p.ram_bytes = 2 * (0x4000 + 0x1000) - 1;
	assert_refused(E_KEXEC_HALF_RAM, &err,
		       kexec_segments_check(&list, &p, &err));
	assert_non_null(strstr(err.text, "20 KiB"));
	assert_non_null(strstr(err.text, "39 KiB"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_lowest_free_place),
		cmocka_unit_test(rounds_to_pages_and_alignment),
		cmocka_unit_test(keeps_the_skipped_part_free),
		cmocka_unit_test(takes_the_middle_of_the_largest_piece),
		cmocka_unit_test(uses_the_running_kernel_last),
		cmocka_unit_test(refuses_what_does_not_fit),
		cmocka_unit_test(refuses_sizes_that_make_no_sense),
		cmocka_unit_test(takes_sixteen_segments),
		cmocka_unit_test(names_the_guilty_segment),
		cmocka_unit_test(checks_count_content_and_entry),
		cmocka_unit_test(allows_half_of_memory_to_the_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
