/* Messages of a TPM 2.0: the bytes of commands, and answers of which every
 * field is broken and which end everywhere. test_tpm.c talks to a TPM. */
#include "format/tpm2.h"
#include "test.h"

/* TPM_CAP_PCRS of a TPM with four banks, of which sha1 and sha512 are off. */
static const uint8_t banks_answer[] = {
	0x80, 0x01, 0x00, 0x00, 0x00, 0x2b, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x04, 0x00, 0x04, 0x03,
	0x00, 0x00, 0x00, 0x00, 0x0b, 0x03, 0xff, 0xff, 0xff, 0x00, 0x0c,
	0x03, 0x00, 0x08, 0x01, 0x00, 0x0d, 0x03, 0x00, 0x00, 0x00,
};

/* What a TPM says to TPM2_PCR_Extend. */
static const uint8_t extend_answer[] = {
	0x80, 0x02, 0x00, 0x00, 0x00, 0x13, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00,
};

static const uint8_t startup_answer[] = {
	0x80, 0x01, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x00, 0x00, 0x00,
};

enum kind { BANKS, EXTEND, STARTUP };

static enum status parse(enum kind kind, struct span answer, struct error *err)
{
	struct tpm2_banks banks;

	switch (kind) {
	case BANKS:
		return tpm2_parse_banks(answer, &banks, err);
	case EXTEND:
		return tpm2_parse_extend(answer, err);
	case STARTUP:
		break;
	}
	return tpm2_parse_startup(answer, err);
}

static struct span answer_to(enum kind kind)
{
	switch (kind) {
	case BANKS:
		return span_of(banks_answer, sizeof(banks_answer));
	case EXTEND:
		return span_of(extend_answer, sizeof(extend_answer));
	case STARTUP:
		break;
	}
	return span_of(startup_answer, sizeof(startup_answer));
}

/* --- commands ------------------------------------------------------------- */

static void commands_have_these_bytes(void **state)
{
	static const uint8_t get_banks[] = {
		0x80, 0x01, 0x00, 0x00, 0x00, 0x16, 0x00, 0x00,
		0x01, 0x7a, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x01,
	};
	static const uint8_t startup[] = {
		0x80, 0x01, 0x00, 0x00, 0x00, 0x0c,
		0x00, 0x00, 0x01, 0x44, 0x00, 0x00,
	};
	static const uint8_t extend_head[] = {
		0x80, 0x02, 0x00, 0x00, 0x00, 0x57, 0x00, 0x00, 0x01,
		0x82, 0x00, 0x00, 0x00, 0x0b, 0x00, 0x00, 0x00, 0x09,
		0x40, 0x00, 0x00, 0x09, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x02, 0x00, 0x04,
	};
	struct tpm2_digest digests[2] = { { .alg = TPM2_SHA1 },
					  { .alg = TPM2_SHA256 } };
	uint8_t to[TPM2_COMMAND_MAX];
	size_t len;

	(void)state;
	memset(digests[0].bytes, 0xaa, 20);
	memset(digests[1].bytes, 0xbb, 32);
	assert_span_equal(span_of(to, tpm2_build_get_banks(to)),
			  span_of(get_banks, sizeof(get_banks)));
	assert_span_equal(span_of(to, tpm2_build_startup(to)),
			  span_of(startup, sizeof(startup)));
	len = tpm2_build_extend(11, digests, 2, to);
	assert_int_equal(len, sizeof(extend_head) + 20 + 2 + 32);
	assert_span_equal(span_of(to, sizeof(extend_head)),
			  span_of(extend_head, sizeof(extend_head)));
	assert_memory_equal(to + sizeof(extend_head), digests[0].bytes, 20);
	assert_int_equal(to[sizeof(extend_head) + 21], TPM2_SHA256);
	assert_memory_equal(to + sizeof(extend_head) + 22, digests[1].bytes,
			    32);
}

/* As many banks as there can be, of the longest digests, fill it. */
static void the_longest_command_fits(void **state)
{
	struct tpm2_digest digests[TPM2_BANKS_MAX];
	uint8_t *to = test_malloc(TPM2_COMMAND_MAX);

	(void)state;
	memset(digests, 0, sizeof(digests));
	for (size_t i = 0; i < TPM2_BANKS_MAX; i++)
		digests[i].alg = TPM2_SHA512;
	assert_int_equal(tpm2_build_extend(12, digests, TPM2_BANKS_MAX, to),
			 TPM2_COMMAND_MAX);
	test_free(to);
}

static void algorithms(void **state)
{
	static const struct {
		uint16_t alg;
		size_t len;
		const char *name;
	} all[] = {
		{ 0x0004, 20, "sha1" },	    { 0x000b, 32, "sha256" },
		{ 0x000c, 48, "sha384" },   { 0x000d, 64, "sha512" },
		{ 0x0012, 32, "sm3_256" },  { 0x0027, 32, "sha3_256" },
		{ 0x0028, 48, "sha3_384" }, { 0x0029, 64, "sha3_512" },
		{ 0x0000, 0, "?" },	    { 0x000e, 0, "?" },
		{ 0xffff, 0, "?" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(all); i++) {
		assert_int_equal(tpm2_digest_len(all[i].alg), all[i].len);
		assert_string_equal(tpm2_alg_name(all[i].alg), all[i].name);
	}
}

/* --- answers -------------------------------------------------------------- */

static void banks_are_read(void **state)
{
	_drop_copy_ struct span answer = test_copy(answer_to(BANKS));
	struct tpm2_banks banks;
	struct error err;

	(void)state;
	assert_ok(&err, tpm2_parse_banks(answer, &banks, &err));
	assert_int_equal(banks.count, 4);
	assert_int_equal(banks.banks[0].alg, TPM2_SHA1);
	assert_int_equal(banks.banks[0].pcrs, 0);
	assert_int_equal(banks.banks[1].alg, TPM2_SHA256);
	assert_int_equal(banks.banks[1].pcrs, 0xffffff);
	assert_int_equal(banks.banks[2].alg, TPM2_SHA384);
	assert_int_equal(banks.banks[2].pcrs, 0x010800);
	assert_int_equal(banks.banks[3].alg, TPM2_SHA512);
	assert_int_equal(banks.banks[3].pcrs, 0);
}

/* A bitmap of 32 bytes; the PCRs above 31 do not count here. */
static void long_bitmaps_are_read(void **state)
{
	uint8_t bytes[19 + 3 + 32] = { 0x80, 0x01, 0, 0, 0, sizeof(bytes) };
	struct tpm2_banks banks;
	struct error err;

	(void)state;
	bytes[14] = 5;
	bytes[18] = 1;
	bytes[20] = TPM2_SHA256;
	bytes[21] = 32;
	memset(bytes + 22, 0xff, 32);
	bytes[22] = 0x01;
	assert_ok(&err, tpm2_parse_banks(span_of(bytes, sizeof(bytes)), &banks,
					 &err));
	assert_int_equal(banks.count, 1);
	assert_int_equal(banks.banks[0].pcrs, 0xffffff01);
}

static void a_tpm_without_banks_is_read(void **state)
{
	uint8_t bytes[19] = { 0x80, 0x01, 0, 0, 0, sizeof(bytes) };
	struct tpm2_banks banks = { .count = 9 };
	struct error err;

	(void)state;
	bytes[14] = 5;
	assert_ok(&err, tpm2_parse_banks(span_of(bytes, sizeof(bytes)), &banks,
					 &err));
	assert_int_equal(banks.count, 0);
}

static void good_answers_are_good(void **state)
{
	struct error err;

	(void)state;
	for (enum kind kind = BANKS; kind <= STARTUP; kind++)
		assert_ok(&err, parse(kind, answer_to(kind), &err));
}

static const struct broken {
	enum kind kind;
	size_t at;
	uint8_t byte;
	enum status want;
} broken[] = {
	{ BANKS, 0, 0x00, E_TPM2_TAG },
	{ BANKS, 1, 0x02, E_TPM2_TAG },
	{ BANKS, 2, 0x01, E_TPM2_SIZE },
	{ BANKS, 3, 0x01, E_TPM2_SIZE },
	{ BANKS, 4, 0x01, E_TPM2_SIZE },
	{ BANKS, 5, 0x2a, E_TPM2_SIZE },
	{ BANKS, 5, 0x2c, E_TPM2_SIZE },
	{ BANKS, 6, 0x01, E_TPM2_CODE },
	{ BANKS, 7, 0x01, E_TPM2_CODE },
	{ BANKS, 8, 0x01, E_TPM2_INITIALIZE },
	{ BANKS, 8, 0x09, E_TPM2_CODE },
	{ BANKS, 9, 0x01, E_TPM2_CODE },
	{ BANKS, 10, 0x01, E_TPM2_MORE },
	{ BANKS, 10, 0xff, E_TPM2_MORE },
	{ BANKS, 11, 0x01, E_TPM2_CAPABILITY },
	{ BANKS, 12, 0x01, E_TPM2_CAPABILITY },
	{ BANKS, 13, 0x01, E_TPM2_CAPABILITY },
	{ BANKS, 14, 0x06, E_TPM2_CAPABILITY },
	{ BANKS, 15, 0x01, E_TPM2_BANKS },
	{ BANKS, 16, 0x01, E_TPM2_BANKS },
	{ BANKS, 17, 0x01, E_TPM2_BANKS },
	{ BANKS, 18, 17, E_TPM2_BANKS },
	{ BANKS, 18, 16, E_TPM2_CUT },
	{ BANKS, 18, 5, E_TPM2_CUT },
	{ BANKS, 18, 3, E_TPM2_TRAILING },
	{ BANKS, 18, 0, E_TPM2_TRAILING },
	{ BANKS, 20, 0x0b, E_TPM2_BANK_TWICE },
	{ BANKS, 38, 0x04, E_TPM2_BANK_TWICE },
	{ BANKS, 21, 0, E_TPM2_SELECT },
	{ BANKS, 21, 2, E_TPM2_SELECT },
	{ BANKS, 39, 2, E_TPM2_SELECT },
	{ BANKS, 39, 33, E_TPM2_SELECT },
	{ BANKS, 39, 255, E_TPM2_SELECT },
	{ BANKS, 39, 4, E_TPM2_CUT },
	{ BANKS, 39, 32, E_TPM2_CUT },
	{ EXTEND, 0, 0x00, E_TPM2_TAG },
	{ EXTEND, 1, 0x01, E_TPM2_TAG },
	{ EXTEND, 5, 0x12, E_TPM2_SIZE },
	{ EXTEND, 9, 0x01, E_TPM2_TAG }, /* a refusal has no sessions */
	{ EXTEND, 10, 0x01, E_TPM2_PARAMETERS },
	{ EXTEND, 11, 0x01, E_TPM2_PARAMETERS },
	{ EXTEND, 12, 0x01, E_TPM2_PARAMETERS },
	{ EXTEND, 13, 0x01, E_TPM2_PARAMETERS },
	{ EXTEND, 14, 0x01, E_TPM2_SESSION },
	{ EXTEND, 15, 0x01, E_TPM2_SESSION },
	{ EXTEND, 16, 0x03, E_TPM2_SESSION },
	{ EXTEND, 16, 0x80, E_TPM2_SESSION },
	{ EXTEND, 17, 0x01, E_TPM2_SESSION },
	{ EXTEND, 18, 0x01, E_TPM2_SESSION },
	{ STARTUP, 1, 0x02, E_TPM2_TAG },
	{ STARTUP, 5, 0x0b, E_TPM2_SIZE },
	{ STARTUP, 8, 0x01, E_TPM2_INITIALIZE },
	{ STARTUP, 9, 0x01, E_TPM2_CODE },
};

static void each_broken_field_is_refused(void **state)
{
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(broken); i++) {
		_drop_copy_ struct span answer =
			test_copy(answer_to(broken[i].kind));

		test_bytes(answer)[broken[i].at] = broken[i].byte;
		assert_refused(broken[i].want, &err,
			       parse(broken[i].kind, answer, &err));
	}
}

/* A session of a password may end with the command or not. */
static void either_end_of_a_session_is_good(void **state)
{
	_drop_copy_ struct span answer = test_copy(answer_to(EXTEND));
	struct error err;

	(void)state;
	test_bytes(answer)[16] = 0;
	assert_ok(&err, tpm2_parse_extend(answer, &err));
}

/* What a TPM 1.2 says to a tag that it does not know. */
static void tpm_1_2_is_told_apart(void **state)
{
	static const uint8_t bytes[] = {
		0x00, 0xc4, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x00, 0x00, 0x1e,
	};
	struct error err;

	(void)state;
	for (enum kind kind = BANKS; kind <= STARTUP; kind++)
		assert_refused(
			E_TPM2_TAG, &err,
			parse(kind, span_of(bytes, sizeof(bytes)), &err));
}

/* The header says how long the answer is; with one that says what is there, it
 * is the body that ends too early. */
static void each_cut_is_refused(void **state)
{
	struct error err;

	(void)state;
	for (enum kind kind = BANKS; kind <= STARTUP; kind++) {
		struct span all = answer_to(kind);

		for (size_t len = 0; len < all.len; len++) {
			_drop_copy_ struct span cut =
				test_copy(span_slice(all, 0, len));

			assert_refused(len < 10 ? E_TPM2_SHORT : E_TPM2_SIZE,
				       &err, parse(kind, cut, &err));
			if (len < 10)
				continue;
			test_bytes(cut)[5] = (uint8_t)len;
			assert_refused(E_TPM2_CUT, &err,
				       parse(kind, cut, &err));
		}
	}
}

static void each_tail_is_refused(void **state)
{
	struct error err;

	(void)state;
	for (enum kind kind = BANKS; kind <= STARTUP; kind++) {
		uint8_t bytes[64] = { 0 };
		struct span all = answer_to(kind);

		memcpy(bytes, all.ptr, all.len);
		assert_refused(E_TPM2_SIZE, &err,
			       parse(kind, span_of(bytes, all.len + 1), &err));
		bytes[5]++;
		assert_refused(E_TPM2_TRAILING, &err,
			       parse(kind, span_of(bytes, all.len + 1), &err));
	}
}

/* Nothing is written of a list that is refused at its end. */
static void a_refusal_leaves_the_result(void **state)
{
	_drop_copy_ struct span answer = test_copy(answer_to(BANKS));
	struct tpm2_banks banks = { .count = 77 };
	struct error err;

	(void)state;
	test_bytes(answer)[39] = 2;
	assert_refused(E_TPM2_SELECT, &err,
		       tpm2_parse_banks(answer, &banks, &err));
	assert_int_equal(banks.count, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_have_these_bytes),
		cmocka_unit_test(the_longest_command_fits),
		cmocka_unit_test(algorithms),
		cmocka_unit_test(banks_are_read),
		cmocka_unit_test(long_bitmaps_are_read),
		cmocka_unit_test(a_tpm_without_banks_is_read),
		cmocka_unit_test(good_answers_are_good),
		cmocka_unit_test(each_broken_field_is_refused),
		cmocka_unit_test(either_end_of_a_session_is_good),
		cmocka_unit_test(tpm_1_2_is_told_apart),
		cmocka_unit_test(each_cut_is_refused),
		cmocka_unit_test(each_tail_is_refused),
		cmocka_unit_test(a_refusal_leaves_the_result),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
