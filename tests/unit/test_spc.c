/* What Authenticode signs: the digest of an image, each field broken. */
#include "pki.h"

#include "format/pkcs7.h"

/* SpcIndirectDataContent: 0 what it is for (0 kind, 1 value), 1 DigestInfo (0
 * algorithm, 1 digest); with a SEQUENCE around it, as it stands in der. */
static enum status parse_spc(struct span sequence, void *spc, struct error *err)
{
	size_t header = sequence.ptr[1] < 0x80 ? 2 : 3;
	struct span inside =
		span_slice(sequence, header, sequence.len - header);
	struct span copy = test_copy(inside);
	enum status s = spc_parse(copy, spc, err);

	test_drop(&copy);
	return s;
}

static void signed_digest_is_read(void **state)
{
	_drop_copy_ struct span sbsign = pki_read_signature(PKI "sbsign.efi");
	/* this one has page hashes */
	_drop_copy_ struct span ossl =
		pki_read_signature(PKI "osslsigncode.efi");
	struct pkcs7_view v;
	struct spc_digest spc;
	struct error err;
	size_t used;

	(void)state;
	assert_ok(&err, pkcs7_parse(sbsign, &v, &used, &err));
	assert_ok(&err, spc_parse(v.content, &spc, &err));
	assert_int_equal(spc.kind, DIGEST_SHA256);
	assert_int_equal(spc.digest.len, 32);
	assert_ptr_equal(spc.digest.ptr + 32, v.content.ptr + v.content.len);
	assert_ok(&err, pkcs7_parse(ossl, &v, &used, &err));
	assert_ok(&err, spc_parse(v.content, &spc, &err));
	assert_int_equal(spc.kind, DIGEST_SHA384);
	assert_int_equal(spc.digest.len, 48);
}

static void each_broken_field_of_a_digest_has_its_code(void **state)
{
	static const struct broken broken[] = {
		{ "", DER_APPEND, "0500", E_DER_TRAILING },
		{ "", DER_CONTENT, "", E_DER_TRUNCATED },
		{ "0", DER_REPLACE, "", E_DER_TAG },
		{ "0/0", DER_CONTENT, "2a03", E_SPC_KIND },
		/* a CAB file's, and what pesign wrote once */
		{ "0/0", DER_CONTENT, "2b060104018237020119", E_SPC_KIND },
		{ "0/0", DER_CONTENT, "2b060104018237020115", OK },
		{ "0/0", DER_CONTENT, "80", E_DER_OID },
		{ "0/1", DER_REPLACE, "", OK },
		{ "0/1", DER_REPLACE, "0500", OK },
		{ "0/1", DER_TWICE, "", E_DER_TRAILING },
		{ "0", DER_TWICE, "", E_DER_TRAILING },
		{ "1", DER_TWICE, "", E_DER_TRAILING },
		{ "1", DER_REPLACE, "", E_DER_TRUNCATED },
		{ "1", DER_APPEND, "0500", E_DER_TRAILING },
		{ "1/0/0", DER_REPLACE, OID_SHA1, E_SPC_DIGEST },
		{ "1/0/0", DER_REPLACE, OID_MD5, E_SPC_DIGEST },
		{ "1/0/0", DER_REPLACE, OID_SHA384, E_SPC_DIGEST_LENGTH },
		{ "1/0/1", DER_REPLACE, "", OK },
		{ "1/0/1", DER_REPLACE, "3000", E_ALGORITHM_PARAMETERS },
		{ "1/1", DER_CONTENT, "", E_SPC_DIGEST_LENGTH },
		{ "1/1", DER_APPEND, "00", E_SPC_DIGEST_LENGTH },
		{ "1/1", DER_REPLACE, "0300", E_DER_TAG },
	};
	_drop_copy_ struct span der = pki_read_signature(PKI "sbsign.efi");
	struct span good = der_edit_find(der, "1/0/2/1/0");

	(void)state;
	pki_check_broken(good, broken, test_count(broken), parse_spc,
			 sizeof(struct spc_digest));
}

static void truncated_digest_never_passes(void **state)
{
	_drop_copy_ struct span der = pki_read_signature(PKI "sbsign.efi");
	struct pkcs7_view v;
	struct spc_digest spc;
	size_t used;

	(void)state;
	assert_ok(NULL, pkcs7_parse(der, &v, &used, NULL));
	for (size_t len = 0; len < v.content.len; len++) {
		_drop_copy_ struct span cut =
			test_copy(span_of(v.content.ptr, len));

		assert_int_not_equal(spc_parse(cut, &spc, NULL), OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signed_digest_is_read),
		cmocka_unit_test(each_broken_field_of_a_digest_has_its_code),
		cmocka_unit_test(truncated_digest_never_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
