/* What the kernel says of its interfaces: the parser against every broken
 * message. */
#include "sys/network.h"

#include "scratch.h"
#include "test.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- datagrams ------------------------------------------------------------ */

struct built {
	uint8_t bytes[2048];
	size_t len;
	size_t message; /* where the last one begins */
};

static void put(struct built *b, const void *bytes, size_t len)
{
	assert_true(b->len + len <= sizeof(b->bytes));
	memcpy(b->bytes + b->len, bytes, len);
	b->len += len;
	while (b->len % 4)
		b->bytes[b->len++] = 0;
}

static void end_message(struct built *b)
{
	uint32_t len = (uint32_t)(b->len - b->message);

	memcpy(b->bytes + b->message, &len, sizeof(len));
}

static void begin_message(struct built *b, uint16_t type)
{
	struct nlmsghdr head = { .nlmsg_type = type };

	b->message = b->len;
	put(b, &head, sizeof(head));
	end_message(b);
}

static void put_attribute(struct built *b, uint16_t type, const void *value,
			  size_t len)
{
	struct rtattr head = { .rta_len = (uint16_t)(sizeof(head) + len),
			       .rta_type = type };

	put(b, &head, sizeof(head));
	put(b, value, len);
	end_message(b);
}

static void put_link(struct built *b, int index, unsigned flags,
		     const char *name)
{
	static const uint8_t mac[] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };
	struct ifinfomsg body = { .ifi_index = index, .ifi_flags = flags };

	begin_message(b, RTM_NEWLINK);
	put(b, &body, sizeof(body));
	put_attribute(b, 999, "x", 1);
	put_attribute(b, IFLA_IFNAME, name, strlen(name) + 1);
	put_attribute(b, IFLA_ADDRESS, mac, sizeof(mac));
}

static void put_address(struct built *b, int index, uint8_t family,
			uint8_t prefix, uint8_t scope, const void *bytes)
{
	struct ifaddrmsg body = { .ifa_family = family,
				  .ifa_prefixlen = prefix,
				  .ifa_scope = scope,
				  .ifa_index = (uint32_t)index };

	begin_message(b, RTM_NEWADDR);
	put(b, &body, sizeof(body));
	put_attribute(b, IFA_ADDRESS, bytes, family == AF_INET ? 4 : 16);
}

static void put_done(struct built *b, int32_t result)
{
	begin_message(b, NLMSG_DONE);
	put(b, &result, sizeof(result));
	end_message(b);
}

static const uint8_t v4[] = { 192, 0, 2, 7 };
static const uint8_t v6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 7 };
static const uint8_t v6_link[16] = { 0xfe, 0x80, [15] = 1 };

static struct network network;

/* Parses a copy of exactly these bytes. */
static enum status parse(struct span datagram, bool *ret_done,
			 struct error *err)
{
	_drop_copy_ struct span copy = test_copy(datagram);

	memset(&network, 0, sizeof(network));
	return network_parse(copy, &network, ret_done, err);
}

static struct span bytes_of(const struct built *b)
{
	return span_of(b->bytes, b->len);
}

/* Two interfaces, three addresses, the loopback. */
static void build_all(struct built *b)
{
	*b = (struct built){ .len = 0 };
	put_link(b, 1, IFF_UP | IFF_LOOPBACK, "lo");
	put_link(b, 2, IFF_UP | IFF_LOWER_UP, "eth0");
	put_link(b, 3, 0, "eth1");
	put_address(b, 1, AF_INET, 8, RT_SCOPE_HOST, v4);
	put_address(b, 2, AF_INET6, 64, RT_SCOPE_LINK, v6_link);
	put_address(b, 2, AF_INET6, 64, RT_SCOPE_UNIVERSE, v6);
	put_address(b, 2, AF_INET, 24, RT_SCOPE_UNIVERSE, v4);
	put_done(b, 0);
}

static void assert_address(const struct network_address *a, const char *want)
{
	char buf[64];
	struct text t = text_over(buf, sizeof(buf));

	network_add_address(&t, a);
	assert_string_equal(buf, want);
}

static void interfaces_and_addresses(void **state)
{
	const struct network_address *address;
	const struct network_link *link;
	struct built b;
	struct error err;
	bool done = false;

	(void)state;
	build_all(&b);
	assert_ok(&err, parse(bytes_of(&b), &done, &err));
	assert_true(done);
	assert_int_equal(network.count, 2);
	link = &network.links[0];
	assert_string_equal(link->name, "eth0");
	assert_int_equal(link->index, 2);
	assert_int_equal(link->mac_len, 6);
	assert_int_equal(link->mac[0], 0x52);
	assert_true(link->is_up && link->has_carrier);
	assert_int_equal(link->address_count, 3);
	assert_false(link->addresses[0].is_global);
	assert_address(&link->addresses[0], "fe80::1");
	assert_address(&link->addresses[1], "2001:db8::7");
	assert_int_equal(link->addresses[1].prefix, 64);
	assert_false(network.links[1].is_up || network.links[1].has_carrier);
	/* IPv4 comes first, whatever the order */
	assert_true(network_first_address(&network, &link, &address));
	assert_address(address, "192.0.2.7");
	network.links[0].address_count = 2;
	assert_true(network_first_address(&network, &link, &address));
	assert_address(address, "2001:db8::7");
	network.links[0].address_count = 1;
	assert_false(network_first_address(&network, &link, &address));
}

/* The other end of a line is not our address. */
static void a_local_address_goes_before_the_other_end(void **state)
{
	static const uint8_t other[] = { 198, 51, 100, 1 };
	struct built b = { .len = 0 };
	struct error err;
	bool done = true;

	(void)state;
	put_link(&b, 2, 0, "ppp0");
	put_address(&b, 2, AF_INET, 32, RT_SCOPE_UNIVERSE, other);
	put_attribute(&b, IFA_LOCAL, v4, 4);
	put_attribute(&b, IFA_ADDRESS, other, 4);
	assert_ok(&err, parse(bytes_of(&b), &done, &err));
	assert_false(done);
	assert_address(&network.links[0].addresses[0], "192.0.2.7");
}

/* ifa_flags: what is asked for in the network, and what somebody else has. */
static void addresses_may_be_in_doubt(void **state)
{
	const uint8_t flags[] = { 0, IFA_F_TENTATIVE, IFA_F_DADFAILED,
				  IFA_F_TENTATIVE | IFA_F_DADFAILED };
	struct error err;
	bool done;

	(void)state;
	for (size_t i = 0; i < test_count(flags); i++) {
		struct built b = { .len = 0 };
		const struct network_address *a =
			&network.links[0].addresses[0];

		put_link(&b, 2, 0, "eth0");
		put_address(&b, 2, AF_INET6, 64, RT_SCOPE_UNIVERSE, v6);
		b.bytes[b.message + 16 + 2] = flags[i];
		assert_ok(&err, parse(bytes_of(&b), &done, &err));
		assert_int_equal(a->is_tentative, i == 1);
		assert_int_equal(a->is_duplicate, i >= 2);
	}
}

static void what_is_not_known_is_passed_over(void **state)
{
	struct built b = { .len = 0 };
	struct error err;
	bool done = false;

	(void)state;
	put_link(&b, 2, 0, "eth0");
	begin_message(&b, RTM_NEWROUTE);
	begin_message(&b, NLMSG_NOOP);
	put_address(&b, 2, AF_PACKET, 200, RT_SCOPE_UNIVERSE, v6);
	put_address(&b, 9, AF_INET, 24, RT_SCOPE_UNIVERSE, v4);
	begin_message(&b, NLMSG_DONE); /* old kernels say no more */
	assert_ok(&err, parse(bytes_of(&b), &done, &err));
	assert_true(done);
	assert_int_equal(network.count, 1);
	assert_int_equal(network.links[0].address_count, 0);
}

static void more_than_there_is_room_for(void **state)
{
	struct error err;
	bool done;

	(void)state;
	memset(&network, 0, sizeof(network));
	for (int i = 1; i <= NETWORK_LINKS_MAX + 3; i++) {
		struct built b = { .len = 0 };
		char name[16];

		snprintf(name, sizeof(name), "eth%d", i);
		put_link(&b, i, 0, name);
		assert_ok(&err,
			  network_parse(bytes_of(&b), &network, &done, &err));
	}
	assert_int_equal(network.count, NETWORK_LINKS_MAX);
	assert_int_equal(network.left_out, 3);
	for (uint8_t i = 0; i < NETWORK_ADDRESSES_MAX + 3; i++) {
		const uint8_t address[] = { 10, 0, 0, i };
		struct built b = { .len = 0 };

		put_address(&b, 1, AF_INET, 8, RT_SCOPE_UNIVERSE, address);
		put_address(&b, 1, AF_INET, 8, RT_SCOPE_UNIVERSE, address);
		assert_ok(&err,
			  network_parse(bytes_of(&b), &network, &done, &err));
	}
	assert_int_equal(network.links[0].address_count, NETWORK_ADDRESSES_MAX);
}

/* --- broken ones -----------------------------------------------------------
 */

static void refuse(struct built *b, enum status want)
{
	struct error err;
	bool done = true;

	assert_refused(want, &err, parse(bytes_of(b), &done, &err));
	assert_true(done); /* untouched */
}

/* A message with another number at an offset in it. */
static void refuse_with(const struct built *good, size_t at, const void *value,
			size_t len, enum status want)
{
	struct built b = *good;

	memcpy(b.bytes + at, value, len);
	refuse(&b, want);
}

static void lengths_that_do_not_fit(void **state)
{
	struct built b = { .len = 0 };
	const size_t attribute = 16 + sizeof(struct ifinfomsg);
	uint32_t len;
	uint16_t short_len;

	(void)state;
	put_link(&b, 2, 0, "eth0");
	for (len = 0; len < 16; len++)
		refuse_with(&b, 0, &len, 4, E_NETLINK_LENGTH);
	len = (uint32_t)b.len + 1;
	refuse_with(&b, 0, &len, 4, E_NETLINK_LENGTH);
	len = UINT32_MAX;
	refuse_with(&b, 0, &len, 4, E_NETLINK_LENGTH);
	len = 16 + sizeof(struct ifinfomsg) - 1;
	refuse_with(&b, 0, &len, 4, E_NETLINK_BODY);
	for (short_len = 0; short_len < 4; short_len++)
		refuse_with(&b, attribute, &short_len, 2, E_NETLINK_ATTRIBUTE);
	short_len = (uint16_t)(b.len - attribute + 1);
	refuse_with(&b, attribute, &short_len, 2, E_NETLINK_ATTRIBUTE);
	short_len = UINT16_MAX;
	refuse_with(&b, attribute, &short_len, 2, E_NETLINK_ATTRIBUTE);
	b = (struct built){ .len = 0 };
	put_address(&b, 2, AF_INET, 24, 0, v4);
	len = 16 + sizeof(struct ifaddrmsg) - 1;
	refuse_with(&b, 0, &len, 4, E_NETLINK_BODY);
	b = (struct built){ .len = 0 };
	begin_message(&b, NLMSG_ERROR);
	refuse(&b, E_NETLINK_BODY);
}

static void names_and_numbers_that_make_no_sense(void **state)
{
	static const char *const names[] = { "", "a/b", "sixteen-letters-" };
	struct ifinfomsg body = { .ifi_index = 2 };
	struct built b;

	(void)state;
	for (size_t i = 0; i < test_count(names); i++) {
		b = (struct built){ .len = 0 };
		put_link(&b, 2, 0, names[i]);
		refuse(&b, E_NETLINK_NAME);
	}
	b = (struct built){ .len = 0 };
	put_link(&b, 0, 0, "eth0");
	refuse(&b, E_NETLINK_INDEX);
	b = (struct built){ .len = 0 };
	begin_message(&b, RTM_NEWLINK);
	put(&b, &body, sizeof(body));
	end_message(&b);
	refuse(&b, E_NETLINK_NAME);
	put_attribute(&b, IFLA_IFNAME, "eth0", 4); /* no NUL */
	refuse(&b, E_NETLINK_NAME);
}

static void addresses_that_make_no_sense(void **state)
{
	struct ifaddrmsg body = { .ifa_family = AF_INET, .ifa_index = 2 };
	struct built b;

	(void)state;
	for (size_t len = 0; len <= 16; len++) {
		b = (struct built){ .len = 0 };
		begin_message(&b, RTM_NEWADDR);
		put(&b, &body, sizeof(body));
		put_attribute(&b, IFA_LOCAL, v6, len);
		if (len != 4)
			refuse(&b, E_NETLINK_ADDRESS);
	}
	b = (struct built){ .len = 0 };
	put_address(&b, 2, AF_INET, 33, 0, v4);
	refuse(&b, E_NETLINK_ADDRESS);
	b = (struct built){ .len = 0 };
	put_address(&b, 2, AF_INET6, 129, 0, v6);
	refuse(&b, E_NETLINK_ADDRESS);
}

static void the_kernel_may_refuse(void **state)
{
	struct built b = { .len = 0 };
	struct error err;
	bool done;

	(void)state;
	put_done(&b, -EPERM);
	assert_refused(E_NETLINK_REFUSED, &err,
		       parse(bytes_of(&b), &done, &err));
	assert_int_equal(err.sys, EPERM);
	b = (struct built){ .len = 0 };
	put_done(&b, INT32_MIN);
	refuse(&b, E_NETLINK_REFUSED);
}

static void cut_anywhere_it_is_refused_or_less(void **state)
{
	struct built b;
	struct error err;

	(void)state;
	build_all(&b);
	for (size_t len = 0; len < b.len; len++) {
		bool done = false;
		enum status s = parse(span_of(b.bytes, len), &done, &err);

		assert_true(s == OK || s == E_NETLINK_LENGTH);
		/* the end of the dump is in its header already */
		assert_true(!done);
	}
}

/* --- what sysfs adds -------------------------------------------------------
 */

static void sysfs_has_speed_and_driver(void **state)
{
	_drop_scratch_ struct scratch root = scratch_make();
	struct network n = { .count = 3 };

	(void)state;
	strcpy(n.links[0].name, "eth0");
	strcpy(n.links[1].name, "eth1");
	strcpy(n.links[2].name, "eth2");
	scratch_text(&root, "sys/class/net/eth0/speed", "25000\n");
	scratch_folder(&root, "sys/class/net/eth0/device");
	scratch_folder(&root, "sys/bus/pci/drivers/mlx5_core");
	assert_int_equal(symlink("../../../../bus/pci/drivers/mlx5_core",
				 scratch_path(&root, "sys/class/net/eth0/"
						     "device/driver")),
			 0);
	scratch_text(&root, "sys/class/net/eth1/speed", "-1\n");
	scratch_text(&root, "sys/class/net/eth2/speed", "4294967295\n");
	network_read_sysfs(root.dir, &n);
	assert_int_equal(n.links[0].speed, 25000);
	assert_string_equal(n.links[0].driver, "mlx5_core");
	assert_int_equal(n.links[1].speed, 0);
	assert_string_equal(n.links[1].driver, "");
	assert_int_equal(n.links[2].speed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interfaces_and_addresses),
		cmocka_unit_test(a_local_address_goes_before_the_other_end),
		cmocka_unit_test(addresses_may_be_in_doubt),
		cmocka_unit_test(what_is_not_known_is_passed_over),
		cmocka_unit_test(more_than_there_is_room_for),
		cmocka_unit_test(lengths_that_do_not_fit),
		cmocka_unit_test(names_and_numbers_that_make_no_sense),
		cmocka_unit_test(addresses_that_make_no_sense),
		cmocka_unit_test(the_kernel_may_refuse),
		cmocka_unit_test(cut_anywhere_it_is_refused_or_less),
		cmocka_unit_test(sysfs_has_speed_and_driver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
