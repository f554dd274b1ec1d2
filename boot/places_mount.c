#include "places_parts.h"

#include "base/own.h"
#include "sys/loop.h"
#include "sys/module.h"
#include "sys/mount.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MOUNT_PARENT "/run/keelboot"

enum place_filesystem places_filesystem(enum filesystem_kind kind)
{
	switch (kind) {
	case FILESYSTEM_VFAT:
		return PLACE_FS_VFAT;
	case FILESYSTEM_EXFAT:
		return PLACE_FS_EXFAT;
	case FILESYSTEM_EXT2:
	case FILESYSTEM_EXT3:
	case FILESYSTEM_EXT4:
		return PLACE_FS_EXT4;
	case FILESYSTEM_XFS:
		return PLACE_FS_XFS;
	case FILESYSTEM_BTRFS:
		return PLACE_FS_BTRFS;
	case FILESYSTEM_ISO9660:
		return PLACE_FS_ISO9660;
	case FILESYSTEM_SQUASHFS:
		return PLACE_FS_SQUASHFS;
	case FILESYSTEM_EROFS:
		return PLACE_FS_EROFS;
	case FILESYSTEM_NONE:
	case FILESYSTEM_MD:
	case FILESYSTEM_LUKS:
	case FILESYSTEM_LVM:
	case FILESYSTEM_BITLOCKER:
	case FILESYSTEM_BCACHE:
	case FILESYSTEM_SWAP:
	case FILESYSTEM_NTFS:
	case FILESYSTEM_EXT_JOURNAL:
	case FILESYSTEM_F2FS:
	case FILESYSTEM_KIND_COUNT:
		break;
	}
	return PLACE_FS_COUNT;
}

/* The kernel's naming: a digit at the end of the disk's name asks for a p. */
static void name_part(const char *disk, uint32_t number, char *buf, size_t cap)
{
	size_t len = strlen(disk);
	bool digit = len && disk[len - 1] >= '0' && disk[len - 1] <= '9';

	if (number)
		snprintf(buf, cap, "%s%s%u", disk, digit ? "p" : "", number);
	else
		snprintf(buf, cap, "%s", disk);
}

struct place places_describe(const struct places_look *look,
			     const struct part *part)
{
	struct place place = {
		.number = look->places->count,
		.kind = part->kind,
		.is_removable = look->disk->removable || look->disk->on_usb,
	};

	name_part(look->disk->name, part->number, place.name,
		  sizeof(place.name));
	snprintf(place.part_uuid, sizeof(place.part_uuid), "%s", part->uuid);
	return place;
}

/* The kernel's node of a part, which nobody can write to from then on. */
static enum status protect(const struct places_look *look,
			   const struct part *part, char *node, int *ret_fd,
			   struct error *err)
{
	const struct gpt_partition partition = {
		.number = part->number,
		.first_lba = part->first_lba,
		.last_lba = part->first_lba + part->sectors - 1,
	};
	_close_ int fd = -1;
	enum status s = OK;

	if (part->number)
		s = block_partition_ensure(BLOCK_ROOTS, look->disk,
					   look->disk_fd, &partition, node,
					   err);
	else
		snprintf(node, BLOCK_NODE_MAX, "%s/%s", BLOCK_ROOTS.dev,
			 look->disk->name);
	if (s != OK)
		return s;
	fd = open(node, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(err, E_BLOCK_OPEN, "unable to open %s", node);
	s = block_set_read_only(fd, err);
	if (s == OK)
		*ret_fd = take_fd(&fd);
	return s;
}

static enum status mount_node(const char *node, const char *fstype,
			      const char *target, struct error *err)
{
	bool is_vfat = !strcmp(fstype, "vfat");
	char alias[32];

	snprintf(alias, sizeof(alias), "fs-%s", fstype);
	if (!mount_has_filesystem(fstype))
		module_need(alias);
	return is_vfat ? mount_esp(node, fstype, target, err)
		       : mount_foreign(node, fstype, target, err);
}

/* The file system that begins in the middle of a part gets a device of its
 * own. */
static enum status attach(int fd, uint64_t offset, uint64_t len, char *node,
			  int *ret_loop, struct error *err)
{
	if (access("/dev/loop-control", F_OK) < 0)
		module_need("char-major-10-237");
	return loop_attach(fd, offset, len, node, ret_loop, err);
}

enum status places_mount(struct places_look *look, const struct part *part,
			 const struct filesystem *fs, uint64_t offset,
			 uint64_t len, struct place *place, struct error *err)
{
	struct places *places = look->places;
	struct candidate_volume *v = &places->volumes[places->count];
	struct place_mount *m = &places->mounts[places->count];
	enum place_filesystem kind = places_filesystem(fs->kind);
	const char *fstype =
		kind == PLACE_FS_COUNT ? "vfat" : filesystem_name(fs->kind);
	_close_ int fd = -1, loop = -1;
	char node[LOOP_NODE_MAX];
	enum status s;

	*v = (struct candidate_volume){ .volume = VOLUME_NONE };
	*m = (struct place_mount){ .node = "" };
	s = protect(look, part, m->node, &fd, err);
	if (s == OK && offset) {
		s = attach(fd, offset, len, node, &loop, err);
		if (s == OK)
			snprintf(m->node, sizeof(m->node), "%s", node);
	}
	if (s != OK)
		return s;
	snprintf(m->target, sizeof(m->target), "%s/%s", MOUNT_PARENT,
		 place->name);
	s = mount_node(m->node, fstype, m->target, err);
	if (s == OK)
		s = volume_open_dir(m->target, &v->volume, err);
	if (s != OK)
		return s;
	snprintf(place->fs_type, sizeof(place->fs_type), "%s", fstype);
	v->place = *place;
	places->count++;
	return OK;
}

void places_unmount_last(struct places *places)
{
	places->count--;
	volume_close(&places->volumes[places->count].volume);
	(void)!mount_detach(places->mounts[places->count].target, NULL);
}
