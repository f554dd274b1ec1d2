/*
 * The network process: links, addresses and fetches, until the menu is gone.
 * Started with the menu, before disks are looked at, if anything is to come
 * from the network.
 */
#ifndef KEELBOOT_NET_PROCESS_H
#define KEELBOOT_NET_PROCESS_H

#include "net_wire.h"

#include "format/net_settings.h"
#include "trust/keyring.h"

struct net_task {
	struct net_settings settings;
	const struct net_entry *entries; /* of the image */
	uint32_t entry_count;
	const struct keyring *keyring;
	bool is_again; /* what is set up is of one before */
	bool has_uuid;
	uint8_t uuid[16]; /* in SMBIOS's order of bytes */
	const char *busybox, *script, *folder, *resolv_conf;
	int socket; /* the process' end */
};

/* proc_spawn()'s function; context is a struct net_task. */
int net_process_run(void *context);

#endif
