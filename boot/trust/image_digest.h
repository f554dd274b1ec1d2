/*
 * The Authenticode digest of an image: the identity of a PE file, which neither
 * its signatures nor its checksum change.
 */
#ifndef KEELBOOT_TRUST_IMAGE_DIGEST_H
#define KEELBOOT_TRUST_IMAGE_DIGEST_H

#include "base/error.h"
#include "format/authenticode.h"
#include "trust/digest.h"

/* True if both want the same bytes hashed in the same order. */
bool image_ranges_equal(const struct authenticode_view *a,
			const struct authenticode_view *b);

/* Writes digest_len() bytes. Errors: E_IMAGE_DIGEST_RANGE (the view is not that
 * of this file: a range ends outside of it). */
MUST_USE enum status image_digest_of(struct span file,
				     const struct authenticode_view *view,
				     enum digest_kind kind,
				     uint8_t out[static DIGEST_MAX],
				     struct error *err);

/* The digest of every byte of a file. Both tell how far they are: "verifying"
 * (base/progress.h). */
void image_digest_whole(struct span file, enum digest_kind kind,
			uint8_t out[static DIGEST_MAX]);

#endif
