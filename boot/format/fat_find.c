/* Folders and names of a FAT volume; the contract is in format/fat.h. */
#include "base/text.h"
#include "format/fat.h"

#include <inttypes.h>
#include <string.h>

#define ATTRIBUTE_LABEL	 0x08
#define ATTRIBUTE_FOLDER 0x10
#define ATTRIBUTE_LONG	 0x0f
#define ATTRIBUTE_MASK	 0x3f
#define LAST_SLOT	 0x40
#define DELETED		 0xe5

/* Where in a folder the next slot is. */
struct walk {
	const struct fat_volume *fat;
	uint32_t cluster; /* 0: the root of FAT12 and FAT16 */
	uint64_t at;	  /* byte offset on the volume */
	uint64_t end;	  /* of the cluster, or of that root */
	uint32_t seen;	  /* slots */
};

/* A long name as its slots come, the last one first. */
struct long_name {
	uint16_t units[FAT_SLOTS_MAX * FAT_SLOT_UNITS];
	uint64_t slots[FAT_SLOTS_MAX];
	uint32_t count;	   /* slots it has */
	uint32_t expected; /* number of the slot that must come next */
	uint8_t checksum;
};

/* What is looked for: one component of a path. */
struct wanted {
	uint16_t units[FAT_NAME_MAX];
	uint32_t len;
};

static uint16_t fold(uint16_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint16_t)(c + ('a' - 'A')) : c;
}

static bool equal_folded(const uint16_t *a, uint32_t a_len,
			 const struct wanted *b)
{
	if (a_len != b->len)
		return false;
	for (uint32_t i = 0; i < a_len; i++)
		if (fold(a[i]) != fold(b->units[i]))
			return false;
	return true;
}

/* --- the path ----------------------------------------------------------------
 */

/* The code point of a valid UTF-8 sequence. */
static uint32_t decode(struct span s)
{
	static const uint8_t masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t point = s.ptr[0] & masks[s.len & 7];

	for (size_t i = 1; i < s.len; i++)
		point = point << 6 | (s.ptr[i] & 0x3f);
	return point;
}

static bool add_point(struct wanted *w, uint32_t point)
{
	uint32_t needed = point >= 0x10000 ? 2 : 1;

	if (w->len + needed > FAT_NAME_MAX)
		return false;
	if (needed == 2) {
		point -= 0x10000;
		w->units[w->len++] = (uint16_t)(0xd800 | point >> 10);
		point = 0xdc00 | (point & 0x3ff);
	}
	w->units[w->len++] = (uint16_t)point;
	return true;
}

static enum status read_component(struct span part, struct wanted *w,
				  struct error *err)
{
	unsigned width;
	bool valid;
	size_t len;

	w->len = 0;
	if (span_equal_text(part, ".") || span_equal_text(part, ".."))
		return fail(err, E_FAT_PATH, "%s is a component of a path",
			    display_of(part).text);
	while ((len = utf8_next(part, &width, &valid)) > 0) {
		if (!valid)
			return fail(err, E_FAT_PATH,
				    "the name %s is not UTF-8 without control "
				    "characters",
				    display_of(part).text);
		if (!add_point(w, decode(span_slice(part, 0, len))))
			return fail(err, E_FAT_PATH,
				    "a name in a path has more than %d units",
				    FAT_NAME_MAX);
		part = span_slice(part, len, part.len - len);
	}
	return OK;
}

/* --- a folder ----------------------------------------------------------------
 */

static void begin(const struct fat_volume *fat, uint32_t cluster,
		  struct walk *ret)
{
	*ret = (struct walk){ .fat = fat, .cluster = cluster };
	ret->at = cluster ? fat_cluster_offset(fat, cluster) : fat->root_offset;
	ret->end = ret->at + (cluster ? fat->cluster_size : fat->root_len);
}

/* The next slot; *ret_at is 0 behind the last. */
static enum status next_slot(struct walk *w, uint8_t slot[static FAT_SLOT_LEN],
			     uint64_t *ret_at, struct error *err)
{
	const struct fat_reader *reader = &w->fat->reader;
	enum status s = OK;

	*ret_at = 0;
	if (w->at == w->end && w->cluster) {
		uint32_t seen = w->seen, next = 0;

		s = fat_next(w->fat, w->cluster, &next, err);
		if (s != OK)
			return s;
		begin(w->fat, next, w);
		w->seen = seen;
		if (!next)
			w->at = w->end;
	}
	if (w->at == w->end)
		return OK;
	if (w->seen++ == FAT_FOLDER_MAX)
		return fail(err, E_FAT_FOLDER_LONG,
			    "a folder has more than %d slots", FAT_FOLDER_MAX);
	s = reader->load(reader->ctx, w->at, slot, FAT_SLOT_LEN, err);
	if (s != OK || !slot[0]) /* 0: the folder ends here */
		return s;
	*ret_at = w->at;
	w->at += FAT_SLOT_LEN;
	return OK;
}

static uint16_t unit_of(const uint8_t *slot, unsigned n)
{
	unsigned at = n < 5 ? 1 + 2 * n : n < 11 ? 4 + 2 * n : 6 + 2 * n;

	return (uint16_t)(slot[at] | slot[at + 1] << 8);
}

/* Takes a slot of a long name; one out of order ends what was collected. */
static void collect(struct long_name *l, const uint8_t *slot, uint64_t at)
{
	uint32_t number = slot[0] & 0x3fu;
	bool is_last = slot[0] & LAST_SLOT;

	if (is_last) {
		l->count = l->expected = number;
		l->checksum = slot[13];
	}
	if (!number || number > FAT_SLOTS_MAX || (slot[0] & 0x80) ||
	    !l->count || number != l->expected || slot[13] != l->checksum ||
	    slot[12] || slot[26] || slot[27]) {
		l->count = 0;
		return;
	}
	l->expected = number - 1;
	l->slots[number - 1] = at;
	for (unsigned i = 0; i < FAT_SLOT_UNITS; i++)
		l->units[(number - 1) * FAT_SLOT_UNITS + i] = unit_of(slot, i);
}

static uint8_t checksum(const uint8_t *short_name)
{
	uint8_t sum = 0;

	for (unsigned i = 0; i < 11; i++)
		sum = (uint8_t)((sum >> 1 | sum << 7) + short_name[i]);
	return sum;
}

/* Moves a whole long name to the file; without one, or with one whose length
 * is not that of its slots, there is only the short name. */
static void take_long_name(const struct long_name *l, const uint8_t *entry,
			   struct fat_file *file)
{
	uint32_t len = 0, room = l->count * FAT_SLOT_UNITS;

	file->name_len = file->slot_count = 0;
	if (!l->count || l->expected || l->checksum != checksum(entry))
		return;
	while (len < room && l->units[len])
		len++;
	if (len > FAT_NAME_MAX || len + FAT_SLOT_UNITS <= room)
		return;
	memcpy(file->name, l->units, len * sizeof(*l->units));
	memcpy(file->slots, l->slots, l->count * sizeof(*l->slots));
	file->name_len = len;
	file->slot_count = l->count;
}

/* "NAME    EXT" as "NAME.EXT"; bytes beyond ASCII depend on a code page that
 * nothing here knows, and match no name. */
static bool is_short_name(const uint8_t *entry, const struct wanted *wanted)
{
	uint16_t units[12];
	uint32_t len = 0, base;

	for (base = 8; base && entry[base - 1] == ' ';)
		base--;
	for (uint32_t i = 0; i < base; i++)
		units[len++] = entry[i];
	for (base = 11; base > 8 && entry[base - 1] == ' ';)
		base--;
	if (base > 8)
		units[len++] = '.';
	for (uint32_t i = 8; i < base; i++)
		units[len++] = entry[i];
	for (uint32_t i = 0; i < len; i++)
		if (units[i] >= 0x80)
			return false;
	return equal_folded(units, len, wanted);
}

static void take_entry(const struct fat_volume *fat, const uint8_t *entry,
		       uint64_t at, struct fat_file *file)
{
	struct span s = span_of(entry, FAT_SLOT_LEN);

	file->entry = at;
	file->is_folder = entry[11] & ATTRIBUTE_FOLDER;
	file->first_cluster = span_le16(s, 26);
	if (fat->bits == 32)
		file->first_cluster |= (uint32_t)span_le16(s, 20) << 16;
	file->size = span_le32(s, 28);
}

static enum status find_in_folder(const struct fat_volume *fat,
				  uint32_t cluster, const struct wanted *wanted,
				  struct fat_file *file, bool *ret_found,
				  struct error *err)
{
	struct long_name name = { .count = 0 };
	uint8_t slot[FAT_SLOT_LEN];
	struct walk walk;
	uint64_t at;
	enum status s;

	begin(fat, cluster, &walk);
	for (;;) {
		s = next_slot(&walk, slot, &at, err);
		if (s != OK || !at)
			break;
		if (slot[0] != DELETED &&
		    (slot[11] & ATTRIBUTE_MASK) == ATTRIBUTE_LONG) {
			collect(&name, slot, at);
			continue;
		}
		take_long_name(&name, slot, file);
		name.count = 0;
		if (slot[0] == DELETED || (slot[11] & ATTRIBUTE_LABEL))
			continue;
		if (equal_folded(file->name, file->name_len, wanted) ||
		    is_short_name(slot, wanted)) {
			take_entry(fat, slot, at, file);
			*ret_found = true;
			return OK;
		}
	}
	*ret_found = false;
	return s;
}

static enum status find_component(const struct fat_volume *fat,
				  struct span part, uint32_t *cluster,
				  struct fat_file *file, struct error *err)
{
	struct wanted wanted;
	bool found = false;
	enum status s = read_component(part, &wanted, err);

	if (s == OK)
		s = find_in_folder(fat, *cluster, &wanted, file, &found, err);
	if (s != OK)
		return s;
	if (!found)
		return fail(err, E_FAT_NOT_FOUND, "there is no %s in the FAT",
			    display_of(part).text);
	*cluster = file->first_cluster;
	return OK;
}

enum status fat_find(const struct fat_volume *fat, const char *path,
		     struct fat_file *ret, struct error *err)
{
	struct span rest = span_of_text(path),
		    part = span_next_component(&rest);
	uint32_t cluster = fat->root_cluster;
	struct fat_file file;
	enum status s;

	if (!part.len)
		return fail(err, E_FAT_PATH, "the path of a file is empty");
	for (unsigned depth = 1;; depth++) {
		if (depth > FAT_DEPTH_MAX)
			return fail(err, E_FAT_PATH,
				    "a path has more than %d components",
				    FAT_DEPTH_MAX);
		s = find_component(fat, part, &cluster, &file, err);
		if (s != OK)
			return s;
		part = span_next_component(&rest);
		if (!part.len)
			break;
		if (!file.is_folder)
			return fail(err, E_FAT_NOT_FOLDER,
				    "%s is in a path behind a file",
				    display_of(part).text);
		s = fat_check_cluster(fat, cluster, "a folder", err);
		if (s != OK)
			return s;
	}
	*ret = file;
	return OK;
}

uint64_t fat_unit_offset(const struct fat_file *file, uint32_t n)
{
	uint32_t in = n % FAT_SLOT_UNITS;
	uint32_t at = in < 5 ? 1 + 2 * in : in < 11 ? 4 + 2 * in : 6 + 2 * in;

	return file->slots[n / FAT_SLOT_UNITS] + at;
}
