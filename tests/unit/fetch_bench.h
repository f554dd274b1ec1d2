/* A fetcher, the server it talks to and the place for its bytes, at once. */
#ifndef KEELBOOT_TESTS_UNIT_FETCH_BENCH_H
#define KEELBOOT_TESTS_UNIT_FETCH_BENCH_H

#include "fetch_rig.h"
#include "sys/proc.h"

#include <stdio.h>

#define LIMIT 1000000

#define OK_10	"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n"
#define TAGGED	OK_10 "ETag: \"a\"\r\n\r\n"
#define PLAIN	OK_10 "\r\n"
#define REST(x) "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes " x "\r\n"
#define MOVED	"HTTP/1.1 302 Found\r\nContent-Length: 2\r\nLocation: "

struct bench {
	struct fetch_rig rig;
	struct fetch_settings settings;
	struct fetcher *fetcher;
	struct fetch_rig_sink sink;
	struct fetch_progress progress;
	struct fetch_facts facts;
	uint64_t max_bytes;
	uint64_t time_ms;
};

static __attribute__((unused, noinline)) struct fetch_settings
settings_now(void)
{
	return (struct fetch_settings){ .interface = "",
					.connect_ms = 2000,
					.stall_ms = 400 };
}

static __attribute__((unused, noinline)) void
begin(struct bench *bench, const struct fetch_rig_turn *turns, size_t count)
{
	struct error err;

	*bench = (struct bench){ .settings = settings_now(),
				 .max_bytes = LIMIT,
				 .time_ms = 8000 };
	fetch_rig_begin(&bench->rig, NULL, NULL, turns, count);
	fetch_rig_sink_begin(&bench->sink, LIMIT);
	assert_ok(&err, fetch_open(&bench->settings, &bench->fetcher, &err));
}

static __attribute__((unused, noinline)) void end(struct bench *bench)
{
	fetch_close(&bench->fetcher);
	fetch_rig_sink_end(&bench->sink);
	fetch_rig_end(&bench->rig);
}

static __attribute__((unused, noinline)) struct url
url_at(const struct bench *bench, const char *path)
{
	char text[256];
	struct error err;
	struct url url;

	snprintf(text, sizeof(text), "http://127.0.0.1:%u%s", bench->rig.port,
		 path);
	assert_ok(&err, url_parse(span_of_text(text), &url, &err));
	return url;
}

static __attribute__((unused, noinline)) enum status
get(struct bench *bench, const char *path, struct error *err)
{
	struct url url = url_at(bench, path);

	return fetch_get(bench->fetcher, &url, bench->max_bytes,
			 now_ms() + bench->time_ms, &bench->sink.sink,
			 &bench->progress, &bench->facts, err);
}

/* After it has broken off so many times; it goes on each time. */
static __attribute__((unused, noinline)) void
get_after(struct bench *bench, const char *path, unsigned breaks)
{
	struct error err;

	while (breaks--) {
		if (get(bench, path, &err) == OK)
			fail_msg("%s: %u breaks are missing", path, breaks + 1);
		print_message("    %s\n", err.text);
	}
	assert_ok(&err, get(bench, path, &err));
}

static __attribute__((unused, noinline)) size_t count_of(const char *all,
							 const char *what)
{
	size_t count = 0;

	for (; (all = strstr(all, what)); all++)
		count++;
	return count;
}

#endif
