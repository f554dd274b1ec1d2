/* Private keys: as openssl writes them, each field broken, every cut. */
#include "tls_rig.h"

#include "format/pem.h"
#include "format/private_key.h"
#include "pki.h"

static enum status parse(struct span der, void *key, struct error *err)
{
	struct span copy = test_copy(der);
	enum status s = private_key_parse(copy, key, err);

	test_drop(&copy);
	return s;
}

/* A key of tests/data/tls as PKCS#8. */
static struct span read_key(const char *name)
{
	_drop_copy_ struct span pem = tls_read_file(name, "key");
	struct span rest = pem;
	struct pem_block block;
	uint8_t room[4096];
	struct error err;
	bool found;

	assert_ok(&err,
		  pem_next(&rest, room, sizeof(room), &block, &found, &err));
	return test_copy(block.der);
}

/* The older form, which is what PKCS#8 has inside. */
static struct span read_old_key(const char *name)
{
	_drop_copy_ struct span der = read_key(name);

	return test_copy(der_edit_find(der, "2/0"));
}

static void rsa_keys_are_read_in_both_forms(void **state)
{
	_drop_copy_ struct span new = read_key("client-rsa");
	_drop_copy_ struct span old = read_old_key("client-rsa");
	const struct span forms[] = { new, old };

	(void)state;
	for (size_t i = 0; i < test_count(forms); i++) {
		struct private_key key;
		struct error err;

		assert_ok(&err, private_key_parse(forms[i], &key, &err));
		assert_int_equal(key.kind, X509_KEY_RSA);
		assert_int_equal(key.modulus.len, 256);
		assert_span_equal(key.exponent, span_of("\1\0\1", 3));
		for (unsigned p = 0; p < 2; p++) {
			assert_int_equal(key.primes[p].len, 128);
			assert_true(key.exponents[p].len <= 128);
		}
		/* the last number is q's inverse, not d */
		assert_true(key.coefficient.len <= 128);
	}
}

static void ec_keys_are_read_in_both_forms(void **state)
{
	static const struct {
		const char *name, *oid;
		enum x509_curve curve;
		size_t len;
	} cases[] = {
		{ "client-p256", "a00a06082a8648ce3d030107", X509_CURVE_P256,
		  32 },
		{ "client-p384", "a00706052b81040022", X509_CURVE_P384, 48 },
		{ "client-p521", "a00706052b81040023", X509_CURVE_P521, 66 },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_copy_ struct span new = read_key(cases[i].name);
		_drop_copy_ struct span inner = read_old_key(cases[i].name);
		/* alone, it has the curve itself */
		_drop_copy_ struct span old =
			der_edit_hex(inner, "2", DER_BEFORE, cases[i].oid);
		struct private_key key, again;
		struct error err;

		assert_ok(&err, private_key_parse(new, &key, &err));
		assert_int_equal(key.kind, X509_KEY_EC);
		assert_int_equal(key.curve, cases[i].curve);
		assert_int_equal(key.scalar.len, cases[i].len);
		assert_ok(&err, private_key_parse(old, &again, &err));
		assert_int_equal(again.curve, cases[i].curve);
		assert_span_equal(again.scalar, key.scalar);
	}
}

static void each_broken_field_has_its_code(void **state)
{
	static const struct broken rsa[] = {
		{ "", DER_REPLACE, "3100", E_DER_TAG },
		{ "", DER_APPEND, "0500", OK }, /* attributes */
		{ "0", DER_CONTENT, "02", E_PRIVATE_KEY_VERSION },
		{ "0", DER_CONTENT, "01", OK },
		{ "0", DER_REPLACE, "0500", E_DER_TAG },
		{ "1", DER_REPLACE, "0500", E_PRIVATE_KEY_FORM },
		{ "1", DER_REPLACE, "3000", E_DER_TRUNCATED },
		/* Ed25519, and what has no meaning */
		{ "1/0", DER_CONTENT, "2b6570", E_PRIVATE_KEY_KIND },
		{ "1/0", DER_CONTENT, "2a", E_PRIVATE_KEY_KIND },
		{ "1/1", DER_REPLACE, "020101", E_ALGORITHM_PARAMETERS },
		{ "2", DER_REPLACE, "0500", E_DER_TAG },
		{ "2", DER_APPEND, "0500", E_DER_TRAILING },
		{ "2/0", DER_APPEND, "0500", E_DER_TRAILING },
		{ "2/0/0", DER_CONTENT, "01", E_PRIVATE_KEY_VERSION },
		{ "2/0/1", DER_CONTENT, "00", E_PRIVATE_KEY_ZERO },
		{ "2/0/3", DER_CONTENT, "00", E_PRIVATE_KEY_ZERO },
		{ "2/0/4", DER_CONTENT, "80", E_DER_INTEGER_NEGATIVE },
		{ "2/0/5", DER_CONTENT, "", E_DER_INTEGER_EMPTY },
		{ "2/0/6", DER_CONTENT, "0001", E_DER_INTEGER_NOT_MINIMAL },
		{ "2/0/8", DER_CONTENT, "00", E_PRIVATE_KEY_ZERO },
		{ "2/0/8", DER_REPLACE, "", E_DER_TRUNCATED },
	};
	static const struct broken ec[] = {
		/* secp256k1 */
		{ "1/1", DER_CONTENT, "2b8104000a", E_PRIVATE_KEY_KIND },
		{ "1/1", DER_CONTENT, "2b81040022", E_PRIVATE_KEY_SCALAR },
		{ "1/1", DER_REPLACE, "0500", E_DER_TAG },
		{ "1/1", DER_TWICE, "", E_DER_TRAILING },
		{ "2/0/0", DER_CONTENT, "02", E_PRIVATE_KEY_VERSION },
		{ "2/0/1", DER_CONTENT, "01", E_PRIVATE_KEY_SCALAR },
		{ "2/0/1", DER_CONTENT, "", E_PRIVATE_KEY_SCALAR },
		{ "2/0/1", DER_REPLACE, "0500", E_DER_TAG },
		{ "2/0/2", DER_REPLACE, "", OK }, /* the public key */
		{ "2/0/2", DER_TWICE, "", E_DER_TRAILING },
	};
	_drop_copy_ struct span rsa_key = read_key("client-rsa");
	_drop_copy_ struct span ec_key = read_key("client-p256");

	(void)state;
	pki_check_broken(rsa_key, rsa, test_count(rsa), parse,
			 sizeof(struct private_key));
	pki_check_broken(ec_key, ec, test_count(ec), parse,
			 sizeof(struct private_key));
}

static void an_old_ec_key_must_name_its_curve(void **state)
{
	_drop_copy_ struct span old = read_old_key("client-p256");
	struct private_key key;
	struct error err;

	(void)state;
	assert_refused(E_PRIVATE_KEY_KIND, &err,
		       private_key_parse(old, &key, &err));
}

static void cut_and_shortened_keys_never_pass(void **state)
{
	static const char *const names[] = { "client-rsa", "client-p256" };

	(void)state;
	for (size_t i = 0; i < test_count(names); i++) {
		_drop_copy_ struct span der = read_key(names[i]);

		for (size_t len = 0; len < der.len; len++) {
			_drop_copy_ struct span cut =
				test_copy(span_of(der.ptr, len));
			struct private_key key;

			assert_int_not_equal(private_key_parse(cut, &key, NULL),
					     OK);
		}
	}
}

/* --- with its certificate ------------------------------------------------- */

static enum status identify(struct span pem, struct span key, struct error *err)
{
	_drop_tls_identity_ struct tls_identity *identity = NULL;

	return tls_identity_read(pem, key, &identity, err);
}

static void a_pair_belongs_together(void **state)
{
	static const struct {
		const char *pem, *key;
		enum status want;
	} cases[] = {
		{ "client-rsa", "client-rsa", OK },
		{ "client-p256", "client-p256", OK },
		{ "client-p256", "server", E_TLS_ID_DIFFERS },
		{ "client-p256", "client-p384", E_TLS_ID_DIFFERS },
		{ "client-p256", "client-rsa", E_TLS_ID_DIFFERS },
		{ "client-rsa", "server-rsa", E_TLS_ID_DIFFERS },
		{ "rsa1024", "client-rsa", E_SIGNATURE_KEY_SIZE },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_copy_ struct span pem =
			tls_read_file(cases[i].pem, "pem");
		_drop_copy_ struct span key =
			tls_read_file(cases[i].key, "key");
		_drop_copy_ struct span der = tls_read_der(cases[i].pem);
		struct error err;

		if (cases[i].want == OK) {
			assert_ok(&err, identify(pem, key, &err));
			assert_ok(&err, identify(der, key, &err));
			continue;
		}
		assert_refused(cases[i].want, &err, identify(pem, key, &err));
	}
}

static void files_hold_what_they_should(void **state)
{
	_drop_copy_ struct span pem = tls_read_file("client-p256", "pem");
	_drop_copy_ struct span key = tls_read_file("client-p256", "key");
	struct span none = { NULL, 0 }, text = span_of_text("nothing\n");
	static uint8_t many[16384];
	size_t len = 0;
	struct error err;

	(void)state;
	assert_refused(E_TLS_ID_NONE, &err, identify(none, none, &err));
	assert_refused(E_TLS_ID_NONE, &err, identify(none, key, &err));
	assert_refused(E_TLS_ID_NONE, &err, identify(text, key, &err));
	assert_refused(E_TLS_ID_KEY, &err, identify(pem, none, &err));
	assert_refused(E_TLS_ID_KEY, &err, identify(pem, text, &err));
	assert_refused(E_TLS_ID_KEY, &err, identify(pem, pem, &err));
	assert_refused(E_TLS_ID_LABEL, &err, identify(key, key, &err));
	for (unsigned i = 0; i < 9; i++) {
		assert_true(len + pem.len <= sizeof(many));
		memcpy(many + len, pem.ptr, pem.len);
		len += pem.len;
		if (i < 8)
			assert_ok(&err,
				  identify(span_of(many, len), key, &err));
		else
			assert_refused(E_TLS_ID_MANY, &err,
				       identify(span_of(many, len), key, &err));
	}
}

/* Any bit of a key: it is refused, or the same key to what counts. What BearSSL
 * is given then must do no harm. */
static void a_changed_key_signs_nothing(void **state)
{
	_drop_copy_ struct span pem = tls_read_file("client-rsa", "pem");
	_drop_copy_ struct span der = read_key("client-rsa");
	unsigned accepted = 0;

	(void)state;
	/* every 7th, as each costs a signature */
	for (size_t at = 0; at < der.len; at += 7) {
		_drop_copy_ struct span bad = test_copy(der);

		test_bytes(bad)[at] ^= (uint8_t)(1 << at % 8);
		accepted += identify(pem, bad, NULL) == OK;
	}
	/* the private exponent is not looked at */
	assert_true(accepted >= 256 / 7 - 1 && accepted <= 256 / 7 + 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rsa_keys_are_read_in_both_forms),
		cmocka_unit_test(ec_keys_are_read_in_both_forms),
		cmocka_unit_test(each_broken_field_has_its_code),
		cmocka_unit_test(an_old_ec_key_must_name_its_curve),
		cmocka_unit_test(cut_and_shortened_keys_never_pass),
		cmocka_unit_test(a_pair_belongs_together),
		cmocka_unit_test(files_hold_what_they_should),
		cmocka_unit_test(a_changed_key_signs_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
