/*
 * The SHA-256 instructions of the CPU this runs on against BearSSL's C: every
 * short length, and long ones cut up at random. Exits with 2 if the CPU has no
 * such instructions.
 */
#include "trust/digest.h"
#include "trust/sha256_cpu.h"

#include <bearssl.h>
#include <stdio.h>
#include <string.h>

#define NOISE_LEN 100000

static uint8_t noise[NOISE_LEN];
static uint64_t seed = 42;

static size_t random_below(size_t most)
{
	seed = seed * 6364136223846793005 + 1442695040888963407;
	return (size_t)(seed >> 33) % most;
}

static bool is_right(size_t len, size_t most)
{
	struct digest digest;
	br_sha256_context c;
	uint8_t got[DIGEST_MAX], want[32];

	digest_begin(&digest, DIGEST_SHA256);
	digest.cpu = DIGEST_CPU_YES;
	for (size_t at = 0; at < len;) {
		size_t step = 1 + random_below(most);

		if (step > len - at)
			step = len - at;
		digest_add(&digest, span_of(noise + at, step));
		at += step;
	}
	digest_end(&digest, got);
	br_sha256_init(&c);
	br_sha256_update(&c, noise, len);
	br_sha256_out(&c, want);
	if (memcmp(got, want, 32) == 0)
		return true;
	printf("wrong for %zu bytes in pieces of at most %zu\n", len, most);
	return false;
}

int main(void)
{
	if (!sha256_cpu_is_there()) {
		printf("this CPU has no SHA-256 instructions\n");
		return 2;
	}
	for (size_t i = 0; i < NOISE_LEN; i++)
		noise[i] = (uint8_t)random_below(256);
	for (size_t len = 0; len <= 400; len++)
		if (!is_right(len, len + 1) || !is_right(len, 70))
			return 1;
	for (size_t i = 0; i < 100; i++)
		if (!is_right(random_below(NOISE_LEN), 40000))
			return 1;
	printf("ok\n");
	return 0;
}
