/*
 * ECDSA signatures: each rule of their DER and of the key broken gives its own
 * code. test_signature.c has what holds for RSA too.
 */
#include "signature_bench.h"

static void refuses_points_of_other_forms(void **state)
{
	struct bench b = p256_bench();

	(void)state;
	b.key.at[0] = 0x02; /* compressed */
	refuses(E_SIGNATURE_POINT, &b);
	b.key.len = 33;
	refuses(E_SIGNATURE_POINT, &b);
	b.key = from_hex("00"); /* infinity */
	refuses(E_SIGNATURE_POINT, &b);
	b.key.len = 0;
	refuses(E_SIGNATURE_POINT, &b);
	b = p256_bench();
	b.key.len++;
	refuses(E_SIGNATURE_POINT, &b);
	b = p256_bench();
	b.curve = X509_CURVE_P384;
	refuses(E_SIGNATURE_POINT, &b);
	b.curve = X509_CURVE_NONE;
	refuses(E_SIGNATURE_POINT, &b);
}

static void refuses_a_point_off_the_curve(void **state)
{
	(void)state;
	for (size_t i = 6; i < test_count(vectors); i += 3) {
		struct bench b = bench_of(&vectors[i]);

		b.key.at[b.key.len - 1] ^= 1;
		refuses(E_SIGNATURE_WRONG, &b);
		memset(b.key.at + 1, 0, b.key.len - 1);
		refuses(E_SIGNATURE_WRONG, &b);
		memset(b.key.at + 1, 0xff, b.key.len - 1);
		refuses(E_SIGNATURE_WRONG, &b);
	}
}

static void refuses_ecdsa_signatures_of_other_lengths(void **state)
{
	(void)state;
	for (size_t i = 8; i < test_count(vectors); i += 3) {
		struct bench b = bench_of(&vectors[i]);
		size_t whole = b.signature.len;

		for (b.signature.len = 0; b.signature.len < whole + 4;
		     b.signature.len++)
			if (b.signature.len != whole)
				refuses(E_SIGNATURE_DER, &b);
	}
}

static void never_takes_a_changed_ecdsa_signature(void **state)
{
	struct error err;

	(void)state;
	for (size_t bit = 0;; bit++) {
		struct bench b = p256_bench();

		if (bit / 8 >= b.signature.len)
			break;
		b.signature.at[bit / 8] ^= (uint8_t)(1U << bit % 8);
		assert_int_not_equal(check(&b, &err), OK);
	}
}

/* r = 1 and s = 1 in the DER that the hex says. */
static void refuses_lax_der(void **state)
{
	static const char *const lax[] = {
		"",
		"30",
		"3000",
		"3006020101020101ff", /* bytes behind it */
		"3007020101020101ff", /* and in it */
		"300602010102010100",
		"3106020101020101", /* a SET */
		"2006020101020101", /* not constructed */
		"3006030101020101", /* a BIT STRING */
		"3006020101040101", /* an OCTET STRING */
		"3003020101",	    /* one number */
		"3009020101020101020101",
		"308106020101020101", /* lengths that are not minimal */
		"30820006020101020101",
		"30070281010102010100",
		"3007028101010201"
		"01",
		"3007020101028101"
		"01",
		"3080020101020101"
		"0000", /* indefinite */
		"30070202000102"
		"0101", /* a zero too many */
		"300702010102020001",
		"300602018102"
		"0101", /* negative */
		"300602010102"
		"0181",
		"30050200020101", /* no digits at all */
		"30050201010200",
		"3006020101020201", /* longer than it is */
		"3006020401020101",
		"3005020101020101", /* shorter */
		"3007020101020101",
	};
	struct bench b = p256_bench();

	(void)state;
	for (size_t i = 0; i < test_count(lax); i++) {
		b.signature = from_hex(lax[i]);
		refuses(E_SIGNATURE_DER, &b);
	}
	b.signature = from_hex("3006020101020101");
	refuses(E_SIGNATURE_WRONG, &b);
	b.signature = from_hex("30080202008102020081");
	refuses(E_SIGNATURE_WRONG, &b);
}

/* The length of P-521 signatures takes a byte of its own; two are too many. */
static void knows_the_long_length(void **state)
{
	struct bench b = p521_bench();

	(void)state;
	assert_int_equal(b.signature.at[1], 0x81);
	memmove(b.signature.at + 3, b.signature.at + 2, b.signature.len - 2);
	b.signature.at[1] = 0x82;
	b.signature.at[2] = 0x00;
	b.signature.len++;
	refuses(E_SIGNATURE_DER, &b);
}

#define P256_N                                                                 \
	"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
#define P256_N_MINUS_1                                                         \
	"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550"

static void refuses_numbers_out_of_range(void **state)
{
	static const char *const out[] = {
		"3006020100020101", /* r = 0 */
		"3006020101020100", /* s = 0 */
		"3026022100" P256_N "020101",
		"3026020101022100" P256_N,
		"3027022201"
		"00" P256_N "020101", /* too long */
		"3027020101022201"
		"00" P256_N,
	};
	static const char *const in[] = {
		"3026022100" P256_N_MINUS_1 "020101",
		"3026020101022100" P256_N_MINUS_1,
	};
	struct bench b = p256_bench();

	(void)state;
	for (size_t i = 0; i < test_count(out); i++) {
		b.signature = from_hex(out[i]);
		refuses(E_SIGNATURE_RANGE, &b);
	}
	for (size_t i = 0; i < test_count(in); i++) {
		b.signature = from_hex(in[i]);
		refuses(E_SIGNATURE_WRONG, &b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_points_of_other_forms),
		cmocka_unit_test(refuses_a_point_off_the_curve),
		cmocka_unit_test(refuses_ecdsa_signatures_of_other_lengths),
		cmocka_unit_test(never_takes_a_changed_ecdsa_signature),
		cmocka_unit_test(refuses_lax_der),
		cmocka_unit_test(knows_the_long_length),
		cmocka_unit_test(refuses_numbers_out_of_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
