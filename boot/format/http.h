/*
 * HTTP/1.1 as a client speaks it (RFC 9110, 9112): writes a request, reads the
 * head of a response, and takes its body out of the bytes behind. No input and
 * no output of its own: bytes come in pieces of any size.
 *
 * Where the RFCs leave a choice, nothing is guessed. Lines end in CRLF, never
 * in a bare LF; no folded lines; one Content-Length of digits alone; chunked is
 * the only transfer coding, and never along with a Content-Length: what two
 * readers could take for different messages is refused.
 */
#ifndef KEELBOOT_FORMAT_HTTP_H
#define KEELBOOT_FORMAT_HTTP_H

#include "base/error.h"
#include "base/span.h"
#include "base/text.h"
#include "format/url.h"

#define HTTP_HEAD_MAX	    (16U << 10) /* of a response; of trailers, too */
#define HTTP_FIELDS_MAX	    100
#define HTTP_REQUEST_MAX    (8U << 10) /* its head, with a NUL */
#define HTTP_CHUNK_LINE_MAX 256 /* a chunk's size and extensions, no CRLF */

/* --- requests --------------------------------------------------------------
 */

enum http_method { HTTP_GET = 1, HTTP_POST, HTTP_CONNECT };

struct http_request {
	enum http_method method;
	const struct url *url; /* of HTTP_CONNECT: where the tunnel ends */
	bool is_absolute;      /* asks a proxy, by the whole URL */
	bool is_last;	       /* the connection is closed after the response */
	uint64_t from;	       /* HTTP_GET: the first byte that is wanted */

	/* With from: the entity tag of what is there already, "" if unknown. A
	 * server that has something else by now sends all of it. */
	const char *if_range;

	/* HTTP_POST: what the caller sends behind the head. */
	const char *content_type;
	uint64_t content_length;

	/* More fields, "Name: value" each; see http_check_field(). */
	const struct span *fields;
	size_t field_count;
};

/*
 * Writes the head of a request to the end of *to. It asks for the bytes as they
 * are, not compressed (Accept-Encoding: identity).
 *
 * Errors: those of http_check_field(); E_HTTP_REQUEST_LENGTH (does not fit).
 */
MUST_USE enum status http_write_request(const struct http_request *request,
					struct text *to, struct error *err);

/*
 * Whether "Name: value" can stand in a request. Sentences do not have the
 * value, which may be secret.
 *
 * Errors: E_HTTP_FIELD_COLON (none), E_HTTP_FIELD_NAME (empty, or a byte no
 * name has, blanks before the colon among them), E_HTTP_FIELD_VALUE (empty, a
 * control character other than a tab, or non-ASCII), E_HTTP_FIELD_OURS (a field
 * that http_write_request() writes or that says where a message ends).
 */
MUST_USE enum status http_check_field(struct span field, struct error *err);

/* The value of Authorization and Proxy-Authorization for a user and password
 * with a ':' between them (RFC 7617): "Basic " and base64. */
void http_add_basic(struct text *t, struct span user_and_password);

/* --- heads of responses ----------------------------------------------------
 */

/* How the body ends (RFC 9112, 6.3). */
enum http_body_kind {
	HTTP_BODY_NONE = 1,
	HTTP_BODY_LENGTH,
	HTTP_BODY_CHUNKED,
	HTTP_BODY_UNTIL_CLOSE, /* nobody can tell whether it is whole */
};

struct http_range {
	bool is_there;	/* there is a Content-Range */
	bool has_bytes; /* first and last; not in a 416 */
	uint64_t first, last;
	bool has_size;
	uint64_t size; /* of the whole file */
};

/* Spans point into the bytes that were parsed. */
struct http_head {
	uint32_t
		length; /* bytes of it, with the empty line; 0: not all there */
	uint32_t status; /* 100 to 599 */
	struct span reason;
	bool is_kept; /* the connection can be used again after the body */
	enum http_body_kind body;
	bool has_length; /* known before the body comes */
	uint64_t content_length;
	struct http_range range; /* of a 206 or 416 */

	/* Values of fields, empty if they are not there. */
	struct span location;
	struct span etag; /* only one that is good for If-Range: strong */
};

/*
 * Reads the head of a response to a GET or POST from the bytes received so far.
 * While it is not all there, the status is OK and ret->length 0: ask again with
 * more. A faulty line is told once it is there, and a beginning that is not
 * HTTP's at once, so that a server that speaks something else is not waited
 * for. A 1xx is a response like others here: the next one follows behind its
 * head.
 *
 * The response to a CONNECT is read the same; whatever it says of a body, there
 * is none behind a 2xx.
 *
 * Errors:
 * E_HTTP_HEAD_LENGTH    more than HTTP_HEAD_MAX bytes
 * E_HTTP_VERSION        does not begin with "HTTP/1." and a digit
 * E_HTTP_STATUS         no status of 100 to 599 behind that
 * E_HTTP_BARE_LF, E_HTTP_BARE_CR  a line ends in one of them only
 * E_HTTP_CONTROL        a NUL or another control character
 * E_HTTP_FOLD           a line that begins with a blank or a tab
 * E_HTTP_COLON          a field without one
 * E_HTTP_NAME           a name that is empty or has a byte that no name has
 * E_HTTP_FIELDS         more than HTTP_FIELDS_MAX
 * E_HTTP_TWICE          Content-Length, Transfer-Encoding, Content-Range,
 *                       Location or ETag, two times
 * E_HTTP_LENGTH         a Content-Length that is no number below 2^63
 * E_HTTP_CODING         a Transfer-Encoding other than chunked
 * E_HTTP_CODING_OLD     a Transfer-Encoding in HTTP/1.0
 * E_HTTP_LENGTH_AND_CODING  both
 * E_HTTP_RANGE          a Content-Range that is malformed, or not of bytes
 * E_HTTP_RANGE_ORDER    first behind last, or last not inside of the size
 * E_HTTP_RANGE_NONE     a 206 without one, or with one that has no bytes
 * E_HTTP_RANGE_LENGTH   a Content-Length that differs from it
 * E_HTTP_LOCATION       a redirect without Location
 */
MUST_USE enum status http_parse_head(struct span received,
				     struct http_head *ret, struct error *err);

/* True if a GET goes on at its Location: 301, 302, 303, 307, 308. */
bool http_is_redirect(const struct http_head *head);

/* --- bodies ----------------------------------------------------------------
 */

enum http_body_state {
	HTTP_IN_BYTES = 1, /* of a length, or to the end of the connection */
	HTTP_IN_SIZE,
	HTTP_IN_BLANKS, /* behind it */
	HTTP_IN_EXTENSION,
	HTTP_IN_SIZE_LF,
	HTTP_IN_CHUNK,
	HTTP_IN_CHUNK_CR,
	HTTP_IN_CHUNK_LF,
	HTTP_IN_TRAILER, /* at the start of a line */
	HTTP_IN_TRAILER_LINE,
	HTTP_IN_TRAILER_LF,
	HTTP_IN_LAST_LF,
	HTTP_BODY_DONE,
};

/* Where in a body one is; plain data. */
struct http_body {
	enum http_body_kind kind;
	enum http_body_state state;
	uint64_t left;	/* bytes, of the chunk or of all */
	uint64_t taken; /* bytes of content so far */
	uint32_t line;	/* bytes of this line, of all trailers */
	bool has_digit; /* in a chunk's size */
};

/* At the start of the body of a response with that head. */
struct http_body http_body_of(const struct http_head *head);

/* True if all of it was taken. Never, of HTTP_BODY_UNTIL_CLOSE. */
bool http_body_is_done(const struct http_body *body);

/*
 * Takes bytes off the front of *received; *ret is a run of content among them,
 * and empty only if *received is, afterwards, or the body is done. Call it
 * until then. What is left in *received when the body is done is no part of it.
 * Trailers are passed over.
 *
 * Errors:
 * E_HTTP_CHUNK_SIZE     no hexadecimal number below 2^63
 * E_HTTP_CHUNK_LINE     a control character behind it, or a bare LF or CR
 * E_HTTP_CHUNK_LENGTH   more than HTTP_CHUNK_LINE_MAX bytes of size and
 *                       extensions
 * E_HTTP_CHUNK_END      a chunk without CRLF at its end
 * E_HTTP_TRAILER        a control character in a trailer, or a bare LF or CR
 * E_HTTP_TRAILER_LENGTH trailers of more than HTTP_HEAD_MAX bytes
 */
MUST_USE enum status http_body_take(struct http_body *body,
				    struct span *received, struct span *ret,
				    struct error *err);

/* What it means that the connection has ended here: OK if the body is done or
 * ends so, else E_HTTP_BODY_SHORT. */
MUST_USE enum status http_body_end(const struct http_body *body,
				   struct error *err);

#endif
