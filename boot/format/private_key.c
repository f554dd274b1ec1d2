#include "format/private_key.h"

#include "format/algorithm.h"

static const char what[] = "the private key";

static void check_version(struct der *d, uint32_t version, uint32_t most)
{
	if (der_ok(d) && version > most)
		der_fail(d, E_PRIVATE_KEY_VERSION,
			 "the private key has version %u, the most is %u",
			 version, most);
}

/* What follows the version of an RSAPrivateKey. Its private exponent is of no
 * use beside the others. */
static void read_rsa(struct der *d, uint32_t version, struct private_key *key)
{
	struct span *numbers[] = {
		&key->modulus,	    &key->exponent,    &key->coefficient,
		&key->primes[0],    &key->primes[1],   &key->exponents[0],
		&key->exponents[1], &key->coefficient,
	};

	check_version(d, version, 0);
	key->kind = X509_KEY_RSA;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		*numbers[i] = der_natural(d, what);
		if (der_ok(d) && !numbers[i]->len)
			der_fail(d, E_PRIVATE_KEY_ZERO,
				 "number %zu of the RSA private key is 0, all "
				 "of the 8 are above",
				 i + 1);
	}
	der_end(d, what);
}

static void read_curve(struct der *d, struct private_key *key,
		       size_t *ret_number_len)
{
	struct oid oid = der_oid(d, "the EC curve");

	key->kind = X509_KEY_EC;
	key->curve = algorithm_curve(&oid, ret_number_len);
	if (der_ok(d) && key->curve == X509_CURVE_NONE)
		der_fail(d, E_PRIVATE_KEY_KIND,
			 "the private key is for the curve %s; known are "
			 "P-256, P-384 and P-521",
			 oid.text);
}

/* What follows the version of an ECPrivateKey. The curve stands in it, or in
 * what is around it: then *number_len is set. */
static void read_ec(struct der *d, uint32_t version, struct private_key *key,
		    size_t number_len)
{
	check_version(d, version, 1);
	key->scalar = der_take(d, DER_OCTET_STRING, what).content;
	if (der_next_is(d, DER_CONSTRUCTED + 0)) {
		struct der inside = der_enter(d, DER_CONSTRUCTED + 0, what);

		read_curve(&inside, key, &number_len);
		der_end(&inside, what);
	}
	if (der_next_is(d, DER_CONSTRUCTED + 1)) /* the public key */
		der_any(d, what);
	der_end(d, what);
	if (der_ok(d) && !number_len)
		der_fail(d, E_PRIVATE_KEY_KIND,
			 "the EC private key does not name its curve");
	if (der_ok(d) && key->scalar.len != number_len)
		der_fail(d, E_PRIVATE_KEY_SCALAR,
			 "the EC private key has %zu bytes, its curve has %zu",
			 key->scalar.len, number_len);
}

/* OneAsymmetricKey: an algorithm, then one of the other two forms. */
static void read_pkcs8(struct der *d, uint32_t version, struct private_key *key)
{
	struct der algorithm = der_enter(d, DER_SEQUENCE, what);
	struct oid oid = der_oid(&algorithm, what);
	struct der octets = der_enter(d, DER_OCTET_STRING, what);
	struct der inside = der_enter(&octets, DER_SEQUENCE, what);
	uint32_t inner_version = der_number(&inside, "the version");
	size_t number_len = 0;

	der_end(&octets, what);
	check_version(d, version, 1);
	if (oid_is(&oid, OID_RSA_ENCRYPTION)) {
		algorithm_take_null_or_nothing(&algorithm, what);
		read_rsa(&inside, inner_version, key);
	} else if (oid_is(&oid, OID_EC_PUBLIC_KEY)) {
		read_curve(&algorithm, key, &number_len);
		der_end(&algorithm, what);
		read_ec(&inside, inner_version, key, number_len);
	}
	while (der_more(d)) /* attributes, the public key */
		der_any(d, what);
}

/* The algorithm is asked first: other kinds have nothing else in common. */
static bool is_other_kind(struct der ahead, struct oid *ret)
{
	struct der algorithm = der_enter(&ahead, DER_SEQUENCE, what);

	*ret = der_oid(&algorithm, what);
	return der_ok(&ahead) && !oid_is(ret, OID_RSA_ENCRYPTION) &&
	       !oid_is(ret, OID_EC_PUBLIC_KEY);
}

static void read_any(struct der *d, struct private_key *key)
{
	uint32_t version = der_number(d, "the version");
	struct oid oid;

	if (der_next_is(d, DER_INTEGER)) {
		read_rsa(d, version, key);
	} else if (der_next_is(d, DER_OCTET_STRING)) {
		read_ec(d, version, key, 0);
	} else if (!der_next_is(d, DER_SEQUENCE)) {
		if (der_ok(d))
			der_fail(d, E_PRIVATE_KEY_FORM,
				 "the private key goes on with 0x%02x after "
				 "its version, it should be 0x30, 0x02 or 0x04",
				 der_any(d, what).tag);
	} else if (is_other_kind(*d, &oid)) {
		der_fail(d, E_PRIVATE_KEY_KIND,
			 "the private key is of the kind %s; known are RSA and "
			 "EC on P-256, P-384 and P-521",
			 oid.text);
	} else {
		read_pkcs8(d, version, key);
	}
}

enum status private_key_parse(struct span der, struct private_key *ret,
			      struct error *err)
{
	struct private_key key = { .kind = X509_KEY_OTHER };
	struct der_source source;
	struct der d = der_over(&source, der, err);
	struct der inside = der_enter(&d, DER_SEQUENCE, what);

	der_end(&d, what);
	read_any(&inside, &key);
	if (der_ok(&d))
		*ret = key;
	return der_status(&d);
}
