/*
 * The .hwids section of a UKI (systemd's src/fundamental/chid.h): which machine
 * is to have which device tree. Records of 28 bytes name a machine by its CHID
 * (format/chid.h); strings stand behind them.
 */
#ifndef KEELBOOT_FORMAT_HWIDS_H
#define KEELBOOT_FORMAT_HWIDS_H

#include "base/error.h"
#include "base/span.h"

#define HWIDS_CHID_LEN 16

/* What a record gives its machine. */
enum hwids_kind { HWIDS_DEVICETREE = 1, HWIDS_FIRMWARE = 2 };

struct hwids_device {
	enum hwids_kind kind;
	uint8_t chid[HWIDS_CHID_LEN]; /* as an EFI GUID lies in memory */
	struct span name;	      /* for people, may be empty */
	struct span value; /* `compatible` of the tree, or id of the firmware;
			    * may be empty */
};

struct hwids_view {
	struct span table;
	uint32_t count;
};

/*
 * Checks the whole table, as systemd-stub does: one bad record and none counts.
 * The view points into table.
 *
 * Errors:
 * E_HWIDS_END        no record of zeros ends the records
 * E_HWIDS_KIND       a record that is neither of the two kinds
 * E_HWIDS_SIZE       a record that says it has another size than 28
 * E_HWIDS_STRING     a string that begins behind the table's end
 * E_HWIDS_STRING_END a string without a NUL
 */
MUST_USE enum status hwids_parse(struct span table, struct hwids_view *ret,
				 struct error *err);

/* The record with this index, below count. */
struct hwids_device hwids_get(const struct hwids_view *view, uint32_t index);

#endif
