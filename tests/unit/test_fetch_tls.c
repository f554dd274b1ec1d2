/* Files through a proxy, and over TLS behind a tunnel, on loopback. */
#include "fetch_bench.h"
#include "tls_rig.h"

static void a_proxy_is_asked_by_the_whole_url(void **state)
{
	static const struct fetch_rig_turn turn = { .said = PLAIN
						    "0123456789" };
	struct bench bench;
	struct url proxy, url;
	struct error err;

	(void)state;
	begin(&bench, &turn, 1);
	proxy = url_at(&bench, "/");
	fetch_close(&bench.fetcher);
	bench.settings.proxy = &proxy;
	assert_ok(&err, fetch_open(&bench.settings, &bench.fetcher, &err));
	assert_ok(&err, url_parse(span_of_text("http://no.such.example/x"),
				  &url, &err));
	assert_ok(&err, fetch_get(bench.fetcher, &url, LIMIT, now_ms() + 5000,
				  &bench.sink.sink, &bench.progress,
				  &bench.facts, &err));
	assert_int_equal(
		count_of(bench.rig.asked, "GET http://no.such.example/x HTTP"),
		1);
	end(&bench);
}

#define HOST "boot.example"

/* Through a proxy, as the names of the certificates are not this host's. */
static void begin_tls(struct bench *bench, struct tls_visit *visit,
		      const char *tunnel, const struct fetch_rig_turn *turns,
		      size_t count, struct url *proxy)
{
	struct error err;

	*bench = (struct bench){ .settings = settings_now() };
	fetch_rig_begin(&bench->rig, NULL, tunnel, turns, count);
	fetch_rig_sink_begin(&bench->sink, LIMIT);
	tls_visit_begin(visit, "ca", HOST);
	*proxy = url_at(bench, "/");
	bench->settings.proxy = proxy;
	bench->settings.keyring = &visit->keyring;
	bench->settings.clock = visit->settings.clock;
	assert_ok(&err, fetch_open(&bench->settings, &bench->fetcher, &err));
}

static enum status get_tls(struct bench *bench, const char *text,
			   struct error *err)
{
	struct url url;

	assert_ok(err, url_parse(span_of_text(text), &url, err));
	return fetch_get(bench->fetcher, &url, LIMIT, now_ms() + 8000,
			 &bench->sink.sink, &bench->progress, &bench->facts,
			 err);
}

#define TUNNEL                                                                 \
	{                                                                      \
		.said = "HTTP/1.1 200 Yes\r\n\r\n", .end = FETCH_RIG_TLS       \
	}

static void tls_is_kept_and_resumed(void **state)
{
	static const struct fetch_rig_turn turns[] = {
		TUNNEL,
		{ .said = TAGGED "0123456789", .end = FETCH_RIG_KEEPS },
		{ .said = TAGGED "0123", .end = FETCH_RIG_CUTS },
		TUNNEL,
		{ .said = REST("4-9/10") "ETag: \"a\"\r\n\r\n45678",
		  .end = FETCH_RIG_CLOSES },
		TUNNEL,
		{ .said = REST("9-9/10") "Content-Length: 1\r\n\r\n9",
		  .end = FETCH_RIG_CUTS },
	};
	struct tls_visit visit;
	struct bench bench;
	struct url proxy;
	struct error err;

	(void)state;
	begin_tls(&bench, &visit, "server", turns, test_count(turns), &proxy);
	assert_ok(&err, get_tls(&bench, "https://" HOST "/1", &err));
	assert_non_null(strstr(bench.facts.tls, "TLS 1.2, ECDHE"));
	bench.progress = (struct fetch_progress){ 0 };
	assert_refused(E_TLS_CUT, &err,
		       get_tls(&bench, "https://" HOST "/2", &err));
	assert_refused(E_HTTP_BODY_SHORT, &err,
		       get_tls(&bench, "https://" HOST "/2", &err));
	assert_ok(&err, get_tls(&bench, "https://" HOST "/2", &err));
	assert_span_text(span_of(bench.sink.bytes, bench.sink.len),
			 "0123456789");
	assert_int_equal(
		count_of(bench.rig.asked, "CONNECT " HOST ":443 HTTP/1.1\r\n"),
		3);
	assert_int_equal(count_of(bench.rig.asked, "If-Range: \"a\""), 2);
	end(&bench);
	tls_visit_end(&visit);
}

/* "Until the connection closes" needs TLS's own end. */
static void what_tls_does_not_end_is_cut(void **state)
{
	static const enum fetch_rig_end ends[] = { FETCH_RIG_CLOSES,
						   FETCH_RIG_CUTS };

	(void)state;
	for (size_t i = 0; i < test_count(ends); i++) {
		const struct fetch_rig_turn turns[] = {
			TUNNEL,
			{ .said = "HTTP/1.1 200 OK\r\n\r\n0123456789",
			  .end = ends[i] },
		};
		struct tls_visit visit;
		struct bench bench;
		struct url proxy;
		struct error err;

		begin_tls(&bench, &visit, "server", turns, 2, &proxy);
		if (ends[i] == FETCH_RIG_CLOSES)
			assert_ok(&err,
				  get_tls(&bench, "https://" HOST "/", &err));
		else
			assert_refused(
				E_TLS_CUT, &err,
				get_tls(&bench, "https://" HOST "/", &err));
		end(&bench);
		tls_visit_end(&visit);
	}
}

static void tls_refuses(void **state)
{
	static const struct {
		enum status want;
		const char *url;
		struct fetch_rig_turn turns[2];
		size_t count;
	} cases[] = {
		{ E_TLS_NAME_OTHER,
		  "https://other.example/",
		  { TUNNEL, { 0 } },
		  2 },
		{ E_FETCH_DOWNGRADE,
		  "https://" HOST "/",
		  { TUNNEL, { .said = MOVED "http://" HOST "/\r\n\r\nxx" } },
		  2 },
		{ E_FETCH_PROXY,
		  "https://" HOST "/",
		  { { .said = "HTTP/1.1 403 No\r\nContent-Length: 0\r\n"
			      "\r\n" } },
		  1 },
		{ E_FETCH_PROXY,
		  "https://" HOST "/",
		  { { .said = "HTTP/1.1 200 Yes\r\n\r\nand more" } },
		  1 },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		struct tls_visit visit;
		struct bench bench;
		struct url proxy;
		struct error err;

		begin_tls(&bench, &visit, "server", cases[i].turns,
			  cases[i].count, &proxy);
		assert_refused(cases[i].want, &err,
			       get_tls(&bench, cases[i].url, &err));
		print_message("    %s\n", err.text);
		assert_int_equal(bench.sink.begins, 0);
		end(&bench);
		tls_visit_end(&visit);
	}
}

/* Who asks gets the client certificate, if it is that origin's; the server
 * hangs up on others, without an alert. */
static void identities_stay_with_their_origin(void **state)
{
	static const struct {
		enum status want;
		const char *origin;
		struct fetch_rig_turn turns[2];
	} cases[] = {
		{ OK,
		  "https://" HOST "/",
		  { TUNNEL, { .said = PLAIN "0123456789" } } },
		{ E_TLS_CUT, "https://" HOST ":444/", { TUNNEL, { 0 } } },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_tls_identity_ struct tls_identity *identity =
			tls_read_identity("client-p256");
		struct url proxy, origin;
		struct fetch_secret secret = { .origin = &origin,
					       .identity = identity };
		struct tls_visit visit;
		struct bench bench;
		struct error err = { .code = OK };

		assert_ok(&err, url_parse(span_of_text(cases[i].origin),
					  &origin, &err));
		begin_tls(&bench, &visit, "server client-p256", cases[i].turns,
			  2, &proxy);
		fetch_close(&bench.fetcher);
		bench.settings.secrets = &secret;
		bench.settings.secret_count = 1;
		assert_ok(&err,
			  fetch_open(&bench.settings, &bench.fetcher, &err));
		test_check_status(cases[i].want,
				  get_tls(&bench, "https://" HOST "/", &err),
				  &err, "get_tls", __FILE__, __LINE__);
		assert_int_equal(bench.sink.len, cases[i].want ? 0 : 10);
		end(&bench);
		tls_visit_end(&visit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_proxy_is_asked_by_the_whole_url),
		cmocka_unit_test(tls_is_kept_and_resumed),
		cmocka_unit_test(what_tls_does_not_end_is_cut),
		cmocka_unit_test(tls_refuses),
		cmocka_unit_test(identities_stay_with_their_origin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
