/* Fuzz target: lines of how the network is set up. What is taken stays in its
 * limits and, written down again, is the same; a line that is refused changes
 * nothing. */
#include "format/net_settings.h"
#include "fuzz.h"

#include <arpa/inet.h>

static void add_address(struct text *t, const char *key,
			const struct net_address *a)
{
	char buf[INET6_ADDRSTRLEN];

	fuzz_must(a->prefix <= (a->is_ipv6 ? 128 : 32));
	fuzz_must(inet_ntop(a->is_ipv6 ? AF_INET6 : AF_INET, a->bytes, buf,
			    sizeof(buf)) != NULL);
	text_addf(t, "%s%s", key, buf);
}

static void check_host(const struct net_address *a)
{
	struct net_address again;
	char buf[INET6_ADDRSTRLEN];
	struct text t = text_over(buf, sizeof(buf));

	add_address(&t, "", a);
	fuzz_must(net_address_parse(span_of(buf, t.len), &again, NULL) == OK);
	fuzz_must(!memcmp(again.bytes, a->bytes, sizeof(a->bytes)));
}

static void add_which(struct text *t, const struct net_interface *i)
{
	fuzz_must(memchr(i->text, '\0', sizeof(i->text)) != NULL);
	fuzz_must(!i->text[0] ==
		  (i->which == NET_FIRST || i->which == NET_BY_MAC));
	switch (i->which) {
	case NET_FIRST:
		text_add(t, "first");
		return;
	case NET_BY_MAC:
		text_addf(t, "mac=%02x:%02x:%02x:%02x:%02x:%02x", i->mac[0],
			  i->mac[1], i->mac[2], i->mac[3], i->mac[4],
			  i->mac[5]);
		return;
	case NET_BY_NAME:
	case NET_BY_PATH:
		text_addf(t, "%s%s", i->which == NET_BY_PATH ? "path=" : "",
			  i->text);
		return;
	}
	fuzz_must(false);
}

static void add_lists(struct text *t, const struct net_interface *i)
{
	fuzz_must(i->address_count <= NET_ADDRESSES_MAX);
	for (uint32_t at = 0; at < i->address_count; at++) {
		check_host(&i->addresses[at]);
		add_address(t, " address=", &i->addresses[at]);
		text_addf(t, "/%u", i->addresses[at].prefix);
	}
	fuzz_must(i->route_count <= NET_ROUTES_MAX);
	for (uint32_t at = 0; at < i->route_count; at++) {
		check_host(&i->routes[at].gateway);
		fuzz_must(i->routes[at].to.is_ipv6 ==
			  i->routes[at].gateway.is_ipv6);
		add_address(t, " route=", &i->routes[at].to);
		text_addf(t, "/%u", i->routes[at].to.prefix);
		add_address(t, ",", &i->routes[at].gateway);
	}
	fuzz_must(i->dns_count <= NET_DNS_MAX);
	for (uint32_t at = 0; at < i->dns_count; at++) {
		check_host(&i->dns[at]);
		add_address(t, " dns=", &i->dns[at]);
	}
}

static void add_line(struct text *t, const struct net_interface *i)
{
	static const char *const dhcp[] = { "no", "v4", "v6", "both" };
	static const char *const bond[] = { "", "active-backup", "802.3ad" };

	add_which(t, i);
	fuzz_must(i->dhcp <= (NET_DHCP_V4 | NET_DHCP_V6));
	text_addf(t, " dhcp=%s slaac=%s", dhcp[i->dhcp],
		  i->no_slaac ? "no" : "yes");
	add_lists(t, i);
	fuzz_must(!i->mtu || (i->mtu >= 576 && i->mtu <= 65535));
	if (i->mtu)
		text_addf(t, " mtu=%u", i->mtu);
	fuzz_must(i->vlan < 4095);
	if (i->vlan)
		text_addf(t, " vlan=%u", i->vlan);
	fuzz_must(!i->bond_name[0] == !i->bond);
	fuzz_must(memchr(i->bond_name, '\0', sizeof(i->bond_name)) != NULL);
	if (i->bond)
		text_addf(t, " bond=%s name=%s", bond[i->bond], i->bond_name);
}

static void check(const struct net_settings *n)
{
	static struct net_settings again;
	char line[2048];

	memset(&again, 0, sizeof(again));
	fuzz_must(n->interface_count <= NET_INTERFACES_MAX);
	for (uint32_t i = 0; i < n->interface_count; i++) {
		struct text t = text_over(line, sizeof(line));
		struct error err = { .code = OK };

		add_line(&t, &n->interfaces[i]);
		fuzz_must(!t.cut);
		fuzz_must(net_settings_add(&again, span_of(line, t.len),
					   &err) == OK);
	}
	fuzz_must(!memcmp(&again, n, sizeof(again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct net_settings n, was;
	struct span text = span_of(data, size), line;

	memset(&n, 0, sizeof(n));
	while (span_next_line(&text, &line)) {
		struct error err = { .code = OK };
		enum status s;

		was = n;
		s = net_settings_add(&n, line, &err);
		if (s == OK)
			continue;
		fuzz_check_error(s, &err);
		fuzz_must(!memcmp(&was, &n, sizeof(n)));
	}
	check(&n);
	return 0;
}
