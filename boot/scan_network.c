#include "scan.h"
#include "scan_list.h"

#include "base/log.h"
#include "sys/proc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const enum file_role roles[] = {
	[NET_ANY] = FILE_KERNEL,
	[NET_LINUX] = FILE_KERNEL,
	[NET_INITRD] = FILE_INITRD,
	[NET_DEVICETREE] = FILE_DEVICETREE,
};

/* Of what the menu shows; the files are asked for by net.h, and their URLs are
 * longer than a path. */
static void describe(const struct net_slot *slot, uint32_t number,
		     struct found *ret)
{
	const struct net_entry *e = slot->entry;
	char path[FOUND_PATH_MAX];

	ret->kind = FOUND_NETWORK;
	ret->configured = number;
	snprintf(ret->id, sizeof(ret->id), "%s", slot->id);
	ret->file_id_len = (uint32_t)strlen(ret->id);
	snprintf(ret->path, sizeof(ret->path), "/%s", slot->id);
	if (!e) {
		ret->title = display_of_text("What DHCP tells to boot");
		return;
	}
	ret->title = e->title.text[0] ? e->title : display_of_text(slot->id);
	ret->version = e->version;
	ret->sort_key = e->sort_key;
	ret->machine_id = e->machine_id;
	for (uint32_t i = 0; i < e->file_count; i++) {
		snprintf(path, sizeof(path), "%s",
			 net_entry_text(e, e->files[i].urls[0]));
		(void)!found_add_file(ret, roles[e->files[i].role], i, 0, path);
	}
}

uint32_t scan_add_network(struct scan *scan, uint32_t number, bool is_automatic)
{
	struct probe_message *m = calloc(1, sizeof(*m));
	uint32_t id;

	if (!m) {
		log_error("no memory for a network entry");
		return 0;
	}
	m->kind = PROBE_FOUND;
	m->sent_ms = now_ms();
	m->place.kind = PLACE_NETWORK;
	snprintf(m->place.name, sizeof(m->place.name), "network");
	describe(&scan->net->slots[number], number, &m->found);
	m->found.is_automatic = is_automatic;
	id = scan_list_insert(scan, SCAN_NETWORK, m);
	free(m);
	return id;
}

void scan_remove_network(struct scan *scan, uint32_t number)
{
	scan_list_remove_network(scan, number);
}
