/*
 * The password: the arithmetic against vectors of another implementation
 * (Python's hashlib, which is OpenSSL), the line part by part, and the gate
 * that makes guessing slow.
 */
#include "base/progress.h"
#include "base/text.h"
#include "password_gate.h"
#include "test.h"
#include "trust/password.h"

#include <stdio.h>

/* grub-mkpasswd-pbkdf2 2.06, of "hunter2". */
static const char grub_line[] =
	"grub.pbkdf2.sha512.10000.3ED58BBEEF2A4285D627722AF12CFF5"
	"098F7403CFD39989C38B06DBD74C92EECE5B8B7E7EC4FF2A01691F4E"
	"3FE599F772AEA2D63FE9E449A1CDCF5F8AE7C10F9.4AA73CECBFD59C"
	"37ECE326805997B540E7CE0E1BBFF5698E2EAEBD44BEA89CE4EE11E6"
	"86C1162918643060C97BC2227CDCE77D1ADC7BD93E32DACEEDBE3A3F"
	"5C";

#define SALT "00112233445566778899aabbccddeeff"
#define HASH                                                                   \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"     \
	"0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef"

static void derive_hex(struct span typed, struct span salt, uint32_t iterations,
		       char ret[static 2 * PASSWORD_HASH + 1])
{
	struct text t = text_over(ret, 2 * PASSWORD_HASH + 1);
	uint8_t hash[PASSWORD_HASH];

	password_derive(typed, salt, iterations, hash);
	text_add_hex(&t, span_of(hash, sizeof(hash)));
}

static void vectors_of_another_implementation(void **state)
{
	static const struct {
		const char *typed, *salt;
		uint32_t iterations;
		const char *want;
	} cases[] = {
		{ "password", "salt", 1,
		  "867f70cf1ade02cff3752599a3a53dc4af34c7a669815ae5"
		  "d513554e1c8cf252c02d470a285a0501bad999bfe943c08f"
		  "050235d7d68b1da55e63f73b60a57fce" },
		{ "password", "saltSALT", 2,
		  "4f86a53cae70a32945695bbf57e6d5b433661320590a365b"
		  "541186a45ff34525b0fa22a4bc6c2d85d223b39e1ebda339"
		  "b2b561b83c64f0539e77fb5fea64f325" },
		{ "password", "saltSALT", 4096,
		  "71bbc87c6ea56b295998e7f6a7d9e104eb606febcf668ca1"
		  "3806d4e8678b211a72774a768874cf87f0508e0a74f4fd80"
		  "f714621f074296e9feab7fac987706bc" },
		{ "passwordPASSWORDpassword",
		  "saltSALTsaltSALTsaltSALTsaltSALTsalt", 4096,
		  "8c0511f4c6e597c6ac6315d8f0362e225f3c501495ba23b8"
		  "68c005174dc4ee71115b59f9e60cd9532fa33e0f75aefe30"
		  "225c583a186cd82bd4daea9724a3d3b8" },
		{ "Schl\303\274ssel", "0123456789abcdef", 1000,
		  "afeb496eb7d3867e48bcca0d262f38da89dc86917ac9bcf0"
		  "16aa78742269d14292871a8df8bb0295737b9d043b6bde41"
		  "f2a59d830cc45111c781844c79ea4166" },
	};
	char got[2 * PASSWORD_HASH + 1];

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		derive_hex(span_of_text(cases[i].typed),
			   span_of_text(cases[i].salt), cases[i].iterations,
			   got);
		assert_string_equal(got, cases[i].want);
	}
}

/* HMAC hashes what is longer than a block of 128 bytes first. */
static void a_long_password_counts_to_its_end(void **state)
{
	char typed[200], got[2 * PASSWORD_HASH + 1];

	(void)state;
	memset(typed, 'x', sizeof(typed));
	derive_hex(span_of(typed, sizeof(typed)),
		   span_of_text("0123456789abcdef"), 1000, got);
	assert_string_equal(got,
			    "6df844a038c5509aee9f1cb6e80a7bd50c73b37fc1cffe94"
			    "e26222131266479f823851100f36fa5081b295e67b92187b"
			    "d428759955f814dd6c09a134d4a4b955");
	typed[199] = 'y';
	derive_hex(span_of(typed, sizeof(typed)),
		   span_of_text("0123456789abcdef"), 1000, got);
	assert_memory_not_equal(got, "6df844a038c5509a", 16);
}

static void lines_of_grub_are_taken(void **state)
{
	struct error err;
	bool ok;

	(void)state;
	assert_ok(&err, password_check(grub_line, span_of_text("hunter2"), &ok,
				       &err));
	assert_true(ok);
	assert_ok(&err, password_check(grub_line, span_of_text("hunter3"), &ok,
				       &err));
	assert_false(ok);
}

static void what_is_made_is_taken(void **state)
{
	uint8_t salt[PASSWORD_SALT_MAX];
	char line[PASSWORD_LINE_MAX];
	struct password_hash h;
	struct error err;
	bool ok;

	(void)state;
	memset(salt, 0xa5, sizeof(salt));
	assert_ok(&err, password_make(span_of_text("gr\303\274n"),
				      span_of(salt, PASSWORD_SALT), 1000, line,
				      &err));
	assert_ok(&err, password_parse(span_of_text(line), &h, &err));
	assert_int_equal(h.iterations, 1000);
	assert_int_equal(h.salt_len, PASSWORD_SALT);
	assert_memory_equal(h.salt, salt, PASSWORD_SALT);
	assert_ok(&err,
		  password_check(line, span_of_text("gr\303\274n"), &ok, &err));
	assert_true(ok);
	assert_ok(&err,
		  password_check(line, span_of_text("gr\303\274"), &ok, &err));
	assert_false(ok);
	assert_ok(&err, password_check(line, span_of_text(""), &ok, &err));
	assert_false(ok);
	/* the longest line there is, of both spellings */
	assert_ok(&err,
		  password_make(span_of_text("a"), span_of(salt, sizeof(salt)),
				1000, line, &err));
	assert_true(strlen(line) + 3 < sizeof(line));
	assert_true(strlen(grub_line) + 2 < sizeof(line));
}

/* A hash that differs in any one bit is another one. */
static void every_bit_of_the_hash_counts(void **state)
{
	uint8_t salt[PASSWORD_SALT] = { 1 };
	char line[PASSWORD_LINE_MAX], changed[PASSWORD_LINE_MAX];
	size_t len;
	struct error err;
	bool ok;

	(void)state;
	assert_ok(&err,
		  password_make(span_of_text("a"), span_of(salt, sizeof(salt)),
				1000, line, &err));
	len = strlen(line);
	for (size_t i = len - 2 * PASSWORD_HASH; i < len; i++) {
		memcpy(changed, line, sizeof(line));
		changed[i] = changed[i] == '0' ? '8' : '0';
		assert_ok(&err, password_check(changed, span_of_text("a"), &ok,
					       &err));
		assert_false(ok);
	}
}

static void new_passwords_have_limits(void **state)
{
	uint8_t salt[PASSWORD_SALT] = { 1 };
	char typed[PASSWORD_MAX + 1], line[PASSWORD_LINE_MAX];
	struct error err;

	(void)state;
	memset(typed, 'x', sizeof(typed));
	assert_refused(E_PASSWORD_EMPTY, &err,
		       password_make(span_of_text(""),
				     span_of(salt, sizeof(salt)), 1000, line,
				     &err));
	assert_refused(E_PASSWORD_TOO_LONG, &err,
		       password_make(span_of(typed, PASSWORD_MAX + 1),
				     span_of(salt, sizeof(salt)), 1000, line,
				     &err));
	assert_ok(&err,
		  password_make(span_of(typed, PASSWORD_MAX),
				span_of(salt, sizeof(salt)), 1000, line, &err));
}

static void each_part_of_a_line_is_checked(void **state)
{
	static const struct {
		const char *line;
		enum status want;
	} cases[] = {
		{ "pbkdf2-sha512:1000:" SALT ":" HASH, OK },
		{ "pbkdf2-sha512:2000000:" SALT ":" HASH, OK },
		{ "grub.pbkdf2.sha512.1000." SALT "." HASH, OK },
		{ "pbkdf2-sha512:1000:0011223344556677:" HASH, OK },
		{ "pbkdf2-sha512:1000:" SALT SALT SALT SALT ":" HASH, OK },
		{ "", E_PASSWORD_NONE },
		{ "hunter2", E_PASSWORD_KIND },
		{ "pbkdf2-sha256:1000:" SALT ":" HASH, E_PASSWORD_KIND },
		{ "pbkdf2-sha512.1000." SALT "." HASH, E_PASSWORD_KIND },
		{ "Pbkdf2-sha512:1000:" SALT ":" HASH, E_PASSWORD_KIND },
		{ "pbkdf2-sha512:999:" SALT ":" HASH, E_PASSWORD_ITERATIONS },
		{ "pbkdf2-sha512:2000001:" SALT ":" HASH,
		  E_PASSWORD_ITERATIONS },
		{ "pbkdf2-sha512:4294968296:" SALT ":" HASH,
		  E_PASSWORD_ITERATIONS },
		{ "pbkdf2-sha512:-1000:" SALT ":" HASH, E_PASSWORD_ITERATIONS },
		{ "pbkdf2-sha512: 1000:" SALT ":" HASH, E_PASSWORD_ITERATIONS },
		{ "pbkdf2-sha512::" SALT ":" HASH, E_PASSWORD_ITERATIONS },
		{ "grub.pbkdf2.sha512.1000:" SALT ":" HASH,
		  E_PASSWORD_ITERATIONS },
		{ "pbkdf2-sha512:1000:00112233445566:" HASH, E_PASSWORD_SALT },
		{ "pbkdf2-sha512:1000:0011223344556677f:" HASH,
		  E_PASSWORD_SALT },
		{ "pbkdf2-sha512:1000:" SALT SALT SALT SALT "00:" HASH,
		  E_PASSWORD_SALT },
		{ "pbkdf2-sha512:1000:001122334455667g:" HASH,
		  E_PASSWORD_SALT },
		{ "pbkdf2-sha512:1000::" HASH, E_PASSWORD_SALT },
		{ "pbkdf2-sha512:1000:" SALT ":", E_PASSWORD_HASH },
		{ "pbkdf2-sha512:1000:" SALT ":" HASH "0", E_PASSWORD_HASH },
		{ "pbkdf2-sha512:1000:" SALT ":" HASH "00", E_PASSWORD_HASH },
		{ "pbkdf2-sha512:1000:" SALT ":" HASH ":", E_PASSWORD_HASH },
		{ "pbkdf2-sha512:1000:" SALT ":x" HASH, E_PASSWORD_HASH },
	};
	struct password_hash h;
	struct error err;
	bool ok;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		struct span line = span_of_text(cases[i].line);

		if (cases[i].want == OK) {
			assert_ok(&err, password_parse(line, &h, &err));
			continue;
		}
		assert_refused(cases[i].want, &err,
			       password_parse(line, &h, &err));
		/* what was there is not told */
		assert_null(strstr(err.text, "hunter2"));
		assert_null(strstr(err.text, "0011"));
		ok = true;
		assert_refused(cases[i].want, &err,
			       password_check(cases[i].line, span_of_text(""),
					      &ok, &err));
		assert_false(ok);
	}
}

static void every_shorter_line_is_refused(void **state)
{
	static const char line[] = "pbkdf2-sha512:1000:" SALT ":" HASH;
	struct password_hash h;
	struct error err;

	(void)state;
	for (size_t len = 0; len < sizeof(line) - 1; len++) {
		_drop_copy_ struct span cut = test_copy(span_of(line, len));
		size_t in_salt = strlen("pbkdf2-sha512:1000:"),
		       in_hash = in_salt + strlen(SALT) + 1;
		enum status want = E_PASSWORD_HASH;

		if (!len)
			want = E_PASSWORD_NONE;
		else if (len < strlen("pbkdf2-sha512:"))
			want = E_PASSWORD_KIND;
		else if (len < in_salt - 1)
			want = E_PASSWORD_ITERATIONS;
		else if (len < in_hash - 1 &&
			 (len < in_salt + 2 * PASSWORD_SALT_MIN ||
			  (len - in_salt) % 2))
			want = E_PASSWORD_SALT;
		assert_refused(want, &err, password_parse(cut, &h, &err));
	}
}

struct steps {
	unsigned count;
	uint64_t done, total;
};

static void count_step(void *ctx, const char *what, uint64_t done,
		       uint64_t total)
{
	struct steps *steps = ctx;

	assert_non_null(strstr(what, "password"));
	assert_true(done > steps->done && done <= total);
	*steps = (struct steps){ steps->count + 1, done, total };
}

/* A check of the most iterations takes seconds: a watchdog has to be fed. */
static void a_long_check_tells_its_steps(void **state)
{
	struct steps steps = { .count = 0 };
	uint8_t hash[PASSWORD_HASH];

	(void)state;
	progress_to(count_step, &steps);
	password_derive(span_of_text("a"), span_of_text("b"), 10000, hash);
	progress_to(NULL, NULL);
	assert_int_equal(steps.count, 3);
	assert_true(steps.done == 10000 * 256 && steps.total == steps.done);
}

/* --- the gate ---------------------------------------------------------------
 */

static char stored[PASSWORD_LINE_MAX];

static int make_stored(void **state)
{
	static const uint8_t salt[PASSWORD_SALT] = { 3 };

	(void)state;
	return password_make(span_of_text("right"), span_of(salt, sizeof(salt)),
			     1000, stored, NULL) != OK;
}

static enum status try(struct password_gate *gate, const char *typed,
		       uint64_t now_ms, struct error *err)
{
	return password_gate_try(gate, stored, span_of_text(typed), now_ms,
				 err);
}

static void wrong_ones_wait_longer_and_longer(void **state)
{
	static const uint32_t waits[] = { 1, 2, 4, 8, 16, 32, 60, 60, 60 };
	struct password_gate gate = { .wait_s = 0 };
	uint64_t now = 1000000;
	struct error err;
	char want[32];

	(void)state;
	for (size_t i = 0; i < test_count(waits); i++) {
		assert_refused(E_PASSWORD_WRONG, &err,
			       try(&gate, "wrong", now, &err));
		snprintf(want, sizeof(want), " %u s", waits[i]);
		assert_non_null(strstr(err.text, want));
		/* not even the right one is looked at before */
		assert_refused(E_PASSWORD_WAIT, &err,
			       try(&gate, "right", now, &err));
		assert_non_null(strstr(err.text, want));
		now += waits[i] * 1000ULL - 1;
		assert_refused(E_PASSWORD_WAIT, &err,
			       try(&gate, "right", now, &err));
		assert_non_null(strstr(err.text, " 1 s"));
		now++;
	}
	assert_ok(&err, try(&gate, "right", now, &err));
}

static void a_right_one_ends_the_waiting(void **state)
{
	struct password_gate gate = { .wait_s = 0 };
	struct error err;

	(void)state;
	assert_status(E_PASSWORD_WRONG, try(&gate, "wrong", 0, NULL));
	assert_status(E_PASSWORD_WRONG, try(&gate, "wrong", 1000, NULL));
	assert_ok(&err, try(&gate, "right", 3000, &err));
	assert_refused(E_PASSWORD_WRONG, &err, try(&gate, "wrong", 3000, &err));
	assert_non_null(strstr(err.text, " 1 s"));
}

static void a_gate_without_a_password_stays_shut(void **state)
{
	static const char *const lines[] = { "", "malformed" };
	struct password_gate gate = { .wait_s = 0 };

	(void)state;
	for (size_t i = 0; i < test_count(lines); i++) {
		assert_status(i ? E_PASSWORD_KIND : E_PASSWORD_NONE,
			      password_gate_try(&gate, lines[i],
						span_of_text(""), 0, NULL));
		assert_status(i ? E_PASSWORD_KIND : E_PASSWORD_NONE,
			      password_gate_try(&gate, lines[i],
						span_of_text(lines[i]), 0,
						NULL));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_of_another_implementation),
		cmocka_unit_test(a_long_password_counts_to_its_end),
		cmocka_unit_test(lines_of_grub_are_taken),
		cmocka_unit_test(what_is_made_is_taken),
		cmocka_unit_test(every_bit_of_the_hash_counts),
		cmocka_unit_test(new_passwords_have_limits),
		cmocka_unit_test(each_part_of_a_line_is_checked),
		cmocka_unit_test(every_shorter_line_is_refused),
		cmocka_unit_test(a_long_check_tells_its_steps),
		cmocka_unit_test(wrong_ones_wait_longer_and_longer),
		cmocka_unit_test(a_right_one_ends_the_waiting),
		cmocka_unit_test(a_gate_without_a_password_stays_shut),
	};

	return cmocka_run_group_tests(tests, make_stored, NULL);
}
