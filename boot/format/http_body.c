#include "format/http.h"
#include "format/http_syntax.h"

#include <inttypes.h>
#include <string.h>

struct http_body http_body_of(const struct http_head *head)
{
	struct http_body body = { .kind = head->body };

	switch (head->body) {
	case HTTP_BODY_NONE:
		body.state = HTTP_BODY_DONE;
		break;
	case HTTP_BODY_LENGTH:
		body.left = head->content_length;
		body.state = body.left ? HTTP_IN_BYTES : HTTP_BODY_DONE;
		break;
	case HTTP_BODY_CHUNKED:
		body.state = HTTP_IN_SIZE;
		break;
	case HTTP_BODY_UNTIL_CLOSE:
		body.left = UINT64_MAX;
		body.state = HTTP_IN_BYTES;
		break;
	}
	return body;
}

bool http_body_is_done(const struct http_body *body)
{
	return body->state == HTTP_BODY_DONE;
}

/* A byte of a line that is not the one that should be there. */
static enum status refuse_byte(uint8_t c, enum status code, const char *where,
			       struct error *err)
{
	return fail(err, code,
		    "the body of the response has the byte 0x%02x %s", c,
		    where);
}

static enum status expect(struct http_body *body, uint8_t c, uint8_t want,
			  enum http_body_state next, enum status code,
			  struct error *err)
{
	if (c != want)
		return fail(err, code,
			    "the body of the response has the byte 0x%02x "
			    "where 0x%02x has to be",
			    c, want);
	body->state = next;
	return OK;
}

static enum status read_digit(struct http_body *body, uint8_t digit,
			      struct error *err)
{
	if (body->left >> 59)
		return fail(err, E_HTTP_CHUNK_SIZE,
			    "a chunk of the response has a size from 2^63 on");
	body->left = body->left << 4 | digit;
	body->has_digit = true;
	body->state = HTTP_IN_SIZE;
	return OK;
}

/* A byte of a chunk's size, or of what stands behind it. */
static enum status read_size(struct http_body *body, uint8_t c,
			     struct error *err)
{
	const char text[2] = { '0', (char)c };
	uint8_t digit;

	if (body->state == HTTP_IN_SIZE &&
	    text_parse_hex(span_of(text, 2), &digit, 1))
		return read_digit(body, digit, err);
	if (body->has_digit && (c == ' ' || c == '\t'))
		body->state = HTTP_IN_BLANKS;
	else if (body->has_digit && c == ';')
		body->state = HTTP_IN_EXTENSION;
	else if (body->has_digit && c == '\r')
		body->state = HTTP_IN_SIZE_LF;
	else
		return refuse_byte(c, E_HTTP_CHUNK_SIZE,
				   "in the size of a chunk", err);
	return OK;
}

static enum status read_extension(struct http_body *body, uint8_t c,
				  struct error *err)
{
	if (c == '\r')
		body->state = HTTP_IN_SIZE_LF;
	else if (http_is_control(c))
		return refuse_byte(c, E_HTTP_CHUNK_LINE,
				   "behind the size of a chunk", err);
	return OK;
}

static enum status read_trailer(struct http_body *body, uint8_t c,
				struct error *err)
{
	if (c == '\r')
		body->state = body->state == HTTP_IN_TRAILER
				      ? HTTP_IN_LAST_LF
				      : HTTP_IN_TRAILER_LF;
	else if (http_is_control(c))
		return refuse_byte(c, E_HTTP_TRAILER, "in a trailer", err);
	else
		body->state = HTTP_IN_TRAILER_LINE;
	return OK;
}

/* The line with a chunk's size has ended. */
static void begin_chunk(struct http_body *body)
{
	body->state = body->left ? HTTP_IN_CHUNK : HTTP_IN_TRAILER;
	body->line = 0;
	body->has_digit = false;
}

static enum status count_line(struct http_body *body, uint8_t c,
			      struct error *err)
{
	bool is_trailer = body->state >= HTTP_IN_TRAILER;
	uint32_t max = is_trailer ? HTTP_HEAD_MAX : HTTP_CHUNK_LINE_MAX;

	if (!is_trailer && c == '\r')
		return OK;
	if (body->line++ < max)
		return OK;
	return fail(err,
		    is_trailer ? E_HTTP_TRAILER_LENGTH : E_HTTP_CHUNK_LENGTH,
		    "the %s of the response has more than %" PRIu32 " bytes",
		    is_trailer ? "trailer" : "line of a chunk's size", max);
}

/* Everything between runs of content. */
static enum status read_byte(struct http_body *body, uint8_t c,
			     struct error *err)
{
	enum status s;

	switch (body->state) {
	case HTTP_IN_SIZE:
	case HTTP_IN_BLANKS:
		s = count_line(body, c, err);
		return s == OK ? read_size(body, c, err) : s;
	case HTTP_IN_EXTENSION:
		s = count_line(body, c, err);
		return s == OK ? read_extension(body, c, err) : s;
	case HTTP_IN_SIZE_LF:
		s = expect(body, c, '\n', HTTP_IN_CHUNK, E_HTTP_CHUNK_LINE,
			   err);
		if (s == OK)
			begin_chunk(body);
		return s;
	case HTTP_IN_CHUNK_CR:
		return expect(body, c, '\r', HTTP_IN_CHUNK_LF, E_HTTP_CHUNK_END,
			      err);
	case HTTP_IN_CHUNK_LF:
		return expect(body, c, '\n', HTTP_IN_SIZE, E_HTTP_CHUNK_END,
			      err);
	case HTTP_IN_TRAILER:
	case HTTP_IN_TRAILER_LINE:
		s = count_line(body, c, err);
		return s == OK ? read_trailer(body, c, err) : s;
	case HTTP_IN_TRAILER_LF:
		s = count_line(body, c, err);
		return s == OK ? expect(body, c, '\n', HTTP_IN_TRAILER,
					E_HTTP_TRAILER, err)
			       : s;
	case HTTP_IN_LAST_LF:
		return expect(body, c, '\n', HTTP_BODY_DONE, E_HTTP_TRAILER,
			      err);
	case HTTP_IN_BYTES:
	case HTTP_IN_CHUNK:
	case HTTP_BODY_DONE:
		break;
	}
	return OK;
}

/* As much content as is there. */
static struct span take_content(struct http_body *body, struct span *received)
{
	size_t len =
		received->len < body->left ? received->len : (size_t)body->left;
	struct span content = span_slice(*received, 0, len);

	*received = span_slice(*received, len, received->len - len);
	body->taken += len;
	if (body->kind != HTTP_BODY_UNTIL_CLOSE)
		body->left -= len;
	if (!body->left)
		body->state = body->state == HTTP_IN_CHUNK ? HTTP_IN_CHUNK_CR
							   : HTTP_BODY_DONE;
	return content;
}

enum status http_body_take(struct http_body *body, struct span *received,
			   struct span *ret, struct error *err)
{
	*ret = span_of(NULL, 0);
	while (received->len && !http_body_is_done(body)) {
		enum status s;

		if (body->state == HTTP_IN_BYTES ||
		    body->state == HTTP_IN_CHUNK) {
			*ret = take_content(body, received);
			return OK;
		}
		s = read_byte(body, received->ptr[0], err);
		if (s != OK)
			return s;
		*received = span_slice(*received, 1, received->len - 1);
	}
	return OK;
}

enum status http_body_end(const struct http_body *body, struct error *err)
{
	if (http_body_is_done(body) || body->kind == HTTP_BODY_UNTIL_CLOSE)
		return OK;
	if (body->kind == HTTP_BODY_LENGTH)
		return fail(err, E_HTTP_BODY_SHORT,
			    "the connection ended after %" PRIu64 " of %" PRIu64
			    " bytes",
			    body->taken, body->taken + body->left);
	return fail(err, E_HTTP_BODY_SHORT,
		    "the connection ended after %" PRIu64
		    " bytes, before the last chunk",
		    body->taken);
}
