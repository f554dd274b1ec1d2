/* One connection to one server, as fetch_parts.h has it. */
#include "fetch_parts.h"

#include "sys/proc.h"

#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define INTERIM_MAX 8 /* responses of 1xx in front of one */

void fetch_stream_close(struct fetcher *f)
{
	tls_drop(&f->stream.tls);
	if (f->stream.fd >= 0)
		close(f->stream.fd);
	f->stream = (struct fetch_stream){
		.fd = -1,
		.in.buf = f->in,
		.raw.buf = f->raw,
	};
}

struct span fetch_stream_bytes(const struct fetcher *f)
{
	const struct fetch_bytes *in = &f->stream.in;

	return span_of(in->buf + in->at, in->len - in->at);
}

void fetch_stream_used(struct fetcher *f, size_t len)
{
	f->stream.in.at += len;
}

/* Bytes that are not used yet go to the front. */
static void make_room(struct fetch_bytes *bytes)
{
	bytes->len -= bytes->at;
	if (bytes->at && bytes->len)
		memmove(bytes->buf, bytes->buf + bytes->at, bytes->len);
	bytes->at = 0;
}

static enum status fail_deadline(struct error *err)
{
	return fail(err, E_FETCH_DEADLINE,
		    "it has not come in the time there was for it");
}

/* Who sends a byte now and then keeps its turn no longer than one who sends
 * none. */
static enum status check_pace(struct fetcher *f, struct error *err)
{
	const struct fetch_settings *settings = &f->settings;
	struct fetch_pace *pace = &f->pace;

	if (!settings->slow_ms || pace->waited_ms < settings->slow_ms)
		return OK;
	if (!pace->is_body)
		return fail(err, E_FETCH_SLOW,
			    "the head of an answer is not whole after %llu ms, "
			    "it may take %u",
			    (unsigned long long)pace->waited_ms,
			    settings->slow_ms);
	if (pace->bytes < settings->slow_bytes)
		return fail(err, E_FETCH_SLOW,
			    "%llu bytes have come in %llu ms, the least is %u "
			    "in %u ms",
			    (unsigned long long)pace->bytes,
			    (unsigned long long)pace->waited_ms,
			    settings->slow_bytes, settings->slow_ms);
	*pace = (struct fetch_pace){ .is_body = true };
	return OK;
}

static enum status wait_for(struct fetcher *f, short events, struct error *err)
{
	uint64_t until = f->wait_until_ms, before = now_ms();
	enum status s = until ? OK : check_pace(f, err);

	if (s != OK)
		return s;
	if (!until)
		until = before + f->settings.stall_ms;
	if (until > f->deadline_ms)
		until = f->deadline_ms;
	s = tcp_wait(f->stream.fd, events, until, NULL);
	f->pace.waited_ms += now_ms() - before;
	if (s == OK)
		return OK;
	if (now_ms() >= f->deadline_ms)
		return fail_deadline(err);
	if (f->wait_until_ms)
		return fail(err, E_FETCH_STALL,
			    "no answer within %u ms of connecting",
			    f->settings.connect_ms);
	return fail(err, E_FETCH_STALL, "not one byte has come for %u ms",
		    f->settings.stall_ms);
}

/* --- below TLS ------------------------------------------------------------ */

static enum status send_plain(struct fetcher *f, struct span bytes,
			      struct error *err)
{
	while (bytes.len) {
		enum status s;
		size_t len;

		s = tcp_send(f->stream.fd, bytes, &len, err);
		if (s == OK && !len)
			s = wait_for(f, POLLOUT, err);
		if (s != OK)
			return s;
		bytes = span_slice(bytes, len, bytes.len - len);
	}
	return OK;
}

static enum status receive_plain(struct fetcher *f, struct fetch_bytes *to,
				 size_t cap, struct error *err)
{
	for (;;) {
		enum status s;
		size_t len;

		/* who always has bytes is never waited for */
		if (now_ms() >= f->deadline_ms)
			return fail_deadline(err);
		s = tcp_receive(f->stream.fd, to->buf + to->len, cap - to->len,
				&len, &f->stream.has_ended, err);
		if (s != OK)
			return s;
		to->len += len;
		if (len || f->stream.has_ended)
			return OK;
		s = wait_for(f, POLLIN, err);
		if (s != OK)
			return s;
	}
}

/* --- TLS ------------------------------------------------------------------ */

/* Sends all that TLS has to say. */
static enum status flush(struct fetcher *f, struct error *err)
{
	struct span out;

	while ((out = tls_take(f->stream.tls)).len) {
		enum status s = send_plain(f, out, err);

		if (s != OK)
			return s;
		tls_taken(f->stream.tls, out.len);
	}
	return OK;
}

/* Gets TLS one step on: what it says is sent, what the server says is fed. */
static enum status step(struct fetcher *f, struct error *err)
{
	struct fetch_bytes *raw = &f->stream.raw;
	enum status s = flush(f, err);
	size_t fed;

	if (s != OK)
		return s;
	if (raw->at == raw->len) {
		make_room(raw);
		s = receive_plain(f, raw, FETCH_RAW_MAX, err);
		if (s != OK)
			return s;
		if (f->stream.has_ended)
			return tls_feed_end(f->stream.tls, err);
	}
	fed = tls_feed(f->stream.tls,
		       span_of(raw->buf + raw->at, raw->len - raw->at));
	raw->at += fed;
	if (tls_state(f->stream.tls) == TLS_FAILED &&
	    !tls_read(f->stream.tls).len)
		return tls_error(f->stream.tls, err);
	/* nothing that could wait here, so nothing may come back unchanged */
	if (!fed && tls_state(f->stream.tls) != TLS_ENDED &&
	    !tls_take(f->stream.tls).len && !tls_read(f->stream.tls).len)
		return fail(err, E_FETCH_CUT,
			    "TLS takes no more of %zu bytes that have come",
			    raw->len - raw->at);
	return OK;
}

static enum status receive_tls(struct fetcher *f, struct error *err)
{
	struct fetch_bytes *in = &f->stream.in;
	struct tls *tls = f->stream.tls;
	struct span got;

	while (!(got = tls_read(tls)).len) {
		enum status s;

		if (tls_state(tls) == TLS_FAILED)
			return tls_error(tls, err);
		f->stream.has_ended = tls_state(tls) == TLS_ENDED;
		if (f->stream.has_ended)
			return OK;
		s = step(f, err);
		if (s != OK)
			return s;
	}
	if (got.len > FETCH_IN_MAX - in->len)
		got.len = FETCH_IN_MAX - in->len;
	memcpy(in->buf + in->len, got.ptr, got.len);
	in->len += got.len;
	tls_consumed(tls, got.len);
	return OK;
}

static const struct tls_identity *identity_for(const struct fetcher *f,
					       const struct url *url)
{
	const struct fetch_settings *settings = &f->settings;

	for (size_t i = 0; i < settings->secret_count; i++)
		if (settings->secrets[i].identity &&
		    url_same_origin(settings->secrets[i].origin, url))
			return settings->secrets[i].identity;
	return NULL;
}

static enum status start_tls(struct fetcher *f, const struct url *url,
			     struct error *err)
{
	struct tls_settings settings = {
		.server = url->host,
		.keyring = f->settings.keyring,
		.clock = f->settings.clock,
		.identity = identity_for(f, url),
	};
	enum status s;

	if (getrandom(settings.seed, sizeof(settings.seed), GRND_NONBLOCK) !=
	    (ssize_t)sizeof(settings.seed))
		return fail(err, E_FETCH_RANDOM,
			    "no TLS before the kernel has random numbers");
	s = tls_init(&settings, &f->stream.tls, err);
	explicit_bzero(settings.seed, sizeof(settings.seed));
	while (s == OK && tls_state(f->stream.tls) == TLS_HANDSHAKE)
		s = step(f, err);
	if (s == OK && tls_state(f->stream.tls) == TLS_FAILED)
		s = tls_error(f->stream.tls, err);
	if (s == OK && tls_state(f->stream.tls) == TLS_ENDED)
		s = fail(err, E_FETCH_CUT,
			 "the server has closed the TLS "
			 "connection before an answer");
	return s;
}

/* --- the stream ----------------------------------------------------------- */

enum status fetch_stream_send(struct fetcher *f, struct span bytes,
			      struct error *err)
{
	if (!f->stream.tls)
		return send_plain(f, bytes, err);
	while (bytes.len) {
		size_t len = tls_write(f->stream.tls, bytes);
		enum status s = flush(f, err);

		if (s != OK)
			return s;
		if (!len && tls_state(f->stream.tls) == TLS_FAILED)
			return tls_error(f->stream.tls, err);
		if (!len)
			return fail(err, E_FETCH_CUT,
				    "the server has closed the connection");
		bytes = span_slice(bytes, len, bytes.len - len);
	}
	return flush(f, err);
}

enum status fetch_stream_receive(struct fetcher *f, struct error *err)
{
	make_room(&f->stream.in);
	if (f->stream.tls)
		return receive_tls(f, err);
	return receive_plain(f, &f->stream.in, FETCH_IN_MAX, err);
}

enum status fetch_stream_head(struct fetcher *f, struct http_head *ret,
			      struct error *err)
{
	unsigned interim = 0;

	for (;;) {
		enum status s =
			http_parse_head(fetch_stream_bytes(f), ret, err);

		if (s != OK)
			return s;
		fetch_stream_used(f, ret->length);
		if (ret->length && ret->status >= 200)
			return OK;
		if (ret->length &&
		    (ret->status == 101 || ++interim > INTERIM_MAX))
			return fail(err, E_FETCH_STATUS,
				    "status %u, which goes nowhere",
				    ret->status);
		if (ret->length)
			continue;
		s = fetch_stream_receive(f, err);
		if (s != OK)
			return s;
		if (f->stream.has_ended)
			return fail(err, E_FETCH_CUT,
				    "the connection was closed after %zu "
				    "bytes of an answer",
				    fetch_stream_bytes(f).len);
	}
}

/* --- opening it ----------------------------------------------------------- */

static enum status find(const struct url *url, struct tcp_addresses *ret,
			struct error *err)
{
	if (url->kind == URL_NAME)
		return tcp_find(url->host, url->port, ret, err);
	*ret = (struct tcp_addresses){
		.count = 1,
		.list[0] = { .is_ipv6 = url->kind == URL_IPV6,
			     .port = url->port },
	};
	memcpy(ret->list[0].bytes, url->address, sizeof(url->address));
	return OK;
}

/* A way through the proxy to the origin (RFC 9110, 9.3.6). */
static enum status tunnel(struct fetcher *f, const struct url *url,
			  struct error *err)
{
	const struct http_request request = {
		.method = HTTP_CONNECT,
		.url = url,
	};
	char *buf = f->request;
	struct text text = text_over(buf, HTTP_REQUEST_MAX);
	struct http_head head;
	enum status s;

	s = http_write_request(&request, &text, err);
	if (s == OK)
		s = fetch_stream_send(f, span_of(buf, text.len), err);
	explicit_bzero(buf, HTTP_REQUEST_MAX);
	if (s == OK)
		s = fetch_stream_head(f, &head, err);
	if (s != OK)
		return fail_in(err, s, "proxy %s",
			       display_of_text(f->settings.proxy->host).text);
	if (head.status >= 300)
		return fail(err, E_FETCH_PROXY,
			    "the proxy %s gives no way to %s: %u %s",
			    display_of_text(f->settings.proxy->host).text,
			    display_of_text(url->host).text, head.status,
			    display_of(head.reason).text);
	if (fetch_stream_bytes(f).len)
		return fail(err, E_FETCH_PROXY,
			    "the proxy %s sends %zu bytes before the server "
			    "was asked",
			    display_of_text(f->settings.proxy->host).text,
			    fetch_stream_bytes(f).len);
	return OK;
}

static enum status open_new(struct fetcher *f, const struct url *url,
			    struct error *err)
{
	const struct url *proxy = f->settings.proxy;
	struct tcp_addresses addresses;
	enum status s;

	s = find(proxy ? proxy : url, &addresses, err);
	if (s != OK)
		return s;
	f->wait_until_ms = now_ms() + f->settings.connect_ms;
	if (f->wait_until_ms > f->deadline_ms)
		f->wait_until_ms = f->deadline_ms;
	s = tcp_connect(&addresses, f->settings.interface, f->wait_until_ms,
			&f->stream.fd, &f->stream.address, err);
	f->stream.origin = *url;
	if (s == OK && proxy && url->scheme == URL_HTTPS)
		s = tunnel(f, url, err);
	if (s == OK && url->scheme == URL_HTTPS)
		s = start_tls(f, url, err);
	f->wait_until_ms = 0;
	return s;
}

enum status fetch_stream_open(struct fetcher *f, const struct url *url,
			      struct error *err)
{
	enum status s;

	if (url->scheme == URL_HTTPS && !f->settings.keyring)
		return fail(err, E_FETCH_NO_TLS,
			    "no CA is pinned, so https has nobody to trust");
	if (f->stream.fd >= 0 && url_same_origin(&f->stream.origin, url))
		return OK;
	fetch_stream_close(f);
	s = open_new(f, url, err);
	if (s != OK)
		fetch_stream_close(f);
	return s;
}
