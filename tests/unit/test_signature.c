/*
 * Signatures over one digest: what openssl signed is good, and each rule broken
 * gives its own code. Wycheproof's vectors go through the same function in
 * tests/host/test_wycheproof.py.
 */
#include "signature_bench.h"

/* --- both kinds --------------------------------------------------------------
 */

static void accepts_what_openssl_signed(void **state)
{
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(vectors); i++) {
		struct bench b = bench_of(&vectors[i]);

		assert_ok(&err, check(&b, &err));
	}
}

static void refuses_another_digest(void **state)
{
	(void)state;
	for (size_t i = 0; i < test_count(vectors); i++) {
		struct bench b = bench_of(&vectors[i]);

		b.digest[i % 32] ^= 1;
		refuses(E_SIGNATURE_WRONG, &b);
	}
}

/* A longer digest than the order counts with its first bits only. */
static void counts_no_bits_beyond_the_order(void **state)
{
	struct bench b = bench_of(&vectors[8]); /* P-256, SHA-512 */
	struct error err;

	(void)state;
	b.digest[32] ^= 1;
	assert_ok(&err, check(&b, &err));
	b.digest[31] ^= 1;
	refuses(E_SIGNATURE_WRONG, &b);
}

/* RSA signs the algorithm's name too; ECDSA does not, but its number. */
static void refuses_the_digest_as_another_kind(void **state)
{
	struct bench b = rsa_bench();

	(void)state;
	b.algorithm.digest = DIGEST_SHA384;
	refuses(E_SIGNATURE_WRONG, &b);
	b = bench_of(&vectors[10]); /* P-384, SHA-384 */
	b.algorithm.digest = DIGEST_SHA256;
	refuses(E_SIGNATURE_WRONG, &b);
}

static void refuses_another_key_of_the_same_kind(void **state)
{
	struct bench b = rsa_bench();

	(void)state;
	b.key = from_hex(rsa2048_e3_modulus);
	refuses(E_SIGNATURE_WRONG, &b);
}

static void refuses_another_curves_key(void **state)
{
	struct bench b = p256_bench();

	(void)state;
	b.curve = X509_CURVE_P384;
	b.key = from_hex(p384_point);
	refuses(E_SIGNATURE_WRONG, &b);
}

static void refuses_an_algorithm_that_is_not_the_keys(void **state)
{
	struct bench b = rsa_bench();

	(void)state;
	b.algorithm.kind = X509_KEY_EC;
	refuses(E_SIGNATURE_ALGORITHM, &b);
	b = p256_bench();
	b.algorithm.kind = X509_KEY_RSA;
	refuses(E_SIGNATURE_ALGORITHM, &b);
	b.algorithm.kind = X509_KEY_OTHER;
	refuses(E_SIGNATURE_ALGORITHM, &b);
	b.kind = X509_KEY_OTHER;
	refuses(E_SIGNATURE_ALGORITHM, &b);
}

static void refuses_an_algorithm_without_a_digest(void **state)
{
	struct bench b = rsa_bench();

	(void)state;
	b.algorithm.digest = 0;
	refuses(E_SIGNATURE_ALGORITHM, &b);
	b = p256_bench();
	b.algorithm.digest = (enum digest_kind)4;
	refuses(E_SIGNATURE_ALGORITHM, &b);
}

/* --- RSA ---------------------------------------------------------------------
 */

static void refuses_rsa_keys_of_other_sizes(void **state)
{
	struct bench b = rsa_bench();

	(void)state;
	b.key.at[0] = 0x7f; /* 2047 bits */
	refuses(E_SIGNATURE_KEY_SIZE, &b);
	b.key.at[0] = 0x80;
	refuses(E_SIGNATURE_WRONG, &b);
	b.key.at[0] = 0x00; /* a zero that should have been left out */
	refuses(E_SIGNATURE_KEY_SIZE, &b);
	b.key.len = 0;
	refuses(E_SIGNATURE_KEY_SIZE, &b);
	b.key = from_hex(rsa4096_modulus);
	b.signature = from_hex(rsa4096_sha256);
	b.key.at[b.key.len++] = 0x01; /* 4104 bits */
	b.signature.len++;
	refuses(E_SIGNATURE_KEY_SIZE, &b);
	b.key.at[0] = 0x01; /* 4097 bits */
	refuses(E_SIGNATURE_KEY_SIZE, &b);
}

static void refuses_an_even_modulus(void **state)
{
	struct bench b = rsa_bench();

	(void)state;
	b.key.at[b.key.len - 1] ^= 1;
	refuses(E_SIGNATURE_MODULUS, &b);
}

static void refuses_bad_exponents(void **state)
{
	static const char *const bad[] = {
		"",	    "00",   "01",
		"02",	    "04",   "010000",
		"00010001", "0003", "010000000000000001", /* 65 bits */
	};
	static const char *const wrong[] = { "03", "05",
					     "ffffffffffffffff" /* 64 */ };
	struct bench b = rsa_bench();

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		b.exponent = from_hex(bad[i]);
		refuses(E_SIGNATURE_EXPONENT, &b);
	}
	for (size_t i = 0; i < test_count(wrong); i++) {
		b.exponent = from_hex(wrong[i]);
		refuses(E_SIGNATURE_WRONG, &b);
	}
}

/* With an exponent of 1 anybody signs: that is what its check is for. */
static void refuses_the_padded_digest_as_its_own_signature(void **state)
{
	static const uint8_t info[] = { 0x00, 0x30, 0x31, 0x30, 0x0d,
					0x06, 0x09, 0x60, 0x86, 0x48,
					0x01, 0x65, 0x03, 0x04, 0x02,
					0x01, 0x05, 0x00, 0x04, 0x20 };
	struct bench b = rsa_bench();
	uint8_t *to = b.signature.at;

	(void)state;
	memset(to, 0xff, 256);
	to[0] = 0x00;
	to[1] = 0x01;
	memcpy(to + 256 - 32 - sizeof(info), info, sizeof(info));
	memcpy(to + 256 - 32, b.digest, 32);
	refuses(E_SIGNATURE_WRONG, &b);
	b.exponent = from_hex("01");
	refuses(E_SIGNATURE_EXPONENT, &b);
}

static void refuses_rsa_signatures_of_other_lengths(void **state)
{
	struct bench b = rsa_bench();
	size_t whole = b.signature.len;

	(void)state;
	for (b.signature.len = 0; b.signature.len < whole + 10;
	     b.signature.len++)
		if (b.signature.len != whole)
			refuses(E_SIGNATURE_LENGTH, &b);
	/* A zero in front changes no number, but it does change the length. */
	b = rsa_bench();
	memmove(b.signature.at + 1, b.signature.at, whole);
	b.signature.at[0] = 0;
	b.signature.len = whole + 1;
	refuses(E_SIGNATURE_LENGTH, &b);
}

static void refuses_a_changed_rsa_signature(void **state)
{
	(void)state;
	for (size_t bit = 0; bit < 2048; bit += 7) {
		struct bench b = rsa_bench();

		b.signature.at[bit / 8] ^= (uint8_t)(1U << bit % 8);
		refuses(E_SIGNATURE_WRONG, &b);
	}
}

/* Adds the modulus; false if the sum is longer than the modulus. */
static bool add_modulus(struct bench *b)
{
	unsigned carry = 0;

	for (size_t i = b->key.len; i--;) {
		carry += (unsigned)b->signature.at[i] + b->key.at[i];
		b->signature.at[i] = (uint8_t)carry;
		carry >>= 8;
	}
	return !carry;
}

/* Signature and modulus added up open to the same as the signature. */
static void refuses_a_signature_not_below_the_modulus(void **state)
{
	size_t done = 0;

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		struct bench b = bench_of(&vectors[i]);

		if (!add_modulus(&b))
			continue;
		refuses(E_SIGNATURE_WRONG, &b);
		done++;
	}
	assert_true(done > 0); /* else make other vectors */
}

static void refuses_digest_info_without_null(void **state)
{
	struct bench b = rsa_bench();

	(void)state;
	b.signature = from_hex(rsa2048_without_null);
	refuses(E_SIGNATURE_WRONG, &b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_what_openssl_signed),
		cmocka_unit_test(refuses_another_digest),
		cmocka_unit_test(counts_no_bits_beyond_the_order),
		cmocka_unit_test(refuses_the_digest_as_another_kind),
		cmocka_unit_test(refuses_another_key_of_the_same_kind),
		cmocka_unit_test(refuses_another_curves_key),
		cmocka_unit_test(refuses_an_algorithm_that_is_not_the_keys),
		cmocka_unit_test(refuses_an_algorithm_without_a_digest),
		cmocka_unit_test(refuses_rsa_keys_of_other_sizes),
		cmocka_unit_test(refuses_an_even_modulus),
		cmocka_unit_test(refuses_bad_exponents),
		cmocka_unit_test(
			refuses_the_padded_digest_as_its_own_signature),
		cmocka_unit_test(refuses_rsa_signatures_of_other_lengths),
		cmocka_unit_test(refuses_a_changed_rsa_signature),
		cmocka_unit_test(refuses_a_signature_not_below_the_modulus),
		cmocka_unit_test(refuses_digest_info_without_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
