#include "trust/digest.h"
#include "trust/sha256_cpu.h"

#include <bearssl.h>

/* A piece that pays for asking the CPU what it can, even where a hypervisor
 * answers: that takes as long as BearSSL takes for half of this. */
#define CPU_ASK_LEN 16384

/* The state is opaque in the header, so that nobody outside of trust/ sees a
 * type of BearSSL. */
union state {
	br_sha256_context sha256;
	br_sha512_context sha512; /* SHA-384 is the same with other constants */
};

_Static_assert(sizeof(union state) <= sizeof(((struct digest *)0)->state),
	       "room for BearSSL's contexts");
_Static_assert(_Alignof(union state) <= _Alignof(struct digest),
	       "alignment of BearSSL's contexts");

static union state *state_of(struct digest *digest)
{
	return (union state *)digest->state;
}

static const union state *const_state_of(const struct digest *digest)
{
	return (const union state *)digest->state;
}

void digest_begin(struct digest *digest, enum digest_kind kind)
{
	digest->kind = kind;
	digest->cpu = DIGEST_CPU_UNKNOWN;
	if (kind == DIGEST_SHA256)
		br_sha256_init(&state_of(digest)->sha256);
	else if (kind == DIGEST_SHA384)
		br_sha384_init(&state_of(digest)->sha512);
	else
		br_sha512_init(&state_of(digest)->sha512);
}

/* Takes whole blocks in between two blocks, and leaves BearSSL's context as if
 * it had hashed them. */
static void sha256_add_blocks(br_sha256_context *context, const uint8_t *blocks,
			      size_t count)
{
	uint8_t bytes[32];
	uint32_t words[8];
	uint64_t done = br_sha256_state(context, bytes);

	for (size_t i = 0; i < 8; i++)
		words[i] = (uint32_t)bytes[4 * i] << 24 |
			   (uint32_t)bytes[4 * i + 1] << 16 |
			   (uint32_t)bytes[4 * i + 2] << 8 | bytes[4 * i + 3];
	sha256_cpu_blocks(words, blocks, count);
	for (size_t i = 0; i < 32; i++)
		bytes[i] = (uint8_t)(words[i / 4] >> (24 - 8 * (i % 4)));
	br_sha256_set_state(context, bytes, done + SHA256_BLOCK * count);
}

/* BearSSL fills up the block it has begun, the CPU does the whole blocks,
 * BearSSL keeps the rest. */
static void sha256_add_fast(br_sha256_context *context, struct span bytes)
{
	uint8_t ignored[32];
	uint64_t done = br_sha256_state(context, ignored);
	size_t head = (size_t)(-done % SHA256_BLOCK), bulk;

	if (head > bytes.len)
		head = bytes.len;
	bulk = (bytes.len - head) / SHA256_BLOCK * SHA256_BLOCK;
	br_sha256_update(context, bytes.ptr, head);
	if (bulk)
		sha256_add_blocks(context, bytes.ptr + head,
				  bulk / SHA256_BLOCK);
	br_sha256_update(context, bytes.ptr + head + bulk,
			 bytes.len - head - bulk);
}

void digest_add(struct digest *digest, struct span bytes)
{
	if (!bytes.len)
		return;
	if (digest->kind != DIGEST_SHA256) {
		br_sha512_update(&state_of(digest)->sha512, bytes.ptr,
				 bytes.len);
		return;
	}
	if (digest->cpu == DIGEST_CPU_UNKNOWN && bytes.len >= CPU_ASK_LEN)
		digest->cpu =
			sha256_cpu_is_there() ? DIGEST_CPU_YES : DIGEST_CPU_NO;
	if (digest->cpu == DIGEST_CPU_YES)
		sha256_add_fast(&state_of(digest)->sha256, bytes);
	else
		br_sha256_update(&state_of(digest)->sha256, bytes.ptr,
				 bytes.len);
}

void digest_end(const struct digest *digest, uint8_t out[static DIGEST_MAX])
{
	if (digest->kind == DIGEST_SHA256)
		br_sha256_out(&const_state_of(digest)->sha256, out);
	else if (digest->kind == DIGEST_SHA384)
		br_sha384_out(&const_state_of(digest)->sha512, out);
	else
		br_sha512_out(&const_state_of(digest)->sha512, out);
}

void digest_of(enum digest_kind kind, struct span bytes,
	       uint8_t out[static DIGEST_MAX])
{
	struct digest digest;

	digest_begin(&digest, kind);
	digest_add(&digest, bytes);
	digest_end(&digest, out);
}
