/* Files of TFTP URLs, and values that are percent-encoded. */
#include "test.h"

#include "format/url.h"

static enum status file_of(const char *text, char *ret, size_t cap,
			   struct error *err)
{
	struct url u;
	enum status s = url_parse(span_of_text(text), &u, err);

	return s == OK ? url_tftp_file(&u, ret, cap, err) : s;
}

static void tftp_files_are_decoded(void **state)
{
	static const struct {
		const char *url, *file;
	} cases[] = {
		{ "tftp://h/pxelinux.0", "pxelinux.0" },
		{ "tftp://h//srv/a", "/srv/a" },
		{ "tftp://h/a%20b%2fc%3Fd%23", "a b/c?d#" },
		{ "tftp://h/a%5Cb", "a\\b" },
		{ "tftp://h/a;mode=octet", "a" },
		{ "tftp://h/a;MODE=Octet", "a" },
		{ "tftp://h/a;b=c", "a;b=c" },
		{ "tftp://h/a;version=12", "a;version=12" },
		{ "tftp://h/a;", "a;" },
		{ "tftp://h/a;mode=octet;b", "a;mode=octet;b" },
		{ "tftp://h/%C3%A4", "ä" },
		{ "tftp://h/../x/./y", "x/y" },
		{ "tftp://h/%252e", "%2e" },
	};
	char file[64];
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		assert_ok(&err,
			  file_of(cases[i].url, file, sizeof(file), &err));
		assert_string_equal(file, cases[i].file);
	}
}

static void bad_tftp_files_are_refused(void **state)
{
	static const struct {
		const char *url;
		enum status want;
	} bad[] = {
		{ "tftp://h", E_URL_TFTP_FILE },
		{ "tftp://h/", E_URL_TFTP_FILE },
		{ "tftp://h/;mode=octet", E_URL_TFTP_FILE },
		{ "tftp://h/a?", E_URL_TFTP_QUERY },
		{ "tftp://h/a?b", E_URL_TFTP_QUERY },
		{ "tftp://h/a;mode=netascii", E_URL_TFTP_MODE },
		{ "tftp://h/a;mode=", E_URL_TFTP_MODE },
		{ "tftp://h/a;mode=octets", E_URL_TFTP_MODE },
		{ "tftp://h/a%00", E_URL_TFTP_BYTE },
		{ "tftp://h/%0a", E_URL_TFTP_BYTE },
		{ "tftp://h/%1Fa", E_URL_TFTP_BYTE },
		{ "tftp://h/%7f", E_URL_TFTP_BYTE },
		{ "tftp://h/12345678", E_URL_TFTP_LENGTH },
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		char file[8] = "before";

		print_message("%s\n", bad[i].url);
		assert_refused(bad[i].want, &err,
			       file_of(bad[i].url, file, sizeof(file), &err));
		assert_string_equal(file, "");
	}
}

static void a_tftp_file_fills_its_room(void **state)
{
	char file[8];
	struct error err;

	(void)state;
	assert_ok(&err, file_of("tftp://h/1234567", file, 8, &err));
	assert_string_equal(file, "1234567");
	assert_refused(E_URL_TFTP_LENGTH, &err,
		       file_of("tftp://h/1234567", file, 7, &err));
	assert_refused(E_URL_TFTP_LENGTH, &err,
		       file_of("tftp://h/1", file, 1, &err));
}

static void values_are_encoded(void **state)
{
	char buf[800], want[800];
	struct text t = text_over(buf, sizeof(buf));
	struct text w = text_over(want, sizeof(want));

	(void)state;
	url_add_encoded(&t, span_of("Az09-._~ :/?#%\0\xff", 16), "");
	assert_string_equal(buf, "Az09-._~%20%3A%2F%3F%23%25%00%FF");
	t = text_over(buf, sizeof(buf));
	url_add_encoded(&t, span_of("a/b:c\0", 6), "/:");
	assert_string_equal(buf, "a/b:c%00");

	t = text_over(buf, sizeof(buf));
	for (unsigned c = 0; c < 256; c++) {
		uint8_t byte = (uint8_t)c;

		url_add_encoded(&t, span_of(&byte, 1), "");
		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
		    c == '_' || c == '~')
			text_add_char(&w, (char)c);
		else
			text_addf(&w, "%%%02X", c);
	}
	assert_false(t.cut);
	assert_string_equal(buf, want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tftp_files_are_decoded),
		cmocka_unit_test(bad_tftp_files_are_refused),
		cmocka_unit_test(a_tftp_file_fills_its_room),
		cmocka_unit_test(values_are_encoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
