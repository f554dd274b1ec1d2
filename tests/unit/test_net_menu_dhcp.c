/* What DHCP tells to boot, and the search for a PXELINUX file. */
#include "net_menu_rig.h"

#define DEFAULT "http://h.example/p/pxelinux.cfg/default"

/* --- the search --- */

static void names_are_tried_in_their_order(void **state)
{
	static const char *const want[] = {
		"http://h.example/p/b8945a1b-0001-0203-0405-060708090a0b",
		"http://h.example/p/pxelinux.cfg/"
		"b8945a1b-0001-0203-0405-060708090a0b",
		"http://h.example/p/pxelinux.cfg/01-52-54-00-12-34-56",
		"http://h.example/p/pxelinux.cfg/C000025B",
		"http://h.example/p/pxelinux.cfg/C000025",
	};
	_drop_rig_ struct rig *r = rig_new();

	(void)state;
	snprintf(r->state.lease.config_file, sizeof(r->state.lease.config_file),
		 "b8945a1b-0001-0203-0405-060708090a0b");
	r->files[0] = (struct rig_file){ want[4], "label a\nlinux k\n", OK };
	r->files[1] = (struct rig_file){ want[1], "", E_NET_TFTP_MISSING };
	assert_ok(&r->err, rig_search(r, "http://h.example/p/"));
	assert_int_equal(r->outcome, NET_MENU_ENTRIES);
	assert_int_equal(r->fetch_count, 5);
	for (unsigned i = 0; i < 5; i++)
		assert_string_equal(r->fetched[i], want[i]);
	assert_int_equal(r->note_count, 4);
	assert_file(&r->added[0].entry, 0, NET_ANY, "http://h.example/p/k");
}

static void a_prefix_may_be_half_a_name(void **state)
{
	_drop_rig_ struct rig *r = rig_new();

	(void)state;
	r->every = "label a\nlinux k\ninitrd i\n";
	assert_ok(&r->err, rig_search(r, "tftp://192.0.2.1/p/x-"));
	assert_string_equal(r->fetched[0],
			    "tftp://192.0.2.1/p/x-pxelinux.cfg/"
			    "b8945a1b-0001-0203-0405-060708090a0b");
	assert_file(&r->added[0].entry, 0, NET_LINUX, "tftp://192.0.2.1/p/x-k");
}

static void the_search_ends(void **state)
{
	_drop_rig_ struct rig *r = rig_new();

	(void)state;
	assert_refused(E_NET_MENU_NOT_FOUND, &r->err,
		       rig_search(r, "http://h.example/p/"));
	assert_int_equal(r->fetch_count, 11);
	assert_int_equal(r->note_count, 11);
	r->files[0] = (struct rig_file){
		"http://h.example/p/pxelinux.cfg/01-52-54-00-12-34-56", "",
		E_FETCH_DEADLINE
	};
	assert_refused(E_FETCH_DEADLINE, &r->err,
		       rig_search(r, "http://h.example/p/"));
	assert_int_equal(r->fetch_count, 2);
	/* a server that is away for a while may have it */
	r->files[0].s = E_NET_TFTP;
	assert_refused(E_NET_TFTP, &r->err,
		       rig_search(r, "http://h.example/p/"));
	assert_int_equal(r->fetch_count, 2);
	assert_non_null(strstr(r->err.text, "01-52-54-00-12-34-56: as the"));
	assert_refused(E_URL_RELATIVE, &r->err, rig_search(r, "p/"));
	/* what is there is followed, whatever it is */
	r->files[0] =
		(struct rig_file){ DEFAULT, "#!ipxe\nkernel k\nboot\n", OK };
	assert_ok(&r->err, rig_search(r, "http://h.example/p/"));
	assert_file(&r->added[0].entry, 0, NET_ANY,
		    "http://h.example/p/pxelinux.cfg/k");
	r->every = "<html>";
	assert_refused(E_NET_MENU_KIND, &r->err,
		       rig_search(r, "http://h.example/p/"));
	r->every = "include x\n";
	assert_refused(E_NET_MENU_EMPTY, &r->err,
		       rig_search(r, "http://h.example/p/"));
}

/* --- DHCP --- */

struct told {
	const char *server, *file, *config, *prefix, *url6;
	unsigned siaddr, id; /* last bytes of 192.0.2.x */
	enum status want_status;
	bool is_search;
	const char *want;
};

static void tell(struct net_state *s, const struct told *t)
{
	struct lease *l = &s->lease;

	memset(l, 0, sizeof(*l));
#define TELL(to, from) snprintf(to, sizeof(to), "%s", from ? from : "")
	TELL(l->boot_server, t->server);
	TELL(l->boot_file, t->file);
	TELL(l->config_file, t->config);
	TELL(l->path_prefix, t->prefix);
	TELL(s->boot_url6, t->url6);
	if (t->siaddr)
		l->next_server = (struct lease_addresses){
			1, { { .bytes = { 192, 0, 2, (uint8_t)t->siaddr } } }
		};
	if (t->id)
		l->server = (struct lease_addresses){
			1, { { .bytes = { 192, 0, 2, (uint8_t)t->id } } }
		};
}

static void check_told(const struct told *cases, size_t count)
{
	_drop_rig_ struct rig *r = rig_new();
	char url[URL_TEXT_MAX];
	bool is_search;

	for (size_t i = 0; i < count; i++) {
		const struct told *t = &cases[i];

		print_message("%zu: %s\n", i, t->want ? t->want : "");
		tell(&r->state, t);
		if (t->want_status != OK) {
			assert_refused(t->want_status, &r->err,
				       net_menu_of_dhcp(&r->state, url,
							&is_search, &r->err));
			continue;
		}
		assert_ok(&r->err, net_menu_of_dhcp(&r->state, url, &is_search,
						    &r->err));
		assert_string_equal(url, t->want);
		assert_int_equal(is_search, t->is_search);
	}
}

static void dhcp_tells_a_file(void **state)
{
	static const struct told cases[] = {
		{ .file = "HTTP://H.example/a.efi",
		  .want = "http://h.example/a.efi" },
		{ .file = "tftp://h/a", .want = "tftp://h/a" },
		{ .url6 = "http://[2001:db8::1]/u",
		  .want = "http://[2001:db8::1]/u" },
		{ .url6 = "tftp://[2001:db8::1]/p/lpxelinux.0",
		  .is_search = true,
		  .want = "tftp://[2001:db8::1]/p/" },
		{ .file = "http://h/a",
		  .url6 = "http://h/b",
		  .want = "http://h/a" },
		{ .file = "a", .url6 = "http://h/b", .want = "http://h/b" },
		{ .file = "a b?%c",
		  .server = "s.example",
		  .siaddr = 1,
		  .id = 2,
		  .want = "tftp://s.example/a%20b%3F%25c" },
		{ .file = "/a/b",
		  .siaddr = 1,
		  .id = 2,
		  .want = "tftp://192.0.2.1//a/b" },
		{ .file = "a", .id = 2, .want = "tftp://192.0.2.2/a" },
		{ .file = "a",
		  .server = "no host",
		  .siaddr = 1,
		  .want = "tftp://192.0.2.1/a" },
		{ .file = "a",
		  .server = "h/../x",
		  .id = 1,
		  .want = "tftp://192.0.2.1/a" },
		{ .file = "a",
		  .server = "u@h",
		  .id = 1,
		  .want = "tftp://192.0.2.1/a" },
	};

	(void)state;
	check_told(cases, test_count(cases));
}

static void dhcp_tells_a_search(void **state)
{
	static const struct told cases[] = {
		{ .file = "p/pxelinux.0",
		  .siaddr = 1,
		  .is_search = true,
		  .want = "tftp://192.0.2.1/p/" },
		{ .file = "/lpxelinux.0",
		  .siaddr = 1,
		  .is_search = true,
		  .want = "tftp://192.0.2.1//" },
		{ .file = "http://h/p/pxelinux.0?x=/y",
		  .is_search = true,
		  .want = "http://h/p/" },
		{ .file = "efi64/syslinux.efi",
		  .siaddr = 1,
		  .is_search = true,
		  .want = "tftp://192.0.2.1/efi64/" },
		{ .prefix = "http://h/x-",
		  .is_search = true,
		  .want = "http://h/x-" },
		{ .prefix = "tree/",
		  .siaddr = 1,
		  .file = "http://h/y",
		  .is_search = true,
		  .want = "tftp://192.0.2.1/tree/" },
		{ .config = "a.cfg",
		  .id = 1,
		  .is_search = true,
		  .want = "tftp://192.0.2.1/" },
		{ .config = "a.cfg",
		  .file = "http://h/p/boot",
		  .is_search = true,
		  .want = "http://h/p/" },
		{ .config = "http://h/c/a.cfg",
		  .is_search = true,
		  .want = "http://h/c/" },
		{ .file = "pxelinux.0.x",
		  .id = 1,
		  .want = "tftp://192.0.2.1/pxelinux.0.x" },
	};

	(void)state;
	check_told(cases, test_count(cases));
}

static void dhcp_tells_nothing_good(void **state)
{
	static const struct told cases[] = {
		{ .siaddr = 1, .want_status = E_NET_DHCP_NOTHING },
		{ .file = "a", .want_status = E_NET_DHCP_SERVER },
		{ .config = "a", .want_status = E_NET_DHCP_SERVER },
		{ .prefix = "a", .want_status = E_NET_DHCP_SERVER },
		{ .file = "a",
		  .server = "u@h",
		  .want_status = E_URL_HOST_BYTE },
		{ .file = "http://u@h/", .want_status = E_URL_USERINFO },
		{ .file = "ftp://h/", .want_status = E_URL_SCHEME },
		{ .url6 = "x", .want_status = E_URL_RELATIVE },
		{ .file = "a",
		  .url6 = "http://h:0/",
		  .want_status = E_URL_PORT },
	};

	(void)state;
	check_told(cases, test_count(cases));
}

/* A file is not told, but whom PXE asks for one. */
static void dhcp_tells_of_a_boot_server(void **state)
{
#define OPTION(literal)                                                        \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}
	static const struct {
		struct {
			const char *bytes;
			size_t len;
		} option;
		enum status want_status;
		const char *want; /* in the sentence */
	} cases[] = {
		{ OPTION("\x08\x07\0\x0f\1\xc0\0\2\x09\xff"),
		  E_NET_DHCP_DISCOVERY, "of type 15 at 192.0.2.9, port 4011" },
		{ OPTION("\x09\x05\0\x0f\2Hi\x08\x07\0\x0f\1\xc0\0\2\x09"),
		  E_NET_DHCP_DISCOVERY, "of type 15 \"Hi\" at 192.0.2.9" },
		{ OPTION("\x09\x05\0\x0f\2\x1b[\xff"), E_NET_DHCP_DISCOVERY,
		  "of type 15 \"?[\" by broadcast" },
		{ OPTION("\x09\x03\0\x0f\0\x07\4\xe0\0\1\2"),
		  E_NET_DHCP_DISCOVERY, "by multicast to 224.0.1.2" },
		{ OPTION("\x06\1\x08\xff"), E_NET_DHCP_NOTHING, "option" },
		{ OPTION(""), E_NET_DHCP_NOTHING, "option" },
		/* the wire has no word for what is in it */
		{ OPTION("\x08\x07\0\x0f\1\xc0"), E_NET_DHCP_NOTHING,
		  "option" },
	};
	_drop_rig_ struct rig *r = rig_new();
	struct lease *l = &r->state.lease;
	char url[URL_TEXT_MAX];
	bool is_search;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		memset(l, 0, sizeof(*l));
		memcpy(l->vendor, cases[i].option.bytes, cases[i].option.len);
		l->vendor_len = (uint32_t)cases[i].option.len;
		assert_refused(
			cases[i].want_status, &r->err,
			net_menu_of_dhcp(&r->state, url, &is_search, &r->err));
		if (!strstr(r->err.text, cases[i].want))
			fail_msg("%s: %s", cases[i].want, r->err.text);
		/* with a file nobody needs one */
		snprintf(l->boot_file, 12, "http://h/a");
		assert_ok(&r->err, net_menu_of_dhcp(&r->state, url, &is_search,
						    &r->err));
		assert_string_equal(url, "http://h/a");
	}
	/* nor with a URL of DHCPv6 */
	memcpy(l->vendor, cases[0].option.bytes, cases[0].option.len);
	l->vendor_len = (uint32_t)cases[0].option.len;
	l->boot_file[0] = '\0';
	snprintf(r->state.boot_url6, 12, "http://h/b");
	assert_ok(&r->err,
		  net_menu_of_dhcp(&r->state, url, &is_search, &r->err));
	assert_string_equal(url, "http://h/b");
}

/* The longest name of a menu leaves the sentence whole. */
static void the_sentence_of_a_boot_server_is_whole(void **state)
{
	_drop_rig_ struct rig *r = rig_new();
	struct lease *l = &r->state.lease;
	char url[URL_TEXT_MAX];
	bool is_search;

	(void)state;
	memset(l->vendor, 'x', 255);
	memcpy(l->vendor, "\x07\4\xef\xff\xff\xff\x09\xf7\xff\xff\xf4", 11);
	l->vendor_len = 255;
	assert_refused(E_NET_DHCP_DISCOVERY, &r->err,
		       net_menu_of_dhcp(&r->state, url, &is_search, &r->err));
	assert_non_null(strstr(r->err.text, "by multicast to 239.255.255.255"));
	assert_non_null(strstr(r->err.text, "or a URL (67)"));
}

/* An address of IPv6 as a server. */
static void a_server_may_be_of_ipv6(void **state)
{
	_drop_rig_ struct rig *r = rig_new();
	char url[URL_TEXT_MAX];
	bool is_search;

	(void)state;
	snprintf(r->state.lease.boot_file, 8, "a");
	r->state.lease.server = (struct lease_addresses){
		1,
		{ { .is_ipv6 = true,
		    .bytes = { 0x20, 1, 0xd, 0xb8, [15] = 7 } } }
	};
	assert_ok(&r->err,
		  net_menu_of_dhcp(&r->state, url, &is_search, &r->err));
	assert_string_equal(url, "tftp://[2001:db8::7]/a");
}

/* The longest that an option can be, of bytes that grow in a URL. */
static void long_names_are_refused(void **state)
{
	_drop_rig_ struct rig *r = rig_new();
	struct lease *l = &r->state.lease;
	char url[URL_TEXT_MAX];
	bool is_search;

	(void)state;
	memset(l->boot_file, ' ', sizeof(l->boot_file) - 1);
	snprintf(l->boot_server, sizeof(l->boot_server), "h");
	assert_refused(E_URL_LENGTH, &r->err,
		       net_menu_of_dhcp(&r->state, url, &is_search, &r->err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_tried_in_their_order),
		cmocka_unit_test(a_prefix_may_be_half_a_name),
		cmocka_unit_test(the_search_ends),
		cmocka_unit_test(dhcp_tells_a_file),
		cmocka_unit_test(dhcp_tells_a_search),
		cmocka_unit_test(dhcp_tells_nothing_good),
		cmocka_unit_test(dhcp_tells_of_a_boot_server),
		cmocka_unit_test(the_sentence_of_a_boot_server_is_whole),
		cmocka_unit_test(a_server_may_be_of_ipv6),
		cmocka_unit_test(long_names_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
