#include "format/md.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MAGIC  0xa92b4efc
#define SECTOR 512

/* Metadata 1.x: offsets in the superblock, which has 256 bytes and two for each
 * member it can name, in 4096 altogether. */
#define V1_LEN	       4096
#define V1_FIXED       256
#define V1_MAX_DEV     ((V1_LEN - V1_FIXED) / 2)
#define V1_FEATURES    8
#define V1_SET_UUID    16
#define V1_SET_NAME    32
#define V1_LEVEL       72
#define V1_SIZE	       80
#define V1_RAID_DISKS  92
#define V1_DATA_OFFSET 128
#define V1_DATA_SIZE   136
#define V1_SUPER       144
#define V1_DEV_NUMBER  160
#define V1_EVENTS      200
#define V1_RESYNC      208
#define V1_CHECKSUM    216
#define V1_MAX_DEV_AT  220

#define ROLE_MAX 0xfd00 /* spare, faulty, journal are above */

/* Bits of the features of 1.x. Harmless: a bitmap of what is to be resynced,
 * replacement of a member, a new data offset without a reshape, clusters, a
 * partial parity log, the layout of RAID 0. */
#define FEATURE_RECOVERY  0x2
#define FEATURE_RESHAPE	  (0x4 | 0x20)
#define FEATURE_BAD_BLOCK 0x8
#define FEATURE_JOURNAL	  0x200
#define FEATURES_HARMLESS (0x1 | 0x10 | 0x40 | 0x80 | 0x100 | 0xc00 | 0x1000)
#define FEATURES_KNOWN                                                         \
	(FEATURES_HARMLESS | FEATURE_RECOVERY | FEATURE_RESHAPE |              \
	 FEATURE_BAD_BLOCK | FEATURE_JOURNAL)

/* Metadata 0.90: words of 32 bits in a block of 64 KiB, of which 4 are used. */
#define V0_BLOCK      65536
#define V0_LEN	      4096
#define V0_WORD(n)    (4 * (n))
#define V0_MINOR      90
#define V0_THIS_DISK  992 /* number, major, minor, position, state */
#define V0_STATE_GOOD 6	  /* active and in sync */

static void format_uuid(const uint8_t *b, char *to)
{
	snprintf(to, MD_UUID_LEN + 1,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
		 "%02x%02x%02x%02x%02x%02x",
		 b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9],
		 b[10], b[11], b[12], b[13], b[14], b[15]);
}

/* Sums of words, folded into 32 bits. */
static uint32_t fold_sum(uint64_t sum)
{
	return (uint32_t)sum + (uint32_t)(sum >> 32);
}

static uint64_t sum_words(struct span s)
{
	uint64_t sum = 0;

	for (size_t at = 0; at + 4 <= s.len; at += 4)
		sum += span_le32(s, at);
	if (s.len % 4 == 2)
		sum += span_le16(s, s.len - 2);
	return sum;
}

static enum status check_sum(const char *version, uint32_t is, uint32_t says,
			     struct error *err)
{
	if (is == says)
		return OK;
	return fail(err, E_MD_CHECKSUM,
		    "the RAID superblock (metadata %s) has the checksum 0x%08x "
		    "and says 0x%08x",
		    version, is, says);
}

/* --- metadata 1.x ----------------------------------------------------------
 */

static enum status check_v1_table(struct span sb, const char *version,
				  struct error *err)
{
	uint32_t max_dev = span_le32(sb, V1_MAX_DEV_AT);
	uint32_t number = span_le32(sb, V1_DEV_NUMBER), says;
	enum status s;
	uint64_t sum;

	if (!max_dev || max_dev > V1_MAX_DEV)
		return fail(err, E_MD_MAX_DEV,
			    "the RAID superblock (metadata %s) has room for "
			    "%" PRIu32 " members, possible are 1 to %d",
			    version, max_dev, V1_MAX_DEV);
	says = span_le32(sb, V1_CHECKSUM);
	/* The checksum counts its own field as zero. */
	sum = sum_words(span_slice(sb, 0, V1_FIXED + 2 * (uint64_t)max_dev));
	s = check_sum(version, fold_sum(sum - says), says, err);
	if (s == OK && number >= max_dev)
		s = fail(err, E_MD_DEV_NUMBER,
			 "the RAID superblock (metadata %s) is of member "
			 "%" PRIu32 ", it has room for %" PRIu32,
			 version, number, max_dev);
	return s;
}

static enum status read_v1_data(struct span sb, uint64_t offset, uint64_t size,
				struct md_member *m, struct error *err)
{
	uint64_t first = span_le64(sb, V1_DATA_OFFSET);
	uint64_t sectors = span_le64(sb, V1_DATA_SIZE), end;
	bool is_behind;

	/* What the array uses may be less than what the member has. */
	if (span_le64(sb, V1_SIZE) && span_le64(sb, V1_SIZE) < sectors)
		sectors = span_le64(sb, V1_SIZE);
	if (!sectors || !add_size(first, sectors, &end) || end > size / SECTOR)
		return fail(err, E_MD_DATA_PAST_END,
			    "the data of the RAID member have %" PRIu64
			    " sectors from %" PRIu64
			    " on, the member has %" PRIu64,
			    sectors, first, size / SECTOR);
	is_behind = offset >= first * SECTOR;
	if (is_behind ? end * SECTOR > offset
		      : first * SECTOR < offset + V1_FIXED)
		return fail(err, E_MD_DATA_OFFSET,
			    "the data of the RAID member (sectors %" PRIu64
			    "-%" PRIu64 ") cover its superblock at byte "
			    "%" PRIu64,
			    first, end - 1, offset);
	m->data_offset = first * SECTOR;
	m->data_size = sectors * SECTOR;
	return OK;
}

static enum status read_v1(struct span sb, uint64_t offset, const char *version,
			   uint64_t size, struct md_member *ret,
			   struct error *err)
{
	uint32_t major = span_le32(sb, 4);
	struct md_member m = { .level = (int32_t)span_le32(sb, V1_LEVEL) };
	enum status s;

	if (major != 1)
		return fail(err, E_MD_VERSION,
			    "the RAID superblock at byte %" PRIu64
			    " has the metadata version %" PRIu32 ", not 1",
			    offset, major);
	s = check_v1_table(sb, version, err);
	if (s == OK)
		s = read_v1_data(sb, offset, size, &m, err);
	if (s != OK)
		return s;
	snprintf(m.version, sizeof(m.version), "%s", version);
	format_uuid(sb.ptr + V1_SET_UUID, m.uuid);
	memcpy(m.name, sb.ptr + V1_SET_NAME, MD_NAME_LEN);
	m.raid_disks = span_le32(sb, V1_RAID_DISKS);
	m.role = span_le16(sb, V1_FIXED + 2ULL * span_le32(sb, V1_DEV_NUMBER));
	m.events = span_le64(sb, V1_EVENTS);
	m.features = span_le32(sb, V1_FEATURES);
	m.is_clean = span_le64(sb, V1_RESYNC) == UINT64_MAX;
	*ret = m;
	return OK;
}

static enum status find_v1(const struct byte_reader *reader, uint64_t offset,
			   const char *version, struct md_member *ret,
			   bool *ret_found, struct error *err)
{
	uint8_t buf[V1_LEN] = { 0 };
	struct span sb = span_of(buf, sizeof(buf));
	uint64_t left = offset < reader->size ? reader->size - offset : 0;
	enum status s;

	if (left < V1_LEN)
		return OK;
	s = reader->load(reader->ctx, offset, buf, sizeof(buf), err);
	if (s != OK || span_le32(sb, 0) != MAGIC ||
	    span_le64(sb, V1_SUPER) != offset / SECTOR)
		return s;
	*ret_found = true;
	return read_v1(sb, offset, version, reader->size, ret, err);
}

/* --- metadata 0.90 ---------------------------------------------------------
 */

static uint32_t word(struct span sb, unsigned n)
{
	return span_le32(sb, V0_WORD((uint64_t)n));
}

static enum status read_v0(struct span sb, uint64_t offset,
			   struct md_member *ret, struct error *err)
{
	uint64_t data = (uint64_t)word(sb, 8) * 1024;
	struct md_member m = {
		.version = "0.90",
		.level = (int32_t)word(sb, 7),
		.raid_disks = word(sb, 10),
		.role = span_le32(sb, V0_THIS_DISK * 4 + 12),
		.events = (uint64_t)word(sb, 40) << 32 | word(sb, 39),
		.data_size = data ? data : offset,
		.is_clean = word(sb, 33) & 1,
	};
	uint32_t disk_state = span_le32(sb, V0_THIS_DISK * 4 + 16);
	uint8_t uuid[16];
	enum status s;

	if (word(sb, 1) != 0 || word(sb, 2) < V0_MINOR)
		return fail(err, E_MD_VERSION,
			    "the RAID superblock at byte %" PRIu64
			    " has the metadata version %" PRIu32 ".%" PRIu32
			    ", not 0.90",
			    offset, word(sb, 1), word(sb, 2));
	s = check_sum("0.90", fold_sum(sum_words(sb) - word(sb, 38)),
		      word(sb, 38), err);
	if (s != OK)
		return s;
	if (m.data_size > offset)
		return fail(err, E_MD_DATA_PAST_END,
			    "the data of the RAID member have %" PRIu64
			    " bytes, its superblock is at byte %" PRIu64,
			    m.data_size, offset);
	m.is_faulty = (disk_state & 15) != V0_STATE_GOOD;
	/* The four words of the UUID are shown as numbers, high byte first. */
	for (unsigned i = 0; i < 16; i++)
		uuid[i] = (uint8_t)(word(sb, i < 4 ? 5 : 12 + i / 4) >>
				    (24 - 8 * (i % 4)));
	format_uuid(uuid, m.uuid);
	*ret = m;
	return OK;
}

static enum status find_v0(const struct byte_reader *reader,
			   struct md_member *ret, bool *ret_found,
			   struct error *err)
{
	uint64_t offset = (reader->size & ~(uint64_t)(V0_BLOCK - 1)) - V0_BLOCK;
	uint8_t buf[V0_LEN] = { 0 };
	enum status s;

	if (reader->size < 2 * V0_BLOCK)
		return OK;
	s = reader->load(reader->ctx, offset, buf, sizeof(buf), err);
	/* One of 1.x may stand there, too. */
	if (s != OK || span_le32(span_of(buf, sizeof(buf)), 0) != MAGIC ||
	    span_le32(span_of(buf, sizeof(buf)), 4) == 1)
		return s;
	*ret_found = true;
	return read_v0(span_of(buf, sizeof(buf)), offset, ret, err);
}

enum status md_find(struct byte_reader reader, struct md_member *ret,
		    bool *ret_found, struct error *err)
{
	/* 8 KiB or more before the end, at a multiple of 4 KiB */
	uint64_t end = reader.size / SECTOR;
	uint64_t last = end >= 16 ? (end - 16) & ~(uint64_t)7 : 0;
	enum status s;

	*ret_found = false;
	s = find_v1(&reader, 0, "1.1", ret, ret_found, err);
	if (s == OK && !*ret_found)
		s = find_v1(&reader, 4096, "1.2", ret, ret_found, err);
	if (s == OK && !*ret_found)
		s = find_v0(&reader, ret, ret_found, err);
	if (s == OK && !*ret_found && last)
		s = find_v1(&reader, last * SECTOR, "1.0", ret, ret_found, err);
	return s;
}

/* --- what it comes to ------------------------------------------------------
 */

enum status md_check_mirror(const struct md_member *m, struct error *err)
{
	uint32_t unknown = m->features & ~(uint32_t)FEATURES_KNOWN;

	if (m->level != 1)
		return fail(err, E_MD_LEVEL,
			    "it is of a RAID of level %" PRId32
			    ", only members of level 1 can be read as "
			    "themselves",
			    m->level);
	if (m->role >= ROLE_MAX || m->role >= m->raid_disks || m->is_faulty ||
	    m->features & FEATURE_JOURNAL)
		return fail(err, E_MD_ROLE,
			    "it is no active member of its RAID 1 of %" PRIu32
			    ": its role is 0x%" PRIx32 "%s",
			    m->raid_disks, m->role,
			    m->is_faulty ? ", faulty" : "");
	if (m->features & FEATURE_RECOVERY)
		return fail(err, E_MD_RECOVERY,
			    "its copy of the RAID 1 is not complete: it was "
			    "being rebuilt");
	if (m->features & FEATURE_RESHAPE)
		return fail(err, E_MD_RESHAPE, "its RAID 1 was being reshaped");
	if (m->features & FEATURE_BAD_BLOCK)
		return fail(err, E_MD_BAD_BLOCKS,
			    "its superblock has a list of bad blocks");
	if (unknown)
		return fail(err, E_MD_FEATURE,
			    "its superblock has features 0x%" PRIx32
			    ", known are 0x%x",
			    unknown, (unsigned)FEATURES_KNOWN);
	return OK;
}

enum status md_check_fresh(const struct md_member *member,
			   const struct md_member *other, struct error *err)
{
	if (strcmp(member->uuid, other->uuid) != 0 ||
	    other->events <= member->events)
		return OK;
	return fail(err, E_MD_STALE,
		    "it is a stale member of RAID %s: it has seen %" PRIu64
		    " events, another member %" PRIu64,
		    member->uuid, member->events, other->events);
}
