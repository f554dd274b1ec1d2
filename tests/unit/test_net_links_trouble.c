/*
 * What links come to that no cable of a test shows: a bond whose member is
 * refused and goes, and more routes than anybody needs. In a network of the
 * test's own; it needs root and ip(8). This kernel may have no bonds: the end
 * of a cable stands for one.
 */
#include "net_links_parts.h"

#include "sys/proc.h"
#include "test.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void run(const char *command)
{
	if (system(command))
		fail_msg("failed: %s", command);
}

static int make_network(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNET) == 0)
		return 0;
	print_error("no network of its own: run as root\n");
	return -1;
}

static void note(void *ctx, const char *text)
{
	(void)ctx;
	(void)text;
}

/* The bond is there, and what was wrong with the member that has gone. */
static struct slot *trouble(struct net_links *links)
{
	const struct network_link *device;
	struct slot *slot = links->slots[0];

	device = link_find(&links->network, "v0");
	assert_non_null(device);
	slot->port = slot->device = device->index;
	(void)!text_copy(slot->name, sizeof(slot->name), "v0");
	(void)!text_copy(slot->port_name, sizeof(slot->port_name), "v0");
	fail(&slot->trouble, E_LINK_REFUSED, "m0 is refused");
	slot->retry_at = 1;
	return slot;
}

static void a_member_that_went_is_no_trouble(void **state)
{
	static struct net_settings settings = {
		.interface_count = 1,
		.interfaces[0] = { .which = NET_BY_NAME,
				   .text = "m0",
				   .bond = NET_ACTIVE_BACKUP,
				   .bond_name = "bond0" },
	};
	const struct net_links_setup setup = { .settings = &settings,
					       .busybox = "/bin/busybox",
					       .script = "/nowhere",
					       .note = note };
	struct net_links *links;
	struct slot *slot;
	struct error err;
	int wait;

	(void)state;
	run("ip link add v0 type veth peer name v1 && ip link set v0 up && "
	    "ip link set v1 up && ip link add m0 type veth peer name m1");
	assert_ok(&err, net_links_begin(&setup, &links, &err));
	net_links_handle(links, now_ms());
	slot = trouble(links);
	run("ip link del m0");
	for (int i = 0; slot->trouble.code != OK && i < 250; i++) {
		slot->retry_at = 1; /* its pause is over */
		net_links_handle(links, now_ms());
		usleep(20000);
	}
	assert_int_equal(slot->trouble.code, OK);
	wait = net_links_wait_ms(links, now_ms());
	assert_true(wait < 0 || wait > 0);
	net_links_end(&links);
	run("ip link del v0");
}

static void the_router_is_found_among_many_routes(void **state)
{
	static const uint8_t want[16] = { 0xfe, 0x80, [15] = 1 };
	const struct slot slot = { .name = "v0" };
	uint8_t router[16];

	(void)state;
	run("ip link add v0 type veth peer name v1 && ip link set v0 up && "
	    "ip link set v1 up");
	assert_false(slot_find_router(&slot, router));
	run("ip -6 route add default via fe80::1 dev v0 metric 1024");
	assert_true(slot_find_router(&slot, router));
	assert_memory_equal(router, want, 16);
	run("i=0; while [ $i -lt 400 ]; do i=$((i + 1)); printf "
	    "'route add 2001:db8:%x::/64 dev v0\\n' $i; done | ip -6 -batch -");
	memset(router, 0, 16);
	assert_true(slot_find_router(&slot, router));
	assert_memory_equal(router, want, 16);
	run("ip link del v0");
}

/* Other settings, the same interface: nothing of the first ones is left. */
static void what_was_before_goes(void **state)
{
	static const struct net_settings settings = {
		.interface_count = 1,
		.interfaces[0] = { .which = NET_BY_NAME, .text = "v4" },
	};
	struct net_links_setup setup = { .settings = &settings,
					 .busybox = "/bin/busybox",
					 .script = "/nowhere",
					 .note = note };
	struct net_links *links;
	struct error err;

	(void)state;
	run("ip link add v4 type veth peer name v5 && ip link set v4 up && "
	    "ip link set v5 up && ip addr add 192.0.2.5/24 dev v4 && "
	    "ip addr add 198.51.100.5/24 dev v4 && "
	    "ip addr add 2001:db8::5/64 dev v4 nodad && "
	    "ip route add default via 192.0.2.1 && "
	    "ip -6 route add default via 2001:db8::1");
	assert_ok(&err, net_links_begin(&setup, &links, &err));
	net_links_end(&links);
	run("ip addr show dev v4 | grep -q 192.0.2.5");
	setup.is_again = true;
	assert_ok(&err, net_links_begin(&setup, &links, &err));
	run("! ip addr show dev v4 | grep inet && "
	    "! ip route | grep default && ! ip -6 route | grep default");
	net_links_handle(links, now_ms()); /* its own settings */
	net_links_end(&links);
	run("ip addr show dev v4 | grep -q fe80 && "
	    "! ip addr show dev v4 scope global | grep inet");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_member_that_went_is_no_trouble),
		cmocka_unit_test(the_router_is_found_among_many_routes),
		cmocka_unit_test(what_was_before_goes),
	};

	return cmocka_run_group_tests(tests, make_network, NULL);
}
