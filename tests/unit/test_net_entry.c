/* Entries whose files come from the network: every key, each mistake with its
 * code, cut at every length. */
#include "net_entry_bench.h"

static const char full[] =
	"# all of it\n"
	"title Debian 13\n"
	"version = 6.12\n"
	"sort-key\tdebian\n"
	"machine-id=0123\n"
	"architecture x64\r\n"
	"initrd http://a.example.org/${arch}/i.img "
	"http://[2001:db8::4]:8080/i\n"
	"sha256 " DIGEST "\n"
	"initrd https://a.example.org/j\n"
	"linux = https://a.example.org/k?u=${uuid}\thttps://b.example.org/k "
	"tftp://192.0.2.4/k\n"
	"sha256 = " DIGEST "\n"
	"devicetree http://a.example.org/board.dtb\n"
	"options root=/dev/sda1 hostname=${hostname}\n"
	"\n"
	"options = quiet\n"
	"max-size 512M\n"
	"timeout 120\n"
	"retry 1000\n"
	"on-failure poweroff\n"
	"ca site ca.pem\n"
	"client-cert node.pem\n"
	"client-key node.key\n"
	"auth-basic user\n"
	"header X-Rack: 7\n"
	"header = X-Row: a b\n"
	"colour blue\n";

static void every_key_is_taken(void **state)
{
	struct error err = { .code = OK };

	(void)state;
	assert_ok(&err, parse(full, &err));
	assert_string_equal(entry.title.text, "Debian 13");
	assert_string_equal(entry.version.text, "6.12");
	assert_string_equal(entry.sort_key.text, "debian");
	assert_string_equal(entry.machine_id.text, "0123");
	assert_string_equal(entry.architecture, "x64");
	assert_int_equal(entry.file_count, 4);
	check_file(0, NET_LINUX,
		   "https://a.example.org/k?u=${uuid} "
		   "https://b.example.org/k tftp://192.0.2.4/k");
	check_file(1, NET_INITRD,
		   "http://a.example.org/${arch}/i.img "
		   "http://[2001:db8::4]:8080/i");
	check_file(2, NET_INITRD, "https://a.example.org/j");
	check_file(3, NET_DEVICETREE, "http://a.example.org/board.dtb");
	assert_true(entry.files[0].has_sha256 && entry.files[1].has_sha256);
	assert_false(entry.files[2].has_sha256 || entry.files[3].has_sha256);
	assert_memory_equal(entry.files[0].sha256, "\x01\x23\x45\x67", 4);
	assert_int_equal(entry.files[1].sha256[31], 0xef);
	assert_true(entry.has_options);
	assert_string_equal(entry.options,
			    "root=/dev/sda1 hostname=${hostname} quiet");
	assert_true(entry.max_size == UINT64_C(512) << 20);
	assert_int_equal(entry.timeout_s, 120);
	assert_int_equal(entry.retry, 1000);
	assert_int_equal(entry.on_failure, NET_END_POWER_OFF);
	assert_string_equal(entry.ca, "site ca.pem");
	assert_string_equal(entry.client_cert, "node.pem");
	assert_string_equal(entry.client_key, "node.key");
	assert_string_equal(entry.auth_basic, "user");
	assert_string_equal(entry.auth_bearer, "");
	assert_int_equal(entry.header_count, 2);
	assert_string_equal(net_entry_text(&entry, entry.headers[0]),
			    "X-Rack: 7");
	assert_string_equal(net_entry_text(&entry, entry.headers[1]),
			    "X-Row: a b");
	assert_int_equal(entry.unknown_keys, 1);
}

static void one_line_is_an_entry(void **state)
{
	struct error err = { .code = OK };

	(void)state;
	assert_ok(&err,
		  parse("\xef\xbb\xbfuki-url=tftp://192.0.2.4/a.efi", &err));
	assert_int_equal(entry.file_count, 1);
	check_file(0, NET_ANY, "tftp://192.0.2.4/a.efi");
	check_defaults();
}

static void values_have_their_range(void **state)
{
	static const struct {
		const char *line;
		uint64_t max_size;
		uint32_t timeout_s, retry;
		enum net_end on_failure;
	} cases[] = {
		{ "max-size 1", 1, NET_TIMEOUT_S, NET_RETRY, 0 },
		{ "max-size 3K", 3072, NET_TIMEOUT_S, NET_RETRY, 0 },
		{ "max-size 17179869183G", UINT64_C(17179869183) << 30,
		  NET_TIMEOUT_S, NET_RETRY, 0 },
		{ "timeout 1", NET_MAX_SIZE, 1, NET_RETRY, 0 },
		{ "timeout 86400", NET_MAX_SIZE, 86400, NET_RETRY, 0 },
		{ "retry 0", NET_MAX_SIZE, NET_TIMEOUT_S, 0, 0 },
		{ "on-failure next", NET_MAX_SIZE, NET_TIMEOUT_S, NET_RETRY,
		  NET_END_NEXT },
		{ "on-failure menu", NET_MAX_SIZE, NET_TIMEOUT_S, NET_RETRY,
		  NET_END_MENU },
		{ "on-failure reboot", NET_MAX_SIZE, NET_TIMEOUT_S, NET_RETRY,
		  NET_END_REBOOT },
		{ "on-failure hold", NET_MAX_SIZE, NET_TIMEOUT_S, NET_RETRY,
		  NET_END_HOLD },
		{ "ca a", NET_MAX_SIZE, NET_TIMEOUT_S, NET_RETRY, 0 },
		{ "ca ..a", NET_MAX_SIZE, NET_TIMEOUT_S, NET_RETRY, 0 },
		{ "options", NET_MAX_SIZE, NET_TIMEOUT_S, NET_RETRY, 0 },
		{ "title", NET_MAX_SIZE, NET_TIMEOUT_S, NET_RETRY, 0 },
	};
	char text[200];

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		struct text t = text_over(text, sizeof(text));
		struct error err = { .code = OK };

		text_addf(&t, UKI "%s\n", cases[i].line);
		assert_ok(&err, parse(text, &err));
		assert_true(entry.max_size == cases[i].max_size);
		assert_int_equal(entry.timeout_s, cases[i].timeout_s);
		assert_int_equal(entry.retry, cases[i].retry);
		assert_int_equal(entry.on_failure, cases[i].on_failure);
		assert_false(entry.has_options);
	}
}

/* A text of the specification's own keys: the last one counts. */
static void texts_for_people_may_repeat(void **state)
{
	struct error err = { .code = OK };

	(void)state;
	assert_ok(&err, parse(UKI "title one\ntitle two \x1b[2J\n", &err));
	assert_string_equal(entry.title.text, "two ?[2J");
}

struct bad {
	enum status code;
	const char *text;
};

#define I "initrd " URL "i\n"
#define U URL "k "
#define H "header X-A: 1\n"

static const struct bad refused[] = {
	{ E_NET_ENTRY_KERNEL, "" },
	{ E_NET_ENTRY_KERNEL, "title x\n" },
	{ E_NET_ENTRY_KERNEL, "initrd " URL "i\n" },
	{ E_NET_ENTRY_KERNEL, "devicetree " URL "d\n" },
	{ E_NET_ENTRY_KERNEL, UKI KERNEL },
	{ E_NET_ENTRY_KERNEL, KERNEL UKI },
	{ E_NET_ENTRY_TWICE, UKI UKI },
	{ E_NET_ENTRY_TWICE, KERNEL KERNEL },
	{ E_NET_ENTRY_TWICE,
	  KERNEL "devicetree " URL "d\ndevicetree " URL "e\n" },
	{ E_NET_ENTRY_TWICE, UKI "architecture x64\narchitecture x64\n" },
	{ E_NET_ENTRY_TWICE, UKI "max-size 1\nmax-size 1\n" },
	{ E_NET_ENTRY_TWICE, UKI "timeout 1\ntimeout 1\n" },
	{ E_NET_ENTRY_TWICE, UKI "retry 1\nretry 1\n" },
	{ E_NET_ENTRY_TWICE, UKI "on-failure menu\non-failure menu\n" },
	{ E_NET_ENTRY_TWICE, UKI "ca a\nca b\n" },
	{ E_NET_ENTRY_TWICE, UKI "client-cert a\nclient-cert b\n" },
	{ E_NET_ENTRY_TWICE, UKI "client-key a\nclient-key b\n" },
	{ E_NET_ENTRY_TWICE, UKI "auth-basic a\nauth-basic b\n" },
	{ E_NET_ENTRY_TWICE, UKI "auth-bearer a\nauth-bearer b\n" },
	{ E_NET_ENTRY_TWICE, UKI "sha256 " DIGEST "\nsha256 " DIGEST "\n" },
	{ E_NET_ENTRY_URL, "uki-url\n" },
	{ E_NET_ENTRY_URL, "linux =\n" },
	{ E_NET_ENTRY_URL, KERNEL "initrd\n" },
	{ E_NET_ENTRY_URL, KERNEL "devicetree\n" },
	{ E_NET_ENTRY_URL, KERNEL "initrd /i.img\n" },
	{ E_NET_ENTRY_URL, "linux /vmlinuz\n" },
	{ E_NET_ENTRY_URL, "uki-url ftp://h/k\n" },
	{ E_NET_ENTRY_URL, "uki-url http://h/k http:///k\n" },
	{ E_NET_ENTRY_URL, "uki-url http://user:pass@h/k\n" },
	{ E_NET_ENTRY_URL, "uki-url http://h:0/k\n" },
	{ E_NET_ENTRY_URL, "uki-url http://h:${mac}/k\n" },
	{ E_NET_ENTRY_URL, "uki-url ${arch}://h/k\n" },
	{ E_NET_ENTRY_URL, "uki-url http://h/k#${mac}\n" },
	{ E_NET_ENTRY_URL, "uki-url http://h/{mac}\n" },
	{ E_NET_ENTRY_URL, "uki-url http://h/\x01\n" },
	{ E_NET_ENTRY_URL, "uki-url http://h/\xc3\xa9\n" },
	{ E_NET_ENTRY_URL, "uki-url tftp://h/\n" },
	{ E_NET_ENTRY_URL, "uki-url tftp://h/k?${mac}\n" },
	{ E_NET_ENTRY_TEMPLATE, "uki-url http://h/${mac\n" },
	{ E_NET_ENTRY_TEMPLATE, "uki-url http://h/${MAC}\n" },
	{ E_NET_ENTRY_TEMPLATE, "uki-url http://h/k http://h/${}\n" },
	{ E_NET_ENTRY_TEMPLATE, UKI "options root=${\n" },
	{ E_NET_ENTRY_TEMPLATE, UKI "options root=${uuid} a=${disk}\n" },
	{ E_NET_ENTRY_TEMPLATE, UKI "options ${ip\noptions }\n" },
	{ E_NET_ENTRY_MANY, "uki-url " U U U U U U U U U "\n" },
	{ E_NET_ENTRY_MANY, KERNEL I I I I I I I I I I I I I I I I I },
	{ E_NET_ENTRY_MANY, UKI H H H H H H H H H },
	{ E_NET_ENTRY_FILE, "sha256 " DIGEST "\n" UKI },
	{ E_NET_ENTRY_FILE, UKI I },
	{ E_NET_ENTRY_FILE, I UKI },
	{ E_NET_ENTRY_FILE, UKI "devicetree " URL "d\n" },
	{ E_NET_ENTRY_NUMBER, UKI "max-size\n" },
	{ E_NET_ENTRY_NUMBER, UKI "max-size 0\n" },
	{ E_NET_ENTRY_NUMBER, UKI "max-size 0G\n" },
	{ E_NET_ENTRY_NUMBER, UKI "max-size M\n" },
	{ E_NET_ENTRY_NUMBER, UKI "max-size 1T\n" },
	{ E_NET_ENTRY_NUMBER, UKI "max-size 1KK\n" },
	{ E_NET_ENTRY_NUMBER, UKI "max-size 1 M\n" },
	{ E_NET_ENTRY_NUMBER, UKI "max-size -1\n" },
	{ E_NET_ENTRY_NUMBER, UKI "max-size 17179869184G\n" },
	{ E_NET_ENTRY_NUMBER, UKI "timeout\n" },
	{ E_NET_ENTRY_NUMBER, UKI "timeout 0\n" },
	{ E_NET_ENTRY_NUMBER, UKI "timeout 86401\n" },
	{ E_NET_ENTRY_NUMBER, UKI "timeout 1m\n" },
	{ E_NET_ENTRY_NUMBER, UKI "retry\n" },
	{ E_NET_ENTRY_NUMBER, UKI "retry 1001\n" },
	{ E_NET_ENTRY_NUMBER, UKI "retry always\n" },
	{ E_NET_ENTRY_DIGEST, UKI "sha256\n" },
	{ E_NET_ENTRY_DIGEST, UKI "sha256 " DIGEST "0\n" },
	{ E_NET_ENTRY_DIGEST, UKI "sha256 " DIGEST "00\n" },
	{ E_NET_ENTRY_DIGEST, UKI "sha256 01\n" },
	{ E_NET_ENTRY_DIGEST, UKI "sha256 sha256:" DIGEST "\n" },
	{ E_NET_ENTRY_DIGEST, UKI "sha256 0123456789abcdef0123456789abcdef"
				  "0123456789abcdef0123456789abcdeg\n" },
	{ E_NET_ENTRY_WORD, UKI "on-failure\n" },
	{ E_NET_ENTRY_WORD, UKI "on-failure Menu\n" },
	{ E_NET_ENTRY_WORD, UKI "on-failure next menu\n" },
	{ E_NET_ENTRY_NAME, UKI "ca\n" },
	{ E_NET_ENTRY_NAME, UKI "ca .\n" },
	{ E_NET_ENTRY_NAME, UKI "ca ..\n" },
	{ E_NET_ENTRY_NAME, UKI "ca ...\n" },
	{ E_NET_ENTRY_NAME, UKI "ca /etc/ca.pem\n" },
	{ E_NET_ENTRY_NAME, UKI "client-cert a/b\n" },
	{ E_NET_ENTRY_NAME, UKI "client-key \x01\n" },
	{ E_NET_ENTRY_NAME, UKI "auth-basic \xc3\xa9\n" },
	{ E_NET_ENTRY_NAME, UKI "auth-bearer "
				"0123456789012345678901234567890123456789"
				"012345678901234567890123\n" },
	{ E_NET_ENTRY_HEADER, UKI "header\n" },
	{ E_NET_ENTRY_HEADER, UKI "header X-Rack\n" },
	{ E_NET_ENTRY_HEADER, UKI "header X-Rack:\n" },
	{ E_NET_ENTRY_HEADER, UKI "header : 7\n" },
	{ E_NET_ENTRY_HEADER, UKI "header X Rack: 7\n" },
	{ E_NET_ENTRY_HEADER, UKI "header X-Rack: \x01\n" },
	{ E_NET_ENTRY_HEADER, UKI "header X-Rack: a\rHost: b\n" },
	{ E_NET_ENTRY_HEADER, UKI "header Host: evil\n" },
	{ E_NET_ENTRY_TOGETHER, UKI "client-cert a\n" },
	{ E_NET_ENTRY_TOGETHER, UKI "client-key a\n" },
	{ E_NET_ENTRY_TOGETHER, UKI "auth-basic a\nauth-bearer b\n" },
	{ E_NET_ENTRY_TOGETHER, UKI "auth-basic a\nheader AUTHORIZATION: b\n" },
	{ E_NET_ENTRY_TOGETHER, UKI "auth-bearer a\nheader authorization:b\n" },
	{ E_NET_ENTRY_CONTROL, UKI "options a\x1b[2J\n" },
	{ E_NET_ENTRY_CONTROL, UKI "options a\rb\n" },
	{ E_NET_ENTRY_CONTROL, UKI "options a\x7f\n" },
};

static void each_refusal_has_its_code(void **state)
{
	(void)state;
	for (size_t i = 0; i < test_count(refused); i++) {
		struct error err;

		assert_refused(refused[i].code, &err,
			       parse(refused[i].text, &err));
		assert_status(refused[i].code, parse(refused[i].text, NULL));
	}
}

static void secrets_are_of_the_image(void **state)
{
	static const char *const lines[] = {
		"ca a\n",	   "client-cert a\n", "client-key a\n",
		"auth-basic a\n",  "auth-bearer a\n", "header X-A: 1\n",
		"header broken\n",
	};
	char buf[200];

	(void)state;
	for (size_t i = 0; i < test_count(lines); i++) {
		struct text t = text_over(buf, sizeof(buf));
		struct error err;

		text_addf(&t, UKI "%s", lines[i]);
		assert_refused(E_NET_ENTRY_SECRET, &err,
			       net_entry_parse(span_of(buf, t.len), false, NULL,
					       NULL, &entry, &err));
	}
}

/* What may be secret is in no sentence. */
static void sentences_keep_secrets(void **state)
{
	static const char *const texts[] = {
		UKI "header X-A: Pa55word\x01\n",
		UKI "header Host: Pa55word\n",
		"uki-url http://user:Pa55word@h/k\n",
		"uki-url http://h:Pa55word@h/k\n",
	};

	(void)state;
	for (size_t i = 0; i < test_count(texts); i++) {
		struct error err = { .code = OK };

		assert_true(parse(texts[i], &err) != OK);
		assert_null(strstr(err.text, "Pa55"));
	}
}

static void every_length_is_decided(void **state)
{
	unsigned good = 0;

	(void)state;
	for (size_t len = 0; len < sizeof(full); len++) {
		_drop_copy_ struct span cut = test_copy(span_of(full, len));
		struct error err = { .code = OK };
		enum status s =
			net_entry_parse(cut, true, NULL, NULL, &entry, &err);

		(void)net_entry_is(cut);
		good += s == OK;
		if (s != OK)
			test_check_sentence(s, &err, __FILE__, __LINE__);
		else
			assert_int_equal(entry.files[0].role, NET_LINUX);
	}
	assert_true(good > 50 && good < sizeof(full) / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_is_taken),
		cmocka_unit_test(one_line_is_an_entry),
		cmocka_unit_test(values_have_their_range),
		cmocka_unit_test(texts_for_people_may_repeat),
		cmocka_unit_test(each_refusal_has_its_code),
		cmocka_unit_test(secrets_are_of_the_image),
		cmocka_unit_test(sentences_keep_secrets),
		cmocka_unit_test(every_length_is_decided),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
