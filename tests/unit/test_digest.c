/*
 * Digests against the values of FIPS 180-4's examples, against BearSSL's own
 * functions for every short length and many ways to cut the bytes up, and the
 * CPU's instructions against BearSSL's C.
 */
#include "guard.h"
#include "test.h"
#include "trust/digest.h"
#include "trust/sha256_cpu.h"

#include <bearssl.h>

#define NOISE_LEN 100000

static const enum digest_kind kinds[] = { DIGEST_SHA256, DIGEST_SHA384,
					  DIGEST_SHA512 };
static struct guarded noise;

static int make_noise(void **state)
{
	uint64_t seed = 42;

	(void)state;
	noise = guard_make(NOISE_LEN);
	for (size_t i = 0; i < NOISE_LEN; i++)
		noise.ptr[i] = (uint8_t)(test_random(&seed) >> 32);
	return 0;
}

static int drop_noise(void **state)
{
	(void)state;
	guard_drop(&noise);
	return 0;
}

/* What BearSSL says, all at once. */
static void bearssl_of(enum digest_kind kind, struct span bytes, uint8_t *out)
{
	const br_hash_class *class = kind == DIGEST_SHA256 ? &br_sha256_vtable
				     : kind == DIGEST_SHA384
					     ? &br_sha384_vtable
					     : &br_sha512_vtable;
	br_hash_compat_context context;

	class->init(&context.vtable);
	class->update(&context.vtable, bytes.ptr, bytes.len);
	class->out(&context.vtable, out);
}

static void check_digest(const uint8_t *got, enum digest_kind kind,
			 struct span bytes)
{
	uint8_t want[DIGEST_MAX];

	bearssl_of(kind, bytes, want);
	assert_memory_equal(got, want, digest_len(kind));
}

static void knows_the_length_of_each(void **state)
{
	(void)state;
	assert_int_equal(digest_len(DIGEST_SHA256), 32);
	assert_int_equal(digest_len(DIGEST_SHA384), 48);
	assert_int_equal(digest_len(DIGEST_SHA512), 64);
	assert_int_equal(digest_len((enum digest_kind)0), 0);
}

static void check_hex(enum digest_kind kind, const char *text, const char *want)
{
	uint8_t out[DIGEST_MAX];
	char hex[2 * DIGEST_MAX + 1] = "";

	digest_of(kind, span_of_text(text), out);
	for (size_t i = 0; i < digest_len(kind); i++)
		snprintf(hex + 2 * i, 3, "%02x", out[i]);
	assert_string_equal(hex, want);
}

static void gives_the_standards_examples(void **state)
{
	static const char two_blocks[] =
		"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

	(void)state;
	check_hex(DIGEST_SHA256, "abc",
		  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61"
		  "f20015ad");
	check_hex(DIGEST_SHA256, "",
		  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b"
		  "7852b855");
	check_hex(DIGEST_SHA256, two_blocks,
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd4"
		  "19db06c1");
	check_hex(DIGEST_SHA384, "abc",
		  "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a"
		  "43ff5bed8086072ba1e7cc2358baeca134c825a7");
	check_hex(DIGEST_SHA512, "abc",
		  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee6"
		  "4b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e"
		  "2a9ac94fa54ca49f");
}

static void gives_what_bearssl_gives_at_every_length(void **state)
{
	uint8_t out[DIGEST_MAX];

	(void)state;
	for (size_t i = 0; i < test_count(kinds); i++)
		for (size_t len = 0; len <= 300; len++) {
			struct span tail =
				span_of(noise.ptr + NOISE_LEN - len, len);

			digest_of(kinds[i], tail, out);
			check_digest(out, kinds[i], tail);
		}
}

/* Cuts the bytes up at random: many short pieces, some of thousands. */
static void add_in_pieces(struct digest *digest, struct span bytes,
			  uint64_t *seed)
{
	while (bytes.len) {
		uint64_t most = test_random(seed) % 3 ? 200 : 40000;
		size_t len = (size_t)(test_random(seed) % most);

		if (len > bytes.len)
			len = bytes.len;
		digest_add(digest, span_of(bytes.ptr, len));
		bytes = span_of(bytes.ptr + len, bytes.len - len);
	}
}

static void does_not_care_about_pieces(void **state)
{
	uint64_t seed = 7;
	uint8_t out[DIGEST_MAX];

	(void)state;
	for (size_t i = 0; i < 300; i++) {
		enum digest_kind kind = kinds[i % test_count(kinds)];
		size_t len = (size_t)(test_random(&seed) % NOISE_LEN);
		struct span bytes = span_of(noise.ptr + NOISE_LEN - len, len);
		struct digest digest;

		digest_begin(&digest, kind);
		add_in_pieces(&digest, bytes, &seed);
		digest_end(&digest, out);
		check_digest(out, kind, bytes);
	}
}

static void goes_on_from_a_copy_and_after_its_end(void **state)
{
	struct span all = guard_span(&noise);
	struct digest digest, copy;
	uint8_t out[DIGEST_MAX];

	(void)state;
	for (size_t i = 0; i < test_count(kinds); i++) {
		digest_begin(&digest, kinds[i]);
		digest_add(&digest, span_of(all.ptr, 50001));
		copy = digest;
		digest_end(&digest, out);
		check_digest(out, kinds[i], span_of(all.ptr, 50001));
		digest_add(&digest, span_of(all.ptr + 50001, 49999));
		digest_end(&digest, out);
		check_digest(out, kinds[i], all);
		digest_add(&copy, span_of(all.ptr + 50001, 9));
		digest_end(&copy, out);
		check_digest(out, kinds[i], span_of(all.ptr, 50010));
	}
}

/* Skipped, visibly, on a machine whose CPU cannot do it. */
static void need_cpu(void)
{
	if (sha256_cpu_is_there())
		return;
	print_message("this CPU has no SHA instructions\n");
	skip();
}

/* The CPU's instructions for every piece, however short. */
static void cpu_gives_what_bearssl_gives_at_every_length(void **state)
{
	uint8_t out[DIGEST_MAX];

	(void)state;
	need_cpu();
	for (size_t len = 0; len <= 300; len++)
		for (size_t first = 0; first <= len; first++) {
			const uint8_t *from = noise.ptr + NOISE_LEN - len;
			struct digest digest;

			digest_begin(&digest, DIGEST_SHA256);
			digest.cpu = DIGEST_CPU_YES;
			digest_add(&digest, span_of(from, first));
			digest_add(&digest, span_of(from + first, len - first));
			digest_end(&digest, out);
			check_digest(out, DIGEST_SHA256, span_of(from, len));
		}
}

static void cpu_does_not_care_about_pieces(void **state)
{
	uint64_t seed = 9;
	uint8_t out[DIGEST_MAX];

	(void)state;
	need_cpu();
	for (size_t i = 0; i < 300; i++) {
		size_t len = (size_t)(test_random(&seed) % NOISE_LEN);
		struct span bytes = span_of(noise.ptr + NOISE_LEN - len, len);
		struct digest digest;

		digest_begin(&digest, DIGEST_SHA256);
		digest.cpu = DIGEST_CPU_YES;
		add_in_pieces(&digest, bytes, &seed);
		digest_end(&digest, out);
		check_digest(out, DIGEST_SHA256, bytes);
	}
}

/* The long way is taken when the CPU has no other, and only then. */
static void asks_the_cpu_for_large_pieces_only(void **state)
{
	struct digest digest;
	uint8_t out[DIGEST_MAX];

	(void)state;
	digest_begin(&digest, DIGEST_SHA256);
	for (size_t at = 0; at < 40000; at += 8000)
		digest_add(&digest, span_of(noise.ptr + at, 8000));
	assert_int_equal(digest.cpu, DIGEST_CPU_UNKNOWN);
	digest_add(&digest, span_of(noise.ptr + 40000, 20000));
	assert_int_equal(digest.cpu, sha256_cpu_is_there() ? DIGEST_CPU_YES
							   : DIGEST_CPU_NO);
	digest.cpu = DIGEST_CPU_NO;
	digest_add(&digest, span_of(noise.ptr + 60000, 20000));
	assert_int_equal(digest.cpu, DIGEST_CPU_NO);
	digest_end(&digest, out);
	check_digest(out, DIGEST_SHA256, span_of(noise.ptr, 80000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_the_length_of_each),
		cmocka_unit_test(gives_the_standards_examples),
		cmocka_unit_test(gives_what_bearssl_gives_at_every_length),
		cmocka_unit_test(does_not_care_about_pieces),
		cmocka_unit_test(goes_on_from_a_copy_and_after_its_end),
		cmocka_unit_test(cpu_gives_what_bearssl_gives_at_every_length),
		cmocka_unit_test(cpu_does_not_care_about_pieces),
		cmocka_unit_test(asks_the_cpu_for_large_pieces_only),
	};

	return cmocka_run_group_tests(tests, make_noise, drop_noise);
}
