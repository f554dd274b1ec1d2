/*
 * keelboot's writing code on an image of a FAT, without a guest:
 *
 *	write_tool look IMAGE PATH...	 slots, entry, extents of each
 *	write_tool count IMAGE PATH NEW	 the way, or why not
 *	write_tool store IMAGE ONESHOT LAST
 *
 * Prints one line each; a failure is "failed SLUG: SENTENCE". There is no mount
 * behind it, so that what does not go in place fails.
 */
#include "base/log.h"
#include "format/fat.h"
#include "sys/writable.h"
#include "writing_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int told(enum status s, enum write_way way, const struct error *err)
{
	if (s == OK)
		printf("way %d\n", way);
	else
		printf("failed %s: %s\n", status_slug(s), err->text);
	return 0;
}

static enum status load(const void *ctx, uint64_t offset, void *buf, size_t len,
			struct error *err)
{
	return writable_read(ctx, offset, buf, len, err);
}

static enum status look(const struct fat_volume *fat, const char *path,
			struct error *err)
{
	struct fat_file f;
	uint64_t offset = 0;
	enum status s = fat_find(fat, path, &f, err);

	if (s != OK)
		return s;
	printf("%" PRIu32 " %" PRIu32 " %" PRIu64 " slots", f.size,
	       f.first_cluster, f.entry);
	for (uint32_t i = 0; i < f.slot_count; i++)
		printf(" %" PRIu64, f.slots[i]);
	printf(" extents");
	while (s == OK && !f.is_folder && offset < f.size) {
		uint64_t at = 0, len = 0;

		s = fat_extent(fat, &f, offset, &at, &len, err);
		if (s == OK)
			printf(" %" PRIu64 "+%" PRIu64, at, len);
		offset += len;
	}
	printf("\n");
	return s;
}

static int look_all(const char *image, char **paths, int count)
{
	_close_writable_ struct writable w = WRITABLE_NONE;
	const struct fat_reader reader = { .ctx = &w, .load = load };
	struct fat_volume fat;
	struct error err;
	enum status s = writable_open(image, &w, &err);

	if (s == OK)
		s = fat_open(reader, w.size, &fat, &err);
	if (s != OK)
		return told(s, 0, &err);
	printf("FAT%u\n", fat.bits);
	for (int i = 0; i < count; i++) {
		s = look(&fat, paths[i], &err);
		if (s != OK)
			told(s, 0, &err);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct store store = { .sequence = 0 };
	enum write_way way = WRITE_IN_PLACE;
	struct error err;
	enum status s;

	log_to(2, false, LOG_DEBUG);
	if (argc >= 4 && !strcmp(argv[1], "look"))
		return look_all(argv[2], argv + 3, argc - 3);
	if (argc == 5 && !strcmp(argv[1], "count")) {
		s = writing_count_in_place(argv[2], argv[3], argv[4], &way,
					   &err);
		return told(s, way, &err);
	}
	if (argc != 5 || strcmp(argv[1], "store"))
		return 2;
	snprintf(store.oneshot, sizeof(store.oneshot), "%s", argv[3]);
	snprintf(store.last, sizeof(store.last), "%s", argv[4]);
	s = writing_store_in_place(argv[2], &store, &err);
	return told(s, way, &err);
}
