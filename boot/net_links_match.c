/* Which interfaces are meant by keelboot.conf, as they come and go. */
#include "base/own.h"
#include "format/glob.h"
#include "net_links_parts.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- pure ------------------------------------------------------------------
 */

/* Whether name is a component of path. */
static bool has_component(const char *path, const char *name)
{
	struct span rest = span_of_text(path), part;

	while ((part = span_next_component(&rest)).len)
		if (span_equal_text(part, name))
			return true;
	return false;
}

/* Of Ethernet: neither tunnels nor InfiniBand, which DHCP is another for. */
static bool is_ethernet(const struct network_link *link)
{
	static const uint8_t none[6];

	return link->mac_len == 6 && memcmp(link->mac, none, 6) != 0;
}

bool links_matches(const struct net_interface *rule,
		   const struct network_link *link, const char *device)
{
	switch (rule->which) {
	case NET_FIRST:
		return is_ethernet(link);
	case NET_BY_NAME:
		return glob_match(span_of_text(rule->text),
				  span_of_text(link->name), GLOB_EXACT);
	case NET_BY_MAC:
		return link->mac_len == 6 &&
		       memcmp(link->mac, rule->mac, 6) == 0;
	case NET_BY_PATH:
		return has_component(device, rule->text);
	}
	return false;
}

void links_vlan_name(const char *port, uint32_t index, uint32_t id,
		     char ret[16])
{
	struct text t = text_over(ret, 16);

	text_addf(&t, "%s.%u", port, id);
	if (!t.cut)
		return;
	t = text_over(ret, 16);
	text_addf(&t, "v%u.%u", index, id);
}

/* --- what is there ----------------------------------------------------------
 */

static void read_device(const char *name, char ret[PATH_MAX])
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/net/%s/device", name);
	if (!realpath(path, ret))
		ret[0] = '\0';
}

/* VLANs and bonds, ours and those that a driver makes by itself, are made of
 * interfaces and are none. */
bool links_is_made(const struct net_links *links,
		   const struct network_link *link)
{
	static const char *const folders[] = { "vlan", "bonding" };
	char path[64];

	for (uint32_t i = 0; i < links->count; i++) {
		const struct slot *slot = links->slots[i];

		if (slot->device == link->index && slot->port != link->index)
			return true;
		if (slot->rule->bond && slot->port == link->index)
			return true;
	}
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "/proc/net/%s/%s", folders[i],
			 link->name);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

/* A port may have VLANs of several rules beside the untagged one; a member has
 * nothing but its bond. */
static bool is_taken(const struct net_links *links, uint32_t index,
		     const struct net_interface *rule)
{
	for (uint32_t i = 0; i < links->member_count; i++)
		if (links->members[i].index == index)
			return true;
	for (uint32_t i = 0; i < links->count; i++) {
		const struct slot *slot = links->slots[i];

		if (slot->port == index && !slot->rule->bond &&
		    (rule->bond || slot->rule == rule ||
		     slot->rule->vlan == rule->vlan))
			return true;
	}
	return false;
}

static struct slot *add_slot(struct net_links *links,
			     const struct net_interface *rule)
{
	struct slot *slot;

	if (links->count == SLOTS_MAX)
		return NULL;
	slot = calloc(1, sizeof(*slot));
	if (!slot)
		return NULL;
	slot->rule = rule;
	slot->carrier_at = links->now;
	slot->four.dhcp = slot->six.dhcp = DHCP_NONE;
	if (links->settings->boot_from_dhcp)
		slot->four.class = slot->six.class = DHCP_HTTP;
	links->slots[links->count++] = slot;
	return slot;
}

static void take_port(struct net_links *links, const struct net_interface *rule,
		      const struct network_link *link)
{
	struct slot *slot = add_slot(links, rule);

	if (!slot)
		return;
	slot->port = link->index;
	memcpy(slot->port_name, link->name, sizeof(slot->port_name));
	if (rule->vlan)
		links_vlan_name(link->name, link->index, rule->vlan,
				slot->name);
	else
		memcpy(slot->name, link->name, sizeof(slot->name));
	if (link->mac_len == sizeof(slot->mac))
		memcpy(slot->mac, link->mac, sizeof(slot->mac));
}

static struct slot *find_bond(struct net_links *links,
			      const struct net_interface *rule)
{
	for (uint32_t i = 0; i < links->count; i++)
		if (links->slots[i]->rule == rule)
			return links->slots[i];
	return NULL;
}

static void take_member(struct net_links *links,
			const struct net_interface *rule,
			const struct network_link *link)
{
	struct slot *slot = find_bond(links, rule);
	struct member *member;

	if (links->member_count == MEMBERS_MAX ||
	    (!slot && !(slot = add_slot(links, rule))))
		return;
	if (!slot->port_name[0]) {
		const char *name =
			rule->bond_name[0] ? rule->bond_name : "bond0";

		memcpy(slot->mac, link->mac, sizeof(slot->mac));
		(void)!text_copy(slot->port_name, sizeof(slot->port_name),
				 name);
		if (rule->vlan)
			links_vlan_name(
				name, (uint32_t)links_rule_number(links, rule),
				rule->vlan, slot->name);
		else
			memcpy(slot->name, slot->port_name, sizeof(slot->name));
	}
	member = &links->members[links->member_count++];
	*member = (struct member){ .rule = rule, .index = link->index };
	memcpy(member->name, link->name, sizeof(member->name));
	slot->retry_at = 0;
}

static void take(struct net_links *links, const struct net_interface *rule,
		 const struct network_link *link)
{
	char device[PATH_MAX];

	if (rule->which == NET_BY_PATH)
		read_device(link->name, device);
	else
		device[0] = '\0';
	if (!links_matches(rule, link, device) || links_is_made(links, link) ||
	    is_taken(links, link->index, rule))
		return;
	if (rule->bond)
		take_member(links, rule, link);
	else
		take_port(links, rule, link);
}

/* --- what is gone -----------------------------------------------------------
 */

static void drop_slot(struct net_links *links, uint32_t at)
{
	struct slot *slot = links->slots[at];

	links_note(links, slot, "the interface is gone");
	for (size_t i = 0; i < NET_INTERFACES_MAX; i++)
		if (links->owners[i] == slot)
			links->owners[i] = NULL;
	if (links->primary == slot)
		links->primary = NULL;
	slot_end(slot);
	free(slot);
	links->count--;
	memmove(links->slots + at, links->slots + at + 1,
		(links->count - at) * sizeof(struct slot *));
}

/* It is made again. */
static void undo_device(struct net_links *links, struct slot *slot)
{
	slot->device = 0;
	slot->has_carrier = false;
	slot->carrier_at = links->now;
}

static void undo_bond(struct net_links *links, struct slot *slot)
{
	slot->port = 0;
	undo_device(links, slot);
	for (uint32_t i = 0; i < links->member_count; i++)
		if (links->members[i].rule == slot->rule)
			links->members[i].is_member = false;
}

static void drop_gone(struct net_links *links)
{
	for (uint32_t i = links->member_count; i--;)
		if (!links_find(links, links->members[i].index))
			links->members[i] =
				links->members[--links->member_count];
	for (uint32_t i = links->count; i--;) {
		struct slot *slot = links->slots[i];

		if (slot->port && !links_find(links, slot->port)) {
			if (slot->rule->bond)
				undo_bond(links, slot);
			else
				drop_slot(links, i);
		} else if (slot->device && !links_find(links, slot->device)) {
			undo_device(links, slot);
		}
	}
}

/* "first" has what no other rule means. */
void links_match(struct net_links *links)
{
	const struct net_settings *settings = links->settings;

	drop_gone(links);
	for (int is_first = 0; is_first <= 1; is_first++)
		for (uint32_t i = 0; i < settings->interface_count; i++) {
			const struct net_interface *rule =
				&settings->interfaces[i];

			if ((rule->which == NET_FIRST) != is_first)
				continue;
			for (uint32_t j = 0; j < links->network.count; j++)
				take(links, rule, &links->network.links[j]);
		}
}
