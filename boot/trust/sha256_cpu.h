/*
 * The block function of SHA-256 (FIPS 180-4, 6.2.2) with the CPU's own
 * instructions: x86 SHA extensions, Armv8 SHA2. About five times as fast as
 * portable C, where the CPU has them.
 */
#ifndef KEELBOOT_TRUST_SHA256_CPU_H
#define KEELBOOT_TRUST_SHA256_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA256_BLOCK 64

/* Asks the CPU; false on any other architecture. In a virtual machine the
 * question may take tens of microseconds. */
bool sha256_cpu_is_there(void);

/* Takes count whole blocks into the state. Only where sha256_cpu_is_there(). */
void sha256_cpu_blocks(uint32_t state[static 8], const uint8_t *blocks,
		       size_t count);

#endif
