/* Where the network is, told by disks: what counts, and what becomes of entries
 * and settings. Nothing is set up: nobody has begun with a network. */
#include "menu_network_bench.h"

static struct probe_message message;

static void tell_text(const char *volume, enum found_text_kind kind,
		      struct span bytes)
{
	memset(&message, 0, sizeof(message));
	message.kind = PROBE_TEXT;
	snprintf(message.place.name, sizeof(message.place.name), "%s", volume);
	message.place.kind = PLACE_ESP;
	message.text.kind = kind;
	message.text.len = (uint32_t)bytes.len;
	memcpy(message.text.bytes, bytes.ptr, bytes.len);
	scan_texts_add(&menu.scan.texts, 0, &message,
		       offsetof(struct found_text, bytes) + bytes.len);
}

static void tell(const char *volume, const char *conf)
{
	tell_text(volume, TEXT_NETWORK, span_of_text(conf));
	menu_network_take_disk(&menu);
}

#define CONF "network = eth7 address=192.0.2.9/24\nverify = off\n"

/* No line but those of the network counts. */
static void the_first_disk_counts(void **state)
{
	(void)state;
	tell("vda1", "timeout 3\nverify = off\n");
	assert_string_equal(menu.network_of, "");
	menu.config.policy.verify = VERIFY_WARN;
	tell("vdb1", CONF);
	assert_string_equal(menu.network_of, "vdb1");
	assert_int_equal(menu.net.settings.interface_count, 1);
	assert_string_equal(menu.net.settings.interfaces[0].text, "eth7");
	assert_int_equal(menu.config.policy.verify, VERIFY_WARN);
	tell("vdc1", "ntp = 192.0.2.1\n");
	tell("vdb1", "ntp = 192.0.2.1\n");
	assert_string_equal(menu.network_of, "vdb1");
	assert_string_equal(menu.net.settings.ntp, "");
}

static void unsigned_ones_count_where_nobody_cares(void **state)
{
	(void)state;
	set_mode(VERIFY_ENFORCE);
	tell("vda1", CONF);
	assert_string_equal(menu.network_of, "");
	assert_int_equal(menu.net.settings.interface_count, 0);
	set_mode(VERIFY_WARN);
	tell("vda1", CONF);
	assert_string_equal(menu.network_of, "vda1");
}

static void signed_ones_count(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();

	(void)state;
	set_mode(VERIFY_ENFORCE);
	sign(&s, CONF, KEYRING_FOLDER_MANIFEST);
	tell_text("vda1", TEXT_NETWORK_SIGNATURE, signature);
	tell("vda1", CONF "ntp = 192.0.2.66\n");
	assert_string_equal(menu.network_of, "");
	tell_text("vda1", TEXT_NETWORK_SIGNATURE, signature);
	tell("vda1", CONF);
	assert_string_equal(menu.network_of, "vda1");
	assert_int_equal(menu.net.settings.interface_count, 1);
	test_drop(&signature);
}

static void a_key_of_images_signs_none(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();

	(void)state;
	set_mode(VERIFY_ENFORCE);
	sign(&s, CONF, KEYRING_FOLDER_DB);
	tell_text("vda1", TEXT_NETWORK_SIGNATURE, signature);
	tell("vda1", CONF);
	assert_string_equal(menu.network_of, "");
	test_drop(&signature);
}

/* Those of the image stay but for what the disk says otherwise; nothing of
 * theirs goes to the disk's servers. */
static void entries_of_keys_are_the_disks(void **state)
{
	static struct config other;

	(void)state;
	menu.net.was_begun = true;
	add_entry("uki-url " A "x\n");
	other = menu.config;
	other.network.boot_from_dhcp = true;
	menu_network_change(&menu, &other);
	assert_true(has_entry(NET_DHCP_ID));
	assert_false(has_entry(NET_UKI_URL_ID));
	tell("vda1", "boot-from-dhcp = no\nuki-url = " B "y\n"
		     "network-timeout = 30\nboot-order = uki-url disk\n");
	assert_true(has_entry("n.conf") && has_entry(NET_UKI_URL_ID));
	assert_false(has_entry(NET_DHCP_ID));
	assert_int_equal(menu.scan.entry_count, 2);
	assert_int_equal(menu.net.image_count, 1);
	put_page(B "y", span_of_text("<html>"));
	assert_int_equal(boot(true), E_NET_MENU_KIND);
	assert_string_equal(requests, B "y ");
	assert_int_equal(played.asked.entry, NET_NO_ENTRY);
	assert_in_range(played.asked.timeout_s, 1, 30);
}

/* Of what the disk does not change, all that is known stays. */
static void entries_that_stay_are_the_same(void **state)
{
	static struct config other;
	uint32_t id;

	(void)state;
	menu.net.was_begun = true;
	other = menu.config;
	other.network.boot_from_dhcp = true;
	menu_network_change(&menu, &other);
	id = menu.scan.entries[0]->id;
	menu.scan.entries[0]->failure_code = E_NET_LINK;
	tell("vda1", "ntp = 192.0.2.1\n");
	assert_string_equal(menu.network_of, "vda1");
	assert_int_equal(menu.scan.entry_count, 1);
	assert_int_equal(menu.scan.entries[0]->id, id);
	assert_int_equal(menu.scan.entries[0]->failure_code, E_NET_LINK);
}

/* It would ask a network that is not the machine's. */
static void a_boot_waits_for_disks_to_come(void **state)
{
	struct choice choice;
	bool is_final;

	(void)state;
	add_entry("uki-url " A "x\n");
	assert_int_equal(config_parse(&menu.config,
				      span_of_text("boot-order = n.conf\n"
						   "lock = one-shot preferred "
						   "default\n"),
				      NULL, NULL),
			 0);
	menu_choose(&menu, now_ms(), &choice, &is_final);
	assert_true(choice.entry && is_final);
	menu.root = NULL; /* drivers are to come */
	menu_choose(&menu, now_ms(), &choice, &is_final);
	assert_true(choice.entry && !is_final);
	assert_int_equal(config_parse(&menu.config,
				      span_of_text("lock = network\n"), NULL,
				      NULL),
			 0);
	menu_choose(&menu, now_ms(), &choice, &is_final);
	assert_true(choice.entry && is_final);
	menu.root = "/nowhere";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_disk_counts),
		TEST(unsigned_ones_count_where_nobody_cares),
		TEST(signed_ones_count),
		TEST(a_key_of_images_signs_none),
		TEST(entries_of_keys_are_the_disks),
		TEST(entries_that_stay_are_the_same),
		TEST(a_boot_waits_for_disks_to_come),
	};

	log_to(-1, false, LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
