#include "sys/block.h"

#include "base/log.h"
#include "base/own.h"
#include "sys/file.h"
#include "sys/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/blkpg.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* sysfs counts in these whatever the disk's sectors are. */
#define SYSFS_UNIT 512

/* devtmpfs makes a node before the device is announced; a name that udev or a
 * slow device manager owes us may take longer. */
#define NODE_WAIT_MS 2000
#define NODE_STEP_MS 10

/* A partition as the kernel has it. */
struct known {
	char name[BLOCK_NAME_MAX]; /* empty: it has none of that number */
	char dev[32];		   /* "MAJOR:MINOR" */
	uint64_t start, size;	   /* in SYSFS_UNIT */
};

static void close_stream(DIR **stream)
{
	if (*stream)
		closedir(*stream);
}

/* Reads one subdirectory of a disk; false if it is no partition of that
 * number. */
static bool read_known(int disk_dir, const char *name, uint32_t number,
		       struct known *ret)
{
	_close_ int dir = -1;
	uint64_t is_number;

	if (!text_copy(ret->name, sizeof(ret->name), name))
		return false;
	dir = openat(disk_dir, name,
		     O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return dir >= 0 && file_read_number(dir, "partition", &is_number) &&
	       is_number == number &&
	       file_read_number(dir, "start", &ret->start) &&
	       file_read_number(dir, "size", &ret->size) &&
	       file_read_line(dir, "dev", ret->dev, sizeof(ret->dev));
}

static enum status find_known(struct block_roots roots,
			      const struct block_disk *disk, uint32_t number,
			      struct known *ret, struct error *err)
{
	__attribute__((cleanup(close_stream))) DIR *stream = NULL;
	const struct dirent *at;
	char path[256];

	snprintf(path, sizeof(path), "%s/class/block/%s", roots.sysfs,
		 disk->name);
	stream = opendir(path);
	if (!stream)
		return fail_sys(err, E_BLOCK_SYSFS, errno,
				"unable to list the partitions in %s", path);
	while ((at = readdir(stream)))
		if (at->d_name[0] != '.' &&
		    read_known(dirfd(stream), at->d_name, number, ret))
			return OK;
	ret->name[0] = '\0';
	return OK;
}

/* The range of a partition in SYSFS_UNIT. */
static enum status find_range(const struct block_disk *disk,
			      const struct gpt_partition *part,
			      uint64_t *ret_start, uint64_t *ret_size,
			      struct error *err)
{
	uint64_t units = disk->sector_size / SYSFS_UNIT;

	if (part->last_lba < part->first_lba || part->last_lba >= disk->sectors)
		return fail(err, E_BLOCK_PARTITION_DIFFERS,
			    "%s: partition %" PRIu32 " ends at sector %" PRIu64
			    ", the disk at %" PRIu64,
			    disk->name, part->number, part->last_lba,
			    disk->sectors);
	*ret_start = part->first_lba * units;
	*ret_size = (part->last_lba - part->first_lba + 1) * units;
	return OK;
}

static enum status add_partition(const struct block_disk *disk, int disk_fd,
				 uint32_t number, uint64_t start, uint64_t size,
				 struct error *err)
{
	struct blkpg_partition what = {
		.start = (long long)(start * SYSFS_UNIT),
		.length = (long long)(size * SYSFS_UNIT),
		.pno = (int)number,
	};
	struct blkpg_ioctl_arg arg = {
		.op = BLKPG_ADD_PARTITION,
		.datalen = sizeof(what),
		.data = &what,
	};

	if (ioctl(disk_fd, BLKPG, &arg) < 0)
		return fail_sys(err, E_BLOCK_PARTITION_ADD, errno,
				"%s: the kernel has no partition %" PRIu32
				" and does not take one",
				disk->name, number);
	log_info("%s: told the kernel of partition %" PRIu32, disk->name,
		 number);
	return OK;
}

/* Waits for the node and makes sure that it is the partition. */
static enum status check_node(const char *node, const char *dev,
			      struct error *err)
{
	uint64_t deadline = now_ms() + NODE_WAIT_MS;
	char is[32] = "not there";
	struct stat st;

	do {
		if (stat(node, &st) == 0 && S_ISBLK(st.st_mode)) {
			snprintf(is, sizeof(is), "%u:%u", major(st.st_rdev),
				 minor(st.st_rdev));
			if (!strcmp(is, dev))
				return OK;
		}
		poll(NULL, 0, NODE_STEP_MS);
	} while (deadline_left_ms(deadline));
	return fail(err, E_BLOCK_NODE, "%s is %s, the partition is device %s",
		    node, is, dev);
}

/* Finds the kernel's partition and makes it if there is none. A scan of the
 * kernel's own may come in between, so a busy range is looked at again. */
static enum status find_or_add(struct block_roots roots,
			       const struct block_disk *disk, int disk_fd,
			       uint32_t number, uint64_t start, uint64_t size,
			       struct known *ret, struct error *err)
{
	enum status s = find_known(roots, disk, number, ret, err);
	struct error why = { .code = OK };

	if (s != OK || ret->name[0])
		return s;
	s = add_partition(disk, disk_fd, number, start, size, &why);
	if (s == OK || why.sys == EBUSY) {
		enum status found = find_known(roots, disk, number, ret, err);

		if (found != OK || ret->name[0])
			return found;
	}
	if (s == OK)
		return fail(err, E_BLOCK_PARTITION_ADD,
			    "%s: the kernel took partition %" PRIu32
			    " and does not show it",
			    disk->name, number);
	if (err)
		*err = why;
	return s;
}

enum status block_partition_ensure(struct block_roots roots,
				   const struct block_disk *disk, int disk_fd,
				   const struct gpt_partition *part,
				   char ret_node[static BLOCK_NODE_MAX],
				   struct error *err)
{
	uint64_t start = 0, size = 0;
	struct known known = { .name = "" };
	char node[BLOCK_NODE_MAX];
	enum status s = find_range(disk, part, &start, &size, err);

	if (s == OK)
		s = find_or_add(roots, disk, disk_fd, part->number, start, size,
				&known, err);
	if (s != OK)
		return s;
	if (known.start != start || known.size != size)
		return fail(err, E_BLOCK_PARTITION_DIFFERS,
			    "%s starts at %" PRIu64 " and has %" PRIu64
			    " units of 512 bytes, the table says %" PRIu64
			    " and %" PRIu64,
			    known.name, known.start, known.size, start, size);
	snprintf(node, sizeof(node), "%s/%s", roots.dev, known.name);
	s = check_node(node, known.dev, err);
	if (s == OK && !text_copy(ret_node, BLOCK_NODE_MAX, node))
		return fail(err, E_INTERNAL, "%s is too long a path", node);
	return s;
}
