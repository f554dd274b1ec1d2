/* Sets up network interfaces; the contract is in sys/link.h. */
#include "sys/link.h"

#include "base/own.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* More than the kernel puts into one datagram of a dump. */
#define DATAGRAM_MAX 65536

#define BOND_MIIMON_MS 100

/* One message to the kernel. All that is put in is ours and small. */
struct request {
	union {
		struct nlmsghdr head;
		uint8_t bytes[512];
	};
	size_t len;
};

static void put(struct request *r, const void *data, size_t len)
{
	if (len)
		memcpy(r->bytes + r->len, data, len);
	r->len += len;
	while (r->len % NLMSG_ALIGNTO)
		r->bytes[r->len++] = 0;
}

static struct request request(uint16_t type, uint16_t flags, const void *body,
			      size_t len)
{
	struct request r = { .head = { .nlmsg_type = type,
				       .nlmsg_flags = (uint16_t)(NLM_F_REQUEST |
								 flags) },
			     .len = sizeof(struct nlmsghdr) };

	put(&r, body, len);
	return r;
}

static void put_attribute(struct request *r, uint16_t type, const void *data,
			  size_t len)
{
	struct rtattr head = { .rta_len = (uint16_t)RTA_LENGTH(len),
			       .rta_type = type };

	put(r, &head, sizeof(head));
	put(r, data, len);
}

static void put_u32(struct request *r, uint16_t type, uint32_t value)
{
	put_attribute(r, type, &value, sizeof(value));
}

/* An attribute of attributes: where it begins, for end_nest(). */
static size_t begin_nest(struct request *r, uint16_t type)
{
	size_t at = r->len;

	put_attribute(r, type, NULL, 0);
	return at;
}

static void end_nest(struct request *r, size_t at)
{
	uint16_t len = (uint16_t)(r->len - at);

	memcpy(r->bytes + at, &len, sizeof(len));
}

enum status link_open(uint32_t groups, int *ret, struct error *err)
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

void link_drain(int socket)
{
	uint8_t byte;

	while (recv(socket, &byte, sizeof(byte), MSG_DONTWAIT) >= 0 ||
	       errno == EINTR || errno == ENOBUFS)
		;
}

/* With a number of its own, as far as the clock tells questions apart. What is
 * left of an answer that was given up is dropped: the kernel takes no question
 * for a dump while another one goes on. */
static enum status send_request(int socket, struct request *r,
				struct error *err)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	r->head.nlmsg_seq =
		(uint32_t)now.tv_sec * 1000000000U + (uint32_t)now.tv_nsec;
	r->head.nlmsg_len = (uint32_t)r->len;
	link_drain(socket);
	if (send(socket, r->bytes, r->len, 0) == (ssize_t)r->len)
		return OK;
	return fail_sys(err, E_NETLINK_SOCKET, errno,
			"unable to ask the kernel for its interfaces");
}

/* A datagram has messages of one answer. */
static bool is_of_another(struct span datagram, const struct request *r)
{
	struct nlmsghdr head;

	if (datagram.len < sizeof(head))
		return false;
	memcpy(&head, datagram.ptr, sizeof(head));
	return head.nlmsg_seq != r->head.nlmsg_seq;
}

/* The next datagram of the kernel's answer. */
static enum status receive(int socket, const struct request *r, uint8_t *buf,
			   size_t cap, struct span *ret, struct error *err)
{
	ssize_t got = -1;

	for (bool is_ours = false; !is_ours;) {
		struct sockaddr_nl from = { 0 };
		socklen_t from_len = sizeof(from);

		got = recvfrom(socket, buf, cap, MSG_TRUNC,
			       (struct sockaddr *)&from, &from_len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_sys(err, E_NETLINK_SOCKET, errno,
					"unable to hear what the kernel "
					"answers");
		*ret = span_of(buf, (size_t)got < cap ? (size_t)got : cap);
		is_ours = from.nl_pid == 0 && !is_of_another(*ret, r);
	}
	if ((size_t)got > cap)
		return fail(err, E_LINK_ANSWER,
			    "the kernel answers in %zd bytes, at most %zu are "
			    "taken",
			    got, cap);
	return OK;
}

/* *ret is the errno of the kernel's answer, 0 if it did what was asked. */
static enum status ask(int socket, struct request *r, int *ret,
		       struct error *err)
{
	uint8_t buf[2048];
	struct span answer = { NULL, 0 };
	struct nlmsghdr head;
	int32_t result;
	enum status s;

	r->head.nlmsg_flags |= NLM_F_ACK;
	s = send_request(socket, r, err);
	if (s == OK)
		s = receive(socket, r, buf, sizeof(buf), &answer, err);
	if (s != OK)
		return s;
	if (answer.len < sizeof(head) + sizeof(result))
		return fail(err, E_LINK_ANSWER,
			    "the kernel answers in %zu bytes, it takes %zu",
			    answer.len, sizeof(head) + sizeof(result));
	memcpy(&head, answer.ptr, sizeof(head));
	memcpy(&result, answer.ptr + sizeof(head), sizeof(result));
	if (head.nlmsg_type != NLMSG_ERROR || result > 0 || result == INT32_MIN)
		return fail(err, E_LINK_ANSWER,
			    "the kernel answers with message %u and result "
			    "%d, it takes %d and an error or 0",
			    head.nlmsg_type, result, NLMSG_ERROR);
	*ret = -result;
	return OK;
}

static enum status demand(int socket, struct request *r, const char *what,
			  uint32_t index, struct error *err)
{
	int result = 0;
	enum status s = ask(socket, r, &result, err);

	if (s == OK && result)
		s = fail_sys(err, E_LINK_REFUSED, result,
			     "the kernel refuses to %s interface %u", what,
			     index);
	return s;
}

/* --- what there is ----------------------------------------------------------
 */

static enum status dump(int socket, uint16_t type, uint8_t *buf,
			struct network *network, struct error *err)
{
	struct rtgenmsg all = { .rtgen_family = AF_UNSPEC };
	struct request r = request(type, NLM_F_DUMP, &all, sizeof(all));
	struct span answer = { NULL, 0 };
	bool is_done = false;
	enum status s = send_request(socket, &r, err);

	while (s == OK && !is_done) {
		s = receive(socket, &r, buf, DATAGRAM_MAX, &answer, err);
		if (s == OK)
			s = network_parse(answer, network, &is_done, err);
	}
	return s;
}

enum status link_read(int socket, struct network *ret, struct error *err)
{
	_free_ uint8_t *buf = malloc(DATAGRAM_MAX);
	enum status s;

	if (!buf)
		return fail_sys(err, E_NETLINK_SOCKET, ENOMEM,
				"unable to ask the kernel for its interfaces");
	memset(ret, 0, sizeof(*ret));
	s = dump(socket, RTM_GETLINK, buf, ret, err);
	return s == OK ? dump(socket, RTM_GETADDR, buf, ret, err) : s;
}

const struct network_link *link_find(const struct network *network,
				     const char *name)
{
	for (uint32_t i = 0; i < network->count; i++)
		if (!strcmp(network->links[i].name, name))
			return &network->links[i];
	return NULL;
}

/* --- changes ----------------------------------------------------------------
 */

static struct request link_request(uint16_t type, uint16_t flags,
				   uint32_t index, unsigned change,
				   unsigned set)
{
	struct ifinfomsg body = { .ifi_index = (int)index,
				  .ifi_change = change,
				  .ifi_flags = set };

	return request(type, flags, &body, sizeof(body));
}

enum status link_set_up(int socket, uint32_t index, bool is_up,
			struct error *err)
{
	struct request r =
		link_request(RTM_NEWLINK, 0, index, IFF_UP, is_up ? IFF_UP : 0);

	return demand(socket, &r, is_up ? "switch on" : "switch off", index,
		      err);
}

enum status link_set_mtu(int socket, uint32_t index, uint32_t mtu,
			 struct error *err)
{
	struct request r = link_request(RTM_NEWLINK, 0, index, 0, 0);

	if (mtu < LINK_MTU_MIN || mtu > LINK_MTU_MAX)
		return fail(err, E_LINK_MTU,
			    "an MTU of %u bytes for interface %u, it takes %d "
			    "to %d",
			    mtu, index, LINK_MTU_MIN, LINK_MTU_MAX);
	put_u32(&r, IFLA_MTU, mtu);
	return demand(socket, &r, "set the MTU of", index, err);
}

static size_t address_len(const struct network_address *a)
{
	return a->is_ipv6 ? 16 : 4;
}

static enum status address_request(uint16_t type, uint16_t flags,
				   uint32_t index,
				   const struct network_address *a,
				   struct request *ret, struct error *err)
{
	struct ifaddrmsg body = { .ifa_family = a->is_ipv6 ? AF_INET6 : AF_INET,
				  .ifa_prefixlen = a->prefix,
				  .ifa_index = index };
	size_t len = address_len(a);

	if (a->prefix > len * 8)
		return fail(err, E_LINK_ADDRESS,
			    "an address of IPv%d with a prefix of %u bits for "
			    "interface %u, it takes at most %zu",
			    a->is_ipv6 ? 6 : 4, a->prefix, index, len * 8);
	*ret = request(type, flags, &body, sizeof(body));
	put_attribute(ret, IFA_LOCAL, a->bytes, len);
	put_attribute(ret, IFA_ADDRESS, a->bytes, len);
	return OK;
}

enum status link_add_address(int socket, uint32_t index,
			     const struct network_address *address,
			     struct error *err)
{
	struct request r;
	enum status s =
		address_request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE,
				index, address, &r, err);

	return s == OK ? demand(socket, &r, "give an address to", index, err)
		       : s;
}

enum status link_drop_address(int socket, uint32_t index,
			      const struct network_address *address,
			      struct error *err)
{
	struct request r;
	int result = 0;
	enum status s =
		address_request(RTM_DELADDR, 0, index, address, &r, err);

	if (s == OK)
		s = ask(socket, &r, &result, err);
	if (s == OK && result && result != EADDRNOTAVAIL)
		s = fail_sys(err, E_LINK_REFUSED, result,
			     "the kernel refuses to take an address from "
			     "interface %u",
			     index);
	return s;
}

static bool is_any(const struct network_address *a)
{
	static const uint8_t zero[16];

	return memcmp(a->bytes, zero, address_len(a)) == 0;
}

enum status link_add_route(int socket, uint32_t index,
			   const struct link_route *route, struct error *err)
{
	bool is_direct = is_any(&route->gateway);
	size_t len = address_len(&route->to);
	struct rtmsg body = {
		.rtm_family = route->to.is_ipv6 ? AF_INET6 : AF_INET,
		.rtm_dst_len = route->to.prefix,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_BOOT,
		.rtm_scope = is_direct ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST,
		.rtm_flags = is_direct ? 0 : RTNH_F_ONLINK,
	};
	struct request r = request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE,
				   &body, sizeof(body));

	if (route->to.prefix > len * 8 ||
	    (!is_direct && route->gateway.is_ipv6 != route->to.is_ipv6))
		return fail(err, E_LINK_ROUTE,
			    "a route of interface %u to %u bits of IPv%d "
			    "by IPv%d, it takes at most %zu and one family",
			    index, route->to.prefix, route->to.is_ipv6 ? 6 : 4,
			    route->gateway.is_ipv6 ? 6 : 4, len * 8);
	if (route->to.prefix)
		put_attribute(&r, RTA_DST, route->to.bytes, len);
	if (!is_direct)
		put_attribute(&r, RTA_GATEWAY, route->gateway.bytes, len);
	put_u32(&r, RTA_OIF, index);
	if (route->metric)
		put_u32(&r, RTA_PRIORITY, route->metric);
	return demand(socket, &r, "add a route by", index, err);
}

/* --- interfaces of our own --------------------------------------------------
 */

static enum status check_name(const char *name, struct error *err)
{
	size_t len = strlen(name);

	if (len && len < IFNAMSIZ && !strchr(name, '/'))
		return OK;
	return fail(err, E_LINK_NAME,
		    "\"%s\" has %zu bytes, the name of an interface takes 1 to "
		    "%d without a slash",
		    display_of_text(name).text, len, IFNAMSIZ - 1);
}

/* Up to the attributes of its kind. */
static struct request begin_link(const char *name, uint32_t parent,
				 const char *kind, size_t ret_nests[2])
{
	struct request r =
		link_request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, 0, 0);

	put_attribute(&r, IFLA_IFNAME, name, strlen(name) + 1);
	if (parent)
		put_u32(&r, IFLA_LINK, parent);
	ret_nests[0] = begin_nest(&r, IFLA_LINKINFO);
	put_attribute(&r, IFLA_INFO_KIND, kind, strlen(kind) + 1);
	ret_nests[1] = begin_nest(&r, IFLA_INFO_DATA);
	return r;
}

static enum status end_link(int socket, struct request *r, const char *name,
			    const char *kind, const size_t nests[2],
			    struct error *err)
{
	int result = 0;
	enum status s;

	end_nest(r, nests[1]);
	end_nest(r, nests[0]);
	s = ask(socket, r, &result, err);
	if (s == OK && result)
		s = fail_sys(err, E_LINK_REFUSED, result,
			     "the kernel refuses to make the %s %s", kind,
			     display_of_text(name).text);
	return s;
}

enum status link_add_vlan(int socket, uint32_t parent, uint32_t id,
			  const char *name, struct error *err)
{
	uint16_t number = (uint16_t)id;
	size_t nests[2];
	struct request r;
	enum status s = check_name(name, err);

	if (s != OK)
		return s;
	if (!id || id > LINK_VLAN_MAX)
		return fail(err, E_LINK_VLAN,
			    "VLAN %u of interface %u, they are 1 to %d", id,
			    parent, LINK_VLAN_MAX);
	r = begin_link(name, parent, "vlan", nests);
	put_attribute(&r, IFLA_VLAN_ID, &number, sizeof(number));
	return end_link(socket, &r, name, "VLAN", nests, err);
}

enum status link_add_bond(int socket, enum link_bond_mode mode,
			  const char *name, struct error *err)
{
	uint8_t number = (uint8_t)mode;
	size_t nests[2];
	struct request r;
	enum status s = check_name(name, err);

	if (s != OK)
		return s;
	r = begin_link(name, 0, "bond", nests);
	put_attribute(&r, IFLA_BOND_MODE, &number, sizeof(number));
	put_u32(&r, IFLA_BOND_MIIMON, BOND_MIIMON_MS);
	return end_link(socket, &r, name, "bond", nests, err);
}

enum status link_set_master(int socket, uint32_t index, uint32_t master,
			    struct error *err)
{
	struct request r = link_request(RTM_NEWLINK, 0, index, 0, 0);

	put_u32(&r, IFLA_MASTER, master);
	return demand(socket, &r, "make a member of a bond of", index, err);
}

enum status link_delete(int socket, uint32_t index, struct error *err)
{
	struct request r = link_request(RTM_DELLINK, 0, index, 0, 0);

	return demand(socket, &r, "delete", index, err);
}
