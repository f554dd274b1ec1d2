/* URLs by reference to a base, and whether two have one origin. */
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

/* RFC 3986, 5.4, with a scheme that is known here; "g:h" is refused. */
static void references_are_resolved(void **state)
{
	static const struct {
		const char *reference, *want;
	} cases[] = {
		{ "g", "http://a/b/c/g" },
		{ "./g", "http://a/b/c/g" },
		{ "g/", "http://a/b/c/g/" },
		{ "/g", "http://a/g" },
		{ "//g", "http://g/" },
		{ "?y", "http://a/b/c/d;p?y" },
		{ "g?y", "http://a/b/c/g?y" },
		{ "#s", "http://a/b/c/d;p?q" },
		{ "g#s", "http://a/b/c/g" },
		{ "g?y#s", "http://a/b/c/g?y" },
		{ ";x", "http://a/b/c/;x" },
		{ "g;x", "http://a/b/c/g;x" },
		{ "g;x?y#s", "http://a/b/c/g;x?y" },
		{ "", "http://a/b/c/d;p?q" },
		{ ".", "http://a/b/c/" },
		{ "./", "http://a/b/c/" },
		{ "..", "http://a/b/" },
		{ "../", "http://a/b/" },
		{ "../g", "http://a/b/g" },
		{ "../..", "http://a/" },
		{ "../../", "http://a/" },
		{ "../../g", "http://a/g" },
		{ "../../../g", "http://a/g" },
		{ "../../../../g", "http://a/g" },
		{ "/./g", "http://a/g" },
		{ "/../g", "http://a/g" },
		{ "g.", "http://a/b/c/g." },
		{ ".g", "http://a/b/c/.g" },
		{ "g..", "http://a/b/c/g.." },
		{ "..g", "http://a/b/c/..g" },
		{ "...", "http://a/b/c/..." },
		{ "./../g", "http://a/b/g" },
		{ "./g/.", "http://a/b/c/g/" },
		{ "g/./h", "http://a/b/c/g/h" },
		{ "g/../h", "http://a/b/c/h" },
		{ "g;x=1/./y", "http://a/b/c/g;x=1/y" },
		{ "g;x=1/../y", "http://a/b/c/y" },
		{ "g?y/./x", "http://a/b/c/g?y/./x" },
		{ "g?y/../x", "http://a/b/c/g?y/../x" },
		{ "g#s/../x", "http://a/b/c/g" },
		{ "?", "http://a/b/c/d;p?" },
		{ "./a:b", "http://a/b/c/a:b" },
		{ ".//g", "http://a/b/c//g" },
		{ "https://X:8443/./y#z", "https://x:8443/y" },
		{ "//[::1]:81?z", "http://[::1]:81/?z" },
		{ "tftp://t/f", "tftp://t/f" },
	};
	struct url base, u;
	struct error err;

	(void)state;
	assert_ok(&err, parse("http://a/b/c/d;p?q", &base, &err));
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_copy_ struct span copy =
			test_copy(span_of_text(cases[i].reference));

		print_message("%s\n", cases[i].reference);
		assert_ok(&err, url_resolve(&base, copy, &u, &err));
		assert_text(&u, cases[i].want);
		u = base;
		assert_ok(&err, url_resolve(&u, copy, &u, &err));
		assert_text(&u, cases[i].want);
	}
}

static void references_take_the_scheme_and_its_port(void **state)
{
	struct url base, u;
	struct error err;

	(void)state;
	assert_ok(&err, parse("https://a:8443/b", &base, &err));
	assert_ok(&err, url_resolve(&base, span_of_text("//c/d"), &u, &err));
	assert_text(&u, "https://c/d");
	assert_int_equal(u.port, 443);
	assert_ok(&err, url_resolve(&base, span_of_text("/d"), &u, &err));
	assert_text(&u, "https://a:8443/d");
}

static void bad_references_are_refused(void **state)
{
	static const struct {
		const char *reference;
		enum status want;
	} bad[] = {
		{ "g:h", E_URL_SCHEME },
		{ "http:g", E_URL_NO_HOST },
		{ "javascript:alert(1)", E_URL_SCHEME },
		{ "a b", E_URL_BYTE },
		{ "a\r\nb", E_URL_BYTE },
		{ "%x", E_URL_PERCENT },
		{ "//", E_URL_NO_HOST },
		{ "//u@h", E_URL_USERINFO },
		{ "//h:0", E_URL_PORT },
		{ "///g", E_URL_NO_HOST },
		{ "[", E_URL_BYTE },
		{ "//1.2", E_URL_HOST_NUMBER },
	};
	struct url base, u;
	struct error err;

	(void)state;
	assert_ok(&err, parse("http://a/b", &base, &err));
	for (size_t i = 0; i < test_count(bad); i++)
		assert_refused(bad[i].want, &err,
			       url_resolve(&base,
					   span_of_text(bad[i].reference), &u,
					   &err));
}

static void resolved_urls_have_limits(void **state)
{
	char text[URL_TEXT_MAX] = "http://h/";
	struct span reference;
	struct error err;
	struct url base, u;

	(void)state;
	memset(text + 9, 'a', 1000);
	text[1009] = '/';
	assert_ok(&err, parse(text, &base, &err));
	reference = span_of(text + 9, URL_TEXT_MAX - 1 - 1010);
	memset(text + 9, 'b', sizeof(text) - 10);
	assert_ok(&err, url_resolve(&base, reference, &u, &err));
	reference.len++;
	assert_refused(E_URL_LENGTH, &err,
		       url_resolve(&base, reference, &u, &err));
}

static void origins_are_scheme_host_and_port(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {
		{ "http://h/a", "HTTP://H:80/b?c", true },
		{ "https://h", "https://h:443", true },
		{ "http://[::1]/", "http://[0:0::1]/", true },
		{ "http://h", "https://h", false },
		{ "http://h:443", "https://h", false },
		{ "http://h", "http://h:81", false },
		{ "http://h", "http://h.h", false },
		{ "http://192.0.2.1", "http://[::ffff:192.0.2.1]", false },
	};
	struct url a, b;
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		assert_ok(&err, parse(cases[i].a, &a, &err));
		assert_ok(&err, parse(cases[i].b, &b, &err));
		assert_int_equal(url_same_origin(&a, &b), cases[i].same);
		assert_int_equal(url_same_origin(&b, &a), cases[i].same);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_are_resolved),
		cmocka_unit_test(references_take_the_scheme_and_its_port),
		cmocka_unit_test(bad_references_are_refused),
		cmocka_unit_test(resolved_urls_have_limits),
		cmocka_unit_test(origins_are_scheme_host_and_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
