/*
 * Hostile bytes, read once: boot_entry -> raw_image.
 */
#ifndef KEELBOOT_IMAGE_H
#define KEELBOOT_IMAGE_H

#include "format/authenticode.h"
#include "format/digest_kind.h"
#include "hash_ahead.h"
#include "sys/blob.h"

/* A file as it came from a disk or the network: nothing about it is known but
 * that nobody can change it any more. */
struct raw_image {
	struct blob blob;
	char name[288];		 /* path on its volume, for messages */
	struct hash_ahead ahead; /* of these bytes, if kind is not 0 */
};

/* How a file is read. */
struct image_request {
	enum hash_plan plan; /* what is hashed beside reading */
	/* Told how far it is, for a display, size 0 for unknown; NULL for
	 * nobody. */
	void (*progress)(void *ctx, uint64_t done, uint64_t size);
	void *progress_ctx;
};

void raw_image_drop(struct raw_image *image);
#define _drop_raw_ __attribute__((cleanup(raw_image_drop)))

/*
 * Filling a raw_image. What is hashed on the way is a copy that only this
 * process can change, and the same copy goes into the memory file, which is
 * this process's own until its seals are on: the digest is of what is sealed.
 */
struct image_filling {
	struct blob_writer writer;
	uint64_t size; /* or HASH_SIZE_UNKNOWN */
	struct image_request request;
	struct hasher *hasher; /* NULL if nothing is hashed */
};

/* request may be NULL, size HASH_SIZE_UNKNOWN: then the plan is as good, and
 * bytes that come are added, but no file descriptor. Errors: E_BLOB_CREATE. */
MUST_USE enum status image_filling_begin(const struct image_request *request,
					 uint64_t size,
					 struct image_filling *ret,
					 struct error *err);

/* Appends bytes: a multiple of HASHER_ROOM, but for the last; size of them in
 * all, if that is known. Another process may change them meanwhile. Errors:
 * E_BLOB_WRITE. */
MUST_USE enum status image_filling_add(struct image_filling *filling,
				       struct span bytes, struct error *err);

/* Appends all size bytes of a file descriptor. Errors: those of
 * blob_append_file(). */
MUST_USE enum status image_filling_add_file(struct image_filling *filling,
					    int fd, struct error *err);

/* Seals; sets blob and ahead of *ret. Consumes filling, also when it fails.
 * Errors: those of blob_finish(). */
MUST_USE enum status image_filling_finish(struct image_filling *filling,
					  struct raw_image *ret,
					  struct error *err);
void image_filling_abandon(struct image_filling *filling);

/* A file named on a command line, which becomes the image's name as far as it
 * fits; request may be NULL. Errors: those of hostfile_read(). */
MUST_USE enum status image_read_hostfile(const char *path,
					 const struct image_request *request,
					 struct raw_image *ret,
					 struct error *err);

/* Its Authenticode digest; view is that of these bytes. Errors:
 * E_IMAGE_DIGEST_RANGE. */
MUST_USE enum status image_digest_get(const struct raw_image *image,
				      const struct authenticode_view *view,
				      enum digest_kind kind,
				      uint8_t out[static DIGEST_MAX],
				      struct error *err);

/* The digest of every byte. */
void image_whole_digest_get(const struct raw_image *image,
			    enum digest_kind kind,
			    uint8_t out[static DIGEST_MAX]);

#endif
