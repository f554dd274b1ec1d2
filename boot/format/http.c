#include "format/http.h"
#include "format/http_syntax.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#define VERSION_LENGTH 8 /* "HTTP/1.1" */

enum field {
	FIELD_LENGTH = 0,
	FIELD_CODING,
	FIELD_RANGE,
	FIELD_LOCATION,
	FIELD_ETAG,
	FIELD_SINGLE_COUNT, /* those above stand once at most */
	FIELD_CONNECTION = FIELD_SINGLE_COUNT,
	FIELD_COUNT
};

static const char *const field_names[FIELD_COUNT] = {
	[FIELD_LENGTH] = "Content-Length",
	[FIELD_CODING] = "Transfer-Encoding",
	[FIELD_RANGE] = "Content-Range",
	[FIELD_LOCATION] = "Location",
	[FIELD_ETAG] = "ETag",
	[FIELD_CONNECTION] = "Connection",
};

struct reader {
	struct http_head head;
	uint32_t fields;
	bool is_old; /* HTTP/1.0 */
	bool says_close, says_keep_alive;
	bool has[FIELD_COUNT];
};

bool http_is_control(uint8_t c)
{
	return (c < 0x20 && c != '\t') || c == 0x7f;
}

bool http_is_token(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.ptr[i];

		if (c <= 0x20 || c >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", c))
			return false;
	}
	return s.len > 0;
}

bool http_is_name(struct span s, const char *name)
{
	return s.len == strlen(name) &&
	       !strncasecmp((const char *)s.ptr, name, s.len);
}

/* --- lines ------------------------------------------------------------------
 */

/* Cuts a line off *rest, without its CRLF; *ret_is_there is false if its end is
 * not. */
static enum status take_line(struct span *rest, struct span *ret_line,
			     bool *ret_is_there, struct error *err)
{
	size_t len = 0;

	*ret_is_there = false;
	while (len < rest->len && !http_is_control(rest->ptr[len]))
		len++;
	*ret_line = span_slice(*rest, 0, len);
	if (len == rest->len)
		return OK;
	if (rest->ptr[len] == '\n')
		return fail(err, E_HTTP_BARE_LF,
			    "a line of the response, \"%s\", ends in LF "
			    "without CR",
			    display_of(*ret_line).text);
	if (rest->ptr[len] != '\r')
		return fail(err, E_HTTP_CONTROL,
			    "a line of the response, \"%s\", has the byte "
			    "0x%02x behind that",
			    display_of(*ret_line).text, rest->ptr[len]);
	if (len + 1 == rest->len)
		return OK;
	if (rest->ptr[len + 1] != '\n')
		return fail(err, E_HTTP_BARE_CR,
			    "a line of the response, \"%s\", ends in CR "
			    "without LF",
			    display_of(*ret_line).text);
	*rest = span_slice(*rest, len + 2, rest->len - len - 2);
	*ret_is_there = true;
	return OK;
}

/* As much of the version as is there. */
static enum status check_version(struct span s, struct error *err)
{
	static const char version[] = "HTTP/1.";
	size_t len = s.len < strlen(version) ? s.len : strlen(version);

	if (span_starts_with(s, version, len) &&
	    (s.len < VERSION_LENGTH || (s.ptr[VERSION_LENGTH - 1] >= '0' &&
					s.ptr[VERSION_LENGTH - 1] <= '9')))
		return OK;
	return fail(
		err, E_HTTP_VERSION,
		"the response begins with \"%s\" and not with HTTP/1.1",
		display_of(span_slice(s, 0,
				      s.len < VERSION_LENGTH ? s.len
							     : VERSION_LENGTH))
			.text);
}

static enum status read_status_line(struct span line, struct reader *r,
				    struct error *err)
{
	struct span rest =
		span_slice(line, VERSION_LENGTH, line.len - VERSION_LENGTH);
	uint64_t status;

	/* The blank in front of an empty reason is often left out. */
	if (rest.len < 4 || rest.ptr[0] != ' ' ||
	    !text_parse_number(span_slice(rest, 1, 3), 599, &status) ||
	    status < 100 || (rest.len > 4 && rest.ptr[4] != ' '))
		return fail(err, E_HTTP_STATUS,
			    "the response begins with \"%s\", which has no "
			    "status of 100 to 599",
			    display_of(line).text);
	r->is_old = line.ptr[VERSION_LENGTH - 1] == '0';
	r->head.status = (uint32_t)status;
	if (rest.len > 5)
		r->head.reason = span_trim(span_slice(rest, 5, rest.len - 5));
	return OK;
}

/* --- fields -----------------------------------------------------------------
 */

static enum status read_length(struct span value, struct http_head *head,
			       struct error *err)
{
	head->has_length = true;
	if (text_parse_number(value, INT64_MAX, &head->content_length))
		return OK;
	return fail(err, E_HTTP_LENGTH,
		    "the response has the Content-Length \"%s\", which is no "
		    "number below 2^63",
		    display_of(value).text);
}

static enum status refuse_range(struct span value, struct error *err)
{
	return fail(err, E_HTTP_RANGE,
		    "the response has the Content-Range \"%s\", which is not "
		    "as in \"bytes 0-9/10\"",
		    display_of(value).text);
}

/* "bytes 0-9/10", "bytes 0-9/" and an asterisk, "bytes *" and "/10" (RFC 9110,
 * 14.4). */
static enum status read_range(struct span value, struct http_range *ret,
			      struct error *err)
{
	struct http_range r = { .is_there = true };
	struct span size = value, first, last;

	last = span_cut_at(&size, '/');
	if (!http_is_name(span_cut_at(&last, ' '), "bytes"))
		return refuse_range(value, err);
	r.has_size = !span_equal_text(size, "*");
	r.has_bytes = !span_equal_text(last, "*");
	if ((!r.has_size && !r.has_bytes) ||
	    (r.has_size && !text_parse_number(size, INT64_MAX, &r.size)))
		return refuse_range(value, err);
	if (r.has_bytes) {
		first = span_cut_at(&last, '-');
		if (!text_parse_number(first, INT64_MAX, &r.first) ||
		    !text_parse_number(last, INT64_MAX, &r.last))
			return refuse_range(value, err);
	}
	if (r.has_bytes &&
	    (r.first > r.last || (r.has_size && r.last >= r.size)))
		return fail(err, E_HTTP_RANGE_ORDER,
			    "the response has the Content-Range \"%s\", whose "
			    "bytes are not in order or not in the file",
			    display_of(value).text);
	*ret = r;
	return OK;
}

/* A strong entity tag (RFC 9110, 8.8.3); others cannot tell whether bytes are
 * the same, and empty ones are taken for none. */
static struct span strong_etag(struct span value)
{
	if (value.len < 3 || value.ptr[0] != '"' ||
	    value.ptr[value.len - 1] != '"')
		return span_of(NULL, 0);
	for (size_t i = 1; i < value.len - 1; i++)
		if (value.ptr[i] <= 0x20 || value.ptr[i] == '"')
			return span_of(NULL, 0);
	return value;
}

static void read_connection(struct span list, struct reader *r)
{
	while (list.len) {
		struct span option = span_trim(span_cut_at(&list, ','));

		if (http_is_name(option, "close"))
			r->says_close = true;
		if (http_is_name(option, "keep-alive"))
			r->says_keep_alive = true;
	}
}

static enum status read_value(enum field field, struct span value,
			      struct reader *r, struct error *err)
{
	switch (field) {
	case FIELD_LENGTH:
		return read_length(value, &r->head, err);
	case FIELD_CODING:
		if (http_is_name(value, "chunked"))
			return OK;
		return fail(err, E_HTTP_CODING,
			    "the response has the Transfer-Encoding \"%s\", "
			    "known is chunked",
			    display_of(value).text);
	case FIELD_RANGE:
		if (r->head.status != 206 && r->head.status != 416)
			return OK;
		return read_range(value, &r->head.range, err);
	case FIELD_LOCATION:
		r->head.location = value;
		return OK;
	case FIELD_ETAG:
		r->head.etag = strong_etag(value);
		return OK;
	case FIELD_CONNECTION:
		read_connection(value, r);
		return OK;
	case FIELD_COUNT:
		break;
	}
	return OK;
}

static enum status check_field_name(struct span line, struct span name,
				    struct error *err)
{
	if (line.ptr[0] == ' ' || line.ptr[0] == '\t')
		return fail(err, E_HTTP_FOLD,
			    "a line of the response, \"%s\", begins with a "
			    "blank",
			    display_of(line).text);
	if (name.len == line.len)
		return fail(err, E_HTTP_COLON,
			    "a line of the response, \"%s\", has no ':'",
			    display_of(line).text);
	if (!http_is_token(name))
		return fail(err, E_HTTP_NAME,
			    "the response has a field \"%s\", which is no name",
			    display_of(name).text);
	return OK;
}

static enum status read_field(struct span line, struct reader *r,
			      struct error *err)
{
	struct span value = line, name = span_cut_at(&value, ':');
	enum status s = check_field_name(line, name, err);
	size_t i = 0;

	if (s != OK)
		return s;
	if (r->fields++ == HTTP_FIELDS_MAX)
		return fail(err, E_HTTP_FIELDS,
			    "the response has %" PRIu32 " fields or more, the "
			    "most is %d",
			    r->fields, HTTP_FIELDS_MAX);
	while (i < FIELD_COUNT && !http_is_name(name, field_names[i]))
		i++;
	if (i == FIELD_COUNT)
		return OK;
	if (r->has[i] && i < FIELD_SINGLE_COUNT)
		return fail(err, E_HTTP_TWICE, "the response has %s two times",
			    field_names[i]);
	r->has[i] = true;
	return read_value((enum field)i, span_trim(value), r, err);
}

/* --- the whole --------------------------------------------------------------
 */

static enum status check_framing(const struct reader *r, struct error *err)
{
	if (r->has[FIELD_LENGTH] && r->has[FIELD_CODING])
		return fail(err, E_HTTP_LENGTH_AND_CODING,
			    "the response has a Content-Length, %" PRIu64
			    ", and is chunked as well",
			    r->head.content_length);
	if (r->has[FIELD_CODING] && r->is_old)
		return fail(err, E_HTTP_CODING_OLD,
			    "the response is of HTTP/1.0 and has a "
			    "Transfer-Encoding, which is of HTTP/1.1");
	return OK;
}

static enum status check_partial(const struct http_head *head,
				 struct error *err)
{
	uint64_t length = head->range.last - head->range.first + 1;

	if (head->status != 206)
		return OK;
	if (!head->range.has_bytes)
		return fail(err, E_HTTP_RANGE_NONE,
			    "the response has status 206 and does not say "
			    "which bytes it has");
	if (head->has_length && head->content_length != length)
		return fail(err, E_HTTP_RANGE_LENGTH,
			    "the response has %" PRIu64
			    " bytes by its Content-Range and %" PRIu64
			    " by its Content-Length",
			    length, head->content_length);
	return OK;
}

static enum http_body_kind body_kind(const struct reader *r)
{
	if (r->head.status < 200 || r->head.status == 204 ||
	    r->head.status == 304)
		return HTTP_BODY_NONE;
	if (r->has[FIELD_CODING])
		return HTTP_BODY_CHUNKED;
	return r->has[FIELD_LENGTH] ? HTTP_BODY_LENGTH : HTTP_BODY_UNTIL_CLOSE;
}

static enum status finish(struct reader *r, struct error *err)
{
	enum status s = check_framing(r, err);

	if (s == OK)
		s = check_partial(&r->head, err);
	if (s != OK)
		return s;
	if (http_is_redirect(&r->head) && !r->head.location.len)
		return fail(err, E_HTTP_LOCATION,
			    "the response has status %" PRIu32
			    " and does not say where to go",
			    r->head.status);
	r->head.body = body_kind(r);
	r->head.is_kept = !r->says_close &&
			  (!r->is_old || r->says_keep_alive) &&
			  r->head.body != HTTP_BODY_UNTIL_CLOSE;
	return OK;
}

static enum status refuse_size(struct error *err)
{
	return fail(err, E_HTTP_HEAD_LENGTH,
		    "the head of the response has more than %u bytes",
		    HTTP_HEAD_MAX);
}

enum status http_parse_head(struct span received, struct http_head *ret,
			    struct error *err)
{
	struct span start = received, rest, line;
	struct reader r = { .fields = 0 };
	bool is_there;
	enum status s;

	if (start.len > HTTP_HEAD_MAX)
		start.len = HTTP_HEAD_MAX;
	rest = start;
	s = check_version(start, err);
	if (s == OK)
		s = take_line(&rest, &line, &is_there, err);
	if (s == OK && is_there)
		s = read_status_line(line, &r, err);
	while (s == OK && is_there) {
		s = take_line(&rest, &line, &is_there, err);
		if (s == OK && is_there && !line.len) {
			r.head.length = (uint32_t)(start.len - rest.len);
			s = finish(&r, err);
			break;
		}
		if (s == OK && is_there)
			s = read_field(line, &r, err);
	}
	if (s == OK && !r.head.length && start.len == HTTP_HEAD_MAX)
		s = refuse_size(err);
	if (s != OK)
		return s;
	*ret = r.head.length ? r.head : (struct http_head){ .length = 0 };
	return OK;
}

bool http_is_redirect(const struct http_head *head)
{
	return head->status == 301 || head->status == 302 ||
	       head->status == 303 || head->status == 307 ||
	       head->status == 308;
}
