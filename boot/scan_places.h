/*
 * Where an operator may have something written: FAT volumes made for booting,
 * as their probes tell, and removable disks, as the kernel does.
 */
#ifndef KEELBOOT_SCAN_PLACES_H
#define KEELBOOT_SCAN_PLACES_H

#include "scan.h"

#define SCAN_PLACES_MAX 64 /* more are left out */

struct scan_place {
	uint32_t id; /* the same after another look at the disks, never 0 */
	uint32_t probe;
	/* Of a removable disk the disk itself, as PLACE_WHOLE_DISK: what is on
	 * it is looked at when it is written. */
	struct place place;
};

/* Adds a place, if it may be written and there is room. Of a removable disk
 * only the disk is taken. */
void scan_places_add(struct scan *scan, uint32_t probe,
		     const struct place *place);

/* Adds a disk, if it is removable and may be written, whatever is on it. */
void scan_places_add_disk(struct scan *scan, uint32_t probe,
			  const struct block_disk *disk);

/* Forgets the places of a probe. */
void scan_places_remove(struct scan *scan, uint32_t probe);

/* NULL if it is gone. */
const struct scan_place *scan_places_find(const struct scan *scan, uint32_t id);

#endif
