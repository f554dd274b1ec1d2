/* The keys of the network: what each takes, and that a value that is not taken
 * changes nothing and says why. */
#include "config.h"
#include "test.h"

#include <stdio.h>

#define WHY_MAX 512

struct found {
	unsigned count;
	enum config_result result; /* of the last one */
	bool has_why;
	char sentence[1024];
};

static void keep(void *ctx, const struct config_finding *f)
{
	struct found *found = ctx;
	struct text t = text_over(found->sentence, sizeof(found->sentence));

	found->count++;
	found->result = f->result;
	found->has_why = f->why != NULL;
	config_describe(f, "file", &t);
}

static unsigned add(struct config *c, const char *text, struct found *found)
{
	memset(found, 0, sizeof(*found));
	return config_parse(c, span_of_text(text), keep, found);
}

static void by_itself_there_is_no_network(void **state)
{
	static struct config c;

	(void)state;
	config_defaults(&c);
	assert_int_equal(c.network.interface_count, 0);
	assert_int_equal(c.network.dns_count, 0);
	assert_string_equal(c.network.ntp, "");
	assert_string_equal(c.network.proxy, "");
	assert_string_equal(c.network.syslog, "");
	assert_string_equal(c.network.status_url, "");
	assert_false(c.network.boot_from_dhcp);
	assert_string_equal(c.boot_order, "");
	assert_int_equal(c.hand_on, 0);
}

static void what_is_good_is_taken(void **state)
{
	static const char *const lines[] = {
		"network = first",
		"network = mac=52:54:00:12:34:56 address=192.0.2.7/24 "
		"gateway=192.0.2.1 vlan=7",
		"dns = 192.0.2.1,192.0.2.2 2001:db8::1 2001:db8::2",
		"ntp = ntp.example",
		"ntp = 192.0.2.1",
		"ntp = 2001:db8::1",
		"proxy = http://proxy.example:3128",
		"proxy = http://[2001:db8::1]:3128/",
		"syslog = log.example",
		"syslog = log.example:514",
		"syslog = 192.0.2.1:5514",
		"syslog = [2001:db8::1]",
		"syslog = [2001:db8::1]:514",
		"status-url = http://boot.example/status?of=all",
		"status-url = https://192.0.2.1/",
		"uki-url = https://boot.example/${arch}/${serial}.efi",
		"uki-url = http://a/x tftp://b/x",
		"boot-from-dhcp = yes",
		"boot-order = disk",
		"boot-order = fleet-?[0-9]*,network disk dhcp",
		"hand-on = none",
		"hand-on = ip ifname bootif vlan rootpath",
	};
	static struct config c;
	struct found found;

	(void)state;
	for (size_t i = 0; i < test_count(lines); i++) {
		config_defaults(&c);
		if (add(&c, lines[i], &found))
			fail_msg("%s", found.sentence);
		assert_int_equal(found.result, CONFIG_SET);
		assert_false(found.has_why);
	}
	assert_int_equal(c.hand_on, CONFIG_HAND_ON_IP | CONFIG_HAND_ON_IFNAME |
					    CONFIG_HAND_ON_BOOTIF |
					    CONFIG_HAND_ON_VLAN |
					    CONFIG_HAND_ON_ROOTPATH);
}

static void what_is_wrong_has_its_reason(void **state)
{
	static const struct {
		const char *line, *why;
	} cases[] = {
		{ "network = eth0 mtu=12", "a number of 576 to 65535" },
		{ "network = first bond=802.3ad", "needs to know its members" },
		{ "network = /dev/eth0", "says no interface" },
		{ "dns = 192.0.2.1 ns.example",
		  "\"ns.example\" is no address" },
		{ "dns = 192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5",
		  "at most 4" },
		{ "dns = ,", "there is no address" },
		{ "ntp = ntp.example:123", "there is a ':'" },
		{ "ntp = http://ntp.example", "there is a ':'" },
		{ "ntp = ntp..example", "label" },
		{ "ntp = [2001:db8::1]", "there is a '['" },
		{ "proxy = proxy.example:3128", "file:1: proxy cannot be" },
		{ "proxy = https://proxy.example", "http://HOST:PORT" },
		{ "proxy = http://proxy.example/x", "nothing behind it" },
		{ "proxy = http://user@proxy.example", "proxy cannot be" },
		{ "syslog = log.example:0", "port" },
		{ "syslog = log.example:x", "port" },
		{ "syslog = 2001:db8::1", "syslog cannot be" },
		{ "syslog = udp://log.example", "there is a '/'" },
		{ "syslog = me@log.example", "there is a '@'" },
		{ "status-url = boot.example/status", "status-url cannot be" },
		{ "status-url = tftp://boot.example/x", "nothing can be post" },
		{ "status-url = ftp://boot.example/x", "ftp" },
		{ "uki-url = boot.example/x", "URL 1" },
		{ "uki-url = http://a/x http://b/${mca}", "URL 2" },
		{ "uki-url = ftp://a/x", "ftp" },
		{ "boot-from-dhcp = perhaps", "it takes yes or no" },
		{ "boot-order = disk a disk", "disk stands twice" },
		{ "boot-order = ,", "there is no word" },
		{ "boot-order = a\xff", "no text" },
		{ "hand-on = ip dns", "\"dns\" is none of ip, ifname" },
		{ "hand-on = none ip", "none stands with other words" },
		{ "hand-on = ,", "there is no word" },
		{ "on-failure = wait", "power-off or hold" },
	};
	static struct config c, was;
	struct found found;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		config_defaults(&was);
		assert_int_equal(add(&was, "", &found), 0);
		c = was;
		assert_int_equal(add(&c, cases[i].line, &found), 1);
		assert_int_equal(found.result, CONFIG_BAD_VALUE);
		if (!strstr(found.sentence, cases[i].why))
			fail_msg("%s: \"%s\", not \"%s\"", cases[i].line,
				 found.sentence, cases[i].why);
		assert_memory_equal(&c, &was, sizeof(c));
	}
}

static void texts_have_a_limit(void **state)
{
	static const struct {
		const char *key, *front;
		int max;
	} cases[] = {
		{ "ntp", "", 253 }, /* of any name */
		{ "syslog", "", 253 },
		{ "status-url", "http://a/", 511 },
		{ "boot-order", "", 511 },
	};
	char line[1024], value[600];
	static struct config c;
	struct found found;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		for (int len = cases[i].max; len <= cases[i].max + 1; len++) {
			int at = snprintf(value, sizeof(value), "%s",
					  cases[i].front);

			for (; at < len; at++)
				value[at] = at % 60 == 59 ? '.' : 'a';
			value[len] = '\0';
			value[len - 1] = 'z';
			snprintf(line, sizeof(line), "%s = %s", cases[i].key,
				 value);
			config_defaults(&c);
			assert_int_equal(add(&c, line, &found),
					 len > cases[i].max);
			assert_int_equal(found.has_why, len > cases[i].max);
		}
	}
}

/* The configuration is in the image twice, and the command line may have
 * another one. */
static void lines_of_a_later_source_stand_alone(void **state)
{
	static const char text[] = "network = eth0\nnetwork = eth1\n";
	static struct config c;
	struct found found;

	(void)state;
	config_defaults(&c);
	c.policy.verify = VERIFY_OFF;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(add(&c, text, &found), 0);
		assert_int_equal(c.network.interface_count, 2);
	}
	assert_int_equal(add(&c, "timeout 3\n", &found), 0);
	assert_int_equal(add(&c, "network = eth0 mtu=1\n", &found), 1);
	assert_int_equal(c.network.interface_count, 2);
	assert_int_equal(config_parse_cmdline(
				 &c,
				 span_of_text("keelboot.network=\"eth2 "
					      "dhcp=v4\" keelboot.network=eth3 "
					      "keelboot.network=eth3"),
				 keep, &found),
			 1);
	assert_int_equal(c.network.interface_count, 2);
	assert_string_equal(c.network.interfaces[0].text, "eth2");
	assert_int_equal(c.network.interfaces[0].dhcp, NET_DHCP_V4);
	assert_string_equal(c.network.interfaces[1].text, "eth3");
	assert_true(found.has_why);
}

/* Who is asked, and what boots, is the image's to say where it verifies. */
static void outside_sets_nothing_under_enforce(void **state)
{
	static const char *const words[] = {
		"keelboot.network=eth0",
		"keelboot.dns=192.0.2.1",
		"keelboot.ntp=a",
		"keelboot.proxy=http://a",
		"keelboot.syslog=a",
		"keelboot.status-url=http://a/",
		"keelboot.uki-url=http://a/x",
		"keelboot.boot-from-dhcp=yes",
		"keelboot.boot-order=disk",
		"keelboot.hand-on=ip",
	};
	static struct config c, was;
	struct found found;

	(void)state;
	for (size_t i = 0; i < test_count(words); i++) {
		config_defaults(&was);
		c = was;
		assert_int_equal(config_parse_cmdline(&c,
						      span_of_text(words[i]),
						      keep, &found),
				 1);
		assert_int_equal(found.result, CONFIG_LOCKED);
		assert_memory_equal(&c, &was, sizeof(c));
		c.policy.verify = VERIFY_WARN;
		assert_int_equal(config_parse_cmdline(&c,
						      span_of_text(words[i]),
						      keep, &found),
				 0);
		assert_int_equal(found.result, CONFIG_SET);
	}
}

/* A value is one line of an entry and no more. */
/* Which keys, and who has the last word on them. */
static void a_disk_has_keys_of_the_network(void **state)
{
	static const char *const others[] = {
		"hand-on = ip",	     "verify = off", "append = x",
		"editor = yes",	     "lock = ntp",   "timeout = menu-force",
		"on-failure = menu",
	};
	static struct config c, before;
	struct found found = { .count = 0 };

	(void)state;
	config_defaults(&c);
	add(&c, "network = eth0\nntp = a.example\nlock = proxy\n", &found);
	c.policy.verify = VERIFY_WARN;
	assert_int_equal(config_parse_cmdline(
				 &c, span_of_text("keelboot.syslog=192.0.2.3"),
				 NULL, NULL),
			 0);
	c.policy.verify = VERIFY_ENFORCE; /* somebody has vouched for it */
	assert_int_equal(
		config_parse_disk(
			&c,
			span_of_text("network = eth1 dhcp=v4\nnetwork = eth2\n"
				     "dns = 192.0.2.1\nntp = b.example\n"
				     "status-url = http://b.example/\n"
				     "boot-from-dhcp = yes\n"
				     "uki-url = http://b.example/a\n"
				     "network-timeout = 20\n"
				     "boot-order = dhcp disk\n"),
			keep, &found),
		0);
	assert_int_equal(c.network.interface_count, 2);
	assert_string_equal(c.network.interfaces[0].text, "eth1");
	assert_int_equal(c.network.dns_count, 1);
	assert_string_equal(c.network.ntp, "b.example");
	assert_string_equal(c.network.status_url, "http://b.example/");
	assert_true(c.network.boot_from_dhcp);
	assert_string_equal(c.uki_url, "http://b.example/a");
	assert_int_equal(c.network.timeout_s, 20);
	assert_string_equal(c.boot_order, "dhcp disk");

	before = c;
	assert_int_equal(config_parse_disk(&c,
					   span_of_text("proxy http://p:1\n"),
					   keep, &found),
			 1);
	assert_string_equal(found.sentence, "file:1: proxy may only be set in "
					    "the image (lock), ignored");
	assert_int_equal(config_parse_disk(&c,
					   span_of_text("syslog = 192.0.2.9\n"),
					   keep, &found),
			 1);
	assert_string_equal(found.sentence,
			    "file:1: syslog may only be set in the image: the "
			    "kernel command line has it, too, ignored");
	for (size_t i = 0; i < test_count(others); i++) {
		assert_int_equal(config_parse_disk(&c, span_of_text(others[i]),
						   keep, &found),
				 1);
		assert_int_equal(found.result, CONFIG_LOCKED);
	}
	assert_memory_equal(&c, &before, sizeof(c));
}

static void a_url_brings_no_other_lines(void **state)
{
	static struct config c;
	struct found found;

	(void)state;
	config_defaults(&c);
	c.policy.verify = VERIFY_WARN;
	assert_int_equal(config_parse_cmdline(
				 &c,
				 span_of_text("keelboot.uki-url=\"http://a/x"
					      "\noptions y\""),
				 keep, &found),
			 1);
	assert_string_equal(c.uki_url, "");
}

/* What is between .Bd and .Ed in the manual page. */
static void examples_are_understood(void **state)
{
	_drop_copy_ struct span man =
		test_read_file("docs/man/keelboot.conf.5");
	struct span rest = man, line;
	static struct config c;
	unsigned lines = 0, networks = 0;
	bool is_in = false;

	(void)state;
	config_defaults(&c);
	while (span_next_line(&rest, &line)) {
		struct found found = { .count = 0 };

		if (span_starts_with(line, ".Bd -literal", 12)) {
			is_in = true;
			config_defaults(&c);
		} else if (span_equal_text(line, ".Ed")) {
			is_in = false;
			networks += c.network.interface_count;
		} else if (is_in) {
			lines++;
			if (config_parse(&c, line, keep, &found))
				fail_msg("%s", found.sentence);
			c.network_is_of_before = false; /* of one file */
		}
	}
	assert_true(lines > 20 && networks >= 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_itself_there_is_no_network),
		cmocka_unit_test(what_is_good_is_taken),
		cmocka_unit_test(what_is_wrong_has_its_reason),
		cmocka_unit_test(texts_have_a_limit),
		cmocka_unit_test(lines_of_a_later_source_stand_alone),
		cmocka_unit_test(outside_sets_nothing_under_enforce),
		cmocka_unit_test(a_disk_has_keys_of_the_network),
		cmocka_unit_test(a_url_brings_no_other_lines),
		cmocka_unit_test(examples_are_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
