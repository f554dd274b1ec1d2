/*
 * The menu's side of the network's process: its state, and what the owner's
 * servers are told through it.
 */
#include "net_rig.h"

static struct net net;
static struct played played;

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

/* --- waiting for an address --------------------------------------------------
 */

static void say_up_later(struct played *p)
{
	say_state(p, NET_NO_CARRIER);
	say_state(p, NET_NO_ADDRESS);
	say_state(p, NET_UP);
}

static bool is_stopped(void *ctx)
{
	return ctx != NULL;
}

static void an_address_is_waited_for(void **state)
{
	struct error err;

	(void)state;
	/* nothing runs, and nothing will */
	assert_refused(E_NET_ENDED, &err,
		       net_await_up(&net, now_ms() + 1000, &err));
	played_begin(&played, &net, NULL);
	assert_refused(E_NET_LINK, &err,
		       net_await_up(&net, now_ms() + 50, &err));
	assert_string_equal(err.text, "no network: it has just begun");
	say_state(&played, NET_NO_CARRIER);
	assert_refused(E_NET_LINK, &err,
		       net_await_up(&net, now_ms() + 50, &err));
	assert_string_equal(err.text, "no network: eth7: as it is");
	net.is_stopped = is_stopped;
	net.stop_ctx = &net;
	assert_refused(E_NET_STOPPED, &err,
		       net_await_up(&net, now_ms() + 60000, &err));
	net.stop_ctx = NULL;
	say_up_later(&played);
	assert_ok(&err, net_await_up(&net, now_ms() + 60000, &err));
	played_end(&played);
}

/* Who sits at the console shall not wait for one that never ends. */
static void messages_without_end_hold_up_nobody(void **state)
{
	unsigned turns = 0;

	(void)state;
	played_begin(&played, &net, NULL);
	for (unsigned i = 0; i < 69; i++) {
		anew(&played);
		say_as(&played, NET_TOLD);
	}
	say_state(&played, NET_UP);
	while (net.state.stage != NET_UP && turns < 100) {
		assert_int_equal(net_handle(&net, now_ms()), turns > 0);
		turns++;
	}
	assert_int_equal(turns, 2);
	assert_false(net_handle(&net, now_ms()));
	played_end(&played);
}

/* --- the owner's servers -----------------------------------------------------
 */

static void what_is_told_goes_out_before_a_jump(void **state)
{
	uint64_t before;

	(void)state;
	strcpy(net.settings.syslog, "192.0.2.9");
	net.state.stage = NET_UP;
	played_begin(&played, &net, NULL);
	net_tell(&net, RFC5424_ERROR, "failed", "It has failed.");
	net_tell(&net, RFC5424_NOTICE, "jump", "Jumping.");
	assert_int_equal(net.last_tell, 2);
	before = now_ms();
	net_flush(&net);
	assert_int_equal(net.told, 2);
	assert_true(now_ms() - before < NET_FLUSH_MS);
	played_end(&played);
	assert_int_equal(played.tells, 2);
	assert_int_equal(played.told.order, NET_TELL);
	assert_int_equal(played.told.request, 2);
	assert_int_equal(played.told.severity, RFC5424_NOTICE);
	assert_string_equal(played.told.stage, "jump");
	assert_string_equal(played.told.tell, "Jumping.");
}

static void nobody_is_told_where_nobody_listens(void **state)
{
	(void)state;
	net_tell(&net, RFC5424_ERROR, "failed", "no process");
	played_begin(&played, &net, NULL);
	net_tell(&net, RFC5424_ERROR, "failed", "no server");
	net_flush(&net);
	played_end(&played);
	assert_int_equal(played.tells, 0);
	assert_int_equal(net.last_request, 0);
}

static void a_server_that_is_slow_has_its_time(void **state)
{
	uint64_t before;

	(void)state;
	strcpy(net.settings.status_url, "http://192.0.2.9/");
	played_begin(&played, &net, NULL);
	played.is_deaf = true;
	net_tell(&net, RFC5424_ERROR, "failed", "x");
	before = now_ms();
	net_flush(&net); /* there is no network to send it to */
	assert_true(now_ms() - before < NET_FLUSH_MS);
	net.state.stage = NET_NO_ADDRESS;
	before = now_ms();
	net_flush(&net);
	assert_in_range(now_ms() - before, NET_FLUSH_MS, 20000);
	/* and one that has ended has none */
	net_lose(&net);
	before = now_ms();
	net_flush(&net);
	assert_true(now_ms() - before < NET_FLUSH_MS);
	played_end(&played);
}

/* A process that takes nothing does not stop the menu. */
static void telling_never_waits(void **state)
{
	uint64_t before = now_ms();
	uint32_t sent;
	struct error err;
	char text[NET_TELL_MAX + 100];
	int theirs;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	strcpy(net.settings.syslog, "192.0.2.9");
	assert_ok(&err, msg_pair(&net.socket, &theirs, &err));
	for (unsigned i = 0; i < 1000; i++)
		net_tell(&net, RFC5424_ERROR, "failed", text);
	assert_true(now_ms() - before < 20000);
	sent = net.last_tell;
	assert_in_range(sent, 1, 999);
	net_flush(&net); /* waits for those alone that were sent */
	assert_int_equal(net.last_tell, sent);
	close(theirs);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_address_is_waited_for),
		TEST(messages_without_end_hold_up_nobody),
		TEST(what_is_told_goes_out_before_a_jump),
		TEST(nobody_is_told_where_nobody_listens),
		TEST(a_server_that_is_slow_has_its_time),
		TEST(telling_never_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
