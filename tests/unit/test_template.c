/* Templates: every name, what values may do in URLs and command lines. */
#include "test.h"

#include "format/template.h"
#include "format/url.h"

static struct template_values values(void)
{
	struct template_values v = { 0 };

	v.of[TEMPLATE_MAC] = span_of_text("52:54:00:12:34:56");
	v.of[TEMPLATE_UUID] =
		span_of_text("4c4c4544-0042-3510-8052-b4c04f4e3732");
	v.of[TEMPLATE_SERIAL] = span_of_text("SN 1/2");
	v.of[TEMPLATE_PRODUCT] = span_of_text("ProLiant DL360");
	v.of[TEMPLATE_ARCH] = span_of_text("x86_64");
	v.of[TEMPLATE_HOSTNAME] = span_of_text("web-1");
	v.of[TEMPLATE_IP] = span_of_text("192.0.2.7");
	return v;
}

static enum status expand(const char *text, const struct template_values *v,
			  enum template_use use, char *ret, size_t cap,
			  struct error *err)
{
	_drop_copy_ struct span copy = test_copy(span_of_text(text));
	struct text t = text_over(ret, cap);

	return template_expand(copy, v, use, &t, err);
}

static void names_are_replaced_in_urls(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "" },
		{ "http://h/a", "http://h/a" },
		{ "${mac}", "52%3A54%3A00%3A12%3A34%3A56" },
		{ "${uuid}", "4c4c4544-0042-3510-8052-b4c04f4e3732" },
		{ "${serial}", "SN%201%2F2" },
		{ "${product}", "ProLiant%20DL360" },
		{ "${arch}${hostname}", "x86_64web-1" },
		{ "http://h/${ip}/${ip}.efi?a=${arch}&b",
		  "http://h/192.0.2.7/192.0.2.7.efi?a=x86_64&b" },
		{ "$", "$" },
		{ "$$", "$$" },
		{ "a$mac", "a$mac" },
		{ "$${arch}", "$x86_64" },
		{ "}${arch}}", "}x86_64}" },
		{ "{mac}", "{mac}" },
	};
	struct template_values v = values();
	char got[200];
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		assert_ok(&err, expand(cases[i].text, &v, TEMPLATE_URL, got,
				       sizeof(got), &err));
		assert_string_equal(got, cases[i].want);
		assert_ok(&err,
			  template_check(span_of_text(cases[i].text), &err));
	}
}

static void names_are_replaced_in_command_lines(void **state)
{
	struct template_values v = values();
	char got[200];
	struct error err;

	(void)state;
	assert_ok(&err, expand("ip=${ip}::: memmap=1M$2G BOOTIF=01-${mac} "
			       "systemd.hostname=${hostname}",
			       &v, TEMPLATE_CMDLINE, got, sizeof(got), &err));
	assert_string_equal(got, "ip=192.0.2.7::: memmap=1M$2G "
				 "BOOTIF=01-52:54:00:12:34:56 "
				 "systemd.hostname=web-1");
}

static void text_is_added(void **state)
{
	struct template_values v = values();
	char got[20];
	struct text t = text_over(got, sizeof(got));
	struct error err;

	(void)state;
	text_add(&t, "a=");
	assert_ok(&err, template_expand(span_of_text("${arch}"), &v,
					TEMPLATE_CMDLINE, &t, &err));
	assert_string_equal(got, "a=x86_64");
}

static void bad_templates_are_refused(void **state)
{
	static const struct {
		const char *text;
		enum status want;
	} bad[] = {
		{ "${", E_TEMPLATE_OPEN },
		{ "a${mac", E_TEMPLATE_OPEN },
		{ "}${", E_TEMPLATE_OPEN },
		{ "${mac}${", E_TEMPLATE_OPEN },
		{ "${}", E_TEMPLATE_NAME },
		{ "${MAC}", E_TEMPLATE_NAME },
		{ "${mac }", E_TEMPLATE_NAME },
		{ "${macs}", E_TEMPLATE_NAME },
		{ "${ma}", E_TEMPLATE_NAME },
		{ "${net0/mac}", E_TEMPLATE_NAME },
		{ "${${mac}}", E_TEMPLATE_NAME },
		{ "${arch}/${\x1b[2J}", E_TEMPLATE_NAME },
	};
	struct template_values v = values();
	char got[200];
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		print_message("%s\n", bad[i].text);
		assert_refused(bad[i].want, &err,
			       expand(bad[i].text, &v, TEMPLATE_URL, got,
				      sizeof(got), &err));
		assert_refused(bad[i].want, &err,
			       expand(bad[i].text, &v, TEMPLATE_CMDLINE, got,
				      sizeof(got), &err));
		assert_refused(bad[i].want, &err,
			       template_check(span_of_text(bad[i].text), &err));
	}
	assert_refused(E_TEMPLATE_NAME, &err,
		       template_check(span_of_text("${colour}"), &err));
	assert_non_null(strstr(err.text, "${colour}"));
}

static void what_is_not_known_is_refused(void **state)
{
	char text[40], got[200];
	struct error err;

	(void)state;
	for (unsigned i = 0; i < TEMPLATE_NAME_COUNT; i++) {
		const char *name = template_name_text((enum template_name)i);
		struct text t = text_over(text, sizeof(text));
		struct template_values v = values();

		text_addf(&t, "/${%s}", name);
		v.of[i] = span_of(NULL, 0);
		assert_refused(
			E_TEMPLATE_UNSET, &err,
			expand(text, &v, TEMPLATE_URL, got, sizeof(got), &err));
		assert_non_null(strstr(err.text, name));
		assert_refused(E_TEMPLATE_UNSET, &err,
			       expand(text, &v, TEMPLATE_CMDLINE, got,
				      sizeof(got), &err));
		v.of[i] = span_of_text("x");
		assert_ok(&err, expand(text, &v, TEMPLATE_URL, got, sizeof(got),
				       &err));
		assert_string_equal(got, "/x");
	}
}

static enum status with_hostname(struct span hostname, enum template_use use,
				 struct error *err)
{
	_drop_copy_ struct span copy = test_copy(hostname);
	struct template_values v = values();
	char got[2048];

	v.of[TEMPLATE_HOSTNAME] = copy;
	return expand("a/${hostname}", &v, use, got, sizeof(got), err);
}

static void a_command_line_takes_short_words(void **state)
{
	static const char good[] = "._:-";
	char name[TEMPLATE_WORD_MAX + 1];
	struct error err;

	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		uint8_t bytes[] = { 'a', (uint8_t)c };
		bool is_good =
			(c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			(c >= 'A' && c <= 'Z') || (c && strchr(good, (int)c));

		if (is_good)
			assert_ok(&err, with_hostname(span_of(bytes, 2),
						      TEMPLATE_CMDLINE, &err));
		else
			assert_refused(E_TEMPLATE_WORD_BYTE, &err,
				       with_hostname(span_of(bytes, 2),
						     TEMPLATE_CMDLINE, &err));
	}
	assert_refused(E_TEMPLATE_WORD_BYTE, &err,
		       with_hostname(span_of_text("x init=/bin/sh"),
				     TEMPLATE_CMDLINE, &err));
	memset(name, 'n', sizeof(name));
	assert_ok(&err, with_hostname(span_of(name, TEMPLATE_WORD_MAX),
				      TEMPLATE_CMDLINE, &err));
	assert_refused(E_TEMPLATE_WORD_LENGTH, &err,
		       with_hostname(span_of(name, TEMPLATE_WORD_MAX + 1),
				     TEMPLATE_CMDLINE, &err));
	assert_ok(&err, with_hostname(span_of(name, TEMPLATE_WORD_MAX + 1),
				      TEMPLATE_URL, &err));
}

static void a_value_stays_in_its_part_of_a_url(void **state)
{
	static const char *const names[] = {
		"../../etc", "a/../b", "?x",	    "#x",  "a%2f..",
		"\\..\\",    "a\r\nb", "user@evil", "..a", "a..",
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(names); i++) {
		struct template_values v = values();
		char got[200];
		struct url u;

		v.of[TEMPLATE_HOSTNAME] = span_of_text(names[i]);
		assert_ok(&err, expand("http://h/a/${hostname}/b?c", &v,
				       TEMPLATE_URL, got, sizeof(got), &err));
		assert_ok(&err, url_parse(span_of_text(got), &u, &err));
		assert_string_equal(u.host, "h");
		assert_string_equal(u.target, got + strlen("http://h"));
		assert_ok(&err, expand("http://${hostname}", &v, TEMPLATE_URL,
				       got, sizeof(got), &err));
		assert_int_not_equal(OK,
				     url_parse(span_of_text(got), &u, &err));
	}
}

static void dots_alone_are_refused_in_urls(void **state)
{
	struct error err;

	(void)state;
	assert_refused(E_TEMPLATE_DOTS, &err,
		       with_hostname(span_of_text("."), TEMPLATE_URL, &err));
	assert_refused(E_TEMPLATE_DOTS, &err,
		       with_hostname(span_of_text(".."), TEMPLATE_URL, &err));
	assert_ok(&err,
		  with_hostname(span_of_text("..."), TEMPLATE_CMDLINE, &err));
}

static void room_has_an_end(void **state)
{
	struct template_values v = values();
	char got[12];
	struct error err;

	(void)state;
	assert_ok(&err, expand("12345${arch}", &v, TEMPLATE_URL, got,
			       sizeof(got), &err));
	assert_refused(E_TEMPLATE_LENGTH, &err,
		       expand("123456${arch}", &v, TEMPLATE_URL, got,
			      sizeof(got), &err));
	assert_refused(E_TEMPLATE_LENGTH, &err,
		       expand("123456789012", &v, TEMPLATE_CMDLINE, got,
			      sizeof(got), &err));
}

static void every_cut_is_whole_or_open(void **state)
{
	static const char text[] = "http://h/${mac}/${hostname}.efi";
	struct template_values v = values();

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		_drop_copy_ struct span cut = test_copy(span_of(text, len));
		bool is_open = (len > 10 && len < 15) || (len > 17 && len < 27);
		char got[100];
		struct text t = text_over(got, sizeof(got));

		assert_status(is_open ? E_TEMPLATE_OPEN : OK,
			      template_check(cut, NULL));
		assert_status(is_open ? E_TEMPLATE_OPEN : OK,
			      template_expand(cut, &v, TEMPLATE_URL, &t, NULL));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_replaced_in_urls),
		cmocka_unit_test(names_are_replaced_in_command_lines),
		cmocka_unit_test(text_is_added),
		cmocka_unit_test(bad_templates_are_refused),
		cmocka_unit_test(what_is_not_known_is_refused),
		cmocka_unit_test(a_command_line_takes_short_words),
		cmocka_unit_test(a_value_stays_in_its_part_of_a_url),
		cmocka_unit_test(dots_alone_are_refused_in_urls),
		cmocka_unit_test(room_has_an_end),
		cmocka_unit_test(every_cut_is_whole_or_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
