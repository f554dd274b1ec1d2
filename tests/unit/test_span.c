/* Spans and cursors: the one bounds check that every parser stands on. */
#include "test.h"

static const uint8_t bytes[] = { 0x01, 0x02, 0x03, 0x04, 0x05,
				 0x06, 0x07, 0x08, 0x09 };

/* A copy of the nine bytes that ends where its allocation ends. */
static struct span nine(void)
{
	return test_copy(span_of(bytes, sizeof(bytes)));
}

static void spans_compare_as_bytes(void **state)
{
	(void)state;
	assert_true(span_equal(span_of("abc", 3), span_of_text("abc")));
	assert_false(span_equal(span_of("abc", 3), span_of("abd", 3)));
	assert_false(span_equal(span_of("abc", 3), span_of("abc", 2)));
	assert_true(span_equal(span_of(NULL, 0), span_of("x", 0)));
	assert_true(span_equal(span_of("a\0b", 3), span_of("a\0b", 3)));
	assert_false(span_equal(span_of("a\0b", 3), span_of("a\0c", 3)));
	assert_true(span_equal_text(span_of("abc", 3), "abc"));
	assert_false(span_equal_text(span_of("abc", 3), "abcd"));
	assert_false(span_equal_text(span_of("a\0b", 3), "a"));
	assert_true(span_starts_with(span_of("abc", 3), "ab", 2));
	assert_true(span_starts_with(span_of(NULL, 0), "", 0));
	assert_false(span_starts_with(span_of("a", 1), "ab", 2));
}

static void spans_have_an_order(void **state)
{
	static const char *const list[] = { "",	 "A",	 "Aa",	 "a",	"ab",
					    "b", "\x7f", "\x80", "\xff" };

	(void)state;
	for (size_t i = 0; i < test_count(list); i++)
		for (size_t j = 0; j < test_count(list); j++)
			assert_int_equal(span_compare(span_of_text(list[i]),
						      span_of_text(list[j])),
					 (i > j) - (i < j));
	assert_int_equal(span_compare(span_of(NULL, 0), span_of("a", 0)), 0);
	assert_int_equal(span_compare(span_of("a\0b", 3), span_of("a\0c", 3)),
			 -1);
}

static void ranges_are_held_or_not(void **state)
{
	_drop_copy_ struct span s = nine();
	static const struct {
		uint64_t offset, len;
		bool is_inside;
	} ranges[] = {
		{ 0, 0, true },
		{ 0, 9, true },
		{ 9, 0, true },
		{ 8, 1, true },
		{ 0, 10, false },
		{ 9, 1, false },
		{ 10, 0, false },
		{ 1, 9, false },
		{ UINT64_MAX, 0, false },
		{ 0, UINT64_MAX, false },
		{ 1, UINT64_MAX, false },
		{ UINT64_MAX, 2, false },
		{ UINT64_MAX, UINT64_MAX, false },
	};

	(void)state;
	for (size_t i = 0; i < test_count(ranges); i++) {
		struct span part =
			span_slice(s, ranges[i].offset, ranges[i].len);

		assert_int_equal(span_holds(s, ranges[i].offset, ranges[i].len),
				 ranges[i].is_inside);
		assert_int_equal(part.ptr != NULL, ranges[i].is_inside);
		assert_int_equal(part.len,
				 ranges[i].is_inside ? ranges[i].len : 0);
	}
	assert_null(span_slice(span_of(NULL, 0), 0, 0).ptr);
}

static void field_ends_at_its_first_nul(void **state)
{
	(void)state;
	assert_span_text(span_until_nul(span_of("ab\0cd", 5)), "ab");
	assert_span_text(span_until_nul(span_of("abcd", 4)), "abcd");
	assert_span_text(span_until_nul(span_of("\0", 1)), "");
	assert_span_text(span_until_nul(span_of(NULL, 0)), "");
}

static void cursor_reads_all_byte_orders(void **state)
{
	_drop_copy_ struct span s = nine();
	struct cursor c = cursor_over(s);
	uint32_t wide;
	uint16_t narrow;

	(void)state;
	assert_int_equal(cursor_u8(&c), 0x01);
	assert_int_equal(cursor_le16(&c), 0x0302);
	assert_int_equal(cursor_be16(&c), 0x0405);
	assert_int_equal(cursor_le32(&c), 0x09080706);
	assert_true(cursor_done(&c));
	cursor_seek(&c, 1);
	assert_int_equal(cursor_be32(&c), 0x02030405);
	assert_int_equal(cursor_left(&c), 4);
	assert_false(cursor_done(&c));
	cursor_seek(&c, 1);
	assert_true(cursor_le64(&c) == 0x0908070605040302);
	cursor_seek(&c, 0);
	assert_true(cursor_be64(&c) == 0x0102030405060708);
	cursor_seek(&c, 3);
	memcpy(&wide, s.ptr + 3, sizeof(wide));
	assert_int_equal(cursor_native32(&c), wide);
	memcpy(&narrow, s.ptr + 7, sizeof(narrow));
	assert_int_equal(cursor_native16(&c), narrow);
	assert_true(cursor_done(&c));
}

/* Each reader at each offset: what is not there is 0 and poisons for good. */
static void read_past_the_end_poisons(void **state)
{
	_drop_copy_ struct span s = nine();
	static const size_t widths[] = { 1, 2, 2, 4, 4, 8, 8, 2, 4 };

	(void)state;
	for (size_t reader = 0; reader < test_count(widths); reader++) {
		for (size_t at = 0; at <= s.len; at++) {
			struct cursor c = cursor_over(s);
			bool fits = at + widths[reader] <= s.len;
			uint64_t value = 0;

			cursor_seek(&c, at);
			switch (reader) {
			case 0:
				value = cursor_u8(&c);
				break;
			case 1:
				value = cursor_le16(&c);
				break;
			case 2:
				value = cursor_be16(&c);
				break;
			case 3:
				value = cursor_le32(&c);
				break;
			case 4:
				value = cursor_be32(&c);
				break;
			case 5:
				value = cursor_le64(&c);
				break;
			case 6:
				value = cursor_be64(&c);
				break;
			case 7:
				value = cursor_native16(&c);
				break;
			default:
				value = cursor_native32(&c);
				break;
			}
			assert_int_equal(value != 0, fits);
			assert_int_equal(cursor_ok(&c), fits);
			if (fits)
				continue;
			assert_int_equal(cursor_left(&c), 0);
			assert_false(cursor_done(&c));
			cursor_seek(&c, 0);
			assert_int_equal(cursor_u8(&c), 0);
			assert_int_equal(cursor_take(&c, 0).len, 0);
			assert_false(cursor_ok(&c));
		}
	}
}

static void cursor_seeks_and_skips_inside(void **state)
{
	_drop_copy_ struct span s = nine();
	static const uint64_t too_far[] = { 10, 11, UINT32_MAX, UINT64_MAX };
	struct cursor c = cursor_over(s);

	(void)state;
	cursor_seek(&c, 9);
	assert_true(cursor_done(&c));
	cursor_seek(&c, 3);
	cursor_skip(&c, 6);
	assert_true(cursor_done(&c));
	for (size_t i = 0; i < test_count(too_far); i++) {
		c = cursor_over(s);
		cursor_seek(&c, too_far[i]);
		assert_false(cursor_ok(&c));
		c = cursor_over(s);
		cursor_skip(&c, too_far[i]);
		assert_false(cursor_ok(&c));
		c = cursor_over(s);
		cursor_seek(&c, 5);
		assert_null(cursor_take(&c, too_far[i]).ptr);
		assert_false(cursor_ok(&c));
	}
}

static void nothing_can_be_read_from_nothing(void **state)
{
	struct cursor c = cursor_over(span_of(NULL, 0));

	(void)state;
	assert_true(cursor_done(&c));
	cursor_seek(&c, 0);
	cursor_skip(&c, 0);
	assert_int_equal(cursor_take(&c, 0).len, 0);
	assert_true(cursor_done(&c));
	assert_int_equal(cursor_u8(&c), 0);
	assert_false(cursor_ok(&c));
}

static void sub_cursor_cannot_see_past_its_end(void **state)
{
	_drop_copy_ struct span s = nine();
	struct cursor c = cursor_over(s), sub;

	(void)state;
	cursor_skip(&c, 1);
	sub = cursor_sub(&c, 3);
	assert_int_equal(cursor_left(&sub), 3);
	assert_int_equal(cursor_le16(&sub), 0x0302);
	assert_int_equal(cursor_le16(&sub), 0);
	assert_false(cursor_ok(&sub));
	/* the outer one stands behind it, unharmed */
	assert_int_equal(cursor_u8(&c), 0x05);
	sub = cursor_sub(&c, 5);
	assert_false(cursor_ok(&sub));
	assert_false(cursor_ok(&c));
}

static void single_loads_are_bounded(void **state)
{
	_drop_copy_ struct span s = nine();

	(void)state;
	assert_int_equal(span_le16(s, 7), 0x0908);
	assert_int_equal(span_le16(s, 8), 0);
	assert_int_equal(span_le32(s, 5), 0x09080706);
	assert_int_equal(span_le32(s, 6), 0);
	assert_true(span_le64(s, 1) == 0x0908070605040302);
	assert_true(span_le64(s, 2) == 0);
	assert_int_equal(span_le32(s, UINT64_MAX - 1), 0);
	assert_int_equal(span_le16(span_of(NULL, 0), 0), 0);
}

static void stores_are_little_endian(void **state)
{
	uint8_t to[16] = { 0 };

	(void)state;
	store_le16(to, 0x0201);
	store_le32(to + 2, 0x06050403);
	store_le64(to + 6, 0x0e0d0c0b0a090807);
	for (unsigned i = 0; i < 14; i++)
		assert_int_equal(to[i], i + 1);
	assert_int_equal(to[14], 0);
}

static void sizes_do_not_wrap(void **state)
{
	static const struct {
		uint64_t a, b;
		bool adds, multiplies;
	} cases[] = {
		{ 0, 0, true, true },
		{ UINT64_MAX, 0, true, true },
		{ UINT64_MAX, 1, false, true },
		{ UINT64_MAX - 1, 1, true, true },
		{ UINT64_MAX, UINT64_MAX, false, false },
		{ UINT64_C(1) << 32, UINT64_C(1) << 32, true, false },
		{ UINT64_C(1) << 32, (UINT64_C(1) << 32) - 1, true, true },
		{ UINT64_C(1) << 63, 2, true, false },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		uint64_t sum = 42, product = 42;

		assert_int_equal(add_size(cases[i].a, cases[i].b, &sum),
				 cases[i].adds);
		assert_int_equal(mul_size(cases[i].a, cases[i].b, &product),
				 cases[i].multiplies);
		assert_true(sum ==
			    (cases[i].adds ? cases[i].a + cases[i].b : 42));
		assert_true(
			product ==
			(cases[i].multiplies ? cases[i].a * cases[i].b : 42));
	}
}

static void rounding_does_not_wrap(void **state)
{
	uint64_t value = 42;

	(void)state;
	assert_true(round_up_size(0, 4096, &value) && value == 0);
	assert_true(round_up_size(1, 4096, &value) && value == 4096);
	assert_true(round_up_size(4096, 4096, &value) && value == 4096);
	assert_true(round_up_size(4097, 4096, &value) && value == 8192);
	assert_true(round_up_size(7, 1, &value) && value == 7);
	assert_true(round_up_size(UINT64_MAX - 4095, 4096, &value) &&
		    value == UINT64_MAX - 4095);
	value = 42;
	assert_false(round_up_size(UINT64_MAX - 4094, 4096, &value));
	assert_false(round_up_size(UINT64_MAX, 2, &value));
	assert_int_equal(value, 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_compare_as_bytes),
		cmocka_unit_test(spans_have_an_order),
		cmocka_unit_test(ranges_are_held_or_not),
		cmocka_unit_test(field_ends_at_its_first_nul),
		cmocka_unit_test(cursor_reads_all_byte_orders),
		cmocka_unit_test(read_past_the_end_poisons),
		cmocka_unit_test(cursor_seeks_and_skips_inside),
		cmocka_unit_test(nothing_can_be_read_from_nothing),
		cmocka_unit_test(sub_cursor_cannot_see_past_its_end),
		cmocka_unit_test(single_loads_are_bounded),
		cmocka_unit_test(stores_are_little_endian),
		cmocka_unit_test(sizes_do_not_wrap),
		cmocka_unit_test(rounding_does_not_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
