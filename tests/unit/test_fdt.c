/*
 * Every edit of a device tree looked at, with libfdt and with dtc itself.
 */
#include "fdt_trees.h"

/* An edited tree. */
struct edited {
	uint8_t *fdt;
	uint32_t size;
	int chosen;
};

static void edited_drop(struct edited *e)
{
	free(e->fdt);
}

#define _drop_edited_ __attribute__((cleanup(edited_drop)))

static struct edited edit(struct span blob, struct span base,
			  const struct fdt_edits *edits)
{
	struct edited e = { .fdt = malloc(OUT_LEN) };
	uint32_t size;
	struct error err;

	assert_non_null(e.fdt);
	assert_ok(&err,
		  fdt_edit(blob, base, edits, e.fdt, OUT_LEN, &e.size, &err));
	assert_ok(&err, fdt_check_tree(span_of(e.fdt, e.size), &size, &err));
	assert_int_equal(size, e.size);
	e.chosen = fdt_path_offset(e.fdt, "/chosen");
	assert_true(e.chosen > 0);
	return e;
}

static struct span chosen_value(const struct edited *e, const char *name)
{
	int len;
	const void *value = fdt_getprop(e->fdt, e->chosen, name, &len);

	return span_of(value, value ? (size_t)len : 0);
}

static bool has(const struct edited *e, const char *name)
{
	return fdt_getprop(e->fdt, e->chosen, name, NULL) != NULL;
}

static int chosen_count(const struct edited *e)
{
	int count = 0, property;

	fdt_for_each_property_offset(property, e->fdt, e->chosen) count++;
	return count;
}

#define assert_bytes(value, ...)                                               \
	do {                                                                   \
		static const uint8_t want_[] = { __VA_ARGS__ };                \
		assert_span_equal(value, span_of(want_, sizeof(want_)));       \
	} while (0)

static void sets_what_this_boot_needs(void **state)
{
	struct edited e _drop_edited_ = edit(board, none, &all_edits);

	(void)state;
	assert_span_equal(chosen_value(&e, "bootargs"),
			  span_of("root=/dev/sda2 quiet", 21));
	assert_bytes(chosen_value(&e, "linux,initrd-start"), 0, 0, 0, 0x12,
		     0x34, 0x56, 0x78, 0x9a);
	assert_bytes(chosen_value(&e, "linux,initrd-end"), 0, 0, 0, 0x12, 0x34,
		     0x5f, 0xff, 0xff);
	assert_bytes(chosen_value(&e, "kaslr-seed"), 1, 0x23, 0x45, 0x67, 0x89,
		     0xab, 0xcd, 0xef);
	assert_span_equal(chosen_value(&e, "rng-seed"),
			  span_of(all_edits.rng_seed, FDT_SEED_LEN));
	assert_true(has(&e, "linux,booted-from-kexec"));
	assert_int_equal(chosen_value(&e, "linux,booted-from-kexec").len, 0);
	assert_true(has(&e, "stdout-path"));
	assert_true(has(&e, "u-boot,version"));
	assert_int_equal(chosen_count(&e), 8);
}

static void drops_what_the_last_boot_left(void **state)
{
	static const struct fdt_edits no_edits = { .keep_uefi = true };
	struct edited e _drop_edited_ = edit(board, none, &no_edits);
	struct fdt_edits empty = no_edits;
	struct edited f _drop_edited_ = { 0 };

	(void)state;
	assert_true(has(&e, "linux,booted-from-kexec"));
	assert_true(has(&e, "stdout-path"));
	assert_true(has(&e, "u-boot,version"));
	assert_int_equal(chosen_count(&e), 3);
	empty.cmdline = "";
	f = edit(board, none, &empty);
	assert_int_equal(chosen_count(&f), 3);
}

/* A copy of a tree with room to add something to it. */
static uint8_t *writable(struct span tree)
{
	uint8_t *fdt = malloc(OUT_LEN);

	assert_non_null(fdt);
	assert_int_equal(fdt_open_into(tree.ptr, fdt, OUT_LEN), 0);
	return fdt;
}

static struct span packed(uint8_t *fdt)
{
	assert_int_equal(fdt_pack(fdt), 0);
	return span_of(fdt, fdt_totalsize(fdt));
}

static struct span without_chosen(struct span tree)
{
	uint8_t *fdt = writable(tree);
	struct span text;

	assert_int_equal(fdt_del_node(fdt, fdt_path_offset(fdt, "/chosen")), 0);
	while (fdt_num_mem_rsv(fdt) > 0)
		assert_int_equal(fdt_del_mem_rsv(fdt, 0), 0);
	text = packed(fdt);
	text = dtc("-I dtb -O dts -s", text.ptr, text.len);
	free(fdt);
	return text;
}

static void leaves_the_rest_alone(void **state)
{
	struct edited e _drop_edited_ = edit(board, none, &all_edits);
	struct span was _drop_copy_ = without_chosen(board);
	struct span is _drop_copy_ = without_chosen(span_of(e.fdt, e.size));

	(void)state;
	assert_true(was.len > 200);
	assert_true(span_equal(is, was));
}

static void makes_chosen_where_there_is_none(void **state)
{
	struct span tree _drop_copy_ = compile("/dts-v1/; / { a { }; };");
	struct edited e _drop_edited_ = edit(tree, none, &all_edits);

	(void)state;
	assert_int_equal(chosen_count(&e), 6);
	assert_true(fdt_path_offset(e.fdt, "/a") > 0);
}

/* Two properties of one name: no tool writes that, and the second would come
 * to light when the first is removed. */
static void drops_properties_that_stand_twice(void **state)
{
	struct span tree _drop_copy_ = compile(
		"/dts-v1/; / { chosen { bootargs = \"1\"; bootargX = \"2\"; "
		"}; };");
	uint8_t *name = test_bytes(tree);
	struct fdt_edits edits = { .keep_uefi = true };
	struct edited e _drop_edited_ = { 0 };

	(void)state;
	name = memmem(name, tree.len, "bootargX", 8);
	assert_non_null(name);
	name[7] = 's';
	e = edit(tree, none, &edits);
	assert_false(has(&e, "bootargs"));
	assert_int_equal(chosen_count(&e), 1);
}

/* Debian's arm64 kernels lose UEFI and ACPI without the property. */
static void adds_secure_boot_beside_a_system_table(void **state)
{
	struct fdt_edits edits = { .keep_uefi = true };
	struct edited e _drop_edited_ = edit(machine, none, &edits);
	struct edited f _drop_edited_ = { 0 };
	struct edited g _drop_edited_ = { 0 };
	uint8_t *with = writable(machine);
	int chosen = fdt_path_offset(with, "/chosen");

	(void)state;
	assert_int_equal(chosen_count(&e), 7);
	assert_bytes(chosen_value(&e, "linux,uefi-secure-boot"), 0, 0, 0, 0);
	assert_bytes(chosen_value(&e, "linux,uefi-system-table"), 0, 0, 0, 4, 0,
		     0, 0, 5);
	assert_int_equal(
		fdt_setprop_u32(with, chosen, "linux,uefi-secure-boot", 3), 0);
	f = edit(packed(with), none, &edits);
	assert_bytes(chosen_value(&f, "linux,uefi-secure-boot"), 0, 0, 0, 3);
	g = edit(board, none, &edits);
	assert_false(has(&g, "linux,uefi-secure-boot"));
	assert_true(fdt_lacks_secure_boot(machine));
	assert_false(fdt_lacks_secure_boot(packed(with)));
	assert_false(fdt_lacks_secure_boot(board));
	assert_false(fdt_lacks_secure_boot(span_slice(machine, 0, 40)));
	free(with);
}

static void drops_uefi_if_told_to(void **state)
{
	struct fdt_edits edits = { .keep_uefi = false };
	struct edited e _drop_edited_ = edit(machine, none, &edits);
	struct edited f _drop_edited_ = edit(board, machine, &edits);

	(void)state;
	assert_int_equal(chosen_count(&e), 1);
	assert_false(has(&f, "linux,uefi-system-table"));
	assert_false(has(&f, "linux,uefi-secure-boot"));
}

static void gives_a_foreign_tree_the_machines_uefi(void **state)
{
	struct span foreign _drop_copy_ = compile(
		"/dts-v1/; / { chosen { linux,uefi-system-table = <9 9>; "
		"linux,uefi-secure-boot = <9>; linux,uefi-x = <9>; "
		"own = <1>; }; };");
	struct fdt_edits edits = { .keep_uefi = true };
	struct edited e _drop_edited_ = edit(foreign, machine, &edits);
	struct edited f _drop_edited_ = edit(foreign, board, &edits);

	(void)state;
	assert_bytes(chosen_value(&e, "linux,uefi-system-table"), 0, 0, 0, 4, 0,
		     0, 0, 5);
	assert_bytes(chosen_value(&e, "linux,uefi-mmap-size"), 0, 0, 0, 3);
	assert_bytes(chosen_value(&e, "linux,uefi-secure-boot"), 0, 0, 0, 0);
	assert_false(has(&e, "linux,uefi-x"));
	assert_false(has(&e, "bootargs"));
	assert_true(has(&e, "own"));
	assert_int_equal(chosen_count(&e), 8);
	assert_int_equal(chosen_count(&f), 2);
}

static bool reserves(const void *fdt, uint64_t start, uint64_t len)
{
	for (int i = 0; i < fdt_num_mem_rsv(fdt); i++) {
		uint64_t at, size;

		assert_int_equal(fdt_get_mem_rsv(fdt, i, &at, &size), 0);
		if (at == start && size == len)
			return true;
	}
	return false;
}

static void drops_reservations_of_the_old_boot(void **state)
{
	struct edited e _drop_edited_ = edit(board, none, &all_edits);

	(void)state;
	assert_int_equal(fdt_num_mem_rsv(board.ptr), 4);
	assert_int_equal(fdt_num_mem_rsv(e.fdt), 2);
	assert_true(reserves(e.fdt, 0x80000000, 0x10000));
	assert_true(reserves(e.fdt, 0x47000000, 0x1000));
}

/* One byte more or less and it is not what /chosen names. */
static void keeps_reservations_that_differ(void **state)
{
	static const struct {
		const char *initrd_end, *ima;
	} cases[] = {
		{ "<0 0x48123457>", "<0 0x90000000 0 0x7001>" },
		{ "<0x48123455>", "<0 0x90000001 0 0x7000>" },
		{ "<0x47ffffff>", "<0x90000000 0x7000>" },
		{ "<0 0 0x48123456>", "<0 0x90000000 0 0x7000 0>" },
		{ "[48 12 34]", "[]" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		char source[1024];
		struct span tree _drop_copy_ = { 0 };
		struct edited e _drop_edited_ = { 0 };

		snprintf(source, sizeof(source),
			 "/dts-v1/; /memreserve/ 0x48000000 0x123456; "
			 "/memreserve/ 0x90000000 0x7000; / { "
			 "#address-cells = <2>; #size-cells = <2>; chosen { "
			 "linux,initrd-start = <0x48000000>; "
			 "linux,initrd-end = %s; "
			 "linux,ima-kexec-buffer = %s; }; };",
			 cases[i].initrd_end, cases[i].ima);
		tree = compile(source);
		e = edit(tree, none, &all_edits);
		assert_int_equal(fdt_num_mem_rsv(e.fdt), 2);
	}
}

/* As U-Boot does it: the reservation is as long as the tree it stands in. */
static void drops_the_reservation_of_the_tree_itself(void **state)
{
	uint8_t *fdt = writable(board);
	struct edited e _drop_edited_ = { 0 };
	struct edited f _drop_edited_ = { 0 };
	struct edited g _drop_edited_ = { 0 };

	(void)state;
	assert_int_equal(fdt_add_mem_rsv(fdt, 0x4a000000, OUT_LEN), 0);
	e = edit(span_of(fdt, OUT_LEN), none, &all_edits);
	assert_int_equal(fdt_num_mem_rsv(e.fdt), 2);
	assert_false(reserves(e.fdt, 0x4a000000, OUT_LEN));
	f = edit(span_of(fdt, OUT_LEN), machine, &all_edits);
	assert_true(reserves(f.fdt, 0x4a000000, OUT_LEN));
	assert_int_equal(fdt_add_mem_rsv(fdt, 0x4b000000, OUT_LEN), 0);
	g = edit(span_of(fdt, OUT_LEN), none, &all_edits);
	assert_true(reserves(g.fdt, 0x4a000000, OUT_LEN));
	assert_true(reserves(g.fdt, 0x4b000000, OUT_LEN));
	free(fdt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_what_this_boot_needs),
		cmocka_unit_test(drops_what_the_last_boot_left),
		cmocka_unit_test(leaves_the_rest_alone),
		cmocka_unit_test(makes_chosen_where_there_is_none),
		cmocka_unit_test(drops_properties_that_stand_twice),
		cmocka_unit_test(adds_secure_boot_beside_a_system_table),
		cmocka_unit_test(drops_uefi_if_told_to),
		cmocka_unit_test(gives_a_foreign_tree_the_machines_uefi),
		cmocka_unit_test(drops_reservations_of_the_old_boot),
		cmocka_unit_test(keeps_reservations_that_differ),
		cmocka_unit_test(drops_the_reservation_of_the_tree_itself),
	};

	return cmocka_run_group_tests(tests, make_trees, drop_trees);
}
