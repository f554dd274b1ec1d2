/*
 * The digest algorithms that may carry trust (FIPS 180-4), as a word every
 * floor understands: parsers name them, trust/digest computes them. SHA-1 and
 * MD5 are not among them.
 */
#ifndef KEELBOOT_FORMAT_DIGEST_KIND_H
#define KEELBOOT_FORMAT_DIGEST_KIND_H

#include <stddef.h>

#define DIGEST_MAX 64 /* bytes of the longest, SHA-512 */

enum digest_kind { DIGEST_SHA256 = 1, DIGEST_SHA384, DIGEST_SHA512 };

/* Bytes of a digest: 32, 48 or 64; 0 for what is none of them. */
static inline size_t digest_len(enum digest_kind kind)
{
	switch (kind) {
	case DIGEST_SHA256:
		return 32;
	case DIGEST_SHA384:
		return 48;
	case DIGEST_SHA512:
		return 64;
	}
	return 0;
}

/* "SHA-256", … */
static inline const char *digest_name(enum digest_kind kind)
{
	switch (kind) {
	case DIGEST_SHA256:
		return "SHA-256";
	case DIGEST_SHA384:
		return "SHA-384";
	case DIGEST_SHA512:
		return "SHA-512";
	}
	return "unknown digest";
}

#endif
