#include "fetch_parts.h"

#include <string.h>

static enum status send_post(struct fetcher *f, const struct url *url,
			     const char *content_type, struct span body,
			     struct error *err)
{
	struct span fields[HTTP_FIELDS_MAX];
	struct http_request request = {
		.method = HTTP_POST,
		.url = url,
		.is_last = true,
		.content_type = content_type,
		.content_length = body.len,
		.fields = fields,
	};
	struct text text = text_over(f->request, HTTP_REQUEST_MAX);
	enum status s;

	request.field_count =
		fetch_fields_for(f, url, fields, &request.is_absolute);
	s = http_write_request(&request, &text, err);
	text_add_bytes(&text, body);
	if (s == OK && text.cut)
		s = fail(err, E_HTTP_REQUEST_LENGTH,
			 "a request with a body of %zu bytes has more than %u",
			 body.len, HTTP_REQUEST_MAX - 1);
	if (s == OK)
		s = fetch_stream_send(f, span_of(f->request, text.len), err);
	explicit_bzero(f->request, HTTP_REQUEST_MAX);
	return s;
}

enum status fetch_post(struct fetcher *fetcher, const struct url *url,
		       const char *content_type, struct span body,
		       uint64_t deadline_ms, uint32_t *ret_status,
		       struct error *err)
{
	struct http_head head;
	enum status s;

	if (url->scheme != URL_HTTP && url->scheme != URL_HTTPS)
		return fail(err, E_FETCH_SCHEME,
			    "%s is not spoken here, only http and https are",
			    url_scheme_name(url->scheme));
	fetcher->deadline_ms = deadline_ms;
	fetcher->pace = (struct fetch_pace){ .is_body = false };
	/* one that was kept may be closed by now, and this is tried once */
	fetch_stream_close(fetcher);
	s = fetch_stream_open(fetcher, url, err);
	if (s == OK)
		s = send_post(fetcher, url, content_type, body, err);
	if (s == OK)
		s = fetch_stream_head(fetcher, &head, err);
	fetch_stream_close(fetcher);
	if (s != OK)
		return fail_in(err, s, "%s", display_of_text(url->host).text);
	*ret_status = head.status;
	return OK;
}
