#include "scratch.h"

#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

unsigned scratch_open_fds(void)
{
	DIR *stream = opendir("/proc/self/fd");
	unsigned count = 0;

	if (!stream)
		fail_msg("unable to count descriptors: %s", strerror(errno));
	while (readdir(stream))
		count++;
	closedir(stream);
	return count;
}

struct scratch scratch_make(void)
{
	const char *base = getenv("TMPDIR");
	struct scratch s;

	snprintf(s.dir, sizeof(s.dir), "%s/keelboot-test.XXXXXX",
		 base ? base : "/tmp");
	if (!mkdtemp(s.dir))
		fail_msg("unable to make %s: %s", s.dir, strerror(errno));
	s.fds = scratch_open_fds();
	return s;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

void scratch_drop(struct scratch *s)
{
	unsigned fds = scratch_open_fds();

	nftw(s->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	if (fds > s->fds)
		fail_msg("%u descriptors were left open", fds - s->fds);
}

const char *scratch_path(const struct scratch *s, const char *path)
{
	static char ring[8][SCRATCH_PATH_MAX * 2];
	static unsigned at;
	char *to = ring[at++ % test_count(ring)];

	snprintf(to, sizeof(ring[0]), "%s/%s", s->dir, path);
	return to;
}

static void make_parents(const char *path)
{
	char part[SCRATCH_PATH_MAX * 2];

	for (size_t i = 1; path[i]; i++) {
		if (path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			fail_msg("unable to make %s: %s", part,
				 strerror(errno));
	}
}

void scratch_file(const struct scratch *s, const char *path, struct span bytes)
{
	const char *whole = scratch_path(s, path);
	FILE *to;

	make_parents(whole);
	to = fopen(whole, "wb");
	if (!to || (bytes.len && fwrite(bytes.ptr, bytes.len, 1, to) != 1) ||
	    fclose(to) != 0)
		fail_msg("unable to write %s: %s", whole, strerror(errno));
}

void scratch_text(const struct scratch *s, const char *path, const char *text)
{
	scratch_file(s, path, span_of_text(text));
}

void scratch_folder(const struct scratch *s, const char *path)
{
	const char *whole = scratch_path(s, path);

	make_parents(whole);
	if (mkdir(whole, 0755) < 0 && errno != EEXIST)
		fail_msg("unable to make %s: %s", whole, strerror(errno));
}
