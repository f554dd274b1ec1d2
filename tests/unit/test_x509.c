/* Certificates: made by openssl, each field broken, every cut. */
#include "pki.h"

#include "format/x509.h"

static enum status parse(struct span der, void *view, struct error *err)
{
	struct span copy = test_copy(der);
	enum status s = x509_parse(copy, view, err);

	test_drop(&copy);
	return s;
}

static void assert_name(struct span name, const char *want)
{
	struct display shown;

	x509_name_text(name, &shown);
	assert_string_equal(shown.text, want);
}

static void rsa_certificate_is_read(void **state)
{
	_drop_copy_ struct span der = test_read_file(PKI "rsa.der");
	struct x509_view v;
	struct error err;

	(void)state;
	assert_ok(&err, x509_parse(der, &v, &err));
	assert_span_equal(v.der, der);
	assert_span_equal(v.tbs, der_edit_find(der, "0"));
	assert_span_equal(v.serial, span_of("\0\x80\xf1\xe2\xd3", 5));
	assert_span_equal(v.issuer, der_edit_find(der, "0/3"));
	assert_span_equal(v.subject, der_edit_find(der, "0/5"));
	assert_name(v.issuer, "keelboot test CA");
	assert_name(v.subject, "RSA signer");
	assert_int_equal(v.key.kind, X509_KEY_RSA);
	assert_int_equal(v.key.modulus.len, 256);
	assert_true(v.key.modulus.ptr[0] != 0);
	assert_span_equal(v.key.exponent, span_of("\1\0\1", 3));
	assert_int_equal(v.algorithm.kind, X509_KEY_RSA);
	assert_int_equal(v.algorithm.digest, DIGEST_SHA256);
	assert_int_equal(v.signature.len, 256);
	assert_ptr_equal(v.signature.ptr + 256, der.ptr + der.len);
	/* 36500 days of 86400 seconds */
	assert_true(v.not_after - v.not_before == 3153600000);
	assert_false(v.is_ca || v.has_path_len);
	assert_true(v.has_key_usage);
	assert_int_equal(v.key_usage, X509_USAGE_DIGITAL_SIGNATURE);
}

static void ca_certificate_is_read(void **state)
{
	_drop_copy_ struct span der = test_read_file(PKI "ca.der");
	struct x509_view v;
	struct error err;

	(void)state;
	assert_ok(&err, x509_parse(der, &v, &err));
	assert_span_equal(v.issuer, v.subject);
	assert_true(v.is_ca && v.has_path_len && v.has_key_usage);
	assert_int_equal(v.path_len, 1);
	/* keyCertSign and cRLSign */
	assert_int_equal(v.key_usage, X509_USAGE_CERT_SIGN | 0x40);
}

static void every_curve_is_read(void **state)
{
	static const struct {
		const char *file;
		enum x509_curve curve;
		enum digest_kind digest;
		size_t point_len;
	} curves[] = {
		{ PKI "p256.der", X509_CURVE_P256, DIGEST_SHA256, 65 },
		{ PKI "p384.der", X509_CURVE_P384, DIGEST_SHA384, 97 },
		{ PKI "p521.der", X509_CURVE_P521, DIGEST_SHA512, 133 },
	};

	(void)state;
	for (size_t i = 0; i < test_count(curves); i++) {
		_drop_copy_ struct span der = test_read_file(curves[i].file);
		struct x509_view v;
		struct error err;

		assert_ok(&err, x509_parse(der, &v, &err));
		assert_int_equal(v.key.kind, X509_KEY_EC);
		assert_int_equal(v.key.curve, curves[i].curve);
		assert_int_equal(v.key.point.len, curves[i].point_len);
		assert_int_equal(v.key.point.ptr[0], 4);
		assert_int_equal(v.algorithm.kind, X509_KEY_EC);
		assert_int_equal(v.algorithm.digest, curves[i].digest);
	}
}

static void what_nothing_verifies_with_still_parses(void **state)
{
	_drop_copy_ struct span edwards = test_read_file(PKI "ed25519.der");
	_drop_copy_ struct span v1 = test_read_file(PKI "v1.der");
	struct x509_view v;
	struct error err;

	(void)state;
	assert_ok(&err, x509_parse(edwards, &v, &err));
	assert_int_equal(v.key.kind, X509_KEY_OTHER);
	assert_int_equal(v.algorithm.kind, X509_KEY_OTHER);
	/* version 1, ECDSA with SHA-1 */
	assert_ok(&err, x509_parse(v1, &v, &err));
	assert_int_equal(v.key.kind, X509_KEY_EC);
	assert_int_equal(v.algorithm.kind, X509_KEY_OTHER);
	assert_false(v.is_ca || v.has_path_len || v.has_key_usage);
	assert_name(v.subject, "an organization");
}

static void check(const char *file, const struct broken *broken, size_t count)
{
	_drop_copy_ struct span der = test_read_file(file);

	pki_check_broken(der, broken, count, parse, sizeof(struct x509_view));
}

/* rsa.der: 0 TBSCertificate (0 version, 1 serial, 2 algorithm, 3 issuer, 4
 * validity, 5 subject, 6 key, 7 extensions), 1 algorithm, 2 signature. */
static void each_broken_field_has_its_code(void **state)
{
	static const struct broken broken[] = {
		{ "", DER_BEFORE, "3000", E_DER_TRAILING },
		{ "", DER_APPEND, "0500", E_DER_TRAILING },
		{ "0", DER_APPEND, "0500", E_DER_TRAILING },
		{ "0", DER_REPLACE, "", E_DER_TAG },
		{ "0/0", DER_CONTENT, "020100", E_X509_VERSION },
		{ "0/0", DER_CONTENT, "020103", E_X509_VERSION },
		{ "0/0", DER_CONTENT, "0201ff", E_DER_INTEGER_NEGATIVE },
		{ "0/0", DER_CONTENT, "02050200000000", E_DER_INTEGER_LARGE },
		{ "0/0", DER_APPEND, "0500", E_DER_TRAILING },
		{ "0/0", DER_CONTENT, "020101", E_X509_EXTENSIONS_VERSION },
		{ "0/0", DER_REPLACE, "", E_X509_EXTENSIONS_VERSION },
		{ "0/1", DER_CONTENT, "80f1", E_DER_INTEGER_NEGATIVE },
		{ "0/1", DER_CONTENT, "0011", E_DER_INTEGER_NOT_MINIMAL },
		{ "0/1", DER_CONTENT, "", E_DER_INTEGER_EMPTY },
		{ "0/1", DER_REPLACE, "0401ff", E_DER_TAG },
		{ "0/1", DER_CONTENT, "00", OK },
		{ "0/2/1", DER_REPLACE, "", E_X509_ALGORITHMS_DIFFER },
		{ "1/1", DER_REPLACE, "", E_X509_ALGORITHMS_DIFFER },
		{ "1/1", DER_REPLACE, "3000", E_ALGORITHM_PARAMETERS },
		{ "1", DER_APPEND, "0500", E_ALGORITHM_PARAMETERS },
		{ "1/1", DER_CONTENT, "00", E_DER_NULL },
		{ "1/0", DER_CONTENT, "80", E_DER_OID },
		{ "1", DER_CONTENT, "", E_DER_TRUNCATED },
		{ "1", DER_REPLACE, "", E_DER_TAG },
		/* SHA-384 in one of two places */
		{ "1/0", DER_CONTENT, "2a864886f70d01010c",
		  E_X509_ALGORITHMS_DIFFER },
		{ "0/3", DER_REPLACE, "3100", E_DER_TAG },
		{ "0/3", DER_CONTENT, "", OK },
		{ "0/3", DER_APPEND, "3000", E_DER_TAG },
		{ "0/3/0", DER_CONTENT, "", E_DER_TRUNCATED },
		{ "0/3/0/0", DER_APPEND, "0500", E_DER_TRAILING },
		{ "0/5/0/0/0", DER_CONTENT, "", E_DER_OID },
		{ "0/5/0/0/1", DER_REPLACE, "", E_DER_TRUNCATED },
		{ "0/4/0", DER_CONTENT, "323631313233", E_DER_TIME_FORM },
		{ "0/4/1", DER_REPLACE, "020100", E_DER_TAG },
		{ "0/4", DER_APPEND, "0500", E_DER_TRAILING },
		{ "0/6/0/1", DER_REPLACE, "", OK },
		{ "0/6/0/1", DER_REPLACE, "3000", E_ALGORITHM_PARAMETERS },
		{ "0/6/0", DER_APPEND, "0500", E_ALGORITHM_PARAMETERS },
		{ "0/6", DER_APPEND, "0500", E_DER_TRAILING },
		{ "0/6/1", DER_CONTENT, "", E_DER_BITS_EMPTY },
		{ "0/6/1", DER_CONTENT, "01 3006020103020103",
		  E_DER_BITS_UNUSED },
		{ "0/6/1", DER_CONTENT, "00 3006020103020103", OK },
		{ "0/6/1", DER_CONTENT, "00 3006020103020103 00",
		  E_DER_TRAILING },
		{ "0/6/1", DER_CONTENT, "00 3009020103020103020103",
		  E_DER_TRAILING },
		{ "0/6/1", DER_CONTENT, "00 3006020183020103",
		  E_DER_INTEGER_NEGATIVE },
		{ "0/6/1", DER_CONTENT, "00 3006020103020100",
		  E_X509_RSA_ZERO },
		{ "0/6/1", DER_CONTENT, "00 3006020100020103",
		  E_X509_RSA_ZERO },
		{ "0/6/1", DER_CONTENT, "00 3003020103", E_DER_TRUNCATED },
		{ "0/7", DER_BEFORE, "810200ff", OK },
		{ "0/7", DER_BEFORE, "810200ff 820200ff", OK },
		{ "0/7", DER_BEFORE, "820200ff 810200ff", E_DER_TRAILING },
		{ "0/7", DER_BEFORE, "830200ff", E_DER_TRAILING },
		{ "0/7", DER_TWICE, "", E_DER_TRAILING },
		{ "0/7", DER_REPLACE, "", OK },
		{ "0/7", DER_APPEND, "3000", E_DER_TRAILING },
		{ "0/7/0", DER_CONTENT, "", OK },
		{ "0/7/0", DER_APPEND, "0500", E_DER_TAG },
		{ "0/7/0/0", DER_TWICE, "", E_X509_EXTENSION_TWICE },
		{ "0/7/0/1", DER_TWICE, "", E_X509_EXTENSION_TWICE },
		{ "0/7/0/2", DER_TWICE, "", OK },
		{ "0/7/0/0", DER_APPEND, "0500", E_DER_TRAILING },
		{ "0/7/0/0/1", DER_CONTENT, "01", E_DER_BOOLEAN },
		{ "0/7/0/0/1", DER_CONTENT, "00", OK },
		{ "0/7/0/0/1", DER_REPLACE, "", OK },
		{ "0/7/0/0/2", DER_REPLACE, "", E_DER_TRUNCATED },
		{ "0/7/0/0/2", DER_APPEND, "0500", E_DER_TRAILING },
		{ "0/7/0/0/2/0", DER_REPLACE, "", E_DER_TRUNCATED },
		{ "0/7/0/0/2/0", DER_APPEND, "010100", OK },
		{ "0/7/0/0/2/0", DER_APPEND, "010101", E_DER_BOOLEAN },
		{ "0/7/0/0/2/0", DER_APPEND, "0101ff 0500", E_DER_TRAILING },
		{ "0/7/0/0/2/0", DER_APPEND, "020101", E_X509_PATH_LEN },
		{ "0/7/0/0/2/0", DER_APPEND, "010100 020101", E_X509_PATH_LEN },
		{ "0/7/0/0/2/0", DER_APPEND, "0101ff 0201ff",
		  E_DER_INTEGER_NEGATIVE },
		{ "0/7/0/0/2/0", DER_APPEND, "0101ff 02050100000000",
		  E_DER_INTEGER_LARGE },
		{ "0/7/0/1/2/0", DER_CONTENT, "", E_DER_BITS_EMPTY },
		{ "0/7/0/1/2/0", DER_CONTENT, "0781", E_DER_BITS_PADDING },
		{ "0/7/0/1/2/0", DER_CONTENT, "0880", E_DER_BITS_UNUSED },
		{ "0/7/0/1/2", DER_APPEND, "0500", E_DER_TRAILING },
		{ "0/7/0/1/2/0", DER_CONTENT, "000102030405", E_DER_BITS_LONG },
		{ "2", DER_CONTENT, "", E_DER_BITS_EMPTY },
		{ "2", DER_CONTENT, "01fe", E_DER_BITS_UNUSED },
		{ "2", DER_REPLACE, "", E_DER_TRUNCATED },
	};

	(void)state;
	check(PKI "rsa.der", broken, test_count(broken));
}

/* p256.der: the same, self-signed, without parameters. */
static void broken_ec_keys_have_their_codes(void **state)
{
	static const struct broken broken[] = {
		{ "1", DER_APPEND, "0500", E_ALGORITHM_PARAMETERS },
		{ "0/6/0", DER_APPEND, "0500", E_DER_TRAILING },
		{ "0/6/0/1", DER_CONTENT, "80", E_DER_OID },
		/* P-384's name on a point of P-256 */
		{ "0/6/0/1", DER_CONTENT, "2b81040022", E_X509_POINT },
		{ "0/6/1", DER_APPEND, "00", E_X509_POINT },
		{ "0/6/1", DER_CONTENT, "00", E_X509_POINT },
		{ "0/6/1", DER_CONTENT, "0004", E_X509_POINT },
		{ "0/6/1", DER_CONTENT, "", E_DER_BITS_EMPTY },
		/* a compressed one, and one at infinity */
		{ "0/6/1", DER_CONTENT,
		  "0002 00000000000000000000000000000000"
		  "00000000000000000000000000000000",
		  E_X509_POINT },
		{ "0/6/1", DER_CONTENT, "0000", E_X509_POINT },
	};

	(void)state;
	check(PKI "p256.der", broken, test_count(broken));
}

static void ec_keys_of_other_kinds_are_of_no_use(void **state)
{
	static const struct broken others[] = {
		/* secp256k1, a curve written out, one left to the issuer */
		{ "0/6/0/1", DER_CONTENT, "2b8104000a", OK },
		{ "0/6/0/1", DER_REPLACE, "3003020101", OK },
		{ "0/6/0/1", DER_REPLACE, "0500", OK },
		{ "0/6/0/1", DER_REPLACE, "", OK },
	};
	_drop_copy_ struct span der = test_read_file(PKI "p256.der");

	(void)state;
	for (size_t i = 0; i < test_count(others); i++) {
		_drop_copy_ struct span other = der_edit_hex(
			der, others[i].path, others[i].what, others[i].hex);
		struct x509_view v;
		struct error err;

		assert_ok(&err, x509_parse(other, &v, &err));
		assert_int_equal(v.key.kind, X509_KEY_OTHER);
		assert_int_equal(v.key.curve, X509_CURVE_NONE);
		assert_int_equal(v.key.point.len, 0);
	}
}

static void versions_1_and_2_have_their_limits(void **state)
{
	static const struct broken broken[] = {
		{ "0/0", DER_BEFORE, "a003020101", OK },
		{ "0/0", DER_BEFORE, "a003020100", E_X509_VERSION },
		{ "0", DER_APPEND, "810200ff", E_X509_UNIQUE_ID },
		{ "0", DER_APPEND, "a3023000", E_X509_EXTENSIONS_VERSION },
	};

	(void)state;
	check(PKI "v1.der", broken, test_count(broken));
}

/* An algorithm that signs keys and not things. */
static void key_algorithm_signs_no_certificate(void **state)
{
	_drop_copy_ struct span der = test_read_file(PKI "rsa.der");
	_drop_copy_ struct span inner =
		der_edit_hex(der, "0/2/0", DER_CONTENT, "2a864886f70d010101");
	_drop_copy_ struct span both =
		der_edit_hex(inner, "1/0", DER_CONTENT, "2a864886f70d010101");
	struct x509_view v;
	struct error err;

	(void)state;
	assert_ok(&err, x509_parse(both, &v, &err));
	assert_int_equal(v.algorithm.kind, X509_KEY_OTHER);
}

static void truncated_certificate_never_passes(void **state)
{
	_drop_copy_ struct span der = test_read_file(PKI "rsa.der");

	(void)state;
	for (size_t len = 0; len < der.len; len++) {
		_drop_copy_ struct span cut = test_copy(span_of(der.ptr, len));
		struct x509_view v;
		struct error err;
		enum status s = x509_parse(cut, &v, &err);

		assert_status(len < 2	? E_DER_TRUNCATED
			      : len < 4 ? E_DER_TRUNCATED
					: E_DER_PAST_END,
			      s);
	}
}

static void shortened_certificate_never_passes(void **state)
{
	_drop_copy_ struct span der = test_read_file(PKI "rsa.der");

	(void)state;
	pki_check_shortened(der, parse, sizeof(struct x509_view));
}

static void breaks_strictness(void *ctx, const char *path, struct span element)
{
	const struct span *der = ctx;
	struct span none = { NULL, 0 };
	_drop_copy_ struct span long_form =
		der_edit(*der, path, DER_LONG_FORM, none);
	_drop_copy_ struct span indefinite =
		der_edit(*der, path, DER_INDEFINITE, none);
	/* the inner algorithm is compared with the outer one as a whole */
	bool is_compared = !strncmp(path, "0/2/", 4);
	struct x509_view v;

	(void)element;
	assert_status(is_compared ? E_X509_ALGORITHMS_DIFFER
				  : E_DER_LENGTH_NOT_MINIMAL,
		      parse(long_form, &v, NULL));
	assert_status(is_compared ? E_X509_ALGORITHMS_DIFFER : E_DER_INDEFINITE,
		      parse(indefinite, &v, NULL));
}

static void every_level_is_der(void **state)
{
	_drop_copy_ struct span der = test_read_file(PKI "ca.der");

	(void)state;
	der_edit_each(der, breaks_strictness, &der);
}

static void size_has_a_limit(void **state)
{
	_drop_copy_ struct span der = test_read_file(PKI "rsa.der");

	(void)state;
	/* an extension that is passed over grows */
	pki_check_size_limit(der, "0/7/0/2/1", X509_SIZE_MAX, E_X509_TOO_LARGE,
			     parse, sizeof(struct x509_view));
}

static void names_are_shown(void **state)
{
	static const struct {
		const char *value; /* in place of RSA signer */
		const char *want;
	} names[] = {
		{ "0c0449c3b1c3", "I\xc3\xb1?" },
		{ "0c061b5b324a0a41", "?[2J?A" },
		{ "13024142", "AB" },
		{ "1404c4d6dc41", "ÄÖÜA" },
		{ "1e08004120ac263a0042", "A€☺B" },
		{ "1e06d83dde000042", "??B" },
		{ "1e0300414a", "A" }, /* and half a unit */
		{ "1e04202e0041", "?A" },
		{ "1e0141", "unnamed" },
		/* without a common name, the organization */
		{ "0c00", "keelboot" },
	};
	_drop_copy_ struct span der = test_read_file(PKI "rsa.der");

	(void)state;
	for (size_t i = 0; i < test_count(names); i++) {
		_drop_copy_ struct span other = der_edit_hex(
			der, "0/5/1/0/1", DER_REPLACE, names[i].value);
		struct x509_view v;
		struct error err;

		assert_ok(&err, x509_parse(other, &v, &err));
		assert_name(v.subject, names[i].want);
	}
}

static void last_common_name_counts(void **state)
{
	_drop_copy_ struct span two = der_edit_bytes(
		"3020 310c 300a 0603550403 0c03 616263"
		"3110 3006 0603550406 0c00 3006 0603550403 0c00");
	_drop_copy_ struct span name =
		der_edit_bytes("301c 310c 300a 0603550403 0c03 616263"
			       "310c 300a 0603550403 0c03 646566");

	(void)state;
	assert_name(name, "def");
	/* not a name at all, or cut */
	assert_name(two, "abc");
	assert_name(span_of(NULL, 0), "unnamed");
	assert_name(span_of("\x30\x00", 2), "unnamed");
	assert_name(span_of("\x31\x00", 2), "unnamed");
	for (size_t len = 0; len < name.len; len++) {
		_drop_copy_ struct span cut = test_copy(span_of(name.ptr, len));

		assert_name(cut, "unnamed");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rsa_certificate_is_read),
		cmocka_unit_test(ca_certificate_is_read),
		cmocka_unit_test(every_curve_is_read),
		cmocka_unit_test(what_nothing_verifies_with_still_parses),
		cmocka_unit_test(each_broken_field_has_its_code),
		cmocka_unit_test(broken_ec_keys_have_their_codes),
		cmocka_unit_test(ec_keys_of_other_kinds_are_of_no_use),
		cmocka_unit_test(versions_1_and_2_have_their_limits),
		cmocka_unit_test(key_algorithm_signs_no_certificate),
		cmocka_unit_test(truncated_certificate_never_passes),
		cmocka_unit_test(shortened_certificate_never_passes),
		cmocka_unit_test(every_level_is_der),
		cmocka_unit_test(size_has_a_limit),
		cmocka_unit_test(names_are_shown),
		cmocka_unit_test(last_common_name_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
