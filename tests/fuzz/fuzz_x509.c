/* x509_parse() on any bytes: what it gives lies inside, and is what it says. */
#include "fuzz.h"

#include "format/x509.h"

static void must_be_inside(struct span part, struct span all)
{
	fuzz_must(part.len == 0 ||
		  (part.ptr >= all.ptr && part.len <= all.len &&
		   part.ptr + part.len <= all.ptr + all.len));
}

static void check_key(const struct x509_key *key, struct span tbs)
{
	static const size_t point_len[] = {
		[X509_CURVE_P256] = 65,
		[X509_CURVE_P384] = 97,
		[X509_CURVE_P521] = 133,
	};

	fuzz_must((key->kind == X509_KEY_RSA) == (key->modulus.len > 0));
	fuzz_must((key->kind == X509_KEY_RSA) == (key->exponent.len > 0));
	fuzz_must((key->kind == X509_KEY_EC) == (key->point.len > 0));
	fuzz_must((key->kind == X509_KEY_EC) == (key->curve != 0));
	if (key->kind == X509_KEY_RSA) {
		fuzz_must(key->modulus.ptr[0] && key->exponent.ptr[0]);
		must_be_inside(key->modulus, tbs);
		must_be_inside(key->exponent, tbs);
	}
	if (key->kind == X509_KEY_EC) {
		fuzz_must(key->curve <= X509_CURVE_P521);
		fuzz_must(key->point.len == point_len[key->curve]);
		fuzz_must(key->point.ptr[0] == 4);
		must_be_inside(key->point, tbs);
	}
}

static void check_name(struct span name, struct span tbs)
{
	struct display shown;

	must_be_inside(name, tbs);
	fuzz_must(name.len >= 2 && name.ptr[0] == 0x30);
	x509_name_text(name, &shown);
	fuzz_must(shown.text[0] != '\0');
	for (const char *c = shown.text; *c; c++)
		fuzz_must((unsigned char)*c >= 0x20 && *c != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span der = span_of(data, size);
	struct x509_view v;
	struct error err;
	struct display shown;
	enum status s = x509_parse(der, &v, &err);

	x509_name_text(der, &shown);
	fuzz_must(shown.text[0] != '\0');
	if (s != OK) {
		fuzz_check_error(s, &err);
		return 0;
	}
	fuzz_must(size <= X509_SIZE_MAX);
	fuzz_must(v.der.ptr == data && v.der.len == size);
	must_be_inside(v.tbs, der);
	fuzz_must(v.tbs.ptr[0] == 0x30);
	must_be_inside(v.serial, v.tbs);
	fuzz_must(v.serial.len > 0 && v.serial.ptr[0] < 0x80);
	check_name(v.issuer, v.tbs);
	check_name(v.subject, v.tbs);
	check_key(&v.key, v.tbs);
	/* the signature is the last thing, and not part of what is signed */
	fuzz_must(!v.signature.len || v.signature.ptr >= v.tbs.ptr + v.tbs.len);
	must_be_inside(v.signature, der);
	fuzz_must(v.algorithm.kind == X509_KEY_OTHER ||
		  digest_len(v.algorithm.digest) > 0);
	fuzz_must(!v.has_path_len || v.is_ca);
	fuzz_must(v.has_key_usage || !v.key_usage);
	return 0;
}
