/*
 * Sectors of a FAT that are overwritten where they are; the contract is in
 * writing_parts.h.
 */
#include "base/own.h"
#include "base/text.h"
#include "format/fat.h"
#include "sys/writable.h"
#include "writing_parts.h"

#include <string.h>

static enum status read_bytes(const void *ctx, uint64_t offset, void *buf,
			      size_t len, struct error *err)
{
	return writable_read(ctx, offset, buf, len, err);
}

static enum status open_fat(const struct writable *w, struct fat_volume *fat,
			    struct error *err)
{
	const struct fat_reader reader = { .ctx = w, .load = read_bytes };

	return fat_open(reader, w->size, fat, err);
}

/* --- counters ----------------------------------------------------------------
 */

#define UNITS_MAX   (FAT_SLOTS_MAX * FAT_SLOT_UNITS)
#define CHANGES_MAX 80 /* units from the '+' to the end of the slots */

/* One byte of the folder that changes. */
struct change {
	uint64_t at;   /* on the volume */
	uint32_t unit; /* of the name */
	uint8_t from, to;
};

struct changes {
	struct change list[2 * CHANGES_MAX];
	uint32_t count;
	uint32_t dash; /* the unit between both numbers, 0 if there is none */
	bool only_digits;
};

static enum status fail_in_place(struct error *err, const char *why)
{
	return fail(err, E_WRITE_IN_PLACE,
		    "the name cannot be changed in place: %s", why);
}

/* The part of a name from its last '+' on. */
static struct span counter_of(struct span name)
{
	size_t at = name.len;

	while (at && name.ptr[at - 1] != '+')
		at--;
	return at ? span_slice(name, at - 1, name.len - at + 1)
		  : span_of(name.ptr, 0);
}

static bool is_ascii(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] >= 0x80)
			return false;
	return true;
}

/* Units in front of the counter; false if the folder's name does not end in
 * it, letter by letter. */
static bool find_counter(const struct fat_file *file, struct span counter,
			 uint32_t *ret_before)
{
	uint32_t before;

	if (!counter.len || counter.len > file->name_len || !is_ascii(counter))
		return false;
	before = file->name_len - (uint32_t)counter.len;
	for (uint32_t i = 0; i < counter.len; i++)
		if (file->name[before + i] != counter.ptr[i])
			return false;
	*ret_before = before;
	return true;
}

static bool is_digit(uint16_t c)
{
	return c >= '0' && c <= '9';
}

static void add_change(const struct fat_file *file, uint32_t n, uint16_t from,
		       uint16_t to, struct changes *ret)
{
	uint64_t at = fat_unit_offset(file, n);

	if (from == to)
		return;
	ret->only_digits &= is_digit(from) && is_digit(to);
	for (unsigned i = 0; i < 2; i++) {
		uint8_t a = (uint8_t)(from >> 8 * i),
			b = (uint8_t)(to >> 8 * i);

		if (a != b)
			ret->list[ret->count++] = (struct change){
				.at = at + i, .unit = n, .from = a, .to = b
			};
	}
}

/* What stands in a slot at a unit: the name, its end, and what fills. */
static uint16_t unit_at(const uint16_t *units, uint32_t len, uint32_t n)
{
	return n < len ? units[n] : n == len ? 0 : 0xffff;
}

/* What of a file's slots changes; the name keeps the number of its slots. */
static enum status find_changes(const struct fat_file *file, struct span old,
				struct span new, struct changes *ret,
				struct error *err)
{
	struct span from = counter_of(old), to = counter_of(new);
	uint16_t units[UNITS_MAX];
	uint32_t before = 0, len;

	ret->count = ret->dash = 0;
	ret->only_digits = from.len == to.len;
	if (!find_counter(file, from, &before))
		return fail_in_place(err, "the folder has no such long name");
	if (!to.len || !is_ascii(to) ||
	    !span_equal(span_slice(old, 0, old.len - from.len),
			span_slice(new, 0, new.len - to.len)))
		return fail_in_place(err, "more than its counter changes");
	len = before + (uint32_t)to.len;
	if (len > FAT_NAME_MAX ||
	    (len + FAT_SLOT_UNITS - 1) / FAT_SLOT_UNITS != file->slot_count)
		return fail_in_place(err, "it needs more or fewer slots");
	if (file->slot_count * FAT_SLOT_UNITS - before > CHANGES_MAX)
		return fail_in_place(err, "its counter is too long");
	memcpy(units, file->name, before * sizeof(*units));
	for (uint32_t i = 0; i < to.len; i++) {
		units[before + i] = to.ptr[i];
		if (to.ptr[i] == '-')
			ret->dash = before + i;
	}
	for (uint32_t n = before; n < file->slot_count * FAT_SLOT_UNITS; n++)
		add_change(file, n, unit_at(file->name, file->name_len, n),
			   unit_at(units, len, n), ret);
	return ret->count ? OK : fail_in_place(err, "it does not change");
}

/* Writes the changes of units [first, end), which lie in one sector. */
static enum status write_changes(const struct writable *w,
				 const struct changes *c, uint32_t first,
				 uint32_t end, struct error *err)
{
	uint8_t sector[WRITABLE_SECTOR_MAX];
	uint64_t at = UINT64_MAX;
	enum status s = OK;

	for (uint32_t i = 0; i < c->count; i++) {
		const struct change *one = &c->list[i];
		uint64_t in = one->at % w->sector_size;

		if (one->unit < first || one->unit >= end)
			continue;
		if (at == UINT64_MAX) {
			at = one->at - in;
			s = writable_load(w, at, sector, err);
			if (s != OK)
				return s;
		}
		if (sector[in] != one->from)
			return fail(err, E_WRITE_CHANGED,
				    "byte %llu of the folder is 0x%02x, it was "
				    "0x%02x a moment ago",
				    (unsigned long long)one->at, sector[in],
				    one->from);
		sector[in] = one->to;
	}
	return at == UINT64_MAX ? OK : writable_store(w, at, sector, err);
}

/* True if all changes of units [first, end) lie in one sector. */
static bool in_one_sector(const struct writable *w, const struct changes *c,
			  uint32_t first, uint32_t end)
{
	uint64_t sector = UINT64_MAX;

	for (uint32_t i = 0; i < c->count; i++) {
		uint64_t at = c->list[i].at / w->sector_size;

		if (c->list[i].unit < first || c->list[i].unit >= end)
			continue;
		if (sector != UINT64_MAX && sector != at)
			return false;
		sector = at;
	}
	return true;
}

/*
 * A sector is all or nothing. Two of them are not, but with each number whole
 * in one of them the tries left go first: a power cut in between gives a
 * counter that has been counted and does not say how often.
 */
static enum status write_name(const struct writable *w, const struct changes *c,
			      enum write_way *ret_way, struct error *err)
{
	enum status s;

	*ret_way = WRITE_IN_PLACE;
	if (in_one_sector(w, c, 0, UNITS_MAX))
		return write_changes(w, c, 0, UNITS_MAX, err);
	if (!c->only_digits || !c->dash || !in_one_sector(w, c, 0, c->dash) ||
	    !in_one_sector(w, c, c->dash, UNITS_MAX))
		return fail_in_place(err, "its bytes are in two sectors");
	*ret_way = WRITE_IN_PLACE_TWICE;
	s = write_changes(w, c, 0, c->dash, err);
	return s == OK ? write_changes(w, c, c->dash, UNITS_MAX, err) : s;
}

/* Another file must not have the new name. */
static enum status check_free(const struct fat_volume *fat, const char *path,
			      size_t folder_len, const char *new_name,
			      struct error *err)
{
	char buf[VOLUME_PATH_MAX + 1];
	struct text t = text_over(buf, sizeof(buf));
	struct fat_file file;
	struct error found;
	enum status s;

	text_add_bytes(&t, span_of(path, folder_len));
	text_add(&t, new_name);
	if (t.cut)
		return fail_in_place(err, "its path is too long");
	s = fat_find(fat, buf, &file, &found);
	if (s == OK)
		return fail_in_place(err, "another file has the new name");
	if (s != E_FAT_NOT_FOUND && err)
		*err = found;
	return s == E_FAT_NOT_FOUND ? OK : s;
}

enum status writing_count_in_place(const char *node, const char *path,
				   const char *new_name,
				   enum write_way *ret_way, struct error *err)
{
	_close_writable_ struct writable w = WRITABLE_NONE;
	const char *slash = strrchr(path, '/');
	size_t folder_len = slash ? (size_t)(slash - path) + 1 : 0;
	struct fat_volume fat;
	struct fat_file file;
	struct changes changes;
	enum status s = writable_open(node, &w, err);

	if (s == OK)
		s = open_fat(&w, &fat, err);
	if (s == OK)
		s = fat_find(&fat, path, &file, err);
	if (s == OK)
		s = check_free(&fat, path, folder_len, new_name, err);
	if (s == OK)
		s = find_changes(&file, span_of_text(path + folder_len),
				 span_of_text(new_name), &changes, err);
	return s == OK ? write_name(&w, &changes, ret_way, err) : s;
}

/* --- the store ---------------------------------------------------------------
 */

/* Where the sector with byte `offset` of the file is. */
static enum status find_sector(const struct writable *w,
			       const struct fat_volume *fat,
			       const struct fat_file *file, uint64_t offset,
			       uint64_t *ret, struct error *err)
{
	uint64_t len = 0;
	enum status s = fat_extent(fat, file, offset, ret, &len, err);

	if (s == OK && (*ret % w->sector_size || len < w->sector_size))
		return fail_in_place(err, "the store is not in whole sectors");
	return s;
}

static enum status read_store(const struct writable *w,
			      const struct fat_volume *fat,
			      const struct fat_file *file,
			      uint8_t ret[static STORE_SIZE], struct error *err)
{
	uint8_t sector[WRITABLE_SECTOR_MAX];

	for (uint32_t at = 0; at < STORE_SIZE; at += w->sector_size) {
		uint64_t from = 0;
		enum status s = find_sector(w, fat, file, at, &from, err);

		if (s == OK)
			s = writable_load(w, from, sector, err);
		if (s != OK)
			return s;
		memcpy(ret + at, sector, w->sector_size);
	}
	return OK;
}

static enum status write_slot(const struct writable *w,
			      const struct fat_volume *fat,
			      const struct fat_file *file, uint32_t start,
			      const uint8_t bytes[static STORE_SLOT_SIZE],
			      struct error *err)
{
	uint8_t sector[WRITABLE_SECTOR_MAX];

	for (uint32_t at = 0; at < STORE_SLOT_SIZE; at += w->sector_size) {
		uint64_t to = 0;
		enum status s = find_sector(w, fat, file, start + at, &to, err);

		memcpy(sector, bytes + at, w->sector_size);
		if (s == OK)
			s = writable_store(w, to, sector, err);
		if (s != OK)
			return s;
	}
	return OK;
}

enum status writing_store_in_place(const char *node, const struct store *store,
				   struct error *err)
{
	_close_writable_ struct writable w = WRITABLE_NONE;
	_free_ uint8_t *bytes = malloc(STORE_SIZE);
	_free_ uint8_t *slot = malloc(STORE_SLOT_SIZE);
	struct fat_volume fat;
	struct fat_file file;
	uint32_t start = 0;
	enum status s = OK;

	if (!bytes || !slot)
		return fail(err, E_NO_MEMORY, "no memory for the store");
	s = writable_open(node, &w, err);
	if (s == OK)
		s = open_fat(&w, &fat, err);
	if (s == OK)
		s = fat_find(&fat, STORE_PATH, &file, err);
	if (s == OK && (file.is_folder || file.size != STORE_SIZE))
		s = fail_in_place(err, "the store has another size");
	if (s == OK)
		s = read_store(&w, &fat, &file, bytes, err);
	if (s == OK)
		s = writing_next_slot(span_of(bytes, STORE_SIZE), store, slot,
				      &start, err);
	return s == OK ? write_slot(&w, &fat, &file, start, slot, err) : s;
}
