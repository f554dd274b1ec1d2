/*
 * The DHCP clients: busybox's udhcpc (RFC 2131) and udhcpc6 (RFC 8415) as
 * children, one for each interface and family, without any capability but those
 * of raw sockets and low ports.
 *
 * A client calls its script when something happens. The script is this program
 * under the name DHCP_SCRIPT_NAME: no shell sees what is from the network. It
 * sends the event and the variables through a socket that the client inherited,
 * and ends; what they mean is read by whoever started the client
 * (format/lease.h), and addresses are set there, too (sys/link.h).
 */
#ifndef KEELBOOT_DHCP_H
#define KEELBOOT_DHCP_H

#include "format/lease.h"

#include <poll.h>
#include <sys/types.h>

#define DHCP_SCRIPT_NAME "keelboot-lease"

/* What servers are told that asks (RFC 4578; UEFI 2.10, 24.3 and 24.7). */
enum dhcp_class {
	DHCP_PLAIN = 0, /* a machine like any other */
	DHCP_PXE,	/* "PXEClient": it takes a file by TFTP */
	DHCP_HTTP,	/* "HTTPClient": a URL */
};

struct dhcp_request {
	const char *busybox;   /* paths */
	const char *script;    /* ends in "/" DHCP_SCRIPT_NAME */
	const char *interface; /* its name */
	bool is_ipv6;
	bool is_stateless; /* of IPv6: all but an address is asked for, which
			    * routers have given: LEASE_INFORMED */
	enum dhcp_class class;
	uint16_t arch;	  /* RFC 5970, 3.3, of PXE or HTTP: that of class */
	bool has_uuid;	  /* option 97 */
	uint8_t uuid[16]; /* in SMBIOS's order of bytes */
	const char *user_class; /* option 77, NULL for none */
};

struct dhcp {
	pid_t pid;
	int socket; /* -1 if it is not running */
};

#define DHCP_NONE ((struct dhcp){ .socket = -1 })

/*
 * Starts a client, which asks four times, each second, pauses for three, and so
 * on until it is ended, or its starter ends; and waits for three after it was
 * refused (LEASE_NAK). The interface is up. Errors:
 * E_DHCP_INTERFACE (1 to 15 bytes, no '/', no '-' at its front), those of
 * msg_pair() and proc_spawn().
 */
MUST_USE enum status dhcp_begin(struct dhcp *dhcp,
				const struct dhcp_request *request,
				struct error *err);

/* What to poll(2) for, at most one. */
size_t dhcp_poll_fds(const struct dhcp *dhcp, struct pollfd *fds);

/*
 * The next thing it says. Does not wait for it. Errors: E_MSG_NONE (nothing
 * new), E_DHCP_ENDED (it ended, and how; it is not asked again) and those of
 * lease_parse(), after which it goes on.
 */
MUST_USE enum status dhcp_take(struct dhcp *dhcp, struct lease *ret,
			       struct error *err);

/* Ends it without giving its lease back: the next system may go on with it. */
void dhcp_end(struct dhcp *dhcp);

/*
 * main() of DHCP_SCRIPT_NAME: argv[1] is the event, the rest is in the
 * environment. What it is to be told by is in DHCP_SOCKET_VARIABLE. Returns 0,
 * 1 if it cannot be sent, 2 if it was not a client that called it.
 */
int dhcp_script(int argc, char **argv);

#define DHCP_SOCKET_VARIABLE "KEELBOOT_LEASE_SOCKET"

#endif
