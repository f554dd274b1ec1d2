#include "scan_places.h"
#include "scan_parts.h"

#include <stdio.h>
#include <string.h>

static uint32_t number_of(const struct scan *scan, const struct scan_place *p)
{
	const uint64_t disk = scan->probes[p->probe].diskseq;
	uint32_t number = scan_hash_begin(scan);

	number = scan_hash(number, p->place.name, strlen(p->place.name) + 1);
	number = scan_hash(number, &disk, sizeof(disk));
	while (!number || scan_places_find(scan, number))
		number++;
	return number;
}

void scan_places_add(struct scan *scan, uint32_t probe,
		     const struct place *place)
{
	struct scan_place *to = &scan->writable[scan->writable_count];

	if (!place->may_write ||
	    (place->is_removable && place->kind != PLACE_WHOLE_DISK) ||
	    scan->writable_count == SCAN_PLACES_MAX)
		return;
	for (uint32_t i = 0; i < scan->writable_count; i++)
		if (scan->writable[i].probe == probe &&
		    !strcmp(scan->writable[i].place.name, place->name))
			return;
	to->probe = probe;
	to->place = *place;
	to->id = number_of(scan, to);
	scan->writable_count++;
}

void scan_places_add_disk(struct scan *scan, uint32_t probe,
			  const struct block_disk *disk)
{
	struct place place = { .kind = PLACE_WHOLE_DISK,
			       .is_removable = true,
			       .may_write = true };

	if (!(disk->removable || disk->on_usb) || disk->read_only ||
	    !disk->sectors)
		return;
	snprintf(place.name, sizeof(place.name), "%s", disk->name);
	scan_places_add(scan, probe, &place);
}

void scan_places_remove(struct scan *scan, uint32_t probe)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < scan->writable_count; i++)
		if (scan->writable[i].probe != probe)
			scan->writable[kept++] = scan->writable[i];
	scan->writable_count = kept;
}

const struct scan_place *scan_places_find(const struct scan *scan, uint32_t id)
{
	for (uint32_t i = 0; i < scan->writable_count; i++)
		if (scan->writable[i].id == id)
			return &scan->writable[i];
	return NULL;
}
