/* What the files of fetch.h share: a connection, with or without TLS, through a
 * proxy or not, as one stream of bytes. */
#ifndef KEELBOOT_FETCH_PARTS_H
#define KEELBOOT_FETCH_PARTS_H

#include "fetch.h"

/* Large enough that a fast network costs few system calls, and for any head. */
#define FETCH_IN_MAX  ((size_t)256 << 10)
#define FETCH_RAW_MAX ((size_t)32 << 10) /* records of TLS */

struct fetch_bytes {
	uint8_t *buf;
	size_t at, len; /* what was used of it, what is there */
};

struct fetch_stream {
	int fd; /* -1: none */
	struct tls *tls;
	struct url origin;
	struct tcp_address address;
	bool was_used; /* a response has come over it */
	bool has_ended;
	struct fetch_bytes in, raw;
};

/* How fast an answer comes. */
struct fetch_pace {
	bool is_body;	    /* else its head is waited for */
	uint64_t waited_ms; /* for the server */
	uint64_t bytes;	    /* of the body that came meanwhile */
};

/* One call of fetch_get(). */
struct fetch_visit {
	struct fetcher *f;
	uint64_t max_bytes;
	const struct fetch_sink *sink;
	struct fetch_progress *progress;
	struct fetch_facts facts;
	struct url url; /* asked now */
};

struct fetcher {
	struct fetch_settings settings;
	uint64_t deadline_ms;	/* of this fetch */
	uint64_t wait_until_ms; /* of connecting; 0: stall_ms from now */
	struct fetch_pace pace; /* of this try */
	struct fetch_stream stream;
	struct fetch_visit visit;
	char request[HTTP_REQUEST_MAX];
	uint8_t in[FETCH_IN_MAX];
	uint8_t raw[FETCH_RAW_MAX];
};

/* Makes sure of a connection to the url's origin: the one that is there, or a
 * new one. */
MUST_USE enum status fetch_stream_open(struct fetcher *f, const struct url *url,
				       struct error *err);
void fetch_stream_close(struct fetcher *f);

MUST_USE enum status fetch_stream_send(struct fetcher *f, struct span bytes,
				       struct error *err);

/* Waits for more bytes behind those in stream.in, which may move; or for the
 * end (stream.has_ended). There is room. */
MUST_USE enum status fetch_stream_receive(struct fetcher *f, struct error *err);

/* The bytes that are there, and that so many of them are done with. */
struct span fetch_stream_bytes(const struct fetcher *f);
void fetch_stream_used(struct fetcher *f, size_t len);

/* The next head of a response that is no 1xx. Its spans are good until more is
 * received. */
MUST_USE enum status fetch_stream_head(struct fetcher *f, struct http_head *ret,
				       struct error *err);

/* Asks for what visit->progress has not yet, at visit->url, which becomes the
 * one behind the redirects; gives the head of the answer. */
MUST_USE enum status fetch_ask(struct fetch_visit *visit, struct http_head *ret,
			       struct error *err);

/* Fields that go to url's origin; *ret_by_proxy: it is the proxy that is asked,
 * by the whole URL. to has room for HTTP_FIELDS_MAX. */
size_t fetch_fields_for(const struct fetcher *f, const struct url *url,
			struct span *to, bool *ret_by_proxy);

/* True if the tag that is known is of the server that is asked now. */
bool fetch_has_tag(const struct fetch_visit *visit);

/* Reads a body that nobody wants, so that the connection can be used for the
 * next request, or closes it if that is cheaper. */
void fetch_drain(struct fetch_visit *visit, const struct http_head *head);

#endif
