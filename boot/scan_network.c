#include "found_network.h"
#include "scan.h"
#include "scan_list.h"

#include "base/log.h"
#include "sys/proc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void describe(const struct net_slot *slot, uint32_t number,
		     struct found *ret)
{
	ret->kind = FOUND_NETWORK;
	ret->configured = number;
	snprintf(ret->id, sizeof(ret->id), "%s", slot->id);
	ret->file_id_len = (uint32_t)strlen(ret->id);
	snprintf(ret->path, sizeof(ret->path), "/%s", slot->id);
	if (slot->entry)
		found_describe_network(ret, slot->entry, 0);
	else
		ret->title = display_of_text("What DHCP tells to boot");
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

bool scan_network_slot(const struct scan *scan, const struct boot_entry *entry,
		       uint32_t *ret)
{
	if (entry->found.kind == FOUND_NETWORK) {
		*ret = entry->found.configured;
		return true;
	}
	if (!scan->net)
		return false;
	*ret = NET_OF_DISK;
	for (uint32_t i = 0; i < scan->entry_count; i++)
		if (scan->entries[i]->id ==
		    scan->net->slots[NET_OF_DISK].of_disk)
			return scan->entries[i]->line == entry->line;
	return false;
}
