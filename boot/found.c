#include "found.h"

#include <stddef.h>
#include <string.h>

const char *found_role_name(enum file_role role)
{
	static const char *const names[FILE_ROLE_COUNT] = {
		[FILE_KERNEL] = "kernel",
		[FILE_INITRD] = "initrd",
		[FILE_DEVICETREE] = "device tree",
		[FILE_OVERLAY] = "device tree overlay",
		[FILE_EXTRA] = "extra",
		[FILE_THIN_KERNEL] = "kernel",
		[FILE_THIN_INITRD] = "initrd",
		[FILE_ADDON_GLOBAL] = "addon",
		[FILE_ADDON] = "addon",
		[FILE_CREDENTIAL] = "credential",
		[FILE_CREDENTIAL_GLOBAL] = "credential",
		[FILE_SYSEXT] = "system extension",
		[FILE_SYSEXT_GLOBAL] = "system extension",
		[FILE_CONFEXT] = "configuration extension",
		[FILE_CONFEXT_GLOBAL] = "configuration extension",
		[FILE_MANIFEST] = "manifest",
		[FILE_MANIFEST_SIGNATURE] = "signature of the manifest",
		[FILE_ENTRY] = "entry",
		[FILE_ENTRY_SIGNATURE] = "signature of the entry",
	};

	return names[role];
}

const struct found_file *found_file(const struct found *found,
				    enum file_role role, uint32_t nth)
{
	for (uint32_t i = 0; i < found->file_count; i++)
		if (found->files[i].role == role && !nth--)
			return &found->files[i];
	return NULL;
}

uint32_t found_file_count(const struct found *found, enum file_role role)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < found->file_count; i++)
		count += found->files[i].role == role;
	return count;
}

bool found_is_of_network(const struct found *found)
{
	return found->kind == FOUND_NETWORK ||
	       (found->kind == FOUND_TYPE1 && found_file(found, FILE_ENTRY, 0));
}

bool found_add_file(struct found *found, enum file_role role, uint32_t handle,
		    uint64_t size, const char *path)
{
	struct found_file *file = &found->files[found->file_count];

	if (found->file_count == FOUND_FILES_MAX ||
	    !text_copy(file->path, sizeof(file->path), path))
		return false;
	file->role = role;
	file->handle = handle;
	file->size = size;
	found->file_count++;
	return true;
}

const char *found_version(const struct found *found)
{
	const char *version = found->release.text[0] ? found->release.text
						     : found->version.text;

	return strstr(found->title.text, version) ? "" : version;
}

size_t found_size(const struct found *found)
{
	return offsetof(struct found, files) +
	       found->file_count * sizeof(found->files[0]);
}

bool found_is_bad(const struct found *found)
{
	return found->is_counted && !found->tries_left;
}

static void end_text(char *text, size_t cap)
{
	text[cap - 1] = '\0';
}

static void tame_display(struct display *display)
{
	end_text(display->text, sizeof(display->text));
	*display = display_of_text(display->text);
}

/* Another byte than 0 or 1 in a bool is whatever the compiler makes of it. */
static void tame_bool(bool *value)
{
	uint8_t byte;

	memcpy(&byte, value, sizeof(byte));
	*value = byte != 0;
}

/* Ids are compared and shown: what could harm a terminal is replaced. */
static void tame_id(char id[static FOUND_ID_MAX])
{
	char copy[FOUND_ID_MAX];
	struct text t;

	memcpy(copy, id, sizeof(copy));
	end_text(copy, sizeof(copy));
	t = text_over(id, FOUND_ID_MAX);
	text_add_safe(&t, span_of_text(copy));
}

bool found_tame(struct found *f, size_t len, uint32_t configured_count)
{
	if (len < offsetof(struct found, files) ||
	    f->file_count > FOUND_FILES_MAX || len != found_size(f) ||
	    (unsigned)f->kind >= FOUND_KIND_COUNT ||
	    f->kind == FOUND_NETWORK || /* no probe has any */
	    (unsigned)f->why >= STATUS_COUNT ||
	    (unsigned)f->signature > FOUND_SIGNED ||
	    (f->kind == FOUND_CONFIGURED && f->configured >= configured_count))
		return false;
	tame_id(f->id);
	if (f->file_id_len > strlen(f->id))
		f->file_id_len = (uint32_t)strlen(f->id);
	tame_bool(&f->is_counted);
	tame_bool(&f->is_automatic);
	tame_bool(&f->is_file_default);
	tame_bool(&f->has_options);
	end_text(f->path, sizeof(f->path));
	end_text(f->reason, sizeof(f->reason));
	end_text(f->options, sizeof(f->options));
	tame_display(&f->title);
	tame_display(&f->version);
	tame_display(&f->release);
	tame_display(&f->sort_key);
	tame_display(&f->machine_id);
	tame_display(&f->claims);
	tame_display(&f->left_out);
	for (uint32_t i = 0; i < f->file_count; i++) {
		if ((unsigned)f->files[i].role >= FILE_ROLE_COUNT)
			return false;
		end_text(f->files[i].path, sizeof(f->files[i].path));
	}
	return true;
}

void place_tame(struct place *place)
{
	end_text(place->name, sizeof(place->name));
	end_text(place->part_uuid, sizeof(place->part_uuid));
	end_text(place->fs_type, sizeof(place->fs_type));
	end_text(place->fs_uuid, sizeof(place->fs_uuid));
	end_text(place->fs_label, sizeof(place->fs_label));
	tame_bool(&place->is_removable);
	tame_bool(&place->may_write);
	if ((unsigned)place->kind >= PLACE_KIND_COUNT ||
	    place->kind == PLACE_NETWORK) /* no probe has any */
		place->kind = PLACE_FOREIGN;
}
