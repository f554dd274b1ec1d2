/* Messages of a network process that was turned: each is safe to use, or is
 * refused. */
#include "net_wire.h"

#include "sys/transfer.h"
#include "test.h"

#include <stdio.h>

static const enum net_kind kinds[] = { NET_STATE, NET_NOTE, NET_BEGIN,
				       NET_PART,  NET_END,  NET_FAILED,
				       NET_TOLD };

/* One that is as it should be. */
static struct net_message good(enum net_kind kind)
{
	struct net_message m;

	memset(&m, 0, sizeof(m));
	m.kind = kind;
	if (kind == NET_PART)
		m.part.len = 1;
	if (kind == NET_FAILED)
		m.error.code = E_FETCH_CUT;
	return m;
}

static bool is_taken(struct net_message *m)
{
	return net_tame(m, net_message_size(m->kind));
}

static void of_its_length_only(void **state)
{
	(void)state;
	for (size_t i = 0; i < test_count(kinds); i++) {
		size_t size = net_message_size(kinds[i]);

		assert_true(size >= 8 && size <= sizeof(struct net_message));
		for (size_t len = 0; len <= sizeof(struct net_message); len++) {
			struct net_message m = good(kinds[i]);

			assert_int_equal(net_tame(&m, len), len == size);
		}
	}
}

static void of_a_known_kind_only(void **state)
{
	struct net_message m = good(NET_NOTE);

	(void)state;
	assert_int_equal(net_message_size((enum net_kind)0), 0);
	assert_int_equal(net_message_size((enum net_kind)(NET_TOLD + 1)), 0);
	for (size_t len = 0; len <= sizeof(m); len++) {
		m.kind = (enum net_kind)(NET_TOLD + 1);
		assert_false(net_tame(&m, len));
	}
}

/* member is what makes a good message a bad one. */
#define REFUSED(kind, member, value)                                           \
	do {                                                                   \
		m = good(kind);                                                \
		assert_true(is_taken(&m));                                     \
		m.member = (value);                                            \
		assert_false(is_taken(&m));                                    \
	} while (0)

static void numbers_are_in_range(void **state)
{
	struct net_message m;

	(void)state;
	REFUSED(NET_STATE, state.stage, (enum net_stage)(NET_UP + 1));
	REFUSED(NET_STATE, state.vlan, 4095);
	REFUSED(NET_STATE, state.ipv4_prefix, 33);
	REFUSED(NET_STATE, state.ipv6_prefix, 129);
	REFUSED(NET_STATE, state.interface[0], '/');
	REFUSED(NET_STATE, state.interface[0], ' ');
	REFUSED(NET_STATE, state.port[0], '/');
	REFUSED(NET_STATE, state.port[0], ' ');
	REFUSED(NET_STATE, state.lease.interface[0], '/');
	REFUSED(NET_STATE, state.lease.event,
		(enum lease_event)(LEASE_FAIL + 1));
	REFUSED(NET_STATE, state.lease.prefix, 129);
	REFUSED(NET_STATE, state.lease.route_count, LEASE_ROUTES_MAX + 1);
	REFUSED(NET_STATE, state.lease.vendor_len, LEASE_VENDOR_MAX + 1);
	REFUSED(NET_STATE, state.lease.dns.count, LEASE_LIST_MAX + 1);
	REFUSED(NET_STATE, state.lease.ntp.count, LEASE_LIST_MAX + 1);
	REFUSED(NET_STATE, state.lease.server.count, LEASE_LIST_MAX + 1);
	REFUSED(NET_STATE, state.lease.next_server.count, LEASE_LIST_MAX + 1);
	REFUSED(NET_STATE, state.lease.why.code, STATUS_COUNT);
	REFUSED(NET_BEGIN, begin.mirror, NET_MIRRORS_MAX);
	REFUSED(NET_PART, part.len, 0);
	REFUSED(NET_PART, part.len, TRANSFER_SLOT_LEN + 1);
	REFUSED(NET_PART, part.offset, TRANSFER_SLOT_LEN - 1);
	REFUSED(NET_PART, part.offset, 1);
	REFUSED(NET_FAILED, error.code, OK);
	REFUSED(NET_FAILED, error.code, STATUS_COUNT);
}

/* Codes that the menu acts on: one that pretends to be of a rehearsal would
 * have the same entry tried for ever, one of a key would open the menu. */
static void what_the_menu_says_to_itself_is_refused(void **state)
{
	static const enum status codes[] = {
		E_MSG_NONE,	   E_REHEARSED,	       E_ATTEMPT_ONE_SHOT,
		E_NET_SLOTS,	   E_NET_STOPPED,      E_NET_TEXT,
		E_NET_MENU_SHOWN,  E_NET_MENU_EXIT,    E_NET_MENU_END,
		E_NET_MENU_LENGTH, E_NET_MENU_DEFAULT, E_NET_MENU_NOT_FOUND,
	};
	static const enum status others[] = {
		E_NET_NO_URL,	    E_NET_DEADLINE, E_NET_WORKER,
		E_FETCH_TOO_LARGE,  E_FETCH_STATUS, E_NET_TFTP,
		E_NET_TFTP_MISSING,
	};
	struct net_message m;

	(void)state;
	for (size_t i = 0; i < test_count(codes); i++)
		REFUSED(NET_FAILED, error.code, codes[i]);
	for (size_t i = 0; i < test_count(others); i++) {
		m = good(NET_FAILED);
		m.error.code = others[i];
		assert_true(is_taken(&m));
	}
}

static void routes_are_in_range(void **state)
{
	struct net_message m = good(NET_STATE);

	(void)state;
	m.state.lease.routes[1].prefix = 33; /* does not count */
	m.state.lease.route_count = 1;
	assert_true(is_taken(&m));
	m.state.lease.route_count = 2;
	assert_false(is_taken(&m));
}

/* The array in a message full of a byte: afterwards it ends, and the byte is
 * gone. */
#define CLEANED(kind, member)                                                  \
	do {                                                                   \
		m = good(kind);                                                \
		memset(m.member, '\033', sizeof(m.member));                    \
		assert_true(is_taken(&m));                                     \
		assert_int_equal(strnlen(m.member, sizeof(m.member)),          \
				 sizeof(m.member) - 1);                        \
		assert_null(strchr(m.member, '\033'));                         \
		assert_int_equal(strspn(m.member, "?"), strlen(m.member));     \
	} while (0)

static void texts_end_and_are_clean(void **state)
{
	struct net_message m;

	(void)state;
	CLEANED(NET_STATE, state.line);
	CLEANED(NET_STATE, state.interface);
	CLEANED(NET_STATE, state.port);
	CLEANED(NET_STATE, state.boot_url6);
	CLEANED(NET_STATE, state.lease.interface);
	CLEANED(NET_STATE, state.lease.hostname);
	CLEANED(NET_STATE, state.lease.domain);
	CLEANED(NET_STATE, state.lease.search);
	CLEANED(NET_STATE, state.lease.boot_server);
	CLEANED(NET_STATE, state.lease.boot_file);
	CLEANED(NET_STATE, state.lease.root_path);
	CLEANED(NET_STATE, state.lease.vendor_class);
	CLEANED(NET_STATE, state.lease.config_file);
	CLEANED(NET_STATE, state.lease.path_prefix);
	CLEANED(NET_STATE, state.lease.message);
	CLEANED(NET_STATE, state.lease.why.text);
	CLEANED(NET_NOTE, note);
	CLEANED(NET_FAILED, error.text);
	CLEANED(NET_END, facts.url);
	CLEANED(NET_END, facts.address);
	CLEANED(NET_END, facts.tls);
}

static void what_is_good_stays(void **state)
{
	struct net_message m = good(NET_STATE);

	(void)state;
	snprintf(m.state.line, sizeof(m.state.line), "eth0: 10 s \xc3\xa9");
	snprintf(m.state.lease.hostname, sizeof(m.state.lease.hostname),
		 "n\xc3\xa9");
	snprintf(m.state.interface, sizeof(m.state.interface), "eth0.5");
	m.state.has_ipv4 = true;
	assert_true(is_taken(&m));
	assert_string_equal(m.state.line, "eth0: 10 s \xc3\xa9");
	assert_string_equal(m.state.interface, "eth0.5");
	assert_string_equal(m.state.lease.hostname, "n??"); /* ASCII only */
	assert_true(m.state.has_ipv4);
}

static void bools_are_0_or_1(void **state)
{
	struct net_message m = good(NET_BEGIN);
	uint8_t byte = 0x40;

	(void)state;
	memcpy(&m.begin.has_size, &byte, 1);
	assert_true(is_taken(&m));
	memcpy(&byte, &m.begin.has_size, 1);
	assert_int_equal(byte, 1);
	m = good(NET_STATE);
	byte = 0x40;
	memcpy(&m.state.is_bond, &byte, 1);
	assert_true(is_taken(&m));
	memcpy(&byte, &m.state.is_bond, 1);
	assert_int_equal(byte, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_its_length_only),
		cmocka_unit_test(of_a_known_kind_only),
		cmocka_unit_test(numbers_are_in_range),
		cmocka_unit_test(what_the_menu_says_to_itself_is_refused),
		cmocka_unit_test(routes_are_in_range),
		cmocka_unit_test(texts_end_and_are_clean),
		cmocka_unit_test(what_is_good_stays),
		cmocka_unit_test(bools_are_0_or_1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
