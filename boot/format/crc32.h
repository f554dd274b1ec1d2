/*
 * CRC-32 as in IEEE 802.3, gzip and GPT: polynomial 0x04c11db7 reflected,
 * register and result inverted. "123456789" gives 0xcbf43926.
 */
#ifndef KEELBOOT_FORMAT_CRC32_H
#define KEELBOOT_FORMAT_CRC32_H

#include "base/span.h"

/* What a checksum over several pieces begins with. */
#define CRC32_BEGIN 0

/* The checksum of everything before, continued with s. */
uint32_t crc32_add(uint32_t crc, struct span s);

/* The same with the polynomial 0x1edc6f41 (Castagnoli's), which file systems
 * have. "123456789" gives 0xe3069283. */
uint32_t crc32c_add(uint32_t crc, struct span s);

#endif
