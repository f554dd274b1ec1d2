#include "places_parts.h"

#include "base/own.h"
#include "format/mbr.h"

#include <stdio.h>
#include <string.h>

/* Linux software RAID; 0657fd6d-… and others are not for booting. */
static const struct guid type_raid = { { 0x0f, 0x88, 0x9d, 0xa1, 0xfc, 0x05,
					 0x3b, 0x4d, 0xa0, 0x06, 0x74, 0x3f,
					 0x0f, 0x84, 0x91, 0x1e } };

/* A range of the disk. */
struct window {
	int fd;
	uint64_t offset;
};

static enum status read_window(const void *ctx, uint64_t offset, void *buf,
			       size_t len, struct error *err)
{
	const struct window *w = ctx;

	return block_read_at(w->fd, w->offset + offset, buf, len, err);
}

enum status places_identify(const struct places_look *look,
			    const struct part *part, uint64_t offset,
			    uint64_t len, struct filesystem *ret,
			    struct error *err)
{
	const uint64_t unit = look->disk->sector_size;
	const struct window window = {
		.fd = look->disk_fd,
		.offset = part->first_lba * unit + offset,
	};
	const struct byte_reader reader = {
		.ctx = &window,
		.load = read_window,
		.size = len ? len : part->sectors * unit - offset,
	};

	return filesystem_identify(reader, ret, err);
}

bool places_is_member(const struct places_look *look)
{
	const struct window window = { .fd = look->disk_fd };
	const struct byte_reader reader = {
		.ctx = &window,
		.load = read_window,
		.size = look->disk->sectors * look->disk->sector_size,
	};
	struct md_member member;
	bool found = false;

	return md_find(reader, &member, &found, NULL) == OK && found;
}

static struct part *add_part(struct places_look *look, uint32_t number,
			     enum part_role role, enum place_kind kind)
{
	struct part *part = &look->parts[look->part_count++];

	part->number = number;
	part->role = role;
	part->kind = kind;
	return part;
}

static void add_gpt_part(struct places_look *look,
			 const struct gpt_partition *p)
{
	enum part_role role = PART_OTHER;
	enum place_kind kind = PLACE_FOREIGN;
	struct part *part;

	if (guid_equal(&p->type, &gpt_type_esp)) {
		role = PART_BOOT;
		kind = PLACE_ESP;
	} else if (guid_equal(&p->type, &gpt_type_xbootldr)) {
		role = PART_BOOT;
		kind = PLACE_XBOOTLDR;
	} else if (guid_equal(&p->type, &type_raid)) {
		role = PART_RAID;
	}
	part = add_part(look, p->number, role, kind);
	part->first_lba = p->first_lba;
	part->sectors = p->last_lba - p->first_lba + 1;
	guid_format(&p->unique, part->uuid);
}

static void add_mbr_part(struct places_look *look,
			 const struct mbr_table *table,
			 const struct mbr_partition *p)
{
	bool boots = p->type == MBR_TYPE_BLS || p->type == MBR_TYPE_ESP;
	struct part *part;

	part = add_part(look, p->number,
			boots			   ? PART_BOOT
			: p->type == MBR_TYPE_RAID ? PART_RAID
						   : PART_OTHER,
			boots ? PLACE_MBR : PLACE_FOREIGN);
	part->first_lba = p->first_lba;
	part->sectors = p->sectors;
	mbr_format_uuid(table, p->number, part->uuid);
}

static void tell_mbr_problem(const struct places_look *look,
			     const struct mbr_table *table)
{
	const struct part whole = { .kind = PLACE_WHOLE_DISK };
	struct place place = places_describe(look, &whole);

	if (table->problem.code != OK)
		look->sink->refused(look->sink->ctx, &place, &table->problem);
}

static enum status read_mbr(struct places_look *look, struct error *err)
{
	const struct window window = { .fd = look->disk_fd };
	const struct byte_reader reader = {
		.ctx = &window,
		.load = read_window,
		.size = look->disk->sectors * look->disk->sector_size,
	};
	_free_ struct mbr_table *table = calloc(1, sizeof(*table));
	enum status s;

	if (!table)
		return fail(err, E_NO_MEMORY, "no memory for a table");
	s = mbr_read(reader, look->disk->sector_size, table, err);
	if (s != OK)
		return s;
	tell_mbr_problem(look, table);
	for (uint32_t i = 0; i < table->count; i++)
		add_mbr_part(look, table, &table->parts[i]);
	return OK;
}

/* No table of any kind: the disk may be one file system. */
static void read_whole(struct places_look *look)
{
	struct part *part = add_part(look, 0, PART_OTHER, PLACE_WHOLE_DISK);
	enum status s;

	part->sectors = look->disk->sectors;
	s = places_identify(look, part, 0, 0, &part->fs, NULL);
	if (s == OK && part->fs.kind == FILESYSTEM_NONE)
		look->part_count--;
	/* That is what the disk is for, if it is a FAT. */
	if (s != OK || part->fs.kind == FILESYSTEM_VFAT)
		part->role = PART_BOOT;
	else if (part->fs.kind == FILESYSTEM_MD)
		part->role = PART_RAID;
}

static enum status read_gpt(struct places_look *look, struct error *err)
{
	_free_ struct gpt_table *table = calloc(1, sizeof(*table));
	enum status s;

	if (!table)
		return fail(err, E_NO_MEMORY, "no memory for a table");
	s = block_read_gpt(look->disk_fd, look->disk->sector_size,
			   look->disk->sectors, table, err);
	for (uint32_t i = 0; s == OK && i < table->count; i++)
		add_gpt_part(look, &table->parts[i]);
	return s;
}

enum status places_read_table(struct places_look *look, struct error *err)
{
	enum status s = read_gpt(look, err);

	if (s != E_BLOCK_NO_TABLE)
		return s;
	if (read_mbr(look, NULL) != OK)
		read_whole(look);
	return look->part_count ? OK : s;
}
