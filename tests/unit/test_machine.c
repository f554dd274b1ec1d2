/* What machine this is: names from sysfs, the line of facts, the network page.
 */
#include "machine.h"

#include "scratch.h"
#include "test.h"

#include <stdio.h>
#include <unistd.h>

static struct machine machine;

static const char *facts(const char *watchdog)
{
	static char buf[512];
	struct text t = text_over(buf, sizeof(buf));

	machine_facts_line(&machine, watchdog, &t);
	return buf;
}

static const char *page(void)
{
	static char buf[MACHINE_NETWORK_TEXT_MAX];
	struct text t = text_over(buf, sizeof(buf));

	machine_network_text(&machine, &t);
	assert_false(t.cut);
	return buf;
}

static void names_come_from_smbios(void **state)
{
	_drop_scratch_ struct scratch root = scratch_make();

	(void)state;
	scratch_text(&root, "sys/class/dmi/id/bios_vendor", "coreboot\n");
	scratch_text(&root, "sys/class/dmi/id/bios_version", " 4.19\x1b[2J \n");
	scratch_text(&root, "sys/class/dmi/id/sys_vendor", "Example\n");
	scratch_text(&root, "sys/class/dmi/id/product_name", "Server 9\n");
	scratch_text(&root, "proc/device-tree/model", "not this");
	memset(&machine, 0, sizeof(machine));
	machine_read(root.dir, &machine);
	assert_string_equal(machine.firmware, "coreboot 4.19?[2J");
	assert_string_equal(machine.model, "Example Server 9");
	assert_string_equal(machine.tpm, "no TPM");
	assert_string_equal(facts(""), "Firmware coreboot 4.19?[2J; no TPM");
}

static void without_smbios_there_is_the_device_tree(void **state)
{
	_drop_scratch_ struct scratch root = scratch_make();

	(void)state;
	memset(&machine, 0, sizeof(machine));
	machine_read(root.dir, &machine);
	assert_string_equal(machine.firmware, "");
	assert_string_equal(machine.model, "");
	assert_string_equal(facts(""), "no TPM");
	scratch_file(&root, "proc/device-tree/model",
		     span_of("linux,dummy-virt", 17));
	machine_read(root.dir, &machine);
	assert_string_equal(machine.model, "linux,dummy-virt");
	assert_string_equal(facts("watchdog 60 s"),
			    "linux,dummy-virt; no TPM; watchdog 60 s");
}

static void the_tpm_says_what_it_is(void **state)
{
	static const struct {
		const char *file, *content, *words;
	} cases[] = {
		{ "tpm_version_major", "2\n", "TPM 2.0" },
		{ "tpm_version_major", "1\n", "TPM 1.2" },
		{ "tpm_version_major", "3\n", "TPM" },
		{ "caps", "Manufacturer: 0x49465800\nTCG version: 1.2\n",
		  "TPM 1.2" },
		{ "uevent", "", "TPM" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_scratch_ struct scratch root = scratch_make();
		char path[64];

		snprintf(path, sizeof(path), "sys/class/tpm/tpm0/%s",
			 cases[i].file);
		scratch_text(&root, path, cases[i].content);
		machine_read(root.dir, &machine);
		assert_string_equal(machine.tpm, cases[i].words);
	}
}

static void facts_fit_a_row(void **state)
{
	(void)state;
	memset(&machine, 0, sizeof(machine));
	assert_string_equal(facts(""), "");
	strcpy(machine.firmware, "coreboot 4.19");
	strcpy(machine.tpm, "TPM 2.0");
	strcpy(machine.address, "eth0 192.0.2.7");
	assert_string_equal(facts("watchdog 60 s"),
			    "Firmware coreboot 4.19; TPM 2.0; eth0 192.0.2.7; "
			    "watchdog 60 s");
	for (size_t len = 1; len < sizeof(machine.firmware); len++) {
		memset(machine.firmware, 'f', len);
		machine.firmware[len] = '\0';
		assert_true(text_columns(facts("watchdog 60 s")) <=
			    MACHINE_FACTS_COLUMNS);
		/* what matters more is whole */
		assert_non_null(strstr(facts("watchdog 60 s"),
				       "; TPM 2.0; eth0 192.0.2.7; watchdog 60 "
				       "s"));
	}
	assert_int_equal(text_columns(facts("watchdog 60 s")),
			 MACHINE_FACTS_COLUMNS);
	/* wide characters are not halved */
	strcpy(machine.firmware, "");
	for (size_t i = 0; i < 40; i++)
		strcat(machine.firmware, "日");
	assert_true(text_columns(facts("")) <= MACHINE_FACTS_COLUMNS);
	/* and where there is no room, the firmware goes */
	memset(machine.address, 'a', sizeof(machine.address) - 1);
	assert_true(text_columns(facts("watchdog 86400 s")) <=
		    MACHINE_FACTS_COLUMNS);
	assert_null(strstr(facts("watchdog 86400 s"), "Firmware"));
}

static void the_network_page_has_every_interface(void **state)
{
	static struct network n;
	struct network_link *link = n.links;

	(void)state;
	memset(&machine, 0, sizeof(machine));
	assert_non_null(strstr(page(), "Nothing is known of the network.\n"));
	machine_take_network(&machine, &n);
	assert_non_null(strstr(page(), "No network interface was found.\n"));
	assert_string_equal(machine.address, "no network");
	n.count = 3;
	n.left_out = 2;
	link[0] = (struct network_link){
		.name = "eth0",
		.driver = "e1000e",
		.mac = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 },
		.mac_len = 6,
		.is_up = true,
		.has_carrier = true,
		.speed = 1000,
		.address_count = 2,
		.addresses = { { .bytes = { 0xfe, 0x80, [15] = 1 },
				 .is_ipv6 = true,
				 .prefix = 64 },
			       { .bytes = { 192, 0, 2, 7 },
				 .is_global = true,
				 .prefix = 24 } },
	};
	link[1] = (struct network_link){ .name = "eth\x1b", .is_up = true };
	link[2] = (struct network_link){
		.name = "ib0", .is_up = true, .has_carrier = true, .speed = 2500
	};
	machine_take_network(&machine, &n);
	assert_string_equal(machine.address, "eth0 192.0.2.7");
	assert_string_equal(
		page(), "eth0: link at 1 Gbit/s, MAC 52:54:00:12:34:56, driver "
			"e1000e\n"
			"  fe80::1/64, this link only\n"
			"  192.0.2.7/24\n"
			"eth?: no link\n"
			"  no address\n"
			"ib0: link at 2500 Mbit/s\n"
			"  no address\n"
			"2 more interfaces are not shown.\n");
	n.links[0].is_up = false;
	machine_take_network(&machine, &n);
	assert_non_null(strstr(page(), "eth0: off, MAC"));
}

static void the_largest_network_fits_its_page(void **state)
{
	static struct network n;

	(void)state;
	n.count = NETWORK_LINKS_MAX;
	n.left_out = UINT32_MAX;
	for (uint32_t i = 0; i < n.count; i++) {
		struct network_link *link = &n.links[i];

		memset(link->name, 'n', sizeof(link->name) - 1);
		memset(link->driver, 'd', sizeof(link->driver) - 1);
		link->mac_len = NETWORK_MAC_MAX;
		link->is_up = link->has_carrier = true;
		link->speed = 9999999;
		link->address_count = NETWORK_ADDRESSES_MAX;
		for (uint32_t j = 0; j < link->address_count; j++) {
			link->addresses[j].is_ipv6 = true;
			link->addresses[j].prefix = 128;
			memset(link->addresses[j].bytes, 0xfd, 16);
		}
	}
	machine_take_network(&machine, &n);
	/* nothing of it is cut */
	assert_int_equal(page()[strlen(page()) - 1], '\n');
	assert_true(strlen(page()) < MACHINE_NETWORK_TEXT_MAX - 1);
}

static void the_menu_hears_of_the_network_when_it_is_there(void **state)
{
	struct pollfd fd;

	(void)state;
	machine_begin(&machine);
	assert_false(machine.has_network);
	assert_int_equal(machine_poll_fds(&machine, &fd), 1);
	assert_int_equal(poll(&fd, 1, 5000), 1);
	assert_true(machine_handle(&machine));
	assert_true(machine.has_network);
	assert_true(machine.address[0]);
	/* once */
	assert_false(machine_handle(&machine));
	machine_end(&machine);
	assert_int_equal(machine_poll_fds(&machine, &fd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_come_from_smbios),
		cmocka_unit_test(without_smbios_there_is_the_device_tree),
		cmocka_unit_test(the_tpm_says_what_it_is),
		cmocka_unit_test(facts_fit_a_row),
		cmocka_unit_test(the_network_page_has_every_interface),
		cmocka_unit_test(the_largest_network_fits_its_page),
		cmocka_unit_test(
			the_menu_hears_of_the_network_when_it_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
