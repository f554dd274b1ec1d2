#include "fetch_parts.h"

#include "base/own.h"
#include "sys/proc.h"

#include <string.h>

/* Rather a new connection than reading more, or for longer. */
#define DRAIN_MAX 16384
#define DRAIN_MS  1000

enum status fetch_open(const struct fetch_settings *settings,
		       struct fetcher **ret, struct error *err)
{
	size_t fields = 0;
	struct fetcher *f;

	for (size_t i = 0; i < settings->secret_count; i++)
		fields += settings->secrets[i].field_count;
	if (fields > HTTP_FIELDS_MAX)
		return fail(err, E_HTTP_FIELDS,
			    "%zu headers to be sent, at most %u can be", fields,
			    HTTP_FIELDS_MAX);
	if (settings->proxy && settings->proxy->scheme != URL_HTTP)
		return fail(err, E_FETCH_PROXY_SCHEME,
			    "the proxy %s is spoken to by %s, only http is "
			    "known",
			    display_of_text(settings->proxy->host).text,
			    url_scheme_name(settings->proxy->scheme));
	f = malloc(sizeof(*f));
	if (!f)
		return fail(err, E_NO_MEMORY, "no memory to fetch with");
	f->settings = *settings;
	f->deadline_ms = 0;
	f->wait_until_ms = 0;
	f->pace = (struct fetch_pace){ .is_body = false };
	f->stream = (struct fetch_stream){ .fd = -1 };
	fetch_stream_close(f);
	*ret = f;
	return OK;
}

void fetch_close(struct fetcher **fetcher)
{
	if (!*fetcher)
		return;
	fetch_stream_close(*fetcher);
	free(*fetcher);
	*fetcher = NULL;
}

/* --- bodies --------------------------------------------------------------- */

static enum status take_piece(struct fetch_visit *visit, struct span piece,
			      uint64_t *skip, struct error *err)
{
	struct fetch_progress *progress = visit->progress;
	uint64_t skipped = *skip < piece.len ? *skip : piece.len;
	enum status s;

	*skip -= skipped;
	piece = span_slice(piece, skipped, piece.len - skipped);
	if (!piece.len)
		return OK;
	if (progress->taken > visit->max_bytes ||
	    piece.len > visit->max_bytes - progress->taken)
		return fail(err, E_FETCH_TOO_LARGE,
			    "more than %llu bytes have come, which is the "
			    "limit",
			    (unsigned long long)visit->max_bytes);
	if (progress->has_size && piece.len > progress->size - progress->taken)
		return E_FETCH_CHANGED;
	s = visit->sink->take(visit->sink->context, piece, err);
	if (s == OK)
		progress->taken += piece.len;
	return s;
}

/* skip bytes are there already; what is not wanted is only read. */
static enum status take_body(struct fetch_visit *visit,
			     const struct http_head *head, uint64_t skip,
			     bool is_wanted, struct error *err)
{
	struct fetcher *f = visit->f;
	struct http_body body = http_body_of(head);
	bool is_kept = head->is_kept;
	enum status s;

	if (is_wanted)
		f->pace = (struct fetch_pace){ .is_body = true };
	for (;;) {
		struct span rest = fetch_stream_bytes(f), piece;
		size_t len = rest.len;

		s = http_body_take(&body, &rest, &piece, err);
		f->pace.bytes += s == OK ? piece.len : 0;
		if (s == OK && is_wanted)
			s = take_piece(visit, piece, &skip, err);
		if (s != OK)
			return s;
		fetch_stream_used(f, len - rest.len);
		if (http_body_is_done(&body))
			break;
		if (rest.len)
			continue;
		s = fetch_stream_receive(f, err);
		if (s != OK)
			return s;
		if (!f->stream.has_ended)
			continue;
		s = http_body_end(&body, err);
		if (s != OK)
			return s;
		break;
	}
	if (skip) /* it has less than what has come */
		return E_FETCH_CHANGED;
	if (!is_kept || !http_body_is_done(&body) || fetch_stream_bytes(f).len)
		fetch_stream_close(f);
	return OK;
}

void fetch_drain(struct fetch_visit *visit, const struct http_head *head)
{
	struct fetcher *f = visit->f;
	const struct fetch_pace pace = f->pace;

	f->wait_until_ms = now_ms() + DRAIN_MS;
	if (!head->is_kept || !head->has_length ||
	    head->content_length > DRAIN_MAX ||
	    take_body(visit, head, 0, false, NULL) != OK)
		fetch_stream_close(f);
	f->wait_until_ms = 0;
	f->pace = pace;
}

/* --- what was answered ---------------------------------------------------- */

static enum status check_size(const struct fetch_visit *visit, uint64_t size,
			      struct error *err)
{
	if (size > visit->max_bytes)
		return fail(err, E_FETCH_TOO_LARGE,
			    "the file has %llu bytes, the limit is %llu",
			    (unsigned long long)size,
			    (unsigned long long)visit->max_bytes);
	return OK;
}

/* From the first byte on. */
static enum status take_whole(struct fetch_visit *visit,
			      const struct http_head *head, struct error *err)
{
	struct fetch_progress *progress = visit->progress;
	struct text etag = text_over(progress->etag, sizeof(progress->etag));
	enum status s;

	progress->has_size = head->has_length;
	progress->size = head->content_length;
	progress->etag_url = visit->url;
	text_add_bytes(&etag, head->etag);
	if (etag.cut)
		progress->etag[0] = '\0';
	if (progress->has_size) {
		s = check_size(visit, progress->size, err);
		if (s != OK)
			return s;
	}
	s = visit->sink->begin(visit->sink->context, progress->has_size,
			       progress->size, err);
	if (s != OK)
		return s;
	return take_body(visit, head, 0, true, err);
}

/* All of it though the rest was wanted: the server has no ranges, or its file
 * is another one by now. */
static enum status take_again(struct fetch_visit *visit,
			      const struct http_head *head, struct error *err)
{
	const struct fetch_progress *progress = visit->progress;
	bool is_same = progress->has_size && head->has_length &&
		       progress->size == head->content_length;

	if (fetch_has_tag(visit))
		is_same = span_equal_text(head->etag, progress->etag);
	if (!is_same)
		return E_FETCH_CHANGED;
	return take_body(visit, head, progress->taken, true, err);
}

/* Of the file that has come so far, as far as it is told. */
static bool is_rest(const struct fetch_visit *visit,
		    const struct http_head *head)
{
	const struct fetch_progress *progress = visit->progress;
	const struct http_range *range = &head->range;

	if (range->first != progress->taken)
		return false;
	if (!progress->has_size && !range->has_size)
		return false;
	if (progress->has_size && range->has_size &&
	    progress->size != range->size)
		return false;
	return !fetch_has_tag(visit) || !head->etag.len ||
	       span_equal_text(head->etag, progress->etag);
}

static enum status take_rest(struct fetch_visit *visit,
			     const struct http_head *head, struct error *err)
{
	struct fetch_progress *progress = visit->progress;
	const struct http_range *range = &head->range;
	enum status s;

	if (!is_rest(visit, head))
		return E_FETCH_CHANGED;
	if (!progress->has_size) {
		progress->has_size = true;
		progress->size = range->size;
	}
	s = check_size(visit, progress->size, err);
	if (s != OK)
		return s;
	return take_body(visit, head, 0, true, err);
}

static enum status refuse(struct fetch_visit *visit,
			  const struct http_head *head, struct error *err)
{
	bool may_pass = head->status == 408 || head->status == 429 ||
			head->status >= 500;
	enum status s = fail(err, may_pass ? E_FETCH_BUSY : E_FETCH_STATUS,
			     "the server's answer is %u %s", head->status,
			     display_of(head->reason).text);

	fetch_drain(visit, head);
	return s;
}

static enum status take_answer(struct fetch_visit *visit,
			       const struct http_head *head, struct error *err)
{
	struct fetch_progress *progress = visit->progress;
	enum status s;

	if (head->status == 200 && !progress->taken)
		s = take_whole(visit, head, err);
	else if (head->status == 200)
		s = take_again(visit, head, err);
	else if (head->status == 206 && progress->taken)
		s = take_rest(visit, head, err);
	else if (head->status == 416 && progress->taken)
		return E_FETCH_CHANGED; /* it has no more */
	else
		return refuse(visit, head, err);
	if (s == OK && progress->has_size && progress->taken < progress->size)
		return fail(err, E_HTTP_BODY_SHORT,
			    "the file has %llu bytes, only %llu have come",
			    (unsigned long long)progress->size,
			    (unsigned long long)progress->taken);
	return s;
}

/* E_FETCH_CHANGED, without a sentence: what comes now is of another file than
 * what has come, so that it is for fetch_get() to begin anew. */
static enum status try_once(struct fetch_visit *visit, const struct url *url,
			    struct error *err)
{
	struct text tls;
	bool is_refused = false;
	struct http_head head;
	enum status s;

	visit->url = *url;
	visit->f->pace = (struct fetch_pace){ .is_body = false };
	s = fetch_ask(visit, &head, err);
	if (s == OK) {
		visit->facts.url = visit->url;
		visit->facts.address = visit->f->stream.address;
		tls = text_over(visit->facts.tls, sizeof(visit->facts.tls));
		if (visit->f->stream.tls)
			tls_describe(visit->f->stream.tls, &tls);
		s = take_answer(visit, &head, err);
		/* then the connection is as good as before */
		is_refused = s == E_FETCH_BUSY || s == E_FETCH_STATUS;
	}
	if (s == OK)
		return OK;
	if (!is_refused)
		fetch_stream_close(visit->f);
	if (s == E_FETCH_CHANGED)
		return s;
	return fail_in(err, s, "%s", display_of_text(visit->url.host).text);
}

enum status fetch_get(struct fetcher *fetcher, const struct url *url,
		      uint64_t max_bytes, uint64_t deadline_ms,
		      const struct fetch_sink *sink,
		      struct fetch_progress *progress, struct fetch_facts *ret,
		      struct error *err)
{
	struct fetch_visit *visit = &fetcher->visit;
	enum status s;

	*visit = (struct fetch_visit){ .f = fetcher,
				       .max_bytes = max_bytes,
				       .sink = sink,
				       .progress = progress };
	fetcher->deadline_ms = deadline_ms;
	s = try_once(visit, url, err);
	/* from its start no file differs from what has come */
	if (s == E_FETCH_CHANGED) {
		*progress = (struct fetch_progress){ 0 };
		s = try_once(visit, url, err);
	}
	if (s == OK)
		*ret = visit->facts;
	return s;
}
