/* Entries of the image's own configuration: of disks, and of the network. */
#include "base/log.h"
#include "scan.h"
#include "scratch.h"
#include "test.h"

#include <stdio.h>

static struct scan scan;
static struct net net;

static int set_up(void **state)
{
	struct error err;

	(void)state;
	net_init(&net);
	assert_ok(&err, scan_init(&scan, 5, &err));
	scan.net = &net;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scan_end(&scan);
	net_end(&net);
	return 0;
}

static const struct found *entry(const char *id)
{
	for (uint32_t i = 0; i < scan.entry_count; i++)
		if (!strcmp(scan.entries[i]->found.id, id))
			return &scan.entries[i]->found;
	return NULL;
}

static void each_goes_where_it_belongs(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	const struct found *f;

	(void)state;
	scratch_text(&s, "disk.conf", "title Disk\nlinux /vmlinuz\n");
	scratch_text(&s, "net.conf",
		     "title Net\nversion 7\nsort-key net\nlinux http://a/k\n"
		     "initrd http://a/i https://b/i\ninitrd http://a/j\n"
		     "devicetree http://a/d\nheader X-Token: secret\n");
	scratch_text(&s, "uki.conf", "uki-url https://a/${mac}\n");
	scratch_text(&s, "readme.txt", "linux http://a/k\n");
	scan_add_configured(&scan, s.dir);
	assert_int_equal(scan.configured_count, 1);
	assert_string_equal(scan.configured[0].id, "disk.conf");
	assert_int_equal(net.image_count, 2);
	assert_true(net.is_wanted);
	assert_int_equal(scan.entry_count, 2);
	f = entry("net.conf");
	assert_non_null(f);
	assert_int_equal(f->kind, FOUND_NETWORK);
	assert_int_equal(f->why, OK);
	assert_true(f->is_automatic);
	assert_string_equal(f->title.text, "Net");
	assert_string_equal(f->version.text, "7");
	assert_string_equal(f->sort_key.text, "net");
	assert_int_equal(f->file_count, 4);
	assert_string_equal(found_file(f, FILE_KERNEL, 0)->path, "http://a/k");
	assert_string_equal(found_file(f, FILE_INITRD, 0)->path, "http://a/i");
	assert_string_equal(found_file(f, FILE_INITRD, 1)->path, "http://a/j");
	assert_string_equal(found_file(f, FILE_DEVICETREE, 0)->path,
			    "http://a/d");
	assert_string_equal(net.slots[f->configured].id, "net.conf");
	f = entry("uki.conf");
	assert_non_null(f);
	assert_string_equal(f->title.text, "uki.conf");
	assert_string_equal(found_file(f, FILE_KERNEL, 0)->path,
			    "https://a/${mac}");
	assert_string_equal(scan.entries[0]->place.name, "network");
	assert_int_equal(scan.entries[0]->place.kind, PLACE_NETWORK);
}

/* One that is wrong is a line in the log, and the others are there. */
static void what_is_wrong_is_left_out(void **state)
{
	static const char *const bad[] = {
		"linux ftp://a/k\n",
		"linux http://a/k\nuki-url http://a/u\n",
		"uki-url http://a/${nonsense}\n",
		"linux http://a/k\nsha256 00\n",
		"linux http://a/k\ntimeout never\n",
		"linux http://a/k\narchitecture vax\n",
	};
	_drop_scratch_ struct scratch s = scratch_make();

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		char name[32];

		snprintf(name, sizeof(name), "%zu.conf", i);
		scratch_text(&s, name, bad[i]);
	}
	scratch_text(&s, "good.conf", "linux http://a/k\n");
	scan_add_configured(&scan, s.dir);
	assert_int_equal(scan.entry_count, 1);
	assert_int_equal(net.image_count, 1);
	assert_non_null(entry("good.conf"));
	assert_int_equal(scan.configured_count, 0);
}

/* A host that lists what is there has no network to boot from. */
static void without_a_network_there_are_no_such_entries(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();

	(void)state;
	scan.net = NULL;
	scratch_text(&s, "net.conf", "uki-url http://a/k\n");
	scan_add_configured(&scan, s.dir);
	assert_int_equal(scan.entry_count, 0);
	assert_int_equal(scan.configured_count, 0);
}

static void there_is_room_for_some(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();

	(void)state;
	for (unsigned i = 0; i < NET_SLOTS_MAX + 3; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%03u.conf", i);
		scratch_text(&s, name, "linux http://a/k\n");
	}
	scan_add_configured(&scan, s.dir);
	assert_int_equal(net.image_count, NET_SLOTS_MAX);
	assert_int_equal(scan.entry_count, NET_SLOTS_MAX);
}

/* The list shows as much of a URL as there is room for. */
static void urls_may_be_longer_than_paths(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	char text[1024] = "linux http://a/", *at = text + strlen(text);
	const struct found *f;

	(void)state;
	memset(at, 'x', 900);
	scratch_text(&s, "long.conf", text);
	scan_add_configured(&scan, s.dir);
	f = entry("long.conf");
	assert_non_null(f);
	assert_int_equal(strlen(found_file(f, FILE_KERNEL, 0)->path),
			 FOUND_PATH_MAX - 1);
	assert_int_equal(
		strlen(net_entry_text(net.slots[0].entry,
				      net.slots[0].entry->files[0].urls[0])),
		strlen(text) - 6);
}

static void entries_come_and_go_with_their_text(void **state)
{
	uint32_t number, one, other;
	struct net_entry *e[2];
	struct error err;

	(void)state;
	assert_ok(&err, net_add(&net, NULL, NET_DHCP_ID, &number, &err));
	one = scan_add_network(&scan, number, true);
	assert_true(one);
	assert_string_equal(entry(NET_DHCP_ID)->title.text,
			    "What DHCP tells to boot");
	for (unsigned i = 0; i < 2; i++) {
		e[i] = malloc(sizeof(*e[i]));
		assert_non_null(e[i]);
		net_entry_begin(e[i]);
		assert_ok(&err, net_entry_add_file(e[i], NET_ANY, "http://a/k",
						   &err));
		assert_ok(&err,
			  net_add_child(&net, e[i], "same", 0, &number, &err));
		other = scan_add_network(&scan, number, false);
		assert_true(other && other != one); /* also of one name */
		one = other;
	}
	assert_int_equal(scan.entry_count, 3);
	assert_false(entry("same")->is_automatic);
	scan_remove_network(&scan, 1);
	assert_int_equal(scan.entry_count, 2);
	assert_int_equal(entry("same")->configured, 2);
	assert_ptr_equal(&scan_find(&scan, one)->found, entry("same"));
	scan_remove_network(&scan, 1); /* which is not there any more */
	assert_int_equal(scan.entry_count, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_goes_where_it_belongs),
		TEST(what_is_wrong_is_left_out),
		TEST(without_a_network_there_are_no_such_entries),
		TEST(there_is_room_for_some),
		TEST(urls_may_be_longer_than_paths),
		TEST(entries_come_and_go_with_their_text),
	};

	log_to(-1, false, LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
