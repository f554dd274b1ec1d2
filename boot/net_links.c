/* Interfaces, links and addresses; the contract is in net_links.h. */
#include "net_links.h"

#include "base/own.h"
#include "net_links_parts.h"
#include "sys/proc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* Between two questions to the kernel, of events that come in storms. */
#define READ_PAUSE_MS 40

/* Some drivers do not tell of a carrier. */
#define CHECK_MS 2000

#define BACK_OFF_MAX_MS 30000
#define NOTES_MAX	60
#define NOTES_MS	60000

/* What one step changes, the next has to see. */
#define ROUNDS_MAX 6

/* A link that is gone for less is the same link. */
#define FLAP_MS	      1000
#define FLAP_CALM_MS  10000
#define FLAP_PAUSE_MS 100U

/* Then its static addresses go to another of its rule that has a carrier. */
#define OWNER_GONE_MS 3000

#define START_MS 200 /* that a fleet does not ask at once */

void links_note(struct net_links *links, const struct slot *slot,
		const char *fmt, ...)
{
	char text[ERROR_TEXT_MAX];
	va_list args;
	int len = 0;

	if (!links->setup.note)
		return;
	if (links->now >= links->notes_at + NOTES_MS) {
		links->notes_at = links->now;
		links->notes = 0;
	}
	if (links->notes++ >= NOTES_MAX)
		return;
	if (slot)
		len = snprintf(text, sizeof(text), "%s: ", slot->name);
	va_start(args, fmt);
	vsnprintf(text + len, sizeof(text) - (size_t)len, fmt, args);
	va_end(args);
	links->setup.note(links->setup.ctx, text);
}

uint32_t links_random(struct net_links *links, uint32_t max)
{
	links->random ^= links->random << 13;
	links->random ^= links->random >> 7;
	links->random ^= links->random << 17;
	return (uint32_t)((links->random >> 32) % (max + UINT64_C(1)));
}

uint64_t links_back_off(struct net_links *links, uint32_t failures)
{
	uint32_t ms = failures > 5 ? BACK_OFF_MAX_MS : 500U << failures;

	if (ms > BACK_OFF_MAX_MS)
		ms = BACK_OFF_MAX_MS;
	return links->now + ms - ms / 4 + links_random(links, ms / 2);
}

const struct network_link *links_find(const struct net_links *links,
				      uint32_t index)
{
	for (uint32_t i = 0; i < links->network.count; i++)
		if (links->network.links[i].index == index)
			return &links->network.links[i];
	return NULL;
}

size_t links_rule_number(const struct net_links *links,
			 const struct net_interface *rule)
{
	return (size_t)(rule - links->settings->interfaces);
}

/* --- what the kernel has ----------------------------------------------------
 */

enum status links_read(struct net_links *links, struct error *err)
{
	_free_ struct network *network = malloc(sizeof(*network));
	enum status s;

	if (!network)
		return fail(err, E_NO_MEMORY,
			    "no memory for the machine's interfaces");
	s = link_read(links->socket, network, err);
	if (s == OK)
		links->network = *network;
	return s;
}

/* Events that were there before the question are answered by it. */
static void read_network(struct net_links *links)
{
	struct error err = { .code = OK };

	links->is_stale = false;
	links->check_at = links->now + CHECK_MS + links_random(links, 500);
	if (links_read(links, &err) == OK) {
		links->failures = 0;
		links->read_at = links->now + READ_PAUSE_MS;
		return;
	}
	if (!links->failures++)
		links_note(links, NULL, "%s", err.text);
	links->is_stale = true;
	links->read_at = links_back_off(links, links->failures);
}

static void take_servers(struct net_links *links,
			 const struct link_servers *servers)
{
	for (uint32_t i = 0; i < links->count; i++) {
		struct slot *slot = links->slots[i];

		if (slot->device != servers->index || slot->rule->no_slaac)
			continue;
		slot->servers = *servers;
		if (!servers->lifetime_s)
			slot->servers.count = 0;
	}
}

static void hear_events(struct net_links *links)
{
	struct link_servers servers;
	enum link_heard heard;

	while ((heard = link_hear(links->events, &servers)) != LINK_SILENCE)
		if (heard == LINK_SERVERS)
			take_servers(links, &servers);
		else
			links->is_stale = true;
	if (links->now >= links->check_at)
		links->is_stale = true;
}

/* --- carriers ---------------------------------------------------------------
 */

static void gain_carrier(struct net_links *links, struct slot *slot)
{
	uint64_t gone_ms = links->now - slot->carrier_at;
	uint32_t pause = START_MS;

	if (slot->flaps && gone_ms > FLAP_CALM_MS)
		slot->flaps = 0;
	if (slot->flaps)
		pause += FLAP_PAUSE_MS << (slot->flaps > 4 ? 4 : slot->flaps);
	links_note(links, slot, "it has a carrier");
	slot->has_carrier = true;
	slot->carrier_at = links->now;
	/* what a flap cuts off is asked for again by who asks */
	if (!slot->flaps || gone_ms >= FLAP_MS)
		slot_restart_clients(links, slot, pause);
	slot->has_static = false;
}

static void follow_carrier(struct net_links *links, struct slot *slot)
{
	const struct network_link *link = links_find(links, slot->device);
	bool has_carrier = link && link->is_up && link->has_carrier;

	if (link && !link->is_up) { /* somebody switched it off */
		slot->device = 0;
		links->is_changed = true;
	}
	if (has_carrier == slot->has_carrier)
		return;
	if (has_carrier) {
		gain_carrier(links, slot);
		return;
	}
	links_note(links, slot, "its carrier is gone");
	slot->has_carrier = false;
	slot->carrier_at = links->now;
	slot->flaps++;
}

/* Static addresses of a rule that means several interfaces are for one of
 * them: two with the same address would take each other's packets. */
static void follow_owner(struct net_links *links, struct slot *slot)
{
	struct slot **place =
		&links->owners[links_rule_number(links, slot->rule)];
	struct slot *owner = *place;

	if (!slot->rule->address_count || !slot->has_carrier)
		return;
	if (owner && owner != slot) {
		if (owner->has_carrier ||
		    links->now - owner->carrier_at < OWNER_GONE_MS)
			return;
		slot_drop_static(links, owner);
	}
	*place = slot;
	if (!slot->has_static)
		slot_add_static(links, slot);
}

static void step(struct net_links *links, struct slot *slot)
{
	if (links->now >= slot->retry_at)
		slot_prepare(links, slot);
	if (!slot->device)
		return;
	follow_carrier(links, slot);
	follow_owner(links, slot);
	slot_run_clients(links, slot);
}

bool net_links_handle(struct net_links *links, uint64_t now_ms)
{
	bool is_new;

	links->now = now_ms;
	hear_events(links);
	for (int i = 0; i < ROUNDS_MAX; i++) {
		if (links->is_changed ||
		    (links->is_stale && now_ms >= links->read_at)) {
			read_network(links);
			links_match(links);
		}
		links->is_changed = false;
		for (uint32_t j = 0; j < links->count; j++)
			step(links, links->slots[j]);
		if (!links->is_changed)
			break;
	}
	links->is_stale |= links->is_changed;
	is_new = links_tell(links);
	links_write_resolv(links);
	return is_new;
}

/* --- from outside -----------------------------------------------------------
 */

static void set_up_settings(struct net_links *links)
{
	if (links->settings->interface_count)
		return;
	links->built_in = *links->settings;
	links->built_in.interface_count = 1;
	links->built_in.interfaces[0] = (struct net_interface){
		.which = NET_FIRST,
		.dhcp = NET_DHCP_V4 | NET_DHCP_V6,
	};
	links->settings = &links->built_in;
}

enum status net_links_begin(const struct net_links_setup *setup,
			    struct net_links **ret, struct error *err)
{
	struct net_links *links = calloc(1, sizeof(*links));
	enum status s;

	if (!links)
		return fail(err, E_NO_MEMORY,
			    "no memory for the machine's interfaces");
	links->setup = *setup;
	links->settings = setup->settings;
	set_up_settings(links);
	links->socket = links->events = -1;
	links->is_stale = true;
	links->begun = links->now = now_ms();
	if (getrandom(&links->random, sizeof(links->random), GRND_NONBLOCK) < 0)
		links->random = links->now << 16 ^ (uint64_t)getpid();
	links->random |= 1;
	s = link_open(0, &links->socket, err);
	if (s == OK)
		s = link_listen(&links->events, err);
	if (s != OK) {
		net_links_end(&links);
		return s;
	}
	if (links->setup.is_again)
		links_clear(links);
	links_tell(links);
	*ret = links;
	return OK;
}

size_t net_links_poll_fds(const struct net_links *links, struct pollfd *fds)
{
	size_t count = 1;

	fds[0] = (struct pollfd){ .fd = links->events, .events = POLLIN };
	for (uint32_t i = 0; i < links->count; i++) {
		const struct slot *slot = links->slots[i];

		count += dhcp_poll_fds(&slot->four.dhcp, fds + count);
		count += dhcp_poll_fds(&slot->six.dhcp, fds + count);
	}
	return count;
}

/* What was due when it was looked at last waits for an event. */
static int client_wait_ms(const struct net_links *links,
			  const struct client *client, uint64_t now)
{
	int wait = -1;

	if (client->start_at > links->now)
		wait = ms_until(client->start_at, now);
	if (client->turn_at)
		wait = ms_sooner(wait, ms_until(client->turn_at, now));
	if (client->has_lease && client->until)
		wait = ms_sooner(wait, ms_until(client->until, now));
	return wait;
}

int net_links_wait_ms(const struct net_links *links, uint64_t now_ms)
{
	int wait = ms_until(links->is_stale ? links->read_at : links->check_at,
			    now_ms);

	for (uint32_t i = 0; i < links->count; i++) {
		const struct slot *slot = links->slots[i];

		wait = ms_sooner(wait,
				 client_wait_ms(links, &slot->four, now_ms));
		wait = ms_sooner(wait,
				 client_wait_ms(links, &slot->six, now_ms));
		if (slot->trouble.code != OK)
			wait = ms_sooner(wait,
					 ms_until(slot->retry_at, now_ms));
	}
	return ms_sooner(wait, links_line_ms(links, now_ms));
}

const struct net_state *net_links_state(const struct net_links *links)
{
	return &links->state;
}

void net_links_end(struct net_links **links)
{
	struct net_links *l = *links;

	if (!l)
		return;
	for (uint32_t i = 0; i < l->count; i++) {
		slot_end(l->slots[i]);
		free(l->slots[i]);
	}
	own_close(&l->socket);
	own_close(&l->events);
	free(l);
	*links = NULL;
}
