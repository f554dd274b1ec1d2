#include "format/crc32.h"

/* Four bits at a time: a table of 16 words is small, and the partition tables
 * this is for have 16 KiB. Entry 8 is the reflected polynomial itself. */
static const uint32_t table[16] = {
	0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
	0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
	0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
};

uint32_t crc32_add(uint32_t crc, struct span s)
{
	crc = ~crc;
	for (size_t i = 0; i < s.len; i++) {
		crc = table[(crc ^ s.ptr[i]) & 15] ^ crc >> 4;
		crc = table[(crc ^ s.ptr[i] >> 4) & 15] ^ crc >> 4;
	}
	return ~crc;
}

/* Bit by bit: what this is for are single blocks. */
uint32_t crc32c_add(uint32_t crc, struct span s)
{
	crc = ~crc;
	for (size_t i = 0; i < s.len; i++) {
		crc ^= s.ptr[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (0x82f63b78 & -(crc & 1));
	}
	return ~crc;
}
