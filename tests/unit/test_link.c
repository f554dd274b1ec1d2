/* Requests to the kernel, in a network of the test's own: what is set is read
 * back, what the kernel refuses has its errno. Needs root and ip(8). */
#include "sys/link.h"

#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct network network;
static int sock = -1;

/* a and b are the ends of one cable. */
static int make_network(void **state)
{
	struct error err = { .code = OK };

	(void)state;
	if (unshare(CLONE_NEWNET) != 0 ||
	    system("ip link add ta type veth peer name tb") != 0 ||
	    link_open(0, &sock, &err) != OK) {
		print_error("no network of its own: run as root, with ip(8) "
			    "and a kernel that has veth\n");
		return -1;
	}
	return 0;
}

static uint32_t index_of(const char *name)
{
	struct error err = { .code = OK };
	const struct network_link *link;

	assert_ok(&err, link_read(sock, &network, &err));
	link = link_find(&network, name);
	assert_non_null(link);
	return link->index;
}

static struct network_address address(const char *text, uint8_t prefix)
{
	struct network_address a = { .prefix = prefix };

	a.is_ipv6 = strchr(text, ':') != NULL;
	assert_int_equal(
		inet_pton(a.is_ipv6 ? AF_INET6 : AF_INET, text, a.bytes), 1);
	return a;
}

static bool has_address(const char *name, const struct network_address *a)
{
	uint32_t index = index_of(name);
	const struct network_link *link = link_find(&network, name);

	assert_int_equal(link->index, index);
	for (uint32_t i = 0; i < link->address_count; i++)
		if (!memcmp(link->addresses[i].bytes, a->bytes, 16) &&
		    link->addresses[i].prefix == a->prefix)
			return true;
	return false;
}

/* Whether ip(8) prints that. */
static bool shows(const char *command, const char *wanted)
{
	static char page[8192];
	FILE *pipe = popen(command, "r");
	size_t len;

	assert_non_null(pipe);
	len = fread(page, 1, sizeof(page) - 1, pipe);
	page[len] = '\0';
	pclose(pipe);
	return strstr(page, wanted) != NULL;
}

static void interfaces_go_up_and_down(void **state)
{
	struct error err = { .code = OK };
	uint32_t a = index_of("ta");

	(void)state;
	assert_ok(&err, link_set_up(sock, a, true, &err));
	index_of("ta");
	assert_true(link_find(&network, "ta")->is_up);
	assert_ok(&err, link_set_up(sock, a, false, &err));
	index_of("ta");
	assert_false(link_find(&network, "ta")->is_up);
	assert_refused(E_LINK_REFUSED, &err,
		       link_set_up(sock, 4711, true, &err));
	assert_int_equal(err.sys, ENODEV);
}

static void an_mtu_is_set(void **state)
{
	struct error err = { .code = OK };
	uint32_t a = index_of("ta");

	(void)state;
	assert_ok(&err, link_set_mtu(sock, a, 1400, &err));
	assert_true(shows("ip link show ta", "mtu 1400"));
	assert_refused(E_LINK_MTU, &err, link_set_mtu(sock, a, 575, &err));
	assert_refused(E_LINK_MTU, &err, link_set_mtu(sock, a, 65536, &err));
	assert_ok(&err, link_set_mtu(sock, a, 1500, &err));
}

static void addresses_come_and_go(void **state)
{
	struct network_address of[] = { address("192.0.2.7", 24),
					address("2001:db8::7", 64) };
	struct error err = { .code = OK };
	uint32_t a = index_of("ta");

	(void)state;
	for (size_t i = 0; i < test_count(of); i++) {
		assert_ok(&err, link_add_address(sock, a, &of[i], &err));
		assert_ok(&err, link_add_address(sock, a, &of[i], &err));
		assert_true(has_address("ta", &of[i]));
		assert_ok(&err, link_drop_address(sock, a, &of[i], &err));
		assert_false(has_address("ta", &of[i]));
		assert_ok(&err, link_drop_address(sock, a, &of[i], &err));
	}
	of[0].prefix = 33;
	of[1].prefix = 129;
	for (size_t i = 0; i < test_count(of); i++) {
		assert_refused(E_LINK_ADDRESS, &err,
			       link_add_address(sock, a, &of[i], &err));
		assert_refused(E_LINK_ADDRESS, &err,
			       link_drop_address(sock, a, &of[i], &err));
	}
}

static void routes_are_set_and_replaced(void **state)
{
	struct network_address us = address("192.0.2.7", 24);
	struct link_route route = { address("0.0.0.0", 0),
				    address("192.0.2.1", 0), 0 };
	struct error err = { .code = OK };
	uint32_t a = index_of("ta");

	(void)state;
	assert_refused(E_LINK_REFUSED, &err,
		       link_add_route(sock, a, &route, &err));
	assert_ok(&err, link_set_up(sock, a, true, &err));
	assert_ok(&err, link_add_address(sock, a, &us, &err));
	assert_ok(&err, link_add_route(sock, a, &route, &err));
	assert_ok(&err, link_add_route(sock, a, &route, &err));
	assert_true(shows("ip route", "default via 192.0.2.1 dev ta"));
	route.gateway = address("203.0.113.1", 0);
	route.metric = 7;
	assert_ok(&err, link_add_route(sock, a, &route, &err));
	assert_true(shows("ip route", "via 203.0.113.1 dev ta"));
	route = (struct link_route){ address("10.0.0.0", 8),
				     address("0.0.0.0", 0), 0 };
	assert_ok(&err, link_add_route(sock, a, &route, &err));
	assert_true(shows("ip route", "10.0.0.0/8 dev ta"));
	route.to.prefix = 33;
	assert_refused(E_LINK_ROUTE, &err,
		       link_add_route(sock, a, &route, &err));
	route = (struct link_route){ address("::", 0), address("192.0.2.1", 0),
				     0 };
	assert_refused(E_LINK_ROUTE, &err,
		       link_add_route(sock, a, &route, &err));
	route.gateway = address("fe80::1", 0);
	assert_ok(&err, link_add_route(sock, a, &route, &err));
	assert_true(shows("ip -6 route", "default via fe80::1 dev ta"));
	assert_ok(&err, link_set_up(sock, a, false, &err));
}

/* Where the kernel has no such kind it says so; what the request is made of is
 * the kernel's to check where it has. */
static void vlans_and_bonds_are_made(void **state)
{
	struct error err = { .code = OK };
	uint32_t a = index_of("ta");
	enum status s;

	(void)state;
	assert_refused(E_LINK_VLAN, &err,
		       link_add_vlan(sock, a, 0, "tv", &err));
	assert_refused(E_LINK_VLAN, &err,
		       link_add_vlan(sock, a, 4095, "tv", &err));
	assert_refused(E_LINK_NAME, &err, link_add_vlan(sock, a, 7, "", &err));
	assert_refused(E_LINK_NAME, &err,
		       link_add_bond(sock, LINK_BOND_8023AD, "a/b", &err));
	assert_refused(E_LINK_NAME, &err,
		       link_add_bond(sock, LINK_BOND_8023AD, "0123456789abcdef",
				     &err));
	s = link_add_vlan(sock, a, 7, "tv", &err);
	if (s == OK) {
		assert_true(shows("ip -d link show tv", "id 7 "));
		assert_ok(&err, link_delete(sock, index_of("tv"), &err));
	} else {
		print_message("no VLAN in this kernel: %s\n", err.text);
		assert_int_equal(s, E_LINK_REFUSED);
		assert_int_equal(err.sys, EOPNOTSUPP);
	}
	s = link_add_bond(sock, LINK_BOND_ACTIVE_BACKUP, "tbond", &err);
	if (s == OK) {
		assert_true(shows("ip -d link show tbond", "active-backup"));
		assert_ok(&err,
			  link_set_master(sock, a, index_of("tbond"), &err));
		assert_true(shows("ip link show ta", "master tbond"));
		assert_ok(&err, link_delete(sock, index_of("tbond"), &err));
	} else {
		print_message("no bonds in this kernel: %s\n", err.text);
		assert_int_equal(s, E_LINK_REFUSED);
		assert_int_equal(err.sys, EOPNOTSUPP);
	}
}

/* What an answer that was given up left is none to the next question. */
static void an_answer_is_to_its_question(void **state)
{
	struct {
		struct nlmsghdr head;
		struct rtgenmsg body;
	} ask = { .head = { .nlmsg_len = NLMSG_LENGTH(sizeof(ask.body)),
			    .nlmsg_type = RTM_GETLINK,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP } };
	struct network_address a = address("192.0.2.77", 24);
	struct error err = { .code = OK };

	(void)state;
	assert_ok(&err, link_add_address(sock, index_of("ta"), &a, &err));
	for (int i = 0; i < 3; i++) {
		if (i == 1)
			assert_int_equal(
				send(sock, &ask, ask.head.nlmsg_len, 0),
				(int)ask.head.nlmsg_len);
		assert_true(has_address("ta", &a));
	}
}

/* --- a kernel of the test's own ---------------------------------------------
 */

struct said {
	uint32_t off; /* of its number from that of the question */
	uint16_t type;
	int32_t result;
	size_t len;
};

/* Says that to each question, until nobody asks. */
static void play_kernel(int fd, const struct said *said, size_t count)
{
	static uint8_t bytes[70000];
	struct nlmsghdr head;

	while (recv(fd, &head, sizeof(head), 0) == (ssize_t)sizeof(head)) {
		struct nlmsghdr answer = { .nlmsg_len = NLMSG_LENGTH(4) };

		for (size_t i = 0; i < count; i++) {
			answer.nlmsg_type = said[i].type;
			answer.nlmsg_seq = head.nlmsg_seq + said[i].off;
			memcpy(bytes, &answer, sizeof(answer));
			memcpy(bytes + sizeof(answer), &said[i].result, 4);
			if (send(fd, bytes, said[i].len, MSG_NOSIGNAL) < 0)
				_exit(1);
		}
	}
	_exit(0);
}

/* A socket to one. */
static int begin_kernel(const struct said *said, size_t count, pid_t *ret)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	*ret = fork();
	assert_true(*ret >= 0);
	if (*ret == 0) {
		close(pair[0]);
		play_kernel(pair[1], said, count);
	}
	close(pair[1]);
	return pair[0];
}

static void end_kernel(int fd, pid_t pid)
{
	int status;

	close(fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* As it comes after the question, nothing could drop it before. */
static void an_answer_to_another_question_is_passed_over(void **state)
{
	static const struct said to_change[] = {
		{ 1, NLMSG_ERROR, -ENODEV, 20 },
		{ UINT32_MAX, RTM_NEWLINK, 0, 3000 },
		{ 0, NLMSG_ERROR, 0, 36 },
	};
	static const struct said to_dump[] = {
		{ 1, NLMSG_DONE, -EIO, 20 },
		{ 1, NLMSG_DONE, 0, 66000 },
		{ 0, NLMSG_DONE, 0, 20 },
	};
	struct error err = { .code = OK };
	pid_t pid;
	int fd = begin_kernel(to_change, test_count(to_change), &pid);

	(void)state;
	assert_ok(&err, link_set_up(fd, 7, true, &err));
	assert_ok(&err, link_set_mtu(fd, 7, 1400, &err));
	end_kernel(fd, pid);
	fd = begin_kernel(to_dump, test_count(to_dump), &pid);
	assert_ok(&err, link_read(fd, &network, &err));
	assert_int_equal(network.count, 0);
	end_kernel(fd, pid);
}

static void what_is_no_answer_is_refused(void **state)
{
	static const struct said none[] = {
		{ 0, NLMSG_ERROR, 0, 1 },	   { 0, NLMSG_ERROR, 0, 15 },
		{ 0, NLMSG_ERROR, 0, 19 },	   { 0, NLMSG_ERROR, 1, 20 },
		{ 0, NLMSG_ERROR, INT32_MIN, 20 }, { 0, RTM_NEWLINK, 0, 20 },
		{ 0, NLMSG_ERROR, 0, 2049 },
	};
	static const struct said long_dump[] = { { 0, NLMSG_DONE, 0, 65537 } };
	struct error err;
	pid_t pid;
	int fd;

	(void)state;
	for (size_t i = 0; i < test_count(none); i++) {
		fd = begin_kernel(&none[i], 1, &pid);
		assert_refused(E_LINK_ANSWER, &err,
			       link_set_up(fd, 7, true, &err));
		end_kernel(fd, pid);
	}
	fd = begin_kernel(long_dump, 1, &pid);
	assert_refused(E_LINK_ANSWER, &err, link_read(fd, &network, &err));
	end_kernel(fd, pid);
	assert_refused(E_NETLINK_SOCKET, &err, link_set_up(-1, 7, true, &err));
	assert_refused(E_NETLINK_SOCKET, &err, link_read(-1, &network, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interfaces_go_up_and_down),
		cmocka_unit_test(an_mtu_is_set),
		cmocka_unit_test(addresses_come_and_go),
		cmocka_unit_test(routes_are_set_and_replaced),
		cmocka_unit_test(an_answer_is_to_its_question),
		cmocka_unit_test(an_answer_to_another_question_is_passed_over),
		cmocka_unit_test(what_is_no_answer_is_refused),
		cmocka_unit_test(vlans_and_bonds_are_made),
	};

	return cmocka_run_group_tests(tests, make_network, NULL);
}
