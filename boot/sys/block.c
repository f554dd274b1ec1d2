#include "sys/block.h"

#include "base/log.h"
#include "base/own.h"
#include "sys/file.h"
#include "sys/ioctl_request.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#ifndef BLKGETDISKSEQ
#define BLKGETDISKSEQ _IOR(0x12, 128, uint64_t) /* Linux 5.16 */
#endif

/* sysfs counts in these whatever the disk's sectors are. */
#define SYSFS_UNIT 512

/* Devices that are block devices and never a disk to boot from: no need to
 * start a floppy's motor or to read a whole flash chip to find that out. */
static const char *const never_disks[] = { "ram", "zram", "fd",
					   "sr",  "mtd",  "ubiblock" };

/* A kernel name: it becomes part of paths. */
static bool is_name(const char *name)
{
	return *name && *name != '.' && strlen(name) < BLOCK_NAME_MAX &&
	       !strchr(name, '/');
}

static bool is_never_disk(const char *name)
{
	for (size_t i = 0; i < sizeof(never_disks) / sizeof(*never_disks);
	     i++) {
		size_t len = strlen(never_disks[i]);

		if (!strncmp(name, never_disks[i], len) && name[len] >= '0' &&
		    name[len] <= '9')
			return true;
	}
	return false;
}

static bool has_attribute(int dir, const char *name)
{
	return faccessat(dir, name, F_OK, 0) == 0;
}

static bool is_set(int dir, const char *name)
{
	uint64_t value;

	return file_read_number(dir, name, &value) && value != 0;
}

/* The link in sysfs leads through every bus on the way: ".../usb2/2-1/...". */
static bool is_on_usb(const char *path)
{
	char target[512];
	ssize_t len = readlink(path, target, sizeof(target) - 1);
	const char *at;

	if (len < 0)
		return false;
	target[len] = '\0';
	at = strstr(target, "/usb");
	return at && at[4] >= '0' && at[4] <= '9';
}

static void read_display(int dir, const char *const *names, size_t count,
			 struct display *ret)
{
	char line[256];
	struct span text;

	*ret = (struct display){ "" };
	for (size_t i = 0; i < count && !ret->text[0]; i++)
		if (file_read_line(dir, names[i], line, sizeof(line))) {
			text = span_trim(span_of_text(line));
			*ret = display_of(text);
		}
}

static enum status read_number(const char *name, int dir, const char *attribute,
			       uint64_t max, uint64_t *ret, struct error *err)
{
	if (!file_read_number(dir, attribute, ret))
		return fail_sys(err, E_BLOCK_ATTRIBUTE, errno,
				"%s: unable to read its %s", name, attribute);
	if (*ret > max)
		return fail(err, E_BLOCK_ATTRIBUTE,
			    "%s: its %s is %" PRIu64 ", the limit is %" PRIu64,
			    name, attribute, *ret, max);
	return OK;
}

static enum status read_device_number(int dir, struct block_disk *disk,
				      struct error *err)
{
	char line[32];
	struct span text;
	uint64_t major, minor;
	const char *colon;

	if (!file_read_line(dir, "dev", line, sizeof(line)))
		return fail_sys(err, E_BLOCK_ATTRIBUTE, errno,
				"%s: unable to read its dev", disk->name);
	colon = strchr(line, ':');
	text = span_of(line, colon ? (size_t)(colon - line) : 0);
	if (!colon || !text_parse_number(text, 0xfff, &major) ||
	    !text_parse_number(span_of_text(colon + 1), 0xfffff, &minor))
		return fail(err, E_BLOCK_ATTRIBUTE,
			    "%s: its dev is \"%s\", not MAJOR:MINOR",
			    disk->name, display_of_text(line).text);
	disk->major = (unsigned)major;
	disk->minor = (unsigned)minor;
	return OK;
}

enum status block_check_sector_size(const char *name, uint64_t size,
				    enum status code, struct error *err)
{
	if (size >= BLOCK_SECTOR_MIN && size <= BLOCK_SECTOR_MAX &&
	    !(size & (size - 1)))
		return OK;
	return fail(err, code,
		    "%s: its sectors have %" PRIu64
		    " bytes, not a power of two of %d to %d",
		    name, size, BLOCK_SECTOR_MIN, BLOCK_SECTOR_MAX);
}

static enum status read_geometry(int dir, bool may_be_empty,
				 struct block_disk *disk, struct error *err)
{
	uint64_t units, size;
	enum status s = read_number(disk->name, dir, "size",
				    UINT64_MAX / SYSFS_UNIT, &units, err);

	if (s != OK)
		return s;
	if (!units && !may_be_empty)
		return fail(err, E_BLOCK_NOT_A_DISK,
			    "%s has no medium: its size is 0", disk->name);
	s = read_number(disk->name, dir, "queue/logical_block_size", UINT64_MAX,
			&size, err);
	if (s == OK)
		s = block_check_sector_size(disk->name, size, E_BLOCK_ATTRIBUTE,
					    err);
	if (s != OK)
		return s;
	disk->sector_size = (uint32_t)size;
	disk->sectors = units * SYSFS_UNIT / size;
	return OK;
}

static enum status check_is_disk(int dir, const char *name, struct error *err)
{
	if (has_attribute(dir, "partition"))
		return fail(err, E_BLOCK_NOT_A_DISK, "%s is a partition", name);
	if (is_set(dir, "hidden"))
		return fail(err, E_BLOCK_NOT_A_DISK,
			    "%s is one path of a multipath disk", name);
	return OK;
}

static enum status describe(struct block_roots roots, const char *name,
			    bool may_be_empty, struct block_disk *ret,
			    struct error *err)
{
	/* Not the serial of a virtio disk, DISK/serial: the kernel asks the
	 * device for it, and a dead device does not answer. */
	static const char *const models[] = { "device/model", "device/name" };
	static const char *const serials[] = { "device/serial" };
	struct block_disk disk = { .diskseq = 0 };
	_close_ int dir = -1;
	char path[256];
	enum status s;

	if (!is_name(name) || !text_copy(disk.name, sizeof(disk.name), name))
		return fail(err, E_BLOCK_NAME, "\"%s\" is no name of a disk",
			    display_of_text(name).text);
	if (is_never_disk(name))
		return fail(err, E_BLOCK_NOT_A_DISK,
			    "%s is not a kind of disk to boot from", name);
	snprintf(path, sizeof(path), "%s/class/block/%s", roots.sysfs, name);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return fail_sys(err, E_NOT_FOUND, errno,
				"there is no block device %s", name);
	s = check_is_disk(dir, name, err);
	if (s == OK)
		s = read_geometry(dir, may_be_empty, &disk, err);
	if (s == OK)
		s = read_device_number(dir, &disk, err);
	if (s != OK)
		return s;
	if (!file_read_number(dir, "diskseq", &disk.diskseq))
		disk.diskseq = 0;
	disk.removable = is_set(dir, "removable");
	disk.on_usb = is_on_usb(path);
	disk.read_only = is_set(dir, "ro");
	read_display(dir, models, sizeof(models) / sizeof(*models),
		     &disk.model);
	read_display(dir, serials, sizeof(serials) / sizeof(*serials),
		     &disk.serial);
	*ret = disk;
	return OK;
}

enum status block_describe(struct block_roots roots, const char *name,
			   struct block_disk *ret, struct error *err)
{
	return describe(roots, name, false, ret, err);
}

enum status block_describe_reader(struct block_roots roots, const char *name,
				  struct block_disk *ret, struct error *err)
{
	struct block_disk disk;
	enum status s = describe(roots, name, true, &disk, err);

	if (s == OK && !disk.removable)
		s = fail(err, E_BLOCK_NOT_A_DISK, "%s has no removable media",
			 name);
	if (s != OK)
		return s;
	disk.sectors = 0;
	*ret = disk;
	return OK;
}

enum status block_await_medium(struct block_roots roots,
			       struct block_disk *disk, struct error *err)
{
	_close_ int fd = -1;
	char path[256], name[BLOCK_NAME_MAX];

	memcpy(name, disk->name, sizeof(name));
	snprintf(path, sizeof(path), "%s/%s", roots.dev, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return fail_sys(err,
				errno == ENOMEDIUM ? E_BLOCK_NO_MEDIUM
						   : E_BLOCK_OPEN,
				errno, "unable to open %s", path);
	return block_describe(roots, name, disk, err);
}

static void close_stream(DIR **stream)
{
	if (*stream)
		closedir(*stream);
}
#define _close_stream_ __attribute__((cleanup(close_stream)))

static int compare_disks(const void *a, const void *b)
{
	return strcmp(((const struct block_disk *)a)->name,
		      ((const struct block_disk *)b)->name);
}

enum status block_list(struct block_roots roots, struct block_disk *disks,
		       size_t cap, size_t *ret_count, struct error *err)
{
	_close_stream_ DIR *stream = NULL;
	const struct dirent *at;
	struct block_disk disk;
	struct error why;
	char path[256];
	size_t count = 0;
	enum status s;

	snprintf(path, sizeof(path), "%s/class/block", roots.sysfs);
	stream = opendir(path);
	if (!stream)
		return fail_sys(err, E_BLOCK_SYSFS, errno,
				"unable to list the disks in %s", path);
	while ((at = readdir(stream))) {
		if (at->d_name[0] == '.')
			continue;
		s = block_describe(roots, at->d_name, &disk, &why);
		if (s == OK && count < cap)
			disks[count++] = disk;
		else if (s == OK)
			log_warn("%s is left out: more than %zu disks",
				 disk.name, cap);
		else if (s != E_BLOCK_NOT_A_DISK && s != E_NOT_FOUND)
			log_warn("%s", why.text);
	}
	if (count)
		qsort(disks, count, sizeof(*disks), compare_disks);
	*ret_count = count;
	return OK;
}

/* The node must be the disk that was described, not one that took its name. */
static enum status check_node(const struct block_disk *disk, int fd,
			      const char *path, struct error *err)
{
	uint64_t size, seq;
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISBLK(st.st_mode) ||
	    major(st.st_rdev) != disk->major ||
	    minor(st.st_rdev) != disk->minor)
		return fail(err, E_BLOCK_CHANGED,
			    "%s is device %u:%u, the disk was %u:%u", path,
			    major(st.st_rdev), minor(st.st_rdev), disk->major,
			    disk->minor);
	if (ioctl(fd, (ioctl_request)BLKGETSIZE64, &size) < 0 ||
	    size / disk->sector_size != disk->sectors)
		return fail(err, E_BLOCK_CHANGED,
			    "%s has %" PRIu64 " bytes, the disk had %" PRIu64
			    " sectors of %" PRIu32,
			    path, size, disk->sectors, disk->sector_size);
	if (disk->diskseq &&
	    ioctl(fd, (ioctl_request)BLKGETDISKSEQ, &seq) == 0 &&
	    seq != disk->diskseq)
		return fail(err, E_BLOCK_CHANGED,
			    "%s has the sequence number %" PRIu64
			    ", the disk had %" PRIu64,
			    path, seq, disk->diskseq);
	return OK;
}

enum status block_open(struct block_roots roots, const struct block_disk *disk,
		       int *ret_fd, struct error *err)
{
	_close_ int fd = -1;
	char path[256];
	enum status s;

	snprintf(path, sizeof(path), "%s/%s", roots.dev, disk->name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 && errno == ENOMEDIUM)
		return fail(err, E_BLOCK_NO_MEDIUM, "%s has no medium", path);
	if (fd < 0)
		return fail_sys(err, E_BLOCK_OPEN, errno, "unable to open %s",
				path);
	s = check_node(disk, fd, path, err);
	if (s == OK)
		*ret_fd = take_fd(&fd);
	return s;
}

enum status block_read_at(int fd, uint64_t offset, void *to, size_t len,
			  struct error *err)
{
	uint8_t *at = to;
	uint64_t end;

	if (!add_size(offset, len, &end) || end > INT64_MAX)
		return fail(err, E_BLOCK_SHORT,
			    "%zu bytes at offset %" PRIu64
			    " end beyond any device",
			    len, offset);
	while (offset < end) {
		ssize_t got =
			pread(fd, at, (size_t)(end - offset), (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_sys(err, E_BLOCK_READ, errno,
					"unable to read %" PRIu64
					" bytes at offset %" PRIu64,
					end - offset, offset);
		if (got == 0)
			return fail(err, E_BLOCK_SHORT,
				    "the device ends at %" PRIu64 ", %" PRIu64
				    " bytes are missing",
				    offset, end - offset);
		at += got;
		offset += (uint64_t)got;
	}
	return OK;
}

enum status block_set_read_only(int fd, struct error *err)
{
	int on = 1, is_on = 0;

	if (ioctl(fd, BLKROSET, &on) < 0)
		return fail_sys(err, E_BLOCK_READ_ONLY, errno,
				"unable to make the device read-only");
	if (ioctl(fd, BLKROGET, &is_on) < 0 || !is_on)
		return fail(err, E_BLOCK_READ_ONLY,
			    "the device was made read-only and is not");
	return OK;
}
