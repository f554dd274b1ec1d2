/* Servers that send a byte now and then: the least speed, and what does not
 * count for it. */
#include "fetch_bench.h"

#include <poll.h>

#define HEAD_OF(size) "HTTP/1.1 200 OK\r\nContent-Length: " #size "\r\n\r\n"
#define HUNDRED                                                                \
	"0123456789012345678901234567890123456789012345678901234567890123456"  \
	"789012345678901234567890123456789"

static void begin_with(struct bench *bench, const struct fetch_rig_turn *turns,
		       size_t count, uint32_t slow_ms, uint32_t slow_bytes)
{
	struct error err;

	begin(bench, turns, count);
	fetch_close(&bench->fetcher);
	bench->settings.stall_ms = 6000;
	bench->settings.slow_ms = slow_ms;
	bench->settings.slow_bytes = slow_bytes;
	bench->time_ms = 15000;
	assert_ok(&err, fetch_open(&bench->settings, &bench->fetcher, &err));
}

static void gets(struct bench *bench, const char *want, unsigned breaks)
{
	get_after(bench, "/file", breaks);
	assert_span_text(span_of(bench->sink.bytes, bench->sink.len), want);
	assert_int_equal(bench->sink.begins, 1);
}

/* --- too slow ------------------------------------------------------------- */

static void a_body_that_drips(void **state)
{
	static const struct fetch_rig_turn turn = {
		.said = HEAD_OF(100) HUNDRED, .drips = 96, .drip_ms = 40
	};
	struct bench bench;
	struct error err;
	uint64_t start = now_ms();

	(void)state;
	begin_with(&bench, &turn, 1, 200, 90);
	assert_refused(E_FETCH_SLOW, &err, get(&bench, "/file", &err));
	print_message("    %s\n", err.text);
	assert_non_null(strstr(err.text, " bytes have come in "));
	assert_non_null(strstr(err.text, " ms, the least is 90 in 200 ms"));
	assert_true(now_ms() - start >= 200);
	assert_in_range(bench.progress.taken, 4, 93);
	end(&bench);
}

/* A good beginning is no reason to wait for the rest. */
static void a_body_that_drips_later(void **state)
{
	static const struct fetch_rig_turn turn = { .said = HEAD_OF(200)
							    HUNDRED HUNDRED,
						    .drips = 100,
						    .drip_ms = 40 };
	struct bench bench;
	struct error err;

	(void)state;
	begin_with(&bench, &turn, 1, 200, 90);
	assert_refused(E_FETCH_SLOW, &err, get(&bench, "/file", &err));
	assert_in_range(bench.progress.taken, 100, 193);
	end(&bench);
}

/* What they are wrapped in does not count. */
static void chunks_that_drip(void **state)
{
	static const struct fetch_rig_turn turn = {
		.said = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
			"1;" HUNDRED "\r\n0\r\n1;" HUNDRED "\r\n1\r\n"
			"1;" HUNDRED "\r\n2\r\n0\r\n\r\n",
		.drips = 300,
		.drip_ms = 10,
	};
	struct bench bench;
	struct error err;

	(void)state;
	begin_with(&bench, &turn, 1, 200, 3);
	assert_refused(E_FETCH_SLOW, &err, get(&bench, "/file", &err));
	assert_true(bench.progress.taken < 3);
	end(&bench);
}

static void a_head_that_drips(void **state)
{
	static const struct fetch_rig_turn turns[] = {
		{ .said = "HTTP/1.1 200 OK\r\nX: " HUNDRED "\r\n\r\n",
		  .drips = 110,
		  .drip_ms = 40 },
		/* 1xx is no answer */
		{ .said = "HTTP/1.1 102 Wait\r\n\r\nHTTP/1.1 102 Wait\r\n\r\n"
			  "HTTP/1.1 102 Wait\r\n\r\nHTTP/1.1 102 Wait\r\n\r\n"
			  "HTTP/1.1 102 Wait\r\n\r\n" PLAIN "0123456789",
		  .drips = 110,
		  .drip_ms = 40 },
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(turns); i++) {
		struct bench bench;

		begin_with(&bench, &turns[i], 1, 200, 1);
		assert_refused(E_FETCH_SLOW, &err, get(&bench, "/file", &err));
		print_message("    %s\n", err.text);
		assert_non_null(strstr(err.text, "the head of an answer is not "
						 "whole after "));
		assert_non_null(strstr(err.text, " ms, it may take 200"));
		assert_int_equal(bench.sink.begins, 0);
		end(&bench);
	}
}

/* Each would be in time alone. */
static void redirects_that_drip(void **state)
{
	static const struct fetch_rig_turn turns[] = {
		{ .said = MOVED "/there\r\n\r\nxx",
		  .drips = 10,
		  .drip_ms = 20 },
		{ .said = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
			  "X: " HUNDRED "\r\n\r\n",
		  .drips = 60,
		  .drip_ms = 20 },
	};
	struct bench bench;
	struct error err;

	(void)state;
	begin_with(&bench, turns, test_count(turns), 1300, 1);
	assert_refused(E_FETCH_SLOW, &err, get(&bench, "/file", &err));
	end(&bench);
}

/* One that nobody wants: the connection is given up, not the file. */
static void what_is_not_wanted_may_not_drip_either(void **state)
{
	static const struct fetch_rig_turn turns[] = {
		{ .said = "HTTP/1.1 302 Found\r\nContent-Length: 100\r\n"
			  "Location: /there\r\n\r\n" HUNDRED,
		  .drips = 100,
		  .drip_ms = 100,
		  .end = FETCH_RIG_CLOSES },
		{ .said = PLAIN "0123456789" },
	};

	(void)state;
	for (uint32_t slow_ms = 0; slow_ms <= 500; slow_ms += 500) {
		uint64_t start = now_ms();
		struct bench bench;

		begin_with(&bench, turns, test_count(turns), slow_ms, 90);
		gets(&bench, "0123456789", 0);
		assert_true(now_ms() - start < 8000);
		end(&bench);
	}
}

/* --- and then ------------------------------------------------------------- */

static void it_goes_on_where_it_was_broken_off(void **state)
{
	static const struct fetch_rig_turn turns[] = {
		{ .said = HEAD_OF(100) HUNDRED, .drips = 96, .drip_ms = 40 },
		/* has no ranges */
		{ .said = HEAD_OF(100) HUNDRED },
	};
	struct bench bench;
	struct error err;

	(void)state;
	begin_with(&bench, turns, test_count(turns), 200, 90);
	assert_refused(E_FETCH_SLOW, &err, get(&bench, "/file", &err));
	gets(&bench, HUNDRED, 0);
	assert_non_null(strstr(bench.rig.asked, "Range: bytes="));
	end(&bench);
}

/* --- not too slow --------------------------------------------------------- */

static void slow_is_not_too_slow(void **state)
{
	static const struct fetch_rig_turn turn = {
		.said = HEAD_OF(100) HUNDRED, .drips = 100, .drip_ms = 15
	};
	struct bench bench;

	(void)state;
	begin_with(&bench, &turn, 1, 400, 1); /* so often it is looked at */
	gets(&bench, HUNDRED, 0);
	end(&bench);
}

static void without_a_least_nothing_is_too_slow(void **state)
{
	static const struct fetch_rig_turn turn = { .said = PLAIN "0123456789",
						    .drips = 30,
						    .drip_ms = 10 };
	struct bench bench;

	(void)state;
	begin_with(&bench, &turn, 1, 0, LIMIT);
	gets(&bench, "0123456789", 0);
	end(&bench);
}

struct lazy {
	struct fetch_sink sink;
	const struct fetch_sink *inner;
	unsigned takes;
};

static enum status begin_lazily(void *context, bool has_size, uint64_t size,
				struct error *err)
{
	const struct lazy *lazy = context;

	(void)poll(NULL, 0, 200);
	return lazy->inner->begin(lazy->inner->context, has_size, size, err);
}

static enum status take_lazily(void *context, struct span bytes,
			       struct error *err)
{
	struct lazy *lazy = context;

	lazy->takes++;
	(void)poll(NULL, 0, 200);
	return lazy->inner->take(lazy->inner->context, bytes, err);
}

/* The menu has no time: the server waits, not the other way round. */
static void a_sink_that_is_slow_does_not_count(void **state)
{
	static const char head[] = HEAD_OF(1000000);
	_drop_copy_ struct span body = test_make_bytes(LIMIT);
	uint8_t *all = malloc(sizeof(head) - 1 + LIMIT);
	const struct fetch_rig_turn turn = {
		.bytes = { all, sizeof(head) - 1 + LIMIT },
		.drips = 1, /* which is waited for when all else is taken */
		.drip_ms = 2000,
	};
	struct lazy lazy;
	struct bench bench;
	struct url url;
	struct error err;

	(void)state;
	assert_non_null(all);
	memcpy(all, head, sizeof(head) - 1);
	memcpy(all + sizeof(head) - 1, body.ptr, LIMIT);
	begin_with(&bench, &turn, 1, 800, LIMIT + 1);
	lazy = (struct lazy){ .sink = { .context = &lazy,
					.begin = begin_lazily,
					.take = take_lazily },
			      .inner = &bench.sink.sink };
	url = url_at(&bench, "/file");
	assert_ok(&err,
		  fetch_get(bench.fetcher, &url, LIMIT, now_ms() + 60000,
			    &lazy.sink, &bench.progress, &bench.facts, &err));
	assert_span_equal(span_of(bench.sink.bytes, bench.sink.len), body);
	assert_true(lazy.takes >= 5); /* longer than 800 ms in all */
	end(&bench);
	free(all);
}

/* Each try is short of it alone. */
static void each_answer_counts_for_itself(void **state)
{
	static const struct fetch_rig_turn turns[] = {
		{ .said = PLAIN "01", .hangs_ms = 300 },
		{ .said = REST("2-9/10") "\r\n23", .hangs_ms = 300 },
		{ .said = REST("4-9/10") "\r\n45", .hangs_ms = 300 },
		{ .said = REST("6-9/10") "\r\n67", .hangs_ms = 300 },
		{ .said = REST("8-9/10") "\r\n89",
		  .hangs_ms = 300,
		  .end = FETCH_RIG_KEEPS },
	};
	struct bench bench;

	(void)state;
	begin_with(&bench, turns, test_count(turns), 500, LIMIT);
	gets(&bench, "0123456789", 4);
	end(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_that_drips),
		cmocka_unit_test(a_body_that_drips_later),
		cmocka_unit_test(chunks_that_drip),
		cmocka_unit_test(a_head_that_drips),
		cmocka_unit_test(redirects_that_drip),
		cmocka_unit_test(what_is_not_wanted_may_not_drip_either),
		cmocka_unit_test(it_goes_on_where_it_was_broken_off),
		cmocka_unit_test(slow_is_not_too_slow),
		cmocka_unit_test(without_a_least_nothing_is_too_slow),
		cmocka_unit_test(a_sink_that_is_slow_does_not_count),
		cmocka_unit_test(each_answer_counts_for_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
