#include "sys/tcp.h"

#include "base/own.h"
#include "sys/proc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

/* --- names and addresses -------------------------------------------------- */

static bool take_sockaddr(const struct sockaddr *from, uint16_t port,
			  struct tcp_address *ret)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	*ret = (struct tcp_address){ .port = port };
	if (from->sa_family == AF_INET) {
		memcpy(&v4, from, sizeof(v4));
		memcpy(ret->bytes, &v4.sin_addr, 4);
		return true;
	}
	if (from->sa_family != AF_INET6)
		return false;
	memcpy(&v6, from, sizeof(v6));
	ret->is_ipv6 = true;
	memcpy(ret->bytes, &v6.sin6_addr, 16);
	return true;
}

void tcp_order(struct tcp_addresses *addresses)
{
	struct tcp_addresses ordered = { 0 };
	size_t next[2] = { 0 }; /* by is_ipv6 */
	bool is_ipv6 = true;

	while (ordered.count < addresses->count) {
		size_t i = next[is_ipv6];

		while (i < addresses->count &&
		       addresses->list[i].is_ipv6 != is_ipv6)
			i++;
		if (i < addresses->count)
			ordered.list[ordered.count++] = addresses->list[i++];
		next[is_ipv6] = i;
		is_ipv6 = !is_ipv6;
	}
	*addresses = ordered;
}

/* At most half of the room for each family: many addresses of the one that does
 * not work must not push out the other. */
static void take_found(const struct addrinfo *found, uint16_t port,
		       struct tcp_addresses *ret)
{
	size_t counts[2] = { 0 };

	*ret = (struct tcp_addresses){ 0 };
	for (; found; found = found->ai_next) {
		struct tcp_address address;

		if (!take_sockaddr(found->ai_addr, port, &address))
			continue;
		if (counts[address.is_ipv6]++ < TCP_ADDRESSES_MAX / 2)
			ret->list[ret->count++] = address;
	}
	tcp_order(ret);
}

enum status tcp_find(const char *name, uint16_t port, struct tcp_addresses *ret,
		     struct error *err)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	int problem = getaddrinfo(name, NULL, &hints, &found);

	if (problem == EAI_AGAIN || problem == EAI_FAIL)
		return fail(err, E_TCP_NAME_SERVER,
			    "no name server has an answer for %s",
			    display_of_text(name).text);
	if (problem)
		return fail(err, E_TCP_NAME, "the name %s has no address: %s",
			    display_of_text(name).text, gai_strerror(problem));
	take_found(found, port, ret);
	freeaddrinfo(found);
	if (!ret->count)
		return fail(err, E_TCP_NAME,
			    "the name %s has no address of IPv4 or IPv6",
			    display_of_text(name).text);
	return OK;
}

void tcp_add_address(struct text *t, const struct tcp_address *address)
{
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(address->is_ipv6 ? AF_INET6 : AF_INET, address->bytes, text,
		  sizeof(text));
	text_addf(t, "%s port %u", text, address->port);
}

/* --- connecting ----------------------------------------------------------- */

struct race {
	const struct tcp_addresses *addresses;
	const char *interface;
	size_t started;
	uint64_t next_ms; /* when the next one starts */
	int fds[TCP_ADDRESSES_MAX];
	int last_errno; /* of the last one that failed */
	size_t last;
};

static void race_drop(struct race *race)
{
	for (size_t i = 0; i < TCP_ADDRESSES_MAX; i++)
		if (race->fds[i] >= 0)
			close(race->fds[i]);
}
#define _drop_race_ __attribute__((cleanup(race_drop)))

/* Not for what connects: E_TCP_SOCKET is of this machine. */
static enum status open_socket(const struct race *race, bool is_ipv6,
			       int *ret_fd, struct error *err)
{
	_close_ int fd = socket(is_ipv6 ? AF_INET6 : AF_INET,
				SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	const char *interface = race->interface;
	int on = 1;

	if (fd < 0)
		return fail_sys(err, E_TCP_SOCKET, errno,
				"unable to open a TCP socket for IPv%d",
				is_ipv6 ? 6 : 4);
	if (interface[0] && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE,
				       interface, (socklen_t)strlen(interface)))
		return fail_sys(err, E_TCP_SOCKET, errno,
				"unable to go through the interface %s",
				display_of_text(interface).text);
	/* requests are small and whole; a socket without this works as well */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	*ret_fd = take_fd(&fd);
	return OK;
}

static int connect_to(int fd, const struct tcp_address *address)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(address->port) };
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons(address->port) };

	memcpy(&v6.sin6_addr, address->bytes, sizeof(v6.sin6_addr));
	memcpy(&v4.sin_addr, address->bytes, sizeof(v4.sin_addr));
	return address->is_ipv6
		       ? connect(fd, (const struct sockaddr *)&v6, sizeof(v6))
		       : connect(fd, (const struct sockaddr *)&v4, sizeof(v4));
}

static void mark_failed(struct race *race, size_t i, int problem)
{
	if (race->fds[i] >= 0)
		close(race->fds[i]);
	race->fds[i] = -1;
	race->last = i;
	race->last_errno = problem;
	race->next_ms = 0;
}

static enum status start_next(struct race *race, struct error *err)
{
	size_t i = race->started;
	const struct tcp_address *address = &race->addresses->list[i];
	struct error problem = { .code = OK };
	enum status s;

	race->started++;
	race->next_ms = now_ms() + TCP_RACE_MS;
	s = open_socket(race, address->is_ipv6, &race->fds[i], &problem);
	/* a kernel without IPv6 is no reason not to try IPv4 */
	if (s != OK && problem.sys == EAFNOSUPPORT) {
		mark_failed(race, i, EAFNOSUPPORT);
		return OK;
	}
	if (s != OK) {
		if (err)
			*err = problem;
		return s;
	}
	if (connect_to(race->fds[i], address) && errno != EINPROGRESS)
		mark_failed(race, i, errno);
	return OK;
}

/* The first of the ready ones that is connected, -1 if there is none. */
static int look_at(struct race *race, const struct pollfd *polls)
{
	for (size_t i = 0; i < race->started; i++) {
		socklen_t len = sizeof(int);
		int problem = 0;

		if (race->fds[i] < 0 || !polls[i].revents)
			continue;
		if (getsockopt(race->fds[i], SOL_SOCKET, SO_ERROR, &problem,
			       &len))
			problem = errno;
		if (!problem && polls[i].revents & POLLOUT)
			return (int)i;
		mark_failed(race, i, problem ? problem : ECONNABORTED);
	}
	return -1;
}

static bool is_running(const struct race *race)
{
	for (size_t i = 0; i < race->started; i++)
		if (race->fds[i] >= 0)
			return true;
	return race->started < race->addresses->count;
}

static int wait_for_any(struct race *race, uint64_t deadline_ms)
{
	struct pollfd polls[TCP_ADDRESSES_MAX];

	for (size_t i = 0; i < race->started; i++)
		polls[i] = (struct pollfd){ .fd = race->fds[i],
					    .events = POLLOUT };
	if (race->started < race->addresses->count &&
	    race->next_ms < deadline_ms)
		deadline_ms = race->next_ms;
	if (poll(polls, race->started, deadline_left_ms(deadline_ms)) <= 0)
		return -1;
	return look_at(race, polls);
}

static enum status fail_race(const struct race *race, struct error *err)
{
	char text[64];
	struct text t = text_over(text, sizeof(text));
	size_t count = race->addresses->count;

	if (!count)
		return fail(err, E_TCP_CONNECT, "no address to connect to");
	tcp_add_address(&t, &race->addresses->list[race->last]);
	if (count == 1)
		return fail_sys(err, E_TCP_CONNECT, race->last_errno,
				"unable to connect to %s", text);
	return fail_sys(err, E_TCP_CONNECT, race->last_errno,
			"unable to connect to any of %zu addresses, lastly %s",
			count, text);
}

static enum status fail_deadline(const struct race *race, struct error *err)
{
	char text[64];
	struct text t = text_over(text, sizeof(text));

	tcp_add_address(&t, &race->addresses->list[0]);
	return fail(err, E_TCP_CONNECT_DEADLINE,
		    "%s has not answered in time, nor has any of %zu addresses",
		    text, race->addresses->count);
}

enum status tcp_connect(const struct tcp_addresses *addresses,
			const char *interface, uint64_t deadline_ms,
			int *ret_fd, struct tcp_address *ret_which,
			struct error *err)
{
	_drop_race_ struct race race = { .addresses = addresses,
					 .interface = interface };

	for (size_t i = 0; i < TCP_ADDRESSES_MAX; i++)
		race.fds[i] = -1;
	while (is_running(&race)) {
		uint64_t now = now_ms();
		enum status s;
		int won;

		if (now >= deadline_ms)
			return fail_deadline(&race, err);
		if (race.started < addresses->count && now >= race.next_ms) {
			s = start_next(&race, err);
			if (s != OK)
				return s;
		}
		won = wait_for_any(&race, deadline_ms);
		if (won < 0)
			continue;
		*ret_fd = take_fd(&race.fds[won]);
		*ret_which = addresses->list[won];
		return OK;
	}
	return fail_race(&race, err);
}

/* --- bytes ---------------------------------------------------------------- */

enum status tcp_wait(int fd, short events, uint64_t deadline_ms,
		     struct error *err)
{
	struct pollfd poll_fd = { .fd = fd, .events = events };

	for (;;) {
		int left = deadline_left_ms(deadline_ms);

		if (poll(&poll_fd, 1, left) > 0)
			return OK;
		if (!left)
			return fail(err, E_TCP_DEADLINE,
				    "nothing has come in time");
	}
}

enum status tcp_send(int fd, struct span bytes, size_t *ret_len,
		     struct error *err)
{
	ssize_t len = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);

	if (len < 0 && errno != EAGAIN && errno != EINTR)
		return fail_sys(err, E_TCP_SEND, errno,
				"the connection broke while sending");
	*ret_len = len < 0 ? 0 : (size_t)len;
	return OK;
}

enum status tcp_receive(int fd, uint8_t *to, size_t cap, size_t *ret_len,
			bool *ret_ended, struct error *err)
{
	ssize_t len = recv(fd, to, cap, 0);

	if (len < 0 && errno != EAGAIN && errno != EINTR)
		return fail_sys(err, E_TCP_RECEIVE, errno,
				"the connection broke");
	*ret_len = len < 0 ? 0 : (size_t)len;
	*ret_ended = !len && cap;
	return OK;
}
