#include "load_request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void drop_all(struct verified_image **images, uint32_t *count)
{
	for (uint32_t i = 0; i < *count; i++)
		verified_image_drop(&images[i]);
	*count = 0;
}

void load_request_drop_initrds(struct load_request *request)
{
	verified_image_drop(&request->thin_initrd);
	drop_all(request->initrds, &request->initrd_count);
	for (uint32_t i = 0; i < request->companion_count; i++)
		verified_image_drop(&request->companions[i].file);
	request->companion_count = 0;
}

void load_request_drop(struct load_request *request)
{
	load_request_drop_initrds(request);
	verified_image_drop(&request->image);
	verified_image_drop(&request->thin_kernel);
	verified_image_drop(&request->dtb);
	drop_all(request->overlays, &request->overlay_count);
	drop_all(request->addons, &request->addon_count);
	firmware_facts_drop(&request->firmware);
	free(request->options);
	free(request->extra);
	free(request->consoles);
	free(request->handover);
	free(request->log);
	free(request->fetched);
	free(request->network);
	request->options = request->extra = request->consoles = NULL;
	request->handover = request->log = request->fetched = NULL;
	request->network = NULL;
	load_notes_drop(&request->notes);
}

static bool ends_in(const char *path, const char *suffix)
{
	size_t len = strlen(path), tail = strlen(suffix);

	return len > tail && !strcasecmp(path + len - tail, suffix);
}

bool load_archive_of_extra(const char *path, enum load_archive *ret)
{
	if (ends_in(path, ".cred"))
		*ret = ARCHIVE_CREDENTIALS;
	else if (ends_in(path, ".sysext.raw"))
		*ret = ARCHIVE_SYSEXT;
	else if (ends_in(path, ".confext.raw"))
		*ret = ARCHIVE_CONFEXT;
	else
		return false;
	return true;
}
