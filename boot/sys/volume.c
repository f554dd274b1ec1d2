#include "sys/volume.h"

#include "base/log.h"
#include "base/own.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Never the operator's terminal, never a wait for a FIFO's other end. */
#define OPEN_FLAGS                                                             \
	(O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK |           \
	 O_LARGEFILE)

static bool same_mount(int a, int b)
{
	struct stat sa, sb;

	return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 &&
	       sa.st_dev == sb.st_dev;
}

/*
 * Opens one name, which holds no '/' and is not "..". openat2(2) refuses links
 * and mounts in the kernel; where it is missing (qemu-user, an old container's
 * filter) O_NOFOLLOW and a look at the device do.
 */
static int open_name(int dir, const char *name, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)flags,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
			   RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
	};
	int fd = (int)syscall(SYS_openat2, dir, name, &how, sizeof(how));

	if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
		return fd;
	fd = openat(dir, name, flags);
	if (fd >= 0 && !same_mount(dir, fd)) {
		close(fd);
		errno = EXDEV;
		return -1;
	}
	return fd;
}

/* What is wrong with a name that did not open, in the volume's words. */
static enum status fail_open(int dir, const char *name, const char *path,
			     int sys, struct error *err)
{
	struct display whole = display_of_text(path);
	struct display part = display_of_text(name);
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISLNK(st.st_mode))
		return fail(err, E_VOLUME_LINK,
			    "%s: %s is a symbolic link, they are not followed",
			    whole.text, part.text);
	if (sys == ENOENT)
		return fail(err, E_VOLUME_NOT_FOUND, "%s: there is no %s",
			    whole.text, part.text);
	if (sys == ENOTDIR)
		return fail(err, E_VOLUME_NOT_FOLDER, "%s: %s is not a folder",
			    whole.text, part.text);
	if (sys == EXDEV)
		return fail(err, E_VOLUME_CROSSES,
			    "%s: %s is on another file system", whole.text,
			    part.text);
	return fail_sys(err, E_VOLUME_READ, sys, "%s: unable to open %s",
			whole.text, part.text);
}

static int fold(int c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static bool equal_folded(const char *a, const char *b)
{
	while (*a && fold(*a) == fold(*b)) {
		a++;
		b++;
	}
	return fold(*a) == fold(*b);
}

/* A stream over a folder that is open already; the descriptor stays open. */
static DIR *read_folder(int dir)
{
	int fd = open_name(dir, ".", OPEN_FLAGS | O_DIRECTORY);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);

	if (!stream && fd >= 0)
		close(fd);
	return stream;
}

static void close_stream(DIR **stream)
{
	if (*stream)
		closedir(*stream);
}

/* The next name but "." and ".."; NULL at the end, or with errno set. */
static const char *next_name(DIR *stream)
{
	const struct dirent *at;

	do {
		errno = 0;
		at = readdir(stream);
	} while (at && (!strcmp(at->d_name, ".") || !strcmp(at->d_name, "..")));
	return at ? at->d_name : NULL;
}

/* Replaces a name that is not there by the only one that differs from it in
 * case. */
static enum status find_folded(int dir, char name[static VOLUME_NAME_MAX + 1],
			       const char *path, struct error *err)
{
	__attribute__((cleanup(close_stream))) DIR *stream = read_folder(dir);
	char found[VOLUME_NAME_MAX + 1] = "";
	unsigned left = VOLUME_ENTRIES_MAX;
	const char *at = name;

	errno = 0;
	while (stream && left-- && (at = next_name(stream))) {
		if (!equal_folded(at, name))
			continue;
		if (*found && strcmp(found, at) != 0)
			return fail(err, E_VOLUME_AMBIGUOUS,
				    "%s: both %s and %s are there",
				    display_of_text(path).text,
				    display_of_text(found).text,
				    display_of_text(at).text);
		if (!text_copy(found, sizeof(found), at))
			break;
	}
	if (!*found)
		return fail_open(dir, name, path, at || !errno ? ENOENT : errno,
				 err);
	memcpy(name, found, sizeof(found));
	return OK;
}

/* Opens a name as it is, else the one that differs in case only. */
static enum status open_any_case(int dir, char name[static VOLUME_NAME_MAX + 1],
				 int flags, const char *path, int *ret,
				 struct error *err)
{
	enum status s;

	*ret = open_name(dir, name, flags);
	if (*ret < 0 && errno == ENOENT) {
		s = find_folded(dir, name, path, err);
		if (s != OK)
			return s;
		*ret = open_name(dir, name, flags);
	}
	if (*ret < 0)
		return fail_open(dir, name, path, errno, err);
	return OK;
}

/* Checks the whole path before anything is opened. */
static enum status check_path(const char *path, struct error *err)
{
	struct span rest = span_of_text(path), part;
	unsigned depth = 0;

	if (rest.len > VOLUME_PATH_MAX)
		return fail(err, E_VOLUME_PATH,
			    "a path has %zu bytes, the limit is %d", rest.len,
			    VOLUME_PATH_MAX);
	while ((part = span_next_component(&rest)).len) {
		if (span_equal_text(part, ".."))
			return fail(err, E_VOLUME_PATH, "%s: '..' in a path",
				    display_of_text(path).text);
		if (part.len > VOLUME_NAME_MAX)
			return fail(err, E_VOLUME_PATH,
				    "%s: a name has %zu bytes, the limit is %d",
				    display_of_text(path).text, part.len,
				    VOLUME_NAME_MAX);
		if (++depth > VOLUME_DEPTH_MAX)
			return fail(err, E_VOLUME_PATH,
				    "%s: deeper than %d folders",
				    display_of_text(path).text,
				    VOLUME_DEPTH_MAX);
	}
	return OK;
}

/*
 * Walks path but for its last component, whose name goes to name ("." for the
 * root itself). *ret_dir is the caller's.
 */
static enum status walk(const struct volume *vol, const char *path,
			int *ret_dir, char name[static VOLUME_NAME_MAX + 1],
			struct error *err)
{
	struct span rest = span_of_text(path), part, after;
	_close_ int dir = -1;
	enum status s = check_path(path, err);
	int next;

	if (s != OK)
		return s;
	dir = open_name(vol->dir, ".", OPEN_FLAGS | O_DIRECTORY);
	if (dir < 0)
		return fail_open(vol->dir, ".", path, errno, err);
	strcpy(name, ".");
	for (part = span_next_component(&rest); part.len; part = after) {
		memcpy(name, part.ptr, part.len);
		name[part.len] = '\0';
		after = span_next_component(&rest);
		if (!after.len)
			break;
		s = open_any_case(dir, name, OPEN_FLAGS | O_DIRECTORY, path,
				  &next, err);
		if (s != OK)
			return s;
		close(dir);
		dir = next;
	}
	*ret_dir = take_fd(&dir);
	return OK;
}

/* Adds one name to the list; false when memory is out. */
static bool add_entry(struct volume_list *list, size_t *cap, int dir,
		      const char *name)
{
	struct volume_entry *entry, *more;
	struct stat st;

	if (list->count == *cap) {
		*cap = *cap ? *cap * 2 : 32;
		more = realloc(list->entries, *cap * sizeof(*more));
		if (!more)
			return false;
		list->entries = more;
	}
	entry = &list->entries[list->count];
	*entry = (struct volume_entry){ .type = VOLUME_OTHER };
	if (!text_copy(entry->name, sizeof(entry->name), name)) {
		list->too_long++;
		return true;
	}
	entry->is_text = utf8_is_clean(span_of_text(name));
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		entry->type = S_ISREG(st.st_mode)   ? VOLUME_FILE
			      : S_ISDIR(st.st_mode) ? VOLUME_FOLDER
						    : VOLUME_OTHER;
		if (entry->type == VOLUME_FILE)
			entry->size = (uint64_t)st.st_size;
	}
	list->count++;
	return true;
}

static int compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct volume_entry *)a)->name,
		      ((const struct volume_entry *)b)->name);
}

/* A folder whose clusters run in a circle gives the same names again. */
static void sort_unique(struct volume_list *list, const char *path)
{
	size_t kept = 0;

	if (list->count)
		qsort(list->entries, list->count, sizeof(*list->entries),
		      compare_entries);
	for (size_t i = 0; i < list->count; i++)
		if (!kept || compare_entries(&list->entries[kept - 1],
					     &list->entries[i]) != 0)
			list->entries[kept++] = list->entries[i];
	if (kept < list->count)
		log_warn("%s: %zu names are in the folder more than once", path,
			 list->count - kept);
	list->count = kept;
}

static enum status read_names(DIR *stream, const char *path,
			      struct volume_list *list, struct error *err)
{
	size_t cap = 0;
	const char *name;

	while ((name = next_name(stream))) {
		if (list->count + list->too_long >= VOLUME_ENTRIES_MAX) {
			list->cut = true;
			break;
		}
		if (!add_entry(list, &cap, dirfd(stream), name))
			return fail(err, E_NO_MEMORY,
				    "%s: no memory for more than %zu names",
				    display_of_text(path).text, list->count);
	}
	if (!name && errno)
		return fail_sys(err, E_VOLUME_READ, errno,
				"%s: unable to read the folder",
				display_of_text(path).text);
	return OK;
}

static enum status dir_list(const struct volume *vol, const char *path,
			    struct volume_list *ret, struct error *err)
{
	__attribute__((cleanup(close_stream))) DIR *stream = NULL;
	_drop_volume_list_ struct volume_list list = { 0 };
	_close_ int dir = -1, folder = -1;
	char name[VOLUME_NAME_MAX + 1];
	enum status s = walk(vol, path, &dir, name, err);

	if (s == OK)
		s = open_any_case(dir, name, OPEN_FLAGS | O_DIRECTORY, path,
				  &folder, err);
	if (s != OK)
		return s;
	stream = read_folder(folder);
	if (!stream)
		return fail_open(folder, ".", path, errno, err);
	s = read_names(stream, path, &list, err);
	if (s != OK)
		return s;
	sort_unique(&list, path);
	*ret = list;
	list = (struct volume_list){ 0 };
	return OK;
}

static enum status fail_not_file(const char *path, struct error *err)
{
	return fail(err, E_VOLUME_NOT_FILE, "%s is not a regular file",
		    display_of_text(path).text);
}

/* To open a device or a FIFO can do things, so its type is asked before; and
 * again of what was opened, since a name can change in between. */
static enum status dir_open(const struct volume *vol, const char *path,
			    int *ret_fd, uint64_t *ret_size, struct error *err)
{
	_close_ int dir = -1, fd = -1;
	char name[VOLUME_NAME_MAX + 1];
	enum status s = walk(vol, path, &dir, name, err);
	struct stat st;

	if (s != OK)
		return s;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT)
			return fail_open(dir, name, path, errno, err);
		s = find_folded(dir, name, path, err);
		if (s != OK)
			return s;
		if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return fail_open(dir, name, path, errno, err);
	}
	if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
		return fail_not_file(path, err);
	fd = open_name(dir, name, OPEN_FLAGS);
	if (fd < 0)
		return fail_open(dir, name, path, errno, err);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < 0)
		return fail_not_file(path, err);
	*ret_size = (uint64_t)st.st_size;
	*ret_fd = take_fd(&fd);
	return OK;
}

static void dir_close(struct volume *vol)
{
	if (vol->dir >= 0)
		close(vol->dir);
	vol->dir = -1;
}

static const struct volume_ops dir_ops = {
	.list = dir_list,
	.open = dir_open,
	.close = dir_close,
};

struct volume volume_from_dir(int dirfd)
{
	return (struct volume){ .ops = &dir_ops, .dir = dirfd };
}

enum status volume_open_dir(const char *dir, struct volume *ret,
			    struct error *err)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fail_sys(err, E_VOLUME_ROOT, errno,
				"unable to open the directory %s",
				display_of_text(dir).text);
	*ret = volume_from_dir(fd);
	return OK;
}

enum status volume_list(const struct volume *vol, const char *path,
			struct volume_list *ret, struct error *err)
{
	return vol->ops->list(vol, path, ret, err);
}

enum status volume_open(const struct volume *vol, const char *path, int *ret_fd,
			uint64_t *ret_size, struct error *err)
{
	return vol->ops->open(vol, path, ret_fd, ret_size, err);
}

void volume_list_drop(struct volume_list *list)
{
	free(list->entries);
	*list = (struct volume_list){ 0 };
}

void volume_close(struct volume *vol)
{
	if (vol->ops)
		vol->ops->close(vol);
}
