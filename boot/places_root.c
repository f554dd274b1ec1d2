#include "places_parts.h"

#include "base/own.h"
#include "base/text.h"
#include "sys/file.h"

#include <stdio.h>
#include <string.h>

/* A directory that stands for a partition, and what its file says. */
struct stand_in {
	struct place place;
	enum filesystem_kind fs; /* FILESYSTEM_NONE if it does not say */
};

static bool take_kind(struct span value, enum place_kind *ret)
{
	static const char *const names[PLACE_KIND_COUNT] = {
		[PLACE_DIRECTORY] = "directory",
		[PLACE_ESP] = "esp",
		[PLACE_XBOOTLDR] = "xbootldr",
		[PLACE_MBR] = "mbr",
		[PLACE_WHOLE_DISK] = "whole-disk",
		[PLACE_MD_MEMBER] = "md-member",
		[PLACE_FOREIGN] = "foreign",
	};

	for (unsigned i = 0; i < PLACE_KIND_COUNT; i++) {
		if (!names[i] || !span_equal_text(value, names[i]))
			continue;
		*ret = (enum place_kind)i;
		return true;
	}
	return false;
}

static bool take_type(struct span value, struct stand_in *s)
{
	for (unsigned i = 1; i < FILESYSTEM_KIND_COUNT; i++) {
		const char *name = filesystem_name((enum filesystem_kind)i);

		if (!span_equal_text(value, name))
			continue;
		s->fs = (enum filesystem_kind)i;
		snprintf(s->place.fs_type, sizeof(s->place.fs_type), "%s",
			 name);
		return true;
	}
	return false;
}

static bool take_text(struct span value, char *to, size_t cap)
{
	struct text t = text_over(to, cap);

	text_add_safe(&t, value);
	return !t.cut;
}

static bool take_yes(struct span value, bool *ret)
{
	*ret = span_equal_text(value, "yes");
	return *ret || span_equal_text(value, "no");
}

/* One line, "key=value"; false if it is not understood. */
static bool take_line(struct span line, struct stand_in *s)
{
	const uint8_t *equals = memchr(line.ptr, '=', line.len);
	size_t at = equals ? (size_t)(equals - line.ptr) : line.len;
	struct span key = span_trim(span_slice(line, 0, at)), value;
	struct place *p = &s->place;

	if (!equals)
		return false;
	value = span_trim(span_slice(line, at + 1, line.len - at - 1));
	if (span_equal_text(key, "kind"))
		return take_kind(value, &p->kind);
	if (span_equal_text(key, "fs-type"))
		return take_type(value, s);
	if (span_equal_text(key, "fs-uuid"))
		return take_text(value, p->fs_uuid, sizeof(p->fs_uuid));
	if (span_equal_text(key, "fs-label"))
		return take_text(value, p->fs_label, sizeof(p->fs_label));
	if (span_equal_text(key, "part-uuid"))
		return take_text(value, p->part_uuid, sizeof(p->part_uuid));
	if (span_equal_text(key, "removable"))
		return take_yes(value, &p->is_removable);
	return false;
}

static void read_place_file(const struct places_look *look,
			    const struct volume *volume, struct stand_in *s)
{
	char buf[4096], text[ERROR_TEXT_MAX];
	struct span rest, line;
	unsigned number = 0;
	size_t len;

	if (!file_read_small(volume->dir, PLACES_FILE, buf, sizeof(buf), &len))
		return;
	rest = span_of(buf, len);
	while (span_next_line(&rest, &line)) {
		number++;
		line = span_trim(line);
		if (!line.len || line.ptr[0] == '#' || take_line(line, s))
			continue;
		snprintf(text, sizeof(text), "%s:%u: \"%s\" is not understood",
			 PLACES_FILE, number, display_of(line).text);
		look->sink->note(look->sink->ctx, &s->place, text);
	}
}

static bool has_folder(const struct volume *volume, const char *name)
{
	_drop_volume_list_ struct volume_list list = { 0 };

	return volume_list(volume, name, &list, NULL) == OK;
}

/* Whether the machine may write the partition it stands for (places.c). A
 * directory that says nothing stands for an ESP. */
static bool stands_for_writable(const struct stand_in *s)
{
	return s->place.kind != PLACE_MD_MEMBER &&
	       s->place.kind != PLACE_FOREIGN &&
	       (s->fs == FILESYSTEM_VFAT || s->fs == FILESYSTEM_NONE);
}

/* The same rules as for a disk's partitions. */
static enum status check_allowed(const struct places_look *look,
				 const struct stand_in *s, struct error *err)
{
	if (s->place.is_removable && !look->rules->removable)
		return fail(err, E_PLACE_REMOVABLE,
			    "it is removable, and such disks are left out "
			    "(removable = no)");
	if (s->fs != FILESYSTEM_NONE && !places_is_allowed(look, s->fs))
		return fail(err, E_PLACE_NOT_ALLOWED,
			    "%s is no file system that file-systems allows",
			    filesystem_name(s->fs));
	return OK;
}

/* True if it counts. */
static bool open_directory(const struct places_look *look, const char *path,
			   const char *name, struct candidate_volume *v,
			   struct error *err)
{
	struct stand_in s = { .place.number = look->places->count };
	enum status status = volume_open_dir(path, &v->volume, err);
	bool counts = status == OK;

	take_text(span_of_text(name), s.place.name, sizeof(s.place.name));
	if (status == OK) {
		if (!has_folder(&v->volume, "EFI") &&
		    !has_folder(&v->volume, "loader"))
			s.place.kind = PLACE_FOREIGN;
		read_place_file(look, &v->volume, &s);
		if (s.place.kind == PLACE_FOREIGN &&
		    (!places_allow_foreign(look->rules) ||
		     !places_is_bootable(&v->volume)))
			counts = false;
		else
			status = check_allowed(look, &s, err);
	}
	if (status != OK && status != E_VOLUME_ROOT)
		look->sink->refused(look->sink->ctx, &s.place, err);
	s.place.may_write = stands_for_writable(&s);
	v->place = s.place;
	return counts && status == OK;
}

enum status places_open_directories(const char (*paths)[PLACES_PATH_MAX],
				    uint32_t count, const char *name,
				    const struct place_rules *rules,
				    const struct places_sink *sink,
				    struct places *ret, struct error *err)
{
	const struct places_look look = { .rules = rules,
					  .sink = sink,
					  .places = ret };

	ret->count = 0;
	for (uint32_t i = 0; i < count && ret->count < PLACES_MAX; i++) {
		struct candidate_volume *v = &ret->volumes[ret->count];
		const char *slash = strrchr(paths[i], '/');
		struct error why = { .code = OK };

		*v = (struct candidate_volume){ .volume = VOLUME_NONE };
		ret->mounts[ret->count] = (struct place_mount){ .node = "" };
		if (count > 1)
			name = slash ? slash + 1 : paths[i];
		if (open_directory(&look, paths[i], name, v, &why))
			ret->count++;
		else
			volume_close(&v->volume);
		if (why.code != E_VOLUME_ROOT)
			continue;
		if (err)
			*err = why;
		return why.code;
	}
	return OK;
}
