/* A TFTP server whose name has several addresses, some of them dead. Needs
 * root, since children give up what they may. */
#include "names_rig.h"
#include "tftp_rig.h"

/* What is at ::1 and, at the same port, at 127.0.0.1, of here.example. */
struct both {
	struct tftp v6, v4;
};

static struct both begin_both(struct bench *b, const char *name,
			      struct span file, enum tftp_way v6,
			      enum tftp_way v4)
{
	struct both both = { .v6 = begin_tftp_at("::1", 0, file, v6) };
	char url[64];

	both.v4 = begin_tftp_at("127.0.0.1", both.v6.port, file, v4);
	b->setup.busybox = BUSYBOX;
	snprintf(url, sizeof(url), "tftp://%s:%u/a", name, both.v6.port);
	add_url(b, url);
	return both;
}

static void end_both(struct bench *b, const struct both *both)
{
	end_tftp(b, &both->v6);
	end_tftp(b, &both->v4);
}

static void check_from(const struct bench *b, const char *address,
		       uint16_t port)
{
	char want[64];

	snprintf(want, sizeof(want), "%s port %u", address, port);
	assert_string_equal(b->facts.address, want);
}

/* The time is shared, and what is dead costs it once. */
static void the_next_address_is_tried(void **state)
{
	_drop_copy_ struct span file = test_make_bytes(5000);
	_bench_ b = bench_new();
	struct both both =
		begin_both(b, "here.example", file, IS_SILENT, SERVES);
	struct error err;

	(void)state;
	b->request.timeout_s = 6;
	assert_ok(&err, get(b, &err));
	assert_span_equal(span_of(b->sink.bytes, b->sink.len), file);
	check_from(b, "127.0.0.1", both.v4.port);
	assert_int_equal(lines(b), 1);
	assert_non_null(strstr(b->notes, "here.example at ::1: not one byte "
					 "has come for 3 s"));
	b->notes[0] = '\0';
	assert_ok(&err, get(b, &err));
	check_from(b, "127.0.0.1", both.v4.port);
	assert_string_equal(b->notes, "");
	end_both(b, &both);
}

/* What it has sent is void. */
static void an_address_that_breaks(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	_bench_ b = bench_new();

	(void)state;
	pretend(b, &dir,
		"case $* in *::1*) echo -n 0123; echo tftp: timeout >&2; "
		"exit 1 ;; esac; echo -n 0123456789");
	add_url(b, "tftp://here.example/x");
	gets(b, "0123456789");
	assert_int_equal(b->sink.begins, 2);
	check_from(b, "127.0.0.1", 69);
	check_said(&dir, "-l - 127.0.0.1 69\n");
	assert_string_equal(b->notes, "here.example at ::1: tftp: timeout\n");
}

static void an_address_without_a_server(void **state)
{
	_drop_copy_ struct span file = test_make_bytes(5000);
	struct tftp tftp = begin_tftp_at("127.0.0.2", 0, file, SERVES);
	_bench_ b = bench_new();
	struct error err;
	char url[64];

	(void)state;
	b->setup.busybox = BUSYBOX;
	snprintf(url, sizeof(url), "tftp://here-twice.example:%u/a", tftp.port);
	add_url(b, url);
	b->request.timeout_s = 4;
	assert_ok(&err, get(b, &err));
	check_from(b, "127.0.0.2", tftp.port);
	assert_int_equal(lines(b), 2);
	assert_non_null(strstr(b->notes, "at ::1: "));
	assert_non_null(strstr(b->notes, "at 127.0.0.1: "));
	end_tftp(b, &tftp);
}

/* IPv6 is first, and who answers has the last word. */
static void one_address_is_enough(void **state)
{
	static const struct {
		enum tftp_way way;
		bool is_empty;
		enum status want;
	} cases[] = {
		{ SERVES, false, OK },
		{ SERVES, true, E_NET_TFTP },
		{ HAS_NONE, false, E_NET_TFTP_MISSING },
		{ FORBIDS, false, E_NET_TFTP_MISSING },
	};
	_drop_copy_ struct span file = test_make_bytes(5000);

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_bench_ b = bench_new();
		struct both both =
			begin_both(b, "here.example",
				   cases[i].is_empty ? span_of("", 0) : file,
				   cases[i].way, SERVES);
		struct error err;

		assert_status(cases[i].want, get(b, &err));
		if (cases[i].want == OK)
			check_from(b, "::1", both.v6.port);
		else
			assert_memory_equal(err.text,
					    "here.example at ::1: ", 21);
		assert_int_equal(lines(b), cases[i].want != OK); /* the try */
		end_both(b, &both);
	}
}

static void a_name_without_an_address(void **state)
{
	_bench_ b = bench_new();

	(void)state;
	add_url(b, "tftp://none.example/x");
	refused(b, E_TCP_NAME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_address_is_tried),
		cmocka_unit_test(an_address_that_breaks),
		cmocka_unit_test(an_address_without_a_server),
		cmocka_unit_test(one_address_is_enough),
		cmocka_unit_test(a_name_without_an_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
