/* Option 43 of PXE: each field broken by itself, cut at every length, and whom
 * it says to ask. */
#include "format/lease_pxe.h"

#include "test.h"

#define S(literal)                                                             \
	{                                                                      \
		(const uint8_t *)(literal), sizeof(literal) - 1                \
	}

#define SERVER	"\x08\x07\x00\x0f\x01\xc0\x00\x02\x09"
#define MENU	"\x09\x0a\x00\x0f\x07Install"
#define PROMPT	"\x0a\x03\x05Hi"
#define CONTROL "\x06\x01\x03"
#define ITEM	"\x47\x04\x00\x0f\x80\x00"
#define GROUP	"\x07\x04\xe0\x00\x01\x02"
#define WHOLE	CONTROL GROUP SERVER MENU PROMPT ITEM "\xff"

static void all_of_it_is_taken(void **state)
{
	static const struct span whole = S(WHOLE);
	struct error err = { .code = OK };
	struct lease_pxe_server server;
	struct lease_pxe pxe;

	(void)state;
	assert_ok(&err, lease_pxe_parse(whole, &pxe, &err));
	assert_true(pxe.no_broadcast);
	assert_true(pxe.no_multicast);
	assert_true(pxe.has_multicast);
	assert_memory_equal(pxe.multicast, "\xe0\x00\x01\x02", 4);
	assert_true(pxe.has_chosen);
	assert_int_equal(pxe.chosen, 15);
	assert_int_equal(pxe.servers.len, 7);
	assert_int_equal(pxe.menu.len, 10);
	assert_true(lease_pxe_find_server(&pxe, &server));
	assert_int_equal(server.type, 15);
	assert_span_text(server.name, "Install");
	assert_int_equal(server.way, LEASE_PXE_UNICAST);
	assert_memory_equal(server.address, "\xc0\x00\x02\x09", 4);
}

struct bad {
	enum status code;
	struct span option;
};

static const struct bad refused[] = {
	{ E_LEASE_PXE_CUT, S("\x06") },
	{ E_LEASE_PXE_CUT, S("\x06\x01") },
	{ E_LEASE_PXE_CUT, S("\x01\x05"
			     "abcd") },
	{ E_LEASE_PXE_CUT, S("\x08\x08\x00\x0f\x01\xc0\x00\x02\x09") },
	{ E_LEASE_PXE_TWICE, S(CONTROL CONTROL) },
	{ E_LEASE_PXE_TWICE, S(GROUP GROUP) },
	{ E_LEASE_PXE_TWICE, S(SERVER "\x00" SERVER) },
	{ E_LEASE_PXE_TWICE, S(MENU MENU) },
	{ E_LEASE_PXE_TWICE, S(PROMPT PROMPT) },
	{ E_LEASE_PXE_TWICE, S(ITEM ITEM) },
	{ E_LEASE_PXE_LENGTH, S("\x06\x00") },
	{ E_LEASE_PXE_LENGTH, S("\x06\x02\x00\x00") },
	{ E_LEASE_PXE_LENGTH, S("\x07\x03\xe0\x00\x01") },
	{ E_LEASE_PXE_LENGTH, S("\x07\x08\xe0\x00\x01\x02\xe0\x00\x01\x02") },
	{ E_LEASE_PXE_LENGTH, S("\x0a\x00") },
	{ E_LEASE_PXE_LENGTH, S("\x47\x02\x00\x0f") },
	{ E_LEASE_PXE_LENGTH, S("\x47\x05\x00\x0f\x00\x00\x00") },
	{ E_LEASE_PXE_MULTICAST, S("\x07\x04\x00\x00\x00\x00") },
	{ E_LEASE_PXE_MULTICAST, S("\x07\x04\xdf\xff\xff\xff") },
	{ E_LEASE_PXE_MULTICAST, S("\x07\x04\xf0\x00\x00\x00") },
	{ E_LEASE_PXE_SERVERS, S("\x08\x01\x00") },
	{ E_LEASE_PXE_SERVERS, S("\x08\x02\x00\x0f") },
	{ E_LEASE_PXE_SERVERS, S("\x08\x06\x00\x0f\x01\xc0\x00\x02") },
	{ E_LEASE_PXE_SERVERS, S("\x08\x07\x00\x0f\x02\xc0\x00\x02\x09") },
	{ E_LEASE_PXE_SERVERS, S("\x08\x08\x00\x0f\x01\xc0\x00\x02\x09\x00") },
	{ E_LEASE_PXE_ADDRESS, S("\x08\x07\x00\x0f\x01\x00\x00\x00\x00") },
	{ E_LEASE_PXE_ADDRESS, S("\x08\x07\x00\x0f\x01\x7f\x00\x00\x01") },
	{ E_LEASE_PXE_ADDRESS,
	  S("\x08\x0b\x00\x0f\x02\xc0\x00\x02\x09\xff\xff\xff\xff") },
	{ E_LEASE_PXE_MENU, S("\x09\x02\x00\x0f") },
	{ E_LEASE_PXE_MENU, S("\x09\x04\x00\x0f\x02H") },
	{ E_LEASE_PXE_MENU, S("\x09\x06\x00\x0f\x02Hi\x00") },
};

static void each_refusal_has_its_code(void **state)
{
	(void)state;
	for (size_t i = 0; i < test_count(refused); i++) {
		_drop_copy_ struct span o = test_copy(refused[i].option);
		struct lease_pxe pxe = { .chosen = 7 };
		struct error err;

		print_message("%zu\n", i);
		assert_refused(refused[i].code, &err,
			       lease_pxe_parse(o, &pxe, &err));
		assert_int_equal(pxe.chosen, 7);
	}
}

static const struct span taken[] = {
	S(""),
	S("\x00\x00"),
	S("\xff"),
	S("\xff\x06"), /* nothing counts behind the end */
	S("\x06\x01\xff"),
	S("\x01\x04\x00\x00\x00\x00\x01\x01x"), /* those of others */
	S("\x08\x00\x09\x00"),
	S("\x08\x03\x00\x0f\x00\x09\x03\x00\x0f\x00\x0a\x01\xff"),
};

static void what_is_whole_is_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < test_count(taken); i++) {
		_drop_copy_ struct span o = test_copy(taken[i]);
		struct error err = { .code = OK };
		struct lease_pxe pxe;

		assert_ok(&err, lease_pxe_parse(o, &pxe, &err));
	}
}

/* It may end behind each sub-option, and nowhere else. */
static void every_length_is_decided(void **state)
{
	static const size_t ends[] = { 0, 3, 9, 18, 30, 35, 41, 42 };
	static const struct span whole = S(WHOLE);

	(void)state;
	assert_int_equal(whole.len, 42);
	for (size_t len = 0, end = 0; len <= whole.len; len++) {
		_drop_copy_ struct span o =
			test_copy(span_slice(whole, 0, len));
		struct error err = { .code = OK };
		struct lease_pxe pxe;

		if (len == ends[end]) {
			assert_ok(&err, lease_pxe_parse(o, &pxe, &err));
			end++;
		} else {
			assert_refused(E_LEASE_PXE_CUT, &err,
				       lease_pxe_parse(o, &pxe, &err));
		}
	}
}

/* --- whom to ask ------------------------------------------------------------
 */

#define TWO_SERVERS                                                            \
	"\x08\x12\x00\x02\x00\x00\x0f\x03\xc0\x00\x02\x09\xc0\x00\x02\x0a"     \
	"\xc0\x00\x02\x0b"
#define DISK_FIRST                                                             \
	"\x09\x0e\x00\x00\x04"                                                 \
	"Disk"                                                                 \
	"\x00\x0f\x04"                                                         \
	"Next"

struct asked {
	struct span option;
	enum lease_pxe_way way; /* 0: nobody is */
	uint16_t type;
	uint8_t last; /* byte of the address */
};

static const struct asked cases[] = {
	{ S(""), 0, 0, 0 },
	{ S(CONTROL), 0, 0, 0 },
	{ S(GROUP), 0, 0, 0 },
	{ S(SERVER), LEASE_PXE_UNICAST, 15, 9 },
	{ S(CONTROL SERVER), LEASE_PXE_UNICAST, 15, 9 },
	{ S(MENU), LEASE_PXE_BROADCAST, 15, 0 },
	{ S(CONTROL MENU), 0, 0, 0 },
	{ S("\x06\x01\x01" MENU), 0, 0, 0 },
	{ S("\x06\x01\x02" MENU), LEASE_PXE_BROADCAST, 15, 0 },
	{ S(GROUP MENU), LEASE_PXE_MULTICAST, 15, 2 },
	{ S("\x06\x01\x01" GROUP MENU), LEASE_PXE_MULTICAST, 15, 2 },
	{ S("\x06\x01\x02" GROUP MENU), LEASE_PXE_BROADCAST, 15, 0 },
	{ S("\x06\x01\x08" SERVER), LEASE_PXE_UNICAST, 15, 9 },
	/* the first has no address of its own */
	{ S(TWO_SERVERS), LEASE_PXE_BROADCAST, 2, 0 },
	{ S(TWO_SERVERS MENU), LEASE_PXE_UNICAST, 15, 9 },
	{ S(TWO_SERVERS DISK_FIRST), LEASE_PXE_UNICAST, 15, 9 },
	{ S(SERVER "\x09\x03\x00\x00\x00"), 0, 0, 0 },
	{ S(SERVER "\x47\x04\x00\x02\x00\x00"), LEASE_PXE_BROADCAST, 2, 0 },
	{ S(TWO_SERVERS ITEM), LEASE_PXE_UNICAST, 15, 9 },
	{ S(TWO_SERVERS "\x47\x04\x00\x00\x00\x00"), 0, 0, 0 },
};

static void who_is_asked_depends(void **state)
{
	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		const struct asked *c = &cases[i];
		struct error err = { .code = OK };
		struct lease_pxe_server server;
		struct lease_pxe pxe;

		print_message("%zu\n", i);
		assert_ok(&err, lease_pxe_parse(c->option, &pxe, &err));
		assert_int_equal(lease_pxe_find_server(&pxe, &server),
				 c->way != 0);
		assert_int_equal(server.way, c->way);
		if (!c->way)
			continue;
		assert_int_equal(server.type, c->type);
		assert_int_equal(server.address[3], c->last);
	}
}

static void answers_as_pxe_begin_so(void **state)
{
	(void)state;
	assert_true(lease_is_of_pxe("PXEClient"));
	assert_true(lease_is_of_pxe("PXEClient:Arch:00007:UNDI:003001"));
	assert_false(lease_is_of_pxe("PXEServer"));
	assert_false(lease_is_of_pxe("HTTPClient"));
	assert_false(lease_is_of_pxe(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_is_taken),
		cmocka_unit_test(each_refusal_has_its_code),
		cmocka_unit_test(what_is_whole_is_taken),
		cmocka_unit_test(every_length_is_decided),
		cmocka_unit_test(who_is_asked_depends),
		cmocka_unit_test(answers_as_pxe_begin_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
