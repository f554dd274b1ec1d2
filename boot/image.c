#include "image.h"

#include "base/own.h"
#include "sys/hostfile.h"
#include "trust/image_digest.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

void raw_image_drop(struct raw_image *image)
{
	blob_drop(&image->blob);
}

/* --- filling ----------------------------------------------------------------
 */

enum status image_filling_begin(const struct image_request *request,
				uint64_t size, struct image_filling *ret,
				struct error *err)
{
	enum status s;

	*ret = (struct image_filling){ .size = size };
	if (request)
		ret->request = *request;
	s = blob_begin("image", &ret->writer, err);
	if (s == OK && size != HASH_SIZE_UNKNOWN)
		ret->hasher = hasher_begin(ret->request.plan, size);
	return s;
}

static void tell_progress(const struct image_filling *f)
{
	if (f->request.progress)
		f->request.progress(f->request.progress_ctx, f->writer.len,
				    f->size != HASH_SIZE_UNKNOWN ? f->size : 0);
}

static size_t room_len(uint64_t left)
{
	return left < HASHER_ROOM ? (size_t)left : HASHER_ROOM;
}

enum status image_filling_add(struct image_filling *f, struct span bytes,
			      struct error *err)
{
	enum status s = OK;

	/* only now is it known that there is enough of it for a thread */
	if (f->size == HASH_SIZE_UNKNOWN && !f->writer.len &&
	    bytes.len >= HASH_AHEAD_MIN)
		f->hasher = hasher_begin(f->request.plan, f->size);
	if (!f->hasher)
		s = blob_append(&f->writer, bytes, err);
	while (f->hasher && s == OK && bytes.len) {
		size_t len = room_len(bytes.len);
		uint8_t *room = hasher_room(f->hasher);

		memcpy(room, bytes.ptr, len);
		hasher_give(f->hasher, len);
		s = blob_append(&f->writer, span_of(room, len), err);
		bytes = span_slice(bytes, len, bytes.len - len);
	}
	if (s == OK)
		tell_progress(f);
	return s;
}

static void arrived(void *ctx, uint64_t len)
{
	(void)len; /* the writer's own */
	tell_progress(ctx);
}

enum status image_filling_add_file(struct image_filling *f, int fd,
				   struct error *err)
{
	enum status s = OK;

	if (!f->hasher) {
		f->writer.arrived = arrived;
		f->writer.arrived_ctx = f;
		return blob_append_file(&f->writer, fd, f->size, err);
	}
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	while (s == OK && f->writer.len < f->size) {
		size_t len = room_len(f->size - f->writer.len);
		uint8_t *room = hasher_room(f->hasher);

		blob_read_ahead(fd, f->writer.len);
		s = blob_read_source(fd, f->size, f->writer.len, room, len,
				     err);
		if (s != OK)
			return s;
		hasher_give(f->hasher, len);
		s = blob_append(&f->writer, span_of(room, len), err);
		tell_progress(f);
	}
	return s == OK ? blob_check_source_end(fd, f->size, err) : s;
}

enum status image_filling_finish(struct image_filling *filling,
				 struct raw_image *ret, struct error *err)
{
	hasher_end(filling->hasher, &ret->ahead);
	filling->hasher = NULL;
	return blob_finish(&filling->writer, &ret->blob, err);
}

void image_filling_abandon(struct image_filling *filling)
{
	struct hash_ahead ignored;

	hasher_end(filling->hasher, &ignored);
	filling->hasher = NULL;
	blob_abandon(&filling->writer);
}

enum status image_read_hostfile(const char *path,
				const struct image_request *request,
				struct raw_image *ret, struct error *err)
{
	_close_ int fd = -1;
	struct image_filling filling;
	uint64_t size = 0;
	enum status s = hostfile_open(path, &fd, &size, err);

	if (s == OK)
		s = image_filling_begin(request, size, &filling, err);
	if (s != OK)
		return s;
	s = image_filling_add_file(&filling, fd, err);
	if (s != OK) {
		image_filling_abandon(&filling);
		return fail_in(err, s, "%s", path);
	}
	snprintf(ret->name, sizeof(ret->name), "%s", path);
	return image_filling_finish(&filling, ret, err);
}

/* --- digests ----------------------------------------------------------------
 */

/* Nothing but these bytes, in this order, by this algorithm. */
static bool is_ahead(const struct raw_image *image,
		     const struct authenticode_view *view,
		     enum digest_kind kind)
{
	return image->ahead.kind == kind &&
	       image_ranges_equal(&image->ahead.ranges, view);
}

enum status image_digest_get(const struct raw_image *image,
			     const struct authenticode_view *view,
			     enum digest_kind kind,
			     uint8_t out[static DIGEST_MAX], struct error *err)
{
	if (!is_ahead(image, view, kind))
		return image_digest_of(image->blob.bytes, view, kind, out, err);
	memcpy(out, image->ahead.digest, digest_len(kind));
	return OK;
}

void image_whole_digest_get(const struct raw_image *image,
			    enum digest_kind kind,
			    uint8_t out[static DIGEST_MAX])
{
	struct authenticode_view whole =
		hash_ranges_whole(image->blob.bytes.len);

	if (is_ahead(image, &whole, kind))
		memcpy(out, image->ahead.digest, digest_len(kind));
	else
		image_digest_whole(image->blob.bytes, kind, out);
}
