/*
 * main() for a fuzz target built without libFuzzer: replays every file named
 * on the command line, and every file in the directories named there, through
 * the target. That is how `make check` runs the corpus, and how a crash a
 * fuzzer has found is looked at under a debugger.
 *
 * A run that replays nothing fails: an empty corpus must not look like a
 * passed test.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void die(const char *what, const char *path)
{
	fprintf(stderr, "unable to %s %s: %s\n", what, path, strerror(errno));
	exit(2);
}

/* Each input gets an allocation of exactly its size, so that the address
 * sanitizer sees a read of a single byte past its end. */
static unsigned replay_file(const char *path, size_t size)
{
	uint8_t *data = malloc(size ? size : 1);
	FILE *from = fopen(path, "rb");

	if (!data || !from)
		die("open", path);
	if (fread(data, 1, size, from) != size)
		die("read", path);
	fclose(from);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 1;
}

static unsigned replay(const char *path);

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static unsigned replay_directory(const char *path)
{
	struct dirent **entries;
	unsigned done = 0;
	int count = scandir(path, &entries, is_visible, alphasort);

	if (count < 0)
		die("list", path);
	for (int i = 0; i < count; i++) {
		char *inside;

		if (asprintf(&inside, "%s/%s", path, entries[i]->d_name) < 0)
			die("name a file in", path);
		done += replay(inside);
		free(inside);
		free(entries[i]);
	}
	free(entries);
	return done;
}

static unsigned replay(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		die("find", path);
	if (S_ISDIR(st.st_mode))
		return replay_directory(path);
	return replay_file(path, (size_t)st.st_size);
}

int main(int argc, char **argv)
{
	unsigned done = 0;

	for (int i = 1; i < argc; i++)
		done += replay(argv[i]);
	if (!done) {
		fprintf(stderr,
			"usage: %s FILE|DIRECTORY...\n"
			"no input was replayed\n",
			argv[0]);
		return 2;
	}
	printf("%u inputs replayed\n", done);
	return 0;
}
