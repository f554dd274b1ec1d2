/*
 * What the kernel tells without being asked: that an interface, a carrier, an
 * address or a route of IPv6 has changed, and the name servers that routers
 * advertise, which it passes on and does not keep (rtnetlink(7),
 * RTM_NEWNDUSEROPT; RFC 8106).
 *
 * What has changed is not read from here but asked for again (sys/link.h), so
 * that an event that was lost is no harm.
 */
#ifndef KEELBOOT_SYS_LINK_EVENTS_H
#define KEELBOOT_SYS_LINK_EVENTS_H

#include "base/error.h"
#include "base/span.h"

#define LINK_SERVERS_MAX 4 /* more are left out */

/* Of one advertisement. */
struct link_servers {
	uint32_t index;	     /* of the interface it came to */
	uint32_t lifetime_s; /* 0: they are none any more */
	uint32_t count;
	uint8_t of[LINK_SERVERS_MAX][16];
};

/* The socket to hear by; the caller's to close. Errors: E_NETLINK_SOCKET. */
MUST_USE enum status link_listen(int *ret, struct error *err);

enum link_heard { LINK_SILENCE = 0, LINK_CHANGED, LINK_SERVERS };

/*
 * The next event; never waits. LINK_CHANGED if something other than servers
 * has changed, or events were lost; LINK_SERVERS if *ret was filled in; broken
 * messages are passed over, other ones are none.
 */
enum link_heard link_hear(int socket, struct link_servers *ret);

/*
 * Reads the body of an RTM_NEWNDUSEROPT: a head of the kernel's and options as
 * they were in the advertisement. Pure. ret->count is 0 if none of them is of
 * name servers. Errors: E_ROUTER_SHORT (less than its head, or than that says),
 * E_ROUTER_OPTION (the length of an option: 0, or more than is there),
 * E_ROUTER_SERVERS (an option of servers of a length that none has, RFC 8106,
 * 5.1).
 */
MUST_USE enum status link_parse_servers(struct span body,
					struct link_servers *ret,
					struct error *err);

#endif
