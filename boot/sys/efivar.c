#include "sys/efivar.h"

#include "base/own.h"
#include "base/text.h"
#include "sys/ioctl_request.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#define ATTRIBUTES_SIZE 4
#define VALUE_MAX	1024 /* of what is written */
#define PATH_SIZE	512
#define EFIVARFS_MAGIC	0xde5e81e4U

#define MOUNT_FLAGS (MS_REMOUNT | MS_NOSUID | MS_NODEV | MS_NOEXEC)

static bool is_efivarfs(const char *root)
{
	struct statfs st;

	return statfs(root, &st) == 0 && (uint32_t)st.f_type == EFIVARFS_MAGIC;
}

enum efivar_support efivar_support(void)
{
	if (access("/sys/firmware/efi", F_OK) != 0)
		return EFIVAR_NO_FIRMWARE;
	return is_efivarfs(EFIVAR_ROOT) ? EFIVAR_THERE : EFIVAR_NOT_MOUNTED;
}

static bool make_path(const char *root, const char *name,
		      char path[static PATH_SIZE])
{
	struct text t = text_over(path, PATH_SIZE);

	text_addf(&t, "%s/%s", root, name);
	if (t.cut)
		errno = ENAMETOOLONG;
	return !t.cut;
}

static enum status read_value(int fd, const char *name, uint8_t *all,
			      size_t cap, size_t *ret_len, struct error *err)
{
	ssize_t got;

	do {
		got = read(fd, all, ATTRIBUTES_SIZE + cap + 1);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return fail_sys(err, E_EFIVAR_READ, errno,
				"unable to read the variable %s", name);
	if (got < ATTRIBUTES_SIZE)
		return fail(err, E_EFIVAR_SHORT,
			    "the variable %s has %zd bytes, its attributes "
			    "alone have %d",
			    name, got, ATTRIBUTES_SIZE);
	if ((size_t)got - ATTRIBUTES_SIZE > cap)
		return fail(err, E_EFIVAR_LONG,
			    "the variable %s has more than %zu bytes", name,
			    cap);
	*ret_len = (size_t)got - ATTRIBUTES_SIZE;
	return OK;
}

enum status efivar_read(const char *root, const char *name, void *buf,
			size_t cap, uint32_t *ret_attributes, size_t *ret_len,
			struct error *err)
{
	_free_ uint8_t *all = malloc(ATTRIBUTES_SIZE + cap + 1);
	char path[PATH_SIZE];
	_close_ int fd = -1;
	enum status s;

	if (!all)
		return fail(err, E_NO_MEMORY, "no memory for the variable %s",
			    name);
	if (make_path(root, name, path))
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 && errno == ENOENT)
		return fail(err, E_EFIVAR_NONE, "there is no variable %s",
			    name);
	if (fd < 0)
		return fail_sys(err, E_EFIVAR_READ, errno,
				"unable to open the variable %s", name);
	s = read_value(fd, name, all, cap, ret_len, err);
	if (s != OK)
		return s;
	memcpy(buf, all + ATTRIBUTES_SIZE, *ret_len);
	if (ret_attributes)
		*ret_attributes = span_le32(span_of(all, ATTRIBUTES_SIZE), 0);
	return OK;
}

/* True if it has to be made read-only again. */
static bool make_writable(const char *root)
{
	struct statvfs st;

	return is_efivarfs(root) && statvfs(root, &st) == 0 &&
	       (st.f_flag & ST_RDONLY) &&
	       mount(NULL, root, NULL, MOUNT_FLAGS, NULL) == 0;
}

static void make_read_only(const char *root)
{
	mount(NULL, root, NULL, MOUNT_FLAGS | MS_RDONLY, NULL);
}

/* efivarfs sets the flag on what the kernel does not know to be harmless to
 * delete. A directory of tests may be on a file system without flags: what
 * follows then says whether it matters. */
static void clear_immutable(const char *path)
{
	_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int flags = 0;

	if (fd < 0 || ioctl(fd, (ioctl_request)FS_IOC_GETFLAGS, &flags) < 0 ||
	    !(flags & FS_IMMUTABLE_FL))
		return;
	flags &= ~FS_IMMUTABLE_FL;
	ioctl(fd, (ioctl_request)FS_IOC_SETFLAGS, &flags);
}

/* The firmware takes a variable as one write, or not at all. Returns errno. */
static int write_file(const char *path, const uint8_t *bytes, size_t len)
{
	_close_ int fd =
		open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);
	ssize_t written;

	if (fd < 0)
		return errno;
	do {
		written = write(fd, bytes, len);
	} while (written < 0 && errno == EINTR);
	if (written < 0)
		return errno;
	return (size_t)written == len ? 0 : EIO;
}

enum status efivar_write(const char *root, const char *name, struct span value,
			 struct error *err)
{
	uint8_t all[ATTRIBUTES_SIZE + VALUE_MAX];
	char path[PATH_SIZE];
	bool was_read_only;
	int sys = ENAMETOOLONG;

	if (value.len > VALUE_MAX)
		return fail(err, E_EFIVAR_LONG,
			    "the variable %s would have %zu bytes, the most is "
			    "%d",
			    name, value.len, VALUE_MAX);
	store_le32(all,
		   EFIVAR_NON_VOLATILE | EFIVAR_BOOT_SERVICE | EFIVAR_RUNTIME);
	memcpy(all + ATTRIBUTES_SIZE, value.ptr, value.len);
	if (make_path(root, name, path)) {
		was_read_only = make_writable(root);
		clear_immutable(path);
		sys = write_file(path, all, ATTRIBUTES_SIZE + value.len);
		if (was_read_only)
			make_read_only(root);
	}
	if (sys)
		return fail_sys(err, E_EFIVAR_WRITE, sys,
				"unable to write the variable %s", name);
	return OK;
}

enum status efivar_delete(const char *root, const char *name, struct error *err)
{
	char path[PATH_SIZE];
	bool was_read_only;
	int sys = ENAMETOOLONG;

	if (make_path(root, name, path)) {
		was_read_only = make_writable(root);
		clear_immutable(path);
		sys = unlink(path) < 0 ? errno : 0;
		if (was_read_only)
			make_read_only(root);
	}
	if (sys && sys != ENOENT)
		return fail_sys(err, E_EFIVAR_DELETE, sys,
				"unable to delete the variable %s", name);
	return OK;
}
