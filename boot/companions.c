#include "companions.h"

#include "format/boot_count.h"

#include <stdio.h>
#include <string.h>

#define NAME_LEN_MAX 255 /* of file systems; the stub's limit, too */

enum place_of { BESIDE, ADDONS, CREDENTIALS, EXTENSIONS, PLACE_COUNT };

static const char *const folders[PLACE_COUNT] = {
	[ADDONS] = "/loader/addons",
	[CREDENTIALS] = "/loader/credentials",
	[EXTENSIONS] = "/loader/extensions",
};

/* Addons first: when there is no room for all, those that count by themselves
 * are in. */
static const struct {
	enum place_of place;
	const char *suffix;
	const char *but_not; /* a longer suffix, or NULL */
	enum file_role role;
} kinds[] = {
	{ ADDONS, ".addon.efi", NULL, FILE_ADDON_GLOBAL },
	{ BESIDE, ".addon.efi", NULL, FILE_ADDON },
	{ BESIDE, ".cred", NULL, FILE_CREDENTIAL },
	{ CREDENTIALS, ".cred", NULL, FILE_CREDENTIAL_GLOBAL },
	{ BESIDE, ".raw", ".confext.raw", FILE_SYSEXT },
	{ EXTENSIONS, ".raw", ".confext.raw", FILE_SYSEXT_GLOBAL },
	{ BESIDE, ".confext.raw", NULL, FILE_CONFEXT },
	{ EXTENSIONS, ".confext.raw", NULL, FILE_CONFEXT_GLOBAL },
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

static bool is_of_kind(const struct volume_entry *e, size_t kind)
{
	return e->type == VOLUME_FILE && e->name[0] != '.' &&
	       candidate_has_suffix(e->name, kinds[kind].suffix) &&
	       !(kinds[kind].but_not &&
		 candidate_has_suffix(e->name, kinds[kind].but_not));
}

static bool is_good_name(const char *name)
{
	size_t len = 0;

	while (name[len] && (uint8_t)name[len] <= 0x7f)
		len++;
	return !name[len] && len <= NAME_LEN_MAX;
}

static void leave_out(struct found *found, const char *path)
{
	struct text t = { .buf = found->left_out.text,
			  .cap = sizeof(found->left_out.text),
			  .len = strlen(found->left_out.text) };

	found->left_out_count++;
	text_add(&t, t.len ? ", " : "");
	text_add_safe(&t, span_of_text(path));
}

static void add_file(const struct candidate_look *look, const char *folder,
		     const char *name, enum file_role role, struct found *found)
{
	char path[VOLUME_PATH_MAX + 1];

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >=
		    sizeof(path) ||
	    !is_good_name(name) ||
	    candidate_keep(look, look->volume, path, role, found, NULL) != OK)
		leave_out(found, path);
}

/* <uki>.extra.d; false if that is no path. */
static bool folder_beside(const char *uki, char *ret, size_t cap)
{
	const char *base = candidate_base_name(uki);
	char name[FOUND_PATH_MAX];

	return boot_count_without(span_of_text(base), name, sizeof(name)) &&
	       (size_t)snprintf(ret, cap, "%.*s%s.extra.d", (int)(base - uki),
				uki, name) < cap;
}

void companions_add(const struct candidate_look *look, const char *uki,
		    struct found *found)
{
	struct volume_list lists[PLACE_COUNT] = { 0 };
	char beside[VOLUME_PATH_MAX + 1];
	bool has_beside = folder_beside(uki, beside, sizeof(beside));

	for (unsigned i = 0; i < PLACE_COUNT; i++) {
		const char *folder = i == BESIDE ? beside : folders[i];

		if ((i == BESIDE && !has_beside) ||
		    volume_list(look->volume, folder, &lists[i], NULL) != OK)
			continue;
		if (lists[i].cut)
			leave_out(found, folder);
	}
	for (size_t kind = 0; kind < KIND_COUNT; kind++) {
		unsigned place = kinds[kind].place;
		const struct volume_list *list = &lists[place];

		for (size_t i = 0; i < list->count; i++)
			if (is_of_kind(&list->entries[i], kind))
				add_file(look,
					 place == BESIDE ? beside
							 : folders[place],
					 list->entries[i].name,
					 kinds[kind].role, found);
	}
	for (unsigned i = 0; i < PLACE_COUNT; i++)
		volume_list_drop(&lists[i]);
}
