/* CRC-32 against the values of an independent implementation. */
#include "test.h"

#include "format/crc32.h"

/* Computed with zlib's crc32() in Python. */
static void checksum_is_that_of_zlib(void **state)
{
	static const struct {
		size_t len;
		uint32_t all_zero, all_ones, counting;
	} cases[] = {
		{ 0, 0x00000000, 0x00000000, 0x00000000 },
		{ 1, 0xd202ef8d, 0xff000000, 0xd202ef8d },
		{ 92, 0xc2b526e7, 0x7b93c5c8, 0xad2d863b },
		{ 256, 0x0d968558, 0xfea8a821, 0x29058c73 },
		{ 16384, 0xab54d286, 0, 0 },
	};
	static uint8_t bytes[16384];
	uint32_t crc;

	(void)state;
	assert_int_equal(crc32_add(CRC32_BEGIN, span_of_text("123456789")),
			 0xcbf43926);
	crc = crc32_add(CRC32_BEGIN, span_of_text("12345"));
	assert_int_equal(crc32_add(crc, span_of_text("6789")), 0xcbf43926);
	crc = crc32c_add(CRC32_BEGIN, span_of_text("12345"));
	assert_int_equal(crc32c_add(crc, span_of_text("6789")), 0xe3069283);
	for (size_t i = 0; i < test_count(cases); i++) {
		struct span s = span_of(bytes, cases[i].len);

		memset(bytes, 0, sizeof(bytes));
		assert_int_equal(crc32_add(CRC32_BEGIN, s), cases[i].all_zero);
		if (cases[i].len > 256)
			continue;
		memset(bytes, 0xff, sizeof(bytes));
		assert_int_equal(crc32_add(CRC32_BEGIN, s), cases[i].all_ones);
		for (size_t n = 0; n < s.len; n++)
			bytes[n] = (uint8_t)n;
		assert_int_equal(crc32_add(CRC32_BEGIN, s), cases[i].counting);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checksum_is_that_of_zlib),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
