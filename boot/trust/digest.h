/*
 * SHA-2 digests (FIPS 180-4), by BearSSL: whole or piece by piece. Large pieces
 * of SHA-256 go through the CPU's own instructions where it has them; the
 * result is the same.
 */
#ifndef KEELBOOT_TRUST_DIGEST_H
#define KEELBOOT_TRUST_DIGEST_H

#include "base/span.h"
#include "format/digest_kind.h"

/* Whether the CPU has instructions for it is asked once a digest, when the
 * first large piece comes: the question itself can take a while. */
enum digest_cpu { DIGEST_CPU_UNKNOWN = 0, DIGEST_CPU_NO, DIGEST_CPU_YES };

/* Caller-owned; refers to nothing of its own, so it may be copied half-way. */
struct digest {
	enum digest_kind kind;
	enum digest_cpu cpu;
	uint64_t state[32];
};

void digest_begin(struct digest *digest, enum digest_kind kind);
void digest_add(struct digest *digest, struct span bytes);

/* Writes digest_len() bytes; the digest may be added to after that. */
void digest_end(const struct digest *digest, uint8_t out[static DIGEST_MAX]);

/* The digest of bytes that are all there. */
void digest_of(enum digest_kind kind, struct span bytes,
	       uint8_t out[static DIGEST_MAX]);

#endif
