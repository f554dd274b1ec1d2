#include "trust/digest.h"

#include <bearssl.h>

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

size_t digest_len(enum digest_kind kind)
{
	switch (kind) {
	case DIGEST_SHA256:
		return br_sha256_SIZE;
	case DIGEST_SHA384:
		return br_sha384_SIZE;
	case DIGEST_SHA512:
		return br_sha512_SIZE;
	}
	return 0;
}

void digest_begin(struct digest *digest, enum digest_kind kind)
{
	digest->kind = kind;
	if (kind == DIGEST_SHA256)
		br_sha256_init(&state_of(digest)->sha256);
	else if (kind == DIGEST_SHA384)
		br_sha384_init(&state_of(digest)->sha512);
	else
		br_sha512_init(&state_of(digest)->sha512);
}

void digest_add(struct digest *digest, struct span bytes)
{
	if (!bytes.len)
		return;
	if (digest->kind == DIGEST_SHA256)
		br_sha256_update(&state_of(digest)->sha256, bytes.ptr,
				 bytes.len);
	else
		br_sha512_update(&state_of(digest)->sha512, bytes.ptr,
				 bytes.len);
}

void digest_end(struct digest *digest, uint8_t out[static DIGEST_MAX])
{
	if (digest->kind == DIGEST_SHA256)
		br_sha256_out(&state_of(digest)->sha256, out);
	else if (digest->kind == DIGEST_SHA384)
		br_sha384_out(&state_of(digest)->sha512, out);
	else
		br_sha512_out(&state_of(digest)->sha512, out);
}
