/* Content-Range in the heads of HTTP responses. */
#include "test.h"

#include "format/http.h"

#include <stdio.h>

static enum status parse(struct span text, struct http_head *head,
			 struct error *err)
{
	_drop_copy_ struct span copy = test_copy(text);

	return http_parse_head(copy, head, err);
}

static enum status parse_range(unsigned status, const char *value,
			       struct http_head *head, struct error *err)
{
	char text[200];

	snprintf(text, sizeof(text),
		 "HTTP/1.1 %u x\r\nContent-Range: %s\r\n\r\n", status, value);
	return parse(span_of_text(text), head, err);
}

static void ranges_are_read(void **state)
{
	struct http_head h;
	struct error err;

	(void)state;
	assert_ok(&err, parse_range(206, "bytes 5-9/10", &h, &err));
	assert_true(h.range.is_there && h.range.has_bytes && h.range.has_size);
	assert_int_equal(h.range.first, 5);
	assert_int_equal(h.range.last, 9);
	assert_int_equal(h.range.size, 10);
	assert_ok(&err, parse_range(206, "Bytes 0-0/*", &h, &err));
	assert_true(h.range.has_bytes && !h.range.has_size);
	assert_ok(&err, parse_range(416, "bytes */10", &h, &err));
	assert_true(h.range.has_size && !h.range.has_bytes);
	assert_int_equal(h.range.size, 10);
	assert_ok(&err, parse_range(206,
				    "bytes 0-9223372036854775806/"
				    "9223372036854775807",
				    &h, &err));
	/* nothing is said by it elsewhere */
	assert_ok(&err, parse_range(200, "nonsense", &h, &err));
	assert_false(h.range.is_there);
	assert_ok(&err, parse(span_of_text("HTTP/1.1 206 x\r\n"
					   "Content-Length: 5\r\n"
					   "Content-Range: bytes 5-9/10\r\n"
					   "\r\n"),
			      &h, &err));
	assert_int_equal(h.content_length, 5);
}

static void bad_ranges_are_refused(void **state)
{
	static const struct {
		const char *value;
		enum status want;
	} bad[] = {
		{ "", E_HTTP_RANGE },
		{ "bytes", E_HTTP_RANGE },
		{ "bytes 0-9", E_HTTP_RANGE },
		{ "bytes 0-9/", E_HTTP_RANGE },
		{ "bytes 0/10", E_HTTP_RANGE },
		{ "bytes -9/10", E_HTTP_RANGE },
		{ "bytes 0-/10", E_HTTP_RANGE },
		{ "bytes +0-9/10", E_HTTP_RANGE },
		{ "bytes  0-9/10", E_HTTP_RANGE },
		{ "bytes=0-9/10", E_HTTP_RANGE },
		{ "bytes 0-9/10/10", E_HTTP_RANGE },
		{ "bytes 0-9-9/10", E_HTTP_RANGE },
		{ "bytes */*", E_HTTP_RANGE },
		{ "bytes 0-9/1 0", E_HTTP_RANGE },
		{ "lines 0-9/10", E_HTTP_RANGE },
		{ "bytes 0-9/9223372036854775808", E_HTTP_RANGE },
		{ "bytes 0-9223372036854775808/*", E_HTTP_RANGE },
		{ "bytes 9223372036854775808-9/*", E_HTTP_RANGE },
		{ "bytes 6-5/10", E_HTTP_RANGE_ORDER },
		{ "bytes 6-5/*", E_HTTP_RANGE_ORDER },
		{ "bytes 5-10/10", E_HTTP_RANGE_ORDER },
		{ "bytes 0-0/0", E_HTTP_RANGE_ORDER },
		{ "bytes */10", E_HTTP_RANGE_NONE },
	};
	struct http_head h;
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		print_message("%s\n", bad[i].value);
		assert_refused(bad[i].want, &err,
			       parse_range(206, bad[i].value, &h, &err));
	}
	assert_refused(E_HTTP_RANGE_NONE, &err,
		       parse(span_of_text("HTTP/1.1 206 x\r\n"
					  "Content-Type: "
					  "multipart/byteranges\r\n\r\n"),
			     &h, &err));
	assert_refused(E_HTTP_RANGE_LENGTH, &err,
		       parse(span_of_text("HTTP/1.1 206 x\r\n"
					  "Content-Length: 6\r\n"
					  "Content-Range: bytes 5-9/10\r\n"
					  "\r\n"),
			     &h, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_are_read),
		cmocka_unit_test(bad_ranges_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
