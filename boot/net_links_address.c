/* Addresses and routes of a link: those of its rule, and those of leases. */
#include "base/own.h"
#include "net_links_parts.h"
#include "sys/file.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <string.h>

#define METRIC_FIRST 100

/* An address that only routers gave waits that long for DHCP, which knows name
 * servers and files. */
#define ROUTER_GRACE_MS 3000

/* An address of DHCPv6 has no route before a router has spoken. The kernel asks
 * for one up to three seconds after the link came, and four seconds later. */
#define ROUTER_WAIT_MS 8000

/* Of /proc/net/ipv6_route: some 7000, should a router announce so many. */
#define ROUTES_BYTES (1 << 20)

uint32_t slot_metric(struct net_links *links, struct slot *slot)
{
	if (!slot->order)
		slot->order = ++links->orders;
	return METRIC_FIRST + slot->order;
}

static void add_address(struct net_links *links, struct slot *slot,
			const struct network_address *address)
{
	struct error err = { .code = OK };

	if (link_add_address(links->socket, slot->device, address, &err) != OK)
		links_note(links, slot, "%s", err.text);
	links->is_changed = true;
}

static void drop_address(struct net_links *links, struct slot *slot,
			 const struct network_address *address)
{
	struct error err = { .code = OK };

	if (link_drop_address(links->socket, slot->device, address, &err) != OK)
		links_note(links, slot, "%s", err.text);
	links->is_changed = true;
}

static void add_route(struct net_links *links, struct slot *slot,
		      struct link_route *route)
{
	struct error err = { .code = OK };

	route->metric = slot_metric(links, slot);
	if (link_add_route(links->socket, slot->device, route, &err) != OK)
		links_note(links, slot, "%s", err.text);
}

/* --- of the rule ------------------------------------------------------------
 */

static struct network_address to_kernel(const struct net_address *a)
{
	struct network_address to = { .is_ipv6 = a->is_ipv6,
				      .prefix = a->prefix };

	memcpy(to.bytes, a->bytes, sizeof(to.bytes));
	return to;
}

void slot_add_static(struct net_links *links, struct slot *slot)
{
	const struct net_interface *rule = slot->rule;

	slot->has_static = true;
	for (uint32_t i = 0; i < rule->address_count; i++) {
		struct network_address address = to_kernel(&rule->addresses[i]);

		add_address(links, slot, &address);
	}
	for (uint32_t i = 0; i < rule->route_count; i++) {
		struct link_route route = { to_kernel(&rule->routes[i].to),
					    to_kernel(&rule->routes[i].gateway),
					    0 };

		add_route(links, slot, &route);
	}
}

void slot_drop_static(struct net_links *links, struct slot *slot)
{
	const struct net_interface *rule = slot->rule;

	if (slot->has_static)
		links_note(links, slot, "its addresses go to another");
	slot->has_static = false;
	for (uint32_t i = 0; slot->device && i < rule->address_count; i++) {
		struct network_address address = to_kernel(&rule->addresses[i]);

		drop_address(links, slot, &address);
	}
}

/* --- of leases --------------------------------------------------------------
 */

static struct network_address lease_address(const struct lease *lease)
{
	struct network_address to = { .is_ipv6 = lease->address.is_ipv6,
				      .prefix = lease->prefix };

	memcpy(to.bytes, lease->address.bytes, sizeof(to.bytes));
	return to;
}

static bool is_same(const struct lease *a, const struct lease *b)
{
	return !memcmp(&a->address, &b->address, sizeof(a->address)) &&
	       a->prefix == b->prefix && a->route_count == b->route_count &&
	       !memcmp(a->routes, b->routes,
		       a->route_count * sizeof(a->routes[0]));
}

/* Of several default routes the first counts; they would replace each other. */
static void add_routes(struct net_links *links, struct slot *slot,
		       const struct lease *lease)
{
	bool has_default = false;

	for (uint32_t i = 0; i < lease->route_count; i++) {
		const struct lease_route *r = &lease->routes[i];
		struct link_route route = { .to.prefix = r->prefix };

		if (!r->prefix && has_default)
			continue;
		has_default |= !r->prefix;
		memcpy(route.to.bytes, r->to, sizeof(r->to));
		memcpy(route.gateway.bytes, r->gateway, sizeof(r->gateway));
		add_route(links, slot, &route);
	}
}

static void note_lease(struct net_links *links, struct slot *slot,
		       const struct lease *lease)
{
	struct network_address address = lease_address(lease);
	char buf[64];
	struct text t = text_over(buf, sizeof(buf));

	network_add_address(&t, &address);
	if (lease->lease_s)
		links_note(links, slot, "DHCP gives %s/%u for %u s", buf,
			   lease->prefix, lease->lease_s);
	else
		links_note(links, slot, "DHCP gives %s/%u", buf, lease->prefix);
	if (lease->left_out)
		links_note(links, slot, "%u of what DHCP tells left out: %s",
			   lease->left_out, lease->why.text);
}

/* With the last IPv4 address of an interface its routes go: those of another
 * lease must not stay behind. */
void slot_apply_lease(struct net_links *links, struct slot *slot,
		      struct client *client, const struct lease *lease)
{
	struct network_address address = lease_address(lease);
	bool is_known = client->has_lease && is_same(&client->lease, lease);

	if (client->has_lease && !is_known)
		slot_drop_lease(links, slot, client);
	client->is_informed = false;
	if (!is_known)
		note_lease(links, slot, lease);
	client->has_lease = true;
	client->lease = *lease;
	client->until = lease->lease_s
				? links->now + lease->lease_s * UINT64_C(1000)
				: 0;
	if (!lease->address.is_ipv6)
		slot_set_mtu(links, slot, lease->mtu);
	add_address(links, slot, &address);
	add_routes(links, slot, lease);
}

void slot_drop_lease(struct net_links *links, struct slot *slot,
		     struct client *client)
{
	struct network_address address = lease_address(&client->lease);

	if (!client->has_lease)
		return;
	client->has_lease = false;
	client->until = 0;
	drop_address(links, slot, &address);
	if (slot->has_static) /* routes of the rule may be gone with it */
		slot_add_static(links, slot);
}

/* --- what counts ------------------------------------------------------------
 */

static bool is_same_address(const struct network_address *a,
			    const struct network_address *b)
{
	return a->is_ipv6 == b->is_ipv6 &&
	       memcmp(a->bytes, b->bytes, a->is_ipv6 ? 16 : 4) == 0;
}

static bool is_leased(const struct client *client,
		      const struct network_address *a)
{
	struct network_address leased = lease_address(&client->lease);

	return client->has_lease && is_same_address(&leased, a);
}

bool slot_is_static(const struct slot *slot, const struct network_address *a)
{
	struct network_address other;

	for (uint32_t i = 0; i < slot->rule->address_count; i++) {
		other = to_kernel(&slot->rule->addresses[i]);
		if (is_same_address(&other, a))
			return true;
	}
	return false;
}

static bool is_given(const struct slot *slot, const struct network_address *a)
{
	return slot_is_static(slot, a) || is_leased(&slot->four, a) ||
	       is_leased(&slot->six, a);
}

/* Those that were given before those that the kernel made of a router's
 * prefix. */
const struct network_address *slot_address(const struct net_links *links,
					   const struct slot *slot,
					   bool is_ipv6)
{
	const struct network_link *link = links_find(links, slot->device);
	const struct network_address *best = NULL;

	for (uint32_t i = 0; link && i < link->address_count; i++) {
		const struct network_address *a = &link->addresses[i];

		if (a->is_ipv6 != is_ipv6 || !a->is_global || a->is_tentative ||
		    a->is_duplicate)
			continue;
		if (!best || (!is_given(slot, best) && is_given(slot, a)))
			best = a;
	}
	return best;
}

const struct network_address *slot_waiting(const struct net_links *links,
					   const struct slot *slot)
{
	const struct network_link *link = links_find(links, slot->device);

	for (uint32_t i = 0; link && i < link->address_count; i++) {
		const struct network_address *a = &link->addresses[i];

		if (a->is_global && (a->is_tentative || a->is_duplicate))
			return a;
	}
	return NULL;
}

bool slot_find_router(const struct slot *slot, uint8_t ret[16])
{
	_free_ char *buf = malloc(ROUTES_BYTES);
	static const char any[] = "00000000000000000000000000000000 00 ";
	struct span rest, line, word;
	size_t len;

	if (!buf || !file_read_small(AT_FDCWD, "/proc/net/ipv6_route", buf,
				     ROUTES_BYTES, &len))
		return false;
	rest = span_of(buf, len);
	while (span_next_line(&rest, &line)) {
		struct span router;
		size_t words = 0;

		if (!span_starts_with(line, any, sizeof(any) - 1))
			continue;
		router = span_slice(line, sizeof(any) - 1 + 36, 32);
		do {
			word = span_next_word(&line);
			line = span_trim(line);
		} while (++words < 10);
		if (span_equal_text(word, slot->name) &&
		    text_parse_hex(router, ret, 16) &&
		    memcmp(ret, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16) != 0)
			return true;
	}
	memset(ret, 0, 16);
	return false;
}

bool slot_is_up(const struct net_links *links, const struct slot *slot)
{
	const struct network_address *six = slot_address(links, slot, true);
	uint8_t router[16];
	bool asks = client_is_wanted(slot, &slot->four) ||
		    client_is_wanted(slot, &slot->six);

	if (!slot->has_carrier)
		return false;
	if (slot_address(links, slot, false))
		return true;
	if (!six)
		return false;
	if (is_given(slot, six))
		return !is_leased(&slot->six, six) || slot->rule->no_slaac ||
		       slot_find_router(slot, router) ||
		       links->now >= slot->carrier_at + ROUTER_WAIT_MS;
	return !asks || slot->four.has_lease || slot->six.has_lease ||
	       slot->six.is_informed ||
	       links->now >= slot->carrier_at + ROUTER_GRACE_MS;
}
