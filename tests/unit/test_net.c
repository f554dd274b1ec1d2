/*
 * Files that come from the network's process, which a thread plays here: what
 * is kept of it, and what a turned process gets for what it says.
 */
#include "net_rig.h"
#include "scratch.h"
#include "trust/digest.h"

#define URL "http://192.0.2.1/image"
#define MIB ((size_t)1 << 20)

static struct net net;
static struct net_request wish;
static struct net_facts facts;
static struct raw_image raw;
static struct played played;

static int set_up(void **state)
{
	(void)state;
	net_init(&net);
	net.grace_ms = 150;
	raw = (struct raw_image){ .blob = BLOB_NONE };
	memset(&facts, 0, sizeof(facts));
	wish = (struct net_request){ .entry = 3,
				     .max_size = 64 * MIB,
				     .retry = 2,
				     .is_whole = true,
				     .url_count = 1 };
	strcpy(wish.urls[0], URL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	raw_image_drop(&raw);
	net_end(&net);
	return 0;
}

static enum status read_for(uint64_t ms, enum hash_plan plan, struct error *err)
{
	const struct image_request request = { .plan = plan };

	return net_read(&net, &wish, now_ms() + ms, &request, &raw, &facts,
			err);
}

/* --- a file as it should be --------------------------------------------------
 */

static struct span content;

static void serve_well(struct played *p)
{
	struct net_facts *end;

	say_state(p, NET_UP);
	say_begin(p, true, content.len);
	put_parts(p, content);
	end = &anew(p)->facts;
	end->size = content.len;
	end->resumed = 2;
	strcpy(end->url, URL "/there");
	strcpy(end->address, "192.0.2.1");
	strcpy(end->tls, "TLS 1.2");
	say(p, NET_END);
}

static void a_file_is_hashed_while_it_comes(void **state)
{
	_drop_copy_ struct span file = test_make_bytes(6 * MIB + 4711);
	uint8_t digest[DIGEST_MAX];
	struct error err;

	(void)state;
	content = file;
	net.last_request = 41;
	played_begin(&played, &net, serve_well);
	assert_ok(&err, read_for(9500, HASH_PLAN_WHOLE, &err));
	played_end(&played);
	assert_span_equal(raw.blob.bytes, file);
	assert_string_equal(raw.name, URL);
	digest_of(DIGEST_SHA256, file, digest);
	assert_int_equal(raw.ahead.kind, DIGEST_SHA256);
	assert_memory_equal(raw.ahead.digest, digest, 32);
	assert_int_equal(facts.size, file.len);
	assert_non_null(strstr(net.provenance,
			       URL "/there from 192.0.2.1, 6296167 bytes, "
				   "TLS 1.2, resumed 2 times\n"));
	assert_int_equal(net.state.stage, NET_UP);
	assert_int_equal(played.asked.request, 42);
	assert_int_equal(played.asked.entry, 3);
	assert_int_equal(played.asked.retry, 2);
	assert_int_equal(played.asked.max_size, 64 * MIB);
	assert_int_equal(played.asked.timeout_s, 10);
	assert_true(played.asked.is_whole);
	assert_int_equal(played.asked.url_count, 1);
	assert_string_equal(played.asked.urls[0], URL);
	assert_int_equal(played.cancels, 0);
}

static void serve_unknown_size(struct played *p)
{
	say_begin(p, false, 12345); /* which is nothing */
	put_parts(p, content);
	say_end(p, content.len);
}

static void of_unknown_size(void **state)
{
	_drop_copy_ struct span file = test_make_bytes(3 * MIB);
	struct error err;

	(void)state;
	content = file;
	played_begin(&played, &net, serve_unknown_size);
	assert_ok(&err, read_for(9000, HASH_PLAN_WHOLE, &err));
	played_end(&played);
	assert_span_equal(raw.blob.bytes, file);
	assert_int_equal(raw.ahead.kind, 0);
}

static void serve_anew(struct played *p)
{
	_drop_copy_ struct span other = test_make_bytes(2 * MIB);

	say_begin(p, true, 5 * MIB);
	put_parts(p, other);
	say_begin(p, false, 0);
	put_part(p, other, 0);
	say_begin(p, true, content.len);
	put_parts(p, content);
	say_end(p, content.len);
}

static void what_came_before_a_beginning_is_void(void **state)
{
	_drop_copy_ struct span file = test_make_bytes(2 * MIB + 17);
	uint8_t digest[DIGEST_MAX];
	struct error err;

	(void)state;
	content = file;
	played_begin(&played, &net, serve_anew);
	assert_ok(&err, read_for(9000, HASH_PLAN_WHOLE, &err));
	played_end(&played);
	assert_span_equal(raw.blob.bytes, file);
	digest_of(DIGEST_SHA256, file, digest);
	assert_int_equal(raw.ahead.kind, DIGEST_SHA256);
	assert_memory_equal(raw.ahead.digest, digest, 32);
}

static void serve_nothing_at_all(struct played *p)
{
	say_begin(p, true, 0);
	say_end(p, 0);
}

static void an_empty_file_is_one(void **state)
{
	struct error err;

	(void)state;
	played_begin(&played, &net, serve_nothing_at_all);
	assert_ok(&err, read_for(9000, HASH_PLAN_IMAGE, &err));
	played_end(&played);
	assert_int_equal(raw.blob.bytes.len, 0);
}

/* Answers to a request that was given up, and what is about no file. */
static void serve_amid_others(struct played *p)
{
	p->asked.request--;
	say_begin(p, true, 1);
	say_part(p, 7 * TRANSFER_SLOT_LEN, 3);
	say_failed(p, E_FETCH_STATUS, "of another");
	p->asked.request++;
	say_begin(p, true, content.len);
	p->asked.request += 7;
	say_begin(p, true, 5);
	say_end(p, 5);
	p->asked.request -= 7;
	strcpy(anew(p)->note, "a \033[31mnote");
	say_as(p, NET_NOTE);
	put_parts(p, content);
	say_state(p, NET_NO_CARRIER);
	say_end(p, content.len);
}

static void other_requests_do_not_count(void **state)
{
	struct error err;

	(void)state;
	content = span_of_text("the content");
	played_begin(&played, &net, serve_amid_others);
	assert_ok(&err, read_for(9000, HASH_PLAN_NOTHING, &err));
	played_end(&played);
	assert_span_text(raw.blob.bytes, "the content");
	assert_int_equal(net.state.stage, NET_NO_CARRIER);
}

static void one_after_the_other(void **state)
{
	struct error err;

	(void)state;
	played_begin(&played, &net, serve_well);
	for (unsigned i = 0; i < 3; i++) {
		content = span_of_text(i ? "another" : "one");
		assert_ok(&err, read_for(9000, HASH_PLAN_NOTHING, &err));
		assert_span_equal(raw.blob.bytes, content);
		raw_image_drop(&raw);
	}
	played_end(&played);
	assert_int_equal(played.fetches, 3);
}

/* --- what makes no sense -----------------------------------------------------
 */

#define SLOT TRANSFER_SLOT_LEN

static void serve_a_hole(struct played *p)
{
	say_begin(p, true, 3 * SLOT);
	say_part(p, 0, SLOT);
	say_part(p, 2 * SLOT, SLOT);
}

static void serve_twice(struct played *p)
{
	say_begin(p, true, 3 * SLOT);
	say_part(p, 0, SLOT);
	say_part(p, 0, SLOT);
}

static void serve_behind_a_short_one(struct played *p)
{
	say_begin(p, true, 3 * SLOT);
	say_part(p, 0, SLOT - 1);
	say_part(p, SLOT, SLOT);
}

static void serve_before_a_beginning(struct played *p)
{
	say_part(p, 0, 1);
}

static void serve_more_than_told(struct played *p)
{
	say_begin(p, true, SLOT + 5);
	say_part(p, 0, SLOT);
	say_part(p, SLOT, 6);
}

static void serve_less_than_told(struct played *p)
{
	say_begin(p, true, SLOT + 5);
	say_part(p, 0, SLOT);
	say_end(p, SLOT);
}

static void serve_another_count(struct played *p)
{
	say_begin(p, true, 5);
	say_part(p, 0, 5);
	say_end(p, 6);
}

static void serve_an_end(struct played *p)
{
	say_end(p, 0);
}

static void serve_over_max(struct played *p)
{
	say_begin(p, true, p->asked.max_size + 1);
}

static void serve_over_memory(struct played *p)
{
	say_begin(p, true, (uint64_t)1 << 52);
}

static void serve_without_end(struct played *p)
{
	say_begin(p, false, 0);
	for (uint64_t at = 0; at <= p->asked.max_size; at += SLOT)
		say_part(p, at, SLOT);
}

static void serve_a_failure(struct played *p)
{
	say_begin(p, true, SLOT);
	say_failed(p, E_FETCH_STATUS, "the server \033says 404");
}

static void nonsense_ends_a_file(void **state)
{
	static const struct {
		void (*serve)(struct played *p);
		enum status want;
		uint64_t max_size;
		const char *words;
	} bad[] = {
		{ serve_a_hole, E_PROBE_PROTOCOL, 0, " are next" },
		{ serve_twice, E_PROBE_PROTOCOL, 0, " are next" },
		{ serve_behind_a_short_one, E_PROBE_PROTOCOL, 0, " are next" },
		{ serve_before_a_beginning, E_PROBE_PROTOCOL, 0, "offset 0" },
		{ serve_more_than_told, E_PROBE_PROTOCOL, 0,
		  ": 6 bytes come at offset " },
		{ serve_less_than_told, E_IMAGE_SIZE, 0,
		  " bytes have come and " },
		{ serve_another_count, E_IMAGE_SIZE, 0,
		  "5 bytes have come and the network's process counts 6" },
		{ serve_an_end, E_IMAGE_SIZE, 0, "0 bytes have come" },
		{ serve_over_max, E_PROBE_PROTOCOL, 0, "67108865 bytes come" },
		{ serve_over_memory, E_IMAGE_MEMORY, UINT64_MAX, "available" },
		{ serve_without_end, E_IMAGE_MEMORY, 2 * MIB + 1,
		  "more than 2 MiB" },
		{ serve_a_failure, E_FETCH_STATUS, 0, "the server ?says 404" },
	};
	_drop_scratch_ struct scratch s = scratch_make();

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		struct error err;

		wish.max_size = bad[i].max_size ? bad[i].max_size : 64 * MIB;
		played_begin(&played, &net, bad[i].serve);
		assert_refused(bad[i].want, &err,
			       read_for(9000, HASH_PLAN_WHOLE, &err));
		if (!strstr(err.text, bad[i].words))
			fail_msg("%s", err.text);
		assert_int_equal(raw.blob.fd, -1);
		assert_true(net.socket >= 0);
		played_end(&played);
		assert_int_equal(played.cancels, 1);
		assert_string_equal(net.provenance, "");
	}
}

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
		serve_too_long_a_part,	serve_an_odd_offset,
		serve_no_failure,	serve_an_unknown_mirror,
		serve_three_bytes,	serve_an_unknown_kind,
		serve_a_cut_one,	serve_a_long_one,
		serve_an_end_of_itself, serve_a_descriptor,
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
	assert_int_equal(played.cancels, 1);
	assert_int_equal(played.asked.timeout_s, 1);
	assert_true(net.socket < 0 && !net.again_ms);
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
		TEST(a_file_is_hashed_while_it_comes),
		TEST(of_unknown_size),
		TEST(what_came_before_a_beginning_is_void),
		TEST(an_empty_file_is_one),
		TEST(other_requests_do_not_count),
		TEST(one_after_the_other),
		TEST(nonsense_ends_a_file),
		TEST(who_makes_no_sense_is_ended),
		TEST(a_process_that_ended_fetches_nothing),
		TEST(it_is_started_again_later_each_time),
		TEST(silence_ends_some_time_after_the_deadline),
		TEST(a_key_stops_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
