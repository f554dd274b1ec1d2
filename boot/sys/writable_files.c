/* Files of mounted file systems; the contract is in sys/writable.h. */
#include "base/own.h"
#include "base/text.h"
#include "sys/writable.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static enum status sync_of(int fd, struct error *err)
{
	if (syncfs(fd) < 0)
		return fail_sys(err, E_WRITE_SYNC, errno,
				"unable to bring what was written to the disk");
	return OK;
}

static int open_below(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC | O_NOCTTY |
					      O_NOFOLLOW | O_NONBLOCK),
		.mode = flags & O_CREAT ? 0644 : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
			   RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
	};

	while (*path == '/')
		path++;
	return (int)syscall(SYS_openat2, root, *path ? path : ".", &how,
			    sizeof(how));
}

/* Opens the folder of a path; *ret_name is the path's last component. */
static enum status open_folder(int root, const char *path, int *ret,
			       const char **ret_name, struct error *err)
{
	const char *slash = strrchr(path, '/');
	char folder[1024] = "";
	size_t len = slash ? (size_t)(slash - path) : 0;

	if (len >= sizeof(folder) || !(slash ? slash[1] : path[0]))
		return fail(err, E_WRITE_PATH, "%s is not the path of a file",
			    display_of_text(path).text);
	memcpy(folder, path, len);
	folder[len] = '\0';
	*ret = open_below(root, folder, O_RDONLY | O_DIRECTORY);
	if (*ret < 0)
		return fail_sys(err, E_WRITE_PATH, errno,
				"unable to open the folder of %s",
				display_of_text(path).text);
	*ret_name = slash ? slash + 1 : path;
	return OK;
}

/* RENAME_NOREPLACE, which vfat has; where a file system has not, the name was
 * free a moment ago. */
static int rename_new(int folder, const char *old, const char *name)
{
	struct stat st;

	if (renameat2(folder, old, folder, name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return errno == ENOENT ? renameat(folder, old, folder, name) : -1;
}

static bool remove_if_empty(int folder, const char *name)
{
	struct stat st;

	return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode) && !st.st_size &&
	       unlinkat(folder, name, 0) == 0;
}

enum status writable_rename(int root, const char *path, const char *new_name,
			    struct error *err)
{
	_close_ int folder = -1;
	const char *name = NULL;
	struct stat st;
	enum status s = open_folder(root, path, &folder, &name, err);
	int done;

	if (s != OK)
		return s;
	done = rename_new(folder, name, new_name);
	if (done < 0 && errno == EEXIST &&
	    fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		done = remove_if_empty(folder, new_name)
			       ? rename_new(folder, name, new_name)
			       : -1;
		if (done < 0)
			return fail(err, E_WRITE_EXISTS,
				    "%s cannot become %s, which is there",
				    display_of_text(path).text,
				    display_of_text(new_name).text);
	}
	if (done < 0)
		return fail_sys(err, E_WRITE_RENAME, errno,
				"unable to rename %s to %s",
				display_of_text(path).text,
				display_of_text(new_name).text);
	return sync_of(folder, err);
}

static bool read_all(int fd, uint8_t *buf, size_t len)
{
	size_t at = 0;
	ssize_t got;

	while (at < len) {
		got = pread(fd, buf + at, len - at, (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0)
			errno = EIO;
		if (got <= 0)
			return false;
		at += (size_t)got;
	}
	return true;
}

bool writable_get(int root, const char *path, void *buf, size_t len)
{
	_close_ int fd = open_below(root, path, O_RDONLY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return false;
	if (!S_ISREG(st.st_mode) || st.st_size != (off_t)len) {
		errno = EFBIG;
		return false;
	}
	return read_all(fd, buf, len);
}

static enum status write_all(int fd, const char *path, struct span bytes,
			     uint64_t offset, struct error *err)
{
	ssize_t done = 0;
	size_t at = 0;

	while (at < bytes.len) {
		done = pwrite(fd, bytes.ptr + at, bytes.len - at,
			      (off_t)(offset + at));
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			break;
		at += (size_t)done;
	}
	if (at < bytes.len || fsync(fd) < 0)
		return fail_sys(err, E_WRITE_IO, done ? errno : ENOSPC,
				"unable to write %s",
				display_of_text(path).text);
	return OK;
}

enum status writable_patch(int root, const char *path, uint64_t offset,
			   struct span bytes, struct error *err)
{
	_close_ int fd = open_below(root, path, O_WRONLY);

	if (fd < 0)
		return fail_sys(err, E_WRITE_PATH, errno, "unable to open %s",
				display_of_text(path).text);
	return write_all(fd, path, bytes, offset, err);
}

/* The folders above path; one that is there already is fine. */
static enum status make_folders(int root, const char *path, struct error *err)
{
	char part[1024];

	while (*path == '/')
		path++;
	for (size_t i = 0; path[i] && i < sizeof(part) - 1; i++) {
		_close_ int folder = -1;
		const char *name;

		part[i] = path[i];
		part[i + 1] = '\0';
		if (path[i + 1] != '/')
			continue;
		if (open_folder(root, part, &folder, &name, err) != OK)
			return E_WRITE_PATH;
		if (mkdirat(folder, name, 0755) < 0 && errno != EEXIST)
			return fail_sys(err, E_WRITE_PATH, errno,
					"unable to make the folder %s",
					display_of_text(part).text);
	}
	return OK;
}

enum status writable_put(int root, const char *path, struct span bytes,
			 struct error *err)
{
	_close_ int folder = -1, fd = -1;
	char fresh[256];
	const char *name = NULL;
	enum status s = make_folders(root, path, err);

	if (s == OK)
		s = open_folder(root, path, &folder, &name, err);
	if (s != OK)
		return s;
	snprintf(fresh, sizeof(fresh), "%.250s.new", name);
	fd = open_below(folder, fresh, O_WRONLY | O_CREAT | O_TRUNC);
	if (fd < 0)
		return fail_sys(err, E_WRITE_PATH, errno, "unable to make %s",
				display_of_text(fresh).text);
	s = write_all(fd, fresh, bytes, 0, err);
	if (s != OK)
		return s;
	if (renameat(folder, fresh, folder, name) < 0)
		return fail_sys(err, E_WRITE_RENAME, errno,
				"unable to rename %s to %s",
				display_of_text(fresh).text,
				display_of_text(name).text);
	return sync_of(folder, err);
}

void writable_forget(int root, const char *path)
{
	_close_ int fd = open_below(root, path, O_RDONLY);

	if (fd >= 0)
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}
