/* A fetcher of the network process, the mirrors it talks to and the place for
 * its bytes, at once. */
#ifndef KEELBOOT_TESTS_UNIT_NET_FETCH_BENCH_H
#define KEELBOOT_TESTS_UNIT_NET_FETCH_BENCH_H

#include "fetch_rig.h"
#include "net_fetch.h"
#include "sys/proc.h"

#include <stdio.h>

#define OK_10	"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
#define REST(x) "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes " x "\r\n"
#define GONE	"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
#define BUSY	"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
#define LIMIT	1000000

#define RIGS_MAX 3

struct bench {
	struct fetch_rig rigs[RIGS_MAX];
	size_t rig_count;
	struct net_settings settings;
	struct net_entry entry;
	struct net_fetch_setup setup;
	struct net_fetcher *fetcher;
	struct net_request request;
	struct fetch_rig_sink sink;
	struct net_facts facts;
	struct net_state state;
	char notes[8192];
	unsigned hears;
	uint64_t up_at_ms;
};

static __attribute__((unused, noinline)) void hear(void *ctx)
{
	struct bench *b = ctx;

	b->hears++;
	if (b->up_at_ms && now_ms() >= b->up_at_ms)
		b->state.stage = NET_UP;
}

static __attribute__((unused, noinline)) void note(void *ctx, const char *text)
{
	struct bench *b = ctx;
	size_t len = strlen(b->notes);

	print_message("    %s\n", text);
	snprintf(b->notes + len, sizeof(b->notes) - len, "%s\n", text);
}

static __attribute__((unused, noinline)) const struct net_state *
state_of(void *ctx)
{
	return &((struct bench *)ctx)->state;
}

static __attribute__((unused, noinline)) struct bench *bench_new(void)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	net_entry_begin(&b->entry);
	b->setup = (struct net_fetch_setup){
		.settings = &b->settings,
		.entries = &b->entry,
		.entry_count = 1,
		.folder = "/nonexistent",
		.busybox = "/nonexistent",
		.build_time = 1000,
		.hear = hear,
		.note = note,
		.state = state_of,
		.ctx = b,
	};
	b->request = (struct net_request){
		.order = NET_FETCH,
		.entry = NET_NO_ENTRY,
		.max_size = LIMIT,
		.timeout_s = 10,
	};
	b->state.stage = NET_UP;
	fetch_rig_sink_begin(&b->sink, LIMIT);
	return b;
}

static __attribute__((unused, noinline)) void bench_drop(struct bench **bench)
{
	struct bench *b = *bench;

	net_fetch_close(&b->fetcher);
	for (size_t i = 0; i < b->rig_count; i++)
		fetch_rig_end(&b->rigs[i]);
	fetch_rig_sink_end(&b->sink);
	free(b);
}
#define _bench_ __attribute__((cleanup(bench_drop))) struct bench *

static __attribute__((unused, noinline)) void add_url(struct bench *b,
						      const char *url)
{
	snprintf(b->request.urls[b->request.url_count++], URL_TEXT_MAX, "%s",
		 url);
}

/* One more mirror. */
static __attribute__((unused, noinline)) void
serve(struct bench *b, const struct fetch_rig_turn *turns, size_t count)
{
	char url[64];

	fetch_rig_begin(&b->rigs[b->rig_count], NULL, NULL, turns, count);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/file",
		 b->rigs[b->rig_count++].port);
	add_url(b, url);
}
#define SERVE(b, ...)                                                          \
	serve(b, (const struct fetch_rig_turn[]){ __VA_ARGS__ },               \
	      sizeof((const struct fetch_rig_turn[]){ __VA_ARGS__ }) /         \
		      sizeof(struct fetch_rig_turn))

static __attribute__((unused, noinline)) enum status get(struct bench *b,
							 struct error *err)
{
	if (!b->fetcher)
		assert_ok(err, net_fetch_open(&b->setup, &b->fetcher, err));
	return net_fetch_file(b->fetcher, &b->request, &b->sink.sink, &b->facts,
			      err);
}

static __attribute__((unused, noinline)) void gets(struct bench *b,
						   const char *want)
{
	struct error err;

	assert_ok(&err, get(b, &err));
	assert_span_text(span_of(b->sink.bytes, b->sink.len), want);
	assert_int_equal(b->facts.size, strlen(want));
}

static __attribute__((unused, noinline)) void refused(struct bench *b,
						      enum status want)
{
	struct error err;

	assert_refused(want, &err, get(b, &err));
	print_message("    %s\n", err.text);
}

static __attribute__((unused, noinline)) unsigned lines(const struct bench *b)
{
	unsigned count = 0;

	for (const char *at = b->notes; *at; at++)
		count += *at == '\n';
	return count;
}

#endif
