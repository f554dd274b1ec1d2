#include "sys/hostfile.h"

#include "base/own.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum status hostfile_open(const char *path, int *ret_fd, uint64_t *ret_size,
			  struct error *err)
{
	_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_sys(err, E_HOSTFILE_OPEN, errno,
				"unable to open %s", path);
	if (!S_ISREG(st.st_mode))
		return fail(err, E_HOSTFILE_OPEN, "%s is no regular file",
			    path);
	*ret_size = (uint64_t)st.st_size;
	*ret_fd = take_fd(&fd);
	return OK;
}

enum status hostfile_read(const char *path, struct blob *ret, struct error *err)
{
	_close_ int fd = -1;
	struct blob_writer w;
	uint64_t size = 0;
	enum status s = hostfile_open(path, &fd, &size, err);

	if (s == OK)
		s = blob_begin("file", &w, err);
	if (s != OK)
		return s;
	s = blob_append_file(&w, fd, size, err);
	if (s != OK) {
		blob_abandon(&w);
		return fail_in(err, s, "%s", path);
	}
	return blob_finish(&w, ret, err);
}

static bool write_all(int fd, struct span bytes)
{
	while (bytes.len) {
		ssize_t done = write(fd, bytes.ptr, bytes.len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		bytes = span_of(bytes.ptr + done, bytes.len - (size_t)done);
	}
	return true;
}

enum status hostfile_write(const char *dir, const char *name, struct span bytes,
			   struct error *err)
{
	_close_ int dirfd = -1;
	_close_ int fd = -1;

	if (mkdir(dir, 0777) < 0 && errno != EEXIST)
		return fail_sys(err, E_HOSTFILE_WRITE, errno,
				"unable to make the directory %s", dir);
	dirfd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dirfd >= 0)
		fd = openat(dirfd, name,
			    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC |
				    O_NOFOLLOW,
			    0666);
	if (fd < 0 || !write_all(fd, bytes))
		return fail_sys(err, E_HOSTFILE_WRITE, errno,
				"unable to write %s/%s", dir, name);
	return OK;
}

void hostfile_list_drop(struct hostfile_list *list)
{
	free(list->entries);
	*list = (struct hostfile_list){ 0 };
}

static int by_name(const void *a, const void *b)
{
	const struct hostfile_entry *left = a, *right = b;

	return strcmp(left->name, right->name);
}

static enum status add_entry(struct hostfile_list *list, const char *dir,
			     int dirfd, const char *name, struct error *err)
{
	struct hostfile_entry *grown, *entry;
	struct stat st;

	grown = reallocarray(list->entries, list->count + 1, sizeof(*grown));
	if (!grown)
		return fail(err, E_NO_MEMORY, "no memory for the names in %s",
			    dir);
	list->entries = grown;
	entry = &grown[list->count];
	if (!text_copy(entry->name, sizeof(entry->name), name))
		return fail_sys(err, E_HOSTFILE_LIST, ENAMETOOLONG,
				"unable to list %s", dir);
	if (fstatat(dirfd, name, &st, 0) < 0)
		return fail_sys(err, E_HOSTFILE_LIST, errno,
				"unable to find %s/%s", dir, name);
	entry->is_folder = S_ISDIR(st.st_mode);
	list->count++;
	return OK;
}

static enum status read_names(struct hostfile_list *list, const char *dir,
			      DIR *from, struct error *err)
{
	struct dirent *entry;
	enum status s = OK;

	while (s == OK) {
		errno = 0;
		entry = readdir(from);
		if (!entry && errno)
			return fail_sys(err, E_HOSTFILE_LIST, errno,
					"unable to list %s", dir);
		if (!entry)
			break;
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			s = add_entry(list, dir, dirfd(from), entry->d_name,
				      err);
	}
	return s;
}

enum status hostfile_list(const char *dir, struct hostfile_list *ret,
			  struct error *err)
{
	_drop_hostfile_list_ struct hostfile_list list = { 0 };
	DIR *from = opendir(dir);
	enum status s;

	if (!from)
		return fail_sys(err, E_HOSTFILE_LIST, errno,
				"unable to list %s", dir);
	s = read_names(&list, dir, from, err);
	closedir(from);
	if (s != OK)
		return s;
	if (list.count)
		qsort(list.entries, list.count, sizeof(*list.entries), by_name);
	*ret = list;
	list = (struct hostfile_list){ 0 };
	return OK;
}
