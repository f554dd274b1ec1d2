#include "found_network.h"

#include <stdio.h>

static const enum file_role roles[] = {
	[NET_ANY] = FILE_KERNEL,
	[NET_LINUX] = FILE_KERNEL,
	[NET_INITRD] = FILE_INITRD,
	[NET_DEVICETREE] = FILE_DEVICETREE,
};

void found_describe_network(struct found *found, const struct net_entry *entry,
			    uint32_t handle)
{
	char path[FOUND_PATH_MAX];

	found->title = entry->title.text[0] ? entry->title
					    : display_of_text(found->id);
	found->version = entry->version;
	found->sort_key = entry->sort_key;
	found->machine_id = entry->machine_id;
	for (uint32_t i = 0; i < entry->file_count; i++) {
		snprintf(path, sizeof(path), "%s",
			 net_entry_text(entry, entry->files[i].urls[0]));
		(void)!found_add_file(found, roles[entry->files[i].role],
				      handle, 0, path);
	}
}
