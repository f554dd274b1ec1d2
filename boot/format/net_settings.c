/* Lines of how the network is set up; the contract is in
 * format/net_settings.h. */
#include "format/net_settings.h"

#include <arpa/inet.h>
#include <string.h>

#define MTU_MIN	 576 /* what every host must take: RFC 791, 3.1 */
#define MTU_MAX	 65535
#define MTU_IPV6 1280 /* below there is no IPv6: RFC 8200, 5 */
#define VLAN_MAX 4094 /* IEEE 802.1Q */

/* --- addresses --------------------------------------------------------------
 */

static bool parse_address(struct span text, struct net_address *ret)
{
	char buf[INET6_ADDRSTRLEN];
	struct text t = text_over(buf, sizeof(buf));

	memset(ret, 0, sizeof(*ret));
	text_add_bytes(&t, text);
	ret->is_ipv6 = strchr(buf, ':') != NULL;
	return !t.cut && strlen(buf) == text.len &&
	       inet_pton(ret->is_ipv6 ? AF_INET6 : AF_INET, buf, ret->bytes) ==
		       1;
}

/* RFC 6890: neither of many nor of nobody, nor of this host to itself, nor an
 * IPv4 address as IPv6. */
static bool is_host(const struct net_address *a)
{
	static const uint8_t none[10];
	uint8_t first = a->bytes[0];

	if (a->is_ipv6)
		return first != 0xff && memcmp(a->bytes, none, sizeof(none));
	return first != 0 && first != 127 && first < 224;
}

/* Whether every bit behind the prefix is that. */
static bool host_part_is(const struct net_address *a, unsigned bit)
{
	for (unsigned i = a->prefix; i < (a->is_ipv6 ? 128 : 32); i++) {
		unsigned byte = a->bytes[i / 8];

		if ((byte >> (7 - i % 8) & 1U) != bit)
			return false;
	}
	return true;
}

static bool parse_with_bits(struct span text, struct net_address *ret)
{
	struct span address = span_cut_at(&text, '/');
	uint64_t bits;

	if (!parse_address(address, ret) ||
	    !text_parse_number(text, ret->is_ipv6 ? 128 : 32, &bits))
		return false;
	ret->prefix = (uint8_t)bits;
	return true;
}

enum status net_address_parse(struct span text, struct net_address *ret,
			      struct error *err)
{
	struct net_address a;

	if (!parse_address(text, &a) || !is_host(&a))
		return fail(err, E_NET_ADDRESS,
			    "\"%s\" is no address that a host can have",
			    display_of(text).text);
	*ret = a;
	return OK;
}

/* --- words ------------------------------------------------------------------
 */

static enum status keep(struct net_address *list, uint32_t *count, uint32_t max,
			const struct net_address *a, struct error *err)
{
	for (uint32_t i = 0; i < *count; i++)
		if (!memcmp(&list[i], a, sizeof(*a)))
			return fail(err, E_NET_TWICE, "it stands twice");
	if (*count == max)
		return fail(err, E_NET_MANY, "there are at most %u", max);
	list[(*count)++] = *a;
	return OK;
}

static enum status keep_route(struct net_interface *to,
			      const struct net_route *route, struct error *err)
{
	for (uint32_t i = 0; i < to->route_count; i++)
		if (!memcmp(&to->routes[i].to, &route->to, sizeof(route->to)))
			return fail(err, E_NET_TWICE,
				    "there is a route to the same network "
				    "before it");
	if (to->route_count == NET_ROUTES_MAX)
		return fail(err, E_NET_MANY,
			    "there are at most %d routes, gateways among them",
			    NET_ROUTES_MAX);
	to->routes[to->route_count++] = *route;
	return OK;
}

static enum status take_number(struct span value, uint32_t min, uint32_t max,
			       uint32_t *ret, struct error *err)
{
	uint64_t number;

	if (!text_parse_number(value, max, &number) || number < min)
		return fail(err, E_NET_VALUE, "it takes a number of %u to %u",
			    min, max);
	*ret = (uint32_t)number;
	return OK;
}

/* Which of the words it is, from 0. */
static enum status pick(struct span value, const char *const words[],
			const char *wanted, unsigned *ret, struct error *err)
{
	for (*ret = 0; words[*ret]; ++*ret)
		if (span_equal_text(value, words[*ret]))
			return OK;
	return fail(err, E_NET_VALUE, "it takes %s", wanted);
}

static enum status take_dhcp(struct net_interface *to, struct span value,
			     struct error *err)
{
	/* by the bits of NET_DHCP_V4 and NET_DHCP_V6 */
	static const char *const words[] = { "no", "v4", "v6", "both", NULL };

	return pick(value, words, "v4, v6, both or no", &to->dhcp, err);
}

static enum status take_address(struct net_interface *to, struct span value,
				struct error *err)
{
	struct net_address a;

	if (!parse_with_bits(value, &a) || !a.prefix || !is_host(&a))
		return fail(err, E_NET_ADDRESS,
			    "it takes an address that a host can have, '/' and "
			    "the bits of its network");
	if (a.is_ipv6 && a.bytes[0] == 0xfe && (a.bytes[1] & 0xc0) == 0x80)
		return fail(err, E_NET_ADDRESS,
			    "the kernel gives such an address to every link, "
			    "and nothing is reached from it");
	if (!a.is_ipv6 && a.prefix < 31 && /* RFC 3021 */
	    (host_part_is(&a, 0) || host_part_is(&a, 1)))
		return fail(err, E_NET_ADDRESS,
			    "it is the address of a network of %u bits, not of "
			    "a host in it",
			    a.prefix);
	return keep(to->addresses, &to->address_count, NET_ADDRESSES_MAX, &a,
		    err);
}

static enum status take_gateway(struct net_interface *to, struct span value,
				struct error *err)
{
	struct net_route route = { .to = { .prefix = 0 } };
	enum status s = net_address_parse(value, &route.gateway, err);

	route.to.is_ipv6 = route.gateway.is_ipv6;
	return s == OK ? keep_route(to, &route, err) : s;
}

static enum status take_route(struct net_interface *to, struct span value,
			      struct error *err)
{
	struct net_route route;
	struct span network = span_cut_at(&value, ',');
	enum status s;

	if (!parse_with_bits(network, &route.to) || !host_part_is(&route.to, 0))
		return fail(err, E_NET_ADDRESS,
			    "it takes a network with no bit behind its own, "
			    "'/' and how many these are, ',' and a gateway");
	s = net_address_parse(value, &route.gateway, err);
	if (s != OK)
		return s;
	if (route.to.is_ipv6 != route.gateway.is_ipv6)
		return fail(err, E_NET_TOGETHER,
			    "the network is of IPv%d, the gateway of IPv%d",
			    route.to.is_ipv6 ? 6 : 4,
			    route.gateway.is_ipv6 ? 6 : 4);
	return keep_route(to, &route, err);
}

static enum status take_dns(struct net_interface *to, struct span value,
			    struct error *err)
{
	struct net_address a;
	enum status s = net_address_parse(value, &a, err);

	return s == OK ? keep(to->dns, &to->dns_count, NET_DNS_MAX, &a, err)
		       : s;
}

static enum status take_mtu(struct net_interface *to, struct span value,
			    struct error *err)
{
	return take_number(value, MTU_MIN, MTU_MAX, &to->mtu, err);
}

static enum status take_vlan(struct net_interface *to, struct span value,
			     struct error *err)
{
	return take_number(value, 1, VLAN_MAX, &to->vlan, err);
}

static enum status take_bond(struct net_interface *to, struct span value,
			     struct error *err)
{
	static const char *const words[] = { "active-backup", "802.3ad", NULL };
	unsigned at;
	enum status s =
		pick(value, words, "active-backup or 802.3ad", &at, err);

	to->bond = at ? NET_8023AD : NET_ACTIVE_BACKUP;
	return s;
}

static bool is_plain(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

/* No '%', which the kernel would replace; no ':' or '/', which it refuses. */
static enum status take_name(struct net_interface *to, struct span value,
			     struct error *err)
{
	bool is_good = value.len && value.len < sizeof(to->bond_name) &&
		       is_plain(value.ptr[0]);

	for (size_t i = 0; is_good && i < value.len; i++)
		is_good = is_plain(value.ptr[i]) || value.ptr[i] == '.';
	if (!is_good)
		return fail(err, E_NET_VALUE,
			    "it takes 1 to %zu letters, digits, '-', '_' and "
			    "'.', which is not the first",
			    sizeof(to->bond_name) - 1);
	memcpy(to->bond_name, value.ptr, value.len);
	return OK;
}

static enum status take_slaac(struct net_interface *to, struct span value,
			      struct error *err)
{
	static const char *const words[] = { "yes", "no", NULL };
	unsigned at;
	enum status s = pick(value, words, "yes or no", &at, err);

	to->no_slaac = at == 1;
	return s;
}

static const struct word {
	const char *name;
	bool repeats;
	enum status (*take)(struct net_interface *to, struct span value,
			    struct error *err);
} words[] = {
	{ "dhcp", false, take_dhcp },	   { "address", true, take_address },
	{ "gateway", true, take_gateway }, { "route", true, take_route },
	{ "dns", true, take_dns },	   { "mtu", false, take_mtu },
	{ "vlan", false, take_vlan },	   { "bond", false, take_bond },
	{ "name", false, take_name },	   { "slaac", false, take_slaac },
};

#define WORD_COUNT (sizeof(words) / sizeof(words[0]))

/* *seen: a bit for each of words. */
static enum status take_word(struct net_interface *to, struct span word,
			     unsigned *seen, struct error *err)
{
	struct span value = word, name = span_cut_at(&value, '=');
	size_t at = 0;

	while (at < WORD_COUNT && !span_equal_text(name, words[at].name))
		at++;
	if (at == WORD_COUNT)
		return fail(err, E_NET_WORD,
			    "it is none of dhcp=, address=, gateway=, route=, "
			    "dns=, mtu=, vlan=, bond=, name= and slaac=");
	if (*seen & 1U << at && !words[at].repeats)
		return fail(err, E_NET_TWICE, "%s= stands twice",
			    words[at].name);
	*seen |= 1U << at;
	return words[at].take(to, value, err);
}

static bool was_seen(unsigned seen, const char *name)
{
	for (size_t at = 0; at < WORD_COUNT; at++)
		if (!strcmp(words[at].name, name))
			return seen & 1U << at;
	return false;
}

/* --- which interface --------------------------------------------------------
 */

static bool cut_prefix(struct span *s, const char *prefix)
{
	size_t len = strlen(prefix);

	if (!span_starts_with(*s, prefix, len))
		return false;
	*s = span_slice(*s, len, s->len - len);
	return true;
}

/* An interface's own: not of a group, not all zero. */
static bool parse_mac(struct span text, uint8_t mac[6])
{
	unsigned all = 0;

	if (text.len != 17)
		return false;
	for (size_t i = 0; i < 6; i++) {
		if (!text_parse_hex(span_cut_at(&text, ':'), &mac[i], 1))
			return false;
		all |= mac[i];
	}
	return all && !(mac[0] & 1);
}

static bool is_which_text(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] <= ' ' || text.ptr[i] > '~' ||
		    text.ptr[i] == '/' || text.ptr[i] == '=')
			return false;
	return text.len && text.len < NET_WHICH_MAX;
}

static enum status take_which(struct net_interface *to, struct span which,
			      struct error *err)
{
	struct span rest = which;
	bool is_good = true;

	if (span_equal_text(which, "first")) {
		to->which = NET_FIRST;
	} else if (cut_prefix(&rest, "mac=")) {
		to->which = NET_BY_MAC;
		is_good = parse_mac(rest, to->mac);
	} else {
		to->which =
			cut_prefix(&rest, "path=") ? NET_BY_PATH : NET_BY_NAME;
		is_good = is_which_text(rest);
		if (is_good)
			memcpy(to->text, rest.ptr, rest.len);
	}
	if (!is_good)
		return fail(err, E_NET_WHICH,
			    "\"%s\" says no interface: the first word is a "
			    "pattern of names, mac=ADDRESS, path=DEVICE or "
			    "first",
			    display_of(which).text);
	return OK;
}

/* --- what goes together -----------------------------------------------------
 */

static bool has_static(const struct net_interface *i, bool is_ipv6)
{
	for (uint32_t at = 0; at < i->address_count; at++)
		if (i->addresses[at].is_ipv6 == is_ipv6)
			return true;
	return false;
}

static enum status check_routes(const struct net_interface *i,
				struct error *err)
{
	for (uint32_t at = 0; at < i->route_count; at++) {
		bool is_ipv6 = i->routes[at].to.is_ipv6;

		if (!(i->dhcp & (is_ipv6 ? NET_DHCP_V6 : NET_DHCP_V4)) &&
		    !has_static(i, is_ipv6))
			return fail(err, E_NET_TOGETHER,
				    "there is a gateway of IPv%d, and neither "
				    "an address nor DHCP",
				    is_ipv6 ? 6 : 4);
	}
	return OK;
}

static enum status check_together(const struct net_interface *i,
				  struct error *err)
{
	if (i->bond && i->which == NET_FIRST)
		return fail(err, E_NET_TOGETHER,
			    "bond= needs to know its members, and first is "
			    "whichever comes first");
	if (i->bond_name[0] && !i->bond)
		return fail(err, E_NET_TOGETHER,
			    "name= is of a bond, and there is no bond=");
	if (!i->dhcp && !i->address_count && i->no_slaac)
		return fail(err, E_NET_TOGETHER,
			    "dhcp=no and slaac=no without an address=: nothing "
			    "gives it one");
	if (i->mtu && i->mtu < MTU_IPV6 && has_static(i, true))
		return fail(err, E_NET_TOGETHER,
			    "mtu=%u with an address= of IPv6, which needs %d "
			    "or more",
			    i->mtu, MTU_IPV6);
	return check_routes(i, err);
}

static enum status check_beside(const struct net_settings *settings,
				const struct net_interface *i,
				struct error *err)
{
	if (settings->interface_count == NET_INTERFACES_MAX)
		return fail(err, E_NET_MANY,
			    "there are at most %d lines of interfaces",
			    NET_INTERFACES_MAX);
	for (uint32_t at = 0; at < settings->interface_count; at++) {
		const struct net_interface *o = &settings->interfaces[at];

		if (o->which == i->which && !strcmp(o->text, i->text) &&
		    !memcmp(o->mac, i->mac, sizeof(i->mac)) &&
		    o->vlan == i->vlan)
			return fail(err, E_NET_TWICE,
				    "a line before it is for the same "
				    "interface");
		if (i->bond && !strcmp(o->bond_name, i->bond_name))
			return fail(err, E_NET_TWICE,
				    "a bond before it has the name %s, too",
				    i->bond_name);
	}
	return OK;
}

static enum status take_words(struct net_interface *to, struct span rest,
			      struct error *err)
{
	unsigned seen = 0;
	struct span word;
	enum status s = OK;

	while (s == OK && (word = span_next_word(&rest)).len) {
		s = take_word(to, word, &seen, err);
		if (s != OK)
			return fail_in(err, s, "%s", display_of(word).text);
	}
	if (!was_seen(seen, "dhcp") && !to->address_count)
		to->dhcp = NET_DHCP_V4 | NET_DHCP_V6;
	s = check_together(to, err);
	if (to->bond && !to->bond_name[0])
		memcpy(to->bond_name, "bond0", sizeof("bond0"));
	return s;
}

enum status net_settings_add(struct net_settings *settings, struct span value,
			     struct error *err)
{
	struct net_interface new = { .which = NET_FIRST };
	struct span which = span_next_word(&value);
	enum status s = take_which(&new, which, err);

	if (s != OK)
		return s;
	s = take_words(&new, value, err);
	if (s == OK)
		s = check_beside(settings, &new, err);
	if (s != OK)
		return fail_in(err, s, "network %s", display_of(which).text);
	settings->interfaces[settings->interface_count++] = new;
	return OK;
}
