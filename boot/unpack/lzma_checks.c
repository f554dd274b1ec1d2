/*
 * The checksums of .xz, which the linker takes for liblzma's own: those come
 * with 16 KB of tables. CRC32 is zlib's, which is here anyway. CRC64 (ECMA-182,
 * .xz file format, 6) makes itself a table of 2 KB each time it is called,
 * which is nothing next to the megabytes that go through it.
 */
#include "base/span.h"

#include <endian.h>
#include <lzma.h>
#include <string.h>
#include <zlib.h>

#define CRC64_POLYNOMIAL 0xc96c5795d7870f42 /* least bit first */

uint32_t lzma_crc32(const uint8_t *buf, size_t size, uint32_t crc)
{
	return (uint32_t)crc32_z(crc, buf, size);
}

/* What each half of each byte of a word becomes when 64 bits went through. A
 * bit of the word has as many steps to go as there are bits after it. */
static void make_table(uint64_t ret[static 16][16])
{
	uint64_t step = 1;

	for (unsigned bit = 64; bit-- > 0;) {
		uint64_t *row = ret[bit / 4];
		unsigned value = 1U << bit % 4;

		step = step >> 1 ^ (step & 1 ? CRC64_POLYNOMIAL : 0);
		for (unsigned i = 0; i < 16; i++)
			row[i] = (bit % 4 == 3 ? 0 : row[i]) ^
				 (i & value ? step : 0);
	}
}

static uint64_t one_byte(uint64_t crc, uint8_t byte, uint64_t table[16][16])
{
	uint8_t low = (uint8_t)(crc ^ byte);

	return crc >> 8 ^ table[14][low & 15] ^ table[15][low >> 4];
}

uint64_t lzma_crc64(const uint8_t *buf, size_t size, uint64_t crc)
{
	struct span rest = span_of(buf, size);
	uint64_t table[16][16], word;

	make_table(table);
	crc = ~crc;
	for (; rest.len >= sizeof(word);
	     rest.ptr += sizeof(word), rest.len -= sizeof(word)) {
		memcpy(&word, rest.ptr, sizeof(word));
		word = le64toh(word) ^ crc;
		crc = 0;
		for (unsigned i = 0; i < 16; i++)
			crc ^= table[i][word >> 4 * i & 15];
	}
	for (; rest.len; rest.ptr++, rest.len--)
		crc = one_byte(crc, *rest.ptr, table);
	return ~crc;
}
