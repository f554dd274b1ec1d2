/* Files by their mirrors, as an entry of the network wants them: servers on
 * loopback that break, lie and go away. */
#include "net_fetch_bench.h"

#include <arpa/inet.h>
#include <unistd.h>

/* A port of loopback that nobody listens on. */
static void add_dead_mirror(struct bench *b)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char url[64];

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	getsockname(fd, (struct sockaddr *)&sa, &len);
	close(fd);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/file",
		 ntohs(sa.sin_port));
	add_url(b, url);
}

/* --- mirrors -------------------------------------------------------------- */

static void the_first_mirror_that_works(void **state)
{
	_bench_ b = bench_new();

	(void)state;
	add_dead_mirror(b);
	SERVE(b, { .said = GONE });
	SERVE(b, { .said = OK_10 "0123456789" });
	gets(b, "0123456789");
	assert_int_equal(lines(b), 2); /* a cause for each try */
	assert_non_null(strstr(b->notes, "refused"));
	assert_non_null(strstr(b->notes, "404 Not Found"));
	assert_string_equal(b->facts.url, b->request.urls[2]);
	assert_int_equal(b->facts.mirror, 2);
	assert_non_null(strstr(b->facts.address, "127.0.0.1 port "));
	assert_string_equal(b->facts.tls, "");
	assert_int_equal(b->facts.resumed, 0);
	assert_false(b->facts.is_of_mirrors);
}

static void the_next_mirror_goes_on(void **state)
{
	_bench_ b = bench_new();

	(void)state;
	SERVE(b, { .said = OK_10 "0123", .end = FETCH_RIG_RESETS });
	SERVE(b, { .said = REST("4-9/10") "Content-Length: 6\r\n\r\n456789" });
	gets(b, "0123456789");
	assert_int_equal(b->sink.begins, 1);
	assert_int_equal(b->facts.resumed, 1);
	assert_int_equal(b->facts.mirror, 1);
	assert_true(b->facts.is_of_mirrors);
	assert_non_null(strstr(b->rigs[1].asked, "Range: bytes=4-"));
}

/* Its size differs: what came before is void. */
static void another_file_is_taken_anew(void **state)
{
	_bench_ b = bench_new();

	(void)state;
	SERVE(b, { .said = OK_10 "0123", .end = FETCH_RIG_RESETS });
	SERVE(b, { .said = REST("4-6/7") "Content-Length: 3\r\n\r\nefg" },
	      { .said = "HTTP/1.1 200 OK\r\nContent-Length: "
			"7\r\n\r\nabcdefg" });
	gets(b, "abcdefg");
	assert_int_equal(b->sink.begins, 2);
	assert_int_equal(b->facts.resumed, 0);
	assert_false(b->facts.is_of_mirrors);
}

static void whole_is_of_one_mirror(void **state)
{
	_bench_ b = bench_new();

	(void)state;
	SERVE(b, { .said = OK_10 "0123", .end = FETCH_RIG_RESETS });
	SERVE(b, { .said = OK_10 "abcdefghij" });
	b->request.is_whole = true;
	gets(b, "abcdefghij");
	assert_null(strstr(b->rigs[1].asked, "Range"));
	assert_false(b->facts.is_of_mirrors);
	assert_int_equal(b->facts.resumed, 0);
}

/* --- rounds --------------------------------------------------------------- */

static void tried_again_after_a_pause(void **state)
{
	_bench_ b = bench_new();
	uint64_t start = now_ms(), took;

	(void)state;
	SERVE(b, { .said = BUSY }, { .said = BUSY },
	      { .said = OK_10 "0123456789" });
	b->request.retry = 2;
	gets(b, "0123456789");
	took = now_ms() - start;
	assert_in_range(took, 1500, 4500); /* 0.5 to 1 s, then 1 to 2 s */
	assert_int_equal(lines(b), 2);
	assert_non_null(strstr(b->notes, "try 2 at "));
	assert_true(b->hears >= took / 100);
}

static void so_often_and_no_more(void **state)
{
	_bench_ b = bench_new();

	(void)state;
	SERVE(b, { .said = BUSY }, { .said = GONE });
	b->request.retry = 1;
	refused(b, E_FETCH_STATUS);
	assert_int_equal(lines(b), 2);
	assert_int_equal(b->sink.begins, 0);
}

/* One that breaks again and again gets there, without a retry. */
static void as_long_as_bytes_come(void **state)
{
	_bench_ b = bench_new();

	(void)state;
	SERVE(b, { .said = OK_10 "0123", .end = FETCH_RIG_RESETS },
	      { .said = REST("4-9/10") "Content-Length: 6\r\n\r\n45",
		.end = FETCH_RIG_RESETS },
	      { .said = REST("6-9/10") "Content-Length: 4\r\n\r\n6789" });
	gets(b, "0123456789");
	assert_int_equal(b->facts.resumed, 2);
	assert_false(b->facts.is_of_mirrors);
}

#define DRIPPING                                                               \
	{                                                                      \
		.said = "HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n0123"    \
			"4567890123456789012345678901234567890123456789012345" \
			"6789",                                                \
		.drips = 56, .drip_ms = 50                                     \
	}

static void set_least(struct bench *b)
{
	b->setup.slow_ms = 200;
	b->setup.slow_bytes = 50;
}

static void one_that_drips_loses_its_turn(void **state)
{
	_bench_ b = bench_new();

	(void)state;
	set_least(b);
	SERVE(b, DRIPPING);
	SERVE(b, { .said = "HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n0123"
			   "4567890123456789012345678901234567890123456789012"
			   "3456789" });
	gets(b, "012345678901234567890123456789012345678901234567890123456789");
	assert_int_equal(lines(b), 1);
	assert_non_null(strstr(b->notes, " ms, the least is 50 in 200 ms"));
	assert_int_equal(b->facts.resumed, 1);
	assert_int_equal(b->facts.mirror, 1);
	assert_non_null(strstr(b->rigs[1].asked, "Range: bytes="));
}

/* Its bytes are no reason to try for ever. */
static void one_that_drips_has_failed(void **state)
{
	_bench_ b = bench_new();

	(void)state;
	set_least(b);
	SERVE(b, DRIPPING, DRIPPING);
	b->request.retry = 1;
	refused(b, E_FETCH_SLOW);
	assert_int_equal(lines(b), 2);
}

/* But bytes that do not count are none. */
static void whole_fails_though_bytes_come(void **state)
{
	_bench_ b = bench_new();

	(void)state;
	SERVE(b, { .said = OK_10 "0123" }, { .said = OK_10 "012345" });
	b->request.is_whole = true;
	b->request.retry = 1;
	refused(b, E_HTTP_BODY_SHORT);
	assert_int_equal(b->sink.begins, 2);
}

/* --- ends ----------------------------------------------------------------- */

static void a_deadline_for_all(void **state)
{
	_bench_ b = bench_new();
	uint64_t start = now_ms();
	struct error err;

	(void)state;
	SERVE(b, { .said = OK_10 "01234", .hangs_ms = 1500 });
	b->request.timeout_s = 1;
	b->request.retry = 1000;
	assert_refused(E_NET_DEADLINE, &err, get(b, &err));
	print_message("    %s\n", err.text);
	assert_memory_equal(err.text, "the time is over: ", 18);
	assert_in_range(now_ms() - start, 1000, 1400);
}

static void pauses_end_at_the_deadline(void **state)
{
	_bench_ b = bench_new();
	uint64_t start = now_ms();
	struct error err;

	(void)state;
	add_dead_mirror(b);
	b->request.timeout_s = 1;
	b->request.retry = 1000;
	assert_refused(E_NET_DEADLINE, &err, get(b, &err));
	assert_non_null(strstr(err.text, "refused")); /* the last cause */
	assert_in_range(now_ms() - start, 1000, 1400);
}

static void the_network_is_waited_for(void **state)
{
	_bench_ b = bench_new();
	uint64_t start = now_ms();

	(void)state;
	b->state.stage = NET_NO_CARRIER;
	b->up_at_ms = start + 300;
	SERVE(b, { .said = OK_10 "0123456789" });
	gets(b, "0123456789");
	assert_in_range(now_ms() - start, 300, 800);
	assert_int_equal(lines(b), 0);
}

static void no_network_until_the_deadline(void **state)
{
	_bench_ b = bench_new();
	struct error err;

	(void)state;
	b->state.stage = NET_NO_CARRIER;
	snprintf(b->state.line, sizeof(b->state.line), "eth0: no carrier");
	add_dead_mirror(b);
	b->request.timeout_s = 1;
	assert_refused(E_NET_DEADLINE, &err, get(b, &err));
	assert_string_equal(err.text, "the time is over: eth0: no carrier");
	assert_int_equal(lines(b), 0);
}

/* What it is told meanwhile does not pile up. */
static void it_hears_with_each_piece(void **state)
{
	_bench_ b = bench_new();

	(void)state;
	SERVE(b, { .said = OK_10 "0123456789" });
	gets(b, "0123456789");
	assert_true(b->hears >= 2); /* before the try is once */
}

/* It ends there, and it is told which mirror that was: whether what the next
 * one has helps a menu without memory is for the menu to try. */
static void the_sink_has_the_last_word(void **state)
{
	(void)state;
	for (unsigned at_begin = 0; at_begin < 2; at_begin++) {
		_bench_ b = bench_new();

		add_dead_mirror(b);
		SERVE(b, { .said = OK_10 "0123456789" });
		add_dead_mirror(b);
		b->request.retry = 3;
		b->sink.refuses = at_begin ? OK : E_IMAGE_MEMORY;
		b->sink.refuses_begin = at_begin ? E_IMAGE_MEMORY : OK;
		refused(b, E_IMAGE_MEMORY);
		assert_int_equal(b->facts.mirror, 1);
		assert_int_equal(lines(b), 1);
	}
}

static void more_than_is_wanted(void **state)
{
	_bench_ b = bench_new();

	(void)state;
	SERVE(b, { .said = OK_10 "0123456789" });
	b->request.max_size = 9;
	refused(b, E_FETCH_TOO_LARGE);
	assert_int_equal(b->sink.len, 0);
}

static void a_url_that_is_none(void **state)
{
	_bench_ b = bench_new();

	(void)state;
	refused(b, E_NET_NO_URL);
	b->request.url_count = NET_MIRRORS_MAX + 1;
	refused(b, E_NET_NO_URL);
	b->request.url_count = 0;
	add_url(b, "gopher://x/");
	refused(b, E_URL_SCHEME);
	SERVE(b, { .said = OK_10 "0123456789" });
	gets(b, "0123456789");
}

static void a_proxy_that_is_none(void **state)
{
	_bench_ b = bench_new();
	struct error err;

	(void)state;
	snprintf(b->settings.proxy, sizeof(b->settings.proxy), "proxy:3128");
	assert_refused(E_URL_SCHEME, &err,
		       net_fetch_open(&b->setup, &b->fetcher, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_mirror_that_works),
		cmocka_unit_test(the_next_mirror_goes_on),
		cmocka_unit_test(another_file_is_taken_anew),
		cmocka_unit_test(whole_is_of_one_mirror),
		cmocka_unit_test(tried_again_after_a_pause),
		cmocka_unit_test(so_often_and_no_more),
		cmocka_unit_test(as_long_as_bytes_come),
		cmocka_unit_test(one_that_drips_loses_its_turn),
		cmocka_unit_test(one_that_drips_has_failed),
		cmocka_unit_test(whole_fails_though_bytes_come),
		cmocka_unit_test(a_deadline_for_all),
		cmocka_unit_test(pauses_end_at_the_deadline),
		cmocka_unit_test(the_network_is_waited_for),
		cmocka_unit_test(no_network_until_the_deadline),
		cmocka_unit_test(it_hears_with_each_piece),
		cmocka_unit_test(the_sink_has_the_last_word),
		cmocka_unit_test(more_than_is_wanted),
		cmocka_unit_test(a_url_that_is_none),
		cmocka_unit_test(a_proxy_that_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
