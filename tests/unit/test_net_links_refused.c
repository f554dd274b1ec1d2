/* What follows where a DHCP server takes its offers back: busybox's own client,
 * against a server of the test's own that does. */
#include "net_links.h"

#include "dhcp.h"
#include "lan.h"
#include "sys/proc.h"
#include "test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ADDRESS "192.0.2.10"

/* RFC 2131, figure 1, and the option of table 2 that comes first. */
enum {
	AT_XID = 4,
	AT_YOUR_ADDRESS = 16,
	AT_COOKIE = 236,
	AT_OPTIONS = 240,
	MESSAGE_MIN = 300,
	MESSAGE_MAX = 1500,
};

enum { DISCOVER = 1, OFFER = 2, REQUEST = 3, ACK = 5, NAK = 6 };

/* What the server is told, and tells, while it runs. */
struct server {
	pid_t pid;
	volatile uint32_t to_refuse;
	volatile uint32_t attempts; /* transactions: one each time that a
				     * client begins anew */
	volatile uint32_t refused;
	volatile uint64_t refused_at, given_at; /* the last, milliseconds */
};

/* --- the server ------------------------------------------------------------*/

/* 0 if it has none. */
static uint8_t type_of(const uint8_t *message, size_t len)
{
	size_t at = AT_OPTIONS;

	while (at + 2 < len && message[at] != 255) {
		if (message[at] == 53)
			return message[at + 2];
		at += message[at] ? 2U + message[at + 1] : 1U;
	}
	return 0;
}

static void answer(int fd, uint8_t *message, uint8_t type)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(68),
				  .sin_addr.s_addr = INADDR_BROADCAST };
	uint8_t *options = message + AT_OPTIONS;
	static const uint8_t more[] = {
		54, 4,	 192, 0,   2, 1, 51, 4,	  0, 0, 2, 88,	1,
		4,  255, 255, 255, 0, 3, 4,  192, 0, 2, 1, 255,
	};

	message[0] = 2;
	memset(options, 0, MESSAGE_MIN - AT_OPTIONS);
	options[0] = 53;
	options[1] = 1;
	options[2] = type;
	memcpy(options + 3, more, sizeof(more));
	if (type != NAK)
		memcpy(message + AT_YOUR_ADDRESS, lan_address(ADDRESS).bytes,
		       4);
	if (sendto(fd, message, MESSAGE_MIN, 0, (struct sockaddr *)&to,
		   sizeof(to)) != MESSAGE_MIN)
		_exit(1);
}

static void take_message(struct server *server, int fd, uint8_t *message,
			 size_t len)
{
	static uint8_t xid[4];
	uint8_t type = type_of(message, len);

	if (type == DISCOVER && memcmp(xid, message + AT_XID, 4) != 0) {
		memcpy(xid, message + AT_XID, 4);
		server->attempts++;
	}
	if (type == DISCOVER) {
		answer(fd, message, OFFER);
	} else if (type == REQUEST && server->refused < server->to_refuse) {
		answer(fd, message, NAK);
		server->refused_at = now_ms();
		server->refused++;
	} else if (type == REQUEST) {
		answer(fd, message, ACK);
		server->given_at = now_ms();
	}
}

static void serve(const struct lan *lan, struct server *server, int ready)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(67) };
	uint8_t message[MESSAGE_MAX];
	char path[64];
	int fd, yes = 1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(path, sizeof(path), "/proc/%d/ns/net", lan->far);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) != 0)
		_exit(1);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &yes, sizeof(yes)) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "sv0", 4) != 0 ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    write(ready, "", 1) != 1)
		_exit(1);
	for (;;) {
		ssize_t len = recv(fd, message, sizeof(message), 0);

		if (len > AT_OPTIONS)
			take_message(server, fd, message, (size_t)len);
	}
}

static struct server *begin(const struct lan *lan, uint32_t to_refuse)
{
	struct server *server =
		mmap(NULL, sizeof(*server), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int ready[2];
	pid_t pid;
	char c;

	assert_true(server != MAP_FAILED);
	server->to_refuse = to_refuse;
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		serve(lan, server, ready[1]);
	server->pid = pid; /* both see it */
	assert_int_equal(close(ready[1]), 0);
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(close(ready[0]), 0);
	return server;
}

static void end(struct server *server)
{
	proc_kill(server->pid);
	assert_int_equal(waitpid(server->pid, NULL, 0), server->pid);
	assert_int_equal(munmap(server, sizeof(*server)), 0);
}

static struct lan *a_lan(struct lan *lan)
{
	lan_rule(lan, "eth0")->dhcp = NET_DHCP_V4;
	lan_cable(lan, "eth0", "sv0", "192.0.2.1/24");
	return lan;
}

/* --- tests -----------------------------------------------------------------*/

/* As another machine was quicker: busybox alone takes three seconds and more.
 */
static void one_refusal_costs_little(void **state)
{
	struct lan *lan = a_lan(*state);
	struct server *server = begin(lan, 1);

	lan_start(lan);
	assert_true(lan_says(lan, "eth0: " ADDRESS "/24", 20000));
	assert_int_equal(server->refused, 1);
	assert_true(server->given_at - server->refused_at < 2500);
	assert_non_null(strstr(lan->notes, "takes its offer back"));
	end(server);
}

/* Three times anew at once; then busybox's three seconds each time. */
static void who_refuses_for_ever_is_left_alone(void **state)
{
	struct lan *lan = a_lan(*state);
	struct server *server = begin(lan, UINT32_MAX);
	uint64_t begun = now_ms(), until = begun + 60000;
	const char *first;

	lan_start(lan);
	while (server->attempts < 6 && now_ms() < until)
		lan_goes_on(lan, 20);
	assert_int_equal(server->attempts, 6);
	assert_true(now_ms() - begun >= 6000);
	assert_int_equal(lan_state(lan)->stage, NET_NO_ADDRESS);
	/* which is told once */
	first = strstr(lan->notes, "takes its offer back");
	assert_non_null(first);
	assert_null(strstr(first + 1, "takes its offer back"));
	/* and it is heard when it does give an address */
	server->to_refuse = 0;
	assert_true(lan_says(lan, "eth0: " ADDRESS "/24", 20000));
	end(server);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, lan_begin, lan_end)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(one_refusal_costs_little),
		TEST(who_refuses_for_ever_is_left_alone),
	};
	const char *slash = strrchr(argv[0], '/');

	if (slash && !strcmp(slash + 1, DHCP_SCRIPT_NAME))
		return dhcp_script(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
