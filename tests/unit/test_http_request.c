/* HTTP requests, byte by byte, and fields that cannot stand in one. */
#include "test.h"

#include "format/http.h"

#define AGENT "User-Agent: keelboot/" KEELBOOT_VERSION "\r\n"
#define PLAIN AGENT "Accept-Encoding: identity\r\n"

static struct url url_of(const char *text)
{
	struct error err;
	struct url u;

	assert_ok(&err, url_parse(span_of_text(text), &u, &err));
	return u;
}

static void assert_request(const struct http_request *r, const char *want)
{
	char buf[HTTP_REQUEST_MAX];
	struct text t = text_over(buf, sizeof(buf));
	struct error err;

	assert_ok(&err, http_write_request(r, &t, &err));
	assert_string_equal(buf, want);
}

static void gets_are_written(void **state)
{
	struct url u = url_of("https://Boot.example/a/b.efi?x=1");
	struct http_request r = { .method = HTTP_GET, .url = &u };

	(void)state;
	assert_request(&r, "GET /a/b.efi?x=1 HTTP/1.1\r\n"
			   "Host: boot.example\r\n" PLAIN "\r\n");
	r.if_range = "\"tag\"";
	assert_request(&r, "GET /a/b.efi?x=1 HTTP/1.1\r\n"
			   "Host: boot.example\r\n" PLAIN "\r\n");
	r.from = UINT64_C(5000000000);
	r.is_last = true;
	assert_request(&r, "GET /a/b.efi?x=1 HTTP/1.1\r\n"
			   "Host: boot.example\r\n" PLAIN
			   "Connection: close\r\nRange: bytes=5000000000-\r\n"
			   "If-Range: \"tag\"\r\n\r\n");
	r.if_range = "";
	assert_request(&r, "GET /a/b.efi?x=1 HTTP/1.1\r\n"
			   "Host: boot.example\r\n" PLAIN
			   "Connection: close\r\nRange: bytes=5000000000-\r\n"
			   "\r\n");
}

static void proxies_are_asked(void **state)
{
	struct url u = url_of("http://[2001:db8::1]:8080/a?b");
	struct http_request r = { .method = HTTP_GET,
				  .url = &u,
				  .is_absolute = true };
	struct span field = span_of_text("Proxy-Authorization: Basic eDp5");

	(void)state;
	assert_request(&r, "GET http://[2001:db8::1]:8080/a?b HTTP/1.1\r\n"
			   "Host: [2001:db8::1]:8080\r\n" PLAIN "\r\n");
	u = url_of("https://h/a");
	r = (struct http_request){ .method = HTTP_CONNECT,
				   .url = &u,
				   .fields = &field,
				   .field_count = 1 };
	assert_request(&r, "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n" AGENT
			   "Proxy-Authorization: Basic eDp5\r\n\r\n");
}

static void posts_are_written(void **state)
{
	struct url u = url_of("http://h:81/status");
	const struct span fields[] = { span_of_text("X-Rack: 4 b"),
				       span_of_text("Accept:*/*") };
	struct http_request r = { .method = HTTP_POST,
				  .url = &u,
				  .from = 5,
				  .content_type = "application/json",
				  .content_length = 12,
				  .fields = fields,
				  .field_count = 2 };

	(void)state;
	assert_request(&r, "POST /status HTTP/1.1\r\nHost: h:81\r\n" PLAIN
			   "Content-Type: application/json\r\n"
			   "Content-Length: 12\r\n"
			   "X-Rack: 4 b\r\nAccept:*/*\r\n\r\n");
}

static void requests_have_a_limit(void **state)
{
	struct url u = url_of("http://h/");
	struct http_request r = { .method = HTTP_GET, .url = &u };
	char buf[200];
	struct text t = text_over(buf, sizeof(buf));
	struct error err;
	size_t len;

	(void)state;
	assert_ok(&err, http_write_request(&r, &t, &err));
	len = t.len;
	for (size_t cap = 1; cap <= len; cap++) {
		t = text_over(buf, cap);
		assert_refused(E_HTTP_REQUEST_LENGTH, &err,
			       http_write_request(&r, &t, &err));
	}
	t = text_over(buf, len + 1);
	assert_ok(&err, http_write_request(&r, &t, &err));
}

static void fields_are_checked(void **state)
{
	static const struct {
		const char *field;
		enum status want;
	} cases[] = {
		{ "X-A: b", OK },
		{ "Authorization: Bearer a.b-c", OK },
		{ "Cookie:a=b", OK },
		{ "!#$%&'*+-.^_`|~: \t b\tc: d ", OK },
		{ "", E_HTTP_FIELD_COLON },
		{ "X-A b", E_HTTP_FIELD_COLON },
		{ ": b", E_HTTP_FIELD_NAME },
		{ "X-A : secret", E_HTTP_FIELD_NAME },
		{ " X-A: secret", E_HTTP_FIELD_NAME },
		{ "X A: secret", E_HTTP_FIELD_NAME },
		{ "X\r\nA: secret", E_HTTP_FIELD_NAME },
		{ "\"X\": secret", E_HTTP_FIELD_NAME },
		{ "X-A:", E_HTTP_FIELD_VALUE },
		{ "X-A: \t", E_HTTP_FIELD_VALUE },
		{ "X-A: secret\r\nHost: x", E_HTTP_FIELD_VALUE },
		{ "X-A: secret\n", E_HTTP_FIELD_VALUE },
		{ "X-A: secret\x7f", E_HTTP_FIELD_VALUE },
		{ "X-A: secret\xc3\xa4", E_HTTP_FIELD_VALUE },
		{ "X-A: secret\x80", E_HTTP_FIELD_VALUE },
		{ "X\x7f: secret", E_HTTP_FIELD_NAME },
		{ "Host: h", E_HTTP_FIELD_OURS },
		{ "user-agent: h", E_HTTP_FIELD_OURS },
		{ "Accept-Encoding: gzip", E_HTTP_FIELD_OURS },
		{ "CONNECTION: close", E_HTTP_FIELD_OURS },
		{ "Proxy-Connection: close", E_HTTP_FIELD_OURS },
		{ "Keep-Alive: 5", E_HTTP_FIELD_OURS },
		{ "Range: bytes=0-", E_HTTP_FIELD_OURS },
		{ "If-Range: \"a\"", E_HTTP_FIELD_OURS },
		{ "Content-Type: a/b", E_HTTP_FIELD_OURS },
		{ "Content-Length: 5", E_HTTP_FIELD_OURS },
		{ "Content-Encoding: gzip", E_HTTP_FIELD_OURS },
		{ "Content-Range: x", E_HTTP_FIELD_OURS },
		{ "Transfer-Encoding: chunked", E_HTTP_FIELD_OURS },
		{ "TE: trailers", E_HTTP_FIELD_OURS },
		{ "Trailer: x", E_HTTP_FIELD_OURS },
		{ "Upgrade: h2c", E_HTTP_FIELD_OURS },
		{ "Expect: 100-continue", E_HTTP_FIELD_OURS },
	};
	struct url u = url_of("http://h/");
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_copy_ struct span copy =
			test_copy(span_of_text(cases[i].field));
		struct http_request r = { .method = HTTP_GET,
					  .url = &u,
					  .fields = &copy,
					  .field_count = 1 };
		char buf[HTTP_REQUEST_MAX];
		struct text t = text_over(buf, sizeof(buf));

		print_message("%s\n", cases[i].field);
		if (cases[i].want == OK) {
			assert_ok(&err, http_check_field(copy, &err));
			assert_ok(&err, http_write_request(&r, &t, &err));
			continue;
		}
		assert_refused(cases[i].want, &err,
			       http_check_field(copy, &err));
		assert_null(strstr(err.text, "secret"));
		assert_refused(cases[i].want, &err,
			       http_write_request(&r, &t, &err));
	}
	assert_refused(E_HTTP_FIELD_VALUE, &err,
		       http_check_field(span_of("A: b\0c", 6), &err));
}

/* RFC 4648, 10; RFC 7617, 2 and 2.1. */
static void basic_credentials_are_written(void **state)
{
	static const struct {
		const char *from, *want;
	} cases[] = {
		{ "", "Basic " },
		{ "f", "Basic Zg==" },
		{ "fo", "Basic Zm8=" },
		{ "foo", "Basic Zm9v" },
		{ "foob", "Basic Zm9vYg==" },
		{ "fooba", "Basic Zm9vYmE=" },
		{ "foobar", "Basic Zm9vYmFy" },
		{ "Aladdin:open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==" },
		{ "test:123\xc2\xa3", "Basic dGVzdDoxMjPCow==" },
		{ "\xfb\xff\xfe", "Basic +//+" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_copy_ struct span copy =
			test_copy(span_of_text(cases[i].from));
		char buf[100];
		struct text t = text_over(buf, sizeof(buf));

		http_add_basic(&t, copy);
		assert_string_equal(buf, cases[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gets_are_written),
		cmocka_unit_test(proxies_are_asked),
		cmocka_unit_test(posts_are_written),
		cmocka_unit_test(requests_have_a_limit),
		cmocka_unit_test(fields_are_checked),
		cmocka_unit_test(basic_credentials_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
