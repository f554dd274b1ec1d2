/*
 * How much memory there is, for the budget that comes before reading a file.
 */
#ifndef KEELBOOT_SYS_MEMINFO_H
#define KEELBOOT_SYS_MEMINFO_H

#include "base/error.h"

#include <stdint.h>

#define MEMINFO_PATH "/proc/meminfo"

struct meminfo {
	uint64_t total_bytes;
	uint64_t available_bytes; /* what can be had without swapping */
};

/* Errors: E_MEMINFO_READ, E_MEMINFO_FIELD (MemTotal or MemAvailable is missing
 * or not "<number> kB"). */
enum status meminfo_read(const char *path, struct meminfo *ret,
			 struct error *err);

#endif
