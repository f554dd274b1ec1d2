/*
 * Broken device trees, each refused with its code, and outputs of every size.
 */
#include "fdt_trees.h"

static enum status check(struct span blob)
{
	struct error err;
	uint32_t size;
	enum status s = fdt_check_tree(blob, &size, &err);

	if (s != OK)
		test_check_sentence(s, &err, __FILE__, __LINE__);
	return s;
}

static void refuses_every_truncation(void **state)
{
	(void)state;
	for (size_t len = 0; len < board.len; len++) {
		struct span cut _drop_copy_ =
			test_copy(span_of(board.ptr, len));

		assert_status(E_FDT_SHORT, check(cut));
	}
	assert_status(OK, check(board));
}

/* A header that promises fewer bytes: the blocks no longer fit, or lose what
 * closes them. Cut behind its last block the tree is whole. */
static void refuses_every_smaller_size(void **state)
{
	struct guarded g _drop_guarded_ = guard_copy(board);
	uint32_t strings =
		fdt_off_dt_strings(board.ptr) + fdt_size_dt_strings(board.ptr);

	(void)state;
	for (uint32_t size = 0; size < board.len; size++) {
		fdt_set_totalsize(g.ptr, size);
		assert_status(size < strings ? E_FDT_CORRUPT : OK,
			      check(guard_span(&g)));
	}
}

static void checks_each_field_of_the_header(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
		enum status want;
	} cases[] = {
		{ 0, 0xd00dfeec, E_FDT_MAGIC },
		{ 0, 0xedfe0dd0, E_FDT_MAGIC },
		{ 4, FDT_SIZE_MAX + 1, E_FDT_TOO_LARGE },
		{ 4, 0xffffffff, E_FDT_TOO_LARGE },
		{ 4, FDT_SIZE_MAX, E_FDT_SHORT },
		{ 8, 0, E_FDT_CORRUPT }, /* structure */
		{ 8, 0x3a, E_FDT_CORRUPT },
		{ 8, 0xfffffffc, E_FDT_CORRUPT },
		{ 12, 0, E_FDT_CORRUPT }, /* strings */
		{ 12, 0xffffffff, E_FDT_CORRUPT },
		{ 16, 0, E_FDT_CORRUPT }, /* reservations */
		{ 16, 0x2c, E_FDT_CORRUPT },
		{ 16, 0xfffffff8, E_FDT_CORRUPT },
		{ 20, 16, E_FDT_VERSION },
		{ 20, 0, E_FDT_VERSION },
		{ 20, 18, OK },
		{ 24, 18, E_FDT_CORRUPT },	   /* oldest reader */
		{ 28, 7, OK },			   /* CPU that boots */
		{ 32, 0xffffffff, E_FDT_CORRUPT }, /* length of strings */
		{ 32, 0, E_FDT_CORRUPT },
		{ 36, 0xffffffff, E_FDT_CORRUPT }, /* length of structure */
		{ 36, 0, E_FDT_CORRUPT },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		struct guarded g _drop_guarded_ = guard_copy(board);

		for (unsigned k = 0; k < 4; k++)
			g.ptr[cases[i].at + k] =
				(uint8_t)(cases[i].value >> (24 - 8 * k));
		if (check(guard_span(&g)) != cases[i].want)
			print_error("field at %zu set to 0x%x:\n", cases[i].at,
				    cases[i].value);
		assert_status(cases[i].want, check(guard_span(&g)));
	}
}

/* A tree that is whole but for where its blocks begin: all behind `from` is
 * moved. */
static enum status check_shifted(uint32_t from, uint32_t by)
{
	struct guarded g _drop_guarded_ = guard_make(board.len + 8);
	uint8_t *fdt = g.ptr;

	memcpy(fdt, board.ptr, from);
	memcpy(fdt + from + by, board.ptr + from, board.len - from);
	fdt_set_totalsize(fdt, fdt_totalsize(board.ptr) + 8);
	if (fdt_off_mem_rsvmap(fdt) >= from)
		fdt_set_off_mem_rsvmap(fdt, fdt_off_mem_rsvmap(fdt) + by);
	fdt_set_off_dt_struct(fdt, fdt_off_dt_struct(fdt) + by);
	fdt_set_off_dt_strings(fdt, fdt_off_dt_strings(fdt) + by);
	return check(guard_span(&g));
}

static void refuses_unaligned_blocks(void **state)
{
	uint32_t reservations = fdt_off_mem_rsvmap(board.ptr);
	uint32_t structure = fdt_off_dt_struct(board.ptr);

	(void)state;
	for (uint32_t by = 0; by <= 8; by++) {
		assert_status(by % 8 ? E_FDT_CORRUPT : OK,
			      check_shifted(reservations, by));
		assert_status(by % 4 ? E_FDT_CORRUPT : OK,
			      check_shifted(structure, by));
	}
}

static void refuses_an_unaligned_tree(void **state)
{
	uint8_t *bytes = malloc(board.len + 8), *out = malloc(OUT_LEN + 8);
	struct error err;
	uint32_t size;

	(void)state;
	for (size_t by = 1; by < 8; by++) {
		memcpy(bytes + by, board.ptr, board.len);
		assert_status(E_FDT_ALIGNMENT,
			      check(span_of(bytes + by, board.len)));
		assert_refused(E_FDT_ALIGNMENT, &err,
			       fdt_edit(board, none, &all_edits, out + by,
					OUT_LEN, &size, &err));
	}
	free(bytes);
	free(out);
}

static void refuses_old_versions(void **state)
{
	struct span v16 _drop_copy_ =
		dtc("-I dts -O dtb -V 16", board_source, strlen(board_source));
	struct span v3 _drop_copy_ =
		dtc("-I dts -O dtb -V 3", board_source, strlen(board_source));

	(void)state;
	assert_status(E_FDT_VERSION, check(v16));
	assert_status(E_FDT_VERSION, check(v3));
}

static void takes_padded_trees(void **state)
{
	struct span roomy _drop_copy_ = dtc("-I dts -O dtb -p 1000",
					    board_source, strlen(board_source));
	uint8_t *longer = calloc(1, board.len + 100);
	uint32_t size;

	(void)state;
	assert_status(OK, check(roomy));
	memcpy(longer, board.ptr, board.len);
	assert_status(OK, fdt_check_tree(span_of(longer, board.len + 100),
					 &size, NULL));
	assert_int_equal(size, board.len);
	free(longer);
}

static void refuses_a_tree_without_root(void **state)
{
	uint8_t *fdt = calloc(1, 256);

	(void)state;
	assert_int_equal(fdt_create(fdt, 256), 0);
	assert_int_equal(fdt_finish_reservemap(fdt), 0);
	assert_int_equal(fdt_finish(fdt), 0);
	assert_status(E_FDT_CORRUPT, check(span_of(fdt, 256)));
	free(fdt);
}

static void refuses_a_base_that_is_broken(void **state)
{
	struct span cut = span_of(machine.ptr, machine.len - 1);
	uint8_t *out = malloc(OUT_LEN);
	struct error err;
	uint32_t size;

	(void)state;
	assert_refused(
		E_FDT_SHORT, &err,
		fdt_edit(board, cut, &all_edits, out, OUT_LEN, &size, &err));
	free(out);
}

/* Every size of the output up to enough: refused or right, never overrun. */
static void keeps_to_its_room(void **state)
{
	uint8_t *good = malloc(OUT_LEN);
	uint32_t good_size;
	struct error err;
	bool had_enough = false;

	(void)state;
	assert_ok(&err, fdt_edit(board, none, &all_edits, good, OUT_LEN,
				 &good_size, &err));
	for (size_t room = 0; room < board.len + 1024; room += 8) {
		struct guarded out _drop_guarded_ = guard_make(room);
		uint32_t size = 0;
		enum status s = fdt_edit(board, none, &all_edits, out.ptr, room,
					 &size, &err);

		assert_true(guard_intact(&out));
		if (had_enough)
			assert_status(OK, s);
		if (s != OK)
			assert_status(E_FDT_ROOM, s);
		had_enough = s == OK;
		if (s == OK)
			assert_span_equal(span_of(out.ptr, size),
					  span_of(good, good_size));
	}
	assert_true(had_enough);
	free(good);
}

static void keeps_the_result_to_its_limit(void **state)
{
	const size_t room = 2 * FDT_SIZE_MAX;
	char *cmdline = malloc(FDT_SIZE_MAX + 1);
	struct fdt_edits edits = { .cmdline = cmdline };
	uint8_t *out = malloc(room);
	struct error err;
	uint32_t size;

	(void)state;
	memset(cmdline, 'x', FDT_SIZE_MAX);
	cmdline[FDT_SIZE_MAX] = '\0';
	assert_refused(E_FDT_ROOM, &err,
		       fdt_edit(machine, none, &edits, out, room, &size, &err));
	cmdline[FDT_SIZE_MAX - 2] = '\0';
	assert_refused(E_FDT_TOO_LARGE, &err,
		       fdt_edit(machine, none, &edits, out, room, &size, &err));
	cmdline[FDT_SIZE_MAX - 1000] = '\0';
	assert_ok(&err,
		  fdt_edit(machine, none, &edits, out, room, &size, &err));
	free(out);
	free(cmdline);
}

static void refuses_a_chosen_of_thousands(void **state)
{
	const size_t room = 256 << 10;
	uint8_t *fdt = malloc(room), *out = malloc(room);
	struct error err;
	uint32_t size;
	int chosen;

	(void)state;
	assert_int_equal(fdt_open_into(machine.ptr, fdt, (int)room), 0);
	chosen = fdt_path_offset(fdt, "/chosen");
	for (int i = 6; i < 1024; i++) {
		char name[32];

		snprintf(name, sizeof(name), "linux,kho-%d", i);
		assert_int_equal(fdt_setprop_u32(fdt, chosen, name, 0), 0);
	}
	assert_ok(&err, fdt_edit(span_of(fdt, room), none, &all_edits, out,
				 room, &size, &err));
	assert_int_equal(fdt_setprop_u32(fdt, chosen, "linux,kho-x", 0), 0);
	assert_refused(E_FDT_CORRUPT, &err,
		       fdt_edit(span_of(fdt, room), none, &all_edits, out, room,
				&size, &err));
	assert_refused(E_FDT_CORRUPT, &err,
		       fdt_edit(board, span_of(fdt, room), &all_edits, out,
				room, &size, &err));
	free(fdt);
	free(out);
}

/* Any bit changed: refused, or the result is a sane tree with our edits. */
static void survives_any_flipped_bit(void **state)
{
	struct guarded g _drop_guarded_ = guard_copy(board);

	(void)state;
	for (size_t bit = 0; bit < 8 * board.len; bit++) {
		struct guarded out _drop_guarded_ = guard_make(OUT_LEN);
		struct error err = { .code = OK };
		uint32_t size;
		enum status s;

		g.ptr[bit / 8] ^= (uint8_t)(1U << bit % 8);
		s = fdt_edit(guard_span(&g), none, &all_edits, out.ptr, out.len,
			     &size, &err);
		g.ptr[bit / 8] ^= (uint8_t)(1U << bit % 8);
		assert_true(s == OK || (s >= E_FDT_SHORT && s <= E_FDT_ROOM));
		if (s != OK)
			continue;
		assert_status(OK, check(span_of(out.ptr, size)));
		assert_non_null(fdt_getprop(out.ptr,
					    fdt_path_offset(out.ptr, "/chosen"),
					    "rng-seed", NULL));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_every_truncation),
		cmocka_unit_test(refuses_every_smaller_size),
		cmocka_unit_test(checks_each_field_of_the_header),
		cmocka_unit_test(refuses_unaligned_blocks),
		cmocka_unit_test(refuses_an_unaligned_tree),
		cmocka_unit_test(refuses_old_versions),
		cmocka_unit_test(takes_padded_trees),
		cmocka_unit_test(refuses_a_tree_without_root),
		cmocka_unit_test(refuses_a_base_that_is_broken),
		cmocka_unit_test(keeps_to_its_room),
		cmocka_unit_test(keeps_the_result_to_its_limit),
		cmocka_unit_test(refuses_a_chosen_of_thousands),
		cmocka_unit_test(survives_any_flipped_bit),
	};

	return cmocka_run_group_tests(tests, make_trees, drop_trees);
}
