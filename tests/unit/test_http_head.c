/* Heads of HTTP responses: what is read, what each refusal is for, every cut.
 */
#include "test.h"

#include "format/http.h"

#include <stdio.h>

#define OK_LINE "HTTP/1.1 200 OK\r\n"

static const char nginx[] =
	OK_LINE "Server: nginx/1.22.1\r\n"
		"Date: Mon, 05 Jan 2026 10:00:00 GMT\r\n"
		"Content-Type: application/octet-stream\r\n"
		"Content-Length: 83886080\r\n"
		"Last-Modified: Mon, 05 Jan 2026 09:00:00 GMT\r\n"
		"Connection: keep-alive\r\n"
		"ETag: \"695b7d10-5000000\"\r\n"
		"Accept-Ranges: bytes\r\n"
		"\r\n";

/* The bytes of the copy are gone when it is back: spans are for those who keep
 * their own. */
static enum status parse(struct span text, struct http_head *head,
			 struct error *err)
{
	_drop_copy_ struct span copy = test_copy(text);

	return http_parse_head(copy, head, err);
}

static void real_response_is_read(void **state)
{
	struct http_head h;
	struct error err;

	(void)state;
	assert_ok(&err, http_parse_head(span_of_text(nginx), &h, &err));
	assert_int_equal(h.length, strlen(nginx));
	assert_int_equal(h.status, 200);
	assert_span_text(h.reason, "OK");
	assert_true(h.is_kept);
	assert_int_equal(h.body, HTTP_BODY_LENGTH);
	assert_true(h.has_length);
	assert_int_equal(h.content_length, 83886080);
	assert_false(h.range.is_there);
	assert_span_text(h.etag, "\"695b7d10-5000000\"");
	assert_int_equal(h.location.len, 0);
}

static void what_stands_behind_is_not_read(void **state)
{
	static const char text[] = OK_LINE "\r\n\n\n\0 anything\r";
	struct http_head h;
	struct error err;

	(void)state;
	assert_ok(&err, parse(span_of(text, sizeof(text) - 1), &h, &err));
	assert_int_equal(h.length, strlen(OK_LINE) + 2);
}

/* Less than all of it is asked for again, whatever was there. */
static void every_cut_waits_for_more(void **state)
{
	struct http_head h;
	struct error err;

	(void)state;
	for (size_t len = 0; len < strlen(nginx); len++) {
		h.length = 1;
		assert_ok(&err, parse(span_of(nginx, len), &h, &err));
		assert_int_equal(h.length, 0);
	}
}

/* And a byte that stands in no head is told at every place, at once or when its
 * line is there. */
static void a_control_character_is_found_everywhere(void **state)
{
	_drop_copy_ struct span copy = test_copy(span_of_text(nginx));
	struct http_head h;
	struct error err;

	(void)state;
	for (size_t i = 0; i < copy.len; i++) {
		uint8_t was = copy.ptr[i];
		enum status want = i < 8	 ? E_HTTP_VERSION
				   : was == '\n' ? E_HTTP_BARE_CR
						 : E_HTTP_CONTROL;

		test_bytes(copy)[i] = '\0';
		assert_refused(want, &err,
			       parse(span_slice(copy, 0, i + 1), &h, &err));
		assert_refused(want, &err, parse(copy, &h, &err));
		test_bytes(copy)[i] = was;
	}
}

static void connections_and_bodies_are_told(void **state)
{
	static const struct {
		const char *text;
		bool is_kept;
		enum http_body_kind body;
	} cases[] = {
		{ OK_LINE "\r\n", false, HTTP_BODY_UNTIL_CLOSE },
		{ OK_LINE "Content-Length: 0\r\n\r\n", true, HTTP_BODY_LENGTH },
		{ OK_LINE "Content-Length: 5\r\nConnection: close\r\n\r\n",
		  false, HTTP_BODY_LENGTH },
		{ OK_LINE "content-length:5\r\nCONNECTION:x ,CLOSE\r\n\r\n",
		  false, HTTP_BODY_LENGTH },
		{ OK_LINE "Content-Length: 5\r\nConnection: x\r\n"
			  "Connection: close\r\n\r\n",
		  false, HTTP_BODY_LENGTH },
		{ OK_LINE "Content-Length: 5\r\nConnection: closed\r\n\r\n",
		  true, HTTP_BODY_LENGTH },
		{ OK_LINE "Transfer-Encoding: chunked\r\n\r\n", true,
		  HTTP_BODY_CHUNKED },
		{ OK_LINE "transfer-encoding:\tChunked \r\n\r\n", true,
		  HTTP_BODY_CHUNKED },
		{ "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", false,
		  HTTP_BODY_LENGTH },
		{ "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n"
		  "Connection: Keep-Alive\r\n\r\n",
		  true, HTTP_BODY_LENGTH },
		{ "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n\r\n", false,
		  HTTP_BODY_UNTIL_CLOSE },
		{ "HTTP/1.9 200 OK\r\nContent-Length: 5\r\n\r\n", true,
		  HTTP_BODY_LENGTH },
		{ "HTTP/1.1 100 Continue\r\n\r\n", true, HTTP_BODY_NONE },
		{ "HTTP/1.1 204 No Content\r\n\r\n", true, HTTP_BODY_NONE },
		{ "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
		  true, HTTP_BODY_NONE },
		{ "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\n", true,
		  HTTP_BODY_LENGTH },
	};
	struct http_head h;
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		print_message("%s", cases[i].text);
		assert_ok(&err, parse(span_of_text(cases[i].text), &h, &err));
		assert_int_equal(h.is_kept, cases[i].is_kept);
		assert_int_equal(h.body, cases[i].body);
	}
}

static void status_lines_are_read(void **state)
{
	static const struct {
		const char *line;
		uint32_t status;
		const char *reason;
	} cases[] = {
		{ "HTTP/1.1 200 OK", 200, "OK" },
		{ "HTTP/1.1 200 ", 200, "" },
		{ "HTTP/1.1 200", 200, "" },
		{ "HTTP/1.0 599 a b\t\xff", 599, "a b\t\xff" },
		{ "HTTP/1.1 100 Continue", 100, "Continue" },
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		char text[100];
		struct http_head h;

		snprintf(text, sizeof(text), "%s\r\n\r\n", cases[i].line);
		assert_ok(&err, http_parse_head(span_of_text(text), &h, &err));
		assert_int_equal(h.status, cases[i].status);
		assert_span_text(h.reason, cases[i].reason);
	}
}

static void each_fault_has_its_code(void **state)
{
	static const struct {
		const char *text;
		enum status want;
	} bad[] = {
		{ "S", E_HTTP_VERSION },
		{ "HTTP/2", E_HTTP_VERSION },
		{ "http/1.1 200 OK\r\n\r\n", E_HTTP_VERSION },
		{ "HTTP/1.", OK },
		{ "HTTP/1.x", E_HTTP_VERSION },
		{ "SSH-2.0-OpenSSH_9.2p1\r\n", E_HTTP_VERSION },
		{ "\r\nHTTP/1.1 200 OK\r\n\r\n", E_HTTP_VERSION },
		{ "\x15\x03\x03", E_HTTP_VERSION },
		{ "<html>", E_HTTP_VERSION },
		{ "HTTP/1.1\r\n", E_HTTP_STATUS },
		{ "HTTP/1.1 \r\n", E_HTTP_STATUS },
		{ "HTTP/1.1 20\r\n", E_HTTP_STATUS },
		{ "HTTP/1.1 2000\r\n", E_HTTP_STATUS },
		{ "HTTP/1.1 099 x\r\n", E_HTTP_STATUS },
		{ "HTTP/1.1 600 x\r\n", E_HTTP_STATUS },
		{ "HTTP/1.1 +20 x\r\n", E_HTTP_STATUS },
		{ "HTTP/1.1  200 x\r\n", E_HTTP_STATUS },
		{ "HTTP/1.1\t200 x\r\n", E_HTTP_STATUS },
		{ "HTTP/1.1 200\tx\r\n", E_HTTP_STATUS },
		{ "HTTP/1.10 200 x\r\n", E_HTTP_STATUS },
		{ "HTTP/1.1 200 OK\n", E_HTTP_BARE_LF },
		{ OK_LINE "A: b\n", E_HTTP_BARE_LF },
		{ OK_LINE "A: b\r\n\n", E_HTTP_BARE_LF },
		{ "HTTP/1.1 200 OK\r\r\n", E_HTTP_BARE_CR },
		{ OK_LINE "A: b\rC: d\r\n", E_HTTP_BARE_CR },
		{ OK_LINE "\r\r\n", E_HTTP_BARE_CR },
		{ "HTTP/1.1 200 O\x1b[2J", E_HTTP_CONTROL },
		{ OK_LINE "A: \x01", E_HTTP_CONTROL },
		{ OK_LINE "A: \x7f", E_HTTP_CONTROL },
		{ OK_LINE "A: b\r\n c\r\n", E_HTTP_FOLD },
		{ OK_LINE "A: b\r\n\tc: d\r\n", E_HTTP_FOLD },
		{ OK_LINE " A: b\r\n", E_HTTP_FOLD },
		{ OK_LINE "A\r\n", E_HTTP_COLON },
		{ OK_LINE "HTTP/1.1 200 OK\r\n", E_HTTP_COLON },
		{ OK_LINE ": b\r\n", E_HTTP_NAME },
		{ OK_LINE "A : b\r\n", E_HTTP_NAME },
		{ OK_LINE "A\t: b\r\n", E_HTTP_NAME },
		{ OK_LINE "Content-Length : 5\r\n", E_HTTP_NAME },
		{ OK_LINE "A B: c\r\n", E_HTTP_NAME },
		{ OK_LINE "A\xc3\xa4: c\r\n", E_HTTP_NAME },
		{ OK_LINE "(A): c\r\n", E_HTTP_NAME },
		{ OK_LINE "Content-Length: 5\r\ncontent-LENGTH: 5\r\n",
		  E_HTTP_TWICE },
		{ OK_LINE "Transfer-Encoding: chunked\r\n"
			  "Transfer-Encoding: chunked\r\n",
		  E_HTTP_TWICE },
		{ OK_LINE "Content-Range: bytes 0-0/1\r\n"
			  "Content-Range: bytes 0-0/1\r\n",
		  E_HTTP_TWICE },
		{ OK_LINE "Location: /a\r\nLocation: /b\r\n", E_HTTP_TWICE },
		{ OK_LINE "ETag: \"a\"\r\nEtag: \"b\"\r\n", E_HTTP_TWICE },
		{ OK_LINE "Content-Length:\r\n", E_HTTP_LENGTH },
		{ OK_LINE "Content-Length: -1\r\n", E_HTTP_LENGTH },
		{ OK_LINE "Content-Length: +1\r\n", E_HTTP_LENGTH },
		{ OK_LINE "Content-Length: 5, 5\r\n", E_HTTP_LENGTH },
		{ OK_LINE "Content-Length: 5 5\r\n", E_HTTP_LENGTH },
		{ OK_LINE "Content-Length: 0x5\r\n", E_HTTP_LENGTH },
		{ OK_LINE "Content-Length: 9223372036854775808\r\n",
		  E_HTTP_LENGTH },
		{ OK_LINE "Content-Length: 18446744073709551621\r\n",
		  E_HTTP_LENGTH },
		{ OK_LINE "Transfer-Encoding: gzip, chunked\r\n",
		  E_HTTP_CODING },
		{ OK_LINE "Transfer-Encoding: chunked, chunked\r\n",
		  E_HTTP_CODING },
		{ OK_LINE "Transfer-Encoding: identity\r\n", E_HTTP_CODING },
		{ OK_LINE "Transfer-Encoding: chunked;a=b\r\n", E_HTTP_CODING },
		{ OK_LINE "Transfer-Encoding:\r\n", E_HTTP_CODING },
		{ "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
		  E_HTTP_CODING_OLD },
		{ OK_LINE "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"
			  "\r\n",
		  E_HTTP_LENGTH_AND_CODING },
		{ OK_LINE "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"
			  "\r\n",
		  E_HTTP_LENGTH_AND_CODING },
		{ "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
		  E_HTTP_LOCATION },
		{ "HTTP/1.1 301 Moved\r\nLocation: \r\n\r\n", E_HTTP_LOCATION },
	};
	struct http_head h;
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		print_message("%s\n", bad[i].text);
		if (bad[i].want == OK)
			assert_ok(&err,
				  parse(span_of_text(bad[i].text), &h, &err));
		else
			assert_refused(
				bad[i].want, &err,
				parse(span_of_text(bad[i].text), &h, &err));
	}
}

static void redirects_have_a_location(void **state)
{
	static const unsigned redirects[] = { 301, 302, 303, 307, 308 };
	char text[100];
	struct http_head h;
	struct error err;

	(void)state;
	for (unsigned status = 100; status < 600; status++) {
		bool want = false;

		for (size_t i = 0; i < test_count(redirects); i++)
			want |= status == redirects[i];
		if (status == 206)
			continue;
		snprintf(text, sizeof(text),
			 "HTTP/1.1 %u x\r\nLocation:  /a b \r\n\r\n", status);
		assert_ok(&err, http_parse_head(span_of_text(text), &h, &err));
		assert_int_equal(http_is_redirect(&h), want);
		assert_span_text(h.location, "/a b");
	}
}

static void only_strong_tags_are_kept(void **state)
{
	static const struct {
		const char *value, *want;
	} cases[] = {
		{ "\"a\"", "\"a\"" }, { "\"!\xff\"", "\"!\xff\"" },
		{ "W/\"a\"", "" },    { "a", "" },
		{ "\"", "" },	      { "\"\"", "" },
		{ "\"a", "" },	      { "a\"", "" },
		{ "\"a\"b\"", "" },   { "\"a b\"", "" },
		{ "\"a\tb\"", "" },   { "", "" },
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		char text[100];
		struct http_head h;

		snprintf(text, sizeof(text), OK_LINE "ETag: %s\r\n\r\n",
			 cases[i].value);
		assert_ok(&err, http_parse_head(span_of_text(text), &h, &err));
		assert_span_text(h.etag, cases[i].want);
	}
}

static void other_fields_are_passed_over(void **state)
{
	static const char text[] = OK_LINE
		"X-Empty:\r\n!#$%&'*+-.^_`|~09Az: x\r\nX-A: \xe4\xff\r\n"
		"X-A: again, 5\r\nContent-Lengthy: x\r\nContent-Type: a/b\r\n"
		"Content-Type: text/html;x=\"y\"\r\nContent-Encoding: gzip\r\n"
		"\r\n";
	struct http_head h;
	struct error err;

	(void)state;
	assert_ok(&err, http_parse_head(span_of_text(text), &h, &err));
	assert_false(h.has_length);
	assert_int_equal(h.length, strlen(text));
	assert_int_equal(h.status, 200);
	assert_int_equal(h.body, HTTP_BODY_UNTIL_CLOSE);
}

static void sizes_have_limits(void **state)
{
	static char text[HTTP_HEAD_MAX + 8];
	struct text t = text_over(text, sizeof(text));
	struct http_head h;
	struct error err;
	size_t at;

	(void)state;
	text_add(&t, OK_LINE);
	for (unsigned i = 0; i < HTTP_FIELDS_MAX; i++)
		text_add(&t, "A: b\r\n");
	at = t.len;
	text_add(&t, "\r\n");
	assert_ok(&err, parse(span_of(text, t.len), &h, &err));
	assert_int_equal(h.length, t.len);
	memcpy(text + at, "C: d\r\n", 6);
	assert_refused(E_HTTP_FIELDS, &err,
		       parse(span_of(text, at + 6), &h, &err));

	memset(text, 'x', sizeof(text));
	memcpy(text, OK_LINE "A: ", strlen(OK_LINE) + 3);
	memcpy(text + HTTP_HEAD_MAX - 4, "\r\n\r\n", 4);
	assert_ok(&err, parse(span_of(text, HTTP_HEAD_MAX - 1), &h, &err));
	assert_int_equal(h.length, 0);
	assert_ok(&err, parse(span_of(text, HTTP_HEAD_MAX), &h, &err));
	assert_int_equal(h.length, HTTP_HEAD_MAX);
	assert_ok(&err, parse(span_of(text, sizeof(text)), &h, &err));
	assert_int_equal(h.length, HTTP_HEAD_MAX);
	memcpy(text + HTTP_HEAD_MAX - 4, "x\r\n\r\n", 5);
	assert_refused(E_HTTP_HEAD_LENGTH, &err,
		       parse(span_of(text, HTTP_HEAD_MAX), &h, &err));
	assert_refused(E_HTTP_HEAD_LENGTH, &err,
		       parse(span_of(text, HTTP_HEAD_MAX + 1), &h, &err));
}

static void what_is_refused_leaves_no_trace(void **state)
{
	struct http_head h, was;

	(void)state;
	memset(&h, 0x55, sizeof(h));
	was = h;
	assert_status(E_HTTP_COLON,
		      parse(span_of_text(OK_LINE "A\r\n"), &h, NULL));
	assert_memory_equal(&h, &was, sizeof(h));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_response_is_read),
		cmocka_unit_test(what_stands_behind_is_not_read),
		cmocka_unit_test(every_cut_waits_for_more),
		cmocka_unit_test(a_control_character_is_found_everywhere),
		cmocka_unit_test(connections_and_bodies_are_told),
		cmocka_unit_test(status_lines_are_read),
		cmocka_unit_test(each_fault_has_its_code),
		cmocka_unit_test(redirects_have_a_location),
		cmocka_unit_test(only_strong_tags_are_kept),
		cmocka_unit_test(other_fields_are_passed_over),
		cmocka_unit_test(sizes_have_limits),
		cmocka_unit_test(what_is_refused_leaves_no_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
