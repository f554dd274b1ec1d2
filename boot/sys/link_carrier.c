/* Waits for a carrier; the contract is in sys/link.h. */
#include "base/own.h"
#include "sys/link.h"
#include "sys/proc.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>

/* The events of one change come together. */
#define PAUSE_MS 20

static enum status listen_to_links(int *ret, struct error *err)
{
	int group = RTNLGRP_LINK;
	_close_ int fd = -1;
	enum status s = link_open(&fd, err);

	if (s != OK)
		return s;
	if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
		       sizeof(group)) != 0)
		return fail_sys(err, E_LINK_SOCKET, errno,
				"unable to hear of the kernel's interfaces");
	*ret = take_fd(&fd);
	return OK;
}

static const struct network_link *find_index(const struct network *network,
					     uint32_t index)
{
	for (uint32_t i = 0; i < network->count; i++)
		if (network->links[i].index == index)
			return &network->links[i];
	return NULL;
}

/* False when the deadline has passed. What the events say is not looked at: all
 * is asked for again. */
static bool await_event(int events, uint64_t deadline_ms)
{
	struct pollfd fd = { .fd = events, .events = POLLIN };
	uint8_t buf[2048];

	if (poll(&fd, 1, deadline_left_ms(deadline_ms)) == 0)
		return false;
	poll(NULL, 0, PAUSE_MS);
	while (recv(events, buf, sizeof(buf), MSG_DONTWAIT) >= 0 ||
	       errno == ENOBUFS)
		;
	return true;
}

enum status link_await_carrier(uint32_t index, uint64_t deadline_ms,
			       struct error *err)
{
	_free_ struct network *network = malloc(sizeof(*network));
	_close_ int events = -1, socket = -1;
	const struct network_link *link;
	enum status s = listen_to_links(&events, err);

	if (s == OK)
		s = link_open(&socket, err);
	if (s == OK && !network)
		s = fail_sys(err, E_LINK_SOCKET, ENOMEM,
			     "unable to wait for interface %u", index);
	while (s == OK) {
		s = link_read(socket, network, err);
		if (s != OK)
			break;
		link = find_index(network, index);
		if (!link)
			return fail(err, E_LINK_GONE,
				    "interface %u is gone, of %u there are",
				    index, network->count);
		if (link->has_carrier)
			return OK;
		if (!await_event(events, deadline_ms))
			return fail(err, E_LINK_NO_CARRIER,
				    "no carrier at %s: the cable, or the port "
				    "at its other end",
				    link->name);
	}
	return s;
}
