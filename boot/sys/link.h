/*
 * Sets up network interfaces by requests to the kernel, rtnetlink(7): up, MTU,
 * addresses, routes, VLANs and bonds.
 *
 * Each request waits for its own answer, which a driver may hold back: this is
 * for processes that may be lost. Interfaces are the kernel's numbers, as in
 * sys/network.h, in sentences too: the caller puts their names in front.
 */
#ifndef KEELBOOT_SYS_LINK_H
#define KEELBOOT_SYS_LINK_H

#include "sys/network.h"

#define LINK_MTU_MIN  576
#define LINK_MTU_MAX  65535
#define LINK_VLAN_MAX 4094 /* IEEE 802.1Q: 0 and 4095 are no VLANs */

enum link_bond_mode {
	LINK_BOND_ACTIVE_BACKUP = 1, /* the numbers of the kernel's */
	LINK_BOND_8023AD = 4,
};

struct link_route {
	struct network_address to;	/* a prefix of 0 is the default route */
	struct network_address gateway; /* all 0: on the link */
	uint32_t metric;		/* 0: the kernel's choice */
};

/* A socket to ask by, and to hear by what those groups are told (RTMGRP_LINK
 * and other bits); the caller's to close. Errors: E_NETLINK_SOCKET. */
MUST_USE enum status link_open(uint32_t groups, int *ret, struct error *err);

/* Passes over all that can be heard by now; never waits. */
void link_drain(int socket);

/*
 * All there is now, of interfaces and addresses. Errors: E_NETLINK_SOCKET,
 * E_LINK_ANSWER (more than 64 KiB at once) and those of network_parse().
 */
MUST_USE enum status link_read(int socket, struct network *ret,
			       struct error *err);

/* NULL if there is none. */
const struct network_link *link_find(const struct network *network,
				     const char *name);

/*
 * Errors of all below: E_NETLINK_SOCKET, E_LINK_ANSWER (what the kernel answers
 * is no answer), E_LINK_REFUSED (the kernel refuses, with its errno).
 */
MUST_USE enum status link_set_up(int socket, uint32_t index, bool is_up,
				 struct error *err);

/* Also E_LINK_MTU: not LINK_MTU_MIN to LINK_MTU_MAX. */
MUST_USE enum status link_set_mtu(int socket, uint32_t index, uint32_t mtu,
				  struct error *err);

/* An address that is there already is brought up to date. Also E_LINK_ADDRESS:
 * a prefix its family does not have. */
MUST_USE enum status link_add_address(int socket, uint32_t index,
				      const struct network_address *address,
				      struct error *err);

/* Also E_LINK_ADDRESS. One that is not there is none of the errors. */
MUST_USE enum status link_drop_address(int socket, uint32_t index,
				       const struct network_address *address,
				       struct error *err);

/* A route to the same target, of the same metric, is replaced. A gateway
 * outside of the interface's networks is taken for one on its link, as clouds
 * give them. Also E_LINK_ROUTE: target and gateway of two families, or a prefix
 * the family does not have. */
MUST_USE enum status link_add_route(int socket, uint32_t index,
				    const struct link_route *route,
				    struct error *err);

/* Interface name that sends and receives the VLAN id of parent; down. Also
 * E_LINK_VLAN (an id of none), E_LINK_NAME (1 to 15 bytes, no '/'). */
MUST_USE enum status link_add_vlan(int socket, uint32_t parent, uint32_t id,
				   const char *name, struct error *err);

/* A bond without members, looked after ten times a second; down. Also
 * E_LINK_NAME. */
MUST_USE enum status link_add_bond(int socket, enum link_bond_mode mode,
				   const char *name, struct error *err);

/* Makes an interface that is down a member. */
MUST_USE enum status link_set_master(int socket, uint32_t index,
				     uint32_t master, struct error *err);

/* Deletes a VLAN or a bond. */
MUST_USE enum status link_delete(int socket, uint32_t index, struct error *err);

#endif
