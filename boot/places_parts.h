/*
 * What the parts of places*.c share. Used by them alone.
 */
#ifndef KEELBOOT_PLACES_PARTS_H
#define KEELBOOT_PLACES_PARTS_H

#include "places.h"

#include "format/gpt.h"

/* What the table says a partition is for, in the order they are opened. */
enum part_role {
	PART_BOOT = 0, /* kind says which */
	PART_RAID,     /* typed as a member */
	PART_OTHER,
};

/* A partition, or the whole disk as number 0. */
struct part {
	uint32_t number;
	enum part_role role;
	enum place_kind kind;
	uint64_t first_lba, sectors;
	char uuid[40];
	enum status looked; /* what looking came to, in *why if not OK */
	struct error why;
	struct filesystem fs;
};

struct places_look {
	const struct block_disk *disk;
	const struct place_rules *rules;
	const struct places_sink *sink;
	struct places *places;
	int disk_fd;
	bool is_mirror; /* the disk itself is a RAID's member */
	bool is_full_told;
	uint32_t part_count;
	struct part *parts;
};

/* The name and UUIDs of a part. */
struct place places_describe(const struct places_look *look,
			     const struct part *part);

/* Which of the rules' file systems it is; PLACE_FS_COUNT if none. */
enum place_filesystem places_filesystem(enum filesystem_kind kind);

/* places_table.c: what partitions the disk has. Errors: those of
 * block_read_gpt(), E_NO_MEMORY. */
enum status places_read_table(struct places_look *look, struct error *err);

/* Whether the disk itself is a member of a RAID, with its superblock at the
 * end: then its partitions are those of the RAID. */
bool places_is_member(const struct places_look *look);

/* Whether the rules allow a file system; a container is none. */
bool places_is_allowed(const struct places_look *look,
		       enum filesystem_kind kind);

/* Whether they allow more than the file system of an ESP. */
bool places_allow_foreign(const struct place_rules *rules);

/* Tells what the part holds, or len bytes from offset on in it (0: to its
 * end). */
enum status places_identify(const struct places_look *look,
			    const struct part *part, uint64_t offset,
			    uint64_t len, struct filesystem *ret,
			    struct error *err);

/* places_mount.c: mounts a part, or the file system fs that begins at offset of
 * it and has room for len bytes; both 0 for the whole. Adds it to the places.
 */
enum status places_mount(struct places_look *look, const struct part *part,
			 const struct filesystem *fs, uint64_t offset,
			 uint64_t len, struct place *place, struct error *err);

/* Takes the last place out again. */
void places_unmount_last(struct places *places);

#endif
