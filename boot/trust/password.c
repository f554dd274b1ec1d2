#include "trust/password.h"

#include "base/progress.h"
#include "base/text.h"

#include <bearssl.h>
#include <string.h>

/* An iteration hashes two blocks of SHA-512. */
#define ITERATION_BYTES 256U

static void hmac(const br_hmac_key_context *key, struct span a, struct span b,
		 uint8_t ret[static PASSWORD_HASH])
{
	br_hmac_context c;

	br_hmac_init(&c, key, 0);
	br_hmac_update(&c, a.ptr, a.len);
	br_hmac_update(&c, b.ptr, b.len);
	br_hmac_out(&c, ret);
	explicit_bzero(&c, sizeof(c));
}

static void tell(uint32_t done, uint32_t iterations)
{
	progress_step("checking the password", (uint64_t)done * ITERATION_BYTES,
		      (uint64_t)iterations * ITERATION_BYTES);
}

/* RFC 8018, 5.2: the hash is as long as HMAC's, so there is one block T_1. */
void password_derive(struct span typed, struct span salt, uint32_t iterations,
		     uint8_t ret[static PASSWORD_HASH])
{
	static const uint8_t first_block[4] = { 0, 0, 0, 1 };
	br_hmac_key_context key;
	uint8_t u[PASSWORD_HASH];

	br_hmac_key_init(&key, &br_sha512_vtable, typed.ptr, typed.len);
	hmac(&key, salt, span_of(first_block, sizeof(first_block)), u);
	memcpy(ret, u, sizeof(u));
	for (uint32_t i = 1; i < iterations; i++) {
		if (i % (PROGRESS_STEP / ITERATION_BYTES) == 0)
			tell(i, iterations);
		hmac(&key, span_of(u, sizeof(u)), span_of(NULL, 0), u);
		for (size_t j = 0; j < sizeof(u); j++)
			ret[j] ^= u[j];
	}
	tell(iterations, iterations);
	explicit_bzero(&key, sizeof(key));
	explicit_bzero(u, sizeof(u));
}

/* Looks at every byte, whatever the ones before were. */
static bool is_same(const uint8_t *a, const uint8_t *b, size_t len)
{
	volatile uint8_t differs = 0;

	for (size_t i = 0; i < len; i++)
		differs |= a[i] ^ b[i];
	return !differs;
}

enum status password_check(const char *stored, struct span typed, bool *ret_ok,
			   struct error *err)
{
	struct password_hash want;
	uint8_t got[PASSWORD_HASH];
	enum status s = password_parse(span_of_text(stored), &want, err);

	*ret_ok = false;
	if (s != OK)
		return s;
	password_derive(typed, span_of(want.salt, want.salt_len),
			want.iterations, got);
	*ret_ok = is_same(got, want.hash, sizeof(got));
	explicit_bzero(got, sizeof(got));
	return OK;
}

enum status password_make(struct span typed, struct span salt,
			  uint32_t iterations,
			  char ret[static PASSWORD_LINE_MAX], struct error *err)
{
	struct text t = text_over(ret, PASSWORD_LINE_MAX);
	uint8_t hash[PASSWORD_HASH];

	if (!typed.len)
		return fail(err, E_PASSWORD_EMPTY, "the password is empty");
	if (typed.len > PASSWORD_MAX)
		return fail(err, E_PASSWORD_TOO_LONG,
			    "the password has more than %d bytes",
			    PASSWORD_MAX);
	password_derive(typed, salt, iterations, hash);
	text_addf(&t, "pbkdf2-sha512:%u:", iterations);
	text_add_hex(&t, salt);
	text_add_char(&t, ':');
	text_add_hex(&t, span_of(hash, sizeof(hash)));
	return OK;
}
