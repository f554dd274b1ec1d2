#include "format/mbr.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define AT_ID	      440
#define AT_ENTRIES    446
#define ENTRY_LEN     16
#define ENTRIES	      4
#define AT_SIGNATURE  510
#define SIGNATURE     0xaa55
#define FIRST_LOGICAL 5

/* An entry as it stands. */
struct entry {
	uint8_t flag, type;
	uint32_t first, sectors;
};

struct walk {
	struct byte_reader reader;
	uint32_t sector_size;
	uint64_t disk_sectors;
	struct mbr_table *table;
	uint32_t next_logical;
	uint32_t links; /* followed so far, over all chains */
};

void mbr_format_uuid(const struct mbr_table *table, uint32_t number,
		     char buf[static MBR_UUID_LEN + 1])
{
	snprintf(buf, MBR_UUID_LEN + 1, "%08" PRIx32 "-%02x", table->id,
		 (unsigned)(number & 0xff));
}

static bool is_extended(uint8_t type)
{
	return type == 0x05 || type == 0x0f || type == 0x85;
}

static struct entry read_entry(struct span sector, unsigned index)
{
	struct span at =
		span_slice(sector, AT_ENTRIES + index * ENTRY_LEN, ENTRY_LEN);

	return (struct entry){ .flag = at.ptr[0],
			       .type = at.ptr[4],
			       .first = span_le32(at, 8),
			       .sectors = span_le32(at, 12) };
}

static bool is_used(const struct entry *e)
{
	return e->type && e->sectors;
}

/* The first problem is told; what follows is often the same again. */
static struct error *problem_of(struct walk *w)
{
	return w->table->problem.code == OK ? &w->table->problem : NULL;
}

static bool is_overlapping(struct walk *w, const struct mbr_partition *part)
{
	for (uint32_t i = 0; i < w->table->count; i++) {
		const struct mbr_partition *other = &w->table->parts[i];

		if (part->first_lba >= other->first_lba + other->sectors ||
		    other->first_lba >= part->first_lba + part->sectors)
			continue;
		fail(problem_of(w), E_MBR_OVERLAP,
		     "partition %" PRIu32 " (%" PRIu64 " sectors from %" PRIu64
		     " on) overlaps partition %" PRIu32 " (%" PRIu64
		     " from %" PRIu64 " on)",
		     part->number, part->sectors, part->first_lba,
		     other->number, other->sectors, other->first_lba);
		return true;
	}
	return false;
}

/* Numbers and sizes are of 32 bits, and so sums of them fit into 64. */
static void add(struct walk *w, uint32_t number, uint8_t type, uint64_t first,
		uint64_t sectors)
{
	const struct mbr_partition part = { .number = number,
					    .type = type,
					    .first_lba = first,
					    .sectors = sectors };

	if (!first)
		fail(problem_of(w), E_MBR_OVER_TABLE,
		     "partition %" PRIu32 " begins at sector 0, where the "
		     "table is",
		     number);
	else if (first + sectors > w->disk_sectors)
		fail(problem_of(w), E_MBR_PAST_END,
		     "partition %" PRIu32 " ends at sector %" PRIu64
		     ", the disk at %" PRIu64,
		     number, first + sectors, w->disk_sectors);
	else if (w->table->count == MBR_PARTITIONS_MAX)
		fail(problem_of(w), E_MBR_TOO_MANY,
		     "partition %" PRIu32 " is left out: more than %d", number,
		     MBR_PARTITIONS_MAX);
	else if (!is_overlapping(w, &part))
		w->table->parts[w->table->count++] = part;
}

static enum status read_sector(struct walk *w, uint64_t lba, uint8_t *buf,
			       struct error *err)
{
	return w->reader.load(w->reader.ctx, lba * w->sector_size, buf,
			      MBR_SECTOR, err);
}

/* Sectors first to first + sectors lie in the extended partition. */
static bool is_inside(struct walk *w, const struct entry *extended,
		      uint64_t first, uint64_t sectors, const char *what)
{
	uint64_t begin = extended->first;
	uint64_t end = begin + extended->sectors;

	if (first >= begin && first + sectors <= end)
		return true;
	fail(problem_of(w), E_MBR_CHAIN_OUTSIDE,
	     "%s (%" PRIu64 " sectors from %" PRIu64 " on) leaves the extended "
	     "partition (sectors %" PRIu64 "-%" PRIu64 ")",
	     what, sectors, first, begin, end - 1);
	return false;
}

/* One sector of a chain; returns the next one's number, 0 at the end. */
static uint64_t read_link(struct walk *w, const struct entry *extended,
			  uint64_t lba)
{
	uint8_t buf[MBR_SECTOR] = { 0 };
	struct span sector = span_of(buf, sizeof(buf));
	uint64_t next = 0;

	if (read_sector(w, lba, buf, problem_of(w)) != OK)
		return 0;
	if (span_le16(sector, AT_SIGNATURE) != SIGNATURE) {
		fail(problem_of(w), E_MBR_CHAIN_SIGNATURE,
		     "sector %" PRIu64 " of a chain of logical partitions ends "
		     "in %02x %02x, not in 55 aa",
		     lba, buf[AT_SIGNATURE], buf[AT_SIGNATURE + 1]);
		return 0;
	}
	for (unsigned i = 0; i < ENTRIES; i++) {
		struct entry e = read_entry(sector, i);

		if (!is_used(&e))
			continue;
		if (!is_extended(e.type)) {
			uint32_t number = w->next_logical++;

			if (is_inside(w, extended, lba + e.first, e.sectors,
				      "a logical partition"))
				add(w, number, e.type, lba + e.first,
				    e.sectors);
		} else if (!next &&
			   is_inside(w, extended,
				     (uint64_t)extended->first + e.first, 1,
				     "a link")) {
			next = (uint64_t)extended->first + e.first;
		}
	}
	return next;
}

static void follow_chain(struct walk *w, const struct entry *extended)
{
	uint64_t lba = extended->first;

	/* The first link has to be on the disk; the others are inside. */
	if ((uint64_t)extended->first + extended->sectors > w->disk_sectors ||
	    !extended->first) {
		fail(problem_of(w), E_MBR_PAST_END,
		     "the extended partition has %" PRIu32
		     " sectors from %" PRIu32 " on, the disk has %" PRIu64,
		     extended->sectors, extended->first, w->disk_sectors);
		return;
	}
	while (lba) {
		if (w->links++ == MBR_CHAIN_MAX) {
			fail(problem_of(w), E_MBR_CHAIN_LOOP,
			     "the chain of logical partitions has more than %d "
			     "links; it is at sector %" PRIu64,
			     MBR_CHAIN_MAX, lba);
			return;
		}
		lba = read_link(w, extended, lba);
	}
}

static enum status check_entries(struct span sector, struct error *err)
{
	bool any = false;

	if (span_le16(sector, AT_SIGNATURE) != SIGNATURE)
		return fail(err, E_MBR_SIGNATURE,
			    "sector 0 ends in %02x %02x, a partition table in "
			    "55 aa",
			    sector.ptr[AT_SIGNATURE],
			    sector.ptr[AT_SIGNATURE + 1]);
	for (unsigned i = 0; i < ENTRIES; i++) {
		struct entry e = read_entry(sector, i);

		if (e.flag & 0x7f)
			return fail(err, E_MBR_BOOT_FLAG,
				    "entry %u of sector 0 begins with %02x, "
				    "in a partition table with 00 or 80",
				    i + 1, e.flag);
		if (e.type == MBR_TYPE_GPT)
			return fail(err, E_MBR_GPT,
				    "entry %u of sector 0 has the type ee: "
				    "there is a GUID partition table",
				    i + 1);
		any |= is_used(&e);
	}
	if (!any)
		return fail(err, E_MBR_EMPTY,
			    "none of the %d entries of sector 0 is in use",
			    ENTRIES);
	return OK;
}

enum status mbr_read(struct byte_reader reader, uint32_t sector_size,
		     struct mbr_table *ret, struct error *err)
{
	struct walk w = { .reader = reader,
			  .sector_size = sector_size,
			  .disk_sectors = reader.size / sector_size,
			  .table = ret,
			  .next_logical = FIRST_LOGICAL };
	uint8_t buf[MBR_SECTOR] = { 0 };
	struct span sector = span_of(buf, sizeof(buf));
	enum status s = read_sector(&w, 0, buf, err);

	if (s == OK)
		s = check_entries(sector, err);
	if (s != OK)
		return s;
	*ret = (struct mbr_table){ .id = span_le32(sector, AT_ID) };
	for (unsigned i = 0; i < ENTRIES; i++) {
		struct entry e = read_entry(sector, i);

		if (is_used(&e) && !is_extended(e.type))
			add(&w, i + 1, e.type, e.first, e.sectors);
	}
	for (unsigned i = 0; i < ENTRIES; i++) {
		struct entry e = read_entry(sector, i);

		if (is_used(&e) && is_extended(e.type))
			follow_chain(&w, &e);
	}
	return OK;
}
