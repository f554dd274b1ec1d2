#include "format/cpio.h"

#include "base/text.h"

#include <string.h>

#define HEADER_LEN	110 /* "070701" and 13 fields of 8 hex digits */
#define NAME_MAX_LEN	255 /* file systems; systemd-stub skips longer ones */
#define MODE_DIRECTORY	0040000U
#define MODE_FILE	0100000U
#define MODE_PARENT_DIR 0555U
#define ARCHIVE_MAX	UINT32_MAX /* sizes have 8 hex digits */

/* The one record that is not like the others: no inode, and the only digit
 * above 9 of the archive that is upper case. */
static const char trailer[] = "070701"
			      "00000000" /* inode */
			      "00000000" /* mode */
			      "00000000" /* uid */
			      "00000000" /* gid */
			      "00000001" /* links */
			      "00000000" /* mtime */
			      "00000000" /* size */
			      "00000000" /* device, major and minor */
			      "00000000"
			      "00000000" /* the same of a device file */
			      "00000000"
			      "0000000B" /* length of the name with its NUL */
			      "00000000" /* checksum, unused */
			      "TRAILER!!!\0\0\0"; /* a fourth NUL ends it */

struct writer {
	uint8_t *out;
	size_t at;
	uint32_t inode;
};

static uint64_t pad_of(uint64_t len)
{
	return (4 - len % 4) % 4;
}

static uint64_t record_size(uint64_t name_len, uint64_t content_len)
{
	uint64_t head = HEADER_LEN + name_len + 1;

	return head + pad_of(head) + content_len + pad_of(content_len);
}

/* The length of the part of dir that names the directory with this index, 0
 * behind the last: ".extra/credentials" has 6 and 18. */
static size_t prefix_len(const char *dir, unsigned index)
{
	const char *end = dir;

	for (unsigned i = 0; i < index; i++) {
		end = strchr(end, '/');
		if (!end)
			return 0;
		end++;
	}
	end += strcspn(end, "/");
	return (size_t)(end - dir);
}

static bool is_good_name(const char *name, size_t len)
{
	if (!len || len > NAME_MAX_LEN)
		return false;
	if ((len == 1 && name[0] == '.') ||
	    (len == 2 && name[0] == '.' && name[1] == '.'))
		return false;
	for (size_t i = 0; i < len; i++)
		if (name[i] == '/' || (uint8_t)name[i] > 0x7f)
			return false;
	return true;
}

static bool is_good_path(const char *dir)
{
	size_t len;

	do {
		len = strcspn(dir, "/");
		if (!is_good_name(dir, len))
			return false;
		dir += len;
	} while (*dir++ == '/');
	return true;
}

uint64_t cpio_size(const char *dir, const struct cpio_file *files, size_t count)
{
	uint64_t size = sizeof(trailer);
	size_t len;

	for (unsigned i = 0; (len = prefix_len(dir, i)) > 0; i++)
		size += record_size(len, 0);
	for (size_t i = 0; i < count; i++) {
		size_t name_len = strlen(dir) + 1 + strlen(files[i].name);

		if (files[i].content.len > ARCHIVE_MAX ||
		    name_len > ARCHIVE_MAX ||
		    !add_size(size, record_size(name_len, files[i].content.len),
			      &size) ||
		    size > ARCHIVE_MAX)
			return 0;
	}
	return size;
}

static void put(struct writer *w, const void *from, size_t len)
{
	if (len)
		memcpy(w->out + w->at, from, len);
	w->at += len;
}

static void put_padding(struct writer *w)
{
	static const uint8_t zero[4];

	put(w, zero, (size_t)pad_of(w->at));
}

static void put_word(struct writer *w, uint32_t value)
{
	for (int shift = 28; shift >= 0; shift -= 4)
		put(w, &"0123456789abcdef"[value >> shift & 15], 1);
}

/* A record up to its name; the caller's name may come in two parts. */
static void put_header(struct writer *w, uint32_t mode, size_t content_len,
		       size_t name_len)
{
	put(w, "070701", 6);
	put_word(w, w->inode++);
	put_word(w, mode);
	put_word(w, 0); /* uid */
	put_word(w, 0); /* gid */
	put_word(w, 1); /* links */
	put_word(w, 0); /* mtime */
	put_word(w, (uint32_t)content_len);
	for (int i = 0; i < 4; i++)
		put_word(w, 0); /* devices */
	put_word(w, (uint32_t)name_len + 1);
	put_word(w, 0); /* checksum */
}

static void put_directories(struct writer *w, const char *dir,
			    unsigned dir_mode)
{
	size_t len;

	for (unsigned i = 0; (len = prefix_len(dir, i)) > 0; i++) {
		uint32_t mode = dir[len] ? MODE_PARENT_DIR : dir_mode;

		put_header(w, MODE_DIRECTORY | mode, 0, len);
		put(w, dir, len);
		put(w, "", 1);
		put_padding(w);
	}
}

static void put_file_head(struct writer *w, const char *dir, unsigned file_mode,
			  const struct cpio_file *file)
{
	size_t dir_len = strlen(dir), name_len = strlen(file->name);

	put_header(w, MODE_FILE | file_mode, file->content.len,
		   dir_len + 1 + name_len);
	put(w, dir, dir_len);
	put(w, "/", 1);
	put(w, file->name, name_len + 1);
	put_padding(w);
}

static enum status check_names(const char *dir, const struct cpio_file *files,
			       size_t count, struct error *err)
{
	struct display shown;

	if (!is_good_path(dir)) {
		shown = display_of_text(dir);
		return fail(err, E_CPIO_NAME,
			    "'%s' cannot be a directory in an archive: its "
			    "parts have 1 to %d ASCII characters",
			    shown.text, NAME_MAX_LEN);
	}
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(files[i].name);

		if (is_good_name(files[i].name, len))
			continue;
		shown = display_of_text(files[i].name);
		return fail(err, E_CPIO_NAME,
			    "'%s' (%zu bytes) cannot be a file in an archive: "
			    "names have 1 to %d ASCII characters and no '/'",
			    shown.text, len, NAME_MAX_LEN);
	}
	return OK;
}

enum status cpio_build(const char *dir, unsigned dir_mode, unsigned file_mode,
		       const struct cpio_file *files, size_t count,
		       uint8_t *out, size_t out_len, struct error *err)
{
	struct writer w = { .out = out, .inode = 1 };
	enum status s = check_names(dir, files, count, err);
	uint64_t size;

	if (s != OK)
		return s;
	size = cpio_size(dir, files, count);
	if (!size)
		return fail(err, E_CPIO_TOO_LARGE,
			    "the archive of %zu files for %s passes %llu bytes",
			    count, dir, (unsigned long long)ARCHIVE_MAX);
	if (out_len < size)
		return fail(err, E_CPIO_ROOM,
			    "the archive for %s has %llu bytes, its buffer %zu",
			    dir, (unsigned long long)size, out_len);
	put_directories(&w, dir, dir_mode);
	for (size_t i = 0; i < count; i++) {
		put_file_head(&w, dir, file_mode, &files[i]);
		put(&w, files[i].content.ptr, files[i].content.len);
		put_padding(&w);
	}
	put(&w, trailer, sizeof(trailer));
	return OK;
}

uint32_t cpio_padding(uint64_t content_len)
{
	return (uint32_t)pad_of(content_len);
}

uint64_t cpio_frame_size(const struct cpio_layout *layout,
			 const struct cpio_file *files, size_t count)
{
	uint64_t size = cpio_size(layout->dir, files, count);
	size_t len;

	if (!size)
		return 0;
	for (size_t i = 0; i < count; i++)
		size -= files[i].content.len + pad_of(files[i].content.len);
	if (!layout->parents_are_there)
		return size;
	for (unsigned i = 0; (len = prefix_len(layout->dir, i)) > 0; i++)
		size -= record_size(len, 0);
	return size;
}

/* A content and its padding end at a multiple of four, as they begin at one: so
 * what stands around them can be padded as if they were not there. */
enum status cpio_frame(const struct cpio_layout *layout,
		       const struct cpio_file *files, size_t count,
		       uint8_t *out, size_t out_len, uint32_t *ret_cuts,
		       struct error *err)
{
	struct writer w = { .out = out, .inode = 1 };
	enum status s = check_names(layout->dir, files, count, err);
	uint64_t size;

	if (s != OK)
		return s;
	size = cpio_frame_size(layout, files, count);
	if (!size)
		return fail(err, E_CPIO_TOO_LARGE,
			    "the archive of %zu files for %s passes %llu bytes",
			    count, layout->dir,
			    (unsigned long long)ARCHIVE_MAX);
	if (out_len < size)
		return fail(err, E_CPIO_ROOM,
			    "the frame of the archive for %s has %llu bytes, "
			    "its buffer %zu",
			    layout->dir, (unsigned long long)size, out_len);
	if (!layout->parents_are_there)
		put_directories(&w, layout->dir, layout->dir_mode);
	for (size_t i = 0; i < count; i++) {
		put_file_head(&w, layout->dir, layout->file_mode, &files[i]);
		ret_cuts[i] = (uint32_t)w.at;
	}
	put(&w, trailer, sizeof(trailer));
	return OK;
}
