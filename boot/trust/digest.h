/*
 * SHA-2 digests (FIPS 180-4), by BearSSL: whole or piece by piece.
 */
#ifndef KEELBOOT_TRUST_DIGEST_H
#define KEELBOOT_TRUST_DIGEST_H

#include "base/span.h"

#define DIGEST_MAX 64 /* bytes of the longest, SHA-512 */

enum digest_kind { DIGEST_SHA256 = 1, DIGEST_SHA384, DIGEST_SHA512 };

/* Caller-owned; holds no pointers, so it may be copied half-way. */
struct digest {
	enum digest_kind kind;
	uint64_t state[32];
};

/* Bytes of a digest: 32, 48 or 64. */
size_t digest_len(enum digest_kind kind);

void digest_begin(struct digest *digest, enum digest_kind kind);
void digest_add(struct digest *digest, struct span bytes);

/* Writes digest_len() bytes. */
void digest_end(struct digest *digest, uint8_t out[static DIGEST_MAX]);

#endif
