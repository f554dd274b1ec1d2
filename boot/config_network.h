/*
 * How the keys of the network take their values: rows of the table in
 * config_keys.c.
 */
#ifndef KEELBOOT_CONFIG_NETWORK_H
#define KEELBOOT_CONFIG_NETWORK_H

#include "config.h"

bool config_set_network(struct config *c, struct span value);
bool config_set_dns(struct config *c, struct span value);
bool config_set_ntp(struct config *c, struct span value);
bool config_set_proxy(struct config *c, struct span value);
bool config_set_syslog(struct config *c, struct span value);
bool config_set_status_url(struct config *c, struct span value);
bool config_set_boot_from_dhcp(struct config *c, struct span value);
bool config_set_uki_url(struct config *c, struct span value);
bool config_set_boot_order(struct config *c, struct span value);
bool config_set_hand_on(struct config *c, struct span value);
bool config_set_network_timeout(struct config *c, struct span value);

/* Why one of these did not take a value; false if it was another key's. */
bool config_network_why(struct config *c,
			bool (*set)(struct config *, struct span),
			struct span value, struct error *ret);

/* Whether a disk's keelboot.conf may have the key of one of these: what becomes
 * words of a command line is the image's alone. */
bool config_network_is_for_disks(bool (*set)(struct config *, struct span));

#endif
