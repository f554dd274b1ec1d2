/* Files from HTTP servers: what goes well, and each way in which a server can
 * break a transfer, on loopback. */
#include "fetch_bench.h"

/* All turns lead to those bytes, after so many begins and breaks. */
static void gets(const struct fetch_rig_turn *turns, size_t count,
		 const char *want, unsigned begins, unsigned breaks)
{
	struct bench bench;

	begin(&bench, turns, count);
	get_after(&bench, "/file", breaks);
	assert_span_text(span_of(bench.sink.bytes, bench.sink.len), want);
	assert_int_equal(bench.sink.begins, begins);
	assert_int_equal(bench.progress.taken, strlen(want));
	end(&bench);
}
#define GETS(want, begins, breaks, ...)                                        \
	gets((const struct fetch_rig_turn[]){ __VA_ARGS__ },                   \
	     sizeof((const struct fetch_rig_turn[]){ __VA_ARGS__ }) /          \
		     sizeof(struct fetch_rig_turn),                            \
	     want, begins, breaks)

static void refused(const struct fetch_rig_turn *turns, size_t count,
		    enum status want)
{
	struct bench bench;
	struct error err;

	begin(&bench, turns, count);
	assert_refused(want, &err, get(&bench, "/file", &err));
	print_message("    %s\n", err.text);
	end(&bench);
}
#define REFUSED(want, ...)                                                     \
	refused((const struct fetch_rig_turn[]){ __VA_ARGS__ },                \
		sizeof((const struct fetch_rig_turn[]){ __VA_ARGS__ }) /       \
			sizeof(struct fetch_rig_turn),                         \
		want)

/* --- what goes well ------------------------------------------------------- */

static void bodies_of_each_kind(void **state)
{
	(void)state;
	GETS("0123456789", 1, 0, { .said = PLAIN "0123456789" });
	GETS("", 1, 0,
	     { .said = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" });
	GETS("hello world", 1, 0,
	     { .said = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		       "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n" });
	GETS("until the end", 1, 0,
	     { .said = "HTTP/1.1 200 OK\r\n\r\nuntil the end" });
	GETS("0123456789", 1, 0,
	     { .said = "HTTP/1.1 100 Continue\r\n\r\n" PLAIN "0123456789" });
}

static void one_connection_serves_many(void **state)
{
	static const struct fetch_rig_turn turns[] = {
		{ .said = PLAIN "0123456789", .end = FETCH_RIG_KEEPS },
		{ .said = "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\n"
			  "none",
		  .end = FETCH_RIG_KEEPS },
		{ .said = PLAIN "abcdefghij", .end = FETCH_RIG_CLOSES },
		{ .said = PLAIN "ABCDEFGHIJ" }, /* over a new one */
	};
	struct bench bench;
	struct error err;

	(void)state;
	begin(&bench, turns, test_count(turns));
	assert_ok(&err, get(&bench, "/1", &err));
	bench.progress = (struct fetch_progress){ 0 };
	assert_refused(E_FETCH_STATUS, &err, get(&bench, "/2", &err));
	assert_ok(&err, get(&bench, "/3", &err));
	assert_span_text(span_of(bench.sink.bytes, 10), "abcdefghij");
	bench.progress = (struct fetch_progress){ 0 };
	assert_ok(&err, get(&bench, "/4", &err));
	assert_span_text(span_of(bench.sink.bytes, 10), "ABCDEFGHIJ");
	end(&bench);
}

static void much_arrives_whole(void **state)
{
	_drop_copy_ struct span body = test_make_bytes(LIMIT);
	char head[80];
	size_t len = (size_t)snprintf(head, sizeof(head),
				      "HTTP/1.1 200 OK\r\n"
				      "Content-Length: %d\r\n\r\n",
				      LIMIT);
	uint8_t *all = malloc(len + body.len);
	const struct fetch_rig_turn turn = { .bytes = { all, len + body.len } };
	struct bench bench;
	struct error err;

	(void)state;
	assert_non_null(all);
	memcpy(all, head, len);
	memcpy(all + len, body.ptr, body.len);
	begin(&bench, &turn, 1);
	assert_ok(&err, get(&bench, "/file", &err));
	assert_span_equal(span_of(bench.sink.bytes, bench.sink.len), body);
	assert_true(bench.sink.has_size);
	assert_int_equal(bench.sink.size, LIMIT);
	end(&bench);
	free(all);
}

static void redirects_are_followed(void **state)
{
	static const struct fetch_rig_turn turns[] = {
		{ .said = MOVED "/a/b?c\r\n\r\nxx", .end = FETCH_RIG_KEEPS },
		{ .said = MOVED "d\r\n\r\nxx" },
		{ .said = PLAIN "0123456789" },
	};
	struct bench bench;
	struct error err;

	(void)state;
	begin(&bench, turns, test_count(turns));
	assert_ok(&err, get(&bench, "/file", &err));
	assert_int_equal(bench.facts.redirects, 2);
	assert_string_equal(bench.facts.url.target, "/a/d");
	assert_non_null(strstr(bench.rig.asked, "GET /a/b?c HTTP/1.1"));
	end(&bench);
}

/* --- secrets -------------------------------------------------------------- */

static void secrets_stay_with_their_origin(void **state)
{
	const struct span field = span_of_text("X-Token: secret");
	char moved[128];
	struct fetch_rig_turn first = { .said = moved };
	static const struct fetch_rig_turn second = { .said = PLAIN
						      "0123456789" };
	struct fetch_secret secret = { .fields = &field, .field_count = 1 };
	struct fetch_rig other;
	struct bench bench;
	struct url origin;
	struct error err;

	(void)state;
	fetch_rig_begin(&other, NULL, NULL, &second, 1);
	snprintf(moved, sizeof(moved), MOVED "http://127.0.0.1:%u/x\r\n\r\nxx",
		 other.port);
	begin(&bench, &first, 1);
	origin = url_at(&bench, "/");
	secret.origin = &origin;
	bench.settings.secrets = &secret;
	bench.settings.secret_count = 1;
	fetch_close(&bench.fetcher);
	assert_ok(&err, fetch_open(&bench.settings, &bench.fetcher, &err));
	assert_ok(&err, get(&bench, "/file", &err));
	assert_int_equal(count_of(bench.rig.asked, "secret"), 1);
	assert_int_equal(count_of(other.asked, "GET /x"), 1);
	assert_int_equal(count_of(other.asked, "secret"), 0);
	fetch_close(&bench.fetcher);
	fetch_rig_end(&other);
	end(&bench);
}

/* --- broken transfers ----------------------------------------------------- */

static void a_broken_transfer_goes_on(void **state)
{
	(void)state;
	/* cut, then the rest */
	GETS("0123456789", 1, 1, { .said = TAGGED "0123" },
	     { .said = REST("4-9/10") "ETag: \"a\"\r\n\r\n456789" });
	GETS("0123456789", 1, 1,
	     { .said = PLAIN "0123", .end = FETCH_RIG_CLOSES, .hangs_ms = 600 },
	     { .said = REST("4-9/10") "\r\n456789" });
	/* in several pieces */
	GETS("0123456789", 1, 2, { .said = PLAIN "0123" },
	     { .said = REST("4-9/10") "Content-Length: 6\r\n\r\n45" },
	     { .said = REST("6-9/*") "Content-Length: 4\r\n\r\n6789" });
	/* less than the rest, without a break */
	GETS("0123456789", 1, 2, { .said = PLAIN "0123" },
	     { .said = REST("4-5/10") "Content-Length: 2\r\n\r\n45" },
	     { .said = REST("6-9/10") "Content-Length: 4\r\n\r\n6789" });
	/* nothing more for once */
	GETS("0123456789", 1, 2, { .said = PLAIN "0" },
	     { .said = REST("1-9/10") "Content-Length: 9\r\n\r\n" },
	     { .said = REST("1-9/10") "Content-Length: 9\r\n\r\n123456789" });
	/* a server without ranges sends the same again */
	GETS("0123456789", 1, 1, { .said = PLAIN "0123" },
	     { .said = PLAIN "0123456789" });
	/* not a word, and a server that is busy */
	GETS("0123456789", 1, 1, { .said = "" },
	     { .said = PLAIN "0123456789" });
	GETS("0123456789", 1, 1,
	     { .said = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n" },
	     { .said = PLAIN "0123456789" });
}

static void what_has_changed_starts_over(void **state)
{
	(void)state;
	/* another tag: all of it at once, and asked for again */
	GETS("abcdefghij", 2, 1, { .said = TAGGED "0123" },
	     { .said = OK_10 "ETag: \"b\"\r\n\r\nabcdefghij" },
	     { .said = OK_10 "ETag: \"b\"\r\n\r\nabcdefghij" });
	/* another size, another place, another tag, no more of it */
	GETS("abcdefghij", 2, 1, { .said = PLAIN "0123" },
	     { .said = REST("4-8/9") "\r\n45678" },
	     { .said = PLAIN "abcdefghij" });
	GETS("abcdefghij", 2, 1, { .said = PLAIN "0123" },
	     { .said = REST("5-9/10") "\r\n56789" },
	     { .said = PLAIN "abcdefghij" });
	GETS("abcdefghij", 2, 1, { .said = TAGGED "0123" },
	     { .said = REST("4-9/10") "ETag: \"b\"\r\n\r\n456789" },
	     { .said = PLAIN "abcdefghij" });
	GETS("abcdefghij", 2, 1, { .said = PLAIN "0123" },
	     { .said = "HTTP/1.1 416 No\r\nContent-Range: bytes */3\r\n\r\n" },
	     { .said = PLAIN "abcdefghij" });
	/* no size of either, and more than the size */
	GETS("abcdefghij", 2, 1,
	     { .said = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		       "4\r\n0123\r\n" },
	     { .said = REST("4-9/*") "\r\n456789" },
	     { .said = PLAIN "abcdefghij" });
	GETS("abcdefghij", 2, 1, { .said = PLAIN "0123" },
	     { .said = REST("4-9/10") "\r\n4567890" },
	     { .said = PLAIN "abcdefghij" });
	/* the same tag, and less of it than has come */
	GETS("ab", 2, 1,
	     { .said = "HTTP/1.1 200 OK\r\nETag: \"a\"\r\n"
		       "Transfer-Encoding: chunked\r\n\r\n4\r\n0123\r\n" },
	     { .said = "HTTP/1.1 200 OK\r\nETag: \"a\"\r\n"
		       "Content-Length: 2\r\n\r\nab" },
	     { .said = "HTTP/1.1 200 OK\r\nETag: \"a\"\r\n"
		       "Content-Length: 2\r\n\r\nab" });
	/* that one breaks, too, and then changes again */
	GETS("abcdefghij", 2, 2, { .said = TAGGED "0123" },
	     { .said = OK_10 "ETag: \"b\"\r\n\r\nabcdefghij" },
	     { .said = OK_10 "ETag: \"b\"\r\n\r\nabcd" },
	     { .said = REST("4-9/10") "ETag: \"b\"\r\n\r\nefghij" });
	GETS("0123456789", 3, 2, { .said = TAGGED "0123" },
	     { .said = OK_10 "ETag: \"b\"\r\n\r\nabcdefghij" },
	     { .said = OK_10 "ETag: \"b\"\r\n\r\nabcd" },
	     { .said = TAGGED "0123456789" }, { .said = TAGGED "0123456789" });
}

static void another_mirror_goes_on(void **state)
{
	static const struct fetch_rig_turn first = { .said = TAGGED "0123" };
	static const struct fetch_rig_turn second = {
		.said = REST("4-9/10") "ETag: \"of another kind\"\r\n\r\n456789"
	};
	struct bench bench;
	struct fetch_rig other;
	struct error err;

	(void)state;
	begin(&bench, &first, 1);
	assert_refused(E_HTTP_BODY_SHORT, &err, get(&bench, "/file", &err));
	fetch_rig_end(&bench.rig);
	fetch_rig_begin(&other, NULL, NULL, &second, 1);
	bench.rig = other;
	assert_ok(&err, get(&bench, "/file", &err));
	assert_non_null(strstr(bench.rig.asked, "Range: bytes=4-\r\n"));
	assert_null(strstr(bench.rig.asked, "If-Range"));
	assert_span_text(span_of(bench.sink.bytes, bench.sink.len),
			 "0123456789");
	assert_int_equal(bench.sink.begins, 1);
	end(&bench);
}

/* Wherever it is cut, what comes is whole. */
static void every_cut_is_mended(void **state)
{
	static const char all[] = TAGGED "0123456789";
	const size_t head = sizeof(all) - 1 - 10;

	(void)state;
	for (size_t len = 0; len < sizeof(all) - 1; len++) {
		char rest[128];
		struct fetch_rig_turn turns[2] = {
			{
				.bytes = span_of(all, len),
				.end = len % 2 ? FETCH_RIG_RESETS
					       : FETCH_RIG_CLOSES,
			},
			{ .said = all },
		};

		if (len > head) {
			snprintf(rest, sizeof(rest),
				 REST("%zu-9/10") "ETag: \"a\"\r\n\r\n%s",
				 len - head, all + len);
			turns[1].said = rest;
		}
		/* the head alone is a beginning, too */
		gets(turns, 2, "0123456789", len == head ? 2 : 1, 1);
	}
}

/* --- refused -------------------------------------------------------------- */

static void each_bad_answer_is_told(void **state)
{
	(void)state;
	REFUSED(E_FETCH_STATUS,
		{ .said = "HTTP/1.1 404 Not Found\r\nContent-Length: "
			  "0\r\n\r\n" });
	REFUSED(E_FETCH_STATUS, { .said = REST("0-9/10") "\r\n0123456789" });
	REFUSED(E_FETCH_STATUS,
		{ .said = "HTTP/1.1 101 Switching Protocols\r\n\r\n" });
	REFUSED(E_FETCH_CUT, { .said = "HTTP/1.1 200" });
	REFUSED(E_FETCH_CUT, { .said = "" });
	REFUSED(E_FETCH_BUSY, { .said = "HTTP/1.1 500 Oh\r\n\r\n" });
	REFUSED(E_FETCH_BUSY, { .said = "HTTP/1.1 429 Oh\r\n\r\n" });
	REFUSED(E_FETCH_BUSY, { .said = "HTTP/1.1 408 Oh\r\n\r\n" });
	REFUSED(E_HTTP_VERSION, { .said = "SSH-2.0-OpenSSH\r\n" });
	REFUSED(E_HTTP_BODY_SHORT, { .said = PLAIN "0" });
	REFUSED(E_FETCH_REDIRECTS, { .said = MOVED "/1\r\n\r\nxx" },
		{ .said = MOVED "/2\r\n\r\nxx" },
		{ .said = MOVED "/3\r\n\r\nxx" },
		{ .said = MOVED "/4\r\n\r\nxx" },
		{ .said = MOVED "/5\r\n\r\nxx" },
		{ .said = MOVED "/6\r\n\r\nxx" });
	REFUSED(E_FETCH_SCHEME, { .said = MOVED "tftp://h/f\r\n\r\nxx" });
	REFUSED(E_FETCH_NO_TLS, { .said = MOVED "https://h/f\r\n\r\nxx" });
	REFUSED(E_URL_SCHEME, { .said = MOVED "ftp://h/f\r\n\r\nxx" });
}

static void limits_hold(void **state)
{
	static const struct fetch_rig_turn turns[] = {
		{ .said = PLAIN "0123456789" },
		{ .said = "HTTP/1.1 200 OK\r\n\r\n0123456789" },
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(turns); i++) {
		struct bench bench;

		begin(&bench, &turns[i], 1);
		bench.max_bytes = 9;
		assert_refused(E_FETCH_TOO_LARGE, &err,
			       get(&bench, "/file", &err));
		assert_true(bench.sink.len <= 9);
		end(&bench);
		begin(&bench, &turns[i], 1);
		bench.max_bytes = 10;
		assert_ok(&err, get(&bench, "/file", &err));
		end(&bench);
	}
}

static void the_sink_can_refuse(void **state)
{
	static const struct fetch_rig_turn turn = { .said = PLAIN
						    "0123456789" };
	struct bench bench;
	struct error err;

	(void)state;
	begin(&bench, &turn, 1);
	bench.sink.refuses_begin = E_NO_MEMORY;
	assert_refused(E_NO_MEMORY, &err, get(&bench, "/file", &err));
	assert_int_equal(bench.progress.taken, 0);
	end(&bench);
	begin(&bench, &turn, 1);
	bench.sink.refuses = E_TRANSFER;
	assert_refused(E_TRANSFER, &err, get(&bench, "/file", &err));
	end(&bench);
}

static void nothing_waits_for_ever(void **state)
{
	static const struct fetch_rig_turn turns[] = {
		{ .said = PLAIN "0123456789", .end = FETCH_RIG_KEEPS },
		{ .said = PLAIN "0123456789" },
	};
	static const struct fetch_rig_turn silent = { .said = "",
						      .hangs_ms = 1500 };
	static const struct fetch_rig_turn slow = { .said = PLAIN "0",
						    .hangs_ms = 1500 };
	struct bench bench;
	struct error err;
	uint64_t start;

	(void)state;
	begin(&bench, &silent, 1);
	start = now_ms();
	assert_refused(E_FETCH_STALL, &err, get(&bench, "/file", &err));
	assert_in_range(now_ms() - start, 400, 1200);
	end(&bench);
	begin(&bench, &slow, 1);
	bench.time_ms = 200;
	start = now_ms();
	assert_refused(E_FETCH_DEADLINE, &err, get(&bench, "/file", &err));
	assert_in_range(now_ms() - start, 200, 1000);
	assert_int_equal(bench.progress.taken, 1);
	end(&bench);
	/* nor are bytes taken that are there already */
	begin(&bench, turns, test_count(turns));
	assert_ok(&err, get(&bench, "/1", &err));
	bench.progress = (struct fetch_progress){ 0 };
	bench.time_ms = 0;
	assert_refused(E_FETCH_DEADLINE, &err, get(&bench, "/2", &err));
	end(&bench);
}

static void settings_are_checked(void **state)
{
	static const struct fetch_secret secrets[] = {
		{ .field_count = HTTP_FIELDS_MAX }, { .field_count = 1 }
	};
	struct fetch_settings settings = settings_now();
	struct fetcher *fetcher = NULL;
	struct error err;
	struct url url;

	(void)state;
	settings.secrets = secrets;
	settings.secret_count = 2;
	assert_refused(E_HTTP_FIELDS, &err,
		       fetch_open(&settings, &fetcher, &err));
	settings.secret_count = 0;
	assert_ok(&err, url_parse(span_of_text("https://p/"), &url, &err));
	settings.proxy = &url;
	assert_refused(E_FETCH_PROXY_SCHEME, &err,
		       fetch_open(&settings, &fetcher, &err));
	assert_null(fetcher);
	fetch_close(&fetcher);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_of_each_kind),
		cmocka_unit_test(one_connection_serves_many),
		cmocka_unit_test(much_arrives_whole),
		cmocka_unit_test(redirects_are_followed),
		cmocka_unit_test(secrets_stay_with_their_origin),
		cmocka_unit_test(a_broken_transfer_goes_on),
		cmocka_unit_test(what_has_changed_starts_over),
		cmocka_unit_test(another_mirror_goes_on),
		cmocka_unit_test(every_cut_is_mended),
		cmocka_unit_test(each_bad_answer_is_told),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(the_sink_can_refuse),
		cmocka_unit_test(nothing_waits_for_ever),
		cmocka_unit_test(settings_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
