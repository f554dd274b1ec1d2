/* What routers advertise, as the kernel passes it on: each field broken, each
 * length cut; and the socket that hears of changes. Needs root and ip(8). */
#include "sys/link_events.h"

#include "test.h"

#include <linux/rtnetlink.h>
#include <poll.h>
#include <sched.h>
#include <unistd.h>

#define HEAD sizeof(struct nduseroptmsg)

static const uint8_t one[24] = { 25, 3,	   0, 0,  0,	0,	    7,
				 8,  0x20, 1, 13, 0xb8, [23] = 0x53 };

/* The head, and options of which one is not of name servers. */
static size_t build(uint8_t *to, size_t servers)
{
	struct nduseroptmsg head = { .nduseropt_ifindex = 7 };
	const uint8_t other[8] = { 31, 1 };
	size_t len = HEAD;

	memcpy(to + len, other, sizeof(other));
	len += sizeof(other);
	memcpy(to + len, one, sizeof(one));
	for (size_t i = 1; i < servers; i++)
		memcpy(to + len + 8 + i * 16, one + 8, 16);
	to[len + 1] = (uint8_t)(1 + 2 * servers);
	len += 8 + servers * 16;
	head.nduseropt_opts_len = (uint16_t)(len - HEAD);
	memcpy(to, &head, sizeof(head));
	return len;
}

static enum status parse(const uint8_t *bytes, size_t len,
			 struct link_servers *ret, struct error *err)
{
	_drop_copy_ struct span copy = test_copy(span_of(bytes, len));

	return link_parse_servers(copy, ret, err);
}

static void servers_are_read(void **state)
{
	struct error err = { .code = OK };
	struct link_servers servers;
	uint8_t bytes[512];
	size_t len;

	(void)state;
	for (size_t count = 1; count < 8; count++) {
		memset(&servers, 0xff, sizeof(servers));
		len = build(bytes, count);
		assert_ok(&err, parse(bytes, len, &servers, &err));
		assert_int_equal(servers.index, 7);
		assert_int_equal(servers.lifetime_s, 0x708);
		assert_int_equal(servers.count, count < LINK_SERVERS_MAX
							? count
							: LINK_SERVERS_MAX);
		assert_memory_equal(servers.of[0], one + 8, 16);
	}
}

static void none_is_no_error(void **state)
{
	const struct nduseroptmsg head = { .nduseropt_ifindex = 7 };
	struct error err = { .code = OK };
	struct link_servers servers = { .count = 9 };
	uint8_t bytes[HEAD];

	(void)state;
	memcpy(bytes, &head, HEAD);
	assert_ok(&err, parse(bytes, HEAD, &servers, &err));
	assert_int_equal(servers.count, 0);
}

static void each_length_is_refused(void **state)
{
	struct link_servers servers;
	struct error err;
	uint8_t bytes[512];
	size_t len = build(bytes, 2);

	(void)state;
	for (size_t i = 0; i < len; i++)
		assert_refused(E_ROUTER_SHORT, &err,
			       parse(bytes, i, &servers, &err));
}

static void each_field_is_refused(void **state)
{
	struct link_servers servers = { .count = 9 };
	struct error err;
	uint8_t bytes[512];
	size_t len = build(bytes, 2), at = HEAD + 8;
	uint16_t more = (uint16_t)(len - HEAD + 1);

	(void)state;
	/* of the other option, and of this one */
	bytes[HEAD + 1] = 0;
	assert_refused(E_ROUTER_OPTION, &err,
		       parse(bytes, len, &servers, &err));
	build(bytes, 2);
	bytes[at + 1] = 0;
	assert_refused(E_ROUTER_OPTION, &err,
		       parse(bytes, len, &servers, &err));
	bytes[at + 1] = 6;
	assert_refused(E_ROUTER_OPTION, &err,
		       parse(bytes, len, &servers, &err));
	bytes[at + 1] = 255;
	assert_refused(E_ROUTER_OPTION, &err,
		       parse(bytes, len, &servers, &err));
	for (uint8_t units = 1; units < 5; units++) {
		if (units == 3)
			continue;
		bytes[at + 1] = units;
		assert_refused(E_ROUTER_SERVERS, &err,
			       parse(bytes, len, &servers, &err));
	}
	build(bytes, 2);
	memcpy(bytes + offsetof(struct nduseroptmsg, nduseropt_opts_len), &more,
	       2);
	assert_refused(E_ROUTER_SHORT, &err, parse(bytes, len, &servers, &err));
	assert_int_equal(servers.count, 9); /* untouched */
}

static void changes_are_heard(void **state)
{
	struct error err = { .code = OK };
	struct link_servers servers;
	struct pollfd fd = { .events = POLLIN };
	int heard = 0;

	(void)state;
	if (unshare(CLONE_NEWNET) != 0)
		fail_msg("no network of its own: run as root");
	assert_ok(&err, link_listen(&fd.fd, &err));
	assert_int_equal(link_hear(fd.fd, &servers), LINK_SILENCE);
	assert_int_equal(system("ip link add ta type veth peer name tb"), 0);
	assert_int_equal(poll(&fd, 1, 2000), 1);
	assert_int_equal(link_hear(fd.fd, &servers), LINK_CHANGED);
	while (link_hear(fd.fd, &servers) != LINK_SILENCE)
		;
	assert_int_equal(system("ip addr add 192.0.2.1/24 dev ta"), 0);
	assert_int_equal(poll(&fd, 1, 2000), 1);
	assert_int_equal(link_hear(fd.fd, &servers), LINK_CHANGED);
	/* more than it holds: that something was lost is a change, too */
	assert_int_equal(system("for i in $(seq 300); do "
				"ip link set ta mtu $((1400 + i)); done"),
			 0);
	while (link_hear(fd.fd, &servers) == LINK_CHANGED)
		heard++;
	assert_true(heard > 0);
	close(fd.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(servers_are_read),
		cmocka_unit_test(none_is_no_error),
		cmocka_unit_test(each_length_is_refused),
		cmocka_unit_test(each_field_is_refused),
		cmocka_unit_test(changes_are_heard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
