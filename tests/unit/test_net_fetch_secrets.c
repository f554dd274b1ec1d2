/* What an entry of the network has beside its URLs: files of the image, and who
 * gets to see them. */
#include "net_fetch_bench.h"
#include "scratch.h"
#include "tls_rig.h"

#define HOST "boot.example"
#define TUNNEL                                                                 \
	{                                                                      \
		.said = "HTTP/1.1 200 Yes\r\n\r\n", .end = FETCH_RIG_TLS       \
	}

/* The entry, with these lines, whose files are in the scratch folder. */
static void be_entry(struct bench *b, const struct scratch *dir,
		     const char *lines)
{
	char text[512];
	struct error err;

	snprintf(text, sizeof(text), "uki-url http://192.0.2.1/\n%s", lines);
	assert_ok(&err, net_entry_parse(span_of_text(text), true, NULL, NULL,
					&b->entry, &err));
	b->setup.folder = dir->dir;
	b->request.entry = 0;
}

static void copy_file(const struct scratch *dir, const char *name,
		      const char *suffix)
{
	_drop_copy_ struct span bytes = tls_read_file(name, suffix);
	char to[80];

	snprintf(to, sizeof(to), "%s.%s", name, suffix);
	scratch_file(dir, to, bytes);
}

static unsigned count_of(const char *all, const char *what)
{
	unsigned count = 0;

	for (; (all = strstr(all, what)); all++)
		count++;
	return count;
}

/* --- headers and passwords ------------------------------------------------ */

static void fields_go_to_the_entrys_servers(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	char moved[URL_TEXT_MAX + 80];
	_bench_ b = bench_new();

	(void)state;
	scratch_text(&dir, "basic", "user:pass word\r\nnot this\n");
	be_entry(b, &dir,
		 "auth-basic basic\nheader X-Token: t0k3n\n"
		 "header X-Other: 2\n");
	/* the last one is none of the request's: the second sends there */
	SERVE(b, { .said = OK_10 "0123456789" });
	snprintf(moved, sizeof(moved),
		 "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: %s\r\n"
		 "\r\n",
		 b->request.urls[0]);
	b->request.url_count = 0;
	SERVE(b, { .said = GONE });
	SERVE(b, { .said = moved });
	gets(b, "0123456789");
	for (size_t i = 1; i < 3; i++) {
		assert_int_equal(count_of(b->rigs[i].asked,
					  "\r\nAuthorization: Basic "
					  "dXNlcjpwYXNzIHdvcmQ=\r\n"),
				 1);
		assert_int_equal(
			count_of(b->rigs[i].asked, "\r\nX-Token: t0k3n\r\n"),
			1);
		assert_int_equal(
			count_of(b->rigs[i].asked, "\r\nX-Other: 2\r\n"), 1);
	}
	assert_int_equal(count_of(b->rigs[0].asked, "GET "), 1);
	assert_int_equal(count_of(b->rigs[0].asked, "Authorization"), 0);
	assert_int_equal(count_of(b->rigs[0].asked, "X-"), 0);
	assert_null(strstr(b->notes, "t0k3n"));
}

/* What the fetcher knew for the entry's file is not for the next one. */
static void the_next_file_is_none_of_the_entry(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	_bench_ b = bench_new();

	(void)state;
	scratch_text(&dir, "bearer", "abc.def\n");
	be_entry(b, &dir, "auth-bearer bearer\n");
	SERVE(b, { .said = OK_10 "0123456789", .end = FETCH_RIG_KEEPS },
	      { .said = OK_10 "abcdefghij", .end = FETCH_RIG_CLOSES },
	      { .said = OK_10 "ABCDEFGHIJ" });
	gets(b, "0123456789");
	gets(b, "abcdefghij"); /* over the same connection */
	assert_int_equal(
		count_of(b->rigs[0].asked, "Authorization: Bearer abc.def\r\n"),
		2);
	b->request.entry = NET_NO_ENTRY;
	gets(b, "ABCDEFGHIJ");
	assert_int_equal(count_of(b->rigs[0].asked, "Authorization"), 2);
}

/* Mirrors of one server: a field is sent once. */
static void an_origin_counts_once(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	_bench_ b = bench_new();

	(void)state;
	be_entry(b, &dir, "header X-Token: t\n");
	SERVE(b, { .said = GONE, .end = FETCH_RIG_KEEPS },
	      { .said = OK_10 "0123456789" });
	add_url(b, b->request.urls[0]);
	gets(b, "0123456789");
	assert_int_equal(count_of(b->rigs[0].asked, "X-Token"), 2);
}

/* --- TLS ------------------------------------------------------------------ */

/* One https server behind a proxy, as the certificate's name is none of this
 * host's. */
static void serve_tls(struct bench *b, struct tls_visit *visit,
		      const char *tunnel, const char *trusted,
		      const struct fetch_rig_turn *turns, size_t count)
{
	fetch_rig_begin(&b->rigs[b->rig_count], NULL, tunnel, turns, count);
	snprintf(b->settings.proxy, sizeof(b->settings.proxy),
		 "http://127.0.0.1:%u/", b->rigs[b->rig_count++].port);
	add_url(b, "https://" HOST "/file");
	tls_visit_begin(visit, trusted, HOST);
	b->setup.keyring = &visit->keyring;
	b->setup.build_time = TLS_TIME;
}

static void a_ca_of_its_own(void **state)
{
	static const struct {
		const char *image, *lines;
		enum status want;
	} cases[] = {
		{ "ca", "", OK },
		{ "ca-rsa", "", E_TLS_UNKNOWN_CA },
		{ "ca-rsa", "ca ca.pem\n", OK },
		/* only that one */
		{ "ca", "ca ca-rsa.pem\n", E_TLS_UNKNOWN_CA },
	};
	static const struct fetch_rig_turn turns[] = {
		TUNNEL, { .said = OK_10 "0123456789" }
	};
	static const struct fetch_rig_turn none[] = { TUNNEL, { 0 } };
	_drop_scratch_ struct scratch dir = scratch_make();

	(void)state;
	copy_file(&dir, "ca", "pem");
	copy_file(&dir, "ca-rsa", "pem");
	for (size_t i = 0; i < test_count(cases); i++) {
		_bench_ b = bench_new();
		struct tls_visit visit;

		be_entry(b, &dir, cases[i].lines);
		serve_tls(b, &visit, "server", cases[i].image,
			  cases[i].want ? none : turns, 2);
		if (cases[i].want)
			refused(b, cases[i].want);
		else
			gets(b, "0123456789");
		if (!cases[i].want)
			assert_non_null(strstr(b->facts.tls, "TLS 1.2"));
		net_fetch_close(&b->fetcher);
		tls_visit_end(&visit);
	}
}

static void a_certificate_of_its_own(void **state)
{
	static const struct fetch_rig_turn turns[] = {
		TUNNEL, { .said = OK_10 "0123456789" }
	};
	_drop_scratch_ struct scratch dir = scratch_make();
	_bench_ b = bench_new();
	struct tls_visit visit;

	(void)state;
	copy_file(&dir, "client-p256", "pem");
	copy_file(&dir, "client-p256", "key");
	be_entry(b, &dir,
		 "client-cert client-p256.pem\n"
		 "client-key client-p256.key\n");
	serve_tls(b, &visit, "server client-p256", "ca", turns, 2);
	gets(b, "0123456789");
	net_fetch_close(&b->fetcher);
	tls_visit_end(&visit);
}

static void without_a_ca_there_is_no_tls(void **state)
{
	_bench_ b = bench_new();

	(void)state;
	add_url(b, "https://127.0.0.1:1/");
	refused(b, E_FETCH_NO_TLS);
}

/* --- files that are not as they should be --------------------------------- */

static void files_that_do_not_do(void **state)
{
	static const struct {
		const char *lines, *sentence;
	} cases[] = {
		{ "ca none\n", "No such file" },
		{ "ca junk\n", "junk: " },
		{ "ca empty\n", "empty: " },
		{ "client-cert none\nclient-key junk\n", "No such file" },
		{ "client-cert client-p256.pem\nclient-key none\n",
		  "No such file" },
		{ "client-cert client-p256.pem\nclient-key junk\n", ".pem: " },
		{ "client-cert client-p256.pem\nclient-key client-p384.key\n",
		  ".pem: " },
		{ "auth-basic none\n", "No such file" },
		{ "auth-basic empty\n", "is empty" },
		{ "auth-basic junk\n", "not user:password" },
		{ "auth-bearer empty\n", "is empty" },
		{ "auth-bearer blank\n", "is empty" },
		{ "auth-bearer control\n", "0x07" },
		{ "auth-bearer long\n", "6000 bytes" },
		{ "auth-basic folder\n", "Is a directory" },
	};
	_drop_scratch_ struct scratch dir = scratch_make();
	char text[6001];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[6000] = '\0';
	copy_file(&dir, "client-p256", "pem");
	copy_file(&dir, "client-p384", "key");
	scratch_text(&dir, "junk", "junk\n");
	scratch_text(&dir, "empty", "");
	scratch_text(&dir, "blank", " \t\nx\n");
	scratch_text(&dir, "control", "a\ab\n");
	scratch_text(&dir, "long", text);
	scratch_folder(&dir, "folder");
	for (size_t i = 0; i < test_count(cases); i++) {
		_bench_ b = bench_new();
		struct error err;

		be_entry(b, &dir, cases[i].lines);
		add_url(b, "http://127.0.0.1:1/");
		add_url(b, "http://127.0.0.1:2/");
		b->request.retry = 5; /* it would not help */
		assert_refused(E_NET_FILE, &err, get(b, &err));
		print_message("    %s\n", err.text);
		assert_non_null(strstr(err.text, dir.dir));
		assert_non_null(strstr(err.text, cases[i].sentence));
		assert_string_equal(b->notes, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_go_to_the_entrys_servers),
		cmocka_unit_test(the_next_file_is_none_of_the_entry),
		cmocka_unit_test(an_origin_counts_once),
		cmocka_unit_test(a_ca_of_its_own),
		cmocka_unit_test(a_certificate_of_its_own),
		cmocka_unit_test(without_a_ca_there_is_no_tls),
		cmocka_unit_test(files_that_do_not_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
