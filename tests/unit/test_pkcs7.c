/* Signatures of the tools people sign with, each field broken, every cut. */
#include "pki.h"

#include "format/pkcs7.h"
#include "trust/digest.h"

static enum status parse(struct span der, void *view, struct error *err)
{
	struct span copy = test_copy(der);
	size_t used = 0;
	enum status s = pkcs7_parse(copy, view, &used, err);

	if (s == OK)
		assert_int_equal(used, der.len);
	test_drop(&copy);
	return s;
}

static void assert_digest(enum digest_kind kind, struct span content,
			  struct span want)
{
	uint8_t got[DIGEST_MAX];

	digest_of(kind, content, got);
	assert_span_equal(span_of(got, digest_len(kind)), want);
}

static void assert_issuer(const struct pkcs7_view *v, const char *want)
{
	struct display shown;

	x509_name_text(v->signer_issuer, &shown);
	assert_string_equal(shown.text, want);
}

static void sbsign_is_read(void **state)
{
	_drop_copy_ struct span der = pki_read_signature(PKI "sbsign.efi");
	_drop_copy_ struct span cert = test_read_file(PKI "rsa.der");
	struct pkcs7_view v;
	size_t used;
	struct error err;

	(void)state;
	assert_ok(&err, pkcs7_parse(der, &v, &used, &err));
	assert_int_equal(used, der.len);
	assert_span_equal(v.der, der);
	assert_int_equal(v.content_kind, PKCS7_CONTENT_SPC);
	assert_false(v.is_detached);
	assert_int_equal(v.digest, DIGEST_SHA256);
	assert_int_equal(v.cert_count, 1);
	assert_span_equal(v.certs[0], cert);
	assert_issuer(&v, "keelboot test CA");
	assert_span_equal(v.signer_serial, span_of("\0\x80\xf1\xe2\xd3", 5));
	assert_span_equal(v.attributes, der_edit_find(der, "1/0/4/0/3"));
	assert_int_equal(v.attributes.ptr[0], 0xa0);
	assert_int_equal(v.algorithm.kind, X509_KEY_RSA);
	assert_int_equal(v.algorithm.digest, DIGEST_SHA256);
	assert_int_equal(v.signature.len, 256);
	/* the messageDigest is over the content without tag and length */
	assert_digest(v.digest, v.content, v.message_digest);
}

static void other_signers_are_read(void **state)
{
	_drop_copy_ struct span ossl =
		pki_read_signature(PKI "osslsigncode.efi");
	_drop_copy_ struct span pesign = pki_read_signature(PKI "pesign.efi");
	_drop_copy_ struct span cert = test_read_file(PKI "p384.der");
	struct pkcs7_view v;
	struct error err;

	(void)state;
	assert_ok(&err, parse(pesign, &v, &err));
	assert_int_equal(v.content_kind, PKCS7_CONTENT_SPC);
	assert_ok(&err, pkcs7_parse(ossl, &v, &(size_t){ 0 }, &err));
	assert_int_equal(v.digest, DIGEST_SHA384);
	assert_span_equal(v.certs[0], cert);
	assert_issuer(&v, "P-384 signer");
	assert_int_equal(v.algorithm.kind, X509_KEY_EC);
	assert_int_equal(v.algorithm.digest, DIGEST_SHA384);
	assert_digest(v.digest, v.content, v.message_digest);
}

static void cms_is_read(void **state)
{
	_drop_copy_ struct span detached = test_read_file(PKI "detached.p7s");
	_drop_copy_ struct span attached = test_read_file(PKI "attached.p7s");
	struct span text = span_of_text("what is signed\n");
	struct pkcs7_view v;
	struct error err;
	size_t used;

	(void)state;
	assert_ok(&err, pkcs7_parse(detached, &v, &used, &err));
	assert_int_equal(used, detached.len);
	assert_int_equal(v.content_kind, PKCS7_CONTENT_DATA);
	assert_true(v.is_detached);
	assert_int_equal(v.content.len, 0);
	assert_int_equal(v.digest, DIGEST_SHA512);
	assert_int_equal(v.algorithm.kind, X509_KEY_EC);
	assert_digest(v.digest, text, v.message_digest);
	assert_ok(&err, pkcs7_parse(attached, &v, &used, &err));
	assert_int_equal(v.content_kind, PKCS7_CONTENT_DATA);
	assert_false(v.is_detached);
	assert_span_equal(v.content, text);
	assert_digest(v.digest, v.content, v.message_digest);
}

static void bare_signed_data_is_the_same(void **state)
{
	_drop_copy_ struct span der = pki_read_signature(PKI "sbsign.efi");
	struct span bare = der_edit_find(der, "1/0");
	struct pkcs7_view v, w;
	struct error err;
	size_t used;

	(void)state;
	assert_ok(&err, pkcs7_parse(der, &v, &used, &err));
	assert_ok(&err, pkcs7_parse(bare, &w, &used, &err));
	assert_int_equal(used, bare.len);
	assert_span_equal(w.der, bare);
	/* all else is the same, down to the pointers */
	w.der = v.der;
	assert_memory_equal(&v, &w, sizeof(v));
}

static void what_follows_is_the_callers(void **state)
{
	_drop_copy_ struct span der = pki_read_signature(PKI "sbsign.efi");
	uint8_t padded[4096] = { 0 };
	struct pkcs7_view v;
	struct error err;
	size_t used;

	(void)state;
	memcpy(padded, der.ptr, der.len);
	padded[der.len] = 0x55;
	assert_ok(&err, pkcs7_parse(span_of(padded, sizeof(padded)), &v, &used,
				    &err));
	assert_int_equal(used, der.len);
	assert_int_equal(v.der.len, der.len);
}

static void check(struct span der, const struct broken *broken, size_t count)
{
	pki_check_broken(der, broken, count, parse, sizeof(struct pkcs7_view));
}

/* 0 kind, 1/0 SignedData: 0 version, 1 digestAlgorithms, 2 content, 3
 * certificates, 4 signerInfos. */
static void each_broken_field_has_its_code(void **state)
{
	static const struct broken broken[] = {
		{ "", DER_APPEND, "0500", E_DER_TRAILING },
		{ "", DER_CONTENT, "", E_DER_TRUNCATED },
		{ "", DER_CONTENT, "0500", E_DER_TAG },
		/* enveloped data, and a number in place of the kind */
		{ "0", DER_CONTENT, "2a864886f70d010703", E_PKCS7_KIND },
		{ "0", DER_REPLACE, "020101", E_DER_TAG },
		{ "1", DER_REPLACE, "", E_DER_TRUNCATED },
		{ "1", DER_APPEND, "0500", E_DER_TRAILING },
		{ "1", DER_TWICE, "", E_DER_TRAILING },
		{ "1/0", DER_APPEND, "0500", E_DER_TRAILING },
		{ "1/0/0", DER_CONTENT, "00", E_PKCS7_VERSION },
		{ "1/0/0", DER_CONTENT, "02", E_PKCS7_VERSION },
		{ "1/0/0", DER_CONTENT, "03", OK },
		{ "1/0/0", DER_CONTENT, "04", E_PKCS7_VERSION },
		{ "1/0/0", DER_CONTENT, "ff", E_DER_INTEGER_NEGATIVE },
		{ "1/0/0", DER_CONTENT, "0001", E_DER_INTEGER_NOT_MINIMAL },
		{ "1/0/0", DER_CONTENT, "0100000001", E_DER_INTEGER_LARGE },
		{ "1/0/1", DER_CONTENT, "", E_PKCS7_NO_DIGEST },
		{ "1/0/1", DER_REPLACE, "", E_DER_TAG },
		{ "1/0/1/0", DER_TWICE, "", E_PKCS7_DIGESTS },
		{ "1/0/1", DER_APPEND, "0500", E_PKCS7_DIGESTS },
		{ "1/0/1/0/0", DER_REPLACE, OID_MD5, E_PKCS7_DIGEST },
		{ "1/0/1/0/0", DER_REPLACE, OID_SHA1, E_PKCS7_DIGEST },
		{ "1/0/1/0/0", DER_REPLACE, "06022a03", E_PKCS7_DIGEST },
		{ "1/0/1/0/0", DER_REPLACE, OID_SHA384,
		  E_PKCS7_DIGEST_DIFFERS },
		{ "1/0/1/0/1", DER_REPLACE, "", OK },
		{ "1/0/1/0/1", DER_REPLACE, "3000", E_ALGORITHM_PARAMETERS },
		{ "1/0/1/0/1", DER_CONTENT, "00", E_DER_NULL },
		{ "1/0/1/0", DER_APPEND, "0500", E_ALGORITHM_PARAMETERS },
		{ "1/0/2", DER_APPEND, "0500", E_DER_TRAILING },
		{ "1/0/2/0", DER_REPLACE, "", E_DER_TAG },
		/* id-data: then it has to be an OCTET STRING */
		{ "1/0/2/0", DER_CONTENT, "2a864886f70d010701", E_DER_TAG },
		{ "1/0/2/0", DER_CONTENT, "2a03",
		  E_PKCS7_CONTENT_TYPE_DIFFERS },
		{ "1/0/2/1", DER_APPEND, "0500", E_DER_TRAILING },
		{ "1/0/2/1", DER_CONTENT, "", E_DER_TRUNCATED },
		{ "1/0/2/1/0", DER_REPLACE, "0400", E_DER_TAG },
		{ "1/0/2/1", DER_REPLACE, "", OK }, /* detached */
		{ "1/0/3", DER_REPLACE, "", OK },
		{ "1/0/3", DER_CONTENT, "", OK },
		{ "1/0/3", DER_CONTENT, "3000", OK },
		{ "1/0/3", DER_CONTENT, "3000 a000", E_PKCS7_CERT_KIND },
		{ "1/0/3", DER_CONTENT, "a2023000", E_PKCS7_CERT_KIND },
		{ "1/0/3", DER_TWICE, "", E_DER_TAG },
		{ "1/0/4", DER_BEFORE, "a100", E_PKCS7_CRLS },
		{ "1/0/4", DER_BEFORE, "a200", E_DER_TAG },
		{ "1/0/4", DER_REPLACE, "", E_DER_TRUNCATED },
		{ "1/0/4", DER_CONTENT, "", E_PKCS7_NO_SIGNER },
		{ "1/0/4", DER_APPEND, "3000", E_PKCS7_SIGNERS },
		{ "1/0/4/0", DER_TWICE, "", E_PKCS7_SIGNERS },
	};
	_drop_copy_ struct span der = pki_read_signature(PKI "sbsign.efi");

	(void)state;
	check(der, broken, test_count(broken));
}

/* The SignerInfo: 0 version, 1 issuer and serial, 2 digestAlgorithm, 3
 * attributes (0 contentType, 1 signingTime, 2 messageDigest, 3 capabilities), 4
 * signature algorithm, 5 signature. */
#define S "1/0/4/0"

static void each_broken_field_of_a_signer_has_its_code(void **state)
{
	static const struct broken broken[] = {
		{ S, DER_APPEND, "a100", OK },
		{ S, DER_APPEND, "a1053003020101", OK },
		{ S, DER_APPEND, "a100 a100", E_DER_TRAILING },
		{ S, DER_APPEND, "0500", E_DER_TRAILING },
		{ S "/0", DER_CONTENT, "03", E_PKCS7_SIGNER_VERSION },
		{ S "/0", DER_CONTENT, "00", E_PKCS7_SIGNER_VERSION },
		{ S "/1", DER_REPLACE, "80020102", E_PKCS7_SIGNER_ID },
		{ S "/1", DER_REPLACE, "a0040402 0102", E_PKCS7_SIGNER_ID },
		{ S "/1", DER_REPLACE, "0500", E_DER_TAG },
		{ S "/1", DER_APPEND, "0500", E_DER_TRAILING },
		{ S "/1/0", DER_REPLACE, "", E_DER_TAG },
		{ S "/1/1", DER_CONTENT, "80", E_DER_INTEGER_NEGATIVE },
		{ S "/1/1", DER_CONTENT, "0001", E_DER_INTEGER_NOT_MINIMAL },
		{ S "/1/1", DER_CONTENT, "", E_DER_INTEGER_EMPTY },
		{ S "/2/0", DER_REPLACE, OID_SHA384, E_PKCS7_DIGEST_DIFFERS },
		{ S "/2/0", DER_REPLACE, OID_SHA1, E_PKCS7_DIGEST },
		{ S "/2/1", DER_REPLACE, "", OK },
		{ S "/2/1", DER_REPLACE, "0400", E_ALGORITHM_PARAMETERS },
		{ S "/3", DER_REPLACE, "", E_PKCS7_NO_ATTRIBUTES },
		{ S "/3", DER_CONTENT, "", E_PKCS7_NO_CONTENT_TYPE },
		{ S "/3", DER_TWICE, "", E_DER_TAG },
		{ S "/3", DER_APPEND, "3100", E_DER_TAG },
		{ S "/3/0", DER_REPLACE, "", E_PKCS7_NO_CONTENT_TYPE },
		{ S "/3/0", DER_TWICE, "", E_PKCS7_CONTENT_TYPE_TWICE },
		{ S "/3/0", DER_APPEND, "0500", E_DER_TRAILING },
		{ S "/3/0/0", DER_CONTENT, "80", E_DER_OID },
		{ S "/3/0/1", DER_REPLACE, "3000", E_DER_TAG },
		{ S "/3/0/1", DER_CONTENT, "", E_DER_TRUNCATED },
		{ S "/3/0/1/0", DER_TWICE, "", E_DER_TRAILING },
		{ S "/3/0/1/0", DER_CONTENT, "2a864886f70d010701",
		  E_PKCS7_CONTENT_TYPE_DIFFERS },
		{ S "/3/1", DER_REPLACE, "", OK },
		{ S "/3/1", DER_TWICE, "", OK },
		{ S "/3/2", DER_REPLACE, "", E_PKCS7_NO_MESSAGE_DIGEST },
		{ S "/3/2", DER_TWICE, "", E_PKCS7_MESSAGE_DIGEST_TWICE },
		{ S "/3/2/1", DER_CONTENT, "", E_DER_TRUNCATED },
		{ S "/3/2/1/0", DER_TWICE, "", E_DER_TRAILING },
		{ S "/3/2/1/0", DER_APPEND, "00",
		  E_PKCS7_MESSAGE_DIGEST_LENGTH },
		{ S "/3/2/1/0", DER_CONTENT, "",
		  E_PKCS7_MESSAGE_DIGEST_LENGTH },
		{ S "/3/2/1/0", DER_REPLACE, "0500", E_DER_TAG },
		{ S "/4/0", DER_CONTENT, "2a864886f70d01010b", OK },
		{ S "/4/0", DER_CONTENT, "2a864886f70d01010c",
		  E_PKCS7_SIGNATURE_DIGEST },
		{ S "/4/0", DER_CONTENT, "2a8648ce3d040302",
		  E_ALGORITHM_PARAMETERS },
		/* PSS parses; it is of kind OTHER */
		{ S "/4/0", DER_CONTENT, "2a864886f70d01010a", OK },
		{ S "/4/1", DER_REPLACE, "", OK },
		{ S "/4/1", DER_REPLACE, "3000", E_ALGORITHM_PARAMETERS },
		{ S "/4/1", DER_TWICE, "", E_ALGORITHM_PARAMETERS },
		{ S "/5", DER_REPLACE, "", E_DER_TRUNCATED },
		{ S "/5", DER_REPLACE, "0300", E_DER_TAG },
		{ S "/5", DER_TWICE, "", E_DER_TRAILING },
	};
	_drop_copy_ struct span der = pki_read_signature(PKI "sbsign.efi");

	(void)state;
	check(der, broken, test_count(broken));
}

/* A signature over the attributes holds whatever their order is. */
static void order_is_not_asked_for(void **state)
{
	_drop_copy_ struct span der = pki_read_signature(PKI "sbsign.efi");
	struct span type = der_edit_find(der, S "/3/0");
	_drop_copy_ struct span first =
		der_edit_hex(der, S "/3/0", DER_REPLACE, "");
	_drop_copy_ struct span last =
		der_edit(first, S "/3", DER_APPEND, type);
	_drop_copy_ struct span pss =
		der_edit_hex(der, S "/4/0", DER_CONTENT, "2a864886f70d01010a");
	struct pkcs7_view v;
	struct error err;
	size_t used;

	(void)state;
	assert_ok(&err, pkcs7_parse(last, &v, &used, &err));
	assert_span_equal(v.attributes, der_edit_find(last, S "/3"));
	assert_ok(&err, pkcs7_parse(pss, &v, &used, &err));
	assert_int_equal(v.algorithm.kind, X509_KEY_OTHER);
}

static void ec_signature_algorithm_is_strict(void **state)
{
	static const struct broken broken[] = {
		{ S "/4", DER_APPEND, "0500", E_ALGORITHM_PARAMETERS },
		/* with SHA-256 in place of SHA-384 */
		{ S "/4/0", DER_CONTENT, "2a8648ce3d040302",
		  E_PKCS7_SIGNATURE_DIGEST },
		{ S "/4/0", DER_CONTENT, "2a8648ce3d0401", OK },
	};
	_drop_copy_ struct span der =
		pki_read_signature(PKI "osslsigncode.efi");

	(void)state;
	check(der, broken, test_count(broken));
}

static void content_of_data_is_an_octet_string(void **state)
{
	static const struct broken broken[] = {
		{ "1/0/2/1/0", DER_REPLACE, "3000", E_DER_TAG },
		{ "1/0/2/1/0", DER_TWICE, "", E_DER_TRAILING },
		{ "1/0/2/1", DER_CONTENT, "2403040100", E_DER_TAG },
		{ "1/0/2/1", DER_CONTENT, "0400", OK },
	};
	_drop_copy_ struct span der = test_read_file(PKI "attached.p7s");

	(void)state;
	check(der, broken, test_count(broken));
}

static void certificates_have_a_limit(void **state)
{
	_drop_copy_ struct span der = pki_read_signature(PKI "sbsign.efi");
	uint8_t many[2 * (PKCS7_CERTS_MAX + 1)];
	struct pkcs7_view v;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(many); i++)
		many[i] = i % 2 ? 0 : 0x30;
	for (size_t count = 0; count <= PKCS7_CERTS_MAX + 1; count++) {
		_drop_copy_ struct span some = der_edit(
			der, "1/0/3", DER_CONTENT, span_of(many, 2 * count));

		if (count > PKCS7_CERTS_MAX) {
			assert_refused(E_PKCS7_CERTS, &err,
				       parse(some, &v, &err));
			continue;
		}
		assert_ok(&err, parse(some, &v, &err));
		assert_int_equal(v.cert_count, count);
	}
}

static void size_has_a_limit(void **state)
{
	_drop_copy_ struct span der = pki_read_signature(PKI "sbsign.efi");

	(void)state;
	pki_check_size_limit(der, "1/0/3/0", PKCS7_SIZE_MAX, E_PKCS7_TOO_LARGE,
			     parse, sizeof(struct pkcs7_view));
}

static void truncated_signature_never_passes(void **state)
{
	_drop_copy_ struct span der = pki_read_signature(PKI "sbsign.efi");

	(void)state;
	for (size_t len = 0; len < der.len; len++) {
		_drop_copy_ struct span cut = test_copy(span_of(der.ptr, len));
		struct pkcs7_view v;
		size_t used;

		assert_status(len < 4 ? E_DER_TRUNCATED : E_DER_PAST_END,
			      pkcs7_parse(cut, &v, &used, NULL));
	}
}

static void shortened_signature_never_passes(void **state)
{
	_drop_copy_ struct span der = pki_read_signature(PKI "sbsign.efi");

	(void)state;
	pki_check_shortened(der_edit_find(der, "1/0"), parse,
			    sizeof(struct pkcs7_view));
}

/* Inside of these, another parser looks, or nobody. */
static bool is_passed_over(const char *path)
{
	static const char *const inside[] = {
		"1/0/2/1/0/", /* the content */
		"1/0/3/0/",   /* the certificate */
		S "/1/0/",    /* the issuer, to be found in a certificate */
		S "/3/1/1/",  /* signing time */
		S "/3/3/1/",  /* capabilities */
	};

	for (size_t i = 0; i < test_count(inside); i++)
		if (!strncmp(path, inside[i], strlen(inside[i])))
			return true;
	return false;
}

static void breaks_strictness(void *ctx, const char *path, struct span element)
{
	const struct span *der = ctx;
	struct span none = { NULL, 0 };
	_drop_copy_ struct span long_form =
		der_edit(*der, path, DER_LONG_FORM, none);
	_drop_copy_ struct span indefinite =
		der_edit(*der, path, DER_INDEFINITE, none);
	bool is_lax = is_passed_over(path);
	struct pkcs7_view v;
	size_t used;

	(void)element;
	assert_status(is_lax ? OK : E_DER_LENGTH_NOT_MINIMAL,
		      pkcs7_parse(long_form, &v, &used, NULL));
	assert_status(is_lax ? OK : E_DER_INDEFINITE,
		      pkcs7_parse(indefinite, &v, &used, NULL));
}

static void every_level_is_der(void **state)
{
	_drop_copy_ struct span der = pki_read_signature(PKI "sbsign.efi");

	(void)state;
	der_edit_each(der, breaks_strictness, &der);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sbsign_is_read),
		cmocka_unit_test(other_signers_are_read),
		cmocka_unit_test(cms_is_read),
		cmocka_unit_test(bare_signed_data_is_the_same),
		cmocka_unit_test(what_follows_is_the_callers),
		cmocka_unit_test(each_broken_field_has_its_code),
		cmocka_unit_test(each_broken_field_of_a_signer_has_its_code),
		cmocka_unit_test(order_is_not_asked_for),
		cmocka_unit_test(ec_signature_algorithm_is_strict),
		cmocka_unit_test(content_of_data_is_an_octet_string),
		cmocka_unit_test(certificates_have_a_limit),
		cmocka_unit_test(size_has_a_limit),
		cmocka_unit_test(truncated_signature_never_passes),
		cmocka_unit_test(shortened_signature_never_passes),
		cmocka_unit_test(every_level_is_der),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
