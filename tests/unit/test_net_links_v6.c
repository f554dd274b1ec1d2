/* IPv6 addresses of links, in networks of the test's own: static ones, of
 * routers and of DHCPv6, from dnsmasq. */
#include "net_links.h"

#include "dhcp.h"
#include "lan.h"
#include "test.h"

#include <string.h>

#define RA "enable-ra ra-param=sv0,0,1800 "

static bool gave(const struct lan *lan, const char *address)
{
	return lan_state(lan)->has_ipv6 &&
	       !memcmp(lan_state(lan)->ipv6, lan_address(address).bytes, 16);
}

static struct net_interface *add_rule(struct lan *lan)
{
	struct net_interface *rule = lan_rule(lan, "eth0");

	rule->address_count = 1;
	rule->addresses[0] = lan_address("2001:db8:1::7/64");
	rule->route_count = 1;
	rule->routes[0].to = lan_address("::/0");
	rule->routes[0].gateway = lan_address("2001:db8:1::1");
	return rule;
}

/* In use when nobody else has it, and not before. */
static void a_static_address_is_asked_for(void **state)
{
	struct lan *lan = *state;

	add_rule(lan)->no_slaac = true;
	lan_cable(lan, "eth0", "sv0", "2001:db8:1::1/64");
	lan_start(lan);
	assert_true(
		lan_says(lan, "2001:db8:1::7 may be another machine's", 4000));
	assert_int_equal(lan_state(lan)->stage, NET_NO_ADDRESS);
	assert_true(lan_reaches(lan, NET_UP, 6000));
	assert_string_equal(lan_state(lan)->line, "eth0: 2001:db8:1::7/64");
	assert_true(gave(lan, "2001:db8:1::7"));
	assert_int_equal(lan_state(lan)->ipv6_prefix, 64);
	assert_memory_equal(lan_state(lan)->ipv6_gateway,
			    lan_address("2001:db8:1::1").bytes, 16);
	assert_false(lan_state(lan)->has_ipv4);
	lan_run(lan, "/bin/busybox ping -6 -c 1 -W 3 2001:db8:1::1 >/dev/null");
	lan_run(lan, "test $(cat /proc/sys/net/ipv6/conf/eth0/accept_ra) = 0");
}

static void one_that_somebody_has_is_told(void **state)
{
	struct lan *lan = *state;

	add_rule(lan);
	lan_cable(lan, "eth0", "sv0", "2001:db8:1::7/64");
	lan_start(lan);
	assert_true(lan_says(lan, "eth0: 2001:db8:1::7 is another machine's",
			     6000));
	assert_int_equal(lan_state(lan)->stage, NET_NO_ADDRESS);
}

/* An address of a router's prefix, its route and its name servers. */
static void routers_are_enough(void **state)
{
	struct lan *lan = *state;
	const struct net_state *now;

	lan_rule(lan, "eth0");
	lan_cable(lan, "eth0", "sv0", "2001:db8:1::1/64");
	lan_far(lan, "ip addr add fe80::1/64 dev sv0 nodad");
	lan_dnsmasq(lan, "port=0 interface=sv0 " RA
			 "dhcp-range=2001:db8:1::,ra-only "
			 "dhcp-option=option6:dns-server,[2001:db8:1::53],"
			 "[fe80::53]");
	lan_start(lan);
	assert_true(lan_reaches(lan, NET_UP, 15000));
	now = lan_state(lan);
	assert_true(now->has_ipv6);
	assert_memory_equal(now->ipv6, lan_address("2001:db8:1::").bytes, 8);
	assert_int_equal(now->ipv6_prefix, 64);
	assert_int_equal(now->ipv6_gateway[0], 0xfe);
	assert_true(lan_resolves(lan, "nameserver 2001:db8:1::53"));
	assert_true(lan_resolves(lan, "nameserver fe80::53%eth0"));
}

static void routers_count_for_nothing_if_so_told(void **state)
{
	struct lan *lan = *state;

	lan_rule(lan, "eth0")->no_slaac = true;
	lan_cable(lan, "eth0", "sv0", "2001:db8:1::1/64");
	lan_dnsmasq(lan, "port=0 interface=sv0 " RA
			 "dhcp-range=2001:db8:1::,ra-only");
	lan_start(lan);
	assert_true(lan_says(lan, "no router has told of an address for 4 s",
			     8000));
	lan_run(lan, "! ip addr show eth0 | grep -q 2001:db8:1:");
}

static void dhcpv6_gives_an_address_and_a_url(void **state)
{
	struct lan *lan = *state;
	const struct net_state *now;

	lan->settings.boot_from_dhcp = true;
	lan_rule(lan, "eth0")->dhcp = NET_DHCP_V4 | NET_DHCP_V6;
	lan_cable(lan, "eth0", "sv0", "2001:db8:1::1/64");
	lan_dnsmasq(lan, "port=0 interface=sv0 " RA
			 "dhcp-range=2001:db8:1::10,2001:db8:1::10,64,600 "
			 "dhcp-option=option6:dns-server,[2001:db8:1::53] "
			 "dhcp-option=option6:59,http://boot.example/a.efi");
	lan_start(lan);
	assert_true(lan_reaches(lan, NET_UP, 15000));
	assert_true(lan_comes(lan, 6000,
			      "ip addr show eth0 | grep -q "
			      "2001:db8:1::10/128"));
	now = lan_state(lan);
	assert_true(gave(lan, "2001:db8:1::10"));
	assert_int_equal(now->ipv6_prefix, 128);
	assert_string_equal(now->boot_url6, "http://boot.example/a.efi");
	for (int i = 0; i < 150 && !now->ipv6_gateway[0]; i++)
		lan_goes_on(lan, 100);
	assert_int_equal(now->ipv6_gateway[0], 0xfe);
	assert_true(lan_resolves(lan, "nameserver 2001:db8:1::53"));
}

/* The address is of a router's prefix, DHCPv6 tells the rest. */
static void dhcpv6_tells_what_routers_do_not(void **state)
{
	struct lan *lan = *state;

	lan_rule(lan, "eth0")->dhcp = NET_DHCP_V6;
	lan_cable(lan, "eth0", "sv0", "2001:db8:1::1/64");
	lan_dnsmasq(lan, "port=0 interface=sv0 " RA
			 "dhcp-range=2001:db8:1::,ra-stateless "
			 "dhcp-option=option6:domain-search,example.org "
			 "dhcp-option=option6:59,http://boot.example/a.efi");
	lan_start(lan);
	assert_true(lan_reaches(lan, NET_UP, 15000));
	for (int i = 0; i < 150 && !lan_state(lan)->boot_url6[0]; i++)
		lan_goes_on(lan, 100);
	assert_string_equal(lan_state(lan)->boot_url6,
			    "http://boot.example/a.efi");
	assert_memory_equal(lan_state(lan)->ipv6,
			    lan_address("2001:db8:1::").bytes, 8);
	lan_run(lan, "! ip addr show eth0 | grep -q /128");
}

/* Both families: whichever answers makes the network, the other one adds. */
static void both_families_are_asked(void **state)
{
	struct lan *lan = *state;
	uint64_t deadline = 200;

	lan_rule(lan, "eth0")->dhcp = NET_DHCP_V4 | NET_DHCP_V6;
	lan_cable(lan, "eth0", "sv0", "2001:db8:1::1/64");
	lan_far(lan, "ip addr add 192.0.2.1/24 dev sv0");
	lan_dnsmasq(lan, "port=0 interface=sv0 " RA
			 "dhcp-range=2001:db8:1::10,2001:db8:1::10,64,600 "
			 "dhcp-range=192.0.2.10,192.0.2.10,255.255.255.0,600");
	lan_start(lan);
	assert_true(lan_says(lan, "eth0: 192.0.2.10/24", 6000));
	assert_int_equal(lan_state(lan)->stage, NET_UP);
	while (!gave(lan, "2001:db8:1::10") && deadline--)
		lan_goes_on(lan, 100);
	assert_true(gave(lan, "2001:db8:1::10"));
	assert_string_equal(lan_state(lan)->line,
			    "eth0: 192.0.2.10/24, 2001:db8:1::10/128");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, lan_begin, lan_end)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_static_address_is_asked_for),
		TEST(one_that_somebody_has_is_told),
		TEST(routers_are_enough),
		TEST(routers_count_for_nothing_if_so_told),
		TEST(dhcpv6_gives_an_address_and_a_url),
		TEST(dhcpv6_tells_what_routers_do_not),
		TEST(both_families_are_asked),
	};
	const char *slash = strrchr(argv[0], '/');

	if (slash && !strcmp(slash + 1, DHCP_SCRIPT_NAME))
		return dhcp_script(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
