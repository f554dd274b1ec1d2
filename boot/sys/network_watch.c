/* The process that asks the kernel for its interfaces; the contract is in
 * sys/network.h. */
#include "base/own.h"
#include "sys/network.h"
#include "sys/proc.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* More than the kernel puts into one datagram of a dump. */
#define DATAGRAM_MAX 65536

/* A cable that goes in and out all the time is told so often at most. */
#define PAUSE_MS 300

/* What it says: one message. */
struct answer {
	struct error error; /* OK, or the last thing it says */
	struct network network;
};

static enum status open_netlink(uint32_t groups, int *ret, struct error *err)
{
	struct sockaddr_nl us = { .nl_family = AF_NETLINK,
				  .nl_groups = groups };
	_close_ int fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 || bind(fd, (struct sockaddr *)&us, sizeof(us)) < 0)
		return fail_sys(err, E_NETLINK_SOCKET, errno,
				"unable to ask the kernel for its interfaces");
	*ret = take_fd(&fd);
	return OK;
}

/* One datagram of the kernel's; of anybody else's *ret_len is 0. */
static enum status receive(int fd, uint8_t *buf, size_t *ret_len,
			   struct error *err)
{
	struct sockaddr_nl from = { 0 };
	socklen_t from_len = sizeof(from);
	ssize_t got;

	do {
		got = recvfrom(fd, buf, DATAGRAM_MAX, MSG_TRUNC,
			       (struct sockaddr *)&from, &from_len);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return fail_sys(err, E_NETLINK_SOCKET, errno,
				"unable to hear of the kernel's interfaces");
	if (got > DATAGRAM_MAX)
		return fail(err, E_NETLINK_LENGTH,
			    "the kernel tells of interfaces in %zd bytes, at "
			    "most %d are taken",
			    got, DATAGRAM_MAX);
	*ret_len = from.nl_pid == 0 ? (size_t)got : 0;
	return OK;
}

static enum status dump(uint16_t type, uint8_t *buf, struct network *ret,
			struct error *err)
{
	struct {
		struct nlmsghdr head;
		struct rtgenmsg body;
	} ask = {
		.head = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct rtgenmsg)),
			  .nlmsg_type = type,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.body = { .rtgen_family = AF_UNSPEC },
	};
	_close_ int fd = -1;
	bool done = false;
	size_t len = 0;
	enum status s = open_netlink(0, &fd, err);

	if (s == OK && send(fd, &ask, ask.head.nlmsg_len, 0) < 0)
		s = fail_sys(err, E_NETLINK_SOCKET, errno,
			     "unable to ask the kernel for its interfaces");
	while (s == OK && !done) {
		s = receive(fd, buf, &len, err);
		if (s == OK)
			s = network_parse(span_of(buf, len), ret, &done, err);
	}
	return s;
}

/* Waits for a change. What it was is not looked at: all of it is asked for
 * again, and more changes while it waits are the same one. False if the menu is
 * gone. */
static bool await_change(int events, int socket, uint8_t *buf)
{
	struct pollfd fds[] = { { .fd = socket, .events = POLLIN },
				{ .fd = events, .events = POLLIN } };

	while (!fds[0].revents && !fds[1].revents)
		poll(fds, 2, -1);
	fds[0].revents = 0;
	if (poll(fds, 1, PAUSE_MS) > 0)
		return false;
	while (recv(events, buf, DATAGRAM_MAX, MSG_DONTWAIT) >= 0 ||
	       errno == ENOBUFS)
		;
	return true;
}

static enum status tell(int socket, const struct answer *a)
{
	return msg_send(socket, span_of(a, sizeof(*a)), -1, NULL);
}

struct asker {
	int socket;
	uint8_t buf[DATAGRAM_MAX];
	struct answer now, told;
};

/* First the ear, then the question: nothing can change in between unheard. */
static enum status ask_for_ever(struct asker *a, struct error *err)
{
	_close_ int events = -1;
	bool is_told = false;
	enum status s = open_netlink(RTMGRP_LINK | RTMGRP_IPV4_IFADDR |
					     RTMGRP_IPV6_IFADDR,
				     &events, err);

	while (s == OK) {
		memset(&a->now, 0, sizeof(a->now));
		s = dump(RTM_GETLINK, a->buf, &a->now.network, err);
		if (s == OK)
			s = dump(RTM_GETADDR, a->buf, &a->now.network, err);
		if (s != OK)
			break;
		network_read_sysfs("", &a->now.network);
		if (!is_told || memcmp(&a->now, &a->told, sizeof(a->now)) != 0)
			s = tell(a->socket, &a->now);
		a->told = a->now;
		is_told = true;
		if (s != OK || !await_change(events, a->socket, a->buf))
			return OK;
	}
	return s;
}

static int run(void *context)
{
	struct asker *a = calloc(1, sizeof(*a));
	struct error err = { .code = OK };

	if (!a)
		return 1;
	a->socket = *(const int *)context;
	if (ask_for_ever(a, &err) == OK)
		return 0;
	memset(&a->now, 0, sizeof(a->now));
	a->now.error = err;
	(void)!tell(a->socket, &a->now);
	return 1;
}

enum status network_watch_begin(struct network_watch *watch, struct error *err)
{
	int theirs = -1;
	enum status s;

	*watch = NETWORK_WATCH_NONE;
	s = msg_pair(&watch->socket, &theirs, err);
	if (s != OK)
		return s;
	s = proc_spawn("keelboot-net", run, &theirs, &theirs, 1, &watch->pid,
		       err);
	close(theirs);
	if (s != OK)
		close(take_fd(&watch->socket));
	return s;
}

size_t network_watch_poll_fds(const struct network_watch *watch,
			      struct pollfd *fds)
{
	if (watch->socket < 0)
		return 0;
	*fds = (struct pollfd){ .fd = watch->socket, .events = POLLIN };
	return 1;
}

/* Makes what it says safe to use. */
static bool tame(struct answer *a)
{
	struct network *n = &a->network;

	a->error.text[sizeof(a->error.text) - 1] = '\0';
	if ((unsigned)a->error.code >= STATUS_COUNT ||
	    n->count > NETWORK_LINKS_MAX)
		return false;
	for (uint32_t i = 0; i < n->count; i++) {
		struct network_link *link = &n->links[i];

		link->name[sizeof(link->name) - 1] = '\0';
		link->driver[sizeof(link->driver) - 1] = '\0';
		if (link->mac_len > NETWORK_MAC_MAX ||
		    link->address_count > NETWORK_ADDRESSES_MAX)
			return false;
	}
	return true;
}

static enum status take_one(struct network_watch *watch, struct answer *a,
			    struct error *err)
{
	_close_ int passed = -1;
	size_t len = 0;
	enum status s = E_MSG_NONE;

	if (watch->socket >= 0)
		s = msg_receive(watch->socket, a, sizeof(*a), &len, &passed,
				err);
	else
		fail(err, s, "nobody watches the network");
	if (s == OK && len == sizeof(*a) && tame(a))
		s = a->error.code;
	else if (s != E_MSG_NONE)
		return fail(err, E_NETWORK_ENDED,
			    "the process that watches the network ended "
			    "unexpectedly");
	else
		return s;
	if (s != OK && err)
		*err = a->error;
	return s;
}

enum status network_watch_take(struct network_watch *watch, struct network *ret,
			       struct error *err)
{
	struct answer *a = calloc(1, sizeof(*a));
	bool is_new = false;
	enum status s;

	if (!a)
		return fail(err, E_MSG_NONE, "no memory for an answer");
	while ((s = take_one(watch, a, err)) == OK) {
		*ret = a->network;
		is_new = true;
	}
	if (s != E_MSG_NONE)
		network_watch_end(watch);
	else if (is_new)
		s = OK;
	free(a);
	return s;
}

void network_watch_end(struct network_watch *watch)
{
	int status;

	if (watch->socket < 0)
		return;
	close(take_fd(&watch->socket));
	proc_kill(watch->pid);
	proc_reap(watch->pid, &status);
}
