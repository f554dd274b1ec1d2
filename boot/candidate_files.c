#include "candidate_files.h"

#include "base/own.h"
#include "sys/block.h"

#include <stdlib.h>
#include <string.h>

const struct candidate_file *
candidate_files_known(const struct candidate_files *files, uint32_t volume,
		      const char *path)
{
	const struct candidate_file *f = files->first;

	while (f && (f->volume != volume || strcmp(f->path, path) != 0))
		f = f->next;
	return f;
}

static enum status load(const struct volume *volume, const char *path,
			size_t max, struct candidate_file **ret,
			struct error *err)
{
	struct candidate_file *f;
	_close_ int fd = -1;
	uint64_t size;
	enum status s = volume_open(volume, path, &fd, &size, err);

	if (s != OK)
		return s;
	if (size > max)
		return fail(err, E_ENTRY_TEXT_TOO_LONG,
			    "%s has %llu bytes, the most is %zu", path,
			    (unsigned long long)size, max);
	f = calloc(1, sizeof(*f) + (size_t)size);
	if (!f)
		return fail(err, E_NO_MEMORY, "no memory for %s", path);
	s = block_read_at(fd, 0, f->bytes, (size_t)size, err);
	if (s == OK && !text_copy(f->path, sizeof(f->path), path))
		s = fail(err, E_VOLUME_PATH, "%s is too long", path);
	if (s != OK) {
		free(f);
		return s;
	}
	f->text = span_of(f->bytes, (size_t)size);
	*ret = f;
	return OK;
}

enum status candidate_files_get(struct candidate_files *files,
				const struct candidate_volume *volumes,
				uint32_t volume, const char *path, size_t max,
				const struct candidate_file **ret,
				struct error *err)
{
	struct candidate_file *f;
	enum status s;

	*ret = candidate_files_known(files, volume, path);
	if (*ret)
		return OK;
	s = load(&volumes[volume].volume, path, max, &f, err);
	if (s != OK)
		return s;
	if (f->text.len > CANDIDATE_FILES_LEN - files->total) {
		free(f);
		return fail(err, E_ENTRY_TEXT_TOO_LONG,
			    "with %s the files of a menu have more than %u "
			    "bytes",
			    path, CANDIDATE_FILES_LEN);
	}
	files->total += f->text.len;
	f->volume = volume;
	f->next = files->first;
	files->first = f;
	*ret = f;
	return OK;
}

void candidate_files_drop(struct candidate_files *files)
{
	while (files->first) {
		struct candidate_file *next = files->first->next;

		free(files->first);
		files->first = next;
	}
}
