/* DER: one encoding of each value, one code for each other one. */
#include "test.h"
#include "der_edit.h"

#include "format/der.h"

/* What a table asks a reader for. */
enum ask {
	ANY,
	SEQUENCE,
	BOOLEAN,
	NOTHING,
	INTEGER,
	NUMBER,
	OCTETS,
	BITS,
	OID,
	TIME
};

static void take(struct der *d, enum ask ask)
{
	switch (ask) {
	case ANY:
		der_any(d, "the element");
		break;
	case SEQUENCE:
		der_enter(d, DER_SEQUENCE, "the sequence");
		break;
	case BOOLEAN:
		der_boolean(d, "the boolean");
		break;
	case NOTHING:
		der_null(d, "the null");
		break;
	case INTEGER:
		der_integer(d, "the integer");
		break;
	case NUMBER:
		der_number(d, "the number");
		break;
	case OCTETS:
		der_bit_octets(d, "the bit string");
		break;
	case BITS:
		der_named_bits(d, "the named bits");
		break;
	case OID:
		der_oid(d, "the object identifier");
		break;
	case TIME:
		der_time(d, "the time");
		break;
	}
}

static enum status parse(struct span bytes, enum ask ask, struct error *err)
{
	struct der_source source;
	struct der d = der_over(&source, bytes, err);

	take(&d, ask);
	der_end(&d, "the input");
	return der_status(&d);
}

struct input {
	enum ask ask;
	const char *hex;
	enum status want;
};

static void check(const struct input *inputs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		_drop_copy_ struct span bytes = der_edit_bytes(inputs[i].hex);
		_drop_copy_ struct span exact = test_copy(bytes);
		struct error err;

		print_message("%d: %s\n", inputs[i].ask, inputs[i].hex);
		if (inputs[i].want == OK)
			assert_ok(&err, parse(exact, inputs[i].ask, &err));
		else
			assert_refused(inputs[i].want, &err,
				       parse(exact, inputs[i].ask, &err));
		assert_status(inputs[i].want,
			      parse(exact, inputs[i].ask, NULL));
	}
}

static void headers_have_one_encoding(void **state)
{
	static const struct input inputs[] = {
		{ ANY, "0400", OK },
		{ ANY, "0401ff", OK },
		{ ANY, "", E_DER_TRUNCATED },
		{ ANY, "04", E_DER_TRUNCATED },
		{ ANY, "0481", E_DER_TRUNCATED },
		{ ANY, "048201", E_DER_TRUNCATED },
		{ ANY, "0484010000", E_DER_TRUNCATED },
		{ ANY, "0000", E_DER_TAG_RESERVED },
		{ ANY, "1f2000", E_DER_HIGH_TAG },
		{ ANY, "ff8100", E_DER_HIGH_TAG },
		{ ANY, "3080 0000", E_DER_INDEFINITE },
		{ ANY, "2480 0401ff 0000", E_DER_INDEFINITE },
		{ ANY, "0485 0000000001 ff", E_DER_LENGTH_SIZE },
		{ ANY, "04ff 00", E_DER_LENGTH_SIZE },
		{ ANY, "048100", E_DER_LENGTH_NOT_MINIMAL },
		{ ANY, "048105 0102030405", E_DER_LENGTH_NOT_MINIMAL },
		{ ANY, "04817f", E_DER_LENGTH_NOT_MINIMAL },
		{ ANY, "04820080", E_DER_LENGTH_NOT_MINIMAL },
		{ ANY, "048200ff", E_DER_LENGTH_NOT_MINIMAL },
		{ ANY, "0483000100", E_DER_LENGTH_NOT_MINIMAL },
		{ ANY, "048400ffffff", E_DER_LENGTH_NOT_MINIMAL },
		{ ANY, "0401", E_DER_PAST_END },
		{ ANY, "048180", E_DER_PAST_END },
		{ ANY, "0484ffffffff", E_DER_PAST_END },
		{ ANY, "047f 00", E_DER_PAST_END },
		{ ANY, "0400 00", E_DER_TRAILING },
		{ ANY, "0400 0400", E_DER_TRAILING },
		{ SEQUENCE, "3000", OK },
		{ SEQUENCE, "3100", E_DER_TAG },
		{ SEQUENCE, "1000", E_DER_TAG },
		{ SEQUENCE, "3080", E_DER_INDEFINITE },
		{ SEQUENCE, "1f", E_DER_TAG },
	};

	(void)state;
	check(inputs, test_count(inputs));
}

static void values_have_one_encoding(void **state)
{
	static const struct input inputs[] = {
		{ BOOLEAN, "010100", OK },
		{ BOOLEAN, "0101ff", OK },
		{ BOOLEAN, "010101", E_DER_BOOLEAN },
		{ BOOLEAN, "0101fe", E_DER_BOOLEAN },
		{ BOOLEAN, "0100", E_DER_BOOLEAN },
		{ BOOLEAN, "0102ffff", E_DER_BOOLEAN },
		{ BOOLEAN, "020100", E_DER_TAG },
		{ NOTHING, "0500", OK },
		{ NOTHING, "050100", E_DER_NULL },
		{ INTEGER, "020100", OK },
		{ INTEGER, "02017f", OK },
		{ INTEGER, "02020080", OK },
		{ INTEGER, "0200", E_DER_INTEGER_EMPTY },
		{ INTEGER, "0202007f", E_DER_INTEGER_NOT_MINIMAL },
		{ INTEGER, "02020000", E_DER_INTEGER_NOT_MINIMAL },
		{ INTEGER, "0203000080", E_DER_INTEGER_NOT_MINIMAL },
		{ INTEGER, "0202ff80", E_DER_INTEGER_NOT_MINIMAL },
		{ INTEGER, "0202ff7f", E_DER_INTEGER_NEGATIVE },
		{ INTEGER, "020180", E_DER_INTEGER_NEGATIVE },
		{ INTEGER, "0201ff", E_DER_INTEGER_NEGATIVE },
		{ NUMBER, "020500ffffffff", OK },
		{ NUMBER, "02050100000000", E_DER_INTEGER_LARGE },
		{ NUMBER, "02090080000000 00000000", E_DER_INTEGER_LARGE },
		{ OCTETS, "030100", OK },
		{ OCTETS, "030200ff", OK },
		{ OCTETS, "0300", E_DER_BITS_EMPTY },
		{ OCTETS, "03020180", E_DER_BITS_UNUSED },
		{ OCTETS, "2304 030200ff", E_DER_TAG },
		{ BITS, "030100", OK },
		{ BITS, "03020780", OK },
		{ BITS, "03020700", OK },
		{ BITS, "030500ffffffff", OK },
		{ BITS, "0300", E_DER_BITS_EMPTY },
		{ BITS, "030101", E_DER_BITS_UNUSED },
		{ BITS, "03020800", E_DER_BITS_UNUSED },
		{ BITS, "030207c0", E_DER_BITS_PADDING },
		{ BITS, "03020101", E_DER_BITS_PADDING },
		{ BITS, "030600ffffffffff", E_DER_BITS_LONG },
		{ OID, "060100", OK },
		{ OID, "06022a03", OK },
		{ OID, "0600", E_DER_OID },
		{ OID, "060180", E_DER_OID },
		{ OID, "06022a80", E_DER_OID },
		{ OID, "06032a8001", E_DER_OID },
		{ OID, "06038001 01", E_DER_OID },
		{ OID, "06042a868648", OK },
		{ OID, "06042a8686c8", E_DER_OID },
	};

	(void)state;
	check(inputs, test_count(inputs));
}

static void numbers_are_read(void **state)
{
	_drop_copy_ struct span bytes = der_edit_bytes(
		"020100 020500ffffffff 02020080 03020520 03030780 80 0101ff"
		"010100");
	struct der_source source;
	struct der d = der_over(&source, bytes, NULL);

	(void)state;
	assert_int_equal(der_number(&d, "zero"), 0);
	assert_int_equal(der_number(&d, "the most"), 0xffffffff);
	assert_int_equal(der_natural(&d, "128").len, 1);
	assert_int_equal(der_named_bits(&d, "bit 2"), 1 << 2);
	assert_int_equal(der_named_bits(&d, "bits 0 and 8"), 1 << 8 | 1);
	assert_true(der_boolean(&d, "true"));
	assert_false(der_boolean(&d, "false"));
	der_end(&d, "all");
	assert_true(der_ok(&d));
}

static void oids_are_text(void **state)
{
	static const struct {
		const char *hex, *text;
	} oids[] = {
		{ "060100", "0.0" },
		{ "060127", "0.39" },
		{ "060128", "1.0" },
		{ "06014f", "1.39" },
		{ "060150", "2.0" },
		{ "0602883703", "" },
		{ "0603883703", "2.999.3" },
		{ "06092a864886f70d010702", "1.2.840.113549.1.7.2" },
		{ "060a2b060104018237020104", "1.3.6.1.4.1.311.2.1.4" },
		/* 2^64 - 1, and the first two numbers that do not fit */
		{ "060b2a81ffffffffffffffff7f", "1.2.18446744073709551615" },
		{ "060b2a8280808080808080 8000", "unreadable" },
		{ "060c2a8180808080808080 808000", "unreadable" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(oids); i++) {
		_drop_copy_ struct span bytes = der_edit_bytes(oids[i].hex);
		struct der_source source;
		struct der d = der_over(&source, bytes, NULL);
		struct oid oid = der_oid(&d, "the OID");

		if (!*oids[i].text) {
			assert_true(!der_ok(&d) || der_more(&d));
			continue;
		}
		assert_true(der_ok(&d));
		assert_string_equal(oid.text, oids[i].text);
		assert_true(oid_is(&oid, oids[i].text));
		assert_false(oid_is(&oid, "1.2"));
	}
}

/* More numbers than there is room for the text of. */
static void long_oid_is_equal_to_none(void **state)
{
	uint8_t bytes[120] = { 0x06, sizeof(bytes) - 2 };
	struct der_source source;
	struct der d = der_over(&source, span_of(bytes, sizeof(bytes)), NULL);
	struct oid oid = der_oid(&d, "the OID");

	(void)state;
	assert_true(der_ok(&d));
	assert_string_equal(oid.text, "unreadable");
}

static enum status parse_time(uint8_t tag, const char *text, int64_t *ret,
			      struct error *err)
{
	_drop_copy_ struct span bytes = der_edit_wrap(tag, span_of_text(text));
	_drop_copy_ struct span exact = test_copy(bytes);
	struct der_source source;
	struct der d = der_over(&source, exact, err);

	*ret = der_time(&d, "the time");
	der_end(&d, "the input");
	return der_status(&d);
}

static void times_are_seconds(void **state)
{
	/* the numbers are those of date -u -d … +%s */
	static const struct {
		uint8_t tag;
		const char *text;
		int64_t seconds;
	} times[] = {
		{ DER_UTC_TIME, "700101000000Z", 0 },
		{ DER_UTC_TIME, "691231235959Z", -1 },
		{ DER_UTC_TIME, "500101000000Z", -631152000 },
		{ DER_UTC_TIME, "491231235959Z", 2524607999 },
		{ DER_UTC_TIME, "000229123456Z", 951827696 },
		{ DER_UTC_TIME, "261123092514Z", 1795425914 },
		{ DER_GENERALIZED_TIME, "19700101000000Z", 0 },
		{ DER_GENERALIZED_TIME, "20500101000000Z", 2524608000 },
		{ DER_GENERALIZED_TIME, "21000301000000Z", 4107542400 },
		{ DER_GENERALIZED_TIME, "99991231235959Z", 253402300799 },
		{ DER_GENERALIZED_TIME, "00010101000000Z", -62135596800 },
		{ DER_GENERALIZED_TIME, "00000101000000Z", -62167219200 },
		{ DER_GENERALIZED_TIME, "00000301000000Z", -62162035200 },
	};

	(void)state;
	for (size_t i = 0; i < test_count(times); i++) {
		struct error err;
		int64_t got;

		print_message("%s\n", times[i].text);
		assert_ok(&err,
			  parse_time(times[i].tag, times[i].text, &got, &err));
		assert_true(got == times[i].seconds);
	}
}

static void broken_times_have_their_codes(void **state)
{
	static const struct {
		uint8_t tag;
		const char *text;
		enum status want;
	} times[] = {
		{ DER_UTC_TIME, "", E_DER_TIME_FORM },
		{ DER_UTC_TIME, "2611230925Z", E_DER_TIME_FORM },
		{ DER_UTC_TIME, "261123092514", E_DER_TIME_FORM },
		{ DER_UTC_TIME, "261123092514z", E_DER_TIME_FORM },
		{ DER_UTC_TIME, "261123092514Z ", E_DER_TIME_FORM },
		{ DER_UTC_TIME, "261123092514ZZ", E_DER_TIME_FORM },
		{ DER_UTC_TIME, "261123092514+0100", E_DER_TIME_FORM },
		{ DER_UTC_TIME, "2611230925 4Z", E_DER_TIME_FORM },
		{ DER_UTC_TIME, "26112309251/Z", E_DER_TIME_FORM },
		{ DER_UTC_TIME, "26112309251:Z", E_DER_TIME_FORM },
		{ DER_UTC_TIME, "20261123092514Z", E_DER_TIME_FORM },
		{ DER_GENERALIZED_TIME, "261123092514Z", E_DER_TIME_FORM },
		{ DER_GENERALIZED_TIME, "20261123092514.5Z", E_DER_TIME_FORM },
		{ DER_GENERALIZED_TIME, "\033[2J1123092514Z", E_DER_TIME_FORM },
		{ DER_UTC_TIME, "260023092514Z", E_DER_TIME_VALUE },
		{ DER_UTC_TIME, "261323092514Z", E_DER_TIME_VALUE },
		{ DER_UTC_TIME, "261100092514Z", E_DER_TIME_VALUE },
		{ DER_UTC_TIME, "261131092514Z", E_DER_TIME_VALUE },
		{ DER_UTC_TIME, "260229092514Z", E_DER_TIME_VALUE },
		{ DER_UTC_TIME, "261123242514Z", E_DER_TIME_VALUE },
		{ DER_UTC_TIME, "261123096014Z", E_DER_TIME_VALUE },
		{ DER_UTC_TIME, "261123092560Z", E_DER_TIME_VALUE },
		{ DER_GENERALIZED_TIME, "21000229000000Z", E_DER_TIME_VALUE },
		{ DER_INTEGER, "261123092514Z", E_DER_TAG },
	};

	(void)state;
	for (size_t i = 0; i < test_count(times); i++) {
		struct error err;
		int64_t got;

		print_message("%s\n", times[i].text);
		assert_refused(
			times[i].want, &err,
			parse_time(times[i].tag, times[i].text, &got, &err));
		assert_null(strchr(err.text, '\033'));
	}
}

/* What is inside an element cannot be read past its end, and the first failure
 * of any level is that of all of them. */
static void failure_is_shared_and_sticky(void **state)
{
	_drop_copy_ struct span bytes =
		der_edit_bytes("3005 3003 020101 020102");
	struct der_source source;
	struct error err;
	struct der d = der_over(&source, bytes, &err);
	struct der outer = der_enter(&d, DER_SEQUENCE, "outer");
	struct der inner = der_enter(&outer, DER_SEQUENCE, "inner");

	(void)state;
	assert_int_equal(der_number(&inner, "one"), 1);
	assert_false(der_more(&inner));
	assert_true(der_more(&d));
	assert_int_equal(der_number(&inner, "none"), 0);
	assert_int_equal(der_status(&d), E_DER_TRUNCATED);
	assert_false(der_more(&d));
	assert_false(der_next_is(&d, DER_INTEGER));
	assert_int_equal(der_number(&d, "two"), 0);
	assert_int_equal(der_any(&d, "two").whole.len, 0);
	der_fail(&d, E_DER_TAG, "too late");
	assert_int_equal(der_status(&outer), E_DER_TRUNCATED);
	assert_int_equal(err.code, E_DER_TRUNCATED);
	/* the offset is one of all that was parsed */
	assert_non_null(strstr(err.text, "0x7"));
}

static void elements_keep_their_bytes(void **state)
{
	uint8_t bytes[3 + 0x80] = { 0x04, 0x81, 0x80 };
	struct der_source source;
	struct der d = der_over(&source, span_of(bytes, sizeof(bytes)), NULL);
	struct der_element e = der_take(&d, DER_OCTET_STRING, "the octets");

	(void)state;
	assert_int_equal(e.tag, DER_OCTET_STRING);
	assert_ptr_equal(e.whole.ptr, bytes);
	assert_int_equal(e.whole.len, sizeof(bytes));
	assert_ptr_equal(e.content.ptr, bytes + 3);
	assert_int_equal(e.content.len, 0x80);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_have_one_encoding),
		cmocka_unit_test(values_have_one_encoding),
		cmocka_unit_test(numbers_are_read),
		cmocka_unit_test(oids_are_text),
		cmocka_unit_test(long_oid_is_equal_to_none),
		cmocka_unit_test(times_are_seconds),
		cmocka_unit_test(broken_times_have_their_codes),
		cmocka_unit_test(failure_is_shared_and_sticky),
		cmocka_unit_test(elements_keep_their_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
