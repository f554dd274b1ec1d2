/* private_key_parse() on any bytes: what it gives lies inside, and is what it
 * says. */
#include "fuzz.h"

#include "format/private_key.h"

static void must_be_number(struct span part, struct span all)
{
	fuzz_must(part.len > 0 && part.len <= all.len);
	fuzz_must(part.ptr >= all.ptr &&
		  part.ptr + part.len <= all.ptr + all.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t scalar_len[] = {
		[X509_CURVE_P256] = 32,
		[X509_CURVE_P384] = 48,
		[X509_CURVE_P521] = 66,
	};
	struct span der = span_of(data, size);
	struct private_key key;
	struct error err;
	enum status s = private_key_parse(der, &key, &err);

	if (s != OK) {
		fuzz_check_error(s, &err);
		return 0;
	}
	if (key.kind == X509_KEY_EC) {
		fuzz_must(key.curve >= X509_CURVE_P256 &&
			  key.curve <= X509_CURVE_P521);
		must_be_number(key.scalar, der);
		fuzz_must(key.scalar.len == scalar_len[key.curve]);
		fuzz_must(!key.modulus.len);
		return 0;
	}
	fuzz_must(key.kind == X509_KEY_RSA && !key.scalar.len);
	must_be_number(key.modulus, der);
	must_be_number(key.exponent, der);
	must_be_number(key.coefficient, der);
	for (unsigned i = 0; i < 2; i++) {
		must_be_number(key.primes[i], der);
		must_be_number(key.exponents[i], der);
		fuzz_must(key.primes[i].ptr[0] && key.exponents[i].ptr[0]);
	}
	return 0;
}
