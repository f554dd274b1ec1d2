/*
 * gzip (RFC 1952) with zlib: one member, its header's optional fields and
 * header CRC honoured, the CRC-32 and the length at its end checked. The whole
 * output is there from the start, but is filled in steps, so that it can be
 * told how far it is.
 */
#include "unpack/unpack.h"

#include "base/progress.h"

#include <limits.h>
#define ZLIB_CONST
#include <zlib.h>

/* windowBits: any window that deflate has, with a gzip header and no other. */
#define WINDOW_BITS_GZIP (15 + 16)

static voidpf gzip_take(voidpf opaque, uInt items, uInt size)
{
	uint64_t len;

	if (!mul_size(items, size, &len) || len > SIZE_MAX)
		return Z_NULL;
	return arena_take(opaque, (size_t)len);
}

/* The arena goes away as a whole. */
static void gzip_drop(voidpf opaque, voidpf address)
{
	(void)opaque;
	(void)address;
}

static enum status gzip_ended(const z_stream *z, struct span in, size_t out_len,
			      struct error *err)
{
	if (z->avail_in)
		return fail(err, E_UNPACK_TRAILING,
			    "gzip stream ends at 0x%zx, %u bytes follow it",
			    in.len - z->avail_in, z->avail_in);
	if (z->total_out != out_len)
		return fail(err, E_UNPACK_TOO_SHORT,
			    "gzip stream gives %lu bytes, it should give %zu",
			    z->total_out, out_len);
	return OK;
}

static enum status gzip_broken(const z_stream *z, int result, struct span in,
			       struct error *err)
{
	const char *why = z->msg ? z->msg : "no reason known";

	if (result == Z_MEM_ERROR)
		return fail(err, E_UNPACK_MEMORY,
			    "gzip stream needs more memory than is set aside");
	if (!span_starts_with(in, "\x1f\x8b", 2))
		return fail(err, E_UNPACK_CORRUPT,
			    "gzip stream begins with 0x%04x, not with 0x8b1f",
			    span_le16(in, 0));
	return fail(err, E_UNPACK_CORRUPT,
		    "gzip stream is corrupt at 0x%lx of 0x%zx: %s", z->total_in,
		    in.len, why);
}

static int gzip_fill(z_stream *z)
{
	uInt out_len = z->avail_out, left = out_len;
	int result;

	do {
		z->avail_out = left < PROGRESS_STEP ? left : PROGRESS_STEP;
		left -= z->avail_out;
		result = inflate(z, left ? Z_NO_FLUSH : Z_FINISH);
		left += z->avail_out;
		progress_step("unpacking", out_len - left, out_len);
	} while (result == Z_OK);
	return result;
}

/* Inflates to the end. When that stops with the output full, one byte of room
 * more tells a stream that is too long from one that is cut short. */
static int gzip_run(z_stream *z)
{
	Bytef extra;
	int result = gzip_fill(z);

	if (result == Z_BUF_ERROR && !z->avail_out) {
		z->next_out = &extra;
		z->avail_out = 1;
		result = inflate(z, Z_FINISH);
	}
	return result;
}

enum status unpack_gzip(struct span in, uint8_t *out, size_t out_len,
			struct arena *arena, struct error *err)
{
	z_stream z = { .zalloc = gzip_take, .zfree = gzip_drop };
	Bytef nothing;
	int result;

	if (in.len > UINT_MAX || out_len > UINT_MAX)
		return fail(err, E_UNPACK_UNSUPPORTED,
			    "gzip stream of %zu bytes for %zu: neither may be "
			    "more than %u",
			    in.len, out_len, UINT_MAX);
	z.opaque = arena;
	z.next_in = in.ptr;
	z.avail_in = (uInt)in.len;
	z.next_out = out ? out : &nothing; /* zlib refuses NULL */
	z.avail_out = (uInt)out_len;
	if (inflateInit2(&z, WINDOW_BITS_GZIP) != Z_OK)
		return fail(err, E_UNPACK_MEMORY,
			    "gzip needs more memory than the %zu bytes set "
			    "aside",
			    arena->cap - arena->used);
	result = gzip_run(&z);
	if (z.total_out > out_len)
		return fail(err, E_UNPACK_TOO_LONG,
			    "gzip stream gives more than the %zu bytes it "
			    "should",
			    out_len);
	if (result == Z_STREAM_END)
		return gzip_ended(&z, in, out_len, err);
	if (result == Z_BUF_ERROR)
		return fail(err, E_UNPACK_TRUNCATED,
			    "gzip stream ends early: all of its %zu bytes gave "
			    "%lu of %zu",
			    in.len, z.total_out, out_len);
	return gzip_broken(&z, result, in, err);
}
