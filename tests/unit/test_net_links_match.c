/* Which interfaces are meant; VLANs and bonds, as far as the kernel that runs
 * the test has them: where it has not, that is told and tried again. */
#include "net_links_parts.h"

#include "dhcp.h"
#include "lan.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static const struct network_link port = {
	.index = 2,
	.name = "enp3s0",
	.mac = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 },
	.mac_len = 6,
};

static bool matches(enum net_which which, const char *text, const char *device)
{
	struct net_interface rule = { .which = which };

	assert_true(text_copy(rule.text, sizeof(rule.text), text));
	return links_matches(&rule, &port, device);
}

static void names_are_globs(void **state)
{
	(void)state;
	assert_true(matches(NET_BY_NAME, "enp3s0", ""));
	assert_true(matches(NET_BY_NAME, "en*", ""));
	assert_true(matches(NET_BY_NAME, "enp[0-9]s0", ""));
	assert_false(matches(NET_BY_NAME, "enp3s", ""));
	assert_false(matches(NET_BY_NAME, "eth*", ""));
	assert_false(matches(NET_BY_NAME, "EN*", ""));
	assert_false(matches(NET_BY_NAME, "", ""));
}

static void paths_are_components(void **state)
{
	static const char device[] =
		"/sys/devices/pci0000:00/0000:00:1c.0/0000:03:00.0/virtio1";

	(void)state;
	assert_true(matches(NET_BY_PATH, "0000:03:00.0", device));
	assert_true(matches(NET_BY_PATH, "virtio1", device));
	assert_false(matches(NET_BY_PATH, "virtio", device));
	assert_false(matches(NET_BY_PATH, "03:00.0", device));
	assert_false(matches(NET_BY_PATH, "0000:03:00.1", device));
	assert_false(matches(NET_BY_PATH, "0000:03:00.0", ""));
}

static void macs_are_of_six_bytes(void **state)
{
	struct net_interface rule = { .which = NET_BY_MAC };
	struct network_link link = port;

	(void)state;
	assert_false(links_matches(&rule, &link, ""));
	memcpy(rule.mac, port.mac, 6);
	assert_true(links_matches(&rule, &link, ""));
	link.mac_len = 20;
	assert_false(links_matches(&rule, &link, ""));
	rule.mac[5]++;
	link.mac_len = 6;
	assert_false(links_matches(&rule, &link, ""));
}

static void the_first_is_of_ethernet(void **state)
{
	struct net_interface rule = { .which = NET_FIRST };
	struct network_link link = port;

	(void)state;
	assert_true(links_matches(&rule, &link, ""));
	link.mac_len = 20;
	assert_false(links_matches(&rule, &link, ""));
	link.mac_len = 6;
	memset(link.mac, 0, sizeof(link.mac));
	assert_false(links_matches(&rule, &link, ""));
}

static void vlans_have_names(void **state)
{
	char name[16];

	(void)state;
	links_vlan_name("eth0", 2, 7, name);
	assert_string_equal(name, "eth0.7");
	links_vlan_name("enp129s0f0", 2, 4094, name);
	assert_string_equal(name, "enp129s0f0.4094");
	links_vlan_name("enp129s0f0n", 2, 4094, name);
	assert_string_equal(name, "v2.4094");
}

/* --- whom a rule gets ----------------------------------------------------- */

struct table {
	struct net_settings settings;
	struct net_links links;
};

static struct network_link *add_link(struct table *t, const char *name)
{
	struct network *n = &t->links.network;
	struct network_link *link = &n->links[n->count++];

	*link = port;
	link->index = n->count + 1;
	link->mac[5] = (uint8_t)n->count;
	assert_true(text_copy(link->name, sizeof(link->name), name));
	return link;
}

static struct net_interface *add_rule(struct table *t, const char *glob)
{
	struct net_interface *rule =
		&t->settings.interfaces[t->settings.interface_count++];

	rule->which = *glob ? NET_BY_NAME : NET_FIRST;
	assert_true(text_copy(rule->text, sizeof(rule->text), glob));
	return rule;
}

static struct table *make_table(void)
{
	struct table *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	t->links.settings = &t->settings;
	t->links.socket = t->links.events = -1;
	return t;
}

static void drop_table(struct table *t)
{
	t->links.network.count = 0;
	links_match(&t->links);
	for (uint32_t i = 0; i < t->links.count; i++)
		free(t->links.slots[i]);
	free(t);
}

/* Names of the slots, in order. */
static const char *slots(struct table *t)
{
	static char names[256];
	struct text text = text_over(names, sizeof(names));

	links_match(&t->links);
	for (uint32_t i = 0; i < t->links.count; i++)
		text_addf(&text, "%s%s", i ? " " : "", t->links.slots[i]->name);
	return names;
}

static void each_interface_is_of_one_rule(void **state)
{
	struct table *t = make_table();

	(void)state;
	add_rule(t, "");
	add_rule(t, "eth1");
	add_rule(t, "eth*");
	add_link(t, "eth0");
	add_link(t, "eth1");
	add_link(t, "usb0");
	assert_string_equal(slots(t), "eth1 eth0 usb0");
	assert_ptr_equal(t->links.slots[0]->rule, &t->settings.interfaces[1]);
	assert_ptr_equal(t->links.slots[1]->rule, &t->settings.interfaces[2]);
	assert_ptr_equal(t->links.slots[2]->rule, &t->settings.interfaces[0]);
	assert_string_equal(slots(t), "eth1 eth0 usb0");
	/* one goes, another one comes */
	t->links.network.links[1].index = 9;
	assert_string_equal(slots(t), "eth0 usb0 eth1");
	drop_table(t);
}

static void vlans_share_a_port(void **state)
{
	struct table *t = make_table();

	(void)state;
	add_rule(t, "eth0")->vlan = 7;
	add_rule(t, "eth*")->vlan = 8;
	add_rule(t, "eth*")->vlan = 7;
	add_rule(t, "e*");
	add_link(t, "eth0");
	assert_string_equal(slots(t), "eth0.7 eth0.8 eth0");
	assert_memory_equal(t->links.slots[0]->mac,
			    t->links.network.links[0].mac, 6);
	/* what was made is not a port */
	t->links.slots[0]->device = add_link(t, "eth0.7")->index;
	assert_string_equal(slots(t), "eth0.7 eth0.8 eth0");
	drop_table(t);
}

static void bonds_have_their_members_to_themselves(void **state)
{
	struct table *t = make_table();
	struct net_interface *rule = add_rule(t, "eth[01]");

	(void)state;
	rule->bond = NET_ACTIVE_BACKUP;
	rule->vlan = 7;
	strcpy(rule->bond_name, "up");
	add_rule(t, "eth*");
	add_rule(t, "");
	add_link(t, "eth1");
	add_link(t, "eth2");
	assert_string_equal(slots(t), "up.7 eth2");
	assert_int_equal(t->links.member_count, 1);
	assert_memory_equal(t->links.slots[0]->mac,
			    t->links.network.links[0].mac, 6);
	add_link(t, "eth0");
	assert_string_equal(slots(t), "up.7 eth2");
	assert_int_equal(t->links.member_count, 2);
	/* the bond itself, when it is made */
	t->links.slots[0]->port = add_link(t, "up")->index;
	assert_string_equal(slots(t), "up.7 eth2");
	drop_table(t);
}

static void there_may_be_more_than_are_looked_at(void **state)
{
	struct table *t = make_table();

	(void)state;
	for (uint32_t id = 0; id < 4; id++)
		add_rule(t, "e*")->vlan = id;
	for (int i = 0; i < 10; i++)
		add_link(t, "eth0");
	(void)slots(t);
	assert_int_equal(t->links.count, SLOTS_MAX);
	drop_table(t);
}

/* --- by the kernel ---------------------------------------------------------
 */

static bool kernel_has(const char *what)
{
	char command[256];
	int status;

	snprintf(command, sizeof(command),
		 "ip link add probe0 type veth peer name probe1; "
		 "ip link add %s 2>/dev/null; s=$?; "
		 "ip link del probe2 2>/dev/null; ip link del probe0; exit $s",
		 what);
	status = system(command);
	if (status != 0)
		print_message("not of this kernel: %s\n", what);
	return status == 0;
}

static void a_vlan_is_beside_its_port(void **state)
{
	struct lan *lan = *state;
	struct net_interface *rule = lan_rule(lan, "eth0");

	rule->vlan = 7;
	rule->address_count = 1;
	rule->addresses[0] = lan_address("192.0.2.7/24");
	lan_cable(lan, "eth0", "sv0", NULL);
	lan_far(lan, "ip link set sv0 up");
	if (kernel_has("link probe0 name probe2 type vlan id 7")) {
		lan_start(lan);
		assert_true(lan_says(lan, "eth0.7: 192.0.2.7/24", 4000));
		assert_int_equal(lan_state(lan)->vlan, 7);
		assert_string_equal(lan_state(lan)->interface, "eth0.7");
		assert_string_equal(lan_state(lan)->port, "eth0");
		assert_false(lan_state(lan)->is_bond);
		lan_run(lan, "ip -d link show eth0.7 | grep -q 'id 7 '");
		return;
	}
	rule = lan_rule(lan, "eth0");
	rule->address_count = 1;
	rule->addresses[0] = lan_address("198.51.100.7/24");
	lan_start(lan);
	assert_true(lan_says(lan, "eth0: 198.51.100.7/24", 4000));
	assert_non_null(strstr(lan->notes, "eth0.7: the kernel refuses to make "
					   "the VLAN eth0.7: "));
	lan_goes_on(lan, 2000);
	assert_null(strstr(strstr(lan->notes, "refuses") + 1, "refuses"));
}

static void a_bond_is_of_its_members(void **state)
{
	struct lan *lan = *state;
	struct net_interface *rule = lan_rule(lan, "eth*");
	unsigned handled;

	rule->bond = NET_ACTIVE_BACKUP;
	rule->address_count = 1;
	rule->addresses[0] = lan_address("192.0.2.7/24");
	lan_cable(lan, "eth0", "sv0", NULL);
	lan_cable(lan, "eth1", "sv1", NULL);
	lan_far(lan, "ip link set sv0 up");
	if (kernel_has("probe2 type bond")) {
		lan_start(lan);
		assert_true(lan_says(lan, "bond0: 192.0.2.7/24", 4000));
		assert_true(lan_state(lan)->is_bond);
		lan_run(lan, "ip link show eth0 | grep -q 'master bond0'");
		lan_run(lan, "ip link show eth1 | grep -q 'master bond0'");
		lan_far(lan, "ip link set sv0 down");
		lan_far(lan, "ip link set sv1 up");
		lan_goes_on(lan, 500);
		assert_true(lan_says(lan, "bond0: 192.0.2.7/24", 4000));
		return;
	}
	lan_start(lan);
	assert_true(lan_says(lan,
			     "bond0: the kernel refuses to make the bond "
			     "bond0: ",
			     4000));
	assert_int_equal(lan_state(lan)->stage, NET_NO_INTERFACE);
	assert_true(lan_state(lan)->is_bond);
	assert_string_equal(lan_state(lan)->port, "bond0");
	handled = lan->handled;
	lan_goes_on(lan, 2000);
	assert_true(lan->handled - handled < 20);
	lan_run(lan, "ip link show eth0 | grep -q 'state DOWN'");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, lan_begin, lan_end)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_globs),
		cmocka_unit_test(paths_are_components),
		cmocka_unit_test(macs_are_of_six_bytes),
		cmocka_unit_test(the_first_is_of_ethernet),
		cmocka_unit_test(vlans_have_names),
		cmocka_unit_test(each_interface_is_of_one_rule),
		cmocka_unit_test(vlans_share_a_port),
		cmocka_unit_test(bonds_have_their_members_to_themselves),
		cmocka_unit_test(there_may_be_more_than_are_looked_at),
		TEST(a_vlan_is_beside_its_port),
		TEST(a_bond_is_of_its_members),
	};
	const char *slash = strrchr(argv[0], '/');

	if (slash && !strcmp(slash + 1, DHCP_SCRIPT_NAME))
		return dhcp_script(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
