/*
 * What the firmware of this machine says, as far as it decides what the next
 * kernel gets: its device tree's `compatible`, and the SMBIOS table.
 */
#ifndef KEELBOOT_FIRMWARE_FACTS_H
#define KEELBOOT_FIRMWARE_FACTS_H

#include "base/span.h"

/* Real tables have some KiB; a large server's, with each memory module, some
 * tens. */
#define FIRMWARE_SMBIOS_MAX (1U << 20)

/* All zeros where nothing is known, as on a host that looks at a directory. */
struct firmware_facts {
	char compatible[128]; /* the first string; "" without a device tree */
	uint8_t *smbios;
	size_t smbios_len;
};

/* Reads what is there below root ("" for the machine itself): a machine without
 * either is no error. */
void firmware_facts_read(const char *root, struct firmware_facts *ret);
void firmware_facts_drop(struct firmware_facts *facts);

struct span firmware_smbios(const struct firmware_facts *facts);

#endif
