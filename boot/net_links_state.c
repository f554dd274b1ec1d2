/* What is told of all links: that of the one that counts, a line for people,
 * and the name servers. */
#include "base/own.h"
#include "net_links_parts.h"
#include "sys/file.h"
#include "sys/proc.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SERVERS_MAX 3 /* more nobody asks: resolv.conf(5) */

/* --- which one counts -------------------------------------------------------
 */

/* The one that came first stays it for as long as it is up. */
static struct slot *choose_primary(struct net_links *links)
{
	struct slot *best = NULL;

	if (links->primary && slot_is_up(links, links->primary))
		return links->primary;
	for (uint32_t i = 0; i < links->count; i++) {
		struct slot *slot = links->slots[i];

		if (slot_is_up(links, slot) &&
		    (!best ||
		     slot_metric(links, slot) < slot_metric(links, best)))
			best = slot;
	}
	return best;
}

static enum net_stage stage_of(const struct net_links *links,
			       const struct slot *slot)
{
	if (slot_is_up(links, slot))
		return NET_UP;
	if (slot->has_carrier && slot->device)
		return NET_NO_ADDRESS;
	return slot->trouble.code == OK ? NET_NO_CARRIER : NET_NO_INTERFACE;
}

/* Who has come furthest; *ret_others is how many more came as far. */
static struct slot *choose_furthest(const struct net_links *links,
				    uint32_t *ret_others)
{
	struct slot *best = NULL;
	enum net_stage best_stage = NET_STARTING;

	*ret_others = 0;
	for (uint32_t i = 0; i < links->count; i++) {
		enum net_stage stage = stage_of(links, links->slots[i]);

		*ret_others += best && stage == best_stage;
		if (best && stage <= best_stage)
			continue;
		best = links->slots[i];
		best_stage = stage;
		*ret_others = 0;
	}
	return best;
}

/* --- the line ---------------------------------------------------------------
 */

static void add_address(struct text *t, const struct network_address *a)
{
	network_add_address(t, a);
	text_addf(t, "/%u", a->prefix);
}

/* Why a link with a carrier has no address yet; text that ends in "for" goes
 * on with how long. */
static uint64_t add_reason(const struct net_links *links,
			   const struct slot *slot, struct text *t)
{
	const struct network_address *waits = slot_waiting(links, slot);
	const struct client *client =
		client_is_wanted(slot, &slot->four) ? &slot->four : &slot->six;

	if (waits && waits->is_duplicate) {
		network_add_address(t, waits);
		text_add(t, " is another machine's");
		return 0;
	}
	if (waits) {
		network_add_address(t, waits);
		text_add(t, " may be another machine's: asked for");
		return slot->carrier_at;
	}
	if (slot_address(links, slot, true) && slot->six.has_lease) {
		text_add(t, "an address, and no router to use it by for");
		return slot->carrier_at;
	}
	if (client_is_wanted(slot, client)) {
		text_add(t, "no answer to DHCP for");
		return client->asks_since ? client->asks_since
					  : slot->carrier_at;
	}
	text_add(t, slot->rule->address_count
			    ? "its addresses are another's, for"
			    : "no router has told of an address for");
	return slot->carrier_at;
}

/* What its seconds count from; 0 if it has none. */
static uint64_t add_stage(const struct net_links *links,
			  const struct slot *slot, enum net_stage stage,
			  struct text *t)
{
	if (stage == NET_NO_ADDRESS)
		return add_reason(links, slot, t);
	if (stage == NET_NO_INTERFACE) {
		text_add(t, slot->trouble.text);
		return 0;
	}
	text_add(t, "no carrier for");
	return slot->carrier_at;
}

static void tell_waiting(struct net_links *links, struct slot *slot,
			 uint32_t others, struct net_state *state)
{
	struct text t = text_over(state->line, sizeof(state->line));
	uint64_t since = links->begun;

	if (slot) {
		text_add(&t, slot->name);
		if (others)
			text_addf(&t, " and %u more", others);
		text_add(&t, ": ");
		since = add_stage(links, slot, state->stage, &t);
	} else if (links->network.count) {
		text_addf(&t, "none of %u network interfaces is meant, for",
			  links->network.count);
	} else {
		text_add(&t, "no network interface for");
	}
	links->line_since = since;
	if (since)
		text_addf(&t, " %u s", (unsigned)((links->now - since) / 1000));
}

int links_line_ms(const struct net_links *links, uint64_t now_ms)
{
	if (!links->line_since)
		return -1;
	return ms_until(links->now + 1000 -
				(links->now - links->line_since) % 1000,
			now_ms);
}

/* --- addresses --------------------------------------------------------------
 */

static void find_gateway4(const struct slot *slot, struct net_state *state)
{
	const struct lease *lease = &slot->four.lease;
	const struct net_interface *rule = slot->rule;

	for (uint32_t i = 0; slot->four.has_lease && i < lease->route_count;
	     i++)
		if (!lease->routes[i].prefix) {
			memcpy(state->ipv4_gateway, lease->routes[i].gateway,
			       4);
			return;
		}
	for (uint32_t i = 0; i < rule->route_count; i++)
		if (!rule->routes[i].to.prefix && !rule->routes[i].to.is_ipv6)
			memcpy(state->ipv4_gateway,
			       rule->routes[i].gateway.bytes, 4);
}

static void tell_addresses(const struct net_links *links,
			   const struct slot *slot, struct net_state *state)
{
	const struct network_address *four = slot_address(links, slot, false);
	const struct network_address *six = slot_address(links, slot, true);
	struct text t = text_over(state->line, sizeof(state->line));

	text_addf(&t, "%s: ", slot->name);
	if (four) {
		state->has_ipv4 = true;
		memcpy(state->ipv4, four->bytes, 4);
		state->ipv4_prefix = four->prefix;
		state->is_static4 = slot_is_static(slot, four);
		find_gateway4(slot, state);
		add_address(&t, four);
	}
	if (six) {
		state->has_ipv6 = true;
		memcpy(state->ipv6, six->bytes, 16);
		state->ipv6_prefix = six->prefix;
		slot_find_router(slot, state->ipv6_gateway);
		if (four)
			text_add(&t, ", ");
		add_address(&t, six);
	}
}

static void tell_slot(const struct net_links *links, const struct slot *slot,
		      struct net_state *state)
{
	memcpy(state->interface, slot->name, sizeof(state->interface));
	memcpy(state->port, slot->port_name, sizeof(state->port));
	state->is_bond = slot->rule->bond != 0;
	memcpy(state->mac, slot->mac, sizeof(state->mac));
	state->vlan = slot->rule->vlan;
	if (state->stage != NET_UP)
		return;
	tell_addresses(links, slot, state);
	if (slot->four.has_lease)
		state->lease = slot->four.lease;
	if (slot->six.has_lease || slot->six.is_informed)
		memcpy(state->boot_url6, slot->six.lease.boot_file,
		       sizeof(state->boot_url6));
}

bool links_tell(struct net_links *links)
{
	_free_ struct net_state *state = calloc(1, sizeof(*state));
	struct slot *slot = choose_primary(links);
	uint32_t others = 0;
	bool is_new;

	if (!state)
		return false;
	links->primary = slot;
	if (!slot)
		slot = choose_furthest(links, &others);
	state->stage = slot ? stage_of(links, slot) : NET_NO_INTERFACE;
	links->line_since = 0;
	if (state->stage != NET_UP)
		tell_waiting(links, slot, others, state);
	if (slot)
		tell_slot(links, slot, state);
	is_new = memcmp(state, &links->state, sizeof(*state)) != 0;
	links->state = *state;
	return is_new;
}

/* --- name servers -----------------------------------------------------------
 */

struct servers {
	struct text text;
	uint32_t count;
};

static void add_server(struct servers *to, const uint8_t *bytes, bool is_ipv6,
		       const char *interface)
{
	struct network_address address = { .is_ipv6 = is_ipv6 };
	char buf[80];
	struct text t = text_over(buf, sizeof(buf));

	memcpy(address.bytes, bytes, is_ipv6 ? 16 : 4);
	text_add(&t, "nameserver ");
	network_add_address(&t, &address);
	if (is_ipv6 && bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80)
		text_addf(&t, "%%%s", interface);
	text_add(&t, "\n");
	if (to->count == SERVERS_MAX || strstr(to->text.buf, buf))
		return;
	to->count++;
	text_add(&to->text, buf);
}

static void add_static_servers(struct servers *to,
			       const struct net_address *dns, uint32_t count,
			       const char *interface)
{
	for (uint32_t i = 0; i < count; i++)
		add_server(to, dns[i].bytes, dns[i].is_ipv6, interface);
}

static void add_lease_servers(struct servers *to, const struct slot *slot,
			      const struct client *client)
{
	const struct lease_addresses *dns = &client->lease.dns;

	if (!client->has_lease && !client->is_informed)
		return;
	for (uint32_t i = 0; i < dns->count; i++)
		add_server(to, dns->of[i].bytes, dns->of[i].is_ipv6,
			   slot->name);
}

static void add_servers_of(struct servers *to, const struct slot *slot)
{
	add_static_servers(to, slot->rule->dns, slot->rule->dns_count,
			   slot->name);
	add_lease_servers(to, slot, &slot->four);
	add_lease_servers(to, slot, &slot->six);
	for (uint32_t i = 0; i < slot->servers.count; i++)
		add_server(to, slot->servers.of[i], true, slot->name);
}

static void add_search(const struct net_links *links, struct text *t)
{
	const struct slot *slot = links->primary;
	const struct lease *lease;

	if (!slot || !slot->four.has_lease)
		return;
	lease = &slot->four.lease;
	if (lease->search[0])
		text_addf(t, "search %s\n", lease->search);
	else if (lease->domain[0])
		text_addf(t, "search %s\n", lease->domain);
}

static bool write_file(const char *path, const char *text)
{
	char next[256];
	struct text t = text_over(next, sizeof(next));

	text_addf(&t, "%s.new", path);
	if (!t.cut && file_put_small(next, text)) {
		if (rename(next, path) == 0)
			return true;
		unlink(next);
	}
	return file_put_small(path, text); /* what is mounted there stays */
}

void links_write_resolv(struct net_links *links)
{
	char buf[sizeof(links->resolv)];
	struct servers to = { text_over(buf, sizeof(buf)), 0 };
	const struct net_settings *settings = links->settings;
	const char *first = links->primary ? links->primary->name : "";

	if (!links->setup.resolv_conf)
		return;
	text_add(&to.text, "options timeout:1 attempts:2\n");
	add_search(links, &to.text);
	add_static_servers(&to, settings->dns, settings->dns_count, first);
	if (links->primary)
		add_servers_of(&to, links->primary);
	for (uint32_t i = 0; i < links->count; i++)
		if (links->slots[i] != links->primary)
			add_servers_of(&to, links->slots[i]);
	if (links->is_resolv_written && !strcmp(buf, links->resolv))
		return;
	if (!write_file(links->setup.resolv_conf, buf) &&
	    !links->is_resolv_written)
		links_note(links, NULL, "unable to write %s",
			   links->setup.resolv_conf);
	links->is_resolv_written = true;
	memcpy(links->resolv, buf, sizeof(links->resolv));
}
