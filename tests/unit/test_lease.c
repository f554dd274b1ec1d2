/* Leases as udhcpc and udhcpc6 tell them, each variable broken by itself, cut
 * at every length. */
#include "format/lease.h"

#include "test.h"

#include <arpa/inet.h>

#define BASE   "bound\0interface=eth0\0ip=192.0.2.7\0"
#define MASKED BASE "subnet=255.255.255.0\0"

/* Without the NUL that ends the literal, as each entry has its own. */
#define MESSAGE(literal) span_of(literal, sizeof(literal) - 1)

static void check4(const uint8_t *got, const char *want)
{
	uint8_t bytes[4];

	assert_int_equal(inet_pton(AF_INET, want, bytes), 1);
	assert_memory_equal(got, bytes, 4);
}

static void check6(const struct lease_address *got, const char *want)
{
	uint8_t bytes[16];

	assert_true(got->is_ipv6);
	assert_int_equal(inet_pton(AF_INET6, want, bytes), 1);
	assert_memory_equal(got->bytes, bytes, 16);
}

static void all_of_ipv4_is_taken(void **state)
{
	_drop_copy_ struct span message = test_copy(MESSAGE(
		MASKED "lease=3600\0mtu=9000\0router=192.0.2.1 192.0.2.2\0"
		       "dns=192.0.2.3 9.9.9.9\0ntpsrv=192.0.2.4\0"
		       "serverid=192.0.2.5\0siaddr=192.0.2.6\0hostname=node-7\0"
		       "domain=example.org\0search=example.org example.net\0"
		       "tftp=boot.example.org\0sname=other\0"
		       "bootfile=http://boot.example.org/a b.efi\0boot_file=c\0"
		       "rootpath=192.0.2.4:/srv\0vendor=HTTPClient\0"
		       "pxeconffile=a.cfg\0pxepathprefix=/boot/\0opt43=0601FF\0"
		       "message=welcome\0PATH=/bin\0PATH=/sbin\0"));
	struct error err = { .code = OK };
	struct lease l;

	(void)state;
	assert_ok(&err, lease_parse(message, &l, &err));
	assert_int_equal(l.left_out, 0);
	assert_int_equal(l.event, LEASE_BOUND);
	assert_string_equal(l.interface, "eth0");
	check4(l.address.bytes, "192.0.2.7");
	assert_int_equal(l.prefix, 24);
	assert_int_equal(l.lease_s, 3600);
	assert_int_equal(l.mtu, 9000);
	assert_int_equal(l.route_count, 2);
	assert_int_equal(l.routes[0].prefix, 0);
	check4(l.routes[1].gateway, "192.0.2.2");
	assert_int_equal(l.dns.count, 2);
	check4(l.dns.of[1].bytes, "9.9.9.9");
	check4(l.ntp.of[0].bytes, "192.0.2.4");
	check4(l.server.of[0].bytes, "192.0.2.5");
	check4(l.next_server.of[0].bytes, "192.0.2.6");
	assert_string_equal(l.hostname, "node-7");
	assert_string_equal(l.domain, "example.org");
	assert_string_equal(l.search, "example.org example.net");
	assert_string_equal(l.boot_server, "boot.example.org");
	assert_string_equal(l.boot_file, "http://boot.example.org/a b.efi");
	assert_string_equal(l.root_path, "192.0.2.4:/srv");
	assert_string_equal(l.vendor_class, "HTTPClient");
	assert_string_equal(l.config_file, "a.cfg");
	assert_string_equal(l.path_prefix, "/boot/");
	assert_string_equal(l.message, "welcome");
	assert_int_equal(l.vendor_len, 0); /* of PXE only */
}

static void all_of_ipv6_is_taken(void **state)
{
	struct span message =
		MESSAGE("renew\0interface=eth0\0ipv6=2001:db8::7\0lease=60\0"
			"dns=2001:0db8:0000:0000:0000:0000:0000:0002 fe80::1\0"
			"fqdn=node7.example.org\0"
			"bootfile_url=http://[2001:db8::4]/linux.efi\0");
	struct error err = { .code = OK };
	struct lease l;

	(void)state;
	assert_ok(&err, lease_parse(message, &l, &err));
	assert_int_equal(l.left_out, 0);
	assert_int_equal(l.event, LEASE_RENEW);
	check6(&l.address, "2001:db8::7");
	assert_int_equal(l.prefix, 128);
	assert_int_equal(l.dns.count, 2);
	check6(&l.dns.of[0], "2001:db8::2");
	check6(&l.dns.of[1], "fe80::1");
	assert_string_equal(l.hostname, "node7.example.org");
	assert_string_equal(l.boot_file, "http://[2001:db8::4]/linux.efi");
}

/* Nothing of an address is in what says that there is none. */
/* Stateless DHCPv6: udhcpc6 has a "renew" for it, without an address. */
static void there_may_be_all_but_an_address(void **state)
{
	struct error err = { .code = OK };
	struct lease l;

	(void)state;
	assert_ok(&err, lease_parse(MESSAGE("renew\0interface=e\0"
					    "dns=2001:db8::53\0"
					    "bootfile_url=http://b/a\0"),
				    &l, &err));
	assert_int_equal(l.event, LEASE_INFORMED);
	assert_string_equal(lease_event_name(l.event), "informed");
	assert_int_equal(l.prefix, 0);
	assert_int_equal(l.dns.count, 1);
	assert_true(l.dns.of[0].is_ipv6);
	assert_string_equal(l.boot_file, "http://b/a");
	assert_refused(
		E_LEASE_EVENT, &err,
		lease_parse(MESSAGE("informed\0interface=e\0"), &l, &err));
}

static void other_events_have_no_address(void **state)
{
	struct error err = { .code = OK };
	struct lease l;

	(void)state;
	assert_ok(&err, lease_parse(MESSAGE("deconfig\0interface=eth0\0"
					    "ip=192.0.2.7\0"),
				    &l, &err));
	assert_int_equal(l.event, LEASE_DECONFIG);
	assert_int_equal(l.prefix, 0);
	assert_ok(&err, lease_parse(MESSAGE("nak\0interface=eth0\0"
					    "message=wrong network\0"),
				    &l, &err));
	assert_int_equal(l.event, LEASE_NAK);
	assert_string_equal(l.message, "wrong network");
	assert_ok(&err,
		  lease_parse(MESSAGE("leasefail\0interface=e\0"), &l, &err));
	assert_int_equal(l.event, LEASE_FAIL);
	assert_string_equal(lease_event_name(l.event), "leasefail");
}

struct bad {
	enum status code;
	struct span message;
};

#define BAD(code, literal)                                                     \
	{                                                                      \
		code,                                                          \
		{                                                              \
			(const uint8_t *)(literal), sizeof(literal) - 1        \
		}                                                              \
	}

static const struct bad refused[] = {
	BAD(E_LEASE_END, ""),
	BAD(E_LEASE_END, "deconfig\0interface=eth0"),
	BAD(E_LEASE_EVENT, "bind\0interface=eth0\0"),
	BAD(E_LEASE_EVENT, "\0interface=eth0\0"),
	BAD(E_LEASE_VARIABLE, "deconfig\0interface=eth0\0ip\0"),
	BAD(E_LEASE_VARIABLE, "deconfig\0interface=eth0\0=1\0"),
	BAD(E_LEASE_VARIABLE, "deconfig\0interface=eth0\0\0"),
	BAD(E_LEASE_TWICE, MASKED "ip=192.0.2.8\0"),
	BAD(E_LEASE_INTERFACE, "deconfig\0"),
	BAD(E_LEASE_INTERFACE, "deconfig\0interface=\0"),
	BAD(E_LEASE_INTERFACE, "deconfig\0interface=a/b\0"),
	BAD(E_LEASE_INTERFACE, "deconfig\0interface=a b\0"),
	BAD(E_LEASE_INTERFACE, "deconfig\0interface=eth0\x01\0"),
	BAD(E_LEASE_INTERFACE, "deconfig\0interface=0123456789abcdef\0"),
	BAD(E_LEASE_NO_ADDRESS, "bound\0interface=eth0\0"),
	BAD(E_LEASE_ADDRESS, "bound\0interface=e\0ip=\0"),
	BAD(E_LEASE_ADDRESS, "bound\0interface=e\0ip=192.0.2\0"),
	BAD(E_LEASE_ADDRESS, "bound\0interface=e\0ip=192.0.2.7 \0"),
	BAD(E_LEASE_ADDRESS, "bound\0interface=e\0ip=0.0.0.0\0"),
	BAD(E_LEASE_ADDRESS, "bound\0interface=e\0ip=127.0.0.1\0"),
	BAD(E_LEASE_ADDRESS, "bound\0interface=e\0ip=224.0.0.1\0"),
	BAD(E_LEASE_ADDRESS, "bound\0interface=e\0ip=255.255.255.255\0"),
	BAD(E_LEASE_ADDRESS,
	    "bound\0interface=e\0ip=192.0.2.0\0subnet=255.255.255.0\0"),
	BAD(E_LEASE_ADDRESS,
	    "bound\0interface=e\0ip=192.0.2.3\0subnet=255.255.255.252\0"),
	BAD(E_LEASE_ADDRESS, "bound\0interface=e\0ipv6=\0"),
	BAD(E_LEASE_ADDRESS, "bound\0interface=e\0ipv6=::\0"),
	BAD(E_LEASE_ADDRESS, "bound\0interface=e\0ipv6=::1\0"),
	BAD(E_LEASE_ADDRESS, "bound\0interface=e\0ipv6=ff02::1\0"),
	BAD(E_LEASE_ADDRESS, "bound\0interface=e\0ipv6=fe80::7\0"),
	BAD(E_LEASE_ADDRESS, "bound\0interface=e\0ipv6=192.0.2.7\0"),
	BAD(E_LEASE_MASK, BASE "subnet=255.0.255.0\0"),
	BAD(E_LEASE_MASK, BASE "subnet=0.0.0.0\0"),
	BAD(E_LEASE_MASK, BASE "subnet=0.255.255.255\0"),
	BAD(E_LEASE_MASK, BASE "subnet=24\0"),
};

static void each_refusal_has_its_code(void **state)
{
	(void)state;
	for (size_t i = 0; i < test_count(refused); i++) {
		_drop_copy_ struct span m = test_copy(refused[i].message);
		struct error err;
		struct lease l;

		assert_refused(refused[i].code, &err, lease_parse(m, &l, &err));
	}
}

static const struct bad left_out[] = {
	BAD(E_LEASE_NUMBER, MASKED "lease=\0"),
	BAD(E_LEASE_NUMBER, MASKED "lease=-1\0"),
	BAD(E_LEASE_NUMBER, MASKED "lease=4294967296\0"),
	BAD(E_LEASE_NUMBER, MASKED "mtu=575\0"),
	BAD(E_LEASE_NUMBER, MASKED "mtu=65536\0"),
	BAD(E_LEASE_LIST, MASKED "router=0.0.0.0\0"),
	BAD(E_LEASE_LIST, MASKED "dns=2001:db8::1\0"),
	BAD(E_LEASE_LIST, MASKED "ntpsrv=pool.ntp.org\0"),
	BAD(E_LEASE_LIST, MASKED "serverid=255.255.255.255\0"),
	BAD(E_LEASE_LIST, MASKED "siaddr=1.2.3\0"),
	BAD(E_LEASE_ROUTE, MASKED "staticroutes=10.0.0.0/8\0"),
	BAD(E_LEASE_ROUTE, MASKED "staticroutes=10.0.0.0/33 192.0.2.1\0"),
	BAD(E_LEASE_ROUTE, MASKED "staticroutes=10.0.0.1/8 192.0.2.1\0"),
	BAD(E_LEASE_ROUTE, MASKED "staticroutes=10.0.0.0/8 224.0.0.1\0"),
	BAD(E_LEASE_ROUTE, MASKED "staticroutes=10.0.0.0 192.0.2.1\0"),
	BAD(E_LEASE_TEXT_BYTE, MASKED "bootfile=a\nb\0"),
	BAD(E_LEASE_TEXT_BYTE, MASKED "rootpath=\x1b[2J\0"),
	BAD(E_LEASE_TEXT_BYTE, MASKED "tftp=b\xc3\xb6t\0"),
	BAD(E_LEASE_NAME, MASKED "hostname=a b\0"),
	BAD(E_LEASE_NAME, MASKED "hostname=bad\0"),
	BAD(E_LEASE_NAME, MASKED "hostname=a;$(reboot)\0"),
	BAD(E_LEASE_NAME, MASKED "domain=`id`\0"),
	BAD(E_LEASE_NAME, MASKED "search=a\tb\0"),
	BAD(E_LEASE_VENDOR, MASKED "vendor=PXEClient\0opt43=0\0"),
	BAD(E_LEASE_VENDOR, MASKED "vendor=PXEClient\0opt43=0g\0"),
	BAD(E_LEASE_PXE_CUT, MASKED "vendor=PXEClient\0opt43=0602\0"),
	BAD(E_LEASE_PXE_LENGTH, MASKED "opt43=060200ff\0vendor=PXEClient\0"),
};

/* The lease itself stands. */
static void what_is_wrong_elsewhere_is_left_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < test_count(left_out); i++) {
		_drop_copy_ struct span m = test_copy(left_out[i].message);
		struct error err = { .code = OK };
		struct lease l;

		assert_ok(&err, lease_parse(m, &l, &err));
		assert_int_equal(l.left_out, 1);
		test_check_sentence(left_out[i].code, &l.why, __FILE__,
				    __LINE__);
		assert_int_equal(l.prefix, 24);
		assert_int_equal(l.mtu + l.lease_s + l.route_count, 0);
		assert_int_equal(l.dns.count + l.ntp.count + l.server.count +
					 l.next_server.count + l.vendor_len,
				 0);
		assert_string_equal(l.hostname, "");
		assert_string_equal(l.boot_file, "");
	}
}

/* Option 43 means what it does to PXE in an answer as PXE only. */
static void vendor_options_are_of_pxe(void **state)
{
	static const struct bad of[] = {
		BAD(1, MASKED "vendor=PXEClient\0opt43=0601FF\0"),
		BAD(1, MASKED "vendor=PXEClient:Arch:00007\0opt43=0601FF\0"),
		BAD(0, MASKED "vendor=HTTPClient\0opt43=0602\0"),
		BAD(0, MASKED "vendor=PXEServer\0opt43=0602\0"),
		BAD(0, MASKED "opt43=0602\0"),
	};

	(void)state;
	for (size_t i = 0; i < test_count(of); i++) {
		_drop_copy_ struct span m = test_copy(of[i].message);
		struct error err = { .code = OK };
		struct lease l;

		assert_ok(&err, lease_parse(m, &l, &err));
		assert_int_equal(l.left_out, 0);
		assert_int_equal(l.vendor_len, of[i].code ? 3 : 0);
		if (of[i].code)
			assert_memory_equal(l.vendor, "\x06\x01\xff", 3);
	}
}

/* Of several the first is told. */
static void the_first_that_is_left_out_is_told(void **state)
{
	struct error err = { .code = OK };
	struct lease l;

	(void)state;
	assert_ok(&err, lease_parse(MESSAGE(MASKED "mtu=1\0opt43=0602\0"
						   "vendor=PXEClient\0"),
				    &l, &err));
	assert_int_equal(l.left_out, 2);
	test_check_sentence(E_LEASE_NUMBER, &l.why, __FILE__, __LINE__);
}

static void long_texts_are_left_out_not_cut(void **state)
{
	char message[2048] = MASKED "hostname=";
	size_t at = sizeof(MASKED "hostname=") - 1;
	struct error err = { .code = OK };
	struct lease l;

	(void)state;
	memset(message + at, 'a', LEASE_TEXT_MAX - 1);
	assert_ok(&err,
		  lease_parse(span_of(message, at + LEASE_TEXT_MAX), &l, &err));
	assert_int_equal(strlen(l.hostname), LEASE_TEXT_MAX - 1);
	assert_int_equal(l.left_out, 0);
	message[at + LEASE_TEXT_MAX - 1] = 'a';
	assert_ok(&err, lease_parse(span_of(message, at + LEASE_TEXT_MAX + 1),
				    &l, &err));
	assert_string_equal(l.hostname, "");
	test_check_sentence(E_LEASE_TEXT_LENGTH, &l.why, __FILE__, __LINE__);
}

/* The lists are in the server's order of preference. */
static void long_lists_are_cut(void **state)
{
	struct error err = { .code = OK };
	struct lease l;

	(void)state;
	assert_ok(&err, lease_parse(MESSAGE(MASKED "dns=10.0.0.1 10.0.0.2 "
						   "10.0.0.3 10.0.0.4 "
						   "10.0.0.5\0"),
				    &l, &err));
	assert_int_equal(l.dns.count, LEASE_LIST_MAX);
	check4(l.dns.of[3].bytes, "10.0.0.4");
}

static void classless_routes_replace_routers(void **state)
{
	struct error err = { .code = OK };
	struct lease l;

	(void)state;
	assert_ok(&err,
		  lease_parse(MESSAGE(MASKED "router=192.0.2.1\0"
					     "staticroutes=0.0.0.0/0 192.0.2.9 "
					     "10.0.0.0/8 0.0.0.0\0"),
			      &l, &err));
	assert_int_equal(l.route_count, 2);
	check4(l.routes[0].gateway, "192.0.2.9");
	assert_int_equal(l.routes[1].prefix, 8);
	check4(l.routes[1].to, "10.0.0.0");
	check4(l.routes[1].gateway, "0.0.0.0");
}

static void without_a_mask_the_class_tells(void **state)
{
	const struct {
		struct span message;
		int prefix;
	} of[] = {
		{ MESSAGE("bound\0interface=e\0ip=10.0.0.7\0"), 8 },
		{ MESSAGE("bound\0interface=e\0ip=172.16.7.7\0"), 16 },
		{ MESSAGE("bound\0interface=e\0ip=192.0.2.7\0"), 24 },
	};

	(void)state;
	for (size_t i = 0; i < test_count(of); i++) {
		struct error err = { .code = OK };
		struct lease l;

		assert_ok(&err, lease_parse(of[i].message, &l, &err));
		assert_int_equal(l.prefix, of[i].prefix);
	}
}

/* A point-to-point link has no address of its network: RFC 3021. */
static void two_or_one_address_are_a_network(void **state)
{
	struct error err = { .code = OK };
	struct lease l;

	(void)state;
	assert_ok(&err, lease_parse(MESSAGE("bound\0interface=e\0ip=192.0.2.0\0"
					    "subnet=255.255.255.254\0"),
				    &l, &err));
	assert_int_equal(l.prefix, 31);
	assert_ok(&err, lease_parse(MESSAGE("bound\0interface=e\0ip=10.0.0.0\0"
					    "subnet=255.255.255.255\0"),
				    &l, &err));
	assert_int_equal(l.prefix, 32);
}

/* A message ends where an entry does, or it is refused for its end. */
static void every_length_is_decided(void **state)
{
	struct span whole = MESSAGE(MASKED "router=192.0.2.1\0dns=9.9.9.9\0");

	(void)state;
	for (size_t len = 0; len < whole.len; len++) {
		_drop_copy_ struct span m =
			test_copy(span_slice(whole, 0, len));
		struct error err = { .code = OK };
		struct lease l;
		bool ends = len && !whole.ptr[len - 1];
		enum status s = lease_parse(m, &l, &err);

		if (!ends)
			assert_int_equal(s, E_LEASE_END);
		else if (len <= 6)
			assert_int_equal(s, E_LEASE_INTERFACE);
		else if (len <= 21)
			assert_int_equal(s, E_LEASE_NO_ADDRESS);
		else
			assert_int_equal(s, OK);
	}
}

static void a_message_has_a_limit(void **state)
{
	static uint8_t message[LEASE_MESSAGE_MAX + 1];
	struct error err;
	struct lease l;

	(void)state;
	assert_refused(
		E_LEASE_LENGTH, &err,
		lease_parse(span_of(message, sizeof(message)), &l, &err));
}

static void only_what_is_looked_at_is_sent(void **state)
{
	(void)state;
	assert_true(lease_knows(span_of_text("ip=192.0.2.7")));
	assert_true(lease_knows(span_of_text("opt43")));
	assert_false(lease_knows(span_of_text("PATH=/bin")));
	assert_false(lease_knows(span_of_text("ipx=1")));
	assert_false(lease_knows(span_of_text("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_ipv4_is_taken),
		cmocka_unit_test(all_of_ipv6_is_taken),
		cmocka_unit_test(there_may_be_all_but_an_address),
		cmocka_unit_test(other_events_have_no_address),
		cmocka_unit_test(each_refusal_has_its_code),
		cmocka_unit_test(what_is_wrong_elsewhere_is_left_out),
		cmocka_unit_test(vendor_options_are_of_pxe),
		cmocka_unit_test(the_first_that_is_left_out_is_told),
		cmocka_unit_test(long_texts_are_left_out_not_cut),
		cmocka_unit_test(long_lists_are_cut),
		cmocka_unit_test(classless_routes_replace_routers),
		cmocka_unit_test(without_a_mask_the_class_tells),
		cmocka_unit_test(two_or_one_address_are_a_network),
		cmocka_unit_test(every_length_is_decided),
		cmocka_unit_test(a_message_has_a_limit),
		cmocka_unit_test(only_what_is_looked_at_is_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
