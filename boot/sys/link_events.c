/* What the kernel tells; the contract is in sys/link_events.h. */
#include "sys/link_events.h"

#include "sys/link.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#define MESSAGE_MAX 8192

#define OPTION_UNIT    8
#define OPTION_SERVERS 25 /* RFC 8106 */

enum status link_listen(int *ret, struct error *err)
{
	return link_open(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
				 RTMGRP_IPV6_ROUTE |
				 1U << (RTNLGRP_ND_USEROPT - 1),
			 ret, err);
}

static enum status take_option(struct cursor *option, struct link_servers *to,
			       struct error *err)
{
	size_t len = cursor_left(option) + 2;

	if (len < 24 || (len - OPTION_UNIT) % 16)
		return fail(err, E_ROUTER_SERVERS,
			    "a router tells name servers in %zu bytes, it "
			    "takes 8 and 16 for each",
			    len);
	cursor_skip(option, 2);
	to->lifetime_s = cursor_be32(option);
	while (cursor_left(option) && to->count < LINK_SERVERS_MAX) {
		struct span address = cursor_take(option, 16);

		memcpy(to->of[to->count++], address.ptr, 16);
	}
	return OK;
}

enum status link_parse_servers(struct span body, struct link_servers *ret,
			       struct error *err)
{
	struct link_servers servers = { .count = 0 };
	struct cursor c = cursor_over(body), options;
	uint16_t len;

	cursor_skip(&c, offsetof(struct nduseroptmsg, nduseropt_opts_len));
	len = cursor_native16(&c);
	servers.index = cursor_native32(&c);
	cursor_skip(&c, sizeof(struct nduseroptmsg) - 8);
	options = cursor_sub(&c, len);
	if (!cursor_ok(&options))
		return fail(err, E_ROUTER_SHORT,
			    "the kernel passes on what a router said in %zu "
			    "bytes, it takes %zu and %u",
			    body.len, sizeof(struct nduseroptmsg), len);
	while (cursor_left(&options)) {
		size_t left = cursor_left(&options);
		uint8_t type = cursor_u8(&options);
		size_t size = cursor_u8(&options) * (size_t)OPTION_UNIT;
		struct cursor option;
		enum status s = OK;

		if (!size || size > left)
			return fail(err, E_ROUTER_OPTION,
				    "option %u of a router has %zu bytes, %zu "
				    "are there",
				    type, size, left);
		option = cursor_sub(&options, size - 2);
		if (type == OPTION_SERVERS)
			s = take_option(&option, &servers, err);
		if (s != OK)
			return s;
	}
	*ret = servers;
	return OK;
}

/* One datagram has one event. */
static enum link_heard read_event(struct span datagram,
				  struct link_servers *ret)
{
	struct cursor c = cursor_over(datagram);
	uint32_t len = cursor_native32(&c);
	uint16_t type = cursor_native16(&c);

	if (type != RTM_NEWNDUSEROPT)
		return LINK_CHANGED;
	if (len < sizeof(struct nlmsghdr) ||
	    link_parse_servers(span_slice(datagram, sizeof(struct nlmsghdr),
					  len - sizeof(struct nlmsghdr)),
			       ret, NULL) != OK ||
	    !ret->count)
		return LINK_SILENCE;
	return LINK_SERVERS;
}

enum link_heard link_hear(int socket, struct link_servers *ret)
{
	enum link_heard heard = LINK_SILENCE;
	uint8_t buf[MESSAGE_MAX];

	while (heard == LINK_SILENCE) {
		struct sockaddr_nl from = { 0 };
		socklen_t from_len = sizeof(from);
		ssize_t got = recvfrom(socket, buf, sizeof(buf), MSG_DONTWAIT,
				       (struct sockaddr *)&from, &from_len);

		if (got < 0 && errno == ENOBUFS)
			return LINK_CHANGED;
		if (got < 0 && errno != EINTR)
			return LINK_SILENCE;
		if (got > 0 && from.nl_pid == 0)
			heard = read_event(span_of(buf, (size_t)got), ret);
	}
	return heard;
}
