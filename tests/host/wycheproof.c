/*
 * Checks signatures that are told on standard input, one a line:
 *
 *	RSA|P256|P384|P521 256|384|512 KEY EXPONENT MESSAGE SIGNATURE
 *
 * in hex, "-" for nothing; KEY is a modulus or a point. Writes the status of
 * signature_check() for each, "ok" if it is good.
 */
#include "trust/digest.h"
#include "trust/signature.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS 6

static void stop(const char *why, const char *word)
{
	fprintf(stderr, "%s: %s\n", why, word);
	exit(1);
}

static struct span from_hex(const char *hex)
{
	size_t len = strcmp(hex, "-") ? strlen(hex) / 2 : 0;
	uint8_t *bytes = malloc(len ? len : 1);

	if (!bytes)
		stop("no memory for", hex);
	for (size_t i = 0; i < len; i++) {
		char two[3] = { hex[2 * i], hex[2 * i + 1], '\0' };
		char *end;

		bytes[i] = (uint8_t)strtoul(two, &end, 16);
		if (*end)
			stop("not hex", hex);
	}
	return span_of(bytes, len);
}

static void drop(struct span s)
{
	free((void *)(uintptr_t)s.ptr);
}

static enum digest_kind digest_named(const char *bits)
{
	if (!strcmp(bits, "256"))
		return DIGEST_SHA256;
	if (!strcmp(bits, "384"))
		return DIGEST_SHA384;
	if (strcmp(bits, "512") != 0)
		stop("unknown digest", bits);
	return DIGEST_SHA512;
}

static struct x509_key key_of(const char *name, struct span key,
			      struct span exponent)
{
	static const struct {
		const char *name;
		enum x509_curve curve;
	} curves[] = {
		{ "P256", X509_CURVE_P256 },
		{ "P384", X509_CURVE_P384 },
		{ "P521", X509_CURVE_P521 },
	};

	if (!strcmp(name, "RSA"))
		return (struct x509_key){ .kind = X509_KEY_RSA,
					  .modulus = key,
					  .exponent = exponent };
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (!strcmp(name, curves[i].name))
			return (struct x509_key){ .kind = X509_KEY_EC,
						  .curve = curves[i].curve,
						  .point = key };
	stop("unknown key", name);
	return (struct x509_key){ 0 };
}

static enum status check(char *words[static WORDS])
{
	struct span key = from_hex(words[2]), exponent = from_hex(words[3]);
	struct span message = from_hex(words[4]);
	struct span signature = from_hex(words[5]);
	struct x509_key k = key_of(words[0], key, exponent);
	struct x509_algorithm algorithm = { k.kind, digest_named(words[1]) };
	uint8_t digest[DIGEST_MAX];
	struct error err;
	enum status s;

	digest_of(algorithm.digest, message, digest);
	s = signature_check(&k, algorithm, digest, signature, &err);
	drop(key);
	drop(exponent);
	drop(message);
	drop(signature);
	return s;
}

int main(void)
{
	char *line = NULL, *words[WORDS];
	size_t cap = 0;

	while (getline(&line, &cap, stdin) > 0) {
		char *rest = line;
		size_t count = 0;

		while (count < WORDS) {
			words[count] = strtok_r(rest, " \n", &rest);
			if (!words[count++])
				stop("too few words", line);
		}
		puts(status_slug(check(words)));
	}
	free(line);
	return 0;
}
