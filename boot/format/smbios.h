/*
 * The firmware's table about the machine (DMTF DSP0134, "System Management
 * BIOS", 6.1): structures, each a formatted area and strings that it numbers.
 */
#ifndef KEELBOOT_FORMAT_SMBIOS_H
#define KEELBOOT_FORMAT_SMBIOS_H

#include "base/error.h"
#include "base/span.h"

enum smbios_type {
	SMBIOS_BIOS = 0,
	SMBIOS_SYSTEM = 1,
	SMBIOS_BASEBOARD = 2,
	SMBIOS_OEM_STRINGS = 11,
	SMBIOS_END = 127,
};

struct smbios_structure {
	uint8_t type;
	struct span area;    /* the formatted area, its header included */
	struct span strings; /* each with its NUL */
};

/*
 * Cuts the next structure off *rest. ret->type is SMBIOS_END for the last one,
 * and where *rest is empty, for not every firmware writes a last one.
 *
 * Errors: E_SMBIOS_SHORT (a formatted area beyond the end, or shorter than its
 * header), E_SMBIOS_STRINGS (strings without an end).
 */
MUST_USE enum status
smbios_next(struct span *rest, struct smbios_structure *ret, struct error *err);

/* The first structure of a type; false if there is none before the end or
 * before what cannot be read. */
MUST_USE bool smbios_find(struct span table, enum smbios_type type,
			  struct smbios_structure *ret);

/* The string whose number stands at an offset of the formatted area, empty with
 * a null pointer if there is none. */
struct span smbios_string_at(const struct smbios_structure *s, size_t offset);

/* What follows key ("vendor.name=") in the first OEM string that begins with
 * it; empty with a null pointer if none does. */
struct span smbios_oem_string(struct span table, const char *key);

#endif
