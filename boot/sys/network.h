/*
 * The network interfaces of the machine and their addresses, as the kernel
 * tells them through rtnetlink(7): dumps of RTM_GETLINK and RTM_GETADDR, and a
 * dump again when it says that something has changed.
 *
 * The kernel answers under a lock that a driver may hold for as long as it
 * likes, so a process of its own asks: it says what there is, sleeps until that
 * changes, and says it again, a few times a second at most.
 */
#ifndef KEELBOOT_SYS_NETWORK_H
#define KEELBOOT_SYS_NETWORK_H

#include "base/error.h"
#include "base/span.h"
#include "base/text.h"

#include <poll.h>
#include <stdint.h>
#include <sys/types.h>

#define NETWORK_LINKS_MAX     32 /* more are counted and left out */
#define NETWORK_ADDRESSES_MAX 8	 /* of one interface */
#define NETWORK_MAC_MAX	      32 /* InfiniBand has 20 bytes */

struct network_address {
	uint8_t bytes[16]; /* the first four of IPv4 */
	bool is_ipv6;
	bool is_global;	   /* as far as the kernel knows */
	bool is_tentative; /* not in use yet: somebody else may have it */
	bool is_duplicate; /* somebody else has it (RFC 4862, 5.4) */
	uint8_t prefix;	   /* bits */
};

struct network_link {
	uint32_t index; /* the kernel's, never 0 */
	char name[16];
	char driver[32]; /* "" if it has none */
	uint8_t mac[NETWORK_MAC_MAX];
	uint32_t mac_len; /* 0 if it has none */
	bool is_up;	  /* somebody has switched it on */
	bool has_carrier; /* a cable with somebody at the other end */
	uint32_t speed;	  /* Mbit/s, 0 if unknown */
	uint32_t address_count;
	struct network_address addresses[NETWORK_ADDRESSES_MAX];
};

/* Loopback is not in it. In the kernel's order; plain data. */
struct network {
	uint32_t count;
	uint32_t left_out;
	struct network_link links[NETWORK_LINKS_MAX];
};

/*
 * Takes one datagram of a dump. Pure: a new interface or address is added, one
 * that is there already is brought up to date, other messages and families are
 * passed over; an address of an interface that is not known is, too. *ret_done
 * is true when the dump ends with it. When it fails, what stood before the
 * broken message is taken.
 *
 * Errors: E_NETLINK_LENGTH (of a message: less than its header or more than is
 * there), E_NETLINK_BODY (too short for its kind), E_NETLINK_ATTRIBUTE (the
 * length of one: the same), E_NETLINK_NAME (of an interface: empty, 16 bytes or
 * more, no NUL at the end, none at all), E_NETLINK_INDEX (0), E_NETLINK_ADDRESS
 * (length of an address or prefix that its family does not have),
 * E_NETLINK_REFUSED (the kernel refuses, with its errno).
 */
enum status network_parse(struct span datagram, struct network *network,
			  bool *ret_done, struct error *err);

/* Driver and speed of each interface, from <root>/sys/class/net. May wait for a
 * driver. */
void network_read_sysfs(const char *root, struct network *network);

/* The one that people would call the machine's: the first global IPv4 address,
 * else the first global IPv6 one. False if there is none. */
bool network_first_address(const struct network *network,
			   const struct network_link **ret_link,
			   const struct network_address **ret_address);

/* "192.0.2.7", "2001:db8::7": without the prefix. */
void network_add_address(struct text *t, const struct network_address *address);

/* --- the process that asks --------------------------------------------------
 */

struct network_watch {
	pid_t pid;
	int socket; /* -1 if it is not running */
};

#define NETWORK_WATCH_NONE ((struct network_watch){ .socket = -1 })

/* Starts it; ends with the thread that did. Errors: those of msg_pair() and
 * proc_spawn(). */
enum status network_watch_begin(struct network_watch *watch, struct error *err);

/* What to poll(2) for, at most one. */
size_t network_watch_poll_fds(const struct network_watch *watch,
			      struct pollfd *fds);

/*
 * The newest of what it has said. Never waits. Errors: E_MSG_NONE (nothing
 * new), E_NETWORK_ENDED (it ended, or makes no sense; it is not asked again),
 * and what it says: the errors of link_open() and link_read(), after which it
 * ends.
 */
enum status network_watch_take(struct network_watch *watch, struct network *ret,
			       struct error *err);

void network_watch_end(struct network_watch *watch);

#endif
