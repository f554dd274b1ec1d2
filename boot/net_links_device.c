/* Devices to have addresses: ports that are up, VLANs on them, bonds of them.
 */
#include "base/own.h"
#include "net_links_parts.h"
#include "sys/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MTU_IPV6     1280 /* the kernel has no IPv6 below */
#define MTU_USUAL    1500
#define METRIC_FIRST 1024 /* of routes that routers advertise */

static void set_ipv6(const char *name, const char *key, unsigned value)
{
	char path[96], text[16];

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s", name,
		 key);
	snprintf(text, sizeof(text), "%u", value);
	/* a kernel without IPv6, or older than the key, has no such thing */
	(void)!file_write_small(path, text);
}

/* Not by name in the network that was read: that is what it was before. */
static uint32_t read_index(struct net_links *links, const char *name,
			   struct error *err)
{
	const struct network_link *link;

	if (links_read(links, err) != OK)
		return 0;
	link = link_find(&links->network, name);
	if (!link)
		fail(err, E_NOT_FOUND, "the kernel made %s, and has it not",
		     name);
	return link ? link->index : 0;
}

/* --- bonds ------------------------------------------------------------------
 */

/* One that a driver or a process before this made is not to be trusted. */
static enum status make_bond(struct net_links *links, struct slot *slot,
			     struct error *err)
{
	enum link_bond_mode mode = slot->rule->bond == NET_8023AD
					   ? LINK_BOND_8023AD
					   : LINK_BOND_ACTIVE_BACKUP;
	const struct network_link *old;
	enum status s =
		link_add_bond(links->socket, mode, slot->port_name, err);

	if (s == E_LINK_REFUSED && err->sys == EEXIST) {
		old = link_find(&links->network, slot->port_name);
		if (old)
			s = link_delete(links->socket, old->index, err);
		if (old && s == OK)
			s = link_add_bond(links->socket, mode, slot->port_name,
					  err);
	}
	if (s != OK)
		return s;
	slot->port = read_index(links, slot->port_name, err);
	return slot->port ? OK : err->code;
}

static enum status add_members(struct net_links *links, struct slot *slot,
			       struct error *err)
{
	enum status s = OK;

	for (uint32_t i = 0; i < links->member_count; i++) {
		struct member *m = &links->members[i];

		if (m->rule != slot->rule || m->is_member)
			continue;
		s = link_set_up(links->socket, m->index, false, err);
		if (s == OK)
			s = link_set_master(links->socket, m->index, slot->port,
					    err);
		if (s != OK)
			return fail_in(err, s, "%s", m->name);
		m->is_member = true;
		links_note(links, slot, "%s is a member", m->name);
	}
	return s;
}

static bool has_members_to_add(const struct net_links *links,
			       const struct slot *slot)
{
	for (uint32_t i = 0; slot->rule->bond && i < links->member_count; i++)
		if (links->members[i].rule == slot->rule &&
		    !links->members[i].is_member)
			return true;
	return false;
}

/* --- VLANs ------------------------------------------------------------------
 */

/* Who has the port itself; NULL for nobody. */
static struct slot *find_untagged(const struct net_links *links, uint32_t port)
{
	for (uint32_t i = 0; i < links->count; i++)
		if (links->slots[i]->port == port &&
		    !links->slots[i]->rule->vlan)
			return links->slots[i];
	return NULL;
}

static enum status make_vlan(struct net_links *links, struct slot *slot,
			     uint32_t *ret, struct error *err)
{
	enum status s = link_add_vlan(links->socket, slot->port,
				      slot->rule->vlan, slot->name, err);

	if (s == E_LINK_REFUSED && err->sys == EEXIST)
		s = OK;
	if (s != OK)
		return s;
	*ret = read_index(links, slot->name, err);
	return *ret ? OK : err->code;
}

/* --- what was there before ---------------------------------------------------
 */

/* Routes go with an address of IPv4; of IPv6 some do not, and routers are asked
 * again by one that was off. set_up() switches it on where it is used. */
static enum status clear(struct net_links *links,
			 const struct network_link *link, struct error *err)
{
	enum status s = OK;

	if (links_is_made(links, link))
		return link_delete(links->socket, link->index, err);
	set_ipv6(link->name, "disable_ipv6", 1);
	for (uint32_t i = 0; s == OK && i < link->address_count; i++)
		if (!link->addresses[i].is_ipv6)
			s = link_drop_address(links->socket, link->index,
					      &link->addresses[i], err);
	return s;
}

void links_clear(struct net_links *links)
{
	_free_ struct network *before = malloc(sizeof(*before));
	struct error err = { .code = OK };

	if (!before || links_read(links, &err) != OK) {
		links_note(links, NULL, "what was set up before stays: %s",
			   before ? err.text : "no memory");
		return;
	}
	*before = links->network;
	for (uint32_t i = 0; i < before->count; i++)
		if (clear(links, &before->links[i], &err) != OK)
			links_note(links, NULL,
				   "%s stays as it was set up before: %s",
				   before->links[i].name, err.text);
}

/* --- both -------------------------------------------------------------------
 */

/* What it listens to is settled before it is up. */
static enum status set_up(struct net_links *links, struct slot *slot,
			  uint32_t index, const char *name, bool is_used,
			  struct error *err)
{
	bool takes = is_used && !slot->rule->no_slaac;
	const struct network_link *link = links_find(links, index);
	uint32_t mtu = slot->rule->mtu;

	set_ipv6(name, "accept_ra", takes);
	set_ipv6(name, "autoconf", takes);
	set_ipv6(name, "ra_defrtr_metric",
		 METRIC_FIRST + (unsigned)links_rule_number(links, slot->rule));
	if (links->setup.is_again)
		set_ipv6(name, "disable_ipv6", 0);
	if (mtu && (is_used || mtu > MTU_USUAL) &&
	    link_set_mtu(links->socket, index, mtu, err) != OK)
		return err->code;
	if (link && link->is_up)
		return OK;
	return link_set_up(links->socket, index, true, err);
}

static enum status prepare(struct net_links *links, struct slot *slot,
			   struct error *err)
{
	const struct net_interface *rule = slot->rule;
	struct slot *untagged;
	uint32_t device;
	enum status s = OK;

	if (rule->bond && !slot->port)
		s = make_bond(links, slot, err);
	if (s == OK && rule->bond)
		s = add_members(links, slot, err);
	if (s != OK || slot->device)
		return s;
	device = slot->port;
	untagged = find_untagged(links, slot->port);
	if (untagged && untagged != slot)
		slot_prepare(links, untagged);
	else
		s = set_up(links, slot, slot->port, slot->port_name,
			   !rule->vlan, err);
	if (s == OK && rule->vlan) {
		s = make_vlan(links, slot, &device, err);
		if (s == OK)
			s = set_up(links, slot, device, slot->name, true, err);
	}
	if (s == OK)
		s = links_read(links, err);
	if (s != OK)
		return s;
	slot->device = device;
	slot->mtu = rule->mtu;
	links->is_changed = true;
	return OK;
}

void slot_prepare(struct net_links *links, struct slot *slot)
{
	enum status before = slot->trouble.code;

	slot->trouble.code = OK; /* a member that made it may be gone */
	if (slot->device && !has_members_to_add(links, slot))
		return;
	if (prepare(links, slot, &slot->trouble) == OK) {
		slot->trouble.code = OK;
		slot->tries = 0;
		return;
	}
	if (slot->trouble.code != before)
		links_note(links, slot, "%s", slot->trouble.text);
	slot->retry_at = links_back_off(links, ++slot->tries);
}

/* As DHCP tells it: only once, since many a driver takes its carrier away for
 * it. */
void slot_set_mtu(struct net_links *links, struct slot *slot, uint32_t mtu)
{
	struct error err = { .code = OK };

	if (!mtu || slot->rule->mtu || slot->mtu == mtu)
		return;
	if (!slot->mtu && mtu == MTU_USUAL)
		return;
	slot->mtu = mtu;
	if (mtu < MTU_IPV6)
		links_note(links, slot,
			   "the MTU of %u bytes that DHCP tells is left out: "
			   "IPv6 takes %d",
			   mtu, MTU_IPV6);
	else if (link_set_mtu(links->socket, slot->device, mtu, &err) != OK)
		links_note(links, slot, "%s", err.text);
	links->is_changed = true;
}
