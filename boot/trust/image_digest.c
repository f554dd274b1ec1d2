#include "trust/image_digest.h"

#include "base/progress.h"

bool image_ranges_equal(const struct authenticode_view *a,
			const struct authenticode_view *b)
{
	if (a->range_count != b->range_count)
		return false;
	for (uint32_t i = 0; i < a->range_count; i++)
		if (a->ranges[i].offset != b->ranges[i].offset ||
		    a->ranges[i].len != b->ranges[i].len)
			return false;
	return true;
}

/* Hashes a range; *done of all bytes that there are to hash were before it. */
static void add_range(struct digest *digest, struct span bytes, uint64_t *done,
		      uint64_t all)
{
	while (bytes.len) {
		size_t len =
			bytes.len < PROGRESS_STEP ? bytes.len : PROGRESS_STEP;

		digest_add(digest, span_slice(bytes, 0, len));
		bytes = span_slice(bytes, len, bytes.len - len);
		*done += len;
		progress_step("verifying", *done, all);
	}
}

enum status image_digest_of(struct span file,
			    const struct authenticode_view *view,
			    enum digest_kind kind,
			    uint8_t out[static DIGEST_MAX], struct error *err)
{
	struct digest digest;
	uint64_t done = 0;

	digest_begin(&digest, kind);
	for (uint32_t i = 0; i < view->range_count; i++) {
		const struct byte_range *r = &view->ranges[i];

		if (!span_holds(file, r->offset, r->len))
			return fail(err, E_IMAGE_DIGEST_RANGE,
				    "0x%llx bytes at 0x%llx are to be hashed, "
				    "the file ends at 0x%zx",
				    (unsigned long long)r->len,
				    (unsigned long long)r->offset, file.len);
		add_range(&digest, span_slice(file, r->offset, r->len), &done,
			  file.len);
	}
	digest_end(&digest, out);
	return OK;
}

void image_digest_whole(struct span file, enum digest_kind kind,
			uint8_t out[static DIGEST_MAX])
{
	struct digest digest;
	uint64_t done = 0;

	digest_begin(&digest, kind);
	add_range(&digest, file, &done, file.len);
	digest_end(&digest, out);
}
