/*
 * Hostile bytes, read once: boot_entry -> raw_image.
 */
#ifndef KEELBOOT_IMAGE_H
#define KEELBOOT_IMAGE_H

#include "format/authenticode.h"
#include "format/digest_kind.h"
#include "sys/blob.h"

/* A file as it came from a disk or the network: nothing about it is known but
 * that nobody can change it any more. */
struct raw_image {
	struct blob blob;
	char name[256]; /* path on its volume, for messages */
};

void raw_image_drop(struct raw_image *image);
#define _drop_raw_ __attribute__((cleanup(raw_image_drop)))

/* Its Authenticode digest; view is that of these bytes. Errors:
 * E_IMAGE_DIGEST_RANGE. */
MUST_USE enum status image_digest_get(const struct raw_image *image,
				      const struct authenticode_view *view,
				      enum digest_kind kind,
				      uint8_t out[static DIGEST_MAX],
				      struct error *err);

#endif
