/*
 * What a list shows of an entry whose files come from the network.
 */
#ifndef KEELBOOT_FOUND_NETWORK_H
#define KEELBOOT_FOUND_NETWORK_H

#include "format/net_entry.h"
#include "found.h"

/* Sets title (the id if it has none), version, sort key and machine id, and
 * adds its files by their first URLs, all with that handle. They are for people
 * alone: of a URL that is longer than a path its beginning. */
void found_describe_network(struct found *found, const struct net_entry *entry,
			    uint32_t handle);

#endif
