/* What busybox does for the network process: TFTP, against a server of the
 * test's own that can break, and the time of day, of which a shell script
 * pretends to know something. Needs root, since children give up what they may.
 */
#include "names_rig.h"
#include "tftp_rig.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- TFTP ----------------------------------------------------------------- */

static void add_tftp(struct bench *b, const struct tftp *tftp)
{
	char url[64];

	b->setup.busybox = BUSYBOX;
	snprintf(url, sizeof(url), "tftp://127.0.0.1:%u/a/file", tftp->port);
	add_url(b, url);
}

static void files_by_tftp(void **state)
{
	static const size_t sizes[] = { 1, 1427, 1428, 1429, 300000 };

	(void)state;
	for (size_t i = 0; i < test_count(sizes); i++) {
		_drop_copy_ struct span file = test_make_bytes(sizes[i]);
		struct tftp tftp = begin_tftp(file, SERVES);
		_bench_ b = bench_new();
		struct error err;

		add_tftp(b, &tftp);
		assert_ok(&err, get(b, &err));
		assert_span_equal(span_of(b->sink.bytes, b->sink.len), file);
		assert_int_equal(b->sink.begins, 1);
		assert_false(b->sink.has_size);
		assert_int_equal(b->facts.size, sizes[i]);
		assert_string_equal(b->facts.url, b->request.urls[0]);
		assert_non_null(strstr(b->facts.address, "127.0.0.1 port "));
		end_tftp(b, &tftp);
	}
}

/* "No such file" is an answer, and "not for you"; whatever else it says, it may
 * be there. */
static void what_busybox_says(void **state)
{
	static const struct {
		enum tftp_way way;
		enum status want;
		const char *why;
	} cases[] = {
		{ REFUSES, E_NET_TFTP, "(0) it is ? gone" },
		{ HAS_NONE, E_NET_TFTP_MISSING, "(1) it is ? gone" },
		{ FORBIDS, E_NET_TFTP_MISSING, "(2) it is ? gone" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		struct tftp tftp = begin_tftp(span_of("x", 1), cases[i].way);
		_bench_ b = bench_new();
		char want[64];
		struct error err;

		add_tftp(b, &tftp);
		assert_refused(cases[i].want, &err, get(b, &err));
		snprintf(want, sizeof(want),
			 "127.0.0.1: tftp: server error: %s", cases[i].why);
		assert_string_equal(err.text, want);
		assert_int_equal(b->sink.begins, 0);
		end_tftp(b, &tftp);
	}
}

static void an_empty_file(void **state)
{
	struct tftp tftp = begin_tftp(span_of("", 0), SERVES);
	_bench_ b = bench_new();
	struct error err;

	(void)state;
	add_tftp(b, &tftp);
	assert_refused(E_NET_TFTP, &err, get(b, &err));
	assert_string_equal(err.text, "127.0.0.1: the file is empty");
	end_tftp(b, &tftp);
}

static void no_busybox(void **state)
{
	_bench_ b = bench_new();

	(void)state;
	add_url(b, "tftp://127.0.0.1:1/file");
	refused(b, E_NET_TFTP);
	b->request.url_count = 0;
	add_url(b, "tftp://127.0.0.1:1/");
	refused(b, E_URL_TFTP_FILE);
}

static void not_more_than_is_wanted(void **state)
{
	_drop_copy_ struct span file = test_make_bytes(5000);
	struct tftp tftp = begin_tftp(file, SERVES);
	_bench_ b = bench_new();

	(void)state;
	add_tftp(b, &tftp);
	b->request.max_size = 4999;
	refused(b, E_FETCH_TOO_LARGE);
	b->request.max_size = 5000;
	assert_ok(NULL, get(b, NULL));
	end_tftp(b, &tftp);
}

static void tftp_ends_at_the_deadline(void **state)
{
	static const enum tftp_way ways[] = { STOPS, IS_SILENT };
	_drop_copy_ struct span file = test_make_bytes(5000);

	(void)state;
	for (size_t i = 0; i < test_count(ways); i++) {
		struct tftp tftp = begin_tftp(file, ways[i]);
		_bench_ b = bench_new();
		uint64_t start = now_ms();

		add_tftp(b, &tftp);
		b->request.timeout_s = 1;
		refused(b, E_NET_DEADLINE);
		assert_in_range(now_ms() - start, 1000, 1600);
		assert_true(b->hears >= 10);
		assert_int_equal(b->sink.len, ways[i] == STOPS ? 2 * 1428 : 0);
		end_tftp(b, &tftp);
	}
}

/* There is no going on with TFTP: what another mirror has sent is void. */
static void tftp_begins_anew(void **state)
{
	_drop_copy_ struct span file = test_make_bytes(3000);
	struct tftp tftp = begin_tftp(file, SERVES);
	_bench_ b = bench_new();
	struct error err;

	(void)state;
	SERVE(b, { .said = OK_10 "0123", .end = FETCH_RIG_RESETS });
	add_tftp(b, &tftp);
	assert_ok(&err, get(b, &err));
	assert_span_equal(span_of(b->sink.bytes, b->sink.len), file);
	assert_int_equal(b->sink.begins, 2);
	assert_int_equal(b->facts.resumed, 0);
	assert_false(b->facts.is_of_mirrors);
	end_tftp(b, &tftp);
}

/* --- children have nothing ------------------------------------------------ */

static void tftp_may_nothing(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	_bench_ b = bench_new();

	(void)state;
	pretend(b, &dir, "echo -n 0123456789");
	add_url(b, "tftp://Boot.example/a%20b;mode=octet");
	gets(b, "0123456789");
	check_said(&dir, "-g -b 1428 -r a b -l - 192.0.2.1 69\n");
	check_said(&dir, "CapPrm:\t0000000000000000\n");
	check_said(&dir, "CapEff:\t0000000000000000\n");
	check_said(&dir, "CapBnd:\t0000000000000000\n");
	check_said(&dir, "NoNewPrivs:\t1\n");
}

static void bytes_of_a_child_that_fails(void **state)
{
	static const struct {
		const char *what, *why;
	} cases[] = {
		{ "echo -n 01234; echo one >&2; echo two >&2; exit 3", "two" },
		{ "echo -n 01234; exit 3", "exit status 3" },
		{ "echo -n 01234; kill -9 $$", "signal 9 (SIGKILL)" },
		{ "exec >&-; sleep 10", "it does not end" },
	};
	_drop_scratch_ struct scratch dir = scratch_make();

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_bench_ b = bench_new();
		char want[64];
		struct error err;

		pretend(b, &dir, cases[i].what);
		add_url(b, "tftp://boot.example/x");
		assert_refused(E_NET_TFTP, &err, get(b, &err));
		snprintf(want, sizeof(want), "boot.example at 192.0.2.1: %s",
			 cases[i].why);
		assert_string_equal(err.text, want);
	}
}

/* --- the time of day ------------------------------------------------------ */

/* In the C library's place: as of a kernel that was told ipv6.disable=1. */
static bool has_no_ipv6;

int socket(int family, int type, int protocol)
{
	if (has_no_ipv6 && family == AF_INET6) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	return (int)syscall(SYS_socket, family, type, protocol);
}

static void the_time_is_asked_for_once(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	_bench_ b = bench_new();

	(void)state;
	/* nobody sets this machine's clock: it stays before the build */
	pretend(b, &dir, "exit 0");
	snprintf(b->settings.ntp, sizeof(b->settings.ntp), "both.example");
	b->setup.build_time = INT64_MAX;
	add_url(b, "https://127.0.0.1:1/");
	refused(b, E_FETCH_NO_TLS);
	check_said(&dir, "-n -q -p 2001:db8::1 -p 192.0.2.1\n");
	check_said(&dir, "CapPrm:\t0000000002000000\n"); /* to set it */
	check_said(&dir, "CapBnd:\t0000000002000000\n");
	assert_non_null(strstr(b->notes, "no time of day from both.example: it "
					 "is before this keelboot was built"));
	b->notes[0] = '\0';
	assert_int_equal(unlink(scratch_path(&dir, "said")), 0);
	refused(b, E_FETCH_NO_TLS); /* not again so soon */
	assert_null(strstr(b->notes, "time of day"));
	assert_int_equal(access(scratch_path(&dir, "said"), F_OK), -1);
}

static void nobody_knows_the_time(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	_bench_ b = bench_new();

	(void)state;
	pretend(b, &dir, "echo 'ntpd: bad address' >&2; exit 1");
	snprintf(b->settings.ntp, sizeof(b->settings.ntp), "both.example");
	b->setup.build_time = INT64_MAX;
	add_url(b, "https://127.0.0.1:1/");
	refused(b, E_FETCH_NO_TLS);
	assert_non_null(strstr(b->notes,
			       "no time of day from both.example: ntpd: bad "
			       "address"));
}

static void the_time_without_ipv6(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	_bench_ b = bench_new();

	(void)state;
	pretend(b, &dir, "exit 0");
	snprintf(b->settings.ntp, sizeof(b->settings.ntp), "both.example");
	b->setup.build_time = INT64_MAX;
	add_url(b, "https://127.0.0.1:1/");
	has_no_ipv6 = true;
	refused(b, E_FETCH_NO_TLS);
	has_no_ipv6 = false;
	check_said(&dir, "-n -q -p 192.0.2.1\n");
}

static void a_server_of_time_without_an_address(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	_bench_ b = bench_new();

	(void)state;
	pretend(b, &dir, "exit 0");
	snprintf(b->settings.ntp, sizeof(b->settings.ntp), "none.example");
	b->setup.build_time = INT64_MAX;
	add_url(b, "https://127.0.0.1:1/");
	refused(b, E_FETCH_NO_TLS);
	assert_non_null(strstr(b->notes, "no time of day: the name "
					 "none.example has no address"));
	assert_int_equal(access(scratch_path(&dir, "said"), F_OK), -1);
}

/* Not of a clock that is late enough, not for http, not without a server. */
static void the_time_is_not_asked_for(void **state)
{
	static const struct {
		int64_t build;
		const char *url, *ntp;
	} cases[] = {
		{ 1000, "https://127.0.0.1:1/", "both.example" },
		{ INT64_MAX, "http://127.0.0.1:1/", "both.example" },
		{ INT64_MAX, "https://127.0.0.1:1/", "" },
	};
	_drop_scratch_ struct scratch dir = scratch_make();

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_bench_ b = bench_new();
		struct error err;

		pretend(b, &dir, "exit 0");
		snprintf(b->settings.ntp, sizeof(b->settings.ntp), "%s",
			 cases[i].ntp);
		b->setup.build_time = cases[i].build;
		add_url(b, cases[i].url);
		assert_int_not_equal(get(b, &err), OK);
		assert_int_equal(access(scratch_path(&dir, "said"), F_OK), -1);
	}
}

static void a_server_of_time_that_is_silent(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	_bench_ b = bench_new();
	uint64_t start = now_ms();

	(void)state;
	pretend(b, &dir, "exec sleep 20");
	snprintf(b->settings.ntp, sizeof(b->settings.ntp), "both.example");
	b->setup.build_time = INT64_MAX;
	add_url(b, "https://127.0.0.1:1/");
	refused(b, E_FETCH_NO_TLS);
	assert_in_range(now_ms() - start, 5000, 6500);
	assert_non_null(strstr(b->notes, "no time of day from both.example"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_by_tftp),
		cmocka_unit_test(what_busybox_says),
		cmocka_unit_test(an_empty_file),
		cmocka_unit_test(no_busybox),
		cmocka_unit_test(not_more_than_is_wanted),
		cmocka_unit_test(tftp_ends_at_the_deadline),
		cmocka_unit_test(tftp_begins_anew),
		cmocka_unit_test(tftp_may_nothing),
		cmocka_unit_test(bytes_of_a_child_that_fails),
		cmocka_unit_test(the_time_is_asked_for_once),
		cmocka_unit_test(nobody_knows_the_time),
		cmocka_unit_test(the_time_without_ipv6),
		cmocka_unit_test(a_server_of_time_without_an_address),
		cmocka_unit_test(the_time_is_not_asked_for),
		cmocka_unit_test(a_server_of_time_that_is_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
