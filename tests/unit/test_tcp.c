/* TCP as a client, against sockets of this test on loopback. */
#include "sys/tcp.h"

#include "base/own.h"
#include "sys/proc.h"
#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

/* Of 127.x.y.z; nobody needs to listen. */
static struct tcp_address at(uint8_t last, uint16_t port)
{
	return (struct tcp_address){ .bytes = { 127, 0, 0, last },
				     .port = port };
}

/* Listens at 127.0.0.last, or ::1. */
static int listen_at(bool is_ipv6, uint8_t last, uint16_t *port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons(*port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(*port),
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr *sa =
		is_ipv6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
	socklen_t len = is_ipv6 ? sizeof(v6) : sizeof(v4);
	int fd = socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	v4.sin_addr.s_addr = htonl(0x7f000000 | last);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, sa, len), 0);
	assert_int_equal(listen(fd, 0), 0);
	assert_int_equal(getsockname(fd, sa, &len), 0);
	*port = ntohs(is_ipv6 ? v6.sin6_port : v4.sin_port);
	return fd;
}

/* Full: whoever connects to it now gets no answer. Gives what fills it. */
static int fill(uint8_t last, uint16_t port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	struct pollfd poll_fd = { .events = POLLOUT };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	sa.sin_addr.s_addr = htonl(0x7f000000 | last);
	connect(fd, (struct sockaddr *)&sa, sizeof(sa));
	poll_fd.fd = fd;
	assert_int_equal(poll(&poll_fd, 1, 1000), 1);
	return fd;
}

static void families_take_turns(void **state)
{
	struct tcp_addresses a = { .count = 6 };
	static const uint8_t want[] = { 3, 0, 4, 1, 2, 5 };

	(void)state;
	for (uint8_t i = 0; i < a.count; i++)
		a.list[i] = (struct tcp_address){ .is_ipv6 = i == 3 || i == 4,
						  .bytes[0] = i };
	tcp_order(&a);
	assert_int_equal(a.count, 6);
	for (size_t i = 0; i < a.count; i++)
		assert_int_equal(a.list[i].bytes[0], want[i]);
	a.count = TCP_ADDRESSES_MAX;
	for (size_t i = 0; i < a.count; i++)
		a.list[i] = (struct tcp_address){ .port = (uint16_t)i };
	tcp_order(&a);
	for (size_t i = 0; i < a.count; i++)
		assert_int_equal(a.list[i].port, i);
}

static void addresses_have_a_text(void **state)
{
	struct tcp_address v6 = { .is_ipv6 = true,
				  .bytes = { 0x20, 1, 0xd, 0xb8, [15] = 7 },
				  .port = 65535 };
	struct tcp_address v4 = at(1, 80);
	char buf[64];
	struct text t = text_over(buf, sizeof(buf));

	(void)state;
	tcp_add_address(&t, &v4);
	text_add(&t, ", ");
	tcp_add_address(&t, &v6);
	assert_string_equal(buf, "127.0.0.1 port 80, 2001:db8::7 port 65535");
}

static void the_first_that_answers_wins(void **state)
{
	uint16_t port = 0;
	_close_ int dead = listen_at(false, 1, &port);
	_close_ int filler = fill(1, port);
	_close_ int alive = listen_at(false, 2, &port);
	struct tcp_addresses a = { .count = 3 };
	struct tcp_address which;
	_close_ int fd = -1;
	uint64_t start = now_ms(), took;
	struct error err;

	(void)state;
	(void)dead;
	(void)alive;
	(void)filler;
	a.list[0] = at(3, port); /* refuses at once */
	a.list[1] = at(1, port); /* never answers */
	a.list[2] = at(2, port);
	assert_ok(&err, tcp_connect(&a, "", start + 5000, &fd, &which, &err));
	took = now_ms() - start;
	assert_int_equal(which.bytes[3], 2);
	assert_in_range(took, TCP_RACE_MS - 10, 900);
}

static void each_way_to_fail_is_told(void **state)
{
	uint16_t port = 0;
	_close_ int dead = listen_at(false, 1, &port);
	_close_ int filler = fill(1, port);
	struct tcp_addresses a = { .count = 1 };
	struct tcp_address which;
	int fd = -1;
	uint64_t start = now_ms();
	struct error err;

	(void)state;
	(void)dead;
	(void)filler;
	a.list[0] = at(1, port);
	assert_refused(E_TCP_CONNECT_DEADLINE, &err,
		       tcp_connect(&a, "", start + 300, &fd, &which, &err));
	assert_in_range(now_ms() - start, 300, 900);
	a.list[0] = at(2, port);
	assert_refused(E_TCP_CONNECT, &err,
		       tcp_connect(&a, "", now_ms() + 300, &fd, &which, &err));
	assert_int_equal(err.sys, ECONNREFUSED);
	a.count = 2;
	a.list[1] = at(4, port);
	assert_refused(E_TCP_CONNECT, &err,
		       tcp_connect(&a, "", now_ms() + 300, &fd, &which, &err));
	assert_non_null(strstr(err.text, "2 addresses, lastly 127.0.0.4"));
	a.count = 0;
	assert_refused(E_TCP_CONNECT, &err,
		       tcp_connect(&a, "", now_ms() + 300, &fd, &which, &err));
	a.count = 1;
	assert_refused(E_TCP_SOCKET, &err,
		       tcp_connect(&a, "nonesuch0", now_ms() + 300, &fd, &which,
				   &err));
	assert_int_equal(fd, -1);
}

static void names_are_found(void **state)
{
	struct tcp_addresses a;
	struct error err;

	(void)state;
	assert_ok(&err, tcp_find("localhost", 443, &a, &err));
	assert_true(a.count >= 1);
	for (size_t i = 0; i < a.count; i++)
		assert_int_equal(a.list[i].port, 443);
	assert_ok(&err, tcp_find("127.0.0.9", 80, &a, &err));
	assert_int_equal(a.count, 1);
	assert_int_equal(a.list[0].bytes[3], 9);
}

static void bytes_go_both_ways(void **state)
{
	uint16_t port = 0;
	_close_ int server = listen_at(false, 1, &port);
	struct tcp_addresses a = { .count = 1 };
	struct tcp_address which;
	_close_ int fd = -1;
	uint8_t buf[8];
	size_t len = 9;
	bool has_ended = true;
	struct error err;
	int peer;

	(void)state;
	a.list[0] = at(1, port);
	assert_ok(&err,
		  tcp_connect(&a, "lo", now_ms() + 1000, &fd, &which, &err));
	peer = accept(server, NULL, NULL);
	assert_true(peer >= 0);
	assert_ok(&err,
		  tcp_receive(fd, buf, sizeof(buf), &len, &has_ended, &err));
	assert_int_equal(len, 0);
	assert_false(has_ended);
	assert_refused(E_TCP_DEADLINE, &err,
		       tcp_wait(fd, POLLIN, now_ms() + 20, &err));
	assert_ok(&err, tcp_wait(fd, POLLOUT, now_ms() + 20, &err));
	assert_ok(&err, tcp_send(fd, span_of_text("hello"), &len, &err));
	assert_int_equal(len, 5);
	assert_int_equal(recv(peer, buf, sizeof(buf), 0), 5);
	assert_int_equal(send(peer, "world", 5, 0), 5);
	close(peer);
	assert_ok(&err, tcp_wait(fd, POLLIN, now_ms() + 500, &err));
	assert_ok(&err,
		  tcp_receive(fd, buf, sizeof(buf), &len, &has_ended, &err));
	assert_span_text(span_of(buf, len), "world");
	assert_false(has_ended);
	assert_ok(&err, tcp_wait(fd, POLLIN, now_ms() + 500, &err));
	assert_ok(&err,
		  tcp_receive(fd, buf, sizeof(buf), &len, &has_ended, &err));
	assert_true(has_ended);
}

static void a_reset_is_an_error(void **state)
{
	const struct linger now = { .l_onoff = 1 };
	uint16_t port = 0;
	_close_ int server = listen_at(true, 1, &port);
	struct tcp_addresses a = { .count = 1 };
	struct tcp_address which;
	_close_ int fd = -1;
	uint8_t buf[8];
	bool has_ended;
	size_t len;
	struct error err;
	int peer;

	(void)state;
	a.list[0] = (struct tcp_address){ .is_ipv6 = true,
					  .bytes[15] = 1,
					  .port = port };
	assert_ok(&err,
		  tcp_connect(&a, "", now_ms() + 1000, &fd, &which, &err));
	peer = accept(server, NULL, NULL);
	setsockopt(peer, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(peer);
	assert_ok(&err, tcp_wait(fd, POLLIN, now_ms() + 500, &err));
	assert_refused(
		E_TCP_RECEIVE, &err,
		tcp_receive(fd, buf, sizeof(buf), &len, &has_ended, &err));
	assert_refused(E_TCP_SEND, &err,
		       tcp_send(fd, span_of_text("x"), &len, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(families_take_turns),
		cmocka_unit_test(addresses_have_a_text),
		cmocka_unit_test(the_first_that_answers_wins),
		cmocka_unit_test(each_way_to_fail_is_told),
		cmocka_unit_test(names_are_found),
		cmocka_unit_test(bytes_go_both_ways),
		cmocka_unit_test(a_reset_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
