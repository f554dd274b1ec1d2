#include "sys/block.h"

#include "base/log.h"
#include "base/own.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What it takes to read a table. */
struct source {
	int fd;
	uint32_t sector_size;
	uint64_t sectors;
};

static enum status read_sectors(const struct source *from, uint64_t lba,
				void *to, size_t len, struct error *err)
{
	uint64_t offset;

	if (lba >= from->sectors || !mul_size(lba, from->sector_size, &offset))
		return fail(err, E_BLOCK_SHORT,
			    "sector %" PRIu64 " is not on a disk of %" PRIu64
			    " sectors",
			    lba, from->sectors);
	return block_read_at(from->fd, offset, to, len, err);
}

static enum status read_table(const struct source *from, uint64_t lba,
			      struct gpt_table *ret,
			      struct gpt_header *ret_header, struct error *err)
{
	_free_ uint8_t *sector = malloc(from->sector_size);
	_free_ uint8_t *entries = NULL;
	enum status s;

	if (!sector)
		return fail(err, E_NO_MEMORY, "no memory for a sector");
	s = read_sectors(from, lba, sector, from->sector_size, err);
	if (s == OK)
		s = gpt_parse_header(span_of(sector, from->sector_size), lba,
				     from->sectors, ret_header, err);
	if (s != OK)
		return s;
	entries = malloc((size_t)ret_header->entries_bytes);
	if (!entries)
		return fail(err, E_NO_MEMORY,
			    "no memory for a table of %" PRIu64 " bytes",
			    ret_header->entries_bytes);
	s = read_sectors(from, ret_header->entries_lba, entries,
			 (size_t)ret_header->entries_bytes, err);
	if (s == OK)
		s = gpt_parse_entries(
			span_of(entries, (size_t)ret_header->entries_bytes),
			ret_header, ret, err);
	return s;
}

static enum status check_protective_mbr(const struct source *from,
					struct error *err)
{
	uint8_t sector[BLOCK_SECTOR_MIN];
	enum status s = block_read_at(from->fd, 0, sector, sizeof(sector), err);

	if (s != OK)
		return s;
	if (!gpt_has_protective_mbr(span_of(sector, sizeof(sector))))
		return fail(err, E_BLOCK_NO_TABLE,
			    "no GUID partition table: the first sector ends in "
			    "%02x %02x and has no partition of type ee",
			    sector[510], sector[511]);
	return OK;
}

/* The backup in the last sector; where the disk has grown, where the primary
 * header says. */
static enum status read_backup(const struct source *from, uint64_t pointed,
			       struct gpt_table *ret, struct error *err)
{
	uint64_t last = from->sectors ? from->sectors - 1 : 0;
	struct gpt_header header;
	enum status s = read_table(from, last, ret, &header, err);

	if (s != OK && pointed > 1 && pointed < last &&
	    read_table(from, pointed, ret, &header, NULL) == OK)
		s = OK;
	return s;
}

/* The first sector only says whether the disk has a table at all. Where it
 * cannot be read, and with it mostly the page it is in, the tables decide. */
enum status block_read_gpt(int fd, uint32_t sector_size, uint64_t sectors,
			   struct gpt_table *ret, struct error *err)
{
	struct source from = { fd, sector_size, sectors };
	struct gpt_header header = { .other_lba = 0 };
	struct error primary, backup;
	enum status s = block_check_sector_size("the disk", sector_size,
						E_BLOCK_SECTOR_SIZE, err);

	if (s != OK)
		return s;
	s = check_protective_mbr(&from, err);
	if (s != OK && s != E_BLOCK_READ)
		return s;
	s = read_table(&from, 1, ret, &header, &primary);
	if (s == OK) {
		ret->from_backup = false;
		return OK;
	}
	if (read_backup(&from, header.other_lba, ret, &backup) != OK) {
		fail(err, s, "%s; the backup table: %s", primary.text,
		     backup.text);
		if (err)
			err->sys = primary.sys;
		return s;
	}
	log_warn("the backup partition table is used: %s", primary.text);
	ret->from_backup = true;
	return OK;
}
