/*
 * The password of the menu, as the configuration has it: PBKDF2 (RFC 8018, 5.2)
 * with HMAC-SHA-512, in one of two spellings,
 *
 *	pbkdf2-sha512:ITERATIONS:SALT:HASH
 *	grub.pbkdf2.sha512.ITERATIONS.SALT.HASH
 *
 * with salt and hash in hexadecimal; the second is what grub-mkpasswd-pbkdf2
 * prints. SHA-512 and not SHA-256, as it costs a 64-bit CPU a quarter more with
 * BearSSL's portable C, on x86_64 and aarch64 alike, but a graphics card, which
 * is what guesses passwords, two to three times as much; and no CPU has
 * instructions that make a guess cheaper than our check.
 */
#ifndef KEELBOOT_TRUST_PASSWORD_H
#define KEELBOOT_TRUST_PASSWORD_H

#include "base/error.h"

#define PASSWORD_ITERATIONS_MIN 1000
#define PASSWORD_ITERATIONS_MAX 2000000

/* What a new password gets: 0.13 s on a Xeon of 2.6 GHz, so 0.3 s on a core of
 * less than half its speed; a core of an eighth of it takes a second, and tells
 * its progress meanwhile. */
#define PASSWORD_ITERATIONS 200000

#define PASSWORD_SALT_MIN 8
#define PASSWORD_SALT_MAX 64
#define PASSWORD_SALT	  16 /* of a new one */
#define PASSWORD_HASH	  64

/* Of a new one, in bytes. */
#define PASSWORD_MAX 256

/* The longest line of either spelling, and a NUL. */
#define PASSWORD_LINE_MAX 320

struct password_hash {
	uint32_t iterations;
	uint8_t salt[PASSWORD_SALT_MAX];
	size_t salt_len;
	uint8_t hash[PASSWORD_HASH];
};

/* E_PASSWORD_NONE if stored is empty, E_PASSWORD_KIND if it has neither
 * spelling, E_PASSWORD_ITERATIONS, E_PASSWORD_SALT and E_PASSWORD_HASH if that
 * part is not within the limits above. No sentence holds any of it. */
enum status password_parse(struct span stored, struct password_hash *ret,
			   struct error *err);

/* PBKDF2-HMAC-SHA-512, the first 64 bytes. Steps of progress are told, in bytes
 * that were hashed. */
void password_derive(struct span typed, struct span salt, uint32_t iterations,
		     uint8_t ret[static PASSWORD_HASH]);

/* Whether typed is the password; the comparison takes the same time wherever
 * the two differ. *ret_ok is false unless OK is given. Errors are those of
 * password_parse(). */
enum status password_check(const char *stored, struct span typed, bool *ret_ok,
			   struct error *err);

/* The line that password_check() takes, in the first spelling, with a NUL; salt
 * and iterations are within the limits above. E_PASSWORD_EMPTY,
 * E_PASSWORD_TOO_LONG. */
enum status password_make(struct span typed, struct span salt,
			  uint32_t iterations,
			  char ret[static PASSWORD_LINE_MAX],
			  struct error *err);

#endif
