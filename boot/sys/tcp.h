/*
 * TCP as a client: a name's addresses, a connection to one of them, and bytes
 * over it, each with a deadline. The sockets never block; who waits, waits in
 * poll(2) until a time.
 *
 * Addresses are raced (RFC 8305): families take turns, IPv6 first, and the next
 * one starts when another fails or 250 ms have passed. The first that connects
 * wins, so that a dead IPv6 costs a quarter of a second.
 *
 * Times are milliseconds of CLOCK_BOOTTIME, as now_ms() of sys/proc.h.
 */
#ifndef KEELBOOT_SYS_TCP_H
#define KEELBOOT_SYS_TCP_H

#include "base/error.h"
#include "base/span.h"
#include "base/text.h"

#define TCP_ADDRESSES_MAX 8 /* more of a name are left out */
#define TCP_RACE_MS	  250

struct tcp_address {
	bool is_ipv6;
	uint8_t bytes[16]; /* the first four of IPv4 */
	uint16_t port;
};

struct tcp_addresses {
	size_t count;
	struct tcp_address list[TCP_ADDRESSES_MAX];
};

/*
 * The addresses of a name (an address has itself), in the order in which they
 * are to be tried. Asks the servers of /etc/resolv.conf, which alone says how
 * long that may take: the C library's resolver has no deadline. Errors:
 * E_TCP_NAME (there is none of that name), E_TCP_NAME_SERVER (nobody answers,
 * or not with an answer).
 */
MUST_USE enum status tcp_find(const char *name, uint16_t port,
			      struct tcp_addresses *ret, struct error *err);

/* Pure: families by turns, IPv6 first, else as they are. */
void tcp_order(struct tcp_addresses *addresses);

/* "192.0.2.7 port 80", "2001:db8::7 port 80" */
void tcp_add_address(struct text *t, const struct tcp_address *address);

/*
 * Connects to the first that takes it. interface is the one to go through, ""
 * for what the routes say. *ret_fd is the caller's to close, *ret_which one of
 * the list. Errors: E_TCP_CONNECT (all have failed; the sentence has the last
 * one's reason, and how many there were), E_TCP_CONNECT_DEADLINE, E_TCP_SOCKET.
 */
MUST_USE enum status tcp_connect(const struct tcp_addresses *addresses,
				 const char *interface, uint64_t deadline_ms,
				 int *ret_fd, struct tcp_address *ret_which,
				 struct error *err);

/* Waits until fd has something of events (POLLIN, POLLOUT), or has failed.
 * Errors: E_TCP_DEADLINE. */
MUST_USE enum status tcp_wait(int fd, short events, uint64_t deadline_ms,
			      struct error *err);

/* Sends some of the bytes now, maybe none. Errors: E_TCP_SEND. */
MUST_USE enum status tcp_send(int fd, struct span bytes, size_t *ret_len,
			      struct error *err);

/* Takes what is there now, at most cap bytes; *ret_ended once the peer has
 * nothing more to say. Errors: E_TCP_RECEIVE. */
MUST_USE enum status tcp_receive(int fd, uint8_t *to, size_t cap,
				 size_t *ret_len, bool *ret_ended,
				 struct error *err);

#endif
