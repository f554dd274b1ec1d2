/*
 * The menu's side of the network without files: entries, what the machine says
 * of itself, and what is asked for.
 */
#include "base/log.h"
#include "net_rig.h"
#include "scratch.h"

static struct net net;

static int set_up(void **state)
{
	(void)state;
	net_init(&net);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	net_end(&net);
	return 0;
}

static struct net_entry *make_entry(const char *text)
{
	struct net_entry *entry = malloc(sizeof(*entry));
	struct error err;

	assert_non_null(entry);
	assert_ok(&err, net_entry_parse(span_of_text(text), true, NULL, NULL,
					entry, &err));
	return entry;
}

static uint32_t add(const char *id, const char *text)
{
	uint32_t number = NET_SLOTS_MAX;
	struct error err;

	assert_ok(&err, net_add(&net, make_entry(text), id, &number, &err));
	return number;
}

static uint32_t add_child(uint32_t parent)
{
	uint32_t number = NET_SLOTS_MAX;
	struct error err;

	assert_ok(&err, net_add_child(&net, make_entry("linux http://a/k\n"),
				      "child", parent, &number, &err));
	assert_true(net.slots[number].is_used);
	assert_false(net.slots[number].is_of_image);
	assert_int_equal(net.slots[number].parent, parent);
	return number;
}

/* --- slots -------------------------------------------------------------------
 */

static void entries_of_the_image_come_first(void **state)
{
	struct error err;
	uint32_t number;

	(void)state;
	assert_false(net.is_wanted);
	assert_int_equal(add("a.conf", "linux http://a/k\n"), 0);
	assert_true(net.is_wanted);
	assert_ok(&err, net_add(&net, NULL, NET_DHCP_ID, &number, &err));
	assert_int_equal(number, 1);
	assert_null(net.slots[1].entry);
	assert_int_equal(net.image_count, 2);
	assert_int_equal(add_child(0), 2);
	assert_int_equal(net.image_count, 2);
	assert_int_equal(net.slots[0].parent, NET_NO_PARENT);
	assert_true(net.slots[0].is_of_image);
}

static void ids_drive_no_terminal_and_end(void **state)
{
	char id[400];

	(void)state;
	memset(id, 'i', sizeof(id));
	id[399] = '\0';
	add("a\033[2J\n", "linux http://a/k\n");
	assert_null(strpbrk(net.slots[0].id, "\033\n"));
	add(id, "linux http://a/k\n");
	assert_true(strlen(net.slots[1].id) < NET_ID_MAX);
}

static void there_is_an_end_of_room(void **state)
{
	struct net_entry *more = make_entry("linux http://a/k\n");
	uint32_t number = 7;
	struct error err;

	(void)state;
	add("a.conf", "linux http://a/k\n");
	for (uint32_t i = 1; i < NET_SLOTS_MAX; i++)
		assert_int_equal(add_child(0), i);
	assert_refused(E_NET_SLOTS, &err,
		       net_add_child(&net, more, "x", 0, &number, &err));
	assert_int_equal(number, 7);
	assert_non_null(strstr(err.text, "x would be network entry 129"));
	free(more); /* not taken over */
}

static uint32_t gone[NET_SLOTS_MAX], gone_count;

static void note_gone(void *ctx, uint32_t number)
{
	assert_ptr_equal(ctx, &net);
	assert_true(net.slots[number].is_used); /* it can still be looked at */
	gone[gone_count++] = number;
}

static void children_go_with_their_children(void **state)
{
	static const uint32_t want[] = { 2, 4, 5 };
	uint32_t menu, other, number;

	(void)state;
	menu = add("menu.conf", "uki-url http://a/menu\n");
	other = add("other.conf", "uki-url http://a/other\n");
	number = add_child(menu); /* 2 */
	assert_int_equal(add_child(other), 3);
	assert_int_equal(add_child(number), 4); /* of 2 */
	assert_int_equal(add_child(4), 5);	/* of that */
	assert_int_equal(add_child(3), 6);
	gone_count = 0;
	net_forget_children(&net, menu, note_gone, &net);
	assert_int_equal(gone_count, test_count(want));
	assert_memory_equal(gone, want, sizeof(want));
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(net.slots[i].is_used,
				 i < 2 || i == 3 || i == 6);
	net_forget_children(&net, menu, note_gone, &net);
	assert_int_equal(gone_count, test_count(want));
	assert_int_equal(add_child(other), 2); /* where there is room */
	/* entries of the image are nobody's children */
	net_forget_children(&net, NET_NO_PARENT, note_gone, &net);
	assert_int_equal(gone_count, test_count(want));
	assert_true(net.slots[0].is_used && net.slots[1].is_used);
}

/* --- what is asked for -------------------------------------------------------
 */

static struct net_request request;

static void set_machine(void)
{
	struct net_machine *m = &net.machine;

	strcpy(m->mac, "52:54:00:12:34:56");
	strcpy(m->ip, "192.0.2.7");
	strcpy(m->uuid_text, "12345678-9abc-def0-1122-334455667788");
	strcpy(m->serial, "A B/7");
	strcpy(m->product, "Board");
	strcpy(m->hostname, "node-7");
}

static void templates_are_filled_in(void **state)
{
	struct error err;

	(void)state;
	set_machine();
	add("a.conf", "uki-url http://a/${mac}/${serial} "
		      "https://b/${uuid}/${ip}?h=${hostname}&p=${product}\n"
		      "max-size 7M\nretry 5\n");
	assert_ok(&err, net_ask_for(&net, 0, 0, 0, &request, &err));
	assert_int_equal(request.order, NET_FETCH);
	assert_int_equal(request.entry, 0);
	assert_int_equal(request.max_size, 7 << 20);
	assert_int_equal(request.retry, 5);
	assert_false(request.is_whole);
	assert_int_equal(request.url_count, 2);
	assert_string_equal(request.urls[0],
			    "http://a/52%3A54%3A00%3A12%3A34%3A56/A%20B%2F7");
	assert_string_equal(request.urls[1],
			    "https://b/12345678-9abc-def0-1122-334455667788/"
			    "192.0.2.7?h=node-7&p=Board");
	assert_ok(&err, net_ask_for(&net, 0, 0, 1, &request, &err));
	assert_int_equal(request.url_count, 1);
	assert_non_null(strstr(request.urls[0], "https://b/"));
	assert_int_equal(request.places[0], 1);
}

static void a_file_of_several(void **state)
{
	struct error err;

	(void)state;
	add("a.conf", "linux http://a/k\ninitrd http://a/one http://b/one\n"
		      "initrd http://a/two\n");
	assert_ok(&err, net_ask_for(&net, 0, 1, 0, &request, &err));
	assert_int_equal(request.url_count, 2);
	assert_string_equal(request.urls[1], "http://b/one");
	assert_ok(&err, net_ask_for(&net, 0, 2, 0, &request, &err));
	assert_int_equal(request.url_count, 1);
	assert_string_equal(request.urls[0], "http://a/two");
}

static void mirrors_that_cannot_be_are_left_out(void **state)
{
	struct error err;

	(void)state;
	strcpy(net.machine.serial, "..");
	add("a.conf", "uki-url http://a/${hostname} http://b/k "
		      "http://c/${serial}/k\n");
	assert_ok(&err, net_ask_for(&net, 0, 0, 0, &request, &err));
	assert_int_equal(request.url_count, 1);
	assert_string_equal(request.urls[0], "http://b/k");
	assert_int_equal(request.places[0], 1);
	/* the last reason, if none is left */
	assert_refused(E_TEMPLATE_DOTS, &err,
		       net_ask_for(&net, 0, 0, 2, &request, &err));
	assert_non_null(strstr(err.text, "http://c/${serial}/k: "));
	assert_int_equal(request.url_count, 0);
}

/* What a text of the network named has the secrets of the image's entry that
 * led to it, and only where that one would have sent them itself. */
static void secrets_are_of_the_image(void **state)
{
	static const char *const elsewhere[] = {
		"uki-url http://b/menu\n",
		"uki-url https://a/menu\n",
		"uki-url http://a:81/menu\n",
		"uki-url http://${hostname}/menu\n",
	};
	struct error err;
	uint32_t parent, child;

	(void)state;
	add("a.conf", "linux http://a/k\n");
	parent = add("b.conf", "uki-url http://b/menu http://a/menu\n");
	child = add_child(parent); /* at http://a/ */
	assert_ok(&err, net_ask_for(&net, parent, 0, 0, &request, &err));
	assert_int_equal(request.entry, parent);
	assert_ok(&err, net_ask_for(&net, child, 0, 0, &request, &err));
	assert_int_equal(request.entry, parent);
	assert_ok(&err,
		  net_ask_for(&net, add_child(child), 0, 0, &request, &err));
	assert_int_equal(request.entry, parent);
	request.url_count = 2; /* all of them, or none */
	strcpy(request.urls[1], "http://c/k");
	assert_int_equal(net_secrets_for(&net, child, &request), NET_NO_ENTRY);
	strcpy(request.urls[1], "http://b/other");
	assert_int_equal(net_secrets_for(&net, child, &request), parent);
	strcpy(request.urls[1], "x");
	assert_int_equal(net_secrets_for(&net, child, &request), NET_NO_ENTRY);
	net_end(&net);
	for (size_t i = 0; i < test_count(elsewhere); i++) {
		net_init(&net);
		child = add_child(add("c.conf", elsewhere[i]));
		assert_ok(&err, net_ask_for(&net, child, 0, 0, &request, &err));
		assert_int_equal(request.entry, NET_NO_ENTRY);
		net_end(&net);
	}
	net_init(&net);
	assert_ok(&err, net_add(&net, NULL, NET_DHCP_ID, &parent, &err));
	assert_ok(&err,
		  net_ask_for(&net, add_child(parent), 0, 0, &request, &err));
	assert_int_equal(request.entry, NET_NO_ENTRY);
}

/* --- the machine -------------------------------------------------------------
 */

static const char system_info[] =
	"\1\33\1\0\1\2\0\3"
	"\x78\x56\x34\x12\xbc\x9a\xf0\xde\x11\x22\x33\x44\x55\x66\x77\x88"
	"\6\0\0"
	"Maker\0Product\33\0Serial 7\0\0"
	"\3\11\2\0\1\1\0\0\2"
	"Maker\0Asset 9\0\0";

static void read_machine(const char *table, size_t len)
{
	_drop_scratch_ struct scratch s = scratch_make();

	scratch_file(&s, "sys/firmware/dmi/tables/DMI", span_of(table, len));
	memset(&net.machine, 0, sizeof(net.machine));
	net_read_machine(&net, s.dir);
}

static void the_firmware_says_what_it_is(void **state)
{
	static const uint8_t uuid[16] = { 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc,
					  0xde, 0xf0, 0x11, 0x22, 0x33, 0x44,
					  0x55, 0x66, 0x77, 0x88 };
	const struct net_machine *m = &net.machine;

	(void)state;
	read_machine(system_info, sizeof(system_info) - 1);
	assert_string_equal(m->manufacturer, "Maker");
	assert_string_equal(m->product, "Product?");
	assert_string_equal(m->serial, "Serial 7");
	assert_string_equal(m->asset, "Asset 9");
	assert_true(m->has_uuid);
	assert_memory_equal(m->uuid, uuid, 16);
	assert_string_equal(m->uuid_text,
			    "12345678-9abc-def0-1122-334455667788");
}

static void a_uuid_of_nothing_is_none(void **state)
{
	static const uint8_t none[] = { 0, 0xff };
	char table[sizeof(system_info)];

	(void)state;
	for (size_t i = 0; i < sizeof(none); i++) {
		memcpy(table, system_info, sizeof(table));
		memset(table + 8, none[i], 16);
		read_machine(table, sizeof(table) - 1);
		assert_false(net.machine.has_uuid);
		assert_string_equal(net.machine.uuid_text, "");
		assert_string_equal(net.machine.serial, "Serial 7");
	}
	/* an area of SMBIOS 2.0 has none */
	read_machine("\1\10\1\0\1\2\0\3A\0B\0C\0\0", 15);
	assert_false(net.machine.has_uuid);
	assert_string_equal(net.machine.serial, "C");
}

static void a_machine_may_say_nothing(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	static const struct net_machine nothing;

	(void)state;
	net_read_machine(&net, s.dir);
	assert_memory_equal(&net.machine, &nothing, sizeof(nothing));
	for (size_t len = 0; len < sizeof(system_info) - 1; len++)
		read_machine(system_info, len); /* the sanitizers watch */
}

static void say_address(struct net_message *m, bool has4, bool has6)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };

	memset(m, 0, sizeof(*m));
	m->kind = NET_STATE;
	m->state.stage = NET_UP;
	strcpy(m->state.interface, "eth0");
	memcpy(m->state.mac, mac, 6);
	memcpy(m->state.ipv4, "\xc0\0\2\7", 4);
	memcpy(m->state.ipv6, "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\7", 16);
	m->state.has_ipv4 = has4;
	m->state.has_ipv6 = has6;
	strcpy(m->state.lease.hostname, "node-7");
}

static void the_network_says_the_rest(void **state)
{
	const struct net_machine *m = &net.machine;
	static struct net_message message;

	(void)state;
	say_address(&message, true, true);
	assert_true(net_take(&net, &message));
	assert_string_equal(m->mac, "52:54:00:12:34:56");
	assert_string_equal(m->ip, "192.0.2.7");
	assert_string_equal(m->hostname, "node-7");
	say_address(&message, false, true);
	assert_true(net_take(&net, &message));
	assert_string_equal(m->ip, "2001:db8::7");
	memset(&message.state, 0, sizeof(message.state));
	assert_true(net_take(&net, &message));
	assert_string_equal(m->mac, "");
	assert_string_equal(m->ip, "");
	assert_string_equal(m->hostname, "");
	message.kind = NET_NOTE;
	strcpy(message.note, "note");
	assert_false(net_take(&net, &message));
}

/* Notes and states without end: what was in the log before is still there. */
static void it_does_not_fill_the_log(void **state)
{
	static struct net_message message;

	(void)state;
	log_info("what was refused");
	for (int i = 0; i < 5000; i++) {
		memset(&message, 0, sizeof(message));
		message.kind = i % 2 ? NET_NOTE : NET_STATE;
		message.state.stage = NET_UP;
		snprintf(i % 2 ? message.note : message.state.line, 100,
			 "%090d", i);
		assert_int_equal(net_take(&net, &message), i % 2 == 0);
	}
	assert_true(net.lines_lost >= 4900);
	assert_non_null(
		memmem(log_kept().ptr, log_kept().len, "what was refused", 16));
	net.lines_ms = 0; /* a while later */
	message.kind = NET_NOTE;
	assert_false(net_take(&net, &message));
	assert_int_equal(net.lines_lost, 0);
	assert_non_null(memmem(log_kept().ptr, log_kept().len,
			       " lines were too many", 20));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(entries_of_the_image_come_first),
		TEST(ids_drive_no_terminal_and_end),
		TEST(there_is_an_end_of_room),
		TEST(children_go_with_their_children),
		TEST(templates_are_filled_in),
		TEST(a_file_of_several),
		TEST(mirrors_that_cannot_be_are_left_out),
		TEST(secrets_are_of_the_image),
		TEST(the_firmware_says_what_it_is),
		TEST(a_uuid_of_nothing_is_none),
		TEST(a_machine_may_say_nothing),
		TEST(the_network_says_the_rest),
		TEST(it_does_not_fill_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
