/*
 * Overlays on a flattened device tree (Devicetree overlays, Documentation/
 * devicetree/overlay-notes.rst of Linux), and the question which machine a tree
 * is for. libfdt does the merging.
 */
#ifndef KEELBOOT_FORMAT_FDT_OVERLAY_H
#define KEELBOOT_FORMAT_FDT_OVERLAY_H

#include "base/error.h"
#include "base/span.h"

/* Room that a tree of base_len bytes with that overlay on it may take. */
size_t fdt_overlay_room(size_t base_len, size_t overlay_len);

/*
 * Copies base into out (at a multiple of 8, of fdt_overlay_room() bytes) and
 * merges the overlay into it. overlay is changed on the way, so it is a copy of
 * the caller's, at a multiple of 8. *ret_size is the packed size.
 *
 * Errors: those of fdt_check_tree() for either, E_FDT_OVERLAY (it does not fit
 * this tree: a label or path that is not there, a tree without symbols),
 * E_FDT_TOO_LARGE for the result, E_FDT_ROOM.
 */
MUST_USE enum status fdt_overlay(struct span base, uint8_t *overlay,
				 size_t overlay_len, uint8_t *out,
				 size_t out_len, uint32_t *ret_size,
				 struct error *err);

/* The first string of the root's `compatible`; false if blob is no sane tree at
 * a multiple of 8, or its root has none. */
MUST_USE bool fdt_first_compatible(struct span blob, struct span *ret);

#endif
