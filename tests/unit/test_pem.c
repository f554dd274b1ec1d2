/* PEM: good blocks, every rule of base64, every cut. Expected bytes come from
 * RFC 4648, section 10, and `base64`. */
#include "test.h"

#include "format/pem.h"

#define B    "-----BEGIN CERTIFICATE-----\n"
#define E    "-----END CERTIFICATE-----\n"
#define ROOM 4096

static enum status next(struct span *rest, uint8_t *room, size_t cap,
			struct pem_block *block, bool *found, struct error *err)
{
	return pem_next(rest, room, cap, block, found, err);
}

/* The first block of text, from a copy in which an overrun shows. */
static enum status first(const char *text, char *ret_bytes, struct error *err)
{
	_drop_copy_ struct span copy = test_copy(span_of_text(text));
	struct span rest = copy;
	struct pem_block block;
	uint8_t room[ROOM];
	bool found = false;
	enum status s = next(&rest, room, sizeof(room), &block, &found, err);

	ret_bytes[0] = '\0';
	if (s == OK && found) {
		memcpy(ret_bytes, block.der.ptr, block.der.len);
		ret_bytes[block.der.len] = '\0';
	}
	return s;
}

static void base64_is_decoded(void **state)
{
	static const struct {
		const char *text, *want;
	} good[] = {
		{ B "Zg==\n" E, "f" },
		{ B "Zm8=\n" E, "fo" },
		{ B "Zm9v\n" E, "foo" },
		{ B "Zm9vYg==\n" E, "foob" },
		{ B "Zm9vYmE=\n" E, "fooba" },
		{ B "Zm9vYmFy\n" E, "foobar" },
		{ B "fn5+Pz8/\n" E, "~~~???" },
		/* lines of any length, blanks around them, CRLF */
		{ B "Z\nm9\nvYm\nFy\n" E, "foobar" },
		{ B "Zm9v  \n\t YmFy\n\n" E, "foobar" },
		{ "-----BEGIN CERTIFICATE-----\r\nZm9v\r\n"
		  "-----END CERTIFICATE-----\r\n",
		  "foo" },
		{ " -----BEGIN CERTIFICATE-----\t\nZm9v\n"
		  "-----END CERTIFICATE-----",
		  "foo" },
		/* text around */
		{ "Certificate:\n    Data: -----BEGIN\nxx\n" B "Zm9v\n" E "end",
		  "foo" },
		{ "", "" },
		{ "nothing\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(good); i++) {
		char got[ROOM];
		struct error err;

		print_message("%s\n", good[i].text);
		assert_ok(&err, first(good[i].text, got, &err));
		assert_string_equal(got, good[i].want);
	}
}

static void each_fault_has_its_code(void **state)
{
	static const struct {
		const char *text;
		enum status want;
	} bad[] = {
		{ "-----BEGIN CERTIFICATE----\nZm9v\n" E, E_PEM_BOUNDARY },
		{ "-----BEGIN CERTIFICATE\nZm9v\n" E, E_PEM_BOUNDARY },
		{ "-----BEGIN -----x\nZm9v\n" E, E_PEM_BOUNDARY },
		{ "-----BEGIN ----\n", E_PEM_BOUNDARY },
		{ "-----BEGIN\n", E_PEM_BOUNDARY },
		{ "-----BEGINCERTIFICATE-----\nZm9v\n" E, E_PEM_BOUNDARY },
		{ B "Zm9v\n-----END CERTIFICATE-----x\n", E_PEM_BOUNDARY },
		{ B "Zm9v\n-----END \n", E_PEM_BOUNDARY },
		{ E, E_PEM_NO_BEGIN },
		{ "----BEGIN CERTIFICATE-----\nZm9v\n" E, E_PEM_NO_BEGIN },
		{ B, E_PEM_NO_END },
		{ B "Zm9v\n", E_PEM_NO_END },
		{ B "Zm9v\n" B "Zm9v\n" E, E_PEM_NO_END },
		{ B "Zm9v\n-----END PRIVATE KEY-----\n", E_PEM_LABELS },
		{ B "Zm9v\n-----END CERTIFICATE -----\n", E_PEM_LABELS },
		{ B "Zm9*\n" E, E_PEM_CHARACTER },
		{ B "Zm-_\n" E, E_PEM_CHARACTER },
		{ B "Zm 9v\n" E, E_PEM_CHARACTER },
		{ B "Proc-Type: 4,ENCRYPTED\n\nZm9v\n" E, E_PEM_CHARACTER },
		{ B "Zm9v\n----END CERTIFICATE-----\n" E, E_PEM_CHARACTER },
		{ B "Zm9v\rZm9v\n" E, E_PEM_CHARACTER },
		{ B "Z\n" E, E_PEM_PADDING },
		{ B "Zm\n" E, E_PEM_PADDING },
		{ B "Zm9\n" E, E_PEM_PADDING },
		{ B "Zg=\n" E, E_PEM_PADDING },
		{ B "Z===\n" E, E_PEM_PADDING },
		{ B "====\n" E, E_PEM_PADDING },
		{ B "Zm9v=\n" E, E_PEM_PADDING },
		{ B "Zg==Zm9v\n" E, E_PEM_PADDING },
		{ B "Zg==\nZm9v\n" E, E_PEM_PADDING },
		{ B "Zg==\n====\n" E, E_PEM_PADDING },
		{ B "Zg=v\n" E, E_PEM_PADDING },
		/* unused bits: Zg== to Zv== all give 'f' elsewhere */
		{ B "Zh==\n" E, E_PEM_PADDING },
		{ B "Zv==\n" E, E_PEM_PADDING },
		{ B "Zm9=\n" E, E_PEM_PADDING },
		{ B E, E_PEM_EMPTY },
		{ B "\n \n" E, E_PEM_EMPTY },
	};

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		char got[ROOM];
		struct error err;

		print_message("%s\n", bad[i].text);
		assert_refused(bad[i].want, &err,
			       first(bad[i].text, got, &err));
	}
}

static void every_other_byte_is_refused(void **state)
{
	static const char base64[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789+/";

	(void)state;
	for (int c = 1; c < 256; c++) {
		char text[] = B "Zm9v\n" E, got[ROOM];
		enum status want = E_PEM_CHARACTER;
		struct error err;

		text[sizeof(B) - 1 + 1] = (char)c;
		if (strchr(base64, c))
			want = OK;
		else if (c == '=' || c == '\n')
			want = E_PEM_PADDING;
		assert_status(want, first(text, got, &err));
	}
}

static void blocks_follow_each_other(void **state)
{
	struct span rest = span_of_text("one\n" B "Zm9v\n" E "two\n"
					"-----BEGIN X-----\nYmFy\n"
					"-----END X-----\nthree\n");
	struct pem_block block;
	uint8_t room[6];
	bool found;

	(void)state;
	assert_status(OK, next(&rest, room, 6, &block, &found, NULL));
	assert_true(found);
	assert_span_text(block.label, "CERTIFICATE");
	assert_span_text(block.der, "foo");
	assert_status(OK, next(&rest, room + 3, 3, &block, &found, NULL));
	assert_true(found);
	assert_span_text(block.label, "X");
	assert_span_text(block.der, "bar");
	assert_ptr_equal(block.der.ptr, room + 3);
	assert_status(OK, next(&rest, room, 0, &block, &found, NULL));
	assert_false(found);
}

static void room_is_a_limit(void **state)
{
	static const char text[] = B "Zm9vYmE=\n" E;

	(void)state;
	for (size_t cap = 0; cap <= 6; cap++) {
		struct span rest = span_of_text(text);
		_drop_copy_ struct span room =
			test_copy(span_of("......", cap));
		struct pem_block block;
		struct error err;
		bool found = false;

		if (cap >= 5)
			assert_ok(&err, next(&rest, test_bytes(room), cap,
					     &block, &found, &err));
		else
			assert_refused(E_PEM_ROOM, &err,
				       next(&rest, test_bytes(room), cap,
					    &block, &found, &err));
		assert_int_equal(found, cap >= 5);
	}
}

static void promised_room_is_enough(void **state)
{
	static const char text[] = B "Zg==\n" E B "Zm9vYmFy\n" E;
	_drop_copy_ struct span room = test_copy(span_of(text, strlen(text)));
	struct span rest = span_of_text(text);
	size_t cap = rest.len / 4 * 3, used = 0;
	struct pem_block block;
	bool found = true;

	(void)state;
	while (found) {
		assert_status(OK, next(&rest, test_bytes(room) + used,
				       cap - used, &block, &found, NULL));
		used += found ? block.der.len : 0;
	}
	assert_int_equal(used, 7);
}

static void every_cut_is_refused_or_finds_nothing(void **state)
{
	static const char text[] = "text\n" B "Zm9vYmFy\nZg==\n" E;
	size_t begun = 5 + sizeof(B) - 1 - 1, whole = strlen(text) - 1;

	(void)state;
	for (size_t len = 0; len < whole; len++) {
		_drop_copy_ struct span cut = test_copy(span_of(text, len));
		struct span rest = cut;
		struct pem_block block;
		uint8_t room[ROOM];
		bool found = false;
		enum status s =
			next(&rest, room, sizeof(room), &block, &found, NULL);

		assert_false(s == OK && found);
		if (len >= begun)
			assert_int_not_equal(s, OK);
	}
}

static void candidates_have_a_begin_line(void **state)
{
	(void)state;
	assert_true(pem_is_candidate(span_of_text(B)));
	assert_true(pem_is_candidate(span_of_text("x\n  -----BEGIN ")));
	assert_false(pem_is_candidate(span_of_text("x -----BEGIN CERT-----")));
	assert_false(pem_is_candidate(span_of_text(E)));
	assert_false(pem_is_candidate(span_of(NULL, 0)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_is_decoded),
		cmocka_unit_test(each_fault_has_its_code),
		cmocka_unit_test(every_other_byte_is_refused),
		cmocka_unit_test(blocks_follow_each_other),
		cmocka_unit_test(room_is_a_limit),
		cmocka_unit_test(promised_room_is_enough),
		cmocka_unit_test(every_cut_is_refused_or_finds_nothing),
		cmocka_unit_test(candidates_have_a_begin_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
