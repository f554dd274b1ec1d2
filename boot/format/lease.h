/*
 * What a DHCP server gives: the environment that busybox's udhcpc and udhcpc6
 * call their script with (variables of networking/udhcp, options of RFC 2132,
 * 3442, 5071 and 5970), as a message "event\0" "name=value\0" … of the process
 * that was called.
 *
 * Everything in it is from the network. What an interface cannot do without
 * refuses the lease; anything else that is wrong is left out, with the reason
 * of the first in the lease, so that a host name nobody can use keeps no
 * machine from its boot. Text is printable ASCII only; what may go into a
 * command line or a URL is decided there (format/template.h).
 */
#ifndef KEELBOOT_FORMAT_LEASE_H
#define KEELBOOT_FORMAT_LEASE_H

#include "base/error.h"
#include "base/span.h"
#include "base/text.h"

#define LEASE_MESSAGE_MAX 16384
#define LEASE_LIST_MAX	  4   /* servers of a kind; more are left out */
#define LEASE_ROUTES_MAX  16  /* likewise */
#define LEASE_TEXT_MAX	  256 /* an option of DHCP has 255 bytes at most */
#define LEASE_URL_MAX	  1024
#define LEASE_VENDOR_MAX  255

enum lease_event {
	LEASE_DECONFIG = 1, /* no address, now or any more */
	LEASE_BOUND,
	LEASE_RENEW,
	LEASE_NAK,	/* the server takes its offer back */
	LEASE_FAIL,	/* nobody answers; it is tried again */
	LEASE_INFORMED, /* DHCPv6 without an address: a "renew" of none */
};

struct lease_address {
	uint8_t bytes[16]; /* the first four of IPv4 */
	bool is_ipv6;
};

struct lease_addresses {
	uint32_t count;
	struct lease_address of[LEASE_LIST_MAX];
};

struct lease_route {
	uint8_t to[4];
	uint8_t prefix;	    /* 0 is the default route */
	uint8_t gateway[4]; /* 0.0.0.0: on the link */
};

struct lease {
	enum lease_event event;
	char interface[16];

	/* Of LEASE_BOUND and LEASE_RENEW, and without the address of
	 * LEASE_INFORMED; the rest is 0 otherwise, but for message. */
	struct lease_address address;
	uint8_t prefix; /* bits; 128 of IPv6, whose routes come from routers */
	uint32_t lease_s; /* 0: not told */
	uint32_t mtu;	  /* 0: not told */
	uint32_t route_count;
	struct lease_route routes[LEASE_ROUTES_MAX]; /* option 121, else 3 */
	struct lease_addresses dns;
	struct lease_addresses ntp;
	struct lease_addresses server;	    /* option 54: at most one */
	struct lease_addresses next_server; /* siaddr: at most one */

	/* "" where there is none */
	char hostname[LEASE_TEXT_MAX];	   /* 12; of IPv6 39 */
	char domain[LEASE_TEXT_MAX];	   /* 15 */
	char search[LEASE_TEXT_MAX];	   /* 119, 24: names and blanks */
	char boot_server[LEASE_TEXT_MAX];  /* 66, else the field sname */
	char boot_file[LEASE_URL_MAX];	   /* 67, else file; of IPv6 59 */
	char root_path[LEASE_TEXT_MAX];	   /* 17 */
	char vendor_class[LEASE_TEXT_MAX]; /* 60: whose answer it is */
	char config_file[LEASE_TEXT_MAX];  /* 209 */
	char path_prefix[LEASE_TEXT_MAX];  /* 210 */
	char message[LEASE_TEXT_MAX];	   /* 56: why a server says no */

	/* 43, as it was sent; of an answer as PXE, and lease_pxe_parse() takes
	 * it */
	uint8_t vendor[LEASE_VENDOR_MAX];
	uint32_t vendor_len;

	uint32_t left_out; /* variables */
	struct error why;  /* of the first of them, else OK */
};

/* Whether lease_parse() looks at that variable; text up to '=' or all of it.
 * The others need not be sent. */
bool lease_knows(struct span variable);

/*
 * Reads a message. Unknown variables are passed over. *ret is written on
 * success only.
 *
 * Refused:
 * E_LEASE_LENGTH    more than LEASE_MESSAGE_MAX bytes
 * E_LEASE_END       no NUL at the end of the message, or it is empty
 * E_LEASE_EVENT     an event that is not known
 * E_LEASE_VARIABLE  an entry without a name and '='
 * E_LEASE_TWICE     one of those looked at stands there twice
 * E_LEASE_INTERFACE none, or no name for one: 1 to 15 bytes of printable
 *                   ASCII without blanks and '/'
 * E_LEASE_NO_ADDRESS bound, without one
 * E_LEASE_ADDRESS   none that a host can have: no address at all, any,
 *                   loopback, multicast, reserved; of IPv4 the first or last
 *                   of its network, of IPv6 link-local
 * E_LEASE_MASK      ones behind zeros, or no ones. Without a mask the class of
 *                   the address tells (RFC 1122, 3.2.1.3)
 *
 * Left out:
 * E_LEASE_NUMBER    not a number, or (mtu) not 576 to 65535
 * E_LEASE_LIST      something in a list that is no address of a host
 * E_LEASE_ROUTE     option 121: not "a.b.c.d/n e.f.g.h" …, bits of the
 *                   target below its mask, a gateway nobody can have
 * E_LEASE_TEXT_LENGTH, E_LEASE_TEXT_BYTE  too long; not printable ASCII
 * E_LEASE_NAME      (host and domain names) not letters, digits, '-', '_', '.'
 * E_LEASE_VENDOR    (option 43) not pairs of hexadecimal digits, or too many
 * E_LEASE_PXE_*     (option 43) what lease_pxe_parse() says of it
 */
MUST_USE enum status lease_parse(struct span message, struct lease *ret,
				 struct error *err);

/* "bound" … */
const char *lease_event_name(enum lease_event event);

#endif
