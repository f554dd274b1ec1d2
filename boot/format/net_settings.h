/*
 * How a machine gets its network: the `network` lines of keelboot.conf(5), one
 * for each interface, and the keys beside them.
 *
 *	network WHICH [WORD=VALUE]...
 *
 * WHICH is a glob of names ("en*"), mac=52:54:00:12:34:56, path=0000:03:00.0
 * (the PCI address or another name of the device that has the interface), or
 * "first": all of Ethernet, of which the first with an address counts. The
 *words, each once but for those that repeat:
 *
 *	dhcp=v4|v6|both|no     both, if there is no address; no, if there is one
 *	address=ADDRESS/BITS   static; repeats
 *	gateway=ADDRESS        of the default route; repeats, one each family
 *	route=NET/BITS,GATEWAY repeats
 *	dns=ADDRESS            repeats
 *	mtu=BYTES vlan=ID
 *	bond=active-backup|802.3ad  WHICH are the members then
 *	name=NAME              of the bond; bond0 if it is not told
 *	slaac=yes|no           no: router advertisements count for nothing
 *
 * Pure: text in, plain data out.
 */
#ifndef KEELBOOT_FORMAT_NET_SETTINGS_H
#define KEELBOOT_FORMAT_NET_SETTINGS_H

#include "base/error.h"
#include "base/span.h"
#include "base/text.h"

#define NET_INTERFACES_MAX 8
#define NET_ADDRESSES_MAX  4
#define NET_ROUTES_MAX	   8
#define NET_DNS_MAX	   4
#define NET_WHICH_MAX	   64

enum net_which { NET_FIRST = 0, NET_BY_NAME, NET_BY_MAC, NET_BY_PATH };

enum net_bond { NET_NO_BOND = 0, NET_ACTIVE_BACKUP, NET_8023AD };

#define NET_DHCP_V4 1U
#define NET_DHCP_V6 2U

struct net_address {
	uint8_t bytes[16]; /* the first four of IPv4 */
	bool is_ipv6;
	uint8_t prefix; /* bits; of a gateway or server 0 */
};

struct net_route {
	struct net_address to; /* a prefix of 0 is the default route */
	struct net_address gateway;
};

struct net_interface {
	enum net_which which;
	char text[NET_WHICH_MAX]; /* glob or path; "" of the others */
	uint8_t mac[6];		  /* of NET_BY_MAC */
	unsigned dhcp;		  /* NET_DHCP_V4, NET_DHCP_V6 */
	bool no_slaac;
	uint32_t address_count;
	struct net_address addresses[NET_ADDRESSES_MAX];
	uint32_t route_count; /* gateways are default routes in it */
	struct net_route routes[NET_ROUTES_MAX];
	uint32_t dns_count;
	struct net_address dns[NET_DNS_MAX];
	uint32_t mtu;  /* 0: as it is */
	uint32_t vlan; /* 0: none */
	enum net_bond bond;
	char bond_name[16];
};

/* The `network` lines, and the keys beside them. */
struct net_settings {
	uint32_t interface_count; /* none: "first", dhcp=both */
	struct net_interface interfaces[NET_INTERFACES_MAX];
	uint32_t dns_count; /* besides those of DHCP, and before them */
	struct net_address dns[NET_DNS_MAX];
	char ntp[256];	  /* a name or an address, "" for none */
	char proxy[512];  /* an http URL, "" for none */
	char syslog[256]; /* host or host:port, "" for none */
	char status_url[512];
	bool boot_from_dhcp;
	uint32_t timeout_s; /* of what has no entry's file */
};

/*
 * Adds the value of a `network` line. *settings is as it was when it fails.
 *
 * Errors, each with the word: E_NET_WHICH (no interface named, or not as
 * above), E_NET_WORD (not known), E_NET_TWICE (a word, an address, a route to
 * the same network; a line for the same WHICH and VLAN, a bond's name),
 * E_NET_VALUE (not what that word takes), E_NET_ADDRESS (none that a host can
 * have, or bits it has not), E_NET_MANY (more of something than there is room
 * for), E_NET_TOGETHER (two words that do not go together: bond with a WHICH of
 * "first", name without bond, a gateway of a family that has no address and no
 * dhcp, dhcp=no and slaac=no without an address, IPv6 with an mtu below 1280).
 */
MUST_USE enum status net_settings_add(struct net_settings *settings,
				      struct span value, struct error *err);

/* An address of a host, without bits ("192.0.2.7", "2001:db8::7"). Errors:
 * E_NET_ADDRESS. */
MUST_USE enum status
net_address_parse(struct span text, struct net_address *ret, struct error *err);

#endif
