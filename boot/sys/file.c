#include "sys/file.h"

#include "base/own.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

bool file_read_small(int dir, const char *path, char *buf, size_t cap,
		     size_t *ret_len)
{
	_close_ int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t len = 0;
	ssize_t got = 0;

	buf[0] = '\0';
	if (fd < 0)
		return false;
	while (len < cap) {
		got = read(fd, buf + len, cap - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		len += (size_t)got;
	}
	if (len == cap)
		errno = EFBIG;
	if (len == cap || got < 0) {
		buf[0] = '\0';
		return false;
	}
	buf[len] = '\0';
	*ret_len = len;
	return true;
}

bool file_read_line(int dir, const char *path, char *buf, size_t cap)
{
	size_t len;

	if (!file_read_small(dir, path, buf, cap, &len))
		return false;
	len = strcspn(buf, "\n");
	while (len && (buf[len - 1] == ' ' || buf[len - 1] == '\t'))
		len--;
	buf[len] = '\0';
	return true;
}

bool file_read_number(int dir, const char *path, uint64_t *ret)
{
	char line[32];

	if (!file_read_line(dir, path, line, sizeof(line)))
		return false;
	if (!text_parse_number(span_of_text(line), UINT64_MAX, ret)) {
		errno = EINVAL;
		return false;
	}
	return true;
}

static bool write_text(const char *path, int flags, const char *text)
{
	_close_ int fd =
		open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | flags, 0600);
	size_t len = strlen(text);

	return fd >= 0 && write(fd, text, len) == (ssize_t)len;
}

bool file_write_small(const char *path, const char *text)
{
	return write_text(path, 0, text);
}

bool file_put_small(const char *path, const char *text)
{
	return write_text(path, O_CREAT | O_TRUNC, text);
}

bool file_make_folders(const char *path)
{
	char part[256];
	struct stat st;

	for (size_t i = 1; i < sizeof(part) && path[i]; i++) {
		if (path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		mkdir(part, 0755);
	}
	mkdir(path, 0755);
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}
