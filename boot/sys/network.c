#include "sys/network.h"

#include "base/own.h"
#include "sys/file.h"
#include "sys/proc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* More than the kernel puts into one datagram of a dump. */
#define DATAGRAM_MAX 65536

/* A cable that goes in and out all the time is told so often at most. */
#define PAUSE_MS 300

/* Faster than anything is; a driver that does not know says -1. */
#define SPEED_MAX 10000000

#define HEADER_LEN    16U /* struct nlmsghdr */
#define ATTRIBUTE_LEN 4	  /* struct rtattr */

/* --- what the kernel says ---------------------------------------------------
 * In the byte order of the machine, each part at a multiple of four.
 */

static uint16_t native16(struct cursor *c)
{
	struct span bytes = cursor_take(c, sizeof(uint16_t));
	uint16_t value = 0;

	if (bytes.len)
		memcpy(&value, bytes.ptr, bytes.len);
	return value;
}

static uint32_t native32(struct cursor *c)
{
	struct span bytes = cursor_take(c, sizeof(uint32_t));
	uint32_t value = 0;

	if (bytes.len)
		memcpy(&value, bytes.ptr, bytes.len);
	return value;
}

static void skip_padding(struct cursor *c)
{
	size_t over = c->at % 4;

	if (over)
		cursor_skip(c, cursor_left(c) < 4 - over ? cursor_left(c)
							 : 4 - over);
}

/* The next attribute of a message; false, with OK in *ret, at the end. */
static bool next_attribute(struct cursor *c, uint16_t *ret_type,
			   struct span *ret_value, enum status *ret,
			   struct error *err)
{
	size_t left = cursor_left(c);
	uint16_t len;

	*ret = OK;
	if (!left)
		return false;
	len = native16(c);
	*ret_type = native16(c) & (uint16_t)NLA_TYPE_MASK;
	if (left < ATTRIBUTE_LEN || len < ATTRIBUTE_LEN || len > left) {
		*ret = fail(err, E_NETLINK_ATTRIBUTE,
			    "the kernel's attribute %u has %u bytes, %zu are "
			    "there",
			    *ret_type, len, left);
		return false;
	}
	*ret_value = cursor_take(c, (size_t)len - ATTRIBUTE_LEN);
	skip_padding(c);
	return true;
}

static enum status take_name(struct span value, struct network_link *link,
			     struct error *err)
{
	struct span name = span_until_nul(value);

	if (!name.len || name.len == value.len ||
	    name.len >= sizeof(link->name) || memchr(name.ptr, '/', name.len))
		return fail(err, E_NETLINK_NAME,
			    "an interface's name has %zu bytes of %zu, it "
			    "takes 1 to %zu without a slash",
			    name.len, value.len, sizeof(link->name) - 1);
	memcpy(link->name, name.ptr, name.len);
	link->name[name.len] = '\0';
	return OK;
}

static struct network_link *find_link(struct network *n, uint32_t index)
{
	for (uint32_t i = 0; i < n->count; i++)
		if (n->links[i].index == index)
			return &n->links[i];
	return NULL;
}

static void keep_link(struct network *n, const struct network_link *link)
{
	struct network_link *to = find_link(n, link->index);

	if (!to && n->count == NETWORK_LINKS_MAX) {
		n->left_out++;
		return;
	}
	if (!to)
		to = &n->links[n->count++];
	*to = *link;
}

/* Of a link known before, addresses come anew with their own dump. */
static enum status take_link(struct cursor *c, struct network *n,
			     struct error *err)
{
	struct network_link link = { .index = 0 };
	uint32_t flags;
	uint16_t type;
	struct span value;
	enum status s;

	if (cursor_left(c) < sizeof(struct ifinfomsg))
		return fail(err, E_NETLINK_BODY,
			    "the kernel tells of an interface in %zu bytes, "
			    "it takes %zu",
			    cursor_left(c), sizeof(struct ifinfomsg));
	cursor_skip(c, offsetof(struct ifinfomsg, ifi_index));
	link.index = native32(c);
	flags = native32(c);
	cursor_skip(c, sizeof(uint32_t));
	while (next_attribute(c, &type, &value, &s, err)) {
		if (type == IFLA_IFNAME)
			s = take_name(value, &link, err);
		if (type == IFLA_ADDRESS && value.len &&
		    value.len <= NETWORK_MAC_MAX) {
			memcpy(link.mac, value.ptr, value.len);
			link.mac_len = (uint32_t)value.len;
		}
		if (s != OK)
			return s;
	}
	if (s != OK)
		return s;
	if (!link.index)
		return fail(err, E_NETLINK_INDEX,
			    "an interface has the number 0, they begin at 1");
	if (!link.name[0])
		return fail(err, E_NETLINK_NAME,
			    "interface %u has no name, it takes 1 to %zu bytes",
			    link.index, sizeof(link.name) - 1);
	link.is_up = flags & IFF_UP;
	link.has_carrier = flags & IFF_LOWER_UP;
	if (!(flags & IFF_LOOPBACK))
		keep_link(n, &link);
	return OK;
}

static void keep_address(struct network *n, uint32_t index,
			 const struct network_address *a)
{
	struct network_link *link = find_link(n, index);

	if (!link)
		return;
	for (uint32_t i = 0; i < link->address_count; i++) {
		struct network_address *old = &link->addresses[i];

		if (old->is_ipv6 != a->is_ipv6 ||
		    memcmp(old->bytes, a->bytes, sizeof(a->bytes)) != 0)
			continue;
		*old = *a;
		return;
	}
	if (link->address_count < NETWORK_ADDRESSES_MAX)
		link->addresses[link->address_count++] = *a;
}

/* IFA_ADDRESS is the other end of a point-to-point line, where IFA_LOCAL is
 * this one; IPv6 may have the first alone. */
static enum status take_address(struct cursor *c, struct network *n,
				struct error *err)
{
	struct network_address a = { .prefix = 0 };
	struct span address = { NULL, 0 }, value;
	bool is_local = false;
	uint8_t family, scope;
	uint16_t type;
	uint32_t index;
	size_t want;
	enum status s;

	if (cursor_left(c) < sizeof(struct ifaddrmsg))
		return fail(err, E_NETLINK_BODY,
			    "the kernel tells of an address in %zu bytes, it "
			    "takes %zu",
			    cursor_left(c), sizeof(struct ifaddrmsg));
	family = cursor_u8(c);
	a.prefix = cursor_u8(c);
	cursor_skip(c, 1);
	scope = cursor_u8(c);
	index = native32(c);
	while (next_attribute(c, &type, &value, &s, err)) {
		if (type == IFA_LOCAL || (type == IFA_ADDRESS && !is_local))
			address = value;
		is_local |= type == IFA_LOCAL;
	}
	if (s != OK || (family != AF_INET && family != AF_INET6))
		return s;
	a.is_ipv6 = family == AF_INET6;
	a.is_global = scope == RT_SCOPE_UNIVERSE;
	want = a.is_ipv6 ? 16 : 4;
	if (address.len != want || a.prefix > want * 8)
		return fail(err, E_NETLINK_ADDRESS,
			    "an address of IPv%d has %zu bytes and a prefix "
			    "of %u bits, it takes %zu and at most %zu",
			    a.is_ipv6 ? 6 : 4, address.len, a.prefix, want,
			    want * 8);
	memcpy(a.bytes, address.ptr, want);
	keep_address(n, index, &a);
	return OK;
}

/* An end of a dump has the result, too, in kernels that tell it. */
static enum status take_result(struct cursor *c, uint16_t type,
			       struct error *err)
{
	int32_t sys;

	if (type == NLMSG_DONE && cursor_left(c) < sizeof(sys))
		return OK;
	if (cursor_left(c) < sizeof(sys))
		return fail(err, E_NETLINK_BODY,
			    "the kernel tells of a failure in %zu bytes, it "
			    "takes %zu",
			    cursor_left(c), sizeof(sys));
	sys = (int32_t)native32(c);
	if (sys >= 0)
		return OK;
	return fail_sys(err, E_NETLINK_REFUSED, sys == INT32_MIN ? 0 : -sys,
			"the kernel does not tell of its interfaces");
}

enum status network_parse(struct span datagram, struct network *network,
			  bool *ret_done, struct error *err)
{
	struct cursor all = cursor_over(datagram);
	enum status s = OK;
	bool done = false;

	while (s == OK && !done && cursor_left(&all)) {
		size_t left = cursor_left(&all);
		uint32_t len = native32(&all);
		uint16_t type = native16(&all);
		struct cursor body;

		if (left < HEADER_LEN || len < HEADER_LEN || len > left)
			return fail(err, E_NETLINK_LENGTH,
				    "a message of the kernel has %u bytes, %zu "
				    "are there",
				    len, left);
		cursor_skip(&all, HEADER_LEN - 6);
		body = cursor_sub(&all, len - HEADER_LEN);
		skip_padding(&all);
		if (type == RTM_NEWLINK)
			s = take_link(&body, network, err);
		else if (type == RTM_NEWADDR)
			s = take_address(&body, network, err);
		else if (type == NLMSG_DONE || type == NLMSG_ERROR)
			s = take_result(&body, type, err);
		done = type == NLMSG_DONE || type == NLMSG_ERROR;
	}
	if (s == OK)
		*ret_done = done;
	return s;
}

/* --- what sysfs adds --------------------------------------------------------
 */

static void read_driver(const char *folder, char *ret, size_t cap)
{
	char path[600], target[512];
	const char *name;
	ssize_t len;

	snprintf(path, sizeof(path), "%s/device/driver", folder);
	len = readlink(path, target, sizeof(target) - 1);
	if (len <= 0)
		return;
	target[len] = '\0';
	name = strrchr(target, '/');
	if (!text_copy(ret, cap, name ? name + 1 : target))
		ret[0] = '\0';
}

void network_read_sysfs(const char *root, struct network *network)
{
	for (uint32_t i = 0; i < network->count; i++) {
		struct network_link *link = &network->links[i];
		char folder[512], path[600];
		uint64_t speed = 0;

		snprintf(folder, sizeof(folder), "%s/sys/class/net/%s", root,
			 link->name);
		read_driver(folder, link->driver, sizeof(link->driver));
		snprintf(path, sizeof(path), "%s/speed", folder);
		if (file_read_number(AT_FDCWD, path, &speed) &&
		    speed <= SPEED_MAX)
			link->speed = (uint32_t)speed;
	}
}

/* --- addresses --------------------------------------------------------------
 */

bool network_first_address(const struct network *network,
			   const struct network_link **ret_link,
			   const struct network_address **ret_address)
{
	for (int is_ipv6 = 0; is_ipv6 <= 1; is_ipv6++)
		for (uint32_t i = 0; i < network->count; i++) {
			const struct network_link *link = &network->links[i];

			for (uint32_t j = 0; j < link->address_count; j++) {
				const struct network_address *a =
					&link->addresses[j];

				if (!a->is_global || a->is_ipv6 != is_ipv6)
					continue;
				*ret_link = link;
				*ret_address = a;
				return true;
			}
		}
	return false;
}

void network_add_address(struct text *t, const struct network_address *address)
{
	char buf[INET6_ADDRSTRLEN];

	if (inet_ntop(address->is_ipv6 ? AF_INET6 : AF_INET, address->bytes,
		      buf, sizeof(buf)))
		text_add(t, buf);
}

/* --- the process that asks --------------------------------------------------
 */

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
