/* What is told to servers of the machine's owner: a datagram of syslog and a
 * POST, on loopback. */
#include "names_rig.h"
#include "net_fetch_bench.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Of SMBIOS: the first three fields are little-endian. */
static const uint8_t uuid[16] = { 0x33, 0x22, 0x11, 0x00, 0x55, 0x44,
				  0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb,
				  0xcc, 0xdd, 0xee, 0xff };

static void be_told(struct bench *b, const char *stage, const char *text)
{
	struct error err;

	b->request.order = NET_TELL;
	b->request.severity = 3;
	snprintf(b->request.stage, sizeof(b->request.stage), "%s", stage);
	snprintf(b->request.tell, sizeof(b->request.tell), "%s", text);
	if (!b->fetcher)
		assert_ok(&err, net_fetch_open(&b->setup, &b->fetcher, &err));
	net_fetch_tell(b->fetcher, &b->request);
}

static void be_machine(struct bench *b)
{
	static const uint8_t mac[] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };

	memcpy(b->state.mac, mac, sizeof(mac));
	snprintf(b->state.lease.hostname, sizeof(b->state.lease.hostname),
		 "node7");
	b->state.has_ipv4 = true;
	memcpy(b->state.ipv4, (const uint8_t[]){ 192, 0, 2, 7 }, 4);
	b->setup.has_uuid = true;
	memcpy(b->setup.uuid, uuid, sizeof(uuid));
	b->setup.build_time = INT64_MAX; /* the time is not known */
}

/* --- syslog --------------------------------------------------------------- */

static int listen_udp(struct bench *b, const char *host)
{
	struct timeval patience = { .tv_sec = 5 };
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	getsockname(fd, (struct sockaddr *)&sa, &len);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	snprintf(b->settings.syslog, sizeof(b->settings.syslog), "%s:%u", host,
		 ntohs(sa.sin_port));
	return fd;
}

static void check_datagram(int fd, const char *want)
{
	char got[2048];
	ssize_t len = recv(fd, got, sizeof(got) - 1, 0);

	assert_true(len > 0);
	got[len] = '\0';
	assert_string_equal(got, want);
}

static void one_datagram(void **state)
{
	_bench_ b = bench_new();
	int fd = listen_udp(b, "127.0.0.1");

	(void)state;
	be_machine(b);
	be_told(b, "failed", "no disk \xc3\xa9 \033[2Jat all");
	check_datagram(fd, "<27>1 - node7 keelboot - failed - no disk \xc3\xa9 "
			   "?[2Jat all");
	b->request.severity = 200; /* none there is */
	b->state.lease.hostname[0] = '\0';
	be_told(b, "a b\n", "x");
	check_datagram(fd, "<27>1 - 192.0.2.7 keelboot - ab - x");
	b->state.has_ipv4 = false;
	be_told(b, "", "");
	check_datagram(fd, "<27>1 - - keelboot - - - ");
	close(fd);
	assert_string_equal(b->notes, "");
}

static void with_the_time_if_it_is_known(void **state)
{
	_bench_ b = bench_new();
	int fd = listen_udp(b, "localhost");
	char got[2048], want[32];
	time_t now = time(NULL);
	ssize_t len;

	(void)state;
	be_machine(b);
	b->setup.build_time = 1000;
	be_told(b, "boot", "x");
	len = recv(fd, got, sizeof(got) - 1, 0);
	assert_true(len > 0);
	got[len] = '\0';
	strftime(want, sizeof(want), "<27>1 %Y-%m-%dT%H:", gmtime(&now));
	if (strncmp(got, want, strlen(want))) { /* the hour has changed */
		now = time(NULL);
		strftime(want, sizeof(want),
			 "<27>1 %Y-%m-%dT%H:", gmtime(&now));
	}
	assert_memory_equal(got, want, strlen(want));
	assert_non_null(strstr(got, "Z node7 keelboot - boot - x"));
	close(fd);
}

/* Whichever of the two is dead. */
static void a_datagram_for_each_family(void **state)
{
	struct timeval patience = { .tv_sec = 5 };
	struct sockaddr_in6 sa = { .sin6_family = AF_INET6,
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in sa4 = { .sin_family = AF_INET };
	_bench_ b = bench_new();
	int v4 = listen_udp(b, "here-twice.example");
	int v6 = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int other = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char got[64];

	(void)state;
	sa.sin6_port =
		htons((uint16_t)atoi(strrchr(b->settings.syslog, ':') + 1));
	assert_int_equal(bind(v6, (struct sockaddr *)&sa, sizeof(sa)), 0);
	sa4.sin_port = sa.sin6_port;
	sa4.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
	assert_int_equal(bind(other, (struct sockaddr *)&sa4, sizeof(sa4)), 0);
	setsockopt(v6, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	be_machine(b);
	be_told(b, "boot", "x");
	check_datagram(v6, "<27>1 - node7 keelboot - boot - x");
	check_datagram(v4, "<27>1 - node7 keelboot - boot - x");
	assert_int_equal(recv(other, got, sizeof(got), MSG_DONTWAIT), -1);
	assert_string_equal(b->notes, "");
	close(v4);
	close(v6);
	close(other);
}

static void syslog_that_cannot_be_sent(void **state)
{
	_bench_ b = bench_new();

	(void)state;
	snprintf(b->settings.syslog, sizeof(b->settings.syslog),
		 "255.255.255.255"); /* of no socket that may not broadcast */
	be_told(b, "boot", "x");
	assert_non_null(strstr(b->notes, "syslog 255.255.255.255: unable to "
					 "send: "));
}

static void syslog_that_is_none(void **state)
{
	static const char *const servers[] = { "a b", "[::1", "127.0.0.1:0",
					       "1.2.3:514" };

	(void)state;
	for (size_t i = 0; i < test_count(servers); i++) {
		_bench_ b = bench_new();

		snprintf(b->settings.syslog, sizeof(b->settings.syslog), "%s",
			 servers[i]);
		be_told(b, "boot", "x");
		assert_non_null(strstr(b->notes, "syslog "));
	}
}

/* --- the status URL ------------------------------------------------------- */

static void serve_status(struct bench *b, const struct fetch_rig_turn *turns,
			 size_t count)
{
	serve(b, turns, count);
	snprintf(b->settings.status_url, sizeof(b->settings.status_url), "%.*s",
		 (int)sizeof(b->settings.status_url) - 1, b->request.urls[0]);
	b->request.url_count = 0;
	memset(b->request.urls, 0, sizeof(b->request.urls));
}

#define NO_CONTENT "HTTP/1.1 204 No Content\r\n\r\n"

static void one_post(void **state)
{
	static const struct fetch_rig_turn turns[] = { { .said = NO_CONTENT } };
	_bench_ b = bench_new();
	const char *body;
	char length[64];

	(void)state;
	be_machine(b);
	serve_status(b, turns, 1);
	be_told(b, "failed", "it said \"no\"\n\\");
	assert_string_equal(b->notes, "");
	assert_memory_equal(b->rigs[0].asked, "POST /file HTTP/1.1\r\n", 21);
	body = strstr(b->rigs[0].asked, "\r\n\r\n");
	assert_non_null(body);
	body += 4;
	snprintf(length, sizeof(length), "\r\nContent-Length: %zu\r\n",
		 strlen(body));
	assert_non_null(strstr(b->rigs[0].asked, length));
	assert_non_null(strstr(b->rigs[0].asked,
			       "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(b->rigs[0].asked, "\r\nConnection: close\r\n"));
	assert_string_equal(
		body, "{\n"
		      "  \"stage\": \"failed\",\n"
		      "  \"message\": \"it said \\\"no\\\"\\u000a\\\\\",\n"
		      "  \"host\": \"node7\",\n"
		      "  \"address\": \"192.0.2.7\",\n"
		      "  \"mac\": \"52:54:00:12:34:56\",\n"
		      "  \"uuid\": \"00112233-4455-6677-8899-"
		      "aabbccddeeff\"\n"
		      "}\n");
}

/* By a proxy, and what comes back is only a note. */
static void answers_are_notes(void **state)
{
	static const struct {
		struct fetch_rig_turn turn;
		const char *note;
	} cases[] = {
		{ { .said = "HTTP/1.1 500 No\r\nContent-Length: 9\r\n\r\n" },
		  "status URL: the server's answer is 500\n" },
		{ { .said = "HTTP/1.1 302 No\r\nLocation: /x\r\n\r\n" },
		  "status URL: the server's answer is 302\n" },
		{ { .said = "HTTP/1.1 2", .end = FETCH_RIG_CLOSES },
		  "status URL: other.example: the connection was closed" },
		{ { .said = "junk" }, "status URL: other.example: " },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_bench_ b = bench_new();

		serve(b, &cases[i].turn, 1);
		snprintf(b->settings.proxy, sizeof(b->settings.proxy), "%.*s",
			 (int)sizeof(b->settings.proxy) - 1,
			 b->request.urls[0]);
		b->request.url_count = 0;
		memset(b->request.urls, 0, sizeof(b->request.urls));
		snprintf(b->settings.status_url, sizeof(b->settings.status_url),
			 "http://other.example/x");
		be_told(b, "boot", "x");
		assert_non_null(strstr(b->notes, cases[i].note));
		assert_memory_equal(b->rigs[0].asked,
				    "POST http://other.example/x HTTP/1.1\r\n",
				    38);
	}
}

static void a_server_that_is_silent(void **state)
{
	static const struct fetch_rig_turn turns[] = { { .said = "",
							 .hangs_ms = 4000 } };
	_bench_ b = bench_new();
	uint64_t start = now_ms();

	(void)state;
	serve_status(b, turns, 1);
	be_told(b, "boot", "x");
	assert_in_range(now_ms() - start, 2500, 3800);
	assert_non_null(strstr(b->notes, "status URL: 127.0.0.1: "));
}

static void nobody_to_be_told(void **state)
{
	_bench_ b = bench_new();

	(void)state;
	be_told(b, "boot", "x");
	assert_string_equal(b->notes, "");
	snprintf(b->settings.status_url, sizeof(b->settings.status_url),
		 "tftp://127.0.0.1/");
	be_told(b, "boot", "x");
	assert_non_null(strstr(b->notes, "status URL: tftp is not spoken"));
	b->notes[0] = '\0';
	snprintf(b->settings.status_url, sizeof(b->settings.status_url), "x");
	be_told(b, "boot", "x");
	assert_non_null(strstr(b->notes, "status URL: "));
	b->notes[0] = '\0';
	b->state.stage = NET_NO_ADDRESS;
	be_told(b, "boot", "x");
	assert_string_equal(b->notes,
			    "nobody is told \"boot\": there is no network\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_datagram),
		cmocka_unit_test(with_the_time_if_it_is_known),
		cmocka_unit_test(a_datagram_for_each_family),
		cmocka_unit_test(syslog_that_cannot_be_sent),
		cmocka_unit_test(syslog_that_is_none),
		cmocka_unit_test(one_post),
		cmocka_unit_test(answers_are_notes),
		cmocka_unit_test(a_server_that_is_silent),
		cmocka_unit_test(nobody_to_be_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
