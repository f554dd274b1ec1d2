/*
 * Any bytes as what a server sends; the first byte of the input says in which
 * pieces. The head means the same however much of it came at once, the body has
 * the same content, and both end at the same byte or with the same refusal.
 */
#include "fuzz.h"

#include "base/text.h"
#include "format/http.h"

struct outcome {
	enum status status;
	bool is_done;
	size_t left;	/* behind the body */
	uint64_t taken; /* content */
	uint64_t sum;
};

static void check_inside(struct span s, struct span all)
{
	fuzz_must(!s.len ||
		  (s.ptr >= all.ptr && s.ptr + s.len <= all.ptr + all.len));
	for (size_t i = 0; i < s.len; i++)
		fuzz_must((s.ptr[i] >= 0x20 && s.ptr[i] != 0x7f) ||
			  s.ptr[i] == '\t');
}

static void check_head(const struct http_head *h, struct span all)
{
	struct span head = span_slice(all, 0, h->length);

	fuzz_must(h->length <= HTTP_HEAD_MAX && h->length <= all.len);
	fuzz_must(!memcmp(head.ptr + head.len - 4, "\r\n\r\n", 4));
	fuzz_must(h->status >= 100 && h->status <= 599);
	fuzz_must(h->body >= HTTP_BODY_NONE &&
		  h->body <= HTTP_BODY_UNTIL_CLOSE);
	fuzz_must(h->body != HTTP_BODY_LENGTH || h->has_length);
	fuzz_must(h->body != HTTP_BODY_CHUNKED || !h->has_length);
	fuzz_must(h->body != HTTP_BODY_UNTIL_CLOSE || !h->is_kept);
	fuzz_must(h->content_length <= INT64_MAX);
	fuzz_must(h->status != 206 || h->range.has_bytes);
	fuzz_must(!http_is_redirect(h) || h->location.len);
	if (h->range.has_bytes) {
		fuzz_must(h->range.first <= h->range.last);
		fuzz_must(!h->range.has_size || h->range.last < h->range.size);
	}
	check_inside(h->reason, head);
	check_inside(h->location, head);
	check_inside(h->etag, head);
}

/* Less of the same bytes: never another outcome, only none yet. */
static void check_less(struct span all, size_t len, enum status want,
		       const struct http_head *whole)
{
	struct http_head h;
	enum status s = http_parse_head(span_slice(all, 0, len), &h, NULL);

	if (want == OK && whole->length && len >= whole->length)
		fuzz_must(s == OK && h.length == whole->length);
	else if (s == OK)
		fuzz_must(!h.length);
	else
		fuzz_must(s == want);
}

static struct outcome take(const struct http_head *head, struct span text,
			   size_t piece, struct error *err)
{
	struct http_body body = http_body_of(head);
	struct outcome o = { .status = OK, .sum = 1 };

	while (o.status == OK && text.len) {
		size_t len = text.len < piece ? text.len : piece;
		struct span received = span_slice(text, 0, len), run;

		text = span_slice(text, len, text.len - len);
		do {
			o.status = http_body_take(&body, &received, &run, err);
			if (o.status != OK)
				break;
			fuzz_must(run.len || !received.len ||
				  http_body_is_done(&body));
			for (size_t i = 0; i < run.len; i++)
				o.sum = o.sum * 31 + run.ptr[i];
			o.taken += run.len;
		} while (received.len && !http_body_is_done(&body));
		o.left += received.len;
	}
	fuzz_must(body.taken == o.taken);
	if (o.status != OK)
		o.left = 0;
	o.is_done = http_body_is_done(&body);
	return o;
}

static void check_body(const struct http_head *head, struct span text,
		       size_t piece)
{
	struct error err = { .code = OK };
	struct outcome whole = take(head, text, text.len + 1, &err);
	struct outcome pieces;

	if (whole.status != OK)
		fuzz_check_error(whole.status, &err);
	pieces = take(head, text, piece, &err);
	fuzz_must(pieces.status == whole.status);
	fuzz_must(pieces.is_done == whole.is_done);
	fuzz_must(pieces.left == whole.left);
	fuzz_must(pieces.taken == whole.taken && pieces.sum == whole.sum);
	if (head->body == HTTP_BODY_LENGTH) {
		fuzz_must(whole.status == OK);
		fuzz_must(whole.taken + whole.left == text.len);
		fuzz_must(whole.is_done ==
			  (whole.taken == head->content_length));
	}
}

/* A line of the input as a field of a request: what is taken adds one line. */
static void check_request(struct span field)
{
	static char buf[HTTP_REQUEST_MAX];
	struct url u = { .scheme = URL_HTTP,
			 .kind = URL_NAME,
			 .port = 80,
			 .host = "h",
			 .target = "/" };
	struct http_request r = { .method = HTTP_GET,
				  .url = &u,
				  .fields = &field,
				  .field_count = 1 };
	struct text t = text_over(buf, sizeof(buf));
	struct error err = { .code = OK };
	enum status s = http_check_field(field, &err);
	size_t lines = 0;

	if (s != OK) {
		fuzz_check_error(s, &err);
		fuzz_must(http_write_request(&r, &t, NULL) == s);
		return;
	}
	if (http_write_request(&r, &t, NULL) != OK)
		return; /* too long */
	for (const char *c = buf; *c; c++) {
		lines += *c == '\n';
		fuzz_must(*c != '\n' || c[-1] == '\r');
		fuzz_must(*c != '\r' || c[1] == '\n');
	}
	fuzz_must(lines == 6 && strlen(buf) == t.len);
	fuzz_must(!memcmp(buf + t.len - 4, "\r\n\r\n", 4));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { .code = OK };
	struct span all, rest, line;
	struct http_head h;
	enum status s;

	if (!size)
		return 0;
	all = span_of(data + 1, size - 1);
	s = http_parse_head(all, &h, &err);
	for (size_t len = data[0]; len < all.len;
	     len += 1U + data[0] + all.len / 64)
		check_less(all, len, s, &h);
	rest = all;
	if (span_next_line(&rest, &line) && span_next_line(&rest, &line))
		check_request(line);
	check_body(&(struct http_head){ .body = HTTP_BODY_CHUNKED }, all,
		   1U + data[0] % 16U);
	if (s != OK) {
		fuzz_check_error(s, &err);
		return 0;
	}
	if (!h.length)
		return 0;
	check_head(&h, all);
	check_body(&h, span_slice(all, h.length, all.len - h.length),
		   1U + data[0] % 16U);
	return 0;
}
