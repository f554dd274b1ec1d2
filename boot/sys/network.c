#include "sys/network.h"

#include "sys/file.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Faster than anything is; a driver that does not know says -1. */
#define SPEED_MAX 10000000

#define HEADER_LEN    16U /* struct nlmsghdr */
#define ATTRIBUTE_LEN 4	  /* struct rtattr */

/* --- what the kernel says ---------------------------------------------------
 * In the byte order of the machine, each part at a multiple of four.
 */

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
	len = cursor_native16(c);
	*ret_type = cursor_native16(c) & (uint16_t)NLA_TYPE_MASK;
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
	link.index = cursor_native32(c);
	flags = cursor_native32(c);
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
	uint32_t index, flags;
	size_t want;
	enum status s;

	if (cursor_left(c) < sizeof(struct ifaddrmsg))
		return fail(err, E_NETLINK_BODY,
			    "the kernel tells of an address in %zu bytes, it "
			    "takes %zu",
			    cursor_left(c), sizeof(struct ifaddrmsg));
	family = cursor_u8(c);
	a.prefix = cursor_u8(c);
	flags = cursor_u8(c);
	scope = cursor_u8(c);
	index = cursor_native32(c);
	while (next_attribute(c, &type, &value, &s, err)) {
		if (type == IFA_LOCAL || (type == IFA_ADDRESS && !is_local))
			address = value;
		is_local |= type == IFA_LOCAL;
	}
	if (s != OK || (family != AF_INET && family != AF_INET6))
		return s;
	a.is_ipv6 = family == AF_INET6;
	a.is_global = scope == RT_SCOPE_UNIVERSE;
	a.is_duplicate = flags & IFA_F_DADFAILED;
	a.is_tentative = (flags & IFA_F_TENTATIVE) && !a.is_duplicate;
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
	sys = (int32_t)cursor_native32(c);
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
		uint32_t len = cursor_native32(&all);
		uint16_t type = cursor_native16(&all);
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
