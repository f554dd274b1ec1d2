/* The DHCP clients of a link: when they start, and what they say. */
#include "net_links_parts.h"

#include <string.h>

/* An address of a router's prefix may be the only one: after so long of asking
 * for another, the rest alone is asked for, and so on. */
#define TURN_MS 3000

/* busybox waits for three seconds after a refusal. Of machines that ask at once
 * some are offered the same address, and only one gets it: the others ask again
 * by chance within this time, so often in a row. A server that refuses on is
 * left to busybox. */
#define REFUSED_MS  500
#define REFUSED_MAX 3

/* What one client can have said since it was heard last. */
#define MESSAGES_MAX 16

static bool is_six(const struct slot *slot, const struct client *client)
{
	return client == &slot->six;
}

bool client_is_wanted(const struct slot *slot, const struct client *client)
{
	return slot->rule->dhcp &
	       (is_six(slot, client) ? NET_DHCP_V6 : NET_DHCP_V4);
}

/* --- starting ---------------------------------------------------------------
 */

/* DHCPv6 is asked for from a link-local address, which must be in use: answers
 * come to it. */
static bool can_ask(const struct net_links *links, const struct slot *slot,
		    const struct client *client)
{
	const struct network_link *link = links_find(links, slot->device);

	if (!is_six(slot, client))
		return true;
	for (uint32_t i = 0; link && i < link->address_count; i++) {
		const struct network_address *a = &link->addresses[i];

		if (a->is_ipv6 && a->bytes[0] == 0xfe &&
		    (a->bytes[1] & 0xc0) == 0x80 && !a->is_tentative &&
		    !a->is_duplicate)
			return true;
	}
	return false;
}

static void fall_back(struct net_links *links, struct slot *slot,
		      struct client *client, const struct error *err)
{
	if (!client->failures++)
		links_note(links, slot, "%s", err->text);
	client->start_at = links_back_off(links, client->failures);
}

static void start(struct net_links *links, struct slot *slot,
		  struct client *client)
{
	const struct net_links_setup *setup = &links->setup;
	struct dhcp_request request = {
		.busybox = setup->busybox,
		.script = setup->script,
		.interface = slot->name,
		.is_ipv6 = is_six(slot, client),
		.is_stateless = client->is_stateless,
		.class = client->class,
		.arch = client->class == DHCP_HTTP ? setup->http_arch
						   : setup->pxe_arch,
		.has_uuid = setup->has_uuid,
		.user_class = "keelboot",
	};
	struct error err = { .code = OK };

	memcpy(request.uuid, setup->uuid, sizeof(request.uuid));
	client->start_at = 0;
	client->has_spoken = false;
	client->turn_at = is_six(slot, client) ? links->now + TURN_MS : 0;
	if (dhcp_begin(&client->dhcp, &request, &err) != OK)
		fall_back(links, slot, client, &err);
}

static void restart(struct net_links *links, struct client *client,
		    uint32_t within_ms)
{
	dhcp_end(&client->dhcp);
	client->turn_at = 0;
	client->start_at = links->now + links_random(links, within_ms);
	if (!client->start_at)
		client->start_at = 1;
}

void slot_restart_clients(struct net_links *links, struct slot *slot,
			  uint32_t within_ms)
{
	struct client *clients[] = { &slot->four, &slot->six };

	for (size_t i = 0; i < 2; i++) {
		struct client *client = clients[i];

		if (!client_is_wanted(slot, client))
			continue;
		client->failures = 0;
		client->refusals = 0;
		client->asks_since = links->now;
		restart(links, client, within_ms);
	}
}

void slot_end(struct slot *slot)
{
	dhcp_end(&slot->four.dhcp);
	dhcp_end(&slot->six.dhcp);
}

/* --- what they say ----------------------------------------------------------
 */

/* Servers answer a plain machine, one that boots from the network, or one that
 * takes URLs, as they were told; who is to boot from what they say asks as each
 * of them. */
static void ask_as_another(struct net_links *links, struct client *client)
{
	static const enum dhcp_class next[] = { [DHCP_HTTP] = DHCP_PXE,
						[DHCP_PXE] = DHCP_PLAIN,
						[DHCP_PLAIN] = DHCP_HTTP };

	client->class = next[client->class];
	restart(links, client, 0);
}

static void take_answer(struct net_links *links, struct slot *slot,
			struct client *client, const struct lease *lease)
{
	bool boots = links->settings->boot_from_dhcp;

	if (lease->event != LEASE_INFORMED) {
		slot_apply_lease(links, slot, client, lease);
	} else if (!client->has_lease) {
		links_note(links, slot, "DHCP tells of no address, but more");
		client->lease = *lease;
		client->is_informed = true;
	}
	client->asks_since = 0;
	client->refusals = 0;
	client->turn_at = 0;
	client->failures = 0;
	if (boots && client->class == DHCP_HTTP && !lease->boot_file[0])
		ask_as_another(links, client);
}

/* A client that begins says that there is no address, even if it was started
 * anew for a cable that was out for a moment: that lease lasts until another
 * comes, or its time is over. */
static void take_event(struct net_links *links, struct slot *slot,
		       struct client *client, const struct lease *lease)
{
	bool is_first = !client->has_spoken;

	client->has_spoken = true;
	switch (lease->event) {
	case LEASE_BOUND:
	case LEASE_RENEW:
	case LEASE_INFORMED:
		if (lease->address.is_ipv6 == is_six(slot, client))
			take_answer(links, slot, client, lease);
		return;
	case LEASE_NAK:
		if (!client->refusals++ || client->has_lease)
			links_note(links, slot,
				   "a DHCP server takes its offer back%s%s",
				   lease->message[0] ? ": " : "",
				   lease->message);
		slot_drop_lease(links, slot, client);
		if (client->refusals <= REFUSED_MAX)
			restart(links, client, REFUSED_MS);
		break;
	case LEASE_DECONFIG:
		if (!is_first)
			slot_drop_lease(links, slot, client);
		break;
	case LEASE_FAIL:
		if (links->settings->boot_from_dhcp && slot->has_carrier)
			ask_as_another(links, client);
		break;
	}
	if (!client->has_lease && !client->asks_since)
		client->asks_since = links->now;
}

static void hear(struct net_links *links, struct slot *slot,
		 struct client *client)
{
	for (int i = 0; i < MESSAGES_MAX; i++) {
		struct error err = { .code = OK };
		struct lease lease;
		enum status s;

		if (client->dhcp.socket < 0)
			return;
		s = dhcp_take(&client->dhcp, &lease, &err);
		if (s == E_MSG_NONE)
			return;
		if (s == OK)
			take_event(links, slot, client, &lease);
		else if (client->dhcp.socket < 0)
			fall_back(links, slot, client, &err);
		else
			links_note(links, slot, "%s", err.text);
	}
}

static void run(struct net_links *links, struct slot *slot,
		struct client *client)
{
	if (client->has_lease && client->until && links->now >= client->until) {
		links_note(links, slot, "its lease is over");
		slot_drop_lease(links, slot, client);
		client->asks_since = links->now;
	}
	if (client->start_at && links->now >= client->start_at &&
	    slot->has_carrier && can_ask(links, slot, client))
		start(links, slot, client);
	hear(links, slot, client);
	if (client->turn_at && links->now >= client->turn_at) {
		client->turn_at = links->now + TURN_MS;
		if (client->has_lease || !slot_address(links, slot, true))
			return;
		client->is_stateless = !client->is_stateless;
		restart(links, client, 0);
	}
}

void slot_run_clients(struct net_links *links, struct slot *slot)
{
	run(links, slot, &slot->four);
	run(links, slot, &slot->six);
}
