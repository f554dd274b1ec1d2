/*
 * Interfaces, links and addresses, as keelboot.conf wants them: every interface
 * that is meant is brought up at once, DHCPv4, DHCPv6 and router advertisements
 * side by side, and the first that has an address is the one that counts.
 * Interfaces that come later (drivers, USB) are taken when they come; a link
 * that comes late (30 s of spanning tree) or flaps is waited for again, with
 * back-off and jitter; nothing here gives up. A DHCP server that takes its
 * offer back is asked again within half a second, three times in a row, then as
 * busybox does, every three.
 *
 * A link is up when it has a carrier and an address that is in use: of the
 * configuration, of DHCP, or of a router's prefix; the last waits three seconds
 * for DHCP to tell more, and an address of DHCPv6 eight for a router. With
 * boot_from_dhcp a lease without a file to boot counts, too, and DHCP is asked
 * again as another kind of machine: net_state.lease may change.
 *
 * Never waits: the owner polls. Runs in the network process alone.
 */
#ifndef KEELBOOT_NET_LINKS_H
#define KEELBOOT_NET_LINKS_H

#include "format/net_settings.h"
#include "net_wire.h"

#include <poll.h>

#define NET_LINKS_FDS_MAX 64

struct net_links;

struct net_links_setup {
	const struct net_settings *settings; /* outlives the links */
	const char *busybox, *script;	     /* paths, as in dhcp.h */
	const char *resolv_conf; /* written with each change of servers; with
				  * options that bound how long names take */
	bool is_again; /* what is set up already is taken away first */
	uint16_t pxe_arch, http_arch; /* RFC 5970 */
	bool has_uuid;
	uint8_t uuid[16];
	void (*note)(void *ctx, const char *text); /* for the log */
	void *ctx;
};

/* Errors: E_NO_MEMORY, E_NETLINK_SOCKET. */
MUST_USE enum status net_links_begin(const struct net_links_setup *setup,
				     struct net_links **ret, struct error *err);

size_t net_links_poll_fds(const struct net_links *links, struct pollfd *fds);
int net_links_wait_ms(const struct net_links *links, uint64_t now_ms);

/* Does what is due. True if net_links_state() has changed. */
bool net_links_handle(struct net_links *links, uint64_t now_ms);
const struct net_state *net_links_state(const struct net_links *links);

/* Kills the DHCP clients; addresses and links stay for who comes next. */
void net_links_end(struct net_links **links);

#endif
