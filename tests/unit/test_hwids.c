/* The .hwids table: what a good one says, and each way to break it. */
#include "format/hwids.h"

#include "test.h"

/* Two records, the end, and strings: as ukify writes them. */
struct table {
	uint8_t bytes[160];
	size_t len;
};

static void put_record(struct table *t, uint32_t descriptor, uint8_t fill,
		       uint32_t name, uint32_t value)
{
	store_le32(t->bytes + t->len, descriptor);
	memset(t->bytes + t->len + 4, fill, HWIDS_CHID_LEN);
	store_le32(t->bytes + t->len + 20, name);
	store_le32(t->bytes + t->len + 24, value);
	t->len += 28;
}

static struct table good(void)
{
	static const char strings[] = "Board\0vendor,board\0fw-1";
	struct table t = { .len = 0 };

	put_record(&t, 0x1000001c, 0x11, 84, 90);
	put_record(&t, 0x2000001c, 0x22, 0, 103);
	put_record(&t, 0, 0, 0, 0);
	memcpy(t.bytes + t.len, strings, sizeof(strings));
	t.len += sizeof(strings);
	return t;
}

static enum status parse(const struct table *t, size_t len,
			 struct hwids_view *ret, struct error *err)
{
	_drop_copy_ struct span copy = test_copy(span_of(t->bytes, len));

	return hwids_parse(copy, ret, err);
}

static void records_are_read(void **state)
{
	struct table t = good();
	struct hwids_view v;
	struct hwids_device d;
	struct error err;

	(void)state;
	assert_ok(&err, hwids_parse(span_of(t.bytes, t.len), &v, &err));
	assert_int_equal(v.count, 2);
	d = hwids_get(&v, 0);
	assert_int_equal(d.kind, HWIDS_DEVICETREE);
	assert_int_equal(d.chid[15], 0x11);
	assert_span_text(d.name, "Board");
	assert_span_text(d.value, "vendor,board");
	d = hwids_get(&v, 1);
	assert_int_equal(d.kind, HWIDS_FIRMWARE);
	assert_span_text(d.name, "");
	assert_span_text(d.value, "fw-1");
}

static void only_an_end_is_a_table(void **state)
{
	struct table t = { .len = 4 };
	struct hwids_view v;
	struct error err;

	(void)state;
	assert_ok(&err, parse(&t, 4, &v, &err));
	assert_int_equal(v.count, 0);
}

static void each_fault_has_its_code(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
		enum status want;
	} bad[] = {
		{ 0, 0x3000001c, E_HWIDS_KIND },
		{ 0, 0x0000001c, E_HWIDS_KIND },
		{ 28, 0xf000001c, E_HWIDS_KIND },
		{ 0, 0x10000020, E_HWIDS_SIZE },
		{ 0, 0x10000000, E_HWIDS_SIZE },
		{ 20, 108, E_HWIDS_STRING },
		{ 24, 0xffffffff, E_HWIDS_STRING },
		{ 28 + 24, 109, E_HWIDS_STRING },
		{ 56, 0x1000001c, OK }, /* a third, of zeros, and no end */
	};

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		struct table t = good();
		struct hwids_view v;
		struct error err;

		store_le32(t.bytes + bad[i].at, bad[i].value);
		if (bad[i].want == OK)
			assert_int_not_equal(parse(&t, t.len, &v, &err), OK);
		else
			assert_refused(bad[i].want, &err,
				       parse(&t, t.len, &v, &err));
	}
}

/* The table's length decides how far the first string that is asked for comes:
 * the first record's name at 84 and value at 90, the second's value at 103. */
static void every_truncation_is_told(void **state)
{
	struct table t = good();
	struct hwids_view v;
	struct error err;

	(void)state;
	for (size_t len = 0; len < t.len; len++) {
		bool begins = len == 84 || len == 90 || len == 103;
		enum status want = len < 28   ? E_HWIDS_END
				   : len < 85 ? E_HWIDS_STRING
				   : begins   ? E_HWIDS_STRING
					      : E_HWIDS_STRING_END;

		assert_refused(want, &err, parse(&t, len, &v, &err));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_read),
		cmocka_unit_test(only_an_end_is_a_table),
		cmocka_unit_test(each_fault_has_its_code),
		cmocka_unit_test(every_truncation_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
