/* Interfaces, links and IPv4 addresses, in networks of the test's own: against
 * dnsmasq, and against clients that say what no good server makes them say. */
#include "net_links.h"

#include "dhcp.h"
#include "lan.h"
#include "net_menu.h"
#include "test.h"

#include <string.h>
#include <unistd.h>

#define DHCP4                                                                  \
	"interface=sv0 dhcp-range=192.0.2.10,192.0.2.10,255.255.255.0,600 "    \
	"dhcp-option=3,192.0.2.1 dhcp-option=6,192.0.2.2,192.0.2.3 "           \
	"dhcp-option=15,example.org dhcp-option=26,1400 port=0"

static bool gave(const struct lan *lan, const char *address)
{
	return lan_state(lan)->has_ipv4 &&
	       !memcmp(lan_state(lan)->ipv4, lan_address(address).bytes, 4);
}

static void one_that_is_told_nothing_takes_what_is_there(void **state)
{
	struct lan *lan = *state;
	const struct net_state *now;

	lan_cable(lan, "eth0", "sv0", "192.0.2.1/24");
	lan_dnsmasq(lan, DHCP4 " dhcp-boot=linux.efi,boot.example,192.0.2.4");
	lan_start(lan);
	assert_true(lan_reaches(lan, NET_UP, 8000));
	now = lan_state(lan);
	assert_string_equal(now->line, "eth0: 192.0.2.10/24");
	assert_string_equal(now->interface, "eth0");
	assert_true(gave(lan, "192.0.2.10"));
	assert_int_equal(now->ipv4_prefix, 24);
	assert_memory_equal(now->ipv4_gateway, lan_address("192.0.2.1").bytes,
			    4);
	assert_false(now->is_static4);
	assert_int_equal(now->vlan, 0);
	assert_string_equal(now->port, "eth0");
	assert_false(now->is_bond);
	assert_int_equal(now->lease.event, LEASE_BOUND);
	assert_string_equal(now->lease.boot_file, "linux.efi");
	assert_true(lan_comes(lan, 1000,
			      "ip route | grep -q 'default via 192.0.2.1 dev "
			      "eth0 '"));
	lan_run(lan, "ip link show eth0 | grep -q 'mtu 1400'");
	assert_true(lan_resolves(lan, "options timeout:1 attempts:2"));
	assert_true(lan_resolves(lan, "search example.org"));
	assert_true(lan_resolves(lan, "nameserver 192.0.2.2"));
	assert_true(lan_resolves(lan, "nameserver 192.0.2.3"));
	assert_non_null(strstr(lan->notes, "DHCP gives 192.0.2.10/24 for 600"));
	/* what is left for the next system */
	net_links_end(&lan->links);
	lan_run(lan, "ip addr show eth0 | grep -q 192.0.2.10/24");
}

static void static_addresses_ask_nobody(void **state)
{
	struct lan *lan = *state;
	struct net_interface *rule = lan_rule(lan, "eth*");

	rule->address_count = 2;
	rule->addresses[0] = lan_address("192.0.2.7/24");
	rule->addresses[1] = lan_address("198.51.100.7/28");
	rule->route_count = 2;
	rule->routes[0].to = lan_address("0.0.0.0/0");
	rule->routes[0].gateway = lan_address("192.0.2.1");
	rule->routes[1].to = lan_address("203.0.113.0/24");
	rule->routes[1].gateway = lan_address("198.51.100.1");
	rule->dns_count = 1;
	rule->dns[0] = lan_address("198.51.100.2");
	rule->mtu = 1280;
	lan->settings.dns_count = 1;
	lan->settings.dns[0] = lan_address("2001:db8::53");
	lan_cable(lan, "eth0", "sv0", "192.0.2.1/24");
	lan_start(lan);
	assert_true(lan_reaches(lan, NET_UP, 4000));
	assert_true(gave(lan, "192.0.2.7"));
	assert_true(lan_state(lan)->is_static4);
	assert_int_equal(lan_state(lan)->lease.event, 0);
	assert_memory_equal(lan_state(lan)->ipv4_gateway,
			    lan_address("192.0.2.1").bytes, 4);
	lan_run(lan, "ip route | grep -q 'default via 192.0.2.1 dev eth0 '");
	lan_run(lan, "ip route get 203.0.113.9 | grep -q 'via 198.51.100.1'");
	lan_run(lan, "ip link show eth0 | grep -q 'mtu 1280'");
	lan_run(lan, "/bin/busybox ping -c 1 -W 2 192.0.2.1 >/dev/null");
	lan_run(lan,
		"test \"$(grep nameserver %s | tr '\\n' ' ')\" = "
		"'nameserver 2001:db8::53 nameserver 198.51.100.2 '",
		lan->resolv);
}

/* The cable comes late, goes, and comes again. */
static void a_link_may_come_late_and_go(void **state)
{
	struct lan *lan = *state;
	unsigned handled;

	lan_cable(lan, "eth0", "sv0", "192.0.2.1/24");
	lan_far(lan, "ip link set sv0 down");
	lan_start(lan);
	assert_int_equal(lan_state(lan)->stage, NET_NO_INTERFACE);
	assert_true(lan_reaches(lan, NET_NO_CARRIER, 2000));
	assert_string_equal(lan_state(lan)->interface, "eth0");
	assert_true(lan_says(lan, "eth0: no carrier for 2 s", 4000));
	handled = lan->handled;
	lan_goes_on(lan, 2000);
	assert_true(lan->handled - handled < 20);
	lan_far(lan, "ip link set sv0 up");
	assert_true(lan_reaches(lan, NET_NO_ADDRESS, 4000));
	assert_true(lan_says(lan, "eth0: no answer to DHCP for 1 s", 4000));
	lan_dnsmasq(lan, DHCP4);
	assert_true(lan_reaches(lan, NET_UP, 8000));
	lan_far(lan, "ip link set sv0 down");
	assert_true(lan_reaches(lan, NET_NO_CARRIER, 4000));
	assert_false(lan_state(lan)->has_ipv4);
	lan_far(lan, "ip link set sv0 up");
	assert_true(lan_reaches(lan, NET_UP, 8000));
	assert_true(gave(lan, "192.0.2.10"));
}

static void a_link_that_flaps_gets_its_address(void **state)
{
	struct lan *lan = *state;
	unsigned handled;

	lan_cable(lan, "eth0", "sv0", "192.0.2.1/24");
	lan_dnsmasq(lan, DHCP4);
	lan_start(lan);
	for (int i = 0; i < 12; i++) {
		lan_far(lan, "ip link set sv0 down");
		lan_goes_on(lan, 80);
		lan_far(lan, "ip link set sv0 up");
		lan_goes_on(lan, 80);
	}
	assert_true(lan_reaches(lan, NET_UP, 8000));
	/* of the clients that were started none is left dead */
	lan_run(lan, "! ps -o stat= --ppid %d | grep -q Z", getpid());
	handled = lan->handled;
	lan_goes_on(lan, 1000);
	assert_true(lan->handled - handled < 20);
	assert_true(gave(lan, "192.0.2.10"));
}

static void interfaces_may_come_later_and_go(void **state)
{
	struct lan *lan = *state;

	lan_start(lan);
	assert_true(lan_says(lan, "no network interface for 1 s", 3000));
	lan_cable(lan, "dummy7", "sv1", NULL);
	lan_cable(lan, "eth5", "sv0", "192.0.2.1/24");
	lan_dnsmasq(lan, DHCP4);
	assert_true(lan_reaches(lan, NET_UP, 8000));
	assert_string_equal(lan_state(lan)->interface, "eth5");
	lan_run(lan, "ip link del eth5");
	assert_true(lan_reaches(lan, NET_NO_CARRIER, 3000));
	assert_string_equal(lan_state(lan)->interface, "dummy7");
	lan_run(lan, "ip link del dummy7");
	assert_true(lan_reaches(lan, NET_NO_INTERFACE, 3000));
	assert_string_equal(lan_state(lan)->interface, "");
}

/* The first that has an address counts, until it has it no more. */
static void another_takes_over(void **state)
{
	struct lan *lan = *state;

	lan_rule(lan, "eth*")->dhcp = NET_DHCP_V4;
	lan_cable(lan, "eth0", "sv0", NULL);
	lan_cable(lan, "eth1", "sv1", NULL);
	lan_cable(lan, "usb0", "sv2", NULL);
	lan_play(lan, "export subnet=255.255.255.0\n"
		      "case $interface in eth0) n=1 ;; *) n=2 ;; esac\n"
		      "export ip=198.51.100.$n router=198.51.100.9 lease=600\n"
		      "\"$s\" bound; while :; do sleep 9; done");
	lan_far(lan, "ip link set sv0 up");
	lan_start(lan);
	assert_true(lan_reaches(lan, NET_UP, 4000));
	lan_far(lan, "ip link set sv1 up");
	lan_far(lan, "ip link set sv2 up");
	assert_true(lan_comes(lan, 4000,
			      "ip addr show eth1 | grep -q 198.51.100.2"));
	lan_goes_on(lan, 300);
	assert_string_equal(lan_state(lan)->interface, "eth0");
	/* both have a default route, the first one is the better */
	lan_run(lan, "ip route get 192.0.2.9 | grep -q 'dev eth0'");
	lan_run(lan, "test $(ip route | grep -c ^default) = 2");
	lan_run(lan, "ip link show usb0 | grep -q 'state DOWN'");
	lan_far(lan, "ip link set sv0 down");
	assert_true(lan_says(lan, "eth1: 198.51.100.2/24", 4000));
	lan_far(lan, "ip link set sv0 up");
	lan_goes_on(lan, 1000);
	assert_string_equal(lan_state(lan)->interface, "eth1");
}

static void a_mac_is_enough(void **state)
{
	struct lan *lan = *state;
	struct net_interface *rule = lan_rule(lan, "");
	const uint8_t mac[] = { 0x52, 0x54, 0, 0, 0, 7 };

	rule->which = NET_BY_MAC;
	memcpy(rule->mac, mac, 6);
	rule->dhcp = NET_DHCP_V4;
	lan_cable(lan, "eth0", "sv1", "198.51.100.1/24");
	lan_start(lan);
	assert_true(
		lan_says(lan, "none of 1 network interfaces is meant", 2000));
	lan_cable(lan, "eth1", "sv0", "192.0.2.1/24");
	lan_run(lan, "ip link set eth1 address 52:54:00:00:00:07");
	lan_dnsmasq(lan, DHCP4);
	assert_true(lan_reaches(lan, NET_UP, 8000));
	assert_string_equal(lan_state(lan)->interface, "eth1");
	assert_memory_equal(lan_state(lan)->mac, mac, 6);
	lan_run(lan, "ip link show eth0 | grep -q 'state DOWN'");
}

/* Somebody switches it off: it is switched on, with all that it had. */
static void what_is_undone_is_done_again(void **state)
{
	struct lan *lan = *state;
	struct net_interface *rule = lan_rule(lan, "eth0");

	rule->address_count = 2;
	rule->addresses[0] = lan_address("192.0.2.7/24");
	rule->addresses[1] = lan_address("2001:db8::7/64");
	lan_cable(lan, "eth0", "sv0", "192.0.2.1/24");
	lan_start(lan);
	assert_true(lan_reaches(lan, NET_UP, 4000));
	assert_true(lan_comes(lan, 4000,
			      "ip addr show eth0 | grep -q 2001:db8::7"));
	lan_run(lan, "ip link set eth0 down");
	assert_true(lan_comes(lan, 4000,
			      "ip addr show eth0 | grep -q 2001:db8::7"));
	assert_true(lan_reaches(lan, NET_UP, 4000));
	assert_true(gave(lan, "192.0.2.7"));
}

/* Two ports and one static address: one has it, and the other when that has
 * lost its carrier for a while. */
static void a_static_address_is_on_one_port(void **state)
{
	struct lan *lan = *state;
	struct net_interface *rule = lan_rule(lan, "");

	rule->which = NET_FIRST;
	rule->address_count = 1;
	rule->addresses[0] = lan_address("192.0.2.7/24");
	lan_cable(lan, "eth0", "sv0", NULL);
	lan_cable(lan, "eth1", "sv1", "192.0.2.1/24");
	lan_start(lan);
	assert_true(lan_says(lan, "eth1: 192.0.2.7/24", 4000));
	lan_far(lan, "ip link set sv0 up");
	lan_goes_on(lan, 500);
	lan_run(lan, "! ip addr show eth0 | grep -q 192.0.2.7");
	lan_far(lan, "ip link set sv1 down");
	assert_true(lan_says(lan, "eth0: 192.0.2.7/24", 8000));
	lan_run(lan, "! ip addr show eth1 | grep -q 192.0.2.7");
}

/* --- what clients may say ------------------------------------------------- */

static void leases_may_change(void **state)
{
	struct lan *lan = *state;

	lan_rule(lan, "eth0")->dhcp = NET_DHCP_V4;
	lan_cable(lan, "eth0", "sv0", "192.0.2.1/24");
	lan_play(lan,
		 "wait_for() { until [ -e $d/$1 ]; do sleep 0.05; done; }\n"
		 "export subnet=255.255.255.0 lease=600 dns=192.0.2.2\n"
		 "export ip=192.0.2.10 router=192.0.2.1\n"
		 "case $(wc -l <$d/started) in 1) \"$s\" bound\n"
		 "wait_for 1; export ip=192.0.2.11 router=192.0.2.9\n"
		 "export dns=192.0.2.3; \"$s\" renew\n"
		 "wait_for 2; message='not yours' \"$s\" nak ;;\n"
		 "2) wait_for 3; ip=192.0.2.12 \"$s\" bound\n"
		 "wait_for 4; \"$s\" deconfig\n"
		 "wait_for 5; exit 1 ;; *) \"$s\" bound ;; esac\n"
		 "while :; do sleep 9; done");
	lan_start(lan);
	assert_true(lan_says(lan, "192.0.2.10/24", 4000));
	assert_true(lan_resolves(lan, "nameserver 192.0.2.2"));
	lan_write(lan, "1", "");
	assert_true(lan_says(lan, "192.0.2.11/24", 4000));
	lan_run(lan, "! ip addr show eth0 | grep -q 192.0.2.10/");
	lan_run(lan, "test \"$(ip route | grep -c ^default)\" = 1");
	lan_run(lan, "ip route | grep -q 'default via 192.0.2.9'");
	assert_true(lan_resolves(lan, "nameserver 192.0.2.3"));
	assert_int_equal(lan_state(lan)->lease.event, LEASE_RENEW);
	lan_write(lan, "2", "");
	assert_true(lan_reaches(lan, NET_NO_ADDRESS, 4000));
	lan_run(lan, "! ip addr show eth0 | grep -q 192.0.2.11/");
	assert_non_null(strstr(lan->notes, "takes its offer back: not yours"));
	/* who was refused is started again */
	lan_write(lan, "3", "");
	assert_true(lan_says(lan, "192.0.2.12/24", 4000));
	lan_write(lan, "4", "");
	assert_true(lan_reaches(lan, NET_NO_ADDRESS, 4000));
	/* what ends is started again */
	lan_write(lan, "5", "");
	assert_true(lan_says(lan, "192.0.2.10/24", 8000));
	assert_non_null(strstr(lan->notes, "ended: exit status 1"));
}

static void a_lease_that_nobody_renews_ends(void **state)
{
	struct lan *lan = *state;

	lan_rule(lan, "eth0")->dhcp = NET_DHCP_V4;
	lan_cable(lan, "eth0", "sv0", "192.0.2.1/24");
	lan_play(lan, "export subnet=255.255.255.0 lease=2 ip=192.0.2.10\n"
		      "\"$s\" bound; while :; do sleep 9; done");
	lan_start(lan);
	assert_true(lan_reaches(lan, NET_UP, 4000));
	assert_true(lan_reaches(lan, NET_NO_ADDRESS, 4000));
	lan_run(lan, "! ip addr show eth0 | grep -q 192.0.2.10/");
}

static void nonsense_is_told_and_passed_over(void **state)
{
	struct lan *lan = *state;

	lan_rule(lan, "eth0")->dhcp = NET_DHCP_V4;
	lan_cable(lan, "eth0", "sv0", "192.0.2.1/24");
	lan_play(lan, "ip=127.0.0.1 \"$s\" bound; ip=192.0.2.10 subnet=1.2.3.4 "
		      "\"$s\" bound; \"$s\" \"x; reboot\"\n"
		      "export subnet=255.255.255.0 ip=192.0.2.10 mtu=576\n"
		      "export hostname='a;b'\n"
		      "\"$s\" bound; while :; do sleep 9; done");
	lan_start(lan);
	assert_true(lan_says(lan, "eth0: 192.0.2.10/24", 4000));
	assert_non_null(strstr(lan->notes, "127.0.0.1"));
	assert_non_null(strstr(lan->notes, "1.2.3.4"));
	assert_non_null(strstr(lan->notes, "hostname"));
	assert_non_null(strstr(lan->notes, "MTU of 576"));
	lan_run(lan, "ip link show eth0 | grep -q 'mtu 1500'");
}

/* Whom a server has no file for asks as another kind of machine. */
static void a_file_to_boot_is_asked_for(void **state)
{
	struct lan *lan = *state;

	lan->settings.boot_from_dhcp = true;
	lan_rule(lan, "eth0")->dhcp = NET_DHCP_V4;
	lan_cable(lan, "eth0", "sv0", "192.0.2.1/24");
	lan_play(lan, "export subnet=255.255.255.0 ip=192.0.2.10 lease=600\n"
		      "case $class in HTTPClient:Arch:00016*) ;;\n"
		      "PXEClient:Arch:00007*) export boot_file=a.efi ;;\n"
		      "*) exit 1 ;; esac\n"
		      "\"$s\" bound; while :; do sleep 9; done");
	lan_start(lan);
	assert_true(lan_reaches(lan, NET_UP, 4000));
	assert_true(lan_comes(lan, 4000, "grep -q PXE %s/started", lan->dir));
	while (!lan_state(lan)->lease.boot_file[0])
		lan_goes_on(lan, 50);
	assert_string_equal(lan_state(lan)->lease.boot_file, "a.efi");
	lan_run(lan, "test $(grep -c Client %s/started) = 2", lan->dir);
}

/* What PXE would ask next stands in the answer to who asks as PXE. */
static void a_boot_server_is_told_of(void **state)
{
	struct lan *lan = *state;
	const struct lease *lease;
	char url[URL_TEXT_MAX];
	bool is_search;
	struct error err;

	lan->settings.boot_from_dhcp = true;
	lan_rule(lan, "eth0")->dhcp = NET_DHCP_V4;
	lan_cable(lan, "eth0", "sv0", "192.0.2.1/24");
	lan_dnsmasq(lan, DHCP4 " pxe-service=7,Install,15,192.0.2.9 "
			       "pxe-prompt=Wait,5");
	lan_start(lan);
	assert_true(lan_reaches(lan, NET_UP, 8000));
	lease = &lan_state(lan)->lease;
	for (int i = 0; i < 200 && !lease->vendor_len; i++)
		lan_goes_on(lan, 50);
	assert_string_equal(lease->vendor_class, "PXEClient");
	assert_int_equal(lease->left_out, 0);
	assert_refused(E_NET_DHCP_DISCOVERY, &err,
		       net_menu_of_dhcp(lan_state(lan), url, &is_search, &err));
	if (!strstr(err.text, "type 15 \"Install\" at 192.0.2.9, port 4011"))
		fail_msg("%s", err.text);
}

/* Nobody answers one kind, nor the next. */
static void every_kind_is_asked_as(void **state)
{
	struct lan *lan = *state;

	lan->settings.boot_from_dhcp = true;
	lan_rule(lan, "eth0")->dhcp = NET_DHCP_V4;
	lan_cable(lan, "eth0", "sv0", "192.0.2.1/24");
	lan_play(lan, "case $class in keelboot) export subnet=255.255.255.0\n"
		      "ip=192.0.2.10 \"$s\" bound ;;\n"
		      "*) \"$s\" leasefail ;; esac\n"
		      "while :; do sleep 9; done");
	lan_start(lan);
	assert_true(lan_says(lan, "eth0: 192.0.2.10/24", 6000));
	lan_run(lan,
		"test \"$(cut -c 6-8 %s/started | tr -d '\\n')\" = "
		"HTTPXEkee",
		lan->dir);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, lan_begin, lan_end)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(one_that_is_told_nothing_takes_what_is_there),
		TEST(static_addresses_ask_nobody),
		TEST(a_link_may_come_late_and_go),
		TEST(a_link_that_flaps_gets_its_address),
		TEST(interfaces_may_come_later_and_go),
		TEST(another_takes_over),
		TEST(a_mac_is_enough),
		TEST(what_is_undone_is_done_again),
		TEST(a_static_address_is_on_one_port),
		TEST(leases_may_change),
		TEST(a_lease_that_nobody_renews_ends),
		TEST(nonsense_is_told_and_passed_over),
		TEST(a_file_to_boot_is_asked_for),
		TEST(a_boot_server_is_told_of),
		TEST(every_kind_is_asked_as),
	};
	const char *slash = strrchr(argv[0], '/');

	if (slash && !strcmp(slash + 1, DHCP_SCRIPT_NAME))
		return dhcp_script(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
