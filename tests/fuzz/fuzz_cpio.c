/*
 * The writer of archives on any names and contents: what it writes is read back
 * by a reader that knows only the format; the frame without contents, filled
 * in, is the same archive; and no byte beyond the size is touched.
 *
 * Input: lines "name\ncontent length\n" up to an empty line; contents are cut
 * from the input itself.
 */
#include "fuzz.h"

#include "base/text.h"
#include "format/cpio.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILES_MAX 8
#define HEADER	  110

struct files {
	struct cpio_file at[FILES_MAX];
	char names[FILES_MAX][300];
	size_t count;
};

static void take_files(struct span input, struct files *f)
{
	struct span rest = input, line;

	while (f->count < FILES_MAX && span_next_line(&rest, &line) &&
	       line.len && line.len < sizeof(f->names[0])) {
		struct cpio_file *file = &f->at[f->count];
		size_t len;

		memcpy(f->names[f->count], line.ptr, line.len);
		if (memchr(line.ptr, 0, line.len) ||
		    !span_next_line(&rest, &line))
			return;
		len = line.len < input.len ? line.len : input.len;
		file->name = f->names[f->count];
		file->content = span_slice(input, 0, len);
		f->count++;
	}
}

static uint32_t field(const uint8_t *header, unsigned number)
{
	char digits[9] = "";

	memcpy(digits, header + 6 + (size_t)number * 8, 8);
	return (uint32_t)strtoul(digits, NULL, 16);
}

static size_t up4(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

/* The files of the archive in their order, behind the directories. */
static void read_back(struct span archive, const struct files *f,
		      const char *dir)
{
	size_t at = 0, file = 0;
	uint32_t inode = 0;

	for (;;) {
		const uint8_t *header = archive.ptr + at;
		const char *name = (const char *)header + HEADER;
		uint32_t size, name_size;

		fuzz_must(span_holds(archive, at, HEADER));
		fuzz_must(!memcmp(header, "070701", 6));
		size = field(header, 6);
		name_size = field(header, 11);
		fuzz_must(span_holds(archive, at + HEADER, name_size));
		fuzz_must(strlen(name) + 1 == name_size);
		at = up4(at + HEADER + name_size);
		if (!strcmp(name, "TRAILER!!!"))
			break;
		fuzz_must(field(header, 0) == ++inode);
		if ((field(header, 1) & 0170000) == 0100000) {
			size_t dir_len = strlen(dir);

			fuzz_must(file < f->count);
			fuzz_must(!strncmp(name, dir, dir_len) &&
				  name[dir_len] == '/');
			fuzz_must(
				!strcmp(name + dir_len + 1, f->at[file].name));
			fuzz_must(size == f->at[file].content.len);
			fuzz_must(span_holds(archive, at, size));
			fuzz_must(!memcmp(archive.ptr + at,
					  f->at[file].content.ptr, size));
			file++;
		} else {
			fuzz_must(!size && !file);
		}
		at = up4(at + size);
	}
	fuzz_must(at == archive.len && file == f->count);
}

static void compare_frame(struct span archive, const struct files *f,
			  const char *dir)
{
	const struct cpio_layout layout = { .dir = dir,
					    .dir_mode = 0500,
					    .file_mode = 0400 };
	uint64_t size = cpio_frame_size(&layout, f->at, f->count);
	uint8_t *frame = malloc((size_t)size + 1);
	uint32_t cuts[FILES_MAX] = { 0 };
	size_t in = 0, out = 0;
	struct error err;

	fuzz_must(frame && size <= archive.len);
	fuzz_must(cpio_frame(&layout, f->at, f->count, frame, (size_t)size,
			     cuts, &err) == OK);
	for (size_t i = 0; i < f->count; i++) {
		size_t part = cuts[i] - in;
		size_t len = f->at[i].content.len;

		fuzz_must(cuts[i] >= in && cuts[i] <= size);
		fuzz_must(!memcmp(archive.ptr + out, frame + in, part));
		in = cuts[i];
		out += part + len + cpio_padding(len);
	}
	fuzz_must(archive.len - out == size - in);
	fuzz_must(!memcmp(archive.ptr + out, frame + in, (size_t)size - in));
	free(frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const dirs[] = { ".extra", ".extra/credentials",
					    "a/b/c" };
	const char *dir = dirs[size % 3];
	struct files *f = calloc(1, sizeof(*f));
	struct error err;
	uint64_t len;
	uint8_t *out;
	enum status s;

	fuzz_must(f != NULL);
	take_files(span_of(data, size), f);
	len = cpio_size(dir, f->at, f->count);
	out = malloc((size_t)len + 1);
	fuzz_must(out != NULL);
	out[len] = 0xa5;
	s = cpio_build(dir, 0500, 0400, f->at, f->count, out, (size_t)len,
		       &err);
	fuzz_must(out[len] == 0xa5);
	if (s == OK) {
		read_back(span_of(out, (size_t)len), f, dir);
		compare_frame(span_of(out, (size_t)len), f, dir);
	} else {
		fuzz_check_error(s, &err);
	}
	free(out);
	free(f);
	return 0;
}
