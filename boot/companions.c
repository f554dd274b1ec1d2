#include "companions.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const endings[] = {
	".cred", ".sysext.raw", ".confext.raw", ".addon.efi", ".raw",
};

static bool is_companion(const struct volume_entry *e)
{
	size_t len = strlen(e->name);

	if (e->type != VOLUME_FILE)
		return false;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t end = strlen(endings[i]);

		if (len > end && !strcasecmp(e->name + len - end, endings[i]))
			return true;
	}
	return false;
}

static uint32_t add_folder(const struct volume *volume, const char *folder,
			   struct text *names)
{
	_drop_volume_list_ struct volume_list list = { 0 };
	uint32_t count = 0;

	if (volume_list(volume, folder, &list, NULL) != OK)
		return 0;
	for (size_t i = 0; i < list.count; i++) {
		const char *name = list.entries[i].name;

		if (!is_companion(&list.entries[i]))
			continue;
		count++;
		text_add(names, names->len ? ", " : "");
		text_add_safe(names, span_of_text(folder));
		text_add(names, "/");
		text_add_safe(names, span_of_text(name));
	}
	return count;
}

uint32_t companions_find(const struct volume *volume, const char *uki,
			 struct display *ret)
{
	struct text names = text_over(ret->text, sizeof(ret->text));
	char folder[VOLUME_PATH_MAX + 1];
	uint32_t count = 0;

	if ((size_t)snprintf(folder, sizeof(folder), "%s.extra.d", uki) <
	    sizeof(folder))
		count = add_folder(volume, folder, &names);
	count += add_folder(volume, "/loader/credentials", &names);
	count += add_folder(volume, "/loader/addons", &names);
	return count;
}
