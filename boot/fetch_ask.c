/* A request and the head of its answer, behind redirects: fetch_parts.h. */
#include "fetch_parts.h"

#include <string.h>

/* --- asking --------------------------------------------------------------- */

size_t fetch_fields_for(const struct fetcher *f, const struct url *url,
			struct span *to, bool *ret_by_proxy)
{
	const struct fetch_settings *settings = &f->settings;
	size_t count = 0;

	*ret_by_proxy = settings->proxy && url->scheme == URL_HTTP;
	for (size_t i = 0; i < settings->secret_count; i++) {
		const struct fetch_secret *secret = &settings->secrets[i];

		if (!url_same_origin(secret->origin, url))
			continue;
		for (size_t j = 0; j < secret->field_count; j++)
			to[count++] = secret->fields[j];
	}
	return count;
}

bool fetch_has_tag(const struct fetch_visit *visit)
{
	const struct fetch_progress *progress = visit->progress;

	return progress->etag[0] &&
	       url_same_origin(&progress->etag_url, &visit->url);
}

static enum status send_request(const struct fetch_visit *visit,
				struct error *err)
{
	struct span fields[HTTP_FIELDS_MAX];
	struct http_request request = {
		.method = HTTP_GET,
		.url = &visit->url,
		.from = visit->progress->taken,
		.if_range = fetch_has_tag(visit) ? visit->progress->etag : "",
		.fields = fields,
	};
	char *buf = visit->f->request;
	struct text text = text_over(buf, HTTP_REQUEST_MAX);
	enum status s;

	request.field_count = fetch_fields_for(visit->f, &visit->url, fields,
					       &request.is_absolute);
	s = http_write_request(&request, &text, err);
	if (s == OK)
		s = fetch_stream_send(visit->f, span_of(buf, text.len), err);
	explicit_bzero(buf, HTTP_REQUEST_MAX);
	return s;
}

/* What a server does to a connection that it has kept for long enough. */
static bool is_closed(enum status s)
{
	return s == E_TCP_SEND || s == E_TCP_RECEIVE || s == E_FETCH_CUT ||
	       s == E_TLS_CUT;
}

static enum status ask(struct fetch_visit *visit, struct http_head *ret,
		       struct error *err)
{
	struct fetcher *f = visit->f;

	for (;;) {
		enum status s = fetch_stream_open(f, &visit->url, err);
		bool was_used = f->stream.was_used;

		if (s == OK)
			s = send_request(visit, err);
		if (s == OK)
			s = fetch_stream_head(f, ret, err);
		if (s == OK) {
			f->stream.was_used = true;
			return OK;
		}
		if (!was_used || !is_closed(s) || fetch_stream_bytes(f).len)
			return s;
		fetch_stream_close(f);
	}
}

/* --- redirects ------------------------------------------------------------ */

static enum status follow(struct fetch_visit *visit,
			  const struct http_head *head, struct error *err)
{
	struct url next;
	enum status s;

	s = url_resolve(&visit->url, head->location, &next, err);
	if (s != OK)
		return fail_in(err, s, "redirect");
	if (next.scheme == URL_HTTP && visit->url.scheme == URL_HTTPS)
		return fail(err, E_FETCH_DOWNGRADE,
			    "a redirect from https to http, at %s",
			    display_of_text(next.host).text);
	fetch_drain(visit, head);
	visit->url = next;
	visit->facts.redirects++;
	return OK;
}

enum status fetch_ask(struct fetch_visit *visit, struct http_head *ret,
		      struct error *err)
{
	enum status s;

	for (visit->facts.redirects = 0;;) {
		if (visit->url.scheme != URL_HTTP &&
		    visit->url.scheme != URL_HTTPS)
			return fail(err, E_FETCH_SCHEME,
				    "%s is not spoken here, only http and "
				    "https are",
				    url_scheme_name(visit->url.scheme));
		s = ask(visit, ret, err);
		if (s != OK || !http_is_redirect(ret))
			return s;
		if (visit->facts.redirects >= FETCH_REDIRECTS_MAX)
			return fail(err, E_FETCH_REDIRECTS,
				    "more than %u redirects",
				    FETCH_REDIRECTS_MAX);
		s = follow(visit, ret, err);
		if (s != OK)
			return s;
	}
}
