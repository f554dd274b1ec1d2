/* The network process as the menu has it: in a network of the test's own, with
 * dnsmasq and HTTP servers that break. Needs root, ip(8), nsenter(1),
 * dnsmasq(8). */
#include "net_process_bench.h"

/* --- it begins ------------------------------------------------------------ */

/* The first child of pid that has that name, 0 if there is none. */
static pid_t find_child(pid_t pid, const char *name)
{
	char command[96], line[32] = "";
	FILE *pipe;

	snprintf(command, sizeof(command),
		 "pgrep -P %d -f '^%s' || "
		 "pgrep -P %d '^%s'",
		 pid, name, pid, name);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	if (!fgets(line, sizeof(line), pipe))
		line[0] = '\0';
	pclose(pipe);
	return atoi(line);
}

static void check_status(pid_t pid, const char *want)
{
	char path[64], text[4096] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
	fclose(f);
	if (!strstr(text, want))
		fail_msg("\"%s\" is not in:\n%s", want, text);
}

/* The DHCP client works with what is left to this process. */
static void it_says_where_the_network_stands(void **state)
{
	_menu_ m = menu_new(*state);

	lan_cable(m->lan, "eth0", "sv0", "192.0.2.1/24");
	lan_dnsmasq(m->lan, DNSMASQ);
	menu_start(m);
	assert_true(hear(m, 5000));
	while (m->message.kind == NET_NOTE)
		assert_true(hear(m, 5000));
	assert_int_equal(m->message.kind, NET_STATE);
	assert_int_not_equal(m->state.stage, NET_UP);
	await_up(m);
	assert_string_equal(m->state.interface, "eth0");
	assert_memory_equal(m->state.ipv4, lan_address("192.0.2.10").bytes, 4);
	/* SETPCAP, NET_BIND_SERVICE, NET_ADMIN, NET_RAW */
	check_status(m->pid, "CapEff:\t0000000000003500\n");
	check_status(m->pid, "CapPrm:\t0000000000003500\n");
	check_status(m->pid, "CapBnd:\t0000000000003500\n");
	check_status(m->pid, "NoNewPrivs:\t1\n");
}

/* --- files ---------------------------------------------------------------- */

static void a_file_comes_in_parts(void **state)
{
	_drop_copy_ struct span body = test_make_bytes(BIG);
	uint8_t *all = malloc(BIG + 128);
	struct fetch_rig_turn turn = { .bytes = { all, 0 } };
	struct lan *lan = *state;
	_menu_ m = NULL;

	one_is_static(lan);
	m = menu_new(lan);
	assert_non_null(all);
	turn.bytes.len = (size_t)sprintf((char *)all,
					 "HTTP/1.1 200 OK\r\nContent-Length: "
					 "%zu\r\n\r\n",
					 (size_t)BIG);
	memcpy(all + turn.bytes.len, body.ptr, BIG);
	turn.bytes.len += BIG;
	serve(m, &turn, 1);
	menu_start(m);
	ask(m, m->rigs, 1); /* before there is a network */
	while (m->parts < TRANSFER_SLOTS) {
		assert_true(hear(m, 10000));
		if (m->message.kind == NET_BEGIN)
			assert_true(m->message.begin.has_size &&
				    m->message.begin.size == BIG);
		if (m->message.kind == NET_PART)
			take_part(m);
	}
	assert_false(hear(m, 300)); /* no more, until some are taken */
	check_status(find_child(m->pid, "keelboot-fetch"),
		     "CapEff:\t0000000000000100\n"); /* SETPCAP */
	for (unsigned i = 0; i < TRANSFER_SLOTS; i++)
		say(m, NET_TAKEN, -1);
	comes(m, body);
	assert_int_equal(m->parts, 6);
	assert_string_equal(m->message.facts.url, m->request.urls[0]);
	free(all);
}

/* The next mirror has another one; slots of the first are still on the way. */
static void a_file_begins_anew(void **state)
{
	static const struct fetch_rig_turn good[] = {
		{ .said = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n" },
		{ .said = OK_10 "0123456789" },
	};
	uint8_t *all = calloc(1, BIG);
	struct fetch_rig_turn bad = { .bytes = { all, BIG - 1000 } };
	struct lan *lan = *state;
	_menu_ m = NULL;

	one_is_static(lan);
	m = menu_new(lan);
	assert_non_null(all);
	sprintf((char *)all, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
		(size_t)BIG);
	serve(m, &bad, 1);
	serve(m, good, 2);
	menu_start(m);
	ask(m, m->rigs, 2);
	comes(m, span_of_text("0123456789"));
	assert_int_equal(m->begins, 2);
	assert_int_equal(m->begun_at, 1);
	assert_false(m->message.facts.is_of_mirrors);
	free(all);
}

static void the_next_one_after_a_failure(void **state)
{
	static const struct fetch_rig_turn turns[] = {
		{ .said = "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",
		  .end = FETCH_RIG_KEEPS },
		{ .said = OK_10 "0123456789", .end = FETCH_RIG_KEEPS },
		{ .said = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" },
	};
	struct lan *lan = *state;
	_menu_ m = NULL;

	one_is_static(lan);
	m = menu_new(lan);
	serve(m, turns, 3);
	menu_start(m);
	ask(m, m->rigs, 1);
	fails(m, E_FETCH_STATUS);
	assert_non_null(strstr(m->notes, "try 1 at http://127.0.0.1:"));
	ask(m, m->rigs, 1); /* over the same connection */
	comes(m, span_of_text("0123456789"));
	ask(m, m->rigs, 1);
	comes(m, span_of_text(""));
}

static void no_network(void **state)
{
	static const struct fetch_rig none = { .port = 1 };
	struct lan *lan = *state;
	_menu_ m = NULL;

	lan_rule(lan, "eth7");
	m = menu_new(lan);
	menu_start(m);
	ask(m, &none, 1);
	m->request.timeout_s = 1;
	m->request.request++;
	say(m, NET_FETCH, m->transfer.fd); /* in place of the first */
	fails(m, E_NET_DEADLINE);
	assert_non_null(strstr(m->message.error.text, "the time is over: "));
	assert_non_null(strstr(m->message.error.text, "no network interface"));
}

/* --- that are not wanted any more ----------------------------------------- */

static const struct fetch_rig_turn hangs = { .said = OK_10 "01234",
					     .hangs_ms = 1500 };
static const struct fetch_rig_turn good = { .said = OK_10 "0123456789" };

static void await_begin(struct menu *m)
{
	uint64_t deadline = now_ms() + 10000;

	do
		assert_true(hear(m, deadline_left_ms(deadline)));
	while (m->message.kind != NET_BEGIN);
}

static void cancelled(void **state)
{
	struct lan *lan = *state;
	uint64_t start;
	_menu_ m = NULL;

	one_is_static(lan);
	m = menu_new(lan);
	serve(m, &hangs, 1);
	serve(m, &good, 1);
	menu_start(m);
	ask(m, m->rigs, 1);
	await_begin(m);
	m->request.request++;
	say(m, NET_CANCEL, -1); /* of none that is known */
	assert_false(hear(m, 100));
	m->request.request--;
	say(m, NET_CANCEL, -1);
	start = now_ms();
	ask(m, &m->rigs[1], 1);
	comes(m, span_of_text("0123456789"));
	assert_in_range(now_ms() - start, 0, 1000);
}

static void another_one_instead(void **state)
{
	struct lan *lan = *state;
	_menu_ m = NULL;

	one_is_static(lan);
	m = menu_new(lan);
	serve(m, &hangs, 1);
	serve(m, &good, 1);
	menu_start(m);
	ask(m, m->rigs, 1);
	await_begin(m);
	ask(m, &m->rigs[1], 1);
	comes(m, span_of_text("0123456789"));
}

/* --- who fetches is lost -------------------------------------------------- */

static void lost(void **state)
{
	struct lan *lan = *state;
	_menu_ m = NULL;

	one_is_static(lan);
	m = menu_new(lan);
	serve(m, &hangs, 1);
	serve(m, &good, 1);
	menu_start(m);
	ask(m, m->rigs, 1);
	await_begin(m);
	assert_int_equal(kill(find_child(m->pid, "keelboot-fetch"), SIGKILL),
			 0);
	fails(m, E_NET_WORKER);
	ask(m, &m->rigs[1], 1);
	comes(m, span_of_text("0123456789"));
}

/* It waits for something and hears nobody: its time ends all the same. */
static void stuck(void **state)
{
	struct lan *lan = *state;
	_menu_ m = NULL;
	uint64_t start;

	one_is_static(lan);
	m = menu_new(lan);
	serve(m, &hangs, 1);
	menu_start(m);
	ask(m, m->rigs, 1);
	await_begin(m);
	m->request.timeout_s = 1;
	ask(m, m->rigs, 0);
	m->request.timeout_s = 1;
	fails(m, E_NET_NO_URL);
	start = now_ms();
	assert_int_equal(kill(find_child(m->pid, "keelboot-fetch"), SIGSTOP),
			 0);
	m->request.request++;
	say(m, NET_FETCH, m->transfer.fd);
	fails(m, E_NET_DEADLINE);
	assert_in_range(now_ms() - start, 3900, 5500);
}

/* --- who is told ---------------------------------------------------------- */

/* A syslog server on loopback. */
static int listen_udp(struct lan *lan)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	struct timeval patience = { .tv_sec = 5 };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	lan_run(lan, "ip link set lo up");
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	getsockname(fd, (struct sockaddr *)&sa, &len);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	snprintf(lan->settings.syslog, sizeof(lan->settings.syslog),
		 "127.0.0.1:%u", ntohs(sa.sin_port));
	return fd;
}

/* Numbers of requests and of texts are the same, from 1 on. */
static void tell(struct menu *m, unsigned count)
{
	while (count--) {
		m->request.request++;
		snprintf(m->request.stage, sizeof(m->request.stage), "boot");
		snprintf(m->request.tell, sizeof(m->request.tell), "nr %u",
			 m->request.request);
		say(m, NET_TELL, -1);
	}
}

static void check_datagram(int fd, unsigned number)
{
	char got[512], want[64];
	ssize_t len = recv(fd, got, sizeof(got) - 1, 0);

	assert_true(len > 0);
	got[len] = '\0';
	snprintf(want, sizeof(want), " keelboot - boot - nr %u", number);
	assert_string_equal(got + len - strlen(want), want);
}

/* The next one that has its answer. */
static void check_told(struct menu *m, uint32_t number)
{
	uint64_t deadline = now_ms() + 8000;
	unsigned before = m->told;

	while (m->told == before)
		assert_true(hear(m, deadline_left_ms(deadline)));
	assert_int_equal(m->last_told, number);
}

static void all_are_told_in_order(void **state)
{
	struct lan *lan = *state;
	int fd = listen_udp(lan);
	_menu_ m = NULL;

	one_is_static(lan);
	m = menu_new(lan);
	menu_start(m);
	await_up(m);
	tell(m, 4);
	for (unsigned i = 1; i <= 4; i++) {
		check_datagram(fd, i);
		check_told(m, i);
	}
	close(fd);
}

/* A menu that is busy has more said to it than there is room for: nothing of
 * that is lost, and the network is not either. */
static void it_waits_for_a_busy_menu(void **state)
{
	_menu_ m = NULL;
	unsigned sent = 0;
	struct error err;

	(void)lan_rule(*state, "eth0"); /* which never comes */
	m = menu_new(*state);
	menu_start(m);
	m->request.order = NET_TELL;
	for (unsigned tries = 0; tries < 300; tries++) {
		m->request.request = sent + 1;
		if (msg_send(m->socket,
			     span_of(&m->request, sizeof(m->request)), -1,
			     &err) == OK)
			sent++;
		else
			assert_int_equal(err.code, E_MSG_FULL);
		usleep(2000);
	}
	/* all but those that wait for the network are answered at once */
	assert_true(sent > 50);
	while (m->told < sent - 8)
		assert_true(hear(m, 5000));
	assert_int_equal(m->last_told, sent - 7);
}

/* What is old is left out, while nobody can be told. */
static void what_is_told_waits_for_the_network(void **state)
{
	struct lan *lan = *state;
	struct net_interface *rule = lan_rule(lan, "eth0");
	int fd = listen_udp(lan);
	_menu_ m = NULL;

	rule->addresses[rule->address_count++] = lan_address("192.0.2.7/24");
	m = menu_new(lan);
	menu_start(m);
	tell(m, 10);
	check_told(m, 2);
	check_told(m, 3);
	assert_false(hear(m, 500) && m->message.kind == NET_TOLD);
	lan_cable(lan, "eth0", "sv0", "192.0.2.1/24");
	check_datagram(fd, 1);
	check_told(m, 1);
	for (unsigned i = 4; i <= 10; i++) {
		check_datagram(fd, i);
		check_told(m, i);
	}
	close(fd);
}

#define WITH_LAN(test) cmocka_unit_test_setup_teardown(test, lan_begin, lan_end)

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	const struct CMUnitTest tests[] = {
		WITH_LAN(it_says_where_the_network_stands),
		WITH_LAN(a_file_comes_in_parts),
		WITH_LAN(a_file_begins_anew),
		WITH_LAN(the_next_one_after_a_failure),
		WITH_LAN(no_network),
		WITH_LAN(cancelled),
		WITH_LAN(another_one_instead),
		WITH_LAN(lost),
		WITH_LAN(stuck),
		WITH_LAN(all_are_told_in_order),
		WITH_LAN(it_waits_for_a_busy_menu),
		WITH_LAN(what_is_told_waits_for_the_network),
	};

	if (!strcmp(name ? name + 1 : argv[0], DHCP_SCRIPT_NAME))
		return dhcp_script(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
