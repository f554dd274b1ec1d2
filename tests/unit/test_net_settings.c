/* How a machine gets its network: each word of a line, each mistake with its
 * code, cut at every length. */
#include "format/net_settings.h"

#include "test.h"

#include <arpa/inet.h>

static enum status add(struct net_settings *n, const char *line,
		       struct error *err)
{
	_drop_copy_ struct span copy = test_copy(span_of_text(line));

	return net_settings_add(n, copy, err);
}

static void check_address(const struct net_address *got, const char *want,
			  unsigned prefix)
{
	struct net_address a = { .is_ipv6 = strchr(want, ':') != NULL,
				 .prefix = (uint8_t)prefix };

	assert_int_equal(
		inet_pton(a.is_ipv6 ? AF_INET6 : AF_INET, want, a.bytes), 1);
	assert_memory_equal(got, &a, sizeof(a));
}

#define FULL                                                                   \
	"en* dhcp=v6 address=192.0.2.7/24 address=2001:db8::7/64 "             \
	"gateway=192.0.2.1 gateway=fe80::1 route=10.0.0.0/8,192.0.2.2 "        \
	"route=2001:db8:1::/48,2001:db8::2 dns=192.0.2.3 dns=2001:db8::3 "     \
	"mtu=9000 vlan=4094 bond=802.3ad name=lacp.1 slaac=no"

static void every_word_is_taken(void **state)
{
	struct net_settings n = { .interface_count = 0 };
	const struct net_interface *i = &n.interfaces[0];
	struct error err = { .code = OK };

	(void)state;
	assert_ok(&err, add(&n, FULL, &err));
	assert_int_equal(n.interface_count, 1);
	assert_int_equal(i->which, NET_BY_NAME);
	assert_string_equal(i->text, "en*");
	assert_int_equal(i->dhcp, NET_DHCP_V6);
	assert_true(i->no_slaac);
	assert_int_equal(i->address_count, 2);
	check_address(&i->addresses[0], "192.0.2.7", 24);
	check_address(&i->addresses[1], "2001:db8::7", 64);
	assert_int_equal(i->route_count, 4);
	check_address(&i->routes[0].to, "0.0.0.0", 0);
	check_address(&i->routes[0].gateway, "192.0.2.1", 0);
	check_address(&i->routes[1].to, "::", 0);
	check_address(&i->routes[1].gateway, "fe80::1", 0);
	check_address(&i->routes[2].to, "10.0.0.0", 8);
	check_address(&i->routes[2].gateway, "192.0.2.2", 0);
	check_address(&i->routes[3].to, "2001:db8:1::", 48);
	check_address(&i->routes[3].gateway, "2001:db8::2", 0);
	assert_int_equal(i->dns_count, 2);
	check_address(&i->dns[0], "192.0.2.3", 0);
	check_address(&i->dns[1], "2001:db8::3", 0);
	assert_int_equal(i->mtu, 9000);
	assert_int_equal(i->vlan, 4094);
	assert_int_equal(i->bond, NET_8023AD);
	assert_string_equal(i->bond_name, "lacp.1");
}

static void interfaces_are_named_in_four_ways(void **state)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0, 0x12, 0xab, 0xcd };
	struct net_settings n = { .interface_count = 0 };
	struct error err = { .code = OK };

	(void)state;
	assert_ok(&err, add(&n, " first ", &err));
	assert_ok(&err, add(&n, "en[op]*", &err));
	assert_ok(&err, add(&n, "mac=52:54:00:12:aB:Cd", &err));
	assert_ok(&err, add(&n, "path=0000:03:00.0", &err));
	assert_int_equal(n.interface_count, 4);
	assert_int_equal(n.interfaces[0].which, NET_FIRST);
	assert_string_equal(n.interfaces[0].text, "");
	assert_int_equal(n.interfaces[1].which, NET_BY_NAME);
	assert_string_equal(n.interfaces[1].text, "en[op]*");
	assert_int_equal(n.interfaces[2].which, NET_BY_MAC);
	assert_string_equal(n.interfaces[2].text, "");
	assert_memory_equal(n.interfaces[2].mac, mac, 6);
	assert_int_equal(n.interfaces[3].which, NET_BY_PATH);
	assert_string_equal(n.interfaces[3].text, "0000:03:00.0");
}

/* Lines that stand as they are; what they mean without being told. */
static void what_is_not_said_has_a_default(void **state)
{
	static const struct {
		const char *line;
		unsigned dhcp;
		bool no_slaac;
	} cases[] = {
		{ "first", NET_DHCP_V4 | NET_DHCP_V6, false },
		{ "first slaac=no", NET_DHCP_V4 | NET_DHCP_V6, true },
		{ "first slaac=yes dhcp=no", 0, false },
		{ "first dhcp=v4", NET_DHCP_V4, false },
		{ "first dhcp=both\taddress=10.0.0.7/8",
		  NET_DHCP_V4 | NET_DHCP_V6, false },
		{ "first address=10.0.0.7/8", 0, false },
		{ "first address=10.0.0.7/8 slaac=no", 0, true },
		{ "first gateway=192.0.2.1", NET_DHCP_V4 | NET_DHCP_V6, false },
		{ "first address=10.0.0.0/31", 0, false },
		{ "first address=10.0.0.255/32", 0, false },
		{ "first address=2001:db8::/128 mtu=1280", 0, false },
		{ "first mtu=576", NET_DHCP_V4 | NET_DHCP_V6, false },
		{ "first mtu=65535 vlan=1", NET_DHCP_V4 | NET_DHCP_V6, false },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		struct net_settings n = { .interface_count = 0 };
		struct error err = { .code = OK };

		assert_ok(&err, add(&n, cases[i].line, &err));
		assert_int_equal(n.interfaces[0].dhcp, cases[i].dhcp);
		assert_int_equal(n.interfaces[0].no_slaac, cases[i].no_slaac);
		assert_int_equal(n.interfaces[0].bond, NET_NO_BOND);
		assert_string_equal(n.interfaces[0].bond_name, "");
	}
}

static void a_bond_has_a_name(void **state)
{
	struct net_settings n = { .interface_count = 0 };
	struct error err = { .code = OK };

	(void)state;
	assert_ok(&err, add(&n, "eth? bond=active-backup", &err));
	assert_int_equal(n.interfaces[0].bond, NET_ACTIVE_BACKUP);
	assert_string_equal(n.interfaces[0].bond_name, "bond0");
	assert_ok(&err, add(&n, "en* bond=802.3ad name=0123456789abcde", &err));
	assert_string_equal(n.interfaces[1].bond_name, "0123456789abcde");
}

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	enum status code;
	const char *line;
} refused[] = {
	{ E_NET_WHICH, "" },
	{ E_NET_WHICH, " \t" },
	{ E_NET_WHICH, "dhcp=v4" },
	{ E_NET_WHICH, "=" },
	{ E_NET_WHICH, "eth0/1" },
	{ E_NET_WHICH, "eth\x01" },
	{ E_NET_WHICH, "eth\x7f" },
	{ E_NET_WHICH, "\xc3\xa9th0" },
	{ E_NET_WHICH, A63 "a" },
	{ E_NET_WHICH, "mac=" },
	{ E_NET_WHICH, "mac=52:54:00:12:34" },
	{ E_NET_WHICH, "mac=52:54:00:12:34:5" },
	{ E_NET_WHICH, "mac=52:54:00:12:34:56:" },
	{ E_NET_WHICH, "mac=52:54:00:12:34:56:78" },
	{ E_NET_WHICH, "mac=52-54-00-12-34-56" },
	{ E_NET_WHICH, "mac=52:54:00:12:345:6" },
	{ E_NET_WHICH, "mac=52:54:00:12:34:5g" },
	{ E_NET_WHICH, "mac=00:00:00:00:00:00" },
	{ E_NET_WHICH, "mac=53:54:00:12:34:56" },
	{ E_NET_WHICH, "mac=ff:ff:ff:ff:ff:ff" },
	{ E_NET_WHICH, "path=" },
	{ E_NET_WHICH, "path=a/b" },
	{ E_NET_WHICH, "path=" A63 "a" },
	{ E_NET_WORD, "first dhcp4=yes" },
	{ E_NET_WORD, "first DHCP=v4" },
	{ E_NET_WORD, "first =v4" },
	{ E_NET_WORD, "first second" },
	{ E_NET_WORD, "first \x1b[2J" },
	{ E_NET_TWICE, "first dhcp=v4 dhcp=v4" },
	{ E_NET_TWICE, "first mtu=1500 mtu=1500" },
	{ E_NET_TWICE, "first vlan=5 vlan=6" },
	{ E_NET_TWICE, "e bond=802.3ad bond=802.3ad" },
	{ E_NET_TWICE, "e bond=802.3ad name=a name=b" },
	{ E_NET_TWICE, "first slaac=yes slaac=no" },
	{ E_NET_TWICE, "first address=10.0.0.7/8 address=10.0.0.7/8" },
	{ E_NET_TWICE, "first dns=10.0.0.7 dns=10.0.0.7" },
	{ E_NET_TWICE, "first gateway=10.0.0.1 gateway=10.0.0.2" },
	{ E_NET_TWICE, "first gateway=10.0.0.1 route=0.0.0.0/0,10.0.0.2" },
	{ E_NET_TWICE, "first route=::/0,fe80::1 gateway=fe80::2" },
	{ E_NET_TWICE, "first route=10.0.0.0/8,192.0.2.1 "
		       "route=10.0.0.0/8,192.0.2.2" },
	{ E_NET_VALUE, "first dhcp" },
	{ E_NET_VALUE, "first dhcp=" },
	{ E_NET_VALUE, "first dhcp=yes" },
	{ E_NET_VALUE, "first dhcp=v4," },
	{ E_NET_VALUE, "first slaac=1" },
	{ E_NET_VALUE, "first mtu=575" },
	{ E_NET_VALUE, "first mtu=65536" },
	{ E_NET_VALUE, "first mtu=" },
	{ E_NET_VALUE, "first mtu=1500b" },
	{ E_NET_VALUE, "first mtu=-1500" },
	{ E_NET_VALUE, "first vlan=0" },
	{ E_NET_VALUE, "first vlan=4095" },
	{ E_NET_VALUE, "first vlan=18446744073709551617" },
	{ E_NET_VALUE, "e bond=" },
	{ E_NET_VALUE, "e bond=balance-rr" },
	{ E_NET_VALUE, "e bond=802.3ad name=" },
	{ E_NET_VALUE, "e bond=802.3ad name=." },
	{ E_NET_VALUE, "e bond=802.3ad name=.." },
	{ E_NET_VALUE, "e bond=802.3ad name=bond%d" },
	{ E_NET_VALUE, "e bond=802.3ad name=a/b" },
	{ E_NET_VALUE, "e bond=802.3ad name=a:1" },
	{ E_NET_VALUE, "e bond=802.3ad name=0123456789abcdef" },
	{ E_NET_ADDRESS, "first address" },
	{ E_NET_ADDRESS, "first address=" },
	{ E_NET_ADDRESS, "first address=10.0.0.7" },
	{ E_NET_ADDRESS, "first address=10.0.0.7/" },
	{ E_NET_ADDRESS, "first address=10.0.0.7/0" },
	{ E_NET_ADDRESS, "first address=10.0.0.7/33" },
	{ E_NET_ADDRESS, "first address=10.0.0.7/8/8" },
	{ E_NET_ADDRESS, "first address=10.0.0.7/255.0.0.0" },
	{ E_NET_ADDRESS, "first address=10.0.7/8" },
	{ E_NET_ADDRESS, "first address=10.0.0.256/8" },
	{ E_NET_ADDRESS, "first address=0.0.0.7/8" },
	{ E_NET_ADDRESS, "first address=127.0.0.1/8" },
	{ E_NET_ADDRESS, "first address=224.0.0.1/24" },
	{ E_NET_ADDRESS, "first address=192.0.2.0/24" },
	{ E_NET_ADDRESS, "first address=192.0.2.255/24" },
	{ E_NET_ADDRESS, "first address=192.0.2.3/30" },
	{ E_NET_ADDRESS, "first address=2001:db8::7/129" },
	{ E_NET_ADDRESS, "first address=2001:db8::7/0" },
	{ E_NET_ADDRESS, "first address=::1/128" },
	{ E_NET_ADDRESS, "first address=::/64" },
	{ E_NET_ADDRESS, "first address=::ffff:192.0.2.7/96" },
	{ E_NET_ADDRESS, "first address=ff02::1/64" },
	{ E_NET_ADDRESS, "first address=fe80::7/64" },
	{ E_NET_ADDRESS, "first address=febf::7/64" },
	{ E_NET_ADDRESS, "first address=[2001:db8::7]/64" },
	{ E_NET_ADDRESS, "first gateway=" },
	{ E_NET_ADDRESS, "first gateway=192.0.2.1/24" },
	{ E_NET_ADDRESS, "first gateway=router" },
	{ E_NET_ADDRESS, "first gateway=255.255.255.255" },
	{ E_NET_ADDRESS, "first gateway=fe80::1%eth0" },
	{ E_NET_ADDRESS, "first route=" },
	{ E_NET_ADDRESS, "first route=10.0.0.0/8" },
	{ E_NET_ADDRESS, "first route=10.0.0.0/8," },
	{ E_NET_ADDRESS, "first route=10.0.0.0,192.0.2.1" },
	{ E_NET_ADDRESS, "first route=10.0.0.1/8,192.0.2.1" },
	{ E_NET_ADDRESS, "first route=10.0.0.0/33,192.0.2.1" },
	{ E_NET_ADDRESS, "first route=2001:db8::1/64,fe80::1" },
	{ E_NET_ADDRESS, "first route=10.0.0.0/8,0.0.0.0" },
	{ E_NET_ADDRESS, "first route=10.0.0.0/8,192.0.2.1,192.0.2.2" },
	{ E_NET_ADDRESS, "first dns=" },
	{ E_NET_ADDRESS, "first dns=192.0.2.1,192.0.2.2" },
	{ E_NET_ADDRESS, "first dns=dns.example.org" },
	{ E_NET_MANY, "first address=10.0.0.1/8 address=10.0.0.2/8 "
		      "address=10.0.0.3/8 address=10.0.0.4/8 "
		      "address=10.0.0.5/8" },
	{ E_NET_MANY, "first dns=10.0.0.1 dns=10.0.0.2 dns=10.0.0.3 "
		      "dns=10.0.0.4 dns=10.0.0.5" },
	{ E_NET_MANY, "first gateway=192.0.2.1 route=11.0.0.0/8,192.0.2.1 "
		      "route=12.0.0.0/8,192.0.2.1 route=13.0.0.0/8,192.0.2.1 "
		      "route=14.0.0.0/8,192.0.2.1 route=15.0.0.0/8,192.0.2.1 "
		      "route=16.0.0.0/8,192.0.2.1 route=17.0.0.0/8,192.0.2.1 "
		      "route=18.0.0.0/8,192.0.2.1" },
	{ E_NET_TOGETHER, "first bond=802.3ad" },
	{ E_NET_TOGETHER, "en* name=bond7" },
	{ E_NET_TOGETHER, "en* dhcp=no slaac=no" },
	{ E_NET_TOGETHER, "en* dhcp=v4 gateway=fe80::1" },
	{ E_NET_TOGETHER, "en* dhcp=v6 gateway=192.0.2.1" },
	{ E_NET_TOGETHER, "en* address=192.0.2.7/24 gateway=fe80::1" },
	{ E_NET_TOGETHER, "en* address=2001:db8::7/64 gateway=192.0.2.1" },
	{ E_NET_TOGETHER, "en* dhcp=v4 route=2001:db8::/32,fe80::1" },
	{ E_NET_TOGETHER, "en* route=10.0.0.0/8,fe80::1" },
	{ E_NET_TOGETHER, "en* route=2001:db8::/32,192.0.2.1" },
	{ E_NET_TOGETHER, "en* address=2001:db8::7/64 mtu=1279" },
};

static void each_refusal_has_its_code(void **state)
{
	(void)state;
	for (size_t i = 0; i < test_count(refused); i++) {
		struct net_settings n = { .interface_count = 1 }, was = n;
		struct error err;

		/* one that is beside no other */
		assert_true(
			text_copy(n.interfaces[0].text, NET_WHICH_MAX, "z9"));
		n.interfaces[0].which = NET_BY_NAME;
		was = n;
		assert_refused(refused[i].code, &err,
			       add(&n, refused[i].line, &err));
		assert_memory_equal(&n, &was, sizeof(n));
	}
}

static void a_nul_is_no_end(void **state)
{
	static const char line[] = "first dns=192.0.2.1\0x";
	struct net_settings n = { .interface_count = 0 };
	struct error err;

	(void)state;
	assert_refused(
		E_NET_ADDRESS, &err,
		net_settings_add(&n, span_of(line, sizeof(line) - 1), &err));
	assert_refused(E_NET_WHICH, &err,
		       net_settings_add(&n, span_of("a\0b", 3), &err));
}

static void lines_stand_beside_each_other(void **state)
{
	static const char *const others[] = {
		"first",
		"eth1",
		"path=eth0",
		"eth0 vlan=5",
		"eth0 vlan=6",
		"mac=52:54:00:12:34:56",
		"mac=52:54:00:12:34:57",
	};
	struct net_settings n = { .interface_count = 0 }, was;
	struct error err = { .code = OK };
	char line[80];

	(void)state;
	assert_ok(&err, add(&n, "eth0", &err));
	assert_refused(E_NET_TWICE, &err, add(&n, "eth0 dhcp=v4", &err));
	for (size_t i = 0; i < test_count(others); i++) {
		struct text t = text_over(line, sizeof(line));

		assert_ok(&err, add(&n, others[i], &err));
		was = n;
		text_addf(&t, "%s mtu=9000", others[i]);
		assert_status(i + 2 < NET_INTERFACES_MAX ? E_NET_TWICE
							 : E_NET_MANY,
			      add(&n, line, &err));
		assert_memory_equal(&n, &was, sizeof(n));
	}
	assert_int_equal(n.interface_count, NET_INTERFACES_MAX);
	assert_refused(E_NET_MANY, &err, add(&n, "eth7", &err));
}

static void bonds_have_different_names(void **state)
{
	struct net_settings n = { .interface_count = 0 };
	struct error err = { .code = OK };

	(void)state;
	assert_ok(&err, add(&n, "eth* bond=802.3ad", &err));
	assert_refused(E_NET_TWICE, &err, add(&n, "en* bond=802.3ad", &err));
	assert_refused(E_NET_TWICE, &err,
		       add(&n, "en* bond=active-backup name=bond0", &err));
	assert_ok(&err, add(&n, "en* bond=802.3ad name=bond1", &err));
	assert_int_equal(n.interface_count, 2);
}

/* Without anybody who listens, the code is the same. */
static void nobody_has_to_listen(void **state)
{
	struct net_settings n = { .interface_count = 0 };

	(void)state;
	for (size_t i = 0; i < test_count(refused); i++)
		assert_status(refused[i].code, add(&n, refused[i].line, NULL));
}

static void every_length_is_decided(void **state)
{
	struct span all = span_of_text(FULL);
	unsigned good = 0;

	(void)state;
	for (size_t len = 0; len <= all.len; len++) {
		_drop_copy_ struct span cut =
			test_copy(span_slice(all, 0, len));
		struct net_settings n = { .interface_count = 0 };
		struct error err = { .code = OK };
		enum status s = net_settings_add(&n, cut, &err);

		assert_int_equal(n.interface_count, s == OK);
		good += s == OK;
		if (s != OK)
			test_check_sentence(s, &err, __FILE__, __LINE__);
		/* a line cut behind a word is a line */
		if (len && all.ptr[len - 1] == ' ')
			assert_int_equal(s, OK);
	}
	assert_true(good > 14 && good < all.len / 2);
}

static void addresses_are_read(void **state)
{
	static const char *const bad[] = {
		"",
		"192.0.2",
		"192.0.2.7 ",
		" 192.0.2.7",
		"192.0.2.7/24",
		"0.1.2.3",
		"127.0.0.1",
		"239.0.0.1",
		"::",
		"::1",
		"::192.0.2.7",
		"ff02::1",
		"2001:db8",
		"2001:db8::7/64",
		"localhost",
		"2001:db8::7%1",
		"0001:0002:0003:0004:0005:0006:0007:00080",
		"0001:0002:0003:0004:0005:0006:0007:0008:0000:0000:0000",
	};
	struct net_address a;
	struct error err = { .code = OK };

	(void)state;
	assert_ok(&err, net_address_parse(span_of_text("192.0.2.7"), &a, &err));
	check_address(&a, "192.0.2.7", 0);
	assert_ok(&err,
		  net_address_parse(span_of_text("2001:DB8::7"), &a, &err));
	check_address(&a, "2001:db8::7", 0);
	for (size_t i = 0; i < test_count(bad); i++) {
		_drop_copy_ struct span copy = test_copy(span_of_text(bad[i]));

		assert_refused(E_NET_ADDRESS, &err,
			       net_address_parse(copy, &a, &err));
		check_address(&a, "2001:db8::7", 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_word_is_taken),
		cmocka_unit_test(interfaces_are_named_in_four_ways),
		cmocka_unit_test(what_is_not_said_has_a_default),
		cmocka_unit_test(a_bond_has_a_name),
		cmocka_unit_test(each_refusal_has_its_code),
		cmocka_unit_test(a_nul_is_no_end),
		cmocka_unit_test(lines_stand_beside_each_other),
		cmocka_unit_test(bonds_have_different_names),
		cmocka_unit_test(nobody_has_to_listen),
		cmocka_unit_test(every_length_is_decided),
		cmocka_unit_test(addresses_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
