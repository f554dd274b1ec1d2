/*
 * Which device tree the next kernel gets, and what is put on it: systemd-boot's
 * and systemd-stub's rules (src/boot/{boot,stub,pe}.c).
 */
#ifndef KEELBOOT_LOAD_DEVICETREE_H
#define KEELBOOT_LOAD_DEVICETREE_H

#include "load_request.h"

struct devicetree_plan {
	struct display source; /* "" if it is the running machine's */
	struct trusted_span tree;
	bool has_overlays; /* the entry's, on the entry's tree */
};

/*
 * The entry's devicetree with its overlays; in place of that the UKI's .dtbauto
 * that is for this machine, or else its .dtb; in place of that the last addon's
 * that has one (of its two kinds, the first that is for this machine).
 *
 * A .dtbauto is for this machine if the first string of its `compatible` is
 * that of the firmware's tree. Where the firmware has none, .hwids of the image
 * says by the machine's hardware ids (format/chid.h) what to look for. One that
 * is no sane tree is passed over, and so is a .hwids that is broken; both are
 * told in notes.
 */
void load_plan_devicetree(struct load_request *request,
			  struct devicetree_plan *ret);

/* The tree in a blob of its own, BLOB_NONE if it is the running machine's.
 * Errors: those of fdt_overlay(), those of blob.h. */
MUST_USE enum status load_build_devicetree(const struct load_request *request,
					   const struct devicetree_plan *plan,
					   struct blob *ret, struct error *err);

#endif
