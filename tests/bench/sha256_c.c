/* In place of boot/trust/sha256_cpu.c: a CPU without SHA instructions, to
 * measure what they are worth. */
#include "trust/sha256_cpu.h"

bool sha256_cpu_is_there(void)
{
	return false;
}

void sha256_cpu_blocks(uint32_t state[static 8], const uint8_t *blocks,
		       size_t count)
{
	(void)state;
	(void)blocks;
	(void)count;
}
