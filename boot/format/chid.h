/*
 * Computer hardware ids (CHIDs), by which a UKI's .hwids knows a machine: UUIDs
 * of version 5 over some of its SMBIOS strings. Microsoft's "Specifying
 * hardware IDs for a computer"; which strings go into which id, and the order
 * of the ids, as in systemd's src/fundamental/chid.c and src/boot/chid.c.
 *
 * Ids with the panel's EDID are none here: a server's panel says nothing.
 */
#ifndef KEELBOOT_FORMAT_CHID_H
#define KEELBOOT_FORMAT_CHID_H

#include "base/span.h"

#define CHID_LEN 16

/* In the order they are hashed. */
enum chid_field {
	CHID_MANUFACTURER,
	CHID_FAMILY,
	CHID_PRODUCT,
	CHID_SKU,
	CHID_BOARD_MANUFACTURER,
	CHID_BOARD_PRODUCT,
	CHID_BIOS_VENDOR,
	CHID_BIOS_VERSION,
	CHID_BIOS_MAJOR,
	CHID_BIOS_MINOR,
	CHID_FIELD_COUNT
};

struct chid_fields {
	bool has[CHID_FIELD_COUNT];
	struct span text[CHID_FIELD_COUNT]; /* without what is not hashed */
	char major[3], minor[3];	    /* back the last two */
};

/* Ids by which device trees are looked for, from the most to the least
 * specific. */
#define CHID_PRIORITY_COUNT 9

/* Longest text that is hashed; SMBIOS strings have no limit, real ones have
 * some tens of bytes. */
#define CHID_MESSAGE_MAX 4096

/* Reads the fields off an SMBIOS table, which *ret points into. A string with
 * bytes that are not ASCII counts as missing. */
void chid_fields_of(struct span smbios, struct chid_fields *ret);

/* What the SHA-1 of the id with this place in the order (0 to
 * CHID_PRIORITY_COUNT - 1) is taken of. False if a field that it needs is
 * missing, and then there is no such id, or there is no room. */
MUST_USE bool chid_message(const struct chid_fields *fields, unsigned place,
			   uint8_t out[static CHID_MESSAGE_MAX],
			   size_t *ret_len);

/* The id as an EFI GUID lies in memory, from that SHA-1. */
void chid_of_sha1(const uint8_t sha1[static 20], uint8_t ret[static CHID_LEN]);

#endif
