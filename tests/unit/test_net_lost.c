/*
 * A network process that makes no sense, ends, or is slow: what the menu does
 * without it. A thread plays it here.
 */
#include "net_read_bench.h"
#include "scratch.h"

#define SLOT TRANSFER_SLOT_LEN

/* --- a process that is lost --------------------------------------------------
 */

static void serve_too_long_a_part(struct played *p)
{
	say_begin(p, true, 3 * SLOT);
	say_part(p, 0, SLOT + 1);
}

static void serve_an_odd_offset(struct played *p)
{
	say_begin(p, true, 3 * SLOT);
	say_part(p, 1, 5);
}

static void serve_no_failure(struct played *p)
{
	say_failed(p, OK, "nothing");
}

static void serve_an_unknown_mirror(struct played *p)
{
	say_begin(p, true, 5);
	say_part(p, 0, 5);
	anew(p)->facts.size = 5;
	p->message.facts.mirror = NET_MIRRORS_MAX;
	say(p, NET_END);
}

static void serve_a_beginning_of_nobody(struct played *p)
{
	say_begin_at(p, NET_MIRRORS_MAX, true, 5);
}

static void send_raw(struct played *p, const void *bytes, size_t len, int fd)
{
	p->is_closed = msg_send(p->socket, span_of(bytes, len), fd, NULL) != OK;
}

static void serve_three_bytes(struct played *p)
{
	send_raw(p, "abc", 3, -1);
}

static void serve_an_unknown_kind(struct played *p)
{
	anew(p)->kind = NET_TOLD + 1;
	send_raw(p, &p->message, net_message_size(NET_TOLD), -1);
}

static void serve_a_cut_one(struct played *p)
{
	anew(p)->kind = NET_END;
	p->message.request = p->asked.request;
	send_raw(p, &p->message, net_message_size(NET_END) - 1, -1);
}

static void serve_a_long_one(struct played *p)
{
	static uint8_t bytes[sizeof(struct net_message) + 1];

	send_raw(p, bytes, sizeof(bytes), -1);
}

/* One that nobody asked for is closed, and that is all. */
static void serve_a_descriptor(struct played *p)
{
	anew(p)->kind = NET_TOLD;
	send_raw(p, &p->message, net_message_size(NET_TOLD), p->socket);
	serve_three_bytes(p);
}

static void serve_an_end_of_itself(struct played *p)
{
	say_begin(p, true, 2 * SLOT);
	say_part(p, 0, SLOT);
	p->is_closed = true;
}

static void who_makes_no_sense_is_ended(void **state)
{
	static void (*const bad[])(struct played * p) = {
		serve_too_long_a_part,
		serve_an_odd_offset,
		serve_no_failure,
		serve_an_unknown_mirror,
		serve_three_bytes,
		serve_an_unknown_kind,
		serve_a_cut_one,
		serve_a_long_one,
		serve_an_end_of_itself,
		serve_a_descriptor,
		serve_a_beginning_of_nobody,
	};
	_drop_scratch_ struct scratch s = scratch_make();

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		uint64_t before = now_ms();
		struct error err;

		net.state.stage = NET_UP;
		net.last_tell = 5;
		net.ends = 0;
		net.again_ms = 0;
		played_begin(&played, &net, bad[i]);
		assert_refused(E_NET_ENDED, &err,
			       read_for(9000, HASH_PLAN_WHOLE, &err));
		if (net.socket >= 0) /* it could be told nothing more */
			assert_true(net_handle(&net, now_ms()));
		assert_int_equal(net.socket, -1);
		assert_int_equal(raw.blob.fd, -1);
		assert_int_equal(net.ends, 1);
		assert_in_range(net.again_ms, before + 1000, now_ms() + 1000);
		assert_int_equal(net.state.stage, NET_STARTING);
		assert_int_equal(net.told, 5);
		played_end(&played);
	}
}

static void a_process_that_ended_fetches_nothing(void **state)
{
	struct error err;

	(void)state;
	assert_refused(E_NET_ENDED, &err,
		       read_for(9000, HASH_PLAN_WHOLE, &err));
	assert_int_equal(raw.blob.fd, -1);
}

/* Later each time, and not for ever. */
static void it_is_started_again_later_each_time(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		unsigned times = i < 6 ? i : 6;
		uint64_t now = now_ms();

		net_lose(&net);
		assert_in_range(net.again_ms, now + (1000U << times),
				now_ms() + (1000U << times));
		assert_in_range(net_wait_ms(&net, now), 1, 64100);
	}
}

/* --- a process that is slow --------------------------------------------------
 */

static void serve_a_beginning(struct played *p)
{
	say_begin(p, true, 5);
}

static void silence_ends_some_time_after_the_deadline(void **state)
{
	uint64_t before = now_ms();
	struct error err;

	(void)state;
	played_begin(&played, &net, serve_a_beginning);
	assert_refused(E_NET_SILENT, &err,
		       read_for(100, HASH_PLAN_NOTHING, &err));
	assert_in_range(now_ms() - before, 250, 5000);
	played_end(&played);
	assert_int_equal(played.cancels, 0); /* it is started anew */
	assert_int_equal(played.asked.timeout_s, 1);
	assert_true(net.socket < 0 && net.again_ms);
}

/* Whatever is left over of a second is not another one. */
static void nobody_is_asked_after_the_deadline(void **state)
{
	struct error err;

	(void)state;
	played_begin(&played, &net, serve_a_beginning);
	played.asked.timeout_s = 77;
	assert_refused(E_NET_DEADLINE, &err,
		       read_for(0, HASH_PLAN_NOTHING, &err));
	played_end(&played);
	assert_int_equal(played.asked.timeout_s, 77);
	assert_int_equal(raw.blob.fd, -1);
	assert_int_equal(net.ends, 0);
}

/* A process that hangs in a driver could still set something up. */
static void the_next_waits_for_one_that_was_killed(void **state)
{
	uint64_t now = now_ms();

	(void)state;
	net.killed = fork();
	if (!net.killed) {
		pause();
		_exit(0);
	}
	net.again_ms = now;
	assert_false(net_handle(&net, now));
	assert_true(net.killed > 0 && net.socket < 0 && net.again_ms == now);
	assert_in_range(net_wait_ms(&net, now), 1, 50);
	proc_kill(net.killed);
	net.again_ms = now + 600000;
	for (int i = 0; net.killed > 0 && i < 500; i++) {
		(void)poll(NULL, 0, 10);
		net_handle(&net, now);
	}
	assert_int_equal(net.killed, 0);
	assert_true(net_wait_ms(&net, now) > 50);
}

static bool stop(void *ctx)
{
	unsigned *left = ctx;

	return !*left || !--*left;
}

static void a_key_stops_it(void **state)
{
	uint64_t before = now_ms();
	unsigned left = 3;
	struct error err;

	(void)state;
	net.is_stopped = stop;
	net.stop_ctx = &left;
	played_begin(&played, &net, serve_a_beginning);
	assert_refused(E_NET_STOPPED, &err,
		       read_for(600000, HASH_PLAN_NOTHING, &err));
	assert_true(now_ms() - before < 60000);
	played_end(&played);
	assert_int_equal(played.cancels, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_makes_no_sense_is_ended),
		TEST(a_process_that_ended_fetches_nothing),
		TEST(it_is_started_again_later_each_time),
		TEST(silence_ends_some_time_after_the_deadline),
		TEST(the_next_waits_for_one_that_was_killed),
		TEST(nobody_is_asked_after_the_deadline),
		TEST(a_key_stops_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
