#include "unpack/unpack.h"

/* Where each codec's decoder is found, and what it is called in messages. */
static const struct {
	const char *name;
	enum status (*decode)(struct span in, uint8_t *out, size_t out_len,
			      struct arena *arena, struct error *err);
} codecs[CODEC_COUNT] = {
	[CODEC_NONE] = { "none", NULL },
	[CODEC_GZIP] = { "gzip", unpack_gzip },
	[CODEC_ZSTD] = { "zstd", unpack_zstd },
	[CODEC_XZ] = { "xz", unpack_xz },
	[CODEC_LZMA] = { "lzma", unpack_lzma },
	[CODEC_LZ4] = { "lz4", unpack_lz4 },
	[CODEC_LZO] = { "lzo", unpack_lzo },
};

void *arena_take(struct arena *arena, size_t len)
{
	uint64_t start, end;

	if (!round_up_size(arena->used, 16, &start) ||
	    !add_size(start, len, &end) || end > arena->cap)
		return NULL;
	arena->used = (size_t)end;
	return arena->base + start;
}

const char *codec_name(enum codec codec)
{
	if ((unsigned)codec >= CODEC_COUNT)
		return "unknown";
	return codecs[codec].name;
}

enum status unpack(enum codec codec, struct span in, uint8_t *out,
		   size_t out_len, struct arena *arena, struct error *err)
{
	if ((unsigned)codec >= CODEC_COUNT || !codecs[codec].decode)
		return fail(err, E_UNPACK_UNSUPPORTED,
			    "codec number %u has no decoder, the known ones "
			    "are 1 to %u",
			    (unsigned)codec, CODEC_COUNT - 1U);
	return codecs[codec].decode(in, out, out_len, arena, err);
}
