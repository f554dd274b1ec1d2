/*
 * What the files of net_links.h share: the links, each a slot, and the steps
 * that net_links_handle() takes: which interfaces are meant (match), that there
 * is a device to have addresses (device), addresses and routes (address), the
 * clients that ask for them (clients), and what is told of all of it (state).
 */
#ifndef KEELBOOT_NET_LINKS_PARTS_H
#define KEELBOOT_NET_LINKS_PARTS_H

#include "dhcp.h"
#include "net_links.h"
#include "sys/link.h"
#include "sys/link_events.h"

/* Two clients each, and the events: NET_LINKS_FDS_MAX. */
#define SLOTS_MAX   24
#define MEMBERS_MAX 32

/* A DHCP client of one family. */
struct client {
	struct dhcp dhcp;
	enum dhcp_class class;
	bool has_spoken;     /* since it was started */
	uint64_t start_at;   /* 0: it runs, or is not wanted */
	uint64_t asks_since; /* nobody has answered; 0: somebody has */
	uint32_t failures;   /* it ended by itself, so often in a row */
	uint32_t refusals;   /* of servers, since one gave something */
	bool is_stateless;   /* it asks for no address */
	uint64_t turn_at;    /* then it asks for one, or for none; 0: never */
	bool has_lease;
	bool is_informed; /* a lease without an address */
	uint64_t until;	  /* its lease ends; 0: it does not */
	struct lease lease;
};

struct slot {
	const struct net_interface *rule;
	uint32_t port;	 /* the kernel's number of the port or bond; 0: the bond
			  * is not made yet */
	uint32_t device; /* of what has the addresses; 0: not made yet */
	char port_name[16], name[16]; /* of the device */
	uint8_t mac[6];		      /* of the port */

	/* of making the device */
	uint64_t retry_at;
	uint32_t tries;
	struct error trouble; /* OK if there is none */

	bool has_carrier;
	uint64_t carrier_at; /* when that changed */
	uint32_t flaps;
	uint32_t mtu; /* as it was set; 0: it was not */

	bool has_static; /* the addresses of its rule */
	bool is_duplicate_told;
	struct client four, six;
	struct link_servers servers; /* of its routers */

	uint32_t order; /* the how manieth that had an address; 0: none yet */
};

/* An interface that is, or is to be, a member of the bond of a rule. */
struct member {
	const struct net_interface *rule;
	uint32_t index;
	char name[16];
	bool is_member;
};

struct net_links {
	struct net_links_setup setup;
	const struct net_settings *settings;
	struct net_settings built_in; /* if keelboot.conf has no interface */
	int socket, events;
	uint64_t random;
	uint64_t now;
	uint64_t begun;

	struct network network; /* as it was read last */
	bool is_stale;		/* somebody has changed it since, */
	bool is_changed;	/* or a step has, which is seen at once */
	uint64_t read_at;	/* not before: a flapping link is no reason */
	uint64_t check_at;	/* though no event told */
	uint32_t failures;	/* to read */

	struct slot *slots[SLOTS_MAX];
	uint32_t count;
	struct member members[MEMBERS_MAX];
	uint32_t member_count;
	/* who has the static addresses of a rule, or NULL */
	struct slot *owners[NET_INTERFACES_MAX];
	struct slot *primary; /* the one that counts, or NULL */
	uint32_t orders;
	uint32_t notes; /* since notes_at */
	uint64_t notes_at;

	struct net_state state;
	uint64_t line_since; /* what its seconds count from */
	char resolv[1024];
	bool is_resolv_written;
};

/* --- all (net_links.c) -------------------------------------------------- */

/* For the log: "eth0: …"; not more than the log can take. */
void links_note(struct net_links *links, const struct slot *slot,
		const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* 0 to max. */
uint32_t links_random(struct net_links *links, uint32_t max);

/* When to try again what failed so often in a row: 1, 2, 4 … 30 seconds, each
 * give or take a quarter. */
uint64_t links_back_off(struct net_links *links, uint32_t failures);

/* Asks the kernel for all there is. */
enum status links_read(struct net_links *links, struct error *err);

/* NULL if it is gone. */
const struct network_link *links_find(const struct net_links *links,
				      uint32_t index);
size_t links_rule_number(const struct net_links *links,
			 const struct net_interface *rule);

/* --- which interfaces are meant (net_links_match.c) ----------------------- */

/* Whether a rule means an interface; device is the path of its device in
 * sysfs, "" if it has none. Pure. */
bool links_matches(const struct net_interface *rule,
		   const struct network_link *link, const char *device);

/* Takes interfaces that are new, lets go of those that are gone. */
void links_match(struct net_links *links);

/* Whether it is a VLAN or a bond. */
bool links_is_made(const struct net_links *links,
		   const struct network_link *link);

/* The name of a VLAN: "eth0.7", or "v3.7" where that is too long. */
void links_vlan_name(const char *port, uint32_t index, uint32_t id,
		     char ret[16]);

/* --- a device to have addresses (net_links_device.c) ---------------------- */

void slot_prepare(struct net_links *links, struct slot *slot);
void slot_set_mtu(struct net_links *links, struct slot *slot, uint32_t mtu);

/* Takes away what a process before this one has set up: bonds, VLANs, addresses
 * and routes. IPv6 is off until an interface is set up. */
void links_clear(struct net_links *links);

/* --- addresses (net_links_address.c) -------------------------------------- */

void slot_add_static(struct net_links *links, struct slot *slot);
void slot_drop_static(struct net_links *links, struct slot *slot);
void slot_apply_lease(struct net_links *links, struct slot *slot,
		      struct client *client, const struct lease *lease);
void slot_drop_lease(struct net_links *links, struct slot *slot,
		     struct client *client);

/* Its first address of that family that can be used now; NULL for none. */
const struct network_address *slot_address(const struct net_links *links,
					   const struct slot *slot,
					   bool is_ipv6);

/* Whether its rule has that address. */
bool slot_is_static(const struct slot *slot, const struct network_address *a);

/* Whether one of its addresses is there and waits for its use; or is somebody
 * else's. */
const struct network_address *slot_waiting(const struct net_links *links,
					   const struct slot *slot);

/* Whether it has what counts as a network. */
bool slot_is_up(const struct net_links *links, const struct slot *slot);

/* The router of the kernel's default route of IPv6 by it. */
bool slot_find_router(const struct slot *slot, uint8_t ret[16]);

/* Of its routes: below those of links that had an address later. */
uint32_t slot_metric(struct net_links *links, struct slot *slot);

/* --- clients (net_links_clients.c) ---------------------------------------- */

bool client_is_wanted(const struct slot *slot, const struct client *client);

/* Starts, restarts and hears them. */
void slot_run_clients(struct net_links *links, struct slot *slot);

/* As if the cable had come anew. */
void slot_restart_clients(struct net_links *links, struct slot *slot,
			  uint32_t within_ms);
void slot_end(struct slot *slot);

/* --- what is told (net_links_state.c) ------------------------------------- */

/* True if it has changed. */
bool links_tell(struct net_links *links);
void links_write_resolv(struct net_links *links);

/* How long the line is right. */
int links_line_ms(const struct net_links *links, uint64_t now_ms);

#endif
