/* The checksums that liblzma is given, against their definition bit by bit. */
#include "test.h"

#include <lzma.h>

static uint64_t bit_by_bit(struct span s, uint64_t polynomial, uint64_t ones)
{
	uint64_t crc = ones;

	for (size_t i = 0; i < s.len; i++) {
		crc ^= s.ptr[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? polynomial : 0);
	}
	return crc ^ ones;
}

/* The check values of the catalogues: CRC-32/ISO-HDLC and CRC-64/XZ. */
static void known_values(void **state)
{
	static const uint8_t text[] = "123456789";

	(void)state;
	assert_int_equal(lzma_crc32(text, 9, 0), 0xcbf43926);
	assert_int_equal(lzma_crc64(text, 9, 0), 0x995dc9bbdf1939fa);
	assert_int_equal(lzma_crc32(text, 0, 0), 0);
	assert_int_equal(lzma_crc64(text, 0, 0), 0);
}

/* At each length and alignment, whole and in two parts. */
static void every_length(void **state)
{
	uint8_t bytes[80];
	uint32_t seed = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		seed = seed * 1103515245 + 12345;
		bytes[i] = (uint8_t)(seed >> 16);
	}
	for (size_t from = 0; from < 9; from++)
		for (size_t len = 0; from + len <= sizeof(bytes); len++) {
			_drop_copy_ struct span s =
				test_copy(span_of(bytes + from, len));
			uint64_t want64 =
				bit_by_bit(s, 0xc96c5795d7870f42, UINT64_MAX);
			uint64_t want32 = bit_by_bit(s, 0xedb88320, UINT32_MAX);
			size_t half = len / 3;

			assert_int_equal(lzma_crc64(s.ptr, len, 0), want64);
			assert_int_equal(lzma_crc32(s.ptr, len, 0), want32);
			assert_int_equal(lzma_crc64(s.ptr + half, len - half,
						    lzma_crc64(s.ptr, half, 0)),
					 want64);
			assert_int_equal(lzma_crc32(s.ptr + half, len - half,
						    lzma_crc32(s.ptr, half, 0)),
					 want32);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_values),
		cmocka_unit_test(every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
