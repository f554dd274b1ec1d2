/* Bodies of HTTP responses: the same content however the bytes come, and each
 * way in which it can be short or broken. */
#include "test.h"

#include "format/http.h"

#include <stdio.h>

static struct http_body body_of_kind(enum http_body_kind kind, uint64_t length)
{
	struct http_head head = { .body = kind,
				  .has_length = kind == HTTP_BODY_LENGTH,
				  .content_length = length };

	return http_body_of(&head);
}

/* Feeds all of text in pieces of so many bytes; *ret_left is what was not
 * taken. */
static enum status feed(struct http_body *body, struct span text, size_t piece,
			struct text *content, size_t *ret_left,
			struct error *err)
{
	size_t left = 0;

	while (text.len) {
		size_t len = text.len < piece ? text.len : piece;
		_drop_copy_ struct span copy =
			test_copy(span_slice(text, 0, len));
		struct span received = copy, run;

		text = span_slice(text, len, text.len - len);
		do {
			enum status s =
				http_body_take(body, &received, &run, err);

			if (s != OK)
				return s;
			assert_true(run.len || !received.len ||
				    http_body_is_done(body));
			text_add_bytes(content, run);
		} while (received.len && !http_body_is_done(body));
		left += received.len;
	}
	*ret_left = left;
	return OK;
}

/* Whether the text gives that content and leaves so many bytes, in pieces of
 * every size. */
static void assert_content(enum http_body_kind kind, uint64_t length,
			   const char *text, const char *want, size_t left)
{
	for (size_t piece = 1; piece <= strlen(text) + 1; piece++) {
		struct http_body body = body_of_kind(kind, length);
		char buf[1000];
		struct text content = text_over(buf, sizeof(buf));
		struct error err;
		size_t rest = 0;

		assert_ok(&err, feed(&body, span_of_text(text), piece, &content,
				     &rest, &err));
		assert_string_equal(buf, want);
		assert_int_equal(rest, left);
		assert_int_equal(body.taken, strlen(want));
		assert_int_equal(http_body_is_done(&body),
				 kind != HTTP_BODY_UNTIL_CLOSE);
		assert_ok(&err, http_body_end(&body, &err));
	}
}

static void bodies_of_a_length_are_taken(void **state)
{
	(void)state;
	assert_content(HTTP_BODY_LENGTH, 5, "hello", "hello", 0);
	assert_content(HTTP_BODY_LENGTH, 5, "helloHTTP", "hello", 4);
	assert_content(HTTP_BODY_LENGTH, 0, "HTTP", "", 4);
	assert_content(HTTP_BODY_NONE, 0, "HTTP", "", 4);
	assert_content(HTTP_BODY_UNTIL_CLOSE, 0, "hello", "hello", 0);
	assert_content(HTTP_BODY_UNTIL_CLOSE, 0, "", "", 0);
}

static void chunks_are_taken(void **state)
{
	static const struct {
		const char *text, *want;
		size_t left;
	} cases[] = {
		{ "0\r\n\r\n", "", 0 },
		{ "5\r\nhello\r\n0\r\n\r\n", "hello", 0 },
		{ "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\nHTTP", "hello!", 4 },
		{ "a\r\n0123456789\r\nB\r\n0123456789a\r\n00\r\n\r\n",
		  "01234567890123456789a", 0 },
		{ "5;a=b;c=\"d;e\"\r\nhello\r\n0;x\r\n\r\n", "hello", 0 },
		{ "5 \t\r\nhello\r\n0 ;a\r\n\r\n", "hello", 0 },
		{ "000000000000000000005\r\nhello\r\n0\r\n\r\n", "hello", 0 },
		{ "2\r\n\r\n\r\n0\r\n\r\n", "\r\n", 0 },
		{ "0\r\nA: b\r\nC: d\r\n\r\nx", "", 1 },
		{ "0\r\n0\r\n\r\n", "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		print_message("%s\n", cases[i].text);
		assert_content(HTTP_BODY_CHUNKED, 0, cases[i].text,
			       cases[i].want, cases[i].left);
	}
}

static void each_fault_has_its_code(void **state)
{
	static const struct {
		const char *text;
		enum status want;
	} bad[] = {
		{ "\r\n", E_HTTP_CHUNK_SIZE },
		{ ";a\r\n", E_HTTP_CHUNK_SIZE },
		{ " 5\r\n", E_HTTP_CHUNK_SIZE },
		{ "g\r\n", E_HTTP_CHUNK_SIZE },
		{ "0x5\r\n", E_HTTP_CHUNK_SIZE },
		{ "-5\r\n", E_HTTP_CHUNK_SIZE },
		{ "+5\r\n", E_HTTP_CHUNK_SIZE },
		{ "5,5\r\n", E_HTTP_CHUNK_SIZE },
		{ "5 5\r\n", E_HTTP_CHUNK_SIZE },
		{ "5\nhello\r\n", E_HTTP_CHUNK_SIZE },
		{ "8000000000000000\r\n", E_HTTP_CHUNK_SIZE },
		{ "10000000000000005\r\n", E_HTTP_CHUNK_SIZE },
		{ "5\r\nhello\r\n\r\n", E_HTTP_CHUNK_SIZE },
		{ "5\r\rhello", E_HTTP_CHUNK_LINE },
		{ "5;a\nhello", E_HTTP_CHUNK_LINE },
		{ "5;\x01\r\n", E_HTTP_CHUNK_LINE },
		{ "5;\x7f\r\n", E_HTTP_CHUNK_LINE },
		{ "5;a\r5", E_HTTP_CHUNK_LINE },
		{ "5\r\nhello!", E_HTTP_CHUNK_END },
		{ "5\r\nhello\n", E_HTTP_CHUNK_END },
		{ "5\r\nhello\r\r", E_HTTP_CHUNK_END },
		{ "5\r\nhello0\r\n", E_HTTP_CHUNK_END },
		{ "0\r\n\n", E_HTTP_TRAILER },
		{ "0\r\n\rx", E_HTTP_TRAILER },
		{ "0\r\nA: b\n", E_HTTP_TRAILER },
		{ "0\r\nA: b\rC", E_HTTP_TRAILER },
		{ "0\r\nA: \x01", E_HTTP_TRAILER },
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		size_t len = strlen(bad[i].text), left;

		print_message("%s\n", bad[i].text);
		for (size_t piece = 1; piece <= len; piece++) {
			struct http_body body =
				body_of_kind(HTTP_BODY_CHUNKED, 0);
			char buf[100];
			struct text content = text_over(buf, sizeof(buf));

			assert_refused(bad[i].want, &err,
				       feed(&body, span_of(bad[i].text, len),
					    piece, &content, &left, &err));
		}
	}
}

static void a_nul_is_no_end(void **state)
{
	struct http_body body = body_of_kind(HTTP_BODY_CHUNKED, 0);
	char buf[100];
	struct text content = text_over(buf, sizeof(buf));
	struct error err;
	size_t left;

	(void)state;
	assert_refused(E_HTTP_CHUNK_SIZE, &err,
		       feed(&body, span_of("\0", 1), 1, &content, &left, &err));
	assert_ok(&err, feed(&body, span_of("3\r\na\0b\r\n", 8), 8, &content,
			     &left, &err));
	assert_memory_equal(buf, "a\0b", 4);
}

static void the_largest_chunk_is_taken(void **state)
{
	struct http_body body = body_of_kind(HTTP_BODY_CHUNKED, 0);
	struct span received = span_of_text("7fffffffffffffff;a\r\nx"), run;
	struct error err;

	(void)state;
	assert_ok(&err, http_body_take(&body, &received, &run, &err));
	assert_span_text(run, "x");
	assert_int_equal(body.left, INT64_MAX - 1);
}

/* Each connection that ends early is told, with what was there. */
static void every_cut_is_short(void **state)
{
	static const char text[] =
		"5;a\r\nhello\r\n1\r\n!\r\n0\r\nA: b\r\n\r\n";
	struct error err;

	(void)state;
	for (size_t len = 0; len < strlen(text); len++) {
		struct http_body body = body_of_kind(HTTP_BODY_CHUNKED, 0);
		char buf[100];
		struct text content = text_over(buf, sizeof(buf));
		size_t left;

		assert_ok(&err, feed(&body, span_of(text, len), 7, &content,
				     &left, &err));
		assert_false(http_body_is_done(&body));
		assert_refused(E_HTTP_BODY_SHORT, &err,
			       http_body_end(&body, &err));
	}
	for (size_t len = 0; len < 6; len++) {
		struct http_body body = body_of_kind(HTTP_BODY_LENGTH, 6);
		char buf[100], want[100];
		struct text content = text_over(buf, sizeof(buf));
		size_t left;

		assert_ok(&err, feed(&body, span_of(text, len), 7, &content,
				     &left, &err));
		assert_refused(E_HTTP_BODY_SHORT, &err,
			       http_body_end(&body, &err));
		snprintf(want, sizeof(want), "after %zu of 6 bytes", len);
		assert_non_null(strstr(err.text, want));
	}
}

static void lines_have_limits(void **state)
{
	static char text[HTTP_HEAD_MAX + 100];
	char buf[100];
	struct text content = text_over(buf, sizeof(buf));
	struct http_body body = body_of_kind(HTTP_BODY_CHUNKED, 0);
	struct error err;
	size_t left;

	(void)state;
	memset(text, '0', sizeof(text));
	assert_ok(&err, feed(&body, span_of(text, HTTP_CHUNK_LINE_MAX), 100,
			     &content, &left, &err));
	assert_refused(E_HTTP_CHUNK_LENGTH, &err,
		       feed(&body, span_of(text, 1), 1, &content, &left, &err));
	assert_ok(&err, feed(&body, span_of("\r\n\r\n", 4), 4, &content, &left,
			     &err));
	assert_true(http_body_is_done(&body));

	/* every chunk has its own */
	for (unsigned i = 0; i < 3; i++) {
		body = body_of_kind(HTTP_BODY_CHUNKED, 0);
		memset(text, 'x', sizeof(text));
		memcpy(text, "1;", 2);
		memcpy(text + HTTP_CHUNK_LINE_MAX, "\r\nx\r\n", 5);
		assert_ok(&err,
			  feed(&body, span_of(text, HTTP_CHUNK_LINE_MAX + 5),
			       1000, &content, &left, &err));
		assert_ok(&err, feed(&body, span_of(text, HTTP_CHUNK_LINE_MAX),
				     3, &content, &left, &err));
		assert_refused(
			E_HTTP_CHUNK_LENGTH, &err,
			feed(&body, span_of("x", 1), 1, &content, &left, &err));
	}

	/* the trailers have one together */
	body = body_of_kind(HTTP_BODY_CHUNKED, 0);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = "A: b\r\n"[i % 6];
	memcpy(text + sizeof(text) - 4, "\r\n\r\n", 4);
	assert_ok(&err,
		  feed(&body, span_of("0\r\n", 3), 3, &content, &left, &err));
	assert_ok(&err, feed(&body, span_of(text, HTTP_HEAD_MAX), 999, &content,
			     &left, &err));
	assert_refused(E_HTTP_TRAILER_LENGTH, &err,
		       feed(&body,
			    span_of(text + HTTP_HEAD_MAX,
				    sizeof(text) - HTTP_HEAD_MAX),
			    1, &content, &left, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_of_a_length_are_taken),
		cmocka_unit_test(chunks_are_taken),
		cmocka_unit_test(each_fault_has_its_code),
		cmocka_unit_test(a_nul_is_no_end),
		cmocka_unit_test(the_largest_chunk_is_taken),
		cmocka_unit_test(every_cut_is_short),
		cmocka_unit_test(lines_have_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
