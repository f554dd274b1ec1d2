#include "places_parts.h"

#include "base/own.h"
#include "format/md.h"
#include "sys/mount.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* A table of either kind has fewer. */
#define PARTS_MAX (GPT_ENTRIES_MAX + 1)

bool places_is_bootable(const struct volume *volume)
{
	/* On a file system by itself, below a root's /boot, and below the
	 * subvolume of btrfs that distributions have for their root. */
	static const char *const parents[] = {
		"", "/boot", "/@", "/@/boot", "/root", "/root/boot"
	};
	static const char *const folders[] = { "/loader/entries",
					       "/EFI/Linux" };
	static const char *const files[] = {
		"/grub/grub.cfg",	   "/grub2/grub.cfg",
		"/extlinux/extlinux.conf", "/extlinux.conf",
		"/syslinux/syslinux.cfg",  "/syslinux.cfg",
	};
	char path[64];

	for (size_t i = 0; i < sizeof(parents) / sizeof(*parents); i++) {
		for (size_t j = 0; j < sizeof(folders) / sizeof(*folders);
		     j++) {
			_drop_volume_list_ struct volume_list list = { 0 };

			snprintf(path, sizeof(path), "%s%s", parents[i],
				 folders[j]);
			if (volume_list(volume, path, &list, NULL) == OK)
				return true;
		}
		for (size_t j = 0; j < sizeof(files) / sizeof(*files); j++) {
			_close_ int fd = -1;
			uint64_t size;

			snprintf(path, sizeof(path), "%s%s", parents[i],
				 files[j]);
			if (volume_open(volume, path, &fd, &size, NULL) == OK)
				return true;
		}
	}
	return false;
}

/* --- one place -------------------------------------------------------------
 */

static void refuse(const struct places_look *look, const struct part *part,
		   const struct error *why)
{
	struct place place = places_describe(look, part);

	look->sink->refused(look->sink->ctx, &place, why);
}

/* True if there is room for one more; the first time there is none is told. */
static bool has_room(struct places_look *look, const struct part *part)
{
	struct error err;

	if (look->places->count < PLACES_MAX)
		return true;
	if (look->is_full_told)
		return false;
	look->is_full_told = true;
	fail(&err, E_PLACE_TOO_MANY,
	     "%s and the partitions after it are left out: at most %d of a "
	     "disk are looked into",
	     places_describe(look, part).name, PLACES_MAX);
	refuse(look, part, &err);
	return false;
}

bool places_allow_foreign(const struct place_rules *rules)
{
	return rules->every_fat ||
	       (rules->filesystems & ~(1U << PLACE_FS_VFAT));
}

bool places_is_allowed(const struct places_look *look,
		       enum filesystem_kind kind)
{
	enum place_filesystem fs = places_filesystem(kind);

	return fs != PLACE_FS_COUNT &&
	       place_filesystem_allowed(look->rules, fs);
}

static enum status fail_not_allowed(const struct filesystem *fs,
				    struct error *err)
{
	return fail(err, E_PLACE_NOT_ALLOWED,
		    "%s is no file system that file-systems allows",
		    filesystem_name(fs->kind));
}

/* Mounts what may be mounted. A file system that is not made for booting counts
 * only if there is something in it. */
static enum status open_filesystem(struct places_look *look,
				   const struct part *part,
				   const struct filesystem *fs, uint64_t offset,
				   uint64_t len, struct place *place,
				   struct error *err)
{
	struct places *places = look->places;
	enum status s;

	memcpy(place->fs_uuid, fs->uuid, sizeof(place->fs_uuid));
	memcpy(place->fs_label, fs->label, sizeof(place->fs_label));
	if (fs->kind != FILESYSTEM_NONE && !places_is_allowed(look, fs->kind))
		return fail_not_allowed(fs, err);
	place->may_write =
		place->kind != PLACE_MD_MEMBER &&
		(place->kind != PLACE_FOREIGN || look->rules->every_fat) &&
		!look->is_mirror && !look->disk->read_only &&
		(fs->kind == FILESYSTEM_VFAT || fs->kind == FILESYSTEM_NONE);
	s = places_mount(look, part, fs, offset, len, place, err);
	if (s == OK && place->kind == PLACE_FOREIGN && !place->may_write &&
	    !places_is_bootable(&places->volumes[places->count - 1].volume))
		places_unmount_last(places);
	return s;
}

/* The newest member of the same array on this disk. */
static enum status check_fresh(const struct places_look *look,
			       const struct md_member *member,
			       struct error *err)
{
	enum status s = OK;

	for (uint32_t i = 0; s == OK && i < look->part_count; i++)
		if (look->parts[i].fs.kind == FILESYSTEM_MD)
			s = md_check_fresh(member, &look->parts[i].fs.md, err);
	return s;
}

/* A RAID's member: what is in it, read as if it were alone. */
static enum status open_member(struct places_look *look,
			       const struct part *part, struct error *err)
{
	const struct md_member *md = &part->fs.md;
	struct place place = places_describe(look, part);
	struct filesystem fs = { .kind = FILESYSTEM_NONE };
	enum status s = md_check_mirror(md, err);

	if (s == OK)
		s = check_fresh(look, md, err);
	if (s == OK)
		s = places_identify(look, part, md->data_offset, md->data_size,
				    &fs, err);
	if (s != OK)
		return s;
	/* A mirror of anything else is none of ours. */
	if (fs.kind != FILESYSTEM_VFAT && part->role != PART_BOOT &&
	    !places_is_allowed(look, fs.kind))
		return fs.kind == FILESYSTEM_LUKS || fs.kind == FILESYSTEM_LVM
			       ? fail(err, E_PLACE_UNSUPPORTED,
				      "%s in a RAID: found and not supported",
				      filesystem_name(fs.kind))
			       : OK;
	place.kind =
		fs.kind == FILESYSTEM_VFAT ? PLACE_MD_MEMBER : PLACE_FOREIGN;
	if (!md->is_clean)
		look->sink->note(look->sink->ctx, &place,
				 "its RAID 1 was not shut down cleanly: the "
				 "copies may differ");
	return open_filesystem(look, part, &fs, md->data_offset, md->data_size,
			       &place, err);
}

/* What cannot be looked into: a sentence where somebody would look for it. */
static enum status refuse_container(const struct part *part, struct error *err)
{
	switch (part->fs.kind) {
	case FILESYSTEM_LUKS:
		return fail(err, E_PLACE_LUKS,
			    "encrypted (LUKS): found and not supported");
	case FILESYSTEM_LVM:
		return fail(err, E_PLACE_LVM,
			    "a physical volume of LVM: found and not "
			    "supported");
	case FILESYSTEM_BITLOCKER:
	case FILESYSTEM_NTFS:
	case FILESYSTEM_SWAP:
	case FILESYSTEM_EXT_JOURNAL:
		if (part->role == PART_OTHER)
			return OK;
		break;
	case FILESYSTEM_NONE:
	case FILESYSTEM_MD:
	case FILESYSTEM_BCACHE:
	case FILESYSTEM_VFAT:
	case FILESYSTEM_EXFAT:
	case FILESYSTEM_EXT2:
	case FILESYSTEM_EXT3:
	case FILESYSTEM_EXT4:
	case FILESYSTEM_XFS:
	case FILESYSTEM_BTRFS:
	case FILESYSTEM_F2FS:
	case FILESYSTEM_EROFS:
	case FILESYSTEM_SQUASHFS:
	case FILESYSTEM_ISO9660:
	case FILESYSTEM_KIND_COUNT:
		break;
	}
	return fail(err, E_PLACE_UNSUPPORTED, "%s: found and not supported",
		    filesystem_name(part->fs.kind));
}

/* Made for booting: it is mounted as the FAT that it should be even where it
 * does not look like one, for the kernel's word is the last. */
static enum status open_boot(struct places_look *look, const struct part *part,
			     struct error *err)
{
	struct place place = places_describe(look, part);
	enum status s;

	if (part->fs.kind != FILESYSTEM_NONE &&
	    places_filesystem(part->fs.kind) == PLACE_FS_COUNT)
		return refuse_container(part, err);
	s = open_filesystem(look, part, &part->fs, 0, 0, &place, err);
	/* What is wrong with it says more than that the kernel refuses it. */
	if (s == E_MOUNT_REFUSED && part->looked != OK) {
		*err = part->why;
		s = part->looked;
	}
	return s;
}

static enum status open_other(struct places_look *look, const struct part *part,
			      struct error *err)
{
	struct place place = places_describe(look, part);

	place.kind = PLACE_FOREIGN;
	if (part->looked != OK) {
		*err = part->why;
		return part->looked;
	}
	if (part->fs.kind == FILESYSTEM_NONE)
		return OK;
	if (places_filesystem(part->fs.kind) == PLACE_FS_COUNT)
		return refuse_container(part, err);
	if (!places_is_allowed(look, part->fs.kind))
		return OK;
	return open_filesystem(look, part, &part->fs, 0, 0, &place, err);
}

static void open_part(struct places_look *look, const struct part *part)
{
	struct error err = { .code = OK };
	enum status s;

	/* What is not typed as a member is one all the same, but foreign. */
	if (part->fs.kind == FILESYSTEM_MD)
		s = open_member(look, part, &err);
	else if (part->role == PART_RAID)
		s = OK;
	else if (part->role == PART_BOOT)
		s = open_boot(look, part, &err);
	else
		s = open_other(look, part, &err);
	if (s != OK)
		refuse(look, part, &err);
}

/* --- the disk --------------------------------------------------------------
 */

/* Looks first, so that members of one RAID can be compared. Foreign partitions
 * are not even read unless the rules name more than vfat. */
static void look_at_parts(struct places_look *look)
{
	bool foreign = places_allow_foreign(look->rules);
	uint32_t kept = 0;

	for (uint32_t i = 0; i < look->part_count; i++) {
		struct part *part = &look->parts[i];

		if (part->role == PART_OTHER && !foreign)
			continue;
		part->looked = places_identify(look, part, 0, 0, &part->fs,
					       &part->why);
		look->parts[kept++] = *part;
	}
	look->part_count = kept;
}

static void open_role(struct places_look *look, enum part_role role)
{
	for (uint32_t i = 0; i < look->part_count; i++) {
		const struct part *part = &look->parts[i];

		if (part->role != role)
			continue;
		if (!has_room(look, part))
			return;
		open_part(look, part);
	}
}

static bool is_left_out(const struct places_look *look)
{
	const struct part whole = { .kind = PLACE_WHOLE_DISK };
	struct error err;

	if (look->rules->removable ||
	    !(look->disk->removable || look->disk->on_usb))
		return false;
	fail(&err, E_PLACE_REMOVABLE,
	     "it is %s, and such disks are left out (removable = no)",
	     look->disk->on_usb ? "on USB" : "removable");
	refuse(look, &whole, &err);
	return true;
}

/* Its first blocks may be in the cache since somebody looked before; what was
 * written to partitions and arrays meanwhile does not show there. */
static enum status open_disk(const struct block_disk *disk, int *ret_fd,
			     struct error *err)
{
	enum status s = block_open(BLOCK_ROOTS, disk, ret_fd, err);

	if (s == OK)
		posix_fadvise(*ret_fd, 0, 0, POSIX_FADV_DONTNEED);
	return s;
}

static enum status open_places(struct places_look *look, struct error *err)
{
	_close_ int fd = -1;
	struct block_disk disk = *look->disk;
	enum status s = mount_private(err);

	if (s == OK && !disk.sectors)
		s = block_await_medium(BLOCK_ROOTS, &disk, err);
	look->disk = &disk;
	if (s == OK)
		s = open_disk(look->disk, &fd, err);
	look->disk_fd = fd;
	if (s == OK)
		s = places_read_table(look, err);
	if (s != OK)
		return s;
	look->is_mirror = places_is_member(look);
	look_at_parts(look);
	open_role(look, PART_BOOT);
	open_role(look, PART_RAID);
	open_role(look, PART_OTHER);
	return OK;
}

enum status places_open_disk(const struct block_disk *disk,
			     const struct place_rules *rules,
			     const struct places_sink *sink, struct places *ret,
			     struct error *err)
{
	_free_ struct part *parts = calloc(PARTS_MAX, sizeof(*parts));
	struct places_look look = { .disk = disk,
				    .rules = rules,
				    .sink = sink,
				    .places = ret,
				    .parts = parts };

	ret->count = 0;
	if (!parts)
		return fail(err, E_NO_MEMORY, "no memory for partitions");
	return is_left_out(&look) ? OK : open_places(&look, err);
}
