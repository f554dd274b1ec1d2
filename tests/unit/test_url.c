/* URLs: what is taken, what each refusal is for, every cut. */
#include "test.h"

#include "format/url.h"

static enum status parse(const char *text, struct url *u, struct error *err)
{
	_drop_copy_ struct span copy = test_copy(span_of_text(text));

	return url_parse(copy, u, err);
}

static void assert_text(const struct url *u, const char *want)
{
	char buf[URL_TEXT_MAX];
	struct text t = text_over(buf, sizeof(buf));

	url_add_text(&t, u);
	assert_false(t.cut);
	assert_string_equal(buf, want);
}

static void urls_are_read(void **state)
{
	static const struct {
		const char *text;
		enum url_scheme scheme;
		enum url_host_kind kind;
		const char *host;
		uint16_t port;
		const char *target, *again;
	} good[] = {
		{ "http://boot.example", URL_HTTP, URL_NAME, "boot.example", 80,
		  "/", "http://boot.example/" },
		{ "HTTPS://Boot.Example/A/b.efi?x=1&y=/?", URL_HTTPS, URL_NAME,
		  "boot.example", 443, "/A/b.efi?x=1&y=/?",
		  "https://boot.example/A/b.efi?x=1&y=/?" },
		{ "http://AZaz/", URL_HTTP, URL_NAME, "azaz", 80, "/",
		  "http://azaz/" },
		{ "http://h:80/", URL_HTTP, URL_NAME, "h", 80, "/",
		  "http://h/" },
		{ "http://h:/", URL_HTTP, URL_NAME, "h", 80, "/", "http://h/" },
		{ "http://h:00443/", URL_HTTP, URL_NAME, "h", 443, "/",
		  "http://h:443/" },
		{ "https://h:443", URL_HTTPS, URL_NAME, "h", 443, "/",
		  "https://h/" },
		{ "https://h:65535?q", URL_HTTPS, URL_NAME, "h", 65535, "/?q",
		  "https://h:65535/?q" },
		{ "tftp://192.0.2.1/pxe/a.efi", URL_TFTP, URL_IPV4, "192.0.2.1",
		  69, "/pxe/a.efi", "tftp://192.0.2.1/pxe/a.efi" },
		{ "http://[2001:DB8:0::0007]:8080/a", URL_HTTP, URL_IPV6,
		  "2001:db8::7", 8080, "/a", "http://[2001:db8::7]:8080/a" },
		{ "http://[::ffff:192.0.2.1]", URL_HTTP, URL_IPV6,
		  "::ffff:192.0.2.1", 80, "/", "http://[::ffff:192.0.2.1]/" },
		{ "http://[fe80::1]/", URL_HTTP, URL_IPV6, "fe80::1", 80, "/",
		  "http://[fe80::1]/" },
		{ "http://h/a/./b/../c//d/.", URL_HTTP, URL_NAME, "h", 80,
		  "/a/c//d/", "http://h/a/c//d/" },
		{ "http://h/../../x?../y", URL_HTTP, URL_NAME, "h", 80,
		  "/x?../y", "http://h/x?../y" },
		{ "http://h/%2e%2E/%41~-._!$&'()*+,;=:@", URL_HTTP, URL_NAME,
		  "h", 80, "/%2e%2E/%41~-._!$&'()*+,;=:@",
		  "http://h/%2e%2E/%41~-._!$&'()*+,;=:@" },
		{ "http://a_b.1-2.x3/", URL_HTTP, URL_NAME, "a_b.1-2.x3", 80,
		  "/", "http://a_b.1-2.x3/" },
		{ "http://h.0xyz/", URL_HTTP, URL_NAME, "h.0xyz", 80, "/",
		  "http://h.0xyz/" },
	};
	struct url u;
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(good); i++) {
		assert_ok(&err, parse(good[i].text, &u, &err));
		assert_int_equal(u.scheme, good[i].scheme);
		assert_int_equal(u.kind, good[i].kind);
		assert_string_equal(u.host, good[i].host);
		assert_int_equal(u.port, good[i].port);
		assert_string_equal(u.target, good[i].target);
		assert_text(&u, good[i].again);
	}
}

static void addresses_come_as_bytes(void **state)
{
	static const uint8_t v4[16] = { 192, 0, 2, 7 }, none[16] = { 0 };
	static const uint8_t v6[16] = { 0x20, 1,	0x0d,
					0xb8, [14] = 1, [15] = 0x35 };
	struct url u, v;
	struct error err;

	(void)state;
	assert_ok(&err, parse("http://192.0.2.7", &u, &err));
	assert_memory_equal(u.address, v4, 16);
	assert_ok(&err, parse("http://[2001:db8::135]", &u, &err));
	assert_memory_equal(u.address, v6, 16);
	assert_ok(&err, url_resolve(&u, span_of_text("//name/x"), &v, &err));
	assert_memory_equal(v.address, none, 16);
}

static void each_fault_has_its_code(void **state)
{
	static const struct {
		const char *text;
		enum status want;
	} bad[] = {
		{ "http://h/a b", E_URL_BYTE },
		{ " http://h/", E_URL_BYTE },
		{ "http://h/\r\nHost: x", E_URL_BYTE },
		{ "http://h/\t", E_URL_BYTE },
		{ "http://h/\x7f", E_URL_BYTE },
		{ "http://h/\xc3\xa4", E_URL_BYTE },
		{ "http://h/<>", E_URL_BYTE },
		{ "http://h/\"", E_URL_BYTE },
		{ "http://h/\\a", E_URL_BYTE },
		{ "http://h/^", E_URL_BYTE },
		{ "http://h/`", E_URL_BYTE },
		{ "http://h/${mac}", E_URL_BYTE },
		{ "http://h/a|b", E_URL_BYTE },
		{ "http://h/[a", E_URL_BYTE },
		{ "http://h/?a]", E_URL_BYTE },
		{ "http://h/%", E_URL_PERCENT },
		{ "http://h/%4", E_URL_PERCENT },
		{ "http://h/%4g", E_URL_PERCENT },
		{ "http://h/%%41", E_URL_PERCENT },
		{ "", E_URL_RELATIVE },
		{ "/a", E_URL_RELATIVE },
		{ "//h/a", E_URL_RELATIVE },
		{ "boot.example/a", E_URL_RELATIVE },
		{ "?x:", E_URL_RELATIVE },
		{ "ftp://h/", E_URL_SCHEME },
		{ "httpx://h/", E_URL_SCHEME },
		{ "file:///etc/passwd", E_URL_SCHEME },
		{ "://h/", E_URL_SCHEME },
		{ "h:80/a", E_URL_SCHEME },
		{ "http:", E_URL_NO_HOST },
		{ "http:/a", E_URL_NO_HOST },
		{ "http:a", E_URL_NO_HOST },
		{ "http://", E_URL_NO_HOST },
		{ "http:///a", E_URL_NO_HOST },
		{ "http://:80/", E_URL_NO_HOST },
		{ "http://?a", E_URL_NO_HOST },
		{ "http://u@h/", E_URL_USERINFO },
		{ "http://u:secret@h/", E_URL_USERINFO },
		{ "http://@h/", E_URL_USERINFO },
		{ "http://good.example:80@evil.example/", E_URL_USERINFO },
		{ "http://h:0/", E_URL_PORT },
		{ "http://h:65536/", E_URL_PORT },
		{ "http://h:99999999999999999999/", E_URL_PORT },
		{ "http://h:+80/", E_URL_PORT },
		{ "http://h:80a/", E_URL_PORT },
		{ "http://h:80:80/", E_URL_PORT },
		{ "http://fe80::1/", E_URL_PORT },
		{ "http://[::1]:x/", E_URL_PORT },
		{ "http://[]/", E_URL_ADDRESS },
		{ "http://[/", E_URL_ADDRESS },
		{ "http://[::1/", E_URL_ADDRESS },
		{ "http://[::1]80/", E_URL_ADDRESS },
		{ "http://[192.0.2.1]/", E_URL_ADDRESS },
		{ "http://[1:2:3:4:5:6:7:8:9]/", E_URL_ADDRESS },
		{ "http://[1::2::3]/", E_URL_ADDRESS },
		{ "http://[12345::]/", E_URL_ADDRESS },
		{ "http://[::1.2.3]/", E_URL_ADDRESS },
		{ "http://[::1.2.3.256]/", E_URL_ADDRESS },
		{ "http://[fe80::1%25eth0]/", E_URL_ADDRESS },
		{ "http://[v1.x]/", E_URL_ADDRESS },
		{ "http://[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]/",
		  E_URL_ADDRESS },
		{ "http://h./", E_URL_HOST_LABEL },
		{ "http://.h/", E_URL_HOST_LABEL },
		{ "http://a..b/", E_URL_HOST_LABEL },
		{ "http://-h/", E_URL_HOST_LABEL },
		{ "http://a.h-/", E_URL_HOST_LABEL },
		{ "http://h%41/", E_URL_HOST_BYTE },
		{ "http://a,b/", E_URL_HOST_BYTE },
		{ "http://a~b/", E_URL_HOST_BYTE },
		{ "http://a]b/", E_URL_HOST_BYTE },
		{ "http://127.1/", E_URL_HOST_NUMBER },
		{ "http://2130706433/", E_URL_HOST_NUMBER },
		{ "http://0x7f000001/", E_URL_HOST_NUMBER },
		{ "http://0X7F.1.0xA/", E_URL_HOST_NUMBER },
		{ "http://192.0.2.256/", E_URL_HOST_NUMBER },
		{ "http://192.0.2.01/", E_URL_HOST_NUMBER },
		{ "http://1.2.3.4.5/", E_URL_HOST_NUMBER },
		{ "http://boot.0x/", E_URL_HOST_NUMBER },
		{ "http://h/#a", E_URL_FRAGMENT },
		{ "http://h#", E_URL_FRAGMENT },
	};
	struct error err;
	struct url u;

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		print_message("%s\n", bad[i].text);
		assert_refused(bad[i].want, &err, parse(bad[i].text, &u, &err));
		assert_null(strstr(err.text, "secret"));
	}
	assert_refused(E_URL_BYTE, &err,
		       url_parse(span_of("http://h/\0a", 11), &u, &err));
}

/* As when a password has a '/' or '#' that is not encoded. */
static void no_sentence_has_a_password(void **state)
{
	static const char *const texts[] = {
		"http://user:secret/more@h/", "http://user:secret#more@h/",
		"http://user:secret?more@h/", "http://user:secret more@h/",
		"http://user:secret%more@h/",
	};
	struct error err;
	struct url u;

	(void)state;
	for (size_t i = 0; i < test_count(texts); i++) {
		assert_int_not_equal(OK, parse(texts[i], &u, &err));
		assert_null(strstr(err.text, "secret"));
	}
}

static void what_is_refused_leaves_no_trace(void **state)
{
	struct url u, was;
	struct error err;

	(void)state;
	memset(&u, 0x55, sizeof(u));
	was = u;
	assert_status(E_URL_PORT, parse("http://h:0/", &u, &err));
	assert_status(E_URL_FRAGMENT, parse("http://h/a#", &u, NULL));
	assert_memory_equal(&u, &was, sizeof(u));
}

static void sizes_have_limits(void **state)
{
	char text[URL_TEXT_MAX + 1] = "http://";
	size_t at = strlen(text);
	struct error err;
	struct url u, v;

	(void)state;
	/* a label, a host */
	memset(text + at, 'a', URL_LABEL_MAX);
	assert_ok(&err, parse(text, &u, &err));
	text[at + URL_LABEL_MAX] = 'a';
	assert_refused(E_URL_HOST_LABEL, &err, parse(text, &u, &err));
	for (size_t i = 0; i < URL_HOST_MAX - 1; i++)
		text[at + i] = i % 2 ? '.' : 'a';
	assert_ok(&err, parse(text, &u, &err));
	assert_int_equal(strlen(u.host), URL_HOST_MAX - 1);
	text[at + URL_HOST_MAX - 1] = 'a';
	assert_refused(E_URL_HOST_LENGTH, &err, parse(text, &u, &err));

	/* all of it */
	memset(text, 0, sizeof(text));
	memset(text, 'a', URL_TEXT_MAX - 1);
	memcpy(text, "http://h/", 9);
	assert_ok(&err, parse(text, &u, &err));
	assert_text(&u, text);
	assert_refused(E_URL_LENGTH, &err,
		       url_resolve(&u, span_of_text("?"), &v, &err));
	text[URL_TEXT_MAX - 1] = 'a';
	assert_refused(E_URL_LENGTH, &err, parse(text, &u, &err));
	assert_refused(E_URL_LENGTH, &err,
		       url_resolve(&u, span_of_text(text), &v, &err));

	/* with the '/' that is not written */
	memcpy(text, "http://h?", 9);
	text[URL_TEXT_MAX - 1] = '\0';
	assert_refused(E_URL_LENGTH, &err, parse(text, &u, &err));
	text[URL_TEXT_MAX - 2] = '\0';
	assert_ok(&err, parse(text, &u, &err));
}

static void authorities_are_written(void **state)
{
	static const struct {
		const char *url, *authority, *host_port;
	} cases[] = {
		{ "http://h/", "h", "h:80" },
		{ "https://h:80/", "h:80", "h:80" },
		{ "https://[::1]", "[::1]", "[::1]:443" },
		{ "tftp://[::1]:70", "[::1]:70", "[::1]:70" },
	};
	struct error err;
	struct url u;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		char a[300], b[300];
		struct text t = text_over(a, sizeof(a));

		assert_ok(&err, parse(cases[i].url, &u, &err));
		url_add_authority(&t, &u);
		assert_string_equal(a, cases[i].authority);
		t = text_over(b, sizeof(b));
		url_add_host_port(&t, &u);
		assert_string_equal(b, cases[i].host_port);
	}
	assert_string_equal(url_scheme_name(URL_HTTPS), "https");
}

static void every_cut_is_a_url_or_refused(void **state)
{
	static const char text[] =
		"https://[2001:db8::1]:8443/a/%41/../b?c=%2f";
	size_t good = 0;

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		_drop_copy_ struct span cut = test_copy(span_of(text, len));
		struct error err = { .code = OK };
		struct url u;

		if (url_parse(cut, &u, &err) == OK)
			good++;
		else
			test_check_sentence(err.code, &err, __FILE__, __LINE__);
	}
	/* from "]" on, but for two cuts in each of "%41" and "%2f" */
	assert_int_equal(good, strlen(strchr(text, ']')) - 4);
}

static void a_scheme_is_letters_and_slashes(void **state)
{
	static const char *const with[] = { "http://", "X://y", "azAZ://" };
	static const char *const without[] = { "",	  "://x",   "http:/x",
					       "http",	  "h2://x", " http://x",
					       "ht@p://", "{://",   "http:" };

	(void)state;
	for (size_t i = 0; i < test_count(with); i++)
		assert_true(url_has_scheme(span_of_text(with[i])));
	for (size_t i = 0; i < test_count(without); i++)
		assert_false(url_has_scheme(span_of_text(without[i])));
	assert_false(url_has_scheme(span_of("http://", 6)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_are_read),
		cmocka_unit_test(addresses_come_as_bytes),
		cmocka_unit_test(each_fault_has_its_code),
		cmocka_unit_test(no_sentence_has_a_password),
		cmocka_unit_test(what_is_refused_leaves_no_trace),
		cmocka_unit_test(sizes_have_limits),
		cmocka_unit_test(authorities_are_written),
		cmocka_unit_test(every_cut_is_a_url_or_refused),
		cmocka_unit_test(a_scheme_is_letters_and_slashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
