#include "sys/writable.h"

#include "base/own.h"
#include "sys/block.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

static enum status protect(int fd, const char *node, int on, struct error *err)
{
	int is_on = 0;

	if (ioctl(fd, BLKROSET, &on) < 0)
		return fail_sys(err, E_WRITE_READ_ONLY, errno,
				"unable to %s the write protection of %s",
				on ? "set" : "lift", node);
	if (ioctl(fd, BLKROGET, &is_on) < 0 || !is_on != !on)
		return fail(err, E_WRITE_READ_ONLY,
			    "%s is read-only by itself or its disk", node);
	return OK;
}

#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif

/* As in sys/mount.c: a remount sets all of them again. */
#define ESP_FLAGS (MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOSYMFOLLOW)

/* What the kernel knows of a device; a file is a device of 512-byte sectors. */
static enum status describe(const char *node, struct writable *w,
			    struct error *err)
{
	int is_on = 0, sector = 512;
	struct stat st;
	off_t end;

	if (fstat(w->read_fd, &st) < 0)
		return fail_sys(err, E_WRITE_OPEN, errno,
				"unable to look at %s", node);
	w->size = (uint64_t)st.st_size;
	w->sector_size = 512;
	if (S_ISREG(st.st_mode))
		return OK;
	end = lseek(w->read_fd, 0, SEEK_END);
	if (!S_ISBLK(st.st_mode) || end < 0 ||
	    ioctl(w->read_fd, BLKSSZGET, &sector) < 0 ||
	    ioctl(w->read_fd, BLKROGET, &is_on) < 0)
		return fail(err, E_WRITE_OPEN, "%s is not a disk", node);
	w->size = (uint64_t)end;
	if (sector < 512 || sector > WRITABLE_SECTOR_MAX)
		return fail(err, E_BLOCK_SECTOR_SIZE,
			    "%s has sectors of %d bytes, known are 512 to %d",
			    node, sector, WRITABLE_SECTOR_MAX);
	w->sector_size = (uint32_t)sector;
	if (!is_on)
		return OK;
	w->was_read_only = true;
	return protect(w->read_fd, node, 0, err);
}

enum status writable_open(const char *node, struct writable *ret,
			  struct error *err)
{
	_close_writable_ struct writable w = WRITABLE_NONE;
	enum status s;

	w.read_fd = open(node, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (w.read_fd < 0)
		return fail_sys(err, E_WRITE_OPEN, errno, "unable to open %s",
				node);
	s = describe(node, &w, err);
	if (s != OK)
		return s;
	w.write_fd = open(node, O_RDWR | O_DIRECT | O_CLOEXEC | O_NOCTTY);
	if (w.write_fd < 0 && errno == EINVAL)
		w.write_fd = open(node, O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (w.write_fd < 0 && errno == EBUSY)
		return fail(err, E_WRITE_MOUNTED,
			    "the kernel keeps %s from being written while it "
			    "is mounted",
			    node);
	if (w.write_fd < 0)
		return fail_sys(err, E_WRITE_OPEN, errno,
				"unable to open %s for writing", node);
	*ret = w;
	w = WRITABLE_NONE;
	return OK;
}

void writable_close(struct writable *w)
{
	if (w->write_fd >= 0)
		close(w->write_fd);
	if (w->read_fd >= 0 && w->was_read_only)
		protect(w->read_fd, "", 1, NULL);
	if (w->read_fd >= 0)
		close(w->read_fd);
	*w = WRITABLE_NONE;
}

enum status writable_read(const struct writable *w, uint64_t offset, void *buf,
			  size_t len, struct error *err)
{
	return block_read_at(w->read_fd, offset, buf, len, err);
}

/* O_DIRECT wants aligned memory. */
struct sector {
	uint8_t bytes[WRITABLE_SECTOR_MAX];
} __attribute__((aligned(WRITABLE_SECTOR_MAX)));

static enum status load(const struct writable *w, uint64_t offset,
			struct sector *to, struct error *err)
{
	ssize_t got =
		pread(w->write_fd, to->bytes, w->sector_size, (off_t)offset);

	if (got < 0)
		return fail_sys(err, E_WRITE_IO, errno,
				"unable to read the sector at byte %llu",
				(unsigned long long)offset);
	if (got != (ssize_t)w->sector_size)
		return fail(err, E_WRITE_IO,
			    "the sector at byte %llu gives %zd bytes, not %u",
			    (unsigned long long)offset, got, w->sector_size);
	return OK;
}

enum status writable_load(const struct writable *w, uint64_t offset,
			  uint8_t ret[static WRITABLE_SECTOR_MAX],
			  struct error *err)
{
	struct sector sector;
	enum status s = load(w, offset, &sector, err);

	if (s == OK)
		memcpy(ret, sector.bytes, w->sector_size);
	return s;
}

enum status writable_store(const struct writable *w, uint64_t offset,
			   const uint8_t bytes[static WRITABLE_SECTOR_MAX],
			   struct error *err)
{
	struct sector sector;
	ssize_t done;
	enum status s;

	memcpy(sector.bytes, bytes, w->sector_size);
	done = pwrite(w->write_fd, sector.bytes, w->sector_size, (off_t)offset);
	if (done >= 0 && done != (ssize_t)w->sector_size)
		errno = ENOSPC;
	if (done != (ssize_t)w->sector_size || fdatasync(w->write_fd) < 0)
		return fail_sys(err, E_WRITE_IO, errno,
				"unable to write the sector at byte %llu",
				(unsigned long long)offset);
	s = load(w, offset, &sector, err);
	if (s != OK)
		return s;
	for (uint32_t i = 0; i < w->sector_size; i++)
		if (sector.bytes[i] != bytes[i])
			return fail(err, E_WRITE_READ_BACK,
				    "byte %llu was written as 0x%02x and is "
				    "read as 0x%02x",
				    (unsigned long long)(offset + i), bytes[i],
				    sector.bytes[i]);
	return OK;
}

/* --- the mount ---------------------------------------------------------------
 */

static enum status protect_node(const char *node, int on, struct error *err)
{
	_close_ int fd = open(node, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return fail_sys(err, E_WRITE_OPEN, errno, "unable to open %s",
				node);
	return protect(fd, node, on, err);
}

static enum status remount(const char *mount_point, unsigned long flags,
			   struct error *err)
{
	if (mount(NULL, mount_point, NULL, MS_REMOUNT | ESP_FLAGS | flags,
		  NULL) < 0)
		return fail_sys(err, E_WRITE_REMOUNT, errno,
				"unable to make %s %s", mount_point,
				flags & MS_RDONLY ? "read-only" : "writable");
	return OK;
}

/* A remount cannot set MS_DIRSYNC: Linux takes only MS_RMT_MASK from it, and
 * leaves the rest as it was, without a word. MS_SYNCHRONOUS is in that mask,
 * and folders are written in order with it, too. Without, a rename's two
 * sectors go out by their numbers, and a power cut in between loses the file.
 */
enum status writable_remount(const char *node, const char *mount_point,
			     struct error *err)
{
	enum status s = protect_node(node, 0, err);

	if (s != OK)
		return s;
	s = remount(mount_point, MS_SYNCHRONOUS, err);
	if (s != OK)
		protect_node(node, 1, NULL);
	return s;
}

enum status writable_settle(const char *node, const char *mount_point,
			    struct error *err)
{
	_close_ int fd = open(mount_point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum status s = OK, t;

	if (fd < 0 || syncfs(fd) < 0)
		s = fail_sys(err, E_WRITE_SYNC, errno,
			     "unable to bring what was written to %s to it",
			     node);
	t = remount(mount_point, MS_RDONLY, s == OK ? err : NULL);
	s = s == OK ? t : s;
	t = protect_node(node, 1, s == OK ? err : NULL);
	return s == OK ? t : s;
}

/* Those of a mount that a remount would take away; of access times Linux keeps
 * what is not said. */
static unsigned long flags_of(const struct statvfs *st)
{
	unsigned long flags =
		st->f_flag & (ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_MANDLOCK);

	return st->f_flag & 0x2000 ? flags | MS_NOSYMFOLLOW : flags;
}

void writable_begin_synchronous(const char *mount_point,
				unsigned long *ret_flags)
{
	struct statvfs st;
	unsigned long flags;

	*ret_flags = 0;
	if (statvfs(mount_point, &st) < 0 ||
	    (st.f_flag & (ST_RDONLY | ST_SYNCHRONOUS)))
		return;
	flags = MS_REMOUNT | flags_of(&st);
	if (mount(NULL, mount_point, NULL, flags | MS_SYNCHRONOUS, NULL) == 0)
		*ret_flags = flags;
}

void writable_end_synchronous(const char *mount_point, unsigned long flags)
{
	if (flags)
		mount(NULL, mount_point, NULL, flags, NULL);
}
