/* The words by which the next system has the same network. */
#include "prepare_parts.h"
#include "test.h"

#include <stdio.h>

static struct net net;
static struct scan scan;
static struct config config;
static struct load_request request;

static void name_them(const char *interface, const char *port)
{
	strcpy(net.state.interface, interface);
	strcpy(net.state.port, port);
}

static int set_up(void **state)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0, 0x12, 0xab, 0xcd };
	struct net_state *s = &net.state;

	(void)state;
	memset(&request, 0, sizeof(request));
	memset(&scan, 0, sizeof(scan));
	net_init(&net);
	config_defaults(&config);
	scan.net = &net;
	s->stage = NET_UP;
	name_them("eth0", "eth0");
	memcpy(s->mac, mac, sizeof(mac));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	load_request_drop(&request);
	return 0;
}

static void set_ipv4(bool is_static)
{
	static const uint8_t address[4] = { 192, 0, 2, 7 };
	static const uint8_t gateway[4] = { 192, 0, 2, 1 };

	net.state.has_ipv4 = true;
	net.state.is_static4 = is_static;
	net.state.ipv4_prefix = 24;
	memcpy(net.state.ipv4, address, 4);
	memcpy(net.state.ipv4_gateway, gateway, 4);
}

static void set_ipv6(void)
{
	static const uint8_t address[16] = { 0x20, 1, 0xd, 0xb8, [15] = 7 };
	static const uint8_t gateway[16] = { 0xfe, 0x80, [15] = 1 };

	net.state.has_ipv6 = true;
	net.state.ipv6_prefix = 64;
	memcpy(net.state.ipv6, address, 16);
	memcpy(net.state.ipv6_gateway, gateway, 16);
}

/* What is handed on, "" for nothing. */
static const char *words(unsigned wanted)
{
	struct preparation p = { .scan = &scan,
				 .config = &config,
				 .request = &request };
	struct error err;

	config.hand_on = wanted;
	load_request_drop(&request);
	assert_ok(&err, prepare_hand_on(&p, &err));
	return request.network ? request.network : "";
}

#define assert_words(wanted, text) assert_string_equal(words(wanted), text)

static void nothing_is_handed_on_unasked(void **state)
{
	(void)state;
	set_ipv4(true);
	strcpy(net.state.lease.root_path, "nfs:server:/root");
	assert_words(0, "");
	assert_null(request.network);
}

/* What was leased is leased again. */
static void an_address_as_it_came(void **state)
{
	(void)state;
	set_ipv4(false);
	assert_words(CONFIG_HAND_ON_IP, "ip=:::::eth0:dhcp");
	net.state.is_static4 = true;
	assert_words(CONFIG_HAND_ON_IP,
		     "ip=192.0.2.7::192.0.2.1:255.255.255.0::eth0:none");
	set_ipv6(); /* beside it */
	assert_words(CONFIG_HAND_ON_IP,
		     "ip=192.0.2.7::192.0.2.1:255.255.255.0::eth0:none");
	net.state.has_ipv4 = false;
	assert_words(CONFIG_HAND_ON_IP,
		     "ip=[2001:db8::7]::[fe80::1]:64::eth0:none");
	net.state.has_ipv6 = false;
	assert_words(CONFIG_HAND_ON_IP, "");
}

/* A turned process that names the interface has no words of its own, and takes
 * none away: what stands behind a quote would be a part of this word. */
static void a_name_that_is_no_word_is_left_out(void **state)
{
	static const char *const names[] = { "",	"e\"th0",  "eth0 x",
					     "\"",	"eth0=1",  "eth0:",
					     "eth0,ro", "$(eth0)", "eth0\t" };

	(void)state;
	set_ipv4(false);
	net.state.vlan = 7;
	for (size_t i = 0; i < test_count(names); i++) {
		for (int is_port = 0; is_port <= 1; is_port++) {
			name_them(is_port ? "v3.7" : names[i],
				  is_port ? names[i] : "eth0");
			assert_words(CONFIG_HAND_ON_IP | CONFIG_HAND_ON_VLAN |
					     CONFIG_HAND_ON_BOOTIF,
				     "BOOTIF=01-52-54-00-12-ab-cd");
			assert_int_equal(request.notes.count, 1);
		}
	}
	name_them("eth0_a-B.7", "eth0_a-B");
	assert_words(CONFIG_HAND_ON_IP | CONFIG_HAND_ON_VLAN,
		     "ip=:::::eth0_a-B.7:dhcp vlan=eth0_a-B.7:eth0_a-B");
}

static void an_address_without_a_gateway(void **state)
{
	(void)state;
	set_ipv4(true);
	memset(net.state.ipv4_gateway, 0, 4);
	assert_words(CONFIG_HAND_ON_IP,
		     "ip=192.0.2.7:::255.255.255.0::eth0:none");
	net.state.has_ipv4 = false;
	set_ipv6();
	memset(net.state.ipv6_gateway, 0, 16);
	assert_words(CONFIG_HAND_ON_IP, "ip=[2001:db8::7]:::64::eth0:none");
}

static void masks_of_every_length(void **state)
{
	static const struct {
		uint8_t prefix;
		const char *mask;
	} cases[] = {
		{ 0, "0.0.0.0" },	   { 1, "128.0.0.0" },
		{ 8, "255.0.0.0" },	   { 15, "255.254.0.0" },
		{ 23, "255.255.254.0" },   { 31, "255.255.255.254" },
		{ 32, "255.255.255.255" },
	};

	(void)state;
	set_ipv4(true);
	for (size_t i = 0; i < test_count(cases); i++) {
		char want[128];

		snprintf(want, sizeof(want),
			 "ip=192.0.2.7::192.0.2.1:%s::eth0:none",
			 cases[i].mask);
		net.state.ipv4_prefix = cases[i].prefix;
		assert_words(CONFIG_HAND_ON_IP, want);
	}
}

static void the_port_and_the_vlan(void **state)
{
	(void)state;
	assert_words(CONFIG_HAND_ON_BOOTIF, "BOOTIF=01-52-54-00-12-ab-cd");
	assert_words(CONFIG_HAND_ON_VLAN, "");
	name_them("eth0.7", "eth0");
	net.state.vlan = 7;
	assert_words(CONFIG_HAND_ON_VLAN, "vlan=eth0.7:eth0");
	set_ipv4(false);
	strcpy(net.state.lease.root_path, "iscsi:192.0.2.9::::iqn");
	assert_words(CONFIG_HAND_ON_IP | CONFIG_HAND_ON_BOOTIF |
			     CONFIG_HAND_ON_VLAN | CONFIG_HAND_ON_ROOTPATH,
		     "ip=:::::eth0.7:dhcp BOOTIF=01-52-54-00-12-ab-cd "
		     "vlan=eth0.7:eth0 rootpath=iscsi:192.0.2.9::::iqn");
	assert_int_equal(request.notes.count, 0);
}

/* A name that was too long for the tag has not the port's in it. */
static void the_port_of_a_name_that_was_cut(void **state)
{
	(void)state;
	name_them("v5.4000", "enp193s0f1np1");
	net.state.vlan = 4000;
	assert_words(CONFIG_HAND_ON_VLAN, "vlan=v5.4000:enp193s0f1np1");
}

/* Where names are others there: of the port that has the address. */
static void a_name_by_its_address(void **state)
{
	const unsigned both = CONFIG_HAND_ON_IP | CONFIG_HAND_ON_IFNAME;
	static const char mac[] = "ifname=bootnet:52:54:00:12:ab:cd";
	char want[192];

	(void)state;
	assert_words(CONFIG_HAND_ON_IFNAME, mac);
	set_ipv6();
	snprintf(want, sizeof(want),
		 "ip=[2001:db8::7]::[fe80::1]:64::bootnet:none %s", mac);
	assert_words(both, want);
	set_ipv4(true);
	snprintf(want, sizeof(want),
		 "ip=192.0.2.7::192.0.2.1:255.255.255.0::bootnet:none %s", mac);
	assert_words(both, want);
	net.state.is_static4 = false;
	snprintf(want, sizeof(want),
		 "ip=:::::bootnet:dhcp %s BOOTIF=01-52-54-00-12-ab-cd", mac);
	assert_words(both | CONFIG_HAND_ON_BOOTIF, want);
	name_them("v5.4000", "enp193s0f1np1");
	net.state.vlan = 4000;
	snprintf(want, sizeof(want),
		 "ip=:::::bootnet.4000:dhcp %s vlan=bootnet.4000:bootnet", mac);
	assert_words(both | CONFIG_HAND_ON_VLAN, want);
	assert_int_equal(request.notes.count, 0);
}

/* initramfs-tools heeds BOOTIF= where ip= names no interface. */
static void no_name_beside_bootif(void **state)
{
	const unsigned both = CONFIG_HAND_ON_IP | CONFIG_HAND_ON_BOOTIF;

	(void)state;
	set_ipv4(false);
	assert_words(both, "ip=dhcp BOOTIF=01-52-54-00-12-ab-cd");
	net.state.is_static4 = true;
	assert_words(both, "ip=192.0.2.7::192.0.2.1:255.255.255.0:::none "
			   "BOOTIF=01-52-54-00-12-ab-cd");
}

/* Whose members the words would have to name. */
static void a_bond_is_left_out(void **state)
{
	const unsigned all = CONFIG_HAND_ON_IP | CONFIG_HAND_ON_IFNAME |
			     CONFIG_HAND_ON_BOOTIF | CONFIG_HAND_ON_VLAN |
			     CONFIG_HAND_ON_ROOTPATH;

	(void)state;
	set_ipv4(false);
	name_them("bond0.7", "bond0");
	net.state.is_bond = true;
	net.state.vlan = 7;
	strcpy(net.state.lease.root_path, "nfs:a");
	assert_words(all, "BOOTIF=01-52-54-00-12-ab-cd rootpath=nfs:a");
	assert_int_equal(request.notes.count, 1);
	assert_non_null(strstr(request.notes.text[0], "\"bond0\" is a bond"));
	assert_words(CONFIG_HAND_ON_ROOTPATH, "rootpath=nfs:a");
	assert_int_equal(request.notes.count, 0);
}

/* A DHCP server has no words for a command line. */
static void a_root_path_smuggles_nothing(void **state)
{
	static const char *const bad[] = {
		"x init=/bin/sh", "x\tquiet", "x\"", "x=y", "x,y;z", "\xc3\xa9",
	};

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		strcpy(net.state.lease.root_path, bad[i]);
		assert_words(CONFIG_HAND_ON_ROOTPATH, "");
		assert_null(request.network);
		assert_int_equal(request.notes.count, 1);
		assert_non_null(strstr(request.notes.text[0],
				       "root path of DHCP is left out"));
	}
	memset(net.state.lease.root_path, 'x', 200);
	assert_words(CONFIG_HAND_ON_ROOTPATH, "");
	assert_words(CONFIG_HAND_ON_ROOTPATH | CONFIG_HAND_ON_BOOTIF,
		     "BOOTIF=01-52-54-00-12-ab-cd");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_handed_on_unasked),
		TEST(an_address_as_it_came),
		TEST(a_name_that_is_no_word_is_left_out),
		TEST(an_address_without_a_gateway),
		TEST(masks_of_every_length),
		TEST(the_port_and_the_vlan),
		TEST(the_port_of_a_name_that_was_cut),
		TEST(a_name_by_its_address),
		TEST(no_name_beside_bootif),
		TEST(a_bond_is_left_out),
		TEST(a_root_path_smuggles_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
