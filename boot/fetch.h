/*
 * Fetches a file by http or https: its bytes go to a sink in order, each once,
 * while they arrive. Redirects are followed, a transfer that broke can be taken
 * up where it broke, and a connection is kept for the next file of the same
 * server. It waits in poll(2), always with a deadline, and so belongs in a
 * process of its own.
 *
 * Nothing here makes bytes trustworthy: what comes is judged like a file of a
 * disk. TLS keeps secrets on their way and tells servers apart.
 */
#ifndef KEELBOOT_FETCH_H
#define KEELBOOT_FETCH_H

#include "format/http.h"
#include "sys/tcp.h"
#include "trust/tls.h"

#define FETCH_REDIRECTS_MAX 5
#define FETCH_ETAG_MAX	    128 /* with a NUL; longer ones are not kept */

/* What one origin (scheme, host and port) may see, and no other. */
struct fetch_secret {
	const struct url *origin;
	const struct span *fields; /* "Name: value", http_check_field() */
	size_t field_count;
	const struct tls_identity *identity; /* or NULL */
};

/* All that it points at must outlive the fetcher. */
struct fetch_settings {
	const char *interface;	       /* "" for what the routes say */
	const struct keyring *keyring; /* of TLS; NULL: no https */
	struct tls_clock clock;
	const struct fetch_secret *secrets;
	size_t secret_count;

	const struct url *proxy; /* an http proxy or NULL */

	uint32_t connect_ms; /* for an answer to connect, and to a TLS hello */
	uint32_t stall_ms;   /* the longest time without any byte */

	/* The least speed: in slow_ms of waiting for the server, slow_bytes of
	 * the file at least. Only waiting counts: what the sink takes does
	 * not make a server slow. The head of the answer has to be whole in
	 * slow_ms, redirects and 1xx before it included. Looked at before the
	 * next wait, so that up to stall_ms more may pass. slow_ms 0: no least
	 * speed. */
	uint32_t slow_ms;
	uint32_t slow_bytes;
};

/*
 * Where the bytes go. begin() comes before the first of them, with the size if
 * the server has told it. It comes again when the file is fetched from its
 * start again, as when it has changed in between; then all that was taken is
 * void. What they return other than OK ends the fetch with that.
 */
struct fetch_sink {
	void *context;
	enum status (*begin)(void *context, bool has_size, uint64_t size,
			     struct error *err);
	enum status (*take)(void *context, struct span bytes,
			    struct error *err);
};

/*
 * How far a file has come. Zeroed before the first fetch of it; passed again,
 * as it is and with the same sink, to go on after one that failed, there or at
 * another mirror.
 */
struct fetch_progress {
	uint64_t taken;
	bool has_size;
	uint64_t size;
	char etag[FETCH_ETAG_MAX]; /* of etag_url's origin, "" if none */
	struct url etag_url;
};

/* What is told about a file that came; plain data. */
struct fetch_facts {
	struct url url; /* behind the redirects */
	struct tcp_address address;
	uint32_t redirects;
	char tls[256]; /* tls_describe(), "" for http */
};

struct fetcher;

/* settings are copied. Errors: E_FETCH_PROXY_SCHEME (no http URL),
 * E_HTTP_FIELDS (more than HTTP_FIELDS_MAX of all), E_NO_MEMORY. */
MUST_USE enum status fetch_open(const struct fetch_settings *settings,
				struct fetcher **ret, struct error *err);

/* Closes the connection; *fetcher may be NULL. */
void fetch_close(struct fetcher **fetcher);
#define _fetch_close_ __attribute__((cleanup(fetch_close)))

/*
 * Fetches url until deadline_ms, at most max_bytes of it, or the rest of it
 * that progress has not yet: once, but for a file that is another one by now,
 * which is fetched from its start at once. Errors, besides those of the sink,
 * the URL in a redirect, tcp.h, http.h and tls.h:
 *
 * E_FETCH_SCHEME       neither http nor https
 * E_FETCH_NO_TLS       https without settings.keyring
 * E_FETCH_DEADLINE     deadline_ms has passed
 * E_FETCH_STALL        no byte for stall_ms
 * E_FETCH_SLOW         fewer than slow_bytes in slow_ms, or no head
 * E_FETCH_CUT          the server closed before or inside of its answer
 * E_FETCH_STATUS       a status other than 200, named
 * E_FETCH_BUSY         one that may pass: 408, 429, 5xx
 * E_FETCH_REDIRECTS    more than FETCH_REDIRECTS_MAX
 * E_FETCH_DOWNGRADE    a redirect from https to http
 * E_FETCH_TOO_LARGE    more than max_bytes, told or arrived
 * E_FETCH_PROXY        the proxy refuses the tunnel
 * E_FETCH_RANDOM       the kernel has no random numbers yet
 * progress stays good after each but those of the sink.
 */
MUST_USE enum status fetch_get(struct fetcher *fetcher, const struct url *url,
			       uint64_t max_bytes, uint64_t deadline_ms,
			       const struct fetch_sink *sink,
			       struct fetch_progress *progress,
			       struct fetch_facts *ret, struct error *err);

/*
 * Sends body to url by POST, once, and reads no more of the answer than its
 * head, whose status is *ret_status: of any kind, redirects too. Errors: those
 * of fetch_get() until there is a status; E_HTTP_REQUEST_LENGTH if head and
 * body have HTTP_REQUEST_MAX bytes or more.
 */
MUST_USE enum status fetch_post(struct fetcher *fetcher, const struct url *url,
				const char *content_type, struct span body,
				uint64_t deadline_ms, uint32_t *ret_status,
				struct error *err);

#endif
